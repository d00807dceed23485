"""What the verbs of the desk share: the step that is done, and telling those who must know."""

from dataclasses import dataclass

from handlers.desk import toward_desk
from handlers.message import Address, Button, Kind, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from knowledge import german
from storage import coordinators, ids, requests, threads
from storage.coordinators import Coordinator
from storage.requests import Request, RequestMessage

NOTE = "//"  # starts an internal note
LONGEST_REASON = 200  # characters; a reason is a few words for colleagues


@dataclass(frozen=True, slots=True)
class Step:
    """What a coordinator does with a request whose person and words are still with us.

    `message` is the id of one of its messages, where a button or a form names one.
    """

    verb: str
    request: Request
    by: Coordinator
    text: str = ""
    message: str = ""


def command(text: str) -> tuple[str, str]:
    """A command without its slash and what follows it, on the same line or the next."""
    if not text.startswith("/") or text.startswith(NOTE):
        return "", ""
    name, *rest = text[1:].split(maxsplit=1) or [""]
    return name.lower().translate(german.AS_TYPED), rest[0] if rest else ""


def person_at(request: Request) -> Address:
    """Where the person of a request reads."""
    return Address(channel=request.channel, bot=request.bot, chat=request.chat)


def channel(request: Request) -> str:
    """What colleagues call the way to the person."""
    return toward_desk.channel_name(request.channel)


async def message_meant(turn: Turn, step: Step) -> RequestMessage | None:
    """The message of this request that a form or button names, or that is quoted in the group."""
    named = ids.number(step.message)
    if named is not None:
        message = await requests.message(turn.tx, named)
    else:
        message = await quoted(turn)
    return message if message and message.request_id == step.request.id else None


async def quoted(turn: Turn) -> RequestMessage | None:
    """The request message behind what is quoted in the group."""
    it = turn.incoming
    if not it.reply_to:
        return None
    return await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.reply_to)


async def is_closed(turn: Turn, request: Request) -> bool:
    """Whether nothing can be done here; says so, and where to go on."""
    if request.state != "closed":
        return False
    into = await requests.get(turn.tx, request.merged_into) if request.merged_into else None
    if into is not None:
        text = turn.words("desk_is_merged", number=request.number, into=into.number)
    else:
        text = turn.words("desk_is_closed", number=request.number)
    tell(turn, request, text)
    return True


async def say_who(turn: Turn, request: Request) -> None:
    """A colleague is on it already."""
    other = await coordinators.get(turn.tx, request.claimed_by or 0)
    text = turn.words("desk_claimed_by", number=request.number, name=other.name if other else "–")
    take = Button(label=turn.label("button_take_over"), action=f"desk:take:{request.id}")
    tell(turn, request, text, take)


def in_group(turn: Turn) -> bool:
    """Whether it is done in the coordinators' group: then what is said there answers it."""
    return turn.incoming.channel != "desk" and not turn.incoming.private


async def announce(turn: Turn, request: Request, text: Text) -> None:
    """Everybody who works on it learns it."""
    if not in_group(turn):
        tell(turn, request, text)
    await toward_desk.tell_all(turn, request, text)


def tell(turn: Turn, request: Request | None, text: Text, *buttons: Button) -> None:
    """Tell whoever acted, where they acted."""
    if turn.incoming.channel == "desk":
        turn.reply(text, *buttons)
        return
    turn.send(here(turn, text, *buttons, request=request))


async def say_here(turn: Turn, text: Text) -> None:
    """A sentence about no request that is known, in the very topic where something was done."""
    it, said = turn.incoming, here(turn, text)
    name = None
    if it.thread:
        where = (it.channel, it.bot, it.chat)
        name = await threads.name_of(turn.tx, *where, topic=it.thread)
    to = said.to.model_copy(update={"thread": name or ""})
    turn.send(said.model_copy(update={"to": to}))


def here(turn: Turn, text: Text, *buttons: Button, request: Request | None = None) -> Outgoing:
    """An answer in this chat, as a reply to what was written."""
    to = turn.here
    if request is not None:
        to = to.model_copy(update={"thread": request.thread, "title": request.number})
    quotes = turn.incoming.message if turn.incoming.kind is Kind.MESSAGE else ""
    return Outgoing(to=to, text=text, buttons=buttons, quotes_message=quotes)
