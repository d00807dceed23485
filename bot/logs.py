"""Logs: ids and outcomes, never words, names or tokens."""

import contextlib
import logging
import sys
from typing import Literal, TextIO, cast

import structlog

# These write addresses with the token in them, or what people asked for.
_TALKATIVE = (
    "aiohttp",
    "aiosqlite",
    "asyncio",
    "filelock",
    "httpcore",
    "httpx",
    "multipart",
    "python_multipart",
    "telegram",
    "uvicorn.access",
    "uvicorn.error",
)


class _Forgiving:
    """Where lines go. One that cannot be written is lost, and the work goes on.

    When whoever reads our standard error is gone, a log line must not be what stops a
    transaction half-way.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return self._stream.write(line)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def set_up(level: str = "INFO", form: Literal["text", "json"] = "text") -> None:
    """One line an event, on standard error."""
    logging.basicConfig(level=level, stream=sys.stderr, format="%(message)s", force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Forgiving(sys.stderr))),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        cache_logger_on_first_use=True,
    )
