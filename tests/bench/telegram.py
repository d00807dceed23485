"""Answers through Telegram, against a bot that only repeats what it hears.

Both get their own town (the fake Bot API in a process of its own, no limits, no
latency), and they take turns, because this machine is seldom ours alone. The
hotline works as shipped, with a flush to the disk for what it promises;
everybody is known to it already, so that the notice for newcomers counts nowhere.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.figures import Figure, share
from tests.bench.processes import Process, TownProcess, echo, hotline, town
from tests.bench.questions import asked
from tests.bench.size import Size

SILENCE = 0.7  # seconds; then everybody has been greeted, and has read the notice
READING = 0.03  # seconds in which somebody alone looks at an answer before asking on


@dataclass(frozen=True, slots=True)
class Competitor:
    process: Process
    town: TownProcess


@dataclass(frozen=True, slots=True)
class Round:
    per_second: float
    cpu: float  # seconds of work for each answer
    waits: list[float]


@contextmanager
def competitors(size: Size) -> Iterator[tuple[Competitor, Competitor]]:
    """The hotline and the echo, both warm."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        towns = [stack.enter_context(town(asked())) for _ in range(2)]
        ours = Competitor(stack.enter_context(hotline(towns[0], data)), towns[0])
        theirs = Competitor(stack.enter_context(echo(towns[1])), towns[1])
        for each in (ours, theirs):
            each.town.do("greet", people=size.people, silence=SILENCE)
            each.town.do("ask", people=size.people, seconds=size.seconds)
        yield ours, theirs


def play(competitor: Competitor, **how: Any) -> Round:
    before = competitor.process.cpu
    played = competitor.town.do("ask", **how)
    cpu = competitor.process.cpu - before
    if played["delivered"] != played["said"]:
        raise RuntimeError(f"{played['said']} questions, {played['delivered']} answers")
    return Round(
        per_second=played["answered"] / played["seconds"],
        cpu=cpu / max(1, played["delivered"]),
        waits=played["waits"],
    )


def crowd(size: Size) -> list[Figure]:
    """Fifty at once, each asking on as soon as there is an answer."""
    name = "crowd"
    how = {"people": size.people, "seconds": size.seconds}
    with competitors(size) as (ours, theirs):
        rounds = [(play(ours, **how), play(theirs, **how)) for _ in range(size.rounds)]
    return [
        Figure(
            name,
            "durable answers a second",
            "×",
            tuple(o.per_second / t.per_second for o, t in rounds),
            baseline="echo",
            target=1.5,
            bound="least",
        ),
        Figure(name, "hotline", "answers/s", tuple(o.per_second for o, _ in rounds)),
        Figure(name, "echo", "answers/s", tuple(t.per_second for _, t in rounds)),
        Figure(
            name,
            "CPU for an answer",
            "×",
            tuple(o.cpu / max(t.cpu, 1e-6) for o, t in rounds),
            baseline="echo",
        ),
        Figure(name, "hotline, CPU for an answer", "ms", tuple(1000 * o.cpu for o, _ in rounds)),
        Figure(name, "echo, CPU for an answer", "ms", tuple(1000 * t.cpu for _, t in rounds)),
        *(
            Figure(
                name, f"hotline, {label}", "ms", tuple(1000 * share(o.waits, of) for o, _ in rounds)
            )
            for label, of in (("p50", 0.5), ("p99", 0.99))
        ),
    ]


def alone(size: Size) -> list[Figure]:
    """One person, who reads a little before asking on; and one who does not."""
    name = "alone"
    figures = []
    with competitors(size) as (ours, theirs):
        for pace, pause in (("reading", READING), ("at once", 0.0)):
            how = {"people": 1, "seconds": size.seconds, "pause": pause}
            rounds = [
                (median(play(ours, **how).waits), median(play(theirs, **how).waits))
                for _ in range(size.rounds)
            ]
            figures += [
                Figure(
                    name,
                    f"p50, asking on {pace}" if not pause else f"p50, {pace} first",
                    "×",
                    tuple(o / t for o, t in rounds),
                    baseline="echo",
                    target=1.5,
                ),
                Figure(name, "hotline", "ms", tuple(1000 * o for o, _ in rounds)),
                Figure(name, "echo", "ms", tuple(1000 * t for _, t in rounds)),
            ]
    return figures
