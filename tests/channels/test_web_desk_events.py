"""Coordinators write the programme at the desk in the browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from typing import Any

import httpx
import pytest

from bot.channels.web.desk_door import own_path
from handlers.programme import keeping
from knowledge.models import Event
from storage import events, people, subscriptions
from tests.channels.web_rig import URL, Browser, House, house

HOME = "/desk/veranstaltungen"
EVIL = "</textarea><script>alert(1)</script>"
FILLED: dict[str, Any] = {
    "title": "Stammtisch Leerstand",
    "day": "2027-03-12",
    "hour": "18:30",
    "last_hour": "20:00",
    "where": "Rathaus, Großer Saal",
    "description": "Wir reden über leere Läden.",
    "topic": ["leerstand"],
    "more_topics": "Nahversorgung",
}


@pytest.fixture
async def town(tmp_path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


def fields(desk: Browser, **more: Any) -> dict[str, Any]:
    """What the form on the open page would send with these fields filled in."""
    hidden = {name: desk.field(name, 'class="card sheet"') for name in ("token", "id", "revision")}
    return {**hidden, **more}


async def write(desk: Browser, path: str = f"{HOME}/neu", **filled: Any) -> httpx.Response:
    await desk.open(path)
    return await desk.post(path, **fields(desk, **filled))


async def do(desk: Browser, event_id: str, verb: str, page: str = "") -> httpx.Response:
    """Open the event and press one of its buttons."""
    await desk.open(f"{HOME}/{event_id}{page}")
    return await desk.post(
        f"{HOME}/{event_id}/{verb}", token=desk.field("token"), id=desk.field("id")
    )


async def kept(town: House, event_id: str) -> dict[str, Any]:
    return (await town.rows("SELECT * FROM events WHERE id = ?", event_id))[0]


async def drafted(town: House, desk: Browser, **changes: Any) -> str:
    await write(desk, **(FILLED | changes))
    rows = await town.rows("SELECT id FROM events WHERE origin = 'desk' ORDER BY created_at")
    return str(rows[-1]["id"])


async def marked(town: House, event_id: str, chat: str = "jemand") -> None:
    async def unit(tx):
        known = await people.meet(tx, "web", "", chat, town.clock.now())
        await events.mark(tx, known.id, event_id, 0, town.clock.now())

    await town.app.database.write(unit)


def notice(desk: Browser) -> str:
    found = re.search(r'id="meldung"[^>]*>(.*?)</p>', desk.page, re.DOTALL)
    return unescape(found[1]) if found else ""


def value(desk: Browser, name: str) -> str:
    found = re.search(rf'<input id="f-[\w]+" name="{name}"[^>]* value="([^"]*)"', desk.page)
    assert found, name
    return unescape(found[1])


async def test_an_event_is_written_published_moved_cancelled_and_takes_place_after_all(town):
    desk = await town.coordinator()
    event_id = await drafted(town, desk)
    assert "Entwurf" in notice(desk)
    assert (await kept(town, event_id))["state"] == "draft"
    assert "12. März 2027, 18:30 bis 20:00 Uhr" in desk.page
    assert "Rathaus, Großer Saal" in desk.page
    await do(desk, event_id, "publish")
    assert (await kept(town, event_id))["state"] == "published"
    assert "veröffentlicht" in notice(desk)
    await write(desk, f"{HOME}/{event_id}", **FILLED | {"day": "2027-03-19"})
    assert "19. März 2027" in desk.page
    assert '<span class="badge published">geändert</span>' in desk.page
    await do(desk, event_id, "cancel", "/absagen")
    assert (await kept(town, event_id))["state"] == "cancelled"
    await do(desk, event_id, "revive")
    assert (await kept(town, event_id))["state"] == "published"
    event = Event.model_validate_json((await kept(town, event_id))["payload"])
    assert event.topics == ("leerstand", "nahversorgung")
    assert event.starts == datetime(2027, 3, 19, 17, 30, tzinfo=UTC)


async def test_each_view_of_the_list_shows_its_events_with_those_who_marked_them(town):
    desk = await town.coordinator()
    event_id = await drafted(town, desk)
    await desk.open(HOME)
    assert f"{HOME}/{event_id}" not in desk.page
    await desk.open(f"{HOME}?ansicht=entwuerfe")
    assert f"{HOME}/{event_id}" in desk.page
    await do(desk, event_id, "publish")
    for chat in ("eine", "einer"):
        await marked(town, event_id, chat)
    await desk.open(HOME)
    assert "von 2 gemerkt" in desk.page
    assert '<a href="/desk/veranstaltungen" aria-current="page">Veranstaltungen</a>' in desk.page
    town.clock.move(timedelta(days=200))
    desk = await town.coordinator("Max")
    await desk.open(f"{HOME}?ansicht=vergangene")
    assert f"{HOME}/{event_id}" in desk.page
    await desk.open(f"{HOME}?ansicht=%22%3E%3Cscript%3E&seite=99999999")
    assert "<script>" not in desk.page
    assert "Kommende" in desk.page


async def test_a_long_list_comes_in_pages_of_fifty(town):
    async def unit(tx):
        for number in range(60):
            event = Event(
                id=f"treffen-{number}",
                title=f"Treffen {number}",
                starts=town.clock.now() + timedelta(days=number + 1),
                description="Wir treffen uns.",
                source="Test",
                checked_on=town.clock.now().date(),
            )
            await keeping.keep(tx, event, "desk", town.clock.now())

    await town.app.database.write(unit)
    desk = await town.coordinator()
    await desk.open(HOME)
    assert desk.page.count('<li class="case') == 50
    assert "Kommende (60)" in desk.page
    assert 'rel="next"' in desk.page
    await desk.open(f"{HOME}?seite=2")
    assert desk.page.count('<li class="case') == 10
    assert 'rel="next"' not in desk.page


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(town):
    desk = await town.coordinator()
    wrong = FILLED | {"title": "", "day": "2020-03-12", "capacity": "viele", "region": EVIL}
    response = await write(desk, **wrong)
    assert response.status_code == 422
    for name in ("title", "when", "capacity"):
        assert f'<a href="#f-{name}">' in desk.page
        assert f'id="fehler-{name}"' in desk.page
        assert f'id="f-{name}"' in desk.page
    assert 'aria-describedby="hinweis-title fehler-title"' in desk.page
    assert value(desk, "day") == "2020-03-12"
    assert value(desk, "where") == "Rathaus, Großer Saal"
    assert value(desk, "more_topics") == "Nahversorgung"
    assert value(desk, "region") == EVIL
    assert 'value="leerstand" checked' in desk.page
    assert "Wir reden über leere Läden." in desk.page
    assert "<script>alert" not in desk.page
    assert await town.rows("SELECT * FROM events WHERE origin = 'desk'") == []


async def test_an_end_before_the_start_and_an_hour_that_does_not_exist_are_refused(town):
    desk = await town.coordinator()
    for times in (
        {"day": "2027-03-12", "hour": "18:30", "last_day": "2027-03-11", "last_hour": "20:00"},
        {"day": "2027-03-28", "hour": "02:30", "last_hour": ""},
        {"day": "übermorgen vielleicht", "hour": "", "last_hour": ""},
    ):
        assert (await write(desk, **FILLED | times)).status_code == 422
        assert 'id="fehler-when"' in desk.page
    assert await town.rows("SELECT * FROM events WHERE origin = 'desk'") == []


async def test_a_preview_reads_as_people_will_and_keeps_nothing(town):
    desk = await town.coordinator()
    response = await write(desk, **FILLED, do="preview")
    assert response.status_code == 200
    assert "<strong>Stammtisch Leerstand</strong>" in desk.page
    assert "Wann: 12. März 2027, 18:30 bis 20:00 Uhr" in desk.page
    assert value(desk, "title") == "Stammtisch Leerstand"
    assert await town.rows("SELECT * FROM events WHERE origin = 'desk'") == []


async def test_whoever_was_overtaken_keeps_their_words_and_decides(town):
    desk, other = await town.coordinator("Erika"), await town.coordinator("Max")
    event_id = await drafted(town, desk)
    page = f"{HOME}/{event_id}"
    await desk.open(page)
    mine = fields(desk, **FILLED | {"title": "Meine Fassung"})
    await write(other, page, **FILLED | {"title": "Fassung von Max"})
    response = await desk.post(page, **mine)
    assert response.status_code == 409
    assert "hat jemand anderes diese Veranstaltung geändert" in desk.page
    assert "<strong>Fassung von Max</strong>" in desk.page
    assert value(desk, "title") == "Meine Fassung"
    assert "Fassung von Max" in (await kept(town, event_id))["payload"]
    await desk.post(page, **fields(desk, **FILLED | {"title": "Meine Fassung"}))
    assert "Meine Fassung" in (await kept(town, event_id))["payload"]


async def test_a_page_that_nobody_changed_changes_nothing(town):
    twice = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)  # when it is half past two again

    async def unit(tx):
        event = Event(
            id="nachtschicht",
            title="Nachtschicht",
            starts=twice,
            ends=twice + timedelta(minutes=20),
            registration_until=twice - timedelta(hours=1),
            place="Bahnhof",
            link="https://example.org/nacht",
            characters=("digital", "analog"),
            organisers=("Bahn, Betrieb", "Rathaus"),
            topics=("zusammenarbeit", "beteiligung", "nachts"),
            capacity=1200,
            description="Wir stellen die Uhr.\n\nAlle zusammen.",
            source="Test",
            checked_on=town.clock.now().date(),
        )
        await keeping.keep(tx, event, "desk", town.clock.now())

    await town.app.database.write(unit)
    desk = await town.coordinator()
    rows = await town.rows("SELECT id, payload, updated_at FROM events ORDER BY id")
    assert rows
    for row in rows:
        page = f"{HOME}/{row['id']}"
        await desk.open(page)
        form = desk.page[desk.page.index('class="card sheet"') :]
        sent: dict[str, Any] = dict(
            re.findall(r'<input id="[^"]+" name="(\w+)"[^>]* value="([^"]*)"', form)
        )
        sent = {name: unescape(text) for name, text in sent.items()}
        sent["topic"] = re.findall(r'name="topic" value="([^"]+)" checked', form)
        for name in ("character", "format"):
            select = form[form.index(f'name="{name}"') :].partition("</select>")[0]
            chosen = re.search(r'value="([^"]*)" selected', select)
            sent[name] = unescape(chosen[1]) if chosen else ""
        area = re.search(r'name="description"[^>]*>\n(.*?)</textarea>', form, re.DOTALL)
        assert area
        sent["description"] = unescape(area[1])
        response = await desk.post(page, **fields(desk, **sent))
        assert response.status_code == 200, row["id"]
    assert await town.rows("SELECT id, payload, updated_at FROM events ORDER BY id") == rows


async def test_a_double_click_makes_one_event_and_both_lead_to_it(town):
    desk = await town.coordinator()
    await desk.open(f"{HOME}/neu")
    sent = fields(desk, **FILLED)
    answers = await asyncio.gather(*(desk.post(f"{HOME}/neu", **sent) for _ in range(4)))
    rows = await town.rows("SELECT id FROM events WHERE origin = 'desk'")
    assert len(rows) == 1
    assert {answer.url.path for answer in answers} == {f"{HOME}/{rows[0]['id']}"}


async def test_cancelling_and_deleting_ask_once_more_and_looking_changes_nothing(town):
    desk = await town.coordinator()
    draft = await drafted(town, desk)
    event_id = await drafted(town, desk, title="Werkstatt")
    await do(desk, event_id, "publish")
    await marked(town, event_id)
    before = await town.rows("SELECT * FROM events")
    await desk.open(f"{HOME}/{event_id}/absagen")
    assert "wirklich absagen?" in desk.page
    assert "Veranstaltung 1." in desk.page
    await desk.open(f"{HOME}/{draft}/loeschen")
    assert "wirklich löschen?" in desk.page
    for path in ("", "/neu", f"/{draft}", f"/{event_id}", "?ansicht=entwuerfe"):
        assert (await desk.open(HOME + path)).status_code == 200
    assert (await desk.open(f"{HOME}/{event_id}/cancel")).status_code == 404
    assert await town.rows("SELECT * FROM events") == before
    await do(desk, draft, "delete", "/loeschen")
    assert await town.rows("SELECT * FROM events WHERE id = ?", draft) == []
    assert desk.page.count("<h1>Veranstaltungen</h1>") == 1
    assert notice(desk)


async def test_what_was_published_cannot_be_deleted(town):
    desk = await town.coordinator()
    event_id = await drafted(town, desk)
    await do(desk, event_id, "publish")
    await do(desk, event_id, "delete")
    assert (await kept(town, event_id))["state"] == "published"
    assert notice(desk)


async def test_an_expert_reads_one_sentence_and_may_do_nothing(town):
    desk, expert = await town.coordinator(), await town.coordinator("Fachfrau", "expert")
    event_id = await drafted(town, desk)
    await expert.open("/desk")
    assert HOME not in expert.page
    token = expert.field("token")
    for path in ("", "/neu", f"/{event_id}", f"/{event_id}/loeschen"):
        response = await expert.open(HOME + path)
        assert response.status_code == 403
        assert "bearbeitet nur die Koordination" in expert.page
        assert "Stammtisch" not in expert.page
    for path in ("/neu", f"/{event_id}", f"/{event_id}/publish"):
        assert (await expert.post(HOME + path, token=token, **FILLED)).status_code == 403
    assert (await kept(town, event_id))["state"] == "draft"


async def test_strangers_other_sites_and_made_up_tokens_change_nothing(town):
    desk, stranger = await town.coordinator(), await town.browser()
    event_id = await drafted(town, desk)
    for path in ("", "/neu", f"/{event_id}", f"/{event_id}/loeschen"):
        await stranger.open(HOME + path)
        assert "Bereich der Koordination" in stranger.page
        assert "Stammtisch" not in stranger.page
    await desk.open(f"{HOME}/{event_id}")
    token = desk.field("token")
    before = await town.rows("SELECT * FROM events")
    for path in ("/neu", f"/{event_id}", f"/{event_id}/publish", f"/{event_id}/delete"):
        tries = (
            await stranger.post(HOME + path, **FILLED),
            await desk.post(HOME + path, origin="https://evil.example", token=token, **FILLED),
            await desk.post(HOME + path, origin=None, token="0" * 64, **FILLED),
            await desk.post(HOME + path, origin=None, **FILLED),
        )
        assert [answer.status_code for answer in tries] == [403] * 4
    assert await town.rows("SELECT * FROM events") == before


async def test_words_typed_before_being_signed_out_are_shown_to_be_copied(town):
    desk = await town.coordinator()
    await desk.open(f"{HOME}/neu")
    sent = fields(desk, **FILLED)
    town.clock.move(timedelta(minutes=45))
    response = await desk.post(f"{HOME}/neu", **sent)
    assert response.status_code == 403
    for words in ("Stammtisch Leerstand", "12.03.2027 18:30", "Wir reden über leere Läden."):
        assert words in desk.page


async def test_a_form_of_an_earlier_session_keeps_its_words(town):
    desk = await town.coordinator()
    response = await desk.post(f"{HOME}/neu", token="0" * 64, **FILLED)
    assert response.status_code == 403
    assert "Diese Seite war veraltet" in desk.page
    assert value(desk, "title") == "Stammtisch Leerstand"


async def test_an_event_that_does_not_exist_is_not_found(town):
    desk = await town.coordinator()
    await desk.open(HOME)
    token = desk.field("token")
    for wrong in ("nichts", str(10**30), "%27%20OR%201=1", "..%2f..%2fdesk", "ä" * 300):
        assert (await desk.open(f"{HOME}/{wrong}")).status_code == 404
        assert (await desk.open(f"{HOME}/{wrong}/absagen")).status_code == 404
        for path in (f"{HOME}/{wrong}", f"{HOME}/{wrong}/publish"):
            assert (await desk.post(path, token=token, **FILLED)).status_code == 404
    event_id = await drafted(town, desk)
    assert (await do(desk, event_id, "explode")).status_code == 404


@pytest.mark.parametrize("length", [4001, 60_000])
async def test_fields_that_are_far_too_long_are_refused_in_a_moment(town, length: int):
    desk = await town.coordinator()
    for name in ("title", "where", "more_topics", "organisers", "registration"):
        response = await write(desk, **FILLED | {name: "a" * length})
        assert response.status_code == 422, name
        assert f'id="fehler-{"topics" if name == "more_topics" else name}"' in desk.page


async def test_a_title_fits_a_line_and_a_page_fits_its_form(town):
    desk = await town.coordinator()
    assert (await write(desk, **FILLED | {"title": "a" * 121})).status_code == 422
    assert (await write(desk, **FILLED | {"description": "a" * 300_000})).status_code == 413
    assert await town.rows("SELECT * FROM events WHERE origin = 'desk'") == []
    assert (await write(desk, **FILLED | {"title": "a" * 120})).status_code == 200


async def test_words_of_an_event_are_never_markup(town):
    desk = await town.coordinator()
    event_id = await drafted(
        town, desk, title=EVIL, where=EVIL, description=f"{EVIL}\n{EVIL}", organisers=EVIL
    )
    await do(desk, event_id, "publish")
    for path in ("", f"/{event_id}", f"/{event_id}/absagen"):
        await desk.open(HOME + path)
        assert "<script>alert" not in desk.page
        assert escape(EVIL) in desk.page


async def test_announcing_leads_to_the_announcement_and_is_listed_with_the_event(town):
    async def unit(tx):
        known = await people.meet(tx, "web", "", "abonnent", town.clock.now())
        await subscriptions.subscribe(tx, known.id, "topic", "leerstand", town.clock.now())

    await town.app.database.write(unit)
    desk = await town.coordinator()
    event_id = await drafted(town, desk)
    await do(desk, event_id, "publish")
    response = await do(desk, event_id, "announce")
    assert response.url.path == "/desk/ankuendigungen/1"
    assert "An 1 senden" in desk.page
    await desk.open(f"{HOME}/{event_id}")
    assert '<a href="/desk/ankuendigungen/1">' in desk.page


def test_a_notice_leads_to_pages_of_the_desk_and_nowhere_else():
    assert own_path(f"{URL}/desk/veranstaltungen/x?y=1#z", URL) == "/desk/veranstaltungen/x"
    assert own_path(f"{URL.upper()}/desk", URL) == "/desk"
    for elsewhere in (
        "",
        "/desk",
        f"{URL}/",
        f"{URL}/events/x",
        f"{URL}/deskadent",
        f"{URL}//evil.example/desk/",
        f"{URL}.evil.example/desk/x",
        "https://evil.example/desk/x",
        "http://hotline.example/desk/x",
        "javascript:alert(1)",
        "https://[/desk/x",
    ):
        assert own_path(elsewhere, URL) == "", elsewhere
