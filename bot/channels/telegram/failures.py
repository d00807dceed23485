"""What Telegram's refusals mean to the courier.

The order matters: for python-telegram-bot a `BadRequest` is a `NetworkError`,
yet the one is final and the other passes.
"""

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    TelegramError,
)

from bot.channels.base import (
    DeliveryError,
    Missing,
    Moved,
    NotAllowed,
    NoThreads,
    Refused,
    SlowDown,
    ThreadLost,
    TryLater,
    Uncertain,
    Unreachable,
)
from bot.channels.telegram.transport import (
    FileUnreadable,
    NoAnswer,
    NotSent,
    ServerTrouble,
    Throttled,
)

_THREAD_LOST = ("thread not found", "topic_deleted", "topic_closed", "topic_id_invalid")
_NO_THREADS = (
    "not a forum",
    "not enough rights to create a topic",
    "not enough rights to manage",
    "chat_admin_required",
    "method is available only for supergroups",
    "method is available for supergroup",
)
_NOT_ALLOWED = (
    "rights to manage chat invite link",
    "rights to manage chat join requests",
    "chat_admin_required",
)
_NOBODY_KNOCKS = ("hide_requester_missing", "user_id_invalid", "can't have join requests")
_UNREACHABLE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "peer_id_invalid",
    "input_user_deactivated",
    "chat_write_forbidden",
    "have no rights to send",
    "not enough rights to send",
    "group chat was deactivated",
)


def is_token_refused(error: TelegramError) -> bool:
    """Telegram does not know the token. Also 404, but not for a method it does not know."""
    return isinstance(error, InvalidToken) and "method not found" not in error.message.lower()


def failure(error: TelegramError, *, idempotent: bool = False) -> DeliveryError:
    """The same failure in the courier's words.

    What may have been done although no answer came is uncertain, unless doing
    it twice is the same as doing it once.
    """
    words = error.message
    match error:
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case Throttled():
            return SlowDown(error.seconds)
        case Forbidden():
            return Unreachable(words)
        case InvalidToken():
            return TryLater("token refused") if is_token_refused(error) else Refused(words)
        case NotSent() | ServerTrouble() | Conflict():
            return TryLater(words)
        case NoAnswer():
            return TryLater(words) if idempotent else Uncertain(words)
        case FileUnreadable():
            return Refused("Die Datei fehlt oder ist nicht lesbar.")
        case BadRequest():
            return _bad_request(words)
        case _:
            return Refused(words)


def at_the_door(error: TelegramError) -> DeliveryError:
    """The same for inviting somebody and for letting them in, which may be done twice."""
    words = error.message.lower()
    if isinstance(error, BadRequest) and any(sign in words for sign in _NOT_ALLOWED):
        return NotAllowed(error.message)
    if isinstance(error, BadRequest) and any(sign in words for sign in _NOBODY_KNOCKS):
        return Missing(error.message)
    return failure(error, idempotent=True)


def _bad_request(words: str) -> DeliveryError:
    lower = words.lower()
    if any(sign in lower for sign in _THREAD_LOST):
        return ThreadLost(words)
    if any(sign in lower for sign in _NO_THREADS):
        return NoThreads(words)
    if any(sign in lower for sign in _UNREACHABLE):
        return Unreachable(words)
    return Refused(words[:200])
