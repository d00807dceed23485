"""Words for the person: answered, asked back, sent later, changed, taken back.

What is meant for colleagues is kept by the same hands here, so that one place
decides what may leave the desk. Requests that were merged are answered together:
each person reads the answer in their own chat, under their own number.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.desk import advice, promises, steps, toward_desk
from handlers.desk.steps import NOTE, Step, tell
from handlers.files import Refusal, kept
from handlers.hours import BERLIN
from handlers.message import Address, Button, FileKind, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import at
from storage import audit, coordinators, due, files, house, people, requests
from storage.coordinators import Coordinator
from storage.ids import number
from storage.moments import moment
from storage.requests import Request, RequestMessage

ANSWER, QUESTION = "answer_from", "question_from"  # how a message to the person is signed
# Commands that stand before words for the person, and how those are signed.
BEFORE_WORDS = {"rueckfrage": QUESTION, "morgen": ANSWER}


@dataclass(frozen=True, slots=True)
class _Written:
    """A message that stands in the request now. `first` is false for further parts of an album."""

    id: int
    text: str
    files: tuple[str, ...]
    first: bool


# -- verbs --------------------------------------------------------------------


async def answer(turn: Turn, step: Step) -> bool:
    """Words for the person. Nothing is sent unless all is well; then the desk is told to whom."""
    return await _send(turn, step, ANSWER)


async def ask_back(turn: Turn, step: Step) -> bool:
    """The same as a question: from now on we wait for the person."""
    if not await _send(turn, step, QUESTION):
        return False
    await promises.asked_back(turn, step.request)
    return True


async def note(turn: Turn, step: Step) -> bool:
    """For colleagues only. Nothing here can reach the person."""
    request = step.request
    written = await _write(turn, step, "note")
    if written is None:
        return False
    tell(turn, request, turn.words("desk_noted", number=request.number))
    await _mirror(turn, step, written, "desk_note_from")
    return True


async def later(turn: Turn, step: Step) -> bool:
    """An answer that is kept until the next office hour."""
    request = step.request
    if not await _may_answer(turn, step):
        return False
    written = await _write(turn, step, "coordinator")
    if written is None:
        return False
    when = _next_office_hour(turn)
    await requests.postpone(turn.tx, written.id, when)
    await due.plan(turn.tx, "postponed", str(written.id), when)
    fields = {"number": request.number, "when": at(when, turn.now)}
    text = turn.words("desk_postponed", channel=steps.channel(request), **fields)
    back = f"desk:unlater:{request.id}:{written.id}"
    if turn.incoming.channel == "desk":
        turn.reply(text)
    else:
        tell(turn, request, text, Button(label=turn.label("button_unlater"), action=back))
    await _mirror(turn, step, written, "desk_postponed_by", **fields)
    return True


async def unlater(turn: Turn, step: Step) -> bool:
    """Taken back before it was sent. It stays as a note, so that nobody writes it twice."""
    waiting = await requests.postponed(turn.tx, step.request.id)
    newest = str(max(waiting)) if waiting and not step.message else step.message
    meant = number(newest)
    if meant not in waiting or not await requests.take_postponed(turn.tx, meant):
        text = turn.words("desk_not_postponed", number=step.request.number)
        tell(turn, step.request, text)
        return False
    await due.cancel(turn.tx, "postponed", str(meant))
    await requests.make_note(turn.tx, meant)
    text = turn.words("desk_unpostponed", number=step.request.number, name=step.by.name)
    await steps.announce(turn, step.request, text)
    return True


async def delete(turn: Turn, step: Step) -> bool:
    """An answer that was sent disappears at the person, as far as the network allows."""
    message = await steps.message_meant(turn, step)
    if message is None or message.author != "coordinator" or message.deleted_at:
        tell(turn, step.request, turn.words("desk_delete_which"))
        return False
    if message.id in await requests.postponed(turn.tx, step.request.id):
        taken_back = Step("unlater", step.request, step.by, message=str(message.id))
        return await unlater(turn, taken_back)
    for each in (message, *await requests.said_along(turn.tx, message)):
        await requests.delete_message(turn.tx, each.id, turn.now)
        request = await requests.get(turn.tx, each.request_id)
        if request is not None:
            where = steps.person_at(request)
            turn.send(Outgoing(do="delete", to=where, copy_of=each.id))
    text = turn.words("desk_deleted", number=step.request.number, name=step.by.name)
    await steps.announce(turn, step.request, text)
    return True


async def edited(turn: Turn, by: Coordinator, seen: RequestMessage, request: Request) -> None:
    """A coordinator changed what they wrote: the person sees the new words, marked as edited.

    An answer stays one: what begins like a note or a command now is not passed on.
    """
    if seen.author == "note":
        text = turn.text.removeprefix(NOTE).strip()
        await requests.edit_message(turn.tx, seen.id, text, turn.now)
        await _mirror_edited(turn, by, seen, request, text, "desk_note_from")
        return
    text, sign = turn.text, QUESTION if await _is_waited_for(turn, request, seen) else ANSWER
    if text.startswith("/"):
        command, text = steps.command(text)
        sign = BEFORE_WORDS.get(command, "")
    if not sign or not text:
        tell(turn, request, turn.words("desk_edit_no_answer", number=request.number))
        return
    waits = seen.id in await requests.postponed(turn.tx, request.id)
    for each in (seen, *await requests.said_along(turn.tx, seen)):
        await requests.edit_message(turn.tx, each.id, text, turn.now)
        to = await requests.get(turn.tx, each.request_id)
        if to is not None and not waits:
            plain = await promises.reads_plain(turn, to)
            signed = Text.joined([turn.words_for(plain, sign, number=to.number), text], by="\n")
            words = Text.joined([signed, turn.words("edited_mark")])
            where = steps.person_at(to)
            turn.send(Outgoing(do="edit", to=where, text=words, copy_of=each.id))
    name = "desk_asked_by" if sign == QUESTION else "desk_answered_by"
    await _mirror_edited(turn, by, seen, request, text, name)
    await audit.add(turn.tx, by.id, "edit", request.number, turn.now)


async def _is_waited_for(turn: Turn, request: Request, seen: RequestMessage) -> bool:
    """Whether this is the question that we wait for the person to answer."""
    if not request.asked_back_at:
        return False
    said = await requests.messages(turn.tx, request.id)
    return seen.id == max(each.id for each in said if each.author == "coordinator")


async def edit(turn: Turn, step: Step) -> bool:
    """In the browser: words of one's own read differently from now on, as after an edit in a
    chat. What is written down of it is written there."""
    message = await steps.message_meant(turn, step)
    mine = message is not None and message.coordinator_id == step.by.id
    if message is None or not mine or message.deleted_at:
        tell(turn, step.request, turn.words("desk_edit_which"))
    elif not step.text:
        tell(turn, step.request, turn.words("desk_empty"))
    elif step.text.startswith("/"):
        tell(turn, step.request, turn.words("desk_edit_no_answer", number=step.request.number))
    else:
        await edited(turn, step.by, message, step.request)
        tell(turn, step.request, turn.words("desk_edited", number=step.request.number))
    return False


# -- what the clock and the network bring -------------------------------------------


async def postponed(turn: Turn, subject: str) -> None:
    """The office hour has come: send what was kept, unless it was taken back."""
    message_id = int(subject)
    if not await requests.take_postponed(turn.tx, message_id):
        return
    message = await requests.message(turn.tx, message_id)
    request = await requests.get(turn.tx, message.request_id) if message else None
    if message is None or request is None:
        return
    if request.state == "closed" or not await _reachable(turn, request):
        await requests.make_note(turn.tx, message_id)
        text = turn.words("desk_postponed_unsent", number=request.number)
        await toward_desk.say(turn, request, text)
        await house.alarm(turn.tx, "answer-undelivered", request.number, turn.now)
        return
    found = await files.of_messages(turn.tx, [message_id])
    ids = tuple(file.id for file in found.get(message_id, ()))
    written = _Written(message_id, message.text, ids, first=True)
    sent_to = await _deliver(turn, request, message.coordinator_id, written, ANSWER)
    by = await coordinators.get(turn.tx, message.coordinator_id or 0)
    said = turn.words(
        "desk_postponed_sent",
        number=request.number,
        name=by.name if by else turn.label("a_coordinator"),
    )
    await toward_desk.say(turn, request, Text.joined([said, _confirmed(turn, sent_to)], by="\n"))


async def undeleted(turn: Turn, subject: str) -> None:
    """The network did not let us delete an answer: whoever wanted that must know."""
    message = await requests.message(turn.tx, int(subject))
    request = await requests.get(turn.tx, message.request_id) if message else None
    if request is not None:
        text = turn.words("desk_not_deleted", number=request.number)
        await toward_desk.say(turn, request, text)
        await house.alarm(turn.tx, "answer-undeleted", request.number, turn.now)


# -- what these share ----------------------------------------------------------------


async def _send(turn: Turn, step: Step, sign: str) -> bool:
    """Whether something new went out; parts of an album follow their first one."""
    if await _follows_kept(turn, step) or not await _may_answer(turn, step):
        return False
    written = await _write(turn, step, "coordinator")
    if written is None:
        return False
    seen = await steps.quoted(turn)
    quotes = seen.id if seen and seen.author == "person" else None
    sent_to = await _deliver(turn, step.request, step.by.id, written, sign, quotes)
    if not written.first:
        await _mirror(turn, step, written)
        return False
    keep: tuple[Button, ...] = ()
    if step.by.publishes and turn.incoming.channel != "desk":
        label = turn.label("button_learn_from")
        keep = (Button(label=label, action=f"learn:from:{step.request.id}"),)
    hint = "" if turn.incoming.channel == "desk" else advice.readability_hint(written.text)
    tell(turn, step.request, Text.joined([_confirmed(turn, sent_to), hint], by="\n"), *keep)
    name = "desk_asked_by" if sign == QUESTION else "desk_answered_by"
    await _mirror(turn, step, written, name)
    return True


async def _may_answer(turn: Turn, step: Step) -> bool:
    """Whether an answer can and may go out; says why not. An open request is claimed by it."""
    request, by = step.request, step.by
    if not await _reachable(turn, request):
        tell(turn, request, turn.words("desk_person_gone", number=request.number))
        return False
    if advice.NO_EVENT in step.text:
        tell(turn, request, turn.words("desk_place_open", place=advice.NO_EVENT))
        return False
    if await steps.is_closed(turn, request):
        return False
    if request.claimed_by is None:
        await requests.claim(turn.tx, request.id, by.id, turn.now)
    elif request.claimed_by != by.id:
        await steps.say_who(turn, request)
        return False
    return True


async def _reachable(turn: Turn, request: Request) -> bool:
    if request.person_id is None or request.wiped_at:
        return False
    person = await people.known(turn.tx, request.channel, request.bot, request.chat)
    return person is not None and not person.blocked


async def _follows_kept(turn: Turn, step: Step) -> bool:
    """Whether this is a further part of an album that is not for the person, or not yet.

    Only the first part of an album carries its text; the others look like answers.
    """
    album = turn.incoming.album
    begun = await requests.album_message(turn.tx, step.request.id, album) if album else None
    message = await requests.message(turn.tx, begun) if begun else None
    if message is None:
        return False
    waits = message.id in await requests.postponed(turn.tx, step.request.id)
    if message.author == "note" or waits:
        written = await _write(turn, step, message.author)
        if written is not None:
            await _mirror(turn, step, written)
        return True
    return False


async def _write(turn: Turn, step: Step, author: str) -> _Written | None:
    """Put it into the request with its files; None, and a word about it, when it is empty."""
    it, request = turn.incoming, step.request
    stored = await kept(turn)
    for refusal in stored:
        if isinstance(refusal, Refusal):
            tell(turn, request, turn.words(refusal.name, file=refusal.file))
    ids = tuple(file for file in stored if isinstance(file, str))
    emojis = [file.emoji for file in it.files if file.kind is FileKind.STICKER]
    text = "\n".join(part for part in [step.text, *emojis] if part)
    if not text and not ids:
        tell(turn, request, turn.words("desk_empty"))
        return None
    message_id = None
    if it.album:
        message_id = await requests.album_message(turn.tx, request.id, it.album)
    first = message_id is None
    if message_id is None:
        message_id = await requests.add_message(
            turn.tx, request.id, author, text, turn.now, coordinator_id=step.by.id, album=it.album
        )
    if it.message:
        await requests.keep_copy(turn.tx, message_id, it.channel, it.bot, it.chat, it.message)
    for file_id in ids:
        await files.attach(turn.tx, file_id, message_id, None)
    return _Written(message_id, text, ids, first)


async def _deliver(
    turn: Turn,
    request: Request,
    by: int | None,
    written: _Written,
    sign: str,
    quotes: int | None = None,
) -> list[Request]:
    """Hand it to everybody whom it answers; to whom that was."""
    await _promise(turn, request, written, sign, quotes)
    sent_to = [request]
    if written.first:
        await requests.set_state(turn.tx, request.id, "answered", turn.now)
        await promises.answered(turn, request)
    for other in await others(turn, request):
        if not await _reachable(turn, other):
            continue
        known = await requests.message(turn.tx, written.id)
        along = await requests.said_along(turn.tx, known) if known and not written.first else []
        theirs = next((one.id for one in along if one.request_id == other.id), None)
        if theirs is None:
            # Of the same moment as the one that it is a twin of (see `said_along`).
            said_at = moment(known.at) if known else turn.now
            theirs = await requests.add_message(
                turn.tx, other.id, "coordinator", written.text, said_at, coordinator_id=by
            )
        twin = _Written(theirs, written.text, written.files, written.first)
        await _promise(turn, other, twin, sign, None)
        await requests.answered_elsewhere(turn.tx, other.id, turn.now)
        sent_to.append(other)
    return sent_to


async def others(turn: Turn, request: Request) -> list[Request]:
    """Those answered here whose persons are not reached by it already; each person once."""
    merged = await requests.merged(turn.tx, request.id)
    by_person = {one.person_id: one for one in merged if one.person_id != request.person_id}
    return [one for person_id, one in by_person.items() if person_id is not None]


async def _promise(
    turn: Turn, request: Request, written: _Written, sign: str, quotes: int | None
) -> None:
    """What one person will read."""
    album = turn.incoming.album
    head = turn.words_for(await promises.reads_plain(turn, request), sign, number=request.number)
    signed = Text.joined([head, written.text], by="\n")
    done = Button(label=turn.label("button_done"), action=f"close:{request.id}")
    over = not written.files and sign == ANSWER and request.state != "closed"
    turn.send(
        Outgoing(
            to=steps.person_at(request),
            text=signed if written.first else Text(),
            files=written.files,
            copy_of=written.id,
            quotes=quotes,
            buttons=(done,) if over else (),
            gather=f"{request.thread}:{album}" if album else "",
        )
    )


def _confirmed(turn: Turn, sent_to: list[Request]) -> Text:
    """To whom it went, by number and channel."""
    if len(sent_to) == 1:
        [request] = sent_to
        way = steps.channel(request)
        return turn.words("desk_sent", number=request.number, channel=way)
    names = [f"{request.number} ({steps.channel(request)})" for request in sent_to]
    numbers = ", ".join(names[:-1]) + " und " + names[-1]
    return turn.words("desk_sent_together", numbers=numbers)


async def _mirror(turn: Turn, step: Step, written: _Written, name: str = "", **fields: str) -> None:
    """What was written in one place stands in the others too, below a sentence that says
    who wrote it where; further parts of an album need none."""
    said = _who_where(turn, name, step.by, **fields) if name else Text()
    group, album = await toward_desk.group(turn), turn.incoming.album
    for where in await _elsewhere(turn, step.request):
        if not toward_desk.words_may_show(turn, step.request, where):
            if name == "desk_note_from":
                link = toward_desk.page(turn, step.request)
                said = turn.words("desk_note_hidden", name=step.by.name, link=link)
            if name:
                turn.send(Outgoing(to=where, text=said))
            continue
        # Should a copy of an answer not arrive in the chat of an expert, that is no reason
        # to tell everybody that the answer itself did not.
        in_group = group is not None and where.chat == group.chat
        turn.send(
            Outgoing(
                to=where,
                text=Text.joined([said, written.text], by="\n") if name else Text(),
                files=written.files,
                copy_of=written.id if in_group or name == "desk_note_from" else None,
                gather=f"{step.request.thread}:{album}" if album else "",
            )
        )


async def _mirror_edited(
    turn: Turn, by: Coordinator, seen: RequestMessage, request: Request, text: str, name: str
) -> None:
    said = Text.joined([_who_where(turn, name, by), text, turn.words("edited_mark")], by="\n")
    for where in await _elsewhere(turn, request):
        if toward_desk.words_may_show(turn, request, where):
            turn.send(Outgoing(do="edit", to=where, text=said, copy_of=seen.id))


def _who_where(turn: Turn, name: str, by: Coordinator, **fields: str) -> Text:
    if turn.incoming.channel == "desk":
        where = turn.label("where_browser")
    else:
        where = turn.label("where_group" if steps.in_group(turn) else "where_own_chat")
    return turn.words(name, name=by.name, where=where, **fields)


async def _elsewhere(turn: Turn, request: Request) -> list[Address]:
    """The places in messengers where it is worked on, without the one of this turn."""
    if steps.in_group(turn):
        return await toward_desk.expert_chats(turn, request)
    return await toward_desk.places(turn, request)


def _next_office_hour(turn: Turn) -> datetime:
    """When people are at work again; while they are, the next day on which they are."""
    calendar = turn.house.calendar
    if not calendar.is_open(turn.now):
        return calendar.next_opening(turn.now)
    midnight = turn.now.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    return calendar.next_opening(midnight + timedelta(days=1))
