"""The words all channels share: what comes in, and what goes out.

A channel translates its network into `Incoming` and `Outgoing` into its
network. Both are kept as JSON in the store, so their fields may grow but must
not change their meaning.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from handlers.text import Text

ACTION_BYTES = 64  # what Telegram gives a button


def _clean(value: object) -> object:
    """Take out what a store or a screen cannot hold: NUL, and halves of characters.

    A lone surrogate is valid JSON but no text; SQLite refuses it, and
    its `length()` stops at NUL.
    """
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return value


Clean = Annotated[str, BeforeValidator(_clean)]


class Message(BaseModel):
    # Else pydantic keeps the latest 16,000 short strings that it read: what people wrote.
    model_config = ConfigDict(frozen=True, extra="forbid", cache_strings="keys")


class Kind(StrEnum):
    """What happened on the other side."""

    MESSAGE = "message"
    EDIT = "edit"  # `message` was changed to `text`
    BUTTON = "button"  # `action` was pressed
    REACTION = "reaction"  # `text` is the emoji put on `message`, empty = taken away
    BLOCKED = "blocked"  # the person does not want to hear from us any more
    UNBLOCKED = "unblocked"
    MIGRATED = "migrated"  # the chat is now called `text`
    KNOCKS = "knocks"  # somebody asks to be let into the group `text`
    ARRIVED = "arrived"  # `members` came into the group
    RENAMED = "renamed"  # the group calls itself `text` now
    RIGHTS = "rights"  # what we may not do in the group any more: `text`, empty for nothing
    CLOCK = "clock"  # something is due: `action` says what


class FileKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    STICKER = "sticker"


class IncomingFile(Message):
    """A file that somebody sent.

    Either the channel already holds it (`stored` is the id of a file in the
    store's folder) or it can be fetched later by `remote`, the network's own
    name for it.
    """

    kind: FileKind
    name: Clean = ""
    mime: Clean = ""
    size: int = 0
    remote: str = ""
    stored: str = ""
    emoji: Clean = ""  # of a sticker


class Place(Message):
    latitude: float
    longitude: float
    title: Clean = ""


class Contact(Message):
    name: Clean = ""
    phone: Clean = ""


class Incoming(Message):
    """One thing that somebody did, in one chat, on one channel.

    `update_id` is unique per (channel, bot) and makes a repeated delivery
    harmless. `sender` and `chat` are the network's own ids: compare them,
    never show them. `desk` is true when a coordinator wrote it *at the desk*;
    whether that person may do so is checked in the turn, not here.
    """

    channel: str
    bot: str
    update_id: str
    kind: Kind = Kind.MESSAGE
    chat: str
    chat_title: Clean = ""  # what a group calls itself
    thread: str = ""  # the network's id of a topic inside the chat
    sender: str
    sender_name: Clean = ""
    private: bool = True
    desk: bool = False
    secondhand: bool = False  # forwarded, or written in the name of a group: nobody says it
    message: str = ""  # the network's id of this message
    text: Clean = ""
    files: tuple[IncomingFile, ...] = ()
    place: Place | None = None
    contact: Contact | None = None
    reply_to: str = ""  # the network's id of the quoted message
    replies_to_us: bool = False  # what is quoted was said by us
    album: str = ""
    action: str = ""
    form: dict[str, Clean] = {}  # what was filled in on a page beside `text`, by name
    members: tuple[str, ...] = ()  # the network's ids of accounts
    at: datetime

    @property
    def queue(self) -> str:
        """What must be handled in order: all that happens in one chat."""
        return f"{self.channel}:{self.bot}:{self.chat}"


class Button(Message):
    """A choice. `action` is what comes back; `url` opens a page instead."""

    label: str
    action: str = ""
    url: str = ""

    def model_post_init(self, context: object) -> None:
        if len(self.action.encode()) > ACTION_BYTES:
            raise ValueError(f"action longer than {ACTION_BYTES} bytes: {self.action}")


class InlineFile(Message):
    """A small text file that we make ourselves, such as a calendar entry.

    It travels inside the message and is kept with it, so it should stay below 20 kB or so.
    """

    name: Clean
    mime: Clean
    text: Clean = Field(min_length=1)


class Address(Message):
    """Where something goes. `thread` is our own name for a thread in that chat.

    The channel opens the thread when it does not exist yet (a forum topic on
    Telegram), titled `title`; a chat without threads gets replies instead.
    """

    channel: str
    bot: str
    chat: str
    thread: str = ""
    title: str = ""


class Lane(StrEnum):
    """Conversations are delivered before announcements."""

    CONVERSATION = "conversation"
    ANNOUNCEMENT = "announcement"


class Outgoing(Message):
    """One thing to be said or done in a chat.

    - `say`: a new message with text, files, buttons.
    - `edit`: the copies of `copy_of` in this chat get this text.
    - `delete`: the copies of `copy_of` in this chat disappear.
    - `react`: `text` is put as a reaction on the copies of `copy_of`.
    - `close`, `open`: the thread is shown as done, or as open again.
    - `invite`: make an invitation into this chat, good for one entry and `until` then.
    - `approve`, `decline`: let the accounts `targets` in that knock at this chat, or don't.

    What came of the last three is told by a message of the clock, `tells` followed by a
    colon and the outcome: `done` (with an invitation as its text), `rights` (we may not),
    `gone` (the chat is lost to us), `missing` (nobody knocks), `network` (nobody answered
    for a day) or `refused`.

    `copy_of` is the id of the request message that this is a copy of (so that
    edits and quotations find each other later), `quotes` the id of the request
    message it answers, `quotes_message` the network's id of a message in the
    same chat that it answers. `about` is what a reply to it is about, where that is not
    simply its thread.
    """

    do: Literal[
        "say", "edit", "delete", "react", "close", "open", "invite", "approve", "decline"
    ] = "say"
    to: Address
    text: Text = Text()
    buttons: tuple[Button, ...] = ()
    files: tuple[str, ...] = ()  # ids of our files
    inline: tuple[InlineFile, ...] = ()  # come after `files`; with `say` alone
    copy_of: int | None = None
    targets: tuple[str, ...] = ()  # network ids to edit or delete where no copy is on record
    tells: str = ""
    until: datetime | None = None
    quotes: int | None = None
    quotes_message: str = ""
    about: str = ""
    lane: Lane = Lane.CONVERSATION
    gather: str = Field(default="", description="Rows with the same key may become one album.")
    silent: bool = False
