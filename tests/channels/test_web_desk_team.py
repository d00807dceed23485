"""The team in the browser: who is let in, who may do what, who is here, and what was done."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from storage import audit, coordinators
from storage.database import Tx
from tests.channels.web_rig import Browser, House, house, pages
from tests.support.hotline import Talk

IDLE = timedelta(minutes=31)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


async def comes(town: House, name: str, role: str = "coordinator") -> Browser:
    """Somebody redeems a code in a browser."""
    browser = await town.browser(ip=f"203.0.113.{len(name)}")
    await browser.post(f"/desk/anmelden/{await town.invitation(role)}", name=name)
    return browser


async def number(town: House, name: str) -> str:
    rows = await town.rows("SELECT id FROM coordinators WHERE name = ?", name)
    return str(rows[0]["id"])


async def act(desk: Browser, path: str, **fields: str) -> httpx.Response:
    """One of the forms of the team's page."""
    await desk.open("/desk/team")
    return await desk.post(path, token=desk.field("token"), **fields)


async def confirms(town: House, admin: Browser, name: str) -> None:
    await act(admin, "/desk/team/bestaetigen", coordinator=await number(town, name))


def notice(desk: Browser) -> str:
    found = re.search(r'id="meldung"[^>]*>(.*?)</p>', desk.page, re.DOTALL)
    return unescape(found[1]) if found else ""


def plain(desk: Browser) -> str:
    """The page as people read it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", desk.page)).split())


async def team(town: House) -> dict[str, str]:
    everybody = await town.app.database.read(coordinators.everybody)
    return {somebody.name: somebody.role for somebody in everybody}


# -- coming in ---------------------------------------------------------------------------------


async def test_the_first_admin_needs_nobody(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    assert "Abmelden" in admin.page
    assert await team(town) == {"Chefin": "admin"}


async def test_whoever_redeems_a_code_waits_until_an_admin_confirms(town: House) -> None:
    _, request = await town.request()
    admin = await comes(town, "Chefin", "admin")
    new = await comes(town, "Frau <b>Neu</b>")
    assert "Sie warten auf Bestätigung" in new.page
    for path in ("/desk", "/desk/team", "/desk/protokoll", f"/desk/anfrage/{request}"):
        await new.open(path)
        assert "Bereich der Koordination" in new.page
        assert "Kirchturmuhr" not in new.page
    assert (await new.client.get("/desk/live")).status_code == 403
    assert (await new.post(f"/desk/anfrage/{request}/claim")).status_code == 403
    await new.open("/desk/warten")
    assert "Sie warten auf Bestätigung" in new.page
    await admin.open("/desk/team")
    assert "Warten auf Bestätigung" in admin.page
    assert "Frau &lt;b&gt;Neu" in admin.page
    await confirms(town, admin, "Frau <b>Neu</b>")
    assert "gehört jetzt zum Team" in notice(admin)
    assert "Warten auf Bestätigung" not in admin.page
    await new.open("/desk/warten")
    assert "Abmelden" in new.page
    assert (await team(town))["Frau <b>Neu</b>"] == "coordinator"


async def test_somebody_who_waited_long_has_a_whole_session_ahead(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    new = await comes(town, "Neu")
    for _ in range(8):
        town.clock.move(timedelta(minutes=29))
        await admin.open("/desk")
    await confirms(town, admin, "Neu")
    await new.open("/desk")
    assert "Abmelden" in new.page


async def test_whoever_is_declined_is_gone(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    new = await comes(town, "Fremd", "admin")
    who = await number(town, "Fremd")
    await act(admin, "/desk/team/ablehnen", coordinator=who)
    assert "wurde nicht aufgenommen" in notice(admin)
    assert (await new.open("/desk/warten")).status_code == 404
    assert await town.rows("SELECT * FROM coordinators WHERE name = 'Fremd'") == []
    assert len(await town.rows("SELECT * FROM desk_sessions")) == 1
    await act(admin, "/desk/team/bestaetigen", coordinator=who)
    assert "wartet niemand mehr" in notice(admin)


async def test_nobody_waits_longer_than_half_a_day(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    new = await comes(town, "Spät")
    for _ in range(25):
        town.clock.move(timedelta(minutes=29))
        await admin.open("/desk/team")
    admin = await comes(town, "Vertretung", "admin")  # the first one is signed out by now
    assert (await new.open("/desk/warten")).status_code == 404
    await act(admin, "/desk/team/bestaetigen", coordinator=await number(town, "Spät"))
    assert "Spät" not in await team(town)


async def test_two_admins_in_two_browsers_decide_once(town: House) -> None:
    first = await comes(town, "Chefin", "admin")
    second = await comes(town, "Vertretung", "admin")
    await confirms(town, first, "Vertretung")
    await comes(town, "Neu")
    who = await number(town, "Neu")
    await asyncio.gather(
        act(first, "/desk/team/bestaetigen", coordinator=who),
        act(second, "/desk/team/ablehnen", coordinator=who),
    )
    notices = [notice(first), notice(second)]
    assert sum("wartet niemand mehr" in said for said in notices) == 1
    assert ("Neu" in await team(town)) == ("gehört jetzt" in notices[0])


async def test_a_link_for_somebody_known_needs_nobody(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    await comes(town, "Erika")
    await confirms(town, admin, "Erika")
    await act(admin, "/desk/einladung", coordinator=await number(town, "Erika"))
    link = re.search(r"(/desk/anmelden/[A-Z0-9-]+)", admin.page)
    assert link
    again = await town.browser()
    await again.post(link[1])
    assert "Abmelden" in again.page
    assert (await (await town.browser()).post(link[1])).status_code == 404


async def test_only_the_operator_gets_in_alone_while_no_admin_could_confirm(town: House) -> None:
    await comes(town, "Verloren", "admin")
    town.clock.move(IDLE)
    assert "Sie warten" in (await comes(town, "Frau Neu")).page
    assert "Abmelden" in (await comes(town, "Chefin", "admin")).page
    assert "Sie warten" in (await comes(town, "Noch eine", "admin")).page


async def test_a_code_of_an_admin_is_confirmed_even_if_they_left(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    await act(admin, "/desk/einladung", role="admin")
    link = re.search(r"(/desk/anmelden/[A-Z0-9-]+)", admin.page)
    assert link
    await act(admin, "/desk/abmelden")
    thief = await town.browser()
    await thief.post(link[1], name="Dieb")
    assert "Sie warten" in thief.page
    assert await team(town) == {"Chefin": "admin"}


async def test_both_faces_of_the_desk_confirm(talk: Talk) -> None:
    town = House(talk.app, pages(talk.app), talk.clock)
    try:
        await _both_faces(talk, town)
    finally:
        await town.close()


async def _both_faces(talk: Talk, town: House) -> None:
    chief, applicant = talk.person("Chefin"), talk.person("Aus Telegram")
    await talk.ask(chief, f"/desk {await town.invitation('admin')}", "Willkommen")
    new = await comes(town, "Im Browser")
    assert "Sie warten" in new.page
    chief.presses("Bestätigen", await talk.hears(chief, "Im Browser möchte"))
    await talk.hears(chief, "gehört jetzt zum Team")
    await new.open("/desk/warten")
    assert "Abmelden" in new.page

    sent = await talk.ask(chief, "/desk", "/desk/anmelden/")
    admin = await town.browser()
    await admin.post(sent.text[sent.text.index("/desk/anmelden/") :])
    await talk.ask(applicant, f"/desk {await town.invitation('expert')}", "wartet")
    assert "Warten auf Bestätigung" not in (await new.open("/desk/team")).text
    await confirms(town, admin, "Aus Telegram")
    await talk.hears(applicant, "Willkommen in der Koordination")
    await act(admin, "/desk/entfernen", coordinator=await number(town, "Aus Telegram"))
    await talk.ask(applicant, "/desk", "Diesen Befehl kenne ich nicht")


# -- roles -------------------------------------------------------------------------------------


async def test_a_demoted_admin_is_none_at_the_next_step(town: House) -> None:
    first = await comes(town, "Chefin", "admin")
    second = await comes(town, "Vertretung", "admin")
    await confirms(town, first, "Vertretung")
    await comes(town, "Neu")
    await second.open("/desk/team")
    token = second.field("token")
    await act(
        first, "/desk/team/rolle", coordinator=await number(town, "Vertretung"), role="expert"
    )
    assert "Vertretung hat jetzt die Rolle: Fachperson" in notice(first)
    for path, fields in (
        ("/desk/team/bestaetigen", {"coordinator": await number(town, "Neu")}),
        ("/desk/team/rolle", {"coordinator": await number(town, "Chefin"), "role": "expert"}),
        ("/desk/entfernen", {"coordinator": await number(town, "Chefin")}),
        ("/desk/einladung", {"role": "admin"}),
    ):
        assert (await second.post(path, token=token, **fields)).status_code == 403
    assert (await second.open("/desk/protokoll")).status_code == 403
    await second.open("/desk/team")
    assert "Warten auf Bestätigung" not in second.page
    assert (await team(town)) == {"Chefin": "admin", "Vertretung": "expert"}


async def test_the_last_admin_stays(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    me = await number(town, "Chefin")
    response = await act(admin, "/desk/team/rolle", coordinator=me, role="expert")
    assert response.status_code == 403
    assert (await act(admin, "/desk/entfernen", coordinator=me)).status_code == 403
    assert await team(town) == {"Chefin": "admin"}


async def test_two_admins_who_demote_each_other_leave_one(town: House) -> None:
    first = await comes(town, "Chefin", "admin")
    second = await comes(town, "Vertretung", "admin")
    await confirms(town, first, "Vertretung")
    one, two = await number(town, "Chefin"), await number(town, "Vertretung")
    await asyncio.gather(
        act(first, "/desk/team/rolle", coordinator=two, role="coordinator"),
        act(second, "/desk/team/rolle", coordinator=one, role="coordinator"),
    )
    assert sorted((await team(town)).values()) == ["admin", "coordinator"]


async def test_forged_steps_are_refused(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    await comes(town, "Erika")
    await confirms(town, admin, "Erika")
    before = await town.rows("SELECT * FROM coordinators")
    erika = await number(town, "Erika")
    for path, fields, status in (
        ("/desk/team/rolle", {"coordinator": erika, "role": "koenig"}, 422),
        ("/desk/team/rolle", {"coordinator": "²", "role": "expert"}, 422),
        ("/desk/team/rolle", {"coordinator": "9" * 40, "role": "expert"}, 422),
        ("/desk/team/bestaetigen", {}, 422),
        ("/desk/team/bestaetigen", {"coordinator": "999"}, 200),
        ("/desk/entfernen", {"coordinator": "999"}, 200),
        ("/desk/team/weg", {"coordinator": erika, "until": "gestern", "deputy": "x"}, 200),
        ("/desk/team/weg", {"coordinator": erika, "until": "2026-12-03", "deputy": erika}, 200),
    ):
        assert (await act(admin, path, **fields)).status_code == status, (path, fields)
    assert await town.rows("SELECT * FROM coordinators") == before


# -- being here --------------------------------------------------------------------------------


async def test_away_with_a_deputy_and_back_again(town: House) -> None:
    desk = await comes(town, "Erika")
    max_ = await comes(town, "Max")
    me, deputy = await number(town, "Erika"), await number(town, "Max")
    await act(desk, "/desk/team/weg", coordinator=me, until="2026-12-03", deputy=deputy)
    assert "Erika ist weg bis 3. Dezember 2026. Vertretung: Max" in notice(desk)
    await max_.open("/desk/team")
    assert "weg bis 3.12., Vertretung: Max" in plain(max_)
    foreign = await act(max_, "/desk/team/da", coordinator=me)
    assert foreign.status_code == 403
    await act(desk, "/desk/team/da", coordinator=me)
    assert "Erika ist da" in notice(desk)
    assert "weg bis" not in plain(desk)


async def test_an_admin_says_it_for_others(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    await comes(town, "Erika")
    await confirms(town, admin, "Erika")
    who = await number(town, "Erika")
    await act(admin, "/desk/team/weg", coordinator=who, until="2026-11-27")
    assert "Erika ist weg bis 27. November 2026. Vertretung: niemand" in notice(admin)
    now = town.clock.now()
    away = await town.app.database.read(lambda tx: coordinators.is_away(tx, int(who), now))
    assert away


async def test_a_day_in_the_past_is_explained(town: House) -> None:
    desk = await comes(town, "Erika")
    me = await number(town, "Erika")
    await act(desk, "/desk/team/weg", coordinator=me, until="2020-01-01")
    assert notice(desk)
    assert await town.rows("SELECT * FROM coordinators WHERE away_until IS NOT NULL") == []


# -- what was done -----------------------------------------------------------------------------


async def test_the_log_says_who_did_what_and_no_words(town: House) -> None:
    person, request = await town.request("Wer zahlt die geheime Kirchturmuhr?")
    admin = await comes(town, "Chefin", "admin")
    await comes(town, "Erika")
    await confirms(town, admin, "Erika")
    await act(admin, "/desk/team/rolle", coordinator=await number(town, "Erika"), role="expert")
    await act(admin, "/desk/einladung", role="expert")
    await act(admin, "/desk/entfernen", coordinator=await number(town, "Erika"))
    now = town.clock.now()
    who = int(await number(town, "Chefin"))

    async def unit(tx: Tx) -> None:
        await audit.add(tx, who, "close", f"K-{request}", now)

    await town.app.database.write(unit)
    await admin.open("/desk/protokoll")
    page = plain(admin)
    for words in (
        "Chefin: ins Team gekommen",
        "Erika: Code eingelöst, wartet auf Bestätigung",
        "Chefin: Aufnahme bestätigt",
        "Chefin: Rolle geändert: Fachperson",
        "Chefin: Einladung erstellt",
        "Chefin: Zugang entzogen",
        "Chefin: abgeschlossen",
        f"K-{request}",
    ):
        assert words in page, words
    assert "geheime" not in page
    assert person.lines


async def test_the_log_is_for_admins_and_has_pages(town: House) -> None:
    admin = await comes(town, "Chefin", "admin")
    who, now = int(await number(town, "Chefin")), town.clock.now()

    async def unit(tx: Tx) -> None:
        for one in range(120):
            await audit.add(tx, who, "claim", f"K-{2000 + one}", now)

    await town.app.database.write(unit)
    await admin.open("/desk/protokoll")
    assert "K-2119" in admin.page
    assert "K-2050" not in admin.page
    await admin.open("/desk/protokoll?seite=3")
    assert "K-2000" in admin.page
    assert 'rel="next"' not in admin.page
    assert (await admin.open("/desk/protokoll?seite=99")).status_code == 200
    stranger = await town.browser()
    await stranger.open("/desk/protokoll")
    assert "Bereich der Koordination" in stranger.page
    await comes(town, "Erika")
    await confirms(town, admin, "Erika")
    await act(admin, "/desk/einladung", coordinator=await number(town, "Erika"))
    link = re.search(r"(/desk/anmelden/[A-Z0-9-]+)", admin.page)
    assert link
    erika = await town.browser()
    await erika.post(link[1])
    assert (await erika.open("/desk/protokoll")).status_code == 403
