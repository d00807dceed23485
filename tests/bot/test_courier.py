"""What becomes of what is to be said, for every way a network can behave."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from bot import courier
from bot.channels.base import (
    UNLIMITED,
    Delivery,
    DeliveryError,
    Limits,
    Moved,
    NoThreads,
    Refused,
    SlowDown,
    ThreadLost,
    TryLater,
    Uncertain,
    Unreachable,
)
from bot.courier import Courier
from bot.cupboard import Cupboard
from bot.worker import promise
from handlers.message import Address, Lane, Outgoing
from handlers.text import Text
from storage import house, outbox, people, threads
from storage.database import Database, Tx
from tests.support.clock import MovableClock

Result = DeliveryError | None


class Network:
    """A channel that does what the test tells it, and remembers what it was asked."""

    name, bot = "test", "1"
    limits: Limits = UNLIMITED

    def __init__(self) -> None:
        self.results: dict[str, list[Result]] = {}
        self.sent: list[tuple[str, str]] = []
        self.deliveries: list[Delivery] = []
        self.topics: list[str] = []
        self.threads = True
        self.gate: asyncio.Event | None = None
        self.in_flight = self.most_in_flight = 0

    def is_group(self, chat: str) -> bool:
        return chat.startswith("-")

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        self.deliveries.append(delivery)
        chat = delivery.outgoing.to.chat
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.gate:
                await self.gate.wait()
            result = self.results.get(chat, [None]).pop(0) if self.results.get(chat) else None
        finally:
            self.in_flight -= 1
        if result is None or isinstance(result, Uncertain):
            self.sent.append((chat, str(delivery.outgoing.text)))
        if result is not None:
            raise result
        return (str(len(self.deliveries)),)

    async def open_thread(self, chat: str, title: str) -> str:
        if not self.threads:
            raise NoThreads
        self.topics.append(title)
        return str(100 + len(self.topics))

    async def fetch(self, remote: str, into: BinaryIO, limit: int) -> None:
        raise Refused("nothing here")

    async def listen(self, receive: object) -> None: ...

    async def close(self) -> None: ...

    def health(self) -> str:
        return "ok"


class Post:
    """An outbox with its courier."""

    def __init__(self, database: Database, network: Network, clock: MovableClock, folder: Path):
        self.database, self.network, self.clock, self.folder = database, network, clock, folder
        self.courier = self.another_courier()

    def another_courier(self) -> Courier:
        return Courier(
            self.database,
            self.network,
            self.clock,
            Cupboard(self.folder / "files"),
            arrived=lambda: None,
            changed=lambda: None,
            desk_chosen=lambda: None,
        )

    async def say(self, chat: str, text: str, **how: Any) -> int:
        to = Address(channel="test", bot="1", chat=chat, **how.pop("to", {}))
        outgoing = Outgoing(to=to, text=Text.of(text), **how)

        async def unit(tx: Tx) -> int:
            await promise(tx, outgoing, self.clock.now(), None)
            return int(await tx.value("SELECT MAX(id) FROM outbox"))

        row = await self.database.write(unit)
        self.courier.nudge()
        return row

    async def row(self, row_id: int) -> dict[str, Any]:
        async def unit(tx: Tx) -> dict[str, Any]:
            found = await tx.one("SELECT * FROM outbox WHERE id = ?", row_id)
            assert found is not None
            return dict(found)

        return await self.database.read(unit)

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not look():  # noqa: ASYNC110 - the network of this test tells nobody
                await asyncio.sleep(0.005)

    async def state(self, row_id: int, wanted: str, **columns: object) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                row = await self.row(row_id)
                if row["state"] == wanted and all(row[k] == v for k, v in columns.items()):
                    return row
                await asyncio.sleep(0.005)

    def later(self, **by: float) -> None:
        self.clock.move(timedelta(**by))
        self.courier.nudge()

    async def alarms(self) -> set[tuple[str, str]]:
        found = await self.database.read(house.alarms)
        return {(alarm.kind, alarm.subject) for alarm in found}


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    database = await Database.open(tmp_path / "store")
    found = Post(database, Network(), MovableClock(), tmp_path)
    yield found
    await found.courier.stop()
    await database.close()


async def test_what_is_promised_is_sent_once(post: Post) -> None:
    row = await post.say("7", "Guten Tag")
    await post.state(row, "sent")
    assert post.network.sent == [("7", "Guten Tag")]


async def test_order_in_a_chat_is_kept_across_retries_and_others_do_not_wait(post: Post) -> None:
    post.network.results["7"] = [TryLater("502")] * 3
    rows = [await post.say("7", str(i)) for i in range(3)]
    other = await post.say("8", "sofort")
    await post.state(other, "sent")
    assert post.network.sent == [("8", "sofort")]
    for attempt in (1, 2, 3):
        await post.state(rows[0], "ready", attempts=attempt)
        post.later(seconds=10)
    await post.state(rows[2], "sent")
    assert [text for chat, text in post.network.sent if chat == "7"] == ["0", "1", "2"]


async def test_conversations_go_before_announcements(post: Post) -> None:
    post.network.gate = asyncio.Event()
    rows = [await post.say(str(i), "Neuigkeit", lane=Lane.ANNOUNCEMENT) for i in range(10)]
    await post.until(lambda: post.network.in_flight == 2)
    urgent = await post.say("99", "Ihre Antwort")
    await post.until(lambda: post.network.in_flight == 3)
    assert post.network.deliveries[2].outgoing.to.chat == "99"
    post.network.gate.set()
    await post.state(urgent, "sent")
    for row in rows:
        await post.state(row, "sent")


async def test_never_more_in_flight_than_a_crash_may_leave_in_doubt(post: Post) -> None:
    rows = [await post.say(str(i), "x") for i in range(40)]
    rows += [await post.say(str(i), "y", lane=Lane.ANNOUNCEMENT) for i in range(40)]
    for row in rows:
        await post.state(row, "sent")
    assert post.network.most_in_flight <= 6
    assert len(post.network.sent) == 80


async def test_an_announcement_whose_answer_is_lost_holds_up_no_other(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "OVERDUE", 0.05)
    post.network.gate = asyncio.Event()
    for chat in range(20):
        await post.say(str(chat), "Neues", lane=Lane.ANNOUNCEMENT)
    # Two at a time; each call that waits for long lets one more go, but only so many.
    await post.until(lambda: post.network.in_flight == 2 + courier.MOST_OVERDUE)
    post.network.gate.set()
    await post.until(lambda: len(post.network.sent) == 20)
    assert post.network.most_in_flight == 2 + courier.MOST_OVERDUE


async def test_a_request_to_slow_down_costs_no_attempt_and_survives_a_restart(post: Post) -> None:
    post.network.results["7"] = [SlowDown(35)]
    row = await post.say("7", "x")
    await post.state(row, "ready", attempts=0, uncertain=0)
    await post.until(lambda: len(post.network.deliveries) == 1)
    await post.courier.stop()
    post.courier = post.another_courier()
    await post.database.write(post.courier.recover)
    post.later(seconds=30)
    other = await post.say("8", "y")  # another chat is not the cause and does not wait
    await post.state(other, "sent")
    assert [d.outgoing.to.chat for d in post.network.deliveries] == ["7", "8"]
    post.later(seconds=6)
    await post.state(row, "sent", attempts=0)


async def test_two_refused_chats_pause_the_whole_bot(post: Post) -> None:
    post.network.limits = Limits(overall=30, per_chat=1.0, burst=3, per_group=20)
    await post.courier.stop()
    post.courier = post.another_courier()
    post.network.results = {"7": [SlowDown(100)], "8": [SlowDown(100)]}
    rows = [await post.say("7", "x")]
    await post.until(lambda: len(post.network.deliveries) == 1)
    await post.state(rows[0], "ready")
    rows.append(await post.say("8", "y"))
    await post.until(lambda: len(post.network.deliveries) == 2)
    await post.state(rows[1], "ready")
    rows.append(await post.say("9", "z"))
    post.later(seconds=50)
    await post.database.write(_nothing)
    assert len(post.network.deliveries) == 2
    post.later(seconds=51)
    for row in rows:
        await post.state(row, "sent", attempts=0)


async def _nothing(tx: Tx) -> None:
    """A unit behind which everything submitted before is done."""


async def test_a_conversation_in_doubt_is_tried_once_more_and_then_held(post: Post) -> None:
    post.network.results["7"] = [Uncertain("timeout"), Uncertain("timeout"), None]
    row = await post.say("7", "x")
    await post.state(row, "ready", uncertain=1)
    post.later(seconds=5)
    await post.state(row, "held", reason="uncertain")
    post.later(hours=2)
    assert len(post.network.sent) == 2  # two copies at most
    assert ("delivery-uncertain", str(row)) in await post.alarms()


async def test_an_announcement_in_doubt_is_held_at_once(post: Post) -> None:
    post.network.results["7"] = [Uncertain("timeout")]
    row = await post.say("7", "x", lane=Lane.ANNOUNCEMENT)
    await post.state(row, "held")
    assert len(post.network.sent) == 1


async def test_an_edit_in_doubt_is_simply_done_again(post: Post) -> None:
    message = await _request_message(post, seen_in="7")
    post.network.results["7"] = [Uncertain("timeout")] * 3
    row = await post.say("7", "neu", do="edit", copy_of=message)
    for attempt in (1, 2, 3):
        await post.state(row, "ready", attempts=attempt)
        post.later(seconds=5)
    await post.state(row, "sent")


async def test_editing_what_was_never_delivered_is_no_call(post: Post) -> None:
    row = await post.say("7", "neu", do="edit", copy_of=4711)
    await post.state(row, "sent")
    assert post.network.deliveries == []


async def test_whoever_blocked_us_is_left_alone(post: Post) -> None:
    await post.database.write(lambda tx: people.meet(tx, "test", "1", "7", post.clock.now()))
    post.network.results["7"] = [Unreachable("blocked")]
    rows = [await post.say("7", "x"), await post.say("7", "y")]
    for row in rows:
        await post.state(row, "undeliverable", reason="blocked")
    assert len(post.network.deliveries) == 1
    person = await post.database.read(lambda tx: people.known(tx, "test", "1", "7"))
    assert person is not None
    assert person.blocked


async def test_a_desk_that_lost_us_is_asked_again_and_alarmed(post: Post) -> None:
    await post.database.write(lambda tx: house.set_fact(tx, "desk", "test:1:-5"))
    post.network.results["-5"] = [Unreachable("kicked"), Unreachable("kicked")]
    row = await post.say("-5", "Neue Anfrage", to={"thread": "request:1"})
    for attempt in (1, 2):
        await post.until(lambda attempt=attempt: len(post.network.deliveries) == attempt)
        await post.state(row, "ready")
        assert ("desk-unreachable", "test") in await post.alarms()
        post.later(minutes=2)
    await post.state(row, "sent")
    assert await post.alarms() == set()


async def test_a_refused_message_is_tried_plainly_and_then_given_up(post: Post) -> None:
    post.network.results["7"] = [Refused("can't parse"), Refused("no")]
    row = await post.say("7", "x")
    await post.state(row, "undeliverable", reason="refused")
    assert [d.plain for d in post.network.deliveries] == [False, True]
    assert ("undeliverable", str(row)) in await post.alarms()


async def test_trouble_is_patient_but_not_for_ever(post: Post) -> None:
    post.network.results["7"] = [TryLater("502")] * 1000
    row = await post.say("7", "x")
    for attempt in range(1, 7):
        await post.state(row, "ready", attempts=attempt)
        post.later(minutes=6)
    post.later(hours=25)
    await post.state(row, "undeliverable", reason="network")


async def test_a_chat_that_moved_is_followed(post: Post) -> None:
    post.network.results["-5"] = [Moved("-1005")]
    await post.database.write(lambda tx: house.set_fact(tx, "desk", "test:1:-5"))
    row = await post.say("-5", "x")
    await post.state(row, "sent")
    assert post.network.sent == [("-1005", "x")]
    fact = await post.database.read(lambda tx: house.fact(tx, "desk"))
    assert fact == "test:1:-1005"


async def test_a_thread_is_opened_once_and_again_when_it_was_deleted(post: Post) -> None:
    to = {"thread": "request:1001", "title": "K-1001"}
    for text in ("eins", "zwei"):
        await post.state(await post.say("-5", text, to=to), "sent")
    assert post.network.topics == ["K-1001"]
    post.network.results["-5"] = [ThreadLost("gone")]
    await post.state(await post.say("-5", "drei", to=to), "sent")
    assert post.network.topics == ["K-1001", "K-1001"]
    assert [d.topic for d in post.network.deliveries] == ["101", "101", "101", "102"]


async def test_a_chat_without_threads_gets_replies(post: Post) -> None:
    post.network.threads = False
    to = {"thread": "request:1001", "title": "K-1001"}
    for text in ("eins", "zwei"):
        await post.state(await post.say("-5", text, to=to), "sent")
    assert [d.quote for d in post.network.deliveries] == ["", "1"]


async def test_closing_a_thread_that_is_gone_is_fine(post: Post) -> None:
    to = {"thread": "request:1001", "title": "K-1001"}
    await post.state(await post.say("-5", "eins", to=to), "sent")
    post.network.results["-5"] = [ThreadLost("gone")]
    await post.state(await post.say("-5", "", to=to, do="close"), "sent")
    found = await post.database.read(lambda tx: threads.find(tx, "test", "1", "-5", "request:1001"))
    assert found is None


async def test_a_row_that_cannot_be_read_stops_nobody(post: Post) -> None:
    post.network.gate = asyncio.Event()
    row = await post.say("7", "x")
    await post.until(lambda: post.network.in_flight == 1)

    async def damage(tx: Tx) -> int:
        return int(
            await tx.value(
                """INSERT INTO outbox (channel, bot, chat, lane, payload, not_before, created_at)
                   VALUES ('test', '1', '8', 0, '{"to": 7}', '', '') RETURNING id"""
            )
        )

    damaged = await post.database.write(damage)
    other = await post.say("9", "y")
    post.network.gate.set()
    await post.state(row, "sent")
    await post.state(other, "sent")
    await post.state(damaged, "undeliverable", reason="internal")
    assert ("undeliverable", str(damaged)) in await post.alarms()


async def test_results_outlive_a_store_that_is_in_trouble(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.courier.TROUBLE_PAUSE", 0.05)

    async def pages(tx: Tx, number: int) -> None:
        await tx.all(f"PRAGMA max_page_count = {number}")

    post.network.gate = asyncio.Event()
    rows = [await post.say(str(i), "x" * 500) for i in range(8)]
    await post.until(lambda: post.network.in_flight == 4)
    used = await post.database.read(lambda tx: tx.value("PRAGMA page_count"))
    await post.database.write(lambda tx: pages(tx, used))
    post.network.gate.set()
    await post.until(lambda: len(post.network.sent) >= 4)
    await post.database.write(lambda tx: pages(tx, 1_000_000))
    for row in rows:
        await post.state(row, "sent", uncertain=0)
    assert len(post.network.sent) == 8  # nothing was sent twice because of it


async def test_what_is_being_claimed_when_it_ends_is_still_sent(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    claiming, go_on = threading.Event(), threading.Event()
    claim = outbox.claim

    async def slowly(tx: Tx, ids: list[int]) -> None:
        claiming.set()
        go_on.wait(5)
        await claim(tx, ids)

    monkeypatch.setattr(outbox, "claim", slowly)
    row = await post.say("7", "x")
    assert await asyncio.to_thread(claiming.wait, 5)
    stopping = asyncio.create_task(post.courier.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert post.network.sent == [("7", "x")]
    assert (await post.row(row))["state"] in ("sending", "sent")  # perhaps not kept yet
    await post.say("7", "y")
    assert post.network.sent == [("7", "x")]


async def test_what_a_dead_process_was_sending_is_in_doubt(post: Post) -> None:
    post.network.gate = asyncio.Event()
    rows = [
        await post.say("7", "x"),
        await post.say("8", "y", lane=Lane.ANNOUNCEMENT),
    ]
    await post.until(lambda: post.network.in_flight == 2)
    # The process dies here. Another one opens the same store.
    await post.courier.stop(patience=0.01)
    post.network.gate = None
    post.courier = post.another_courier()
    await post.database.write(post.courier.recover)
    await post.state(rows[1], "held")
    post.later(seconds=5)
    await post.state(rows[0], "sent", uncertain=1)
    census = await post.database.read(outbox.census)
    assert "sending" not in census


async def _request_message(post: Post, seen_in: str) -> int:
    """A message of some request, with a copy in a chat."""

    async def unit(tx: Tx) -> int:
        await tx.run(
            """INSERT INTO requests (id, channel, bot, chat, created_at, updated_at)
               VALUES (1, 'test', '1', '7', '', '')"""
        )
        await tx.run(
            """INSERT INTO request_messages (id, request_id, author, text, at)
               VALUES (1, 1, 'person', '', '')"""
        )
        await tx.run("INSERT INTO copies VALUES ('test', '1', ?, '55', 1)", seen_in)
        return 1

    return await post.database.write(unit)
