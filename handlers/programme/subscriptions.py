"""Subscriptions: people choose what we tell them of without being asked.

Every button says what it does and not "the other way round": pressed twice, or pressed
in an old list, it does the same again.
"""

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet

from handlers.message import Button, Kind
from handlers.programme.subscription_offers import (
    Choice,
    Key,
    is_coming,
    key,
    keys_of,
    name_of,
    offers,
)
from handlers.programme.subscription_words import wish
from handlers.requests import RESTED
from handlers.text import Text
from handlers.turn import Turn
from storage import announcements, events, requests, subscriptions
from storage.moments import moment
from storage.subscriptions import Rhythm

PAGE = 8
NIGHT = (20 * 60, 8 * 60)  # minutes of the day

# -- choosing ------------------------------------------------------------------------


async def choose(turn: Turn, rest: str = "") -> None:
    """`/abo`: what there is to subscribe to, and what is chosen."""
    turn.conversation = turn.conversation.but(expects="")
    await _list(turn)


async def pressed(turn: Turn, value: str) -> bool:
    """The buttons `subs:…`; with `no:` before it, it takes something back."""
    if turn.person is None:
        return False
    wanted = not value.startswith("no:")
    code = value.removeprefix("no:")
    match code:
        case "" if wanted:
            await _list(turn)
        case "q":
            await subscriptions.set_quiet(turn.tx, turn.person.id, NIGHT if wanted else None)
            await _list(turn, turn.words("subs_quiet_on" if wanted else "subs_quiet_off"))
        case "r:now" | "r:weekly" if wanted:
            rhythm: Rhythm = "now" if code == "r:now" else "weekly"
            await subscriptions.set_rhythm(turn.tx, turn.person.id, rhythm)
            await announcements.reconsider(turn.tx, turn.person.id, turn.now)
            await _list(turn, turn.words("subs_now_on" if rhythm == "now" else "subs_weekly_on"))
        case "ok" if wanted:
            await _done(turn)
        case "end" if wanted:
            await stop(turn)
        case "end:marks" if wanted:
            await _forget_marks(turn)
        case _ if wanted and code.startswith("p:"):
            return await _turn_page(turn, code.removeprefix("p:"))
        case _:
            return await _choose(turn, code, wanted=wanted)
    return True


async def _choose(turn: Turn, code: str, *, wanted: bool) -> bool:
    """Subscribe to one thing, or no longer, and show the list again."""
    person_id = _person(turn)
    held = await _held(turn)
    choices = _choices(turn, held)
    choice = next((choice for choice in choices if choice.code == code), None)
    if choice is None:
        return False
    page = choices.index(choice) // PAGE
    if not wanted:
        for kind, value in held:
            if key(kind, value) == choice.key:
                await subscriptions.unsubscribe(turn.tx, person_id, kind, value)
        if await _held(turn):
            await announcements.reconsider(turn.tx, person_id, turn.now)
        else:
            await announcements.withdraw(turn.tx, person_id, turn.now)
        await _list(turn, turn.words("subs_dropped", what=choice.name), page)
        return True
    if choice.key not in {key(*each) for each in held}:
        await subscriptions.subscribe(turn.tx, person_id, choice.kind, choice.value, turn.now)
    added = turn.words("subs_added", what=choice.name)
    if number := _number_coming(turn, {choice.key}):
        added = Text.joined([added, turn.words("subs_coming", number=number)], by=" ")
        await _list(turn, added, page, _coming_button(turn))
    else:
        await _list(turn, added, page)
    return True


async def _turn_page(turn: Turn, number: str) -> bool:
    if not number.isdecimal() or len(number) > 4:
        return False
    if int(number) * PAGE >= len(_choices(turn, await _held(turn))):
        return False
    await _list(turn, page=int(number))
    return True


async def _list(turn: Turn, before: Text | None = None, page: int = 0, *more: Button) -> None:
    """All that there is, with what is chosen; `before` says what was changed just now."""
    person_id = _person(turn)
    held = await _held(turn)
    keys = {key(*each) for each in held}
    choices = _choices(turn, held)
    last = (len(choices) - 1) // PAGE
    page = min(page, last)
    rhythm = await subscriptions.rhythm(turn.tx, person_id)
    quiet = await subscriptions.quiet(turn.tx, person_id) is not None
    buttons = [
        _box(turn, choice, choice.key in keys)
        for choice in choices[page * PAGE : (page + 1) * PAGE]
    ]
    if page:
        buttons.append(_button(turn, "button_subs_previous", f"p:{page - 1}"))
    if page < last:
        buttons.append(_button(turn, "button_more", f"p:{page + 1}"))
    buttons += [
        _option(turn, "button_subs_now", "r:now", "r:now", rhythm == "now"),
        _option(turn, "button_subs_weekly", "r:weekly", "r:weekly", rhythm == "weekly"),
        _option(turn, "button_subs_quiet", "q", "no:q", quiet),
        *more,
        _button(turn, "button_subs_done", "ok"),
    ]
    if held:
        buttons.append(_button(turn, "button_subs_end", "end"))
    place = turn.words("subs_page", page=page + 1, pages=last + 1) if last else ""
    turn.reply(Text.joined([before or turn.words("subs_choose"), place]), *buttons)


async def _done(turn: Turn) -> None:
    """What they will get, in one sentence."""
    held = await _held(turn)
    if not held:
        turn.say("subs_done_nothing", _button(turn, "button_subs_change", ""))
        return
    rhythm = await subscriptions.rhythm(turn.tx, _person(turn))
    quiet = await subscriptions.quiet(turn.tx, _person(turn)) is not None
    sentence = {
        ("now", False): "subs_done_now",
        ("now", True): "subs_done_now_quiet",
        ("weekly", False): "subs_done_weekly",
        ("weekly", True): "subs_done_weekly_quiet",
    }[rhythm, quiet]
    buttons = [
        _button(turn, "button_subs_change", ""),
        _button(turn, "button_subs_end", "end"),
    ]
    if _number_coming(turn, {key(*each) for each in held}):
        buttons.insert(0, _coming_button(turn))
    turn.say(sentence, *buttons, what=_named(turn, held))


async def summary(turn: Turn) -> Text:
    """What the person subscribed to, for those who ask what we hold of them; empty for nothing."""
    held = await _held(turn)
    return turn.words("data_subscriptions", what=_named(turn, held)) if held else Text()


# -- ending --------------------------------------------------------------------------


async def stop(turn: Turn, rest: str = "") -> None:
    """End everything, at once and without asking: it is easily begun again.

    What was already waiting to be sent to them is not sent any more.
    """
    await announcements.withdraw(turn.tx, _person(turn), turn.now)
    ended = await subscriptions.end_all(turn.tx, _person(turn))
    parts = [turn.words("subs_ended" if ended else "subs_none_to_end")]
    buttons = [_button(turn, "button_subs", "")]
    if marks := await _coming_marks(turn):
        parts.append(turn.words("subs_marks_stay", number=len(marks)))
        buttons.append(_button(turn, "button_subs_end_marks", "end:marks"))
    turn.reply(Text.joined(parts), *buttons)


async def _forget_marks(turn: Turn) -> None:
    for event_id in await _coming_marks(turn):
        await events.unmark(turn.tx, _person(turn), event_id)
    turn.say("subs_marks_ended")


async def _coming_marks(turn: Turn) -> list[str]:
    """Events that the person will be reminded of."""
    known = turn.knowledge.library.events
    marked = await events.marks_of(turn.tx, _person(turn))
    return [mark for mark in marked if mark in known and is_coming(known[mark], turn.now)]


# -- what there is ---------------------------------------------------------------------


async def _held(turn: Turn) -> list[Key]:
    return await subscriptions.of(turn.tx, _person(turn))


def _choices(turn: Turn, held: Iterable[Key]) -> Sequence[Choice]:
    """All that there is; and what somebody has and nobody offers any more, to be given up."""
    everything = Choice("all", "", turn.label("subs_all"))
    offered = [everything, *offers(turn.knowledge.library).choices]
    keys = {choice.key for choice in offered}
    gone = {key(*each): Choice(*each, name=name_of(*each)) for each in held}
    return offered + [choice for key, choice in gone.items() if key not in keys]


def _named(turn: Turn, held: Collection[Key]) -> str:
    """What somebody has, as one reads it out; everything includes all the rest."""
    choices = {choice.key: choice for choice in _choices(turn, held)}
    keys = {key(*each) for each in held}
    if ("all", "") in keys:
        return choices["all", ""].name
    return ", ".join(choice.name for key, choice in choices.items() if key in keys)


def _number_coming(turn: Turn, keys: AbstractSet[Key]) -> int:
    """How many coming events fit one of these."""
    library = turn.knowledge.library
    return sum(
        is_coming(event, turn.now) and not keys.isdisjoint(keys_of(library, event))
        for event in library.events.values()
    )


# -- buttons ---------------------------------------------------------------------------


def _box(turn: Turn, choice: Choice, checked: bool) -> Button:
    """Whether it is chosen stands there in words, too: not everybody sees the check mark."""
    label = turn.words("subs_checked" if checked else "subs_unchecked", what=choice.name)
    action = f"subs:no:{choice.code}" if checked else f"subs:{choice.code}"
    return Button(label=str(label), action=action)


def _option(turn: Turn, name: str, on: str, off: str, chosen: bool) -> Button:
    label = turn.words("subs_set" if chosen else "subs_unchecked", what=turn.label(name))
    return Button(label=str(label), action=f"subs:{off if chosen else on}")


def _button(turn: Turn, name: str, code: str) -> Button:
    return Button(label=turn.label(name), action=f"subs:{code}")


def _coming_button(turn: Turn) -> Button:
    return Button(label=turn.label("button_subs_coming"), action="evts")


def _person(turn: Turn) -> int:
    assert turn.person is not None  # noqa: S101 - only people subscribe
    return turn.person.id


# -- in words --------------------------------------------------------------------------


async def asked_for(turn: Turn) -> bool:
    """Take a message that plainly means subscribing or unsubscribing; leave all others.

    A question about it ("Was kostet das Abo?") is one for our answers. What somebody says
    to a coordinator is for the coordinator, unless they want to hear no more of us.
    """
    it = turn.incoming
    if it.kind is not Kind.MESSAGE or it.files or it.place or it.contact or turn.person is None:
        return False
    match wish(turn.text, offers(turn.knowledge.library).words):
        case "begin" if not await _with_a_person(turn):
            await choose(turn)
            return True
        case "end" if await _held(turn) or not await _with_a_person(turn):
            pass
        case "stop" if await _held(turn) and not await _with_a_person(turn):
            pass
        case _:
            return False
    turn.conversation = turn.conversation.but(expects="")
    await stop(turn)
    return True


async def _with_a_person(turn: Turn) -> bool:
    """Whether a coordinator is talking with them."""
    return any(
        request.state != "closed"
        and (request.claimed_by is not None or request.answered_at is not None)
        and turn.now - moment(request.updated_at) <= RESTED
        for request in await requests.of_person(turn.tx, _person(turn))
    )
