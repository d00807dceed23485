"""Tell what is not a question: greetings, thanks, the wish for a person, an emergency."""

from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge import german
from knowledge.models import Texts
from knowledge.words import Words


def understand(texts: Texts, message: Words) -> str | None:
    """The name of the small talk that a message is, or None. An emergency wins, then a person."""
    if len(message.text) > _LONGEST_MESSAGE:
        half = _LONGEST_MESSAGE // 2
        message = Words(f"{message.text[:half]} {message.text[-half:]}")
    return _small_talk(texts).name(message)


class _SmallTalk:
    """The texts' `understand`, prepared for comparing."""

    def __init__(self, texts: Texts) -> None:
        order = sorted(texts.understand, key=lambda name: _FIRST.get(name, len(_FIRST)))
        self._whole: dict[str, str] = {}
        # By their first word, so that a message is compared with few of them.
        self._inside: dict[str, list[tuple[str, str]]] = {}
        for name in order:
            talk = texts.understand[name]
            for phrase in talk.phrases:
                self._whole.setdefault(german.normalise(phrase), name)
            for part in map(german.normalise, talk.contains):
                self._inside.setdefault(part.partition(" ")[0], []).append((f" {part} ", name))
        said = [*self._whole, *(part for parts in self._inside.values() for part, _ in parts)]
        self._words = sorted({word for phrase in said for word in phrase.split()})
        self._known = frozenset(self._words)
        # By the length of what is typed: a single slip makes a word longer by one at the most.
        self._mendable: dict[int, list[str]] = {}
        for word in self._words:
            if len(word) >= _MENDABLE:
                for length in (len(word) - 1, len(word), len(word) + 1):
                    self._mendable.setdefault(length, []).append(word)
        self._rank: Mapping[str, int] = {name: number for number, name in enumerate(order)}

    def name(self, message: Words) -> str | None:
        words = list(self._mended(message))
        if not words:
            return None
        line = f" {' '.join(words)} "
        names = {
            name for word in words for part, name in self._inside.get(word, ()) if part in line
        }
        if len(words) <= _LONGEST_PHRASE:
            names |= {name for form in _bare(words) if (name := self._whole.get(form))}
        return min(names, key=self._rank.__getitem__, default=None)

    def _mended(self, message: Words) -> Iterator[str]:
        """The message's words, with single slips in longer words put right."""
        budget = _MOST_MENDED
        for word, folded in zip(message.typed, message.folded, strict=True):
            if folded in self._known or not _MENDABLE <= len(folded) <= german.LONGEST_WORD:
                yield folded
            elif budget and not message.form(word).known:
                budget -= 1
                near = self._mendable.get(len(folded), ())
                meant = process.extractOne(folded, near, scorer=OSA.distance, score_cutoff=1)
                yield folded if meant is None else meant[0]
            else:
                yield folded


def _bare(words: Sequence[str]) -> Iterator[str]:
    """The whole message, and what is left of it without the courtesies around it."""
    yield " ".join(words)
    start, end = 0, len(words)
    while start < end and words[start] in _COURTESY:
        start += 1
    while end > start and words[end - 1] in _COURTESY:
        end -= 1
    if 0 < end - start < len(words):
        yield " ".join(words[start:end])


# The texts of a running hotline change only when its content does, so the last
# ones prepared are nearly always the ones asked for.
_prepared: list[tuple[Texts, _SmallTalk]] = []


def _small_talk(texts: Texts) -> _SmallTalk:
    for known, talk in _prepared:
        if known is texts:
            return talk
    talk = _SmallTalk(texts)
    _prepared[:] = [(texts, talk), *_prepared[:1]]
    return talk


# When several match: somebody in danger before everything, somebody who asks for a
# person before anything a program could say.
_FIRST = {"emergency": 0, "human": 1}
_COURTESY = frozenset(
    german.normalise(
        "Hallo hi hey moin servus guten Tag Morgen Abend bitte danke mal ja ok okay also und Hilfe"
    ).split()
)

# What no channel lets through; somebody in danger is still heard at either end of it.
_LONGEST_MESSAGE = 20_000
_MENDABLE = 5  # below five letters one slip makes most words another word
_LONGEST_PHRASE = 14  # words; longer messages are never small talk as a whole
_MOST_MENDED = 100  # bounds what a page of noise can cost
