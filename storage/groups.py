"""Groups in a network that want our announcements, each about its topics."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Group:
    """`topics` are what its announcements are about; none for everything."""

    id: int
    channel: str
    bot: str
    chat: str
    title: str
    topics: tuple[str, ...]

    def wants(self, topics: Sequence[str]) -> bool:
        """Whether something about these topics belongs there."""
        return not self.topics or not set(self.topics).isdisjoint(topics)


_COLUMNS = "id, channel, bot, chat, title, topics"


async def join(
    tx: Tx, channel: str, bot: str, chat: str, title: str, topics: Sequence[str], now: datetime
) -> None:
    """The group wants announcements about these topics from now on."""
    await tx.run(
        """INSERT INTO groups (channel, bot, chat, title, topics, created_at)
           VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (channel, bot, chat) DO UPDATE SET title = excluded.title,
             topics = excluded.topics, gone_at = NULL""",
        channel,
        bot,
        chat,
        title,
        json.dumps(list(topics)),
        stamp(now),
    )


async def leave(tx: Tx, channel: str, bot: str, chat: str, now: datetime) -> bool:
    """The group wants none, or we may not write there any more; False if it had none."""
    changed = await tx.run(
        """UPDATE groups SET gone_at = ?
           WHERE channel = ? AND bot = ? AND chat = ? AND gone_at IS NULL""",
        stamp(now),
        channel,
        bot,
        chat,
    )
    return changed > 0


async def find(tx: Tx, channel: str, bot: str, chat: str) -> Group | None:
    row = await tx.one(
        f"""SELECT {_COLUMNS} FROM groups
            WHERE channel = ? AND bot = ? AND chat = ? AND gone_at IS NULL""",  # noqa: S608
        channel,
        bot,
        chat,
    )
    return _group(row) if row else None


async def everyone(tx: Tx) -> list[Group]:
    """All groups that want announcements."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM groups WHERE gone_at IS NULL ORDER BY id")  # noqa: S608
    return [_group(row) for row in rows]


def _group(row: Row) -> Group:
    return Group(**{**dict(row), "topics": tuple(json.loads(row["topics"]))})
