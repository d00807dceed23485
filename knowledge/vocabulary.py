"""The words of our texts, folded, with how often each is used."""

from array import array
from collections.abc import Iterator, Mapping

from marisa_trie import Trie


class Vocabulary(Mapping[str, int]):
    """An immutable copy of a mapping, in a tenth of its memory."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._words = Trie(counts)
        self._order = array("I", map(self._words.__getitem__, counts))
        self._counts = array("I", bytes(4 * len(counts)))
        for number, count in zip(self._order, counts.values(), strict=True):
            self._counts[number] = count

    def __getitem__(self, word: str) -> int:
        count: int = self._counts[self._words[word]]
        return count

    def __contains__(self, word: object) -> bool:
        return word in self._words

    def __iter__(self) -> Iterator[str]:
        return map(self._words.restore_key, self._order)

    def __len__(self) -> int:
        return len(self._counts)
