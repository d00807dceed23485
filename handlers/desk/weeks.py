"""Figures by weeks in Berlin, of which nobody can be recognised.

A number under `FEW` is not shown, and cannot be computed from what is:

- Only weeks that are over are counted, so that nobody learns what somebody did
  by looking twice.
- A week with less than `FEW` shows nothing. Its number is added to the next weeks
  until there are at least `FEW` together, and these are published as one figure,
  whoever asks and for whatever span (`gathered`). All that is shown is a sum of such
  figures, so every difference of two of them is zero or at least `FEW`. Nor does the
  figure say how it is made up: whatever the weeks before had, from nothing to
  `FEW - 1`, the same would stand there. Zero is hidden like all the others.
- What was gathered begins anew with each calendar year and never with the span that
  somebody chose: two spans of different length show the same figure for a week.
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handlers.hours import BERLIN, day_of
from storage.moments import stamp

FEW = 5
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Cell:
    """A published figure of one week; None is one under `FEW`. `together`: it holds the
    weeks before that show none."""

    number: int | None
    together: bool = False


def mondays(now: datetime, number: int) -> tuple[date, ...]:
    """The last weeks in Berlin that are over, oldest first."""
    today = day_of(now)
    this = today - timedelta(days=today.weekday())
    return tuple(this - WEEK * back for back in range(number, 0, -1))


def _since(monday: date) -> tuple[date, ...]:
    """The weeks before it in its calendar year."""
    first = date.fromisocalendar(monday.isocalendar().year, 1, 1)
    return tuple(first + WEEK * week for week in range((monday - first) // WEEK))


def begin(day: date) -> datetime:
    """When the day begins by the clock on the wall, however long the one before was."""
    return datetime.combine(day, time(), BERLIN)


def gathered(numbers: Sequence[int], anew: Container[int]) -> list[range | None]:
    """For each week the weeks that it publishes together; None for those that publish nothing.

    `anew` are weeks from which on nothing is carried over.
    """
    found: list[range | None] = []
    first = waiting = 0
    for week, number in enumerate(numbers):
        if week in anew:
            first, waiting = week, 0
        waiting += number
        if waiting < FEW:
            found.append(None)
        else:
            found.append(range(first, week + 1))
            first, waiting = week + 1, 0
    return found


def total(cells: Iterable[Cell]) -> int | None:
    return summed(cell.number for cell in cells)


def summed(numbers: Iterable[int | None]) -> int | None:
    return sum(number for number in numbers if number is not None) or None


def share_of(part: int | None, numbers: Iterable[int | None]) -> int | None:
    whole = summed(numbers)
    return None if part is None or whole is None else round(100 * part / whole)


class Weeks:
    """The weeks of an overview and those before them that it has to know."""

    def __init__(self, now: datetime, number: int) -> None:
        self.shown = mondays(now, number)
        self.all = (*_since(self.shown[0]), *self.shown)
        self._before = len(self.all) - number
        self._place = {monday: week for week, monday in enumerate(self.all)}
        self._anew = {week for week, day in enumerate(self.all) if day.isocalendar().week == 1}
        self.end = self.shown[-1] + WEEK
        # Stamps compare like the times they stand for.
        self._bounds = [stamp(begin(day)) for day in (*self.all, self.end)]

    def __len__(self) -> int:
        return len(self.all)

    def of_day(self, monday: date) -> int:
        return self._place[monday]

    def of(self, at: str | None) -> int | None:
        """The week of a stamp; None if it is none of these."""
        week = bisect_right(self._bounds, at) - 1 if at else -1
        return week if 0 <= week < len(self.all) else None

    def published(self, numbers: Sequence[int]) -> list[range | None]:
        return gathered(numbers, self._anew)[self._before :]

    def cells(self, numbers: Sequence[int]) -> tuple[Cell, ...]:
        return tuple(
            Cell(None) if weeks is None else Cell(_within(numbers, weeks), len(weeks) > 1)
            for weeks in self.published(numbers)
        )

    def total(self, numbers: Sequence[int]) -> int | None:
        return total(self.cells(numbers))


def _within(numbers: Sequence[int], weeks: range) -> int:
    return sum(numbers[week] for week in weeks)
