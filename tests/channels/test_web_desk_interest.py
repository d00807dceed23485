"""Coordinators read in the browser how many wait for what, and make it begin."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.web.desk_interest import sheet
from handlers.announcing.starting import Waiting
from storage import interests, people
from storage.database import Tx
from tests.channels.web_rig import House, house
from tests.support.announcing import GRACE

PAGE = "/desk/interesse"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


async def waits(town: House, number: int, format_id: str, region: str) -> None:
    async def unit(tx: Tx) -> None:
        now = town.clock.now()
        for one in range(number):
            known = await people.meet(tx, "web", "", f"{format_id}-{region}-{one}", now)
            await interests.wait(tx, known.id, format_id, region, now)

    await town.app.database.write(unit)


async def test_the_table_shows_numbers_by_format_and_place(town: House) -> None:
    await waits(town, 12, "webinar", "BB")
    await waits(town, 2, "webinar", "")
    await waits(town, 3, "digitaler-stammtisch", "SN")
    erika = await town.coordinator()
    await erika.open(PAGE)
    heads = [h for h in ("Brandenburg", "Sachsen", "ohne Angabe") if f">{h}</th>" in erika.page]
    assert heads == ["Brandenburg", "Sachsen", "ohne Angabe"]
    row = erika.page.split('<th scope="row">Webinar</th>')[1].split("</tr>")[0]
    assert row == "<td>12</td><td>0</td><td>2</td><td>14</td><td>0</td>"
    assert erika.page.index(">Webinar</th>") < erika.page.index(">Digitaler Stammtisch</th>")


async def test_nobody_waits_yet(town: House) -> None:
    erika = await town.coordinator()
    await erika.open(PAGE)
    assert "Noch hat niemand" in erika.page


async def test_the_coordination_makes_it_begin_and_the_person_hears_of_it(town: House) -> None:
    person = await town.browser()
    await person.open("/format/webinar")
    await person.press("Ich wäre dabei")
    await person.press("Brandenburg")
    erika = await town.coordinator()
    await erika.open(PAGE)
    hidden = {"token": erika.field("token", "sheet"), "id": erika.field("id", "sheet")}
    for _ in range(2):  # a double click is one announcement
        await erika.post(
            f"{PAGE}/webinar", **hidden, region="BB", text="Am Montag geht es los.", plain="",
            event="",
        )  # fmt: skip
    assert "Am Montag geht es los." in erika.page
    assert "/desk/ankuendigungen/" in erika.page
    assert len(await town.rows("SELECT * FROM announcements")) == 1
    await erika.post("/desk/ankuendigungen/1/ok", token=erika.field("token"), id="a-click-0001")
    await town.until("SELECT state FROM announcements", "waiting")
    town.clock.move(GRACE)
    await town.app.schedule.tick()
    await town.until("SELECT COUNT(*) FROM interests WHERE told_at IS NOT NULL", 1)
    await town.until("SELECT COUNT(*) FROM transcript WHERE payload LIKE '%Am Montag geht%'", 1)
    await person.open()
    assert any("Es geht los: Webinar" in line for line in person.lines)
    await erika.open(PAGE)
    row = erika.page.split('<th scope="row">Webinar</th>')[1].split("</tr>")[0]
    assert row.endswith("<td>0</td><td>1</td>")


async def test_what_was_typed_is_kept_when_something_is_wrong(town: House) -> None:
    await waits(town, 1, "webinar", "BB")
    erika = await town.coordinator()
    await erika.open(PAGE)
    hidden = {"token": erika.field("token", "sheet"), "id": erika.field("id", "sheet")}
    empty = await erika.post(f"{PAGE}/webinar", **hidden, region="BB", text="", plain="Kurz.")
    assert (empty.status_code, 'role="alert"' in erika.page) == (422, True)
    assert "Kurz." in erika.page
    long = await erika.post(f"{PAGE}/webinar", **hidden, region="", text="x" * 1001)
    assert long.status_code == 422
    assert "um 1 Zeichen zu lang" in erika.page
    gone = await erika.post(f"{PAGE}/mond", **hidden, region="", text="Los!")
    assert gone.status_code == 404
    assert await town.rows("SELECT * FROM announcements") == []


@pytest.mark.parametrize("fields", [{"region": "XX"}, {"event": "gibt-es-nicht"}])
async def test_forged_fields_make_nothing(town: House, fields: dict[str, str]) -> None:
    await waits(town, 1, "webinar", "BB")
    erika = await town.coordinator()
    await erika.open(PAGE)
    form = {"token": erika.field("token", "sheet"), "id": erika.field("id", "sheet")}
    await erika.post(f"{PAGE}/webinar", **form, text="Los!", **fields)
    assert "gibt es nicht" in erika.page or "gilt nicht mehr" in erika.page
    assert await town.rows("SELECT * FROM announcements") == []


async def test_experts_and_strangers_see_nothing_of_it(town: House) -> None:
    await waits(town, 7, "webinar", "BB")
    for browser in (await town.browser(), await town.coordinator("Max", role="expert")):
        for path in (PAGE, f"{PAGE}.csv"):
            await browser.open(path)
            assert "Brandenburg" not in browser.page
        response = await browser.post(f"{PAGE}/webinar", text="Los!", region="")
        assert response.status_code == 403
    assert await town.rows("SELECT * FROM announcements") == []


async def test_the_table_for_excel_has_the_numbers_and_no_formulas(town: House) -> None:
    await waits(town, 6, "webinar", "BB")
    erika = await town.coordinator()
    response = await erika.client.get(f"{PAGE}.csv")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines == [
        "Format;Brandenburg;Warten zusammen;Schon informiert",
        "Webinar;6;6;0",
    ]
    evil = Waiting("x", "=HYPERLINK(1)", (("BB", 1),), 0)
    assert "'=HYPERLINK(1);1;1;0" in sheet([evil])
