"""Subscriptions in the store: whoever wants to hear of something, and nobody else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import people, subscriptions
from storage.database import Database, Tx
from storage.subscriptions import Recipient

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "store.sqlite3")
    yield database
    await database.close()


async def person(store: Database, chat: str, *wanted: tuple[Any, str]) -> int:
    """Somebody in this chat who subscribed to all this."""

    async def unit(tx: Tx) -> int:
        met = await people.meet(tx, "telegram", "1", chat, NOW)
        for kind, value in wanted:
            assert await subscriptions.subscribe(tx, met.id, kind, value, NOW)
        return met.id

    return await store.write(unit)


async def reached(store: Database, *topics: str, groups: Any = (), region: Any = None) -> list[str]:
    found = await store.read(
        lambda tx: subscriptions.recipients(tx, topics=topics, groups=groups, region=region)
    )
    return [recipient.chat for recipient in found]


async def test_those_are_told_whose_wishes_fit_and_each_of_them_once(store: Database) -> None:
    await person(store, "everything", ("all", ""))
    await person(store, "mobile", ("topic", "mobilitaet"))
    await person(store, "learner", ("group", "lernen"))
    await person(store, "saxon", ("region", "Sachsen"))
    await person(store, "both", ("topic", "mobilitaet"), ("group", "lernen"), ("all", ""))
    await person(store, "none")
    assert await reached(store, "mobilitaet") == ["everything", "mobile", "both"]
    assert await reached(store, groups=["lernen"]) == ["everything", "learner", "both"]
    assert await reached(store, region="Sachsen") == ["everything", "saxon", "both"]
    assert await reached(store, "mobilitaet", "klima", groups=["lernen"], region="Sachsen") == [
        *("everything", "mobile", "learner", "saxon", "both")
    ]
    assert await reached(store) == ["everything", "both"]


async def test_the_value_of_one_kind_is_none_of_another(store: Database) -> None:
    await person(store, "topic", ("topic", "beratung"))
    await person(store, "group", ("group", "beratung"))
    assert await reached(store, "beratung") == ["topic"]
    assert await reached(store, groups=["beratung"]) == ["group"]
    assert await reached(store, region="beratung") == []


async def test_a_region_is_the_same_however_it_was_typed(store: Database) -> None:
    await person(store, "one", ("region", "Baden-Württemberg"))
    await person(store, "other", ("region", " baden-WÜRTTEMBERG"))
    assert await reached(store, region="Baden-württemberg ") == ["one", "other"]
    assert await reached(store, region="Baden") == []


async def test_whoever_blocked_us_is_left_out_until_they_are_back(store: Database) -> None:
    await person(store, "gone", ("all", ""))
    for blocked, expected in ((True, []), (False, ["gone"])):
        await store.write(
            lambda tx, blocked=blocked: people.set_blocked(
                tx, "telegram", "1", "gone", NOW, blocked=blocked
            )
        )
        assert await reached(store, "klima") == expected


async def test_somebody_with_two_addresses_is_told_at_the_newer_one(store: Database) -> None:
    person_id = await person(store, "old", ("all", ""))
    await store.write(
        lambda tx: tx.run(
            "INSERT INTO addresses (person_id, channel, bot, chat) VALUES (?, 'web', '', 'new')",
            person_id,
        )
    )
    assert await reached(store) == ["new"]
    await store.write(
        lambda tx: people.set_blocked(tx, "web", "", "new", NOW, blocked=True),
    )
    assert await reached(store) == ["old"]


async def test_a_recipient_brings_along_how_and_when_they_want_to_be_told(store: Database) -> None:
    usual = await person(store, "usual", ("all", ""))
    special = await person(store, "special", ("all", ""))

    async def wish(tx: Tx) -> None:
        await people.choose_language(tx, special, plain=True)
        await subscriptions.set_quiet(tx, special, (1200, 480))
        await subscriptions.set_rhythm(tx, special, "weekly")

    await store.write(wish)
    found = await store.read(
        lambda tx: subscriptions.recipients(tx, topics=[], groups=[], region=None)
    )
    assert found == [
        Recipient(usual, "telegram", "1", "usual", False, "now", None, None),
        Recipient(special, "telegram", "1", "special", True, "weekly", 1200, 480),
    ]


async def test_one_wish_leaves_the_other_alone(store: Database) -> None:
    someone = await person(store, "someone")

    async def unit(tx: Tx) -> list[object]:
        seen: list[object] = []
        for change in (
            None,
            subscriptions.set_rhythm(tx, someone, "weekly"),
            subscriptions.set_quiet(tx, someone, (1200, 480)),
            subscriptions.set_rhythm(tx, someone, "now"),
            subscriptions.set_quiet(tx, someone, None),
        ):
            if change:
                await change
            rhythm = await subscriptions.rhythm(tx, someone)
            seen.append((rhythm, await subscriptions.quiet(tx, someone)))
        return seen

    assert await store.write(unit) == [
        ("now", None),
        ("weekly", None),
        ("weekly", (1200, 480)),
        ("now", (1200, 480)),
        ("now", None),
    ]


async def test_subscribing_twice_is_subscribing_once(store: Database) -> None:
    someone = await person(store, "someone", ("topic", "klima"))

    async def unit(tx: Tx) -> list[object]:
        return [
            await subscriptions.subscribe(tx, someone, "topic", "klima", NOW + timedelta(1)),
            await subscriptions.of(tx, someone),
            await subscriptions.unsubscribe(tx, someone, "topic", "klima"),
            await subscriptions.unsubscribe(tx, someone, "topic", "klima"),
            await subscriptions.of(tx, someone),
        ]

    assert await store.write(unit) == [False, [("topic", "klima")], True, False, []]


async def test_the_end_ends_everything_of_one_person_only(store: Database) -> None:
    leaves = await person(store, "leaves", ("all", ""), ("topic", "klima"))
    stays = await person(store, "stays", ("topic", "klima"))

    async def unit(tx: Tx) -> list[object]:
        await subscriptions.set_rhythm(tx, leaves, "weekly")
        return [
            await subscriptions.end_all(tx, leaves),
            await subscriptions.end_all(tx, leaves),
            await subscriptions.of(tx, leaves),
            await subscriptions.rhythm(tx, leaves),
            await subscriptions.of(tx, stays),
        ]

    assert await store.write(unit) == [2, 0, [], "now", [("topic", "klima")]]


async def test_nothing_is_left_of_somebody_who_is_forgotten(store: Database) -> None:
    someone = await person(store, "someone", ("all", ""))

    async def unit(tx: Tx) -> list[int]:
        await subscriptions.set_rhythm(tx, someone, "weekly")
        await tx.run("DELETE FROM people WHERE id = ?", someone)
        return [
            await tx.value("SELECT COUNT(*) FROM subscriptions"),
            await tx.value("SELECT COUNT(*) FROM wishes"),
        ]

    assert await store.write(unit) == [0, 0]
