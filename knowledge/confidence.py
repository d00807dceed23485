"""How likely it is that the best hit is what was meant.

A logistic curve over what is known of the match, learned (`make learn`) from half
of our questions, asked of all of the content and of small parts of it: whoever
begins with ten entries must not get wrong answers because we learned with two
hundred. So 0.7 means: of ten such matches seven were right. `hotline evaluate`
shows on the other half how well that holds.

A hit that has many ways of asking and one that has few are judged by curves of their own:
of the one most words are known that people use for it, of the other hardly any. So are
hits that the models of the extra `semantik` had a say in: they are nearer than letters tell.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from knowledge import german
from knowledge.grams import grams
from knowledge.index import Found, Hit
from knowledge.reading import Reading

WEIGHTS = Path(__file__).with_suffix(".json")
"""Written by `make learn`: a curve's name, "first" or "three", what each evidence counts."""
BY_MODELS = "-by-models"
"""The end of the names of curves for hits that were found with the extra `semantik`."""

Curve = Mapping[str, float]
"""By the names of `Evidence`; the name "" is what nothing else accounts for."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the best hit and against it."""

    lead: float  # of the best hit before the second
    wide_lead: float  # before the third: two that are near may be the same matter
    over: float  # before the likest question that is not ours
    whole: float  # how alike the item's whole text is
    alike: float  # how alike its likest way of asking is
    covered: float  # how much of that way of asking the question has
    votes: float  # its share of all the ways of asking that are most like the question
    elsewhere: float  # that of matters which are not ours
    length: float  # telling words, as a logarithm: of one word alone much is unsaid
    strange: float  # things that the question names and the item does not, likewise
    other: float  # its other telling words that the item does not have, likewise
    meant: float  # how near the hit is by its meaning, as far as it has few ways of asking
    closer: float  # how much nearer than the other hits, as far as it has many
    size: float  # items that there are, likewise: among few the best one may still be far off
    curve: str  # whose weights hold: see `WEIGHTS`

    @classmethod
    def of(cls, reading: Reading, found: Found) -> "Evidence":
        """Of a question and what was found, which is at least one hit."""
        best, *others = found.hits
        few = best.ways <= _FEW
        lead, wide_lead = (_FAR, _FAR) if few else (_LEAD, _WIDE_LEAD)
        missing = set(best.missing)
        strange = missing & reading.things
        return cls(
            lead=_ahead(best, others[0] if others else None, lead),
            wide_lead=_ahead(best, others[1] if len(others) > 1 else None, wide_lead),
            over=_ahead(best, found.outside, wide_lead),
            whole=best.whole,
            alike=best.alike,
            covered=_covered(best.phrase, reading),
            votes=best.votes,
            elsewhere=found.elsewhere,
            length=math.log1p(len(reading.telling)),
            strange=math.log1p(len(strange)),
            other=math.log1p(len(missing - strange)),
            # A single way of asking differs from the question in words; then the meaning says
            # whether we know of the matter at all. Among many it says which item it is.
            meant=best.meant / best.ways,
            closer=_closer(best, others, lead) * (1 - 1 / best.ways),
            size=math.log1p(found.size),
            curve=f"{'few' if few else 'many'}{BY_MODELS if found.by_models else ''}",
        )

    def right(self) -> float:
        """The probability that the best hit is what was meant."""
        return self._on(_curves()[self.curve]["first"])

    def near(self) -> float:
        """The probability that what was meant is among the first three."""
        return max(self.right(), self._on(_curves()[self.curve]["three"]))

    def _on(self, curve: Curve) -> float:
        sum_ = sum(weight * getattr(self, name) for name, weight in curve.items() if name)
        sum_ += curve[""]
        return 1 / (1 + math.exp(-sum_))


NAMES = tuple(field.name for field in fields(Evidence) if field.name != "curve")
"""Of all evidence that has a weight."""


@cache
def _curves() -> Mapping[str, Mapping[str, Curve]]:
    curves: Mapping[str, Mapping[str, Curve]] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return curves


def _covered(phrase: str, reading: Reading) -> float:
    telling = [w for w in german.normalise(phrase).split() if w not in german.SMALL_WORDS]
    shares = [
        sum(gram in reading.weights for gram in own) / len(own) for own in map(grams, telling)
    ]
    return sum(shares) / len(shares) if shares else 1.0


def _ahead(best: Hit, other: Hit | None, most: float) -> float:
    return _within(best.score - (other.score if other else 0.0), most)


def _closer(best: Hit, others: Sequence[Hit], most: float) -> float:
    return _within(best.meant - max([other.meant for other in others], default=0.0), most)


def _within(lead: float, most: float) -> float:
    return max(-most, min(lead, most))


# So few ways of asking, its title among them; with up to 2 instead other FAQs are told from
# foreign matters a little worse.
_FEW = 6
# A lead beyond this says no more: a lonely hit has no rival, not every right. Where there are
# many ways of asking neighbours are alike, and who is ahead at all says nearly everything:
# with these leads (tried on the half for learning, each part of it with weights from the
# others) there are a quarter fewer wrong answers and more right ones.
_FAR = 0.3
_LEAD, _WIDE_LEAD = 0.05, 0.1
