"""The draft of an entry: what it says, what is settled about it, and what is still open."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from handlers.desk import entry_fields, learning
from handlers.hours import day_of
from handlers.text import Text
from handlers.turn import Turn
from knowledge.models import Entry
from storage import desk_entries, entry_drafts, requests
from storage.coordinators import Coordinator
from storage.desk_entries import Asked
from storage.entry_drafts import EntryDraft
from storage.requests import Request

DRAFT = ":draft:"  # stands before the number of a draft in what our messages are about


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
        return f"{of}{DRAFT}{self.kept.id}"


async def of(turn: Turn, draft_id: int) -> Draft | None:
    """A draft, while there is still what it is about."""
    kept = await entry_drafts.get(turn.tx, draft_id)
    if kept is None:
        return None
    if kept.request_id is not None:
        request = await requests.get(turn.tx, kept.request_id)
        asked = await desk_entries.asked(turn.tx, kept.request_id)
        return Draft(kept, read(kept), request, asked, None) if request and asked else None
    old = await learning.live(turn.tx, kept.entry_id or "")
    return Draft(kept, read(kept), None, None, old) if old else None


def read(kept: EntryDraft) -> Fields:
    return Fields.model_validate_json(kept.payload)


def as_fields(form: dict[str, str]) -> Fields:
    """What a page would be filled in with at first."""
    ways = "\n".join(part for part in (form["question"], form["asked_as"]) if part)
    return Fields(title=form["title"], ways=ways, answer=form["answer"], topics=form["topics"])


def filled(turn: Turn, by: Coordinator, draft: Draft) -> Entry | Text:
    """The entry, or what is wrong with it."""
    entry, wrong = entry_fields.filled(
        draft.fields.form, turn.knowledge, role=by.role, today=day_of(turn.now)
    )
    return entry if entry is not None else learning.what_is_wrong(turn, wrong)


async def open_passages(
    turn: Turn, draft: Draft, texts: Iterable[str] | None = None
) -> tuple[str, ...]:
    """What may belong to one person and was not confirmed yet."""
    texts = draft.fields.texts if texts is None else texts
    if draft.old is not None:
        found = await learning.new_passages(turn.tx, draft.old, texts)
    else:
        found = await learning.suspicious(turn.tx, draft.asked, texts)
    return tuple(one for one in found if one not in draft.fields.confirmed)


def twins(turn: Turn, draft: Draft) -> list[Entry]:
    """Entries that answer the same; none where a live entry is asked for as before."""
    asked = entry_fields.ways(draft.fields.ways)
    old = draft.old
    if old is not None and (old.title, old.asked_as) == (draft.fields.title, asked):
        return []
    found = learning.twins(turn.knowledge, (draft.fields.title, *asked), but=old.id if old else "")
    return [turn.knowledge.library.entries[hit.id] for hit in found]


def replaced(fields: Fields, passage: str, by: str) -> Fields:
    """The same with other words in the place of a passage, wherever it stands."""
    names = ("title", "ways", "answer", "plain")
    return fields.but(**{name: getattr(fields, name).replace(passage, by) for name in names})


def mark(text: str) -> str:
    """A short name for a text, which fits on a button."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
