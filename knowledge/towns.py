"""The towns of Germany: what people call them, where they are, and how large.

The list comes from GeoNames (CC BY 4.0) and is made by `knowledge.towns_source`. Most who
write to us never name their town, so it is read when somebody first does.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge import german
from knowledge.models import Area

FILE = Path(__file__).with_name("towns.txt")

REGIONS: Mapping[str, str] = {area.name: area.value for area in Area if area is not Area.EVERYWHERE}
"""Codes as in ISO 3166-2 without DE, and the Bundesland that each stands for."""

SIZES: Mapping[str, str] = {
    "unter-5000": "unter 5.000 Menschen",
    "bis-10000": "5.000 bis 10.000 Menschen",
    "bis-20000": "10.000 bis 20.000 Menschen",
    "bis-50000": "20.000 bis 50.000 Menschen",
    "ueber-50000": "mehr als 50.000 Menschen",
}
"""Classes of size, smallest first, as people read them."""

_LIMITS = (5_000, 10_000, 20_000, 50_000)

MOST = 8  # that `find` returns
LONGEST = 60  # characters of a name; the longest in the list has 50
_MENDABLE = 5  # letters; in a shorter name a slip makes another name
_WORD = re.compile(r"[^\W_]+")
# What stands before the name of a town in a sentence.
_PLACE = re.compile(
    r"\b(?:[Ii]n|[Aa]us|Stadt|Gemeinde|Rathaus) "
    r"([A-ZÄÖÜ][\w-]+(?: (?:an|am|im|in|bei|der|[A-ZÄÖÜ])[\w-]*){0,3})"
)
_PLACES = 4  # looked up in one text
# What some put before the name of their town, and what stands behind it in lists.
_TITLES = frozenset(
    """stadt gemeinde markt samtgemeinde verbandsgemeinde hansestadt lutherstadt kreisstadt
    universitatsstadt landeshauptstadt ort dorf kleinstadt""".split()  # noqa: SIM905
)
_JOINTS = frozenset("an am der die das den dem in im ob bei b a d i o v vor von und".split())  # noqa: SIM905


class Town(NamedTuple):
    """`region` is a key of REGIONS."""

    name: str
    region: str
    population: int


def size_class(population: int) -> str:
    """The class of SIZES that a town with so many people belongs to."""
    place = sum(population >= limit for limit in _LIMITS)
    return tuple(SIZES)[place]


def fold(name: str) -> str:
    """What is equal for two ways to write a name: "Weißenfels (Saale)" and "weissenfels saale"."""
    words = _WORD.findall(german.fold(name))
    return " ".join("sankt" if word == "st" else word for word in words)


def find(text: str) -> tuple[Town, ...]:
    """The towns that may be meant, the likeliest first; none if no name is like it.

    A name that is written right is not taken for a slip in another one. Somebody may add the
    Bundesland: "Neustadt in Hessen", "Neustadt, Sachsen".
    """
    if len(text) > 2 * LONGEST:
        return ()
    words = fold(text).split()
    region, rest = _without_region(words)
    name = _untitled(rest)
    for typed, wanted in ((words, ""), (rest, region), (name, region)):
        if found := _called(typed, wanted):
            return found
    return _misspelt(name, region) or _said_longer(name, region)


def region_of(text: str) -> str:
    """The Bundesland that a text names, itself or by one of its towns ("bei uns in Wurzen"), as
    a key of REGIONS; '' where it names none, or several."""
    said = f" {fold(text)} "
    found = set()
    for code in sorted(REGIONS, key=lambda code: -len(REGIONS[code])):
        name = f" {fold(REGIONS[code])} "
        if name in said:  # the longest first: Sachsen-Anhalt is not Sachsen
            found.add(code)
            said = said.replace(name, " ")
    if not found:
        named_after = _PLACE.findall(text)[:_PLACES]
        found = {code for name in named_after if (code := _only_region(name))}
    return found.pop() if len(found) == 1 else ""


def _only_region(name: str) -> str:
    """Where all towns of just this name lie; of short names too many are words."""
    if len(name) < _MENDABLE:
        return ""
    regions = {town.region for town in find(name) if is_exact(name, town)}
    return regions.pop() if len(regions) == 1 else ""


def named(name: str, region: str) -> Town | None:
    """The town of just this name in this state."""
    towns, names = _list()
    sought = fold(name)
    return next(
        (
            town
            for town, own in zip(towns, names, strict=True)
            if own == sought and town.region == region
        ),
        None,
    )


def is_exact(text: str, town: Town) -> bool:
    """Whether the town is called just like that."""
    return fold(text) == fold(town.name)


def _called(words: Sequence[str], region: str) -> tuple[Town, ...]:
    """Towns of just this name or of a longer one that begins like it, such as "Neustadt"
    and "Neustadt an der Aisch"; "an der" need not be written."""
    if not words or len(words[0]) < 2:
        return ()
    towns, names = _list()
    said = " ".join(words)
    telling = set(words) - _JOINTS
    exact, longer = [], []
    for number, name in enumerate(names):
        if not name.startswith(words[0]) or (region and towns[number].region != region):
            continue
        if name == said:
            exact.append(towns[number])
        elif (own := name.split())[0] == words[0] and telling <= set(own):
            longer.append(towns[number])
    return tuple([*_largest(exact), *_largest(longer)][:MOST])


def _said_longer(words: Sequence[str], region: str) -> tuple[Town, ...]:
    """Towns whose name the words begin with: "Freiburg im Breisgau" is Freiburg on the list."""
    for length in range(min(len(words) - 1, 3), 0, -1):
        if len(words[length - 1]) >= _MENDABLE and (found := _called(words[:length], region)):
            return found
    return ()


def _misspelt(words: Sequence[str], region: str) -> tuple[Town, ...]:
    """Towns whose name differs by a slip or two; of the nearest ones all."""
    said = " ".join(words)
    if not _MENDABLE <= len(said) <= LONGEST:
        return ()
    towns, names = _list()
    slips = 1 if len(said) < 8 else 2
    near = process.extract(said, names, scorer=OSA.distance, score_cutoff=slips, limit=3 * MOST)
    meant = [
        (distance, towns[number])
        for _, distance, number in near
        if not region or towns[number].region == region
    ]
    least = min((distance for distance, _ in meant), default=0)
    return tuple(_largest([town for distance, town in meant if distance == least])[:MOST])


def _largest(towns: list[Town]) -> list[Town]:
    return sorted(towns, key=lambda town: -town.population)


def _without_region(words: list[str]) -> tuple[str, list[str]]:
    """The Bundesland that the words end with, and what stands before it."""
    for code, name in REGIONS.items():
        own = fold(name).split()
        if len(words) > len(own) and words[-len(own) :] == own:
            rest = words[: -len(own)]
            return code, rest[:-1] if rest[-1] in _JOINTS and len(rest) > 1 else rest
    return "", words


def _untitled(words: list[str]) -> list[str]:
    """Without "Stadt" or "Gemeinde" in front."""
    return words[1:] if len(words) > 1 and words[0] in _TITLES else words


@cache
def _list() -> tuple[tuple[Town, ...], tuple[str, ...]]:
    """All towns, and their names as they are compared; together about 2 MB."""
    lines = FILE.read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split(";") for line in lines)
    # One string for all towns of a state, not one for each.
    codes = {code: code for code in REGIONS}
    towns = tuple(Town(name, codes[code], int(people)) for name, code, people in rows)
    return towns, tuple(fold(town.name) for town in towns)
