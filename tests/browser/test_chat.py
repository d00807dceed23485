"""People use the web chat in a real browser."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Playwright, Request, expect

from tests.browser.conftest import CHROMIUM, FLAGS, SLOW_LINE, Hotline

KNOWN = "Ab wie vielen Einwohnern ist ein Ort eine Kleinstadt?"
UNKNOWN = "Wer zahlt die Kirchturmuhr?"

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    'https://x.example/"onmouseover=alert(1)//',
    "</textarea><script>alert(1)</script>",
    "{{constructor.constructor('alert(1)')()}}",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{display:none}</style>",
    "]]><!--<script>alert(1)",
]

Visit = Callable[..., Page]
Ask = Callable[[Page, str], None]


def log(page: Page) -> str:
    return page.get_by_role("log").inner_text()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_question_is_answered_with_and_without_javascript(visit: Visit, ask: Ask, scripts: bool):
    page = visit(java_script_enabled=scripts)
    page.goto("/")
    ask(page, KNOWN)
    expect(page.get_by_role("log")).to_contain_text("5.000")
    ask(page, UNKNOWN)
    page.get_by_role("button", name="Ja, bitte").click()
    expect(page.get_by_role("log")).to_contain_text("hat die Nummer")
    expect(page.get_by_label("Ihre Nachricht")).to_have_value("")
    assert page.get_by_role("link", name="Neu laden").is_visible() is not scripts


def test_nothing_is_stored_before_somebody_writes(visit: Visit, ask: Ask):
    page = visit()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto("/")
    page.goto("/datenschutz")
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.goto("/")
    ask(page, "Guten Tag")
    assert [cookie["name"] for cookie in page.context.cookies()] == ["chat"]
    hosts = {re.sub(r"^(\w+://[^/]+).*", r"\1", request.url) for request in asked}
    assert len(hosts) == 1  # nothing comes from elsewhere


def test_after_a_choice_the_keyboard_goes_on_from_there(visit: Visit, ask: Ask):
    page = visit()
    page.goto("/")
    ask(page, KNOWN)
    page.get_by_role("button", name="Nein", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").locator(".yours")).to_have_count(2)
    assert page.evaluate("document.activeElement !== document.body")


def test_two_tabs_show_the_same_conversation(visit: Visit, ask: Ask):
    page = visit()
    page.goto("/")
    ask(page, "Hallo aus dem ersten Fenster")
    other = page.context.new_page()
    other.goto("/")
    ask(other, "Hallo aus dem zweiten")
    expect(page.get_by_role("log")).to_contain_text("Hallo aus dem zweiten")
    ask(page, "Und wieder im ersten")
    expect(other.get_by_role("log")).to_contain_text("Und wieder im ersten")
    page.reload()
    assert log(page) == log(other)


def test_a_tab_from_before_the_first_message_keeps_what_was_typed(visit: Visit, ask: Ask):
    page = visit()
    page.goto("/")
    old = page.context.new_page()
    old.goto("/")
    ask(page, "Ich war zuerst")
    old.get_by_label("Ihre Nachricht").fill("Ich war langsamer")
    old.get_by_role("button", name="Senden").click()
    expect(old.get_by_role("alert")).to_contain_text("noch einmal")
    old.get_by_role("button", name="Senden").click()
    expect(old.get_by_role("log")).to_contain_text("Ich war langsamer")
    expect(old.get_by_role("log")).to_contain_text("Ich war zuerst")


def test_nothing_is_lost_or_doubled_when_the_program_restarts(
    visit: Visit, ask: Ask, hotline: Hotline
):
    page = visit()
    page.goto("/")
    ask(page, "Vor dem Neustart")
    expect(page.get_by_role("log").locator(".ours").first).to_be_visible()
    other = page.context.new_page()
    other.goto("/")
    hotline.restart()
    ask(other, UNKNOWN)
    expect(page.get_by_role("log")).to_contain_text(UNKNOWN, timeout=20_000)
    expect(page.get_by_role("log")).to_contain_text("Soll ich")
    ids = page.locator("#zeilen > li").evaluate_all("lines => lines.map(line => line.id)")
    assert len(ids) == len(set(ids))
    assert ids == sorted(ids, key=lambda name: int(name[1:]))
    shown = log(page)
    page.reload()
    assert log(page) == shown


@pytest.mark.skipif(SLOW_LINE, reason="Chromium cannot be told to be slow and offline at once")
def test_a_message_written_offline_is_sent_once_when_the_connection_is_back(visit: Visit, ask: Ask):
    page = visit()
    page.goto("/")
    ask(page, "Guten Tag")
    page.context.set_offline(True)
    page.get_by_label("Ihre Nachricht").fill("Im Funkloch")
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_role("status").first).to_contain_text("Keine Verbindung")
    expect(page.get_by_label("Ihre Nachricht")).to_have_value("Im Funkloch")
    page.context.set_offline(False)
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_role("log").get_by_text("Im Funkloch", exact=True)).to_have_count(1)
    page.reload()
    expect(page.get_by_role("log").get_by_text("Im Funkloch", exact=True)).to_have_count(1)


def test_nothing_that_people_type_runs_in_a_browser(
    visit: Visit, ask: Ask, at_desk: Visit, handed_over: Callable[[str], Page]
):
    page = handed_over(UNKNOWN)
    number = re.search(r"K-(\d+)", log(page))
    assert number
    for payload in PAYLOADS:
        ask(page, payload)
    for payload in (PAYLOADS[0], PAYLOADS[1], PAYLOADS[10]):
        name = payload.replace("/", "_") + ".txt"
        page.get_by_label("Dateien anhängen").set_input_files(
            {"name": name, "mimeType": "text/html", "buffer": b"Guten Tag"}
        )
        page.get_by_label("Ihre Nachricht").fill("Anhang")
        page.get_by_role("button", name="Senden").click()
        expect(page.get_by_role("log").get_by_text(name)).to_be_visible()
    desk = at_desk(f"/desk/anfrage/{number[1]}")
    for payload in PAYLOADS:
        expect(desk.get_by_role("log").get_by_text(payload, exact=True)).to_be_visible()
        desk.get_by_label("Ihre Antwort").fill(payload)
        desk.get_by_role("button", name="Antwort senden").click()
        expect(desk.get_by_role("status").first).to_be_visible()
    expect(page.get_by_role("log").locator(".ours", has_text=PAYLOADS[-1])).to_be_visible()
    for shown in (page, desk):
        assert shown.locator("[role=log] script, [role=log] iframe, [role=log] svg").count() == 0
    desk.goto("/desk")


class _Town(BaseHTTPRequestHandler):
    """A town's own page, on another origin."""

    def __init__(self, script: str, *rest: object) -> None:
        self._script = script
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        page = f'<!doctype html><html lang="de"><title>Stadt</title><h1>Stadt</h1>{self._script}'
        self.wfile.write(page.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def town(hotline: Hotline) -> Iterator[str]:
    script = f'<script src="{hotline.url}/widget.js" defer></script>'
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Town, script))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def open_widget(page: Page) -> FrameLocator:
    page.get_by_role("button", name="Fragen? Schreiben Sie uns").press("Enter")
    return page.frame_locator("iframe[title='Chat der Hotline']")


def test_a_town_embeds_the_chat_on_its_own_page(visit: Visit, town: str):
    # A private window: frames of others get neither cookies nor storage.
    page = visit(base_url=None)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(town)
    button = page.get_by_role("button", name="Fragen? Schreiben Sie uns")
    expect(button).to_have_attribute("aria-expanded", "false")
    assert [url for url in asked if "/rahmen" in url] == []
    frame = open_widget(page)
    expect(button).to_have_attribute("aria-expanded", "true")
    frame.get_by_label("Ihre Nachricht").fill(KNOWN)
    frame.get_by_role("button", name="Senden").click()
    expect(frame.get_by_role("log")).to_contain_text("5.000")
    frame.get_by_label("Ihre Nachricht").fill(UNKNOWN)
    frame.get_by_role("button", name="Senden").click()
    expect(frame.get_by_role("log")).to_contain_text("Soll ich")
    assert page.context.cookies() == []
    frame.get_by_label("Ihre Nachricht").press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_the_embedded_chat_follows_people_to_the_next_page_of_the_town(
    playwright: Playwright, tmp_path: Path, town: str
):
    # Without https we have no cookie for frames, so the frame has to remember by
    # itself, which browsers allow unless they are told to protect from tracking.
    allowed = "--disable-features=TrackingProtection3pcd"
    context = playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, chromium_sandbox=False, args=[*FLAGS, allowed]
    )
    page = context.new_page()
    page.goto(town)
    frame = open_widget(page)
    frame.get_by_label("Ihre Nachricht").fill(UNKNOWN)
    frame.get_by_role("button", name="Senden").click()
    expect(frame.get_by_role("log")).to_contain_text("Soll ich")
    page.goto(f"{town}/andere-seite")
    frame = open_widget(page)
    expect(frame.get_by_role("log")).to_contain_text(UNKNOWN)
    frame.locator("summary", has_text="Chat beenden").click()
    frame.get_by_role("button", name="Chat beenden").click()
    expect(frame.get_by_role("heading", name="Der Chat ist beendet")).to_be_visible()
    page.reload()
    expect(open_widget(page).get_by_label("Ihre Nachricht")).to_be_visible()
    assert UNKNOWN not in (page.frames[1].text_content("body") or "")
    context.close()


def test_no_other_page_of_ours_can_be_framed(browser: Browser, hotline: Hotline):
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.set_content(f'<iframe src="{hotline.url}/"></iframe>')
    page.wait_for_timeout(0)
    assert "Ihre Nachricht" not in (page.frames[1].text_content("body") or "")
    assert any("frame-ancestors" in words for words in refused)
    page.close()


def test_a_page_on_a_narrow_phone_does_not_scroll_sideways(visit: Visit, ask: Ask):
    page = visit(viewport={"width": 320, "height": 640})
    page.goto("/")
    ask(page, "W" * 300)
    for path in ("/", "/datenschutz", "/barrierefreiheit", "/zurueck", "/desk", "/nichts"):
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, path
        small = page.locator("button:visible, .button:visible, nav a:visible, summary:visible")
        for box in (small.nth(number).bounding_box() for number in range(small.count())):
            assert box
            assert box["height"] >= 44
