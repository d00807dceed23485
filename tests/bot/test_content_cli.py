"""What the desk taught is given out as content, and taken back."""

from datetime import date
from pathlib import Path

import pytest

from bot.content_cli import export_file, import_file
from bot.settings import Settings
from handlers.desk import learning
from handlers.desk.learning import Taught
from knowledge.load import ContentError, load_entries
from knowledge.models import Entry
from storage import desk_entries
from storage.database import StoreError, Tx
from tests.support.clock import START, MovableClock
from tests.support.folder import look, store

TURMUHR = Entry(
    id="desk-turmuhr",
    title="Wer zahlt die Kirchturmuhr?",
    asked_as=("Wer zahlt die Kirchturmuhr?", "Kosten: die Uhr"),
    answer="Meist zahlt die Stadt.\n\nDer Turm gehört der Kirche.",
    plain="Die Stadt zahlt.",
    topics=("grundlagen",),
    source="Antwort der Koordination",
    checked_on=date(2026, 11, 2),
)
WAYS = {"desk-turmuhr": "Rechnung für die Turmuhr", "kleinstadt-definition": "Sind wir klein?"}


async def teach(tx: Tx) -> None:
    await desk_entries.put_live(tx, TURMUHR.id, TURMUHR.model_dump_json(), START)
    for entry_id, words in WAYS.items():
        await desk_entries.add_phrasing(tx, entry_id, words, None, START)


async def taught(settings: Settings) -> Taught:
    return await look(settings, learning.taught)


async def test_what_was_given_out_comes_back_into_another_store(tmp_path: Path) -> None:
    one = await store(tmp_path / "one", teach)
    file = tmp_path / "gelernt.yaml"
    assert "2 Einträge" in await export_file(one, file)
    other = await store(tmp_path / "other")
    clock = MovableClock()
    assert "neu: 1, geändert: 1, unverändert: 0" in await import_file(other, file, clock)
    back = await taught(other)
    assert back.entries["desk-turmuhr"].asked_as == (*TURMUHR.asked_as, WAYS["desk-turmuhr"])
    assert back.entries["desk-turmuhr"].answer == TURMUHR.answer
    assert back.phrasings == {"kleinstadt-definition": ("Sind wir klein?",)}
    assert await export_file(other, None) == file.read_text(encoding="utf-8")
    assert "unverändert: 2" in await import_file(other, file, clock)
    assert "unverändert: 2" in await import_file(one, file, clock)
    assert set(load_entries(file)) == {"desk-turmuhr", "kleinstadt-definition"}


async def test_a_store_in_which_nothing_was_taught_gives_out_an_empty_list(tmp_path: Path) -> None:
    settings = await store(tmp_path)
    file = tmp_path / "leer.yaml"
    assert "0 Einträge" in await export_file(settings, file)
    assert "0 Einträge" in await import_file(settings, file, MovableClock())


async def test_one_wrong_entry_keeps_the_whole_file_out(tmp_path: Path) -> None:
    one = await store(tmp_path / "one", teach)
    file = tmp_path / "gelernt.yaml"
    await export_file(one, file)
    other = await store(tmp_path / "other")
    whole = file.read_text(encoding="utf-8")
    line = whole.splitlines().index("- id: kleinstadt-definition") + 1
    for broken, problem in (
        (whole.replace("- id: kleinstadt-definition", "- id: fremd"), f"gelernt.yaml:{line}: "),
        (whole.replace("title: Wer zahlt", "titel: Wer zahlt"), "„titel“"),
        (whole + "- id: [", "gelernt.yaml:"),
    ):
        file.write_text(broken, encoding="utf-8")
        with pytest.raises(ContentError) as refused:
            await import_file(other, file, MovableClock())
        assert problem in str(refused.value)
    assert (await taught(other)).entries == {}


async def test_without_a_store_or_a_file_one_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        await export_file(Settings(data=tmp_path), None)
    settings = await store(tmp_path)
    with pytest.raises(ContentError):
        await import_file(settings, tmp_path / "fehlt.yaml", MovableClock())
