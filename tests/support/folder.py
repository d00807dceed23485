"""Stores without a hotline, as commands work on them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from bot.app import STORE
from bot.settings import Settings
from storage.database import Database, Tx

T = TypeVar("T")


async def store(folder: Path, unit: Callable[[Tx], Awaitable[Any]] | None = None) -> Settings:
    """A store, in which something may be done."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    database = await Database.open(folder / STORE)
    if unit is not None:
        await database.write(unit)
    await database.close()
    return Settings(data=folder)


async def look(settings: Settings, unit: Callable[[Tx], Awaitable[T]]) -> T:
    """What the store has."""
    database = await Database.open(settings.data / STORE)
    try:
        return await database.read(unit)
    finally:
        await database.close()
