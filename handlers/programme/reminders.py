"""What people hear of the events they marked: reminders, changes, cancellations.

Both come from the clock, and what counts is the store: an event may have been moved or
cancelled while its message waited to be handled.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Literal, get_args

from handlers.hours import day_of
from handlers.message import Address, Button, Lane, Outgoing
from handlers.programme.keeping import earlier, reminders, span
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import when, where
from knowledge.models import Event
from storage import events
from storage.events import Marked
from storage.moments import stamp

LATE = timedelta(seconds=60)
# Where nobody wrote down when an event ends. Whoever is reminded late may still join.
USUALLY_LASTS = timedelta(hours=2)

Fact = Literal["when", "where", "link"]
FACTS: tuple[Fact, ...] = get_args(Fact)
Words = Callable[[bool], Text]  # what is said, in Einfache Sprache or not


async def remind(turn: Turn, subject: str) -> None:
    """`event id:day` or `:hour` is due: tell everybody who marked the event."""
    event_id, _, which = subject.partition(":")
    kept = await events.get(turn.tx, event_id)
    if kept is None or kept.state != "published":
        return
    event = Event.model_validate_json(kept.payload)
    planned = reminders(event).get(which)
    if planned is None or stamp(planned) != stamp(turn.incoming.at):
        return  # it was moved meanwhile; the new time has a plan of its own
    if turn.now >= _over(event):
        return
    fields: dict[str, str | Text] = {"title": event.title, "facts": _facts(event)}
    if turn.now - turn.incoming.at <= LATE:
        name = "reminder_hour" if which == "hour" else "reminder_day"
    elif until := _until(event, turn.now):
        name = "reminder_late"
        fields["until"] = until
    else:
        name = "reminder_begun"
    words = _sentence(turn, name, **fields)
    _tell(turn, await events.marked(turn.tx, event_id), words, _buttons(turn, event))


async def follow(turn: Turn, event_id: str) -> None:
    """An event has another time or place, is cancelled or takes place after all.

    Whoever marked it learns how things stand now, once, however often they changed before
    we got round to telling, and what is different from what they knew. The marks stay:
    should it be moved again, they hear of that too.
    """
    kept = await events.get(turn.tx, event_id)
    if kept is None or kept.state == "draft":
        return
    event = Event.model_validate_json(kept.payload)
    # What is corrected after the event concerns nobody's plans.
    if turn.incoming.at < _over(event):
        everybody = await events.marked(turn.tx, event_id)
        unaware = [one for one in everybody if one.told < kept.sequence]
        if kept.state == "cancelled":
            others = Button(label=turn.label("button_events"), action="evts")
            buttons = (_unmark(turn, event), others)
            words = _sentence(turn, "event_cancelled", title=event.title, when=when(event))
            _tell(turn, unaware, words, buttons)
        else:
            versions = await earlier(turn.tx, event_id)
            by_told = attrgetter("told")
            for told, group in groupby(sorted(unaware, key=by_told), by_told):
                if change := _change(turn, event, versions, told):
                    _tell(turn, group, change, _buttons(turn, event))
    await events.told(turn.tx, event_id, kept.sequence)


def _change(turn: Turn, event: Event, versions: Mapping[int, Event], told: int) -> Words | None:
    """What to say to those who know the version `told`; None if it is as they know it."""
    known = versions.get(told)
    called_off = any(version.cancelled for number, version in versions.items() if number >= told)
    if known is None or called_off:
        return _sentence(turn, "event_changed", title=event.title, facts=_facts(event))
    new = _differing(known, event)
    if not new:
        return None
    same = [fact for fact in FACTS if fact not in new]
    blocks = {
        "moved_new": Text.joined(
            [_fact(event, fact) or _gone(turn, fact) for fact in new], by="\n"
        ),
        "moved_before": _facts(known, new),
        "moved_same": _facts(event, same),
    }

    def words(plain: bool) -> Text:
        facts = [
            turn.words_for(plain, name, facts=lines) for name, lines in blocks.items() if lines
        ]
        return turn.words_for(plain, "event_moved", title=event.title, facts=Text.joined(facts))

    return words


def _sentence(turn: Turn, name: str, **fields: str | Text) -> Words:
    return lambda plain: turn.words_for(plain, name, **fields)


def _tell(turn: Turn, whom: Iterable[Marked], words: Words, buttons: tuple[Button, ...]) -> None:
    """Say this to each of them, in the language that they chose."""
    usual, simple = words(False), words(True)
    for one in whom:
        turn.send(
            Outgoing(
                to=Address(channel=one.channel, bot=one.bot, chat=one.chat),
                text=simple if one.plain else usual,
                buttons=buttons,
                # Not an announcement: this person asked for it, and it is worthless when it
                # comes after thousands of others.
                lane=Lane.CONVERSATION,
            )
        )


def _buttons(turn: Turn, event: Event) -> tuple[Button, Button]:
    entry = Button(label=turn.label("reminder_calendar"), action=f"ics:{event.id}")
    return entry, _unmark(turn, event)


def _unmark(turn: Turn, event: Event) -> Button:
    return Button(label=turn.label("reminder_stop"), action=f"unmark:{event.id}")


def _facts(event: Event, which: Collection[Fact] = FACTS) -> Text:
    """When, where, and the link: what somebody on the way there looks for."""
    return Text.joined([_fact(event, fact) for fact in which], by="\n")


def _fact(event: Event, fact: Fact) -> str:
    """A line that says it; empty if it is not known."""
    match fact:
        case "when":
            return f"Wann: {when(event)}"
        case "where":
            place = where(event)
            return f"Wo: {place}" if place else ""
        case "link":
            return f"Link: {event.link}" if event.link else ""


def _gone(turn: Turn, fact: Fact) -> str:
    return turn.label("moved_no_place" if fact == "where" else "moved_no_link")


def _differing(known: Event, event: Event) -> list[Fact]:
    """What is not as somebody knows it."""
    same: dict[Fact, bool] = {
        "when": span(known) == span(event),
        "where": where(known) == where(event),
        "link": known.link == event.link,
    }
    return [fact for fact in FACTS if not same[fact]]


def _over(event: Event) -> datetime:
    starts, ends = span(event)
    timed = isinstance(event.starts, datetime)
    return starts + USUALLY_LASTS if timed and event.ends is None else ends


def _until(event: Event, now: datetime) -> str:
    """How long it is until the start, in words; nothing when it has begun."""
    starts = event.starts
    if not isinstance(starts, datetime):
        days = (starts - day_of(now)).days
        if days < 0:
            return ""
        return {0: "heute", 1: "morgen"}.get(days, f"in {days} Tagen")
    if starts <= now:
        return ""
    minutes = max(round((starts - now) / timedelta(minutes=1)), 1)
    if minutes == 1:
        return "in einer Minute"
    if minutes == 60:
        return "in einer Stunde"
    return f"in {minutes} Minuten" if minutes < 90 else f"in etwa {round(minutes / 60)} Stunden"
