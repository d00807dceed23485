"""Network → inbox: kept first, confirmed to the network afterwards."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.clock import Clock
from handlers.message import Incoming, Kind
from storage import inbox
from storage.database import Database, Tx


class Receiver:
    """What channels hand their messages to (see `bot.channels.base.Receive`)."""

    def __init__(self, database: Database, clock: Clock, arrived: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._arrived = arrived

    async def __call__(self, messages: Sequence[Incoming]) -> None:
        """Keep the messages; when this returns, their networks may forget them."""
        if messages:
            await self._database.write(lambda tx: self.within(tx, messages))

    async def within(self, tx: Tx, messages: Sequence[Incoming]) -> int:
        """Keep them inside a unit of the channel's own; the number of new ones."""
        new = await inbox.accept(tx, [received(message) for message in messages], self._clock.now())
        if new:
            # Called before the commit on purpose: the turns join this very
            # group and share its flush (see storage.database).
            self._arrived()
        return new


def received(message: Incoming) -> inbox.Received:
    """A message as the inbox keeps it."""
    return inbox.Received(
        channel=message.channel,
        bot=message.bot,
        update_id=message.update_id,
        queue=message.queue,
        payload=message.model_dump_json(exclude_defaults=True),
    )


def from_the_clock(action: str, key: str, at: datetime) -> Incoming:
    """A message that nobody wrote: `kind:subject` is due, or has just happened.

    Messages of one kind are handled in order; one with a known `key` counts once.
    """
    return Incoming(
        channel="clock",
        bot="",
        update_id=key,
        kind=Kind.CLOCK,
        chat=action.partition(":")[0],
        sender="",
        private=False,
        action=action,
        at=at,
    )
