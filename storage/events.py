"""Events, and who asked to be reminded of them.

What an event says is kept as JSON; the columns beside it are what is asked for.
Everything that happens later because of an event is planned and taken back in
the transaction that changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage import due
from storage.database import Tx
from storage.moments import stamp

State = Literal["draft", "published", "cancelled"]
Origin = Literal["content", "import", "desk"]

REMIND, CHANGED = "remind", "event"  # kinds of due rows
REMINDERS = ("day", "hour")


@dataclass(frozen=True, slots=True)
class Kept:
    """An event in the store; `payload` is the `Event` as JSON."""

    id: str
    uid: str
    state: State
    origin: Origin
    sequence: int
    payload: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Marked:
    """Somebody who asked to be reminded, and where. `told` is the sequence they know of."""

    person_id: int
    channel: str
    bot: str
    chat: str
    plain: bool
    told: int


_COLUMNS = "id, uid, state, origin, sequence, payload, updated_at"


async def put(
    tx: Tx,
    *,
    id: str,
    uid: str,
    state: State,
    origin: Origin,
    sequence: int,
    payload: str,
    starts: datetime,
    ends: datetime,
    reminders: Mapping[str, datetime] | None,
    now: datetime,
) -> None:
    """Keep an event, new or changed.

    `reminders` says when each of `REMINDERS` falls due; those that are missing or
    past are taken back. With None the plans stay as they are. If the event was there
    before and its sequence is another one, what it said until now is kept as well, and
    those who marked it are looked after by a due row of their own.
    """
    before = await get(tx, id)
    at = stamp(now)
    await tx.run(
        """INSERT INTO events (id, uid, state, origin, sequence, starts, ends, payload,
                               created_at, updated_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET uid = excluded.uid, state = excluded.state,
             origin = excluded.origin, sequence = excluded.sequence, starts = excluded.starts,
             ends = excluded.ends, payload = excluded.payload,
             updated_at = excluded.updated_at, revision = events.revision + 1""",
        id,
        uid,
        state,
        origin,
        sequence,
        stamp(starts),
        stamp(ends),
        payload,
        at,
        at,
    )
    if reminders is not None:
        await _remind(tx, id, reminders, now)
    if before is not None and before.sequence != sequence:
        if before.state != "draft":  # nobody knew of that one
            await _keep_version(tx, before)
        await due.plan(tx, CHANGED, id, now)


async def _remind(tx: Tx, event_id: str, reminders: Mapping[str, datetime], now: datetime) -> None:
    for which in REMINDERS:
        when, subject = reminders.get(which), f"{event_id}:{which}"
        if when is not None and when > now:
            await due.plan(tx, REMIND, subject, when)
        else:
            await due.cancel(tx, REMIND, subject)


async def _keep_version(tx: Tx, before: Kept) -> None:
    await tx.run(
        """INSERT INTO event_versions (event_id, sequence, payload) VALUES (?, ?, ?)
           ON CONFLICT (event_id, sequence) DO UPDATE SET payload = excluded.payload""",
        before.id,
        before.sequence,
        before.payload,
    )


async def get(tx: Tx, event_id: str) -> Kept | None:
    """One event, a draft too."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM events WHERE id = ?", event_id)  # noqa: S608
    return Kept(**dict(row)) if row else None


async def by_uid(tx: Tx, uid: str) -> Kept | None:
    """The event that calendars know by this name."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM events WHERE uid = ?", uid)  # noqa: S608
    return Kept(**dict(row)) if row else None


async def everything(tx: Tx) -> list[Kept]:
    """All events by their start, drafts too."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM events ORDER BY starts, id")  # noqa: S608
    return [Kept(**dict(row)) for row in rows]


async def versions(tx: Tx, event_id: str) -> list[tuple[int, str]]:
    """What an event said before: the last sequence that was so and the payload, oldest first."""
    rows = await tx.all(
        "SELECT sequence, payload FROM event_versions WHERE event_id = ? ORDER BY sequence",
        event_id,
    )
    return [(int(row["sequence"]), str(row["payload"])) for row in rows]


async def forget_versions(tx: Tx, ended_before: datetime) -> None:
    """Forget what past events said before they moved, unless somebody still has to hear of it."""
    await tx.run(
        """DELETE FROM event_versions
           WHERE EXISTS (SELECT 1 FROM events
                         WHERE events.id = event_versions.event_id AND ends < ?)
             AND NOT EXISTS (SELECT 1 FROM marks
                             WHERE marks.event_id = event_versions.event_id
                               AND told <= event_versions.sequence)""",
        stamp(ended_before),
    )


async def version(tx: Tx) -> str:
    """A text that is another one after every change of an event."""
    row = await tx.one("SELECT COUNT(*) AS number, SUM(revision) AS changes FROM events")
    return f"{row['number']}:{row['changes']}" if row else ""


async def mark(tx: Tx, person_id: int, event_id: str, sequence: int, now: datetime) -> bool:
    """Somebody wants to be reminded and knows this sequence; False if they did before."""
    changed = await tx.run(
        """INSERT INTO marks (person_id, event_id, at, told) VALUES (?, ?, ?, ?)
           ON CONFLICT (person_id, event_id) DO NOTHING""",
        person_id,
        event_id,
        stamp(now),
        sequence,
    )
    return changed > 0


async def unmark(tx: Tx, person_id: int, event_id: str) -> bool:
    """Somebody wants to hear no more of it; False if they had not asked to."""
    changed = await tx.run(
        "DELETE FROM marks WHERE person_id = ? AND event_id = ?", person_id, event_id
    )
    return changed > 0


async def is_marked(tx: Tx, person_id: int, event_id: str) -> bool:
    value = await tx.value(
        "SELECT 1 FROM marks WHERE person_id = ? AND event_id = ?", person_id, event_id
    )
    return value is not None


async def marks_of(tx: Tx, person_id: int) -> list[str]:
    """The ids of what somebody wants to be reminded of, soonest first."""
    rows = await tx.all(
        """SELECT event_id FROM marks JOIN events ON events.id = marks.event_id
           WHERE person_id = ? ORDER BY starts, event_id""",
        person_id,
    )
    return [str(row["event_id"]) for row in rows]


async def marked(tx: Tx, event_id: str) -> list[Marked]:
    """Who is to be reminded of it: one row an address; those who blocked us are left out."""
    rows = await tx.all(
        """SELECT marks.person_id, channel, bot, chat, plain, told FROM marks
           JOIN people ON people.id = marks.person_id
           JOIN addresses ON addresses.person_id = marks.person_id
           WHERE event_id = ? AND blocked_at IS NULL ORDER BY marks.person_id, addresses.id""",
        event_id,
    )
    return [Marked(**{**dict(row), "plain": bool(row["plain"])}) for row in rows]


async def told(tx: Tx, event_id: str, sequence: int) -> None:
    """All who marked it know of this sequence now."""
    await tx.run("UPDATE marks SET told = ? WHERE event_id = ?", sequence, event_id)


async def drafts(tx: Tx) -> list[Kept]:
    """What nobody outside the desk knows of yet, soonest first."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM events WHERE state = 'draft' ORDER BY starts, id"  # noqa: S608
    )
    return [Kept(**dict(row)) for row in rows]


async def remove(tx: Tx, event_id: str) -> bool:
    """Delete a draft; False if there is none. What people may know of is cancelled instead."""
    changed = await tx.run("DELETE FROM events WHERE id = ? AND state = 'draft'", event_id)
    return changed > 0
