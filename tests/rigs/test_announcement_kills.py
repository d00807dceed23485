"""The program is killed again and again while it tells two thousand people something.

RIG_CROWD, RIG_KILLS and RIG_SEED make it longer and different.
"""

import contextlib
import math
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Message
from tests.rigs.crowd import COLLEAGUES, SOON, Crowd
from tests.rigs.crowd_checker import Announced, Begun, violations
from tests.rigs.nursery_process import POINTS
from tests.rigs.program import COORDINATOR, Nursery, environment, nursery, unfinished, until

KILLS = int(os.environ.get("RIG_KILLS", "20"))
CROWD = int(os.environ.get("RIG_CROWD", "2000"))
SEED = int(os.environ.get("RIG_SEED", "1632"))
DEEDS = 0.14  # for each person
CHAOS: dict[Any, float] = {"drop_after": 0.01, 502: 0.01, 429: 0.002}
LATENCY = 4  # milliseconds
SLOW = 150  # milliseconds in which something can be kept


class Lives:
    """An announcement to a crowd, through many lives of the program."""

    def __init__(
        self, api: FakeBotApi, crowd: Crowd, program: Nursery, kills: int, mistake: str
    ) -> None:
        self.api = api
        self.crowd = crowd
        self.program = program
        self._deeds = math.ceil(DEEDS * len(crowd.everybody) / kills)  # in a life
        self.dice = random.Random(crowd.dice.random())
        self.named = 0  # deaths at a point that we named
        self.states: list[str] = []  # of the announcement, at each death
        self._orders = {"break": mistake} if mistake else {}

    def begin(self, point: str = "", number: int = 1) -> None:
        self.crowd.note_birth()
        named = {"die": f"{point}:{number}"} if point else {}
        self.program.start(**self._orders, **named)

    def kill(self) -> None:
        self.named += self.program.has_died
        self.program.signal(signal.SIGKILL)
        assert self.program.buried() == -signal.SIGKILL
        self.states.append(self.crowd.state())
        self.crowd.note_death()
        self.crowd.deed()

    def end(self) -> None:
        """Until all is done, and nobody kills it any more."""
        self.begin()
        self.api.wait(lambda: not self.api.waiting_updates(self.api.bot), 60)
        folder, over = self.crowd.folder, ("done", "stopped")

        def quiet() -> bool:
            return not unfinished(folder) and self.crowd.state() in over

        until(lambda: self.program.has_died or quiet(), 90, "the report")
        self.program.signal(signal.SIGTERM)
        assert self.program.buried() == 0

    # -- what a life is like

    def until_confirmed(self) -> Message:
        """Confirmed, and killed while it could still be taken back."""
        self.begin()
        board = self.crowd.announce()
        heard = self.api.delivered + self.dice.randint(1, 4)
        while self.crowd.deeds["left in words"] < 4:
            self.crowd.deed()
        self._reached(heard)
        self.kill()
        return board

    def until_written(self) -> None:
        """Killed while everybody's copy is being written, or soon after."""
        self.begin("replies promised", len(self.crowd.everybody) // 2)
        until(lambda: self.program.has_died or self.crowd.copies, 30, "the first copy")
        self.kill()

    def what_comes_back(self, board: Message) -> None:
        """What is decided while a copy is on its way holds when it comes back."""
        self.api.latency(SLOW)
        for _ in range(3):
            self.crowd.leave_in_flight()
        self.crowd.pause(board)
        self.api.latency(LATENCY)

    def some_copies(self, lives: int) -> None:
        """A share of the copies goes out; `lives` will still follow."""
        until(lambda: self.program.has_died or self.crowd.state() != "waiting", 30, "its begin")
        left = len(self.crowd.waiting(SOON))
        self._so_many(int(left / (lives + 1) * self.dice.uniform(0.4, 1.4)))

    def _so_many(self, number: int) -> None:
        """So many messages arrive and people do things meanwhile, if it does not die first."""
        begun = self.api.delivered
        for at in sorted(self.dice.randint(0, number) for _ in range(self._deeds)):
            self._reached(begun + at)
            self.crowd.deed()
        self._reached(begun + number)

    def _reached(self, delivered: int) -> None:
        """A program that has nothing to do does not get there, and may be killed as well."""
        with contextlib.suppress(TimeoutError):
            until(lambda: self.program.has_died or self.api.delivered >= delivered, 2.0)


def announced_and_killed(
    folder: Path,
    *,
    kills: int,
    people: int,
    seed: int,
    chaos: dict[Any, float] = CHAOS,
    mistake: str = "",
) -> tuple[Announced, Crowd, Lives]:
    """Announce something to a crowd, and kill the program meanwhile."""
    numbers = ",".join(str(number) for number in (COORDINATOR, *COLLEAGUES))
    with FakeBotApi.threaded() as api:
        crowd = Crowd(api, folder, people, seed)
        environ = environment(folder, api, telegram_coordinators=numbers)
        with nursery(folder, environ) as program:
            lives = Lives(api, crowd, program, kills, mistake)
            api.latency(LATENCY, seed=seed)
            api.chaos(seed, chaos)
            board = lives.until_confirmed()
            lives.until_written()
            paused = kills // 2
            for life in range(2, kills):
                # Half of them at a point that we name, half at any other.
                named = life % 2 and life not in (paused, paused + 1)
                point = lives.dice.choice(list(POINTS)) if named else ""
                lives.begin(point, lives.dice.randint(1, 60))
                if life == paused + 1:
                    crowd.resume(board)
                lives.some_copies(kills - life)
                if life == paused:
                    lives.what_comes_back(board)
                lives.kill()
            assert crowd.waiting(SOON)  # something is left for the last life
            api.chaos(0, {})
            lives.end()
        assert api.violations == []
        return crowd.recorded(), crowd, lives


def test_two_thousand_hear_it_once_through_twenty_kills(tmp_path: Path) -> None:
    record, crowd, lives = announced_and_killed(tmp_path, kills=KILLS, people=CROWD, seed=SEED)
    assert violations(record) == []
    # A rig in which nothing happens would prove nothing. How often these happen
    # depends on the machine; that they do, must not.
    assert len(record.in_flight) == KILLS
    assert lives.states[0] == "waiting"
    assert lives.states[KILLS // 2] == "paused"
    assert lives.states.count("sending") > KILLS // 2
    assert lives.named
    assert sum(record.in_flight)
    assert record.lost_answers
    assert record.silences
    ends = Counter((row["state"], row["reason"]) for row in record.recipients)
    assert ends["held", "uncertain"]
    assert ends["undeliverable", "blocked"]
    assert ends["expired", "withdrawn"]
    assert ends["sent", None] > CROWD * 0.8
    assert [row for row in record.recipients if row["ended"] and row["state"] == "expired"]
    done = ("left by button", "left in words", "blocked", "unblocked", "deleted")
    assert all(crowd.deeds[what] for what in done)


def test_the_rig_notices_a_second_try(tmp_path: Path) -> None:
    record, *_ = announced_and_killed(
        tmp_path,
        kills=5,
        people=150,
        seed=7,
        chaos={"drop_after": 0.1},
        mistake="retry without cap",
    )
    assert "copies" in {violation.kind for violation in violations(record)}


# -- the checker sees each broken promise, and none where all were kept ------------------


def row(chat: str, state: str, reason: str | None = None, ended: str | None = None) -> Any:
    return {
        "chat": chat,
        "state": state,
        "reason": reason,
        "outbox_id": 100 + int(chat),
        "ended": ended,
    }


def kept_promises() -> Announced:
    """One gets it, two perhaps; one leaves in time and one later; one is gone."""
    return Announced(
        everybody={"1", "2", "3", "4", "5", "6"},
        left={"4": 10.0, "5": 20.0},
        gone={"6"},
        silences=[(13.0, 14.0)],
        begun=[Begun("1", 11.0), Begun("2", 12.0), Begun("5", 15.0)],
        heard=Counter({"1": 1, "2": 1, "5": 1}),
        lost_answers=1,
        reports=[
            "Bericht zur Ankündigung 1\n"
            "Zugestellt: 2 von 6\n"
            "Nicht zustellbar: 1 (Hotline blockiert oder Konto gelöscht: 1)\n"
            "Ungewiss, ob angekommen: 2. Dorthin wird nicht noch einmal gesendet.\n"
            "Nicht mehr gesendet: 1 (abbestellt: 1)"
        ],
        refusals=1,
        unconfirmed=0,
        in_flight=[2],
        within_reach=0,
        announcements=[{"id": 1, "state": "done", "total": 6}],
        recipients=[
            row("1", "sent"),
            row("2", "held", "uncertain"),
            row("3", "held", "uncertain"),
            row("4", "expired", "withdrawn"),
            row("5", "sent"),
            row("6", "undeliverable", "blocked"),
        ],
        subscribed={"1", "2", "3", "6"},
        alarms=[{"kind": "delivery-uncertain", "subject": number} for number in ("102", "103")],
        unhandled=0,
    )


def test_kept_promises_are_no_violation() -> None:
    assert violations(kept_promises()) == []


def test_what_left_before_somebody_unsubscribed_may_be_read_just_after() -> None:
    record = kept_promises()
    record.left["5"] = 14.9
    assert {violation.kind for violation in violations(record)} == {"sent after leaving"}
    record.recipients[4]["ended"] = "withdrawn"  # type: ignore[index]
    assert violations(record) == []


def ends(record: Announced, chat: str, state: str, reason: str | None = None) -> None:
    [its] = [row for row in record.recipients if row["chat"] == chat]
    its.update(state=state, reason=reason)  # type: ignore[attr-defined]


def reported(record: Announced, words: str, instead: str) -> None:
    assert words in record.reports[0]
    record.reports[0] = record.reports[0].replace(words, instead)


@pytest.mark.parametrize(
    ("kind", "breaks"),
    [
        ("unhandled", lambda r: setattr(r, "unconfirmed", 1)),
        ("unhandled", lambda r: setattr(r, "unhandled", 1)),
        ("no end", lambda r: r.announcements[0].update(state="sending")),
        ("no end", lambda r: r.announcements.append(r.announcements[0])),
        ("two confirmed", lambda r: setattr(r, "refusals", 0)),
        ("doubled recipient", lambda r: r.recipients.append(row("1", "sent"))),
        ("foreign recipient", lambda r: r.recipients.append(row("7", "sent"))),
        ("forgotten", lambda r: r.recipients.pop(0)),
        ("stuck copy", lambda r: ends(r, "1", "ready")),
        ("stuck copy", lambda r: ends(r, "1", "sending")),
        ("unexplained end", lambda r: ends(r, "1", "undeliverable", "blocked")),
        ("unexplained end", lambda r: ends(r, "6", "undeliverable")),
        ("unexplained end", lambda r: ends(r, "1", "expired", "withdrawn")),
        ("unexplained end", lambda r: ends(r, "4", "expired")),
        ("copies", lambda r: r.heard.update(["1"])),
        ("copies", lambda r: r.heard.update(["2"])),
        ("copy out of nowhere", lambda r: r.heard.update(["4"])),
        ("copy out of nowhere", lambda r: r.heard.update(["7"])),
        ("lost copy", lambda r: r.heard.subtract(["1"])),
        ("in flight", lambda r: r.in_flight.append(3)),
        ("doubts", lambda r: r.in_flight.clear()),
        ("silent doubt", lambda r: r.alarms.pop()),
        ("lost unsubscription", lambda r: r.subscribed.add("4")),
        ("foreign unsubscription", lambda r: r.subscribed.remove("1")),
        ("sent after leaving", lambda r: r.begun.append(Begun("4", 10.1))),
        ("sent while paused", lambda r: r.begun.append(Begun("3", 13.5))),
        ("not paused", lambda r: setattr(r, "within_reach", 1)),
        ("reports", lambda r: r.reports.clear()),
        ("reports", lambda r: r.reports.append(r.reports[0])),
        ("wrong report", lambda r: reported(r, "Zugestellt: 2", "Zugestellt: 3")),
        ("wrong report", lambda r: reported(r, "von 6", "von 5")),
        ("wrong report", lambda r: reported(r, "angekommen: 2", "angekommen: 1")),
        ("wrong report", lambda r: reported(r, "abbestellt: 1", "abbestellt: 2")),
        ("wrong report", lambda r: reported(r, "Nicht mehr gesendet: 1 (abbestellt: 1)", "")),
    ],
)
def test_each_broken_promise_is_noticed(kind: str, breaks: Callable[[Announced], object]) -> None:
    record = deepcopy(kept_promises())
    breaks(record)
    assert kind in {violation.kind for violation in violations(record)}
