"""Events in lists: what is coming, and what was.

A list is described by what its buttons carry, so nothing about it is remembered.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from handlers import requests, wording
from handlers.hours import BERLIN, day_of
from handlers.message import ACTION_BYTES, Button
from handlers.programme import topics
from handlers.programme.event_words import WORD, found_by, says_little, sought, teller
from handlers.programme.single_event import detail_buttons
from handlers.programme.spans import Span, read
from handlers.turn import Turn
from knowledge import german
from knowledge.dates import MONTHS
from knowledge.models import Event
from knowledge.words import Words

PAGE = 6
VALUES = 12  # to choose from, on one page
NEAREST = 3  # past events that are named where there is nothing else
LONGEST = 200  # characters; who only asks what is on needs fewer


@dataclass(frozen=True, slots=True)
class _List:
    """Which events somebody wants to see. With days or words: coming and past ones."""

    past: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict)  # filter and value, as in buttons
    asks: str = ""  # the filter whose values are offered
    days: Span | None = None
    words: tuple[str, ...] = ()
    page: int = 0

    @property
    def action(self) -> str:
        """The button that leads here; empty if there are too many words for one."""
        action = self._written(self.chosen)
        if len(action.encode()) > ACTION_BYTES:
            action = self._written({name: _short(value) for name, value in self.chosen.items()})
        return action if len(action.encode()) <= ACTION_BYTES else ""

    def _written(self, chosen: Mapping[str, str]) -> str:
        parts = ["past"] if self.past else []
        parts += [f"{name}={value}" for name, value in chosen.items()]
        if self.asks:
            parts.append(f"{self.asks}=?")
        if self.days:
            parts.append(f"d={_digits(self.days.first)}-{_digits(self.days.last)}")
        if self.words:
            parts.append(f"q={'+'.join(self.words)}")
        if self.page:
            parts.append(f"p={self.page}")
        return f"evts:{';'.join(parts)}" if parts else "evts"

    @classmethod
    def read(cls, value: str) -> "_List | None":
        """What a button carries; None for what never was one of ours."""
        found = cls()
        for part in filter(None, value.split(";")):
            name, _, given = part.partition("=")
            if part == "past":
                found = replace(found, past=True)
            elif name in FILTERS and given == "?":
                found = replace(found, asks=name)
            elif name in FILTERS and given:
                found = replace(found, chosen={**found.chosen, name: given})
            elif name == "d" and (days := _days_of(given)):
                found = replace(found, days=days)
            elif name == "q" and given:
                found = replace(found, words=tuple(given.split("+")))
            elif name == "p" and _NUMBER.fullmatch(given):
                found = replace(found, page=int(given))
            else:
                return None
        return found


# Lists


async def browse(turn: Turn, rest: str = "") -> None:
    """What is coming, or what the words behind the command ask for."""
    days, others = read(Words(rest[:LONGEST]), _today(turn))
    words = tuple(word for word in others if not says_little(word))
    if days is None and not words:
        _show(turn, _List())
    else:
        await _answer(turn, _List(days=days, words=words))


async def browse_pressed(turn: Turn, value: str) -> bool:
    """A page, a filter, or a value of a filter was chosen."""
    if _NUMBER.fullmatch(value):
        return _show(turn, _numbered(turn, int(value)))
    wanted = _List.read(value)
    if wanted is None:
        return False
    return _offer_values(turn, wanted) if wanted.asks else _show(turn, wanted)


def _numbered(turn: Turn, page: int) -> _List:
    """Old buttons have a bare number and count on from the coming events to the past ones."""
    coming = -(-len(_found(turn, _List())) // PAGE)
    return _List(page=page) if page < coming else _List(past=True, page=page - coming)


def _show(turn: Turn, wanted: _List) -> bool:
    """A page of a list; False if there is no such page (any more)."""
    found = _found(turn, wanted)
    text = "events_were" if wanted.past else "events"
    if not found and wanted == _List():
        wanted, text = _List(past=True), "events_past"
        found = _found(turn, wanted)
        if not found:
            turn.say("no_events")
            return True
    shown = found[wanted.page * PAGE : (wanted.page + 1) * PAGE]
    chosen = _chosen(turn, wanted)
    if not shown:
        if not wanted.page:
            past = turn.label("button_events_past")
            turn.say("events_none_of", _everything(turn), chosen=chosen or past)
        return not wanted.page
    if chosen:
        text = "events_were_of" if wanted.past else "events_of"
    buttons = (*_pages(turn, wanted, found), *_filters(turn, wanted, found), *_ways(turn, wanted))
    turn.say(text, *_choices(turn, shown), *buttons, chosen=chosen, list=lines(turn, shown))
    return True


def _offer_values(turn: Turn, wanted: _List) -> bool:
    """The values of a filter, each with the number of events; False if there are none."""
    kind = wanted.asks
    found = _found(turn, replace(wanted, asks="", page=0))
    counted = _values(turn, kind, found)
    order = sorted(counted, key=lambda key: key if kind == "m" else counted[key][0].lower())
    shown = order[wanted.page * VALUES : (wanted.page + 1) * VALUES]
    if not shown:
        return False
    buttons = [
        Button(
            label=f"{counted[key][0]} ({counted[key][1]})",
            action=replace(wanted, asks="", page=0, chosen={**wanted.chosen, kind: key}).action,
        )
        for key in shown
    ]
    if len(order) > (wanted.page + 1) * VALUES:
        buttons.append(_more(turn, wanted))
    turn.say(f"events_which_{FILTERS[kind].name}", *buttons, _everything(turn))
    return True


def _found(turn: Turn, wanted: _List) -> list[Event]:
    """The events of a list: coming ones soonest first, past ones newest first.

    Those of certain days stand in their order.
    """
    ordered = sorted(
        (
            event
            for event in turn.knowledge.library.events.values()
            if all(_is(event, kind, value) for kind, value in wanted.chosen.items())
        ),
        key=_order,
    )
    if wanted.words:
        tells = [teller(word) for word in wanted.words]
        lines = ((event, found_by(turn, event)) for event in ordered)
        ordered = [event for event, line in lines if all(tell(line) for tell in tells)]
    if days := wanted.days:
        return [e for e in ordered if _first(e) <= days.last and _last(e) >= days.first]
    today = _today(turn)
    coming = [event for event in ordered if _last(event) >= today]
    past = [event for event in reversed(ordered) if _last(event) < today]
    if wanted.words:
        return coming + past
    return past if wanted.past else coming


def lines(turn: Turn, shown: Sequence[Event]) -> str:
    """A list of events, one a line."""
    return "\n".join(
        f"• {_called_off(turn, event)}{wording.when(event)}: {event.title}" for event in shown
    )


def _called_off(turn: Turn, event: Event) -> str:
    """What stands before everything else that is said of it."""
    return f"{turn.label('event_cancelled_mark')}: " if event.cancelled else ""


def _choices(turn: Turn, shown: Sequence[Event]) -> Iterator[Button]:
    for event in shown:
        label = f"{_called_off(turn, event)}{event.title}"[:60]
        yield Button(label=label, action=f"evt:{event.id}")


def _pages(turn: Turn, wanted: _List, found: Sequence[Event]) -> Iterator[Button]:
    if len(found) > (wanted.page + 1) * PAGE:
        more = _more(turn, wanted)
        if more.action:
            yield more


def _more(turn: Turn, wanted: _List) -> Button:
    further = replace(wanted, page=wanted.page + 1)
    return Button(label=turn.label("button_more"), action=further.action)


def _filters(turn: Turn, wanted: _List, found: Sequence[Event]) -> Iterator[Button]:
    """What the list can be narrowed down by; what somebody asked for in words is narrow."""
    if wanted.days or wanted.words:
        return
    for kind, one in FILTERS.items():
        if kind not in wanted.chosen and len(_values(turn, kind, found)) > 1:
            action = replace(wanted, asks=kind, page=0).action
            yield Button(label=turn.label(f"button_events_{one.name}"), action=action)


def _ways(turn: Turn, wanted: _List) -> Iterator[Button]:
    """From here to the other lists."""
    if wanted.chosen or wanted.days or wanted.words:
        yield _everything(turn)
        return
    today = _today(turn)
    there = turn.knowledge.library.events.values()
    if any((_last(event) >= today) is wanted.past for event in there):
        name = "button_events_coming" if wanted.past else "button_events_past"
        yield Button(label=turn.label(name), action=_List(past=not wanted.past).action)


def _everything(turn: Turn) -> Button:
    return Button(label=turn.label("button_events_all"), action="evts")


def _chosen(turn: Turn, wanted: _List) -> str:
    """What the list is of: "im Mai 2027, Mobilität"."""
    parts = [str(wanted.days)] if wanted.days else []
    parts += [f"„{' '.join(wanted.words)}“"] if wanted.words else []
    everything = turn.knowledge.library.events.values()
    for kind, value in wanted.chosen.items():
        one = FILTERS[kind]
        labels = (
            one.label(turn, event, key)
            for event in everything
            for key in one.keys(event)
            if _same(key, value)
        )
        parts.append(next(labels, value))
    return ", ".join(parts)


# Filters


class _Filter(NamedTuple):
    """`keys` are the values that an event has, `label` is how people read one of them."""

    name: str
    keys: Callable[[Event], Sequence[str]]
    label: Callable[[Turn, Event, str], str]


def _months(event: Event) -> list[str]:
    first, last = _first(event), _last(event)
    months = [first.year * 12 + first.month - 1]
    months += range(months[0] + 1, last.year * 12 + last.month)
    return [f"{month // 12}-{month % 12 + 1:02}" for month in months[:24]]


def _month_named(turn: Turn, event: Event, key: str) -> str:
    year, _, month = key.partition("-")
    return f"{MONTHS[int(month) - 1]} {year}"


def _regions(event: Event) -> list[str]:
    return ["-".join(WORD.findall(german.fold(event.region)))] if event.region else []


def _format_named(turn: Turn, event: Event, key: str) -> str:
    known = turn.knowledge.library.formats.get(key)
    return known.name if known else topics.name(key)


FILTERS = {
    "t": _Filter("topic", lambda event: event.topics, lambda _, __, key: topics.name(key)),
    "c": _Filter(
        "character",
        lambda event: event.characters,
        lambda turn, _, key: turn.label(f"button_{key}"),
    ),
    "m": _Filter("month", _months, _month_named),
    "r": _Filter("region", _regions, lambda _, event, __: event.region or ""),
    "f": _Filter("format", lambda event: [event.format] if event.format else [], _format_named),
}


def _is(event: Event, kind: str, value: str) -> bool:
    return any(_same(key, value) for key in FILTERS[kind].keys(event))


def _values(turn: Turn, kind: str, found: Sequence[Event]) -> dict[str, tuple[str, int]]:
    """The values that tell some of these events from others: how they read, how many they are."""
    one = FILTERS[kind]
    numbers: dict[str, int] = {}
    having: dict[str, Event] = {}
    for event in found:
        for key in one.keys(event):
            numbers[key] = numbers.get(key, 0) + 1
            having[key] = event
    return {
        key: (one.label(turn, having[key], key), number)
        for key, number in numbers.items()
        if number < len(found)
    }


def _same(key: str, value: str) -> bool:
    return (_short(key) if value.startswith("~") else key) == value


def _short(value: str) -> str:
    """A value where five of them have to fit into one button."""
    if value.startswith("~") or len(value) <= _SHORT:
        return value
    return f"~{hashlib.blake2s(value.encode()).hexdigest()[: _SHORT - 1]}"


# Questions


async def asked_for(turn: Turn) -> bool:
    """Whether the message only asks what is on (or was) on certain days; then it is answered."""
    it = turn.incoming
    wanted = None if it.files or it.place or it.contact else _asked(turn, turn.heard.words)
    if wanted is None:
        return False
    await requests.note(turn)
    # What was on offer before is over: a "ja" from now on is not meant for it.
    turn.conversation = turn.conversation.but(expects="", feedback="")
    await _answer(turn, wanted)
    return True


def on_days(turn: Turn, question: str) -> tuple[str, list[Event]] | None:
    """The days that a question names, and the events there; None if it asks for something else."""
    wanted = _asked(turn, Words(question))
    return (str(wanted.days), _found(turn, wanted)) if wanted else None


def coming(turn: Turn) -> list[Event]:
    """What is still to come, soonest first."""
    return _found(turn, _List())


def _asked(turn: Turn, question: Words) -> _List | None:
    if len(question.text) > LONGEST:
        return None
    days, rest = read(question, _today(turn))
    words = sought(turn, rest) if days else None
    return None if words is None else _List(days=days, words=words)


async def _answer(turn: Turn, wanted: _List) -> None:
    """The events of certain days or with certain words, or honestly that there are none."""
    found = _found(turn, wanted)
    days, others = wanted.days, _found(turn, _List(days=wanted.days)) if wanted.days else []
    if len(found) == 1 and days and days.first == days.last:
        await _tell(turn, found[0])
    elif found:
        _show(turn, wanted)
    elif days and others:
        rest = _List(days=days)
        buttons = (*_choices(turn, others[:PAGE]), *_pages(turn, rest, others), _everything(turn))
        words = " ".join(wanted.words)
        turn.say(
            "events_others_in",
            *buttons,
            words=words,
            days=str(days),
            list=lines(turn, others[:PAGE]),
        )
    elif days:
        _name_others(turn, days)
    else:
        turn.say("events_none_of", _everything(turn), chosen=_chosen(turn, wanted))


def _name_others(turn: Turn, days: Span) -> None:
    """There is nothing on these days: what is the next to come, or what was nearest."""
    coming = _found(turn, _List()) if days.last >= _today(turn) else []
    if coming:
        text, shown = "events_none_in_next", coming[:1]
    else:
        past = _found(turn, _List(past=True))
        nearest = sorted(past, key=lambda event: _distance(event, days))[:NEAREST]
        text, shown = "events_none_in_past", sorted(nearest, key=_order, reverse=True)
    if not shown:
        turn.say("events_none_in", days=str(days))
        return
    buttons = (*_choices(turn, shown), _everything(turn))
    turn.say(text, *buttons, days=str(days), list=lines(turn, shown))


async def _tell(turn: Turn, event: Event) -> None:
    """The only one on that day, at once; what follows is about it."""
    item = ("event", event.id)
    turn.conversation = turn.conversation.but(shown=(item,), shown_at=turn.now)
    text = wording.shown(turn.knowledge, (item,), plain=turn.plain)
    turn.reply(text, *await detail_buttons(turn, event), _everything(turn))


# When it is


def _today(turn: Turn) -> date:
    return day_of(turn.now)


def _first(event: Event) -> date:
    return _local(event.starts).date()


def _last(event: Event) -> date:
    """The last day of it; what ends at midnight ends on the day before."""
    if event.ends is None:
        return _first(event)
    ends = _local(event.ends)
    if isinstance(event.ends, datetime) and ends.time() == time():
        return max(_first(event), ends.date() - timedelta(days=1))
    return ends.date()


def _order(event: Event) -> tuple[datetime, str]:
    return _local(event.starts), event.id


def _local(value: date) -> datetime:
    """As a clock on the wall shows it; a plain date comes before all that has a time."""
    if isinstance(value, datetime):
        return value.astimezone(BERLIN).replace(tzinfo=None)
    return datetime.combine(value, time())


def _distance(event: Event, days: Span) -> timedelta:
    first, last = _first(event), _last(event)
    return max(first - days.last, days.first - last)


def _digits(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _days_of(digits: str) -> Span | None:
    match = _DAYS.fullmatch(digits)
    if match is None:
        return None
    year, month, day, *last = map(int, match.groups())
    try:
        return Span(date(year, month, day), date(last[0], last[1], last[2]))
    except ValueError:
        return None


_SHORT = 6
_NUMBER = re.compile(r"[0-9]{1,3}")
_DAYS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})-([0-9]{4})([0-9]{2})([0-9]{2})")
