"""Figures about questions that were asked."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from bot.evaluate.asking import Asked, Outcome

BINS = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1; None where there was no question to measure them on."""

    in_scope: int  # questions that we have an answer to
    out_of_scope: int
    small_talk: int
    hit_at_1: float | None  # the first hit is right
    hit_at_3: float | None  # one of the first three is
    mrr: float | None  # mean of 1/rank of the first right hit
    direct: float | None  # answered at once, and rightly
    solved: float | None  # that, or a right one among the suggestions
    wrong_in_scope: float | None  # a wrong answer, with confidence
    handed_over: float | None  # known, and handed over all the same
    coverage: float | None  # answered at once, rightly or wrongly
    wrong_out_of_scope: float | None  # any answer, with confidence
    wrong_near: float | None  # the same where a question uses the words of what we know
    wrong_far: float | None
    understood: float | None  # of the small talk
    ece: float | None  # mean distance between confidence and being right

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bin:
    """Best guesses of about the same confidence."""

    low: float
    high: float
    count: int
    confidence: float | None  # the mean
    right: float | None  # the share


def measure(asked: Iterable[Asked]) -> Figures:
    """The figures of these questions."""
    asked = list(asked)
    known = [one for one in asked if one.known]
    outside = [one for one in asked if one.outside]
    chat = [one for one in asked if one.chat is not None]
    return Figures(
        in_scope=len(known),
        out_of_scope=len(outside),
        small_talk=len(chat),
        hit_at_1=_share([one.rank == 1 for one in known]),
        hit_at_3=_share([one.rank is not None and one.rank <= 3 for one in known]),
        mrr=_share([1 / one.rank if one.rank else 0 for one in known]),
        direct=_came(known, Outcome.RIGHT),
        solved=_came(known, Outcome.RIGHT, Outcome.SUGGESTED),
        wrong_in_scope=_came(known, Outcome.WRONG),
        handed_over=_came(known, Outcome.HANDED_OVER),
        coverage=_came(known, Outcome.RIGHT, Outcome.WRONG),
        wrong_out_of_scope=_came(outside, Outcome.WRONG),
        wrong_near=_came([one for one in outside if one.near is True], Outcome.WRONG),
        wrong_far=_came([one for one in outside if one.near is False], Outcome.WRONG),
        understood=_came(chat, Outcome.UNDERSTOOD),
        ece=_ece(reliability(asked)),
    )


def reliability(asked: Iterable[Asked]) -> list[Bin]:
    """How often the best guess is right, for each tenth of confidence. Small talk is no guess."""
    guessed = [
        (one.confidence, one.best_right)
        for one in asked
        if one.chat is None and one.confidence is not None and one.best_right is not None
    ]
    found = []
    for number in range(BINS):
        inside = [guess for guess in guessed if min(int(guess[0] * BINS), BINS - 1) == number]
        found.append(
            Bin(
                low=number / BINS,
                high=(number + 1) / BINS,
                count=len(inside),
                confidence=_share([confidence for confidence, _ in inside]),
                right=_share([right for _, right in inside]),
            )
        )
    return found


def by_voice(asked: Iterable[Asked]) -> dict[str, Figures]:
    """The figures for each way of speaking that questions are marked with."""
    marked = sorted((one for one in asked if one.voice), key=lambda one: one.voice)
    return {voice: measure(ones) for voice, ones in groupby(marked, key=lambda one: one.voice)}


def _ece(bins: Iterable[Bin]) -> float | None:
    """The expected calibration error: each bin's distance, weighed with its questions."""
    distances = [
        abs(one.confidence - one.right)
        for one in bins
        for _ in range(one.count)
        if one.confidence is not None and one.right is not None
    ]
    return _share(distances)


def _came(asked: Sequence[Asked], *outcomes: Outcome) -> float | None:
    return _share([one.outcome in outcomes for one in asked])


def _share(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
