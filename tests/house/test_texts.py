"""Every sentence that a handler asks for exists, and every sentence is asked for."""

import re
from pathlib import Path

from handlers.text import Text
from knowledge.load import load, shipped

ROOT = Path(__file__).parents[2]
ASKED = re.compile(r'"([a-z]+(?:_[a-z]+)*)"')
# Names put together at run time: state_open, button_digital, file_refused_type …
FAMILIES = (
    "state_",
    "desk_state_",
    "data_state_",
    "button_digital",
    "button_analog",
    "button_hybrid",
)
FAMILIES += (
    "file_kind_",
    "file_refused_",
    "ann_reason_",
    "events_which_",
    "event_before_",
    "button_events_",
)
FAMILIES += ("ann_state_", "ann_report_", "button_ann_")
FAMILIES += ("finder_goal", "finder_effort", "finder_place")
FAMILIES += ("button_mark", "button_unmark", "button_ics", "button_share")


def sources() -> str:
    files = [*ROOT.glob("handlers/**/*.py"), *ROOT.glob("bot/**/*.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_sentence_that_is_asked_for_exists() -> None:
    say = load(shipped()).texts.say
    calls = re.findall(r'\.(?:say|words|label)\(\s*"([a-z_]+)"', sources())
    assert len(calls) > 80
    assert sorted(set(calls) - set(say)) == []


def test_no_sentence_is_left_that_nobody_says() -> None:
    used = set(ASKED.findall(sources()))
    idle = [
        name
        for name in load(shipped()).texts.say
        if name.removesuffix("_einfach") not in used and not name.startswith(FAMILIES)
    ]
    assert idle == []


def test_bold_marks_and_places_are_well_formed() -> None:
    for name, sentence in load(shipped()).texts.say.items():
        places = re.findall(r"\{([a-z_]+)\}", sentence)
        text = Text.written(sentence, **dict.fromkeys(places, "x"))
        assert "**" not in str(text), name
        assert "{" not in str(text), name
