"""People of the messenger network for tests: their profiles, and a hotline without channels.

`Square` runs turns one after the other on a store of its own and keeps what everybody was
told: quick enough for thousands of steps.
"""

import itertools
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from handlers.conversation import Conversation
from handlers.hours import Calendar, OfficeHours
from handlers.message import Incoming, Kind, Outgoing
from handlers.routing import respond
from handlers.turn import House, Turn
from knowledge.load import load, shipped
from knowledge.search import Knowledge
from storage import consents, due, people, profiles
from storage.database import Database, Tx
from storage.profiles import Profile
from tests.support.clock import START
from tests.support.seats import Seat, in_web

VERSION = "2026-11"


async def has_profile(tx: Tx, person_id: int, now: datetime, **said: Any) -> None:
    """A live profile with both consents, unless something else is said."""
    facts: dict[str, Any] = {
        "state": "live",
        "region": "BB",
        "size": "bis-20000",
        "function": "bauen-planen",
        "seeks": ("leerstand",),
        "offers": ("mobilitaet",),
        "ways": ("chat",),
    }
    await profiles.keep(tx, Profile(person_id=person_id, **(facts | said)), now)
    for purpose in ("directory", "contact"):
        await consents.give(tx, person_id, purpose, VERSION, "telegram", now)  # type: ignore[arg-type]


# What somebody who looks for help with empty shops, and somebody who can give it, say.
SEEKER: dict[str, Any] = {"seeks": ("leerstand",), "offers": ("mobilitaet",)}
HELPER: dict[str, Any] = {"seeks": ("mobilitaet",), "offers": ("leerstand",)}


@cache
def _knowledge() -> Knowledge:
    return Knowledge(load(shipped()))


@dataclass
class Square:
    """A hotline in which everybody writes in the web chat under their own name, unless they
    have other seats."""

    database: Database
    house: House
    now: datetime = START
    told: dict[str, list[Outgoing]] = field(default_factory=dict)
    seats: dict[str, tuple[Seat, ...]] = field(default_factory=dict)
    _sits: dict[str, int] = field(default_factory=dict)  # on which of their seats
    _numbers: Any = field(default_factory=itertools.count)

    def seat(self, who: str) -> Seat:
        """Where they write from now."""
        own = self.seats.get(who) or (in_web(who),)
        return own[self._sits.get(who, 0) % len(own)]

    def moves(self, who: str, to: int) -> None:
        """From now on they write from another of their chats."""
        self._sits[who] = to

    def reader(self, said: Outgoing) -> str:
        """Who reads it; a chat that is nobody's seat is called as it is."""
        return self.sitting(said.to.channel, said.to.chat)

    def sitting(self, channel: str, chat: str) -> str:
        """Whose chat it is."""
        for who, own in self.seats.items():
            if (channel, chat) in [(seat.channel, seat.chat) for seat in own]:
                return who
        return chat

    async def one_person(self, who: str) -> None:
        """All chats of somebody belong to one person."""
        person_id = await self.id_of(who)
        for seat in self.seats.get(who, ())[1:]:
            await self.database.write(
                lambda tx, seat=seat: tx.run(  # type: ignore[misc]
                    "INSERT INTO addresses (person_id, channel, bot, chat) VALUES (?, ?, ?, ?)",
                    person_id,
                    seat.channel,
                    seat.bot,
                    seat.chat,
                )
            )

    async def writes(self, who: str, text: str = "", **more: Any) -> list[Outgoing]:
        """What everybody was told because of it."""
        return await self._does(who, kind=Kind.MESSAGE, text=text, **more)

    async def edits(self, who: str, text: str, message: str) -> list[Outgoing]:
        return await self._does(who, kind=Kind.EDIT, text=text, message=message)

    async def presses(self, who: str, action: str) -> list[Outgoing]:
        return await self._does(who, kind=Kind.BUTTON, action=action)

    async def blocks_us(self, who: str, *, blocked: bool = True) -> list[Outgoing]:
        """They do not want to hear from us where they sit, or do again."""
        return await self._does(who, kind=Kind.BLOCKED if blocked else Kind.UNBLOCKED)

    async def _does(self, who: str, **what: Any) -> list[Outgoing]:
        it = self.seat(who).does(next(self._numbers), self.now, **what)
        said = await self.database.write(lambda tx: self._turn(tx, it))
        self._keep(said)
        return said

    async def handled(self, tx: Tx, who: str, **what: Any) -> list[Outgoing]:
        """The same inside a transaction that may still be taken back; nobody is told."""
        it = self.seat(who).does(next(self._numbers), self.now, **what)
        return await self._turn(tx, it)

    async def at_desk(self, by: int, action: str, **form: str) -> list[Outgoing]:
        """A coordinator decides on a page."""
        it = Incoming(
            channel="desk",
            bot="",
            update_id=str(next(self._numbers)),
            kind=Kind.BUTTON,
            chat=f"desk:{by}",
            sender=str(by),
            private=False,
            desk=True,
            action=action,
            form=form,
            at=self.now,
        )
        said = await self.database.write(lambda tx: self._turn(tx, it))
        self._keep(said)
        return said

    async def passes(self, by: timedelta) -> list[Outgoing]:
        """Time goes by, and what falls due is done."""
        self.now += by
        due_now = await self.database.write(lambda tx: due.take(tx, self.now, limit=1000))
        said: list[Outgoing] = []
        for one in due_now:
            it = Incoming(
                channel="clock",
                bot="",
                update_id=one.key,
                kind=Kind.CLOCK,
                chat="clock",
                sender="clock",
                action=f"{one.kind}:{one.subject}",
                at=datetime.fromisoformat(one.at),
            )
            said += await self.database.write(lambda tx, it=it: self._turn(tx, it))  # type: ignore[misc]
        self._keep(said)
        return said

    async def tidies(self) -> None:
        """Housekeeping, as every hour."""
        await self.database.write(
            lambda tx: due.plan(tx, "housekeeping", "", self.now - timedelta(seconds=1))
        )
        await self.passes(timedelta(0))

    async def acts(self, who: str, deed: Any) -> Any:
        """Something that a dialogue does, in a turn of this person."""

        async def unit(tx: Tx) -> Any:
            it = self.seat(who).does(next(self._numbers), self.now, text=".")
            turn = await self._begun(tx, it)
            result = await deed(turn)
            said.extend(await self._finished(tx, turn))
            return result

        said: list[Outgoing] = []
        result = await self.database.write(unit)
        self._keep(said)
        return result

    async def _turn(self, tx: Tx, it: Incoming) -> list[Outgoing]:
        turn = await self._begun(tx, it)
        await respond(turn)
        return await self._finished(tx, turn)

    async def _begun(self, tx: Tx, it: Incoming) -> Turn:
        turn = Turn(
            tx=tx,
            incoming=it,
            now=self.now,
            house=self.house,
            knowledge=_knowledge(),
            token=lambda: f"zeichen{next(self._numbers)}",
        )
        if it.private and it.kind is not Kind.CLOCK:
            turn.person = await people.meet(tx, it.channel, it.bot, it.chat, self.now)
            turn.conversation = Conversation.model_validate_json(turn.person.conversation)
        return turn

    async def _finished(self, tx: Tx, turn: Turn) -> list[Outgoing]:
        if turn.person:
            kept = turn.conversation.model_dump_json(exclude_defaults=True)
            await people.remember(tx, turn.person.id, kept, self.now)
        return [outgoing for outgoing, _ in turn.said]

    def _keep(self, said: Iterable[Outgoing]) -> None:
        for outgoing in said:
            self.told.setdefault(self.reader(outgoing), []).append(outgoing)

    async def id_of(self, who: str) -> int:
        it = self.seats.get(who, (in_web(who),))[0]

        async def unit(tx: Tx) -> int:
            return (await people.meet(tx, it.channel, it.bot, it.chat, self.now)).id

        return await self.database.write(unit)

    async def profile(self, who: str, **said: Any) -> int:
        """Somebody with a profile; their id."""
        person_id = await self.id_of(who)
        await self.database.write(lambda tx: has_profile(tx, person_id, self.now, **said))
        return person_id

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        async def unit(tx: Tx) -> list[dict[str, Any]]:
            return [dict(row) for row in await tx.all(sql, *values)]

        return await self.database.read(unit)

    def last(self, who: str) -> Outgoing:
        """What somebody was told last."""
        return self.told[who][-1]

    def action(self, who: str, beginning: str) -> str:
        """The latest button of somebody that does this."""
        for outgoing in reversed(self.told.get(who, [])):
            for button in outgoing.buttons:
                if button.action.startswith(beginning):
                    return button.action
        raise AssertionError(f"{who} has no button {beginning}")

    async def introduced(self, asker: str, asked: str, sentence: str = "") -> int:
        """One asks the other; the number of the introduction."""
        await self.writes(asker, "/kontakte leerstand")
        await self.presses(asker, self.action(asker, "peer:ask:"))
        if sentence:
            await self.writes(asker, sentence)
        await self.presses(asker, self.action(asker, "intro:send:" if sentence else "intro:bare:"))
        found = await self.rows("SELECT MAX(id) AS id FROM introductions")
        assert any(b.action.startswith("intro:yes:") for b in self.last(asked).buttons)
        return int(found[0]["id"])

    async def agreed(self, asker: str, asked: str, sentence: str = "") -> int:
        number = await self.introduced(asker, asked, sentence)
        await self.presses(asked, f"intro:yes:{number}")
        return number


@asynccontextmanager
async def square(folder: Path, **house: Any) -> AsyncIterator[Square]:
    facts: dict[str, Any] = {
        "name": "Kleinstadt-Hotline",
        "calendar": Calendar(OfficeHours.parse("Mo-Fr 09:00-16:00")),
        "public_url": "https://hotline.example",
        "retention_days": 90,
    }
    database = await Database.open(folder / "square.sqlite3")
    try:
        yield Square(database, House(**(facts | house)))
    finally:
        await database.close()


def texts(said: Sequence[Outgoing]) -> str:
    """All that was said, with the labels of buttons."""
    return "\n".join(
        "\n".join([str(one.text), *(button.label for button in one.buttons)]) for one in said
    )
