"""With the extra, questions are found by what they mean; without it nothing is missing.

The models themselves are a stand-in here: they know two meanings.
"""

import numpy as np
import pytest

from knowledge import semantic
from knowledge.confidence import BY_MODELS, Evidence
from knowledge.load import load
from knowledge.search import Knowledge
from knowledge.semantic import ByModels, _Kept

MEANINGS = ({"leerstand", "laden", "verwaist", "schaufenster"}, {"geld", "forder", "zuschuss"})


def encoded(texts):
    """How often a text touches each of the two meanings; the third part is the same for all."""
    rows = []
    for text in texts:
        low = text.lower().replace("ä", "a").replace("ö", "o")
        row = [sum(word in low for word in words) for words in MEANINGS]
        vector = np.array([*row, 0.1], dtype=np.float32)
        rows.append(vector / np.linalg.norm(vector))
    return np.array(rows)


class Models:
    def __init__(self, folder=None):
        self.question = self.sentence = encoded
        self.passage = _Kept(encoded, folder, "passage")
        self.sentences = _Kept(encoded, folder, "sentence")


def test_what_shares_no_letters_is_found_by_its_meaning(folder):
    question = "Verwaiste Schaufenster!"
    by_models = Knowledge(load(folder, fallback_texts=False), Models()).search(question)
    assert by_models[0].id == "leerstand"
    assert by_models[0].meant > 0.5


def test_the_meaning_is_on_one_scale():
    by_models = ByModels(Models(), [(("Leere Läden",), "Leerstand"), (("Zuschuss",), "Geld")])
    for question in ("Schaufenster", "Geld", "etwas ganz anderes", ""):
        found = by_models.alike(question)
        assert found.shape == (2,)
        assert ((found >= 0) & (found <= 1)).all()
    assert ByModels(Models(), []).alike("Geld").shape == (0,)


def test_what_was_found_by_models_is_judged_by_curves_of_its_own(folder):
    library = load(folder, fallback_texts=False)
    for models in (None, Models()):
        known = Knowledge(library, models)
        evidence = Evidence.of(*known.look_up("Verwaiste Schaufenster!"))
        assert evidence.curve.endswith(BY_MODELS) is (models is not None)
        assert 0 < evidence.right() <= evidence.near() < 1


def test_what_was_computed_is_kept_and_only_new_texts_are_computed(tmp_path):
    computed = []

    def counting(texts):
        computed.extend(texts)
        return encoded(texts)

    first = _Kept(counting, tmp_path / "new", "use")(["Laden", "Geld"])
    assert computed == ["Laden", "Geld"]
    again = _Kept(counting, tmp_path / "new", "use")
    assert np.array_equal(again(["Geld", "Laden"]), first[::-1])
    assert np.array_equal(again(["Zuschuss"]), encoded(["Zuschuss"]))
    assert computed == ["Laden", "Geld", "Zuschuss"]


def test_a_damaged_file_is_only_a_lost_moment(tmp_path):
    (tmp_path / "use.npz").write_bytes(b"damaged")
    assert np.array_equal(_Kept(encoded, tmp_path, "use")(["Laden"]), encoded(["Laden"]))


@pytest.mark.skipif(not semantic.available(), reason="the extra is not installed")
def test_the_real_models_know_what_belongs_together(folder):
    known = Knowledge(load(folder, fallback_texts=False), semantic.Models())
    assert known.search("Schaufenster verwaist, Geschäfte zugesperrt")[0].id == "leerstand"
