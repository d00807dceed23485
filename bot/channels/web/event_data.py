"""Events for machines: the words of schema.org for a page, and an Atom feed of what is new."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from bot.channels.web.feeds import alike
from handlers import wording
from handlers.hours import BERLIN, day_of
from handlers.programme import topics
from handlers.programme.keeping import changed_at, is_over, span
from knowledge.models import Character, Event

if TYPE_CHECKING:
    from xml.etree import ElementTree as Xml

NEWS = 100  # entries of the feed
# What is over is news only if it changed lately: it was cancelled, or one can read up on it.
LATELY = timedelta(weeks=4)

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def where(event: Event) -> str:
    """The place and the region, as far as they are known."""
    parts = [wording.where(event)]
    if event.region and alike(event.region) not in alike(parts[0]):
        parts.append(event.region)
    return ", ".join(filter(None, parts))


def moment(value: date) -> str:
    """For machines, with the offset that people live by."""
    return (value.astimezone(BERLIN) if isinstance(value, datetime) else value).isoformat()


def started(event: Event, earlier: Sequence[Event]) -> Event | None:
    """What it was when it last began at another time, if it was moved in time.

    `earlier` is what it said before, oldest first. An hour that was not known and is now
    moves nothing.
    """
    starts = span(event)[0]
    for before in reversed(earlier):
        vague = not isinstance(before.starts, datetime) and day_of(event.starts) == before.starts
        if span(before)[0] != starts and not vague:
            return before
    return None


def stood(event: Event, earlier: Sequence[Event]) -> Event | None:
    """What it was when it was last in another place. A place that was not known was none."""
    here = wording.where(event)
    return next((old for old in reversed(earlier) if wording.where(old) not in ("", here)), None)


def _page_of(event: Event, public_url: str) -> str:
    return f"{public_url}/events/{event.id}"


def data(event: Event, public_url: str, earlier: Sequence[Event] = ()) -> dict[str, object]:
    """The event in the words of schema.org; `earlier` is what it said before, oldest first."""
    page = _page_of(event, public_url)
    before = None if event.cancelled else started(event, earlier)
    status = "EventRescheduled" if before else "EventScheduled"
    if event.cancelled:
        status = "EventCancelled"
    facts: dict[str, object | None] = {
        "@type": "Event",
        "@id": page,
        "url": page,
        "name": event.title,
        "description": event.description,
        "startDate": moment(event.starts),
        "previousStartDate": moment(before.starts) if before else None,
        "endDate": moment(event.ends) if event.ends else None,
        "eventStatus": f"https://schema.org/{status}",
        "eventAttendanceMode": _attendance(event),
        "location": _location(event, page),
        "organizer": [{"@type": "Organization", "name": name} for name in event.organisers],
        "keywords": [topics.name(topic) for topic in topics.telling(event)],
        "maximumAttendeeCapacity": event.capacity,
        "sameAs": str(event.link) if event.link else None,
        "subjectOf": _work(event),
        "offers": _offer(event),
        "inLanguage": "de",
    }
    return {key: value for key, value in facts.items() if value}


def _attendance(event: Event) -> str | None:
    modes = {Character.DIGITAL: "Online", Character.ANALOG: "Offline"}
    found = {modes.get(character, "Mixed") for character in event.characters}
    if not found:
        return None
    mode = found.pop() if len(found) == 1 else "Mixed"
    return f"https://schema.org/{mode}EventAttendanceMode"


def _location(event: Event, page: str) -> list[dict[str, object]]:
    places: list[dict[str, object]] = []
    online = set(event.characters) == {Character.DIGITAL}
    if event.place or (event.region and not online):
        place: dict[str, object] = {"@type": "Place", "name": event.place or event.region}
        if event.region:
            place["address"] = {"@type": "PostalAddress", "addressRegion": event.region}
        places.append(place)
    if {Character.DIGITAL, Character.HYBRID} & set(event.characters):
        places.append({"@type": "VirtualLocation", "url": str(event.link or page)})
    return places


def _work(event: Event) -> dict[str, str] | None:
    if event.documentation is None:
        return None
    return {"@type": "CreativeWork", "url": str(event.documentation)}


def _offer(event: Event) -> dict[str, str] | None:
    if event.registration is None or event.cancelled:
        return None
    offer = {"@type": "Offer", "url": str(event.registration)}
    if event.registration_until:
        offer["validThrough"] = moment(event.registration_until)
    return offer


def atom(events: Iterable[Event], name: str, public_url: str, query: str, now: datetime) -> bytes:
    """What was announced or changed last (RFC 4287), and is not over for long."""
    news = (e for e in events if not is_over(e, now) or changed_at(e) > now - LATELY)
    newest = sorted(news, key=lambda event: (_updated(event), event.id), reverse=True)[:NEWS]
    from xml.etree import ElementTree as Xml

    feed = Xml.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "de"})
    address = f"{public_url}/events.atom{query}"
    _add(feed, "id", address)
    _add(feed, "title", f"{name}: Veranstaltungen")
    # Without events it is as old as it can be: it must not look new each time.
    _add(feed, "updated", _updated(newest[0]) if newest else "1970-01-01T00:00:00Z")
    _add(feed, "link", rel="self", type="application/atom+xml", href=address)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{public_url}/events")
    author = Xml.SubElement(feed, "author")
    _add(author, "name", name)
    for event in newest:
        _add_entry(feed, event, public_url)
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def _add_entry(feed: "Xml.Element", event: Event, public_url: str) -> None:
    from xml.etree import ElementTree as Xml

    entry = Xml.SubElement(feed, "entry")
    page = _page_of(event, public_url)
    # It stays the same when the hotline moves to another address.
    _add(entry, "id", uuid5(NAMESPACE_URL, f"kleinstadt-hotline:{event.calendar_uid}").urn)
    _add(entry, "title", f"Abgesagt: {event.title}" if event.cancelled else event.title)
    _add(entry, "updated", _updated(event))
    _add(entry, "link", rel="alternate", type="text/html", href=page)
    _add(entry, "link", rel="alternate", type="text/calendar", href=f"{page}.ics")
    for url in filter(None, (event.link, event.documentation)):
        _add(entry, "link", rel="related", href=str(url))
    for topic in topics.telling(event):
        _add(entry, "category", term=topic, label=topics.name(topic))
    _add(entry, "content", _summary(event), type="text")


def _summary(event: Event) -> str:
    facts = [f"Wann: {wording.when(event)}"]
    if place := where(event):
        facts.append(f"Wo: {place}")
    if event.organisers:
        facts.append(f"Von: {', '.join(event.organisers)}")
    if event.cancelled:
        facts.insert(0, "Diese Veranstaltung ist abgesagt.")
    return "\n".join([*facts, "", event.description])


def _add(parent: "Xml.Element", name: str, text: str = "", **attributes: str) -> None:
    """An element; what no XML can hold is replaced."""
    from xml.etree import ElementTree as Xml

    clean = {key: _NO_XML.sub("\ufffd", value) for key, value in attributes.items()}
    Xml.SubElement(parent, name, clean).text = _NO_XML.sub("\ufffd", text)


def _updated(event: Event) -> str:
    """In UTC, so that the texts sort like the times."""
    return changed_at(event).isoformat(timespec="seconds").replace("+00:00", "Z")
