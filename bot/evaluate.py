"""How well questions are answered: figures for whoever changes content or engine.

Two forms of questions are read. YAML, as a list of `{question, expected}` or as
`{in_scope: [{question, expected}], out_of_scope: [question]}`; and one JSON
object `{"query", "expected"}` a line. Without `expected` a question is about
something that we do not know, and the right thing to do is to say so.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import yaml

from knowledge.decide import Answer, HandOver, Suggest
from knowledge.load import ContentError, Problem
from knowledge.search import Knowledge

RANKED = 10  # hits that are looked at for the mean reciprocal rank
_TESTS = Path(__file__).parents[1] / "tests"


@dataclass(frozen=True, slots=True)
class Question:
    """`expected` are the ids of all good answers; none means that we cannot know."""

    text: str
    expected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Miss:
    """An answer that was given with confidence and was wrong."""

    question: str
    answered: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1; None where there was no question to measure them on."""

    in_scope: int
    out_of_scope: int
    hit_at_1: float | None  # the first hit is right
    hit_at_3: float | None  # one of the first three is
    mrr: float | None  # mean of 1/rank of the first right hit
    answered: float | None  # answered at once, rightly or wrongly
    suggested: float | None  # a right one among the suggestions
    handed_over: float | None  # known, and handed over all the same
    wrong_in_scope: float | None  # a wrong answer, with confidence
    wrong_out_of_scope: float | None  # any answer, with confidence
    misses: tuple[Miss, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


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
        name = (file or queries or Path("tests")).name
        problems.append(Problem(name, 1, "Hier stehen keine Fragen. Bitte eine Datei angeben."))
    if problems:
        raise ContentError(problems)
    return found


def _shipped() -> list[Path]:
    paths = [_TESTS / "knowledge" / "questions.yaml", *sorted(_TESTS.glob("questions/*.yaml"))]
    return [path for path in paths if path.exists()]


def measure(knowledge: Knowledge, asked: Iterable[Question]) -> Figures:
    """Ask all of them."""
    ranks: list[int | None] = []  # of the first right hit
    outcomes: list[str] = []
    answered_outside: list[bool] = []
    misses: list[Miss] = []
    for question in asked:
        outcome, entry = _outcome(knowledge, question)
        if question.expected:
            ranks.append(_rank(knowledge, question))
            outcomes.append(outcome)
        else:
            answered_outside.append(outcome == "wrong")
        if outcome == "wrong":
            misses.append(Miss(question.text, entry, tuple(sorted(question.expected))))
    return Figures(
        in_scope=len(ranks),
        out_of_scope=len(answered_outside),
        hit_at_1=_share([rank == 1 for rank in ranks]),
        hit_at_3=_share([rank is not None and rank <= 3 for rank in ranks]),
        mrr=_share([1 / rank if rank else 0 for rank in ranks]),
        answered=_share([outcome in ("right", "wrong") for outcome in outcomes]),
        suggested=_share([outcome == "suggested" for outcome in outcomes]),
        handed_over=_share([outcome == "handed over" for outcome in outcomes]),
        wrong_in_scope=_share([outcome == "wrong" for outcome in outcomes]),
        wrong_out_of_scope=_share(answered_outside),
        misses=tuple(misses),
    )


def _outcome(knowledge: Knowledge, question: Question) -> tuple[str, str]:
    """What came of it, and the id of the answer if there was one."""
    match knowledge.find(question.text):
        case Answer(hit=hit):
            return ("right" if hit.id in question.expected else "wrong"), hit.id
        case Suggest(hits=hits) if question.expected & {hit.id for hit in hits}:
            return "suggested", ""
        case HandOver():
            return "handed over", ""
        case _:
            return "other", ""


def _rank(knowledge: Knowledge, question: Question) -> int | None:
    hits = knowledge.search(question.text, RANKED)
    return next((n for n, hit in enumerate(hits, start=1) if hit.id in question.expected), None)


def _share(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def show(figures: Figures, out: TextIO) -> None:
    """For a human at a terminal."""
    out.write(f"Fragen: {figures.in_scope} bekannte, {figures.out_of_scope} fremde\n")
    for name, words in _WORDS.items():
        value = getattr(figures, name)
        out.write(f"  {words:<46} {'–' if value is None else f'{value:.3f}':>6}\n")
    for miss in figures.misses:
        wanted = ", ".join(miss.expected) or "keine Antwort"
        out.write(f"  falsch: „{miss.question}“ → {miss.answered} (richtig: {wanted})\n")


_WORDS = {
    "hit_at_1": "erster Treffer richtig",
    "hit_at_3": "unter den ersten drei",
    "mrr": "mittlerer Kehrwert des Rangs",
    "answered": "sofort beantwortet",
    "suggested": "richtiger Vorschlag",
    "handed_over": "bekannt, aber weitergegeben",
    "wrong_in_scope": "falsche Antworten auf bekannte Fragen",
    "wrong_out_of_scope": "Antworten auf fremde Fragen",
}


# -- reading ------------------------------------------------------------------------


def _of_yaml(path: Path, problems: list[Problem]) -> list[Question]:
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
    found = []
    for number, row in enumerate(value, start=1):
        question = _question(row, "question")
        if question is None:
            text = f'Frage Nr. {number} ist kein {{question: "…", expected: […]}}.'
            problems.append(Problem(path.name, 1, text))
        else:
            found.append(question)
    return found


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
    expected = row.get("expected") or []
    if not isinstance(expected, list):
        return None
    return Question(row[key], frozenset(str(item) for item in expected))


def _read(path: Path, problems: list[Problem]) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problems.append(Problem(path.name, 1, "Diese Datei gibt es nicht, oder sie ist kein Text."))
        return ""
