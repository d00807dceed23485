"""People have our events in their own calendar."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar
from starlette.applications import Starlette

from bot.channels.web.feeds import feeds
from knowledge.load import load, shipped
from knowledge.search import Knowledge

BERLIN = ZoneInfo("Europe/Berlin")
AWKWARD = """
- id: tag-der-kommas
  title: "Kommas, Semikolons; und \\\\ Schrägstriche – über 75 Oktette lang, mit Umlauten: äöüß 🎈"
  starts: 2027-06-01T18:00:00+00:00
  ends: 2027-06-01T19:30:00+00:00
  place: "Rathaus; Saal 2, Obergeschoss"
  link: https://example.org/a?b=1,2;c
  characters: [analog]
  topics: [veranstaltungen]
  description: |
    Erste Zeile
    BEGIN:VALARM
    Zweite Zeile
  source: Test
  checked_on: 2027-01-02
- id: zwei-tage
  title: Zwei ganze Tage
  starts: 2027-07-03
  ends: 2027-07-04
  characters: [digital]
  topics: []
  description: Ohne Uhrzeit.
  source: Test
  checked_on: 2027-01-02
"""


def knowledge_of(folder: Path, events: str) -> Knowledge:
    (folder / "events.yaml").write_text(events, encoding="utf-8")
    return Knowledge(load(folder))


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    known = knowledge_of(tmp_path, AWKWARD)
    web = Starlette(routes=[*feeds(lambda: known, lambda: "Hotline, Probe")])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(web), base_url="https://hotline.example"
    ) as client:
        yield client


def check_lines(body: bytes) -> list[str]:
    """RFC 5545, 3.1, by hand: CRLF, at most 75 octets, whole characters. The unfolded lines."""
    assert body.endswith(b"\r\n")
    lines = body.removesuffix(b"\r\n").split(b"\r\n")
    unfolded: list[bytes] = []
    for line in lines:
        assert b"\n" not in line
        assert b"\r" not in line
        assert 0 < len(line) <= 75
        line.decode("utf-8")
        if line.startswith(b" "):
            unfolded[-1] += line[1:]
        else:
            unfolded.append(line)
    return [line.decode("utf-8") for line in unfolded]


def events_of(body: bytes) -> dict[str, Calendar]:
    read = Calendar.from_ical(body.decode("utf-8"))
    return {str(event["uid"]).partition("@")[0]: event for event in read.walk("VEVENT")}


async def test_every_line_is_as_calendars_want_it(visitor: httpx.AsyncClient) -> None:
    response = await visitor.get("/events.ics")
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    lines = check_lines(response.content)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    assert "VERSION:2.0" in lines
    assert r"X-WR-CALNAME:Hotline\, Probe" in lines
    assert "X-PUBLISHED-TTL:PT12H" in lines
    for required in ("UID:", "DTSTAMP:", "DTSTART"):
        assert len([line for line in lines if line.startswith(required)]) >= 2
    # A description cannot begin an alarm.
    assert not any(line.startswith("BEGIN:VALARM") for line in lines)


async def test_what_was_written_is_what_is_read(visitor: httpx.AsyncClient) -> None:
    event = events_of((await visitor.get("/events/tag-der-kommas.ics")).content)["tag-der-kommas"]
    assert str(event["summary"]).startswith("Kommas, Semikolons; und \\ Schrägstriche")
    assert str(event["summary"]).endswith("äöüß 🎈")
    assert str(event["location"]) == "Rathaus; Saal 2, Obergeschoss"
    assert str(event["url"]) == "https://example.org/a?b=1,2;c"
    assert "Erste Zeile\nBEGIN:VALARM\nZweite Zeile" in str(event["description"])
    assert event.walk("VALARM") == []


async def test_times_are_those_of_our_clocks(visitor: httpx.AsyncClient) -> None:
    response = await visitor.get("/events.ics")
    assert "DTSTART;TZID=Europe/Berlin:20270601T200000" in check_lines(response.content)
    event = events_of(response.content)["tag-der-kommas"]
    assert event["dtstart"].dt == datetime(2027, 6, 1, 20, tzinfo=BERLIN)
    assert event["dtend"].dt == datetime(2027, 6, 1, 21, 30, tzinfo=BERLIN)


async def test_a_day_without_a_time_is_a_whole_day(visitor: httpx.AsyncClient) -> None:
    response = await visitor.get("/events/zwei-tage.ics")
    lines = check_lines(response.content)
    assert "DTSTART;VALUE=DATE:20270703" in lines
    # The end is the first day that does not belong to it any more.
    assert "DTEND;VALUE=DATE:20270705" in lines
    assert "BEGIN:VTIMEZONE" not in lines
    assert events_of(response.content)["zwei-tage"]["dtstart"].dt == date(2027, 7, 3)


async def test_a_calendar_that_asks_again_gets_the_same(visitor: httpx.AsyncClient) -> None:
    first, second = await visitor.get("/events.ics"), await visitor.get("/events.ics")
    assert first.content == second.content
    [single] = events_of((await visitor.get("/events/zwei-tage.ics")).content).values()
    assert single["uid"] == events_of(first.content)["zwei-tage"]["uid"]


async def test_a_calendar_that_has_everything_gets_nothing_more(visitor: httpx.AsyncClient) -> None:
    for path in ("/events.ics", "/events.ics?topic=veranstaltungen", "/events/zwei-tage.ics"):
        first = await visitor.get(path)
        tag, changed = first.headers["etag"], first.headers["last-modified"]
        assert changed == "Sat, 02 Jan 2027 00:00:00 GMT"
        assert first.headers["cache-control"] == "public, max-age=300"
        for asked in (
            {"If-None-Match": tag},
            {"If-None-Match": f'"anders", W/{tag}'},
            {"If-None-Match": "*"},
            {"If-Modified-Since": changed},
            {"If-Modified-Since": "Sun, 03 Jan 2027 00:00:00 GMT"},
            # The tag says more than the date.
            {"If-None-Match": tag, "If-Modified-Since": "Fri, 01 Jan 2027 00:00:00 GMT"},
        ):
            again = await visitor.get(path, headers=asked)
            assert (again.status_code, again.content) == (304, b""), asked
            assert again.headers["etag"] == tag
            assert again.headers["cache-control"] == "public, max-age=300"
            assert again.headers["cross-origin-resource-policy"] == "cross-origin"
        for asked in (
            {"If-None-Match": '"anders"'},
            {"If-None-Match": '"anders"', "If-Modified-Since": changed},
            {"If-Modified-Since": "Fri, 01 Jan 2027 00:00:00 GMT"},
            {"If-Modified-Since": "gestern"},
        ):
            again = await visitor.get(path, headers=asked)
            assert (again.status_code, again.content) == (200, first.content), asked


async def test_after_a_change_a_calendar_gets_the_new_one(tmp_path: Path) -> None:
    known = knowledge_of(tmp_path, AWKWARD).library.events
    changed = known["zwei-tage"].model_copy(
        update={"topics": (), "updated_at": datetime(2027, 1, 5, 12, tzinfo=UTC)}
    )
    programmes = [known | {"zwei-tage": known["zwei-tage"].model_copy(update={"topics": ("x",)})}]
    web = Starlette(
        routes=feeds(lambda: SimpleNamespace(library=SimpleNamespace(events=programmes[-1])), str)
    )
    transport = httpx.ASGITransport(web)
    async with httpx.AsyncClient(transport=transport, base_url="https://a.example") as client:
        for path in ("/events.ics", "/events.ics?topic=x"):
            programmes.append(programmes[0])
            first = await client.get(path)
            programmes.append(known | {"zwei-tage": changed})
            for header, value in (
                ("If-None-Match", "etag"),
                ("If-Modified-Since", "last-modified"),
            ):
                again = await client.get(path, headers={header: first.headers[value]})
                # It left the topic, and whoever subscribed to that learns it, too.
                assert again.status_code == 200
                assert again.content != first.content
                assert again.headers["last-modified"] == "Tue, 05 Jan 2027 12:00:00 GMT"
                assert again.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("name", ["gibt-es-nicht", "..%2Fetc", "zwei-tage.ics", ""])
async def test_an_unknown_event_is_not_there(visitor: httpx.AsyncClient, name: str) -> None:
    assert (await visitor.get(f"/events/{name}.ics")).status_code == 404


def test_all_our_own_events_can_be_read() -> None:
    from handlers.programme.calendars import calendar

    library = load(shipped())
    body = calendar(library.events.values(), "Kleinstadt-Hotline")
    check_lines(body)
    read = events_of(body)
    assert set(read) == set(library.events)
    for name, event in library.events.items():
        starts = event.starts
        wanted = starts.astimezone(BERLIN) if isinstance(starts, datetime) else starts
        assert read[name]["dtstart"].dt == wanted


def test_the_zone_we_describe_is_the_real_one() -> None:
    """Around both changes of a year: the rules in the file against the system's."""
    from icalendar import Component

    from handlers.programme.calendars import BERLIN_RULES

    described = Component.from_ical(BERLIN_RULES).to_tz(lookup_tzid=False)
    for month, day in [(3, 27), (3, 29), (7, 1), (10, 24), (10, 26), (12, 31)]:
        noon = datetime(2026, month, day, 12)  # noqa: DTZ001
        assert described.utcoffset(noon) == BERLIN.utcoffset(noon)


def test_without_events_the_calendar_is_empty_but_valid(tmp_path: Path) -> None:
    from handlers.programme.calendars import calendar

    lines = check_lines(calendar([], "Leer"))
    assert "BEGIN:VEVENT" not in lines
