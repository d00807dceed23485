"""The desk's way around: what is needed daily at once, the rest one press away."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import LOOKS, findings
from tests.browser.keyboard import reach

Visit = Callable[..., Page]

DAILY = ("Anfragen", "Veranstaltungen", "Ankündigungen", "Lernen")
REST = ("Meldungen", "Fachleute", "Gruppen", "Interesse", "Übersicht", "Team")


def navigation(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Koordination")


def menu(page: Page) -> Locator:
    return navigation(page).locator("summary")


@pytest.mark.parametrize("look", LOOKS)
def test_on_a_small_phone_it_takes_two_rows_and_all_is_within_reach(
    at_desk: Visit, look: str
) -> None:
    page = at_desk(**LOOKS[look])
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/desk", "/desk/fachleute"):
        page.goto(path)
        rows = (
            navigation(page)
            .locator("> ul > li")
            .evaluate_all(
                "all => new Set(all.map(one => Math.round(one.getBoundingClientRect().top))).size"
            )
        )
        assert rows <= 2, path
        for name in DAILY:
            expect(navigation(page).get_by_role("link", name=name, exact=True)).to_be_visible()
        menu(page).click()
        for name in REST:
            expect(navigation(page).get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
        expect(navigation(page).get_by_role("button", name="Abmelden")).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert findings(page) == []


def test_by_keyboard_it_opens_leads_on_and_closes(at_desk: Visit) -> None:
    page = at_desk()
    page.goto("/desk")
    reach(page, menu(page))
    page.keyboard.press("Enter")
    reach(page, navigation(page).get_by_role("link", name="Gruppen"))
    page.keyboard.press("Escape")
    expect(menu(page)).to_be_focused()
    expect(navigation(page).get_by_role("link", name="Gruppen")).to_be_hidden()
    page.keyboard.press("Space")
    reach(page, navigation(page).get_by_role("link", name="Gruppen"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Themengruppen")).to_be_visible()


def test_the_closed_menu_says_where_one_is(at_desk: Visit) -> None:
    page = at_desk()
    page.goto("/desk/team")
    expect(menu(page)).to_have_text("Mehr: Team")
    menu(page).click()
    here = navigation(page).locator("[aria-current=page]")
    expect(here).to_have_count(1)
    expect(here).to_have_text("Team")
    # Whoever goes on reading is not covered by it.
    page.get_by_role("heading", level=1).click()
    expect(here).to_be_hidden()
    page.goto("/desk")
    expect(menu(page)).to_have_text("Mehr")


def test_without_scripts_it_opens_all_the_same(at_desk: Visit) -> None:
    page = at_desk(java_script_enabled=False)
    page.goto("/desk")
    menu(page).click()
    navigation(page).get_by_role("link", name="Meldungen").click()
    expect(page.get_by_role("heading", name="Meldungen", level=1)).to_be_visible()
