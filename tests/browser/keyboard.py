"""What somebody does who has no mouse: they press keys and look where they are."""

import re

from playwright.sync_api import Locator, Page, expect

FAR = 80  # presses of Tab after which somebody gives up


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus, and see that it has."""
    wanted.wait_for(state="attached")
    page.wait_for_load_state()
    for _ in range(FAR):
        if wanted.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    outline = wanted.evaluate("one => getComputedStyle(one).outlineStyle")
    assert outline == "solid", f"nobody sees where they are: {wanted}"


def strike(page: Page, key: str) -> None:
    """Press a key that a script of the page listens for, once the page has them all."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def press(page: Page, role: str, name: "str | re.Pattern[str]") -> None:
    # The first: public pages of the same name are linked at the bottom.
    reach(page, page.get_by_role(role, name=name).first)  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def type_into(page: Page, label: str, words: str) -> None:
    reach(page, page.get_by_label(label, exact=True))
    page.keyboard.type(words)
