"""An operator makes a sheet for the notice board."""

import re
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import App, web_channels
from bot.cli import cli
from bot.poster import Code, Sheet, page
from bot.poster_cli import Poster, PosterError, make, write
from bot.settings import Settings
from handlers.programme import keeping
from storage import groups
from storage.database import Tx
from tests.support import codes
from tests.support.announcing import ID, TITLE, event
from tests.support.clock import START, MovableClock

URL = "https://hotline.example"
ENTRY = "kleinstadt-definition"


def town(folder: Path, **options: object) -> Settings:
    return Settings(data=folder, name="Hotline Musterstadt", public_url=URL, **options)


async def store(settings: Settings) -> None:
    """A hotline ran here once: there are an event, a group, and a bot with a name."""
    async with App.open(settings, web_channels, clock=MovableClock()) as app:

        async def unit(tx: Tx) -> None:
            await keeping.keep(tx, event(), "desk", START)
            group = await groups.add_elsewhere(tx, "radwege", "Gruppe Radwege", START)
            await groups.list_(tx, group, START, listed=True)
            fact = "INSERT INTO facts (name, value) VALUES ('telegram-name', 'MusterBot')"
            await tx.run(fact)

        await app.database.write(unit)


def drawn(html: str) -> list[str]:
    """What the codes of a page say."""
    return [codes.read(codes.painted(svg))[0] for svg in re.findall(r"<svg.*?</svg>", html)]


async def test_the_sheet_names_the_town_and_leads_to_the_chat(tmp_path: Path) -> None:
    made = await make(town(tmp_path), "chat")
    assert '<p class="town">Hotline Musterstadt</p>' in made.html
    assert "Sie haben eine Frage?" in made.html
    assert drawn(made.html) == [f"{URL}/"]
    assert made.warnings == ()
    other = await make(town(tmp_path), "chat", town="Stadt Beispielau")
    assert '<p class="town">Stadt Beispielau</p>' in other.html


async def test_with_telegram_there_is_a_second_code(tmp_path: Path) -> None:
    settings = town(tmp_path, telegram_token="123456:TEST")
    before = await make(settings, "chat")
    assert drawn(before.html) == [f"{URL}/"]
    assert "nach ihrem ersten Start" in before.warnings[0]
    await store(settings)
    made = await make(settings, "chat")
    assert drawn(made.html) == [f"{URL}/", "https://t.me/MusterBot"]
    assert "t.me/MusterBot" in made.html
    assert made.warnings == ()


@pytest.mark.parametrize(
    ("about", "words", "path", "payload"),
    [
        (f"entry {ENTRY}", "Was ist eine Kleinstadt?", f"eintrag/{ENTRY}", f"faq_{ENTRY}"),
        (f"entry:{ENTRY}", "Was ist eine Kleinstadt?", f"eintrag/{ENTRY}", f"faq_{ENTRY}"),
        ("format webinar", "Webinar", "format/webinar", "format_webinar"),
        (f"event {ID}", TITLE, f"events/{ID}", f"event_{ID}"),
        ("group radwege", "Gruppe Radwege", "gruppen/radwege", "gruppe_radwege"),
    ],
)
async def test_a_sheet_for_one_thing_leads_straight_to_it(
    tmp_path: Path, about: str, words: str, path: str, payload: str
) -> None:
    settings = town(tmp_path, telegram_token="123456:TEST")
    await store(settings)
    made = await make(settings, about)
    assert f"<h1>{words}</h1>" in made.html
    assert drawn(made.html) == [f"{URL}/{path}", f"https://t.me/MusterBot?start={payload}"]


@pytest.mark.parametrize(
    "about",
    ["", "mond", "entry", "entry gibt-es-nicht", "event nichts", "group keine", "chat zuviel",
     "format kleinstadt-definition", "entry ../../etc"],
)  # fmt: skip
async def test_a_slip_is_explained_and_makes_nothing(tmp_path: Path, about: str) -> None:
    with pytest.raises(PosterError, match=r"kenne ich nicht|gibt es nicht"):
        await make(town(tmp_path), about)


async def test_an_address_that_works_nowhere_else_is_warned_of(tmp_path: Path) -> None:
    made = await make(Settings(data=tmp_path), "chat")
    assert "HOTLINE_PUBLIC_URL" in made.warnings[0]


async def test_a_name_with_markup_stays_a_name(tmp_path: Path) -> None:
    made = await make(town(tmp_path), "chat", town="<script>alert(1)</script> & Söhne")
    assert "<script>" not in made.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne" in made.html


def test_nothing_is_fetched_from_elsewhere() -> None:
    html = page(Sheet("Musterstadt", "Fragen?", [Code("Im Browser", f"{URL}/")]))
    assert not re.findall(r'(?:src|href)="|url\(|@import', html)


def test_the_command_writes_a_page_and_says_where(tmp_path: Path) -> None:
    file = tmp_path / "aushang.html"
    environment = {"HOTLINE_DATA": str(tmp_path), "HOTLINE_PUBLIC_URL": URL}
    run = CliRunner()
    done = run.invoke(cli, ["poster", "--town", "Musterstadt", "--out", str(file)], env=environment)
    assert (done.exit_code, "fertig:" in done.output) == (0, True)
    assert "Musterstadt" in unescape(file.read_text(encoding="utf-8"))
    pdf = run.invoke(cli, ["poster", "--out", str(tmp_path / "x.pdf")], env=environment)
    assert (pdf.exit_code, "Browser" in pdf.output) == (1, True)
    assert not (tmp_path / "x.pdf").exists()
    here = run.invoke(cli, ["poster", "--out", "-"], env=environment)
    assert here.output.startswith("<!doctype html>")
    wrong = run.invoke(cli, ["poster", "--for", "mond"], env=environment)
    assert (wrong.exit_code, "„mond“" in wrong.output) == (1, True)


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PosterError, match="ließ sich nicht schreiben"):
        write(tmp_path / "nirgends" / "aushang.html", Poster("", ()))
