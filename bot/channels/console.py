"""The terminal as a channel: what `hotline chat` talks through.

Buttons become numbered choices. One person, one chat; the whole road behind it
is the same as for any other channel.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import BinaryIO, TextIO

from bot.channels.base import UNLIMITED, Delivery, NoThreads, Receive, Refused
from bot.clock import Clock, token
from handlers.message import Button, Incoming, Kind

CHAT = "terminal"
END, QUIT = "/ende", ("/exit", "/quit")
FAREWELL = (
    "Auf Wiedersehen! Ihre Anfragen bleiben bestehen. „hotline chat“ öffnet dieses Gespräch wieder."
)
PATIENCE = 5.0  # seconds to wait for an answer before asking for the next line


class ConsoleChannel:
    """Reads lines, prints answers. `listen` returns at the end of the input."""

    name = "console"
    bot = ""
    limits = UNLIMITED

    def __init__(
        self,
        clock: Clock,
        lines: TextIO | None = None,
        screen: TextIO | None = None,
        *,
        inside: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """`inside` is asked whether `/ende` ends something in the conversation itself."""
        self._clock = clock
        self._inside = inside
        self._lines = lines or sys.stdin
        self._screen = screen or sys.stdout
        self._choices: tuple[Button, ...] = ()
        self._said = asyncio.Event()
        self._sent = 0

    def is_group(self, chat: str) -> bool:
        return False

    async def listen(self, receive: Receive) -> None:
        """Hand over line by line; an answer is awaited before the next one is read."""
        interactive = self._screen.isatty()
        while True:
            if interactive:
                self._print("\n> ", end="")
            line = await asyncio.to_thread(self._lines.readline)
            if not line:
                return
            if not (words := line.strip()):
                continue
            if words in QUIT or (words == END and not await self._ends_something()):
                self._print("\n" + FAREWELL)
                return
            self._said.clear()
            await receive([self._incoming(words)])
            await self._answered()

    async def _ends_something(self) -> bool:
        return self._inside is not None and await self._inside()

    def _incoming(self, text: str) -> Incoming:
        choice = self._choice(text)
        return Incoming(
            channel=self.name,
            bot=self.bot,
            update_id=token(),
            kind=Kind.BUTTON if choice else Kind.MESSAGE,
            chat=CHAT,
            sender=CHAT,
            message=token(),
            text="" if choice else text,
            action=choice.action if choice else "",
            at=self._clock.now(),
        )

    def _choice(self, text: str) -> Button | None:
        """The button that a number stands for, if it stands for one."""
        if text.isdecimal() and 1 <= int(text) <= len(self._choices):
            return self._choices[int(text) - 1]
        return None

    async def _answered(self) -> None:
        """Wait for the first answer, and then until no more follow."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._said.wait()
                seen = -1
                while seen != self._sent:
                    seen = self._sent
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pass

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        outgoing = delivery.outgoing
        if outgoing.do not in ("say", "edit"):
            return ()
        lines = [str(outgoing.text)] if outgoing.text else []
        lines += [f"[Datei: {file.name or file.kind}]" for file in delivery.files]
        for made in outgoing.inline:
            # It is text, so whoever wants the file can copy it from the screen.
            lines += ["", f"[Datei: {made.name}]", *made.text.splitlines()]
        if outgoing.buttons:
            self._choices = tuple(button for button in outgoing.buttons if button.action)
            lines.append("")
            lines += [f"  {n}. {b.label}" for n, b in enumerate(self._choices, start=1)]
            # A page cannot be opened from here, but its address can be copied.
            lines += [f"  {b.label}: {b.url}" for b in outgoing.buttons if b.url]
        self._print("\n" + "\n".join(lines))
        self._sent += 1
        self._said.set()
        return (str(delivery.id),)

    async def open_thread(self, chat: str, title: str) -> str:
        raise NoThreads

    async def fetch(self, remote: str, into: BinaryIO, limit: int) -> None:
        raise Refused("a terminal holds no files")

    async def close(self) -> None:
        pass

    def health(self) -> str:
        return "ok"

    def _print(self, text: str, end: str = "\n") -> None:
        self._screen.write(text + end)
        self._screen.flush()
