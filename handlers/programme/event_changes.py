"""An event is changed at the desk, and whoever acted hears what comes of it."""

from handlers.programme import event_card, keeping
from handlers.text import Text
from handlers.turn import Turn
from knowledge.models import Event
from storage.events import Kept


async def put(turn: Turn, event: Event, *, draft: bool = False) -> keeping.Outcome:
    """Keep it as it is now; what is published is found in chats a moment later."""
    turn.knowledge_changed = True
    return await keeping.keep(turn.tx, event, "desk", turn.now, draft=draft)


async def keep_new(turn: Turn, event: Event) -> str:
    """Keep it as a draft; its id, which no other event has."""
    event = event.model_copy(update={"id": await keeping.free(turn.tx, event.id)})
    await put(turn, event, draft=True)
    return event.id


async def keep(turn: Turn, kept: Kept, event: Event) -> Text:
    """Keep what became of it; the words for whoever changed it.

    Those who marked it learn by themselves when it moves.
    """
    is_draft = kept.state == "draft"
    outcome = await put(turn, event, draft=is_draft)
    if outcome == "same":
        return turn.words("evd_same")
    told = 0
    if outcome == "moved" and not keeping.is_over(event, turn.now):
        told = await event_card.number_marked(turn, kept.id)
    if told == 1:
        return turn.words("evd_changed_told_one")
    return turn.words("evd_changed_told" if told else "evd_changed", number=told)
