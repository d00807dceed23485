"""A page with a form of several fields, as somebody filled it in."""

from collections.abc import Mapping
from typing import ClassVar

from bot.channels.web.desk_words import count
from bot.channels.web.pages import TEXT_LENGTH


class Filled:
    """What every such form can say of itself, whatever its fields are.

    `labels` are the fields in the order of the page, `answers` what was filled in, `errors`
    a sentence for each field that is wrong.
    """

    __slots__ = ()

    labels: ClassVar[Mapping[str, str]]
    errors: Mapping[str, str]

    @property
    def answers(self) -> dict[str, str]:
        raise NotImplementedError

    @property
    def kept(self) -> str:
        """All of it in lines, for somebody who has to copy it."""
        answers = self.answers
        return "\n".join(
            f"{label}: {answers[name]}" for name, label in self.labels.items() if answers[name]
        )

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """For the summary: field, label, sentence, in the order of the page."""
        return [
            (name, label, self.errors[name])
            for name, label in self.labels.items()
            if name in self.errors
        ]


def too_long(answers: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each field that is longer than anything we would ever keep."""
    return {
        name: f"Das ist viel zu lang: {count(len(answer))} Zeichen."
        for name, answer in answers.items()
        if len(answer) > TEXT_LENGTH
    }
