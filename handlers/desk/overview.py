"""The hotline in figures, by weeks in Berlin, and the message about them on Monday.

**Nobody is to be recognised.** How `handlers.desk.weeks` publishes numbers is one half of
that; these rules are the other:

- Sums and shares are made of published figures, never of what happened. No two
  figures count the same things in another order: topics are of the answers shown, also
  of those chosen from suggestions, and so no parts of the questions.
- Subscriptions are counted as they stand now, each kind alone and without a number of
  people, of which the smallest kind could be the rest. What people typed themselves
  (regions) is named only where `FEW` of them typed the same.

What changes afterwards (an erasure, a late rating) changes past figures, too: whoever
kept them may see that something changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from handlers.desk import learning, toward_desk
from handlers.desk.waits import Times, waited
from handlers.desk.weeks import FEW, WEEK, Cell, Weeks, begin, share_of, summed, total
from handlers.hours import Calendar
from handlers.message import Outgoing
from handlers.programme import digest, topics
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import GROUPS
from knowledge.load import Library
from storage import due, statistics, subscriptions
from storage.database import Tx
from storage.statistics import Course

OVERVIEW = "overview"  # the kind of its due row
USUAL, FEWEST, MOST = 12, 4, 52  # weeks

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
        return share_of(self.asked(outcome), map(self.asked, OUTCOMES))

    def rated(self, rating: str) -> int | None:
        """Per cent of all ratings that are shown."""
        return share_of(self.ratings[rating], self.ratings.values())

    @property
    def questions(self) -> int | None:
        return summed(map(self.asked, OUTCOMES))


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
    since = begin(weeks.all[0])
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
    times, in_all = waited(weeks, calendar, courses)
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
