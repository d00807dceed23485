"""Events at the desk: found, published, cancelled, deleted, in a chat or in the browser.

Both faces end here. In a chat every step shows the event's card again; a page gets one
notice, whose button leads on.
"""

from collections.abc import Awaitable, Callable

from handlers.announcing.drafts import of_event
from handlers.desk.unclear import Unclear
from handlers.programme import event_card, event_fields, event_questions, event_search, keeping
from handlers.programme.event_card import CODES, LABELS, content
from handlers.programme.event_changes import keep, keep_new, put
from handlers.text import Text
from handlers.turn import Turn
from storage import events
from storage.coordinators import Coordinator
from storage.events import Kept

OFFERED = 20  # events, where there are many


# -- commands -----------------------------------------------------------------------------


async def begin(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/veranstaltung`, with or without its title: the questions begin."""
    if _may(turn, by):
        await event_questions.begin(turn, by, rest)


async def open_(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/aendern`: the card of an event, by its id or by words of its title."""
    if not _may(turn, by):
        return
    found = await event_search.called(turn.tx, rest, turn.now)
    kept = await events.get(turn.tx, found[0].id) if len(found) == 1 and rest else None
    if kept is not None:
        await event_card.show(turn, kept)
    elif found:
        buttons = event_card.choices(found[:OFFERED])
        event_card.say(turn, turn.words("evd_which"), *buttons)
    else:
        event_card.say(turn, turn.words("evd_not_found" if rest else "evd_nothing", words=rest))


async def drafts(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/entwuerfe`: what is not published yet."""
    if not _may(turn, by):
        return
    found = await events.drafts(turn.tx)
    buttons = event_card.choices(map(content, found[:OFFERED]))
    name = "evd_drafts" if found else "evd_no_drafts"
    event_card.say(turn, turn.words(name, number=len(found)), *buttons)


COMMANDS: dict[str, Callable[[Turn, Coordinator, str], Awaitable[None]]] = {
    "veranstaltung": begin,
    "aendern": open_,
    "entwuerfe": drafts,
}


def _may(turn: Turn, by: Coordinator) -> bool:
    if not by.publishes:
        event_card.say(turn, turn.words("evd_not_allowed"))
    return by.publishes


# -- buttons, and pages ------------------------------------------------------------------------


async def answered(turn: Turn, by: Coordinator) -> bool:
    """Take a message if a question to this coordinator is open in this chat."""
    return by.publishes and await event_questions.answered(turn, by)


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """A button or a page names its verb, and mostly its event: evd:publish:webtalk-2027-03-12."""
    verb, _, value = rest.partition(":")
    if not _may(turn, by):
        return
    at_page = turn.incoming.channel == "desk"
    if at_page and verb == "new":
        await _new(turn)
    elif not at_page and verb in _QUESTIONS:
        await event_questions.pressed(turn, by, verb, value)
    elif not at_page and verb == "ask":
        await _ask(turn, by, value)
    elif verb in _VERBS and (kept := await events.get(turn.tx, value)):
        await _VERBS[verb](turn, by, kept)
    else:
        event_card.say(turn, turn.words("evd_gone" if verb in _VERBS else "button_outdated"))


async def _ask(turn: Turn, by: Coordinator, value: str) -> None:
    code, _, event_id = value.partition(":")
    field = next((name for name, short in CODES.items() if code in (name, short)), None)
    if field is None or await events.get(turn.tx, event_id) is None:
        event_card.say(turn, turn.words("evd_gone"))
    else:
        await event_questions.ask(turn, by, event_id, field)


async def _card(turn: Turn, by: Coordinator, kept: Kept) -> None:
    await event_card.show(turn, kept)


async def _edit(turn: Turn, by: Coordinator, kept: Kept) -> None:
    event_card.show_fields(turn, kept)


async def _publish(turn: Turn, by: Coordinator, kept: Kept) -> None:
    event = content(kept)
    if kept.state != "draft":
        await _refuse(turn, kept, "evd_published_already")
    elif keeping.is_over(event, turn.now):
        await _refuse(turn, kept, "evd_publish_over")
    else:
        await put(turn, event)
        url = f"{turn.house.public_url}/events/{kept.id}"
        said = turn.words("evd_published", title=event.title, url=url)
        await event_card.done(turn, kept.id, said)


async def _off(turn: Turn, by: Coordinator, kept: Kept) -> None:
    """Asks once more: everybody who marked it is told at once."""
    if reason := _not_to_cancel(turn, kept):
        await _refuse(turn, kept, reason)
        return
    number = await event_card.number_marked(turn, kept.id)
    name = {0: "evd_cancel_nobody", 1: "evd_cancel_one"}.get(number, "evd_cancel_many")
    event_card.say(
        turn,
        turn.words(name, title=content(kept).title, number=number),
        event_card.button(turn, "button_evd_cancel_yes", "cancel", kept.id),
        event_card.button(turn, "button_evd_no", "card", kept.id),
    )


async def _cancel(turn: Turn, by: Coordinator, kept: Kept) -> None:
    if reason := _not_to_cancel(turn, kept):
        await _refuse(turn, kept, reason)
        return
    event = content(kept).model_copy(update={"cancelled": True})
    await put(turn, event)
    said = turn.words("evd_cancelled", title=event.title)
    await event_card.done(turn, kept.id, said)


def _not_to_cancel(turn: Turn, kept: Kept) -> str:
    """The sentence that says why not; empty if it may be cancelled."""
    if kept.state == "draft":
        return "evd_cancel_draft"
    if kept.state == "cancelled":
        return "evd_cancelled_already"
    return "evd_over" if keeping.is_over(content(kept), turn.now) else ""


async def _revive(turn: Turn, by: Coordinator, kept: Kept) -> None:
    """It takes place after all."""
    event = content(kept)
    if kept.state != "cancelled":
        await _refuse(turn, kept, "evd_not_cancelled")
    elif keeping.is_over(event, turn.now):
        await _refuse(turn, kept, "evd_over")
    else:
        event = event.model_copy(update={"cancelled": False})
        await put(turn, event)
        await event_card.done(turn, kept.id, turn.words("evd_revived", title=event.title))


async def _drop(turn: Turn, by: Coordinator, kept: Kept) -> None:
    """Asks once more: what was typed is gone then."""
    if kept.state != "draft":
        await _refuse(turn, kept, "evd_delete_published")
        return
    event_card.say(
        turn,
        turn.words("evd_delete_ask", title=content(kept).title),
        event_card.button(turn, "button_evd_delete_yes", "delete", kept.id),
        event_card.button(turn, "button_evd_no", "card", kept.id),
    )


async def _delete(turn: Turn, by: Coordinator, kept: Kept) -> None:
    if not await events.remove(turn.tx, kept.id):
        await _refuse(turn, kept, "evd_delete_published")
        return
    buttons = [event_card.to_pages(turn)] if turn.incoming.channel == "desk" else []
    event_card.say(turn, turn.words("evd_deleted", title=content(kept).title), *buttons)


async def _announce(turn: Turn, by: Coordinator, kept: Kept) -> None:
    await of_event(turn, by, kept.id)


async def _refuse(turn: Turn, kept: Kept, name: str) -> None:
    """Nothing happened, and why; the card shows how it stands."""
    await event_card.done(turn, kept.id, turn.words(name, title=content(kept).title))


# -- pages -----------------------------------------------------------------------------------


async def _new(turn: Turn) -> None:
    """A page was filled in: a draft."""
    it = turn.incoming
    event, wrong = event_fields.filled(it.form, None, turn.knowledge.library, turn.now)
    if event is None:
        turn.reply(_wrong(turn, wrong))
        return
    event_id = await keep_new(turn, event)
    await event_card.done(turn, event_id, turn.words("evd_drafted"))


async def _save(turn: Turn, by: Coordinator, kept: Kept) -> None:
    """A page was changed that shows the event as it was at `revision`."""
    form = turn.incoming.form
    if form.get("revision") != kept.updated_at:
        # No page to go on to: what was typed shall stay where it is.
        turn.say("evd_meanwhile", title=content(kept).title)
        return
    before = content(kept)
    event, wrong = event_fields.filled(form, before, turn.knowledge.library, turn.now)
    if event is None:
        turn.reply(_wrong(turn, wrong))
        return
    said = await keep(turn, kept, event)
    await event_card.done(turn, kept.id, said)


def _wrong(turn: Turn, wrong: dict[str, Unclear]) -> Text:
    lines = [
        Text.joined([turn.words(LABELS[name]), turn.words(why.name, **why.fields)], by=": ")
        for name, why in wrong.items()
    ]
    return Text.joined([turn.words("evd_wrong"), *lines], by="\n")


_QUESTIONS = frozenset(("stop", "skip", "none", "pick", "with", "less", "page"))
_VERBS: dict[str, Callable[[Turn, Coordinator, Kept], Awaitable[None]]] = {
    "card": _card,
    "edit": _edit,
    "save": _save,
    "publish": _publish,
    "off": _off,
    "cancel": _cancel,
    "revive": _revive,
    "drop": _drop,
    "delete": _delete,
    "announce": _announce,
}
