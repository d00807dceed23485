"""Experts in the content: slips are named with their place, and keywords find who is meant."""

from datetime import date
from pathlib import Path

import pytest

from knowledge.expertise import areas, fitting
from knowledge.load import ContentError, load, load_experts, shipped
from knowledge.matters import Matters
from knowledge.models import Area, Consent, Expert

EXPERTS = """\
- id: leerstand-stelle
  name: Fachstelle Leerstand
  summary: Hilft bei leeren Läden.
  keywords: [Leerstand, Zwischennutzung]
  topics: [leerstand]
  formats: [expertinnen-pool]
  regions: [Brandenburg, Sachsen]
  languages: [Deutsch, Polnisch]
  availability: dienstags
  paused_until: 2026-12-24
  page: https://example.org/stelle
  consent: {on: 2026-01-02, noted_by: Koordination}

- id: waerme
  name: Fachperson für Wärme
  summary: Kennt die Wärmeplanung.
  keywords: [Wärmeplanung]
"""


@pytest.fixture
def pool(folder: Path) -> Path:
    (folder / "experts.yaml").write_text(EXPERTS, encoding="utf-8")
    return folder


def test_experts_of_a_folder_are_read_with_all_they_say(pool: Path) -> None:
    found = load(pool, fallback_texts=False).experts
    assert list(found) == ["leerstand-stelle", "waerme"]
    assert found["leerstand-stelle"].consent == Consent(
        on=date(2026, 1, 2), noted_by="Koordination"
    )
    assert found["leerstand-stelle"].regions == (Area.BB, Area.SN)
    # Who says nothing else works everywhere, in German, and is not shown before they agree.
    assert found["waerme"].regions == (Area.EVERYWHERE,)
    assert found["waerme"].languages == ("Deutsch",)
    assert not found["waerme"].is_shown(date(2027, 1, 1))


def test_the_shipped_content_names_nobody() -> None:
    assert load(shipped()).experts == {}


@pytest.mark.parametrize(
    ("day", "shown"), [("2026-12-24", False), ("2026-12-25", True), ("2026-11-01", False)]
)
def test_a_pause_lasts_up_to_and_on_its_day(pool: Path, day: str, shown: bool) -> None:
    one = load(pool, fallback_texts=False).experts["leerstand-stelle"]
    assert one.is_shown(date.fromisoformat(day)) is shown
    assert not one.model_copy(update={"paused": True}).is_shown(date(2027, 1, 1))
    assert not one.model_copy(update={"consent": None}).is_shown(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("[leerstand]", "[leerstnd]", 5, "„leerstnd“ steht nicht in network.yaml"),
        ("[expertinnen-pool]", "[pool]", 6, "„pool“ steht nicht in formats.yaml"),
        ("[Brandenburg, Sachsen]", "[Branenburg]", 7, "Möglich ist: 'bundesweit'"),
        ("[Leerstand, Zwischennutzung]", "[Was ist]", 4, "passt auf alles"),
        ("[Leerstand, Zwischennutzung]", "[]", 4, "mindestens 1 Angaben"),
        (
            "[Leerstand, Zwischennutzung]",
            f"[{', '.join(f'Wort{n}' for n in range(41))}]",
            4,
            "hat zu viele Angaben: höchstens 40",
        ),
        ("  name: Fachstelle Leerstand\n", "", 1, "„name“ fehlt"),
        ("Fachstelle Leerstand", "x" * 81, 2, "zu lang: 81 Zeichen, höchstens 80"),
        ("2026-12-24", "bald", 10, "kein Datum"),
        ("https://example.org/stelle", "javascript:alert(1)", 11, "keine gültige Adresse"),
        ("noted_by: Koordination", 'noted_by: ""', 12, "ist leer"),
        ("{on: 2026-01-02, noted_by: Koordination}", "{on: 2026-01-02}", 12, "„noted_by“ fehlt"),
        ("- id: waerme", "- id: leerstand-stelle", 14, "gibt es schon"),
        ("keywords: [Wärme", "telefon: 112\n  keywords: [Wärme", 17, "nicht vorgesehen"),
    ],
)
def test_slips_in_the_pool_are_named_with_their_line(
    pool: Path, old: str, new: str, line: int, says: str
) -> None:
    assert old in EXPERTS
    (pool / "experts.yaml").write_text(EXPERTS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as error:
        load(pool, fallback_texts=False)
    assert [(one.file, one.line) for one in error.value.problems] == [("experts.yaml", line)]
    assert says in error.value.problems[0].message


def test_a_single_file_is_measured_by_the_content_that_it_is_for(
    pool: Path, tmp_path: Path
) -> None:
    library = load(pool, fallback_texts=False)
    file = tmp_path / "pool.yaml"
    file.write_text(EXPERTS, encoding="utf-8")
    assert load_experts(file, library) == library.experts
    file.write_text(EXPERTS.replace("[leerstand]", "[mars]"), encoding="utf-8")
    with pytest.raises(ContentError, match=r"pool\.yaml:5: „mars“"):
        load_experts(file, library)


# -- finding ---------------------------------------------------------------------------------

MATTERS = Matters(load(shipped()).network)


def expert(id: str, *keywords: str, **more: object) -> Expert:
    facts = {"id": id, "name": "Fachperson", "summary": "Hilft.", "keywords": keywords}
    return Expert.model_validate(facts | more)


POOL = (
    expert("leer", "Leerstand", "Zwischennutzung", topics=["leerstand"]),
    expert("kern", "Ortskern", topics=["leerstand", "ortskern"], regions=["Sachsen"]),
    expert("warm", "Wärmeplanung", "Fernwärme"),
    expert("leicht", "barrierefreies Bauen", "Leichte Sprache"),
    expert("bank", "Bank", name="Büro Ufer"),
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Leerstand", ["leer", "kern"]),
        ("Leerstände", ["leer", "kern"]),
        ("leerstand-management", ["leer", "kern"]),
        ("Leerstnad", ["leer", "kern"]),  # fingers slip
        ("leere Läden", ["kern", "leer"]),  # a topic is known by other words, too
        ("Leerstand in Sachsen", ["leer", "kern"]),
        ("Wärme", ["warm"]),
        ("waermeplannung", ["warm"]),
        ("kommunale Wärmeplanung", ["warm"]),
        ("Barrierefreiheit", ["leicht"]),
        ("Büro Ufer", ["bank"]),
        ("Bauen", []),  # less than half of "barrierefreies Bauen"
        ("Band", []),  # a short word is no slip of another
        ("Regenwasser", []),
        ("und was ist", []),
        ("", []),
    ],
)
def test_keywords_and_topics_lead_to_who_knows(words: str, found: list[str]) -> None:
    assert [one.id for one in fitting(POOL, MATTERS, words)] == found


def test_a_topic_alone_is_enough() -> None:
    assert [one.id for one in fitting(POOL, MATTERS, "", ["ortskern"])] == ["kern"]


def test_the_land_decides_before_the_keyword() -> None:
    north = expert("nord", "Leerstand", regions=["Schleswig-Holstein"])
    found = fitting((north, POOL[1]), MATTERS, "Leerstand in Sachsen")
    assert [one.id for one in found] == ["kern", "nord"]
    assert areas("von Sachsen-Anhalt bis thueringen") == {Area.ST, Area.TH}
    assert areas("Sachsen und Sachsen-Anhalt") == {Area.SN, Area.ST}
    assert areas("ein ganzes Land") == set()
