"""An announcement as the desk sees it, in a messenger and in the browser alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.announcing import audiences
from handlers.announcing.audiences import Crowd
from handlers.desk import toward_desk
from handlers.message import Button
from handlers.text import Text
from knowledge.models import Event
from knowledge.search import Knowledge
from storage import announcements, coordinators, events, files
from storage.announcements import Announcement, Progress
from storage.database import Tx
from storage.files import File

GRACE = timedelta(seconds=10)  # for taking it back

# What may be done with it, in the order in which it is offered.
VERBS: dict[str, tuple[str, ...]] = {
    "draft": ("ok", "later", "no"),
    "scheduled": ("back",),
    "waiting": ("back",),
    "sending": ("pause", "stop"),
    "paused": ("resume", "stop", "correct"),
    "stopped": ("correct",),
    "done": ("correct",),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One announcement with all that is to be known of it now.

    `state` is that of the store, or "scheduled" while it waits for its time. `counted` is
    who gets it, by channel: of a draft as things stand now. `done` of `total` copies have
    found their end; `resting` wait for the end of quiet hours or for another try.
    """

    number: int
    title: str
    state: str
    state_name: str
    by: str
    confirmed_by: str
    created_at: datetime
    starts_at: datetime | None
    text: Text
    plain: Text | None
    files: tuple[File, ...]
    buttons: tuple[str, ...]
    counted: tuple[tuple[str, int], ...]
    recipients: int
    notes: tuple[Text, ...]
    done: int
    total: int
    resting: int
    report: tuple[Text, ...]
    verbs: tuple[str, ...]
    corrects: int | None
    event_id: str | None


async def seen(tx: Tx, knowledge: Knowledge, number: int, now: datetime) -> Seen | None:
    """None if there is no announcement of this number."""
    found = await announcements.get(tx, number)
    return await look(tx, knowledge, found, now) if found else None


async def listed(
    tx: Tx, knowledge: Knowledge, now: datetime, limit: int, offset: int = 0
) -> list[Seen]:
    """The newest first."""
    rows = await announcements.listed(tx, limit=limit, offset=offset)
    return [await look(tx, knowledge, found, now) for found in rows]


async def of_event(tx: Tx, knowledge: Knowledge, event_id: str, now: datetime) -> list[Seen]:
    """What was announced of an event, or is about to be, the newest first."""
    rows = await announcements.of_event(tx, event_id)
    return [await look(tx, knowledge, found, now) for found in rows]


async def look(tx: Tx, knowledge: Knowledge, found: Announcement, now: datetime) -> Seen:
    state = state_of(found, now)
    open_ = state in ("draft", "scheduled", "waiting")
    crowd = await audiences.crowd(tx, found) if open_ else Crowd()
    progress = await announcements.progress(tx, found.id, now)
    attached = [await files.get(tx, file_id) for file_id in found.files]
    over = found.finished_at is not None and found.total > 0
    verbs = VERBS[state]
    if (open_ and not crowd) or (not open_ and found.total == 0):
        verbs = tuple(verb for verb in verbs if verb in ("no", "back"))
    if found.corrects is not None:
        verbs = tuple(verb for verb in verbs if verb not in ("later", "correct"))
    return Seen(
        number=found.id,
        title=await title(tx, knowledge, found),
        state=state,
        state_name=str(words(knowledge, f"ann_state_{state}")),
        by=await _name(tx, found.created_by),
        confirmed_by=await _name(tx, found.confirmed_by),
        created_at=found.created_at,
        starts_at=found.starts_at,
        text=body(knowledge, found),
        plain=body(knowledge, found, plain=True) if found.plain else None,
        files=tuple(file for file in attached if file),
        buttons=tuple(button.label for button in await choices(tx, knowledge, found)),
        counted=channels(crowd),
        recipients=len(crowd) if open_ else found.total,
        notes=notes(knowledge, crowd, now) if open_ else (),
        done=max(found.total - progress.open, 0),
        total=found.total,
        resting=progress.later if found.state == "sending" else 0,
        report=report(knowledge, found, progress) if over else (),
        verbs=verbs,
        corrects=found.corrects,
        event_id=found.event_id,
    )


def state_of(found: Announcement, now: datetime) -> str:
    later = found.starts_at is not None and found.starts_at > now + GRACE
    return "scheduled" if found.state == "waiting" and later else found.state


async def title(tx: Tx, knowledge: Knowledge, found: Announcement) -> str:
    """What it is called in lists."""
    if found.corrects is not None:
        return str(words(knowledge, "ann_title_correction", id=found.corrects))
    if found.event_id is not None:
        kept = await events.get(tx, found.event_id)
        if kept is not None:
            return Event.model_validate_json(kept.payload).title
    if waiting := found.audience.waiting:
        return str(words(knowledge, "interest_title", format=knowledge.title(waiting) or waiting))
    return str(words(knowledge, "ann_title_letter", audience=audiences.title(found.audience)))


# -- what recipients read -------------------------------------------------------------------


def body(
    knowledge: Knowledge, found: Announcement, *, plain: bool = False, group: bool = False
) -> Text:
    """The words of a copy. People also read why they get it."""
    chosen = found.plain if plain and found.plain else found.text
    text = Text.model_validate_json(chosen)
    if group:
        return text
    why = "interest_why" if found.audience.waiting else "ann_why"
    why = f"{why}_einfach" if plain else why
    return Text.joined([text, words(knowledge, why)])


async def choices(tx: Tx, knowledge: Knowledge, found: Announcement) -> tuple[Button, ...]:
    """What every person may do with it."""
    if waiting := found.audience.waiting:
        label = str(words(knowledge, "button_interest_end"))
        end = Button(label=label, action=f"unwait:{waiting}")
    else:
        end = Button(label=str(words(knowledge, "button_ann_end")), action="subs:end")
    kept = await events.get(tx, found.event_id) if found.event_id else None
    if kept is None or kept.state == "cancelled":
        return (end,)
    label = str(words(knowledge, "button_ann_mark"))
    return (Button(label=label, action=f"mark:{kept.id}"), end)


# -- who, and what became of it ---------------------------------------------------------------


def channels(crowd: Crowd) -> tuple[tuple[str, int], ...]:
    """How many get it on each channel, the most first."""
    counted = Counter(toward_desk.channel_name(one.channel) for one in crowd.everybody)
    if crowd.groups:
        counted["Gruppen"] = len(crowd.groups)
    return tuple(counted.most_common())


def notes(knowledge: Knowledge, crowd: Crowd, now: datetime) -> tuple[Text, ...]:
    """Who does not get it, or later, and what it takes."""
    resting = any(
        audiences.quiet_until(one.quiet_from, one.quiet_until, now) for one in crowd.recipients
    )
    found = (
        ("ann_left_weekly", crowd.weekly),
        ("ann_left_reached", crowd.reached),
        ("ann_rest", int(resting)),
        ("ann_two_needed", audiences.ALONE if crowd.needs_two else 0),
    )
    return tuple(words(knowledge, name, number=number) for name, number in found if number)


def report(knowledge: Knowledge, found: Announcement, progress: Progress) -> tuple[Text, ...]:
    """What became of all copies, line by line."""
    known = sum(number for _, _, number in progress.counts)
    sent = "ann_report_corrected" if found.corrects is not None else "ann_report_sent"
    lines = [words(knowledge, sent, sent=progress.number("sent"), total=found.total)]
    for state in ("undeliverable", "expired"):
        if number := progress.number(state):
            why = _why(knowledge, progress.reasons(state))
            lines.append(words(knowledge, f"ann_report_{state}", number=number, reasons=why))
    if number := progress.number("held"):
        lines.append(words(knowledge, "ann_report_held", number=number))
    if number := found.total - known:
        lines.append(words(knowledge, "ann_report_gone", number=number))
    return tuple(lines)


def words(knowledge: Knowledge, name: str, /, **fields: str | int | Text) -> Text:
    return Text.written(knowledge.library.texts.say[name], **fields)


def _why(knowledge: Knowledge, reasons: Sequence[tuple[str, int]]) -> str:
    say = knowledge.library.texts.say
    return ", ".join(
        f"{say.get(f'ann_reason_{reason}', say['ann_reason_other'])}: {number}"
        for reason, number in reasons
    )


async def _name(tx: Tx, coordinator_id: int | None) -> str:
    somebody = await coordinators.get(tx, coordinator_id) if coordinator_id else None
    return somebody.name if somebody else ""
