"""Inbox → turn: every message is handled exactly once, in the order of its chat.

Turns run inside the store's transactions, each under its own savepoint: what
one of them breaks is undone alone. A message that fails is tried again a
little later; those behind it in the same chat wait, all others don't. When it
has failed too often it becomes a dead letter: somebody is alarmed, the person
gets an honest sentence, and the queue goes on.
"""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock, token
from handlers.conversation import Conversation
from handlers.message import Address, Incoming, Kind, Lane, Outgoing
from handlers.routing import respond
from handlers.text import Text
from handlers.turn import House, Turn
from knowledge.search import Knowledge
from storage import house, inbox, outbox, people
from storage.database import Database, StoreTrouble, Tx
from storage.moments import moment
from storage.rights import Erased

log = structlog.get_logger()

TURNS = 8  # in one transaction: enough to share a flush, few enough to stay quick
# Waits before the second and third try. Three tries and the alarm fit well
# into the minute that a poisonous message may take to be noticed.
RETRIES = (timedelta(seconds=1), timedelta(seconds=10))
TROUBLE_PAUSE = 5.0  # seconds until we try again to use a store that failed
ALBUM = timedelta(seconds=1)  # parts of an album arrive as single messages


class Worker:
    """Runs turns whenever it is nudged."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], tuple[House, Knowledge]],
        spoken: Callable[[Collection[str]], None],
        changed: Callable[[], None],
        desk_chosen: Callable[[], None],
        knowledge_changed: Callable[[], None],
        forgotten: Callable[[list[Erased]], None],
    ) -> None:
        """`spoken` is called inside the transaction with the channels that have something to
        deliver; the others on the event loop after turns were committed: `changed` always,
        `desk_chosen` when one of them chose another coordinators' group, `knowledge_changed`
        when one changed an event or taught us something, `forgotten` with those who were erased."""
        self._database = database
        self._clock = clock
        self._settings = settings
        self._spoken = spoken
        self._changed = changed
        self._desk_chosen = desk_chosen
        self._knowledge_changed = knowledge_changed
        self._forgotten = forgotten
        self._desk_stale = False
        self._knowledge_stale = False
        self._erased: list[Erased] = []
        self._addressed: set[str] = set()  # channels that something was said for
        self._loop = asyncio.get_running_loop()
        self._queued = False
        self._timer: asyncio.TimerHandle | None = None

    def nudge(self) -> None:
        """There may be something to do. Safe from any thread, cheap to call too often."""
        if not self._queued:
            self._queued = True
            self._database.submit(self._turns, self._done, self._failed)

    async def _turns(self, tx: Tx) -> tuple[int, str | None]:
        self._queued = False
        handled = 0
        while handled < TURNS:
            waiting = await inbox.heads(tx, self._clock.now(), TURNS - handled)
            if not waiting:
                break
            for message in waiting:
                await self._turn(tx, message)
            handled += len(waiting)
        if self._addressed:
            self._spoken(self._addressed)
            self._addressed = set()
        if handled >= TURNS:
            self.nudge()
            return handled, None
        return handled, await inbox.next_due(tx)

    async def _turn(self, tx: Tx, waiting: inbox.Waiting) -> None:
        now = self._clock.now()
        try:
            incoming = Incoming.model_validate_json(waiting.payload)
            await tx.attempt(lambda tx: self._handle(tx, incoming, now))
        except StoreTrouble:
            raise
        except Exception as error:
            await self._fail(tx, waiting, error, now)
        else:
            await inbox.finish(tx, waiting.id, now)

    async def _handle(self, tx: Tx, incoming: Incoming, now: datetime) -> None:
        where, knowledge = self._settings()
        turn = Turn(
            tx=tx, incoming=incoming, now=now, house=where, knowledge=knowledge, token=token
        )
        if incoming.private and incoming.kind not in (Kind.CLOCK, Kind.MIGRATED):
            turn.person = await people.meet(tx, incoming.channel, incoming.bot, incoming.chat, now)
            turn.conversation = Conversation.model_validate_json(turn.person.conversation)
        before = turn.conversation
        await respond(turn)
        self._desk_stale |= turn.desk_chosen
        self._knowledge_stale |= turn.knowledge_changed
        self._addressed |= turn.addressed
        if turn.erased:
            self._erased.append(turn.erased)
        for outgoing, at in turn.said:
            await self._promise(tx, outgoing, now, at)
        if turn.person and turn.conversation is not before:
            await people.remember(
                tx, turn.person.id, turn.conversation.model_dump_json(exclude_defaults=True), now
            )

    async def _fail(self, tx: Tx, waiting: inbox.Waiting, error: Exception, now: datetime) -> None:
        kind = type(error).__name__
        if waiting.attempts < len(RETRIES):
            await inbox.retry(tx, waiting.id, kind, now + RETRIES[waiting.attempts])
            log.warning("turn.retry", inbox=waiting.id, error=kind, where=_where(error))
            return
        await inbox.bury(tx, waiting.id, kind, now)
        await house.alarm(tx, "dead-letter", str(waiting.id), now)
        log.error("turn.dead", inbox=waiting.id, error=kind, where=_where(error))
        try:
            incoming = Incoming.model_validate_json(waiting.payload)
        except ValueError:
            return
        if incoming.kind in (Kind.MESSAGE, Kind.BUTTON, Kind.EDIT):
            _, knowledge = self._settings()
            apology = Outgoing(
                to=Address(channel=incoming.channel, bot=incoming.bot, chat=incoming.chat),
                text=Text.written(knowledge.library.texts.say["failed"]),
            )
            await self._promise(tx, apology, now, None)

    async def _promise(
        self, tx: Tx, outgoing: Outgoing, now: datetime, at: datetime | None
    ) -> None:
        await promise(tx, outgoing, now, at)
        self._addressed.add(outgoing.to.channel)

    def _done(self, result: tuple[int, str | None]) -> None:
        handled, next_due = result
        if next_due:
            wait = (moment(next_due) - self._clock.now()).total_seconds()
            self._nudge_in(max(wait, 0.01))
        if handled:
            self._changed()
        if self._desk_stale:
            self._desk_stale = False
            self._desk_chosen()
        if self._knowledge_stale:
            self._knowledge_stale = False
            self._knowledge_changed()
        if self._erased:
            erased, self._erased = self._erased, []
            self._forgotten(erased)

    def _failed(self, error: BaseException) -> None:
        # Nothing was kept, so nothing is lost: the messages still wait.
        self._queued = False
        log.error("store.trouble", error=type(error.__cause__ or error).__name__)
        self._nudge_in(TROUBLE_PAUSE)

    def _nudge_in(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self.nudge)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()


async def promise(tx: Tx, outgoing: Outgoing, now: datetime, at: datetime | None) -> None:
    """Put it into the outbox; parts of an album join the row that waits for them."""
    to = outgoing.to
    if outgoing.gather:
        at = now + ALBUM
        row = await outbox.gathering(tx, to.channel, to.bot, to.chat, outgoing.gather)
        if row:
            begun = Outgoing.model_validate_json(row.payload)
            joined = begun.model_copy(
                update={
                    "files": begun.files + outgoing.files,
                    "inline": begun.inline + outgoing.inline,
                    "text": begun.text or outgoing.text,
                }
            )
            await outbox.rewrite(tx, row.id, joined.model_dump_json(exclude_defaults=True), at)
            return
    await outbox.promise(
        tx,
        channel=to.channel,
        bot=to.bot,
        chat=to.chat,
        lane=1 if outgoing.lane is Lane.ANNOUNCEMENT else 0,
        payload=outgoing.model_dump_json(exclude_defaults=True),
        now=now,
        not_before=at,
        gather=outgoing.gather,
    )


def _where(error: BaseException) -> str:
    """File and line of the error: enough to find it, and no words of people."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
