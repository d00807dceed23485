"""Something stays broken for a while: a chat, a message, the disk. The others notice nothing."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import bot.worker
import handlers.routing
from bot.channels.telegram.channel import TelegramChannel
from handlers.turn import Turn
from tests.fakes.botapi import FakeBotApi
from tests.rigs.program import COORDINATOR, DESK, small_content
from tests.support.hotline import Talk, hotline

QUESTION = "Was kostet die Teilnahme?"
ANSWER = "kostenlos"
SECRET = "ein-geheimnis-fuer-den-webhook-0123456789"
MARKER = "Zwiebelkuchen"


@pytest.fixture
async def talk(tmp_path: Path, api: FakeBotApi) -> AsyncIterator[Talk]:
    async with hotline(
        tmp_path / "data",
        api,
        content=small_content(tmp_path),
        telegram_desk_chat=DESK,
        telegram_coordinators=str(COORDINATOR),
        telegram_webhook_secret=SECRET,
    ) as talk:
        yield talk


def wake(talk: Talk, after: timedelta) -> None:
    talk.clock.move(after)
    talk.app.worker.nudge()
    for courier in talk.app.couriers:
        courier.nudge()


async def test_a_chat_that_fails_for_an_hour_keeps_its_order_and_delays_nobody(talk: Talk) -> None:
    stuck, other = talk.person(), talk.person()
    fault = talk.api.fault("sendMessage", 502, times=None, chat=stuck.id)
    for text in (QUESTION, "Wer stimmt die Orgel von 1712?", "Hallo"):
        stuck.says(text)

    async def tries() -> int:
        rows = await talk.rows("SELECT MAX(attempts) AS number FROM outbox")
        return int(rows[0]["number"] or 0)

    begun = talk.clock.now()
    for number in range(1, 15):
        # Kept, too: the next try is planned from then on.
        await talk.until(tries, number)
        await talk.ask(other, QUESTION, ANSWER)
        wake(talk, timedelta(minutes=5))
    assert talk.clock.now() - begun > timedelta(hours=1)
    fault.cancel()
    wake(talk, timedelta(minutes=6))
    await talk.settled()
    rows = await talk.rows(
        "SELECT payload FROM outbox WHERE chat = ? AND channel = 'telegram' ORDER BY id",
        str(stuck.id),
    )
    heard = [message.text for message in stuck.received]
    assert len(heard) == len(rows) >= 3
    assert "Kurz vorab" in heard[0]
    assert ANSWER in heard[1]
    assert "Soll ich" in heard[2]


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A handler that breaks on one word, after it has written something."""
    respond = handlers.routing.respond
    broken: list[str] = []

    async def breaks(turn: Turn) -> None:
        await respond(turn)
        if MARKER in turn.text:
            broken.append(turn.text)
            raise ZeroDivisionError

    monkeypatch.setattr(bot.worker, "respond", breaks)
    return broken


async def tried(talk: Talk, poison: list[str], times: int) -> None:
    async def so_often() -> bool:
        return len(poison) >= times

    await talk.until(so_often, True)


async def dead(talk: Talk) -> list[dict[str, Any]]:
    return await talk.rows("SELECT id, attempts, error FROM inbox WHERE state = 'dead'")


async def test_a_message_that_breaks_its_handler_is_told_of_within_a_minute(
    talk: Talk, poison: list[str]
) -> None:
    person, other = talk.person(), talk.person()
    begun = talk.clock.now()
    person.says(f"Wo gibt es {MARKER}?")
    person.says(QUESTION)
    for tries in (1, 2, 3):
        await tried(talk, poison, tries)
        assert await dead(talk) == [] or tries == 3
        await talk.ask(other, QUESTION, ANSWER)
        wake(talk, timedelta(seconds=11))
    await talk.hears(person, "schiefgegangen")
    await talk.hears(person, ANSWER)
    assert talk.clock.now() - begun < timedelta(minutes=1)
    [letter] = await dead(talk)
    assert letter["attempts"] == 3
    assert letter["error"] == "ZeroDivisionError"
    alarms = await talk.rows("SELECT kind, subject FROM alarms")
    assert alarms == [{"kind": "dead-letter", "subject": str(letter["id"])}]
    assert len(poison) == 3
    await talk.settled()
    heard = [message.text for message in person.received]
    assert sum("schiefgegangen" in text for text in heard) == 1
    assert not any("Soll ich" in text for text in heard)


async def test_the_webhook_takes_what_breaks_its_handler_and_what_follows(
    talk: Talk, poison: list[str]
) -> None:
    person = talk.person()
    channel = next(c for c in talk.app.channels if isinstance(c, TelegramChannel))
    for number, text in enumerate((MARKER, QUESTION)):
        update = {
            "update_id": 700 + number,
            "message": {
                "message_id": 900 + number,
                "date": 1_790_000_000,
                "chat": {"id": person.id, "type": "private", "first_name": "E"},
                "from": {"id": person.id, "is_bot": False, "first_name": "E"},
                "text": text,
            },
        }
        body = json.dumps(update).encode()
        assert await channel.webhook(SECRET.encode(), body, talk.app.receiver) == 200
    for tries in (1, 2, 3):
        await tried(talk, poison, tries)
        wake(talk, timedelta(seconds=11))
    await talk.hears(person, "schiefgegangen")
    await talk.hears(person, ANSWER)


# -- the disk is full --------------------------------------------------------------------


@asynccontextmanager
async def full_disk(talk: Talk) -> AsyncIterator[None]:
    """No page can be added to the store meanwhile."""

    async def most(pages: int) -> None:
        def limit(raw: Any) -> None:
            raw.execute(f"PRAGMA max_page_count={pages}")

        await talk.app.database._writer.call(limit)

    # Pages that a migration left empty would be filled first.
    await talk.app.database._writer.call(lambda raw: raw.execute("VACUUM"))
    await most(1)  # SQLite takes the present size for it
    try:
        yield
    finally:
        await most(2**30)


async def test_a_full_disk_loses_nothing_and_doubles_nothing(talk: Talk) -> None:
    person, other = talk.person(), talk.person()
    long = "Wer repariert die Orgel von 1712? " + "Sie pfeift. " * 200
    await talk.ask(person, long, "Soll ich")
    await talk.settled()

    async def noticed() -> bool:
        """Either the yes is kept and cannot be carried out, or it cannot even be kept."""
        rows = await talk.rows("SELECT id FROM inbox WHERE attempts > 0")
        return bool(rows) or await trouble(talk)

    async with full_disk(talk):
        person.says("ja")
        await talk.until(noticed, True)
        for _ in range(10):
            other.says(long)
        await talk.until(lambda: trouble(talk), True, within=20)
        _, facts = await talk.app.status.health()
        assert facts["store"] == "ok"
        assert talk.api.waiting_updates(talk.api.bot)
        assert await talk.rows("SELECT id FROM requests") == []
        assert not any("Nummer" in message.text for message in person.received)
    await talk.hears(person, "Nummer", within=30)
    await talk.api.wait_for(lambda: not talk.api.waiting_updates(talk.api.bot), 40)
    await talk.settled()
    kept = await talk.rows("SELECT text FROM request_messages")
    assert [row["text"] for row in kept] == [long.strip()]
    assert len(await talk.rows("SELECT id FROM requests")) == 1
    assert await talk.rows("SELECT id FROM inbox WHERE state <> 'done'") == []
    [draft] = await talk.rows(
        """SELECT conversation FROM people JOIN addresses ON person_id = people.id
           WHERE chat = ?""",
        str(other.id),
    )
    assert draft["conversation"].count("1712") == 10


async def test_a_store_that_cannot_be_written_to_is_noticed_and_not_hammered(talk: Talk) -> None:
    """As after an error of the disk, when the system allows reading only."""
    person = talk.person()
    await talk.ask(person, QUESTION, ANSWER)
    await talk.settled()
    database = talk.app.database

    async def read_only(value: int) -> None:
        await database._writer.call(lambda raw: raw.execute(f"PRAGMA query_only={value}"))

    tries = 0
    run_group = database._run_group

    def counted(raw: Any) -> Any:
        nonlocal tries
        tries += 1
        return run_group(raw)

    await read_only(1)
    setattr(database, "_run_group", counted)  # noqa: B010
    try:
        person.says(QUESTION)
        await talk.until(lambda: trouble(talk), True)
    finally:
        await read_only(0)
    assert tries < 50
    assert talk.api.waiting_updates(talk.api.bot)
    await talk.hears(person, ANSWER, within=30)
    await talk.settled()
    assert sum(ANSWER in message.text for message in person.received) == 2


async def trouble(talk: Talk) -> bool:
    return "speichern" in talk.app.channels[-1].health()
