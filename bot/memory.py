"""Memory that the C library would keep for later. Only glibc is told; elsewhere it stays."""

import contextlib
import ctypes

# Of <malloc.h>.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE = 1 << 20  # bytes
_SPARE = 4 << 20


def be_frugal() -> None:
    """From now on large pieces go back to the system as soon as nobody needs them.

    Left to itself glibc takes each large piece as a sign to keep such ones at hand. While
    content is read and indexed that adds up to 15 MB.
    """
    with contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        # Setting the one ends the other's growth, too, and then it is too small for our turns.
        library.mallopt(_M_TRIM_THRESHOLD, _SPARE)
        # One heap for all threads: of ours mostly one works at a time.
        library.mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """What is free by now between pieces in use."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
