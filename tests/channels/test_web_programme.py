"""People read the programme on a page; machines read the same facts."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as Xml

import httpx
import pytest
from icalendar import Calendar

from bot.channels.web.feeds import feeds
from bot.channels.web.programme import AT_ONCE
from handlers.programme import keeping
from knowledge.models import Character, Event
from tests.channels.web_rig import URL, Browser, House, house
from tests.support.clock import START

ATOM = "{http://www.w3.org/2005/Atom}"
EVIL = (
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)> '><svg/onload=alert(1)>",
    "<!--<script> ]]> &lt;b&gt; {{ 7*7 }} \u2028 \u202e",
)


def event(id: str, starts: date, **fields: object) -> Event:
    given = {"title": f"Titel {id}", "description": f"Worum es geht: {id}.", **fields}
    return Event.model_validate(
        {"id": id, "starts": starts, "source": "Test", "checked_on": date(2026, 1, 2), **given}
    )


PROGRAMME = (
    event(
        "stammtisch",
        START + timedelta(days=10),
        ends=START + timedelta(days=10, hours=2),
        title="Stammtisch für Bauämter",
        topics=("veranstaltungen", "leerstand"),
        characters=(Character.DIGITAL,),
        link="https://example.org/raum",
        registration="https://example.org/anmelden",
        registration_until=date(2026, 12, 1),
        capacity=30,
        updated_at=START - timedelta(days=2),
        organisers=("Amt für Beispiele",),
    ),
    event(
        "tagung",
        date(2027, 5, 30),
        ends=date(2027, 6, 1),
        topics=("veranstaltungen", "foerderung"),
        place="Rathaus, Saal 2",
        region="Brandenburg",
        characters=(Character.ANALOG,),
        updated_at=START - timedelta(days=1),
    ),
    event(
        "absage",
        date(2027, 1, 8),
        topics=("veranstaltungen",),
        cancelled=True,
        registration="https://example.org/absage",
        region="Bad  Beispiel",
        updated_at=START,
    ),
    event(
        "heute",
        date(2026, 11, 24),
        topics=("veranstaltungen", "leerstand"),
    ),
    event(
        "webtalk",
        datetime(2021, 3, 31, 22, 30, tzinfo=UTC),
        topics=("veranstaltungen", "leerstand"),
        documentation="https://example.org/bericht",
        registration="https://example.org/zu-spaet",
    ),
    event("altes", date(2020, 2, 14), topics=("veranstaltungen",)),
)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        running.app.content.use({one.id: one for one in PROGRAMME})
        yield running


@pytest.fixture
async def reader(town: House) -> Browser:
    return await town.browser()


class Page(HTMLParser):
    """What a browser makes of a page: headings, links, data, and whatever would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.links: list[tuple[str, str, bool]] = []
        self.ids: list[str] = []
        self.data: list[str] = []
        self.running: list[str] = []
        self._in = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"] or "")
        if tag == "script" and given.get("type") == "application/ld+json":
            self.data.append("")
            self._in = "data"
            return
        # The one picture is our own code for the page; nobody's words are in its address.
        ours = tag == "img" and re.fullmatch(r"/qr/events/[a-z0-9-]+\.svg", given.get("src") or "")
        loud = tag in ("script", "img", "svg", "iframe") and not ours
        if loud or any(key.startswith("on") for key in given):
            self.running.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
            self._in = "heading"
        elif tag == "a":
            href = given.get("href") or ""
            mail = re.fullmatch(r"mailto:\?subject=[\w%.~-]+&body=[\w%./~-]+", href, re.ASCII)
            if not href.startswith(("/", "#", "http://", "https://")) and not mail:
                self.running.append(href)
            self.links.append(("", href, "aria-current" in given))
            self._in = "heading+link" if self._in == "heading" else "link"

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" or re.fullmatch("h[1-6]", tag):
            self._in = ""
        elif tag == "a":
            self._in = "heading" if self._in == "heading+link" else ""

    def handle_data(self, text: str) -> None:
        if self._in == "data":
            self.data[-1] += text
        if "heading" in self._in:
            level, before = self.headings[-1]
            self.headings[-1] = (level, before + text)
        if "link" in self._in:
            words, href, current = self.links[-1]
            self.links[-1] = (words + text, href, current)

    @property
    def facts(self) -> dict[str, object]:
        [one] = self.data
        found = json.loads(one)
        assert isinstance(found, dict)
        return found

    def titles(self, level: int = 3) -> list[str]:
        return [" ".join(words.split()) for number, words in self.headings if number == level]

    def href(self, words: str) -> str:
        return next(href for label, href, _ in self.links if label.startswith(words))


async def read(reader: Browser, path: str = "/events") -> Page:
    response = await reader.open(path)
    assert response.status_code == 200
    return Page(response.text)


def parsed(response: httpx.Response) -> Xml.Element:
    assert response.status_code == 200
    return Xml.fromstring(response.content)  # noqa: S314 - made by ourselves


async def news(reader: Browser, path: str = "/events.atom") -> Xml.Element:
    return parsed(await reader.open(path))


async def test_what_comes_stands_first_and_what_was_follows_by_years(reader: Browser) -> None:
    page = await read(reader)
    assert page.headings[0] == (1, "Veranstaltungen")
    sections = [words for words in page.titles(2) if "Veranstaltungen" in words]
    assert sections == [
        "Kommende Veranstaltungen",
        "Vergangene Veranstaltungen 2021",
        "Vergangene Veranstaltungen 2020",
    ]
    assert page.titles() == [
        "Titel heute",  # the whole day, not only until its first moment
        "Stammtisch für Bauämter",
        "Abgesagt: Titel absage",
        "Titel tagung",
        "Titel webtalk",
        "Titel altes",
    ]


async def test_each_event_has_an_address_of_its_own_and_an_anchor(reader: Browser) -> None:
    page = await read(reader)
    assert len(page.ids) == len(set(page.ids))
    for one in PROGRAMME:
        assert f"termin-{one.id}" in page.ids
        alone = await read(reader, f"/events/{one.id}")
        assert one.title in alone.titles(1)[0]
        assert alone.href("Alle Veranstaltungen") == "/events"


async def test_an_event_names_its_calendar_entry_registration_and_documentation(
    reader: Browser,
) -> None:
    await read(reader)
    hrefs = {href for _, href, _ in Page(reader.page).links}
    assert "/events/stammtisch.ics" in hrefs
    assert "https://example.org/anmelden" in hrefs
    assert "https://example.org/bericht" in hrefs
    assert "bis 1. Dezember 2026" in reader.page
    # Nobody is sent to register for what is over or cancelled.
    assert "https://example.org/zu-spaet" not in hrefs
    assert "https://example.org/absage" not in hrefs


async def test_after_the_last_day_nobody_is_sent_to_register(town: House, reader: Browser) -> None:
    town.clock.move(datetime(2026, 12, 1, 22, 0, tzinfo=UTC) - town.clock.now())
    assert (await read(reader)).href("Zur Anmeldung") == "https://example.org/anmelden"
    town.clock.move(timedelta(hours=2))
    assert not [label for label, _, _ in (await read(reader)).links if "Anmeldung" in label]
    assert "nicht mehr möglich" in reader.page


async def test_a_cancelled_event_says_so_in_words(reader: Browser) -> None:
    page = await read(reader, "/events/absage")
    assert page.titles(1) == ["Abgesagt: Titel absage"]
    assert "Diese Veranstaltung ist abgesagt." in reader.page
    assert "<title>Abgesagt: Titel absage – " in reader.page


async def test_people_follow_links_to_a_topic_and_a_month(reader: Browser) -> None:
    page = await read(reader)
    labels = [label for label, _, _ in page.links]
    assert "Förderung" in labels
    assert "Veranstaltungen" in labels  # only the one at the foot of each page:
    assert page.href("Veranstaltungen") == "/events"
    topic = await read(reader, page.href("Leerstand"))
    assert topic.titles() == ["Titel heute", "Stammtisch für Bauämter", "Titel webtalk"]
    assert [label for label, _, current in topic.links if current].count("Leerstand") == 1
    both = await read(reader, topic.href("Dezember 2026"))
    assert both.titles() == ["Stammtisch für Bauämter"]
    year = await read(reader, topic.href("2021"))
    assert year.titles() == ["Titel webtalk"]
    # Half past midnight on the first of April where people live.
    april = await read(reader, year.href("April 2021"))
    assert april.titles() == ["Titel webtalk"]
    everything = await read(reader, both.href("Alle"))
    assert everything.href("Kalender zum Abonnieren") == "/events.ics"


CHOICES: dict[str, set[str]] = {
    "topic=foerderung&topic=leerstand": {"heute", "stammtisch", "tagung", "webtalk"},
    "topic=foerderung&topic=gibt-es-nicht": {"tagung"},
    "topic=gibt-es-nicht": set(),
    "topic=%3Cscript%3E&region=%00": set(),
    "region=brandenburg": {"tagung"},
    "region=BRANDENBURG&region=bad+beispiel": {"tagung", "absage"},
    "region=brandenburg&topic=leerstand": set(),
    "topic=&region=": {one.id for one in PROGRAMME},
    "month=2027-05": {"tagung"},
    "month=2027-06": {"tagung"},  # it lasts until then
    "month=2027": {"tagung", "absage"},
    "month=2027-13": set(),
    "month=0000": set(),
    "month=%D9%A2%D9%A0%D9%A2%D9%A7": set(),  # digits, but not ours
}


async def test_the_page_shows_what_was_chosen(reader: Browser) -> None:
    for query, found in CHOICES.items():
        page = await read(reader, f"/events?{query}")
        shown = {name.removeprefix("termin-") for name in page.ids if name.startswith("termin-")}
        assert shown == found, query
        assert ("keine Veranstaltungen" in reader.page) == (not found), query
        assert page.running == [], query


async def test_a_long_programme_has_pages(town: House, reader: Browser) -> None:
    many = [event(f"nr-{number:03}", date(2027, 1, 1)) for number in range(AT_ONCE)]
    many += [event(f"alt-{number:03}", date(2019, 1, 1)) for number in range(AT_ONCE + 1)]
    town.app.content.use({one.id: one for one in many})
    page = await read(reader)
    assert len(page.titles()) == AT_ONCE
    assert "Kommende Veranstaltungen" in page.titles(2)
    second = await read(reader, page.href("Nächste Seite"))
    assert len(second.titles()) == AT_ONCE
    assert "Kommende Veranstaltungen" not in second.titles(2)
    third = await read(reader, second.href("Nächste Seite"))
    assert third.titles() == ["Titel alt-000"]
    assert third.href("Vorherige Seite") == "/events?page=2"
    for wrong in ("0", "-1", "99999", "9" * 50, "x", "²"):
        assert (await reader.open(f"/events?page={wrong}")).status_code == 200


async def test_without_events_the_page_says_so(town: House, reader: Browser) -> None:
    town.app.content.use({})
    page = await read(reader)
    assert "Zurzeit ist nichts angekündigt." in reader.page
    assert page.facts["@graph"] == []
    feed = await news(reader)
    assert feed.findall(f"{ATOM}entry") == []
    assert feed.findtext(f"{ATOM}updated")


# For machines


async def test_machines_read_the_same_facts(reader: Browser) -> None:
    graph = (await read(reader)).facts["@graph"]
    assert isinstance(graph, list)
    by_url = {str(one["url"]): one for one in graph}
    assert set(by_url) == {f"{URL}/events/{one.id}" for one in PROGRAMME}
    talk = by_url[f"{URL}/events/stammtisch"]
    assert talk["@type"] == "Event"
    assert talk["name"] == "Stammtisch für Bauämter"
    assert talk["startDate"] == "2026-12-04T10:00:00+01:00"
    assert talk["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    assert talk["location"] == [{"@type": "VirtualLocation", "url": "https://example.org/raum"}]
    assert talk["organizer"] == [{"@type": "Organization", "name": "Amt für Beispiele"}]
    assert talk["maximumAttendeeCapacity"] == 30
    assert talk["offers"]["url"] == "https://example.org/anmelden"
    tagung = by_url[f"{URL}/events/tagung"]
    assert (tagung["startDate"], tagung["endDate"]) == ("2027-05-30", "2027-06-01")
    assert tagung["location"][0]["name"] == "Rathaus, Saal 2"
    assert tagung["location"][0]["address"]["addressRegion"] == "Brandenburg"
    states = {name.rpartition("/")[2]: one["eventStatus"] for name, one in by_url.items()}
    assert states.pop("absage") == "https://schema.org/EventCancelled"
    assert set(states.values()) == {"https://schema.org/EventScheduled"}


async def test_one_event_is_read_alone(reader: Browser) -> None:
    facts = (await read(reader, "/events/tagung")).facts
    assert facts["@context"] == "https://schema.org"
    assert facts["url"] == f"{URL}/events/tagung"


async def test_the_feed_tells_what_changed_last(reader: Browser) -> None:
    response = await reader.open("/events.atom")
    assert response.headers["content-type"].startswith("application/atom+xml")
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    feed = parsed(response)
    check_atom(feed)
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
    assert titles[:3] == ["Abgesagt: Titel absage", "Titel tagung", "Stammtisch für Bauämter"]
    assert feed.findtext(f"{ATOM}updated") == f"{START:%Y-%m-%dT%H:%M:%SZ}"
    assert (await reader.open("/events.atom")).content == response.content


async def test_an_entry_stays_the_same_when_its_event_changes(town: House, reader: Browser) -> None:
    async def ids() -> dict[str | None, str | None]:
        entries = (await news(reader)).findall(f"{ATOM}entry")
        assert len(entries) == len(events)
        return {one.findtext(f"{ATOM}content"): one.findtext(f"{ATOM}id") for one in entries}

    events = [one.model_copy(update={"updated_at": START}) for one in PROGRAMME]
    town.app.content.use({one.id: one for one in events})
    before = await ids()
    changed = [one.model_copy(update={"title": "Neu"}) for one in events]
    town.app.content.use({one.id: one for one in changed})
    assert await ids() == before
    assert len(set(before.values())) == len(PROGRAMME)


async def test_the_feed_of_a_new_hotline_does_not_call_its_archive_news(tmp_path: Path) -> None:
    async with house(tmp_path) as fresh:
        reader = await fresh.browser()
        known = fresh.app.content.knowledge.library.events
        assert known  # what is shipped is over for years
        feed = await news(reader)
        assert feed.findall(f"{ATOM}entry") == []
        assert (feed.findtext(f"{ATOM}updated") or "") < "2026"
        now = fresh.clock.now()
        old = known["sondierungsworkshop-2020"].model_dump()
        written = Event.model_validate(old | {"documentation": "https://example.org/bericht"})
        for one in (written, event("neu", now + timedelta(days=90))):
            await kept(fresh, one)
        feed = await news(reader)
        titles = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
        assert set(titles) == {"Titel neu", written.title}
        for entry in feed.findall(f"{ATOM}entry"):
            stamp = datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "")
            assert now - timedelta(seconds=1) <= stamp <= fresh.clock.now()
        # What one can read up on is no news for ever; what comes is until it is over.
        fresh.clock.move(timedelta(weeks=5))
        [entry] = (await news(reader)).findall(f"{ATOM}entry")
        assert entry.findtext(f"{ATOM}title") == "Titel neu"


async def test_a_reader_that_has_the_news_gets_nothing_more(town: House, reader: Browser) -> None:
    first = await reader.open("/events.atom")
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["last-modified"] == f"{START:%a, %d %b %Y %H:%M:%S} GMT"
    asked = ({"if-none-match": "etag"}, {"if-modified-since": "last-modified"})
    asking = [{key: first.headers[name] for key, name in one.items()} for one in asked]
    for headers in asking:
        again = await reader.open("/events.atom", **headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["cross-origin-resource-policy"] == "cross-origin"
    changed = PROGRAMME[0].model_copy(update={"updated_at": START + timedelta(minutes=1)})
    town.app.content.use({one.id: one for one in (changed, *PROGRAMME[1:])})
    for headers in asking:
        again = await reader.open("/events.atom", **headers)
        assert (again.status_code, again.content != first.content) == (200, True)


# Moved


async def kept(town: House, one: Event) -> None:
    now = town.clock.now()
    await town.app.database.write(lambda tx: keeping.keep(tx, one, "desk", now))
    await town.app.programme.look()


FAIR = event(
    "messe", START + timedelta(days=10), ends=START + timedelta(days=10, hours=2), place="Rathaus"
)


def changed(**fields: object) -> Event:
    return Event.model_validate(FAIR.model_dump() | fields)


def said(page: str) -> str:
    """What is said of a move, without its markup."""
    found = re.search(r"<p>(<strong[^>]*>Verlegt:.*?)</p>", page)
    return re.sub("<[^>]+>", "", unescape(found[1])) if found else ""


async def test_a_moved_event_says_when_and_where_it_was_to_be(town: House, reader: Browser) -> None:
    await kept(town, FAIR)
    later = {"starts": START + timedelta(days=17), "ends": START + timedelta(days=17, hours=2)}
    steps = [
        (changed(), "", None),
        (changed(description="Mit Kuchen."), "", None),
        (changed(place="Halle"), "Verlegt: bisher Rathaus", None),
        (
            changed(place="Halle", **later),
            "Verlegt: bisher 4. Dezember 2026, 10:00 bis 12:00 Uhr, Rathaus",
            "2026-12-04T10:00:00+01:00",
        ),
        (
            changed(place="Halle"),
            "Verlegt: bisher 11. Dezember 2026, 10:00 bis 12:00 Uhr, Rathaus",
            "2026-12-11T10:00:00+01:00",
        ),
    ]
    for one, words, previous in steps:
        await kept(town, one)
        for path in ("/events/messe", "/events"):
            page = await read(reader, path)
            assert said(reader.page) == words
            graph = page.facts.get("@graph", [page.facts])
            assert isinstance(graph, list)
            facts = next(found for found in graph if found["url"] == f"{URL}/events/messe")
            status = "EventRescheduled" if previous else "EventScheduled"
            assert facts["eventStatus"] == f"https://schema.org/{status}"
            assert facts.get("previousStartDate") == previous


async def test_what_becomes_known_later_is_no_move(town: House, reader: Browser) -> None:
    vague = event("messe", date(2026, 12, 4), link="https://example.org/a")
    await kept(town, vague)
    await kept(town, changed(link="https://example.org/b"))
    facts = (await read(reader, "/events/messe")).facts
    assert facts["eventStatus"] == "https://schema.org/EventScheduled"
    assert said(reader.page) == ""


async def test_a_cancelled_event_is_cancelled_and_not_moved(town: House, reader: Browser) -> None:
    await kept(town, FAIR)
    await kept(town, changed(starts=START + timedelta(days=9)))
    await kept(town, changed(starts=START + timedelta(days=9), cancelled=True))
    facts = (await read(reader, "/events/messe")).facts
    assert facts["eventStatus"] == "https://schema.org/EventCancelled"
    assert "previousStartDate" not in facts
    assert said(reader.page) == ""


async def test_what_is_over_does_not_speak_of_its_moves(town: House, reader: Browser) -> None:
    await kept(town, FAIR)
    await kept(town, changed(place="Halle"))
    town.clock.move(timedelta(days=11))
    await read(reader, "/events/messe")
    assert "Halle" in reader.page
    assert said(reader.page) == ""


async def test_a_feed_of_a_topic_has_a_name_of_its_own(reader: Browser) -> None:
    page = await read(reader, "/events?topic=foerderung&month=2027-05")
    address = page.href("Neuigkeiten")
    assert address == "/events.atom?topic=foerderung"
    feed = await news(reader, address)
    check_atom(feed)
    assert feed.findtext(f"{ATOM}id") == URL + address
    assert len(feed.findall(f"{ATOM}entry")) == 1


def check_atom(feed: Xml.Element) -> None:
    """What RFC 4287 asks for."""
    assert feed.tag == f"{ATOM}feed"
    assert feed.findall(f"{ATOM}author/{ATOM}name")
    assert [one.get("rel") for one in feed.findall(f"{ATOM}link")] == ["self", "alternate"]
    entries = feed.findall(f"{ATOM}entry")
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        stamp = element.findtext(f"{ATOM}updated") or ""
        assert datetime.fromisoformat(stamp).tzinfo is not None
        assert re.match(r"(urn:uuid:|https://)\S+$", element.findtext(f"{ATOM}id") or "")
        alternates = [
            link.get("type")
            for link in element.findall(f"{ATOM}link")
            if link.get("rel") == "alternate"
        ]
        assert len(alternates) == len(set(alternates)) >= 1
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)


# Bad company


def awkward(words: str) -> Event:
    """An event in which every field that holds words holds these."""
    return event(
        "boese",
        START + timedelta(days=1),
        title=words[:120],
        description=f"{words}\nhttps://example.org/?a=<b>&c={words}",
        place=words,
        region=words,
        organisers=(words, "Zweite"),
        uid=words,
        source=words,
        link="https://example.org/?q=" + words,
        registration="https://example.org/'onclick=alert(1)",
        documentation='https://example.org/"><script>alert(1)</script>',
    )


@pytest.mark.parametrize("words", EVIL)
async def test_words_of_an_event_never_become_markup(
    town: House, reader: Browser, words: str
) -> None:
    one = awkward(words)
    town.app.content.use({one.id: one})
    for path in ("/events", "/events/boese"):
        page = await read(reader, path)
        assert page.running == []
        found = page.facts
        facts = found["@graph"][0] if "@graph" in found else found  # type: ignore[index]
        assert facts["name"] == one.title  # type: ignore[index]
        assert facts["location"][0]["name"] == one.place  # type: ignore[index]
        [raw] = re.findall(r'<script type="application/ld\+json">(.*)</script>\n', reader.page)
        assert not set("<>&") & set(raw)
        assert one.title in unescape(reader.page)
        assert "49" not in reader.page.replace("7*7", "")
    feed = await news(reader)
    check_atom(feed)
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == one.title
    assert one.description in (feed.findtext(f"{ATOM}entry/{ATOM}content") or "")


@pytest.mark.parametrize("words", EVIL)
async def test_words_of_a_place_it_was_moved_from_never_become_markup(
    town: House, reader: Browser, words: str
) -> None:
    await kept(town, changed(place=words))
    await kept(town, FAIR)
    for path in ("/events", "/events/messe"):
        page = await read(reader, path)
        assert page.running == []
        assert " ".join(words.split()) in " ".join(unescape(reader.page).split())
        assert "49" not in reader.page.replace("7*7", "")


async def test_signs_that_no_xml_can_hold_are_replaced(town: House, reader: Browser) -> None:
    one = event("zeichen", date(2027, 1, 1), title="A\x00B\x0bC\ufffeD", description="\x1b[31m rot")
    town.app.content.use({one.id: one})
    feed = await news(reader)
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "A\ufffdB\ufffdC\ufffdD"
    assert (await reader.open("/events")).status_code == 200


async def test_an_unknown_event_is_not_there(reader: Browser) -> None:
    for path in ("/events/nichts", "/events/..%2Fetc", "/events/a/b", "/events/tagung.ics.ics"):
        assert (await reader.open(path)).status_code == 404


async def test_the_policy_is_as_strict_as_everywhere(reader: Browser) -> None:
    for path in ("/events", "/events/tagung", "/events.atom"):
        policy = (await reader.open(path)).headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


async def test_the_programme_can_be_found_from_the_chat(reader: Browser) -> None:
    for path in ("/", "/rahmen", "/datenschutz"):
        await reader.open(path)
        assert Page(reader.page).href("Veranstaltungen") == "/events"


# Calendars of a choice


@pytest.fixture
async def subscriber(town: House) -> AsyncIterator[httpx.AsyncClient]:
    from starlette.applications import Starlette

    content = town.app.content
    web = Starlette(routes=[*feeds(lambda: content.knowledge, lambda: "Probe")])
    transport = httpx.ASGITransport(web)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


async def subscribed(subscriber: httpx.AsyncClient, query: str = "") -> set[str]:
    response = await subscriber.get(f"/events.ics{query}")
    assert response.status_code == 200
    read = Calendar.from_ical(response.content)
    return {str(one["uid"]).partition("@")[0] for one in read.walk("VEVENT")}


async def test_people_subscribe_to_a_topic_or_a_region(subscriber: httpx.AsyncClient) -> None:
    everything = {one.id for one in PROGRAMME}
    assert await subscribed(subscriber) == everything
    assert await subscribed(subscriber, "?topic=&region=") == everything
    assert await subscribed(subscriber, "?topic=foerderung") == {"tagung"}
    assert await subscribed(subscriber, "?topic=foerderung&topic=Leerstand") == {
        "heute",
        "stammtisch",
        "tagung",
        "webtalk",
    }
    assert await subscribed(subscriber, "?region=Brandenburg&region=bad%20beispiel") == {
        "tagung",
        "absage",
    }
    assert await subscribed(subscriber, "?region=Brandenburg&topic=leerstand") == set()
    for unknown in ("?topic=gibt-es-nicht", "?region=Atlantis", "?topic=%00%0d%0a", "?region=%ff"):
        assert await subscribed(subscriber, unknown) == set()


async def test_a_calendar_that_was_made_is_made_anew_when_an_event_changes(
    town: House, subscriber: httpx.AsyncClient
) -> None:
    assert "tagung" in await subscribed(subscriber)
    for number in range(20):  # more choices than are kept
        assert await subscribed(subscriber, f"?topic=foerderung&topic=x{number}") == {"tagung"}
    town.app.content.use({one.id: one for one in PROGRAMME if one.id != "tagung"})
    assert await subscribed(subscriber) == {one.id for one in PROGRAMME} - {"tagung"}
    assert await subscribed(subscriber, "?topic=foerderung") == set()
