"""Fixtures for all tests."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

# Slow machines are no reason to fail, and a run must be repeatable.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

# python-telegram-bot warns on every 429 unless it is told which type is wanted.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from tests.fakes.botapi import FakeBotApi  # noqa: E402 - after the environment
from tests.support.hotline import (  # noqa: E402
    COLLEAGUE,
    COORDINATOR,
    DESK,
    Talk,
    hotline,
)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the operator of this machine set must not change a test."""
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """Telegram, with a forum group for the coordination and two coordinators in it."""
    async with FakeBotApi() as fake:
        group = fake.group(DESK, "Koordination", forum=True)
        group.member(COORDINATOR, "Erika Beispiel")
        group.member(COLLEAGUE, "Max Muster")
        yield fake
        assert fake.violations == []


@pytest.fixture
async def talk(tmp_path: Path, api: FakeBotApi) -> AsyncIterator[Talk]:
    """The whole hotline, with a desk in Telegram."""
    async with hotline(
        tmp_path,
        api,
        telegram_desk_chat=DESK,
        telegram_coordinators=f"{COORDINATOR},{COLLEAGUE}",
    ) as running:
        yield running
