"""Somebody whose messages nobody has to read for a while: decided at the desk, felt by them.

What they write in requests that are open is read as ever, their rights stay theirs,
and in danger they get the numbers to call.
"""

import re
from datetime import timedelta

from handlers import requests
from handlers.desk import steps
from handlers.desk.steps import LONGEST_REASON, Step, tell
from handlers.turn import Turn
from handlers.wording import at
from storage import blocks, due, ids
from storage import requests as store
from storage.blocks import Block
from storage.moments import moment

LONGEST = 365  # days
_DAYS = re.compile(r"^Tage?\b[\s,:]*", re.IGNORECASE)  # said after their number, no reason
SAY_AGAIN = timedelta(days=1)
TOLD = "blocked"  # the kind of due row that says that the person was told lately

# What leads to people, by command and by button.
COMMANDS = ("mensch", "neu")
BUTTONS = ("human", "ho", "reopen")


# -- at the desk ----------------------------------------------------------------


async def block(turn: Turn, step: Step) -> bool:
    """For some days, and for a reason. It ends by itself."""
    request = step.request
    assert request.person_id is not None  # noqa: S101 - see `Step`
    days, _, words = step.text.partition(" ")
    number = ids.number(turn.incoming.form.get("days", days).strip())
    reason = turn.incoming.form.get("reason", _DAYS.sub("", words)).strip()
    if number is None or not 1 <= number <= LONGEST or not reason:
        tell(turn, request, turn.words("desk_block_how", longest=LONGEST))
        return False
    if len(reason) > LONGEST_REASON:
        tell(turn, request, turn.words("desk_reason_too_long", longest=LONGEST_REASON))
        return False
    if before := await blocks.get(turn.tx, request.person_id, turn.now):
        until = at(moment(before.until), turn.now)
        tell(turn, request, turn.words("desk_blocked_already", number=request.number, until=until))
        return False
    end = turn.now + timedelta(days=number)
    await blocks.add(turn.tx, request.person_id, end, reason, step.by.id, turn.now)
    text = turn.words(
        "desk_blocked", name=step.by.name, number=request.number, until=at(end, turn.now)
    )
    await steps.announce(turn, request, text)
    return True


async def unblock(turn: Turn, step: Step) -> bool:
    """Heard again before its time."""
    request = step.request
    person_id = request.person_id
    assert person_id is not None  # noqa: S101 - see `Step`
    if await blocks.get(turn.tx, person_id, turn.now) is None:
        tell(turn, request, turn.words("desk_not_blocked", number=request.number))
        return False
    await blocks.lift(turn.tx, person_id)
    await due.cancel(turn.tx, TOLD, str(person_id))
    text = turn.words("desk_unblocked", name=step.by.name, number=request.number)
    await steps.announce(turn, request, text)
    return True


# -- what the person meets ----------------------------------------------------------


async def heard(turn: Turn) -> bool:
    """Whether a message was one of somebody who is blocked: only their open requests get it."""
    block = await _holds(turn)
    if block is None:
        return False
    may_write = await _has_open(turn) and not await _quotes_closed(turn)
    if not (may_write and await requests.belongs_to_a_person(turn)):
        await _refuse(turn, block)
    return True


async def refuses(turn: Turn) -> bool:
    """Whether something that leads to people was done by somebody who is blocked."""
    block = await _holds(turn)
    if block is not None:
        await _refuse(turn, block)
    return block is not None


async def in_danger(turn: Turn) -> bool:
    """Whether an emergency was one of somebody who is blocked: the numbers, and no request."""
    if await _holds(turn) is None or await _has_open(turn):
        return False
    turn.say("emergency")
    return True


async def _holds(turn: Turn) -> Block | None:
    return await blocks.get(turn.tx, turn.person.id, turn.now) if turn.person else None


async def _refuse(turn: Turn, block: Block) -> None:
    """Said once a day; nothing of what was written is kept."""
    assert turn.person is not None  # noqa: S101 - only people are blocked
    subject = str(turn.person.id)
    told = await due.planned(turn.tx, TOLD, subject)
    if told is None or moment(told) <= turn.now:
        await due.plan(turn.tx, TOLD, subject, turn.now + SAY_AGAIN)
        turn.say("blocked_until", until=at(moment(block.until), turn.now))


async def _has_open(turn: Turn) -> bool:
    assert turn.person is not None  # noqa: S101 - only people are blocked
    own = await store.of_person(turn.tx, turn.person.id)
    return any(request.state != "closed" for request in own)


async def _quotes_closed(turn: Turn) -> bool:
    request = await requests.quoted_in(turn)
    return request is not None and request.state == "closed"
