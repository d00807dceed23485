"""The real program as a process of its own: started, watched, stopped, killed."""

import contextlib
import json
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0  # seconds; a busy machine starts slowly
DESK = -1001234567890
COORDINATOR = 7001

# A few entries that no change of the shipped content can touch, and that load
# in no time. Texts that a folder does not have come from the shipped content.
ENTRIES = """\
- id: kleinstadt-definition
  title: Was ist eine Kleinstadt?
  asked_as: [Ab wie vielen Einwohnern ist ein Ort eine Kleinstadt?, Ab wann ist ein Ort klein?]
  answer: Eine Kleinstadt hat 5.000 bis 20.000 Einwohner.
  topics: [grundlagen]
  source: Auskunft der Koordination
  checked_on: 2026-11-22
  owner: koordination
- id: teilnahme-kosten
  title: Was kostet die Teilnahme?
  asked_as: [Muss ich für die Teilnahme bezahlen?, Wie hoch ist der Beitrag?]
  answer: Die Teilnahme ist kostenlos.
  topics: [teilnahme]
  source: Auskunft der Koordination
  checked_on: 2026-11-22
  owner: koordination
"""


def small_content(folder: Path) -> Path:
    """A folder of content with two entries, made when it is not there yet."""
    faq = folder / "content" / "faq"
    if not faq.exists():
        faq.mkdir(parents=True)
        (faq / "fragen.yaml").write_text(ENTRIES, encoding="utf-8")
    return faq.parent


def environment(folder: Path, api: Any = None, **settings: object) -> dict[str, str]:
    """The settings of a rig, and nothing that the operator of this machine set."""
    chosen: dict[str, object] = {
        "data": folder / "data",
        "content": small_content(folder),
        "web_port": 0,
        "telegram_rate": "off",
    }
    if api is not None:
        chosen |= {"telegram_token": api.token, "telegram_api_url": api.url}
        chosen |= {"telegram_desk_chat": DESK, "telegram_coordinators": COORDINATOR}
    chosen |= settings
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HOTLINE_", "RIG_"))}
    return clean | {f"HOTLINE_{name.upper()}": str(value) for name, value in chosen.items()}


def until(condition: Callable[[], Any], within: float = PATIENCE, what: str = "") -> Any:
    """Until the condition is true; its value. For what nobody tells us of."""
    end = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {within} s: {what or condition}")
        select.select([], [], [], 0.01)
    return value


def store(folder: Path, sql: str, *values: object) -> list[dict[str, Any]]:
    """What the store holds, read beside the running program."""
    path = folder / "data" / "hotline.sqlite3"
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, values)]
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # killed before the first migration
                return []
            raise


def unfinished(folder: Path) -> int:
    """How many messages are still to be handled or delivered."""
    rows = store(
        folder,
        """SELECT (SELECT COUNT(*) FROM inbox WHERE state = 'waiting')
              + (SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'sending')) AS number""",
    )
    return int(rows[0]["number"]) if rows else 0


def told_address(written: str) -> str | None:
    """The address of the chat, as the program prints it."""
    found = re.search(r"^Chat: +(\S+)/$", written, re.MULTILINE)
    return found[1] if found else None


class Program:
    """`hotline serve` as an operator starts it."""

    def __init__(self, folder: Path, environ: Mapping[str, str], *command: str) -> None:
        self._log = (folder / "log.txt").open("ab")
        hotline = (sys.executable, "-m", "bot", "serve")
        self.process = subprocess.Popen(
            command or hotline,
            cwd=folder,
            env={**environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        os.set_blocking(self.process.stderr.fileno(), False)
        self._read = {"out": b"", "err": b""}
        self.started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self.look()
        for stream in (self.process.stdout, self.process.stderr, self._log):
            if stream:
                stream.close()

    def look(self) -> tuple[str, str]:
        """What it has written so far: standard output and standard error."""
        for name, stream in (("out", self.process.stdout), ("err", self.process.stderr)):
            if stream and not stream.closed and (more := stream.read()):
                self._read[name] += more
                self._log.write(more)
        return self._read["out"].decode(), self._read["err"].decode()

    @property
    def url(self) -> str:
        """The address of the chat, as soon as the program has told it."""

        def told() -> str | None:
            written, complaints = self.look()
            found = told_address(written)
            if not found and self.process.poll() is not None:
                raise AssertionError(f"it ended by itself: {complaints}")
            return found

        return str(until(told, what="the address of the chat"))

    def ends(self, within: float = PATIENCE) -> tuple[int, float]:
        """Its exit code, and the seconds that it lived."""

        def ended() -> bool:
            self.look()
            return self.process.poll() is not None

        until(ended, within, "its end")
        return self.process.returncode, time.monotonic() - self.started

    def terminate(self, within: float = 15.0) -> tuple[int, float]:
        """Ask it to stop; its exit code, and the seconds that it took."""
        asked = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code, _ = self.ends(within)
        return code, time.monotonic() - asked

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def health(self) -> dict[str, Any]:
        status, body = fetch(f"{self.url}/health")
        assert status in (200, 503)
        return dict(json.loads(body))


def fetch(
    url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """One HTTP request to the program; status and text."""
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}))  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=15) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


class Birth:
    """One start of the program by the nursery."""

    def __init__(self, pid: int, log: Path, begins: int) -> None:
        self.pid = pid
        self._log = log
        self._begins = begins

    @property
    def written(self) -> str:
        with self._log.open("rb") as stream:
            stream.seek(self._begins)
            return stream.read().decode("utf-8", "replace")

    @property
    def is_up(self) -> bool:
        """Whether it has told its addresses."""
        return "\nSchreibtisch: " in self.written

    @property
    def url(self) -> str:
        return told_address(self.written) or ""


class Nursery:
    """Starts the program quickly, again and again (see `nursery_process`)."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._log = folder / "log.txt"
        self._log.touch()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.rigs.nursery_process"],
            cwd=folder,
            env={**environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._child: Birth | None = None

    def start(self, **orders: str) -> Birth:
        """Start it. Orders: `die` = point:number, `break` = how it shall be wrong."""
        assert self._child is None
        begins = self._log.stat().st_size
        self._say({"log": str(self._log), **orders})
        self._child = Birth(int(self._hear()["pid"]), self._log, begins)
        return self._child

    def signal(self, number: signal.Signals) -> None:
        """Does nothing to a process that has died already: nobody has taken it away yet."""
        assert self._child is not None
        os.kill(self._child.pid, number)

    @property
    def has_died(self) -> bool:
        """Whether the program has ended; it stays a name until `buried`."""
        assert self._child is not None
        stat = Path(f"/proc/{self._child.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "Z"

    def buried(self) -> int:
        """Wait for its end; its exit code, negative if it was killed."""
        until(lambda: self.has_died, what="the end of the program")
        self._say({})
        self._child = None
        return int(self._hear()["code"])

    def _say(self, order: Mapping[str, str]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            raise TimeoutError(f"the nursery is silent. {self._log.read_text()[-2000:]}")
        return dict(json.loads(line))

    def close(self) -> None:
        if self._child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait(10)
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()


@contextmanager
def nursery(folder: Path, environ: Mapping[str, str]) -> Iterator[Nursery]:
    made = Nursery(folder, environ)
    try:
        yield made
    finally:
        made.close()
