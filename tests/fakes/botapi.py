"""A small Telegram Bot API over real HTTP, for tests and benchmarks.

    async with FakeBotApi() as api:                     # in the test's event loop
        anna = api.user(1001, "Anna")
        anna.says("Was ist eine Kleinstadt?")
        answer = await api.wait_for(lambda: anna.received)

    with FakeBotApi.threaded() as api:                  # in a thread, for subprocesses
        start_the_bot(token=api.token, address=api.url)
        api.wait(lambda: anna.received)

    python -m tests.fakes.botapi --port 8081 --users 50    # in a process of its own

The world behind it (people, groups, messages) is in `world`, what Telegram
refuses in `rules`, rate limits included. This file has the methods of the Bot API (`Methods`), the
ways a call can go wrong (`Fault`), the delivery of updates by long
polling and webhook, and the server.
"""

import argparse
import asyncio
import json
import math
import random
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Self
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from . import rules
from .rules import Json, Refused
from .world import (
    Bot,
    Chat,
    Group,
    InviteLink,
    Message,
    StoredFile,
    Topic,
    Update,
    World,
)

DEFAULT_TOKEN = "123456:TEST-TOKEN"
MEGABYTE = 2**20
MAX_DOWNLOAD = 20 * MEGABYTE
MAX_UPLOAD = 50 * MEGABYTE
MOST_RESULTS = 50  # of one inline query
MAX_RESULT_ID = 64  # bytes
MOST_MEMBERS = 99_999  # of one invite link
DELETABLE_FOR = 48 * 3600
SECRET_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


# --- requests ----------------------------------------------------------------------


@dataclass
class Upload:
    name: str | None
    mime: str | None
    content: bytes


@dataclass
class Call:
    """One call of the bot. `outcome` is None while it is being answered."""

    method: str
    params: Json
    at: float  # monotonic
    token: str = DEFAULT_TOKEN
    files: dict[str, Upload] = field(default_factory=dict)
    result: Any = None
    outcome: str | None = None  # "ok", "400 Bad Request: …", "drop_before", …

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"


# Forms carry text only; these parameters mean something else.
_NUMBERS = frozenset(
    {
        "chat_id", "from_chat_id", "message_id", "message_thread_id", "user_id", "offset",
        "limit", "timeout", "icon_color", "max_connections", "expire_date", "member_limit",
    }
)  # fmt: skip
_FLAGS = frozenset(
    {
        "drop_pending_updates", "disable_notification", "protect_content", "show_alert",
        "is_big", "remove_caption", "creates_join_request",
    }
)  # fmt: skip
_OBJECTS = frozenset(
    {
        "reply_markup", "entities", "caption_entities", "reply_parameters", "media", "reaction",
        "allowed_updates", "commands", "scope", "menu_button", "link_preview_options",
        "message_ids", "results",
    }
)  # fmt: skip


def decoded(params: Json) -> Json:
    """The parameters in the types that the methods expect."""
    return {name: _decoded(name, value) for name, value in params.items()}


def _decoded(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in _NUMBERS:
        try:
            return int(value)
        except ValueError:
            return value  # "@council" is a chat, too, only none that we know
    if name in _FLAGS:
        return value.lower() in ("true", "1", "yes")
    if name in _OBJECTS:
        try:
            return json.loads(value)
        except ValueError:
            raise Refused.bad_request(f"can't parse {name} JSON object") from None
    return value


async def read_request(request: web.BaseRequest) -> tuple[Json, dict[str, Upload]]:
    """Parameters as they came (query, form, multipart or JSON), and uploaded files."""
    files: dict[str, Upload] = {}
    try:
        params: Json = dict(request.query) if request.query_string else {}
        kind = request.content_type
        if kind == "multipart/form-data":
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    content = value.file.read()
                    value.file.close()
                    files[name] = Upload(value.filename, value.content_type, content)
                else:
                    params[name] = value if isinstance(value, str) else bytes(value).decode()
        elif body := await request.read():
            if kind == "application/json":
                sent = json.loads(body)
                if not isinstance(sent, dict):
                    raise Refused.bad_request("object expected as JSON body")
                params |= sent
                return params, files
            params |= parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise Refused.bad_request("strings must be encoded in UTF-8") from None
    except ValueError:
        raise Refused.bad_request("can't parse the request") from None
    return params, files


# --- the methods -------------------------------------------------------------------


@dataclass
class Ask:
    """A call on its way to the method that serves it."""

    bot: Bot
    method: str
    params: Json
    files: dict[str, Upload]

    def get(self, name: str) -> Any:
        return self.params.get(name)


class Methods:
    """The methods of the Bot API, under Telegram's own names."""

    def __init__(self, world: World) -> None:
        self.world = world

    def perform(self, ask: Ask) -> Any:
        """What we don't model is kept in the bot's settings and answered by True."""
        if ask.method in SERVED:
            return getattr(self, ask.method)(ask)
        ask.bot.settings[ask.method] = ask.params
        return True

    # -- the bot itself

    def getMe(self, ask: Ask) -> Json:
        return ask.bot.card | {
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": ask.bot.inline,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def getMyCommands(self, ask: Ask) -> list[Json]:
        return list(ask.bot.settings.get("setMyCommands", {}).get("commands", []))

    def getMyName(self, ask: Ask) -> Json:
        return {"name": ask.bot.settings.get("setMyName", ask.bot.card).get("name", "")}

    def getMyDescription(self, ask: Ask) -> Json:
        kept = ask.bot.settings.get("setMyDescription", {})
        return {"description": kept.get("description", "")}

    def getMyShortDescription(self, ask: Ask) -> Json:
        kept = ask.bot.settings.get("setMyShortDescription", {})
        return {"short_description": kept.get("short_description", "")}

    # -- chats

    def getChat(self, ask: Ask) -> Json:
        chat = self._chat(ask)
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
        return chat.card() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), False),
        }

    def getChatMember(self, ask: Ask) -> Json:
        chat, user_id = self._chat(ask), ask.get("user_id")
        if not isinstance(chat, Group):
            raise Refused.bad_request("there are no members in a private chat")
        if user_id == ask.bot.id:
            return self._own_membership(chat, ask.bot)
        if member := chat.members.get(user_id):
            return member.json()
        if person := self.world.people.get(user_id):
            return {"status": "left", "user": person.card}
        raise Refused.bad_request("user not found")

    def getChatAdministrators(self, ask: Ask) -> list[Json]:
        chat = self._chat(ask)
        if not isinstance(chat, Group):
            raise Refused.bad_request("there are no administrators in the private chat")
        admins = [m for m in chat.members.values() if m.status in ("administrator", "creator")]
        return [member.json() for member in admins] + [self._own_membership(chat, ask.bot)]

    def _own_membership(self, group: Group, bot: Bot) -> Json:
        card = {"status": "administrator", "user": bot.card, "is_anonymous": False}
        return card | group.bot_rights()

    def createChatInviteLink(self, ask: Ask) -> Json:
        group = self._door(ask, "the chat can't have invite links")
        if not group.bot_may_invite:
            raise Refused.bad_request("not enough rights to manage chat invite link")
        limit, asks = ask.get("member_limit"), bool(ask.get("creates_join_request"))
        expires = ask.get("expire_date")
        if asks and limit:
            raise Refused.bad_request(
                "member limit can't be specified for links requiring administrator approval"
            )
        if limit is not None and not 1 <= limit <= MOST_MEMBERS:
            raise Refused.bad_request("USAGE_LIMIT_INVALID")
        if expires and expires <= self.world.now():
            raise Refused.bad_request("EXPIRE_DATE_INVALID")
        name = str(ask.get("name") or "")[:32] or None
        url = f"https://t.me/+{abs(group.chat_id):x}{next(self.world.serial):06d}"
        link = InviteLink(url, ask.bot.card, name, expires, limit, asks)
        group.links[url] = link
        return link.json()

    def revokeChatInviteLink(self, ask: Ask) -> Json:
        group = self._door(ask, "the chat can't have invite links")
        link = group.links.get(str(ask.get("invite_link")))
        if link is None:
            raise Refused.bad_request("INVITE_HASH_EXPIRED")
        link.revoked = True
        return link.json()

    def approveChatJoinRequest(self, ask: Ask) -> bool:
        group = self._knocking(ask)
        group.lets_in(self.world.people[ask.params["user_id"]])
        return True

    def declineChatJoinRequest(self, ask: Ask) -> bool:
        self._knocking(ask).knocking.discard(ask.params["user_id"])
        return True

    def _knocking(self, ask: Ask) -> Group:
        """The group at whose door somebody waits."""
        group, user_id = self._door(ask, "the chat can't have join requests"), ask.get("user_id")
        if not group.bot_may_invite:
            raise Refused.bad_request("not enough rights to manage chat join requests")
        if user_id not in self.world.people:
            raise Refused.bad_request("USER_ID_INVALID")
        if user_id in group.members:
            raise Refused.bad_request("USER_ALREADY_PARTICIPANT")
        if user_id not in group.knocking:
            raise Refused.bad_request("HIDE_REQUESTER_MISSING")
        return group

    def _door(self, ask: Ask, none: str) -> Group:
        group = self._chat(ask)
        if not isinstance(group, Group):
            raise Refused.bad_request(none)
        return group

    def sendChatAction(self, ask: Ask) -> bool:
        self._destination(ask)
        return True

    def pinChatMessage(self, ask: Ask) -> bool:
        chat = self._chat(ask)
        message = self._message(chat, ask, "message to pin not found")
        chat.pinned.append(message)
        chat.add(
            ask.bot.card,
            {"pinned_message": message.json(quoted=True)},
            topic=message.topic,
            from_bot=True,
            service=True,
        )
        return True

    def unpinChatMessage(self, ask: Ask) -> bool:
        chat = self._chat(ask)
        if ask.get("message_id") is None:
            del chat.pinned[-1:]
        else:
            chat.pinned.remove(self._message(chat, ask, "message to unpin not found"))
        return True

    # -- sending

    def sendMessage(self, ask: Ask) -> Json:
        destination = self._destination(ask)
        text, entities = rules.checked_text(ask.params)
        entities = entities or rules.found_entities(text)
        body: Json = {"text": text} | ({"entities": entities} if entities else {})
        return self._deliver(ask, destination, body).json()

    def sendPhoto(self, ask: Ask) -> Json:
        return self._send_file(ask, "photo")

    def sendDocument(self, ask: Ask) -> Json:
        return self._send_file(ask, "document")

    def sendVoice(self, ask: Ask) -> Json:
        return self._send_file(ask, "voice")

    def sendVideo(self, ask: Ask) -> Json:
        return self._send_file(ask, "video")

    def sendAudio(self, ask: Ask) -> Json:
        return self._send_file(ask, "audio")

    def sendSticker(self, ask: Ask) -> Json:
        return self._send_file(ask, "sticker")

    def sendLocation(self, ask: Ask) -> Json:
        destination = self._destination(ask)
        place = {key: float(ask.params[key]) for key in ("latitude", "longitude")}
        return self._deliver(ask, destination, {"location": place}).json()

    def sendContact(self, ask: Ask) -> Json:
        destination = self._destination(ask)
        card = {key: ask.params[key] for key in ("phone_number", "first_name")}
        return self._deliver(ask, destination, {"contact": card}).json()

    def sendMediaGroup(self, ask: Ask) -> list[Json]:
        destination = self._destination(ask)
        media = ask.get("media")
        if not isinstance(media, list) or not 2 <= len(media) <= 10:
            raise Refused.bad_request("media group must have 2-10 items")
        kinds = {str(item.get("type")) for item in media}
        for lonely in ("document", "audio"):
            if lonely in kinds and len(kinds) > 1:
                raise Refused.bad_request(f"{lonely} can't be mixed with other media types")
        # All are checked before the first is sent: an album arrives whole or not at all.
        prepared = [
            (self._media_body(item), item["type"], self._file(ask, item["type"], item["media"]))
            for item in media
        ]
        album = str(13_000_000_000 + next(self.world.serial))
        sent = []
        for body, kind, stored in prepared:
            body |= {kind: self.world.media(kind, stored), "media_group_id": album}
            sent.append(self._deliver(ask, destination, body, [stored]))
        return [message.json() for message in sent]

    def copyMessage(self, ask: Ask) -> Json:
        return {"message_id": self._copy(ask, ask.get("message_id")).message_id}

    def copyMessages(self, ask: Ask) -> list[Json]:
        """Messages that can't be found are left out; albums stay albums."""
        return [
            {"message_id": copy.message_id}
            for copy in self._many(ask, lambda number: self._copy(ask, number))
        ]

    def forwardMessage(self, ask: Ask) -> Json:
        return self._forward(ask, ask.get("message_id")).json()

    def forwardMessages(self, ask: Ask) -> list[Json]:
        return [
            {"message_id": copy.message_id}
            for copy in self._many(ask, lambda number: self._forward(ask, number))
        ]

    def _many(self, ask: Ask, one: Callable[[int], Message]) -> list[Message]:
        source = self.world.chat_for(ask.bot, ask.get("from_chat_id"))
        found = [number for number in ask.get("message_ids") or () if source.find(number)]
        if not found:
            raise Refused.bad_request("there are no messages to copy")
        return [one(number) for number in found]

    def _copy(self, ask: Ask, message_id: int) -> Message:
        destination = self._destination(ask)
        source = self._source(ask, message_id, "copy", "copied")
        body = {k: v for k, v in source.body.items() if k not in ("reply_markup", "quote")}
        body.pop("forward_origin", None)
        if ask.get("caption") is not None and "text" not in body:
            body.pop("caption_entities", None)
            body |= self._media_body(ask.params)
        if ask.get("remove_caption"):
            body.pop("caption", None)
        return self._deliver(ask, destination, body, source.files)

    def _forward(self, ask: Ask, message_id: int) -> Message:
        destination = self._destination(ask)
        source = self._source(ask, message_id, "forward", "forwarded")
        origin = {"type": "user", "sender_user": source.sender, "date": source.date}
        body = {k: v for k, v in source.body.items() if k not in ("reply_markup", "quote")}
        body.setdefault("forward_origin", origin)
        return self._deliver(ask, destination, body, source.files)

    def _source(self, ask: Ask, message_id: int, deed: str, done: str) -> Message:
        chat = self.world.chat_for(ask.bot, ask.get("from_chat_id"))
        message = chat.find(message_id)
        if message is None:
            raise Refused.bad_request(f"message to {deed} not found")
        if message.service:
            raise Refused.bad_request(f"the message can't be {done}")
        return message

    def _send_file(self, ask: Ask, kind: str) -> Json:
        destination = self._destination(ask)
        body = self._media_body(ask.params)
        stored = self._file(ask, kind, ask.get(kind))
        body[kind] = self.world.media(kind, stored)
        return self._deliver(ask, destination, body, [stored]).json()

    def _media_body(self, params: Json) -> Json:
        caption, entities = rules.checked_caption(params)
        body: Json = {"caption": caption} if caption else {}
        return body | ({"caption_entities": entities} if entities else {})

    def _file(self, ask: Ask, kind: str, value: Any) -> StoredFile:
        """A new upload, a file that is known already, or an address."""
        name = value.removeprefix("attach://") if isinstance(value, str) else kind
        if upload := ask.files.get(name):
            if not upload.content:
                raise Refused.bad_request("file must be non-empty")
            if len(upload.content) > MAX_UPLOAD:
                raise Refused(413, "Request Entity Too Large")
            return self.world.store(kind, upload.content, name=upload.name, mime=upload.mime)
        if value is None:
            raise Refused.bad_request(f"there is no {kind} in the request")
        if known := self.world.files.get(value):
            return known
        if value.startswith(("http://", "https://")):
            return self.world.store(kind, b"", name=value.rpartition("/")[2])
        raise Refused.bad_request("wrong file identifier/HTTP URL specified")

    def _chat(self, ask: Ask) -> Chat:
        return self.world.chat_for(ask.bot, ask.get("chat_id"))

    def _destination(self, ask: Ask) -> tuple[Chat, Topic | None, Message | None]:
        """Where a message goes: chat, topic, and the message it replies to."""
        chat = self._chat(ask)
        thread_id = ask.get("message_thread_id")
        topic = None
        if isinstance(chat, Group):
            topic = chat.topic_for_sending(thread_id)
        elif thread_id is not None:
            raise Refused.bad_request("message thread not found")
        wanted = ask.get("reply_parameters") or {}
        answered = chat.find(wanted.get("message_id"))
        if wanted and answered is None and not wanted.get("allow_sending_without_reply"):
            raise Refused.bad_request("message to be replied not found")
        if answered and (quote := wanted.get("quote")) and quote not in answered.text:
            raise Refused.bad_request("QUOTE_TEXT_INVALID")
        if answered and topic is None:
            topic = answered.topic
        return chat, topic, answered

    def _deliver(
        self,
        ask: Ask,
        destination: tuple[Chat, Topic | None, Message | None],
        body: Json,
        files: list[StoredFile] | None = None,
    ) -> Message:
        chat, topic, answered = destination
        markup = ask.get("reply_markup")
        rules.check_markup(markup)
        if markup and markup.get("inline_keyboard"):
            body["reply_markup"] = markup
        if answered and (quote := (ask.get("reply_parameters") or {}).get("quote")):
            body["quote"] = {"text": quote, "position": answered.text.index(quote)}
        message = chat.add(
            ask.bot.card, body, reply_to=answered, topic=topic, files=files or [], from_bot=True
        )
        if markup and "inline_keyboard" not in markup:
            message.keyboard = markup
        return message

    # -- changing what was sent

    def editMessageText(self, ask: Ask) -> Json:
        message = self._own_message(ask)
        if "text" not in message.body:
            raise Refused.bad_request("there is no text in the message to edit")
        text, entities = rules.checked_text(ask.params)
        entities = entities or rules.found_entities(text)
        return self._edit(ask, message, "text", text, "entities", entities)

    def editMessageCaption(self, ask: Ask) -> Json:
        message = self._own_message(ask)
        if not message.files:
            raise Refused.bad_request("there is no caption in the message to edit")
        text, entities = rules.checked_caption(ask.params)
        return self._edit(ask, message, "caption", text, "caption_entities", entities)

    def editMessageReplyMarkup(self, ask: Ask) -> Json:
        message = self._own_message(ask)
        key = "text" if "text" in message.body else "caption"
        marks = "entities" if key == "text" else "caption_entities"
        return self._edit(ask, message, key, message.text, marks, message.entities)

    def _edit(
        self, ask: Ask, message: Message, key: str, text: str, marks: str, entities: list[Json]
    ) -> Json:
        # An edit that names no buttons takes them away.
        markup = ask.get("reply_markup")
        rules.check_markup(markup)
        new: Json = {key: text} if text else {}
        new |= {marks: entities} if entities else {}
        new |= {"reply_markup": markup} if markup and markup.get("inline_keyboard") else {}
        changeable = (key, marks, "reply_markup")
        if new == {k: message.body[k] for k in changeable if k in message.body}:
            raise Refused.bad_request(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        if text != message.text:
            message.edits.append(message.text)
            message.edited_at = int(self.world.now())
        message.body = {k: v for k, v in message.body.items() if k not in changeable} | new
        return message.json()

    def deleteMessage(self, ask: Ask) -> bool:
        message = self._message(self._chat(ask), ask, "message to delete not found")
        if message.date < self.world.now() - DELETABLE_FOR:
            raise Refused.bad_request("message can't be deleted for everyone")
        message.deleted = True
        return True

    def deleteMessages(self, ask: Ask) -> bool:
        chat = self._chat(ask)
        for number in ask.get("message_ids") or ():
            if message := chat.find(number):
                message.deleted = True
        return True

    def setMessageReaction(self, ask: Ask) -> bool:
        message = self._message(self._chat(ask), ask, "message to react not found")
        emoji = [str(reaction.get("emoji")) for reaction in ask.get("reaction") or ()]
        if not rules.REACTIONS.issuperset(emoji):
            raise Refused.bad_request("REACTION_INVALID")
        message.reactions = emoji
        return True

    def answerCallbackQuery(self, ask: Ask) -> bool:
        press = self.world.presses.get(str(ask.get("callback_query_id")))
        if press is None:
            raise Refused.bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        press.answered, press.text = True, ask.get("text")
        press.alert = bool(ask.get("show_alert"))
        return True

    def answerInlineQuery(self, ask: Ask) -> bool:
        query = self.world.inline_queries.get(str(ask.get("inline_query_id")))
        if query is None or query.results is not None or self.world.now() > query.until:
            raise Refused.bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        results = ask.get("results")
        if not isinstance(results, list) or len(results) > MOST_RESULTS:
            raise Refused.bad_request("RESULTS_TOO_MUCH")
        keys = [str(result.get("id", "")) for result in results]
        if any(not 1 <= len(key.encode()) <= MAX_RESULT_ID for key in keys):
            raise Refused.bad_request("RESULT_ID_INVALID")
        if len(set(keys)) < len(keys):
            raise Refused.bad_request("RESULT_ID_DUPLICATE")
        for result in results:
            if result.get("type") != "article":
                raise Refused.bad_request("unsupported type of the result")  # by this fake
            if not str(result.get("title", "")).strip():
                raise Refused.bad_request("ARTICLE_TITLE_EMPTY")
            content = result.get("input_message_content") or {}
            rules.checked_text(content | {"text": content.get("message_text")})
        query.results, query.cache_time = results, int(ask.params.get("cache_time", 300))
        query.is_personal = bool(ask.get("is_personal"))
        return True

    def _message(self, chat: Chat, ask: Ask, missing: str) -> Message:
        message = chat.find(ask.get("message_id"))
        if message is None:
            raise Refused.bad_request(missing)
        return message

    def _own_message(self, ask: Ask) -> Message:
        message = self._message(self._chat(ask), ask, "message to edit not found")
        if message.sender["id"] != ask.bot.id or message.service:
            raise Refused.bad_request("message can't be edited")
        return message

    # -- topics

    def createForumTopic(self, ask: Ask) -> Json:
        group = self._forum(ask)
        name = str(ask.get("name") or "").strip()[:128]
        if not name:
            raise Refused.bad_request("title must be non-empty")
        colour = {"icon_color": ask.params["icon_color"]} if ask.get("icon_color") else {}
        topic = group.create_topic(name, **colour, by=ask.bot.card)
        return {
            "message_thread_id": topic.thread_id,
            "name": topic.name,
            "icon_color": topic.icon_color,
        }

    def editForumTopic(self, ask: Ask) -> bool:
        group, topic = self._topic(ask)
        name = str(ask.get("name") or "").strip()[:128]
        if name in ("", topic.name):
            raise Refused.bad_request("TOPIC_NOT_MODIFIED")
        topic.name = name
        group.tell(ask.bot.card, {"forum_topic_edited": {"name": name}}, topic)
        return True

    def closeForumTopic(self, ask: Ask) -> bool:
        return self._switch_topic(ask, closed=True)

    def reopenForumTopic(self, ask: Ask) -> bool:
        return self._switch_topic(ask, closed=False)

    def _switch_topic(self, ask: Ask, *, closed: bool) -> bool:
        group, topic = self._topic(ask)
        if topic.closed == closed:
            raise Refused.bad_request("TOPIC_NOT_MODIFIED")
        topic.closed = closed
        news = "forum_topic_closed" if closed else "forum_topic_reopened"
        group.tell(ask.bot.card, {news: {}}, topic)
        return True

    def deleteForumTopic(self, ask: Ask) -> bool:
        group, topic = self._topic(ask)
        group.delete_topic(topic)
        return True

    def _forum(self, ask: Ask) -> Group:
        group = self._chat(ask)
        if not isinstance(group, Group) or not group.forum:
            raise Refused.bad_request("the chat is not a forum")
        if not group.bot_may_manage_topics:
            raise Refused.bad_request("not enough rights to create a topic")
        return group

    def _topic(self, ask: Ask) -> tuple[Group, Topic]:
        group = self._forum(ask)
        topic = group.topics.get(ask.get("message_thread_id"))
        if topic is None or topic.deleted:
            raise Refused.bad_request("TOPIC_ID_INVALID")
        return group, topic

    # -- files

    def getFile(self, ask: Ask) -> Json:
        stored = self.world.files.get(ask.get("file_id"))
        if stored is None:
            raise Refused.bad_request("invalid file_id")
        if stored.size > MAX_DOWNLOAD:
            raise Refused.bad_request("file is too big")
        return {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_size": stored.size,
            "file_path": stored.path,
        }


SERVED = frozenset(name for name in vars(Methods) if not name.startswith("_")) - {"perform"}


# --- what can go wrong -------------------------------------------------------------

DESCRIPTIONS = {
    400: "Bad Request: injected fault",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running",
    500: "Internal Server Error",
    502: "Bad Gateway",
}
# Faults of the connection, not of the request; only the first happens before it is done.
CONNECTION_FAULTS = ("drop_before", "drop_after", "hang", "slow")


def known_kind(kind: int | str) -> str:
    kind = str(kind)
    if kind in CONNECTION_FAULTS or (kind.isdigit() and int(kind) in (429, *DESCRIPTIONS)):
        return kind
    raise ValueError(f"no such fault: {kind}")


@dataclass
class Fault:
    """Something that goes wrong with the next matching calls."""

    pattern: str
    kind: str
    times: int | None
    chat: int | None
    probability: float | None
    retry_after: int
    ms: float
    description: str | None
    hits: int = 0

    def concerns(self, method: str, params: Json) -> bool:
        return (
            (self.times is None or self.hits < self.times)
            and fnmatchcase(method, self.pattern)
            and (self.chat is None or params.get("chat_id") == self.chat)
        )

    def cancel(self) -> None:
        self.times = 0

    def refusal(self) -> Refused | None:
        """The answer, if this fault is an answer."""
        if not self.kind.isdigit():
            return None
        code = int(self.kind)
        if code == 429:
            return rules.too_many_requests(self.retry_after)
        return Refused(code, self.description or DESCRIPTIONS[code])


# --- updates on their way to the bot -----------------------------------------------


@dataclass
class Delivery:
    """One attempt to deliver an update to the webhook; status 0: no answer."""

    update_id: int | None
    status: int
    at: float


class Webhook:
    """Posts updates to the bot: in order per chat, each until it is accepted."""

    def __init__(self, server: "FakeBotApi", bot: Bot, params: Json) -> None:
        self.url = str(params["url"])
        self.params = params
        self.last_error: tuple[int, str] | None = None
        self._server, self._bot = server, bot
        self._headers = {"Content-Type": "application/json"}
        if secret := params.get("secret_token"):
            self._headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        self._slots = asyncio.Semaphore(params.get("max_connections") or 40)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._lanes: dict[object, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self) -> None:
        """Takes new updates out of the queue, each into the lane of its chat."""
        for update in list(self._server.waiting_updates(self._bot)):
            if not update.handed_out:
                update.handed_out = True
                lane = self._lanes.get(update.chat_key)
                if lane is None:
                    lane = self._lanes[update.chat_key] = deque()
                    task = asyncio.create_task(self._empty(update.chat_key, lane))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                lane.append(update)

    async def _empty(self, key: object, lane: deque[Update]) -> None:
        while lane:
            await self._deliver(lane[0])
            with self._server.lock:
                update = lane.popleft()
                if update in self._bot.updates:
                    self._bot.updates.remove(update)
                if not lane:
                    del self._lanes[key]
            self._server.changed()

    async def _deliver(self, update: Update) -> None:
        """Repeats at once, then after 50 ms, 100 ms, … up to a second (Telegram: a minute)."""
        delay = 0.0
        while update in self._server.waiting_updates(self._bot):
            status, retry_after = await self._post(update)
            self._server.deliveries.append(Delivery(update.update_id, status, time.monotonic()))
            self._server.changed()
            if 200 <= status < 300:
                return
            await asyncio.sleep(max(delay, retry_after))
            delay = min(max(0.05, delay * 2), 1.0)

    async def _post(self, update: Update) -> tuple[int, float]:
        try:
            async with (
                self._slots,
                self._session.post(
                    self.url, data=update.raw, headers=self._headers, allow_redirects=False
                ) as answer,
            ):
                if answer.status >= 300:
                    self._failed(f"Wrong response from the webhook: {answer.status}")
                return answer.status, float(answer.headers.get("Retry-After") or 0)
        except (aiohttp.ClientError, TimeoutError, OSError):
            self._failed("Connection refused")
            return 0, 0.0

    def _failed(self, why: str) -> None:
        self.last_error = (int(self._server.now()), why)

    def stop(self) -> Awaitable[None]:
        """Stops at once; what it returns is the tidying up."""
        for task in self._tasks:
            task.cancel()
        for update in self._bot.updates:
            update.handed_out = False
        return self._close()

    async def _close(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()


class Line:
    """How updates get to one bot: by long polling, unless a webhook is set."""

    def __init__(self, server: "FakeBotApi", bot: Bot) -> None:
        self.bot = bot
        self.webhook: Webhook | None = None
        self._server = server
        self._news = asyncio.Event()
        self._poll: object = None
        self._conflict = ""

    def wake(self) -> None:
        """Runs in the server's loop whenever the queue grew."""
        self._news.set()
        if self.webhook:
            with self._server.lock:
                self.webhook.look()

    async def poll(self, params: Json) -> list[bytes]:
        """getUpdates. A newer poll or a webhook ends an older poll with 409."""
        if self.webhook:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._interrupt(DESCRIPTIONS[409])
        me = self._poll = object()
        try:
            self._remember(params)
            limit = min(max(params.get("limit") or 100, 1), 100)
            loop = asyncio.get_running_loop()
            end = loop.time() + (params.get("timeout") or 0)
            while True:
                self._news.clear()
                with self._server.lock:
                    if updates := self._take(limit):
                        return [update.raw for update in updates]
                if self._server.closing.is_set() or loop.time() >= end:
                    return []
                try:
                    async with asyncio.timeout_at(end):
                        await self._news.wait()
                except TimeoutError:
                    return []
                if self._poll is not me:
                    raise Refused(409, self._conflict)
        finally:
            if self._poll is me:
                self._poll = None

    def _interrupt(self, why: str) -> None:
        if self._poll is not None:
            self._conflict = why
            self._poll = None
            self._news.set()
            # The waiting poll looks at this event only; the next one has its own.
            self._news = asyncio.Event()

    def _remember(self, params: Json) -> None:
        with self._server.lock:
            if "allowed_updates" in params:
                self.bot.allowed = frozenset(params["allowed_updates"] or ()) or None
            self._confirm(params.get("offset") or 0)

    def _confirm(self, offset: int) -> None:
        """Forgets what lies below the offset, and has been handed out.

        Updates that nobody has seen yet stay, even with a lower id: after a
        week of silence Telegram's ids start anywhere.
        """
        queue = self.bot.updates
        if offset < 0:
            while len(queue) > -offset:
                queue.popleft()
            return
        seen: list[Update] = []
        while queue and queue[0].handed_out:
            seen.append(queue.popleft())
        kept = [u for u in seen if u.update_id is not None and u.update_id >= offset]
        queue.extendleft(reversed(kept))

    def _take(self, limit: int) -> list[Update]:
        taken: list[Update] = []
        for update in self._server.waiting_updates(self.bot):
            if len(taken) == limit:
                break
            update.handed_out = True
            taken.append(update)
        return taken

    # -- webhook

    def set_webhook(self, params: Json) -> bool:
        secret, url = params.get("secret_token"), str(params.get("url") or "")
        if secret is not None and not (
            1 <= len(secret) <= 256 and SECRET_CHARACTERS.issuperset(secret)
        ):
            raise Refused.bad_request("secret token contains unallowed characters")
        if not url:
            return self.delete_webhook(params)
        # Telegram wants https; on the loopback there is none.
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise Refused.bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        self.delete_webhook(params)
        self._interrupt("Conflict: terminated by setWebhook request")
        if "allowed_updates" in params:
            self.bot.allowed = frozenset(params["allowed_updates"] or ()) or None
        for update in self.bot.updates:
            update.handed_out = False
        self.webhook = Webhook(self._server, self.bot, params)
        self.webhook.look()
        return True

    def delete_webhook(self, params: Json) -> bool:
        if self.webhook:
            self._server.spawn(self.webhook.stop())
            self.webhook = None
        if params.get("drop_pending_updates"):
            self.bot.updates.clear()
        return True

    def webhook_info(self) -> Json:
        hook = self.webhook
        info: Json = {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._server.waiting_updates(self.bot)),
        }
        if hook:
            info["max_connections"] = hook.params.get("max_connections") or 40
            info["ip_address"] = "127.0.0.1"
            if hook.last_error:
                info["last_error_date"], info["last_error_message"] = hook.last_error
        if self.bot.allowed:
            info["allowed_updates"] = sorted(self.bot.allowed)
        return info


# --- the server --------------------------------------------------------------------


class FakeBotApi(World):
    """Telegram, as far as a bot can tell.

    Tests act on the world ("api.user(1).says(…)"), order faults, and read
    `calls`, `violations`, `refused` and each person's `received`.
    """

    def __init__(
        self,
        *tokens: str,
        port: int = 0,
        validate: bool | None = None,
        log_calls: bool = True,
    ) -> None:
        super().__init__(tokens or (DEFAULT_TOKEN,))
        self.token = self.bot.token
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []  # attempts at webhooks
        self.violations: list[str] = []
        self.refused = 0  # calls answered by 429 because of `limits`
        self.counts: Counter[str] = Counter()  # calls by method
        self.outcomes: Counter[str] = Counter()
        # A message of the bot answers the oldest unanswered message in its private chat.
        self.answer_seconds: deque[float] = deque(maxlen=200_000)
        self.said = 0
        self.closing = asyncio.Event()
        self._port = port
        self._log_calls = log_calls
        self._methods = Methods(self)
        self._lines = {token: Line(self, bot) for token, bot in self.bots.items()}
        self._faults: list[Fault] = []
        self._random = random.Random(0)
        self._chaos: tuple[random.Random, dict[str, float], tuple[str, ...]] | None = None
        self._limits: rules.Limits | None = None
        self._median_ms, self._hang_share, self._there = 0.0, 0.0, 0.0
        self._unanswered: defaultdict[int, deque[float]] = defaultdict(deque)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        path = rules.spec_path() if validate is not False else None
        self._spec = rules.load_spec(path) if path else None
        if validate and not path:
            raise RuntimeError("no specification of the Bot API here; see rules.spec_path")

    # -- life

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        for token, bot in self.bots.items():
            bot.wake = self._waker(self._lines[token])
        # A hanging call ends when its client gives up.
        server = web.Server(
            self._serve, request_factory=self._make_request, handler_cancellation=True
        )
        self._runner = web.ServerRunner(server, access_log=None, shutdown_timeout=2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        self.closing.set()
        for line in self._lines.values():
            line.delete_webhook({})
            line.wake()
        await self._runner.cleanup()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for bot in self.bots.values():
            bot.wake = lambda: None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @classmethod
    @contextmanager
    def threaded(cls, *tokens: str, **options: Any) -> Iterator[Self]:
        """The same in a thread with a loop of its own. All methods may be called from outside."""
        api = cls(*tokens, **options)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="fake Bot API", daemon=True)
        thread.start()

        def run(coroutine: Any) -> None:
            asyncio.run_coroutine_threadsafe(coroutine, loop).result(10)

        try:
            run(api.start())
            try:
                yield api
            finally:
                run(api.close())
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    @property
    def url(self) -> str:
        """The address of the Bot API server, without /bot…"""
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """As python-telegram-bot wants it."""
        return self.url + "/bot"

    @property
    def base_file_url(self) -> str:
        return self.url + "/file/bot"

    def spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _waker(self, line: Line) -> Callable[[], None]:
        def wake() -> None:
            if threading.get_ident() == self._thread:
                line.wake()
            elif self._loop:
                self._loop.call_soon_threadsafe(line.wake)

        return wake

    def _make_request(
        self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any
    ) -> web.BaseRequest:
        # Telegram itself says what is too large, and says it in JSON.
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=0)

    # -- faults, limits, latency

    def fault(
        self,
        method: str,
        kind: int | str,
        *,
        times: int | None = 1,
        chat: int | None = None,
        probability: float | None = None,
        retry_after: int = 1,
        ms: float = 100,
        description: str | None = None,
    ) -> Fault:
        """Lets the next `times` calls go wrong (None: all, until `cancel`).

        `method` is a pattern such as "send*"; "file" means downloads. `kind`
        is a status (400 … 502), or one of
          drop_before  the connection closes, nothing was done
          drop_after   it was done, then the connection closes: the lost answer
          hang         it was done, and no answer comes until the client gives up
          slow         it was done, and the answer comes after `ms`
        """
        kind = known_kind(kind)
        with self.lock:
            fault = Fault(method, kind, times, chat, probability, retry_after, ms, description)
            self._faults.append(fault)
            return fault

    def chaos(
        self,
        seed: int,
        rates: Mapping[str, float] | Mapping[int, float],
        methods: tuple[str, ...] = ("send*", "edit*", "copy*", "forward*", "*ForumTopic"),
    ) -> None:
        """Random faults by kind and share of the calls; `chaos(0, {})` ends them."""
        with self.lock:
            shares = {known_kind(kind): share for kind, share in rates.items()}
            self._chaos = (random.Random(seed), shares, methods) if shares else None

    def limits(
        self,
        overall: float | None = 30,
        per_chat: float | None = 1.0,
        per_group: int | None = 20,
        *,
        burst: int = 3,
    ) -> None:
        """Telegram's rate limits: a second, a second and chat, a minute and group."""
        with self.lock:
            self._limits = rules.Limits(overall, per_chat, burst, per_group)

    def no_limits(self) -> None:
        self._limits = None

    def latency(
        self, median_ms: float, hang_share: float = 0.0, *, seed: int = 0, there: float = 0.0
    ) -> None:
        """Answers take about this long (log-normal), and some never come. Not getUpdates.

        `there` is the share of this time that the way to Telegram takes, before
        the call has any effect or counts for a limit.
        """
        with self.lock:
            self._median_ms, self._hang_share, self._there = median_ms, hang_share, there
            self._random = random.Random(seed)

    def _drawn_fault(self, method: str, params: Json) -> Fault | None:
        for fault in self._faults:
            if fault.concerns(method, params) and (
                fault.probability is None or self._random.random() < fault.probability
            ):
                fault.hits += 1
                return fault
        if self._chaos and any(fnmatchcase(method, pattern) for pattern in self._chaos[2]):
            dice, rates, _ = self._chaos
            draw = dice.random()
            for kind, share in rates.items():
                if draw < share:
                    return Fault(method, kind, 1, None, None, 1, 50, None, hits=1)
                draw -= share
        if method != "getUpdates" and self._random.random() < self._hang_share:
            return Fault(method, "hang", 1, None, None, 1, 0, None, hits=1)
        return None

    # -- the log

    def calls_to(self, pattern: str) -> list[Call]:
        with self.lock:
            return [call for call in self.calls if fnmatchcase(call.method, pattern)]

    def story(self) -> str:
        lately = [c for c in self.calls if c.method != "getUpdates"][-8:]
        shown = [f"{c.method}{c.params!s:.160} → {c.outcome}" for c in lately]
        return "Last calls: " + ("\n  ".join(["", *shown]) if shown else "none")

    def note_delivered(self, message: Message) -> None:
        super().note_delivered(message)
        if asked := self._unanswered.get(message.chat.chat_id):
            self.answer_seconds.append(time.monotonic() - asked.popleft())

    def note_said(self, message: Message) -> None:
        super().note_said(message)
        if not isinstance(message.chat, Group) and not message.service:
            self.said += 1
            self._unanswered[message.chat.chat_id].append(time.monotonic())

    # -- serving

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        _, first, *rest = request.path.split("/", 2)
        if first == "control" and rest:
            return await control(self, rest[0], request)
        if first == "file" and rest:
            token, _, path = rest[0].removeprefix("bot").partition("/")
            return await self._call(request, Call("file", {"path": path}, time.monotonic(), token))
        if first.startswith("bot") and rest:
            token = first.removeprefix("bot")
            return await self._call(request, Call(rest[0], {}, time.monotonic(), token))
        return _refusal(Refused(404, "Not Found"))

    async def _call(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        """Understand, let things go wrong, do it, and answer or not."""
        refused: Refused | None = None
        fault: Fault | None = None
        try:
            await self._understand(call, request)
        except Refused as problem:
            refused = problem
        seconds = 0.0
        if self._median_ms and call.method != "getUpdates":
            seconds = self._median_ms / 1000 * self._random.lognormvariate(0, 0.3)
        if self._there:
            await asyncio.sleep(seconds * self._there)
        with self.lock:
            self.counts[call.method] += 1
            if self._log_calls:
                self.calls.append(call)
            if refused is None:
                fault = self._drawn_fault(call.method, call.params)
            self.changed()
        if fault and fault.kind == "drop_before":
            return self._no_answer(request, call, fault.kind)
        try:
            refused = refused or (fault.refusal() if fault else None)
            if refused:
                raise refused
            response = await self._do(call)
            self._end(call, fault.kind if fault else "ok")
        except Refused as problem:
            response = _refusal(problem)
            self._end(call, f"{problem.code} {problem.description}")
        except asyncio.CancelledError:
            self._end(call, "client gave up")
            raise
        except Exception as error:
            # A slip of the fake or a request that Telegram would refuse in some
            # way we don't model; either way somebody must see it.
            self.violations.append(f"{call.method}: {error!r}")
            self._end(call, f"500 {error!r}")
            raise
        if fault and fault.kind == "drop_after":
            return self._no_answer(request, call, fault.kind)
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.ms / 1000)
        if fault and fault.kind == "hang":
            await self.closing.wait()
            return self._no_answer(request, call, fault.kind)
        if seconds:
            await asyncio.sleep(seconds * (1 - self._there))
        return response

    async def _understand(self, call: Call, request: web.BaseRequest) -> None:
        if call.token not in self.bots:
            raise Refused(401, "Unauthorized")
        if call.method == "file":
            return
        sent, call.files = await read_request(request)
        call.params = sent
        if self._spec:
            self.violations += self._spec.violations(call.method, sent, call.files)
            if not self._spec.knows(call.method):
                raise Refused(404, "Not Found")
        call.params = decoded(sent)

    async def _do(self, call: Call) -> web.Response:
        bot, line = self.bots[call.token], self._lines[call.token]
        if call.method == "getUpdates":
            return _json(b",".join(await line.poll(call.params)).join((b"[", b"]")))
        with self.lock:
            self._throttle(call)
            match call.method:
                case "file":
                    return self._download(call)
                case "setWebhook":
                    call.result = line.set_webhook(call.params)
                case "deleteWebhook":
                    call.result = line.delete_webhook(call.params)
                case "getWebhookInfo":
                    call.result = line.webhook_info()
                case _:
                    ask = Ask(bot, call.method, call.params, call.files)
                    call.result = self._methods.perform(ask)
        return _json(json.dumps(call.result).encode())

    def _throttle(self, call: Call) -> None:
        if self._limits and (wait := self._limits.wait(call.method, call.params, self.now())):
            self.refused += 1
            raise rules.too_many_requests(math.ceil(wait))

    def _download(self, call: Call) -> web.Response:
        for stored in self.files.values():
            if stored.path == call.params["path"]:
                return web.Response(body=stored.content, content_type="application/octet-stream")
        raise Refused(404, "Not Found")

    def _end(self, call: Call, outcome: str) -> None:
        with self.lock:
            call.outcome = outcome
            self.outcomes[outcome.partition(" ")[0]] += 1
            self.changed()

    def _no_answer(self, request: web.BaseRequest, call: Call, why: str) -> web.Response:
        if call.outcome is None:
            self._end(call, why)
        if request.transport:
            request.transport.close()
        return web.Response()  # nobody will read it


def _json(result: bytes) -> web.Response:
    body = b'{"ok":true,"result":' + result + b"}"
    return web.Response(body=body, content_type="application/json")


def _refusal(refused: Refused) -> web.Response:
    if refused.code == 502:
        # The gateway in front of Telegram speaks HTML.
        page = "<html><head><title>502 Bad Gateway</title></head></html>"
        return web.Response(status=502, text=page, content_type="text/html")
    body: Json = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return web.json_response(body, status=refused.code)


# --- a process of its own ----------------------------------------------------------


async def control(api: FakeBotApi, what: str, request: web.BaseRequest) -> web.Response:
    """The same controls over HTTP, for benchmarks. Times are seconds.

    POST say       {"users": [ids], "texts": ["…"], "rate": 100}   everybody says every text;
                   with "group" (and "thread") there, else each to the bot
    GET  counters
    GET  latencies     of answers in private chats, sorted; ?all=1 with each value
    GET  wait          ?answered=500&delivered=500&timeout=60, true once both are reached
    POST fault, limits, latency, chaos     arguments of the methods of these names
    POST reset         counters and latencies
    """
    body = json.loads(await request.read() or b"{}")
    match what:
        case "say":
            api.spawn(_say(api, body))
            return web.json_response({"saying": len(body["users"]) * len(body["texts"])})
        case "counters":
            return web.json_response(_counters(api))
        case "latencies":
            return web.json_response(_latencies(api, full="all" in request.query))
        case "wait":
            asked = {name: float(value) for name, value in request.query.items()}
            return web.json_response(await _reached(api, asked.pop("timeout", 60.0), asked))
        case "fault" | "limits" | "latency" | "chaos":
            getattr(api, what)(**body)
            return web.json_response(True)
        case "reset":
            api.answer_seconds.clear()
            api.counts.clear()
            api.outcomes.clear()
            api.said = api.delivered = api.refused = 0
            return web.json_response(True)
    return web.json_response({"error": f"no control {what}"}, status=404)


async def _say(api: FakeBotApi, body: Json) -> None:
    loop = asyncio.get_running_loop()
    start, rate, said = loop.time(), body.get("rate"), 0
    for text in body["texts"]:
        for user_id in body["users"]:
            if rate and (early := start + said / rate - loop.time()) > 0:
                await asyncio.sleep(early)
            if "group" in body:
                member = api.group(body["group"]).member(user_id)
                member.says(text, thread=body.get("thread"))
            else:
                api.user(user_id).says(text)
            said += 1


def _counters(api: FakeBotApi) -> Json:
    return {
        "said": api.said,
        "answered": len(api.answer_seconds),
        "delivered": api.delivered,
        "refused": api.refused,
        "waiting_updates": len(api.bot.updates),
        "violations": len(api.violations),
        "calls": dict(api.counts),
        "outcomes": dict(api.outcomes),
    }


def _latencies(api: FakeBotApi, *, full: bool) -> Json:
    values = sorted(api.answer_seconds)

    def share(of: float) -> float | None:
        return values[min(int(len(values) * of), len(values) - 1)] if values else None

    shown: Json = {"count": len(values), "p50": share(0.5), "p95": share(0.95)}
    shown |= {"p99": share(0.99), "max": share(1.0)}
    return shown | {"all": values} if full else shown


async def _reached(api: FakeBotApi, timeout: float, figures: dict[str, float]) -> bool:  # noqa: ASYNC109
    def reached() -> bool:
        now = _counters(api)
        return all(now[name] >= figure for name, figure in figures.items())

    try:
        return bool(await api.wait_for(reached, timeout))
    except TimeoutError:
        return False


async def _run(options: argparse.Namespace) -> None:
    api = FakeBotApi(options.token, port=options.port, validate=options.validate, log_calls=False)
    # Messages, texts and calls of a long load would fill the memory.
    api.remember = 20
    api.accept_any_chat = True
    for number in range(options.users):
        api.user(10_001 + number)
    if options.limits:
        api.limits()
    if options.latency:
        api.latency(options.latency)
    async with api:
        print(json.dumps({"url": api.url, "token": api.token}), flush=True)
        await asyncio.sleep(options.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake Telegram Bot API on the loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=DEFAULT_TOKEN)
    parser.add_argument("--users", type=int, default=50, help="people 10001, 10002, …")
    parser.add_argument("--seconds", type=float, default=300, help="how long it lives")
    parser.add_argument("--latency", type=float, default=0, metavar="MS")
    parser.add_argument("--limits", action="store_true", help="enforce Telegram's rate limits")
    parser.add_argument("--validate", action="store_true", help="check against the specification")
    try:
        asyncio.run(_run(parser.parse_args()))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
