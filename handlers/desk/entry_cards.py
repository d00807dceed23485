"""The draft of an entry as it is shown in a chat, with what somebody has to decide about it."""

from collections.abc import Iterable

from handlers.desk import entry_fields, steps
from handlers.desk.entry_draft import Draft, filled, mark, of, open_passages, twins
from handlers.message import Button, Outgoing
from handlers.programme import topics
from handlers.text import Text
from handlers.turn import Turn
from knowledge.models import Entry
from storage.coordinators import Coordinator

LABEL = 60  # characters of a button
CONTEXT = 80  # characters on each side of a passage
EXCERPT = 300  # characters of another entry's answer

# What can be changed, the question that asks for it, and its button.
FIELDS = {
    "title": ("draft_ask_title", "button_draft_title"),
    "ways": ("draft_ask_ways", "button_draft_ways"),
    "answer": ("draft_ask_answer", "button_draft_answer"),
    "plain": ("draft_ask_plain", "button_draft_plain"),
    "topics": ("draft_ask_topics", "button_draft_topics"),
}


async def show(turn: Turn, by: Coordinator, draft_id: int, *, only_question: bool = False) -> None:
    """The draft, and the first thing about it that somebody has to decide.

    With `only_question` the draft itself is shown again only if nothing is open any more.
    """
    draft = await of(turn, draft_id)
    if draft is None:
        await steps.say_here(turn, turn.words("draft_gone"))
        return
    entry = filled(turn, by, draft)
    ready = isinstance(entry, Entry)
    near = twins(turn, draft) if ready and not draft.fields.distinct else []
    passages = await open_passages(turn, draft)
    is_open = bool(near or passages)
    if not (only_question and is_open):
        wrong = None if isinstance(entry, Entry) else entry
        _card(turn, draft, wrong, ready=ready and not is_open)
    if near:
        _show_twins(turn, draft, near)
    elif passages:
        ask_about(turn, draft, passages, draft.fields.texts)


def _card(turn: Turn, draft: Draft, wrong: Text | None, *, ready: bool) -> None:
    fields, kept = draft.fields, draft.kept
    ways = "\n".join(f"• {way}" for way in entry_fields.ways(fields.ways))
    of = draft.request.number if draft.request else draft.old.title if draft.old else ""
    text = turn.words(
        "draft_card",
        of=of,
        title=fields.title or "–",
        ways=ways or "–",
        answer=fields.answer or "–",
        topics=", ".join(map(topics.name, entry_fields.topics_of(fields.topics))) or "–",
    )
    plain = turn.words("draft_card_plain", plain=fields.plain) if fields.plain else Text()
    how = turn.words("draft_ready" if ready else "draft_how")
    buttons = [
        Button(label=turn.label(label), action=f"learn:ask:{kept.id}:{field}")
        for field, (_, label) in FIELDS.items()
    ]
    drop = Button(label=turn.label("button_draft_drop"), action=f"learn:drop:{kept.id}")
    offer = Button(
        label=turn.label("button_draft_offer"), action=f"learn:offer:{kept.id}:{kept.revision}"
    )
    tell(
        turn,
        draft,
        Text.joined([text, plain, wrong or Text(), how]),
        *([offer] if ready else []),
        *buttons,
        drop,
    )


def _show_twins(turn: Turn, draft: Draft, entries: list[Entry]) -> None:
    """Entries that may answer the same already; the question can be learnt for one of them."""
    listed = [
        Text.joined([Text.bold(one.title), _clipped(one.answer, EXCERPT)], by="\n")
        for one in entries
    ]
    question = draft.fields.form["question"]
    text = turn.words("draft_twins", list=Text.joined(listed), question=question)
    buttons = [
        Button(
            label=str(turn.words("button_draft_also", title=one.title))[:LABEL],
            action=f"learn:also:{draft.kept.id}:{mark(one.id)}",
        )
        for one in entries
    ]
    differs = Button(
        label=turn.label("button_draft_distinct"), action=f"learn:distinct:{draft.kept.id}"
    )
    tell(turn, draft, text, *buttons, differs)


def ask_about(turn: Turn, draft: Draft, passages: tuple[str, ...], texts: Iterable[str]) -> None:
    """The first passage that somebody has to decide on, with what stands around it."""
    passage = passages[0]
    marked = mark(passage)
    text = turn.words("draft_passage", passage=passage, around=_around(passage, texts))
    left = len(passages) - 1
    more = turn.words("draft_passage_one_more" if left == 1 else "draft_passage_more", number=left)
    buttons = (
        Button(
            label=turn.label("button_draft_keep"), action=f"learn:keep:{draft.kept.id}:{marked}"
        ),
        Button(
            label=turn.label("button_draft_black"), action=f"learn:black:{draft.kept.id}:{marked}"
        ),
    )
    parts = [text, more] if left else [text]
    tell(turn, draft, Text.joined(parts), *buttons, about=marked)


def _around(passage: str, texts: Iterable[str]) -> str:
    """A piece of the text in which it stands, in whole words."""
    text = next((one for one in texts if passage in one), passage)
    before, _, after = text.partition(passage)
    if len(before) > CONTEXT:
        before = "… " + before[-CONTEXT:].partition(" ")[2]
    if len(after) > CONTEXT:
        after = after[:CONTEXT].rpartition(" ")[0] + " …"
    return " ".join(f"{before}{passage}{after}".split())


def _clipped(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


def tell(turn: Turn, draft: Draft, text: Text, *buttons: Button, about: str = "") -> None:
    """Something about a draft, where it is written; a reply to it finds the draft."""
    outgoing: Outgoing = steps.here(turn, text, *buttons, request=draft.request)
    subject = f"{draft.name}:{about}" if about else draft.name
    turn.send(outgoing.model_copy(update={"about": subject}))
