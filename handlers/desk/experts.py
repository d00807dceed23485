"""What comes to experts: what was handed to them, in their own chat with us.

Nothing else does. The coordinators' group is no place for them, because there one sees
every request.
"""

from handlers.conversation import Line
from handlers.desk import toward_desk
from handlers.desk.steps import Step
from handlers.hours import speak
from handlers.message import Address, Button, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from storage import coordinators, files, house, requests, threads
from storage.coordinators import Coordinator
from storage.moments import moment
from storage.requests import Request, RequestMessage

WRITE = "write"  # the button "Antworten"
SHOWN = 20  # messages of a request that is handed over; the rest is read in the browser


async def hand_over(turn: Turn, step: Step, to: Coordinator) -> None:
    """Show a request to whom it was handed, in their own chat if they have one."""
    request = step.request
    for where in await toward_desk.own_chats(turn, request, to.id):
        # What begins here can be answered as a whole, even if they had the request before.
        await threads.lose(turn.tx, where.channel, where.bot, where.chat, where.thread)
        shows = toward_desk.words_may_show(turn, request, where)
        text = turn.words(
            "expert_new",
            name=step.by.name,
            number=request.number,
            topic=request.topic or turn.label("without_topic"),
            channel=toward_desk.channel_name(request.channel),
            when=speak(moment(request.promised_at), turn.now) if request.promised_at else "–",
            link=toward_desk.page(turn, request),
        )
        how = turn.words("expert_how" if shows else "expert_how_hidden")
        buttons = (
            Button(label=turn.label("button_write"), action=f"desk:{WRITE}:{request.id}"),
            Button(label=turn.label("button_advice"), action=f"learn:advice:{request.id}"),
            Button(label=turn.label("button_give_back"), action=f"desk:release:{request.id}"),
        )
        turn.send(Outgoing(to=where, text=Text.joined([text, how]), buttons=buttons))
        if shows:
            await _said_before(turn, request, where)


async def _said_before(turn: Turn, request: Request, where: Address) -> None:
    said = [one for one in await requests.messages(turn.tx, request.id) if not one.deleted_at]
    said = said[-SHOWN:]
    waits = await requests.postponed(turn.tx, request.id)
    attached = await files.of_messages(turn.tx, [one.id for one in said])
    for one in said:
        ids = tuple(file.id for file in attached.get(one.id, ()))
        if one.author == "person":
            line = Line(at=turn.now, text=one.text, files=ids)
            toward_desk.show(turn, request, where, one.id, line)
        elif one.id not in waits:
            text = Text.joined([_head(turn, one), one.text], by="\n")
            turn.send(Outgoing(to=where, text=text, files=ids))


def _head(turn: Turn, one: RequestMessage) -> Text:
    name = "desk_note_from" if one.author == "note" else "desk_answer_from"
    return turn.words(name, name=one.coordinator or turn.label("a_coordinator"))


async def no_longer(turn: Turn, request: Request, before: list[Coordinator]) -> None:
    """Tell those to whom it was handed before, and is not any longer."""
    still = {expert.id for expert in await coordinators.handed(turn.tx, request.id)}
    it = turn.incoming
    for expert in before:
        chats = await toward_desk.own_chats(turn, request, expert.id)
        for where in chats if expert.id not in still else ():
            if (where.channel, where.bot, where.chat) != (it.channel, it.bot, it.chat):
                text = turn.words("expert_no_longer", number=request.number)
                turn.send(Outgoing(to=where, text=text))


async def in_the_group(turn: Turn, by: Coordinator) -> None:
    """An expert does something where all requests can be seen: the desk is told once."""
    known = f"expert-in-group:{by.id}"
    if await house.fact(turn.tx, known) is None:
        await house.set_fact(turn.tx, known, turn.now.isoformat())
        turn.say("desk_expert_here", name=by.name)
