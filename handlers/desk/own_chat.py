"""Requests in a colleague's own chat with us, where experts work.

They answer by quoting a message of a request, or press its button first. Whatever else
they write there is said by a person like any other: nothing goes to anybody unless it is
certain to whom.
"""

from datetime import timedelta

from handlers.desk import entrance, steps, toward_desk
from handlers.desk.experts import WRITE
from handlers.desk.steps import NOTE
from handlers.desk.verbs import allowed
from handlers.message import Kind
from handlers.turn import Turn
from storage import ids, requests
from storage.coordinators import Coordinator
from storage.requests import Request

WAITS = timedelta(minutes=10)  # for what is written after the button


async def worked(turn: Turn) -> bool:
    """Whether something in a private chat was part of this work; then it is done."""
    it = turn.incoming
    if not it.private:
        return False
    match it.kind:
        case Kind.MESSAGE:
            return await entrance.drafts(turn) or await _wrote(turn)
        case Kind.EDIT | Kind.REACTION:
            seen = await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.message)
            request = await requests.get(turn.tx, seen.request_id) if seen else None
            if request is None or _is_own(turn, request):
                return False
            by = await entrance.who(turn)
            if by is not None and it.kind is Kind.EDIT:
                await entrance.edited(turn, by)
            elif by is not None:
                await entrance.reacted(turn, by)
            return True
        case _:
            return False


async def _wrote(turn: Turn) -> bool:
    request = await _button_pressed_for(turn)
    if turn.incoming.reply_to and (quoted := await entrance.meant(turn)):
        request = quoted
    if request is None and steps.command(turn.text)[0] == "hilfe":
        by = await entrance.who(turn)
        if by is not None and not by.publishes:
            turn.say("desk_help_expert")  # before the help that everybody gets
    if request is None or _is_own(turn, request):
        return False
    by = await entrance.who(turn)
    if by is None:
        turn.say("desk_not_enrolled")
    else:
        await _writes(turn, by, request)
    return True


async def _button_pressed_for(turn: Turn) -> Request | None:
    """The request whose button was pressed before, if this is what was waited for.

    That is one message, or all parts of one album.
    """
    conversation, album = turn.conversation, turn.incoming.album
    if conversation.expects != "work":
        return None
    if conversation.album:
        takes = album == conversation.album
    else:
        name, _ = steps.command(turn.text)
        in_time = conversation.pressed and turn.now - conversation.pressed <= WAITS
        takes = bool(in_time) and (not name or name in entrance.COMMANDS)
    goes_on = takes and bool(album)
    turn.conversation = conversation.but(
        expects="work" if goes_on else "", album=album if goes_on else ""
    )
    return await requests.get(turn.tx, conversation.request) if takes else None


def _is_own(turn: Turn, request: Request) -> bool:
    """Whether they asked it themselves: then they are its person, and nothing else."""
    return turn.person is not None and request.person_id == turn.person.id


async def _writes(turn: Turn, by: Coordinator, request: Request | None) -> None:
    """The same as at the desk, where nobody is a person who asks."""
    person, turn.person = turn.person, None
    await entrance.written(turn, by, request)
    turn.person = person


async def typed(turn: Turn) -> bool:
    """A command or a note that quotes nothing: certain only if one request is theirs."""
    name, _ = steps.command(turn.text)
    if name not in (*entrance.COMMANDS, "offen") and not turn.text.startswith(NOTE):
        return False
    by = await entrance.who(turn)
    if by is None:
        return False
    theirs = await requests.handed_to(turn.tx, by.id, limit=2)
    await _writes(turn, by, theirs[0] if len(theirs) == 1 else None)
    return True


async def pressed(turn: Turn, value: str) -> bool:
    """A button of a request; it means nothing to whoever does not belong to the desk."""
    by = await entrance.who(turn)
    if by is None:
        return False
    verb, _, number = value.partition(":")
    if verb == WRITE:
        await _will_write(turn, by, number)
    else:
        await entrance.pressed(turn, by)
    return True


async def _will_write(turn: Turn, by: Coordinator, number: str) -> None:
    """The next message is the answer; to whom it goes is said before."""
    found = ids.number(number)
    request = await requests.get(turn.tx, found) if found is not None else None
    if not await allowed(turn, "answer", request, by):
        return
    if request is None or _is_own(turn, request):
        turn.say("button_outdated")
        return
    turn.conversation = turn.conversation.but(
        expects="work", request=request.id, pressed=turn.now, album=""
    )
    way = toward_desk.channel_name(request.channel)
    turn.say("expert_write", number=request.number, channel=way)
