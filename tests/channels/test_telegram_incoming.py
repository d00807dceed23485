"""What people do on Telegram, in our words. Anything else leaves no trace."""

import json
import math
import random
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.telegram.incoming import ALLOWED_UPDATES, Here, query_id, translate
from handlers.message import FileKind, Incoming, Kind
from tests.channels.telegram_rig import DESK
from tests.fakes.world import World

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HERE = Here(bot="123456", now=NOW, desk_chat=str(DESK), username="Hotline_Bot")
ANNA = {"id": 1001, "is_bot": False, "first_name": "Anna", "last_name": "Muster"}
PRIVATE = {"id": 1001, "type": "private", "first_name": "Anna"}
DESK_CHAT = {"id": DESK, "type": "supergroup", "title": "Koordination", "is_forum": True}
OTHER_GROUP = {"id": -1009, "type": "supergroup", "title": "Fremd"}
DATE = int(NOW.timestamp()) - 60


def message(chat=PRIVATE, sender=ANNA, **fields):
    shown = {"message_id": 7, "from": sender, "chat": chat, "date": DATE, **fields}
    return {"update_id": 100, "message": {k: v for k, v in shown.items() if v is not None}}


def heard(update, here=HERE) -> Incoming:
    incoming = translate(update, here)
    assert incoming is not None
    return incoming


def ignored(update, here=HERE) -> bool:
    return translate(update, here) is None


# --- private messages --------------------------------------------------------------


def test_a_question_arrives_with_all_that_is_needed_to_answer_it():
    incoming = heard(message(text="Was ist eine Kleinstadt?"))
    assert incoming == Incoming(
        channel="telegram",
        bot="123456",
        update_id="100",
        chat="1001",
        sender="1001",
        sender_name="Anna Muster",
        message="7",
        text="Was ist eine Kleinstadt?",
        at=NOW - timedelta(seconds=60),
    )


def test_signs_and_markup_arrive_as_typed():
    text = "<3 & *fett* _x_ <b>[a](b) \u202eumgekehrt"
    assert heard(message(text=text)).text == text


def test_halves_of_characters_and_nul_cannot_reach_the_store():
    raw = json.loads(r'"a\ud83d b\u0000c \ud83d\ude00"')
    assert heard(message(text=raw)).text == "a\ufffd bc 😀"
    update = message(text="x", media_group_id=raw)
    assert heard(update).album.encode()
    query = {"id": "1", "from": ANNA, "message": message()["message"], "data": raw}
    assert heard({"update_id": 1, "callback_query": query}).action.encode()


def test_the_address_of_a_link_stands_behind_its_words():
    text = "😀 Siehe hier und https://b.example."
    entities = [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "text_link", "offset": 9, "length": 4, "url": "https://a.example/x"},
        {"type": "text_link", "offset": 18, "length": 17, "url": "https://b.example/"},
    ]
    shown = heard(message(text=text, entities=entities)).text
    assert shown == "😀 Siehe hier (https://a.example/x) und https://b.example."


def test_links_in_captions_count_too():
    entities = [{"type": "text_link", "offset": 0, "length": 4, "url": "https://a.example"}]
    update = message(
        caption="Plan", caption_entities=entities, document={"file_id": "f", "file_name": "p.pdf"}
    )
    assert heard(update).text == "Plan (https://a.example)"


def test_entities_that_point_nowhere_do_no_harm():
    for offset, length in ((-1, 3), (0, 10**9), (2, 0), ("a", 1), (None, None), (1.5, 2)):
        entity = {
            "type": "text_link",
            "offset": offset,
            "length": length,
            "url": "https://a.example",
        }
        assert heard(message(text="Hallo", entities=[entity, None, 3])).text == "Hallo"


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("/start", "/start"),
        ("/start einladung-123", "/start einladung-123"),
        ("/hilfe@hotline_bot", "/hilfe"),
        ("/start@hotline_bot xyz", "/start xyz"),
        ("Schreib an /hilfe@hotline_bot", "Schreib an /hilfe@hotline_bot"),
    ],
)
def test_a_command_is_understood_with_and_without_the_name_of_the_bot(typed, understood):
    assert heard(message(text=typed)).text == understood


def test_of_a_photo_the_largest_size_is_kept():
    sizes = [
        {"file_id": "small", "width": 90, "height": 60, "file_size": 900},
        {"file_id": "large", "width": 1280, "height": 960, "file_size": 90_000},
        {"file_id": "middle", "width": 320, "height": 240, "file_size": 9000},
    ]
    [file] = heard(message(photo=sizes, caption="Das Rathaus")).files
    assert (file.kind, file.remote, file.size) == (FileKind.PHOTO, "large", 90_000)


@pytest.mark.parametrize(
    ("key", "kind", "mime"),
    [
        ("document", FileKind.DOCUMENT, ""),
        ("voice", FileKind.VOICE, "audio/ogg"),
        ("audio", FileKind.AUDIO, "audio/mpeg"),
        ("video", FileKind.VIDEO, "video/mp4"),
        ("video_note", FileKind.VIDEO, "video/mp4"),
        ("sticker", FileKind.STICKER, "image/webp"),
    ],
)
def test_every_kind_of_file_arrives_as_what_it_is(key, kind, mime):
    [file] = heard(message(**{key: {"file_id": "abc", "file_size": 5, "emoji": "👋"}})).files
    assert (file.kind, file.remote, file.size, file.mime) == (kind, "abc", 5, mime)
    assert file.emoji == ("👋" if key == "sticker" else "")


def test_an_animation_is_one_film_and_not_also_a_document():
    gif = {"file_id": "g", "mime_type": "video/mp4", "file_name": "g.mp4"}
    [file] = heard(message(animation=gif, document=gif)).files
    assert file.kind is FileKind.VIDEO


def test_places_and_contacts_arrive():
    place = heard(message(location={"latitude": 51.5, "longitude": 13})).place
    assert place
    assert (place.latitude, place.longitude) == (51.5, 13.0)
    location = {"latitude": 51.5, "longitude": 13.0}
    venue = {"location": location, "title": "Rathaus", "address": "Markt 1"}
    place = heard(message(venue=venue, location=location)).place
    assert place
    assert place.title == "Rathaus, Markt 1"
    contact = heard(message(contact={"phone_number": "+49 1", "first_name": "Amt"})).contact
    assert contact
    assert (contact.name, contact.phone) == ("Amt", "+49 1")


@pytest.mark.parametrize("latitude", [90.1, -91, 10**400, math.nan, math.inf, "51", None, True])
def test_a_place_outside_of_the_world_is_none(latitude, capsys):
    assert ignored(message(location={"latitude": latitude, "longitude": 13.0}))
    assert "unreadable" not in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["poll", "dice", "game", "story", "checklist"])
def test_what_we_cannot_use_still_deserves_an_answer(kind):
    incoming = heard(message(**{kind: {"emoji": "🎲"}}))
    assert (incoming.text, incoming.files) == ("", ())


def test_parts_of_an_album_are_known_by_its_name():
    photo = [{"file_id": "p", "width": 1, "height": 1}]
    assert heard(message(photo=photo, media_group_id="13")).album == "13"


def test_a_quoted_message_is_named():
    assert heard(message(text="ja", reply_to_message={"message_id": 3})).reply_to == "3"


def test_a_citizen_may_forward_something():
    origin = {"type": "hidden_user", "sender_user_name": "Amt", "date": DATE}
    assert heard(message(text="Stimmt das?", forward_origin=origin)).text == "Stimmt das?"


@pytest.mark.parametrize("date", [0, -5, 1, 2**62, 10**30, "gestern", None, 3.5, DATE + 10**6])
def test_a_date_that_cannot_be_is_now(date):
    assert heard(message(text="x", date=date)).at == NOW


# --- other deeds -------------------------------------------------------------------


def test_an_edit_tells_the_new_text_and_when():
    edited = message(text="neu", edit_date=DATE + 30)["message"]
    incoming = heard({"update_id": 5, "edited_message": edited})
    assert (incoming.kind, incoming.text, incoming.message) == (Kind.EDIT, "neu", "7")
    assert incoming.at == NOW - timedelta(seconds=30)


def test_a_place_on_the_move_is_no_edit():
    edited = message(location={"latitude": 1.0, "longitude": 1.0}, edit_date=DATE)["message"]
    assert ignored({"update_id": 5, "edited_message": edited})


def test_a_pressed_button_tells_which_one_and_where():
    shown = message(sender={"id": 123456, "is_bot": True, "first_name": "H"}, text="?")["message"]
    update = {"update_id": 5, "callback_query": {"id": "99", "from": ANNA, "message": shown}}
    update["callback_query"]["data"] = "faq:ja"
    incoming = heard(update)
    assert (incoming.kind, incoming.action, incoming.message) == (Kind.BUTTON, "faq:ja", "7")
    assert (incoming.chat, incoming.sender, incoming.private) == ("1001", "1001", True)
    assert query_id(update) == "99"


def test_a_button_on_a_message_too_old_for_telegram_still_counts():
    old = {"chat": PRIVATE, "message_id": 3, "date": 0}
    query = {"id": "1", "from": ANNA, "message": old, "data": "x"}
    assert heard({"update_id": 5, "callback_query": query}).at == NOW


def test_a_reaction_is_passed_on_and_taken_away():
    def reaction(*new):
        change = {"chat": PRIVATE, "message_id": 3, "user": ANNA, "date": DATE}
        return {"update_id": 5, "message_reaction": change | {"new_reaction": list(new)}}

    liked = heard(reaction({"type": "emoji", "emoji": "👍"}))
    assert (liked.kind, liked.text, liked.message) == (Kind.REACTION, "👍", "3")
    assert heard(reaction()).text == ""
    assert heard(reaction({"type": "custom_emoji", "custom_emoji_id": "1"})).text == ""


@pytest.mark.parametrize(("status", "kind"), [("kicked", "blocked"), ("member", "unblocked")])
def test_who_blocks_us_is_left_alone_until_they_come_back(status, kind):
    change = {"chat": PRIVATE, "from": ANNA, "date": DATE, "new_chat_member": {"status": status}}
    assert heard({"update_id": 5, "my_chat_member": change}).kind == kind
    assert ignored({"update_id": 5, "my_chat_member": change | {"chat": DESK_CHAT}})


def test_a_group_that_moves_says_where():
    incoming = heard(message(chat=DESK_CHAT, migrate_to_chat_id=-1002))
    assert (incoming.kind, incoming.chat, incoming.text) == (Kind.MIGRATED, str(DESK), "-1002")
    assert not incoming.desk


# --- the desk, and other groups ----------------------------------------------------


def test_a_coordinator_writes_in_a_topic():
    root = {"message_id": 50, "forum_topic_created": {"name": "K-1"}}
    update = message(
        chat=DESK_CHAT,
        text="Guten Tag",
        message_thread_id=50,
        is_topic_message=True,
        reply_to_message=root,
    )
    incoming = heard(update)
    assert (incoming.desk, incoming.private, incoming.thread) == (True, False, "50")
    assert incoming.reply_to == ""  # nobody quoted the topic's first line


def test_a_quotation_inside_a_topic_is_one():
    update = message(
        chat=DESK_CHAT,
        text="ja",
        message_thread_id=50,
        is_topic_message=True,
        reply_to_message={"message_id": 51},
    )
    assert heard(update).reply_to == "51"


def test_a_thread_of_replies_outside_of_topics_is_no_topic():
    update = message(
        chat=DESK_CHAT, text="ja", message_thread_id=9, reply_to_message={"message_id": 9}
    )
    assert (heard(update).thread, heard(update).reply_to) == ("", "9")


IMPOSTORS = {
    "anonymous admin": {
        "sender": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
        "sender_chat": DESK_CHAT,
    },
    "anonymous admin without the mark of a bot": {
        "sender": {"id": 1087968824, "is_bot": False, "first_name": "Group"}
    },
    "linked channel": {
        "sender": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
        "sender_chat": {"id": -1005, "type": "channel"},
        "is_automatic_forward": True,
    },
    "somebody as their channel": {
        "sender": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
        "sender_chat": {"id": -1006, "type": "channel"},
    },
    "channel under a person's name": {"sender_chat": {"id": -1006, "type": "channel"}},
    "forwarded": {"forward_origin": {"type": "user", "sender_user": ANNA, "date": DATE}},
    "forwarded, in the old way": {"forward_date": DATE},
    "another bot": {"sender": {"id": 5, "is_bot": True, "first_name": "Bot"}},
    "nobody": {"sender": None},
    "a name without an id": {"sender": {"first_name": "Anna", "is_bot": False}},
    "an id that is a text": {"sender": {"id": "1001", "is_bot": False, "first_name": "Anna"}},
}


@pytest.mark.parametrize("impostor", IMPOSTORS)
@pytest.mark.parametrize("where", ["desk", "foreign group"])
def test_nobody_speaks_for_the_desk_but_a_person_in_their_own_name(impostor, where):
    chat = DESK_CHAT if where == "desk" else OTHER_GROUP
    assert ignored(message(chat=chat, text="/desk CODE", **IMPOSTORS[impostor]))


def test_reactions_in_the_name_of_a_group_have_no_author():
    change = {"chat": DESK_CHAT, "message_id": 3, "actor_chat": DESK_CHAT, "date": DATE}
    emoji = [{"type": "emoji", "emoji": "👍"}]
    assert ignored({"update_id": 5, "message_reaction": change | {"new_reaction": emoji}})


@pytest.mark.parametrize(
    "service",
    [
        "forum_topic_created", "forum_topic_closed", "forum_topic_reopened", "forum_topic_edited",
        "general_forum_topic_hidden", "pinned_message", "new_chat_members", "left_chat_member",
        "new_chat_title", "migrate_from_chat_id", "video_chat_started", "something_of_tomorrow",
    ],
)  # fmt: skip
def test_what_telegram_reports_by_itself_is_nobodys_message(service):
    assert ignored(message(chat=DESK_CHAT, **{service: {"name": "x"}}))


def test_in_a_foreign_group_only_the_wish_to_become_the_desk_is_heard():
    assert ignored(message(chat=OTHER_GROUP, text="Hallo"))
    assert ignored(message(chat=OTHER_GROUP, text="/desktop"))
    assert ignored(message(chat=OTHER_GROUP, text="/desk@another_bot CODE"))
    wish = heard(message(chat=OTHER_GROUP, text="/desk@hotline_bot CODE"))
    assert (wish.text, wish.private, wish.desk) == ("/desk CODE", False, False)


def of_us(number=123456):
    return {"message_id": 3, "from": {"id": number, "is_bot": True}, "text": "Guten Tag"}


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("/frage Was?", "/frage Was?"),
        ("/frage@Hotline_bot Was?", "/frage Was?"),
        ("@hotline_bot Was?", "Was?"),
        ("Was, @HOTLINE_BOT?", "Was, ?"),
        ("@hotline_bot", "/frage"),
        ("/themengruppe alle", "/themengruppe alle"),
        ("/begruessung an", "/begruessung an"),
    ],
)
def test_in_a_foreign_group_we_hear_what_is_said_to_us(typed, understood):
    said = heard(message(chat=OTHER_GROUP, text=typed, photo=[{"file_id": "x", "width": 1}]))
    assert (said.text, said.private, said.desk) == (understood, False, False)
    assert (said.sender_name, said.files) == ("", ())


@pytest.mark.parametrize(
    "typed",
    ["@hotline_bots Was?", "x@hotline_bot", "/frage@other_bot Was?", "/hilfe@hotline_bot", ""],
)
def test_in_a_foreign_group_we_do_not_listen_to_others(typed):
    assert ignored(message(chat=OTHER_GROUP, text=typed, photo=[{"file_id": "x", "width": 1}]))


def test_a_reply_to_us_is_said_to_us_and_one_to_others_is_not():
    assert heard(message(chat=OTHER_GROUP, text="Ja", reply_to_message=of_us())).text == "Ja"
    assert ignored(message(chat=OTHER_GROUP, text="Ja", reply_to_message=of_us(99)))
    root = of_us() | {"forum_topic_created": {"name": "x"}}
    assert ignored(message(chat=OTHER_GROUP, text="Ja", reply_to_message=root))


def test_a_new_name_and_new_members_are_told_in_whosever_name():
    for sender in (ANNA, {"id": 1087968824, "is_bot": True}, None):
        renamed = heard(message(chat=OTHER_GROUP, sender=sender, new_chat_title="Bus"))
        assert (renamed.kind, renamed.text, renamed.sender) == (Kind.RENAMED, "Bus", "")
    cards = [ANNA, {"id": 7, "is_bot": True}, {"id": "x"}, None, {"id": 8, "first_name": "B"}]
    arrived = heard(message(chat=OTHER_GROUP, new_chat_members=cards))
    assert (arrived.kind, arrived.members, arrived.text) == (Kind.ARRIVED, ("1001", "8"), "")
    assert ignored(message(chat=OTHER_GROUP, new_chat_members=[{"id": 7, "is_bot": True}]))


@pytest.mark.parametrize(
    ("member", "kind", "lacking"),
    [
        ({"status": "administrator", "can_invite_users": True}, Kind.RIGHTS, ""),
        ({"status": "administrator", "can_invite_users": False}, Kind.RIGHTS, "invite"),
        ({"status": "member"}, Kind.RIGHTS, "invite"),
        ({"status": "restricted", "is_member": True}, Kind.RIGHTS, "speak"),
        ({"status": "restricted", "is_member": False}, Kind.BLOCKED, ""),
        ({"status": "kicked"}, Kind.BLOCKED, ""),
        ({"status": "left"}, Kind.BLOCKED, ""),
    ],
)
def test_what_we_may_do_in_a_group_is_told_whoever_decided_so(member, kind, lacking):
    for sender in (ANNA, {"id": 1087968824, "is_bot": True}):
        change = {"chat": OTHER_GROUP, "from": sender, "date": DATE, "new_chat_member": member}
        incoming = heard({"update_id": 5, "my_chat_member": change})
        assert (incoming.kind, incoming.text, incoming.sender) == (kind, lacking, "")


def test_who_asks_to_be_let_in_is_heard_in_their_own_chat():
    knock = {"chat": OTHER_GROUP, "from": ANNA, "user_chat_id": 1001, "date": DATE}
    incoming = heard({"update_id": 5, "chat_join_request": knock})
    assert (incoming.kind, incoming.chat, incoming.sender) == (Kind.KNOCKS, "1001", "1001")
    assert (incoming.text, incoming.private) == ("-1009", True)
    bot = ANNA | {"is_bot": True}
    assert ignored({"update_id": 5, "chat_join_request": knock | {"from": bot}})
    assert ignored({"update_id": 5, "chat_join_request": knock | {"user_chat_id": "x"}})


def test_buttons_reactions_and_edits_in_a_foreign_group_are_not_heard():
    edited = message(chat=OTHER_GROUP, text="/desk CODE", edit_date=DATE)["message"]
    query = {"id": "1", "from": ANNA, "message": edited, "data": "x"}
    change = {"chat": OTHER_GROUP, "message_id": 3, "user": ANNA, "new_reaction": []}
    assert ignored({"update_id": 5, "edited_message": edited})
    assert ignored({"update_id": 5, "callback_query": query})
    assert ignored({"update_id": 5, "message_reaction": change})


def test_without_a_desk_no_group_is_one():
    here = Here(bot="1", now=NOW, desk_chat=None)
    assert ignored(message(chat=DESK_CHAT, text="Hallo"), here)


@pytest.mark.parametrize(
    "kind",
    ["channel_post", "edited_channel_post", "poll", "inline_query", "business_message", "tomorrow"],
)
def test_other_updates_are_none_of_our_business(kind):
    assert ignored({"update_id": 5, kind: message(text="x")["message"]})


# --- ids, and everything else that may come -------------------------------------------


@pytest.mark.parametrize("number", [-1, 2**63, 10**30, "5", None, True, 1.0, math.nan, [], {}])
def test_an_update_that_cannot_be_numbered_cannot_be_kept(number):
    assert ignored(message(text="x") | {"update_id": number})


@pytest.mark.parametrize("number", [0, 1, 2**63 - 1])
def test_the_smallest_and_the_largest_number_are_fine(number):
    assert heard(message(text="x") | {"update_id": number}).update_id == str(number)


@pytest.mark.parametrize("chat_id", [2**63, -(2**63), 0, "1001", None, True])
def test_a_chat_that_cannot_be_answered_is_not_heard(chat_id):
    assert ignored(message(chat=PRIVATE | {"id": chat_id}, text="x"))


def real_updates():
    """Updates as Telegram sends them, of all kinds."""
    world = World(["123456:TOKEN"])
    world.bot.allowed = frozenset(ALLOWED_UPDATES)
    anna, group = world.user(1001, "Anna"), world.group(DESK)
    berta = group.member(1002, "Berta")
    question = anna.says("Siehe /hilfe@hotline_bot")
    anna.says("ja", reply_to=question, quote="Siehe")
    anna.edits(question, "Nein")
    anna.sends_photo(b"jpeg", "Bild", album="1")
    anna.sends_document(b"pdf")
    anna.sends_voice(b"ogg")
    anna.sends_sticker()
    anna.sends_location()
    anna.sends_contact("+49 1", "Amt")
    anna.reacts(question, "👍")
    topic = group.create_topic("K-1")
    berta.says("Antwort", thread=topic)
    group.anonymous_admin().says("Ich auch")
    markup = {"inline_keyboard": [[{"text": "Ja", "callback_data": "y"}]]}
    anna.chat.add(world.bot.card, {"text": "?", "reply_markup": markup}, from_bot=True)
    anna.presses("Ja")
    anna.blocks_bot()
    place = world.group(-1008, "Gruppe")
    member = place.member(1003, "Carla")
    first = member.says("@hotline_bot, wie geht das?")
    answer = place.add(world.bot.card, {"text": "So."}, from_bot=True, reply_to=first)
    member.says("Und das?", reply_to=answer)
    member.says("/frage Was?")
    anna.knocks_at(place)
    place.lets_in(anna)
    place.renames("Neuer Name")
    place.let_bot_invite(False)
    place.remove_bot()
    group.migrate(-1009)
    entities = [{"type": "text_link", "offset": 0, "length": 3, "url": "https://a.example"}]
    updates = [json.loads(update.raw) for update in world.bot.updates]
    return [*updates, message(text="Siehe da", entities=entities)]


ANYTHING = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, -0.0, math.nan, math.inf, "", "x",
    "\ud83d", "\0", "😀" * 3000, "/desk@", "/" * 9, [], {}, [[]], [None], {"id": 1}, {"a": {}},
    1087968824, DESK, "private", "kicked", [{"file_id": "x"}], {"id": DESK, "type": "supergroup"},
)  # fmt: skip


def places(value, found=None):
    """Every container in a JSON value with each of its keys."""
    found = [] if found is None else found
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        found.append((value, key))
        if isinstance(value[key], dict | list):
            places(value[key], found)
    return found


def mutated(update, dice):
    update = deepcopy(update)
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        holder, key = dice.choice(places(update))
        match dice.randrange(4):
            case 0:
                del holder[key]
            case 1:
                other, name = dice.choice(places(update))
                holder[key] = deepcopy(other[name])
            case _:
                holder[key] = deepcopy(dice.choice(ANYTHING))
        if not update:
            break
    return update


def test_ten_thousand_mangled_updates_hurt_nobody(capsys):
    dice = random.Random(4711)
    originals = real_updates()
    assert len({next(iter(u.keys() - {"update_id"})) for u in originals}) == 6
    heard_of = 0
    for _ in range(10_000):
        incoming = translate(mutated(dice.choice(originals), dice), HERE)
        if incoming is not None:
            heard_of += 1
            kept = incoming.model_dump_json()
            assert Incoming.model_validate_json(kept) == incoming
            assert kept.encode()
            assert "\\u0000" not in kept
            assert 0 <= int(incoming.update_id) < 2**63
            assert incoming.sender not in ("1087968824", "777000")
    assert heard_of > 2000
    # The last resort was not needed: whatever comes, the code knows what to make of it.
    assert "unreadable" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "update", [None, [], 5, "x", {}, {"update_id": 1}, {"update_id": 1, "message": 3}]
)
def test_what_is_no_update_at_all_is_not_heard(update):
    assert ignored(update)
    assert query_id(update) == ""
