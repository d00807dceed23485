"""A Telegram channel against the fake Bot API, and a stand-in for what keeps its messages."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import Attached, Delivery, Receive
from bot.channels.telegram import TelegramChannel
from bot.clock import SystemClock
from handlers.message import Address, Button, Incoming, Outgoing
from handlers.text import Text
from tests.fakes.botapi import FakeBotApi

DESK = -1001234567890
SECRET = "s3cret-of-the-webhook-0123456789abcdef"


class Kept:
    """What was handed over. `trouble` is how many times keeping it fails first."""

    def __init__(self) -> None:
        self.messages: list[Incoming] = []
        self.batches: list[int] = []
        self.trouble = 0

    async def __call__(self, messages: Sequence[Incoming]) -> None:
        if self.trouble:
            self.trouble -= 1
            raise OSError("no space left on the device")
        self.messages += messages
        self.batches.append(len(messages))

    async def within(self, tx: Any, messages: Sequence[Incoming]) -> int:
        raise NotImplementedError

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]


class Naps:
    """Sleeps that are over at once, and remembered."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        # Real pauses let others do something; and nobody shall wait in a test.
        await asyncio.sleep(0.002)


class Clock(SystemClock):
    def __init__(self) -> None:
        self.at: datetime | None = None

    def now(self) -> datetime:
        return self.at or datetime.now(UTC)


class Line:
    """One channel with everything around it."""

    def __init__(self, api: FakeBotApi, **options: Any) -> None:
        self.api = api
        self.kept = Kept()
        self.naps = Naps()
        self.desk: str | None = str(DESK)
        options = {"api_url": api.url, "sleep": self.naps} | options
        self.channel = TelegramChannel(
            options.pop("token", api.token), clock=Clock(), desk_chat=lambda: self.desk, **options
        )
        self._listening: asyncio.Task[None] | None = None

    def listen(self, receive: Receive | None = None) -> "asyncio.Task[None]":
        self._listening = asyncio.create_task(self.channel.listen(receive or self.kept))
        return self._listening

    async def stop_listening(self) -> None:
        if self._listening:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None

    async def close(self) -> None:
        await self.stop_listening()
        await self.channel.close()

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Also for what changes on our side, of which the fake cannot tell."""
        async with asyncio.timeout(10):
            while not (value := condition()):  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        return value

    async def heard(self, count: int = 1) -> list[Incoming]:
        await self.until(lambda: len(self.kept.messages) >= count)
        return self.kept.messages

    async def says(self, chat: int, text: "str | Text" = "", **how: Any) -> tuple[str, ...]:
        return await self.channel.send(saying(chat, text, **how))


@asynccontextmanager
async def line(api: FakeBotApi, **options: Any) -> AsyncIterator[Line]:
    made = Line(api, **options)
    try:
        yield made
    finally:
        await made.close()


def saying(
    chat: int,
    text: "str | Text" = "",
    *buttons: Button,
    do: Any = "say",
    silent: bool = False,
    **delivery: Any,
) -> Delivery:
    outgoing = Outgoing(
        do=do,
        to=Address(channel="telegram", bot="123456", chat=str(chat)),
        text=Text.of(text),
        buttons=tuple(delivery.pop("buttons", buttons)),
        silent=silent,
    )
    files: tuple[Attached, ...] = tuple(delivery.pop("files", ()))
    return Delivery(id=1, outgoing=outgoing, files=files, **delivery)
