"""The numbers by which the store knows its rows, as people and buttons write them."""

LONGEST = 18  # digits: what the store can hold, and no more


def number(text: str) -> int | None:
    """An id that somebody wrote; None if no row can have it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None
