"""An announcement to many, within Telegram's limits, while people go on asking.

The hotline runs as it is shipped, with its own pacing, and the announcement is made
as people do it: the command in the group, the button by a second coordinator, ten
seconds to take it back. Beside it, at the same time, so that both meet the same load
on this machine, a plain loop with python-telegram-bot's limiter does the same. Calls
take 60 ms (median), and 3 in 1000 hang until the client gives up; then the hotline
once more with calls that never hang. `BENCH_SUBSCRIBERS=500` is for trying.

The configured pace is that of `bot.pacing` for all calls that Telegram counts: the
limit overall times its margin. What is left of it for the announcement is the pace
less what answers and the desk's progress took of it in the same time.
"""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from bot.app import STORE
from bot.channels.telegram.channel import LIMITS
from bot.pacing import MARGIN
from handlers import privacy
from handlers.programme import keeping
from knowledge.models import Event
from storage import people, subscriptions
from storage.database import Database, Tx, prepare
from tests.bench.figures import Figure, share
from tests.bench.processes import ROOT, Process, TownProcess, clean_environment, running, until
from tests.bench.questions import asked
from tests.bench.size import Size
from tests.bench.subscribers import (
    ASKING,
    COORDINATORS,
    DESK,
    EVENT,
    FIRST_SUBSCRIBER,
    FIRST_TO_ASK,
    TITLE,
)

NAME = "announcing"
ASK_FOR = "BENCH_SUBSCRIBERS"  # how many, where somebody wants another number
HANGS = 0.003  # of the calls
TOPIC = "mobilitaet"
WARMING_UP = 10  # questions
IDLE = 210  # questions: then it takes three hanging calls to make the 99th of a hundred
ENDS_WITHIN = 60.0  # seconds after the last copy, for those that hang


@dataclass(frozen=True, slots=True)
class Round:
    """What one competitor made of it; times are seconds."""

    wanted: int  # people
    reached: int
    most: int  # copies that one person got
    seconds: float  # from the first copy to the last one
    other_calls: int  # that were counted by the limits in this time
    refused: int
    hung: int
    idle: list[float]
    meanwhile: list[float]
    unanswered: int
    cpu: float
    states: dict[str, int]  # of the copies, as the store has them; nothing for the loop

    @property
    def per_second(self) -> float:
        return self.reached / max(self.seconds, 1e-6)

    @property
    def pace_left(self) -> float:
        return pace() - self.other_calls / max(self.seconds, 1e-6)


def announcing(size: Size) -> list[Figure]:
    number = int(os.environ.get(ASK_FOR) or size.messages)
    tiny = number < 100
    questions = asked()
    with ThreadPoolExecutor(1) as beside:
        loop = beside.submit(looped, questions, number, 0.0 if tiny else HANGS)
        hanging = None if tiny else announced(questions, number, HANGS)
        calm = announced(questions, number, 0.0)
        baseline = loop.result()
    found = [*([shown(hanging, "hotline")] if hanging else []), shown(calm, "hotline, no hangs")]
    compared = hanging or calm
    return [
        Figure(NAME, "configured pace, all calls", "calls/s", (pace(),)),
        *(figure for figures in found for figure in figures),
        *shown(baseline, "loop"),
        Figure(NAME, "copies a second", "×", (compared.per_second / baseline.per_second,), "loop"),
    ]


def pace() -> float:
    assert LIMITS.overall
    return LIMITS.overall * MARGIN


def shown(it: Round, who: str) -> list[Figure]:
    idle, meanwhile = (
        {of: 1000 * share(waits, of) for of in (0.5, 0.99)} for waits in (it.idle, it.meanwhile)
    )
    ours = bool(it.states)

    def figure(
        name: str,
        value: float,
        unit: str = "",
        target: float | None = None,
        bound: Literal["most", "least"] = "most",
    ) -> Figure:
        # The baseline promises nothing.
        return Figure(
            NAME, f"{who}: {name}", unit, (value,), target=target if ours else None, bound=bound
        )

    return [
        figure("reached", it.reached, "people", it.wanted, "least"),
        figure("for one person, at the most", it.most, "copies", 1),
        figure("time for all", it.seconds, "s"),
        figure("copies a second", it.per_second, "copies/s"),
        figure("share of the pace left", 100 * it.per_second / it.pace_left, "%", 95, "least"),
        figure("refused by 429", it.refused, target=0),
        figure("calls that hung", it.hung),
        *([figure("copies held", it.states.get("held", 0))] if ours else []),
        *([figure("copies not sent", it.states.get("undeliverable", 0))] if ours else []),
        figure("answers idle, p50", idle[0.5], "ms"),
        figure("answers idle, p99", idle[0.99], "ms"),
        figure("answers meanwhile, p50", meanwhile[0.5], "ms"),
        figure("answers meanwhile, p99", meanwhile[0.99], "ms"),
        figure("p99 meanwhile ÷ idle", meanwhile[0.99] / idle[0.99], "×", 2),
        figure("asked meanwhile", len(it.meanwhile) + it.unanswered, "questions"),
        figure("never answered", it.unanswered),
        figure("CPU for a copy, answers included", 1000 * it.cpu / it.reached, "ms"),
    ]


# -- the competitors ------------------------------------------------------------------


def announced(questions: list[str], number: int, hangs: float) -> Round:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, town(questions) as place:
        data = Path(folder)
        asyncio.run(_fill(data, place.token.partition(":")[0], number))
        settings = {
            "HOTLINE_DATA": folder,
            "HOTLINE_WEB_PORT": "0",
            "HOTLINE_TELEGRAM_TOKEN": place.token,
            "HOTLINE_TELEGRAM_API_URL": place.url,
            "HOTLINE_TELEGRAM_RATE": "on",
            "HOTLINE_TELEGRAM_DESK_CHAT": str(DESK),
            "HOTLINE_TELEGRAM_COORDINATORS": ",".join(map(str, COORDINATORS)),
        }
        with running("-m", "bot", "serve", environment=settings) as process:
            return _play(process, place, number, hangs, data / STORE)


def looped(questions: list[str], number: int, hangs: float) -> Round:
    with town(questions) as place:
        command = ("-m", "tests.bench.loop", place.url, place.token, str(FIRST_SUBSCRIBER))
        with running(*command, str(number)) as process:
            return _play(process, place, number, hangs, None)


@contextmanager
def town(questions: list[str]) -> Iterator[TownProcess]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.subscribers"],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as popen:
        try:
            yield TownProcess(popen, questions)
        finally:
            Process(popen).stop()


def _play(
    process: Process, place: TownProcess, number: int, hangs: float, store: Path | None
) -> Round:
    place.do("ask", questions=WARMING_UP)
    place.do("network", hangs=hangs)
    # Half before and half afterwards, since others use this machine, too.
    quiet = {"questions": max(4, min(IDLE, number // 8)) // 2}
    idle = place.do("ask", **quiet)["waits"]
    before = process.cpu
    found = place.do("announce", people=number, desk=store is not None)
    cpu = process.cpu - before
    states: dict[str, int] = {}
    if store:
        with contextlib.suppress(TimeoutError):
            until(lambda: not {"ready", "sending"} & _copies(store).keys(), ENDS_WITHIN)
        states = _copies(store)
    idle += place.do("ask", **quiet)["waits"]
    return Round(
        wanted=number,
        reached=found["reached"],
        most=found["most"],
        seconds=found["seconds"],
        other_calls=found["other_calls"],
        refused=found["refused"],
        hung=found["hung"],
        idle=idle,
        meanwhile=found["waits"],
        unanswered=found["unanswered"],
        cpu=cpu,
        states=states,
    )


def _copies(store: Path) -> dict[str, int]:
    """How many copies are in which state, read beside the running program."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT state, COUNT(*) FROM outbox WHERE lane = 1 GROUP BY 1")
        return dict(rows.fetchall())


async def _fill(data: Path, bot: str, number: int) -> None:
    """An event, its subscribers, and people who have been told what we do with their words."""
    prepare(data)
    database = await Database.open(data / STORE)
    now = datetime.now(UTC)
    event = Event(
        id=EVENT,
        title=TITLE,
        starts=now + timedelta(days=30),
        place="im Netz",
        topics=(TOPIC,),
        description="Wie kommen alle hin, auch ohne eigenes Auto?",
        source="Koordination",
        checked_on=now.date(),
    )

    async def fill(tx: Tx) -> None:
        await keeping.keep(tx, event, "desk", now)
        for chat in range(FIRST_SUBSCRIBER, FIRST_SUBSCRIBER + number):
            person = await people.meet(tx, "telegram", bot, str(chat), now)
            await subscriptions.subscribe(tx, person.id, "topic", TOPIC, now)
        for chat in range(FIRST_TO_ASK, FIRST_TO_ASK + ASKING):
            person = await people.meet(tx, "telegram", bot, str(chat), now)
            await people.noticed(tx, person.id, privacy.VERSION, now)

    try:
        await database.write(fill)
    finally:
        await database.close()
