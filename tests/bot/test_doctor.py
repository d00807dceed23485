"""The doctor says what is missing, and what is only switched off."""

from pathlib import Path

import pytest

from bot.doctor import examine
from tests.fakes.botapi import FakeBotApi


@pytest.mark.parametrize("inline", [True, False])
async def test_inline_mode_that_is_off_is_said_and_is_no_failure(
    tmp_path: Path, api: FakeBotApi, monkeypatch: pytest.MonkeyPatch, inline: bool
) -> None:
    api.bot.inline = inline
    monkeypatch.setenv("HOTLINE_DATA", str(tmp_path))
    monkeypatch.setenv("HOTLINE_TELEGRAM_TOKEN", api.token)
    monkeypatch.setenv("HOTLINE_TELEGRAM_API_URL", api.url)
    [telegram] = [finding for finding in await examine() if finding.what == "Telegram"]
    assert telegram.ok
    assert ("/setinline" in telegram.text) is not inline
