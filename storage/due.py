"""What happens later: a kind, a subject, and when.

There is at most one row for a kind and a subject; setting it again moves it.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Due:
    kind: str
    subject: str
    at: str
    round: int

    @property
    def key(self) -> str:
        """Unique for this time that it falls due, so that it counts once."""
        return f"{self.kind}:{self.subject}:{self.round}:{self.at}"


async def plan(tx: Tx, kind: str, subject: str, at: datetime) -> None:
    """It falls due at this time; an earlier plan is replaced."""
    await tx.run(
        """INSERT INTO due (kind, subject, at) VALUES (?, ?, ?)
           ON CONFLICT (kind, subject) DO UPDATE SET at = excluded.at, round = due.round + 1""",
        kind,
        subject,
        stamp(at),
    )


async def cancel(tx: Tx, kind: str, subject: str) -> None:
    await tx.run("DELETE FROM due WHERE kind = ? AND subject = ?", kind, subject)


async def planned(tx: Tx, kind: str, subject: str) -> str | None:
    """When it falls due, as a stamp."""
    value = await tx.value("SELECT at FROM due WHERE kind = ? AND subject = ?", kind, subject)
    return None if value is None else str(value)


async def take(tx: Tx, now: datetime, limit: int = 100) -> list[Due]:
    """Take out what is due now, oldest first."""
    rows = await tx.all(
        "SELECT kind, subject, at, round FROM due WHERE at <= ? ORDER BY at LIMIT ?",
        stamp(now),
        limit,
    )
    found = [Due(**dict(row)) for row in rows]
    await tx.many(
        "DELETE FROM due WHERE kind = ? AND subject = ?", [(d.kind, d.subject) for d in found]
    )
    return found


async def next_due(tx: Tx) -> str | None:
    """When the next row falls due, as a stamp."""
    value = await tx.value("SELECT MIN(at) FROM due")
    return None if value is None else str(value)
