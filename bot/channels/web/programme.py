"""The programme as a page, with the same facts for machines, and its news as an Atom feed.

Everything here works without JavaScript. An event may come from anywhere: its
words are shown, and never become markup.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from math import ceil
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.web import event_data
from bot.channels.web.feeds import Body, alike, answer, named, selected
from bot.channels.web.pages import Site, to_pass_on
from handlers import wording
from handlers.hours import BERLIN, day_of
from handlers.programme import topics
from handlers.programme.keeping import earlier, is_over, span
from knowledge.dates import MONTHS
from knowledge.models import Event
from storage.database import Tx

AT_ONCE = 50  # events on a page
SCHEMA = {"@context": "https://schema.org"}

Earlier = Mapping[str, Sequence[Event]]  # what events said before, by their ids, oldest first

_MONTH = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]))?", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}", re.ASCII)


def programme(site: Site) -> list[Route]:
    """`/events`, `/events.atom` and `/events/{id}`; the last one stands behind those of `feeds`."""

    # Threads do the work: with thousands of events nobody in the chat shall wait for this.
    async def everything(request: Request) -> Response:
        found = await run_in_threadpool(_found, site, request.query_params)
        before = await _earlier(site, found.here)
        return await run_in_threadpool(_everything, site, found, before)

    async def single(request: Request) -> Response:
        event = site.knowledge().library.events.get(request.path_params["id"])
        if event is None:
            raise HTTPException(404)
        before = await _earlier(site, [event])
        data = SCHEMA | event_data.data(event, site.house().public_url, before[event.id])
        shown = Shown.of(event, site, before[event.id])
        passed_on = to_pass_on(site, ("event", event.id))
        about = ", ".join(filter(None, (wording.when(event), wording.where(event))))
        return site.page("event.html", framed=False, one=shown, data=data, about=about, **passed_on)

    def atom(request: Request) -> Response:
        house = site.house()
        events = list(site.knowledge().library.events.values())
        query = Choice.of(request.query_params, events).query
        found = selected(events, request.query_params)
        from bot.channels.web import event_feed

        feed = event_feed.atom(found, house.name, house.public_url, query, site.clock.now())
        return answer(request, Body.of(feed, events), "application/atom+xml")

    return [
        Route("/events", everything),
        Route("/events.atom", atom),
        Route("/events/{id}", single),
    ]


async def _earlier(site: Site, events: Iterable[Event]) -> Earlier:
    async def unit(tx: Tx) -> Earlier:
        return {event.id: list((await earlier(tx, event.id)).values()) for event in events}

    return await site.database.read(unit)


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as the page shows it."""

    event: Event
    when: str
    where: str
    starts: str  # for machines
    over: bool
    moved: str  # when and where it was to be before; "" if it was not moved
    format: str
    topics: tuple[str, ...]
    registration: str  # until when; "" if nothing is known
    open: bool  # whether one may still register

    @classmethod
    def of(cls, event: Event, site: Site, before: Sequence[Event]) -> "Shown":
        """`before` is what it said earlier, oldest first."""
        now = site.clock.now()
        over = is_over(event, now)
        until = event.registration_until
        ended = until is not None and _end(until) <= now
        form = site.knowledge().library.formats.get(event.format or "")
        return cls(
            event=event,
            when=wording.when(event),
            where=event_data.where(event),
            starts=event_data.moment(event.starts),
            over=over,
            moved="" if over or event.cancelled else _moved(event, before),
            format=form.name if form else "",
            topics=tuple(map(topics.name, topics.telling(event))),
            registration=_registration(event, ended=ended),
            open=not (over or ended or event.cancelled),
        )


def _moved(event: Event, before: Sequence[Event]) -> str:
    started, stood = event_data.started(event, before), event_data.stood(event, before)
    parts = (wording.when(started) if started else "", wording.where(stood) if stood else "")
    return ", ".join(filter(None, parts))


def _end(value: date) -> datetime:
    """A moment; of a day its last one."""
    return value if isinstance(value, datetime) else datetime.combine(value, time.max, BERLIN)


def _registration(event: Event, *, ended: bool) -> str:
    until = event.registration_until
    if until is None:
        return "möglich" if event.registration else ""
    if ended:
        return "nicht mehr möglich"
    text = f"bis {wording.day(day_of(until))}"
    return f"{text}, {until.astimezone(BERLIN):%H:%M} Uhr" if isinstance(until, datetime) else text


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    events: list[Shown]


@dataclass(frozen=True, slots=True)
class Option:
    """One link that narrows the page down."""

    label: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page is narrowed down to: pairs for an address. Only values that we know."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, query: QueryParams, events: Iterable[Event]) -> "Choice":
        known = {topic for event in events for topic in event.topics}
        regions = {alike(event.region) for event in events if event.region}
        pairs = [("topic", topic) for topic in sorted(named(query, "topic") & known)]
        pairs += [("region", region) for region in sorted(named(query, "region") & regions)]
        month = query.get("month", "").strip()
        if _MONTH.fullmatch(month):
            pairs.append(("month", month))
        return cls(tuple(pairs))

    @property
    def month(self) -> str:
        return dict(self.pairs).get("month", "")

    @property
    def query(self) -> str:
        """For a feed of the same choice; feeds know no months."""
        kept = [pair for pair in self.pairs if pair[0] != "month"]
        return f"?{urlencode(kept)}" if kept else ""

    def page(self, number: int) -> str:
        return _address([*self.pairs, *([("page", str(number))] if number > 1 else [])])

    def options(self, key: str, labels: Mapping[str, str]) -> list[Option]:
        """A link for each of these values, and one for all; the other choices stay."""
        others = [pair for pair in self.pairs if pair[0] != key]
        options = [Option("Alle", _address(others), others == list(self.pairs))]
        for value, label in labels.items():
            pair = (key, value)
            options.append(Option(label, _address([*others, pair]), pair in self.pairs))
        return options


def _address(pairs: Sequence[tuple[str, str]]) -> str:
    return f"/events?{urlencode(pairs)}" if pairs else "/events"


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody asked to see."""

    choice: Choice
    narrowed: bool
    groups: dict[str, list[Option]]
    here: Sequence[Event]  # on this page
    coming: int  # how many of those to come are not on the pages before
    page: int
    pages: int


def _found(site: Site, query: QueryParams) -> Found:
    events = list(site.knowledge().library.events.values())
    now = site.clock.now()
    choice = Choice.of(query, events)
    month = query.get("month", "").strip()
    found = [event for event in selected(events, query) if not month or _is_in(event, choice.month)]
    coming, past = _split(found, now)
    pages = max(1, ceil(len(found) / AT_ONCE))
    asked = query.get("page", "")
    page = min(max(1, int(asked)), pages) if _NUMBER.fullmatch(asked) else 1
    first = (page - 1) * AT_ONCE
    return Found(
        choice=choice,
        narrowed=any(query.get(key, "").strip() for key in ("topic", "region", "month")),
        groups=_groups(events, choice, now),
        here=(coming + past)[first : first + AT_ONCE],
        coming=len(coming) - first,
        page=page,
        pages=pages,
    )


def _everything(site: Site, found: Found, before: Earlier) -> Response:
    public_url = site.house().public_url
    choice, page = found.choice, found.page
    graph = [event_data.data(event, public_url, before[event.id]) for event in found.here]
    return site.page(
        "events.html",
        framed=False,
        sections=_sections(
            found, [Shown.of(event, site, before[event.id]) for event in found.here]
        ),
        narrowed=found.narrowed,
        none_coming=found.coming <= 0 and page == 1 and not found.narrowed,
        groups=found.groups,
        feed=choice.query,
        page=page,
        pages=found.pages,
        before=choice.page(page - 1) if page > 1 else "",
        after=choice.page(page + 1) if page < found.pages else "",
        data=SCHEMA | {"@graph": graph},
    )


def _split(events: Iterable[Event], now: datetime) -> tuple[list[Event], list[Event]]:
    """What is coming or going on, the next first; and what is over, the latest first."""
    ordered = sorted(events, key=lambda event: (span(event)[0], event.id))
    coming = [event for event in ordered if not is_over(event, now)]
    past = [event for event in reversed(ordered) if is_over(event, now)]
    return coming, past


def _sections(found: Found, shown: Sequence[Shown]) -> list[Section]:
    """Those that are coming under one heading, the others by their years."""
    coming = max(found.coming, 0)
    sections = [
        Section(f"Vergangene Veranstaltungen {year}", list(past))
        for year, past in groupby(shown[coming:], key=lambda one: day_of(one.event.starts).year)
    ]
    if coming:
        sections.insert(0, Section("Kommende Veranstaltungen", list(shown[:coming])))
    return sections


def _groups(events: Sequence[Event], choice: Choice, now: datetime) -> dict[str, list[Option]]:
    """What the page can be narrowed down to, by kind."""
    known = {topic for event in events for topic in topics.telling(event)}
    regions = {alike(event.region): event.region for event in events if event.region}
    labels = {
        "topic": _by_label({topic: topics.name(topic) for topic in known}),
        "month": {month: _month_name(month) for month in _months(events, choice.month, now)},
        "region": _by_label(regions),
    }
    names = {"topic": "Thema", "month": "Zeitraum", "region": "Region"}
    return {names[key]: choice.options(key, of_key) for key, of_key in labels.items() if of_key}


def _by_label(labels: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(labels.items(), key=lambda item: item[1].casefold()))


def _months(events: Iterable[Event], chosen: str, now: datetime) -> Iterator[str]:
    """The months that come, then the years that were; of a chosen year its months, too."""
    coming, past = _split(events, now)
    today = day_of(now)
    for event in coming:
        yield _month(max(day_of(event.starts), today))
    for event in past:
        month = _month(day_of(event.starts))
        yield month[:4]
        if month[:4] == chosen[:4]:
            yield month


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _month_name(month: str) -> str:
    year, _, number = month.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}" if number else year


def _is_in(event: Event, month: str) -> bool:
    """Whether a part of it lies in a month („2027-05“) or a year („2027“)."""
    first, last = _month(day_of(event.starts)), _month(day_of(event.ends or event.starts))
    return bool(month) and first[: len(month)] <= month <= last[: len(month)]
