"""Announcements: one text for many people, written and watched over at the desk.

A coordinator sees it exactly as everybody will, with how many that are, confirms
it (above `audiences.ALONE` a second one does) for now or for later, and can take it
back until it begins. Then every recipient gets a row in the outbox, all in one
transaction; from there on the desk sees how far it is, may pause or stop it, and
reads a report. What was delivered can be put right afterwards.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from handlers.announcing import audiences, drafts, sending, starting
from handlers.announcing import board as board_
from handlers.announcing.times import often_meant, planned
from handlers.announcing.view import GRACE
from handlers.desk.unclear import Unclear
from handlers.hours import BERLIN
from handlers.message import Button
from handlers.turn import Turn
from handlers.wording import at as spoken
from storage import announcements
from storage.announcements import Announcement
from storage.coordinators import Coordinator


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """A button names its verb and its announcement: ann:ok:7. Some verbs make a new one."""
    verb, _, value = rest.partition(":")
    if verb in _MAKERS:
        await _MAKERS[verb](turn, by, value)
        return
    number, _, detail = value.partition(":")
    found = await drafts.numbered(turn, number)
    if found is None or verb not in (*_VERBS, "at"):
        turn.say("button_outdated")
    elif drafts.may(turn, by):
        found = board_.seen_at(turn, found)
        if verb == "at":
            await _at(turn, by, found, detail)
        else:
            await _VERBS[verb](turn, by, found)


async def _ok(turn: Turn, by: Coordinator, found: Announcement) -> None:
    wanted = found.starts_at
    await _confirm(turn, by, found, wanted if wanted and wanted > turn.now + GRACE else None)


async def _confirm(turn: Turn, by: Coordinator, found: Announcement, when: datetime | None) -> None:
    """It will be sent at once, or `when` it is planned."""
    if found.state != "draft":
        _too_late(turn, found)
        return
    if reason := await sending.obsolete(turn, found):
        await sending.drop(turn, found, turn.words(reason, id=found.id))
        return
    crowd = await audiences.crowd(turn.tx, found)
    if not crowd:
        await sending.drop(turn, found, board_.asked(turn, found, crowd, ()))
    elif crowd.needs_two and by.id == found.created_by:
        turn.say("ann_two_needed_you", id=found.id, limit=audiences.ALONE)
    elif await announcements.confirm(turn.tx, found.id, by.id, when or turn.now + GRACE, turn.now):
        text = turn.words(
            "ann_scheduled" if when else "ann_confirmed",
            id=found.id,
            name=by.name,
            when=spoken(when, turn.now) if when else f"{GRACE.seconds} Sekunden",
            number=len(crowd),
        )
        await board_.show(turn, found, text, "back")


async def _at(turn: Turn, by: Coordinator, found: Announcement, minutes: str) -> None:
    """A button below "Später senden": minutes since 1970, because buttons are short."""
    if not (minutes.isascii() and minutes.isdecimal() and len(minutes) <= 9):
        turn.say("button_outdated")
        return
    when = datetime.fromtimestamp(int(minutes) * 60, BERLIN)
    if when <= turn.now + GRACE:
        turn.say("ann_later_past")
    else:
        await _confirm(turn, by, found, when)


async def _when(turn: Turn, by: Coordinator, found: Announcement) -> None:
    """Later: at a time from a page; without one some are offered."""
    if found.state != "draft":
        _too_late(turn, found)
        return
    if at := turn.incoming.form.get("at", "").strip():
        await _plan(turn, by, found, at)
        return
    offered = [
        Button(
            label=spoken(when, turn.now),
            action=f"ann:at:{found.id}:{int(when.timestamp()) // 60}",
        )
        for when in often_meant(turn.now)
        if found.expires_at is None or when < found.expires_at
    ]
    turn.say("ann_later_when", *offered, id=found.id)


async def later(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/spaeter 7 morgen 9 Uhr`"""
    number, _, at = rest.partition(" ")
    if not drafts.may(turn, by):
        return
    found = await drafts.numbered(turn, number)
    if found is None or not at.strip():
        turn.say("ann_later_how")
    elif found.state != "draft":
        _too_late(turn, found)
    else:
        await _plan(turn, by, found, at)


async def _plan(turn: Turn, by: Coordinator, found: Announcement, at: str) -> None:
    try:
        when = planned(at, turn.now, found.expires_at)
    except Unclear as error:
        turn.say(error.name, **error.fields)
    else:
        await _confirm(turn, by, found, when)


async def _no(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if found.state == "draft":
        await sending.drop(turn, found, turn.words("ann_discarded", id=found.id, name=by.name))
    else:
        _too_late(turn, found)


async def _back(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if found.state == "waiting":
        await sending.drop(turn, found, turn.words("ann_taken_back", id=found.id, name=by.name))
    elif found.state in ("sending", "paused"):
        turn.say("ann_too_late_back", id=found.id)
    else:
        _too_late(turn, found)


async def _pause(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if await announcements.pause(turn.tx, found.id):
        await sending.look(turn, found)
    else:
        _too_late(turn, found)


async def _resume(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if await announcements.resume(turn.tx, found.id, turn.now):
        await sending.look(turn, found)
    else:
        _too_late(turn, found)


async def _stop(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if await announcements.stop(turn.tx, found.id, "stopped", turn.now):
        await sending.look(turn, found)
    else:
        _too_late(turn, found)


Make = Callable[[Turn, Coordinator, str], Awaitable[None]]
Press = Callable[[Turn, Coordinator, Announcement], Awaitable[None]]

_VERBS: dict[str, Press] = {
    "ok": _ok,
    "later": _when,
    "no": _no,
    "back": _back,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
    "correct": drafts.correction_filled,
}

_MAKERS: dict[str, Make] = {
    "event": drafts.of_event,
    "letter": drafts.letter_filled,
    "begin": starting.filled,
}

COMMANDS: dict[str, Make] = {
    "ankuendigen": drafts.announce,
    "rundbrief": drafts.letter,
    "spaeter": later,
    "berichtigen": drafts.correct,
    "interesse": starting.listed,
    "losgehts": starting.typed,
}


def _too_late(turn: Turn, found: Announcement) -> None:
    state = turn.label(f"ann_state_{found.state}")
    turn.say("ann_over_already", id=found.id, state=state)
