""" "Es geht los": a format begins where people wait for it, and they are told.

From here on it is an announcement like any other, with its preview, its second coordinator
above a hundred recipients and its report; only who gets it is found in another way.
"""

from dataclasses import dataclass

from handlers import wording
from handlers.announcing import board as board_
from handlers.announcing import drafts
from handlers.programme import keeping
from handlers.text import Text
from handlers.turn import Turn
from knowledge.load import Library
from knowledge.models import Event
from knowledge.towns import REGIONS
from storage import announcements, events, interests
from storage.announcements import Audience
from storage.coordinators import Coordinator
from storage.database import Tx

LONGEST = 1000  # characters of the line; whoever has more to say has an event
NOWHERE = "ohne"  # where a form names those who did not say where they are
EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait for a format, by Bundesland (code, "" where none was said); and how many
    were told of it before."""

    format_id: str
    name: str
    places: tuple[tuple[str, int], ...]
    told: int

    @property
    def number(self) -> int:
        return sum(number for _, number in self.places)


async def waiting(tx: Tx, library: Library) -> list[Waiting]:
    """All formats that somebody waits for or was told of, the most awaited first."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for format_id, region, number, told in await interests.counted(tx):
        found.setdefault(format_id, []).append((region, number, told))
    formats = library.formats
    rows = [
        Waiting(
            format_id,
            formats[format_id].name if format_id in formats else format_id,
            tuple((region, number) for region, number, _ in places if number),
            sum(told for _, _, told in places),
        )
        for format_id, places in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.number, row.name))


def place_name(region: str) -> str:
    return REGIONS.get(region, "ohne Angabe")


async def listed(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/interesse`: how many wait for what, and where."""
    if not drafts.may(turn, by):
        return
    rows = [row for row in await waiting(turn.tx, turn.knowledge.library) if row.number]
    if not rows:
        turn.say("starting_nobody_waits")
        return
    lines = [
        f"• {row.name} ({row.format_id}): {row.number}, davon "
        + ", ".join(f"{place_name(region)} {number}" for region, number in row.places)
        for row in rows
    ]
    turn.say("starting_waiting", list="\n".join(lines))


async def typed(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/losgehts webinar BB: Der erste Termin ist am Montag.`"""
    if not drafts.may(turn, by):
        return
    head, colon, line = rest.partition(":")
    format_id, _, place = head.strip().partition(" ")
    if not colon or format_id not in turn.knowledge.library.formats:
        turn.say("starting_how")
        return
    wanted = place.strip().casefold()
    code = next((c for c, name in REGIONS.items() if wanted in (c.casefold(), name.casefold())), "")
    if wanted and not code:
        turn.say("starting_no_such_place", place=place.strip())
        return
    await _draft(turn, by, format_id, code or None, line.strip(), "", None)


async def filled(turn: Turn, by: Coordinator, rest: str) -> None:
    """The same from a page."""
    form = turn.incoming.form
    format_id, region, event_id = (form.get(name, "") for name in ("format", "region", "event"))
    if not drafts.may(turn, by):
        return
    known = region in (EVERYWHERE, NOWHERE, *REGIONS)
    if format_id not in turn.knowledge.library.formats or not known:
        turn.say("button_outdated")
        return
    where = None if region == EVERYWHERE else "" if region == NOWHERE else region
    line, plain = form.get("text", "").strip(), form.get("plain", "").strip()
    event = await _event(turn, event_id) if event_id else None
    if event_id and event is None:
        turn.say("starting_no_such_event")
        return
    await _draft(turn, by, format_id, where, line, plain, event)


async def _draft(
    turn: Turn,
    by: Coordinator,
    format_id: str,
    region: str | None,
    line: str,
    plain: str,
    event: tuple[Event, int] | None,
) -> None:
    if not line and event is None:
        turn.say("starting_empty")
        return
    if (longest := max(len(line), len(plain))) > LONGEST:
        turn.say("ann_too_long", length=longest, limit=LONGEST)
        return
    name = turn.knowledge.library.formats[format_id].name
    usual, simple = (
        _text(turn, name, words, event, plain=is_plain)
        for words, is_plain in ((line, False), (plain or line, True))
    )
    number = await announcements.draft(
        turn.tx,
        text=usual.model_dump_json(),
        plain=simple.model_dump_json(),
        audience=Audience(region=region, waiting=format_id),
        created_by=by.id,
        now=turn.now,
        board=await board_.new(turn),
        event_id=event[0].id if event else None,
        sequence=event[1] if event else 0,
        expires_at=keeping.span(event[0])[0] if event else None,
    )
    await drafts.preview(turn, number)


def _text(
    turn: Turn, name: str, line: str, event: tuple[Event, int] | None, *, plain: bool
) -> Text:
    parts: list[Text | str] = [turn.words_for(plain, "starting_letter", format=name), line]
    if event:
        parts += [Text.bold(event[0].title), wording.event(event[0])]
    return Text.joined(parts)


async def _event(turn: Turn, event_id: str) -> tuple[Event, int] | None:
    """An event that one can still come to, and its sequence."""
    kept = await events.get(turn.tx, event_id)
    if kept is None or kept.state in ("draft", "cancelled"):
        return None
    event = Event.model_validate_json(kept.payload)
    return (event, kept.sequence) if keeping.span(event)[0] > turn.now else None
