"""Whoever has no mouse does all of it: here nothing but keys is used once a page is open."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Hotline, served, signed_in
from tests.browser.keyboard import press, reach, strike, type_into
from tests.browser.test_desk_inbox import number_of

Visit = Callable[..., Page]
Ask = Callable[[Page, str], None]

UNKNOWN = "Wer leert die Papierkörbe am Bahnhof?"
ANSWER = "Der Bauhof leert sie an jedem Montag."
NEXT_PEOPLE = 30  # on a busy machine a new index takes some seconds


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A town in which somebody works alone, and releases what they wrote."""
    with served(tmp_path_factory.mktemp("keys"), learn_alone="on") as running:
        yield running


@pytest.fixture(scope="module")
def desk_state(browser: Browser, hotline: Hotline) -> dict[str, object]:
    return signed_in(browser, hotline)


def test_a_coordinator_finds_claims_answers_closes_and_teaches(
    at_desk: Visit, visit: Visit, ask: Ask, handed_over: Callable[[str], Page]
) -> None:
    person = handed_over(UNKNOWN)
    handed_over("Wer repariert das Wehr?")
    number = number_of(person)
    desk = at_desk("/desk")
    keys = desk.keyboard
    stand = desk.get_by_role("region", name="Stand der Anfrage")
    field = desk.get_by_label("Ihre Antwort")

    # Found among others
    strike(desk, "/")
    keys.type("papierkörbe")
    keys.press("Enter")
    expect(desk.locator("#liste .case")).to_have_count(1)
    strike(desk, "j")
    keys.press("Enter")
    expect(desk.get_by_role("heading", name=f"Anfrage K-{number}")).to_be_visible()

    # Claimed; whoever listens hears so, and goes on from there
    with desk.expect_event("load"):  # the old page shows it, too, before this one is there
        strike(desk, "c")
    expect(stand).to_contain_text("bei Erika Beispiel")
    expect(desk.locator("#meldung")).to_be_focused()

    # Answered with what is offered, changed before it goes out
    strike(desk, "v")
    offered = desk.get_by_role("link", name="Einfügen").first
    expect(offered).to_be_focused()
    words = offered.get_attribute("data-insert")
    keys.press("Enter")
    expect(field).to_be_focused()
    assert words
    assert words[:20] in field.input_value()
    keys.press("Control+a")
    keys.type(ANSWER)
    with desk.expect_event("load"):
        press(desk, "button", "Antwort senden")
    expect(desk.get_by_role("log")).to_contain_text(ANSWER)
    expect(desk.locator("#meldung")).to_be_focused()
    expect(person.get_by_role("log")).to_contain_text(ANSWER)

    # Closed with a reason
    strike(desk, "x")
    keys.press("ArrowDown")
    expect(desk.get_by_label("Grund", exact=True)).to_have_value("Hat sich erledigt")
    with desk.expect_event("load"):
        press(desk, "button", "Abschließen")
    expect(stand).to_contain_text("Grund: Hat sich erledigt")

    # Taught
    press(desk, "link", "In die FAQ übernehmen")
    expect(desk.get_by_role("heading", name="Eintrag schreiben")).to_be_visible()
    expect(desk.get_by_label("Antwort", exact=True)).to_have_value(ANSWER)
    type_into(desk, "So fragt man auch", "Wann werden die Abfalleimer am Bahnhof geleert?")
    reach(desk, desk.locator("[name=topic]").first)
    keys.press("Space")
    press(desk, "button", "Vorschlagen")
    proposal = desk.get_by_role("region", name="Vorschläge").get_by_role("listitem").first
    expect(proposal).to_contain_text(ANSWER)
    press(desk, "button", "Freigeben")
    expect(desk.get_by_role("region", name="Einträge der Koordination")).to_contain_text(
        "Papierkörbe"
    )
    assert knows(visit, ask)


def knows(visit: Visit, ask: Ask) -> bool:
    """Whether people who ask now are told; the index is made anew while the first ones ask."""
    for _ in range(NEXT_PEOPLE):
        somebody = visit()
        somebody.goto("/")
        ask(somebody, UNKNOWN)
        reply = somebody.get_by_role("log").locator(".ours").nth(1)
        expect(reply).to_be_visible()
        if ANSWER in reply.inner_text():
            return True
    return False


def test_a_person_asks_chooses_is_answered_and_comes_back(visit: Visit, at_desk: Visit) -> None:
    page = visit()
    page.goto("/")
    keys, log = page.keyboard, page.get_by_role("log")

    # Straight to the field, past everything else
    press(page, "link", "Zum Eingabefeld springen")
    expect(page.get_by_label("Ihre Nachricht")).to_be_focused()
    keys.type("Kleinstadt")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Was ist eine Kleinstadt?")).to_be_visible()
    press(page, "button", "Was ist eine Kleinstadt?")
    expect(log).to_contain_text("5.000")
    assert page.evaluate("document.activeElement !== document.body")

    # To a person, in two lines
    back_to_the_field(page)
    keys.type("Guten Tag!")
    keys.press("Shift+Enter")
    keys.type("Wer zahlt die Kirchturmuhr?")
    keys.press("Enter")
    expect(log).to_contain_text("Soll ich")
    press(page, "button", "Ja, bitte")
    expect(log).to_contain_text("hat die Nummer")
    number = number_of(page)
    desk = at_desk(f"/desk/anfrage/{number}")
    desk.get_by_label("Ihre Antwort").fill("Die Kirche.")
    desk.get_by_role("button", name="Antwort senden").click()
    expect(log).to_contain_text("Die Kirche.")

    # On another device
    reach(page, page.locator("summary", has_text="Auf einem anderen Gerät weiterlesen"))
    keys.press("Enter")
    press(page, "button", "Rückkehr-Code anzeigen")
    code = page.locator(".code").inner_text()
    other = visit()
    other.goto("/")
    press(other, "link", "Gespräch fortsetzen")
    type_into(other, "Ihr Rückkehr-Code", code.lower())
    other.keyboard.press("Enter")
    expect(other.get_by_role("log")).to_contain_text("Die Kirche.")
    reach(other, other.locator("summary", has_text="Chat beenden"))
    other.keyboard.press("Enter")
    press(other, "button", "Chat beenden")
    expect(other.get_by_role("heading", name="Der Chat ist beendet")).to_be_visible()


def test_nobody_loses_their_place_in_the_list_while_it_changes(
    at_desk: Visit, handed_over: Callable[[str], Page]
) -> None:
    handed_over("Wer repariert die Mühle?")
    desk = at_desk("/desk")
    strike(desk, "j")
    where = "document.activeElement.getAttribute('href')"
    before = desk.evaluate(where)
    assert str(before).startswith("/desk/anfrage/")
    number = number_of(handed_over("Wem gehört der Brunnen?"))
    expect(desk.get_by_role("link", name=f"K-{number}")).to_be_visible()
    assert desk.evaluate(where) == before
    strike(desk, "j")
    assert desk.evaluate(where) not in (None, before)


def back_to_the_field(page: Page) -> None:
    """From the choices below the conversation it comes next."""
    reach(page, page.get_by_label("Ihre Nachricht"))
