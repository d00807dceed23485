"""In a group we speak when spoken to: short, and with a way to the chat with us alone.

What is asked there is answered or not, and then forgotten; it never becomes a request.
"""

import re
from datetime import timedelta

from handlers import wording
from handlers.conversation import Item
from handlers.message import Button, Kind
from handlers.network.group_care import private_chat
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import SMALL_TALK, answered
from knowledge.decide import Answer, Chat, Several
from storage import outbox

COMMAND = "/frage"
LONGEST = 400  # characters of an answer
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
    match turn.knowledge.decide(heard, ""):
        case Answer() | Several() as found:
            kind, item_id = item = answered(found)[0]
            _say(turn, brief(turn, item), *private_chat(turn, kind, item_id))
        case Chat(kind=kind) if kind in SAID_HERE:
            _say(turn, first_sentences(str(turn.words(SMALL_TALK[kind]))))
        case _:
            _say(turn, turn.words("group_ask_privately"), *private_chat(turn))


def addressed(turn: Turn) -> bool:
    """Whether something was said to us in a group; channels hand over nothing else."""
    it = turn.incoming
    return it.kind is Kind.MESSAGE and not (it.private or it.desk) and bool(turn.text)


def brief(turn: Turn, item: Item) -> Text:
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
    room = LONGEST - len(title.characters) - 1
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
