"""Events as calendar files: all of them for subscribing, some of them, or a single one.

A calendar asks again and again: what it gets changes only where an event did.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from threading import Lock

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from handlers.calendars import calendar
from knowledge.models import Event
from knowledge.search import Knowledge

MEDIA_TYPE = "text/calendar"
KEPT = 8  # calendars; one of ten thousand events has four megabytes
PUBLIC = {
    "Cache-Control": "public, max-age=3600",
    # What we announce is public: other sites may show it.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


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
        body = shelf.calendar(
            knowledge().library.events, request.query_params, name(), _hour(now())
        )
        return _response(body, "events")

    def single(request: Request) -> Response:
        event = knowledge().library.events.get(request.path_params["id"])
        if event is None:
            raise HTTPException(404)
        return _response(calendar([event], name(), now()), event.id)

    return [Route("/events.ics", several), Route("/events/{id}.ics", single)]


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
        self._made: dict[tuple[str | datetime | None, ...], bytes] = {}

    def calendar(
        self, events: Mapping[str, Event], query: QueryParams, name: str, now: datetime | None
    ) -> bytes:
        wanted = selected(events.values(), query)
        key = (name, now, *(event.id for event in wanted))
        # Whoever asks for what is just being made waits for it: making it twice takes longer.
        with self._lock:
            if events is not self._events or len(self._made) >= KEPT:
                self._events, self._made = events, {}
            if key not in self._made:
                self._made[key] = calendar(wanted, name, now)
            return self._made[key]


def _hour(now: datetime | None) -> datetime | None:
    """Alarms fall away as time goes by; a calendar need not be made anew for each minute."""
    return now and now.replace(minute=0, second=0, microsecond=0)


def _response(body: bytes, file: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{file}.ics"', **PUBLIC}
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
