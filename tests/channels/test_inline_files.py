"""A small file of our own making, such as a calendar entry, reaches people on every channel."""

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from bot.app import App
from bot.channels.base import Delivery
from bot.channels.console import ConsoleChannel
from bot.worker import promise
from handlers.message import Address, Button, InlineFile, Outgoing
from handlers.text import Text
from storage.database import Tx
from tests.channels.telegram_rig import DESK, Line, line
from tests.channels.web_rig import Browser, House, house
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Message
from tests.support.clock import MovableClock
from tests.support.hotline import Talk, hotline

ANNA = 1001
ENTRY = "BEGIN:VCALENDAR\r\nSUMMARY:Marktfest – 10 Jahre\r\nEND:VCALENDAR\r\n"
LARGE = ENTRY.replace("END:", "DESCRIPTION:" + "ä" * 10_000 + "\r\nEND:", 1)
KEEP = Button(label="Merken", action="mark:marktfest")


def entry(
    name: str = "marktfest.ics", mime: str = "text/calendar", text: str = ENTRY
) -> InlineFile:
    return InlineFile(name=name, mime=mime, text=text)


def saying(text: str, *files: InlineFile, channel: str = "telegram", **more: Any) -> Outgoing:
    to = Address(channel=channel, bot=more.pop("bot", ""), chat=str(more.pop("chat", ANNA)))
    return Outgoing(to=to, text=Text.of(text), inline=files, **more)


async def tell(app: App, *messages: Outgoing) -> None:
    """We say something by ourselves, as a reminder does."""
    now = app.clock.now()

    async def unit(tx: Tx) -> None:
        for outgoing in messages:
            await promise(tx, outgoing, now, None)

    await app.database.write(unit)
    for courier in app.couriers:
        courier.nudge()


def content(message: Message) -> bytes:
    [stored] = message.files
    return stored.content


# --- Telegram ----------------------------------------------------------------------


@pytest.fixture
async def bot(api: FakeBotApi) -> AsyncIterator[Line]:
    api.user(ANNA, "Anna")
    async with line(api) as bot:
        yield bot


async def test_a_calendar_entry_arrives_with_its_words_and_buttons(api, bot):
    await bot.channel.send(Delivery(1, saying("Ihr Termin", entry(), buttons=(KEEP,))))
    [message] = api.user(ANNA).received
    assert message.text == "Ihr Termin"
    assert [button.label for button in message.buttons] == ["Merken"]
    assert content(message) == ENTRY.encode()
    [call] = api.calls_to("send*")
    assert call.method == "sendDocument"
    assert call.files["document"].name == "marktfest.ics"
    assert call.files["document"].mime == "text/calendar"


async def test_words_too_long_for_a_caption_come_first_and_keep_the_buttons(api, bot):
    await bot.channel.send(Delivery(1, saying("Wort " * 300, entry(), buttons=(KEEP,))))
    words, file = api.user(ANNA).received
    assert words.text.count("Wort") == 300
    assert [button.label for button in words.buttons] == ["Merken"]
    assert content(file) == ENTRY.encode()
    assert not file.text


async def test_a_file_may_come_without_words(api, bot):
    await bot.channel.send(Delivery(1, saying("", entry(), buttons=(KEEP,))))
    [message] = api.user(ANNA).received
    assert content(message) == ENTRY.encode()
    assert [button.label for button in message.buttons] == ["Merken"]


async def test_several_entries_arrive_together_in_their_order(api, bot):
    files = [entry(f"tag-{number}.ics", text=f"{ENTRY}{number}") for number in range(3)]
    await bot.channel.send(Delivery(1, saying("Drei Tage", *files)))
    received = api.user(ANNA).received
    assert [content(message) for message in received] == [file.text.encode() for file in files]
    assert received[0].text == "Drei Tage"
    assert len(api.calls_to("send*")) == 1


async def test_no_name_gets_out_of_the_header_that_carries_it(api, bot):
    name = 'Fest"\r\nX-Bad: 1\\/../ü.ics'
    await bot.channel.send(Delivery(1, saying("Ihr Termin", entry(name))))
    [call] = api.calls_to("sendDocument")
    assert call.files["document"].name == "Fest___X-Bad: 1__.._ü.ics"


async def test_a_refused_form_is_sent_again_in_plain_form_with_its_file(api, bot):
    delivery = Delivery(1, saying("Ihr Termin", entry(), buttons=(KEEP,)), plain=True)
    await bot.channel.send(delivery)
    assert content(api.user(ANNA).received[0]) == ENTRY.encode()


@pytest.mark.parametrize(
    ("trouble", "attempts", "uncertain", "copies"), [(500, 1, 0, 1), ("drop_after", 0, 1, 2)]
)
async def test_the_file_is_still_there_when_sending_is_tried_again(
    talk: Talk, trouble: int | str, attempts: int, uncertain: int, copies: int
):
    person = talk.person()
    await talk.ask(person, "Hallo")
    [bot] = {courier.channel.bot for courier in talk.app.couriers if courier.channel.bot}
    talk.api.fault("sendDocument", trouble)
    await tell(talk.app, saying("Ihr Termin", entry(text=LARGE), bot=bot, chat=person.id))

    async def tried() -> list[dict[str, Any]]:
        return await talk.rows("SELECT attempts, uncertain FROM outbox WHERE state = 'ready'")

    await talk.until(tried, [{"attempts": attempts, "uncertain": uncertain}])
    await talk.passes(timedelta(seconds=5))
    await talk.api.wait_for(lambda: talk.api.copies("Ihr Termin") == copies)
    arrived = [message for message in person.received if message.text == "Ihr Termin"]
    assert [content(message) for message in arrived] == [LARGE.encode()] * copies
    assert not await talk.rows("SELECT * FROM outbox WHERE state <> 'sent'")


async def test_every_file_counts_for_the_pace_of_a_group(tmp_path: Path, api: FakeBotApi):
    """Twenty calls a minute: whoever follows twenty files has to wait."""
    async with hotline(tmp_path, api, telegram_rate=True) as talk:
        [bot] = {courier.channel.bot for courier in talk.app.couriers if courier.channel.bot}
        files = [entry(f"{number}.ics") for number in range(20)]
        many = saying("Zwanzig", *files, bot=bot, chat=DESK)
        await tell(talk.app, many, saying("Danach", bot=bot, chat=DESK))

        async def states() -> list[str]:
            return [row["state"] for row in await talk.rows("SELECT state FROM outbox ORDER BY id")]

        # What one row came to is kept in the same unit that claims the next one.
        await talk.until(states, ["sent", "ready"])
        await talk.passes(timedelta(minutes=1))
        assert await states() == ["sent", "sent"]


# --- the web chat ------------------------------------------------------------------


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


async def visitor(town: House, *files: InlineFile, path: str = "/") -> tuple[Browser, list[str]]:
    """Somebody to whom we send files; their browser and the links on their next visit."""
    person = await town.browser()
    await person.say("Hallo", path=path)
    [row] = await town.rows("SELECT chat FROM transcript ORDER BY id DESC LIMIT 1")
    await tell(town.app, saying("Ihr Termin", *files, channel="web", chat=row["chat"]))
    await town.until("SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'sending')", 0)
    home = re.search(r'id="schreiben"[^>]* action="([^"]*)"', person.page)
    assert home
    await person.open(home[1])
    return person, re.findall(r'class="file" href="([^"]+)"', person.page)


async def test_a_visitor_finds_the_file_below_the_words_and_can_keep_it(town):
    person, [link] = await visitor(town, entry(text=LARGE))
    assert any("Ihr Termin" in said and "marktfest.ics (20 kB)" in said for said in person.lines)
    response = await person.client.get(link)
    assert response.status_code == 200
    assert response.content == LARGE.encode()
    assert response.headers["content-type"].partition(";")[0] == "text/calendar"
    assert response.headers["content-disposition"].startswith("attachment;")
    assert "marktfest.ics" in response.headers["content-disposition"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in response.headers["cache-control"]


async def test_each_of_several_files_has_its_own_link(town):
    person, links = await visitor(town, entry("eins.ics", text="1"), entry("zwei.ics", text="2"))
    assert [(await person.client.get(link)).text for link in links] == ["1", "2"]


async def test_nobody_else_gets_the_file(town):
    _, [link] = await visitor(town, entry())
    stranger = await town.browser()
    neighbour, [other] = await visitor(town, entry(text="für jemand anderen"))
    assert other != link
    for somebody in (stranger, neighbour):
        assert (await somebody.client.get(link)).status_code == 404


async def test_the_file_works_in_a_frame_on_another_page(town):
    person, [link] = await visitor(town, entry(), path="/rahmen")
    assert link.startswith("/rahmen/")
    assert (await person.client.get(link)).content == ENTRY.encode()
    secret = link.split("/")[2]
    assert (await person.client.get(link.replace(secret, "guessed"))).status_code == 404


async def test_only_a_calendar_is_handed_out_as_what_it_says_it_is(town):
    page = entry("../../Fest\u202e<b>.html", "text/html", "<script>alert(1)</script>")
    lying = entry("fest.html", "text/calendar; charset=utf-8\r\nX-Bad: 1")
    person, links = await visitor(town, page, lying)
    assert "<b>.html" not in person.page
    first, second = [await person.client.get(link) for link in links]
    assert first.headers["content-type"] == "application/octet-stream"
    assert unquote(first.headers["content-disposition"]).endswith("''Fest<b>.html.bin")
    assert second.headers["content-type"].startswith("text/calendar")
    assert second.headers["content-disposition"].endswith("''fest.html.ics")
    assert "x-bad" not in second.headers


@pytest.mark.parametrize(
    "path",
    [
        *("{line}/1", "{line}/-1", "{line}/x", "{line}/%D9%A1", f"{{line}}/{'9' * 30}"),
        *("0/0", "x/0", "-1/0", f"{'9' * 15}/0", f"{'9' * 30}/0"),
    ],
)
async def test_a_made_up_address_leads_nowhere(town, path):
    person, [link] = await visitor(town, entry())
    path = path.format(line=link.split("/")[-2])
    assert (await person.client.get(f"/beilage/{path}")).status_code == 404


async def test_what_people_wrote_themselves_has_no_file_of_ours(town):
    person, _ = await visitor(town, entry())
    [mine] = await town.rows("SELECT id FROM transcript WHERE outbox_id IS NULL")
    assert (await person.client.get(f"/beilage/{mine['id']}/0")).status_code == 404


async def test_a_deleted_message_takes_its_file_with_it(town):
    person, [link] = await visitor(town, entry())
    line_id = link.split("/")[-2]
    [row] = await town.rows("SELECT chat FROM transcript WHERE id = ?", int(line_id))
    gone = saying("", channel="web", chat=row["chat"], do="delete", targets=(line_id,))
    await tell(town.app, gone)
    await town.until("SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'sending')", 0)
    assert (await person.client.get(link)).status_code == 404
    await person.open("/")
    assert "marktfest.ics" not in person.page
    assert not await town.rows("SELECT * FROM transcript WHERE payload LIKE '%VCALENDAR%'")


async def test_a_corrected_message_keeps_its_file(town):
    person, [link] = await visitor(town, entry())
    line_id = link.split("/")[-2]
    [row] = await town.rows("SELECT chat FROM transcript WHERE id = ?", int(line_id))
    edit = saying("Neu", channel="web", chat=row["chat"], do="edit", targets=(line_id,))
    await tell(town.app, edit)
    await town.until("SELECT COUNT(*) FROM transcript WHERE payload LIKE '%edited%'", 1)
    assert (await person.client.get(link)).content == ENTRY.encode()


# --- the terminal ------------------------------------------------------------------


async def test_the_terminal_shows_the_name_and_what_stands_in_the_file():
    screen = io.StringIO()
    console = ConsoleChannel(MovableClock(), io.StringIO(), screen)
    await console.send(Delivery(1, saying("Ihr Termin", entry(), buttons=(KEEP,))))
    lines = screen.getvalue().splitlines()
    assert lines[1:3] == ["Ihr Termin", ""]
    assert lines[3] == "[Datei: marktfest.ics]"
    assert lines[4:7] == ENTRY.split("\r\n")[:3]
    assert "  1. Merken" in lines


# --- the message -------------------------------------------------------------------


def test_a_file_outlives_the_store_unchanged():
    said = saying("Ihr Termin", entry(text=LARGE))
    kept = said.model_dump_json(exclude_defaults=True)
    assert Outgoing.model_validate_json(kept) == said


def test_messages_kept_by_an_earlier_version_have_no_files_of_ours():
    kept = '{"to": {"channel": "web", "bot": "", "chat": "1"}}'
    assert Outgoing.model_validate_json(kept).inline == ()


def test_an_empty_file_is_a_mistake_that_shows_at_once():
    with pytest.raises(ValueError, match="at least 1"):
        entry(text="\0")
