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
from bot.demo_network import bring_together
from bot.demo_story import CANNED, DATES, LETTER, MATTERS, SAME, TWO, Date, Lesson, Matter
from bot.settings import Settings
from handlers.desk import enrolment, promises
from handlers.hours import BERLIN
from handlers.message import FileKind, Incoming, IncomingFile, Kind
from handlers.programme import keeping
from knowledge.models import Event
from storage import (
    announcements,
    audit,
    coordinators,
    desk_entries,
    files,
    house,
    people,
    requests,
    subscriptions,
)
from storage.coordinators import Coordinator
from storage.database import Database, StoreError, Tx
from storage.moments import stamp

LINK_LASTS = timedelta(hours=24)
WEEKS = 12
SEED = 20261124  # the same story every time, only that it moves with the clock
STEP = timedelta(hours=12)  # how far time passes at once where nothing happens
PATIENCE = 60.0  # seconds until a moment of the story is over
SUBSCRIBERS = 36
SLOWEST = 300  # minutes until an answer

TEAM = (
    ("Erika Beispiel", "admin", "Verwaltung"),
    ("Max Beispiel", "coordinator", "Koordination"),
    ("Kim Beispiel", "expert", "Fachperson"),
    ("Toni Beispiel", "coordinator", "Koordination"),
)
ERIKA, MAX, KIM, TONI = range(len(TEAM))
APPLICANT = "Jona Beispiel"
INVENTED = "Beispiel: Diese Anfrage ist erfunden."  # what people ask says nothing of it
AWAY = timedelta(days=5)  # for so long Toni will still be away


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
        await self._app.database.write(self._bring_together)
        await self._app.programme.look()
        self._subscribe(begin)
        for number, matter in enumerate(MATTERS):
            self._plan(number, matter)
        self._ask_the_same()
        self._ask_two_things()
        self._announce()
        self._keep_house()
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

    async def _bring_together(self, tx: Tx) -> None:
        library = self._app.content.knowledge.library
        lately = self._now - timedelta(days=20)
        # Chance of its own: the rest of the story does not depend on it.
        await bring_together(tx, library, lately, random.Random(SEED))  # noqa: S311 - a story

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
        chat = f"beispiel-{number}"
        # Toni has been away since yesterday.
        by = (ERIKA, MAX)[number % 2] if matter.days < 1 else (ERIKA, MAX, TONI)[number % 3]
        at = self._at_work(matter.days) if matter.fate != "warned" else self._before_a_warning()
        say = partial(self._say, matter.channel, chat)
        desk = partial(self._work, matter.channel, chat, by)
        if matter.fate == "urgent":
            self._at(at, partial(say, matter.question))
        else:
            self._hand_over(at, matter.channel, chat, matter.question, matter.picture)
        if matter.more and matter.fate != "again":
            self._at(self._soon(at, 2), partial(say, matter.more))
        note = f"Beispiel: {matter.note}" if matter.note else INVENTED
        self._at(self._soon(at, 15), partial(desk, "note", note))
        if matter.fate in ("open", "urgent"):
            return
        self._at(self._soon(at, 25), partial(desk, "claim"))
        if matter.fate == "claimed":
            return
        answered = self._soon(at, self._chance.randrange(40, SLOWEST))
        if matter.fate == "handed":
            self._at(self._soon(at, 30), partial(self._give, matter.channel, chat, by))
            desk = partial(self._work, matter.channel, chat, KIM)
        verb = "askback" if matter.fate in ("asked", "warned") else "answer"
        if matter.answer:
            self._at(answered, partial(desk, verb, f"{matter.answer} (Beispiel)"))
        if matter.fate == "again":
            self._at(self._soon(answered, 30), partial(say, matter.more))
        elif matter.fate == "closed":
            form = {"reason": "Beantwortet"}
            self._at(self._soon(answered, 120), partial(desk, "close", form=form))
            # Whoever is asked in the evening is asked on the next day of work.
            self._at(self._soon(answered, 4 * 1440), partial(self._rate, matter, chat))
        if matter.lesson:
            self._at(
                self._soon(answered, 180),
                partial(self._teach, matter, chat, by, matter.lesson),
            )

    def _hand_over(
        self, at: datetime, channel: str, chat: str, question: str, picture: bool = False
    ) -> None:
        self._at(at, partial(self._say, channel, chat, f"/mensch {question}", picture))
        self._at(at, partial(self._press, channel, chat, "ho:yes"))

    def _ask_the_same(self) -> None:
        """Two people ask the same; both will be answered in one request."""
        for number, question in enumerate(SAME):
            at = self._soon(self._at_work(1), 40 * number)
            chat = f"beispiel-freibad-{number}"
            self._hand_over(at, "web", chat, question)
            self._at(self._soon(at, 15), partial(self._work, "web", chat, ERIKA, "note", INVENTED))

        async def merge() -> None:
            into = await self._request("web", "beispiel-freibad-0")
            form = {"into": into.number}
            await self._work("web", "beispiel-freibad-1", ERIKA, "merge", form=form)

        self._at(self._now - timedelta(hours=3), merge)

    def _ask_two_things(self) -> None:
        """One person writes of two matters; each becomes a request of its own."""
        chat, at = "beispiel-turnhalle", self._at_work(1)
        first, second = TWO
        self._hand_over(at, "web", chat, first)
        self._at(self._soon(at, 5), partial(self._work, "web", chat, MAX, "note", INVENTED))
        self._at(self._soon(at, 6), partial(self._say, "web", chat, second))

        async def split() -> None:
            request = await self._request("web", chat)
            said = await self._app.database.read(lambda tx: requests.messages(tx, request.id))
            last = next(one for one in reversed(said) if one.author == "person")
            await self._work("web", chat, MAX, "split", form={"message": str(last.id)})
            await self._settle()
            await self._work("web", chat, MAX, "note", INVENTED)  # the new one is the newest

        self._at(self._now - timedelta(hours=2.5), split)

    def _keep_house(self) -> None:
        """Canned answers, a colleague who is away, and one who wants to be let in."""
        begin = self._at_work(40)
        for title, text in CANNED:
            form = {"title": f"{title} (Beispiel)", "text": text}
            self._at(begin, partial(self._at_desk, ERIKA, "learn:canned:", form=form))
        until = (self._now + AWAY).astimezone(BERLIN)

        async def leave() -> None:
            toni, max_ = self._team[TONI], self._team[MAX]
            form = {"until": f"{until:%d.%m.%Y}", "deputy": str(max_.id)}
            await self._at_desk(TONI, f"presence:away:{toni.id}", form=form)

        async def apply(tx: Tx) -> None:
            ends = self._clock.at + enrolment.WAITS
            new = await coordinators.enrol(tx, APPLICANT, "coordinator", self._clock.at, ends)
            await audit.add(tx, new.id, "team-waits", f"team:{new.id}", self._clock.at)

        self._at(self._now - timedelta(hours=16), leave)
        self._at(self._now - timedelta(minutes=9), partial(self._app.database.write, apply))

    async def _give(self, channel: str, chat: str, by: int) -> None:
        await self._work(channel, chat, by, "give", form={"to": str(self._team[KIM].id)})

    async def _rate(self, matter: Matter, chat: str) -> None:
        """How it was, and perhaps why."""
        if not matter.rating:
            return
        request = await self._request(matter.channel, chat)
        await self._press(matter.channel, chat, f"rate:{request.id}:{matter.rating}")
        await self._settle()
        if matter.why:
            await self._say(matter.channel, chat, f"{matter.why} (Beispiel)")
        else:
            await self._press(matter.channel, chat, f"rate:{request.id}:done")

    async def _teach(self, matter: Matter, chat: str, by: int, lesson: Lesson) -> None:
        """The answer becomes an entry, which a second person releases."""
        request = await self._request(matter.channel, chat)
        form = {
            "title": f"{lesson.title} (Beispiel)",
            "question": matter.question,
            "asked_as": "\n".join(lesson.ways),
            "answer": f"{matter.answer} (Beispiel)",
            "topics": lesson.topics,
            "confirmed": "yes",
        }
        await self._at_desk(by, f"learn:propose:{request.id}", form=form)
        await self._settle()
        if lesson.live:
            proposed = await self._app.database.read(
                lambda tx: desk_entries.in_state(tx, "proposed")
            )
            entry = next(one for one in proposed if one.request_id == request.id)
            await self._at_desk(ERIKA if by != ERIKA else MAX, f"learn:approve:{entry.id}")

    def _announce(self) -> None:
        """An event, and a letter: confirmed, sent and reported."""
        first, second = self._at_work(9), self._at_work(3)
        self._at(first, partial(self._at_desk, ERIKA, "ann:event:beispiel-webtalk-leerstand"))
        self._at(first, self._sent)
        letter = {"audience": "leerstand", "text": LETTER, "plain": "", "at": ""}
        self._at(second, partial(self._at_desk, MAX, "ann:letter:", form=letter))
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
        await self._at_desk(ERIKA, f"ann:ok:{newest.id}")
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

    async def _request(self, channel: str, chat: str) -> requests.Request:
        """The newest request of a chat."""

        async def unit(tx: Tx) -> requests.Request:
            person = await people.known(tx, channel, "", chat)
            found = await requests.of_person(tx, person.id, limit=1) if person else []
            if not found:
                raise StoreError(f"Die Anfrage des Beispiels {chat} ist nicht angekommen.")
            return found[0]

        return await self._app.database.read(unit)

    async def _work(
        self,
        channel: str,
        chat: str,
        by: int,
        verb: str,
        text: str = "",
        form: dict[str, str] | None = None,
    ) -> None:
        """A step with the newest request of a chat."""
        request = await self._request(channel, chat)
        await self._at_desk(by, f"desk:{verb}:{request.id}", text, form)

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

    def _before_a_warning(self) -> datetime:
        """A morning so long ago that whoever was asked back then was warned a while ago."""
        calendar, day = self._app.house.calendar, self._now - promises.WARN_AFTER
        while True:
            day -= timedelta(days=1)
            at = calendar.next_opening(day.replace(hour=0, minute=0))
            asked = at + timedelta(minutes=SLOWEST)
            if calendar.next_opening(asked + promises.WARN_AFTER) < self._now:
                return at

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
