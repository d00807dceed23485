"""Find the entries that a question may be about, best first.

The question is read (slips mended, what people say instead added) and compared
with every item by groups of letters. All figures are on one fixed scale: 0.6
means the same for every question, else nobody could say "I don't know".
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from zlib import crc32

import numpy as np

from knowledge import german
from knowledge.grams import Grams, Ints, Likeness, Meant
from knowledge.load import Library
from knowledge.meanings import ByTable, Pointer, Vectors
from knowledge.models import Entry, Event, Synonyms
from knowledge.reading import Reader, Reading
from knowledge.semantic import ByModels, Models
from knowledge.vocabulary import Vocabulary
from knowledge.words import Words

Kind = Literal["faq", "format", "event", "outside", "chat"]


@dataclass(frozen=True, slots=True)
class Hit:
    """An item a question may be about. All figures are 0 to 1 and comparable over questions."""

    id: str
    kind: Kind
    title: str
    score: float
    phrase: str  # the way of asking that is most like the question
    whole: float = 1.0  # how alike the item's whole text is
    alike: float = 1.0  # how alike that way of asking is
    # Share of what the question talks about that the item's text accounts for. A
    # matching word is little worth while "Bürgerbüro" beside it stays unexplained.
    explained: float = 1.0
    shares: tuple[tuple[str, float], ...] = ()  # the same for each telling word
    votes: float = 0.0  # its share of all the ways of asking that are most like the question
    ways: int = 1  # of asking that it has
    meant: float = 0.0  # how near it is by its meaning

    @property
    def missing(self) -> tuple[str, ...]:
        """The telling words that the item's text does not have."""
        return tuple(word for word, share in self.shares if share < _HALF)


@dataclass(frozen=True, slots=True)
class Indexed:
    """What the index needs to know of an item."""

    id: str
    kind: Kind
    title: str
    phrases: tuple[str, ...]  # ways of asking, each matched on its own
    body: str = ""  # the answer: explains a question's words, but is nobody's way of asking

    @property
    def asked(self) -> tuple[str, ...]:
        """Its title and its ways of asking, each once; not a title that is one cut short."""
        start = self.title.removesuffix("…")
        if start != self.title and any(
            " ".join(phrase.split()).startswith(start) for phrase in self.phrases
        ):
            return tuple(dict.fromkeys(self.phrases))
        return tuple(dict.fromkeys((self.title, *self.phrases)))


@dataclass(frozen=True, slots=True)
class _Item:
    """What a hit tells of an item; the rest of it is needed for indexing alone."""

    id: str
    kind: Kind
    title: str


class _Lines:
    """Finds lines by their checksums: as strings so many would take 3 MB."""

    def __init__(self, sums: Ints) -> None:
        self._numbers = np.argsort(sums, kind="stable").astype(np.int32)
        self._sums = sums[self._numbers]

    @staticmethod
    def sum(line: str) -> int:
        """The same in every process, unlike a hash."""
        return crc32(line.encode("utf-8", "surrogatepass"))

    def like(self, line: str) -> list[int]:
        """The numbers of the lines that may be this one, in their order; mostly none."""
        wanted = self._sums.dtype.type(self.sum(line))
        start, end = (
            np.searchsorted(self._sums, wanted),
            np.searchsorted(self._sums, wanted, "right"),
        )
        found: list[int] = self._numbers[start:end].tolist()
        return found


@dataclass(frozen=True, slots=True)
class Built:
    """What is computed from items. It can be carried from one process to another."""

    item_of: Ints  # each way of asking
    lines: _Lines
    grams: Grams
    reader: Reader
    directions: Vectors  # of each item: where it points by its meaning

    @classmethod
    def of(cls, items: Iterable[Indexed], synonyms: Synonyms) -> "Built":
        item_of, sums = array("i"), array("I")
        used: Counter[str] = Counter()
        pointer = Pointer()

        def texts() -> Iterator[tuple[list[list[str]], list[str]]]:
            """Each item's ways of asking and its other text, as folded words."""
            for number, item in enumerate(items):
                asked = []
                for phrase in item.asked:
                    words = german.normalise(phrase).split()
                    sums.append(_Lines.sum(" ".join(words)))
                    item_of.append(number)
                    used.update(words)
                    asked.append(words)
                body = german.normalise(item.body).split()
                used.update(body)
                pointer.add(asked, body)
                yield asked, body

        grams = Grams(texts())
        reader = Reader(Vocabulary(used), synonyms)
        return cls(np.array(item_of), _Lines(np.array(sums)), grams, reader, pointer.found())


Build = Callable[[Sequence[Indexed], Synonyms], Built]


class Sense(Protocol):
    """Tells how near the items are to a question by its meaning."""

    def meant(self, reading: Reading) -> Meant: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What a message may be about: our items, best first, and what else it is like."""

    hits: tuple[Hit, ...]
    outside: Hit | None = None  # the likest matter that is not ours
    chat: Hit | None = None  # the likest small talk; its id is the kind
    elsewhere: float = 0.0  # votes (see `Hit`) for matters that are not ours
    size: int = 0  # our items, found or not
    by_models: bool = False  # the extra `semantik` told what is meant, not the table


class Index:
    """An immutable index over items. A question reads it and leaves no trace."""

    def __init__(
        self,
        items: Iterable[Indexed],
        synonyms: Synonyms | None = None,
        models: Models | None = None,
        build: Build = Built.of,
    ) -> None:
        items = tuple(items)
        self._items = tuple([_Item(item.id, item.kind, item.title) for item in items])
        self._size = sum(item.kind not in _NOT_OURS for item in items)
        self._phrases = [phrase for item in items for phrase in item.asked]
        built = build(items, synonyms or Synonyms())
        self._item_of = built.item_of
        self._grams = built.grams
        self._literal = built.lines
        self._by_models = models is not None
        self._sense: Sense = (
            ByModels(models, [(item.asked, f"{item.asked[0]} {item.body}") for item in items])
            if models
            else ByTable(built.directions)
        )
        self._reader = built.reader
        german.keep(built.reader.used)

    @classmethod
    def of(cls, library: Library, models: Models | None = None, build: Build = Built.of) -> "Index":
        """Index everything in a library; with the models of the extra, also by meaning."""
        return cls(cls.items(library), library.synonyms, models, build)

    @staticmethod
    def items(library: Library) -> tuple[Indexed, ...]:
        """What there is to find in a library."""
        items = [_from_entry(entry) for entry in library.entries.values()]
        for form in library.formats.values():
            texts = (form.summary, form.description, form.for_whom, form.takeaway)
            body = " ".join((*texts, *form.topics))
            phrases = (form.name, *form.asked_as)
            items.append(Indexed(form.id, "format", form.name, phrases, body))
        items += [_from_event(event) for event in library.events.values()]
        items += [
            Indexed(kind, "chat", kind, (*talk.phrases, *talk.contains))
            for kind, talk in library.texts.understand.items()
        ]
        items += [
            Indexed(f"outside:{number}", "outside", matter.about, matter.asked_as)
            for number, matter in enumerate(library.outside)
        ]
        return tuple(items)

    @staticmethod
    def says_the_same(one: Library, other: Library) -> bool:
        """Whether two libraries that differ in their events alone would have equal indexes."""
        return one.events.keys() == other.events.keys() and all(
            _from_event(event) == _from_event(other.events[key])
            for key, event in one.events.items()
        )

    def warm(self) -> None:
        """Have the dictionary ready, so that questions need not wait for it."""
        self.search("Guten Tag")

    def read(self, question: Words) -> Reading:
        """The question as the index understands it."""
        return self._reader.read(question)

    def search(self, question: str, limit: int = 10) -> tuple[Hit, ...]:
        """The best items, best first. Of a very long message its beginning and end count."""
        return self.nearest(self.read(Words(question)), limit).hits

    def nearest(self, reading: Reading, limit: int = 10) -> Found:
        """The same for a question that was read already, with what speaks against all of them."""
        literal = self._asked_literally(reading.line)
        meant = self._sense.meant(reading)
        near = self._grams.nearest(reading, limit + _OTHERS + len(literal), meant)
        ours: list[Hit] = []
        others: dict[Kind, Hit] = {}

        def keep(hit: Hit) -> None:
            if hit.kind in _NOT_OURS:
                others.setdefault(hit.kind, hit)
            else:
                ours.append(hit)

        for item, phrase in literal.items():
            keep(self._exact(item, phrase))
        elsewhere = 0.0
        for place, item in enumerate(near.items):
            kind = self._items[item].kind
            if kind == "outside":
                elsewhere += near.votes[place]
            enough = kind in others if kind in _NOT_OURS else len(ours) >= limit
            if not enough and item not in literal:
                keep(self._hit(near.look(place), near.votes[place], reading))
        return Found(
            hits=tuple(ours[:limit]),
            outside=others.get("outside"),
            chat=others.get("chat"),
            elsewhere=elsewhere,
            size=self._size,
            by_models=self._by_models,
        )

    def _asked_literally(self, line: str) -> dict[int, int]:
        """The items that have just this way of asking, each with its number."""
        same = [
            number
            for number in self._literal.like(line)
            if " ".join(german.normalise(self._phrases[number]).split()) == line
        ]
        return {int(self._item_of[number]): number for number in (*same[1:], *same[:1])}

    def _exact(self, item: int, phrase: int) -> Hit:
        source = self._items[item]
        return Hit(source.id, source.kind, source.title, 1.0, self._phrases[phrase])

    def _hit(self, likeness: Likeness, votes: float, reading: Reading) -> Hit:
        source = self._items[likeness.item]
        return Hit(
            id=source.id,
            kind=source.kind,
            title=source.title,
            score=likeness.score,
            phrase=self._phrases[likeness.phrase],
            whole=likeness.whole,
            alike=likeness.alike,
            explained=likeness.explained,
            shares=tuple(zip(reading.telling, likeness.shares, strict=True)),
            votes=votes,
            ways=likeness.ways,
            meant=likeness.meant,
        )


def _from_entry(entry: Entry) -> Indexed:
    body = " ".join((entry.answer, *entry.topics))
    return Indexed(entry.id, "faq", entry.title, tuple(entry.asked_as), body)


def _from_event(event: Event) -> Indexed:
    days = {f"{day:%d.%m.%Y}" for day in (event.starts, event.ends or event.starts)}
    body = " ".join((event.description, event.place or "", *event.organisers, *event.topics))
    return Indexed(event.id, "event", event.title, (*event.asked_as, *sorted(days)), body)


_NOT_OURS: frozenset[Kind] = frozenset({"outside", "chat"})
# So many of the best may be something else than our items.
_OTHERS = 10
# An item that has less of a word than this speaks of something else.
_HALF = 0.5
