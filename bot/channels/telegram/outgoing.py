"""Our messages as calls of the Bot API.

Pure, apart from asking how large a file is: what will be called is decided
here, and called in `channel`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bot.channels.base import Attached, Delivery, Refused
from bot.channels.telegram.split import MAX_CAPTION, MAX_TEXT, split, units, without_marks
from bot.channels.telegram.transport import CALL, TRANSFER, Json, Upload
from handlers.message import Button, FileKind, InlineFile
from handlers.text import Text

MAX_LABEL = 60
SHORT_LABEL = 16  # two of these fit side by side on a narrow telephone
MAX_TITLE = 128
MAX_UPLOAD = 50 * 2**20
MAX_PHOTO = 10 * 2**20
ALBUM = 10

_NO_PREVIEW = {"is_disabled": True}
_ENTITIES = {"bold": "bold", "link": "text_link", "quote": "blockquote"}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/]')
_LINKABLE = ("http://", "https://", "mailto:", "tg://")

# What Telegram takes as that kind; anything else goes as a document.
_TAKES = {
    FileKind.PHOTO: {"image/jpeg", "image/png", "image/webp"},
    FileKind.VIDEO: {"video/mp4"},
    FileKind.AUDIO: {"audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/aac"},
    FileKind.VOICE: {"audio/ogg", "audio/opus", "audio/mpeg", "audio/mp4", "audio/x-m4a"},
    FileKind.STICKER: {"image/webp", "application/x-tgsticker", "video/webm"},
}
_METHODS = {
    FileKind.PHOTO: "sendPhoto",
    FileKind.VIDEO: "sendVideo",
    FileKind.AUDIO: "sendAudio",
    FileKind.DOCUMENT: "sendDocument",
    FileKind.VOICE: "sendVoice",
    FileKind.STICKER: "sendSticker",
}
# Kinds that can be in one album; voices and stickers travel alone.
_ALBUMS = {
    FileKind.PHOTO: "pictures",
    FileKind.VIDEO: "pictures",
    FileKind.AUDIO: "audio",
    FileKind.DOCUMENT: "documents",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Bot API that sends something."""

    method: str
    params: Json
    uploads: tuple[Upload, ...] = ()

    @property
    def within(self) -> float:
        """Seconds it may take."""
        return TRANSFER if self.uploads else CALL


def calls(delivery: Delivery) -> list[Call]:
    """What must be called, in this order, to say it.

    The text stands above the first file if it fits there, else it comes first
    as messages of its own. Buttons are below the last message of the text.
    Raises Refused when there is nothing to say, or a file cannot be sent.
    """
    outgoing = delivery.outgoing
    text = shown(outgoing.text, plain=delivery.plain)
    buttons, addresses = _buttons(outgoing.buttons, plain=delivery.plain)
    text += addresses
    keyboard = keyboard_of(buttons)
    # An album has no room for buttons.
    lonely = bool(keyboard) and not text
    files = [_Sent.of(file, delivery.plain) for file in delivery.files]
    files += [_Sent.made(file) for file in outgoing.inline]
    groups = list(_groups(files, lonely))
    captioned = (
        bool(text and groups)
        and units(text.characters) <= MAX_CAPTION
        and groups[0][0].kind is not FileKind.STICKER
        and not (keyboard and len(groups[0]) > 1)
    )
    parts = [] if captioned else split(text, MAX_TEXT)
    messages = [Call("sendMessage", text_params(part)) for part in parts]
    for number, group in enumerate(groups):
        messages.append(_files_call(group, text if captioned and number == 0 else Text()))
    if not messages:
        raise Refused("message text is empty")
    if keyboard:
        messages[max(len(parts) - 1, 0)].params["reply_markup"] = keyboard
    if delivery.quote and not delivery.plain:
        messages[0].params["reply_parameters"] = {
            "message_id": number_of(delivery.quote),
            "allow_sending_without_reply": True,
        }
    common = where(delivery)
    for message in messages:
        message.params.update(common)
    return messages


def where(delivery: Delivery) -> Json:
    """The chat, the topic in it, and whether it makes a sound."""
    params: Json = {"chat_id": number_of(delivery.outgoing.to.chat)}
    if delivery.topic:
        params["message_thread_id"] = number_of(delivery.topic)
    if delivery.outgoing.silent:
        params["disable_notification"] = True
    return params


def number_of(name: str) -> int:
    """An id as Telegram wants it. Raises Refused if it is none of Telegram's."""
    try:
        return int(name)
    except ValueError:
        raise Refused("no Telegram id") from None


# --- text --------------------------------------------------------------------------


def shown(text: Text, *, plain: bool = False) -> Text:
    """The text without what could not even be sent, and in plain form without its marks."""
    if text.characters.isascii():
        clean = text
    else:
        # Half an emoji is no character, yet JSON can carry it; each becomes a "?".
        characters = text.characters.encode("utf-8", "replace").decode("utf-8")
        clean = Text(characters=characters, marks=text.marks)
    return without_marks(clean) if plain else clean


def topic_name(title: str) -> str:
    name = " ".join(shown(Text(characters=title)).characters.split())
    return name[:MAX_TITLE].strip() or "–"


def text_params(text: Text) -> Json:
    params: Json = {"text": text.characters, "link_preview_options": _NO_PREVIEW}
    if text.marks and (marked := entities(text)):
        params["entities"] = marked
    return params


def caption_params(text: Text) -> Json:
    if not text:
        return {}
    params: Json = {"caption": text.characters}
    if text.marks and (marked := entities(text)):
        params["caption_entities"] = marked
    return params


def entities(text: Text) -> list[Json]:
    """The marks as Telegram counts: in UTF-16 units."""
    characters = text.characters
    found: list[Json] = []
    for mark in sorted(text.marks, key=lambda mark: (mark.start, -mark.end)):
        start, end = max(mark.start, 0), min(mark.end, len(characters))
        url = mark.url or ""
        if start >= end or (mark.kind == "link" and not url.lower().startswith(_LINKABLE)):
            continue
        entity: Json = {
            "type": _ENTITIES[mark.kind],
            "offset": units(characters[:start]),
            "length": units(characters[start:end]),
        }
        if mark.kind == "link":
            entity["url"] = url
        found.append(entity)
    return found


# --- buttons -----------------------------------------------------------------------


def keyboard_of(buttons: Sequence[Button]) -> Json | None:
    """One button a row, but two short ones side by side."""
    rows: list[list[Json]] = []
    room = False  # in the last row, beside a short one
    for button in buttons:
        label = _label(button.label)
        target = {"url": button.url} if button.url else {"callback_data": button.action}
        if not label or not (button.url or button.action):
            continue
        short = len(label) <= SHORT_LABEL
        if room and short:
            rows[-1].append({"text": label, **target})
            room = False
        else:
            rows.append([{"text": label, **target}])
            room = short
    return {"inline_keyboard": rows} if rows else None


def _label(label: str) -> str:
    label = " ".join(label.encode("utf-8", "replace").decode("utf-8").split())
    if len(label) <= MAX_LABEL:
        return label
    kept = str(split(Text(characters=label), MAX_LABEL - 2)[0])
    return kept.rstrip(" ,;:–-") + " …"


def _buttons(buttons: Sequence[Button], *, plain: bool) -> tuple[Sequence[Button], Text]:
    """In plain form a page to open is an address in the text: Telegram may refuse the button."""
    if not plain:
        return buttons, Text()
    lines = [f"\n\n{button.label}: {button.url}" for button in buttons if button.url]
    return [button for button in buttons if not button.url], Text(characters="".join(lines))


# --- files -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sent:
    """A file as it will be sent: by Telegram's own name, or what it holds."""

    kind: FileKind
    name: str
    mime: str
    remote: str = ""
    content: Path | bytes | None = None

    @classmethod
    def of(cls, file: Attached, plain: bool) -> "_Sent":
        """By Telegram's own name if it has one; in plain form rather anew, as a document."""
        if file.remote and not (plain and file.path):
            return cls(file.kind, file.name, file.mime, remote=file.remote)
        size = _size(file)
        if size > MAX_UPLOAD:
            raise Refused("Die Datei ist zu groß: Telegram nimmt höchstens 50 MB.")
        fits = file.mime in _TAKES.get(file.kind, ()) and not plain
        if file.kind is FileKind.PHOTO and size > MAX_PHOTO:
            fits = False
        kind = file.kind if fits else FileKind.DOCUMENT
        return cls(kind, file.name, file.mime, content=file.path)

    @classmethod
    def made(cls, file: InlineFile) -> "_Sent":
        return cls(FileKind.DOCUMENT, file.name, file.mime, content=file.text.encode())

    def upload(self, field: str) -> Upload | None:
        if self.content is None:
            return None
        # Whatever could end the header that carries the name is taken out of it.
        name = _UNSAFE.sub("_", self.name.encode("utf-8", "replace").decode("utf-8"))
        return Upload(
            field,
            self.content,
            name[:100] or self.kind.value,
            self.mime or "application/octet-stream",
        )


def _size(file: Attached) -> int:
    try:
        size = file.path.stat().st_size if file.path else 0
    except OSError:
        size = 0
    if not size:
        raise Refused("Die Datei fehlt oder ist leer.")
    return size


def _groups(files: Sequence[_Sent], lonely: bool) -> Iterator[list[_Sent]]:
    """Neighbours that can be one album, ten at the most."""
    for album, members in groupby(files, key=lambda file: _ALBUMS.get(file.kind)):
        together = list(members)
        size = ALBUM if album and not lonely else 1
        yield from (together[i : i + size] for i in range(0, len(together), size))


def _files_call(group: list[_Sent], caption: Text) -> Call:
    if len(group) == 1:
        [file] = group
        upload = file.upload(file.kind.value)
        params = caption_params(caption) | ({} if upload else {file.kind.value: file.remote})
        return Call(_METHODS[file.kind], params, (upload,) if upload else ())
    media: list[Json] = []
    uploads: list[Upload] = []
    for number, file in enumerate(group):
        upload = file.upload(f"file{number}")
        if upload:
            uploads.append(upload)
        source = f"attach://{upload.field}" if upload else file.remote
        # Telegram shows the first caption as that of the whole album.
        media.append(
            {"type": file.kind.value, "media": source}
            | (caption_params(caption) if number == 0 else {})
        )
    return Call("sendMediaGroup", {"media": media}, tuple(uploads))
