"""Coordinators work in a real browser while people write."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Hotline
from tests.browser.keyboard import strike

Visit = Callable[..., Page]


def colleague_at(visit: Visit, at_desk: Visit, hotline: Hotline, name: str) -> Page:
    """Somebody else at the desk, whom an admin has confirmed."""
    page = visit()
    page.goto(hotline.invite())
    page.get_by_label("Wie sollen Kolleginnen").fill(name)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Sie warten auf Bestätigung")).to_be_visible()
    team = at_desk("/desk/team")
    waiting = team.get_by_role("listitem").filter(has_text=name)
    waiting.get_by_role("button", name="Bestätigen").click()
    expect(team.get_by_role("status").first).to_be_visible()
    page.goto("/desk")
    expect(page.get_by_role("heading", name="Anfragen")).to_be_visible()
    return page


def test_a_request_appears_is_answered_and_the_answer_arrives_while_both_watch(
    at_desk: Visit, handed_over: Callable[[str], Page]
):
    desk = at_desk("/desk")
    person = handed_over("Wo kann man hier Lastenräder leihen?")
    number = re.search(r"K-(\d+)", person.get_by_role("log").inner_text())
    assert number
    desk.get_by_role("link", name=f"K-{number[1]}").click()
    expect(desk.get_by_role("log")).to_contain_text("Lastenräder")
    desk.get_by_label("Ihre Antwort").fill("Ich schreibe gerade an einer Antwort")
    person.get_by_label("Ihre Nachricht").fill("Am liebsten am Bahnhof.")
    person.get_by_role("button", name="Senden").click()
    expect(desk.get_by_role("log")).to_contain_text("Am liebsten am Bahnhof.")
    expect(desk.get_by_label("Ihre Antwort")).to_have_value("Ich schreibe gerade an einer Antwort")
    desk.get_by_role("button", name="Antwort senden").click()
    expect(desk.get_by_role("status").first).to_contain_text("gesendet")
    expect(person.get_by_role("log")).to_contain_text("Ich schreibe gerade an einer Antwort")


def test_a_colleague_sees_at_once_who_took_a_request(
    visit: Visit, at_desk: Visit, handed_over: Callable[[str], Page], hotline: Hotline
):
    person = handed_over("Wer mäht den Deich?")
    number = re.search(r"K-(\d+)", person.get_by_role("log").inner_text())
    assert number
    colleague = colleague_at(visit, at_desk, hotline, "<b>Max</b>")
    colleague.goto(f"/desk/anfrage/{number[1]}")
    desk = at_desk(f"/desk/anfrage/{number[1]}")
    desk.get_by_role("button", name="Übernehmen").click()
    expect(colleague.get_by_role("region", name="Stand der Anfrage")).to_contain_text(
        "bei Erika Beispiel"
    )
    expect(colleague.get_by_role("button", name="Übernehmen", exact=True)).to_have_count(0)
    take = colleague.get_by_role("button", name="Von Erika Beispiel übernehmen")
    strike(colleague, "c")  # one key claims, and takes nothing from anybody
    expect(take).to_be_focused()
    take.click()
    expect(desk.get_by_role("region", name="Stand der Anfrage")).to_contain_text("bei <b>Max</b>")


def test_a_link_from_a_messenger_opens_the_request_in_spite_of_the_strict_cookie(
    at_desk: Visit, handed_over: Callable[[str], Page], hotline: Hotline
):
    person = handed_over("Wem gehört der Brunnen?")
    number = re.search(r"K-(\d+)", person.get_by_role("log").inner_text())
    assert number
    page = at_desk()
    target = f"{hotline.url}/desk/anfrage/{number[1]}"
    page.goto(f"data:text/html,<a href='{target}'>Anfrage</a>")
    page.get_by_role("link", name="Anfrage").click()
    expect(page.get_by_role("log")).to_contain_text("Wem gehört der Brunnen?")


def test_the_desk_works_without_javascript(at_desk: Visit, handed_over: Callable[[str], Page]):
    person = handed_over("Wann leert jemand die Papierkörbe?")
    number = re.search(r"K-(\d+)", person.get_by_role("log").inner_text())
    assert number
    desk = at_desk(f"/desk/anfrage/{number[1]}", java_script_enabled=False)
    desk.get_by_role("button", name="Übernehmen").click()
    expect(desk.get_by_role("status").first).to_be_visible()
    desk.get_by_label("Ihre Antwort").fill("Jeden Montag.")
    desk.get_by_role("button", name="Antwort senden").click()
    expect(desk.get_by_role("log")).to_contain_text("Jeden Montag.")
    expect(person.get_by_role("log")).to_contain_text("Jeden Montag.")
