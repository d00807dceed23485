"""YAML as plain values that remember their lines. Whatever is wrong becomes a problem."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knowledge.problems import Problem

# A file of this size holds thousands of entries; a larger one is a slip (a log, a picture).
LARGEST_FILE = 4_000_000
# More values than any file of that size spells out.
_MOST_VALUES = 500_000


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed file that remembers where everything stood."""

    name: str
    value: object
    lines: Mapping[tuple[str | int, ...], int]

    def line(self, place: tuple[str | int, ...]) -> int:
        """The line of the place, or of the nearest thing around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(file: Path, name: str, problems: list[Problem]) -> bytes | None:
    """The bytes of a file, known to be UTF-8; else None and a problem more."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            problems.append(Problem(name, 1, "Die Datei ist zu groß. Bitte auf mehrere verteilen."))
            return None
        data = file.read_bytes()
    except OSError:
        advice = "Die Datei ist nicht lesbar. Bitte Name und Rechte prüfen."
        problems.append(Problem(name, 1, advice))
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(Problem(name, line, "Das ist kein UTF-8. Bitte als UTF-8 speichern."))
        return None
    return data


def parse(name: str, data: bytes, problems: list[Problem]) -> Tree | None:
    """The values of a YAML file; else None and all its problems."""
    text = data.decode("utf-8")
    if text.startswith("\ufeff"):
        advice = "Die Datei beginnt mit einem unsichtbaren Zeichen. Bitte „ohne BOM“ speichern."
        problems.append(Problem(name, 1, advice))
        return None
    try:
        node = _compose(text)
    except yaml.YAMLError as error:
        problems.append(Problem(name, _line_of(error, text), _syntax_advice(error)))
        return None
    if node is None:
        problems.append(Problem(name, 1, "Die Datei ist leer. Bitte füllen oder löschen."))
        return None
    builder = _Builder()
    value = builder.build(node, ())
    problems += [Problem(name, line, message) for line, message in builder.problems]
    return None if builder.problems else Tree(name, value, builder.lines)


# The C parser is ten times as fast; both keep the marks that lines come from.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Our own files are four deep.
_DEEPEST = 50


def _compose(text: str) -> yaml.Node | None:
    # The C composer calls itself for every level, and a deep enough file kills the whole
    # process. Its parser does not, so the levels are counted first.
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise _TooDeepError(event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    node: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    return node


class _TooDeepError(yaml.YAMLError):
    problem = "too deep"

    def __init__(self, mark: object) -> None:
        super().__init__(self.problem)
        self.problem_mark = mark


class _Builder:
    """Turns YAML nodes into plain values, noting lines and what we do not accept."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.problems: list[tuple[int, str]] = []
        self._open: set[int] = set()
        self._built = 0
        self._scalars = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, place: tuple[str | int, ...]) -> object:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        # An alias (*name) is the same node again: inside itself it would never end, and
        # ten of them in a row can mean a billion values.
        self._built += 1
        if self._built == _MOST_VALUES:
            self._report(line, "Die Datei enthält zu viele Werte. Bitte auf mehrere verteilen.")
        if id(node) in self._open:
            self._report(line, "Die Verweise (*name) führen im Kreis. Bitte ausschreiben.")
            return None
        self._open.add(id(node))
        try:
            return self._value(node, place, line)
        finally:
            self._open.discard(id(node))

    def _value(self, node: yaml.Node, place: tuple[str | int, ...], line: int) -> object:
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            values = []
            for number, child in enumerate(node.value):
                if self._built >= _MOST_VALUES:
                    break
                values.append(self.build(child, (*place, number)))
            return values
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, line)
        self._report(line, f"Die Angabe „{node.tag}“ ist hier nicht möglich.")
        return None

    def _mapping(self, node: yaml.MappingNode, place: tuple[str | int, ...]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            if self._built >= _MOST_VALUES:
                break
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(line, "Ein Name vor dem Doppelpunkt muss ein einfaches Wort sein.")
                continue
            # Whatever YAML makes of it ("yes", 12), a key is its word.
            key = str(key_node.value)
            if key in found:
                self._report(line, f"„{key}“ steht hier doppelt. Bitte nur einmal angeben.")
                continue
            self.lines[(*place, key)] = line
            found[key] = self.build(value_node, (*place, key))
        return found

    def _scalar(self, node: yaml.ScalarNode, line: int) -> object:
        construct = _SCALARS.get(node.tag)
        if construct is None:
            self._report(line, f"Die Angabe „{node.tag}“ ist hier nicht möglich.")
            return None
        try:
            value = construct(self._scalars, node)
        except (ValueError, OverflowError, yaml.YAMLError, LookupError, AttributeError):
            self._report(line, f"„{node.value[:40]}“ ist keine gültige Zahl und kein Datum.")
            return None
        if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
            self._report(line, "Diese Zahl ist zu groß. Text bitte in Anführungszeichen setzen.")
            return None
        if isinstance(value, str) and _CONTROL.search(value):
            self._report(line, "Der Text enthält unsichtbare Steuerzeichen. Bitte entfernen.")
            return None
        return value

    def _report(self, line: int, message: str) -> None:
        self.problems.append((line, message))


# Python refuses to print numbers of some thousand digits, even in a message.
_LARGEST_NUMBER = 10**18

_Construct = Callable[[yaml.constructor.SafeConstructor, yaml.ScalarNode], object]
_SCALARS: Mapping[str, _Construct] = {
    "tag:yaml.org,2002:str": lambda _, node: node.value,
    "tag:yaml.org,2002:null": lambda _, node: None,
    "tag:yaml.org,2002:bool": lambda c, node: c.construct_yaml_bool(node),
    "tag:yaml.org,2002:int": lambda c, node: c.construct_yaml_int(node),
    "tag:yaml.org,2002:float": lambda c, node: c.construct_yaml_float(node),
    "tag:yaml.org,2002:timestamp": lambda c, node: c.construct_yaml_timestamp(node),
}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")


def _line_of(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    position = getattr(error, "position", 0)
    return text.count("\n", 0, position if isinstance(position, int) else 0) + 1


def _syntax_advice(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.reader.ReaderError):
        return "Hier steht ein unsichtbares Steuerzeichen. Bitte entfernen."
    detail = str(getattr(error, "problem", None) or "")
    for clue, advice in _SYNTAX:
        if clue in detail:
            return advice
    return (
        "Das ist kein gültiges YAML. Bitte Einrückung, Doppelpunkte und Anführungszeichen "
        f"dieser und der vorigen Zeile prüfen ({detail})."
    )


_SYNTAX = (
    (
        _TooDeepError.problem,
        "Die Datei ist zu tief verschachtelt. Bitte Klammern und Einrückung prüfen.",
    ),
    ("mapping values are not allowed", "Ein Doppelpunkt im Text: bitte in Anführungszeichen."),
    ("cannot start any token", "So kann ein Wert nicht beginnen: bitte in Anführungszeichen."),
    ("tab character", "Bitte mit Leerzeichen statt mit Tabulatoren einrücken."),
    ("undefined alias", "Ein * am Anfang ist ein Verweis: bitte in Anführungszeichen."),
    ("unexpected end of stream", "Ein Anführungszeichen wird nicht geschlossen."),
    ("but found another document", "Die Zeile „---“ ist nur am Anfang der Datei möglich."),
)
