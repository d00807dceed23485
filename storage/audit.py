"""Who did what at the desk, and when; never what people wrote."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Deed:
    id: int
    at: str
    coordinator_id: int | None
    coordinator: str | None  # name, for the desk only
    verb: str
    subject: str  # the number of a request


async def add(tx: Tx, coordinator_id: int, verb: str, subject: str, now: datetime) -> None:
    """It was done."""
    await tx.run(
        "INSERT INTO audit (at, coordinator_id, verb, subject) VALUES (?, ?, ?, ?)",
        stamp(now),
        coordinator_id,
        verb,
        subject,
    )


async def listed(tx: Tx, limit: int = 100, offset: int = 0) -> list[Deed]:
    """What was done, newest first."""
    rows = await tx.all(
        """SELECT a.id, a.at, a.coordinator_id, c.name AS coordinator, a.verb, a.subject
           FROM audit AS a LEFT JOIN coordinators AS c ON c.id = a.coordinator_id
           ORDER BY a.id DESC LIMIT ? OFFSET ?""",
        limit,
        offset,
    )
    return [Deed(**dict(row)) for row in rows]


async def was_done(tx: Tx, verbs: Collection[str], subject: str, since: str) -> bool:
    """Whether one of these was done to the subject since then (a stamp)."""
    rows = await tx.all(
        "SELECT DISTINCT verb FROM audit WHERE at >= ? AND subject = ?", since, subject
    )
    return any(row["verb"] in verbs for row in rows)
