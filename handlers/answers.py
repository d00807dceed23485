"""Showing what we know, and asking whether it helped."""

from handlers import requests
from handlers.conversation import Item
from handlers.message import Button
from handlers.network import interest, sharing
from handlers.programme import single_event
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import has_plain, shown


async def show(turn: Turn, *items: Item, before: Text | str = "") -> None:
    """Items that we know in one reply, each in the language that the person chose.

    It is asked once whether they helped; the button names the first of them.
    """
    _, first = items[0]
    turn.conversation = turn.conversation.but(
        expects="", feedback=first, shown=items, shown_at=turn.now
    )
    text = shown(turn.knowledge, items, plain=turn.plain)
    turn.reply(
        Text.joined([before, text, turn.words("did_it_help")]),
        *await _of_one(turn, items),
        Button(label=turn.label("button_helped"), action=f"ok:yes:{first}"),
        Button(label=turn.label("button_not_helped"), action=f"ok:no:{first}"),
        *_other_language(turn, items),
        *_share(turn, items),
        *await requests.join_button(turn),
    )


async def _of_one(turn: Turn, items: tuple[Item, ...]) -> tuple[Button, ...]:
    """What can be done with something that is shown alone."""
    kind, item_id = items[0]
    if len(items) > 1:
        return ()
    if kind == "event":
        return await single_event.detail_buttons(turn, turn.knowledge.library.events[item_id])
    if kind == "format":
        return (await interest.button(turn, turn.knowledge.library.formats[item_id]),)
    return ()


def _share(turn: Turn, items: tuple[Item, ...]) -> tuple[Button, ...]:
    """Whatever stands alone can be passed on; an event has its button among its own."""
    kind, item_id = items[0]
    return (sharing.button(turn, kind, item_id),) if len(items) == 1 and kind != "event" else ()


def _other_language(turn: Turn, items: tuple[Item, ...]) -> tuple[Button, ...]:
    """The same in other words, if there are some."""
    both = [item_id for kind, item_id in items if has_plain(turn.knowledge, (kind, item_id))]
    if not both:
        return ()
    if turn.plain:
        return (Button(label=turn.label("button_standard"), action=f"standard:{both[0]}"),)
    return (Button(label=turn.label("button_plain"), action=f"plain:{both[0]}"),)
