"""Running the hotline: the server, a chat in the terminal, an invitation."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

import structlog
import uvicorn

from bot import memory
from bot.app import STORE, App, StartError, listening_socket, telegram_channel, web_channels
from bot.app import invite as make_invitation
from bot.channels.base import Channel
from bot.channels.console import CHAT, ConsoleChannel
from bot.channels.web.app import build_web
from bot.channels.web.feeds import feeds
from bot.clock import SystemClock
from bot.settings import Settings
from handlers.conversation import Conversation
from storage import people
from storage.database import Database, prepare

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel

log = structlog.get_logger()

TOKEN_PATIENCE = 3.0  # seconds; an unreachable network must not keep the web chat waiting
SHUTDOWN = 2  # seconds that open pages get to end when we are told to stop


Webhook = Callable[[bytes | None, bytes], Awaitable[int]]


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the whole program stops together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings) -> None:
    """Run all configured channels until SIGTERM or SIGINT."""
    memory.be_frugal()
    stop = _stop_signal()
    sock = listening_socket(settings.web_host, settings.web_port)
    with contextlib.closing(sock):
        url = settings.public_url
        if settings.web_port == 0:
            url = url.rsplit(":", 1)[0] + f":{sock.getsockname()[1]}"
        async with App.open(settings, _channels(settings), url=url) as app:
            telegram = _telegram_of(app)
            if telegram:
                await _refuse_wrong_token(telegram)

            async def webhook(secret: bytes | None, body: bytes) -> int:
                assert telegram is not None  # noqa: S101 - only called when there is one
                return await telegram.webhook(secret, body, app.receiver)

            server = _server(app, url, webhook if settings.telegram_webhook_url else None)
            await _greet(app, url)
            await app.run(lambda: server.serve(sockets=[sock]), lambda: _stopped(app, server, stop))
            log.info("stopped")


def _telegram_of(app: App) -> "TelegramChannel | None":
    if not app.settings.telegram_token.get_secret_value():
        return None  # and nothing of it is loaded
    from bot.channels.telegram.channel import TelegramChannel

    return next((c for c in app.channels if isinstance(c, TelegramChannel)), None)


async def _refuse_wrong_token(telegram: "TelegramChannel") -> None:
    """A mistyped token is found while somebody is looking. Any other trouble with
    the network mends itself and is told by `/health`."""
    from bot.channels.telegram.health import UNKNOWN_BOT

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TOKEN_PATIENCE):
            if await telegram.check() == UNKNOWN_BOT:
                raise StartError(UNKNOWN_BOT)


def _server(app: App, url: str, webhook: "Webhook | None") -> _Server:
    secure = url.startswith("https://")
    web = build_web(
        database=app.database,
        hub=app.hub,
        cupboard=app.cupboard,
        house=lambda: app.house,
        knowledge=lambda: app.content.knowledge,
        receive=app.receiver,
        clock=app.clock,
        writes=app.somebody_writes,
        secure=secure,
        # We speak no TLS ourselves: who reaches us by https comes through a proxy.
        trusted_proxy=secure,
        telegram_webhook=webhook,
        health=app.status.health,
        metrics=app.status.metrics,
        feeds=feeds(lambda: app.content.knowledge, lambda: app.house.name, app.clock.now),
    )
    config = uvicorn.Config(
        web,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=SHUTDOWN,
        server_header=False,
        proxy_headers=False,
    )
    return _Server(config)


async def _stopped(app: App, server: _Server, stop: asyncio.Event) -> None:
    """Returns when somebody asked us to stop and open pages had a moment to end."""
    await stop.wait()
    app.hub.close()
    server.should_exit = True
    await asyncio.Event().wait()  # the server ends by itself now, and everything with it


def terminal(app: App, lines: TextIO | None = None, screen: TextIO | None = None) -> ConsoleChannel:
    """The console; in a protected conversation `/ende` ends that, and nothing else."""

    async def inside() -> bool:
        person = await app.database.read(
            lambda tx: people.known(tx, ConsoleChannel.name, ConsoleChannel.bot, CHAT)
        )
        if person is None:
            return False
        return Conversation.model_validate_json(person.conversation).protected > 0

    return ConsoleChannel(app.clock, lines, screen, inside=inside)


async def chat(settings: Settings) -> None:
    """A conversation in the terminal; ends with the input or with /ende, except that inside a
    protected conversation /ende ends that one first."""
    async with App.open(settings, lambda app: [terminal(app)]) as app:
        screen = sys.stdout
        if screen.isatty():
            screen.write("Schreiben Sie Ihre Frage. Zahlen wählen aus, /ende beendet.\n")
        await app.run()


async def invite(settings: Settings, role: str) -> None:
    """Print a one-time link and code for somebody who will join the desk."""
    prepare(settings.data)
    database = await Database.open(settings.data / STORE)
    try:
        secret = await make_invitation(database, SystemClock(), role)
    finally:
        await database.close()
    sys.stdout.write(
        f"Link (gilt zehn Minuten, nur einmal): {_sign_in_url(settings.public_url, secret)}\n"
        f"Oder im privaten Telegram-Chat mit der Hotline: /desk {secret}\n"
    )


async def _greet(app: App, url: str) -> None:
    """The two addresses that a newcomer needs."""
    sys.stdout.write(f"Chat:         {url}/\n")
    if await app.has_coordinators():
        sys.stdout.write(f"Schreibtisch: {url}/desk\n")
    else:
        secret = await app.invitation("admin")
        sys.stdout.write(
            f"Schreibtisch: {_sign_in_url(url, secret)}\n"
            "              (gilt zehn Minuten und nur einmal; neuer Link: hotline invite admin)\n"
        )
    sys.stdout.flush()


def _sign_in_url(url: str, secret: str) -> str:
    return f"{url}/desk/anmelden/{secret}"


def _channels(settings: Settings) -> Callable[[App], Sequence[Channel]]:
    def made(app: App) -> list[Channel]:
        channels = web_channels(app)
        if settings.telegram_token.get_secret_value():
            channels.append(_telegram(app))
        return channels

    return made


def _telegram(app: App) -> "TelegramChannel":
    say = app.content.knowledge.library.texts.say
    return telegram_channel(
        app.settings,
        app.clock,
        desk_chat=lambda bot: app.desk_chat("telegram", bot),
        say=say,
        introduced=app.introduced,
        offers=app.offers,
    )


def _stop_signal() -> asyncio.Event:
    """Set when somebody asks the program to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop
