"""Keeping the pool: coordinators write, show, pause and delete experts on a page of the desk.

Whoever is enrolled and in the pool may agree, pause and withdraw for themselves: taking
consent back is as easy as giving it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from typing import Any

from handlers.desk import expert_fields, steps
from handlers.desk.unclear import Unclear
from handlers.hours import day_of
from handlers.message import Button
from handlers.network import pool
from handlers.network.pool import Listed
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import day
from knowledge.models import Consent, Expert
from storage import audit, coordinators, experts, ids
from storage.coordinators import Coordinator

LISTED = 10  # in one message
OWN = ("consent", "withdraw", "pause", "resume")  # of an expert about themselves


# -- in the group -----------------------------------------------------------------------------


async def list_(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/fachleute`, `/fachleute Leerstand`: who is in the pool, shown or not."""
    if not by.publishes:
        steps.tell(turn, None, turn.words("desk_expert_not_yours"))
        return
    found = await search(turn, rest)
    if not found:
        steps.tell(turn, None, turn.words("desk_experts_none", page=page(turn)))
        return
    today = day_of(turn.now)
    lines = [
        Text.of("• ") + Text.bold(one.expert.name) + f" ({turn.label(state(one.expert, today))})"
        for one in found[:LISTED]
    ]
    text = turn.words("desk_experts", number=len(found), list=Text.joined(lines, by="\n"))
    if more := len(found[LISTED:]):
        end = turn.words("desk_experts_more", number=more, page=page(turn))
    else:
        end = turn.words("desk_experts_page", page=page(turn))
    steps.tell(turn, None, Text.joined([text, end]))


async def search(turn: Turn, words: str) -> list[Listed]:
    """Those who fit the words; all of them without words."""
    found = await pool.everybody(turn.tx, turn.knowledge.library)
    return pool.sought(found, turn.knowledge, words)


def state(expert: Expert, today: date) -> str:
    """Whether people find them, as the name of a sentence of the content."""
    if expert.consent is None:
        return "desk_expert_without_consent"
    return "desk_expert_paused" if expert.pauses(today) else "desk_expert_shown"


COMMANDS: dict[str, Callable[[Turn, Coordinator, str], Awaitable[None]]] = {"fachleute": list_}


# -- on the page ------------------------------------------------------------------------------


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """The page names its verb and its expert: exd:new, exd:save:kreisarchiv."""
    verb, _, slug = rest.partition(":")
    if turn.incoming.channel != "desk" or verb not in ("new", *VERBS):
        turn.say("button_outdated")
        return
    one = await pool.get(turn.tx, turn.knowledge.library, slug) if slug else None
    own = one is not None and one.coordinator_id == by.id and verb in OWN
    if not (by.publishes or own):
        turn.say("desk_expert_not_yours")
    elif verb == "new" and not slug:
        await _create(turn, by)
    elif one is None:
        turn.say("desk_expert_gone", _to(turn))
    elif await VERBS[verb](turn, by, one):
        await audit.add(turn.tx, by.id, f"expert-{verb}", one.expert.id, turn.now)


async def _create(turn: Turn, by: Coordinator) -> None:
    expert = await _written(turn, None)
    if expert is None:
        return
    expert = expert.model_copy(update={"id": await _free(turn, expert.id)})
    await _keep(turn, Listed(expert), expert, coordinator_id=_colleague(turn))
    turn.say("desk_expert_kept_hidden", _to(turn, expert.id), name=expert.name)
    await audit.add(turn.tx, by.id, "expert-new", expert.id, turn.now)


async def _save(turn: Turn, by: Coordinator, one: Listed) -> bool:
    if turn.incoming.form.get("revision", "") != one.revision:
        turn.say("desk_expert_overtaken")
        return False
    expert = await _written(turn, one)
    if expert is None:
        return False
    await _keep(turn, one, expert, coordinator_id=_colleague(turn))
    name = "desk_expert_kept" if expert.consent else "desk_expert_kept_hidden"
    turn.say(name, _to(turn, expert.id), name=expert.name)
    return True


async def _written(turn: Turn, one: Listed | None) -> Expert | None:
    """The expert of the form; says so if there is something wrong with it."""
    form, library = turn.incoming.form, turn.knowledge.library
    expert, wrong = expert_fields.filled(form, library, one.expert if one else None)
    team = await coordinators.everybody(turn.tx)
    everybody = await pool.everybody(turn.tx, library)
    problem = unfit_colleague(form.get("colleague", ""), one, team, everybody)
    if problem is not None:
        wrong["colleague"] = problem
    if wrong:
        lines = [turn.words(why.name, **why.fields) for why in wrong.values()]
        turn.reply(Text.joined([turn.words("desk_expert_wrong"), *lines], by="\n"))
        return None
    return expert


def unfit_colleague(
    given: str, one: Listed | None, team: Iterable[Coordinator], everybody: Mapping[str, Listed]
) -> Unclear | None:
    """Why an expert cannot be the colleague with this number, if so."""
    if not given:
        return None
    known = {str(each.id) for each in team if not each.publishes}
    if given not in known:
        return Unclear("expert_field_colleague")
    for other in everybody.values():
        if str(other.coordinator_id) == given and (one is None or other.expert.id != one.expert.id):
            return Unclear("expert_field_colleague_taken", name=other.expert.name)
    return None


def _colleague(turn: Turn) -> int | None:
    return ids.number(turn.incoming.form.get("colleague", ""))


async def _consent(turn: Turn, by: Coordinator, one: Listed) -> bool:
    """They agreed to be shown, on the day of the form or today."""
    today = day_of(turn.now)
    given = turn.incoming.form.get("on", "").strip()
    on = _day(given) if given else today
    if on is None or on > today:
        turn.say("desk_expert_bad_day", _to(turn, one.expert.id))
        return False
    consent = Consent(on=on, noted_by=by.name)
    await _keep(turn, one, one.expert.model_copy(update={"consent": consent}), withdrawn_on=None)
    paused = one.expert.pauses(today)
    name = "desk_expert_consented_paused" if paused else "desk_expert_consented"
    turn.say(name, _to(turn, one.expert.id), name=one.expert.name)
    return True


async def _withdraw(turn: Turn, by: Coordinator, one: Listed) -> bool:
    """They do not agree any more: nobody finds them from now on."""
    if one.expert.consent is None:
        turn.say("desk_expert_no_consent", _to(turn, one.expert.id), name=one.expert.name)
        return False
    hidden = one.expert.model_copy(update={"consent": None})
    await _keep(turn, one, hidden, withdrawn_on=day_of(turn.now))
    turn.say("desk_expert_withdrawn", _to(turn, one.expert.id), name=one.expert.name)
    return True


async def _pause(turn: Turn, by: Coordinator, one: Listed) -> bool:
    """Until the day of the form, or until somebody ends it."""
    given = turn.incoming.form.get("until", "").strip()
    until = _day(given)
    if given and (until is None or until < day_of(turn.now)):
        turn.say("desk_expert_bad_day", _to(turn, one.expert.id))
        return False
    changed = one.expert.model_copy(update={"paused": until is None, "paused_until": until})
    await _keep(turn, one, changed)
    if until is None:
        turn.say("desk_expert_pausing", _to(turn, one.expert.id), name=one.expert.name)
    else:
        turn.say(
            "desk_expert_pausing_until",
            _to(turn, one.expert.id),
            name=one.expert.name,
            day=day(until),
        )
    return True


async def _resume(turn: Turn, by: Coordinator, one: Listed) -> bool:
    back = one.expert.model_copy(update={"paused": False, "paused_until": None})
    await _keep(turn, one, back)
    name = "desk_expert_resumed" if back.consent else "desk_expert_resumed_hidden"
    turn.say(name, _to(turn, one.expert.id), name=one.expert.name)
    return True


async def _delete(turn: Turn, by: Coordinator, one: Listed) -> bool:
    """Nothing of them is left. One of the content would come back, perhaps against their will."""
    if one.curated:
        turn.say("desk_expert_of_content", _to(turn, one.expert.id), name=one.expert.name)
        return False
    await experts.remove(turn.tx, one.expert.id)
    turn.say("desk_expert_deleted", _to(turn), name=one.expert.name)
    return True


VERBS: dict[str, Callable[[Turn, Coordinator, Listed], Awaitable[bool]]] = {
    "save": _save,
    "consent": _consent,
    "withdraw": _withdraw,
    "pause": _pause,
    "resume": _resume,
    "delete": _delete,
}


# -- what these share ------------------------------------------------------------------------


def page(turn: Turn) -> str:
    """The page on which all of this is seen."""
    return f"{turn.house.public_url}/desk/fachleute"


def _to(turn: Turn, slug: str = "") -> Button:
    url = f"{page(turn)}/{slug}" if slug else page(turn)
    return Button(label=turn.label("button_expert_page"), url=url)


async def _keep(turn: Turn, one: Listed, expert: Expert, **changed: Any) -> None:
    """From now on this is what the desk says of them, in place of the content."""
    before = one.kept
    kept = {
        "coordinator_id": before.coordinator_id if before else None,
        "withdrawn_on": before.withdrawn_on if before else None,
    }
    payload = expert.model_dump_json()
    await experts.keep(turn.tx, expert.id, payload, turn.now, **{**kept, **changed})


async def _free(turn: Turn, wanted: str) -> str:
    """An id that nobody else has."""
    free, number = wanted, 1
    taken = {*turn.knowledge.library.experts, "neu"}  # the last is a page of its own
    while free in taken or await experts.get(turn.tx, free):
        number += 1
        free = f"{wanted}-{number}"
    return free


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        return None
