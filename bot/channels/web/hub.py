"""Who is waiting for news, and what for.

A page that is open waits for its topic. What is new stands in the store; the
hub only says *that* something is new, so losing all of it loses nothing.
"""

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

TOPICS = 10_000  # whose latest change is remembered; about a megabyte


class Hub:
    """Wakes those who wait. Used from one event loop."""

    def __init__(self) -> None:
        self._count = 0
        self._versions: OrderedDict[str, int] = OrderedDict()
        # Topics not remembered count as changed when the last of them was
        # forgotten: whoever slept through it looks once too often, never too rarely.
        self._forgotten = 0
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._writing: dict[str, datetime] = {}  # chats somebody writes to, and how long it holds
        self.closed = False

    def version(self, topic: str) -> int:
        """The latest change of a topic. Ask before reading the store, then wait for more."""
        return max(self._versions.get(topic, 0), self._forgotten)

    def changed(self, topic: str) -> None:
        """There is something new."""
        self._count += 1
        self._versions[topic] = self._count
        self._versions.move_to_end(topic)
        if len(self._versions) > TOPICS:
            self._forgotten = self._versions.popitem(last=False)[1]
        self._wake(topic)

    def writing(self, chat: str, now: datetime, lasts: timedelta) -> None:
        """Somebody writes an answer to this chat; the hint ends by itself."""
        self._writing = {one: until for one, until in self._writing.items() if until > now}
        begins = chat not in self._writing
        self._writing[chat] = now + lasts
        if begins:
            self.changed(chat)

    def written(self, chat: str) -> None:
        """Something new stands there: nobody has to be told any more that it comes."""
        self._writing.pop(chat, None)
        self.changed(chat)

    def is_written_to(self, chat: str, now: datetime) -> float:
        """For how many seconds it holds that somebody writes to this chat; 0 if nobody does."""
        until = self._writing.get(chat, now)
        if until <= now:
            self._writing.pop(chat, None)
        return max((until - now).total_seconds(), 0.0)

    def close(self) -> None:
        """The program ends: nobody waits any longer, and nobody will."""
        self.closed = True
        for topic in list(self._waiting):
            self._wake(topic)

    async def wait(self, topic: str, seen: int, timeout: float) -> int:  # noqa: ASYNC109
        """The version of the topic, as soon as it is not `seen` or time is up."""
        if self.version(topic) == seen and not self.closed:
            woken = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(topic, set()).add(woken)
            try:
                async with asyncio.timeout(timeout):
                    await woken
            except TimeoutError:
                pass
            finally:
                others = self._waiting.get(topic)
                if others is not None:
                    others.discard(woken)
                    if not others:
                        del self._waiting[topic]
        return self.version(topic)

    def _wake(self, topic: str) -> None:
        for future in self._waiting.pop(topic, ()):
            if not future.done():
                future.set_result(None)
