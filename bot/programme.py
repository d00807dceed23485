"""The programme of the store becomes what the hotline knows, and follows its changes."""

import asyncio
from collections.abc import Mapping

from bot.clock import Clock
from bot.content import Content
from bot.following import Follower
from handlers.programme import keeping
from knowledge.models import Event
from storage import events
from storage.database import Database, Tx


class Programme(Follower):
    """Keeps `content` up to date with the events in the store."""

    def __init__(self, database: Database, clock: Clock, content: Content) -> None:
        super().__init__()
        self._database = database
        self._clock = clock
        self._content = content
        self._taken: Mapping[str, Event] | None = None  # the content's events as last taken over
        self._seen = ""

    async def look(self) -> None:
        """Take over what is new in the content or in the store."""
        shipped = self._content.shipped_events
        if shipped is not self._taken:
            now = self._clock.now()
            await self._database.write(lambda tx: keeping.take_over(tx, shipped.values(), now))
            self._taken = shipped
        seen, found = await self._database.read(self._read)
        if found is not None:
            # A new index is half a second of work.
            await asyncio.to_thread(self._content.use, found)
            self._seen = seen

    async def _read(self, tx: Tx) -> tuple[str, dict[str, Event] | None]:
        seen = await events.version(tx)
        return seen, None if seen == self._seen else await keeping.published(tx)
