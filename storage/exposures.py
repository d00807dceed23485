"""How often people were suggested, so that nobody is suggested to everybody."""

from collections.abc import Iterable
from datetime import date

from storage.database import Tx


async def count(tx: Tx, people: Iterable[int], day: date) -> None:
    """They were suggested once more."""
    await tx.many(
        """INSERT INTO exposures (person_id, day, number) VALUES (?, ?, 1)
           ON CONFLICT (person_id, day) DO UPDATE SET number = exposures.number + 1""",
        [(person_id, day.isoformat()) for person_id in people],
    )


async def since(tx: Tx, day: date) -> dict[int, int]:
    """How often everybody was suggested since that day."""
    rows = await tx.all(
        """SELECT person_id, SUM(number) AS number FROM exposures
           WHERE day >= ? GROUP BY person_id""",
        day.isoformat(),
    )
    return {row["person_id"]: int(row["number"]) for row in rows}


async def forget(tx: Tx, before: date) -> None:
    await tx.run("DELETE FROM exposures WHERE day < ?", before.isoformat())
