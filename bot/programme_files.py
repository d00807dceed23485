"""Files that hold a programme: calendar files, and YAML in the form of our own events.

A file is taken as a whole or not at all.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from pydantic import ValidationError

from bot import ical
from handlers.hours import BERLIN
from handlers.programme import calendars, keeping
from knowledge.models import Event
from knowledge.problems import Problem, in_german
from knowledge.tree import Tree, parse
from storage import events as kept_events
from storage.database import Tx

# Ten thousand events with all that calendar programs write about them.
LARGEST_FILE = 32_000_000
OWN_UIDS = "@kleinstadt-hotline"
# Made of title and beginning; never the UID that an event has because of its id.
MADE_UIDS = "@ohne-uid.kleinstadt-hotline"
LONGEST_ID = 48

# How the fields are called where people did not write their names themselves.
_NAMES = {
    "title": "Titel",
    "description": "Beschreibung",
    "place": "Ort",
    "link": "Internetadresse",
    "topics": "Kategorien",
    "uid": "UID",
}
# When a file was read does not make another event of it.
_INCIDENTAL = {"source": "", "checked_on": date.min, "sequence": 0, "updated_at": None}


class ProgrammeError(Exception):
    """The file cannot be used. `problems` are German sentences; `str()` has one a line."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def read(data: bytes, file_name: str, today: date) -> tuple[Event, ...]:
    """The events of a file, in its order; raises ProgrammeError with every problem.

    Ids are made of title and day where the file gives none. An event of a calendar file
    says nothing of what calendars have no words for: see `take_in`.
    """
    problems: list[str] = []
    found: list[Event] = []
    if len(data) > LARGEST_FILE:
        problems.append("Die Datei ist zu groß. Bitte auf mehrere verteilen.")
    elif not data.strip():
        problems.append("Die Datei ist leer.")
    elif ical.is_calendar(data) or file_name.lower().endswith((".ics", ".ical", ".icalendar")):
        found = _from_calendar(data, file_name, today, problems)
    else:
        found = _from_yaml(data, problems)
    found = _told_apart(found)
    _check_doubles(found, problems)
    if problems:
        raise ProgrammeError(problems)
    return tuple(found)


async def take_in(tx: Tx, events: Iterable[Event], now: datetime) -> Counter[keeping.Outcome]:
    """Keep the events that `read` found; how many were new, changed, and so on.

    Who is there already is known by the UID and keeps the id, and whatever the file has no
    words for. The same file again changes nothing.
    """
    done: Counter[keeping.Outcome] = Counter()
    for event in events:
        done[await _take_in(tx, event, now)] += 1
    return done


async def _take_in(tx: Tx, event: Event, now: datetime) -> keeping.Outcome:
    before = await kept_events.by_uid(tx, event.calendar_uid)
    if before is None:
        other = await kept_events.get(tx, event.id)
        if other is not None:
            # The id is somebody else's. What had its UID from it keeps that.
            other_id = {"id": _distinct(event), "uid": event.calendar_uid}
            event = event.model_copy(update=other_id)
        return await keeping.keep(tx, event, "import", now)
    old = Event.model_validate_json(before.payload)
    said = {name: getattr(event, name) for name in event.model_fields_set - {"id", "uid"}}
    event = old.model_copy(update=said)
    if before.state != "draft" and _lasting(event) == _lasting(old):
        return "same"
    return await keeping.keep(tx, event, "import", now)


def _lasting(event: Event) -> Event:
    return event.model_copy(update=_INCIDENTAL)


# -- calendar files ---------------------------------------------------------------


def _from_calendar(data: bytes, file_name: str, today: date, problems: list[str]) -> list[Event]:
    found = []
    for draft in ical.drafts(data, problems):
        fields = draft.fields
        fields.setdefault("source", f"Kalenderdatei {file_name}")
        fields.setdefault("checked_on", today)
        _identify(fields)
        try:
            event = Event.model_validate(fields)
        except ValidationError as error:
            problems += _sentences(draft.named, error)
            continue
        # What we added to the description when we wrote the file.
        added = calendars.facts(event)
        plain = event.description.removesuffix(added).strip() if added else event.description
        found.append(event.model_copy(update={"description": plain or event.title}))
    return found


def _identify(fields: dict[str, Any]) -> None:
    """Give an event of a file an id and, if it has none, a UID."""
    title, starts = fields["title"], fields["starts"]
    uid = fields["uid"]
    if not uid:
        fields["uid"] = _made_uid(title, starts)
    elif uid.endswith(OWN_UIDS):
        name = uid.removesuffix(OWN_UIDS)
        if name == ical.slug(name):
            # One of ours on its way back: its UID comes from its id.
            fields |= {"id": name, "uid": None}
    fields.setdefault("id", _id(title, starts))


def _sentences(named: str, error: ValidationError) -> list[str]:
    found = []
    for detail in error.errors(include_url=False):
        place = tuple(_NAMES.get(str(part), str(part)) for part in detail["loc"])
        found.append(f"{named}: {in_german({**detail, 'loc': place})}")
    return found


# -- YAML -------------------------------------------------------------------------


def _from_yaml(data: bytes, problems: list[str]) -> list[Event]:
    wrong: list[Problem] = []
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(f"Zeile {line} ist kein UTF-8. Bitte die Datei so speichern.")
        return []
    tree = parse("", data, wrong)
    problems += [f"Zeile {problem.line}: {problem.message}" for problem in wrong]
    if tree is None:
        return []
    if not isinstance(tree.value, list):
        problems.append("Hier wird eine Liste erwartet: Veranstaltungen mit „- id: …“.")
        return []
    if len(tree.value) > ical.MOST_EVENTS:
        problems.append(
            f"Die Datei enthält {len(tree.value)} Veranstaltungen; möglich sind höchstens "
            f"{ical.MOST_EVENTS}. Bitte auf mehrere Dateien verteilen."
        )
        return []
    found = []
    for number, raw in enumerate(tree.value):
        event = _from_raw(tree, number, raw, problems)
        if event is not None:
            found.append(event)
    return found


def _from_raw(tree: Tree, number: int, raw: object, problems: list[str]) -> Event | None:
    if isinstance(raw, dict) and "id" not in raw:
        title, starts = raw.get("title"), raw.get("starts")
        if isinstance(title, str) and isinstance(starts, date):
            made = {"id": _id(title, starts), "uid": _made_uid(title, starts)}
            raw = made | raw
    try:
        event = Event.model_validate(raw)
    except ValidationError as error:
        told = set()
        for detail in error.errors(include_url=False):
            line = tree.line((number, *detail["loc"]))
            # A value that may be one of two kinds is reported once for each.
            if (line, detail["loc"][:1]) not in told:
                told.add((line, detail["loc"][:1]))
                problems.append(f"Zeile {line}: {in_german(detail)}")
        return None
    for moment in (event.starts, event.ends):
        if moment is not None and moment.year not in ical.YEARS:
            line = tree.line((number, "starts"))
            problems.append(f"Zeile {line}: Das Jahr {moment.year} kann nicht stimmen.")
            return None
    # Such a file says everything of an event: what it leaves out is not so.
    everything = {name: getattr(event, name) for name in Event.model_fields}
    return event.model_copy(update=everything)


# -- ids --------------------------------------------------------------------------


def _id(title: str, starts: date) -> str:
    local = starts.astimezone(BERLIN) if isinstance(starts, datetime) and starts.tzinfo else starts
    ending = f"-{local:%Y-%m-%d}"
    return (ical.slug(title, LONGEST_ID - len(ending)) or "veranstaltung") + ending


def _made_uid(title: str, starts: date) -> str:
    moment = starts.astimezone(UTC) if isinstance(starts, datetime) and starts.tzinfo else starts
    return _hashed(f"{title}\n{moment.isoformat()}", 32) + MADE_UIDS


def _distinct(event: Event) -> str:
    """Another id, by the UID: for two with the same title on the same day."""
    ending = "-" + _hashed(event.calendar_uid, 6)
    name = event.id
    if len(name) + len(ending) > LONGEST_ID:
        day = name[-11:]
        name = name[: LONGEST_ID - len(ending) - len(day)].rstrip("-") + day
    return name + ending


def _hashed(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _told_apart(events: list[Event]) -> list[Event]:
    """All with an id that was made twice get another one, whatever their order."""
    times = Counter(event.id for event in events)
    return [
        event.model_copy(update={"id": _distinct(event)})
        if times[event.id] > 1 and event.uid
        else event
        for event in events
    ]


def _check_doubles(events: list[Event], problems: list[str]) -> None:
    seen: set[str] = set()
    for event in events:
        if event.calendar_uid in seen:
            problems.append(
                f"„{event.title[:60]}“ steht mehrmals in der Datei (UID {event.calendar_uid}). "
                "Bitte nur einmal angeben."
            )
        seen.add(event.calendar_uid)
