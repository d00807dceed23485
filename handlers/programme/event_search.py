"""Finding an event at the desk by what a coordinator calls it.

The store is asked: what was published a moment ago, and drafts, are known there at once.
"""

from collections.abc import Callable
from datetime import datetime

from rapidfuzz import fuzz, process

from handlers.announcing.audiences import folded
from handlers.programme import keeping
from knowledge.models import Event
from storage import events
from storage.database import Tx

ALIKE = 80  # of 100: a word of a title, mistyped


async def called(tx: Tx, words: str, now: datetime) -> list[Event]:
    """Events that may be meant by an id or by words of a title, drafts too, soonest first.

    Of those that are over only the last one, and only when no other fits.
    """
    everything = await events.everything(tx)
    if exact := [kept for kept in everything if kept.id == words.strip().lower()]:
        return [Event.model_validate_json(exact[0].payload)]
    drafts = {kept.id for kept in everything if kept.state == "draft"}
    known = [Event.model_validate_json(kept.payload) for kept in everything]
    wanted = folded(words).split()
    found = _fitting(known, wanted, _has) or _fitting(known, wanted, _may_have)
    found.sort(key=lambda event: (keeping.span(event), event.id))
    ahead = [event for event in found if event.id in drafts or not keeping.is_over(event, now)]
    return ahead or found[-1:]


def _fitting(
    known: list[Event], wanted: list[str], fits: Callable[[str, list[str]], bool]
) -> list[Event]:
    return [event for event in known if fits(folded(event.title), wanted)]


def _has(title: str, wanted: list[str]) -> bool:
    return all(word in title for word in wanted)


def _may_have(title: str, wanted: list[str]) -> bool:
    """The same where words may be mistyped."""
    said = title.split()
    return all(
        process.extractOne(word, said, scorer=fuzz.ratio, score_cutoff=ALIKE) for word in wanted
    )
