"""Read a question: put slips right, and add what people may also have said."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from knowledge import german
from knowledge.grams import grams
from knowledge.mending import Mender
from knowledge.models import Synonyms
from knowledge.thesaurus import Added, Thesaurus
from knowledge.words import Words


@dataclass(frozen=True)
class Reading:
    """A question as it was understood. All words are folded."""

    words: tuple[str, ...]
    things: frozenset[str] = frozenset()  # those that may name something
    mended: tuple[tuple[str, str], ...] = ()  # (typed, meant)
    added: tuple[Added, ...] = ()
    typed: tuple[str, ...] = ()  # as written, slips mended

    @property
    def line(self) -> str:
        """All words in a row, for literal comparison."""
        return " ".join(self.words)

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """The words that say what the question is about, each once."""
        return tuple(dict.fromkeys(w for w in self.words if w not in german.SMALL_WORDS))

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The groups of letters of each word, typed or added."""
        return {word: grams(word) for word in (*self.words, *(one.word for one in self.added))}

    @cached_property
    def weights(self) -> dict[str, float]:
        """The question's groups of letters, with what each counts."""
        found = dict.fromkeys(chain.from_iterable(map(self.groups.__getitem__, self.words)), 1.0)
        for added in self.added:
            for gram in self.groups[added.word]:
                if found.get(gram, 0.0) < added.weight:
                    found[gram] = added.weight
        return found


class Reader:
    """Reads questions to texts that use these words (folded, with how often).

    It can be carried from one process to another.
    """

    def __init__(self, used: Mapping[str, int], synonyms: Synonyms) -> None:
        self.used = used
        self._mender = Mender(used)
        self._thesaurus = Thesaurus(synonyms, sorted(used))

    def read(self, question: Words) -> Reading:
        """Of a very long message its beginning and its end."""
        question = _trimmed(question)
        forms, typed, mended = [], [], []
        for word in question.typed[:_MOST_WORDS]:
            form = question.form(word)
            if meant := self._mender.meant(form):
                mended.append((form.folded, meant))
                form = german.form(meant)
            forms.append(form)
            typed.append(meant or word)
        added = list(self._thesaurus.add(forms))
        for verb in map(german.fold, german.joined_verbs(question.text)):
            added.append(Added(verb, verb, _JOINED))
        return Reading(
            words=tuple(form.folded for form in forms),
            things=frozenset(form.folded for form in forms if form.thing),
            mended=tuple(mended),
            added=tuple(added),
            typed=tuple(typed),
        )


def _trimmed(question: Words) -> Words:
    text = question.text
    if len(text) <= _LONGEST_QUESTION:
        return question
    half = _LONGEST_QUESTION // 2
    return Words(f"{text[:half]}\n{text[-half:]}")


# A verb whose halves stood apart was typed, if not as one word.
_JOINED = 0.7
# Bounds for whoever pastes a whole letter: enough for any question.
_LONGEST_QUESTION = 1200
_MOST_WORDS = 200
