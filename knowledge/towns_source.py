"""Makes the list of towns that `knowledge.towns` reads, from the tables of GeoNames.

Run once in a few years, by hand:

    python -m knowledge.towns_source cities500.txt

The table "cities500" is part of GeoNames' free downloads and of several packages. It has to be
the original one: it alone tells city districts from towns.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from knowledge.models import Area
from knowledge.towns import FILE, Town, fold

SMALLEST = 500  # people; smaller places are typed by those who live there

NOTICE = (
    "# Orte in Deutschland mit Bundesland und Zahl der Menschen. "
    "Quelle: GeoNames (geonames.org), Lizenz CC BY 4.0; gekürzt und neu geordnet."
)

# The states as GeoNames numbers them.
# fmt: off
_STATES = {
    "01": Area.BW, "02": Area.BY, "03": Area.HB, "04": Area.HH, "05": Area.HE, "06": Area.NI,
    "07": Area.NW, "08": Area.RP, "09": Area.SL, "10": Area.SH, "11": Area.BB, "12": Area.MV,
    "13": Area.SN, "14": Area.ST, "15": Area.TH, "16": Area.BE,
}
# fmt: on
# In these states everything else is a part of the city.
_CITIES = {
    Area.BE: {"Berlin"},
    Area.HB: {"Bremen", "Bremerhaven"},
    Area.HH: {"Hamburg"},
}
# Parts of a town, places that are gone, farms and parts of a region.
_NO_TOWNS = {"PPLX", "PPLH", "PPLW", "PPLQ", "PPLF", "PPLG", "PPLL"}
_IN_GERMAN = {"Munich": "München", "Nuremberg": "Nürnberg", "Cologne": "Köln"}
# "Haldensleben I", "Freiburg (Elbe) Flecken": how an office numbers or classes a place.
_OFFICIAL = re.compile(r" (?:I|Flecken|Stadt)$")

_NAME, _CODE, _COUNTRY, _STATE, _PEOPLE = 1, 7, 8, 10, 14  # columns of the table


def towns(lines: Iterable[str]) -> list[Town]:
    """The German towns of the table; of several that are called alike in one state the largest."""
    found: dict[tuple[str, str], Town] = {}
    for town in _read(lines):
        key = (fold(town.name), town.region)
        if key not in found or town.population > found[key].population:
            found[key] = town
    return sorted(found.values(), key=lambda town: (fold(town.name), town.region))


def _read(lines: Iterable[str]) -> Iterator[Town]:
    for line in lines:
        row = line.rstrip("\n").split("\t")
        if row[_COUNTRY] != "DE" or row[_CODE] in _NO_TOWNS:
            continue
        name = _OFFICIAL.sub("", _IN_GERMAN.get(row[_NAME], row[_NAME]))
        state, people = _STATES[row[_STATE]], int(row[_PEOPLE])
        if people >= SMALLEST and name in _CITIES.get(state, {name}):
            yield Town(name, state.name, people)


def main(source: str) -> None:
    with Path(source).open(encoding="utf-8") as lines:
        found = towns(lines)
    written = [f"{town.name};{town.region};{town.population}" for town in found]
    FILE.write_text("\n".join([NOTICE, *written, ""]), encoding="utf-8")
    sys.stdout.write(f"{len(found)} Orte in {FILE.name}\n")


if __name__ == "__main__":
    main(sys.argv[1])
