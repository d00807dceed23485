"""The chat in the browser: how long a page takes, and how long an answer."""

import http.client
import re
import socket
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from tests.bench.figures import Figure, share
from tests.bench.processes import hotline, until
from tests.bench.questions import asked
from tests.bench.size import Size

STATIC = "/static/web.css"
PER_CHAT = 20  # messages; a chat may say 30 a minute, and an address begin 10 chats


class Browser:
    """One connection, one cookie, no script."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        self._cookie = ""

    def open(self, path: str) -> str:
        return self._exchange("GET", path)

    def say(self, page: str, text: str) -> str:
        """Send the form of this page; the page with the answer."""
        fields = dict(re.findall(r'name="(token|id)" value="([^"]*)"', page))
        body = urlencode(fields | {"text": text})
        return self._exchange("POST", "/", body)

    def _exchange(self, method: str, path: str, body: str = "") -> str:
        headers = {"Origin": f"http://127.0.0.1:{self._port}"}
        if self._cookie:
            headers["Cookie"] = self._cookie
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body or None, headers)
        response = self._connection.getresponse()
        text = response.read().decode("utf-8")
        if cookie := response.getheader("Set-Cookie"):
            self._cookie = cookie.partition(";")[0]
        if response.status == 303:
            return self._exchange("GET", "/")
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status}")
        return text

    def close(self) -> None:
        self._connection.close()


def web(size: Size) -> list[Figure]:
    port = _free_port()
    pages: list[float] = []
    files: list[float] = []
    answers: list[float] = []
    questions = iter(asked())
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as data,
        hotline(None, Path(data), port=port),
    ):
        until(lambda: _answers(port))
        visitor = Browser(port)
        visitor.open("/")  # the door is open before the house is ready
        for _ in range(size.pages):
            pages.append(_timed(lambda: visitor.open("/")))
            files.append(_timed(lambda: visitor.open(STATIC)))
        visitor.close()
        while len(answers) < min(size.pages, 7 * PER_CHAT):
            person = Browser(port)
            page = person.say(person.open("/"), next(questions))
            for _ in range(min(PER_CHAT, size.pages)):
                before = page.count("<li")
                began = time.monotonic()
                page = person.say(page, next(questions))
                answers.append(time.monotonic() - began)
                if page.count("<li") < before:
                    raise RuntimeError("a page without an answer")
            person.close()
    name = "web"
    return [
        Figure(name, "page, p50", "ms", (1000 * share(pages, 0.5),)),
        Figure(name, "page, p99", "ms", (1000 * share(pages, 0.99),)),
        Figure(name, "page, p50", "×", (share(pages, 0.5) / share(files, 0.5),), "static file"),
        Figure(name, "question to page with answer, p50", "ms", (1000 * share(answers, 0.5),)),
        Figure(name, "question to page with answer, p99", "ms", (1000 * share(answers, 0.99),)),
    ]


def _timed(deed: object) -> float:
    assert callable(deed)
    began = time.monotonic()
    deed()
    return time.monotonic() - began


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
