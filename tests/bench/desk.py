"""The desk: its pages when there is much to do, and how soon the other face shows a step."""

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx

from tests.bench.figures import Figure
from tests.bench.size import Size
from tests.channels.web_rig import URL, Browser, House, house, pages, served
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Member, Topic
from tests.support.caseload import many_requests, two_years
from tests.support.hotline import COORDINATOR, DESK, Talk, hotline

NAME = "desk"
LISTED = 100.0  # ms for a list of 5,000 requests, on the server
SEEN = 1000.0  # ms until the other face shows it
STATIC = "/static/web.css"
PAGES = {
    "list of 5,000 requests": ("/desk", LISTED),
    "search in 5,000 requests": ("/desk?suche=sprechstunde+47", LISTED),
    "ninth page of closed ones": ("/desk?ansicht=abgeschlossen&seite=9", LISTED),
    "overview of two years": ("/desk/uebersicht?wochen=104", None),
    "its table": ("/desk/uebersicht.csv?wochen=104", None),
}
PATIENCE = 30.0  # seconds; after that a step was lost


def desk(size: Size) -> list[Figure]:
    return [*asyncio.run(_pages(size)), *asyncio.run(_faces(size))]


# -- pages --------------------------------------------------------------------------------


async def _pages(size: Size) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with house(Path(folder)) as town:
            await _fill(town)
            browser = await town.coordinator()
            times: dict[str, list[float]] = {name: [] for name in PAGES}
            ratios: dict[str, list[float]] = {name: [] for name in PAGES}
            for _ in range(size.rounds):
                file = await _opened(browser, STATIC)
                for name, (path, _) in PAGES.items():
                    took = await _opened(browser, path)
                    times[name].append(took)
                    ratios[name].append(took / file)
    return [
        figure
        for name, (_, target) in PAGES.items()
        for figure in (
            Figure(NAME, name, "ms", tuple(times[name]), target=target),
            Figure(NAME, name, "×", tuple(ratios[name]), "static file"),
        )
    ]


async def _fill(town: House) -> None:
    now, entries = town.clock.now(), list(town.app.content.knowledge.library.entries)
    await town.app.database.write(partial(many_requests, now=now))
    await town.app.database.write(partial(two_years, now=now, entries=entries))


async def _opened(browser: Browser, path: str) -> float:
    """Milliseconds by the clock, which a busy machine makes more of."""
    began = time.perf_counter()
    response = await browser.open(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path}: {response.status_code}")
    return 1000 * (time.perf_counter() - began)


# -- faces --------------------------------------------------------------------------------


async def _faces(size: Size) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with (
            FakeBotApi() as api,
            _coordinators(Path(folder), api) as (talk, browser, page),
        ):
            topic = await talk.request(talk.person())
            request = re.search(r"\d+", topic.name)
            assert request
            number = request[0]
            member = api.group(DESK).member(COORDINATOR)
            async with _watching(page, browser, number) as shown:
                there, back = [], []
                for one in range(size.rounds):
                    there.append(
                        await _timed(
                            partial(_note_in_browser, browser, number, f"Browsernotiz {one}."),
                            partial(_stands_in, talk, topic, f"Browsernotiz {one}."),
                        )
                    )
                    back.append(
                        await _timed(
                            partial(_note_in_telegram, member, topic, f"Telegramnotiz {one}."),
                            partial(shown, f"Telegramnotiz {one}."),
                        )
                    )
    return [
        Figure(NAME, "from the browser to Telegram", "ms", tuple(there), target=SEEN),
        Figure(NAME, "from Telegram to the browser", "ms", tuple(back), target=SEEN),
    ]


async def _timed(step: Callable[[], Awaitable[None]], seen: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await step()
    await seen()
    return 1000 * (time.perf_counter() - began)


async def _note_in_browser(browser: Browser, number: str, text: str) -> None:
    where = f"/desk/anfrage/{number}"
    await browser.open(where)
    sent = {"token": browser.field("token"), "id": browser.field("id")}
    response = await browser.post(f"{where}/note", text=text, **sent)
    if response.status_code != 200:
        raise RuntimeError(f"{where}: {response.status_code}")


async def _note_in_telegram(member: Member, topic: Topic, text: str) -> None:
    member.says(f"// {text}", thread=topic)


async def _stands_in(talk: Talk, topic: Topic, text: str) -> None:
    await talk.api.wait_for(lambda: any(text in m.text for m in topic.messages), PATIENCE)


@asynccontextmanager
async def _coordinators(folder: Path, api: FakeBotApi) -> AsyncIterator[tuple[Talk, Browser, str]]:
    """A hotline with both faces; somebody signed in at the desk; its address on this machine."""
    api.group(DESK)
    async with hotline(
        folder,
        api,
        public_url=URL,
        telegram_desk_chat=DESK,
        telegram_coordinators=str(COORDINATOR),
    ) as talk:
        town = House(talk.app, pages(talk.app), talk.clock)
        try:
            async with served(town.web, talk.app.hub.close) as url:
                yield talk, await town.coordinator(), url
        finally:
            await town.close()


@asynccontextmanager
async def _watching(
    url: str, browser: Browser, number: str
) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """An open page of a request; gives what waits until it shows some words."""
    seen, came = [""], asyncio.Event()

    async def read(response: httpx.Response) -> None:
        async for text in response.aiter_text():
            seen[0] += text
            came.set()

    async def shown(words: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while words not in seen[0]:
                came.clear()
                await came.wait()

    cookies = dict(browser.client.cookies)
    async with (
        httpx.AsyncClient(base_url=url, cookies=cookies, timeout=PATIENCE) as client,
        client.stream("GET", f"/desk/live?anfrage={number}") as response,
    ):
        reading = asyncio.create_task(read(response))
        try:
            await shown("event: neu")
            yield shown
        finally:
            reading.cancel()
