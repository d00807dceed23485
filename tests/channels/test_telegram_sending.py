"""What the hotline says arrives on Telegram as it was meant, or the courier learns why not."""

import io
import logging
import traceback
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.channels.base import (
    Attached,
    Delivery,
    Missing,
    Moved,
    NotAllowed,
    NoThreads,
    Refused,
    SlowDown,
    ThreadLost,
    TryLater,
    Uncertain,
    Unreachable,
)
from bot.channels.telegram import transport
from handlers.message import Address, Button, FileKind, Outgoing
from handlers.text import Text
from tests.channels.telegram_rig import DESK, Line, line
from tests.fakes.botapi import FakeBotApi

ANNA = 1001
MEGABYTE = 2**20


@pytest.fixture
async def api():
    async with FakeBotApi() as api:
        api.user(ANNA, "Anna")
        yield api
        assert api.violations == []


@pytest.fixture
async def bot(api):
    async with line(api) as bot:
        yield bot


@pytest.fixture
def anna(api):
    return api.user(ANNA)


@pytest.fixture
def desk(api):
    return api.group(DESK, "Koordination")


def on_disk(folder: Path, name: str, kind: FileKind, mime: str, content: bytes = b"x" * 9):
    path = folder / f"stored-{name}"
    path.write_bytes(content)
    return Attached(kind=kind, name=name, mime=mime, path=path)


@asynccontextmanager
async def answering(status, body, headers=None):
    """Somebody who gives the same answer to everybody."""

    async def answer(request):
        await request.read()
        return web.Response(status=status, body=body, headers=headers)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_after_the_end_nothing_is_sent_and_nothing_stays_open(api):
    ended = transport.BotApi(api.token, api.url, connections=2)
    await ended.call("getMe")
    await ended.close()
    before = len(api.calls)
    with pytest.raises(transport.NotSent):
        await ended.call("getMe")
    with pytest.raises(transport.NotSent):
        await ended.download("documents/1", io.BytesIO(), 10)
    assert len(api.calls) == before


# --- text, marks, buttons ----------------------------------------------------------


async def test_marks_arrive_as_marks_and_signs_as_typed(bot, anna):
    text = (
        Text.of("😀 <3 & *_[ ")
        + Text.bold("wichtig")
        + " "
        + Text.link("hier", "https://a.example/?a=1&b=<2>")
        + "\n"
        + Text.quote("So sagte sie 😀.")
    )
    [number] = await bot.says(ANNA, text)
    [message] = anna.received
    assert str(message.message_id) == number
    assert message.text == text.characters
    shown = message.text.encode("utf-16-le")
    marked = {
        e["type"]: shown[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in message.entities
    }
    assert marked == {"bold": "wichtig", "text_link": "hier", "blockquote": "So sagte sie 😀."}
    [call] = bot.api.calls_to("sendMessage")
    assert "parse_mode" not in call.params
    assert call.params["link_preview_options"] == {"is_disabled": True}


async def test_a_link_that_no_messenger_opens_is_plain_words(bot, anna):
    await bot.says(ANNA, Text.link("klick", "javascript:alert(1)"))
    assert anna.received[0].entities == []


async def test_half_a_character_does_not_stop_the_rest(bot, anna):
    await bot.says(ANNA, "vor \ud83d nach")
    assert anna.received[0].text == "vor ? nach"


async def test_short_buttons_stand_side_by_side_and_long_ones_alone(bot, anna):
    long = "Wie bekommt unsere Kleinstadt Fördermittel für leerstehende Läden in der Ortsmitte?"
    await bot.says(
        ANNA,
        "Hat das geholfen?",
        buttons=[
            Button(label="Ja", action="y"),
            Button(label="Nein", action="n"),
            Button(label=long, action="faq:foerderung"),
            Button(label="Zur Seite", url="https://stadt.example"),
        ],
    )
    shown = anna.received[0].buttons
    assert [button.row for button in shown] == [0, 0, 1, 2]
    assert shown[2].label.endswith(" …")
    assert len(shown[2].label) <= 60
    assert long.startswith(shown[2].label.removesuffix(" …"))
    assert (shown[3].data, shown[3].url) == (None, "https://stadt.example")


async def test_an_answer_quotes_the_question_and_goes_without_if_that_is_gone(bot, anna):
    question = anna.says("Frage")
    await bot.says(ANNA, "Antwort", quote=str(question.message_id))
    assert anna.received[0].reply_to is question
    anna.deletes(question)
    await bot.says(ANNA, "Noch eine", quote=str(question.message_id))
    assert anna.received[1].reply_to is None


async def test_a_message_goes_into_its_topic_and_quietly_if_wished(bot, desk):
    topic = desk.create_topic("K-1")
    await bot.says(DESK, "Anfrage", topic=str(topic.thread_id), silent=True)
    assert [message.text for message in topic.messages] == ["Anfrage"]
    assert bot.api.calls_to("sendMessage")[0].params["disable_notification"] is True


async def test_a_long_text_arrives_whole_quoting_first_and_asking_last(bot, anna):
    question = anna.says("Frage")
    text = " ".join(f"Wort{number}" for number in range(1500))
    sent = await bot.says(
        ANNA, text, quote=str(question.message_id), buttons=[Button(label="Ja", action="y")]
    )
    messages = anna.received
    assert [str(message.message_id) for message in messages] == list(sent)
    assert " ".join(message.text for message in messages) == text
    assert len(messages) > 2
    assert [bool(m.reply_to) for m in messages] == [True] + [False] * (len(messages) - 1)
    assert [bool(m.buttons) for m in messages] == [False] * (len(messages) - 1) + [True]


async def test_the_plain_form_has_neither_marks_nor_quotation_but_all_words(bot, anna):
    question = anna.says("Frage")
    text = Text.bold("Mehr") + " " + Text.link("hier", "https://a.example")
    buttons = [
        Button(label="Ja", action="y"),
        Button(label="Seite", url="http://localhost:8080/x"),
    ]
    with pytest.raises(Refused):
        await bot.says(ANNA, text, buttons=buttons)
    await bot.says(ANNA, text, buttons=buttons, quote=str(question.message_id), plain=True)
    [message] = anna.received
    assert "entities" not in bot.api.calls_to("sendMessage")[-1].params
    assert message.text == "Mehr hier (https://a.example)\n\nSeite: http://localhost:8080/x"
    assert [button.data for button in message.buttons] == ["y"]
    assert message.reply_to is None


async def test_nothing_to_say_is_refused_before_anybody_is_called(bot, api):
    with pytest.raises(Refused):
        await bot.says(ANNA, " \n ")
    assert api.calls == []


# --- files -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "mime", "method"),
    [
        (FileKind.PHOTO, "image/jpeg", "sendPhoto"),
        (FileKind.VIDEO, "video/mp4", "sendVideo"),
        (FileKind.AUDIO, "audio/mpeg", "sendAudio"),
        (FileKind.VOICE, "audio/ogg", "sendVoice"),
        (FileKind.DOCUMENT, "application/pdf", "sendDocument"),
        (FileKind.STICKER, "image/webp", "sendSticker"),
        # What Telegram does not take as that kind goes as a document.
        (FileKind.PHOTO, "image/svg+xml", "sendDocument"),
        (FileKind.VOICE, "audio/webm", "sendDocument"),
        (FileKind.VIDEO, "video/x-msvideo", "sendDocument"),
    ],
)
async def test_each_kind_of_file_is_sent_as_what_it_is(bot, anna, tmp_path, kind, mime, method):
    content = bytes(range(256)) * 500
    file = on_disk(tmp_path, "Plan ä.bin", kind, mime, content)
    await bot.says(ANNA, "" if kind is FileKind.STICKER else "Bitte sehr", files=[file])
    [message] = anna.received
    assert message.files[0].content == content
    assert [call.method for call in bot.api.calls] == [method]
    if kind is not FileKind.STICKER:
        assert message.text == "Bitte sehr"


async def test_a_name_made_to_break_the_request_is_only_a_name(bot, anna, tmp_path):
    name = '../a"\r\nX-Evil: 1\\ä.pdf'
    await bot.says(ANNA, files=[on_disk(tmp_path, "x", FileKind.DOCUMENT, "text/plain")])
    file = on_disk(tmp_path, "y", FileKind.DOCUMENT, "application/pdf")
    await bot.says(ANNA, files=[Attached(file.kind, name, file.mime, path=file.path)])
    assert anna.received[1].files[0].name == ".._a___X-Evil: 1_ä.pdf"


async def test_what_came_from_telegram_goes_back_without_a_byte(bot, anna):
    photo = anna.sends_photo(b"jpeg").files[0]
    await bot.says(
        ANNA, "Ihr Bild", files=[Attached(FileKind.PHOTO, "", "image/jpeg", remote=photo.file_id)]
    )
    assert anna.received[0].files == [photo]
    assert bot.api.calls_to("sendPhoto")[0].files == {}


async def test_pictures_stay_an_album_with_the_text_as_its_caption(bot, anna, tmp_path):
    photo = anna.sends_photo(b"jpeg").files[0]
    files = [
        on_disk(tmp_path, "1.jpg", FileKind.PHOTO, "image/jpeg", b"eins"),
        Attached(FileKind.PHOTO, "", "image/jpeg", remote=photo.file_id),
        on_disk(tmp_path, "3.mp4", FileKind.VIDEO, "video/mp4", b"drei"),
    ]
    sent = await bot.says(ANNA, Text.bold("Drei") + " Bilder", files=files)
    messages = anna.received
    assert len(sent) == 3
    assert len({message.album for message in messages}) == 1
    assert [message.files[0].content for message in messages] == [b"eins", b"jpeg", b"drei"]
    assert [message.text for message in messages] == ["Drei Bilder", "", ""]
    assert messages[0].entities == [{"type": "bold", "offset": 0, "length": 4}]


async def test_only_what_can_be_one_album_is_one(bot, anna, tmp_path):
    kinds = [FileKind.PHOTO] * 11 + [FileKind.DOCUMENT] * 2 + [FileKind.VOICE] * 2
    mimes = {FileKind.PHOTO: "image/png", FileKind.VOICE: "audio/ogg"}
    files = [
        on_disk(tmp_path, f"{n}", kind, mimes.get(kind, "application/pdf"))
        for n, kind in enumerate(kinds)
    ]
    await bot.says(ANNA, files=files)
    assert [call.method for call in bot.api.calls] == [
        "sendMediaGroup", "sendPhoto", "sendMediaGroup", "sendVoice", "sendVoice",
    ]  # fmt: skip
    assert len(anna.received) == 15


async def test_a_text_too_long_for_a_caption_comes_first(bot, anna, tmp_path):
    text = "Wort " * 300
    await bot.says(ANNA, text, files=[on_disk(tmp_path, "a", FileKind.PHOTO, "image/png")])
    first, second = anna.received
    assert first.text == text.strip()
    assert second.files


async def test_buttons_and_an_album_both_arrive(bot, anna, tmp_path):
    files = [on_disk(tmp_path, name, FileKind.PHOTO, "image/png") for name in "ab"]
    buttons = [Button(label="Ja", action="y")]
    await bot.says(ANNA, "Zwei Bilder", files=files, buttons=buttons)
    assert [bool(message.buttons) for message in anna.received] == [True, False, False]
    await bot.says(ANNA, files=files, buttons=buttons)
    assert [bool(message.buttons) for message in anna.received[3:]] == [True, False]


async def test_in_plain_form_a_picture_telegram_dislikes_goes_as_a_document(bot, anna, tmp_path):
    file = on_disk(tmp_path, "a.png", FileKind.PHOTO, "image/png")
    bot.api.fault("sendPhoto", 400, description="Bad Request: PHOTO_INVALID_DIMENSIONS")
    with pytest.raises(Refused, match=r"(?i)photo_invalid_dimensions"):
        await bot.says(ANNA, files=[file])
    await bot.says(ANNA, files=[file], plain=True)
    assert anna.received[0].files[0].kind == "document"


async def test_a_file_that_vanished_is_refused_in_words(bot, api, tmp_path):
    gone = Attached(FileKind.PHOTO, "a", "image/png", path=tmp_path / "gone")
    with pytest.raises(Refused, match="fehlt"):
        await bot.says(ANNA, files=[gone])
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(51 * MEGABYTE)
    with pytest.raises(Refused, match="50 MB"):
        await bot.says(ANNA, files=[Attached(FileKind.VIDEO, "a", "video/mp4", path=huge)])
    assert api.calls == []


# --- what can go wrong -------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "description", "expected"),
    [
        (403, "Forbidden: bot was blocked by the user", Unreachable),
        (403, "Forbidden: bot was kicked from the supergroup chat", Unreachable),
        (400, "Bad Request: chat not found", Unreachable),
        (400, "Bad Request: PEER_ID_INVALID", Unreachable),
        (400, "Bad Request: not enough rights to send text messages to the chat", Unreachable),
        (400, "Bad Request: message thread not found", ThreadLost),
        (400, "Bad Request: TOPIC_DELETED", ThreadLost),
        (400, "Bad Request: TOPIC_CLOSED", ThreadLost),
        (400, "Bad Request: message is too long", Refused),
        (400, "Bad Request: can't parse entities: unexpected end", Refused),
        (401, "Unauthorized", TryLater),
        (404, "Not Found", TryLater),
        (404, "Not Found: method not found", Refused),
        (409, "Conflict: whatever", TryLater),
        (500, "Internal Server Error", TryLater),
        (502, "Bad Gateway", TryLater),
    ],
)
async def test_every_refusal_is_told_in_the_couriers_words(bot, code, description, expected):
    bot.api.fault("sendMessage", code, description=description)
    with pytest.raises(expected) as caught:
        await bot.says(ANNA, "Hallo")
    assert caught.type is expected


@pytest.mark.parametrize("seconds", [1, 35, 10_072])
async def test_asked_to_wait_the_courier_learns_how_long(bot, anna, seconds):
    bot.api.fault("sendMessage", 429, retry_after=seconds)
    with pytest.raises(SlowDown) as caught:
        await bot.says(ANNA, "Hallo")
    assert caught.value.seconds == seconds
    assert bot.naps.waits == []
    assert anna.received == []


async def test_a_group_that_moved_tells_where(bot, desk):
    desk.migrate(-1009)
    with pytest.raises(Moved) as caught:
        await bot.says(DESK, "Hallo")
    assert caught.value.chat == "-1009"


async def test_who_blocked_us_is_not_asked_twice(bot, anna, api):
    anna.blocks_bot()
    with pytest.raises(Unreachable):
        await bot.says(ANNA, "Hallo")
    assert len(api.calls) == 1


async def test_without_a_connection_nothing_was_sent(api):
    async with line(api, api_url="http://127.0.0.1:9") as bot:
        with pytest.raises(TryLater):
            await bot.says(ANNA, "Hallo")


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_a_lost_answer_is_uncertain_because_it_may_have_arrived(bot, anna, kind):
    await bot.says(ANNA, "Zuerst")
    bot.api.fault("sendMessage", kind)
    with pytest.raises(Uncertain):
        await bot.says(ANNA, "Hallo")
    assert len(anna.received) == (2 if kind == "drop_after" else 1)


async def test_a_call_that_hangs_is_given_up_in_time(bot, anna, monkeypatch):
    monkeypatch.setattr("bot.channels.telegram.outgoing.CALL", 0.2)
    bot.api.fault("sendMessage", "hang")
    with pytest.raises(Uncertain):
        await bot.says(ANNA, "Hallo")
    assert len(anna.received) == 1


def test_no_send_may_take_longer_than_the_courier_waits():
    assert transport.CONNECT < transport.CALL < 10


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", 502])
async def test_what_can_be_done_twice_without_harm_is_simply_tried_again(bot, anna, kind):
    [number] = await bot.says(ANNA, "Alt")
    for method, do in (
        ("editMessageText", "edit"),
        ("setMessageReaction", "react"),
        ("deleteMessage", "delete"),
    ):
        bot.api.fault(method, kind)
        text = "👍" if do == "react" else "Neu"
        with pytest.raises(TryLater):
            await bot.says(ANNA, text, do=do, targets=(number,))


async def test_an_answer_that_nobody_can_read_is_uncertain(api):
    for body in (b"<html>", b"[]", b'{"ok":true}', b'{"ok":' + b"[" * 5000):
        async with answering(200, body) as url, line(api, api_url=url) as bot:
            with pytest.raises(Uncertain):
                await bot.says(ANNA, "Hallo")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (413, b'{"ok":false,"description":"Request Entity Too Large"}', Refused),
        (302, b"", TryLater),
        (503, b"<html>", TryLater),
        (504, b"<html>", Uncertain),
        (429, b"<html>", SlowDown),
        (400, b"<html>", Refused),
    ],
)
async def test_a_gateway_in_between_is_understood_too(api, status, body, expected):
    async with answering(status, body) as url, line(api, api_url=url) as bot:
        with pytest.raises(expected) as caught:
            await bot.says(ANNA, "Hallo")
        assert caught.type is expected


async def test_nobody_is_followed_to_another_address(api, anna):
    location = {"Location": f"{api.url}/bot{api.token}/sendMessage"}
    async with answering(307, b"", location) as url, line(api, api_url=url) as bot:
        with pytest.raises(TryLater):
            await bot.says(ANNA, "Hallo")
    assert api.calls == []


async def test_half_a_message_is_finished_after_a_short_pause(bot, anna, tmp_path):
    file = on_disk(tmp_path, "a", FileKind.VOICE, "audio/ogg")
    for kind in (429, 502):
        bot.api.fault("sendVoice", kind, retry_after=2)
        assert len(await bot.says(ANNA, "Wort " * 300, files=[file])) == 2
    assert len(anna.received) == 4
    assert bot.naps.waits == [2, 1]


async def test_half_a_message_that_cannot_be_finished_is_uncertain(bot, anna, tmp_path):
    file = on_disk(tmp_path, "a", FileKind.VOICE, "audio/ogg")
    for kind in (400, 403, 429):
        bot.api.fault("sendVoice", kind, retry_after=60, description="Bad Request: no")
        with pytest.raises(Uncertain):
            await bot.says(ANNA, "Wort " * 300, files=[file])
    assert len(anna.received) == 3


async def test_a_refused_token_shows_in_the_health_until_it_works(api, anna):
    async with line(api) as bot:
        fault = api.fault("sendMessage", 401, times=None)
        with pytest.raises(TryLater):
            await bot.says(ANNA, "Hallo")
        assert "HOTLINE_TELEGRAM_TOKEN" in bot.channel.health()
        fault.cancel()
        await bot.says(ANNA, "Hallo")
        assert bot.channel.health() == "ok"


# --- changing what was said --------------------------------------------------------


async def test_an_edit_changes_the_text_and_keeps_the_buttons(bot, anna):
    buttons = [Button(label="Ja", action="y")]
    targets = await bot.says(ANNA, "Alt", buttons=buttons)
    edited = Text.of("Neu ") + Text.bold("!")
    assert await bot.says(ANNA, edited, do="edit", targets=targets, buttons=buttons) == targets
    [message] = anna.received
    assert (message.text, message.edits) == ("Neu !", ["Alt"])
    assert message.buttons
    assert message.entities


async def test_an_edit_to_the_same_text_is_done_already(bot, anna):
    targets = await bot.says(ANNA, "Gleich")
    assert await bot.says(ANNA, "Gleich", do="edit", targets=targets) == targets


async def test_the_caption_of_a_picture_is_edited(bot, anna, tmp_path):
    files = [on_disk(tmp_path, name, FileKind.PHOTO, "image/png") for name in "ab"]
    targets = await bot.says(ANNA, "Alt", files=files)
    await bot.says(ANNA, "Neu " * 400, do="edit", targets=targets)
    assert anna.received[0].text.endswith(" …")
    assert anna.received[1].text == ""
    assert not any(message.deleted for message in anna.received)


async def test_an_edited_text_may_grow_and_shrink(bot, anna):
    long = " ".join(f"Wort{number}" for number in range(1000))
    targets = await bot.says(ANNA, "Kurz")
    targets = await bot.says(ANNA, long, do="edit", targets=targets)
    assert " ".join(message.text for message in anna.received) == long
    await bot.says(ANNA, "Wieder kurz", do="edit", targets=targets)
    assert [message.text for message in anna.received] == ["Wieder kurz", "(siehe oben)"]


async def test_files_behind_an_edited_text_stay_as_they_are(bot, anna, tmp_path):
    file = on_disk(tmp_path, "a", FileKind.PHOTO, "image/png")
    targets = await bot.says(ANNA, "Wort " * 300, files=[file])
    await bot.says(ANNA, "Neu", do="edit", targets=targets)
    assert [message.text for message in anna.received] == ["Neu", ""]


async def test_of_two_copies_the_one_that_is_still_there_is_edited(bot, anna):
    [first] = await bot.says(ANNA, "Alt")
    [second] = await bot.says(ANNA, "Alt")
    anna.deletes(int(first))
    await bot.says(ANNA, "Neu", do="edit", targets=(first, second))
    assert anna.received[1].text == "Neu"
    anna.deletes(int(second))
    with pytest.raises(Refused):
        await bot.says(ANNA, "Neuer", do="edit", targets=(first, second))


async def test_what_is_deleted_already_is_as_good_as_deleted(bot, anna):
    targets = await bot.says(ANNA, "Weg damit")
    for _ in range(2):
        await bot.says(ANNA, do="delete", targets=targets)
    assert anna.received[0].deleted


async def test_what_is_too_old_to_be_deleted_is_said_and_the_rest_is_deleted(bot, anna):
    [old] = await bot.says(ANNA, "Alt")
    bot.api.advance(49 * 3600)
    [new] = await bot.says(ANNA, "Neu")
    with pytest.raises(Refused, match="can't be deleted"):
        await bot.says(ANNA, do="delete", targets=(old, new))
    assert [message.deleted for message in anna.received] == [False, True]


async def test_a_reaction_is_put_and_taken_away(bot, anna):
    question = anna.says("Danke")
    targets = (str(question.message_id),)
    await bot.says(ANNA, "❤️", do="react", targets=targets)
    assert question.reactions == ["❤"]
    await bot.says(ANNA, "", do="react", targets=targets)
    assert question.reactions == []
    with pytest.raises(Refused):
        await bot.says(ANNA, "🥕", do="react", targets=targets)


# --- threads -----------------------------------------------------------------------


async def test_a_thread_is_opened_closed_and_opened_again(bot, desk):
    topic_id = await bot.channel.open_thread(str(DESK), "K-1042 · Leerstand\n" + "x" * 200)
    topic = desk.topics[int(topic_id)]
    assert topic.name.startswith("K-1042 · Leerstand xxx")
    assert len(topic.name) == 128
    for do, closed in (("close", True), ("close", True), ("open", False), ("open", False)):
        assert await bot.says(DESK, do=do, topic=topic_id) == ()
        assert topic.closed is closed


async def test_a_thread_that_somebody_deleted_is_missed(bot, desk):
    topic_id = await bot.channel.open_thread(str(DESK), "K-1")
    desk.delete_topic(int(topic_id))
    for do in ("say", "close", "open"):
        with pytest.raises(ThreadLost):
            await bot.says(DESK, "Hallo" if do == "say" else "", do=do, topic=topic_id)


async def test_a_plain_group_has_no_threads_and_neither_has_one_without_rights(bot, api, desk):
    api.group(-1005, "Einfach", forum=False)
    with pytest.raises(NoThreads):
        await bot.channel.open_thread("-1005", "K-1")
    desk.bot_may_manage_topics = False
    with pytest.raises(NoThreads):
        await bot.channel.open_thread(str(DESK), "K-1")


async def test_whether_a_thread_was_opened_may_be_uncertain(bot, desk):
    bot.api.fault("createForumTopic", "drop_after")
    with pytest.raises(Uncertain):
        await bot.channel.open_thread(str(DESK), "K-1")


# --- files from Telegram -------------------------------------------------------------


async def fetched(bot: Line, remote: str, limit: int = 10 * MEGABYTE) -> bytes:
    into = io.BytesIO()
    await bot.channel.fetch(remote, into, limit)
    return into.getvalue()


async def test_a_file_comes_home_whole(bot, anna):
    content = bytes(range(256)) * 4000
    stored = anna.sends_document(content, name="ä/../x.pdf").files[0]
    assert await fetched(bot, stored.file_id) == content


async def test_a_file_that_is_too_large_is_refused_with_the_reason(bot, anna):
    claimed = anna.sends_document(b"x", size=21 * MEGABYTE).files[0]
    with pytest.raises(Refused, match="20 MB"):
        await fetched(bot, claimed.file_id)
    honest = anna.sends_document(b"x" * (MEGABYTE + 1)).files[0]
    with pytest.raises(Refused, match="höchstens 1 MB"):
        await fetched(bot, honest.file_id, MEGABYTE)
    liar = anna.sends_document(b"x" * 2 * MEGABYTE, size=5).files[0]
    into = io.BytesIO()
    with pytest.raises(Refused, match="höchstens 1 MB"):
        await bot.channel.fetch(liar.file_id, into, MEGABYTE)
    assert len(into.getvalue()) <= MEGABYTE


async def test_a_file_that_telegram_cannot_give_now_may_come_later(bot, anna):
    stored = anna.sends_document(b"x").files[0]
    for method, kind in (("getFile", 502), ("file", 502), ("file", 404), ("file", "drop_before")):
        # A download is asked for twice if the line breaks.
        fault = bot.api.fault(method, kind, times=2)
        with pytest.raises(TryLater):
            await fetched(bot, stored.file_id)
        fault.cancel()
    assert await fetched(bot, stored.file_id) == b"x"


async def test_a_file_that_nobody_knows_is_refused(bot):
    with pytest.raises(Refused):
        await fetched(bot, "never-seen")


# --- letting people in ----------------------------------------------------------------


def door(do: str, *accounts: int, until: datetime | None = None) -> Delivery:
    outgoing = Outgoing(
        do=do,  # type: ignore[arg-type]
        to=Address(channel="telegram", bot="123456", chat=str(PLACE)),
        text=Text.of("Beitritt über die Hotline und noch viel mehr"),
        targets=tuple(map(str, accounts)),
        until=until,
    )
    return Delivery(id=1, outgoing=outgoing, targets=outgoing.targets)


PLACE = -1009


@pytest.fixture
def place(api):
    return api.group(PLACE, "Leerstand", forum=False)


async def test_an_invitation_lets_one_person_in_and_ends(bot, api, place, anna):
    until = datetime.fromtimestamp(int(api.now()) + 3600, UTC)
    [url] = await bot.channel.send(door("invite", until=until))
    link = place.links[url]
    assert (link.limit, link.expires, link.asks) == (1, until.timestamp(), False)
    assert link.name == "Beitritt über die Hotline und no"
    assert anna.follows(url) is place


async def test_without_the_right_to_invite_nobody_is(bot, place, anna):
    place.bot_may_invite = False
    for do in ("invite", "approve", "decline"):
        with pytest.raises(NotAllowed):
            await bot.channel.send(door(do, anna.id))


async def test_who_knocks_is_let_in_or_sent_away_and_twice_is_once(bot, api, place, anna):
    anna.knocks_at(place)
    await bot.channel.send(door("approve", anna.id))
    assert anna.id in place.members
    await bot.channel.send(door("approve", anna.id))
    other = api.user(1002)
    other.knocks_at(place)
    await bot.channel.send(door("decline", other.id))
    assert other.id not in place.members
    for do in ("approve", "decline"):
        with pytest.raises(Missing):
            await bot.channel.send(door(do, other.id))


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", 502])
async def test_an_invitation_without_an_answer_is_tried_again(bot, place, kind):
    fault = bot.api.fault("createChatInviteLink", kind, times=None)
    with pytest.raises(TryLater):
        await bot.channel.send(door("invite"))
    fault.cancel()
    assert await bot.channel.send(door("invite"))


async def test_a_group_that_put_us_out_invites_nobody(bot, place):
    place.remove_bot()
    with pytest.raises(Unreachable):
        await bot.channel.send(door("invite"))


# --- secrets -----------------------------------------------------------------------


def everything_behind(error: BaseException | None) -> list[str]:
    if error is None:
        return []
    before = everything_behind(error.__context__) + everything_behind(error.__cause__)
    return [repr(error), str(vars(error)), *before]


async def test_neither_token_nor_words_are_ever_in_a_log_or_an_error(api, anna, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    secret, words = api.token.partition(":")[2], "Kanarienvogel"
    told = []
    faults = ["drop_after", "drop_before", "429", "400", "401", "403", "404", "409", "500", "502"]
    addresses = [api.url] * len(faults) + [
        "http://127.0.0.1:9",
        "http://nirgends.invalid",
        "x://y",
        "http://[x",
    ]
    for number, url in enumerate(addresses):
        if number < len(faults):
            api.fault("sendMessage", faults[number])
        async with line(api, api_url=url) as bot:
            try:
                await bot.says(ANNA, words)
            except Exception as error:
                told.append("".join(traceback.format_exception(error)))
                told += everything_behind(error)
            told.append(bot.channel.health())
            told.append(await bot.channel.check() or "")
    async with answering(200, b'"' + words.encode()) as url, line(api, api_url=url) as bot:
        with pytest.raises(Uncertain):
            await bot.says(ANNA, "Hallo")
    out = capsys.readouterr()
    # The fake Telegram writes down who asked for what; that log is not ours.
    logged = "\n".join(r.getMessage() for r in caplog.records if r.name != "aiohttp.access")
    assert len(told) >= 5 * len(addresses) - 5
    assert secret not in "\n".join([*told, out.out, out.err, logged])
    assert words not in "\n".join([out.out, out.err, logged])
