"""Two thousand people who subscribed, some of whom think better of it at the wrong moment.

They leave by the button under their copy or in words, block the bot, come back,
or delete their account, while an announcement is on its way to them.
"""

import asyncio
import json
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage import people, subscriptions
from storage.database import Database, Tx, prepare
from tests.fakes.botapi import Call, FakeBotApi
from tests.fakes.world import Member, Message, Person
from tests.rigs.crowd_checker import Announced, Begun
from tests.rigs.program import COORDINATOR, DESK, store, until

COLLEAGUES = (7002, 7003)
NEWS = "Am Samstag öffnet das Rathaus seinen Turm."
LEAVING = ("/stop", "Abbestellen", "Ich möchte keine Nachrichten mehr", "/abbestellen")
LEFT = "Ihr Abo ist beendet"
QUESTION, ANSWER = "Was kostet die Teilnahme?", "kostenlos"
SOON = timedelta(hours=1)  # longer than a failed copy waits, and no pause
NEXT_IN_LINE = 6  # whose copies go out in the next moments

RECIPIENTS = """SELECT addresses.chat, o.state, o.reason, r.outbox_id, r.ended
FROM announcement_recipients AS r
JOIN addresses ON addresses.person_id = r.person_id
LEFT JOIN outbox AS o ON o.id = r.outbox_id"""
READY = """SELECT chat FROM outbox
WHERE lane = 1 AND state = 'ready' AND not_before <= ? ORDER BY id"""
SUBSCRIBED = """SELECT chat FROM addresses
WHERE channel = 'telegram' AND person_id IN (SELECT person_id FROM subscriptions)"""


class Crowd:
    """Everybody who subscribed, and the coordination. `deed` lets somebody do something."""

    def __init__(self, api: FakeBotApi, folder: Path, number: int, seed: int) -> None:
        self.api = api
        self.dice = random.Random(seed)
        self.folder = folder
        self.everybody = [api.user(10_001 + each) for each in range(number)]
        self.left: set[Person] = set()
        self.gone: set[Person] = set()
        self.deeds: Counter[str] = Counter()
        self.desk = api.group(DESK, "Koordination", forum=True)
        self.author = self.desk.member(COORDINATOR, "Erika Beispiel")
        self.colleagues = [self.desk.member(who, f"Kollege {who}") for who in COLLEAGUES]
        self._born: list[int] = []  # how many calls there were before each life
        self._in_flight: list[int] = []  # copies on their way at the end of each life
        self._left_for_certain: list[set[str]] = []  # by then
        self._silences: list[tuple[int, float]] = []  # the life that begins in it, and its end
        self._within_reach = 0  # copies that would be sent soon, although it is paused
        self._text = ""  # of a copy
        asyncio.run(_subscribed(folder, api.bot.id, [person.id for person in self.everybody]))

    def has_copy(self, person: Person) -> bool:
        return self._text != "" and self.api.copies(self._text, person.id) > 0

    @property
    def copies(self) -> int:
        """How many copies have arrived."""
        return sum(self.has_copy(person) for person in self.everybody)

    # -- what the coordination does

    def announce(self) -> Message:
        """Written, previewed, and confirmed by two at the same moment; what the desk reads."""
        self.author.says(f"/rundbrief alle: {NEWS}")
        asked: Message = self.api.wait(lambda: self._at_desk("Empfang:"), 30)
        self._text = next(m.text for m in self.desk.general if m.from_bot and NEWS in m.text)
        with self.api.lock:
            for colleague in self.colleagues:
                colleague.presses("Senden", asked)
        self.api.wait(lambda: "Sekunden" in asked.text, 30)
        return asked

    def pause(self, board: Message) -> None:
        """Just while a copy is on its way that will come back."""
        person = self._refused()
        self._press(self.author, "Anhalten", board)
        until(lambda: self.state() == "paused", what="the pause")
        sending = "SELECT id FROM outbox WHERE lane = 1 AND state = 'sending' AND chat = ?"
        until(lambda: not store(self.folder, sending, str(person.id)), what="its return")

    def resume(self, board: Message) -> None:
        """In the life after the one in which it was paused: it still is, until now."""
        # Somebody is answered, so the program has sent all that it thinks it may.
        person = next(p for p in reversed(self.everybody) if p not in self.left | self.gone)
        before = len(person.received)
        person.says(QUESTION)
        self.api.wait(lambda: any(ANSWER in m.text for m in person.received[before:]), 30)
        self._within_reach = len(self.waiting(SOON))
        self._silences.append((len(self._born) - 1, time.monotonic()))
        self._press(self.colleagues[0], "Weiter senden", board)
        until(lambda: self.state() == "sending", what="the rest to be sent")

    def state(self) -> str:
        """Of the announcement."""
        [row] = store(self.folder, "SELECT state FROM announcements") or [{"state": ""}]
        return str(row["state"])

    def waiting(self, within: timedelta = timedelta()) -> list[str]:
        """The chats whose copies may be sent now, or soon."""
        by = (datetime.now(UTC) + within).isoformat()
        return [row["chat"] for row in store(self.folder, READY, by)]

    def _press(self, who: Member, button: str, board: Message) -> None:
        self.api.wait(lambda: any(shown.label == button for shown in board.buttons), 30)
        who.presses(button, board)

    def _at_desk(self, words: str) -> Message | None:
        return next((m for m in self.desk.general if m.from_bot and words in m.text), None)

    # -- what happens to the program

    def note_birth(self) -> None:
        """The program is about to be started."""
        self._born.append(len(self.api.calls))

    def note_death(self) -> None:
        """The program was killed; what the store says to that."""
        sending = "SELECT COUNT(*) AS n FROM outbox WHERE lane = 1 AND state = 'sending'"
        self._in_flight.append(store(self.folder, sending)[0]["n"])
        subscribed = {row["chat"] for row in store(self.folder, SUBSCRIBED)}
        self._left_for_certain.append({str(p.id) for p in self.left} - subscribed)

    # -- what people do

    def leave_in_flight(self) -> None:
        """Somebody leaves just while their copy is on its way, and it comes back."""
        person = self._refused()
        self.left.add(person)
        person.says(LEAVING[0])
        self.deeds["left in flight"] += 1

    def _refused(self) -> Person:
        """Whose copy is on its way now and will not be taken: it would have to be sent again."""
        there = {str(p.id): p for p in self.everybody if p not in self.left | self.gone}
        person = [there[chat] for chat in self.waiting() if chat in there][NEXT_IN_LINE]
        fault = self.api.fault("sendMessage", 502, chat=person.id)
        self.api.wait(lambda: fault.hits, 30)
        return person

    def deed(self) -> None:
        """Somebody does something, if anybody is there to whom it can happen."""
        chance = self.dice.random()
        if chance < 0.30:
            self._leave_by_button()
        elif chance < 0.65:
            self._leave_in_words()
        elif chance < 0.88:
            self._disappear()
        else:
            self._come_back()

    def _leave_by_button(self) -> None:
        if person := self._somebody(got_it=True):
            self.left.add(person)
            person.presses("Abbestellen")
            self.deeds["left by button"] += 1

    def _leave_in_words(self) -> None:
        if person := self._somebody(got_it=False):
            self.left.add(person)
            person.says(self.dice.choice(LEAVING))
            self.deeds["left in words"] += 1

    def _disappear(self) -> None:
        if person := self._somebody(got_it=self.dice.random() < 0.2):
            self.gone.add(person)
            if self.dice.random() < 0.3:
                person.deletes_account()
                self.deeds["deleted"] += 1
            else:
                person.blocks_bot()
                self.deeds["blocked"] += 1

    def _come_back(self) -> None:
        blocked = [p for p in self.everybody if p.chat.blocked]
        if blocked:
            self.dice.choice(blocked).unblocks_bot()
            self.deeds["unblocked"] += 1

    def _somebody(self, *, got_it: bool) -> Person | None:
        """Who has or has not got it; of these, every second time one whose turn is next."""
        there = [p for p in self.everybody if p not in self.left and p not in self.gone]
        found = [p for p in there if self.has_copy(p) == got_it]
        if not got_it and self.dice.random() < 0.5:
            found = found[:NEXT_IN_LINE]
        return self.dice.choice(found) if found else None

    # -- what is known in the end

    def recorded(self) -> Announced:
        """What is known now that the program has stopped."""
        calls = [(call, str(call.params.get("chat_id"))) for call in self.api.calls_to("send*")]
        sent = [(call, chat) for call, chat in calls if call.params.get("text") == self._text]
        copies = [(call, chat) for call, chat in sent if chat != str(DESK)]
        births = [self._first_call(before) for before in self._born]
        return Announced(
            everybody={str(person.id) for person in self.everybody},
            left={str(person.id): self._left_since(person, calls, births) for person in self.left},
            gone={str(person.id) for person in self.gone},
            silences=[(births[life], ends) for life, ends in self._silences],
            begun=[Begun(chat, call.at) for call, chat in copies],
            heard=Counter({str(p.id): self.api.copies(self._text, p.id) for p in self.everybody}),
            lost_answers=sum(str(call.outcome).startswith("drop_") for call, _ in copies),
            reports=[m.text for m in self.desk.general if m.text.startswith("Bericht zur Ank")],
            refusals=sum("schon bestätigt" in text for text in self._promised_to_desk()),
            unconfirmed=len(self.api.waiting_updates(self.api.bot)),
            in_flight=self._in_flight,
            within_reach=self._within_reach,
            announcements=store(self.folder, "SELECT id, state, total FROM announcements"),
            recipients=store(self.folder, RECIPIENTS),
            subscribed={row["chat"] for row in store(self.folder, SUBSCRIBED)},
            alarms=store(self.folder, "SELECT kind, subject FROM alarms"),
            unhandled=len(store(self.folder, "SELECT id FROM inbox WHERE state <> 'done'")),
        )

    def _first_call(self, before: int) -> float:
        """When a life was first heard of. What arrives earlier was sent by the one before."""
        later = self.api.calls[before:]
        return next((c.at for c in later if c.method == "getMe"), float("inf"))

    def _left_since(
        self, person: Person, calls: list[tuple[Call, str]], births: list[float]
    ) -> float | None:
        """From when on it was certainly kept that the person left: it was confirmed to them,
        or a process died before, and the store said so."""
        known = [
            call.at
            for call, chat in calls
            if chat == str(person.id) and LEFT in str(call.params.get("text"))
        ]
        for birth, left in zip(births[1:], self._left_for_certain, strict=True):
            if str(person.id) in left:
                known.append(birth)
        return min(known, default=None)

    def _promised_to_desk(self) -> list[str]:
        rows = store(self.folder, "SELECT payload FROM outbox WHERE chat = ?", str(DESK))
        said = [json.loads(row["payload"]) for row in rows]
        return [words.get("text", {}).get("characters", "") for words in said]


async def _subscribed(folder: Path, bot: int, chats: list[int]) -> None:
    """All of them subscribed to everything, some time ago."""
    prepare(folder / "data")
    database = await Database.open(folder / "data" / "hotline.sqlite3")
    now = datetime.now(UTC)

    async def unit(tx: Tx) -> None:
        for chat in chats:
            person = await people.meet(tx, "telegram", str(bot), str(chat), now)
            await subscriptions.subscribe(tx, person.id, "all", "", now)

    try:
        await database.write(unit)
    finally:
        await database.close()
