"""The two people of an introduction: what each may read of the other, and how they are told."""

from collections.abc import Callable

from handlers.conversation import Conversation
from handlers.message import Address, Button, Outgoing
from handlers.network.cards import Card, card
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import at
from storage import consents, introductions, peers, profiles
from storage.ids import number
from storage.introductions import Introduction
from storage.moments import moment

Words = Callable[[bool], Text]  # what is said, in Einfache Sprache or not


async def out(turn: Turn) -> bool:
    """Whether the coordinators keep this person out of the network; then they are told so."""
    until = await peers.kept_out(turn.tx, me(turn), turn.now)
    if until:
        turn.say("peer_kept_out", until=at(moment(until), turn.now))
    return until is not None


async def live_card(turn: Turn, person_id: int) -> Card | None:
    """What everybody may read of somebody; None while they do not want to be found."""
    profile = await profiles.of(turn.tx, person_id)
    if profile is None or profile.state != "live":
        return None
    if not await consents.live(turn.tx, person_id, "directory"):
        return None
    return card(profile)


async def card_of(turn: Turn, it: Introduction, owner_id: int) -> Card | None:
    """What the other of the two may read of this one at this moment: more once both agreed,
    the contact only if it was given to them. None when it is over, or not wanted any more."""
    if not it.is_open or await live_card(turn, owner_id) is None:
        return None
    profile = await profiles.of(turn.tx, owner_id)
    if profile is None:
        return None
    agreed = it.state == "agreed"
    given = agreed and it.mode(owner_id) == "contact"
    given = given and await consents.live(turn.tx, owner_id, "contact")
    return card(profile, agreed=agreed, contact=given)


async def of_presser(turn: Turn, named: str) -> Introduction | None:
    """The introduction that a button names, if whoever pressed it is one of the two."""
    found = number(named)
    if found is None or turn.person is None:
        return None
    it = await introductions.get(turn.tx, found)
    return it if it and turn.person.id in (it.asker_id, it.asked_id) else None


async def tell(turn: Turn, person_id: int, words: Words, *buttons: Button) -> bool:
    """Say it to somebody where they read; False if they cannot be reached."""
    where = await peers.reached(turn.tx, person_id)
    if where is None:
        return False
    to = Address(channel=where.channel, bot=where.bot, chat=where.chat)
    turn.send(Outgoing(to=to, text=words(where.plain), buttons=buttons))
    return True


async def tell_other(turn: Turn, it: Introduction, words: Words, *buttons: Button) -> bool:
    """The same for the other of the two; whoever acts is answered in this chat anyway."""
    return await tell(turn, it.other(me(turn)), words, *buttons)


async def is_inside(turn: Turn, it: Introduction, person_id: int) -> bool:
    """Whether somebody has entered the protected conversation at this moment."""
    where = await peers.reached(turn.tx, person_id)
    if where is None:
        return False
    return Conversation.model_validate_json(where.conversation).protected == it.id


def said(turn: Turn, name: str, /, **fields: str | int | Text) -> Words:
    """A sentence from the content for somebody else."""
    return lambda plain: turn.words_for(plain, name, **fields)


def ways(turn: Turn, it: Introduction, reader: int) -> list[Button]:
    """How somebody can go on once both agreed."""
    buttons = [button(turn, "button_prot_enter", f"prot:enter:{it.id}")]
    if it.mode(reader) != "contact":
        buttons.append(button(turn, "button_intro_contact", f"intro:contact:{it.id}"))
    return [*buttons, button(turn, "button_intro_end", f"intro:stop:{it.id}")]


def button(turn: Turn, label: str, action: str) -> Button:
    return Button(label=turn.label(label), action=action)


def me(turn: Turn) -> int:
    assert turn.person is not None  # noqa: S101 - only people take part
    return turn.person.id
