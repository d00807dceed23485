"""Announcements in the store: what was decided holds, whoever is faster."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.announcing.audiences import quiet_until
from handlers.hours import BERLIN
from storage import announcements, coordinators, due, outbox, people, subscriptions
from storage.announcements import Announcement, Audience, Letter
from storage.database import Database, Tx

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=10)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "store.sqlite3")
    yield database
    await database.close()


@pytest.fixture
async def sending(store: Database) -> int:
    """An announcement of which three people are to get a copy."""

    async def unit(tx: Tx) -> int:
        by = await coordinators.enrol(tx, "Erika Beispiel", "coordinator", NOW)
        number = await announcements.draft(
            tx, text="{}", audience=Audience(), created_by=by.id, now=NOW
        )
        assert await announcements.confirm(tx, number, by.id, SOON, NOW)
        letters = []
        for chat in ("1", "2", "3"):
            person = await people.meet(tx, "telegram", "7", chat, NOW)
            letters.append(Letter(person.id, "telegram", "7", chat, "{}", SOON))
        assert await announcements.start(tx, number, letters, SOON)
        return number

    return await store.write(unit)


async def states(store: Database) -> list[tuple[str, str | None]]:
    async def unit(tx: Tx) -> list[tuple[str, str | None]]:
        rows = await tx.all("SELECT state, reason FROM outbox ORDER BY id")
        return [(row["state"], row["reason"]) for row in rows]

    return await store.read(unit)


async def known(store: Database, number: int) -> Announcement:
    found = await store.read(lambda tx: announcements.get(tx, number))
    assert found is not None
    return found


async def claimable(store: Database, now: datetime) -> list[str]:
    rows = await store.read(lambda tx: outbox.ready(tx, "telegram", "7", 1, now, 10))
    return [row.chat for row in rows]


async def test_of_two_who_confirm_one_does(store: Database) -> None:
    async def unit(tx: Tx) -> list[bool]:
        by = await coordinators.enrol(tx, "Erika Beispiel", "coordinator", NOW)
        number = await announcements.draft(
            tx, text="{}", audience=Audience(("verkehr",)), created_by=by.id, now=NOW
        )
        first = await announcements.confirm(tx, number, by.id, SOON, NOW)
        again = await announcements.confirm(tx, number, by.id, SOON, NOW)
        return [first, again, await announcements.take_back(tx, number, SOON)]

    assert await store.write(unit) == [True, False, True]
    assert await store.read(lambda tx: due.planned(tx, "announce", "1")) is None
    found = await known(store, 1)
    assert (found.state, found.audience) == ("stopped", Audience(("verkehr",)))


async def test_it_begins_once(store: Database, sending: int) -> None:
    assert not await store.write(lambda tx: announcements.start(tx, sending, [], SOON))
    assert not await store.write(lambda tx: announcements.take_back(tx, sending, SOON))
    assert await states(store) == [("ready", None)] * 3
    assert (await known(store, sending)).total == 3


async def test_whoever_withdraws_gets_nothing_new(store: Database, sending: int) -> None:
    assert await store.write(lambda tx: announcements.withdraw(tx, 2, SOON)) == 1
    assert await claimable(store, SOON) == ["1", "3"]
    assert (await states(store))[1] == ("expired", "withdrawn")


async def test_whoever_changes_their_mind_gets_what_still_fits(store: Database) -> None:
    async def unit(tx: Tx) -> list[int]:
        by = await coordinators.enrol(tx, "Erika Beispiel", "coordinator", NOW)
        person = await people.meet(tx, "telegram", "7", "1", NOW)
        for topic in ("verkehr", "wohnen"):
            await subscriptions.subscribe(tx, person.id, "topic", topic, NOW)
            meant = Audience((topic,))
            number = await announcements.draft(
                tx, text="{}", audience=meant, created_by=by.id, now=NOW
            )
            await announcements.confirm(tx, number, by.id, NOW, NOW)
            letter = Letter(person.id, "telegram", "7", "1", "{}", NOW)
            await announcements.start(tx, number, [letter], NOW)
        ended = [await announcements.reconsider(tx, person.id, NOW)]
        await subscriptions.unsubscribe(tx, person.id, "topic", "verkehr")
        ended.append(await announcements.reconsider(tx, person.id, NOW))
        await subscriptions.set_rhythm(tx, person.id, "weekly")
        ended.append(await announcements.reconsider(tx, person.id, NOW))
        return ended

    assert await store.write(unit) == [0, 1, 1]
    assert await states(store) == [("expired", "withdrawn")] * 2


async def test_a_send_that_fails_after_the_withdrawal_is_not_tried_again(
    store: Database, sending: int
) -> None:
    async def unit(tx: Tx) -> None:
        await outbox.claim(tx, [1, 2])
        assert await announcements.withdraw(tx, 1, SOON) == 0
        await outbox.again(tx, 1, SOON, attempt=True)
        await outbox.again(tx, 2, SOON, attempt=True)

    await store.write(unit)
    assert await claimable(store, SOON) == ["2", "3"]
    assert (await states(store))[0] == ("expired", "withdrawn")


async def test_a_send_that_fails_in_a_pause_rests_too(store: Database, sending: int) -> None:
    async def paused(tx: Tx) -> None:
        await outbox.claim(tx, [1])
        assert await announcements.pause(tx, sending)
        assert not await announcements.pause(tx, sending)
        await outbox.again(tx, 1, SOON, attempt=True)

    await store.write(paused)
    assert await claimable(store, NOW + timedelta(days=365)) == []
    assert await store.write(lambda tx: announcements.resume(tx, sending, SOON))
    assert await claimable(store, SOON) == ["1", "2", "3"]


async def test_what_was_stopped_stays_stopped(store: Database, sending: int) -> None:
    async def unit(tx: Tx) -> None:
        await outbox.claim(tx, [1])
        assert await announcements.stop(tx, sending, "stopped", SOON)
        assert not await announcements.resume(tx, sending, SOON)
        await outbox.again(tx, 1, SOON)

    await store.write(unit)
    assert await states(store) == [("expired", "stopped")] * 3
    progress = await store.read(lambda tx: announcements.progress(tx, sending, SOON))
    assert progress.counts == (("expired", "stopped", 3),)
    assert progress.open == 0


async def test_who_got_what_is_forgotten_after_a_while(store: Database, sending: int) -> None:
    async def unit(tx: Tx) -> int:
        await announcements.stop(tx, sending, "stopped", SOON)
        assert await announcements.finish(tx, sending, SOON)
        assert not await announcements.finish(tx, sending, SOON)
        await announcements.forget(tx, SOON)
        left = await tx.value("SELECT COUNT(*) FROM announcement_recipients")
        await announcements.forget(tx, SOON + timedelta(seconds=1))
        gone = await tx.value("SELECT COUNT(*) FROM announcement_recipients")
        return int(left) - int(gone)

    assert await store.write(unit) == 3


# -- quiet hours --------------------------------------------------------------------------

NIGHT = (22 * 60, 7 * 60)


def at(year: int, month: int, day: int, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (NIGHT, at(2026, 11, 24, 21, 59), None),
        (NIGHT, at(2026, 11, 24, 22), at(2026, 11, 25, 7)),
        (NIGHT, at(2026, 11, 25, 6, 59), at(2026, 11, 25, 7)),
        (NIGHT, at(2026, 11, 25, 7), None),
        ((12 * 60, 14 * 60), at(2026, 11, 25, 13), at(2026, 11, 25, 14)),
        ((12 * 60, 14 * 60), at(2026, 11, 25, 14), None),
        ((0, 0), at(2026, 11, 25, 0), None),
        # The nights in which the clocks are changed.
        (NIGHT, at(2027, 3, 27, 23), at(2027, 3, 28, 7)),
        (NIGHT, at(2026, 10, 24, 23), at(2026, 10, 25, 7)),
        ((22 * 60, 150), at(2027, 3, 27, 23), at(2027, 3, 28, 3, 30)),
        ((22 * 60, 150), at(2026, 10, 24, 23), at(2026, 10, 25, 2, 30, fold=1)),
        ((22 * 60, 150), at(2026, 10, 25, 2, 10, fold=1), at(2026, 10, 25, 2, 30, fold=1)),
    ],
)
def test_quiet_hours_are_those_of_the_clock_on_the_wall(
    hours: tuple[int, int], now: datetime, until: datetime | None
) -> None:
    found = quiet_until(*hours, now.astimezone(UTC))
    assert found == (until and until.astimezone(UTC))
