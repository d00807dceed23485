"""Where people of a test write from, and read: a page in the web, or a chat in Telegram.

In Telegram both ways go through the channel's own translation. What somebody reads there is
what the Bot API would be called with: the words, the buttons, and whatever is behind them.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.base import Delivery
from bot.channels.telegram.incoming import Here, translate
from bot.channels.telegram.outgoing import calls
from handlers.message import Incoming, Kind, Outgoing

BOT = "123456"


@dataclass(frozen=True, slots=True)
class Seat:
    """A chat of one person. `account` is what the network calls them: nobody's business."""

    channel: str
    bot: str
    chat: str
    account: str = ""

    def does(self, number: int, now: datetime, **what: Any) -> Incoming:
        """What arrives when they do it."""
        if self.channel != "telegram":
            return Incoming(
                channel=self.channel,
                bot=self.bot,
                update_id=str(number),
                chat=self.chat,
                sender=self.chat,
                at=now,
                **what,
            )
        it = translate({"update_id": number} | self._update(number, now, **what), Here(BOT, now))
        assert it is not None, what
        return it

    def _update(
        self,
        number: int,
        now: datetime,
        kind: Kind = Kind.MESSAGE,
        text: str = "",
        action: str = "",
        message: str = "",
    ) -> dict[str, Any]:
        name = {"first_name": self.account, "username": self.username}
        chat = {"id": int(self.chat), "type": "private", **name}
        sender = {"id": int(self.chat), "is_bot": False, **name}
        at = int(now.timestamp())
        said = {"message_id": int(message or number + 1), "date": at, "chat": chat, "text": text}
        match kind:
            case Kind.BUTTON:
                query = {"id": str(number), "from": sender, "message": said, "data": action}
                return {"callback_query": query}
            case Kind.EDIT:
                return {"edited_message": said | {"from": sender, "edit_date": at}}
            case Kind.BLOCKED | Kind.UNBLOCKED:
                status = "kicked" if kind is Kind.BLOCKED else "member"
                change = {"chat": chat, "from": sender, "date": at}
                return {"my_chat_member": change | {"new_chat_member": {"status": status}}}
            case _:
                return {"message": said | {"from": sender}}

    @property
    def username(self) -> str:
        return f"kanarie_{self.chat}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What the network knows of whoever sits here."""
        return (self.account, self.username, self.chat) if self.account else ()


def in_web(who: str) -> Seat:
    return Seat("web", "", who)


def in_telegram(who: str, number: int) -> Seat:
    return Seat("telegram", BOT, str(number), f"Kanarienkonto {who.title()}")


def read(said: Outgoing) -> str:
    """All that reaches the screen or the program of whoever reads it."""
    if said.to.channel != "telegram" or said.do != "say":
        lines = [str(said.text)]
        lines += [f"{b.label} {b.action} {b.url}" for b in said.buttons]
        return "\n".join([*lines, *(file.text for file in said.inline)])
    sent = calls(Delivery(id=1, outgoing=said))
    parts = []
    for call in sent:
        params = {name: value for name, value in call.params.items() if name != "chat_id"}
        parts.append(json.dumps(params, ensure_ascii=False))
        parts += [str(upload.content) for upload in call.uploads]
    return "\n".join(parts)
