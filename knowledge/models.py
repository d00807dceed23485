"""The shapes of curated content.

Everything people read lives in YAML files that curators edit. These models
refuse what they do not know, so that a slip is found by `hotline check` and
not by somebody who asks.
"""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    StringConstraints,
    model_validator,
)

from knowledge.addresses import HttpUrl

# Ids travel in buttons ("faq:kleinstadt-definition"), and Telegram gives a
# button 64 bytes; 48 leave room for the prefix.
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# A title doubles as the label of a button; longer ones are cut on phones.
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=60)]


class Content(BaseModel):
    """Base of all content models: unknown keys are refused, values never change."""

    # Who serves what was read already (`knowledge.prepared`) needs few of the validators.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Link(Content):
    """A page that says more. Only http(s); it is shown, never fetched."""

    title: Words
    url: HttpUrl


class Entry(Content):
    """One question we can answer, in its curator's words."""

    id: Slug
    title: Title
    asked_as: tuple[Words, ...] = Field(
        min_length=2, description="How people say it; each is matched on its own."
    )
    answer: Words = Field(max_length=3500, description="Shown word for word.")
    plain: Words | None = Field(default=None, description="The answer in Einfache Sprache.")
    topics: tuple[Slug, ...] = Field(min_length=1)
    links: tuple[Link, ...] = ()
    source: Words = Field(description="Where the fact is from.")
    checked_on: date = Field(description="Shown as „Stand“; old ones are warned about.")
    owner: Slug = "koordination"


class Group(StrEnum):
    """What a format is for."""

    LERNEN = "lernen"
    AUSTAUSCH = "austausch"
    BERATUNG = "beratung"


class Character(StrEnum):
    """Where a format or an event takes place."""

    DIGITAL = "digital"
    ANALOG = "analog"
    HYBRID = "hybrid"


class Effort(StrEnum):
    """How a format takes somebody's time, as far as the sources say."""

    KURZ = "kurz"  # in between
    EINMAL = "einmal"  # at one date
    BEFRISTET = "befristet"  # for a while, in several parts
    REGELMAESSIG = "regelmaessig"  # again and again


class Format(Content):
    """One of the learning, exchange and advice formats."""

    id: Slug
    name: Title
    group: Group
    characters: tuple[Character, ...] = Field(
        min_length=1, description="One or more: some formats exist both on site and online."
    )
    summary: Words = Field(max_length=160, description="One sentence for lists.")
    description: Words = Field(max_length=1500)
    for_whom: Words
    time_needed: Words = Field(description="As far as the sources say; else that they do not.")
    effort: Effort | None = Field(
        default=None, description="The same for the format finder; left out where they are silent."
    )
    takeaway: Words = Field(description="What somebody takes home from it.")
    asked_as: tuple[Words, ...] = Field(min_length=2)
    topics: tuple[Slug, ...] = ()
    source: Words
    checked_on: date


def _comparable(value: date) -> float:
    """In the hour that comes twice in autumn Python compares what the clocks show."""
    return value.timestamp() if isinstance(value, datetime) else value.toordinal()


class Event(Content):
    """A dated event. Times carry an offset; people read them in Europe/Berlin."""

    id: Slug
    title: Words = Field(max_length=120)
    starts: datetime | date = Field(description="A plain date where no time is known.")
    ends: datetime | date | None = None
    place: Words | None = None
    link: HttpUrl | None = None
    characters: tuple[Character, ...] = ()
    organisers: tuple[Words, ...] = ()
    topics: tuple[Slug, ...] = ()
    description: Words = Field(max_length=1500)
    documentation: HttpUrl | None = Field(default=None, description="Where one can read up on it.")
    format: Slug | None = Field(default=None, description="The id of a format.")
    region: Words | None = Field(default=None, description="A Bundesland or a town.")
    registration: HttpUrl | None = Field(default=None, description="Where one registers.")
    registration_until: datetime | date | None = None
    capacity: PositiveInt | None = None
    cancelled: bool = False
    uid: Words | None = Field(default=None, description="What calendars call it; else made of id.")
    sequence: NonNegativeInt = Field(default=0, description="Grows when it moves or is cancelled.")
    updated_at: datetime | None = None
    asked_as: tuple[Words, ...] = ()
    source: Words
    checked_on: date

    @property
    def calendar_uid(self) -> str:
        """What calendars call it, for ever: it must outlive a change of address."""
        return self.uid or f"{self.id}@kleinstadt-hotline"

    @model_validator(mode="after")
    def _times_make_sense(self) -> "Event":
        for moment in (self.starts, self.ends, self.registration_until, self.updated_at):
            if isinstance(moment, datetime) and moment.tzinfo is None:
                raise ValueError("a time needs its offset, for example 2021-03-11T18:30:00+01:00")
        if self.ends is not None:
            if isinstance(self.starts, datetime) != isinstance(self.ends, datetime):
                raise ValueError("starts and ends are either both dates or both times")
            if _comparable(self.ends) < _comparable(self.starts):
                raise ValueError("ends lies before starts")
        return self


class Synonyms(Content):
    """Words that people use for one another. They help to find, and never to decide alone."""

    alike: tuple[tuple[Words, ...], ...] = Field(
        default=(), description="Groups of words that stand for one another."
    )
    said: dict[str, Words] = Field(
        default_factory=dict, description="What people say, and what our texts say instead."
    )

    @model_validator(mode="after")
    def _groups_hold_two(self) -> "Synonyms":
        if any(len(set(group)) < 2 for group in self.alike):
            raise ValueError("a group needs two different words")
        return self


class Outside(Content):
    """A matter that people ask about with our words, and that we know nothing of.

    What is more like one of these than like any entry gets no answer but a person.
    """

    about: Title
    asked_as: tuple[Words, ...] = Field(min_length=2)


class Canned(Content):
    """An answer that coordinators need again and again; they may change it before it is sent."""

    # What may be filled in: the person's name, the request's number, an event.
    PLACES: ClassVar = frozenset(("name", "nummer", "veranstaltung"))

    id: Slug
    title: Title
    text: Words = Field(
        max_length=3500,
        description="{name}, {nummer} and {veranstaltung} are filled in, no others.",
    )


class Matter(Content):
    """Something that people of small towns look for or offer in the messenger network."""

    id: Slug
    name: Title
    words: tuple[Words, ...] = Field(
        default=(), description="How people call it; the name counts anyway."
    )


class Function(Content):
    """What somebody does in or for their town."""

    id: Slug
    name: Title


class Network(Content):
    """What profiles of the messenger network are made of, and how people ask for one another."""

    topics: tuple[Matter, ...] = ()
    functions: tuple[Function, ...] = ()
    seeking: tuple[Words, ...] = Field(
        default=(), description="How people ask for people. „…“ stands for up to eight words."
    )

    @property
    def topic_names(self) -> dict[str, str]:
        """The topics by their ids."""
        return {topic.id: topic.name for topic in self.topics}

    @property
    def function_names(self) -> dict[str, str]:
        return {function.id: function.name for function in self.functions}

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Network":
        for items in (self.topics, self.functions):
            ids = [item.id for item in items]
            if len(set(ids)) < len(ids):
                raise ValueError("an id stands there twice")
        return self


class Area(StrEnum):
    """Where an expert works. The names of the members are codes as in ISO 3166-2 without DE."""

    EVERYWHERE = "bundesweit"
    BW = "Baden-Württemberg"
    BY = "Bayern"
    BE = "Berlin"
    BB = "Brandenburg"
    HB = "Bremen"
    HH = "Hamburg"
    HE = "Hessen"
    MV = "Mecklenburg-Vorpommern"
    NI = "Niedersachsen"
    NW = "Nordrhein-Westfalen"
    RP = "Rheinland-Pfalz"
    SL = "Saarland"
    SN = "Sachsen"
    ST = "Sachsen-Anhalt"
    SH = "Schleswig-Holstein"
    TH = "Thüringen"


class Consent(Content):
    """Somebody agreed to be shown, and who took that down."""

    on: date
    noted_by: Words = Field(max_length=100)


class Expert(Content):
    """Somebody who answers questions about certain keywords. People reach them through us.

    Nobody is shown without a consent.
    """

    id: Slug
    name: Words = Field(
        max_length=80, description="As it may be shown: a name, an institution or a role."
    )
    summary: Words = Field(max_length=300, description="What they can help with.")
    keywords: tuple[Annotated[Words, Field(max_length=60)], ...] = Field(
        min_length=1, max_length=40, description="How people call what they know about."
    )
    topics: tuple[Slug, ...] = Field(default=(), description="Ids of topics in network.yaml.")
    formats: tuple[Slug, ...] = Field(default=(), description="Ids of formats they take part in.")
    regions: tuple[Area, ...] = Field(default=(Area.EVERYWHERE,), min_length=1)
    languages: tuple[Annotated[Words, Field(max_length=40)], ...] = Field(
        default=("Deutsch",), min_length=1, max_length=20
    )
    availability: Words | None = Field(default=None, max_length=160)
    paused: bool = Field(default=False, description="Not shown until somebody changes that.")
    paused_until: date | None = Field(default=None, description="Not shown up to and on this day.")
    page: HttpUrl | None = Field(default=None, description="Where one can read about them.")
    consent: Consent | None = Field(default=None, description="Without it they are not shown.")

    def pauses(self, today: date) -> bool:
        return self.paused or (self.paused_until is not None and today <= self.paused_until)

    def is_shown(self, today: date) -> bool:
        """Whether people may find them on this day."""
        return self.consent is not None and not self.pauses(today)


class SmallTalk(Content):
    """What is not a question: greetings, thanks, a wish for a person, an emergency.

    `phrases` are matched against the whole message; `contains` anywhere in it. `entries`
    are the ids of those that only tell about what is done here: they never stand in its way.
    """

    phrases: tuple[Words, ...] = ()
    contains: tuple[Words, ...] = ()
    entries: tuple[str, ...] = ()


class Texts(Content):
    """All sentences the dialogues say, by name. `{field}` marks a place to fill.

    The names live in the content files; `knowledge.load` checks that every
    name a handler asks for exists and that its placeholders are known.
    """

    say: dict[str, Words]
    understand: dict[str, SmallTalk]

    def names(self) -> Iterator[str]:
        return iter(self.say)
