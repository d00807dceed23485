"""The directory in the browser: kept at the desk, read by everybody, joined in the web chat."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage import groups
from storage import house as house_facts
from storage.database import Tx
from tests.channels.web_rig import Browser, House, house
from tests.support.payloads import PAYLOADS

HOME = "/desk/gruppen"
FILLED: dict[str, Any] = {
    "title": "Leerstand im Norden",
    "network": "Signal",
    "link": "https://signal.group/#abc",
    "about": "Wir reden über leere Läden.",
    "topic": ["leerstand", "ortskern"],
    "region": "Niedersachsen",
    "language": "",
    "moderators": "Stadtverwaltung Beispielstadt",
    "rules": "Freundlich bleiben.",
}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


async def write(desk: Browser, path: str = f"{HOME}/neu", **filled: Any) -> httpx.Response:
    await desk.open(path)
    hidden = {name: desk.field(name, 'class="card sheet"') for name in ("token", "id")}
    return await desk.post(path, **hidden, **filled)


async def do(desk: Browser, number: int, verb: str, page: str = "") -> httpx.Response:
    await desk.open(f"{HOME}/{number}{page}")
    return await desk.post(
        f"{HOME}/{number}/{verb}", token=desk.field("token"), id=desk.field("id")
    )


def notice(desk: Browser) -> str:
    found = re.search(r'id="meldung"[^>]*>(.*?)</p>', desk.page, re.DOTALL)
    return unescape(found[1]) if found else ""


async def added(town: House, desk: Browser, **changes: Any) -> int:
    await write(desk, **(FILLED | changes))
    (row,) = await town.rows("SELECT MAX(id) AS id FROM groups")
    return int(row["id"])


async def telegram(town: House, title: str = "Verkehr", *, listed: bool = True) -> int:
    async def unit(tx: Tx) -> int:
        now = town.clock.now()
        await groups.join(
            tx, "telegram", "123456", "-100", title, [], "verkehr", ["mobilitaet"], now
        )
        group = await groups.find(tx, "telegram", "123456", "-100")
        assert group
        await groups.write(tx, group.id, {"about": "Bus und Bahn"})
        await groups.list_(tx, group.id, now, listed=listed)
        return group.id

    return await town.app.database.write(unit)


# -- the desk ---------------------------------------------------------------------------------


async def test_a_group_elsewhere_is_added_listed_changed_and_taken_out(town: House) -> None:
    desk, person = await town.coordinator(), await town.browser()
    number = await added(town, desk)
    assert notice(desk) == "Die Gruppe ist aufgenommen."
    assert f"{HOME}/{number}/aufnehmen" in desk.page
    await person.open("/gruppen")
    assert "Leerstand im Norden" not in person.page
    await do(desk, number, "aufnehmen")
    assert "steht jetzt im Verzeichnis" in notice(desk)
    await person.open("/gruppen")
    assert "Leerstand im Norden" in person.page
    await write(desk, f"{HOME}/{number}", **FILLED | {"about": "Jetzt auch über volle Läden."})
    await person.open("/gruppen/leerstand-im-norden")
    assert "volle Läden" in person.page
    assert "Freundlich bleiben." in person.page
    assert 'href="https://signal.group/#abc"' in person.page
    assert 'rel="noopener noreferrer"' in person.page
    await do(desk, number, "herausnehmen")
    assert (await person.open("/gruppen/leerstand-im-norden")).status_code == 404
    await do(desk, number, "loeschen", "/loeschen")
    assert notice(desk) == "Die Gruppe ist gelöscht."
    assert await town.rows("SELECT * FROM groups") == []
    await desk.open("/desk/protokoll")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": " "}, "Bitte geben Sie einen Namen an."),
        ({"title": "x" * 81}, "Höchstens 80 Zeichen."),
        ({"link": "javascript:alert(1)"}, "die mit https:// oder http:// beginnt"),
        ({"link": "https://"}, "die mit https:// oder http:// beginnt"),
        ({"link": "ftp://example.org/x"}, "die mit https:// oder http:// beginnt"),
        ({"link": "https://a.example/ b"}, "die mit https:// oder http:// beginnt"),
        ({"network": ""}, "wo die Gruppe ist"),
        ({"topic": ["raumfahrt"]}, "Dieses Thema kenne ich nicht."),
        (
            {"topic": ["leerstand", "ortskern", "wohnen", "zuzug", "jugend", "kultur"]},
            "Höchstens 5",
        ),
        ({"rules": "x" * 1501}, "Höchstens 1500 Zeichen."),
    ],
)
async def test_slips_are_named_beside_their_field_and_nothing_is_lost(
    town: House, changes: dict[str, Any], words: str
) -> None:
    desk = await town.coordinator()
    answer = await write(desk, **(FILLED | changes))
    assert answer.status_code == 422
    assert words in desk.page
    assert "Wir reden über leere Läden." in desk.page
    assert await town.rows("SELECT * FROM groups") == []


async def test_a_group_is_not_listed_before_people_could_make_sense_of_it(town: House) -> None:
    desk = await town.coordinator()
    number = await added(town, desk, about="", topic=[])
    await do(desk, number, "aufnehmen")
    assert "fehlen noch Angaben" in notice(desk)
    assert await town.rows("SELECT listed_at FROM groups") == [{"listed_at": None}]


async def test_a_telegram_group_keeps_its_name_and_can_welcome(town: House) -> None:
    desk = await town.coordinator()
    number = await telegram(town)
    await write(desk, f"{HOME}/{number}", **FILLED)
    (row,) = await town.rows("SELECT title, link, about FROM groups")
    assert row == {"title": "Verkehr", "link": "", "about": "Wir reden über leere Läden."}
    await do(desk, number, "begruessen")
    assert await town.rows("SELECT welcomes FROM groups") == [{"welcomes": 1}]
    await do(desk, number, "nicht-begruessen")
    assert await town.rows("SELECT welcomes FROM groups") == [{"welcomes": 0}]
    await desk.open(f"{HOME}/{number}")
    answer = await desk.post(
        f"{HOME}/{number}/loeschen", token=desk.field("token"), id=desk.field("id")
    )
    assert answer.status_code == 200
    assert len(await town.rows("SELECT * FROM groups")) == 1


async def test_what_is_in_the_way_is_said_with_what_to_do(town: House) -> None:
    desk = await town.coordinator()
    number = await telegram(town)
    await town.app.database.write(lambda tx: groups.set_trouble(tx, number, groups.INVITE))
    await desk.open(f"{HOME}/{number}")
    assert "Der Bot darf dort niemanden einladen." in desk.page
    await desk.open(HOME)
    assert "eingeschränkt" in desk.page
    now = town.clock.now()

    async def alarmed(tx: Tx) -> None:
        await house_facts.alarm(tx, "group-trouble", str(number), now)

    await town.app.database.write(alarmed)
    await desk.open("/desk")
    assert f'<a href="{HOME}/{number}">Zur Gruppe</a>' in desk.page
    await town.app.database.write(lambda tx: groups.lost(tx, "telegram", "123456", "-100", now))
    await desk.open(f"{HOME}/{number}")
    assert "nicht mehr dabei" in desk.page
    await do(desk, number, "aufnehmen")
    assert "nicht erreichbar" in notice(desk)


@pytest.mark.parametrize("role", ["expert", None])
async def test_nobody_else_keeps_the_directory(town: House, role: str | None) -> None:
    desk = await town.coordinator()
    number = await added(town, desk)
    other = await town.coordinator("Kim", role) if role else await town.browser()
    answer = await other.open(f"{HOME}/{number}")
    assert "Wir reden über leere Läden." not in other.page
    for path in (f"{HOME}/neu", f"{HOME}/{number}", f"{HOME}/{number}/aufnehmen"):
        token = desk.field("token") if role is None else other.field("token")
        answer = await other.post(path, token=token, id="x", **FILLED)
        assert answer.status_code == 403
    assert await town.rows("SELECT listed_at FROM groups") == [{"listed_at": None}]


@pytest.mark.parametrize("path", ["999", "99999999999999999999", "1/nichts", "x"])
async def test_what_does_not_exist_is_not_found(town: House, path: str) -> None:
    desk = await town.coordinator()
    assert (await desk.open(f"{HOME}/{path}")).status_code in (404, 405)


async def test_two_groups_of_one_name_have_two_addresses(town: House) -> None:
    desk = await town.coordinator()
    for _ in range(2):
        await added(town, desk)
    rows = await town.rows("SELECT slug FROM groups ORDER BY id")
    assert [row["slug"] for row in rows] == ["leerstand-im-norden", "leerstand-im-norden-2"]


async def test_names_and_rules_never_become_markup(town: House) -> None:
    desk, person = await town.coordinator(), await town.browser()
    payload = PAYLOADS[0][:70]
    number = await added(town, desk, title=payload, about=payload, rules=payload)
    await do(desk, number, "aufnehmen")
    (row,) = await town.rows("SELECT slug FROM groups")
    for browser, path in (
        (desk, HOME),
        (desk, f"{HOME}/{number}"),
        (person, "/gruppen"),
        (person, f"/gruppen/{row['slug']}"),
    ):
        await browser.open(path)
        assert "alert(1)" in browser.page
        assert "<script>alert" not in browser.page


# -- everybody --------------------------------------------------------------------------------


async def test_the_directory_is_narrowed_down_by_topic_and_shown_in_pages(town: House) -> None:
    desk, person = await town.coordinator(), await town.browser()
    await telegram(town)
    for number in range(11):
        await do(desk, await added(town, desk, title=f"Leerstand {number:02}"), "aufnehmen")
    await person.open("/gruppen")
    assert "12 Gruppen" in person.page
    assert person.page.count("<article") == 10
    assert "Seite 1 von 2" in person.page
    await person.open("/gruppen?seite=2")
    assert "Verkehr" in person.page
    await person.open("/gruppen?thema=mobilitaet")
    assert person.page.count("<article") == 1
    await person.open("/gruppen?thema=<script>")
    assert "Zu diesem Thema gibt es noch keine Gruppe." in person.page


async def test_an_empty_directory_says_so(town: House) -> None:
    person = await town.browser()
    await person.open("/gruppen")
    assert "Im Verzeichnis stehen noch keine Gruppen." in person.page


async def test_in_the_web_chat_a_telegram_group_is_explained_and_never_opened(
    town: House,
) -> None:
    await telegram(town)
    town.app.introduced("hotline_bot")
    person = await town.browser()
    await person.say("Gibt es eine Gruppe zum Rufbus?")
    await person.press("Verkehr")
    assert "Die Gruppe ist in Telegram." in person.lines[-1]
    assert 'href="https://t.me/hotline_bot?start=gruppe_verkehr"' in person.page
    assert "Beitreten</button>" not in person.page
    await person.open("/gruppen/verkehr")
    assert 'href="https://t.me/hotline_bot?start=gruppe_verkehr"' in person.page


async def test_in_the_web_chat_a_group_elsewhere_opens_by_its_link(town: House) -> None:
    desk, person = await town.coordinator(), await town.browser()
    await do(desk, await added(town, desk), "aufnehmen")
    await person.say("/gruppen leerstand")
    await person.press("Leerstand im Norden")
    assert 'href="https://signal.group/#abc"' in person.page
