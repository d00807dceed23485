"""Ask a question and judge what came of it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.evaluate.reading import Question
from knowledge.decide import Answer, Chat, Decision, HandOver, Several, Suggest
from knowledge.search import Hit, Knowledge

RANKED = 10  # hits that are looked at for the rank of the right one


class Outcome(StrEnum):
    """What came of a question."""

    RIGHT = "right"  # answered, and rightly
    SUGGESTED = "suggested"  # a right one is among the suggestions
    HANDED_OVER = "handed_over"  # what outside questions deserve
    BESIDE = "beside"  # suggestions, none of them right
    CHAT = "chat"  # a question, taken for small talk
    WRONG = "wrong"  # answered, and wrongly or with something wrong beside it
    UNDERSTOOD = "understood"  # small talk, and the kind it is
    MISUNDERSTOOD = "misunderstood"  # small talk, taken for something else


@dataclass(frozen=True, slots=True)
class Asked(Question):
    """A question, and what came of it."""

    outcome: Outcome = Outcome.HANDED_OVER
    entries: tuple[str, ...] = ()  # the answers given
    suggestions: tuple[str, ...] = ()
    taken_for: str | None = None  # the kind of small talk
    confidence: float | None = None  # None where nothing was guessed
    best_right: bool | None = None  # is the best guess right, shown or not?
    rank: int | None = None  # of the first right hit, when it is among the first ten

    @property
    def good(self) -> bool:
        """People got what they need, or at least nothing false where we have nothing."""
        if self.outside:
            return self.outcome is not Outcome.WRONG
        return self.outcome in (Outcome.RIGHT, Outcome.SUGGESTED, Outcome.UNDERSTOOD)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"half": self.half}


def ask(knowledge: Knowledge, questions: Iterable[Question]) -> list[Asked]:
    """Ask all of them."""
    asked = []
    for question in questions:
        hits = knowledge.search(question.question, RANKED)
        asked.append(judged(question, knowledge.find(question.question), hits))
    return asked


def judged(question: Question, decision: Decision, hits: tuple[Hit, ...]) -> Asked:
    """What a decision is worth. `hits` are the best ones, whatever was decided."""
    expected = set(question.expected)
    entries: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    guess = ""
    confidence: float | None = None
    taken_for: str | None = None
    match decision:
        case Answer():
            entries, guess, confidence = (decision.hit.id,), decision.hit.id, decision.confidence
        case Several(answers=answers):
            # Nobody can tell the wrong one of them, so all are worth what the worst is.
            entries = tuple(answer.hit.id for answer in answers)
            guess = next((entry for entry in entries if entry not in expected), entries[0])
            confidence = min(answer.confidence for answer in answers)
        case Suggest():
            suggestions = tuple(hit.id for hit in decision.hits)
            guess, confidence = suggestions[0], decision.confidence
        case HandOver() if hits:
            guess, confidence = hits[0].id, decision.confidence
        case Chat():
            taken_for = decision.kind
    return Asked(
        question.question,
        question.expected,
        question.voice,
        question.near,
        question.chat,
        outcome=_outcome(question, entries, suggestions, taken_for),
        entries=entries,
        suggestions=suggestions,
        taken_for=taken_for,
        confidence=None if confidence is None else round(confidence, 4),
        best_right=None if confidence is None else guess in expected,
        rank=next((n for n, hit in enumerate(hits, start=1) if hit.id in expected), None),
    )


def _outcome(
    question: Question,
    entries: tuple[str, ...],
    suggestions: tuple[str, ...],
    taken_for: str | None,
) -> Outcome:
    expected = set(question.expected)
    if question.chat is not None:
        understood = question.chat == taken_for or (entries and set(entries) <= expected)
        return Outcome.UNDERSTOOD if understood else Outcome.MISUNDERSTOOD
    if taken_for is not None:
        return Outcome.CHAT
    if entries:
        return Outcome.RIGHT if set(entries) <= expected else Outcome.WRONG
    if suggestions:
        return Outcome.SUGGESTED if expected & set(suggestions) else Outcome.BESIDE
    return Outcome.HANDED_OVER
