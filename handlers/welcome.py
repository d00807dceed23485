"""The first words, the last words, and help."""

from datetime import timedelta

from handlers import answers
from handlers.conversation import Item
from handlers.message import Button, Kind
from handlers.network import groups, sharing
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import is_known
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
    last, shown = turn.conversation.welcomed, turn.conversation.shown
    again = last is not None and turn.now - last < AGAIN
    turn.conversation = turn.conversation.but(expects="", draft=(), shown=(), welcomed=turn.now)
    if rest and await _followed(turn, rest, shown if again else ()):
        return
    gone = turn.words("link_gone") if rest else Text()
    if not again:
        welcome = turn.words("welcome", name=turn.house.name)
        turn.reply(Text.joined([gone, welcome]), *_ways(turn))
    elif gone:
        turn.reply(gone)


async def _followed(turn: Turn, payload: str, before: tuple[Item, ...]) -> bool:
    """Show what a link leads to; False if that is not there (any more).

    `before` is what the same tap showed a moment ago: it is not shown a second time.
    """
    item = sharing.meant(payload)
    if item is None:
        return False
    kind, id = item
    if kind == "group":
        return await groups.called(turn, id)
    if not is_known(turn.knowledge, item):
        return False
    if item in before:
        turn.conversation = turn.conversation.but(shown=before, shown_at=turn.now)
    else:
        await answers.show(turn, item)
    return True


async def help_(turn: Turn, rest: str = "") -> None:
    finder = Button(label=turn.label("button_finder"), action="find")
    turn.say("help", *_ways(turn), finder)


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
