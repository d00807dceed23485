"""People are told honestly when somebody will answer."""

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.hours import BERLIN, DAYS, STATES, Calendar, OfficeHours, speak

WEEKDAYS = OfficeHours.parse("Mo-Fr 09:00-16:00")
WITH_LUNCH = OfficeHours.parse("Mo-Do 08:00-12:00 13:00-16:00; Fr 08:00-12:00")
ROUND_THE_CLOCK = OfficeHours.parse("Mo-So 00:00-24:00")

# Both nights of 2026 in which the clock changes in Germany.
SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type, misc]


@st.composite
def office_hours(draw: st.DrawFn) -> OfficeHours:
    """Any week somebody could set up, also at night, when the clock changes."""
    minutes = st.integers(0, 24 * 4).map(lambda quarter: quarter * 15)
    week = []
    for _ in DAYS:
        edges = sorted(draw(st.lists(minutes, unique=True, max_size=6)))
        week.append(tuple(zip(edges[::2], edges[1::2], strict=False)))
    if not any(week):
        week[draw(st.integers(0, 6))] = ((540, 960),)
    return OfficeHours(tuple(week))


calendars = st.builds(Calendar, office_hours(), st.sampled_from(["", *STATES]))
near_a_clock_change = st.one_of(
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes),
        st.sampled_from([SPRING, AUTUMN]),
        st.integers(-3 * 24 * 60, 3 * 24 * 60),
    ),
    st.integers(0, 20 * 365 * 24 * 60).map(
        lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
durations = st.integers(0, 40 * 60).map(lambda minutes: timedelta(minutes=minutes))


# What operators may write


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Mo-Fr 09:00-16:00", "Mo-Fr 09:00-16:00"),
        ("Mo – Fr 9:00 – 16:00", "Mo-Fr 09:00-16:00"),
        (
            "Di,Do 10:00-12:00, 14:00-18:00;",
            "Di 10:00-12:00 14:00-18:00; Do 10:00-12:00 14:00-18:00",
        ),
        ("Fr 08:00-12:00; Mo-Do 13:00-16:00; Mo-Do 08:00-12:00", str(WITH_LUNCH)),
        ("Mo-So 00:00-24:00", "Mo-So 00:00-24:00"),
    ],
)
def test_hours_are_understood_the_way_people_write_them(written, meant):
    assert str(OfficeHours.parse(written)) == meant


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("", "fehlen Tage und Zeiten"),
        (" ; ", "fehlen Tage und Zeiten"),
        ("09:00-16:00", "fehlen die Tage"),
        ("Mo-Fr", "fehlen die Zeiten"),
        ("Mon-Fr 09:00-16:00", "„Mon“ ist kein Tag"),
        ("Mo-Mi-Fr 09:00-16:00", "„Mo-Mi-Fr“ ist kein Tag"),
        ("Fr-Mo 09:00-16:00", "läuft rückwärts"),
        ("Mo 9-16", "keine Zeit von–bis"),
        ("Mo 09:00-25:00", "gibt es nicht"),
        ("Mo 09:75-16:00", "gibt es nicht"),
        ("Mo 16:00-09:00", "nicht nach dem Anfang"),
        ("Mo 09:00-12:00 11:00-16:00", "Am Mo überschneiden"),
        ("Mo-Do 08:00-16:00 Fr 08:00-12:00", "fehlt ein Semikolon vor „Fr“"),
    ],
)
def test_whoever_mistypes_the_hours_is_told_what_is_wrong(written, complaint):
    with pytest.raises(ValueError, match=complaint):
        OfficeHours.parse(written)


@given(st.text(max_size=30) | st.text(alphabet="MoDiFr-:;, 0192", max_size=30))
def test_no_text_at_all_breaks_the_reading_of_hours(text):
    with suppress(ValueError):
        assert any(OfficeHours.parse(text).week)


@given(office_hours())
def test_hours_written_down_are_read_back_the_same(hours):
    assert OfficeHours.parse(str(hours)) == hours


# When somebody is there


def test_somebody_is_there_in_office_hours_and_not_at_noon_or_on_sunday():
    calendar = Calendar(WITH_LUNCH)
    assert calendar.is_open(berlin(2026, 11, 23, 8, 0))
    assert calendar.is_open(berlin(2026, 11, 23, 11, 59))
    assert not calendar.is_open(berlin(2026, 11, 23, 12, 0))
    assert not calendar.is_open(berlin(2026, 11, 27, 13, 30))
    assert not calendar.is_open(berlin(2026, 11, 29, 10, 0))


def test_office_hours_are_german_wall_clock_hours_in_summer_and_in_winter():
    calendar = Calendar(WEEKDAYS)
    assert calendar.next_opening(datetime(2026, 7, 1, tzinfo=UTC)) == datetime(
        2026, 7, 1, 7, tzinfo=UTC
    )
    assert calendar.next_opening(datetime(2026, 12, 1, tzinfo=UTC)) == datetime(
        2026, 12, 1, 8, tzinfo=UTC
    )


def test_reformation_day_is_free_in_saxony_but_not_in_bavaria():
    friday = berlin(2025, 10, 31, 10, 0)
    assert not Calendar(WEEKDAYS, "SN").is_open(friday)
    assert Calendar(WEEKDAYS, "BY").is_open(friday)
    assert Calendar(WEEKDAYS).is_open(friday)


@pytest.mark.parametrize("state", ["", *STATES])
def test_german_unity_day_and_christmas_are_free_everywhere(state):
    calendar = Calendar(WEEKDAYS, state)
    assert not calendar.is_open(berlin(2025, 10, 3, 10, 0))
    assert not calendar.is_open(berlin(2026, 12, 25, 10, 0))
    assert calendar.is_open(berlin(2026, 12, 23, 10, 0))


def test_a_question_before_easter_is_answered_after_it():
    calendar = Calendar(WEEKDAYS, "TH")
    thursday_evening = berlin(2026, 4, 2, 17, 0)
    assert calendar.next_opening(thursday_evening) == berlin(2026, 4, 7, 9, 0)
    assert calendar.add_working_time(thursday_evening, timedelta(hours=4)) == berlin(
        2026, 4, 7, 13, 0
    )


def test_work_pauses_for_lunch_and_the_weekend():
    calendar = Calendar(WITH_LUNCH)
    friday = berlin(2026, 11, 20, 11, 0)
    assert calendar.add_working_time(friday, timedelta(hours=6)) == berlin(2026, 11, 23, 14, 0)
    assert calendar.add_working_time(friday, timedelta(hours=1)) == berlin(2026, 11, 20, 12, 0)


@pytest.mark.parametrize(("change", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_night_in_which_the_clock_changes_has_its_real_length(change, hours):
    day = change.astimezone(BERLIN).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    done = Calendar(ROUND_THE_CLOCK).add_working_time(midnight, timedelta(hours=hours))
    done_there = done.astimezone(BERLIN)
    assert (done_there.date(), done_there.hour) == (day + timedelta(days=1), 0)


@pytest.mark.parametrize("change", [SPRING, AUTUMN])
def test_a_moment_is_the_same_in_whatever_zone_it_is_told(change):
    calendar = Calendar(OfficeHours.parse("So 00:00-04:00; Mo 09:00-16:00"))
    for minutes in range(-120, 180, 15):
        at = change + timedelta(minutes=minutes)
        there = at.astimezone(BERLIN)
        assert calendar.is_open(there) == calendar.is_open(at)
        assert calendar.next_opening(there) == calendar.next_opening(at)
        later = at + timedelta(minutes=30)
        assert speak(later.astimezone(BERLIN), there) == speak(later, at) != "in Kürze"


def test_hours_that_the_clock_skips_in_march_do_not_exist():
    night = Calendar(OfficeHours.parse("So 02:00-03:00; Mo 09:00-10:00"))
    assert night.next_opening(SPRING - timedelta(hours=2)) == berlin(2026, 3, 30, 9, 0)
    half = Calendar(OfficeHours.parse("So 02:30-04:00"))
    assert half.next_opening(SPRING - timedelta(hours=2)) == SPRING


@given(calendars, near_a_clock_change)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar, at):
    opening = calendar.next_opening(at)
    assert opening >= at
    assert calendar.is_open(opening)
    assert calendar.is_open(at) == (opening == at)
    between = at + (opening - at) * 0.5
    assert between == opening or not calendar.is_open(between)


@given(calendars, near_a_clock_change, durations)
def test_work_is_never_done_sooner_than_it_takes(calendar, at, needed):
    done = calendar.add_working_time(at, needed)
    assert done - calendar.next_opening(at) >= needed
    # The minute before, somebody was still at it.
    if needed:
        assert calendar.is_open(done - timedelta(microseconds=1))


@given(calendars, near_a_clock_change, durations, durations.filter(bool))
def test_work_done_in_two_parts_takes_as_long_as_in_one(calendar, at, first, second):
    in_parts = calendar.add_working_time(calendar.add_working_time(at, first), second)
    assert in_parts == calendar.add_working_time(at, first + second)


@given(calendars, near_a_clock_change, st.integers(1, 600), durations)
def test_who_asks_later_is_never_served_sooner(calendar, at, minutes, needed):
    later = at + timedelta(minutes=minutes)
    assert calendar.add_working_time(at, needed) <= calendar.add_working_time(later, needed)


@given(near_a_clock_change, st.sampled_from(["", *STATES]))
def test_nobody_is_there_on_new_years_day(at, state):
    new_year = datetime(at.year, 1, 1, 12, tzinfo=BERLIN)
    assert not Calendar(ROUND_THE_CLOCK, state).is_open(new_year)


def test_work_cannot_take_less_than_no_time():
    with pytest.raises(ValueError, match="negative"):
        Calendar(WEEKDAYS).add_working_time(SPRING, timedelta(hours=-1))


def test_a_command_that_asks_for_no_hours_does_not_wait_for_the_holidays():
    code = "import sys, handlers.hours; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# How it is said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (berlin(2026, 11, 22, 16, 0), "heute bis 16 Uhr"),
        (berlin(2026, 11, 22, 15, 50), "heute bis 16 Uhr"),
        (berlin(2026, 11, 22, 15, 31), "heute bis 15:45 Uhr"),
        (berlin(2026, 11, 23, 10, 0), "morgen gegen 10 Uhr"),
        (berlin(2026, 11, 24, 9, 0), "am Dienstag, 24. November, gegen 9 Uhr"),
        (berlin(2027, 3, 1, 9, 5), "am Montag, 1. März, gegen 9:15 Uhr"),
        (berlin(2026, 11, 22, 11, 0), "in Kürze"),
    ],
)
def test_a_moment_is_said_the_way_people_say_it(at, said):
    assert speak(at, berlin(2026, 11, 22, 11, 0)) == said


def test_today_is_the_german_today():
    # 23:30 UTC on Sunday is half past midnight on Monday where people read it.
    assert speak(berlin(2026, 11, 23, 9, 0), datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == (
        "heute bis 9 Uhr"
    )


@given(near_a_clock_change, st.integers(1, 20 * 24 * 60))
def test_an_estimate_never_promises_too_early(now, minutes):
    at = now + timedelta(minutes=minutes)
    said = speak(at, now)
    clock = said.removesuffix(" Uhr").rsplit(" ", 1)[1]
    hour, _, minute = clock.partition(":")
    within_a_quarter = [(at + timedelta(minutes=n)).astimezone(BERLIN) for n in range(15)]
    assert (int(hour), int(minute or 0)) in [(t.hour, t.minute) for t in within_a_quarter]


def test_a_year_has_no_more_holidays_than_saxony_says():
    calendar = Calendar(ROUND_THE_CLOCK, "SN")
    noons = (berlin(2026, 1, 1, 12) + timedelta(days=n) for n in range(365))
    closed = [noon.date() for noon in noons if not calendar.is_open(noon)]
    assert date(2026, 11, 18) in closed  # Buß- und Bettag, in Saxony alone
    assert len(closed) == 11
