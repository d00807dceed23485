"""Experts beside a request: whom the person would like to ask, who fits, and who kept silent.

A request is handed only to an expert who is enrolled as a colleague. Nobody else is written
to: whoever stands in the pool alone agreed to be listed, not to hear from us.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from handlers.desk import advice, promises, steps, toward_desk
from handlers.desk import experts as at_work
from handlers.hours import BERLIN, day_of
from handlers.message import Button
from handlers.network import pool
from handlers.network.pool import Listed
from handlers.text import Text
from handlers.turn import Turn
from knowledge.models import Expert
from knowledge.search import Knowledge
from storage import coordinators, due, experts, requests
from storage.coordinators import Coordinator
from storage.database import Tx
from storage.moments import moment
from storage.requests import Request

OFFERED = 3
LABEL = 60  # characters of a button

SILENT = "expert-silent"  # kind of what is due; the subject is the id of the request
# Experts do this beside their work and look in once a day at best: the next office day, and
# two more. It falls due when the office opens, so that somebody is there to go on.
OFFICE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """An expert for a request; `colleague` is who they are in the team, if anybody."""

    expert: Expert
    colleague: Coordinator | None
    away: bool
    wished: bool


async def offers(tx: Tx, knowledge: Knowledge, request: Request, now: datetime) -> list[Offer]:
    """Up to three who may be found today: whom the person wished for, then who fits."""
    wish = await experts.wished(tx, request.id)
    found = await pool.find(
        tx, knowledge, now, await advice.words_of(tx, request.id), limit=OFFERED
    )
    if wish:
        wished_for = (await pool.shown(tx, knowledge.library, now)).get(wish)
        others = [one for one in found if one.expert.id != wish]
        found = ([wished_for] if wished_for else []) + others
    return [await _offer(tx, one, now, wish) for one in found[:OFFERED]]


async def _offer(tx: Tx, one: Listed, now: datetime, wish: str) -> Offer:
    colleague = await coordinators.get(tx, one.coordinator_id or 0)
    away = colleague is not None and await coordinators.is_away(tx, colleague.id, now)
    return Offer(one.expert, colleague, away, one.expert.id == wish)


# -- in the group ----------------------------------------------------------------------------


async def wished(turn: Turn, request: Request) -> None:
    """A new request may have begun at an expert's card: that is kept, and the desk told."""
    conversation = turn.conversation
    if conversation.expects != "concern" or not conversation.expert:
        return
    library = turn.knowledge.library
    one = (await pool.shown(turn.tx, library, turn.now)).get(conversation.expert)
    turn.conversation = conversation.but(expert="")
    if one is None:
        return  # they took their consent back meanwhile
    await experts.wish(turn.tx, request.id, one.expert.id, turn.now)
    offer = await _offer(turn.tx, one, turn.now, one.expert.id)
    said = turn.words("desk_expert_wished", name=one.expert.name)
    hint, buttons = _ways(turn, request, [offer])
    await toward_desk.say(turn, request, Text.joined([said, hint]), *buttons)


async def show(turn: Turn, request: Request, by: Coordinator) -> None:
    """Below the advice for a request: who fits, and how it gets to them."""
    if not by.publishes or request.state == "closed":
        return
    found = await offers(turn.tx, turn.knowledge, request, turn.now)
    if not found:
        return
    lines = [Text.of("• ") + Text.bold(one.expert.name) + _about(turn, one) for one in found]
    text = turn.words("desk_experts_fit", list=Text.joined(lines, by="\n"))
    hint, buttons = _ways(turn, request, found)
    steps.tell(turn, request, Text.joined([text, hint]), *buttons)


def _about(turn: Turn, one: Offer) -> str:
    away = turn.label("desk_expert_away")
    return f" ({away}): {one.expert.summary}" if one.away else f": {one.expert.summary}"


def _ways(turn: Turn, request: Request, found: list[Offer]) -> tuple[Text, list[Button]]:
    """A button for each who is enrolled, and for the others what has to be done first."""
    buttons = [
        Button(
            label=str(turn.words("button_expert_give", name=one.expert.name))[:LABEL],
            action=f"desk:give:{request.id}:{one.colleague.id}",
        )
        for one in found
        if one.colleague
    ]
    names = ", ".join(one.expert.name for one in found if one.colleague is None)
    if not names:
        return Text(), buttons
    desk = f"{turn.house.public_url}/desk"
    hint = turn.words(
        "desk_expert_not_enrolled", names=names, team=f"{desk}/team", page=f"{desk}/fachleute"
    )
    return hint, buttons


# -- an expert keeps silent ---------------------------------------------------------------------


async def handed(turn: Turn, request: Request) -> None:
    """From now on an expert has it. It comes back by itself if nothing is heard of them."""
    await due.plan(turn.tx, SILENT, str(request.id), _by(turn, turn.now))


async def silent(turn: Turn, subject: str) -> None:
    """Nothing was heard of the expert for long: the coordinators go on, and the person knows."""
    request = await requests.get(turn.tx, int(subject))
    if request is None or request.person_id is None or request.state == "closed":
        return
    holder = request.claimed_by or 0
    since = await experts.handed_at(turn.tx, request.id, holder)
    if since is None:
        return  # given back, or taken over
    owed = await _owed_since(turn, request, moment(since))
    ripe = _by(turn, owed or turn.now)
    if ripe > turn.now:
        await due.plan(turn.tx, SILENT, subject, ripe)
    elif not await promises.put_off(turn, SILENT, subject):
        await _take_back(turn, request, holder)


async def _owed_since(turn: Turn, request: Request, handed_at: datetime) -> datetime | None:
    """Since when the person waits for this expert; None while they do not wait."""
    waits = request.state == "answered" or request.asked_back_at
    if waits or await requests.postponed(turn.tx, request.id):
        return None
    said = [one for one in await requests.messages(turn.tx, request.id) if one.author != "note"]
    answers = [one.id for one in said if one.author == "coordinator"]
    # What came before the first answer was there when it was handed over.
    later = [moment(one.at) for one in said if answers and one.id > answers[-1]]
    return max(handed_at, min(later, default=handed_at))


async def _take_back(turn: Turn, request: Request, holder: int) -> None:
    before = await coordinators.handed(turn.tx, request.id)
    name = (await coordinators.names(turn.tx)).get(holder, turn.label("a_coordinator"))
    await requests.release(turn.tx, request.id)
    await at_work.no_longer(turn, request, before)
    claim = Button(label=turn.label("button_claim"), action=f"desk:claim:{request.id}")
    said = turn.words("desk_expert_silent", name=name, number=request.number)
    await toward_desk.say(turn, request, said, claim)
    mine = Button(label=turn.label("button_my_requests"), action="my")
    await promises.to_person(turn, request, "experts_silent", mine, number=request.number)


def _by(turn: Turn, since: datetime) -> datetime:
    """When the last of the office days begins that an expert has."""
    at = since
    for _ in range(OFFICE_DAYS):
        tomorrow = day_of(at) + timedelta(days=1)
        at = turn.house.calendar.next_opening(datetime.combine(tomorrow, time(), BERLIN))
    return at
