"""The directory in a real browser: kept at the desk, and open to everybody."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import LOOKS, findings
from tests.browser.conftest import Hotline, served, signed_in
from tests.browser.keyboard import press, reach, type_into

Visit = Callable[..., Page]
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsversammlungsraum"
NARROW = {"viewport": {"width": 360, "height": 640}}


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A town of its own: a directory that is not empty changes what is answered elsewhere."""
    with served(tmp_path_factory.mktemp("groups")) as running:
        yield running


@pytest.fixture(scope="module")
def desk_state(browser: Browser, hotline: Hotline) -> dict[str, object]:
    return signed_in(browser, hotline)


def written(page: Page, name: str, about: str = "Wir reden über leere Läden.") -> None:
    """A group elsewhere, on its page at the desk."""
    page.goto("/desk/gruppen/neu")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Wo die Gruppe ist").fill("Signal")
    page.get_by_label("Adresse der Gruppe").fill("https://signal.group/#abc")
    page.get_by_label("Worum es geht").fill(about)
    page.get_by_label("Leerstand").check()
    page.get_by_label("Region").fill("Brandenburg")
    page.get_by_role("button", name="Aufnehmen").click()
    page.get_by_role("button", name="Ins Verzeichnis aufnehmen").click()
    expect(page.get_by_role("status").first).to_contain_text("im Verzeichnis")


def test_a_group_is_added_and_listed_by_keyboard_alone(at_desk: Visit):
    page = at_desk("/desk")
    reach(page, page.get_by_role("navigation", name="Koordination").locator("summary"))
    page.keyboard.press("Enter")
    press(page, "link", "Gruppen")
    press(page, "link", "Gruppe anderswo aufnehmen")
    expect(page.get_by_role("heading", level=1)).to_have_text("Neue Gruppe")
    press(page, "button", "Aufnehmen")
    expect(page.get_by_role("alert")).to_contain_text("Bitte geben Sie einen Namen an.")
    type_into(page, "Name", "Stammtisch im Netz")
    type_into(page, "Wo die Gruppe ist", "Matrix")
    type_into(page, "Adresse der Gruppe", "https://matrix.example.org/#x")
    type_into(page, "Worum es geht", "Austausch am Abend.")
    press(page, "button", "Aufnehmen")
    expect(page.get_by_role("status").first).to_contain_text("aufgenommen")
    press(page, "button", "Ins Verzeichnis aufnehmen")
    expect(page.get_by_role("status").first).to_contain_text("mindestens ein Thema")


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_kept_out_of_the_directory(at_desk: Visit, visit: Visit, look: str):
    page = at_desk("/desk/gruppen/neu", **LOOKS[look])
    found = findings(page)
    page.get_by_role("button", name="Aufnehmen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += findings(page)
    written(page, f"Leerstand {look}")
    found += findings(page)
    page.get_by_role("link", name="Löschen").click()
    found += findings(page)
    page.goto("/desk/gruppen")
    found += findings(page)
    guest = visit(**LOOKS[look])
    for path in ("/gruppen", "/gruppen?thema=wohnen", f"/gruppen/leerstand-{look}"):
        guest.goto(path)
        guest.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
        found += findings(guest)
    assert found == []


def test_long_words_and_markup_stay_where_they_belong_on_a_small_screen(
    at_desk: Visit, visit: Visit
):
    page = at_desk("/desk", **NARROW)
    written(page, f"{LONG} {EVIL}"[:80], f"{EVIL} {LONG} https://example.org/{'lang/' * 30}")
    guest = visit(java_script_enabled=False, **NARROW)
    guest.goto("/gruppen?thema=leerstand")
    guest.get_by_role("link", name=LONG).click()
    expect(guest.get_by_role("heading", level=1)).to_contain_text(LONG)
    pages = [(page, "/desk/gruppen"), (page, page.url), (guest, guest.url), (guest, "/gruppen")]
    for one, path in pages:
        one.goto(path)
        expect(one.get_by_text(LONG).first).to_be_visible()
        if one is page:
            width = one.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path
    wide = visit(**NARROW)
    for path in ("/gruppen", guest.url):
        wide.goto(path)
        assert wide.evaluate("document.documentElement.scrollWidth") <= 360, path
