"""A person's requests: offered, handed over, continued, looked up, closed, opened again."""

from datetime import datetime, timedelta

from handlers.conversation import BURST, Line
from handlers.desk import expert_desk, promises, toward_desk
from handlers.files import Refusal, kept
from handlers.hours import speak
from handlers.message import Button
from handlers.text import Text
from handlers.turn import Turn
from knowledge import towns
from knowledge.decide import Answer, Chat, Several
from storage import files, ids, requests, waiting
from storage.moments import moment
from storage.requests import Request

# A conversation that has rested for so long is over, even if nobody closed it:
# what comes then is looked up first.
RESTED = timedelta(days=3)
# Whoever writes so soon after the end probably means the same matter.
REOPEN_WITHIN = timedelta(days=7)
ACKNOWLEDGE_EVERY = timedelta(minutes=10)


# -- before there is a request ------------------------------------------------


async def note(turn: Turn) -> None:
    """Remember what was typed for a moment: it may be the first line of a longer thought."""
    line = await _line(turn)
    if line:
        turn.conversation = turn.conversation.noting(line)


def is_typing(turn: Turn) -> bool:
    """Whether this line follows so closely that it belongs to the one before."""
    draft = turn.conversation.draft
    return bool(draft) and turn.incoming.at - draft[-1].at <= BURST


async def offer(turn: Turn) -> None:
    """We don't know: offer a person. Further lines of the same thought join it quietly."""
    before = turn.conversation
    typing_on = is_typing(turn)
    await note(turn)
    if turn.conversation.draft == before.draft:
        return  # nothing was kept, and the person was told why
    if before.expects == "handover" and typing_on:
        return
    more = before.expects == "handover"
    turn.conversation = turn.conversation.but(expects="handover", feedback="")
    turn.say("offer_handover_more" if more else "offer_handover", *_yes_no(turn))


async def goes_on(turn: Turn) -> bool:
    """Whether this line belongs to a thought that is being offered to a person already,
    or to a request that was closed a little while ago."""
    conversation = turn.conversation
    if conversation.expects == "handover" and conversation.draft:
        await offer(turn)
        return True
    assert turn.person is not None  # noqa: S101 - only people have conversations
    for latest in await requests.of_person(turn.tx, turn.person.id, limit=1):
        request = await _standing(turn, latest)
        if _closed_lately(request, turn.now):
            await _continue(turn, request)
            return True
    return False


async def offer_draft(turn: Turn) -> None:
    """Offer to hand over what was typed last; ask for it if there is nothing."""
    if turn.conversation.draft:
        turn.conversation = turn.conversation.but(expects="handover")
        turn.say("offer_handover", *_yes_no(turn))
    else:
        await new(turn)


async def human(turn: Turn, rest: str = "") -> None:
    """A person, please: always possible, in any words."""
    if rest:
        line = await _line(turn, rest)
        if line:
            turn.conversation = turn.conversation.noting(line)
    if turn.conversation.draft:
        turn.conversation = turn.conversation.but(expects="handover")
        turn.say("human_with_question", *_yes_no(turn))
        return
    active = await _active(turn)
    if active and active.state == "open":
        turn.say("human_already", number=active.number, when=await promises.expected(turn, active))
        return
    await new(turn)


async def human_pressed(turn: Turn, value: str) -> bool:
    await human(turn)
    return True


async def new(turn: Turn, rest: str = "") -> None:
    """A new request: what is it about?"""
    turn.conversation = turn.conversation.but(expects="concern", expert="", draft=(), feedback="")
    turn.say("what_about")


async def concern(turn: Turn) -> None:
    """The answer to "Worum geht es?": this is handed over without asking again."""
    await note(turn)
    if turn.conversation.draft:
        await _hand_over(turn)


async def answered(turn: Turn, *, yes: bool) -> bool:
    """A yes or no to what we asked last; False if that has no meaning."""
    match turn.conversation.expects:
        case "handover" if yes and turn.conversation.draft:
            await _hand_over(turn)
        case "handover" | "concern":
            turn.conversation = turn.conversation.but(expects="", draft=())
            turn.say("not_handed_over")
        case "close":
            await _close_if(turn, turn.conversation.request, yes)
        case _:
            return False
    return True


async def offered(turn: Turn, value: str) -> bool:
    """The buttons under an offer."""
    if turn.conversation.expects != "handover" or value not in ("yes", "no"):
        return False
    return await answered(turn, yes=value == "yes")


async def emergency(turn: Turn) -> None:
    """Words that speak of danger: the numbers at once, and the desk is alarmed.

    Nobody has to agree first. That the desk is not an emergency service is
    part of the sentence.
    """
    line = await _line(turn)
    turn.say("emergency")
    active = await _active(turn)
    if active:
        turn.conversation = turn.conversation.but(expects="")
        await _take_up(turn, active)
        await waiting.mark_urgent(turn.tx, active.id)
        await _add(turn, active, line)
        await toward_desk.alarm(turn, active)
        return
    turn.conversation = turn.conversation.but(expects="", draft=(line,) if line else ())
    await _hand_over(turn, urgent=True)


# -- while there is one ---------------------------------------------------------


async def belongs_to_a_person(turn: Turn) -> bool:
    """Whether people have this conversation now; if so, the message goes to them.

    Once a person has taken it up the bot keeps quiet. Before that, lines typed
    right after the hand-over join the request; a later question that we can
    answer is answered.
    """
    quoted = await quoted_in(turn)
    active = quoted or await _active(turn)
    if active is None or active.state == "closed":
        if quoted:
            await _continue(turn, quoted)
        return quoted is not None
    if turn.conversation.expects == "concern" and not quoted:
        return False
    in_hands = active.claimed_by is not None or active.answered_at is not None
    rested = turn.now - moment(active.updated_at) > RESTED
    if quoted or (in_hands and not rested):
        await _continue(turn, active)
        return True
    decision = turn.decision if turn.text else None
    if isinstance(decision, Chat):
        return False
    typed_on = turn.now - moment(active.updated_at) <= BURST
    if typed_on or not isinstance(decision, Answer | Several):
        await _continue(turn, active)
        return True
    return False


async def join_button(turn: Turn) -> tuple[Button, ...]:
    """Below an answer: the question may belong to a request that is under way."""
    active = await _active(turn)
    if active is None or not turn.conversation.draft:
        return ()
    label = turn.words("button_join", number=active.number)
    return (Button(label=str(label), action=f"join:{active.id}"),)


async def join_pressed(turn: Turn, value: str) -> bool:
    """What was typed last goes to this request after all."""
    request = await own(turn, value)
    draft = turn.conversation.draft
    if request is None or not draft:
        return False
    request = await _standing(turn, request)
    turn.conversation = turn.conversation.but(draft=(), expects="", feedback="")
    if request.state == "closed":
        await _open_again(turn, request)
    else:
        await _take_up(turn, request)
    for line in draft:
        await _add(turn, request, line)
    turn.say("added", number=request.number)
    return True


async def edited(turn: Turn) -> None:
    """The person changed something they had written; the desk sees it, marked as edited."""
    it = turn.incoming
    seen = await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.message)
    if seen is not None and seen.author == "person":
        await requests.edit_message(turn.tx, seen.id, turn.text, turn.now)
        request = await requests.get(turn.tx, seen.request_id)
        if request:
            await toward_desk.edited(turn, request, seen.id, turn.text)
        return
    changed = tuple(
        line.model_copy(update={"text": turn.text}) if line.message == it.message else line
        for line in turn.conversation.draft
    )
    if changed != turn.conversation.draft:
        turn.conversation = turn.conversation.but(draft=changed)


async def reacted(turn: Turn) -> None:
    """A thumb under an answer is seen by whoever gave it."""
    it = turn.incoming
    seen = await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.message)
    request = await own(turn, str(seen.request_id)) if seen else None
    if seen and request:
        await toward_desk.reacted(turn, request, seen.id)


# -- looking, closing, opening ------------------------------------------------------


async def mine(turn: Turn, rest: str = "") -> None:
    """The state of my requests."""
    assert turn.person is not None  # noqa: S101 - only people get here
    found = await requests.of_person(turn.tx, turn.person.id)
    if not found:
        turn.say("no_requests", Button(label=turn.label("button_human"), action="human"))
        return
    lines = [await _state(turn, request) for request in found]
    buttons = [
        Button(
            label=str(turn.words("button_close", number=request.number)),
            action=f"close:{request.id}",
        )
        for request in found
        if request.state != "closed"
    ]
    turn.reply(Text.joined([turn.words("my_requests"), Text.joined(lines, by="\n")]), *buttons)


async def _state(turn: Turn, request: Request) -> Text:
    into = await answered_in(turn, request)
    if into is not None and into.person_id == request.person_id:
        return turn.words("state_merged", number=request.number, into=into.number)
    if into is not None:  # what becomes of a stranger's becomes of theirs
        when = await promises.expected(turn, into)
        return turn.words(f"state_{into.state}", number=request.number, when=when)
    asked = request.asked_back_at and request.state != "closed"
    name = "state_asked_back" if asked else f"state_{request.state}"
    when = await promises.expected(turn, request)
    return turn.words(name, number=request.number, when=when)


async def mine_pressed(turn: Turn, value: str) -> bool:
    await mine(turn)
    return True


async def close(turn: Turn, rest: str = "") -> None:
    """In words or by `/schliessen`: asked once more, because it is easily misunderstood."""
    active = await _active(turn)
    if active is None:
        turn.say("nothing_to_close")
        return
    _ask_to_close(turn, active)


def _ask_to_close(turn: Turn, request: Request) -> None:
    turn.conversation = turn.conversation.but(expects="close", request=request.id)
    yes = Button(label=turn.label("button_yes"), action=f"close:{request.id}")
    turn.say("close_really", yes, number=request.number)


async def close_pressed(turn: Turn, value: str) -> bool:
    request = await own(turn, value)
    if request is None:
        return False
    standing = await _standing(turn, request)
    if standing.state == "closed":
        return False
    if standing.id != request.id:  # they may not have meant all of it
        _ask_to_close(turn, standing)
    else:
        await _close_if(turn, request.id, yes=True)
    return True


async def reopen_pressed(turn: Turn, value: str) -> bool:
    request = await own(turn, value)
    if request is None or request.state != "closed":
        return False
    standing = await _standing(turn, request)
    if standing.state != "closed":
        turn.say("merged", number=request.number, into=standing.number)
        return True
    await _open_again(turn, standing)
    turn.say("reopened", number=standing.number)
    return True


async def stay_pressed(turn: Turn, value: str) -> bool:
    """ "Bitte offen lassen", below the warning that it would be closed; perhaps too late."""
    request = await own(turn, value)
    if request is None or request.wiped_at:
        return False
    request = await _standing(turn, request)
    if request.state == "closed":
        again = Button(label=turn.label("button_reopen"), action=f"reopen:{request.id}")
        turn.say("state_closed", again, number=request.number)
        return True
    await promises.stay_open(turn, request.id)
    turn.say("stays_open", number=request.number)
    return True


async def _close_if(turn: Turn, request_id: int, yes: bool) -> None:
    request = await own(turn, str(request_id))
    turn.conversation = turn.conversation.but(expects="", request=0)
    if not yes:
        turn.say("not_closed")
    elif request is None or request.state == "closed":
        turn.say("nothing_to_close")
    else:
        await requests.set_state(turn.tx, request.id, "closed", turn.now)
        # Whoever takes back what nobody answered yet has nothing to judge.
        await promises.closed(turn, request, ask=request.answered_at is not None)
        await toward_desk.closed(turn, request, by=turn.label("the_person"))
        again = Button(label=turn.label("button_reopen"), action=f"reopen:{request.id}")
        turn.say("closed_by_you", again, number=request.number)


# -- what all of these do -----------------------------------------------------------


async def _hand_over(turn: Turn, *, urgent: bool = False) -> None:
    """Make a request of what was typed, tell the desk, and say when to expect an answer."""
    assert turn.person is not None  # noqa: S101 - only people get here
    draft = turn.conversation.draft
    here = turn.here
    words = " ".join(line.text for line in draft)
    request = await requests.create(
        turn.tx,
        person_id=turn.person.id,
        channel=here.channel,
        bot=here.bot,
        chat=here.chat,
        topic=_topic(turn, words),
        region=towns.region_of(words),
        urgent=urgent,
        promised_at=promises.by(turn),
        now=turn.now,
    )
    promised = await promises.promise(turn, request)
    await toward_desk.announce(turn, request)
    for line in draft:
        await _add(turn, request, line)
    await expert_desk.wished(turn, request)
    turn.conversation = turn.conversation.but(expects="", draft=(), feedback="", acknowledged=None)
    mine_button = Button(label=turn.label("button_my_requests"), action="my")
    turn.say(
        "handed_over_urgent" if urgent else "handed_over",
        mine_button,
        number=request.number,
        when=speak(promised, turn.now),
    )


async def _continue(turn: Turn, request: Request) -> None:
    """One more message of the person; a request that was done is open again."""
    line = await _line(turn)
    if line is None:
        return
    was = request.state
    if was == "closed":
        await _open_again(turn, request)
        turn.say("reopened", number=request.number)
    else:
        await _take_up(turn, request)
    await _add(turn, request, line)
    last = turn.conversation.acknowledged
    quiet = last is not None and turn.now - last < ACKNOWLEDGE_EVERY
    if was == "open" and not request.answered_at and not quiet:
        turn.conversation = turn.conversation.but(acknowledged=turn.now)
        turn.say("added", number=request.number)


async def _take_up(turn: Turn, request: Request) -> None:
    """What waited for the person waits for people again. A mere thank-you asks for no answer."""
    if turn.meaning in ("thanks", "bye") and not turn.incoming.files:
        return
    if request.state == "answered":
        await requests.set_state(turn.tx, request.id, "open", turn.now)
        await promises.promise(turn, request)
    elif request.asked_back_at:
        await promises.promise(turn, request)


async def _open_again(turn: Turn, request: Request) -> None:
    await requests.set_state(turn.tx, request.id, "open", turn.now)
    await promises.promise(turn, request)
    await toward_desk.reopened(turn, request, by=turn.label("the_person"))


async def _add(turn: Turn, request: Request, line: Line | None) -> None:
    """Put a line into the request and before the eyes of the desk."""
    if line is None:
        return
    it = turn.incoming
    message_id = None
    if line.album:
        message_id = await requests.album_message(turn.tx, request.id, line.album)
    first = message_id is None
    if message_id is None:
        message_id = await requests.add_message(
            turn.tx, request.id, "person", line.text, line.at, album=line.album
        )
    if line.message:
        await requests.keep_copy(turn.tx, message_id, it.channel, it.bot, it.chat, line.message)
    for file_id in line.files:
        await files.attach(turn.tx, file_id, message_id, turn.person.id if turn.person else None)
    await requests.touch(turn.tx, request.id, turn.now)
    quotes = None
    if it.reply_to and line.message == it.message:
        seen = await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.reply_to)
        # What stands in another thread cannot be quoted in this one.
        quotes = seen.id if seen and seen.request_id == request.id else None
    await toward_desk.message(turn, request, message_id, line, first=first, quotes=quotes)


async def _line(turn: Turn, text: str | None = None) -> Line | None:
    """What was sent, with its files; None when there is nothing that we may keep."""
    it = turn.incoming
    words = [turn.text if text is None else text]
    if it.place:
        words.append(
            str(
                turn.words(
                    "place",
                    latitude=f"{it.place.latitude:.5f}",
                    longitude=f"{it.place.longitude:.5f}",
                )
            )
        )
    if it.contact:
        words.append(str(turn.words("contact", name=it.contact.name, phone=it.contact.phone)))
    stored = await kept(turn)
    refused = [file for file in stored if isinstance(file, Refusal)]
    for refusal in refused:
        turn.say(refusal.name, file=refusal.file)
    stickers = [file.emoji for file in it.files if file.emoji]
    text = "\n".join(part for part in [*words, *stickers] if part)
    ids = tuple(file for file in stored if isinstance(file, str))
    if not text and not ids:
        return None
    return Line(at=it.at, text=text, files=ids, message=it.message, album=it.album)


async def _active(turn: Turn) -> Request | None:
    """The person's newest request that is not closed."""
    assert turn.person is not None  # noqa: S101 - only people get here
    for request in await requests.of_person(turn.tx, turn.person.id):
        if request.state != "closed":
            return request
    return None


async def own(turn: Turn, request_id: str) -> Request | None:
    """A request, if it is this person's own; anybody else's does not exist for them."""
    known = ids.number(request_id)
    if known is None or turn.person is None:
        return None
    request = await requests.get(turn.tx, known)
    return request if request and request.person_id == turn.person.id else None


async def quoted_in(turn: Turn) -> Request | None:
    """The request whose message the person answers by quoting it, or where it stands now."""
    it = turn.incoming
    if not it.reply_to:
        return None
    seen = await requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.reply_to)
    request = await own(turn, str(seen.request_id)) if seen else None
    return await _standing(turn, request) if request else None


async def answered_in(turn: Turn, request: Request) -> Request | None:
    """The other request in which this one is answered now, if it was merged."""
    if request.state != "closed" or request.merged_into is None:
        return None
    return await requests.get(turn.tx, request.merged_into)


async def _standing(turn: Turn, request: Request) -> Request:
    """The person's request in which this one is answered now; mostly that is itself.

    One that was merged into a stranger's stays theirs: what they write about it is none of
    the stranger's business.
    """
    into = await answered_in(turn, request)
    return into if into and into.person_id == request.person_id else request


def _closed_lately(request: Request, now: datetime) -> bool:
    return (
        request.state == "closed"
        and request.closed_at is not None
        and request.wiped_at is None
        and now - moment(request.closed_at) < REOPEN_WITHIN
    )


def _topic(turn: Turn, text: str) -> str:
    """What it is probably about, in our words and never in the person's."""
    hits = turn.knowledge.search(text, limit=1) if text else ()
    return hits[0].title if hits and hits[0].score >= TOPIC_SCORE else ""


# Below this a topic would rather mislead whoever reads the list.
TOPIC_SCORE = 0.3


def _yes_no(turn: Turn) -> tuple[Button, Button]:
    return (
        Button(label=turn.label("button_hand_over_yes"), action="ho:yes"),
        Button(label=turn.label("button_hand_over_no"), action="ho:no"),
    )
