"""The German dictionary: which words there are, and what they are forms of.

simplemma brings it packed, and unpacking takes half a second and 20 MB at every start.
So it is unpacked once for an installation, into a file that is read where it lies:
`make install` does that, else whoever asks first. The file holds nothing of people,
may be deleted at any time and comes back by itself.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import zlib
from functools import cache
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from threading import Lock
from typing import Protocol

from marisa_trie import BytesTrie

from knowledge.kept import folders

# Where simplemma has what it brings. Asking for its version would cost 2 MB for good.
_PACKED = Path("strategies", "dictionaries", "data", "de.plzma")
_PATIENCE = 60  # seconds; it takes two


class Dictionary(Protocol):
    """Words as they are spelt, nouns with a capital, each with its basic form."""

    def get(self, key: str, /) -> str | None:
        """The basic form of a word; None for a word that German does not have."""


def dictionary() -> Dictionary:
    """The one of this process, from any thread."""
    with _loading:
        return _loaded()


def prepare() -> Path | None:
    """Unpack it unless that is done; None where nothing can be written.

    Runs in a process of its own, which takes the memory for it along when it ends.
    """
    if found := _prepared():
        return found
    command = [sys.executable, "-m", "knowledge.dictionary"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        here = Path(__file__).parents[1]
        subprocess.run(command, cwd=here, check=False, timeout=_PATIENCE)  # noqa: S603
    return _prepared()


class _Unpacked:
    def __init__(self, path: Path) -> None:
        self._forms = BytesTrie().mmap(str(path))

    def get(self, key: str, /) -> str | None:
        found = self._forms.get(key)
        if not found:
            return None
        # As a change of the word itself, which needs a third less room than a second word.
        cut, ending = found[0][0], found[0][1:]
        return key[: len(key) - cut] + str(ending, "utf-8")


_loading = Lock()


@cache
def _loaded() -> Dictionary:
    if path := prepare():
        return _Unpacked(path)
    from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

    packed: Dictionary = LOW_MEMORY_DICTIONARY_FACTORY.get_dictionary("de")
    return packed


def _prepared() -> Path | None:
    return next((path for folder in folders() if (path := folder / _name()).is_file()), None)


@cache
def _name() -> str:
    """Of the unpacked file: another dictionary is another file."""
    checksum = 0
    simplemma = find_spec("simplemma")
    with contextlib.suppress(OSError):
        if simplemma and simplemma.origin:
            checksum = zlib.crc32((Path(simplemma.origin).parent / _PACKED).read_bytes())
    return f"deutsch-{checksum:08x}.marisa"


def _unpack() -> None:
    from simplemma.strategies.dictionaries import DefaultDictionaryFactory

    packed = DefaultDictionaryFactory().get_dictionary("de")
    forms = BytesTrie((word, _change(word, form)) for word, form in packed.items())
    for folder in folders():
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            # Whoever looks meanwhile finds all of it or nothing.
            with tempfile.TemporaryDirectory(dir=folder) as half:
                made = Path(half) / _name()
                forms.save(str(made))
                os.replace(made, folder / made.name)
            return


def _change(word: str, form: str) -> bytes:
    """How many letters of the word to cut off, and what to put there."""
    pairs = zip(word, form, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return bytes([len(word) - same]) + form[same:].encode()


if __name__ == "__main__" and not _prepared():
    _unpack()
