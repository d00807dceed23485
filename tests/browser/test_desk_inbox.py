"""A morning at the desk with a keyboard, two browsers on one request, and a bell."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import LOOKS, findings
from tests.browser.conftest import Hotline
from tests.browser.keyboard import strike
from tests.browser.test_desk import colleague_at

Visit = Callable[..., Page]

# Notes what would be heard and shown; nobody is asked for anything.
EARS = """
window.heard = []; window.asked = 0;
window.AudioContext = class {
  state = "running"; currentTime = 0; destination = {};
  createOscillator() {
    return { frequency: {}, connect: (to) => to, start: () => heard.push("ton"), stop() {} };
  }
  createGain() {
    const gain = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
    return { gain, connect: (to) => to };
  }
};
window.Notification = class {
  static permission = "default";
  static async requestPermission() { asked += 1; return (Notification.permission = "granted"); }
  constructor(words) { heard.push(words); }
  addEventListener() {}
};
"""


def number_of(person: Page) -> str:
    found = re.search(r"K-(\d+)", person.get_by_role("log").inner_text())
    assert found
    return found[1]


def test_a_morning_with_the_keyboard_alone(at_desk: Visit, handed_over: Callable[[str], Page]):
    person = handed_over("Wer leert die Papierkörbe am Bahnhof?")
    number = number_of(person)
    desk = at_desk("/desk")
    expect(desk.get_by_role("link", name=f"K-{number}")).to_be_visible()
    strike(desk, "/")
    expect(desk.get_by_label("Suche")).to_be_focused()
    desk.keyboard.type(f"jkx? K-{number}")
    expect(desk.get_by_label("Suche")).to_have_value(f"jkx? K-{number}")
    expect(desk.get_by_role("dialog")).to_be_hidden()
    desk.get_by_label("Suche").fill(f"K-{number}")
    desk.keyboard.press("Enter")
    expect(desk.locator("#liste .case")).to_have_count(1)
    strike(desk, "j")
    expect(desk.get_by_role("link", name=f"K-{number}")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name=f"Anfrage K-{number}")).to_be_visible()
    # What changes is shown on the old page, too, before the next one is there.
    with desk.expect_event("load"):
        strike(desk, "c")
    expect(desk.get_by_role("region", name="Stand der Anfrage")).to_contain_text("bei Erika")
    strike(desk, "n")
    expect(desk.get_by_label("Notiz ")).to_be_focused()
    desk.keyboard.type("Bauhof fragen")
    desk.keyboard.press("Tab")
    with desk.expect_event("load"):
        desk.keyboard.press("Enter")
    expect(desk.get_by_role("log")).to_contain_text("Bauhof fragen")
    strike(desk, "r")
    expect(desk.get_by_label("Ihre Antwort")).to_be_focused()
    desk.keyboard.type("Der Bauhof, jeden Montag.")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Tab")
    expect(desk.get_by_role("button", name="Antwort senden")).to_be_focused()
    with desk.expect_event("load"):
        desk.keyboard.press("Enter")
    expect(desk.get_by_role("log")).to_contain_text("Der Bauhof, jeden Montag.")
    expect(desk.get_by_label("Ihre Antwort")).to_have_value("")
    expect(person.get_by_role("log")).to_contain_text("Der Bauhof, jeden Montag.")
    strike(desk, "x")
    expect(desk.get_by_label("Grund", exact=True)).to_be_focused()
    desk.keyboard.press("Tab")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Wieder öffnen")).to_be_visible()


def test_moving_in_the_list_by_letters_and_arrows(
    at_desk: Visit, handed_over: Callable[[str], Page]
):
    first, second = handed_over("Wer repariert die Mühle?"), handed_over("Wer repariert das Wehr?")
    assert number_of(first) != number_of(second)
    desk = at_desk("/desk")
    links = desk.locator("#liste .first a")
    assert links.count() >= 2
    strike(desk, "j")
    expect(links.nth(0)).to_be_focused()
    strike(desk, "ArrowDown")
    expect(links.nth(1)).to_be_focused()
    strike(desk, "k")
    expect(links.nth(0)).to_be_focused()
    strike(desk, "k")
    expect(links.nth(0)).to_be_focused()
    strike(desk, "Control+j")
    expect(links.nth(0)).to_be_focused()


def test_the_sheet_of_keys_keeps_the_focus_and_gives_it_back(at_desk: Visit):
    desk = at_desk("/desk")
    way = desk.get_by_role("link", name="Tasten für schnelles Arbeiten")
    way.focus()
    strike(desk, "?")
    sheet = desk.get_by_role("dialog", name="Tasten")
    expect(sheet).to_be_visible()
    for _ in range(6):
        desk.keyboard.press("Tab")
        inside = "!document.activeElement || document.activeElement === document.body ||"
        inside += " document.querySelector('dialog').contains(document.activeElement)"
        assert desk.evaluate(inside)
    desk.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(way).to_be_focused()
    desk.keyboard.press("Enter")
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Tasten ausschalten").click()
    sheet.get_by_role("button", name="Schließen").click()
    strike(desk, "/")
    expect(desk.get_by_label("Suche")).not_to_be_focused()
    strike(desk, "?")
    sheet.get_by_role("button", name="Tasten einschalten").click()
    desk.keyboard.press("Escape")
    strike(desk, "/")
    expect(desk.get_by_label("Suche")).to_be_focused()


def test_a_sound_and_a_notification_only_for_those_who_switched_them_on(
    at_desk: Visit, handed_over: Callable[[str], Page]
):
    desk = at_desk("about:blank")
    desk.add_init_script(EARS)
    desk.goto("/desk")
    handed_over("Wo steht die Waage?")
    expect(desk.locator("#ansage")).to_contain_text("Neue Anfrage")
    assert desk.evaluate("[heard, asked]") == [[], 0]
    desk.get_by_role("button", name="Ton").click()
    desk.get_by_role("button", name="Benachrichtigung").click()
    expect(desk.get_by_role("button", name="Benachrichtigung")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert desk.evaluate("[heard.splice(0), asked]") == [["ton", "ton"], 1]
    number = number_of(handed_over("Wo steht das Denkmal?"))
    expect(desk.locator("#ansage")).to_have_text(f"Neue Anfrage K-{number}")
    desk.wait_for_function("heard.length === 3")
    assert desk.evaluate("heard.splice(0)") == ["ton", "ton", f"Neue Anfrage K-{number}"]
    desk.get_by_role("button", name="Ton").click()
    desk.get_by_role("button", name="Benachrichtigung").click()
    number = number_of(handed_over("Wo steht der Maibaum?"))
    expect(desk.locator("#ansage")).to_have_text(f"Neue Anfrage K-{number}")
    assert desk.evaluate("heard") == []


def test_two_on_one_request_see_each_other_and_neither_loses_a_word(
    visit: Visit, at_desk: Visit, handed_over: Callable[[str], Page], hotline: Hotline
):
    person = handed_over("Wann wird der Teich gereinigt?")
    path = f"/desk/anfrage/{number_of(person)}"
    desk, colleague = at_desk(path), colleague_at(visit, at_desk, hotline, "Max Muster")
    colleague.goto(path)
    colleague.locator("summary", has_text="Weiteres").click()
    colleague.get_by_label("Mit welcher Anfrage?").fill("K-10")
    desk.get_by_label("Ihre Antwort").press_sequentially("Im Mai")
    expect(colleague.locator("#schreibt")).to_have_text(
        "Erika Beispiel schreibt gerade eine Antwort."
    )
    expect(desk.locator("#schreibt")).to_have_text("")
    expect(person.locator("#schreibt")).to_have_text("Jemand schreibt …")
    colleague.get_by_label("Ihre Antwort").fill("Im Juni")
    colleague.get_by_label("Mit welcher Anfrage?").focus()
    desk.get_by_role("button", name="Übernehmen", exact=True).click()
    expect(desk.get_by_role("region", name="Stand der Anfrage")).to_contain_text("bei Erika")
    expect(desk.get_by_label("Ihre Antwort")).to_have_value("Im Mai")
    expect(colleague.get_by_role("region", name="Stand der Anfrage")).to_contain_text("bei Erika")
    expect(colleague.get_by_label("Mit welcher Anfrage?")).to_have_value("K-10")
    expect(colleague.get_by_label("Mit welcher Anfrage?")).to_be_focused()
    colleague.get_by_role("button", name="Antwort senden").click()
    expect(colleague.get_by_role("alert")).to_contain_text("Erika Beispiel")
    expect(colleague.get_by_label("Ihre Antwort")).to_have_value("Im Juni")
    desk.get_by_role("button", name="Antwort senden").click()
    expect(colleague.get_by_role("log")).to_contain_text("Im Mai")
    expect(person.get_by_role("log")).to_contain_text("Im Mai")
    expect(person.get_by_role("log")).not_to_contain_text("Im Juni")


def test_everything_but_sound_hints_and_keys_works_without_javascript(
    at_desk: Visit, handed_over: Callable[[str], Page]
):
    number = number_of(handed_over("Wer pflegt die Rosen am Rathaus?"))
    desk = at_desk("/desk", java_script_enabled=False)
    expect(desk.get_by_role("button", name="Ton")).to_be_hidden()
    desk.get_by_label("Suche").fill("Rosen Rathaus")
    desk.get_by_role("button", name="Suchen").click()
    desk.get_by_role("link", name=f"K-{number}").click()
    desk.get_by_label("Ihre Antwort").fill("Welche Rosen meinen Sie?")
    desk.get_by_role("button", name="Als Rückfrage senden").click()
    expect(desk.get_by_role("region", name="Stand der Anfrage")).to_contain_text("Rückfrage")
    desk.locator("summary", has_text="Weiteres").click()
    desk.get_by_label("Wie lange?").select_option("30")
    desk.get_by_label("Grund Nur für das Team.").fill("Beleidigungen")
    desk.locator("form[action$='/block'] button").click()
    expect(desk.get_by_role("heading", name="Wirklich sperren?")).to_be_visible()
    desk.get_by_role("link", name="Abbrechen").click()
    expect(desk.get_by_text("Person gesperrt")).to_have_count(0)
    desk.get_by_role("link", name="Alle Anfragen").click()
    desk.get_by_role("link", name="Tasten für schnelles Arbeiten").click()
    expect(desk.get_by_role("heading", name="Tasten für schnelles Arbeiten")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_kept_out_of_the_desk(
    at_desk: Visit, handed_over: Callable[[str], Page], look: str
):
    number = number_of(handed_over(f"Wer schneidet die Hecke ({look})?"))
    page = at_desk("/desk", **LOOKS[look])
    found: list[str] = []

    def looked_at() -> None:
        found.extend(findings(page))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url

    looked_at()
    strike(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    looked_at()
    page.keyboard.press("Escape")
    for path in ("/desk?suche=nirgends", "/desk?ansicht=ueberfaellig", "/desk/tasten"):
        page.goto(path)
        looked_at()
    page.goto(f"/desk/anfrage/{number}")
    page.get_by_label("Ihre Antwort").fill("Die Gärtnerei.")
    page.get_by_role("button", name="Später senden").click()
    expect(page.get_by_role("log")).to_contain_text("wird gesendet:")
    page.locator("summary", has_text="Weiteres").click()
    looked_at()
    page.get_by_label("Mit welcher Anfrage?").fill("nichts")
    page.locator("form[action$='/merge'] button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at()
    page.get_by_label("Grund Nur für das Team.").fill("W" * 200)
    page.locator("form[action$='/block'] button").click()
    expect(page.get_by_role("heading", name="Wirklich sperren?")).to_be_visible()
    looked_at()
    assert found == []
