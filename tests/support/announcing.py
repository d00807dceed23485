"""Announcing as the tests do it: subscribers, the desk's group, and time that passes."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, timedelta
from typing import Any

from handlers.programme import keeping
from knowledge.models import Event
from storage import people, subscriptions
from storage.database import Tx
from tests.fakes.world import Member, Message, Person
from tests.support.clock import START
from tests.support.hotline import COORDINATOR, DESK, Talk, board

ID = "webtalk-mobilitaet"
TITLE = "Webtalk Mobilität auf dem Land"
BEGINS = START + timedelta(days=10)
GRACE = timedelta(seconds=11)
A_LITTLE = timedelta(seconds=6)


def event(**changes: Any) -> Event:
    about = {
        "id": ID,
        "title": TITLE,
        "starts": BEGINS,
        "place": "im Netz",
        "topics": ("netzwerke",),
        "description": "Wie kommen alle hin?",
        "source": "Koordination",
        "checked_on": date(2026, 11, 1),
    }
    return Event(**(about | changes))


async def keep(talk: Talk, **changes: Any) -> None:
    """The event is in the programme, or changes there."""
    await write(talk, lambda tx: keeping.keep(tx, event(**changes), "desk", talk.clock.now()))


async def write(talk: Talk, unit: Callable[[Tx], Awaitable[Any]]) -> Any:
    return await talk.app.database.write(unit)  # type: ignore[arg-type]


async def subscribed(
    talk: Talk,
    person: Person,
    topic: str = "netzwerke",
    *,
    weekly: bool = False,
    quiet: tuple[int, int] | None = None,
) -> int:
    """The person subscribes to a topic; how the store calls them."""
    bot = talk.api.token.split(":")[0]

    async def unit(tx: Tx) -> int:
        now = talk.clock.now()
        known = await people.meet(tx, "telegram", bot, str(person.id), now)
        kind = "topic" if topic else "all"
        await subscriptions.subscribe(tx, known.id, kind, topic, now)  # type: ignore[arg-type]
        if weekly:
            await subscriptions.set_rhythm(tx, known.id, "weekly")
        if quiet:
            await subscriptions.set_quiet(tx, known.id, quiet)
        return known.id

    return int(await write(talk, unit))


async def web_crowd(talk: Talk, number: int) -> None:
    """So many people subscribe in the web chat."""

    async def unit(tx: Tx) -> None:
        for one in range(number):
            known = await people.meet(tx, "web", "", f"crowd-{one}", talk.clock.now())
            await subscriptions.subscribe(tx, known.id, "topic", "netzwerke", talk.clock.now())

    await write(talk, unit)


def member(talk: Talk, who: int = COORDINATOR) -> Member:
    return talk.api.group(DESK).member(who)


async def passes(talk: Talk, by: timedelta = A_LITTLE) -> None:
    """Time passes, and what falls due is done; what has to wait may go on waiting."""
    talk.clock.move(by)
    await talk.app.schedule.tick()
    talk.app.worker.nudge()

    async def waiting() -> Any:
        rows = await talk.rows("SELECT COUNT(*) AS n FROM inbox WHERE state = 'waiting'")
        return rows[0]["n"]

    await talk.until(waiting, 0)
    for courier in talk.app.couriers:
        courier.nudge()


async def confirmed(talk: Talk, command: str = f"/ankuendigen {ID}") -> Message:
    """Somebody wrote the command and pressed the button; what the group reads."""
    asked = await proposed(talk, command)
    member(talk).presses("Senden", asked)
    return await board(talk, "In 10 Sekunden")


async def proposed(talk: Talk, command: str = f"/ankuendigen {ID}") -> Message:
    before = len(talk.api.group(DESK).general)
    member(talk).says(command)

    def found() -> Message | None:
        new = talk.api.group(DESK).general[before:]
        return next((m for m in new if m.from_bot and "Empfang:" in m.text), None)

    message: Message = await talk.api.wait_for(found)
    return message


def copies(talk: Talk, someone: Iterable[Person], words: str = TITLE) -> list[int]:
    return [talk.api.copies(words, person.id, part=True) for person in someone]


async def drained(talk: Talk, *, left: int = 0) -> None:
    """Until nothing can be sent any more."""

    async def waiting() -> Any:
        rows = await talk.rows(
            """SELECT COUNT(*) AS n FROM outbox
               WHERE state IN ('ready', 'sending') AND lane = 1"""
        )
        return rows[0]["n"]

    await talk.until(waiting, left)
