"""The days that people mean: "nächste Woche", "im Mai", "25.3.21", "in den nächsten zwei Wochen".

Umlauts may be typed as ae, capitals and small slips play no part. Nothing here knows the
time: who asks says which day it is.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge import dates, german
from knowledge.dates import MONTHS
from knowledge.words import Words


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last day, both included; the last of an open one is `date.max`."""

    first: date
    last: date

    def __str__(self) -> str:
        """How one says it: „im Mai 2027“, „vom 3. bis 5. Mai 2027“."""
        first, last = self.first, self.last
        if last == date.max:
            return f"ab dem {_said(first)} {first.year}"
        if first == last:
            return f"am {_said(last)} {last.year}"
        if self == _year(last.year):
            return f"im Jahr {last.year}"
        if self == _month(last):
            return f"im {MONTHS[last.month - 1]} {last.year}"
        if first.month in _BEGINNING_IN and self == _season(first.replace(day=1)):
            year = f"/{last.year % 100:02}" if first.year != last.year else ""
            return f"im {_BEGINNING_IN[first.month]} {first.year}{year}"
        if first.year != last.year:
            return f"vom {_said(first)} {first.year} bis {_said(last)} {last.year}"
        begin = f"{first.day}." if first.month == last.month else _said(first)
        return f"vom {begin} bis {_said(last)} {last.year}"


class Read(NamedTuple):
    """The days that a text names, and its other words as they were typed."""

    span: Span | None
    rest: tuple[str, ...]


def span(text: str, today: date) -> Span | None:
    """The days that a text names; None if it names none, or some that do not belong together.

    Days without a year are the next ones, or the last ones where the text speaks of the past.
    """
    return read(Words(text), today).span


def read(text: Words, today: date) -> Read:
    """The days that a text names, and what else it says."""
    typed = _TOKEN.findall(_GREETING.sub(" ", text.text, count=1))
    said = [_canonical(word, text.form) for word in typed]
    if not _may_tell(said):
        return Read(None, tuple(word for word in typed if word not in _DASHES))
    line, places = "", []
    for word in said:
        places.append(len(line))
        line += f"{word} "
    seen = _Seen(today, past=any(word.lower() in _PAST for word in typed))
    taken, spans = [], set[Span]()
    for part in _joined(_parts(line, seen), line):
        if found := _settled(part, seen):
            start, found = _opened(line, part.start, found, today)
            taken.append(range(start, part.end))
            spans.add(found)
    rest = (
        word
        for word, place in zip(typed, places, strict=True)
        if word not in _DASHES and not any(place in part for part in taken)
    )
    return Read(spans.pop() if len(spans) == 1 else None, tuple(rest))


def mended(
    word: str, words: Sequence[str], form: Callable[[str], german.Form] = german.form
) -> str:
    """The word folded, or the one of these folded words that it is a slip of.

    A German word is never taken for a slip. `form` looks it up.
    """
    folded = german.fold(word)
    if not _MENDABLE <= len(folded) <= german.LONGEST_WORD or form(word).known:
        return folded
    meant = process.extractOne(folded, words, scorer=OSA.distance, score_cutoff=1)
    return folded if meant is None else meant[0]


class _Seen(NamedTuple):
    """From where one looks: the day it is, and whether the text speaks of the past."""

    today: date
    past: bool


class _Part(NamedTuple):
    """A piece of a line and what it names: a span, or what it says of the calendar."""

    year: int = 0
    month: int = 0
    day: int = 0
    months: int = 1  # from the month on
    third: str = ""  # of the month: "Anfang", "Mitte" or "Ende"
    week: int = 0
    span: Span | None = None
    until: "_Part | None" = None  # of two that belong together, the second
    start: int = 0
    end: int = 0

    @property
    def lacks_year(self) -> bool:
        return bool((self.month or self.week) and not self.year) and self.until is None

    @property
    def only_year(self) -> bool:
        return bool(self.year and not (self.month or self.week)) and self.until is None


def _may_tell(said: Sequence[str]) -> bool:
    """Whether a pattern may fit at all. Most messages name no days, and there are many patterns."""
    return any(
        # "Guten Tag" says nothing of days, "in einem Tag" does.
        word in _TELLING or word[0].isdigit() or (word == "tag" and _NUMBER.fullmatch(before))
        for before, word in pairwise(("", *said))
    )


def _canonical(word: str, form: Callable[[str], german.Form]) -> str:
    """A word as the patterns know it; numbers in digits."""
    return (dates.number(word.lower()) or mended(word, _WORDS, form)) if word[0].isalpha() else word


def _parts(line: str, seen: _Seen) -> list[_Part]:
    """What names days in a line; where two patterns fit, the first one is meant."""
    parts: list[_Part] = []
    for pattern, meaning in _PATTERNS:
        for match in pattern.finditer(line):
            start, end = match.span()
            if any(part.start < end and start < part.end for part in parts):
                continue
            if part := meaning(match, seen):
                parts.append(part._replace(start=start, end=end))
    return sorted(parts, key=lambda part: part.start)


def _joined(parts: list[_Part], line: str) -> list[_Part]:
    """A month and its year become one, and so do the first day and the last one."""
    joined: list[_Part] = []
    for part in parts:
        before = joined[-1] if joined else None
        gap = line[before.end : part.start].strip() if before else ""
        if before and gap in _WITHIN and before.only_year and part.lacks_year:
            joined[-1] = part._replace(start=before.start, year=before.year)
        elif before and gap in _WITHIN and before.lacks_year and part.only_year:
            joined[-1] = before._replace(end=part.end, year=part.year)
        elif before and gap in _UNTIL and before.until is None:
            joined[-1] = before._replace(end=part.end, until=part)
        else:
            joined.append(part)
    return joined


def _settled(part: _Part, seen: _Seen) -> Span | None:
    """The days that a part names; None for days that there are not."""
    if part.until is not None:
        return _from_to(part._replace(until=None), part.until, seen)
    if part.span is not None:
        return part.span
    if part.only_year:
        return _year(part.year)
    if not (part.month or part.week):
        return None  # "3. bis 5. Platz"
    if part.year:
        return _of_calendar(part)
    # Eight years, because there may be so many between two 29th of February;
    # and a winter or a week may have begun in the year before.
    near = range(-1, 9) if not seen.past else range(1, -9, -1)
    found = (_of_calendar(part._replace(year=seen.today.year + away)) for away in near)
    return next((each for each in found if each and _lies_ahead(each, seen)), None)


def _lies_ahead(found: Span, seen: _Seen) -> bool:
    """Whether it is today, or lies where one looks."""
    return found.first <= seen.today if seen.past else found.last >= seen.today


def _from_to(begin: _Part, end: _Part, seen: _Seen) -> Span | None:
    last = _settled(end, seen)
    if last is None:
        return None
    if begin.day and end.week:  # "12. bis 14. Kalenderwoche"
        begin = begin._replace(day=0, week=begin.day)
    begin = begin._replace(month=begin.month or end.month if begin.day else begin.month)
    # "Von Dezember bis Februar 2022" begins in the year before.
    years = (last.last.year, last.last.year - 1) if begin.lacks_year else (begin.year,)
    found = (_settled(begin._replace(year=year), seen) for year in years)
    first = next((each for each in found if each and each.first <= last.first), None)
    return Span(first.first, last.last) if first else None


def _opened(line: str, start: int, found: Span, today: date) -> tuple[int, Span]:
    """ "Bis Freitag" begins today, "seit Mai" ends today, "ab Mai" does not end."""
    word = _OPENING.search(line, 0, start)
    if word is None:
        return start, found
    match word["word"]:
        case "ab":
            return word.start(), Span(found.first, date.max)
        case "seit" if found.first <= today:
            return word.start(), Span(found.first, today)
        case "bis" if found.last >= today:
            return word.start(), Span(min(today, found.first), found.last)
    return start, found


def _of_calendar(part: _Part) -> Span | None:
    """The days of a part that has its year."""
    if part.week:
        return _calendar_week(part.year, part.week)
    first = date(part.year, part.month, 1)
    if part.months > 1:
        return _season(first)
    if not part.day:
        return _third(_month(first), part.third)
    exists = part.day <= monthrange(part.year, part.month)[1]
    return _just(first.replace(day=part.day)) if exists else None


def _just(day: date) -> Span:
    return Span(day, day)


def _week(day: date) -> Span:
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=6))


def _calendar_week(year: int, number: int) -> Span | None:
    """The week as calendars count it; some years have 53."""
    try:
        return _week(date.fromisocalendar(year, number, 1))
    except ValueError:
        return None


def _season(first: date) -> Span:
    """Three whole months, as the weather service counts."""
    return Span(first, _month(_away(first, "monat", _SEASON - 1)).last)


def _third(month: Span, which: str) -> Span:
    """ "Anfang Mai" is up to the 10th, "Ende Mai" from the 21st on."""
    match which:
        case "anfang":
            return Span(month.first, month.first.replace(day=10))
        case "mitte":
            return Span(month.first.replace(day=11), month.first.replace(day=20))
        case "ende":
            return Span(month.first.replace(day=21), month.last)
    return month


def _month(day: date) -> Span:
    return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def _year(year: int) -> Span:
    return Span(date(year, 1, 1), date(year, 12, 31))


def _said(day: date) -> str:
    return f"{day.day}. {MONTHS[day.month - 1]}"


# What a match means


def _date(match: re.Match[str], seen: _Seen) -> _Part | None:
    """A day or a month, with or without its year."""
    found = match.groupdict()
    name, digits, day = found.get("name"), found.get("year") or "", int(found.get("day") or 0)
    month = MONTH_NUMBERS[name[:3]] if name else int(found["month"])
    year = int(digits or 0) + (2000 if len(digits) == 2 else 0)
    if not 1 <= month <= 12 or (digits and year not in YEARS) or (found.get("day") and not day):
        return None
    if not (day or year) and (which := found.get("which")):
        year = _year_of(month, _step(which), seen.today)
    return _Part(year, month, day, third=found.get("part") or "")


def _year_of(month: int, step: int, today: date) -> int:
    """The year of "nächsten Mai": of the first one after this month."""
    if step > 0:
        return today.year + step - (month > today.month)
    return today.year + step + (month < today.month) if step < 0 else today.year


def _in_season(match: re.Match[str], seen: _Seen) -> _Part | None:
    """Three months, with or without the year in which they begin: "im Winter 2026/27"."""
    found = match.groupdict()
    part = _Part(month=_SEASONS[found["season"]], months=_SEASON)
    if digits := found.get("year"):
        year = int(digits) + (2000 if len(digits) == 2 else 0)
        if year not in YEARS or not str(year + 1).endswith(found.get("second") or ""):
            return None
        return part._replace(year=year)
    if not (which := found.get("which")):
        return part
    around = (part._replace(year=seen.today.year + away) for away in range(-4, 5))
    seasons = [season for each in around if (season := _of_calendar(each))]
    match _step(which):
        case 0:
            now = (each for each in seasons if each.first <= seen.today <= each.last)
            this_year = (each for each in seasons if each.first.year == seen.today.year)
            return _Part(span=next(now, next(this_year)))
        case step if step > 0:
            return _Part(span=[each for each in seasons if each.first > seen.today][step - 1])
        case step:
            return _Part(span=[each for each in seasons if each.last < seen.today][step])


def _in_calendar_week(match: re.Match[str], seen: _Seen) -> _Part | None:
    found = match.groupdict()
    year, week, last = (int(found.get(name) or 0) for name in ("year", "week", "last"))
    if not week or (year and year not in YEARS):
        return None
    return _Part(year, week=week, until=_Part(week=last) if last else None)


def _first_of_two(match: re.Match[str], seen: _Seen) -> _Part:
    """The 3. of "3. bis 5. Mai"."""
    return _Part(day=int(match["day"]))


def _of_year(match: re.Match[str], seen: _Seen) -> _Part | None:
    if digits := match.groupdict().get("year"):
        return _Part(year=int(digits)) if int(digits) in YEARS else None
    which = match.groupdict().get("which") or "dies"
    return _Part(year=seen.today.year + _step(which))


def _near_day(match: re.Match[str], seen: _Seen) -> _Part:
    return _Part(span=_just(seen.today + timedelta(days=_DAYS[match["near"]])))


def _on_weekday(match: re.Match[str], seen: _Seen) -> _Part:
    """The next one, which may be today."""
    which, today = match["which"], seen.today
    away = (WEEKDAYS[match["weekday"]] - today.weekday()) % 7
    step = _step(which) if which else -1 if seen.past else 0
    if step < 0 or (step > 0 and away == 0):
        away += 7 * step
    return _Part(span=_just(today + timedelta(days=away)))


def _in_week(match: re.Match[str], seen: _Seen) -> _Part:
    week = _week(seen.today + timedelta(weeks=_step(match["which"])))
    if weekday := match.groupdict().get("weekday"):
        week = _just(week.first + timedelta(days=WEEKDAYS[weekday]))
    return _Part(span=week)


def _on_weekend(match: re.Match[str], seen: _Seen) -> _Part:
    """From Monday to Friday "nächstes Wochenende" is the one that comes first."""
    which = match["which"]
    at_work = seen.today.weekday() < 5
    step = _step(which) if which else -1 if seen.past and at_work else 0
    if step > 0 and at_work:
        step -= 1
    saturday = _week(seen.today).first + timedelta(days=5, weeks=step)
    return _Part(span=Span(saturday, saturday + timedelta(days=1)))


def _in_month(match: re.Match[str], seen: _Seen) -> _Part:
    month = _month(_away(seen.today, "monat", _step(match["which"])))
    return _Part(span=_third(month, match["part"] or ""))


def _around(match: re.Match[str], seen: _Seen) -> _Part | None:
    """ "In den nächsten zwei Wochen", "in den letzten Tagen": up to today, or from today on."""
    if not _step(match["which"]):
        return None
    number = match["number"] or ""
    many = int(number) if number.isdecimal() else _SEVERAL[match["unit"][:3]]
    other = _away(seen.today, match["unit"], many * _step(match["which"]))
    return _Part(span=Span(min(seen.today, other), max(seen.today, other)))


def _so_far(match: re.Match[str], seen: _Seen) -> _Part:
    """ "In drei Tagen" is a day, "vor zwei Monaten" a month."""
    number = match["number"]
    many = int(number) if number.isdecimal() else 1
    day = _away(seen.today, match["unit"], many if match["way"] == "in" else -many)
    match match["unit"][:3]:
        case "woc":
            return _Part(span=_week(day))
        case "mon":
            return _Part(span=_month(day))
        case "jah":
            return _Part(year=day.year)
    return _Part(span=_just(day))


def _away(day: date, unit: str, many: int) -> date:
    """So many days, weeks, months or years on; a day that a month lacks is its last one."""
    if unit.startswith(("tag", "woc")):
        return day + timedelta(days=many * (7 if unit.startswith("woc") else 1))
    months = day.year * 12 + day.month - 1 + many * (12 if unit.startswith("jah") else 1)
    first = date(months // 12, months % 12 + 1, 1)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


def _step(which: str) -> int:
    """How far away: this is 0, the next is 1, the one before the last is -2."""
    return next(step for stem, step in _STEPS.items() if which.startswith(stem))


def _words(listed: str) -> list[str]:
    return listed.split()


# The words, folded: nächste, naechste and nachste are one.

_STEPS = {
    "dies": 0,
    "nachst": 1,
    "kommend": 1,
    "ubernachst": 2,
    "letzt": -1,
    "vergangen": -1,
    "vorig": -1,
    "vorletzt": -2,
}
_DAYS = {"heute": 0, "morgen": 1, "ubermorgen": 2, "gestern": -1, "vorgestern": -2}
WEEKDAYS = {
    "montag": 0,
    "dienstag": 1,
    "mittwoch": 2,
    "donnerstag": 3,
    "freitag": 4,
    "samstag": 5,
    "sonnabend": 5,
    "sonntag": 6,
}
MONTH_NAMES = tuple(german.fold(name) for name in MONTHS)
MONTH_NUMBERS = {name[:3]: number for number, name in enumerate(MONTH_NAMES, start=1)} | {"mrz": 3}
_SEASONS = {"fruhling": 3, "fruhjahr": 3, "sommer": 6, "herbst": 9, "winter": 12}
_SEASON = 3  # months
_BEGINNING_IN = {3: "Frühjahr", 6: "Sommer", 9: "Herbst", 12: "Winter"}
_SEVERAL = {"tag": 7, "woc": 4, "mon": 3, "jah": 3}  # "in den nächsten Wochen"
YEARS = range(1990, 2100)  # other numbers are rather of people or money
# As they are typed: folded, "hätte" would be "hatte".
_PAST = frozenset(
    _words(
        "war waren wars gab gabs fand fanden lief liefen gewesen stattgefunden stattfand "
        "stattfanden seit hatte hattet hatten bisher früher frühere früheren vergangene vergangenen"
    )
)
_WITHIN = frozenset({"", "im", "in", "des", "vom", "von"})
_UNTIL = frozenset({"bis", "und", "-", "–", "bis zum", "bis ende", "bis zu"})
_DASHES = frozenset("-–")

_MENDABLE = 5  # below five letters one slip makes most words another word
_WORDS = tuple(
    sorted(
        {
            *_DAYS,
            *WEEKDAYS,
            *MONTH_NAMES,
            *_SEASONS,
            *(stem + ending for stem in _STEPS for ending in ("e", "en", "em", "er", "es")),
            *_words("woche wochen wochenende kalenderwoche monat monate monaten jahres jahren"),
        }
    )
)
# Each pattern asks for a digit, for one of these, or for a number before "tag".
_TELLING = frozenset({*_WORDS, *_words("heuer tage tagn tagen monatn jahr jahre jahrn")})

# All patterns are linear: no repeated group, bounded repetition only.
_TOKEN = re.compile(
    r"""\d{4}-\d\d-\d\d(?!\d)
      | \d{1,2}\.\ ?\d{1,2}\.(?:\ ?(?:\d{4}|\d\d)(?!\d))?
      | \d{1,2}[./]\d{4}(?!\d)
      | \d{1,2}\.\d{1,2}(?![\d.])
      | \d+\.?
      | [^\W\d_]+
      | [-–]""",
    re.VERBOSE,
)
_GREETING = re.compile(r"^\W*(?:(?:guten|schönen)\s+morgen\b|morgen(?=\s?[,!]))", re.IGNORECASE)
_OPENING = re.compile(r"\b(?P<word>ab|seit|bis)(?: dem| zum)? (?:ende )?$")

_NUMBER = re.compile("paar|wenigen|eine[nmr]?")

_GROUPS = {
    "which": rf"(?P<which>(?:{'|'.join(_STEPS)})e[nmrs]?)",
    "weekday": rf"(?P<weekday>{'|'.join(WEEKDAYS)})",
    "near": rf"(?P<near>{'|'.join(_DAYS)})",
    "on": rf"(?:(?:{'|'.join(WEEKDAYS)}) (?:den |dem |der )?)?",
    "part": r"(?:(?P<part>anfang|mitte|ende) )?",
    "hours": r"(?: (?:fruh|vormittag|mittag|nachmittag|abend|nacht))?",
    "name": rf"(?P<name>{'|'.join(MONTH_NAMES)})",
    # A word of its own: nobody who asks for the "Sommer-Akademie" means the months.
    "season": rf"(?P<season>{'|'.join(_SEASONS)})(?! -)",
    "since": r"(?:(?<=ab )|(?<=seit )|(?<=seit dem )|(?<=bis )|(?<=bis zum ))",
    "week": r"(?P<week>\d{1,2})",
    "short": r"(?P<name>jan|feb|mrz|apr|jun|jul|aug|sept?|okt|nov|dez)",
    "day": r"(?P<day>\d{1,2})",
    "month": r"(?P<month>\d{1,2})",
    "year": r"(?P<year>\d{4}|\d\d(?! uhr))",
    "number": rf"(?P<number>\d{{1,3}}|{_NUMBER.pattern})",
    "unit": r"(?P<unit>tage?n?|wochen?|monate?n?|jahre?n?)",
    "units": r"(?P<unit>tagen?|wochen|monaten?|jahren?)",
}


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of whole words; `@name` stands for a group."""
    filled = re.sub(r"@([a-z]+)", lambda match: _GROUPS[match[1]], text)
    return re.compile(rf"(?<!\S)(?:{filled})(?!\S)")


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _Seen], _Part | None]], ...] = (
    (_pattern(r"(?P<year>\d{4})-(?P<month>\d\d)-@day"), _date),
    (_pattern(r"(?:kw|kalenderwoche) @week/(?P<year>\d{4})"), _in_calendar_week),
    (
        _pattern(r"(?:kw|kalenderwoche) @week\.?(?: (?:bis|-|–) (?P<last>\d\d?))?"),
        _in_calendar_week,
    ),
    (_pattern(r"@week(?:\.| te[nr]?) (?:kw|kalenderwoche)"), _in_calendar_week),
    (_pattern(r"@on@day\. ?@month\.(?: ?@year)?"), _date),
    (_pattern(r"(?:am|vom|den|bis|zum) @day\.@month"), _date),
    (_pattern(r"@on@day(?:\.| ?t?en?)? @name(?: @year)?"), _date),
    (_pattern(r"@on@day(?:\.| ?t?en?)? @short(?: @year)?"), _date),
    (_pattern(r"@month[./](?P<year>\d{4})"), _date),
    (_pattern(r"@part(?:@which )?@name(?: @year)?"), _date),
    (_pattern(r"@part@short @year"), _date),
    (_pattern(r"(?:im )?(?P<season>winter) @year (?P<second>\d{4}|\d\d)"), _in_season),
    (_pattern(r"(?:im |@which )@season(?: @year)?"), _in_season),
    (_pattern(r"@season (?P<year>\d{4})"), _in_season),
    (_pattern(r"@since@season"), _in_season),
    (_pattern(r"@day\.?(?= (?:bis|und|-|–) (?:zum )?\d{1,2}\.)"), _first_of_two),
    (_pattern(r"@part@which woche(?: am)? @weekday"), _in_week),
    (_pattern(r"@weekday @which woche"), _in_week),
    (_pattern(r"@part@which woche"), _in_week),
    (_pattern(r"(?:@which )?wochenende"), _on_weekend),
    (_pattern(r"@part@which monat(?:s|es)?"), _in_month),
    (_pattern(r"@which (?:@number )?@units"), _around),
    (_pattern(r"(?P<way>in|vor) @number @unit"), _so_far),
    (_pattern(r"(?:@which )?@weekday@hours"), _on_weekday),
    (_pattern(r"@near@hours"), _near_day),
    (_pattern(r"@part@which jahr(?:s|es)?"), _of_year),
    (_pattern(r"heuer"), _of_year),
    (_pattern(r"@part(?:jahre? )?(?P<year>\d{4})"), _of_year),
)
