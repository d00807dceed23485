"""Files that lie with a network are brought into our own folder.

A message with a file is handled at once; its bytes follow. Only files that
became part of a request are fetched.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import BinaryIO

import structlog

from bot.channels.base import Channel, DeliveryError, Refused
from bot.clock import Clock
from bot.cupboard import LIMIT, Cupboard, FileRefused
from bot.receive import Receiver, from_the_clock
from storage import files
from storage.database import Database, StoreTrouble, Tx

log = structlog.get_logger()

NAP = 2.0  # seconds between two looks when nobody told us of a new file
TRIES = 8
CHUNK = 1 << 16


class Fetcher:
    """Brings files home, a few at a time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        cupboard: Cupboard,
        receiver: Receiver,
        channels: Mapping[tuple[str, str], Channel],
    ) -> None:
        self._database = database
        self._clock = clock
        self._cupboard = cupboard
        self._receiver = receiver
        self._channels = channels

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            try:
                found = await self._database.read(lambda tx: files.to_fetch(tx, self._clock.now()))
                await asyncio.gather(*(self._fetch(file) for file in found))
            except (StoreTrouble, OSError) as error:
                log.error("fetch.trouble", error=type(error).__name__)
                found = []
            if not found:
                await asyncio.sleep(NAP)

    async def _fetch(self, file: files.File) -> None:
        channel = self._channels.get((file.channel or "", file.bot or ""))
        try:
            if channel is None or not file.remote:
                raise Refused("no such channel")
            with tempfile.TemporaryFile() as body:
                await channel.fetch(file.remote, body, LIMIT)
                body.seek(0)
                kept = await self._cupboard.keep(file.id, _chunks(body), file.name)
        except FileRefused as refusal:
            await self._refuse(file, refusal.reason)
        except Refused:
            await self._refuse(file, "gone")
        except DeliveryError:
            await self._later(file)
        else:
            wanted = await self._database.write(
                lambda tx: files.stored(tx, file.id, mime=kept.mime, size=kept.size)
            )
            if not wanted:
                self._cupboard.remove([file.id])

    async def _refuse(self, file: files.File, reason: str) -> None:
        log.info("fetch.refused", file=file.id, reason=reason)
        await self._database.write(lambda tx: self._keep_refusal(tx, file, reason))

    async def _keep_refusal(self, tx: Tx, file: files.File, reason: str) -> None:
        """Whoever sent it must learn that it did not arrive."""
        await files.refuse(tx, file.id, reason)
        action = f"file-refused:{file.id}"
        news = from_the_clock(action, action, self._clock.now())
        await self._receiver.within(tx, [news])

    async def _later(self, file: files.File) -> None:
        wait = timedelta(seconds=min(2.0**file.attempts, 300.0))

        async def keep(tx: Tx) -> None:
            if file.attempts + 1 >= TRIES:
                await self._keep_refusal(tx, file, "gone")
            else:
                await files.later(tx, file.id, self._clock.now() + wait)

        await self._database.write(keep)


async def _chunks(body: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := body.read(CHUNK):
        yield chunk
