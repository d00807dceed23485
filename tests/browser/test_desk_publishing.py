"""Coordinators write the programme and tell people of it, in a real browser."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import LOOKS, findings
from tests.browser.conftest import Hotline, served, signed_in
from tests.browser.keyboard import press, type_into

Visit = Callable[..., Page]
SENT = 30_000  # milliseconds until an announcement is out; ten seconds of them are for regrets
NEXT_YEAR = date.today().year + 1  # noqa: DTZ011 - far enough from every midnight


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A town of its own: what is published here would be found by those who ask elsewhere."""
    with served(tmp_path_factory.mktemp("publishing")) as running:
        yield running


@pytest.fixture(scope="module")
def desk_state(browser: Browser, hotline: Hotline) -> dict[str, object]:
    return signed_in(browser, hotline)


def in_a_form(page: Page, title: str, topic: str) -> None:
    """Fill in a new event."""
    day = date.today() + timedelta(days=40)  # noqa: DTZ011
    page.goto("/desk/veranstaltungen/neu")
    page.get_by_label("Titel").fill(title)
    page.locator("[name=day]").fill(str(day))
    page.locator("[name=hour]").fill("18:30")
    page.get_by_label("Weitere Themen").fill(topic)


def test_an_event_is_written_published_announced_and_watched_by_keyboard_alone(
    at_desk: Visit, hotline: Hotline
):
    hotline.subscribe(60, "tastatur")
    page = at_desk("/desk")
    press(page, "link", "Veranstaltungen")
    press(page, "link", "Neue Veranstaltung")
    expect(page.get_by_role("heading", level=1)).to_have_text("Neue Veranstaltung")
    type_into(page, "Titel", "Stammtisch Leerstand")
    # Browsers differ in the order of day and month, and in whether they ask for AM.
    type_into(page, "Beginn: Tag", f"0303{NEXT_YEAR}")
    type_into(page, "Beginn: Uhrzeit", "1015A")
    type_into(page, "Weitere Themen", "Tastatur")
    press(page, "button", "Als Entwurf speichern")
    expect(page.get_by_role("status").first).to_contain_text("Entwurf")
    press(page, "button", "Veröffentlichen")
    expect(page.get_by_role("status").first).to_contain_text("ist veröffentlicht")
    expect(page.get_by_role("region", name="Stand")).to_contain_text("10:15 Uhr")
    press(page, "button", "Ankündigen")
    page.wait_for_url("**/desk/ankuendigungen/*")
    expect(page.get_by_role("region", name="Das lesen alle")).to_contain_text("Leerstand")
    press(page, "button", "An 60 senden")
    expect(page.get_by_text("So lange können Sie die Ankündigung zurücknehmen")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=SENT)
    report = page.get_by_role("region", name="Bericht")
    expect(report).to_contain_text("Zugestellt: 60 von 60", timeout=SENT)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "60")
    expect(page.get_by_text("60 von 60", exact=True)).to_be_visible()
    # What is heard without looking, at the end and after every quarter.
    expect(page.locator("#ansage")).to_have_text("schon versendet")
    press(page, "link", "Alle Ankündigungen")
    expect(page.get_by_role("listitem").filter(has_text="60 von 60")).to_have_count(1)


def test_an_announcement_is_taken_back_while_the_seconds_run(at_desk: Visit, hotline: Hotline):
    hotline.subscribe(3, "rueckgaengig")
    page = at_desk()
    in_a_form(page, "Zu früh gefreut", "rueckgaengig")
    page.get_by_role("button", name="Als Entwurf speichern").click()
    page.get_by_role("button", name="Veröffentlichen").click()
    page.get_by_role("button", name="Ankündigen").click()
    page.get_by_role("button", name="An 3 senden").dblclick()
    left = page.locator("#frist")
    before = left.inner_text()
    expect(left).not_to_have_text(before)  # the seconds run by themselves
    page.get_by_role("button", name="Zurücknehmen").click()
    expect(page.get_by_role("status").first).to_contain_text("zurückgenommen")
    expect(page.get_by_role("button", name="Zurücknehmen")).to_have_count(0)
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_what_is_typed_stays_while_the_page_around_it_changes(at_desk: Visit, hotline: Hotline):
    hotline.subscribe(3, "berichtigung")
    page = at_desk()
    in_a_form(page, "Mit einem Fehler", "berichtigung")
    page.get_by_role("button", name="Als Entwurf speichern").click()
    page.get_by_role("button", name="Veröffentlichen").click()
    page.get_by_role("button", name="Ankündigen").click()
    page.locator("summary", has_text="Später senden").click()
    page.locator("#f-at").fill(f"{NEXT_YEAR}-03-03")
    hotline.subscribe(2, "berichtigung")
    colleague = at_desk(page.url.partition("?")[0])
    # Something happens at the desk, so every open page looks again.
    colleague.goto("/desk/veranstaltungen/neu")
    in_a_form(colleague, "Etwas anderes", "anderes")
    colleague.get_by_role("button", name="Als Entwurf speichern").click()
    expect(page.get_by_role("button", name="An 5 senden", exact=True)).to_be_visible()
    expect(page.locator("#f-at")).to_have_value(f"{NEXT_YEAR}-03-03")
    expect(page.locator("#f-at")).to_be_visible()
    page.get_by_role("button", name="An 5 senden", exact=True).click()
    expect(page.get_by_role("region", name="Bericht")).to_contain_text("5 von 5", timeout=SENT)
    page.locator("summary", has_text="Berichtigen").click()
    expect(page.get_by_label("Neuer Text")).to_have_value(re.compile("18:30 Uhr"))
    page.get_by_label("Neuer Text").fill("Es beginnt um 19 Uhr.")
    page.get_by_role("button", name="Weiter zur Vorschau").click()
    expect(page.get_by_role("button", name="Bei 5 berichtigen")).to_be_visible()
    expect(page.get_by_role("region", name="Das lesen alle")).to_contain_text("um 19 Uhr")


def test_it_works_without_javascript(at_desk: Visit, hotline: Hotline):
    hotline.subscribe(2, "ohne-skripte")
    page = at_desk(java_script_enabled=False)
    page.goto("/desk/veranstaltungen/neu")
    page.get_by_label("Beginn: Tag").fill(f"{NEXT_YEAR}-03-03")
    page.get_by_label("Weitere Themen").fill("Ohne Skripte")
    page.get_by_role("button", name="Als Entwurf speichern").click()
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("Titel")
    problem.get_by_role("link", name="Titel").click()
    page.get_by_label("Titel").fill("Ganz ohne Skripte")
    page.get_by_role("button", name="Vorschau").click()
    expect(page.get_by_role("region", name="Vorschau")).to_contain_text("Ganz ohne Skripte")
    page.get_by_role("button", name="Als Entwurf speichern").click()
    page.get_by_role("button", name="Veröffentlichen").click()
    page.get_by_role("button", name="Ankündigen").click()
    page.get_by_role("button", name="An 2 senden").click()
    expect(page.get_by_role("button", name="Zurücknehmen")).to_be_visible()
    report = page.get_by_role("region", name="Bericht")
    for _ in range(300):
        if report.count() and report.is_visible():
            break
        page.reload()
    expect(report).to_contain_text("Zugestellt: 2 von 2")


def test_a_field_says_how_much_room_is_left(at_desk: Visit):
    page = at_desk("/desk/ankuendigungen/neu")
    page.get_by_label("Text", exact=True).fill("Guten Tag")
    expect(page.locator("#zahl-text")).to_have_text("9 von 3000 Zeichen")
    page.get_by_label("Text", exact=True).fill("x" * 3007)
    expect(page.locator("#zahl-text")).to_have_text("7 Zeichen zu viel")


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_kept_out_and_nobody_scrolls_sideways(
    at_desk: Visit, hotline: Hotline, look: str
):
    topic = look[::-1]  # words that are alike would be taken for one topic, mistyped
    hotline.subscribe(4, topic)
    page = at_desk(**LOOKS[look])
    found: list[str] = []

    def looked_at() -> None:
        page.wait_for_load_state()
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        found.extend(findings(page))
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, page.url

    for path in ("", "?ansicht=entwuerfe", "?ansicht=vergangene", "/neu"):
        page.goto(f"/desk/veranstaltungen{path}")
        looked_at()
    page.get_by_role("button", name="Als Entwurf speichern").click()
    expect(page.get_by_role("alert")).to_be_focused()
    looked_at()
    in_a_form(page, f"{look}-Donaudampfschifffahrtsgesellschaftskapitänsversammlung", topic)
    page.get_by_role("button", name="Vorschau").click()
    expect(page.get_by_role("region", name="Vorschau")).to_be_visible()
    looked_at()
    page.get_by_role("button", name="Als Entwurf speichern").click()
    expect(page.get_by_role("status").first).to_contain_text("Entwurf")
    looked_at()
    event = page.url.partition("?")[0]
    page.goto(f"{event}/loeschen")
    looked_at()
    page.goto(event)
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.get_by_role("status").first).to_contain_text("ist veröffentlicht")
    looked_at()
    page.goto(f"{event}/absagen")
    looked_at()
    page.goto(event)
    page.get_by_role("button", name="Ankündigen").click()
    page.wait_for_url("**/desk/ankuendigungen/*")
    announcement = page.url.partition("?")[0]
    looked_at()
    page.get_by_role("button", name="Zu dieser Zeit").click()
    expect(page.get_by_role("alert")).to_be_focused()
    looked_at()
    page.get_by_role("button", name="An 4 senden", exact=True).click()
    expect(page.get_by_role("button", name="Zurücknehmen")).to_be_visible()
    looked_at()
    page.goto("/desk/ankuendigungen/neu")
    looked_at()
    page.get_by_role("button", name="Weiter zur Vorschau").click()
    expect(page.get_by_role("alert")).to_be_focused()
    looked_at()
    page.goto("/desk/ankuendigungen")
    looked_at()
    page.goto(announcement)
    expect(page.get_by_role("region", name="Bericht")).to_be_visible(timeout=SENT)
    looked_at()
    assert found == []


def test_an_expert_reads_one_sentence(visit: Visit, hotline: Hotline):
    page = visit()
    page.goto(hotline.invite("expert"))
    page.get_by_label("Wie sollen Kolleginnen").fill("Fachfrau")
    page.get_by_role("button", name="Anmelden").click()
    hotline.confirm()
    page.goto("/desk")
    expect(page.get_by_role("navigation", name="Koordination")).to_be_visible()
    expect(page.get_by_role("link", name="Ankündigungen")).to_have_count(0)
    page.goto("/desk/ankuendigungen")
    expect(page.get_by_text("bearbeitet nur die Koordination")).to_be_visible()
    assert findings(page) == []
