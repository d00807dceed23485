"""How somebody gets into a group of a network: rules shown, agreed, let in.

One row for a person and a group. Nothing is kept of what they do there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Row, Tx
from storage.moments import stamp

State = Literal["shown", "agreed", "invited", "joined", "refused", "expired"]
"""`agreed`: to the rules, and we ask the network to let them in. `refused`: it would not."""


@dataclass(frozen=True, slots=True)
class Join:
    """`requested_at` says that they knock at the group itself and wait to be let in."""

    id: int
    group_id: int
    person_id: int
    state: State
    at: str
    link: str
    expires_at: str | None
    requested_at: str | None


@dataclass(frozen=True, slots=True)
class Reached:
    """Where somebody who wants in can be written to."""

    channel: str
    bot: str
    chat: str
    plain: bool
    blocked: bool


_COLUMNS = "id, group_id, person_id, state, at, link, expires_at, requested_at"


async def show(
    tx: Tx,
    group_id: int,
    person_id: int,
    now: datetime,
    *,
    requested: bool = False,
    until: datetime | None = None,
) -> int:
    """They read the rules. Whoever knocks at the group has time `until` then to agree."""
    value = await tx.value(
        """INSERT INTO group_joins (group_id, person_id, state, at, expires_at, requested_at)
           VALUES (?, ?, 'shown', ?, ?, ?)
           ON CONFLICT (group_id, person_id) DO UPDATE SET state = 'shown', link = '',
             at = excluded.at, expires_at = excluded.expires_at,
             requested_at = COALESCE(excluded.requested_at, group_joins.requested_at)
           RETURNING id""",
        group_id,
        person_id,
        stamp(now),
        stamp(until) if until else None,
        stamp(now) if requested else None,
    )
    return int(value)


async def set_state(tx: Tx, join_id: int, state: State, now: datetime) -> None:
    await tx.run(
        "UPDATE group_joins SET state = ?, at = ? WHERE id = ?", state, stamp(now), join_id
    )


async def knocks_no_more(tx: Tx, join_id: int) -> None:
    """Nobody waits at the door of the group itself."""
    await tx.run("UPDATE group_joins SET requested_at = NULL WHERE id = ?", join_id)


async def invite(tx: Tx, join_id: int, link: str, expires_at: datetime, now: datetime) -> None:
    """They have an invitation, until then."""
    await tx.run(
        """UPDATE group_joins SET state = 'invited', link = ?, expires_at = ?, at = ?
           WHERE id = ?""",
        link,
        stamp(expires_at),
        stamp(now),
        join_id,
    )


async def inside(tx: Tx, join_id: int, now: datetime) -> None:
    """They are in. An invitation that was used is of no use."""
    await tx.run(
        """UPDATE group_joins SET state = 'joined', link = '', expires_at = NULL,
             requested_at = NULL, at = ? WHERE id = ?""",
        stamp(now),
        join_id,
    )


async def get(tx: Tx, join_id: int) -> Join | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM group_joins WHERE id = ?", join_id)  # noqa: S608
    return _join(row) if row else None


async def of(tx: Tx, group_id: int, person_id: int) -> Join | None:
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM group_joins WHERE group_id = ? AND person_id = ?",  # noqa: S608
        group_id,
        person_id,
    )
    return _join(row) if row else None


async def of_account(tx: Tx, group_id: int, channel: str, bot: str, account: str) -> Join | None:
    """The way of somebody whom the network calls by this account."""
    row = await tx.one(
        f"""SELECT {_COLUMNS} FROM group_joins WHERE group_id = ? AND person_id IN (
              SELECT person_id FROM addresses WHERE channel = ? AND bot = ? AND chat = ?)""",  # noqa: S608
        group_id,
        channel,
        bot,
        account,
    )
    return _join(row) if row else None


async def waiting(tx: Tx, group_id: int) -> list[Join]:
    """Those who agreed and are not in yet."""
    rows = await tx.all(
        f"""SELECT {_COLUMNS} FROM group_joins
            WHERE group_id = ? AND state = 'agreed' ORDER BY id""",  # noqa: S608
        group_id,
    )
    return [_join(row) for row in rows]


async def let_in_since(tx: Tx, group_id: int, since: datetime) -> int:
    """How many we let in, or are about to, since then."""
    value = await tx.value(
        """SELECT COUNT(*) FROM group_joins
           WHERE group_id = ? AND state IN ('agreed', 'invited', 'joined') AND at > ?""",
        group_id,
        stamp(since),
    )
    return int(value)


async def knocking_since(tx: Tx, group_id: int, since: datetime) -> int:
    """How many knocked at the group itself since then."""
    value = await tx.value(
        "SELECT COUNT(*) FROM group_joins WHERE group_id = ? AND requested_at > ?",
        group_id,
        stamp(since),
    )
    return int(value)


async def reached(tx: Tx, join: Join, channel: str, bot: str) -> Reached | None:
    """Their account on the network of the group; `blocked` if they don't want to be written to."""
    row = await tx.one(
        """SELECT channel, bot, chat, plain, blocked_at
           FROM addresses JOIN people ON people.id = person_id
           WHERE person_id = ? AND channel = ? AND bot = ?""",
        join.person_id,
        channel,
        bot,
    )
    if row is None:
        return None
    blocked = row["blocked_at"] is not None
    return Reached(row["channel"], row["bot"], row["chat"], bool(row["plain"]), blocked)


async def forget_stranger(tx: Tx, person_id: int) -> None:
    """Somebody who knocked, and never wrote or pressed anything: nothing is left of them."""
    await tx.run("DELETE FROM people WHERE id = ? AND notice IS NULL", person_id)


async def forget(tx: Tx, before: datetime) -> None:
    """How somebody got in, or did not, is of no use later on."""
    await tx.run(
        "DELETE FROM group_joins WHERE at < ? AND state <> 'agreed' AND requested_at IS NULL",
        stamp(before),
    )


def _join(row: Row) -> Join:
    return Join(**dict(row))
