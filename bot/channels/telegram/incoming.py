"""Telegram's updates in our words.

An update is JSON that anybody may have had a hand in, so nothing about it is
taken for granted: what does not look as expected is as good as missing, and an
update without the essentials is nobody's message.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.channels.telegram.transport import Json
from handlers.message import Contact, FileKind, Incoming, IncomingFile, Kind, Place

log = structlog.get_logger()

ALLOWED_UPDATES = [
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "inline_query",
    "message_reaction",
    "chat_join_request",
]

# Accounts of Telegram itself that write for people who don't want to be known,
# for linked channels, and for channels.
NOBODY = frozenset({"1087968824", "777000", "136817688"})

# What people send and we cannot use. They deserve an answer; what Telegram
# reports by itself (pins, joins, topics) does not.
_SPEECHLESS = frozenset(
    {
        "poll", "dice", "game", "story", "checklist", "paid_media", "live_photo",
        "rich_message", "giveaway", "giveaway_winners", "invoice", "gift", "unique_gift",
    }
)  # fmt: skip

_COMMAND = re.compile(r"(/\w+)@(\w+)")
_FOR_GROUPS = re.compile(r"/(?:desk|themengruppe|begruessung|frage)(?:\s|$)", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MESSAGE = 1_375_000_000  # seconds; there was no Telegram before
_CLOCKS_DIFFER = timedelta(days=2)
_NAME = 128  # characters; Telegram's own limit is 64 for each half


@dataclass(frozen=True, slots=True)
class Here:
    """What a translation must know of the world."""

    bot: str
    now: datetime
    desk_chat: str | None = None
    username: str = ""  # the bot's, once we know it


def update_id(update: object) -> int | None:
    """The id if it can be one: what does not fit into 63 bits cannot be kept."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if type(number) is int and 0 <= number < 2**63 else None


def query_id(update: object) -> str:
    """The id of a pressed button's query; Telegram wants to hear that it arrived."""
    return _string(_dict(_dict(update).get("callback_query")).get("id"))


def own_membership(update: object) -> str:
    """The chat in which our own rights changed, if it is about that."""
    return _id(_dict(_dict(_dict(update).get("my_chat_member")).get("chat")).get("id"))


def translate(update: object, here: Here) -> Incoming | None:
    """The update as a message, or None if it does not concern us. Never raises."""
    number = update_id(update)
    if number is None or not isinstance(update, dict):
        return None
    try:
        return _translated(update, str(number), here)
    except Exception as error:
        # One strange update must not keep the others waiting.
        log.error("telegram.update.unreadable", update=number, error=type(error).__name__)
        return None


def _translated(update: Json, number: str, here: Here) -> Incoming | None:
    if message := _dict(update.get("message")):
        return _message(message, number, here)
    if message := _dict(update.get("edited_message")):
        return _edit(message, number, here)
    if query := _dict(update.get("callback_query")):
        return _button(query, number, here)
    if reaction := _dict(update.get("message_reaction")):
        return _reaction(reaction, number, here)
    if change := _dict(update.get("my_chat_member")):
        return _membership(change, number, here)
    if knock := _dict(update.get("chat_join_request")):
        return _knock(knock, number, here)
    return None


# --- who and where -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Origin:
    """A person, in a chat that concerns us."""

    chat: str
    sender: str
    sender_name: str
    private: bool
    desk: bool


def _origin(chat: Json, sender: Json, here: Here) -> _Origin | None:
    """None unless it is a person with a name of their own."""
    chat_id, sender_id = _id(chat.get("id")), _id(sender.get("id"))
    if not chat_id or not sender_id or sender_id in NOBODY or sender.get("is_bot"):
        return None
    desk = chat_id == here.desk_chat
    private = chat.get("type") == "private" and not desk
    return _Origin(chat_id, sender_id, _full_name(sender), private, desk)


def _author(message: Json, here: Here) -> _Origin | None:
    """Who wrote a message.

    A message in a chat's or channel's name has no author. At the desk neither
    has a forwarded one: whoever forwards somebody's words does not say them.
    """
    if "sender_chat" in message:
        return None
    origin = _origin(_dict(message.get("chat")), _dict(message.get("from")), here)
    forwarded = "forward_origin" in message or "forward_date" in message
    return None if origin and forwarded and not origin.private else origin


def _full_name(person: Json) -> str:
    halves = (_string(person.get("first_name")), _string(person.get("last_name")))
    name = " ".join(half.strip() for half in halves if half.strip())
    return (name or _string(person.get("username")))[:_NAME]


# --- the kinds of update -----------------------------------------------------------


def _message(message: Json, number: str, here: Here) -> Incoming | None:
    if new_id := _id(message.get("migrate_to_chat_id")):
        return _migrated(message, number, new_id, here)
    if news := _news(message, number, here):
        return news
    origin = _author(message, here)
    if origin is None:
        return _secondhand(message, number, here)
    if not (origin.private or origin.desk):
        return _in_a_group(message, number, origin, here)
    text = _text(message)
    files = tuple(_files(message))
    place, contact = _place(message), _contact(message)
    if not (text or files or place or contact or not _SPEECHLESS.isdisjoint(message)):
        return None
    words = _addressed_to_us(text, origin.private, here.username)
    if words is None:
        return None
    return Incoming(
        channel="telegram",
        bot=here.bot,
        update_id=number,
        chat=origin.chat,
        chat_title="" if origin.private else _title(message),
        thread=_thread(message),
        sender=origin.sender,
        sender_name=origin.sender_name,
        private=origin.private,
        desk=origin.desk,
        message=_id(message.get("message_id")),
        text=words,
        files=files,
        place=place,
        contact=contact,
        reply_to=_reply_to(message),
        replies_to_us=_replies_to_us(message, here),
        album=_string(message.get("media_group_id")),
        at=_moment(message.get("date"), here.now),
    )


def _in_a_group(message: Json, number: str, origin: _Origin, here: Here) -> Incoming | None:
    """What somebody says to us in a group: a command for groups, our name, a reply to us.

    All else that is said there is none of our business, and leaves no trace. Neither do the
    name of whoever speaks and what hangs on the message.
    """
    words = _addressed_to_us(_text(message), private=False, username=here.username)
    if not words:
        return None
    if words.startswith("/"):
        if not _FOR_GROUPS.match(words):
            return None
    elif called := _called(words, here.username):
        words = called
    elif not _replies_to_us(message, here):
        return None
    return Incoming(
        channel="telegram",
        bot=here.bot,
        update_id=number,
        chat=origin.chat,
        chat_title=_title(message),
        thread=_thread(message),
        sender=origin.sender,
        private=False,
        message=_id(message.get("message_id")),
        text=words,
        at=_moment(message.get("date"), here.now),
    )


def _called(words: str, username: str) -> str:
    """What is said to us by our name, without it; empty if our name is not in it."""
    if not username:
        return ""
    name = rf"(?<!\w)@{re.escape(username)}\b[,:]?"
    rest, number = re.subn(name, " ", words, flags=re.IGNORECASE)
    return (" ".join(rest.split()) or "/frage") if number else ""


def _replies_to_us(message: Json, here: Here) -> bool:
    answered = _dict(_dict(message.get("reply_to_message")).get("from")).get("id")
    return bool(_reply_to(message)) and _id(answered) == here.bot


def _news(message: Json, number: str, here: Here) -> Incoming | None:
    """What Telegram itself tells of a group, in whosever name: a new title, new members."""
    chat = _dict(message.get("chat"))
    where, title = _id(chat.get("id")), _string(message.get("new_chat_title"))
    if not where or where == here.desk_chat or chat.get("type") == "private":
        return None
    arrived = [_dict(one) for one in _list(message.get("new_chat_members"))]
    members = tuple(_id(one.get("id")) for one in arrived if not one.get("is_bot"))
    if not (title or any(members)):
        return None
    kind = Kind.RENAMED if title else Kind.ARRIVED
    return _of_group(kind, message, number, here, title, tuple(filter(None, members)))


def _migrated(message: Json, number: str, new_id: str, here: Here) -> Incoming | None:
    """The group became a supergroup. Telegram says so in the name of anybody."""
    if not _id(_dict(message.get("chat")).get("id")):
        return None
    return _of_group(Kind.MIGRATED, message, number, here, new_id)


def _secondhand(message: Json, number: str, here: Here) -> Incoming | None:
    """Something in a topic of the desk that nobody says under their own name. Its words stay
    where they are; whoever put them there is only told that they go nowhere."""
    chat, thread = _id(_dict(message.get("chat")).get("id")), _thread(message)
    said = _text(message) or any(True for _ in _files(message))
    if chat != here.desk_chat or not thread or not said or message.get("is_automatic_forward"):
        return None
    return Incoming(
        channel="telegram",
        bot=here.bot,
        update_id=number,
        chat=chat,
        thread=thread,
        sender="",
        private=False,
        desk=True,
        secondhand=True,
        message=_id(message.get("message_id")),
        at=_moment(message.get("date"), here.now),
    )


def _edit(message: Json, number: str, here: Here) -> Incoming | None:
    origin = _author(message, here)
    # A place that moves is edited every few seconds.
    if origin is None or "location" in message:
        return None
    text = _text(message)
    words = _addressed_to_us(text, origin.private, here.username)
    if words is None or not (origin.private or origin.desk):
        return None
    if not text and not any(True for _ in _files(message)):
        return None
    return Incoming(
        channel="telegram",
        bot=here.bot,
        update_id=number,
        kind=Kind.EDIT,
        chat=origin.chat,
        thread=_thread(message),
        sender=origin.sender,
        sender_name=origin.sender_name,
        private=origin.private,
        desk=origin.desk,
        message=_id(message.get("message_id")),
        text=words,
        reply_to=_reply_to(message),
        album=_string(message.get("media_group_id")),
        at=_moment(message.get("edit_date"), here.now),
    )


def _button(query: Json, number: str, here: Here) -> Incoming | None:
    message = _dict(query.get("message"))
    origin = _origin(_dict(message.get("chat")), _dict(query.get("from")), here)
    action = _string(query.get("data"))
    if origin is None or not action or not (origin.private or origin.desk):
        return None
    return Incoming(
        channel="telegram",
        bot=here.bot,
        update_id=number,
        kind=Kind.BUTTON,
        chat=origin.chat,
        thread=_thread(message),
        sender=origin.sender,
        sender_name=origin.sender_name,
        private=origin.private,
        desk=origin.desk,
        message=_id(message.get("message_id")),
        action=action,
        at=here.now,  # Telegram does not say when
    )


def _reaction(reaction: Json, number: str, here: Here) -> Incoming | None:
    origin = _origin(_dict(reaction.get("chat")), _dict(reaction.get("user")), here)
    message = _id(reaction.get("message_id"))
    if origin is None or not message or not (origin.private or origin.desk):
        return None
    # Only ordinary emoji can be passed on; any other is as good as none.
    emoji = [_string(_dict(r).get("emoji")) for r in _list(reaction.get("new_reaction"))]
    return Incoming(
        channel="telegram",
        bot=here.bot,
        update_id=number,
        kind=Kind.REACTION,
        chat=origin.chat,
        sender=origin.sender,
        sender_name=origin.sender_name,
        private=origin.private,
        desk=origin.desk,
        message=message,
        text=next(filter(None, emoji), ""),
        at=_moment(reaction.get("date"), here.now),
    )


def _membership(change: Json, number: str, here: Here) -> Incoming | None:
    """Somebody blocked us, or let us in again; or a group did something with us."""
    if _dict(change.get("chat")).get("type") != "private":
        return _standing(change, number, here)
    origin = _origin(_dict(change.get("chat")), _dict(change.get("from")), here)
    status = _dict(change.get("new_chat_member")).get("status")
    if origin is None or origin.desk or status not in ("kicked", "member"):
        return None
    return Incoming(
        channel="telegram",
        bot=here.bot,
        update_id=number,
        kind=Kind.UNBLOCKED if status == "member" else Kind.BLOCKED,
        chat=origin.chat,
        sender=origin.sender,
        sender_name=origin.sender_name,
        private=origin.private,
        at=_moment(change.get("date"), here.now),
    )


def _standing(change: Json, number: str, here: Here) -> Incoming | None:
    """What we may do in a group from now on, whoever decided so."""
    chat, member = _id(_dict(change.get("chat")).get("id")), _dict(change.get("new_chat_member"))
    status = member.get("status")
    if not chat or chat == here.desk_chat:
        return None
    out = status in ("kicked", "left") or (status == "restricted" and not member.get("is_member"))
    if not out and status not in ("member", "administrator", "creator", "restricted"):
        return None
    lacking = ""
    if status == "restricted" and not member.get("can_send_messages"):
        lacking = "speak"
    elif status != "creator" and not (status == "administrator" and member.get("can_invite_users")):
        lacking = "invite"
    if out:
        return _of_group(Kind.BLOCKED, change, number, here)
    return _of_group(Kind.RIGHTS, change, number, here, lacking)


def _of_group(
    kind: Kind,
    told: Json,
    number: str,
    here: Here,
    text: str = "",
    members: tuple[str, ...] = (),
) -> Incoming:
    """What Telegram tells of a group that it names. Nobody said it."""
    return Incoming(
        channel="telegram",
        bot=here.bot,
        update_id=number,
        kind=kind,
        chat=_id(_dict(told.get("chat")).get("id")),
        sender="",
        private=False,
        text=text,
        members=members,
        at=_moment(told.get("date"), here.now),
    )


def _knock(knock: Json, number: str, here: Here) -> Incoming | None:
    """Somebody asks to be let into a group. For five minutes we may write to them first."""
    origin = _origin({"id": knock.get("user_chat_id")}, _dict(knock.get("from")), here)
    group = _id(_dict(knock.get("chat")).get("id"))
    if origin is None or not group:
        return None
    return Incoming(
        channel="telegram",
        bot=here.bot,
        update_id=number,
        kind=Kind.KNOCKS,
        chat=origin.chat,
        sender=origin.sender,
        text=group,
        at=_moment(knock.get("date"), here.now),
    )


# --- what a message holds ----------------------------------------------------------


def _title(message: Json) -> str:
    return _string(_dict(message.get("chat")).get("title"))


def _addressed_to_us(text: str, private: bool, username: str) -> str | None:
    """The text, a command in it without our name. None if another bot is meant."""
    if not text.startswith("/") or not (command := _COMMAND.match(text)):
        return text
    if not private and username and command[2].lower() != username.lower():
        return None
    return command[1] + text[command.end() :]


def _text(message: Json) -> str:
    if isinstance(message.get("text"), str):
        return _string(_with_addresses(message["text"], message.get("entities")))
    if isinstance(message.get("caption"), str):
        return _string(_with_addresses(message["caption"], message.get("caption_entities")))
    return ""


def _with_addresses(text: str, entities: object) -> str:
    """The text, with the address of each link behind its words."""
    links = sorted(_links(entities))
    if not links:
        return text
    encoded = text.encode("utf-16-le", "surrogatepass")  # entities count its units

    def piece(start: int, end: int | None = None) -> str:
        last = None if end is None else 2 * end
        return encoded[2 * start : last].decode("utf-16-le", "replace")

    shown, position = "", 0
    for offset, length, url in links:
        end = offset + length
        if offset < position or 2 * end > len(encoded):
            continue
        words = piece(offset, end)
        shown += piece(position, offset) + words
        if words.strip("/ ").lower() not in (url.strip("/ ").lower(), _bare(url)):
            shown += f" ({url})"
        position = end
    return shown + piece(position)


def _links(entities: object) -> Iterator[tuple[int, int, str]]:
    for entity in _list(entities):
        match entity:
            case {
                "type": "text_link",
                "offset": int(offset),
                "length": int(length),
                "url": str(url),
            } if offset >= 0 and length > 0 and url:
                yield offset, length, url


def _bare(url: str) -> str:
    return url.lower().removeprefix("https://").removeprefix("http://").strip("/ ")


def _files(message: Json) -> Iterator[IncomingFile]:
    """At most one: Telegram sends the parts of an album as messages of their own."""
    # An animation is also shown as a document.
    kinds = (
        ("animation", FileKind.VIDEO, "video/mp4"),
        ("document", FileKind.DOCUMENT, ""),
        ("voice", FileKind.VOICE, "audio/ogg"),
        ("audio", FileKind.AUDIO, "audio/mpeg"),
        ("video", FileKind.VIDEO, "video/mp4"),
        ("video_note", FileKind.VIDEO, "video/mp4"),
        ("sticker", FileKind.STICKER, "image/webp"),
    )
    if sizes := [size for size in _list(message.get("photo")) if isinstance(size, dict)]:
        largest = max(sizes, key=lambda size: _size(size.get("width")) * _size(size.get("height")))
        yield from _file(largest, FileKind.PHOTO, "image/jpeg")
        return
    for key, kind, mime in kinds:
        if shown := _dict(message.get(key)):
            yield from _file(shown, kind, _sticker_mime(shown) if key == "sticker" else mime)
            return


def _file(shown: Json, kind: FileKind, usual_mime: str) -> Iterator[IncomingFile]:
    if remote := _string(shown.get("file_id")):
        yield IncomingFile(
            kind=kind,
            name=_string(shown.get("file_name")),
            mime=_string(shown.get("mime_type")) or usual_mime,
            size=_size(shown.get("file_size")),
            remote=remote,
            emoji=_string(shown.get("emoji")) if kind is FileKind.STICKER else "",
        )


def _sticker_mime(sticker: Json) -> str:
    if sticker.get("is_animated") is True:
        return "application/x-tgsticker"
    return "video/webm" if sticker.get("is_video") is True else "image/webp"


def _place(message: Json) -> Place | None:
    venue = _dict(message.get("venue"))
    location = _dict(venue.get("location")) or _dict(message.get("location"))
    latitude = _degrees(location.get("latitude"), 90)
    longitude = _degrees(location.get("longitude"), 180)
    if latitude is None or longitude is None:
        return None
    names = (_string(venue.get("title")), _string(venue.get("address")))
    return Place(latitude=latitude, longitude=longitude, title=", ".join(filter(None, names)))


def _contact(message: Json) -> Contact | None:
    card = _dict(message.get("contact"))
    phone = _string(card.get("phone_number"))
    return Contact(name=_full_name(card), phone=phone) if phone else None


def _thread(message: Json) -> str:
    """The topic. Replies outside of topics have a thread, too, but it is none."""
    return _id(message.get("message_thread_id")) if message.get("is_topic_message") is True else ""


def _reply_to(message: Json) -> str:
    """What is quoted. In a topic whatever quotes nothing replies to the topic's root."""
    replied = _dict(message.get("reply_to_message"))
    number = _id(replied.get("message_id"))
    is_root = number == _thread(message) or "forum_topic_created" in replied
    return "" if is_root else number


# --- values that may be anything ---------------------------------------------------


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _string(value: object) -> str:
    """A text without what a store cannot hold: NUL, and halves of characters."""
    if not isinstance(value, str):
        return ""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _id(value: object) -> str:
    return str(value) if type(value) is int and 0 < abs(value) < 2**63 else ""


def _size(value: object) -> int:
    return value if type(value) is int and 0 <= value < 2**53 else 0


def _degrees(value: object, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= most else None


def _moment(value: object, now: datetime) -> datetime:
    """When it happened; now, if that cannot be."""
    if type(value) is not int or not _FIRST_MESSAGE < value < 2**40:
        return now
    moment = _EPOCH + timedelta(seconds=value)
    return now if moment > now + _CLOCKS_DIFFER else moment
