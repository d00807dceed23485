"""The first words, the last words, and help."""

from handlers.message import Button, Kind
from handlers.turn import Turn
from storage import people


def _ways(turn: Turn) -> tuple[Button, ...]:
    return (
        Button(label=turn.label("button_formats"), action="fmts"),
        Button(label=turn.label("button_events"), action="evts"),
        Button(label=turn.label("button_human"), action="human"),
    )


async def start(turn: Turn, rest: str = "") -> None:
    """`/start`, which messengers send when somebody opens the chat."""
    turn.conversation = turn.conversation.but(expects="", draft=())
    turn.say("welcome", *_ways(turn), name=turn.house.name)


async def help_(turn: Turn, rest: str = "") -> None:
    turn.say("help", *_ways(turn))


async def help_pressed(turn: Turn, value: str) -> bool:
    await help_(turn)
    return True


async def greeting(turn: Turn) -> None:
    turn.say("greeting", *_ways(turn))


async def blocked(turn: Turn) -> None:
    """The person closed the chat, or opened it again. Either way, nothing is said."""
    it = turn.incoming
    gone = it.kind is Kind.BLOCKED
    await people.set_blocked(turn.tx, it.channel, it.bot, it.chat, turn.now, blocked=gone)


async def back_again(turn: Turn) -> None:
    """Whoever writes can be written to, whatever we thought before."""
    it = turn.incoming
    if turn.person and turn.person.blocked and it.kind in (Kind.MESSAGE, Kind.BUTTON):
        await people.set_blocked(turn.tx, it.channel, it.bot, it.chat, turn.now, blocked=False)
