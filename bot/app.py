"""Where the parts meet.

`App.open` builds everything that works on one store; `App.run` keeps it
running until it is told to stop. Nothing else constructs parts.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot import erasures, writing
from bot.channels.base import UNLIMITED, Channel
from bot.channels.web.channel import DeskChannel, WebChannel
from bot.channels.web.hub import Hub
from bot.clock import Clock, SystemClock, code
from bot.content import Content
from bot.courier import Courier
from bot.cupboard import Cupboard
from bot.due import Schedule
from bot.fetch import Fetcher
from bot.house import house_of
from bot.learned import Learned
from bot.meaning import models
from bot.programme import Programme
from bot.receive import Receiver
from bot.settings import Settings
from bot.status import Status
from bot.worker import Worker
from handlers.codes import code_digest
from handlers.desk import overview
from handlers.hours import day_of
from handlers.network import offers
from handlers.network.offers import Offer
from handlers.programme import digest
from knowledge.load import shipped
from storage import coordinators, due, files, house
from storage.database import Database, StoreTrouble, Tx, lock
from storage.rights import Erased

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel
    from bot.channels.telegram.inline import Offers

log = structlog.get_logger()

STORE = "hotline.sqlite3"
FILES = "files"  # the folder beside it, of what people sent
TELEGRAM_NAME = "telegram-name"  # the fact that keeps what people call our bot there
POPULAR = timedelta(days=30)  # what was asked most is asked of this time
INVITATION_LASTS = timedelta(minutes=10)
SWEEP_EVERY = 3600.0  # seconds
ERRAND_PATIENCE = 2.0  # seconds; what is left undone is done at the next start
TROUBLE_PAUSE = 5.0  # seconds until we try again what a full disk kept us from
SWITCH_INTERVAL = 0.0005  # seconds; the store's thread and the event loop take short turns


class StartError(Exception):
    """The hotline cannot start; the message says in German what to do."""


class App:
    """All parts on one store. Open it with `App.open`."""

    def __init__(
        self, settings: Settings, clock: Clock, database: Database, content: Content, url: str
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.content = content
        self.house = house_of(settings, url)
        self.hub = Hub()
        self.cupboard = Cupboard(settings.data / FILES)
        self.couriers: list[Courier] = []
        self.worker = Worker(
            database,
            clock,
            settings=lambda: (self.house, self.content.knowledge),
            spoken=self._spoken,
            changed=self._changed,
            desk_chosen=self._desk_chosen,
            knowledge_changed=self._knowledge_changed,
            forgotten=self._forgotten,
        )
        self.receiver = Receiver(database, clock, arrived=self.worker.nudge)
        self.schedule = Schedule(database, clock, self.receiver)
        self.programme = Programme(database, clock, content)
        self.learned = Learned(database, content)
        self.channels: list[Channel] = []
        self.desk: house.Desk | None = None  # the coordinators' group
        self._errands: set[asyncio.Task[None]] = set()
        self._hinting: set[int] = set()  # requests of which is being shown that somebody writes

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        channels: "Callable[[App], Sequence[Channel]]",
        *,
        clock: Clock | None = None,
        url: str = "",
    ) -> "AsyncIterator[App]":
        """Claim the folder, open the store, take up what an earlier process left.

        `channels` makes the channels for the app. Raises `StoreError` or
        `ContentError` with a German text. Nothing is sent before all this worked.
        """
        guard = lock(settings.data)
        try:
            content = Content(settings.content or shipped(), models(settings))
            database = await Database.open(settings.data / STORE)
            try:
                app = cls(
                    settings, clock or SystemClock(), database, content, url or settings.public_url
                )
                app.channels = list(channels(app))
                app.couriers = [
                    Courier(
                        database,
                        channel,
                        app.clock,
                        app.cupboard,
                        arrived=app.worker.nudge,
                        changed=app._changed,
                        desk_chosen=app._desk_chosen,
                    )
                    for channel in app.channels
                ]
                app.status = Status(database, app.clock, app.channels, content)
                # A restored backup may know people who asked to be forgotten.
                now = app.clock.now()
                await erasures.repeat(database, app.cupboard, settings.data, now)
                await database.write(app._prepare)
                await app.programme.look()
                await app.learned.look()
                try:
                    yield app
                finally:
                    await asyncio.gather(*(channel.close() for channel in app.channels))
            finally:
                await database.close()
        finally:
            guard.release()

    status: Status

    async def _prepare(self, tx: Tx) -> None:
        """What has to be true before the first message."""
        now = self.clock.now()
        for courier in self.couriers:
            await courier.recover(tx)
        for channel in self.channels:
            if channel.name == "telegram":
                await _enrol_from_settings(tx, self.settings, channel.bot, self.clock)
        if await due.planned(tx, "housekeeping", "") is None:
            await due.plan(tx, "housekeeping", "", now)
        if await due.planned(tx, digest.DIGEST, "") is None:
            await due.plan(tx, digest.DIGEST, "", digest.next_letter(now))
        if await due.planned(tx, overview.OVERVIEW, "") is None:
            await due.plan(tx, overview.OVERVIEW, "", digest.next_letter(now))
        self.desk = await house.desk(tx)
        # Links to the bot work before Telegram was reached for the first time today.
        if self.settings.telegram_token.get_secret_value():
            known = await house.fact(tx, TELEGRAM_NAME) or ""
            self.house = replace(self.house, telegram=known)

    async def run(self, *more: Callable[[], Awaitable[None]]) -> None:
        """Work until cancelled. `more` runs beside it; when one of those ends, all do.

        Stops cleanly: sends on their way get a few seconds, then everything is
        left in the store for the next start.
        """
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.worker.nudge()
        for courier in self.couriers:
            courier.nudge()
        fetcher = Fetcher(
            self.database,
            self.clock,
            self.cupboard,
            self.receiver,
            {(channel.name, channel.bot): channel for channel in self.channels},
        )
        background = [
            asyncio.create_task(job())
            for job in (
                self.content.watch,
                self.programme.run,
                self.learned.run,
                self.schedule.run,
                fetcher.run,
                self._sweep,
                *(
                    lambda channel=channel: channel.listen(self.receiver)
                    for channel in self.channels
                ),
            )
        ]
        foreground = [asyncio.ensure_future(job()) for job in more]
        try:
            done, _ = await asyncio.wait(
                [*background, *foreground], return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        finally:
            self.worker.stop()
            self.hub.close()
            for task in (*background, *foreground):
                task.cancel()
            await asyncio.gather(*background, *foreground, return_exceptions=True)
            if self._errands:
                await asyncio.wait(self._errands, timeout=ERRAND_PATIENCE)
            await asyncio.gather(*(courier.stop() for courier in self.couriers))

    async def invitation(self, role: str) -> str:
        """A new one-time code that enrols somebody in this role."""
        return await invite(self.database, self.clock, role)

    async def has_coordinators(self) -> bool:
        return bool(await self.database.read(coordinators.everybody))

    def _spoken(self, channels: Collection[str]) -> None:
        for courier in self.couriers:
            if courier.channel.name in channels:
                courier.nudge()

    def _changed(self) -> None:
        self.hub.changed("desk")

    def _knowledge_changed(self) -> None:
        self.programme.nudge()
        self.learned.nudge()

    def _desk_chosen(self) -> None:
        async def look() -> None:
            self.desk = await self.database.read(house.desk)

        self._errand(look())

    def _forgotten(self, erased: list[Erased]) -> None:
        async def finish() -> None:
            while True:
                try:
                    await erasures.finish_files(
                        self.database, self.cupboard, self.settings.data, erased
                    )
                except (StoreTrouble, OSError) as error:
                    log.error("erasure.trouble", error=type(error).__name__)
                    await asyncio.sleep(TROUBLE_PAUSE)
                else:
                    return

        self._errand(finish())

    def somebody_writes(self, request_id: int) -> None:
        """An answer is being written in the browser; whoever waits for it may see that."""
        if request_id not in self._hinting:
            self._hinting.add(request_id)
            self._errand(self._hint(request_id))

    async def _hint(self, request_id: int) -> None:
        try:
            now = self.clock.now()
            found = await self.database.read(lambda tx: writing.places(tx, request_id, now))
            for place in found:
                for courier in self.couriers:
                    channel = courier.channel
                    if (channel.name, channel.bot) == (place.channel, place.bot):
                        await courier.hint(place.chat, place.topic)
        finally:
            self._hinting.discard(request_id)

    def _errand(self, work: Coroutine[None, None, None]) -> None:
        """Something small that a turn left to do outside of its transaction."""
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def introduced(self, username: str) -> None:
        """Telegram says what people call our bot there."""
        if username == self.house.telegram:
            return
        self.house = replace(self.house, telegram=username)

        async def keep(tx: Tx) -> None:
            await house.set_fact(tx, TELEGRAM_NAME, username)

        async def remember() -> None:
            with contextlib.suppress(StoreTrouble):
                await self.database.write(keep)

        self._errand(remember())

    async def offers(self, words: str) -> list[Offer]:
        """What somebody in another chat may pass on; nothing of this is kept."""
        knowledge, house_, now = self.content.knowledge, self.house, self.clock.now()
        if words:
            # In a thread: a search takes milliseconds in which somebody else could be served.
            return await asyncio.to_thread(offers.found, knowledge, house_, words, now)
        since = day_of(now - POPULAR)

        async def counted(tx: Tx) -> list[tuple[str, str, int]]:
            return await house.tallies(tx, since)

        answered = [row for row in await self.database.read(counted) if row[0] == "answer"]
        popular = [subject for _, subject, _ in sorted(answered, key=lambda row: -row[2])]
        return offers.at_first(knowledge, house_, popular, now)

    def desk_chat(self, channel: str, bot: str) -> str | None:
        """The coordinators' group, if it is on this channel."""
        desk = self.desk
        return desk.chat if desk and (desk.channel, desk.bot) == (channel, bot) else None

    async def _sweep(self) -> None:
        """Files that the store does not know any more leave the folder."""
        while True:
            with contextlib.suppress(StoreTrouble, OSError):
                known = await self.database.read(files.ids)
                await asyncio.to_thread(self.cupboard.sweep, known)
            await asyncio.sleep(SWEEP_EVERY)


async def invite(database: Database, clock: Clock, role: str) -> str:
    """Keep a new one-time code for this role and return it; it lasts ten minutes."""
    secret = code()
    now = clock.now()
    await database.write(
        lambda tx: coordinators.invite(tx, code_digest(secret), role, now, now + INVITATION_LASTS)
    )
    return secret


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket of the web server; raises `StartError` when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio would not switch off the waiting for more to send.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise StartError(
            f"Der Web-Chat kann {host}:{port} nicht benutzen ({error.strerror}). "
            "Bitte HOTLINE_WEB_HOST oder HOTLINE_WEB_PORT ändern."
        ) from error
    sock.listen(128)
    return sock


def web_channels(app: App) -> list[Channel]:
    """The chat and the desk in the browser."""
    return [
        WebChannel(app.database, app.hub, app.clock),
        DeskChannel(app.database, app.hub, app.clock),
    ]


def telegram_channel(
    settings: Settings,
    clock: Clock,
    *,
    desk_chat: Callable[[str], str | None],
    say: Mapping[str, str],
    introduced: Callable[[str], None] = lambda username: None,
    offers: "Offers | None" = None,
) -> "TelegramChannel":
    """Telegram as the settings want it. `desk_chat` tells the group of a bot's coordinators,
    `say` holds the texts of the profile, `introduced` is told what people call the bot,
    `offers` finds what people may pass on into other chats."""
    # Here and nowhere above: a town without Telegram does without 9 MB.
    from bot.channels.telegram.channel import LIMITS, TelegramChannel
    from bot.channels.telegram.profile import Profile

    token = settings.telegram_token.get_secret_value()
    bot = token.split(":", 1)[0]
    return TelegramChannel(
        token,
        api_url=settings.telegram_api_url,
        clock=clock,
        desk_chat=lambda: desk_chat(bot),
        limits=LIMITS if settings.telegram_rate else UNLIMITED,
        webhook_url=settings.telegram_webhook_url,
        webhook_secret=settings.telegram_webhook_secret.get_secret_value(),
        profile=Profile(
            description=say["bot_description"],
            short_description=say["bot_short_description"],
            commands=_menu(say["bot_commands"]),
            desk_commands=_menu(say["bot_desk_commands"]),
            group_commands=_menu(say["bot_group_commands"]),
        ),
        introduced=introduced,
        offers=offers,
    )


def _menu(text: str) -> tuple[tuple[str, str], ...]:
    """A menu as curators write it: one `name: what it does` a line."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return tuple((name.strip(), what.strip()) for name, _, what in pairs)


async def _enrol_from_settings(tx: Tx, settings: Settings, bot: str, clock: Clock) -> None:
    """Those named in the settings are coordinators, those no longer named are none.

    A desk chat from the settings counts when it changed there; a group that
    moved since keeps its new id.
    """
    now = clock.now()
    wanted = {str(number) for number in settings.telegram_coordinators}
    before = await house.fact(tx, "coordinators-setting") or ""
    for sender in sorted(wanted):
        if await coordinators.by_account(tx, "telegram", bot, sender) is None:
            name = coordinators.unnamed(sender)
            known = await coordinators.enrol(tx, name, "coordinator", now)
            await coordinators.link_account(tx, known.id, "telegram", bot, sender)
    for sender in set(before.split(",")) - wanted - {""}:
        if gone := await coordinators.by_account(tx, "telegram", bot, sender):
            await coordinators.revoke(tx, gone.id, now)
    await house.set_fact(tx, "coordinators-setting", ",".join(sorted(wanted)))
    chat = settings.telegram_desk_chat
    if chat is not None and await house.fact(tx, "desk-setting") != str(chat):
        await house.choose_desk(tx, "telegram", bot, str(chat))
        await house.set_fact(tx, "desk-setting", str(chat))
