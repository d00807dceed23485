"""When people answer: office hours, public holidays, and how to say so.

Everything here is told the time; nothing asks for it. Hours are what a clock
on the wall in Germany shows, durations are real time, so a day on which the
clock changes is neither too long nor too short. Moments are handed back in
UTC: two that share a zone with such days are subtracted as if there were none.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from knowledge.dates import MONTHS

BERLIN = ZoneInfo("Europe/Berlin")

# fmt: off
STATES = (
    "BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH",
)
# fmt: on

DAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_EXAMPLE = "zum Beispiel „Mo-Do 08:00-12:00 13:00-16:00; Fr 08:00-12:00“"
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")

QUARTER = timedelta(minutes=15)

Span = tuple[int, int]  # minutes after midnight, from (included) and to (excluded)


def day_of(value: date) -> date:
    """The day that it is in Berlin at a moment; a day stays what it is."""
    return value.astimezone(BERLIN).date() if isinstance(value, datetime) else value


@dataclass(frozen=True)
class OfficeHours:
    """The hours of a week, Monday first. At least one day has some."""

    week: tuple[tuple[Span, ...], ...]

    @classmethod
    def parse(cls, text: str) -> "OfficeHours":
        """Read „Mo-Fr 09:00-16:00“; several days are kept apart by a semicolon.

        Raises ValueError with a German sentence for whoever wrote the text.
        """
        week: list[list[Span]] = [[] for _ in DAYS]
        for part in filter(None, (part.strip() for part in text.split(";"))):
            days, spans = _read_part(part)
            for day in days:
                week[day] += spans
        if not any(week):
            raise ValueError(f"Es fehlen Tage und Zeiten, {_EXAMPLE}.")
        for name, spans in zip(DAYS, week, strict=True):
            spans.sort()
            if any(after[0] < before[1] for before, after in pairwise(spans)):
                raise ValueError(f"Am {name} überschneiden sich Zeiten.")
        return cls(tuple(tuple(spans) for spans in week))

    def __str__(self) -> str:
        """The same hours as `parse` reads them, neighbouring days put together."""
        parts: list[str] = []
        first = 0
        for day in range(1, len(DAYS) + 1):
            if day < len(DAYS) and self.week[day] == self.week[first]:
                continue
            if self.week[first]:
                name = DAYS[first] if day - first == 1 else f"{DAYS[first]}-{DAYS[day - 1]}"
                spans = (f"{_clock(start)}-{_clock(end)}" for start, end in self.week[first])
                parts.append(" ".join([name, *spans]))
            first = day
        return "; ".join(parts)


def _read_part(part: str) -> tuple[set[int], list[Span]]:
    # A long dash, and spaces around any dash, are what word processors make of it.
    words = re.sub(r"\s*[-–]\s*", "-", part).replace(",", " ").split()
    days: set[int] = set()
    spans: list[Span] = []
    for word in words:
        if word[0].isdigit():
            spans.append(_read_span(word))
        elif spans:
            raise ValueError(f"In „{part}“ fehlt ein Semikolon vor „{word}“, {_EXAMPLE}.")
        else:
            days |= _read_days(word)
    if not days:
        raise ValueError(f"Vor „{part}“ fehlen die Tage, {_EXAMPLE}.")
    if not spans:
        raise ValueError(f"Nach „{part}“ fehlen die Zeiten, {_EXAMPLE}.")
    return days, spans


def _read_days(word: str) -> set[int]:
    ends = word.split("-")
    unknown = [name for name in ends if name not in DAYS]
    if unknown or len(ends) > 2:
        shown = unknown[0] if unknown else word
        raise ValueError(f"„{shown}“ ist kein Tag; bekannt sind {' '.join(DAYS)}.")
    first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
    if first > last:
        raise ValueError(f"„{word}“ läuft rückwärts; die Woche beginnt am Mo.")
    return set(range(first, last + 1))


def _read_span(word: str) -> Span:
    match = _SPAN.fullmatch(word)
    if match is None:
        raise ValueError(f"„{word}“ ist keine Zeit von–bis wie „09:00-16:00“.")
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if from_minute > 59 or to_minute > 59 or end > 24 * 60:
        raise ValueError(f"Die Uhrzeit in „{word}“ gibt es nicht.")
    if start >= end:
        raise ValueError(f"In „{word}“ liegt das Ende nicht nach dem Anfang.")
    return start, end


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@dataclass(frozen=True)
class Calendar:
    """Office hours less public holidays. `state` is a code of `STATES`, or empty
    for the holidays that all of Germany has."""

    hours: OfficeHours
    state: str = ""

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there to answer."""
        at = at.astimezone(UTC)
        day = day_of(at)
        return any(start <= at < end for start, end in self._open_on(day))

    def next_opening(self, at: datetime) -> datetime:
        """The first moment from `at` on when somebody is there; `at` itself while open."""
        start, _ = next(self._open_from(at))
        return start

    def add_working_time(self, at: datetime, needed: timedelta) -> datetime:
        """When `needed` hours of work are done that begin at `at` or at the next opening."""
        if needed < timedelta():
            raise ValueError("working time cannot be negative")
        for start, end in self._open_from(at):
            if needed <= end - start:
                return start + needed
            needed -= end - start
        raise AssertionError("every week has office hours")

    def open_between(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans from `start` to `end` in which somebody is there, in order."""
        for opens, closes in self._open_from(start):
            if opens >= end:
                return
            yield opens, min(closes, end)

    def _open_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        at = at.astimezone(UTC)
        day = day_of(at)
        while True:
            for start, end in self._open_on(day):
                if end > at:
                    yield max(start, at), end
            day += timedelta(days=1)

    def _open_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        spans = self.hours.week[day.weekday()]
        if not spans or day in self._holidays:
            return
        for from_minute, to_minute in spans:
            start, end = _moment(day, from_minute), _moment(day, to_minute)
            if start < end:  # nothing is left of hours that the clock skips
                yield start, end

    @cached_property
    def _holidays(self) -> Container[date]:
        # Slow to import for a command that never asks when somebody is there.
        from holidays import country_holidays

        holidays: Container[date] = country_holidays("DE", subdiv=self.state or None)
        return holidays


def _moment(day: date, minute: int) -> datetime:
    """When the wall clock first shows this minute, or has skipped it, as in March."""
    wall = datetime(day.year, day.month, day.day, tzinfo=BERLIN) + timedelta(minutes=minute)
    while wall.astimezone(UTC).astimezone(BERLIN).replace(fold=0) != wall:
        wall += timedelta(minutes=1)
    return wall.astimezone(UTC)


def speak(at: datetime, now: datetime) -> str:
    """Say when to expect something: „heute bis 16 Uhr“, „morgen gegen 10 Uhr“.

    Rounded up to a quarter of an hour, because it is an estimate.
    """
    if at.timestamp() <= now.timestamp():
        return "in Kürze"
    seconds = -(-at.timestamp() // QUARTER.total_seconds()) * QUARTER.total_seconds()
    then = datetime.fromtimestamp(seconds, BERLIN)
    clock = f"{then.hour} Uhr" if then.minute == 0 else f"{then.hour}:{then.minute:02} Uhr"
    match (then.date() - day_of(now)).days:
        case 0:
            return f"heute bis {clock}"
        case 1:
            return f"morgen gegen {clock}"
        case _:
            day = f"{_WEEKDAYS[then.weekday()]}, {then.day}. {MONTHS[then.month - 1]}"
            return f"am {day}, gegen {clock}"
