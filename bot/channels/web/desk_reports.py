"""Reports from the messenger network: what people showed us of each other, and nothing more.

Whoever is one of the two neither reads nor decides it, nor learns here that there is one.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.desk_door import NOT_KEPT, STALE, Pages, Signed
from bot.channels.web.pages import typed
from handlers.network.reports import LONGEST_BLOCK
from storage import ids, reports
from storage.database import StoreTrouble, Tx
from storage.reports import Report

HOME = "/desk/meldungen"
DECISIONS = {"nothing": "Nichts tun", "warn": "Ermahnen", "block": "Sperren"}
OUTCOMES = {"nothing": "nichts getan", "warned": "ermahnt", "blocked": "gesperrt"}
BLOCK_ERROR = f"Bitte geben Sie an, für wie viele Tage: 1 bis {LONGEST_BLOCK}."


class Reports(Pages):
    def routes(self) -> list[Route]:
        return [
            Route(HOME, self._door.for_coordinators(self.overview)),
            Route(HOME, self.decide, methods=["POST"]),
        ]

    async def overview(self, request: Request, me: Signed) -> Response:
        return await self._overview(me, note=await self._door.note(request, me))

    async def _overview(
        self, me: Signed, status: int = 200, *, note: str = "", error: str = ""
    ) -> Response:
        async def unit(tx: Tx) -> tuple[list[Report], list[Report]]:
            waiting = await reports.listed(tx, handled=False)
            return waiting, await reports.listed(tx, handled=True)

        waiting, handled = await self._site.database.read(unit)
        return self._door.page(
            me,
            "desk_reports.html",
            status,
            note=note,
            error=error,
            waiting=[report for report in waiting if report.id not in me.own_reports],
            handled=[report for report in handled if report.id not in me.own_reports],
            outcomes=OUTCOMES,
            longest=LONGEST_BLOCK,
        )

    async def decide(self, request: Request) -> Response:
        async with self._door.sent(request) as sent:
            report, decision = typed(sent.form, "report"), typed(sent.form, "decision")
            days, me = typed(sent.form, "days"), sent.me
            if me is None:
                return self._door.lost("")
            if sent.stale:
                return await self._overview(me, 403, error=STALE)
            if decision not in DECISIONS or ids.number(report) is None:
                raise HTTPException(422)
            if decision == "block" and not _is_days(days):
                return await self._overview(me, 422, error=BLOCK_ERROR)
            if int(report) in me.own_reports:
                raise HTTPException(403)
            update = uploads.update_id(sent.form, f"{decision}|{report}|{days}", self._site.token)
        action = f"report:{decision}:{report}"
        try:
            notice = await self._door.hand_over(me, action, update, fields={"days": days})
        except StoreTrouble:
            return await self._overview(me, 503, error=NOT_KEPT)
        return notice.leads_to(HOME)


def _is_days(given: str) -> bool:
    return (
        given.isascii()
        and given.isdecimal()
        and len(given) < 4
        and (1 <= int(given) <= LONGEST_BLOCK)
    )
