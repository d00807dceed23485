"""Requests, their messages, and where those can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx
from storage.moments import stamp

_COLUMNS = """requests.id, person_id, channel, bot, chat, topic, state, urgent, claimed_by,
    created_at, updated_at, promised_at, answered_at, closed_at, wiped_at,
    closed_reason, merged_into, asked_back_at, warned_at, rating, region"""


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
    closed_reason: str  # for the desk only
    merged_into: int | None  # the request in which this one is answered
    asked_back_at: str | None  # since when we wait for the person to answer us
    warned_at: str | None  # when the person was told that it will be closed
    rating: str | None  # good, middling, bad
    region: str  # a Bundesland (BB) that its words name, else empty

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
    region: str = "",
) -> Request:
    """A new open request."""
    at = stamp(now)
    row = await tx.one(
        f"""INSERT INTO requests
            (person_id, channel, bot, chat, topic, region, urgent, promised_at, created_at,
             updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING {_COLUMNS}""",  # noqa: S608
        person_id,
        channel,
        bot,
        chat,
        topic,
        region,
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


async def assign(tx: Tx, request_id: int, coordinator_id: int, now: datetime) -> None:
    """This colleague is on it now, whoever was before; whoever it was handed to is not."""
    await tx.run("DELETE FROM handed WHERE request_id = ?", request_id)
    await tx.run(
        """UPDATE requests SET claimed_by = ?, updated_at = ?,
             state = CASE state WHEN 'open' THEN 'claimed' ELSE state END
           WHERE id = ? AND state <> 'closed'""",
        coordinator_id,
        stamp(now),
        request_id,
    )


async def release(tx: Tx, request_id: int) -> None:
    """Nobody is on it any more, nor is it any expert's."""
    await tx.run("DELETE FROM handed WHERE request_id = ?", request_id)
    await tx.run(
        """UPDATE requests SET claimed_by = NULL,
             state = CASE state WHEN 'claimed' THEN 'open' ELSE state END
           WHERE id = ?""",
        request_id,
    )


async def hand(tx: Tx, request_id: int, coordinator_id: int, now: datetime) -> None:
    """From now on this expert may see it."""
    await tx.run(
        """INSERT INTO handed (request_id, coordinator_id, at) VALUES (?, ?, ?)
           ON CONFLICT (request_id, coordinator_id) DO NOTHING""",
        request_id,
        coordinator_id,
        stamp(now),
    )


async def is_handed(tx: Tx, request_id: int, coordinator_id: int) -> bool:
    """Whether this expert may see it."""
    found = await tx.value(
        "SELECT 1 FROM handed WHERE request_id = ? AND coordinator_id = ?",
        request_id,
        coordinator_id,
    )
    return found is not None


async def handed_to(tx: Tx, coordinator_id: int, limit: int = 100) -> list[Request]:
    """What this expert is to answer, in the order in which it was handed over."""
    rows = await tx.all(
        f"""SELECT {_COLUMNS} FROM requests JOIN handed ON handed.request_id = requests.id
            WHERE handed.coordinator_id = ? AND state <> 'closed'
            ORDER BY handed.at, requests.id LIMIT ?""",  # noqa: S608
        coordinator_id,
        limit,
    )
    return [_request(row) for row in rows]


async def set_state(tx: Tx, request_id: int, state: str, now: datetime) -> None:
    """The next state; answering and closing leave their time.

    What is open again was not closed for a reason, and stands for itself. With every
    change we stop waiting for an answer of the person.
    """
    at = stamp(now)
    await tx.run(
        """UPDATE requests SET state = ?, updated_at = ?, asked_back_at = NULL, warned_at = NULL,
             closed_at = CASE WHEN ? = 'closed' THEN ? ELSE NULL END,
             closed_reason = CASE WHEN ? = 'closed' THEN closed_reason ELSE '' END,
             merged_into = CASE WHEN ? = 'closed' THEN merged_into ELSE NULL END,
             answered_at = CASE WHEN ? = 'answered' THEN COALESCE(answered_at, ?)
                           ELSE answered_at END
           WHERE id = ?""",
        state,
        at,
        state,
        at,
        state,
        state,
        state,
        at,
        request_id,
    )


async def close(tx: Tx, request_id: int, reason: str, now: datetime) -> bool:
    """Close it. Of two who try at once, exactly one gets True."""
    changed = await tx.run(
        """UPDATE requests SET state = 'closed', closed_at = ?, updated_at = ?,
             closed_reason = ?, asked_back_at = NULL, warned_at = NULL
           WHERE id = ? AND state <> 'closed'""",
        stamp(now),
        stamp(now),
        reason,
        request_id,
    )
    return changed > 0


async def merge(tx: Tx, request_id: int, into: int, now: datetime) -> None:
    """It is answered in another one from now on, like everything that was merged into it.

    What is urgent stays urgent there. The caller has seen to it that both are not closed.
    """
    await close(tx, request_id, "", now)
    await tx.run(
        "UPDATE requests SET merged_into = ? WHERE id = ? OR merged_into = ?",
        into,
        request_id,
        request_id,
    )
    await tx.run(
        """UPDATE requests SET updated_at = ?,
             urgent = CASE WHEN (SELECT urgent FROM requests WHERE id = ?) = 1 THEN 1
                      ELSE urgent END
           WHERE id = ?""",
        stamp(now),
        request_id,
        into,
    )


async def merged(tx: Tx, request_id: int) -> list[Request]:
    """Those that are answered in this one."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM requests WHERE merged_into = ? ORDER BY id",  # noqa: S608
        request_id,
    )
    return [_request(row) for row in rows]


async def answered_elsewhere(tx: Tx, request_id: int, now: datetime) -> None:
    """Its person got the answer that was given in the request it was merged into."""
    await tx.run(
        "UPDATE requests SET answered_at = COALESCE(answered_at, ?) WHERE id = ?",
        stamp(now),
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
    if author == "person":  # we don't wait for them any longer
        await tx.run(
            "UPDATE requests SET asked_back_at = NULL, warned_at = NULL WHERE id = ?", request_id
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


async def make_note(tx: Tx, message_id: int) -> None:
    """An answer that was never sent stays with colleagues."""
    await tx.run("UPDATE request_messages SET author = 'note' WHERE id = ?", message_id)


async def said_along(tx: Tx, message: RequestMessage) -> list[RequestMessage]:
    """The same answer in the requests that were merged into this one, said in the same moment."""
    rows = await tx.all(
        """SELECT id, request_id, author, coordinator_id, NULL AS coordinator,
                  text, at, edited_at, deleted_at
           FROM request_messages
           WHERE id > ? AND at = ? AND coordinator_id = ? AND author = 'coordinator'
             AND request_id <> ? ORDER BY id""",
        message.id,
        message.at,
        message.coordinator_id,
        message.request_id,
    )
    return [RequestMessage(**dict(row)) for row in rows]


async def split(tx: Tx, request_id: int, first: int, into: int) -> list[RequestMessage]:
    """Move the person's messages from `first` on into another request; those that moved."""
    await tx.run(
        """UPDATE request_messages SET request_id = ?
           WHERE request_id = ? AND author = 'person' AND id >= ?""",
        into,
        request_id,
        first,
    )
    return list(await messages(tx, into))


async def postpone(tx: Tx, message_id: int, at: datetime) -> None:
    """An answer is kept until then."""
    await tx.run("INSERT INTO postponed (message_id, at) VALUES (?, ?)", message_id, stamp(at))


async def postponed(tx: Tx, request_id: int) -> dict[int, str]:
    """The answers that wait to be sent: message ids, and their times as stamps."""
    rows = await tx.all(
        """SELECT p.message_id, p.at FROM postponed AS p
           JOIN request_messages AS m ON m.id = p.message_id
           WHERE m.request_id = ? ORDER BY p.message_id""",
        request_id,
    )
    return {int(row["message_id"]): str(row["at"]) for row in rows}


async def take_postponed(tx: Tx, message_id: int) -> bool:
    """It waits no longer; False if it did not, so that it is sent or taken back, never both."""
    return await tx.run("DELETE FROM postponed WHERE message_id = ?", message_id) > 0


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
        await tx.run("DELETE FROM expert_wishes WHERE request_id = ?", row["id"])
        await tx.run("DELETE FROM entry_drafts WHERE request_id = ?", row["id"])
        await tx.run(
            """UPDATE requests SET wiped_at = ?, topic = '', region = '', closed_reason = '',
                 rating_words = NULL WHERE id = ?""",
            stamp(now),
            row["id"],
        )
    return files
