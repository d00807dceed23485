"""The first words, the last words, and help."""

from datetime import timedelta

from handlers.message import Button, Kind
from handlers.turn import Turn
from storage import people

# Whoever tapped "Start" five times while we were away is greeted once.
AGAIN = timedelta(seconds=10)


def _ways(turn: Turn) -> tuple[Button, ...]:
    return (
        Button(label=turn.label("button_formats"), action="fmts"),
        Button(label=turn.label("button_events"), action="evts"),
        Button(label=turn.label("button_human"), action="human"),
    )


async def start(turn: Turn, rest: str = "") -> None:
    """`/start`, which messengers send when somebody opens the chat."""
    last = turn.conversation.welcomed
    turn.conversation = turn.conversation.but(expects="", draft=(), shown=(), welcomed=turn.now)
    if last is not None and turn.now - last < AGAIN:
        return
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
