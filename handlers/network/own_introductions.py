"""`/vermittlungen`: how somebody's introductions stand, and what they can do with each."""

from dataclasses import dataclass

from handlers.message import Button
from handlers.network import between
from handlers.network.between import button, me
from handlers.network.profile import fields_of
from handlers.text import Text
from handlers.turn import Turn
from storage import introductions as store
from storage.introductions import Introduction

_OVER_SHOWN = 5  # of those that are over


@dataclass(frozen=True, slots=True)
class _Shown:
    text: Text
    buttons: list[Button]


async def mine(turn: Turn, rest: str = "") -> None:
    """`/vermittlungen`: how mine stand, and what I can do with each."""
    turn.conversation = turn.conversation.but(expects="")
    found = await store.of_person(turn.tx, me(turn))
    if not found:
        turn.say("intro_none", button(turn, "button_peers", "peer"))
        return
    shown = [await _state(turn, it) for it in found if it.is_open]
    over = [it for it in found if not it.is_open]
    parts: list[Text | str] = [turn.words("intro_list"), *(one.text for one in shown)]
    parts += [turn.words(_OVER[it.state], number=it.number) for it in over[:_OVER_SHOWN]]
    buttons = [each for one in shown for each in one.buttons]
    turn.reply(Text.joined(parts), *buttons)


async def _state(turn: Turn, it: Introduction) -> _Shown:
    """One that is open: the card as the reader may see it now, and what they can do."""
    found = await between.card_of(turn, it, it.other(me(turn)))
    card = await fields_of(turn, found) if found else turn.words("intro_resting")
    if it.state == "agreed":
        name, actions = "intro_state_agreed", [("prot:enter", "button_prot_enter_number")]
        if it.mode(me(turn)) != "contact":
            actions.append(("intro:contact", "button_intro_contact_number"))
        actions.append(("intro:stop", "button_intro_end_number"))
    elif it.asker_id == me(turn):
        name, actions = "intro_state_asking", [("intro:no", "button_intro_back_number")]
    else:
        name = "intro_state_asked"
        actions = [
            ("intro:yes", "button_intro_yes_number"),
            ("intro:no", "button_intro_no_number"),
        ]
        if it.later_at is None:
            actions.append(("intro:later", "button_intro_later_number"))
    text = turn.words(name, number=it.number, card=card)
    if it.state == "asked" and it.asked_id == me(turn) and it.words and found:
        text = Text.joined([text, turn.words("intro_wrote", sentence=Text.quote(it.words))])
    return _Shown(
        text,
        [
            Button(label=str(turn.words(label, number=it.number)), action=f"{action}:{it.id}")
            for action, label in actions
        ],
    )


_OVER = {
    "declined": "intro_state_declined",
    "withdrawn": "intro_state_withdrawn",
    "expired": "intro_state_expired",
    "ended": "intro_state_ended",
}


async def summary(turn: Turn) -> Text:
    """For those who ask what we hold of them; empty for nothing."""
    found = await store.of_person(turn.tx, me(turn))
    if not found:
        return Text()
    return turn.words("data_introductions", list=", ".join(it.number for it in found))
