"""Answer, suggest or hand over; and tell small talk from questions.

A wrong confident answer is the worst that can happen: it costs trust and the
person never learns that somebody knew better. A suggestion costs a click, a
hand-over some patience. The constants weigh it like that.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge import german
from knowledge.index import Hit
from knowledge.models import Texts


@dataclass(frozen=True, slots=True)
class Answer:
    """This entry answers the question."""

    hit: Hit
    confidence: float


@dataclass(frozen=True, slots=True)
class Suggest:
    """One of these, at most three, may be meant; the person chooses. Confidence is the first's."""

    hits: tuple[Hit, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class HandOver:
    """We do not know; somebody else should. Confidence is that of the best guess not shown."""

    confidence: float


@dataclass(frozen=True, slots=True)
class Chat:
    """Not a question: `kind` is a name in the texts' `understand`."""

    kind: str


Decision = Answer | Suggest | HandOver | Chat


def decide(question: str, hits: Sequence[Hit]) -> Decision:
    """Answer only when one item is clearly meant and accounts for what the question says."""
    if not hits:
        return HandOver(0.0)
    best = hits[0]
    lead = best.score - hits[1].score if len(hits) > 1 else best.score
    confidence = _confidence(question, best, lead)
    if confidence >= SURE and best.explained >= _MOSTLY and lead >= _LEAST_LEAD:
        return Answer(best, confidence)
    shown = [hit for hit in hits[:3] if _worth_showing(hit, best)]
    if shown:
        return Suggest(tuple(shown), confidence)
    return HandOver(confidence)


def understand(texts: Texts, question: str) -> str | None:
    """The name of the small talk that a message is, or None. An emergency wins, then a person."""
    if len(question) > _LONGEST_MESSAGE:
        half = _LONGEST_MESSAGE // 2
        question = f"{question[:half]} {question[-half:]}"
    return _small_talk(texts).name(question)


def _confidence(question: str, best: Hit, lead: float) -> float:
    """How likely the best hit is what was meant, from 0 to 1."""
    if _same(question, best.phrase):
        # Word for word one of its ways of asking. Only a second entry that claims
        # the same words could make that doubtful.
        return _LITERALLY if lead >= _LEAST_LEAD else _EITHER
    evidence = _PER_SCORE * best.score + _PER_LEAD * min(lead, _WIDE_LEAD) - _DOUBT
    return 1 / (1 + math.exp(-evidence))


def _same(question: str, phrase: str) -> bool:
    # The lengths are compared first because a question may be a whole book.
    return len(question) <= _MUCH_LONGER * len(phrase) and (
        german.normalise(question) == german.normalise(phrase)
    )


def _worth_showing(hit: Hit, best: Hit) -> bool:
    return (
        hit.score >= WORTH_SHOWING
        and hit.explained >= _LEAST_EXPLAINED
        and hit.score >= best.score * _NEAR_BEST
    )


class _SmallTalk:
    """The texts' `understand`, prepared for comparing."""

    def __init__(self, texts: Texts) -> None:
        order = sorted(texts.understand, key=lambda name: _FIRST.get(name, len(_FIRST)))
        self._whole: dict[str, str] = {}
        # By their first word, so that a message is compared with few of them.
        self._inside: dict[str, list[tuple[str, str]]] = {}
        for name in order:
            talk = texts.understand[name]
            for phrase in talk.phrases:
                self._whole.setdefault(german.normalise(phrase), name)
            for part in map(german.normalise, talk.contains):
                self._inside.setdefault(part.partition(" ")[0], []).append((f" {part} ", name))
        said = [*self._whole, *(part for parts in self._inside.values() for part, _ in parts)]
        self._words = sorted({word for phrase in said for word in phrase.split()})
        self._known = frozenset(self._words)
        self._mendable = [word for word in self._words if len(word) >= _MENDABLE]
        self._rank: Mapping[str, int] = {name: number for number, name in enumerate(order)}

    def name(self, message: str) -> str | None:
        words = list(self._mended(message))
        if not words:
            return None
        line = f" {' '.join(words)} "
        names = {
            name for word in words for part, name in self._inside.get(word, ()) if part in line
        }
        if len(words) <= _LONGEST_PHRASE:
            names |= {name for form in _bare(words) if (name := self._whole.get(form))}
        return min(names, key=self._rank.__getitem__, default=None)

    def _mended(self, message: str) -> Iterator[str]:
        """The message's words, with single slips in longer words put right."""
        budget = _MOST_MENDED
        raw = german.split(message)
        for word, folded in zip(raw, german.fold(" ".join(raw)).split(), strict=True):
            if folded in self._known or not _MENDABLE <= len(folded) <= german.LONGEST_WORD:
                yield folded
            elif budget and not german.is_known(word):
                budget -= 1
                meant = process.extractOne(
                    folded, self._mendable, scorer=OSA.distance, score_cutoff=1
                )
                yield folded if meant is None else meant[0]
            else:
                yield folded


def _bare(words: Sequence[str]) -> Iterator[str]:
    """The whole message, and what is left of it without the courtesies around it."""
    yield " ".join(words)
    start, end = 0, len(words)
    while start < end and words[start] in _COURTESY:
        start += 1
    while end > start and words[end - 1] in _COURTESY:
        end -= 1
    if 0 < end - start < len(words):
        yield " ".join(words[start:end])


# The texts of a running hotline change only when its content does, so the last
# ones prepared are nearly always the ones asked for.
_prepared: list[tuple[Texts, _SmallTalk]] = []


def _small_talk(texts: Texts) -> _SmallTalk:
    for known, talk in _prepared:
        if known is texts:
            return talk
    talk = _SmallTalk(texts)
    _prepared[:] = [(texts, talk), *_prepared[:1]]
    return talk


# When several match: somebody in danger before everything, somebody who asks for a
# person before anything a program could say.
_FIRST = {"emergency": 0, "human": 1}
_COURTESY = frozenset(
    german.normalise(
        "Hallo hi hey moin servus guten Tag Morgen Abend bitte danke mal ja ok okay also und Hilfe"
    ).split()
)

# What no channel lets through; somebody in danger is still heard at either end of it.
_LONGEST_MESSAGE = 20_000
# Blanks, marks and ae for ä may stretch a question, but not more than this.
_MUCH_LONGER = 3
_MENDABLE = 5  # below five letters one slip makes most words another word
_LONGEST_PHRASE = 14  # words; longer messages are never small talk as a whole
_MOST_MENDED = 100  # bounds what a page of noise can cost

# Evidence for the best hit, as weights of a logistic curve. Learned from questions whose
# wording the index had not seen, from questions whose entry had been taken out, and
# from questions about other things: so 0.6 means right in six of ten hard cases.
_PER_SCORE, _PER_LEAD, _DOUBT = 7.2, 7.2, 5.5
# A lead beyond this says no more; a lonely hit has no rival, not every right.
_WIDE_LEAD = 0.25
# Two that are this close are two that may be meant: of such first hits only
# one in three was right.
_LEAST_LEAD = 0.1
_LITERALLY, _EITHER = 0.99, 0.5
# Answer from here on. Everyday wordings of what we do know lie well above.
SURE = 0.6
# An answer has to account for most of the question; "Bürgerbüro" must not be left over.
# It lies above what the index credits to words that only the answer's text has: nobody
# asks for the minister by an entry that happens to mention her.
_MOSTLY = 0.65

# Of the hits that could be meant, show what has this score, accounts for this much of the
# question and comes near the best. Lower, every second question about something else
# gets suggestions that only waste the person's time.
WORTH_SHOWING = 0.4
_LEAST_EXPLAINED = 0.4
_NEAR_BEST = 0.6
