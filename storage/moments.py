"""Times as the store keeps them: UTC, ISO 8601 with offset, milliseconds.

The form has a fixed length, so that comparing the texts compares the times.
"""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """An aware datetime as kept text; a naive one is a mistake of the caller."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone is not a time")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def moment(text: str) -> datetime:
    """Kept text as an aware datetime in UTC."""
    return datetime.fromisoformat(text)
