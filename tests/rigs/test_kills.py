"""The program is killed again and again while a town talks to it, and no promise breaks.

RIG_KILLS, RIG_UPDATES and RIG_SEED make it longer and different (see `make soak`).
"""

import contextlib
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.botapi import FakeBotApi
from tests.rigs.checker import Record, violations
from tests.rigs.nursery_process import POINTS
from tests.rigs.program import Nursery, environment, nursery, unfinished, until
from tests.rigs.town import Town, recorded

KILLS = int(os.environ.get("RIG_KILLS", "30"))
UPDATES = int(os.environ.get("RIG_UPDATES", "1000"))
SEED = int(os.environ.get("RIG_SEED", "1961"))
CHAOS: dict[Any, float] = {429: 0.01, 502: 0.01, "drop_before": 0.01, "drop_after": 0.01}


def killed_again_and_again(
    folder: Path,
    *,
    kills: int,
    updates: int,
    seed: int,
    chaos: dict[Any, float] = CHAOS,
    mistake: str = "",
    worst: str = "",
) -> tuple[Record, Town, int]:
    """Let a town talk to the program and kill it meanwhile.

    `worst` is where it dies in every second life, instead of now here, now there: the
    point at which a mistake shows on every machine, whether quick or busy.
    What is known in the end, the town, and how often it died at a point that we named.
    """
    dice = random.Random(seed)
    named = 0
    with FakeBotApi.threaded() as api:
        town = Town(api, people=max(updates // 9, 12), seed=seed)
        api.chaos(seed, chaos)
        with nursery(folder, environment(folder, api)) as program:
            for life in range(kills):
                # Half of them at a point that we name, half at any other.
                point = dice.choice(list(POINTS)) if life % 2 else ""
                number = dice.randint(1, 8)
                orders = {"die": worst or f"{point}:{number}"} if point else {}
                share = town.steps // (kills - life)
                for _ in range(share // 2):
                    town.step()
                program.start(**orders, **({"break": mistake} if mistake else {}))
                if life == kills // 2:
                    town.quiet_week()
                calls = len(api.calls) + dice.randint(5, 60)
                for _ in range(share - share // 2):
                    town.step()
                _until_it_is_time(api, program, None if point else calls)
                named += program.has_died
                program.signal(signal.SIGKILL)
                assert program.buried() == -signal.SIGKILL
            while town.steps:
                town.step()
            api.chaos(0, {})
            program.start(**({"break": mistake} if mistake else {}))
            api.wait(lambda: not api.waiting_updates(api.bot), 60)
            until(lambda: program.has_died or not unfinished(folder), 60, "all to be done")
            program.signal(signal.SIGTERM)
            assert program.buried() == 0
        assert api.violations == []
        return recorded(town, folder, kills), town, named


def _until_it_is_time(api: FakeBotApi, program: Nursery, calls: int | None) -> None:
    """Until so many calls were made or, without a number, until it dies by itself.

    A program that has nothing to do comes to neither, and may be killed as well.
    """
    with contextlib.suppress(TimeoutError):
        if calls is None:
            until(lambda: program.has_died, 1.5)
        else:
            api.wait(lambda: len(api.calls) >= calls, 1.5)


def test_thirty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    record, town, named = killed_again_and_again(tmp_path, kills=KILLS, updates=UPDATES, seed=SEED)
    assert violations(record) == []
    assert len(record.updates) >= UPDATES * 0.8
    # A rig in which nothing happens would prove nothing. How often these happen
    # depends on the machine; that they do, must not.
    assert town.answers
    assert record.lost_answers
    assert named


@pytest.mark.parametrize(
    ("mistake", "worst", "chaos", "noticed"),
    [
        ("acknowledge first", "accepted, not committed:1", CHAOS, "lost update"),
        ("retry without cap", "", {"drop_after": 0.35}, "copies"),
        ("high-water mark", "", CHAOS, "lost update"),
        ("finish apart", "claimed, nothing sent:2", CHAOS, "doubled"),
    ],
)
def test_the_rig_notices(
    tmp_path: Path, mistake: str, worst: str, chaos: dict[Any, float], noticed: str
) -> None:
    record, *_ = killed_again_and_again(
        tmp_path, kills=5, updates=150, seed=7, chaos=chaos, mistake=mistake, worst=worst
    )
    assert [v for v in violations(record) if v.kind.startswith(noticed)]


def test_the_same_town_leaves_no_trace_when_nothing_is_wrong(tmp_path: Path) -> None:
    """So that what the rig notices above is the mistake, and not the rig."""
    record, *_ = killed_again_and_again(
        tmp_path, kills=5, updates=150, seed=7, chaos={"drop_after": 0.35}
    )
    assert violations(record) == []
