"""What the coordinators' group is shown. The web desk reads the store itself.

Words of a person who writes in the web chat don't travel through a messenger
unless the operator allows it: then number, topic and a link must do.
"""

from handlers.conversation import Line
from handlers.hours import speak
from handlers.message import Address, Button, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from storage import house
from storage.moments import moment
from storage.requests import Request

CHANNELS = {"web": "Web-Chat", "telegram": "Telegram", "console": "Konsole"}


async def group(turn: Turn) -> Address | None:
    """The coordinators' group, if there is one."""
    fact = await house.fact(turn.tx, "desk")
    if not fact:
        return None
    channel, bot, chat = fact.split(":", 2)
    return Address(channel=channel, bot=bot, chat=chat)


async def choose(turn: Turn, channel: str, bot: str, chat: str) -> None:
    """From now on this is the coordinators' group."""
    await house.set_fact(turn.tx, "desk", f"{channel}:{bot}:{chat}")
    turn.desk_chosen = True


async def move(turn: Turn, channel: str, bot: str, old: str, new: str) -> None:
    """If the coordinators' group is the chat that moved, it is the new one now."""
    if await house.fact(turn.tx, "desk") == f"{channel}:{bot}:{old}":
        await choose(turn, channel, bot, new)


async def thread(turn: Turn, request: Request) -> Address | None:
    """Where a request is worked on in the group."""
    where = await group(turn)
    if where is None:
        return None
    title = f"{request.number} · {request.topic or turn.label('without_topic')}"
    return where.model_copy(update={"thread": request.thread, "title": title})


def words_may_show(turn: Turn, request: Request, where: Address) -> bool:
    """Whether the person chose the messenger that the desk uses."""
    return request.channel == where.channel or turn.house.show_web_text


def page(turn: Turn, request: Request) -> str:
    """The request on the web desk."""
    return f"{turn.house.public_url}/desk/anfrage/{request.id}"


async def announce(turn: Turn, request: Request) -> None:
    """A new request: the first message of its thread."""
    where = await thread(turn, request)
    if where is None:
        return
    buttons = (
        Button(label=turn.label("button_claim"), action=f"desk:claim:{request.id}"),
        Button(label=turn.label("button_advice"), action=f"learn:advice:{request.id}"),
        Button(label=turn.label("button_desk_close"), action=f"desk:close:{request.id}"),
    )
    text = turn.words(
        "desk_new_urgent" if request.urgent else "desk_new",
        number=request.number,
        topic=request.topic or turn.label("without_topic"),
        channel=CHANNELS.get(request.channel, request.channel),
        when=speak(moment(request.promised_at), turn.now) if request.promised_at else "",
        link=page(turn, request),
    )
    how = "desk_how" if words_may_show(turn, request, where) else "desk_how_hidden"
    turn.send(Outgoing(to=where, text=text + "\n\n" + turn.words(how), buttons=buttons))


async def message(
    turn: Turn,
    request: Request,
    message_id: int,
    line: Line,
    *,
    first: bool,
    quotes: int | None = None,
) -> None:
    """Something the person wrote. `first` is false for further parts of an album."""
    where = await thread(turn, request)
    if where is None:
        return
    if not words_may_show(turn, request, where):
        if first:
            text = turn.words("desk_message_hidden", link=page(turn, request))
            turn.send(Outgoing(to=where, text=text, copy_of=message_id))
        return
    turn.send(
        Outgoing(
            to=where,
            text=Text.of(line.text),
            files=line.files,
            copy_of=message_id,
            quotes=quotes,
            gather=f"{request.thread}:{line.album}" if line.album else "",
        )
    )


async def edited(turn: Turn, request: Request, message_id: int, text: str) -> None:
    """The copies in the group read differently now, and say so."""
    where = await thread(turn, request)
    if where is None or not words_may_show(turn, request, where):
        return
    words = Text.of(text) + "\n\n" + turn.words("edited_mark")
    turn.send(Outgoing(do="edit", to=where, text=words, copy_of=message_id))


async def reacted(turn: Turn, request: Request, message_id: int) -> None:
    where = await thread(turn, request)
    if where is not None:
        text = Text.of(turn.incoming.text)
        turn.send(Outgoing(do="react", to=where, text=text, copy_of=message_id))


async def closed(turn: Turn, request: Request, *, by: str, reason: str = "") -> None:
    """Said in the thread, and shown by the thread itself."""
    where = await thread(turn, request)
    if where is None:
        return
    text = turn.words("desk_closed", number=request.number, name=by)
    if reason and words_may_show(turn, request, where):
        because = turn.words("desk_closed_because", reason=reason)
        text = Text.joined([text, because], by="\n")
    _shut(turn, request, where, text)


async def merged(turn: Turn, request: Request, said: Text) -> None:
    """It is answered elsewhere: nothing more is to be written in this thread."""
    where = await thread(turn, request)
    if where is not None:
        _shut(turn, request, where, said)


def _shut(turn: Turn, request: Request, where: Address, text: Text) -> None:
    again = Button(label=turn.label("button_reopen"), action=f"desk:reopen:{request.id}")
    turn.send(Outgoing(to=where, text=text, buttons=(again,)))
    turn.send(Outgoing(do="close", to=where))


async def reopened(turn: Turn, request: Request, *, by: str) -> None:
    where = await thread(turn, request)
    if where is not None:
        turn.send(Outgoing(do="open", to=where))
        text = turn.words("desk_reopened", number=request.number, name=by)
        turn.send(Outgoing(to=where, text=text))


async def alarm(turn: Turn, request: Request) -> None:
    """Somebody may be in danger: said loudly in the thread."""
    where = await thread(turn, request)
    if where is not None:
        turn.send(Outgoing(to=where, text=turn.words("desk_danger", number=request.number)))


async def say(turn: Turn, request: Request, text: Text) -> None:
    """Something else about a request."""
    where = await thread(turn, request)
    if where is not None:
        turn.send(Outgoing(to=where, text=text))
