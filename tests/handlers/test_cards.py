"""What one person reads of another: never more than its owner released, whatever they do."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.conversation import Conversation
from handlers.message import Incoming, Kind
from handlers.network import profile_dialogue, profile_yearly
from handlers.network.cards import FIELDS, USUAL, card, visible
from handlers.network.profile import NAMES, fields_of
from handlers.turn import House, Turn
from knowledge.load import load, shipped
from knowledge.search import Knowledge
from storage import consents, people, profiles
from storage.database import Database, Tx
from storage.profiles import Profile, Visible
from tests.support.clock import START

CANARIES: dict[str, str | tuple[str, ...]] = {
    field: (f"vogel-{field}",) if field == "ways" else f"vogel-{field}" for field in FIELDS
}
CHOICES = st.dictionaries(
    st.sampled_from(FIELDS), st.sampled_from(["card", "agreed", "never"]), max_size=len(FIELDS)
)


def bird(chosen: dict[str, Visible]) -> Profile:
    """Somebody with a word of its own in every field."""
    return Profile(person_id=1, offers=("leerstand",), visible=chosen, **CANARIES)  # type: ignore[arg-type]


@given(CHOICES, st.booleans(), st.booleans())
def test_a_card_holds_just_what_its_owner_released(
    chosen: dict[str, Visible], agreed: bool, contact: bool
) -> None:
    shown = str(asdict(card(bird(chosen), agreed=agreed, contact=contact)))
    for field in FIELDS:
        who = chosen.get(field, USUAL[field])
        if field == "contact":
            released = agreed and contact and who != "never"
        else:
            released = who == "card" or (agreed and who == "agreed")
        assert (f"vogel-{field}" in shown) is released, field


def test_usually_neither_name_nor_town_nor_contact_stands_on_a_card() -> None:
    profile = bird({})
    kept = [field for field in FIELDS if not getattr(card(profile), field)]
    assert kept == ["town", "name", "contact"]
    assert visible(bird({"contact": "card"}), "contact") == "agreed"


# -- whatever people press and type ------------------------------------------------------------

KNOWLEDGE = Knowledge(load(shipped()))
HOUSE = House(name="Hotline", calendar=None, public_url="https://x.example", retention_days=90)  # type: ignore[arg-type]

_FIELDS = ("town", "region", "size", "function", "ways", "name", "contact")
# What decides whether others find somebody comes as often as all the rest.
DECISIVE = st.sampled_from(
    [
        *("/profil", "offers:leerstand", "offers:no:leerstand", "done", "pause", "back", "right"),
        *("yes:directory", "yes:no:directory", "del:yes", "silent"),
    ]
)
OTHERS = st.one_of(
    st.sampled_from(
        [
            *("del", "", "yes:contact", "yes:no:contact", "typed", "region:BB", "region:none"),
            *("size:bis-10000", "seeks:kultur", "seeks:no:kultur", "function:rat"),
            *("function:no:rat", "ways:chat", "town:BB:Gransee", "a month"),
            *("clear:town", "clear:name", "clear:contact", "at:town", "at:name", "at:contact"),
            *("at:visible", "at:consent", "#Hintertupfing", "#Erika Vogelname"),
            *("#vogel@post.example", "#weiter"),
        ]
    ),
    st.builds(
        "see:{}:{}".format, st.sampled_from(_FIELDS), st.sampled_from(["card", "agreed", "never"])
    ),
)
# What leads to a profile that others find, so that not only drafts are tried.
PUBLISHED = ("/profil", "offers:leerstand", "yes:directory", "done")


async def _does(tx: Tx, person_id: int, step: str, state: dict[str, object]) -> None:
    """One step of somebody, as a turn would take it."""
    now = state["now"] = state["now"] + timedelta(minutes=1)  # type: ignore[operator]
    person = await people.known(tx, "telegram", "1", "7")
    assert person is not None
    talk: Conversation = state["talk"]  # type: ignore[assignment]
    words = step.removeprefix("#")
    it = Incoming(
        channel="telegram", bot="1", update_id="1", chat="7", sender="7", text=words, at=now
    )
    turn = Turn(tx, it, now, HOUSE, KNOWLEDGE, lambda: "zeichen", person, talk)
    if step == "silent":
        state["now"] = turn.now = now + timedelta(days=366)
        turn.person = None
        await profile_yearly.ask(turn, str(person_id))
        await profile_yearly.fall_asleep(turn, str(person_id))
    elif step == "a month":
        state["now"] = turn.now = now + timedelta(days=31)
        await profile_yearly.drop_draft(turn, str(person_id))
    elif step == "/profil":
        await profile_dialogue.begin(turn)
    elif step.startswith("#"):
        await profile_dialogue.answered(turn)
    else:
        turn.incoming = it.model_copy(update={"kind": Kind.BUTTON, "action": f"prof:{step}"})
        await profile_dialogue.pressed(turn, step)
    state["talk"] = turn.conversation


async def _holds(tx: Tx, person_id: int, done: Sequence[str]) -> None:
    """What must be true after every step."""
    profile = await profiles.of(tx, person_id)
    if profile is None:
        assert await consents.all_of(tx, person_id) == {}, done
        return
    if profile.state == "live":
        assert await consents.live(tx, person_id, "directory"), done
        assert profile.offers or profile.seeks, done
    assert [each.person_id for each in await profiles.shown(tx)] == (
        [person_id] if profile.state == "live" else []
    )
    before, after = card(profile), card(profile, agreed=True, contact=True)
    for field in FIELDS:
        who = visible(profile, field)
        assert (getattr(before, field) == getattr(profile, field)) or who != "card", (field, done)
        assert not getattr(before, field) or who == "card", (field, done)
        assert not getattr(after, field) or who != "never", (field, done)
    if "contact" in await consents.all_of(tx, person_id):
        assert profile.contact, done


@settings(max_examples=40)
@given(st.lists(DECISIVE | OTHERS | DECISIVE, min_size=25, max_size=50))
@pytest.mark.parametrize("beginning", [(), PUBLISHED])
def test_nothing_that_people_do_shows_them_without_their_consent(
    tmp_path_factory: pytest.TempPathFactory, beginning: tuple[str, ...], steps: list[str]
) -> None:
    asyncio.run(_walk(tmp_path_factory.mktemp("store"), [*beginning, *steps]))


async def _walk(folder: Path, steps: list[str]) -> None:
    database = await Database.open(folder / "store.sqlite3")

    async def unit(tx: Tx) -> None:
        person = await people.meet(tx, "telegram", "1", "7", START)
        state: dict[str, object] = {"now": START, "talk": Conversation()}
        for number, step in enumerate(steps):
            await _does(tx, person.id, step, state)
            await _holds(tx, person.id, steps[: number + 1])

    try:
        await database.write(unit)
    finally:
        await database.close()


async def test_a_line_for_every_field_that_is_shown(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "store.sqlite3")

    async def unit(tx: Tx) -> str:
        it = Incoming(channel="web", bot="", update_id="1", chat="7", sender="7", at=START)
        turn = Turn(tx, it, START, HOUSE, KNOWLEDGE, lambda: "zeichen")
        profile = Profile(
            person_id=1,
            town="Gransee",
            region="BB",
            size="bis-10000",
            function="rat",
            seeks=("leerstand", "gibt-es-nicht-mehr"),
            offers=("mobilitaet",),
            ways=("chat", "besuch"),
            name="E. Beispiel",
            contact="0331 12345",
        )
        return str(await fields_of(turn, card(profile, agreed=True, contact=True)))

    try:
        text = await database.read(unit)
    finally:
        await database.close()
    assert text.splitlines() == [
        "Bietet: Mobilität",
        "Sucht: Leerstand",
        "Aufgabe: Rat oder Ortsbeirat",
        "Ort: Gransee",
        "Bundesland: Brandenburg",
        "Größe des Ortes: 5.000 bis 10.000 Menschen",
        "Austausch: im Chat, bei einem Besuch",
        "Name: E. Beispiel",
        "Kontakt: 0331 12345",
    ]
    assert len(NAMES) == len(text.splitlines())
