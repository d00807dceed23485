"""Nobody is kept out: every page, light and dark, wide and narrow, has no serious finding."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import LOOKS, findings
from tests.browser.conftest import Hotline

Visit = Callable[..., Page]


@pytest.mark.parametrize("look", LOOKS)
def test_the_chat_and_the_plain_pages(
    visit: Visit, ask: Callable[[Page, str], None], hotline: Hotline, look: str
):
    page = visit(**LOOKS[look])
    found: list[str] = []
    paths = ["/", "/rahmen", "/zurueck", "/datenschutz", "/barrierefreiheit", "/desk", "/nichts"]
    paths += ["/eintrag/kleinstadt-definition", "/format/webinar"]
    for path in [*paths, hotline.invite()]:
        page.goto(path)
        found += findings(page)
    page.goto("/")
    page.get_by_label("Ihre Nachricht").fill("W" * 4001)
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += findings(page)
    page.get_by_label("Ihre Nachricht").fill("")
    page.get_by_label("Dateien anhängen").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"Plan"}
    )
    ask(page, "Ab wie vielen Einwohnern ist ein Ort eine Kleinstadt?")
    ask(page, "Wer zahlt die Kirchturmuhr? https://example.org")
    expect(page.get_by_role("button", name="Ja, bitte")).to_be_visible()
    page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
    found += findings(page)
    page.get_by_role("button", name="Rückkehr-Code anzeigen").click()
    found += findings(page)
    page.goto("/")
    page.locator("summary", has_text="Chat beenden").click()
    page.get_by_role("button", name="Chat beenden").click()
    expect(page.get_by_role("heading", name="Der Chat ist beendet")).to_be_visible()
    found += findings(page)
    assert found == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_desk(at_desk: Visit, handed_over: Callable[[str], Page], look: str):
    person = handed_over(f"Wer streicht die Bank im Park ({look})?")
    number = re.search(r"K-(\d+)", person.get_by_role("log").inner_text())
    assert number
    page = at_desk("/desk", **LOOKS[look])
    found = findings(page)
    page.goto(f"/desk/anfrage/{number[1]}")
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.get_by_role("status").first).to_be_visible()
    page.locator("summary", has_text="Notiz für das Team").click()
    page.get_by_label("Notiz ").fill("Bauhof fragen")
    page.get_by_role("button", name="Notiz speichern").click()
    page.get_by_label("Ihre Antwort").fill("Der Bauhof.")
    page.get_by_role("button", name="Antwort senden").click()
    expect(page.get_by_role("log")).to_contain_text("Der Bauhof.")
    found += findings(page)
    page.get_by_role("button", name="Antwort senden").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += findings(page)
    page.goto(f"/desk/anfrage/{number[1]}")
    page.get_by_role("button", name="Abschließen").click()
    expect(page.get_by_role("button", name="Wieder öffnen")).to_be_visible()
    found += findings(page)
    for path in ("/desk?ansicht=abgeschlossen", "/desk/team"):
        page.goto(path)
        found += findings(page)
    page.get_by_role("button", name="Einladung erstellen").click()
    found += findings(page)
    assert found == []


def test_a_screen_reader_is_told_who_speaks_and_what_is_new(
    visit: Visit, ask: Callable[[Page, str], None]
):
    page = visit()
    page.goto("/")
    ask(page, "Guten Tag")
    region = page.get_by_role("log", name="Gesprächsverlauf")
    expect(region).to_have_attribute("aria-live", "polite")
    lines = region.get_by_role("listitem")
    expect(lines.first).to_contain_text("Sie:")
    expect(lines.nth(1)).to_contain_text("Kleinstadt-Hotline:")
    assert region.get_by_role("button").count() == 0
