"""Lines of protected conversations. They are kept only so that they can be reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


@dataclass(frozen=True, slots=True)
class ProtectedLine:
    id: int
    author_id: int
    text: str
    at: str


async def add(tx: Tx, introduction_id: int, author_id: int, text: str, now: datetime) -> int:
    """Keep a line; its number."""
    value = await tx.value(
        """INSERT INTO protected_lines (introduction_id, author_id, text, at)
           VALUES (?, ?, ?, ?) RETURNING id""",
        introduction_id,
        author_id,
        text,
        stamp(now),
    )
    return int(value)


async def latest(tx: Tx, introduction_id: int, author_id: int, limit: int) -> list[ProtectedLine]:
    """The last lines of one of the two, oldest first."""
    rows = await tx.all(
        """SELECT id, author_id, text, at FROM protected_lines
           WHERE introduction_id = ? AND author_id = ? ORDER BY id DESC LIMIT ?""",
        introduction_id,
        author_id,
        limit,
    )
    return [ProtectedLine(**dict(row)) for row in reversed(rows)]


async def these(
    tx: Tx, introduction_id: int, author_id: int, chosen: Sequence[int]
) -> list[ProtectedLine]:
    """Those of these lines that one of the two wrote to the other, oldest first."""
    marks = ", ".join("?" for _ in chosen)
    rows = await tx.all(
        f"""SELECT id, author_id, text, at FROM protected_lines
            WHERE introduction_id = ? AND author_id = ? AND id IN ({marks}) ORDER BY id""",  # noqa: S608
        introduction_id,
        author_id,
        *chosen,
    )
    return [ProtectedLine(**dict(row)) for row in rows]


async def forget(tx: Tx, before: datetime) -> None:
    await tx.run("DELETE FROM protected_lines WHERE at < ?", stamp(before))


async def forget_pages(tx: Tx, *, cards_before: datetime, lines_before: datetime) -> None:
    """What pages of the web chat still show of other people; a messenger keeps its own copies.

    Such messages are known by their buttons.
    """
    await tx.run(
        """DELETE FROM transcript WHERE outbox_id IS NOT NULL
             AND ((at < ? AND payload LIKE '%"action":"peer:%')
               OR (at < ? AND (payload LIKE '%"action":"intro:%'
                 OR payload LIKE '%"action":"prot:%')))""",
        stamp(cards_before),
        stamp(lines_before),
    )
