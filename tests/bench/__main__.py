"""`python -m tests.bench` runs all benches, `python -m tests.bench NAME` one.

Figures are medians over rounds in which the competitors take turns. Where a
ratio is given, it was measured against the named baseline in the same rounds:
only that can be compared between machines.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.announcing import announcing
from tests.bench.asking import asking
from tests.bench.desk import desk
from tests.bench.engine import engine
from tests.bench.figures import Figure, table
from tests.bench.matching import matching
from tests.bench.memory import memory
from tests.bench.size import TINY, Size
from tests.bench.starting import starting
from tests.bench.telegram import alone, crowd
from tests.bench.web import web

BENCHES: dict[str, Callable[[Size], list[Figure]]] = {
    "crowd": crowd,
    "alone": alone,
    "memory": memory,
    "starting": starting,
    "asking": asking,
    "engine": engine,
    "web": web,
    "desk": desk,
    "announcing": announcing,
    "matching": matching,
}


def machine() -> str:
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    python = platform.python_version()
    return f"{cores} cores, {platform.machine()}, Python {python}, load at the start {load:.1f}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--tiny", action="store_true", help="a few messages; figures mean nothing")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    where, began = machine(), time.monotonic()
    print(f"{where}\n", flush=True)
    figures: list[Figure] = []
    for name in options.names or BENCHES:
        print(f"{name} …", file=sys.stderr, flush=True)
        figures += BENCHES[name](TINY if options.tiny else Size())
    took = time.monotonic() - began
    print(f"{table(figures)}\n\n{took:.0f} s")
    if options.json:
        found = {"machine": where, "seconds": took, "figures": [f.json() for f in figures]}
        options.json.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
