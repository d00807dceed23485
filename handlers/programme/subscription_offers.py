"""What one can subscribe to: all that the programme and the formats are about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from handlers.message import ACTION_BYTES
from handlers.programme import topics
from handlers.programme.keeping import is_over
from handlers.wording import GROUPS
from knowledge import german
from knowledge.load import Library
from knowledge.models import Event
from storage import subscriptions

_LONGEST_NAME = 40  # of what a button says, so that its end is never cut off

Key = tuple[subscriptions.Kind, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that one can subscribe to."""

    kind: subscriptions.Kind
    value: str
    name: str

    @property
    def key(self) -> Key:
        return key(self.kind, self.value)

    @property
    def code(self) -> str:
        """How buttons call it."""
        letter = {"all": "a", "topic": "t", "group": "g", "region": "o"}[self.kind]
        value = self.key[1]
        if len(value.encode()) > ACTION_BYTES - len("subs:no:o:"):
            value = sha256(value.encode()).hexdigest()[:16]
        return f"{letter}:{value}" if value else letter


@dataclass(frozen=True, slots=True)
class Offers:
    choices: tuple[Choice, ...]
    words: frozenset[str]  # of their names, as messages are compared with them


# The programme is large and changes seldom, so what it offers is worked out once for each.
_latest: list[tuple[Library, Offers]] = []


def offers(library: Library) -> Offers:
    for known, found in _latest:
        if known is library:
            return found
    choices = tuple(_found(library))
    words = german.normalise(" ".join(choice.name for choice in choices)).split()
    found = Offers(choices, frozenset(words))
    _latest[:] = [(library, found)]
    return found


def _found(library: Library) -> Iterator[Choice]:
    """Topics and regions that events have, and what formats are for."""
    programme = library.events.values()
    titles: dict[str, list[str]] = {}
    regions: dict[str, str] = {}
    for event in programme:
        for topic in topics.telling(event):
            titles.setdefault(topic, []).append(event.title)
        if event.region:
            regions.setdefault(subscriptions.same(event.region), event.region)
    subjects = [
        Choice("topic", topic, _short(topics.name(topic, said))) for topic, said in titles.items()
    ]
    yield from sorted(subjects, key=lambda choice: german.fold(choice.name))
    groups = {form.group for form in library.formats.values()}
    yield from (Choice("group", group, name) for group, name in GROUPS.items() if group in groups)
    places = [Choice("region", region, _short(region)) for region in regions.values()]
    yield from sorted(places, key=lambda choice: german.fold(choice.name))


def name_of(kind: subscriptions.Kind, value: str) -> str:
    """The name of something that is on offer no longer."""
    match kind:
        case "topic":
            return _short(topics.name(value))
        case "group":
            return next((name for group, name in GROUPS.items() if group == value), value)
        case _:
            return _short(value)


def key(kind: subscriptions.Kind, value: str) -> Key:
    """What is equal for two spellings of the same."""
    return kind, subscriptions.same(value) if kind == "region" else value


def keys_of(library: Library, event: Event) -> Iterator[Key]:
    """Whoever has one of these hears of the event."""
    yield "all", ""
    yield from (("topic", topic) for topic in event.topics)
    if event.format and event.format in library.formats:
        yield "group", library.formats[event.format].group
    if event.region:
        yield key("region", event.region)


def is_coming(event: Event, now: datetime) -> bool:
    return not event.cancelled and not is_over(event, now)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"
