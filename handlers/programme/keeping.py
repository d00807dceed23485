"""The programme: events come in, change and are cancelled, and the store follows.

Whatever depends on an event's time (reminders, telling those who marked it) is planned
and taken back in the same transaction.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from handlers.hours import BERLIN
from knowledge.models import Event
from storage import events
from storage.database import Tx

Outcome = Literal["new", "changed", "moved", "cancelled", "same"]

# Of an event whose hour is not known people are reminded on the morning before.
MORNING = time(9)
_ID_LENGTH = 44  # of the 48 that a button has room for


async def keep(
    tx: Tx, event: Event, origin: events.Origin, now: datetime, *, draft: bool = False
) -> Outcome:
    """Keep a new event, or what became of one that is there (by its UID, else its id).

    The sequence grows when it moves in time or place, is cancelled or takes place after
    all: those who marked it learn that. A draft nobody knows of yet, so nobody learns it.
    """
    before = await events.by_uid(tx, event.calendar_uid)
    if before is None and event.uid is None:
        before = await events.get(tx, event.id)
    elif before is None:
        event = event.model_copy(update={"id": await free(tx, event.id)})
    state: events.State = "draft" if draft else "cancelled" if event.cancelled else "published"
    outcome: Outcome = "new"
    sequence = event.sequence
    learns = False
    planned = _planned(event, state)
    unchanged = False
    if before is not None:
        old = Event.model_validate_json(before.payload)
        event = event.model_copy(update={"id": before.id, "uid": old.uid})
        if before.state == state and _content(event) == _content(old):
            return "same"
        # A plan that stays is left alone: it may be due at this moment, or done already.
        unchanged = planned == _planned(old, before.state)
        if before.state != "draft":
            outcome = _outcome(old, event)
            learns = outcome in ("moved", "cancelled") or old.cancelled != event.cancelled
        sequence = max(sequence, before.sequence + learns)
    starts, ends = span(event)
    changed = now
    if outcome == "new" and ends <= now:
        # What was over before anybody learned of it is no news: it is as old as its end.
        changed = min(event.updated_at or ends, now)
    event = event.model_copy(update={"sequence": sequence, "updated_at": changed})
    await events.put(
        tx,
        id=event.id,
        uid=event.calendar_uid,
        state=state,
        origin=origin,
        sequence=sequence,
        payload=event.model_dump_json(exclude_defaults=True),
        starts=starts,
        ends=ends,
        reminders=None if unchanged else planned,
        now=now,
    )
    return outcome


async def take_over(tx: Tx, shipped: Iterable[Event], now: datetime) -> None:
    """Bring the events of the content into the store; what was changed here since stays."""
    for event in shipped:
        before = await events.get(tx, event.id)
        if before is None or before.origin == "content":
            await keep(tx, event, "content", now)


async def published(tx: Tx) -> dict[str, Event]:
    """All events that people may know of, cancelled and past ones too."""
    return {
        kept.id: Event.model_validate_json(kept.payload)
        for kept in await events.everything(tx)
        if kept.state != "draft"
    }


async def earlier(tx: Tx, event_id: str) -> dict[int, Event]:
    """What an event said before it moved or was cancelled, oldest first.

    By the last sequence that was so. After the event that is forgotten.
    """
    return {
        sequence: Event.model_validate_json(payload)
        for sequence, payload in await events.versions(tx, event_id)
    }


def changed_at(event: Event) -> datetime:
    """When it was changed last, in UTC; else the day on which it was checked."""
    return (event.updated_at or datetime.combine(event.checked_on, time(), UTC)).astimezone(UTC)


def span(event: Event) -> tuple[datetime, datetime]:
    """From when until when it lasts, in UTC; a plain date from midnight to midnight in Berlin."""
    starts = event.starts
    ends = event.ends or starts
    if isinstance(starts, datetime) and isinstance(ends, datetime):
        return starts.astimezone(UTC), ends.astimezone(UTC)
    return _midnight(starts), _midnight(ends + timedelta(days=1))


def is_over(event: Event, now: datetime) -> bool:
    return span(event)[1] <= now


def reminders(event: Event) -> dict[str, datetime]:
    """When people are reminded: a day before by the clock on the wall, and an hour before."""
    starts = event.starts
    if not isinstance(starts, datetime):
        return {"day": datetime.combine(starts - timedelta(days=1), MORNING, BERLIN)}
    local = starts.astimezone(BERLIN)
    # The same time of day, also in the nights in which the clocks are changed.
    at = local.time().replace(fold=0)
    day_before = datetime.combine(local.date() - timedelta(days=1), at, BERLIN)
    # An hour that passes, not one on the wall: in autumn the clock shows one twice.
    return {"day": day_before, "hour": starts.astimezone(UTC) - timedelta(hours=1)}


def _planned(event: Event, state: events.State) -> dict[str, datetime]:
    found = reminders(event) if state == "published" else {}
    return {which: at.astimezone(UTC) for which, at in found.items()}


async def free(tx: Tx, wanted: str) -> str:
    """An id that no other event has: two of one name may fall on one day."""
    free, number = wanted, 1
    while await events.get(tx, free):
        number += 1
        free = f"{wanted[:_ID_LENGTH].rstrip('-')}-{number}"
    return free


def _midnight(value: date) -> datetime:
    return datetime.combine(value, time(), BERLIN).astimezone(UTC)


def _content(event: Event) -> Event:
    """Without what counts changes. Times in UTC: in the hour that comes twice in autumn
    Python holds one moment in two zones for different ones."""
    times = {
        name: value.astimezone(UTC)
        for name in ("starts", "ends", "registration_until")
        if isinstance(value := getattr(event, name), datetime)
    }
    return event.model_copy(update={"sequence": 0, "updated_at": None, **times})


def _outcome(old: Event, new: Event) -> Outcome:
    if new.cancelled and not old.cancelled:
        return "cancelled"
    if (span(old), old.place, old.link) != (span(new), new.place, new.link):
        return "moved"
    return "changed"
