"""The questions that are asked, from files.

YAML holds a list of `{question, expected: [ids]}` (we know the answer),
`{question, near: true|false}` (about something else; near means the same words)
and `{question, chat: kind}` (small talk; with `expected` if an entry is as good a
reply); each may name its `voice`. An older
form is `{in_scope: [{question, expected}], out_of_scope: [question]}`. The
other kind of file has one JSON object `{"query", "expected": [ids]}` a line.
"""

import json
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml

from knowledge.load import ContentError, Problem

SHIPPED = Path(__file__).parents[2] / "tests" / "questions"
_MISSES = "bekannte-fehler.yaml"


class Half(StrEnum):
    """One half is for looking at while content and engine change, the other only for reporting."""

    LEARN = "lernen"
    REPORT = "berichten"


@dataclass(frozen=True, slots=True)
class Question:
    """`expected` are the ids of all good answers; with none, we cannot know."""

    question: str
    expected: tuple[str, ...] = ()
    voice: str = ""
    near: bool | None = None  # of what we cannot know: does it use the words of what we know?
    # Small talk: its name in the texts' `understand`. What is expected is as good an answer.
    chat: str | None = None

    @property
    def known(self) -> bool:
        """We have an answer to it."""
        return bool(self.expected) and self.chat is None

    @property
    def outside(self) -> bool:
        """The right thing to do is to say that we don't know."""
        return not self.expected and self.chat is None

    @property
    def half(self) -> Half:
        """All questions about one entry fall into one half, else learning would leak."""
        key = self.expected[0] if self.known else self.question
        even = zlib.crc32(key.encode("utf-8")) % 2 == 0
        return Half.LEARN if even else Half.REPORT


def questions(file: Path | None, queries: Path | None) -> list[Question]:
    """The questions of these files, or those that come with the source.

    Raises `ContentError` with every problem.
    """
    problems: list[Problem] = []
    found: list[Question] = []
    if queries is not None:
        found += _of_lines(queries, problems)
    if file is not None or queries is None:
        for path in [file] if file else _shipped():
            found += _of_yaml(path, problems)
    if not found and not problems:
        name = (file or queries or SHIPPED).name
        problems.append(Problem(name, 1, "Hier stehen keine Fragen. Bitte eine Datei angeben."))
    if problems:
        raise ContentError(problems)
    return found


def known_misses() -> dict[str, str]:
    """The shipped questions that are known to go wrong, each with the reason.

    Raises `ContentError` with every problem.
    """
    path = SHIPPED / _MISSES
    problems: list[Problem] = []
    found: dict[str, str] = {}
    for number, row in enumerate(_rows(path, problems) if path.exists() else (), start=1):
        match row:
            case {"question": str(question), "why": str(why), **other} if why and not other:
                if question in found:
                    text = f"Zeile Nr. {number}: „{question}“ steht schon weiter oben."
                    problems.append(Problem(path.name, 1, text))
                found[question] = why
            case _:
                text = f'Zeile Nr. {number} ist kein {{question: "…", why: "…"}}.'
                problems.append(Problem(path.name, 1, text))
    if problems:
        raise ContentError(problems)
    return found


def _shipped() -> list[Path]:
    return [path for path in sorted(SHIPPED.glob("*.yaml")) if path.name != _MISSES]


def _of_yaml(path: Path, problems: list[Problem]) -> list[Question]:
    found = []
    for number, row in enumerate(_rows(path, problems), start=1):
        question = _question(row, "question")
        if question is None:
            text = (
                f'Frage Nr. {number} ist kein {{question: "…", expected: […]}}, '
                '{question: "…", near: true} oder {question: "…", chat: …}.'
            )
            problems.append(Problem(path.name, 1, text))
        else:
            found.append(question)
    return found


def _rows(path: Path, problems: list[Problem]) -> list[object]:
    text = _read(path, problems)
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problems.append(Problem(path.name, line, "Das ist kein lesbares YAML."))
        return []
    if isinstance(value, dict):
        known, other = value.get("in_scope") or [], value.get("out_of_scope") or []
        if isinstance(known, list) and isinstance(other, list):
            value = known + [row if isinstance(row, dict) else {"question": row} for row in other]
    if value is None:
        return []
    if not isinstance(value, list):
        problems.append(Problem(path.name, 1, "Hier wird eine Liste von Fragen erwartet."))
        return []
    return value


def _of_lines(path: Path, problems: list[Problem]) -> list[Question]:
    found = []
    for number, line in enumerate(_read(path, problems).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            question = _question(json.loads(line), "query")
        except (ValueError, RecursionError):
            question = None
        if question is None:
            text = 'Hier wird ein Objekt erwartet: {"query": "…", "expected": ["…"]}.'
            problems.append(Problem(path.name, number, text))
        else:
            found.append(question)
    return found


def _question(row: object, key: str) -> Question | None:
    if not isinstance(row, dict) or not isinstance(row.get(key), str):
        return None
    # JSON can spell half a character, which nothing could print or compare.
    text = row[key].encode("utf-8", "replace").decode("utf-8")
    expected = row.get("expected") or []
    voice, near, chat = row.get("voice") or "", row.get("near"), row.get("chat")
    if not isinstance(expected, list) or not isinstance(voice, str):
        return None
    if not isinstance(near, bool | None) or not isinstance(chat, str | None):
        return None
    if near is not None and (chat is not None or expected):
        return None  # a question is of one kind only
    return Question(text, tuple(str(item) for item in expected), voice, near, chat)


def _read(path: Path, problems: list[Problem]) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problems.append(Problem(path.name, 1, "Diese Datei gibt es nicht, oder sie ist kein Text."))
        return ""
