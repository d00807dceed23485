"""Whatever people do in the network, in whatever order: nobody reads what was not released, and
nobody hears from somebody they declined.

The model knows nothing of the handlers. After each step it reads the plain rows (who agreed to
what, which introduction holds) and looks through everything that was said, as it arrives in the
web or in Telegram.
"""

import asyncio
import json
import re
import tempfile
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from handlers.message import Outgoing
from handlers.network import presence
from storage import blocks, consents, coordinators, profiles
from storage.database import Tx
from tests.support.network import Square, square
from tests.support.seats import Seat, in_telegram, in_web, read

PEOPLE = ("anna", "bruno", "carla", "dora")
FIELDS = ("town", "name", "contact")
USUAL = {"town": "agreed", "name": "agreed", "contact": "agreed"}
TEXT = ("/kontakte", "/kontakte leerstand", "/vermittlungen", "/meinedaten", "/ende", "/mensch")

DECISIONS = ("intro:no", "intro:no", "intro:later", "prot:enter")
CHANGES = ("pauses", "deletes the profile", "is erased", "blocks the bot", "unblocks the bot",
           "is blocked by the desk", "is heard again")  # fmt: skip

someone = st.sampled_from(PEOPLE)


def canary(who: str, name: str) -> str:
    return f"Kanarien{name} {who.title()}"


NUMBERS = {who: 88_000_001 + number for number, who in enumerate(PEOPLE)}
IN_TELEGRAM = {who: (in_telegram(who, NUMBERS[who]),) for who in PEOPLE}
# One in Telegram, two in both (who read where they came from first), one in the web.
MIXED = {
    "anna": IN_TELEGRAM["anna"],
    "bruno": (*IN_TELEGRAM["bruno"], in_web("bruno")),
    "carla": (in_web("carla"), *IN_TELEGRAM["carla"]),
}


class Network(RuleBasedStateMachine):
    """Four people who all fit each other, a desk, and time."""

    seats: Mapping[str, tuple[Seat, ...]] = {}

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self._folder = tempfile.TemporaryDirectory(prefix="model-")
        self._refused: set[tuple[str, str]] = set()  # the first does not want the second
        self._heard: set[tuple[str, str]] = set()  # the first has read the words
        self._sentences = 0

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(what)

    @initialize(
        pairs=st.lists(st.tuples(someone, someone, st.integers(0, 2)), min_size=1, max_size=4)
    )
    def begin(self, pairs: list[tuple[str, str, int]]) -> None:
        self.town: Square = self.run(
            self._stack.enter_async_context(
                square(Path(self._folder.name), telegram="hotline_1_bot")
            )
        )
        self.town.seats.update(self.seats)
        self.run(self._move_in())
        for who, other, far in pairs:
            self.asks(who, other)
            if far > 0:
                self.accepts_everything(other)
            if far > 1:
                self.gives_contact_details(who)

    async def _move_in(self) -> None:
        async def desk(tx: Tx) -> None:
            await coordinators.enrol(tx, "Erika", "coordinator", self.town.now)

        await self.town.database.write(desk)
        for who in PEOPLE:
            await self.town.writes(who, "/start")
            await self.town.one_person(who)
            await self._writes_profile(who)

    async def _writes_profile(self, who: str) -> None:
        said: dict[str, Any] = {name: canary(who, name) for name in FIELDS}
        both = ("leerstand", "mobilitaet")
        await self.town.profile(who, seeks=both, offers=both, **said)

    def teardown(self) -> None:
        self.run(self._stack.aclose())
        self._loop.close()
        self._folder.cleanup()

    # -- what people do

    @rule(who=someone, text=st.sampled_from(TEXT))
    def types(self, who: str, text: str) -> None:
        self._check(who, self.run(self.town.writes(who, text)))

    @rule(who=someone, to=st.integers(0, 1))
    def takes_another_chat(self, who: str, to: int) -> None:
        self.town.moves(who, to)

    @rule(who=someone)
    def says_something(self, who: str) -> None:
        self._sentences += 1
        said = self.run(self.town.writes(who, f"Kanarienwort {self._sentences} von {who}"))
        self._check(who, said)

    @rule(who=someone, which=st.integers(0, 30))
    def presses_a_button_of_theirs(self, who: str, which: int) -> None:
        """The latest ones most often, as people do."""
        actions = [
            button.action
            for one in reversed(self.town.told.get(who, []))
            for button in one.buttons
            if button.action.split(":")[0] in ("peer", "intro", "prot")
        ]
        if actions:
            self._presses(who, actions[min(which, len(actions) - 1)])

    @rule(who=someone, other=someone, which=st.integers(0, 10))
    def presses_a_button_of_somebody_else(self, who: str, other: str, which: int) -> None:
        actions = [
            button.action
            for one in reversed(self.town.told.get(other, []))
            for button in one.buttons
        ]
        if actions:
            self._presses(who, actions[min(which, len(actions) - 1)])

    @rule(who=someone, other=someone)
    def asks(self, who: str, other: str) -> None:
        """From the suggestion to the question, if it is there."""
        self._check(who, self.run(self.town.writes(who, "/kontakte")))
        token = self.run(self._token(who, other))
        if token:
            self._presses(who, f"peer:ask:{token}")
            self._presses(who, f"intro:bare:{token}")

    @rule(who=someone)
    def declines_everything(self, who: str) -> None:
        for number in self._numbers_of(who, "asked"):
            self._presses(who, f"intro:no:{number}")

    @rule(which=st.integers(0, 5))
    def asks_again_whoever_declined(self, which: int) -> None:
        if self._refused:
            other, who = sorted(self._refused)[which % len(self._refused)]
            self.asks(who, other)

    @rule(who=someone)
    def accepts_everything(self, who: str) -> None:
        for number in self._numbers_of(who, "asked"):
            self._presses(who, f"intro:yes:{number}")

    @rule(who=someone)
    def gives_contact_details(self, who: str) -> None:
        for number in self._numbers_of(who, "agreed"):
            self._presses(who, f"intro:give:{number}")

    @rule(who=someone, verb=st.sampled_from(DECISIONS), which=st.integers(0, 3))
    def decides(self, who: str, verb: str, which: int) -> None:
        """About an introduction of theirs, if there is one; else about any."""
        numbers = self._numbers_of(who) or [1]
        self._presses(who, f"{verb}:{numbers[which % len(numbers)]}")

    @rule(who=someone, which=st.integers(0, 3))
    def writes_to_somebody(self, who: str, which: int) -> None:
        numbers = self._numbers_of(who, "agreed")
        if numbers:
            self._presses(who, f"prot:enter:{numbers[which % len(numbers)]}")
        self.says_something(who)

    @rule(who=someone, which=st.integers(0, 3), one=st.sampled_from(["", ".0", ".1", ".2"]))
    def reports_somebody(self, who: str, which: int, one: str) -> None:
        numbers = self._numbers_of(who)
        if numbers:
            number = numbers[which % len(numbers)]
            for verb in (f"report:{number}", f"these:{number}{one}", f"rude:{number}"):
                self._presses(who, f"prot:{verb}")

    def _numbers_of(self, who: str, *states: str) -> list[int]:
        rows = self.run(self._rows())
        mine = rows.ids(who)
        return [
            it["id"]
            for it in rows.introductions
            if mine & {it["asker_id"], it["asked_id"]} and (not states or it["state"] in states)
        ]

    def _presses(self, who: str, action: str) -> None:
        if not action.startswith("erase"):
            self._check(who, self.run(self.town.presses(who, action)))

    # -- profiles and consents

    @rule(who=someone, what=st.sampled_from(CHANGES))
    def something_changes(self, who: str, what: str) -> None:
        """One rule for what disturbs, or little else would happen."""
        person, now = self.run(self.town.id_of(who)), self.town.now
        match what:
            case "pauses":
                self._leaves(who, presence.step_back)
            case "deletes the profile":
                self._leaves(who, presence.forget)
            case "is erased":
                self._check(who, self.run(self.town.presses(who, "erase:yes")))
                # Who writes from there next is somebody else.
                self._refused = {pair for pair in self._refused if who not in pair}
            case "blocks the bot" | "unblocks the bot":
                blocked = what == "blocks the bot"
                self._check(who, self.run(self.town.blocks_us(who, blocked=blocked)))
            case "is blocked by the desk":
                until = now + timedelta(days=3)
                self._store(lambda tx: blocks.add(tx, person, until, "stört", 1, now))
            case _:
                self._store(lambda tx: blocks.lift(tx, person))

    def _leaves(self, who: str, deed: Any) -> None:
        person = self.run(self.town.id_of(who))
        before = {chat: len(told) for chat, told in self.town.told.items()}
        self.run(self.town.acts(who, lambda turn: deed(turn, person)))
        said = [one for chat, told in self.town.told.items() for one in told[before.get(chat, 0) :]]
        self._check(who, said)

    @rule(who=someone)
    def comes_back(self, who: str) -> None:
        self.run(self._writes_profile(who))

    @rule(who=someone, purpose=st.sampled_from(["directory", "contact"]), agrees=st.booleans())
    def changes_a_consent(self, who: str, purpose: Any, agrees: bool) -> None:
        person, now = self.run(self.town.id_of(who)), self.town.now
        if agrees:
            self._store(lambda tx: consents.give(tx, person, purpose, "1", "web", now))
        else:
            self._store(lambda tx: consents.withdraw(tx, person, purpose, now))
            self.everybody_looks()

    @rule(
        who=someone,
        name=st.sampled_from(FIELDS),
        whom=st.sampled_from(["card", "agreed", "never"]),
    )
    def changes_who_sees_what(self, who: str, name: str, whom: Any) -> None:
        person, now = self.run(self.town.id_of(who)), self.town.now

        async def unit(tx: Tx) -> None:
            profile = await profiles.of(tx, person)
            if profile is not None:
                changed = {**profile.visible, name: whom}
                await profiles.keep(tx, replace(profile, visible=changed), now)

        self._store(unit)
        self.everybody_looks()

    def _store(self, unit: Any) -> None:
        self.run(self.town.database.write(unit))

    # -- the desk and time

    @rule(number=st.integers(1, 3), verb=st.sampled_from(["nothing", "warn", "block"]))
    def a_report_is_decided(self, number: int, verb: str) -> None:
        said = self.run(self.town.at_desk(1, f"report:{verb}:{number}", days="5"))
        self._check("", said)

    @rule(hours=st.sampled_from([1, 1, 1, 25, 24 * 8, 24 * 22]))
    def time_passes(self, hours: int) -> None:
        self._check("", self.run(self.town.passes(timedelta(hours=hours))))
        self.run(self.town.tidies())

    @rule()
    def everybody_looks(self) -> None:
        for who in PEOPLE:
            self._check(who, self.run(self.town.writes(who, "/vermittlungen")))

    # -- what must always be true

    def _check(self, actor: str, said: list[Outgoing]) -> None:
        rows = self.run(self._rows())
        for one in said:
            reader = self.town.reader(one)
            text = read(one)
            for owner in PEOPLE:
                if owner != reader:
                    self._look_at(reader, owner, text, rows)
            self._look_at_words(reader, text, rows)
            assert (reader, actor) not in self._refused, f"{reader} declined {actor}, and hears"
        self._note_refusals(rows)

    def _look_at(self, reader: str, owner: str, text: str, rows: "Rows") -> None:
        for name in FIELDS:
            if canary(owner, name) in text:
                assert rows.may_read(reader, owner, name), f"{reader} reads {owner}'s {name}"
        for seat in self.seats.get(owner, ()):
            for word in seat.secrets:
                assert word not in text, f"{reader} reads of {owner}'s account"

    def _look_at_words(self, reader: str, text: str, rows: "Rows") -> None:
        """Words go to nobody but the one they were written to, who may see them again later
        when they think of reporting them."""
        for words, owner in re.findall(r"(Kanarienwort \d+ von (\w+))", text):
            if owner != reader and (reader, words) not in self._heard:
                assert rows.have_met(reader, owner), f"{reader} reads words of {owner}"
                self._heard.add((reader, words))

    def _note_refusals(self, rows: "Rows") -> None:
        for it in rows.introductions:
            asker, asked = rows.names.get(it["asker_id"]), rows.names.get(it["asked_id"])
            if asker and asked and it["state"] == "declined":
                self._refused.add((asked, asker))

    async def _rows(self) -> "Rows":
        town = self.town
        return Rows(
            names={
                row["person_id"]: town.sitting(row["channel"], row["chat"])
                for row in await town.rows("SELECT * FROM addresses")
            },
            profiles={row["person_id"]: row for row in await town.rows("SELECT * FROM profiles")},
            consents={
                (row["person_id"], row["purpose"])
                for row in await town.rows(
                    "SELECT person_id, purpose FROM consents WHERE withdrawn_at IS NULL"
                )
            },
            introductions=await town.rows("SELECT * FROM introductions"),
        )

    async def _token(self, who: str, other: str) -> str:
        one, two = await self.town.id_of(who), await self.town.id_of(other)
        rows = await self.town.rows(
            "SELECT token FROM suggestions WHERE asker_id = ? AND other_id = ?", one, two
        )
        return str(rows[0]["token"]) if rows else ""


@dataclass(frozen=True)
class Rows:
    """What the store says, read without the code that is tested."""

    names: dict[int, str]
    profiles: dict[int, dict[str, Any]]
    consents: set[tuple[int, str]]
    introductions: list[dict[str, Any]]

    def may_read(self, reader: str, owner: str, name: str) -> bool:
        return any(self._may_read(one, two, name) for one, two in self._pairs(reader, owner))

    def _may_read(self, reader: int, owner: int, name: str) -> bool:
        profile = self.profiles.get(owner)
        if profile is None or profile["state"] != "live":
            return False
        if (owner, "directory") not in self.consents:
            return False
        chosen = json.loads(profile["visible"]).get(name, USUAL[name])
        agreed = self._between(reader, owner, "agreed")
        if name == "contact":
            given = [
                it["asker_mode"] if it["asker_id"] == owner else it["asked_mode"] for it in agreed
            ]
            allowed = (owner, "contact") in self.consents and chosen != "never"
            return allowed and "contact" in given
        return chosen == "card" or (chosen == "agreed" and bool(agreed))

    def have_met(self, reader: str, owner: str) -> bool:
        return any(
            self._between(one, two, "asked", "agreed") for one, two in self._pairs(reader, owner)
        )

    def _between(self, one: int, two: int, *states: str) -> list[dict[str, Any]]:
        return [
            it
            for it in self.introductions
            if {it["asker_id"], it["asked_id"]} == {one, two} and it["state"] in states
        ]

    def _pairs(self, reader: str, owner: str) -> list[tuple[int, int]]:
        return [(one, two) for one in self.ids(reader) for two in self.ids(owner)]

    def ids(self, who: str) -> set[int]:
        """Somebody who was erased is somebody new in each of their chats."""
        return {number for number, name in self.names.items() if name == who}


class NetworkInTelegram(Network):
    seats = IN_TELEGRAM


class NetworkInBoth(Network):
    seats = MIXED


TestNetwork = Network.TestCase
TestNetworkInTelegram = NetworkInTelegram.TestCase
TestNetworkInBoth = NetworkInBoth.TestCase
TestNetwork.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    suppress_health_check=list(HealthCheck),
)
TestNetworkInTelegram.settings = TestNetwork.settings
TestNetworkInBoth.settings = TestNetwork.settings
