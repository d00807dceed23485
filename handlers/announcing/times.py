"""When an announcement is sent that is to wait."""

from datetime import date, datetime, time, timedelta

from handlers.announcing.view import GRACE
from handlers.desk.unclear import Unclear
from handlers.hours import BERLIN, day_of
from handlers.programme import appointments
from handlers.wording import at

FURTHEST = timedelta(days=366)  # that something may be planned ahead
MORNING = time(9)  # of a day without an hour


def planned(words: str, now: datetime, before: datetime | None = None) -> datetime:
    """When that is. Raises Unclear for what is no time, over, too far away or too late."""
    found = appointments.read_moment(words, now)
    if not isinstance(found, datetime):
        found = _wall(found, MORNING)
    if found <= now + GRACE:
        raise Unclear("ann_later_past")
    if found > now + FURTHEST:
        raise Unclear("ann_later_far")
    if before is not None and found >= before:
        raise Unclear("ann_later_begun", when=at(before, now))
    return found


def often_meant(now: datetime) -> tuple[datetime, ...]:
    """This evening, tomorrow morning, next Monday."""
    today = day_of(now)
    tomorrow = today + timedelta(days=1)
    monday = today + timedelta(days=7 - today.weekday())
    found = {_wall(today, time(18)), _wall(tomorrow, MORNING), _wall(monday, MORNING)}
    return tuple(sorted(when for when in found if when > now + GRACE))


def _wall(day: date, at: time) -> datetime:
    return datetime.combine(day, at, BERLIN)
