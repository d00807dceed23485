"""The pages behind links, for everybody: by eye, by ear, by keyboard, on a small phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import LOOKS, findings
from tests.browser.conftest import Hotline

Visit = Callable[..., Page]

ENTRY = "/eintrag/kleinstadt-definition"
PAGES = (ENTRY, f"{ENTRY}?sprache=einfach", "/format/webinar", "/format/nichts",
         "/events/erfahrungswerkstatt-2021", "/gruppen")  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_keep_nobody_out(visit: Visit, look: str) -> None:
    page = visit(**LOOKS[look])
    found: list[str] = []
    for path in PAGES:
        page.goto(path)
        page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
        found += findings(page)
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, path
    assert found == []


def test_by_keyboard_alone_from_a_link_into_the_chat(visit: Visit) -> None:
    page = visit()
    page.goto(ENTRY)
    switch = page.get_by_role("link", name="In Einfacher Sprache lesen")
    switch.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Zum üblichen Text")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("link", name="Zum üblichen Text").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Im Chat weiterfragen")).to_be_focused()
    page.keyboard.press("Enter")
    log = page.get_by_role("log", name="Gesprächsverlauf")
    expect(log).to_contain_text("mindestens 5.000")
    expect(page.get_by_label("Ihre Nachricht")).to_be_visible()


def test_without_scripts_the_page_and_the_chat_behind_it_work(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    page.goto("/format/webinar")
    assert page.get_by_label("Adresse zum Kopieren").input_value().endswith("/format/webinar")
    assert "/format/webinar" in page.get_by_label("Text zum Kopieren").input_value()
    page.get_by_role("button", name="Ich wäre dabei").click()
    expect(page.get_by_role("log")).to_contain_text("Notiert: Bei Webinar")


@pytest.mark.parametrize("look", LOOKS)
def test_the_desk_sees_who_waits(visit: Visit, at_desk: Visit, hotline: Hotline, look: str) -> None:
    person = visit()
    person.goto("/format/crashkurs")
    person.get_by_role("button", name="Ich wäre dabei").click()
    expect(person.get_by_role("log")).to_contain_text("Notiert")
    page = at_desk("/desk/interesse", **LOOKS[look])
    found = findings(page)
    expect(page.get_by_role("row", name="Crashkurs")).to_be_visible()
    page.locator("summary", has_text="Crashkurs").click()
    page.get_by_role("button", name="Weiter zur Vorschau").first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += findings(page)
    page.get_by_label("Ihre Zeile").first.fill("Am Montag geht es los.")
    page.get_by_role("button", name="Weiter zur Vorschau").first.click()
    expect(page.get_by_text("Am Montag geht es los.").first).to_be_visible()
    page.goto("/desk/interesse")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert found == []
