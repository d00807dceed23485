"""`/profil`: begin one, go on, look at it, step back, delete it. All of it by its owner alone."""

from datetime import timedelta

from handlers.network import presence, profile_page, profile_questions, profile_words
from handlers.network.profile_page import button
from handlers.text import Text
from handlers.turn import Turn
from storage import consents, profiles
from storage.consents import Purpose
from storage.profiles import Profile

OPEN = timedelta(minutes=30)  # how long a question waits for words; its buttons wait for ever

_PURPOSES: dict[str, Purpose] = {"directory": "directory", "contact": "contact"}


async def begin(turn: Turn, rest: str = "") -> None:
    """`/profil`: the first question, the one that is still open, or the page."""
    profile = await _own(turn)
    if profile is None:
        await _new(turn)
    elif profile.state == "draft":
        await _go_on(turn, profile)
    else:
        await profile_page.show(turn, profile)


async def _new(turn: Turn) -> None:
    profile = Profile(person_id=_person(turn))
    await presence.keep(turn, profile)
    await profile_questions.ask(turn, profile, "town", turn.words("profile_begin"))


async def _go_on(turn: Turn, profile: Profile) -> None:
    step = profile.step if profile.step in profile_questions.ORDER else "town"
    await profile_questions.ask(turn, profile, step, turn.words("profile_goes_on"))


async def pressed(turn: Turn, value: str) -> bool:
    """The buttons `prof:…`; False for one that is of no use any more."""
    if turn.person is None:
        return False
    profile = await _own(turn)
    if value == "":
        await begin(turn)
        return True
    if profile is None:
        return False
    match value:
        case "done":
            await _publish(turn, profile)
        case "pause" if profile.state != "draft":
            await _pause(turn, profile)
        case "back" if profile.state != "draft":
            await _return(turn, profile, "profile_resumed")
        case "right" if profile.state != "draft":
            await _return(turn, profile, "profile_confirmed")
        case "del":
            yes = button(turn, "button_profile_delete_yes", "del:yes")
            no = button(turn, "button_profile_delete_no", "")
            turn.say("profile_delete_really", yes, no)
        case "del:yes":
            await _delete(turn)
        case _ if value.startswith("yes:"):
            return await _consent(turn, profile, value.removeprefix("yes:"))
        case _:
            return await profile_questions.pressed(turn, profile, value)
    return True


async def answered(turn: Turn) -> bool:
    """Take a message as the answer to an open question; False if it is something else."""
    asked = turn.conversation.profile
    profile = await _own(turn)
    if profile is None or asked is None or turn.now - asked > OPEN:
        return False
    return await profile_words.typed(turn, profile)


async def waits(turn: Turn) -> None:
    """Something else was answered in the middle of it: say that the profile is still open."""
    profile = await _own(turn)
    if profile is None or not turn.said:
        return
    if turn.conversation.expects == "":
        turn.conversation = turn.conversation.but(expects="profile")
    if profile.state == "draft":
        turn.say("profile_waits", button(turn, "button_profile_go_on", ""))


# -- whether others find it ------------------------------------------------------------------


async def _publish(turn: Turn, profile: Profile) -> None:
    """The end of the questions. Without the consent it stays a draft."""
    if profile.state != "draft":
        await profile_page.show(turn, profile)
    elif not (profile.offers or profile.seeks):
        await profile_questions.ask(turn, profile, "offers", turn.words("profile_one_topic"))
    elif await presence.appear(turn, profile):
        in_the_web = turn.incoming.channel == "web"
        await _show(
            turn, "profile_published", turn.words("profile_in_the_web") if in_the_web else ""
        )
    else:
        await profile_questions.ask(turn, profile, "consent", turn.words("profile_not_without"))


async def _consent(turn: Turn, profile: Profile, value: str) -> bool:
    purpose = _PURPOSES.get(value.removeprefix("no:"))
    if purpose is None:
        return False
    if value == purpose:
        if purpose == "contact" and not profile.contact:
            return False
        await presence.agree(turn, purpose)
        said = turn.words("profile_agreed")
    else:
        was = profile.state
        await presence.take_back(turn, profile, purpose)
        profile = await _own(turn) or profile
        hidden = was != profile.state
        said = turn.words("profile_taken_back_hidden" if hidden else "profile_taken_back")
    await profile_questions.ask(turn, profile, "consent", said)
    return True


async def _pause(turn: Turn, profile: Profile) -> None:
    if profile.state != "paused":
        await presence.step_back(turn, profile.person_id)
    await _show(turn, "profile_paused")


async def _return(turn: Turn, profile: Profile, sentence: str) -> None:
    """Found by others again, or still: whoever presses this says that everything is right."""
    if profile.state == "paused" and sentence == "profile_confirmed":
        await profile_page.show(turn, profile)  # the question is from before the pause
    elif await presence.appear(turn, profile):
        await _show(turn, sentence)
    elif await consents.live(turn.tx, profile.person_id, "directory"):
        await profile_questions.ask(turn, profile, "offers", turn.words("profile_one_topic"))
    else:
        await profile_questions.ask(turn, profile, "consent", turn.words("profile_not_without"))


async def _delete(turn: Turn) -> None:
    await presence.forget(turn, _person(turn))
    turn.conversation = turn.conversation.but(expects="", profile=None)
    turn.say("profile_deleted")


async def _show(turn: Turn, sentence: str, more: Text | str = "") -> None:
    profile = await _own(turn)
    assert profile is not None  # noqa: S101 - it was there a moment ago
    await profile_page.show(turn, profile, Text.joined([turn.words(sentence), more]))


async def _own(turn: Turn) -> Profile | None:
    return await profiles.of(turn.tx, _person(turn))


def _person(turn: Turn) -> int:
    assert turn.person is not None  # noqa: S101 - only people have a profile
    return turn.person.id
