"""Experts at the desk: the pool as coordinators keep it, a page for each, and whom a request fits.

What was typed is read by `expert_fields`, here to show what is wrong beside its field, and
again in the turn that keeps it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.channels.web import markup, uploads
from bot.channels.web.desk_door import NOT_KEPT, PAGE, STALE, Pages, Signed, page_number
from bot.channels.web.desk_sheet import Filled, too_long
from bot.channels.web.desk_words import count
from bot.channels.web.pages import Site, typed
from handlers import wording
from handlers.desk import expert_care, expert_desk, expert_fields
from handlers.desk.expert_desk import Offer
from handlers.hours import day_of
from handlers.network import pool
from handlers.network.experts import card
from handlers.network.pool import Listed
from knowledge.models import Area, Expert
from storage import coordinators, requests
from storage.coordinators import Coordinator
from storage.database import StoreTrouble, Tx

HOME = "/desk/fachleute"
# What a page does, as its address names it, and the field that it needs.
VERBS = {
    "zugestimmt": ("consent", "on"),
    "zurueckziehen": ("withdraw", ""),
    "pausieren": ("pause", "until"),
    "fortsetzen": ("resume", ""),
    "loeschen": ("delete", ""),
}
LONGEST_SEARCH = 200
LABELS = {
    "name": "Name",
    "summary": "Wobei sie helfen",
    "keywords": "Stichworte",
    "topics": "Themen",
    "regions": "Region",
    "languages": "Sprachen",
    "availability": "Zeit",
    "formats": "Formate",
    "page": "Seite im Netz",
    "colleague": "Zugang",
}
TICKED = {"topics": "topic", "formats": "format", "regions": "region"}  # fields of the form
WRITTEN = tuple(name for name in LABELS if name not in TICKED)
STATES = {
    "desk_expert_shown": ("published", "wird gezeigt"),
    "desk_expert_paused": ("paused", "pausiert"),
    "desk_expert_without_consent": ("draft", "Zustimmung fehlt"),
}
OVERTAKEN = (
    "Während Sie geschrieben haben, hat jemand anderes diesen Eintrag geändert. "
    "Oben steht, was jetzt gilt; in den Feldern steht, was Sie geschrieben haben. "
    "Wenn Sie noch einmal speichern, gilt Ihre Fassung."
)


@dataclass(frozen=True, slots=True)
class Sheet(Filled):
    """An expert's page as it is filled in, and what is wrong with which field."""

    labels: ClassVar[Mapping[str, str]] = LABELS

    values: Mapping[str, str] = field(default_factory=dict)
    ticked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_expert(cls, one: Listed) -> "Sheet":
        written = expert_fields.written(one.expert)
        expert = one.expert
        ticked = {"topics": expert.topics, "formats": expert.formats, "regions": expert.regions}
        return cls({**written, "colleague": str(one.coordinator_id or "")}, ticked)

    @classmethod
    def of_form(cls, form: FormData) -> "Sheet":
        ticked = {name: tuple(map(str, form.getlist(one))) for name, one in TICKED.items()}
        return cls({name: typed(form, name) for name in WRITTEN}, ticked)

    @property
    def answers(self) -> dict[str, str]:
        """The fields as `expert_fields.filled` takes them."""
        return {**self.values, **{name: ", ".join(those) for name, those in self.ticked.items()}}


@dataclass(frozen=True, slots=True)
class Row:
    """An expert in the list. `state` is also a class of the sheet, `state_name` is read."""

    listed: Listed
    state: str
    state_name: str
    until: str  # of a pause that ends by itself
    colleague: str

    @classmethod
    def of(cls, one: Listed, names: Mapping[int, str], today: date) -> "Row":
        state, name = STATES[expert_care.state(one.expert, today)]
        until = one.expert.paused_until
        ends = until is not None and not one.expert.paused and until >= today
        return cls(
            listed=one,
            state=state,
            state_name=name,
            until=wording.day(until) if until and ends else "",
            colleague=names.get(one.coordinator_id or 0, ""),
        )

    @property
    def expert(self) -> Expert:
        return self.listed.expert

    @property
    def agreed_on(self) -> str:
        return wording.day(self.expert.consent.on) if self.expert.consent else ""


@dataclass(frozen=True, slots=True)
class Pool:
    """What the store has for a page."""

    everybody: dict[str, Listed]
    team: list[Coordinator]

    def row(self, one: Listed, today: date) -> Row:
        return Row.of(one, {each.id: each.name for each in self.team}, today)


class Experts(Pages):
    def routes(self) -> list[Route]:
        shown = self._door.for_coordinators
        return [
            Route(HOME, self.overview),
            Route(f"{HOME}/neu", shown(self.compose)),
            Route(f"{HOME}/neu", self.create, methods=["POST"]),
            Route(f"{HOME}/{{id}}", shown(self.expert)),
            Route(f"{HOME}/{{id}}", self.save, methods=["POST"]),
            Route(f"{HOME}/{{id}}/loeschen", shown(self.ask)),
            Route(f"{HOME}/{{id}}/{{verb}}", self.act, methods=["POST"]),
        ]

    @property
    def _today(self) -> date:
        return day_of(self._site.clock.now())

    async def _pool(self) -> Pool:
        library = self._site.knowledge().library

        async def unit(tx: Tx) -> Pool:
            return Pool(await pool.everybody(tx, library), await coordinators.everybody(tx))

        return await self._site.database.read(unit)

    # The list

    async def overview(self, request: Request) -> Response:
        """The whole pool for coordinators; an expert sees their own entry."""
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        found, note = await self._pool(), await self._door.note(request, me)
        if not me.coordinator.publishes:
            return self._own(me, found, note=note)
        words = request.query_params.get("suche", "")[:LONGEST_SEARCH]
        number = page_number(request)
        those = pool.sought(found.everybody, self._site.knowledge(), words)
        rows = [found.row(one, self._today) for one in those[(number - 1) * PAGE : number * PAGE]]
        return self._door.page(
            me,
            "desk_experts.html",
            note=note,
            rows=rows,
            words=words,
            total=len(found.everybody),
            topics=self._site.knowledge().library.network.topic_names,
            number=number,
            more=len(those) > number * PAGE,
            count=count,
        )

    def _own(
        self, me: Signed, found: Pool, status: int = 200, *, note: str = "", error: str = ""
    ) -> HTMLResponse:
        those = [one for one in found.everybody.values() if one.coordinator_id == me.coordinator.id]
        row = found.row(those[0], self._today) if those else None
        return self._door.page(
            me,
            "desk_expert_own.html",
            status,
            note=note,
            error=error,
            row=row,
            reading=self._as_read(row.expert) if row else "",
            today=self._today.isoformat(),
        )

    def _as_read(self, expert: Expert) -> object:
        return markup.html(card(self._site.knowledge().library, expert))

    # Writing one

    async def compose(self, request: Request, me: Signed) -> Response:
        return await self._show(me, None, Sheet(ticked={"regions": (Area.EVERYWHERE,)}))

    async def expert(self, request: Request, me: Signed) -> Response:
        one = await self._one(request.path_params["id"])
        note = await self._door.note(request, me)
        return await self._show(me, one, Sheet.of_expert(one), note=note)

    async def create(self, request: Request) -> Response:
        return await self._write(request, None)

    async def save(self, request: Request) -> Response:
        return await self._write(request, request.path_params["id"])

    async def _write(self, request: Request, slug: str | None) -> Response:
        async with self._door.sent(request) as sent:
            me, sheet = sent.me, Sheet.of_form(sent.form)
            if me is None:
                return self._door.lost(sheet.kept)
            one = None if slug is None else await self._one(slug)
            if sent.stale:
                return await self._show(me, one, sheet, 403, error=STALE)
            if errors := await self._errors(sheet, one):
                return await self._show(me, one, replace(sheet, errors=errors), 422)
            revision = typed(sent.form, "revision")
            if one is not None and revision != one.revision:
                return await self._show(me, one, sheet, 409, error=OVERTAKEN)
            form = {**sheet.answers, "revision": revision}
            update = uploads.update_id(sent.form, f"{slug}|{form}", self._site.token)
        action = f"exd:save:{slug}" if slug else "exd:new"
        try:
            notice = await self._door.hand_over(me, action, update, fields=form)
        except StoreTrouble:
            return await self._show(me, one, sheet, 503, error=NOT_KEPT)
        if notice.line and not notice.path:
            # Without a page to go on to it was refused, and nobody shall type it again.
            one = await self._one(slug) if slug else None
            return await self._show(me, one, sheet, 409, error=notice.text)
        return notice.leads_to(f"{HOME}/{slug}" if slug else HOME)

    async def _errors(self, sheet: Sheet, one: Listed | None) -> dict[str, str]:
        answers = sheet.answers
        if lengthy := too_long(answers):
            return lengthy
        library, found = self._site.knowledge().library, await self._pool()
        _, wrong = expert_fields.filled(answers, library, one.expert if one else None)
        problem = expert_care.unfit_colleague(
            answers["colleague"], one, found.team, found.everybody
        )
        if problem is not None:
            wrong["colleague"] = problem
        return self._door.sentences(wrong)

    async def _show(
        self,
        me: Signed,
        one: Listed | None,
        sheet: Sheet,
        status: int = 200,
        *,
        note: str = "",
        error: str = "",
    ) -> HTMLResponse:
        library, found = self._site.knowledge().library, await self._pool()
        return self._door.page(
            me,
            "desk_expert.html",
            status,
            note=note,
            error=error,
            row=found.row(one, self._today) if one else None,
            sheet=sheet,
            reading=self._as_read(one.expert) if one else "",
            topics=list(library.network.topic_names.items()),
            formats=sorted((one.id, one.name) for one in library.formats.values()),
            regions=[(area.value, area.value) for area in Area],
            colleagues=[each for each in found.team if not each.publishes],
            today=self._today.isoformat(),
        )

    async def _one(self, slug: str) -> Listed:
        """Raises 404 for an expert who does not exist."""
        library = self._site.knowledge().library
        one = await self._site.database.read(lambda tx: pool.get(tx, library, slug))
        if one is None:
            raise HTTPException(404)
        return one

    # What is done with one

    async def ask(self, request: Request, me: Signed) -> Response:
        """A page that asks once more; looking at it changes nothing."""
        one = await self._one(request.path_params["id"])
        if one.curated:
            raise HTTPException(404)
        return self._door.page(me, "desk_expert_ask.html", expert=one.expert)

    async def act(self, request: Request) -> Response:
        """One of `VERBS`; the turn checks who may do it with whom."""
        slug, (verb, name) = (
            request.path_params["id"],
            VERBS.get(request.path_params["verb"], ("", "")),
        )
        if not verb:
            raise HTTPException(404)
        async with self._door.signed_form(request) as (me, form):
            one = await self._one(slug)
            own = one.coordinator_id == me.coordinator.id and verb in expert_care.OWN
            if not (me.coordinator.publishes or own):
                raise HTTPException(403)
            fields = {name: typed(form, name)[:LONGEST_SEARCH]} if name else {}
            update = uploads.update_id(form, f"{verb}|{slug}|{fields}", self._site.token)
        try:
            notice = await self._door.hand_over(me, f"exd:{verb}:{slug}", update, fields=fields)
        except StoreTrouble:
            if own and not me.coordinator.publishes:
                return self._own(me, await self._pool(), 503, error=NOT_KEPT)
            return await self._show(me, one, Sheet.of_expert(one), 503, error=NOT_KEPT)
        if not me.coordinator.publishes:  # their own entry stands on the list's page
            return replace(notice, path=HOME).leads_to(HOME)
        return notice.leads_to(HOME)


async def offers_for(site: Site, request_id: int, me: Signed) -> Sequence[Offer]:
    """Whom the page of a request offers: experts who fit; for coordinators alone."""
    now = site.clock.now()

    async def unit(tx: Tx) -> Sequence[Offer]:
        request = await requests.get(tx, request_id)
        if request is None or request.state == "closed" or request.person_id is None:
            return ()
        return await expert_desk.offers(tx, site.knowledge(), request, now)

    return await site.database.read(unit) if me.coordinator.publishes else ()
