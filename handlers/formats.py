"""The catalogue of formats, by group and character."""

from handlers.message import Button
from handlers.turn import Turn
from handlers.wording import CHARACTERS, GROUPS
from knowledge.models import Character, Format, Group


async def browse(turn: Turn, rest: str = "") -> None:
    """The ways into the catalogue."""
    formats = turn.knowledge.library.formats
    if not formats:
        turn.say("no_formats")
        return
    by_group = [Button(label=name, action=f"fmts:{group}") for group, name in GROUPS.items()]
    by_character = [
        Button(label=turn.label(f"button_{character}"), action=f"fmts:{character}")
        for character in CHARACTERS
    ]
    finder = Button(label=turn.label("button_finder"), action="find")
    turn.say("formats", finder, *by_group, *by_character, number=len(formats))


async def browse_pressed(turn: Turn, value: str) -> bool:
    """A group or a character was chosen, or nothing yet."""
    if not value:
        await browse(turn)
        return True
    found = [form for form in turn.knowledge.library.formats.values() if _is(form, value)]
    if not found:
        return False
    buttons = [Button(label=form.name, action=f"fmt:{form.id}") for form in found]
    heading = GROUPS[Group(value)] if value in GROUPS else CHARACTERS[Character(value)]
    summaries = "\n".join(f"• {form.name}: {form.summary}" for form in found)
    turn.say("formats_of", *buttons, kind=heading, number=len(found), list=summaries)
    return True


def _is(form: Format, value: str) -> bool:
    return value == form.group or value in form.characters
