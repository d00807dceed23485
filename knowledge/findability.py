"""Whether people find an item who say it a little differently.

Every way of asking is asked while its item goes without it, as if a stranger had
said it. Leaving them out one by one would take an hour; every tenth at once takes
ten indexes, and an item keeps nine tenths of what makes it findable.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from knowledge.decide import Answer, decide, small_talk
from knowledge.index import Index
from knowledge.load import Library
from knowledge.models import Entry, Event, Format, Texts
from knowledge.words import Words

Item = TypeVar("Item", Entry, Format, Event)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trial:
    """A way of asking, asked with itself left out."""

    item: str  # whose way of asking it is
    number: int  # its place there
    asked: str
    telling: tuple[str, ...]  # its words that say what it is about
    place: int | None  # of the item among the hits, 0 is first; None is not among them
    first: str  # the item that came first, if any
    lead: float  # how far ahead of its own item that one is; 0 if it is the same
    answered: str  # the item whose answer a person would get; "" for none
    about: str  # a matter that is not ours and comes before all items; "" for none
    ahead: float  # how far ahead of them
    chat: str  # the small talk it would be taken for; "" for none


def trials(library: Library) -> tuple[Trial, ...]:
    """One for every way of asking, in the order of the library."""
    index = Index.of(library)
    index.warm()
    longest = max((len(item.asked_as) for item in items(library)), default=0)
    parts = range(min(_PARTS, longest))
    found = [trial for part in parts for trial in _part(library, index, part)]
    order = {item.id: place for place, item in enumerate(items(library))}
    return tuple(sorted(found, key=lambda trial: (order[trial.item], trial.number)))


def items(library: Library) -> Iterator[Entry | Format | Event]:
    """Everything that can be found."""
    yield from library.entries.values()
    yield from library.formats.values()
    yield from library.events.values()


def thinned(
    library: Library,
    ways: Callable[[Entry | Format | Event], Sequence[str]],
    unknown: Collection[str] = (),
) -> Library:
    """A library whose items have other ways of asking, and in which some ids are unknown."""

    def some(found: Mapping[str, Item]) -> Mapping[str, Item]:
        return MappingProxyType(
            {
                key: item.model_copy(update={"asked_as": tuple(ways(item))})
                for key, item in found.items()
                if key not in unknown
            }
        )

    return replace(
        library,
        entries=some(library.entries),
        formats=some(library.formats),
        events=some(library.events),
    )


def without(listed: Sequence[T], part: int, parts: int) -> tuple[T, ...]:
    """All but every so many-th, of which `part` is the first."""
    return tuple(one for number, one in enumerate(listed) if number % parts != part)


def _part(library: Library, index: Index, part: int) -> Iterator[Trial]:
    """The trials of every tenth way of asking. The whole index reads, the smaller one finds."""
    smaller = Index.of(thinned(library, lambda item: without(item.asked_as, part, _PARTS)))
    for item in items(library):
        for number in range(part, len(item.asked_as), _PARTS):
            yield _trial(library.texts, index, smaller, item.id, number, item.asked_as[number])


def _trial(texts: Texts, index: Index, smaller: Index, item: str, number: int, asked: str) -> Trial:
    reading = index.read(Words(asked))
    found = smaller.nearest(reading)
    place = next((place for place, hit in enumerate(found.hits) if hit.id == item), None)
    own = 0.0 if place is None else found.hits[place].score
    best = found.hits[0] if found.hits else None
    ahead = found.outside.score - (best.score if best else 0.0) if found.outside else 0.0
    decision = decide(reading, found)
    chat = small_talk(texts, reading, found) or ""
    if chat and item in texts.understand[chat].entries:
        chat = ""  # which is what whoever asks like that wants
    return Trial(
        item=item,
        number=number,
        asked=asked,
        telling=reading.telling,
        place=place,
        first=best.id if best else "",
        lead=best.score - own if best else 0.0,
        answered=decision.hit.id if isinstance(decision, Answer) else "",
        about=found.outside.title if ahead > 0 and found.outside else "",
        ahead=max(ahead, 0.0),
        chat=chat,
    )


_PARTS = 10
