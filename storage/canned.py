"""Canned answers that were made at the desk."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    id: int
    title: str
    text: str


async def put(tx: Tx, title: str, text: str, by: int, now: datetime) -> int:
    """Keep it; one with this title says this from now on. Its id."""
    value = await tx.value(
        """INSERT INTO canned (title, text, coordinator_id, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (title) DO UPDATE SET text = excluded.text,
             coordinator_id = excluded.coordinator_id, at = excluded.at
           RETURNING id""",
        title,
        text,
        by,
        stamp(now),
    )
    return int(value)


async def remove(tx: Tx, canned_id: int) -> bool:
    return await tx.run("DELETE FROM canned WHERE id = ?", canned_id) > 0


async def everything(tx: Tx) -> list[CannedAnswer]:
    rows = await tx.all("SELECT id, title, text FROM canned ORDER BY title")
    return [CannedAnswer(**dict(row)) for row in rows]
