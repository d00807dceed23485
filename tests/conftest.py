"""Fixtures for all tests."""

import os
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import settings
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

# Slow machines are no reason to fail, and a run must be repeatable.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

# python-telegram-bot warns on every 429 unless it is told which type is wanted.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from bot.channels.web import pages  # noqa: E402 - after the environment
from tests.fakes.botapi import FakeBotApi  # noqa: E402
from tests.support.hotline import (  # noqa: E402
    COLLEAGUE,
    COORDINATOR,
    DESK,
    Talk,
    hotline,
)


class _Compiled(BytecodeCache):
    """Templates that an earlier test has compiled; each by its place and its whole text."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._known[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def templates_are_compiled_once() -> Iterator[None]:
    """The program does so, too, but lives longer: half a test's time would be compiling."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "Environment", partial(Environment, bytecode_cache=_Compiled()))
        yield


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
