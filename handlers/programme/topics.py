"""Topics as people read them. In the content they are written as ids."""

import re
from collections.abc import Iterable

from knowledge import german
from knowledge.dictionary import dictionary
from knowledge.models import Event


def telling(event: Event) -> tuple[str, ...]:
    """Its topics, less the one under which nearly every event is filed."""
    return tuple(topic for topic in event.topics if topic != "veranstaltungen")


def name(slug: str, titles: Iterable[str] = ()) -> str:
    """ "buergerbeteiligung" is "Bürgerbeteiligung", "stadt-und-land" is "Stadt und Land".

    A word that stands in one of the titles is spelt as it is there.
    """
    written = {
        word.lower().translate(german.AS_TYPED): word
        for title in titles
        for word in _WORD.findall(title)
    }
    words = [_spelt(word, written) for word in slug.split("-")]
    said = " ".join(word if word in _SMALL else word[:1].upper() + word[1:] for word in words)
    return said[:1].upper() + said[1:]


def _spelt(word: str, written: dict[str, str]) -> str:
    """A word without umlauts as it is written: in a title, or else by the dictionary."""
    if word in written:
        return written[word]
    restored = _TYPED.sub(lambda found: _UMLAUTS[found.group()], word)
    if _is_german(word):
        return word
    if restored != word and (_is_german(restored) or german.parts(restored)):
        return restored
    return word.upper() if len(word) <= _ACRONYM else word


def _is_german(word: str) -> bool:
    get = dictionary().get
    return get(word) is not None or get(word.capitalize()) is not None


_WORD = re.compile(r"[^\W_]+")
_UMLAUTS = {"ae": "ä", "oe": "ö", "ue": "ü"}
# After a, e and q the pair is no umlaut: Bauen, Neues, Quartier.
_TYPED = re.compile(r"(?<![aeq])(?:ae|oe|ue)")
_ACRONYM = 3  # letters: KI, EU
_SMALL = frozenset(
    ("am", "auf", "bei", "der", "die", "für", "im", "in", "mit", "oder", "und", "von")
)
