"""In a group we speak when spoken to: short, and with a way to the chat with us alone.

What is asked there is answered or not, and then forgotten; it never becomes a request. Nobody
is named there: peers and experts agreed to be found by one person, not by a group.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

from handlers import wording
from handlers.conversation import Item
from handlers.message import Button, Kind
from handlers.network import groups
from handlers.network.group_care import private_chat
from handlers.programme import events
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import SMALL_TALK, answered
from knowledge.decide import Answer, Chat, Several, Suggest
from knowledge.models import Event
from knowledge.words import Words
from storage import outbox
from storage.groups import Group

COMMAND = "/frage"
LONGEST = 400  # characters of an answer
AT_ONCE, LINE = 3, 110  # lines of a list, characters of each
A_MINUTE, MOST = timedelta(minutes=1), 5  # answers in one group
CONVERSATION = 0  # the lane of the outbox that is not for announcements
SAID_HERE = ("greeting", "thanks", "bye")

_SENTENCE = re.compile(r".+?(?:[.!?:](?=\s|$)|$)", re.DOTALL)
# A full stop behind these ends no sentence.
_SHORT = re.compile(r"(?:\b(?:z|B|d|h|u|a|o|ca|bzw|Nr|St|Dr|vgl|Abs|Art|inkl|ggf)|\d)\.$")


async def asked(turn: Turn) -> None:
    """`/frage …`, our name, or a reply to us."""
    question = turn.text
    if question.lower().startswith(COMMAND):
        question = question[len(COMMAND) :].strip()
    heard = turn.knowledge.hear(question) if question else None
    if heard and heard.kind == "emergency":  # however often it is asked
        turn.say("emergency")
        return
    if await _enough(turn):
        return
    if heard is None:
        _say(turn, turn.words("group_ask_how"))
        return
    text = await _who_knows(turn, question) or _dates(turn, question)
    if text is not None:
        _say(turn, text, *private_chat(turn))
        return
    match turn.knowledge.decide(heard, ""):
        case Answer() as found:
            kind, item_id = item = answered(found)[0]
            _say(turn, brief(turn, item), *private_chat(turn, kind, item_id))
        case Several() as found:
            items = answered(found)
            room = LONGEST // len(items) - len(items)
            _say(
                turn, Text.joined([brief(turn, item, room) for item in items]), *private_chat(turn)
            )
        case Suggest(hits=hits):
            listed = _listed(hit.title for hit in hits)
            _say(turn, turn.words("group_suggest", list=listed), *private_chat(turn))
        case Chat(kind="events") if shown := events.coming(turn):
            text = turn.words("group_dates_next", list=_calendar(turn, shown))
            _say(turn, text, *private_chat(turn))
        case Chat(kind=kind) if kind in SAID_HERE:
            _say(turn, first_sentences(str(turn.words(SMALL_TALK[kind]))))
        case _:
            _say(turn, turn.words("group_ask_privately"), *private_chat(turn))


async def _who_knows(turn: Turn, question: str) -> Text | None:
    """The public groups about a matter; people are for the chat with us alone."""
    matters = turn.knowledge.matters
    if not matters.seeks_people(Words(question)) or not (topics := matters.named_in(question)):
        return None
    found = await groups.about(turn, topics, AT_ONCE)
    names = [groups.title(group) for group in found if not _is_here(turn, group)]
    if not names:
        return turn.words("group_people_privately")
    return turn.words("group_people_and_groups", list=_listed(names))


def _is_here(turn: Turn, group: Group) -> bool:
    it = turn.incoming
    return (it.channel, it.bot, it.chat) == (group.channel, group.bot, group.chat)


def _dates(turn: Turn, question: str) -> Text | None:
    """The first events of the days that are asked for, or that there are none."""
    asked_for = events.on_days(turn, question)
    if asked_for is None:
        return None
    days, found = asked_for
    if found:
        return turn.words("group_dates", days=days, list=_calendar(turn, found))
    parts: list[Text | str] = [turn.words("group_dates_none", days=days)]
    if coming := events.coming(turn):
        parts.append(turn.words("group_dates_next", list=_calendar(turn, coming[:1])))
    return Text.joined(parts, by="\n")


def _calendar(turn: Turn, found: Sequence[Event]) -> str:
    lines = events.lines(turn, found[:AT_ONCE]).splitlines()
    return "\n".join(map(_cut, lines))


def _listed(names: Iterable[str]) -> str:
    return "\n".join(_cut(f"• {name}") for name in names)


def _cut(line: str) -> str:
    return line if len(line) <= LINE else f"{line[: LINE - 2].rstrip()} …"


def addressed(turn: Turn) -> bool:
    """Whether something was said to us in a group; channels hand over nothing else."""
    it = turn.incoming
    return it.kind is Kind.MESSAGE and not (it.private or it.desk) and bool(turn.text)


def brief(turn: Turn, item: Item, longest: int = LONGEST) -> Text:
    """An item that we know in a few sentences."""
    kind, item_id = item
    library = turn.knowledge.library
    match kind:
        case "faq":
            name, words = "", library.entries[item_id].answer
        case "format":
            name, words = library.formats[item_id].name, library.formats[item_id].summary
        case _:
            event = library.events[item_id]
            called_off = f"{turn.label('event_cancelled_mark')}: " if event.cancelled else ""
            name = f"{called_off}{event.title}"
            words = ", ".join(filter(None, (wording.when(event), wording.where(event))))
    title = Text.bold(name)
    room = longest - len(title.characters) - 1
    return Text.joined([title, first_sentences(words, room)], by="\n")


def first_sentences(words: str, longest: int = LONGEST) -> str:
    """As many whole sentences as fit; a first one that is too long is cut."""
    flat = " ".join(words.split())
    if len(flat) <= longest:
        return flat
    taken = end = 0
    for found in _SENTENCE.finditer(flat):
        end = found.end()
        if end > longest:
            break
        if not _SHORT.search(flat[:end]):
            taken = end
    if taken:
        return flat[:taken].rstrip(" :")
    cut = max(flat.rfind(" ", 0, longest - 1), 0) or longest - 2
    return f"{flat[:cut].rstrip(' ,;:')} …"


async def _enough(turn: Turn) -> bool:
    """Whether we said as much here lately as a group can bear."""
    it, since = turn.incoming, turn.now - A_MINUTE
    said = await outbox.said_since(turn.tx, it.channel, it.bot, it.chat, CONVERSATION, since)
    return said >= MOST


def _say(turn: Turn, text: Text | str, *buttons: Button) -> None:
    turn.reply(text, *buttons, quote=True)
