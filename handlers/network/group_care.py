"""What happens to a topic group: coordinators choose what it gets, and the directory learns
when it is renamed, dead, or lets us do less than before."""

from datetime import timedelta

from handlers.announcing import audiences
from handlers.message import Address, Button, Outgoing
from handlers.network import joining_groups, sharing
from handlers.network.groups import title
from handlers.network.joining_groups import TROUBLE
from handlers.programme import topics
from handlers.turn import Turn
from knowledge import german
from storage import coordinators, due, group_joins, groups, house
from storage.groups import Group
from storage.moments import moment

COMMAND = "/themengruppe"
WELCOME_COMMAND = "/begruessung"
NONE = "aus"

WELCOME = "group-welcome"  # falls due
LOST = "group-lost"  # the courier tells of it
TOGETHER = timedelta(seconds=30)  # whoever comes within this is welcomed with the others
PEACE = timedelta(minutes=10)  # between two welcomes, however many come

SLUG = 40  # characters of an address


# -- what coordinators choose in the group ------------------------------------------------


async def choose(turn: Turn) -> None:
    """`/themengruppe Leerstand, Mobilität` in a group; `alle` and `aus` are understood too."""
    it = turn.incoming
    command, wanted = turn.command
    if f"/{command}" != COMMAND or not await _may(turn):
        return
    if not wanted:
        found = await groups.find(turn.tx, it.channel, it.bot, it.chat)
        turn.say("group_how")
        if found and found.announces and found.gone_at is None:
            turn.say("group_stands", topics=_named(turn, found.topics))
    elif wanted.casefold() == NONE:
        await groups.quiet(turn.tx, it.channel, it.bot, it.chat)
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
    matters = [topic.id for topic in library.network.topics if topic.id in chosen]
    slug = await free_slug(turn, it.chat_title)
    await groups.join(
        turn.tx, it.channel, it.bot, it.chat, it.chat_title, chosen, slug, matters, turn.now
    )
    turn.say("group_joined", topics=_named(turn, tuple(chosen)))


async def welcomes(turn: Turn) -> None:
    """`/begruessung an` and `/begruessung aus` in a group that we know."""
    it = turn.incoming
    command, wanted = turn.command
    if f"/{command}" != WELCOME_COMMAND or not await _may(turn):
        return
    group = await groups.find(turn.tx, it.channel, it.bot, it.chat)
    if group is None:
        turn.say("group_welcome_unknown")
    elif wanted.casefold() in ("an", "ein", NONE):
        on = wanted.casefold() != NONE
        await groups.set_welcomes(turn.tx, group.id, welcomes=on)
        turn.say("group_welcome_on" if on else "group_welcome_off")
    else:
        turn.say("group_welcome_how")


async def _may(turn: Turn) -> bool:
    """Whoever runs the group decides nothing here: only those do who are enrolled with us."""
    it = turn.incoming
    by = await coordinators.by_account(turn.tx, it.channel, it.bot, it.sender)
    if by is None or not by.publishes:
        turn.say("desk_not_enrolled")
        return False
    return True


async def free_slug(turn: Turn, name: str) -> str:
    """An address for its page that no other group has: two may be called the same."""
    words = "-".join(german.fold(word) for word in german.split(name))
    letters = "".join(sign for sign in words if sign == "-" or (sign.isascii() and sign.isalnum()))
    base = letters[:SLUG].strip("-") or "gruppe"
    slug, number = base, 1
    while await groups.called(turn.tx, slug):
        number += 1
        slug = f"{base}-{number}"
    return slug


def _named(turn: Turn, slugs: tuple[str, ...]) -> str:
    return ", ".join(map(topics.name, slugs)) or turn.label("group_everything")


# -- what becomes of it -------------------------------------------------------------------


async def put_out(turn: Turn) -> None:
    """We were put out of a group."""
    it = turn.incoming
    group = await groups.find(turn.tx, it.channel, it.bot, it.chat)
    if group and await groups.lost(turn.tx, it.channel, it.bot, it.chat, turn.now):
        await _mourn(turn, group)


async def lost(turn: Turn, subject: str) -> None:
    """A message could not be sent there, and none ever will."""
    number = subject.partition(":")[0]
    if group := await groups.get(turn.tx, int(number)):
        await _mourn(turn, group)


async def _mourn(turn: Turn, group: Group) -> None:
    """The desk learns it, and whoever waits at the door."""
    if group.listed_at is not None or group.announces:
        await house.alarm(turn.tx, TROUBLE, str(group.id), turn.now)
    for join in await group_joins.waiting(turn.tx, group.id):
        await joining_groups.failed(turn, group, join, "gone")


async def rights(turn: Turn) -> None:
    """We are in a group, and may do more or less there than before."""
    it = turn.incoming
    group = await groups.find(turn.tx, it.channel, it.bot, it.chat)
    if group is None:
        return
    if group.gone_at is not None:
        await groups.found_again(turn.tx, group.id)
    await groups.set_trouble(turn.tx, group.id, it.text)
    if it.text and group.listed_at is not None:
        await house.alarm(turn.tx, TROUBLE, str(group.id), turn.now)
    elif not it.text:
        await house.resolve(turn.tx, TROUBLE, str(group.id), turn.now)


async def renamed(turn: Turn) -> None:
    it = turn.incoming
    await groups.rename(turn.tx, it.channel, it.bot, it.chat, it.text)


# -- new members --------------------------------------------------------------------------


async def arrived(turn: Turn) -> None:
    """Somebody came in. Who they are is used to close their way in, and not kept."""
    it = turn.incoming
    group = await groups.find(turn.tx, it.channel, it.bot, it.chat)
    if group is None:
        return
    for account in it.members:
        if join := await group_joins.of_account(turn.tx, group.id, it.channel, it.bot, account):
            await group_joins.inside(turn.tx, join.id, turn.now)
    if group.welcomes and await due.planned(turn.tx, WELCOME, str(group.id)) is None:
        at = turn.now + TOGETHER
        if group.welcomed_at is not None:
            at = max(at, moment(group.welcomed_at) + PEACE)
        await due.plan(turn.tx, WELCOME, str(group.id), at)


async def welcome(turn: Turn, subject: str) -> None:
    """One message for all who came."""
    group = await groups.get(turn.tx, int(subject))
    if group is None or not group.welcomes or group.gone_at is not None:
        return
    await groups.welcomed(turn.tx, group.id, turn.now)
    rules = group.rules or turn.label("group_rules_usual")
    text = turn.words("group_welcome", title=title(group), rules=rules)
    to = Address(channel=group.channel, bot=group.bot, chat=group.chat)
    turn.send(Outgoing(to=to, text=text, buttons=private_chat(turn), silent=True))


def private_chat(turn: Turn, kind: str = "", id: str = "") -> tuple[Button, ...]:
    """The way from a group to the chat with us alone."""
    if not turn.house.telegram:
        return ()
    url = sharing.deep_link(turn.house.telegram, kind, id)
    return (Button(label=turn.label("button_group_private"), url=url),)
