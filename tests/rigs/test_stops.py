"""Stopped, killed, started twice: what people wrote meanwhile is not lost, and said once."""

import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Person
from tests.rigs.nursery_process import POINTS
from tests.rigs.program import (
    COORDINATOR,
    DESK,
    Nursery,
    Program,
    environment,
    nursery,
    store,
    unfinished,
    until,
)

QUESTION = "Was kostet die Teilnahme?"
FIVE = [
    "Guten Tag zusammen",
    "ich bin neu im Bauamt",
    "unsere Drehleiter ist Baujahr 1961",
    "und der TÜV sagt nein",
    "an wen wende ich mich da?",
]


@pytest.fixture
def api() -> Iterator[FakeBotApi]:
    with FakeBotApi.threaded() as fake:
        fake.group(DESK, "Koordination", forum=True).member(COORDINATOR, "Erika Beispiel")
        yield fake
        assert fake.violations == []


def heard(api: FakeBotApi, person: int, words: str) -> int:
    return sum(words in message.text for message in api.user(person).received)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL])
def test_twenty_messages_written_while_we_were_down_are_all_handled(
    tmp_path: Path, api: FakeBotApi, stop: signal.Signals
) -> None:
    environ = environment(tmp_path, api)
    known, *strangers = (api.user(1001 + number) for number in range(5))
    with Program(tmp_path, environ) as first:
        known.says(QUESTION)
        api.wait(lambda: heard(api, known.id, "kostenlos"), 30)
        first.process.send_signal(stop)
        code, _ = first.ends()
        assert code == (0 if stop is signal.SIGTERM else -signal.SIGKILL)
    before = len(api.calls)
    for text in ("Hallo", QUESTION, "Ab wann ist ein Ort klein?", QUESTION):
        for person in (known, *strangers):
            person.says(text)
    assert len(api.calls) == before
    with Program(tmp_path, environ):
        api.wait(lambda: all(len(p.received) == 5 for p in strangers), 30)
        api.wait(lambda: len(known.received) == 6)
        until(lambda: not unfinished(tmp_path))
    for person in (known, *strangers):
        assert heard(api, person.id, "Kurz vorab") == 1
        assert heard(api, person.id, "Guten Tag!") == 1
        assert heard(api, person.id, "20.000 Einwohner") == 1
    rows = store(tmp_path, "SELECT state FROM inbox WHERE channel = 'telegram'")
    assert [row["state"] for row in rows] == ["done"] * 21


def test_five_lines_typed_across_a_kill_are_one_request(tmp_path: Path, api: FakeBotApi) -> None:
    with nursery(tmp_path, environment(tmp_path, api)) as program:
        died = [
            five_lines(tmp_path, api, program, api.user(1001 + number), point)
            for number, point in enumerate(POINTS)
        ]
    # Topics are only opened when somebody hands over.
    assert [point for point, by_itself in zip(POINTS, died, strict=True) if not by_itself] == [
        "topic opened, not kept"
    ]
    rows = store(
        tmp_path,
        """SELECT chat, text FROM request_messages JOIN requests ON requests.id = request_id
           ORDER BY request_messages.id""",
    )
    kept: dict[str, list[str]] = {}
    for row in rows:
        kept.setdefault(row["chat"], []).append(row["text"])
    assert kept == {str(1001 + number): FIVE for number in range(len(POINTS))}
    assert len(store(tmp_path, "SELECT id FROM requests")) == len(POINTS)


def five_lines(folder: Path, api: FakeBotApi, program: Nursery, person: Person, point: str) -> bool:
    """Three lines, a kill at this point, two more lines, yes; whether it died there."""

    def quiet() -> bool:
        return not api.waiting_updates(api.bot) and not unfinished(folder)

    for line in FIVE[:3]:
        person.says(line)
    program.start(die=f"{point}:1")
    until(lambda: program.has_died or quiet())
    by_itself = program.has_died
    program.signal(signal.SIGKILL)
    program.buried()
    for line in FIVE[3:]:
        person.says(line)
    program.start()
    offer = api.wait(lambda: next((m for m in person.received if "Soll ich" in m.text), None))
    until(quiet)
    person.presses("Ja, bitte", offer)
    api.wait(lambda: heard(api, person.id, "Nummer"))
    until(quiet)
    program.signal(signal.SIGTERM)
    assert program.buried() == 0
    return by_itself


def test_whoever_asks_us_to_stop_waits_ten_seconds_at_the_most(
    tmp_path: Path, api: FakeBotApi
) -> None:
    """Even when a send hangs and somebody never finishes their request."""
    person, other = api.user(1001), api.user(1002)
    with Program(tmp_path, environment(tmp_path, api)) as program:
        address = urlsplit(program.url)
        assert address.hostname
        with socket.create_connection((address.hostname, address.port or 80)) as slow:
            slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx")
            api.fault("sendMessage", "hang")
            person.says(QUESTION)
            api.wait(lambda: api.calls_to("sendMessage"))
            code, seconds = program.terminate(within=20)
    assert code == 0
    assert seconds <= 10
    sent = len(api.calls)
    other.says(QUESTION)
    assert len(api.calls) == sent
    with Program(tmp_path, environment(tmp_path, api)):
        api.wait(lambda: heard(api, other.id, "kostenlos"), 30)
        api.wait(lambda: heard(api, person.id, "kostenlos"))
        until(lambda: not unfinished(tmp_path))
    for text in ("Kurz vorab", "kostenlos"):
        assert 1 <= heard(api, person.id, text) <= 2
        assert heard(api, other.id, text) == 1


def test_a_second_start_on_the_same_folder_refuses_and_reaches_nobody(
    tmp_path: Path, api: FakeBotApi
) -> None:
    with FakeBotApi.threaded() as untouched, Program(tmp_path, environment(tmp_path, api)) as first:
        assert first.url
        environ = environment(tmp_path, untouched)
        # A machine that is busy with other things may spoil a measurement.
        assert any(refused(tmp_path, environ) <= 5 for _ in range(3))
        assert untouched.calls == []
        api.user(1001).says(QUESTION)
        api.wait(lambda: heard(api, 1001, "kostenlos"))


def refused(folder: Path, environ: Mapping[str, str]) -> float:
    """Start one more; the seconds until it said in one line that it will not run."""
    with Program(folder, environ) as second:
        code, seconds = second.ends()
        told, complaint = second.look()
    assert code != 0
    assert told == ""
    [line] = complaint.splitlines()
    assert "arbeitet schon eine Hotline" in line
    return seconds


def test_of_two_starts_at_the_same_moment_exactly_one_wins(tmp_path: Path, api: FakeBotApi) -> None:
    environ = environment(tmp_path, api)
    with Program(tmp_path, environ) as one, Program(tmp_path, environ) as two:
        both = (one, two)
        until(lambda: any(p.process.poll() is not None for p in both))
        [winner] = [p for p in both if p.process.poll() is None]
        [loser] = [p for p in both if p is not winner]
        assert winner.url
        assert loser.process.returncode != 0
        assert "arbeitet schon eine Hotline" in loser.look()[1]
        api.user(1001).says(QUESTION)
        api.wait(lambda: heard(api, 1001, "kostenlos"))
        assert heard(api, 1001, "kostenlos") == 1
        assert not [call for call in api.calls if str(call.outcome).startswith("409")]
