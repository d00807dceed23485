"""How an item of what we know is put into words. The same for every channel and for `ask`."""

from collections.abc import Sequence
from datetime import date, datetime

from handlers.conversation import Item
from handlers.hours import BERLIN, day_of
from handlers.message import Button
from handlers.text import Text
from knowledge.dates import MONTHS
from knowledge.decide import Answer, Chat, Decision, HandOver, Several, Suggest
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


def day(value: date) -> str:
    """22. Juni 2022"""
    return f"{value.day}. {MONTHS[value.month - 1]} {value.year}"


def as_of(value: date) -> str:
    """Stand: Juni 2022"""
    return f"Stand: {MONTHS[value.month - 1]} {value.year}"


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


def at(moment: datetime, now: datetime) -> str:
    """heute, 18:00 Uhr · morgen, 9:00 Uhr · 30. November 2026, 9:00 Uhr"""
    local = moment.astimezone(BERLIN)
    days = (local.date() - day_of(now)).days
    said = {0: "heute", 1: "morgen"}.get(days) or day(local)
    return f"{said}, {local.hour}:{local:%M} Uhr"


def characters(values: Sequence[Character]) -> str:
    return " oder ".join(CHARACTERS[value] for value in values)


def where(item: Event) -> str:
    """The place, or at least how it takes place; empty if neither is known."""
    return item.place or characters(item.characters)


def links(items: Sequence[Link]) -> Text:
    """One line a link. The address is written out: it can be read aloud and copied."""
    return Text.joined([f"{link.title}: {link.url}" for link in items], by="\n")


def entry(item: Entry, *, plain: bool = False) -> Text:
    """An answer with its links and its Stand; in Einfache Sprache if it is wanted and written."""
    answer = item.plain if plain and item.plain else item.answer
    return Text.joined([answer, links(item.links), as_of(item.checked_on)])


def format_(item: Format) -> Text:
    """One format in detail, without its name."""
    facts = Text.joined(
        [
            f"Art: {GROUPS[item.group]}, {characters(item.characters)}",
            f"Für wen: {item.for_whom}",
            f"Zeit: {item.time_needed}",
            f"Das nehmen Sie mit: {item.takeaway}",
        ],
        by="\n",
    )
    return Text.joined([item.description, facts, as_of(item.checked_on)])


def event(item: Event) -> Text:
    """One event in detail, without its title."""
    facts: list[str | Text] = [f"Wann: {when(item)}"]
    if place := where(item):
        facts.append(f"Wo: {place}")
    if item.organisers:
        facts.append(f"Von: {', '.join(item.organisers)}")
    if item.link:
        facts.append(f"Mehr: {item.link}")
    if item.registration:
        facts.append(f"Anmelden: {item.registration}")
    if item.registration_until:
        facts.append(f"Anmelden bis: {_until(item.registration_until)}")
    if item.capacity:
        facts.append(f"Plätze: {item.capacity}")
    if item.documentation:
        facts.append(f"Zum Nachlesen: {item.documentation}")
    # Whoever wrote no description has the title there.
    description = item.description if item.description != item.title else ""
    return Text.joined([description, Text.joined(facts, by="\n")])


def _until(moment: datetime | date) -> str:
    if not isinstance(moment, datetime):
        return day(moment)
    local = moment.astimezone(BERLIN)
    return f"{day(local)}, {local:%H:%M} Uhr"


def is_known(knowledge: Knowledge, item: Item) -> bool:
    """Whether we have this item (still)."""
    library = knowledge.library
    of_kind = {"faq": library.entries, "format": library.formats, "event": library.events}
    kind, item_id = item
    return item_id in of_kind.get(kind, {})


def has_plain(knowledge: Knowledge, item: Item) -> bool:
    """Whether there is this item, and in Einfache Sprache too."""
    kind, item_id = item
    found = knowledge.library.entries.get(item_id) if kind == "faq" else None
    return found is not None and found.plain is not None


def shown(knowledge: Knowledge, items: Sequence[Item], *, plain: bool = False) -> Text:
    """Items that we know in words, one below the other.

    What is missing in Einfache Sprache is excused once.
    """
    missing = [item for item in items if plain and not has_plain(knowledge, item)]
    return Text.joined(
        [
            _item(knowledge, item, plain=plain, titled=len(items) > 1, excused=item in missing[:1])
            for item in items
        ]
    )


def _item(knowledge: Knowledge, item: Item, *, plain: bool, titled: bool, excused: bool) -> Text:
    """One item. Entries show their title only where it is `titled`: mostly it repeats
    what was asked."""
    library = knowledge.library
    kind, item_id = item
    title = ""
    match kind:
        case "faq":
            found = library.entries[item_id]
            title = found.title if titled else ""
            text = entry(found, plain=plain)
        case "format":
            title, text = library.formats[item_id].name, format_(library.formats[item_id])
        case _:
            found_event = library.events[item_id]
            title, text = found_event.title, event(found_event)
            if found_event.cancelled:
                mark = library.texts.say["event_cancelled_mark"]
                title = f"{mark}: {title}"
    excuse = Text.written(library.texts.say["plain_missing"]) if excused else ""
    return Text.joined([Text.bold(title), excuse, text])


def answered(decision: Answer | Several) -> tuple[Item, ...]:
    """The items that a decision answers with."""
    answers = (decision,) if isinstance(decision, Answer) else decision.answers
    return tuple((answer.hit.kind, answer.hit.id) for answer in answers)


def choice(hit: Hit) -> Button:
    """A hit as a button that shows it."""
    return Button(label=hit.title, action=f"{PREFIX[hit.kind]}:{hit.id}")


def decided(knowledge: Knowledge, decision: Decision) -> Text:
    """What somebody reads when the engine decided so; small talk must be of `SMALL_TALK`."""
    say = knowledge.library.texts.say
    match decision:
        case Answer() | Several():
            return shown(knowledge, answered(decision))
        case Suggest():
            return Text.written(say["did_you_mean"])
        case HandOver():
            return Text.written(say["offer_handover"])
        case Chat(kind=kind):
            return Text.written(say[SMALL_TALK[kind]])


# What we say to something that is not a question. Kinds that start a dialogue
# (a wish for a person, "meine Anfragen") have handlers of their own.
SMALL_TALK = {
    "greeting": "greeting",
    "thanks": "thanks",
    "bye": "bye",
    "help": "help",
    "plain": "plain_on",
    "standard": "standard_on",
    "human": "what_about",
    "emergency": "emergency",
    "yes": "yes_to_what",
    "no": "no_to_what",
}
