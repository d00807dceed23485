"""The baseline: a loop that sends to one after the other, with python-telegram-bot's limiter.

It answers whoever asks by repeating what it hears, and keeps nothing. Started as a
process of its own: `python -m tests.bench.loop ADDRESS TOKEN FIRST NUMBER` sends to
the chats FIRST, FIRST + 1, … as soon as somebody writes the command.
"""

import contextlib
import sys

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import (
    AIORateLimiter,
    ApplicationBuilder,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from tests.bench.subscribers import SEND, TITLE

TEXT = (
    f"Hinweis auf eine Veranstaltung\n\n{TITLE}\n\nSie bekommen das, weil Sie es abonniert haben."
)
RETRIES = 3  # after "too many requests"; the limiter's own default would lose the message


async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message and update.message.text:
        await update.message.reply_text(update.message.text)


def main() -> None:
    address, token, first, number = sys.argv[1:]
    chats = range(int(first), int(first) + int(number))

    async def broadcast(_: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        for chat in chats:
            # It may have arrived or not; whoever writes such a loop goes on with the next.
            with contextlib.suppress(TelegramError):
                await context.bot.send_message(chat, TEXT)

    application = (
        ApplicationBuilder()
        .token(token)
        .base_url(f"{address}/bot")
        .rate_limiter(AIORateLimiter(max_retries=RETRIES))
        .build()
    )
    # In the background, or nobody would be answered meanwhile.
    application.add_handler(CommandHandler(SEND.removeprefix("/"), broadcast, block=False))
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


if __name__ == "__main__":
    main()
