"""Colleagues: who is there, and who may come or has to go."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.desk_door import NOT_KEPT, Pages, Signed
from bot.channels.web.desk_presence import Absence, absences
from bot.channels.web.desk_words import moment_typed
from bot.channels.web.pages import typed
from bot.clock import code, code_digest
from handlers.desk import enrolment
from handlers.hours import BERLIN
from storage import audit, coordinators, ids
from storage.coordinators import Coordinator
from storage.database import StoreTrouble, Tx

INVITATION = enrolment.INVITATION_LASTS
ROLES = {"coordinator": "Koordination", "expert": "Fachperson", "admin": "Verwaltung"}


@dataclass(frozen=True, slots=True)
class Colleague:
    """One card of the team's page."""

    id: int
    name: str
    role: str
    deputy_id: int  # whom they named last; 0 for nobody


class Team(Pages):
    def routes(self) -> list[Route]:
        return [
            Route("/desk/team", self.team),
            Route("/desk/einladung", self.invite, methods=["POST"]),
            Route("/desk/entfernen", self.remove, methods=["POST"]),
            Route("/desk/team/bestaetigen", self.confirm, methods=["POST"]),
            Route("/desk/team/ablehnen", self.decline, methods=["POST"]),
            Route("/desk/team/rolle", self.change_role, methods=["POST"]),
            Route("/desk/team/weg", self.leave, methods=["POST"]),
            Route("/desk/team/da", self.come_back, methods=["POST"]),
        ]

    async def team(self, request: Request) -> Response:
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        return await self._team(me, note=await self._door.note(request, me))

    async def _team(
        self,
        me: Signed,
        status: int = 200,
        *,
        note: str = "",
        error: str = "",
        link: str = "",
        whom: str = "",
    ) -> HTMLResponse:
        now = self._site.clock.now()

        async def unit(
            tx: Tx,
        ) -> tuple[list[Colleague], dict[int, Absence], list[Coordinator]]:
            deputies = await coordinators.named_deputies(tx)
            cards = [
                Colleague(one.id, one.name, one.role, deputies.get(one.id, 0))
                for one in await coordinators.everybody(tx)
            ]
            waiting = await coordinators.waiting(tx, now) if me.is_admin else []
            return cards, await absences(tx, now), waiting

        colleagues, absent, waiting = await self._site.database.read(unit)
        return self._door.page(
            me,
            "desk_team.html",
            status,
            colleagues=colleagues,
            absent=absent,
            waiting=waiting,
            roles=ROLES,
            note=note,
            error=error,
            link=link,
            whom=whom,
            today=f"{now.astimezone(BERLIN):%Y-%m-%d}",
            minutes=int(INVITATION.total_seconds() // 60),
        )

    async def invite(self, request: Request) -> Response:
        """A link for somebody new, or for somebody known; everybody may make one for themselves."""
        async with self._door.signed_form(request) as (me, form):
            role, given = str(form.get("role") or ""), str(form.get("coordinator") or "")
        known = ids.number(given)
        if not me.is_admin and known != me.coordinator.id:
            raise HTTPException(403)
        if known is None and role not in ROLES:
            raise HTTPException(422)
        fresh, now = code(), self._site.clock.now()

        async def unit(tx: Tx) -> str:
            by = await coordinators.get(tx, me.coordinator.id)
            if by is None or (by.role != "admin" and known != by.id):
                raise HTTPException(403)
            somebody = await coordinators.get(tx, known) if known is not None else None
            if known is not None and somebody is None:
                raise HTTPException(404)
            await coordinators.invite(
                tx,
                code_digest(fresh),
                somebody.role if somebody else role,
                now,
                now + INVITATION,
                known,
                made_by=by.id,
            )
            verb, subject = ("team-link", f"team:{known}") if somebody else ("team-invited", "")
            await audit.add(tx, by.id, verb, subject, now)
            return somebody.name if somebody else ""

        whom = await self._site.database.write(unit)
        address = f"{self._site.house().public_url}/desk/anmelden/{fresh}"
        return await self._team(me, link=address, whom=whom or f"neu: {ROLES[role]}")

    async def remove(self, request: Request) -> Response:
        """Take somebody's access away; nobody can lock themselves out."""
        return await self._act(request, "team:remove", others=True)

    async def confirm(self, request: Request) -> Response:
        return await self._act(request, "team:confirm")

    async def decline(self, request: Request) -> Response:
        return await self._act(request, "team:decline")

    async def change_role(self, request: Request) -> Response:
        return await self._act(request, "team:role", others=True, field="role")

    async def leave(self, request: Request) -> Response:
        return await self._act(request, "presence:away", oneself=True)

    async def come_back(self, request: Request) -> Response:
        return await self._act(request, "presence:here", oneself=True)

    async def _act(
        self,
        request: Request,
        action: str,
        *,
        oneself: bool = False,
        others: bool = False,
        field: str = "",
    ) -> Response:
        """A step of an admin, of others with `others` alone; with `oneself` of everybody for
        themselves too. `field` becomes part of the action. The turn checks it all again."""
        async with self._door.signed_form(request) as (me, form):
            given, detail = typed(form, "coordinator"), typed(form, field) if field else ""
            until, deputy = moment_typed(typed(form, "until"), ""), typed(form, "deputy")
            update = uploads.update_id(form, f"{action}|{given}|{detail}|{until}", self._site.token)
        mine = given == str(me.coordinator.id)
        if not (me.is_admin or (oneself and mine)) or (others and mine):
            raise HTTPException(403)
        if ids.number(given) is None or (field and detail not in ROLES):
            raise HTTPException(422)
        action = f"{action}:{given}:{detail}" if field else f"{action}:{given}"
        fields = {"until": until, "deputy": deputy} if oneself else {}
        try:
            notice = await self._door.hand_over(me, action, update, fields=fields)
        except StoreTrouble:
            return await self._team(me, 503, error=NOT_KEPT)
        return notice.leads_to("/desk/team")
