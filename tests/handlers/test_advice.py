"""What helps whoever answers: likeness, canned answers, plain language, and what is personal."""

import pytest

from handlers import personal
from handlers.desk import advice, entry_fields, expert_fields
from knowledge.load import load, shipped


@pytest.mark.parametrize(
    "text",
    [
        "Fragen Sie Frau Muster.",
        "Herr Dr. Meier hilft.",
        "Rufen Sie an: 03521 12345.",
        "+49 351 4567890",
        "erna@muster.example",
        "Am Markt 3",
        "Lange Straße 12a",
        "Hauptstr. 5",
        "01662 Meißen",
        "DE89 3704 0044 0532 0130 00",
        "Siehe K-1001.",
        "Ich heiße Erna Schmidt.",
        "Mit freundlichen Grüßen\nErna Schmidt",
    ],
)
def test_what_belongs_to_one_person_is_noticed(text: str) -> None:
    assert personal.found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Am 12. März 2027 um 18 Uhr, am Montag 18 Uhr.",
        "Ein Ort mit 5.000 bis 20.000 Menschen, seit 2026-01-05.",
        "Im Jahr 2022 waren es 30 Prozent. In Gefahr: 112.",
        "Die Stadt zahlt 20000 Euro für 12345 Einwohner.",
    ],
)
def test_dates_and_amounts_belong_to_nobody(text: str) -> None:
    assert personal.found(text) == ()


def test_hardly_anything_in_our_own_content_looks_personal() -> None:
    entries = load(shipped()).entries.values()
    marked = [entry.id for entry in entries if personal.found(entry.answer)]
    assert len(marked) <= 2


def test_the_marked_pieces_make_up_the_whole_text() -> None:
    text = "Fragen Sie Frau Muster oder Frau Muster-Meier: 03521 12345."
    pieces = personal.marked(text, personal.found(text))
    assert "".join(piece for piece, _ in pieces) == text
    assert ("03521 12345", True) in pieces
    assert personal.marked("", ()) == [("", False)]


def test_a_name_that_nobody_knows_leaves_no_gap() -> None:
    places = {"name": "", "nummer": "K-1001", "veranstaltung": "Stammtisch"}
    text = advice.fill("Guten Tag {name},\n{nummer}: {veranstaltung} {ort}", places)
    assert text == "Guten Tag,\nK-1001: Stammtisch {ort}"


def test_the_same_matter_in_other_words_is_alike_and_another_one_is_not() -> None:
    asked = advice.grams("Wer zahlt die Kirchturmuhr?")
    same = advice.likeness(asked, advice.grams("Wer bezahlt eigentlich die Uhr am Kirchturm?"))
    other = advice.likeness(asked, advice.grams("Wer zahlt die Hundesteuer in Wurzen?"))
    assert other < advice.ALIKE < same
    assert advice.likeness(advice.grams(""), advice.grams("Und was?")) == 0


def test_only_what_is_hard_to_read_gets_a_hint() -> None:
    easy = "Die Stadt zahlt die Uhr. Die Kirche zahlt den Turm. Fragen Sie gern noch einmal nach."
    assert advice.readability_hint(easy) == ""
    assert advice.readability_hint("Verwaltungsverfahrensgesetzgebung!") == ""
    library = load(shipped())
    hinted = [one for one in library.entries.values() if advice.readability_hint(one.answer)]
    assert len(hinted) < len(library.entries) / 10
    assert not any(advice.readability_hint(one.text) for one in library.canned.values())


def test_title_and_ways_of_asking_are_proposed_from_what_somebody_wrote() -> None:
    said = "Guten Tag, ich bin neu. Wer zahlt eigentlich die Kirchturmuhr? Danke!"
    fields = entry_fields.suggested(said)
    assert fields["question"] == fields["title"] == "Wer zahlt eigentlich die Kirchturmuhr?"
    assert "zahlt Kirchturmuhr" in fields["asked_as"]
    assert entry_fields.suggested("") == {"title": "", "question": "", "asked_as": ""}
    long = entry_fields.suggested("Warum " + "und sehr viele Wörter " * 40 + "?")
    assert len(long["title"]) <= entry_fields.LONGEST_TITLE


def test_every_id_made_of_a_title_fits_a_button() -> None:
    for title in ("Ä" * 60, "?!?", "Straßenfest & Märkte – 2027!"):
        made = entry_fields.made_id(title)
        assert made.startswith(entry_fields.OWN)
        assert len(made) <= 44
        assert not made.endswith("-")


@pytest.mark.parametrize("keyword", ["Café & Müßiggang", "Cafe\u0301 & Mu\u0308ßiggang"])
def test_an_id_keeps_the_letters_under_their_accents(keyword: str) -> None:
    assert entry_fields.made_id(keyword) == "desk-cafe-muessiggang"
    assert expert_fields.made_id(keyword) == "cafe-muessiggang"
    assert entry_fields.topics_of(f"{keyword}, Żabka–Étoile") == (
        "cafe-muessiggang",
        "zabka-etoile",
    )


def test_a_proposed_title_leaves_out_the_greeting() -> None:
    for said, title in (
        ("Guten Tag, wer zahlt die Uhr? Danke!", "Wer zahlt die Uhr?"),
        ("Hallo zusammen wer pflegt den Brunnen?", "Wer pflegt den Brunnen?"),
        ("Hitzeschutz im Ort: was hilft?", "Hitzeschutz im Ort: was hilft?"),
        ("Hallo!", "Hallo!"),
    ):
        assert entry_fields.suggested(said)["title"] == title
