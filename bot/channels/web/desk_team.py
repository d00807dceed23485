"""Colleagues: how they sign in and out, who is there, and who may come or has to go."""

from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web.desk_door import Door, Signed
from bot.channels.web.pages import read_form, typed
from bot.channels.web.security import Forbidden, check_origin
from bot.clock import code, code_digest, digest
from storage import coordinators
from storage.coordinators import Coordinator
from storage.database import Tx

INVITATION = timedelta(minutes=10)
CODES = 10  # tries a minute and address
NAME_LENGTH = 64
ROLES = {"coordinator": "Koordination", "expert": "Fachperson", "admin": "Verwaltung"}


class Team:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._site = door.site

    def routes(self) -> list[Route]:
        return [
            Route("/desk/code", self.enter_code, methods=["POST"]),
            Route("/desk/anmelden/{code}", self.sign_in, methods=["GET", "POST"]),
            Route("/desk/abmelden", self.sign_out, methods=["POST"]),
            Route("/desk/team", self.team),
            Route("/desk/einladung", self.invite, methods=["POST"]),
            Route("/desk/entfernen", self.remove, methods=["POST"]),
        ]

    # Signing in and out

    async def enter_code(self, request: Request) -> Response:
        if not check_origin(request, self._site.house().public_url):
            raise Forbidden
        async with read_form(request) as form:
            given = "".join(str(form.get("code") or "").split())[:100]
        if not given.replace("-", "").isalnum() or not given.isascii():
            error = "Bitte geben Sie den Code ein, den Sie bekommen haben."
            return self._door.signed_out(request, 422, error)
        return RedirectResponse(f"/desk/anmelden/{given}", 303)

    async def sign_in(self, request: Request) -> Response:
        """Looking at the link changes nothing, so that a preview does not use it up."""
        site, given = self._site, request.path_params["code"]
        posted = request.method == "POST"
        if posted and not check_origin(request, site.house().public_url):
            raise Forbidden
        if not site.rates.allow(f"desk:{site.address(request)}", CODES, 60):
            slow = "Das waren viele Versuche. Bitte warten Sie eine Minute."
            return self._door.signed_out(request, 429, slow)
        now = site.clock.now()

        async def peek(tx: Tx) -> tuple[coordinators.Invitation | None, Coordinator | None]:
            found = await coordinators.peek(tx, code_digest(given), now)
            known = found.coordinator_id if found else None
            return found, await coordinators.get(tx, known) if known else None

        invitation, known = await site.database.read(peek)
        if invitation is None or (invitation.coordinator_id and known is None):
            return self._unknown_code(request)
        name = error = ""
        if posted:
            async with read_form(request) as form:
                name = " ".join(typed(form, "name").split())
            if known or (name and len(name) <= NAME_LENGTH):
                return await self._redeem(request, given, name)
            error = f"Bitte geben Sie einen Namen mit höchstens {NAME_LENGTH} Zeichen an."
        return self._door.page(
            None,
            "desk_sign_in.html",
            422 if error else 200,
            code=given,
            known=known,
            role=ROLES.get(invitation.role, invitation.role),
            error=error,
            name=name,
        )

    def _unknown_code(self, request: Request) -> HTMLResponse:
        error = "Dieser Code gilt nicht (mehr). Ein Code gilt einmal und nur wenige Minuten lang."
        return self._door.signed_out(request, 404, error)

    async def _redeem(self, request: Request, given: str, name: str) -> Response:
        now, secret = self._site.clock.now(), self._site.secret()
        before = self._door.cookie.read(request)

        async def unit(tx: Tx) -> bool:
            invitation = await coordinators.redeem(tx, code_digest(given), now)
            if invitation is None:
                return False
            if invitation.coordinator_id is None:
                somebody = await coordinators.enrol(tx, name, invitation.role, now)
            else:
                known = await coordinators.get(tx, invitation.coordinator_id)
                if known is None:
                    return False
                somebody = known
            if before:
                await coordinators.sign_out(tx, digest(before))
            await coordinators.sign_in(tx, digest(secret), somebody.id, now)
            return True

        if not await self._site.database.write(unit):
            return self._unknown_code(request)
        response = RedirectResponse("/desk", 303)
        self._door.cookie.set(response, secret)
        return response

    async def sign_out(self, request: Request) -> Response:
        async with self._door.signed_form(request) as (me, _):
            pass

        async def unit(tx: Tx) -> None:
            await coordinators.sign_out(tx, digest(me.secret))

        await self._site.database.write(unit)
        self._site.hub.changed("desk")
        response = RedirectResponse("/desk", 303)
        self._door.cookie.clear(response)
        return response

    # Colleagues

    async def team(self, request: Request) -> Response:
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        return await self._team(me)

    async def _team(self, me: Signed, link: str = "", whom: str = "") -> HTMLResponse:
        colleagues = await self._site.database.read(coordinators.everybody)
        return self._door.page(
            me,
            "desk_team.html",
            colleagues=colleagues,
            roles=ROLES,
            link=link,
            whom=whom,
            minutes=int(INVITATION.total_seconds() // 60),
        )

    async def invite(self, request: Request) -> Response:
        """A link for somebody new, or for somebody known; everybody may make one for themselves."""
        async with self._door.signed_form(request) as (me, form):
            role, given = str(form.get("role") or ""), str(form.get("coordinator") or "")
        known = int(given) if given.isdecimal() and len(given) < 16 else None
        if not me.is_admin and known != me.coordinator.id:
            raise HTTPException(403)
        if known is None and role not in ROLES:
            raise HTTPException(422)
        fresh, now = code(), self._site.clock.now()

        async def unit(tx: Tx) -> str:
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
            )
            return somebody.name if somebody else ""

        whom = await self._site.database.write(unit)
        address = f"{self._site.house().public_url}/desk/anmelden/{fresh}"
        return await self._team(me, address, whom or f"neu: {ROLES[role]}")

    async def remove(self, request: Request) -> Response:
        """Take somebody's access away; nobody can lock themselves out."""
        async with self._door.signed_form(request) as (me, form):
            given = str(form.get("coordinator") or "")
        if not me.is_admin or not given.isdecimal() or len(given) > 15:
            raise HTTPException(403)
        if int(given) == me.coordinator.id:
            raise HTTPException(403)
        now = self._site.clock.now()

        async def unit(tx: Tx) -> None:
            await coordinators.revoke(tx, int(given), now)

        await self._site.database.write(unit)
        self._site.hub.changed("desk")
        return RedirectResponse("/desk/team", 303)
