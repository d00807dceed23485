"""What came in and is to be handled, in order per chat, exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Received:
    """A message on its way in; `payload` is the `Incoming` as JSON."""

    channel: str
    bot: str
    update_id: str
    queue: str
    payload: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The oldest unfinished message of its queue."""

    id: int
    payload: str
    attempts: int


async def accept(tx: Tx, messages: Sequence[Received], now: datetime) -> int:
    """Keep the messages; the number of those we did not have yet.

    Networks deliver at least once. The key (channel, bot, update id) is a set,
    not a high-water mark: after a quiet week the next id may be lower.
    """
    at = stamp(now)
    before = await tx.value("SELECT COALESCE(MAX(id), 0) FROM inbox")
    await tx.many(
        """INSERT INTO inbox (channel, bot, update_id, queue, payload, received_at, not_before)
           VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (channel, bot, update_id) DO NOTHING""",
        [(m.channel, m.bot, m.update_id, m.queue, m.payload, at, at) for m in messages],
    )
    return int(await tx.value("SELECT COUNT(*) FROM inbox WHERE id > ?", before))


async def heads(tx: Tx, now: datetime, limit: int) -> list[Waiting]:
    """The oldest waiting message of each queue that may be handled now."""
    rows = await tx.all(
        """WITH heads AS
             (SELECT MIN(id) AS id FROM inbox WHERE state = 'waiting' GROUP BY queue)
           SELECT inbox.id, payload, attempts FROM heads JOIN inbox ON inbox.id = heads.id
           WHERE not_before <= ? ORDER BY inbox.id LIMIT ?""",
        stamp(now),
        limit,
    )
    return [Waiting(row["id"], row["payload"], row["attempts"]) for row in rows]


async def next_due(tx: Tx) -> str | None:
    """When the earliest waiting message may be handled, as a stamp."""
    value = await tx.value(
        """WITH heads AS
             (SELECT MIN(id) AS id FROM inbox WHERE state = 'waiting' GROUP BY queue)
           SELECT MIN(not_before) FROM heads JOIN inbox ON inbox.id = heads.id"""
    )
    return None if value is None else str(value)


async def finish(tx: Tx, inbox_id: int, now: datetime) -> None:
    """Handled. Its words are not needed any more and are wiped at once."""
    await tx.run(
        "UPDATE inbox SET state = 'done', payload = NULL, finished_at = ? WHERE id = ?",
        stamp(now),
        inbox_id,
    )


async def retry(tx: Tx, inbox_id: int, error: str, not_before: datetime) -> None:
    """It failed and is tried again; those behind it in its queue wait."""
    await tx.run(
        "UPDATE inbox SET attempts = attempts + 1, error = ?, not_before = ? WHERE id = ?",
        error,
        stamp(not_before),
        inbox_id,
    )


async def bury(tx: Tx, inbox_id: int, error: str, now: datetime) -> None:
    """A dead letter: it failed too often, the queue goes on without it.

    Its content is wiped too; what somebody must repair is named by the alarm
    that goes with it.
    """
    await tx.run(
        """UPDATE inbox SET state = 'dead', payload = NULL, attempts = attempts + 1,
           error = ?, finished_at = ? WHERE id = ?""",
        error,
        stamp(now),
        inbox_id,
    )


async def oldest_waiting(tx: Tx) -> str | None:
    """When the oldest unfinished message came in, as a stamp."""
    value = await tx.value("SELECT MIN(received_at) FROM inbox WHERE state = 'waiting'")
    return None if value is None else str(value)


async def forget_keys(tx: Tx, finished_before: datetime) -> int:
    """Drop the de-duplication keys of long-finished messages."""
    return await tx.run("DELETE FROM inbox WHERE finished_at < ?", stamp(finished_before))
