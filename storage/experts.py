"""Experts who are kept at the desk, and whom people wished for.

An expert is kept as JSON in the form of the content. A row here stands before one of the
content with the same slug.
"""

from dataclasses import dataclass
from datetime import date, datetime

from storage.database import Row, Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class KeptExpert:
    """An expert in the store; `payload` is the `Expert` as JSON.

    `coordinator_id` is the colleague who they are, if they are enrolled.
    """

    slug: str
    payload: str
    coordinator_id: int | None
    withdrawn_on: date | None
    updated_at: str


_COLUMNS = "slug, payload, coordinator_id, withdrawn_on, updated_at"


async def everything(tx: Tx) -> list[KeptExpert]:
    rows = await tx.all(f"SELECT {_COLUMNS} FROM experts ORDER BY slug")  # noqa: S608
    return [_kept(row) for row in rows]


async def get(tx: Tx, slug: str) -> KeptExpert | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM experts WHERE slug = ?", slug)  # noqa: S608
    return _kept(row) if row else None


async def keep(
    tx: Tx,
    slug: str,
    payload: str,
    now: datetime,
    *,
    coordinator_id: int | None,
    withdrawn_on: date | None,
) -> None:
    """The expert reads like this from now on, whether there was one or not."""
    await tx.run(
        """INSERT INTO experts
             (slug, payload, coordinator_id, withdrawn_on, created_at, updated_at)
           VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (slug) DO UPDATE SET payload = excluded.payload,
             coordinator_id = excluded.coordinator_id, withdrawn_on = excluded.withdrawn_on,
             updated_at = excluded.updated_at""",
        slug,
        payload,
        coordinator_id,
        withdrawn_on.isoformat() if withdrawn_on else None,
        stamp(now),
        stamp(now),
    )


async def remove(tx: Tx, slug: str) -> bool:
    """Nothing of them is left here; False if there was nothing."""
    return await tx.run("DELETE FROM experts WHERE slug = ?", slug) > 0


async def wish(tx: Tx, request_id: int, slug: str, now: datetime) -> None:
    """The person would like this expert to answer."""
    await tx.run(
        """INSERT INTO expert_wishes (request_id, slug, at) VALUES (?, ?, ?)
           ON CONFLICT (request_id) DO UPDATE SET slug = excluded.slug, at = excluded.at""",
        request_id,
        slug,
        stamp(now),
    )


async def wished(tx: Tx, request_id: int) -> str:
    """The slug of the expert whom the person would like to ask; empty for nobody."""
    found = await tx.value("SELECT slug FROM expert_wishes WHERE request_id = ?", request_id)
    return str(found or "")


async def handed_at(tx: Tx, request_id: int, coordinator_id: int) -> str | None:
    """Since when an expert has a request, as a stamp; None if they do not."""
    found = await tx.value(
        "SELECT at FROM handed WHERE request_id = ? AND coordinator_id = ?",
        request_id,
        coordinator_id,
    )
    return None if found is None else str(found)


def _kept(row: Row) -> KeptExpert:
    values = dict(row)
    day = values["withdrawn_on"]
    return KeptExpert(**{**values, "withdrawn_on": date.fromisoformat(day) if day else None})
