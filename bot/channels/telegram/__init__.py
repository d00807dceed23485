"""Telegram, by way of its Bot API."""

from bot.channels.telegram.channel import LIMITS, TelegramChannel
from bot.channels.telegram.profile import Profile

__all__ = ["LIMITS", "Profile", "TelegramChannel"]
