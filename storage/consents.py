"""What people agreed to, for which purpose, in which words, and until when."""

from datetime import datetime
from typing import Literal

from storage.database import Tx
from storage.moments import stamp

Purpose = Literal["directory", "contact"]
"""`directory`: others may be shown the card. `contact`: what they chose to share is given to
somebody once both agreed."""


async def give(
    tx: Tx, person_id: int, purpose: Purpose, version: str, channel: str, now: datetime
) -> None:
    """They agree, in the words of this version. Agreeing once more keeps the first time."""
    await tx.run(
        """INSERT INTO consents (person_id, purpose, version, channel, given_at)
           VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (person_id, purpose) WHERE withdrawn_at IS NULL DO NOTHING""",
        person_id,
        purpose,
        version,
        channel,
        stamp(now),
    )


async def withdraw(tx: Tx, person_id: int, purpose: Purpose, now: datetime) -> bool:
    """They do not agree any more; False if they did not before."""
    changed = await tx.run(
        """UPDATE consents SET withdrawn_at = ?
           WHERE person_id = ? AND purpose = ? AND withdrawn_at IS NULL""",
        stamp(now),
        person_id,
        purpose,
    )
    return changed > 0


async def live(tx: Tx, person_id: int, purpose: Purpose) -> bool:
    """Whether they agree at this moment."""
    found = await tx.value(
        """SELECT 1 FROM consents
           WHERE person_id = ? AND purpose = ? AND withdrawn_at IS NULL""",
        person_id,
        purpose,
    )
    return found is not None


async def all_of(tx: Tx, person_id: int) -> dict[str, str]:
    """The purposes to which they agree at this moment, and since when (a stamp)."""
    rows = await tx.all(
        """SELECT purpose, given_at FROM consents
           WHERE person_id = ? AND withdrawn_at IS NULL ORDER BY id""",
        person_id,
    )
    return {row["purpose"]: row["given_at"] for row in rows}


async def forget(tx: Tx, person_id: int) -> None:
    """Nothing that they ever agreed to is left."""
    await tx.run("DELETE FROM consents WHERE person_id = ?", person_id)
