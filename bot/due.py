"""What happens later: rows whose time has come become messages of the clock.

A message of the clock takes the same road as any other: it is handled in a
turn, once, and survives a crash. Times of day are compared on every tick, so a
clock that jumps or a machine that slept makes things late, never double.
"""

import asyncio

import structlog

from bot.clock import Clock
from bot.receive import Receiver, from_the_clock
from storage import due
from storage.database import Database, StoreTrouble, Tx
from storage.moments import moment

log = structlog.get_logger()

LONGEST_NAP = 2.0  # seconds; a turn may plan something, and the clock on the wall may jump


class Schedule:
    """Turns due rows into messages."""

    def __init__(self, database: Database, clock: Clock, receiver: Receiver) -> None:
        self._database = database
        self._clock = clock
        self._receiver = receiver

    async def tick(self) -> float:
        """Hand over what is due now; seconds until there may be more."""
        return await self._database.write(self._tick)

    async def _tick(self, tx: Tx) -> float:
        now = self._clock.now()
        found = await due.take(tx, now)
        await self._receiver.within(
            tx,
            [from_the_clock(f"{row.kind}:{row.subject}", row.key, moment(row.at)) for row in found],
        )
        following = await due.next_due(tx)
        if following is None:
            return LONGEST_NAP
        return min(max((moment(following) - now).total_seconds(), 0.0), LONGEST_NAP)

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            try:
                nap = await self.tick()
            except StoreTrouble as error:
                log.error("store.trouble", error=type(error.__cause__ or error).__name__)
                nap = 5.0
            await asyncio.sleep(max(nap, 0.2))
