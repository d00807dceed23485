"""An entry of the FAQ is written where the request is answered: in a chat, in a few taps.

What the page shows at once is asked here one by one: does another entry answer the same,
and may each passage stand that could belong to one person? Only then can it be proposed,
by the same hands as on the page. Old buttons name what they were about, so that they do
nothing once that is settled or reads differently.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from handlers.announcing.audiences import known_topics
from handlers.desk import entry_fields, learning, steps
from handlers.desk.learning import Vouched, to_page
from handlers.message import Button, Kind, Outgoing
from handlers.programme import topics
from handlers.programme.keeping import day_of
from handlers.text import Text
from handlers.turn import Turn
from knowledge import german
from knowledge.models import Entry
from storage import caseload, desk_entries, entry_drafts, requests, subjects
from storage.coordinators import Coordinator
from storage.desk_entries import Asked
from storage.entry_drafts import EntryDraft
from storage.ids import number
from storage.requests import Request

WAITS = timedelta(minutes=10)  # for the words that a button asked for
BLACK = "[…]"  # stands where something was blackened
LABEL = 60  # characters of a button
CONTEXT = 160  # characters around a passage
EXCERPT = 300  # characters of another entry's answer
LISTED = 10  # entries, when words fit several

# What can be changed, the question that asks for it, and its button. What somebody writes
# before the words when they reply to the whole draft, too, is the label of the button.
FIELDS = {
    "title": ("draft_ask_title", "button_draft_title"),
    "ways": ("draft_ask_ways", "button_draft_ways"),
    "answer": ("draft_ask_answer", "button_draft_answer"),
    "plain": ("draft_ask_plain", "button_draft_plain"),
    "topics": ("draft_ask_topics", "button_draft_topics"),
}
_TYPED = {
    "titel": "title",
    "fragen": "ways",
    "antwort": "answer",
    "einfach": "plain",
    "thema": "topics",
    "themen": "topics",
}


class Fields(BaseModel):
    """What a draft says, and what was settled about it. `ways` are one a line."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str = ""
    ways: str = ""
    answer: str = ""
    plain: str = ""
    topics: str = ""
    confirmed: tuple[str, ...] = ()  # passages that may stay
    distinct: bool = False

    def but(self, **changes: object) -> "Fields":
        return self.model_copy(update=changes)

    @property
    def form(self) -> dict[str, str]:
        """As a page would be filled in."""
        question, _, others = self.ways.partition("\n")
        return {
            "title": self.title,
            "question": question,
            "asked_as": others,
            "answer": self.answer,
            "plain": self.plain,
            "topics": self.topics,
        }

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.title, *self.ways.splitlines(), self.answer, self.plain)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with what it is about: a request, or a live entry that shall read differently."""

    kept: EntryDraft
    fields: Fields
    request: Request | None
    asked: Asked | None
    old: Entry | None

    @property
    def name(self) -> str:
        """As replies to our messages find it. It goes with the words of the request."""
        of = self.request.thread if self.request else f"entry:{self.kept.entry_id}"
        return f"{of}{_DRAFT}{self.kept.id}"


_DRAFT = ":draft:"


# -- buttons and commands --------------------------------------------------------------------


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """A button names its verb, the draft and what it is about: learn:keep:7:1f2e3d4c."""
    verb, _, value = rest.partition(":")
    if verb not in _VERBS:
        await learning.pressed(turn, by, rest)
    elif not by.publishes:
        await steps.say_here(turn, turn.words("learn_not_allowed"))
    else:
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
            turn.tx, _as_fields(fields).model_dump_json(), turn.now, request_id=request.id
        )
        await _show(turn, by, kept.id)


async def _begin_change(turn: Turn, by: Coordinator, value: str) -> None:
    """A live entry of the desk shall read differently."""
    old = await learning.live(turn.tx, value)
    if old is None:
        turn.say("learn_not_live", to_page(turn))
    else:
        await _show(turn, by, (await _draft_of_entry(turn, old)).id)


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
        _tell(turn, draft, turn.words("desk_button_outdated"))
        return
    await entry_drafts.ask(turn.tx, draft.kept.id, field, by.id, _place(turn), turn.now)
    now_reads = getattr(draft.fields, field) or "–"
    text = turn.words(FIELDS[field][0], now=now_reads, topics=_topics(turn))
    _tell(turn, draft, text, about=field)


async def _keep(turn: Turn, by: Coordinator, value: str) -> None:
    """A passage belongs to nobody, or may be read by everybody."""
    draft, passage = await _passage(turn, by, value)
    if draft is not None:
        fields = draft.fields.but(confirmed=(*draft.fields.confirmed, passage))
        await _change(turn, by, draft, fields, settled=True)


async def _black(turn: Turn, by: Coordinator, value: str) -> None:
    draft, passage = await _passage(turn, by, value)
    if draft is not None:
        await _change(turn, by, draft, _replaced(draft.fields, passage, BLACK), settled=True)


async def _passage(turn: Turn, by: Coordinator, value: str) -> tuple[Draft | None, str]:
    """The passage that a button means, while it is open; says so if it is not."""
    draft, mark = await _named(turn, by, value)
    if draft is None:
        return None, ""
    for passage in await _open_passages(turn, draft):
        if _mark(passage) == mark:
            return draft, passage
    _tell(turn, draft, turn.words("draft_passage_gone"))
    return None, ""


async def _also(turn: Turn, by: Coordinator, value: str) -> None:
    """ "So fragt man das auch": only the question is learnt, for an entry that is there."""
    draft, mark = await _named(turn, by, value)
    if draft is None:
        return
    near = next((one for one in _twins(turn, draft) if _mark(one.id) == mark), None)
    if near is None:
        _tell(turn, draft, turn.words("desk_button_outdated"))
        return
    question = draft.fields.form["question"]
    found = await _open_passages(turn, draft, [question])
    if found:
        _ask_about(turn, draft, found, [question])
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
        _tell(turn, draft, turn.words("draft_meanwhile"))
        await _show(turn, by, draft.kept.id)
        return
    entry = _filled(turn, by, draft)
    if not isinstance(entry, Entry):
        await _show(turn, by, draft.kept.id)
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
        _tell(turn, draft, turn.words("draft_dropped"))


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
            changed = _read(kept).but(answer=text).model_dump_json()
            await entry_drafts.change(turn.tx, kept.id, changed, turn.now)
            await _show(turn, by, kept.id)
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
        _, colon, value = subject.partition(_DRAFT)
        if not colon:
            return False
    else:
        since = turn.now - WAITS
        waiting = await entry_drafts.asked(turn.tx, by.id, _place(turn), since)
        if waiting is None:
            return False
        value = f"{waiting[0]}:{waiting[1]}"
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
        _tell(turn, draft, turn.words("draft_words_please"))
    elif field in FIELDS:
        fields = draft.fields.but(**{field: text})
        await _change(turn, by, draft, fields)
    elif not field:
        _tell(turn, draft, turn.words("draft_which_part"))
    else:
        open_ = await _open_passages(turn, draft)
        passage = next((one for one in open_ if _mark(one) == field), None)
        if passage is None:
            _tell(turn, draft, turn.words("draft_passage_gone"))
        else:
            fields = _replaced(draft.fields, passage, text)
            await _change(turn, by, draft, fields, settled=True)


async def _change(
    turn: Turn, by: Coordinator, draft: Draft, fields: Fields, *, settled: bool = False
) -> None:
    """It reads like this now. After an open question comes the next one, at the end the whole."""
    if fields.texts != draft.fields.texts and not settled:
        fields = fields.but(distinct=False) if fields.ways != draft.fields.ways else fields
    await entry_drafts.change(turn.tx, draft.kept.id, fields.model_dump_json(), turn.now)
    await _show(turn, by, draft.kept.id, only_question=settled)


def _replaced(fields: Fields, passage: str, by: str) -> Fields:
    names = ("title", "ways", "answer", "plain")
    return fields.but(**{name: getattr(fields, name).replace(passage, by) for name in names})


# -- what is shown -----------------------------------------------------------------------------


async def _show(turn: Turn, by: Coordinator, draft_id: int, *, only_question: bool = False) -> None:
    """The draft, and the first thing about it that somebody has to decide.

    With `only_question` the draft itself is shown again only if nothing is open any more.
    """
    draft = await _of(turn, draft_id)
    if draft is None:
        await steps.say_here(turn, turn.words("draft_gone"))
        return
    entry = _filled(turn, by, draft)
    ready = isinstance(entry, Entry)
    twins = _twins(turn, draft) if ready and not draft.fields.distinct else ()
    passages = await _open_passages(turn, draft)
    is_open = bool(twins or passages)
    if not (only_question and is_open):
        wrong = None if isinstance(entry, Entry) else entry
        _card(turn, draft, wrong, ready=ready and not is_open)
    if twins:
        _show_twins(turn, draft, twins)
    elif passages:
        _ask_about(turn, draft, passages, draft.fields.texts)


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
        topics=fields.topics or "–",
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
    _tell(
        turn,
        draft,
        Text.joined([text, plain, wrong or Text(), how]),
        *([offer] if ready else []),
        *buttons,
        drop,
    )


def _show_twins(turn: Turn, draft: Draft, found: Iterable[Entry]) -> None:
    """Entries that may answer the same already; the question can be learnt for one of them."""
    entries = list(found)
    listed = [
        Text.joined([Text.bold(one.title), _clipped(one.answer, EXCERPT)], by="\n")
        for one in entries
    ]
    question = draft.fields.form["question"]
    text = turn.words("draft_twins", list=Text.joined(listed), question=question)
    buttons = [
        Button(
            label=str(turn.words("button_draft_also", title=one.title))[:LABEL],
            action=f"learn:also:{draft.kept.id}:{_mark(one.id)}",
        )
        for one in entries
    ]
    differs = Button(
        label=turn.label("button_draft_distinct"), action=f"learn:distinct:{draft.kept.id}"
    )
    _tell(turn, draft, text, *buttons, differs)


def _ask_about(turn: Turn, draft: Draft, passages: tuple[str, ...], texts: Iterable[str]) -> None:
    """The first passage that somebody has to decide on, with what stands around it."""
    passage, mark = passages[0], _mark(passages[0])
    text = turn.words("draft_passage", passage=passage, around=_around(passage, texts))
    more = turn.words("draft_passage_more", number=len(passages) - 1)
    buttons = (
        Button(label=turn.label("button_draft_keep"), action=f"learn:keep:{draft.kept.id}:{mark}"),
        Button(
            label=turn.label("button_draft_black"), action=f"learn:black:{draft.kept.id}:{mark}"
        ),
    )
    parts = [text, more] if len(passages) > 1 else [text]
    _tell(turn, draft, Text.joined(parts), *buttons, about=mark)


def _around(passage: str, texts: Iterable[str]) -> str:
    """A piece of the text in which it stands."""
    text = next((one for one in texts if passage in one), passage)
    start = max(0, text.index(passage) - CONTEXT // 2)
    end = text.index(passage) + len(passage) + CONTEXT // 2
    piece = " ".join(text[start:end].split())
    return ("… " if start else "") + piece + (" …" if end < len(text) else "")


def _clipped(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " …"


# -- what these share --------------------------------------------------------------------------


async def _named(turn: Turn, by: Coordinator, value: str) -> tuple[Draft | None, str]:
    """The draft that a button or a reply names, and what stands behind it; says so if there is
    none any more, or if it is not for this chat."""
    named, _, rest = value.partition(":")
    known = number(named)
    draft = await _of(turn, known) if known is not None else None
    if draft is None:
        await steps.say_here(turn, turn.words("draft_gone"))
        return None, ""
    if draft.request and draft.asked and _hidden(turn, draft.asked):
        _lead_to_page(turn, draft.request)
        return None, ""
    return draft, rest


async def _of(turn: Turn, draft_id: int) -> Draft | None:
    """A draft, while there is still what it is about."""
    kept = await entry_drafts.get(turn.tx, draft_id)
    if kept is None:
        return None
    if kept.request_id is not None:
        request = await requests.get(turn.tx, kept.request_id)
        asked = await desk_entries.asked(turn.tx, kept.request_id)
        return Draft(kept, _read(kept), request, asked, None) if request and asked else None
    old = await learning.live(turn.tx, kept.entry_id or "")
    return Draft(kept, _read(kept), None, None, old) if old else None


def _read(kept: EntryDraft) -> Fields:
    return Fields.model_validate_json(kept.payload)


def _as_fields(form: dict[str, str]) -> Fields:
    ways = "\n".join(part for part in (form["question"], form["asked_as"]) if part)
    return Fields(title=form["title"], ways=ways, answer=form["answer"], topics=form["topics"])


def _filled(turn: Turn, by: Coordinator, draft: Draft) -> Entry | Text:
    """The entry, or what is wrong with it."""
    entry, wrong = entry_fields.filled(
        draft.fields.form, turn.knowledge, role=by.role, today=day_of(turn.now)
    )
    return entry if entry is not None else learning.what_is_wrong(turn, wrong)


async def _open_passages(
    turn: Turn, draft: Draft, texts: Iterable[str] | None = None
) -> tuple[str, ...]:
    """What may belong to one person and was not confirmed yet."""
    texts = draft.fields.texts if texts is None else texts
    if draft.old is not None:
        found = await learning.new_passages(turn.tx, draft.old, texts)
    else:
        found = await learning.suspicious(turn.tx, draft.asked, texts)
    return tuple(one for one in found if one not in draft.fields.confirmed)


def _twins(turn: Turn, draft: Draft) -> list[Entry]:
    """Entries that answer the same; none where a live entry is asked for as before."""
    asked = entry_fields.ways(draft.fields.ways)
    old = draft.old
    if old is not None and (old.title, old.asked_as) == (draft.fields.title, asked):
        return []
    found = learning.twins(turn.knowledge, (draft.fields.title, *asked), but=old.id if old else "")
    return [turn.knowledge.library.entries[hit.id] for hit in found]


def _topics(turn: Turn) -> str:
    return ", ".join(sorted(map(topics.name, known_topics(turn.knowledge.library))))


def _hidden(turn: Turn, asked: Asked) -> bool:
    """Whether the words belong to a channel that this chat must not show."""
    return asked.channel != turn.incoming.channel and not turn.house.show_web_text


def _lead_to_page(turn: Turn, request: Request) -> None:
    url = f"{learning.page(turn)}/neu?anfrage={request.id}"
    write = Button(label=turn.label("button_learn_write"), url=url)
    text = turn.words("learn_write", number=request.number, link=url)
    steps.tell(turn, request, text, write)


def _tell(turn: Turn, draft: Draft, text: Text, *buttons: Button, about: str = "") -> None:
    """Something about a draft, where it is written; a reply to it finds the draft."""
    outgoing: Outgoing = steps.here(turn, text, *buttons, request=draft.request)
    subject = f"{draft.name}:{about}" if about else draft.name
    turn.send(outgoing.model_copy(update={"about": subject}))


def _mark(text: str) -> str:
    """A short name for a text, which fits on a button."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _place(turn: Turn) -> str:
    it = turn.incoming
    return f"{it.channel}:{it.bot}:{it.chat}:{it.thread}"
