"""Events as calendar files (RFC 5545).

An event keeps its UID and gets no time of its own making (DTSTAMP is when it
was changed last, or the day its content was checked), so a calendar that asks
again sees a change only where there is one.

icalendar takes 3 MB and is loaded when the first calendar is made: few people ask for one.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from handlers.hours import BERLIN, day_of
from handlers.programme.keeping import changed_at
from handlers.wording import characters, day
from knowledge.models import Event

if TYPE_CHECKING:
    from icalendar import Alarm
    from icalendar import Event as Appointment

PRODUCER = "-//Kleinstadt-Hotline//Veranstaltungen//DE"
REFRESH = timedelta(hours=12)
ALARMS = (timedelta(days=1), timedelta(hours=1))  # before it begins
# Fields that calendars have no name for, as one JSON object: for reading an export in again.
OURS = "X-KLEINSTADT-HOTLINE"
OUR_FIELDS = {
    "id",
    "link",
    "characters",
    "organisers",
    "documentation",
    "format",
    "region",
    "registration",
    "registration_until",
    "capacity",
    "asked_as",
    "source",
    "checked_on",
}
# As the zone is since 1996, for calendars that do not know it by its name.
BERLIN_RULES = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def calendar(
    events: Iterable[Event], name: str, now: datetime | None = None, *, whole: bool = False
) -> bytes:
    """A calendar file. With `now`, what is still to come has alarms; with `whole`, everything
    we know of an event is in it, so that an import brings it back."""
    from icalendar import Calendar, Component, vText

    feed = Calendar()
    feed.add("prodid", PRODUCER)
    feed.add("version", "2.0")
    feed.add("calscale", "GREGORIAN")
    feed.add("method", "PUBLISH")
    # The old names are what most calendars read.
    feed.add("name", vText(name))
    feed.add("x-wr-calname", vText(name))
    feed.add("x-wr-timezone", "Europe/Berlin")
    feed.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    feed.add("x-published-ttl", "PT12H")
    listed = sorted(events, key=_first_day)
    if any(isinstance(event.starts, datetime) for event in listed):
        feed.add_component(Component.from_ical(BERLIN_RULES))
    for event in listed:
        one = _appointment(event)
        if whole:
            ours = event.model_dump_json(include=OUR_FIELDS, exclude_defaults=True)
            one.add(OURS, vText(ours), parameters={"VALUE": "TEXT"})
        for alarm in _alarms(event, now):
            one.add_component(alarm)
        feed.add_component(one)
    return bytes(feed.to_ical())


def facts(event: Event) -> str:
    """What a calendar shows below the description, one fact a line."""
    lines = []
    if event.characters:
        lines.append(f"Art: {characters(event.characters)}")
    if event.organisers:
        lines.append(f"Von: {', '.join(event.organisers)}")
    if registration := _registration(event):
        lines.append(registration)
    if event.capacity:
        lines.append(f"Plätze: {event.capacity}")
    if event.documentation:
        lines.append(f"Zum Nachlesen: {event.documentation}")
    return "\n".join(lines)


def _registration(event: Event) -> str:
    until = event.registration_until
    deadline = f"bis {day(_local(until))}" if until else ""
    if isinstance(until, datetime):
        deadline += f", {_local(until):%H:%M} Uhr"
    if event.registration:
        return f"Anmeldung: {event.registration}" + (f" ({deadline})" if deadline else "")
    return f"Anmeldung {deadline}" if deadline else ""


def _appointment(event: Event) -> "Appointment":
    from icalendar import Event as Appointment

    one = Appointment()
    changed = changed_at(event)
    one.add("uid", event.calendar_uid)
    one.add("dtstamp", changed)
    if event.updated_at:
        one.add("last-modified", changed)
    one.add("sequence", event.sequence)
    one.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    one.add("dtstart", _local(event.starts))
    if end := _end(event):
        one.add("dtend", end)
    one.add("summary", event.title)
    one.add("description", "\n".join(filter(None, (event.description, facts(event)))))
    if event.place:
        one.add("location", event.place)
    if event.link or event.documentation:
        one.add("url", str(event.link or event.documentation))
    if event.topics:
        one.add("categories", list(event.topics))
    # A calendar must not show somebody as busy because they subscribed to our events.
    one.add("transp", "TRANSPARENT")
    return one


def _alarms(event: Event, now: datetime | None) -> "Iterator[Alarm]":
    """Those that are still to come: many calendars ring at once for one that is past."""
    from icalendar import Alarm

    if now is None or event.cancelled or not isinstance(event.starts, datetime):
        return
    for before in ALARMS:
        if event.starts - before > now:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", event.title)
            alarm.add("trigger", -before)
            yield alarm


def _end(event: Event) -> date | None:
    """The first moment after it. A day that is named as the last one belongs to it."""
    if event.ends is None:
        return None
    if isinstance(event.ends, datetime):
        return _local(event.ends)
    return event.ends + timedelta(days=1)


def _local(value: date) -> date:
    return value.astimezone(BERLIN) if isinstance(value, datetime) else value


def _first_day(event: Event) -> tuple[date, str]:
    return day_of(event.starts), event.id
