"""The coordination types times as on any other day, and none is taken for another one."""

import random
import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.desk.unclear import Unclear
from handlers.hours import BERLIN
from handlers.programme.appointments import LONGEST, Appointment, read, read_moment, written
from handlers.text import Text
from knowledge.load import load, shipped

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)  # a Tuesday, ten o'clock in Berlin
SAY = load(shipped()).texts.say
FORWARD = datetime(2027, 3, 27, 23, tzinfo=UTC)  # midnight before the hour that does not exist
BACK = datetime(2027, 10, 30, 22, tzinfo=UTC)  # midnight before the hour that exists twice

minutes = st.integers(0, 8 * 366 * 24 * 60).map(
    lambda minute: datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)
nights = st.builds(
    lambda night, minute: night + timedelta(minutes=minute),
    st.sampled_from([FORWARD, BACK]),
    st.integers(0, 6 * 60),
)
days = st.dates(date(2020, 1, 1), date(2090, 12, 31))


def shown(found: Appointment) -> str:
    """From when until when, with the offsets."""
    ends = f" – {found.ends.isoformat(' ', 'minutes')}" if isinstance(found.ends, datetime) else ""
    if isinstance(found.starts, datetime):
        return found.starts.isoformat(" ", "minutes") + ends
    return found.starts.isoformat() + (f" – {found.ends.isoformat()}" if found.ends else "")


def why(text: str, *, moment: bool = False, past_allowed: bool = False) -> str:
    """Why a text is not taken, by the name of the sentence."""
    with pytest.raises(Unclear) as caught:
        (read_moment if moment else read)(text, NOW, past_allowed=past_allowed)
    assert said(caught.value)
    return caught.value.name


def said(unclear: Unclear) -> str:
    """What people read then. Every place is filled, and nothing stands there unread."""
    sentence = SAY[unclear.name]
    assert set(re.findall(r"\{([a-z_]+)\}", sentence)) <= set(unclear.fields)
    return str(Text.written(sentence, **unclear.fields))


def moments(found: Appointment) -> list[datetime]:
    """In UTC: two hours of one night look alike in Berlin."""
    return [one.astimezone(UTC) for one in (found.starts, found.ends) if isinstance(one, datetime)]


# -- what people type ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12.3.2027 18:30", "2027-03-12 18:30+01:00"),
        ("12.3.2027 18:30-20 Uhr", "2027-03-12 18:30+01:00 – 2027-03-12 20:00+01:00"),
        (
            "12. März 2027, 18.30 bis 20 Uhr",
            "2027-03-12 18:30+01:00 – 2027-03-12 20:00+01:00",
        ),
        ("12. Juli 2027 18–20 Uhr", "2027-07-12 18:00+02:00 – 2027-07-12 20:00+02:00"),
        ("12. Juli 2027 18h30 — 20h", "2027-07-12 18:30+02:00 – 2027-07-12 20:00+02:00"),
        ("Fr 12.03. 18:30", "2027-03-12 18:30+01:00"),
        ("Fr., 12.03. um 18.30 Uhr", "2027-03-12 18:30+01:00"),
        ("Fr 12.03 18:30", "2027-03-12 18:30+01:00"),
        ("12.3.2027 (Freitag), 18:30 Uhr", "2027-03-12 18:30+01:00"),
        (
            "Freitag, den 12. März 2027 um 18 Uhr 30 bis ca. 20 Uhr",
            "2027-03-12 18:30+01:00 – 2027-03-12 20:00+01:00",
        ),
        ("am 12.3. von 18 bis 20 Uhr", "2027-03-12 18:00+01:00 – 2027-03-12 20:00+01:00"),
        ("von 18 bis 20 Uhr am 12.3.", "2027-03-12 18:00+01:00 – 2027-03-12 20:00+01:00"),
        (
            "12.3.2027, Beginn: 18 Uhr, Ende: 20 Uhr",
            "2027-03-12 18:00+01:00 – 2027-03-12 20:00+01:00",
        ),
        ("12.3.2027 18-20", "2027-03-12 18:00+01:00 – 2027-03-12 20:00+01:00"),
        ("12. März 18-20", "2027-03-12 18:00+01:00 – 2027-03-12 20:00+01:00"),
        ("12.3.2027 14 Uhr", "2027-03-12 14:00+01:00"),
        ("12.3.2027 14h", "2027-03-12 14:00+01:00"),
        ("12.3.2027 14 Uhr 30.", "2027-03-12 14:30+01:00"),
        ("14 Uhr, 12. März 2027", "2027-03-12 14:00+01:00"),
        ("12.3.27 14:00", "2027-03-12 14:00+01:00"),
        ("12. März 27 14:00", "2027-03-12 14:00+01:00"),
        ("12. märz '27 14:00", "2027-03-12 14:00+01:00"),
        ("12. 3. 2027 14:00", "2027-03-12 14:00+01:00"),
        ("12.03.14:00", "2027-03-12 14:00+01:00"),
        ("12.3.2027 / 14 Uhr", "2027-03-12 14:00+01:00"),
        ("12. Maerz 14 Uhr", "2027-03-12 14:00+01:00"),
        ("12. Septmber 14 Uhr", "2027-09-12 14:00+02:00"),
        ("3. Feb. 2027, 17 Uhr", "2027-02-03 17:00+01:00"),
        ("2027-03-12 18:30", "2027-03-12 18:30+01:00"),
        ("2027-03-12T18:30", "2027-03-12 18:30+01:00"),
        ("2027-03-12T18:30:00", "2027-03-12 18:30+01:00"),
        (
            "2027-03-12 18:30 - 2027-03-12 20:00",
            "2027-03-12 18:30+01:00 – 2027-03-12 20:00+01:00",
        ),
        ("heute 18 Uhr", "2026-11-24 18:00+01:00"),
        ("morgen 18 Uhr", "2026-11-25 18:00+01:00"),
        ("morgen, Mittwoch, 18 Uhr", "2026-11-25 18:00+01:00"),
        ("morgen, 25.11., 18 Uhr", "2026-11-25 18:00+01:00"),
        ("morgen Abend 18 Uhr", "2026-11-25 18:00+01:00"),
        ("morgen früh 8 Uhr", "2026-11-25 08:00+01:00"),
        ("übermorgen um 9", "2026-11-26 09:00+01:00"),
        ("nächsten Dienstag 18 Uhr", "2026-12-01 18:00+01:00"),
        ("naechsten dienstag 18 uhr", "2026-12-01 18:00+01:00"),
        ("nächste Woche Freitag 18 Uhr", "2026-12-04 18:00+01:00"),
        ("Fr 18.30", "2026-11-27 18:30+01:00"),
        ("in 3 Tagen 18 Uhr", "2026-11-27 18:00+01:00"),
        ("12.3.2027 ab 9 Uhr", "2027-03-12 09:00+01:00"),
        ("12.3.2027 18-24 Uhr", "2027-03-12 18:00+01:00 – 2027-03-13 00:00+01:00"),
        (
            "12.03.2027 18:30 bis 13.03.2027 12:00",
            "2027-03-12 18:30+01:00 – 2027-03-13 12:00+01:00",
        ),
        (
            "Fr 12.3. 18 Uhr bis So 14.3. 12 Uhr",
            "2027-03-12 18:00+01:00 – 2027-03-14 12:00+01:00",
        ),
        (
            "12.–13. Juni 2027, 10–16 Uhr",
            "2027-06-12 10:00+02:00 – 2027-06-13 16:00+02:00",
        ),
        ("heute 8 bis 18 Uhr", "2026-11-24 08:00+01:00 – 2026-11-24 18:00+01:00"),
        # Days without hours
        ("12.3.2027", "2027-03-12"),
        ("12. März 2027 ganztägig", "2027-03-12"),
        ("ganztags am 12.3.27", "2027-03-12"),
        ("heute", "2026-11-24"),
        ("24.11.", "2026-11-24"),
        ("23.11.", "2027-11-23"),
        ("29.2.", "2028-02-29"),
        ("12.–13. Juni 2027", "2027-06-12 – 2027-06-13"),
        ("12-13. Juni", "2027-06-12 – 2027-06-13"),
        ("12./13. Juni 2027", "2027-06-12 – 2027-06-13"),
        ("12. und 13. Juni 2027", "2027-06-12 – 2027-06-13"),
        ("vom 12. bis zum 14.6.2027", "2027-06-12 – 2027-06-14"),
        ("Fr 12. bis So 14. März 2027", "2027-03-12 – 2027-03-14"),
        ("28. Februar bis 2. März 2027", "2027-02-28 – 2027-03-02"),
        ("20.11. bis 30.11.", "2026-11-20 – 2026-11-30"),  # it has begun, and still lasts
        ("28.12. bis 2.1.", "2026-12-28 – 2027-01-02"),
        ("28.12. bis 2.1.2028", "2027-12-28 – 2028-01-02"),
        ("28.12.2027 bis 2.1.", "2027-12-28 – 2028-01-02"),
        ("12.3.2027 bis 12.3.2027", "2027-03-12 – 2027-03-12"),
        # As it comes out of other programs
        ("12.\u00a0März\u00a02027, 18:30\u202fUhr", "2027-03-12 18:30+01:00"),
        ("12. Ma\u0308rz 2027, 18:30", "2027-03-12 18:30+01:00"),
        ("12.03.\u200b2027 18:30", "2027-03-12 18:30+01:00"),
    ],
)
def test_the_time_that_somebody_means(typed: str, meant: str) -> None:
    assert shown(read(typed, NOW)) == meant


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", "when_empty"),
        (" \n", "when_empty"),
        ("x" * 4000, "when_long"),
        ("12.3.2027 18:30 " * 250, "when_long"),
        ("irgendwann", "when_unclear"),
        ("jeden Freitag 18 Uhr", "when_unclear"),
        ("12.3.2027 18 Uhr 19 Uhr", "when_unclear"),
        ("12.3.2027 18 Uhr im Rathaus", "when_unclear"),
        ("12.3.2027 Einlass 17 Uhr, Beginn 18 Uhr", "when_unclear"),
        ("bis 12.3.2027", "when_unclear"),
        ("12.3.2027 bis 20 Uhr", "when_unclear"),
        ("12. März 18", "when_unclear"),  # a year or an hour
        ("12/3/2027", "when_day"),  # March or December
        ("12. und 14. Juni", "when_unclear"),
        ("12.3.2027 18 Uhr ganztägig", "when_unclear"),
        ("١٢.٣.2027 18:30", "when_unclear"),
        ("१२.३.2027", "when_unclear"),
        ("\uff11\uff12.3.2027", "when_unclear"),
        ("12.3.2027 18³⁰", "when_unclear"),
        ("18 Uhr", "when_day"),
        ("Mai 2027", "when_day"),
        ("2027", "when_day"),
        ("nächste Woche 18 Uhr", "when_day"),
        ("am Wochenende", "when_day"),
        ("am 12.", "when_day"),
        ("30.02.", "when_date"),
        ("30. Februar 2027 18 Uhr", "when_date"),
        ("29.2.2027", "when_date"),
        ("31.4.2027", "when_date"),
        ("12.13.2027", "when_date"),
        ("0.3.2027", "when_date"),
        ("2027-02-30 18:30", "when_date"),
        ("12.3.20270", "when_year"),
        ("12. März 20270, 18 Uhr", "when_year"),
        ("12.3.202", "when_year"),
        ("12.3.1827", "when_year"),
        ("12.3." + "9" * 100, "when_year"),
        ("Sa 12.03. 18:30", "when_weekday"),
        ("12.3.2027 (Sonnabend)", "when_weekday"),
        ("Fr 12.3. bis Sa 14.3.", "when_weekday"),
        ("morgen, 26.11., 18 Uhr", "when_other_day"),
        ("12.3.2027 25:00", "when_hour"),
        ("12.3.2027 24:30", "when_hour"),
        ("12.3.2027 18:75", "when_hour"),
        ("12.3.2027 18-25 Uhr", "when_hour"),
        ("am 3. April um halb acht", "when_clock"),
        ("3. April viertel nach 7", "when_clock"),
        ("3. April acht Uhr", "when_clock"),
        ("morgen Abend", "when_clock"),
        ("morgen 8 Uhr abends", "when_clock"),
        ("12.3.2027 18:30 bis 13.3.2027", "when_both_hours"),
        ("12.–13. Juni 2027 10 Uhr", "when_both_hours"),
        ("12.3.2027 20:00 bis 18:30", "when_backwards"),
        ("12.3.2027 22 bis 2 Uhr", "when_backwards"),
        ("13.6.2027 bis 12.6.2027", "when_backwards"),
        ("13.–12. Juni", "when_backwards"),
        ("12.6.2027 bis 11.6.", "when_backwards"),
        ("1.12. bis 1.11.", "when_backwards"),
        ("12.3.2020", "when_past"),
        ("12.3.2020 18:30 bis 20 Uhr", "when_past"),
        ("23.11.2026", "when_past"),
        ("heute 8 Uhr", "when_past"),
        ("28.03.2027 02:30", "when_missing_hour"),
        ("28.03.2027 02:00 bis 04:00", "when_missing_hour"),
        ("27.03.2027 22:00 bis 02:30", "when_missing_hour"),
        ("12.7.2027 18:30 MEZ", "when_zone"),
    ],
)
def test_what_can_be_meant_in_two_ways_or_in_none_is_asked_about(typed: str, name: str) -> None:
    assert why(typed) == name


def test_what_is_wrong_is_named_and_the_way_out_is_shown() -> None:
    def answer(typed: str) -> str:
        with pytest.raises(Unclear) as caught:
            read(typed, NOW)
        return said(caught.value)

    assert answer("Sa 12.03. 18:30") == (
        "Der 12. März 2027 ist ein Freitag, kein Samstag. "
        "Schreiben Sie zum Beispiel: Freitag, 12.03.2027"
    )
    assert answer("12.3.2027 22-2 Uhr").endswith(": 12.03.2027 22:00 bis 13.03.2027 02:00")
    assert answer("28.3.2027 2:30").startswith("28.03.2027 02:30 Uhr gibt es nicht")
    assert answer("28.3.2027 2:30").endswith(": 28.03.2027 03:30")
    assert "„20270“" in answer("12.3.20270")
    assert "„25:00“" in answer("12.3.2027 25:00")
    assert answer("12.3.2020 18 Uhr").startswith("12.03.2020 18:00 ist schon vorbei")


def test_what_we_show_as_an_example_is_taken(subtests: pytest.Subtests) -> None:
    wrong = ["", "x", "18 Uhr", "30.2.", "12.3.20270", "25:00", "halb acht", "12.3.2020"]
    wrong += ["Sa 12.03.", "28.3.2027 2:30", "12.3.2027 22-2 Uhr", "12.7.2027 18 Uhr MEZ"]
    wrong += ["31.10.2027 23:00 bis 02:30", "30.10.2027 23:00 bis 02:30", "morgen, 26.11."]
    for typed in wrong:
        with subtests.test(typed=typed), pytest.raises(Unclear) as caught:
            read(typed, NOW)
        read(str(caught.value.fields["example"]), NOW)
        with pytest.raises(Unclear) as caught:
            read_moment(typed, NOW)
        read_moment(str(caught.value.fields["example"]), NOW)


def test_the_past_can_be_allowed_for_what_has_been() -> None:
    assert shown(read("11.3.2021 18:30", NOW, past_allowed=True)) == "2021-03-11 18:30+01:00"
    assert read_moment("1.3.2021", NOW, past_allowed=True) == date(2021, 3, 1)


# -- one point in time ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("10. März 2027", date(2027, 3, 10)),
        ("bis 10. März 2027", date(2027, 3, 10)),
        ("bis zum 10.3.", date(2027, 3, 10)),
        ("spätestens Freitag", date(2026, 11, 27)),
        ("heute", date(2026, 11, 24)),
        ("morgen 9 Uhr", datetime(2026, 11, 25, 9, tzinfo=BERLIN)),
        ("heute 18:00", datetime(2026, 11, 24, 18, tzinfo=BERLIN)),
        ("bis 10.3.2027, 24 Uhr", datetime(2027, 3, 11, tzinfo=BERLIN)),
    ],
)
def test_a_deadline_is_one_point_in_time(typed: str, meant: date) -> None:
    assert read_moment(typed, NOW) == meant


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("12.3.2027 18 bis 20 Uhr", "when_one"),
        ("12.–13. Juni 2027", "when_one"),
        ("heute 8:00", "when_past"),
        ("18:00", "when_day"),
        ("", "when_empty"),
        ("28.3.2027 2:30", "when_missing_hour"),
    ],
)
def test_a_deadline_is_not_guessed_either(typed: str, name: str) -> None:
    assert why(typed, moment=True) == name


# -- the nights in which the clock is changed ------------------------------------------


@pytest.mark.parametrize(
    ("typed", "offset", "doubled"),
    [
        ("31.10.2027 02:30", 2, True),
        ("31.10.2027 02:30 Uhr MESZ", 2, False),
        ("31.10.2027 02:30 Uhr (Sommerzeit)", 2, False),
        ("31.10.2027 02:30 Uhr MEZ", 1, False),
        ("31.10.2027 2.30 Uhr Winterzeit", 1, False),
        ("31.10.2027 01:59", 2, False),
        ("31.10.2027 03:00", 1, False),
        ("31.10.2027 03:00 MEZ", 1, False),
    ],
)
def test_of_two_equal_times_the_first_is_taken_unless_somebody_says_which(
    typed: str, offset: int, doubled: bool
) -> None:
    found = read(typed, NOW)
    assert isinstance(found.starts, datetime)
    assert found.starts.utcoffset() == timedelta(hours=offset)
    assert found.doubled is doubled
    assert (found.note in SAY) is doubled


def test_what_ends_in_the_hour_that_comes_twice_does_not_end_before_it_begins() -> None:
    late = read("31.10.2027 02:30 MEZ bis 02:45", NOW)
    assert moments(late)[1] - moments(late)[0] == timedelta(minutes=15)
    assert not late.doubled
    assert read("31.10.2027 01:00 bis 02:30", NOW).doubled
    over = read("31.10.2027 02:30 MESZ bis 02:10 MEZ", NOW)
    assert moments(over)[1] - moments(over)[0] == timedelta(minutes=40)
    assert why("31.10.2027 02:30 bis 02:10") == "when_backwards"


# -- writing and reading -----------------------------------------------------------------


def test_times_are_written_as_people_write_them() -> None:
    starts = datetime(2027, 3, 12, 18, 30, tzinfo=BERLIN)
    assert written(starts, starts + timedelta(minutes=90)) == "12.03.2027 18:30 bis 20:00"
    assert written(starts, starts + timedelta(hours=17, minutes=30)) == (
        "12.03.2027 18:30 bis 13.03.2027 12:00"
    )
    assert written(date(2027, 3, 12), date(2027, 3, 13)) == "12.03.2027 bis 13.03.2027"
    assert written(date(2027, 3, 12)) == "12.03.2027"
    assert written(datetime(2027, 7, 1, 16, tzinfo=UTC)) == "01.07.2027 18:00"
    assert written(datetime(2027, 10, 31, 1, 30, tzinfo=UTC)) == "31.10.2027 02:30 MEZ"


@given(
    starts=minutes | nights,
    length=st.none() | st.integers(0, 3 * 24 * 60),
    offset=st.integers(-12, 12),
)
@example(starts=BACK + timedelta(hours=2, minutes=30), length=30, offset=2)
@example(starts=BACK + timedelta(hours=2, minutes=30), length=60, offset=0)
@example(starts=FORWARD + timedelta(minutes=119), length=1, offset=1)
def test_what_we_write_we_read_again(starts: datetime, length: int | None, offset: int) -> None:
    elsewhere = timezone(timedelta(hours=offset))
    ends = None if length is None else (starts + timedelta(minutes=length)).astimezone(elsewhere)
    found = read(written(starts.astimezone(elsewhere), ends), NOW, past_allowed=True)
    assert moments(found) == [starts, ends][: len(moments(found))]
    assert (found.ends is None) is (ends is None)
    assert not found.doubled
    assert {one.tzinfo for one in (found.starts, found.ends) if isinstance(one, datetime)} == {
        BERLIN
    }


@pytest.mark.parametrize("night", [FORWARD, BACK])
def test_every_minute_of_the_nights_in_which_the_clock_is_changed(night: datetime) -> None:
    for minute in range(-30, 6 * 60):
        at = night + timedelta(minutes=minute)
        assert moments(read(written(at), NOW)) == [at]
        until = at + timedelta(minutes=60)
        assert moments(read(written(at, until), NOW)) == [at, until]


@given(first=days, length=st.none() | st.integers(0, 400))
def test_days_that_we_write_we_read_again(first: date, length: int | None) -> None:
    last = None if length is None else first + timedelta(days=length)
    found = read(written(first, last), NOW, past_allowed=True)
    assert (found.starts, found.ends) == (first, last)
    assert read_moment(written(first), NOW, past_allowed=True) == first


@given(day=days, now=minutes, minute=st.integers(4 * 60, 24 * 60 - 1))
def test_a_day_without_its_year_is_the_next_one_that_is_not_past(
    day: date, now: datetime, minute: int
) -> None:
    typed = f"{day.day}.{day.month}. {minute // 60}:{minute % 60:02}"
    found = read(typed, now, past_allowed=True).starts
    today = now.astimezone(BERLIN).date()
    assert isinstance(found, datetime)
    assert (found.day, found.month) == (day.day, day.month)
    assert (found.hour, found.minute) == (minute // 60, minute % 60)
    assert today <= found.date()
    leap = (day.day, day.month) == (29, 2)
    assert found.date() <= today + timedelta(days=366 * (8 if leap else 1))


# -- whatever somebody types -----------------------------------------------------------------

# fmt: off
SNIPPETS = (
    "12.3.2027", "12.", "13.", "3.", "März", "30.02.", "2027", "27", "18", "18:30", "18.30",
    "25:00", "Uhr", "h", "bis", "-", "–", "/", "und", "von", "vom", "am", "um", "Fr", "Samstag",
    "morgen", "nächsten", "Dienstag", "ganztägig", "halb", "MEZ", "Sommerzeit", "abends",
    "2027-03-12", "T18:30", "ca.", "31.10.2027", "28.3.2027", "2:30", ",", ".", "(", ")", "'",
    "٣", "³", "99999", "heute", "Woche", "in", "drei", "Tagen", "Ende",
)
# fmt: on


@given(
    st.text(max_size=LONGEST + 10)
    | st.lists(st.sampled_from(SNIPPETS), max_size=9).map(" ".join)
    | st.lists(st.sampled_from(SNIPPETS), max_size=6).map("".join)
)
def test_whatever_is_typed_is_taken_or_asked_about(typed: str) -> None:
    for reader in (read, read_moment):
        try:
            found = reader(typed, NOW)
        except Unclear as unclear:
            said(unclear)
            continue
        if isinstance(found, Appointment):
            again = read(written(found.starts, found.ends), NOW)
            assert moments(again) == moments(found)
            assert (again.starts, again.ends) == (found.starts, found.ends)
        else:
            assert read_moment(written(found), NOW) == found


def test_a_page_full_of_digits_is_refused_at_once() -> None:
    chance = random.Random(7)
    for _ in range(50):
        typed = "".join(chance.choice("0123456789.:- ") for _ in range(4000))
        assert why(typed) == "when_long"
