"""The baseline: the plainest bot that python-telegram-bot makes, with its usual transport.

It repeats what it hears, keeps nothing and knows nothing. Started as a process
of its own: `python -m tests.bench.echo ADDRESS TOKEN`.
"""

import sys

from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters


async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message and update.message.text:
        await update.message.reply_text(update.message.text)


def main() -> None:
    address, token = sys.argv[1:]
    application = ApplicationBuilder().token(token).base_url(f"{address}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


if __name__ == "__main__":
    main()
