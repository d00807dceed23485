"""A profile is right for a year: then its owner says so again, or it goes to sleep."""

from datetime import datetime, timedelta

from handlers.network import between, presence
from handlers.network.profile_page import button
from handlers.turn import Turn
from storage import due, profiles
from storage.moments import moment
from storage.profiles import Profile

# Whoever is asked late, because we were away, has this long to answer all the same.
ANSWER_WITHIN = timedelta(days=30)


async def ask(turn: Turn, subject: str) -> None:
    """Eleven months without a word about it: is it still right?"""
    profile = await _silent(turn, subject, presence.ASK_AGAIN)
    if profile is None:
        return
    end = moment(profile.confirmed_at) + presence.ASLEEP
    await due.plan(turn.tx, presence.SLEEP, subject, max(end, turn.now + ANSWER_WITHIN))
    await between.tell(
        turn,
        profile.person_id,
        between.said(turn, "profile_still_right"),
        button(turn, "button_profile_right", "right"),
        button(turn, "button_profile_look", ""),
    )


async def fall_asleep(turn: Turn, subject: str) -> None:
    """A year and no answer: nobody finds it any more. Its owner is told that once."""
    profile = await _silent(turn, subject, presence.ASLEEP)
    if profile is None:
        return
    await presence.step_back(turn, profile.person_id, asleep=True)
    await between.tell(
        turn,
        profile.person_id,
        between.said(turn, "profile_asleep"),
        button(turn, "button_profile_wake", "right"),
        button(turn, "button_profile_delete", "del"),
    )


async def drop_draft(turn: Turn, subject: str) -> None:
    """Nobody went on with it; whoever begins again begins anew."""
    profile = await profiles.of(turn.tx, int(subject))
    if profile is not None and profile.state == "draft":
        await presence.forget(turn, profile.person_id)


async def hide_the_lost(turn: Turn, seen_before: datetime) -> None:
    """Nobody is to wait for somebody who cannot come back to their chat."""
    for person_id in await profiles.lost(turn.tx, seen_before):
        await presence.step_back(turn, person_id, asleep=True)


async def _silent(turn: Turn, subject: str, for_: timedelta) -> Profile | None:
    """The profile, if it is shown and nobody has said for so long that it is right."""
    profile = await profiles.of(turn.tx, int(subject))
    if profile is None or profile.state != "live":
        return None
    return profile if turn.now - moment(profile.confirmed_at) >= for_ else None
