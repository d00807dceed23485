"""Events that coordinators are writing in a chat, and the question that is open there.

A coordinator has one at a time in each chat. What was answered already is in the event
itself; only before it has a time is its title kept here.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and in which chat."""

    coordinator_id: int
    channel: str
    bot: str
    chat: str


@dataclass(frozen=True, slots=True)
class Composition:
    """`asks` is what the next message is about."""

    event_id: str | None
    title: str
    asks: str


async def put(tx: Tx, writer: Writer, composition: Composition, now: datetime) -> None:
    """From now on this is the open question; one that was open before is not any more."""
    await tx.run(
        """INSERT INTO compositions (coordinator_id, channel, bot, chat, event_id, title, asks, at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (coordinator_id, channel, bot, chat) DO UPDATE SET
             event_id = excluded.event_id, title = excluded.title,
             asks = excluded.asks, at = excluded.at""",
        writer.coordinator_id,
        writer.channel,
        writer.bot,
        writer.chat,
        composition.event_id,
        composition.title,
        composition.asks,
        stamp(now),
    )


async def get(tx: Tx, writer: Writer, since: datetime) -> Composition | None:
    """The question that was asked after `since` and is still open."""
    row = await tx.one(
        """SELECT event_id, title, asks FROM compositions
           WHERE coordinator_id = ? AND channel = ? AND bot = ? AND chat = ? AND at > ?""",
        writer.coordinator_id,
        writer.channel,
        writer.bot,
        writer.chat,
        stamp(since),
    )
    return Composition(**dict(row)) if row else None


async def end(tx: Tx, writer: Writer) -> None:
    """No question is open any more."""
    await tx.run(
        """DELETE FROM compositions
           WHERE coordinator_id = ? AND channel = ? AND bot = ? AND chat = ?""",
        writer.coordinator_id,
        writer.channel,
        writer.bot,
        writer.chat,
    )
