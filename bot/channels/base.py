"""What every channel is, and what can happen when it sends.

A channel translates, in both directions, and decides nothing. It hands what
came in to `Receive` and may confirm it to its network only when that returns.
Sending raises one of the errors below, each of which exists because the
courier reacts differently to it:

    DeliveryError
    ├── TryLater      nothing was delivered; the network has trouble
    ├── SlowDown      the network asked us to wait (429)
    ├── Uncertain     the request went out and no answer came back
    ├── Unreachable   the person blocked us, or the chat is gone
    ├── Refused       the network will never take this message
    │   ├── NotAllowed    we lack the right to do this there
    │   └── Missing       what it is about is not there (any more)
    ├── Moved         the chat has another id now
    ├── ThreadLost    the thread was deleted
    └── NoThreads     this chat has no threads
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from handlers.message import FileKind, Incoming, Outgoing
from storage.database import Tx


class DeliveryError(Exception):
    """A message was not delivered, or perhaps not."""


class TryLater(DeliveryError):
    """Nothing was delivered; trying again is safe."""


class SlowDown(DeliveryError):
    """Too many requests: nothing was delivered, and nothing may be sent for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:.0f} s")
        self.seconds = seconds


class Uncertain(DeliveryError):
    """It may or may not have been delivered; another try may be a second copy."""


class Unreachable(DeliveryError):
    """The person does not want to hear from us; writing again would be rude, not just vain."""


class Refused(DeliveryError):
    """The message as it is will never be accepted. The text is the network's reason."""


class NotAllowed(Refused):
    """Somebody in that chat has to give us the right to do this."""


class Missing(Refused):
    """Nobody knocks there any more: taken back, or decided by somebody else."""


class Moved(DeliveryError):
    """The chat is called differently now."""

    def __init__(self, chat: str) -> None:
        super().__init__("the chat has moved")
        self.chat = chat


class ThreadLost(DeliveryError):
    """The thread does not exist any more."""


class NoThreads(DeliveryError):
    """This chat has no threads; replies must do."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file to send: by the network's own name if it came from there, else from `path`."""

    kind: FileKind
    name: str
    mime: str
    remote: str = ""
    path: Path | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One `Outgoing` with everything looked up that a channel needs to send it.

    `files` are those of people; what we made ourselves is in `outgoing.inline`.
    `id` is the same whenever this message is tried: a network that can use it
    to recognise a repetition never shows it twice. `plain` asks for the
    simplest form (no marks, no buttons that could be at fault), because the
    network refused the usual one.
    """

    id: int
    outgoing: Outgoing
    topic: str = ""  # the network's id of the thread, where there are threads
    quote: str = ""  # the network's id of the message to answer
    targets: tuple[str, ...] = ()  # ids of the messages to edit, delete or react to
    files: tuple[Attached, ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a network lets us speak. None = as fast as we like."""

    overall: float | None = None  # calls a second
    per_chat: float | None = None  # calls a second in one private chat
    burst: int = 1  # calls in a row that one private chat may get at once
    per_group: int | None = None  # calls a minute in one group


UNLIMITED = Limits()


class Receive(Protocol):
    """How a channel hands over what came in."""

    async def __call__(self, messages: Sequence[Incoming]) -> None:
        """Keep the messages. Returns when they are on the disk; raises if they are not."""

    async def within(self, tx: Tx, messages: Sequence[Incoming]) -> int:
        """Keep them inside a unit of the channel's own; the number of new ones."""


class Channel(Protocol):
    """A way to reach people. Knows its network, never our dialogue."""

    name: str
    bot: str  # whose update ids these are; '' where a channel has one identity only
    limits: Limits

    def is_group(self, chat: str) -> bool:
        """Whether the chat's limit is that of a group."""

    async def listen(self, receive: Receive) -> None:
        """Hand over what comes in until cancelled. Survives an unreachable network."""

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        """Send it; the network's ids of what was sent, or the invitation that was made.
        Raises a `DeliveryError`.

        Must return or raise within ten seconds or so.
        """

    async def open_thread(self, chat: str, title: str) -> str:
        """Open a thread; the network's id of it. Raises `NoThreads` or a `DeliveryError`."""

    async def fetch(self, remote: str, into: BinaryIO, limit: int) -> None:
        """Write a file that the network holds, at most `limit` bytes.

        Raises `Refused` when it cannot be had, `TryLater` when it may be had later.
        """

    async def close(self) -> None:
        """Give back connections. Called once, when nothing is sent any more."""

    def health(self) -> str:
        """'ok', or a German sentence that says what is wrong and what to do."""


@runtime_checkable
class ShowsWriting(Protocol):
    """A channel on which one can see that somebody is writing."""

    async def writing(self, chat: str, topic: str) -> None:
        """Show it for a few seconds, in a topic if one is named. Raises a `DeliveryError`."""
