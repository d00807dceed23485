"""Events at the desk: the programme as coordinators see it, and one page to write each.

What was typed is read by `event_fields`, here to show what is wrong beside its
field, and again in the turn that keeps it.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.channels.web import markup, uploads
from bot.channels.web.desk_door import NOT_KEPT, PAGE, STALE, Pages, Signed, page_number
from bot.channels.web.desk_sheet import Filled, too_long
from bot.channels.web.desk_words import (
    FREE_TOPICS,
    count,
    moment_fields,
    moment_typed,
    topics_typed,
)
from bot.channels.web.pages import typed
from handlers import wording
from handlers.announcing import audiences
from handlers.announcing import view as announcement_view
from handlers.announcing.view import Seen
from handlers.programme import event_fields, keeping, topics
from handlers.text import Text
from knowledge.models import Event
from storage import events
from storage.database import StoreTrouble, Tx
from storage.events import Kept
from storage.moments import stamp

HOME = "/desk/veranstaltungen"
VERBS = ("publish", "cancel", "revive", "delete", "announce")
# These ask once more, each on a page of its own.
ASKED = {"absagen": "cancel", "loeschen": "delete"}
VIEWS = {"": "Kommende", "entwuerfe": "Entwürfe", "vergangene": "Vergangene"}

OVERTAKEN = (
    "Während Sie geschrieben haben, hat jemand anderes diese Veranstaltung geändert. "
    "Die Vorschau zeigt, was jetzt gilt; in den Feldern steht, was Sie geschrieben haben. "
    "Wenn Sie noch einmal speichern, gilt Ihre Fassung."
)

# The fields of the page that are taken as they are, and those of which one is composed.
PLAIN = (
    "title", "where", "character", "description", "format", "region",
    "organisers", "registration", "capacity", "documentation",
)  # fmt: skip
TIMES = ("day", "hour", "last_day", "last_hour", "until_day", "until_hour")
LABELS = {
    "title": "Titel",
    "when": "Zeit",
    "where": "Ort oder Adresse im Netz",
    "character": "Art",
    "description": "Beschreibung",
    "topics": "Themen",
    "format": "Format",
    "region": "Region",
    "organisers": "Wer veranstaltet",
    "registration": "Anmeldung",
    "registration_until": "Anmeldeschluss",
    "capacity": "Plätze",
    "documentation": "Zum Nachlesen",
}
MORE = (
    "format", "region", "organisers", "registration", "registration_until", "capacity",
    "documentation",
)  # fmt: skip

_ZONE = re.compile(r" MES?Z\b")


@dataclass(frozen=True, slots=True)
class Sheet(Filled):
    """An event's page as it is filled in, and what is wrong with which field."""

    labels: ClassVar[Mapping[str, str]] = LABELS

    values: Mapping[str, str] = field(default_factory=dict)
    ticked: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_event(cls, event: Event) -> "Sheet":
        values = {name: event_fields.written(event, name) for name in PLAIN}
        values |= moment_fields(event.starts, "day", "hour")
        if event.ends is not None:
            values |= moment_fields(event.ends, "last_day", "last_hour")
            if values["last_day"] == values["day"] and "hour" in values:
                values["last_day"] = ""
        if event.registration_until is not None:
            values |= moment_fields(event.registration_until, "until_day", "until_hour")
        return cls(values, event.topics)

    @classmethod
    def of_form(cls, form: FormData) -> "Sheet":
        values = {name: typed(form, name) for name in (*PLAIN, *TIMES, FREE_TOPICS)}
        return cls(values, tuple(str(topic) for topic in form.getlist("topic")))

    @property
    def answers(self) -> dict[str, str]:
        """The fields as `event_fields.filled` takes them."""
        answers = {name: self.values.get(name, "") for name in PLAIN}
        answers["when"] = self._when
        until = moment_typed(self._value("until_day"), self._value("until_hour"))
        answers["registration_until"] = until
        answers["topics"] = topics_typed(self.ticked, self.values)
        return answers

    def of(self, before: Event | None) -> dict[str, str]:
        """The same, of a page that showed this event.

        There is no field for which hour is meant in the night that has one twice; what
        nobody touched stays.
        """
        answers = self.answers
        if before is None:
            return answers
        for name in ("when", "registration_until"):
            was = event_fields.written(before, name)
            if answers[name] == _ZONE.sub("", was):
                answers[name] = was
        return answers

    @property
    def _when(self) -> str:
        """Without an hour a day that ends where it began is written with both."""
        first, last = self._value("day"), self._value("last_day")
        hours = self._value("hour"), self._value("last_hour")
        starts = moment_typed(first, hours[0])
        ends = moment_typed("" if last == first and any(hours) else last, hours[1])
        return f"{starts} bis {ends}" if ends else starts

    @property
    def has_more(self) -> bool:
        """Whether there is something in the part of the page that is folded away."""
        answers = self.answers
        return any(answers[name] or name in self.errors for name in MORE)

    def _value(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True)
class Row:
    """An event in the list. `state` is also a class of the sheet, `state_name` is read."""

    id: str
    event: Event
    when: str
    over: bool
    state: str
    state_name: str
    marked: int = 0

    @classmethod
    def of(cls, kept: Kept, now: datetime) -> "Row":
        event = Event.model_validate_json(kept.payload)
        state = kept.state
        name = {"draft": "Entwurf", "cancelled": "abgesagt"}.get(state, "veröffentlicht")
        if state == "published" and kept.sequence > 0:
            name = "geändert"
        over = keeping.is_over(event, now)
        return cls(kept.id, event, wording.when(event), over, state, name)


class Events(Pages):
    def routes(self) -> list[Route]:
        shown = self._door.for_coordinators
        return [
            Route(HOME, shown(self.overview)),
            Route(f"{HOME}/neu", shown(self.compose)),
            Route(f"{HOME}/neu", self.create, methods=["POST"]),
            Route(f"{HOME}/{{id}}", shown(self.event)),
            Route(f"{HOME}/{{id}}", self.save, methods=["POST"]),
            Route(f"{HOME}/{{id}}/{{verb}}", shown(self.ask)),
            Route(f"{HOME}/{{id}}/{{verb}}", self.act, methods=["POST"]),
        ]

    # The list

    async def overview(self, request: Request, me: Signed) -> Response:
        view, number = request.query_params.get("ansicht", ""), page_number(request)
        if view not in VIEWS:
            view = ""
        now = self._site.clock.now()
        kept = await self._site.database.read(events.everything)
        # With thousands of events nobody in the chat shall wait for this.
        views = await asyncio.to_thread(_sorted, kept, now)
        found = views[view][(number - 1) * PAGE : number * PAGE]

        async def unit(tx: Tx) -> list[Row]:
            return [replace(row, marked=await _marked(tx, row.id)) for row in found]

        return self._door.page(
            me,
            "desk_events.html",
            note=await self._door.note(request, me),
            views=[(name, label, len(views[name])) for name, label in VIEWS.items()],
            view=view,
            rows=await self._site.database.read(unit),
            number=number,
            more=len(views[view]) > number * PAGE,
            count=count,
        )

    # Writing one

    async def compose(self, request: Request, me: Signed) -> Response:
        return await self._show(me, None, Sheet(), note=await self._door.note(request, me))

    async def event(self, request: Request, me: Signed) -> Response:
        kept = await self._kept(request)
        return await self._show(me, kept, note=await self._door.note(request, me))

    async def create(self, request: Request) -> Response:
        return await self._write(request, None)

    async def save(self, request: Request) -> Response:
        return await self._write(request, request.path_params["id"])

    async def _write(self, request: Request, event_id: str | None) -> Response:
        async with self._door.sent(request) as sent:
            me, sheet = sent.me, Sheet.of_form(sent.form)
            if me is None:
                return self._door.lost(sheet.kept)
            kept = None if event_id is None else await self._kept(request)
            if sent.stale:
                return await self._show(me, kept, sheet, 403, error=STALE)
            shown, errors = self._read(sheet, kept)
            if errors:
                return await self._show(me, kept, replace(sheet, errors=errors), 422)
            if sent.form.get("do") == "preview":
                return await self._show(me, kept, sheet, preview=shown)
            revision = typed(sent.form, "revision")
            if kept is not None and revision != kept.updated_at:
                return await self._show(me, kept, sheet, 409, error=OVERTAKEN)
            before = Event.model_validate_json(kept.payload) if kept else None
            form = {**sheet.of(before), "revision": revision}
            update = uploads.update_id(sent.form, f"{event_id}|{form}", self._site.token)
        action = f"evd:save:{kept.id}" if kept else "evd:new"
        try:
            notice = await self._door.hand_over(me, action, update, fields=form)
        except StoreTrouble:
            return await self._show(me, kept, sheet, 503, error=NOT_KEPT)
        if notice.line and not notice.path:
            # Without a page to go on to it was refused, and nobody shall type it again.
            return await self._show(me, kept, sheet, 409, error=notice.text)
        if notice.line and kept is not None:
            now_kept = await self._kept(request)
            if self._read(sheet, now_kept)[0] != Event.model_validate_json(now_kept.payload):
                # Somebody was faster by a moment.
                return await self._show(me, now_kept, sheet, 409, error=OVERTAKEN)
        return notice.leads_to(f"{HOME}/{kept.id}" if kept else HOME)

    def _read(self, sheet: Sheet, kept: Kept | None) -> tuple[Event | None, dict[str, str]]:
        """The event that was filled in, or a sentence for each field that says why not."""
        library = self._site.knowledge().library
        before = Event.model_validate_json(kept.payload) if kept else None
        answers = sheet.of(before)
        if lengthy := too_long(answers):
            return None, lengthy
        event, unclear = event_fields.filled(answers, before, library, self._site.clock.now())
        return event, self._door.sentences(unclear)

    async def _show(
        self,
        me: Signed,
        kept: Kept | None,
        sheet: Sheet | None = None,
        status: int = 200,
        *,
        note: str = "",
        error: str = "",
        preview: Event | None = None,
    ) -> HTMLResponse:
        library, now = self._site.knowledge().library, self._site.clock.now()
        row = Row.of(kept, now) if kept else None
        if sheet is None:
            sheet = Sheet.of_event(row.event) if row else Sheet()
        known = audiences.known_topics(library) | set(row.event.topics if row else ())
        # Its own topics first and in their order, so that a page that nobody changed changes
        # nothing.
        own = [topic for topic in sheet.ticked if topic in known]
        others = sorted(known - set(own), key=lambda topic: topics.name(topic).casefold())
        told: list[Seen] = []
        if kept is not None and row is not None:

            async def unit(tx: Tx) -> tuple[int, list[Seen]]:
                found = await announcement_view.of_event(tx, self._site.knowledge(), kept.id, now)
                return await _marked(tx, kept.id), found

            marked, told = await self._site.database.read(unit)
            row = replace(row, marked=marked)
        read = preview or (row.event if row else None)
        return self._door.page(
            me,
            "desk_event.html",
            status,
            note=note,
            error=error,
            row=row,
            kept=kept,
            sheet=sheet,
            tried=preview is not None,
            reading=markup.html(as_read(read)) if read else "",
            topics=[(topic, topics.name(topic)) for topic in (*own, *others)],
            formats=sorted((one.name, one.id) for one in library.formats.values()),
            characters=_characters(row.event if row else None),
            regions=sorted({one.region for one in library.events.values() if one.region}),
            told=told,
            at=lambda value: markup.clock(stamp(value), now),
            count=count,
        )

    async def _kept(self, request: Request) -> Kept:
        """Raises 404 for an event that does not exist."""
        kept = await self._site.database.read(lambda tx: events.get(tx, request.path_params["id"]))
        if kept is None:
            raise HTTPException(404)
        return kept

    # What is done with one

    async def ask(self, request: Request, me: Signed) -> Response:
        """A page that asks once more; looking at it changes nothing."""
        verb = ASKED.get(request.path_params["verb"])
        if verb is None:
            raise HTTPException(404)
        kept = await self._kept(request)
        row = Row.of(kept, self._site.clock.now())

        async def unit(tx: Tx) -> int:
            return await _marked(tx, kept.id)

        row = replace(row, marked=await self._site.database.read(unit))
        return self._door.page(me, "desk_event_ask.html", row=row, verb=verb, count=count)

    async def act(self, request: Request) -> Response:
        verb = request.path_params["verb"]
        if verb not in VERBS:
            raise HTTPException(404)
        async with self._door.sent(request) as sent:
            me = sent.me
            if me is None:
                return self._door.lost("")
            kept = await self._kept(request)
            if sent.stale:
                return await self._show(me, kept, status=403, error=STALE)
            update = uploads.update_id(sent.form, f"{verb}|{kept.id}", self._site.token)
        try:
            notice = await self._door.hand_over(me, f"evd:{verb}:{kept.id}", update)
        except StoreTrouble:
            return await self._show(me, kept, status=503, error=NOT_KEPT)
        return notice.leads_to(await self._back(kept.id))

    async def _back(self, event_id: str) -> str:
        """The event's page, while there is one."""
        found = await self._site.database.read(lambda tx: events.get(tx, event_id))
        return f"{HOME}/{event_id}" if found else HOME


def as_read(event: Event) -> Text:
    """An event as people read it in the chat."""
    return Text.joined([Text.bold(event.title), wording.event(event)])


def _characters(event: Event | None) -> list[tuple[str, str]]:
    """What may be chosen, as it is written and as people read it."""
    offered = [("digital", "digital"), ("vor Ort", "vor Ort"), ("hybrid", "hybrid")]
    own = event_fields.written(event, "character") if event else ""
    if own and own not in dict(offered):
        offered.append((own, own))
    return offered


def _sorted(kept: Sequence[Kept], now: datetime) -> dict[str, list[Row]]:
    """What each view of the list shows: the next first, of those that are over the latest."""
    rows = [Row.of(one, now) for one in kept]
    public = [row for row in rows if row.state != "draft"]
    return {
        "": [row for row in public if not row.over],
        "entwuerfe": [row for row in rows if row.state == "draft"],
        "vergangene": [row for row in reversed(public) if row.over],
    }


async def _marked(tx: Tx, event_id: str) -> int:
    return len({marked.person_id for marked in await events.marked(tx, event_id)})
