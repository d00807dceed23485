"""What people want to be told of without asking, how often, and at what hours not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Row, Tx
from storage.moments import stamp

Kind = Literal["all", "topic", "group", "region"]
Rhythm = Literal["now", "weekly"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told, and where. Quiet hours are minutes of the day in Berlin."""

    person_id: int
    channel: str
    bot: str
    chat: str
    plain: bool
    rhythm: Rhythm
    quiet_from: int | None
    quiet_until: int | None


def same(region: str) -> str:
    """What is equal for two spellings of one region; people type them by hand."""
    return " ".join(region.split()).casefold()


async def subscribe(tx: Tx, person_id: int, kind: Kind, value: str, now: datetime) -> bool:
    """Somebody wants to hear of it (`value` is empty for all); False if they did before."""
    changed = await tx.run(
        """INSERT INTO subscriptions (person_id, kind, value, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (person_id, kind, value) DO NOTHING""",
        person_id,
        kind,
        value,
        stamp(now),
    )
    return changed > 0


async def unsubscribe(tx: Tx, person_id: int, kind: Kind, value: str) -> bool:
    """Somebody wants to hear no more of it; False if they did not get it anyway."""
    changed = await tx.run(
        "DELETE FROM subscriptions WHERE person_id = ? AND kind = ? AND value = ?",
        person_id,
        kind,
        value,
    )
    return changed > 0


async def end_all(tx: Tx, person_id: int) -> int:
    """Somebody wants none of it any more; how many subscriptions that were.

    What they wished for about rhythm and hours is of no use then, and goes too.
    """
    await tx.run("DELETE FROM wishes WHERE person_id = ?", person_id)
    return await tx.run("DELETE FROM subscriptions WHERE person_id = ?", person_id)


async def of(tx: Tx, person_id: int) -> list[tuple[Kind, str]]:
    """What somebody subscribed to, oldest first."""
    rows = await tx.all(
        "SELECT kind, value FROM subscriptions WHERE person_id = ? ORDER BY at, kind, value",
        person_id,
    )
    return [(row["kind"], row["value"]) for row in rows]


async def rhythm(tx: Tx, person_id: int) -> Rhythm:
    found: Rhythm | None = await tx.value(
        "SELECT rhythm FROM wishes WHERE person_id = ?", person_id
    )
    return found or "now"


async def set_rhythm(tx: Tx, person_id: int, rhythm: Rhythm) -> None:
    await tx.run(
        """INSERT INTO wishes (person_id, rhythm) VALUES (?, ?)
           ON CONFLICT (person_id) DO UPDATE SET rhythm = excluded.rhythm""",
        person_id,
        rhythm,
    )


async def quiet(tx: Tx, person_id: int) -> tuple[int, int] | None:
    """From which to which minute of the day nothing is to be sent; None for no such hours."""
    row = await tx.one("SELECT quiet_from, quiet_until FROM wishes WHERE person_id = ?", person_id)
    if row is None or row["quiet_from"] is None:
        return None
    return row["quiet_from"], row["quiet_until"]


async def set_quiet(tx: Tx, person_id: int, hours: tuple[int, int] | None) -> None:
    start, end = hours or (None, None)
    await tx.run(
        """INSERT INTO wishes (person_id, quiet_from, quiet_until) VALUES (?, ?, ?)
           ON CONFLICT (person_id) DO UPDATE
             SET quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until""",
        person_id,
        start,
        end,
    )


async def weekly(tx: Tx) -> list[Recipient]:
    """Everybody with a subscription who wants to hear of it once a week."""
    rows = await tx.all(
        f"""{RECIPIENT} WHERE wishes.rhythm = 'weekly'
              AND people.id IN (SELECT person_id FROM subscriptions)
            ORDER BY people.id"""  # noqa: S608 - our own words alone
    )
    return [recipient(row) for row in rows]


async def recipients(
    tx: Tx, *, topics: Sequence[str], groups: Sequence[str], region: str | None
) -> list[Recipient]:
    """Everybody with a subscription that fits at least one of these, or who wants everything.

    One row a person, at the address they came by last; whoever blocked us is left out.
    """
    regions: list[str] = []
    if region is not None:
        known = await tx.all("SELECT DISTINCT value FROM subscriptions WHERE kind = 'region'")
        regions = [row["value"] for row in known if same(row["value"]) == same(region)]
    fits, values = ["kind = 'all'"], list[str]()
    for kind, wanted in (("topic", topics), ("group", groups), ("region", regions)):
        if wanted:
            fits.append(f"(kind = '{kind}' AND value IN ({', '.join('?' * len(wanted))}))")
            values += wanted
    rows = await tx.all(
        f"""{RECIPIENT}
            WHERE people.id IN (SELECT person_id FROM subscriptions WHERE {" OR ".join(fits)})
            ORDER BY people.id""",  # noqa: S608 - only question marks come in
        *values,
    )
    return [recipient(row) for row in rows]


def recipient(row: Row) -> Recipient:
    """A row of what begins with `RECIPIENT`."""
    return Recipient(**{**dict(row), "plain": bool(row["plain"])})


# Everybody at the address they came by last; whoever blocked us has none. What follows says who.
RECIPIENT = """SELECT people.id AS person_id, channel, bot, chat, plain,
       COALESCE(rhythm, 'now') AS rhythm, quiet_from, quiet_until
FROM people
JOIN addresses ON addresses.id = (
  SELECT MAX(reached.id) FROM addresses AS reached
  WHERE reached.person_id = people.id AND reached.blocked_at IS NULL)
LEFT JOIN wishes ON wishes.person_id = people.id"""
