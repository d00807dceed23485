"""People spell as they speak; one thing in many spellings is one thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import dates, german
from knowledge.german import form


@pytest.mark.parametrize(
    "spellings",
    [
        ["Kleinstädte", "kleinstaedte", "Kleinstadte", "KLEINSTADT", "Kleinstadt"],
        ["Bürgermeister", "buergermeister", "Burgermeister", "Bürgermeisterinnen"],
        ["Förderung", "foerderung", "fördern", "gefördert"],
        ["Anmeldung", "anmelden", "angemeldet", "anzumelden"],
        ["Teilnahme", "teilnehmen"],
        ["Moderation", "moderieren"],
        ["Digitalisierung", "digital", "digitale"],
        ["Straße", "Strasse", "strassen"],
        ["leerstand", "Leerstand", "Leerstände"],
        ["Webtalk", "Webtalks"],
    ],
)
def test_spellings_and_forms_of_a_word_meet(spellings):
    assert len({form(spelling).term for spelling in spellings}) == 1


@pytest.mark.parametrize(
    "spelling", ["Expert:innen", "Expert*innen", "Expert_innen", "ExpertInnen", "Expert/-innen"]
)
def test_every_gender_form_is_the_same_person(spelling):
    assert [form(word).term for word in german.split(spelling)] == ["expert"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("5.000", "5000"),
        ("5 000", "5000"),
        ("fünftausend", "5000"),
        ("zwanzigtausend", "20000"),
        ("achtzehn", "18"),
        ("zweiundzwanzig", "22"),
        ("E-Mail", "email"),
        ("Klein\u00adstadt", "kleinstadt"),
        ("Klein\u200bstadt", "kleinstadt"),
    ],
)
def test_numbers_and_what_comes_along_when_copying_have_one_spelling(typed, read):
    assert german.normalise(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "25. März 2021",
        "25.3.2021",
        "25.03.21",
        "25. 3. 21",
        "2021-03-25",
        "25 maerz 2021",
        "25ten März 21",
        "25. marz 2021",
        "25. MÄRZ 2021",
    ],
)
def test_a_day_is_the_same_day_however_it_is_written(typed):
    assert german.normalise(f"Was war am {typed}?") == "was war am 25marz marz 2021"


@pytest.mark.parametrize("typed", ["45.13.", "40. Mai", "3 Marzahner", "Nr. 7", "18:30 Uhr"])
def test_what_is_no_day_stays_as_it_is(typed):
    assert german.normalise(typed) == german.fold(" ".join(german._WORD.findall(typed)))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Burg", "Bürger"), ("Termin", "Term"), ("Wurzen", "Wurzel"), ("kosten", "Kostüm")],
)
def test_different_things_stay_apart(one, other):
    assert form(one).term != form(other).term


@pytest.mark.parametrize(
    ("question", "verb"),
    [
        ("Wie melde ich mich für ein Webinar an?", "anmelden"),
        ("wo findet das statt", "stattfinden"),
        ("Nehmen wir auch teil, wenn es regnet?", "teilnehmen"),
        ("Wer ruft mich zurück", "zurückrufen"),
    ],
)
def test_a_verb_whose_halves_stand_apart_is_one_verb(question, verb):
    assert list(german.joined_verbs(question)) == [verb]


def test_a_preposition_at_the_end_joins_nothing_that_german_does_not_have():
    assert list(german.joined_verbs("Das Rathaus, wo ist das bei")) == []


def test_a_compound_is_understood_by_its_parts():
    assert german.parts("kleinstadtakademie") == ("kleinstadt", "akademi")
    assert german.parts("leerstandsmelder") == ("leerstand", "melder")
    assert german.parts("bürgerxyz") == ()


def test_a_german_word_is_taken_as_meant_and_a_name_may_be_a_thing():
    assert form("wurzeln").known
    assert form("haeuser").known
    assert not form("creshkurs").known
    assert form("Leerstand").thing
    assert form("Zschopau").thing
    assert not form("schnell").thing


def test_what_curators_wrote_is_kept_and_means_the_same_afterwards():
    before = form("Stadträtin")
    german.keep(["stadtratin"])
    assert [form("Stadträtin"), form("STADTRÄTIN")] == [before, before]
    assert form("Stadtärztin") != before


nearly_dates = st.from_regex(dates._DATE, fullmatch=True)


@given(st.lists(st.one_of(st.text(max_size=20), nearly_dates), max_size=5))
def test_whatever_is_typed_can_be_read(pieces):
    line = german.normalise(" ".join(pieces))
    assert line == line.lower()
    for word in line.split():
        assert form(word[: german.LONGEST_WORD]).term is not None
