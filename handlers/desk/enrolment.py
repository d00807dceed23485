"""Becoming a coordinator, opening the web desk, and choosing the coordinators' group.

A code alone makes nobody a colleague: whoever redeems one waits until an admin has
confirmed them. Only the first admin has nobody to ask.
"""

from datetime import datetime, timedelta

from handlers.codes import code_digest
from handlers.desk import toward_desk
from handlers.message import Button, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from storage import audit, coordinators
from storage.coordinators import Coordinator, Invitation
from storage.database import Tx
from storage.ids import number

INVITATION_LASTS = timedelta(minutes=10)
WAITS = timedelta(hours=12)  # for an admin's yes: a working day, and as long as a browser's cookie
ACTIVE = timedelta(minutes=30)  # how long a browser stays signed in without being used

# What people call the roles.
ROLES = {"admin": "role_admin", "coordinator": "role_coordinator", "expert": "role_expert"}


async def private(turn: Turn, code: str) -> None:
    """`/desk` in a private chat: with a code to enrol, without one for a link to the web desk."""
    it = turn.incoming
    by = await coordinators.by_account(turn.tx, it.channel, it.bot, it.sender)
    if it.channel != "telegram":
        turn.say("unknown_command")
        return
    here = (it.channel, it.bot, it.sender)
    if by is None and await coordinators.waiting_account(turn.tx, *here, turn.now):
        turn.say("team_you_wait")
        return
    if not code:
        if by is None:
            turn.say("unknown_command")
            return
        secret = turn.token()
        await coordinators.invite(
            turn.tx, code_digest(secret), by.role, turn.now, turn.now + INVITATION_LASTS, by.id
        )
        turn.say("desk_link", url=f"{turn.house.public_url}/desk/anmelden/{secret}")
        return
    invitation = await coordinators.redeem(turn.tx, code_digest(code), turn.now)
    if invitation is None:
        turn.say("desk_code_invalid")
        return
    if by is None:
        by = await _known(turn, invitation)
    if by is None:
        name = it.sender_name or turn.label("a_coordinator")
        new, waits = await join(turn.tx, name, invitation, turn.now)
        await coordinators.link_account(turn.tx, new.id, *here)
        if waits:
            turn.say("team_you_wait")
            await _ask(turn, new)
            return
        by = new
    turn.reply(_welcome(turn, by))


def _welcome(turn: Turn, new: Coordinator) -> Text:
    """What they can do here, by their role."""
    name = "desk_enrolled" if new.publishes else "desk_enrolled_expert"
    return turn.words(name, name=new.name)


async def _known(turn: Turn, invitation: Invitation) -> Coordinator | None:
    """Whom a link signs in who is enrolled already; from now on they act by this account too."""
    if not invitation.coordinator_id:
        return None
    by = await coordinators.get(turn.tx, invitation.coordinator_id)
    if by:
        it = turn.incoming
        await coordinators.link_account(turn.tx, by.id, it.channel, it.bot, it.sender)
        await audit.add(turn.tx, by.id, "team-account", _key(by.id), turn.now)
    return by


async def in_group(turn: Turn) -> None:
    """`/desk CODE` in a group: from now on it is the coordinators' group.

    It takes a code *and* somebody who may see all requests: a code that got lost
    must not let a stranger's group read them.
    """
    it = turn.incoming
    command, _, code = turn.text.partition(" ")
    if command != "/desk":
        return
    by = await coordinators.by_account(turn.tx, it.channel, it.bot, it.sender)
    if by is None or not by.publishes:
        turn.say("desk_not_enrolled")
    elif not code or await coordinators.redeem(turn.tx, code_digest(code), turn.now) is None:
        turn.say("desk_code_invalid")
    else:
        await toward_desk.choose(turn, it.channel, it.bot, it.chat)
        turn.say("desk_bound")


async def join(
    tx: Tx, name: str, invitation: Invitation, now: datetime
) -> tuple[Coordinator, bool]:
    """Somebody new, and whether they have to wait for an admin.

    Where there is no admin nobody could confirm them. An admin who was invited on the
    machine itself does not wait either while no admin could act: it is the way back in.
    """
    admins = await coordinators.admins(tx)
    if admins and invitation.role == "admin" and invitation.made_by is None:
        since = now - ACTIVE
        admins = [a for a in admins if await coordinators.can_act(tx, a.id, active_after=since)]
    waits = bool(admins)
    new = await coordinators.enrol(
        tx, name, invitation.role, now, waits_until=now + WAITS if waits else None
    )
    await audit.add(tx, new.id, "team-waits" if waits else "team-joined", _key(new.id), now)
    return new, waits


# -- what admins do with colleagues ------------------------------------------------------------


async def pressed(turn: Turn, by: Coordinator | None, rest: str) -> None:
    """A step names its verb and its colleague: team:confirm:7, team:role:7:expert."""
    verb, _, value = rest.partition(":")
    named, _, detail = value.partition(":")
    whom = number(named) or 0
    if verb == "asks" and turn.incoming.channel == "desk":
        await _asked(turn, whom)
    elif by is None:
        turn.say("desk_not_enrolled")
    elif by.role != "admin":
        turn.say("team_admins_only")
    elif verb == "confirm":
        await _confirm(turn, by, whom)
    elif verb == "decline":
        await _decline(turn, by, whom)
    elif verb == "role" and detail in ROLES:
        await _change_role(turn, by, whom, detail)
    elif verb == "remove":
        await _remove(turn, by, whom)
    else:
        turn.say("button_outdated")


async def _asked(turn: Turn, whom: int) -> None:
    """Somebody redeemed a code in a browser, which has no turn of its own."""
    for somebody in await coordinators.waiting(turn.tx, turn.now):
        if somebody.id == whom:
            await _ask(turn, somebody)


async def _ask(turn: Turn, new: Coordinator) -> None:
    """Tell the admins: each in their own chat with us, else the coordinators' group."""
    text = turn.words(
        "team_asks",
        name=new.name,
        role=turn.label(ROLES[new.role]),
        link=f"{turn.house.public_url}/desk/team",
    )
    buttons = (
        Button(label=turn.label("button_team_confirm"), action=f"team:confirm:{new.id}"),
        Button(label=turn.label("button_team_decline"), action=f"team:decline:{new.id}"),
    )
    asked = [
        await toward_desk.privately(turn, admin.id, text, *buttons)
        for admin in await coordinators.admins(turn.tx)
    ]
    if not any(asked) and (group := await toward_desk.group(turn)):
        turn.send(Outgoing(to=group, text=text, buttons=buttons))


async def _confirm(turn: Turn, by: Coordinator, whom: int) -> None:
    """Of two admins exactly one does it."""
    new = await coordinators.confirm(turn.tx, whom, turn.now)
    if new is None:
        turn.say("team_decided")
        return
    await audit.add(turn.tx, by.id, "team-confirmed", _key(new.id), turn.now)
    turn.say("team_confirmed", name=new.name, role=turn.label(ROLES[new.role]))
    await toward_desk.privately(turn, new.id, _welcome(turn, new))


async def _decline(turn: Turn, by: Coordinator, whom: int) -> None:
    chats = await coordinators.private_chats(turn.tx, whom)
    gone = await coordinators.decline(turn.tx, whom, turn.now)
    if gone is None:
        turn.say("team_decided")
        return
    await audit.add(turn.tx, by.id, "team-declined", _key(gone.id), turn.now)
    turn.say("team_declined", name=gone.name)
    toward_desk.send_to(turn, chats, turn.words("team_you_declined"))


async def _change_role(turn: Turn, by: Coordinator, whom: int, role: str) -> None:
    somebody = await _another(turn, by, whom)
    if somebody is None:
        return
    if role != somebody.role:
        await coordinators.set_role(turn.tx, somebody.id, role)
        await audit.add(turn.tx, by.id, f"team-role-{role}", _key(somebody.id), turn.now)
    turn.say("team_role", name=somebody.name, role=turn.label(ROLES[role]))


async def _remove(turn: Turn, by: Coordinator, whom: int) -> None:
    """From the next step on they are nobody here, in the browser and in messengers."""
    somebody = await _another(turn, by, whom)
    if somebody is None:
        return
    await coordinators.revoke(turn.tx, somebody.id, turn.now)
    await audit.add(turn.tx, by.id, "team-removed", _key(somebody.id), turn.now)
    turn.say("team_removed", name=somebody.name)


async def _another(turn: Turn, by: Coordinator, whom: int) -> Coordinator | None:
    """A colleague other than oneself: so nobody locks themselves out, and an admin remains."""
    somebody = await coordinators.get(turn.tx, whom)
    if somebody is None:
        turn.say("team_nobody")
    elif somebody.id == by.id:
        turn.say("team_not_yourself")
        return None
    return somebody


def _key(coordinator_id: int) -> str:
    """A colleague, as the log calls them."""
    return f"team:{coordinator_id}"
