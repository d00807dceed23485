"""The pool of experts is given out as content, and taken back: all of it or nothing."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.experts_cli import export_file, import_file
from bot.settings import Settings
from handlers.network import pool
from knowledge.load import ContentError
from knowledge.models import Area, Consent, Expert
from storage import coordinators, experts
from storage.database import StoreError, Tx
from tests.support.clock import START, MovableClock
from tests.support.folder import look, store

WARM = Expert(
    id="waerme",
    name="Fachperson: Wärme",
    summary="Hilft bei der Wärmeplanung.",
    keywords=("Wärmeplanung", "Fernwärme"),
    topics=("klima-energie",),
    formats=("expertinnen-forum",),
    regions=(Area.SN, Area.TH),
    languages=("Deutsch", "Sorbisch"),
    availability="dienstags",
    paused_until=date(2026, 12, 24),
    page="https://example.org/w",  # type: ignore[arg-type]
    consent=Consent(on=date(2026, 11, 2), noted_by="Koordination"),
)
HIDDEN = Expert(id="versteckt", name="Büro", summary="Hilft.", keywords=("Holzbau",), paused=True)


async def fill(tx: Tx) -> None:
    for one in (WARM, HIDDEN):
        await keep(tx, one)


async def keep(tx: Tx, one: Expert, **more: Any) -> None:
    facts = {"coordinator_id": None, "withdrawn_on": None, **more}
    await experts.keep(tx, one.id, one.model_dump_json(), START, **facts)


async def held(settings: Settings) -> dict[str, Expert]:
    kept = await look(settings, experts.everything)
    return {one.slug: expert for one in kept if (expert := pool.read(one))}


async def test_what_was_given_out_comes_back_into_another_store(tmp_path: Path) -> None:
    one = await store(tmp_path / "one", fill)
    file = tmp_path / "pool.yaml"
    assert "2 Einträge" in await export_file(one, file)
    other = await store(tmp_path / "other")
    clock = MovableClock()
    assert "neu: 2, geändert: 0, unverändert: 0" in await import_file(other, file, clock)
    assert await held(other) == {"waerme": WARM, "versteckt": HIDDEN}
    assert await export_file(other, None) == file.read_text(encoding="utf-8")
    assert "unverändert: 2" in await import_file(other, file, clock)
    assert "unverändert: 2" in await import_file(one, file, clock)


async def test_an_empty_pool_is_an_empty_list(tmp_path: Path) -> None:
    settings = await store(tmp_path)
    file = tmp_path / "leer.yaml"
    assert "0 Einträge" in await export_file(settings, file)
    assert "0 Einträge" in await import_file(settings, file, MovableClock())


async def test_a_changed_entry_stays_connected_with_its_colleague(tmp_path: Path) -> None:
    async def connected(tx: Tx) -> None:
        await coordinators.enrol(tx, "Fatma", "expert", START)
        await keep(tx, WARM, coordinator_id=1)

    settings = await store(tmp_path, connected)
    file = tmp_path / "pool.yaml"
    await export_file(settings, file)
    text = file.read_text(encoding="utf-8").replace("dienstags", "mittwochs")
    file.write_text(text, encoding="utf-8")
    assert "neu: 0, geändert: 1" in await import_file(settings, file, MovableClock())
    assert (await held(settings))["waerme"].availability == "mittwochs"
    kept = await look(settings, lambda tx: experts.get(tx, "waerme"))
    assert kept is not None
    assert kept.coordinator_id == 1


@pytest.mark.parametrize(("agreed", "shown"), [("2026-11-02", False), ("2026-11-25", True)])
async def test_an_old_file_does_not_bring_a_withdrawn_consent_back(
    tmp_path: Path, agreed: str, shown: bool
) -> None:
    async def withdrawn(tx: Tx) -> None:
        hidden = WARM.model_copy(update={"consent": None})
        await keep(tx, hidden, withdrawn_on=date(2026, 11, 20))

    one = await store(tmp_path / "one", fill)
    file = tmp_path / "pool.yaml"
    await export_file(one, file)
    text = file.read_text(encoding="utf-8").replace("2026-11-02", agreed)
    file.write_text(text, encoding="utf-8")
    other = await store(tmp_path / "other", withdrawn)
    said = await import_file(other, file, MovableClock())
    assert ("Zustimmung bleibt zurückgezogen: 1" in said) is not shown
    assert ((await held(other))["waerme"].consent is not None) is shown
    assert "unverändert: 2" in await import_file(other, file, MovableClock())


async def test_one_wrong_entry_keeps_the_whole_file_out(tmp_path: Path) -> None:
    one = await store(tmp_path / "one", fill)
    file = tmp_path / "pool.yaml"
    await export_file(one, file)
    other = await store(tmp_path / "other")
    whole = file.read_text(encoding="utf-8")
    for broken, problem in (
        (whole.replace("klima-energie", "mars"), "„mars“ steht nicht in network.yaml"),
        (whole.replace("summary: Hilft.", "summery: Hilft."), "„summery“"),
        (whole.replace("id: versteckt", "id: waerme"), "gibt es schon"),
        (whole + "- id: [", "pool.yaml:"),
        ("", "ist leer"),
    ):
        file.write_text(broken, encoding="utf-8")
        with pytest.raises(ContentError) as refused:
            await import_file(other, file, MovableClock())
        assert problem in str(refused.value)
    assert await held(other) == {}


async def test_without_a_store_or_a_file_one_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        await export_file(Settings(data=tmp_path), None)
    settings = await store(tmp_path)
    with pytest.raises(ContentError, match="nicht lesbar"):
        await import_file(settings, tmp_path / "fehlt.yaml", MovableClock())
    with pytest.raises(ContentError, match="ließ sich nicht schreiben"):
        await export_file(settings, tmp_path / "nirgends" / "pool.yaml")


def test_an_operator_does_it_with_two_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(store(tmp_path, fill))
    monkeypatch.setenv("HOTLINE_DATA", str(tmp_path))
    file = tmp_path / "pool.yaml"
    run = CliRunner().invoke
    assert "Fachperson: Wärme" in run(cli, ["experts", "export"]).output
    assert run(cli, ["experts", "export", str(file)]).exit_code == 0
    assert "unverändert: 2" in run(cli, ["experts", "import", str(file)]).output
    file.write_text("- id: x\n", encoding="utf-8")
    refused = run(cli, ["experts", "import", str(file)])
    assert refused.exit_code == 1
    assert "pool.yaml:1:" in refused.output
