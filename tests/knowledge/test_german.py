"""People spell as they speak; one thing in many spellings is one thing."""

import pytest

from knowledge import german


def terms(text: str) -> set[str]:
    return {word.term for word in german.words(text)}


@pytest.mark.parametrize(
    "spellings",
    [
        ["Kleinstädte", "kleinstaedte", "Kleinstadte", "KLEINSTADT", "Kleinstadt"],
        ["Bürgermeister", "buergermeister", "Burgermeister", "Bürgermeisterinnen"],
        ["Förderung", "foerderung", "fördern", "gefördert"],
        ["Anmeldung", "anmelden", "angemeldet"],
        ["Teilnahme", "teilnehmen"],
        ["Moderation", "moderieren"],
        ["Digitalisierung", "digital", "digitale"],
        ["Straße", "Strasse", "strassen"],
        ["leerstand", "Leerstand", "Leerstände"],
        ["E-Mail", "email", "Email"],
        ["Webtalk", "Webtalks"],
        ["5.000", "5000", "5 000"],
    ],
)
def test_spellings_and_forms_of_a_word_meet(spellings):
    assert len({frozenset(terms(spelling)) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    "spelling",
    [
        "Expert:innen",
        "Expert*innen",
        "Expert_innen",
        "ExpertInnen",
        "Expert/-innen",
        "Expert: innen",
        "Expertinnen und Experten",
        "Experten",
        "Expertin",
    ],
)
def test_every_gender_form_is_the_same_person(spelling):
    assert terms(spelling) == {"expert"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Burg", "Bürger"), ("Termin", "Term"), ("Wurzen", "Wurzel"), ("kosten", "Kostüm")],
)
def test_different_things_stay_apart(one, other):
    assert terms(one) != terms(other)


def test_small_words_carry_nothing_and_question_words_little():
    assert german.words("Was ist denn das, bitte?") == ()
    (when, fest) = german.words("Wann ist das Stadtfest?")
    assert when.weight < fest.weight


def test_the_question_counts_more_than_the_story_around_it():
    story, question = german.words("Wir haben ein Rathaus. Was ist ein Webinar?")
    assert story.weight < question.weight


def test_a_compound_is_understood_by_parts_that_are_known():
    assert german.parts("kleinstadtakademie", {"kleinstadt", "akademi"}) == (
        "kleinstadt",
        "akademi",
    )
    assert german.parts("expertenpool", {"expert", "pool"}) == ("expert", "pool")
    assert german.parts("leerstandsmelder", {"leerstand", "melder"}) == ("leerstand", "melder")
    assert german.parts("burgerburo", {"buro"}) == ()


def test_a_german_word_is_taken_as_meant():
    assert german.is_known("wurzeln")
    assert german.is_known("haeuser")
    assert not german.is_known("creshkurs")
