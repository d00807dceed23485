"""People, and the addresses they can be reached at."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who wrote to us, as far as a turn needs to know."""

    id: int
    notice: str | None  # version of the privacy notice they were shown
    conversation: str  # what the dialogue remembers, JSON
    blocked: bool
    new: bool = False
    plain: bool = False  # they chose Einfache Sprache


async def known(tx: Tx, channel: str, bot: str, chat: str) -> Person | None:
    """The person behind an address, if there is one."""
    row = await tx.one(
        """SELECT people.id, people.notice, people.conversation, people.plain,
                  addresses.blocked_at
           FROM addresses JOIN people ON people.id = addresses.person_id
           WHERE channel = ? AND bot = ? AND chat = ?""",
        channel,
        bot,
        chat,
    )
    if row is None:
        return None
    return Person(
        row["id"],
        row["notice"],
        row["conversation"],
        blocked=row["blocked_at"] is not None,
        plain=bool(row["plain"]),
    )


async def meet(tx: Tx, channel: str, bot: str, chat: str, now: datetime) -> Person:
    """The person behind an address; a stranger becomes somebody we know."""
    if person := await known(tx, channel, bot, chat):
        return person
    at = stamp(now)
    person_id = await tx.value(
        "INSERT INTO people (created_at, seen_at) VALUES (?, ?) RETURNING id", at, at
    )
    await tx.run(
        "INSERT INTO addresses (person_id, channel, bot, chat) VALUES (?, ?, ?, ?)",
        person_id,
        channel,
        bot,
        chat,
    )
    return Person(person_id, None, "{}", blocked=False, new=True)


async def remember(tx: Tx, person_id: int, conversation: str, now: datetime) -> None:
    """Keep what the dialogue knows after a turn."""
    await tx.run(
        "UPDATE people SET conversation = ?, seen_at = ? WHERE id = ?",
        conversation,
        stamp(now),
        person_id,
    )


async def noticed(tx: Tx, person_id: int, version: str, now: datetime) -> None:
    """The person was shown this version of the privacy notice."""
    await tx.run(
        "UPDATE people SET notice = ?, noticed_at = ? WHERE id = ?", version, stamp(now), person_id
    )


async def choose_language(tx: Tx, person_id: int, *, plain: bool) -> None:
    """The person wants Einfache Sprache from now on, or no longer."""
    await tx.run("UPDATE people SET plain = ? WHERE id = ?", int(plain), person_id)


async def set_blocked(
    tx: Tx, channel: str, bot: str, chat: str, now: datetime, *, blocked: bool
) -> None:
    """The address refuses our messages, or takes them again."""
    await tx.run(
        "UPDATE addresses SET blocked_at = ? WHERE channel = ? AND bot = ? AND chat = ?",
        stamp(now) if blocked else None,
        channel,
        bot,
        chat,
    )


async def move_chat(tx: Tx, channel: str, bot: str, old: str, new: str) -> None:
    """A chat got another id; what is still to be said there follows.

    Messages and threads do not: the new chat numbers them anew, so an old
    number would point at something else.
    """
    for table in ("addresses", "outbox", "requests", "groups"):
        await tx.run(
            f"UPDATE {table} SET chat = ? WHERE channel = ? AND bot = ? AND chat = ?",  # noqa: S608
            new,
            channel,
            bot,
            old,
        )
    for table in ("threads", "copies", "subjects"):
        await tx.run(
            f"DELETE FROM {table} WHERE channel = ? AND bot = ? AND chat = ?",  # noqa: S608
            channel,
            bot,
            old,
        )


async def forget_conversations(tx: Tx, idle_since: datetime) -> int:
    """What a dialogue remembers of people who have been silent is dropped."""
    return await tx.run(
        "UPDATE people SET conversation = '{}' WHERE seen_at < ? AND conversation <> '{}'",
        stamp(idle_since),
    )
