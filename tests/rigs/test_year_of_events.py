"""A year of events, and what everybody who marked them must hear, no more and no less.

Events move, are cancelled and take place after all; people mark and unmark them. The
clocks are changed in March and in October, the clock of the machine is set ahead and
back, the machine sleeps, and the program is started anew, at times between taking up
what is due and handling it. A small model beside the hotline says after each step what
is owed now. `RIG_SEED` draws another year.
"""

import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from bot.app import App
from bot.due import Schedule
from bot.receive import Receiver
from bot.settings import Settings
from handlers.hours import BERLIN
from handlers.message import Outgoing
from handlers.programme import keeping
from handlers.wording import when
from knowledge.models import Event
from storage import events, people
from storage.database import Tx
from storage.moments import stamp
from tests.rigs.program import small_content

EVENTS, PEOPLE = 300, 500
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAP = 30.0  # seconds; for so long the hotline may not look at the clock
CHANGE = "change"

Said = tuple[int, str, str]  # to whom, of which event, what

# How the messages begin, in the usual words and in Einfache Sprache.
OPENINGS = {
    "Erinnerung: Morgen": ("day", False),
    "Erinnerung\nMorgen": ("day", True),
    "Erinnerung: In einer Stunde": ("hour", False),
    "Erinnerung\nIn einer Stunde": ("hour", True),
    "Verspätete Erinnerung: ": ("late", False),
    "Verspätete Erinnerung\n": ("late", True),
    "Änderung: ": ("changed", False),
    "Änderung\n": ("changed", True),
    "Abgesagt: ": ("cancelled", False),
    "Abgesagt\n": ("cancelled", True),
}


# -- what is owed ----------------------------------------------------------------------


def due_times(event: Event) -> dict[str, datetime]:
    """When people are to be reminded, said without a word from the hotline's own code."""
    if event.cancelled:
        return {}
    if not isinstance(event.starts, datetime):
        eve = event.starts - DAY
        return {"day": datetime.combine(eve, time(9), BERLIN).astimezone(UTC)}
    on_the_wall = event.starts.astimezone(BERLIN).replace(tzinfo=None, fold=0)
    eve_on_the_wall = (on_the_wall - DAY).replace(tzinfo=BERLIN)
    return {"day": eve_on_the_wall.astimezone(UTC), "hour": event.starts.astimezone(UTC) - HOUR}


def over(event: Event) -> datetime:
    last = event.ends or event.starts
    if not isinstance(last, datetime):
        return datetime.combine(last + DAY, time(), BERLIN).astimezone(UTC)
    return last.astimezone(UTC) + (timedelta() if event.ends else 2 * HOUR)


@dataclass
class Happening:
    """An event as the model has it."""

    event: Event
    marks: dict[int, int] = field(default_factory=dict)  # people, and the sequence they know
    sequence: int = 0
    plans: dict[str, datetime] = field(default_factory=dict)
    taken: list[tuple[datetime, str]] = field(default_factory=list)  # due, not handled yet
    reminded: set[datetime] = field(default_factory=set)  # when the reminders that came were due
    used: set[Any] = field(default_factory=set)  # times that it ever had

    def change(self, event: Event, now: datetime, *, learns: bool) -> None:
        wanted = due_times(event)
        if wanted != due_times(self.event) or not self.used:
            news = self.plans.get(CHANGE)
            self.plans = {which: at for which, at in wanted.items() if at > now}
            if news:
                self.plans[CHANGE] = news
        if learns:
            self.sequence += 1
            self.plans[CHANGE] = now
        self.used.add(event.starts)
        self.event = event

    def take(self, now: datetime) -> None:
        """What is due now is taken up, once."""
        for which, at in list(self.plans.items()):
            if stamp(at) <= stamp(now):
                self.taken.append((self.plans.pop(which), which))

    def handle(self, now: datetime, blocked: set[int]) -> Counter[Said]:
        """What is to be said of what was taken up."""
        owed = Counter[Said]()
        listening = [person for person in self.marks if person not in blocked]
        for at, which in sorted(self.taken):
            if which == CHANGE:
                kind = "cancelled" if self.event.cancelled else "changed"
                unaware = [one for one in listening if self.marks[one] < self.sequence]
                if at < over(self.event):
                    owed.update((one, self.event.id, kind) for one in unaware)
                self.marks = dict.fromkeys(self.marks, self.sequence)
            elif due_times(self.event).get(which) == at and now < over(self.event):
                kind = which if now - at <= MINUTE else "late"
                owed.update((one, self.event.id, kind) for one in listening)
                self.reminded.add(at)
        self.taken = []
        return owed


# -- the year ----------------------------------------------------------------------------


class Wall:
    """A clock that shows what we say."""

    def __init__(self) -> None:
        self.shown = NEW_YEAR

    def now(self) -> datetime:
        return self.shown

    def monotonic(self) -> float:
        return self.shown.timestamp()


Deed = Callable[[], Awaitable[None]]


class Year:
    """The hotline, the model, and a script of what happens to both."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = Random(seed)
        self.wall = Wall()
        self.settings = Settings(data=folder / "data", content=small_content(folder))
        self.happenings: dict[str, Happening] = {}
        self.blocked: set[int] = set()
        self.plain = set(self.dice.sample(range(1, PEOPLE + 1), PEOPLE // 3))
        self.violations: list[str] = []
        self.heard = Counter[str]()  # how much of each kind
        self.starts = 0  # of the program
        self.unhandled = 0  # what waited to be handled when the program ended
        self.app: App
        self.corrected = Counter[str]()  # events, at a bad moment
        self.unhandled_news = 0  # ... and was a change
        self._running = AsyncExitStack()
        self._now = NEW_YEAR  # truly
        self._wrong = timedelta()  # by so much the clock is
        self._asleep = False
        self._read = 0  # the last row of the outbox that we looked at
        self._agenda: list[tuple[datetime, int, Deed]] = []
        self._order = count()
        self._write_script()

    async def run(self) -> None:
        await self._start()
        try:
            await self.app.database.write(self._everybody)
            while self._agenda:
                at, _, deed = heappop(self._agenda)
                await self._until(at)
                await deed()
            await self._until(self._now + 100 * DAY)
        finally:
            await self._running.aclose()

    # -- time

    def _show(self) -> datetime:
        self.wall.shown = self._now + self._wrong
        return self.wall.shown

    async def _until(self, at: datetime) -> None:
        """Time passes, and the hotline looks at its clock when something is due."""
        while True:
            awake = await self._next_look()
            if awake is None or awake >= at:
                break
            self._now = awake
            await self._look()
        self._now = max(self._now, at)
        self._show()

    async def _next_look(self) -> datetime | None:
        """When the hotline or the model knows of something to do, and up to a nap later."""
        known = [stamp(at) for it in self.happenings.values() for at in it.plans.values()]
        rows = await self._rows("SELECT MIN(at) AS at FROM due WHERE kind <> 'housekeeping'")
        known += [row["at"] for row in rows if row["at"]]
        if not known:
            return None
        due = datetime.fromisoformat(min(known)) - self._wrong
        return max(due, self._now) + timedelta(seconds=self.dice.uniform(0, NAP))

    async def _look(self) -> None:
        now = self._show()
        for it in self.happenings.values():
            it.take(now)
        for _ in range(10):
            await self.app.schedule.tick()
            await self._settled()
            if not await self._rows("SELECT kind FROM due WHERE at <= ?", stamp(now)):
                break
        else:
            # The hotline would look again and again, and the year would never end.
            raise AssertionError("what was due is still due after it was taken up")
        await self._compare()

    async def _settled(self) -> None:
        """All that came in is handled."""
        waiting = "SELECT attempts, error FROM inbox WHERE state = 'waiting'"
        for _ in range(500):
            left = await self._rows(waiting)
            if not left:
                return
            assert not any(row["attempts"] for row in left), left
            self.app.worker.nudge()
            await self.app.database.write(_nothing)
        raise AssertionError("turns do not come to an end")

    async def _compare(self) -> None:
        """What was said since the last time is what is owed."""
        now = self.wall.shown
        owed = Counter[Said]()
        for it in self.happenings.values():
            owed += it.handle(now, self.blocked)
        said = Counter[Said]()
        rows = await self._rows("SELECT id, chat, payload FROM outbox WHERE id > ?", self._read)
        for row in rows:
            self._read = max(self._read, row["id"])
            said[self._understood(int(row["chat"]), row["payload"])] += 1
        for one, number in (owed - said).items():
            self._wrongly(f"{one} is missing {number} times")
        for one, number in (said - owed).items():
            self._wrongly(f"{one} came {number} times too often")
        for _, _, kind in said.elements():
            self.heard[kind] += 1

    def _understood(self, person: int, payload: str) -> Said:
        outgoing = Outgoing.model_validate_json(payload)
        text = outgoing.text.characters
        event_id = next(
            button.action.removeprefix("unmark:")
            for button in outgoing.buttons
            if button.action.startswith("unmark:")
        )
        kind, plain = next(OPENINGS[start] for start in OPENINGS if text.startswith(start))
        event = self.happenings[event_id].event
        if plain is not (person in self.plain):
            self._wrongly(f"{person} was told in the other language: {text}")
        dated = f"Geplant war: {when(event)}" if kind == "cancelled" else f"Wann: {when(event)}"
        if event.title not in text or dated not in text.splitlines():
            self._wrongly(f"{event_id} is another one than {text}")
        return person, event_id, kind

    def _wrongly(self, what: str) -> None:
        self.violations.append(f"{self.wall.shown:%Y-%m-%d %H:%M:%S}: {what}")

    async def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        async def unit(tx: Tx) -> list[dict[str, Any]]:
            return [dict(row) for row in await tx.all(sql, *values)]

        return await self.app.database.read(unit)

    # -- the machine

    async def _start(self) -> None:
        """The program starts, after it has ended if it ran."""
        await self._running.aclose()
        opening = App.open(self.settings, lambda app: [], clock=self.wall)
        self.app = await self._running.enter_async_context(opening)
        self.starts += 1

    async def _sleep(self) -> None:
        """The machine sleeps. What happens meanwhile it learns when it wakes."""
        if self._asleep:
            return
        self._asleep = True
        self._now += timedelta(minutes=self.dice.choice([5, 50, 75, 300, 1500, 7000]))
        self._show()
        while self._agenda and self._agenda[0][0] <= self._now:
            await heappop(self._agenda)[2]()
        # Whoever corrects something first thing finds reminders that are overdue.
        for it in self.happenings.values():
            if any(at <= self.wall.shown for at in it.plans.values()):
                await self._correct(it)
                self.corrected["overdue"] += 1
        self._asleep = False
        if self.dice.random() < 0.5:
            await self._start()
        await self._look()

    async def _crash(self) -> None:
        """The program ends after it has taken up what is due and before it is handled."""
        due = await self._next_look()
        if self._asleep or due is None or (self._agenda and due > self._agenda[0][0]):
            return
        self._now = due
        now = self._show()
        before = {id(it): len(it.taken) for it in self.happenings.values()}
        for it in self.happenings.values():
            it.take(now)
        met = [it for it in self.happenings.values() if len(it.taken) > before[id(it)]]
        nobody = Receiver(self.app.database, self.wall, arrived=lambda: None)
        await Schedule(self.app.database, self.wall, nobody).tick()
        waiting = await self._rows("SELECT update_id FROM inbox WHERE state = 'waiting'")
        self.unhandled += len(waiting)
        self.unhandled_news += sum(row["update_id"].startswith("event:") for row in waiting)
        # Meanwhile the world goes on.
        self._now += timedelta(seconds=self.dice.choice([1, 20, 90]))
        self._show()
        for it in met:
            deeds = (self._move, self._cancel, self._correct, self._unmark, self._rest)
            await self.dice.choice(deeds)(it)
        await self._start()
        await self._look()

    async def _set_clock(self, hours: float) -> None:
        """The clock is set ahead or back; with 0 it is right again."""
        self._wrong = timedelta(hours=hours)
        self._show()
        # Now reminders that came lie in the future again. A correction brings none back.
        for it in self.happenings.values():
            if any(at > self.wall.shown for at in it.reminded & set(due_times(it.event).values())):
                await self._correct(it)
                self.corrected["reminded"] += 1
        if not self._asleep:
            await self._look()

    # -- the programme and the people

    def _write_script(self) -> None:
        nights = [
            # Hours that a clock skips become those that it shows instead.
            datetime.combine(day, time(hour, minute, fold=fold), BERLIN)
            .astimezone(UTC)
            .astimezone(BERLIN)
            for day in (
                *(date(2027, 3, number) for number in (27, 28, 29)),
                *(date(2027, 10, 30), date(2027, 10, 31), date(2027, 11, 1)),
            )
            for hour, minute, fold in ((0, 30, 0), (2, 30, 0), (2, 30, 1), (3, 30, 0), (14, 0, 0))
        ]
        for number in range(EVENTS):
            if number < len(nights):
                starts: datetime | date = nights[number]
                begins = nights[number].astimezone(UTC)
            else:
                begins = NEW_YEAR + self._some(minutes=364 * 24 * 60)
                starts = self._written(begins)
            self._lives(number, starts, max(begins - self._some(hours=60 * 24), NEW_YEAR), begins)
        for deed, times in ((self._sleep, 40), (self._start, 30), (self._crash, 200)):
            for _ in range(times):
                self._plan(NEW_YEAR + self._some(minutes=365 * 24 * 60), deed)
        for _ in range(24):
            at = NEW_YEAR + self._some(minutes=365 * 24 * 60)
            hours = self.dice.choice([-26, -3, -1, 1, 3, 26])
            self._plan(at, lambda hours=hours: self._set_clock(hours))
            self._plan(at + self._some(hours=8), lambda: self._set_clock(0))
        for _ in range(60):
            self._plan(NEW_YEAR + self._some(minutes=365 * 24 * 60), self._block)

    def _lives(
        self, number: int, starts: datetime | date, from_: datetime, until: datetime
    ) -> None:
        """The script of one event, from its publication to its end."""
        dice = self.dice
        event = Event(
            id=f"termin-{number}",
            title=f"Termin Nummer {number} der Kleinstadt",
            starts=starts,
            ends=self._end(starts),
            place="Rathaus",
            description="Alle sind willkommen.",
            source="Koordination",
            checked_on=date(2027, 1, 1),
        )
        self._plan(from_, lambda: self._publish(event))

        def sometime() -> datetime:
            # Mostly towards the end, where it matters.
            return until - (until - from_) * min(dice.expovariate(6), 0.99) + self._some(minutes=1)

        deeds: list[tuple[float, Callable[[Happening], Awaitable[None]]]] = [
            *((1.0, self._mark) for _ in range(3)),
            (0.5, self._unmark),
            (0.5, self._move),
            (0.2, self._move),
            (0.3, self._relocate),
            (0.5, self._correct),
            (0.25, self._cancel),
            (0.1, self._revive),
        ]
        for chance, deed in deeds:
            if dice.random() < chance:
                self._plan(
                    max(sometime(), from_ + MINUTE),
                    lambda deed=deed: deed(self.happenings[event.id]),
                )

    async def _everybody(self, tx: Tx) -> None:
        for number in range(1, PEOPLE + 1):
            person = await people.meet(tx, "telegram", "1", str(number), NEW_YEAR)
            assert person.id == number
            await people.choose_language(tx, number, plain=number in self.plain)

    async def _publish(self, event: Event) -> None:
        it = self.happenings[event.id] = Happening(event)
        await self._keep(it, event, learns=False)

    async def _mark(self, it: Happening) -> None:
        for person in self.dice.sample(range(1, PEOPLE + 1), self.dice.randint(1, 6)):
            it.marks.setdefault(person, it.sequence)
            await self._store(
                lambda tx, who=person: events.mark(
                    tx, who, it.event.id, it.sequence, self.wall.now()
                )
            )

    async def _unmark(self, it: Happening) -> None:
        for person in self.dice.sample(sorted(it.marks), len(it.marks) // 2):
            del it.marks[person]
            await self._store(lambda tx, who=person: events.unmark(tx, who, it.event.id))

    async def _move(self, it: Happening) -> None:
        """It takes place at another time, soon or in some weeks."""
        begins = self.wall.shown + self.dice.choice(
            [self._some(minutes=90), self._some(hours=60), self._some(hours=700)]
        )
        starts = self._written(begins)
        if starts not in it.used:
            ends = self._end(starts)
            await self._keep(it, it.event.model_copy(update={"starts": starts, "ends": ends}))

    async def _relocate(self, it: Happening) -> None:
        place = f"Saal {next(self._order)}"
        await self._keep(it, it.event.model_copy(update={"place": place}))

    async def _correct(self, it: Happening) -> None:
        words = f"Alle sind willkommen, Fassung {next(self._order)}."
        await self._keep(it, it.event.model_copy(update={"description": words}), learns=False)

    async def _cancel(self, it: Happening) -> None:
        if not it.event.cancelled:
            await self._keep(it, it.event.model_copy(update={"cancelled": True}))

    async def _revive(self, it: Happening) -> None:
        """It is cancelled, if it was not, and takes place after all."""
        await self._cancel(it)
        event = it.event.model_copy(update={"cancelled": False})
        # A clock that was ahead may have brought a reminder that lies in the future again.
        # Whether it should come a second time after all this, nobody can say.
        ahead = {at for at in due_times(event).values() if at > self.wall.shown}
        if not ahead & it.reminded:
            await self._keep(it, event)

    async def _rest(self, it: Happening) -> None:
        """Nothing happens to it."""

    async def _keep(self, it: Happening, event: Event, *, learns: bool = True) -> None:
        now = self.wall.shown
        it.change(event, now, learns=learns)
        await self._store(lambda tx: keeping.keep(tx, event, "desk", now))
        # News are seldom on their way for long; the program is to end just then, too.
        if learns and not self._asleep and self.dice.random() < 0.15:
            self._plan(self._now, self._crash)
        # Kept once more it is the same, in every zone and in every night.
        again = await self._store(lambda tx: keeping.keep(tx, event, "desk", now))
        if again != "same":
            self._wrongly(f"{event.id} kept twice is {again}")

    async def _block(self) -> None:
        """Somebody closes the chat, or opens it again."""
        person = self.dice.randint(1, PEOPLE)
        self.blocked ^= {person}
        await self._store(
            lambda tx: people.set_blocked(
                tx, "telegram", "1", str(person), self.wall.now(), blocked=person in self.blocked
            )
        )

    async def _store(self, unit: Any) -> Any:
        return await self.app.database.write(unit)

    # -- dice

    def _plan(self, at: datetime, deed: Deed) -> None:
        heappush(self._agenda, (at, next(self._order), deed))

    def _some(self, **most: int) -> timedelta:
        return timedelta(
            milliseconds=int(timedelta(**most) / timedelta(milliseconds=1) * self.dice.random())
        )

    def _written(self, begins: datetime) -> datetime | date:
        """As people write times: a day, or to the minute, in one zone or another."""
        if self.dice.random() < 0.15:
            return begins.astimezone(BERLIN).date()
        return begins.replace(second=0, microsecond=0).astimezone(self.dice.choice([UTC, BERLIN]))

    def _end(self, starts: datetime | date) -> datetime | date | None:
        if self.dice.random() < 0.2:
            return None
        if not isinstance(starts, datetime):
            return starts + self.dice.randint(0, 2) * DAY
        return (starts.astimezone(UTC) + self.dice.randint(1, 8) * HOUR / 2).astimezone(UTC)


async def _nothing(tx: object) -> None:
    """A unit that only waits for its turn."""


async def test_a_year_of_events_is_told_to_everybody_once_and_in_time(tmp_path: Path) -> None:
    year = Year(tmp_path, int(os.environ.get("RIG_SEED", "27")))
    await year.run()
    assert year.violations[:20] == []
    # The year was an eventful one, or all this would show nothing.
    assert len(year.happenings) == EVENTS
    assert year.heard["day"] > 500
    assert year.heard["hour"] > 500
    assert year.heard["late"] > 50
    assert year.heard["changed"] > 200
    assert year.heard["cancelled"] > 50
    assert year.starts > 40
    assert year.unhandled > 20
    assert year.unhandled_news > 5
    assert year.corrected["overdue"] > 5
    assert year.corrected["reminded"] > 0
