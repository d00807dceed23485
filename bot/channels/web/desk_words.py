"""Numbers and times as the desk's pages show them, and as their fields hold them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime

from handlers.hours import BERLIN

RATINGS = {"good": "gut", "middling": "geht so", "bad": "nicht gut"}
FREE_TOPICS = "more_topics"  # the field for topics that cannot be ticked


def count(number: int) -> str:
    """„2.000“"""
    return f"{number:,}".replace(",", ".")


def moment_typed(day: str, hour: str) -> str:
    """A day and an hour from a page's fields as somebody would write them."""
    with suppress(ValueError):  # a browser without calendars: typed by hand
        day = f"{date.fromisoformat(day):%d.%m.%Y}"
    return f"{day} {hour}".strip()


def moment_fields(value: date, day: str, hour: str) -> dict[str, str]:
    """A point in time as the fields of browsers have it."""
    if not isinstance(value, datetime):
        return {day: value.isoformat()}
    local = value.astimezone(BERLIN)
    return {day: f"{local:%Y-%m-%d}", hour: f"{local:%H:%M}"}


def topics_typed(ticked: Sequence[str], values: Mapping[str, str]) -> str:
    """What was ticked and what was written beside it, as somebody would write them all."""
    return ", ".join(topic for topic in (*ticked, values.get(FREE_TOPICS, "")) if topic)
