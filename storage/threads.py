"""Our threads and what a network calls them.

Where a chat has topics, a thread is a topic; where it has none, a thread is
the message that all others answer (its root).
"""

from dataclasses import dataclass

from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Thread:
    topic: str | None
    root: str | None


async def find(tx: Tx, channel: str, bot: str, chat: str, name: str) -> Thread | None:
    row = await tx.one(
        "SELECT topic, root FROM threads WHERE channel = ? AND bot = ? AND chat = ? AND name = ?",
        channel,
        bot,
        chat,
        name,
    )
    return Thread(row["topic"], row["root"]) if row else None


async def keep(
    tx: Tx, channel: str, bot: str, chat: str, name: str, *, topic: str = "", root: str = ""
) -> None:
    """The thread exists from now on, under this topic or below this message."""
    await tx.run(
        """INSERT INTO threads (channel, bot, chat, name, topic, root) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (channel, bot, chat, name)
           DO UPDATE SET topic = excluded.topic, root = excluded.root""",
        channel,
        bot,
        chat,
        name,
        topic or None,
        root or None,
    )


async def lose(tx: Tx, channel: str, bot: str, chat: str, name: str) -> None:
    """Somebody deleted the thread; the next message opens a new one."""
    await tx.run(
        "DELETE FROM threads WHERE channel = ? AND bot = ? AND chat = ? AND name = ?",
        channel,
        bot,
        chat,
        name,
    )


async def name_of(
    tx: Tx, channel: str, bot: str, chat: str, *, topic: str = "", root: str = ""
) -> str | None:
    """Our name for a topic, or for the thread below a message."""
    column, value = ("topic", topic) if topic else ("root", root)
    found = await tx.value(
        f"SELECT name FROM threads WHERE channel = ? AND bot = ? AND chat = ? AND {column} = ?",  # noqa: S608
        channel,
        bot,
        chat,
        value,
    )
    return None if found is None else str(found)
