"""The web server's application: every address, and what is said when one is wrong."""

import json
from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.channels.base import Receive
from bot.channels.web.chat import Chat
from bot.channels.web.desk import Desk
from bot.channels.web.groups import directory
from bot.channels.web.hub import Hub
from bot.channels.web.pages import HERE, Site
from bot.channels.web.programme import programme
from bot.channels.web.security import Guard, framed, protect
from bot.channels.web.sharing import passing_on
from bot.clock import Clock
from bot.cupboard import Cupboard
from handlers.turn import House
from knowledge.search import Knowledge
from storage.database import Database, StoreTrouble

TITLES = {
    400: ("Das haben wir nicht verstanden", "Die Anfrage Ihres Browsers war unvollständig."),
    403: (
        "Das geht von hier aus nicht",
        "Die Anfrage kam nicht von unserer Seite oder Sie dürfen dies nicht. "
        "Bitte öffnen Sie die Seite neu und versuchen Sie es noch einmal.",
    ),
    404: (
        "Diese Seite gibt es nicht",
        "Vielleicht ist die Adresse unvollständig, oder das Gespräch wurde beendet.",
    ),
    405: ("Das geht hier nicht", "Diese Adresse lässt sich so nicht aufrufen."),
    413: (
        "Das ist zu groß",
        "Eine Nachricht darf mit allen Dateien zusammen höchstens 50 MB haben, "
        "eine einzelne Datei höchstens 20 MB.",
    ),
    422: ("Das haben wir nicht verstanden", "Bitte prüfen Sie Ihre Angaben."),
    429: ("Bitte etwas langsamer", "Bitte warten Sie eine Minute."),
    500: (
        "Das hat nicht geklappt",
        "Bei uns ist ein Fehler aufgetreten. Bitte versuchen Sie es in einigen Minuten "
        "noch einmal.",
    ),
    503: (
        "Gerade geht das nicht",
        "Wir können im Moment nichts speichern. Bitte versuchen Sie es in einigen Minuten "
        "noch einmal.",
    ),
}


def build_web(
    *,
    database: Database,
    hub: Hub,
    cupboard: Cupboard,
    house: Callable[[], House],
    knowledge: Callable[[], Knowledge],
    receive: Receive,
    clock: Clock,
    secure: bool,
    health: Callable[[], Awaitable[tuple[bool, dict[str, object]]]],
    metrics: Callable[[], Awaitable[str]],
    trusted_proxy: bool = False,
    telegram_webhook: Callable[[bytes | None, bytes], Awaitable[int]] | None = None,
    feeds: Sequence[BaseRoute] = (),
    writes: Callable[[int], None] = lambda request_id: None,
) -> Starlette:
    """The pages, the desk and the addresses for machines.

    `secure` says that people reach us by https; cookies are bound to it.
    `telegram_webhook` gets the secret header (None unless there is exactly one)
    and the body, and tells the status of the response. `writes` is told the request to
    which somebody is writing an answer.
    """
    site = Site(
        database=database,
        hub=hub,
        cupboard=cupboard,
        house=house,
        knowledge=knowledge,
        receive=receive,
        clock=clock,
        secure=secure,
        trusted_proxy=trusted_proxy,
        writes=writes,
    )

    chat = Chat(site)

    async def get_health(request: Request) -> Response:
        ok, facts = await health()
        body = json.dumps(facts, ensure_ascii=False)
        return Response(body, 200 if ok else 503, media_type="application/json")

    async def get_metrics(request: Request) -> Response:
        return PlainTextResponse(await metrics(), media_type="text/plain; version=0.0.4")

    async def post_webhook(request: Request) -> Response:
        if telegram_webhook is None:
            raise HTTPException(404)
        name = b"x-telegram-bot-api-secret-token"
        secrets = [value for key, value in request.headers.raw if key.lower() == name]
        status = await telegram_webhook(
            secrets[0] if len(secrets) == 1 else None, await request.body()
        )
        return Response(status_code=status)

    async def privacy(request: Request) -> Response:
        return site.page("privacy.html", framed=False)

    async def accessibility(request: Request) -> Response:
        return site.page("accessibility.html", framed=False)

    async def widget(request: Request) -> Response:
        # The one file that other sites load: it must not be kept to ours.
        headers = {
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "public, max-age=3600",
        }
        return FileResponse(HERE / "static" / "widget.js", headers=headers)

    async def show_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if isinstance(error, StoreTrouble):
            status = 503
        if request.url.path in ("/telegram/webhook", "/health", "/metrics"):
            response: Response = PlainTextResponse("", status)
        else:
            title, text = TITLES.get(status, TITLES[500])
            response = site.page(
                "message.html",
                status,
                title=title,
                text=text,
                back=_way_back(request.url.path),
                kept="",
                framed=framed(request.url.path),
            )
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        # An unforeseen error is answered outside of the guard.
        protect(MutableHeaders(raw=response.raw_headers), request.url.path, secure=secure)
        return response

    async def gone(request: Request, error: Exception) -> Response:
        return PlainTextResponse("", 400)  # nobody is there to read it

    routes: list[BaseRoute] = [
        *Desk(site, chat).routes(),
        Route("/datenschutz", privacy),
        Route("/barrierefreiheit", accessibility),
        Route("/widget.js", widget),
        Route("/telegram/webhook", post_webhook, methods=["POST"]),
        Route("/health", get_health),
        Route("/metrics", get_metrics),
        Mount("/static", StaticFiles(directory=HERE / "static")),
        *feeds,
        *programme(site),
        *directory(site),
        *passing_on(site, chat),
        *chat.routes(),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, secure=secure)],
        exception_handlers={
            HTTPException: show_error,
            StoreTrouble: show_error,
            ClientDisconnect: gone,
            500: show_error,
        },
    )


def _way_back(path: str) -> str:
    if path.startswith("/desk"):
        return "/desk"
    return "/rahmen" if framed(path) else "/"
