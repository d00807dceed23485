"""Somebody asks who knows about a matter ("Wer kennt sich mit Leerstand aus?").

In one go: the entry of the FAQ, the topic group, two people in towns like one's own who
agreed to be asked, and the expert whose keywords fit. Where nobody is to be found it is a
question like any other.
"""

from collections.abc import Sequence

from handlers import answers, requests
from handlers.conversation import Item
from handlers.message import Button
from handlers.network import experts, groups, peers
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import answered, choice
from knowledge.decide import Answer, Several, Suggest

GROUPS = 3  # the closest in full, the others as buttons
PEERS = 2  # more would bury the group and the expert
EXPERTS = 1


async def asked_for(turn: Turn) -> bool:
    """Answer who asks for people; False if the message asks for something else, or we know
    nobody."""
    matters = turn.knowledge.matters
    if not matters.seeks_people(turn.heard.words):
        return False
    topics = matters.named_in(turn.text)
    people, buttons = await _people(turn, topics) if topics else ([], ())
    if not people:
        return False
    names = turn.knowledge.library.network.topic_names
    head = turn.words("who_knows", topics=", ".join(names[topic] for topic in topics))
    await requests.note(turn)
    if entries := _entries(turn, topics):
        await answers.show(turn, *entries)
    human = Button(label=turn.label("button_human"), action="human")
    turn.reply(Text.joined([head, *people]), *buttons, human)
    if not entries and isinstance(turn.decision, Suggest):
        turn.say("who_knows_also", *(choice(hit) for hit in turn.decision.hits))
    return True


async def _people(turn: Turn, topics: tuple[str, ...]) -> tuple[list[Text], tuple[Button, ...]]:
    """Everybody whom these topics lead to, and what can be done with each."""
    found: list[Text] = []
    buttons: tuple[Button, ...] = ()
    if listed := await groups.about(turn, topics, GROUPS):
        text, own = await groups.shown(turn, listed[0])
        found.append(Text.joined([turn.words("who_knows_group"), text], by="\n"))
        buttons = (*buttons, *own, *groups.buttons(listed[1:]))
    if suggestions := await peers.suggest(turn, topics, PEERS):
        text, own = await peers.show(turn, suggestions)
        found.append(Text.joined([turn.words("who_knows_peers"), text]))
        buttons = (*buttons, *own)
    for expert in await experts.find(turn, turn.text, topics, EXPERTS):
        text, own = await experts.shown(turn, expert)
        found.append(Text.joined([turn.words("who_knows_expert"), text], by="\n"))
        buttons = (*buttons, *own)
    return found, buttons


def _entries(turn: Turn, topics: Sequence[str]) -> tuple[Item, ...]:
    """What we answer about the matter. Where several entries may be meant it is the first if it
    alone has the matter in its title: who asks for people named nothing else."""
    match turn.decision:
        case Answer() | Several() as decision:
            return answered(decision)
        case Suggest(hits=hits):
            named_in = turn.knowledge.matters.named_in
            about = [hit for hit in hits if set(topics) & set(named_in(hit.title))]
            if about == [hits[0]] and hits[0].kind == "faq":
                return ((hits[0].kind, hits[0].id),)
    return ()
