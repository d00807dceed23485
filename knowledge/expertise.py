"""Which experts know about what somebody names, the most fitting first."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from knowledge import german
from knowledge.matters import Matters
from knowledge.models import Area, Expert

# Below this length one other letter makes another word: "Bus" is no "Bund".
_MENDABLE = 7
# A shorter word at the beginning of a compound is mostly chance.
_INSIDE = 5
_MOST_WORDS = 60  # of a text; who asks for somebody does it in a sentence

_KEYWORD, _NAME, _TOPIC, _MORE = 3.0, 2.0, 1.5, 0.5  # a keyword says more than a topic
_HALF = 0.5  # so much of a keyword of several words has to be named


def fitting(
    experts: Iterable[Expert], matters: Matters, text: str, topics: Collection[str] = ()
) -> list[Expert]:
    """Those with a keyword or a topic that the text names, or with one of the topics.

    Who works in another Bundesland than the one that is named comes last.
    """
    heard = [_Heard(word) for word in german.split(text)[:_MOST_WORDS]]
    heard = [word for word in heard if not word.small]
    named = {*matters.named_in(text), *topics}
    asked = areas(text)
    rated = [(_score(expert, heard, named), expert) for expert in experts]
    found = [pair for pair in rated if pair[0] > 0]
    found.sort(key=lambda pair: (not _works_in(pair[1], asked), -pair[0], pair[1].id))
    return [expert for _, expert in found]


def areas(text: str) -> frozenset[Area]:
    """The Bundesländer that a text names."""
    left = f" {german.normalise(text)} "
    found = set()
    for area in sorted(Area, key=lambda area: -len(area)):  # "Sachsen-Anhalt" is not "Sachsen"
        name = f" {german.normalise(area)} "
        if area is not Area.EVERYWHERE and name in left:
            found.add(area)
            left = left.replace(name, " ")
    return frozenset(found)


def _works_in(expert: Expert, asked: frozenset[Area]) -> bool:
    return not asked or Area.EVERYWHERE in expert.regions or not asked.isdisjoint(expert.regions)


def _score(expert: Expert, heard: Sequence["_Heard"], named: Collection[str]) -> float:
    known = sorted((_named(keyword, heard) for keyword in expert.keywords), reverse=True)
    score = _KEYWORD * known[0] + _MORE * sum(known[1:])
    score += _NAME * _named(expert.name, heard)
    return score + (_TOPIC if any(topic in named for topic in expert.topics) else 0.0)


def _named(phrase: str, heard: Sequence["_Heard"]) -> float:
    """0 to 1: how much of the phrase was said. Its long words say the most."""
    whole = said = 0.0
    for form in _telling(phrase):
        whole += len(form.folded)
        said += len(form.folded) * max((one.is_(form) for one in heard), default=0.0)
    share = said / whole if whole else 0.0
    return share if share >= _HALF else 0.0


@lru_cache(maxsize=4096)
def _telling(phrase: str) -> tuple[german.Form, ...]:
    """The words of a curated phrase that say something; never used on what people write."""
    forms = map(german.form, german.split(phrase))
    return tuple(form for form in forms if form.folded not in german.SMALL_WORDS)


class _Heard:
    """A word of a text, and what it may be compared by."""

    def __init__(self, word: str) -> None:
        form = german.form(word)
        self.folded, self.term = form.folded, form.term
        self.small = form.folded in german.SMALL_WORDS
        self.terms = {form.term, *(german.parts(word) if not self.small else ())}

    def is_(self, form: german.Form) -> float:
        """0 to 1: how surely this is the word of an expert."""
        if form.term in self.terms:
            return 1.0
        # "Leerstandsmanagement" for "Leerstand", and the other way round.
        if _begins(self.folded, form.term) or any(
            _begins(form.folded, own) for own in (self.term, self.folded)
        ):
            return 0.8
        mendable = min(len(form.folded), len(self.folded)) >= _MENDABLE
        slipped = mendable and OSA.distance(form.folded, self.folded, score_cutoff=1) <= 1
        return 0.7 if slipped else 0.0


def _begins(word: str, other: str) -> bool:
    return len(other) >= _INSIDE and word.startswith(other)
