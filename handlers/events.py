"""Events: what is coming, and what was."""

from datetime import date, datetime

from handlers.hours import BERLIN
from handlers.message import Button
from handlers.turn import Turn
from handlers.wording import when
from knowledge.models import Event

PAGE = 6


async def browse(turn: Turn, rest: str = "") -> None:
    await _page(turn, 0)


async def browse_pressed(turn: Turn, value: str) -> bool:
    if value and not value.isdecimal():
        return False
    return await _page(turn, int(value or 0))


async def _page(turn: Turn, page: int) -> bool:
    """Coming events first, soonest on top; then past ones, newest on top."""
    today = turn.now.astimezone(BERLIN).date()
    everything = turn.knowledge.library.events.values()
    coming = sorted((e for e in everything if _day(e) >= today), key=_day)
    past = sorted((e for e in everything if _day(e) < today), key=_day, reverse=True)
    listed = [*coming, *past]
    shown = listed[page * PAGE : (page + 1) * PAGE]
    if not shown:
        if page == 0:
            turn.say("no_events")
        return page == 0
    lines = "\n".join(f"• {when(event)}: {event.title}" for event in shown)
    buttons = [Button(label=event.title[:60], action=f"evt:{event.id}") for event in shown]
    if len(listed) > (page + 1) * PAGE:
        buttons.append(Button(label=turn.label("button_more"), action=f"evts:{page + 1}"))
    turn.say("events" if coming else "events_past", *buttons, list=lines)
    return True


def _day(event: Event) -> date:
    starts = event.starts
    return starts.astimezone(BERLIN).date() if isinstance(starts, datetime) else starts
