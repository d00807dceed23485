"""Text with a few marks, the same on every channel.

A `Text` is plain characters and, beside them, marks that say which of them are
bold or a link. Nothing in the characters is markup, so `<3`, `&` and `*`
arrive as typed everywhere: Telegram gets the marks as entities, a browser gets
escaped characters inside elements, a terminal gets the characters.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_FIELD = re.compile(r"\{([a-z_]+)\}")


class Mark(BaseModel):
    """`start` to `end` (characters, end exclusive) are shown in a special way."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["bold", "link", "quote"]
    start: int
    end: int
    url: str | None = None

    def moved(self, by: int) -> "Mark":
        return self.model_copy(update={"start": self.start + by, "end": self.end + by})


class Text(BaseModel):
    """Characters and their marks. Add texts with `+`; a plain `str` can be added too."""

    model_config = ConfigDict(frozen=True)

    characters: str = ""
    marks: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, text: "str | Text") -> "Text":
        """A text as it is; a string becomes a text without marks."""
        return text if isinstance(text, Text) else cls(characters=text)

    @classmethod
    def bold(cls, characters: str) -> Self:
        return cls._marked(characters, "bold")

    @classmethod
    def quote(cls, characters: str) -> Self:
        """Somebody's words, shown as a quotation."""
        return cls._marked(characters, "quote")

    @classmethod
    def link(cls, characters: str, url: str) -> Self:
        return cls._marked(characters, "link", url)

    @classmethod
    def _marked(
        cls, characters: str, kind: Literal["bold", "link", "quote"], url: str | None = None
    ) -> Self:
        if not characters:
            return cls()
        mark = Mark(kind=kind, start=0, end=len(characters), url=url)
        return cls(characters=characters, marks=(mark,))

    @classmethod
    def written(cls, template: str, **fields: "str | int | Text") -> "Text":
        """A curator's sentence: `**bold**` becomes a mark, `{field}` its value.

        Values are put in as they are: a name with asterisks stays one. A field
        without a value is a `KeyError`.
        """
        return cls._marked_up(template, fields) if fields else _sentence(template)

    @classmethod
    def _marked_up(cls, template: str, fields: "dict[str, str | int | Text]") -> "Text":
        result = Text()
        position = 0
        for bold in _BOLD.finditer(template):
            result += cls._filled(template[position : bold.start()], fields)
            inner = cls._filled(bold.group(1), fields)
            result += cls.bold(inner.characters)
            position = bold.end()
        return result + cls._filled(template[position:], fields)

    @classmethod
    def _filled(cls, template: str, fields: "dict[str, str | int | Text]") -> "Text":
        result = Text()
        position = 0
        for field in _FIELD.finditer(template):
            value = fields[field.group(1)]
            result += template[position : field.start()]
            result += value if isinstance(value, Text) else str(value)
            position = field.end()
        return result + template[position:]

    @classmethod
    def joined(cls, parts: "Sequence[str | Text]", by: str = "\n\n") -> "Text":
        """All parts that are not empty, with `by` between them."""
        characters = ""
        marks: list[Mark] = []
        for part in filter(None, parts):
            characters += by if characters else ""
            if isinstance(part, Text):
                marks += [mark.moved(len(characters)) for mark in part.marks]
            characters += str(part)
        return cls(characters=characters, marks=tuple(marks))

    def __add__(self, other: "str | Text") -> "Text":
        addend = Text.of(other)
        moved = tuple(mark.moved(len(self.characters)) for mark in addend.marks)
        return Text(characters=self.characters + addend.characters, marks=self.marks + moved)

    def __bool__(self) -> bool:
        return bool(self.characters)

    def __str__(self) -> str:
        return self.characters


# Most sentences have no places to fill, and are the same for everybody.
@lru_cache(maxsize=512)
def _sentence(template: str) -> Text:
    return Text._marked_up(template, {})
