"""Where somebody is from: the town they mean, as they happen to type it."""

import subprocess
import sys
import tracemalloc

import pytest

from handlers.hours import STATES
from knowledge import towns, towns_source
from knowledge.towns import FILE, REGIONS, SIZES, find, region_of, size_class


def named(text: str) -> list[str]:
    return [f"{town.name}, {town.region}" for town in find(text)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Gransee", "Gransee, BB"),
        ("  gransee ", "Gransee, BB"),
        ("gransse", "Gransee, BB"),
        ("Luckenwlade", "Luckenwalde, BB"),
        ("München", "München, BY"),
        ("Muenchen", "München, BY"),
        ("munchen", "München, BY"),
        ("WEISSENFELS", "Weißenfels, ST"),
        ("Neustadt an der Aisch", "Neustadt an der Aisch, BY"),
        ("Neustadt/Aisch", "Neustadt an der Aisch, BY"),
        ("Neustadt a. d. Aisch", "Neustadt an der Aisch, BY"),
        ("Neustadt in Sachsen", "Neustadt in Sachsen, SN"),
        ("Neustadt, Hessen", "Neustadt (Hessen), HE"),
        ("Lutherstadt Wittenberg", "Wittenberg, ST"),
        ("Stadt Gransee", "Gransee, BB"),
        ("St. Ingbert", "Sankt Ingbert, SL"),
        ("Freiburg im Breisgau", "Freiburg, BW"),
        ("Frankfurt Oder", "Frankfurt (Oder), BB"),
        ("Oer-Erkenschwick", "Oer-Erkenschwick, NW"),
    ],
)
def test_a_town_is_known_however_it_is_typed(typed: str, first: str) -> None:
    assert named(typed)[:1] == [first]


def test_a_name_that_several_towns_have_gives_them_all_with_their_bundesland() -> None:
    found = named("Neustadt")
    assert {"Neustadt, RP", "Neustadt, TH", "Neustadt an der Aisch, BY"} <= set(found)
    assert len(found) == towns.MOST
    assert named("Naumburg") == ["Naumburg, ST", "Naumburg, HE"]


def test_a_name_that_is_written_right_is_no_slip_in_another_one() -> None:
    assert named("Ulm") == ["Ulm, BW"]
    assert named("Hameln") == ["Hameln, NI"]


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "?", "x", "Hintertupfingen", "danke", "ja", "🙂", "12345", "Was kostet das?"),
        *("Leerstand", "a " * 400, "Gransee " * 100, "\x00", "an der", "Kreuzbg-Mitte"),
    ],
)
def test_what_is_no_town_finds_none(text: str) -> None:
    assert find(text) == ()


def test_parts_of_large_cities_are_no_towns() -> None:
    names = {town.name for town in towns._list()[0]}
    assert names & {"Kreuzberg", "Rodenkirchen", "Altona", "Bogenhausen", "Neue Neustadt"} == set()
    berlin = [town for town in towns._list()[0] if town.region in ("BE", "HH", "HB")]
    assert [town.name for town in berlin] == ["Berlin", "Bremen", "Bremerhaven", "Hamburg"]


def test_every_town_finds_itself() -> None:
    every = towns._list()[0]
    assert len(every) > 8000
    missed = [
        town for town in every[::25] if town not in find(f"{town.name}, {REGIONS[town.region]}")
    ]
    assert missed == []


def test_the_list_is_small_sorted_and_says_where_it_is_from() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert len(text.encode()) < 400_000
    assert "GeoNames" in text.splitlines()[0]
    assert "CC BY 4.0" in text.splitlines()[0]
    assert "CC BY 4.0" in FILE.with_name("NOTICE").read_text(encoding="utf-8")
    rows = [line.split(";") for line in text.splitlines()[1:]]
    keys = [(towns.fold(name), region) for name, region, _ in rows]
    assert keys == sorted(set(keys))
    assert {region for _, region, _ in rows} == set(REGIONS)
    assert min(int(people) for _, _, people in rows) >= towns_source.SMALLEST
    assert max(len(name) for name, _, _ in rows) <= towns.LONGEST


def test_regions_are_those_of_the_settings() -> None:
    assert set(REGIONS) == set(STATES)
    assert REGIONS["BB"] == "Brandenburg"


@pytest.mark.parametrize(
    ("people", "size"),
    [
        (0, "unter-5000"),
        (4_999, "unter-5000"),
        (5_000, "bis-10000"),
        (10_000, "bis-20000"),
        (20_000, "bis-50000"),
        (49_999, "bis-50000"),
        (50_000, "ueber-50000"),
        (3_000_000, "ueber-50000"),
    ],
)
def test_the_size_of_a_town_has_a_class(people: int, size: str) -> None:
    assert size_class(people) == size
    assert size in SIZES


def test_the_list_costs_little_and_nothing_before_somebody_names_a_town() -> None:
    imported = (
        "import knowledge.search; from knowledge import towns; print(towns._list.cache_info())"
    )
    seen = subprocess.run([sys.executable, "-c", imported], capture_output=True, check=True)
    assert b"currsize=0" in seen.stdout
    towns._list.cache_clear()
    tracemalloc.start()
    find("Gransee")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 3_000_000


def test_the_list_is_made_from_the_table_of_geonames() -> None:
    def row(name: str, code: str, state: str, people: int, country: str = "DE") -> str:
        columns = [""] * 19
        for place, value in ((1, name), (7, code), (8, country), (10, state), (14, str(people))):
            columns[place] = value
        return "\t".join(columns) + "\n"

    made = towns_source.towns(
        [
            row("Munich", "PPLA", "02", 1_260_391),
            row("Haldensleben I", "PPLA3", "14", 20_294),
            row("Kreuzberg", "PPLX", "16", 153_135),
            row("Weiler", "PPLA4", "08", 499),
            row("Winden", "PPL", "08", 700),
            row("Winden", "PPLA4", "08", 1_100),
            row("Wien", "PPLC", "09", 1_700_000, "AT"),
        ]
    )
    assert made == [
        ("Haldensleben", "ST", 20_294),
        ("München", "BY", 1_260_391),
        ("Winden", "RP", 1_100),
    ]


@pytest.mark.parametrize(
    ("said", "region"),
    [
        ("Wer zahlt bei uns in Wurzen die Kirchturmuhr?", "SN"),
        ("Gibt es in Sachsen-Anhalt Fördermittel?", "ST"),
        ("Gibt es in Niedersachsen Fördermittel?", "NI"),
        ("Wir sind die Gemeinde Gransee und suchen Hilfe", "BB"),
        ("Sachsen oder Thüringen?", ""),
        ("Was passiert bei Regen in Zukunft in Ordnung?", ""),
        ("Wir wohnen in Neustadt", ""),  # there are many
        ("wer zahlt die kirchturmuhr", ""),
        ("in " * 3000 + "Wurzen", "SN"),
    ],
)
def test_a_question_tells_its_bundesland_only_where_it_names_one(said: str, region: str) -> None:
    assert region_of(said) == region
