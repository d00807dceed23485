"""What its owner sees of a profile that is written: how it reads, and all that can be done."""

from handlers.message import Button
from handlers.network.profile import preview, state
from handlers.text import Text
from handlers.turn import Turn
from storage.profiles import Profile

# Fields with a question of their own, as their owner calls them on a button.
_CHANGES = {
    "offers": "button_profile_offers",
    "seeks": "button_profile_seeks",
    "town": "button_profile_town",
    "function": "button_profile_function",
    "ways": "button_profile_ways",
    "name": "button_profile_name",
    "contact": "button_profile_contact",
    "visible": "button_profile_visible",
    "consent": "button_profile_consent",
}
_RETURN = {
    "paused": ("button_profile_resume", "back"),
    "asleep": ("button_profile_wake", "right"),
}


async def show(turn: Turn, profile: Profile, before: Text | None = None) -> None:
    """The page of somebody whose profile is written; `before` says what was just changed."""
    turn.conversation = turn.conversation.but(expects="")
    head = turn.words("profile_page", state=state(turn, profile))
    name, code = _RETURN.get(profile.state, ("button_profile_pause", "pause"))
    people = [Button(label=turn.label("button_peers"), action="peer")]
    turn.reply(
        Text.joined([before or "", head, await preview(turn, profile)]),
        *(people if profile.state == "live" else ()),
        *(button(turn, label, f"at:{step}") for step, label in _CHANGES.items()),
        button(turn, name, code),
        button(turn, "button_profile_delete", "del"),
    )


def button(turn: Turn, name: str, code: str) -> Button:
    return Button(label=turn.label(name), action=f"prof:{code}")


def labelled(label: str, code: str) -> Button:
    return Button(label=label, action=f"prof:{code}")


def box(turn: Turn, label: str, code: str, checked: bool) -> Button:
    """Whether it is chosen stands there in words, too: not everybody sees the check mark.

    The button of what is chosen takes it away, the other one chooses it.
    """
    verb, _, value = code.partition(":")
    name = "profile_checked" if checked else "profile_unchecked"
    action = f"prof:{verb}:no:{value}" if checked else f"prof:{verb}:{value}"
    return Button(label=str(turn.words(name, what=label)), action=action)
