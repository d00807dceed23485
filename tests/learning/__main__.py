"""Learn the weights of `knowledge.confidence` and write them beside it: `make learn`.

Only from the half of the questions that is for learning, asked of all of the
content and of parts of it, from the content's own ways of asking, asked of a content
that lacks them, and from one FAQ of other people. To be run after a change
of the content or of what is known of a match; `hotline evaluate` shows on the
other half what came of it. Where the extra `semantik` is installed, the curves for it
are learned as well, in the same way (ten minutes); else they stay as they are.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.evaluate.reading import Half, Question, questions
from knowledge import semantic
from knowledge.confidence import BY_MODELS, NAMES, WEIGHTS, Curve, Evidence
from knowledge.findability import items, thinned, without
from knowledge.load import Library, load, load_plain, shipped
from knowledge.models import Entry, Event, Format
from knowledge.search import Knowledge

Floats = NDArray[np.float64]

# Holds the weights together; from 0.3 to 3 nothing changes that one could see.
RIDGE = 1.0
STEPS = 50
SEED = 1961
# What is asked beside the whole content: so many of its items, with so many of their
# ways of asking. What was asked of the others is then about something unknown.
FEWER = ((60, 99), (60, 5), (60, 1), (15, 99), (15, 1), (8, 5), (999, 5), (999, 1))
KNOWN_FOR_UNKNOWN = 2.0  # of three questions to a hotline two are ones it can answer
WHOLE_COUNTS = 4.0  # a question to the whole content, against one to a part of it
# Our own ways of asking, each asked as if a stranger had said it. They are many and odder
# than questions; so much of each makes foreign matters known as such.
STRANGERS = 4  # rounds, in each of which such a part of them is left out, and asked
UNKNOWN = 8  # of the items such a part is left out as a whole
STRANGER_COUNTS = 0.05

# One FAQ of somebody else; a second one is only for reporting.
FOREIGN = Path(__file__).parents[1] / "bench" / "faq"


def fewer(library: Library, number: int, ways: int, dice: random.Random) -> Library:
    """Some of a library, with some ways of asking; nothing is said of what is not ours."""
    ids = [item.id for item in items(library)]
    kept = set(dice.sample(ids, min(number, len(ids))))

    def some(item: Entry | Format | Event) -> list[str]:
        return dice.sample(item.asked_as, min(ways, len(item.asked_as)))

    return replace(thinned(library, some, set(ids) - kept), outside=())


def libraries() -> Iterator[tuple[Library, float]]:
    """What the questions are asked of, and how much it counts."""
    dice = random.Random(SEED)
    whole = load(shipped())
    yield whole, WHOLE_COUNTS
    for number, ways in FEWER:
        yield fewer(whole, number, ways, dice), 1.0


def strangers() -> Iterator[tuple[Library, list[Question]]]:
    """Contents that lack something, and what is left out of them, to be asked of them."""
    whole = load(shipped())
    ids = [item.id for item in items(whole)]
    random.Random(SEED).shuffle(ids)
    for part in range(STRANGERS):
        unknown = frozenset(ids[part::UNKNOWN])
        asked = [
            Question(phrase, () if item.id in unknown else (item.id,))
            for item in items(whole)
            for phrase in item.asked_as[part::STRANGERS]
        ]
        away = whole.outside[part::STRANGERS]
        asked += [Question(phrase) for matter in away for phrase in matter.asked_as]
        lacking = thinned(
            whole, lambda item, part=part: without(item.asked_as, part, STRANGERS), unknown
        )
        yield replace(lacking, outside=without(whole.outside, part, STRANGERS)), asked


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a question that was asked somewhere, and what came of it."""

    evidence: Evidence
    first: bool  # hit is right
    three: bool  # one of the first three is
    counts: float


def gathered(knowledge: Knowledge, asked: list[Question], counts: float) -> Iterator[Asked]:
    """What comes of questions that are not in the content word for word.

    Of a part of the content most questions know nothing. They count less, as if
    somebody asked who has seen what there is.
    """
    library = knowledge.library
    ids = {item.id for item in items(library)}
    known = [bool(ids & set(question.expected)) for question in asked]
    balance = (len(known) - sum(known)) * KNOWN_FOR_UNKNOWN / sum(known)
    for question, is_known in zip(asked, known, strict=True):
        reading, found = knowledge.look_up(question.question, 3)
        if not found.hits or found.hits[0].score >= 1:
            continue  # literally asked: nothing to be learned from it
        right = [hit.id in question.expected for hit in found.hits]
        share = 1.0 if is_known else min(1.0, 1 / balance)
        yield Asked(Evidence.of(reading, found), right[0], any(right), counts * share)


def fitted(rows: Floats, truth: Floats, counts: Floats) -> Curve:
    """The weights of the logistic curve, by Newton's method."""
    mean, spread = rows[:, 1:].mean(0), rows[:, 1:].std(0) + 1e-9
    scaled = np.column_stack([np.ones(len(rows)), (rows[:, 1:] - mean) / spread])
    weights = np.zeros(scaled.shape[1])
    ridge = RIDGE * np.eye(len(weights))
    ridge[0, 0] = 0
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (counts * (chance - truth)) + ridge @ weights
        bend = (scaled * (counts * chance * (1 - chance))[:, None]).T @ scaled + ridge
        weights -= np.linalg.solve(bend, slope)
    plain = weights[1:] / spread
    found = [weights[0] - plain @ mean, *plain]
    names = ("", *NAMES)
    return {name: round(float(weight), 2) for name, weight in zip(names, found, strict=True)}


def curves(asked: list[Asked]) -> dict[str, dict[str, Curve]]:
    """The weights of both curves for each kind of hit."""
    found = {}
    for name in sorted({one.evidence.curve for one in asked}):
        own = [one for one in asked if one.evidence.curve == name]
        rows = np.array([(1.0, *(getattr(one.evidence, name) for name in NAMES)) for one in own])
        counts = np.array([one.counts for one in own])
        first, three = (
            np.array(truth, dtype=float)
            for truth in ([one.first for one in own], [one.three for one in own])
        )
        found[name] = {"first": fitted(rows, first, counts), "three": fitted(rows, three, counts)}
    return found


def remembering(encode: semantic.Encode) -> semantic.Encode:
    """All libraries are asked the same, and a model takes 30 ms for a question."""
    known: dict[str, semantic.Vectors] = {}

    def remembered(texts: list[str]) -> semantic.Vectors:
        (text,) = texts
        if text not in known:
            known[text] = encode(texts)
        return known[text]

    return remembered


def both_models() -> semantic.Models:
    models = semantic.Models()
    models.question = remembering(models.question)
    models.sentence = remembering(models.sentence)
    return models


def gathered_everywhere(models: semantic.Models | None) -> Iterator[Asked]:
    """The same from everything that is asked."""
    asked = [q for q in questions(None, None) if q.chat is None and q.half is Half.LEARN]
    for library, counts in libraries():
        yield from gathered(Knowledge(library, models), asked, counts)
    other = Knowledge.plain(load_plain(FOREIGN / "stadtwerke.entries.jsonl"), models)
    yield from gathered(other, questions(None, FOREIGN / "stadtwerke.queries.jsonl"), 1.0)
    for library, phrases in strangers():
        yield from gathered(Knowledge(library, models), phrases, STRANGER_COUNTS)


def main() -> None:
    asked = list(gathered_everywhere(None))
    found = curves(asked)
    print(f"Gelernt aus {len(asked)} Fragen.")
    if semantic.available():
        found |= curves(list(gathered_everywhere(both_models())))
        print("Dasselbe mit „semantik“.")
    else:
        before: dict[str, dict[str, Curve]] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
        found |= {name: both for name, both in before.items() if name.endswith(BY_MODELS)}
        print("Was mit „semantik“ gilt, bleibt: Dieser Zusatz ist nicht eingerichtet.")
    WEIGHTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("Jetzt „hotline evaluate“ ansehen.")


if __name__ == "__main__":
    main()
