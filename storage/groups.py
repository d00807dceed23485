"""Groups about a topic: those of a network that our bot is in, and those elsewhere.

A group may get announcements, stand in the directory, both or neither.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx
from storage.moments import stamp

ELSEWHERE = "elsewhere"
"""The channel of a group that we know by its address only."""

GONE, INVITE, SPEAK = "gone", "invite", "speak"
"""What may be in the way: the group is dead for us; we may let nobody in; we may not write."""


@dataclass(frozen=True, slots=True)
class Group:
    """`topics` are what its announcements are about, none for everything; `matters` are its
    topics in the directory, ids of the content's `network.yaml`."""

    id: int
    channel: str
    bot: str
    chat: str
    title: str
    topics: tuple[str, ...]
    slug: str = ""
    network: str = ""
    link: str = ""
    matters: tuple[str, ...] = ()
    about: str = ""
    region: str = ""
    language: str = ""
    rules: str = ""
    moderators: str = ""
    listed_at: str | None = None
    announces: bool = True
    welcomes: bool = False
    welcomed_at: str | None = None
    trouble: str = ""
    gone_at: str | None = None

    @property
    def elsewhere(self) -> bool:
        return self.channel == ELSEWHERE

    @property
    def public(self) -> bool:
        """Whether people find it: listed, and alive."""
        return self.listed_at is not None and self.gone_at is None

    def wants(self, topics: Sequence[str]) -> bool:
        """Whether something about these topics belongs there."""
        return not self.topics or not set(self.topics).isdisjoint(topics)


_COLUMNS = """id, channel, bot, chat, title, topics, slug, network, link, matters, about, region,
    language, rules, moderators, listed_at, announces, welcomes, welcomed_at, trouble, gone_at"""

WRITTEN = (
    "title", "network", "link", "matters", "about", "region", "language", "rules", "moderators",
)  # fmt: skip
"""What is written about a group at the desk."""


# -- the group itself ---------------------------------------------------------------------


async def join(
    tx: Tx,
    channel: str,
    bot: str,
    chat: str,
    title: str,
    topics: Sequence[str],
    slug: str,
    matters: Sequence[str],
    now: datetime,
) -> None:
    """The group wants announcements about these topics from now on.

    `slug` and `matters` are those of a group that we did not know.
    """
    await tx.run(
        """INSERT INTO groups (channel, bot, chat, title, topics, slug, matters, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (channel, bot, chat) DO UPDATE SET title = excluded.title,
             topics = excluded.topics, announces = 1, gone_at = NULL,
             trouble = CASE groups.trouble WHEN 'gone' THEN '' ELSE groups.trouble END""",
        channel,
        bot,
        chat,
        title,
        json.dumps(list(topics)),
        slug,
        json.dumps(list(matters)),
        stamp(now),
    )


async def add_elsewhere(tx: Tx, slug: str, title: str, now: datetime) -> int:
    """A group that we know by its address only; what else is said of it is written next."""
    value = await tx.value(
        """INSERT INTO groups (channel, bot, chat, title, topics, slug, announces, created_at)
           VALUES (?, '', ?, ?, '[]', ?, 0, ?) RETURNING id""",
        ELSEWHERE,
        slug,
        title,
        slug,
        stamp(now),
    )
    return int(value)


async def write(tx: Tx, group_id: int, fields: dict[str, str | Sequence[str]]) -> None:
    """Say this of the group: names of `WRITTEN`, all others stay as they are."""
    assert set(fields) <= set(WRITTEN)  # noqa: S101 - they become part of the statement
    values = [
        value if isinstance(value, str) else json.dumps(list(value)) for value in fields.values()
    ]
    changes = ", ".join(f"{name} = ?" for name in fields)
    await tx.run(f"UPDATE groups SET {changes} WHERE id = ?", *values, group_id)  # noqa: S608


async def forget(tx: Tx, group_id: int) -> bool:
    """A group elsewhere is taken out for good; False for any other."""
    changed = await tx.run("DELETE FROM groups WHERE id = ? AND channel = ?", group_id, ELSEWHERE)
    return changed > 0


async def list_(tx: Tx, group_id: int, now: datetime, *, listed: bool) -> None:
    """People find it from now on, or no longer."""
    await tx.run(
        "UPDATE groups SET listed_at = ? WHERE id = ?", stamp(now) if listed else None, group_id
    )


async def set_welcomes(tx: Tx, group_id: int, *, welcomes: bool) -> None:
    """New members are welcomed there, or not."""
    await tx.run("UPDATE groups SET welcomes = ? WHERE id = ?", int(welcomes), group_id)


async def welcomed(tx: Tx, group_id: int, now: datetime) -> None:
    """New members were welcomed just now."""
    await tx.run("UPDATE groups SET welcomed_at = ? WHERE id = ?", stamp(now), group_id)


# -- what becomes of it -------------------------------------------------------------------


async def quiet(tx: Tx, channel: str, bot: str, chat: str) -> bool:
    """The group wants no announcements any more; False if it had none."""
    changed = await tx.run(
        """UPDATE groups SET announces = 0
           WHERE channel = ? AND bot = ? AND chat = ? AND announces = 1""",
        channel,
        bot,
        chat,
    )
    return changed > 0


async def lost(tx: Tx, channel: str, bot: str, chat: str, now: datetime) -> bool:
    """We may not write there any more, or it is dead; False if that is no news."""
    changed = await tx.run(
        """UPDATE groups SET gone_at = ?, trouble = ?
           WHERE channel = ? AND bot = ? AND chat = ? AND gone_at IS NULL""",
        stamp(now),
        GONE,
        channel,
        bot,
        chat,
    )
    return changed > 0


async def found_again(tx: Tx, group_id: int) -> None:
    """We are in it once more."""
    await tx.run("UPDATE groups SET gone_at = NULL, trouble = '' WHERE id = ?", group_id)


async def set_trouble(tx: Tx, group_id: int, trouble: str) -> bool:
    """What is in the way there, '' for nothing; False if that is no news."""
    changed = await tx.run(
        "UPDATE groups SET trouble = ? WHERE id = ? AND trouble <> ?", trouble, group_id, trouble
    )
    return changed > 0


async def rename(tx: Tx, channel: str, bot: str, chat: str, title: str) -> None:
    """It calls itself differently now. Addresses of its page stay."""
    await tx.run(
        "UPDATE groups SET title = ? WHERE channel = ? AND bot = ? AND chat = ?",
        title,
        channel,
        bot,
        chat,
    )


# -- finding ------------------------------------------------------------------------------


async def get(tx: Tx, group_id: int) -> Group | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM groups WHERE id = ?", group_id)  # noqa: S608
    return _group(row) if row else None


async def called(tx: Tx, slug: str) -> Group | None:
    """The group whose page has this address."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM groups WHERE slug = ?", slug)  # noqa: S608
    return _group(row) if row else None


async def find(tx: Tx, channel: str, bot: str, chat: str) -> Group | None:
    """The group behind a chat, whatever became of it."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM groups WHERE channel = ? AND bot = ? AND chat = ?",  # noqa: S608
        channel,
        bot,
        chat,
    )
    return _group(row) if row else None


async def everyone(tx: Tx) -> list[Group]:
    """All groups that want announcements."""
    return await _where(tx, "gone_at IS NULL AND announces = 1")


async def listed(tx: Tx) -> list[Group]:
    """All groups that people find, by their names."""
    found = await _where(tx, "gone_at IS NULL AND listed_at IS NOT NULL")
    return sorted(found, key=lambda group: (group.title.casefold(), group.id))


async def all_(tx: Tx) -> list[Group]:
    """All groups that the desk looks after."""
    return await _where(tx, "1 = 1")


async def _where(tx: Tx, condition: str) -> list[Group]:
    rows = await tx.all(f"SELECT {_COLUMNS} FROM groups WHERE {condition} ORDER BY id")  # noqa: S608
    return [_group(row) for row in rows]


def _group(row: Row) -> Group:
    read = dict(row)
    for name in ("topics", "matters"):
        read[name] = tuple(json.loads(read[name]))
    for name in ("announces", "welcomes"):
        read[name] = bool(read[name])
    return Group(**read)
