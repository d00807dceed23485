"""From `hotline serve` to the first answer, with a question waiting since before the start."""

import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.processes import Process, TownProcess, echo, hotline, town
from tests.bench.questions import asked
from tests.bench.size import Size

Start = Callable[[TownProcess], AbstractContextManager[Process]]


def starting(size: Size) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        data = iter(Path(folder) / str(number) for number in range(size.starts))
        rounds = [
            (_first_answer(lambda place: hotline(place, next(data))), _first_answer(echo))
            for _ in range(size.starts)
        ]
    name = "starting"
    return [
        Figure(name, "start to first answer", "s", tuple(o[0] for o, _ in rounds), target=2),
        Figure(name, "hotline, CPU until then", "s", tuple(o[1] for o, _ in rounds)),
        Figure(name, "start to first answer", "×", tuple(o[0] / t[0] for o, t in rounds), "echo"),
        Figure(name, "echo", "s", tuple(t[0] for _, t in rounds)),
    ]


def _first_answer(start: Start) -> tuple[float, float]:
    """Seconds by the clock on the wall, and of work."""
    with town(asked()) as place:
        place.do("write", people=1)
        began = time.monotonic()
        with start(place) as process:
            place.do("first")
            return time.monotonic() - began, process.cpu
