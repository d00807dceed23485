""" "Ich wäre dabei": somebody waits for a format, until it begins or they think better of it.

Pressing is the consent, and what is kept is said at once. Every button says what it does, so
pressed twice or in an old list it does the same again. Who waits is known to nobody: the desk
reads numbers.
"""

from handlers.message import Button
from handlers.text import Text
from handlers.turn import Turn
from knowledge.models import Format
from knowledge.towns import REGIONS
from storage import announcements, interests, profiles
from storage.interests import Interest

NOWHERE = "egal"  # in a button: whoever does not say where they are


def offer(turn: Turn, form: Format) -> Button:
    """Where several formats stand below each other."""
    label = f"{turn.label('button_interest')}: {form.name}"
    return Button(label=label, action=f"wait:{form.id}")


async def button(turn: Turn, form: Format) -> Button:
    """Below the text of a format: whichever of the two is left to do."""
    if await _waits(turn, form.id):
        return _give_up(turn, form.id)
    return Button(label=turn.label("button_interest"), action=f"wait:{form.id}")


async def toggle(turn: Turn, value: str) -> bool:
    """`wait:webinar`, or with a place `wait:webinar:BB`, which then counts for everything."""
    format_id, colon, place = value.partition(":")
    form = turn.knowledge.library.formats.get(format_id)
    if form is None or turn.person is None or (colon and place not in (NOWHERE, *REGIONS)):
        return False
    if colon:
        await _placed(turn, form, "" if place == NOWHERE else place)
        return True
    region, asked = await _region(turn)
    new = await interests.wait(turn.tx, turn.person.id, format_id, region, turn.now)
    said = turn.words(
        "interest_noted" if new else "interest_already", format=form.name, place=_in(region)
    )
    if asked:
        turn.reply(said, *_ways(turn, form))
    else:
        turn.reply(Text.joined([said, turn.words("interest_where")]), *_places(turn, form))
    return True


async def give_up_pressed(turn: Turn, value: str) -> bool:
    """`unwait:webinar`: in one step, and what was about to be sent is not sent any more."""
    if turn.person is None:
        return False
    name = turn.knowledge.title(value)
    if not await interests.give_up(turn.tx, turn.person.id, value):
        if not name:
            return False
        turn.say("interest_not_there", format=name)
        return True
    await announcements.reconsider(turn.tx, turn.person.id, turn.now)
    again = []
    if form := turn.knowledge.library.formats.get(value):
        again.append(Button(label=turn.label("button_interest_again"), action=f"wait:{form.id}"))
    turn.say("interest_given_up", *again, format=name or value)
    return True


async def where_pressed(turn: Turn, value: str) -> bool:
    """`where:webinar`: they want to say once more where they are."""
    form = turn.knowledge.library.formats.get(value)
    if form is None or not await _waits(turn, value):
        return False
    turn.say("interest_where", *_places(turn, form))
    return True


async def summary(turn: Turn) -> Text:
    """What they wait for, for those who ask what we hold of them; empty for nothing."""
    found = await _of(turn)
    names = [turn.knowledge.title(one.format_id) or one.format_id for one in found]
    if not names:
        return Text()
    return turn.words("data_interests", what=", ".join(names), place=_in(found[0].region))


async def _placed(turn: Turn, form: Format, region: str) -> None:
    assert turn.person is not None  # noqa: S101 - seen to before
    if not await _waits(turn, form.id):
        turn.say("interest_not_there", format=form.name)
        return
    await interests.set_region(turn.tx, turn.person.id, region)
    name = "interest_placed" if region else "interest_placed_nowhere"
    turn.say(name, *_ways(turn, form), region=REGIONS.get(region, ""), format=form.name)


async def _region(turn: Turn) -> tuple[str, bool]:
    """Where they are as far as they said, and whether they were asked already."""
    assert turn.person is not None  # noqa: S101 - seen to before
    before = await _of(turn)
    if before:
        return before[0].region, True
    profile = await profiles.of(turn.tx, turn.person.id)
    region = profile.region if profile and profile.region in REGIONS else ""
    return region, bool(region)


async def _of(turn: Turn) -> list[Interest]:
    return await interests.of(turn.tx, turn.person.id) if turn.person else []


async def _waits(turn: Turn, format_id: str) -> bool:
    return any(one.format_id == format_id and not one.told_at for one in await _of(turn))


def _places(turn: Turn, form: Format) -> tuple[Button, ...]:
    nowhere = Button(label=turn.label("button_interest_skip"), action=f"wait:{form.id}:{NOWHERE}")
    ordered = sorted(REGIONS.items(), key=lambda region: region[1])
    places = (Button(label=name, action=f"wait:{form.id}:{code}") for code, name in ordered)
    return (nowhere, *places)


def _ways(turn: Turn, form: Format) -> tuple[Button, ...]:
    place = Button(label=turn.label("button_interest_where"), action=f"where:{form.id}")
    return (place, _give_up(turn, form.id))


def _give_up(turn: Turn, format_id: str) -> Button:
    return Button(label=turn.label("button_interest_end"), action=f"unwait:{format_id}")


def _in(region: str) -> str:
    return f" ({REGIONS[region]})" if region in REGIONS else ""
