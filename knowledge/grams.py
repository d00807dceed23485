"""How alike a question and our texts are, by groups of four letters.

German glues and bends its words ("Beteiligung", "beteiligen", "Bürgerbeteiligung");
four letters in a row meet where whole words do not. Small words stay in: "wer",
"wann" and "wie viele" tell what is asked about a thing. Measured on questions in
many voices, this alone finds more than lemmas, compounds and stop words together.

Two views, both from 0 to 1 on one scale for all questions:
*whole* is BM25 over everything an item says, *alike* the cosine with its best
single way of asking.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

LENGTH = 4

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


def grams(word: str) -> tuple[str, ...]:
    """The groups of a folded word, its edges marked by blanks; a short word is one group."""
    padded = f" {word} "
    if len(padded) <= LENGTH:
        return (padded,)
    return tuple([padded[i : i + LENGTH] for i in range(len(padded) - LENGTH + 1)])


class Told(Protocol):
    """A word that was not typed, and the typed one that it stands for."""

    @property
    def word(self) -> str: ...
    @property
    def because(self) -> str: ...


class Question(Protocol):
    """What has to be known of a question. All words are folded."""

    @property
    def weights(self) -> Mapping[str, float]:
        """Its groups of letters, with what each counts."""

    @property
    def telling(self) -> Sequence[str]:
        """The words that say what it is about."""

    @property
    def added(self) -> Sequence[Told]: ...


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike an item is to a question, by its number. `phrase` is that of a way of asking."""

    item: int
    score: float  # of both views
    whole: float
    alike: float
    phrase: int
    shares: tuple[float, ...]  # how much of each telling word the item's text has
    explained: float  # the same for all of them, by how telling they are
    meant: float = 0.0  # by its meaning; 0 where nobody can tell


class Grams:
    """Immutable. Items and ways of asking are known by their numbers, in order."""

    def __init__(self, items: Iterable[tuple[Sequence[Sequence[str]], Sequence[str]]]) -> None:
        """Each item is its ways of asking and its other text, as folded words.

        They are taken one by one: a hundred thousand at once would fill the memory.
        """
        known: dict[str, tuple[str, ...]] = {}

        def counted(words: Iterable[str]) -> Counter[str]:
            found: Counter[str] = Counter()
            for word in words:
                if word not in known:
                    known[word] = grams(word)
                found.update(known[word])
            return found

        phrases, texts = _Postings(), _Postings()
        starts = [0]  # of each item's ways of asking
        for asked, body in items:
            whole = counted(body)
            for words in asked:
                phrase = counted(words)
                whole.update(phrase)
                phrases.add(phrase)
            texts.add(whole)
            starts.append(phrases.size)
        self._starts = np.array(starts)
        # A single way of asking says little: nobody else asks in just these words.
        self._weight = _PHRASE * (1 - 1 / np.maximum(np.diff(self._starts), 1))
        self._whole = _Whole(texts)
        self._cosine = _Cosine(phrases)

    def nearest(
        self, question: "Question", limit: int, meant: NDArray[np.float64] | None = None
    ) -> list[Likeness]:
        """The items most like a question, best first.

        `meant` is how near each item is by its meaning, where somebody can tell.
        """
        if not question.weights or len(self._starts) == 1:
            return []
        whole = self._whole.sums(question.weights)
        phrases = self._cosine.sums(question.weights).values
        alike = np.maximum.reduceat(phrases, self._starts[:-1])
        weight = self._weight
        rough = (whole.values + weight * alike) / (1 + weight)
        if meant is not None:
            rough = (1 - _MEANT) * rough + _MEANT * meant
        # What remains is looked at closely for those only that are near by their letters.
        few = _best(rough, max(limit, _LOOKED_AT))
        shares, rarities = self._shares(question, whole, few)
        explained = shares @ rarities / (rarities.sum() or 1.0)
        scores = (rough[few] * (1 - _EXPLAINED)) + _EXPLAINED * explained
        return [
            Likeness(
                item=(item := int(few[place])),
                score=float(scores[place]),
                whole=float(whole.values[item]),
                alike=min(float(alike[item]), 1.0),
                phrase=self._best_phrase(item, phrases),
                shares=tuple(shares[place].tolist()),
                explained=float(explained[place]),
                meant=0.0 if meant is None else float(meant[item]),
            )
            for place in np.argsort(-scores, kind="stable")[:limit].tolist()
            if rough[few[place]] > 0
        ]

    def _shares(
        self, question: "Question", whole: "_Sums", items: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How much of each telling word these items have, and how telling the words are."""
        rarity = {gram: self._whole.rarity(gram) for gram in question.weights}
        column = {gram: number for number, gram in enumerate(whole.grams)}
        telling = question.telling
        words = [*telling, *(added.word for added in question.added)]
        groups = [grams(word) for word in words]
        totals = [sum([rarity[gram] for gram in own]) for own in groups]
        part = np.zeros((len(column), len(words)))
        for number, (own, total) in enumerate(zip(groups, totals, strict=True)):
            for gram in own:
                if gram in column:
                    part[column[gram], number] += rarity[gram] / total
        # How much of each word, typed or added, each item has.
        found = whole.table(items) @ part
        shares = found[:, : len(telling)]
        place = {word: number for number, word in enumerate(telling)}
        for number, added in enumerate(question.added, start=len(telling)):
            typed = place.get(added.because, -1)
            if typed >= 0:
                np.maximum(shares[:, typed], _AS_SYNONYM * found[:, number], out=shares[:, typed])
        rarities = [total / len(own) for own, total in zip(groups, totals, strict=True)]
        return shares, np.array(rarities[: len(telling)])

    def _best_phrase(self, item: int, alike: NDArray[np.float64]) -> int:
        start, end = self._starts[item], self._starts[item + 1]
        return int(start + np.argmax(alike[start:end]))


def _best(values: NDArray[np.float64], number: int) -> NDArray[np.intp]:
    """Where the highest values are, highest first; a whole sort takes ten times as long."""
    if len(values) > number:
        enough = np.flatnonzero(values >= np.partition(values, -number)[-number])
    else:
        enough = np.arange(len(values))
    return enough[np.argsort(-values[enough], kind="stable")][:number]


@dataclass(frozen=True, slots=True)
class _Sums:
    """A value for each text, and which groups of letters it came from."""

    values: NDArray[np.float64]
    grams: Sequence[str]
    where: NDArray[np.int32]
    which: NDArray[np.intp]

    def table(self, texts: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which of the texts (rows) have which of the groups (columns)."""
        row = np.full(len(self.values), -1)
        row[texts] = np.arange(len(texts))
        rows = row[self.where]
        found = np.zeros((len(texts), len(self.grams)), dtype=np.bool_)
        found[rows[rows >= 0], self.which[rows >= 0]] = True
        return found


class _Postings:
    """Which groups of letters each text has, and how often, in the order of the texts."""

    def __init__(self) -> None:
        self.size = 0
        self._place: dict[str, int] = {}
        self._which, self._where, self._times = array("i"), array("i"), array("i")

    def add(self, text: Mapping[str, int]) -> None:
        place = self._place
        self._which.extend([place.setdefault(gram, len(place)) for gram in text])
        self._times.extend(text.values())
        self._where.extend(repeat(self.size, len(text)))
        self.size += 1

    def sorted(self) -> "tuple[_Sorted, Ints, Floats]":
        """By groups, with the group of each posting and how often it is there."""
        unsorted = np.array(self._which, dtype=np.int32)
        order = np.argsort(unsorted, kind="stable")
        which = unsorted[order]
        where = np.array(self._where, dtype=np.int32)[order]
        times = np.array(self._times, dtype=np.float32)[order]
        spread = np.bincount(which, minlength=len(self._place)).astype(np.int32)
        return _Sorted(self._place, self.size, where, spread), which, times


class _Sorted:
    """For each group of letters the texts that have it."""

    def __init__(self, place: dict[str, int], size: int, where: Ints, spread: Ints) -> None:
        self.place = place
        self.size = size
        self.where = where
        self.spread = spread
        self._starts = np.cumsum(spread) - spread

    def sums(self, weights: Mapping[str, float], values: NDArray[np.float32]) -> _Sums:
        """The values of each text times the weights, summed over the groups of a question.

        The rarest groups come first, until the budget is spent.
        """
        known = [gram for gram in weights if gram in self.place]
        places = np.array([self.place[gram] for gram in known], dtype=np.intp)
        spread = self.spread[places]
        if spread.sum() > _BUDGET:
            rarest = np.argsort(spread, kind="stable")
            kept = rarest[np.cumsum(spread[rarest]) <= _BUDGET]
            known, places, spread = [known[n] for n in kept], places[kept], spread[kept]
        # The postings of all these groups, one group after another.
        which = np.repeat(np.arange(len(known)), spread)
        shift = self._starts[places] - (np.cumsum(spread) - spread)
        there = np.arange(len(which)) + np.repeat(shift, spread)
        where = self.where[there]
        factors = np.array([weights[gram] for gram in known], dtype=np.float32)
        parts = values[there] * factors[which]
        found = np.bincount(where, weights=parts, minlength=self.size).astype(np.float64)
        return _Sums(found, known, where, which)


class _Whole:
    """BM25, divided by what it could be at the most."""

    def __init__(self, postings: _Postings) -> None:
        found, which, times = postings.sorted()
        self._postings = found
        count = found.size
        rarity = np.log(1 + (count - found.spread + 0.5) / (found.spread + 0.5))
        length = np.bincount(found.where, weights=times, minlength=count)
        mean = float(length.mean()) if count else 0.0
        shrink = _K1 * (1 - _B + _B * length / (mean or 1.0))
        part = times / (times + shrink[found.where])
        self._values = (rarity[which] * part).astype(np.float32)
        self._rarity = rarity.tolist()
        self._unseen = float(np.log(1 + (count + 0.5) / 0.5))

    def rarity(self, gram: str) -> float:
        """How telling a group of letters is, from 0 to 1; one that we never use is 1."""
        return self._rarity_of(gram) / self._unseen

    def sums(self, question: Mapping[str, float]) -> _Sums:
        most = sum(weight * self._rarity_of(gram) for gram, weight in question.items())
        scaled = {gram: weight / most for gram, weight in question.items()}
        return self._postings.sums(scaled, self._values)

    def _rarity_of(self, gram: str) -> float:
        place = self._postings.place.get(gram)
        return self._unseen if place is None else self._rarity[place]


class _Cosine:
    """The cosine of vectors of rarities."""

    def __init__(self, postings: _Postings) -> None:
        found, which, times = postings.sorted()
        self._postings = found
        count = 1 + found.size
        rarity = np.log(count / (1 + found.spread)) + 1
        values = (1 + np.log(times)) * rarity[which]
        squares = np.bincount(found.where, weights=values * values, minlength=found.size)
        length = np.sqrt(np.where(squares > 0, squares, 1.0))
        self._values = (values / length[found.where]).astype(np.float32)
        self._rarity = rarity.tolist()
        self._unseen = float(np.log(count)) + 1

    def sums(self, question: Mapping[str, float]) -> _Sums:
        place, rarity, unseen = self._postings.place, self._rarity, self._unseen
        weights = {
            gram: weight * (rarity[place[gram]] if gram in place else unseen)
            for gram, weight in question.items()
        }
        length = sum(value * value for value in weights.values()) ** 0.5
        scaled = {gram: weight / length for gram, weight in weights.items()}
        return self._postings.sums(scaled, self._values)


# BM25's usual constants. Tried on our questions: 0.8 to 3 and 0.3 to 1 differ by a point.
_K1, _B = 1.2, 0.5
# What the best way of asking counts beside the whole; 0.3 to 0.6 differ by a point.
_PHRASE = 0.4
# What it counts that the item has the question's telling words at all, and what a
# word counts that stands for another one.
_EXPLAINED = 0.15
_AS_SYNONYM = 0.8
# What the meaning counts beside the letters, where the extra is installed.
_MEANT = 0.45
_LOOKED_AT = 20
# Postings that a question may cost. Ours need a fiftieth; with 100,000 entries the
# commonest groups of letters, which tell the least, are left out.
_BUDGET = 400_000
