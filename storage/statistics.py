"""What happened: how often, how fast, and how content people were; never to whom."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Course:
    """When a request came, was first answered and ended, and how content the person was."""

    created_at: str
    answered_at: str | None
    closed_at: str | None
    rating: str | None  # good, middling, bad


async def counted(
    tx: Tx, first: date, following: date, kinds: Collection[str]
) -> list[tuple[str, str, int]]:
    """Tallies of these kinds from one day to another, which is not included:
    (what, subject, number)."""
    wanted = ", ".join("?" for _ in kinds)
    rows = await tx.all(
        f"""SELECT what, subject, SUM(number) AS number FROM tallies
            WHERE day >= ? AND day < ? AND what IN ({wanted})
            GROUP BY what, subject""",  # noqa: S608
        first.isoformat(),
        following.isoformat(),
        *kinds,
    )
    return [(row["what"], row["subject"], row["number"]) for row in rows]


async def courses(tx: Tx, since: datetime) -> list[Course]:
    """All requests with which something happened since then."""
    rows = await tx.all(
        """SELECT created_at, answered_at, closed_at, rating FROM requests
           WHERE created_at >= ? OR answered_at >= ? OR closed_at >= ?""",
        stamp(since),
        stamp(since),
        stamp(since),
    )
    return [Course(**dict(row)) for row in rows]


async def announced(tx: Tx, since: datetime) -> list[tuple[str, int]]:
    """When something was told to many since then, and to how many."""
    rows = await tx.all(
        """SELECT starts_at, total FROM announcements
           WHERE state IN ('sending', 'paused', 'stopped', 'done')
             AND starts_at >= ? AND total > 0""",
        stamp(since),
    )
    return [(row["starts_at"], row["total"]) for row in rows]


async def subscribed(tx: Tx) -> list[tuple[str, str, int]]:
    """What people want to be told of now: (kind, value, number). Regions are spelt by hand."""
    rows = await tx.all(
        "SELECT kind, value, COUNT(*) AS number FROM subscriptions GROUP BY kind, value"
    )
    return [(row["kind"], row["value"], row["number"]) for row in rows]
