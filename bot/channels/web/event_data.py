"""Events for machines: the words of schema.org for a page."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.channels.web.feeds import alike
from handlers import wording
from handlers.hours import BERLIN, day_of
from handlers.programme import topics
from handlers.programme.keeping import span
from knowledge.models import Character, Event


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


def page_of(event: Event, public_url: str) -> str:
    """Its address."""
    return f"{public_url}/events/{event.id}"


def data(event: Event, public_url: str, earlier: Sequence[Event] = ()) -> dict[str, object]:
    """The event in the words of schema.org; `earlier` is what it said before, oldest first."""
    page = page_of(event, public_url)
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
