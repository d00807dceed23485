"""The hotline in figures, by weeks in Berlin, and the message about them on Monday.

**Nobody is to be recognised.** A number under `FEW` is not shown, and cannot be
computed from what is:

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
- Sums and shares are made of published figures, never of what happened. No two
  figures count the same things in another order: topics are of the answers shown, also
  of those chosen from suggestions, and so no parts of the questions.
- Times are those of the requests in published figures: a median needs `FEW` of them.
  Of nine values the 90 % are the slowest one, the time of a single person; hence `MANY`.
- Subscriptions are counted as they stand now, each kind alone and without a number of
  people, of which the smallest kind could be the rest. What people typed themselves
  (regions) is named only where `FEW` of them typed the same.

What changes afterwards (an erasure, a late rating) changes past figures, too: whoever
kept them may see that something changed.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import ceil
from statistics import median

from handlers.desk import learning, toward_desk
from handlers.hours import BERLIN, Calendar, day_of
from handlers.message import Outgoing
from handlers.programme import digest, topics
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import GROUPS
from knowledge.load import Library
from storage import due, statistics, subscriptions
from storage.database import Tx
from storage.moments import moment, stamp
from storage.statistics import Course

OVERVIEW = "overview"  # the kind of its due row
FEW = 5
MANY = 10
USUAL, FEWEST, MOST = 12, 4, 52  # weeks
WEEK = timedelta(days=7)

# How a question ended, as it is tallied, in the order in which it is shown.
OUTCOMES = ("answered", "suggest", "handover")
SHOWN = ("answer", "chosen")
JUDGED = ("helped", "not_helped")
COUNTED = (*OUTCOMES, *SHOWN, *JUDGED)
RATINGS = ("good", "middling", "bad")

ANNOUNCED, COPIES, REQUESTS = "announced", "copies", "requests"
TOPIC, RATING = "topic", "rating"
FORMATS, EVENTS = "format:", "event:"  # no topic is called so


@dataclass(frozen=True, slots=True)
class Cell:
    """A published figure of one week; None is one under `FEW`. `together`: it holds the
    weeks before that show none."""

    number: int | None
    together: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """How long people waited for the first answer of a person, in seconds."""

    number: int | None = None
    median_work: float | None = None  # in office hours
    median_all: float | None = None  # by the clock
    most_work: float | None = None  # 90 % waited at most so long
    most_all: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry that did not help at least `FEW` times."""

    title: str
    not_helped: int
    helped: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """What may be shown to everybody who may see figures at all. None is a number under `FEW`."""

    weeks: tuple[date, ...]  # their Mondays
    outcomes: Mapping[str, tuple[Cell, ...]]  # of `OUTCOMES`
    requests: tuple[Cell, ...]
    times: tuple[Times, ...]
    times_in_all: Times
    topics: tuple[tuple[str, int], ...]  # most asked for first
    unhelpful: tuple[Judged, ...]
    ratings: Mapping[str, int | None]  # of `RATINGS`
    announcements: int | None
    copies: int | None
    subscriptions: tuple[tuple[str, int], ...]

    def asked(self, outcome: str) -> int | None:
        return total(self.outcomes[outcome])

    def share(self, outcome: str) -> int | None:
        """Per cent of all questions that are shown."""
        return _share(self.asked(outcome), map(self.asked, OUTCOMES))

    def rated(self, rating: str) -> int | None:
        """Per cent of all ratings that are shown."""
        return _share(self.ratings[rating], self.ratings.values())

    @property
    def questions(self) -> int | None:
        return _sum(map(self.asked, OUTCOMES))


# -- weeks ----------------------------------------------------------------------------


def mondays(now: datetime, number: int) -> tuple[date, ...]:
    """The last weeks in Berlin that are over, oldest first."""
    today = day_of(now)
    this = today - timedelta(days=today.weekday())
    return tuple(this - WEEK * back for back in range(number, 0, -1))


def _since(monday: date) -> tuple[date, ...]:
    """The weeks before it in its calendar year."""
    first = date.fromisocalendar(monday.isocalendar().year, 1, 1)
    return tuple(first + WEEK * week for week in range((monday - first) // WEEK))


def _begin(day: date) -> datetime:
    """When the day begins by the clock on the wall, however long the one before was."""
    return datetime.combine(day, time(), BERLIN)


# -- what may be published --------------------------------------------------------------


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
    return _sum(cell.number for cell in cells)


def _sum(numbers: Iterable[int | None]) -> int | None:
    return sum(number for number in numbers if number is not None) or None


def _share(part: int | None, numbers: Iterable[int | None]) -> int | None:
    whole = _sum(numbers)
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
        self._bounds = [stamp(_begin(day)) for day in (*self.all, self.end)]

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


# -- how they are read ------------------------------------------------------------------

NOTHING = "–"  # for what is made of figures that are not shown


def per_cent(share: int | None) -> str:
    return NOTHING if share is None else f"{share} %"


def lasting(seconds: float | None) -> str:
    """„3 Std. 20 Min.“, from two days on „2,5 Tage“."""
    if seconds is None:
        return NOTHING
    minutes = round(seconds / 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes / (24 * 60):.1f} Tage".replace(".", ",")
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} Std."] if hours else []
    return " ".join([*parts, f"{minutes} Min."] if minutes or not hours else parts)


# -- the figures ------------------------------------------------------------------------


async def look(
    tx: Tx, library: Library, calendar: Calendar, now: datetime, number: int = USUAL
) -> Overview:
    """The last `number` weeks that are over."""
    weeks = Weeks(now, number)
    since = _begin(weeks.all[0])
    return figures(
        weeks,
        library,
        calendar,
        # Week by week: one statement for all of them would sort two years at once.
        tallies=[
            (monday, *row)
            for monday in weeks.all
            for row in await statistics.counted(tx, monday, monday + WEEK, COUNTED)
        ],
        courses=await statistics.courses(tx, since),
        announced=await statistics.announced(tx, since),
        subscribed=await statistics.subscribed(tx),
    )


def figures(
    weeks: Weeks,
    library: Library,
    calendar: Calendar,
    *,
    tallies: Iterable[tuple[date, str, str, int]],
    courses: Sequence[Course],
    announced: Iterable[tuple[str, int]],
    subscribed: Iterable[tuple[str, str, int]],
) -> Overview:
    """The same from rows of the store (see `storage.statistics`)."""
    numbers: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(weeks))
    for monday, what, subject, number in tallies:
        place = weeks.of_day(monday)
        if what in OUTCOMES:
            numbers[what, ""][place] += number
        elif what in SHOWN:
            numbers[TOPIC, _topic(library, subject)][place] += number
        else:
            numbers[what, subject][place] += number
    for course in courses:
        if (week := weeks.of(course.created_at)) is not None:
            numbers[REQUESTS, ""][week] += 1
        if course.rating and (week := weeks.of(course.closed_at)) is not None:
            numbers[RATING, course.rating][week] += 1
    for at, copies in announced:
        if (week := weeks.of(at)) is not None:
            numbers[ANNOUNCED, ""][week] += 1
            numbers[COPIES, ""][week] += copies
    totals = {of: weeks.total(series) for of, series in numbers.items()}
    times, in_all = _times(weeks, calendar, courses)
    return Overview(
        weeks=weeks.shown,
        outcomes={outcome: weeks.cells(numbers[outcome, ""]) for outcome in OUTCOMES},
        requests=weeks.cells(numbers[REQUESTS, ""]),
        times=times,
        times_in_all=in_all,
        topics=_ranked(
            (_topic_name(library, topic), number)
            for (what, topic), number in totals.items()
            if what == TOPIC
        ),
        unhelpful=_unhelpful(library, totals),
        ratings={rating: totals.get((RATING, rating)) for rating in RATINGS},
        announcements=totals.get((ANNOUNCED, "")),
        copies=totals.get((COPIES, "")),
        subscriptions=_subscriptions(subscribed),
    )


def _topic(library: Library, item_id: str) -> str:
    """What an item is counted under: one topic only, so that none is the rest of another."""
    if item_id in library.entries:
        return library.entries[item_id].topics[0]
    return FORMATS if item_id in library.formats else EVENTS


def _topic_name(library: Library, topic: str) -> str:
    names = {FORMATS: "Lern- und Beratungsformate", EVENTS: "Veranstaltungen und Früheres"}
    return names[topic] if topic in names else topics.name(topic)


def _ranked(named: Iterable[tuple[str, int | None]]) -> tuple[tuple[str, int], ...]:
    shown = [(name, number) for name, number in named if number is not None]
    return tuple(sorted(shown, key=lambda one: (-one[1], one[0])))


def _unhelpful(
    library: Library, totals: Mapping[tuple[str, str], int | None]
) -> tuple[Judged, ...]:
    found = [
        Judged(_title(library, item_id), number, totals.get(("helped", item_id)))
        for (what, item_id), number in totals.items()
        if what == "not_helped" and number is not None
    ]
    return tuple(sorted(found, key=lambda one: (-one.not_helped, one.title)))


def _title(library: Library, item_id: str) -> str:
    if item_id in library.entries:
        return library.entries[item_id].title
    if item_id in library.formats:
        return library.formats[item_id].name
    if item_id in library.events:
        return library.events[item_id].title
    return item_id  # ours, and gone from the content by now


def _subscriptions(subscribed: Iterable[tuple[str, str, int]]) -> tuple[tuple[str, int], ...]:
    groups = {group.value: name for group, name in GROUPS.items()}
    numbers: dict[tuple[str, str], int] = defaultdict(int)
    for kind, value, number in subscribed:
        numbers[kind, subscriptions.same(value) if kind == "region" else value] += number

    def name(kind: str, value: str) -> str:
        match kind:
            case "all":
                return "Alles"
            case "topic":
                return topics.name(value)
            case "group":
                return groups.get(value, value)
            case _:
                return f"Region {value.title()}"

    return _ranked((name(*of), number if number >= FEW else None) for of, number in numbers.items())


# -- how long people waited ---------------------------------------------------------------


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
    return _Worked(calendar.open_between(_begin(since), _begin(until)))


def _times(
    weeks: Weeks, calendar: Calendar, courses: Iterable[Course]
) -> tuple[tuple[Times, ...], Times]:
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


# -- the message on Monday ------------------------------------------------------------------


async def send(turn: Turn) -> None:
    """Tell the coordinators' group of the week that is over, and come again in a week."""
    where = await toward_desk.group(turn)
    if where is not None:
        found = await look(turn.tx, turn.knowledge.library, turn.house.calendar, turn.now, 1)
        old = await learning.overdue(turn.tx, turn.now)
        check = turn.words("overview_overdue", number=len(old)) if old else ""
        turn.send(Outgoing(to=where, text=Text.joined([_letter(turn, found), check])))
    await due.plan(turn.tx, OVERVIEW, "", digest.next_letter(turn.now))


def _letter(turn: Turn, found: Overview) -> Text:
    few, times = turn.label("overview_few"), found.times_in_all

    def counted(number: int | None) -> str:
        return few if number is None else f"{number:,}".replace(",", ".")

    spans = {"median": lasting(times.median_work), "most": lasting(times.most_work)}
    known = NOTHING not in spans.values()
    return turn.words(
        "overview_week",
        first=f"{found.weeks[0]:%d.%m.}",
        last=f"{found.weeks[-1] + WEEK - timedelta(days=1):%d.%m.%Y}",
        questions=counted(found.questions),
        answered=per_cent(found.share("answered")),
        requests=counted(total(found.requests)),
        good=per_cent(found.rated("good")),
        times=turn.words("overview_times" if known else "overview_times_few", **spans),
        link=f"{turn.house.public_url}/desk/uebersicht",
    )
