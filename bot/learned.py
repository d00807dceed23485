"""What the desk taught becomes what the hotline knows, and follows its changes."""

import asyncio

import structlog

from bot.content import Content
from bot.following import Follower
from handlers.desk import learning
from handlers.desk.learning import Taught
from storage import desk_entries
from storage.database import Database, Tx

log = structlog.get_logger()


class Learned(Follower):
    """Keeps `content` up to date with the entries and phrasings in the store."""

    def __init__(self, database: Database, content: Content) -> None:
        super().__init__()
        self._database = database
        self._content = content
        self._seen = ""

    async def look(self) -> None:
        """Take over what is new in the store."""
        seen, found = await self._database.read(self._read)
        if found is None:
            return
        for entry_id in found.broken:
            log.error("learned.broken", entry=entry_id)
        await asyncio.to_thread(self._content.learn, found)
        self._seen = seen

    async def _read(self, tx: Tx) -> tuple[str, Taught | None]:
        seen = await desk_entries.version(tx)
        return seen, None if seen == self._seen else await learning.taught(tx)
