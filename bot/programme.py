"""The programme of the store becomes what the hotline knows, and follows its changes."""

import asyncio
import contextlib
from collections.abc import Mapping

import structlog

from bot.clock import Clock
from bot.content import Content
from handlers import programme
from knowledge.models import Event
from storage import events
from storage.database import Database, StoreTrouble, Tx

log = structlog.get_logger()

LOOK_EVERY = 2.0  # seconds; another process may have imported something


class Programme:
    """Keeps `content` up to date with the events in the store."""

    def __init__(self, database: Database, clock: Clock, content: Content) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._taken: Mapping[str, Event] | None = None  # the content's events as last taken over
        self._seen = ""
        self._stale = asyncio.Event()

    def nudge(self) -> None:
        """Something was changed here: people should find it at once. On the event loop."""
        self._stale.set()

    async def look(self) -> None:
        """Take over what is new in the content or in the store."""
        shipped = self._content.shipped_events
        if shipped is not self._taken:
            now = self._clock.now()
            await self._database.write(lambda tx: programme.take_over(tx, shipped.values(), now))
            self._taken = shipped
        seen, found = await self._database.read(self._read)
        if found is not None:
            # A new index is half a second of work.
            await asyncio.to_thread(self._content.use, found)
            self._seen = seen

    async def _read(self, tx: Tx) -> tuple[str, dict[str, Event] | None]:
        seen = await events.version(tx)
        return seen, None if seen == self._seen else await programme.published(tx)

    async def run(self) -> None:
        """Look for changes until cancelled."""
        while True:
            # Not `wait_for`: before Python 3.12 it may swallow a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._stale.wait()
            self._stale.clear()
            try:
                await self.look()
            except StoreTrouble as error:
                log.error("store.trouble", error=type(error.__cause__ or error).__name__)
