"""The fields of an event as a coordinator writes them, one by one or a whole page of them."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from pydantic import ValidationError
from pydantic_core import Url
from rapidfuzz import fuzz, process

from handlers.announcing.audiences import folded, known_topics
from handlers.desk.unclear import Unclear
from handlers.hours import day_of
from handlers.programme import appointments, keeping, topics
from knowledge.addresses import http_url
from knowledge.load import Library
from knowledge.models import Character, Event
from knowledge.slugs import slug

NAMES: tuple[str, ...] = (
    "title",
    "when",
    "where",
    "character",
    "description",
    "topics",
    "format",
    "region",
    "organisers",
    "registration",
    "registration_until",
    "capacity",
    "documentation",
)
REQUIRED = ("title", "when")

LONGEST_TITLE = 120  # characters
LONGEST_DESCRIPTION = 1500
LONGEST_LINE = 200
LONGEST_TOPIC = 40  # what the name of a topic may have; a sentence is none
MOST_PLACES = 100_000

ID_LENGTH = 48
_DATE_LENGTH = len("-2027-03-12")
_ALIKE = 85  # of 100: a topic, mistyped
_LIKE = 75  # of 100: one of a few words that are far from one another
_CLOSE = 5  # points between two formats that could both be meant


def begun(title: str, when: str, library: Library, now: datetime) -> Event:
    """A new event, which needs no more than these two; raises Unclear."""
    event = _blank(now)
    for name, text in (("title", title), ("when", when)):
        event = change(event, name, text, library, now)
    return _with_id(event)


def titled(text: str) -> str:
    """A title; raises Unclear."""
    title = _tidy("title", text)
    if not title:
        raise Unclear("evd_title_missing")
    return _short(title, LONGEST_TITLE)


def change(event: Event, name: str, text: str, library: Library, now: datetime) -> Event:
    """One field from a person's words; raises Unclear. No words take the field away."""
    text = _tidy(name, text)
    if text == _tidy(name, written(event, name)) and (text or name not in REQUIRED):
        return event  # also where nobody could write it so today: its time may be past
    changes = _READ[name](event, text, library, now)
    return Event.model_validate({**dict(event), **changes})


def written(event: Event, name: str) -> str:
    """The field as somebody would type it, empty where there is nothing."""
    match name:
        case "when":
            return appointments.written(event.starts, event.ends)
        case "where":
            return " ".join(filter(None, (event.place, str(event.link or ""))))
        case "character":
            return " oder ".join(_CHARACTERS[character][0] for character in event.characters)
        case "description":
            return "" if event.description == event.title else event.description
        case "topics":
            return ", ".join(topics.name(topic) for topic in event.topics)
        case "organisers":
            # A body may have a comma in its name.
            return "; ".join(event.organisers)
        case "registration_until":
            until = event.registration_until
            return appointments.written(until) if until else ""
        case _:
            value = getattr(event, name)
            return "" if value is None else str(value)


def filled(
    form: Mapping[str, str], before: Event | None, library: Library, now: datetime
) -> tuple[Event | None, dict[str, Unclear]]:
    """A whole page: the event, or what is wrong with which field.

    What nobody touched on the page stays as it is; fields that are not on it do, too.
    """
    start = before or _blank(now)
    event, wrong = start, dict[str, Unclear]()
    for name in NAMES:
        needed = before is None and name in REQUIRED
        text = form.get(name, "" if needed else written(start, name))
        if not needed and _tidy(name, text) == _tidy(name, written(start, name)):
            continue
        try:
            event = change(event, name, text, library, now)
        except Unclear as unclear:
            wrong[name] = unclear
    if wrong:
        return None, wrong
    return event if before else _with_id(event), {}


def offered_topics(event: Event, library: Library) -> list[tuple[str, str]]:
    """All topics there are with their names; those that other events have come first."""
    used = {topic for one in library.events.values() for topic in topics.telling(one)}
    known = known_topics(library) | set(event.topics)
    listed = sorted((topic not in used, topics.name(topic), topic) for topic in known)
    return [(topic, name) for _, name, topic in listed]


# -- one field each ---------------------------------------------------------------------


Changes = dict[str, object]


def _title(event: Event, text: str, library: Library, now: datetime) -> Changes:
    title = titled(text)
    if event.description == event.title:
        return {"title": title, "description": title}
    return {"title": title}


def _when(event: Event, text: str, library: Library, now: datetime) -> Changes:
    # What is over may be put right; what is to come cannot be moved into the past.
    found = appointments.read(text, now, past_allowed=keeping.is_over(event, now))
    return {"starts": found.starts, "ends": found.ends}


def _where(event: Event, text: str, library: Library, now: datetime) -> Changes:
    """A place, an address to click on, or both in one line."""
    place, link = text, None
    if found := _ADDRESS.search(text):
        address = found[0].rstrip(_PUNCTUATION)
        link = _url(address)
        rest = text[: found.start()] + " " + text[found.start() + len(address) :]
        place = " ".join(rest.split()).strip(_PUNCTUATION + " (–-|")
    place = _short(place, LONGEST_LINE)
    if folded(place) in ("online", "digital"):
        return {"place": None, "link": link, "characters": (Character.DIGITAL,)}
    return {"place": place or None, "link": link}


def _character(event: Event, text: str, library: Library, now: datetime) -> Changes:
    found: list[Character] = []
    for part in _parts(text, r"[,;/\n]|\boder\b"):
        word = folded(part)
        best = process.extractOne(word, _WAYS, scorer=fuzz.ratio, score_cutoff=_LIKE)
        if best is None:
            raise Unclear("evd_character_unclear", text=part)
        found.append(_CHARACTER_OF[best[0]])
    return {"characters": tuple(dict.fromkeys(found))}


def _description(event: Event, text: str, library: Library, now: datetime) -> Changes:
    return {"description": _short(text, LONGEST_DESCRIPTION) or event.title}


def _topics(event: Event, text: str, library: Library, now: datetime) -> Changes:
    known = sorted(known_topics(library) | set(event.topics))
    found = [_topic(part, known) for part in _parts(text, r"[,;\n]")]
    return {"topics": tuple(dict.fromkeys(found))}


def _topic(text: str, known: list[str]) -> str:
    """One that is known, also if it is mistyped; else a new one."""
    topic = "-".join(_WORD.findall(folded(text)))
    if topic in known:
        return topic
    if not topic.isascii() or not any(map(str.isalpha, topic)) or len(topic) > LONGEST_TOPIC:
        raise Unclear("evd_topic_unclear", text=_excerpt(text), limit=LONGEST_TOPIC)
    alike = process.extractOne(topic, known, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return topic if alike is None else str(alike[0])


def _format(event: Event, text: str, library: Library, now: datetime) -> Changes:
    if not text or text in library.formats:
        return {"format": text or None}
    names = {one.id: folded(one.name) for one in library.formats.values()}
    word = folded(text)
    for format_id, name in names.items():
        if name == word:
            return {"format": format_id}
    hits = process.extract(word, names, scorer=fuzz.WRatio, score_cutoff=_LIKE, limit=3)
    if not hits:
        raise Unclear("evd_format_unknown", text=_excerpt(text))
    close = [format_id for _, score, format_id in hits if hits[0][1] - score < _CLOSE]
    if len(close) > 1:
        listed = "\n".join(f"• {library.formats[format_id].name}" for format_id in close)
        raise Unclear("evd_format_several", text=_excerpt(text), list=listed)
    return {"format": close[0]}


def _region(event: Event, text: str, library: Library, now: datetime) -> Changes:
    return {"region": _short(text, LONGEST_LINE) or None}


def _organisers(event: Event, text: str, library: Library, now: datetime) -> Changes:
    named = [_short(part, LONGEST_LINE) for part in _parts(text, r"[;\n]")]
    return {"organisers": tuple(dict.fromkeys(named))}


def _registration(event: Event, text: str, library: Library, now: datetime) -> Changes:
    return {"registration": _url(text) if text else None}


def _registration_until(event: Event, text: str, library: Library, now: datetime) -> Changes:
    if not text:
        return {"registration_until": None}
    over = keeping.is_over(event, now)
    return {"registration_until": appointments.read_moment(text, now, past_allowed=over)}


def _capacity(event: Event, text: str, library: Library, now: datetime) -> Changes:
    """ "30", "1.200 Plätze", "max. 30"."""
    if not text:
        return {"capacity": None}
    numbers = _NUMBER.findall(text)
    places = int(numbers[0].replace(".", "")) if len(numbers) == 1 else 0
    if not 0 < places <= MOST_PLACES or "-" in text:
        raise Unclear("evd_capacity_unclear", text=_excerpt(text))
    return {"capacity": places}


def _documentation(event: Event, text: str, library: Library, now: datetime) -> Changes:
    return {"documentation": _url(text) if text else None}


_READ: dict[str, Callable[[Event, str, Library, datetime], Changes]] = {
    "title": _title,
    "when": _when,
    "where": _where,
    "character": _character,
    "description": _description,
    "topics": _topics,
    "format": _format,
    "region": _region,
    "organisers": _organisers,
    "registration": _registration,
    "registration_until": _registration_until,
    "capacity": _capacity,
    "documentation": _documentation,
}


# -- what these share -------------------------------------------------------------------


def _blank(now: datetime) -> Event:
    """What a new event is changed from. Its day is a future one, as every new event's is."""
    today = day_of(now)
    return Event(
        id="neu",
        title="Neue Veranstaltung",
        starts=today + timedelta(days=1),
        description="Neue Veranstaltung",
        source="Koordination",
        checked_on=today,
    )


def _with_id(event: Event) -> Event:
    """Named by its title and its day; somebody else sees to it that no other is named so."""
    title = slug(event.title, ID_LENGTH - _DATE_LENGTH) or "veranstaltung"
    return event.model_copy(update={"id": f"{title}-{day_of(event.starts)}"})


def _tidy(name: str, text: str) -> str:
    """As it is compared and kept: a description and lists have lines, all else has one."""
    if name in _WITH_LINES:
        return "\n".join(line.rstrip() for line in text.splitlines()).strip()
    return " ".join(text.split())


def _parts(text: str, between: str) -> list[str]:
    return [part for piece in re.split(between, text) if (part := " ".join(piece.split()))]


def _short(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Unclear("evd_too_long", length=len(text), limit=limit)
    return text


def _excerpt(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"


def _url(text: str) -> Url:
    """An address as people type it, with or without https://."""
    address = text if "://" in text else f"https://{text}"
    try:
        url = http_url(address)
    except ValidationError as error:
        raise Unclear("evd_address_unclear", text=_excerpt(text)) from error
    if " " in text or "." not in (url.host or ""):
        raise Unclear("evd_address_unclear", text=_excerpt(text))
    return url


_WITH_LINES = frozenset(("character", "description", "organisers", "topics"))
_PUNCTUATION = ".,;:!?)"
# With its scheme, with www, or with something after the slash: "meet.example.org/rathaus".
_ADDRESS = re.compile(
    r"(?:https?://|\bwww\.)\S+|\b[a-z][a-z0-9-]+(?:\.[a-z0-9-]+){0,5}\.[a-z]{2,}/\S*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{3})+|\d{1,9}")
_WORD = re.compile(r"[^\W_]+")
# How people call it; the first is what we write.
_CHARACTERS = {
    Character.DIGITAL: ("digital", "online", "im netz", "virtuell"),
    Character.ANALOG: ("vor Ort", "analog", "praesenz", "in praesenz"),
    Character.HYBRID: (
        "hybrid",
        "beides",
        "vor ort und digital",
        "vor ort und online",
        "vor ort und digital zugleich",
        "digital und vor ort",
        "online und vor ort",
    ),
}
_CHARACTER_OF = {
    folded(word): character for character, words in _CHARACTERS.items() for word in words
}
_WAYS = tuple(_CHARACTER_OF)
