"""Did an announcement reach everybody, and nobody twice? A pure function, as in `checker`.

`Announced` holds what people did, what Telegram saw and what the store kept;
`violations` compares them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.rigs.checker import Rows, Violation

IN_FLIGHT = 2  # copies that may be on their way when the process dies
# Two requests that leave one after the other on two connections may be read the other
# way round. Only for copies of which the store says that they were on their way.
PROMPT = 0.25  # seconds

# Which line of the report tells which state of a row.
REPORTED = {
    "sent": re.compile(r"^Zugestellt: (\d+) von \d+", re.MULTILINE),
    "undeliverable": re.compile(r"^Nicht zustellbar: (\d+) \((.*)\)", re.MULTILINE),
    "held": re.compile(r"^Ungewiss, ob angekommen: (\d+)", re.MULTILINE),
    "expired": re.compile(r"^Nicht mehr gesendet: (\d+) \((.*)\)", re.MULTILINE),
}
TOTAL = re.compile(r"^Zugestellt: \d+ von (\d+)", re.MULTILINE)
REASONS = ("undeliverable", "expired")  # states that say why


class Begun(NamedTuple):
    """A copy that reached Telegram, whatever came of it there."""

    chat: str
    at: float


@dataclass
class Announced:
    """Everything that is known when all is quiet again. Times are those of one clock."""

    # what people did
    everybody: set[str]  # chats of those who had subscribed
    left: dict[str, float | None]  # who unsubscribed, and from when on nothing may be begun
    gone: set[str]  # who blocked us for some time, or for good
    silences: list[tuple[float, float]]  # while it was paused for certain
    # what Telegram saw
    begun: list[Begun]
    heard: Counter[str]  # copies by chat
    lost_answers: int  # to copies
    reports: list[str]
    refusals: int  # "somebody confirmed it already"
    unconfirmed: int
    # what the store kept
    in_flight: list[int]  # copies on their way at each death
    within_reach: int  # copies that would have been sent soon, although it was paused
    announcements: Rows
    recipients: Rows
    subscribed: set[str]
    alarms: Rows
    unhandled: int


def violations(record: Announced) -> list[Violation]:
    """Every broken promise; an empty list if there is none."""
    return [
        *_confirmation(record),
        *_rows(record),
        *_copies(record),
        *_doubt(record),
        *_leaving(record),
        *_pauses(record),
        *_report(record),
    ]


def _confirmation(record: Announced) -> Iterator[Violation]:
    """Two pressed at once: it was sent once, and it has come to its end."""
    if record.unconfirmed or record.unhandled:
        yield Violation("unhandled", f"{record.unconfirmed} updates, {record.unhandled} messages")
    if [row["state"] for row in record.announcements] != ["done"]:
        yield Violation("no end", f"{[dict(row) for row in record.announcements]}")
    if record.refusals != 1:
        yield Violation("two confirmed", f"{record.refusals} were told that it is confirmed")


def _rows(record: Announced) -> Iterator[Violation]:
    """Whoever did nothing has a row; nobody has two; each row has come to an explained end."""
    rows = Counter(row["chat"] for row in record.recipients)
    for chat, number in rows.items():
        if number > 1:
            yield Violation("doubled recipient", f"{chat}: {number} rows")
        if chat not in record.everybody:
            yield Violation("foreign recipient", chat)
    for chat in sorted(record.everybody - record.left.keys() - record.gone - rows.keys()):
        yield Violation("forgotten", chat)
    for row in record.recipients:
        chat, end = row["chat"], f"{row['state']} ({row['reason']})"
        match row["state"], row["reason"]:
            case ("sent", None) | ("held", "uncertain"):
                pass
            case ("undeliverable", "blocked") if chat in record.gone:
                pass
            case ("expired", "withdrawn") if chat in record.left:
                pass
            case ("ready" | "sending", _):
                yield Violation("stuck copy", f"{chat}: {end}")
            case _:
                yield Violation("unexplained end", f"{chat}: {end}")


def _copies(record: Announced) -> Iterator[Violation]:
    """What arrived is what the rows say."""
    states = {row["chat"]: row["state"] for row in record.recipients}
    for chat in sorted(states.keys() | record.heard.keys()):
        number, state = record.heard[chat], states.get(chat)
        if number > 1:
            yield Violation("copies", f"{chat}: {number} of them ({state})")
        elif number and state not in ("sent", "held"):
            yield Violation("copy out of nowhere", f"{chat}: its row is {state}")
        elif not number and state == "sent":
            yield Violation("lost copy", chat)


def _doubt(record: Announced) -> Iterator[Violation]:
    """Few are in doubt, and the coordination is told of each."""
    for life, number in enumerate(record.in_flight):
        if number > IN_FLIGHT:
            yield Violation("in flight", f"{number} copies at the end of life {life}")
    held = [row for row in record.recipients if row["state"] == "held"]
    allowed = IN_FLIGHT * len(record.in_flight) + record.lost_answers
    if len(held) > allowed:
        yield Violation("doubts", f"{len(held)} are held, and at most {allowed} may be")
    told = {row["subject"] for row in record.alarms if row["kind"] == "delivery-uncertain"}
    for row in held:
        if str(row["outbox_id"]) not in told:
            yield Violation("silent doubt", f"{row['chat']} is held, and no alarm says so")


def _leaving(record: Announced) -> Iterator[Violation]:
    """Whoever has unsubscribed is left in peace from that moment on."""
    for chat in sorted(record.left.keys() & record.subscribed):
        yield Violation("lost unsubscription", chat)
    for chat in sorted(record.everybody - record.left.keys() - record.subscribed):
        yield Violation("foreign unsubscription", chat)
    on_its_way = {row["chat"] for row in record.recipients if row["ended"]}
    for copy in record.begun:
        since = record.left.get(copy.chat)
        if since is None:
            continue
        late = copy.at - since
        if late > (PROMPT if copy.chat in on_its_way else 0.0):
            yield Violation("sent after leaving", f"{copy.chat}: {late:.2f} s later")


def _pauses(record: Announced) -> Iterator[Violation]:
    """While it is paused nothing is begun, not even by a new process."""
    for starts, ends in record.silences:
        number = sum(starts < copy.at < ends for copy in record.begun)
        if number:
            yield Violation("sent while paused", f"{number} copies")
    if record.within_reach:
        yield Violation("not paused", f"{record.within_reach} copies would have been sent")


def _report(record: Announced) -> Iterator[Violation]:
    """The coordination reads once how it went, and reads the truth."""
    if len(record.reports) != 1:
        yield Violation("reports", f"{len(record.reports)} of them")
    for report in record.reports:
        for state, line in REPORTED.items():
            rows = [row for row in record.recipients if row["state"] == state]
            found = line.search(report)
            if int(found[1] if found else 0) != len(rows):
                yield Violation("wrong report", f"{len(rows)} are {state}: {report}")
            elif found and state in REASONS and _named(found[2]) != _reasons(rows):
                yield Violation("wrong report", f"{state} for {_reasons(rows)}: {report}")
        total = TOTAL.search(report)
        if total is None or int(total[1]) != len(record.recipients):
            yield Violation("wrong report", f"{len(record.recipients)} recipients: {report}")


def _named(reasons: str) -> list[int]:
    """How many for each reason, whatever its words are."""
    return sorted(int(number) for number in re.findall(r": (\d+)(?:,|$)", reasons))


def _reasons(rows: list[Mapping[str, Any]]) -> list[int]:
    return sorted(Counter(row["reason"] for row in rows).values())
