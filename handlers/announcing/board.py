"""Where the desk follows an announcement: one message that changes, and a report.

It stands in the coordinators' group, or in the chat in which somebody works alone. Whoever
acts elsewhere, in the browser for example, is answered there too.
"""

from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from handlers.announcing import view
from handlers.announcing.audiences import Crowd
from handlers.desk import toward_desk
from handlers.message import Address, Button, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from storage import announcements
from storage.announcements import Announcement, Progress

PAGES = "desk"  # the channel of those who work in the browser


class Board(BaseModel):
    """Where it is followed (nowhere but on its page, if `to` is missing), and what was read
    there last.

    Without `message`, the network's id, nothing can be changed there: then progress is
    told in new messages, one a quarter.
    """

    model_config = ConfigDict(frozen=True)

    to: Address | None = None
    message: str = ""
    said: str = ""
    quarter: int = 0


async def new(turn: Turn) -> str:
    """A board for an announcement that is written in this turn, as the store keeps it."""
    group = await toward_desk.group(turn)
    here = turn.here if turn.incoming.channel != PAGES else None
    return Board(to=group or here).model_dump_json()


def seen_at(turn: Turn, found: Announcement) -> Announcement:
    """The message below which a button was pressed is one that we can change."""
    board, it = _of(found), turn.incoming
    if it.message and it.channel != PAGES and it.message != board.message:
        board = Board(to=turn.here, message=it.message)
    return _with(found, board)


def kept_from(before: Announcement, found: Announcement) -> Announcement:
    """The announcement as it is now, with the board as this turn knows it."""
    return replace(found, board=before.board)


# -- before it is sent ----------------------------------------------------------------------


async def preview(turn: Turn, found: Announcement, crowd: Crowd) -> None:
    """Both versions as they will be read, and what can be done: here, and for the colleagues."""
    everywhere = {turn.here, *([to] if (to := _of(found).to) else [])}
    buttons = await view.choices(turn.tx, turn.knowledge, found)
    labels = tuple(button.label for button in buttons)
    offered = [verb for verb in view.VERBS["draft"] if not (found.corrects and verb == "later")]
    for to in everywhere:
        if to.channel == PAGES:
            page = Button(label=turn.label("button_ann_page"), url=_page(turn, found))
            turn.say("ann_made", page, id=found.id)
            continue
        text = view.body(turn.knowledge, found)
        turn.send(Outgoing(to=to, text=text, files=found.files))
        if found.plain is not None and crowd.reads_plain:
            simple = view.body(turn.knowledge, found, plain=True)
            turn.send(Outgoing(to=to, text=turn.words("ann_plain") + "\n\n" + simple))
        turn.send(
            Outgoing(
                to=to,
                text=asked(turn, found, crowd, labels),
                buttons=tuple(_button(turn, verb, found) for verb in offered),
            )
        )


def asked(turn: Turn, found: Announcement, crowd: Crowd, labels: tuple[str, ...]) -> Text:
    """How many get it, who does not, and what it takes to send it."""
    if crowd:
        head = turn.words(
            "ann_ask_correction" if found.corrects is not None else "ann_ask",
            id=found.id,
            buttons=" und ".join(f"„{label}“" for label in labels),
            number=len(crowd),
            channels=", ".join(f"{name}: {number}" for name, number in view.channels(crowd)),
        )
    else:
        head = turn.words("ann_nobody", id=found.id)
    return Text.joined([head, *view.notes(turn.knowledge, crowd, turn.now)], by="\n")


# -- while it is sent -------------------------------------------------------------------------


async def show(turn: Turn, found: Announcement, text: Text, *verbs: str) -> None:
    """Change the message at the desk; say it anew where that is not possible."""
    board = _of(found)
    said = str(text) + "".join(verbs)
    if board.to is not None and said != board.said:
        turn.send(
            Outgoing(
                do="edit" if board.message else "say",
                to=board.to,
                text=text,
                buttons=tuple(_button(turn, verb, found) for verb in verbs),
                targets=(board.message,) if board.message else (),
            )
        )
    if turn.incoming.channel == PAGES:
        turn.reply(text)
    elif turn.incoming.private and board.to != turn.here:
        turn.reply(text, *(_button(turn, verb, found) for verb in verbs))
    await _keep(turn, found, board.model_copy(update={"said": said}))


async def show_progress(turn: Turn, found: Announcement, progress: Progress) -> None:
    done = max(found.total - progress.open, 0)
    quarter = 4 * done // found.total
    board = _of(found)
    told = not board.message and board.quarter == quarter and bool(board.said)
    if found.state == "sending" and told and turn.incoming.channel != PAGES:
        await _keep(turn, found, board)
        return
    name = {"sending": "ann_sending", "paused": "ann_paused"}.get(found.state, "ann_ending")
    percent = 100 * done // found.total
    parts = [turn.words(name, id=found.id, percent=percent, done=done, total=found.total)]
    if found.state == "sending" and progress.later:
        parts.append(turn.words("ann_resting", number=progress.later))
    found = _with(found, board.model_copy(update={"quarter": quarter}))
    verbs = [verb for verb in view.VERBS[found.state] if verb != "correct"]
    await show(turn, found, Text.joined(parts, by="\n"), *verbs)


async def report(turn: Turn, found: Announcement, progress: Progress) -> None:
    """Nothing of it is on its way any more."""
    await show(turn, found, turn.words("ann_over", id=found.id))
    to = _of(found).to
    if to is not None:
        head = turn.words("ann_report", id=found.id)
        lines = view.report(turn.knowledge, found, progress)
        turn.send(Outgoing(to=to, text=Text.joined([head, *lines], by="\n")))


# -- what these share -----------------------------------------------------------------------


def _page(turn: Turn, found: Announcement) -> str:
    return f"{turn.house.public_url}/desk/ankuendigungen/{found.id}"


def _button(turn: Turn, verb: str, found: Announcement) -> Button:
    return Button(label=turn.label(f"button_ann_{verb}"), action=f"ann:{verb}:{found.id}")


def _of(found: Announcement) -> Board:
    return Board.model_validate_json(found.board)


def _with(found: Announcement, board: Board) -> Announcement:
    return replace(found, board=board.model_dump_json())


async def _keep(turn: Turn, found: Announcement, board: Board) -> None:
    await announcements.set_board(turn.tx, found.id, board.model_dump_json())
