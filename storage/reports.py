"""What people showed the coordinators of a protected conversation, and what came of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Row, Tx
from storage.moments import stamp

Outcome = Literal["nothing", "warned", "blocked"]


@dataclass(frozen=True, slots=True)
class Report:
    id: int
    introduction_id: int | None
    reporter_id: int | None
    reported_id: int | None
    words: tuple[str, ...]  # the lines that were reported; none once they were wiped
    reason: str
    at: str
    handled_at: str | None
    handled_by: int | None
    outcome: Outcome | None

    @property
    def number(self) -> str:
        """How coordinators call it."""
        return f"M-{self.id}"


_COLUMNS = """id, introduction_id, reporter_id, reported_id, words, reason, at, handled_at,
    handled_by, outcome"""


async def add(
    tx: Tx,
    *,
    introduction_id: int,
    reporter_id: int,
    reported_id: int,
    words: Sequence[str],
    reason: str,
    now: datetime,
) -> Report:
    row = await tx.one(
        f"""INSERT INTO reports
              (introduction_id, reporter_id, reported_id, words, reason, at)
            VALUES (?, ?, ?, ?, ?, ?) RETURNING {_COLUMNS}""",  # noqa: S608
        introduction_id,
        reporter_id,
        reported_id,
        json.dumps(words, ensure_ascii=False),
        reason,
        stamp(now),
    )
    assert row is not None  # noqa: S101 - it was just written
    return _report(row)


async def get(tx: Tx, report_id: int) -> Report | None:
    row = await tx.one(f"SELECT {_COLUMNS} FROM reports WHERE id = ?", report_id)  # noqa: S608
    return _report(row) if row else None


async def by(tx: Tx, reporter_id: int, introduction_id: int) -> Report | None:
    """What this person reported of this introduction."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM reports WHERE reporter_id = ? AND introduction_id = ?",  # noqa: S608
        reporter_id,
        introduction_id,
    )
    return _report(row) if row else None


async def listed(tx: Tx, *, handled: bool, limit: int = 50) -> list[Report]:
    """Those that wait, the oldest first; or those that were handled, the latest first."""
    condition = (
        "handled_at IS NOT NULL ORDER BY handled_at DESC"
        if handled
        else "handled_at IS NULL ORDER BY id"
    )
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM reports WHERE {condition} LIMIT ?",  # noqa: S608
        limit,
    )
    return [_report(row) for row in rows]


async def concerning(tx: Tx, coordinator_id: int, web_chat: str = "") -> set[int]:
    """The reports in which a coordinator is one of the two, as far as their accounts tell, and
    the web chat that their browser has."""
    rows = await tx.all(
        """SELECT r.id FROM reports AS r
             JOIN addresses AS d ON d.person_id IN (r.reporter_id, r.reported_id)
             JOIN coordinator_accounts AS a
               ON a.channel = d.channel AND a.bot = d.bot AND a.sender = d.chat
            WHERE a.coordinator_id = ?
           UNION
           SELECT r.id FROM reports AS r
             JOIN addresses AS d ON d.person_id IN (r.reporter_id, r.reported_id)
            WHERE d.channel = 'web' AND d.chat = ?""",
        coordinator_id,
        web_chat,
    )
    return {row["id"] for row in rows}


async def waiting(tx: Tx) -> set[int]:
    """Those that nobody has handled yet."""
    return {row["id"] for row in await tx.all("SELECT id FROM reports WHERE handled_at IS NULL")}


async def handle(tx: Tx, report_id: int, outcome: Outcome, by: int, now: datetime) -> bool:
    """A coordinator decided; False if somebody else was faster."""
    changed = await tx.run(
        """UPDATE reports SET handled_at = ?, handled_by = ?, outcome = ?
           WHERE id = ? AND handled_at IS NULL""",
        stamp(now),
        by,
        outcome,
        report_id,
    )
    return changed > 0


async def wipe(tx: Tx, handled_before: datetime) -> None:
    """What was decided long ago says only that it was."""
    await tx.run(
        "UPDATE reports SET words = '[]', reason = '' WHERE handled_at < ? AND words <> '[]'",
        stamp(handled_before),
    )


def _report(row: Row) -> Report:
    return Report(**(dict(row) | {"words": tuple(json.loads(row["words"]))}))
