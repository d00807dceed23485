"""An entry of the FAQ is written where the request is answered: in a chat, in a few taps.

What the page shows at once is asked here one by one: does another entry answer the same,
and may each passage stand that could belong to one person? Only then can it be proposed,
by the same hands as on the page. Old buttons name what they were about, so that they do
nothing once that is settled or reads differently.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from handlers.announcing.audiences import known_topics
from handlers.desk import entry_fields, learning, steps
from handlers.desk.entry_cards import FIELDS, ask_about, show, tell
from handlers.desk.entry_draft import (
    DRAFT,
    Draft,
    Fields,
    as_fields,
    filled,
    mark,
    of,
    open_passages,
    read,
    replaced,
    twins,
)
from handlers.desk.learning import Vouched, to_page
from handlers.message import Button, Kind
from handlers.programme import topics
from handlers.turn import Turn
from knowledge import german
from knowledge.models import Entry
from storage import caseload, desk_entries, entry_drafts, requests, subjects
from storage.coordinators import Coordinator
from storage.desk_entries import Asked
from storage.entry_drafts import EntryDraft
from storage.ids import number
from storage.requests import Request

WAITS = timedelta(minutes=30)  # for the words that a button asked for
BLACK = "[…]"  # stands where something was blackened
LISTED = 10  # entries, when words fit several

# What somebody writes before the words when they reply to the whole draft.
_TYPED = {
    "titel": "title",
    "fragen": "ways",
    "antwort": "answer",
    "einfach": "plain",
    "thema": "topics",
    "themen": "topics",
}


# -- buttons and commands --------------------------------------------------------------------


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """A button names its verb, the draft and what it is about: learn:keep:7:1f2e3d4c."""
    verb, _, value = rest.partition(":")
    if verb not in _VERBS:
        await learning.pressed(turn, by, rest)
    elif not by.publishes:
        await steps.say_here(turn, turn.words("learn_not_allowed"))
    else:
        await entry_drafts.stop_asking(turn.tx, by.id, _place(turn))
        await _VERBS[verb](turn, by, value)


async def _begin(turn: Turn, by: Coordinator, value: str) -> None:
    """ "In die FAQ übernehmen": the answer of a request becomes a draft."""
    known = number(value)
    request = await requests.get(turn.tx, known) if known is not None else None
    if request is None or not await caseload.may_see(turn.tx, by, request.id):
        await steps.say_here(turn, turn.words("desk_button_outdated"))
        return
    asked = await desk_entries.asked(turn.tx, request.id)
    if request.answered_at is None or asked is None:
        text = turn.words("learn_not_answered", number=request.number)
        steps.tell(turn, request, text)
    elif _hidden(turn, asked):
        _lead_to_page(turn, request)
    else:
        fields, _ = learning.first_draft(turn.knowledge, asked)
        kept = await entry_drafts.begin(
            turn.tx, as_fields(fields).model_dump_json(), turn.now, request_id=request.id
        )
        await show(turn, by, kept.id)


async def _begin_change(turn: Turn, by: Coordinator, value: str) -> None:
    """A live entry of the desk shall read differently."""
    old = await learning.live(turn.tx, value)
    if old is None:
        turn.say("learn_not_live", to_page(turn))
    else:
        await show(turn, by, (await _draft_of_entry(turn, old)).id)


async def _draft_of_entry(turn: Turn, old: Entry) -> EntryDraft:
    fields = Fields(
        title=old.title,
        ways="\n".join(old.asked_as),
        answer=old.answer,
        plain=old.plain or "",
        topics=", ".join(old.topics),
    )
    return await entry_drafts.begin(turn.tx, fields.model_dump_json(), turn.now, entry_id=old.id)


async def _ask(turn: Turn, by: Coordinator, value: str) -> None:
    """Something shall read differently: the next words are for it."""
    draft, field = await _named(turn, by, value)
    if draft is None:
        return
    if field not in FIELDS:
        tell(turn, draft, turn.words("desk_button_outdated"))
        return
    await entry_drafts.ask(turn.tx, draft.kept.id, field, by.id, _place(turn), turn.now)
    now_reads = getattr(draft.fields, field) or "–"
    if field == "topics":
        now_reads = ", ".join(map(topics.name, entry_fields.topics_of(now_reads))) or "–"
    text = turn.words(FIELDS[field][0], now=now_reads, topics=_topics(turn))
    tell(turn, draft, text, about=field)


async def _keep(turn: Turn, by: Coordinator, value: str) -> None:
    """A passage belongs to nobody, or may be read by everybody."""
    draft, passage = await _passage(turn, by, value)
    if draft is not None:
        fields = draft.fields.but(confirmed=(*draft.fields.confirmed, passage))
        await _change(turn, by, draft, fields, settled=True)


async def _black(turn: Turn, by: Coordinator, value: str) -> None:
    draft, passage = await _passage(turn, by, value)
    if draft is not None:
        await _change(turn, by, draft, replaced(draft.fields, passage, BLACK), settled=True)


async def _passage(turn: Turn, by: Coordinator, value: str) -> tuple[Draft | None, str]:
    """The passage that a button means, while it is open; says so if it is not."""
    draft, marked = await _named(turn, by, value)
    if draft is None:
        return None, ""
    for passage in await open_passages(turn, draft):
        if mark(passage) == marked:
            return draft, passage
    tell(turn, draft, turn.words("draft_passage_gone"))
    return None, ""


async def _also(turn: Turn, by: Coordinator, value: str) -> None:
    """ "So fragt man das auch": only the question is learnt, for an entry that is there."""
    draft, marked = await _named(turn, by, value)
    if draft is None:
        return
    near = next((one for one in twins(turn, draft) if mark(one.id) == marked), None)
    if near is None:
        tell(turn, draft, turn.words("desk_button_outdated"))
        return
    question = draft.fields.form["question"]
    found = await open_passages(turn, draft, [question])
    if found:
        ask_about(turn, draft, found, [question])
        return
    vouched = Vouched(passages=frozenset(draft.fields.confirmed))
    if await learning.phrase(turn, by, near.id, question, draft.asked, vouched):
        await entry_drafts.end(turn.tx, draft.kept.id)


async def _distinct(turn: Turn, by: Coordinator, value: str) -> None:
    """It says something else than the entries that sound alike."""
    draft, _ = await _named(turn, by, value)
    if draft is not None:
        await _change(turn, by, draft, draft.fields.but(distinct=True), settled=True)


async def _offer(turn: Turn, by: Coordinator, value: str) -> None:
    """Propose exactly what was shown above the button."""
    draft, shown = await _named(turn, by, value)
    if draft is None:
        return
    if shown != str(draft.kept.revision):
        tell(turn, draft, turn.words("draft_meanwhile"))
        await show(turn, by, draft.kept.id)
        return
    entry = filled(turn, by, draft)
    if not isinstance(entry, Entry):
        await show(turn, by, draft.kept.id)
        return
    vouched = Vouched(frozenset(draft.fields.confirmed), distinct=draft.fields.distinct)
    if draft.old is not None:
        new = learning.rewritten(draft.old, entry)
        done = await learning.propose_change(turn, by, draft.old, new, vouched)
    else:
        done = await learning.propose(turn, by, entry, draft.asked, vouched)
    if done:
        await entry_drafts.end(turn.tx, draft.kept.id)


async def _drop(turn: Turn, by: Coordinator, value: str) -> None:
    draft, _ = await _named(turn, by, value)
    if draft is not None:
        await entry_drafts.end(turn.tx, draft.kept.id)
        tell(turn, draft, turn.words("draft_dropped"))


_VERBS: dict[str, Callable[[Turn, Coordinator, str], Awaitable[None]]] = {
    "from": _begin,
    "redo": _begin_change,
    "ask": _ask,
    "keep": _keep,
    "black": _black,
    "also": _also,
    "distinct": _distinct,
    "offer": _offer,
    "drop": _drop,
}


async def typed(turn: Turn, by: Coordinator, rest: str) -> None:
    """`/eintrag desk-turmuhr Neue Antwort`; with an id or some words alone it is shown."""
    if not by.publishes:
        turn.say("learn_not_allowed")
        return
    named, _, text = rest.strip().partition(" ")
    named, _, below = named.partition("\n")
    text = f"{below} {text}".strip()
    old = await learning.live(turn.tx, named)
    if old is None:
        await _look_up(turn, rest)
    elif not text:
        _show_entry(turn, old)
    elif len(text) > entry_fields.LONGEST_ANSWER:
        turn.say("learn_answer_too_long", number=len(text) - entry_fields.LONGEST_ANSWER)
    else:
        new = old.model_copy(update={"answer": text})
        if await learning.new_passages(turn.tx, old, learning.texts_of(new)):
            kept = await _draft_of_entry(turn, old)
            changed = read(kept).but(answer=text).model_dump_json()
            await entry_drafts.change(turn.tx, kept.id, changed, turn.now)
            await show(turn, by, kept.id)
        else:
            await learning.propose_change(turn, by, old, new, Vouched())


async def _look_up(turn: Turn, words: str) -> None:
    """The entry of the desk whose title holds all these words."""
    wanted = german.normalise(words).split()
    found = [
        entry
        for entry in (await learning.taught(turn.tx)).entries.values()
        if wanted and all(word in german.normalise(entry.title) for word in wanted)
    ]
    if len(found) == 1:
        _show_entry(turn, found[0])
        return
    if found:
        lines = [f"• {entry.title}: {entry.id}" for entry in found[:LISTED]]
        turn.say("learn_which", to_page(turn), list="\n".join(lines))
    else:
        turn.say("learn_how", to_page(turn))


def _show_entry(turn: Turn, entry: Entry) -> None:
    ways = "\n".join(f"• {way}" for way in entry.asked_as)
    fields = {"title": entry.title, "answer": entry.answer, "ways": ways, "id": entry.id}
    change = Button(label=turn.label("button_draft_change"), action=f"learn:redo:{entry.id}")
    turn.say("learn_entry", change, to_page(turn), **fields)


COMMANDS: dict[str, Callable[[Turn, Coordinator, str], Awaitable[None]]] = {
    "eintrag": typed,
}


# -- words -------------------------------------------------------------------------------------


async def written(turn: Turn, by: Coordinator) -> bool:
    """Take a message that is meant for a draft: it replies to one of our messages about it,
    or it is what a button asked this colleague for in this place."""
    it = turn.incoming
    if it.kind is not Kind.MESSAGE or turn.text.startswith("/") or not by.publishes:
        return False
    if it.reply_to:
        subject = await subjects.of(turn.tx, it.channel, it.bot, it.chat, it.reply_to)
        _, colon, value = subject.partition(DRAFT)
        if not colon:
            return False
    else:
        since = turn.now - WAITS
        waiting = await entry_drafts.asked(turn.tx, by.id, _place(turn), since)
        if waiting is None:
            return False
        value = f"{waiting[0]}:{waiting[1]}"
    await entry_drafts.stop_asking(turn.tx, by.id, _place(turn))
    draft, field = await _named(turn, by, value)
    if draft is not None:
        await _take(turn, by, draft, field)
    return True


async def _take(turn: Turn, by: Coordinator, draft: Draft, field: str) -> None:
    """Words for a field, or for a passage; the whole draft has to be told which."""
    text = turn.text
    if not field:
        begins, colon, rest = text.partition(":")
        field = _TYPED.get(begins.strip().lower(), "") if colon else ""
        text = rest.strip() if field else text
    if turn.incoming.files or not text:
        tell(turn, draft, turn.words("draft_words_please"))
    elif field in FIELDS:
        text = _by_their_names(turn, text) if field == "topics" else text
        fields = draft.fields.but(**{field: text})
        await _change(turn, by, draft, fields)
    elif not field:
        tell(turn, draft, turn.words("draft_which_part"))
    else:
        open_ = await open_passages(turn, draft)
        passage = next((one for one in open_ if mark(one) == field), None)
        if passage is None:
            tell(turn, draft, turn.words("draft_passage_gone"))
        else:
            fields = replaced(draft.fields, passage, text)
            await _change(turn, by, draft, fields, settled=True)


async def _change(
    turn: Turn, by: Coordinator, draft: Draft, fields: Fields, *, settled: bool = False
) -> None:
    """It reads like this now. After an open question comes the next one, at the end the whole."""
    old = draft.fields
    if not settled and (fields.title, fields.ways) != (old.title, old.ways):
        fields = fields.but(distinct=False)  # it was said of another question
    await entry_drafts.change(turn.tx, draft.kept.id, fields.model_dump_json(), turn.now)
    await show(turn, by, draft.kept.id, only_question=settled)


# -- what these share --------------------------------------------------------------------------


async def _named(turn: Turn, by: Coordinator, value: str) -> tuple[Draft | None, str]:
    """The draft that a button or a reply names, and what stands behind it; says so if there is
    none any more, or if it is not for this chat."""
    named, _, rest = value.partition(":")
    known = number(named)
    draft = await of(turn, known) if known is not None else None
    if draft is None:
        await steps.say_here(turn, turn.words("draft_gone"))
        return None, ""
    if draft.request and draft.asked and _hidden(turn, draft.asked):
        _lead_to_page(turn, draft.request)
        return None, ""
    return draft, rest


def _topics(turn: Turn) -> str:
    return ", ".join(sorted(map(topics.name, known_topics(turn.knowledge.library))))


def _by_their_names(turn: Turn, words: str) -> str:
    """Topics as people call them, as the content does; a new one stays as it is."""
    names = {topics.name(one).casefold(): one for one in known_topics(turn.knowledge.library)}
    parts = (part.strip() for part in words.split(","))
    return ", ".join(names.get(part.casefold(), part) for part in parts)


def _hidden(turn: Turn, asked: Asked) -> bool:
    """Whether the words belong to a channel that this chat must not show."""
    return asked.channel != turn.incoming.channel and not turn.house.show_web_text


def _lead_to_page(turn: Turn, request: Request) -> None:
    url = f"{learning.page(turn)}/neu?anfrage={request.id}"
    write = Button(label=turn.label("button_learn_write"), url=url)
    text = turn.words("learn_write", number=request.number, link=url)
    steps.tell(turn, request, text, write)


def _place(turn: Turn) -> str:
    it = turn.incoming
    return f"{it.channel}:{it.bot}:{it.chat}:{it.thread}"
