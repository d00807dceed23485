"""The web chat: who may see which chat, and what stands on its page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. `ours` is false for what the person wrote."""

    id: int
    ours: bool
    payload: str  # Outgoing, or Incoming, as JSON
    at: str
    edited_at: str | None


async def open_session(tx: Tx, token_hash: str, chat: str, now: datetime) -> None:
    """Whoever has this token sees this chat."""
    await tx.run(
        """INSERT INTO web_sessions (token_hash, chat, created_at, seen_at)
           VALUES (?, ?, ?, ?)""",
        token_hash,
        chat,
        stamp(now),
        stamp(now),
    )


async def session_chat(tx: Tx, token_hash: str, idle_since: datetime) -> str | None:
    """The chat that a token opens, unless it was idle for too long."""
    value = await tx.value(
        "SELECT chat FROM web_sessions WHERE token_hash = ? AND seen_at > ?",
        token_hash,
        stamp(idle_since),
    )
    return None if value is None else str(value)


async def session_seen(tx: Tx, token_hash: str, now: datetime) -> None:
    await tx.run("UPDATE web_sessions SET seen_at = ? WHERE token_hash = ?", stamp(now), token_hash)


async def end_session(tx: Tx, token_hash: str) -> None:
    await tx.run("DELETE FROM web_sessions WHERE token_hash = ?", token_hash)


async def set_return_code(tx: Tx, code_hash: str, chat: str, now: datetime) -> None:
    """A new code for coming back; an older one of the same chat stops working."""
    await tx.run("DELETE FROM return_codes WHERE chat = ?", chat)
    await tx.run(
        "INSERT INTO return_codes (code_hash, chat, created_at) VALUES (?, ?, ?)",
        code_hash,
        chat,
        stamp(now),
    )


async def chat_of_code(tx: Tx, code_hash: str) -> str | None:
    value = await tx.value("SELECT chat FROM return_codes WHERE code_hash = ?", code_hash)
    return None if value is None else str(value)


async def say(tx: Tx, chat: str, outbox_id: int, payload: str, now: datetime) -> int:
    """Put what we say on the page, once; the id of its line."""
    value = await tx.value(
        """INSERT INTO transcript (chat, outbox_id, payload, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (outbox_id) DO UPDATE SET outbox_id = excluded.outbox_id RETURNING id""",
        chat,
        outbox_id,
        payload,
        stamp(now),
    )
    return int(value)


async def more_to_say(tx: Tx, chat: str, now: datetime) -> bool:
    """Whether a reply to this chat is due that does not stand on the page yet."""
    found = await tx.value(
        """SELECT 1 FROM outbox WHERE channel = 'web' AND bot = '' AND chat = ? AND lane = 0
           AND state IN ('ready', 'sending') AND not_before <= ?
           AND NOT EXISTS (SELECT 1 FROM transcript WHERE outbox_id = outbox.id) LIMIT 1""",
        chat,
        stamp(now),
    )
    return found is not None


async def hear(tx: Tx, chat: str, update_id: str, payload: str, now: datetime) -> int | None:
    """Put what the person wrote on the page; None if it stands there already."""
    value = await tx.value(
        """INSERT INTO transcript (chat, update_id, payload, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (chat, update_id) DO NOTHING RETURNING id""",
        chat,
        update_id,
        payload,
        stamp(now),
    )
    return None if value is None else int(value)


async def change(tx: Tx, line_id: int, chat: str, payload: str, now: datetime) -> None:
    """The line reads differently from now on."""
    await tx.run(
        "UPDATE transcript SET payload = ?, edited_at = ? WHERE id = ? AND chat = ?",
        payload,
        stamp(now),
        line_id,
        chat,
    )


async def remove(tx: Tx, line_ids: Iterable[int], chat: str) -> None:
    await tx.many(
        "DELETE FROM transcript WHERE id = ? AND chat = ?", [(line, chat) for line in line_ids]
    )


async def line(tx: Tx, line_id: int, chat: str) -> Line | None:
    row = await tx.one(
        """SELECT id, outbox_id IS NOT NULL AS ours, payload, at, edited_at
           FROM transcript WHERE id = ? AND chat = ?""",
        line_id,
        chat,
    )
    return (
        Line(row["id"], bool(row["ours"]), row["payload"], row["at"], row["edited_at"])
        if row
        else None
    )


async def lines(
    tx: Tx, chat: str, *, after: int = 0, changed_after: str = "", limit: int = 500
) -> list[Line]:
    """The page of a chat, oldest first: the newest `limit` lines after an id.

    With `changed_after` (a stamp) older lines that were edited since come too.
    """
    rows = await tx.all(
        """SELECT id, outbox_id IS NOT NULL AS ours, payload, at, edited_at
           FROM transcript WHERE chat = ? AND (id > ? OR (? <> '' AND edited_at > ?))
           ORDER BY id DESC LIMIT ?""",
        chat,
        after,
        changed_after,
        changed_after,
        limit,
    )
    found = [
        Line(row["id"], bool(row["ours"]), row["payload"], row["at"], row["edited_at"])
        for row in rows
    ]
    return found[::-1]


async def forget(tx: Tx, idle_since: datetime) -> int:
    """Chats nobody has opened since: their sessions, codes and pages go."""
    await tx.run("DELETE FROM web_sessions WHERE seen_at < ?", stamp(idle_since))
    gone = await tx.run(
        """DELETE FROM transcript WHERE at < ? AND NOT EXISTS
           (SELECT 1 FROM web_sessions WHERE web_sessions.chat = transcript.chat)""",
        stamp(idle_since),
    )
    await tx.run(
        """DELETE FROM return_codes WHERE created_at < ? AND NOT EXISTS
           (SELECT 1 FROM transcript WHERE transcript.chat = return_codes.chat)""",
        stamp(idle_since),
    )
    return gone
