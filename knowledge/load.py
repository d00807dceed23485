"""Read curated content, all of it or none, and name every problem with its file and line."""

import hashlib
import json
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from knowledge import german
from knowledge.models import (
    Canned,
    Content,
    Entry,
    Event,
    Expert,
    Format,
    Network,
    Outside,
    SmallTalk,
    Synonyms,
    Texts,
    Words,
)
from knowledge.problems import ContentError, Problem, in_german

if TYPE_CHECKING:
    from knowledge.tree import Tree

__all__ = [
    "ContentError",
    "Library",
    "Problem",
    "TextsFile",
    "fingerprint",
    "load",
    "load_entries",
    "load_experts",
    "load_plain",
    "schema",
    "shipped",
    "shipped_network",
    "shipped_synonyms",
    "shipped_texts",
    "tells",
    "unknown_places",
]

# A phrase of small words alone ("Und was?") has to be this long to tell anything.
_TELLING_WORDS = 4

Item = TypeVar("Item", Entry, Format, Event, Canned, Expert)


@dataclass(frozen=True, slots=True)
class Library:
    """Everything loaded. It never changes; new content is a new library."""

    entries: Mapping[str, Entry]
    formats: Mapping[str, Format]
    events: Mapping[str, Event]
    texts: Texts
    synonyms: Synonyms
    outside: tuple[Outside, ...] = ()
    canned: Mapping[str, Canned] = field(default_factory=lambda: MappingProxyType({}))
    network: Network = field(default_factory=Network)
    experts: Mapping[str, Expert] = field(default_factory=lambda: MappingProxyType({}))


class TextsFile(Content):
    """A file of texts: what is said, what is understood, or both."""

    say: dict[str, Words] = Field(default_factory=dict)
    understand: dict[str, SmallTalk] = Field(default_factory=dict)


def shipped() -> Path:
    """The content that comes with the program."""
    return Path(__file__).parent / "content"


def load(folder: Path, *, fallback_texts: bool = True) -> Library:
    """Read a content folder; raises ContentError with every problem of every file.

    Texts that the folder does not have come from the shipped content, unless
    `fallback_texts` is off.
    """
    reading = _Reading(folder)
    entries = reading.items(sorted((folder / "faq").glob("*.yaml")), Entry)
    formats = reading.items(reading.present("formats.yaml"), Format)
    events = reading.items(reading.present("events.yaml"), Event)
    if fallback_texts and folder.resolve() != shipped().resolve():
        texts = reading.texts_over_shipped()
    else:
        texts = reading.texts(reading.text_files())
    outside = reading.outside()
    synonyms = reading.synonyms() or shipped_synonyms()
    # Like the synonyms: a folder without its own keeps ours.
    canned = reading.canned() or shipped_canned()
    network = reading.network() or shipped_network()
    experts = reading.experts(reading.present("experts.yaml"), network, formats)
    reading.look_around()
    if reading.problems:
        raise ContentError(sorted(reading.problems, key=lambda p: (p.file, p.line)))
    return Library(
        entries=MappingProxyType(entries),
        formats=MappingProxyType(formats),
        events=MappingProxyType(events),
        texts=texts,
        synonyms=synonyms,
        outside=outside,
        canned=MappingProxyType(canned),
        network=network,
        experts=MappingProxyType(experts),
    )


def load_entries(file: Path) -> Mapping[str, Entry]:
    """The entries of one file in the form of faq/*.yaml; raises ContentError like `load`."""
    reading = _Reading(file.parent)
    entries = reading.items([file], Entry)
    if reading.problems:
        raise ContentError(sorted(reading.problems, key=lambda p: p.line))
    return MappingProxyType(entries)


def load_experts(file: Path, library: Library) -> Mapping[str, Expert]:
    """The experts of one file in the form of experts.yaml; raises ContentError like `load`.

    Their topics and formats are those of the library.
    """
    reading = _Reading(file.parent)
    experts = reading.experts([file], library.network, library.formats)
    if reading.problems:
        raise ContentError(sorted(reading.problems, key=lambda p: p.line))
    return MappingProxyType(experts)


def tells(phrase: str) -> bool:
    """Whether a way of asking says what it is about; else it would fit everything."""
    told = any(len(word) > 1 and word not in german.SMALL_WORDS for word in _folded(phrase))
    # "Wie haben andere das gemacht?" has only small words and is still a way of asking.
    return told or len(german.split(phrase)) >= _TELLING_WORDS


def shipped_texts() -> Texts:
    """The texts of the shipped content; raises ContentError like `load`."""
    reading = _Reading(shipped())
    texts = reading.texts(reading.text_files())
    if reading.problems:
        raise ContentError(reading.problems)
    return texts


def shipped_synonyms() -> Synonyms:
    """The synonyms of the shipped content; raises ContentError like `load`."""
    reading = _Reading(shipped())
    synonyms = reading.synonyms()
    if reading.problems:
        raise ContentError(reading.problems)
    return synonyms or Synonyms()


def shipped_canned() -> dict[str, Canned]:
    """The canned answers of the shipped content; raises ContentError like `load`."""
    reading = _Reading(shipped())
    canned = reading.canned()
    if reading.problems:
        raise ContentError(reading.problems)
    return canned


def shipped_network() -> Network:
    """Topics and functions of the shipped content; raises ContentError like `load`."""
    reading = _Reading(shipped())
    network = reading.network()
    if reading.problems:
        raise ContentError(reading.problems)
    return network or Network()


def load_plain(file: Path) -> tuple[Entry, ...]:
    """Read a plain FAQ: one JSON object {"id", "question", "answer"} a line.

    Other keys are ignored and ids may have any form, so that any FAQ can be
    tried; what we demand of our own content does not apply.
    """
    from knowledge.tree import read

    problems: list[Problem] = []
    found: dict[str, Entry] = {}
    data = read(file, file.name, problems)
    if data is not None:
        # Such a file has no day of its own; the day it was written is the honest one.
        day = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), start=1):
            if not line.strip(" \t\r\ufeff"):
                continue
            try:
                key, question, answer = _plain_fields(line.lstrip("\ufeff"))
            except ValueError as error:
                problems.append(Problem(file.name, number, str(error)))
                continue
            if key in found:
                problems.append(Problem(file.name, number, f"Die Kennung „{key}“ gibt es schon."))
                continue
            found[key] = Entry.model_construct(
                id=key,
                title=_shortened(question),
                asked_as=(question,),
                answer=answer,
                topics=(),
                source=file.name,
                checked_on=day,
            )
        if not found and not problems:
            problems.append(Problem(file.name, 1, "Die Datei enthält keine Fragen."))
    if problems:
        raise ContentError(problems)
    return tuple(found.values())


def fingerprint(folder: Path) -> str:
    """Changes when a file does. Cheap, for looking often: names, sizes and times only."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("**/*.yaml")):
        try:
            state = file.stat()
        except OSError:
            continue  # it vanished between listing and looking, which is a change as well
        name = file.relative_to(folder).as_posix()
        digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def schema() -> dict[str, object]:
    """JSON Schema of the nine kinds of file, for editors that help while writing."""
    kinds: dict[str, TypeAdapter[Any]] = {
        "faq/*.yaml": TypeAdapter(list[Entry]),
        "formats.yaml": TypeAdapter(list[Format]),
        "events.yaml": TypeAdapter(list[Event]),
        "texts/*.yaml": TypeAdapter(TextsFile),
        "outside.yaml": TypeAdapter(list[Outside]),
        "canned.yaml": TypeAdapter(list[Canned]),
        "synonyms.yaml": TypeAdapter(Synonyms),
        "network.yaml": TypeAdapter(Network),
        "experts.yaml": TypeAdapter(list[Expert]),
    }
    return {name: adapter.json_schema() for name, adapter in kinds.items()}


@dataclass(slots=True)
class _Reading:
    """One pass over a folder, collecting problems instead of stopping at the first."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    known: Mapping[str, set[str]] = field(default_factory=dict)  # what experts may name

    def present(self, name: str) -> list[Path]:
        return [self.folder / name] if (self.folder / name).exists() else []

    def text_files(self) -> list[Path]:
        return sorted((self.folder / "texts").glob("*.yaml"))

    def items(self, files: Iterable[Path], model: type[Item]) -> dict[str, Item]:
        """The items of list files by id."""
        found: dict[str, Item] = {}
        places: dict[str, str] = {}
        for file in files:
            tree = self._tree(file)
            if tree is None:
                continue
            if not isinstance(tree.value, list):
                self._report(tree, (), "Hier wird eine Liste erwartet: Einträge mit „- id: …“.")
                continue
            for number, raw in enumerate(tree.value):
                item = self._validated(tree, (number,), raw, model)
                if item is None:
                    continue
                where = f"{tree.name}:{tree.line((number,))}"
                if item.id in found:
                    self._report(
                        tree,
                        (number, "id"),
                        f"Die id „{item.id}“ gibt es schon ({places[item.id]}). "
                        "Bitte eine andere wählen.",
                    )
                    continue
                found[item.id] = item
                places[item.id] = where
                if isinstance(item, Canned):
                    self._check_canned(tree, number, item)
                elif isinstance(item, Expert):
                    self._check_expert(tree, number, item)
                else:
                    self._check_phrases(tree, number, item.asked_as)
        return found

    def texts(self, files: Iterable[Path], known: Mapping[str, str] | None = None) -> Texts:
        """The files' texts merged. With `known`, only those names and their places to fill."""
        say: dict[str, str] = {}
        understand: dict[str, SmallTalk] = {}
        places: dict[tuple[str, str], str] = {}
        for file in files:
            tree = self._tree(file)
            if tree is None:
                continue
            content = self._validated(tree, (), tree.value, TextsFile)
            if content is None:
                continue
            for section, names in (("say", content.say), ("understand", content.understand)):
                for name in names:
                    if (section, name) in places:
                        self._report(
                            tree,
                            (section, name),
                            f"„{name}“ steht schon in {places[section, name]}. "
                            "Bitte nur einmal angeben.",
                        )
                    places[section, name] = f"{tree.name}:{tree.line((section, name))}"
            for name, text in content.say.items():
                self._check_places(tree, name, text, known)
            say |= content.say
            understand |= content.understand
        return Texts(say=say, understand=understand)

    def texts_over_shipped(self) -> Texts:
        """The shipped texts, with those of the folder in their place."""
        ours = _Reading(shipped())
        base = ours.texts(ours.text_files())
        self.problems += ours.problems
        own = self.texts(self.text_files(), known=base.say)
        return Texts(say=base.say | own.say, understand=base.understand | own.understand)

    def outside(self) -> tuple[Outside, ...]:
        """What the folder says it knows nothing of."""
        found: dict[str, Outside] = {}
        for file in self.present("outside.yaml"):
            tree = self._tree(file)
            if tree is None:
                continue
            if not isinstance(tree.value, list):
                self._report(tree, (), "Hier wird eine Liste erwartet: Gruppen mit „- about: …“.")
                continue
            for number, raw in enumerate(tree.value):
                matter = self._validated(tree, (number,), raw, Outside)
                if matter is None:
                    continue
                if matter.about in found:
                    self._report(tree, (number, "about"), f"„{matter.about}“ gibt es schon.")
                found[matter.about] = matter
        return tuple(found.values())

    def synonyms(self) -> Synonyms | None:
        """The folder's own synonyms; None where it has none or they are wrong."""
        for file in self.present("synonyms.yaml"):
            tree = self._tree(file)
            if tree is not None:
                return self._validated(tree, (), tree.value, Synonyms)
        return None

    def network(self) -> Network | None:
        """The folder's own topics and functions; None where it has none or they are wrong."""
        for file in self.present("network.yaml"):
            tree = self._tree(file)
            if tree is not None:
                return self._validated(tree, (), tree.value, Network)
        return None

    def experts(
        self, files: Iterable[Path], network: Network, formats: Iterable[str]
    ) -> dict[str, Expert]:
        """The experts of list files; topics and formats that they name have to exist."""
        self.known = {"topics": {topic.id for topic in network.topics}, "formats": set(formats)}
        return self.items(files, Expert)

    def canned(self) -> dict[str, Canned]:
        """The folder's own canned answers."""
        return self.items(self.present("canned.yaml"), Canned)

    def look_around(self) -> None:
        """Find what would silently be left out: a folder without content, misnamed files."""
        folder = self.folder
        try:
            next(folder.iterdir(), None)
        except OSError:
            self.problems.append(
                Problem(folder.name, 1, "Diesen Ordner gibt es nicht, oder er ist nicht lesbar.")
            )
            return
        names = sorted(path.relative_to(folder) for path in folder.glob("**/*.y*ml"))
        for name in names:
            if name.suffix == ".yml":
                advice = "Bitte in „.yaml“ umbenennen, sonst wird die Datei übersehen."
                self.problems.append(Problem(name.as_posix(), 1, advice))
            elif name.suffix == ".yaml" and not _belongs(name):
                advice = (
                    "Diese Datei wird nicht gelesen. Erlaubt sind faq/*.yaml, formats.yaml, "
                    "events.yaml, outside.yaml, synonyms.yaml, canned.yaml, network.yaml, "
                    "experts.yaml und texts/*.yaml."
                )
                self.problems.append(Problem(name.as_posix(), 1, advice))
        if not names:
            advice = "Hier liegt kein Inhalt. Bitte mindestens eine Datei faq/*.yaml anlegen."
            self.problems.append(Problem(folder.name, 1, advice))

    def _tree(self, file: Path) -> "Tree | None":
        # Only who reads files has to know YAML; who serves mostly finds them read (`prepared`).
        from knowledge.tree import parse, read

        name = file.relative_to(self.folder).as_posix()
        data = read(file, name, self.problems)
        if data is None:
            return None
        return parse(name, data, self.problems)

    def _validated(
        self, tree: "Tree", place: tuple[str | int, ...], raw: object, model: type["_Model"]
    ) -> "_Model | None":
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            seen = set()
            for detail in error.errors(include_url=False):
                spot = (*place, *detail["loc"])
                line, message = tree.line(spot), in_german(detail)
                # A value that may be one of two kinds is reported once for each.
                if (line, detail["loc"][:1]) not in seen:
                    seen.add((line, detail["loc"][:1]))
                    self.problems.append(Problem(tree.name, line, message))
            return None

    def _check_phrases(self, tree: "Tree", number: int, phrases: Iterable[str]) -> None:
        for index, phrase in enumerate(phrases):
            if not tells(phrase):
                self._report(
                    tree,
                    (number, "asked_as", index),
                    f"„{phrase}“ passt auf alles. Bitte das Wort nennen, um das es geht.",
                )

    def _check_expert(self, tree: "Tree", number: int, expert: Expert) -> None:
        for index, keyword in enumerate(expert.keywords):
            if not tells(keyword):
                advice = f"„{keyword}“ passt auf alles. Bitte ein Wort nennen, das etwas sagt."
                self._report(tree, (number, "keywords", index), advice)
        for name, file in (("topics", "network.yaml"), ("formats", "formats.yaml")):
            for index, slug in enumerate(getattr(expert, name)):
                if slug not in self.known.get(name, ()):
                    advice = f"„{slug}“ steht nicht in {file}. Bitte eine Kennung von dort nehmen."
                    self._report(tree, (number, name, index), advice)

    def _check_canned(self, tree: "Tree", number: int, canned: Canned) -> None:
        known = ", ".join(f"{{{name}}}" for name in sorted(Canned.PLACES))
        for name in unknown_places(canned.text):
            advice = f"Den Platzhalter {{{name}}} gibt es hier nicht. Möglich sind: {known}."
            self._report(tree, (number, "text"), advice)

    def _check_places(
        self, tree: "Tree", name: str, text: str, known: Mapping[str, str] | None
    ) -> None:
        spot = ("say", name)
        try:
            fields = _fields(text)
        except ValueError:
            self._report(
                tree,
                spot,
                f"„{name}“: Platzhalter haben die Form {{wort}}. "
                "Eine Klammer, die stehen bleiben soll, bitte doppelt schreiben.",
            )
            return
        if known is None:
            return
        if name not in known:
            self._report(tree, spot, f"Einen Text „{name}“ kennt das Programm nicht.")
            return
        for extra in sorted(fields - _fields(known[name])):
            self._report(tree, spot, f"„{name}“: Den Platzhalter {{{extra}}} gibt es hier nicht.")

    def _report(self, tree: "Tree", spot: tuple[str | int, ...], message: str) -> None:
        self.problems.append(Problem(tree.name, tree.line(spot), message))


def unknown_places(canned: str) -> list[str]:
    """The places of a canned answer that nobody could fill."""
    return [name for name in _PLACE.findall(canned) if name not in Canned.PLACES]


_PLACE = re.compile(r"\{([^{}\n]*)\}")
_Model = TypeVar("_Model", bound=BaseModel)


def _folded(phrase: str) -> list[str]:
    return german.normalise(phrase).split()


def _fields(text: str) -> set[str]:
    """The places to fill in a text; raises ValueError where it could not be filled."""
    fields = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(name)
        fields.add(name)
    return fields


_LISTS = {
    *("formats.yaml", "events.yaml", "outside.yaml"),
    *("synonyms.yaml", "canned.yaml", "network.yaml", "experts.yaml"),
}


def _belongs(name: Path) -> bool:
    if len(name.parts) == 1:
        return name.name in _LISTS
    return len(name.parts) == 2 and name.parts[0] in {"faq", "texts"}


def _plain_fields(line: str) -> tuple[str, str, str]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("Das ist kein JSON-Objekt in einer Zeile.") from None
    if not isinstance(row, dict):
        raise ValueError('Hier wird ein Objekt erwartet: {"id": …, "question": …, "answer": …}.')
    found = []
    for name in ("id", "question", "answer"):
        value = row.get(name)
        if name == "id" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"„{name}“ fehlt oder ist kein Text.")
        # JSON can spell half a character, which nothing could print or store.
        found.append(value.encode("utf-8", "replace").decode("utf-8").strip())
    return found[0], found[1], found[2]


def _shortened(question: str) -> str:
    flat = " ".join(question.split())
    return flat if len(flat) <= 60 else flat[:59].rstrip() + "…"
