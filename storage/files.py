"""Files that people sent. The bytes lie in the store's folder under our own id."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp

_COLUMNS = """id, person_id, message_id, kind, name, mime, size, state,
    channel, bot, remote, reason, attempts"""


@dataclass(frozen=True, slots=True)
class File:
    """`state`: remote (not fetched yet), stored, or refused (see `reason`)."""

    id: str
    person_id: int | None
    message_id: int | None
    kind: str
    name: str
    mime: str
    size: int
    state: str
    channel: str | None
    bot: str | None
    remote: str | None
    reason: str | None
    attempts: int


async def add(
    tx: Tx,
    *,
    file_id: str,
    person_id: int | None,
    kind: str,
    name: str,
    mime: str,
    size: int,
    state: str,
    now: datetime,
    channel: str = "",
    bot: str = "",
    remote: str = "",
    reason: str = "",
) -> None:
    """We know of a file: one we hold, one we can fetch, or one we refused."""
    await tx.run(
        """INSERT INTO files (id, person_id, kind, name, mime, size, state, channel, bot, remote,
             reason, not_before, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        file_id,
        person_id,
        kind,
        name,
        mime,
        size,
        state,
        channel or None,
        bot or None,
        remote or None,
        reason or None,
        stamp(now),
        stamp(now),
    )


async def attach(tx: Tx, file_id: str, message_id: int, person_id: int | None) -> bool:
    """Make it part of a request message; False if it is unknown or belongs elsewhere."""
    changed = await tx.run(
        """UPDATE files SET message_id = ?, person_id = COALESCE(person_id, ?)
           WHERE id = ? AND message_id IS NULL""",
        message_id,
        person_id,
        file_id,
    )
    return changed > 0


async def get(tx: Tx, file_id: str) -> File | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM files WHERE id = ?", file_id)  # noqa: S608
    return File(**dict(row)) if row else None


async def of_messages(tx: Tx, message_ids: Iterable[int]) -> dict[int, list[File]]:
    """The files of each message, in the order they came."""
    found: dict[int, list[File]] = {}
    for message_id in message_ids:
        rows = await tx.all(
            f"SELECT {_COLUMNS} FROM files WHERE message_id = ? ORDER BY created_at, id",  # noqa: S608
            message_id,
        )
        if rows:
            found[message_id] = [File(**dict(row)) for row in rows]
    return found


async def request_of(tx: Tx, file_id: str) -> int | None:
    """The request that a file belongs to."""
    value = await tx.value(
        """SELECT request_id FROM request_messages
           WHERE id = (SELECT message_id FROM files WHERE id = ?)""",
        file_id,
    )
    return None if value is None else int(value)


async def to_fetch(tx: Tx, now: datetime, limit: int = 8) -> list[File]:
    """Files that lie with a network and should lie with us."""
    rows = await tx.all(
        f"""SELECT {_COLUMNS} FROM files
            WHERE state = 'remote' AND not_before <= ? AND (message_id IS NOT NULL OR EXISTS
              (SELECT 1 FROM announcement_files WHERE file_id = files.id))
            ORDER BY created_at LIMIT ?""",  # noqa: S608
        stamp(now),
        limit,
    )
    return [File(**dict(row)) for row in rows]


async def stored(tx: Tx, file_id: str, *, mime: str, size: int) -> bool:
    """Its bytes are in our folder now; False if it was erased in the meantime."""
    changed = await tx.run(
        "UPDATE files SET state = 'stored', mime = ?, size = ? WHERE id = ?", mime, size, file_id
    )
    return changed > 0


async def refuse(tx: Tx, file_id: str, reason: str) -> None:
    """We will not have it, and why."""
    await tx.run("UPDATE files SET state = 'refused', reason = ? WHERE id = ?", reason, file_id)


async def later(tx: Tx, file_id: str, not_before: datetime) -> None:
    """Fetching failed; try again."""
    await tx.run(
        "UPDATE files SET attempts = attempts + 1, not_before = ? WHERE id = ?",
        stamp(not_before),
        file_id,
    )


async def volume(tx: Tx, person_id: int, since: datetime) -> int:
    """Bytes a person has sent since then."""
    value = await tx.value(
        """SELECT COALESCE(SUM(size), 0) FROM files
           WHERE person_id = ? AND created_at >= ? AND state <> 'refused'""",
        person_id,
        stamp(since),
    )
    return int(value)


async def orphans(tx: Tx, created_before: datetime) -> list[str]:
    """Remove and return files that never became part of a request or an announcement."""
    rows = await tx.all(
        """DELETE FROM files WHERE message_id IS NULL AND created_at < ? AND NOT EXISTS
             (SELECT 1 FROM announcement_files WHERE file_id = files.id) RETURNING id""",
        stamp(created_before),
    )
    return [str(row["id"]) for row in rows]


async def ids(tx: Tx) -> set[str]:
    """All files we know of."""
    return {str(row["id"]) for row in await tx.all("SELECT id FROM files")}
