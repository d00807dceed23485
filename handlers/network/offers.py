"""What somebody may pass on into another chat, found by a few words typed there.

Nothing here is a turn: whoever looks for something to pass on says nothing to us, so nothing
is kept, not even for a moment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers import wording
from handlers.conversation import Item
from handlers.network import sharing
from handlers.programme.keeping import is_over, span
from handlers.text import Text
from handlers.turn import House
from knowledge.models import Event
from knowledge.search import Knowledge

MOST = 10
LONGEST = 256  # characters; no messenger lets people type more there
COMING = 5  # events, for whoever has typed nothing yet
_LOOKED_THROUGH = 30
_ROOM = 4  # of those places, for formats and events
_FAR = 0.25  # below this a likeness is chance
_NEAR_BEST, _BEST = 0.5, 0.8


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to pass on: `about` tells it from the others, `text` is what is sent."""

    item: Item
    title: str
    about: str
    text: Text
    url: str

    @property
    def key(self) -> str:
        """At most 64 bytes, for networks that want one."""
        return ":".join(self.item)


def found(knowledge: Knowledge, house: House, words: str, now: datetime) -> list[Offer]:
    """What is most like the words, best first; nothing rather than something far-fetched."""
    hits = knowledge.search(words[:LONGEST], _LOOKED_THROUGH)
    # A single word can be a way of asking, letter for letter; the others are not far for that.
    best = min(hits[0].score, _BEST) if hits else 0.0
    near = [hit for hit in hits if hit.score >= max(_FAR, best * _NEAR_BEST)]
    offers = _offers(knowledge, house, ((hit.kind, hit.id) for hit in near), now)
    # Of some matters we have more entries than there is room; an event shall not go under.
    entries = [offer for offer in offers if offer.item[0] == "faq"]
    others = [offer for offer in offers if offer.item[0] != "faq"][:_ROOM]
    kept = {offer.item for offer in (*others, *entries[: MOST - len(others)])}
    return [offer for offer in offers if offer.item in kept]


def at_first(
    knowledge: Knowledge, house: House, popular: Sequence[str], now: datetime
) -> list[Offer]:
    """For nothing typed yet: what comes next, and what people ask most."""
    events = sorted(
        (event for event in knowledge.library.events.values() if _is_coming(event, now)),
        key=lambda event: (span(event)[0], event.id),
    )
    items: list[Item] = [("event", event.id) for event in events[:COMING]]
    known = knowledge.library.entries
    entries = dict.fromkeys((*(id for id in popular if id in known), *known))
    items += [("faq", id) for id in list(entries)[:MOST]]
    return _offers(knowledge, house, items, now)[:MOST]


def _offers(
    knowledge: Knowledge, house: House, items: Iterable[Item], now: datetime
) -> list[Offer]:
    offers: list[Offer] = []
    for kind, id in items:
        if kind == "event":
            event = knowledge.library.events[id]
            if not _is_coming(event, now):
                continue  # nobody passes on what is over
            title = event.title
            about = ", ".join(filter(None, (wording.when(event), wording.where(event))))
        else:
            title, about = sharing.summary(knowledge, (kind, id))
        text = sharing.to_share(knowledge, house, (kind, id))
        url = sharing.link(house, kind, id)
        offers.append(Offer((kind, id), title, about, text, url))
    return offers


def _is_coming(event: Event, now: datetime) -> bool:
    return not (event.cancelled or is_over(event, now))
