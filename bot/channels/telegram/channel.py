"""Telegram as a channel: one bot, its receiving and its sending."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import BinaryIO

from bot.channels.base import Delivery, Limits, Receive
from bot.channels.telegram.inline import Inline, Offers
from bot.channels.telegram.listening import Listener
from bot.channels.telegram.profile import Profile
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.transport import BotApi
from bot.clock import Clock

LIMITS = Limits(overall=30, per_chat=1.0, burst=3, per_group=20)
"""How fast Telegram lets a bot speak, as far as it says.

The Bot FAQ („My bot is hitting limits“) asks for at most one message a second
in one chat, not counting short bursts, 20 a minute in one group, and about 30
a second overall. The exact figures are not public and change; 429 has the last
word. The size of a burst is our own cautious reading.
"""


class TelegramChannel:
    """One bot. Create it anywhere, use it in one event loop, and `close` it there."""

    name = "telegram"

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        clock: Clock,
        desk_chat: Callable[[], str | None],
        limits: Limits = LIMITS,
        webhook_url: str = "",
        webhook_secret: str = "",
        profile: Profile | None = None,
        introduced: Callable[[str], None] = lambda username: None,
        offers: Offers | None = None,
        connection_limit: int = 16,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`desk_chat` is asked again and again: the desk may move while we run. `introduced`
        is told what people call the bot there, as soon as Telegram says so."""
        self.bot = token.partition(":")[0]
        self.limits = limits
        self._api = BotApi(token, api_url, connection_limit)
        self._sender = Sender(self._api, sleep)
        self._listener = Listener(
            self._api,
            bot=self.bot,
            clock=clock,
            desk_chat=desk_chat,
            profile=profile or Profile(),
            introduced=introduced,
            inline=Inline(self._api.call, offers, clock) if offers else None,
            webhook_url=webhook_url,
            webhook_secret=webhook_secret,
            sleep=sleep,
        )

    def is_group(self, chat: str) -> bool:
        return chat.startswith("-")

    async def listen(self, receive: Receive) -> None:
        """Hand over what comes in until cancelled. Survives whatever the network does."""
        await self._listener.listen(receive)

    async def webhook(self, secret_header: bytes | None, body: bytes, receive: Receive) -> int:
        """One delivery by Telegram; the HTTP status that says what became of it.

        200 only when it is kept: Telegram repeats anything else for a day.
        """
        return await self._listener.webhook(secret_header, body, receive)

    async def check(self) -> str | None:
        """What is wrong with token, network or desk, as a German sentence."""
        return await self._listener.check()

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        """Send it; the ids of the messages that it became.

        A long text or many files are several messages. When the first of them
        has arrived and a later one does not, after one patient try more, the
        whole is Uncertain: sending it again means a second copy of the first.
        Texts take at most ten seconds for each message, uploads a minute.
        """
        return await self._sender.send(delivery)

    async def writing(self, chat: str, topic: str) -> None:
        """Telegram shows it for five seconds, or until the message comes."""
        await self._sender.writing(chat, topic)

    async def open_thread(self, chat: str, title: str) -> str:
        """Open a topic; no answer is Uncertain, and may leave an empty topic behind."""
        return await self._sender.open_thread(chat, title)

    async def fetch(self, remote: str, into: BinaryIO, limit: int) -> None:
        """Download at most `limit` bytes; Telegram itself stops at 20 MB."""
        await self._sender.fetch(remote, into, limit)

    @property
    def offers_inline(self) -> bool:
        """Whether people can ask us in other chats, as far as Telegram said."""
        return self._listener.offers_inline

    def health(self) -> str:
        return self._listener.trouble or self._sender.trouble or self._listener.hint or "ok"

    async def close(self) -> None:
        """Give back the connections. Confirmations of buttons still to be made are let go."""
        await self._listener.close()
        await self._api.close()
