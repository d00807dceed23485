"""How an item of what we know is put into words. The same for every channel and for `ask`."""

from collections.abc import Sequence
from datetime import date, datetime

from handlers.hours import BERLIN
from handlers.message import Button
from handlers.text import Text
from knowledge.decide import Answer, Chat, Decision, HandOver, Suggest
from knowledge.models import Character, Entry, Event, Format, Group, Link
from knowledge.search import Hit, Knowledge

PREFIX = {"faq": "faq", "format": "fmt", "event": "evt"}

GROUPS = {
    Group.LERNEN: "Lernen",
    Group.AUSTAUSCH: "Austausch",
    Group.BERATUNG: "Beratung",
}
CHARACTERS = {
    Character.DIGITAL: "digital",
    Character.ANALOG: "vor Ort",
    Character.HYBRID: "vor Ort und digital zugleich",
}
# fmt: off
_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)
# fmt: on


def day(value: date) -> str:
    """22. Juni 2022"""
    return f"{value.day}. {_MONTHS[value.month - 1]} {value.year}"


def as_of(value: date) -> str:
    """Stand: Juni 2022"""
    return f"Stand: {_MONTHS[value.month - 1]} {value.year}"


def when(event: Event) -> str:
    """The day, and the time where one is known."""
    starts, ends = event.starts, event.ends
    if not isinstance(starts, datetime):
        if ends and ends != starts:
            return f"{day(starts)} bis {day(ends)}"
        return day(starts)
    local = starts.astimezone(BERLIN)
    text = f"{day(local)}, {local:%H:%M}"
    if isinstance(ends, datetime):
        until = ends.astimezone(BERLIN)
        same_day = until.date() == local.date()
        text += f" bis {until:%H:%M}" if same_day else f" bis {day(until)}, {until:%H:%M}"
    return f"{text} Uhr"


def characters(values: Sequence[Character]) -> str:
    return " oder ".join(CHARACTERS[value] for value in values)


def links(items: Sequence[Link]) -> Text:
    """One line a link. The address is written out: it can be read aloud and copied."""
    return Text.joined([f"{link.title}: {link.url}" for link in items], by="\n")


def entry(item: Entry) -> Text:
    """An answer with its links and its Stand."""
    return Text.joined([item.answer, links(item.links), as_of(item.checked_on)])


def format_(item: Format) -> Text:
    """One format in detail."""
    facts = Text.joined(
        [
            f"Art: {GROUPS[item.group]}, {characters(item.characters)}",
            f"Für wen: {item.for_whom}",
            f"Zeit: {item.time_needed}",
            f"Das nehmen Sie mit: {item.takeaway}",
        ],
        by="\n",
    )
    return Text.joined([Text.bold(item.name), item.description, facts, as_of(item.checked_on)])


def event(item: Event) -> Text:
    """One event in detail."""
    facts: list[str | Text] = [f"Wann: {when(item)}"]
    if item.place:
        facts.append(f"Wo: {item.place}")
    elif item.characters:
        facts.append(f"Wo: {characters(item.characters)}")
    if item.organisers:
        facts.append(f"Von: {', '.join(item.organisers)}")
    if item.link:
        facts.append(f"Mehr: {item.link}")
    if item.documentation:
        facts.append(f"Zum Nachlesen: {item.documentation}")
    return Text.joined([Text.bold(item.title), item.description, Text.joined(facts, by="\n")])


def known(knowledge: Knowledge, kind: str, item_id: str) -> Text | None:
    """An item in words, or None if we do not know it (any more)."""
    library = knowledge.library
    if kind == "faq" and (found := library.entries.get(item_id)):
        return entry(found)
    if kind == "format" and (form := library.formats.get(item_id)):
        return format_(form)
    if kind == "event" and (happening := library.events.get(item_id)):
        return event(happening)
    return None


def choice(hit: Hit) -> Button:
    """A hit as a button that shows it."""
    return Button(label=hit.title, action=f"{PREFIX[hit.kind]}:{hit.id}")


def decided(knowledge: Knowledge, decision: Decision) -> Text:
    """What somebody reads when the engine decided so."""
    say = knowledge.library.texts.say
    match decision:
        case Answer(hit=hit):
            return known(knowledge, hit.kind, hit.id) or Text()
        case Suggest():
            return Text.written(say["did_you_mean"])
        case HandOver():
            return Text.written(say["offer_handover"])
        case Chat(kind=kind):
            return Text.written(say[SMALL_TALK.get(kind, "help")])


# What we say to something that is not a question. Kinds that start a dialogue
# (a wish for a person, "meine Anfragen") have handlers of their own.
SMALL_TALK = {
    "greeting": "greeting",
    "thanks": "thanks",
    "bye": "bye",
    "help": "help",
    "human": "what_about",
    "emergency": "emergency",
    "yes": "yes_to_what",
    "no": "no_to_what",
}
