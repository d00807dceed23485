"""Somebody is known again, with what they chose."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import database as module
from storage import people
from storage.database import Database, Tx, migrations

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


async def test_whoever_came_before_there_was_a_choice_has_made_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migrations()
    monkeypatch.setattr(module, "migrations", lambda: every[:2])
    database = await Database.open(tmp_path / "store")

    async def in_old_times(tx: Tx) -> None:
        await tx.run("INSERT INTO people (created_at, seen_at) VALUES ('2026', '2026')")
        await tx.run(
            """INSERT INTO addresses (person_id, channel, bot, chat)
               VALUES (1, 'telegram', '1', '7')"""
        )

    await database.write(in_old_times)
    await database.close()
    monkeypatch.undo()
    database = await Database.open(tmp_path / "store")
    try:
        person = await database.write(lambda tx: people.meet(tx, "telegram", "1", "7", NOW))
        assert not person.new
        assert not person.plain
        await database.write(lambda tx: people.choose_language(tx, person.id, plain=True))
        person = await database.write(lambda tx: people.meet(tx, "telegram", "1", "7", NOW))
        assert person.plain
    finally:
        await database.close()
