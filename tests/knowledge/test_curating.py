"""A curator is told what would be found badly or read badly, with file and line."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge import readability
from knowledge.curating import Kind, Remark, remarks, report
from knowledge.findability import trials
from knowledge.load import Library, load
from knowledge.models import Texts

TODAY = date(2026, 11, 22)
COMMANDS = {"hilfe", "loeschen", "termine"}

FREIBAD = {
    "id": "freibad",
    "title": "Wann öffnet das Freibad?",
    "asked_as": [
        "Freibad Öffnungszeiten",
        "Ab wann kann man schwimmen gehen?",
        "Badesaison Beginn",
        "Hat das Schwimmbad heute offen?",
        "Wie lange darf man im Freibad schwimmen?",
        "Öffnungszeiten vom Schwimmbad",
    ],
}
MUELL = {
    "id": "muell",
    "title": "Wann wird der Müll abgeholt?",
    "asked_as": [
        "Müllabfuhr Termine",
        "An welchem Tag kommt die Müllabfuhr?",
        "Wann stelle ich die Tonne raus?",
        "Abholung der Papiertonne",
        "Abfall und Tonne am Montag",
        "Biotonne wird nicht geleert",
    ],
}
GLOCKE = {
    "id": "glocke",
    "title": "Wer repariert die Kirchenglocke?",
    "asked_as": [
        "Die Kirchenglocke läutet nicht",
        "Glocke im Kirchturm kaputt",
        "Reparatur der Glocke",
        "Kirchturm ohne Geläut",
        "Wer kümmert sich um das Geläut im Kirchturm?",
        "Kaputte Kirchenglocke melden",
    ],
}


def entry(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An entry that nobody could object to, with these changes."""
    rest = {
        "answer": "Das steht am Rathaus. Dort hängt ein Plan für alle Tage.",
        "topics": ["rathaus"],
        "source": "Aushang",
        "checked_on": date(2026, 5, 1),
    }
    return {**base, **rest, **changes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "faq").mkdir()
    (tmp_path / "synonyms.yaml").write_text("alike: [[Abfall, Müll]]\n", encoding="utf-8")
    return tmp_path


def write(folder: Path, *items: dict[str, Any], name: str = "faq/eins.yaml") -> Library:
    text = yaml.safe_dump(list(items), allow_unicode=True, sort_keys=False, width=1000)
    (folder / name).write_text(text, encoding="utf-8")
    library = load(folder)
    # Of all small talk the greetings will do, and make it quick.
    greeting = {"greeting": library.texts.understand["greeting"]}
    return replace(library, texts=Texts(say={}, understand=greeting))


def told(folder: Path, *items: dict[str, Any], kind: Kind) -> list[Remark]:
    """What a curator is told of this kind about these entries."""
    library = write(folder, *items)
    found = remarks(folder, library, TODAY, COMMANDS)
    return [remark for remark in found if remark.kind is kind]


def line_of(folder: Path, part: str, name: str = "faq/eins.yaml") -> int:
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if part in line)


def test_good_content_gets_no_remark(folder: Path) -> None:
    library = write(folder, entry(FREIBAD), entry(MUELL), entry(GLOCKE))
    assert remarks(folder, library, TODAY, COMMANDS) == ()


def test_a_curator_learns_of_two_entries_that_nobody_could_tell_apart(folder: Path) -> None:
    twin = {
        "id": "bad",
        "title": "Öffnungszeiten im Schwimmbad",
        "asked_as": [
            "Wann öffnet das Freibad heute?",
            "Ab wann darf man schwimmen?",
            "Beginn der Badesaison im Freibad",
            "Schwimmbad offen?",
            "Freibad Öffnungszeiten heute",
            "Wie lange kann man schwimmen gehen?",
        ],
    }
    (found,) = told(folder, entry(FREIBAD), entry(MUELL), entry(twin), kind=Kind.ALIKE)
    assert "„Wann öffnet das Freibad?“" in found.message
    assert "„Öffnungszeiten im Schwimmbad“" in found.message
    assert "von 12" in found.message
    (line,) = {line_of(folder, "id: bad"), line_of(folder, "id: freibad")} & {found.line}
    assert line


def test_a_curator_sees_which_way_of_asking_leads_to_another_entry(folder: Path) -> None:
    astray = "Wer repariert die kaputte Kirchenglocke im Kirchturm?"
    lost = entry(MUELL, asked_as=[*MUELL["asked_as"], astray])
    (found,) = told(folder, entry(FREIBAD), lost, entry(GLOCKE), kind=Kind.ASTRAY)
    assert f"„{astray}“" in found.message
    assert "„Wer repariert die Kirchenglocke?“" in found.message
    assert (found.file, found.line) == ("faq/eins.yaml", line_of(folder, astray))


def test_words_that_two_entries_claim_are_named_with_both_places(folder: Path) -> None:
    claimed = entry(GLOCKE, asked_as=[*GLOCKE["asked_as"], "FREIBAD öffnungszeiten!"])
    (found,) = told(folder, entry(FREIBAD), claimed, kind=Kind.TWICE)
    assert found.line == line_of(folder, "FREIBAD öffnungszeiten!")
    assert f"faq/eins.yaml:{line_of(folder, 'Freibad Öffnungszeiten')}" in found.message


def test_an_entry_with_few_ways_of_asking_is_hardly_found(folder: Path) -> None:
    few = entry(GLOCKE, asked_as=GLOCKE["asked_as"][:2])
    (found,) = told(folder, entry(FREIBAD), few, kind=Kind.UNFOUND)
    assert "nur 2 Arten zu fragen" in found.message
    assert found.line == line_of(folder, "id: glocke")


def test_an_entry_whose_ways_of_asking_share_nothing_is_hardly_found(folder: Path) -> None:
    scattered = {
        "id": "diverses",
        "title": "Allerlei aus dem Alltag",
        "asked_as": [
            "Müllabfuhr am Montag",
            "Kirchenglocke kaputt",
            "Badesaison im Schwimmbad",
            "Fahrplan verloren",
            "Xylophon leihen",
            "Quittung Zweitschrift",
        ],
    }
    others = [entry(FREIBAD), entry(MUELL), entry(GLOCKE)]
    more = [entry({**MUELL, "id": f"muell-{n}"}) for n in range(3)]
    found = told(folder, *others, *more, entry(scattered), kind=Kind.UNFOUND)
    assert any("„Allerlei aus dem Alltag“: nur " in remark.message for remark in found)


def test_an_entry_that_needs_a_word_nobody_knows_is_named_with_it(folder: Path) -> None:
    jargon = {
        "id": "slam",
        "title": "Kleinstadt-Slam",
        "asked_as": [f"Was {verb} der Stadtslam {place}?" for verb, place in SLAMS],
    }
    (found,) = told(folder, entry(FREIBAD), entry(jargon), kind=Kind.UNFOUND)
    assert "„stadtslam“" in found.message


SLAMS = [
    ("bringt", "im Sommer"),
    ("kostet", "in Wurzen"),
    ("zeigt", "auf der Bühne"),
    ("verlangt", "von Gästen"),
    ("erreicht", "bei Jugendlichen"),
]


def test_a_way_of_asking_that_is_a_greeting_never_reaches_its_entry(folder: Path) -> None:
    polite = entry(GLOCKE, asked_as=[*GLOCKE["asked_as"], "Guten Morgen"])
    found = told(folder, entry(FREIBAD), polite, kind=Kind.SMALL_TALK)
    assert "„Guten Morgen“" in found[0].message
    assert "„greeting“" in found[0].message
    assert found[0].line == line_of(folder, "Guten Morgen")


def test_a_way_of_asking_that_belongs_to_others_is_named_with_their_matter(folder: Path) -> None:
    outside = {
        "about": "Hundesteuer und Hunde",
        "asked_as": ["Was kostet die Hundesteuer?", "Hundesteuer für zwei Hunde anmelden"],
    }
    text = yaml.safe_dump([outside], allow_unicode=True)
    (folder / "outside.yaml").write_text(text, encoding="utf-8")
    dog = entry(GLOCKE, asked_as=[*GLOCKE["asked_as"], "Wie hoch ist die Hundesteuer für Hunde?"])
    (found,) = told(folder, entry(FREIBAD), dog, kind=Kind.OUTSIDE)
    assert "„Hundesteuer und Hunde“" in found.message
    assert found.line == line_of(folder, "Wie hoch ist die Hundesteuer")


def test_old_facts_are_summed_up_in_a_line_for_each_file(folder: Path) -> None:
    write(folder, entry(GLOCKE, checked_on=date(2024, 1, 31)), name="faq/zwei.yaml")
    old = [entry(FREIBAD, checked_on=date(2025, 5, 22)), entry(MUELL, checked_on=date(2020, 2, 1))]
    one, two = told(folder, *old, kind=Kind.STALE)
    assert "2 Einträge" in one.message
    assert "01.02.2020" in one.message
    assert (one.file, one.line) == ("faq/eins.yaml", line_of(folder, "2020-02-01"))
    assert two.file == "faq/zwei.yaml"
    assert "1 Eintrag seit" in two.message


def test_a_fact_is_fresh_for_eighteen_months_and_a_past_event_for_ever(folder: Path) -> None:
    event = {
        "id": "fest",
        "title": "Stadtfest",
        "starts": date(2019, 6, 1),
        "description": "Ein Fest auf dem Markt.",
        "source": "Aushang",
        "checked_on": date(2019, 6, 2),
    }
    write(folder, event, name="events.yaml")
    assert told(folder, entry(FREIBAD, checked_on=date(2025, 5, 23)), kind=Kind.STALE) == []


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("Mehr dazu steht bei freibad-preise.", "„freibad-preise“ ist eine Kennung"),
        ("Tippen Sie auf faq:freibad.", "„faq:freibad“"),
        ("Dazu passt das Format „Stadt-Slalom“.", "„Stadt-Slam“"),
        ("Schreiben Sie „/löschen“.", "„/loeschen“"),
        ("Schreiben Sie /wetter.", "„/wetter“ gibt es nicht"),
    ],
)
def test_what_an_answer_points_to_has_to_exist(folder: Path, answer: str, named: str) -> None:
    slam = entry(GLOCKE, id="stadt-slam", title="Stadt-Slam")
    price = entry(FREIBAD, id="freibad-preise", answer=answer)
    (found,) = told(folder, price, slam, kind=Kind.DEAD)
    assert named in found.message
    assert found.line == line_of(folder, "answer:")


@pytest.mark.parametrize(
    "answer",
    [
        "Schreiben Sie „/loeschen“ oder /termine.",
        "Unter https://example.org/freibad/preise und/oder am Rathaus, auch als /termine.ics.",
        "Dazu passt das Format „Stadt-Slam“.",
        "Das Freibad ist ein Ort für alle.",
    ],
)
def test_what_can_be_followed_is_no_remark(folder: Path, answer: str) -> None:
    slam = entry(GLOCKE, id="stadt-slam", title="Stadt-Slam")
    assert told(folder, entry(FREIBAD, answer=answer), slam, kind=Kind.DEAD) == []


def test_a_command_in_the_dialogues_has_to_exist_too(folder: Path) -> None:
    (folder / "texts").mkdir()
    text = "say:\n  unknown_command: Das kenne ich nicht. Schreiben Sie „/hlife“.\n"
    (folder / "texts" / "meine.yaml").write_text(text, encoding="utf-8")
    (found,) = told(folder, entry(FREIBAD), kind=Kind.DEAD)
    assert (found.file, found.line) == ("texts/meine.yaml", 2)
    assert "„/hilfe“" in found.message


def test_one_page_has_one_title(folder: Path) -> None:
    bath = {"title": "Das Bad", "url": "https://example.org/bad"}
    pool = {"title": "Schwimmen", "url": "https://example.org/bad/"}
    items = [entry(FREIBAD, links=[bath]), entry(MUELL, links=[pool])]
    (found,) = told(folder, *items, kind=Kind.LINK)
    assert "„Schwimmen“" in found.message
    assert "„Das Bad“" in found.message


def test_a_topic_that_was_mistyped_is_shown_with_what_was_meant(folder: Path) -> None:
    slip = entry(GLOCKE, topics=["rathuas"])
    (found,) = told(folder, entry(FREIBAD), entry(MUELL), slip, kind=Kind.TOPIC)
    assert "„rathuas“; gemeint ist vielleicht „rathaus“" in found.message
    assert found.line == line_of(folder, "- rathuas")


@pytest.mark.parametrize(
    ("plain", "named"),
    [
        (
            "Das Bad ist im Sommer an allen Tagen von früh bis spät offen, auch abends und nachts.",
            "17 Wörtern",
        ),
        ("Das Bad wird im Mai geöffnet.", "„wird … geöffnet“"),
        ("Sie könnten im Mai baden.", "„könnten“"),
        ("Das Bad (im Park) ist offen.", "Klammern"),
        ("Die Badebetriebsgesellschaft hilft.", "„Badebetriebsgesellschaft“"),
        ("Ja. " * 60, "länger als die Antwort"),
    ],
)
def test_plain_language_is_measured(folder: Path, plain: str, named: str) -> None:
    items = [entry(FREIBAD, answer="Das Bad öffnet im Mai. " * 5, plain=plain), entry(MUELL)]
    (found,) = told(folder, *items, kind=Kind.PLAIN)
    assert named in found.message
    assert found.line == line_of(folder, "plain:")


@pytest.mark.parametrize(
    "plain",
    [
        "Das Bad öffnet am 1. Mai. Sie werden gern kommen.",
        "Die Badebetriebsgesellschaft ist eine Firma.",
        "Fragen Sie die Badebetriebsgesellschaft. Das ist eine Firma.",
        "Die Bade-Betriebs-Gesellschaft hilft.",
    ],
)
def test_good_plain_language_is_left_alone(folder: Path, plain: str) -> None:
    items = [entry(FREIBAD, answer="Das Bad öffnet im Mai. " * 5, plain=plain), entry(MUELL)]
    assert told(folder, *items, kind=Kind.PLAIN) == []


def test_an_answer_like_a_regulation_is_hard_to_read(folder: Path) -> None:
    regulation = (
        "Die Inanspruchnahme gemeindlicher Freizeiteinrichtungen erfordert grundsätzlich die "
        "vorherige Berücksichtigung der Benutzungsordnungsbestimmungen, deren "
        "Rechtsverbindlichkeit durch Bekanntmachungsveröffentlichungen der zuständigen "
        "Verwaltungsgemeinschaft und ihrer Bevollmächtigten unter Einbeziehung der gesamten "
        "Beschlussfassung gewährleistet ist."
    )
    items = [entry(FREIBAD, answer=regulation), entry(MUELL)]
    (found,) = told(folder, *items, kind=Kind.HARD)
    assert "Lesbarkeit" in found.message
    assert "ein Satz mit 28 Wörtern" in found.message


def test_simple_words_read_more_easily_than_long_ones() -> None:
    simple = "Das Bad ist auf. Sie sind da. Wir auch."
    assert readability.ease(simple) > 90
    assert readability.ease("Verwaltungsgemeinschaften koordinieren Zuständigkeiten.") < 0
    counted = {"Haus": 1, "Bürgerin": 3, "bauen": 2, "Qualität": 3, "Schnee": 1, "Rhythmus": 2}
    assert {word: readability.syllables(word) for word in counted} == counted


def test_abbreviations_and_dates_do_not_end_a_sentence() -> None:
    text = "Am 25. März um 10 Uhr, z. B. mit Dr. Muster. Kommen Sie!\n• Brot\n• www.example.org"
    assert len(readability.sentences(text)) == 4


def test_every_way_of_asking_is_tried_while_its_entry_goes_without_it(folder: Path) -> None:
    odd = entry(GLOCKE, asked_as=[*GLOCKE["asked_as"], "Xylophon"])
    found = trials(write(folder, entry(FREIBAD), odd))
    assert [trial.asked for trial in found] == [*FREIBAD["asked_as"], *odd["asked_as"]]
    assert found[0].place == 0
    assert found[-1].place != 0 or found[-1].answered == ""


def test_a_long_list_is_cut_and_says_how_much_is_left() -> None:
    many = [Remark(Kind.TOPIC, "faq/eins.yaml", line, "x") for line in range(32)]
    lines = list(report([*many, Remark(Kind.DEAD, "faq/zwei.yaml", 7, "y")], 20))
    assert lines[0] == "Themen, die nur einmal vorkommen (32)"
    assert lines.count("  … und 12 weitere") == 1
    assert "  faq/zwei.yaml:7: y" in lines
    assert len(list(report(many))) == 32 + 3
