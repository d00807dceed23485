"""Inline mode: whoever types `@bot leerstand` in any chat gets something to pass on there.

Such a question is answered beside the inbox. The inbox keeps what must not be lost and what
changes something; here nothing changes, the next letter typed asks again, and an answer that
comes after some seconds is thrown away by Telegram anyway. So nothing is kept: no words, and
not who asked, but for a count in memory that ends with the minute.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.channels.telegram.outgoing import text_params
from bot.channels.telegram.transport import Json
from bot.clock import Clock
from handlers.network.offers import LONGEST, Offer

log = structlog.get_logger()

Offers = Callable[[str], Awaitable[Sequence[Offer]]]
"""What there is for some words; for none what people mostly want."""

A_MINUTE = 40  # questions of one person; every pause in typing is one
AT_ONCE = 4  # that we work on
WAITING = 40  # more than that are dropped: their answers would come too late
PATIENCE = 5.0  # seconds; Telegram itself waits for about ten
KEPT = 120  # seconds that Telegram may show the same answer to everybody else who asks this
DESCRIPTION = 200  # characters; two lines on a phone


class Inline:
    def __init__(self, call: Callable[..., Awaitable[Any]], offers: Offers, clock: Clock) -> None:
        self._call = call
        self._offers = offers
        self._clock = clock
        self._minute = datetime.min.replace(tzinfo=UTC)
        self._asked: Counter[int] = Counter()
        self._waiting = 0
        self._turns = asyncio.Semaphore(AT_ONCE)

    def takes(self, update: object) -> Json | None:
        """The question in an update, if it is one that we answer."""
        query = update.get("inline_query") if isinstance(update, dict) else None
        if not isinstance(query, dict) or self._waiting >= WAITING:
            return None
        sender = query.get("from")
        who = sender.get("id") if isinstance(sender, dict) else None
        readable = isinstance(query.get("id"), str) and isinstance(query.get("query"), str)
        if type(who) is not int or not readable or not self._may_ask(who):
            return None
        return query

    async def answer(self, query: Json) -> None:
        """Failures don't matter: with the next letter it is asked again."""
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE), self._turns:
                words = query["query"].encode("utf-8", "replace").decode().strip()[:LONGEST]
                # All is on the first page.
                found = () if query.get("offset") else await self._offers(words)
                await self._call(
                    "answerInlineQuery",
                    {
                        "inline_query_id": query["id"],
                        "results": [_article(offer) for offer in found],
                        "cache_time": KEPT,
                        "is_personal": False,
                        "next_offset": "",
                    },
                    within=PATIENCE,
                )
        except (TelegramError, TimeoutError) as error:
            log.debug("telegram.inline", error=type(error).__name__)
        except Exception as error:
            log.error("telegram.inline", error=type(error).__name__)
        finally:
            self._waiting -= 1

    def _may_ask(self, who: int) -> bool:
        minute = self._clock.now().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._asked.clear()
        self._asked[who] += 1
        return self._asked[who] <= A_MINUTE


def _article(offer: Offer) -> Json:
    sent = text_params(offer.text)
    sent["message_text"] = sent.pop("text")
    return {
        "type": "article",
        "id": offer.key,
        "title": offer.title,
        "description": offer.about[:DESCRIPTION],
        "url": offer.url,
        "input_message_content": sent,
    }
