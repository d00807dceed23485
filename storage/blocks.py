"""People whose messages nobody has to read for a while."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Block:
    until: str  # a stamp; it ends by itself
    reason: str  # for the desk only
    coordinator_id: int | None
    at: str


async def add(
    tx: Tx, person_id: int, until: datetime, reason: str, coordinator_id: int, now: datetime
) -> None:
    """Nobody has to read this person until then; one that has ended is replaced."""
    await tx.run(
        """INSERT INTO blocks (person_id, until, reason, coordinator_id, at)
           VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (person_id) DO UPDATE SET until = excluded.until,
             reason = excluded.reason, coordinator_id = excluded.coordinator_id,
             at = excluded.at""",
        person_id,
        stamp(until),
        reason,
        coordinator_id,
        stamp(now),
    )


async def get(tx: Tx, person_id: int, now: datetime) -> Block | None:
    """What holds at this moment."""
    row = await tx.one(
        """SELECT until, reason, coordinator_id, at FROM blocks
           WHERE person_id = ? AND until > ?""",
        person_id,
        stamp(now),
    )
    return Block(**dict(row)) if row else None


async def lift(tx: Tx, person_id: int) -> None:
    """They are heard again before its time."""
    await tx.run("DELETE FROM blocks WHERE person_id = ?", person_id)


async def forget(tx: Tx, now: datetime) -> int:
    """Drop those that have ended."""
    return await tx.run("DELETE FROM blocks WHERE until <= ?", stamp(now))
