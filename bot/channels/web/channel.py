"""The web chat and the web desk as channels: sending means writing to a page.

The page is a table in our own store, so a message that is tried twice is shown
once: the line carries the id of the outbox row.
"""

import asyncio
from typing import BinaryIO

from bot.channels.base import (
    UNLIMITED,
    Attached,
    Delivery,
    NoThreads,
    Receive,
    Refused,
    TryLater,
)
from bot.channels.web.desk_writing import LASTS
from bot.channels.web.hub import Hub
from bot.channels.web.lines import ShownFile, Stored, read
from bot.clock import Clock
from storage import ids, web
from storage.database import Database, StoreTrouble, Tx


class _Pages:
    """What both channels have in common: everything but the name."""

    name = ""
    bot = ""
    limits = UNLIMITED

    def __init__(self, database: Database, hub: Hub, clock: Clock) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock

    def is_group(self, chat: str) -> bool:
        return False

    async def listen(self, receive: Receive) -> None:
        """People's messages come in through the pages; there is nothing to fetch."""
        await asyncio.Event().wait()

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        chat = delivery.outgoing.to.chat

        async def unit(tx: Tx) -> tuple[str, ...]:
            return await self._put(tx, chat, delivery)

        try:
            shown = await self._database.write(unit)
        except StoreTrouble as error:
            raise TryLater("the store has trouble") from error
        self._hub.written(chat)
        return shown

    async def _put(self, tx: Tx, chat: str, delivery: Delivery) -> tuple[str, ...]:
        outgoing, now = delivery.outgoing, self._clock.now()
        match outgoing.do:
            case "say":
                stored = Stored(
                    outgoing=outgoing,
                    files=tuple(_shown(file) for file in delivery.files),
                    quote=delivery.quote,
                )
                return (str(await web.say(tx, chat, delivery.id, stored.json_text(), now)),)
            case "edit" | "delete" | "react":
                for target in delivery.targets:
                    await self._change(tx, chat, target, delivery)
                return delivery.targets
            case _:
                return ()  # a page has no threads that could be closed

    async def _change(self, tx: Tx, chat: str, target: str, delivery: Delivery) -> None:
        number = ids.number(target)
        line = await web.line(tx, number, chat) if number is not None else None
        if line is None:
            return
        stored, outgoing = read(line.payload), delivery.outgoing
        if stored.gone:
            return
        if outgoing.do == "delete":
            stored = Stored(gone=True)
        elif outgoing.do == "react":
            stored = stored.model_copy(update={"reaction": outgoing.text.characters})
        elif stored.outgoing is not None:
            said = stored.outgoing.model_copy(update={"text": outgoing.text})
            stored = stored.model_copy(update={"outgoing": said, "edited": True})
        else:
            edited = {"text": outgoing.text.characters, "edited": True}
            stored = stored.model_copy(update=edited)
        await web.change(tx, line.id, chat, stored.json_text(), self._clock.now())

    async def open_thread(self, chat: str, title: str) -> str:
        raise NoThreads

    async def fetch(self, remote: str, into: BinaryIO, limit: int) -> None:
        raise Refused("files of the web lie with us already")

    async def close(self) -> None:
        """The store and the hub belong to the program."""

    def health(self) -> str:
        return "ok"


class WebChannel(_Pages):
    """The chat on our own page. A chat is a random id."""

    name = "web"

    async def writing(self, chat: str, topic: str) -> None:
        """The page shows it until the answer comes, or for as long as it holds."""
        self._hub.writing(chat, self._clock.now(), LASTS)


class DeskChannel(_Pages):
    """Notices to a coordinator in the browser. The chat is `desk:` and their id."""

    name = "desk"


def _shown(file: Attached) -> ShownFile:
    return ShownFile(id=file.id, name=file.name, mime=file.mime)
