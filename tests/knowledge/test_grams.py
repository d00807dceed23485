"""Letters in groups find what shares no whole word, on one scale for all questions."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.grams import Grams, Likeness, grams
from knowledge.reading import Reading

ITEMS = [
    ([["wie", "beleben", "wir", "leere", "laden"], ["leerstand"]], ["zwischennutzung", "hilft"]),
    ([["wo", "bekommen", "wir", "fordermittel"], ["zuschuss"]], ["fragen", "sie", "das", "land"]),
    ([["was", "ist", "ein", "crashkurs"], ["schnelle", "weiterbildung"]], ["man", "lernt"]),
]


@dataclass(frozen=True)
class Word:
    word: str
    because: str
    weight: float = 0.4


@pytest.fixture(scope="module")
def index():
    return Grams(ITEMS)


def asked(*words: str, added: tuple = ()) -> Reading:
    return Reading(words=words, things=frozenset(words), added=added)


def seen(index: Grams, question: Reading) -> list[Likeness]:
    near = index.nearest(question)
    return [near.look(place) for place in range(len(near.items))]


def test_a_word_is_cut_into_groups_with_its_edges():
    assert grams("laden") == (" lad", "lade", "aden", "den ")
    assert grams("wo") == (" wo ",)
    assert grams("a") == (" a ",)


@pytest.mark.parametrize(
    ("words", "item"),
    [
        (["leerstehende", "geschafte"], 0),
        (["leerstandsmanagement"], 0),
        (["fordertopf"], 1),
        (["crashkurse"], 2),
        (["weiterbilden"], 2),
    ],
)
def test_other_forms_and_compounds_of_a_word_find_it(index, words, item):
    assert index.nearest(asked(*words)).items[0] == item


def test_what_a_question_says_beside_it_stays_unexplained(index):
    alone = index.nearest(asked("zuschuss")).look(0)
    beside = index.nearest(asked("zuschuss", "biotonne", "wertstoffhof")).look(0)
    assert alone.explained == pytest.approx(1)
    assert beside.explained < 0.5
    assert beside.shares[0] > 0.9 > 0.5 > beside.shares[1]
    assert beside.score < alone.score


def test_a_word_that_stands_for_another_one_explains_it(index):
    plain = seen(index, asked("subvention"))
    helped = seen(index, asked("subvention", added=(Word("zuschuss", "subvention"),)))
    assert helped[0].item == 1
    assert helped[0].explained > max([hit.explained for hit in plain], default=0)


def test_nothing_finds_nothing(index):
    assert seen(index, asked()) == []
    assert seen(index, asked("xyzzy")) == []
    assert seen(Grams([]), asked("zuschuss")) == []


words = st.text("abcdefgh", min_size=1, max_size=9)
texts = st.lists(words, max_size=6)


@given(
    st.lists(st.tuples(st.lists(texts, min_size=1, max_size=4), texts), min_size=1, max_size=8),
    texts,
)
def test_every_figure_stays_between_nothing_and_all(items, question):
    found = seen(Grams(items), asked(*question))
    scores = [likeness.score for likeness in found]
    assert scores == sorted(scores, reverse=True)
    for likeness in found:
        figures = (likeness.score, likeness.whole, likeness.alike, likeness.explained)
        assert all(-1e-6 <= figure <= 1 + 1e-6 for figure in (*figures, *likeness.shares))
