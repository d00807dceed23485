"""What people report of each other, and what coordinators do about it.

The desk reads the lines that were reported and the reason; never who the two are, nor
anything else that they wrote.
"""

from collections.abc import Sequence
from datetime import timedelta

from handlers.desk import toward_desk
from handlers.message import Outgoing
from handlers.network import introductions
from handlers.network.between import me, said, tell
from handlers.turn import Turn
from handlers.wording import at
from storage import audit, ids, peers, protected, reports
from storage.coordinators import Coordinator
from storage.database import Tx
from storage.introductions import Introduction
from storage.protected import ProtectedLine
from storage.reports import Outcome, Report

LINES = 10  # the last ones of the other
LONGEST_BLOCK = 365  # days

_VERBS: dict[str, Outcome] = {"nothing": "nothing", "warn": "warned", "block": "blocked"}


ASKED_WITH = 0  # stands for the sentence somebody asked with, which is no line


async def lines_of(tx: Tx, it: Introduction, author_id: int) -> list[ProtectedLine]:
    """What somebody wrote to the other: the sentence they asked with, and their last lines."""
    found = await protected.latest(tx, it.id, author_id, LINES)
    return [*_asked_with(it, author_id), *found][-LINES:]


async def named(
    tx: Tx, it: Introduction, author_id: int, chosen: Sequence[int]
) -> list[ProtectedLine]:
    """Those of these lines that are somebody's words to the other, and still kept."""
    first = _asked_with(it, author_id) if ASKED_WITH in chosen else []
    return [*first, *await protected.these(tx, it.id, author_id, chosen)]


def _asked_with(it: Introduction, author_id: int) -> list[ProtectedLine]:
    if not it.words or author_id != it.asker_id:
        return []
    return [ProtectedLine(ASKED_WITH, author_id, it.words, it.created_at)]


async def hand_in(turn: Turn, it: Introduction, words: Sequence[str], reason: str) -> None:
    """The desk learns of it, in its group without a word of what was written."""
    other_id = it.other(me(turn))
    report = await reports.add(
        turn.tx,
        introduction_id=it.id,
        reporter_id=me(turn),
        reported_id=other_id,
        words=words,
        reason=reason,
        now=turn.now,
    )
    await peers.keep_apart(turn.tx, me(turn), other_id, "reported", turn.now)
    where = await toward_desk.group(turn)
    if where is not None:
        text = turn.words_for(False, "report_waiting", number=report.number, link=page(turn))
        turn.send(Outgoing(to=where, text=text))


# -- at the desk ------------------------------------------------------------------------


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """A page names what was decided, and the report: report:warn:3."""
    verb, _, number = rest.partition(":")
    report_id = ids.number(number)
    report = await reports.get(turn.tx, report_id) if report_id is not None else None
    if not by.publishes:
        turn.say("report_not_yours")
    elif report is None or verb not in _VERBS:
        turn.say("button_outdated")
    elif report.handled_at:
        turn.say("report_handled_already", number=report.number)
    elif report.id in await reports.concerning(turn.tx, by.id):
        turn.say("report_your_own", number=report.number)
    elif verb == "block":
        await _block(turn, by, report)
    else:
        await _close(turn, by, report, _VERBS[verb])
        if verb == "warn" and report.reported_id is not None:
            await tell(turn, report.reported_id, said(turn, "report_warning"))


async def _block(turn: Turn, by: Coordinator, report: Report) -> None:
    days = ids.number(turn.incoming.form.get("days", "").strip())
    if days is None or not 1 <= days <= LONGEST_BLOCK:
        turn.say("report_block_how", longest=LONGEST_BLOCK)
        return
    await _close(turn, by, report, "blocked")
    if report.reported_id is None:
        return
    until = turn.now + timedelta(days=days)
    await peers.keep_out(turn.tx, report.reported_id, until, by.id, turn.now)
    await introductions.withdrawn(turn, report.reported_id)
    words = said(turn, "report_blocked_you", until=at(until, turn.now))
    await tell(turn, report.reported_id, words)


async def _close(turn: Turn, by: Coordinator, report: Report, outcome: Outcome) -> None:
    await reports.handle(turn.tx, report.id, outcome, by.id, turn.now)
    await audit.add(turn.tx, by.id, f"report-{outcome}", report.number, turn.now)
    turn.say("report_closed", number=report.number)
    if report.reporter_id is not None:
        await tell(turn, report.reporter_id, said(turn, "report_looked_at"))


def page(turn: Turn) -> str:
    """Where coordinators read reports."""
    return f"{turn.house.public_url}/desk/meldungen"


async def forget(turn: Turn) -> None:
    """Housekeeping: words that were looked at long ago."""
    await reports.wipe(turn.tx, turn.now - timedelta(days=turn.house.retention_days))
