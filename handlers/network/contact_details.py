"""Contact details: given by choice, with a consent that holds, and to this one person."""

from handlers.network.between import button, me, said, tell_other, ways
from handlers.network.cards import visible
from handlers.turn import Turn
from storage import consents, profiles
from storage import introductions as store
from storage.introductions import Introduction


async def offer(turn: Turn, it: Introduction) -> bool:
    """Asked once more, with what would be given: it cannot be taken back."""
    if it.state != "agreed":
        return False
    if it.mode(me(turn)) == "contact":
        turn.say("intro_given_already", number=it.number)
    elif contact := await _own_contact(turn):
        turn.say(
            "intro_give_really",
            button(turn, "button_intro_give", f"intro:give:{it.id}"),
            button(turn, "button_prot_enter", f"prot:enter:{it.id}"),
            contact=contact,
            number=it.number,
        )
    else:
        turn.say(
            "intro_no_contact",
            button(turn, "button_peer_profile", "prof"),
            button(turn, "button_prot_enter", f"prot:enter:{it.id}"),
        )
    return True


async def give(turn: Turn, it: Introduction) -> bool:
    if it.state != "agreed":
        return False
    if it.mode(me(turn)) == "contact":
        turn.say("intro_given_already", number=it.number)
        return True
    contact = await _own_contact(turn)
    if not contact:
        return await offer(turn, it)
    await store.choose(turn.tx, it, me(turn), "contact")
    agreed = await store.get(turn.tx, it.id) or it
    turn.say("intro_given", *ways(turn, agreed, me(turn)), number=it.number)
    words = said(turn, "intro_contact", number=it.number, contact=contact)
    await tell_other(turn, it, words, *ways(turn, it, it.other(me(turn))))
    return True


async def _own_contact(turn: Turn) -> str:
    """What this person may give to another at this moment; empty if nothing, or not agreed."""
    profile = await profiles.of(turn.tx, me(turn))
    if profile is None or profile.state != "live" or visible(profile, "contact") == "never":
        return ""
    agreed = await consents.live(turn.tx, me(turn), "contact")
    findable = await consents.live(turn.tx, me(turn), "directory")
    return profile.contact if agreed and findable else ""
