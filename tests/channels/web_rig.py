"""The whole hotline with its web server's application, without sockets unless one is asked for."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from bot.app import App, invite, web_channels
from bot.channels.web.app import build_web
from bot.settings import Settings
from storage import coordinators
from storage.database import Tx
from tests.support.clock import MovableClock

URL = "https://hotline.example"
PATIENCE = 10.0  # seconds that a busy machine may take to answer


class House:
    """A running hotline and browsers that visit it."""

    def __init__(self, app: App, web: Starlette, clock: MovableClock) -> None:
        self.app = app
        self.web = web
        self.clock = clock
        self._stack = contextlib.AsyncExitStack()

    async def browser(self, ip: str = "198.51.100.7") -> "Browser":
        transport = httpx.ASGITransport(self.web, client=(ip, 40_000), raise_app_exceptions=False)
        client = await self._stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=URL)
        )
        return Browser(client)

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        async def unit(tx: Tx) -> list[dict[str, Any]]:
            return [dict(row) for row in await tx.all(sql, *values)]

        return await self.app.database.read(unit)

    async def until(self, sql: str, wanted: object, within: float = 10.0) -> None:
        """Until the first value of the query is the wanted one."""
        async with asyncio.timeout(within):
            while next(iter((await self.rows(sql))[0].values())) != wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def invitation(self, role: str = "coordinator") -> str:
        return await invite(self.app.database, self.clock, role)

    async def coordinator(self, name: str = "Erika", role: str = "coordinator") -> "Browser":
        """A browser in which somebody is signed in at the desk; they did not have to wait."""
        browser = await self.browser(ip="203.0.113.9")
        code = await self.invitation(role)
        await browser.post(f"/desk/anmelden/{code}", name=name)
        now = self.clock.now()

        async def confirm(tx: Tx) -> None:
            for somebody in await coordinators.waiting(tx, now):
                await coordinators.confirm(tx, somebody.id, now)

        await self.app.database.write(confirm)
        await browser.open("/desk")
        return browser

    async def request(self, text: str = "Wer zahlt die Kirchturmuhr?") -> tuple["Browser", int]:
        """Somebody hands a question over; their browser and the number of the request."""
        person = await self.browser()
        await person.say(text)
        if "Ja, bitte" not in person.page:  # on a busy machine the page did not wait so long
            await self.until("SELECT COUNT(*) > 0 FROM transcript WHERE payload LIKE '%ho:yes%'", 1)
            await person.open()
        await person.press("Ja, bitte")
        await self.until("SELECT COUNT(*) > 0 FROM requests", 1)
        rows = await self.rows("SELECT MAX(id) AS id FROM requests")
        return person, int(rows[0]["id"])

    async def close(self) -> None:
        await self._stack.aclose()


class Browser:
    """Follows links and sends forms, as a browser without JavaScript does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""

    async def open(self, path: str = "/", **headers: str) -> httpx.Response:
        response = await self.client.get(path, headers=headers, follow_redirects=True)
        self.page = response.text
        return response

    async def post(
        self,
        path: str,
        *,
        files: Any = None,
        origin: str | None = URL,
        headers: dict[str, str] | None = None,
        **fields: str,
    ) -> httpx.Response:
        """Send exactly these fields, and follow where it leads."""
        response = await self.client.post(
            path,
            data=fields,
            files=files,
            headers={**({"Origin": origin} if origin else {}), **(headers or {})},
            follow_redirects=True,
        )
        self.page = response.text
        return response

    def field(self, name: str, within: str = "") -> str:
        """The value of a hidden field on the page."""
        page = self.page[self.page.index(within) :] if within else self.page
        found = re.search(rf'name="{name}" value="([^"]*)"', page)
        return unescape(found[1]) if found else ""

    async def say(self, text: str, *, files: Any = None, path: str = "/") -> httpx.Response:
        """Write into the field and send it."""
        if 'id="schreiben"' not in self.page:
            await self.open(path)
        form = 'id="schreiben"'
        action = re.search(r'id="schreiben"[^>]* action="([^"]*)"', self.page)
        assert action
        return await self.post(
            action[1],
            files=files,
            text=text,
            token=self.field("token", form),
            id=self.field("id", form),
        )

    async def press(self, label: str) -> httpx.Response:
        """Press the button with this label. Who waits for an answer in the chat looks again."""
        button = rf'name="action" value="([^"]*)">{re.escape(label)}</button>'
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while 'id="schreiben"' in self.page and not re.search(button, self.page):
                    await self.open()
        found = re.search(button, self.page)
        assert found, f"no button {label!r} on the page"
        start = self.page.rindex("<form", 0, found.start())
        form = self.page[start : found.end()]
        path = re.search(r'action="([^"]*)"', form)
        assert path
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        return await self.post(path[1], action=unescape(found[1]), **fields)

    @property
    def lines(self) -> list[str]:
        """What stands in the conversation, as plain words."""
        found = [part.split('<p class="meta">')[0] for part in self.page.split('<li id="z')[1:]]
        plain = [re.sub(r"<[^>]+>", " ", part.partition(">")[2]) for part in found]
        return [" ".join(unescape(line).split()) for line in plain]


def pages(app: App, *, secure: bool = True) -> Starlette:
    """The web server's application. Without TLS a browser keeps only cookies that do not
    ask for it: `secure=False`."""
    return build_web(
        database=app.database,
        hub=app.hub,
        cupboard=app.cupboard,
        house=lambda: app.house,
        knowledge=lambda: app.content.knowledge,
        receive=app.receiver,
        clock=app.clock,
        writes=app.somebody_writes,
        secure=secure,
        health=app.status.health,
        metrics=app.status.metrics,
    )


@asynccontextmanager
async def house(folder: Path, **options: Any) -> AsyncIterator[House]:
    """A hotline with nothing but the web."""
    clock = MovableClock()
    settings = Settings(data=folder, public_url=URL, **options)
    async with App.open(settings, web_channels, clock=clock) as app:
        web = pages(app)
        running = asyncio.create_task(app.run())
        place = House(app, web, clock)
        try:
            yield place
        finally:
            await place.close()
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


@asynccontextmanager
async def served(web: Starlette, stop: Callable[[], None]) -> AsyncIterator[str]:
    """The application on a port of this machine; `stop` ends streams before the server ends."""
    config = uvicorn.Config(
        web, port=0, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop()
        server.should_exit = True
        await task
