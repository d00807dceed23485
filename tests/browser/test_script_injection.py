"""Whatever people or coordinators type stays text in a real browser under the real policy.

The hotline runs in a thread here, so that sixty payloads come into all fields by forms
within seconds; then a browser opens every page that shows them.
"""

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page

from bot.channels.web import chat
from storage import consents, introductions, people, profiles, reports
from storage.database import Tx
from storage.profiles import Profile
from tests.channels.web_rig import Browser, House, house, pages, served
from tests.support.payloads import PAYLOADS

PEOPLE = 4
SHARE = len(PAYLOADS) // PEOPLE
MINUTE = 60.0
PATIENCE = 120.0  # seconds a slow machine may take to bring everything in

# Before any script of a page: what runs, and what the policy had to stop, is counted.
WATCH = """
window.ran = [];
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
    window[name] = (...words) => { window.ran.push(name); };
document.addEventListener('securitypolicyviolation', (event) =>
    window.ran.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""

# Markup that no template of ours contains.
FOREIGN = """() => {
    const found = [];
    for (const one of document.querySelectorAll('*'))
        for (const { name, value } of one.attributes)
            if (name.startsWith('on') || name === 'style' || name === 'srcdoc'
                || /^\\s*(javascript|data|vbscript):/i.test(value) && name !== 'value'
                || /^(https?:)?\\/\\/evil/.test(value) && name !== 'value')
                found.push(`${one.tagName} ${name}=${value}`);
    const kinds = 'script:not([src]):not([type$=json]), script[src*=evil], iframe, object, embed, '
        + 'base, style, math, marquee, video source, meta[http-equiv], link[href*=evil], b, '
        + 'center, mglyph';
    for (const data of document.querySelectorAll('script[type$=json]')) JSON.parse(data.text);
    for (const one of document.querySelectorAll(kinds)) found.push(one.outerHTML.slice(0, 80));
    return found;
}"""


@dataclass
class Town:
    """Where the pages are, and the cookies of those who open them."""

    url: str = ""
    pages: dict[str, list[str]] = field(default_factory=dict)  # by visitor
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)


def _loudly(payloads: tuple[str, ...]) -> str:
    return "\n".join(payloads)


async def _met(tx: Tx, now: datetime) -> None:
    """People of the network with all that they may say of themselves, and what was reported."""
    those = []
    for number, payload in enumerate(PAYLOADS[::4]):
        person = await people.meet(tx, "web", "", f"netz-{number}", now)
        those.append(person.id)
        said = Profile(
            person.id, state="live", town=payload[:60], name=payload[:60], contact=payload[:200],
            offers=("leerstand",), visible={"town": "card", "name": "card"},
        )  # fmt: skip
        await profiles.keep(tx, said, now)
        await consents.give(tx, person.id, "directory", "1", "web", now)
    for number, payload in enumerate(PAYLOADS[::4]):
        one, other = those[number], those[number - 1]
        met = await introductions.create(tx, one, other, payload[:500], now)
        assert met
        await reports.add(
            tx, introduction_id=met.id, reporter_id=one, reported_id=other,
            words=[payload], reason=payload[:200], now=now,
        )  # fmt: skip


async def _planted(town: House) -> Town:
    """Everybody fills in every field."""
    found = Town()
    everybody: dict[str, Browser] = {}
    numbers = []
    for one in range(PEOPLE):
        mine = PAYLOADS[one * SHARE : (one + 1) * SHARE]
        person = await town.browser(ip=f"198.51.100.{one + 1}")
        await person.say(f"/mensch {_loudly(mine[:5])}")
        await person.press("Ja, bitte")
        await town.until("SELECT COUNT(*) FROM requests", one + 1)
        names = [("files", (f"{name}.txt", b"Guten Tag", "text/plain")) for name in mine[:10]]
        await person.say(_loudly(mine[5:10]), files=names)
        await person.say(_loudly(mine[10:]))
        everybody[f"person {one}"] = person
        numbers.append((await town.rows("SELECT MAX(id) AS id FROM requests"))[0]["id"])
        found.pages[f"person {one}"] = ["/", "/?x=1"]
    desks = []
    for payload in PAYLOADS[:12]:
        desks.append(await town.coordinator(name=payload[:64], role="admin"))
        town.clock.move_rates(MINUTE)
    desk = everybody["desk"] = desks[0]
    for number, whose in zip(numbers, range(PEOPLE), strict=True):
        mine = PAYLOADS[whose * SHARE : (whose + 1) * SHARE]
        for verb, words in (("note", mine[:8]), ("note", mine[8:]), ("claim", ()),
                            ("answer", mine[:8]), ("answer", mine[8:])):  # fmt: skip
            await desk.open(f"/desk/anfrage/{number}")
            hidden = {name: desk.field(name) for name in ("token", "id")}
            await desk.post(f"/desk/anfrage/{number}/{verb}", text=_loudly(words), **hidden)
    for payload in PAYLOADS[::4]:
        await desk.open("/desk/veranstaltungen/neu")
        hidden = {n: desk.field(n, 'class="card sheet"') for n in ("token", "id", "revision")}
        await desk.post(
            "/desk/veranstaltungen/neu", **hidden, title=payload[:110], day="2027-03-12",
            hour="18:30", where=payload[:110], description=payload[:1400], region=payload[:60],
            organisers=payload[:110], more_topics=payload[:40],
        )  # fmt: skip
    drafts = [row["id"] for row in await town.rows("SELECT id FROM events WHERE origin = 'desk'")]
    for event in drafts:
        await desk.open(f"/desk/veranstaltungen/{event}")
        hidden = {name: desk.field(name) for name in ("token", "id")}
        await desk.post(f"/desk/veranstaltungen/{event}/publish", **hidden)
    await town.app.programme.look()
    for payload in PAYLOADS[::4]:
        await desk.open("/desk/fachleute/neu")
        hidden = {name: desk.field(name, 'class="card sheet"') for name in ("token", "id")}
        await desk.post(
            "/desk/fachleute/neu", **hidden, name=payload[:80], summary=payload[:300],
            keywords="Kirchturmuhr", languages=payload[:40], availability=payload[:160],
        )  # fmt: skip
    listed = [row["slug"] for row in await town.rows("SELECT slug FROM experts")]
    for number, payload in enumerate(PAYLOADS[::4]):
        await desk.open("/desk/gruppen/neu")
        hidden = {name: desk.field(name, 'class="card sheet"') for name in ("token", "id")}
        await desk.post(
            "/desk/gruppen/neu", **hidden, title=payload[:80], network=payload[:40],
            link=f"https://example.org/{number}", about=payload[:400], region=payload[:60],
            language=payload[:40], rules=payload[:1500], moderators=payload[:160],
        )  # fmt: skip
    groups = await town.rows("SELECT id, slug FROM groups")
    for group in groups:
        await desk.open(f"/desk/gruppen/{group['id']}")
        hidden = {name: desk.field(name) for name in ("token", "id")}
        await desk.post(f"/desk/gruppen/{group['id']}/aufnehmen", **hidden)
    await town.app.database.write(partial(_met, now=town.clock.now()))
    await everybody["person 0"].say("/kontakte Leerstand")
    # An announcement needs somebody who hears of it.
    await everybody["person 0"].say("/abo")
    for share in range(4):
        await desk.open("/desk/ankuendigungen/neu")
        hidden = {name: desk.field(name, 'class="card sheet"') for name in ("token", "id")}
        words = _loudly(PAYLOADS[share * SHARE : (share + 1) * SHARE])[:2900]
        await desk.post("/desk/ankuendigungen/neu", audience="alle", text=words, plain=words,
                        **hidden)  # fmt: skip
    letters = [row["id"] for row in await town.rows("SELECT id FROM announcements")]
    found.pages["desk"] = [
        "/desk", "/desk?ansicht=abgeschlossen", "/desk/team", "/desk/veranstaltungen",
        "/desk/veranstaltungen?ansicht=entwuerfe", "/desk/ankuendigungen", "/events",
        "/desk/interesse", "/format/webinar", "/eintrag/kleinstadt-definition",
        *(f"/desk/anfrage/{number}" for number in numbers),
        *(f"/desk/veranstaltungen/{event}" for event in drafts),
        *(f"/events/{event}" for event in drafts),
        "/desk/gruppen", *(f"/desk/gruppen/{group['id']}" for group in groups),
        "/gruppen", *(f"/gruppen/{group['slug']}" for group in groups), "/desk/meldungen",
        "/desk/fachleute", *(f"/desk/fachleute/{slug}" for slug in listed),
        *(f"/desk/ankuendigungen/{letter}" for letter in letters),
        *(f"/desk?suche={quote(payload[:200])}" for payload in PAYLOADS[::3]),
        *(f"/events?thema={quote(payload[:200])}&q={quote(payload[:200])}" for payload
          in PAYLOADS[::6]),
        f"/desk?hinweis={quote(PAYLOADS[0])}", f"/{quote(PAYLOADS[0], safe='')}",
    ]  # fmt: skip
    for who, browser in everybody.items():
        found.cookies[who] = dict(browser.client.cookies)
    return found


async def _run(folder: Path, ready: "Future[Town]", stop: threading.Event) -> None:
    async with house(folder) as town:
        real = town.clock.monotonic
        ahead = 0.0

        def move_rates(seconds: float) -> None:
            nonlocal ahead
            ahead += seconds

        # Nobody is asked to slow down: this is a busy week, not a busy second.
        town.clock.monotonic = lambda: real() + ahead  # type: ignore[method-assign]
        town.clock.move_rates = move_rates  # type: ignore[attr-defined]
        app = town.app
        town.web = pages(app, secure=False)
        with mock.patch.object(chat, "PATIENCE", 0.2):
            found = await _planted(town)
        async with served(town.web, app.hub.close) as url:
            found.url = url
            ready.set_result(found)
            await asyncio.to_thread(stop.wait)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    ready: Future[Town] = Future()
    stop = threading.Event()
    folder = tmp_path_factory.mktemp("injection")

    def run() -> None:
        try:
            asyncio.run(_run(folder, ready, stop))
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield ready.result(PATIENCE)
    finally:
        stop.set()
        thread.join(PATIENCE)


@pytest.fixture
def opened(browser: Chromium, planted: Town) -> Iterator[Any]:
    contexts: list[BrowserContext] = []

    def new(who: str) -> tuple[Page, list[str]]:
        context = browser.new_context(base_url=planted.url, locale="de-DE")
        context.add_init_script(WATCH)
        context.add_cookies(
            [{"name": n, "value": v, "url": planted.url} for n, v in planted.cookies[who].items()]
        )
        contexts.append(context)
        page = context.new_page()
        said: list[str] = []
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request",
            lambda request: said.append(request.url) if "evil.example" in request.url else None,
        )
        return page, said

    yield new
    for context in contexts:
        context.close()


def _look(page: Page, path: str) -> tuple[list[str], str]:
    """What ran, was stopped or is markup on a page, and what can be read there."""
    page.goto(path, wait_until="load")
    page.mouse.move(200, 200)
    ran = page.evaluate("window.ran")
    return [*ran, *page.evaluate(FOREIGN)], page.locator("body").inner_text()


@pytest.mark.parametrize("who", [*(f"person {one}" for one in range(PEOPLE)), "desk"])
def test_nothing_that_anybody_typed_runs_or_becomes_markup(
    opened: Any, planted: Town, who: str
) -> None:
    page, said = opened(who)
    read = ""
    wrong = {}
    for path in planted.pages[who]:
        found, text = _look(page, path)
        read += text
        if found:
            wrong[path[:80]] = found[:4]
    assert wrong == {}
    assert said == []
    shown = {name for payload in PAYLOADS if (name := payload[:3]) in read}
    wanted = {payload[:3] for payload in PAYLOADS}
    if who != "desk":
        number = int(who[-1])
        wanted = {payload[:3] for payload in PAYLOADS[number * SHARE : (number + 1) * SHARE]}
    assert wanted <= shown, "else nothing would be tried"


def test_what_was_typed_is_read_letter_by_letter(opened: Any, planted: Town) -> None:
    page, _ = opened("person 0")
    page.goto("/")
    said = re.sub(r"\s+", " ", page.get_by_role("log").inner_text())
    for payload in PAYLOADS[1:SHARE]:
        assert re.sub(r"\s+", " ", payload) in said


def test_the_page_that_refuses_something_shows_it_as_text_too(opened: Any, planted: Town) -> None:
    """What was typed into an old page is kept in the field, and is no markup there either."""
    page, said = opened("desk")
    for payload in PAYLOADS[:12]:
        page.goto("/desk/veranstaltungen/neu")
        page.locator("[name=title]").fill(payload)
        page.locator("[name=description]").fill(payload)
        page.locator("form.sheet button").last.click()
        page.wait_for_load_state("load")
        assert page.evaluate("window.ran") == []
        assert page.evaluate(FOREIGN) == []
        assert page.locator("[name=title]").input_value().split() == payload.split()
    assert said == []
