"""The directory at the desk: coordinators say what a group is about and whether people find it.

Pages fill in the fields; each step becomes one of the verbs here and answers with one notice.
"""

from collections.abc import Awaitable, Callable

from handlers.message import Button
from handlers.network import group_care, group_fields
from handlers.network.joining_groups import TROUBLE
from handlers.turn import Turn
from storage import audit, groups, house, ids
from storage.coordinators import Coordinator
from storage.groups import Group


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """A step names its verb and mostly its group: grp:list:7."""
    verb, _, number = rest.partition(":")
    if not by.publishes:
        turn.say("grp_not_allowed")
    elif verb == "new" and not number:
        await _new(turn, by)
    elif verb not in VERBS:
        turn.say("button_outdated")
    elif group := await _numbered(turn, number):
        await VERBS[verb](turn, by, group)
    else:
        turn.say("grp_nobody")


async def _numbered(turn: Turn, number: str) -> Group | None:
    known = ids.number(number)
    return None if known is None else await groups.get(turn.tx, known)


async def _new(turn: Turn, by: Coordinator) -> None:
    """A group elsewhere."""
    fields = _filled(turn, elsewhere=True)
    if fields is None:
        return
    title = str(fields["title"])
    slug = await group_care.free_slug(turn, title)
    number = await groups.add_elsewhere(turn.tx, slug, title, turn.now)
    await groups.write(turn.tx, number, {**fields})
    await _note(turn, by, "added", number)
    url = f"{turn.house.public_url}/desk/gruppen/{number}"
    turn.say("grp_added", Button(label=title, url=url))


async def _save(turn: Turn, by: Coordinator, group: Group) -> None:
    fields = _filled(turn, elsewhere=group.elsewhere)
    if fields is None:
        return
    await groups.write(turn.tx, group.id, {**fields})
    await _note(turn, by, "saved", group.id)
    turn.say("grp_saved")


def _filled(turn: Turn, *, elsewhere: bool) -> group_fields.Fields | None:
    """The page has shown what is wrong already; somebody may come by another way."""
    library = turn.knowledge.library
    fields, wrong = group_fields.filled(turn.incoming.form, library, elsewhere=elsewhere)
    if not wrong:
        return fields
    first = next(iter(wrong.values()))
    turn.say(first.name, **first.fields)
    return None


async def _list(turn: Turn, by: Coordinator, group: Group) -> None:
    if group.gone_at is not None:
        turn.say("grp_dead")
    elif not (group.matters and group.about):
        turn.say("grp_not_ready")
    else:
        await groups.list_(turn.tx, group.id, turn.now, listed=True)
        await _note(turn, by, "listed", group.id)
        turn.say("grp_listed")


async def _unlist(turn: Turn, by: Coordinator, group: Group) -> None:
    await groups.list_(turn.tx, group.id, turn.now, listed=False)
    await house.resolve(turn.tx, TROUBLE, str(group.id), turn.now)
    await _note(turn, by, "unlisted", group.id)
    turn.say("grp_unlisted")


async def _welcome(turn: Turn, by: Coordinator, group: Group) -> None:
    await _set_welcomes(turn, by, group, welcomes=True)


async def _quiet(turn: Turn, by: Coordinator, group: Group) -> None:
    await _set_welcomes(turn, by, group, welcomes=False)


async def _set_welcomes(turn: Turn, by: Coordinator, group: Group, *, welcomes: bool) -> None:
    if group.elsewhere:
        turn.say("button_outdated")
        return
    await groups.set_welcomes(turn.tx, group.id, welcomes=welcomes)
    await _note(turn, by, "saved", group.id)
    turn.say("grp_welcomes" if welcomes else "grp_welcomes_not")


async def _remove(turn: Turn, by: Coordinator, group: Group) -> None:
    if await groups.forget(turn.tx, group.id):
        await _note(turn, by, "removed", group.id)
        home = Button(label="/desk/gruppen", url=f"{turn.house.public_url}/desk/gruppen")
        turn.say("grp_removed", home)
    else:
        turn.say("grp_removed_not")


async def _note(turn: Turn, by: Coordinator, deed: str, number: int) -> None:
    await audit.add(turn.tx, by.id, f"group-{deed}", f"group:{number}", turn.now)


Step = Callable[[Turn, Coordinator, Group], Awaitable[None]]

VERBS: dict[str, Step] = {
    "save": _save,
    "list": _list,
    "unlist": _unlist,
    "welcome": _welcome,
    "quiet": _quiet,
    "remove": _remove,
}
