"""What we tell people about their words."""

from handlers.message import Button, Kind, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from storage import people

# Grows when the meaning of the notice changes; everybody is then told once more.
VERSION = "2026-11"


def is_owed(turn: Turn) -> bool:
    """Whether the person has not seen the current notice yet."""
    return (
        turn.person is not None
        and turn.person.notice != VERSION
        and turn.incoming.kind in (Kind.MESSAGE, Kind.BUTTON)
    )


async def notice(turn: Turn) -> Outgoing:
    """The short notice of the first contact; that it was shown is kept."""
    assert turn.person is not None  # noqa: S101 - see is_owed
    await people.noticed(turn.tx, turn.person.id, VERSION, turn.now)
    name = "notice_messenger" if turn.incoming.channel == "telegram" else "notice"
    text = turn.words(name, name=turn.house.name, days=turn.house.retention_days)
    more = Button(label=turn.label("button_privacy"), action="privacy")
    return Outgoing(to=turn.here, text=text, buttons=(more,))


async def explain(turn: Turn, rest: str = "") -> None:
    """The longer explanation, one step away from the notice."""
    house = turn.house
    parts: list[str | Text] = [
        turn.words("privacy", name=house.name, days=house.retention_days),
        turn.words("privacy_messenger") if turn.incoming.channel == "telegram" else "",
        turn.words("privacy_controller", controller=house.controller) if house.controller else "",
        turn.words("privacy_contact", contact=house.contact) if house.contact else "",
        turn.words("privacy_page", url=f"{house.public_url}/datenschutz"),
    ]
    mine = Button(label=turn.label("button_my_data"), action="data")
    turn.reply(Text.joined(parts), mine)


async def pressed(turn: Turn, value: str) -> bool:
    await explain(turn)
    return True
