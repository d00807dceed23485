"""Who is on a request: put there by themselves, by a colleague, or by what it was merged with."""

from handlers.desk import expert_desk, experts, promises, steps, toward_desk
from handlers.desk.steps import Step
from handlers.text import Text
from handlers.turn import Turn
from storage import audit, coordinators, requests
from storage.coordinators import Coordinator

TAKES_UP = ("claim", "take", "give")


async def put_on(turn: Turn, step: Step, to: Coordinator) -> None:
    """This colleague or expert is on it now, whoever was before."""
    request = step.request
    before = await coordinators.handed(turn.tx, request.id)
    await requests.assign(turn.tx, request.id, to.id, turn.now)
    await experts.no_longer(turn, request, before)
    await is_on_it(turn, step, to)
    if not to.publishes:
        await requests.hand(turn.tx, request.id, to.id, turn.now)
        await experts.hand_over(turn, step, to)
        await expert_desk.handed(turn, request)


async def is_on_it(turn: Turn, step: Step, who: Coordinator) -> None:
    """Both faces of the desk learn who is on it, and a person who waits that somebody is.

    The person hears that once, however often the request changes hands.
    """
    request = step.request
    if who.id == step.by.id:
        text = turn.words("desk_claimed", number=request.number, name=who.name)
    else:
        text = turn.words("desk_given", number=request.number, name=step.by.name, to=who.name)
        if not who.publishes and not await toward_desk.own_chats(turn, request, who.id):
            text = Text.joined([text, turn.words("desk_given_no_chat", name=who.name)], by="\n")
    await steps.announce(turn, request, text)
    if request.state != "open" or request.person_id is None:
        return
    if await audit.was_done(turn.tx, TAKES_UP, request.number, request.created_at):
        return
    await promises.to_person(turn, request, "somebody_is_on_it", number=request.number)
