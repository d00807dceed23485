"""A made-up Tuesday: an empty hotline is filled with examples, to look around in and to practise.

The story is told on the one road: what people and coordinators do are messages of the
past, handled by the real turns, with a clock that is moved from one moment to the next.
So everything is as it would be: promises, tallies, reminders, the reports of announcements.

Nobody exists who could read any of it. People write in the web chat or on the console, and
those two are the only channels here: nothing is ever sent to a network, now or later.
All names, places and words are invented and say so („Beispiel“).
"""

import asyncio
import io
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import BinaryIO

from PIL import Image, ImageDraw

from bot.app import STORE, App, web_channels
from bot.channels.base import UNLIMITED, Channel, Delivery, NoThreads, Receive, Refused
from bot.clock import Clock, SystemClock, code, code_digest, token
from bot.demo_story import DATES, LETTER, MATTERS, Date, Matter
from bot.settings import Settings
from handlers.hours import BERLIN
from handlers.message import FileKind, Incoming, IncomingFile, Kind
from handlers.programme import keeping
from knowledge.models import Event
from storage import announcements, coordinators, files, house, people, requests, subscriptions
from storage.coordinators import Coordinator
from storage.database import Database, StoreError, Tx
from storage.moments import stamp

LINK_LASTS = timedelta(hours=24)
WEEKS = 12
SEED = 20261124  # the same story every time, only that it moves with the clock
STEP = timedelta(hours=12)  # how far time passes at once where nothing happens
PATIENCE = 60.0  # seconds until a moment of the story is over
SUBSCRIBERS = 36

TEAM = (
    ("Erika Beispiel", "admin", "Verwaltung"),
    ("Max Beispiel", "coordinator", "Koordination"),
    ("Kim Beispiel", "expert", "Fachperson"),
)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody at the desk of the example, and the link with which they sign in once."""

    name: str
    role: str
    link: str


async def demo(settings: Settings) -> None:
    """Fill the store and print how to go on."""
    guests = await fill(settings, SystemClock())
    lines = [f"Der Speicher in {settings.data} ist mit Beispielen gefüllt.", ""]
    lines += ["Anmelden am Schreibtisch (je Link einmal, 24 Stunden lang):"]
    lines += [f"  {guest.name} ({guest.role}): {guest.link}" for guest in guests]
    lines += ["", "Starten: hotline serve"]
    sys.stdout.write("\n".join(lines) + "\n")


async def fill(settings: Settings, clock: Clock) -> list[Guest]:
    """Tell the whole story up to now. Raises `StoreError` unless the store is empty."""
    now = clock.now()
    story_clock = _StoryClock(now - timedelta(weeks=WEEKS), clock)

    def channels(app: App) -> list[Channel]:
        return [*web_channels(app), _Silence()]

    if (settings.data / STORE).exists():
        await _refuse_unless_empty(settings)
    async with App.open(settings, channels, clock=story_clock) as app:
        story = _Story(app, story_clock, now, random.Random(SEED))  # noqa: S311 - a story
        try:
            await story.told()
        finally:
            app.worker.stop()
            await asyncio.gather(*(courier.stop() for courier in app.couriers))
        return await _guests(app.database, now, settings.public_url)


async def _refuse_unless_empty(settings: Settings) -> None:
    database = await Database.open(settings.data / STORE)

    async def unit(tx: Tx) -> bool:
        anybody = await tx.value("SELECT COUNT(*) FROM people")
        return bool(anybody or await coordinators.everybody(tx) or await requests.counts(tx))

    try:
        used = await database.read(unit)
    finally:
        await database.close()
    if used:
        raise StoreError(
            f"Der Speicher in {settings.data} ist nicht leer; "
            "Beispiele gibt es nur in einem leeren Ordner (HOTLINE_DATA)."
        )


async def _guests(database: Database, now: datetime, url: str) -> list[Guest]:
    async def unit(tx: Tx) -> list[Guest]:
        found = []
        names = {role: german for _, role, german in TEAM}
        for one in await coordinators.everybody(tx):
            secret = code()
            ends = now + LINK_LASTS
            await coordinators.invite(tx, code_digest(secret), one.role, now, ends, one.id)
            found.append(Guest(one.name, names[one.role], f"{url}/desk/anmelden/{secret}"))
        return found

    return await database.write(unit)


class _StoryClock:
    """Shows the moment of the story that is being told."""

    def __init__(self, at: datetime, real: Clock) -> None:
        self.at = at
        self._real = real

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self._real.monotonic()


class _Silence:
    """A console in front of which nobody sits."""

    name = "console"
    bot = ""
    limits = UNLIMITED

    def is_group(self, chat: str) -> bool:
        return False

    async def listen(self, receive: Receive) -> None:
        await asyncio.Event().wait()

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        return (str(delivery.id),)

    async def open_thread(self, chat: str, title: str) -> str:
        raise NoThreads

    async def fetch(self, remote: str, into: BinaryIO, limit: int) -> None:
        raise Refused("nobody sends files here")

    async def close(self) -> None:
        """Nothing was opened."""

    def health(self) -> str:
        return "ok"


Act = Callable[[], Awaitable[None]]


class _Story:
    """Moments in the order in which they happen, each one handled before the next."""

    def __init__(self, app: App, clock: _StoryClock, now: datetime, chance: random.Random) -> None:
        self._app = app
        self._clock = clock
        self._now = now
        self._chance = chance
        self._moments: list[tuple[datetime, int, Act]] = []
        self._team: list[Coordinator] = []

    async def told(self) -> None:
        begin = self._clock.at
        await self._app.database.write(self._enrol)
        await self._app.database.write(self._count)
        await self._app.database.write(self._keep_events)
        await self._app.programme.look()
        self._subscribe(begin)
        for number, matter in enumerate(MATTERS):
            self._plan(number, matter)
        self._announce()
        for at, _, act in sorted(self._moments, key=lambda moment: moment[:2]):
            await self._pass_time(at)
            await act()
            await self._settle()
        await self._pass_time(self._now)

    # What stands there from the beginning

    async def _enrol(self, tx: Tx) -> None:
        self._team = [
            await coordinators.enrol(tx, name, role, self._clock.at) for name, role, _ in TEAM
        ]

    async def _count(self, tx: Tx) -> None:
        """Questions that were answered at once: more from week to week, few at weekends."""
        entries = sorted(self._app.content.knowledge.library.entries)[:12]
        for day in range(WEEKS * 7, 0, -1):
            date = (self._now - timedelta(days=day)).date()
            busy = 2 if date.weekday() > 4 else 6 + (WEEKS * 7 - day) // 14
            for _ in range(busy + self._chance.randrange(4)):
                entry = self._chance.choice(entries)
                what = self._chance.choices(("answer", "suggest", "handover"), (70, 18, 12))[0]
                await house.tally(tx, date, what, entry if what == "answer" else "")
                if what == "answer":
                    await house.tally(tx, date, "answered")
                if what == "answer" and self._chance.random() < 0.4:
                    verdict = "helped" if self._chance.random() < 0.8 else "not_helped"
                    await house.tally(tx, date, verdict, entry)

    async def _keep_events(self, tx: Tx) -> None:
        for date in DATES:
            event = self._event(date)
            await keeping.keep(tx, event, "desk", self._clock.at, draft=date.draft)

    # What people do

    def _subscribe(self, begin: datetime) -> None:
        topics = sorted({topic for date in DATES for topic in date.topics})

        async def unit(tx: Tx, number: int) -> None:
            person = await people.meet(tx, "web", "", f"beispiel-abo-{number}", self._clock.at)
            for topic in self._chance.sample(topics, 2):
                await subscriptions.subscribe(tx, person.id, "topic", topic, self._clock.at)
            if number % 4 == 0:
                region = self._chance.choice(DATES).region
                await subscriptions.subscribe(tx, person.id, "region", region, self._clock.at)
            if number % 9 == 0:
                await subscriptions.set_rhythm(tx, person.id, "weekly")

        async def subscribe(number: int) -> None:
            await self._app.database.write(partial(unit, number=number))

        for number in range(SUBSCRIBERS):
            at = begin + timedelta(days=self._chance.uniform(1, 65))
            self._at(at, partial(subscribe, number))
            if number % 3 == 0:
                marked = self._chance.choice([d for d in DATES if d.days > 0 and not d.draft])
                press = partial(self._press, "web", f"beispiel-abo-{number}")
                self._at(at, partial(press, f"mark:beispiel-{marked.id}"))

    def _plan(self, number: int, matter: Matter) -> None:
        """When it is asked, taken up, answered and closed."""
        chat, by = f"beispiel-{number}", number % 2
        at = self._at_work(matter.days)
        say = partial(self._say, matter.channel, chat)
        press = partial(self._press, matter.channel, chat)
        desk = partial(self._work, matter.channel, chat, by)
        if matter.fate == "urgent":
            self._at(at, partial(say, f"{matter.question} (Beispiel)"))
        else:
            self._at(at, partial(say, f"/mensch {matter.question} (Beispiel)", matter.picture))
            self._at(at, partial(press, "ho:yes"))
        if matter.more and matter.fate != "again":
            self._at(self._soon(at, 2), partial(say, f"{matter.more} (Beispiel)"))
        if matter.note:
            self._at(self._soon(at, 15), partial(desk, "note", f"Beispiel: {matter.note}"))
        if matter.fate in ("open", "urgent"):
            return
        self._at(self._soon(at, 25), partial(desk, "claim"))
        if matter.fate == "claimed":
            return
        answered = self._soon(at, self._chance.randrange(40, 300))
        self._at(answered, partial(desk, "answer", f"{matter.answer} (Beispiel)"))
        if matter.fate == "again":
            self._at(self._soon(answered, 30), partial(say, f"{matter.more} (Beispiel)"))
        elif matter.fate == "closed":
            self._at(self._soon(answered, 120), partial(desk, "close"))

    def _announce(self) -> None:
        """An event, and a letter: confirmed, sent and reported."""
        first, second = self._at_work(9), self._at_work(3)
        self._at(first, partial(self._at_desk, 0, "ann:event:beispiel-webtalk-leerstand"))
        self._at(first, self._sent)
        letter = {"audience": "leerstand", "text": LETTER, "plain": "", "at": ""}
        self._at(second, partial(self._at_desk, 1, "ann:letter:", form=letter))
        self._at(second, self._sent)
        moved, off = (
            self._event(next(date for date in DATES if date.id == name))
            for name in ("stammtisch-verwaltung", "exkursion-bahnhof")
        )
        later = {"starts": moved.starts + timedelta(days=1), "ends": None}
        self._at(self._at_work(6), partial(self._change, moved.model_copy(update=later)))
        self._at(
            self._at_work(5), partial(self._change, off.model_copy(update={"cancelled": True}))
        )

    def _event(self, date: Date) -> Event:
        return date.event(self._now, self._now - timedelta(weeks=WEEKS))

    async def _sent(self) -> None:
        """The newest announcement is confirmed, and time passes until its report."""
        (newest,) = await self._app.database.read(lambda tx: announcements.listed(tx, limit=1))
        await self._at_desk(0, f"ann:ok:{newest.id}")
        look = partial(announcements.get, announcement_id=newest.id)
        state = newest.state
        while state != "done":
            await self._settle()
            await self._pass_time(self._clock.at + timedelta(seconds=11))
            found = await self._app.database.read(look)
            state = found.state if found else "stopped"
            if state not in ("waiting", "sending", "done"):
                raise StoreError("Die Ankündigung des Beispiels ließ sich nicht senden.")

    async def _change(self, event: Event) -> None:
        at = self._clock.at
        await self._app.database.write(lambda tx: keeping.keep(tx, event, "desk", at))
        await self._app.programme.look()

    async def _say(self, channel: str, chat: str, text: str, picture: bool = False) -> None:
        attached = (await self._picture(),) if picture else ()
        await self._hear(channel, chat, kind=Kind.MESSAGE, text=text, files=attached)

    async def _press(self, channel: str, chat: str, action: str) -> None:
        await self._hear(channel, chat, kind=Kind.BUTTON, action=action)

    async def _hear(
        self,
        channel: str,
        chat: str,
        *,
        kind: Kind,
        text: str = "",
        action: str = "",
        files: tuple[IncomingFile, ...] = (),
    ) -> None:
        heard = Incoming(
            channel=channel,
            bot="",
            update_id=token(),
            kind=kind,
            chat=chat,
            sender=chat,
            text=text,
            action=action,
            files=files,
            at=self._clock.at,
        )
        await self._app.receiver([heard])

    async def _picture(self) -> IncomingFile:
        """A house that a child could have drawn."""
        picture = Image.new("RGB", (320, 240), "#dfe9f2")
        draw = ImageDraw.Draw(picture)
        draw.rectangle((90, 110, 230, 210), fill="#c9a27a", outline="#5b4632", width=3)
        draw.polygon(((80, 110), (160, 50), (240, 110)), fill="#9b4a3c", outline="#5b4632")
        draw.rectangle((145, 155, 175, 210), fill="#5b4632")
        draw.text((130, 220), "Beispielbild", fill="#333333")
        content = io.BytesIO()
        picture.save(content, "PNG")
        file_id = token()
        kept = await self._app.cupboard.keep(file_id, _once(content.getvalue()), "beispiel.png")

        async def unit(tx: Tx) -> None:
            await files.add(
                tx,
                file_id=file_id,
                person_id=None,
                kind=FileKind.PHOTO,
                name="beispiel.png",
                mime=kept.mime,
                size=kept.size,
                state="stored",
                now=self._clock.at,
            )

        await self._app.database.write(unit)
        return IncomingFile(
            kind=FileKind.PHOTO,
            name="beispiel.png",
            mime=kept.mime,
            size=kept.size,
            stored=file_id,
        )

    # What the desk does

    async def _work(self, channel: str, chat: str, by: int, verb: str, text: str = "") -> None:
        """A step with the newest request of a chat."""

        async def unit(tx: Tx) -> requests.Request:
            person = await people.known(tx, channel, "", chat)
            found = await requests.of_person(tx, person.id, limit=1) if person else []
            if not found:
                raise StoreError(f"Die Anfrage des Beispiels {chat} ist nicht angekommen.")
            return found[0]

        request = await self._app.database.read(unit)
        await self._at_desk(by, f"desk:{verb}:{request.id}", text)

    async def _at_desk(
        self, by: int, action: str, text: str = "", form: dict[str, str] | None = None
    ) -> None:
        who = self._team[by]
        did = Incoming(
            channel="desk",
            bot="",
            update_id=token(),
            kind=Kind.BUTTON,
            chat=f"desk:{who.id}",
            sender=str(who.id),
            sender_name=who.name,
            private=False,
            desk=True,
            text=text,
            action=action,
            form=form or {},
            at=self._clock.at,
        )
        await self._app.receiver([did])

    # Time

    def _at(self, at: datetime, act: Act) -> None:
        self._moments.append((min(at, self._now), len(self._moments), act))

    def _at_work(self, days: float) -> datetime:
        """So many days ago, while people are at work; what happens today stays where it is."""
        at = self._now - timedelta(days=days)
        if days < 1:
            return at
        local = at.astimezone(BERLIN)
        while local.weekday() > 4:
            local -= timedelta(days=1)
        clock = time(self._chance.randrange(8, 15), self._chance.randrange(60))
        return datetime.combine(local.date(), clock, BERLIN).astimezone(at.tzinfo)

    def _soon(self, at: datetime, minutes: int) -> datetime:
        """A little later, and never after now."""
        return min(at + timedelta(minutes=minutes), self._now)

    async def _pass_time(self, until: datetime) -> None:
        """Time passes, and what falls due is done."""
        while True:
            self._clock.at = min(self._clock.at + STEP, max(until, self._clock.at))
            await self._app.schedule.tick()
            await self._settle()
            if self._clock.at >= until:
                return

    async def _settle(self) -> None:
        """Until everything that can be done at this moment is done."""
        self._app.worker.nudge()
        for courier in self._app.couriers:
            courier.nudge()
        now = stamp(self._clock.at)

        async def unit(tx: Tx) -> int:
            heard = await tx.value(
                "SELECT COUNT(*) FROM inbox WHERE state = 'waiting' AND not_before <= ?", now
            )
            said = await tx.value(
                """SELECT COUNT(*) FROM outbox
                   WHERE state = 'sending' OR state = 'ready' AND not_before <= ?""",
                now,
            )
            return int(heard) + int(said)

        async with asyncio.timeout(PATIENCE):
            while await self._app.database.read(unit):  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.002)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
