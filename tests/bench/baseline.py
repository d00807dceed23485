"""The baselines: the best that was found with and without embeddings before we had an engine.

From the comparison in our design notes ("Finding the right entry: what was
measured"), the row that fuses two usual scores after mending the question:

- BM25 over folded lemmas and the parts of compounds counts 0.4,
- the cosine of TF-IDF over character 3- to 5-grams of question and answer 0.6,

both from 0 to 1 on one scale for all questions, so that the sum of the best entry
also says whether there is an answer at all. The question is mended as for our own
engine. What the notes leave open was chosen in the baseline's favour: lemmas of
small words are left out, groups of characters stay within words. Nothing here
has to be fast or small.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.evaluate.asking import RANKED, Asked
from bot.evaluate.reading import Question
from knowledge import german
from knowledge.mending import Mender
from knowledge.models import Entry
from knowledge.semantic import Models

Vector = NDArray[np.float64]

LEMMAS, CHARACTERS = 0.4, 0.6
E5_LEAST, E5_SPAN = 0.78, 0.16  # between these lie the cosines of all texts
K1, B = 1.2, 0.75  # as everywhere
SHORTEST, LONGEST = 3, 5  # characters of a group


class Baseline:
    """A FAQ, each entry one text: its question and its answer."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._ids = [entry.id for entry in entries]
        texts = [german.split(f"{_question(entry)} {entry.answer}") for entry in entries]
        used = Counter(german.fold(word) for text in texts for word in text)
        self._spelt = {german.fold(word): word for text in texts for word in text}
        self._mender = Mender(used)
        self._lemmas = _Bm25([Counter(_terms(text)) for text in texts])
        self._characters = _TfIdf([Counter(_groups(text)) for text in texts])

    def scores(self, question: str) -> Vector:
        """How good each entry is, from 0 to 1."""
        words = [self._mended(word) for word in german.split(question)]
        lemmas = self._lemmas.scores(Counter(_terms(words)))
        return LEMMAS * lemmas + CHARACTERS * self._characters.scores(Counter(_groups(words)))

    def mended(self, question: str) -> str:
        """The question as it is compared."""
        return " ".join(map(self._mended, german.split(question)))

    def characters(self, question: str) -> Vector:
        """How good each entry is by its groups of characters alone."""
        return self._characters.scores(Counter(_groups(self.mended(question).split())))

    def asked(self, question: Question) -> Asked:
        """What came of a question, as for our own engine; no reply is decided on."""
        scores = self.scores(question.question)
        best = [self._ids[place] for place in np.argsort(-scores, kind="stable")[:RANKED]]
        return Asked(
            question.question,
            question.expected,
            question.voice,
            question.near,
            question.chat,
            confidence=float(scores.max()),
            rank=next((n for n, key in enumerate(best, start=1) if key in question.expected), None),
        )

    def _mended(self, word: str) -> str:
        """The word as the FAQ spells it: with its umlauts, and without slips."""
        form = german.form(word)
        folded = self._mender.meant(form) or form.folded
        return self._spelt.get(folded, word)


class SemanticBaseline(Baseline):
    """The same with the models of the extra `semantik`.

    What the notes leave open was tried: with question and answer together as the passage
    it finds more than with the question alone (62.0 instead of 50.5 % and 45.7 instead of
    32.7 % first hits on our two FAQs), so that is what we are compared with.
    """

    def __init__(self, entries: Sequence[Entry], models: Models) -> None:
        super().__init__(entries)
        self._models = models
        texts = [f"{_question(entry)} {entry.answer}" for entry in entries]
        self._passages = models.passage(texts)
        self._sentences = models.sentences(texts)

    def scores(self, question: str) -> Vector:
        # The model of questions knows nouns by their capitals, so it reads what was typed.
        e5 = self._passages @ self._models.question([question]).reshape(-1)
        sentence = self._sentences @ self._models.sentence([self.mended(question)])[0]
        on_a_scale = np.clip((e5 - E5_LEAST) / E5_SPAN, 0, 1)
        found: Vector = (on_a_scale + sentence + self.characters(question)) / 3
        return found


def _question(entry: Entry) -> str:
    # A title may be shortened, the way of asking is not.
    return entry.asked_as[0]


def _terms(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if german.fold(word) not in german.SMALL_WORDS:
            yield german.form(word).term
            yield from german.parts(word)


def _groups(words: Sequence[str]) -> Iterator[str]:
    """Groups of characters within words, whose edges are marked by blanks."""
    for word in words:
        padded = f" {german.fold(word)} "
        for length in range(SHORTEST, LONGEST + 1):
            for start in range(max(1, len(padded) - length + 1)):
                yield padded[start : start + length]


class _Counts:
    """How often (columns are terms) each text (rows) has what."""

    def __init__(self, texts: Sequence[Counter[str]]) -> None:
        names = dict.fromkeys(term for text in texts for term in text)
        self.place = {term: number for number, term in enumerate(names)}
        self.times = np.zeros((len(texts), len(self.place)))
        for row, text in enumerate(texts):
            for term, times in text.items():
                self.times[row, self.place[term]] = times
        self.spread = (self.times > 0).sum(axis=0)


class _Bm25:
    """Divided by what a question could reach at the most, which is one scale for all."""

    def __init__(self, texts: Sequence[Counter[str]]) -> None:
        counts = _Counts(texts)
        self._place = counts.place
        number = len(texts)
        self._rarity = np.log(1 + (number - counts.spread + 0.5) / (counts.spread + 0.5))
        self._unseen = float(np.log(1 + (number + 0.5) / 0.5))
        length = counts.times.sum(axis=1, keepdims=True)
        shrink = K1 * (1 - B + B * length / length.mean())
        self._values = self._rarity * counts.times / (counts.times + shrink)

    def scores(self, question: Counter[str]) -> Vector:
        known = [self._place[term] for term in question if term in self._place]
        most = self._rarity[known].sum() + self._unseen * (len(question) - len(known))
        found: Vector = self._values[:, known].sum(axis=1) / (most or 1.0)
        return found


class _TfIdf:
    """The cosine of two vectors; what no text has makes the question's longer."""

    def __init__(self, texts: Sequence[Counter[str]]) -> None:
        counts = _Counts(texts)
        self._place = counts.place
        number = 1 + len(texts)
        self._rarity = np.log(number / (1 + counts.spread)) + 1
        self._unseen = float(np.log(number)) + 1
        values = np.log1p(counts.times) * self._rarity
        self._values = values / np.linalg.norm(values, axis=1, keepdims=True)

    def scores(self, question: Counter[str]) -> Vector:
        known = [term for term in question if term in self._place]
        places = [self._place[term] for term in known]
        times = np.log1p([question[term] for term in known])
        strange = [np.log1p(question[t]) * self._unseen for t in question.keys() - set(known)]
        weights = times * self._rarity[places]
        length = np.linalg.norm([*weights, *strange])
        found: Vector = self._values[:, places] @ weights / (length or 1.0)
        return found
