"""When something takes place: read from what people type, and written so that it reads the same.

Only what can mean one thing is taken; everything else is `Unclear`, and the sentence shows
how to write it. Hours are what a clock on the wall in Germany shows.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import NamedTuple

from handlers.desk.unclear import Unclear
from handlers.hours import BERLIN, day_of
from handlers.programme import spans
from handlers.wording import day as said_day
from knowledge import german
from knowledge.words import Words

LONGEST = 150  # characters; two days with their hours need half of it


@dataclass(frozen=True, slots=True)
class Appointment:
    """Both plain dates where no hour is given, else both aware in Europe/Berlin."""

    starts: datetime | date
    ends: datetime | date | None = None
    doubled: bool = False  # the clock shows a time twice that night, and the first was taken

    @property
    def note(self) -> str:
        """The name of the sentence that people should read about it; empty for none."""
        return "when_doubled" if self.doubled else ""


def read(text: str, now: datetime, *, past_allowed: bool = False) -> Appointment:
    """From when until when; raises Unclear. What still lasts is not past."""
    return _taken(text, now, past_allowed=past_allowed)


def read_moment(text: str, now: datetime, *, past_allowed: bool = False) -> datetime | date:
    """One point in time, as deadlines have it: „bis 10. März 2027“; raises Unclear."""
    return _taken(text, now, past_allowed=past_allowed, one=True).starts


def written(starts: datetime | date, ends: datetime | date | None = None) -> str:
    """As `read` takes it again: „12.03.2027 18:30 bis 20:00“."""
    first = _written(starts)
    if ends is None:
        return first
    same_day = isinstance(starts, datetime) and _written(ends)[:_DAY] == first[:_DAY]
    last = _written(ends)[_DAY + 1 :] if same_day else _written(ends)
    return f"{first} bis {last}"


def _taken(text: str, now: datetime, *, past_allowed: bool, one: bool = False) -> Appointment:
    try:
        found = _appointment(text, now, one=one)
        if not past_allowed:
            _must_come(found, now)
    except Unclear as unclear:
        unclear.fields.setdefault("example", _example(now, one=one))
        raise
    return found


def _written(value: datetime | date) -> str:
    if not isinstance(value, datetime):
        return f"{value:%d.%m.%Y}"
    local = value.astimezone(BERLIN)
    zone = (" MEZ" if local.fold else " MESZ") if _is_twice(local) else ""
    return f"{local:%d.%m.%Y %H:%M}{zone}"


def _example(now: datetime, *, one: bool) -> str:
    """How one may write it, on a day to come."""
    day = day_of(now) + timedelta(weeks=2)
    starts = datetime.combine(day, time(18, 30), BERLIN)
    return written(starts, None if one else starts + timedelta(hours=2))


# The pieces of a line


class _Day(NamedTuple):
    """What is not said is 0. `said` are words beside it that have to agree."""

    day: int
    month: int = 0
    year: int = 0
    said: str = ""


class _Clock(NamedTuple):
    hour: int
    minute: int = 0
    winter: bool | None = None  # whether it is in winter time, if somebody says so


class _Number(NamedTuple):
    digits: str


class _Words(NamedTuple):
    """Words that name a day, as „nächsten Dienstag“."""

    text: str


class _Sign(Enum):
    UNTIL = "U"
    AND = "A"


_Piece = _Day | _Clock | _Number | _Words | _Sign


@dataclass(slots=True)
class _Line:
    """What was typed, piece by piece."""

    pieces: list[_Piece] = field(default_factory=list)
    parts: list[range] = field(default_factory=list)  # hours of "abends" and the like
    all_day: bool = False

    def gap(self, match: re.Match[str]) -> None:
        """Commas, brackets and what else says nothing."""

    def day(self, match: re.Match[str]) -> None:
        found = match.groupdict()
        name = found.get("name")
        month = spans.MONTH_NUMBERS[name[:3]] if name else int(found["month"])
        digits = found.get("year") or found.get("short") or ""
        # "20.15." ends a sentence.
        if month > 12 and not digits and self._knows_day:
            self.clock(match)
            return
        day = _Day(int(found["day"]), month, _year(digits) if digits else 0)
        if not 1 <= month <= 12:
            raise Unclear("when_date", day=match[0].strip())
        if self.pieces and isinstance(before := self.pieces[-1], _Words):
            self.pieces[-1] = day._replace(said=before.text)
        else:
            self.pieces.append(day)

    def bare_day(self, match: re.Match[str]) -> None:
        """The 12. of "12. bis 13. Juni"."""
        said = ""
        if self.pieces and isinstance(before := self.pieces[-1], _Words):
            said = before.text
            self.pieces.pop()
        self.pieces.append(_Day(int(match["day"]), said=said))

    def point(self, match: re.Match[str]) -> None:
        """12.03 is a time of day if the day is known, else a day without its last point."""
        number = match["month"]
        if int(number) > 12 or (len(number) == 2 and self._knows_day):
            self.clock(match)
        else:
            self.day(match)

    def clock(self, match: re.Match[str]) -> None:
        found = match.groupdict()
        hour, minute = found.get("hour") or found["day"], found.get("minute") or found.get("month")
        self.pieces.append(_clock(hour, minute or "00"))

    def number(self, match: re.Match[str]) -> None:
        if len(match[0]) > 4:
            raise Unclear("when_year", year=_cut(match[0]))
        self.pieces.append(_Number(match[0]))

    def until(self, match: re.Match[str]) -> None:
        self.pieces.append(_Sign.UNTIL)

    def also(self, match: re.Match[str]) -> None:
        self.pieces.append(_Sign.AND)

    def word(self, match: re.Match[str]) -> None:
        word = match[0]
        last = self.pieces[-1] if self.pieces else None
        if word in _ALL_DAY:
            self.all_day = True
        elif word in _PARTS:
            self.parts.append(_PARTS[word])
        elif word in _VAGUE:
            raise Unclear("when_clock")
        elif word in _ZONES:
            if not isinstance(last, _Clock):
                raise Unclear("when_unclear")
            self.pieces[-1] = last._replace(winter=_ZONES[word])
        elif word not in _SMALL:
            word = _SHORT_WEEKDAYS.get(word, word)
            if isinstance(last, _Words):
                self.pieces[-1] = _Words(f"{last.text} {word}")
            elif isinstance(last, _Day) and not last.said:
                self.pieces[-1] = last._replace(said=word)
            else:
                self.pieces.append(_Words(word))

    @property
    def _knows_day(self) -> bool:
        return any(isinstance(piece, _Day) and piece.month for piece in self.pieces)


def _line(text: str) -> _Line:
    """What was typed in pieces; everything in it has to be understood."""
    # Other scripts have digits of their own, which `int` reads and people here do not.
    if any(letter.isdigit() and not letter.isascii() for letter in text):
        raise Unclear("when_unclear")
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    typed = " ".join(_DASH.sub("-", text).translate(_QUOTES).split())
    line, place = _LETTERS.sub(lambda match: _canonical(match[0]), typed), 0
    found = _Line()
    while place < len(line):
        for pattern, take in _PATTERNS:
            if match := pattern.match(line, place):
                take(found, match)
                place = match.end()
                break
        else:
            raise Unclear("when_unclear")
    return found


def _canonical(word: str) -> str:
    """A word as the patterns know it; names of days and months may have a slip."""
    folded = german.fold(word)
    if folded in _KNOWN:
        return folded
    meant = spans.mended(word, _NAMES)
    return meant if meant in _NAMES else word.lower()


def _clock(hour: str, minute: str) -> _Clock:
    if int(minute) > 59 or int(hour) * 60 + int(minute) > 24 * 60:
        raise Unclear("when_hour", hour=f"{hour}:{minute}")
    return _Clock(int(hour), int(minute))


def _year(digits: str) -> int:
    year = int(digits) + (2000 if len(digits) == 2 else 0)
    if len(digits) not in (2, 4) or year not in spans.YEARS:
        raise Unclear("when_year", year=_cut(digits))
    return year


def _cut(digits: str) -> str:
    return digits if len(digits) <= 8 else f"{digits[:8]}…"


# What the pieces mean together


def _appointment(text: str, now: datetime, *, one: bool) -> Appointment:
    if len(text) > LONGEST:
        raise Unclear("when_long")
    if not text.strip():
        raise Unclear("when_empty")
    today = day_of(now)
    line = _line(text)
    named = [_named(piece, today) for piece in line.pieces]
    if not any(isinstance(piece, _Day) and piece.month for piece in named):
        raise Unclear("when_day")
    pieces = _told_apart(named)
    if one and pieces[:1] == [_Sign.UNTIL]:
        pieces = pieces[1:]
    days = [piece for piece in pieces if isinstance(piece, _Day)]
    clocks = [piece for piece in pieces if isinstance(piece, _Clock)]
    order = "".join(_letter(piece) for piece in pieces)
    if one and order not in _ONE:
        raise Unclear("when_one" if "U" in order or "A" in order else "when_unclear")
    if order in _HALF:
        raise Unclear("when_both_hours")
    if order not in _ORDERS or (line.all_day and clocks):
        raise Unclear("when_unclear")
    if not all(any(clock.hour in part for clock in clocks) for part in line.parts):
        raise Unclear("when_clock")
    found = _dates(days, today)
    if "A" in order and found[1] != _next(found[0]):
        raise Unclear("when_unclear")
    return _timed(found, clocks)


def _letter(piece: _Piece) -> str:
    return piece.value if isinstance(piece, _Sign) else type(piece).__name__[1]


def _named(piece: _Piece, today: date) -> _Piece:
    """The day that words name."""
    if not isinstance(piece, _Words):
        return piece
    found, rest = spans.read(Words(piece.text), today)
    if found is None or (rest and found.first == found.last):
        raise Unclear("when_unclear")
    if found.first != found.last:
        raise Unclear("when_day")
    return _Day(found.first.day, found.first.month, found.first.year)


def _told_apart(pieces: list[_Piece]) -> list[_Piece]:
    """With every bare number taken for what it stands for: a day, an hour or a year."""
    found: list[_Piece] = []
    for place, piece in enumerate(pieces):
        before = found[-1] if found else None
        after, beyond = [*pieces[place + 1 : place + 3], None, None][:2]
        if isinstance(piece, _Number) or (isinstance(piece, _Day) and not piece.month):
            _take_number(found, piece, after, beyond)
        # A stroke may also only part the day from the hours.
        elif piece is not _Sign.AND or (isinstance(after, _Day) and isinstance(before, _Day)):
            found.append(piece)
    return found


def _take_number(
    found: list[_Piece], piece: _Day | _Number, after: _Piece | None, beyond: _Piece | None
) -> None:
    digits = piece.digits if isinstance(piece, _Number) else str(piece.day)
    before = found[-1] if found else None
    lacks_year = isinstance(before, _Day) and before.month and not before.year
    if isinstance(before, _Day) and lacks_year and (int(digits) > 24 or isinstance(after, _Clock)):
        found[-1] = before._replace(year=_year(digits))
    elif isinstance(after, _Sign) and isinstance(beyond, _Day):
        found.append(piece if isinstance(piece, _Day) else _Day(int(digits)))
    elif (
        (after is _Sign.UNTIL and isinstance(beyond, _Clock | _Number))
        or (before is _Sign.UNTIL and any(isinstance(other, _Clock) for other in found[-2:-1]))
        or (isinstance(before, _Day) and before.year)
    ):
        found.append(_clock(digits, "00"))
    elif isinstance(piece, _Day):
        found.append(piece)
    else:
        raise Unclear("when_unclear")


def _dates(days: list[_Day], today: date) -> list[date]:
    """The days in full. What one leaves out it shares with the other, or the next one is meant."""
    first, last = days[0], days[-1]
    if len(days) == 1:
        found = [_date(first, today)]
    elif last.year or not first.year:
        if not first.month:
            first = first._replace(month=last.month)
        ends = _date(last, today)
        starts = _date(first._replace(year=first.year or ends.year), today)
        if starts > ends and not first.year:
            before = _date(first._replace(year=ends.year - 1), today)
            if ends - before > _TURN_OF_YEAR:
                raise Unclear("when_backwards", starts=written(starts), ends=written(ends))
            starts = before
        found = [starts, ends]
    else:
        starts = _date(first, today)
        ends = _date(last, starts)
        if ends - starts > _TURN_OF_YEAR and ends.year != starts.year:
            typed = f"{last.day:02}.{last.month:02}."
            raise Unclear("when_backwards", starts=written(starts), ends=typed)
        found = [starts, ends]
    for day, meant in zip(days, found, strict=True):
        _must_agree(day.said, meant, today)
    return found


def _date(day: _Day, today: date) -> date:
    """Without a year the next one."""
    found = spans.span(f"{day.day}.{day.month}.{day.year or ''}", today)
    if found is None or found.first != found.last:
        raise Unclear("when_date", day=f"{day.day}.{day.month}.{day.year or ''}")
    return found.first


def _must_agree(said: str, day: date, today: date) -> None:
    if not said:
        return
    if said in spans.WEEKDAYS:
        if spans.WEEKDAYS[said] != day.weekday():
            names = (name for name, place in spans.WEEKDAYS.items() if place == day.weekday())
            right = next(names).capitalize()
            example = f"{right}, {written(day)}"
            fields = {"weekday": right, "said": said.capitalize(), "example": example}
            raise Unclear("when_weekday", day=said_day(day), **fields)
        return
    meant, rest = spans.read(Words(said), today)
    if meant is None or rest:
        raise Unclear("when_unclear")
    if not meant.first <= day <= meant.last:
        raise Unclear("when_other_day", said=said, day=said_day(day), example=written(day))


def _timed(days: list[date], clocks: list[_Clock]) -> Appointment:
    if not clocks:
        starts, ends = days[0], days[1] if len(days) > 1 else None
        if ends and ends < starts:
            raise Unclear("when_backwards", starts=written(starts), ends=written(ends))
        return Appointment(starts, ends)
    begin, doubled = _moment(days[0], clocks[0])
    if len(clocks) == 1:
        return Appointment(begin, None, doubled)
    end, end_doubled = _moment(days[-1], clocks[1])
    if end_doubled and begin.fold:  # what began in the second hour cannot end in the first
        end, end_doubled = end.replace(fold=1), False
    if end.astimezone(UTC) < begin.astimezone(UTC):
        fields = {"starts": written(begin), "ends": written(end)}
        if len(days) == 1:
            # That time may not exist either, and then this is what there is to say.
            fields["example"] = written(begin, _moment(_next(days[0]), clocks[1])[0])
        raise Unclear("when_backwards", **fields)
    return Appointment(begin, end, doubled or end_doubled)


def _moment(day: date, clock: _Clock) -> tuple[datetime, bool]:
    """The moment, and whether it is the first of two that were possible."""
    days, hour = divmod(clock.hour, 24)  # 24:00 is the midnight at the end of the day
    at = time(hour, clock.minute)
    wall = datetime.combine(_next(day) if days else day, at, BERLIN)
    if wall.astimezone(UTC).astimezone(BERLIN).time() != at:
        later = written(wall + timedelta(hours=1))
        raise Unclear("when_missing_hour", when=f"{wall:%d.%m.%Y %H:%M}", example=later)
    if clock.winter is None:
        return wall, _is_twice(wall)
    if _is_twice(wall):
        return wall.replace(fold=int(clock.winter)), False
    winter = not wall.dst()
    if clock.winter is not winter:
        zone = "Winterzeit" if winter else "Sommerzeit"
        raise Unclear("when_zone", day=said_day(wall), zone=zone, example=written(wall))
    return wall, False


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _is_twice(wall: datetime) -> bool:
    return wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()


def _must_come(found: Appointment, now: datetime) -> None:
    last = found.ends or found.starts
    if isinstance(last, datetime):
        over = last.astimezone(UTC) < now.astimezone(UTC)
    else:
        over = last < day_of(now)
    if over:
        raise Unclear("when_past", when=written(found.starts, found.ends))


_DAY = len("12.03.2027")
# Without years "28.12. bis 2.1." runs into the next one; what would last longer is a slip.
_TURN_OF_YEAR = timedelta(days=183)

# Day, Clock, Until, And: the orders in which people write them.
_ONE = frozenset({"D", "DC", "CD"})
_ORDERS = _ONE | {"DCUC", "CUCD", "DUD", "DAD", "DCUDC", "CDUCD", "DUDCUC", "DADCUC"}
_HALF = frozenset({"DCUD", "DUDC", "CDUD", "DADC"})

# The words, folded as in `spans`.

# fmt: off
_SMALL = frozenset((
    "am", "um", "den", "dem", "der", "die", "das", "von", "vom", "zum", "ab", "gegen", "ca",
    "circa", "etwa", "ungefahr", "beginn", "start", "anfang", "spatestens",
))
_SHORT_MONTHS = (
    "jan", "feb", "mrz", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "okt", "nov", "dez",
)
# fmt: on
_ALL_DAY = frozenset({"ganztagig", "ganztags"})
# "Halb acht" is twice a day, and so is an hour in words; a left-over "Uhr" tells of one.
_VAGUE = frozenset({"halb", "viertel", "dreiviertel", "kurz", "mitternacht", "uhr"})
_PARTS = {
    **dict.fromkeys(("fruh", "morgens"), range(13)),
    **dict.fromkeys(("vormittag", "vormittags"), range(6, 13)),
    **dict.fromkeys(("mittag", "mittags"), range(11, 15)),
    **dict.fromkeys(("nachmittag", "nachmittags"), range(12, 19)),
    **dict.fromkeys(("abend", "abends"), range(17, 25)),
}
_ZONES = {
    **dict.fromkeys(("mez", "cet", "winterzeit", "normalzeit"), True),
    **dict.fromkeys(("mesz", "cest", "sommerzeit"), False),
}
_SHORT_WEEKDAYS = {name[:2]: name for name in spans.WEEKDAYS if name != "sonnabend"}
_NAMES = (*spans.MONTH_NAMES, *spans.WEEKDAYS)
_KNOWN = frozenset(
    {*_NAMES, *_SHORT_MONTHS, *_SMALL, *_ALL_DAY, *_VAGUE, *_PARTS, *_ZONES, "bis", "und"}
)

# Soft hyphens and zero-width characters come along when people copy from PDFs.
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_DASH = re.compile("[\u2010-\u2015\u2212]")
_QUOTES = str.maketrans(dict.fromkeys("’‘´`", "'"))
_LETTERS = re.compile(r"[^\W\d_]+")

_MONTH = rf"(?:{'|'.join((*spans.MONTH_NAMES, *_SHORT_MONTHS))})\b"
_HOUR = r"\ ?(?:uhr|h)(?![^\W\d_])"

# All patterns are linear: no repeated group, bounded repetition only.
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[_Line, re.Match[str]], None]], ...] = tuple(
    (re.compile(pattern), take)
    for pattern, take in (
        (r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)t?", _Line.day),
        (rf"(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::00)?(?![\d:])(?:{_HOUR})?", _Line.clock),
        (rf"(?P<hour>\d{{1,2}})\.(?P<minute>\d\d){_HOUR}", _Line.clock),
        (
            rf"(?P<hour>\d{{1,2}}){_HOUR}"
            rf"(?:\ ?(?P<minute>\d\d)(?!\d|[.:]\d|{_HOUR}|\.?\ ?{_MONTH}))?",
            _Line.clock,
        ),
        (
            r"(?P<day>\d{1,2})\.\ ?(?P<month>\d{1,2})\."
            rf"(?:\ ?(?P<year>\d{{4,}})(?!{_HOUR})"
            rf"|'?(?P<short>\d{{2,3}})(?!\d|:|\.\d|{_HOUR}))?",
            _Line.day,
        ),
        (r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?![\d:.])", _Line.point),
        (
            rf"(?P<day>\d{{1,2}})(?:\.|ten|te|er)?\ ?(?P<name>{_MONTH})\.?"
            rf"(?:\ ?(?P<year>\d{{4,}})(?!{_HOUR})|\ ?'(?P<short>\d\d)(?!\d))?",
            _Line.day,
        ),
        (r"(?P<day>\d{1,2})\.(?!\d)", _Line.bare_day),
        (r"\d+", _Line.number),
        (r"-+|(?:bis|ende)\b", _Line.until),
        (r"[/&+]|und\b", _Line.also),
        (r"in\ \d{1,2}\ tage?n?\b", _Line.word),
        (r"[^\W\d_]+", _Line.word),
        (r"[ ,;|().:!?\"„“”']+", _Line.gap),
    )
)
