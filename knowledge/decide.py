"""Answer, suggest or hand over.

A wrong confident answer is the worst that can happen: it costs trust, and the
person never learns that somebody knew better. A suggestion costs a click, a
hand-over some patience. What is expected to cost least is done.
"""

from dataclasses import dataclass
from enum import StrEnum

from knowledge.confidence import Evidence
from knowledge.index import Found, Hit
from knowledge.models import Texts
from knowledge.reading import Reading


@dataclass(frozen=True, slots=True)
class Answer:
    """This entry answers the question."""

    hit: Hit
    confidence: float


@dataclass(frozen=True, slots=True)
class Several:
    """The message asks two or three questions, and each has its answer, in their order."""

    answers: tuple[Answer, ...]


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


Decision = Answer | Several | Suggest | HandOver | Chat


@dataclass(frozen=True, slots=True)
class Costs:
    """What each way of replying is expected to cost; a wrong answer costs 1."""

    answer: float
    suggest: float
    hand_over: float

    @property
    def answer_is_least(self) -> bool:
        """Whether nothing costs less than to answer."""
        return self.answer <= min(self.suggest, self.hand_over)


def decide(reading: Reading, found: Found) -> Decision:
    """The reply that is expected to cost least."""
    if not found.hits:
        return HandOver(0.0)
    confidence, near = chances(reading, found)
    costs = expected(confidence, near)
    if costs.answer_is_least and doubt(reading, found, confidence) is None:
        return Answer(found.hits[0], confidence)
    if costs.suggest < costs.hand_over:
        return Suggest(_likely(found), confidence)
    return HandOver(confidence)


class Doubt(StrEnum):
    """Why the best hit is not the answer, however likely it looks."""

    FOREIGN = "foreign"  # the question is nearly as much like one that is not ours
    STRANGE = "strange"  # the item has too little of its words
    TOPIC = "topic"  # it is one word, which names a topic of several items and asks nothing
    RIVAL = "rival"  # the question is nearly word for word one of another item


def doubt(reading: Reading, found: Found, right: float) -> Doubt | None:
    """What speaks against answering with the best hit, though that would cost least."""
    best = found.hits[0]
    clearly = _CLEARLY_BY_MODELS if found.by_models else _CLEARLY
    if (
        (outside := found.outside)
        and outside.score > best.score - clearly
        and best.alike < max(outside.alike, _SAME_WORDS)
    ):
        return Doubt.FOREIGN
    # The nearest of ten entries is soon far ahead of the rest.
    if best.explained < (_ACCOUNTED if found.size > _FEW else _ACCOUNTED_AMONG_FEW):
        return Doubt.STRANGE
    if len(reading.words) == 1 and right < _SURE and len(_likely(found)) > 1:
        return Doubt.TOPIC
    if any(hit.alike > max(best.alike, _SAME_WORDS) for hit in _likely(found)):
        return Doubt.RIVAL
    return None


def _likely(found: Found) -> tuple[Hit, ...]:
    """What is worth being suggested: one far behind the best only takes time to read."""
    return tuple(hit for hit in found.hits[:3] if hit.score >= found.hits[0].score * _NEAR_BEST)


def small_talk(texts: Texts, reading: Reading, found: Found) -> str | None:
    """The kind of small talk that a message is, if it is more like that than like anything else."""
    chat = found.chat
    if chat is None or chat.id in _NEVER_GUESSED or chat.explained < _MOSTLY:
        return None
    if len(reading.words) < _ENOUGH_WORDS:
        return None
    same = texts.understand[chat.id].entries
    rivals = [hit for hit in found.hits if hit.id not in same][:1]
    rivals += [found.outside] if found.outside else []
    lead = chat.score - max([rival.score for rival in rivals], default=0.0)
    return chat.id if chat.alike >= _CHATTY and lead >= _CHAT_LEAD else None


def chances(reading: Reading, found: Found) -> tuple[float, float]:
    """How likely the best hit is right, and how likely one of the first three is."""
    literal = [hit for hit in found.hits if hit.score >= 1]
    if literal:
        # Word for word one of its ways of asking. Only a second entry that claims the
        # same words could make that doubtful.
        return (_LITERALLY if len(literal) == 1 else _EITHER), _LITERALLY
    evidence = Evidence.of(reading, found)
    return evidence.right(), evidence.near()


def expected(right: float, near: float) -> Costs:
    """The costs, given how likely the best hit is right, and one of the first three."""
    return Costs(
        answer=1 - right,
        suggest=_CHOOSING + _IN_VAIN * (1 - near),
        hand_over=_WAITING,
    )


# A foreign matter must be so much less like the question. On the half for learning this
# halves the wrong answers to foreign questions, for one right answer in a hundred and twenty.
_CLEARLY = 0.09
# With the models of the extra so much keeps the wrong answers to foreign questions as few.
_CLEARLY_BY_MODELS = 0.11
# A way of asking that is so much alike has nearly the words of the question.
_SAME_WORDS = 0.75
# Of the telling words, by how telling they are.
_ACCOUNTED, _ACCOUNTED_AMONG_FEW = 0.3, 0.5
_FEW = 60  # entries
_LITERALLY, _EITHER = 0.99, 0.5
# Small talk that nobody listed word for word has to be this much like what is listed,
# and so far ahead of every question.
_CHATTY, _CHAT_LEAD = 0.45, 0.03
_MOSTLY = 0.45  # of its telling words: "Was ist ein Webtalk? Bitte einfach!" is a question
# "Nummer 3" may be anything; what short messages mean is listed.
_ENOUGH_WORDS = 3
_NEVER_GUESSED = frozenset({"yes", "no"})
# In wrong answers: reading three titles and tapping one; having done so in vain; waiting
# for a person who would not have been needed.
_CHOOSING, _IN_VAIN, _WAITING = 0.20, 0.44, 0.52
_NEAR_BEST = 0.6
# Then even a single word says enough.
_SURE = 0.95
