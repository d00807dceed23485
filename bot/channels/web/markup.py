"""Text as HTML, and files and times as people read them."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from handlers.hours import BERLIN, day_of
from handlers.text import Mark, Text
from storage.moments import moment

# What stands at the end of a sentence is not part of an address.
_URL = re.compile(r"https?://[^\s<>\"„“”»«]+[^\s<>\"„“”»«.,;:!?)\]}'…]")
_MANY_BREAKS = re.compile(r"\n[ \t]*(?:\n[ \t]*){3,}")
# They change the order in which letters are shown, so that a name or a line
# can pretend to be something else.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

NAME_LENGTH = 64


def html(text: Text) -> Markup:
    """Characters escaped, marks as elements, addresses as links."""
    marks = sorted(text.marks, key=lambda mark: (mark.start, -mark.end))
    return _nested(text.characters, 0, len(text.characters), marks, linked=False)


def words(characters: str) -> Markup:
    """What somebody typed: nothing in it is markup, addresses become links."""
    # Ten thousand empty lines are one way to push everybody else off the page.
    return html(Text(characters=_MANY_BREAKS.sub("\n\n\n", characters)))


def visible(characters: str) -> Markup:
    """As `words`, with the characters that turn writing around made visible."""
    result = Markup()
    position = 0
    for sign in _BIDI.finditer(characters):
        result += words(characters[position : sign.start()])
        result += Markup('<span class="sign">[U+{}]</span>').format(f"{ord(sign.group()):04X}")
        position = sign.end()
    return result + words(characters[position:])


def name(characters: str) -> Markup:
    """Somebody's name, kept from spilling into what stands beside it."""
    shown = " ".join(characters.split())
    if len(shown) > NAME_LENGTH:
        shown = shown[:NAME_LENGTH] + "…"
    return Markup("<bdi>{}</bdi>").format(_BIDI.sub("", shown))


def _nested(
    characters: str, start: int, end: int, marks: Sequence[Mark], *, linked: bool
) -> Markup:
    """Marks inside one another become elements inside one another; overlaps are cut."""
    result = Markup()
    position = start
    rest = list(marks)
    while rest:
        mark = rest.pop(0)
        first, last = max(mark.start, position), min(mark.end, end)
        if first >= last:
            continue
        inside = [other for other in rest if other.start < last]
        rest = [other for other in rest if other.start >= last]
        result += _plain(characters[position:first], linked=linked)
        is_link = mark.kind == "link"
        inner = _nested(characters, first, last, inside, linked=linked or is_link)
        alone = _stands_alone(characters, first, last)
        result += _element(mark, inner, alone=alone, linked=linked)
        position = last
    return result + _plain(characters[position:end], linked=linked)


def _stands_alone(characters: str, first: int, last: int) -> bool:
    """Whether nothing else stands in the same lines."""
    begins = first == 0 or characters[first - 1] == "\n"
    return begins and (last == len(characters) or characters[last] == "\n")


def _element(mark: Mark, inner: Markup, *, alone: bool, linked: bool) -> Markup:
    if mark.kind == "bold":
        return Markup("<strong>{}</strong>").format(inner)
    if mark.kind == "quote":
        element = Markup("<blockquote>{}</blockquote>") if alone else Markup("<q>{}</q>")
        return element.format(inner)
    if mark.url and is_web(mark.url) and not linked:
        return _link(mark.url, inner)
    return inner


def _plain(characters: str, *, linked: bool) -> Markup:
    if linked:
        return escape(characters)
    result = Markup()
    position = 0
    for found in _URL.finditer(characters):
        result += escape(characters[position : found.start()])
        address = found.group()
        result += _link(address, address) if is_web(address) else escape(address)
        position = found.end()
    return result + escape(characters[position:])


def _link(url: str, inner: str) -> Markup:
    return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(
        url, inner
    )


def is_web(url: str) -> bool:
    """Only addresses of the web become links."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


# The first ending is put behind a name that has none of them: what a file is
# opened with at home must fit what it is.
ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
    "application/msword": (".doc",),
    "application/vnd.ms-excel": (".xls",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (".pptx",),
    "application/vnd.oasis.opendocument.text": (".odt",),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
    "application/vnd.oasis.opendocument.presentation": (".odp",),
    "text/plain": (".txt",),
    "text/csv": (".csv",),
    "audio/ogg": (".ogg", ".opus", ".oga"),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a",),
    "audio/x-wav": (".wav",),
    "video/mp4": (".mp4",),
    "video/webm": (".webm",),
    "video/quicktime": (".mov",),
}
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
# What we make ourselves and hand out as what it is; nobody may send us that.
OUR_ENDINGS = {"text/calendar": (".ics",)}


def file_name(given: str) -> str:
    """The name under which somebody sent a file, without folders and tricks."""
    last = PurePosixPath(given.replace("\\", "/")).name
    shown = "".join(sign for sign in _BIDI.sub("", last) if sign.isprintable()).strip()
    if len(shown) > 120:
        stem, dot, ending = shown.rpartition(".")
        shown = stem[:110] + dot + ending if dot and len(ending) < 6 else shown[:120]
    return shown or "Datei"


def download_name(given: str, mime: str) -> str:
    """A name under which the file is opened as what it is."""
    shown = file_name(given)
    endings = (ENDINGS | OUR_ENDINGS).get(mime, (".bin",))
    return shown if shown.lower().endswith(endings) else shown + endings[0]


def size(number: int) -> str:
    """„312 kB“, „4,2 MB“."""
    if number < 1_000_000:
        return f"{max(1, round(number / 1000))} kB"
    return f"{number / 1_000_000:.1f} MB".replace(".", ",")


def clock(at: str, now: datetime) -> str:
    """A stamp from the store as „14:05“, or with its day when that is not today."""
    then = moment(at).astimezone(BERLIN)
    today = day_of(now)
    time = f"{then:%H:%M}"
    if then.date() == today:
        return time
    day = f"{then.day}.{then.month}."
    return f"{day}, {time}" if then.year == today.year else f"{day}{then.year}, {time}"


def since(at: str, now: datetime) -> str:
    """How long something has waited: „seit 3 Stunden“."""
    minutes = int((now - moment(at)).total_seconds() // 60)
    if minutes < 1:
        return "seit eben"
    for number, one, many in (
        (minutes // 1440, "einem Tag", "Tagen"),
        (minutes // 60, "einer Stunde", "Stunden"),
        (minutes, "einer Minute", "Minuten"),
    ):
        if number:
            return f"seit {one}" if number == 1 else f"seit {number} {many}"
    return "seit eben"
