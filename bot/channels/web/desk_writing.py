"""Who is writing an answer right now: a hint for colleagues who have the same request open.

It lives in memory and for a few seconds. It holds nobody back and promises nothing.
"""

from datetime import datetime, timedelta

from bot.channels.web.hub import Hub
from bot.clock import Clock
from storage.coordinators import Coordinator

LASTS = timedelta(seconds=12)  # an open page says it again every five while somebody types


class Writing:
    def __init__(self, clock: Clock, hub: Hub) -> None:
        self._clock = clock
        self._hub = hub
        self._until: dict[tuple[int, int], tuple[datetime, str]] = {}

    def goes_on(self, request_id: int, by: Coordinator) -> None:
        """Somebody types. Only the first time is news to others."""
        now, key = self._clock.now(), (request_id, by.id)
        self._until = {one: hint for one, hint in self._until.items() if hint[0] > now}
        begins = key not in self._until
        self._until[key] = (now + LASTS, by.name)
        if begins:
            self._hub.changed("desk")

    def ends(self, request_id: int, by: Coordinator) -> None:
        """What they wrote is on its way."""
        if self._until.pop((request_id, by.id), None):
            self._hub.changed("desk")

    def others(self, request_id: int, me: Coordinator) -> tuple[list[str], float]:
        """The names of those who write there, and for how many seconds that holds."""
        now = self._clock.now()
        found = [
            ((until - now).total_seconds(), name)
            for (number, by), (until, name) in self._until.items()
            if number == request_id and by != me.id and until > now
        ]
        return sorted(name for _, name in found), min((left for left, _ in found), default=0.0)
