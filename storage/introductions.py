"""Introductions: one person asks another to get to know them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Row, Tx
from storage.moments import stamp

State = Literal["asked", "agreed", "declined", "withdrawn", "expired", "ended"]
Mode = Literal["", "contact", "protected"]
"""`contact`: they gave the other their contact details. `protected`: they write through us."""

OPEN = ("asked", "agreed")


@dataclass(frozen=True, slots=True)
class Introduction:
    id: int
    asker_id: int
    asked_id: int
    words: str
    state: State
    asker_mode: Mode
    asked_mode: Mode
    created_at: str
    later_at: str | None
    answered_at: str | None
    ended_at: str | None
    ended_by: int | None

    @property
    def number(self) -> str:
        """How people call it."""
        return f"V-{self.id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def other(self, person_id: int) -> int:
        """Whom this person has to do with."""
        return self.asked_id if person_id == self.asker_id else self.asker_id

    def mode(self, person_id: int) -> Mode:
        """What this person chose."""
        return self.asker_mode if person_id == self.asker_id else self.asked_mode


_COLUMNS = """id, asker_id, asked_id, words, state, asker_mode, asked_mode, created_at, later_at,
    answered_at, ended_at, ended_by"""


async def create(
    tx: Tx, asker_id: int, asked_id: int, words: str, now: datetime
) -> Introduction | None:
    """One asks the other; None if these two have an open introduction already."""
    row = await tx.one(
        f"""INSERT INTO introductions
              (asker_id, asked_id, low_id, high_id, words, state, created_at)
            VALUES (?, ?, ?, ?, ?, 'asked', ?)
            ON CONFLICT (low_id, high_id) WHERE state IN ('asked', 'agreed') DO NOTHING
            RETURNING {_COLUMNS}""",  # noqa: S608
        asker_id,
        asked_id,
        min(asker_id, asked_id),
        max(asker_id, asked_id),
        words,
        stamp(now),
    )
    return _introduction(row) if row else None


async def get(tx: Tx, introduction_id: int) -> Introduction | None:
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM introductions WHERE id = ?",  # noqa: S608
        introduction_id,
    )
    return _introduction(row) if row else None


async def between(tx: Tx, one_id: int, other_id: int) -> Introduction | None:
    """The open one of these two, whoever asked."""
    row = await tx.one(
        f"""SELECT {_COLUMNS} FROM introductions
            WHERE low_id = ? AND high_id = ? AND state IN ('asked', 'agreed')""",  # noqa: S608
        min(one_id, other_id),
        max(one_id, other_id),
    )
    return _introduction(row) if row else None


async def of_person(tx: Tx, person_id: int, *, is_open: bool = False) -> list[Introduction]:
    """All of somebody's, newest first; those that are over only unless `is_open`."""
    condition = "AND state IN ('asked', 'agreed')" if is_open else ""
    rows = await tx.all(
        f"""SELECT {_COLUMNS} FROM introductions
            WHERE (asker_id = ? OR asked_id = ?) {condition} ORDER BY id DESC""",  # noqa: S608
        person_id,
        person_id,
    )
    return [_introduction(row) for row in rows]


async def asked_since(tx: Tx, asker_id: int, since: datetime) -> int:
    """How many people somebody asked since then, whatever came of it."""
    return int(
        await tx.value(
            "SELECT COUNT(*) FROM introductions WHERE asker_id = ? AND created_at > ?",
            asker_id,
            stamp(since),
        )
    )


async def agree(tx: Tx, introduction_id: int, now: datetime) -> None:
    """The one who was asked agrees."""
    await tx.run(
        """UPDATE introductions SET state = 'agreed', answered_at = ?
           WHERE id = ? AND state = 'asked'""",
        stamp(now),
        introduction_id,
    )


async def wait(tx: Tx, introduction_id: int, until: datetime) -> None:
    """The one who was asked wants to decide then."""
    await tx.run(
        "UPDATE introductions SET later_at = ? WHERE id = ? AND state = 'asked'",
        stamp(until),
        introduction_id,
    )


async def choose(tx: Tx, it: Introduction, person_id: int, mode: Mode) -> None:
    """How one of the two wants to go on."""
    column = "asker_mode" if person_id == it.asker_id else "asked_mode"
    await tx.run(
        f"UPDATE introductions SET {column} = ? WHERE id = ? AND state = 'agreed'",  # noqa: S608
        mode,
        it.id,
    )


async def end(tx: Tx, introduction_id: int, state: State, by: int | None, now: datetime) -> None:
    """It is over: declined, withdrawn, expired or ended. The asker's words are kept no longer
    than the lines of a conversation; see `forget_words`."""
    await tx.run(
        """UPDATE introductions SET state = ?, ended_by = ?, ended_at = ?,
             answered_at = CASE WHEN ? = 'declined' THEN ? ELSE answered_at END
           WHERE id = ? AND state IN ('asked', 'agreed')""",
        state,
        by,
        stamp(now),
        state,
        stamp(now),
        introduction_id,
    )


async def forget_words(tx: Tx, over_before: datetime) -> None:
    """Nobody can report what was written so long ago."""
    await tx.run(
        "UPDATE introductions SET words = '' WHERE ended_at < ? AND words <> ''",
        stamp(over_before),
    )


async def forget(tx: Tx, over_before: datetime) -> None:
    """Drop those that have long been over; who stays apart is in `peer_blocks`."""
    await tx.run("DELETE FROM introductions WHERE ended_at < ?", stamp(over_before))


def _introduction(row: Row) -> Introduction:
    return Introduction(**dict(row))
