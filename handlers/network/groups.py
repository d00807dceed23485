"""The directory of topic groups: found by topic or by words, shown with what they are about.

A group that is dead, or not listed, is nobody's to find.
"""

from collections.abc import Sequence

from handlers.message import Button, Kind
from handlers.network import sharing
from handlers.text import Text
from handlers.turn import Turn
from knowledge import german
from knowledge.decide import Answer, Several
from knowledge.words import Words
from storage import groups
from storage.groups import Group

AT_ONCE = 10
LABEL = 48  # characters of a name on a button, with room for what tells two of them apart
NETWORKS = {"telegram": "Telegram"}


async def browse(turn: Turn, rest: str = "") -> None:
    """`/gruppen`, or `/gruppen leerstand`."""
    listed = await groups.listed(turn.tx)
    if not listed:
        turn.say("groups_none")
        return
    found = _meant(turn, listed, rest)
    if not found:
        every = Button(label=turn.label("button_groups_all"), action="grp:all")
        turn.say("groups_not_found", every, words=rest[:LABEL])
        return
    offer(turn, found, "groups_found" if rest else "groups_all")


def offer(turn: Turn, found: Sequence[Group], name: str) -> None:
    here = found[:AT_ONCE]
    lines = "\n".join(f"• {title(group)}: {' · '.join(_brief(turn, group))}" for group in here)
    text = turn.words(name, number=len(found), list=lines)
    if len(found) > len(here):
        text = Text.joined([text, turn.words("groups_more", number=len(found) - len(here))])
    turn.reply(text, *buttons(found))


def buttons(found: Sequence[Group]) -> tuple[Button, ...]:
    """One for each group; two of the same name are told apart by what else is known."""
    here = found[:AT_ONCE]
    names = [title(group) for group in here]
    shown = []
    for group in here:
        label = _cut(title(group))
        if names.count(title(group)) > 1:
            label = f"{label} ({group.region or group.slug})"
        shown.append(Button(label=label, action=f"grp:see:{group.id}"))
    return tuple(shown)


async def about(turn: Turn, topics: Sequence[str], limit: int = 3) -> list[Group]:
    """Listed groups about these topics, ids of the content's `network.yaml`; the closest first."""
    return _fitting(await groups.listed(turn.tx), topics)[:limit]


async def shown(turn: Turn, group: Group) -> tuple[Text, tuple[Button, ...]]:
    """A group as people read it, and what they can do with it from here."""
    it = turn.incoming
    facts = [
        ("group_topics", ", ".join(topic_names(turn, group))),
        ("group_region", group.region),
        ("group_language", group.language),
        ("group_network", network(group)),
        ("group_moderators", group.moderators),
    ]
    lines = Text.joined([turn.words(name, value=value) for name, value in facts if value], by="\n")
    parts: list[str | Text] = [Text.bold(title(group)), group.about, lines]
    acts: tuple[Button, ...] = ()
    if group.elsewhere:
        if group.rules:
            parts.append(turn.words("group_rules_elsewhere", rules=group.rules))
        label = str(turn.words("button_group_elsewhere", network=network(group)))
        acts = (Button(label=label, url=group.link),)
    elif (it.channel, it.bot) == (group.channel, group.bot):
        acts = (Button(label=turn.label("button_group_join"), action=f"grp:join:{group.id}"),)
    elif turn.house.telegram and group.channel == "telegram":
        parts.append(turn.words("group_join_in_telegram"))
        url = sharing.deep_link(turn.house.telegram, "group", group.slug)
        acts = (Button(label=turn.label("button_group_telegram"), url=url),)
    else:
        parts.append(turn.words("group_join_elsewhere", network=network(group)))
    return Text.joined(parts), acts


async def show(turn: Turn, group: Group) -> None:
    """The group alone, to be joined or passed on."""
    text, acts = await shown(turn, group)
    turn.reply(text, *acts, sharing.button(turn, "group", group.slug))


async def called(turn: Turn, slug: str) -> bool:
    """Show the group with this address; False if people find none of that name."""
    group = await groups.called(turn.tx, slug)
    if group is None or not group.public:
        return False
    await show(turn, group)
    return True


async def asked_for(turn: Turn) -> bool:
    """Take a question for a group: "Gibt es eine Gruppe zu Mobilität?"

    What groups are and how one begins is for our answers; so is everything while the
    directory is empty.
    """
    if turn.incoming.kind is not Kind.MESSAGE or not wanted(turn.heard.words):
        return False
    listed = await groups.listed(turn.tx)
    if not listed:
        return False
    topics = turn.knowledge.matters.named_in(turn.text)
    if found := _fitting(listed, topics):
        offer(turn, found, "groups_found")
        return True
    if isinstance(turn.decision, Answer | Several):
        return False
    if topics:
        every = Button(label=turn.label("button_groups_all"), action="grp:all")
        turn.say("groups_none_yet", every)
        return True
    await browse(turn)
    return True


def wanted(said: Words) -> bool:
    """Whether somebody looks for a group, and not for something about groups."""
    if len(said.text) > LONGEST or _GROUPS.isdisjoint(said.folded):
        return False
    line = f" {' '.join(said.folded)} "
    return any(f" {german.normalise(look)} " in line for look in _LOOKS)


LONGEST = 200  # characters
_GROUPS = frozenset(
    f"{kind}gruppe{ending}"
    for kind in ("", "themen", "chat", "messenger", "telegram", "signal", "austausch")
    for ending in ("", "n")
)
_LOOKS = ("gibt es", "gibts", "habt ihr", "haben Sie", "welche", "welcher", "suche", "suchen",
          "finde ich", "finden wir", "zeig", "zeigen", "zeige", "kennen Sie", "kennt ihr",
          "beitreten", "mitmachen", "möchte in", "will in",
          "eine Gruppe zu", "eine Gruppe für", "Gruppen zu", "Gruppen für",
          "alle Gruppen")  # fmt: skip


# -- how a group reads ------------------------------------------------------------------------


def title(group: Group) -> str:
    """Its name in one line: groups call themselves what they like."""
    return " ".join(group.title.split()) or group.slug


def network(group: Group) -> str:
    return group.network if group.elsewhere else NETWORKS.get(group.channel, group.channel)


def topic_names(turn: Turn, group: Group) -> list[str]:
    names = turn.knowledge.library.network.topic_names
    return [names[matter] for matter in group.matters if matter in names]


def _brief(turn: Turn, group: Group) -> list[str]:
    told = [", ".join(topic_names(turn, group)), group.region, network(group)]
    return [part for part in told if part]


def _cut(name: str) -> str:
    return name if len(name) <= LABEL else f"{name[: LABEL - 1].rstrip()}…"


# -- finding ----------------------------------------------------------------------------------


def _meant(turn: Turn, listed: Sequence[Group], words: str) -> list[Group]:
    """Those about a topic that is named, and those in which the words stand."""
    if not words:
        return list(listed)
    fitting = _fitting(listed, turn.knowledge.matters.named_in(words))
    sought = german.normalise(words)
    named = [group for group in listed if sought and sought in _written(group)]
    return list({group.id: group for group in (*fitting, *named)}.values())


def _fitting(listed: Sequence[Group], topics: Sequence[str]) -> list[Group]:
    """The more of the topics, and the less else, the closer."""
    wanted_ = set(topics)

    def closeness(group: Group) -> tuple[int, int]:
        return -len(wanted_ & set(group.matters)), len(group.matters)

    return sorted((g for g in listed if wanted_ & set(g.matters)), key=closeness)


def _written(group: Group) -> str:
    return german.normalise(f"{group.title} {group.about} {group.region} {network(group)}")
