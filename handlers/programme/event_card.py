"""An event as the desk sees it: what people will read, what only the desk knows, and the verbs."""

from collections.abc import Iterable
from datetime import datetime

from handlers import wording
from handlers.hours import BERLIN, day_of
from handlers.message import Button, Kind
from handlers.programme import event_fields, keeping, topics
from handlers.text import Text
from handlers.turn import Turn
from knowledge.models import Event
from storage import announcements, events
from storage.events import Kept

# How the fields are called, at the desk in chats and in the browser alike.
LABELS = {
    "title": "evd_title",
    "when": "evd_when",
    "where": "evd_where",
    "character": "evd_character",
    "description": "evd_description",
    "topics": "evd_topics",
    "format": "evd_format",
    "region": "evd_region",
    "organisers": "evd_organisers",
    "registration": "evd_registration",
    "registration_until": "evd_registration_until",
    "capacity": "evd_capacity",
    "documentation": "evd_documentation",
}
# What stands in buttons, which have little room beside an id.
CODES = {
    "title": "title",
    "when": "when",
    "where": "where",
    "character": "kind",
    "description": "about",
    "topics": "topics",
    "format": "format",
    "region": "region",
    "organisers": "by",
    "registration": "signup",
    "registration_until": "until",
    "capacity": "places",
    "documentation": "docs",
}


def content(kept: Kept) -> Event:
    return Event.model_validate_json(kept.payload)


def page(turn: Turn, event_id: str = "") -> str:
    """The event on the web desk, or all of them."""
    address = f"{turn.house.public_url}/desk/veranstaltungen"
    return f"{address}/{event_id}" if event_id else address


def say(turn: Turn, text: Text, *buttons: Button) -> None:
    """Answer whoever acted; in a group as a reply, because several may write events there."""
    it = turn.incoming
    turn.reply(text, *buttons, quote=not it.private and it.kind is Kind.MESSAGE)


async def done(turn: Turn, event_id: str, text: Text) -> None:
    """Something was changed: say what, and show how the event stands now."""
    kept = await events.get(turn.tx, event_id)
    if kept is None:
        say(turn, text)
    elif turn.incoming.channel == "desk":
        text = Text.joined([text, *doubled(turn, content(kept))])
        turn.reply(text, to_page(turn, event_id))
    else:
        await show(turn, kept, text)


def to_page(turn: Turn, event_id: str) -> Button:
    return Button(label=turn.label("button_evd_page"), url=page(turn, event_id))


def to_pages(turn: Turn) -> Button:
    return Button(label=turn.label("button_evd_pages"), url=page(turn))


async def show(turn: Turn, kept: Kept, before: Text | None = None) -> None:
    """The card; `before` says what was done just now."""
    event = content(kept)
    over = kept.state != "draft" and keeping.is_over(event, turn.now)
    heading = Text.bold(event.title) + " (" + turn.words(_state(kept, over=over)) + ")"
    marked = await number_marked(turn, kept.id)
    listed = [
        (LABELS["character"], wording.characters(event.characters)),
        (LABELS["topics"], ", ".join(topics.name(topic) for topic in event.topics)),
        (LABELS["format"], format_name(turn, event)),
        (LABELS["region"], event.region or ""),
        ("evd_marked", str(marked) if marked else ""),
        ("evd_page", page(turn, kept.id)),
    ]
    facts = [f"{turn.label(label)}: {value}" for label, value in listed if value]
    say(
        turn,
        Text.joined(
            [
                before or "",
                heading,
                wording.event(event),
                turn.words("evd_only_desk") + "\n" + "\n".join(facts),
                *doubled(turn, event),
            ]
        ),
        *await _verbs(turn, kept, event, over=over),
    )


def _state(kept: Kept, *, over: bool) -> str:
    if kept.state == "draft":
        return "evd_state_draft"
    if kept.state == "cancelled":
        return "evd_state_cancelled"
    if over:
        return "evd_state_over"
    return "evd_state_changed" if kept.sequence else "evd_state_published"


def show_fields(turn: Turn, kept: Kept) -> None:
    """What of it can be changed."""
    buttons = [
        Button(label=turn.label(label), action=f"evd:ask:{CODES[name]}:{kept.id}")
        for name, label in LABELS.items()
    ]
    back = button(turn, "button_evd_card", "card", kept.id)
    say(turn, turn.words("evd_which_field", title=content(kept).title), *buttons, back)


async def _verbs(turn: Turn, kept: Kept, event: Event, *, over: bool) -> list[Button]:
    """What can be done with it as it stands."""
    edit = button(turn, "button_evd_edit", "edit", kept.id)
    if kept.state == "draft":
        publish = button(turn, "button_evd_publish", "publish", kept.id)
        return [publish, edit, button(turn, "button_evd_delete", "drop", kept.id)]
    if over:
        return [edit]
    before = await announcements.announced(turn.tx, kept.id)
    if kept.state == "cancelled":
        revive = button(turn, "button_evd_revive", "revive", kept.id)
        told = before is not None and before < kept.sequence
        tell = [button(turn, "button_evd_announce_off", "announce", kept.id)] if told else []
        return [*tell, edit, revive]
    again = before is not None and before < kept.sequence
    name = "button_evd_announce_change" if again else "button_evd_announce"
    announce = button(turn, name, "announce", kept.id)
    return [announce, edit, button(turn, "button_evd_cancel", "off", kept.id)]


def button(turn: Turn, name: str, verb: str, event_id: str) -> Button:
    return Button(label=turn.label(name), action=f"evd:{verb}:{event_id}")


def choices(found: Iterable[Event]) -> list[Button]:
    """Events to choose from; titles alike are told apart by their days."""
    return [
        Button(
            label=f"{event.title}, {wording.day(day_of(event.starts))}",
            action=f"evd:card:{event.id}",
        )
        for event in found
    ]


def format_name(turn: Turn, event: Event) -> str:
    known = turn.knowledge.library.formats.get(event.format or "")
    return known.name if known else event.format or ""


def value(turn: Turn, event: Event, name: str) -> str:
    """A field as the desk reads it."""
    return format_name(turn, event) if name == "format" else event_fields.written(event, name)


async def number_marked(turn: Turn, event_id: str) -> int:
    """How many people are told at once when it moves or is cancelled."""
    return len({one.person_id for one in await events.marked(turn.tx, event_id)})


def doubled(turn: Turn, event: Event) -> list[Text]:
    """A note on a time of day that there is twice in that night, and which of them is meant."""
    for time in (event.starts, event.ends):
        if isinstance(time, datetime):
            local = time.astimezone(BERLIN)
            if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
                return [turn.words("evd_doubled_second" if local.fold else "evd_doubled_first")]
    return []
