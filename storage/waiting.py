"""Requests that wait: for their person, for a colleague who is away, for a word on how it was."""

from datetime import datetime

from storage.database import Tx
from storage.moments import stamp

# Kinds of what falls due for a request; the subject is its id.
UNANSWERED = "unanswered"
CLAIMER = "overdue-claimer"
DEPUTY = "overdue-deputy"
WAITING = "waiting"
RATE = "rate"
KINDS = (UNANSWERED, CLAIMER, DEPUTY, WAITING, RATE)


async def unwatched(tx: Tx, kind: str) -> list[int]:
    """The requests that wait for their person and for which nothing of this kind is due."""
    rows = await tx.all(
        """SELECT r.id FROM requests AS r
           WHERE r.state <> 'closed' AND r.urgent = 0 AND r.person_id IS NOT NULL
             AND (r.state = 'answered' OR r.asked_back_at IS NOT NULL)
             AND NOT EXISTS (SELECT 1 FROM due AS d
                             WHERE d.kind = ? AND d.subject = CAST(r.id AS TEXT))
           ORDER BY r.id""",
        kind,
    )
    return [int(row["id"]) for row in rows]


async def asked_back(tx: Tx, request_id: int, now: datetime) -> None:
    """We asked the person something."""
    await tx.run("UPDATE requests SET asked_back_at = ? WHERE id = ?", stamp(now), request_id)


async def warn(tx: Tx, request_id: int, now: datetime) -> None:
    """The person was told that it will be closed."""
    await tx.run("UPDATE requests SET warned_at = ? WHERE id = ?", stamp(now), request_id)


async def keep_open(tx: Tx, request_id: int) -> None:
    """The warning is taken back."""
    await tx.run("UPDATE requests SET warned_at = NULL WHERE id = ?", request_id)


async def warned_of(tx: Tx, person_id: int) -> list[int]:
    """The requests of a person that would be closed soon."""
    rows = await tx.all(
        """SELECT id FROM requests
           WHERE person_id = ? AND state <> 'closed' AND warned_at IS NOT NULL ORDER BY id""",
        person_id,
    )
    return [int(row["id"]) for row in rows]


async def mark_urgent(tx: Tx, request_id: int) -> None:
    """It has become urgent: it comes first, and never ends by itself."""
    await tx.run("UPDATE requests SET urgent = 1 WHERE id = ?", request_id)


async def in_hands_of(tx: Tx, coordinator_id: int) -> list[int]:
    """The requests that a colleague has claimed and not yet answered, oldest first."""
    rows = await tx.all(
        """SELECT id FROM requests
           WHERE claimed_by = ? AND state IN ('open', 'claimed') ORDER BY id""",
        coordinator_id,
    )
    return [int(row["id"]) for row in rows]


async def rate(tx: Tx, request_id: int, rating: str) -> None:
    """How it was; a second thought replaces the first."""
    await tx.run("UPDATE requests SET rating = ? WHERE id = ?", rating, request_id)


async def say_why(tx: Tx, request_id: int, words: str) -> None:
    """The person's words to their rating; they are wiped with those of the request."""
    await tx.run("UPDATE requests SET rating_words = ? WHERE id = ?", words, request_id)
