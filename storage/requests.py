"""Requests, their messages, and where those can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx
from storage.moments import stamp

_COLUMNS = """requests.id, person_id, channel, bot, chat, topic, state, urgent, claimed_by,
    created_at, updated_at, promised_at, answered_at, closed_at, wiped_at"""


@dataclass(frozen=True, slots=True)
class Request:
    """A question that people answer. Times are stamps (see `storage.moments`)."""

    id: int
    person_id: int | None
    channel: str  # where the answer goes
    bot: str
    chat: str
    topic: str
    state: str  # open, claimed, answered, closed
    urgent: bool
    claimed_by: int | None
    created_at: str
    updated_at: str
    promised_at: str | None
    answered_at: str | None
    closed_at: str | None
    wiped_at: str | None

    @property
    def number(self) -> str:
        """What people call it."""
        return f"K-{self.id}"

    @property
    def thread(self) -> str:
        """The name of its thread at the desk."""
        return f"request:{self.id}"


@dataclass(frozen=True, slots=True)
class RequestMessage:
    id: int
    request_id: int
    author: str  # person, coordinator, note
    coordinator_id: int | None
    coordinator: str | None  # name, for the desk only
    text: str
    at: str
    edited_at: str | None
    deleted_at: str | None


@dataclass(frozen=True, slots=True)
class Copy:
    """Where a request message can be seen; `message` is the network's id."""

    channel: str
    bot: str
    chat: str
    message: str


def _request(row: Row) -> Request:
    values = dict(row)
    values["urgent"] = bool(values["urgent"])
    return Request(**values)


async def create(
    tx: Tx,
    *,
    person_id: int,
    channel: str,
    bot: str,
    chat: str,
    topic: str,
    urgent: bool,
    promised_at: datetime | None,
    now: datetime,
) -> Request:
    """A new open request."""
    at = stamp(now)
    row = await tx.one(
        f"""INSERT INTO requests
            (person_id, channel, bot, chat, topic, urgent, promised_at, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING {_COLUMNS}""",  # noqa: S608
        person_id,
        channel,
        bot,
        chat,
        topic,
        int(urgent),
        stamp(promised_at) if promised_at else None,
        at,
        at,
    )
    assert row is not None  # noqa: S101 - RETURNING returns
    return _request(row)


async def get(tx: Tx, request_id: int) -> Request | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM requests WHERE id = ?", request_id)  # noqa: S608
    return _request(row) if row else None


async def of_person(tx: Tx, person_id: int, limit: int = 5) -> list[Request]:
    """A person's own requests, newest first."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM requests WHERE person_id = ? ORDER BY id DESC LIMIT ?",  # noqa: S608
        person_id,
        limit,
    )
    return [_request(row) for row in rows]


async def listed(tx: Tx, *, closed: bool, limit: int = 100, offset: int = 0) -> list[Request]:
    """For the desk: urgent ones first, then those that have waited longest; closed: newest."""
    sql = (
        f"""SELECT {_COLUMNS} FROM requests WHERE state = 'closed'
            ORDER BY updated_at DESC LIMIT ? OFFSET ?"""  # noqa: S608
        if closed
        else f"""SELECT {_COLUMNS} FROM requests WHERE state <> 'closed'
            ORDER BY CASE state WHEN 'answered' THEN 1 ELSE 0 END, urgent DESC, updated_at
            LIMIT ? OFFSET ?"""  # noqa: S608
    )
    return [_request(row) for row in await tx.all(sql, limit, offset)]


async def counts(tx: Tx) -> dict[str, int]:
    """How many requests are in each state."""
    rows = await tx.all("SELECT state, COUNT(*) AS number FROM requests GROUP BY state")
    return {row["state"]: row["number"] for row in rows}


async def claim(tx: Tx, request_id: int, coordinator_id: int, now: datetime) -> bool:
    """Take an unclaimed request. Of two who try at once, exactly one gets True."""
    changed = await tx.run(
        """UPDATE requests SET claimed_by = ?, updated_at = ?,
             state = CASE state WHEN 'open' THEN 'claimed' ELSE state END
           WHERE id = ? AND claimed_by IS NULL AND state <> 'closed'""",
        coordinator_id,
        stamp(now),
        request_id,
    )
    return changed > 0


async def release(tx: Tx, request_id: int) -> None:
    """Nobody is on it any more."""
    await tx.run("UPDATE requests SET claimed_by = NULL WHERE id = ?", request_id)


async def set_state(tx: Tx, request_id: int, state: str, now: datetime) -> None:
    """The next state; answering and closing leave their time."""
    at = stamp(now)
    await tx.run(
        """UPDATE requests SET state = ?, updated_at = ?,
             closed_at = CASE WHEN ? = 'closed' THEN ? ELSE NULL END,
             answered_at = CASE WHEN ? = 'answered' THEN COALESCE(answered_at, ?)
                           ELSE answered_at END
           WHERE id = ?""",
        state,
        at,
        state,
        at,
        state,
        at,
        request_id,
    )


async def promise(tx: Tx, request_id: int, at: datetime) -> None:
    """We told the person to expect an answer by then."""
    await tx.run("UPDATE requests SET promised_at = ? WHERE id = ?", stamp(at), request_id)


async def touch(tx: Tx, request_id: int, now: datetime) -> None:
    await tx.run("UPDATE requests SET updated_at = ? WHERE id = ?", stamp(now), request_id)


async def add_message(
    tx: Tx,
    request_id: int,
    author: str,
    text: str,
    at: datetime,
    *,
    coordinator_id: int | None = None,
    album: str = "",
) -> int:
    """Add what somebody wrote; the id of the request message."""
    value = await tx.value(
        """INSERT INTO request_messages (request_id, author, coordinator_id, text, album, at)
           VALUES (?, ?, ?, ?, ?, ?) RETURNING id""",
        request_id,
        author,
        coordinator_id,
        text,
        album or None,
        stamp(at),
    )
    return int(value)


async def album_message(tx: Tx, request_id: int, album: str) -> int | None:
    """The message that this album belongs to, if a part of it came before."""
    value = await tx.value(
        "SELECT MAX(id) FROM request_messages WHERE request_id = ? AND album = ?",
        request_id,
        album,
    )
    return None if value is None else int(value)


async def messages(tx: Tx, request_id: int) -> Sequence[RequestMessage]:
    """The conversation, oldest first, notes included: filter before showing it to the person."""
    rows = await tx.all(
        """SELECT m.id, m.request_id, m.author, m.coordinator_id, c.name AS coordinator,
                  m.text, m.at, m.edited_at, m.deleted_at
           FROM request_messages AS m LEFT JOIN coordinators AS c ON c.id = m.coordinator_id
           WHERE m.request_id = ? ORDER BY m.id""",
        request_id,
    )
    return [RequestMessage(**dict(row)) for row in rows]


async def message(tx: Tx, message_id: int) -> RequestMessage | None:
    row = await tx.one(
        """SELECT id, request_id, author, coordinator_id, NULL AS coordinator,
                  text, at, edited_at, deleted_at
           FROM request_messages WHERE id = ?""",
        message_id,
    )
    return RequestMessage(**dict(row)) if row else None


async def edit_message(tx: Tx, message_id: int, text: str, now: datetime) -> None:
    await tx.run(
        "UPDATE request_messages SET text = ?, edited_at = ? WHERE id = ?",
        text,
        stamp(now),
        message_id,
    )


async def delete_message(tx: Tx, message_id: int, now: datetime) -> None:
    """Its words are gone; that there was a message stays visible."""
    await tx.run(
        "UPDATE request_messages SET text = '', deleted_at = ? WHERE id = ?",
        stamp(now),
        message_id,
    )


async def seen_at(tx: Tx, channel: str, bot: str, chat: str, message: str) -> RequestMessage | None:
    """The request message behind what somebody quotes, edits or reacts to."""
    found = await tx.value(
        "SELECT message_id FROM copies WHERE channel = ? AND bot = ? AND chat = ? AND message = ?",
        channel,
        bot,
        chat,
        message,
    )
    if found is None:
        return None
    row = await tx.one(
        """SELECT id, request_id, author, coordinator_id, NULL AS coordinator,
                  text, at, edited_at, deleted_at
           FROM request_messages WHERE id = ?""",
        found,
    )
    return RequestMessage(**dict(row)) if row else None


async def keep_copy(
    tx: Tx, message_id: int, channel: str, bot: str, chat: str, message: str
) -> None:
    """The request message can be seen there, under the network's id `message`.

    A request message that was erased in the meantime is not brought back.
    """
    await tx.run(
        """INSERT INTO copies (channel, bot, chat, message, message_id)
           SELECT ?, ?, ?, ?, id FROM request_messages WHERE id = ?
           ON CONFLICT (channel, bot, chat, message)
           DO UPDATE SET message_id = excluded.message_id""",
        channel,
        bot,
        chat,
        message,
        message_id,
    )


async def copies(tx: Tx, message_id: int) -> list[Copy]:
    """Every place where the request message can be seen, in the order they arose."""
    rows = await tx.all(
        "SELECT channel, bot, chat, message FROM copies WHERE message_id = ? ORDER BY message",
        message_id,
    )
    return [Copy(**dict(row)) for row in rows]


async def copies_in(tx: Tx, message_id: int, channel: str, bot: str, chat: str) -> list[str]:
    """The network's ids of the request message in one chat."""
    rows = await tx.all(
        """SELECT message FROM copies
           WHERE message_id = ? AND channel = ? AND bot = ? AND chat = ?""",
        message_id,
        channel,
        bot,
        chat,
    )
    # Numeric ids as numbers: "9" was sent before "10".
    return sorted((str(row["message"]) for row in rows), key=lambda m: (len(m), m))


async def wipe(tx: Tx, closed_before: datetime, now: datetime) -> list[str]:
    """Delete the words of long-closed requests; the ids of files that go with them."""
    rows = await tx.all(
        "SELECT id FROM requests WHERE state = 'closed' AND wiped_at IS NULL AND closed_at < ?",
        stamp(closed_before),
    )
    files: list[str] = []
    for row in rows:
        found = await tx.all(
            """SELECT id FROM files WHERE message_id IN
               (SELECT id FROM request_messages WHERE request_id = ?)""",
            row["id"],
        )
        files += [str(file["id"]) for file in found]
        await tx.run("DELETE FROM request_messages WHERE request_id = ?", row["id"])
        await tx.run(
            "UPDATE requests SET wiped_at = ?, topic = '' WHERE id = ?", stamp(now), row["id"]
        )
    return files
