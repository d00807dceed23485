"""Which formats fit what somebody is looking for, and why: decided here, said elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal, Self

from knowledge.models import Character, Effort, Format, Group

Question = Literal["goal", "effort", "place"]

ANY = "egal"  # the answer of somebody to whom it does not matter

ANSWERS: Mapping[Question, tuple[str, ...]] = {
    "goal": tuple(Group),
    "effort": tuple(Effort),
    "place": (Character.ANALOG, Character.DIGITAL),
}
"""What is asked, in this order, and what there is to choose from beside `ANY`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody answered; an empty answer was not asked for yet."""

    goal: str = ""
    effort: str = ""
    place: str = ""

    @property
    def open(self) -> Question | None:
        """The question to ask next."""
        return next((question for question in ANSWERS if not self.of(question)), None)

    @property
    def wanted(self) -> tuple[Question, ...]:
        """The questions to which the answer matters."""
        return tuple(question for question in ANSWERS if self.of(question) not in ("", ANY))

    def of(self, question: Question) -> str:
        return str(getattr(self, question))

    def answering(self, question: Question, answer: str) -> Self:
        return replace(self, **{question: answer})

    @property
    def code(self) -> str:
        """How buttons call it."""
        return ".".join(self.of(question) for question in ANSWERS)

    @classmethod
    def read(cls, code: str) -> "Wish | None":
        """What a button carries; None for what never was one of ours."""
        given = code.split(".")
        if len(given) != len(ANSWERS):
            return None
        found = dict(zip(ANSWERS, given, strict=True))
        known = all(value in ("", ANY, *ANSWERS[key]) for key, value in found.items())
        return cls(**found) if known else None


@dataclass(frozen=True, slots=True)
class Fit:
    """A format, and how its facts stand to the answers. `silent`: our sources don't say."""

    form: Format
    met: tuple[Question, ...]
    missed: tuple[Question, ...]
    silent: tuple[Question, ...]


def fitting(formats: Iterable[Format], wish: Wish) -> list[Fit]:
    """The formats that fit; where none does, those that miss the least, and among the first of
    them one for each thing that can be given up: people choose what matters to them.

    Those of which we do not know how much time they take come last, and only where hardly
    another fits: a qualification is rarely meant by somebody with five minutes.
    """
    fits = [_fit(form, wish) for form in formats]
    fewest = min((_weight(fit, wish) for fit in fits), default=0)
    nearest = [fit for fit in fits if _weight(fit, wish) == fewest]
    known = [fit for fit in nearest if not fit.silent]
    if len(known) < _ENOUGH:
        known += [fit for fit in nearest if fit.silent]
    return _spread(known, wish) if fewest else known


def _spread(fits: Iterable[Fit], wish: Wish) -> list[Fit]:
    """One of each kind of makeshift in turn, the closest of its kind first."""
    kinds: dict[tuple[Question, ...], list[Fit]] = {}
    for fit in sorted(fits, key=lambda fit: _steps(fit, wish)):
        kinds.setdefault(fit.missed, []).append(fit)
    ordered = [kinds[missed] for missed in sorted(kinds, key=_given_up_first)]
    rows = zip_longest(*ordered)
    return [fit for row in rows for fit in row if fit is not None]


def _steps(fit: Fit, wish: Wish) -> int:
    """How far the time it takes is from the time that is there."""
    if "effort" not in fit.missed or fit.form.effort is None:
        return 0
    order = list(Effort)
    return abs(order.index(fit.form.effort) - order.index(Effort(wish.effort)))


def _given_up_first(missed: tuple[Question, ...]) -> tuple[int, ...]:
    """What it is for is given up last."""
    return tuple(("effort", "place", "goal").index(question) for question in missed)


def described(formats: Iterable[Format], wish: Wish, nearness: Mapping[str, float]) -> list[Fit]:
    """The same for somebody who wrote what they need: `nearness` says how much each format is
    like that, 0 to 1, and `wish` is what could be read from it.

    The words find the format and what was read bends their order. Only a place that was named
    excludes: whoever can only come online is not helped by the nicest excursion.
    """
    fits = [_fit(form, wish) for form in formats]
    there = [fit for fit in fits if "place" not in fit.missed] or fits
    merits = {
        fit.form.id: nearness.get(fit.form.id, 0.0) - _BESIDE * len(fit.missed) for fit in there
    }
    best = max(merits.values(), default=0.0)
    near = [fit for fit in there if merits[fit.form.id] >= max(best * _NEAR_BEST, _FAR)]
    return sorted(near, key=lambda fit: -merits[fit.form.id])


def _fit(form: Format, wish: Wish) -> Fit:
    found: dict[bool | None, list[Question]] = {True: [], False: [], None: []}
    for question in wish.wanted:
        found[_is(form, question, wish.of(question))].append(question)
    return Fit(form, tuple(found[True]), tuple(found[False]), tuple(found[None]))


def _is(form: Format, question: Question, answer: str) -> bool | None:
    """Whether a fact of the format is as wanted; None if we do not know it."""
    match question:
        case "goal":
            return form.group == answer
        case "place":
            return Character.HYBRID in form.characters or answer in form.characters
        case "effort":
            return None if form.effort is None else form.effort == answer


_ENOUGH = 2  # formats, to have a choice


def _weight(fit: Fit, wish: Wish) -> int:
    """What is missed. Whoever can only come online gets to no other place, while those who
    would like to meet may do so on a screen."""
    return sum(
        2 if question == "place" and wish.place == Character.DIGITAL else 1
        for question in fit.missed
    )


_BESIDE = 0.1  # what a format loses in likeness that is not as it was read from the words
_NEAR_BEST = 0.6  # what is far behind the best only takes time to read
_FAR = 0.2  # below this a likeness is chance
