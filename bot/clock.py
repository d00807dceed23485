"""The two ports to what no test may depend on: the time, and chance.

Nothing else in the program reads a clock or makes random numbers.
"""

import secrets
import time
from datetime import UTC, datetime
from typing import Protocol

from handlers.codes import code_digest, digest

__all__ = ["Clock", "SystemClock", "code", "code_digest", "digest", "secret", "token"]

# Typed by hand from a printed note: no letter that looks like another one.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Clock(Protocol):
    """What time it is. `monotonic` never jumps and only measures durations, in seconds."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float: ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def token() -> str:
    """A new random id of 128 bits, safe in URLs and as the name of a file."""
    return secrets.token_hex(16)


def secret() -> str:
    """A new secret of 192 bits for cookies and links."""
    return secrets.token_urlsafe(24)


def code(groups: int = 6, letters: int = 5) -> str:
    """A new secret that people can read aloud and type; 30 characters are 148 bits."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(letters)) for _ in range(groups)
    )
