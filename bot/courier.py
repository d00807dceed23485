"""Outbox → network: the only code that sends.

One courier for each channel, with two lanes: conversations first, then
announcements. Order within a chat and lane is kept; chats don't wait for each
other. A row is claimed (committed as `sending`) before its call goes out, so
that after a crash we know which messages may or may not have arrived.

What a send can come to, and what follows:

    sent        finished
    failed      nothing arrived: tried again later, or given up with a reason
    uncertain   it may have arrived: a conversation is tried once more (two
                copies at most), an announcement is held; what is held is shown
                at the desk
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.channels import base
from bot.channels.base import Attached, Channel, Delivery
from bot.clock import Clock
from bot.cupboard import Cupboard
from bot.pacing import BOT, SLACK, Pacer, chat_scope
from bot.receive import from_the_clock, received
from handlers.message import Address, FileKind, Outgoing
from handlers.text import Text
from storage import (
    announcements,
    files,
    groups,
    house,
    inbox,
    outbox,
    people,
    requests,
    subjects,
    threads,
)
from storage.database import Database, StoreTrouble, Tx
from storage.moments import moment

log = structlog.get_logger()

# Sends in flight for each lane. At a crash every send in flight is uncertain,
# so these bound the copies; one alone would let a single hanging call delay
# everybody.
IN_FLIGHT = {0: 4, 1: 2}
# An announcement's call that takes so long (seconds) has most likely lost its answer, and its
# row will be held in any case. It gives its place to another one, as long as few have.
OVERDUE = 1.0
MOST_OVERDUE = 4
LOOK_AHEAD = 200  # chats looked at for one that may be spoken to now
GIVE_UP_AFTER = timedelta(hours=24)
RETRY_CAP = 300.0  # seconds between two tries at the most
UNCERTAIN_PAUSE = timedelta(seconds=1)
DESK_RETRY = timedelta(seconds=60)  # a group that lost us is asked again every minute
TROUBLE_PAUSE = 5.0
PLAIN = "plain"  # the reason of a row whose usual form was refused

# Doing these twice is the same as doing them once.
IDEMPOTENT = {"edit", "delete", "react", "close", "open", "invite", "approve", "decline"}


@dataclass(frozen=True, slots=True)
class _Job:
    """A claimed row with what was looked up for it."""

    row: outbox.Ready
    lane: int
    outgoing: Outgoing
    delivery: Delivery
    needs_thread: bool
    booked: float  # when its calls were counted; seconds of the clock


_Result = tuple[str, ...] | base.DeliveryError
_Landed = tuple[_Job, _Result]
_Kept = tuple[list[_Landed], tuple[list[_Job], float | None]]


class Courier:
    """Delivers what the outbox holds for one channel, whenever it is nudged."""

    def __init__(
        self,
        database: Database,
        channel: Channel,
        clock: Clock,
        cupboard: Cupboard,
        arrived: Callable[[], None],
        changed: Callable[[], None],
        desk_chosen: Callable[[], None],
    ) -> None:
        """`arrived` is called inside a transaction that put something into the inbox;
        on the event loop `changed` when something that the desk shows may have
        changed, and `desk_chosen` when the coordinators' group got another id."""
        self._database = database
        self._channel = channel
        self._clock = clock
        self._cupboard = cupboard
        self._arrived = arrived
        self._changed = changed
        self._desk_chosen = desk_chosen
        self._pacer = Pacer(channel.limits, channel.is_group)
        self._loop = asyncio.get_running_loop()
        # Rows claimed and not yet kept, with their lane. Changed on the store's
        # thread, so that a claim sees what the one before it took.
        self._flying: dict[int, int] = {}
        self._overdue: set[int] = set()
        self._late = 0.0  # when calls left that had been booked long before; 0 = none
        self._queued = False
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None
        self._sends: dict[int, asyncio.Task[None]] = {}
        self._landed: deque[_Landed] = deque()  # results that are still to be kept
        self._unkept: list[_Landed] = []  # results in a unit that is not on the disk yet
        self._keeping = False
        self._threadless: set[str] = set()  # chats that turned out to have no threads
        # Who is to be told once a unit is on the disk; before, they would look too early.
        self._after_commit: set[Callable[[], None]] = set()

    @property
    def channel(self) -> Channel:
        return self._channel

    async def recover(self, tx: Tx) -> None:
        """After a crash: what was on its way may or may not have arrived.

        Call it once, before anything is sent. Pauses that a network asked for
        before the crash go on.
        """
        now = self._clock.now()
        for row_id, lane, uncertain, payload in await outbox.left_sending(
            tx, self._channel.name, self._channel.bot
        ):
            try:
                outgoing = Outgoing.model_validate_json(payload)
            except ValueError:
                await self._lost(tx, row_id, "held")
            else:
                await self._in_doubt(tx, row_id, lane, uncertain, outgoing, now)
        found = await outbox.pauses(tx, self._channel.name, self._channel.bot, now)
        for scope, until in found.items():
            self._pacer.pause(scope, moment(until).timestamp())

    def nudge(self) -> None:
        """There may be something to send. Safe from any thread, cheap to call too often."""
        if not self._queued and not self._stopped:
            self._queued = True
            self._database.submit(self._claim, self._send_all, self._failed)

    async def hint(self, chat: str, topic: str = "") -> None:
        """Show that somebody writes there, if there is room for it. No message waits for it,
        and nothing is tried twice."""
        if self._stopped or not isinstance(self._channel, base.ShowsWriting):
            return
        with contextlib.suppress(StoreTrouble):
            if not await self._database.write(partial(self._room, chat)):
                return
            try:
                await self._channel.writing(chat, topic)
            except base.SlowDown as error:
                seconds = error.seconds
                await self._database.write(lambda tx: self._quiet(tx, chat, seconds))
            except base.DeliveryError as error:
                log.debug("hint.lost", error=type(error).__name__)

    async def _room(self, chat: str, tx: Tx) -> bool:
        """Whether a hint may go out now; then its call is counted."""
        now = self._clock.now().timestamp()
        waits = await outbox.waits(tx, self._channel.name, self._channel.bot, chat)
        if waits or not self._pacer.has_room(chat, now=now):
            return False
        self._pacer.spend(chat, now=now)
        return True

    async def stop(self, patience: float = 6.0) -> None:
        """Start no more sends and wait for those on their way, `patience` seconds at most."""
        if self._timer:
            self._timer.cancel()
        # A claim that is being kept at this moment still becomes sends, or its rows
        # would look at the next start as if they had gone out.
        self._stopped = True
        with contextlib.suppress(StoreTrouble, TimeoutError):
            async with asyncio.timeout(patience):
                await self._database.write(_nothing)
        if self._sends:
            await asyncio.wait(self._sends.values(), timeout=patience)

    # -- claiming: inside a transaction ------------------------------------

    async def _claim(self, tx: Tx) -> tuple[list[_Job], float | None]:
        """The rows to send now, and in how many seconds to look again."""
        self._queued = False
        if self._stopped:
            return [], None
        clock = self._clock.now()
        now = clock.timestamp()
        jobs: list[_Job] = []
        look_again: list[float] = []
        if self._late:
            self._pacer.left_late(self._late)
            self._late = 0.0
        if quiet := self._pacer.quiet(now):
            return [], quiet
        for lane, in_flight in IN_FLIGHT.items():
            free = in_flight - sum(1 for flying in self._flying.values() if flying == lane)
            if lane == announcements.LANE:
                free += min(len(self._overdue), MOST_OVERDUE)
            if free <= 0:
                continue
            taken, waits = await self._take(tx, lane, free, clock)
            jobs += taken
            look_again += waits
        await outbox.claim(tx, [job.row.id for job in jobs])
        later = await outbox.next_due(tx, clock)
        if later:
            look_again.append((moment(later) - clock).total_seconds())
        return jobs, min(look_again, default=None)

    async def _take(
        self, tx: Tx, lane: int, free: int, clock: datetime
    ) -> tuple[list[_Job], list[float]]:
        """Up to `free` rows that may be sent now, and how long the others have to wait."""
        now = clock.timestamp()
        jobs: list[_Job] = []
        waits: list[float] = []
        # Mostly nobody has to wait, and the first rows are all that is needed.
        for limit in (free, LOOK_AHEAD):
            rows = await outbox.ready(tx, self._channel.name, self._channel.bot, lane, clock, limit)
            for row in rows:
                if row.id in self._flying or len(jobs) == free:
                    continue
                wait = max(self._pacer.quiet(now), self._pacer.wait(row.chat, now=now))
                if wait > 0:
                    waits.append(wait)
                    continue
                try:
                    job = await self._prepared(tx, row, lane)
                except ValueError:
                    # Written by another version, or damaged: it must not stop the others.
                    log.error("row.unreadable", outbox=row.id)
                    await self._lost(tx, row.id, "undeliverable")
                    continue
                count = len(job.outgoing.files) + len(job.outgoing.inline)
                calls = max(1, count) + int(job.needs_thread)
                self._pacer.spend(row.chat, now=now, calls=calls)
                jobs.append(job)
                self._flying[row.id] = lane
            if len(jobs) == free or len(rows) < limit:
                break
        return jobs, waits

    async def _prepared(self, tx: Tx, row: outbox.Ready, lane: int) -> _Job:
        outgoing = Outgoing.model_validate_json(row.payload)
        to = outgoing.to
        here = (to.channel, to.bot, row.chat)
        topic, quote, needs_thread = "", outgoing.quotes_message, False
        if to.thread:
            thread = await threads.find(tx, *here, to.thread)
            topic = (thread and thread.topic) or ""
            needs_thread = thread is None
            if thread and thread.root and not quote:
                quote = thread.root
        if outgoing.quotes is not None:
            seen = await requests.copies_in(tx, outgoing.quotes, *here)
            quote = seen[0] if seen else quote
        targets = list(outgoing.targets)
        if outgoing.do in ("edit", "delete", "react") and outgoing.copy_of is not None:
            targets = await requests.copies_in(tx, outgoing.copy_of, *here)
        attached = [await self._attached(tx, file_id, here) for file_id in outgoing.files]
        if row.chat != to.chat:  # the chat has another id since then
            outgoing = outgoing.model_copy(update={"to": to.model_copy(update={"chat": row.chat})})
        delivery = Delivery(
            id=row.id,
            outgoing=outgoing,
            topic=topic,
            quote=quote,
            targets=tuple(targets),
            files=tuple(file for file in attached if file),
            plain=row.reason == PLAIN,
        )
        booked = self._clock.now().timestamp()
        return _Job(row, lane, delivery.outgoing, delivery, needs_thread, booked)

    async def _attached(self, tx: Tx, file_id: str, here: tuple[str, str, str]) -> Attached | None:
        file = await files.get(tx, file_id)
        if file is None or file.state == "refused":
            return None
        same_network = (file.channel, file.bot) == here[:2]
        return Attached(
            kind=FileKind(file.kind),
            name=file.name,
            mime=file.mime,
            remote=(file.remote or "") if same_network else "",
            path=self._cupboard.path(file.id) if file.state == "stored" else None,
            id=file.id,
        )

    # -- sending: on the event loop ----------------------------------------

    def _send_all(self, claimed: tuple[list[_Job], float | None]) -> None:
        jobs, look_again = claimed
        now = self._clock.now().timestamp()
        if any(now - job.booked > SLACK for job in jobs):
            self._late = now
        for job in jobs:
            row_id = job.row.id
            task = self._loop.create_task(self._send(job))
            self._sends[row_id] = task
            task.add_done_callback(partial(self._ended, row_id))
        if look_again is not None:
            self._nudge_in(max(look_again, 0.005))

    def _ended(self, row_id: int, _: asyncio.Task[None]) -> None:
        self._sends.pop(row_id, None)

    def _failed(self, error: BaseException) -> None:
        self._queued = False
        landed = {job.row.id for job, _ in self._landed}
        for row_id in set(self._flying) - set(self._sends) - landed:
            self._flying.pop(row_id, None)  # claimed, but the claim was not kept
        log.error("store.trouble", error=type(error.__cause__ or error).__name__)
        self._nudge_in(TROUBLE_PAUSE)

    async def _send(self, job: _Job) -> None:
        """Make the calls for one row, and have kept what came of it."""
        overdue = None
        if job.lane == announcements.LANE:
            overdue = self._loop.call_later(OVERDUE, self._waits_long, job.row.id)
        result = await self._outcome(job)
        if overdue:
            overdue.cancel()
            self._overdue.discard(job.row.id)
        self._landed.append((job, result))
        self._keep_soon()

    def _waits_long(self, row_id: int) -> None:
        self._overdue.add(row_id)
        self.nudge()

    def _keep_soon(self) -> None:
        """Results that arrive while the store is busy are kept together."""
        if not self._keeping:
            self._keeping = True
            self._database.submit(self._keep_landed, self._kept, self._not_kept)

    async def _keep_landed(self, tx: Tx) -> _Kept:
        """Keep all results that are there, and claim what may be sent in their place."""
        self._keeping = False
        landed: list[_Landed] = []
        while self._landed:
            landed.append(self._landed.popleft())
        self._unkept += landed
        for job, result in landed:
            await self._keep_one(tx, job, result)
            self._flying.pop(job.row.id, None)
        return landed, await self._claim(tx)

    async def _keep_one(self, tx: Tx, job: _Job, result: _Result) -> None:
        try:
            await tx.attempt(lambda tx: self._keep(tx, job, result))
        except StoreTrouble:
            raise
        except Exception as error:
            # A mistake of ours. The row must end all the same, or its chat waits for ever.
            log.error("keep.error", outbox=job.row.id, error=type(error).__name__)
            state = "sent" if isinstance(result, tuple) else "held"
            await self._lost(tx, job.row.id, state)

    async def _lost(self, tx: Tx, row_id: int, state: str) -> None:
        """A row that we cannot handle: it ends, and somebody is told."""
        now = self._clock.now()
        await outbox.finish(tx, row_id, state, now, "internal")
        await house.alarm(tx, "undeliverable", str(row_id), now)

    def _kept(self, kept: _Kept) -> None:
        landed, claimed = kept
        for one in landed:
            if one in self._unkept:
                self._unkept.remove(one)
        while self._after_commit:
            self._after_commit.pop()()
        self._send_all(claimed)

    def _not_kept(self, error: BaseException) -> None:
        """Nothing of it is on the disk: the same once more, a little later."""
        self._keeping = False
        unkept, self._unkept = self._unkept, []
        for job, _ in unkept:
            self._flying[job.row.id] = job.lane
        self._landed.extendleft(reversed(unkept))
        self._failed(error)
        self._loop.call_later(TROUBLE_PAUSE, self._keep_soon)

    async def _outcome(self, job: _Job) -> _Result:
        """What the network made of it."""
        try:
            delivery = job.delivery
            if job.needs_thread and job.outgoing.do == "say":
                delivery = await self._with_thread(job)
            if self._nothing_to_do(job, delivery):
                return ()
            if any(file.path is None and not file.remote for file in delivery.files):
                return base.TryLater("a file is still being fetched")
            return await self._channel.send(delivery)
        except base.DeliveryError as error:
            return error
        except Exception as error:
            # A mistake of ours, not of the network. We cannot know how far it came.
            log.error("send.error", outbox=job.row.id, error=type(error).__name__)
            return base.Uncertain(type(error).__name__)

    async def _with_thread(self, job: _Job) -> Delivery:
        """Open the thread that the row wants, and keep it before anything is said in it."""
        to = job.outgoing.to
        if to.chat in self._threadless:
            return _named(job.delivery)
        try:
            topic = await self._channel.open_thread(to.chat, to.title or to.thread)
        except base.NoThreads:
            self._threadless.add(to.chat)
            return _named(job.delivery)
        except base.Uncertain as error:
            # At worst an empty thread is left behind; no message is at stake.
            raise base.TryLater(str(error)) from error

        async def keep(tx: Tx) -> None:
            await threads.keep(tx, to.channel, to.bot, to.chat, to.thread, topic=topic)

        await self._database.write(keep)
        return Delivery(
            id=job.delivery.id,
            outgoing=job.delivery.outgoing,
            topic=topic,
            quote=job.delivery.quote,
            files=job.delivery.files,
            plain=job.delivery.plain,
        )

    def _nothing_to_do(self, job: _Job, delivery: Delivery) -> bool:
        """Editing what was never delivered, closing a thread that does not exist."""
        match job.outgoing.do:
            case "edit" | "delete" | "react":
                return not delivery.targets
            case "close" | "open":
                return not delivery.topic
            case _:
                return False

    # -- keeping the outcome: inside a transaction --------------------------

    async def _keep(self, tx: Tx, job: _Job, result: _Result) -> None:
        now = self._clock.now()
        row, to = job.row, job.outgoing.to
        match result:
            case base.SlowDown(seconds=seconds):
                await self._slow_down(tx, row, seconds)
            case base.Moved(chat=chat):
                await people.move_chat(tx, to.channel, to.bot, row.chat, chat)
                await self._desk_moved(tx, to, row.chat, chat)
                await outbox.again(tx, row.id, now, reason=row.reason)
            case base.ThreadLost() if job.outgoing.do in ("close", "open"):
                await threads.lose(tx, to.channel, to.bot, row.chat, to.thread)
                await outbox.finish(tx, row.id, "sent", now)
            case base.ThreadLost():
                await threads.lose(tx, to.channel, to.bot, row.chat, to.thread)
                await self._try_later(tx, job, "thread lost", now, soon=True)
            case base.Uncertain():
                await self._in_doubt(tx, row.id, job.lane, row.uncertain, job.outgoing, now)
            case base.Unreachable():
                await self._unreachable(tx, job, now)
            case base.NotAllowed():
                await self._refused(tx, job, "rights", now)
            case base.Missing():
                await self._refused(tx, job, "missing", now)
            case base.Refused():
                await self._refused(tx, job, "refused", now)
            case base.DeliveryError():
                await self._try_later(tx, job, str(result), now)
            case messages:
                await self._sent(tx, job, messages, now)

    async def _sent(self, tx: Tx, job: _Job, messages: tuple[str, ...], now: datetime) -> None:
        to, outgoing = job.outgoing.to, job.outgoing
        await outbox.finish(tx, job.row.id, "sent", now)
        if outgoing.tells:
            invitation = messages[0] if outgoing.do == "invite" else ""
            await self._tell_outcome(tx, job, "done", now, invitation)
        if outgoing.do != "say" or not messages:
            return
        if job.lane == announcements.LANE:
            await announcements.arrived(tx, job.row.id, messages)
        if outgoing.copy_of is not None:
            for message in messages:
                await requests.keep_copy(tx, outgoing.copy_of, to.channel, to.bot, to.chat, message)
        if job.needs_thread and outgoing.do == "say" and to.chat in self._threadless:
            await threads.keep(tx, to.channel, to.bot, to.chat, to.thread, root=messages[0])
        await self._keep_subject(tx, outgoing, messages, now)
        if await self._is_desk(tx, to) and await house.resolve(
            tx, "desk-unreachable", to.channel, now
        ):
            self._after_commit.add(self._changed)

    async def _keep_subject(
        self, tx: Tx, outgoing: Outgoing, messages: tuple[str, ...], now: datetime
    ) -> None:
        """A reply shall find what this is about; in a topic its place says that already."""
        to, about = outgoing.to, outgoing.about
        if not about and to.thread and outgoing.copy_of is None:
            thread = await threads.find(tx, to.channel, to.bot, to.chat, to.thread)
            about = to.thread if thread and thread.root else ""
        for message in messages if about else ():
            await subjects.keep(tx, to.channel, to.bot, to.chat, message, about, now)

    async def _slow_down(self, tx: Tx, row: outbox.Ready, seconds: float) -> None:
        until = await self._quiet(tx, row.chat, seconds)
        await outbox.again(tx, row.id, until, reason=row.reason)

    async def _quiet(self, tx: Tx, chat: str, seconds: float) -> datetime:
        """Nothing goes out for so long where the network asked for it; until when."""
        now = self._clock.now()
        until = now + timedelta(seconds=seconds + 0.1)
        scope = self._pacer.blame(chat, now=now.timestamp())
        self._pacer.pause(scope, until.timestamp())
        if scope == BOT:
            self._pacer.pause(chat_scope(chat), until.timestamp())
        await outbox.pause(tx, self._channel.name, self._channel.bot, scope, until)
        log.warning("send.slow_down", channel=self._channel.name, seconds=seconds, scope=scope)
        return until

    async def _try_later(
        self, tx: Tx, job: _Job, reason: str, now: datetime, *, soon: bool = False
    ) -> None:
        row = job.row
        if now - moment(row.created_at) > GIVE_UP_AFTER:
            await self._give_up(tx, job, "network", now)
            return
        wait = 0.0 if soon and not row.attempts else min(2.0**row.attempts, RETRY_CAP)
        await outbox.again(
            tx, row.id, now + timedelta(seconds=wait), attempt=True, reason=row.reason
        )
        log.info("send.retry", outbox=row.id, attempt=row.attempts + 1)
        if await self._is_desk(tx, job.outgoing.to):
            await self._watch_desk(tx, row, now)

    async def _in_doubt(
        self, tx: Tx, row_id: int, lane: int, uncertain: int, outgoing: Outgoing, now: datetime
    ) -> None:
        """It may have arrived. One more try for a conversation, none for an announcement."""
        if outgoing.do in IDEMPOTENT:
            await outbox.again(tx, row_id, now + UNCERTAIN_PAUSE, attempt=True)
        elif lane == 0 and uncertain == 0:
            await outbox.again(tx, row_id, now + UNCERTAIN_PAUSE, uncertain=True)
        else:
            await outbox.finish(tx, row_id, "held", now, "uncertain")
            await house.alarm(tx, "delivery-uncertain", str(row_id), now)
            self._after_commit.add(self._changed)
        log.warning("send.uncertain", outbox=row_id, lane=lane, before=uncertain)

    async def _unreachable(self, tx: Tx, job: _Job, now: datetime) -> None:
        row, to = job.row, job.outgoing.to
        if await self._is_desk(tx, to):
            # The requests are safe, but nobody sees them there: keep trying and say so.
            if await house.alarm(tx, "desk-unreachable", to.channel, now):
                self._after_commit.add(self._changed)
            await outbox.again(tx, row.id, now + DESK_RETRY, reason=row.reason)
            return
        await people.set_blocked(tx, to.channel, to.bot, to.chat, now, blocked=True)
        if await groups.lost(tx, to.channel, to.bot, to.chat, now):
            group = await groups.find(tx, to.channel, to.bot, to.chat)
            assert group is not None  # noqa: S101 - it was just found lost
            await self._tell_clock(tx, f"group-lost:{group.id}", f"group-lost:{row.id}", now)
        await self._give_up(tx, job, "blocked", now)
        await outbox.give_up_chat(tx, to.channel, to.bot, to.chat, "blocked", now)

    async def _refused(self, tx: Tx, job: _Job, outcome: str, now: datetime) -> None:
        row = job.row
        log.warning("send.refused", outbox=row.id, do=job.outgoing.do)
        if job.outgoing.do in ("say", "edit") and row.reason != PLAIN:
            await outbox.again(tx, row.id, now, attempt=True, reason=PLAIN)
        elif job.outgoing.do in ("say", "edit"):
            await self._give_up(tx, job, "refused", now)
        else:
            # A reaction that the network does not allow harms nobody.
            await outbox.finish(tx, row.id, "undeliverable", now, "refused")
            if job.outgoing.tells:
                await self._tell_outcome(tx, job, outcome, now)
            if job.outgoing.do == "delete":
                await self._not_deleted(tx, job, now)

    async def _not_deleted(self, tx: Tx, job: _Job, now: datetime) -> None:
        """Whoever deleted an answer at the desk must learn that it still stands there."""
        outgoing = job.outgoing
        if outgoing.copy_of is not None and not await self._is_desk(tx, outgoing.to):
            await self._tell_clock(
                tx, f"undeleted:{outgoing.copy_of}", f"undeleted:{job.row.id}", now
            )

    async def _tell_outcome(
        self, tx: Tx, job: _Job, outcome: str, now: datetime, text: str = ""
    ) -> None:
        """Somebody waits for what comes of it."""
        action = f"{job.outgoing.tells}:{outcome}"
        await self._tell_clock(tx, action, f"told:{job.row.id}", now, text)

    async def _tell_clock(
        self, tx: Tx, action: str, key: str, now: datetime, text: str = ""
    ) -> None:
        message = from_the_clock(action, key, now).model_copy(update={"text": text})
        await inbox.accept(tx, [received(message)], now)
        self._arrived()

    async def _give_up(self, tx: Tx, job: _Job, reason: str, now: datetime) -> None:
        row, outgoing = job.row, job.outgoing
        await outbox.finish(tx, row.id, "undeliverable", now, reason)
        if outgoing.tells:
            outcome = "gone" if reason == "blocked" else reason
            await self._tell_outcome(tx, job, outcome, now)
        elif reason != "blocked":
            await house.alarm(tx, "undeliverable", str(row.id), now)
        if outgoing.copy_of is not None and not await self._is_desk(tx, outgoing.to):
            # Whoever wrote it at the desk must learn that it never arrived.
            action = f"undelivered:{outgoing.copy_of}:{reason}"
            await self._tell_clock(tx, action, f"undelivered:{row.id}", now)
        self._after_commit.add(self._changed)

    async def _is_desk(self, tx: Tx, to: Address) -> bool:
        return await house.desk(tx) == (to.channel, to.bot, to.chat)

    async def _desk_moved(self, tx: Tx, to: Address, old: str, new: str) -> None:
        if await house.move_desk(tx, to.channel, to.bot, old, new):
            self._after_commit.add(self._desk_chosen)

    async def _watch_desk(self, tx: Tx, row: outbox.Ready, now: datetime) -> None:
        """Requests must be seen: after ten minutes without success the web desk says so."""
        if now - moment(row.created_at) > timedelta(minutes=10):
            await house.alarm(tx, "desk-unreachable", self._channel.name, now)

    def _nudge_in(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        if not self._stopped:
            self._timer = self._loop.call_later(seconds, self.nudge)


def _named(delivery: Delivery) -> Delivery:
    """The first message of a thread where there are none says itself what it belongs to.

    Usually it does anyway; not so when a group has lost its topics in the meantime.
    """
    outgoing = delivery.outgoing
    title = outgoing.to.title
    if not title or title.split()[0] in outgoing.text.characters:
        return delivery
    text = Text.joined([Text.bold(title), outgoing.text])
    return replace(delivery, outgoing=outgoing.model_copy(update={"text": text}))


async def _nothing(tx: Tx) -> None:
    """Its end says that all units before it have ended, too."""
