"""What Telegram shows of the bot before anybody has written a word."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from telegram.constants import BotCommandLimit, BotDescriptionLimit
from telegram.error import TelegramError

from bot.channels.telegram.transport import Json

log = structlog.get_logger()

Command = tuple[str, str]  # its name without the slash, and what it does


@dataclass(frozen=True, slots=True)
class Profile:
    """The texts, in German. What is empty stays as it is at Telegram."""

    description: str = ""
    short_description: str = ""
    commands: tuple[Command, ...] = ()
    desk_commands: tuple[Command, ...] = ()
    group_commands: tuple[Command, ...] = ()  # for everybody in a group


def settings(profile: Profile, desk_chat: str | None) -> list[tuple[str, Json]]:
    """The calls that make Telegram show the profile."""
    calls: list[tuple[str, Json]] = []
    if profile.commands:
        calls.append(_commands(profile.commands, {"type": "all_private_chats"}))
    if profile.group_commands:
        calls.append(_commands(profile.group_commands, {"type": "all_group_chats"}))
    if profile.desk_commands and desk_chat and desk_chat.lstrip("-").isdecimal():
        calls.append(_commands(profile.desk_commands, {"type": "chat", "chat_id": int(desk_chat)}))
    if profile.description:
        text = profile.description[: int(BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)]
        calls.append(("setMyDescription", {"description": text}))
    if profile.short_description:
        text = profile.short_description[: int(BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)]
        calls.append(("setMyShortDescription", {"short_description": text}))
    return calls


def _commands(commands: tuple[Command, ...], scope: Json) -> tuple[str, Json]:
    longest = int(BotCommandLimit.MAX_DESCRIPTION)
    listed = [{"command": name, "description": does[:longest]} for name, does in commands]
    return "setMyCommands", {"commands": listed, "scope": scope}


class Introduction:
    """Sets the profile, and each part of it only when it has changed."""

    def __init__(self, profile: Profile, call: Callable[[str, Json], Awaitable[object]]) -> None:
        self._profile = profile
        self._call = call
        self._shown: list[tuple[str, Json]] = []

    async def show(self, desk_chat: str | None) -> None:
        """A part that Telegram does not take is logged, and nothing more: it is decoration."""
        for method, params in settings(self._profile, desk_chat):
            if (method, params) in self._shown:
                continue
            try:
                await self._call(method, params)
            except TelegramError as error:
                log.warning("telegram.profile", method=method, error=type(error).__name__)
            else:
                self._shown.append((method, params))
