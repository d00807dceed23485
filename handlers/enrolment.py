"""Becoming a coordinator, opening the web desk, and choosing the coordinators' group."""

from datetime import timedelta

from handlers import toward_desk
from handlers.codes import code_digest
from handlers.turn import Turn
from storage import coordinators

INVITATION_LASTS = timedelta(minutes=10)


async def private(turn: Turn, code: str) -> None:
    """`/desk` in a private chat: with a code to enrol, without one for a link to the web desk."""
    it = turn.incoming
    by = await coordinators.by_account(turn.tx, it.channel, it.bot, it.sender)
    if it.channel != "telegram":
        turn.say("unknown_command")
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
        known = invitation.coordinator_id and await coordinators.get(
            turn.tx, invitation.coordinator_id
        )
        by = known or await coordinators.enrol(
            turn.tx, it.sender_name or turn.label("a_coordinator"), invitation.role, turn.now
        )
        await coordinators.link_account(turn.tx, by.id, it.channel, it.bot, it.sender)
    turn.say("desk_enrolled", name=by.name)


async def in_group(turn: Turn) -> None:
    """`/desk CODE` in a group: from now on it is the coordinators' group.

    It takes a code *and* somebody enrolled: a code that got lost must not let
    a stranger's group read requests.
    """
    it = turn.incoming
    command, _, code = turn.text.partition(" ")
    if command != "/desk":
        return
    by = await coordinators.by_account(turn.tx, it.channel, it.bot, it.sender)
    if by is None:
        turn.say("desk_not_enrolled")
    elif not code or await coordinators.redeem(turn.tx, code_digest(code), turn.now) is None:
        turn.say("desk_code_invalid")
    else:
        await toward_desk.choose(turn, it.channel, it.bot, it.chat)
        turn.say("desk_bound")
