"""The whole hotline in this process, with Telegram played by the fake Bot API."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.app import App, telegram_channel, web_channels
from bot.settings import Settings
from storage.database import Tx
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Message, Person, Topic
from tests.support.clock import MovableClock

DESK = -1001234567890
COORDINATOR = 7001
COLLEAGUE = 7002


class Talk:
    """What a test does with the hotline; every wait ends with a condition or a time-out."""

    def __init__(self, app: App, api: FakeBotApi, clock: MovableClock) -> None:
        self.app = app
        self.api = api
        self.clock = clock
        self._ids = iter(range(20_001, 30_000))
        self._heard: dict[object, int] = {}

    def person(self, name: str = "Ein Mensch") -> Person:
        """Somebody who has never written before."""
        return self.api.user(next(self._ids), name)

    async def hears(self, person: Person, words: str = "", within: float = 10.0) -> Message:
        """The next thing that the person hears and that contains the words."""

        def found() -> Message | None:
            heard = person.received[self._heard.get(person, 0) :]
            return next((message for message in heard if words in message.text), None)

        message: Message = await self.api.wait_for(found, within)
        self._heard[person] = person.received.index(message) + 1
        return message

    async def ask(self, person: Person, text: str, words: str = "") -> Message:
        """Say it, and return what comes back."""
        person.says(text)
        return await self.hears(person, words)

    def silence(self, person: Person) -> list[str]:
        """What the person heard since the last `hears`, hopefully nothing."""
        return [m.text for m in person.received[self._heard.get(person, 0) :]]

    async def request(self, person: Person, text: str = "Wer zahlt die Kirchturmuhr?") -> Topic:
        """Hand something over; the topic in which the desk sees it."""
        group = self.api.group(DESK)
        known = set(group.topics)
        await self.ask(person, text, "Soll ich")
        person.presses("Ja, bitte")
        await self.hears(person, "Nummer")
        await self.api.wait_for(lambda: set(group.topics) - known)
        number = (set(group.topics) - known).pop()
        topic = group.topics[number]
        await self.api.wait_for(lambda: any(text in m.text for m in topic.messages))
        return topic

    async def settled(self) -> None:
        """Until nothing waits in inbox or outbox that could be handled now."""

        async def waiting(tx: Tx) -> int:
            inbox = await tx.value("SELECT COUNT(*) FROM inbox WHERE state = 'waiting'")
            outbox = await tx.value(
                "SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'sending')"
            )
            return int(inbox) + int(outbox)

        await self.until(lambda: self.app.database.read(waiting), 0)

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """What the store holds."""

        async def unit(tx: Tx) -> list[dict[str, Any]]:
            return [dict(row) for row in await tx.all(sql, *values)]

        return await self.app.database.read(unit)

    async def until(self, look: Callable[[], Any], wanted: object, within: float = 10.0) -> None:
        """Until looking shows what is wanted."""
        async with asyncio.timeout(within):
            while await look() != wanted:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.01)

    async def passes(self, by: timedelta) -> None:
        """Time passes, and what falls due is done."""
        self.clock.move(by)
        await self.app.schedule.tick()
        self.app.worker.nudge()
        for courier in self.app.couriers:
            courier.nudge()
        await self.settled()


async def board(talk: Talk, words: str) -> Message:
    """What the desk's group reads last in its general topic that contains the words."""

    def found() -> Message | None:
        general = reversed(talk.api.group(DESK).general)
        return next((m for m in general if m.from_bot and words in m.text), None)

    message: Message = await talk.api.wait_for(found)
    return message


@asynccontextmanager
async def hotline(
    folder: Path, api: FakeBotApi, clock: MovableClock | None = None, **settings: Any
) -> AsyncIterator[Talk]:
    """A running hotline with Telegram and the web channels, but without a web server."""
    clock = clock or MovableClock()
    chosen = Settings(
        data=folder,
        telegram_token=api.token,
        telegram_api_url=api.url,
        **{"telegram_rate": False, **settings},
    )

    def channels(app: App) -> list[Any]:
        say = app.content.knowledge.library.texts.say
        telegram = telegram_channel(
            chosen,
            clock,
            desk_chat=lambda bot: app.desk_chat("telegram", bot),
            say=say,
            introduced=app.introduced,
            offers=app.offers,
        )
        return [*web_channels(app), telegram]

    async with App.open(chosen, channels, clock=clock) as app:
        running = asyncio.create_task(app.run())
        try:
            yield Talk(app, api, clock)
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
