"""The parts of a message: several questions in one, and a question that goes on."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from knowledge import german
from knowledge.words import Words

MOST = 3  # questions of one message that are answered one by one


def questions(message: str) -> tuple[str, ...]:
    """The questions of a message that asks two or three; else nothing.

    "Was kostet das, und wo melde ich mich an?" asks two. What only tells a story
    around a question is no part of its own.
    """
    asking = list(_asking(message))
    if len(asking) < 2:
        return ()
    found = tuple(_AND.sub("", part) for part in asking if _says_something(part))
    return found if 2 <= len(found) <= MOST else ()


def points_back(question: Words) -> bool:
    """Whether it says "das" for what it is about: "und was kostet das?"."""
    words = question.folded
    if not 0 < len(words) <= _SHORT:
        return False
    # "das Rathaus" points at nothing, "kostet das?" and "ist das hier?" do.
    return any(
        word in _POINTING and (after is None or after in german.SMALL_WORDS)
        for word, after in zip_longest(words, words[1:])
    )


def goes_on(question: Words) -> bool:
    """Whether it begins as if something went before: "und online?"."""
    words = question.folded
    return 0 < len(words) <= _SHORT and words[0] in _GOES_ON


def _asking(message: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(message):
        if not sentence.rstrip().endswith("?"):
            continue
        pieces = _JOINT.split(sentence)
        if len(pieces) > 1 and all(_says_something(piece) for piece in pieces):
            yield from pieces
        else:
            yield sentence


def _says_something(part: str) -> bool:
    words = german.normalise(part).split()
    if any(word not in german.SMALL_WORDS for word in words):
        return True
    return len(words) > _MERE and words[0] in _ASKING


_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
# Two questions in one sentence: the second begins with a question word of its own.
_JOINT = re.compile(
    r",?\s+und\s+(?=(?:wer|wen|wem|wo|wohin|woher|wann|warum|wieso|wie|was|welche[rsmn]?|womit|wozu)\b)",
    re.IGNORECASE,
)
_ASKING = german.QUESTION_WORDS | {"wie", "was", "welche", "welcher", "welches"}
_AND = re.compile(r"^\s*(?:und|oder|dann|außerdem)\s+", re.IGNORECASE)
_MERE = 2  # "Wer und was" asks nothing yet, "Wer darf denn kommen" does
_SHORT = 8  # words; longer questions say themselves what they are about
_GOES_ON = frozenset({"und", "aber", "auch", "oder", "dann"})
_POINTING = frozenset(
    german.normalise(
        "das dafür dazu davon daran dabei dort da es sie ihn er die der dem denen dessen so hin"
    ).split()
)
