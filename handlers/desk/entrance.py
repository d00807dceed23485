"""The desk: coordinators work on requests, in a messenger group or in the browser.

Both faces end here. A step from the browser names its request in the action of
a button; in a group the request is the one whose topic is written in, or whose
message is quoted. Who acts is looked up at that moment by the numeric account:
being in the group, a name or a user name never suffice.
"""

from collections.abc import Awaitable, Callable

from handlers.announcing import announcements
from handlers.desk import (
    answering,
    enrolment,
    entry_chat,
    expert_care,
    experts,
    open_list,
    presence,
    steps,
    toward_desk,
)
from handlers.desk.steps import NOTE, Step, here, tell
from handlers.desk.verbs import VERBS, allowed
from handlers.message import Kind, Outgoing
from handlers.network import group_desk, reports
from handlers.programme import event_desk
from handlers.text import Text
from handlers.turn import Turn
from storage import audit, coordinators, people, requests, subjects, threads
from storage.coordinators import Coordinator
from storage.ids import number
from storage.requests import Request


async def step(turn: Turn) -> None:
    """Something happened at the desk."""
    by = await who(turn)
    if by and not by.publishes and turn.incoming.channel != "desk":
        await experts.in_the_group(turn, by)
    if turn.incoming.kind is Kind.BUTTON:
        await pressed(turn, by)
        return
    request = await meant(turn)
    if turn.incoming.secondhand:
        if request:
            turn.send(here(turn, turn.words("desk_secondhand")))
        return
    if by is None:
        # Chatter of guests is none of our business; only in a request's own
        # thread do they have to know that it goes nowhere.
        if request and turn.incoming.kind is Kind.MESSAGE:
            turn.send(here(turn, turn.words("desk_not_enrolled")))
        return
    match turn.incoming.kind:
        case Kind.MESSAGE:
            await written(turn, by, request)
        case Kind.EDIT:
            await edited(turn, by)
        case Kind.REACTION:
            await reacted(turn, by)
        case _:
            pass


async def who(turn: Turn) -> Coordinator | None:
    """Who acts, if they are a coordinator at this moment."""
    it = turn.incoming
    if it.channel == "desk":
        own = number(it.sender)
        return await coordinators.get(turn.tx, own) if own is not None else None
    by = await coordinators.by_account(turn.tx, it.channel, it.bot, it.sender)
    if by and by.name == coordinators.unnamed(it.sender) and it.sender_name:
        # Enrolled by number in the settings: from now on colleagues read a name.
        await coordinators.rename(turn.tx, by.id, it.sender_name)
        return await coordinators.get(turn.tx, by.id)
    return by


# -- what was done ------------------------------------------------------------


async def pressed(turn: Turn, by: Coordinator | None) -> None:
    """A button names its verb, its request and sometimes a message: desk:claim:1042."""
    prefix, _, rest = turn.incoming.action.partition(":")
    verb, _, subject = rest.partition(":")
    request_id, _, message = subject.partition(":")
    named = number(request_id) if prefix == "desk" else None
    request = await requests.get(turn.tx, named) if named is not None else None
    if prefix == "team":  # of those who are nobody yet, too
        await enrolment.pressed(turn, by, rest)
    elif by is None and request is None:
        await steps.say_here(turn, turn.words("desk_not_enrolled"))
    elif by is None:
        tell(turn, request, turn.words("desk_not_enrolled"))
    elif prefix in PUBLISHING_BUTTONS:
        await PUBLISHING_BUTTONS[prefix](turn, by, rest)
    elif verb not in VERBS:
        tell(turn, request, turn.words("desk_button_outdated"))
    else:
        message = message or turn.incoming.form.get("message", "")
        await _do(turn, verb, request, by, turn.text, message)


async def written(turn: Turn, by: Coordinator, request: Request | None) -> None:
    """A message about a request, if one is meant: a command, a note, or an answer."""
    text = turn.text
    command, rest = steps.command(text)
    if command == "hilfe":
        turn.send(here(turn, turn.words("desk_help" if by.publishes else "desk_help_expert")))
        return
    if command == "offen":
        await open_list.show(turn, by, rest)
        return
    if await entry_chat.written(turn, by):
        return
    if command in presence.COMMANDS:  # in a topic, too; it is about nobody's request
        await presence.COMMANDS[command](turn, by, rest, request)
        return
    if request is None and command in PUBLISHING:
        await PUBLISHING[command](turn, by, turn.command[1])
        return
    if request is None:
        if text.startswith("/"):
            turn.send(here(turn, turn.words("desk_which_request")))
        # An answer of whoever writes an event here; else colleagues talk with each other.
        elif not await event_desk.answered(turn, by) and turn.incoming.replies_to_us:
            turn.send(here(turn, turn.words("desk_reply_to_what")))
        return
    if other := await _quoted_elsewhere(turn, request):
        text_of = turn.words("desk_other_request", number=request.number, other=other.number)
        tell(turn, request, text_of)
    elif text.startswith(NOTE):
        await _do(turn, "note", request, by, text.removeprefix(NOTE).strip())
    elif not text.startswith("/"):
        await _do(turn, "answer", request, by, text)
    elif command in COMMANDS:
        await _do(turn, COMMANDS[command], request, by, rest)
    elif command in PUBLISHING:
        tell(turn, request, turn.words("desk_not_in_request"))
    else:
        tell(turn, request, turn.words("desk_unknown_command"))


async def _do(
    turn: Turn,
    verb: str,
    request: Request | None,
    by: Coordinator,
    text: str = "",
    message: str = "",
) -> None:
    """One verb, if it may be done; what it changed is written down, without words."""
    if not await allowed(turn, verb, request, by):
        return
    if request is None:
        tell(turn, None, turn.words("desk_button_outdated"))
    elif request.person_id is None:
        tell(turn, request, turn.words("desk_person_gone", number=request.number))
    elif request.wiped_at:
        tell(turn, request, turn.words("desk_wiped", number=request.number))
    elif await VERBS[verb](turn, Step(verb, request, by, text, message)):
        await audit.add(turn.tx, by.id, verb, request.number, turn.now)


async def edited(turn: Turn, by: Coordinator) -> None:
    """A coordinator changed a message of theirs."""
    seen = await _seen(turn)
    if seen is None and (about := await meant(turn)):
        # Most likely a slip in a command was mended, and somebody believes it was sent.
        tell(turn, about, turn.words("desk_edit_unsent"))
    if seen is None or seen.author == "person" or seen.deleted_at or not turn.text:
        return
    request = await requests.get(turn.tx, seen.request_id)
    if request and await allowed(turn, "answer", request, by):
        await answering.edited(turn, by, seen, request)


async def reacted(turn: Turn, by: Coordinator) -> None:
    seen = await _seen(turn)
    request = await requests.get(turn.tx, seen.request_id) if seen else None
    if seen is None or request is None or seen.author != "person":
        return
    # A thumb of somebody who may not answer is no reason for a sentence.
    if by.publishes or await requests.is_handed(turn.tx, request.id, by.id):
        where = steps.person_at(request)
        turn.send(Outgoing(do="react", to=where, text=Text.of(turn.text), copy_of=seen.id))


async def drafts(turn: Turn) -> bool:
    """Whether a message in a coordinator's own chat was meant for an entry they write."""
    by = await who(turn)
    return by is not None and await entry_chat.written(turn, by)


# -- what coordinators do in a private chat, too -------------------------------


async def publishes(turn: Turn, command: str, rest: str) -> bool:
    """Whether a command was one of `PUBLISHING`, typed by a coordinator in their own chat."""
    by = await who(turn) if command in PUBLISHING else None
    if by is not None:
        await PUBLISHING[command](turn, by, rest)
    return by is not None


async def answers(turn: Turn) -> bool:
    """Whether a message answers what a coordinator was asked about an event in their own chat."""
    by = await who(turn)
    return by is not None and await event_desk.answered(turn, by)


def pressed_in_private(prefix: str) -> Callable[[Turn, str], Awaitable[bool]]:
    """The same for the buttons that came of it; they mean nothing to anybody else."""

    async def handle(turn: Turn, value: str) -> bool:
        by = await who(turn)
        if by is not None:
            await PUBLISHING_BUTTONS[prefix](turn, by, value)
        return by is not None

    return handle


async def moved(turn: Turn) -> None:
    """The group has a new id; everything that names it follows."""
    it = turn.incoming
    await people.move_chat(turn.tx, it.channel, it.bot, it.chat, it.text)
    await toward_desk.move(turn, it.channel, it.bot, it.chat, it.text)


# -- reading what was done -------------------------------------------------------


async def meant(turn: Turn) -> Request | None:
    """The one request that a message at the desk is about: by its topic, or by what it quotes."""
    it = turn.incoming
    where = (it.channel, it.bot, it.chat)
    name = None
    if it.thread:
        name = await threads.name_of(turn.tx, *where, topic=it.thread)
    elif it.reply_to:
        seen = await requests.seen_at(turn.tx, *where, it.reply_to)
        if seen:
            return await requests.get(turn.tx, seen.request_id)
        name = await subjects.of(turn.tx, *where, it.reply_to)
        name = name or await threads.name_of(turn.tx, *where, root=it.reply_to)
    kind, _, rest = (name or "").partition(":")
    known = number(rest.partition(":")[0]) if kind == "request" else None
    return await requests.get(turn.tx, known) if known is not None else None


async def _quoted_elsewhere(turn: Turn, request: Request) -> Request | None:
    """Another request whose message is quoted here: then it is not clear who is meant."""
    seen = await steps.quoted(turn)
    if seen is None or seen.request_id == request.id:
        return None
    return await requests.get(turn.tx, seen.request_id)


async def _seen(turn: Turn) -> requests.RequestMessage | None:
    """The request message that was edited or reacted to."""
    it = turn.incoming
    return await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.message)


Publish = Callable[[Turn, Coordinator, str], Awaitable[None]]

# What is about no request: commands, and buttons by their prefix.
PUBLISHING: dict[str, Publish] = {
    **announcements.COMMANDS,
    **event_desk.COMMANDS,
    **expert_care.COMMANDS,
    **presence.COMMANDS,
    **entry_chat.COMMANDS,
}
PUBLISHING_BUTTONS: dict[str, Publish] = {
    "ann": announcements.pressed,
    "evd": event_desk.pressed,
    "exd": expert_care.pressed,
    "team": enrolment.pressed,
    "presence": presence.pressed,
    "learn": entry_chat.pressed,
    "grp": group_desk.pressed,
    "report": reports.pressed,
}

COMMANDS = {
    "nehmen": "claim",
    "an": "give",
    "freigeben": "release",
    "zurueck": "release",
    "rueckfrage": "askback",
    "morgen": "later",
    "schliessen": "close",
    "oeffnen": "reopen",
    "zusammen": "merge",
    "trennen": "split",
    "loeschen": "delete",
    "sperren": "block",
    "entsperren": "unblock",
}
