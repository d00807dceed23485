"""A FAQ as large as one likes, which looks like German to an index.

Its words are those of our content and of the FAQs beside this file, as often as they
are used there, and compounds of their nouns. So a few words are everywhere and most
are rare, and words are as long as in our answers. What it says means nothing. The
same number always makes the same entries, and a smaller FAQ begins a larger one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge import german
from knowledge.load import load, load_plain, shipped
from knowledge.models import Entry

FAQS = {name: Path(__file__).with_name("faq") / name for name in ("stadtwerke", "hochschule")}

SEED = 1887
COMPOUNDS = 60_000  # more than a hundred thousand entries use
AT_ONCE = 1000  # entries are drawn, which is quicker than one by one
# Of the words of an answer, and of what a question is about, these are compounds.
_MADE, _MADE_ASKED = 0.03, 0.15

_SHORTEST, _LONGEST = 20, 30  # words of an answer
_SENTENCE = 10  # words
_ASKED = (1, 4)  # words of a question after its opening, the last not included
_OPENINGS = (
    "Wie bekomme ich",
    "Wo finde ich",
    "Wann beginnt",
    "Was kostet",
    "Wer hilft bei",
    "Wer ist zuständig für",
    "Kann ich etwas ändern an",
    "Welche Unterlagen brauche ich für",
    "Gibt es bei Ihnen",
    "Wie lange dauert",
    "Muss ich etwas tun wegen",
    "Warum braucht man",
)


def faq(name: str) -> tuple[Entry, ...]:
    """One of `FAQS`."""
    return load_plain(FAQS[name].with_suffix(".entries.jsonl"))


def generated(number: int) -> list[Entry]:
    """So many entries."""
    return list(islice(_entries(), number))


def _entries() -> Iterator[Entry]:
    words, nouns, often, seldom = _vocabulary()
    dice = np.random.default_rng(SEED)
    today = datetime(2025, 1, 1, tzinfo=UTC).date()
    number = 0
    while True:
        lengths = dice.integers(_SHORTEST, _LONGEST + 1, AT_ONCE)
        said = iter([words[place] for place in _drawn(dice, often, int(lengths.sum()))])
        counts = dice.integers(*_ASKED, AT_ONCE)
        asked = iter([nouns[place] for place in _drawn(dice, seldom, int(counts.sum()))])
        openings = dice.integers(0, len(_OPENINGS), AT_ONCE)
        for opening, count, length in zip(openings, counts, lengths, strict=True):
            question = " ".join((_OPENINGS[opening], *islice(asked, int(count)))) + "?"
            yield _entry(number, question, _text(list(islice(said, int(length)))), today)
            number += 1


def _entry(number: int, question: str, answer: str, day: date) -> Entry:
    return Entry.model_construct(
        id=f"generated-{number}",
        title=question,
        asked_as=(question,),
        answer=answer,
        topics=(),
        source="",
        checked_on=day,
    )


def _text(words: list[str]) -> str:
    sentences = [words[start : start + _SENTENCE] for start in range(0, len(words), _SENTENCE)]
    lines = [" ".join(sentence) for sentence in sentences]
    return " ".join(f"{line[0].upper()}{line[1:]}." for line in lines)


@cache
def _vocabulary() -> tuple[list[str], list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Words for answers and for what is asked about, and the chances of each of them."""
    counts = Counter(word for text in _texts() for word in re.findall(r"[^\W\d_]+", text))
    nouns = [word for word, _ in counts.most_common() if _noun(word)]
    dice = np.random.default_rng(SEED)
    # Common nouns make most of the compounds, as they do in life.
    common = _cumulated(np.array([counts[noun] for noun in nouns]))
    heads, tails = (_drawn(dice, common, 2 * COMPOUNDS) for _ in range(2))
    pairs = dict.fromkeys(zip(heads.tolist(), tails.tolist(), strict=True))
    made = [_joined(nouns[head], nouns[tail]) for head, tail in pairs if head != tail]
    compounds = list(islice(dict.fromkeys(made), COMPOUNDS))
    zipf = 1 / np.arange(1, len(compounds) + 1)

    def chances(words: Iterable[str], share: float) -> NDArray[np.float64]:
        often = np.array([counts[word] for word in words])
        return _cumulated(
            np.concatenate([(1 - share) * often / often.sum(), share * zipf / zipf.sum()])
        )

    return (
        [*counts, *compounds],
        [*nouns, *compounds],
        chances(counts, _MADE),
        chances(nouns, _MADE_ASKED),
    )


def _texts() -> Iterator[str]:
    for entries in (load(shipped()).entries.values(), *map(faq, FAQS)):
        for entry in entries:
            yield from (*entry.asked_as, entry.answer)


def _noun(word: str) -> bool:
    if not (4 <= len(word) <= 14 and word.istitle()):
        return False
    form = german.form(word)
    return form.known and form.thing and form.folded not in german.SMALL_WORDS


def _joined(head: str, tail: str) -> str:
    joint = "s" if head.endswith(("ung", "heit", "keit", "schaft", "ion", "tät", "ing")) else ""
    return f"{head}{joint}{tail.lower()}"


def _cumulated(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance of each and all before it."""
    return np.cumsum(chances / chances.sum())


def _drawn(
    dice: np.random.Generator, chances: NDArray[np.float64], number: int
) -> NDArray[np.intp]:
    places = np.searchsorted(chances, dice.random(number), side="right")
    return np.minimum(places, len(chances) - 1)  # a sum of chances may stay below 1
