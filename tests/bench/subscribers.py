"""Many subscribers and a few people who ask, behind the limits that Telegram documents.

The fake Bot API in a process of its own: 30 calls a second overall, one a second and
private chat with short bursts, 20 a minute and group. Orders come as one JSON object
a line on standard input, each is answered by one line:

    {"do": "network", "hangs": 0.003}     from now on calls take their time, and some hang
    {"do": "ask", "questions": 200}       a steady trickle, each question by somebody else
    {"do": "announce", "people": 10000, "desk": true}
        The announcement is made, and while it goes out people go on asking. At the
        desk two coordinators make it, otherwise somebody writes `SEND` to the bot.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count, cycle
from typing import Any

from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Message, PrivateChat

TITLE = "Webtalk Mobilität auf dem Land"  # what every copy has in it
EVENT = "webtalk-mobilitaet"
SEND = "/senden"
DESK = -1001234567890
COORDINATORS = (7001, 7002)
FIRST_SUBSCRIBER = 100_001
FIRST_TO_ASK = 500_001
ASKING = 3000  # different people who ask, before the first of them asks again

MEDIAN = 60.0  # milliseconds of a call, log-normal
THERE = 0.5  # the share of it that the way to Telegram takes
SEED = 20_261_122
PER_SECOND = 2.0  # questions
PATIENCE = 60.0  # seconds without anything new: something is broken
DRAIN = 25.0  # seconds for the last answers, which may be second tries


class Subscribers(FakeBotApi):
    def __init__(self, questions: list[str]) -> None:
        super().__init__(validate=False, log_calls=False)
        self.accept_any_chat = True
        # A long load would fill the memory with what was said.
        self.remember = 20
        self.limits()
        self._questions: Iterator[str] = cycle(questions)
        self._numbers = count()
        self._asked: dict[int, float] = {}
        self._waits: list[float] = []
        self._copies: Counter[int] = Counter()
        self._first = self._last = 0.0  # copies, by the monotonic clock
        self._before: Counter[str] = Counter()  # calls, when the first copy arrived
        for coordinator in COORDINATORS:
            self.group(DESK).member(coordinator, status="administrator")

    def note_delivered(self, message: Message) -> None:
        if not isinstance(message.chat, PrivateChat):
            return
        now, person = time.monotonic(), message.chat.person.id
        if person < FIRST_TO_ASK and TITLE in message.text:
            if not self._copies:
                self._first, self._before = now, self.counts.copy()
            self._last = now
            self._copies[person] += 1
        elif (asked := self._asked.pop(person, None)) is not None:
            self._waits.append(now - asked)

    def note_said(self, message: Message) -> None:
        """We keep our own books."""

    # -- orders

    def network(self, hangs: float) -> None:
        self.latency(MEDIAN, hangs, seed=SEED, there=THERE)

    async def ask(self, questions: int) -> dict[str, Any]:
        """Seconds from the update to the answer at the fake."""
        self._waits, self._asked = [], {}
        await self._trickle(questions)
        return await self._answered()

    async def announce(self, people: int, desk: bool) -> dict[str, Any]:
        self._waits, self._asked, self._copies = [], {}, Counter()
        hung, refused = self.outcomes["hang"], self.refused
        await (self._at_the_desk() if desk else self._by_command())
        await self._until(lambda: self._copies)
        trickle = asyncio.create_task(self._trickle())
        with contextlib.suppress(TimeoutError):  # whoever is left out is seen in the figures
            await self._until(lambda: len(self._copies) == people, lambda: self._last)
        trickle.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await trickle
        calls = (self.counts - self._before).items()
        # The first copy was counted as a call before it arrived.
        counted = 1 + sum(n for name, n in calls if name.startswith(("send", "edit")))
        return {
            "reached": len(self._copies),
            "most": max(self._copies.values()),
            "seconds": self._last - self._first,
            "other_calls": counted - sum(self._copies.values()),
            "refused": self.refused - refused,
            "hung": self.outcomes["hang"] - hung,
            **await self._answered(),
        }

    # -- what people do

    async def _trickle(self, questions: int | None = None) -> None:
        start = time.monotonic()
        for number in count() if questions is None else range(questions):
            await asyncio.sleep(max(0.0, start + number / PER_SECOND - time.monotonic()))
            person = FIRST_TO_ASK + next(self._numbers) % ASKING
            self._asked[person] = time.monotonic()
            self.user(person).says(next(self._questions))

    async def _answered(self) -> dict[str, Any]:
        end = time.monotonic() + DRAIN
        while self._asked and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return {"waits": self._waits, "unanswered": len(self._asked)}

    async def _at_the_desk(self) -> None:
        """One writes the command, the other one presses the button."""
        group = self.group(DESK)
        one, other = (group.member(coordinator) for coordinator in COORDINATORS)
        one.says(f"/ankuendigen {EVENT}")
        preview: Message = await self.wait_for(
            lambda: next(
                (m for m in group.general if any(b.label == "Senden" for b in m.buttons)), None
            ),
            PATIENCE,
        )
        other.presses("Senden", preview)

    async def _by_command(self) -> None:
        self.user(COORDINATORS[0]).says(SEND)

    async def _until(
        self, condition: Callable[[], Any], since: Callable[[], float] = lambda: 0.0
    ) -> None:
        """Raises TimeoutError when nothing new has happened for too long."""
        start = time.monotonic()
        while not condition():
            if time.monotonic() - max(start, since()) > PATIENCE:
                raise TimeoutError("nothing happens")
            await asyncio.sleep(0.01)


async def obey(town: Subscribers, order: dict[str, Any]) -> Any:
    match order.pop("do"):
        case "network":
            town.network(**order)
        case "ask":
            return await town.ask(**order)
        case "announce":
            return await town.announce(**order)
    return None


async def main() -> None:
    lines = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    async with Subscribers(json.loads(await lines.readline())) as town:
        print(json.dumps({"url": town.url, "token": town.token}), flush=True)
        # The end of the input is the end of the town, so it never outlives its bench.
        while line := await lines.readline():
            try:
                reply = {"result": await obey(town, json.loads(line))}
            except TimeoutError as error:
                reply = {"error": str(error)}
            print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
