"""Whether others find somebody: becoming visible, stepping back, being forgotten.

Only here does a profile become `live`, and only with the consent that this needs. Whoever
steps back leaves their introductions at the same moment.
"""

from dataclasses import replace
from datetime import timedelta

from handlers.network import introductions
from handlers.turn import Turn
from storage import consents, due, profiles
from storage.consents import Purpose
from storage.profiles import Profile

# The words that people agree to; a test holds their sentences to it.
VERSION = "2026-11b"

ASK_AGAIN = timedelta(days=335)  # eleven months after they last said that it is right
ASLEEP = timedelta(days=365)
CONFIRM = "profile-confirm"  # due kinds; their subject is the number of the person
SLEEP = "profile-sleep"
DRAFT = "profile-draft"
DRAFTS = timedelta(days=30)  # that a profile nobody finished is kept


async def appear(turn: Turn, profile: Profile) -> bool:
    """Others may find them from now on; False without their consent or without any topic."""
    if not (profile.offers or profile.seeks):
        return False
    if not await consents.live(turn.tx, profile.person_id, "directory"):
        return False
    await keep(turn, replace(profile, state="live"))
    return True


async def keep(turn: Turn, profile: Profile) -> None:
    """It reads like this from now on. That counts as saying that it is right."""
    await profiles.keep(turn.tx, profile, turn.now)
    subject = str(profile.person_id)
    if profile.state == "live":
        await due.cancel(turn.tx, DRAFT, subject)
        await due.cancel(turn.tx, SLEEP, subject)
        await due.plan(turn.tx, CONFIRM, subject, turn.now + ASK_AGAIN)
    elif profile.state == "draft":
        await due.plan(turn.tx, DRAFT, subject, turn.now + DRAFTS)


async def step_back(turn: Turn, person_id: int, *, asleep: bool = False) -> None:
    """Nobody finds them any more, until they say otherwise; what they wrote stays."""
    await profiles.set_state(turn.tx, person_id, "asleep" if asleep else "paused", turn.now)
    await leaving(turn, person_id)


async def agree(turn: Turn, purpose: Purpose) -> None:
    """They agree to one thing, by pressing a button that says so."""
    assert turn.person is not None  # noqa: S101 - only people agree
    person_id, channel = turn.person.id, turn.incoming.channel
    await consents.give(turn.tx, person_id, purpose, VERSION, channel, turn.now)


async def take_back(turn: Turn, profile: Profile, purpose: Purpose) -> None:
    """They do not agree any more; what needed it ends at once."""
    await consents.withdraw(turn.tx, profile.person_id, purpose, turn.now)
    if purpose == "directory" and profile.state in ("live", "asleep"):
        await step_back(turn, profile.person_id)


async def forget(turn: Turn, person_id: int) -> None:
    """Nothing is left of the profile, of what was agreed to, and of what was planned."""
    await leaving(turn, person_id)
    await profiles.forget(turn.tx, person_id)
    await consents.forget(turn.tx, person_id)


async def leaving(turn: Turn, person_id: int) -> None:
    """Nobody finds them from now on: whoever asked them or was asked by them is told."""
    for kind in (CONFIRM, SLEEP, DRAFT):
        await due.cancel(turn.tx, kind, str(person_id))
    await introductions.withdrawn(turn, person_id)
