"""The figures in a real browser: readable for everybody, on a phone, and on paper."""

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from handlers.desk.weeks import mondays
from storage.moments import stamp
from tests.browser.axe import LOOKS, findings
from tests.browser.conftest import START, Hotline, served, signed_in

Visit = Callable[..., Page]
ENTRIES = ("kleinstadt-definition", "crashkurs")


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A town of its own, in which much was asked."""
    with served(tmp_path_factory.mktemp("figures")) as running:
        lived(running)
        running.subscribe(25, "leerstand")
        running.subscribe(9, "mobilitaet")
        yield running


@pytest.fixture(scope="module")
def desk_state(browser: Browser, hotline: Hotline) -> dict[str, object]:
    return signed_in(browser, hotline)


def lived(hotline: Hotline) -> None:
    """Three months of a small town."""
    chance = random.Random(3)
    store = sqlite3.connect(hotline.data / "hotline.sqlite3", timeout=START)
    with closing(store), store:
        for week in mondays(datetime.now(UTC), 12):
            for what in ("answered", "suggest", "handover"):
                store.execute(
                    "INSERT INTO tallies VALUES (?, ?, '', ?)",
                    (week.isoformat(), what, chance.randrange(1, 40)),
                )
            for entry in ENTRIES:
                for what in ("answer", "helped", "not_helped"):
                    store.execute(
                        "INSERT INTO tallies VALUES (?, ?, ?, ?)",
                        (week.isoformat(), what, entry, chance.randrange(1, 9)),
                    )
            for _ in range(chance.randrange(0, 14)):
                came = datetime(week.year, week.month, week.day, 9, tzinfo=UTC) + timedelta(
                    minutes=chance.randrange(4 * 1440)
                )
                done = stamp(came + timedelta(minutes=chance.randrange(20, 2400)))
                store.execute(
                    """INSERT INTO requests (channel, bot, chat, state, created_at, updated_at,
                         answered_at, closed_at, rating)
                       VALUES ('web', '', 'x', 'closed', ?, ?, ?, ?, ?)""",
                    (stamp(came), done, done, done, chance.choice(["good", "good", "middling"])),
                )


def photographed(page: Page, name: str) -> None:
    """For people who want to see it with their own eyes."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"uebersicht-{name}.png", full_page=True)


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_kept_out_and_nobody_scrolls_sideways(at_desk: Visit, look: str):
    page = at_desk("/desk", **LOOKS[look])
    page.get_by_text("Mehr", exact=True).click()
    page.get_by_role("link", name="Übersicht", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Übersicht")
    expect(page.get_by_role("img", name="Fragen je Woche")).to_be_visible()
    photographed(page, look)
    assert findings(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_role("link", name="52 Wochen").click()
    expect(page.get_by_text("52 ganze Wochen")).to_be_visible()
    photographed(page, f"{look}-jahr")
    assert findings(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_every_picture_has_a_table_with_the_same_weeks(at_desk: Visit):
    page = at_desk("/desk/uebersicht")
    for name in ("Fragen je Woche", "Anfragen an Menschen je Woche"):
        part = page.get_by_role("region", name=name, exact=True)
        expect(part.get_by_role("img")).to_be_visible()
        expect(part.get_by_role("rowheader")).to_have_count(13)


def test_columns_have_the_colours_of_the_page(at_desk: Visit):
    seen = set()
    for look in ("light", "dark"):
        page = at_desk("/desk/uebersicht", **LOOKS[look])
        bar = page.get_by_role("img", name="Anfragen an Menschen je Woche").locator("rect").last
        seen.add(bar.evaluate("one => getComputedStyle(one).fill"))
    assert len(seen) == 2
    assert "rgb(0, 0, 0)" not in seen


def test_it_fits_on_paper(at_desk: Visit):
    page = at_desk("/desk/uebersicht", **LOOKS["light"])
    page.set_viewport_size({"width": 720, "height": 1000})
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Koordination")).to_be_hidden()
    expect(page.get_by_role("img", name="Fragen je Woche")).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    photographed(page, "papier")


def test_the_table_is_saved_without_javascript(at_desk: Visit):
    page = at_desk("/desk/uebersicht?wochen=4", java_script_enabled=False)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Als Tabelle (CSV)").click()
    assert saved.value.suggested_filename.endswith("4-wochen.csv")
    assert saved.value.path().read_bytes().startswith(b"\xef\xbb\xbfZeitraum;")
