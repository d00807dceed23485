"""The pool of experts is kept on pages that keep nobody out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import LOOKS, findings
from tests.browser.conftest import Hotline
from tests.browser.keyboard import press, reach, type_into
from tests.browser.test_desk_inbox import number_of

Visit = Callable[..., Page]

HOME = "/desk/fachleute"
LONG = "Fachstelle für Leerstandsmanagementberatung und Zwischennutzungsvermittlung"


def fits(page: Page) -> bool:
    """Nothing has to be shifted sideways."""
    wide: bool = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return not wide


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_of_the_pool_keeps_anybody_out(
    at_desk: Visit, handed_over: Callable[[str], Page], look: str
) -> None:
    page = at_desk(HOME, **LOOKS[look])
    found: list[str] = []

    def look_at() -> None:
        found.extend(findings(page))
        assert fits(page), page.url

    look_at()
    page.goto(f"{HOME}/neu")
    look_at()
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look_at()
    page.get_by_label("Name", exact=True).fill(f"{LONG} {look}"[:80])
    page.get_by_label("Wobei sie helfen").fill("Hilft bei leeren Läden.")
    page.get_by_label("Stichworte").fill(f"Parkbank{look}")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#meldung")).to_contain_text("ist gespeichert")
    page.wait_for_load_state()
    page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
    look_at()
    page.get_by_role("button", name="Zustimmung eintragen").click()
    expect(page.locator("#meldung")).to_contain_text("erscheint jetzt im Chat")
    look_at()
    number = number_of(handed_over(f"Wer streicht die Parkbank{look}?"))
    entry = page.url.split("?")[0]
    page.goto(f"/desk/anfrage/{number}")
    expect(page.get_by_role("heading", name="Fachleute, die dazu passen")).to_be_visible()
    look_at()
    page.goto(f"{HOME}?suche=parkbank{look}")
    expect(page.locator(".case")).to_have_count(1)
    look_at()
    page.goto(f"{entry}/loeschen")
    look_at()
    page.get_by_role("button", name="Ja, löschen").click()
    expect(page.locator("#meldung")).to_contain_text("ist gelöscht")
    assert found == []


@pytest.mark.parametrize("look", ["light", "narrow-dark"])
def test_an_expert_s_own_page(visit: Visit, at_desk: Visit, hotline: Hotline, look: str) -> None:
    name = f"Fatma {look}"
    own = visit(**LOOKS[look])
    own.goto(hotline.invite("expert"))
    own.get_by_label("Wie sollen Kolleginnen").fill(name)
    own.get_by_role("button", name="Anmelden").click()
    expect(own.get_by_text("Bestätigung").first).to_be_visible()
    hotline.confirm()
    own.goto(HOME)
    expect(own.get_by_text("Für Sie steht noch kein Eintrag")).to_be_visible()
    found = findings(own)
    desk = at_desk(f"{HOME}/neu")
    desk.get_by_label("Name", exact=True).fill(f"Fachperson {look}")
    desk.get_by_label("Wobei sie helfen").fill("Hilft bei Brunnen.")
    desk.get_by_label("Stichworte").fill("Brunnen")
    desk.get_by_label("Zugang").select_option(label=name)
    desk.get_by_role("button", name="Speichern").click()
    expect(desk.locator("#meldung")).to_contain_text("ist gespeichert")
    own.reload()
    own.get_by_role("button", name="Zustimmung eintragen").click()
    expect(own.locator("#meldung")).to_contain_text("erscheint jetzt im Chat")
    found += findings(own)
    assert fits(own)
    own.get_by_role("button", name="Zustimmung zurückziehen").click()
    expect(own.locator("#meldung")).to_contain_text("nicht mehr im Chat")
    assert found == []


def test_an_expert_is_entered_by_keys_alone(at_desk: Visit) -> None:
    page = at_desk(HOME)
    reach(page, page.get_by_role("link", name="Neue Fachperson"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Neue Fachperson")).to_be_visible()
    type_into(page, "Name", "Fachperson für Brunnen")
    type_into(page, "Wobei sie helfen", "Hilft bei alten Brunnen.")
    type_into(page, "Stichworte", "Dorfbrunnen")
    press(page, "button", "Speichern")
    expect(page.locator("#meldung")).to_be_focused()
    press(page, "button", "Zustimmung eintragen")
    expect(page.locator("#meldung")).to_contain_text("erscheint jetzt im Chat")
    press(page, "button", "Zustimmung zurückziehen")
    expect(page.locator("#meldung")).to_contain_text("nicht mehr im Chat")
