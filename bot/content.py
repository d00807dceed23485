"""The curated content, and its changes while we run: all of a change or nothing of it."""

import asyncio
from pathlib import Path

import structlog

from knowledge.load import ContentError, fingerprint, load
from knowledge.search import Knowledge

log = structlog.get_logger()

LOOK_EVERY = 2.0  # seconds


class Content:
    """Holds what we know now. `problem` is '' or says why newer content was not taken."""

    def __init__(self, folder: Path) -> None:
        """Load it; raises `ContentError` with every problem."""
        self.folder = folder
        self.problem = ""
        self._fingerprint = fingerprint(folder)
        self.knowledge = Knowledge(load(folder))

    async def refresh(self) -> bool:
        """Take changed content if it is sound; what we have stays otherwise."""
        seen = await asyncio.to_thread(fingerprint, self.folder)
        if seen == self._fingerprint:
            return False
        self._fingerprint = seen
        try:
            knowledge = await asyncio.to_thread(lambda: Knowledge(load(self.folder)))
        except ContentError as error:
            self.problem = str(error)
            log.error("content.refused", problems=self.problem)
            return False
        self.knowledge = knowledge
        self.problem = ""
        log.info("content.changed", entries=len(knowledge.library.entries))
        return True

    async def watch(self) -> None:
        """Look for changes until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.refresh()
            except OSError as error:
                # A folder on a network drive may be away for a moment.
                log.warning("content.unreadable", error=type(error).__name__)
