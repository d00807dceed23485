"""Events as calendar files: all of them for subscribing, some of them, or a single one.

A calendar asks again and again: what it gets changes only where an event did, and
where nothing did it gets nothing but the word that it has everything already.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from threading import Lock

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from handlers.programme.calendars import calendar
from handlers.programme.keeping import changed_at
from knowledge.models import Event
from knowledge.search import Knowledge

MEDIA_TYPE = "text/calendar"
KEPT = 8  # calendars; one of ten thousand events has four megabytes
# What we announce is public: other sites may show it.
SHARED = {"Cross-Origin-Resource-Policy": "cross-origin"}
# Long enough to keep crowds away, short enough for whoever must learn today that an event
# was moved. Asking again costs little.
CACHED = {"Cache-Control": "public, max-age=300"}

_FILES = StaticFiles()  # for how it compares what a client has with what there is


def feeds(
    knowledge: Callable[[], Knowledge],
    name: Callable[[], str],
    now: Callable[[], datetime | None] = lambda: None,
) -> list[Route]:
    """`/events.ics` and `/events/{id}.ics`. `name` is what the calendar is called.

    With a clock, events to come bring their alarms along.
    """
    shelf = _Shelf()

    # No coroutine: ten thousand events take seconds, in a thread of their own.
    def several(request: Request) -> Response:
        events = knowledge().library.events
        body = shelf.calendar(events, request.query_params, name(), _hour(now()))
        return _response(request, body, "events")

    def single(request: Request) -> Response:
        event = knowledge().library.events.get(request.path_params["id"])
        if event is None:
            raise HTTPException(404)
        body = Body.of(calendar([event], name(), now()), [event])
        return _response(request, body, event.id)

    return [Route("/events.ics", several), Route("/events/{id}.ics", single)]


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent, and how to tell later whether it is still the same."""

    content: bytes
    tag: str
    changed: datetime | None  # None where it holds nothing

    @classmethod
    def of(cls, content: bytes, events: Iterable[Event]) -> "Body":
        """`events` are all that it depends on, also those that are not in it (any more):
        an event that left a topic has changed the feed of that topic."""
        tag = hashlib.sha256(content).hexdigest()[:32]
        return cls(content, f'"{tag}"', max(map(changed_at, events), default=None))


def answer(request: Request, body: Body, media_type: str, **headers: str) -> Response:
    """The body; or that nothing is new, to whoever has it already."""
    known = {"ETag": body.tag, **CACHED}
    if body.changed:
        known["Last-Modified"] = format_datetime(body.changed, usegmt=True)
    response = Response(body.content, media_type=media_type, headers={**known, **headers, **SHARED})
    if not _FILES.is_not_modified(response.headers, request.headers):
        return response
    unchanged = NotModifiedResponse(response.headers)
    # A browser takes the headers of this one over to what it has.
    unchanged.headers.update(SHARED)
    return unchanged


def selected(events: Iterable[Event], query: QueryParams) -> list[Event]:
    """Those with one of the topics and in one of the regions that the query names.

    A query that names none of a kind wants all; what we do not know has no events.
    """
    topics, regions = named(query, "topic"), named(query, "region")
    return [
        event
        for event in events
        if (not topics or not topics.isdisjoint(event.topics))
        and (not regions or alike(event.region or "") in regions)
    ]


def named(query: QueryParams, key: str) -> set[str]:
    """The values of a key, as `alike` spells them."""
    return {alike(value) for value in query.getlist(key)} - {""}


def alike(words: str) -> str:
    """One spelling for what people write in capitals or with a space too many."""
    return " ".join(words.split()).casefold()


class _Shelf:
    """The calendars made last: many subscribe to the same, and it changes rarely."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: Mapping[str, Event] = {}
        self._made: dict[tuple[str | datetime | None, ...], Body] = {}

    def calendar(
        self, events: Mapping[str, Event], query: QueryParams, name: str, now: datetime | None
    ) -> Body:
        wanted = selected(events.values(), query)
        key = (name, now, *(event.id for event in wanted))
        # Whoever asks for what is just being made waits for it: making it twice takes longer.
        with self._lock:
            if events is not self._events or len(self._made) >= KEPT:
                self._events, self._made = events, {}
            if key not in self._made:
                self._made[key] = Body.of(calendar(wanted, name, now), events.values())
            return self._made[key]


def _hour(now: datetime | None) -> datetime | None:
    """Alarms fall away as time goes by; a calendar need not be made anew for each minute."""
    return now and now.replace(minute=0, second=0, microsecond=0)


def _response(request: Request, body: Body, file: str) -> Response:
    named = {"Content-Disposition": f'inline; filename="{file}.ics"'}
    return answer(request, body, MEDIA_TYPE, **named)
