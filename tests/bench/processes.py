"""The processes of a bench: a town, and a bot that serves it. All on the loopback."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STOPS_WITHIN = 15.0  # seconds; after that a process is killed
_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A process of ours, with what the kernel knows about it."""

    def __init__(self, popen: "subprocess.Popen[str]") -> None:
        self.popen = popen

    @property
    def cpu(self) -> float:
        """Seconds of work so far, all threads together."""
        stat = Path(f"/proc/{self.popen.pid}/stat").read_text(encoding="utf-8")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self, line: str = "VmRSS") -> float:
        """Megabytes; `VmHWM` is the most there ever was."""
        status = Path(f"/proc/{self.popen.pid}/status").read_text(encoding="utf-8")
        found = next(row for row in status.splitlines() if row.startswith(line + ":"))
        return int(found.split()[1]) / 1024

    def stop(self) -> None:
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGINT)
            try:
                self.popen.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()


@contextmanager
def running(*arguments: str, environment: dict[str, str] | None = None) -> Iterator[Process]:
    """A Python process that ends with the block. Its errors are shown if it ends too early."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        popen = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=clean_environment() | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            text=True,
        )
        process = Process(popen)
        try:
            yield process
        except BaseException:
            errors.seek(0)
            if told := errors.read()[-2000:]:
                print(told, file=sys.stderr)
            raise
        finally:
            process.stop()


class TownProcess(Process):
    """`tests.bench.town`, and its orders."""

    def __init__(self, popen: "subprocess.Popen[str]", questions: list[str]) -> None:
        super().__init__(popen)
        where = self._talk(questions)
        self.url: str = where["url"]
        self.token: str = where["token"]

    def do(self, what: str, **how: Any) -> Any:
        """An order; returns when it is carried out."""
        reply = self._talk({"do": what, **how})
        if "error" in reply:
            raise TimeoutError(reply["error"])
        return reply["result"]

    def _talk(self, line: Any) -> Any:
        assert self.popen.stdin
        assert self.popen.stdout
        self.popen.stdin.write(json.dumps(line) + "\n")
        self.popen.stdin.flush()
        answer = self.popen.stdout.readline()
        if not answer:
            raise RuntimeError("the town has gone")
        return json.loads(answer)


@contextmanager
def town(questions: list[str]) -> Iterator[TownProcess]:
    popen = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.town"],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield TownProcess(popen, questions)
    finally:
        assert popen.stdin
        assert popen.stdout
        with contextlib.suppress(OSError):
            popen.stdin.close()
        try:
            popen.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()
        popen.stdout.close()


@contextmanager
def hotline(place: TownProcess | None, folder: Path, *, port: int = 0) -> Iterator[Process]:
    """`hotline serve` as it is shipped, without our own pacing."""
    settings = {"HOTLINE_DATA": str(folder), "HOTLINE_WEB_PORT": str(port)}
    if place:
        settings |= {
            "HOTLINE_TELEGRAM_TOKEN": place.token,
            "HOTLINE_TELEGRAM_API_URL": place.url,
            "HOTLINE_TELEGRAM_RATE": "off",
        }
    with running("-m", "bot", "serve", environment=settings) as process:
        yield process


@contextmanager
def echo(place: TownProcess) -> Iterator[Process]:
    with running("-m", "tests.bench.echo", place.url, place.token) as process:
        yield process


def clean_environment() -> dict[str, str]:
    """Ours without the settings of whoever runs the hotline here.

    An installed hotline is compiled; where Python is told to write nothing down every
    start would measure the compiler.
    """
    return {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("HOTLINE_") and k != "PYTHONDONTWRITEBYTECODE"
    }


def until(condition: Any, within: float = 20.0) -> None:
    """Look again and again; raises TimeoutError."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.01)
