"""Alarms, tallies and the few facts that outlive a restart."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a coordinator or operator should look at. Ids only, never words."""

    id: int
    kind: str
    subject: str
    at: str


async def alarm(tx: Tx, kind: str, subject: str, now: datetime) -> bool:
    """Raise an alarm; False if the same one is still on."""
    changed = await tx.run(
        """INSERT INTO alarms (kind, subject, at) VALUES (?, ?, ?)
           ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO NOTHING""",
        kind,
        subject,
        stamp(now),
    )
    return changed > 0


async def resolve(tx: Tx, kind: str, subject: str, now: datetime) -> bool:
    """The reason is gone; False if there was no such alarm."""
    changed = await tx.run(
        """UPDATE alarms SET resolved_at = ?
           WHERE kind = ? AND subject = ? AND resolved_at IS NULL""",
        stamp(now),
        kind,
        subject,
    )
    return changed > 0


async def alarms(tx: Tx) -> list[Alarm]:
    """All alarms that are on, newest first."""
    rows = await tx.all(
        "SELECT id, kind, subject, at FROM alarms WHERE resolved_at IS NULL ORDER BY id DESC"
    )
    return [Alarm(**dict(row)) for row in rows]


async def forget_alarms(tx: Tx, resolved_before: datetime) -> int:
    return await tx.run("DELETE FROM alarms WHERE resolved_at < ?", stamp(resolved_before))


async def tally(tx: Tx, day: date, what: str, subject: str = "") -> None:
    """Count that it happened; never who it happened to."""
    await tx.run(
        """INSERT INTO tallies (day, what, subject, number) VALUES (?, ?, ?, 1)
           ON CONFLICT (day, what, subject) DO UPDATE SET number = tallies.number + 1""",
        day.isoformat(),
        what,
        subject,
    )


async def tallies(tx: Tx, since: date) -> list[tuple[str, str, int]]:
    """What was counted since a day: (what, subject, number)."""
    rows = await tx.all(
        """SELECT what, subject, SUM(number) AS number FROM tallies WHERE day >= ?
           GROUP BY what, subject ORDER BY what, number DESC""",
        since.isoformat(),
    )
    return [(row["what"], row["subject"], row["number"]) for row in rows]


class Desk(NamedTuple):
    """The coordinators' group in a messenger."""

    channel: str
    bot: str
    chat: str


async def desk(tx: Tx) -> Desk | None:
    """The coordinators' group, if one was chosen."""
    kept = await fact(tx, "desk")
    return Desk(*kept.split(":", 2)) if kept else None


async def choose_desk(tx: Tx, channel: str, bot: str, chat: str) -> None:
    """From now on this is the coordinators' group."""
    await set_fact(tx, "desk", f"{channel}:{bot}:{chat}")


async def move_desk(tx: Tx, channel: str, bot: str, old: str, new: str) -> bool:
    """If the coordinators' group is the chat that moved, it is the new one now."""
    if moved := await desk(tx) == (channel, bot, old):
        await choose_desk(tx, channel, bot, new)
    return moved


async def fact(tx: Tx, name: str) -> str | None:
    value = await tx.value("SELECT value FROM facts WHERE name = ?", name)
    return None if value is None else str(value)


async def set_fact(tx: Tx, name: str, value: str) -> None:
    await tx.run(
        """INSERT INTO facts (name, value) VALUES (?, ?)
           ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
        name,
        value,
    )
