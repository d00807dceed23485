"""What a starting hotline loads: memory that every town pays for."""

import json
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

# Each of these brings 1 to 10 MB along, and none is needed before somebody asks for it.
NOT_AT_START = {
    "PIL",
    "filetype",
    "holidays",
    "icalendar",
    "pydantic.networks",
    "rich",
    "segno",
    "simplemma",
    "typer",
    "yaml",
}
FOR_TELEGRAM = {"aiohttp", "bot.channels.telegram", "telegram"}
LOADED = """
import json, sys
import bot.__main__, bot.running, bot.serve{more}
print(json.dumps(list(sys.modules)))
"""


def loaded(more: str = "") -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(more=more)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("more", ["", ", bot.channels.telegram"], ids=["web alone", "Telegram"])
def test_a_starting_hotline_loads_nothing_that_only_a_few_ever_need(more: str) -> None:
    assert not NOT_AT_START & loaded(more)


def test_a_town_without_telegram_does_not_load_it() -> None:
    assert not FOR_TELEGRAM & loaded()
