"""A town full of people who ask, in a process of its own, around the fake Bot API.

Orders come as one JSON object a line on standard input, each is answered by one
line. Everybody asks a new question as soon as the last one was answered, or a
`pause` (seconds) later:

    {"do": "ask", "people": 50, "seconds": 5}     until the time is over
    {"do": "ask", "people": 50, "answers": 1000}  until there were so many
    {"do": "greet", "people": 50, "silence": 0.5} one question each, until we have been silent
    {"do": "write", "people": 1}                  one question each, without waiting
    {"do": "first"}                               wait for the first answer
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Message, PrivateChat

FIRST_PERSON = 10_001
PATIENCE = 30.0  # seconds without any answer: something is broken, figures would be none
DRAIN = 10.0  # seconds for the last answers of a round


class Town(FakeBotApi):
    """Everybody is known by a number; the questions go round."""

    def __init__(self, questions: list[str]) -> None:
        super().__init__(validate=False, log_calls=False)
        # A long load would fill the memory with what was said.
        self.remember = 20
        self._questions: Iterator[str] = cycle(questions)
        self._asked: dict[int, float] = {}
        self._asking = False
        self._pause = 0.0
        self._round: list[float] = []
        self._last = 0.0
        self.first = asyncio.Event()

    def note_delivered(self, message: Message) -> None:
        self.delivered += 1
        self._last = now = time.monotonic()
        self.first.set()
        if not isinstance(message.chat, PrivateChat):
            return
        person = message.chat.person.id
        asked = self._asked.pop(person, None)
        if asked is None:
            return
        self._round.append(now - asked)
        if self._asking:
            loop = asyncio.get_running_loop()
            if self._pause:
                loop.call_later(self._pause, self._ask, person)
            else:
                # Not at once: the answer must be on its way first.
                loop.call_soon(self._ask, person)

    def note_said(self, message: Message) -> None:
        """We keep our own books."""

    def _ask(self, person: int) -> None:
        if self._asking:
            self.said += 1
            self._asked[person] = time.monotonic()
            self.user(person).says(next(self._questions))

    def write(self, people: int) -> None:
        for number in range(people):
            self.user(FIRST_PERSON + number).says(next(self._questions))

    async def greet(self, people: int, silence: float) -> int:
        """Everybody writes for the first time; over when we have said all that we want to."""
        before = self.delivered
        self._last = time.monotonic()
        self.write(people)
        while self.delivered < before + people or time.monotonic() - self._last < silence:
            if time.monotonic() - self._last > PATIENCE:
                raise TimeoutError("nobody answers")
            await asyncio.sleep(0.02)
        return self.delivered - before

    async def ask(
        self, people: int, seconds: float = 60.0, answers: int = 0, pause: float = 0.0
    ) -> dict[str, Any]:
        self._round, self._pause, self._asking = [], pause, True
        said, delivered = self.said, self.delivered
        start = self._last = time.monotonic()
        for number in range(people):
            self._ask(FIRST_PERSON + number)
        while time.monotonic() - start < seconds and not (answers and len(self._round) >= answers):
            if time.monotonic() - self._last > PATIENCE:
                raise TimeoutError("nobody answers")
            await asyncio.sleep(0.005)
        self._asking = False
        answered, took = len(self._round), time.monotonic() - start
        while self._asked and time.monotonic() - start - took < DRAIN:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        return {
            "answered": answered,
            "seconds": took,
            "said": self.said - said,
            "delivered": self.delivered - delivered,
            "waits": self._round,
        }


async def obey(town: Town, order: dict[str, Any]) -> Any:
    match order.pop("do"):
        case "ask":
            return await town.ask(**order)
        case "greet":
            return await town.greet(**order)
        case "write":
            town.write(**order)
        case "first":
            await asyncio.wait_for(town.first.wait(), PATIENCE)
            return town.delivered
    return None


async def main() -> None:
    lines = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    town = Town(json.loads(await lines.readline()))
    async with town:
        print(json.dumps({"url": town.url, "token": town.token}), flush=True)
        # The end of the input is the end of the town, so it never outlives its bench.
        while line := await lines.readline():
            try:
                reply = {"result": await obey(town, json.loads(line))}
            except TimeoutError as error:
                reply = {"error": str(error) or "nobody answers"}
            print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
