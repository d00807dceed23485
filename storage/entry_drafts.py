"""Entries that are being written in a chat, until they are proposed.

They may hold words of whoever asked, so they go with the request's words. There is one for
each request and one for each live entry: colleagues write it together.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """`payload` is what the fields say, as JSON. With `entry_id` a live entry is changed."""

    id: int
    request_id: int | None
    entry_id: str | None
    payload: str
    revision: int


_COLUMNS = "id, request_id, entry_id, payload, revision"


async def begin(
    tx: Tx,
    payload: str,
    now: datetime,
    *,
    request_id: int | None = None,
    entry_id: str | None = None,
) -> EntryDraft:
    """The draft of this request or entry: a new one, unless there is one already."""
    await tx.run(
        """INSERT INTO entry_drafts (request_id, entry_id, payload, at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO NOTHING""",
        request_id,
        entry_id,
        payload,
        stamp(now),
    )
    column, value = ("entry_id", entry_id) if entry_id else ("request_id", request_id)
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM entry_drafts WHERE {column} = ?",  # noqa: S608
        value,
    )
    assert row is not None  # noqa: S101 - it was just put there
    return EntryDraft(**dict(row))


async def get(tx: Tx, draft_id: int) -> EntryDraft | None:
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM entry_drafts WHERE id = ?",  # noqa: S608
        draft_id,
    )
    return EntryDraft(**dict(row)) if row else None


async def change(tx: Tx, draft_id: int, payload: str, now: datetime) -> None:
    """It reads differently now."""
    await tx.run(
        "UPDATE entry_drafts SET payload = ?, revision = revision + 1, at = ? WHERE id = ?",
        payload,
        stamp(now),
        draft_id,
    )


async def ask(tx: Tx, draft_id: int, field: str, by: int, place: str, now: datetime) -> None:
    """The next words of this colleague in this place are for this field."""
    await tx.run(
        """INSERT INTO entry_questions (coordinator_id, place, draft_id, field, at)
           VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (coordinator_id, place) DO UPDATE SET
             draft_id = excluded.draft_id, field = excluded.field, at = excluded.at""",
        by,
        place,
        draft_id,
        field,
        stamp(now),
    )


async def asked(tx: Tx, by: int, place: str, since: datetime) -> tuple[int, str] | None:
    """The draft, which may be gone, and the field that this colleague was asked for here."""
    row = await tx.one(
        """SELECT draft_id, field FROM entry_questions
           WHERE coordinator_id = ? AND place = ? AND at > ?""",
        by,
        place,
        stamp(since),
    )
    return (int(row["draft_id"]), str(row["field"])) if row else None


async def stop_asking(tx: Tx, by: int, place: str) -> None:
    """Words of this colleague in this place are not for a draft any more."""
    await tx.run("DELETE FROM entry_questions WHERE coordinator_id = ? AND place = ?", by, place)


async def end(tx: Tx, draft_id: int) -> bool:
    """It is proposed, or not wanted. Of two who try at once, one gets True."""
    return await tx.run("DELETE FROM entry_drafts WHERE id = ?", draft_id) > 0


async def forget(tx: Tx, before: datetime) -> None:
    """What nobody went on with."""
    for table in ("entry_drafts", "entry_questions"):
        await tx.run(f"DELETE FROM {table} WHERE at < ?", stamp(before))  # noqa: S608
