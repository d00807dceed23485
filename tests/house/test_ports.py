"""Time and chance enter in one place, so tests can move the one and fix the other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files

THE_PORT = ROOT / "bot" / "clock.py"
PACKAGES = ("bot", "handlers", "knowledge", "storage")

FORBIDDEN = {
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
    *("datetime.date.today", "os.urandom", "uuid.uuid1", "uuid.uuid4", "random.SystemRandom"),
}
# Comparing is not chance, and a generator may be handed over by its type.
ALLOWED = {"secrets.compare_digest", "random.Random"}


def findings(source: str) -> list[str]:
    """Every use of a clock or of chance, by its full name."""
    tree = ast.parse(source)
    known = dict(_imports(tree))
    uses = (_full_name(node, known) for node in ast.walk(tree))
    found = [name for name in uses if name and _is_forbidden(name)]
    unseeded = [
        "random.Random()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and not node.args
        and _full_name(node.func, known) == "random.Random"
    ]
    return found + unseeded


def _is_forbidden(name: str) -> bool:
    by_chance = name.startswith(("random.", "secrets.")) and name not in ALLOWED
    return name in FORBIDDEN or by_chance


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _full_name(node: ast.AST, known: dict[str, str]) -> str | None:
    match node:
        case ast.Name(id=name):
            return known.get(name)
        case ast.Attribute(value=value, attr=attr):
            left = _full_name(value, known)
            return f"{left}.{attr}" if left else None
        case _:
            return None


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.time()",
        "import time as t\nt.time()",
        "from time import time\ntime()",
        "from datetime import datetime as moment\nmoment.now(UTC)",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import date\ndefault_factory = date.today",
        "import random\nrandom.choice(x)",
        "from random import Random\nRandom()",
        "from secrets import token_urlsafe\ntoken_urlsafe()",
        "import secrets\nsecrets.randbelow(3)",
        "from uuid import uuid4\nuuid4()",
    ],
)
def test_a_clock_or_a_die_is_found_under_any_name(source):
    assert findings(source) != []


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.monotonic()",
        "clock.now()\nturn.now",
        "from datetime import datetime\ndatetime.fromisoformat(x)",
        "import secrets\nsecrets.compare_digest(a, b)",
        "import random\ndef shuffled(chance: random.Random): ...",
    ],
)
def test_what_is_handed_over_is_no_finding(source):
    assert findings(source) == []


def modules() -> list[Path]:
    return [
        path
        for path in files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PACKAGES
    ]


def test_nothing_but_the_port_reads_a_clock_or_throws_dice():
    found = {
        path.relative_to(ROOT).as_posix(): names
        for path in modules()
        if path != THE_PORT and (names := findings(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_only_the_channels_know_a_network():
    networks = {"telegram", "starlette", "aiohttp"}
    found = {
        path.relative_to(ROOT).as_posix(): met
        for path in modules()
        if not path.is_relative_to(ROOT / "bot" / "channels")
        and (
            met := networks
            & {name.split(".")[0] for _, name in _imports(ast.parse(path.read_text("utf-8")))}
        )
    }
    assert found == {}
