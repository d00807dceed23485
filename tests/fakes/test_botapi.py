"""The fake behaves like Telegram: seen through python-telegram-bot, as the hotline sees it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    MenuButtonCommands,
    Message,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.request import HTTPXRequest

from . import rules
from .botapi import DEFAULT_TOKEN, FakeBotApi
from .world import Group, Member, Person

DESK = -1_001_234_567_890


def client(api: FakeBotApi, token: str = DEFAULT_TOKEN) -> Bot:
    # Loading the certificates takes longer than most tests here.
    plain = {"httpx_kwargs": {"verify": False}}
    return Bot(
        token,
        base_url=api.base_url,
        base_file_url=api.base_file_url,
        request=HTTPXRequest(connection_pool_size=8, **plain),
        get_updates_request=HTTPXRequest(**plain),
    )


@pytest.fixture(autouse=True)
def _durations_are_durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this, python-telegram-bot warns at every retry_after it meets."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi() as api:
        yield api
        # Whatever a test here does, its requests are valid ones.
        assert api.violations == []


@pytest.fixture
async def bot(api: FakeBotApi) -> AsyncIterator[Bot]:
    async with client(api) as bot:
        yield bot


@pytest.fixture
def anna(api: FakeBotApi) -> Person:
    return api.user(1001, "Anna", "anna_k")


@pytest.fixture
def desk(api: FakeBotApi) -> Group:
    return api.group(DESK, "Koordination")


@pytest.fixture
def karla(desk: Group) -> Member:
    return desk.member(2001, "Karla", status="administrator")


class Reader:
    """Reads updates the way the hotline does: confirming what it has seen."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self.offset = 0

    async def next(self, **how: object) -> list[Update]:
        updates = await self._bot.get_updates(offset=self.offset, timeout=5, **how)
        if updates:
            self.offset = updates[-1].update_id + 1
        return list(updates)

    async def message(self) -> Message:
        [update] = await self.next()
        assert update.effective_message is not None
        return update.effective_message


@pytest.fixture
def reader(bot: Bot) -> Reader:
    return Reader(bot)


# --- who is who --------------------------------------------------------------------


async def test_a_bot_with_the_right_token_learns_its_name(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.username) == (123456, True, "hotline_1_bot")


async def test_a_bot_with_a_wrong_token_is_sent_away(api: FakeBotApi) -> None:
    stranger = client(api, "123456:WRONG")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()
    async with httpx.AsyncClient() as http:
        answer = await http.get(api.url + "/bot1:x/getMe")
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_two_bots_have_their_own_chats_with_the_same_person() -> None:
    async with (
        FakeBotApi("1:a", "2:b") as api,
        client(api, "1:a") as one,
        client(api, "2:b") as two,
    ):
        anna = api.user(1001, "Anna")
        anna.says("an die erste")
        await two.send_message(1001, "von der zweiten")
        assert [u.message.text for u in await one.get_updates() if u.message] == ["an die erste"]
        assert await two.get_updates() == ()
        assert anna.received == []
        assert [m.text for m in anna.at(api.bots["2:b"]).received] == ["von der zweiten"]


async def test_settings_of_the_bot_are_kept(api: FakeBotApi, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("start", "Beginnen")])
    await bot.set_my_name("Kleinstadt-Hotline")
    await bot.set_my_description("Fragen zur Kleinstadt")
    await bot.set_my_short_description("Fragen")
    await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert (await bot.get_my_commands())[0].command == "start"
    assert (await bot.get_my_name()).name == "Kleinstadt-Hotline"
    assert (await bot.get_my_description()).description == "Fragen zur Kleinstadt"
    assert api.bot.settings["setChatMenuButton"]["menu_button"] == {"type": "commands"}


async def test_chats_and_members_can_be_looked_up(
    api: FakeBotApi, bot: Bot, anna: Person, desk: Group, karla: Member
) -> None:
    assert (await bot.get_chat(anna.id)).first_name == "Anna"
    assert (await bot.get_chat(DESK)).is_forum
    assert (await bot.get_chat_member(DESK, karla.id)).status == "administrator"
    assert (await bot.get_chat_member(DESK, anna.id)).status == "left"
    own = await bot.get_chat_member(DESK, bot.id)
    assert own.to_dict()["can_manage_topics"] is True
    with pytest.raises(BadRequest, match=r"(?i)user not found"):
        await bot.get_chat_member(DESK, 999)


# --- updates -----------------------------------------------------------------------


async def test_a_message_is_repeated_until_the_bot_confirms_it(
    api: FakeBotApi, bot: Bot, anna: Person
) -> None:
    anna.says("eins")
    anna.says("zwei")
    first, second = await bot.get_updates()
    assert [first.message.text, second.message.text] == ["eins", "zwei"]
    assert await bot.get_updates() == (first, second)
    assert await bot.get_updates(offset=second.update_id) == (second,)
    assert await bot.get_updates(offset=second.update_id + 1) == ()
    assert len(api.bot.updates) == 0


async def test_a_waiting_poll_returns_as_soon_as_somebody_writes(
    api: FakeBotApi, anna: Person, reader: Reader
) -> None:
    waiting = asyncio.create_task(reader.next())
    await api.wait_for(lambda: api.calls_to("getUpdates"))
    assert not waiting.done()
    anna.says("Hallo")
    [update] = await asyncio.wait_for(waiting, 2)
    assert update.message.text == "Hallo"


async def test_the_bot_gets_no_more_updates_than_it_asks_for(bot: Bot, anna: Person) -> None:
    for number in range(120):
        anna.says(str(number))
    assert len(await bot.get_updates(limit=7)) == 7
    assert len(await bot.get_updates()) == 100
    [last] = await bot.get_updates(offset=-1)
    assert last.message.text == "119"


async def test_two_pollers_disturb_each_other(api: FakeBotApi, bot: Bot, anna: Person) -> None:
    async with client(api) as twin:
        first = asyncio.create_task(bot.get_updates(timeout=5))
        await api.wait_for(lambda: api.calls_to("getUpdates"))
        second = asyncio.create_task(twin.get_updates(timeout=5))
        with pytest.raises(Conflict, match=r"(?i)other getUpdates"):
            await first
        anna.says("Hallo")
        assert len(await second) == 1


async def test_an_update_can_come_twice(api: FakeBotApi, anna: Person, reader: Reader) -> None:
    anna.says("nur einmal gesagt")
    [once] = await reader.next()
    api.redeliver(once.update_id)
    assert await reader.next() == [once]


async def test_updates_older_than_a_day_are_gone(api: FakeBotApi, bot: Bot, anna: Person) -> None:
    anna.says("gestern früh")
    api.advance(timedelta(hours=20).total_seconds())
    anna.says("gestern Nacht")
    api.advance(timedelta(hours=5).total_seconds())
    assert [u.message.text for u in await bot.get_updates() if u.message] == ["gestern Nacht"]


async def test_reactions_come_only_to_those_who_asked_for_them(
    anna: Person, bot: Bot, reader: Reader
) -> None:
    sent = await bot.send_message(anna.id, "Hat das geholfen?")
    anna.reacts(sent.message_id, "👍")
    anna.says("ja")
    assert [bool(u.message_reaction) for u in await reader.next()] == [False]
    anna.says("weiter")
    await reader.next(allowed_updates=["message", "message_reaction"])
    anna.reacts(sent.message_id, "❤")
    [update] = await reader.next()
    assert update.message_reaction
    assert update.message_reaction.to_dict()["new_reaction"] == [{"type": "emoji", "emoji": "❤"}]


async def test_anything_can_be_put_into_the_stream(api: FakeBotApi, anna: Person) -> None:
    async with httpx.AsyncClient(base_url=f"{api.base_url}{api.token}") as http:
        api.inject({"update_id": 2**63, "message": {"message_id": 1}})
        api.inject([1, None])
        api.inject({"update_id": 5, "something_new": {}})
        answer = (await http.get("/getUpdates")).json()["result"]
        assert answer[1:] == [[1, None], {"update_id": 5, "something_new": {}}]
        # No offset can confirm the odd ones, so they come once; 5 comes until it is confirmed.
        answer = (await http.get("/getUpdates")).json()["result"]
        assert [update["update_id"] for update in answer] == [5]
        assert (await http.get("/getUpdates?offset=6")).json()["result"] == []
        api.next_update_id = 3
        anna.says("nach einer stillen Woche")
        # A lower id than ever before is delivered all the same.
        answer = (await http.get("/getUpdates?offset=6")).json()["result"]
        assert [update["update_id"] for update in answer] == [3]
        api.inject(b'{"update_id": 7, "broken')
        assert "broken" in (await http.get("/getUpdates?offset=6")).text


# --- webhook -----------------------------------------------------------------------


class Receiver:
    """The bot's side of a webhook: answers as told, keeps what came."""

    def __init__(self) -> None:
        self.updates: list[dict] = []
        self.secrets: list[str | None] = []
        self.answers: dict[int, list[int]] = {}  # statuses by chat, 200 when used up

    async def serve(self, request: web.BaseRequest) -> web.Response:
        update = await request.json()
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        planned = self.answers.get(update["message"]["chat"]["id"])
        status = planned.pop(0) if planned else 200
        if status == 200:
            self.updates.append(update)
        return web.Response(status=status)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.updates]


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    runner = web.ServerRunner(web.Server(receiver.serve), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/telegram/webhook"
    await runner.cleanup()


async def test_a_webhook_gets_what_waits_and_what_comes(
    api: FakeBotApi, bot: Bot, anna: Person, receiver: tuple[Receiver, str]
) -> None:
    hook, url = receiver
    anna.says("vorher")
    await bot.set_webhook(url, secret_token="s" * 32)
    anna.says("nachher")
    await api.wait_for(lambda: len(hook.updates) == 2 and not api.bot.updates)
    assert hook.texts == ["vorher", "nachher"]
    assert set(hook.secrets) == {"s" * 32}
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == (url, 0)
    with pytest.raises(Conflict, match=r"(?i)webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    anna.says("wieder abholen")
    assert len(await bot.get_updates()) == 1


async def test_a_failing_webhook_holds_up_one_chat_only(
    api: FakeBotApi, bot: Bot, anna: Person, receiver: tuple[Receiver, str]
) -> None:
    hook, url = receiver
    hook.answers[anna.id] = [500, 502, 404]
    await bot.set_webhook(url)
    ben = api.user(1002, "Ben")
    anna.says("eins")
    anna.says("zwei")
    ben.says("ich auch")
    await api.wait_for(lambda: len(hook.updates) == 3)
    assert [text for text in hook.texts if text != "ich auch"] == ["eins", "zwei"]
    assert hook.texts.index("ich auch") == 0
    assert [d.status for d in api.deliveries].count(200) == 3
    assert (await bot.get_webhook_info()).last_error_message


async def test_a_webhook_with_a_bad_secret_is_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)unallowed characters"):
        await bot.set_webhook("https://example.org/hook", secret_token="ü" * 32)


# --- conversations -----------------------------------------------------------------


async def test_what_the_bot_sends_is_what_people_see(
    api: FakeBotApi, bot: Bot, anna: Person
) -> None:
    question = anna.says("Was ist <3 & was nicht?")
    sent = await bot.send_message(
        anna.id,
        "<b>Größe</b> 😀 &lt;3 <a href='https://example.org/?a=1&amp;b=2'>mehr</a>",
        parse_mode="HTML",
        reply_parameters=ReplyParameters(question.message_id),
        reply_markup=InlineKeyboardMarkup(
            [
                [InlineKeyboardButton("Ja", callback_data="yes")],
                [InlineKeyboardButton("Seite", url="https://example.org")],
            ]
        ),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    [seen] = anna.received
    assert seen.text == sent.text == "Größe 😀 <3 mehr"
    assert seen.entities == [
        {"type": "bold", "offset": 0, "length": 5},
        {"type": "text_link", "offset": 12, "length": 4, "url": "https://example.org/?a=1&b=2"},
    ]
    assert sent.parse_entities()[sent.entities[1]] == "mehr"
    assert seen.reply_to is question
    assert sent.reply_to_message.text == question.text
    assert [(b.label, b.data, b.row) for b in seen.buttons] == [
        ("Ja", "yes", 0),
        ("Seite", None, 1),
    ]
    assert api.copies("Größe 😀 <3 mehr") == api.copies("Größe", part=True) == 1
    assert api.copies("Größe 😀 <3 mehr", chat=DESK) == 0


async def test_commands_and_links_in_peoples_words_are_marked(anna: Person, reader: Reader) -> None:
    anna.says("/start faq 😀 https://example.org/seite.")
    message = await reader.message()
    assert [(e.type, message.parse_entity(e)) for e in message.entities] == [
        (MessageEntity.BOT_COMMAND, "/start"),
        (MessageEntity.URL, "https://example.org/seite"),
    ]


async def test_an_edited_question_arrives_as_edited(anna: Person, reader: Reader) -> None:
    question = anna.says("Was kostet das?")
    anna.edits(question, "Was kostet die Teilnahme?")
    sent, edited = await reader.next()
    assert sent.message.text == "Was kostet das?"
    assert edited.edited_message.text == "Was kostet die Teilnahme?"
    assert edited.edited_message.message_id == question.message_id
    assert question.edits == ["Was kostet das?"]


async def test_a_pressed_button_reaches_the_bot_and_stops_spinning(
    anna: Person, bot: Bot, reader: Reader
) -> None:
    buttons = [[InlineKeyboardButton("Nächste Termine", callback_data="events")]]
    await bot.send_message(anna.id, "Womit?", reply_markup=InlineKeyboardMarkup(buttons))
    press = anna.presses("Nächste Termine")
    [update] = await reader.next()
    query = update.callback_query
    assert (query.data, query.from_user.id) == ("events", anna.id)
    await query.answer("Einen Moment")
    assert press.answered
    assert press.text == "Einen Moment"
    with pytest.raises(LookupError, match=r"(?i)Nächste Termine"):
        anna.presses("Gibt es nicht")
    anna.presses("faq:erfunden", forged=True)
    [update] = await reader.next()
    assert update.callback_query.data == "faq:erfunden"
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query("1")


async def test_the_bot_edits_and_deletes_its_own_words(anna: Person, bot: Bot) -> None:
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Ja", callback_data="y")]])
    sent = await bot.send_message(anna.id, "alt", reply_markup=buttons)
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await sent.edit_text("alt", reply_markup=buttons)
    await sent.edit_text("neu", reply_markup=buttons)
    [seen] = anna.received
    assert (seen.text, seen.edits, len(seen.buttons)) == ("neu", ["alt"], 1)
    await sent.edit_reply_markup(None)
    assert seen.buttons == []
    await sent.delete()
    assert anna.received == [seen]
    assert seen.deleted
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await sent.edit_text("zu spät")
    with pytest.raises(BadRequest, match=r"(?i)message to delete not found"):
        await sent.delete()


async def test_the_bot_cannot_change_what_others_wrote_or_what_is_old(
    api: FakeBotApi, anna: Person, bot: Bot
) -> None:
    words = anna.says("meins")
    with pytest.raises(BadRequest, match=r"(?i)can't be edited"):
        await bot.edit_message_text("deins", anna.id, words.message_id)
    sent = await bot.send_message(anna.id, "alt")
    api.advance(timedelta(hours=49).total_seconds())
    with pytest.raises(BadRequest, match=r"(?i)can't be deleted"):
        await sent.delete()


async def test_the_bot_may_only_react_as_telegram_allows(anna: Person, bot: Bot) -> None:
    words = anna.says("Danke!")
    await bot.set_message_reaction(anna.id, words.message_id, "❤")
    assert words.reactions == ["❤"]
    with pytest.raises(BadRequest, match=r"(?i)reaction_invalid"):
        await bot.set_message_reaction(anna.id, words.message_id, "✅")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "text is empty"),
        (" \n ", "text is empty"),
        ("x" * 4097, "message is too long"),
        ("😀" * 2049, "message is too long"),
    ],
)
async def test_texts_telegram_does_not_carry(anna: Person, bot: Bot, text: str, why: str) -> None:
    with pytest.raises(BadRequest, match=rf"(?i){why}"):
        await bot.send_message(anna.id, text)
    assert anna.received == []


@pytest.mark.parametrize(
    "text",
    ["<3", "a < b", "<b>offen", "</b>", "<b><i>x</b></i>", "<div>x</div>", "<b", "<script>"],
)
async def test_broken_html_is_refused(anna: Person, bot: Bot, text: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)can't parse entities"):
        await bot.send_message(anna.id, text, parse_mode="HTML")
    assert anna.received == []


async def test_html_is_counted_without_its_marks(anna: Person, bot: Bot) -> None:
    await bot.send_message(anna.id, "<b>" + "&lt;" * 4096 + "</b>", parse_mode="HTML")
    assert anna.received[0].text == "<" * 4096


@pytest.mark.parametrize(("offset", "length"), [(0, 99), (-1, 2), (0, 0), (1, 2)])
async def test_marks_outside_of_the_text_are_refused(
    anna: Person, bot: Bot, offset: int, length: int
) -> None:
    mark = MessageEntity(MessageEntity.BOLD, offset, length)
    with pytest.raises(BadRequest):
        await bot.send_message(anna.id, "😀 ja", entities=[mark])


@pytest.mark.parametrize("data", ["ü" * 33, "x" * 65])
async def test_buttons_carry_64_bytes(api: FakeBotApi, anna: Person, bot: Bot, data: str) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("zu viel", callback_data=data)]])
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(anna.id, "Womit?", reply_markup=keyboard)


async def test_strangers_and_those_who_blocked_the_bot_get_nothing(
    api: FakeBotApi, anna: Person, bot: Bot, reader: Reader
) -> None:
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(4711, "Hallo")
    anna.blocks_bot()
    with pytest.raises(Forbidden, match=r"(?i)blocked by the user"):
        await bot.send_message(anna.id, "Hallo")
    [update] = await reader.next()
    assert update.my_chat_member
    assert update.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(RuntimeError):
        anna.says("Hallo")
    anna.unblocks_bot()
    await bot.send_message(anna.id, "Willkommen zurück")
    anna.deletes_account()
    with pytest.raises(Forbidden, match=r"(?i)deactivated"):
        await bot.send_message(anna.id, "Hallo")
    api.accept_any_chat = True
    await bot.send_message(4711, "Hallo")
    assert api.user(4711).received[0].text == "Hallo"


async def test_albums_replies_and_quotes_can_be_copied_elsewhere(
    api: FakeBotApi, anna: Person, bot: Bot, desk: Group, reader: Reader
) -> None:
    first = anna.sends_photo(b"eins", "Unser Marktplatz", album="a1")
    second = anna.sends_photo(b"zwei", album="a1")
    one, two = [u.message for u in await reader.next()]
    assert one.media_group_id == two.media_group_id == "a1"
    assert one.photo[-1].width > one.photo[0].width
    copies = await bot.copy_messages(DESK, anna.id, [first.message_id, second.message_id])
    assert [m.message_id for m in copies] == [m.message_id for m in desk.general]
    assert [m.files[0].content for m in desk.general] == [b"eins", b"zwei"]
    assert {m.album for m in desk.general} == {"a1"}
    copy = await bot.copy_message(DESK, anna.id, first.message_id, caption="Neu")
    assert desk.find(copy.message_id).text == "Neu"
    forwarded = await bot.forward_message(DESK, anna.id, first.message_id)
    assert forwarded.forward_origin.type == "user"
    with pytest.raises(BadRequest, match=r"(?i)message to copy not found"):
        await bot.copy_message(DESK, anna.id, 999)
    sent = await bot.send_message(anna.id, "Der Markt ist mittwochs.")
    anna.says("Wann genau?", reply_to=sent.message_id, quote="mittwochs")
    message = await reader.message()
    assert message.quote.text == "mittwochs"
    assert message.reply_to_message.message_id == sent.message_id


async def test_a_reply_to_a_message_that_is_gone_is_refused(anna: Person, bot: Bot) -> None:
    question = anna.says("Frage")
    anna.deletes(question)
    gone = ReplyParameters(question.message_id)
    with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
        await bot.send_message(anna.id, "Antwort", reply_parameters=gone)
    anyway = ReplyParameters(question.message_id, allow_sending_without_reply=True)
    await bot.send_message(anna.id, "Antwort", reply_parameters=anyway)
    assert anna.received[0].reply_to is None


# --- files -------------------------------------------------------------------------


async def test_files_travel_both_ways(anna: Person, bot: Bot, reader: Reader) -> None:
    anna.sends_document(b"%PDF", "Plan.pdf", "application/pdf", "Unser Plan")
    anna.sends_voice(b"OggS")
    anna.sends_video(b"mp4")
    anna.sends_sticker("🎉")
    anna.sends_location(51.5, 11.9)
    anna.sends_contact("+4930", "Rathaus")
    document, voice, video, sticker, place, contact = [u.message for u in await reader.next()]
    assert document.caption == "Unser Plan"
    file = await bot.get_file(document.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"%PDF"
    assert voice.voice
    assert video
    assert video.video
    assert sticker.sticker.emoji == "🎉"
    assert place.location
    assert contact
    assert contact.contact

    await bot.send_document(anna.id, b"ics", caption="Termin", filename="termin.ics")
    await bot.send_photo(anna.id, b"jpg")
    await bot.send_voice(anna.id, b"ogg")
    await bot.send_audio(anna.id, b"mp3")
    await bot.send_video(anna.id, b"mp4")
    await bot.send_sticker(anna.id, sticker.sticker.file_id)
    await bot.send_location(anna.id, 51.5, 11.9)
    await bot.send_contact(anna.id, "+4930", "Rathaus")
    sent = anna.received
    assert (sent[0].files[0].content, sent[0].files[0].name) == (b"ics", "termin.ics")
    assert sent[0].text == "Termin"
    assert [m.files[0].content for m in sent[1:5]] == [b"jpg", b"ogg", b"mp3", b"mp4"]
    assert sent[5].files[0].content == b"sticker"
    await bot.edit_message_caption(anna.id, sent[0].message_id, caption="Termin verschoben")
    assert (sent[0].text, sent[0].edits) == ("Termin verschoben", ["Termin"])


async def test_an_album_of_the_bot_stays_together(anna: Person, bot: Bot) -> None:
    photos = [InputMediaPhoto(b"eins", caption="Bilder"), InputMediaPhoto(b"zwei")]
    messages = await bot.send_media_group(anna.id, photos)
    assert len({message.media_group_id for message in messages}) == 1
    assert [message.files[0].content for message in anna.received] == [b"eins", b"zwei"]
    with pytest.raises(BadRequest, match=r"(?i)can't be mixed"):
        await bot.send_media_group(anna.id, [InputMediaPhoto(b"x"), InputMediaDocument(b"y")])
    assert len(anna.received) == 2


async def test_large_files_cannot_be_fetched(anna: Person, bot: Bot) -> None:
    large = anna.sends_document(b"", "Film.zip", "application/zip", size=21 * 2**20)
    with pytest.raises(BadRequest, match=r"(?i)file is too big"):
        await bot.get_file(large.files[0].file_id)
    with pytest.raises(BadRequest, match=r"(?i)file must be non-empty"):
        await bot.send_document(anna.id, b"", filename="leer.txt")
    with pytest.raises(BadRequest, match=r"(?i)wrong file identifier"):
        await bot.send_document(anna.id, "unbekannt")


# --- groups and topics -------------------------------------------------------------


async def test_a_topic_has_a_root_that_every_first_message_points_to(
    bot: Bot, desk: Group, karla: Member, reader: Reader
) -> None:
    topic = await bot.create_forum_topic(DESK, "K-1042 · Wohnen")
    thread = topic.message_thread_id
    opened = await reader.message()
    assert opened.forum_topic_created.name == "K-1042 · Wohnen"
    assert (opened.message_id, opened.from_user and opened.from_user.id) == (thread, bot.id)

    question = await bot.send_message(DESK, "Neue Anfrage", message_thread_id=thread)
    assert question.reply_to_message.message_id == thread
    karla.says("Ich kümmere mich", thread=thread)
    karla.says("Antwort", reply_to=question.message_id)
    plain, reply = [u.message for u in await reader.next()]
    assert plain.is_topic_message
    assert plain.message_thread_id == thread
    assert plain.reply_to_message.forum_topic_created
    assert reply.reply_to_message
    assert reply.message_thread_id == thread
    assert reply.reply_to_message.message_id == question.message_id
    assert [m.text for m in desk.topics[thread].messages] == [
        "Neue Anfrage", "Ich kümmere mich", "Antwort",
    ]  # fmt: skip


async def test_the_bot_hears_of_what_it_does_to_topics(
    bot: Bot, desk: Group, karla: Member, reader: Reader
) -> None:
    thread = (await bot.create_forum_topic(DESK, "K-1")).message_thread_id
    await bot.edit_forum_topic(DESK, thread, name="K-1 ✓")
    await bot.close_forum_topic(DESK, thread)
    await bot.reopen_forum_topic(DESK, thread)
    sent = await bot.send_message(DESK, "Bitte lesen", message_thread_id=thread)
    await bot.pin_chat_message(DESK, sent.message_id)
    messages = [u.message for u in await reader.next() if u.message]
    assert [bool(m.from_user and m.from_user.is_bot) for m in messages] == [True] * 5
    assert messages[1].forum_topic_edited
    assert messages[1].forum_topic_edited.name == "K-1 ✓"
    assert messages[2].forum_topic_closed
    assert messages[3].forum_topic_reopened
    pinned = messages[4].pinned_message
    assert pinned.message_id == sent.message_id
    assert desk.topics[thread].name == "K-1 ✓"
    with pytest.raises(BadRequest, match=r"(?i)topic_not_modified"):
        await bot.reopen_forum_topic(DESK, thread)


async def test_a_deleted_topic_is_noticed_by_the_next_send_only(
    api: FakeBotApi, bot: Bot, desk: Group, karla: Member, reader: Reader
) -> None:
    thread = (await bot.create_forum_topic(DESK, "K-1")).message_thread_id
    await reader.next()
    desk.delete_topic(thread)
    assert len(api.bot.updates) == 1  # the confirmed-to-be one; nothing tells of the deletion
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(DESK, "Nachtrag", message_thread_id=thread)
    with pytest.raises(BadRequest, match=r"(?i)topic_id_invalid"):
        await bot.close_forum_topic(DESK, thread)
    again = await bot.create_forum_topic(DESK, "K-1")
    await bot.delete_forum_topic(DESK, again.message_thread_id)
    assert desk.topics[again.message_thread_id].deleted


async def test_general_is_no_topic(bot: Bot, desk: Group, karla: Member, reader: Reader) -> None:
    first = karla.says("An alle")
    karla.says("Dazu noch", reply_to=first)
    plain, reply = [u.message for u in await reader.next()]
    assert plain.message_thread_id is None
    assert not plain.is_topic_message
    assert reply.message_thread_id == first.message_id
    assert not reply.is_topic_message
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await bot.send_message(DESK, "An alle", message_thread_id=1)
    await bot.send_message(DESK, "An alle")
    assert [m.text for m in desk.general] == ["An alle", "Dazu noch", "An alle"]


async def test_a_group_without_topics_says_so(api: FakeBotApi, bot: Bot, desk: Group) -> None:
    plain = api.group(-1_009_876_543_210, "Ohne Themen", forum=False)
    with pytest.raises(BadRequest, match=r"(?i)the chat is not a forum"):
        await bot.create_forum_topic(plain.chat_id, "K-1")
    desk.bot_may_manage_topics = False
    with pytest.raises(BadRequest, match=r"(?i)not enough rights"):
        await bot.create_forum_topic(DESK, "K-1")


async def test_a_group_that_grows_changes_its_id(api: FakeBotApi, bot: Bot, reader: Reader) -> None:
    group = api.group(-4711, "Klein", forum=False)
    group.member(2001, "Karla").says("Hallo")
    group.migrate(DESK)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-4711, "Hallo")
    assert moved.value.new_chat_id == DESK
    await bot.send_message(DESK, "Angekommen")
    said, leaving, arriving = [u.message for u in await reader.next()]
    assert (said.chat.id, said.chat.type) == (-4711, "group")
    assert (leaving.chat.id, leaving.migrate_to_chat_id) == (-4711, DESK)
    assert (arriving.chat.id, arriving.migrate_from_chat_id) == (DESK, -4711)
    assert arriving.chat.type == "supergroup"


async def test_a_bot_that_was_removed_can_write_no_more(
    bot: Bot, desk: Group, karla: Member, reader: Reader
) -> None:
    desk.remove_bot()
    with pytest.raises(Forbidden, match=r"(?i)kicked from the supergroup"):
        await bot.send_message(DESK, "Hallo")
    [update] = await reader.next()
    assert update.my_chat_member
    assert update.my_chat_member.new_chat_member.status == "kicked"
    desk.add_bot()
    await bot.send_message(DESK, "Wieder da")


async def test_nobody_can_tell_who_an_anonymous_admin_is(
    desk: Group, karla: Member, anna: Person, reader: Reader
) -> None:
    desk.anonymous_admin().says("/invite admin")
    desk.linked_channel(-1_005_555_555_555, "Neues").says("Beitrag")
    karla.says("weitergeleitet", forwarded_from=anna)
    karla.says("verborgen", forwarded_from="Jemand")
    admin, post, forwarded, hidden = [u.message for u in await reader.next()]
    assert admin.from_user.id == 1087968824
    assert admin.sender_chat.id == DESK
    assert post.from_user.id == 777000
    assert forwarded.forward_origin.type == "user"
    assert hidden.forward_origin.type == "hidden_user"


async def test_somebody_else_in_the_group_may_press_a_button(
    bot: Bot, desk: Group, karla: Member, reader: Reader
) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Übernehmen", callback_data="claim:1")]])
    await bot.send_message(DESK, "Anfrage", reply_markup=keyboard)
    karla.presses("claim:1")
    desk.member(2002, "Kurt").presses("Übernehmen")
    pressed = [u.callback_query.from_user.id for u in await reader.next() if u.callback_query]
    assert pressed == [2001, 2002]


# --- faults ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, BadRequest),
        (401, InvalidToken),
        (403, Forbidden),
        (404, InvalidToken),
        (500, NetworkError),
        (502, NetworkError),
    ],
)
async def test_a_refused_message_did_not_arrive(
    api: FakeBotApi, anna: Person, bot: Bot, code: int, error: type[Exception]
) -> None:
    api.fault("send*", code)
    with pytest.raises(error):
        await bot.send_message(anna.id, "Hallo")
    assert anna.received == []
    await bot.send_message(anna.id, "Hallo")
    assert [call.outcome[:3] for call in api.calls_to("sendMessage") if call.outcome] == [
        str(code),
        "ok",
    ]


async def test_a_bot_that_is_too_fast_is_told_how_long_to_wait(
    api: FakeBotApi, anna: Person, bot: Bot
) -> None:
    fault = api.fault("sendMessage", 429, retry_after=35, times=2, chat=anna.id)
    await bot.send_message(api.user(1002).id, "andere sind nicht gemeint")
    for _ in range(2):
        with pytest.raises(RetryAfter) as wait:
            await bot.send_message(anna.id, "Hallo")
        assert wait.value.retry_after == timedelta(seconds=35)
    assert fault.hits == 2
    await bot.send_message(anna.id, "Hallo")


@pytest.mark.parametrize(("kind", "copies"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_lost_connection_tells_nothing_about_what_arrived(
    api: FakeBotApi, anna: Person, bot: Bot, kind: str, copies: int
) -> None:
    api.fault("sendMessage", kind)
    with pytest.raises(NetworkError):
        await bot.send_message(anna.id, "Hallo")
    assert api.copies("Hallo", anna.id) == copies
    assert api.calls_to("sendMessage")[0].outcome == kind
    await bot.send_message(anna.id, "Hallo")
    assert api.copies("Hallo", anna.id) == copies + 1


async def test_a_hanging_call_did_arrive(api: FakeBotApi, anna: Person, bot: Bot) -> None:
    api.fault("sendMessage", "hang")
    with pytest.raises(TimedOut):
        await bot.send_message(anna.id, "Hallo", read_timeout=0.1)
    assert api.copies("Hallo") == 1


async def test_a_slow_call_is_answered_late(api: FakeBotApi, anna: Person, bot: Bot) -> None:
    api.fault("sendMessage", "slow", ms=150, times=None)
    loop = asyncio.get_running_loop()
    start = loop.time()
    await bot.send_message(anna.id, "Hallo", read_timeout=5)
    assert loop.time() - start >= 0.14


async def test_chaos_is_the_same_for_the_same_seed(anna: Person) -> None:
    async def outcomes(seed: int) -> list[str | None]:
        async with FakeBotApi() as api, client(api) as bot:
            api.user(1001)
            api.chaos(seed, {"429": 0.2, "502": 0.2, "drop_after": 0.2})
            for number in range(40):
                try:
                    await bot.send_message(1001, f"Nummer {number}")
                except (NetworkError, RetryAfter):
                    continue
            return [call.outcome for call in api.calls_to("sendMessage")]

    first = await outcomes(7)
    assert first == await outcomes(7)
    assert first != await outcomes(8)
    assert {"ok", "drop_after"} < set(first)


async def test_limits_are_enforced_and_counted(
    api: FakeBotApi, anna: Person, bot: Bot, desk: Group
) -> None:
    api.limits(overall=30, per_chat=1.0, per_group=20)
    for number in range(3):
        await bot.send_message(anna.id, f"Stoß {number}")
    with pytest.raises(RetryAfter):
        await bot.send_message(anna.id, "zu viel")
    api.advance(1.1)
    await bot.send_message(anna.id, "nach einer Sekunde")
    for number in range(20):
        await bot.send_message(DESK, f"Gruppe {number}")
    with pytest.raises(RetryAfter) as wait:
        await bot.send_message(DESK, "zu viel")
    assert timedelta(seconds=50) < wait.value.retry_after <= timedelta(seconds=60)
    assert api.refused == 2
    api.no_limits()
    await bot.send_message(DESK, "gern")


async def test_answers_can_take_their_time(api: FakeBotApi, anna: Person, bot: Bot) -> None:
    api.latency(20, hang_share=0.0, seed=1)
    loop = asyncio.get_running_loop()
    start = loop.time()
    for _ in range(5):
        await bot.send_message(anna.id, "Hallo")
    assert loop.time() - start > 0.05
    api.latency(0, hang_share=1.0)
    with pytest.raises(TimedOut):
        await bot.send_message(anna.id, "Hallo", read_timeout=0.1)


async def test_a_call_that_is_still_on_its_way_has_no_effect_yet(
    api: FakeBotApi, anna: Person, bot: Bot
) -> None:
    api.latency(400, there=1.0, seed=2)
    call = asyncio.create_task(bot.send_message(anna.id, "Hallo"))
    await asyncio.wait([call], timeout=0.05)
    assert anna.received == []
    await call
    assert [message.text for message in anna.received] == ["Hallo"]


# --- the log, and what is checked --------------------------------------------------


async def test_every_call_is_logged_with_its_parameters(
    api: FakeBotApi, anna: Person, bot: Bot
) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Ja", callback_data="y")]])
    await bot.send_message(anna.id, "42", reply_markup=keyboard)
    [call] = api.calls_to("sendMessage")
    assert call.params["chat_id"] == anna.id
    assert call.params["text"] == "42"
    assert call.params["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "y"
    assert call.ok
    assert call.result["message_id"] == anna.received[0].message_id


async def test_waiting_in_vain_tells_what_happened_instead(
    api: FakeBotApi, anna: Person, bot: Bot
) -> None:
    await bot.send_message(anna.id, "etwas anderes")
    with pytest.raises(TimeoutError, match=r"(?i)etwas anderes"):
        await api.wait_for(lambda: api.copies("das Erhoffte"), timeout=0.05)


async def test_requests_may_come_as_json_or_in_the_address(api: FakeBotApi, anna: Person) -> None:
    async with httpx.AsyncClient(base_url=f"{api.base_url}{api.token}") as http:
        sent = await http.post("/sendMessage", json={"chat_id": anna.id, "text": "als JSON"})
        assert sent.json()["ok"]
        sent = await http.get("/sendMessage", params={"chat_id": anna.id, "text": "als Adresse"})
        assert sent.json()["ok"]
        broken = await http.post(
            "/sendMessage", content=b"{", headers={"Content-Type": "application/json"}
        )
        assert broken.status_code == 400
        undecodable = await http.post("/sendMessage", content=b"chat_id=1&text=%ff")
        assert undecodable.json()["description"] == "Bad Request: strings must be encoded in UTF-8"
    assert [message.text for message in anna.received] == ["als JSON", "als Adresse"]


@pytest.mark.skipif(rules.spec_path() is None, reason="no specification of the Bot API here")
async def test_invalid_requests_are_noted() -> None:
    async with (
        FakeBotApi() as api,
        httpx.AsyncClient(base_url=f"{api.base_url}{api.token}") as http,
    ):
        api.user(1001)
        bad_markup = json.dumps({"inline_keyboard": [[{"label": "Ja"}]]})
        for method, params in [
            ("sendMessage", {"chat_id": 1001}),
            ("sendMessage", {"chat_id": 1001, "text": "x", "colour": "red"}),
            ("sendMessage", {"chat_id": 1001, "text": "x", "message_thread_id": "eins"}),
            ("sendMessage", {"chat_id": 1001, "text": "x", "reply_markup": bad_markup}),
            ("sendFax", {}),
        ]:
            await http.post("/" + method, data=params)
        assert len(api.violations) >= 5
        text = "\n".join(api.violations)
        for part in ("sendMessage.text: required", "colour", "eins", "label", "sendFax"):
            assert part in text


# --- other ways to run it ----------------------------------------------------------


def test_it_runs_in_a_thread_for_those_without_an_event_loop() -> None:
    async def echo(base_url: str) -> None:
        async with Bot(DEFAULT_TOKEN, base_url=base_url, request=HTTPXRequest()) as bot:
            [update] = await bot.get_updates(timeout=5)
            assert update.message
            await bot.send_message(update.message.chat_id, f"Echo: {update.message.text}")

    with FakeBotApi.threaded() as api:
        anna = api.user(1001, "Anna")
        anna.says("Hallo")
        asyncio.run(echo(api.base_url))
        [answer] = api.wait(lambda: anna.received, timeout=2)
        assert answer.text == "Echo: Hallo"
        assert asyncio.run(api.wait_for(lambda: anna.received)) == [answer]
        with pytest.raises(TimeoutError):
            api.wait(lambda: len(anna.received) > 1, timeout=0.01)


async def test_it_runs_in_a_process_of_its_own() -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.botapi", "--users", "3", "--seconds", "30",
        stdout=asyncio.subprocess.PIPE, cwd=root,
    )  # fmt: skip
    try:
        assert process.stdout
        where = json.loads(await process.stdout.readline())
        async with (
            Bot(where["token"], base_url=where["url"] + "/bot") as bot,
            httpx.AsyncClient(base_url=where["url"] + "/control") as control,
        ):
            saying = {"users": [10_001, 10_002, 10_003], "texts": ["Hallo", "Und?"], "rate": 500}
            assert (await control.post("/say", json=saying)).json() == {"saying": 6}
            assert (await control.get("/wait?said=6&timeout=5")).json() is True
            for update in await bot.get_updates(timeout=5):
                assert update.message
                await bot.send_message(update.message.chat_id, "Antwort")
            counters = (await control.get("/counters")).json()
            assert (counters["said"], counters["answered"], counters["delivered"]) == (6, 6, 6)
            latencies = (await control.get("/latencies")).json()
            assert latencies["count"] == 6
            assert 0 < latencies["p50"] <= latencies["max"] < 10
    finally:
        process.terminate()
        await process.wait()


# --- doors of groups ---------------------------------------------------------------


@pytest.fixture
def door(api: FakeBotApi) -> Group:
    return api.group(DESK - 1, "Leerstand", forum=False)


async def test_a_link_for_one_lets_one_in(
    api: FakeBotApi, bot: Bot, door: Group, anna: Person
) -> None:
    made = await bot.create_chat_invite_link(DESK - 1, name="Eins", member_limit=1)
    assert (made.member_limit, made.creates_join_request, made.name) == (1, False, "Eins")
    assert anna.follows(made.invite_link) is door
    [update] = await bot.get_updates(timeout=5)
    assert [user.id for user in update.message.new_chat_members] == [anna.id]
    with pytest.raises(rules.Refused, match="INVITE_HASH_EXPIRED"):
        api.user(1002).follows(made.invite_link)
    with pytest.raises(rules.Refused, match="INVITE_HASH_INVALID"):
        anna.follows("https://t.me/+nie")


async def test_a_link_ends_when_its_time_is_over_or_it_is_revoked(
    api: FakeBotApi, bot: Bot, door: Group, anna: Person
) -> None:
    late = await bot.create_chat_invite_link(DESK - 1, expire_date=int(api.now()) + 60)
    taken_back = await bot.create_chat_invite_link(DESK - 1)
    await bot.revoke_chat_invite_link(DESK - 1, taken_back.invite_link)
    api.advance(61)
    for link in (late, taken_back):
        with pytest.raises(rules.Refused, match="INVITE_HASH_EXPIRED"):
            anna.follows(link.invite_link)


async def test_links_that_cannot_be_are_refused(api: FakeBotApi, bot: Bot, door: Group) -> None:
    with pytest.raises(BadRequest, match=r"(?i)member limit can't be specified"):
        await bot.create_chat_invite_link(DESK - 1, member_limit=1, creates_join_request=True)
    with pytest.raises(BadRequest, match=r"(?i)usage_limit_invalid"):
        await bot.create_chat_invite_link(DESK - 1, member_limit=100_000)
    with pytest.raises(BadRequest, match=r"(?i)expire_date_invalid"):
        await bot.create_chat_invite_link(DESK - 1, expire_date=1)
    door.bot_may_invite = False
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to manage chat invite link"):
        await bot.create_chat_invite_link(DESK - 1)


async def test_who_knocks_waits_until_somebody_decides(
    api: FakeBotApi, bot: Bot, door: Group, anna: Person
) -> None:
    made = await bot.create_chat_invite_link(DESK - 1, creates_join_request=True)
    assert anna.follows(made.invite_link) is None
    [update] = await bot.get_updates(timeout=5)
    knock = update.chat_join_request
    assert (knock.user_chat_id, knock.from_user.id, knock.chat.id) == (1001, 1001, DESK - 1)
    assert knock.invite_link is not None
    await bot.approve_chat_join_request(DESK - 1, anna.id)
    assert anna.id in door.members
    with pytest.raises(BadRequest, match=r"(?i)user_already_participant"):
        await bot.approve_chat_join_request(DESK - 1, anna.id)
    with pytest.raises(BadRequest, match=r"(?i)user_id_invalid"):
        await bot.decline_chat_join_request(DESK - 1, 77)
    other = api.user(1002)
    with pytest.raises(BadRequest, match=r"(?i)hide_requester_missing"):
        await bot.decline_chat_join_request(DESK - 1, other.id)
    other.knocks_at(door)
    await bot.decline_chat_join_request(DESK - 1, other.id)
    assert other.id not in door.members


async def test_rights_and_names_of_a_group_are_told(api: FakeBotApi, bot: Bot, door: Group) -> None:
    door.let_bot_invite(False)
    door.renames("Leere Läden")
    rights, renamed = await bot.get_updates(timeout=5)
    assert rights.my_chat_member.new_chat_member.can_invite_users is False
    assert renamed.message.new_chat_title == "Leere Läden"
    member = await bot.get_chat_member(DESK - 1, bot.id)
    assert member.can_invite_users is False
    with pytest.raises(BadRequest, match=r"(?i)chat join requests"):
        await bot.approve_chat_join_request(DESK - 1, 1001)
