"""Sending, changing and taking back, in the courier's terms."""

from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO

from telegram.error import TelegramError

from bot.channels.base import (
    Delivery,
    DeliveryError,
    NoThreads,
    Refused,
    SlowDown,
    ThreadLost,
    TryLater,
    Uncertain,
)
from bot.channels.telegram import health
from bot.channels.telegram.failures import at_the_door, failure, is_token_refused
from bot.channels.telegram.outgoing import (
    Call,
    calls,
    caption_params,
    keyboard_of,
    number_of,
    shown,
    text_params,
    topic_name,
    where,
)
from bot.channels.telegram.split import MAX_CAPTION, clipped, split
from bot.channels.telegram.transport import CALL, BotApi, Gone, Json, TooLarge
from bot.channels.telegram.uploaded import Uploaded
from handlers.text import Text

PATIENCE = 5.0  # seconds to wait in the middle of a message rather than leave it in doubt
MAX_LINK_NAME = 32
ABOVE = Text(characters="(siehe oben)")


class Sender:
    """Does what a `Delivery` says, and says in `trouble` if Telegram refuses us as such."""

    def __init__(self, api: BotApi, sleep: Callable[[float], Awaitable[object]]) -> None:
        self.trouble = ""
        self._api = api
        self._sleep = sleep
        self._uploaded = Uploaded()

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        match delivery.outgoing.do:
            case "say":
                return await self._say(delivery)
            case "edit":
                return await self._edit(delivery)
            case "delete":
                return await self._delete(delivery)
            case "react":
                return await self._react(delivery)
            case "close":
                return await self._switch_thread("closeForumTopic", delivery)
            case "open":
                return await self._switch_thread("reopenForumTopic", delivery)
            case "invite":
                return await self._invite(delivery)
            case "approve":
                return await self._decide("approveChatJoinRequest", delivery)
            case "decline":
                return await self._decide("declineChatJoinRequest", delivery)

    async def _call(
        self,
        method: str,
        params: Json,
        call: Call | None = None,
        *,
        idempotent: bool = False,
        door: bool = False,
    ) -> Any:
        """The result, or a DeliveryError; `door` for those about letting somebody in."""
        uploads, within = (call.uploads, call.within) if call else ((), CALL)
        try:
            result = await self._api.call(method, params, uploads, within)
        except TelegramError as error:
            if is_token_refused(error):
                self.trouble = health.UNKNOWN_BOT
            told = at_the_door(error) if door else failure(error, idempotent=idempotent)
            raise told from None
        self.trouble = ""
        return result

    # -- saying -------------------------------------------------------------------

    async def _say(self, delivery: Delivery) -> tuple[str, ...]:
        known = self._uploaded.named(delivery)
        first, *others = calls(known)
        try:
            results = [await self._call(first.method, first.params, first)]
        except Refused:
            if known is delivery:
                raise
            # Telegram may forget a name; then it gets the file once more.
            self._uploaded.forget(delivery)
            raise TryLater("a file has to be sent anew") from None
        for call in others:
            results.append(await self._continue(call))
        messages = [message for result in results for message in _messages(result)]
        self._uploaded.learn(delivery, messages)
        return tuple(str(message["message_id"]) for message in messages)

    async def _continue(self, call: Call) -> Any:
        """A later message of several: what is half said should rather be finished."""
        try:
            try:
                return await self._call(call.method, call.params, call)
            except SlowDown as error:
                if error.seconds > PATIENCE:
                    raise
                await self._sleep(error.seconds)
            except TryLater:
                await self._sleep(1.0)
            return await self._call(call.method, call.params, call)
        except DeliveryError as error:
            raise Uncertain(f"only a part arrived: {error}") from error

    # -- changing -----------------------------------------------------------------

    async def _edit(self, delivery: Delivery) -> tuple[str, ...]:
        """The text goes over the messages that it was, and what has no place there follows.

        Messages left over by a text that got shorter say so; deleting them is
        not safe, because they may be the pictures of an album.
        """
        text = shown(delivery.outgoing.text, plain=delivery.plain)
        keyboard = keyboard_of(delivery.outgoing.buttons)
        parts = split(text)
        if not parts:
            raise Refused("message text is empty")
        waiting = list(parts)
        missing: Refused | None = None
        for target in delivery.targets:
            params = _target(delivery, target) | text_params(waiting[0] if waiting else ABOVE)
            if keyboard and len(waiting) == 1:
                params["reply_markup"] = keyboard
            try:
                await self._change("editMessageText", params)
            except Refused as error:
                if _says(error, "message to edit not found"):
                    missing = error  # somebody deleted it, or the topic it was in
                elif not _says(error, "there is no text in the message"):
                    raise
                elif len(waiting) < len(parts):
                    break  # the files that followed the text
                else:
                    await self._edit_caption(delivery, target, text, keyboard)
                    return delivery.targets
            else:
                del waiting[:1]
        if missing and len(waiting) == len(parts):
            raise missing
        if not delivery.targets:
            return ()
        return await self._add(delivery, waiting, keyboard)

    async def _add(
        self, delivery: Delivery, parts: list[Text], keyboard: Json | None
    ) -> tuple[str, ...]:
        """What an edited text has grown by."""
        sent = list(delivery.targets)
        for number, part in enumerate(parts, 1):
            params = text_params(part) | where(delivery)
            if keyboard and number == len(parts):
                params["reply_markup"] = keyboard
            sent += _message_ids(await self._continue(Call("sendMessage", params)))
        return tuple(sent)

    async def _edit_caption(
        self, delivery: Delivery, target: str, text: Text, keyboard: Json | None
    ) -> None:
        params = _target(delivery, target) | caption_params(clipped(text, MAX_CAPTION))
        if keyboard:
            params["reply_markup"] = keyboard
        await self._change("editMessageCaption", params)

    async def _change(self, method: str, params: Json) -> None:
        try:
            await self._call(method, params, idempotent=True)
        except Refused as error:
            if not _says(error, "message is not modified"):
                raise

    async def _delete(self, delivery: Delivery) -> tuple[str, ...]:
        """Tries all; what is gone already is as good as deleted."""
        refused: Refused | None = None
        for target in delivery.targets:
            try:
                await self._call("deleteMessage", _target(delivery, target), idempotent=True)
            except Refused as error:
                if not _says(error, "message to delete not found"):
                    refused = error
        if refused:
            raise refused
        return delivery.targets

    async def _react(self, delivery: Delivery) -> tuple[str, ...]:
        """On the first message: it stands for an album or a long text."""
        emoji = _reaction(delivery.outgoing.text.characters)
        for target in delivery.targets[:1]:
            reaction = [{"type": "emoji", "emoji": emoji}] if emoji else []
            params = _target(delivery, target) | {"reaction": reaction}
            await self._call("setMessageReaction", params, idempotent=True)
        return delivery.targets[:1]

    # -- threads ------------------------------------------------------------------

    async def open_thread(self, chat: str, title: str) -> str:
        if not chat.startswith("-"):
            raise NoThreads("a private chat")
        params = {"chat_id": number_of(chat), "name": topic_name(title)}
        topic = await self._call("createForumTopic", params)
        return str(topic["message_thread_id"])

    async def _switch_thread(self, method: str, delivery: Delivery) -> tuple[str, ...]:
        if not delivery.topic:
            return ()
        params = {
            "chat_id": number_of(delivery.outgoing.to.chat),
            "message_thread_id": number_of(delivery.topic),
        }
        try:
            await self._call(method, params, idempotent=True)
        except Refused as error:
            if not _says(error, "topic_not_modified"):
                raise
        except NoThreads as error:
            raise ThreadLost(str(error)) from error
        return ()

    # -- a hint

    async def writing(self, chat: str, topic: str) -> None:
        params: Json = {"chat_id": number_of(chat), "action": "typing"}
        if topic:
            params["message_thread_id"] = number_of(topic)
        await self._call("sendChatAction", params, idempotent=True)

    # -- letting people in ----------------------------------------------------------

    async def _invite(self, delivery: Delivery) -> tuple[str, ...]:
        """Its address. One that was made and got lost on the way expires unused."""
        outgoing = delivery.outgoing
        params: Json = {"chat_id": number_of(outgoing.to.chat), "member_limit": 1}
        if name := topic_name(str(outgoing.text))[:MAX_LINK_NAME]:
            params["name"] = name
        if outgoing.until is not None:
            params["expire_date"] = int(outgoing.until.timestamp())
        link = await self._call("createChatInviteLink", params, door=True)
        return (str(link["invite_link"]),)

    async def _decide(self, method: str, delivery: Delivery) -> tuple[str, ...]:
        """Whoever is in the group already is let in, too."""
        for account in delivery.targets:
            params = {
                "chat_id": number_of(delivery.outgoing.to.chat),
                "user_id": number_of(account),
            }
            try:
                await self._call(method, params, door=True)
            except Refused as error:
                if not _says(error, "user_already_participant"):
                    raise
        return delivery.targets

    # -- files --------------------------------------------------------------------

    async def fetch(self, remote: str, into: BinaryIO, limit: int) -> None:
        try:
            file = await self._call("getFile", {"file_id": remote}, idempotent=True)
        except Refused as error:
            if not _says(error, "file is too big"):
                raise
            raise Refused("Die Datei ist zu groß: Telegram gibt höchstens 20 MB heraus.") from error
        too_large = f"Die Datei ist zu groß: Es gehen höchstens {limit / 2**20:.0f} MB."
        path, size = file.get("file_path"), file.get("file_size")
        if isinstance(size, int) and size > limit:
            raise Refused(too_large)
        if not path:
            raise TryLater("no path yet")
        try:
            await self._api.download(path, into, limit)
        except TooLarge:
            raise Refused(too_large) from None
        except Gone:
            raise TryLater("the path is no longer valid") from None
        except TelegramError as error:
            raise failure(error, idempotent=True) from None


def _target(delivery: Delivery, target: str) -> Json:
    return {"chat_id": number_of(delivery.outgoing.to.chat), "message_id": number_of(target)}


def _says(error: Refused, words: str) -> bool:
    return words in str(error).lower()


def _reaction(text: str) -> str:
    """As Telegram writes it: a heart, for example, without the sign for „in colour“."""
    emoji = text.strip()
    return emoji if "\u200d" in emoji else emoji.replace("\ufe0f", "")


def _message_ids(result: Any) -> list[str]:
    return [str(message["message_id"]) for message in _messages(result)]


def _messages(result: Any) -> list[Json]:
    messages = result if isinstance(result, list) else [result]
    return [m for m in messages if isinstance(m, dict) and "message_id" in m]
