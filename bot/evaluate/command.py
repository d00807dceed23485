"""`hotline evaluate`: from what somebody wishes to know to the report."""

from dataclasses import dataclass
from pathlib import Path

from bot import ask as asking
from bot.evaluate.asking import Asked, ask
from bot.evaluate.compare import CannotCompare, ask_at, compare, read_round
from bot.evaluate.reading import Half, Question, known_misses, questions
from bot.evaluate.report import Report, columns, strange, under_noise

__all__ = ["CannotCompare", "Wish", "evaluated"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to ask, of which content, and what to tell beside the figures."""

    file: Path | None = None
    queries: Path | None = None
    content: Path | None = None
    entries: Path | None = None
    half: str = "alle"
    compare: str = ""  # a git revision, or a file of an earlier round
    noise: bool = False
    semantik: bool = True  # where it is installed


def evaluated(wish: Wish) -> Report:
    """Ask and measure. Raises `ContentError`, or `CannotCompare` with the reason."""
    knowledge = asking.knowledge(wish.content, wish.entries, semantik=wish.semantik)
    half = None if wish.half == "alle" else Half(wish.half)
    asked_for = questions(wish.file, wish.queries)
    asked_for = [one for one in asked_for if half is None or one.half is half]
    asked = ask(knowledge, asked_for)
    before = _before(wish, asked_for) if wish.compare else None
    plain = wish.queries is not None or wish.entries is not None
    return Report(
        asked=asked,
        columns=columns(asked, half, split=not plain and wish.file is None),
        noise=under_noise(knowledge, asked_for) if wish.noise else {},
        known_misses={} if plain else known_misses(),
        strange=strange(knowledge, asked_for),
        comparison=None if before is None else compare(before, asked),
    )


def _before(wish: Wish, asked_for: list[Question]) -> list[Asked]:
    file = Path(wish.compare)
    if file.is_file():
        return read_round(file)
    if wish.entries is not None:
        raise CannotCompare(
            "Mit --entries lässt sich nur eine Datei vergleichen, die „hotline evaluate --json“ "
            "geschrieben hat."
        )
    return ask_at(wish.compare, wish.content, asked_for)
