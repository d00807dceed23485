"""The desk: coordinators work on requests, in a messenger group or in the browser.

Both faces end here. A step from the browser names its request in the action of
a button; in a group the request is the one whose topic is written in, or whose
message is quoted. Who acts is looked up at that moment by the numeric account:
being in the group, a name or a user name never suffice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers import announcements, event_desk, toward_desk
from handlers.files import Refusal, kept
from handlers.message import Address, Button, FileKind, Kind, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from storage import coordinators, due, files, people, requests, threads
from storage.coordinators import Coordinator
from storage.requests import Request, RequestMessage

NOTE = "//"  # starts an internal note


@dataclass(frozen=True, slots=True)
class _Step:
    """What a coordinator does with a request."""

    verb: str
    request: Request
    by: Coordinator
    text: str = ""


async def step(turn: Turn) -> None:
    """Something happened at the desk."""
    by = await who(turn)
    if turn.incoming.kind is Kind.BUTTON:
        await _pressed(turn, by)
        return
    request = await _meant(turn)
    if by is None:
        # Chatter of guests is none of our business; only in a request's own
        # thread do they have to know that it goes nowhere.
        if request and turn.incoming.kind is Kind.MESSAGE:
            turn.send(_here(turn, turn.words("desk_not_enrolled")))
        return
    match turn.incoming.kind:
        case Kind.MESSAGE:
            await _written(turn, by, request)
        case Kind.EDIT:
            await _edited(turn)
        case Kind.REACTION:
            await _reacted(turn)
        case _:
            pass


async def who(turn: Turn) -> Coordinator | None:
    """Who acts, if they are a coordinator at this moment."""
    it = turn.incoming
    if it.channel == "desk":
        return await coordinators.get(turn.tx, int(it.sender)) if it.sender.isdecimal() else None
    by = await coordinators.by_account(turn.tx, it.channel, it.bot, it.sender)
    if by and by.name == coordinators.unnamed(it.sender) and it.sender_name:
        # Enrolled by number in the settings: from now on colleagues read a name.
        await coordinators.rename(turn.tx, by.id, it.sender_name)
        return await coordinators.get(turn.tx, by.id)
    return by


# -- what was done ------------------------------------------------------------


async def _pressed(turn: Turn, by: Coordinator | None) -> None:
    """A button names its verb and its request: desk:claim:1042."""
    prefix, _, rest = turn.incoming.action.partition(":")
    verb, _, number = rest.partition(":")
    request = None
    if prefix == "desk" and number.isdecimal() and len(number) <= 18:
        request = await requests.get(turn.tx, int(number))
    if by is None:
        _tell(turn, request, turn.words("desk_not_enrolled"))
    elif prefix in PUBLISHING_BUTTONS:
        await PUBLISHING_BUTTONS[prefix](turn, by, rest)
    elif request is None or verb not in VERBS:
        _tell(turn, request, turn.words("button_outdated"))
    else:
        await VERBS[verb](turn, _Step(verb, request, by, turn.text))


async def _written(turn: Turn, by: Coordinator, request: Request | None) -> None:
    """A message in the group: a command, a note, or an answer."""
    text = turn.text
    command, rest = turn.command if text.startswith("/") else ("", "")
    if command == "hilfe":
        turn.send(_here(turn, turn.words("desk_help")))
        return
    if command == "offen":
        await _list_open(turn)
        return
    if request is None and command in PUBLISHING:
        await PUBLISHING[command](turn, by, rest)
        return
    if request is None:
        if text.startswith("/"):
            turn.send(_here(turn, turn.words("desk_which_request")))
        else:  # an answer of whoever writes an event here; else colleagues talk with each other
            await event_desk.answered(turn, by)
        return
    if text.startswith(NOTE):
        await _note(turn, _Step("note", request, by, text.removeprefix(NOTE).strip()))
    elif text.startswith("/"):
        verb = COMMANDS.get(command)
        if verb is None:
            _tell(turn, request, turn.words("desk_unknown_command"))
        else:
            await VERBS[verb](turn, _Step(verb, request, by, rest))
    else:
        await _answer(turn, _Step("answer", request, by, text))


async def _answer(turn: Turn, step: _Step) -> None:
    """Words for the person. Nothing is sent unless all is well; then the desk is told to whom."""
    request, by = step.request, step.by
    if not await _may_answer(turn, step):
        return
    stored = await kept(turn)
    refusals = [file for file in stored if isinstance(file, Refusal)]
    ids = tuple(file for file in stored if isinstance(file, str))
    for refusal in refusals:
        _tell(turn, request, turn.words(refusal.name, file=refusal.file))
    emojis = [file.emoji for file in turn.incoming.files if file.kind is FileKind.STICKER]
    text = "\n".join(part for part in [step.text, *emojis] if part)
    if not text and not ids:
        _tell(turn, request, turn.words("desk_empty"))
        return
    message_id, first = await _keep(turn, request, by, "coordinator", text)
    for file_id in ids:
        await files.attach(turn.tx, file_id, message_id, None)
    album = turn.incoming.album
    where = Address(channel=request.channel, bot=request.bot, chat=request.chat)
    quoted = await _quoted_message(turn)
    signed = turn.words("answer_from", number=request.number)
    done = Button(label=turn.label("button_done"), action=f"close:{request.id}")
    turn.send(
        Outgoing(
            to=where,
            text=Text.joined([signed, text], by="\n") if first else Text(),
            files=ids,
            copy_of=message_id,
            quotes=quoted.id if quoted and quoted.author == "person" else None,
            buttons=() if ids else (done,),
            gather=f"{request.thread}:{album}" if album else "",
        )
    )
    await requests.set_state(turn.tx, request.id, "answered", turn.now)
    await due.cancel(turn.tx, "unanswered", str(request.id))
    if not first:
        return
    _tell(turn, request, turn.words("desk_sent", number=request.number))
    await _mirror(turn, request, by, message_id, text, ids)


async def _may_answer(turn: Turn, step: _Step) -> bool:
    """Whether an answer can and may go out; says why not. An open request is claimed by it."""
    request, by = step.request, step.by
    if request.person_id is None or request.wiped_at:
        _tell(turn, request, turn.words("desk_person_gone", number=request.number))
        return False
    person = await people.known(turn.tx, request.channel, request.bot, request.chat)
    if person is None or person.blocked:
        _tell(turn, request, turn.words("desk_person_gone", number=request.number))
        return False
    if request.state == "closed":
        _tell(turn, request, turn.words("desk_is_closed", number=request.number))
        return False
    if request.claimed_by is None:
        await requests.claim(turn.tx, request.id, by.id, turn.now)
    elif request.claimed_by != by.id:
        await _say_who(turn, request)
        return False
    return True


async def _note(turn: Turn, step: _Step) -> None:
    """For colleagues only. Nothing here can reach the person."""
    if not step.text:
        _tell(turn, step.request, turn.words("desk_empty"))
        return
    message_id, _ = await _keep(turn, step.request, step.by, "note", step.text)
    _tell(turn, step.request, turn.words("desk_noted", number=step.request.number))
    if turn.incoming.channel == "desk":
        where = await toward_desk.thread(turn, step.request)
        if where and toward_desk.words_may_show(turn, step.request, where):
            text = turn.words("desk_note_from", name=step.by.name) + "\n" + step.text
            turn.send(Outgoing(to=where, text=text, copy_of=message_id))


async def _claim(turn: Turn, step: _Step) -> None:
    """Exactly one takes it."""
    request = step.request
    if request.claimed_by == step.by.id:
        _tell(turn, request, turn.words("desk_claimed_already", number=request.number))
    elif request.state == "closed":
        _tell(turn, request, turn.words("desk_is_closed", number=request.number))
    elif await requests.claim(turn.tx, request.id, step.by.id, turn.now):
        await _announce(turn, request, "desk_claimed", step.by)
    else:
        await _say_who(turn, request)


async def _take_over(turn: Turn, step: _Step) -> None:
    """Taken from a colleague on purpose, visibly for both."""
    request = step.request
    if request.state == "closed":
        _tell(turn, request, turn.words("desk_is_closed", number=request.number))
        return
    await requests.release(turn.tx, request.id)
    await requests.claim(turn.tx, request.id, step.by.id, turn.now)
    await _announce(turn, request, "desk_claimed", step.by)


async def _close(turn: Turn, step: _Step) -> None:
    request = step.request
    if request.state == "closed":
        _tell(turn, request, turn.words("desk_closed_already", number=request.number))
        return
    await requests.set_state(turn.tx, request.id, "closed", turn.now)
    await due.cancel(turn.tx, "unanswered", str(request.id))
    again = Button(label=turn.label("button_reopen"), action=f"reopen:{request.id}")
    where = Address(channel=request.channel, bot=request.bot, chat=request.chat)
    if request.person_id is not None:
        text = turn.words("closed", number=request.number)
        turn.send(Outgoing(to=where, text=text, buttons=(again,)))
    await toward_desk.closed(turn, request, by=step.by.name)
    if turn.incoming.channel == "desk":
        turn.say("desk_closed", number=request.number, name=step.by.name)


async def _reopen(turn: Turn, step: _Step) -> None:
    request = step.request
    if request.state != "closed":
        _tell(turn, request, turn.words("desk_is_open", number=request.number))
        return
    await requests.set_state(turn.tx, request.id, "open", turn.now)
    await toward_desk.reopened(turn, request, by=step.by.name)
    if turn.incoming.channel == "desk":
        turn.say("desk_reopened", number=request.number, name=step.by.name)


async def _list_open(turn: Turn) -> None:
    waiting = await requests.listed(turn.tx, closed=False, limit=30)
    lines = [
        f"• {request.number} ({turn.label(f'desk_state_{request.state}')}): "
        f"{request.topic or turn.label('without_topic')}"
        for request in waiting
    ]
    name = "desk_open" if lines else "desk_nothing_open"
    turn.send(_here(turn, turn.words(name, list="\n".join(lines))))


async def _edited(turn: Turn) -> None:
    """A coordinator changed an answer: the person sees the new words, marked as edited."""
    it = turn.incoming
    seen = await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.message)
    if seen is None or seen.author == "person" or not turn.text:
        return
    request = await requests.get(turn.tx, seen.request_id)
    if request is None:
        return
    text = turn.text.removeprefix(NOTE).strip() if seen.author == "note" else turn.text
    await requests.edit_message(turn.tx, seen.id, text, turn.now)
    if seen.author == "coordinator":
        where = Address(channel=request.channel, bot=request.bot, chat=request.chat)
        signed = turn.words("answer_from", number=request.number)
        words = Text.joined([signed, text], by="\n") + "\n\n" + turn.words("edited_mark")
        turn.send(Outgoing(do="edit", to=where, text=words, copy_of=seen.id))


async def _reacted(turn: Turn) -> None:
    it = turn.incoming
    seen = await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.message)
    request = await requests.get(turn.tx, seen.request_id) if seen else None
    if seen and request and seen.author == "person":
        where = Address(channel=request.channel, bot=request.bot, chat=request.chat)
        turn.send(Outgoing(do="react", to=where, text=Text.of(it.text), copy_of=seen.id))


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


# -- what these share ----------------------------------------------------------


async def _meant(turn: Turn) -> Request | None:
    """The one request that a message in the group is about: by its topic, or by what it quotes."""
    it = turn.incoming
    here = (it.channel, it.bot, it.chat)
    name = None
    if it.thread:
        name = await threads.name_of(turn.tx, *here, topic=it.thread)
    elif it.reply_to:
        seen = await requests.seen_at(turn.tx, *here, it.reply_to)
        if seen:
            return await requests.get(turn.tx, seen.request_id)
        name = await threads.name_of(turn.tx, *here, root=it.reply_to)
    if name is None or not name.startswith("request:"):
        return None
    return await requests.get(turn.tx, int(name.removeprefix("request:")))


async def _quoted_message(turn: Turn) -> RequestMessage | None:
    it = turn.incoming
    if not it.reply_to:
        return None
    return await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.reply_to)


async def _keep(
    turn: Turn, request: Request, by: Coordinator, author: str, text: str
) -> tuple[int, bool]:
    """Put it into the conversation; its id, and whether it is the first part of an album."""
    it = turn.incoming
    message_id = None
    if it.album:
        message_id = await requests.album_message(turn.tx, request.id, it.album)
    first = message_id is None
    if message_id is None:
        message_id = await requests.add_message(
            turn.tx, request.id, author, text, turn.now, coordinator_id=by.id, album=it.album
        )
    if it.message:
        await requests.keep_copy(turn.tx, message_id, it.channel, it.bot, it.chat, it.message)
    return message_id, first


async def _mirror(
    turn: Turn,
    request: Request,
    by: Coordinator,
    message_id: int,
    text: str,
    ids: tuple[str, ...],
) -> None:
    """What was answered in the browser stands in the group's thread too."""
    if turn.incoming.channel != "desk":
        return
    where = await toward_desk.thread(turn, request)
    if where is None:
        return
    said = turn.words("desk_answered_by", name=by.name)
    if toward_desk.words_may_show(turn, request, where):
        turn.send(Outgoing(to=where, text=said + "\n" + text, files=ids, copy_of=message_id))
    else:
        turn.send(Outgoing(to=where, text=said))


async def _say_who(turn: Turn, request: Request) -> None:
    other = await coordinators.get(turn.tx, request.claimed_by or 0)
    text = turn.words("desk_claimed_by", number=request.number, name=other.name if other else "–")
    take = Button(label=turn.label("button_take_over"), action=f"desk:take:{request.id}")
    _tell(turn, request, text, take)


async def _announce(turn: Turn, request: Request, name: str, by: Coordinator) -> None:
    """Both faces of the desk learn it."""
    text = turn.words(name, number=request.number, name=by.name)
    if turn.incoming.channel == "desk":
        turn.reply(text)
    await toward_desk.say(turn, request, text)


def _tell(turn: Turn, request: Request | None, text: Text, *buttons: Button) -> None:
    """Tell whoever acted, where they acted."""
    if turn.incoming.channel == "desk":
        turn.reply(text, *buttons)
        return
    turn.send(_here(turn, text, *buttons, request=request))


def _here(turn: Turn, text: Text, *buttons: Button, request: Request | None = None) -> Outgoing:
    """An answer in the group, as a reply to what was written."""
    to = turn.here
    if request is not None:
        to = to.model_copy(update={"thread": request.thread, "title": request.number})
    quotes = turn.incoming.message if turn.incoming.kind is Kind.MESSAGE else ""
    return Outgoing(to=to, text=text, buttons=buttons, quotes_message=quotes)


VERBS = {
    "answer": _answer,
    "note": _note,
    "claim": _claim,
    "take": _take_over,
    "close": _close,
    "reopen": _reopen,
}

Publish = Callable[[Turn, Coordinator, str], Awaitable[None]]

# What is about no request: commands, and buttons by their prefix.
PUBLISHING: dict[str, Publish] = {**announcements.COMMANDS, **event_desk.COMMANDS}
PUBLISHING_BUTTONS: dict[str, Publish] = {
    "ann": announcements.pressed,
    "evd": event_desk.pressed,
}

COMMANDS = {"nehmen": "take", "schliessen": "close", "oeffnen": "reopen"}
