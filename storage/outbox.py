"""What is to be said, until it is said.

A row is `ready`, then `sending` while a call may be on its way, and ends as
`sent`, `undeliverable`, `held` (it may or may not have arrived, and a second
copy would be worse than asking a coordinator) or `expired`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Ready:
    """A row that may be sent; `payload` is the `Outgoing` as JSON."""

    id: int
    chat: str
    payload: str
    attempts: int
    uncertain: int
    created_at: str
    reason: str | None  # why it is not sent yet


async def promise(
    tx: Tx,
    *,
    channel: str,
    bot: str,
    chat: str,
    lane: int,
    payload: str,
    now: datetime,
    not_before: datetime | None = None,
    gather: str = "",
) -> int:
    """Something will be said. Kept in the same transaction as its reason."""
    at = stamp(now)
    value = await tx.value(
        """INSERT INTO outbox (channel, bot, chat, lane, payload, not_before, gather, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
        channel,
        bot,
        chat,
        lane,
        payload,
        stamp(not_before) if not_before else at,
        gather or None,
        at,
    )
    return int(value)


async def gathering(tx: Tx, channel: str, bot: str, chat: str, key: str) -> Ready | None:
    """The row of this key that still waits for more, if any."""
    row = await tx.one(
        """SELECT id, chat, payload, attempts, uncertain, created_at, reason FROM outbox
           WHERE channel = ? AND bot = ? AND chat = ? AND state = 'ready'
             AND attempts = 0 AND uncertain = 0 AND gather = ?""",
        channel,
        bot,
        chat,
        key,
    )
    return Ready(**dict(row)) if row else None


async def rewrite(tx: Tx, row_id: int, payload: str, not_before: datetime) -> None:
    """Replace what a waiting row says."""
    await tx.run(
        "UPDATE outbox SET payload = ?, not_before = ? WHERE id = ? AND state = 'ready'",
        payload,
        stamp(not_before),
        row_id,
    )


async def replace(tx: Tx, row_id: int, payload: str) -> None:
    """The same for a row whose time stays as it is."""
    await tx.run("UPDATE outbox SET payload = ? WHERE id = ? AND state = 'ready'", payload, row_id)


async def ready(
    tx: Tx, channel: str, bot: str, lane: int, now: datetime, limit: int
) -> list[Ready]:
    """Rows that may be sent now, oldest first, at most one for each chat.

    Order within a chat is kept: a row waits while an older one of the same
    chat and lane is unfinished.
    """
    rows = await tx.all(
        """SELECT id, chat, payload, attempts, uncertain, created_at, reason FROM outbox AS mine
           WHERE state = 'ready' AND lane = ? AND channel = ? AND bot = ? AND not_before <= ?
             AND (expires_at IS NULL OR expires_at > ?)
             AND NOT EXISTS (
               SELECT 1 FROM outbox AS older
               WHERE older.channel = mine.channel AND older.bot = mine.bot
                 AND older.chat = mine.chat AND older.lane = mine.lane
                 AND older.state IN ('ready', 'sending') AND older.id < mine.id)
           ORDER BY id LIMIT ?""",
        lane,
        channel,
        bot,
        stamp(now),
        stamp(now),
        limit,
    )
    return [Ready(**dict(row)) for row in rows]


async def waits(tx: Tx, channel: str, bot: str, chat: str) -> bool:
    """Whether something is still to be said in this chat."""
    found = await tx.value(
        """SELECT 1 FROM outbox WHERE channel = ? AND bot = ? AND chat = ?
           AND state IN ('ready', 'sending') LIMIT 1""",
        channel,
        bot,
        chat,
    )
    return found is not None


async def next_due(tx: Tx, after: datetime) -> str | None:
    """When the next row that waits for its time may be sent, as a stamp, on any channel.

    A courier that wakes for another one's row finds nothing; asking for its own
    would mean reading a whole announcement each time.
    """
    value = await tx.value(
        "SELECT MIN(not_before) FROM outbox WHERE state = 'ready' AND not_before > ?",
        stamp(after),
    )
    return None if value is None else str(value)


async def claim(tx: Tx, ids: Sequence[int]) -> None:
    """A call may go out from now on. If we die, these rows are uncertain."""
    await tx.many("UPDATE outbox SET state = 'sending' WHERE id = ?", [(i,) for i in ids])


async def finish(tx: Tx, row_id: int, state: str, now: datetime, reason: str | None = None) -> None:
    """The row's last state: sent, undeliverable, held or expired."""
    await tx.run(
        "UPDATE outbox SET state = ?, reason = ?, finished_at = ? WHERE id = ?",
        state,
        reason,
        stamp(now),
        row_id,
    )


async def again(
    tx: Tx,
    row_id: int,
    not_before: datetime,
    *,
    attempt: bool = False,
    uncertain: bool = False,
    reason: str | None = None,
) -> None:
    """Back to `ready`. Say whether this cost an attempt, or left a copy in doubt."""
    await tx.run(
        """UPDATE outbox SET state = 'ready', not_before = ?, attempts = attempts + ?,
           uncertain = uncertain + ?, reason = ? WHERE id = ?""",
        stamp(not_before),
        int(attempt),
        int(uncertain),
        reason,
        row_id,
    )


async def left_sending(tx: Tx, channel: str, bot: str) -> list[tuple[int, int, int, str]]:
    """Rows that a dead process was sending: (id, lane, uncertain, payload)."""
    rows = await tx.all(
        """SELECT id, lane, uncertain, payload FROM outbox
           WHERE state = 'sending' AND channel = ? AND bot = ?""",
        channel,
        bot,
    )
    return [(row["id"], row["lane"], row["uncertain"], row["payload"]) for row in rows]


async def give_up_chat(
    tx: Tx, channel: str, bot: str, chat: str, reason: str, now: datetime
) -> int:
    """Nothing more can be said in this chat; the number of rows given up."""
    return await tx.run(
        """UPDATE outbox SET state = 'undeliverable', reason = ?, finished_at = ?
           WHERE channel = ? AND bot = ? AND chat = ? AND state = 'ready'""",
        reason,
        stamp(now),
        channel,
        bot,
        chat,
    )


async def pause(tx: Tx, channel: str, bot: str, scope: str, until: datetime) -> None:
    """The network asked us to be quiet; a shorter pause never ends a longer one."""
    await tx.run(
        """INSERT INTO pauses (channel, bot, scope, until) VALUES (?, ?, ?, ?)
           ON CONFLICT (channel, bot, scope) DO UPDATE SET until = excluded.until
           WHERE excluded.until > pauses.until""",
        channel,
        bot,
        scope,
        stamp(until),
    )


async def pauses(tx: Tx, channel: str, bot: str, now: datetime) -> dict[str, str]:
    """Scope and end of every pause that is still on."""
    await tx.run("DELETE FROM pauses WHERE until <= ?", stamp(now))
    rows = await tx.all(
        "SELECT scope, until FROM pauses WHERE channel = ? AND bot = ?", channel, bot
    )
    return {row["scope"]: row["until"] for row in rows}


async def census(tx: Tx) -> dict[str, int]:
    """How many rows are in each state."""
    rows = await tx.all("SELECT state, COUNT(*) AS number FROM outbox GROUP BY state")
    return {row["state"]: row["number"] for row in rows}


async def oldest_ready(tx: Tx) -> str | None:
    """Since when the oldest row has been waiting, as a stamp."""
    value = await tx.value("SELECT MIN(not_before) FROM outbox WHERE state = 'ready'")
    return None if value is None else str(value)


async def said_since(tx: Tx, channel: str, bot: str, chat: str, lane: int, since: datetime) -> int:
    """How much we said, or are about to say, in a chat since then."""
    value = await tx.value(
        """SELECT COUNT(*) FROM outbox
           WHERE channel = ? AND bot = ? AND chat = ? AND lane = ? AND created_at > ?""",
        channel,
        bot,
        chat,
        lane,
        stamp(since),
    )
    return int(value)


async def stuck(tx: Tx, created_before: datetime, chats: Iterable[str]) -> int:
    """Rows for these chats that have been waiting for too long."""
    wanted = list(chats)
    if not wanted:
        return 0
    marks = ", ".join("?" for _ in wanted)
    value = await tx.value(
        f"""SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'sending')
            AND created_at < ? AND chat IN ({marks})""",  # noqa: S608
        stamp(created_before),
        *wanted,
    )
    return int(value)


async def wipe_bodies(tx: Tx, finished_before: datetime) -> int:
    """Forget what was said long ago; the state of the row stays."""
    return await tx.run(
        "UPDATE outbox SET payload = NULL WHERE finished_at < ? AND payload IS NOT NULL",
        stamp(finished_before),
    )


async def forget(tx: Tx, finished_before: datetime) -> int:
    """Forget that it was said."""
    return await tx.run("DELETE FROM outbox WHERE finished_at < ?", stamp(finished_before))
