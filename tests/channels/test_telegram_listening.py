"""Nothing that people write on Telegram gets lost, whatever happens to it or to us."""

import asyncio
import json

import pytest
from aiohttp import web

from bot.channels.telegram import LIMITS, Profile
from bot.channels.telegram.profile import settings
from handlers.message import Button, Kind
from tests.channels.telegram_rig import DESK, SECRET, line
from tests.fakes.botapi import FakeBotApi

ANNA = 1001


@pytest.fixture
async def api():
    async with FakeBotApi() as api:
        yield api
        assert api.violations == []


@pytest.fixture
async def bot(api):
    async with line(api) as bot:
        yield bot


@pytest.fixture
def anna(api):
    return api.user(ANNA, "Anna")


def offsets(api):
    return [call.params["offset"] for call in api.calls_to("getUpdates")]


# --- receiving ---------------------------------------------------------------------


async def test_questions_arrive_in_order_also_those_from_before_the_start(bot, anna):
    for number in range(250):
        anna.says(f"Frage {number}")
    bot.listen()
    await bot.heard(250)
    anna.says("Und jetzt?")
    await bot.heard(251)
    assert bot.kept.texts == [*(f"Frage {number}" for number in range(250)), "Und jetzt?"]
    assert max(bot.kept.batches) == 100


async def test_updates_are_confirmed_only_after_they_are_kept(bot, api, anna):
    anna.says("Wichtig")
    bot.kept.trouble = 3
    bot.listen()
    await bot.heard()
    await bot.until(lambda: len(offsets(api)) >= 5)
    assert offsets(api)[:5] == [0, 0, 0, 0, api.bot.next_update_id]
    assert bot.naps.waits == [1, 2, 4]
    assert bot.kept.texts == ["Wichtig"]
    assert not any(call.params["drop_pending_updates"] for call in api.calls_to("deleteWebhook"))


async def test_an_answer_leaves_before_we_ask_for_what_comes_next(bot, api, anna):
    answers = []

    async def keep_and_answer(messages):
        answers.append(asyncio.create_task(bot.says(ANNA, "Antwort")))

    await bot.says(ANNA, "Guten Tag")  # there is a connection for what we say
    bot.listen(keep_and_answer)
    await bot.until(lambda: offsets(api))
    for number in range(5):
        api.calls.clear()
        anna.says(f"Frage {number}")
        await bot.until(lambda: len(api.calls) == 2)
        assert [call.method for call in api.calls] == ["sendMessage", "getUpdates"]
    await asyncio.gather(*answers)


async def test_while_nothing_can_be_kept_the_health_says_so(bot, anna):
    anna.says("Wichtig")
    bot.kept.trouble = 10**6
    bot.listen()
    await bot.until(lambda: "Speicherplatz" in bot.channel.health())
    await bot.until(lambda: len(bot.naps.waits) >= 8)
    assert bot.naps.waits[:8] == [1, 2, 4, 8, 16, 30, 30, 30]
    bot.kept.trouble = 0
    await bot.heard()
    await bot.until(lambda: bot.channel.health() == "ok")


async def test_a_new_start_goes_on_where_the_old_one_was_killed(api, anna):
    anna.says("Frage")
    async with line(api) as first:
        first.kept.trouble = 10**6
        first.listen()
        await first.until(lambda: len(offsets(api)) > 1)
    async with line(api) as second:
        second.listen()
        await second.heard()
        assert second.kept.texts == ["Frage"]


async def test_one_strange_update_does_not_keep_the_others_waiting(bot, api, anna):
    anna.says("Davor")
    for poison in (
        {"update_id": 2**63, "message": 5},
        {"update_id": -4},
        {"update_id": "7"},
        [],
        None,
        {"update_id": 300_000_000, "message": {"from": [], "chat": {"id": "x"}}},
        b'{"update_id": 300000001, "message": {"text": NaN, "date": 1e999}}',
    ):
        api.inject(poison)
    anna.says("Danach")
    bot.listen()
    await bot.heard(2)
    assert bot.kept.texts == ["Davor", "Danach"]


async def test_an_update_that_breaks_the_whole_answer_is_left_behind(bot, api, anna):
    anna.says("Davor")
    # No JSON value that anybody can read, with an id that can be confirmed.
    number = api.bot.next_update_id
    api.bot.next_update_id += 1
    api.inject({"update_id": number})
    api.bot.updates[-1].raw = b'{"update_id": %d, "message": %s}' % (number, b"[" * 5000)
    anna.says("Danach")
    anna.says("Und noch etwas")
    bot.listen()
    await bot.heard(3)
    assert bot.kept.texts == ["Davor", "Danach", "Und noch etwas"]
    await bot.until(lambda: not api.bot.updates)


async def test_a_lower_number_after_a_week_of_silence_is_heard_too(bot, api, anna):
    bot.listen()
    anna.says("Damals")
    await bot.heard(1)
    api.next_update_id = 17
    anna.says("Heute")
    anna.says("Und jetzt")
    await bot.heard(3)
    assert bot.kept.texts == ["Damals", "Heute", "Und jetzt"]


async def test_after_an_empty_answer_nothing_is_left_to_confirm(bot, api, anna, monkeypatch):
    monkeypatch.setattr("bot.channels.telegram.listening.POLL", 0)
    anna.says("Frage")
    bot.listen()
    await bot.until(lambda: len(offsets(api)) >= 3)
    assert offsets(api)[:3] == [0, api.bot.next_update_id, 0]


async def test_every_kind_of_deed_is_heard(bot, api, anna):
    desk = api.group(DESK, "Koordination")
    berta = desk.member(1002, "Berta")
    bot.listen()
    question = anna.says("Frage")
    await bot.heard(1)
    anna.edits(question, "Frage!")
    anna.reacts(question, "👍")
    topic = desk.create_topic("K-1")
    berta.says("Antwort", thread=topic)
    desk.anonymous_admin().says("Ich bin auch von hier")
    anna.blocks_bot()
    anna.unblocks_bot()
    await bot.heard(6)
    await bot.until(lambda: not api.bot.updates)
    assert [(m.kind, m.desk) for m in bot.kept.messages] == [
        (Kind.MESSAGE, False),
        (Kind.EDIT, False),
        (Kind.REACTION, False),
        (Kind.MESSAGE, True),
        (Kind.BLOCKED, False),
        (Kind.UNBLOCKED, False),
    ]


async def test_the_desk_may_move_while_we_listen(bot, api):
    desk = api.group(DESK, "Koordination")
    berta = desk.member(1002, "Berta")
    bot.listen()
    berta.says("Am alten Ort")
    await bot.heard(1)
    desk.migrate(-1009)
    await bot.heard(2)
    assert (bot.kept.messages[1].kind, bot.kept.messages[1].text) == (Kind.MIGRATED, "-1009")
    bot.desk = "-1009"
    berta.says("Am neuen Ort")
    await bot.heard(3)
    assert [m.desk for m in bot.kept.messages] == [True, False, True]


async def test_a_pressed_button_stops_spinning_after_it_is_kept(bot, api, anna):
    anna.says("Hallo")
    await bot.says(ANNA, "Ja?", buttons=[Button(label="Ja", action="y")])
    press = anna.presses("Ja")
    bot.kept.trouble = 1
    bot.listen()
    await bot.until(lambda: press.answered)
    assert [m.action for m in bot.kept.messages] == ["", "y"]


async def test_that_a_button_keeps_spinning_harms_nobody(bot, api, anna):
    anna.says("Hallo")
    await bot.says(ANNA, "Ja?", buttons=[Button(label="Ja", action="y")])
    api.fault("answerCallbackQuery", 400)
    bot.listen()
    anna.presses("Ja")
    anna.says("Weiter")
    await bot.heard(3)
    await bot.until(lambda: api.calls_to("answerCallbackQuery"))
    assert bot.channel.health() == "ok"


# --- an unfriendly network -----------------------------------------------------------


async def test_a_network_that_is_down_at_the_start_is_waited_for(api, anna):
    fault = api.fault("*", 502, times=7)
    anna.says("Frage")
    async with line(api) as bot:
        bot.listen()
        await bot.until(lambda: fault.hits == 3)
        assert bot.channel.health() != "ok"
        await bot.heard()
        assert bot.naps.waits == [1, 2, 4, 8, 16, 32, 60]
        await bot.until(lambda: len(offsets(api)) > 1)
        assert bot.channel.health() == "ok"


async def test_a_network_that_fails_later_is_waited_for(bot, api, anna):
    bot.listen()
    anna.says("Davor")
    await bot.heard()
    for kind in (502, "drop_before", "drop_after", 500):
        api.fault("getUpdates", kind, times=2)
        anna.says(f"Trotz {kind}")
    await bot.heard(5)
    assert bot.kept.texts[0] == "Davor"
    assert bot.kept.texts[-1] == "Trotz 500"


async def test_that_trouble_is_over_shows_before_anybody_writes(bot, api):
    bot.listen()
    await bot.until(lambda: offsets(api))
    api.fault("getUpdates", 502, times=2)
    api.user(ANNA).says("Frage")
    await bot.until(lambda: bot.naps.waits)
    await bot.heard()
    await bot.until(lambda: bot.channel.health() == "ok")
    await bot.until(lambda: api.calls_to("getUpdates")[-1].params["timeout"] == 50)


async def test_without_any_connection_the_health_says_what_to_check(api):
    async with line(api, api_url="http://127.0.0.1:9") as bot:
        bot.listen()
        await bot.until(lambda: bot.channel.health() != "ok")
        assert "nicht erreichbar" in bot.channel.health()
        assert "nicht erreichbar" in (await bot.channel.check() or "")


@pytest.mark.parametrize("code", [401, 404])
async def test_a_refused_token_is_tried_again_slowly(api, code):
    api.fault("*", code, times=4)
    async with line(api) as bot:
        assert "HOTLINE_TELEGRAM_TOKEN" in (await bot.channel.check() or "")
        bot.listen()
        await bot.until(lambda: offsets(api))
        assert bot.naps.waits == [60, 60, 60]


async def test_a_second_program_with_the_same_token_is_named(bot, api, anna):
    bot.listen()
    await bot.until(lambda: offsets(api))
    api.fault("getUpdates", 409, times=3)
    anna.says("Frage")
    await bot.until(lambda: "anderes Programm" in bot.channel.health())
    anna.says("Noch da?")
    await bot.heard(2)
    await bot.until(lambda: bot.channel.health() == "ok")


async def test_a_webhook_set_by_somebody_else_is_taken_away(bot, api, anna):
    bot.listen()
    await bot.until(lambda: offsets(api))
    api._lines[api.token].set_webhook({"url": "http://127.0.0.1:9/x"})
    anna.says("Frage")
    await bot.heard()
    assert len(api.calls_to("deleteWebhook")) >= 2


async def test_when_asked_to_wait_we_wait(bot, api, anna):
    api.fault("getUpdates", 429, retry_after=35)
    anna.says("Frage")
    bot.listen()
    await bot.heard()
    assert bot.naps.waits == [35]


# --- the webhook -------------------------------------------------------------------


def update(number=5, text="Frage"):
    person = {"id": ANNA, "is_bot": False, "first_name": "Anna"}
    chat = {"id": ANNA, "type": "private"}
    shown = {"message_id": 1, "from": person, "chat": chat, "date": 1_790_000_000, "text": text}
    return json.dumps({"update_id": number, "message": shown}).encode()


@pytest.fixture
async def hook(api):
    async with line(api, webhook_url="https://stadt.example/x", webhook_secret=SECRET) as bot:
        yield bot


async def post(bot, body, secret: bytes | None = SECRET.encode()):
    return await bot.channel.webhook(secret, body, bot.kept)


@pytest.mark.parametrize(
    "secret",
    [None, b"", b"wrong", SECRET[:-1].encode(), SECRET.upper().encode(), "ü€".encode(), b"\xff"],
)
async def test_whoever_does_not_know_the_secret_is_turned_away(hook, secret):
    assert await post(hook, update(), secret) == 401
    assert hook.kept.messages == []


async def test_without_a_secret_of_our_own_nobody_is_let_in(bot):
    for secret in (None, b"", b"x"):
        assert await post(bot, update(), secret) == 401


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"5", b"null", b'"x"', b"\xff\xfe", b'{"update_id": NaN}',
        b'{"a":' * 10_000, b"[" * 900_000, b"9" * 5000, b'{"update_id": Infinity}',
    ],
)  # fmt: skip
async def test_what_is_no_update_is_refused(hook, body):
    assert await post(hook, body) == 400
    assert hook.kept.messages == []


async def test_a_body_too_large_is_not_even_read(hook):
    assert await post(hook, b"[" * (2**20 + 1)) == 413


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b'{"update_id": 1}', b'{"update_id": -1, "message": {}}',
        b'{"update_id": 9223372036854775808}', b'{"update_id": 5, "poll": {}}',
        b'{"update_id": 1, "update_id": "x"}', b'{"update_id": 1, "message": {"date": 1e999}}',
    ],
)  # fmt: skip
async def test_what_does_not_concern_us_is_confirmed_so_that_it_never_comes_again(hook, body):
    assert await post(hook, body) == 200
    assert hook.kept.messages == []


async def test_a_delivery_is_confirmed_when_it_is_kept_and_not_before(hook):
    hook.kept.trouble = 1
    assert await post(hook, update()) == 503
    assert "Speicherplatz" in hook.channel.health()
    assert await post(hook, update()) == 200
    assert hook.kept.texts == ["Frage"]
    assert hook.channel.health() == "ok"


async def test_the_webhook_is_set_with_the_secret_and_nothing_is_dropped(hook, api):
    api.fault("setWebhook", 502, times=2)
    hook.listen()
    await hook.until(lambda: any(call.ok for call in api.calls_to("setWebhook")))
    params = api.calls_to("setWebhook")[-1].params
    assert params["url"] == "https://stadt.example/x"
    assert params["secret_token"] == SECRET
    assert params["drop_pending_updates"] is False
    assert "message_reaction" in params["allowed_updates"]
    assert hook.naps.waits == [1, 2]
    assert api.calls_to("getUpdates") == []


async def test_telegram_delivers_again_until_it_is_kept_and_then_never_more(api, anna):
    async def receive(request):
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        header = None if secret is None else secret.encode()
        return web.Response(
            status=await bot.channel.webhook(header, await request.read(), bot.kept)
        )

    runner = web.ServerRunner(web.Server(receive))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram/webhook"
    async with line(api, webhook_url=url, webhook_secret=SECRET) as bot:
        bot.kept.trouble = 2
        anna.says("Frage")
        bot.listen()
        await bot.heard()
        await bot.until(lambda: len(api.deliveries) == 3 and not api.bot.updates)
        assert [delivery.status for delivery in api.deliveries] == [503, 503, 200]
        assert bot.kept.texts == ["Frage"]
    await runner.cleanup()


# --- how the bot presents itself ------------------------------------------------------

PROFILE = Profile(
    description="Fragen rund um die Kleinstadt.",
    short_description="Kleinstadt-Hotline",
    commands=(("start", "Neu beginnen"), ("hilfe", "Was ich kann")),
    desk_commands=(("offen", "Offene Anfragen"),),
)


async def test_the_bot_presents_itself_to_people_and_to_the_desk(api):
    api.group(DESK, "Koordination")
    async with line(api, profile=PROFILE) as bot:
        bot.listen()
        await bot.until(lambda: "setMyShortDescription" in api.bot.settings)
        shown = {
            call.params["scope"]["type"]: call.params for call in api.calls_to("setMyCommands")
        }
        assert [c["command"] for c in shown["all_private_chats"]["commands"]] == ["start", "hilfe"]
        assert shown["chat"]["scope"]["chat_id"] == DESK
        assert api.bot.settings["setMyDescription"]["description"] == PROFILE.description


async def test_the_profile_is_set_once_and_only_the_new_desk_gets_its_commands(api, anna):
    async with line(api, profile=PROFILE) as bot:
        bot.listen()
        await bot.until(lambda: len(api.calls_to("setMy*")) == 4)
        bot.desk = "-1009"
        anna.says("Hallo")
        await bot.until(lambda: len(api.calls_to("setMy*")) == 5)
        assert api.calls_to("setMy*")[-1].params["scope"] == {"type": "chat", "chat_id": -1009}
        await bot.stop_listening()
        bot.listen()
        anna.says("Hallo?")
        await bot.heard(2)
        assert len(api.calls_to("setMy*")) == 5


async def test_a_profile_that_telegram_refuses_is_no_reason_to_be_silent(api, anna):
    api.fault("setMy*", 400, times=None)
    async with line(api, profile=PROFILE) as bot:
        bot.listen()
        anna.says("Frage")
        await bot.heard()
        assert bot.channel.health() == "ok"


def test_what_is_not_decided_is_not_changed_and_what_is_too_long_is_cut():
    assert settings(Profile(), "-1") == []
    long = Profile(description="x" * 600, short_description="x" * 200, commands=(("a", "x" * 300),))
    assert [len(str(next(iter(params.values())))) for _, params in settings(long, None)][1:] == [
        512,
        120,
    ]


async def test_a_bot_that_cannot_hear_the_desk_says_how_to_change_that(api, monkeypatch):
    desk = api.group(DESK, "Koordination")
    methods = api._methods
    deaf = {"can_read_all_group_messages": False}
    card = methods.getMe
    monkeypatch.setattr(methods, "getMe", lambda ask: card(ask) | deaf)
    async with line(api) as bot:
        # Administrators hear everything.
        assert await bot.channel.check() is None
        status = {"status": "member", "user": api.bot.card}
        monkeypatch.setattr(methods, "_own_membership", lambda group, of: status)
        assert "Administrator" in (await bot.channel.check() or "")
        assert "Administrator" in bot.channel.health()
        bot.desk = None
        assert await bot.channel.check() is None
        bot.desk = str(DESK)
        bot.listen()
        await bot.until(lambda: offsets(api))
        assert "Administrator" in bot.channel.health()
        # Somebody reads it and gives us the rights.
        monkeypatch.undo()
        desk.remove_bot()
        desk.add_bot()
        await bot.until(lambda: bot.channel.health() == "ok")


async def test_the_channel_knows_its_name_and_limits_before_the_network_does(api):
    async with line(api) as bot:
        assert (bot.channel.name, bot.channel.bot) == ("telegram", "123456")
        assert bot.channel.limits == LIMITS
        assert bot.channel.is_group(str(DESK))
        assert not bot.channel.is_group(str(ANNA))
        assert bot.channel.health() == "ok"
        assert api.calls == []
