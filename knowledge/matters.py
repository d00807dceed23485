"""Whether somebody asks for people of the messenger network, and for which topics."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz.distance import OSA

from knowledge import german
from knowledge.models import Network
from knowledge.words import Words

# Below this length one other letter makes another word: "Bus" is no "Bund".
_MENDABLE = 7
# A shorter word inside a compound is mostly chance.
_INSIDE = 5
_MOST_WORDS = 60  # of a text; who asks for somebody does it in a sentence


class Matters:
    """The topics of a content, ready to be found in what people say."""

    def __init__(self, network: Network) -> None:
        self._seeking = _any_of(network.seeking)
        # "Ortskern und Einzelhandel" are two things; either of them is meant by its own name.
        self._phrases = [
            (topic.id, phrase)
            for topic in network.topics
            for named in (*topic.name.split(" und "), *topic.words)
            if (phrase := _telling(named))
        ]

    def named_in(self, text: str) -> tuple[str, ...]:
        """The ids of the topics that the text names, in the order of their first word in it."""
        heard = [_Heard(word) for word in german.split(text)[:_MOST_WORDS]]
        places: dict[str, int] = {}
        for topic, phrase in self._phrases:
            place = _place(phrase, heard)
            if place is not None and place < places.get(topic, len(heard)):
                places[topic] = place
        return tuple(sorted(places, key=places.__getitem__))

    def seeks_people(self, said: Words) -> bool:
        """Whether it asks who knows something, rather than for what is known."""
        if self._seeking is None:
            return False
        return self._seeking.search(f" {' '.join(said.folded[:_MOST_WORDS])} ") is not None


def _any_of(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """Any of the phrases, as whole folded words; "…" leaves room for some."""
    patterns = [
        _GAP.join(re.escape(german.normalise(part)) for part in phrase.split("…") if part.strip())
        for phrase in phrases
    ]
    return re.compile(f" (?:{'|'.join(patterns)}) ") if patterns else None


# Bounded, so that a long message costs little.
_GAP = r"(?: \S+){0,8} "


class _Heard:
    """A word of a text, and what it may be compared by."""

    def __init__(self, word: str) -> None:
        form = german.form(word)
        self.folded = form.folded
        self.small = form.folded in german.SMALL_WORDS
        self.terms = {form.term, *(german.parts(word) if not self.small else ())}

    def is_(self, term: str) -> bool:
        if self.small:
            return False
        if term in self.terms:
            return True
        if len(term) >= _INSIDE and self.folded.startswith(term):
            return True
        return len(term) >= _MENDABLE and any(
            OSA.distance(term, own, score_cutoff=1) <= 1 for own in self.terms
        )


def _telling(named: str) -> tuple[str, ...]:
    """The terms of the words that say something: of "neue Arbeitsorte" two."""
    words = german.split(named)
    return tuple(
        german.form(word).term for word in words if german.fold(word) not in german.SMALL_WORDS
    )


def _place(phrase: Sequence[str], heard: Sequence[_Heard]) -> int | None:
    """Where the first word of the phrase stands; None unless each of its words is there."""
    places = [_first(term, heard) for term in phrase]
    known = [place for place in places if place is not None]
    return min(known) if len(known) == len(places) else None


def _first(term: str, heard: Sequence[_Heard]) -> int | None:
    found: Iterator[int] = (place for place, word in enumerate(heard) if word.is_(term))
    return next(found, None)
