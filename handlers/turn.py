"""What a handler receives, and how it speaks.

A turn is one message handled in one transaction. It carries everything that a
handler may depend on (the time, chance, what we know), so that tests move the
time by hand and nothing is read from the environment.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from handlers.conversation import Conversation
from handlers.hours import Calendar
from handlers.message import Address, Button, Incoming, Outgoing
from handlers.text import Text
from knowledge import german
from knowledge.decide import Decision
from knowledge.search import Heard, Knowledge
from storage.database import Tx
from storage.people import Person
from storage.rights import Erased


@dataclass(frozen=True, slots=True)
class House:
    """What the operator decided; the same for every turn."""

    name: str
    calendar: Calendar
    public_url: str
    retention_days: int
    contact: str = ""  # another way to reach people, for the privacy notice
    controller: str = ""  # the body responsible for the data
    imprint_url: str = ""
    show_web_text: bool = False  # may words from the web chat be shown in a messenger?
    learn_alone: bool = False  # may whoever proposes an entry approve it, too?
    telegram: str = ""  # what our bot is called there; empty where there is none, or not yet


@dataclass
class Turn:
    """One message being handled. `person` is None at the desk and for the clock."""

    tx: Tx
    incoming: Incoming
    now: datetime
    house: House
    knowledge: Knowledge
    token: Callable[[], str]  # a new random id, 128 bits, safe in URLs and file names
    person: Person | None = None
    conversation: Conversation = field(default_factory=Conversation)
    said: list[tuple[Outgoing, datetime | None]] = field(default_factory=list)
    # Channels for which this turn put something into the outbox by other means than `send`.
    addressed: set[str] = field(default_factory=set)
    erased: Erased | None = None  # whom this turn forgot, and what goes with them
    desk_chosen: bool = False  # this turn made another chat the coordinators' group
    knowledge_changed: bool = False  # this turn changed an event, or taught us something

    @cached_property
    def text(self) -> str:
        return self.incoming.text.strip()

    @cached_property
    def heard(self) -> Heard:
        """The message, read once for everything that depends on it."""
        return self.knowledge.hear(self.text)

    @property
    def meaning(self) -> str | None:
        """What the whole message means when it is not a question."""
        return self.heard.kind if self.text else None

    @cached_property
    def decision(self) -> Decision:
        """What our knowledge makes of the message."""
        return self.knowledge.decide(self.heard, self.topic)

    @property
    def topic(self) -> str:
        """The id of what was shown last, which "und was kostet das?" is about."""
        shown = self.conversation.topic(self.now)
        return shown[-1][1] if shown else ""

    @property
    def plain(self) -> bool:
        """Whether the person chose Einfache Sprache."""
        return self.person is not None and self.person.plain

    @property
    def here(self) -> Address:
        """The chat in which this turn takes place."""
        return Address(
            channel=self.incoming.channel, bot=self.incoming.bot, chat=self.incoming.chat
        )

    @property
    def command(self) -> tuple[str, str]:
        """A command without its slash, as we call it, and what follows it.

        Messengers allow no umlauts in commands; people type them all the same.
        """
        name, _, rest = self.text.removeprefix("/").partition(" ")
        return name.lower().translate(german.AS_TYPED), rest.strip()

    def words(self, name: str, /, **fields: str | int | Text) -> Text:
        """A sentence from the content, with its places filled.

        Somebody who chose Einfache Sprache gets the simple variant where there is one.
        """
        return self.words_for(self.plain, name, **fields)

    def words_for(self, plain: bool, name: str, /, **fields: str | int | Text) -> Text:
        """The same for somebody else, who chose Einfache Sprache or did not."""
        say = self.knowledge.library.texts.say
        simple = f"{name}_einfach"
        return Text.written(say[simple if plain and simple in say else name], **fields)

    def label(self, name: str) -> str:
        """A sentence from the content that is used as a button or as plain words."""
        return str(self.words(name))

    def say(self, name: str, /, *buttons: Button, **fields: str | int | Text) -> None:
        """Answer in this chat with a sentence from the content."""
        self.reply(self.words(name, **fields), *buttons)

    def reply(self, text: "str | Text", *buttons: Button, quote: bool = False) -> None:
        """Answer in this chat, if wanted as a reply to the message itself."""
        self.send(
            Outgoing(
                to=self.here,
                text=Text.of(text),
                buttons=buttons,
                quotes_message=self.incoming.message if quote else "",
            )
        )

    def send(self, outgoing: Outgoing, after: timedelta | None = None) -> None:
        """Say something anywhere, now or after a while; it is kept with this turn."""
        self.said.append((outgoing, self.now + after if after else None))
