"""Who might want to meet whom: ranked by what two cards offer each other.

Only cards come in here, so nothing that somebody keeps back moves them up or down.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from handlers.network.cards import Card

LIMIT = 5


class Part(StrEnum):
    """A reason, in the order in which reasons are told."""

    FUNCTION = "function"
    SIZE = "size"
    REGION = "region"
    OFFERS = "offers"  # they offer what is looked for
    SEEKS = "seeks"  # they look for what is offered
    SAME = "same"  # both look for the same


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody to suggest, and why. `topics` are those that they offer, look for or share."""

    card: Card
    reason: tuple[Part, ...]
    topics: Mapping[Part, tuple[str, ...]]


# What counts how much. That both get what they look for counts more than all the rest: from
# everything else a conversation may come, from this one it does.
_COVERED = 3.0  # the wish of one of the two
_BOTH = 5.0
_MORE = 0.5  # for a second and third topic
_MOST_MORE = 2
_FUNCTION = 1.5
_SIZE = 1.0
_NEXT_SIZE = 0.5
_REGION = 0.75
_SAME = 0.5
_SPREAD = 1.0  # equals take turns
# Whoever was suggested more often than the others lately waits until they have caught up.
# A wish covered on both sides outweighs about ten times more often than everybody else.
_TIRED = 0.8

_START = 256  # rows


def suggest(
    asker: Card | Sequence[str],
    others: Iterable[Card],
    exposure: Mapping[int, int],
    limit: int = LIMIT,
    *,
    week: int = 0,
    sizes: Sequence[str] = (),
) -> list[Match]:
    """The best for somebody, or for somebody who looks for these topics and says no more.

    `exposure` tells how often people were suggested lately; `week` changes who of equals is
    first; `sizes` are the classes of towns, the smallest first.
    """
    pool = Pool(sizes)
    for card in others:
        pool.keep(card)
    pool.set_exposure(exposure)
    wanted = asker if isinstance(asker, Card) else Card(person_id=0, seeks=tuple(asker))
    return [match(wanted, card) for card in pool.ranked(wanted, limit, week=week)]


def match(asker: Card, card: Card) -> Match:
    """Why these two, from their cards alone."""
    topics = {
        Part.OFFERS: _common(asker.seeks, card.offers),
        Part.SEEKS: _common(asker.offers, card.seeks),
        Part.SAME: _common(asker.seeks, card.seeks),
    }
    if topics[Part.OFFERS] or topics[Part.SEEKS]:
        del topics[Part.SAME]
    alike = {
        Part.FUNCTION: asker.function and asker.function == card.function,
        Part.SIZE: asker.size and asker.size == card.size,
        Part.REGION: asker.region and asker.region == card.region,
    }
    return Match(
        card,
        tuple(part for part in Part if alike.get(part) or topics.get(part)),
        {part: found for part, found in topics.items() if found},
    )


class Pool:
    """Everybody who may be suggested, in columns that are quick to compare."""

    def __init__(self, sizes: Sequence[str] = ()) -> None:
        self._sizes = {size: number for number, size in enumerate(sizes)}
        self._rows: dict[int, int] = {}  # person to row
        self._free: list[int] = []
        self._cards: list[Card | None] = [None] * _START
        self._topics: dict[str, int] = {}
        self._codes: dict[str, int] = {"": 0}  # functions and regions as numbers
        self._seeks = np.zeros((0, _START), np.uint8)  # topic, row
        self._offers = np.zeros((0, _START), np.uint8)
        self._function = np.zeros(_START, np.int32)
        self._region = np.zeros(_START, np.int32)
        self._size = np.full(_START, -9, np.int32)
        self._shown = np.zeros(_START, np.float32)
        self._ids = np.zeros(_START, np.uint64)
        self._there = np.zeros(_START, np.bool_)
        self._free.extend(range(_START - 1, -1, -1))

    def __contains__(self, person_id: int) -> bool:
        return person_id in self._rows

    def keep(self, card: Card) -> None:
        """From now on they say this."""
        row = self._rows.get(card.person_id)
        if row is None:
            if not self._free:
                self._grow()
            row = self._rows[card.person_id] = self._free.pop()
            self._shown[row] = 0
        self._cards[row] = card
        self._mark("_seeks", row, card.seeks)
        self._mark("_offers", row, card.offers)
        self._function[row] = self._code(card.function)
        self._region[row] = self._code(card.region)
        self._size[row] = self._sizes.get(card.size, -9)
        self._ids[row] = card.person_id
        self._there[row] = True

    def drop(self, person_id: int) -> None:
        """They are not suggested any more."""
        row = self._rows.pop(person_id, None)
        if row is not None:
            self._there[row] = False
            self._cards[row] = None
            self._free.append(row)

    def set_exposure(self, exposure: Mapping[int, int]) -> None:
        """How often people were suggested lately; all others never."""
        self._shown[:] = 0
        for person_id, number in exposure.items():
            if (row := self._rows.get(person_id)) is not None:
                self._shown[row] = number

    def shown(self, person_id: int) -> None:
        """They were suggested once more."""
        if (row := self._rows.get(person_id)) is not None:
            self._shown[row] += 1

    def ranked(
        self,
        asker: Card,
        limit: int,
        *,
        without: AbstractSet[int] = frozenset(),
        among: AbstractSet[int] | None = None,
        week: int = 0,
    ) -> list[Card]:
        """The best for this card, the best first; of these people alone, if `among` says so.
        The pool is not the store: what is shown has to be looked up there."""
        get = self._covered(self._offers, asker.seeks)
        give = self._covered(self._seeks, asker.offers)
        same = self._covered(self._seeks, asker.seeks)
        fits = self._there.copy()
        if among is not None:
            fits &= np.isin(self._ids, np.fromiter(among, np.uint64, len(among)))
        if asker.seeks or asker.offers:
            fits &= (get > 0) | (give > 0) | (same > 0)
        for person_id in (*without, asker.person_id):
            if (row := self._rows.get(person_id)) is not None:
                fits[row] = False
        rows = np.flatnonzero(fits)
        if not rows.size:
            return []
        score = self._score(asker, rows, get[rows], give[rows], same[rows])
        score += _SPREAD * _spread(asker.person_id, self._ids[rows], week)
        if rows.size > limit:
            best = np.argpartition(-score, limit - 1)[:limit]
            rows, score = rows[best], score[best]
        order = np.lexsort((self._ids[rows], -score))
        found = (self._cards[row] for row in rows[order])
        return [card for card in found if card is not None]

    def _score(
        self,
        asker: Card,
        rows: NDArray[np.intp],
        get: NDArray[np.float32],
        give: NDArray[np.float32],
        same: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        score = _COVERED * ((get > 0).astype(np.float32) + (give > 0))
        score += _BOTH * ((get > 0) & (give > 0))
        for covered in (get, give):
            score += _MORE * np.clip(covered - 1, 0, _MOST_MORE)
        score += _SAME * (same > 0)
        if asker.function:
            score += _FUNCTION * (self._function[rows] == self._code(asker.function))
        if asker.region:
            score += _REGION * (self._region[rows] == self._code(asker.region))
        if asker.size in self._sizes:
            apart = np.abs(self._size[rows] - self._sizes[asker.size])
            score += _SIZE * (apart == 0) + _NEXT_SIZE * (apart == 1)
        shown = self._shown[rows]
        usual = float(self._shown[self._there].mean())
        score -= _TIRED * np.maximum(shown - usual, 0)
        return score

    def _covered(self, column: NDArray[np.uint8], topics: Iterable[str]) -> NDArray[np.float32]:
        """How many of these topics each row has."""
        known = [self._topics[topic] for topic in set(topics) if topic in self._topics]
        covered: NDArray[np.float32] = column[known].sum(axis=0, dtype=np.float32)
        return covered

    def _mark(self, name: str, row: int, topics: Iterable[str]) -> None:
        for topic in topics:
            if topic not in self._topics:
                self._topics[topic] = len(self._topics)
        missing = len(self._topics) - len(self._seeks)
        if missing > 0:
            for each in ("_seeks", "_offers"):
                column = getattr(self, each)
                setattr(self, each, np.pad(column, ((0, missing), (0, 0))))
        column = getattr(self, name)
        column[:, row] = 0
        column[[self._topics[topic] for topic in topics], row] = 1

    def _code(self, word: str) -> int:
        return self._codes.setdefault(word, len(self._codes))

    def _grow(self) -> None:
        old = len(self._cards)
        self._free.extend(range(2 * old - 1, old - 1, -1))
        self._cards += [None] * old
        self._seeks = np.pad(self._seeks, ((0, 0), (0, old)))
        self._offers = np.pad(self._offers, ((0, 0), (0, old)))
        for name in ("_function", "_region", "_size", "_shown", "_ids", "_there"):
            setattr(self, name, np.pad(getattr(self, name), (0, old)))


def _common(mine: Iterable[str], theirs: Iterable[str]) -> tuple[str, ...]:
    known = set(theirs)
    return tuple(topic for topic in mine if topic in known)


def _spread(asker_id: int, ids: NDArray[np.uint64], week: int) -> NDArray[np.float32]:
    """0 to 1 for each pair and week, the same whenever it is asked for: a mixer of 64 bits."""
    seed = (asker_id * 0x9E3779B97F4A7C15 + week * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    mixed = ids * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(seed)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(40)).astype(np.float32) / np.float32(2**24)
