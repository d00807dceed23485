"""Whom an announcement is meant for, and who gets it as things stand now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from handlers.hours import BERLIN
from handlers.programme import topics
from handlers.wording import GROUPS
from knowledge import german
from knowledge.load import Library
from knowledge.models import Entry, Event, Format, Group
from storage import announcements, groups, interests, subscriptions
from storage.announcements import Announcement, Audience, Copy
from storage.database import Tx
from storage.groups import Group as TopicGroup
from storage.subscriptions import Recipient

EVERYBODY = "alle"
ALONE = 100  # recipients that one coordinator may write to without a second one


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who gets it now, and how many people do not: those who want one message a week, and
    those who know it already. A correction has the `copies` that it changes instead."""

    recipients: tuple[Recipient, ...] = ()
    groups: tuple[TopicGroup, ...] = ()
    copies: tuple[Copy, ...] = ()
    weekly: int = 0
    reached: int = 0

    def __len__(self) -> int:
        return len(self.recipients) + len(self.groups) + len(self.copies)

    @property
    def reads_plain(self) -> bool:
        """Whether somebody among them chose Einfache Sprache."""
        return any(one.plain for one in self.everybody)

    @property
    def everybody(self) -> tuple[Recipient | Copy, ...]:
        """All but the groups."""
        return (*self.recipients, *self.copies)

    @property
    def needs_two(self) -> bool:
        """Whether a second coordinator has to confirm it."""
        return len(self) > ALONE


def interested(library: Library, event: Event) -> Audience:
    """Whoever wants to hear of an event like this."""
    form = library.formats.get(event.format or "")
    return Audience(event.topics, (form.group.value,) if form else (), event.region)


def named(library: Library, name: str) -> Audience | None:
    """What a coordinator calls an audience; None if we know none of that name."""
    slug = "-".join(folded(name).split())
    if slug == EVERYBODY:
        return Audience()
    if slug in {group.value for group in Group}:
        return Audience(groups=(slug,))
    return Audience(topics=(slug,)) if slug in known_topics(library) else None


def choices(library: Library) -> tuple[tuple[str, str], ...]:
    """Every audience that has a name: what `named` understands, and how people read it."""
    of_groups = [(group.value, name) for group, name in GROUPS.items()]
    of_topics = sorted((slug, topics.name(slug)) for slug in known_topics(library))
    return ((EVERYBODY, "Alle, die alles abonniert haben"), *of_groups, *of_topics)


def title(audience: Audience) -> str:
    """How people at the desk read it."""
    of_groups = [name for group, name in GROUPS.items() if group.value in audience.groups]
    parts = [*(topics.name(slug) for slug in audience.topics), *of_groups]
    return ", ".join([*parts, audience.region] if audience.region else parts) or "alle"


def known_topics(library: Library) -> set[str]:
    return (
        _topics(library.events.values())
        | _topics(library.formats.values())
        | _topics(library.entries.values())
    )


def folded(text: str) -> str:
    """Umlauts may be typed as ae."""
    return text.casefold().translate(german.AS_TYPED)


async def crowd(tx: Tx, found: Announcement) -> Crowd:
    """Who gets it: nobody twice, and nobody who wants the week's digest."""
    if found.corrects is not None:
        return Crowd(copies=tuple(await announcements.copies(tx, found.corrects)))
    meant = found.audience
    if meant.waiting:
        return Crowd(tuple(await interests.recipients(tx, meant.waiting, meant.region)))
    wanted = await subscriptions.recipients(
        tx, topics=meant.topics, groups=meant.groups, region=meant.region
    )
    people: set[int] = set()
    told: set[int] = set()
    if found.event_id is not None:
        people, told = await announcements.reached(tx, found.event_id, found.sequence)
    now = [recipient for recipient in wanted if recipient.rhythm != "weekly"]
    new = tuple(recipient for recipient in now if recipient.person_id not in people)
    places = tuple(
        group
        for group in await groups.everyone(tx)
        if group.wants(meant.topics) and group.id not in told
    )
    return Crowd(new, places, weekly=len(wanted) - len(now), reached=len(now) - len(new))


def quiet_until(starts: int | None, ends: int | None, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies, by the clock on the wall in Berlin;
    None outside of them. `starts` and `ends` are minutes of the day, None for no such hours."""
    if starts is None or ends is None:
        return None
    local = now.astimezone(BERLIN)
    minute = local.hour * 60 + local.minute
    over_night = starts > ends
    if not (minute >= starts or minute < ends if over_night else starts <= minute < ends):
        return None
    day = local.date() + timedelta(days=int(over_night and minute >= starts))
    wall = datetime.combine(day, time(ends // 60 % 24, ends % 60), BERLIN)
    # In the nights in which clocks are changed a time may exist twice or never: the later one.
    return max(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _topics(items: Iterable[Event | Format | Entry]) -> set[str]:
    return {topic for item in items for topic in item.topics}
