"""Telegram asks for a pause (429): nobody speaks there meanwhile, and nobody else waits."""

import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Person
from tests.rigs.program import COORDINATOR, DESK, environment, nursery, small_content, store, until
from tests.support.clock import MovableClock
from tests.support.hotline import Talk, hotline

QUESTION = "Was kostet die Teilnahme?"
ANSWER = "kostenlos"


def running(
    folder: Path, api: FakeBotApi, clock: MovableClock
) -> "AbstractAsyncContextManager[Talk]":
    return hotline(
        folder / "data",
        api,
        clock,
        content=small_content(folder),
        telegram_desk_chat=DESK,
        telegram_coordinators=str(COORDINATOR),
    )


@pytest.fixture
async def talk(tmp_path: Path, api: FakeBotApi) -> AsyncIterator[Talk]:
    async with running(tmp_path, api, MovableClock()) as talk:
        yield talk


def calls(api: FakeBotApi, chat: int) -> int:
    return sum(call.params.get("chat_id") == chat for call in api.calls_to("send*"))


async def refused(talk: Talk, person: Person, seconds: int) -> None:
    """The person asks, and Telegram does not let us answer now."""
    talk.api.fault("sendMessage", 429, chat=person.id, retry_after=seconds)
    person.says(QUESTION)
    await talk.api.wait_for(lambda: calls(talk.api, person.id))
    await paused(talk, f"chat:{person.id}", "bot")


async def paused(talk: Talk, *scopes: str) -> None:
    async def found() -> bool:
        rows = await talk.rows("SELECT scope FROM pauses")
        return bool({row["scope"] for row in rows} & set(scopes))

    await talk.until(found, True)


def wake(talk: Talk, after: timedelta = timedelta()) -> None:
    talk.clock.move(after)
    talk.app.worker.nudge()
    for courier in talk.app.couriers:
        courier.nudge()


async def attempts(talk: Talk) -> list[tuple[int, int]]:
    rows = await talk.rows("SELECT attempts, uncertain FROM outbox")
    return [(row["attempts"], row["uncertain"]) for row in rows]


@pytest.mark.parametrize("seconds", [1, 35, 10_072])
async def test_a_pause_is_kept_and_costs_no_attempt(talk: Talk, seconds: int) -> None:
    person, other = talk.person(), talk.person()
    await refused(talk, person, seconds)
    if seconds > 1:
        for _ in range(3):
            wake(talk, timedelta(seconds=seconds / 4))
            await talk.ask(other, QUESTION, ANSWER)
        assert calls(talk.api, person.id) == 1
        wake(talk, timedelta(seconds=seconds / 4 + 1))
    await talk.hears(person, ANSWER)
    await talk.settled()
    first, second, *_ = [
        call for call in talk.api.calls_to("sendMessage") if call.params["chat_id"] == person.id
    ]
    assert seconds > 1 or second.at - first.at >= seconds
    assert set(await attempts(talk)) == {(0, 0)}
    assert len(person.received) == 2


@pytest.mark.parametrize("seconds", [35, 10_072])
async def test_a_pause_outlives_a_restart(tmp_path: Path, api: FakeBotApi, seconds: int) -> None:
    clock = MovableClock()
    async with running(tmp_path, api, clock) as talk:
        person, other = talk.person(), talk.person()
        await refused(talk, person, seconds)
    async with running(tmp_path, api, clock) as again:
        wake(again, timedelta(seconds=seconds - 5))
        await again.ask(other, QUESTION, ANSWER)
        assert calls(api, person.id) == 1
        wake(again, timedelta(seconds=6))
        await again.hears(person, ANSWER)
        assert set(await attempts(again)) == {(0, 0)}


def test_a_pause_outlives_a_kill(tmp_path: Path) -> None:
    with FakeBotApi.threaded() as api, nursery(tmp_path, environment(tmp_path, api)) as program:
        api.group(DESK, "Koordination", forum=True)
        soon, late, other = (api.user(1001 + number) for number in range(3))
        waits = {soon: 4, late: 10_072}
        program.start()
        for person, seconds in waits.items():
            api.fault("sendMessage", 429, chat=person.id, retry_after=seconds)
        soon.says(QUESTION)
        until(lambda: store(tmp_path, "SELECT scope FROM pauses"))
        program.signal(signal.SIGKILL)
        program.buried()
        program.start()
        other.says(QUESTION)
        api.wait(lambda: len(other.received) == 2, 30)
        assert calls(api, soon.id) == 1
        api.wait(lambda: len(soon.received) == 2)
        first, second, *_ = [
            call for call in api.calls_to("sendMessage") if call.params["chat_id"] == soon.id
        ]
        assert second.at - first.at >= waits[soon]
        late.says(QUESTION)
        until(lambda: store(tmp_path, "SELECT scope FROM pauses WHERE scope LIKE ?", f"%{late.id}"))
        program.signal(signal.SIGKILL)
        program.buried()
        program.start()
        other.says(QUESTION)
        api.wait(lambda: len(other.received) == 3, 30)
        assert calls(api, late.id) == 1
        rows = store(tmp_path, "SELECT attempts, uncertain, state FROM outbox WHERE state='ready'")
        assert rows == [{"attempts": 0, "uncertain": 0, "state": "ready"}] * 2
        program.signal(signal.SIGTERM)
        program.buried()


async def test_a_pause_of_the_desk_delays_no_person(talk: Talk) -> None:
    person, other = talk.person(), talk.person()
    talk.api.fault("sendMessage", 429, chat=DESK, retry_after=600)
    await talk.ask(person, "Wer repariert die Orgel von 1712?", "Soll ich")
    person.presses("Ja, bitte")
    await talk.hears(person, "Nummer")
    await paused(talk, f"chat:{DESK}")
    await talk.ask(other, QUESTION, ANSWER)
    assert calls(talk.api, DESK) == 1
    wake(talk, timedelta(seconds=601))
    await talk.settled()
    assert any("Orgel" in m.text for m in talk.api.group(DESK).messages)


async def test_a_pause_of_the_desk_and_of_one_person_delay_nobody_else(talk: Talk) -> None:
    """The limit of a group is its own; it says nothing about the person's chat."""
    person, unlucky, other = talk.person(), talk.person(), talk.person()
    talk.api.fault("sendMessage", 429, chat=DESK, retry_after=600)
    await talk.ask(person, "Wer repariert die Orgel von 1712?", "Soll ich")
    person.presses("Ja, bitte")
    await paused(talk, f"chat:{DESK}")
    await refused(talk, unlucky, 600)
    await talk.ask(other, QUESTION, ANSWER)
    assert calls(talk.api, unlucky.id) == 1


async def test_when_several_chats_are_refused_at_once_the_whole_bot_pauses(talk: Talk) -> None:
    one, two, third = talk.person(), talk.person(), talk.person()
    await refused(talk, one, 35)
    await refused(talk, two, 35)
    await paused(talk, "bot")
    before = len(talk.api.calls_to("send*"))
    third.says(QUESTION)
    answered = "SELECT COUNT(*) AS number FROM outbox WHERE chat = ?"

    async def promised() -> int:
        return int((await talk.rows(answered, str(third.id)))[0]["number"])

    await talk.until(promised, 2)
    wake(talk, timedelta(seconds=20))
    # Whatever the courier does now it has done before the web channels are asked.
    await talk.app.database.write(nothing)
    assert len(talk.api.calls_to("send*")) == before
    wake(talk, timedelta(seconds=16))
    for person in (one, two, third):
        await talk.hears(person, ANSWER)
    assert set(await attempts(talk)) == {(0, 0)}


async def nothing(tx: object) -> None:
    """A unit that only waits for its turn."""
