"""How we are: for `/health`, `/metrics` and whoever looks after us at three in the morning."""

from collections.abc import Sequence

from bot.channels.base import Channel
from bot.clock import Clock
from bot.content import Content
from storage import house, inbox, outbox, requests
from storage.database import Database, Tx
from storage.moments import moment

# A message that has waited for so long means that nobody handles messages any more.
STUCK = 120.0  # seconds


class Status:
    """Figures of one running hotline."""

    def __init__(
        self, database: Database, clock: Clock, channels: Sequence[Channel], content: Content
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._content = content

    async def health(self) -> tuple[bool, dict[str, object]]:
        """Whether we work, and the figures behind that. An unreachable network is
        trouble, but none that a restart would mend: then we still work."""
        try:
            inbox_age, outbox_age, alarms = await self._database.read(self._ages)
        except Exception as error:
            return False, {"status": "down", "store": type(error).__name__}
        channels = {channel.name: channel.health() for channel in self._channels}
        works = inbox_age < STUCK
        fine = works and not self._content.problem and set(channels.values()) <= {"ok"}
        return works, {
            "status": "ok" if fine else "degraded" if works else "stuck",
            "store": "ok",
            "inbox_age_seconds": round(inbox_age, 3),
            "outbox_age_seconds": round(outbox_age, 3),
            "channels": channels,
            "content": self._content.problem or "ok",
            "alarms": alarms,
        }

    async def metrics(self) -> str:
        """The same in Prometheus' text form."""
        return await self._database.read(self._metrics)

    async def _ages(self, tx: Tx) -> tuple[float, float, int]:
        inbox_age = self._age(await inbox.oldest_waiting(tx))
        outbox_age = self._age(await outbox.oldest_ready(tx))
        return inbox_age, outbox_age, len(await house.alarms(tx))

    async def _metrics(self, tx: Tx) -> str:
        inbox_age, outbox_age, alarms = await self._ages(tx)
        rows: list[tuple[str, str, str, float]] = [
            ("inbox_age_seconds", "gauge", "", inbox_age),
            ("outbox_age_seconds", "gauge", "", outbox_age),
            ("alarms", "gauge", "", alarms),
            ("commits_total", "counter", "", self._database.commits),
        ]
        for state, number in sorted((await outbox.census(tx)).items()):
            rows.append(("outbox_messages", "gauge", f'{{state="{state}"}}', number))
        for state, number in sorted((await requests.counts(tx)).items()):
            rows.append(("requests", "gauge", f'{{state="{state}"}}', number))
        for channel in self._channels:
            up = float(channel.health() == "ok")
            rows.append(("channel_up", "gauge", f'{{channel="{channel.name}"}}', up))
        lines: list[str] = []
        named: set[str] = set()
        for name, kind, labels, value in rows:
            if name not in named:
                lines.append(f"# TYPE hotline_{name} {kind}")
                named.add(name)
            lines.append(f"hotline_{name}{labels} {value:g}")
        return "\n".join(lines) + "\n"

    def _age(self, since: str | None) -> float:
        """Seconds since a stamp; what lies in the future has no age."""
        if since is None:
            return 0.0
        return max((self._clock.now() - moment(since)).total_seconds(), 0.0)
