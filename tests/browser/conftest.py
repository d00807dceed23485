"""A real browser against the whole program, started the way an operator starts it."""

import os
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from storage.moments import stamp

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# `make slow-line`: like a phone in a village, where a page takes a second to arrive.
SLOW_LINE = "SLOW_LINE" in os.environ
SLOW = {"offline": False, "latency": 200, "downloadThroughput": 30_000, "uploadThroughput": 30_000}
VISITORS = 9
START = 30.0  # seconds a slow machine may take to start the program
SERVE = "import sys; from bot.__main__ import main; sys.argv = ['hotline', 'serve']; main()"

expect.set_options(timeout=10_000)


@pytest.fixture(autouse=True)
def no_settings_from_outside() -> None:
    """The browser's own folder lies in the environment; the program gets one made for it."""


@dataclass
class Hotline:
    """A running program. `invitation` signs the first person in at the desk; it is empty where
    somebody is enrolled already."""

    url: str
    invitation: str
    data: Path
    process: "subprocess.Popen[str]"
    start: Callable[[int], "subprocess.Popen[str]"]
    visitors: int = 0
    told: str = ""  # by `hotline demo`

    def welcome(self) -> None:
        """Somebody new will come. All come from one address here, which may begin ten
        chats a minute; a program that started anew has not seen any."""
        self.visitors += 1
        if self.visitors > VISITORS:
            self.restart()

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def restart(self) -> None:
        """The program is killed and starts again at the same address."""
        self.process.kill()
        self.process.wait(10)
        _close(self.process)
        self.process = self.start(self.port)
        _addresses(self.process)
        self.visitors = 1

    def subscribe(self, number: int, topic: str) -> None:
        """So many people whom nobody has to click together want to hear of a topic."""
        now = stamp(datetime.now(UTC))
        store = sqlite3.connect(self.data / "hotline.sqlite3", timeout=START)
        with closing(store), store:
            first = store.execute("SELECT COUNT(*) FROM people").fetchone()[0]
            for one in range(first, first + number):
                (person,) = store.execute(
                    "INSERT INTO people (created_at, seen_at) VALUES (?, ?) RETURNING id",
                    (now, now),
                ).fetchone()
                store.execute(
                    "INSERT INTO addresses (person_id, channel, bot, chat) VALUES (?, ?, ?, ?)",
                    (person, "web", "", f"abo-{one}"),
                )
                store.execute(
                    "INSERT INTO subscriptions (person_id, kind, value, at) VALUES (?, ?, ?, ?)",
                    (person, "topic", topic, now),
                )

    def invite(self, role: str = "coordinator") -> str:
        """A link for somebody else, as the operator makes one."""
        return _link(_command(_environment(self.data, self.port), "invite", role))

    def first_request(self, condition: str) -> int:
        """The number of the oldest request of which that is true."""
        with closing(sqlite3.connect(self.data / "hotline.sqlite3", timeout=START)) as store:
            found = store.execute(f"SELECT MIN(id) FROM requests WHERE {condition}")  # noqa: S608
            number = found.fetchone()[0]
        assert number, condition
        return int(number)

    def confirm(self) -> None:
        """An admin says yes to whoever redeemed a code."""
        store = sqlite3.connect(self.data / "hotline.sqlite3", timeout=START)
        with closing(store), store:
            store.execute("UPDATE coordinators SET waits_until = NULL")


def _environment(data: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    return {**kept, "HOTLINE_DATA": str(data), "HOTLINE_WEB_PORT": str(port)}


def _command(env: dict[str, str], *words: str) -> str:
    """What the operator reads who types it."""
    code = f"import sys; from bot.__main__ import main; sys.argv = {['hotline', *words]!r}; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=6 * START,
        check=True,
    )
    return done.stdout


def _link(text: str) -> str:
    found = re.search(r"http://\S+/desk/anmelden/\S+", text)
    assert found, text
    return found[0]


def _close(process: "subprocess.Popen[str]") -> None:
    if process.stdout:
        process.stdout.close()


def _addresses(process: "subprocess.Popen[str]") -> str:
    """What the program prints at its start; it is killed if it takes too long."""
    assert process.stdout
    guard = threading.Timer(START, process.kill)
    guard.start()
    told = ""
    for line in process.stdout:
        told += line
        if "Schreibtisch:" in line:
            break
    guard.cancel()
    assert "Chat:" in told, told
    return told


@contextmanager
def served(data: Path, *, example: bool = False, **settings: str) -> Iterator[Hotline]:
    """The program, with its store in this folder and with what else is set. With `example`
    the store is filled before, and `told` says by whom the desk can be entered."""
    more = {f"HOTLINE_{name.upper()}": value for name, value in settings.items()}

    def start(port: int) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", SERVE],
            env=_environment(data, port) | more,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )

    links = _command(_environment(data, 0), "demo") if example else ""
    process = start(0)
    told = _addresses(process)
    url = re.search(r"Chat:\s+(http://\S+?)/\s", told)
    assert url, told
    invitation = _link(told) if "/anmelden/" in told else ""
    running = Hotline(url[1], invitation, data, process, start, told=links)
    yield running
    running.process.terminate()
    running.process.wait(15)
    _close(running.process)


@pytest.fixture(scope="session")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    with served(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = playwright.chromium.launch(
        executable_path=CHROMIUM, chromium_sandbox=False, args=FLAGS
    )
    yield running
    running.close()


@pytest.fixture
def visit(browser: Browser, hotline: Hotline) -> Iterator[Callable[..., Page]]:
    """Opens a page as somebody new. Fails the test if a page broke its own rules."""
    contexts: list[BrowserContext] = []
    broken: list[str] = []

    def new(**options: object) -> Page:
        hotline.welcome()
        settings = {"base_url": hotline.url, "locale": "de-DE", "reduced_motion": "reduce"}
        context = browser.new_context(**{**settings, **options})  # type: ignore[arg-type]
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) =>"
            " console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI));"
        )
        page = context.new_page()
        if SLOW_LINE:
            context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("dialog", lambda dialog: (broken.append(dialog.message), dialog.dismiss()))
        page.on(
            "console",
            lambda message: (
                broken.append(message.text)
                if "CSP" in message.text or "Content Security Policy" in message.text
                else None
            ),
        )
        contexts.append(context)
        return page

    yield new
    for context in contexts:
        context.close()
    assert broken == []


def signed_in(browser: Browser, hotline: Hotline) -> dict[str, object]:
    """The cookies of the first person who signs in at the desk, an admin."""
    context = browser.new_context(base_url=hotline.url)
    page = context.new_page()
    page.goto(hotline.invitation)
    page.get_by_label("Wie sollen Kolleginnen").fill("Erika Beispiel")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Anfragen")).to_be_visible()
    state = context.storage_state()
    context.close()
    return dict(state)


@pytest.fixture(scope="session")
def desk_state(browser: Browser, hotline: Hotline) -> dict[str, object]:
    """The cookies of an admin who is signed in at the desk."""
    return signed_in(browser, hotline)


@pytest.fixture
def at_desk(visit: Callable[..., Page], desk_state: dict[str, object]) -> Callable[..., Page]:
    """Opens the desk as somebody who is signed in."""

    def new(path: str = "/desk", **options: object) -> Page:
        page = visit(storage_state=desk_state, **options)
        page.goto(path)
        return page

    return new


@pytest.fixture
def ask() -> Callable[[Page, str], None]:
    """Type into the field and send, whatever the browser can do."""

    def send(page: Page, text: str) -> None:
        page.get_by_label("Ihre Nachricht").fill(text)
        page.get_by_role("button", name="Senden").click()
        expect(page.get_by_role("log").get_by_text(text, exact=True).last).to_be_visible()
        page.wait_for_load_state()  # the first message leads to another page

    return send


@pytest.fixture
def handed_over(
    visit: Callable[..., Page], ask: Callable[[Page, str], None]
) -> Callable[[str], Page]:
    """Somebody has a question that goes to a person; their page."""

    def new(question: str) -> Page:
        page = visit()
        page.goto("/")
        ask(page, question)
        page.get_by_role("button", name="Ja, bitte").click()
        expect(page.get_by_role("log").get_by_text("hat die Nummer")).to_be_visible()
        return page

    return new
