"""What the desk teaches the hotline: entries of its own, and further ways to ask for any entry.

An entry is kept as JSON and holds no personal data. What people asked stays with
their requests; the last two functions look there for what could be learnt.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.database import Tx
from storage.moments import stamp

State = Literal["proposed", "live", "rejected"]
# Behind the id of a live entry: its next version, which waits like any other proposal.
CHANGE = "+"


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """An entry in the store; `payload` is the `Entry` as JSON."""

    id: str
    state: State
    payload: str
    request_id: int | None
    proposed_by: int | None
    approved_by: int | None
    revision: int
    created_at: str
    updated_at: str

    @property
    def is_change(self) -> bool:
        """Whether it is the next version of a live entry."""
        return self.id.endswith(CHANGE)

    @property
    def entry_id(self) -> str:
        """The id of the entry that it is, or will be."""
        return self.id.removesuffix(CHANGE)


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A way to ask for an entry, wherever that comes from."""

    entry_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked with a request, and what they were answered, if anything."""

    request_id: int
    channel: str
    topic: str
    at: str
    question: str
    answer: str


_COLUMNS = (
    "id, state, payload, request_id, proposed_by, approved_by, revision, created_at, updated_at"
)


async def propose(
    tx: Tx, *, id: str, payload: str, request_id: int | None, by: int, now: datetime
) -> None:
    """A new entry that somebody has to look at before people read it."""
    await tx.run(
        """INSERT INTO desk_entries (id, state, payload, request_id, proposed_by,
                                     created_at, updated_at)
           VALUES (?, 'proposed', ?, ?, ?, ?, ?)""",
        id,
        payload,
        request_id,
        by,
        stamp(now),
        stamp(now),
    )


async def propose_change(tx: Tx, entry_id: str, payload: str, by: int, now: datetime) -> bool:
    """A live entry shall read like this; False if another change of it waits already."""
    changed = await tx.run(
        """INSERT INTO desk_entries (id, state, payload, proposed_by, created_at, updated_at)
           VALUES (?, 'proposed', ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING""",
        entry_id + CHANGE,
        payload,
        by,
        stamp(now),
        stamp(now),
    )
    return changed > 0


async def drop_change(tx: Tx, entry_id: str) -> bool:
    """Its next version is not wanted, or in its place. Of two who try at once, one gets True."""
    return await tx.run("DELETE FROM desk_entries WHERE id = ?", entry_id + CHANGE) > 0


async def replace(tx: Tx, entry_id: str, payload: str, by: int, now: datetime) -> bool:
    """The next version stands in the place of the live entry; False if there is none any more."""
    changed = await tx.run(
        """UPDATE desk_entries SET payload = ?, approved_by = ?, updated_at = ?,
             revision = revision + 1,
             proposed_by = (SELECT c.proposed_by FROM desk_entries AS c WHERE c.id = ?)
           WHERE id = ? AND state = 'live'""",
        payload,
        by,
        stamp(now),
        entry_id + CHANGE,
        entry_id,
    )
    await drop_change(tx, entry_id)
    return changed > 0


async def approve(tx: Tx, entry_id: str, payload: str, by: int, now: datetime) -> bool:
    """It is live from now on and reads like this. Of two who try at once, one gets True."""
    changed = await tx.run(
        """UPDATE desk_entries SET state = 'live', payload = ?, approved_by = ?, updated_at = ?,
             revision = revision + 1
           WHERE id = ? AND state = 'proposed'""",
        payload,
        by,
        stamp(now),
        entry_id,
    )
    return changed > 0


async def reject(tx: Tx, entry_id: str, state: State, now: datetime) -> bool:
    """Nobody shall read it, or not any more; False if it is not in this state."""
    changed = await tx.run(
        """UPDATE desk_entries SET state = 'rejected', updated_at = ?, revision = revision + 1
           WHERE id = ? AND state = ?""",
        stamp(now),
        entry_id,
        state,
    )
    return changed > 0


async def put_live(tx: Tx, entry_id: str, payload: str, now: datetime) -> None:
    """A live entry reads like this from now on, whether there was one or not."""
    await tx.run(
        """INSERT INTO desk_entries (id, state, payload, created_at, updated_at)
           VALUES (?, 'live', ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET state = 'live', payload = excluded.payload,
             updated_at = excluded.updated_at, revision = desk_entries.revision + 1""",
        entry_id,
        payload,
        stamp(now),
        stamp(now),
    )


async def get(tx: Tx, entry_id: str) -> DeskEntry | None:
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM desk_entries WHERE id = ?",  # noqa: S608
        entry_id,
    )
    return DeskEntry(**dict(row)) if row else None


async def in_state(tx: Tx, state: State) -> list[DeskEntry]:
    """All of them by their age, the oldest first."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM desk_entries WHERE state = ? ORDER BY created_at, id",  # noqa: S608
        state,
    )
    return [DeskEntry(**dict(row)) for row in rows]


async def add_phrasing(tx: Tx, entry_id: str, words: str, by: int | None, now: datetime) -> bool:
    """People ask like this, too; False if that was known."""
    changed = await tx.run(
        """INSERT INTO phrasings (entry_id, words, coordinator_id, at) VALUES (?, ?, ?, ?)
           ON CONFLICT (entry_id, words) DO NOTHING""",
        entry_id,
        words,
        by,
        stamp(now),
    )
    return changed > 0


async def remove_phrasing(tx: Tx, entry_id: str, words: str) -> bool:
    changed = await tx.run(
        "DELETE FROM phrasings WHERE entry_id = ? AND words = ?", entry_id, words
    )
    return changed > 0


async def phrasings(tx: Tx) -> list[Phrasing]:
    rows = await tx.all("SELECT entry_id, words FROM phrasings ORDER BY entry_id, at, words")
    return [Phrasing(**dict(row)) for row in rows]


async def version(tx: Tx) -> str:
    """A text that is another one after every change of what is live."""
    row = await tx.one(
        """SELECT COUNT(*) AS entries, SUM(revision) AS changes,
             (SELECT COUNT(*) FROM phrasings) AS phrasings,
             (SELECT MAX(at) FROM phrasings) AS latest,
             (SELECT SUM(LENGTH(entry_id) + LENGTH(words)) FROM phrasings) AS letters
           FROM desk_entries WHERE state <> 'proposed'"""
    )
    return ":".join(str(part) for part in tuple(row)) if row else ""


# A request as `Asked`: the first words of the person and the last ones of the desk.
_ASKED = """
    SELECT r.id AS request_id, r.channel, r.topic, r.created_at AS at, first.text AS question,
           COALESCE((SELECT m.text FROM request_messages AS m WHERE m.id =
                     (SELECT MAX(a.id) FROM request_messages AS a
                      WHERE a.request_id = r.id AND a.author = 'coordinator' AND a.text <> ''
                        AND a.deleted_at IS NULL)), '') AS answer
    FROM requests AS r JOIN request_messages AS first ON first.id =
         (SELECT MIN(q.id) FROM request_messages AS q
          WHERE q.request_id = r.id AND q.author = 'person' AND q.text <> ''
            AND q.deleted_at IS NULL)
    WHERE r.wiped_at IS NULL AND r.person_id IS NOT NULL AND r.merged_into IS NULL"""


async def answered(tx: Tx, *, but: int, limit: int) -> list[Asked]:
    """The newest answered requests, without this one."""
    rows = await tx.all(
        f"{_ASKED} AND r.answered_at IS NOT NULL AND r.id <> ? ORDER BY r.id DESC LIMIT ?",
        but,
        limit,
    )
    return [Asked(**dict(row)) for row in rows]


async def unanswered(tx: Tx, *, since: datetime, limit: int) -> list[Asked]:
    """What we could not answer ourselves and have learnt nothing from, the newest first."""
    rows = await tx.all(
        f"""{_ASKED} AND r.created_at >= ? AND r.urgent = 0 AND NOT EXISTS
            (SELECT 1 FROM desk_entries AS e WHERE e.request_id = r.id AND e.state <> 'rejected')
            ORDER BY r.id DESC LIMIT ?""",  # noqa: S608
        stamp(since),
        limit,
    )
    return [Asked(**dict(row)) for row in rows]


async def asked(tx: Tx, request_id: int) -> Asked | None:
    """One request, answered or not; None for one whose words are gone."""
    row = await tx.one(f"{_ASKED} AND r.id = ?", request_id)
    return Asked(**dict(row)) if row else None


async def keep_checked(tx: Tx, entry_id: str, payload: str, now: datetime) -> bool:
    """Somebody looked at a live entry again; False if it is not live."""
    changed = await tx.run(
        """UPDATE desk_entries SET payload = ?, updated_at = ?, revision = revision + 1
           WHERE id = ? AND state = 'live'""",
        payload,
        stamp(now),
        entry_id,
    )
    return changed > 0
