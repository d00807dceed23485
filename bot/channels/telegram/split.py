"""Long texts in parts that Telegram takes.

Telegram counts UTF-16 units: an emoji is two or more. A part ends where a reader
would pause (paragraph, line, sentence, word) and never inside a character or
inside a mark that fits into a part.
"""

import re
import unicodedata
from collections.abc import Iterator

from handlers.text import Mark, Text

MAX_TEXT = 4096
MAX_CAPTION = 1024

_GAP = re.compile(r"\s+")
_QUOTES = "\"'“”»«’‘)]"
_JOINERS = "\u200d\u200c\ufe0e\ufe0f"
_WORD, _SENTENCE, _LINE, _PARAGRAPH = range(4)


def units(characters: str) -> int:
    """The length as Telegram counts it."""
    return len(characters) + sum(character > "\uffff" for character in characters)


def split(text: Text, limit: int = MAX_TEXT) -> list[Text]:
    """The text in parts of at most `limit` units; none if there is only white space.

    Joined, the parts are the text, up to the white space at the cuts.
    """
    characters = text.characters
    if len(characters) * 2 <= limit or units(characters) <= limit:
        return [text] if characters.strip() else []
    parts: list[Text] = []
    start = _skip_gap(characters, 0)
    while start < len(characters):
        end = _cut(text, start, limit)
        if part := _part(text, start, end):
            parts.append(part)
        start = _skip_gap(characters, end)
    return parts


def _part(text: Text, start: int, end: int) -> Text:
    while end > start and text.characters[end - 1].isspace():
        end -= 1
    marks = [
        mark.model_copy(
            update={"start": max(mark.start, start) - start, "end": min(mark.end, end) - start}
        )
        for mark in text.marks
        if mark.start < end and mark.end > start
    ]
    return Text(characters=text.characters[start:end], marks=tuple(marks))


def _skip_gap(characters: str, position: int) -> int:
    """White space at a cut goes, unless it carries an accent."""
    while (
        position < len(characters)
        and characters[position].isspace()
        and between_characters(characters, position + 1)
    ):
        position += 1
    return position


def _cut(text: Text, start: int, limit: int) -> int:
    """Where the part that begins at `start` ends."""
    characters = text.characters
    window = _window(characters, start, limit)
    if window == len(characters):
        return window
    whole = [
        mark
        for mark in text.marks
        if mark.end > start and units(characters[max(mark.start, 0) : mark.end]) <= limit
    ]

    def allowed(position: int) -> bool:
        return between_characters(characters, position) and not any(
            mark.start < position < mark.end for mark in whole
        )

    best: dict[int, int] = {}
    for position, rank in _pauses(characters, start, window):
        if allowed(position):
            best[rank] = position
    # A pause early in the part would waste most of it, so the second half goes first.
    for earliest in (start + (window - start) // 2, start + 1):
        for rank in (_PARAGRAPH, _LINE, _SENTENCE, _WORD):
            if best.get(rank, start) >= earliest:
                return best[rank]
    # One endless word: its borders are those of marks, then of characters.
    for fits in (allowed, lambda position: between_characters(characters, position)):
        for position in range(window, start, -1):
            if fits(position):
                return position
    return window


def _window(characters: str, start: int, limit: int) -> int:
    """The furthest position that still fits."""
    end = min(start + limit, len(characters))
    surplus = units(characters[start:end]) - limit
    while surplus > 0:
        end -= 1
        surplus -= 2 if characters[end] > "\uffff" else 1
    return end


def _pauses(characters: str, start: int, window: int) -> Iterator[tuple[int, int]]:
    """Where white space begins after `start`, up to `window`, and what it separates."""
    for gap in _GAP.finditer(characters, start + 1):
        if gap.start() > window:
            return
        lines = gap[0].count("\n")
        if lines:
            rank = _PARAGRAPH if lines > 1 else _LINE
        else:
            before = characters[max(start, gap.start() - 4) : gap.start()].rstrip(_QUOTES)
            rank = _SENTENCE if before.endswith((".", "!", "?", "…", ":")) else _WORD
        yield gap.start(), rank


def between_characters(characters: str, position: int) -> bool:
    """Whether a reader sees two characters here, not the middle of one."""
    if not 0 < position < len(characters):
        return True
    before, after = characters[position - 1], characters[position]
    if after < "\u0300" and before != "\u200d":
        return not (before == "\r" and after == "\n")
    if before == "\u200d" or after in _JOINERS or unicodedata.category(after).startswith("M"):
        return False
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return False  # the colour of a skin, the letters inside a flag
    if _is_flag_letter(after) and _is_flag_letter(before):
        first = position
        while first and _is_flag_letter(characters[first - 1]):
            first -= 1
        return (position - first) % 2 == 0
    return not _joins_hangul(before, after)


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _joins_hangul(before: str, after: str) -> bool:
    """Korean letters typed one by one form a syllable."""
    return "\u1160" <= after <= "\u11ff" and (
        "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    )


def clipped(text: Text, limit: int) -> Text:
    """The text, or as much of it as fits with a sign that there was more."""
    if units(text.characters) <= limit:
        return text
    return split(text, limit - 2)[0] + " …"


def without_marks(text: Text) -> Text:
    """Plain characters; the address of a link stands behind its words."""
    characters = text.characters
    links: list[Mark] = [mark for mark in text.marks if mark.kind == "link" and mark.url]
    for mark in sorted(links, key=lambda mark: mark.end, reverse=True):
        if characters[mark.start : mark.end] != mark.url:
            characters = f"{characters[: mark.end]} ({mark.url}){characters[mark.end :]}"
    return Text(characters=characters)
