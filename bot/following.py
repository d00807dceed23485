"""What we know follows the store: looked at now and then, and at once after a change here."""

import asyncio
import contextlib

import structlog

from storage.database import StoreTrouble

log = structlog.get_logger()

LOOK_EVERY = 2.0  # seconds; another process may have changed something


class Follower:
    """Something that takes over what is new in the store."""

    def __init__(self) -> None:
        self._stale = asyncio.Event()

    async def look(self) -> None:
        """Take over what is new."""
        raise NotImplementedError

    def nudge(self) -> None:
        """Something was changed here: people should find it at once. On the event loop."""
        self._stale.set()

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
