"""What one person may read of another: the only way from a profile to a screen.

Ranking and reasons ("ähnlich große Stadt") are made from cards as well, so that nothing can
be guessed from them that its owner keeps back.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.profiles import Profile, Visible

FIELDS = ("town", "region", "size", "function", "ways", "name", "contact")
"""What its owner decides about; topics are what a card is for, and always on it."""

USUAL: Mapping[str, Visible] = {
    "town": "agreed",
    "region": "card",
    "size": "card",
    "function": "card",
    "ways": "card",
    "name": "agreed",
    "contact": "agreed",
}
"""What holds until its owner says otherwise: no name and no town before both agreed."""


@dataclass(frozen=True, slots=True)
class Card:
    """A profile as somebody else may read it. An empty field was left out or kept back."""

    person_id: int  # for us; never shown
    seeks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    town: str = ""
    region: str = ""
    size: str = ""
    function: str = ""
    ways: tuple[str, ...] = ()
    name: str = ""
    contact: str = ""


def visible(profile: Profile, field: str) -> Visible:
    """Who may read this field. A way to be reached never stands on a card."""
    chosen = profile.visible.get(field, USUAL[field])
    return "agreed" if field == "contact" and chosen == "card" else chosen


def card(profile: Profile, *, agreed: bool = False, contact: bool = False) -> Card:
    """What somebody else may read: before both agreed, after it, and, if `contact`, with what
    its owner chose to share with this one person."""
    released = {"card", "agreed"} if agreed else {"card"}
    open_fields = {
        field
        for field in FIELDS
        if visible(profile, field) in released and (field != "contact" or contact)
    }
    return Card(
        person_id=profile.person_id,
        seeks=profile.seeks,
        offers=profile.offers,
        **{field: getattr(profile, field) for field in FIELDS if field in open_fields},
    )
