"""`/offen`: what waits, who is on it and what was promised; the same list as in the browser."""

from handlers.desk.steps import here
from handlers.hours import speak
from handlers.text import Text
from handlers.turn import Turn
from knowledge import german
from storage import caseload
from storage.caseload import Listed, Wanted
from storage.coordinators import Coordinator
from storage.moments import moment

SHOWN = 30  # lines that fit into one message and one look

# What may stand behind the command: which requests, and how the list is headed.
_HEADINGS = {
    "running": "desk_open",
    "mine": "desk_open_mine",
    "open": "desk_open_free",
    "claimed": "desk_open_claimed",
    "overdue": "desk_open_overdue",
}
_VIEWS = {
    "meine": "mine",
    "frei": "open",
    "bearbeitung": "claimed",
    "in bearbeitung": "claimed",
    "ueberfaellig": "overdue",
}


async def show(turn: Turn, by: Coordinator, rest: str) -> None:
    """Urgent ones first, then what is late, then who has waited longest; experts see what
    was handed to them."""
    view = _VIEWS.get(rest.strip().lower().translate(german.AS_TYPED), "running")
    number = (await caseload.counts(turn.tx, by, Wanted(), turn.now))[view]
    if not number:
        nothing = "desk_nothing_open" if view == "running" else "desk_nothing_of_these"
        turn.send(here(turn, turn.words(nothing)))
        return
    found = await caseload.listed(turn.tx, by, Wanted(view), turn.now, limit=SHOWN)
    lines = "\n".join(_line(turn, request) for request in found)
    parts = [turn.words(_HEADINGS[view], number=number, list=lines)]
    if number > len(found):
        link = f"{turn.house.public_url}/desk"
        parts.append(turn.words("desk_open_more", number=number - len(found), link=link))
    turn.send(here(turn, Text.joined(parts)))


def _line(turn: Turn, request: Listed) -> str:
    facts = [turn.label(f"desk_state_{request.state}")]
    if request.overdue:
        facts.append(turn.label("overdue"))
    elif request.promised_at and request.state != "answered" and not request.asked_back_at:
        facts.append(speak(moment(request.promised_at), turn.now))
    facts.append(request.claimer or turn.label("nobody_on_it"))
    mark = "⚠️ " if request.urgent else "⏰ " if request.overdue else ""
    topic = request.topic or turn.label("without_topic")
    return f"• {mark}{request.number} ({', '.join(facts)}): {topic}"
