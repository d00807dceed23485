"""A clock that runs like ours and that tests can move."""

import time
from datetime import UTC, datetime, timedelta

# A Tuesday at ten in the morning in Germany: people are at work.
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class MovableClock:
    def __init__(self, start: datetime = START) -> None:
        self._offset = start - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def monotonic(self) -> float:
        return time.monotonic()

    def move(self, by: timedelta) -> None:
        """Time passes, or a clock jumps."""
        self._offset += by
