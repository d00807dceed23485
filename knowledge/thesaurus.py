"""What people say in place of the words that our texts use.

A curated list, because a general one adds as much noise as it finds. A word of
the list is only used where it leads to a word that our own texts have.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge import german
from knowledge.models import Synonyms


@dataclass(frozen=True, slots=True)
class Added:
    """A word that a question is asked with as well."""

    word: str  # folded
    because: str  # the word that was typed, folded
    weight: float


class Thesaurus:
    """The synonyms that can help with these texts."""

    def __init__(self, synonyms: Synonyms, used: Sequence[str]) -> None:
        """`used` are the words of our texts, folded and sorted."""
        alike: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        for group in synonyms.alike:
            folded = {word: german.normalise(word) for word in group}
            helping = {word: line for word, line in folded.items() if _helps(line, used)}
            for word in group:
                others = tuple(line for other, line in helping.items() if other != word)
                if others:
                    alike[german.form(word).term].append(others)
        # By their first word, so that a question is compared with few of them.
        sayings: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for said, meant in synonyms.said.items():
            words = tuple(german.normalise(said).split())
            if words:
                sayings[words[0]].append((words, german.normalise(meant)))
        self._alike = {term: tuple(others) for term, others in alike.items()}
        self._said = {first: tuple(lines) for first, lines in sayings.items()}

    def add(self, forms: Sequence[german.Form]) -> Iterator[Added]:
        """What to add to a question, given its words."""
        folded = tuple(form.folded for form in forms)
        for place, form in enumerate(forms):
            word = form.folded
            for said, meant in self._said.get(word, ()):
                if folded[place : place + len(said)] == said:
                    for part in meant.split():
                        yield Added(part, word, _SAID)
                        yield from self._others(german.form(part).term, word)
            if word not in german.SMALL_WORDS:
                yield from self._others(form.term, word)

    def _others(self, term: str, word: str) -> Iterator[Added]:
        for others in self._alike.get(term, ()):
            weight = _ALIKE / len(others) ** 0.5
            for line in others:
                yield from (Added(part, word, weight) for part in line.split())


def _helps(line: str, used: Sequence[str]) -> bool:
    """Whether our texts have each word of it, or one that begins with it."""
    for word in line.split():
        place = bisect_left(used, word)
        if place == len(used) or not used[place].startswith(word):
            return False
    return True


# What a word counts that was not typed. A translation is nearly as good as the word.
_SAID = 0.9
_ALIKE = 0.4
