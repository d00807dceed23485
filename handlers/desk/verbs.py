"""Who is on a request, and whether it is done; and the table of everything that can be done.

A verb returns whether it changed something: then it is written down who did it.
"""

from collections.abc import Awaitable, Callable

from handlers.desk import (
    answering,
    blocking,
    experts,
    holding,
    joining,
    promises,
    steps,
    toward_desk,
)
from handlers.desk.steps import LONGEST_REASON, Step, tell
from handlers.message import Button
from handlers.turn import Turn
from storage import coordinators, ids, requests
from storage.coordinators import Coordinator
from storage.requests import Request

# What experts may do, with requests that were handed to them.
FOR_EXPERTS = ("answer", "edit", "note", "askback", "claim", "release")


async def allowed(turn: Turn, verb: str, request: Request | None, by: Coordinator) -> bool:
    """Whether somebody may do this; says so if not.

    A request that was not handed to an expert is for them as if it did not exist.
    """
    if by.publishes:
        return True
    if request is None or not await requests.is_handed(turn.tx, request.id, by.id):
        tell(turn, request, turn.words("desk_not_handed"))
        return False
    if verb not in FOR_EXPERTS:
        tell(turn, request, turn.words("desk_not_for_experts"))
        return False
    return True


async def _claim(turn: Turn, step: Step) -> bool:
    """Exactly one takes it."""
    request = step.request
    if _has_it(turn, request, step.by.id):
        return False
    if await steps.is_closed(turn, request):
        return False
    if not await requests.claim(turn.tx, request.id, step.by.id, turn.now):
        await steps.say_who(turn, request)
        return False
    await holding.is_on_it(turn, step, step.by)
    return True


async def _take_over(turn: Turn, step: Step) -> bool:
    """Taken from a colleague on purpose, visibly for both."""
    request = step.request
    if await steps.is_closed(turn, request):
        return False
    if _has_it(turn, request, step.by.id):
        return False
    await holding.put_on(turn, step, step.by)
    return True


async def _give(turn: Turn, step: Step) -> bool:
    """Handed to a colleague or expert. What somebody else is on has to be taken over first."""
    request = step.request
    if await steps.is_closed(turn, request):
        return False
    if request.claimed_by not in (None, step.by.id):
        await steps.say_who(turn, request)
        return False
    to = await _colleague(turn, step)
    if to is None:
        return False
    if _has_it(turn, request, to.id):
        return False
    await holding.put_on(turn, step, to)
    return True


def _has_it(turn: Turn, request: Request, who: int) -> bool:
    """Whether they are on it already; then it was said."""
    if request.claimed_by != who:
        return False
    tell(turn, request, turn.words("desk_claimed_already", number=request.number))
    return True


async def _colleague(turn: Turn, step: Step) -> Coordinator | None:
    """Whom a form or a button names by id, or words by name; says so if that is nobody, or
    several."""
    named = turn.incoming.form.get("to", "").strip() or step.message
    team = await coordinators.everybody(turn.tx)
    if named:
        found = [each for each in team if each.id == ids.number(named)]
    else:
        name = step.text.casefold()
        found = [each for each in team if each.name.casefold() == name]
        found = found or [each for each in team if name and each.name.casefold().startswith(name)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.name for each in (found or team))
    missing = "desk_give_several" if found else "desk_give_whom"
    tell(turn, step.request, turn.words(missing, names=names))
    return None


async def _release(turn: Turn, step: Step) -> bool:
    """Nobody is on it any more; an expert gives it back and does not see it any longer."""
    request = step.request
    if await steps.is_closed(turn, request):
        return False
    if request.claimed_by is None:
        tell(turn, request, turn.words("desk_nobody_on_it", number=request.number))
        return False
    before = await coordinators.handed(turn.tx, request.id)
    await requests.release(turn.tx, request.id)
    await experts.no_longer(turn, request, before)
    text = turn.words("desk_released", number=request.number, name=step.by.name)
    await steps.announce(turn, request, text)
    return True


async def _close(turn: Turn, step: Step) -> bool:
    """Done, with a few words why, which stay at the desk."""
    request = step.request
    reason = (turn.incoming.form.get("reason") or step.text).strip()
    if request.state == "closed":
        tell(turn, request, turn.words("desk_closed_already", number=request.number))
        return False
    if len(reason) > LONGEST_REASON:
        tell(turn, request, turn.words("desk_reason_too_long", longest=LONGEST_REASON))
        return False
    if await requests.postponed(turn.tx, request.id):
        tell(turn, request, turn.words("desk_answer_waits", number=request.number))
        return False
    await requests.close(turn.tx, request.id, reason, turn.now)
    await promises.closed(turn, request)
    for each in (request, *await answering.others(turn, request)):
        again = Button(label=turn.label("button_reopen"), action=f"reopen:{each.id}")
        await promises.to_person(turn, each, "closed", again, number=each.number)
    await toward_desk.closed(turn, request, by=step.by.name, reason=reason)
    if not steps.in_group(turn):
        tell(turn, request, turn.words("desk_closed", number=request.number, name=step.by.name))
    return True


async def _reopen(turn: Turn, step: Step) -> bool:
    """Open again; one that was merged stands for itself from now on."""
    request = step.request
    if request.state != "closed":
        tell(turn, request, turn.words("desk_is_open", number=request.number))
        return False
    await requests.set_state(turn.tx, request.id, "open", turn.now)
    await promises.promise(turn, request)
    await toward_desk.reopened(turn, request, by=step.by.name)
    if not steps.in_group(turn):
        tell(turn, request, turn.words("desk_reopened", number=request.number, name=step.by.name))
    return True


VERBS: dict[str, Callable[[Turn, Step], Awaitable[bool]]] = {
    "answer": answering.answer,
    "askback": answering.ask_back,
    "note": answering.note,
    "later": answering.later,
    "unlater": answering.unlater,
    "delete": answering.delete,
    "edit": answering.edit,
    "claim": _claim,
    "take": _take_over,
    "give": _give,
    "release": _release,
    "close": _close,
    "reopen": _reopen,
    "merge": joining.merge,
    "split": joining.split,
    "block": blocking.block,
    "unblock": blocking.unblock,
}
