"""Einfache Sprache: people choose how we write to them, and may change their mind."""

from dataclasses import replace

from handlers import answers, requests
from handlers.conversation import Item
from handlers.message import Button
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import has_plain
from storage import people


async def plain(turn: Turn, rest: str = "") -> None:
    """ "Bitte einfacher": from now on, beginning with what was said last."""
    if turn.plain:
        _already(turn)
        return
    await _keep(turn, plain=True)
    conversation = turn.conversation
    latest = conversation.topic(turn.now)
    again = _in_both(turn, latest)
    # After "Nein" a person is on offer too, but then it is the answer that was too hard.
    asked_about_person = conversation.expects == "handover" and (
        bool(conversation.feedback) or not latest
    )
    if conversation.expects == "concern":
        turn.reply(Text.joined([turn.words("plain_on"), turn.words("what_about")]))
    elif asked_about_person:
        turn.say("plain_on")
        await requests.human(turn)
    elif again:
        await answers.show(turn, *again, before=turn.words("plain_on"))
    elif latest:
        turn.say("plain_on_not_this", _human(turn), _standard(turn))
    else:
        turn.say("plain_on", _standard(turn))


async def standard(turn: Turn, rest: str = "") -> None:
    """ "Wieder normal": from now on, beginning with what was said last."""
    if not turn.plain:
        _already(turn)
        return
    await _keep(turn, plain=False)
    again = _in_both(turn, turn.conversation.topic(turn.now))
    if again and not turn.conversation.expects:
        await answers.show(turn, *again, before=turn.words("standard_on"))
    else:
        turn.say("standard_on")


async def overheard(turn: Turn) -> None:
    """A colleague was asked to write more simply: so will we, when it is our turn again."""
    if turn.meaning in ("plain", "standard"):
        await _keep(turn, plain=turn.meaning == "plain")


async def plain_pressed(turn: Turn, value: str) -> bool:
    return await _pressed(turn, value, wanted=True)


async def standard_pressed(turn: Turn, value: str) -> bool:
    return await _pressed(turn, value, wanted=False)


async def _pressed(turn: Turn, value: str, *, wanted: bool) -> bool:
    """A button: below an answer it names the answer, elsewhere nothing."""
    if not value:
        await (plain(turn) if wanted else standard(turn))
        return True
    item = ("faq", value)
    if not has_plain(turn.knowledge, item):
        return False
    latest = turn.conversation.topic(turn.now)
    again = _in_both(turn, latest if item in latest else (item,))
    if turn.plain is not wanted:
        await _keep(turn, plain=wanted)
        changed = turn.words("plain_on" if wanted else "standard_on")
        await answers.show(turn, *again, before=changed)
    elif again == latest:
        _already(turn)
    else:
        await answers.show(turn, *again)
    return True


def _already(turn: Turn) -> None:
    """Nothing changes; whoever still does not understand has a person to ask."""
    if turn.plain:
        turn.say("plain_already", _human(turn), _standard(turn))
    else:
        turn.say("standard_already")


async def _keep(turn: Turn, *, plain: bool) -> None:
    assert turn.person is not None  # noqa: S101 - only people get here
    await people.choose_language(turn.tx, turn.person.id, plain=plain)
    turn.person = replace(turn.person, plain=plain)


def _in_both(turn: Turn, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Those that read differently in the other language."""
    return tuple(item for item in items if has_plain(turn.knowledge, item))


def _human(turn: Turn) -> Button:
    return Button(label=turn.label("button_human"), action="human")


def _standard(turn: Turn) -> Button:
    return Button(label=turn.label("button_standard"), action="standard")
