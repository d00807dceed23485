"""Did the hotline keep its promises? A pure function of what is known afterwards.

`Record` holds what people did, what Telegram saw and what the store kept;
`violations` compares them. It knows nothing of the program, so a program that
is wrong on purpose shows whether it would notice.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

IN_FLIGHT = 4  # sends that may be on their way when the process dies
COPIES = 2  # of any message, at most

Rows = Sequence[Mapping[str, Any]]


class Violation(NamedTuple):
    """A broken promise. `kind` says which, `what` where."""

    kind: str
    what: str


@dataclass
class Said:
    """What one person did, in words that occur nowhere else."""

    questions: int = 0  # that have an answer in the content
    lines: list[str] = field(default_factory=list)  # that belong into a request, in order
    requests: int = 0


@dataclass
class Record:
    """Everything that is known when all is quiet again."""

    # what people did
    said: dict[int, Said]  # by private chat
    answers: dict[str, int]  # a coordinator's words, and the chat that they are for
    updates: set[int]
    # what Telegram saw
    heard: dict[int, list[str]]  # the bot's messages by chat, in order
    unconfirmed: int
    lost_answers: int
    kills: int
    # what the store kept
    inbox: Rows
    outbox: Rows
    requests: Rows
    lines: Rows  # of requests
    alarms: Rows
    desk: int


def violations(record: Record) -> list[Violation]:
    """Every broken promise; an empty list if there is none."""
    return [
        *_updates(record),
        *_effects(record),
        *_desk(record),
        *_ends(record),
        *_deliveries(record),
    ]


# -- in -----------------------------------------------------------------------------


def _updates(record: Record) -> Iterator[Violation]:
    """Each update that was accepted has been handled, once."""
    if record.unconfirmed:
        yield Violation("unconfirmed", f"{record.unconfirmed} updates still wait at Telegram")
    kept = Counter(row["update_id"] for row in record.inbox if row["channel"] == "telegram")
    for update in sorted(record.updates):
        if not kept[str(update)]:
            yield Violation("lost update", str(update))
    for row in record.inbox:
        if row["state"] != "done":
            yield Violation("unhandled", f"inbox {row['id']} is {row['state']}")


def _effects(record: Record) -> Iterator[Violation]:
    """What was said has had its effect, and had it once."""
    owner = {row["id"]: int(row["chat"]) for row in record.requests}
    kept: dict[int, list[str]] = {chat: [] for chat in record.said}
    for row in record.lines:
        if row["author"] == "person":
            kept.setdefault(owner[row["request_id"]], []).append(row["text"])
    for chat, said in record.said.items():
        requests = sum(1 for its in owner.values() if its == chat)
        if requests != said.requests:
            kind = "doubled request" if requests > said.requests else "lost request"
            yield Violation(kind, f"{chat}: {requests} instead of {said.requests}")
        counted = Counter(kept[chat])
        for line, number in (Counter(said.lines) - counted).items():
            yield Violation("lost line", f"{chat}: {line} ({number})")
        for line, number in (counted - Counter(said.lines)).items():
            kind = "doubled line" if line in said.lines else "foreign line"
            yield Violation(kind, f"{chat}: {line} ({number})")
        if Counter(kept[chat]) == Counter(said.lines) and kept[chat] != said.lines:
            yield Violation("order of lines", f"{chat}: {kept[chat]}")
        yield from _replies(record, chat, said)


def _replies(record: Record, chat: int, said: Said) -> Iterator[Violation]:
    """Each question was answered, each request confirmed, and the notice came once."""
    actions = Counter(
        action.rpartition(":")[0] if action.startswith("ok:") else action
        for row in record.outbox
        if row["chat"] == str(chat)
        for action in _actions(row)
    )
    wanted = {"ok:yes": said.questions, "my": said.requests, "privacy": 1}
    for action, number in wanted.items():
        if actions[action] != number:
            kind = "doubled reply" if actions[action] > number else "lost reply"
            yield Violation(kind, f"{chat}: {action} {actions[action]} times, not {number}")
    if said.requests and not actions["ho:yes"]:
        yield Violation("lost reply", f"{chat}: no hand-over was offered")


def _desk(record: Record) -> Iterator[Violation]:
    """Each request is shown at the desk, line by line, and each answer goes to its person."""
    shown = Counter[int]()
    opened = Counter[str]()
    for row in record.outbox:
        said = json.loads(row["payload"])
        if row["chat"] == str(record.desk) and said.get("do", "say") == "say":
            shown[said.get("copy_of")] += 1
            opened.update(
                action.rpartition(":")[2]
                for action in _actions(row)
                if action.startswith("desk:claim:")
            )
    for request in record.requests:
        if opened[str(request["id"])] != 1:
            number = opened[str(request["id"])]
            yield Violation("opening", f"request {request['id']} announced {number} times")
    answers = Counter[str]()
    owner = {row["id"]: int(row["chat"]) for row in record.requests}
    for line in record.lines:
        if line["author"] == "person" and shown[line["id"]] != 1:
            yield Violation("desk", f"line {line['id']} shown {shown[line['id']]} times")
        if line["author"] == "coordinator":
            answers[line["text"]] += 1
            if record.answers.get(line["text"]) != owner[line["request_id"]]:
                yield Violation("foreign answer", line["text"])
    for text in record.answers:
        if answers[text] != 1:
            yield Violation("coordinator's answer", f"{text}: kept {answers[text]} times")


# -- out ----------------------------------------------------------------------------


def _ends(record: Record) -> Iterator[Violation]:
    """Each message has come to an end, and those in doubt are told of."""
    alarms = {(row["kind"], row["subject"]) for row in record.alarms}
    for row in record.outbox:
        if row["state"] not in ("sent", "held"):
            yield Violation("stuck message", f"outbox {row['id']} is {row['state']}")
        if row["state"] == "held" and ("delivery-uncertain", str(row["id"])) not in alarms:
            yield Violation("silent doubt", f"outbox {row['id']} is held, and no alarm says so")


def _deliveries(record: Record) -> Iterator[Violation]:
    """In each chat arrived what was to be said, in this order, with few copies."""
    promised: dict[int, list[Mapping[str, Any]]] = {}
    for row in sorted(record.outbox, key=lambda row: row["id"]):
        said = json.loads(row["payload"])
        if said.get("do", "say") == "say":
            promised.setdefault(int(row["chat"]), []).append(
                {**row, "text": said.get("text", {}).get("characters", "")}
            )
    duplicates = 0
    for chat, heard in record.heard.items():
        rows = promised.get(chat, [])
        yield from _one_chat(chat, rows, heard)
        duplicates += max(len(heard) - len(rows), 0)
    allowed = IN_FLIGHT * record.kills + record.lost_answers
    if duplicates > allowed:
        yield Violation("duplicates", f"{duplicates}, and at most {allowed} may be")


def _one_chat(chat: int, rows: Rows, heard: Sequence[str]) -> Iterator[Violation]:
    """The messages must be the rows in their order, each as often as it may have arrived."""
    reached = {0}
    for row in rows:
        following = {
            position + copies
            for position in reached
            for copies in _copies(row)
            if all(text == row["text"] for text in heard[position : position + copies])
            and position + copies <= len(heard)
        }
        if not following:
            yield from _explained(chat, rows, heard)
            return
        reached = following
    if len(heard) not in reached:
        yield from _explained(chat, rows, heard)


def _copies(row: Mapping[str, Any]) -> Iterable[int]:
    if row["state"] == "held":
        return range(COPIES + 1)
    most = COPIES if row["uncertain"] else 1
    return range(1, most + 1) if row["state"] == "sent" else range(most + 1)


def _explained(chat: int, rows: Rows, heard: Sequence[str]) -> Iterator[Violation]:
    found = False
    arrived = Counter(heard)
    least, most = Counter[str](), Counter[str]()
    for row in rows:
        least[row["text"]] += min(_copies(row))
        most[row["text"]] += max(_copies(row))
    for text in least.keys() | arrived.keys():
        if arrived[text] < least[text]:
            found = True
            yield Violation("lost message", f"{chat}: {text[:60]!r} {arrived[text]} times")
        if arrived[text] > most[text]:
            found = True
            kind = "copies" if most[text] else "message out of nowhere"
            yield Violation(
                kind, f"{chat}: {text[:60]!r} {arrived[text]} times, at most {most[text]}"
            )
    if not found:
        yield Violation("order of messages", f"{chat}: {[text[:30] for text in heard]}")


def _actions(row: Mapping[str, Any]) -> list[str]:
    return [button.get("action", "") for button in json.loads(row["payload"]).get("buttons", ())]
