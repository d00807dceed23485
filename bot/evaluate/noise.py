"""The same question, typed worse: slips, no umlauts, all small, and all of it together.

What comes out depends on the question alone, so two rounds can be compared.
"""

import re
from itertools import pairwise
from random import Random

NOISES = ("tippfehler", "umlaute", "klein", "alles")

_WORD = re.compile(r"[^\W\d_]+")
_LONGER = 5  # letters; shorter words are typed right, or nobody could read them any more
_SLIPS = 0.25  # of them; people who type worse than this are rare
_KEYBOARD = ("qwertzuiopü", "asdfghjklöä", "yxcvbnm")


def noisy(question: str, noise: str) -> str:
    """The question with one of `NOISES`."""
    chance = Random(f"{noise}: {question}")  # noqa: S311 - repeatable is what it has to be
    match noise:
        case "tippfehler":
            return _mistyped(question, chance)
        case "umlaute":
            return _without_umlauts(question, chance)
        case "klein":
            return _small(question)
        case "alles":
            return _small(_without_umlauts(_mistyped(question, chance), chance))
        case _:
            raise ValueError(noise)


def _mistyped(question: str, chance: Random) -> str:
    """A slip in one of four longer words, and in one at least."""
    longer = [match.span() for match in _WORD.finditer(question) if len(match[0]) >= _LONGER]
    if not longer:
        return question
    unlucky = {span for span in longer if chance.random() < _SLIPS} or {chance.choice(longer)}
    for start, end in sorted(unlucky, reverse=True):
        question = question[:start] + _with_a_slip(question[start:end], chance) + question[end:]
    return question


def _with_a_slip(word: str, chance: Random) -> str:
    """Swapped, dropped, doubled, or the key beside; first letters are hardly ever wrong."""
    at = chance.randrange(1, len(word) - 1)
    letter, after = word[at], word[at + 1]
    kinds = ["drop", "double"]
    if letter != after:
        kinds.append("swap")
    beside = _NEIGHBOURS.get(letter.lower(), "")
    if beside:
        kinds.append("beside")
    match chance.choice(kinds):
        case "drop":
            typed = ""
        case "double":
            typed = letter * 2
        case "swap":
            return word[:at] + after + letter + word[at + 2 :]
        case _:
            typed = chance.choice(beside)
            typed = typed.upper() if letter.isupper() else typed
    return word[:at] + typed + word[at + 1 :]


def _without_umlauts(question: str, chance: Random) -> str:
    """As on a keyboard that has none: ä is ae or a, but a person sticks to one of them."""
    table = chance.choice((_SPELLED_OUT, _BARE))
    return question.translate(table)


def _small(question: str) -> str:
    """No capitals and no punctuation; a message of nothing else stays what it is."""
    words = re.sub(r"[^\w\s]|_", " ", re.sub(r"['’]", "", question.lower())).split()
    return " ".join(words) or question


def _neighbours() -> dict[str, str]:
    """The keys beside each key, in its row and, shifted by half a key, below and above."""
    found: dict[str, set[str]] = {letter: set() for row in _KEYBOARD for letter in row}
    for row in _KEYBOARD:
        for left, right in pairwise(row):
            found[left].add(right)
            found[right].add(left)
    for upper, lower in pairwise(_KEYBOARD):
        for number, letter in enumerate(lower):
            for other in upper[number : number + 2]:
                found[letter].add(other)
                found[other].add(letter)
    return {letter: "".join(sorted(others)) for letter, others in found.items()}


_NEIGHBOURS = _neighbours()
_SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
)
_BARE = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "Ä": "A", "Ö": "O", "Ü": "U", "ß": "ss"})
