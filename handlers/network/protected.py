"""Protected conversations: two people who agreed write to each other through us.

Whoever has entered one by its button writes to the other and to nobody else, until they
leave it. It is a memory for a day, as all of a dialogue's; then what they write goes to the
hotline again. Where a message goes is never guessed: when a coordinator answered meanwhile,
people choose.
"""

from datetime import timedelta

from handlers import requests
from handlers.message import Button, Kind
from handlers.network import between, reporting
from handlers.network.between import button, me, said, tell_other
from handlers.text import Text
from handlers.turn import Turn
from storage import introductions as store
from storage import peers, protected
from storage import requests as kept_requests
from storage.introductions import Introduction
from storage.moments import moment

KEPT = timedelta(days=30)  # lines, for those who want to report them
CARDS_SHOWN = timedelta(days=14)  # on the page of whoever they were suggested to


# -- going in and out -----------------------------------------------------------------------


def takes(turn: Turn) -> bool:
    """Whether this message is part of a protected conversation that the person has entered."""
    return turn.incoming.kind is Kind.MESSAGE and turn.conversation.protected > 0


async def _enter(turn: Turn, it: Introduction) -> bool:
    if it.state != "agreed":
        return False
    if await between.out(turn):
        return True
    if not it.mode(me(turn)):
        await store.choose(turn.tx, it, me(turn), "protected")
    _leave_quietly(turn)
    turn.conversation = turn.conversation.but(
        protected=it.id, told=turn.now, expects="", peer="", sentence="", draft=()
    )
    turn.say("prot_entered", *_controls(turn, it), number=it.number, whom=await _name(turn, it))
    return True


async def leave(turn: Turn, rest: str = "") -> None:
    """`/ende`: what is written from now on is for the hotline."""
    if not turn.conversation.protected:
        turn.say("prot_not_inside")
        return
    number = f"V-{turn.conversation.protected}"
    _leave_quietly(turn)
    turn.say("prot_left", _back(turn, number), number=number)


async def _leave(turn: Turn, it: Introduction) -> bool:
    if turn.conversation.protected != it.id:
        return False
    await leave(turn)
    return True


def settle(turn: Turn) -> None:
    """After every turn: a question of ours is never answered into a protected conversation."""
    if turn.conversation.protected and turn.conversation.expects:
        number = f"V-{turn.conversation.protected}"
        _leave_quietly(turn)
        turn.say("prot_left_by_itself", _back(turn, number), number=number)


def _leave_quietly(turn: Turn) -> None:
    turn.conversation = turn.conversation.but(protected=0, told=None)


# -- writing ----------------------------------------------------------------------------------


async def written(turn: Turn) -> bool:
    """A message for the other; False for an answer to a coordinator, who is quoted in it."""
    it = await _inside(turn)
    if it is None:
        return True
    incoming = turn.incoming
    if await _quotes_the_desk(turn):
        return False
    if await between.out(turn):
        _leave_quietly(turn)
    elif incoming.files or incoming.place or incoming.contact:
        turn.say("prot_words_only", *_controls(turn, it), number=it.number)
    elif not turn.text:
        turn.say("words_please")
    elif request := await _answered_meanwhile(turn):
        await requests.note(turn)
        turn.say(
            "prot_where",
            button(turn, "button_prot_pass", f"prot:pass:{it.id}"),
            Button(label=turn.label("button_prot_desk"), action=f"join:{request.id}"),
            number=it.number,
            request=request.number,
        )
    else:
        await _pass_on(turn, it, turn.text)
    return True


async def edited(turn: Turn) -> bool:
    """Whether a line was changed that has gone to the other: it stays there as it was."""
    it = turn.incoming
    if not turn.conversation.protected:
        return False
    if await kept_requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.message):
        return False
    turn.say("prot_edited")
    return True


async def in_danger(turn: Turn) -> None:
    """Help first. The message goes where the person sent it, and a human is offered."""
    turn.say("emergency")
    it = await _inside(turn)
    if it is not None:
        if not await between.out(turn):
            await _pass_on(turn, it, turn.text)
        turn.say("prot_danger", button(turn, "button_human", "human"), number=it.number)


async def _inside(turn: Turn) -> Introduction | None:
    """The conversation that the person is in; says so if it has ended meanwhile."""
    it = await between.of_presser(turn, str(turn.conversation.protected))
    other = it.other(me(turn)) if it else 0
    if it and it.state == "agreed" and await between.live_card(turn, other):
        return it
    number = f"V-{turn.conversation.protected}"
    _leave_quietly(turn)
    turn.say("prot_over", number=number)
    return None


async def _pass_on(turn: Turn, it: Introduction, text: str) -> None:
    """One line for the other, who reads no name that was not released."""
    whom = await _name_of(turn, it, me(turn))
    if await peers.reached(turn.tx, it.other(me(turn))) is None:
        turn.say("prot_unreachable", number=it.number)
        return
    line = await protected.add(turn.tx, it.id, me(turn), text, turn.now)
    inside = await between.is_inside(turn, it, it.other(me(turn)))
    how = "prot_line" if inside else "prot_line_outside"
    words = said(turn, how, whom=whom, number=it.number, text=Text.quote(text))
    buttons = _controls(turn, it, line) if inside else _doors(turn, it, line)
    await tell_other(turn, it, words, *buttons)


async def _name(turn: Turn, it: Introduction) -> Text:
    return await _name_of(turn, it, it.other(me(turn)))


async def _name_of(turn: Turn, it: Introduction, person_id: int) -> Text:
    """What the other of the two may call somebody."""
    found = await between.card_of(turn, it, person_id)
    name = found.name if found else ""
    return Text.of(name) if name else turn.words("prot_somebody")


def _controls(turn: Turn, it: Introduction, line: int | None = None) -> list[Button]:
    """For those who are inside; below the other's words with a way to report just these."""
    return [
        button(turn, "button_prot_leave", f"prot:leave:{it.id}"),
        reporting.button_for(turn, it, line),
    ]


def _doors(turn: Turn, it: Introduction, line: int) -> list[Button]:
    """For those who are not."""
    return [
        button(turn, "button_prot_answer", f"prot:enter:{it.id}"),
        button(turn, "button_intro_end", f"intro:stop:{it.id}"),
        reporting.button_for(turn, it, line),
    ]


def _back(turn: Turn, number: str) -> Button:
    return button(turn, "button_prot_back", f"prot:enter:{number.removeprefix('V-')}")


# -- beside a request -------------------------------------------------------------------------


async def _quotes_the_desk(turn: Turn) -> bool:
    it = turn.incoming
    if not it.reply_to:
        return False
    seen = await kept_requests.seen_at(turn.tx, it.channel, it.bot, it.chat, it.reply_to)
    return seen is not None and await requests.own(turn, str(seen.request_id)) is not None


async def _answered_meanwhile(turn: Turn) -> kept_requests.Request | None:
    """A request of theirs in which a coordinator wrote after we last said where messages go."""
    told = turn.conversation.told
    for request in await kept_requests.of_person(turn.tx, me(turn)):
        if request.state == "closed" or told is None:
            continue
        for message in await kept_requests.messages(turn.tx, request.id):
            if message.author == "coordinator" and moment(message.at) > told:
                return request
    return None


async def _pass(turn: Turn, it: Introduction) -> bool:
    """ "An mein Gegenüber": what was held back, and all that follows."""
    held = turn.conversation.draft
    if turn.conversation.protected != it.id or it.state != "agreed" or not held:
        return False
    turn.conversation = turn.conversation.but(draft=(), told=turn.now)
    for line in held:
        await _pass_on(turn, it, line.text)
    turn.say("prot_passed", number=it.number)
    return True


# -- buttons ----------------------------------------------------------------------------------


async def pressed(turn: Turn, value: str) -> bool:
    """The buttons `prot:…`."""
    verb, _, subject = value.partition(":")
    if verb in reporting.VERBS:
        return await reporting.pressed(turn, verb, subject)
    it = await between.of_presser(turn, subject)
    return await _VERBS[verb](turn, it) if it and verb in _VERBS else False


_VERBS = {"enter": _enter, "leave": _leave, "pass": _pass}


async def forget(turn: Turn) -> None:
    """Housekeeping: lines, and what pages show of other people."""
    await protected.forget(turn.tx, turn.now - KEPT)
    await protected.forget_pages(
        turn.tx, cards_before=turn.now - CARDS_SHOWN, lines_before=turn.now - KEPT
    )
