"""Experts, as people find and ask them. Every question to one goes through the coordination."""

from collections.abc import Sequence

from handlers.conversation import Line
from handlers.message import Button
from handlers.network import pool
from handlers.network.expert_questions import subject
from handlers.network.pool import Listed
from handlers.text import Text
from handlers.turn import Turn
from knowledge import german
from knowledge.load import Library
from knowledge.models import Expert

MOST = 10  # in one answer, so that nobody reads the pool through
TOPICS = 10  # buttons
LABEL = 60  # characters of a button
NAMED = 200  # of what somebody looks for, when it is said back to them


# -- for other parts of the hotline ----------------------------------------------------------


async def find(turn: Turn, text: str, topics: Sequence[str], limit: int = 3) -> list[Expert]:
    """Who knows about what a text names or about one of the topics, the most fitting first."""
    return [one.expert for one in await _find(turn, text, topics, min(limit, MOST))]


async def shown(turn: Turn, expert: Expert) -> tuple[Text, tuple[Button, ...]]:
    """An expert as people read them, and what they can do."""
    ask = Button(label=turn.label("button_experts_ask"), action=f"exp:ask:{expert.id}")
    return card(turn.knowledge.library, expert, plain=turn.plain), (ask,)


def card(library: Library, expert: Expert, *, plain: bool = False) -> Text:
    """All that is public of an expert."""
    say = library.texts.say

    def words(name: str, **fields: str) -> Text:
        simple = f"{name}_einfach"
        return Text.written(say[simple if plain and simple in say else name], **fields)

    facts = [words("experts_topics", what=_knows(library, expert))]
    formats = library.formats
    if taken := [formats[one].name for one in expert.formats if one in formats]:
        facts.append(words("experts_formats", what=", ".join(taken)))
    facts.append(words("experts_regions", what=", ".join(expert.regions)))
    facts.append(words("experts_languages", what=", ".join(expert.languages)))
    if expert.availability:
        facts.append(words("experts_availability", what=expert.availability))
    if expert.page:
        facts.append(words("experts_page", what=str(expert.page)))
    head = Text.joined([Text.bold(expert.name), expert.summary], by="\n")
    return Text.joined([head, Text.joined(facts, by="\n"), words("experts_way")])


def _knows(library: Library, expert: Expert) -> str:
    """Topics and keywords, each once."""
    names = library.network.topic_names
    known: dict[str, str] = {}
    for word in (*(names[one] for one in expert.topics if one in names), *expert.keywords):
        known.setdefault(german.normalise(word), word)
    return ", ".join(known.values())


# -- looking for somebody ---------------------------------------------------------------------


async def browse(turn: Turn, rest: str = "") -> None:
    """`/fachleute Leerstand`; without a word, what there is somebody for."""
    if german.split(rest):
        await _answer(turn, rest, Line(at=turn.incoming.at, text=_sought(turn, rest)))
    else:
        await _begin(turn)


async def asked_for(turn: Turn) -> bool:
    """Take a message that plainly asks for experts on something; leave all others.

    Where no town keeps a pool, the answers say what there is instead.
    """
    it = turn.incoming
    if it.files or it.place or it.contact or not (about := subject(turn.heard.words)):
        return False
    if not await _shown(turn):
        return False
    await _answer(turn, about, Line(at=it.at, text=turn.text, message=it.message))
    return True


async def pressed(turn: Turn, value: str) -> bool:
    """`exp:show:…`, `exp:ask:…` and `exp:topic:…`."""
    verb, _, name = value.partition(":")
    match verb:
        case "topic":
            topics = turn.knowledge.library.network.topic_names
            if name not in topics:
                return False
            line = Line(at=turn.incoming.at, text=_sought(turn, topics[name]))
            await _answer(turn, topics[name], line, topics=(name,))
        case "show" | "ask":
            one = (await _shown(turn)).get(name)
            if one is None:
                turn.say("experts_gone", Button(label=turn.label("button_human"), action="human"))
            elif verb == "show":
                text, buttons = await shown(turn, one.expert)
                turn.reply(text, *buttons)
            else:
                _ask(turn, one.expert)
        case "":
            await _begin(turn)
        case _:
            return False
    return True


def _ask(turn: Turn, expert: Expert) -> None:
    """What they write next becomes a request, with this expert proposed."""
    turn.conversation = turn.conversation.but(
        expects="concern", expert=expert.id, draft=(), feedback=""
    )
    turn.say("experts_ask", name=expert.name)


async def _begin(turn: Turn) -> None:
    found = await _shown(turn)
    if not found:
        turn.say("experts_nobody", Button(label=turn.label("button_human"), action="human"))
        return
    held = {topic for one in found.values() for topic in one.expert.topics}
    topics = [one for one in turn.knowledge.library.network.topics if one.id in held]
    buttons = [Button(label=one.name, action=f"exp:topic:{one.id}") for one in topics[:TOPICS]]
    turn.say("experts_start" if buttons else "experts_start_no_topic", *buttons)


async def _answer(turn: Turn, about: str, line: Line, topics: Sequence[str] = ()) -> None:
    """Who there is, or honestly that there is nobody and whether to hand `line` over."""
    found = await _find(turn, about, topics, MOST + 1)
    # What was on offer before is over: a "ja" from now on is not meant for it.
    noted = turn.conversation.noting(line)
    turn.conversation = noted.but(expects="" if found else "handover", feedback="")
    if not found:
        turn.say(
            "experts_none_found",
            Button(label=turn.label("button_hand_over_yes"), action="ho:yes"),
            Button(label=turn.label("button_hand_over_no"), action="ho:no"),
            what=about[:NAMED],
        )
    elif len(found) == 1:
        text, buttons = await shown(turn, found[0].expert)
        turn.reply(text, *buttons)
    else:
        _list(turn, about, found)


async def _shown(turn: Turn) -> dict[str, Listed]:
    return await pool.shown(turn.tx, turn.knowledge.library, turn.now)


async def _find(turn: Turn, text: str, topics: Sequence[str], limit: int) -> list[Listed]:
    return await pool.find(turn.tx, turn.knowledge, turn.now, text, topics, limit=limit)


def _list(turn: Turn, about: str, found: Sequence[Listed]) -> None:
    lines = [
        Text.of("• ") + Text.bold(one.expert.name) + f": {one.expert.summary}"
        for one in found[:MOST]
    ]
    buttons = [
        Button(label=one.expert.name[:LABEL], action=f"exp:show:{one.expert.id}")
        for one in found[:MOST]
    ]
    more = turn.words("experts_found_more") if len(found) > MOST else ""
    text = turn.words("experts_found", what=about[:NAMED], list=Text.joined(lines, by="\n"))
    turn.reply(Text.joined([text, more]), *buttons)


def _sought(turn: Turn, what: str) -> str:
    """The line that is handed over when there is nobody."""
    return str(turn.words("experts_sought", what=what))
