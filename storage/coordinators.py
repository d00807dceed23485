"""Those who answer: who they are, how they sign in, what they are signed in with.

Codes and tokens are kept as hashes only; the caller makes and hashes them.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Coordinator:
    id: int
    name: str  # for colleagues; people who ask see the role only
    role: str  # admin, coordinator, expert


@dataclass(frozen=True, slots=True)
class Invitation:
    role: str
    coordinator_id: int | None  # signs in somebody who is enrolled already


async def enrol(tx: Tx, name: str, role: str, now: datetime) -> Coordinator:
    """A new colleague."""
    value = await tx.value(
        "INSERT INTO coordinators (name, role, created_at) VALUES (?, ?, ?) RETURNING id",
        name,
        role,
        stamp(now),
    )
    return Coordinator(int(value), name, role)


async def get(tx: Tx, coordinator_id: int) -> Coordinator | None:
    """A colleague who has not been removed."""
    row = await tx.one(
        "SELECT id, name, role FROM coordinators WHERE id = ? AND revoked_at IS NULL",
        coordinator_id,
    )
    return Coordinator(**dict(row)) if row else None


async def everybody(tx: Tx) -> list[Coordinator]:
    rows = await tx.all(
        "SELECT id, name, role FROM coordinators WHERE revoked_at IS NULL ORDER BY id"
    )
    return [Coordinator(**dict(row)) for row in rows]


async def by_account(tx: Tx, channel: str, bot: str, sender: str) -> Coordinator | None:
    """Who acts under this numeric account *at this moment*."""
    row = await tx.one(
        """SELECT c.id, c.name, c.role
           FROM coordinator_accounts AS a JOIN coordinators AS c ON c.id = a.coordinator_id
           WHERE a.channel = ? AND a.bot = ? AND a.sender = ? AND c.revoked_at IS NULL""",
        channel,
        bot,
        sender,
    )
    return Coordinator(**dict(row)) if row else None


async def accounts(tx: Tx, channel: str, bot: str) -> list[str]:
    """The accounts of all colleagues on a channel."""
    rows = await tx.all(
        """SELECT a.sender FROM coordinator_accounts AS a
           JOIN coordinators AS c ON c.id = a.coordinator_id
           WHERE a.channel = ? AND a.bot = ? AND c.revoked_at IS NULL""",
        channel,
        bot,
    )
    return [str(row["sender"]) for row in rows]


async def link_account(tx: Tx, coordinator_id: int, channel: str, bot: str, sender: str) -> None:
    """The colleague also acts under this account."""
    await tx.run(
        """INSERT INTO coordinator_accounts (channel, bot, sender, coordinator_id)
           VALUES (?, ?, ?, ?)
           ON CONFLICT (channel, bot, sender)
           DO UPDATE SET coordinator_id = excluded.coordinator_id""",
        channel,
        bot,
        sender,
        coordinator_id,
    )


def unnamed(sender: str) -> str:
    """What somebody is called who was enrolled by a number and has not acted yet."""
    return f"Koordination {sender[-4:]}"


async def rename(tx: Tx, coordinator_id: int, name: str) -> None:
    await tx.run("UPDATE coordinators SET name = ? WHERE id = ?", name, coordinator_id)


async def revoke(tx: Tx, coordinator_id: int, now: datetime) -> None:
    """Removed: every account and session of theirs ends with this."""
    await tx.run("UPDATE coordinators SET revoked_at = ? WHERE id = ?", stamp(now), coordinator_id)
    await tx.run("DELETE FROM desk_sessions WHERE coordinator_id = ?", coordinator_id)


async def invite(
    tx: Tx,
    code_hash: str,
    role: str,
    now: datetime,
    expires_at: datetime,
    coordinator_id: int | None = None,
) -> None:
    """Somebody with this code may enrol once, or sign in once, until it expires."""
    await tx.run(
        """INSERT INTO invitations (code_hash, role, coordinator_id, created_at, expires_at)
           VALUES (?, ?, ?, ?, ?)""",
        code_hash,
        role,
        coordinator_id,
        stamp(now),
        stamp(expires_at),
    )


async def peek(tx: Tx, code_hash: str, now: datetime) -> Invitation | None:
    """What a code is good for, without using it up."""
    row = await tx.one(
        """SELECT role, coordinator_id FROM invitations
           WHERE code_hash = ? AND used_at IS NULL AND expires_at > ?""",
        code_hash,
        stamp(now),
    )
    return Invitation(row["role"], row["coordinator_id"]) if row else None


async def redeem(tx: Tx, code_hash: str, now: datetime) -> Invitation | None:
    """Use the code up. Of two who try at once, exactly one gets it."""
    row = await tx.one(
        """UPDATE invitations SET used_at = ?
           WHERE code_hash = ? AND used_at IS NULL AND expires_at > ?
           RETURNING role, coordinator_id""",
        stamp(now),
        code_hash,
        stamp(now),
    )
    return Invitation(row["role"], row["coordinator_id"]) if row else None


async def sign_in(tx: Tx, token_hash: str, coordinator_id: int, now: datetime) -> None:
    """A browser is signed in with this token."""
    await tx.run(
        """INSERT INTO desk_sessions (token_hash, coordinator_id, created_at, seen_at)
           VALUES (?, ?, ?, ?)""",
        token_hash,
        coordinator_id,
        stamp(now),
        stamp(now),
    )


async def signed_in(
    tx: Tx, token_hash: str, *, started_after: datetime, active_after: datetime
) -> Coordinator | None:
    """Who is signed in with this token, unless it is too old or was idle for too long."""
    row = await tx.one(
        """SELECT c.id, c.name, c.role
           FROM desk_sessions AS s JOIN coordinators AS c ON c.id = s.coordinator_id
           WHERE s.token_hash = ? AND c.revoked_at IS NULL
             AND s.created_at > ? AND s.seen_at > ?""",
        token_hash,
        stamp(started_after),
        stamp(active_after),
    )
    return Coordinator(**dict(row)) if row else None


async def active(tx: Tx, token_hash: str, now: datetime) -> None:
    await tx.run(
        "UPDATE desk_sessions SET seen_at = ? WHERE token_hash = ?", stamp(now), token_hash
    )


async def sign_out(tx: Tx, token_hash: str) -> None:
    await tx.run("DELETE FROM desk_sessions WHERE token_hash = ?", token_hash)


async def forget(tx: Tx, before: datetime) -> None:
    """Drop sessions and invitations that ended before then."""
    await tx.run("DELETE FROM desk_sessions WHERE seen_at < ?", stamp(before))
    await tx.run("DELETE FROM invitations WHERE expires_at < ?", stamp(before))
