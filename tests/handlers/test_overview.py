"""What may be shown of what happened, and that the rest cannot be worked out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.channels.web.desk_overview import facts, sheet, tables
from handlers.desk.overview import FEWEST, MOST, Overview, figures, lasting
from handlers.desk.weeks import FEW, WEEK, Cell, Weeks, gathered, mondays, total
from handlers.hours import Calendar, OfficeHours
from knowledge.load import Library, load, shipped
from storage.moments import stamp
from storage.statistics import Course

LIBRARY = load(shipped())
CALENDAR = Calendar(OfficeHours.parse("Mo-Fr 09:00-16:00"))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a Sunday: its week is not over
ENTRY = next(iter(LIBRARY.entries))
ANSWERED = ("answered", "")
NOT_HELPED = ("not_helped", ENTRY)
SHOWN = ("answer", ENTRY)

histories = st.lists(st.integers(0, 4) | st.integers(0, 12), min_size=MOST + 8, max_size=MOST + 8)


def overview(
    history: dict[tuple[str, str], Sequence[int]],
    number: int = 12,
    *,
    courses: Sequence[Course] = (),
    announced: Sequence[tuple[str, int]] = (),
    subscribed: Sequence[tuple[str, str, int]] = (),
    now: datetime = NOW,
    library: Library = LIBRARY,
) -> Overview:
    """Figures of a history, whose last number is that of the last week that is over."""
    weeks = Weeks(now, number)
    tallies = [
        (monday, what, subject, counted)
        for (what, subject), numbers in history.items()
        for monday, counted in zip(reversed(weeks.all), reversed(numbers), strict=False)
        if counted
    ]
    return figures(
        weeks,
        library,
        CALENDAR,
        tallies=tallies,
        courses=courses,
        announced=announced,
        subscribed=subscribed,
    )


def read(found: Overview) -> tuple[str, str]:
    """All that somebody can see of it: the page with its pictures, and the table for Excel."""
    return f"{facts(found)} {tables(found)}", sheet(found)


def course(
    created: datetime, answered: datetime | None = None, rating: str | None = None
) -> Course:
    at = stamp(answered) if answered else None
    return Course(stamp(created), at, at if rating else None, rating)


# -- numbers under five -------------------------------------------------------------------


@given(histories, st.sets(st.integers(0, MOST + 7)))
def test_whatever_is_published_is_at_least_five_and_so_is_every_difference(numbers, anew):
    published = gathered(numbers, anew)
    sums = [sum(numbers[week] for week in weeks) for weeks in published if weeks]
    assert all(number >= FEW for number in sums)
    told = [week for weeks in published if weeks for week in weeks]
    assert len(told) == len(set(told))


@given(histories)
def test_two_spans_never_differ_by_a_number_under_five(numbers):
    totals = [
        total(overview({ANSWERED: numbers}, span).outcomes["answered"]) or 0
        for span in range(FEWEST, MOST + 1)
    ]
    assert all(
        abs(one - other) == 0 or abs(one - other) >= FEW for one in totals for other in totals
    )


@given(histories, st.data())
def test_a_hidden_number_could_have_been_any_and_nobody_would_see_a_difference(numbers, data):
    """The strongest we can say: whatever of nothing to four a hidden week had, there is a
    history with which every page and every table of every span reads the same."""
    of = data.draw(st.sampled_from([ANSWERED, NOT_HELPED, SHOWN, ("handover", "")]))
    weeks = Weeks(NOW, len(numbers) - 8)
    numbers = [0] * (len(weeks) - len(numbers)) + numbers
    anew = {place for place, day in enumerate(weeks.all) if day.isocalendar().week == 1}
    published = gathered(numbers, anew)
    hidden = [place for place, found in enumerate(published) if found is None]
    assume(hidden)
    place = data.draw(st.sampled_from(hidden))
    spans = data.draw(st.sets(st.integers(FEWEST, MOST), min_size=2, max_size=3))
    # What is carried into the same figure, and the week that shows it, if there is one.
    first = max((found.stop for found in published[:place] if found), default=0)
    first = max([first, *(start for start in anew if start <= place)])
    figure = next((found for found in published[place:] if found and place in found), None)
    end = figure.stop if figure else min([at for at in anew if at > place], default=len(numbers))
    others = {SHOWN: [7] * len(numbers)} if of != SHOWN else {}
    seen = [read(overview({of: numbers, **others}, span)) for span in sorted(spans)]
    for value in range(FEW):
        instead = list(numbers)
        instead[first:end] = [0] * (end - first)
        instead[place] = value
        if figure:
            instead[end - 1] = sum(numbers[week] for week in figure) - value
        assert gathered(instead, anew) == published
        assert [read(overview({of: instead, **others}, span)) for span in sorted(spans)] == seen


@given(histories)
def test_no_week_shows_a_number_under_five(numbers):
    found = overview({ANSWERED: numbers})
    for cell in found.outcomes["answered"]:
        assert cell.number is None or cell.number >= FEW
    for row in tables(found)[0].rows:
        assert all(not one.isdecimal() or int(one) >= FEW for one in row[1:])


def test_small_weeks_are_told_together_with_the_next():
    found = overview({ANSWERED: [5, 6, 3, 0, 4, 9, 2]}, 6)
    assert found.outcomes["answered"] == (
        Cell(6), Cell(None), Cell(None), Cell(7, together=True), Cell(9), Cell(None),
    )  # fmt: skip
    assert found.questions == 22
    rows = tables(found)[0].rows
    assert [row[1] for row in rows] == ["6", "unter 5", "unter 5", "7*", "9", "unter 5", "22"]


def test_the_beginning_of_a_year_starts_anew():
    now = datetime(2027, 1, 20, 12, tzinfo=UTC)
    weeks = mondays(now, 4)
    assert weeks[1].isocalendar() == (2026, 53, 1)
    assert weeks[2].isocalendar() == (2027, 1, 1)
    found = overview({ANSWERED: [4, 0, 2, 3]}, 4, now=now)
    assert found.outcomes["answered"] == (
        Cell(None), Cell(None), Cell(None), Cell(5, together=True),
    )  # fmt: skip


def test_a_rare_entry_topic_rating_or_subscription_is_not_named():
    closed = NOW - timedelta(days=10)
    found = overview(
        {NOT_HELPED: [4], SHOWN: [4]},
        courses=[course(closed - timedelta(hours=1), closed, "bad")] * 4,
        announced=[(stamp(closed), 3)],
        subscribed=[("topic", "leerstand", 4), ("region", "Hinter der Mühle 3", 4)],
    )
    page, table = read(found)
    assert LIBRARY.entries[ENTRY].title not in page + table
    assert "Leerstand" not in page + table
    assert "Mühle" not in page + table
    assert found.ratings == {"good": None, "middling": None, "bad": None}
    assert (found.announcements, found.copies) == (None, None)
    assert found.times_in_all.median_all is None
    assert total(found.requests) is None


def test_one_spelling_of_a_region_is_as_good_as_another():
    found = overview({}, subscribed=[("region", "Uckermark", 3), ("region", "uckermark ", 2)])
    assert found.subscriptions == (("Region Uckermark", 5),)


def test_an_empty_store_has_no_figures_and_no_trouble():
    found = overview({})
    assert found.questions is None
    assert found.share("answered") is None
    assert found.rated("good") is None
    assert all(value in ("unter 5", "–") for _, value in facts(found))
    page, table = read(found)
    assert "NaN" not in page
    assert "Woche ab;Anfragen" in table


def test_shares_are_of_what_is_shown():
    found = overview({ANSWERED: [30], ("suggest", ""): [10], ("handover", ""): [3]})
    assert [found.share(one) for one in ("answered", "suggest", "handover")] == [75, 25, None]


# -- how long people waited ---------------------------------------------------------------


def test_nights_and_weekends_do_not_count_as_office_time():
    friday = datetime(2026, 11, 6, 14, tzinfo=UTC)  # 15 o'clock in Berlin
    monday = datetime(2026, 11, 9, 9, tzinfo=UTC)
    times = overview({}, courses=[course(friday, monday)] * 5).times_in_all
    assert times.median_work == 2 * 3600
    assert times.median_all == 67 * 3600
    assert (times.number, times.most_work) == (5, None)


def test_ninety_per_cent_are_told_from_ten_answers_on():
    came = datetime(2026, 11, 10, 8, tzinfo=UTC)
    waited = [course(came, came + timedelta(minutes=10 * each)) for each in range(1, 11)]
    times = overview({}, courses=waited).times_in_all
    assert times.median_work == 55 * 60
    assert times.most_work == 90 * 60
    assert overview({}, courses=waited[:9]).times_in_all.most_work is None


def test_four_answers_wait_for_the_next_week():
    came = datetime(2026, 11, 3, 9, tzinfo=UTC)
    few = [course(came, came + timedelta(hours=1))] * 4
    assert all(one.median_all is None for one in overview({}, courses=few).times)
    later = [course(came + WEEK, came + WEEK + timedelta(hours=3))]
    times = overview({}, courses=[*few, *later]).times
    assert [one.number for one in times[-2:]] == [None, 5]
    assert times[-1].median_all == 3600


# -- weeks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2026, 11, 22, 22, 59, tzinfo=UTC), date(2026, 11, 9)),
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), date(2026, 11, 16)),  # Monday in Berlin
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 16)),  # summer begins that day
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 23)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 12)),  # and ends on this one
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 19)),
    ],
)
def test_a_week_is_over_on_sunday_at_midnight_in_berlin(now, last):
    assert mondays(now, 12)[-1] == last


def test_a_request_of_the_last_minute_belongs_to_the_week_that_ends():
    # The Sunday on which the clock goes back has 25 hours; midnight is at 23 o'clock UTC.
    before = datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)
    after = before + timedelta(seconds=1)
    found = overview({}, 6, courses=[course(before)] * 6 + [course(after)] * 7)
    shown = dict(zip(found.weeks, found.requests, strict=True))
    assert shown[date(2026, 10, 19)] == Cell(6, together=True)
    assert shown[date(2026, 10, 26)] == Cell(7)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (20, "0 Min."),
        (3600, "1 Std."),
        (12_000, "3 Std. 20 Min."),
        (216_000, "2,5 Tage"),
    ],
)
def test_times_read_like_people_say_them(seconds, words):
    assert lasting(seconds) == words
