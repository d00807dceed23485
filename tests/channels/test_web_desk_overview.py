"""Coordinators look at the figures, and take them along for those who fund the hotline."""

import csv
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from functools import partial
from html import unescape
from io import StringIO
from xml.etree import ElementTree

import pytest

from bot.channels.web import charts
from bot.channels.web.desk_overview import harmless
from handlers.desk.weeks import mondays
from storage import house as counting
from storage.database import Tx
from tests.channels.web_rig import Browser, House, house
from tests.support.caseload import two_years

HOME = "/desk/uebersicht"


@pytest.fixture
async def town(tmp_path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


async def tallied(town: House, *counted: tuple[date, str, str, int]) -> None:
    async def unit(tx: Tx) -> None:
        for day, what, subject, number in counted:
            for _ in range(number):
                await counting.tally(tx, day, what, subject)

    await town.app.database.write(unit)


async def busy(town: House) -> Browser:
    """Somebody at a desk that has been busy for two years."""
    entries = list(town.app.content.knowledge.library.entries)
    await town.app.database.write(partial(two_years, now=town.clock.now(), entries=entries))
    return await town.coordinator()


def cell(desk: Browser, name: str) -> str:
    """What stands behind a name at the top of the page."""
    found = re.search(rf"<dt>{re.escape(name)}</dt><dd>(.*?)</dd>", desk.page)
    assert found, name
    return unescape(found[1])


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text), delimiter=";"))


async def test_the_figures_of_a_good_week_stand_on_the_page_and_in_the_table(town):
    last = mondays(town.clock.now(), 1)[0]
    await tallied(
        town,
        (last, "answered", "", 30),
        (last + timedelta(days=6), "suggest", "", 10),
        (last, "not_helped", "kleinstadt-definition", 6),
        (last, "helped", "kleinstadt-definition", 4),
        (last, "answer", "kleinstadt-definition", 31),
        (last + timedelta(days=7), "answered", "", 50),  # the week that is not over
    )
    desk = await town.coordinator()
    response = await desk.open(HOME)
    assert response.status_code == 200
    assert (cell(desk, "Fragen"), cell(desk, "Sofort beantwortet")) == ("40", "75 %")
    assert cell(desk, "An Menschen verwiesen") == "–"
    assert f'<a href="{HOME}" aria-current="page">Übersicht</a>' in desk.page
    title = town.app.content.knowledge.library.entries["kleinstadt-definition"].title
    assert f'<th scope="row" dir="auto">{title}</th><td>6</td><td>unter 5</td>' in desk.page
    response = await desk.open(f"{HOME}.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in response.headers["content-disposition"]
    assert response.content.startswith(b"\xef\xbb\xbf")
    table = rows(response.content.decode("utf-8-sig"))
    assert ["Fragen", "40"] in table
    assert [title, "6", "unter 5"] in table
    week = [f"{last:%d.%m.%Y}", "30", "10", "unter 5"]
    assert any(row[:4] == week for row in table)


async def test_an_empty_store_shows_a_page_without_figures(town):
    desk = await town.coordinator(role="admin")
    response = await desk.open(HOME)
    assert response.status_code == 200
    assert cell(desk, "Fragen") == "unter 5"
    assert cell(desk, "Erste Antwort in Bürozeit, Median") == "–"
    assert (await desk.open(f"{HOME}.csv")).status_code == 200


@pytest.mark.parametrize(
    ("asked", "weeks"),
    [("", 12), ("4", 4), ("52", 52), ("3", 4), ("99", 52), ("-7", 12), ("²", 12), ("1e9", 12)],
)
async def test_whatever_span_the_address_names_is_one_that_there_is(town, asked, weeks):
    desk = await town.coordinator()
    response = await desk.open(f"{HOME}?wochen={asked}")
    assert response.status_code == 200
    assert f"{weeks} ganze Wochen" in desk.page


async def test_an_expert_reads_one_sentence_and_a_stranger_signs_in(town):
    expert = await town.coordinator("Fachfrau", "expert")
    for path in (HOME, f"{HOME}.csv"):
        response = await expert.open(path)
        assert response.status_code == 403
        assert "nur die Koordination" in expert.page
        assert "Fragen je Woche" not in expert.page
    await expert.open("/desk")
    assert HOME not in expert.page
    stranger = await town.browser()
    for path in (HOME, f"{HOME}.csv"):
        await stranger.open(path)
        assert "Auf einen Blick" not in stranger.page
        assert "Zeitraum;" not in stranger.page


@pytest.mark.parametrize(
    "evil",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "  =1", '=HYPERLINK("x";"y")', " @x"],
)
def test_no_cell_is_a_formula(evil):
    assert harmless(evil) == f"'{evil}"


async def test_an_event_called_like_a_formula_does_no_harm_anywhere(town):
    last = mondays(town.clock.now(), 1)[0]
    evil = '=HYPERLINK("https://example.org";"<script>alert(1)</script>")'
    await tallied(town, (last, "not_helped", evil, 5), (last, "not_helped", "@x;y", 6))
    desk = await town.coordinator()
    await desk.open(HOME)
    assert "<script>alert" not in desk.page
    await desk.open(f"{HOME}.csv")
    found = rows(desk.page)
    assert [f"'{evil}", "5", "unter 5"] in found
    assert ["'@x;y", "6", "unter 5"] in found
    assert not [one for row in found for one in row if one[:1] in tuple("=+-@\t\r")]


async def test_pictures_are_well_formed_and_bring_nothing_from_elsewhere(town):
    desk = await busy(town)
    await desk.open(HOME)
    pictures = re.findall(r"<svg.*?</svg>", desk.page, re.DOTALL)
    assert len(pictures) >= 5
    names = set()
    for picture in pictures:
        svg = ElementTree.fromstring(picture)  # noqa: S314 - our own
        title, about = svg.find("title"), svg.find("desc")
        assert title is not None
        assert about is not None
        assert svg.get("aria-labelledby") == f"{title.get('id')} {about.get('id')}"
        names.add(title.get("id"))
        assert not re.search(r"<script|<image|<style|style=|href|https?:|\bon\w+=", picture)
    assert len(names) == len(pictures)


def test_a_gap_in_a_line_is_a_gap():
    picture = charts.lines("x", "T", "D", ["a", "b", "c"], [("r", [1.0, None, 2.0])], " h")
    path = re.search(r'<path d="(M[^"]*)" fill="none"', picture)
    assert path
    assert path[1].count("M") == 2
    assert "L" not in path[1]


def test_names_in_a_picture_are_words_and_nothing_else():
    picture = charts.ranking("x", "<b>", '"&', [("</svg><script>", 3)])
    assert "<script>" not in picture
    assert "<b>" not in picture
    assert "&lt;/svg&gt;" in picture
