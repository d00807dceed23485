"""Slips of the fingers are put right, and nothing else is."""

import pytest

from knowledge.german import form
from knowledge.mending import Mender


@pytest.fixture(scope="module")
def mender():
    return Mender(
        {"crashkurs": 9, "leerstand": 7, "kleinstadtakademie": 5, "webinar": 5, "seminar": 1}
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("creshkurs", "crashkurs"),
        ("Crashkrus", "crashkurs"),
        ("krashkurs", "crashkurs"),
        ("leerstnad", "leerstand"),
        ("leersand", "leerstand"),
        ("kleinstadtakedemei", "kleinstadtakademie"),
        ("wehbinar", "webinar"),
    ],
)
def test_a_slip_becomes_the_word_of_ours_that_is_near(mender, typed, meant):
    assert mender.meant(form(typed)) == meant


@pytest.mark.parametrize(
    "typed", ["Crashkurs", "Kursbuch", "Seminare", "Leerstelle", "kurs", "12345678", "Xylophonius"]
)
def test_german_words_and_names_stay_what_they_are(mender, typed):
    assert mender.meant(form(typed)) is None


def test_of_two_that_are_as_near_the_commoner_is_meant():
    mender = Mender({"kosten": 1, "posten": 8})
    assert mender.meant(form("xosten")) == "posten"


def test_a_letter_may_be_missing_from_a_word_of_five():
    assert Mender({"markt": 3}).meant(form("makt")) == "markt"


def test_a_slip_that_looks_like_a_compound_is_put_right_and_another_compound_is_not():
    mender = Mender({"rathausleute": 2})
    assert mender.meant(form("rathaussleute")) == "rathausleute"
    assert mender.meant(form("rathausmeute")) is None
