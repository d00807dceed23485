"""Who reads what of whom in the network: every state of an introduction, every screen, everybody.

Each field of each profile has a value that stands nowhere else, and so has what Telegram knows of
an account. States are made, screens are opened and buttons are pressed by everybody, also those
that others were given; a short table says what is released. Nothing of how the handlers decide
is used here. All of it in the web, in Telegram, between the two, and with chats in both.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.message import Kind, Outgoing
from handlers.network import presence
from storage import blocks, consents, coordinators, house, profiles, reports, rights
from storage import peers as pairs
from storage.database import Tx
from tests.support.network import Square, square, texts
from tests.support.seats import Seat, in_telegram, in_web, read

GROUP = "-100"
FIRST_ID = 770_000  # so large that it stands nowhere by chance
WHO = ("anna", "bruno", "carla")  # have profiles
EVERYBODY = (*WHO, "dora")

# The value of each field, as people read it, by its owner.
CANARIES: Mapping[str, Mapping[str, str]] = {
    "anna": {
        "town": "Kanarienstadt Anna",
        "region": "Saarland",
        "size": "unter 5.000 Menschen",
        "function": "Bürgermeisteramt",
        "ways": "am Telefon",
        "name": "Kanarienname Anna",
        "contact": "anna@kanarie.example",
    },
    "bruno": {
        "town": "Kanarienstadt Bruno",
        "region": "Bremen",
        "size": "mehr als 50.000",
        "function": "Quartiers- und Projektarbeit",
        "ways": "per Video",
        "name": "Kanarienname Bruno",
        "contact": "bruno@kanarie.example",
    },
    "carla": {
        "town": "Kanarienstadt Carla",
        "region": "Hamburg",
        "size": "10.000 bis 20.000",
        "function": "Bürgerservice und Ordnung",
        "ways": "bei einem Besuch",
        "name": "Kanarienname Carla",
        "contact": "carla@kanarie.example",
    },
}
STORED = {
    "anna": {"region": "SL", "size": "unter-5000", "function": "buergermeisteramt",
             "ways": ("telefon",)},
    "bruno": {"region": "HB", "size": "ueber-50000", "function": "quartiersarbeit",
              "ways": ("video",)},
    "carla": {"region": "HH", "size": "bis-20000", "function": "buergerservice",
              "ways": ("besuch",)},
}  # fmt: skip
TOPICS = {
    "anna": {"seeks": ("leerstand",), "offers": ("mobilitaet",)},
    "bruno": {"seeks": ("mobilitaet",), "offers": ("leerstand",)},
    "carla": {"seeks": ("mobilitaet",), "offers": ("leerstand",)},
}
FIELDS = tuple(CANARIES["anna"])
SENTENCE = "Kanariensatz an Bruno"
LINES = {"anna": "Kanarienzeile von Anna", "bruno": "Kanarienzeile von Bruno"}
REASON = "Kanariengrund"

# Where people sit. Everybody else is in the web.
NUMBERS = {who: 88_000_001 + number for number, who in enumerate(EVERYBODY)}


def _in_telegram(*who: str) -> Mapping[str, tuple[Seat, ...]]:
    return {one: (in_telegram(one, NUMBERS[one]),) for one in who}


def _in_both(*who: str) -> Mapping[str, tuple[Seat, ...]]:
    return {one: (in_telegram(one, NUMBERS[one]), in_web(one)) for one in who}


@dataclass(frozen=True, slots=True)
class Seating:
    """Where everybody sits, and which choices are looked at there."""

    name: str
    seats: Mapping[str, tuple[Seat, ...]]
    choices: tuple[str, ...]


SEATINGS = (
    Seating("in the web", {}, ("usual", "open", "late", "closed")),
    Seating("in Telegram", _in_telegram(*EVERYBODY), ("usual", "open", "late", "closed")),
    Seating("asker in Telegram", _in_telegram("anna", "carla"), ("usual",)),
    Seating("asked in Telegram", _in_telegram("bruno", "dora"), ("late",)),
    Seating("in both", _in_both("anna", "bruno"), ("usual",)),
)


# Who chose what: by field what everybody may read, what those who agreed may, and nobody.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "usual": {"town": "agreed", "region": "card", "size": "card", "function": "card",
              "ways": "card", "name": "agreed", "contact": "agreed"},
    "open": {**dict.fromkeys(FIELDS, "card"), "contact": "agreed"},
    "late": dict.fromkeys(FIELDS, "agreed"),
    "closed": dict.fromkeys(FIELDS, "never"),
}  # fmt: skip


@dataclass
class Stage:
    """A town in one state of an introduction from Anna to Bruno, and what is released in it.

    `level` is what the first may read of the second now: card, agreed, contact. `ever` is the
    most that was released to them before, which stands in what they were told then.
    """

    town: Square
    choice: str
    level: dict[tuple[str, str], str] = field(default_factory=dict)
    ever: dict[tuple[str, str], str] = field(default_factory=dict)
    findable: set[str] = field(default_factory=lambda: set(WHO))
    reported: tuple[str, ...] = ()

    def release(self, level: str, *, of: str = "", to: str = "") -> None:
        """Between the two, or only what one reads of the other."""
        for reader, owner in (("anna", "bruno"), ("bruno", "anna")):
            if (not of or owner == of) and (not to or reader == to):
                self.level[reader, owner] = level
                if _RANK[level] > _RANK[self.ever.get((reader, owner), "")]:
                    self.ever[reader, owner] = level

    def allowed(self, reader: str, owner: str, *, ever: bool = False) -> set[str]:
        """The fields that this reader may read of this owner."""
        if reader == owner:
            return set(FIELDS)
        shown = "card" if owner in self.findable or ever else ""
        level = (self.ever if ever else self.level).get((reader, owner), shown)
        chosen = CHOICES[self.choice]
        released = {"": (), "card": ("card",)}.get(level, ("card", "agreed"))
        return {
            name
            for name in FIELDS
            if chosen[name] in released and (name != "contact" or level == "contact")
        }


_RANK = {"": 0, "card": 1, "agreed": 2, "contact": 3}


@asynccontextmanager
async def stage(folder: Path, choice: str, seats: Any = None) -> AsyncIterator[Stage]:
    async with square(folder, telegram="hotline_1_bot") as town:
        town.seats.update(seats or {})

        async def begin(tx: Tx) -> None:
            at = town.now.isoformat(timespec="milliseconds")
            await tx.run(
                "INSERT INTO people (id, created_at, seen_at) VALUES (?, ?, ?)", FIRST_ID, at, at
            )
            await tx.run("DELETE FROM people")
            await house.set_fact(tx, "desk", f"telegram:1:{GROUP}")
            await coordinators.enrol(tx, "Erika", "coordinator", town.now)

        await town.database.write(begin)
        for who in WHO:
            said = {name: CANARIES[who][name] for name in ("town", "name", "contact")}
            visible = dict(CHOICES[choice])
            await town.profile(who, **STORED[who], **TOPICS[who], **said, visible=visible)
            await town.one_person(who)
        await town.writes("dora", "/start")
        yield Stage(town, choice)


# -- states ----------------------------------------------------------------------------------


async def asks(it: Stage) -> None:
    """Anna asks Bruno, who need not be the first whom she is shown."""
    town, bruno = it.town, await it.town.id_of("bruno")
    await town.writes("anna", "/kontakte")
    (row,) = await town.rows("SELECT token FROM suggestions WHERE other_id = ?", bruno)
    await town.presses("anna", f"peer:ask:{row['token']}")
    await town.writes("anna", SENTENCE)
    await town.presses("anna", f"intro:send:{row['token']}")
    it.release("card")


async def none(it: Stage) -> None:
    """Nobody was shown to anybody."""


async def suggested(it: Stage) -> None:
    await it.town.writes("anna", "/kontakte")


async def later(it: Stage) -> None:
    await asks(it)
    await it.town.presses("bruno", "intro:later:1")


async def reminded(it: Stage) -> None:
    await later(it)
    await it.town.passes(timedelta(days=7, minutes=1))


async def agreed(it: Stage) -> None:
    await asks(it)
    await it.town.presses("bruno", "intro:yes:1")
    it.release("agreed")


async def contact_of_one(it: Stage) -> None:
    await agreed(it)
    await it.town.presses("anna", "intro:contact:1")
    await it.town.presses("anna", "intro:give:1")
    it.release("contact", of="anna")


async def contact_of_both(it: Stage) -> None:
    await contact_of_one(it)
    await it.town.presses("bruno", "intro:give:1")
    it.release("contact", of="bruno")


async def talking(it: Stage) -> None:
    await agreed(it)
    for who in ("anna", "bruno"):
        await it.town.presses(who, "prot:enter:1")
    for who in ("anna", "bruno"):
        await it.town.writes(who, LINES[who])


async def declined(it: Stage) -> None:
    await asks(it)
    await it.town.presses("bruno", "intro:no:1")
    it.release("")


async def taken_back(it: Stage) -> None:
    await asks(it)
    await it.town.presses("anna", "intro:no:1")
    it.release("")


async def expired(it: Stage) -> None:
    await asks(it)
    await it.town.passes(timedelta(days=21, minutes=1))
    it.release("")


async def ended(it: Stage) -> None:
    await contact_of_both(it)
    await it.town.presses("bruno", "intro:no:1")
    it.release("")


async def hidden(it: Stage) -> None:
    await suggested(it)
    bruno = await it.town.id_of("bruno")
    (row,) = await it.town.rows("SELECT token FROM suggestions WHERE other_id = ?", bruno)
    await it.town.presses("anna", f"peer:hide:{row['token']}")
    it.release("")


async def reported(it: Stage) -> None:
    """All that Anna wrote: her sentence and her line."""
    await talking(it)
    await it.town.presses("bruno", "prot:report:1")
    await it.town.presses("bruno", "prot:these:1")
    await it.town.writes("bruno", REASON)
    it.release("")
    it.reported = (SENTENCE, LINES["anna"])


async def one_line_reported(it: Stage) -> None:
    await talking(it)
    await it.town.presses("bruno", it.town.action("bruno", "prot:report:1."))
    await it.town.presses("bruno", it.town.action("bruno", "prot:these:1."))
    await it.town.writes("bruno", REASON)
    it.release("")
    it.reported = (LINES["anna"],)


async def decided(it: Stage) -> None:
    await reported(it)
    await it.town.at_desk(1, "report:block:1", days="30")
    it.findable.discard("anna")
    it.release("")


async def _leaves(it: Stage, deed: Callable[[Any, int], Awaitable[None]]) -> None:
    bruno = await it.town.id_of("bruno")
    await it.town.acts("bruno", lambda turn: deed(turn, bruno))
    it.findable.discard("bruno")
    it.release("")


async def paused_while_asked(it: Stage) -> None:
    await asks(it)
    await _leaves(it, presence.step_back)


async def paused_after_contact(it: Stage) -> None:
    await contact_of_both(it)
    await _leaves(it, presence.step_back)


async def deleted_while_talking(it: Stage) -> None:
    await talking(it)
    await _leaves(it, presence.forget)


async def erased_while_talking(it: Stage) -> None:
    await talking(it)
    await it.town.presses("bruno", "erase:yes")
    it.findable.discard("bruno")
    it.release("", of="bruno")
    # Whoever writes from that chat now is somebody new, who sees what anybody sees.
    it.release("card", of="anna")


async def blocked_by_the_desk(it: Stage) -> None:
    """The desk need not read Bruno; what he agreed to with Anna stands."""
    await asks(it)
    bruno, town = await it.town.id_of("bruno"), it.town
    until = town.now + timedelta(days=30)
    await town.database.write(lambda tx: blocks.add(tx, bruno, until, "stört", 1, town.now))
    it.findable.discard("bruno")


async def kept_out_unasked(it: Stage) -> None:
    bruno, town = await it.town.id_of("bruno"), it.town
    until = town.now + timedelta(days=30)
    await suggested(it)
    await town.database.write(lambda tx: pairs.keep_out(tx, bruno, until, 1, town.now))
    it.findable.discard("bruno")


async def no_consent_any_more(it: Stage) -> None:
    """Withdrawn by other means than the dialogue: the row alone must do."""
    await contact_of_both(it)
    bruno, town = await it.town.id_of("bruno"), it.town
    await town.database.write(lambda tx: consents.withdraw(tx, bruno, "directory", town.now))
    it.findable.discard("bruno")
    it.release("", of="bruno")


async def no_consent_for_contact_any_more(it: Stage) -> None:
    await contact_of_both(it)
    bruno, town = await it.town.id_of("bruno"), it.town
    await town.database.write(lambda tx: consents.withdraw(tx, bruno, "contact", town.now))
    it.release("agreed", of="bruno")


async def asleep_after_contact(it: Stage) -> None:
    await contact_of_both(it)
    bruno, town = await it.town.id_of("bruno"), it.town
    await town.database.write(lambda tx: profiles.set_state(tx, bruno, "asleep", town.now))
    it.findable.discard("bruno")
    it.release("", of="bruno")


STATES = (none, suggested, asks, later, reminded, agreed, contact_of_one, contact_of_both, talking,
          declined, taken_back, expired, ended, hidden, reported, one_line_reported, decided,
          paused_while_asked, paused_after_contact, deleted_while_talking, erased_while_talking,
          blocked_by_the_desk, kept_out_unasked, no_consent_any_more,
          no_consent_for_contact_any_more, asleep_after_contact)  # fmt: skip

# Whoever reads these words, besides their author.
READERS = {SENTENCE: {"bruno"}, LINES["anna"]: {"bruno"}, LINES["bruno"]: {"anna"}, REASON: set()}
AUTHORS = {SENTENCE: "anna", LINES["anna"]: "anna", LINES["bruno"]: "bruno", REASON: "bruno"}


# -- screens -----------------------------------------------------------------------------------

COMMANDS = ("/kontakte", "/kontakte leerstand", "/kontakte bus", "/vermittlungen", "/meinedaten",
            "/ende", "/anfragen", "/einfach")  # fmt: skip


class _Undone(Exception):
    """What a look changed is taken back, so that the next one sees the same state."""


async def looks(town: Square, who: str, **what: Any) -> list[Outgoing]:
    """What everybody would be told if somebody did this now."""
    said: list[Outgoing] = []

    async def unit(tx: Tx) -> None:
        said.extend(await town.handled(tx, who, **what))
        raise _Undone

    with suppress(_Undone):
        await town.database.write(unit)
    return said


def given(town: Square) -> list[str]:
    """Every button that anybody was ever given, and those of a curious mind."""
    found = {
        button.action for told in town.told.values() for each in told for button in each.buttons
    }
    for verb in ("yes", "no", "later", "contact", "give", "stop"):
        found.add(f"intro:{verb}:1")
    for verb in ("enter", "leave", "pass", "report", "these", "unreport", "rude"):
        found.add(f"prot:{verb}:1")
    return sorted(one for one in found if one.split(":")[0] in ("peer", "intro", "prot"))


def leaks(it: Stage, reader: str, text: str, where: str, *, ever: bool = False) -> list[str]:
    wrong = []
    for owner in WHO:
        allowed = it.allowed(reader, owner, ever=ever)
        for name, value in CANARIES[owner].items():
            if name not in allowed and value in text:
                wrong.append(f"{reader} reads {owner}'s {name} in {where}")
    for words, readers in READERS.items():
        if words in text and reader not in {*readers, AUTHORS[words]}:
            wrong.append(f"{reader} reads „{words}“ in {where}")
    if str(FIRST_ID // 100) in text and reader in EVERYBODY and not where.startswith("export"):
        wrong.append(f"{reader} reads a number of a person in {where}")
    for owner, seats in it.town.seats.items():
        if owner != reader and any(word in text for seat in seats for word in seat.secrets):
            wrong.append(f"{reader} reads of {owner}'s account in {where}")
    return wrong


def seen_by(town: Square, said: Iterable[Outgoing], reader: str) -> str:
    return "\n".join(read(one) for one in said if town.reader(one) == reader)


@pytest.mark.parametrize("seating", SEATINGS, ids=lambda seating: seating.name)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_every_screen_shows_exactly_what_its_owner_released(
    tmp_path: Path, state: Callable[[Stage], Awaitable[None]], seating: Seating
) -> None:
    wrong: list[str] = []
    for choice in seating.choices:
        (folder := tmp_path / choice).mkdir()
        async with stage(folder, choice, seating.seats) as it:
            await state(it)
            town = it.town
            # What they were told on the way there.
            for reader, told in town.told.items():
                screen = seen_by(town, told, reader)
                wrong += leaks(it, reader, screen, f"{choice}: history", ever=True)
            # What they are told now, whoever does something, from whichever of their chats.
            for actor in EVERYBODY:
                steps: list[tuple[str, dict[str, Any]]] = [
                    (text, {"kind": Kind.MESSAGE, "text": text})
                    for text in (*COMMANDS, "Ein paar Worte")
                ]
                steps += [
                    (action, {"kind": Kind.BUTTON, "action": action}) for action in given(town)
                ]
                for number, (name, what) in enumerate(steps):
                    town.moves(actor, number)
                    said = await looks(town, actor, **what)
                    after = _after(it, actor, name)
                    for reader in {town.reader(one) for one in said}:
                        where = f"{choice}: {actor} does {name}"
                        wrong += leaks(after, reader, seen_by(town, said, reader), where)
            wrong += await _exports(it)
    assert wrong == []


def _after(it: Stage, actor: str, name: str) -> Stage:
    """What is released once this was done: two steps release something themselves."""
    after = Stage(it.town, it.choice, dict(it.level), dict(it.ever), set(it.findable))
    asked = it.level.get(("bruno", "anna")) == "card" and actor == "bruno"
    if name == "intro:yes:1" and asked and "bruno" in it.findable:
        after.release("agreed")
    if name == "intro:give:1" and it.level.get((_OTHER.get(actor, ""), actor)) == "agreed":
        after.release("contact", of=actor)
    return after


_OTHER = {"anna": "bruno", "bruno": "anna"}


async def _exports(it: Stage) -> list[str]:
    wrong: list[str] = []
    for reader in EVERYBODY:
        person = await it.town.id_of(reader)
        found = await it.town.database.read(lambda tx, person=person: rights.export(tx, person))
        own = str(found).replace(str(person), "")
        wrong += leaks(it, reader, own, "export", ever=True)
        if str(FIRST_ID // 100) in own:
            wrong.append(f"{reader} reads the number of somebody else in the export")
    # The desk reads what Bruno chose, and his reason.
    waiting = await it.town.database.read(lambda tx: reports.listed(tx, handled=False))
    handled = await it.town.database.read(lambda tx: reports.listed(tx, handled=True))
    for report in (*waiting, *handled):
        if report.words != it.reported:
            wrong.append(f"the desk reads {report.words}")
        page = " ".join((*report.words, report.reason, report.number))
        wrong += [
            f"the desk reads {owner}'s {name}"
            for owner in WHO
            for name, value in CANARIES[owner].items()
            if value in page
        ]
    for chat, told in it.town.told.items():
        if chat == GROUP or chat.startswith("desk:"):
            words = [*READERS, *(value for one in CANARIES.values() for value in one.values())]
            words += [word for own in it.town.seats.values() for s in own for word in s.secrets]
            wrong += [f"the group reads {word}" for word in words if word in texts(told)]
    return wrong


async def test_the_matrix_sees_what_is_released(tmp_path: Path) -> None:
    """Else it would pass with screens that show nothing at all."""
    async with stage(tmp_path, "usual") as it:
        await contact_of_both(it)
        told = texts(it.town.told["bruno"])
        assert all(value in told for value in CANARIES["anna"].values())
        shown = texts(await it.town.writes("anna", "/vermittlungen"))
        assert all(value in shown for value in CANARIES["bruno"].values())
    (other := tmp_path / "other").mkdir()
    async with stage(other, "usual") as it:
        shown = texts(await it.town.writes("dora", "/kontakte leerstand"))
        for name in ("region", "size", "function", "ways"):
            assert CANARIES["bruno"][name] in shown


@pytest.mark.parametrize("seating", SEATINGS, ids=lambda seating: seating.name)
async def test_it_looks_where_people_sit(tmp_path: Path, seating: Seating) -> None:
    """Else the same screens would be looked at five times."""
    async with stage(tmp_path, "usual", seating.seats) as it:
        await contact_of_both(it)
        for who in ("anna", "bruno"):
            own = seating.seats.get(who, (in_web(who),))
            used = {one.to.channel for one in it.town.told[who]}
            assert used == {own[0].channel}
            screen = seen_by(it.town, it.town.told[who], who)
            assert all(value in screen for value in CANARIES[_OTHER[who]].values())
            assert ("inline_keyboard" in screen) == (own[0].channel == "telegram")


async def test_two_who_keep_the_same_back_are_not_told_that_it_is_the_same(tmp_path: Path) -> None:
    async with square(tmp_path) as town:
        same: dict[str, Any] = {"visible": dict.fromkeys(FIELDS, "never"), "town": "Adorf"}
        await town.profile("anna", **TOPICS["anna"], **same)
        await town.profile("bruno", **TOPICS["bruno"], **same)
        shown = texts(await town.writes("anna", "/kontakte"))
        assert "Bietet, was Sie suchen" in shown
        for guess in ("gleiche Aufgabe", "Gleiche Aufgabe", "ähnlich große", "gleiches Bundesland"):
            assert guess not in shown
