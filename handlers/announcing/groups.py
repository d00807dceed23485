"""Topic groups: a coordinator makes a group of a messenger one that gets announcements."""

from handlers.announcing import audiences
from handlers.programme import topics
from handlers.turn import Turn
from storage import coordinators, groups

COMMAND = "/themengruppe"
NONE = "aus"


async def choose(turn: Turn) -> None:
    """`/themengruppe Leerstand, Mobilität` in a group; `alle` and `aus` are understood too."""
    it = turn.incoming
    command, wanted = turn.command
    if f"/{command}" != COMMAND:
        return
    by = await coordinators.by_account(turn.tx, it.channel, it.bot, it.sender)
    if by is None or not by.publishes:
        turn.say("desk_not_enrolled")
    elif not wanted:
        found = await groups.find(turn.tx, it.channel, it.bot, it.chat)
        turn.say("group_how")
        if found:
            turn.say("group_stands", topics=_named(turn, found.topics))
    elif wanted.casefold() == NONE:
        await groups.leave(turn.tx, it.channel, it.bot, it.chat, turn.now)
        turn.say("group_left")
    else:
        await _join(turn, wanted)


async def _join(turn: Turn, wanted: str) -> None:
    it, library = turn.incoming, turn.knowledge.library
    chosen: list[str] = []
    if wanted.casefold() != audiences.EVERYBODY:
        for name in filter(None, (part.strip() for part in wanted.split(","))):
            audience = audiences.named(library, name)
            if audience is None or not audience.topics:
                known = ", ".join(sorted(audiences.known_topics(library)))
                turn.say("group_unknown_topic", topic=name, list=known)
                return
            chosen += audience.topics
    await groups.join(turn.tx, it.channel, it.bot, it.chat, it.chat_title, chosen, turn.now)
    turn.say("group_joined", topics=_named(turn, tuple(chosen)))


async def lost(turn: Turn) -> None:
    """We were put out of a group."""
    it = turn.incoming
    await groups.leave(turn.tx, it.channel, it.bot, it.chat, turn.now)


def _named(turn: Turn, slugs: tuple[str, ...]) -> str:
    return ", ".join(map(topics.name, slugs)) or turn.label("group_everything")
