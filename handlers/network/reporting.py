"""Reporting: whoever read something bad shows the coordinators these words, and no others.

They choose one message or the last ones of the other, see once more what would be read, and
say why. What was shown to them is what is handed in, even if the other writes on meanwhile.
"""

from collections.abc import Sequence

from handlers.message import Button
from handlers.network import between, introductions, reports
from handlers.network.between import button, me
from handlers.network.reports import LINES, lines_of
from handlers.text import Text
from handlers.turn import Turn
from storage import ids
from storage import introductions as store
from storage import reports as kept
from storage.introductions import Introduction
from storage.protected import ProtectedLine

LONGEST_REASON = 500  # characters
OFFERED = 5  # introductions, when `/melden` says of none which

GROUNDS = {
    "rude": "button_report_rude",
    "threat": "button_report_threat",
    "spam": "button_report_spam",
}
VERBS = ("report", "these", "unreport", *GROUNDS)


def button_for(turn: Turn, it: Introduction, line: int | None = None) -> Button:
    """Below words of the other: these are meant, unless something else is chosen."""
    which = "" if line is None else f".{line}"
    return button(turn, "button_report", f"prot:report:{it.id}{which}")


async def typed(turn: Turn, rest: str = "") -> None:
    """`/melden`: in a protected conversation it is clear who is meant."""
    if turn.conversation.protected:
        it = await between.of_presser(turn, str(turn.conversation.protected))
        if it is not None:
            await _begin(turn, it, None)
            return
    found = [
        it
        for it in await store.of_person(turn.tx, me(turn))
        if await lines_of(turn.tx, it, it.other(me(turn)))
        and not await kept.by(turn.tx, me(turn), it.id)
    ]
    if len(found) == 1:
        await _begin(turn, found[0], None)
    elif found:
        labels = [(it, turn.words("button_report_number", number=it.number)) for it in found]
        shown = [Button(label=str(label), action=f"prot:report:{it.id}") for it, label in labels]
        turn.say("report_whom", *shown[:OFFERED])
    else:
        turn.say("report_nobody", Button(label=turn.label("button_human"), action="human"))


async def pressed(turn: Turn, verb: str, subject: str) -> bool:
    """`prot:report:7` begins, `prot:report:7.31` with one message; `prot:these:7.31` and
    `prot:these:7` choose this one or the last ones."""
    number, _, line = subject.partition(".")
    it = await between.of_presser(turn, number)
    if it is None:
        return False
    which = ids.number(line) if line else None
    if verb == "report":
        return await _begin(turn, it, which)
    if turn.conversation.expects != "report" or turn.conversation.peer != str(it.id):
        return False
    if verb == "unreport":
        return _unreport(turn)
    if verb == "these":
        return await _chosen(turn, it, which)
    if not turn.conversation.lines:
        return False
    await _hand_in(turn, it, turn.label(GROUNDS[verb]))
    return True


async def _begin(turn: Turn, it: Introduction, which: int | None) -> bool:
    """Which words would be shown to the coordinators?"""
    if await kept.by(turn.tx, me(turn), it.id):
        turn.say("report_already", number=it.number)
        return True
    lines = await lines_of(turn.tx, it, it.other(me(turn)))
    meant = await _of_these(turn, it, lines, which)
    if not meant:
        turn.say("report_nothing", number=it.number)
        return True
    turn.conversation = turn.conversation.but(
        expects="report", peer=str(it.id), lines=(), draft=(), protected=0, told=None
    )
    if len(lines) == 1 and meant == lines:
        _confirm(turn, it, lines)
    else:
        _ask_which(turn, it, lines, meant[-1])
    return True


async def _of_these(
    turn: Turn, it: Introduction, lines: Sequence[ProtectedLine], which: int | None
) -> list[ProtectedLine]:
    """The message that is meant; the last one where none is named."""
    if which is None:
        return list(lines[-1:])
    return await reports.named(turn.tx, it, it.other(me(turn)), (which,))


def _ask_which(
    turn: Turn, it: Introduction, lines: Sequence[ProtectedLine], meant: ProtectedLine
) -> None:
    last = bool(lines) and lines[-1].id == meant.id
    one = "button_report_last" if last else "button_report_this"
    buttons = [button(turn, one, f"prot:these:{it.id}.{meant.id}")]
    if len(lines) > 1:
        many = "button_report_ten" if len(lines) == LINES else "button_report_all"
        label = str(turn.words(many, number=len(lines)))
        buttons.append(Button(label=label, action=f"prot:these:{it.id}"))
    buttons.append(_cancel(turn, it))
    turn.say("report_which", *buttons, number=it.number, line=Text.quote(meant.text))


async def _chosen(turn: Turn, it: Introduction, which: int | None) -> bool:
    lines = await lines_of(turn.tx, it, it.other(me(turn)))
    if which is not None:
        lines = await reports.named(turn.tx, it, it.other(me(turn)), (which,))
    if lines:
        _confirm(turn, it, lines)
    return bool(lines)


def _confirm(turn: Turn, it: Introduction, lines: Sequence[ProtectedLine]) -> None:
    """What the coordinators would read, word for word; and why?"""
    turn.conversation = turn.conversation.but(lines=tuple(line.id for line in lines))
    turn.say(
        "report_really",
        *(button(turn, label, f"prot:{verb}:{it.id}") for verb, label in GROUNDS.items()),
        _cancel(turn, it),
        number=it.number,
        lines=Text.joined([Text.quote(line.text) for line in lines], by="\n"),
    )


async def reason_written(turn: Turn) -> bool:
    """The reason in their own words; False if nothing was asked any more."""
    it = await between.of_presser(turn, turn.conversation.peer)
    if it is None or not turn.text or await kept.by(turn.tx, me(turn), it.id):
        return False
    if turn.meaning in ("no", "bye"):
        return _unreport(turn)
    if not turn.conversation.lines:
        return await _begin(turn, it, None)
    if len(turn.text) > LONGEST_REASON:
        turn.say("report_too_long", longest=LONGEST_REASON, length=len(turn.text))
        return True
    await _hand_in(turn, it, turn.text)
    return True


def _unreport(turn: Turn) -> bool:
    turn.conversation = turn.conversation.but(expects="", peer="", lines=())
    turn.say("report_cancelled")
    return True


async def _hand_in(turn: Turn, it: Introduction, reason: str) -> None:
    """The desk reads these lines and no others, and the two are kept apart from now on."""
    chosen = turn.conversation.lines
    turn.conversation = turn.conversation.but(expects="", peer="", lines=())
    lines = await reports.named(turn.tx, it, it.other(me(turn)), chosen)
    if not lines:
        turn.say("report_nothing", number=it.number)
        return
    await reports.hand_in(turn, it, [line.text for line in lines], reason)
    await introductions.reported(turn, it)
    turn.say("report_done", number=it.number)


def _cancel(turn: Turn, it: Introduction) -> Button:
    return button(turn, "button_report_cancel", f"prot:unreport:{it.id}")
