"""Announcements: one text for many people, written and watched over at the desk.

A coordinator sees it exactly as everybody will, with how many that are, confirms
it (above `ALONE` a second one does), and can take it back for a few seconds.
Then every recipient gets a row in the outbox, all in one transaction; from there
on the desk sees how far it is, may pause or stop it, and reads a report.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict

from handlers import programme, toward_desk, wording
from handlers.hours import BERLIN
from handlers.message import Address, Button, Lane, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from knowledge import german
from knowledge.models import Entry, Event, Format, Group
from knowledge.search import Knowledge
from storage import announcements, due, events, house, subscriptions
from storage.announcements import Announcement, Audience, Letter, Progress
from storage.coordinators import Coordinator
from storage.moments import moment
from storage.subscriptions import Recipient

ALONE = 100  # recipients that one coordinator may write to without a second one
GRACE = timedelta(seconds=10)  # for taking it back
LOOK_AGAIN = timedelta(seconds=5)
LOOK_AGAIN_REST = timedelta(minutes=1)  # while all who are left have to wait anyway
LONGEST = 3000  # characters of a letter
EVERYBODY = "alle"
MAY = ("admin", "coordinator")  # roles
OFFERED = 5  # events, when words fit several


class Board(BaseModel):
    """Where the desk follows an announcement, and what it read there last.

    Without `message`, the network's id, nothing can be changed there: then
    progress is told in new messages, one a quarter.
    """

    model_config = ConfigDict(frozen=True)

    to: Address
    message: str = ""
    said: str = ""
    quarter: int = 0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who gets it now, and how many do not."""

    recipients: tuple[Recipient, ...]
    weekly: int
    reached: int


# -- writing one ----------------------------------------------------------------------


async def announce(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/ankuendigen`: an event, by its id or by words of its title."""
    if not _may(turn, by):
        return
    if not rest:
        turn.say("ann_how")
        return
    kept = await _found(turn, rest)
    if kept is None:
        return
    event = Event.model_validate_json(kept.payload)
    before = await announcements.announced(turn.tx, kept.id)
    starts, _ = programme.span(event)
    if kept.state == "draft":
        turn.say("ann_event_draft", title=event.title)
    elif starts <= turn.now:
        turn.say("ann_event_begun", title=event.title)
    elif kept.state == "cancelled" and before is None:
        turn.say("ann_event_off", title=event.title)
    else:
        changed = before is not None and before < kept.sequence
        number = await announcements.draft(
            turn.tx,
            event_id=kept.id,
            sequence=kept.sequence,
            text=_of_event(turn, event, changed=changed).model_dump_json(),
            audience=_interested(turn.knowledge, event),
            created_by=by.id,
            expires_at=starts,
            now=turn.now,
            board=Board(to=turn.here).model_dump_json(),
        )
        await _preview(turn, number)


async def letter(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/rundbrief Thema: Text`, or to all who want to hear everything."""
    if not _may(turn, by):
        return
    name, colon, text = rest.partition(":")
    name, text = name.strip(), text.strip()
    audience = _audience(turn.knowledge, name)
    if turn.incoming.files:
        turn.say("ann_no_files")
    elif not colon or not text:
        turn.say("ann_how")
    elif audience is None:
        known = ", ".join(sorted(_topics(turn.knowledge.library.events.values())))
        turn.say("ann_unknown_topic", topic=name, list=known or EVERYBODY)
    elif len(text) > LONGEST:
        turn.say("ann_too_long", length=len(text), limit=LONGEST)
    else:
        heading = turn.words("ann_letter", house=turn.house.name)
        number = await announcements.draft(
            turn.tx,
            text=Text.joined([heading, text, turn.words("ann_why")]).model_dump_json(),
            audience=audience,
            created_by=by.id,
            now=turn.now,
            board=Board(to=turn.here).model_dump_json(),
        )
        await _preview(turn, number)


def _may(turn: Turn, by: Coordinator) -> bool:
    if by.role not in MAY:
        turn.say("ann_not_allowed")
    return by.role in MAY


async def _found(turn: Turn, words: str) -> events.Kept | None:
    """The one event that is meant; says so when there is none, or several."""
    if kept := await events.get(turn.tx, words.lower()):
        return kept
    wanted = _folded(words).split()
    coming: list[tuple[datetime, str]] = []
    over: list[tuple[datetime, str]] = []
    for event in turn.knowledge.library.events.values():
        if all(word in _folded(event.title) for word in wanted):
            starts, _ = programme.span(event)
            (coming if starts > turn.now else over).append((starts, event.id))
    fitting = [event_id for _, event_id in sorted(coming) or sorted(over)[-1:]]
    if not fitting:
        turn.say("ann_no_event", words=words)
    elif len(fitting) > 1:
        known = turn.knowledge.library.events
        lines = [f"• {known[event_id].title}: {event_id}" for event_id in fitting[:OFFERED]]
        turn.say("ann_which_event", list="\n".join(lines))
    else:
        return await events.get(turn.tx, fitting[0])
    return None


def _of_event(turn: Turn, event: Event, *, changed: bool) -> Text:
    name = "ann_cancelled" if event.cancelled else "ann_changed" if changed else "ann_new"
    return Text.joined(
        [turn.words(name), Text.bold(event.title), wording.event(event), turn.words("ann_why")]
    )


def _interested(knowledge: Knowledge, event: Event) -> Audience:
    form = knowledge.library.formats.get(event.format or "")
    return Audience(event.topics, (form.group.value,) if form else (), event.region)


def _audience(knowledge: Knowledge, name: str) -> Audience | None:
    slug = "-".join(_folded(name).split())
    library = knowledge.library
    if slug == EVERYBODY:
        return Audience()
    if slug in {group.value for group in Group}:
        return Audience(groups=(slug,))
    known = _topics(library.events.values())
    known |= _topics(library.formats.values()) | _topics(library.entries.values())
    return Audience(topics=(slug,)) if slug in known else None


def _folded(text: str) -> str:
    """Umlauts may be typed as ae."""
    return text.casefold().translate(german.AS_TYPED)


def _topics(items: Iterable[Event | Format | Entry]) -> set[str]:
    return {topic for item in items for topic in item.topics}


async def _preview(turn: Turn, number: int) -> None:
    """Word for word what everybody will read, and below it what can be done."""
    found = await announcements.get(turn.tx, number)
    assert found is not None  # noqa: S101 - it was kept in this turn
    crowd = await _crowd(turn, found)
    if not crowd.recipients:
        await announcements.take_back(turn.tx, number, turn.now)
        turn.reply(await _asked(turn, found, crowd))
        return
    turn.reply(Text.model_validate_json(found.text))
    turn.reply(
        await _asked(turn, found, crowd),
        _button(turn, "button_ann_ok", "ok", found),
        _button(turn, "button_ann_no", "no", found),
    )


async def _asked(turn: Turn, found: Announcement, crowd: Crowd) -> Text:
    if crowd.recipients:
        counted = Counter(recipient.channel for recipient in crowd.recipients)
        head = turn.words(
            "ann_ask",
            id=found.id,
            buttons=" und ".join(f"„{button.label}“" for button in await _choices(turn, found)),
            number=len(crowd.recipients),
            channels=", ".join(
                f"{toward_desk.CHANNELS.get(channel, channel)}: {number}"
                for channel, number in counted.most_common()
            ),
        )
    else:
        head = turn.words("ann_nobody", id=found.id)
    notes = [
        turn.words("ann_left_weekly", number=crowd.weekly) if crowd.weekly else "",
        turn.words("ann_left_reached", number=crowd.reached) if crowd.reached else "",
        turn.words("ann_rest") if any(_quiet_until(r, turn.now) for r in crowd.recipients) else "",
        turn.words("ann_two_needed", limit=ALONE) if len(crowd.recipients) > ALONE else "",
    ]
    return Text.joined([head, *notes], by="\n")


async def _crowd(turn: Turn, found: Announcement) -> Crowd:
    """Who gets it as things stand now: nobody twice, and nobody who wants the week's digest."""
    meant = found.audience
    wanted = await subscriptions.recipients(
        turn.tx, topics=meant.topics, groups=meant.groups, region=meant.region
    )
    reached: set[int] = set()
    if found.event_id is not None:
        reached = await announcements.reached(turn.tx, found.event_id, found.sequence)
    now = [recipient for recipient in wanted if recipient.rhythm != "weekly"]
    new = tuple(recipient for recipient in now if recipient.person_id not in reached)
    return Crowd(new, weekly=len(wanted) - len(now), reached=len(now) - len(new))


# -- buttons at the desk ----------------------------------------------------------------


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """A button names its verb and its announcement: ann:ok:7."""
    verb, _, number = rest.partition(":")
    found = None
    if number.isascii() and number.isdecimal() and len(number) <= 18:
        found = await announcements.get(turn.tx, int(number))
    if found is None or verb not in _VERBS:
        turn.say("button_outdated")
    elif _may(turn, by):
        await _VERBS[verb](turn, by, _seen(turn, found))


def _seen(turn: Turn, found: Announcement) -> Announcement:
    """The message below which a button was pressed is one that we can change."""
    board = Board.model_validate_json(found.board)
    it = turn.incoming
    if it.message and it.message != board.message:
        board = Board(to=turn.here, message=it.message)
    return _with_board(found, board)


async def _ok(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if found.state != "draft":
        _too_late(turn, found)
        return
    if reason := await _obsolete(turn, found):
        await _drop(turn, found, turn.words(reason, id=found.id))
        return
    crowd = await _crowd(turn, found)
    if not crowd.recipients:
        await _drop(turn, found, await _asked(turn, found, crowd))
    elif len(crowd.recipients) > ALONE and by.id == found.created_by:
        turn.say("ann_two_needed_you", id=found.id, limit=ALONE)
    elif await announcements.confirm(turn.tx, found.id, by.id, turn.now + GRACE):
        text = turn.words(
            "ann_confirmed",
            id=found.id,
            name=by.name,
            seconds=int(GRACE.total_seconds()),
            number=len(crowd.recipients),
        )
        await _show(turn, found, text, _button(turn, "button_ann_back", "back", found))


async def _no(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if found.state == "draft":
        await _drop(turn, found, turn.words("ann_discarded", id=found.id, name=by.name))
    else:
        _too_late(turn, found)


async def _back(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if found.state == "waiting":
        await _drop(turn, found, turn.words("ann_taken_back", id=found.id, name=by.name))
    elif found.state in ("sending", "paused"):
        turn.say("ann_too_late_back", id=found.id)
    else:
        _too_late(turn, found)


async def _pause(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if await announcements.pause(turn.tx, found.id):
        await _look(turn, found)
    else:
        _too_late(turn, found)


async def _resume(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if await announcements.resume(turn.tx, found.id, turn.now):
        await _look(turn, found)
    else:
        _too_late(turn, found)


async def _stop(turn: Turn, by: Coordinator, found: Announcement) -> None:
    if await announcements.stop(turn.tx, found.id, "stopped", turn.now):
        await _look(turn, found)
    else:
        _too_late(turn, found)


Press = Callable[[Turn, Coordinator, Announcement], Awaitable[None]]

_VERBS: dict[str, Press] = {
    "ok": _ok,
    "no": _no,
    "back": _back,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
}

COMMANDS: dict[str, Callable[[Turn, Coordinator, str], Awaitable[None]]] = {
    "ankuendigen": announce,
    "rundbrief": letter,
}


def _too_late(turn: Turn, found: Announcement) -> None:
    state = turn.label(_STATES[found.state])
    turn.say("ann_over_already", id=found.id, state=state)


async def _drop(turn: Turn, found: Announcement, why: Text) -> None:
    """It will not be sent."""
    await announcements.take_back(turn.tx, found.id, turn.now)
    await _show(turn, found, why)


async def _obsolete(turn: Turn, found: Announcement) -> str:
    """The sentence that says why it must not be sent as it is; empty if it may be."""
    if found.expires_at is not None and found.expires_at <= turn.now:
        return "ann_begun"
    return "ann_outdated" if await _is_outdated(turn, found) else ""


async def _is_outdated(turn: Turn, found: Announcement) -> bool:
    """Whether its event is another one by now than its text says."""
    if found.event_id is None:
        return False
    kept = await events.get(turn.tx, found.event_id)
    return kept is None or kept.sequence != found.sequence


# -- what the clock brings ----------------------------------------------------------------


async def begin(turn: Turn, subject: str) -> None:
    """Nobody took it back: everybody gets their copy, all in this transaction."""
    found = await announcements.get(turn.tx, int(subject))
    if found is None or found.state != "waiting":
        return
    if await _was_restored(turn, found):
        await _drop(turn, found, turn.words("ann_restored", id=found.id))
        return
    if reason := await _obsolete(turn, found):
        await _drop(turn, found, turn.words(reason, id=found.id))
        return
    crowd = await _crowd(turn, found)
    if not crowd.recipients:
        await _drop(turn, found, await _asked(turn, found, crowd))
        return
    text = Text.model_validate_json(found.text)
    buttons = await _choices(turn, found)
    letters = [_letter(r, found, text, buttons, turn.now) for r in crowd.recipients]
    if await announcements.start(turn.tx, found.id, letters, turn.now):
        await _look(turn, found)


async def proceed(turn: Turn, subject: str) -> None:
    """While it is sent: see how far it is, and end what has become wrong or too late."""
    found = await announcements.get(turn.tx, int(subject))
    if found is None or found.finished_at is not None or found.total == 0:
        return
    if found.expires_at is not None and found.expires_at <= turn.now:
        await announcements.stop(turn.tx, found.id, "begun", turn.now)
    elif await _is_outdated(turn, found):
        await announcements.stop(turn.tx, found.id, "outdated", turn.now)
    await _look(turn, found)


async def _was_restored(turn: Turn, found: Announcement) -> bool:
    """Whether it was confirmed in a past that a backup brought back."""
    restored = await house.fact(turn.tx, "restored")
    starts = found.starts_at
    return restored is not None and starts is not None and starts - GRACE < moment(restored)


def _letter(
    recipient: Recipient,
    found: Announcement,
    text: Text,
    buttons: tuple[Button, ...],
    now: datetime,
) -> Letter:
    to = Address(channel=recipient.channel, bot=recipient.bot, chat=recipient.chat)
    outgoing = Outgoing(
        to=to, text=text, buttons=buttons, files=found.files, lane=Lane.ANNOUNCEMENT
    )
    return Letter(
        person_id=recipient.person_id,
        channel=recipient.channel,
        bot=recipient.bot,
        chat=recipient.chat,
        payload=outgoing.model_dump_json(exclude_defaults=True),
        not_before=_quiet_until(recipient, now) or now,
        quiet_from=recipient.quiet_from,
        quiet_until=recipient.quiet_until,
    )


async def _look(turn: Turn, before: Announcement) -> None:
    """Show the desk how far it is, and come again; or report that it is over."""
    found = await announcements.get(turn.tx, before.id)
    assert found is not None  # noqa: S101 - announcements that were sent stay
    found = _with_board(found, Board.model_validate_json(before.board))
    if found.state == "sending":
        await _leave_in_peace(turn, found)
        turn.addressed |= await announcements.channels(turn.tx, found.id)
    progress = await announcements.progress(turn.tx, found.id, turn.now)
    if not progress.open:
        if await announcements.finish(turn.tx, found.id, turn.now):
            await _show(turn, found, turn.words("ann_over", id=found.id))
            to = Board.model_validate_json(found.board).to
            turn.send(Outgoing(to=to, text=_report(turn, found, progress)))
        return
    await _show_progress(turn, found, progress)
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
        if (until := quiet_until(rest.quiet_from, rest.quiet_until, turn.now))
    ]
    await announcements.postpone(turn.tx, later)


def _quiet_until(recipient: Recipient, now: datetime) -> datetime | None:
    if recipient.quiet_from is None or recipient.quiet_until is None:
        return None
    return quiet_until(recipient.quiet_from, recipient.quiet_until, now)


def quiet_until(starts: int, ends: int, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies, by the clock on the wall in Berlin;
    None outside of them. `starts` and `ends` are minutes of the day."""
    local = now.astimezone(BERLIN)
    minute = local.hour * 60 + local.minute
    over_night = starts > ends
    if not (minute >= starts or minute < ends if over_night else starts <= minute < ends):
        return None
    day = local.date() + timedelta(days=int(over_night and minute >= starts))
    wall = datetime.combine(day, time(ends // 60 % 24, ends % 60), BERLIN)
    # In the nights in which clocks are changed a time may exist twice or never: the later one.
    return max(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


# -- what the desk reads --------------------------------------------------------------------


async def _show(turn: Turn, found: Announcement, text: Text, *buttons: Button) -> None:
    """Change the message at the desk; say it anew where that is not possible."""
    board = Board.model_validate_json(found.board)
    said = str(text) + "".join(button.action for button in buttons)
    if said != board.said:
        turn.send(
            Outgoing(
                do="edit" if board.message else "say",
                to=board.to,
                text=text,
                buttons=buttons,
                targets=(board.message,) if board.message else (),
            )
        )
    board = board.model_copy(update={"said": said})
    await announcements.set_board(turn.tx, found.id, board.model_dump_json())


async def _show_progress(turn: Turn, found: Announcement, progress: Progress) -> None:
    done = max(found.total - progress.open, 0)
    quarter = 4 * done // found.total
    board = Board.model_validate_json(found.board)
    quiet = not board.message and board.quarter == quarter and found.state == "sending"
    if quiet and board.said:
        await announcements.set_board(turn.tx, found.id, found.board)
        return
    name, buttons = _PROGRESS[found.state]
    parts = [
        turn.words(
            name, id=found.id, percent=100 * done // found.total, done=done, total=found.total
        )
    ]
    if found.state == "sending" and progress.later:
        parts.append(turn.words("ann_resting", number=progress.later))
    found = _with_board(found, board.model_copy(update={"quarter": quarter}))
    shown = [_button(turn, label, verb, found) for label, verb in buttons]
    await _show(turn, found, Text.joined(parts, by="\n"), *shown)


def _report(turn: Turn, found: Announcement, progress: Progress) -> Text:
    known = sum(number for _, _, number in progress.counts)
    parts = [turn.words("ann_report", id=found.id, sent=progress.number("sent"), total=found.total)]
    if number := progress.number("undeliverable"):
        why = _why(turn, progress.reasons("undeliverable"))
        parts.append(turn.words("ann_report_undeliverable", number=number, reasons=why))
    if number := progress.number("held"):
        parts.append(turn.words("ann_report_held", number=number))
    if number := progress.number("expired"):
        why = _why(turn, progress.reasons("expired"))
        parts.append(turn.words("ann_report_expired", number=number, reasons=why))
    if number := found.total - known:
        parts.append(turn.words("ann_report_gone", number=number))
    return Text.joined(parts, by="\n")


def _why(turn: Turn, reasons: Sequence[tuple[str, int]]) -> str:
    return ", ".join(
        f"{turn.label(_REASONS.get(reason, 'ann_reason_other'))}: {number}"
        for reason, number in reasons
    )


async def _choices(turn: Turn, found: Announcement) -> tuple[Button, ...]:
    """What every recipient may do with it."""
    end = Button(label=turn.label("button_ann_end"), action="subs:end")
    kept = await events.get(turn.tx, found.event_id) if found.event_id else None
    if kept is None or kept.state == "cancelled":
        return (end,)
    return (Button(label=turn.label("button_ann_mark"), action=f"mark:{kept.id}"), end)


def _button(turn: Turn, label: str, verb: str, found: Announcement) -> Button:
    return Button(label=turn.label(label), action=f"ann:{verb}:{found.id}")


def _with_board(found: Announcement, board: Board) -> Announcement:
    return replace(found, board=board.model_dump_json())


_STATES = {
    "draft": "ann_state_draft",
    "waiting": "ann_state_waiting",
    "sending": "ann_state_sending",
    "paused": "ann_state_paused",
    "stopped": "ann_state_stopped",
    "done": "ann_state_done",
}

_PROGRESS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "sending": (
        "ann_sending",
        (("button_ann_pause", "pause"), ("button_ann_stop", "stop")),
    ),
    "paused": (
        "ann_paused",
        (("button_ann_resume", "resume"), ("button_ann_stop", "stop")),
    ),
    "stopped": ("ann_ending", ()),
}

_REASONS = {
    "blocked": "ann_reason_blocked",
    "network": "ann_reason_network",
    "refused": "ann_reason_refused",
    "withdrawn": "ann_reason_withdrawn",
    "stopped": "ann_reason_stopped",
    "begun": "ann_reason_begun",
    "outdated": "ann_reason_outdated",
    "restored": "ann_reason_restored",
}
