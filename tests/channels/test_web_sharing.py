"""Whoever follows a link finds a page that answers, and from it the way on."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from bot import qr
from storage import groups
from storage.database import Tx
from tests.channels.web_rig import URL, House, house
from tests.support import codes

ENTRY = "kleinstadt-definition"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


# -- the pages -------------------------------------------------------------------------------


async def test_the_page_of_an_entry_answers_by_itself(town: House) -> None:
    browser = await town.browser()
    await browser.open(f"/eintrag/{ENTRY}")
    assert re.search(r"<h1[^>]*>Was ist eine Kleinstadt\?</h1>", browser.page)
    assert "mindestens 5.000" in browser.page
    assert "Stand: März 2021" in browser.page
    assert f'<link rel="canonical" href="{URL}/eintrag/{ENTRY}">' in browser.page
    assert 'property="og:title" content="Was ist eine Kleinstadt?"' in browser.page


async def test_the_page_can_be_read_in_einfache_sprache_and_back(town: House) -> None:
    plain = town.app.content.knowledge.library.entries[ENTRY].plain
    assert plain
    browser = await town.browser()
    await browser.open(f"/eintrag/{ENTRY}")
    assert "In Einfacher Sprache lesen" in browser.page
    await browser.open(f"/eintrag/{ENTRY}?sprache=einfach")
    assert plain.splitlines()[0] in browser.page
    assert "Zum üblichen Text" in browser.page
    await browser.open(f"/eintrag/{ENTRY}?sprache=klingonisch")
    assert "mindestens 5.000" in browser.page


async def test_the_page_of_a_format_says_what_it_is_and_for_whom(town: House) -> None:
    browser = await town.browser()
    await browser.open("/format/webinar")
    for words in ("Webinar", "Lernen, digital", "nicht reisen möchten", "Stand: Juni 2022"):
        assert words in browser.page


@pytest.mark.parametrize(
    "path",
    ["/eintrag/gibt-es-nicht", "/format/gibt-es-nicht", "/format/kleinstadt-definition",
     "/eintrag/webinar", "/eintrag/..%2f..", "/eintrag/%00", "/eintrag/", "/qr/eintrag/nichts.svg",
     "/qr/format/nichts.png", "/qr/mond/webinar.svg", "/qr/gruppen/keine.svg", "/qr/eintrag/x.gif",
     "/qr/format/webinar.svg?ziel=telegram", "/qr/chat.svg?ziel=https://example.org"],
)  # fmt: skip
async def test_what_does_not_exist_has_a_page_that_says_so(town: House, path: str) -> None:
    browser = await town.browser()
    response = await browser.open(path)
    assert response.status_code == 404
    assert "Diese Seite gibt es nicht" in browser.page


async def test_reading_a_page_changes_nothing_and_sets_no_cookie(town: House) -> None:
    browser = await town.browser()
    for path in (f"/eintrag/{ENTRY}", "/format/webinar", f"/qr/eintrag/{ENTRY}.svg"):
        response = await browser.open(path)
        assert "set-cookie" not in response.headers
    assert await town.rows("SELECT * FROM people") == []
    assert await town.rows("SELECT * FROM web_sessions") == []


# -- passing on ---------------------------------------------------------------------------------

EVERY_KIND = (f"eintrag/{ENTRY}", "format/webinar", "events/erfahrungswerkstatt-2021",
              "gruppen/radwege")  # fmt: skip


async def a_group(town: House, **said: str) -> None:
    async def unit(tx: Tx) -> None:
        now = town.clock.now()
        number = await groups.add_elsewhere(tx, "radwege", "Radwege\n auf dem Land", now)
        await groups.write(tx, number, {"link": "https://example.org/wege"} | said)
        await groups.list_(tx, number, now, listed=True)

    await town.app.database.write(unit)


@pytest.mark.parametrize("path", EVERY_KIND)
async def test_everything_with_a_page_can_be_passed_on_from_it(town: House, path: str) -> None:
    await a_group(town, about="Wer Wege plant.")
    town.app.introduced("hotline_1_bot")
    browser = await town.browser()
    await browser.open(f"/{path}")
    address = f"{URL}/{path}"
    assert f'id="adresse" value="{address}"' in browser.page
    for tag in (f'property="og:url" content="{address}"', f'rel="canonical" href="{address}"'):
        assert browser.page.count(tag) == 1
    text = unescape(re.search(r'id="weitertext"[^>]*>([^<]*)<', browser.page)[1])  # type: ignore[index]
    assert text.strip().endswith(address)
    mail = re.search(r'href="mailto:\?([^"]*)"', browser.page)
    assert mail
    assert quote(address, safe="") in unescape(mail[1])
    shown = re.findall(r'(?:href|src)="(/qr/[^"]*)"', browser.page)
    assert sorted(set(shown)) == sorted(
        f"/qr/{path}.{ending}{goal}" for ending in ("png", "svg") for goal in ("", "?ziel=telegram")
    )
    for code in shown:
        answer = await browser.client.get(code)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("image/")
    assert '<a href="https://t.me/hotline_1_bot?start=' in browser.page


async def test_a_group_is_passed_on_in_its_own_words_or_in_ours(town: House) -> None:
    browser = await town.browser()
    await a_group(town)
    await browser.open("/gruppen/radwege")
    assert "Radwege auf dem Land\nEine Themengruppe für Menschen" in browser.page
    (row,) = await town.rows("SELECT id FROM groups")
    about = {"about": 'Für "alle" <b>im Land</b>.', "region": "Hessen"}
    await town.app.database.write(lambda tx: groups.write(tx, row["id"], about))
    await browser.open("/gruppen/radwege")
    assert "<b>im Land" not in browser.page
    text = re.search(r'id="weitertext"[^>]*>([^<]*)<', browser.page)
    assert text
    assert unescape(text[1]).splitlines() == [
        "Radwege auf dem Land",
        'Für "alle" <b>im Land</b>.',
        "Hessen",
        f"Zur Themengruppe: {URL}/gruppen/radwege",
    ]


# -- on in the chat -----------------------------------------------------------------------------


async def test_from_the_page_a_newcomer_asks_on_in_the_chat(town: House) -> None:
    browser = await town.browser()
    await browser.open(f"/eintrag/{ENTRY}")
    await browser.press("Im Chat weiterfragen")
    assert browser.lines[0].endswith("Was ist eine Kleinstadt?")
    assert any("mindestens 5.000" in line for line in browser.lines)
    await browser.say("Und in Einfacher Sprache?")
    assert any("Einfacher Sprache" in line for line in browser.lines)


async def test_whoever_has_a_chat_goes_on_in_that_one(town: House) -> None:
    browser = await town.browser()
    await browser.say("Guten Tag")
    await browser.open("/format/webinar")
    await browser.press("Im Chat weiterfragen")
    assert any("Guten Tag" in line for line in browser.lines)
    assert any(line.endswith("Webinar") for line in browser.lines)
    assert len(await town.rows("SELECT * FROM web_sessions")) == 1


async def test_one_can_say_on_the_page_that_one_would_be_there(town: House) -> None:
    browser = await town.browser()
    await browser.open("/format/webinar")
    await browser.press("Ich wäre dabei")
    assert any("Notiert: Bei Webinar" in line for line in browser.lines)
    [row] = await town.rows("SELECT format_id, region FROM interests")
    assert row == {"format_id": "webinar", "region": ""}


async def test_a_form_of_another_site_cannot_speak_for_somebody(town: House) -> None:
    browser = await town.browser()
    await browser.open("/format/webinar")
    response = await browser.post("/", origin="https://evil.example", action="wait:webinar")
    assert response.status_code == 403
    assert await town.rows("SELECT * FROM interests") == []


# -- passing on -----------------------------------------------------------------------------------


async def test_the_page_has_a_field_to_copy_and_a_mail(town: House) -> None:
    browser = await town.browser()
    await browser.open("/format/webinar")
    assert f'value="{URL}/format/webinar" readonly' in browser.page
    [mail] = re.findall(r'href="(mailto:[^"]+)"', browser.page)
    assert mail.startswith("mailto:?subject=Webinar&amp;body=")
    assert "%2Fformat%2Fwebinar" in mail
    assert " " not in mail
    assert "+" not in mail  # mail programs would show it


async def test_in_the_chat_the_text_comes_with_a_mail(town: House) -> None:
    browser = await town.browser()
    await browser.open("/format/webinar")
    await browser.press("Im Chat weiterfragen")
    await browser.press("Weitersagen")
    assert any(f"{URL}/format/webinar" in line for line in browser.lines)
    assert 'href="mailto:?subject=Webinar' in browser.page


# -- codes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/qr/chat", f"{URL}/"),
        (f"/qr/eintrag/{ENTRY}", f"{URL}/eintrag/{ENTRY}"),
        ("/qr/format/webinar", f"{URL}/format/webinar"),
    ],
)
async def test_a_phone_reads_the_address_from_the_code(
    town: House, path: str, address: str
) -> None:
    browser = await town.browser()
    picture = await browser.client.get(f"{path}.png")
    assert picture.headers["content-type"] == "image/png"
    assert codes.read(picture.content) == [address]
    drawing = await browser.client.get(f"{path}.svg")
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert ElementTree.fromstring(drawing.text).tag.endswith("svg")  # noqa: S314


def test_the_drawing_is_the_same_code_as_the_picture() -> None:
    """The dark dots of the drawing, put on a sheet, are read like the picture."""
    address = f"{URL}/eintrag/{ENTRY}"
    assert codes.read(codes.painted(qr.svg(address))) == [address]


async def test_with_telegram_the_page_leads_there_too(town: House) -> None:
    town.app.introduced("KleinstadtBot")
    browser = await town.browser()
    await browser.open(f"/eintrag/{ENTRY}")
    deep = f"https://t.me/KleinstadtBot?start=faq_{ENTRY}"
    assert f'href="{deep}"' in browser.page
    code: Any = await browser.client.get(f"/qr/eintrag/{ENTRY}.png?ziel=telegram")
    assert codes.read(code.content) == [deep]
