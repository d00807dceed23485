"""The programme in a real browser: for everybody, on every screen, with nothing that runs."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
import yaml
from playwright.sync_api import Page, expect

from knowledge.load import shipped
from tests.browser.axe import LOOKS, findings
from tests.browser.conftest import ROOT, SERVE, _addresses, _close, _environment

Visit = Callable[..., Page]
SOON = date.today() + timedelta(days=40)  # noqa: DTZ011 - far enough from every midnight
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsversammlungsraumverwaltung"
COMING: list[dict[str, object]] = [
    {
        "id": "stammtisch",
        "title": "Stammtisch Leerstand",
        "starts": f"{SOON}T18:00:00+01:00",
        "ends": f"{SOON}T19:30:00+01:00",
        "characters": ["digital"],
        "topics": ["veranstaltungen", "leerstand"],
        "format": "digitaler-stammtisch",
        "organisers": ["Kleinstadtakademie"],
        "region": "Brandenburg",
        "link": "https://example.org/raum",
        "registration": "https://example.org/anmelden",
        "registration_until": SOON - timedelta(days=2),
        "capacity": 30,
    },
    {
        "id": "abgesagt",
        "title": "Werkstatt im Rathaus",
        "starts": SOON + timedelta(days=3),
        "ends": SOON + timedelta(days=4),
        "place": "Rathaus, Großer Saal",
        "topics": ["veranstaltungen", "beteiligung"],
        "cancelled": True,
    },
    {
        "id": "boese",
        "title": f"{EVIL} {LONG}"[:120],
        "starts": SOON + timedelta(days=5),
        "place": LONG + EVIL,
        "organisers": [EVIL],
        "region": EVIL,
        "topics": ["veranstaltungen"],
        "description": f"{EVIL}\n{LONG * 3}\nhttps://example.org/{'lang/' * 40}",
    },
]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a program whose town has announced something."""
    content = tmp_path_factory.mktemp("content") / "content"
    shutil.copytree(shipped(), content)
    told = {
        "description": "Wir tauschen uns aus.",
        "source": "Test",
        "checked_on": date(2026, 1, 2),
    }
    with (content / "events.yaml").open("a", encoding="utf-8") as file:
        yaml.safe_dump([told | one for one in COMING], file, allow_unicode=True)
    settings = _environment(tmp_path_factory.mktemp("data"), 0)
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE],
        env={**settings, "HOTLINE_CONTENT": str(content)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _addresses(process).split("Chat:")[1].split()[0].rstrip("/")
    finally:
        process.terminate()
        process.wait(15)
        _close(process)


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_kept_out_and_nobody_scrolls_sideways(visit: Visit, town: str, look: str):
    page = visit(base_url=town, **LOOKS[look])
    found: list[str] = []
    for path in (
        "/events",
        "/events?topic=digitalisierung&month=2021-04",
        "/events?topic=nichts",
        "/events/stammtisch",
        "/events/abgesagt",
        "/events/boese",
        "/events/nichts",
    ):
        page.goto(path)
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        found += findings(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, path
    assert found == []


def test_words_of_an_event_run_nothing_and_data_is_no_breach(visit: Visit, town: str):
    page = visit(base_url=town)  # whoever runs a script or breaks the policy fails the test
    for path in ("/events", "/events/boese"):
        page.goto(path)
        expect(page.get_by_role("heading", name=EVIL)).to_be_visible()
        assert page.locator("main img:not(.qr), main script").count() == 0
        data = page.locator('script[type="application/ld+json"]')
        assert data.count() == 1
        facts = json.loads(data.text_content() or "")
        names = [one["name"] for one in facts.get("@graph", [facts])]
        assert any(name.startswith(EVIL) for name in names)


def test_the_keyboard_reaches_everything(visit: Visit, town: str):
    page = visit(base_url=town, viewport={"width": 390, "height": 800})
    page.goto("/events")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zum Inhalt springen")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    topic = page.get_by_role("link", name="Leerstand", exact=True)
    expect(topic).to_be_visible()
    for _ in range(30):
        if topic.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(topic).to_be_focused()
    assert topic.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/events?topic=leerstand")
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("link", name="Leerstand", exact=True)).to_have_attribute(
        "aria-current", "true"
    )


def test_it_works_without_javascript_and_leads_to_the_calendar(visit: Visit, town: str):
    page = visit(base_url=town, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Veranstaltungen").click()
    expect(page.get_by_role("heading", name="Kommende Veranstaltungen")).to_be_visible()
    expect(page.get_by_role("article", name="Abgesagt: Werkstatt im Rathaus")).to_be_visible()
    page.locator("summary").click()
    page.get_by_role("link", name="2022", exact=True).click()
    expect(page.get_by_role("heading", name="Vergangene Veranstaltungen 2022")).to_be_visible()
    expect(page.get_by_role("heading", name="Kommende Veranstaltungen")).to_have_count(0)
    page.goto("/events#termin-stammtisch")
    page.get_by_role("link", name="Stammtisch Leerstand", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stammtisch Leerstand")
    href = page.get_by_role("link", name="In den Kalender").get_attribute("href")
    assert href
    calendar = page.request.get(href)
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "SUMMARY:Stammtisch Leerstand" in calendar.text()


def test_touch_targets_are_large_enough(visit: Visit, town: str):
    page = visit(base_url=town, viewport={"width": 390, "height": 800})
    page.goto("/events?topic=leerstand")
    for link in page.locator(".ways a, .choice").all():
        box = link.bounding_box()
        assert box
        assert box["height"] >= 44, link.text_content()


def test_a_town_that_announced_nothing_says_so(visit: Visit):
    page = visit()
    page.goto("/events")
    expect(page.get_by_text("Zurzeit ist nichts angekündigt.")).to_be_visible()
    expect(page.get_by_role("heading", name="Vergangene Veranstaltungen 2022")).to_be_visible()
