"""What is new in the programme, as an Atom feed. Loads XML, so import it with the first reader."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as Xml

from bot.channels.web.event_data import page_of, where
from handlers import wording
from handlers.programme import topics
from handlers.programme.keeping import changed_at, is_over
from knowledge.models import Event

NEWS = 100  # entries of the feed
# What is over is news only if it changed lately: it was cancelled, or one can read up on it.
LATELY = timedelta(weeks=4)

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(events: Iterable[Event], name: str, public_url: str, query: str, now: datetime) -> bytes:
    """What was announced or changed last (RFC 4287), and is not over for long."""
    news = (e for e in events if not is_over(e, now) or changed_at(e) > now - LATELY)
    newest = sorted(news, key=lambda event: (_updated(event), event.id), reverse=True)[:NEWS]
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


def _add_entry(feed: Xml.Element, event: Event, public_url: str) -> None:
    entry = Xml.SubElement(feed, "entry")
    page = page_of(event, public_url)
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


def _add(parent: Xml.Element, name: str, text: str = "", **attributes: str) -> None:
    """An element; what no XML can hold is replaced."""
    clean = {key: _NO_XML.sub("\ufffd", value) for key, value in attributes.items()}
    Xml.SubElement(parent, name, clean).text = _NO_XML.sub("\ufffd", text)


def _updated(event: Event) -> str:
    """In UTC, so that the texts sort like the times."""
    return changed_at(event).isoformat(timespec="seconds").replace("+00:00", "Z")
