"""Files that Telegram holds already, so that many people can get one without sending it anew."""

from dataclasses import replace

from bot.channels.base import Attached, Delivery
from bot.channels.telegram.transport import Json
from handlers.message import FileKind

MOST = 1000  # files remembered; the rest is sent once more


class Uploaded:
    """What Telegram calls files that we sent it. Lost at a restart, which costs an upload."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[FileKind, str]] = {}

    def named(self, delivery: Delivery) -> Delivery:
        """The delivery, with Telegram's names for its files as far as they are known."""
        if not any(file.id in self._names for file in delivery.files):
            return delivery
        return replace(delivery, files=tuple(map(self._named, delivery.files)))

    def _named(self, file: Attached) -> Attached:
        # A picture that went out as a document can only go out as one again.
        kind, name = self._names.get(file.id, (file.kind, file.remote))
        return replace(file, kind=kind, remote=name)

    def learn(self, delivery: Delivery, messages: list[Json]) -> None:
        """Keep what Telegram called the files of a delivery, from the messages that arrived."""
        held = [found for message in messages if (found := _held(message))]
        # One name for each file, or we cannot tell which is whose.
        if len(held) != len(delivery.files) + len(delivery.outgoing.inline):
            return
        for file, name in zip(delivery.files, held, strict=False):
            if file.id and not file.remote and len(self._names) < MOST:
                self._names[file.id] = name

    def forget(self, delivery: Delivery) -> None:
        for file in delivery.files:
            self._names.pop(file.id, None)


def _held(message: Json) -> tuple[FileKind, str] | None:
    """The kind of the one file of a message and Telegram's name for it."""
    if sizes := message.get("photo"):
        return FileKind.PHOTO, str(sizes[-1]["file_id"])
    for kind in (FileKind.DOCUMENT, FileKind.VIDEO, FileKind.AUDIO, FileKind.VOICE):
        if found := message.get(kind.value):
            return kind, str(found["file_id"])
    return None
