"""The benches run. What they find is for people to read: no test looks at a time."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.evaluate import Question
from tests.bench import announcing, memory, questions, starting, telegram, web
from tests.bench.__main__ import BENCHES, main
from tests.bench.announcing import ASK_FOR
from tests.bench.baseline import Baseline
from tests.bench.generated import faq, generated


@pytest.fixture(scope="module", autouse=True)
def a_few_questions_are_enough() -> Iterator[None]:
    """A bench chooses its questions among all that we know, which takes longer than asking them."""
    few = questions._phrases()[::50]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(questions, "_phrases", lambda: few)
        once = cache(questions.asked)
        for bench in (announcing, memory, starting, telegram, web):
            patch.setattr(bench, "asked", once)
        # What is only warm afterwards needs no warming for figures that nobody reads.
        patch.setattr(announcing, "WARMING_UP", 2)
        yield


@pytest.mark.parametrize("name", BENCHES)
def test_whoever_asks_how_fast_we_are_gets_figures(
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(ASK_FOR, raising=False)
    assert main([name, "--tiny", "--json", str(tmp_path / "figures.json")]) == 0
    found = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert "cores" in found["machine"]
    assert found["figures"]
    assert all(figure["bench"] == name for figure in found["figures"])
    # What has no unit is a number of things that went wrong, or of what there was.
    assert all(figure["value"] > 0 for figure in found["figures"] if figure["unit"])
    assert all(figure["name"] in capsys.readouterr().out for figure in found["figures"][:1])


@pytest.mark.parametrize(
    "typed", ["Wie lese ich meine Jahresrechnung für Strom?", "jahresrechnnug strom leesn"]
)
def test_the_baseline_finds_what_people_ask_well_or_badly(typed: str) -> None:
    baseline = Baseline(faq("stadtwerke"))
    asked = baseline.asked(Question(typed, ("strom-rechnung-verstehen",)))
    other = baseline.asked(Question("Wie wird das Wetter in Timbuktu?"))
    assert asked.rank == 1
    assert asked.confidence is not None
    assert other.confidence is not None
    assert 0 <= other.confidence < asked.confidence <= 1


def test_a_large_faq_is_the_same_each_time_and_begins_with_the_smaller_one() -> None:
    large = generated(1500)
    assert generated(30) == large[:30]
    assert len({entry.id for entry in large}) == 1500
    assert all(20 <= len(entry.answer.split()) <= 30 for entry in large)
