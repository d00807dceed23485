"""What the desk is shown in messengers: in the coordinators' group, and in the own chats of
experts what was handed to them. The web desk reads the store itself.

Words of a person who writes in the web chat don't travel through a messenger
unless the operator allows it: then number, topic and a link must do.
"""

from collections.abc import Sequence

from handlers.conversation import Line
from handlers.hours import speak
from handlers.message import Address, Button, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from storage import coordinators, house
from storage.moments import moment
from storage.requests import Request

CHANNELS = {"web": "Web-Chat", "telegram": "Telegram", "console": "Konsole"}


def channel_name(channel: str) -> str:
    """What people call the way on which somebody writes to us."""
    return CHANNELS.get(channel, channel)


async def group(turn: Turn) -> Address | None:
    """The coordinators' group, if there is one."""
    desk = await house.desk(turn.tx)
    return Address(channel=desk.channel, bot=desk.bot, chat=desk.chat) if desk else None


async def choose(turn: Turn, channel: str, bot: str, chat: str) -> None:
    """From now on this is the coordinators' group."""
    await house.choose_desk(turn.tx, channel, bot, chat)
    turn.desk_chosen = True


async def move(turn: Turn, channel: str, bot: str, old: str, new: str) -> None:
    """If the coordinators' group is the chat that moved, it is the new one now."""
    if await house.move_desk(turn.tx, channel, bot, old, new):
        turn.desk_chosen = True


# -- where ----------------------------------------------------------------------------


async def thread(turn: Turn, request: Request) -> Address | None:
    """Where a request is worked on in the group."""
    where = await group(turn)
    if where is None:
        return None
    title = f"{request.number} · {request.topic or turn.label('without_topic')}"
    return where.model_copy(update={"thread": request.thread, "title": title})


async def own_chats(turn: Turn, request: Request, coordinator_id: int) -> list[Address]:
    """Where an expert works on a request alone with us; never where its person reads."""
    chats = await coordinators.private_chats(turn.tx, coordinator_id)
    asked = (request.channel, request.bot, request.chat)
    return [
        Address(channel=channel, bot=bot, chat=chat, thread=request.thread, title=request.number)
        for channel, bot, chat in chats
        if (channel, bot, chat) != asked
    ]


async def expert_chats(turn: Turn, request: Request) -> list[Address]:
    """The own chats of those whom it was handed to, without the one this turn takes place in:
    whoever acts is answered there anyway."""
    chats = [
        chat
        for expert in await coordinators.handed(turn.tx, request.id)
        for chat in await own_chats(turn, request, expert.id)
    ]
    here = (turn.incoming.channel, turn.incoming.bot, turn.incoming.chat)
    return [chat for chat in chats if (chat.channel, chat.bot, chat.chat) != here]


async def places(turn: Turn, request: Request) -> list[Address]:
    """Its thread in the group and the own chats of experts."""
    where = await thread(turn, request)
    return ([where] if where else []) + await expert_chats(turn, request)


def words_may_show(turn: Turn, request: Request, where: Address) -> bool:
    """Whether the person chose the messenger that the desk uses."""
    return request.channel == where.channel or turn.house.show_web_text


def page(turn: Turn, request: Request) -> str:
    """The request on the web desk."""
    return f"{turn.house.public_url}/desk/anfrage/{request.id}"


# -- what the person did ----------------------------------------------------------------


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
        channel=channel_name(request.channel),
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
    for where in await places(turn, request):
        show(turn, request, where, message_id, line, first=first, quotes=quotes)


def show(
    turn: Turn,
    request: Request,
    where: Address,
    message_id: int,
    line: Line,
    *,
    first: bool = True,
    quotes: int | None = None,
) -> None:
    """The same in one place; where the words may not show, that there are some."""
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
    """The copies at the desk read differently now, and say so."""
    words = Text.of(text) + "\n\n" + turn.words("edited_mark")
    for where in await places(turn, request):
        if words_may_show(turn, request, where):
            turn.send(Outgoing(do="edit", to=where, text=words, copy_of=message_id))


async def reacted(turn: Turn, request: Request, message_id: int) -> None:
    for where in await places(turn, request):
        text = Text.of(turn.incoming.text)
        turn.send(Outgoing(do="react", to=where, text=text, copy_of=message_id))


# -- what became of it --------------------------------------------------------------------


async def closed(turn: Turn, request: Request, *, by: str, reason: str = "") -> None:
    """Said in the thread, and shown by the thread itself."""
    text = turn.words("desk_closed", number=request.number, name=by)
    shown = [words_may_show(turn, request, place) for place in await places(turn, request)]
    if reason and all(shown):
        because = turn.words("desk_closed_because", reason=reason)
        text = Text.joined([text, because], by="\n")
    await ended(turn, request, text)


async def ended(turn: Turn, request: Request, said: Text) -> None:
    """Nothing more is to be written in its thread, and why."""
    again = Button(label=turn.label("button_reopen"), action=f"desk:reopen:{request.id}")
    await tell_all(turn, request, said, again)
    if where := await thread(turn, request):
        turn.send(Outgoing(do="close", to=where))


async def reopened(turn: Turn, request: Request, *, by: str) -> None:
    if where := await thread(turn, request):
        turn.send(Outgoing(do="open", to=where))
    await tell_all(turn, request, turn.words("desk_reopened", number=request.number, name=by))


async def alarm(turn: Turn, request: Request) -> None:
    """Somebody may be in danger: said loudly."""
    await tell_all(turn, request, turn.words("desk_danger", number=request.number))


async def say(turn: Turn, request: Request, text: Text, *buttons: Button) -> None:
    """Something else about a request, in the group."""
    where = await thread(turn, request)
    if where is not None:
        turn.send(Outgoing(to=where, text=text, buttons=buttons))


async def tell_all(turn: Turn, request: Request, text: Text, *buttons: Button) -> None:
    """The same for experts, too. The buttons are for the group alone."""
    await say(turn, request, text, *buttons)
    for where in await expert_chats(turn, request):
        turn.send(Outgoing(to=where, text=text))


async def privately(turn: Turn, coordinator_id: int, text: Text, *buttons: Button) -> bool:
    """Tell a colleague in their own chat with us, without words of people; False if they
    have none."""
    chats = await coordinators.private_chats(turn.tx, coordinator_id)
    send_to(turn, chats, text, *buttons)
    return bool(chats)


def send_to(
    turn: Turn, chats: Sequence[tuple[str, str, str]], text: Text, *buttons: Button
) -> None:
    """The same where the chats are known: of a colleague who is not one any more."""
    for channel, bot, chat in chats:
        to = Address(channel=channel, bot=bot, chat=chat)
        turn.send(Outgoing(to=to, text=text, buttons=buttons))
