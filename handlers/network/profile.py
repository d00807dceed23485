"""A profile in words: a card as others read it, and all of it for its owner."""

from collections.abc import Iterable, Mapping

from handlers.hours import BERLIN
from handlers.network.cards import FIELDS, Card, card, visible
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import day
from knowledge.towns import REGIONS, SIZES
from storage import consents, profiles
from storage.moments import moment
from storage.profiles import Profile

WAYS: Mapping[str, str] = {
    "chat": "im Chat",
    "telefon": "am Telefon",
    "video": "per Video",
    "besuch": "bei einem Besuch",
}
"""How people like to meet, as others read it."""

NAMES: Mapping[str, str] = {
    "offers": "Bietet",
    "seeks": "Sucht",
    "function": "Aufgabe",
    "town": "Ort",
    "region": "Bundesland",
    "size": "Größe des Ortes",
    "ways": "Austausch",
    "name": "Name",
    "contact": "Kontakt",
}
"""What stands before each line of a card, in their order."""

_STATES = {
    "draft": "profile_state_draft",
    "live": "profile_state_live",
    "paused": "profile_state_paused",
    "asleep": "profile_state_asleep",
}
_AGREED = {"directory": "profile_agreed_directory", "contact": "profile_agreed_contact"}


async def fields_of(turn: Turn, card: Card) -> Text:
    """A card as people read it, a line for each thing that stands on it; empty if none does."""
    return _lines(turn, card)


def _lines(turn: Turn, card: Card | Profile) -> Text:
    return Text.joined(
        [
            Text.bold(f"{name}:") + f" {value}"
            for field, name in NAMES.items()
            if (value := said(turn, field, getattr(card, field)))
        ],
        by="\n",
    )


async def preview(turn: Turn, profile: Profile) -> Text:
    """Who reads what: the card just as others see it, what comes to it, and what nobody gets."""
    shown = card(profile)
    later = card(profile, agreed=True, contact=True)
    more = {field: getattr(later, field) for field in FIELDS if not getattr(shown, field)}
    kept = [
        NAMES[field]
        for field in FIELDS
        if visible(profile, field) == "never" and getattr(profile, field)
    ]
    after = await fields_of(turn, Card(person_id=profile.person_id, **more))
    return Text.joined(
        [
            turn.words("profile_preview"),
            await fields_of(turn, shown) or turn.words("profile_preview_empty"),
            Text.joined([turn.words("profile_preview_agreed"), after], by="\n") if after else "",
            turn.words("profile_preview_never", what=", ".join(kept)) if kept else "",
        ]
    )


async def summary(turn: Turn) -> Text:
    """The whole profile for those who ask what we hold of them; empty if there is none."""
    assert turn.person is not None  # noqa: S101 - only people ask
    profile = await profiles.of(turn.tx, turn.person.id)
    if profile is None:
        return Text()
    agreed = [
        turn.words(_AGREED[purpose], when=day(moment(given).astimezone(BERLIN)))
        for purpose, given in (await consents.all_of(turn.tx, turn.person.id)).items()
    ]
    head = turn.words("data_profile", state=state(turn, profile))
    return Text.joined([head, _lines(turn, profile), *agreed], by="\n")


def state(turn: Turn, profile: Profile) -> str:
    """Whether others find it, in a word or two."""
    return turn.label(_STATES[profile.state])


def said(turn: Turn, field: str, value: str | tuple[str, ...]) -> str:
    """The value of a field in words; what the content does not know any more is left out."""
    match field:
        case "offers" | "seeks":
            return ", ".join(_known(topics(turn), value))
        case "function":
            return ", ".join(_known(functions(turn), [str(value)]))
        case "ways":
            return ", ".join(_known(WAYS, value))
        case "region":
            return REGIONS.get(str(value), "")
        case "size":
            return SIZES.get(str(value), "")
        case _:
            return str(value)


def topics(turn: Turn) -> Mapping[str, str]:
    """The topics that there are: id and name."""
    return turn.knowledge.library.network.topic_names


def functions(turn: Turn) -> Mapping[str, str]:
    """What people do in their towns: id and name."""
    return turn.knowledge.library.network.function_names


def _known(names: Mapping[str, str], values: Iterable[str]) -> list[str]:
    return [names[value] for value in values if value in names]
