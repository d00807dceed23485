"""Coordinators tell many people something, at the desk in the browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import escape, unescape
from typing import Any

import httpx
import pytest

from storage import people, subscriptions
from tests.channels.web_rig import Browser, House, house, served

BROWSER = "__Host-desk"
HOME = "/desk/ankuendigungen"
EVIL = "</textarea><script>alert(1)</script>"
TOPIC = "leerstand"
GRACE = timedelta(seconds=11)


@pytest.fixture
async def town(tmp_path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


async def subscribed(
    town: House, number: int, *, resting: bool = False, first: int = 0, topic: str = TOPIC
) -> None:
    """So many people want to hear of it, in the web chat; `resting` all day long."""

    async def unit(tx):
        now = town.clock.now()
        for one in range(first, first + number):
            known = await people.meet(tx, "web", "", f"abo-{one}", now)
            await subscriptions.subscribe(tx, known.id, "topic", topic, now)
            if resting:
                await subscriptions.set_quiet(tx, known.id, (0, 24 * 60 - 1))

    await town.app.database.write(unit)


async def letter(desk: Browser, *, files: Any = None, **changes: str) -> httpx.Response:
    """Fill in a letter and go on to its preview."""
    await desk.open(f"{HOME}/neu")
    hidden = {name: desk.field(name, 'class="card sheet"') for name in ("token", "id")}
    filled = {"audience": TOPIC, "text": "Wir treffen uns im März.", "plain": ""} | changes
    return await desk.post(f"{HOME}/neu", files=files, **hidden, **filled)


async def press(desk: Browser, number: int, verb: str, **fields: str) -> httpx.Response:
    """Open the announcement and press one of its buttons, which has to be there."""
    await desk.open(f"{HOME}/{number}")
    form = f'action="{HOME}/{number}/{verb}"'
    assert form in desk.page, f"no button for {verb}"
    hidden = {name: desk.field(name, form) for name in ("token", "id")}
    return await desk.post(f"{HOME}/{number}/{verb}", **hidden, **fields)


async def until(town: House, state: str, number: int = 1) -> None:
    await town.until(f"SELECT state FROM announcements WHERE id = {number}", state)  # noqa: S608


async def state(town: House, number: int = 1) -> str:
    rows = await town.rows("SELECT state FROM announcements WHERE id = ?", number)
    return str(rows[0]["state"])


def notice(desk: Browser) -> str:
    found = re.search(r'id="meldung"[^>]*>(.*?)</p>', desk.page, re.DOTALL)
    return unescape(found[1]) if found else ""


async def got(town: House) -> list[str]:
    """The chats to which something was delivered that many get."""
    rows = await town.rows("SELECT chat FROM outbox WHERE lane = 1 AND state = 'sent'")
    return sorted(row["chat"] for row in rows)


async def test_a_letter_is_previewed_confirmed_sent_and_reported(town):
    await subscribed(town, 3)
    desk = await town.coordinator()
    response = await letter(desk, plain="Im März ist ein Treffen.")
    assert response.url.path == f"{HOME}/1"
    assert "Wir treffen uns im März." in desk.page
    assert "Im März ist ein Treffen." in desk.page
    assert '<li class="choice">Abbestellen</li>' in desk.page
    assert "<dt>Web-Chat</dt><dd>3</dd>" in desk.page
    assert "An 3 senden" in desk.page
    assert await got(town) == []
    await press(desk, 1, "ok")
    assert "Noch 10 Sekunden" in desk.page
    assert "Zurücknehmen" in desk.page
    assert "10 Sekunden" in notice(desk)
    town.clock.move(GRACE)
    await until(town, "sending")
    await town.until("SELECT COUNT(*) FROM outbox WHERE lane = 1 AND state = 'sent'", 3)
    town.clock.move(GRACE)
    await until(town, "done")
    await desk.open(f"{HOME}/1")
    assert '<progress max="3" value="3"' in desk.page
    assert "3 von 3" in desk.page
    assert "Zugestellt: 3 von 3" in desk.page
    assert await got(town) == ["abo-0", "abo-1", "abo-2"]
    await desk.open(HOME)
    assert "3 von 3" in desk.page
    assert f'<a href="{HOME}" aria-current="page">Ankündigungen</a>' in desk.page


async def test_a_double_click_on_confirm_has_one_effect(town):
    await subscribed(town, 2)
    desk = await town.coordinator()
    await letter(desk)
    form = f'action="{HOME}/1/ok"'
    sent = {name: desk.field(name, form) for name in ("token", "id")}
    answers = await asyncio.gather(*(desk.post(f"{HOME}/1/ok", **sent) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.url.query for answer in answers}) == 1
    assert len(await town.rows("SELECT * FROM due WHERE kind = 'announce'")) == 1
    assert "bestätigt" in notice(desk)


async def test_a_double_click_on_the_form_makes_one_draft(town):
    await subscribed(town, 2)
    desk = await town.coordinator()
    await desk.open(f"{HOME}/neu")
    sent = {name: desk.field(name, 'class="card sheet"') for name in ("token", "id")}
    sent |= {"audience": TOPIC, "text": "Einmal"}
    files = [("files", ("Plan.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf"))]
    await asyncio.gather(*(desk.post(f"{HOME}/neu", files=files, **sent) for _ in range(3)))
    assert len(await town.rows("SELECT * FROM announcements")) == 1
    assert len(await town.rows("SELECT * FROM files")) == 1


async def test_what_is_taken_back_or_discarded_reaches_nobody(town):
    await subscribed(town, 2)
    desk = await town.coordinator()
    await letter(desk)
    await press(desk, 1, "ok")
    await press(desk, 1, "back")
    assert "zurückgenommen" in notice(desk)
    await letter(desk, text="Ein anderer")
    await press(desk, 2, "no")
    assert "verworfen" in notice(desk)
    town.clock.move(GRACE)
    assert (await state(town, 1), await state(town, 2)) == ("stopped", "stopped")
    assert await town.rows("SELECT * FROM outbox WHERE lane = 1") == []
    for number in (1, 2):
        await desk.open(f"{HOME}/{number}")
        assert "senden</button>" not in desk.page


async def test_above_a_hundred_a_second_person_confirms(town):
    await subscribed(town, 101)
    desk, other = await town.coordinator("Erika"), await town.coordinator("Max")
    await letter(desk)
    assert "zweite Person" in desk.page
    await press(desk, 1, "ok")
    assert await state(town) == "draft"
    assert "jemand anderes bestätigen" in notice(desk)
    await press(other, 1, "ok")
    assert await state(town) == "waiting"
    assert "bestätigt von <bdi>Max</bdi>" in other.page


async def test_of_two_who_confirm_at_once_one_is_told_that_it_is_done(town):
    await subscribed(town, 2)
    desks = [await town.coordinator("Erika"), await town.coordinator("Max")]
    await letter(desks[0])
    await asyncio.gather(*(press(desk, 1, "ok") for desk in desks))
    assert notice(desks[0]) != notice(desks[1])
    assert await state(town) == "waiting"


async def test_a_letter_that_nobody_would_get_keeps_its_words(town):
    desk = await town.coordinator()
    response = await letter(desk, text="Lange gefeilt", plain="Kurz")
    assert response.status_code == 422
    assert "Niemand würde diese Nachricht bekommen" in desk.page
    assert "Lange gefeilt</textarea>" in desk.page
    assert "Kurz</textarea>" in desk.page
    assert f'value="{TOPIC}" selected' in desk.page


async def test_what_is_wrong_with_a_letter_stands_beside_its_field(town):
    await subscribed(town, 1)
    desk = await town.coordinator()
    response = await letter(desk, audience="nichts", text=f"{EVIL}{'x' * 3000}", day="2020-01-01")
    assert response.status_code == 422
    for name in ("audience", "text", "at"):
        assert f'<a href="#f-{name}">' in desk.page
        assert f'id="f-{name}"' in desk.page
        assert f'id="fehler-{name}"' in desk.page
    assert "<script>alert" not in desk.page
    assert escape(EVIL) in desk.page
    assert (await letter(desk, text=" ", plain="y" * 3001)).status_code == 422
    assert 'id="fehler-plain"' in desk.page
    files = [("files", ("x.svg", b"<svg/>", "image/png"))]
    assert (await letter(desk, text="Mein langer Text", files=files)).status_code == 422
    assert "Mein langer Text" in desk.page
    assert "„x.svg“" in desk.page
    assert await town.rows("SELECT * FROM announcements") == []
    assert await town.rows("SELECT * FROM files") == []


async def test_a_letter_goes_out_at_the_time_that_was_chosen(town):
    await subscribed(town, 2)
    desk = await town.coordinator()
    await letter(desk, day="2026-12-01", hour="09:00")
    assert "geplant für 1.12., 09:00" in desk.page
    await press(desk, 1, "ok")
    assert "geplant" in desk.page
    town.clock.move(timedelta(days=6, hours=22))
    assert await state(town) == "waiting"
    town.clock.move(timedelta(hours=1, minutes=1))
    await until(town, "sending")


async def test_later_takes_a_time_that_comes_and_says_what_is_wrong_with_others(town):
    await subscribed(town, 2)
    desk = await town.coordinator()
    await letter(desk)
    for day, hour in (("", ""), ("2020-01-01", "09:00"), ("irgendwann", ""), ("2039-01-01", "")):
        response = await press(desk, 1, "later", day=day, hour=hour)
        assert response.status_code == 422
        assert 'id="fehler-at"' in desk.page
        assert "<details" in desk.page
        assert await state(town) == "draft"
    await press(desk, 1, "later", day="2026-12-01", hour="09:00")
    assert await state(town) == "waiting"
    assert '<span class="badge scheduled">' in desk.page
    assert "Noch " not in desk.page


async def test_sending_can_be_paused_resumed_and_stopped(town):
    await subscribed(town, 2)
    await subscribed(town, 3, resting=True, first=2)
    desk = await town.coordinator()
    await letter(desk)
    await press(desk, 1, "ok")
    town.clock.move(GRACE)
    await town.until("SELECT COUNT(*) FROM outbox WHERE lane = 1 AND state = 'sent'", 2)
    await desk.open(f"{HOME}/1")
    assert '<progress max="5" value="2"' in desk.page
    assert "3 warten auf das Ende ihrer Ruhezeit" in desk.page
    assert 'data-said="schon unterwegs, 25 Prozent"' in desk.page
    await press(desk, 1, "pause")
    assert await state(town) == "paused"
    await press(desk, 1, "resume")
    assert await state(town) == "sending"
    await press(desk, 1, "stop")
    assert await state(town) == "stopped"
    await desk.open(f"{HOME}/1")
    assert "Zugestellt: 2 von 5" in desk.page
    assert f"{HOME}/1/pause" not in desk.page


async def test_a_correction_begins_with_the_words_that_were_sent(town):
    await subscribed(town, 2)
    desk = await town.coordinator()
    await letter(desk, text="Am 3. März.\n\nIm Rathaus.", plain="Es ist am 3. März.")
    await press(desk, 1, "ok")
    town.clock.move(GRACE)
    await town.until("SELECT COUNT(*) FROM outbox WHERE lane = 1 AND state = 'sent'", 2)
    town.clock.move(GRACE)
    await until(town, "done")
    await desk.open(f"{HOME}/1")
    assert "\nAm 3. März.\n\nIm Rathaus.</textarea>" in desk.page
    assert "\nEs ist am 3. März.</textarea>" in desk.page
    response = await press(desk, 1, "correct", text="x" * 3001, plain="")
    assert response.status_code == 422
    assert 'id="fehler-text"' in desk.page
    response = await press(desk, 1, "correct", text="Am 4. März.", plain="")
    assert response.url.path == f"{HOME}/2"
    assert "Bei 2 berichtigen" in desk.page
    assert f'<a href="{HOME}/1">Berichtigt Nr. 1</a>' in desk.page


async def test_the_files_of_an_announcement_are_for_those_who_may_see_it(town):
    await subscribed(town, 1)
    desk, expert = await town.coordinator(), await town.coordinator("Fachfrau", "expert")
    files = [("files", ("Plan.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf"))]
    await letter(desk, files=files)
    path = re.search(rf'href="({HOME}/1/datei/[0-9a-f]+)"', desk.page)
    assert path
    response = await desk.client.get(path[1])
    assert response.content.startswith(b"%PDF")
    assert response.headers["content-disposition"].startswith("attachment")
    stranger = await town.browser()
    assert b"%PDF" not in (await stranger.client.get(path[1])).content
    assert (await expert.client.get(path[1])).status_code == 403
    assert (await desk.client.get(f"{HOME}/1/datei/{'0' * 32}")).status_code == 404


async def test_an_expert_reads_one_sentence_and_may_do_nothing(town):
    await subscribed(town, 1)
    desk, expert = await town.coordinator(), await town.coordinator("Fachfrau", "expert")
    await letter(desk)
    await expert.open("/desk")
    token = expert.field("token")
    for path in ("", "/neu", "/1"):
        assert (await expert.open(HOME + path)).status_code == 403
        assert "bearbeitet nur die Koordination" in expert.page
        assert "März" not in expert.page
    for path in ("/neu", "/1/ok"):
        answer = await expert.post(HOME + path, token=token, audience=TOPIC, text="x")
        assert answer.status_code == 403
    assert (await expert.client.get("/desk/live?ankuendigung=1")).status_code == 403
    assert await state(town) == "draft"


async def test_strangers_other_sites_and_made_up_tokens_send_nothing(town):
    await subscribed(town, 1)
    desk, stranger = await town.coordinator(), await town.browser()
    await letter(desk)
    token = desk.field("token")
    for path in ("", "/neu", "/1"):
        await stranger.open(HOME + path)
        assert "Bereich der Koordination" in stranger.page
        assert "März" not in stranger.page
    for path in ("/neu", "/1/ok", "/1/no", "/1/later", "/1/correct"):
        tries = (
            await stranger.post(HOME + path, audience=TOPIC, text="x"),
            await desk.post(HOME + path, origin="https://evil.example", token=token, text="x"),
            await desk.post(HOME + path, origin=None, token="0" * 64, text="x"),
            await desk.post(HOME + path, token="0" * 64, audience=TOPIC, text="x"),
        )
        assert [answer.status_code for answer in tries] == [403] * 4
    assert (await stranger.client.get("/desk/live?ankuendigung=1")).status_code == 403
    assert await state(town) == "draft"
    assert len(await town.rows("SELECT * FROM announcements")) == 1


async def test_words_typed_before_being_signed_out_are_shown_to_be_copied(town):
    desk = await town.coordinator()
    await desk.open(f"{HOME}/neu")
    sent = {name: desk.field(name, 'class="card sheet"') for name in ("token", "id")}
    town.clock.move(timedelta(minutes=45))
    response = await desk.post(f"{HOME}/neu", **sent, text="Lange gefeilt", plain="Ganz kurz")
    assert response.status_code == 403
    assert "Lange gefeilt\n\nGanz kurz" in desk.page


async def test_an_announcement_that_does_not_exist_is_not_found(town):
    desk = await town.coordinator()
    await desk.open(HOME)
    token = desk.field("token")
    for wrong in ("0", "999", str(10**30), "9" * 5000, "-1", "1e3", "x", "%C2%B2"):
        assert (await desk.open(f"{HOME}/{wrong}")).status_code == 404
        assert (await desk.open(f"{HOME}/{wrong}/datei/x")).status_code == 404
        assert (await desk.post(f"{HOME}/{wrong}/ok", token=token)).status_code == 404
    assert (await desk.client.get("/desk/live?ankuendigung=999")).status_code == 404


async def test_looking_changes_nothing(town):
    await subscribed(town, 1)
    desk = await town.coordinator()
    await letter(desk)
    before = await town.rows("SELECT * FROM announcements")
    for path in ("", "?seite=2", "/neu", "/1"):
        assert (await desk.open(HOME + path)).status_code == 200
    for verb in ("ok", "no", "later"):
        assert (await desk.open(f"{HOME}/1/{verb}")).status_code == 405
    assert await town.rows("SELECT * FROM announcements") == before


async def test_words_of_a_letter_are_never_markup(town):
    await subscribed(town, 1)
    desk = await town.coordinator()
    await letter(desk, text=EVIL, plain=EVIL)
    assert "<script>alert" not in desk.page
    assert desk.page.count(escape(EVIL)) >= 2


async def test_an_open_page_follows_the_sending_by_itself(town):
    await subscribed(town, 4)
    desk = await town.coordinator()
    await letter(desk)
    async with served(town.web, town.app.hub.close) as url:
        cookies = {BROWSER: desk.client.cookies[BROWSER]}
        async with (
            httpx.AsyncClient(base_url=url, cookies=cookies, timeout=10) as client,
            client.stream("GET", "/desk/live?ankuendigung=1") as response,
        ):
            seen = ""
            confirmed = moved = False
            async for line in response.aiter_lines():
                seen += line
                if not confirmed and "An 4 senden" in seen:
                    confirmed = True
                    await press(desk, 1, "ok")
                if confirmed and not moved and "Noch " in seen:
                    moved = True
                    town.clock.move(GRACE)
                if "4 von 4" in seen and "Zugestellt" not in seen:
                    town.clock.move(timedelta(seconds=2))
                if "Zugestellt: 4 von 4" in seen:
                    break
    assert 'value="4"' in seen
    assert "100 Prozent" in seen or "schon versendet" in seen
