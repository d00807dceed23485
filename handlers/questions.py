"""A question: answer it, suggest something, or hand it over, in this order of preference."""

from collections.abc import Awaitable, Callable

from handlers import answers, formats, language, privacy, requests, welcome
from handlers.desk import blocking
from handlers.hours import day_of
from handlers.message import Button, Kind
from handlers.network import asking, experts, finder, groups, profile_dialogue
from handlers.programme import events, subscriptions
from handlers.turn import Turn
from handlers.wording import SMALL_TALK, answered, choice, is_known
from knowledge.decide import Answer, Chat, HandOver, Several, Suggest
from storage import house


async def hear(turn: Turn) -> None:
    """Somebody wrote something that is neither a command nor an emergency."""
    if await blocking.heard(turn):
        return
    if await subscriptions.asked_for(turn):
        return
    if await requests.belongs_to_a_person(turn):
        await language.overheard(turn)
        return
    if turn.conversation.expects == "concern":
        await _concern(turn)
        return
    if not turn.text:
        await _offer_person(turn)
        return
    if (
        await asking.asked_for(turn)
        or await groups.asked_for(turn)
        or await finder.asked_for(turn)
        or await events.asked_for(turn)
        or await experts.asked_for(turn)
    ):
        await _count(turn, "answered")
        return
    decision = turn.decision
    # What only looks like small talk is a line of what somebody is just typing.
    goes_on = turn.heard.guessed and requests.is_typing(turn)
    if isinstance(decision, Chat) and not goes_on and await small_talk(turn, decision.kind):
        return
    if turn.incoming.files or turn.incoming.place or turn.incoming.contact:
        # A question about what is on a picture is one for people.
        await _offer_person(turn)
        return
    typing_on = turn.conversation.expects == "handover" and requests.is_typing(turn)
    match decision:
        case Answer(confidence=sure) if typing_on and sure < _ALL_THE_SAME:
            # "An wen wende ich mich da?" goes with the lines before it.
            await requests.goes_on(turn)
        case Answer() | Several():
            items = answered(decision)
            await _count(turn, "answered")
            for _, item_id in items:
                await _count(turn, "answer", item_id)
            await requests.note(turn)
            await answers.show(turn, *items)
        case Suggest(hits=hits):
            if await requests.goes_on(turn):
                return
            await _count(turn, "suggest")
            await requests.note(turn)
            none = Button(label=turn.label("button_none"), action="none")
            turn.say("did_you_mean", *(choice(hit) for hit in hits), none)
        case HandOver() | Chat():
            if await requests.goes_on(turn):
                return
            await _count(turn, "handover")
            await _offer_person(turn)


# An answer so sure is given although the line may belong to what is on offer already.
_ALL_THE_SAME = 0.9


async def _offer_person(turn: Turn) -> None:
    """What follows is about this, and no longer about what we answered before."""
    turn.conversation = turn.conversation.but(shown=())
    await requests.offer(turn)


async def _concern(turn: Turn) -> None:
    """We asked what it is about: whatever comes now is that, unless it asks for something else."""
    match turn.meaning:
        case "no":
            await requests.answered(turn, yes=False)
        case "my_requests" | "help" | "privacy" | "plain" | "standard" as kind:
            await small_talk(turn, kind)
        case _:
            await requests.concern(turn)


async def small_talk(turn: Turn, kind: str) -> bool:
    """Answer what is not a question; False if it has no meaning here."""
    if kind in ("yes", "no") and turn.conversation.expects:
        return await requests.answered(turn, yes=kind == "yes")
    match kind:
        case "human":
            await requests.human(turn)
        case "my_requests":
            await requests.mine(turn)
        case "close_request":
            await requests.close(turn)
        case "profile":
            await profile_dialogue.begin(turn)
        case "formats":
            await formats.browse(turn)
        case "events":
            await events.browse(turn)
        case "privacy":
            await privacy.explain(turn)
        case "help":
            await welcome.help_(turn)
        case "plain":
            await language.plain(turn)
        case "standard":
            await language.standard(turn)
        case "greeting":
            typing_on = requests.is_typing(turn)
            await requests.note(turn)
            if not (typing_on and turn.conversation.expects):
                await welcome.greeting(turn)
        case "thanks" | "bye" | "yes" | "no":
            turn.say(SMALL_TALK[kind])
        case _:
            return False
    return True


def chosen(kind: str) -> Callable[[Turn, str], Awaitable[bool]]:
    """The handler for a button that names an item of this kind."""

    async def show(turn: Turn, item_id: str) -> bool:
        item = (kind, item_id)
        if not is_known(turn.knowledge, item):
            return False
        await _count(turn, "chosen", item_id)
        await answers.show(turn, item)
        return True

    return show


async def none_of_them(turn: Turn, value: str) -> bool:
    """ "Keins davon": then a person."""
    await _count(turn, "none")
    await requests.offer_draft(turn)
    return True


async def rated(turn: Turn, value: str) -> bool:
    """ "Hat das geholfen?" counts once for each answer; several are judged together."""
    verdict, _, item_id = value.partition(":")
    if verdict not in ("yes", "no") or turn.conversation.feedback != item_id:
        return False
    turn.conversation = turn.conversation.but(feedback="")
    together = [shown for _, shown in turn.conversation.shown]
    judged = together if item_id in together else [item_id]
    for each in judged:
        await _count(turn, "helped" if verdict == "yes" else "not_helped", each)
    if verdict == "yes":
        turn.conversation = turn.conversation.but(draft=())
        turn.say("glad")
        return True
    asked = turn.conversation.draft[-1].text if turn.conversation.draft else ""
    others = [hit for hit in turn.knowledge.search(asked) if hit.id not in judged] if asked else []
    nearest = [choice(hit) for hit in others[:2] if hit.score >= WORTH_A_LOOK]
    human = Button(label=turn.label("button_hand_over"), action="ho:yes")
    turn.conversation = turn.conversation.but(expects="handover")
    turn.say("not_helped" if nearest else "not_helped_no_other", *nearest, human)
    return True


# Somebody who just said that an answer did not help is shown others only when
# these are near; far-fetched ones would cost the rest of their patience.
WORTH_A_LOOK = 0.35


async def _count(turn: Turn, what: str, subject: str = "") -> None:
    if turn.incoming.kind in (Kind.MESSAGE, Kind.BUTTON):
        await house.tally(turn.tx, day_of(turn.now), what, subject)
