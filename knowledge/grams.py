"""How alike a question and our texts are, by groups of four letters.

German glues and bends its words ("Beteiligung", "beteiligen", "Bürgerbeteiligung");
four letters in a row meet where whole words do not. Small words stay in: "wer",
"wann" and "wie viele" tell what is asked about a thing. Measured on questions in
many voices, this alone finds more than lemmas, compounds and stop words together.

Two views, both from 0 to 1 on one scale for all questions:
*whole* is BM25 over everything an item says, *alike* the cosine with its best
single way of asking.
"""

import math
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

LENGTH = 4

Ints = NDArray[np.integer[Any]]  # of whatever width
Floats = NDArray[np.float32]
Values = NDArray[np.float64]
Places = NDArray[np.intp]
Postings = tuple[Ints, Ints, Floats]
"""Groups, texts and how often each is there, in the order of groups and texts."""


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
    def groups(self) -> Mapping[str, Sequence[str]]:
        """Those of each of its words, typed or added."""

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
    ways: int  # of asking that it has
    meant: float = 0.0  # by its meaning; 0 where nobody asked for it


@dataclass(frozen=True, slots=True)
class Say:
    """What the meaning counts beside the letters, 0 to 1."""

    single: float  # for an item that has a single way of asking
    many: float  # and for one that has very many


@dataclass(frozen=True, slots=True)
class Meant:
    """How near items are to a question by their meaning, for whoever can tell."""

    say: Say
    of: Callable[[Places | slice], Values]  # for the numbers of some items, 0 to 1


@dataclass(frozen=True, slots=True)
class Near:
    """What is most like a question, best first. Few are looked at closely, so that is done last."""

    items: Sequence[int]
    look: Callable[[int], Likeness]  # by the place among them
    votes: Sequence[float] = ()  # of each: its share of the likest ways of asking of all


def _nothing(place: int) -> Likeness:
    raise IndexError(place)


_NONE = Near((), _nothing)


class Grams:
    """Immutable. Items and ways of asking are known by their numbers, in order."""

    def __init__(self, items: Iterable[tuple[Sequence[Sequence[str]], Sequence[str]]]) -> None:
        """Each item is its ways of asking, its title first, and its other text, as folded words.

        They are taken one by one: a hundred thousand at once would fill the memory.
        """
        numbers: dict[str, int] = {}  # of each group that occurs anywhere
        place = numbers.setdefault
        known: dict[str, list[int]] = {}

        def groups_of(words: Iterable[str]) -> list[int]:
            found: list[int] = []
            for word in words:
                groups = known.get(word)
                if groups is None:
                    groups = [place(gram, len(numbers)) for gram in grams(word)]
                    known[word] = groups
                found += groups
            return found

        titles, phrases, bodies = _Texts(), _Texts(), _Texts()
        starts = [0]  # of each item's ways of asking
        for asked, body in items:
            for words in asked:
                phrases.add(groups_of(words))
            titles.add(groups_of(asked[0]))
            bodies.add(groups_of(body))
            starts.append(phrases.size)
        self._starts = np.array(starts)
        self._groups = _Groups(numbers)
        number, ways = len(numbers), np.diff(self._starts)
        self._alone = 1 / ways  # of an item with a single way of asking: all of it
        postings = bodies.with_parts(phrases, ways)
        self._whole = _Whole(postings, bodies.size, number)
        self._cosine = _Cosine(phrases, ways, postings, number)
        self._title = _Title(titles, self._whole.rarity(np.arange(number)))

    def nearest(self, question: Question, least: int = 0, meant: Meant | None = None) -> Near:
        """The items most like a question, at least so many if there are."""
        if not question.weights or len(self._starts) == 1:
            return _NONE
        # A group that we never use is at -1, where the arrays say what that means.
        places = self._groups.places(question.weights)
        typed = np.fromiter(question.weights.values(), dtype=np.float64, count=len(places))
        worth = self._whole.of(places, typed)
        rough = worth.values
        if meant is not None:
            if len(rough) <= _MEANT_AT_ALL:
                meaning = meant.of(slice(None))
            else:  # by their letters most of very many items are out of the question
                likely = _best(rough, _MEANT_AT_ALL)
                meaning = np.zeros(len(rough))
                meaning[likely] = meant.of(likely)
            say = meant.say.many + (meant.say.single - meant.say.many) * self._alone
            rough = rough + say * (meaning - rough)
        # What remains is looked at for those only that are near so far.
        few = _best(rough, max(least, _LOOKED_AT))
        shared = worth.shared(few)
        starts = self._starts[few]
        ways = self._starts[few + 1] - starts
        edges = np.cumsum(ways) - ways  # of each item's ways of asking among these
        phrases = self._cosine.of(places, typed, shared, edges, _ranges(starts, ways)[0])
        alike = np.maximum.reduceat(phrases, edges)
        # A single way of asking says little: nobody else asks in just these words.
        weight = _PHRASE * (1 - 1 / ways)
        rough = (worth.values[few] + weight * alike) / (1 + weight)
        if meant is not None:
            rough += say[few] * (meaning[few] - rough)
        shares, rarities = self._shares(question, places, shared.table)
        explained = shares @ rarities / (rarities.sum() or 1.0)
        scores = (1 - _EXPLAINED) * rough + _EXPLAINED * explained
        weight = _TITLE * (1 - 1 / ways)  # the only way of asking is its title, mostly
        scores = (1 - weight) * scores + weight * self._title.of(places, typed, few)
        order = np.argsort(-scores, kind="stable")
        order = order[rough[order] > 0]

        def look(number: int) -> Likeness:
            here = order[number]
            item, edge = few[here], edges[here]
            return Likeness(
                item=int(item),
                score=float(scores[here]),
                whole=float(worth.values[item]),
                alike=min(float(alike[here]), 1.0),
                phrase=int(starts[here] + phrases[edge : edge + ways[here]].argmax()),
                shares=tuple(shares[here].tolist()),
                explained=float(explained[here]),
                ways=int(ways[here]),
                meant=0.0 if meant is None else float(meaning[item]),
            )

        votes = _votes(phrases, edges)[order]
        return Near(few[order].tolist(), look, votes.tolist())

    def _shares(self, question: Question, places: Places, table: Values) -> tuple[Values, Values]:
        """How much of each telling word items have, and how telling the words are.

        `table` says which items (rows) have which of the question's groups (columns).
        """
        telling, groups = question.telling, question.groups
        if not telling:
            return np.zeros((len(table), 0)), np.zeros(0)
        # Each telling word, and after it those that stand for it.
        standing: dict[str, list[str]] = {word: [word] for word in telling}
        for added in question.added:
            if added.because in standing:
                standing[added.because].append(added.word)
        many = np.fromiter(map(len, standing.values()), dtype=np.intp, count=len(standing))
        first = many.cumsum() - many
        words = [groups[word] for word in chain.from_iterable(standing.values())]
        column = dict(zip(question.weights, range(len(places)), strict=True))
        lengths = np.fromiter(map(len, words), dtype=np.intp, count=len(words))
        number = np.arange(len(words)).repeat(lengths)
        columns = np.fromiter(
            map(column.__getitem__, chain.from_iterable(words)), dtype=np.intp, count=len(number)
        )
        rarity = self._whole.rarity(places).take(columns)
        whole = np.add.reduceat(rarity, lengths.cumsum() - lengths)
        shape = len(column), len(words)
        part = np.bincount(
            columns * len(words) + number,
            weights=rarity / whole.take(number),
            minlength=shape[0] * shape[1],
        ).reshape(shape)
        worth = np.full(len(words), _AS_SYNONYM)
        worth[first] = 1.0
        # How much of each word, typed or standing for it, each item has.
        shares = np.maximum.reduceat((table @ part) * worth, first, axis=1)
        return shares, whole[first] / lengths[first]


def _votes(phrases: Values, edges: Places) -> Values:
    """Each item's share of the likest ways of asking; what is liker has more of a say."""
    likest = _best(phrases, _VOTERS)
    says = phrases[likest] ** 2
    owners = np.searchsorted(edges, likest, side="right") - 1
    votes = np.bincount(owners, weights=says, minlength=len(edges))
    return votes / (says.sum() or 1.0)


def _best(values: Values, number: int) -> Places:
    """Where the highest values are, highest first; a whole sort takes ten times as long."""
    if len(values) > number:
        enough = np.flatnonzero(values >= np.partition(values, -number)[-number])
    else:
        enough = np.arange(len(values))
    return enough[np.argsort(-values[enough], kind="stable")][:number]


def _ranges(starts: Ints, lengths: Ints) -> tuple[Places, Places]:
    """The numbers from each start on, so many, one range after another; and of which range each is.

    Repeating by uneven lengths is slow, as no processor can guess the next one. So whoever wants
    something repeated likewise takes it by the second.
    """
    which = np.arange(len(lengths)).repeat(lengths)
    shift = starts - (np.cumsum(lengths) - lengths)
    return shift.take(which) + np.arange(len(which)), which


def _narrow(numbers: Ints) -> Ints:
    """The same numbers from 0 on, each in as few bytes as the highest of them needs."""
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))


def _small(numbers: Ints, most: int) -> Ints:
    """The same, in two bytes each where so many are possible at the most."""
    return numbers.astype(np.uint16) if most < _TWO_BYTES else numbers


class _Groups:
    """Finds the numbers of groups of letters. As a dictionary so many would take 3 MB."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        keys = _as_numbers(numbers)
        order = np.argsort(keys)
        self._keys = keys[order]
        self._numbers = np.fromiter(numbers.values(), dtype=np.int32, count=len(keys))[order]

    def places(self, groups: Collection[str]) -> Places:
        """The number of each; -1 for one that we never use."""
        if not len(self._keys):
            return np.full(len(groups), -1)
        wanted = _as_numbers(groups)
        near = np.searchsorted(self._keys, wanted)
        near[near == len(self._keys)] = 0
        return np.where(self._keys[near] == wanted, self._numbers[near], -1)


def _as_numbers(groups: Collection[str]) -> NDArray[np.uint64]:
    """Each group as one number: two bytes a letter, which is enough for those that people use."""
    letters = "".join([group.ljust(LENGTH, "\0") for group in groups])
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return codes.reshape(-1, LENGTH).astype(np.uint64) @ _LETTER


class _Texts:
    """Which groups of letters texts have, and how often, one text after another."""

    def __init__(self) -> None:
        self._lengths, self._which = array("i"), array("i")

    @property
    def size(self) -> int:
        return len(self._lengths)

    def add(self, groups: Sequence[int]) -> None:
        """A text, group after group; what is there twice is named twice."""
        self._which.extend(groups)
        self._lengths.append(len(groups))

    def one_by_one(self) -> tuple[Ints, Ints]:
        """The groups of all texts, each once, and how many each text has."""
        which, where, _ = self.by_group()
        order = np.argsort(where, kind="stable")
        return which[order], np.bincount(where, minlength=self.size).astype(np.int32)

    def by_group(self) -> Postings:
        """The group, the text and how often it is there, in the order of groups and texts."""
        return _counted(np.asarray(self._which), self._owners(np.arange(self.size)), self.size)

    def with_parts(self, parts: "_Texts", number: Places) -> Postings:
        """The same where each text has so many of the parts as well."""
        which = np.concatenate([np.asarray(self._which), np.asarray(parts._which)])
        owners = np.repeat(np.arange(self.size), number)
        where = np.concatenate([self._owners(np.arange(self.size)), parts._owners(owners)])
        return _counted(which, where, self.size)

    def _owners(self, names: Places) -> Places:
        """Of each group the name of its text."""
        return np.repeat(names, np.asarray(self._lengths))


def _counted(which: Ints, where: Places, size: int) -> Postings:
    """Equal pairs of group and text made one, and how many there were."""
    pairs, times = np.unique(which * np.int64(max(size, 1)) + where, return_counts=True)
    groups, texts = np.divmod(pairs, max(size, 1))
    return groups.astype(np.int32), _small(texts.astype(np.int32), size), times.astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Worth:
    """What each text is worth, and which of the question's groups that came from."""

    values: Values
    columns: int  # groups of the question
    common: Places  # the columns of those that are kept in a table ...
    starts: Ints  # ... where their postings begin ...
    numbers: Ints  # ... and which of these (from 1) is that of each text
    rare: Places  # the columns of the other postings, one after another ...
    postings: Places  # ... their numbers (from 0) ...
    where: Ints  # ... and their texts

    def shared(self, texts: Places) -> "_Shared":
        """What some of the texts have in common with the question."""
        wanted = np.zeros(len(self.values), dtype=np.bool_)
        wanted[texts] = True
        there = wanted.take(self.where).nonzero()[0]
        row = np.empty(len(self.values), dtype=np.intp)
        row[texts] = np.arange(len(texts))
        numbers = self.numbers.take(texts, axis=1).ravel()
        cells = numbers.nonzero()[0]
        line, text = np.divmod(cells, len(texts))
        return _Shared(
            rows=np.concatenate([text, row.take(self.where.take(there))]),
            columns=np.concatenate([self.common.take(line), self.rare.take(there)]),
            postings=np.concatenate(
                [self.starts.take(line) + numbers.take(cells) - 1, self.postings.take(there)]
            ),
            shape=(len(texts), self.columns),
        )


@dataclass(frozen=True, slots=True)
class _Shared:
    """Groups of letters that some texts (rows) share with a question (columns)."""

    rows: Places
    columns: Places
    postings: Places
    shape: tuple[int, int]

    @property
    def table(self) -> Values:
        """A one wherever they share a group."""
        found = np.zeros(self.shape)
        found[self.rows, self.columns] = 1.0
        return found


class _Whole:
    """BM25, divided by what it could be at the most.

    The commonest groups stand in most texts: what they are worth is a table. Of the
    others it is a list of the texts that have them. Both are counted in steps, so that
    two bytes are enough for each.
    """

    def __init__(self, postings: Postings, size: int, groups: int) -> None:
        self._size = size
        which, where, times = postings
        spread = np.bincount(which, minlength=groups)
        rarity = np.log(1 + (size - spread + 0.5) / (spread + 0.5))
        length = np.bincount(where, weights=times, minlength=size)
        mean = float(length.mean()) if size else 0.0
        shrink = _K1 * (1 - _B + _B * length / (mean or 1.0))
        self._rarity = np.append(rarity, np.log(1 + (size + 0.5) / 0.5)).astype(np.float32)
        values = rarity[which] * (times / (times + shrink[where]))
        self._step = max(float(values.max(initial=0)), _TINY) / (_TWO_BYTES - 1)
        steps = np.rint(values / self._step).astype(np.uint16)
        del values
        # Of each group's postings.
        self._starts = np.append(0, np.cumsum(spread)).astype(np.int32)
        common = np.flatnonzero(spread > _COMMON * size)
        common = common[np.argsort(-spread[common], kind="stable")][: _CELLS // max(size, 1)]
        self._row = np.full(groups + 1, -1, dtype=np.int32)
        self._row[common] = np.arange(len(common))
        row = self._row[which]
        number = np.flatnonzero(row >= 0)
        cells = row[number], where[number]
        self._numbers = _small(np.zeros((len(common), size), dtype=np.int32), size)
        self._numbers[cells] = number + 1 - self._starts[which[number]]
        self._table = np.zeros((len(common), size), dtype=np.uint16)
        self._table[cells] = steps[number]
        # The others, and of each group how many postings before it stand in the table.
        rare = row < 0
        self._where, self._values = where[rare], steps[rare]
        tabled = np.where(self._row[:-1] < 0, 0, spread)
        self._skipped = (np.cumsum(tabled) - tabled).astype(np.int32)

    def rarity(self, places: Places) -> Values:
        """How telling groups of letters are, from 0 to 1; one that we never use is 1."""
        found: Values = self._rarity[places].astype(np.float64) / float(self._rarity[-1])
        return found

    def of(self, places: Places, typed: Values) -> _Worth:
        """What each text is worth. Rare groups come first, until the budget is spent."""
        weights = typed / (typed @ self._rarity[places])
        row = self._row[places]
        common = (row >= 0).nonzero()[0]
        rows = row[common]
        weights *= self._step
        table = self._table.take(rows, axis=0).astype(np.float32)
        values = (weights[common].astype(np.float32) @ table).astype(np.float64)
        rare = ((row < 0) & (places >= 0)).nonzero()[0]
        start = self._starts[places[rare]]
        spread = self._starts[places[rare] + 1] - start
        if spread.sum() > _BUDGET:
            rarest = np.argsort(spread, kind="stable")
            kept = rarest[np.cumsum(spread[rarest]) <= _BUDGET]
            rare, start, spread = rare[kept], start[kept], spread[kept]
        skipped = self._skipped.take(places.take(rare))
        there, which = _ranges(start - skipped, spread)
        postings = there + skipped.take(which)
        where, which = self._where.take(there), rare.take(which)
        parts = self._values.take(there) * weights.take(which)
        values += np.bincount(where, weights=parts, minlength=self._size)
        return _Worth(
            values=values,
            columns=len(places),
            common=common,
            starts=self._starts[places[common]],
            numbers=self._numbers.take(rows, axis=0),
            rare=which,
            postings=postings,
            where=where,
        )


class _Cosine:
    """The cosine with single ways of asking, as vectors of rarities.

    There are a million postings, so each is kept in two bytes: which way of asking of its
    item it is, and how often that has the group. What all of a group or of a way of asking
    have in common is multiplied when it is needed.
    """

    def __init__(self, phrases: _Texts, ways: Places, postings: Postings, groups: int) -> None:
        """`ways` is how many each item has, `postings` are those of whole texts."""
        which, where, times = phrases.by_group()
        count = 1 + phrases.size
        rarity = np.log(count / (1 + np.bincount(which, minlength=groups))) + 1
        # In place, here and below: these are the largest arrays of all.
        squares = rarity[which]
        squares *= 1 + np.log(times)
        squares *= squares
        lengths = np.sqrt(np.bincount(where, weights=squares, minlength=phrases.size))
        del squares
        self._rarity = np.append(rarity, np.log(count) + 1).astype(np.float32)
        # Of each way of asking.
        self._scale = (1 / np.maximum(lengths, _TINY)).astype(np.float32)
        self._loud = 1 + np.log(np.maximum(np.arange(int(times.max(initial=0)) + 1), 1))
        items = np.repeat(np.arange(len(ways), dtype=np.int32), ways)[where]
        self._bits = int(ways.max(initial=0)).bit_length()  # that a way of asking needs
        self._mask = (1 << self._bits) - 1
        numbers = times.astype(np.int64)
        numbers <<= self._bits
        numbers |= where - (np.cumsum(ways) - ways)[items]
        self._numbers = _narrow(numbers)
        del numbers, times, where
        # Of each group in each item: where its ways of asking with that group begin.
        own = which * np.int64(len(ways))
        own += items
        whole, texts = postings[0], postings[1]
        starts = np.append(np.searchsorted(own, whole * np.int64(len(ways)) + texts), len(own))
        del own, items, which
        # Counted from where the group begins, with the group's end behind its last text.
        self._first = starts[np.searchsorted(whole, np.arange(groups + 1))].astype(np.int32)
        places = np.arange(len(whole)) + whole
        counted = np.zeros(len(whole) + groups, dtype=np.int32)
        counted[places] = starts[:-1] - self._first[whole]
        counted[places + 1] = starts[1:] - self._first[whole]
        self._starts = _narrow(counted)

    def of(
        self, places: Places, typed: Values, shared: _Shared, edges: Places, phrases: Places
    ) -> Values:
        """How alike these ways of asking are: those of some items, one item after another.

        `edges` tells where among them those of each item begin.
        """
        rarity = self._rarity[places]
        weights = typed * rarity
        weights *= rarity / math.sqrt(weights @ weights)
        group = places.take(shared.columns)
        start = self._starts.take(shared.postings + group).astype(np.intp)
        spread = self._starts.take(shared.postings + group + 1) - start
        there, which = _ranges(self._first.take(group) + start, spread)
        numbers = self._numbers.take(there)
        parts = weights.take(shared.columns).take(which)
        parts *= self._loud.take(numbers >> self._bits)
        where = edges.take(shared.rows).take(which)
        where += numbers & self._mask
        found = self._scale.take(phrases).astype(np.float64)
        found *= np.bincount(where, weights=parts, minlength=len(phrases))
        return found


class _Title:
    """How much of an item's title a question has: short ones name what they are about."""

    def __init__(self, titles: _Texts, rarity: Values) -> None:
        which, lengths = titles.one_by_one()
        self._which = which
        self._edges = np.append(0, np.cumsum(lengths))
        whole = np.bincount(np.repeat(np.arange(titles.size), lengths), rarity[which], titles.size)
        # Together the groups of a title are worth 1.
        self._values = (rarity[which] / np.repeat(whole, lengths)).astype(np.float32)
        self._groups = len(rarity)

    def of(self, places: Places, typed: Values, items: Places) -> Values:
        asked = np.zeros(self._groups + 1)
        asked[places] = typed
        asked[-1] = 0.0  # what we never use is in no title
        start = self._edges[items]
        lengths = self._edges[items + 1] - start
        there, rows = _ranges(start, lengths)
        parts = self._values.take(there) * asked.take(self._which.take(there))
        return np.bincount(rows, weights=parts, minlength=len(items)).astype(np.float64)


# What each letter of a group counts in the number that stands for it.
_LETTER = np.uint64(1 << 16) ** np.arange(LENGTH, dtype=np.uint64)
# BM25's usual constants. Tried on our questions: 0.8 to 3 and 0.3 to 1 differ by a point.
_K1, _B = 1.2, 0.5
# What the best way of asking counts beside the whole; 0.3 to 0.6 differ by a point.
_PHRASE = 0.4
# What it counts that the item has the question's telling words at all, and what a
# word counts that stands for another one.
_EXPLAINED = 0.15
_AS_SYNONYM = 0.8
# What it counts that the question has the words of its title; 0.02 to 0.06 do the same.
_TITLE = 0.04
# So many are compared by their meaning.
_MEANT_AT_ALL = 2000
# So many are compared with their ways of asking. On our questions it makes no difference
# whether these are 16 of 450 items or all.
_LOOKED_AT = 16
# Ways of asking that are heard on which item is meant; 5 to 20 differ by nothing.
_VOTERS = 8
# What stands in more than this share of all texts is kept in a table, of so many cells.
_COMMON = 0.25
_CELLS = 1_000_000
# Less than the length of any text that has a group of letters.
_TINY = 1e-9
# Numbers of less than this are kept in two bytes.
_TWO_BYTES = 1 << 16
# Postings that a question may cost. Ours need a fortieth; with 100,000 entries the
# commonest groups of letters, which tell the least, are left out.
_BUDGET = 300_000
