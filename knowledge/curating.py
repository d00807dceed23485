"""What a curator should look at: content that can be used and could be better.

Errors are found while loading; here is what only makes the hotline find less,
or people understand less. Each remark has its file and line.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import groupby
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge import german, readability
from knowledge.decide import Chat
from knowledge.findability import Trial, items, trials
from knowledge.load import Library
from knowledge.models import Entry, Event, Format
from knowledge.problems import Problem
from knowledge.references import References
from knowledge.search import Knowledge
from knowledge.smalltalk import understand
from knowledge.tree import Tree, parse, read
from knowledge.words import Words

Spot = tuple[str | int, ...]


class Kind(Enum):
    """What a remark is about: what a curator reads above it, and what helps."""

    ALIKE = (
        "Einträge, die kaum zu unterscheiden sind",
        "Bitte zusammenlegen, oder Arten zu fragen ergänzen, die nur zu einem der beiden passen.",
    )
    TWICE = (
        "Dieselbe Art zu fragen in zwei Einträgen",
        "Die Hotline kann dann nur nachfragen. Bitte in einem der beiden streichen.",
    )
    ASTRAY = (
        "Arten zu fragen, die zu einem anderen Eintrag führen",
        "Wer es nur ein wenig anders sagt, bekäme die andere Antwort. Bitte ähnliche Arten zu "
        "fragen ergänzen, oder diese dem anderen Eintrag geben.",
    )
    UNFOUND = (
        "Einträge, die kaum jemand findet",
        "Bitte mehr und verschiedenere Arten zu fragen ergänzen, auch ohne Fachwörter.",
    )
    SMALL_TALK = (
        "Arten zu fragen, die als Gruß, Dank oder Wunsch gelten",
        "Der Eintrag wird damit nicht erreicht. Bitte das Wort nennen, um das es geht.",
    )
    OUTSIDE = (
        "Arten zu fragen, die eher nach etwas Fremdem klingen",
        "In outside.yaml steht Ähnliches; die Hotline gibt dann weiter. Bitte eines ändern.",
    )
    STALE = (
        "Alter Stand",
        "Bitte prüfen, ob es noch stimmt, und „checked_on“ erneuern.",
    )
    DEAD = (
        "Verweise, die ins Leere führen",
        "Bitte berichtigen: Menschen können damit nichts anfangen.",
    )
    LINK = (
        "Links mit verschiedenen Titeln",
        "Dieselbe Seite sollte überall gleich heißen.",
    )
    TOPIC = (
        "Themen, die nur einmal vorkommen",
        "Oft ist es ein Schreibfehler. Bitte die Schreibweise prüfen.",
    )
    PLAIN = (
        "Einfache Sprache, die noch schwer ist",
        "Bitte kürzer und einfacher schreiben, eine Aussage je Satz.",
    )
    HARD = (
        "Antworten, die schwer zu lesen sind",
        "Bitte Sätze teilen und lange Wörter ersetzen.",
    )

    @property
    def heading(self) -> str:
        return self.value[0]

    @property
    def advice(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a curator may want to improve, with its place."""

    kind: Kind
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def remarks(
    folder: Path, library: Library, today: date, commands: Collection[str]
) -> tuple[Remark, ...]:
    """All remarks on a folder's content by kind, within a kind the weightiest first.

    `library` is what was loaded from the folder; `commands` are the words that
    the program understands after a slash.
    """
    look = _Look(folder, library)
    tried = trials(library)
    found = [
        *look.finding(tried),
        *look.claimed_twice(),
        *look.small_talk(tried),
        *look.stale(today),
        *look.references(commands),
        *look.links(),
        *look.topics(),
        *look.hard_to_read(),
    ]
    order = list(Kind)
    return tuple(sorted(found, key=lambda remark: order.index(remark.kind)))


def report(found: Sequence[Remark], most: int | None = None) -> Iterator[str]:
    """Remarks as lines to read, by kind; of each kind at most so many."""
    for kind, group in groupby(found, key=lambda remark: remark.kind):
        of_kind = list(group)
        yield f"{kind.heading} ({len(of_kind)})"
        yield kind.advice
        yield from (f"  {remark}" for remark in of_kind[:most])
        if most is not None and len(of_kind) > most:
            yield f"  … und {len(of_kind) - most} weitere"
        yield ""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where items and texts stand in the files of a folder, which were loaded before."""

    trees: dict[str, tuple[Tree, int]]  # by the id of an item, with its place in the list
    texts: tuple[Tree, ...]

    @classmethod
    def of(cls, folder: Path) -> "_Places":
        lists = [*sorted((folder / "faq").glob("*.yaml"))]
        lists += [folder / name for name in ("formats.yaml", "events.yaml")]
        trees = {}
        for tree in _trees(folder, lists):
            if isinstance(tree.value, list):
                for place, raw in enumerate(tree.value):
                    trees[raw["id"]] = (tree, place)
        return cls(trees, tuple(_trees(folder, sorted((folder / "texts").glob("*.yaml")))))

    def of_item(self, item: str, *spot: str | int) -> tuple[str, int]:
        tree, place = self.trees[item]
        return tree.name, tree.line((place, *spot))

    def named(self, item: str, *spot: str | int) -> str:
        """The same to read within a sentence."""
        file, line = self.of_item(item, *spot)
        return f"{file}:{line}"


def _trees(folder: Path, files: Iterable[Path]) -> Iterator[Tree]:
    problems: list[Problem] = []  # there are none any more, else nothing was loaded
    for file in files:
        name = file.relative_to(folder).as_posix()
        if not file.exists() or (data := read(file, name, problems)) is None:
            continue
        if tree := parse(name, data, problems):
            yield tree


class _Look:
    """One look over a folder, in several respects."""

    def __init__(self, folder: Path, library: Library) -> None:
        self._library = library
        self._items = {item.id: item for item in items(library)}
        self._places = _Places.of(folder)

    def finding(self, tried: Iterable[Trial]) -> Iterator[Remark]:
        """What shows when every way of asking is asked while it is left out."""
        tried = tuple(tried)
        by_item: defaultdict[str, list[Trial]] = defaultdict(list)
        for trial in tried:
            by_item[trial.item].append(trial)
        yield from self._alike(by_item)
        for trial in sorted(tried, key=lambda trial: -trial.lead):
            # Even where the hotline is too careful to answer, the other one is far nearer.
            if trial.lead >= (_CLEARLY if trial.answered else _FAR):
                yield self._asked(Kind.ASTRAY, trial, f"führt zu „{self._title(trial.first)}“")
        for trial in sorted(tried, key=lambda trial: -trial.ahead):
            if trial.ahead >= _CLEARLY:
                yield self._asked(Kind.OUTSIDE, trial, f"klingt nach „{trial.about}“")
        yield from self._unfound(by_item)

    def claimed_twice(self) -> Iterator[Remark]:
        """Words that two items have as their own."""
        owners: dict[str, tuple[str, Spot]] = {}
        for item in self._items.values():
            for spot, phrase in _phrases(item):
                first, first_spot = owners.setdefault(german.normalise(phrase), (item.id, spot))
                if first != item.id:
                    there = self._places.named(first, *first_spot)
                    message = f"„{phrase}“ steht auch in „{self._title(first)}“ ({there})"
                    yield self._remark(Kind.TWICE, item.id, spot, message)

    def small_talk(self, tried: Iterable[Trial]) -> Iterator[Remark]:
        """Ways of asking that no entry ever gets to hear, then those that are near to it."""
        knowledge: Knowledge | None = None
        for item in self._items.values():
            for spot, phrase in _phrases(item):
                kind = understand(self._library.texts, Words(phrase))
                if kind is None:
                    continue
                # Some small talk is a question as well, which an entry may answer.
                knowledge = knowledge or Knowledge(self._library)
                if isinstance(knowledge.find(phrase), Chat):
                    message = f"„{phrase}“ ({_name(item)}) gilt als „{kind}“ in texts/"
                    yield self._remark(Kind.SMALL_TALK, item.id, spot, message)
        for trial in tried:
            if trial.chat:
                what = f"klingt nach „{trial.chat}“ in texts/, sobald es jemand anders sagt"
                yield self._asked(Kind.SMALL_TALK, trial, what)

    def stale(self, today: date) -> Iterator[Remark]:
        """One remark a file: in old content a remark an item would hide all others."""
        old: defaultdict[str, list[Entry | Format]] = defaultdict(list)
        for item in self._items.values():
            if not isinstance(item, Event) and _months(item.checked_on, today) >= _STALE:
                old[self._places.of_item(item.id)[0]].append(item)
        for aged in old.values():
            eldest = min(aged, key=lambda item: item.checked_on)
            count = "1 Eintrag" if len(aged) == 1 else f"{len(aged)} Einträge"
            message = (
                f"{count} seit über {_STALE} Monaten nicht geprüft; "
                f"am ältesten ist „{_name(eldest)}“ vom {eldest.checked_on:%d.%m.%Y}"
            )
            yield self._remark(Kind.STALE, eldest.id, ("checked_on",), message)

    def references(self, commands: Collection[str]) -> Iterator[Remark]:
        """Ids, formats and commands in texts that nobody can follow."""
        references = References(
            ids=self._items,
            names=[self._title(item) for item in self._items],
            commands=commands,
        )
        for item in self._items.values():
            for name in ("answer", "plain", "description"):
                for message in references.dead(getattr(item, name, None) or ""):
                    yield self._remark(Kind.DEAD, item.id, (name,), message)
        for tree in self._places.texts:
            say = tree.value.get("say") if isinstance(tree.value, dict) else None
            for name, text in (say or {}).items():
                for message in references.dead(str(text)):
                    line = tree.line(("say", name))
                    yield Remark(Kind.DEAD, tree.name, line, f"„{name}“: {message}")

    def links(self) -> Iterator[Remark]:
        """Addresses that have different titles."""
        first: dict[str, tuple[str, str, str]] = {}
        for entry in self._library.entries.values():
            for number, link in enumerate(entry.links):
                spot = ("links", number)
                here = (link.title, str(link.url), self._places.named(entry.id, *spot))
                title, url, there = first.setdefault(str(link.url).rstrip("/"), here)
                if title != link.title:
                    message = f"{url} heißt hier „{link.title}“ und sonst „{title}“ ({there})"
                    yield self._remark(Kind.LINK, entry.id, spot, message)

    def topics(self) -> Iterator[Remark]:
        """Topics that a single item has."""
        used = Counter(topic for item in self._items.values() for topic in item.topics)
        common = [topic for topic, times in used.items() if times > 1]
        for item in self._items.values():
            for number, topic in enumerate(item.topics):
                if used[topic] == 1:
                    near = process.extract(topic, common, scorer=OSA.distance, score_cutoff=2)
                    guess = ", ".join(f"„{found[0]}“" for found in near)
                    message = f"„{topic}“" + (f"; gemeint ist vielleicht {guess}" if guess else "")
                    yield self._remark(Kind.TOPIC, item.id, ("topics", number), message)

    def hard_to_read(self) -> Iterator[Remark]:
        """Texts that ask much of whoever reads them."""
        for item in self._items.values():
            text = item.answer if isinstance(item, Entry) else item.description
            spot = "answer" if isinstance(item, Entry) else "description"
            if reasons := list(readability.hard(text)):
                yield self._difficult(Kind.HARD, item.id, spot, reasons)
            if isinstance(item, Entry) and item.plain:
                reasons = list(readability.hard_in_plain_language(item.plain, item.answer))
                if reasons:
                    yield self._difficult(Kind.PLAIN, item.id, "plain", reasons)

    def _alike(self, by_item: dict[str, list[Trial]]) -> Iterator[Remark]:
        """Pairs whose ways of asking find one another."""
        confused = Counter(
            (trial.item, trial.first)
            for tried in by_item.values()
            for trial in tried
            if trial.first and trial.first != trial.item
        )
        found = []
        for (one, other), times in confused.items():
            back = confused[other, one]
            if not back or (one > other):
                continue
            total = len(by_item[one]) + len(by_item[other])
            if times + back >= _CONFUSIONS and times + back >= _CONFUSED * total:
                found.append(((times + back) / total, times + back, total, one, other))
        for _, times, total, one, other in sorted(found, reverse=True):
            message = (
                f"„{self._title(one)}“ und „{self._title(other)}“ ({self._places.named(other)}): "
                f"{times} von {total} Arten zu fragen führen zum jeweils anderen"
            )
            yield self._remark(Kind.ALIKE, one, (), message)

    def _unfound(self, by_item: dict[str, list[Trial]]) -> Iterator[Remark]:
        """Items that only their own words find, the worst first."""
        found = []
        for item in self._items:
            tried = by_item[item]
            near = sum(trial.place is not None and trial.place < _SHOWN for trial in tried)
            if len(tried) < _FEW:
                count = {0: "keine Art", 1: "nur 1 Art"}.get(len(tried), f"nur {len(tried)} Arten")
                found.append((0.0, item, f"{count} zu fragen; {_FEW} sind das Mindeste"))
            elif near < _HARDLY * len(tried):
                message = (
                    f"nur {near} von {len(tried)} Arten zu fragen führen unter die ersten "
                    f"{_SHOWN}, wenn sie selbst nicht dastehen"
                )
                found.append((near / len(tried), item, message))
            if (common := _common_word(tried)) and len(tried) >= _FEW:
                word, times = common
                message = (
                    f"{times} von {len(tried)} Arten zu fragen brauchen das Wort „{word}“; "
                    "wer es nicht kennt, findet nichts"
                )
                found.append((1.0, item, message))
        for _, item, message in sorted(found, key=lambda each: each[0]):
            yield self._remark(Kind.UNFOUND, item, (), f"„{self._title(item)}“: {message}")

    def _asked(self, kind: Kind, trial: Trial, what: str) -> Remark:
        message = f"„{trial.asked}“ ({self._title(trial.item)}) {what}"
        return self._remark(kind, trial.item, ("asked_as", trial.number), message)

    def _difficult(self, kind: Kind, item: str, spot: str, reasons: list[str]) -> Remark:
        return self._remark(kind, item, (spot,), f"„{self._title(item)}“: {'; '.join(reasons)}")

    def _remark(self, kind: Kind, item: str, spot: Spot, message: str) -> Remark:
        file, line = self._places.of_item(item, *spot)
        return Remark(kind, file, line, message)

    def _title(self, item: str) -> str:
        return _name(self._items[item])


def _name(item: Entry | Format | Event) -> str:
    return item.name if isinstance(item, Format) else item.title


def _phrases(item: Entry | Format | Event) -> Iterator[tuple[Spot, str]]:
    """Everything that finds the item word for word, and where it stands."""
    yield ("name" if isinstance(item, Format) else "title",), _name(item)
    for number, phrase in enumerate(item.asked_as):
        yield ("asked_as", number), phrase


def _common_word(tried: list[Trial]) -> tuple[str, int] | None:
    """The telling word that nearly all ways of asking share, and how many do."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for trial in tried:
        for term, word in {german.form(word).term: word for word in trial.telling}.items():
            spellings[term][word] += 1
    for words in spellings.values():
        if words.total() >= _NEARLY_ALL * len(tried):
            return words.most_common(1)[0][0], words.total()
    return None


def _months(since: date, today: date) -> int:
    """Whole months that have passed."""
    return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)


_STALE = 18  # months
_SHOWN = 3  # as many are suggested
_FEW = 5
# Shares of an item's ways of asking: that find it at all, and that have one word in common.
_HARDLY, _NEARLY_ALL = 0.2, 0.9
# Two items are hardly told apart when a fifth of their ways of asking find the other.
_CONFUSED, _CONFUSIONS = 0.2, 3
# How far ahead of the rightful item another has to be, on the scale of all scores.
_CLEARLY, _FAR = 0.1, 0.5
