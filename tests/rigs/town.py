"""A hundred people who ask, hand over and write on, whatever happens to the program.

Each of them follows a script of their own, drawn from a seed. A step needs no
answer from the program, so the effects of a script are known beforehand: only
in one chat, and there in order, do steps build on each other.
"""

import random
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Person
from tests.rigs.checker import Record, Said
from tests.rigs.program import COORDINATOR, DESK, store

QUESTIONS = ("Was kostet die Teilnahme?", "Ab wie vielen Einwohnern ist ein Ort eine Kleinstadt?")
LINES = (
    "Wer repariert die Orgel Nummer {}?",
    "Unsere Turmuhr {} steht seit Ostern still",
    "Der Hahn auf dem Kirchturm {} fehlt",
    "Das Seil der Glocke {} ist gerissen",
)
YES = "Ja, bitte"

Deed = Callable[[], object]


class Town:
    """Everybody. `step` lets somebody do the next thing of their script."""

    def __init__(self, api: FakeBotApi, people: int, seed: int) -> None:
        self.api = api
        self.dice = random.Random(seed)
        self.said: dict[int, Said] = {}
        self.answers: dict[str, int] = {}
        self.updates: set[int] = set()
        api.bot.history = deque()  # all of it
        self._numbers = iter(range(10_001, 99_999))
        self._scripts: dict[int, deque[Deed]] = {}
        self._answered: set[int] = set()  # topics
        self._writes_anew: set[int] = set()  # people who will have another request
        self.group = api.group(DESK, "Koordination", forum=True)
        self.group.member(COORDINATOR, "Erika Beispiel")
        for number in range(people):
            self._write_script(api.user(1001 + number))

    @property
    def steps(self) -> int:
        return sum(len(script) for script in self._scripts.values())

    def step(self) -> None:
        """Somebody does something: a person mostly, sometimes a coordinator or Telegram."""
        chance = self.dice.random()
        if chance < 0.04:
            self._repeat()
        elif chance < 0.10:
            self._noted(self._answer)
        waiting = [chat for chat, script in self._scripts.items() if script]
        if waiting:
            self._noted(self._scripts[self.dice.choice(waiting)].popleft())

    def quiet_week(self) -> None:
        """After it Telegram counts its updates from anywhere, here from further below."""
        self.api.next_update_id -= 50_000_000

    # -- scripts

    def _write_script(self, person: Person) -> None:
        said = self.said[person.id] = Said()
        script = self._scripts[person.id] = deque()
        dice = self.dice
        for _ in range(dice.randint(1, 4)):
            text = dice.choice(QUESTIONS)
            script.append(partial(person.says, text))
            said.questions += 1
        if dice.random() < 0.25:
            return
        # Otherwise what was asked before would be part of the request, or not,
        # depending on how much time has passed.
        script.append(partial(person.says, "/start"))
        self._lines(person, dice.randint(1, 4))
        script.append(partial(self._agrees, person))
        if dice.random() < 0.2:
            script.append(partial(self._agrees, person, twice=True))
        said.requests += 1
        self._lines(person, dice.randint(0, 4))
        if dice.random() < 0.2:
            self._writes_anew.add(person.id)
            script.append(partial(person.says, "/neu"))
            self._lines(person, dice.randint(1, 3))
            said.requests += 1

    def _lines(self, person: Person, number: int) -> None:
        for _ in range(number):
            line = self.dice.choice(LINES).format(next(self._numbers))
            self.said[person.id].lines.append(line)
            self._scripts[person.id].append(partial(person.says, line))

    def _agrees(self, person: Person, *, twice: bool = False) -> None:
        """By the button if it is there already, else in words."""
        offers = [m for m in person.received if any(b.label == YES for b in m.buttons)]
        if offers:
            person.presses(YES, offers[-1])
        elif not twice:
            person.says("ja")

    # -- what else happens

    def _answer(self) -> None:
        """A coordinator answers a request that has not been answered."""
        for topic in self.group.topics.values():
            shown = {m.text for m in topic.messages}
            owner = next((c for c, said in self.said.items() if shown & set(said.lines)), None)
            if owner in self._writes_anew or topic.thread_id in self._answered or not owner:
                continue
            self._answered.add(topic.thread_id)
            text = f"Das klärt die Stelle {next(self._numbers)}."
            self.answers[text] = owner
            self.group.member(COORDINATOR).says(text, thread=topic)
            return

    def _repeat(self) -> None:
        """Telegram delivers something a second time."""
        if self.api.bot.history:
            update = self.dice.choice(self.api.bot.history)
            assert update.update_id is not None
            self.api.redeliver(update.update_id)

    def _noted(self, deed: Deed) -> None:
        """Do it, and remember the update that it became."""
        with self.api.lock:
            before = self.api.next_update_id
            deed()
            self.updates.update(range(before, self.api.next_update_id))


def recorded(town: Town, folder: Path, kills: int) -> Record:
    """What is known now that the program has stopped."""
    api = town.api
    chats = [api.user(chat).chat for chat in town.said]
    return Record(
        said=town.said,
        answers=town.answers,
        updates=town.updates,
        heard={
            chat.chat_id: [m.text for m in chat.messages if m.from_bot and not m.service]
            for chat in (*chats, town.group)
        },
        unconfirmed=len(api.waiting_updates(api.bot)),
        lost_answers=sum(1 for call in api.calls_to("*") if call.outcome == "drop_after"),
        kills=kills,
        inbox=store(folder, "SELECT id, channel, update_id, state FROM inbox"),
        outbox=store(folder, "SELECT * FROM outbox WHERE channel = 'telegram' ORDER BY id"),
        requests=store(folder, "SELECT id, chat, state FROM requests ORDER BY id"),
        lines=store(
            folder, "SELECT id, request_id, author, text FROM request_messages ORDER BY id"
        ),
        alarms=store(folder, "SELECT kind, subject FROM alarms"),
        desk=DESK,
    )
