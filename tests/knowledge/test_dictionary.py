"""The dictionary is unpacked once, says the same as the packed one, and can be done without."""

import random

import pytest
from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

from knowledge import dictionary


@pytest.fixture(scope="module")
def packed():
    return LOW_MEMORY_DICTIONARY_FACTORY.get_dictionary("de")


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A new installation: nothing is unpacked yet, and there is another place for it."""
    monkeypatch.setattr(dictionary, "folders", lambda: iter([tmp_path / "neu"]))
    dictionary._loaded.cache_clear()
    yield tmp_path / "neu"
    dictionary._loaded.cache_clear()


def test_every_word_has_the_form_that_the_packed_dictionary_gives_it(packed):
    words = random.Random(1887).sample(sorted(packed), 3000)
    known = dictionary.dictionary()
    assert {word: known.get(word) for word in words} == {word: packed.get(word) for word in words}
    assert known.get("Bürxbüro") is None
    assert known.get("") is None


def test_who_asks_first_finds_it_unpacked_from_then_on(elsewhere, monkeypatch):
    # The process that unpacks looks for its own folders; here it is this one.
    monkeypatch.setattr(dictionary.subprocess, "run", lambda *_, **__: dictionary._unpack())
    made = dictionary.prepare()
    assert made is not None
    assert [path.name for path in elsewhere.iterdir()] == [made.name]
    assert dictionary.dictionary().get("Kleinstädte") == "Kleinstadt"
    before = made.stat().st_mtime_ns
    assert dictionary.prepare() == made
    assert made.stat().st_mtime_ns == before


def test_where_nothing_can_be_written_words_are_known_all_the_same(elsewhere, monkeypatch):
    elsewhere.write_text("hier ist kein Platz")
    monkeypatch.setattr(dictionary.subprocess, "run", lambda *_, **__: dictionary._unpack())
    assert dictionary.prepare() is None
    assert dictionary.dictionary().get("Kleinstädte") == "Kleinstadt"
    assert elsewhere.read_text() == "hier ist kein Platz"
