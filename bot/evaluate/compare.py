"""What a change did: two rounds of the same questions, side by side."""

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.evaluate.asking import Asked, Outcome, ask
from bot.evaluate.figures import Figures, measure
from bot.evaluate.reading import Question
from knowledge.load import ContentError, load, shipped
from knowledge.search import Knowledge


class CannotCompare(Exception):
    """There is nothing to compare with; the message says why, in German."""


@dataclass(frozen=True, slots=True)
class Change:
    """A question that gets something else than before. `by` is how much better that is."""

    before: Asked
    now: Asked
    by: int

    @property
    def sign(self) -> int:
        """-1 for worse, 0 for no better and no worse, 1 for better."""
        return (self.by > 0) - (self.by < 0)

    def as_json(self) -> dict[str, Any]:
        def came(asked: Asked) -> dict[str, Any]:
            return {
                "outcome": asked.outcome,
                "entries": asked.entries,
                "suggestions": asked.suggestions,
                "taken_for": asked.taken_for,
                "confidence": asked.confidence,
            }

        return {
            "question": self.now.question,
            "expected": self.now.expected,
            "verdict": _VERDICTS[self.sign],
            "before": came(self.before),
            "now": came(self.now),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rounds, as far as they asked the same."""

    changes: tuple[Change, ...]  # what got worse comes first, and of that what ends worst
    before: Figures
    now: Figures
    only_before: int
    only_now: int

    @property
    def better(self) -> int:
        return sum(change.by > 0 for change in self.changes)

    @property
    def worse(self) -> int:
        return sum(change.by < 0 for change in self.changes)

    def as_json(self) -> dict[str, Any]:
        return {
            "better": self.better,
            "worse": self.worse,
            "only_before": self.only_before,
            "only_now": self.only_now,
            "before": self.before.as_json(),
            "now": self.now.as_json(),
            "changed": [change.as_json() for change in self.changes],
        }


def compare(before: Iterable[Asked], now: Iterable[Asked]) -> Comparison:
    """What changed for the questions that both rounds asked."""
    earlier = {one.question: one for one in before}
    later = {one.question: one for one in now}
    both = [(earlier[text], one) for text, one in later.items() if text in earlier]
    changes = [
        Change(old, new, _worth(new) - _worth(old)) for old, new in both if _came(old) != _came(new)
    ]
    return Comparison(
        changes=tuple(sorted(changes, key=lambda change: (change.sign, _worth(change.now)))),
        before=measure(old for old, _ in both),
        now=measure(new for _, new in both),
        only_before=len(earlier) - len(both),
        only_now=len(later) - len(both),
    )


def read_round(file: Path) -> list[Asked]:
    """The round in a file that `hotline evaluate --json` wrote; raises `CannotCompare`."""
    names = {field.name for field in fields(Asked)}
    try:
        rows = json.loads(file.read_text(encoding="utf-8-sig"))["rows"]
        plain = [{name: row[name] for name in names} for row in rows]
        return TypeAdapter(list[Asked]).validate_python(plain)
    except (OSError, ValueError, TypeError, KeyError, RecursionError, ValidationError):
        raise CannotCompare(
            f"„{file.name}“ ist keine Datei, die „hotline evaluate --json“ geschrieben hat."
        ) from None


def ask_at(revision: str, content: Path | None, questions: Sequence[Question]) -> list[Asked]:
    """Ask the content as it stood at a git revision, with the engine of today.

    Raises `CannotCompare`, also when today's program refuses that content.
    """
    folder = content or shipped()
    with TemporaryDirectory(prefix="hotline-") as name:
        taken = Path(name) / folder.resolve().name
        _take_out(revision, folder, taken)
        # The shipped content stands on its own; what it said then may be unknown now.
        fallback = folder.resolve() != shipped().resolve()
        try:
            knowledge = Knowledge(load(taken, fallback_texts=fallback))
        except ContentError as error:
            raise CannotCompare(
                f"Die Inhalte im Stand „{revision}“ kann das heutige Programm nicht lesen:\n{error}"
            ) from None
        return ask(knowledge, questions)


def _take_out(revision: str, folder: Path, target: Path) -> None:
    place = _git(folder, "rev-parse", "--show-toplevel", "--show-prefix")
    if place is None:
        raise CannotCompare(f"Der Ordner „{folder}“ liegt in keinem Verzeichnis von git.")
    top, prefix = place.decode().split("\n")[:2]
    wanted = f"{revision}^{{commit}}"
    commit = None
    if not revision.startswith("-"):
        commit = _git(folder, "rev-parse", "--verify", "--quiet", wanted)
    if commit is None:
        raise CannotCompare(
            f"„{revision}“ ist weder eine Datei noch ein Stand, den git für „{folder}“ kennt."
        )
    # From the top, because git packs nothing else than the folder it is called in.
    tree = f"{commit.decode().strip()}:{prefix.rstrip('/')}"
    packed = _git(Path(top), "archive", "--format=zip", tree)
    if packed is None:
        raise CannotCompare(f"Im Stand „{revision}“ gab es den Ordner „{folder.name}“ noch nicht.")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(target)


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git prints; None when it refuses."""
    git = shutil.which("git")
    if git is None:
        raise CannotCompare("Zum Vergleichen mit einem älteren Stand wird git gebraucht.")
    done = subprocess.run(  # noqa: S603 - a revision that looks like an option is refused above
        [git, "-C", str(folder), *arguments], capture_output=True, check=False
    )
    return done.stdout if done.returncode == 0 else None


def _came(asked: Asked) -> tuple[object, ...]:
    # The order of suggestions is no change that anybody would want to read about.
    return asked.outcome, asked.entries, frozenset(asked.suggestions), asked.taken_for


def _worth(asked: Asked) -> int:
    if asked.outside and asked.outcome is Outcome.HANDED_OVER:
        return _WORTH[Outcome.RIGHT]
    return _WORTH[asked.outcome]


_VERDICTS = {-1: "worse", 0: "same", 1: "better"}

# A wrong answer is the worst; suggestions that miss cost more than an honest "I don't know".
_WORTH = {
    Outcome.WRONG: 0,
    Outcome.MISUNDERSTOOD: 0,
    Outcome.CHAT: 1,
    Outcome.BESIDE: 2,
    Outcome.HANDED_OVER: 3,
    Outcome.SUGGESTED: 4,
    Outcome.RIGHT: 5,
    Outcome.UNDERSTOOD: 5,
}
