"""Those who answer: who they are, how they sign in, what they are signed in with.

Codes and tokens are kept as hashes only; the caller makes and hashes them.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp

# Of a row `c`: they may act. Nobody may who was removed, or still waits to be confirmed.
_ACTS = "c.revoked_at IS NULL AND c.waits_until IS NULL"


@dataclass(frozen=True, slots=True)
class Coordinator:
    id: int
    name: str  # for colleagues; people who ask see the role only
    role: str  # admin, coordinator, expert

    @property
    def publishes(self) -> bool:
        """Whether they may do what experts may not: see all requests, speak to everybody."""
        return self.role in ("admin", "coordinator")


@dataclass(frozen=True, slots=True)
class Invitation:
    role: str
    coordinator_id: int | None  # signs in somebody who is enrolled already
    made_by: int | None = None  # None: the operator, on the machine itself


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is not here until then."""

    until: str
    deputy_id: int | None


async def enrol(
    tx: Tx, name: str, role: str, now: datetime, waits_until: datetime | None = None
) -> Coordinator:
    """A new colleague; with `waits_until` one who may do nothing unless confirmed by then."""
    value = await tx.value(
        """INSERT INTO coordinators (name, role, created_at, waits_until)
           VALUES (?, ?, ?, ?) RETURNING id""",
        name,
        role,
        stamp(now),
        stamp(waits_until) if waits_until else None,
    )
    return Coordinator(int(value), name, role)


async def get(tx: Tx, coordinator_id: int) -> Coordinator | None:
    """A colleague who was confirmed and has not been removed."""
    row = await tx.one(
        f"SELECT id, name, role FROM coordinators AS c WHERE id = ? AND {_ACTS}",  # noqa: S608
        coordinator_id,
    )
    return Coordinator(**dict(row)) if row else None


async def everybody(tx: Tx) -> list[Coordinator]:
    rows = await tx.all(
        f"SELECT id, name, role FROM coordinators AS c WHERE {_ACTS} ORDER BY id"  # noqa: S608
    )
    return [Coordinator(**dict(row)) for row in rows]


async def names(tx: Tx) -> dict[int, str]:
    """What everybody is or was called, removed colleagues too."""
    rows = await tx.all("SELECT id, name FROM coordinators")
    return {int(row["id"]): str(row["name"]) for row in rows}


async def by_account(tx: Tx, channel: str, bot: str, sender: str) -> Coordinator | None:
    """Who acts under this numeric account *at this moment*."""
    row = await tx.one(
        f"""SELECT c.id, c.name, c.role
           FROM coordinator_accounts AS a JOIN coordinators AS c ON c.id = a.coordinator_id
           WHERE a.channel = ? AND a.bot = ? AND a.sender = ? AND {_ACTS}""",  # noqa: S608
        channel,
        bot,
        sender,
    )
    return Coordinator(**dict(row)) if row else None


async def accounts(tx: Tx, channel: str, bot: str) -> list[str]:
    """The accounts of all colleagues on a channel."""
    rows = await tx.all(
        f"""SELECT a.sender FROM coordinator_accounts AS a
           JOIN coordinators AS c ON c.id = a.coordinator_id
           WHERE a.channel = ? AND a.bot = ? AND {_ACTS}""",  # noqa: S608
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


async def set_role(tx: Tx, coordinator_id: int, role: str) -> None:
    """From now on they may do what this role allows."""
    await tx.run("UPDATE coordinators SET role = ? WHERE id = ?", role, coordinator_id)


async def admins(tx: Tx) -> list[Coordinator]:
    return [somebody for somebody in await everybody(tx) if somebody.role == "admin"]


async def private_chats(tx: Tx, coordinator_id: int) -> list[tuple[str, str, str]]:
    """Channel, bot and chat in which they have written to us alone, and may still be written to.

    Where a network has private chats at all, they are called like the account.
    """
    rows = await tx.all(
        """SELECT a.channel, a.bot, a.sender FROM coordinator_accounts AS a
           JOIN addresses AS d ON d.channel = a.channel AND d.bot = a.bot AND d.chat = a.sender
           WHERE a.coordinator_id = ? AND d.blocked_at IS NULL ORDER BY a.channel, a.bot""",
        coordinator_id,
    )
    return [(str(row["channel"]), str(row["bot"]), str(row["sender"])) for row in rows]


async def handed(tx: Tx, request_id: int) -> list[Coordinator]:
    """The experts who may see this request."""
    rows = await tx.all(
        f"""SELECT c.id, c.name, c.role FROM coordinators AS c
            JOIN handed AS h ON h.coordinator_id = c.id
            WHERE h.request_id = ? AND {_ACTS} ORDER BY c.id""",  # noqa: S608
        request_id,
    )
    return [Coordinator(**dict(row)) for row in rows]


async def can_act(tx: Tx, coordinator_id: int, *, active_after: datetime) -> bool:
    """Whether they could do something now: by an account, or in a browser used since then."""
    found = await tx.value(
        """SELECT 1 FROM coordinator_accounts WHERE coordinator_id = ?
           UNION SELECT 1 FROM desk_sessions WHERE coordinator_id = ? AND seen_at > ?""",
        coordinator_id,
        coordinator_id,
        stamp(active_after),
    )
    return found is not None


# -- those who wait to be confirmed ------------------------------------------------------------


async def waiting(tx: Tx, now: datetime) -> list[Coordinator]:
    """Whoever redeemed a code and may do nothing until an admin says yes, longest first."""
    rows = await tx.all(
        """SELECT id, name, role FROM coordinators
           WHERE revoked_at IS NULL AND waits_until > ? ORDER BY id""",
        stamp(now),
    )
    return [Coordinator(**dict(row)) for row in rows]


async def waiting_here(tx: Tx, token_hash: str, now: datetime) -> bool:
    """Whether somebody in this browser waits to be confirmed."""
    found = await tx.value(
        """SELECT 1 FROM desk_sessions AS s JOIN coordinators AS c ON c.id = s.coordinator_id
           WHERE s.token_hash = ? AND c.revoked_at IS NULL AND c.waits_until > ?""",
        token_hash,
        stamp(now),
    )
    return found is not None


async def waiting_account(tx: Tx, channel: str, bot: str, sender: str, now: datetime) -> bool:
    """Whether somebody with this account waits to be confirmed."""
    found = await tx.value(
        """SELECT 1 FROM coordinator_accounts AS a JOIN coordinators AS c ON c.id = a.coordinator_id
           WHERE a.channel = ? AND a.bot = ? AND a.sender = ?
             AND c.revoked_at IS NULL AND c.waits_until > ?""",
        channel,
        bot,
        sender,
        stamp(now),
    )
    return found is not None


async def confirm(tx: Tx, coordinator_id: int, now: datetime) -> Coordinator | None:
    """They may act from now on. None if nobody with this number waits: of two, one confirms."""
    row = await tx.one(
        """UPDATE coordinators SET waits_until = NULL
           WHERE id = ? AND revoked_at IS NULL AND waits_until > ? RETURNING id, name, role""",
        coordinator_id,
        stamp(now),
    )
    if row is None:
        return None
    # Their browser is signed in from now on, however long they had to wait.
    await tx.run(
        "UPDATE desk_sessions SET created_at = ?, seen_at = ? WHERE coordinator_id = ?",
        stamp(now),
        stamp(now),
        coordinator_id,
    )
    return Coordinator(**dict(row))


async def decline(tx: Tx, coordinator_id: int, now: datetime) -> Coordinator | None:
    """Nothing of them is left. None if nobody with this number waits."""
    row = await tx.one(
        """DELETE FROM coordinators WHERE id = ? AND revoked_at IS NULL AND waits_until > ?
           RETURNING id, name, role""",
        coordinator_id,
        stamp(now),
    )
    return Coordinator(**dict(row)) if row else None


# -- who is here -------------------------------------------------------------------------------


async def leave(tx: Tx, coordinator_id: int, until: datetime, deputy_id: int | None) -> None:
    """Away until then; it ends by itself. The deputy stays who they are afterwards."""
    await tx.run(
        "UPDATE coordinators SET away_until = ?, deputy_id = ? WHERE id = ?",
        stamp(until),
        deputy_id,
        coordinator_id,
    )


async def come_back(tx: Tx, coordinator_id: int) -> None:
    """Here again, before the time was over."""
    await tx.run("UPDATE coordinators SET away_until = NULL WHERE id = ?", coordinator_id)


async def presence(tx: Tx, now: datetime) -> dict[int, Away]:
    """Everybody who is away at this moment, by number; all others are here."""
    rows = await tx.all(
        f"""SELECT id, away_until, deputy_id FROM coordinators AS c
            WHERE {_ACTS} AND away_until > ?""",  # noqa: S608
        stamp(now),
    )
    return {row["id"]: Away(row["away_until"], row["deputy_id"]) for row in rows}


async def is_away(tx: Tx, coordinator_id: int, now: datetime) -> bool:
    return coordinator_id in await presence(tx, now)


async def named_deputies(tx: Tx) -> dict[int, int]:
    """Whom everybody named last as their deputy, whether they are away now or not."""
    rows = await tx.all(
        f"""SELECT id, deputy_id FROM coordinators AS c
            WHERE {_ACTS} AND deputy_id IS NOT NULL""",  # noqa: S608
    )
    return {row["id"]: row["deputy_id"] for row in rows}


async def deputy_of(tx: Tx, coordinator_id: int, now: datetime) -> Coordinator | None:
    """Who stands in: their deputy, or that one's deputy, and so on, until somebody is here.

    Whether they are away themselves is not asked. None when nobody in the chain is here.
    """
    deputies, away = await named_deputies(tx), await presence(tx, now)
    seen, following = {coordinator_id}, deputies.get(coordinator_id)
    while following is not None and following not in seen:
        somebody = await get(tx, following)
        if somebody and following not in away:
            return somebody
        seen.add(following)
        following = deputies.get(following)
    return None


# -- codes and sessions ------------------------------------------------------------------------


async def invite(
    tx: Tx,
    code_hash: str,
    role: str,
    now: datetime,
    expires_at: datetime,
    coordinator_id: int | None = None,
    made_by: int | None = None,
) -> None:
    """Somebody with this code may enrol once, or sign in once, until it expires."""
    await tx.run(
        """INSERT INTO invitations
               (code_hash, role, coordinator_id, created_at, expires_at, made_by)
           VALUES (?, ?, ?, ?, ?, ?)""",
        code_hash,
        role,
        coordinator_id,
        stamp(now),
        stamp(expires_at),
        made_by,
    )


async def peek(tx: Tx, code_hash: str, now: datetime) -> Invitation | None:
    """What a code is good for, without using it up."""
    row = await tx.one(
        """SELECT role, coordinator_id, made_by FROM invitations
           WHERE code_hash = ? AND used_at IS NULL AND expires_at > ?""",
        code_hash,
        stamp(now),
    )
    return Invitation(**dict(row)) if row else None


async def redeem(tx: Tx, code_hash: str, now: datetime) -> Invitation | None:
    """Use the code up. Of two who try at once, exactly one gets it."""
    row = await tx.one(
        """UPDATE invitations SET used_at = ?
           WHERE code_hash = ? AND used_at IS NULL AND expires_at > ?
           RETURNING role, coordinator_id, made_by""",
        stamp(now),
        code_hash,
        stamp(now),
    )
    return Invitation(**dict(row)) if row else None


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
        f"""SELECT c.id, c.name, c.role
           FROM desk_sessions AS s JOIN coordinators AS c ON c.id = s.coordinator_id
           WHERE s.token_hash = ? AND {_ACTS}
             AND s.created_at > ? AND s.seen_at > ?""",  # noqa: S608
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
    """Drop sessions, invitations and unconfirmed colleagues that ended before then."""
    await tx.run("DELETE FROM coordinators WHERE waits_until < ?", stamp(before))
    await tx.run("DELETE FROM desk_sessions WHERE seen_at < ?", stamp(before))
    await tx.run("DELETE FROM invitations WHERE expires_at < ?", stamp(before))
