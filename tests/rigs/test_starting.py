"""Starting under bad conditions: what can wait is waited for, the rest is said in one line."""

import json
import re
import socket
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from tests.fakes.botapi import DEFAULT_TOKEN, FakeBotApi
from tests.rigs.program import (
    ENTRIES,
    Program,
    environment,
    fetch,
    store,
    unfinished,
    until,
)

QUESTION = "Was kostet die Teilnahme?"
NEW = 999  # the schema of a version that nobody has written yet


def refusal(folder: Path, environ: Mapping[str, str], lines: int = 1) -> str:
    """Start it; why it does not want to, in as many lines."""
    with Program(folder, environ) as program:
        code, _ = program.ends()
        told, complaint = program.look()
    assert code == 1
    assert "Traceback" not in complaint
    assert told == ""
    assert len(complaint.splitlines()) == lines, complaint
    return complaint


class Visitor:
    """Somebody in the web chat, in a browser without JavaScript."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def page(self, **fields: str) -> str:
        data = urllib.parse.urlencode(fields).encode() if fields else None
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/", data=data, headers={"Origin": self.url}
        )
        with self._opener.open(request, timeout=10) as response:
            return str(response.read().decode())

    def asks(self, text: str) -> None:
        page = self.page()
        form = page[page.index('id="schreiben"') :]
        hidden = dict(re.findall(r'name="(token|id)" value="([^"]*)"', form))
        self.page(text=text, **hidden)


def test_without_a_network_the_web_chat_works_and_telegram_follows(tmp_path: Path) -> None:
    with closing(socket.socket()) as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    settings = {
        "telegram_token": DEFAULT_TOKEN,
        "telegram_api_url": f"http://127.0.0.1:{port}",
    }
    with Program(tmp_path, environment(tmp_path, **settings)) as program:
        visitor = Visitor(program.url)
        visitor.asks(QUESTION)
        until(lambda: "kostenlos" in visitor.page())
        until(lambda: "nicht erreichbar" in program.health()["channels"]["telegram"])
        health = program.health()
        assert health["status"] == "degraded"
        assert health["channels"]["web"] == "ok"
        assert fetch(f"{program.url}/health")[0] == 200
        with FakeBotApi.threaded(port=port) as api:
            person = api.user(1001)
            person.says(QUESTION)
            person.says("Ab wann ist ein Ort klein?")
            api.wait(lambda: any("20.000 Einwohner" in m.text for m in person.received), 30)
            until(lambda: program.health()["channels"]["telegram"] == "ok")
            until(lambda: not unfinished(tmp_path))
            assert ["kostenlos" in m.text for m in person.received] == [False, True, False]
            assert program.terminate()[0] == 0


def test_a_mistyped_token_is_said_at_once(tmp_path: Path) -> None:
    with FakeBotApi.threaded() as api:
        environ = environment(tmp_path, api, telegram_token="987654:MISTYPED")
        complaint = refusal(tmp_path, environ)
        assert "HOTLINE_TELEGRAM_TOKEN" in complaint
        assert "MISTYPED" not in complaint
        assert {call.method for call in api.calls} == {"getMe"}


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        complaint = refusal(tmp_path, environment(tmp_path, web_port=port))
    assert "HOTLINE_WEB_PORT" in complaint
    assert str(port) in complaint


def test_a_folder_that_cannot_be_written_to_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("Hier liegt schon etwas anderes.")
    assert "HOTLINE_DATA" in refusal(tmp_path, environment(tmp_path))


def test_a_store_that_is_none_is_said_in_one_line_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "hotline.sqlite3"
    path.parent.mkdir()
    path.write_bytes(b"Das ist kein Datenspeicher. " * 200)
    assert "HOTLINE_DATA" in refusal(tmp_path, environment(tmp_path))
    assert path.read_bytes() == b"Das ist kein Datenspeicher. " * 200


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "hotline.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE later (what TEXT)")
        raw.execute(f"PRAGMA user_version={NEW}")
    with FakeBotApi.threaded() as api:
        complaint = refusal(tmp_path, environment(tmp_path, api))
        assert api.calls == []
    assert "neueren Version" in complaint
    assert store(tmp_path, "PRAGMA user_version") == [{"user_version": NEW}]
    assert [row["name"] for row in store(tmp_path, "SELECT name FROM sqlite_master")] == ["later"]


def test_content_that_is_broken_at_the_start_is_said_completely(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    faq = tmp_path / "content" / "faq"
    (faq / "fragen.yaml").write_text(ENTRIES.replace("owner:", "ovner:", 1), encoding="utf-8")
    (faq / "mehr.yaml").write_text("- id: kleinstadt-definition\n  title: [", encoding="utf-8")
    with Program(tmp_path, environ) as program:
        code, _ = program.ends()
        told, complaint = program.look()
    assert code == 1
    assert told == ""
    assert "Traceback" not in complaint
    assert "fragen.yaml" in complaint
    assert "ovner" in complaint
    assert "mehr.yaml" in complaint


def test_content_that_breaks_while_we_run_leaves_the_former_in_place(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    file = tmp_path / "content" / "faq" / "fragen.yaml"
    with Program(tmp_path, environ) as program:
        assert program.health()["content"] == "ok"
        half = ENTRIES[: len(ENTRIES) * 2 // 3].replace("5.000", "9.999")
        file.write_text(half, encoding="utf-8")
        until(lambda: "fragen.yaml" in program.health()["content"])
        status, body = fetch(f"{program.url}/health")
        assert status == 200
        assert json.loads(body)["status"] == "degraded"
        visitor = Visitor(program.url)
        visitor.asks("Ab wann ist ein Ort klein?")
        page = until(lambda: "Einwohner" in (seen := visitor.page()) and seen)
        assert "5.000 bis" in page
        assert "9.999" not in page
        visitor.asks(QUESTION)
        until(lambda: "kostenlos" in visitor.page())
        file.write_text(ENTRIES.replace("5.000", "6.000"), encoding="utf-8")
        until(lambda: program.health()["content"] == "ok")
        newcomer = Visitor(program.url)
        newcomer.asks("Ab wann ist ein Ort klein?")
        until(lambda: "6.000 bis" in newcomer.page())
