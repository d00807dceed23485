"""How well the engine finds, how fast it is, and how modest.

How well is shown beside the baselines, on two FAQs that are not ours with one
way of asking an entry: on `stadtwerke` the confidence was learned, `hochschule` is
only for reporting. Times are of work (CPU), which can be compared on a busy machine,
and are taken in processes of their own: `python -m tests.bench.engine
ENTRIES QUESTIONS` prints one JSON object.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from bot.evaluate import NOISES, Asked, Question, ask, measure, noisy
from bot.evaluate import questions as questions_of
from knowledge.load import load, shipped
from knowledge.models import Entry
from knowledge.search import Knowledge
from knowledge.semantic import Models, available
from tests.bench.baseline import Baseline, SemanticBaseline
from tests.bench.figures import Figure, share
from tests.bench.generated import FAQS, faq, generated
from tests.bench.processes import ROOT, clean_environment
from tests.bench.questions import mixed
from tests.bench.size import Size

Item = TypeVar("Item")

NAME = "engine"
ROUNDS = 3  # of the timed questions, and of what is built while that is quick
PATIENCE = 300.0  # seconds for a process; the largest FAQ needs a fifth of that
QUICKLY_BUILT = 10_000  # entries


def engine(size: Size) -> list[Figure]:
    return [*quality(size), *speed(size), *memory()]


# -- how well -------------------------------------------------------------------------


def quality(size: Size) -> list[Figure]:
    """Ours on both FAQs, clean and with all noise. The target is what the baseline reaches."""
    figures = []
    models = semantics()
    for name in FAQS:
        entries, queries = faq(name), _some(_queries(name), size.queries)
        rivals = [("", Knowledge.plain(entries), Baseline(entries))]
        if models:
            ours = Knowledge.plain(entries, models)
            rivals.append((" with semantik", ours, SemanticBaseline(entries, models)))
        for noise, asked_for in (("clean", queries), ("noisy", _typed_worse(queries))):
            for column, engine, baseline in rivals:
                theirs = _values(map(baseline.asked, asked_for))
                figures += [
                    Figure(
                        NAME,
                        f"{name}, {noise}: {of}{column} (target: baseline)",
                        "%",
                        (100 * value,),
                        target=100 * theirs[of],
                        bound="least",
                    )
                    for of, value in _values(ask(engine, asked_for)).items()
                ]
    return figures


def semantics() -> Models | None:
    """The models of the extra; None, and a printed line, where it is not installed."""
    if not available():
        print(f"{NAME}: nothing with semantik, it is not installed", file=sys.stderr)
        return None
    return Models()


def _values(asked: Iterable[Asked]) -> dict[str, float]:
    """From 0 to 1. Small talk, and whatever was not guessed at, has no confidence."""
    asked = list(asked)
    figures = measure(asked)
    return {
        "hit@1": figures.hit_at_1 or 0.0,
        "hit@3": figures.hit_at_3 or 0.0,
        "MRR": figures.mrr or 0.0,
        "AUROC in scope": _auroc(asked, [one for one in asked if one.outside]),
        "AUROC near scope": _auroc(asked, [one for one in asked if one.near]),
    }


def _auroc(asked: Iterable[Asked], outside: Iterable[Asked]) -> float:
    """How often a question of ours gets more confidence than one that is not."""
    ours = np.array([one.confidence or 0.0 for one in asked if one.known])
    theirs = np.array([one.confidence or 0.0 for one in outside])
    above, even = ours[:, None] > theirs, ours[:, None] == theirs
    return float((above + even / 2).mean())


def _queries(name: str) -> list[Question]:
    return questions_of(None, FAQS[name].with_suffix(".queries.jsonl"))


def _typed_worse(queries: Iterable[Question]) -> list[Question]:
    return [replace(one, question=noisy(one.question, "alles")) for one in queries]


# -- how fast -------------------------------------------------------------------------


def speed(size: Size) -> list[Figure]:
    """Finding in today's content, and in FAQs that are generated."""
    return [
        *_speed(0, "today's content", size.timed, find=5),
        *_speed(size.entries, f"{size.entries} entries", size.timed, find=5, build=1),
        *_speed(size.many, f"{size.many} entries", size.timed, find=20, all_in_all=90, most=1500),
    ]


def _speed(
    entries: int,
    called: str,
    questions: int,
    *,
    find: float,
    build: float | None = None,
    all_in_all: float | None = None,
    most: float | None = None,
) -> list[Figure]:
    """In a process of its own. What has a number has that target."""
    began = time.monotonic()
    found = _told("-m", "tests.bench.engine", str(entries), str(questions))
    took = time.monotonic() - began

    def figure(name: str, unit: str, rounds: Iterable[float], target: float | None) -> Figure:
        return Figure(NAME, f"{called}: {name}", unit, tuple(rounds), target=target)

    return [
        figure("find, p50", "ms", (1000 * share(times, 0.5) for times in found["find"]), None),
        figure("find, p99", "ms", (1000 * share(times, 0.99) for times in found["find"]), find),
        figure("build the index", "s", found["build"], build),
        figure("warm up", "s", (found["warm"],), None),
        figure("the most memory", "MB", (found["most"],), most),
        figure("all in all, by the clock", "s", (took,), all_in_all),
    ]


def timed(entries: int, questions: int) -> dict[str, Any]:
    """Seconds of work for questions to a FAQ with so many entries; 0 is today's content."""
    asked = _some([one.question for name in FAQS for one in _queries(name)], questions // 2)
    if entries:
        made = generated(entries)
        asked += _variants(made, questions - len(asked))
        build = partial(Knowledge.plain, made)
    else:
        asked += mixed(questions - len(asked))
        build = partial(Knowledge, load(shipped()))
    built = []
    for _ in range(ROUNDS if entries < QUICKLY_BUILT else 1):
        began = time.process_time()
        knowledge = build()
        built.append(time.process_time() - began)
    warm = _worked(knowledge.warm)
    rounds = [[_worked(partial(knowledge.find, one)) for one in asked] for _ in range(ROUNDS)]
    return {"build": built, "warm": warm, "find": rounds, "most": _most_memory()}


def _worked(deed: Callable[[], object]) -> float:
    began = time.process_time()
    deed()
    return time.process_time() - began


def _variants(entries: Sequence[Entry], number: int) -> list[str]:
    """Their questions as people would type them: some well, the others in every bad way."""
    kinds = ("", *NOISES)
    questions = [entry.asked_as[0] for entry in _some(entries, number)]
    return [
        noisy(question, kind) if (kind := kinds[turn % len(kinds)]) else question
        for turn, question in enumerate(questions)
    ]


# -- how modest -----------------------------------------------------------------------


def memory() -> list[Figure]:
    """What the engine adds to a bare Python as the hotline starts it: content and index are
    prepared (`knowledge.prepared`), and everything was asked for."""
    packages, content, building, everything, own = _told("-c", _LOADED)
    return [
        Figure(NAME, "memory of the engine", "MB", (everything,), target=60),
        Figure(NAME, "memory, without files read where they lie", "MB", (own,)),
        Figure(NAME, "memory, while it is built", "MB", (building,)),
        Figure(NAME, "memory, packages alone", "MB", (packages,)),
        Figure(NAME, "memory, packages, content and index", "MB", (content,)),
    ]


_LOADED = """
def resident(kind="VmRSS"):
    with open("/proc/self/status") as status:
        return int(next(row for row in status if row.startswith(kind)).split()[1]) / 1024

bare, bare_own = resident(), resident("RssAnon")
from knowledge import prepared
packages = resident() - bare
knowledge = prepared.known(prepared.shipped())
content = resident() - bare
knowledge.warm()
for item in knowledge.library.entries.values():
    for phrase in item.asked_as[:3]:
        knowledge.find(f"{phrase} bitte")
working = resident() - bare
# The running hotline gives back what building left behind (bot.content), so what stays counts.
import ctypes
ctypes.CDLL(None).malloc_trim(0)
print([packages, content, working, resident() - bare, resident("RssAnon") - bare_own])
"""


def _most_memory() -> float:
    """Megabytes, of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# -- both -----------------------------------------------------------------------------


def _told(*arguments: str) -> Any:
    """The JSON that a Python process of its own prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    return json.loads(done.stdout)


def _some(items: Sequence[Item], number: int) -> list[Item]:
    """So many of them, from everywhere."""
    if number >= len(items):
        return list(items)
    return [items[place * len(items) // number] for place in range(number)]


if __name__ == "__main__":
    print(json.dumps(timed(*map(int, sys.argv[1:]))))
