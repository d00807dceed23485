"""What German words mean, as far as a table can tell that comes with the program.

"Kündigen" and "den Vertrag beenden" have no letters in common. The table has a direction
for each of 110,000 words, taken from a sentence encoder (`knowledge.meanings_source`), so
that words which people use in each other's place point the same way. A text points where
its words do, the rare ones more than the common. That is far from understanding, but it
needs no model at run time: a few rows of a file that is read where it lies.

All words are folded (`knowledge.german.fold`).
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
from marisa_trie import RecordTrie
from numpy.typing import NDArray

from knowledge.grams import Meant, Places, Say, Values
from knowledge.reading import Reading

Vectors = NDArray[np.float32]

VECTORS = Path(__file__).with_suffix(".npy")
"""A row for words of one meaning: what they count, in 255ths, then two numbers a byte."""
WORDS = Path(__file__).with_suffix(".marisa")
"""The row of each word, as `ROW`."""
ROW = "<H"
MIDDLE = 8  # of four bits; what is stored is so much more than what is meant


class Meanings:
    """The table. Immutable, and for any thread."""

    def __init__(self, words: Path = WORDS, vectors: Path = VECTORS) -> None:
        self._words = RecordTrie(ROW).mmap(str(words))
        self._table = _Rows(vectors)
        self.numbers = 2 * (self._table.width - 1)
        """How many a direction has."""

    def rows(self, word: str) -> tuple[int, ...]:
        """The row of a word; else those of the two that it is made of, or of its end; or none."""
        if found := self._row(word):
            return found
        if len(word) < 2 * _SHORTEST_PART or not word.isalpha():
            return ()
        return next(self._parts(word), ())

    def direction(self, rows: Sequence[int], times: Sequence[int] | None = None) -> Vectors:
        """Where a text points whose words have these rows: of length 1, or 0 if nobody knows.

        `times` is how often each is there; else it is once.
        """
        packed = self._table.take(rows)
        counts, pairs = packed[:, 0].astype(np.float32), packed[:, 1:]
        if times is not None:
            counts *= times
        numbers = np.concatenate([pairs >> 4, pairs & 15], axis=1).astype(np.float32)
        return _unit(counts @ (numbers - MIDDLE))

    def _row(self, word: str) -> tuple[int, ...]:
        found: list[tuple[int]] | None = self._words.get(word)
        return found[0] if found else ()

    def _parts(self, word: str) -> Iterator[tuple[int, ...]]:
        last = len(word) - _SHORTEST_PART
        for cut in range(last, _SHORTEST_PART - 1, -1):
            if head := self._row(word[:cut]):
                for joint in _JOINTS:
                    rest = cut + len(joint) if word.startswith(joint, cut) else len(word)
                    if rest <= last and (end := self._row(word[rest:])):
                        yield head + end
        for cut in range(_SHORTEST_PART, last + 1):
            if end := self._row(word[cut:]):
                yield end


class _Rows:
    """The rows of a table of bytes, each read when it is needed.

    That takes a microsecond; mapped, the file would be in memory as a whole before long.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            (_, self.width), _, _ = np.lib.format.read_array_header_1_0(file)
            self._start = file.tell()
            self._file = os.dup(file.fileno())

    def take(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        width, start = self.width, self._start
        read = [os.pread(self._file, width, start + row * width) for row in rows]
        return np.frombuffer(b"".join(read), dtype=np.uint8).reshape(-1, width)


class Pointer:
    """Finds where items point, one after another."""

    def __init__(self) -> None:
        self._meanings = meanings()
        self._rows: dict[str, tuple[int, ...]] = {}
        self._found: list[Vectors] = []

    def add(self, asked: Sequence[Sequence[str]], body: Sequence[str]) -> None:
        """The next item: its ways of asking, its title first, and its other text."""
        ways = self._direction(Counter(chain.from_iterable(asked)))
        text = self._direction(Counter((*asked[0], *body)))
        # The only way of asking is the title; then the text says more.
        share = _ONLY_WAY + (_MANY_WAYS - _ONLY_WAY) * (1 - 1 / len(asked))
        self._found.append(_unit(share * ways + (1 - share) * text))

    def found(self) -> Vectors:
        """A row for each item."""
        return np.array(self._found, dtype=np.float32).reshape(-1, self._meanings.numbers)

    def _direction(self, words: Mapping[str, int]) -> Vectors:
        rows: list[int] = []
        times: list[int] = []
        for word, often in words.items():
            own = self._rows.get(word)
            if own is None:
                own = self._rows[word] = self._meanings.rows(word)
            for row in own:
                rows.append(row)
                times.append(often)
        return self._meanings.direction(rows, times)


class ByTable:
    """How near the items of an index are to a question, by where they point."""

    def __init__(self, items: Vectors) -> None:
        self._meanings = meanings()
        self._items = items

    def meant(self, reading: Reading) -> Meant:
        """How near each item is to a question."""
        rows = list(chain.from_iterable(map(self._meanings.rows, reading.words)))
        asked = self._meanings.direction(rows)

        def near(items: Places | slice) -> Values:
            alike: Values = np.clip(self._items[items] @ asked, 0.0, 1.0).astype(np.float64)
            return alike

        return Meant(_SAY, near)


@cache
def meanings() -> Meanings:
    """The table that comes with the program."""
    return Meanings()


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


# Many ways of asking have most of the words that people use; where there is only one, the
# meaning knows what else could have been said. On our questions 0.1 to 0.2 and on other
# FAQs 0.3 to 0.5 differ by a point.
_SAY = Say(single=0.4, many=0.15)
# Shorter parts occur inside unrelated words.
_SHORTEST_PART = 4
_JOINTS = ("", "s", "n", "en", "es", "e", "er")
# What all ways of asking together count beside title and text.
_ONLY_WAY, _MANY_WAYS = 0.1, 0.9
