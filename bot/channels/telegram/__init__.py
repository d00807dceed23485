"""Telegram, by way of its Bot API."""

import sys

# python-telegram-bot imports httpx, which we do not use, and that its command line, which
# would bring 5 MB of coloured tables along. httpx does without where it cannot be had.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

from bot.channels.telegram.channel import LIMITS, TelegramChannel  # noqa: E402
from bot.channels.telegram.profile import Profile  # noqa: E402

__all__ = ["LIMITS", "Profile", "TelegramChannel"]
