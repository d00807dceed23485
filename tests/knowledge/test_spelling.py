"""Models read a question as somebody careful would have typed it."""

import pytest

from knowledge.models import Synonyms
from knowledge.reading import Reader
from knowledge.spelling import Spelling
from knowledge.words import Words

TEXTS = (
    "Wie ändere ich meinen Abschlag?",
    "Den Abschlag ändern Sie im Kundenportal. Habe ich zu viel bezahlt, dann gibt es Geld zurück.",
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("wie aendere ich den abschlag", "Wie ändere ich den Abschlag?"),
        ("WIE ÄNDERE ICH DEN ABSCHLAG", "Wie ändere ich den Abschlag?"),
        ("abschlga andern", "Abschlag ändern?"),
        ("wo ist das kundenportal", "Wo ist das Kundenportal?"),
        ("was kann ich ueberweisen", "Was kann ich überweisen?"),
        ("Brücke gesperrt!!", "Brücke gesperrt?"),
    ],
)
def test_umlauts_capitals_and_the_question_mark_come_back(typed, read):
    used = {"abschlag": 2, "andern": 1, "andere": 1, "kundenportal": 1}
    reading = Reader(used, Synonyms()).read(Words(typed))
    assert Spelling(TEXTS).line(reading) == read


def test_a_word_keeps_no_capital_that_it_has_at_the_beginning_of_sentences_alone():
    reading = Reader({}, Synonyms()).read(Words("ich kann es"))
    assert Spelling(["Kann ich kommen? Kann ich gehen?"]).line(reading) == "Ich kann es?"


def test_without_texts_the_dictionary_helps():
    reading = Reader({}, Synonyms()).read(Words("muell im hof"))
    assert Spelling([]).line(reading) == "Müll im Hof?"
