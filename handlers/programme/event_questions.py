"""A coordinator writes an event in a chat, question by question.

A new event is kept as a draft as soon as it has a title and a time; from then on every
answer is a change of what the store holds at that moment, so nothing that was typed is
lost and two who work on one event do not undo each other's fields. An open question
belongs to whoever it was put to: colleagues may go on talking beside it.
"""

from datetime import datetime, time, timedelta

from handlers.announcing.audiences import folded, known_topics
from handlers.desk.unclear import Unclear
from handlers.hours import BERLIN, day_of
from handlers.message import Button
from handlers.programme import appointments, event_card, event_fields
from handlers.programme.event_card import content
from handlers.programme.event_changes import keep, keep_new
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import CHARACTERS
from knowledge.models import Event
from storage import compositions, events
from storage.compositions import Composition, Writer
from storage.coordinators import Coordinator

OPEN = timedelta(minutes=30)  # how long a question waits for its answer
ORDER = ("title", "when", "where", "description", "topics")  # what a new event is asked for
TOPICS = 8  # on one page of buttons

_GUIDED = "next."  # before a field: another question follows it
_QUESTIONS = {
    "title": "evd_ask_title",
    "when": "evd_ask_when",
    "where": "evd_ask_where",
    "character": "evd_ask_character",
    "description": "evd_ask_description",
    "topics": "evd_ask_topics",
    "format": "evd_ask_format",
    "region": "evd_ask_region",
    "organisers": "evd_ask_organisers",
    "registration": "evd_ask_registration",
    "registration_until": "evd_ask_registration_until",
    "capacity": "evd_ask_capacity",
    "documentation": "evd_ask_documentation",
}
# What some type instead of pressing the button.
_TYPED = {"abbrechen": "stop", "ueberspringen": "skip", "fertig": "skip", "entfernen": "none"}


async def begin(turn: Turn, by: Coordinator, title: str) -> None:
    """The questions for a new event begin; the first may be answered already."""
    question = Composition(None, "", f"{_GUIDED}title")
    if title:
        await _take(turn, by, question, title)
    else:
        await _ask(turn, by, question)


async def ask(turn: Turn, by: Coordinator, event_id: str, field: str) -> None:
    """One field of an event that is there is to be changed."""
    await _ask(turn, by, Composition(event_id, "", field))


async def answered(turn: Turn, by: Coordinator) -> bool:
    """Take a message as the answer to the question that waits for one; False if none does."""
    question = await _open_question(turn, by)
    if question is None:
        _expect(turn, "")
        return False
    it = turn.incoming
    if it.files or it.place or it.contact or not turn.text:
        await _ask_again(turn, by, question, turn.words("evd_words_please"))
        return True
    verb = _TYPED.get(folded(turn.text))
    if verb is None:
        await _take(turn, by, question, turn.text)
    elif not await _step(turn, by, verb, _field(question), question):
        await _ask_again(turn, by, question, turn.words("evd_needed"))
    return True


async def _take(turn: Turn, by: Coordinator, question: Composition, text: str) -> None:
    """Words for the field that was asked for. Those we cannot take leave the question open."""
    field = _field(question)
    try:
        if question.event_id is None:
            await _take_first(turn, by, question, text)
            return
        kept = await events.get(turn.tx, question.event_id)
        assert kept is not None  # noqa: S101 - its questions end with it
        before = content(kept)
        if field == "topics":  # added to those that are chosen already
            text = f"{event_fields.written(before, 'topics')}, {text}"
        event = event_fields.change(before, field, text, turn.knowledge.library, turn.now)
    except Unclear as unclear:
        await _ask_again(turn, by, question, turn.words(unclear.name, **unclear.fields))
        return
    said = await keep(turn, kept, event)
    if field == "topics":
        await _ask(turn, by, question, _new_topics(turn, before, event))
    else:
        await _go_on(turn, by, question, said)


async def _take_first(turn: Turn, by: Coordinator, question: Composition, text: str) -> None:
    """The title, then the time; with both it is kept as a draft. Raises Unclear."""
    if _field(question) == "title":
        title = event_fields.titled(text)
        await _ask(turn, by, Composition(None, title, f"{_GUIDED}when"))
        return
    event = event_fields.begun(question.title, text, turn.knowledge.library, turn.now)
    kept = await keep_new(turn, event)
    notes = [turn.words("evd_drafted"), *event_card.doubled(turn, event)]
    question = Composition(kept, question.title, question.asks)
    await _go_on(turn, by, question, Text.joined(notes))


def _new_topics(turn: Turn, before: Event, event: Event) -> Text:
    known = known_topics(turn.knowledge.library) | set(before.topics)
    new = event.model_copy(
        update={"topics": tuple(topic for topic in event.topics if topic not in known)}
    )
    if not new.topics:
        return turn.words("evd_changed")
    return turn.words("evd_topics_new", list=event_fields.written(new, "topics"))


async def _go_on(turn: Turn, by: Coordinator, question: Composition, said: Text) -> None:
    """The next question, or the card when it was the last."""
    field = _field(question)
    if _is_guided(question) and field != ORDER[-1]:
        asks = f"{_GUIDED}{ORDER[ORDER.index(field) + 1]}"
        await _ask(turn, by, Composition(question.event_id, question.title, asks), said)
        return
    await _end(turn, by)
    await event_card.done(turn, question.event_id or "", said)


async def _ask(
    turn: Turn, by: Coordinator, question: Composition, before: Text | None = None, page: int = 0
) -> None:
    await compositions.put(turn.tx, _writer(turn, by), question, turn.now)
    _expect(turn, "event")
    kept = await events.get(turn.tx, question.event_id) if question.event_id else None
    event = content(kept) if kept else None
    field = _field(question)
    now = Text()
    if event and not _is_guided(question) and (value := event_card.value(turn, event, field)):
        now = turn.words("evd_until_now", value=value)
    event_card.say(
        turn,
        Text.joined(
            [
                before or "",
                Text.bold(event.title if event else question.title),
                turn.words(_QUESTIONS[field], example=_example(turn)),
                now,
            ]
        ),
        *_buttons(turn, question, event, page),
    )


def _example(turn: Turn) -> str:
    """How a time may be written, on a day to come."""
    day = day_of(turn.now) + timedelta(weeks=2)
    starts = datetime.combine(day, time(18, 30), BERLIN)
    return appointments.written(starts, starts + timedelta(hours=2))


async def _ask_again(turn: Turn, by: Coordinator, question: Composition, why: Text) -> None:
    """The question stays open; why the answer did not count, and the ways out."""
    await compositions.put(turn.tx, _writer(turn, by), question, turn.now)
    _expect(turn, "event")
    kept = await events.get(turn.tx, question.event_id) if question.event_id else None
    buttons = _buttons(turn, question, content(kept) if kept else None)
    event_card.say(turn, why, *buttons)


def _buttons(turn: Turn, question: Composition, event: Event | None, page: int = 0) -> list[Button]:
    """What can be chosen instead of typed, and how to get past the question."""
    field = _field(question)
    stop = _button(turn, "button_evd_stop", "stop")
    if event is None or field in event_fields.REQUIRED:
        return [stop]
    if field == "topics":
        skips = _is_guided(question) and not event.topics
        name = "button_evd_skip" if skips else "button_evd_done"
        done = [_button(turn, name, "skip:topics")]
        return [*_boxes(turn, event, page), *done, *([stop] if _is_guided(question) else [])]
    options = _options(turn, field, event)
    if _is_guided(question):
        return [*options, _button(turn, "button_evd_skip", f"skip:{field}"), stop]
    if event_fields.written(event, field):
        options.append(_button(turn, "button_evd_none", f"none:{field}"))
    return [*options, stop]


def _boxes(turn: Turn, event: Event, page: int) -> list[Button]:
    """A page of the topics; whether one is chosen stands there in words, too."""
    offered = event_fields.offered_topics(event, turn.knowledge.library)
    last = max(len(offered) - 1, 0) // TOPICS
    page = min(page, last)
    buttons = []
    for topic, name in offered[page * TOPICS : (page + 1) * TOPICS]:
        chosen = topic in event.topics
        label = turn.words("evd_checked" if chosen else "evd_unchecked", what=name)
        action = f"evd:{'less' if chosen else 'with'}:{topic}"
        buttons.append(Button(label=str(label), action=action))
    if page:
        buttons.append(_button(turn, "button_evd_previous", f"page:{page - 1}"))
    if page < last:
        buttons.append(_button(turn, "button_evd_more", f"page:{page + 1}"))
    return buttons


def _options(turn: Turn, field: str, event: Event) -> list[Button]:
    """The values of fields that have only a few."""
    match field:
        case "character":
            named = [(value.value, name) for value, name in CHARACTERS.items()]
            chosen = [character.value for character in event.characters]
        case "format":
            named = [(form.id, form.name) for form in turn.knowledge.library.formats.values()]
            chosen = [event.format] if event.format else []
        case _:
            return []
    return [
        Button(
            label=str(turn.words("evd_set", what=name)) if value in chosen else name,
            action=f"evd:pick:{value}",
        )
        for value, name in named
    ]


def _field(question: Composition) -> str:
    return question.asks.removeprefix(_GUIDED)


def _is_guided(question: Composition) -> bool:
    return question.asks.startswith(_GUIDED)


def _writer(turn: Turn, by: Coordinator) -> Writer:
    here = turn.here
    return Writer(by.id, here.channel, here.bot, here.chat)


async def _open_question(turn: Turn, by: Coordinator) -> Composition | None:
    return await compositions.get(turn.tx, _writer(turn, by), turn.now - OPEN)


async def _end(turn: Turn, by: Coordinator) -> None:
    await compositions.end(turn.tx, _writer(turn, by))
    _expect(turn, "")


def _expect(turn: Turn, what: str) -> None:
    """In a private chat the next message may be an answer; nobody has to ask the store."""
    if turn.person is not None:
        turn.conversation = turn.conversation.but(expects=what)


# -- buttons below a question -----------------------------------------------------------------


async def pressed(turn: Turn, by: Coordinator, verb: str, value: str) -> None:
    """A button below a question. It belongs to whoever was asked, while the question is open."""
    question = await _open_question(turn, by)
    if question is None or not await _step(turn, by, verb, value, question):
        event_card.say(turn, turn.words("evd_not_open"))


async def _step(turn: Turn, by: Coordinator, verb: str, value: str, question: Composition) -> bool:
    """False if the open question is not the one that this button stood below."""
    field = _field(question)
    match verb:
        case "stop":
            await _stop(turn, by, question)
        case "skip" if value == field and field not in event_fields.REQUIRED:
            await _go_on(turn, by, question, Text())
        case "none" if value == field and question.event_id:
            await _take(turn, by, question, "")
        case "pick" if field in ("character", "format"):
            await _take(turn, by, question, value)
        case "with" | "less" if field == "topics":
            await _choose(turn, by, question, value, wanted=verb == "with")
        case "page" if field == "topics" and value.isdecimal() and len(value) < 4:
            await _ask(turn, by, question, page=int(value))
        case _:
            return False
    return True


async def _stop(turn: Turn, by: Coordinator, question: Composition) -> None:
    """What was answered already stays; it may be thrown away on purpose."""
    await _end(turn, by)
    kept = await events.get(turn.tx, question.event_id) if question.event_id else None
    if kept is None:
        event_card.say(turn, turn.words("evd_stopped"))
        return
    card = event_card.button(turn, "button_evd_card", "card", kept.id)
    if _is_guided(question):
        delete = event_card.button(turn, "button_evd_delete", "drop", kept.id)
        said = turn.words("evd_stopped_draft", title=content(kept).title)
        event_card.say(turn, said, card, delete)
    else:
        event_card.say(turn, turn.words("evd_stopped_change"), card)


async def _choose(
    turn: Turn, by: Coordinator, question: Composition, topic: str, *, wanted: bool
) -> None:
    """One topic more, or one less. Pressed twice it is the same."""
    kept = await events.get(turn.tx, question.event_id or "")
    assert kept is not None  # noqa: S101 - its questions end with it
    event = content(kept)
    offered = [value for value, _ in event_fields.offered_topics(event, turn.knowledge.library)]
    if topic in offered and (topic in event.topics) != wanted:
        others = tuple(one for one in event.topics if one != topic)
        chosen = (*others, topic) if wanted else others
        await keep(turn, kept, event.model_copy(update={"topics": chosen}))
    page = offered.index(topic) // TOPICS if topic in offered else 0
    await _ask(turn, by, question, page=page)


def _button(turn: Turn, name: str, what: str) -> Button:
    return Button(label=turn.label(name), action=f"evd:{what}")
