"""Who may be suggested to whom in the network, and who was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Tx
from storage.moments import stamp

Reason = Literal["hidden", "declined", "ended", "reported"]


@dataclass(frozen=True, slots=True)
class Reached:
    """Where somebody reads, and how they are to be written to."""

    person_id: int
    channel: str
    bot: str
    chat: str
    plain: bool
    conversation: str  # what the dialogue remembers, JSON


# -- everybody who may be found ----------------------------------------------------------

_FINDABLE = """state = 'live' AND EXISTS (
    SELECT 1 FROM consents AS c WHERE c.person_id = profiles.person_id
      AND c.purpose = 'directory' AND c.withdrawn_at IS NULL)"""


async def print_of_all(tx: Tx) -> tuple[object, ...]:
    """Different whenever somebody became findable, is so no more, or says something else."""
    changed = await tx.one(
        """SELECT COUNT(*) AS number, MAX(updated_at) AS latest, SUM(person_id) AS who
           FROM profiles WHERE state = 'live'"""
    )
    agreed = await tx.one(
        """SELECT COUNT(*) AS number, MAX(id) AS latest FROM consents
           WHERE purpose = 'directory' AND withdrawn_at IS NULL"""
    )
    assert changed is not None and agreed is not None  # noqa: S101, PT018 - counting finds a row
    return (*dict(changed).values(), *dict(agreed).values())


async def findable(tx: Tx) -> dict[int, str]:
    """Everybody who may be found at this moment, and when they last changed what they say."""
    rows = await tx.all(f"SELECT person_id, updated_at FROM profiles WHERE {_FINDABLE}")  # noqa: S608
    return {row["person_id"]: row["updated_at"] for row in rows}


async def is_findable(tx: Tx, person_id: int, now: datetime) -> bool:
    """Whether somebody may be suggested and asked at this moment: they want it, we can reach
    them, and the coordinators did not block them."""
    found = await tx.value(
        f"""SELECT 1 FROM profiles WHERE person_id = ? AND {_FINDABLE}
              AND EXISTS (SELECT 1 FROM addresses AS a
                WHERE a.person_id = profiles.person_id AND a.blocked_at IS NULL)
              AND NOT EXISTS (SELECT 1 FROM network_blocks AS n
                WHERE n.person_id = profiles.person_id AND n.until > ?)
              AND NOT EXISTS (SELECT 1 FROM blocks AS b
                WHERE b.person_id = profiles.person_id AND b.until > ?)""",  # noqa: S608
        person_id,
        stamp(now),
        stamp(now),
    )
    return found is not None


async def reached(tx: Tx, person_id: int) -> Reached | None:
    """Where somebody reads; None if they do not want to hear from us, or are gone."""
    row = await tx.one(
        """SELECT p.id AS person_id, a.channel, a.bot, a.chat, p.plain, p.conversation
           FROM people AS p JOIN addresses AS a ON a.person_id = p.id
           WHERE p.id = ? AND a.blocked_at IS NULL ORDER BY a.id LIMIT 1""",
        person_id,
    )
    return Reached(**(dict(row) | {"plain": bool(row["plain"])})) if row else None


# -- pairs -----------------------------------------------------------------------------


async def keep_apart(tx: Tx, person_id: int, other_id: int, reason: Reason, now: datetime) -> None:
    """These two are not suggested to each other any more. The first reason stays, unless one
    of them is reported."""
    await tx.run(
        """INSERT INTO peer_blocks (person_id, other_id, reason, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (person_id, other_id) DO UPDATE SET reason = excluded.reason,
             at = excluded.at WHERE excluded.reason = 'reported'""",
        person_id,
        other_id,
        reason,
        stamp(now),
    )


async def kept_apart(tx: Tx, one_id: int, other_id: int) -> bool:
    """Whether one of them does not want the other."""
    found = await tx.value(
        """SELECT 1 FROM peer_blocks
           WHERE (person_id = ? AND other_id = ?) OR (person_id = ? AND other_id = ?)""",
        one_id,
        other_id,
        other_id,
        one_id,
    )
    return found is not None


async def not_for(tx: Tx, person_id: int) -> set[int]:
    """Whom somebody is not to be shown: those kept apart from them, and those they have or
    had an introduction with a while ago."""
    rows = await tx.all(
        """SELECT other_id AS id FROM peer_blocks WHERE person_id = ?
           UNION SELECT person_id FROM peer_blocks WHERE other_id = ?
           UNION SELECT asked_id FROM introductions WHERE asker_id = ?
           UNION SELECT asker_id FROM introductions WHERE asked_id = ?""",
        person_id,
        person_id,
        person_id,
        person_id,
    )
    return {row["id"] for row in rows}


# -- kept out by the coordinators --------------------------------------------------------


async def keep_out(
    tx: Tx, person_id: int, until: datetime, coordinator_id: int, now: datetime
) -> None:
    """Out of the network until then; a longer time that holds already stays."""
    await tx.run(
        """INSERT INTO network_blocks (person_id, until, coordinator_id, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (person_id) DO UPDATE SET until = excluded.until,
             coordinator_id = excluded.coordinator_id, at = excluded.at
             WHERE excluded.until > network_blocks.until""",
        person_id,
        stamp(until),
        coordinator_id,
        stamp(now),
    )


async def kept_out(tx: Tx, person_id: int, now: datetime) -> str | None:
    """Until when somebody is out of the network (a stamp), whoever of the coordinators said so."""
    value = await tx.value(
        """SELECT MAX(until) FROM (
             SELECT until FROM network_blocks WHERE person_id = ? AND until > ?
             UNION ALL SELECT until FROM blocks WHERE person_id = ? AND until > ?) AS both_kinds""",
        person_id,
        stamp(now),
        person_id,
        stamp(now),
    )
    return None if value is None else str(value)


# -- what was suggested --------------------------------------------------------------------


async def suggested(tx: Tx, token: str, asker_id: int, other_id: int, now: datetime) -> str:
    """Somebody is shown somebody; the token by which buttons call it from now on.

    Shown again they keep their token, so that older buttons mean the same person.
    """
    kept = await tx.value(
        """INSERT INTO suggestions (token, asker_id, other_id, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (asker_id, other_id) DO UPDATE SET at = excluded.at RETURNING token""",
        token,
        asker_id,
        other_id,
        stamp(now),
    )
    return str(kept)


async def meant(tx: Tx, token: str, asker_id: int) -> int | None:
    """Whom a token means to this person; nobody to everybody else."""
    value = await tx.value(
        "SELECT other_id FROM suggestions WHERE token = ? AND asker_id = ?", token, asker_id
    )
    return None if value is None else int(value)


async def shown_since(tx: Tx, asker_id: int, since: datetime) -> set[int]:
    """Whom somebody was shown since then."""
    rows = await tx.all(
        "SELECT other_id FROM suggestions WHERE asker_id = ? AND at > ?", asker_id, stamp(since)
    )
    return {row["other_id"] for row in rows}


async def forget(tx: Tx, shown_before: datetime, now: datetime) -> None:
    """Old suggestions have no effect any more, and blocks that have ended are dropped."""
    await tx.run("DELETE FROM suggestions WHERE at < ?", stamp(shown_before))
    await tx.run("DELETE FROM network_blocks WHERE until <= ?", stamp(now))
