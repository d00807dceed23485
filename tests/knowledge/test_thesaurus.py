"""What people say leads to what our texts say; never to words that our texts lack."""

import pytest

from knowledge import german
from knowledge.models import Synonyms
from knowledge.thesaurus import Thesaurus

SYNONYMS = Synonyms(
    alike=(("Kosten", "Gebühr", "Preis"), ("Laden", "Geschäft"), ("Kamel", "Dromedar")),
    said={"knete": "Gebühr", "small town": "Kleinstadt", "town": "Stadt"},
)
USED = sorted(["gebuhr", "laden", "kleinstadt", "stadt", "kostenfrei"])


def added(question: str) -> dict[str, str]:
    thesaurus = Thesaurus(SYNONYMS, sorted(german.fold(word) for word in USED))
    forms = [german.form(word) for word in german.split(question)]
    return {one.word: one.because for one in thesaurus.add(forms)}


def test_a_word_brings_its_synonyms_that_our_texts_have():
    assert added("Was für ein Preis?") == {"gebuhr": "preis", "kosten": "preis"}
    assert added("Preise") == {"gebuhr": "preise", "kosten": "preise"}
    assert added("Geschäfte") == {"laden": "geschafte"}


def test_a_word_that_leads_nowhere_brings_nothing():
    assert added("Wo steht das Kamel?") == {}


def test_what_people_say_is_translated_also_in_two_words():
    assert added("what is a small town")["kleinstadt"] == "small"
    assert added("Wieviel Knete?")["gebuhr"] == "knete"


def test_small_words_bring_nothing():
    assert added("und was ist mit dem, wie geht das?") == {}


@pytest.mark.parametrize("group", [[], ["eins"], ["Preis", "Preis"]])
def test_a_group_of_one_word_is_refused(group):
    with pytest.raises(ValueError, match="two different words"):
        Synonyms.model_validate({"alike": [group]})
