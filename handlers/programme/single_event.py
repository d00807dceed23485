"""What people do with a single event: be reminded of it, keep it, pass it on."""

from handlers import wording
from handlers.message import Button, InlineFile, Outgoing
from handlers.programme import keeping
from handlers.programme.calendars import calendar
from handlers.turn import Turn
from knowledge.models import Event
from storage import events


async def detail_buttons(turn: Turn, event: Event) -> tuple[Button, ...]:
    """What can be done with it; with what is over or cancelled one can only read up on it."""
    if keeping.is_over(event, turn.now) or event.cancelled:
        if event.documentation is None:
            return ()
        label = turn.label("button_documentation")
        return (Button(label=label, url=str(event.documentation)),)
    assert turn.person is not None  # noqa: S101 - only people are shown events
    marked = await events.is_marked(turn.tx, turn.person.id, event.id)
    return (
        _button(turn, "unmark" if marked else "mark", event),
        _button(turn, "ics", event),
        _button(turn, "share", event),
    )


async def mark_pressed(turn: Turn, value: str) -> bool:
    """Somebody wants to be reminded of it."""
    event = turn.knowledge.library.events.get(value)
    kept = await events.get(turn.tx, value)
    if event is None or kept is None or turn.person is None:
        return False
    if keeping.is_over(event, turn.now) or event.cancelled:
        turn.say("event_called_off" if event.cancelled else "event_over", title=event.title)
        return True
    is_new = await events.mark(turn.tx, turn.person.id, event.id, kept.sequence, turn.now)
    buttons = (_button(turn, "unmark", event), _button(turn, "ics", event))
    about = {"title": event.title, "when": wording.when(event)}
    ahead = [which for which, at in keeping.reminders(event).items() if at > turn.now]
    if not is_new:
        turn.say("event_marked_already", *buttons, **about)
    elif not ahead:
        turn.say("event_marked_soon", *buttons, **about)
    else:
        before = turn.words(f"event_before_{'both' if len(ahead) > 1 else ahead[0]}")
        turn.say("event_marked", *buttons, before=before, **about)
    return True


async def unmark_pressed(turn: Turn, value: str) -> bool:
    """Somebody wants to hear no more of it."""
    event = turn.knowledge.library.events.get(value)
    if event is None or turn.person is None:
        return False
    was_marked = await events.unmark(turn.tx, turn.person.id, event.id)
    no_more = keeping.is_over(event, turn.now) or event.cancelled
    again = () if no_more else (_button(turn, "mark", event),)
    turn.say("event_unmarked" if was_marked else "event_not_marked", *again, title=event.title)
    return True


async def ics_pressed(turn: Turn, value: str) -> bool:
    """The event as a file for the person's own calendar."""
    event = turn.knowledge.library.events.get(value)
    if event is None:
        return False
    entry = calendar([event], turn.house.name, turn.now).decode()
    file = InlineFile(name=f"{event.id}.ics", mime="text/calendar", text=entry)
    turn.send(Outgoing(to=turn.here, text=turn.words("event_ics"), inline=(file,)))
    return True


def _button(turn: Turn, name: str, event: Event) -> Button:
    return Button(label=turn.label(f"button_{name}"), action=f"{name}:{event.id}")
