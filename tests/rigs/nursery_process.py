"""A process that has everything imported and brings up the hotline on demand.

Reads one order a line: {"log": file, "die": "point:number", "break": name}
starts the program in a process of its own, {} waits for its end. Starting this
way takes a tenth of a second, so a rig can afford many starts.

A point is a place in the program at which the process kills itself when it
comes there for the n-th time. A break is a mistake that is made on purpose, to
show that the rigs notice it.
"""

import asyncio
import functools
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bot.__main__
import bot.app
import bot.courier
import bot.doctor
import bot.receive
import bot.serve
import bot.worker
import knowledge.load
import knowledge.prepared
import storage.inbox
import storage.outbox
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.listening import Listener
from bot.courier import Courier
from bot.receive import Receiver
from bot.worker import Worker
from storage.database import Database

Wrapped = Callable[..., Any]


# --- where it dies -----------------------------------------------------------------

# Where: object, name of the function; whether the process dies before or after it.
POINTS: dict[str, tuple[Any, str, str]] = {
    "accepted, not committed": (storage.inbox, "accept", "after"),
    "kept, not confirmed": (Receiver, "__call__", "after"),
    "in the middle of a turn": (bot.worker, "respond", "after"),
    "replies promised": (storage.outbox, "promise", "after"),
    "turn done, not committed": (storage.inbox, "finish", "after"),
    "claimed, not committed": (storage.outbox, "claim", "after"),
    "claimed, nothing sent": (Courier, "_send_all", "before"),
    "topic opened, not kept": (TelegramChannel, "open_thread", "after"),
    "sent, not marked": (TelegramChannel, "send", "after"),
    "marked, not committed": (storage.outbox, "finish", "after"),
    "committed": (Database, "_run_group", "after"),
    "recovering": (Courier, "recover", "after"),
}


def lay(point: str, number: int) -> None:
    """The process kills itself when it comes to this point for the n-th time."""
    place, name, when = POINTS[point]
    original: Wrapped = getattr(place, name)
    left = [number]

    def reached(*args: Any) -> None:
        # Claims and marks of nothing, or of the web channels, happen all the time.
        if name in ("claim", "_send_all") and not _has_rows(args[-1]):
            return
        if name == "recover" and args[0].channel.name != "telegram":
            return
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(original)
    async def waiting(*args: Any, **named: Any) -> Any:
        result = await original(*args, **named)
        reached(*args)
        return result

    @functools.wraps(original)
    def plain(*args: Any, **named: Any) -> Any:
        if when == "before":
            reached(*args)
        result = original(*args, **named)
        if when == "after":
            reached(*args)
        return result

    setattr(place, name, waiting if inspect.iscoroutinefunction(original) else plain)


def _has_rows(claimed: Any) -> bool:
    return bool(claimed[0]) if isinstance(claimed, tuple) else bool(claimed)


# --- how it is wrong -----------------------------------------------------------------

LATE = 0.3  # seconds until what belongs together is done as well


def acknowledge_first() -> None:
    """Updates go into a queue in memory and are confirmed; keeping them comes later."""
    hand_over = Listener._hand_over

    async def later(self: Listener, updates: Sequence[object], receive: Any) -> None:
        async def keep() -> None:
            await asyncio.sleep(LATE)
            await hand_over(self, updates, receive)

        self._start(keep())

    setattr(Listener, "_hand_over", later)  # noqa: B010


def retry_without_cap() -> None:
    """What may have arrived is tried again until an answer comes."""

    async def again(self: Courier, tx: Any, row_id: int, *rest: Any) -> None:
        await storage.outbox.again(tx, row_id, rest[-1], uncertain=True)  # at once

    setattr(Courier, "_in_doubt", again)  # noqa: B010


def high_water_mark() -> None:
    """Only updates with a higher number than all before them count as new."""
    accept = storage.inbox.accept

    async def newer(tx: Any, messages: Sequence[Any], now: Any) -> int:
        mark = await tx.value(
            "SELECT COALESCE(MAX(CAST(update_id AS INTEGER)), 0) FROM inbox WHERE channel = ?",
            "telegram",
        )
        new = [m for m in messages if m.channel != "telegram" or int(m.update_id) > mark]
        return await accept(tx, new, now)

    setattr(storage.inbox, "accept", newer)  # noqa: B010


def finish_apart() -> None:
    """What a turn does and that it is done are two transactions, one after the other."""
    heads, finish, begin = storage.inbox.heads, storage.inbox.finish, Worker.__init__
    workers: list[Worker] = []
    pending: set[int] = set()

    def remember(self: Worker, *args: Any, **named: Any) -> None:
        begin(self, *args, **named)
        workers.append(self)

    async def without_pending(*args: Any) -> list[Any]:
        return [message for message in await heads(*args) if message.id not in pending]

    async def apart(tx: Any, inbox_id: int, now: Any) -> None:
        worker = workers[0]
        pending.add(inbox_id)

        async def finished() -> None:
            await asyncio.sleep(LATE)
            await worker._database.write(lambda tx: finish(tx, inbox_id, now))
            pending.discard(inbox_id)
            worker.nudge()

        asyncio.run_coroutine_threadsafe(finished(), worker._loop)

    setattr(Worker, "__init__", remember)  # noqa: B010
    setattr(storage.inbox, "heads", without_pending)  # noqa: B010
    setattr(storage.inbox, "finish", apart)  # noqa: B010


BREAKS: dict[str, Callable[[], None]] = {
    "acknowledge first": acknowledge_first,
    "retry without cap": retry_without_cap,
    "high-water mark": high_water_mark,
    "finish apart": finish_apart,
}


# --- bringing it up ------------------------------------------------------------------


def live(order: dict[str, str]) -> int:
    """Run the program to its end, in a process that nobody else needs."""
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if name := order.get("break"):
        BREAKS[name]()
    if order.get("die"):
        point, _, number = order["die"].rpartition(":")
        lay(point, int(number))
    sys.argv = ["hotline", "serve"]
    try:
        bot.__main__.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # Reading the content takes most of a start, and is not what dies in these rigs.
    load = functools.cache(knowledge.load.load)
    load(Path(os.environ["HOTLINE_CONTENT"]))
    setattr(knowledge.prepared, "load", load)  # noqa: B010
    pid = 0
    for line in sys.stdin.buffer:
        order = json.loads(line)
        if order:
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    code = live(order)
                finally:
                    sys.stdout.flush()
                    os._exit(code)
            answers.write(json.dumps({"pid": pid}) + "\n")
        else:
            _, status = os.waitpid(pid, 0)
            answers.write(json.dumps({"code": os.waitstatus_to_exitcode(status)}) + "\n")


if __name__ == "__main__":
    main()
