"""Help for whoever answers a request: what we know about it, what was answered before,
and what is said often."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers import personal, wording
from handlers.desk.steps import tell
from handlers.message import ACTION_BYTES, Button
from handlers.programme import keeping
from handlers.text import Text
from handlers.turn import Turn
from knowledge import german, readability
from knowledge.models import Canned
from knowledge.search import Hit, Knowledge
from storage import canned as own_canned
from storage import desk_entries, requests
from storage.coordinators import Coordinator
from storage.database import Tx
from storage.requests import Request

SHOWN = 3
COMPARED = 300  # of the newest answered requests
NEAR_ENTRY = 0.15  # below, an entry has nothing to do with it
NEAR_EVENT = 0.3
ALIKE = 0.3  # of letters in groups of three
LABEL = 60  # characters of a button

NO_EVENT = "[Veranstaltung]"


@dataclass(frozen=True, slots=True)
class Offered:
    """A text that can be taken over. `key` names it: `f:` an entry, `r:` a request that was
    answered, `c:` a canned answer of the content, `k:` one of the desk."""

    key: str
    title: str
    text: str
    channel: str = ""  # through which it was said before


@dataclass(frozen=True, slots=True)
class Advice:
    entries: tuple[Offered, ...] = ()
    answered: tuple[Offered, ...] = ()
    canned: tuple[Offered, ...] = ()

    @property
    def all(self) -> tuple[Offered, ...]:
        return self.entries + self.answered + self.canned

    def text(self, key: str) -> str:
        """What stands behind a key; nothing for one that is not (any more) offered."""
        return next((offered.text for offered in self.all if offered.key == key), "")


async def of(
    tx: Tx,
    knowledge: Knowledge,
    request: Request,
    words: str,
    now: datetime,
    *,
    sees_others: bool = True,
    named: bool = True,
) -> Advice:
    """What may help to answer a request in which the person wrote these words.

    Only who `sees_others` is shown what other people were answered. Unless `named`, the
    name by which the person introduced themselves is left out.
    """
    hits = knowledge.search(words, 20) if words.strip() else ()
    before = (
        await desk_entries.answered(tx, but=request.id, limit=COMPARED)
        if sees_others and words.strip()
        else []
    )
    ready = [(f"c:{one.id}", one.title, one.text) for one in knowledge.library.canned.values()]
    ready += [(f"k:{one.id}", one.title, one.text) for one in await own_canned.everything(tx)]
    places = {
        "name": next(iter(personal.introduced(words)), "") if named else "",
        "nummer": request.number,
        "veranstaltung": _event(knowledge, hits, now),
    }
    return Advice(
        entries=_entries(knowledge, hits),
        answered=_alike(before, words),
        canned=tuple(Offered(key, title, fill(text, places)) for key, title, text in ready),
    )


async def words_of(tx: Tx, request_id: int) -> str:
    """What the person wrote in a request."""
    said = await requests.messages(tx, request_id)
    return "\n".join(one.text for one in said if one.author == "person" and not one.deleted_at)


def _entries(knowledge: Knowledge, hits: Sequence[Hit]) -> tuple[Offered, ...]:
    entries = [
        knowledge.library.entries[hit.id]
        for hit in hits
        if hit.kind == "faq" and hit.score >= NEAR_ENTRY
    ]
    return tuple(
        Offered(
            f"f:{entry.id}",
            entry.title,
            str(Text.joined([entry.answer, wording.links(entry.links)])),
        )
        for entry in entries[:SHOWN]
    )


def _alike(before: Sequence[desk_entries.Asked], words: str) -> tuple[Offered, ...]:
    asked = grams(words)
    rated = [(likeness(asked, grams(one.question)), one) for one in before if one.answer]
    near = sorted(
        (pair for pair in rated if pair[0] >= ALIKE), key=lambda pair: pair[0], reverse=True
    )
    return tuple(
        Offered(
            f"r:{one.request_id}",
            f"K-{one.request_id}" + (f": {one.topic}" if one.topic else ""),
            one.answer,
            one.channel,
        )
        for _, one in near[:SHOWN]
    )


def _event(knowledge: Knowledge, hits: Sequence[Hit], now: datetime) -> str:
    """The event that fits best and is not over."""
    for hit in hits:
        event = knowledge.library.events.get(hit.id) if hit.kind == "event" else None
        if event and hit.score >= NEAR_EVENT and not keeping.is_over(event, now):
            return f"{event.title} ({wording.when(event)})"
    return NO_EVENT


def fill(text: str, places: Mapping[str, str]) -> str:
    """A canned answer with its places filled; a name that nobody knows leaves no gap."""
    if not places.get("name"):
        text = text.replace(" {name}", "").replace("{name}", "")
    for name in Canned.PLACES:
        text = text.replace(f"{{{name}}}", places.get(name, ""))
    return text


# -- likeness --------------------------------------------------------------------------


def grams(words: str) -> frozenset[str]:
    """The telling words in groups of three letters."""
    # Simpler than how the engine reads, and fast enough for some hundred questions.
    telling = [
        word
        for word in _WORD.findall(german.fold(words))
        if word not in german.SMALL_WORDS and len(word) > 1
    ]
    return frozenset(
        f" {word} "[start : start + 3] for word in telling for start in range(len(word))
    )


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """0 to 1: how much of what both say they share."""
    if not one or not other:
        return 0.0
    return 2 * len(one & other) / (len(one) + len(other))


_WORD = re.compile(r"[^\W_]+")


# -- plain language -----------------------------------------------------------------------

ENOUGH_WORDS = 12  # in a sentence or two a single long name decides
HARD, VERY_HARD = 12, 15


def readability_hint(text: str) -> str:
    """A gentle hint where a draft is hard to read; nothing where it is not."""
    if len(readability.words(text)) < ENOUGH_WORDS:
        return ""
    grade = round(school_grade(text))
    if grade < HARD:
        return ""
    how = "Schwer" if grade >= VERY_HARD else "Etwas schwer"
    return f"{how} zu lesen (Stufe {grade}). Kürzere Sätze helfen."


def school_grade(text: str) -> float:
    """The first Wiener Sachtextformel: the school year that a text suits, from 4 to 15.

    R. Bamberger and E. Vanecek, „Lesen – Verstehen – Lernen – Schreiben“, Vienna 1984.
    """
    found = readability.words(text)
    if not found:
        return 0.0
    syllables = [readability.syllables(word) for word in found]
    share = 100 / len(found)
    many = share * sum(number >= 3 for number in syllables)
    single = share * sum(number == 1 for number in syllables)
    long = share * sum(len(word) > 6 for word in found)
    length = len(found) / max(1, len(readability.sentences(text)))
    return 0.1935 * many + 0.1672 * length + 0.1297 * long - 0.0327 * single - 0.875


# -- in a chat ------------------------------------------------------------------------------


async def show(turn: Turn, request: Request, by: Coordinator) -> None:
    """What may help, by its titles; each button brings a text to copy and change."""
    advice = await _of_turn(turn, request, by)
    buttons = [
        Button(label=offered.title[:LABEL], action=action)
        for offered in advice.all
        if len((action := f"learn:{request.id}:{offered.key}").encode()) <= ACTION_BYTES
    ]
    parts = [
        turn.words(name, list="\n".join(f"• {offered.title}" for offered in found))
        for name, found in (
            ("advice_entries", advice.entries),
            ("advice_answered", advice.answered),
            ("advice_canned", advice.canned),
        )
        if found
    ]
    if by.publishes and request.answered_at is not None:
        label = turn.label("button_learn_from")
        buttons.append(Button(label=label, action=f"learn:from:{request.id}"))
    heading = turn.words("advice" if parts else "advice_nothing", number=request.number)
    tell(turn, request, Text.joined([heading, *parts]), *buttons)


async def draft(turn: Turn, request: Request, by: Coordinator, key: str) -> None:
    """One of the texts, to be copied: nothing of it goes to the person."""
    advice = await _of_turn(turn, request, by)
    text = advice.text(key)
    if not text and key.startswith("f:") and (entry := _entry(turn, key)):
        text = entry
    if not text:
        tell(turn, request, turn.words("advice_gone"))
        return
    more = Button(label=turn.label("button_advice"), action=f"learn:advice:{request.id}")
    tell(turn, request, Text.joined([turn.words("advice_draft"), text]), more)


def _entry(turn: Turn, key: str) -> str:
    """An entry that was offered before and is no longer among the nearest."""
    known = turn.knowledge.library.entries.get(key.removeprefix("f:"))
    return str(Text.joined([known.answer, wording.links(known.links)])) if known else ""


async def _of_turn(turn: Turn, request: Request, by: Coordinator) -> Advice:
    """What may be shown where this turn takes place.

    Words that were said through another channel do not travel through this one.
    """
    here = turn.incoming.channel
    free = here == "desk" or turn.house.show_web_text
    words = await words_of(turn.tx, request.id)
    advice = await of(
        turn.tx,
        turn.knowledge,
        request,
        words,
        turn.now,
        sees_others=by.publishes,
        named=free or request.channel == here,
    )
    if free:
        return advice
    return replace(advice, answered=tuple(o for o in advice.answered if o.channel == here))
