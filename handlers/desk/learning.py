"""The desk teaches the hotline: answers become entries, questions become ways of asking.

Whatever is proposed here is read by everybody once it is live, so what may belong to one
person is refused until somebody confirmed it, and a second person has to agree.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pydantic import ValidationError

from handlers import personal
from handlers.desk import advice, entry_fields, expert_desk, steps, toward_desk
from handlers.desk.entry_fields import OWN
from handlers.desk.steps import tell
from handlers.desk.unclear import Unclear
from handlers.hours import day_of
from handlers.message import Button, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from knowledge import german
from knowledge.load import unknown_places
from knowledge.models import Entry
from knowledge.search import Hit, Knowledge
from storage import audit, canned, caseload, coordinators, desk_entries, requests
from storage.coordinators import Coordinator
from storage.database import Tx
from storage.desk_entries import Asked, DeskEntry
from storage.ids import number
from storage.requests import Request

CHECK_AGAIN = timedelta(days=365)
TWIN = 0.6  # so near are entries that answer the same question
TWINS = 3
SAME_MATTER = 0.45  # of letters: questions of one group
MOST_QUESTIONS = 500
LONGEST_CANNED_TITLE, LONGEST_CANNED = 60, 3500
WRITTEN = ("title", "asked_as", "answer", "plain", "topics")  # what is changed on the page


# -- what is live ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taught:
    """What the store adds to the content. `broken` are ids of entries that cannot be used."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    phrasings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    broken: tuple[str, ...] = ()


async def taught(tx: Tx) -> Taught:
    """All that is live. What cannot be used is named and left out."""
    entries: dict[str, Entry] = {}
    broken: list[str] = []
    for kept in await desk_entries.in_state(tx, "live"):
        entry = read(kept)
        if entry is None:
            broken.append(kept.id)
        else:
            entries[entry.id] = entry
    phrasings: dict[str, tuple[str, ...]] = {}
    for one in await desk_entries.phrasings(tx):
        phrasings[one.entry_id] = (*phrasings.get(one.entry_id, ()), one.words)
    return Taught(entries, phrasings, tuple(broken))


def merged(curated: Mapping[str, Entry], more: Taught) -> dict[str, Entry]:
    """The entries of the content and of the desk; an id of the content stays what it is."""
    entries = {**more.entries, **curated}
    for entry_id, words in more.phrasings.items():
        if (entry := entries.get(entry_id)) is not None:
            asked = entry_fields.ways("\n".join((*entry.asked_as, *words)))
            entries[entry_id] = entry.model_copy(update={"asked_as": asked})
    return entries


def read(kept: DeskEntry) -> Entry | None:
    """The entry, or None for one that cannot be used."""
    try:
        entry = Entry.model_validate_json(kept.payload)
    except ValidationError:
        return None
    return entry if entry.id == kept.entry_id and kept.id.startswith(OWN) else None


async def live(tx: Tx, entry_id: str) -> Entry | None:
    """An entry of the desk that people read."""
    kept = await desk_entries.get(tx, entry_id)
    return read(kept) if kept and kept.state == "live" else None


async def overdue(tx: Tx, now: datetime) -> list[Entry]:
    """Live entries of the desk that somebody should look at again, the oldest first."""
    today = day_of(now)
    found = (await taught(tx)).entries.values()
    old = [entry for entry in found if review_on(entry) <= today]
    return sorted(old, key=lambda entry: (entry.checked_on, entry.id))


def review_on(entry: Entry) -> date:
    """When somebody should look at it again."""
    return entry.checked_on + CHECK_AGAIN


# -- what could be learnt -----------------------------------------------------------------------


def twins(knowledge: Knowledge, asked: Iterable[str], but: str = "") -> tuple[Hit, ...]:
    """Entries that answer the same already, the nearest first."""
    best: dict[str, Hit] = {}
    for phrase in asked:
        for hit in knowledge.search(phrase, TWINS + 1):
            known = best.get(hit.id)
            if hit.kind == "faq" and hit.id != but and hit.score >= TWIN:
                best[hit.id] = hit if known is None or hit.score > known.score else known
    return tuple(sorted(best.values(), key=lambda hit: -hit.score)[:TWINS])


def first_draft(knowledge: Knowledge, asked: Asked) -> tuple[dict[str, str], list[Entry]]:
    """What the fields of an entry say at first, made of a request, and entries that could be
    meant. The nearest one says what it is about."""
    library = knowledge.library
    hits = knowledge.search(asked.question, 2 * TWINS)
    near = [library.entries[hit.id] for hit in hits if hit.kind == "faq"]
    about = near[0].topics[0] if near else ""
    fields = entry_fields.suggested(asked.question) | {"answer": asked.answer, "topics": about}
    return fields, near[:TWINS]


def same_question(one: Entry, other: Entry) -> bool:
    """Whether people find both by the same words."""
    return (one.title, one.asked_as) == (other.title, other.asked_as)


async def suspicious(
    tx: Tx, asked: Asked | None, texts: Iterable[str], *, phrases: bool = False
) -> tuple[str, ...]:
    """What in these texts may belong to one person: whoever asked, or a colleague."""
    names = [] if phrases else [one.name for one in await coordinators.everybody(tx)]
    if asked is not None:
        names += personal.introduced(await advice.words_of(tx, asked.request_id))
    return personal.found("\n".join(texts), names)


def texts_of(entry: Entry) -> tuple[str, ...]:
    """All of an entry that people read or that their questions are compared with."""
    return (entry.title, *entry.asked_as, entry.answer, entry.plain or "")


async def unanswered(tx: Tx, since: datetime) -> list[Asked]:
    """Questions that had to be handed over since then and from which nothing was learnt."""
    found = await desk_entries.unanswered(tx, since=since, limit=MOST_QUESTIONS)
    known = {german.normalise(one.words) for one in await desk_entries.phrasings(tx)}
    return [asked for asked in found if german.normalise(asked.question) not in known]


def grouped(questions: Iterable[Asked]) -> list[list[Asked]]:
    """Questions about the same matter together, the largest groups first."""
    groups: list[tuple[frozenset[str], list[Asked]]] = []
    for asked in questions:
        grams = advice.grams(asked.question)
        likeness, best = max(
            ((advice.likeness(grams, leader), number) for number, (leader, _) in enumerate(groups)),
            default=(0.0, -1),
        )
        if likeness >= SAME_MATTER:
            groups[best][1].append(asked)
        else:
            groups.append((grams, [asked]))
    return sorted((group for _, group in groups), key=len, reverse=True)


# -- buttons and pages ------------------------------------------------------------------------


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """A button or a page names its verb and what it is about: learn:approve:desk-turmuhr.

    A number instead of a verb is a request, for which a text is wanted: learn:1001:f:turmuhr.
    """
    verb, _, value = rest.partition(":")
    if number(verb) is not None:
        await _with_request(turn, by, verb, lambda it: advice.draft(turn, it, by, value))
    elif verb == "advice":
        await _with_request(turn, by, value, lambda it: _advise(turn, it, by))
    elif not by.publishes:
        await steps.say_here(turn, turn.words("learn_not_allowed"))
    elif verb in _VERBS:
        await _VERBS[verb](turn, by, value)
    else:
        await steps.say_here(turn, turn.words("desk_button_outdated"))


async def _advise(turn: Turn, request: Request, by: Coordinator) -> None:
    await advice.show(turn, request, by)
    await expert_desk.show(turn, request, by)


async def _with_request(
    turn: Turn, by: Coordinator, named: str, then: Callable[[Request], Awaitable[None]]
) -> None:
    known = number(named)
    request = await requests.get(turn.tx, known) if known is not None else None
    if request is None or not await caseload.may_see(turn.tx, by, request.id):
        await steps.say_here(turn, turn.words("desk_button_outdated"))
    else:
        await then(request)


async def _propose(turn: Turn, by: Coordinator, value: str) -> None:
    """`value` is the request whose answer becomes an entry, or empty."""
    entry = _filled(turn, by)
    if entry is not None:
        await propose(turn, by, entry, await _asked(turn, value), Vouched.on_page(turn))


@dataclass(frozen=True, slots=True)
class Vouched:
    """What whoever proposes has looked at: passages that may stay, and other entries."""

    passages: frozenset[str] = frozenset()
    all_passages: bool = False
    distinct: bool = False

    @classmethod
    def on_page(cls, turn: Turn) -> "Vouched":
        """On a page all is shown before it is ticked."""
        form = turn.incoming.form
        every, distinct = form.get("confirmed") == "yes", form.get("distinct") == "yes"
        return cls(all_passages=every, distinct=distinct)


async def propose(
    turn: Turn, by: Coordinator, entry: Entry, asked: Asked | None, vouched: Vouched
) -> bool:
    """A new entry that a colleague has to look at; False, and a word about it, if not yet."""
    passages = await suspicious(turn.tx, asked, texts_of(entry))
    if await _is_personal(turn, asked, passages, vouched):
        return False
    if await _has_twins(turn, asked, entry, vouched):
        return False
    entry = entry.model_copy(update={"id": await _free(turn, entry.id)})
    await desk_entries.propose(
        turn.tx,
        id=entry.id,
        payload=entry.model_dump_json(),
        request_id=asked.request_id if asked else None,
        by=by.id,
        now=turn.now,
    )
    await _note(turn, by, "proposed", entry.id)
    await _say_proposed(turn, asked, entry)
    await _ask_colleagues(turn, entry, asked)
    return True


def _filled(turn: Turn, by: Coordinator) -> Entry | None:
    """The entry that a page was filled in with; says what is wrong with it, if so."""
    form, today = turn.incoming.form, day_of(turn.now)
    entry, wrong = entry_fields.filled(form, turn.knowledge, role=by.role, today=today)
    if entry is None:
        turn.reply(what_is_wrong(turn, wrong))
    return entry


def what_is_wrong(turn: Turn, wrong: Mapping[str, Unclear]) -> Text:
    """Why an entry cannot be proposed like this."""
    lines = [turn.words(why.name, **why.fields) for why in wrong.values()]
    return Text.joined([turn.words("learn_wrong"), *lines], by="\n")


async def _is_personal(
    turn: Turn, asked: Asked | None, passages: Iterable[str], vouched: Vouched
) -> bool:
    """Whether something may belong to one person, and nobody confirmed it; says so."""
    found = [passage for passage in passages if passage not in vouched.passages]
    if not found or vouched.all_passages:
        return False
    await _tell(turn, asked, "learn_personal", list=_quoted(found))
    return True


async def _has_twins(turn: Turn, asked: Asked | None, entry: Entry, vouched: Vouched) -> bool:
    """Whether another entry answers the same, and nobody said that it does not; says which."""
    if vouched.distinct:
        return False
    library = turn.knowledge.library
    found = twins(turn.knowledge, (entry.title, *entry.asked_as), but=entry.id)
    if found:
        titles = _quoted(library.entries[hit.id].title for hit in found)
        await _tell(turn, asked, "learn_twins", list=titles)
    return bool(found)


async def _say_proposed(turn: Turn, asked: Asked | None, entry: Entry) -> None:
    if turn.house.learn_alone:
        await _tell(turn, asked, "learn_proposed_alone", title=entry.title)
    else:
        await _tell(turn, asked, "learn_proposed", title=entry.title)


async def _change(turn: Turn, by: Coordinator, value: str) -> None:
    """A live entry shall read differently: that is proposed like a new one."""
    old = await live(turn.tx, value)
    if old is None:
        turn.say("learn_not_live", to_page(turn))
    elif (new := _filled(turn, by)) is not None:
        await propose_change(turn, by, old, rewritten(old, new), Vouched.on_page(turn))


def rewritten(old: Entry, new: Entry) -> Entry:
    """A live entry with what was written anew; all else of it stays."""
    return old.model_copy(update={name: getattr(new, name) for name in WRITTEN})


async def propose_change(
    turn: Turn, by: Coordinator, old: Entry, new: Entry, vouched: Vouched
) -> bool:
    """The same for the next version of a live entry."""
    if new == old:
        turn.say("learn_unchanged", to_page(turn), title=old.title)
        return False
    passages = await new_passages(turn.tx, old, texts_of(new))
    if await _is_personal(turn, None, passages, vouched):
        return False
    if not same_question(new, old) and await _has_twins(turn, None, new, vouched):
        return False
    payload = new.model_dump_json()
    if not await desk_entries.propose_change(turn.tx, old.id, payload, by.id, turn.now):
        turn.say("learn_change_waits", to_page(turn), title=old.title)
        return False
    await _note(turn, by, "changed", old.id)
    await _say_proposed(turn, None, new)
    await _ask_colleagues(turn, new, None, change=True)
    return True


async def new_passages(tx: Tx, old: Entry, texts: Iterable[str]) -> tuple[str, ...]:
    """What may belong to one person and does not stand in a live entry: that was looked at
    when it was approved."""
    known = await suspicious(tx, None, texts_of(old))
    return tuple(one for one in await suspicious(tx, None, texts) if one not in known)


async def _ask_colleagues(
    turn: Turn, entry: Entry, asked: Asked | None, *, change: bool = False
) -> None:
    """In the group the proposal can be read and approved, too.

    One that was made of words from another channel is only read in the browser.
    """
    where = await toward_desk.group(turn)
    if where is None:
        return
    if asked and asked.channel != where.channel and not turn.house.show_web_text:
        number = f"K-{asked.request_id}"
        text = turn.words("learn_waiting_hidden", number=number, link=page(turn))
        turn.send(Outgoing(to=where, text=text))
        return
    ways = "\n".join(f"• {way}" for way in entry.asked_as)
    name = "learn_waiting_change" if change else "learn_waiting"
    text = turn.words(name, title=entry.title, ways=ways, answer=entry.answer, link=page(turn))
    row = entry.id + desk_entries.CHANGE if change else entry.id
    buttons = (
        Button(label=turn.label("button_learn_approve"), action=f"learn:approve:{row}"),
        Button(label=turn.label("button_learn_reject"), action=f"learn:reject:{row}"),
    )
    turn.send(Outgoing(to=where, text=text, buttons=buttons))


async def _approve(turn: Turn, by: Coordinator, value: str) -> None:
    kept = await desk_entries.get(turn.tx, value)
    if kept is None or kept.state != "proposed":
        _not_proposed(turn, kept)
        return
    if kept.proposed_by == by.id and not turn.house.learn_alone:
        turn.say("learn_second_person", to_page(turn))
        return
    entry = read(kept)
    if entry is None or (not kept.is_change and entry.id in _of_content(turn)):
        turn.say("learn_broken", to_page(turn))
        return
    entry = entry.model_copy(update={"checked_on": day_of(turn.now)})
    go_live = desk_entries.replace if kept.is_change else desk_entries.approve
    if not await go_live(turn.tx, entry.id, entry.model_dump_json(), by.id, turn.now):
        turn.say("learn_not_live", to_page(turn))  # it was withdrawn meanwhile
        return
    turn.knowledge_changed = True
    await _note(turn, by, "approved", kept.id)
    name = "learn_replaced" if kept.is_change else "learn_live"
    turn.say(name, to_page(turn), title=entry.title)


async def _reject(turn: Turn, by: Coordinator, value: str) -> None:
    kept = await desk_entries.get(turn.tx, value)
    if kept is None or not (
        await desk_entries.drop_change(turn.tx, kept.entry_id)
        if kept.is_change
        else await desk_entries.reject(turn.tx, value, "proposed", turn.now)
    ):
        _not_proposed(turn, kept)
        return
    await _note(turn, by, "rejected", kept.id)
    name = "learn_change_rejected" if kept.is_change else "learn_rejected"
    turn.say(name, to_page(turn), title=_title(kept))


async def _withdraw(turn: Turn, by: Coordinator, value: str) -> None:
    """A live entry is read by nobody any more."""
    kept = await desk_entries.get(turn.tx, value)
    if kept is None or not await desk_entries.reject(turn.tx, value, "live", turn.now):
        turn.say("learn_not_live", to_page(turn))
        return
    await desk_entries.drop_change(turn.tx, value)
    turn.knowledge_changed = True
    await _note(turn, by, "withdrawn", value)
    turn.say("learn_withdrawn", to_page(turn), title=_title(kept))


async def _checked(turn: Turn, by: Coordinator, value: str) -> None:
    """Somebody looked: it still holds, for another year."""
    entry = await live(turn.tx, value)
    if entry is None:
        turn.say("learn_not_live", to_page(turn))
        return
    entry = entry.model_copy(update={"checked_on": day_of(turn.now)})
    await desk_entries.keep_checked(turn.tx, entry.id, entry.model_dump_json(), turn.now)
    turn.knowledge_changed = True
    await _note(turn, by, "checked", entry.id)
    turn.say("learn_checked", to_page(turn), title=entry.title)


async def _phrasing(turn: Turn, by: Coordinator, value: str) -> None:
    """ "So fragt man das auch": another way to ask for an entry that is there."""
    form = turn.incoming.form
    words = " ".join(form.get("words", "").split())
    asked = await _asked(turn, value)
    await phrase(turn, by, form.get("entry", ""), words, asked, Vouched.on_page(turn))


async def phrase(
    turn: Turn, by: Coordinator, entry_id: str, words: str, asked: Asked | None, vouched: Vouched
) -> bool:
    """People find an entry by these words, too; False, and a word about it, if not."""
    entry = turn.knowledge.library.entries.get(entry_id)
    if entry is None:
        await _tell(turn, asked, "learn_no_entry")
        return False
    if (problem := phrase_problem(words, entry, turn.knowledge)) is not None:
        await _tell(turn, asked, problem.name, **problem.fields)
        return False
    if await _is_personal(turn, asked, await suspicious(turn.tx, asked, [words]), vouched):
        return False
    await desk_entries.add_phrasing(turn.tx, entry.id, words, by.id, turn.now)
    turn.knowledge_changed = True
    await _note(turn, by, "phrased", entry.id)
    await _tell(turn, asked, "learn_phrased", title=entry.title)
    return True


def phrase_problem(words: str, entry: Entry, knowledge: Knowledge) -> Unclear | None:
    """Why an entry cannot have this way of asking, if so."""
    if not words:
        return Unclear("learn_no_words")
    if (problem := entry_fields.unfit(words, knowledge)) is not None:
        return problem
    line = german.normalise(words)
    for other in knowledge.library.entries.values():
        if line in map(german.normalise, other.asked_as):
            name = "learn_phrase_known" if other.id == entry.id else "learn_phrase_taken"
            return Unclear(name, title=other.title)
    return None


async def _unphrase(turn: Turn, by: Coordinator, value: str) -> None:
    form = turn.incoming.form
    if not await desk_entries.remove_phrasing(
        turn.tx, form.get("entry", ""), form.get("words", "")
    ):
        turn.say("learn_no_phrasing", to_page(turn))
        return
    turn.knowledge_changed = True
    await _note(turn, by, "unphrased", form.get("entry", ""))
    turn.say("learn_unphrased", to_page(turn))


async def _keep_canned(turn: Turn, by: Coordinator, value: str) -> None:
    form = turn.incoming.form
    title, text = " ".join(form.get("title", "").split()), form.get("text", "").strip()
    if not title or not text:
        turn.say("learn_canned_empty", to_page(turn))
    elif len(title) > LONGEST_CANNED_TITLE or len(text) > LONGEST_CANNED:
        turn.say(
            "learn_canned_too_long", to_page(turn), title=LONGEST_CANNED_TITLE, text=LONGEST_CANNED
        )
    elif unknown := unknown_places(text):
        turn.say("learn_canned_place", to_page(turn), name=unknown[0])
    else:
        canned_id = await canned.put(turn.tx, title, text, by.id, turn.now)
        await _note(turn, by, "canned", f"canned:{canned_id}")
        turn.say("learn_canned_kept", to_page(turn), title=title)


async def _drop_canned(turn: Turn, by: Coordinator, value: str) -> None:
    known = number(value)
    if known is None or not await canned.remove(turn.tx, known):
        turn.say("desk_button_outdated", to_page(turn))
        return
    await _note(turn, by, "uncanned", f"canned:{known}")
    turn.say("learn_canned_gone", to_page(turn))


_VERBS: dict[str, Callable[[Turn, Coordinator, str], Awaitable[None]]] = {
    "propose": _propose,
    "change": _change,
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
    "checked": _checked,
    "phrasing": _phrasing,
    "unphrase": _unphrase,
    "canned": _keep_canned,
    "uncan": _drop_canned,
}

# -- what these share ------------------------------------------------------------------------


def page(turn: Turn) -> str:
    """The page on which all of this is seen."""
    return f"{turn.house.public_url}/desk/lernen"


def to_page(turn: Turn) -> Button:
    """A button that opens it."""
    return Button(label=turn.label("button_learn_page"), url=page(turn))


async def _tell(turn: Turn, asked: Asked | None, name: str, /, **fields: str | int | Text) -> None:
    """Tell whoever acted; where the request is worked on, if it is about one."""
    request = await requests.get(turn.tx, asked.request_id) if asked else None
    tell(turn, request, turn.words(name, **fields), to_page(turn))


async def _note(turn: Turn, by: Coordinator, deed: str, subject: str) -> None:
    """Who did it, and to which entry; no words."""
    await audit.add(turn.tx, by.id, f"learn-{deed}", subject, turn.now)


def _not_proposed(turn: Turn, kept: DeskEntry | None) -> None:
    name = "learn_live_already" if kept and kept.state == "live" else "learn_not_proposed"
    turn.say(name, to_page(turn))


def _title(kept: DeskEntry) -> str:
    entry = read(kept)
    return entry.title if entry else kept.id


def _quoted(passages: Iterable[str]) -> str:
    return ", ".join(f"„{passage}“" for passage in passages)


async def _asked(turn: Turn, request_id: str) -> Asked | None:
    """What was asked with the request that is named, if one is."""
    known = number(request_id)
    return await desk_entries.asked(turn.tx, known) if known is not None else None


def _of_content(turn: Turn) -> set[str]:
    """Ids that are taken by whatever else we know."""
    library = turn.knowledge.library
    return {*library.entries, *library.formats, *library.events}


async def _free(turn: Turn, wanted: str) -> str:
    """An id that nothing else has."""
    taken, free, number = _of_content(turn), wanted, 1
    while free in taken or await desk_entries.get(turn.tx, free):
        number += 1
        free = f"{wanted}-{number}"
    return free
