"""How people call events and ask for them, and the words by which one is found."""

import re
from collections.abc import Callable, Sequence

from handlers import wording
from handlers.programme.spans import mended
from handlers.turn import Turn
from knowledge import german
from knowledge.models import Event

MOST_WORDS = 3  # beside the days; whoever writes more wants to know something of it


def sought(turn: Turn, rest: Sequence[str]) -> tuple[str, ...] | None:
    """What kind of events is asked for beside the days; None if it is not about events."""
    folded = [mended(word, _NOUNS) for word in rest]
    nouns = [word for word in folded if word in _NOUNS or word.endswith(KINDS)]
    if not nouns:
        asks = ASKS_ALONE & set(folded) or ({"steht", "stehen"} & set(folded) and "an" in folded)
        return () if asks and set(folded) <= ASKS else None
    if len([word for word in nouns if word in KINDS]) > 1:
        return None  # "Waren die Webtalks Webinare?"
    small = ASKS | {"zu", "zum", "zur", "uber", "thema", "themen"}
    # "Haben Sie am Montag einen Termin für mich?" is about something else.
    if set(nouns) != {"termin"}:
        small |= POLITE
    others = [
        (word if word in _NOUNS and word != german.fold(typed) else typed.lower())
        for word, typed in zip(folded, rest, strict=True)
        if word not in small | GENERIC
    ]
    if len(others) > MOST_WORDS:
        return None
    telling = [teller(word) for word in others if german.fold(word) not in _NOUNS]
    lines = (
        [found_by(turn, event) for event in turn.knowledge.library.events.values()]
        if telling
        else []
    )
    if not all(any(map(tells, lines)) for tells in telling):
        return None
    return tuple(others)


def found_by(turn: Turn, event: Event) -> str:
    """What an event is found by, folded."""
    library = turn.knowledge.library
    form = library.formats.get(event.format or "")
    said = (
        event.title,
        event.place or "",
        event.region or "",
        *event.topics,
        *event.characters,
        wording.characters(event.characters),
        event.format or "",
        form.name if form else "",
    )
    return f" {' '.join(WORD.findall(german.fold(' '.join(said))))} "


def teller(word: str) -> Callable[[str], bool]:
    """Whether a line has the word, in any inflection; of compounds long words find a part."""
    forms = {german.fold(word), german.form(word).term}

    def tells(line: str) -> bool:
        return any(
            f" {form}{'' if len(form) > 3 else ' '}" in line or (len(form) > 5 and form in line)
            for form in forms
        )

    return tells


def says_little(word: str) -> bool:
    folded = mended(word, _NOUNS)
    return folded in german.SMALL_WORDS or folded in GENERIC or folded in ("thema", "themen")


def _words(listed: str) -> frozenset[str]:
    return frozenset(german.fold(word) for word in listed.split())


WORD = re.compile(r"[^\W_]+")

# What people call events: any of them, or a kind of them.
GENERIC = _words(
    "Termin Termine Terminen Veranstaltung Veranstaltungen Event Events Kalender Programm Treffen"
)
KINDS = tuple(
    sorted(
        _words(
            "Webtalk Webtalks Workshop Workshops Tagung Tagungen Werkstatt Werkstätten Konferenz "
            "Konferenzen Kongress Kongresse Webinar Webinare Seminar Seminare Vortrag Vorträge "
            "Stammtisch Stammtische"
        )
    )
)
_NOUNS = (*sorted(GENERIC), *KINDS)
# What may stand in a question that only asks what is on, and what is enough for one.
ASKS = _words(
    "was welche welcher welches welchen wann ist sind war waren gibt gibts s gab gabs es los steht "
    "stehen an ansteht anstehen geplant findet finden fand fanden statt stattfindet stattfinden "
    "stattgefunden läuft laufen lief liefen passiert so alles denn eigentlich da noch mal schon "
    "wieder bei euch ihnen uns hier die der das den dem des ein eine einen im in am vom von für "
    "und zwischen bitte danke hallo moin servus hi etwas irgendwas keine kein einige neue neuen "
    "neues nächste nächsten kommende kommenden vergangene vergangenen weitere alle liste übersicht"
)
ASKS_ALONE = _words("was los statt stattfindet stattfinden ansteht anstehen gibts")
POLITE = _words(
    "ich wir möchte möchten hätte hätten gern gerne sehen wissen können könnten kannst geben haben "
    "habt hat hab nennen nennt sagen sag zeigen zeig zeigt mir sie ihr du"
)
