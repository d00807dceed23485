"""People have our events in their own calendar, and the calendar understands them.

The reader here is another one than the package that writes: two programs agree.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from handlers.programme.calendars import calendar
from knowledge.load import load, shipped
from knowledge.models import Event

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


def event(**changes: Any) -> Event:
    fields: dict[str, Any] = {
        "id": "stammtisch",
        "title": "Stammtisch; mit Komma, und 🎈",
        "starts": datetime(2027, 3, 25, 17, 30, tzinfo=UTC),
        "ends": datetime(2027, 3, 25, 19, tzinfo=UTC),
        "place": "Rathaus, Saal 2",
        "description": "Erste Zeile\nBEGIN:VALARM\nZweite Zeile, länger als 75 Zeichen, "
        "und deshalb in der Datei umbrochen wird, auch mitten in Wörtern wie Öffentlichkeit",
        "source": "Probe",
        "checked_on": date(2027, 1, 2),
    }
    return Event.model_validate(fields | changes)


def read(*events: Event, now: datetime | None = NOW, whole: bool = False) -> dict[str, Any]:
    """What a second, independent reader finds, by UID."""
    vobject = pytest.importorskip("vobject")
    text = calendar(events, "Probe", now, whole=whole).decode("utf-8")
    found = vobject.readOne(text)
    return {one.uid.value: one for one in found.contents.get("vevent", [])}


def alarms(one: Any) -> list[Any]:
    return list(one.contents.get("valarm", []))


def test_somebody_elses_program_reads_what_we_wrote() -> None:
    [one] = read(event()).values()
    assert one.uid.value == "stammtisch@kleinstadt-hotline"
    assert one.summary.value == "Stammtisch; mit Komma, und 🎈"
    assert one.location.value == "Rathaus, Saal 2"
    assert one.description.value == event().description
    assert one.dtstart.value == event().starts
    assert one.dtstart.value.hour == 18  # as on a clock in Berlin
    assert one.dtend.value - one.dtstart.value == timedelta(minutes=90)
    assert one.status.value == "CONFIRMED"


def test_somebody_elses_program_reads_our_whole_programme() -> None:
    library = load(shipped())
    read_events = read(*library.events.values(), whole=True)
    assert set(read_events) == {known.calendar_uid for known in library.events.values()}
    for known in library.events.values():
        one = read_events[known.calendar_uid]
        assert one.summary.value == known.title
        assert one.dtstart.value == known.starts


def test_around_the_nights_in_which_clocks_change_the_moment_is_right() -> None:
    for number, starts in enumerate(
        [
            datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
            datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
            datetime(2027, 10, 31, 2, 30, tzinfo=UTC),
        ]
    ):
        [one] = read(event(id=f"nacht-{number}", starts=starts, ends=None)).values()
        assert one.dtstart.value.astimezone(UTC) == starts


def test_days_without_a_time_end_with_their_last_day() -> None:
    [one] = read(event(starts=date(2027, 7, 3), ends=date(2027, 7, 4))).values()
    assert one.dtstart.value == date(2027, 7, 3)
    assert one.dtend.value == date(2027, 7, 5)


def test_who_imported_an_event_finds_it_under_the_name_it_came_with() -> None:
    assert set(read(event(uid="7f3a@stadt.example"))) == {"7f3a@stadt.example"}


def test_a_calendar_learns_that_an_event_was_moved_or_cancelled() -> None:
    changed = datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC)
    [one] = read(event(cancelled=True, sequence=4, updated_at=changed)).values()
    assert one.status.value == "CANCELLED"
    assert one.sequence.value == "4"
    assert one.dtstamp.value == changed
    assert one.contents["last-modified"][0].value == changed


def test_without_a_change_the_day_of_checking_is_told() -> None:
    [one] = read(event()).values()
    assert one.sequence.value == "0"
    assert one.dtstamp.value == datetime(2027, 1, 2, tzinfo=UTC)
    assert "last-modified" not in one.contents


def test_people_are_reminded_a_day_and_an_hour_before() -> None:
    [one] = read(event()).values()
    assert [alarm.trigger.value for alarm in alarms(one)] == [
        -timedelta(days=1),
        -timedelta(hours=1),
    ]
    assert {alarm.action.value for alarm in alarms(one)} == {"DISPLAY"}
    assert {alarm.description.value for alarm in alarms(one)} == {event().title}


@pytest.mark.parametrize(
    ("changes", "now", "expected"),
    [
        ({}, datetime(2027, 3, 25, 10, tzinfo=UTC), [-timedelta(hours=1)]),
        ({}, datetime(2027, 3, 25, 17, tzinfo=UTC), []),
        ({}, None, []),
        ({"cancelled": True}, NOW, []),
        ({"starts": date(2027, 3, 25), "ends": None}, NOW, []),
    ],
    ids=["the day has begun", "the hour has begun", "no now", "cancelled", "no time known"],
)
def test_no_calendar_rings_for_what_is_past_cancelled_or_without_a_time(
    changes: dict[str, Any], now: datetime | None, expected: list[timedelta]
) -> None:
    [one] = read(event(**changes), now=now).values()
    assert [alarm.trigger.value for alarm in alarms(one)] == expected


def test_the_entry_says_where_and_until_when_one_registers() -> None:
    until = datetime(2027, 3, 20, 17, tzinfo=UTC)
    registered = event(
        registration="https://anmelden.example/", registration_until=until, capacity=30
    )
    [one] = read(registered).values()
    assert "Anmeldung: https://anmelden.example/ (bis 20. März 2027, 18:00 Uhr)" in (
        one.description.value
    )
    assert "Plätze: 30" in one.description.value
    [one] = read(event(registration_until=date(2027, 3, 20))).values()
    assert one.description.value.endswith("\nAnmeldung bis 20. März 2027")


def test_what_only_we_understand_is_in_the_file_only_when_it_is_asked_for() -> None:
    phrases = ('Trifft man sich, und wo; "hier\\dort"?', "Stammtisch")
    spoken = event(asked_as=phrases)
    [one] = read(spoken).values()
    assert "x-kleinstadt-hotline" not in one.contents
    [one] = read(spoken, whole=True).values()
    ours = json.loads(one.contents["x-kleinstadt-hotline"][0].value)
    assert tuple(ours["asked_as"]) == phrases


def test_asked_twice_the_file_is_the_same() -> None:
    assert calendar([event()], "Probe", NOW) == calendar([event()], "Probe", NOW)
    assert {len(line) <= 75 for line in calendar([event()], "Probe", NOW).split(b"\r\n")} == {True}
