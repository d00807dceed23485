"""Who waits for which format, and where: numbers only, and the step that makes it begin."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.desk_door import NOT_KEPT, STALE, Pages, Sent, Signed
from bot.channels.web.desk_overview import harmless
from bot.channels.web.desk_words import count
from bot.channels.web.downloads import send_table
from bot.channels.web.pages import typed
from handlers import wording
from handlers.announcing import starting
from handlers.announcing.starting import EVERYWHERE, LONGEST, NOWHERE, Waiting
from handlers.programme.keeping import is_over, span
from storage.database import StoreTrouble, Tx

HOME = "/desk/interesse"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed into the form of one format, and what is wrong with it."""

    format_id: str = ""
    region: str = EVERYWHERE
    text: str = ""
    plain: str = ""
    event: str = ""
    error: str = ""

    @classmethod
    def of(cls, sent: Sent, format_id: str, error: str = "") -> "Draft":
        region, text, plain, event = (
            typed(sent.form, name) for name in ("region", "text", "plain", "event")
        )
        return cls(format_id, region, text, plain, event, error)

    @property
    def kept(self) -> str:
        """All of it, for somebody who has to copy it."""
        return "\n\n".join(part for part in (self.text, self.plain) if part)

    @property
    def problem(self) -> str:
        """What cannot be taken as it is; empty if all can."""
        if not self.text and not self.event:
            return "Bitte schreiben Sie eine Zeile, oder wählen Sie eine Veranstaltung."
        if (longest := max(len(self.text), len(self.plain))) > LONGEST:
            return f"Der Text ist um {longest - LONGEST} Zeichen zu lang."
        return ""


class Interest(Pages):
    def routes(self) -> list[Route]:
        shown = self._door.for_coordinators
        return [
            Route(HOME, shown(self.page)),
            Route(f"{HOME}.csv", shown(self.table)),
            Route(f"{HOME}/{{id}}", self.begin, methods=["POST"]),
        ]

    async def page(self, request: Request, me: Signed) -> Response:
        return await self._show(me, note=await self._door.note(request, me))

    async def _show(
        self, me: Signed, draft: Draft | None = None, status: int = 200, *, note: str = ""
    ) -> HTMLResponse:
        rows = await self._waiting()
        formats = self._site.knowledge().library.formats
        return self._door.page(
            me,
            "desk_interest.html",
            status,
            note=note,
            rows=rows,
            regions=regions(rows),
            waited=[row for row in rows if row.number and row.format_id in formats],
            draft=draft or Draft(),
            events=self._events(),
            place_name=starting.place_name,
            everywhere=EVERYWHERE,
            nowhere=NOWHERE,
            longest=LONGEST,
            count=count,
        )

    async def table(self, request: Request, me: Signed) -> Response:
        rows = await self._waiting()
        name = f"interesse-{self._site.clock.now():%Y-%m-%d}.csv"
        return send_table(sheet(rows), name)

    async def begin(self, request: Request) -> Response:
        """The line becomes a draft of an announcement, which everybody at the desk can look at."""
        format_id = request.path_params["id"]
        async with self._door.sent(request) as sent:
            me, draft = sent.me, Draft.of(sent, format_id)
            if me is None:
                return self._door.lost(draft.kept)
            if format_id not in self._site.knowledge().library.formats:
                raise HTTPException(404)
            if sent.stale:
                return await self._show(me, Draft.of(sent, format_id, STALE), 403)
            if draft.problem:
                return await self._show(me, Draft.of(sent, format_id, draft.problem), 422)
            form = {
                "format": format_id,
                "region": draft.region,
                "text": draft.text,
                "plain": draft.plain,
                "event": draft.event,
            }
            update = uploads.update_id(sent.form, f"begin|{form}", self._site.token)
            unkept = Draft.of(sent, format_id, NOT_KEPT)
        try:
            notice = await self._door.hand_over(me, "ann:begin", update, fields=form)
        except StoreTrouble:
            return await self._show(me, unkept, 503)
        return notice.leads_to(HOME)

    async def _waiting(self) -> list[Waiting]:
        library = self._site.knowledge().library

        async def unit(tx: Tx) -> list[Waiting]:
            return await starting.waiting(tx, library)

        return await self._site.database.read(unit)

    def _events(self) -> list[tuple[str, str]]:
        """What comes, to be chosen from: id and how people read it."""
        now = self._site.clock.now()
        coming = [
            event
            for event in self._site.knowledge().library.events.values()
            if not (event.cancelled or is_over(event, now)) and span(event)[0] > now
        ]
        ordered = sorted(coming, key=lambda event: (span(event)[0], event.id))
        return [(event.id, f"{wording.when(event)}: {event.title}") for event in ordered]


def regions(rows: Sequence[Waiting]) -> list[str]:
    """The columns of the table: every Bundesland in which somebody waits, the nameless last."""
    found = {region for row in rows for region, _ in row.places}
    return sorted(found, key=lambda region: (not region, starting.place_name(region)))


def sheet(rows: Sequence[Waiting]) -> str:
    """The table, with semicolons as Excel wants them in Germany."""
    written = StringIO()
    to = csv.writer(written, delimiter=";", lineterminator="\r\n")
    columns = regions(rows)
    heads = ("Format", *map(starting.place_name, columns), "Warten zusammen", "Schon informiert")
    to.writerow(map(harmless, heads))
    for row in rows:
        numbers = dict(row.places)
        cells = [numbers.get(region, 0) for region in columns]
        to.writerow([harmless(row.name), *cells, row.number, row.told])
    return written.getvalue()
