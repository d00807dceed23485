"""Put slips of the fingers right, against the words that our own texts use.

Only a word that German does not have is touched, and only where one of ours is
near: "Creshkurs" becomes "crashkurs", but "Kursbuch" stays what it is.
"""

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge import german


class Mender:
    """Knows the words of our texts, folded, and how often each is used."""

    def __init__(self, used: Mapping[str, int]) -> None:
        self._used = used
        # A slip leaves the first or the last letter alone, nearly always.
        by_edge: defaultdict[tuple[int, str, bool], list[str]] = defaultdict(list)
        for word in used:
            if len(word) >= _SHORTEST and not word[0].isdigit():
                by_edge[len(word), word[0], True].append(word)
                by_edge[len(word), word[-1], False].append(word)
        # In one line each: slips are rare, and so many single words would take 2 MB.
        self._by_edge = {edge: " ".join(words) for edge, words in by_edge.items()}

    def meant(self, form: german.Form) -> str | None:
        """The word of ours that a mistyped one was meant to be, folded; None to leave it."""
        folded = form.folded
        length = len(folded)
        if form.known or folded in self._used:
            return None
        # One letter may be missing: "Makt" is a market.
        if not _SHORTEST - 1 <= length <= german.LONGEST_WORD:
            return None
        if not folded.isalpha():
            return None
        slips = 1 if length < _LONG else 2
        compound = bool(german.parts(folded))
        if compound:
            slips = 1 if length >= _LONG else 0
        near = [
            self._by_edge.get((size, letter, first), "").split()
            for size in range(length - slips, length + slips + 1)
            for letter, first in ((folded[0], True), (folded[-1], False))
        ]
        found = process.extract(
            folded, list(dict.fromkeys(chain(*near))), scorer=OSA.distance, score_cutoff=slips
        )
        if compound:
            # "Rathaussleute" is a slip. With one letter for another it would be another
            # compound, which nobody has said before.
            found = [hit for hit in found if not _one_for_another(folded, hit[0])]
        if not found:
            return None
        return min(found, key=lambda hit: (hit[1], -self._used[hit[0]], hit[0]))[0]


def _one_for_another(typed: str, meant: str) -> bool:
    """Whether two words that differ by one slip have as many letters, but not the same."""
    return len(typed) == len(meant) and sorted(typed) != sorted(meant)


# Below five letters one slip makes most words another word. So long is what is meant.
_SHORTEST = 5
_LONG = 8
