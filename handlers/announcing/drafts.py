"""Writing an announcement: of an event, a letter, or a correction of what was sent.

Whatever it is, it is kept as a draft and shown exactly as everybody will read it.
"""

from handlers import wording
from handlers.announcing import audiences, view
from handlers.announcing import board as board_
from handlers.announcing.times import planned
from handlers.desk.unclear import Unclear
from handlers.files import Refusal, kept
from handlers.hours import BERLIN
from handlers.programme import event_search, keeping
from handlers.text import Text
from handlers.turn import Turn
from knowledge.models import Event
from storage import announcements, events, ids
from storage.announcements import Announcement
from storage.coordinators import Coordinator

LONGEST = 3000  # characters of a letter
BESIDE_FILES = 900  # of a correction: it must fit below the picture where the old text was
OFFERED = 5  # events, when words fit several


async def announce(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/ankuendigen`: an event, by its id or by words of its title."""
    if not may(turn, by):
        return
    if not rest:
        turn.say("ann_how")
        return
    kept_event = await _found(turn, rest)
    if kept_event is not None:
        await _draft_event(turn, by, kept_event)


async def of_event(turn: Turn, by: Coordinator, event_id: str) -> None:
    """The same from a button or a page."""
    kept_event = await events.get(turn.tx, event_id)
    if kept_event is None:
        turn.say("button_outdated")
    elif may(turn, by):
        await _draft_event(turn, by, kept_event)


async def _draft_event(turn: Turn, by: Coordinator, kept_event: events.Kept) -> None:
    event = Event.model_validate_json(kept_event.payload)
    before = await announcements.announced(turn.tx, kept_event.id)
    starts, _ = keeping.span(event)
    if kept_event.state == "draft":
        turn.say("ann_event_draft", title=event.title)
    elif starts <= turn.now:
        turn.say("ann_event_begun", title=event.title)
    elif kept_event.state == "cancelled" and before is None:
        turn.say("ann_event_off", title=event.title)
    else:
        changed = before is not None and before < kept_event.sequence
        usual, plain = (_of_event(turn, event, changed=changed, plain=p) for p in (False, True))
        number = await announcements.draft(
            turn.tx,
            event_id=kept_event.id,
            sequence=kept_event.sequence,
            text=usual.model_dump_json(),
            plain=plain.model_dump_json(),
            audience=audiences.interested(turn.knowledge.library, event),
            created_by=by.id,
            expires_at=starts,
            now=turn.now,
            board=await board_.new(turn),
        )
        await preview(turn, number)


async def letter(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/rundbrief Thema: Text`, or to all who want to hear everything."""
    if not may(turn, by):
        return
    name, colon, text = rest.partition(":")
    if not colon:
        turn.say("ann_how")
    else:
        await _draft_letter(turn, by, name.strip(), text.strip(), plain="", at="")


async def letter_filled(turn: Turn, by: Coordinator, rest: str) -> None:
    """The same from a page, which has fields for it."""
    form = turn.incoming.form
    if may(turn, by):
        plain, at = form.get("plain", "").strip(), form.get("at", "").strip()
        text = form.get("text", "").strip()
        await _draft_letter(turn, by, form.get("audience", ""), text, plain=plain, at=at)


async def _draft_letter(
    turn: Turn, by: Coordinator, name: str, text: str, *, plain: str, at: str
) -> None:
    library = turn.knowledge.library
    audience = audiences.named(library, name)
    longest = max(len(text), len(plain))
    if audience is None:
        known = ", ".join(sorted(audiences.known_topics(library)))
        turn.say("ann_unknown_topic", topic=name, list=known)
        return
    if not text:
        turn.say("ann_how")
        return
    if longest > LONGEST:
        turn.say("ann_too_long", length=longest, limit=LONGEST)
        return
    starts_at = None
    if at:
        try:
            starts_at = planned(at, turn.now)
        except Unclear as error:
            turn.say(error.name, **error.fields)
            return
    attached = await kept(turn)
    for file in attached:
        if isinstance(file, Refusal):
            turn.say(file.name, file=file.file)
            return
    number = await announcements.draft(
        turn.tx,
        text=_of_letter(turn, text).model_dump_json(),
        plain=_of_letter(turn, plain).model_dump_json() if plain else None,
        audience=audience,
        files=[file for file in attached if isinstance(file, str)],
        created_by=by.id,
        now=turn.now,
        board=await board_.new(turn),
        starts_at=starts_at,
    )
    await preview(turn, number)


async def correct(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/berichtigen 7 neuer Text`: what was delivered reads differently from then on."""
    number, _, text = rest.partition(" ")
    found = await numbered(turn, number)
    if not may(turn, by):
        return
    if found is None or not text.strip():
        turn.say("ann_correct_how")
    else:
        await _draft_correction(turn, by, found, text.strip(), plain="")


async def correction_filled(turn: Turn, by: Coordinator, found: Announcement) -> None:
    """The same from a page."""
    form = turn.incoming.form
    if text := form.get("text", "").strip():
        await _draft_correction(turn, by, found, text, plain=form.get("plain", "").strip())
    else:
        turn.say("ann_correct_how")


async def _draft_correction(
    turn: Turn, by: Coordinator, wrong: Announcement, text: str, *, plain: str
) -> None:
    limit = BESIDE_FILES if wrong.files else LONGEST
    if wrong.corrects is not None or "correct" not in view.VERBS[wrong.state]:
        turn.say("ann_correct_not", id=wrong.id)
        return
    if max(len(text), len(plain)) > limit:
        turn.say("ann_too_long", length=max(len(text), len(plain)), limit=limit)
        return
    mark = turn.words("ann_corrected", when=wording.day(turn.now.astimezone(BERLIN)))
    kept_event = await events.get(turn.tx, wrong.event_id) if wrong.event_id else None
    head = turn.words("ann_letter", house=turn.house.name)
    if kept_event is not None:
        head = Text.bold(Event.model_validate_json(kept_event.payload).title)
    usual, simple = (Text.joined([head, words, mark]) for words in (text, plain or text))
    number = await announcements.draft(
        turn.tx,
        event_id=wrong.event_id,
        sequence=wrong.sequence,
        text=usual.model_dump_json(),
        plain=simple.model_dump_json(),
        audience=wrong.audience,
        corrects=wrong.id,
        created_by=by.id,
        now=turn.now,
        board=await board_.new(turn),
    )
    await preview(turn, number)


def may(turn: Turn, by: Coordinator) -> bool:
    """Whether their role allows it; says so if not."""
    if not by.publishes:
        turn.say("ann_not_allowed")
    return by.publishes


async def numbered(turn: Turn, number: str) -> Announcement | None:
    """The announcement of this number, as somebody typed it or a button says it."""
    known = ids.number(number)
    return await announcements.get(turn.tx, known) if known is not None else None


async def _found(turn: Turn, words: str) -> events.Kept | None:
    """The one event that is meant; says so when there is none, or several."""
    found = await event_search.called(turn.tx, words, turn.now)
    if len(found) == 1:
        return await events.get(turn.tx, found[0].id)
    if found:
        lines = [f"• {event.title}: {event.id}" for event in found[:OFFERED]]
        turn.say("ann_which_event", list="\n".join(lines))
    else:
        turn.say("ann_no_event", words=words)
    return None


def _of_event(turn: Turn, event: Event, *, changed: bool, plain: bool) -> Text:
    name = "ann_cancelled" if event.cancelled else "ann_changed" if changed else "ann_new"
    head = turn.words_for(plain, name)
    return Text.joined([head, Text.bold(event.title), wording.event(event)])


def _of_letter(turn: Turn, text: str) -> Text:
    return Text.joined([turn.words("ann_letter", house=turn.house.name), text])


async def preview(turn: Turn, number: int) -> None:
    """Word for word what everybody will read, and below it what can be done."""
    found = await announcements.get(turn.tx, number)
    assert found is not None  # noqa: S101 - it was kept in this turn
    crowd = await audiences.crowd(turn.tx, found)
    if not crowd:
        await announcements.take_back(turn.tx, number, turn.now)
        turn.reply(board_.asked(turn, found, crowd, ()))
        return
    await board_.preview(turn, found, crowd)
