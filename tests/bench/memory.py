"""How much memory ten thousand messages leave behind."""

import tempfile
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.processes import hotline, town
from tests.bench.questions import asked
from tests.bench.size import Size
from tests.bench.telegram import SILENCE


def memory(size: Size) -> list[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as data,
        town(asked()) as place,
        hotline(place, Path(data)) as process,
    ):
        place.do("greet", people=size.people, silence=SILENCE)
        place.do("ask", people=size.people, answers=size.messages // 10)
        early = process.memory()
        place.do("ask", people=size.people, answers=size.messages - size.messages // 10)
        late, peak = process.memory(), process.memory("VmHWM")
    count = size.messages
    return [
        Figure("memory", f"after {count} messages", "MB", (late,), target=120),
        Figure("memory", "the most there was", "MB", (peak,), target=120),
        Figure("memory", f"after {count // 10} messages", "MB", (early,)),
    ]
