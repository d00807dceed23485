"""Calendar files (RFC 5545) as fields of events. What is wrong becomes a German sentence.

Which moment is meant:
- A time with a zone is taken as that zone's, a time in UTC as such. The zone may have
  the name of the IANA, the one that Windows gives it, or one that the file describes.
- A time without any zone is the calendar's (X-WR-TIMEZONE), else Berlin's.
- When clocks are changed, RFC 5545 (3.3.5) decides: a time that is skipped counts from
  before the change (02:30 is 03:30 then); of a time that comes twice the first is meant.
- A day as the end is the first that does not belong to it any more.

We read lines and zones ourselves and leave the values to the package: it drops lines
without a word, and remembers the zones of one file for the next one.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Event as Appointment
from icalendar import Timezone, vBroken, vUnknown
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from bot.untagged import untagged
from handlers.hours import BERLIN, day_of
from handlers.programme.calendars import OUR_FIELDS, OURS
from handlers.wording import day
from knowledge import german

MOST_EVENTS = 10_000
LARGEST_SEQUENCE = 2**31 - 1
# Years beyond are slips, and some computers cannot reckon with them.
YEARS = range(1900, 2200)

_LINE = re.compile(r"([A-Za-z0-9-]+)(?=[;:]).*?:", re.DOTALL)
_ZONED = {"DTSTART", "DTEND"}
_RECURRING = ("RRULE", "RDATE", "EXRULE", "RECURRENCE-ID")
_READ = {
    *("UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "SEQUENCE", "LAST-MODIFIED", "STATUS"),
    *("DESCRIPTION", "LOCATION", "URL", "CATEGORIES", "CLASS"),
}
# The rules by which zones are described. Others could keep a computer busy for years.
_ZONE_RULE = re.compile(
    r"FREQ=YEARLY(;(BYDAY=[-+]?\d?[A-Z]{2}|(BYMONTH|BYMONTHDAY|INTERVAL|COUNT)=-?\d{1,4}(,-?\d{1,2})*"
    r"|UNTIL=[\dTZ]+|WKST=[A-Z]{2}))*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a file says of one event, and how it is called in a sentence about it."""

    named: str
    fields: dict[str, Any]


class NotReadable(Exception):
    """Something about one event is wrong; the message is half a German sentence."""


def is_calendar(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper() == b"BEGIN:VCALENDAR"


def drafts(data: bytes, problems: list[str]) -> list[Draft]:
    """The events of a calendar file. If there are problems, the file must not be used."""
    if not is_calendar(data):
        problems.append("Das ist keine Kalenderdatei: Sie beginnt nicht mit BEGIN:VCALENDAR.")
        return []
    file = _File()
    file.take(data, problems)
    if len(file.events) > MOST_EVENTS:
        problems.append(
            f"Die Datei enthält {len(file.events)} Veranstaltungen; möglich sind höchstens "
            f"{MOST_EVENTS}. Bitte auf mehrere Dateien verteilen."
        )
    elif not file.events and not problems:
        problems.append("Die Datei enthält keine Veranstaltung.")
    if problems:
        return []
    found = []
    for block in file.events:
        reading = _Reading(file, block)
        try:
            fields = reading.fields()
        except NotReadable as error:
            problems.append(f"{reading.named}: {error}")
        else:
            found.append(Draft(reading.named, fields))
    return found


# -- lines ----------------------------------------------------------------------


@dataclass(slots=True)
class _Block:
    line: int
    lines: list[str] = field(default_factory=list)


class _File:
    """A file taken apart: the lines of its events, and the zones it describes."""

    def __init__(self) -> None:
        self.events: list[_Block] = []
        self.cancels = False
        self.home: tzinfo = BERLIN
        self._zones: dict[str, list[str]] = {}
        self._known: dict[str, tzinfo | None] = {}
        self._open: list[tuple[str, int]] = []

    def take(self, data: bytes, problems: list[str]) -> None:
        """Go through the lines; stops at the first of which the rest cannot be understood."""
        described: list[str] = []
        for number, raw in _unfolded(data):
            try:
                line = raw.decode("utf-8")
            except UnicodeDecodeError:
                problems.append(f"Zeile {number} ist kein UTF-8. Bitte die Datei so speichern.")
                continue
            found = _LINE.match(line)
            if not found:
                problems.append(f"Zeile {number} ist keine Zeile eines Kalenders: „{line[:40]}“.")
                continue
            name, value = found[1].upper(), line[found.end() :].strip()
            if name in ("BEGIN", "END"):
                advice = self._turn(name, value.upper(), number)
                if advice:
                    problems.append(f"Zeile {number}: {advice}")
                    return
            names = [name for name, _ in self._open]
            if names == ["VCALENDAR", "VEVENT"] and name not in ("BEGIN", "END"):
                self.events[-1].lines.append(_renamed(name, line))
            elif "VTIMEZONE" in names or (name, value.upper()) == ("END", "VTIMEZONE"):
                described.append(line)
                if not names[1:]:
                    self._describe(described)
                    described = []
            elif names == ["VCALENDAR"]:
                self._head(name, value)
        if self._open:
            last, begun = self._open[-1]
            problems.append(
                f"Die Datei ist unvollständig: Was in Zeile {begun} mit BEGIN:{last} beginnt, "
                "endet nicht."
            )

    def zone(self, name: str) -> tzinfo:
        """The zone of this name; raises NotReadable if nobody knows it."""
        if name not in self._known:
            self._known[name] = _named_zone(name) or self._described_zone(name)
        found = self._known[name]
        if found is None:
            raise NotReadable(
                f"Die Zeitzone „{name[:60]}“ ist nicht bekannt. Bitte zum Beispiel Europe/Berlin "
                "angeben."
            )
        return found

    def _turn(self, name: str, value: str, number: int) -> str:
        """Begin or end a component; what is wrong about that, if anything."""
        names = [name for name, _ in self._open]
        if name == "END":
            if not names or names[-1] != value:
                return f"END:{value[:30]} gehört zu keinem BEGIN. Bitte die Datei neu ausgeben."
            self._open.pop()
            return ""
        if value in names or (value == "VCALENDAR") == bool(names):
            return f"BEGIN:{value[:30]} ist hier nicht möglich; vielleicht fehlt davor ein END."
        if value == "VEVENT":
            if names != ["VCALENDAR"]:
                return "BEGIN:VEVENT ist hier nicht möglich; vielleicht fehlt davor ein END."
            self.events.append(_Block(number))
        self._open.append((value, number))
        return ""

    def _head(self, name: str, value: str) -> None:
        if name == "METHOD":
            self.cancels = value.upper() == "CANCEL"
        elif name == "X-WR-TIMEZONE":
            self.home = _named_zone(value) or self.home

    def _describe(self, lines: list[str]) -> None:
        for line in lines:
            if line.upper().startswith("TZID") and ":" in line:
                self._zones[line.partition(":")[2].strip()] = lines

    def _described_zone(self, name: str) -> tzinfo | None:
        lines = self._zones.get(name, [])
        for line in lines:
            rule, _, value = line.partition(":")
            if rule.upper().startswith("RRULE") and not _ZONE_RULE.fullmatch(value.strip()):
                return None
        try:
            described: Any = Timezone.from_ical(_bytes(lines))
            zone: tzinfo = described.to_tz(lookup_tzid=False)
            zone.utcoffset(datetime(2026, 1, 1))  # noqa: DTZ001 - does it know anything?
        except Exception:  # the package and dateutil raise anything at all here
            return None
        return zone


def _unfolded(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Whole lines with the number at which they begin. A fold may cut through a letter."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    parts: list[bytes] = []
    begun = 1
    for number, line in enumerate(data.replace(b"\r\n", b"\n").split(b"\n"), start=1):
        if line.startswith((b" ", b"\t")) and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield begun, b"".join(parts)
        begun, parts = number, [line] if line.strip() else []
    if parts:
        yield begun, b"".join(parts)


def _renamed(name: str, line: str) -> str:
    return re.sub(r"(?i);TZID=", ";X-ZONE=", line, count=1) if name in _ZONED else line


def _bytes(lines: Iterable[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()


def _named_zone(name: str) -> tzinfo | None:
    """A zone by the name that the IANA, Windows, or a program with a prefix of its own uses."""
    name = name.strip().strip('"')
    parts = name.strip("/").split("/")
    tails = ["/".join(parts[start:]) for start in range(len(parts))] if name[:1] == "/" else [name]
    for candidate in (*tails, WINDOWS_TO_OLSON.get(name, "")):
        if candidate in _zone_names():
            return ZoneInfo(candidate)
    return None


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


# -- one event -------------------------------------------------------------------


class _Reading:
    """Reads one event. `named` is how it is called, as far as that is known."""

    def __init__(self, file: _File, block: _Block) -> None:
        self.named = f"Der Eintrag in Zeile {block.line}"
        self._file = file
        self._block = block
        self._one: Any = Appointment()

    def fields(self) -> dict[str, Any]:
        """All fields that a calendar has a word for; raises NotReadable."""
        self._parse()
        title = " ".join(self._text("SUMMARY").split())
        if title:
            self.named = f"„{title[:60]}“ ({self.named[4:]})"
        self._check()
        if any(name in self._one for name in _RECURRING):
            raise NotReadable(
                "Die Veranstaltung wiederholt sich. Bitte im Kalender einzelne Termine daraus "
                "machen und die Datei neu ausgeben."
            )
        if not title:
            raise NotReadable("Der Titel fehlt (SUMMARY).")
        starts = self._moment("DTSTART")
        if starts is None:
            raise NotReadable("Der Beginn fehlt (DTSTART).")
        self.named = f"„{title[:60]}“ ({day(day_of(starts))})"
        if str(self._one.get("CLASS", "PUBLIC")).upper() != "PUBLIC":
            raise NotReadable(
                "Der Eintrag ist als privat gekennzeichnet (CLASS). Bitte freigeben oder "
                "aus der Datei nehmen."
            )
        found: dict[str, Any] = {
            "title": title,
            "starts": starts,
            "ends": self._end(starts),
            "place": " ".join(self._text("LOCATION").split()) or None,
            "link": str(self._one.get("URL", "")).strip() or None,
            "description": self._text("DESCRIPTION") or self._text("X-ALT-DESC") or title,
            "cancelled": self._file.cancels
            or str(self._one.get("STATUS", "")).upper() == "CANCELLED",
            "uid": " ".join(self._text("UID").split()) or None,
            "sequence": self._sequence(),
            "updated_at": self._changed(),
        }
        if "CATEGORIES" in self._one:
            found["topics"] = self._topics()
        return found | self._ours(found["link"])

    def _parse(self) -> None:
        lines = ("BEGIN:VEVENT", *self._block.lines, "END:VEVENT")
        try:
            self._one = Appointment.from_ical(_bytes(lines))
        except Exception as error:
            raise NotReadable("Der Eintrag ist nicht lesbar.") from error
        if any(name is None for name, _ in self._one.errors):
            raise NotReadable("Eine Zeile des Eintrags ist nicht lesbar.")

    def _check(self) -> None:
        """The package keeps what it could not read, and what stood twice, as it is."""
        for name, value in self._one.items():
            if name in _READ - {"CATEGORIES"} and isinstance(value, list):
                raise NotReadable(f"Die Angabe {name} steht doppelt.")
            if name in _READ and isinstance(value, vBroken):
                raise NotReadable(f"Die Angabe {name} ist nicht lesbar.")

    def _text(self, name: str) -> str:
        value = self._one.get(name, "")
        value = value[0] if isinstance(value, list) else value
        return "" if isinstance(value, vBroken) else untagged(str(value))

    def _moment(self, name: str) -> date | None:
        """A day, or a time in UTC."""
        value = self._one.get(name)
        if value is None:
            return None
        at = getattr(value, "dt", None)
        if not isinstance(at, date):
            raise NotReadable(f"Die Angabe {name} ist kein Tag und keine Uhrzeit.")
        if at.year not in YEARS:
            raise NotReadable(f"Das Jahr {at.year} kann nicht stimmen ({name}).")
        if not isinstance(at, datetime):
            return at
        if at.tzinfo is not None:
            return at.astimezone(UTC)
        zone = str(value.params.get("X-ZONE", "")).strip()
        return _moment(at, self._file.zone(zone) if zone else self._file.home)

    def _end(self, starts: date) -> date | None:
        """When it ends, or its last day; None where it is only a moment or a day."""
        ends = self._moment("DTEND")
        if ends is None and "DURATION" in self._one:
            ends = self._after(starts, self._one["DURATION"].dt)
        if ends is None:
            return None
        if isinstance(starts, datetime) != isinstance(ends, datetime):
            raise NotReadable("Beginn und Ende sind nicht beide ein Tag oder beide eine Uhrzeit.")
        if ends < starts:
            raise NotReadable("Das Ende liegt vor dem Beginn.")
        if not isinstance(ends, datetime):
            ends = max(starts, ends - timedelta(days=1))
        return ends if ends > starts else None

    def _after(self, starts: date, duration: timedelta) -> date:
        """Whole days are those of the calendar, also when clocks are changed; the rest is real."""
        days = timedelta(days=duration.days)
        try:
            if not isinstance(starts, datetime):
                return starts + days
            value = self._one["DTSTART"]
            wall: datetime = value.dt + days
            if wall.tzinfo is not None:
                return wall.astimezone(UTC) + (duration - days)
            zone = str(value.params.get("X-ZONE", "")).strip()
            moment = _moment(wall, self._file.zone(zone) if zone else self._file.home)
            return moment + (duration - days)
        except OverflowError:
            raise NotReadable("Die Dauer ist zu lang (DURATION).") from None

    def _topics(self) -> tuple[str, ...]:
        value = self._one.get("CATEGORIES", [])
        groups = value if isinstance(value, list) else [value]
        names = [slug(untagged(str(name))) for group in groups for name in group.cats]
        return tuple(dict.fromkeys(name for name in names if name))

    def _sequence(self) -> int:
        sequence = int(self._one.get("SEQUENCE", 0))
        if not 0 <= sequence <= LARGEST_SEQUENCE:
            raise NotReadable("Die Angabe SEQUENCE ist nicht lesbar.")
        return sequence

    def _changed(self) -> datetime | None:
        value = self._one.get("LAST-MODIFIED")
        at = getattr(value, "dt", None)
        if not isinstance(at, datetime) or at.year not in YEARS:
            return None
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

    def _ours(self, link: str | None) -> dict[str, Any]:
        """What only a file of ours says."""
        if OURS not in self._one:
            return {}
        text = str(self._one[OURS])
        if isinstance(self._one[OURS], vUnknown):
            # Another program wrote the file again, and left out what kind of value it is.
            text = re.sub(r"\\([\\;,])", r"\1", text)
        try:
            found = json.loads(text)
            until = found.get("registration_until", "")
            if len(until) == len("2027-03-25"):
                found["registration_until"] = date.fromisoformat(until)
        except (ValueError, RecursionError, AttributeError, TypeError):
            found = None
        if not isinstance(found, dict) or not found.keys() <= OUR_FIELDS:
            raise NotReadable(f"Die Angabe {OURS} ist nicht lesbar.")
        # An event without a page of its own has its documentation as the address, but
        # who gave it another one in their calendar means that one.
        if link != found.get("link", found.get("documentation")):
            found["link"] = link
        else:
            found.setdefault("link", None)
        return found


def _moment(wall: datetime, zone: tzinfo) -> datetime:
    """What a clock on the wall shows, as a moment in UTC."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # Clocks skip this time: it counts from before the change.
    offset = zone.utcoffset(wall - timedelta(days=1)) or timedelta()
    return (wall - offset).replace(tzinfo=UTC)


def slug(text: str, longest: int = 48) -> str:
    """Small letters, digits and single hyphens; empty where nothing of that is left."""
    text = unicodedata.normalize("NFKC", text).lower().translate(german.AS_TYPED)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:longest].rstrip("-")
