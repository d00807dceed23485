# ruff: noqa: ASYNC240 - a test may wait for its own disk
"""Operators back up, bring back, hand out, erase and count, and nothing leaks or gets lost."""

import asyncio
import io
import json
import os
import sqlite3
import stat
import sys
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from bot import backups, erasures, operations
from bot.app import STORE
from bot.cli import cli
from bot.settings import Settings
from storage import house, outbox, rights
from storage.database import Database, StoreError, StoreInUse, Tx, lock
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Person
from tests.support.clock import MovableClock
from tests.support.hotline import COORDINATOR, DESK, Talk, hotline

ROOT = Path(__file__).resolve().parents[2]
CANARY = "Kirchturmuhrzeigerzwiebel"


@asynccontextmanager
async def running(
    folder: Path, api: FakeBotApi, clock: MovableClock | None = None
) -> AsyncIterator[Talk]:
    async with hotline(
        folder,
        api,
        clock,
        telegram_desk_chat=DESK,
        telegram_coordinators=str(COORDINATOR),
    ) as talk:
        yield talk


async def someone(talk: Talk) -> Person:
    """Somebody with a request and a file."""
    person = talk.person()
    await talk.request(person, f"Wer repariert die {CANARY}?")
    person.sends_document(f"{CANARY} als Text".encode(), "zettel.txt")
    await talk.hears(person, "gelegt")
    await talk.until(lambda: talk.rows("SELECT state FROM files"), [{"state": "stored"}])
    await talk.settled()
    return person


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def rows(store: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(store)) as raw:
        return raw.execute(sql).fetchall()


async def command(folder: Path, *words: str, typed: str = "") -> Result:
    """What an operator types, in a thread because a command has an event loop of its own."""
    env = {"HOTLINE_DATA": str(folder)}
    return await asyncio.to_thread(
        lambda: CliRunner().invoke(cli, list(words), input=typed, env=env)
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Where backups go."""
    (tmp_path / "sicherung").mkdir()
    return tmp_path / "sicherung" / "heute.tar"


# -- backing up ---------------------------------------------------------------------


async def test_a_backup_of_a_running_hotline_holds_everything(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        await someone(talk)
        done = await asyncio.to_thread(backups.backup, data, saved)
    assert done.files == 1
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
    with tarfile.open(saved) as tar:
        names = tar.getnames()
        assert names[0] == STORE
        assert len(names) == 2
        [name] = names[1:]
        file = tar.extractfile(name)
        assert file is not None
        assert file.read() == f"{CANARY} als Text".encode()
        assert {member.uname for member in tar.getmembers()} == {""}


async def test_people_can_write_while_a_backup_is_made(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        person = await someone(talk)
        for number in range(5):
            backing_up = asyncio.create_task(asyncio.to_thread(backups.backup, data, saved))
            person.says(f"Nachricht {number}")
            await backing_up
        await talk.settled()
        texts = await talk.rows("SELECT text FROM request_messages WHERE text LIKE 'Nachricht%'")
        assert len(texts) == 5
    with tarfile.open(saved) as tar:
        tar.extract(STORE, saved.parent, filter="data")
    assert rows(saved.parent / STORE, "PRAGMA integrity_check") == [("ok",)]


async def test_a_backup_holds_nothing_that_was_deleted(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        await someone(talk)
        await operations.erase(Settings(data=data), "K-1001", talk.clock)
        await asyncio.to_thread(backups.backup, data, saved)
    assert CANARY.encode() not in saved.read_bytes()


async def test_a_failed_backup_leaves_the_one_before(
    data: Path, saved: Path, api: FakeBotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(data, api) as talk:
        await someone(talk)
    backups.backup(data, saved)
    before = saved.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="ließ sich nicht schreiben"):
        backups.backup(data, saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


KILLED = """
import os, sys
from pathlib import Path
from bot import backups
os.fsync = lambda _: os.kill(os.getpid(), 9)
backups.backup(Path(sys.argv[1]), Path(sys.argv[2]))
"""


async def test_a_killed_backup_leaves_the_one_before_and_its_traces_are_removed_later(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        await someone(talk)
    backups.backup(data, saved)
    before = saved.read_bytes()
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(data), str(saved), cwd=ROOT
    )
    assert await killed.wait() == -9
    assert saved.read_bytes() == before
    assert len(list(saved.parent.iterdir())) > 1
    backups.backup(data, saved)
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


async def test_without_a_store_there_is_nothing_to_back_up(data: Path, saved: Path) -> None:
    done = await command(data, "backup", str(saved))
    assert done.exit_code == 1
    assert "noch kein Speicher" in done.stderr
    assert not data.exists()


# -- bringing back ------------------------------------------------------------------


async def test_a_backup_comes_back_whole_on_another_machine(
    data: Path, saved: Path, api: FakeBotApi, tmp_path: Path
) -> None:
    async with running(data, api) as talk:
        person = await someone(talk)
        clock = talk.clock
    assert "gesichert" in (await command(data, "backup", str(saved))).stdout
    other = tmp_path / "anderswo"
    told = await command(other, "restore", str(saved))
    assert told.exit_code == 0, told.stderr
    assert "Dateien: 1" in told.stdout
    assert erasures.JOURNAL in told.stderr
    assert stat.S_IMODE((other / STORE).stat().st_mode) == 0o600
    async with running(other, api, clock) as talk:
        await talk.ask(person, "/anfragen", "K-1001")
        await talk.ask(person, "/meinedaten", CANARY)
        assert len(list((other / "files").iterdir())) == 1
        alarms = await talk.app.database.read(house.alarms)
        assert "restored" in {alarm.kind for alarm in alarms}


async def test_nothing_that_waited_when_the_backup_was_made_is_sent_afterwards(
    data: Path, saved: Path, api: FakeBotApi, tmp_path: Path
) -> None:
    async with running(data, api) as talk:
        person = await someone(talk)
        clock = talk.clock
    await add_to_outbox(data, person, clock)
    backups.backup(data, saved)
    clock.move(timedelta(hours=24))
    other = Settings(data=tmp_path / "anderswo")
    done = await backups.restore(other, saved, clock, replace=False)
    assert done.unsent == 2
    heard = len(person.received)
    async with running(other.data, api, clock) as talk:
        await talk.settled()
        await talk.ask(person, "Hallo", "Guten Tag")
        states = await talk.rows("SELECT state, reason FROM outbox WHERE reason = 'restored'")
        assert states == [{"state": "expired", "reason": "restored"}] * 2
    assert not any("von gestern" in message.text for message in person.received[heard:])


async def add_to_outbox(data: Path, person: Person, clock: MovableClock) -> None:
    """One message that waits, and one that was on its way."""
    database = await Database.open(data / STORE)

    async def unit(tx: Tx) -> None:
        bot = await tx.value("SELECT bot FROM addresses WHERE channel = 'telegram'")
        to = {"channel": "telegram", "bot": bot, "chat": str(person.id)}
        for _ in range(2):
            row = await outbox.promise(
                tx,
                **to,
                lane=0,
                payload=json.dumps({"to": to, "text": {"characters": "von gestern"}}),
                now=clock.now(),
            )
        await outbox.claim(tx, [row])

    try:
        await database.write(unit)
    finally:
        await database.close()


async def test_whoever_was_erased_stays_erased_after_a_restore(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        person = await someone(talk)
        await asyncio.to_thread(backups.backup, data, saved)
        question = await talk.ask(person, "/loeschen", "Soll ich")
        person.presses("Ja, alles löschen", question)
        await talk.hears(person, "Alles gelöscht")
        await talk.settled()
        clock = talk.clock
    assert CANARY.encode() in saved.read_bytes()
    done = await backups.restore(Settings(data=data), saved, clock, replace=True)
    assert done.erased == 1
    assert done.warnings == ()
    assert CANARY.encode() not in bytes_in(data)
    assert rows(data / STORE, "SELECT person_id, state FROM requests") == [(None, "closed")]
    assert list((data / "files").iterdir()) == []


async def test_an_erasure_that_only_the_old_store_remembers_counts_too(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        await someone(talk)
        await asyncio.to_thread(backups.backup, data, saved)
        await operations.erase(Settings(data=data), "K-1001", talk.clock)
        clock = talk.clock
    # As if the machine had stopped between the store's commit and the journal.
    (data / erasures.JOURNAL).unlink()
    done = await backups.restore(Settings(data=data), saved, clock, replace=True)
    assert done.erased == 1
    assert CANARY.encode() not in bytes_in(data)
    assert len(erasures.Journal(data).read()) == 1


async def test_whoever_came_back_after_an_erasure_is_not_erased_again(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        person = await someone(talk)
        await operations.erase(Settings(data=data), "K-1001", talk.clock)
        await talk.request(person, "Und wer stimmt die Orgel?")
        await talk.settled()
        await asyncio.to_thread(backups.backup, data, saved)
        clock = talk.clock
    done = await backups.restore(Settings(data=data), saved, clock, replace=True)
    assert done.erased == 0
    assert rows(data / STORE, "SELECT text FROM request_messages") == [
        ("Und wer stimmt die Orgel?",)
    ]


async def test_an_existing_store_is_not_replaced_by_accident(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        await someone(talk)
    backups.backup(data, saved)
    before = (data / STORE).read_bytes()
    refused = await command(data, "restore", str(saved))
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    assert (data / STORE).read_bytes() == before
    assert (await command(data, "restore", str(saved), "--replace")).exit_code == 0


async def test_nothing_is_restored_below_a_running_hotline(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        await someone(talk)
    backups.backup(data, saved)
    guard = lock(data)
    try:
        with pytest.raises(StoreInUse):
            await backups.restore(Settings(data=data), saved, MovableClock(), replace=True)
    finally:
        guard.release()


def _tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for info, content in members:
            info.size = len(content) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(content))
    return path


def _named(name: str, **more: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in more.items():
        setattr(info, key, value)
    return info


def _store_bytes(folder: Path) -> bytes:
    path = folder / "klein.sqlite3"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE t (x)")
        raw.commit()
    return path.read_bytes()


FORGED: list[Callable[[bytes], list[tuple[tarfile.TarInfo, bytes]]]] = [
    lambda store: [(_named(STORE), store), (_named("files/../../boese"), b"x")],
    lambda store: [(_named(STORE), store), (_named("../boese-boese"), b"x")],
    lambda store: [(_named(STORE), store), (_named("/boese-boese"), b"x")],
    lambda store: [
        (_named("files/boeseboese", type=tarfile.SYMTYPE, linkname="/etc/passwd"), b""),
        (_named(STORE), store),
    ],
    lambda store: [
        (_named("files/boeseboese", type=tarfile.LNKTYPE, linkname=STORE), b""),
        (_named(STORE), store),
    ],
    lambda store: [(_named(STORE, type=tarfile.DIRTYPE), b"")],
    lambda store: [(_named(STORE), store), (_named(STORE), store)],
    lambda store: [(_named(STORE), store), (_named("erasures.jsonl"), b"")],
    lambda store: [(_named(STORE), b"kein SQLite, aber lang genug" * 500)],
    lambda store: [(_named("files/boeseboese"), b"x")],
    lambda store: [],
]


@pytest.mark.parametrize("number", range(len(FORGED)))
async def test_a_forged_backup_changes_nothing(
    data: Path, saved: Path, tmp_path: Path, number: int
) -> None:
    _tar(saved, *FORGED[number](_store_bytes(tmp_path)))
    before = {path.name for path in tmp_path.rglob("*")}
    with pytest.raises(StoreError):
        await backups.restore(Settings(data=data), saved, MovableClock(), replace=False)
    after = {path.name for path in tmp_path.rglob("*")}
    assert after - before <= {"data", "hotline.lock"}


@pytest.mark.parametrize("content", [b"", b"kein tar", b"\0" * 20_000])
async def test_what_is_no_backup_is_said_to_be_none(
    data: Path, saved: Path, content: bytes
) -> None:
    saved.write_bytes(content)
    told = await command(data, "restore", str(saved))
    assert told.exit_code == 1
    assert "keine Sicherung der Hotline" in told.stderr
    assert not (data / STORE).exists()


async def test_half_a_backup_is_none(data: Path, saved: Path, api: FakeBotApi) -> None:
    async with running(data, api) as talk:
        await someone(talk)
    backups.backup(data, saved)
    whole = saved.read_bytes()
    saved.write_bytes(whole[: len(whole) // 2])
    before = (data / STORE).read_bytes()
    with pytest.raises(StoreError):
        await backups.restore(Settings(data=data), saved, MovableClock(), replace=True)
    assert (data / STORE).read_bytes() == before


async def test_a_backup_that_should_be_gone_is_brought_back_with_a_warning(
    data: Path, saved: Path, api: FakeBotApi
) -> None:
    async with running(data, api) as talk:
        await someone(talk)
        clock = talk.clock
    backups.backup(data, saved)
    clock.move(timedelta(days=60))
    done = await backups.restore(Settings(data=data), saved, clock, replace=True)
    assert any("zu alt" in warning for warning in done.warnings)


async def test_operators_work_beside_a_real_hotline(data: Path, saved: Path) -> None:
    env = {**os.environ, "HOTLINE_DATA": str(data), "HOTLINE_WEB_PORT": "0"}
    serving = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "serve"),
        cwd=ROOT,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert serving.stdout is not None
        async with asyncio.timeout(30):
            first = (await serving.stdout.readline()).decode()
        address = first.partition(":")[2].strip()
        async with httpx.AsyncClient(base_url=address) as browser:
            calendar = await browser.get("/events.ics")
            assert calendar.status_code == 200
            assert calendar.text.startswith("BEGIN:VCALENDAR")
            assert (await browser.get("/events/gibt-es-nicht.ics")).status_code == 404
        assert (await command(data, "backup", str(saved))).exit_code == 0
        assert (await command(data, "stats")).exit_code == 0
        refused = await command(data, "restore", str(saved), "--replace")
        assert refused.exit_code == 1
        assert "arbeitet schon eine Hotline" in refused.stderr
    finally:
        serving.terminate()
        async with asyncio.timeout(20):
            await serving.communicate()
    assert (await command(data, "restore", str(saved), "--replace")).exit_code == 0


# -- one person ---------------------------------------------------------------------


async def test_a_persons_data_come_out_as_json(data: Path, api: FakeBotApi) -> None:
    async with running(data, api) as talk:
        person = await someone(talk)
        await talk.request(talk.person(), "Wer stimmt die Orgel?")
    for key in ("K-1001", "1001", f"telegram:{person.id}"):
        told = await command(data, "export", key)
        assert told.exit_code == 0
        found = json.loads(told.stdout)
        places = rights.INVENTORY.items()
        assert set(found) == {
            place.title for table, place in places if table not in rights.UNFINISHED
        }
        assert found["Nachrichten zu Anfragen"][0]["Text"] == (f"Wer repariert die {CANARY}?")
        assert [row["Name"] for row in found["Dateien"]] == ["zettel.txt"]
        assert "Orgel" not in told.stdout


async def test_nobody_is_erased_without_a_yes(data: Path, api: FakeBotApi) -> None:
    async with running(data, api) as talk:
        await someone(talk)
    assert (await command(data, "erase", "K-1001", typed="n\n")).exit_code == 1
    assert len(rows(data / STORE, "SELECT * FROM people")) == 1
    told = await command(data, "erase", "K-1001", typed="y\n")
    assert told.exit_code == 0
    assert "K-1001" in told.stdout
    assert CANARY.encode() not in bytes_in(data)


async def test_a_person_is_erased_beside_a_running_hotline(data: Path, api: FakeBotApi) -> None:
    async with running(data, api) as talk:
        await someone(talk)
        topic = next(iter(talk.api.group(DESK).topics.values()))
        erased = await operations.erase(Settings(data=data), "K-1001", talk.clock)
        assert [request.number for request in erased.requests] == ["K-1001"]
        await talk.passes(timedelta(minutes=1))
        await talk.api.wait_for(
            lambda: any("zurückgezogen" in m.text for m in topic.messages if not m.deleted)
        )
        assert not any(CANARY in m.text for m in topic.messages if not m.deleted)
        await talk.app.database.checkpoint()
        assert CANARY.encode() not in bytes_in(data)


@pytest.mark.parametrize("words", [["export", "K-77"], ["erase", "K-77", "--yes"]])
async def test_an_unknown_person_is_said_to_be_unknown(
    data: Path, api: FakeBotApi, words: list[str]
) -> None:
    async with running(data, api):
        pass
    told = await command(data, *words)
    assert told.exit_code == 1
    assert "niemand bekannt" in told.stderr


def test_the_journal_survives_a_torn_line(tmp_path: Path) -> None:
    journal = erasures.Journal(tmp_path)
    one = rights.Erasure("a" * 64, "2026-11-24T09:00:00.000+00:00")
    two = rights.Erasure("b" * 64, "2026-11-24T10:00:00.000+00:00")
    journal.add([one])
    path = tmp_path / erasures.JOURNAL
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open("a", encoding="utf-8") as file:
        file.write('{"address": "ccc')
    journal.add([one, two])
    assert journal.read() == {one, two}
    journal.forget(MovableClock().now() + timedelta(minutes=30))
    assert journal.read() == {two}


# -- counting -----------------------------------------------------------------------


async def test_figures_name_nobody(data: Path, api: FakeBotApi) -> None:
    async with running(data, api) as talk:
        await someone(talk)
        person = talk.person()
        for _ in range(6):
            await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
        lines = dict(await operations.stats(Settings(data=data), talk.clock))
        assert lines["Menschen"] == "2"
        assert lines["Anfragen, offen"] == "1"
        assert lines["Antworten (30 Tage)"] == "6"
        assert lines["Angebote zur Weitergabe (30 Tage)"] == "<5"
        assert lines["„Hat geholfen“ (30 Tage)"] == "0"
        talk.clock.move(timedelta(days=32))
        lines = dict(await operations.stats(Settings(data=data), talk.clock))
        assert lines["Antworten (30 Tage)"] == "0"
    told = await command(data, "stats")
    assert told.exit_code == 0
    assert "Menschen" in told.stdout
