"""`hotline chat`: the console is a channel like the others."""

import io
from pathlib import Path

from bot.app import App
from bot.channels.console import FAREWELL
from bot.serve import terminal
from bot.settings import Settings
from storage import groups
from storage.database import Tx
from tests.support.clock import MovableClock


async def talk(folder: Path, *lines: str) -> str:
    """Type the lines one after the other; what stands on the screen."""
    screen = io.StringIO()
    typed = io.StringIO("".join(f"{line}\n" for line in lines))
    async with App.open(
        Settings(data=folder), lambda app: [terminal(app, typed, screen)], clock=MovableClock()
    ) as app:
        await app.run()
    return screen.getvalue()


async def test_numbers_stand_for_buttons(tmp_path: Path) -> None:
    screen = await talk(tmp_path, "Ab wann ist ein Ort eine Kleinstadt?", "1")
    assert "5.000" in screen
    assert "1. Ja, danke" in screen
    assert "Das freut mich" in screen


async def test_a_request_is_still_known_in_the_next_conversation(tmp_path: Path) -> None:
    first = await talk(tmp_path, "Wer stimmt die Orgel von 1712?", "ja")
    assert "K-1001" in first
    second = await talk(tmp_path, "Meine Anfragen", "/ende", "nie gelesen")
    assert "K-1001: wartet auf Antwort" in second
    assert "Kurz vorab" not in second


async def test_a_page_that_cannot_be_opened_here_is_shown_by_its_address(tmp_path: Path) -> None:
    clock = MovableClock()
    async with App.open(Settings(data=tmp_path), lambda _: [], clock=clock) as app:

        async def unit(tx: Tx) -> None:
            number = await groups.add_elsewhere(tx, "busse", "Bürgerbusse", clock.now())
            link = "https://example.org/busse"
            await groups.write(tx, number, {"network": "Signal", "link": link})
            await groups.list_(tx, number, clock.now(), listed=True)

        await app.database.write(unit)
    screen = await talk(tmp_path, "/gruppen", "1")
    assert "Zur Gruppe (Signal): https://example.org/busse" in screen


async def test_who_quits_reads_that_nothing_is_lost(tmp_path: Path) -> None:
    for word in ("/ende", "/quit"):
        screen = await talk(tmp_path, "Was ist eine Kleinstadt?", word, "Wer repariert die Orgel?")
        assert screen.rstrip().endswith(FAREWELL)
        assert "Soll ich" not in screen


async def test_inside_a_protected_conversation_the_command_ends_that_first(tmp_path: Path) -> None:
    await talk(tmp_path, "Hallo")
    async with App.open(Settings(data=tmp_path), lambda _: [], clock=MovableClock()) as app:

        async def unit(tx: Tx) -> None:
            await tx.run("UPDATE people SET conversation = ?", '{"protected": 7}')

        await app.database.write(unit)
    screen = await talk(tmp_path, "/ende", "Was ist eine Kleinstadt?", "/ende", "nie gelesen")
    left, _, after = screen.partition("V-7")
    assert FAREWELL not in left
    assert "5.000" in after
    assert after.rstrip().endswith(FAREWELL)
