"""Coordinators work at the desk in the browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import httpx
import pytest

from storage import coordinators
from storage import house as storage_house
from tests.channels.web_rig import URL, Browser, House, house, served

BROWSER = "__Host-desk"


@pytest.fixture
async def town(tmp_path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


async def act(desk: Browser, number: int, verb: str, text: str = "", **more: str) -> httpx.Response:
    """Open the request and send one of its forms."""
    await desk.open(f"/desk/anfrage/{number}")
    return await desk.post(
        f"/desk/anfrage/{number}/{verb}",
        text=text,
        token=desk.field("token"),
        id=desk.field("id"),
        **more,
    )


def notice(desk: Browser) -> str:
    found = re.search(r'id="meldung"[^>]*>(.*?)</p>', desk.page, re.DOTALL)
    return unescape(found[1]) if found else ""


async def state(town: House, number: int) -> str:
    return str((await town.rows("SELECT state FROM requests WHERE id = ?", number))[0]["state"])


async def test_looking_at_an_invitation_does_not_use_it_up(town):
    code = await town.invitation("admin")
    preview, desk = await town.browser(), await town.browser()
    for _ in range(3):
        assert (await preview.open(f"/desk/anmelden/{code}")).status_code == 200
    assert await town.rows("SELECT * FROM coordinators") == []
    await desk.post(f"/desk/anmelden/{code}", name="Erika <b>Beispiel</b>")
    rows = await town.rows("SELECT name, role FROM coordinators")
    assert rows == [{"name": "Erika <b>Beispiel</b>", "role": "admin"}]
    late = await town.browser()
    assert (await late.post(f"/desk/anmelden/{code}", name="Zu spät")).status_code == 404


async def test_of_two_who_use_a_code_at_once_one_gets_in(town):
    code = await town.invitation()
    browsers = [await town.browser() for _ in range(4)]
    await asyncio.gather(
        *(b.post(f"/desk/anmelden/{code}", name="Wer zuerst kommt") for b in browsers)
    )
    assert len(await town.rows("SELECT * FROM coordinators")) == 1
    assert sum(BROWSER in b.client.cookies for b in browsers) == 1


async def test_a_code_ends_after_ten_minutes(town):
    code = await town.invitation()
    town.clock.move(timedelta(minutes=11))
    response = await (await town.browser()).open(f"/desk/anmelden/{code}")
    assert response.status_code == 404
    assert "gilt nicht" in response.text


async def test_somebody_without_a_name_is_asked_again_and_the_code_still_works(town):
    code = await town.invitation()
    desk = await town.browser()
    assert (await desk.post(f"/desk/anmelden/{code}", name="  ")).status_code == 422
    await desk.post(f"/desk/anmelden/{code}", name="Erika")
    assert "Anfragen" in desk.page


async def test_a_typed_code_leads_to_the_same_page(town):
    code = await town.invitation()
    desk = await town.browser()
    await desk.post("/desk/code", code=f" {code.lower()} ")
    assert "Wie sollen Kolleginnen" in desk.page
    assert (await desk.post("/desk/code", code="../../x")).status_code == 422


async def test_guessing_codes_is_slowed_down(town):
    desk = await town.browser()
    codes = [(await desk.open(f"/desk/anmelden/AAAAA-{n}")).status_code for n in range(12)]
    assert codes == [404] * 10 + [429] * 2


async def test_signing_in_gives_a_new_session_and_ends_the_one_before(town):
    desk = await town.coordinator()
    before = desk.client.cookies[BROWSER]
    me = (await town.rows("SELECT id FROM coordinators"))[0]["id"]
    await desk.open("/desk/team")
    await desk.post("/desk/einladung", coordinator=str(me), token=desk.field("token"))
    link = re.search(rf"{re.escape(URL)}(/desk/anmelden/[A-Z0-9-]+)", desk.page)
    assert link
    await desk.post(link[1])
    after = desk.client.cookies[BROWSER]
    assert after != before
    assert len(await town.rows("SELECT * FROM desk_sessions")) == 1
    assert before not in str(await town.rows("SELECT * FROM desk_sessions"))
    set_cookie = (await desk.client.get("/desk")).headers.get("set-cookie", "")
    assert set_cookie == ""


async def test_the_cookie_of_the_desk_is_bound_to_this_site(town):
    code = await town.invitation()
    browser = await town.browser()
    response = await browser.client.post(
        f"/desk/anmelden/{code}", data={"name": "Erika"}, headers={"Origin": URL}
    )
    cookie = response.headers["set-cookie"]
    for part in ("__Host-desk=", "HttpOnly", "SameSite=strict", "Secure", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie


async def test_a_pause_of_half_an_hour_signs_out(town):
    desk = await town.coordinator()
    for _ in range(3):
        town.clock.move(timedelta(minutes=29))
        await desk.open("/desk")
        assert "Abmelden" in desk.page
    town.clock.move(timedelta(minutes=31))
    await desk.open("/desk")
    assert "Bereich der Koordination" in desk.page


async def test_twelve_hours_are_a_day(town):
    desk = await town.coordinator()
    for _ in range(26):
        town.clock.move(timedelta(minutes=28))
        await desk.open("/desk")
    assert "Bereich der Koordination" in desk.page


async def test_signing_out_and_being_removed_work_at_once(town):
    desk = await town.coordinator()
    secret = desk.client.cookies[BROWSER]
    await desk.open("/desk")
    await desk.post("/desk/abmelden", token=desk.field("token"))
    desk.client.cookies.set(BROWSER, secret, domain="hotline.example")
    await desk.open("/desk")
    assert "Bereich der Koordination" in desk.page

    colleague = await town.coordinator("Max")
    rows = await town.rows("SELECT id FROM coordinators WHERE name = 'Max'")

    async def unit(tx):
        await coordinators.revoke(tx, rows[0]["id"], town.clock.now())

    await town.app.database.write(unit)
    await colleague.open("/desk")
    assert "Bereich der Koordination" in colleague.page


async def test_only_those_signed_in_see_anything(town):
    _, number = await town.request()
    stranger = await town.browser()
    for path in ("/desk", f"/desk/anfrage/{number}", "/desk/team"):
        await stranger.open(path)
        assert "Kirchturmuhr" not in stranger.page
        assert "Bereich der Koordination" in stranger.page
    assert (await stranger.client.get("/desk/live")).status_code == 403
    response = await stranger.post(f"/desk/anfrage/{number}/close")
    assert response.status_code == 403
    assert await state(town, number) == "open"


async def test_a_request_is_claimed_answered_closed_and_opened_again(town):
    person, number = await town.request()
    desk = await town.coordinator()
    await desk.open("/desk")
    assert f"K-{number}" in desk.page
    await act(desk, number, "claim")
    assert await state(town, number) == "claimed"
    assert notice(desk)
    await act(desk, number, "note", "Bauamt fragen")
    await act(desk, number, "answer", "Die Kirchengemeinde.")
    assert await state(town, number) == "answered"
    assert "gesendet" in notice(desk)
    await act(desk, number, "close")
    assert await state(town, number) == "closed"
    assert "Wieder öffnen" in desk.page
    await desk.open("/desk?ansicht=abgeschlossen")
    assert f"K-{number}" in desk.page
    await act(desk, number, "reopen")
    assert await state(town, number) != "closed"
    await person.open("/")
    said = " ".join(person.lines)
    assert "Die Kirchengemeinde." in said
    assert "Bauamt" not in said


async def test_of_two_who_claim_at_once_one_is_told_the_other_was_faster(town):
    _, number = await town.request()
    desks = [await town.coordinator("Erika"), await town.coordinator("Max")]
    await asyncio.gather(*(act(desk, number, "claim") for desk in desks))
    assert notice(desks[0]) != notice(desks[1])
    assert len(await town.rows("SELECT * FROM requests WHERE claimed_by IS NOT NULL")) == 1


async def test_a_double_click_answers_once(town):
    _, number = await town.request()
    desk = await town.coordinator()
    await desk.open(f"/desk/anfrage/{number}")
    fields = {"text": "Einmal", "token": desk.field("token"), "id": desk.field("id")}
    path = f"/desk/anfrage/{number}/answer"
    await asyncio.gather(*(desk.post(path, **fields) for _ in range(5)))
    rows = await town.rows("SELECT * FROM request_messages WHERE author = 'coordinator'")
    assert len(rows) == 1


async def test_a_file_of_the_desk_reaches_the_person_and_nobody_else(town):
    person, number = await town.request()
    desk = await town.coordinator()
    files = [("files", ("Plan.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf"))]
    await act(desk, number, "answer", "Hier ist der Plan.", files=files)
    path = re.search(r'href="(/desk/datei/[0-9a-f]+)"', desk.page)
    assert path
    response = await desk.client.get(path[1])
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["x-content-type-options"] == "nosniff"
    await town.until("SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'sending')", 0)
    await person.open("/")
    theirs = re.search(r'href="(/datei/[0-9a-f]+)"', person.page)
    assert theirs
    assert (await person.client.get(theirs[1])).content.startswith(b"%PDF")
    stranger = await town.browser()
    await stranger.say("Hallo")
    assert (await stranger.client.get(theirs[1])).status_code == 404
    assert (await stranger.client.get(path[1])).status_code == 404


async def test_a_file_that_was_not_handed_over_is_not_for_the_desk(town):
    person = await town.browser()
    await person.open("/")
    await person.say("Nur für mich", files=[("files", ("a.txt", b"privat", "text/plain"))])
    file_id = (await town.rows("SELECT id FROM files"))[0]["id"]
    desk = await town.coordinator()
    assert (await desk.client.get(f"/desk/datei/{file_id}")).status_code == 404


async def test_a_refused_file_keeps_the_answer_in_the_field(town):
    _, number = await town.request()
    desk = await town.coordinator()
    files = [("files", ("x.svg", b"<svg/>", "image/png"))]
    response = await act(desk, number, "answer", "Mein langer Text", files=files)
    assert response.status_code == 422
    assert "Mein langer Text" in desk.page
    assert "„x.svg“" in desk.page
    assert await town.rows("SELECT * FROM files") == []


async def test_words_typed_before_being_signed_out_are_not_lost(town):
    _, number = await town.request()
    desk = await town.coordinator()
    await desk.open(f"/desk/anfrage/{number}")
    token = desk.field("token")
    town.clock.move(timedelta(minutes=45))
    response = await desk.post(f"/desk/anfrage/{number}/answer", text="Lange gefeilt", token=token)
    assert response.status_code == 403
    assert "Lange gefeilt" in desk.page


async def test_tricks_with_writing_direction_are_made_visible(town):
    _, number = await town.request("Wer zahlt \u202eruhmutrhcriK?")
    desk = await town.coordinator()
    await desk.open(f"/desk/anfrage/{number}")
    assert "[U+202E]" in desk.page
    assert "\u202e" not in desk.page


async def test_an_alarm_is_a_german_sentence_until_somebody_dealt_with_it(town):
    async def unit(tx):
        await storage_house.alarm(tx, "dead-letter", "42", town.clock.now())
        await storage_house.alarm(tx, "brand-new-kind", "<b>", town.clock.now())

    await town.app.database.write(unit)
    desk = await town.coordinator()
    await desk.open("/desk")
    assert "Eine Nachricht konnte nicht verarbeitet werden." in desk.page
    assert "Etwas braucht Ihre Aufmerksamkeit." in desk.page
    assert "<b>" not in desk.page
    token = desk.field("token")
    await desk.post("/desk/hinweis", kind="dead-letter", subject="42", token=token)
    assert "konnte nicht verarbeitet werden" not in desk.page


async def test_only_the_administration_invites_and_removes_others(town):
    admin, desk = await town.coordinator("Chefin", "admin"), await town.coordinator("Erika")
    ids = {r["name"]: str(r["id"]) for r in await town.rows("SELECT id, name FROM coordinators")}
    await desk.open("/desk/team")
    token = desk.field("token")
    assert "Einladung erstellen" not in desk.page
    for path, fields in (
        ("/desk/einladung", {"role": "admin"}),
        ("/desk/einladung", {"coordinator": ids["Chefin"]}),
        ("/desk/entfernen", {"coordinator": ids["Chefin"]}),
    ):
        assert (await desk.post(path, token=token, **fields)).status_code == 403
    await admin.open("/desk/team")
    token = admin.field("token")
    await admin.post("/desk/einladung", role="expert", token=token)
    assert "/desk/anmelden/" in admin.page
    own = await admin.post("/desk/entfernen", coordinator=ids["Chefin"], token=token)
    assert own.status_code == 403
    await admin.post("/desk/entfernen", coordinator=ids["Erika"], token=token)
    await desk.open("/desk")
    assert "Bereich der Koordination" in desk.page


async def test_a_request_that_does_not_exist_is_not_found(town):
    desk = await town.coordinator()
    for number in ("999999", "0", str(2**70)):
        assert (await desk.open(f"/desk/anfrage/{number}")).status_code == 404


async def test_the_list_shows_a_new_request_by_itself(town):
    desk = await town.coordinator()
    async with served(town.web, town.app.hub.close) as url:
        cookies = {BROWSER: desk.client.cookies[BROWSER]}
        async with (
            httpx.AsyncClient(base_url=url, cookies=cookies, timeout=10) as client,
            client.stream("GET", "/desk/live") as response,
        ):
            seen = ""
            asked = None
            async for line in response.aiter_lines():
                seen += line
                if asked is None and "Gerade wartet niemand" in seen:
                    asked = asyncio.create_task(town.request())
                if "K-1001" in seen:
                    break
            assert asked
            await asked
    assert "K-1001" in seen
