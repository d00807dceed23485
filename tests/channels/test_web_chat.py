"""Somebody writes in the web chat, without JavaScript, to the whole hotline."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import httpx
import pytest
from PIL import Image

from bot.channels.base import Delivery
from bot.channels.web.channel import WebChannel
from bot.channels.web.hub import Hub
from bot.channels.web.pages import TOGETHER
from handlers.message import Address, Outgoing
from handlers.text import Text
from storage import outbox
from tests.channels.web_rig import URL, House, house, served

KNOWN = "Ab wie vielen Einwohnern ist ein Ort eine Kleinstadt?"
UNKNOWN = "Wer zahlt die Kirchturmuhr?"


@pytest.fixture
async def town(tmp_path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


async def tell(town: House, chat: str, text: str) -> None:
    """We say something by ourselves, as a reminder does."""
    outgoing = Outgoing(to=Address(channel="web", bot="", chat=chat), text=Text.of(text))

    async def unit(tx):
        await outbox.promise(
            tx,
            channel="web",
            bot="",
            chat=chat,
            lane=0,
            payload=outgoing.model_dump_json(),
            now=town.clock.now(),
        )

    await town.app.database.write(unit)
    for courier in town.app.couriers:
        courier.nudge()


async def chat_of(town: House) -> str:
    return str((await town.rows("SELECT MAX(chat) AS chat FROM web_sessions"))[0]["chat"])


async def test_a_question_is_answered_on_the_next_page(town):
    person = await town.browser()
    await person.open("/")
    await person.say(KNOWN)
    assert KNOWN in person.lines[0]
    assert "5.000" in " ".join(person.lines)


async def test_the_next_page_has_the_whole_reply_however_slow_the_disk_is(town, monkeypatch):
    send = WebChannel.send

    async def slowly(self, delivery):
        await asyncio.sleep(2 * TOGETHER)
        return await send(self, delivery)

    monkeypatch.setattr(WebChannel, "send", slowly)
    person = await town.browser()
    await person.open("/")
    await person.say(KNOWN)
    assert "Kurz vorab" in person.lines[1]
    assert "5.000" in " ".join(person.lines)


async def test_nothing_is_stored_in_a_browser_or_with_us_before_somebody_writes(town):
    person = await town.browser()
    for path in ("/", "/datenschutz", "/barrierefreiheit", "/zurueck", "/desk", "/rahmen"):
        response = await person.open(path)
        assert response.status_code == 200
        assert "set-cookie" not in response.headers
    assert await town.rows("SELECT * FROM web_sessions") == []
    await person.open("/")
    await person.say("Hallo")

    assert list(person.client.cookies) == ["__Host-chat"]


async def test_a_question_goes_to_a_person_whose_answer_comes_back(town):
    person, number = await town.request()
    colleague = await town.coordinator()
    await colleague.open(f"/desk/anfrage/{number}")
    await colleague.post(
        f"/desk/anfrage/{number}/answer",
        text="Meist die Kirchengemeinde <3",
        token=colleague.field("token"),
        id="abcdefgh1",
    )
    await town.until("SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'sending')", 0)
    await person.open("/")
    assert "Meist die Kirchengemeinde <3" in person.lines[-1]


async def test_sending_twice_counts_once_even_for_the_very_first_message(town):
    person = await town.browser()
    await person.open("/")
    fields = {"text": UNKNOWN, "id": person.field("id", 'id="schreiben"'), "token": ""}
    other = await town.browser()
    await asyncio.gather(person.post("/", **fields), other.post("/", **fields))
    await person.post("/", **{**fields, "token": person.field("token")})
    assert len(await town.rows("SELECT * FROM web_sessions")) == 1
    assert len(await town.rows("SELECT * FROM transcript WHERE update_id IS NOT NULL")) == 1
    assert len(await town.rows("SELECT * FROM inbox WHERE channel = 'web'")) == 1


async def test_strangers_who_make_up_the_same_number_do_not_meet(town):
    one, other = await town.browser(), await town.browser()
    await one.post("/", text="Mein Geheimnis", id="the-same-number")
    await other.post("/", text="Guten Tag", id="the-same-number")
    assert "Mein Geheimnis" not in other.page
    assert len(await town.rows("SELECT * FROM web_sessions")) == 2


async def test_going_back_and_writing_something_else_loses_nothing(town):
    person = await town.browser()
    await person.say("Hallo")
    fields = {"id": person.field("id", 'id="schreiben"'), "token": person.field("token")}
    await person.post("/", text="eins", **fields)
    await person.post("/", text="zwei", **fields)
    said = " ".join(person.lines)
    assert "eins" in said
    assert "zwei" in said


async def test_what_was_chosen_stands_in_the_conversation_in_its_own_words(town):
    person = await town.browser()
    await person.say(UNKNOWN)
    await person.press("Nein, danke")
    assert any(line.endswith("Nein, danke") for line in person.lines)


async def test_an_earlier_choice_can_still_be_made(town):
    person = await town.browser()
    await person.say(UNKNOWN)
    await person.say(KNOWN)
    await person.press("Ja, bitte")
    assert any(line.endswith("Ja, bitte") for line in person.lines)


@pytest.mark.parametrize("action", ["faq:gibt-es-nicht", "desk:close:1001", "💣" * 10, "x'; DROP"])
async def test_a_forged_choice_gets_a_polite_sentence_and_does_nothing(town, action):
    person, _ = await town.request()
    response = await person.post("/", action=action, line="1", token=person.field("token"))
    assert response.status_code == 200
    rows = await town.rows("SELECT state FROM requests")
    assert [row["state"] for row in rows] == ["open"]


async def test_a_choice_that_is_too_long_is_explained(town):
    person = await town.browser()
    await person.say("Hallo")
    response = await person.post("/", action="x" * 65, token=person.field("token"))
    assert response.status_code == 422
    assert "Auswahl gibt es nicht mehr" in person.page


async def test_a_text_that_is_too_long_stays_in_the_field(town):
    person = await town.browser()
    text = "ä" * 4001
    response = await person.say(text)
    assert response.status_code == 422
    assert "um 1 Zeichen zu lang" in person.page
    assert text in person.page
    assert await town.rows("SELECT * FROM transcript") == []


async def test_an_empty_message_is_explained_and_not_sent(town):
    person = await town.browser()
    response = await person.say("   \r\n ")
    assert response.status_code == 422
    assert await town.rows("SELECT * FROM inbox WHERE channel = 'web'") == []


@pytest.mark.parametrize(
    "text",
    ["<b>fett</b> & <3", "&amp; *_[]()~>#+-=|{}.!", "'); DROP TABLE people; --", "a\0b\u202ec",
     "{{ 7 * 7 }} {% raw %}", "\ud83d".encode("utf-8", "replace").decode()],
)  # fmt: skip
async def test_what_was_typed_is_shown_as_typed(town, text):
    person = await town.browser()
    await person.say(text)
    shown = re.search(r'<div class="text" dir="auto">(.*?)</div>', person.page, re.DOTALL)
    assert shown
    assert unescape(shown[1]) == text.replace("\0", "")
    assert "<b>" not in shown[1]


async def test_only_addresses_of_the_web_become_links(town):
    person = await town.browser()
    await person.say("javascript:alert(1) file:///etc https://example.org/a?b=1&c=2. ftp://x")
    links = re.findall(r'<a href="([^"]*)" rel="([^"]*)"', person.page)
    assert ("https://example.org/a?b=1&amp;c=2", "noopener noreferrer") in links
    assert [url for url, _ in links if not url.startswith("http")] == []


async def test_a_file_comes_with_a_message_and_can_be_fetched_back(town):
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "PNG")
    person = await town.browser()
    await person.open("/")
    files = [("files", ("../../bild<1>.html", out.getvalue(), "text/html"))]
    await person.say("Schauen Sie:", files=files)
    found = re.search(r'src="(/datei/[0-9a-f]+)"', person.page)
    assert found
    response = await person.client.get(found[1])
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-content-type-options"] == "nosniff"
    disposition = response.headers["content-disposition"]
    assert disposition.startswith("attachment")
    assert ".." not in disposition
    assert disposition.endswith(".html.png")


async def test_files_we_do_not_take_are_named_with_the_reason(town):
    person = await town.browser()
    await person.open("/")
    files = [
        ("files", ("plan.svg", b"<svg onload=alert(1)>", "image/png")),
        ("files", ("leer.txt", b"", "text/plain")),
        ("files", ("gut.txt", b"Hallo", "text/plain")),
    ]
    await person.say("Drei Dateien", files=files)
    said = " ".join(person.lines)
    assert "„plan.svg“ ist von einer Art" in said
    assert "„leer.txt“ ist leer" in said
    rows = await town.rows("SELECT name FROM files")
    assert [row["name"] for row in rows] == ["gut.txt"]


async def test_a_person_may_send_fifty_megabytes_a_day(town):
    person, _ = await town.request()
    big = ("files", ("gross.txt", b"x" * 19_000_000, "text/plain"))
    await person.say("Zwei", files=[big, big])
    await person.say("Noch eine", files=[big])
    assert "je Person und Tag" in " ".join(person.lines)
    assert (await town.rows("SELECT COUNT(*) AS n FROM files"))[0]["n"] == 2


async def test_a_request_that_is_too_large_is_turned_away(town):
    person = await town.browser()
    await person.open("/")
    response = await person.post("/", text="x" * 300_000)
    assert response.status_code == 413
    assert "zu groß" in person.page


async def test_nobody_reads_another_chat_or_its_files(town):
    one, other = await town.browser(), await town.browser()
    await one.open("/")
    await one.say("Mein Geheimnis", files=[("files", ("brief.txt", b"geheim", "text/plain"))])
    path = re.search(r'href="(/datei/[0-9a-f]+)"', one.page)
    assert path
    await other.say("Hallo")
    stranger = await town.browser()
    for somebody in (other, stranger):
        response = await somebody.client.get(path[1])
        assert response.status_code == 404
        await somebody.open("/")
        assert "Mein Geheimnis" not in somebody.page
    line = re.search(r'id="z(\d+)"', one.page)
    assert line
    await other.post("/", action="faq:x", line=line[1], token=other.field("token"))
    assert "Geheimnis" not in other.page


async def test_a_guessed_session_is_nobody(town):
    person = await town.browser()
    person.client.cookies.set("__Host-chat", "guessed", domain="hotline.example")
    assert (await person.open("/")).status_code == 200
    assert (await person.client.get("/live")).status_code == 404
    await person.say("Hallo")
    assert "guessed" not in str(await town.rows("SELECT * FROM web_sessions"))
    assert person.client.cookies.get("__Host-chat") != "guessed"


async def test_a_code_opens_the_conversation_on_another_device(town):
    person = await town.browser()
    await person.say("Hallo von hier")
    await person.post("/rueckkehr", token=person.field("token"))
    code = re.search(r'class="code"[^>]*>([A-Z0-9-]+)<', person.page)
    assert code
    assert code[1] not in str(await town.rows("SELECT * FROM return_codes"))
    phone = await town.browser()
    await phone.post("/zurueck", code=code[1].lower().replace("-", " "))
    assert "Hallo von hier" in " ".join(phone.lines)
    wrong = await town.browser()
    response = await wrong.post("/zurueck", code="AAAAA-BBBBB-CCCCC-DDDDD-EEEEE")
    assert response.status_code == 422


async def test_ending_the_chat_makes_this_device_forget(town):
    person = await town.browser()
    await person.open("/")
    first = person.field("id", 'id="schreiben"')
    await person.say("Vertraulich")
    old = person.client.cookies.get("__Host-chat")
    await person.post("/ende", token=person.field("token"))
    assert person.client.cookies.get("__Host-chat") is None
    person.client.cookies.set("__Host-chat", old, domain="hotline.example")
    await person.open("/")
    assert "Vertraulich" not in person.page
    person.client.cookies.clear()
    await person.post("/", text="Wer war hier?", id=first)
    assert "Vertraulich" not in person.page


async def test_a_chat_nobody_opened_for_a_month_is_closed(town):
    person = await town.browser()
    await person.say("Hallo")
    town.clock.move(timedelta(days=29))
    await person.open("/")
    town.clock.move(timedelta(days=29))
    await person.open("/")
    assert "Hallo" in " ".join(person.lines)
    town.clock.move(timedelta(days=31))
    await person.open("/")
    assert person.lines == []


async def test_the_chat_works_in_a_frame_without_cookies(town):
    person = await town.browser()
    await person.say(KNOWN, path="/rahmen")
    assert list(person.client.cookies) == ["__Host-frame"]
    person.client.cookies.clear()  # as browsers do that keep nothing for frames
    assert "5.000" in " ".join(person.lines)
    home = re.search(r'id="schreiben"[^>]*action="(/rahmen/[^"]+)"', person.page)
    assert home
    response = await person.client.get(home[1])
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors *" in response.headers["content-security-policy"]
    await person.say(UNKNOWN)
    assert any(UNKNOWN in line for line in person.lines)
    assert (await person.client.get("/rahmen/guessed")).status_code == 404


async def test_a_frame_finds_its_conversation_again_on_the_next_page_of_the_town(town):
    person = await town.browser()
    await person.open("/rahmen")
    response = await person.client.post(
        "/rahmen", data={"text": KNOWN}, headers={"Origin": URL}, follow_redirects=False
    )
    cookie = response.headers["set-cookie"]
    for part in ("HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"):
        assert part in cookie
    await person.open("/rahmen")
    assert "5.000" in " ".join(person.lines)
    await person.open("/")  # our own page is another place
    assert person.lines == []
    await person.open("/rahmen")
    end = re.search(r'action="(/rahmen/[^"]+/ende)"', person.page)
    assert end
    await person.post(end[1], token=person.field("token"))
    await person.open("/rahmen")
    assert person.lines == []


async def test_a_burst_is_slowed_down_with_a_sentence(town):
    person = await town.browser()
    await person.say("Hallo")
    token = person.field("token")
    codes = [
        (await person.post("/", text="Danke" + "!" * number, token=token)).status_code
        for number in range(35)
    ]
    assert codes.count(429) == 5
    assert "Bitte warten Sie eine Minute" in person.page
    assert "Danke" + "!" * 34 in person.page  # still in the field


async def test_new_chats_from_one_address_are_limited_and_others_are_not(town):
    codes = []
    for number in range(12):
        person = await town.browser(ip="192.0.2.1")
        codes.append((await person.post("/", text=f"Hallo {number}")).status_code)
    assert codes == [200] * 10 + [429] * 2
    other = await town.browser(ip="192.0.2.2")
    assert (await other.post("/", text="Hallo")).status_code == 200


async def events(client: httpx.AsyncClient, path: str, **headers: str) -> AsyncIterator[dict]:
    """What a stream says, event by event."""
    async with client.stream("GET", path, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        event: dict[str, str] = {}
        async for line in response.aiter_lines():
            if not line:
                if "data" in event:
                    yield event
                event = {}
                continue
            key, _, value = line.partition(": ")
            event[key] = event[key] + "\n" + value if key in event else value


async def test_an_open_page_gets_every_line_once_across_lost_connections(town):
    person = await town.browser()
    await person.say("Hallo")
    chat = await chat_of(town)
    cursor = re.search(r'data-cursor="([^"]+)"', person.page)
    assert cursor
    async with served(town.web, town.app.hub.close) as url:
        cookies = {"__Host-chat": person.client.cookies["__Host-chat"]}
        async with httpx.AsyncClient(base_url=url, cookies=cookies, timeout=30) as client:
            heard: list[str] = []
            last = cursor[1]
            for number in range(6):
                # Something is said while nobody listens, and something while somebody does.
                await tell(town, chat, f"Satz {number}a.")
                stream = events(client, "/live", **{"Last-Event-ID": last})
                spoken = False
                async for event in stream:
                    last = event.get("id", last)
                    heard += re.findall(r"Satz \d[ab]\.", event["data"])
                    if not spoken:
                        await tell(town, chat, f"Satz {number}b.")
                        spoken = True
                    if heard[-1].endswith("b."):
                        break
                await stream.aclose()
    assert heard == [f"Satz {number}{part}." for number in range(6) for part in "ab"]


async def test_an_open_page_shows_once_that_somebody_writes_and_that_nobody_does(town):
    person, number = await town.request()
    cursor = re.search(r'data-cursor="([^"]+)"', person.page)
    desk = await town.coordinator()
    await desk.open(f"/desk/anfrage/{number}")
    token = desk.field("token")

    async def types() -> None:
        writes = f"/desk/anfrage/{number}/schreibt"
        assert (await desk.post(writes, token=token)).status_code == 204

    async with served(town.web, town.app.hub.close) as url:
        cookies = {"__Host-chat": person.client.cookies["__Host-chat"]}
        async with httpx.AsyncClient(base_url=url, cookies=cookies, timeout=30) as client:
            stream = events(client, "/live", **{"Last-Event-ID": cursor[1] if cursor else "0-0"})
            typing = asyncio.create_task(types())
            hints = []
            async for event in stream:
                if event["event"] == "schreibt":
                    hints.append(event["data"])
                    if len(hints) == 1:
                        await typing
                        await types()  # goes on: no news to anybody
                        await desk.post(
                            f"/desk/anfrage/{number}/answer",
                            text="Die Stadt zahlt.",
                            token=token,
                            id="12345678",
                        )
                if len(hints) == 2:
                    break
            await stream.aclose()
    assert hints == ["Jemand schreibt …", ""]


async def test_an_edit_reaches_an_open_page_and_says_so(town):
    person, number = await town.request()
    colleague = await town.coordinator()
    await colleague.open(f"/desk/anfrage/{number}")
    await colleague.post(
        f"/desk/anfrage/{number}/answer", text="Alt", token=colleague.field("token"), id="12345678"
    )
    await town.until("SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'sending')", 0)
    rows = await town.rows(
        "SELECT id, chat FROM transcript WHERE payload LIKE '%Alt%' AND chat NOT LIKE 'desk%'"
    )
    line, chat = rows[-1]["id"], rows[-1]["chat"]
    channel = next(c for c in town.app.channels if c.name == "web")
    to = Address(channel="web", bot="", chat=chat)

    async def do(what: str, text: str) -> None:
        outgoing = Outgoing(do=what, to=to, text=Text.of(text))
        await channel.send(Delivery(id=10_000, outgoing=outgoing, targets=(str(line),)))

    await do("react", "👍")
    await person.open("/")
    assert "👍" in person.page
    assert "bearbeitet" not in person.page
    await do("edit", "Neu")
    await person.open("/")
    assert "Neu" in person.lines[-1]
    assert "bearbeitet" in person.page
    await do("delete", "")
    await person.open("/")
    assert "Diese Nachricht wurde gelöscht." in person.lines[-1]
    assert "Neu" not in str(await town.rows("SELECT payload FROM transcript WHERE id = ?", line))


async def test_a_delivery_that_is_tried_again_is_shown_once(town):
    person = await town.browser()
    await person.say("Hallo")
    channel = next(c for c in town.app.channels if c.name == "web")
    to = Address(channel="web", bot="", chat=await chat_of(town))
    delivery = Delivery(id=77_000, outgoing=Outgoing(to=to, text=Text.of("Einmal")))
    assert await channel.send(delivery) == await channel.send(delivery)
    await person.open("/")
    assert sum("Einmal" in line for line in person.lines) == 1


async def test_whoever_waits_is_woken_by_their_topic_alone():
    hub = Hub()
    seen = hub.version("mine")
    waiting = asyncio.create_task(hub.wait("mine", seen, 10))
    await asyncio.sleep(0)
    hub.changed("other")
    await asyncio.sleep(0)
    assert not waiting.done()
    hub.changed("mine")
    assert await waiting > seen


async def test_a_change_between_looking_and_waiting_is_not_slept_through():
    hub = Hub()
    seen = hub.version("mine")
    hub.changed("mine")
    for number in range(20_000):  # more than the hub remembers
        hub.changed(f"other {number}")
    async with asyncio.timeout(1):
        assert await hub.wait("mine", seen, 10) != seen


async def test_the_widget_may_be_loaded_by_any_town(town):
    response = await (await town.browser()).client.get("/widget.js")
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["content-type"].startswith("text/javascript")
    assert URL not in response.text


async def test_an_answer_can_be_had_in_simple_words_and_so_can_the_next(town):
    person = await town.browser()
    await person.say(KNOWN)
    await person.press("Einfache Sprache")
    assert "Eine Kleinstadt ist ein kleiner Ort." in person.lines[-1]
    await person.say("Wie viele Kleinstädte gibt es in Deutschland?")
    assert "Es sind mehr als 2.100." in person.lines[-1]
    await person.press("Standardsprache")
    assert "Ab jetzt bekommen Sie wieder die üblichen Texte." in person.lines[-1]
