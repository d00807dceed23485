"""Content that was read and indexed by a process of its own.

Reading and indexing take a second, 40 MB and the interpreter for themselves. So another
process does that and writes one file, which is read where it lies: whoever serves pays
neither memory nor time for it, while it starts or while content changes.

What curated files say is kept beside the dictionary for the next start, by a checksum of
these files and of the engine: a changed file is another one. What the store adds to them
is never kept. A file may be deleted at any time and comes back by itself, a damaged one is
made anew, and where none can be written or started everything is done right here.
"""

import contextlib
import copyreg
import hashlib
import mmap
import os
import pickle
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
import pydantic

from knowledge.index import Built, Index, Indexed
from knowledge.kept import folders
from knowledge.load import ContentError, load, shipped
from knowledge.models import Synonyms
from knowledge.search import Knowledge
from knowledge.semantic import Models

# Of smaller content, in bytes or letters, nobody notices what it takes.
WORTH_IT = 300_000
_PATIENCE = 120  # seconds; it takes two
_KEPT = 4  # files: the content as it is and as it was, here and in a second hotline
_FORGOTTEN = 3600.0  # seconds after which a half-written file has nobody to end it
_HALF = "halb-"  # how the folder begins in which a file is written
_ENGINE = Path(__file__).parent
_PROGRAM = ("*.py", "*.npy", "*.marisa")  # what of it decides how things are indexed


def known(folder: Path, models: Models | None = None) -> Knowledge:
    """Everything that a content folder holds; raises `ContentError` with every problem."""
    key = _key(folder)
    found = key and (_kept(_name(key)) or _made_and_kept(folder, key))
    if found:
        library, built = found
        return Knowledge(library, models, build=index, built=built)
    return Knowledge(load(folder), models, build=index)


def index(items: Sequence[Indexed], synonyms: Synonyms) -> Built:
    """An index of any items."""
    letters = sum(len(text) for item in items for text in (*item.phrases, item.body))
    built: Built | None = _made((tuple(items), synonyms)) if letters > WORTH_IT else None
    return built or Built.of(items, synonyms)


# -- files -----------------------------------------------------------------------------


class _Damaged(Exception):
    """A file does not hold what was written to it."""


def _name(key: str) -> str:
    return f"wissen-{key[:32]}.index"


def _key(folder: Path) -> str:
    """Of all that decides what is known; nothing if that is not worth it, or not to be read."""
    digest = hashlib.sha256(f"{sys.version} {np.__version__} {pydantic.VERSION}".encode())
    try:
        if sum(file.stat().st_size for file in _content(folder)) < WORTH_IT:
            return ""
        # Texts that a folder does not have are those of the shipped content.
        for root, files in (
            (_ENGINE, sorted(file for kind in _PROGRAM for file in _ENGINE.glob(kind))),
            (shipped(), _content(shipped())),
            (folder, _content(folder)),
        ):
            for file in files:
                data = file.read_bytes()
                name = file.relative_to(root).as_posix()
                digest.update(f"{name}\0{len(data)}\n".encode() + data)
            digest.update(b"\n")
    except OSError:
        return ""
    return digest.hexdigest()


def _content(folder: Path) -> list[Path]:
    return sorted(folder.glob("**/*.y*ml"))


def _kept(name: str) -> Any:
    """What an earlier process kept under this name, or None."""
    for folder in folders():
        with contextlib.suppress(OSError, _Damaged), (folder / name).open("rb") as file:
            if not _trusted(file):
                continue
            found = _read(file)
            with contextlib.suppress(OSError):
                os.utime(folder / name)  # so that it is seen to be in use
            return found
    return None


def _trusted(file: BinaryIO) -> bool:
    """Whether only those could write it who could change the program as well."""
    if not hasattr(os, "geteuid"):
        return True
    state = os.fstat(file.fileno())
    trusted = {0, os.geteuid(), Path(__file__).stat().st_uid}
    return state.st_uid in trusted and not state.st_mode & 0o022


def _made(request: object) -> Any:
    """What a process of its own makes of a request, or None. Nothing of it is kept."""
    with contextlib.suppress(OSError), tempfile.TemporaryFile() as file:
        return _ordered(request, file)
    return None


def _made_and_kept(content: Path, key: str) -> Any:
    """The same for a content folder. It is kept if the folder did not change meanwhile."""
    name = _name(key)
    for folder in folders():
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=_HALF, dir=folder) as half:
                made = Path(half) / name
                with made.open("x+b") as file:
                    found = _ordered(content, file)
                if found and _key(content) == key:
                    # Whoever looks meanwhile finds all of it or nothing.
                    with contextlib.suppress(OSError):
                        made.replace(folder / name)
                        _tidy(folder, folder / name)
            return found
    return None


def _ordered(request: object, file: BinaryIO) -> Any:
    command = [sys.executable, "-c", "from knowledge import prepared; prepared.serve()"]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=_ENGINE.parent,
            input=pickle.dumps(request),
            stdout=file,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=_PATIENCE,
        )
        return _read(file) if done.returncode == 0 else None
    except (OSError, subprocess.SubprocessError, _Damaged):
        return None


def _tidy(folder: Path, latest: Path) -> None:
    """Only the latest files stay, and nothing half-written that was given up."""
    age = {file: file.stat().st_mtime for file in folder.glob(_name("*"))}
    for file in sorted(age, key=age.__getitem__)[:-_KEPT]:
        file.unlink(missing_ok=True)
    for half in folder.glob(f"{_HALF}*"):
        if latest.stat().st_mtime - half.stat().st_mtime > _FORGOTTEN:
            shutil.rmtree(half, ignore_errors=True)


# -- how a file is written ---------------------------------------------------------------


def _mapping(items: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(items)


copyreg.pickle(MappingProxyType, lambda mapping: (_mapping, (dict(mapping),)))

# A checksum of the rest and how many parts there are; then their lengths, then they.
_HEAD = struct.Struct("<4sIQ")
_MARK = b"WIS1"
_ALIGNED = 64  # bytes: where arrays like to begin


def _write(found: object, file: BinaryIO) -> None:
    """The arrays lie outside of the rest, so that they can be used without reading them."""
    arrays: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(found, protocol=5, buffer_callback=arrays.append)
    parts = [memoryview(rest), *(array.raw() for array in arrays)]
    pieces: list[bytes | memoryview] = [struct.pack(f"<{len(parts)}Q", *map(len, parts))]
    place = _HEAD.size + len(pieces[0])
    for part in parts:
        gap = bytes(-place % _ALIGNED)
        pieces += [gap, part]
        place += len(gap) + len(part)
    file.write(_HEAD.pack(_MARK, _sum(pieces), len(parts)))
    file.writelines(pieces)
    file.flush()


def _read(file: BinaryIO) -> Any:
    """What was written; its arrays are those of the file. Raises `_Damaged` or OSError."""
    file.seek(0)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise _Damaged
    mark, checksum, number = _HEAD.unpack(head)
    if mark != _MARK or checksum != _sum(iter(lambda: file.read(1 << 18), b"")):
        raise _Damaged
    file.seek(_HEAD.size)
    lengths = struct.unpack(f"<{number}Q", file.read(8 * number))
    places, place = [], file.tell()
    for length in lengths:
        place += -place % _ALIGNED
        places.append(place)
        place += length
    file.seek(places[0])
    rest = file.read(lengths[0])  # not from the mapping, where it would stay in memory
    view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    arrays = [view[start : start + long] for start, long in zip(places, lengths, strict=True)][1:]
    try:
        return pickle.loads(rest, buffers=arrays)  # noqa: S301 - see `_trusted`
    except (AttributeError, ImportError, LookupError, TypeError, ValueError) as error:
        raise _Damaged from error


def _sum(pieces: Iterable[bytes | memoryview]) -> int:
    total = 0
    for piece in pieces:
        total = zlib.crc32(piece, total)
    return total


def serve() -> None:
    """The process of its own: a request comes in, what was asked for goes out."""
    request = pickle.load(sys.stdin.buffer)  # noqa: S301 - it is from whoever started us
    found: object
    if isinstance(request, Path):
        try:
            library = load(request)
        except ContentError:
            sys.exit(1)  # whoever asked reads it as well, to see every problem
        found = (library, Built.of(Index.items(library), library.synonyms))
    else:
        found = Built.of(*request)
    _write(found, sys.stdout.buffer)


if __name__ == "__main__":
    known(shipped())
