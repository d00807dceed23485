"""How long people waited for the first answer of a person.

Times are those of the requests in published figures (see `handlers.desk.weeks`): a median
needs `FEW` of them. Of nine values the 90 % are the slowest one, the time of a single
person; hence `MANY`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import ceil
from statistics import median

from handlers.desk.weeks import FEW, Weeks, begin
from handlers.hours import BERLIN, Calendar
from storage.moments import moment
from storage.statistics import Course

MANY = 10


@dataclass(frozen=True, slots=True)
class Times:
    """How long people waited for the first answer of a person, in seconds."""

    number: int | None = None
    median_work: float | None = None  # in office hours
    median_all: float | None = None  # by the clock
    most_work: float | None = None  # 90 % waited at most so long
    most_all: float | None = None


class _Worked:
    """How much office time lies between two moments, for many of them."""

    def __init__(self, spans: Iterable[tuple[datetime, datetime]]) -> None:
        self._opens: list[float] = []
        self._closes: list[float] = []
        self._before: list[float] = []
        done = 0.0
        for opens, closes in spans:
            self._opens.append(opens.timestamp())
            self._closes.append(closes.timestamp())
            self._before.append(done)
            done += self._closes[-1] - self._opens[-1]

    def between(self, start: float, end: float) -> float:
        return self._until(end) - self._until(start)

    def _until(self, at: float) -> float:
        span = bisect_right(self._opens, at) - 1
        if span < 0:
            return 0.0
        return self._before[span] + min(at, self._closes[span]) - self._opens[span]


@lru_cache(maxsize=8)
def _worked(calendar: Calendar, since: date, until: date) -> _Worked:
    return _Worked(calendar.open_between(begin(since), begin(until)))


def waited(
    weeks: Weeks, calendar: Calendar, courses: Iterable[Course]
) -> tuple[tuple[Times, ...], Times]:
    """In each week that is shown, and in all of them."""
    spans: list[list[tuple[float, float]]] = [[] for _ in weeks.all]
    for course in courses:
        week = weeks.of(course.answered_at)
        if week is not None and course.answered_at is not None:
            start, end = moment(course.created_at), moment(course.answered_at)
            spans[week].append((start.timestamp(), end.timestamp()))
    earliest = min((start for week in spans for start, _ in week), default=None)
    if earliest is None:
        return tuple(Times() for _ in weeks.shown), Times()
    since = datetime.fromtimestamp(earliest, BERLIN).date()
    worked = _worked(calendar, since, weeks.end)
    each: list[list[tuple[float, float]]] = [
        [] if together is None else [span for week in together for span in spans[week]]
        for together in weeks.published([len(week) for week in spans])
    ]
    in_all = [span for week in each for span in week]
    return tuple(_timed(worked, week) for week in each), _timed(worked, in_all)


def _timed(worked: _Worked, spans: Sequence[tuple[float, float]]) -> Times:
    if len(spans) < FEW:
        return Times()
    work = sorted(worked.between(start, end) for start, end in spans)
    whole = sorted(end - start for start, end in spans)
    if len(spans) < MANY:
        return Times(len(spans), median(work), median(whole))
    place = ceil(len(spans) * 0.9) - 1
    return Times(len(spans), median(work), median(whole), work[place], whole[place])
