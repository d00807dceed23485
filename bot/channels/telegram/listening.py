"""Receiving, by long polling or by webhook.

The loop is our own: the library's would confirm updates before they are kept.
Telegram repeats for 24 hours what is not confirmed, so an update is confirmed
(by the next offset, or by 200 to the webhook) only after it was handed over.
"""

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NoReturn, TypeVar

import structlog
from telegram.error import BadRequest, Conflict, TelegramError

from bot.channels.base import Receive
from bot.channels.telegram import health
from bot.channels.telegram.failures import is_token_refused
from bot.channels.telegram.incoming import (
    ALLOWED_UPDATES,
    Here,
    own_membership,
    query_id,
    translate,
    update_id,
)
from bot.channels.telegram.inline import Inline
from bot.channels.telegram.profile import Introduction, Profile
from bot.channels.telegram.transport import BotApi, Throttled, Unreadable
from bot.clock import Clock
from handlers.message import Incoming, Kind

log = structlog.get_logger()

POLL = 50  # seconds that Telegram may wait for news before it answers
UPDATES = 100  # the most it hands out at once
WEBHOOK_BODY = 1 << 20  # bytes; Telegram's own updates are far smaller
WEBHOOK_CONNECTIONS = 8
MAX_PAUSE = 60.0
MAX_STORE_PAUSE = 30.0
QUERIES = 4  # pressed buttons confirmed at a time; sending goes first

_UPDATE_ID = re.compile(rb'"update_id"\s*:\s*(\d{1,19})')
_ADMINS = ("administrator", "creator")

Result = TypeVar("Result")


class Listener:
    """Hears what people do, and says in `trouble` and `hint` how well it hears."""

    def __init__(
        self,
        api: BotApi,
        *,
        bot: str,
        clock: Clock,
        desk_chat: Callable[[], str | None],
        profile: Profile,
        introduced: Callable[[str], None],
        inline: Inline | None,
        webhook_url: str,
        webhook_secret: str,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self.trouble = ""
        self.hint = ""
        self._api = api
        self._bot = bot
        self._clock = clock
        self._desk_chat = desk_chat
        self._introduction = Introduction(profile, api.call)
        self._introduced = introduced
        self._inline = inline
        self.offers_inline = False  # whether Telegram lets people ask us in other chats
        self._webhook_url = webhook_url
        self._webhook_secret = webhook_secret
        self._sleep = sleep
        self._username = ""
        self._known_desk: str | None = None
        self._desk_moved: dict[str, str] = {}  # its last change of id
        self._tasks: set[asyncio.Task[None]] = set()
        self._queries = asyncio.Semaphore(QUERIES)

    async def listen(self, receive: Receive) -> NoReturn:
        await self._insist(self._look_around)
        self._start(self._introduction.show(self._known_desk))
        if self._webhook_url:
            await self._insist(self._set_webhook)
            while True:
                await asyncio.Event().wait()
        await self._insist(self._delete_webhook)
        await self._poll(receive)

    async def check(self) -> str | None:
        try:
            await self._look_around()
        except TelegramError as error:
            return health.explained(error)
        return self.hint or None

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- the webhook ------------------------------------------------------------

    async def webhook(self, secret_header: bytes | None, body: bytes, receive: Receive) -> int:
        # Bytes, because texts that are not ASCII cannot be compared this way. An
        # empty secret would let everybody in.
        secret = self._webhook_secret.encode()
        if not secret or not hmac.compare_digest(secret_header or b"", secret):
            return 401
        if len(body) > WEBHOOK_BODY:
            return 413
        try:
            update = json.loads(body, parse_constant=_no_json)
        except (ValueError, RecursionError):
            return 400
        if not isinstance(update, dict):
            return 400
        try:
            await self._hand_over([update], receive)
        except Exception as error:
            log.error("telegram.not_kept", error=type(error).__name__)
            self.trouble = health.STORE_FULL
            return 503
        if self.trouble == health.STORE_FULL:
            self.trouble = ""
        return 200

    async def _set_webhook(self) -> None:
        await self._api.call(
            "setWebhook",
            {
                "url": self._webhook_url,
                "secret_token": self._webhook_secret,
                "allowed_updates": ALLOWED_UPDATES,
                "max_connections": WEBHOOK_CONNECTIONS,
                "drop_pending_updates": False,
            },
        )

    # -- polling ----------------------------------------------------------------

    async def _delete_webhook(self) -> None:
        await self._api.call("deleteWebhook", {"drop_pending_updates": False})

    async def _poll(self, receive: Receive) -> NoReturn:
        offset, limit, failures = 0, UPDATES, 0
        while True:
            try:
                updates = await self._updates(offset, limit)
                await self._hand_over(updates, receive)
            except Unreadable as error:
                failures += 1
                poison = _UPDATE_ID.search(error.payload)
                if limit == 1 and poison:
                    offset, limit = int(poison[1]) + 1, UPDATES
                    log.error("telegram.update.unreadable", update=offset - 1)
                    continue
                # One of them breaks the whole answer: they come singly until it is
                # found, and then it is left behind.
                limit = 1
                await self._pause(error, failures)
            except TelegramError as error:
                failures += 1
                await self._pause(error, failures)
                if isinstance(error, Conflict) and "webhook" in error.message.lower():
                    await self._insist(self._delete_webhook)
            except Exception as error:
                failures += 1
                self.trouble = health.STORE_FULL
                wait = _backoff(failures, MAX_STORE_PAUSE)
                log.error("telegram.not_kept", error=type(error).__name__, wait=wait)
                await self._sleep(wait)
            else:
                failures, self.trouble = 0, ""
                await _after_what_is_due()
                limit = limit if updates else UPDATES
                # Ids start anywhere after a week of silence, so the offset follows
                # the newest answer. After an empty one nothing is left to confirm.
                offset = (
                    max((n for u in updates if (n := update_id(u)) is not None), default=-1) + 1
                )

    async def _updates(self, offset: int, limit: int) -> Sequence[object]:
        updates = await self._api.call(
            "getUpdates",
            {
                "offset": offset,
                "limit": limit,
                "timeout": self._patience(),
                "allowed_updates": ALLOWED_UPDATES,
            },
            within=POLL + 10,
        )
        return updates if isinstance(updates, list) else []

    def _patience(self) -> int:
        """After trouble a quick look shows that it is over, without waiting for news.

        Not when somebody else listens, too: each look would drive out the other.
        """
        return POLL if self.trouble in ("", health.TWO_LISTENERS) else 0

    # -- either way ---------------------------------------------------------------

    async def _hand_over(self, updates: Sequence[object], receive: Receive) -> None:
        """Returns when what concerns us is kept."""
        messages = self._translated(updates)
        if messages:
            await receive(messages)
        for update in updates:
            if query := query_id(update):
                self._start(self._confirm(query))
            if self._inline and (asked := self._inline.takes(update)):
                self._start(self._inline.answer(asked))
        desk_chat = self._desk_chat()
        changed = any(own_membership(update) == desk_chat for update in updates)
        if desk_chat != self._known_desk or changed:
            self._known_desk = desk_chat
            self._start(self._settle_in(desk_chat))

    def _translated(self, updates: Sequence[object]) -> list[Incoming]:
        """What concerns us.

        When the desk's group becomes a supergroup, what its members say next is read before
        that turn is done: it belongs to the desk all the same.
        """
        messages, now = [], self._clock.now()
        for update in updates:
            desk = self._desk_chat()
            desk = desk and self._desk_moved.get(desk, desk)
            message = translate(update, Here(self._bot, now, desk, self._username))
            if message is None:
                continue
            messages.append(message)
            if desk and message.kind is Kind.MIGRATED and message.chat == desk:
                self._desk_moved = {desk: message.text}
        return messages

    async def _confirm(self, query: str) -> None:
        """Stop the little clock on the button. It is decoration: failures don't matter."""
        async with self._queries:
            try:
                await self._api.call("answerCallbackQuery", {"callback_query_id": query})
            except TelegramError as error:
                log.debug("telegram.query", error=type(error).__name__)

    async def _settle_in(self, desk_chat: str | None) -> None:
        """The desk is another one now, or gave us other rights."""
        await self._introduction.show(desk_chat)
        try:
            await self._look_around()
        except TelegramError as error:
            log.warning("telegram.trouble", error=type(error).__name__)

    async def _look_around(self) -> None:
        """Who we are, and whether we can hear what is said at the desk."""
        me = await self._api.call("getMe")
        self._username = str(me.get("username", ""))
        self.offers_inline = bool(me.get("supports_inline_queries"))
        self._introduced(self._username)
        self._known_desk = desk = self._desk_chat()
        heard = bool(me.get("can_read_all_group_messages"))
        if not heard and desk and desk.startswith("-"):
            heard = await self._is_admin(desk)
        self.hint = "" if heard or not desk else health.HARD_OF_HEARING

    async def _is_admin(self, chat: str) -> bool:
        """Administrators hear everything, whatever BotFather was told."""
        who = {"chat_id": int(chat), "user_id": int(self._bot)}
        try:
            member = await self._api.call("getChatMember", who)
        except BadRequest:
            return False
        return member.get("status") in _ADMINS

    async def _insist(self, deed: Callable[[], Awaitable[Result]]) -> Result:
        """Do it until it works; meanwhile `trouble` says why it does not."""
        failures = 0
        while True:
            try:
                result = await deed()
            except TelegramError as error:
                failures += 1
                await self._pause(error, failures)
            else:
                self.trouble = ""
                return result

    async def _pause(self, error: TelegramError, failures: int) -> None:
        self.trouble = health.explained(error)
        wait = _backoff(failures, MAX_PAUSE)
        if is_token_refused(error):
            wait = MAX_PAUSE  # somebody must change the settings first
        if isinstance(error, Throttled):
            wait = max(error.seconds, 1.0)
        log.warning("telegram.trouble", error=type(error).__name__, wait=wait)
        await self._sleep(wait)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        # The event loop alone would forget a task that nobody holds.
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _after_what_is_due() -> None:
    """Answers to what was just heard may be ready: they leave before we ask for more."""
    for _ in range(2):  # a call is made in one round of the event loop and written in the next
        await asyncio.sleep(0)


def _backoff(failures: int, most: float) -> float:
    """1, 2, 4 … seconds."""
    return min(2.0 ** min(failures - 1, 10), most)


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
