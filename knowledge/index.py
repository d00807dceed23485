"""Find the entries that a question may be about, best first.

Each way of asking is compared on its own and the best one counts, because an
entry that is asked about in seven ways is not seven times as vague. All
figures are on one fixed scale: 0.9 means the same for every question, else
nobody could say "I don't know".
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Literal

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from knowledge import german
from knowledge.load import Library
from knowledge.models import Entry, Event

Kind = Literal["faq", "format", "event"]


@dataclass(frozen=True, slots=True)
class Hit:
    """An item a question may be about. `score` is 0 to 1 and comparable over questions."""

    id: str
    kind: Kind
    title: str
    score: float
    phrase: str  # the way of asking that matched best
    # Share of what the question talks about that the whole item accounts for. A
    # matching word is little worth while "Bürgerbüro" beside it stays unexplained.
    explained: float = 1.0


@dataclass(frozen=True, slots=True)
class Indexed:
    """What the index needs to know of an item."""

    id: str
    kind: Kind
    title: str
    phrases: tuple[str, ...]  # ways of asking, each matched on its own
    body: str = ""  # the answer: explains a question's words, but is nobody's way of asking


@dataclass(frozen=True, slots=True)
class _Query:
    """A question in terms of the index."""

    terms: Mapping[str, float]  # term → weight
    related: Mapping[str, tuple[tuple[str, float], ...]]  # term → (indexed term, how well it fits)
    line: str  # normalised, for comparing letters
    total: float


class Index:
    """An immutable index over items. A question reads it and leaves no trace."""

    def __init__(self, items: Iterable[Indexed]) -> None:
        self._items = tuple(items)
        self._phrases: list[tuple[int, str, str]] = []  # item, as written, normalised
        self._phrase_weight: list[float] = []
        # term → [(phrase or item, credit)]: a term counts fully, as part of a compound less.
        self._in_phrase: dict[str, list[tuple[int, float]]] = {}
        self._in_item: dict[str, list[tuple[int, float]]] = {}
        self._literal: dict[str, list[int]] = {}  # a whole phrase → phrases
        self._build()
        self._vocabulary = sorted(self._in_item)
        self._letters = _Letters(
            " ".join((item.title, *item.phrases, item.body)) for item in self._items
        )

    @classmethod
    def of(cls, library: Library) -> "Index":
        """Index everything in a library."""
        items = [_from_entry(entry) for entry in library.entries.values()]
        for form in library.formats.values():
            body = f"{form.summary} {form.description} {form.for_whom} {form.takeaway}"
            phrases = (form.name, *form.asked_as)
            items.append(Indexed(form.id, "format", form.name, phrases, body))
        items += [_from_event(event) for event in library.events.values()]
        return cls(items)

    def search(self, question: str, limit: int = 10) -> tuple[Hit, ...]:
        """The best items, best first. Of a very long message its beginning and end count."""
        question = _trimmed(question)
        query = self._query(question)
        literal = {self._phrases[n][0]: n for n in self._literal.get(query.line, ())}
        if not query.terms and not literal:
            return ()
        shared: defaultdict[int, float] = defaultdict(float)
        explained = [0.0] * len(self._items)
        for term, weight in query.terms.items():
            for known, fit in query.related[term]:
                for phrase, credit in self._in_phrase.get(known, ()):
                    shared[phrase] += weight * fit * credit
                for item, credit in self._in_item[known]:
                    explained[item] += weight * fit * credit
        total = query.total or 1.0
        shares = [value / total if value < total else 1.0 for value in explained]
        alike = self._letters.alike(query.line)
        hits = self._ranked(query, shared, shares, alike, limit)
        if not literal:
            return tuple(hits[:limit])
        exact = [self._hit(item, phrase, 1.0, 1.0) for item, phrase in literal.items()]
        told = {(hit.kind, hit.id) for hit in exact}
        return tuple([*exact, *(h for h in hits if (h.kind, h.id) not in told)][:limit])

    def _hit(self, item: int, phrase: int, score: float, explained: float) -> Hit:
        source = self._items[item]
        words = self._phrases[phrase][1] if phrase >= 0 else source.title
        return Hit(source.id, source.kind, source.title, score, words, explained)

    def _ranked(
        self,
        query: _Query,
        shared: Mapping[int, float],
        explained: Sequence[float],
        alike: Sequence[float],
        limit: int,
    ) -> list[Hit]:
        overlaps = [0.0] * len(self._items)
        phrases = [-1] * len(self._items)
        for phrase, common in shared.items():
            item, weight = self._phrases[phrase][0], self._phrase_weight[phrase]
            overlap = 2 * common / (query.total + (weight if weight > common else common))
            if overlap > overlaps[item]:
                overlaps[item], phrases[item] = overlap, phrase
        rough = [
            _OVERLAP * overlap + _EXPLAINED * share + _LETTERS * likeness if likeness else 0.0
            for overlap, share, likeness in zip(overlaps, explained, alike, strict=True)
        ]
        found = [item for item, likeness in enumerate(alike) if likeness]
        found.sort(key=rough.__getitem__, reverse=True)
        scored = []
        for item in found[: max(limit, _COMPARED)]:
            score, phrase = rough[item], phrases[item]
            if phrase >= 0:
                score += _LIKENESS * fuzz.ratio(query.line, self._phrases[phrase][2]) / 100
            scored.append((score, item))
        scored.sort(key=itemgetter(0), reverse=True)
        return [
            self._hit(item, phrases[item], score, explained[item]) for score, item in scored[:limit]
        ]

    def _build(self) -> None:
        parts = _Parts()
        explains: list[dict[str, float]] = []
        own: list[dict[str, float]] = []
        for number, item in enumerate(self._items):
            german.learn(" ".join((item.title, *item.phrases, item.body)))
            credits: dict[str, float] = {}
            for phrase in dict.fromkeys((item.title, *item.phrases)):
                words = {word.term: word.weight for word in german.words(phrase)}
                own.append(words)
                line = german.normalise(phrase)
                self._literal.setdefault(line, []).append(len(self._phrases))
                self._phrases.append((number, phrase, line))
                credits.update(dict.fromkeys(words, 1.0))
                for part in parts.of(phrase):
                    credits.setdefault(part, _AS_PART)
            for word in german.words(item.body):
                credits.setdefault(word.term, _IN_BODY)
            explains.append(credits)
        self._weights = _weights(explains)
        for number, credits in enumerate(explains):
            for term, credit in credits.items():
                self._in_item.setdefault(term, []).append((number, credit))
        for number, words in enumerate(own):
            self._phrase_weight.append(sum(self._weights[t] * w for t, w in words.items()))
            credits = dict.fromkeys(words, 1.0)
            for part in parts.of(self._phrases[number][1]):
                credits.setdefault(part, _AS_PART)
            for term, credit in credits.items():
                self._in_phrase.setdefault(term, []).append((number, credit))

    def _query(self, question: str) -> _Query:
        words = sorted(german.words(question), key=lambda word: -word.weight)[:_MOST_WORDS]
        terms: dict[str, float] = {}
        related: dict[str, tuple[tuple[str, float], ...]] = {}
        for word in words:
            if word.term in terms:
                continue
            links = self._related(word)
            if len(links) == 1:
                weight = self._weights[links[0][0]] * (1.0 if word.noun else _NO_NOUN)
            else:
                weight = 1.0 if word.noun else _UNKNOWN * _NO_NOUN
            terms[word.term] = weight * word.weight
            related[word.term] = links
        return _Query(terms, related, german.normalise(german.asked(question)), sum(terms.values()))

    def _related(self, word: german.Word) -> tuple[tuple[str, float], ...]:
        """What the index knows of a word: itself, else its parts, else what it was meant to be."""
        if word.term in self._in_item:
            return ((word.term, 1.0),)
        parts = german.parts(word.surface, self._in_item)
        if parts:
            return tuple((part, _AS_COMPOUND / len(parts)) for part in parts)
        if word.known or len(word.term) < _MENDABLE or word.surface.isdigit():
            return ()
        slips = 2 if len(word.term) >= _LONG else 1
        meant = process.extractOne(
            word.term, self._vocabulary, scorer=OSA.distance, score_cutoff=slips
        )
        return ((meant[0], _MENDED),) if meant is not None else ()


class _Parts:
    """The parts of compounds, each word split once; only needed while an index is built."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, phrase: str) -> Iterator[str]:
        for word in german.split(phrase):
            if word not in self._known:
                self._known[word] = german.german_parts(word)
            yield from self._known[word]


class _Letters:
    """Likeness by groups of letters, over everything an item says.

    Finds what shares no whole word: "Fördertopf" and "Fördermittel", slips in
    words we do not know, compounds nobody thought of.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        counts = [_groups(german.normalise(text)) for text in texts]
        spread = Counter(group for count in counts for group in count)
        # Groups that half of the items have cost the most and tell the least.
        most = max(_FEW, len(counts) // 2)
        self._unseen = math.log(1 + len(counts)) + 1
        self._rarity = {
            group: math.log((1 + len(counts)) / (1 + number)) + 1 if number <= most else 0.0
            for group, number in spread.items()
        }
        self._count = len(counts)
        self._where: dict[str, list[tuple[int, float]]] = {}
        for number, count in enumerate(counts):
            vector = self._vector(count)
            length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
            for group, value in vector.items():
                self._where.setdefault(group, []).append((number, value / length))

    def alike(self, line: str) -> list[float]:
        """How much each item's letters are like a normalised question's; 1 is the most there is."""
        vector = self._vector(_groups(line))
        sums = [0.0] * self._count
        for group, value in vector.items():
            for number, other in self._where.get(group, ()):
                sums[number] += value * other
        scale = (math.sqrt(sum(value * value for value in vector.values())) or 1.0) * _ALIKE
        return [total / scale if total < scale else 1.0 for total in sums]

    def _vector(self, count: Mapping[str, int]) -> dict[str, float]:
        rarity, unseen = self._rarity, self._unseen
        return {
            group: (1 + math.log(number)) * weight
            for group, number in count.items()
            if (weight := rarity.get(group, unseen))
        }


def _groups(line: str) -> Counter[str]:
    """Four letters in a row, counted; a blank marks where words begin and end."""
    padded = [f" {word} " for word in line.split()]
    return Counter([word[i : i + 4] for word in padded for i in range(len(word) - 3)])


def _weights(items: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """How telling a term is: 1 for one that a single item has, less the more have it."""
    count: Counter[str] = Counter()
    for credits in items:
        count.update(credits.keys())
    most = math.log(1 + len(items)) or 1.0
    return {
        term: max(_LEAST_WEIGHT, math.log(1 + len(items) / number) / most)
        for term, number in count.items()
    }


def _from_entry(entry: Entry) -> Indexed:
    return Indexed(entry.id, "faq", entry.title, tuple(entry.asked_as), entry.answer)


def _from_event(event: Event) -> Indexed:
    body = " ".join((event.description, event.place or "", *event.organisers))
    return Indexed(event.id, "event", event.title, event.asked_as, body)


def _trimmed(question: str) -> str:
    if len(question) <= _LONGEST_QUESTION:
        return question
    half = _LONGEST_QUESTION // 2
    return f"{question[:half]}\n{question[-half:]}"


_NOTHING = (0.0, -1)

# The four views of a match, as parts of one score: how well one way of asking
# fits by words and by letters, how much of the question the whole item accounts
# for, and how alike question and item are in groups of letters. Found by trying
# them on questions whose wording the index had not seen.
_OVERLAP, _LIKENESS, _EXPLAINED, _LETTERS = 0.25, 0.1, 0.25, 0.4

# A question is a few words and an item many: this is where their cosine ends in practice.
_ALIKE = 0.5
_FEW = 3

# What a term is worth where it is not simply there.
_AS_PART = 0.5  # asked "Akademie", written "Kleinstadtakademie"
_AS_COMPOUND = 0.9  # asked "Expertenpool", written "Pool von Fachleuten und Experten"
_MENDED = 0.85  # asked "Creshkurs", written "Crashkurs"
_IN_BODY = 0.6  # only the answer speaks of it

# Nouns say what a question is about, verbs what people do with anything ("beantragen").
_NO_NOUN = 0.7
# A verb or adjective nobody here ever used rarely decides what is meant.
_UNKNOWN = 0.7
# Even a word that every item has tells two ways of asking apart.
_LEAST_WEIGHT = 0.12

# Below five letters one slip makes most words another word.
_MENDABLE = 5
_LONG = 9

# Bounds for whoever pastes a whole letter: enough for any question.
_LONGEST_QUESTION = 1200
_MOST_WORDS = 60
# Letters are compared for this many items; the right one is among them or nowhere.
_COMPARED = 20
