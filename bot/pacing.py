"""How fast we may speak, and where we must be quiet for a while.

Two questions are answered here: when may the next call go out in this chat,
and which chats a "too many requests" is about. Times are seconds of the clock
that the caller passes in.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.channels.base import Limits

BOT = "bot"  # the scope of a pause that is for all chats

# A network counts when a call arrives, we when it leaves. Calls can bunch up on
# the way, so we stay a little below every limit.
MARGIN = 0.93
# Timers are late by some milliseconds. What they lose may be caught up within
# this time; more would let too many calls into one second.
SLACK = 0.05
GROUP_WINDOW = 62.0  # seconds that count as one minute
RECENT = 1.0  # a limit "a second" is about what went out within this time
SPARE = 0.25  # of a limit is what calls may use that nobody waits for
FORGET_AFTER = 120.0  # chats without a call for so long need no bookkeeping


def chat_scope(chat: str) -> str:
    return f"chat:{chat}"


@dataclass(slots=True)
class Pacer:
    """Keeps the limits of one network."""

    limits: Limits
    is_group: Callable[[str], bool]  # by the id of a chat
    _next: float = 0.0  # when the next call may go out at all
    _chats: dict[str, float] = field(default_factory=dict)  # when a chat's burst is used up
    _groups: dict[str, deque[float]] = field(default_factory=dict)
    _pauses: dict[str, float] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)

    def quiet(self, now: float) -> float:
        """Seconds until any call may go out at all; 0 = now."""
        return max(self._pauses.get(BOT, 0.0) - now, self._next - SLACK - now, 0.0)

    def wait(self, chat: str, *, now: float) -> float:
        """Seconds until a call may go out in this chat, whatever the others do; 0 = now."""
        until = self._pauses.get(chat_scope(chat), 0.0)
        group = self.is_group(chat)
        if group and self.limits.per_group:
            sent = self._sent(chat, now)
            if len(sent) >= self.limits.per_group - 1:
                until = max(until, sent[0] + GROUP_WINDOW)
        elif not group and self.limits.per_chat:
            burst = (self.limits.burst - 1) / self.limits.per_chat
            until = max(until, self._chats.get(chat, 0.0) - burst)
        return max(until - now, 0.0)

    def has_room(self, chat: str, *, now: float) -> bool:
        """Whether a call that nobody waits for may go out: no message is later because of it."""
        if self.quiet(now) > 0 or self.wait(chat, now=now) > 0:
            return False
        limits = self.limits
        recent = sum(1 for at in self._recent if at >= now - RECENT)
        if limits.overall and recent >= limits.overall * SPARE:
            return False
        if self.is_group(chat):
            return not limits.per_group or len(self._sent(chat, now)) < limits.per_group * SPARE
        return not limits.per_chat or (limits.burst > 1 and self._chats.get(chat, 0.0) <= now)

    def spend(self, chat: str, *, now: float, calls: int = 1) -> None:
        """Calls go out now."""
        group = self.is_group(chat)
        if self.limits.overall:
            self._next = max(self._next, now) + calls / (self.limits.overall * MARGIN)
            self._recent.extend([now] * calls)
            while self._recent and self._recent[0] < now - RECENT:
                self._recent.popleft()
        if group and self.limits.per_group:
            self._sent(chat, now).extend([now] * calls)
        elif not group and self.limits.per_chat:
            self._chats[chat] = max(self._chats.get(chat, 0.0), now) + calls / self.limits.per_chat
        if len(self._chats) + len(self._groups) > 4096:
            self._forget(now)

    def left_late(self, at: float) -> None:
        """Calls that were counted before left only now, because something held them up.
        The next ones must not come right behind them."""
        if self.limits.overall:
            self._next = max(self._next, at + SLACK + 1 / (self.limits.overall * MARGIN))

    def pause(self, scope: str, until: float) -> None:
        """Nothing goes out in this scope until then; a shorter pause never ends a longer one."""
        self._pauses[scope] = max(self._pauses.get(scope, 0.0), until)

    def blame(self, chat: str, *, now: float) -> str:
        """The scope that a "too many requests" in this chat is about.

        Networks do not say. In a group it is the group's own limit. In a
        private chat it is the bot's when we have been near the overall limit
        just now, or when another chat was refused and still is: two chats at
        once have one cause. Otherwise it is this chat alone, and nobody else
        has to wait.
        """
        if self.is_group(chat):
            return chat_scope(chat)
        if self.limits.overall and len(self._recent) >= self.limits.overall * 0.8:
            return BOT
        own = chat_scope(chat)
        others = (s for s, until in self._pauses.items() if until > now and s not in (own, BOT))
        if any(not self.is_group(scope.removeprefix("chat:")) for scope in others):
            return BOT
        return own

    def _sent(self, chat: str, now: float) -> deque[float]:
        sent = self._groups.setdefault(chat, deque())
        while sent and sent[0] <= now - GROUP_WINDOW:
            sent.popleft()
        return sent

    def _forget(self, now: float) -> None:
        self._chats = {c: t for c, t in self._chats.items() if t > now - FORGET_AFTER}
        self._groups = {c: s for c, s in self._groups.items() if s and s[-1] > now - FORGET_AFTER}
        self._pauses = {s: t for s, t in self._pauses.items() if t > now}
