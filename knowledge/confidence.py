"""How likely it is that the best hit is what was meant.

A logistic curve over what is known of the match, learned (`make learn`) from half
of our questions, asked of all of the content and of small parts of it: whoever
begins with ten entries must not get wrong answers because we learned with two
hundred. So 0.7 means: of ten such matches seven were right. `hotline evaluate`
shows on the other half how well that holds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from knowledge import german
from knowledge.grams import grams
from knowledge.index import Found, Hit
from knowledge.reading import Reading


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
    meant: float  # how near the hit is by its meaning; 0 without the extra `semantik`
    size: float  # items that there are, likewise: among few the best one may still be far off
    by_meaning: bool  # scores are made up of more then, and weigh otherwise

    @classmethod
    def of(cls, reading: Reading, found: Found) -> "Evidence":
        """Of a question and what was found, which is at least one hit."""
        best, *others = found.hits
        missing = set(best.missing)
        strange = missing & reading.things
        return cls(
            lead=_ahead(best, others[0] if others else None),
            wide_lead=_ahead(best, others[1] if len(others) > 1 else None),
            over=_ahead(best, found.outside),
            whole=best.whole,
            alike=best.alike,
            covered=_covered(best.phrase, reading),
            votes=best.votes,
            elsewhere=found.elsewhere,
            length=math.log1p(len(reading.telling)),
            strange=math.log1p(len(strange)),
            other=math.log1p(len(missing - strange)),
            meant=best.meant,
            size=math.log1p(found.size),
            by_meaning=found.by_meaning,
        )

    def right(self) -> float:
        """The probability that the best hit is what was meant."""
        return self._curve(_BEST_MEANT if self.by_meaning else _BEST)

    def near(self) -> float:
        """The probability that what was meant is among the first three."""
        three = _FIRST_THREE_MEANT if self.by_meaning else _FIRST_THREE
        return max(self.right(), self._curve(three))

    def _curve(self, weights: Mapping[str, float]) -> float:
        sum_ = weights[""] + sum(
            weight * getattr(self, name) for name, weight in weights.items() if name
        )
        return 1 / (1 + math.exp(-sum_))


def _covered(phrase: str, reading: Reading) -> float:
    telling = [w for w in german.normalise(phrase).split() if w not in german.SMALL_WORDS]
    shares = [
        sum(gram in reading.weights for gram in own) / len(own) for own in map(grams, telling)
    ]
    return sum(shares) / len(shares) if shares else 1.0


def _ahead(best: Hit, other: Hit | None) -> float:
    lead = best.score - (other.score if other else 0.0)
    return max(-_WIDE, min(lead, _WIDE))


# A lead beyond this says no more; a lonely hit has no rival, not every right.
_WIDE = 0.3

# Written by `make learn`; the name "" is what nothing else accounts for.
_BEST = {
    "": -6.23,
    "lead": 7.62,
    "wide_lead": 8.6,
    "over": 3.29,
    "whole": 2.39,
    "alike": -0.4,
    "covered": 1.48,
    "votes": 0.53,
    "elsewhere": -2.64,
    "length": 1.27,
    "strange": -0.53,
    "other": -0.17,
    "meant": 0.0,
    "size": 0.23,
}
_FIRST_THREE = {
    "": -5.79,
    "lead": 0.31,
    "wide_lead": 10.66,
    "over": 3.71,
    "whole": 3.48,
    "alike": -0.28,
    "covered": 1.26,
    "votes": -0.21,
    "elsewhere": -3.25,
    "length": 1.41,
    "strange": -0.58,
    "other": -0.3,
    "meant": 0.0,
    "size": 0.28,
}

# The same where the extra `semantik` is installed (`make learn` with it).
_BEST_MEANT = {
    "": -8.07,
    "lead": 11.09,
    "wide_lead": 5.45,
    "over": 5.46,
    "whole": 1.3,
    "alike": 1.49,
    "covered": 0.38,
    "length": 1.58,
    "strange": -0.61,
    "other": -0.38,
    "meant": 2.0,
    "size": 0.44,
}
_FIRST_THREE_MEANT = {
    "": -8.16,
    "lead": -0.02,
    "wide_lead": 8.19,
    "over": 7.44,
    "whole": 2.89,
    "alike": 1.23,
    "covered": -0.42,
    "length": 1.78,
    "strange": -0.8,
    "other": -0.41,
    "meant": 3.76,
    "size": 0.44,
}
