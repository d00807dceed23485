"""Who would be there if a format began, and who was told that it does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import moment, stamp
from storage.subscriptions import RECIPIENT, Recipient, recipient


@dataclass(frozen=True, slots=True)
class Interest:
    """`region` is a Bundesland as in ISO 3166-2 without DE (BB), or empty."""

    format_id: str
    region: str
    at: datetime
    told_at: datetime | None


async def wait(tx: Tx, person_id: int, format_id: str, region: str, now: datetime) -> bool:
    """They would be there; False if they wait already. Whoever was told that it begins waits
    anew."""
    changed = await tx.run(
        """INSERT INTO interests (person_id, format_id, region, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (person_id, format_id) DO UPDATE
             SET at = excluded.at, region = excluded.region, told_at = NULL
             WHERE interests.told_at IS NOT NULL""",
        person_id,
        format_id,
        region,
        stamp(now),
    )
    return changed > 0


async def give_up(tx: Tx, person_id: int, format_id: str) -> bool:
    """They would not be there any more; False if they did not wait."""
    changed = await tx.run(
        "DELETE FROM interests WHERE person_id = ? AND format_id = ?", person_id, format_id
    )
    return changed > 0


async def set_region(tx: Tx, person_id: int, region: str) -> None:
    """Where they are, for everything that they wait for."""
    await tx.run("UPDATE interests SET region = ? WHERE person_id = ?", region, person_id)


async def of(tx: Tx, person_id: int) -> list[Interest]:
    """What somebody waits for or was told of, the latest first."""
    rows = await tx.all(
        """SELECT format_id, region, at, told_at FROM interests WHERE person_id = ?
           ORDER BY at DESC, format_id""",
        person_id,
    )
    return [
        Interest(
            row["format_id"],
            row["region"],
            moment(row["at"]),
            moment(row["told_at"]) if row["told_at"] else None,
        )
        for row in rows
    ]


async def recipients(tx: Tx, format_id: str, region: str | None) -> list[Recipient]:
    """Everybody who waits for a format (there, if a region is given) and can be reached."""
    where, values = "format_id = ? AND told_at IS NULL", [format_id]
    if region is not None:
        where, values = f"{where} AND region = ?", [format_id, region]
    rows = await tx.all(
        f"""{RECIPIENT}
            WHERE people.id IN (SELECT person_id FROM interests WHERE {where})
            ORDER BY people.id""",  # noqa: S608 - only question marks come in
        *values,
    )
    return [recipient(row) for row in rows]


async def told(tx: Tx, format_id: str, people: Iterable[int], now: datetime) -> None:
    """They are told that it begins, and will not be told of this again."""
    await tx.many(
        """UPDATE interests SET told_at = ?
           WHERE person_id = ? AND format_id = ? AND told_at IS NULL""",
        [(stamp(now), person_id, format_id) for person_id in people],
    )


async def counted(tx: Tx) -> list[tuple[str, str, int, int]]:
    """By format and region: how many wait, and how many were told."""
    rows = await tx.all(
        """SELECT format_id, region, SUM(CASE WHEN told_at IS NULL THEN 1 ELSE 0 END) AS waiting,
             SUM(CASE WHEN told_at IS NULL THEN 0 ELSE 1 END) AS told
           FROM interests GROUP BY format_id, region ORDER BY format_id, region"""
    )
    return [(row["format_id"], row["region"], row["waiting"], row["told"]) for row in rows]
