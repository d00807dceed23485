"""What coordinators tell many people at once.

An announcement is a `draft` until a coordinator confirms it, `waiting` while it
can still be taken back, then `sending`: in one transaction every recipient gets
a row here and a row in the outbox. From there on the outbox knows how far it
is; `paused` keeps what is left out of the courier's reach, `stopped` ends it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from storage import due, interests, outbox, subscriptions
from storage.database import Row, Tx
from storage.moments import moment, stamp

State = Literal["draft", "waiting", "sending", "paused", "stopped", "done"]

START, PROCEED = "announce", "announcing"  # kinds of due rows
LANE = 1
OUT_OF_REACH = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom it is meant for. All empty: those who want to hear everything.

    With `waiting`, a format: those who would be there if it began, and nobody else; `region`
    is then a Bundesland as they said it (BB).
    """

    topics: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    region: str | None = None
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """`text`, `plain` (the same in Einfache Sprache) and `board` are JSON that the handlers
    understand. One that `corrects` another changes what those hold who got that."""

    id: int
    event_id: str | None
    sequence: int
    text: str
    plain: str | None
    audience: Audience
    files: tuple[str, ...]
    corrects: int | None
    state: State
    created_by: int | None
    confirmed_by: int | None
    created_at: datetime
    confirmed_at: datetime | None
    starts_at: datetime | None
    expires_at: datetime | None
    finished_at: datetime | None
    total: int
    board: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One recipient's copy: whose it is (of a person or of a group), where it goes, what it
    says (`Outgoing` as JSON), and not before when."""

    person_id: int | None
    channel: str
    bot: str
    chat: str
    payload: str
    not_before: datetime
    quiet_from: int | None = None
    quiet_until: int | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """What one recipient holds: what the network calls it, and what it says (`Outgoing` as
    JSON; None when that has been forgotten). A row that still waits has no messages."""

    person_id: int | None
    group_id: int | None
    outbox_id: int | None
    channel: str
    bot: str
    chat: str
    plain: bool
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """A recipient who is not to be disturbed between these minutes of the day."""

    outbox_id: int
    quiet_from: int
    quiet_until: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How many copies are in which state, and why. `later` are those of them that are
    ready, but not yet."""

    counts: tuple[tuple[str, str, int], ...]  # state, reason, number
    later: int

    def number(self, *states: str) -> int:
        return sum(number for state, _, number in self.counts if state in states)

    def reasons(self, state: str) -> list[tuple[str, int]]:
        """Why copies are in this state, and how many."""
        return [(reason, number) for found, reason, number in self.counts if found == state]

    @property
    def open(self) -> int:
        return self.number("ready", "sending")


# -- before it is sent ---------------------------------------------------------------


async def draft(
    tx: Tx,
    *,
    text: str,
    audience: Audience,
    created_by: int,
    now: datetime,
    event_id: str | None = None,
    sequence: int = 0,
    expires_at: datetime | None = None,
    plain: str | None = None,
    files: Sequence[str] = (),
    corrects: int | None = None,
    starts_at: datetime | None = None,
    board: str = "{}",
) -> int:
    """A new announcement that nobody confirmed yet; its id. `starts_at` is when whoever
    wrote it would like it to be sent."""
    meant = {
        "topics": list(audience.topics),
        "groups": list(audience.groups),
        "region": audience.region,
        "waiting": audience.waiting,
    }
    value = await tx.value(
        """INSERT INTO announcements (event_id, sequence, text, plain, audience, corrects,
                                      created_by, created_at, starts_at, expires_at, board)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
        event_id,
        sequence,
        text,
        plain,
        json.dumps(meant),
        corrects,
        created_by,
        stamp(now),
        stamp(starts_at) if starts_at else None,
        stamp(expires_at) if expires_at else None,
        board,
    )
    await tx.many(
        "INSERT INTO announcement_files (announcement_id, file_id, place) VALUES (?, ?, ?)",
        [(value, file_id, place) for place, file_id in enumerate(files)],
    )
    return int(value)


async def get(tx: Tx, announcement_id: int) -> Announcement | None:
    row = await tx.one("SELECT * FROM announcements WHERE id = ?", announcement_id)
    return await _made(tx, row) if row else None


async def listed(tx: Tx, *, limit: int, offset: int = 0) -> list[Announcement]:
    """Announcements in any state, the newest first."""
    rows = await tx.all(
        "SELECT * FROM announcements ORDER BY id DESC LIMIT ? OFFSET ?", limit, offset
    )
    return [await _made(tx, row) for row in rows]


async def of_event(tx: Tx, event_id: str) -> list[Announcement]:
    """What was announced of an event, or is about to be, the newest first."""
    rows = await tx.all("SELECT * FROM announcements WHERE event_id = ? ORDER BY id DESC", event_id)
    return [await _made(tx, row) for row in rows]


async def of_file(tx: Tx, file_id: str) -> Announcement | None:
    """The announcement that a file goes with."""
    row = await tx.one(
        """SELECT announcements.* FROM announcements
           JOIN announcement_files ON announcement_id = announcements.id WHERE file_id = ?""",
        file_id,
    )
    return await _made(tx, row) if row else None


async def _made(tx: Tx, row: Row) -> Announcement:
    meant = json.loads(row["audience"])
    times = {
        name: moment(row[name]) if row[name] else None
        for name in ("confirmed_at", "starts_at", "expires_at", "finished_at")
    }
    attached = await tx.all(
        "SELECT file_id FROM announcement_files WHERE announcement_id = ? ORDER BY place", row["id"]
    )
    return Announcement(
        id=row["id"],
        event_id=row["event_id"],
        sequence=row["sequence"],
        text=row["text"],
        audience=Audience(
            tuple(meant["topics"]),
            tuple(meant["groups"]),
            meant["region"],
            meant.get("waiting", ""),
        ),
        files=tuple(one["file_id"] for one in attached),
        plain=row["plain"],
        corrects=row["corrects"],
        state=row["state"],
        created_by=row["created_by"],
        confirmed_by=row["confirmed_by"],
        created_at=moment(row["created_at"]),
        total=row["total"],
        board=row["board"],
        **times,
    )


async def set_board(tx: Tx, announcement_id: int, board: str) -> None:
    """Its progress is shown elsewhere, or something else is shown there."""
    await tx.run("UPDATE announcements SET board = ? WHERE id = ?", board, announcement_id)


async def confirm(
    tx: Tx, announcement_id: int, by: int, starts_at: datetime, now: datetime
) -> bool:
    """It will be sent from `starts_at` on; False if it is no draft any more."""
    changed = await _move(tx, announcement_id, "waiting", "draft")
    if changed:
        await tx.run(
            """UPDATE announcements SET confirmed_by = ?, confirmed_at = ?, starts_at = ?
               WHERE id = ?""",
            by,
            stamp(now),
            stamp(starts_at),
            announcement_id,
        )
        await due.plan(tx, START, str(announcement_id), starts_at)
    return changed


async def take_back(tx: Tx, announcement_id: int, now: datetime) -> bool:
    """It will not be sent after all; False when the sending has begun already."""
    changed = await _move(tx, announcement_id, "stopped", "draft", "waiting")
    if changed:
        await due.cancel(tx, START, str(announcement_id))
        await finish(tx, announcement_id, now)
    return changed


async def announced(tx: Tx, event_id: str) -> int | None:
    """The latest sequence of this event that anybody was told of by an announcement."""
    value = await tx.value(
        "SELECT MAX(sequence) FROM announcements WHERE event_id = ? AND total > 0", event_id
    )
    return None if value is None else int(value)


async def reached(tx: Tx, event_id: str, sequence: int) -> tuple[set[int], set[int]]:
    """The people and the groups who were told that the event is as it is since `sequence`,
    will be, or may have been.

    What ended without being sent does not count; but what a restored backup ended
    was most likely sent.
    """
    rows = await tx.all(
        """SELECT r.person_id, r.group_id FROM announcement_recipients AS r
           JOIN announcements AS a ON a.id = r.announcement_id
           LEFT JOIN outbox AS o ON o.id = r.outbox_id
           WHERE a.event_id = ? AND a.sequence >= ?
             AND (o.state IS NULL OR o.state IN ('ready', 'sending', 'sent', 'held')
                  OR o.reason = 'restored')""",
        event_id,
        sequence,
    )
    people = {int(row["person_id"]) for row in rows if row["person_id"] is not None}
    return people, {int(row["group_id"]) for row in rows if row["group_id"] is not None}


async def copies(tx: Tx, announcement_id: int) -> list[Copy]:
    """What those hold who got it and can still be reached, as far as it can be changed."""
    rows = await tx.all(
        """SELECT r.person_id, r.group_id, r.outbox_id, r.messages,
             COALESCE(o.channel, a.channel, g.channel) AS channel,
             COALESCE(o.bot, a.bot, g.bot) AS bot, COALESCE(o.chat, a.chat, g.chat) AS chat,
             COALESCE(p.plain, 0) AS plain
           FROM announcement_recipients AS r
           LEFT JOIN outbox AS o ON o.id = r.outbox_id
           LEFT JOIN people AS p ON p.id = r.person_id
           LEFT JOIN groups AS g ON g.id = r.group_id AND g.gone_at IS NULL
           LEFT JOIN addresses AS a ON a.person_id = r.person_id AND a.blocked_at IS NULL
             AND (o.id IS NULL OR (a.channel, a.bot, a.chat) = (o.channel, o.bot, o.chat))
           WHERE r.announcement_id = ? AND (a.id IS NOT NULL OR g.id IS NOT NULL)
             AND (r.messages IS NOT NULL OR o.state = 'ready')
           ORDER BY r.outbox_id""",
        announcement_id,
    )
    return [
        Copy(
            **{
                **dict(row),
                "plain": bool(row["plain"]),
                "messages": tuple(json.loads(row["messages"] or "[]")),
            }
        )
        for row in rows
    ]


# -- while it is sent -----------------------------------------------------------------


async def start(tx: Tx, announcement_id: int, letters: Iterable[Letter], now: datetime) -> bool:
    """Write every recipient's copy; False if it was not waiting for this."""
    if not await _move(tx, announcement_id, "sending", "waiting"):
        return False
    recipients = []
    for letter in letters:
        outbox_id = await outbox.promise(
            tx,
            channel=letter.channel,
            bot=letter.bot,
            chat=letter.chat,
            lane=LANE,
            payload=letter.payload,
            now=now,
            not_before=letter.not_before,
        )
        recipients.append(
            (
                announcement_id,
                letter.person_id,
                letter.group_id,
                outbox_id,
                letter.quiet_from,
                letter.quiet_until,
            )
        )
    await tx.many(
        """INSERT INTO announcement_recipients
             (announcement_id, person_id, group_id, outbox_id, quiet_from, quiet_until)
           VALUES (?, ?, ?, ?, ?, ?)""",
        recipients,
    )
    await tx.run(
        "UPDATE announcements SET total = ? WHERE id = ?", len(recipients), announcement_id
    )
    await tx.run(
        f"""UPDATE outbox SET expires_at =
              (SELECT expires_at FROM announcements WHERE id = ?)
            WHERE {_READY}""",  # noqa: S608
        announcement_id,
        announcement_id,
    )
    return True


async def arrived(tx: Tx, outbox_id: int, messages: Sequence[str]) -> None:
    """A copy arrived, and this is what the network calls it."""
    await tx.run(
        "UPDATE announcement_recipients SET messages = ? WHERE outbox_id = ?",
        json.dumps(list(messages)),
        outbox_id,
    )


async def waits_for_files(tx: Tx, announcement_id: int) -> bool:
    """Whether a file of it does not lie with us yet."""
    value = await tx.value(
        """SELECT 1 FROM announcement_files JOIN files ON files.id = file_id
           WHERE announcement_id = ? AND state = 'remote' LIMIT 1""",
        announcement_id,
    )
    return value is not None


async def is_flying(tx: Tx, announcement_id: int) -> bool:
    """Whether a copy of it is on its way at this moment."""
    value = await tx.value(
        """SELECT 1 FROM announcement_recipients JOIN outbox ON outbox.id = outbox_id
           WHERE announcement_id = ? AND state = 'sending' LIMIT 1""",
        announcement_id,
    )
    return value is not None


async def pause(tx: Tx, announcement_id: int) -> bool:
    """Nothing more goes out until it is resumed; False if it is not being sent."""
    changed = await _move(tx, announcement_id, "paused", "sending")
    if changed:
        await _set_ready(tx, announcement_id, OUT_OF_REACH)
    return changed


async def resume(tx: Tx, announcement_id: int, now: datetime) -> bool:
    """What is left may be sent; False if it is not paused. Whoever wants to be left in
    peace at this time of day has to be looked after again."""
    changed = await _move(tx, announcement_id, "sending", "paused")
    if changed:
        await _set_ready(tx, announcement_id, now)
    return changed


async def stop(tx: Tx, announcement_id: int, reason: str, now: datetime) -> bool:
    """What is left will not be sent; False if it is not being sent."""
    changed = await _move(tx, announcement_id, "stopped", "sending", "paused")
    if changed:
        await _end(tx, "announcement_id = ?", (announcement_id,), reason, now)
    return changed


async def withdraw(tx: Tx, person_id: int, now: datetime) -> int:
    """Somebody wants no more announcements: what waits for them ends. The number of those.

    One that is on its way may still arrive; if it does not, it is not tried again.
    """
    return await _end(tx, "person_id = ?", (person_id,), "withdrawn", now)


async def reconsider(tx: Tx, person_id: int, now: datetime) -> int:
    """Somebody changed what they want to hear of, or wait for: what is to be sent to them and
    does not fit any more ends. The number of those."""
    rows = await tx.all(
        """SELECT announcement_id FROM announcement_recipients
           JOIN outbox ON outbox.id = outbox_id
           WHERE person_id = ? AND state IN ('ready', 'sending')""",
        person_id,
    )
    wanted = await subscriptions.of(tx, person_id)
    at_once = await subscriptions.rhythm(tx, person_id) == "now"
    formats = {one.format_id for one in await interests.of(tx, person_id)}
    ended = 0
    for row in rows:
        found = await get(tx, row["announcement_id"])
        if found is None:
            continue
        waits = found.audience.waiting
        if not (waits in formats if waits else at_once and _fits(found.audience, wanted)):
            whose = "announcement_id = ? AND person_id = ?"
            ended += await _end(tx, whose, (found.id, person_id), "withdrawn", now)
    return ended


async def due_rests(tx: Tx, announcement_id: int, now: datetime) -> list[Rest]:
    """Copies that could go out now, of those who are left in peace at some time of day."""
    rows = await tx.all(
        """SELECT outbox_id, quiet_from, quiet_until
           FROM announcement_recipients JOIN outbox ON outbox.id = outbox_id
           WHERE announcement_id = ? AND quiet_from IS NOT NULL AND quiet_until IS NOT NULL
             AND state = 'ready' AND not_before <= ?""",
        announcement_id,
        stamp(now),
    )
    return [Rest(**dict(row)) for row in rows]


async def postpone(tx: Tx, rests: Iterable[tuple[int, datetime]]) -> None:
    """These copies (id in the outbox, not before when) have to wait."""
    await tx.many(
        "UPDATE outbox SET not_before = ? WHERE id = ? AND state = 'ready'",
        [(stamp(until), outbox_id) for outbox_id, until in rests],
    )


async def progress(tx: Tx, announcement_id: int, now: datetime) -> Progress:
    rows = await tx.all(
        """SELECT COALESCE(o.state, 'sent') AS state, COALESCE(o.reason, '') AS reason,
             COUNT(*) AS number,
             SUM(CASE WHEN o.state = 'ready' AND o.not_before > ? THEN 1 ELSE 0 END) AS later
           FROM announcement_recipients AS r LEFT JOIN outbox AS o ON o.id = r.outbox_id
           WHERE r.announcement_id = ? GROUP BY 1, 2 ORDER BY 3 DESC, 2""",
        stamp(now),
        announcement_id,
    )
    counts = tuple((row["state"], row["reason"], row["number"]) for row in rows)
    return Progress(counts, sum(row["later"] for row in rows))


async def channels(tx: Tx, announcement_id: int) -> set[str]:
    """The channels on which something of it is waiting."""
    rows = await tx.all(
        f"SELECT DISTINCT channel FROM outbox WHERE {_READY}",  # noqa: S608
        announcement_id,
    )
    return {str(row["channel"]) for row in rows}


async def finish(tx: Tx, announcement_id: int, now: datetime) -> bool:
    """Nothing of it is on its way any more; False if that was known."""
    changed = await tx.run(
        """UPDATE announcements SET finished_at = ?,
             state = CASE state WHEN 'stopped' THEN 'stopped' ELSE 'done' END
           WHERE id = ? AND finished_at IS NULL""",
        stamp(now),
        announcement_id,
    )
    await due.cancel(tx, PROCEED, str(announcement_id))
    return changed > 0


async def forget(tx: Tx, before: datetime) -> None:
    """Who got what is forgotten when it cannot come a second time: the event has begun, or
    the letter is long over. Its files go, and drafts that nobody confirmed."""
    await tx.run(
        """DELETE FROM announcement_recipients WHERE announcement_id IN (
             SELECT id FROM announcements
             WHERE finished_at < ? AND COALESCE(expires_at, finished_at) < ?)""",
        stamp(before),
        stamp(before),
    )
    await tx.run(
        """DELETE FROM announcement_files WHERE announcement_id IN
             (SELECT id FROM announcements WHERE finished_at < ?)""",
        stamp(before),
    )
    await tx.run(
        "DELETE FROM announcements WHERE state = 'draft' AND created_at < ?", stamp(before)
    )


# -- what these share -------------------------------------------------------------------

_READY = """state = 'ready' AND id IN
    (SELECT outbox_id FROM announcement_recipients WHERE announcement_id = ?)"""


async def _move(tx: Tx, announcement_id: int, to: State, *before: State) -> bool:
    """Of two who try at once, exactly one moves it."""
    marks = ", ".join("?" for _ in before)
    changed = await tx.run(
        f"UPDATE announcements SET state = ? WHERE id = ? AND state IN ({marks})",  # noqa: S608
        to,
        announcement_id,
        *before,
    )
    return changed > 0


async def _set_ready(tx: Tx, announcement_id: int, not_before: datetime) -> None:
    await tx.run(
        f"UPDATE outbox SET not_before = ? WHERE {_READY}",  # noqa: S608
        stamp(not_before),
        announcement_id,
    )


def _fits(audience: Audience, wanted: Iterable[tuple[str, str]]) -> bool:
    region = None if audience.region is None else subscriptions.same(audience.region)
    return any(
        kind == "all"
        or (kind == "topic" and value in audience.topics)
        or (kind == "group" and value in audience.groups)
        or (kind == "region" and subscriptions.same(value) == region)
        for kind, value in wanted
    )


async def _end(tx: Tx, whose: str, subjects: Sequence[int], reason: str, now: datetime) -> int:
    """No new send: what is ready ends now, what is on its way when it comes back."""
    of_them = f"(SELECT outbox_id FROM announcement_recipients WHERE {whose})"  # noqa: S608
    await tx.run(
        f"""UPDATE announcement_recipients SET ended = ?, ended_at = ?
            WHERE {whose} AND ended IS NULL
              AND outbox_id IN (SELECT id FROM outbox WHERE state = 'sending')""",  # noqa: S608
        reason,
        stamp(now),
        *subjects,
    )
    return await tx.run(
        f"""UPDATE outbox SET state = 'expired', reason = ?, finished_at = ?
            WHERE state = 'ready' AND id IN {of_them}""",  # noqa: S608
        reason,
        stamp(now),
        *subjects,
    )
