"""The sentences in Einfache Sprache fit those that they stand in for."""

import re

from handlers.text import Text
from knowledge.load import load, shipped

SAY = load(shipped()).texts.say
SIMPLE = {name: text for name, text in SAY.items() if name.endswith("_einfach")}
LONGEST = 14  # words in one sentence; the rules for Einfache Sprache allow 15


def places(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)\}", text))


def test_each_stands_in_for_a_sentence_and_leaves_nothing_out() -> None:
    assert len(SIMPLE) > 20
    for name, text in SIMPLE.items():
        usual = SAY[name.removesuffix("_einfach")]
        assert places(text) == places(usual), name


def test_nothing_that_the_desk_reads_depends_on_whom_it_writes_to() -> None:
    desk = ("desk_", "bot_", "the_person", "without_topic", "a_coordinator", "place", "contact")
    assert [name for name in SIMPLE if name.startswith(desk)] == []


def test_sentences_are_short_and_one_a_line() -> None:
    for name, template in SIMPLE.items():
        for line in str(Text.written(template, **dict.fromkeys(places(template), "x"))).split("\n"):
            assert len(line.split()) <= LONGEST, (name, line)
            assert len(re.findall(r"[.?!](?:\s|$)", line)) <= 1, (name, line)
