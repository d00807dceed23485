"""The store keeps what it said it kept, and nothing by halves."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from storage import database as module
from storage.database import (
    Database,
    StoreInUse,
    StoreTooNew,
    StoreTrouble,
    Tx,
    lock,
    migrations,
)


async def add(tx: Tx, value: str) -> None:
    await tx.run("INSERT INTO facts (name, value) VALUES (?, ?)", value, value)


async def names(tx: Tx) -> list[str]:
    return [row["name"] for row in await tx.all("SELECT name FROM facts ORDER BY name")]


@pytest.fixture
async def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    database = await Database.open(tmp_path / "store.sqlite3")
    yield database
    await database.close()


async def test_every_connection_has_what_our_promises_rest_on(store: Database) -> None:
    async def pragmas(tx: Tx) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return [await tx.value(f"PRAGMA {name}") for name in names]

    assert await store.write(pragmas) == ["wal", 2, 1, 1]
    for _ in range(module.READERS):
        assert await store.read(pragmas) == ["wal", 2, 1, 1]


async def test_a_unit_that_fails_leaves_nothing_and_its_neighbours_alone(store: Database) -> None:
    async def fails(tx: Tx) -> None:
        await add(tx, "half")
        raise KeyError("no")

    results = await asyncio.gather(
        store.write(lambda tx: add(tx, "one")),
        store.write(fails),
        store.write(lambda tx: add(tx, "two")),
        return_exceptions=True,
    )
    assert isinstance(results[1], KeyError)
    assert await store.read(names) == ["one", "two"]


async def test_units_that_wait_together_share_one_flush(store: Database) -> None:
    before = store.commits
    await asyncio.gather(*(store.write(lambda tx, i=i: add(tx, f"{i:03}")) for i in range(50)))
    assert len(await store.read(names)) == 50
    assert store.commits - before <= 3


async def test_what_a_unit_submits_sees_its_rows_and_is_committed_with_them(
    store: Database,
) -> None:
    seen: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()

    async def first(tx: Tx) -> None:
        await add(tx, "first")
        store.submit(names, seen.set_result, seen.set_exception)

    before = store.commits
    await store.write(first)
    assert await seen == ["first"]
    assert store.commits - before == 1


async def test_a_unit_cannot_wait_for_a_network(store: Database) -> None:
    async def waits(tx: Tx) -> None:
        await add(tx, "waiting")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="must not wait"):
        await store.write(waits)
    assert await store.read(names) == []


async def test_a_caller_who_leaves_does_not_stop_what_was_begun(store: Database) -> None:
    task = asyncio.create_task(store.write(lambda tx: add(tx, "kept")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.write(lambda tx: add(tx, "next"))
    assert await store.read(names) == ["kept", "next"]


async def test_a_part_may_fail_alone(store: Database) -> None:
    async def unit(tx: Tx) -> None:
        await add(tx, "before")

        async def part(tx: Tx) -> None:
            await add(tx, "part")
            raise ValueError

        with pytest.raises(ValueError):  # noqa: PT011 - it is ours
            await tx.attempt(part)
        await add(tx, "after")

    await store.write(unit)
    assert await store.read(names) == ["after", "before"]


async def test_readers_cannot_write(store: Database) -> None:
    with pytest.raises(sqlite3.OperationalError):
        await store.read(lambda tx: add(tx, "no"))


async def test_a_full_disk_is_told_to_everybody_and_ends_by_itself(store: Database) -> None:
    async def shrink(tx: Tx) -> None:
        pages = await tx.value("PRAGMA page_count")
        await tx.all(f"PRAGMA max_page_count = {pages}")

    async def large(tx: Tx) -> None:
        await tx.run("INSERT INTO facts (name, value) VALUES ('large', ?)", "x" * 10_000_000)

    await store.write(shrink)
    results = await asyncio.gather(
        store.write(lambda tx: add(tx, "small")), store.write(large), return_exceptions=True
    )
    assert isinstance(results[1], StoreTrouble)
    # Whoever shared the group is told the truth: nothing of it was kept.
    assert isinstance(results[0], StoreTrouble) == ("small" not in await store.read(names))

    async def grow(tx: Tx) -> None:
        await tx.all("PRAGMA max_page_count = 1073741823")

    await store.write(grow)
    await store.write(large)
    assert "large" in await store.read(names)


async def test_a_second_process_is_refused(tmp_path: Path) -> None:
    guard = lock(tmp_path)
    try:
        with pytest.raises(StoreInUse, match="arbeitet schon eine Hotline"):
            lock(tmp_path, patience=0.05)
    finally:
        guard.release()
    lock(tmp_path).release()


async def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    await (await Database.open(path)).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {migrations()[-1][0] + 1}")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="aktualisieren"):
        await Database.open(path)
    assert path.read_bytes() == before


def schema(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as raw:
        rows = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
        ).fetchall()
    raw.close()
    return [(name, " ".join(sql.split())) for name, sql in rows]


async def test_a_migrated_store_equals_a_fresh_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, migrated = tmp_path / "fresh", tmp_path / "migrated"
    await (await Database.open(fresh)).close()
    every = migrations()
    for number in range(1, len(every) + 1):
        monkeypatch.setattr(module, "migrations", lambda number=number: every[:number])
        await (await Database.open(migrated)).close()
    assert schema(migrated) == schema(fresh)


async def test_a_migration_that_breaks_off_leaves_the_old_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    await (await Database.open(path)).close()
    before = schema(path)
    number = migrations()[-1][0] + 1
    broken = [*migrations(), (number, "CREATE TABLE half (a TEXT); CREATE TABLE oops (;")]
    monkeypatch.setattr(module, "migrations", lambda: broken)
    with pytest.raises(module.StoreError):
        await Database.open(path)
    assert schema(path) == before
    monkeypatch.undo()
    await (await Database.open(path)).close()
