"""Events as calendar files: all of them for subscribing, or a single one.

An event keeps its UID and gets no time of its own making (DTSTAMP is the day
its content was checked), so a calendar that asks again sees a change only
where there is one.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Component, vText
from icalendar import Event as Appointment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from handlers.hours import BERLIN
from handlers.wording import characters
from knowledge.models import Event
from knowledge.search import Knowledge

PRODUCER = "-//Kleinstadt-Hotline//Veranstaltungen//DE"
DOMAIN = "kleinstadt-hotline"  # part of every UID: it must outlive a change of address
REFRESH = timedelta(hours=12)
MEDIA_TYPE = "text/calendar"
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


def feeds(knowledge: Callable[[], Knowledge], name: Callable[[], str]) -> list[Route]:
    """`/events.ics` and `/events/{id}.ics`. `name` is what the calendar is called."""

    async def everything(request: Request) -> Response:
        return _response(calendar(knowledge().library.events.values(), name()), "events")

    async def single(request: Request) -> Response:
        event = knowledge().library.events.get(request.path_params["id"])
        if event is None:
            raise HTTPException(404)
        return _response(calendar([event], name()), event.id)

    return [Route("/events.ics", everything), Route("/events/{id}.ics", single)]


def calendar(events: Iterable[Event], name: str) -> bytes:
    """A calendar file (RFC 5545)."""
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
        feed.add_component(_appointment(event))
    return bytes(feed.to_ical())


def _appointment(event: Event) -> Appointment:
    one = Appointment()
    one.add("uid", f"{event.id}@{DOMAIN}")
    one.add("dtstamp", datetime.combine(event.checked_on, time(), UTC))
    one.add("dtstart", _local(event.starts))
    if end := _end(event):
        one.add("dtend", end)
    one.add("summary", event.title)
    one.add("description", _description(event))
    if event.place:
        one.add("location", event.place)
    if event.link or event.documentation:
        one.add("url", str(event.link or event.documentation))
    if event.topics:
        one.add("categories", list(event.topics))
    # A calendar must not show somebody as busy because they subscribed to our events.
    one.add("transp", "TRANSPARENT")
    return one


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
    starts = _local(event.starts)
    return (starts.date() if isinstance(starts, datetime) else starts), event.id


def _description(event: Event) -> str:
    parts = [event.description]
    if event.characters:
        parts.append(f"Art: {characters(event.characters)}")
    if event.organisers:
        parts.append(f"Von: {', '.join(event.organisers)}")
    if event.documentation:
        parts.append(f"Zum Nachlesen: {event.documentation}")
    return "\n".join(parts)


def _response(body: bytes, file: str) -> Response:
    headers = {
        "Content-Disposition": f'inline; filename="{file}.ics"',
        "Cache-Control": "public, max-age=3600",
        # A calendar is public: other sites may show it.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
