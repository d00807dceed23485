"""The checker of the kill rig sees each broken promise, and none where all were kept."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.rigs.checker import Record, Said, violations

DESK, PERSON = -100, 1
LINE = "Wer repariert die Orgel?"


def row(number: int, chat: int, text: str, *actions: str, **more: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "text": {"characters": text},
        "buttons": [{"label": "x", "action": action} for action in actions],
    }
    if "copy_of" in more:
        said["copy_of"] = more.pop("copy_of")
    ends = {"state": "sent", "uncertain": 0} | more
    return {"id": number, "chat": str(chat), "payload": json.dumps(said)} | ends


def kept_promises() -> Record:
    """One person asks one thing and hands over another, and a coordinator answers."""
    outbox = [
        row(1, PERSON, "Kurz vorab", "privacy"),
        row(2, PERSON, "Kostenlos.", "ok:yes:kosten", "ok:no:kosten"),
        row(3, PERSON, "Soll ich?", "ho:yes", "ho:no"),
        row(4, DESK, "Neue Anfrage", "desk:claim:1001", "desk:close:1001"),
        row(5, DESK, LINE, copy_of=1, uncertain=1),
        row(6, PERSON, "Nummer K-1001", "my"),
        row(7, PERSON, "Die Kirche.", "close:1001", copy_of=2),
    ]
    return Record(
        said={PERSON: Said(questions=1, lines=[LINE], requests=1)},
        answers={"Die Kirche.": PERSON},
        updates={11, 12, 13, 14},
        heard={
            PERSON: ["Kurz vorab", "Kostenlos.", "Soll ich?", "Nummer K-1001", "Die Kirche."],
            DESK: ["Neue Anfrage", LINE, LINE],
        },
        unconfirmed=0,
        lost_answers=0,
        kills=1,
        inbox=[
            {"id": n, "channel": "telegram", "update_id": str(10 + n), "state": "done"}
            for n in (1, 2, 3, 4)
        ],
        outbox=outbox,
        requests=[{"id": 1001, "chat": str(PERSON), "state": "answered"}],
        lines=[
            {"id": 1, "request_id": 1001, "author": "person", "text": LINE},
            {"id": 2, "request_id": 1001, "author": "coordinator", "text": "Die Kirche."},
        ],
        alarms=[],
        desk=DESK,
    )


def test_kept_promises_are_no_violation() -> None:
    assert violations(kept_promises()) == []


def hold(record: Record, number: int) -> None:
    record.outbox[number - 1]["state"] = "held"  # type: ignore[index]


def repeat(rows: Any, number: int, new_id: int) -> None:
    rows.append(rows[number - 1] | {"id": new_id})


@pytest.mark.parametrize(
    ("kind", "breaks"),
    [
        ("unconfirmed", lambda r: setattr(r, "unconfirmed", 1)),
        ("lost update", lambda r: r.inbox.pop()),
        ("unhandled", lambda r: r.inbox[0].update(state="waiting")),
        ("unhandled", lambda r: r.inbox[0].update(state="dead")),
        ("lost request", lambda r: setattr(r.said[PERSON], "requests", 2)),
        ("doubled request", lambda r: repeat(r.requests, 1, 1002)),
        ("lost line", lambda r: r.lines.pop(0)),
        ("doubled line", lambda r: repeat(r.lines, 1, 3)),
        ("foreign line", lambda r: r.lines[0].update(text="Etwas anderes")),
        ("lost reply", lambda r: r.outbox.pop(1)),
        ("doubled reply", lambda r: repeat(r.outbox, 2, 8)),
        ("opening", lambda r: r.outbox.pop(3)),
        ("desk", lambda r: r.outbox.pop(4)),
        ("foreign answer", lambda r: r.answers.update({"Die Kirche.": 2})),
        ("coordinator's answer", lambda r: r.lines.pop()),
        ("stuck message", lambda r: r.outbox[1].update(state="sending")),
        ("silent doubt", lambda r: hold(r, 5)),
        ("lost message", lambda r: r.heard[PERSON].pop()),
        ("copies", lambda r: r.heard[PERSON].insert(1, "Kurz vorab")),
        ("copies", lambda r: r.heard[DESK].append(LINE)),
        ("message out of nowhere", lambda r: r.heard[PERSON].append("Hallo")),
        ("order of messages", lambda r: r.heard[PERSON].reverse()),
        ("duplicates", lambda r: setattr(r, "kills", 0)),
    ],
)
def test_each_broken_promise_is_noticed(kind: str, breaks: Callable[[Record], object]) -> None:
    record = deepcopy(kept_promises())
    breaks(record)
    assert kind in {violation.kind for violation in violations(record)}


def test_lines_in_another_order_are_noticed() -> None:
    record = kept_promises()
    record.said[PERSON].lines = [LINE, "Und die Glocke"]
    record.lines = [
        {"id": 1, "request_id": 1001, "author": "person", "text": "Und die Glocke"},
        {"id": 3, "request_id": 1001, "author": "person", "text": LINE},
    ]
    assert "order of lines" in {violation.kind for violation in violations(record)}


def test_what_is_held_and_told_of_is_no_violation() -> None:
    record = kept_promises()
    hold(record, 5)
    record.alarms = [{"kind": "delivery-uncertain", "subject": "5"}]
    for copies in (0, 1, 2):
        record.heard[DESK] = ["Neue Anfrage", *[LINE] * copies]
        assert violations(record) == []
