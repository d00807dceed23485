"""The bytes of people's files, each under an id of ours.

What a file is called and what it claims to be decide nothing: the name is
shown and never used as a path, the type is read from the bytes. Files are
never unpacked. Of pictures only what can be seen is kept.
"""

import asyncio
import os
import re
import zipfile
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

LIMIT = 20 * 1024 * 1024  # what Telegram lets a bot fetch; the same for everybody
ENTRIES = 5_000  # files in an office document; a workbook with 300 sheets stays below

Reason = Literal["too_big", "type", "empty", "picture"]

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

_PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic"}
_AS_IT_IS = {
    "application/pdf",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/x-wav",
    "video/mp4",
    "video/webm",
    "video/quicktime",
}

_OOXML = "application/vnd.openxmlformats-officedocument."
_OFFICE = {
    "word/document.xml": _OOXML + "wordprocessingml.document",
    "xl/workbook.xml": _OOXML + "spreadsheetml.sheet",
    "ppt/presentation.xml": _OOXML + "presentationml.presentation",
}
_ODF = {
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
}
# Installers and old office files share one container; what is inside tells them apart.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
}
# A browser that guesses takes these for a page, whatever else they are.
_MARKUP = re.compile(rb"\s*<\s*(!|\?|[a-zA-Z])")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


class FileRefused(Exception):
    """We do not take this file; `reason` names the sentence that says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Kept:
    """What a file turned out to be."""

    mime: str
    size: int


class Cupboard:
    """A folder that nobody else may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        # Kept by this process and perhaps not yet in the store: a sweep that
        # starts in between must not take them for leftovers.
        self._fresh: set[str] = set()
        # A picture needs up to 200 MB while it is written anew; one at a time.
        self._examining = asyncio.Lock()

    def path(self, file_id: str) -> Path:
        """Where the bytes of a file lie, if they do. ValueError for what is no id of ours."""
        if not _ID.fullmatch(file_id):
            raise ValueError("not an id of a file")
        return self._folder / file_id

    async def keep(self, file_id: str, chunks: AsyncIterator[bytes], name: str) -> Kept:
        """Take in a file; it is on the disk when this returns.

        `name` is only asked whether a text calls itself a table. Raises
        `FileRefused`, and nothing of the file stays.
        """
        final = self.path(file_id)
        part = final.with_name(f"{file_id}.part")
        self._fresh.add(file_id)
        try:
            await self._write(part, chunks)
            async with self._examining:
                kept = await asyncio.to_thread(_examine, part, name)
            await asyncio.to_thread(_settle, part, final)
        except BaseException:
            part.unlink(missing_ok=True)
            self._fresh.discard(file_id)
            raise
        return kept

    async def _write(self, part: Path, chunks: AsyncIterator[bytes]) -> None:
        size = 0
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > LIMIT:
                    raise FileRefused("too_big")
                await asyncio.to_thread(file.write, chunk)
        if size == 0:
            raise FileRefused("empty")

    def remove(self, ids: Iterable[str]) -> None:
        """Their bytes are gone for good."""
        for file_id in ids:
            self.path(file_id).unlink(missing_ok=True)
            self._fresh.discard(file_id)

    def sweep(self, known: Collection[str]) -> int:
        """Delete what a crash left behind: half a file, or one the store never heard of."""
        # Looked at first: what arrives from now on is none of our business.
        lying = list(self._folder.iterdir())
        self._fresh.difference_update(known)
        keep = set(known) | self._fresh
        gone = 0
        for path in lying:
            if path.name.removesuffix(".part") not in keep:
                path.unlink(missing_ok=True)
                gone += 1
        return gone


def _settle(part: Path, final: Path) -> None:
    """Give the file its name once its bytes are on the disk, and then keep the name, too."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _examine(part: Path, name: str) -> Kept:
    mime = _type(part, name)
    if mime in _PICTURES:
        # Only where somebody sends one: the library takes some room.
        from bot import pictures

        try:
            pictures.clean(part, mime)
        except pictures.Unfit:
            raise FileRefused("picture") from None
    return Kept(mime, part.stat().st_size)


def _type(part: Path, name: str) -> str:
    with part.open("rb") as file:
        head = file.read(8192)
    if head.startswith(_OLE):
        return _ole_type(part)
    if head.startswith(b"PK\x03\x04"):
        return _zip_type(part)
    import filetype  # a file for every kind, and few people send any

    guess = filetype.guess_mime(head)
    if guess in _AS_IT_IS or guess in _PICTURES:
        return str(guess)
    # Magic numbers are short: a text that begins with "BM" is no bitmap.
    return _text_type(part, name)


def _ole_type(part: Path) -> str:
    content = part.read_bytes()
    for stream, mime in _OLE_STREAMS.items():
        if (stream + "\0").encode("utf-16-le") in content:
            return mime
    raise FileRefused("type")


def _zip_type(part: Path) -> str:
    """Which office document it is, told by the list of its contents."""
    try:
        with zipfile.ZipFile(part) as archive:
            names = archive.namelist()
            first = archive.infolist()[0] if names else None
            if len(names) > ENTRIES or any("vbaProject" in name for name in names):
                raise FileRefused("type")
            if "[Content_Types].xml" in names:
                for name, mime in _OFFICE.items():
                    if name in names:
                        return mime
            if first and first.filename == "mimetype" and first.file_size < 100:
                mime = archive.read(first).decode("ascii", "replace")
                if mime in _ODF:
                    return mime
    except (zipfile.BadZipFile, NotImplementedError, ValueError, RuntimeError, OSError):
        raise FileRefused("type") from None
    raise FileRefused("type")


def _text_type(part: Path, name: str) -> str:
    content = part.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if _CONTROL.search(content) or _MARKUP.match(content):
        raise FileRefused("type")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        try:
            content.decode("cp1252")  # what German spreadsheets still write
        except UnicodeDecodeError:
            raise FileRefused("type") from None
    return "text/csv" if name.lower().endswith(".csv") else "text/plain"
