"""Learning at the desk: what is proposed, live and missing, and help beside each request.

What was typed is read by `entry_fields`, here to show what is wrong beside its field, and
again in the turn that keeps it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.desk_door import NOT_KEPT, STALE, Pages, Signed
from bot.channels.web.desk_sheet import Filled
from bot.channels.web.desk_words import FREE_TOPICS, count, topics_typed
from bot.channels.web.pages import TEXT_LENGTH, Site, typed
from handlers import personal, wording
from handlers.announcing import audiences
from handlers.desk import advice, entry_fields, learning
from handlers.desk.advice import Advice
from handlers.hours import day_of
from handlers.programme import topics
from knowledge.models import Entry
from storage import canned, caseload, coordinators, desk_entries, house, ids, requests
from storage.canned import CannedAnswer
from storage.coordinators import Coordinator
from storage.database import StoreTrouble, Tx
from storage.desk_entries import Asked, DeskEntry, Phrasing

HOME = "/desk/lernen"
# What is done with one press, and what that needs to know: an entry, or fields of the form.
VERBS: Mapping[str, tuple[str, ...]] = {
    "approve": (),
    "reject": (),
    "withdraw": (),
    "checked": (),
    "phrasing": ("entry", "words", "confirmed"),
    "unphrase": ("entry", "words"),
    "canned": ("title", "text"),
    "uncan": (),
}
INSERT = "einfuegen"  # of the address: the text that stands in the answer field
GROUPS = 40  # of questions on the page
UNHELPFUL = 20  # entries on the page
LABELS = {
    "title": "Titel",
    "question": "So wurde gefragt",
    "asked_as": "So fragt man auch",
    "answer": "Antwort",
    "plain": "In Einfacher Sprache",
    "topics": "Themen",
}
TWIN_ERROR = "Vielleicht gibt es diesen Eintrag schon. Bitte vergleichen Sie."
PERSONAL_ERROR = "Im Text steht etwas, das zu einem Menschen gehören könnte."


@dataclass(frozen=True, slots=True)
class Sheet(Filled):
    """An entry's page as it is filled in, and what is wrong with which field."""

    labels: ClassVar[Mapping[str, str]] = LABELS

    values: Mapping[str, str] = field(default_factory=dict)
    ticked: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    changes: str = ""  # the id of the live entry that shall read like this

    @classmethod
    def of_form(cls, form: FormData) -> "Sheet":
        names = (*entry_fields.NAMES[:-1], FREE_TOPICS)
        values = {name: typed(form, name) for name in names}
        ticked = tuple(str(topic) for topic in form.getlist("topic"))
        return cls(values, ticked, changes=typed(form, "changes"))

    @classmethod
    def of_entry(cls, entry: Entry) -> "Sheet":
        """A live entry as it stands, to be changed."""
        first, *others = entry.asked_as
        values = {
            "title": entry.title,
            "question": first,
            "asked_as": "\n".join(others),
            "answer": entry.answer,
            "plain": entry.plain or "",
        }
        return cls(values, entry.topics, changes=entry.id)

    @property
    def answers(self) -> dict[str, str]:
        """The fields as `entry_fields.filled` takes them."""
        answers = {name: self.values.get(name, "") for name in entry_fields.NAMES[:-1]}
        answers["topics"] = topics_typed(self.ticked, self.values)
        return answers


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of the desk in a list. `mine`: whoever looks has proposed it."""

    kept: DeskEntry
    entry: Entry | None
    by: str
    mine: bool
    overdue: bool = False
    review: str = ""
    checked: str = ""


@dataclass(frozen=True, slots=True)
class Unhelpful:
    entry: Entry
    no: int
    yes: int


@dataclass(frozen=True, slots=True)
class Everything:
    """What the store has for the page."""

    proposed: list[DeskEntry]
    live: list[DeskEntry]
    phrasings: list[Phrasing]
    questions: list[Asked]
    tallies: list[tuple[str, str, int]]
    canned: list[CannedAnswer]
    everybody: list[Coordinator]
    alone: bool


class Learning(Pages):
    def routes(self) -> list[Route]:
        shown = self._door.for_coordinators
        return [
            Route(HOME, shown(self.overview)),
            Route(f"{HOME}/neu", shown(self.compose)),
            Route(f"{HOME}/neu", self.propose, methods=["POST"]),
            Route(f"{HOME}/lesbarkeit", self.readability, methods=["POST"]),
            Route(f"{HOME}/{{verb}}", self.act, methods=["POST"]),
        ]

    # The list

    async def overview(self, request: Request, me: Signed) -> Response:
        return await self._overview(me, note=await self._door.note(request, me))

    async def _overview(
        self, me: Signed, status: int = 200, *, note: str = "", error: str = ""
    ) -> Response:
        now, library = self._site.clock.now(), self._site.knowledge().library
        since = now - timedelta(days=self._site.house().retention_days)

        async def unit(tx: Tx) -> Everything:
            return Everything(
                proposed=await desk_entries.in_state(tx, "proposed"),
                live=await desk_entries.in_state(tx, "live"),
                phrasings=await desk_entries.phrasings(tx),
                questions=await learning.unanswered(tx, since),
                tallies=await house.tallies(tx, since.date()),
                canned=await canned.everything(tx),
                everybody=await coordinators.everybody(tx),
                alone=self._site.house().learn_alone,
            )

        found = await self._site.database.read(unit)
        names = {one.id: one.name for one in found.everybody}
        today = day_of(now)

        def row(kept: DeskEntry) -> Row:
            entry = learning.read(kept)
            return Row(
                kept,
                entry,
                names.get(kept.proposed_by or 0, ""),
                kept.proposed_by == me.coordinator.id,
                entry is not None and learning.review_on(entry) <= today,
                wording.day(learning.review_on(entry)) if entry else "",
                wording.day(entry.checked_on) if entry else "",
            )

        # Five hundred questions take a moment to compare; nobody in the chat shall wait for it.
        groups = await asyncio.to_thread(learning.grouped, found.questions)
        live = sorted(map(row, found.live), key=lambda row: not row.overdue)
        return self._door.page(
            me,
            "desk_learning.html",
            status,
            note=note,
            error=error,
            proposed=[row(kept) for kept in found.proposed],
            alone=found.alone,
            live=live,
            phrasings=[
                (one, library.entries[one.entry_id].title)
                for one in found.phrasings
                if one.entry_id in library.entries
            ],
            groups=groups[:GROUPS],
            hidden=len(groups[GROUPS:]),
            unhelpful=_unhelpful(found.tallies, library.entries),
            canned=found.canned,
            count=count,
        )

    # Writing an entry

    async def compose(self, request: Request, me: Signed) -> Response:
        """Empty, or made of the request (`anfrage`) or of the entry (`eintrag`) that is named;
        a live entry of the desk is changed itself (`aendern`)."""
        changes = request.query_params.get("aendern", "")
        if changes:
            old = await self._site.database.read(lambda tx: learning.live(tx, changes))
            if old is None:
                raise HTTPException(404)
            note = await self._door.note(request, me)
            return await self._show(me, Sheet.of_entry(old), None, note=note)
        asked = await self._asked(request.query_params.get("anfrage", ""))
        library = self._site.knowledge().library
        values: dict[str, str] = {}
        ticked: tuple[str, ...] = ()
        near: list[Entry] = []
        if asked is not None:
            values, near = learning.first_draft(self._site.knowledge(), asked)
            ticked = tuple(filter(None, [values.pop("topics")]))
        elif entry := library.entries.get(request.query_params.get("eintrag", "")):
            values = {"question": entry.asked_as[0], "answer": entry.answer}
            ticked = entry.topics
        note = await self._door.note(request, me)
        return await self._show(me, Sheet(values, ticked), asked, note=note, near=near)

    async def propose(self, request: Request) -> Response:
        async with self._door.sent(request) as sent:
            me, sheet = sent.me, Sheet.of_form(sent.form)
            if me is None:
                return self._door.lost(sheet.kept)
            asked = await self._asked(typed(sent.form, "request"))
            if sent.stale:
                return await self._show(me, sheet, asked, 403, error=STALE)
            entry, unclear = entry_fields.filled(
                sheet.answers,
                self._site.knowledge(),
                role=me.coordinator.role,
                today=day_of(self._site.clock.now()),
            )
            if entry is None:
                sheet = replace(sheet, errors=self._door.sentences(unclear))
                return await self._show(me, sheet, asked, 422)
            confirmed, distinct = typed(sent.form, "confirmed"), typed(sent.form, "distinct")
            passages = await self._passages(asked, entry, sheet.changes)
            twins = self._twins(entry, sheet.changes)
            if (passages and confirmed != "yes") or (twins and distinct != "yes"):
                error = PERSONAL_ERROR if passages and confirmed != "yes" else TWIN_ERROR
                return await self._show(
                    me, sheet, asked, 422, error=error, passages=passages, twins=twins
                )
            form = {**sheet.answers, "confirmed": confirmed, "distinct": distinct}
            update = uploads.update_id(sent.form, f"propose|{form}", self._site.token)
        action = f"learn:propose:{asked.request_id if asked else ''}"
        if sheet.changes:
            action = f"learn:change:{sheet.changes}"
        try:
            notice = await self._door.hand_over(me, action, update, fields=form)
        except StoreTrouble:
            return await self._show(me, sheet, asked, 503, error=NOT_KEPT)
        if notice.line and not notice.path:
            # It was refused, and nobody shall type it again.
            return await self._show(me, sheet, asked, 409, error=notice.text)
        return notice.leads_to(HOME)

    async def _passages(self, asked: Asked | None, entry: Entry, changes: str) -> tuple[str, ...]:
        async def unit(tx: Tx) -> tuple[str, ...]:
            texts = learning.texts_of(entry)
            old = await learning.live(tx, changes) if changes else None
            if old is not None:
                return await learning.new_passages(tx, old, texts)
            return await learning.suspicious(tx, asked, texts)

        return await self._site.database.read(unit)

    def _twins(self, entry: Entry, changes: str) -> list[Entry]:
        knowledge = self._site.knowledge()
        old = knowledge.library.entries.get(changes)
        if old and learning.same_question(entry, old):
            return []
        return [
            knowledge.library.entries[hit.id]
            for hit in learning.twins(knowledge, (entry.title, *entry.asked_as), but=changes)
        ]

    async def _asked(self, number: str) -> Asked | None:
        known = ids.number(number)
        if known is None:
            return None
        return await self._site.database.read(lambda tx: desk_entries.asked(tx, known))

    async def _show(
        self,
        me: Signed,
        sheet: Sheet,
        asked: Asked | None,
        status: int = 200,
        *,
        note: str = "",
        error: str = "",
        passages: tuple[str, ...] = (),
        twins: Sequence[Entry] = (),
        near: Sequence[Entry] = (),
    ) -> Response:
        """`near` are entries that could be meant; with `twins` somebody has to decide."""
        library = self._site.knowledge().library
        known = audiences.known_topics(library) | set(sheet.ticked)
        texts = "\n".join(value for value in sheet.answers.values() if value)
        return self._door.page(
            me,
            "desk_learning_entry.html",
            status,
            note=note,
            error=error,
            sheet=sheet,
            asked=asked,
            passages=passages,
            marked=personal.marked(texts, passages),
            twins=twins,
            near=twins or near,
            hint=advice.readability_hint(sheet.values.get("answer", "")),
            topics=sorted(
                ((topic, topics.name(topic)) for topic in known),
                key=lambda pair: pair[1].casefold(),
            ),
        )

    # What is done with one press

    async def act(self, request: Request) -> Response:
        verb = request.path_params["verb"]
        if verb not in VERBS:
            raise HTTPException(404)
        async with self._door.sent(request) as sent:
            fields = {name: typed(sent.form, name) for name in VERBS[verb]}
            me, subject = sent.me, typed(sent.form, "subject")
            if me is None:
                return self._door.lost("\n".join(value for value in fields.values() if value))
            if sent.stale:
                return await self._overview(me, 403, error=STALE)
            if any(len(value) > TEXT_LENGTH for value in fields.values()) or len(subject) > 48:
                return await self._overview(me, 422, error="Der Text ist viel zu lang.")
            update = uploads.update_id(sent.form, f"{verb}|{subject}|{fields}", self._site.token)
        try:
            notice = await self._door.hand_over(
                me, f"learn:{verb}:{subject}", update, fields=fields
            )
        except StoreTrouble:
            return await self._overview(me, 503, error=NOT_KEPT)
        return notice.leads_to(HOME)

    async def readability(self, request: Request) -> Response:
        """A hint on the draft that is being typed, or nothing. It is kept nowhere."""
        async with self._door.signed_form(request) as (_, form):
            text = typed(form, "text")[:TEXT_LENGTH]
        return PlainTextResponse(advice.readability_hint(text))


async def help_for(site: Site, request_id: int, me: Signed, chosen: str = "") -> dict[str, object]:
    """What the page of a request needs beside the answer form.

    `chosen` is what the address says under `INSERT`. `advice` and `inserted` (the text that
    belongs into the answer field, or nothing) are for `desk_request_help.html`.
    """
    now = site.clock.now()

    async def unit(tx: Tx) -> Advice:
        request = await requests.get(tx, request_id)
        if request is None or not await caseload.may_see(tx, me.coordinator, request_id):
            return Advice()
        return await advice.of(
            tx,
            site.knowledge(),
            request,
            await advice.words_of(tx, request_id),
            now,
            sees_others=me.coordinator.publishes,
        )

    found = await site.database.read(unit)
    return {"advice": found, "inserted": found.text(chosen)}


def _unhelpful(
    tallies: list[tuple[str, str, int]], entries: Mapping[str, Entry]
) -> list[Unhelpful]:
    """Entries that people said did not help, the worst first."""
    helped = {subject: number for what, subject, number in tallies if what == "helped"}
    found = [
        Unhelpful(entries[subject], number, helped.get(subject, 0))
        for what, subject, number in tallies
        if what == "not_helped" and subject in entries
    ]
    return sorted(found, key=lambda one: (-one.no, one.yes))[:UNHELPFUL]
