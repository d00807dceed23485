"""Sending an announcement: what the clock brings, from its first copy to its report."""

from datetime import datetime, timedelta

from handlers.announcing import audiences, view
from handlers.announcing import board as board_
from handlers.announcing.audiences import Crowd
from handlers.message import Address, Button, Lane, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from storage import announcements, due, events, house, interests, outbox
from storage.announcements import Announcement, Letter
from storage.moments import moment

LOOK_AGAIN = timedelta(seconds=5)
LOOK_AGAIN_REST = timedelta(minutes=1)  # while all who are left have to wait anyway


async def begin(turn: Turn, subject: str) -> None:
    """Nobody took it back: everybody gets their copy, all in this transaction."""
    found = await announcements.get(turn.tx, int(subject))
    if found is None or found.state != "waiting":
        return
    if await _was_restored(turn, found):
        await drop(turn, found, turn.words("ann_restored", id=found.id))
        return
    if reason := await obsolete(turn, found):
        await drop(turn, found, turn.words(reason, id=found.id))
        return
    if await _must_wait(turn, found):
        await due.plan(turn.tx, announcements.START, str(found.id), turn.now + LOOK_AGAIN)
        return
    crowd = await audiences.crowd(turn.tx, found)
    if not crowd:
        await drop(turn, found, board_.asked(turn, found, crowd, ()))
        return
    if found.corrects is not None:
        letters = await _put_right(turn, found, crowd)
    else:
        letters = await _letters(turn, found, crowd)
    if await announcements.start(turn.tx, found.id, letters, turn.now):
        if found.corrects is None and (waiting := found.audience.waiting):
            people = [one.person_id for one in crowd.recipients]
            await interests.told(turn.tx, waiting, people, turn.now)
        await look(turn, found)


async def proceed(turn: Turn, subject: str) -> None:
    """While it is sent: see how far it is, and end what has become wrong or too late."""
    found = await announcements.get(turn.tx, int(subject))
    if found is None or found.finished_at is not None or found.total == 0:
        return
    if found.expires_at is not None and found.expires_at <= turn.now:
        await announcements.stop(turn.tx, found.id, "begun", turn.now)
    elif await _is_outdated(turn, found):
        await announcements.stop(turn.tx, found.id, "outdated", turn.now)
    await look(turn, found)


async def _must_wait(turn: Turn, found: Announcement) -> bool:
    """A file may still be on its way to us; and what is on its way to people can be changed
    when it has arrived."""
    if found.corrects is not None:
        return await announcements.is_flying(turn.tx, found.corrects)
    return await announcements.waits_for_files(turn.tx, found.id)


async def file_refused(turn: Turn, found: Announcement, why: Text) -> None:
    """A picture or document of it is not what we take: rather nothing than half of it."""
    if await announcements.take_back(turn.tx, found.id, turn.now):
        text = turn.words("ann_file_refused", id=found.id, why=why)
        await board_.show(turn, found, text)


async def _was_restored(turn: Turn, found: Announcement) -> bool:
    """Whether it was confirmed in a past that a backup brought back."""
    restored = await house.fact(turn.tx, "restored")
    confirmed = found.confirmed_at
    return restored is not None and confirmed is not None and confirmed < moment(restored)


async def drop(turn: Turn, found: Announcement, why: Text) -> None:
    """It will not be sent."""
    await announcements.take_back(turn.tx, found.id, turn.now)
    await board_.show(turn, found, why)


async def obsolete(turn: Turn, found: Announcement) -> str:
    """The sentence that says why it must not be sent as it is; empty if it may be."""
    if found.expires_at is not None and found.expires_at <= turn.now:
        return "ann_begun"
    return "ann_outdated" if await _is_outdated(turn, found) else ""


async def _is_outdated(turn: Turn, found: Announcement) -> bool:
    """Whether its event is another one by now than its text says."""
    if found.event_id is None or found.corrects is not None:
        return False
    kept_event = await events.get(turn.tx, found.event_id)
    return kept_event is None or kept_event.sequence != found.sequence


async def _letters(turn: Turn, found: Announcement, crowd: Crowd) -> list[Letter]:
    knowledge, now = turn.knowledge, turn.now
    usual, plain = (view.body(knowledge, found, plain=p) for p in (False, True))
    buttons = await view.choices(turn.tx, knowledge, found)
    letters = []
    for one in crowd.recipients:
        to = Address(channel=one.channel, bot=one.bot, chat=one.chat)
        copy = Outgoing(
            to=to,
            text=plain if one.plain else usual,
            buttons=buttons,
            files=found.files,
            lane=Lane.ANNOUNCEMENT,
        )
        resting = audiences.quiet_until(one.quiet_from, one.quiet_until, now)
        letters.append(
            _letter(
                copy,
                resting or now,
                person_id=one.person_id,
                quiet_from=one.quiet_from,
                quiet_until=one.quiet_until,
            )
        )
    for group in crowd.groups:
        copy = Outgoing(
            to=Address(channel=group.channel, bot=group.bot, chat=group.chat),
            text=view.body(knowledge, found, group=True),
            buttons=_open(turn, found),
            files=found.files,
            lane=Lane.ANNOUNCEMENT,
        )
        letters.append(_letter(copy, now, person_id=None, group_id=group.id))
    return letters


def _open(turn: Turn, found: Announcement) -> tuple[Button, ...]:
    """In a group a button is for everybody, so it only opens the page of the event."""
    if found.event_id is None:
        return ()
    url = f"{turn.house.public_url}/events/{found.event_id}"
    return (Button(label=turn.label("button_ann_open"), url=url),)


async def _put_right(turn: Turn, found: Announcement, crowd: Crowd) -> list[Letter]:
    """Copies that arrived are changed; those that still wait are written anew."""
    knowledge = turn.knowledge
    buttons = await view.choices(turn.tx, knowledge, found)
    letters = []
    for one in crowd.copies:
        group = one.group_id is not None
        right = Outgoing(
            do="edit",
            to=Address(channel=one.channel, bot=one.bot, chat=one.chat),
            text=view.body(knowledge, found, plain=one.plain, group=group),
            buttons=_open(turn, found) if group else buttons,
            targets=one.messages,
            lane=Lane.ANNOUNCEMENT,
        )
        if one.messages:
            letters.append(_letter(right, turn.now, person_id=one.person_id, group_id=one.group_id))
        elif one.outbox_id is not None:
            files = await _attached(turn, found)
            anew = right.model_copy(update={"do": "say", "files": files})
            payload = anew.model_dump_json(exclude_defaults=True)
            await outbox.replace(turn.tx, one.outbox_id, payload)
    return letters


async def _attached(turn: Turn, correction: Announcement) -> tuple[str, ...]:
    wrong = await announcements.get(turn.tx, correction.corrects or 0)
    return wrong.files if wrong else ()


def _letter(
    copy: Outgoing,
    not_before: datetime,
    *,
    person_id: int | None,
    group_id: int | None = None,
    quiet_from: int | None = None,
    quiet_until: int | None = None,
) -> Letter:
    return Letter(
        person_id=person_id,
        group_id=group_id,
        channel=copy.to.channel,
        bot=copy.to.bot,
        chat=copy.to.chat,
        payload=copy.model_dump_json(exclude_defaults=True),
        not_before=not_before,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
    )


async def look(turn: Turn, before: Announcement) -> None:
    """Show the desk how far it is, and come again; or report that it is over."""
    found = await announcements.get(turn.tx, before.id)
    assert found is not None  # noqa: S101 - announcements that were sent stay
    found = board_.kept_from(before, found)
    if found.state == "sending":
        await _leave_in_peace(turn, found)
        turn.addressed |= await announcements.channels(turn.tx, found.id)
    progress = await announcements.progress(turn.tx, found.id, turn.now)
    if not progress.open:
        if await announcements.finish(turn.tx, found.id, turn.now):
            await board_.report(turn, found, progress)
        return
    await board_.show_progress(turn, found, progress)
    at = turn.now + (LOOK_AGAIN if progress.open > progress.later else LOOK_AGAIN_REST)
    if found.expires_at is not None:
        at = min(at, max(found.expires_at, turn.now))
    await due.plan(turn.tx, announcements.PROCEED, str(found.id), at)


async def _leave_in_peace(turn: Turn, found: Announcement) -> None:
    """Sending takes a while: somebody's quiet hours may have begun in the meantime."""
    resting = await announcements.due_rests(turn.tx, found.id, turn.now)
    later = [
        (rest.outbox_id, until)
        for rest in resting
        if (until := audiences.quiet_until(rest.quiet_from, rest.quiet_until, turn.now))
    ]
    await announcements.postpone(turn.tx, later)
