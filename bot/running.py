"""Run what goes on until somebody stops it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from bot.app import StartError
from bot.logs import set_up
from bot.settings import Settings, SettingsError, read_settings
from knowledge.load import ContentError
from storage.database import StoreError


def run(action: Callable[[Settings], Awaitable[None]]) -> int:
    """The exit code. Errors that people can mend are one line each."""
    try:
        settings = read_settings()
    except SettingsError as error:
        return _failed(error, 2)
    set_up(settings.log_level, settings.log_format)
    try:
        asyncio.run(_awaited(action(settings)))
    except (StartError, StoreError, ContentError) as error:
        return _failed(error, 1)
    except KeyboardInterrupt:
        return 130
    return 0


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _failed(error: Exception, code: int) -> int:
    sys.stderr.write(f"{error}\n")
    return code
