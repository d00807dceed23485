"""Logs: ids and outcomes, never words, names or tokens."""

import logging
import sys
from typing import Literal

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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        cache_logger_on_first_use=True,
    )
