"""What `hotline ask` does for one question, in this process: find it and put it into words."""

import time

from bot.ask import knowledge, result
from bot.settings import Settings
from tests.bench.figures import Figure, share
from tests.bench.questions import mixed
from tests.bench.size import Size


def asking(size: Size) -> list[Figure]:
    known, settings = knowledge(None, None), Settings()
    questions = mixed(size.questions)
    rounds = []
    for _ in range(min(size.rounds, 5)):
        cpu: list[float] = []
        for question in questions:
            before = time.thread_time()
            result(known, question, settings)
            cpu.append(time.thread_time() - before)
        rounds.append(cpu)
    name = "asking"
    figures = [
        Figure(name, label, "ms", tuple(1000 * share(cpu, of) for cpu in rounds), target=target)
        for label, of, target in (("p50", 0.5, None), ("p99", 0.99, 5.0), ("slowest", 1.0, None))
    ]
    return [*figures, Figure(name, "different questions", "", (len(set(questions)),))]
