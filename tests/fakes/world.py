"""The world on Telegram's side: people, groups, topics, messages, files, updates.

Nothing here knows HTTP. Tests act through `Person`, `Group` and `Member`
("anna.says(…)"); what happens becomes updates in the queue of each `Bot`.
Everything may be called from any thread: one lock guards the whole world.
"""

import asyncio
import itertools
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from .rules import Json, Refused, found_entities

UPDATES_LIVE = timedelta(hours=24).total_seconds()
# Kinds of update that a bot gets only if it asks for them by name.
ONLY_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
INLINE_LIVES = 10.0  # seconds
LOOK_AGAIN = 0.05  # seconds
TOPIC_COLOUR = 0x6FB9F0
ANONYMOUS_ADMIN = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
CHANNEL_POSTER = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
ALL_RIGHTS = dict.fromkeys(
    [
        "can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
        "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users",
        "can_post_stories", "can_edit_stories", "can_delete_stories", "can_pin_messages",
        "can_manage_topics",
    ],
    True,
)  # fmt: skip


class Button(NamedTuple):
    label: str
    data: str | None
    url: str | None
    row: int


@dataclass(eq=False)
class StoredFile:
    """A file on Telegram's servers. `size` may claim more than `content` holds."""

    file_id: str
    unique_id: str
    kind: str
    content: bytes
    name: str | None
    mime: str | None
    size: int
    path: str


@dataclass(eq=False)
class Message:
    """One message as it stands now; `edits` are the texts it had before."""

    chat: "Chat"
    message_id: int
    sender: Json
    date: int
    body: Json
    from_bot: bool = False
    service: bool = False
    reply_to: "Message | None" = None
    topic: "Topic | None" = None
    files: list[StoredFile] = field(default_factory=list)
    edits: list[str] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)
    keyboard: Json | None = None  # a reply keyboard, its removal, or a forced reply
    edited_at: int | None = None
    deleted: bool = False

    @property
    def text(self) -> str:
        return str(self.body.get("text", self.body.get("caption", "")))

    @property
    def entities(self) -> list[Json]:
        return list(self.body.get("entities") or self.body.get("caption_entities") or [])

    @property
    def thread_id(self) -> int | None:
        return self.topic.thread_id if self.topic else None

    @property
    def album(self) -> str | None:
        return self.body.get("media_group_id")

    @property
    def buttons(self) -> list[Button]:
        rows = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return [
            Button(button["text"], button.get("callback_data"), button.get("url"), number)
            for number, row in enumerate(rows)
            for button in row
        ]

    def json(self, *, quoted: bool = False) -> Json:
        """As the Bot API shows it. A quoted message doesn't show what it quotes itself."""
        shown = {
            "message_id": self.message_id,
            "from": self.sender,
            "chat": self.chat.card(),
            "date": self.date,
            **self.body,
        }
        if self.edited_at:
            shown["edit_date"] = self.edited_at
        if self.topic:
            shown |= {"message_thread_id": self.topic.thread_id, "is_topic_message": True}
        elif self.reply_to and self.chat.kind == "supergroup":
            # Replies outside of topics form a thread of their own, named by its first message.
            shown["message_thread_id"] = self._first_of_thread().message_id
        if quoted:
            return shown
        if self.reply_to:
            shown["reply_to_message"] = self.reply_to.json(quoted=True)
        elif self.topic and self.topic.root is not self:
            shown["reply_to_message"] = self.topic.root.json(quoted=True)
        return shown

    def _first_of_thread(self) -> "Message":
        message = self
        while message.reply_to:
            message = message.reply_to
        return message

    def __repr__(self) -> str:
        return f"<Message {self.message_id} in {self.chat.chat_id}: {self.text!r:.50}>"


@dataclass(eq=False)
class Topic:
    thread_id: int
    name: str
    group: "Group"
    icon_color: int = TOPIC_COLOUR
    closed: bool = False
    deleted: bool = False
    root: Message = field(init=False, repr=False)

    @property
    def messages(self) -> list[Message]:
        """What was written in it, by whomever; service messages left out."""
        return [m for m in self.group.messages if m.topic is self and not m.service]


@dataclass(eq=False)
class Update:
    """One entry of a bot's queue, already in the bytes that will go out."""

    update_id: int | None  # None: no id that a poller could confirm
    raw: bytes
    date: float
    chat_key: object
    handed_out: bool = False


class Bot:
    """An account of a bot: its token, its queue of updates, its settings."""

    def __init__(self, token: str, name: str, username: str) -> None:
        self.token = token
        self.id = int(token.partition(":")[0])
        self.card: Json = {
            "id": self.id,
            "is_bot": True,
            "first_name": name,
            "username": username,
        }
        self.updates: deque[Update] = deque()
        self.history: deque[Update] = deque(maxlen=1000)  # to deliver one again
        self.next_update_id = 100_000_001
        self.allowed: frozenset[str] | None = None
        self.inline = True  # what BotFather was told
        self.settings: dict[str, Json] = {}  # last parameters of each setMy…/setChat… call
        self.wake: Callable[[], None] = lambda: None  # the server listens here

    def wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in ONLY_ON_REQUEST


class Chat:
    """What private chats and groups have in common: an ordered list of messages."""

    chat_id: int
    kind: str

    def __init__(self, world: "World") -> None:
        self.world = world
        self._by_id: dict[int, Message] = {}
        self._ids = itertools.count(1)
        self.pinned: list[Message] = []

    def card(self) -> Json:
        raise NotImplementedError

    @property
    def bots(self) -> Iterable[Bot]:
        raise NotImplementedError

    @property
    def messages(self) -> list[Message]:
        with self.world.lock:
            return list(self._by_id.values())

    def find(self, message_id: int | None) -> Message | None:
        message = self._by_id.get(message_id or 0)
        return None if message is None or message.deleted else message

    def add(
        self,
        sender: Json,
        body: Json,
        *,
        reply_to: Message | None = None,
        topic: Topic | None = None,
        files: Iterable[StoredFile] = (),
        from_bot: bool = False,
        service: bool = False,
    ) -> Message:
        """A new message. Bots hear of people's words and of service messages only."""
        message = Message(
            self,
            next(self._ids),
            sender,
            int(self.world.now()),
            body,
            from_bot=from_bot,
            service=service,
            reply_to=reply_to,
            topic=topic,
            files=list(files),
        )
        self._by_id[message.message_id] = message
        if self.world.remember and len(self._by_id) > self.world.remember:
            del self._by_id[next(iter(self._by_id))]
        if from_bot and not service:
            self.world.note_delivered(message)
        else:
            self.world.note_said(message)
            self.announce("message", message.json())
        self.world.changed()
        return message

    def announce(self, kind: str, body: Json) -> None:
        for bot in self.bots:
            self.world.put(bot, kind, body, self.chat_id)


class PrivateChat(Chat):
    kind = "private"

    def __init__(self, world: "World", person: "Person", bot: Bot) -> None:
        super().__init__(world)
        self.person = person
        self.bot = bot
        self.blocked = False
        self.chat_id = person.id

    @property
    def bots(self) -> Iterable[Bot]:
        return (self.bot,)

    def card(self) -> Json:
        card = {key: value for key, value in self.person.card.items() if key != "is_bot"}
        card.pop("language_code", None)
        return card | {"type": "private"}

    def membership(self, status: str) -> Json:
        return {"status": status, "user": self.bot.card} | (
            {"until_date": 0} if status == "kicked" else {}
        )

    def changes(self, old: str, new: str) -> None:
        change = {
            "chat": self.card(),
            "from": self.person.card,
            "date": int(self.world.now()),
            "old_chat_member": self.membership(old),
            "new_chat_member": self.membership(new),
        }
        self.announce("my_chat_member", change)
        self.world.changed()


@dataclass(eq=False)
class InviteLink:
    """An address that lets people into a group. `used` by so many so far."""

    url: str
    creator: Json
    name: str | None = None
    expires: float | None = None
    limit: int | None = None
    asks: bool = False  # whoever follows it only knocks
    revoked: bool = False
    used: int = 0

    def json(self) -> Json:
        shown: Json = {
            "invite_link": self.url,
            "creator": self.creator,
            "creates_join_request": self.asks,
            "is_primary": False,
            "is_revoked": self.revoked,
        }
        more = {"name": self.name, "expire_date": self.expires, "member_limit": self.limit}
        return shown | {key: value for key, value in more.items() if value is not None}


@dataclass(eq=False)
class Press:
    """A pressed button; `answered` once the bot stopped the little clock on it."""

    query_id: str
    answered: bool = False
    text: str | None = None
    alert: bool = False


@dataclass(eq=False)
class InlineQuery:
    """What somebody typed behind the bot's name; `results` once it was answered."""

    query_id: str
    until: float  # Telegram does not wait longer
    results: list[Json] | None = None
    cache_time: int = 0
    is_personal: bool = False


class Speaker:
    """Somebody in one chat: what people can do there, with Telegram's consequences."""

    def __init__(self, world: "World", card: Json) -> None:
        self.world = world
        self.card = card

    @property
    def chat(self) -> Chat:
        raise NotImplementedError

    @property
    def id(self) -> int:
        return int(self.card["id"])

    @property
    def received(self) -> list[Message]:
        """What the bot sent to this chat, in order; deleted messages are marked, not gone."""
        return [m for m in self.chat.messages if m.from_bot and not m.service]

    # -- speaking

    def says(self, text: str, **how: Any) -> Message:
        """Writes a text. `how`: reply_to, quote, thread, forwarded_from, entities, or raw fields.

        `thread` is a Topic or its id, `reply_to` a Message or its id, and
        `forwarded_from` a Person, or the name of somebody who hides the account.
        """
        body: Json = {"text": text}
        entities = how.pop("entities", None) or found_entities(text)
        if entities:
            body["entities"] = entities
        return self._send(body, **how)

    def sends_photo(
        self, content: bytes, caption: str = "", album: str | None = None, **how: Any
    ) -> Message:
        return self._sends("photo", content, caption=caption, album=album, **how)

    def sends_document(
        self,
        content: bytes,
        name: str | None = "datei.pdf",
        mime: str | None = "application/pdf",
        caption: str = "",
        **how: Any,
    ) -> Message:
        return self._sends("document", content, name=name, mime=mime, caption=caption, **how)

    def sends_voice(self, content: bytes, **how: Any) -> Message:
        return self._sends("voice", content, mime="audio/ogg", **how)

    def sends_audio(self, content: bytes, name: str = "ton.mp3", **how: Any) -> Message:
        return self._sends("audio", content, name=name, mime="audio/mpeg", **how)

    def sends_video(self, content: bytes, caption: str = "", **how: Any) -> Message:
        return self._sends("video", content, mime="video/mp4", caption=caption, **how)

    def sends_sticker(self, emoji: str = "👋", **how: Any) -> Message:
        with self.world.lock:
            stored = self.world.store("sticker", b"sticker")
            shown = self.world.media("sticker", stored) | {"emoji": emoji}
            return self._send({"sticker": shown}, files=[stored], **how)

    def sends_location(
        self, latitude: float = 51.0, longitude: float = 13.0, **how: Any
    ) -> Message:
        return self._send({"location": {"latitude": latitude, "longitude": longitude}}, **how)

    def sends_contact(self, phone: str, name: str, **how: Any) -> Message:
        return self._send({"contact": {"phone_number": phone, "first_name": name}}, **how)

    def _sends(
        self,
        kind: str,
        content: bytes,
        *,
        name: str | None = None,
        mime: str | None = None,
        caption: str = "",
        album: str | None = None,
        size: int | None = None,
        **how: Any,
    ) -> Message:
        with self.world.lock:
            stored = self.world.store(kind, content, name=name, mime=mime, size=size)
            body: Json = {kind: self.world.media(kind, stored)}
            if caption:
                body["caption"] = caption
            if album:
                body["media_group_id"] = album
            return self._send(body, files=[stored], **how)

    def _send(
        self,
        body: Json,
        *,
        reply_to: Message | int | None = None,
        quote: str | None = None,
        thread: "Topic | int | None" = None,
        forwarded_from: "Person | str | None" = None,
        files: Iterable[StoredFile] = (),
        **raw: Any,
    ) -> Message:
        with self.world.lock:
            self._may_speak()
            answered = self._message(reply_to) if reply_to is not None else None
            topic = self._topic(thread) if thread is not None else None
            if answered and not topic:
                topic = answered.topic
            if quote is not None and answered:
                body["quote"] = {
                    "text": quote,
                    "position": answered.text.index(quote),
                    "is_manual": True,
                }
            if forwarded_from is not None:
                body["forward_origin"] = self._origin(forwarded_from)
            return self.chat.add(
                self.card, {**body, **raw}, reply_to=answered, topic=topic, files=files
            )

    def _may_speak(self) -> None:
        """Raises if Telegram would not let this person write here."""

    def _origin(self, who: "Person | str") -> Json:
        date = int(self.world.now())
        if isinstance(who, str):
            return {"type": "hidden_user", "sender_user_name": who, "date": date}
        return {"type": "user", "sender_user": who.card, "date": date}

    def _message(self, message: Message | int) -> Message:
        found = message if isinstance(message, Message) else self.chat.find(message)
        if found is None:
            raise LookupError(f"no message {message} in chat {self.chat.chat_id}")
        return found

    def _topic(self, thread: "Topic | int") -> "Topic":
        if isinstance(thread, Topic):
            return thread
        if not isinstance(self.chat, Group):
            raise LookupError("only groups have topics")
        return self.chat.topics[thread]

    # -- other deeds

    def edits(self, message: Message | int, text: str) -> Message:
        with self.world.lock:
            edited = self._message(message)
            edited.edits.append(edited.text)
            key = "text" if "text" in edited.body else "caption"
            edited.body[key] = text
            marks = "entities" if key == "text" else "caption_entities"
            edited.body.pop(marks, None)
            if entities := found_entities(text):
                edited.body[marks] = entities
            edited.edited_at = int(self.world.now())
            self.chat.announce("edited_message", edited.json())
            self.world.changed()
            return edited

    def deletes(self, message: Message | int) -> None:
        """Bots are not told."""
        with self.world.lock:
            self._message(message).deleted = True
            self.world.changed()

    def reacts(self, message: Message | int, *emoji: str) -> None:
        with self.world.lock:
            target = self._message(message)
            change = {
                "chat": self.chat.card(),
                "message_id": target.message_id,
                "user": self.card,
                "date": int(self.world.now()),
                "old_reaction": [{"type": "emoji", "emoji": e} for e in target.reactions],
                "new_reaction": [{"type": "emoji", "emoji": e} for e in emoji],
            }
            target.reactions = list(emoji)
            self.chat.announce("message_reaction", change)
            self.world.changed()

    def presses(
        self, button: str, message: Message | int | None = None, *, forged: bool = False
    ) -> Press:
        """Presses a button by its label or its data, on the newest message that has it.

        `forged` sends data that is on no button: an old one, or somebody's invention.
        """
        with self.world.lock:
            candidates = (
                [self._message(message)]
                if message is not None
                else [m for m in reversed(self.chat.messages) if m.from_bot and not m.deleted]
            )
            for pressed in candidates:
                for shown in pressed.buttons:
                    if button in (shown.label, shown.data) and shown.data is not None:
                        return self._press(pressed, shown.data)
            if forged and candidates:
                return self._press(candidates[0], button)
            there = [shown.label for shown in candidates[0].buttons] if candidates else []
            raise LookupError(f"no button {button!r}; the last message has {there}")

    def _press(self, message: Message, data: str) -> Press:
        press = Press(str(next(self.world.serial) + 4_000_000_000))
        self.world.presses[press.query_id] = press
        query = {
            "id": press.query_id,
            "from": self.card,
            "message": message.json(),
            "chat_instance": str(self.chat.chat_id),
            "data": data,
        }
        for bot in self.chat.bots:
            # Only the bot whose message it is hears of it.
            if message.sender["id"] == bot.id:
                self.world.put(bot, "callback_query", query, self.id)
        self.world.changed()
        return press


class Person(Speaker):
    """Somebody with an account. What it says goes to its chat with the (first) bot."""

    def __init__(self, world: "World", card: Json) -> None:
        super().__init__(world, card)
        self._chats: dict[int, PrivateChat] = {}
        self.account_deleted = False

    def __repr__(self) -> str:
        return f"<Person {self.id} {self.card['first_name']}>"

    @property
    def chat(self) -> PrivateChat:
        return self.chat_with(self.world.bot)

    def chat_with(self, bot: Bot) -> PrivateChat:
        with self.world.lock:
            if bot.id not in self._chats:
                self._chats[bot.id] = PrivateChat(self.world, self, bot)
            return self._chats[bot.id]

    def at(self, bot: Bot) -> Speaker:
        """The same person in the chat with another bot."""
        return _AtBot(self, bot)

    def _may_speak(self) -> None:
        if self.chat.blocked:
            raise RuntimeError(f"{self} has blocked the bot and must unblock it before writing")

    def blocks_bot(self) -> None:
        with self.world.lock:
            self.chat.blocked = True
            self.chat.changes("member", "kicked")

    def unblocks_bot(self) -> None:
        with self.world.lock:
            self.chat.blocked = False
            self.chat.changes("kicked", "member")

    def deletes_account(self) -> None:
        self.account_deleted = True

    def types_after_name(self, words: str, *, offset: str = "") -> InlineQuery:
        """Types `@bot words` in a chat with somebody else."""
        with self.world.lock:
            bot = self.world.bot
            if not bot.inline:
                raise RuntimeError("inline mode is switched off")
            until = self.world.now() + INLINE_LIVES
            query = InlineQuery(str(next(self.world.serial) + 5_000_000_000), until)
            self.world.inline_queries[query.query_id] = query
            asked = {"id": query.query_id, "from": self.card, "query": words, "offset": offset}
            self.world.put(bot, "inline_query", asked | {"chat_type": "group"}, self.id)
            self.world.changed()
            return query

    # -- into groups

    def follows(self, url: str) -> "Group | None":
        """Opens an invitation: the group they are in then, or None if they only knock.

        Raises `Refused` in the words of Telegram's servers, which their app shows as
        "Dieser Einladungslink ist abgelaufen".
        """
        with self.world.lock:
            group, link = self.world.invitation(url)
            late = link.expires is not None and self.world.now() >= link.expires
            full = link.limit is not None and link.used >= link.limit
            if link.revoked or late or full:
                raise Refused(400, "INVITE_HASH_EXPIRED")
            if self.id in group.members:
                raise Refused(400, "USER_ALREADY_PARTICIPANT")
            if link.asks:
                self.knocks_at(group, link)
                return None
            link.used += 1
            group.lets_in(self)
            return group

    def knocks_at(self, group: "Group", link: InviteLink | None = None) -> None:
        """Asks to be let in, by a link or at the door of a public group."""
        with self.world.lock:
            group.knocking.add(self.id)
            knock = {
                "chat": group.card(),
                "from": self.card,
                "user_chat_id": self.id,
                "date": int(self.world.now()),
            }
            if link:
                knock["invite_link"] = link.json()
            for bot in group.bots:
                # Only those who may decide about it hear of it.
                if not group.bot_removed and group.bot_may_invite:
                    self.world.put(bot, "chat_join_request", knock, self.id)
            self.world.changed()


class _AtBot(Speaker):
    def __init__(self, person: Person, bot: Bot) -> None:
        super().__init__(person.world, person.card)
        self._chat = person.chat_with(bot)

    @property
    def chat(self) -> PrivateChat:
        return self._chat


class Member(Speaker):
    """Somebody in a group. `status` is what getChatMember tells."""

    def __init__(
        self, group: "Group", card: Json, status: str = "member", sender_chat: Json | None = None
    ) -> None:
        super().__init__(group.world, card)
        self.group = group
        self.status = status
        self._sender_chat = sender_chat

    @property
    def chat(self) -> "Group":
        return self.group

    def _send(self, body: Json, **how: Any) -> Message:
        if self._sender_chat:
            body = {**body, "sender_chat": self._sender_chat}
        return super()._send(body, **how)

    def json(self) -> Json:
        shown: Json = {"status": self.status, "user": self.card}
        match self.status:
            case "administrator":
                shown |= ALL_RIGHTS | {"is_anonymous": False}
            case "creator":
                shown["is_anonymous"] = False
            case "kicked":
                shown["until_date"] = 0
        return shown


class Group(Chat):
    """A group, mostly a supergroup with topics; ids above -10^12 are basic groups."""

    def __init__(
        self, world: "World", chat_id: int, title: str, *, forum: bool, bots: list[Bot]
    ) -> None:
        super().__init__(world)
        self._ids = itertools.count(2)  # message 1 is its creation, and thread 1 is General
        self.chat_id = chat_id
        self.title = title
        self.forum = forum
        self.members: dict[int, Member] = {}
        self.topics: dict[int, Topic] = {}
        self.bot_removed = False
        self.bot_may_manage_topics = True
        self.bot_may_invite = True
        self.links: dict[str, InviteLink] = {}
        self.knocking: set[int] = set()  # accounts that ask to be let in
        self._bots = bots

    def __repr__(self) -> str:
        return f"<Group {self.chat_id} {self.title}>"

    @property
    def bots(self) -> Iterable[Bot]:
        return self._bots

    @property
    def kind(self) -> str:  # type: ignore[override]
        return "supergroup" if self.chat_id < -1_000_000_000_000 else "group"

    def card(self) -> Json:
        card = {"id": self.chat_id, "title": self.title, "type": self.kind}
        return card | {"is_forum": True} if self.forum else card

    # -- people in it

    def member(
        self,
        who: Person | int,
        name: str | None = None,
        username: str | None = None,
        *,
        status: str = "member",
    ) -> Member:
        """Lets somebody into the group (silently) and returns them as one who speaks here."""
        with self.world.lock:
            person = who if isinstance(who, Person) else self.world.user(who, name, username)
            member = self.members.get(person.id)
            if member is None:
                member = self.members[person.id] = Member(self, person.card, status)
            return member

    def anonymous_admin(self) -> Member:
        """An admin who writes as the group; nobody can tell which one."""
        return Member(self, ANONYMOUS_ADMIN, "administrator", sender_chat=self.card())

    def linked_channel(self, chat_id: int, title: str) -> Member:
        """The channel whose posts Telegram copies into this group."""
        return Member(
            self, CHANNEL_POSTER, sender_chat={"id": chat_id, "title": title, "type": "channel"}
        )

    def lets_in(self, *people: Person) -> None:
        """They come in, all at once; Telegram says so in the name of the first."""
        with self.world.lock:
            for person in people:
                self.knocking.discard(person.id)
                self.member(person)
            cards = [person.card for person in people]
            self.tell(cards[0], {"new_chat_members": cards})

    def renames(self, title: str, by: Json | None = None) -> None:
        """Somebody gives it another title."""
        with self.world.lock:
            self.title = title
            self.tell(by or ANONYMOUS_ADMIN, {"new_chat_title": title})

    # -- topics

    def create_topic(
        self, name: str, icon_color: int = TOPIC_COLOUR, by: Json | None = None
    ) -> Topic:
        """The topic's id is the id of the service message that opens it."""
        with self.world.lock:
            topic = Topic(-1, name, self, icon_color)
            body = {"forum_topic_created": {"name": name, "icon_color": icon_color}}
            creator = by or next((m.card for m in self.members.values()), ANONYMOUS_ADMIN)
            topic.root = self._prepared(creator, body, topic)
            topic.thread_id = topic.root.message_id
            self.topics[topic.thread_id] = topic
            self.announce("message", topic.root.json())
            self.world.changed()
            return topic

    def _prepared(self, sender: Json, body: Json, topic: Topic) -> Message:
        """The root of a topic is told of only after the topic has its id."""
        root = Message(self, next(self._ids), sender, int(self.world.now()), body)
        root.topic, root.service = topic, True
        root.from_bot = bool(sender.get("is_bot"))
        self._by_id[root.message_id] = root
        return root

    def tell(self, sender: Json, body: Json, topic: Topic | None = None) -> Message:
        """A service message, such as a renamed topic or a pin."""
        return self.add(
            sender, body, topic=topic, service=True, from_bot=bool(sender.get("is_bot"))
        )

    def delete_topic(self, thread: Topic | int) -> None:
        """Somebody deletes a topic with all that is in it. Bots are not told."""
        with self.world.lock:
            topic = thread if isinstance(thread, Topic) else self.topics[thread]
            topic.deleted = True
            for message in self._by_id.values():
                if message.topic is topic:
                    message.deleted = True
            self.world.changed()

    def topic_for_sending(self, thread_id: int | None) -> Topic | None:
        if thread_id is None:
            return None
        topic = self.topics.get(thread_id)
        # General looks like thread 1, but nobody can send to it by that number.
        if topic is None or topic.deleted:
            raise Refused.bad_request("message thread not found")
        return topic

    @property
    def general(self) -> list[Message]:
        """What was written outside of all topics."""
        return [m for m in self.messages if m.topic is None and not m.service]

    # -- the group itself changes

    def migrate(self, new_id: int) -> None:
        """Becomes a supergroup under a new id; message ids start anew there."""
        with self.world.lock:
            old_id, admin = self.chat_id, ANONYMOUS_ADMIN
            self.add(admin, {"migrate_to_chat_id": new_id}, service=True)
            self.world.moved[old_id] = new_id
            self.world.groups[new_id] = self.world.groups.pop(old_id)
            self.chat_id = new_id
            # The old messages stay behind; whoever looks here still finds them by order.
            self._by_id = {-number: m for number, m in self._by_id.items()}
            self._ids = itertools.count(2)
            self.add(admin, {"migrate_from_chat_id": old_id}, service=True)

    def remove_bot(self) -> None:
        self._bot_changes("administrator", "kicked", removed=True)

    def add_bot(self) -> None:
        self._bot_changes("kicked", "administrator", removed=False)

    def let_bot_invite(self, may: bool) -> None:
        """An admin gives or takes the right to invite people."""
        with self.world.lock:
            self.bot_may_invite = may
            self._bot_changes("administrator", "administrator", removed=self.bot_removed)

    def bot_rights(self) -> Json:
        """What `getChatMember` tells of the bot as an administrator."""
        return ALL_RIGHTS | {
            "can_manage_topics": self.bot_may_manage_topics,
            "can_invite_users": self.bot_may_invite,
        }

    def _bot_changes(self, old: str, new: str, *, removed: bool) -> None:
        with self.world.lock:
            self.bot_removed = removed
            by = next((m.card for m in self.members.values()), ANONYMOUS_ADMIN)
            for bot in self.bots:
                now = Member(self, bot.card, new).json()
                change = {
                    "chat": self.card(),
                    "from": by,
                    "date": int(self.world.now()),
                    "old_chat_member": Member(self, bot.card, old).json(),
                    "new_chat_member": now | (self.bot_rights() if new == "administrator" else {}),
                }
                self.world.put(bot, "my_chat_member", change, self.chat_id)
            self.world.changed()


class World:
    """Everybody and everything that exists on Telegram's side."""

    def __init__(self, tokens: Iterable[str]) -> None:
        # Also the thing that waits: any change wakes whoever waits for a condition.
        self.lock = threading.Condition()
        self.bots = {
            token: Bot(token, "Hotline", f"hotline_{number}_bot")
            for number, token in enumerate(tokens, 1)
        }
        self.bot = next(iter(self.bots.values()))
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.moved: dict[int, int] = {}  # old id of a group → its id as a supergroup
        self.files: dict[str, StoredFile] = {}
        self.presses: dict[str, Press] = {}
        self.inline_queries: dict[str, InlineQuery] = {}
        self.accept_any_chat = False
        self.remember: int | None = None  # messages kept per chat; None: all
        self.delivered = 0
        self.delivered_texts: Counter[tuple[int, str]] = Counter()
        self.serial = itertools.count(1)
        self._shift = 0.0
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    # -- people and groups

    def user(self, user_id: int, name: str | None = None, username: str | None = None) -> Person:
        """The person with this id, made when first named. May be written to right away."""
        with self.lock:
            if user_id not in self.people:
                card: Json = {
                    "id": user_id,
                    "is_bot": False,
                    "first_name": name or f"Person {user_id}",
                    "language_code": "de",
                }
                if username:
                    card["username"] = username
                self.people[user_id] = Person(self, card)
            return self.people[user_id]

    def group(
        self, chat_id: int, title: str = "", *, forum: bool = True, bots: Iterable[Bot] = ()
    ) -> Group:
        """The group with this id, made when first named; the bot is an admin in it."""
        with self.lock:
            if chat_id not in self.groups:
                self.groups[chat_id] = Group(
                    self, chat_id, title, forum=forum, bots=list(bots) or [self.bot]
                )
            return self.groups[chat_id]

    def chat_for(self, bot: Bot, chat_id: Any) -> Chat:
        """Where a bot may do something; refuses as Telegram does where it may not."""
        if not isinstance(chat_id, int):
            raise Refused.bad_request("chat not found")
        if chat_id in self.moved:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.moved[chat_id],
            )
        if group := self.groups.get(chat_id):
            if group.bot_removed or bot not in group.bots:
                raise Refused(403, f"Forbidden: bot was kicked from the {group.kind} chat")
            return group
        person = self.people.get(chat_id)
        if person is None:
            if not self.accept_any_chat:
                raise Refused.bad_request("chat not found")
            return self.group(chat_id) if chat_id < 0 else self.user(chat_id).chat_with(bot)
        if person.account_deleted:
            raise Refused(403, "Forbidden: user is deactivated")
        chat = person.chat_with(bot)
        if chat.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat

    def invitation(self, url: str) -> tuple[Group, InviteLink]:
        """The group that an address leads into; refuses one that never was, as Telegram does."""
        for group in self.groups.values():
            if link := group.links.get(url):
                return group, link
        raise Refused(400, "INVITE_HASH_INVALID")

    # -- updates

    @property
    def next_update_id(self) -> int:
        return self.bot.next_update_id

    @next_update_id.setter
    def next_update_id(self, value: int) -> None:
        self.bot.next_update_id = value

    def put(self, bot: Bot, kind: str, body: Json, chat_key: object) -> None:
        if not bot.wants(kind):
            return
        with self.lock:
            update_id = bot.next_update_id
            bot.next_update_id += 1
            raw = json.dumps({"update_id": update_id, kind: body}).encode()
            update = Update(update_id, raw, self.now(), chat_key)
            bot.updates.append(update)
            bot.history.append(update)
            bot.wake()

    def redeliver(self, update_id: int, bot: Bot | None = None) -> None:
        """Delivers an update again, as Telegram does after a lost confirmation."""
        receiver = bot or self.bot
        with self.lock:
            [old] = [update for update in receiver.history if update.update_id == update_id]
            receiver.updates.append(Update(update_id, old.raw, self.now(), old.chat_key))
            receiver.wake()

    def inject(self, update: Any, bot: Bot | None = None) -> None:
        """Puts anything into the stream of updates: a JSON value, or bytes as they are.

        What has no id that Telegram could have given is handed out once, since
        no offset can confirm it.
        """
        receiver = bot or self.bot
        raw = update if isinstance(update, bytes) else json.dumps(update).encode()
        update_id = update.get("update_id") if isinstance(update, dict) else None
        usual = type(update_id) is int and 0 < update_id < 2**31
        with self.lock:
            receiver.updates.append(
                Update(update_id if usual else None, raw, self.now(), _chat_in(update))
            )
            receiver.wake()
            self.changed()

    def waiting_updates(self, bot: Bot) -> deque[Update]:
        """The queue, without what got too old to be delivered."""
        too_old = self.now() - UPDATES_LIVE
        while bot.updates and bot.updates[0].date < too_old:
            bot.updates.popleft()
        return bot.updates

    # -- files

    def store(
        self,
        kind: str,
        content: bytes,
        *,
        name: str | None = None,
        mime: str | None = None,
        size: int | None = None,
    ) -> StoredFile:
        with self.lock:
            number = next(self.serial)
            ending = {"photo": "jpg", "voice": "oga", "video": "mp4", "sticker": "webp"}.get(kind)
            if ending is None:
                ending = (name or "").rpartition(".")[2][:8] or "bin"
                ending = ending if ending.isalnum() else "bin"
            stored = StoredFile(
                file_id=f"{kind}-{number:06d}-{len(content):x}",
                unique_id=f"u{number:06d}",
                kind=kind,
                content=content,
                name=name,
                mime=mime,
                size=len(content) if size is None else size,
                path=f"{kind}s/file_{number}.{ending}",
            )
            self.files[stored.file_id] = stored
            return stored

    def media(self, kind: str, stored: StoredFile) -> Any:
        """The file as it appears in a message, below the key `kind`."""
        shown: Json = {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_size": stored.size,
        }
        match kind:
            case "photo":
                self.files["small-" + stored.file_id] = stored
                small = {"file_id": "small-" + stored.file_id, "width": 90, "height": 67}
                return [shown | small, shown | {"width": 1280, "height": 960}]
            case "sticker":
                flags = {"is_animated": False, "is_video": False, "emoji": "👋"}
                return shown | flags | {"type": "regular", "width": 512, "height": 512}
            case "voice" | "audio":
                shown["duration"] = 3
            case "video" | "animation":
                shown |= {"duration": 3, "width": 640, "height": 480}
        if stored.mime:
            shown["mime_type"] = stored.mime
        if stored.name and kind != "voice":
            shown["file_name"] = stored.name
        return shown

    # -- time

    def now(self) -> float:
        return time.time() + self._shift

    def advance(self, seconds: float) -> None:
        """Lets time pass on Telegram's side: updates grow old, rate limits recover."""
        with self.lock:
            self._shift += seconds
            self.changed()

    # -- what was delivered, and waiting for it

    def note_delivered(self, message: Message) -> None:
        self.delivered += 1
        self.delivered_texts[message.chat.chat_id, message.text] += 1

    def note_said(self, message: Message) -> None:
        """Somebody wrote to the bot, or a service message appeared."""

    def copies(self, text: str, chat: int | None = None, *, part: bool = False) -> int:
        """How often the bot's message with this text (or containing it) arrived in a chat."""
        with self.lock:
            if chat is not None and not part:
                return self.delivered_texts[chat, text]
            return sum(
                count
                for (where, what), count in self.delivered_texts.items()
                if chat in (None, where) and (text in what if part else text == what)
            )

    def changed(self) -> None:
        """Something happened: whoever waits looks again."""
        with self.lock:
            self.lock.notify_all()
            waiting, self._waiting = self._waiting, []
            for loop, waiter in waiting:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_wake, waiter)

    async def wait_for(
        self,
        condition: Callable[[], Any],
        timeout: float = 10.0,  # noqa: ASYNC109 (so that the error can tell what happened last)
    ) -> Any:
        """Waits until `condition()` is true and returns its value. From any event loop.

        Looks whenever something happened here, and now and then all the same: of what the
        hotline keeps for itself (a file, its own memory) nobody tells us.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                while True:
                    with self.lock:
                        if value := condition():
                            return value
                        waiter = loop.create_future()
                        self._waiting.append((loop, waiter))
                    await asyncio.wait([waiter], timeout=LOOK_AGAIN)
        except TimeoutError:
            raise TimeoutError(f"not within {timeout} s. {self.story()}") from None

    def wait(self, condition: Callable[[], Any], timeout: float = 10.0) -> Any:
        """The same for threads without an event loop. Blocks: never call it inside a loop."""
        until = time.monotonic() + timeout
        with self.lock:
            while not (value := condition()):
                if time.monotonic() > until:
                    raise TimeoutError(f"not within {timeout} s. {self.story()}")
                self.lock.wait(LOOK_AGAIN)
            return value

    def story(self) -> str:
        """What happened last, for the message of a failed wait."""
        return ""


def _chat_in(update: Any) -> object:
    """The chat of a raw update, by whose number a webhook keeps the order."""
    for part in update.values() if isinstance(update, dict) else ():
        if isinstance(part, dict) and isinstance(part.get("chat"), dict):
            return part["chat"].get("id")
    return "injected"


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
