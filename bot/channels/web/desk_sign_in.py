"""How colleagues sign in and out, and wait until they are let in."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web.desk_door import Pages
from bot.channels.web.desk_team import ROLES
from bot.channels.web.pages import read_form, typed
from bot.channels.web.security import Forbidden, check_origin
from bot.clock import code_digest, digest
from handlers.desk import enrolment
from handlers.message import Incoming, Kind
from storage import coordinators
from storage.coordinators import Coordinator
from storage.database import Tx

CODES = 10  # tries a minute and address
NAME_LENGTH = 64

WAITS = "/desk/warten"


class SignIn(Pages):
    def routes(self) -> list[Route]:
        return [
            Route("/desk/code", self.enter_code, methods=["POST"]),
            Route("/desk/anmelden/{code}", self.sign_in, methods=["GET", "POST"]),
            Route("/desk/abmelden", self.sign_out, methods=["POST"]),
            Route(WAITS, self.wait),
        ]

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

        async def unit(tx: Tx) -> str:
            """The page to go on to; empty for a code that is not good any more."""
            invitation = await coordinators.redeem(tx, code_digest(given), now)
            if invitation is None:
                return ""
            waits = False
            if invitation.coordinator_id is None:
                somebody, waits = await enrolment.join(tx, name, invitation, now)
            else:
                known = await coordinators.get(tx, invitation.coordinator_id)
                if known is None:
                    return ""
                somebody = known
            if before:
                await coordinators.sign_out(tx, digest(before))
            await coordinators.sign_in(tx, digest(secret), somebody.id, now)
            if waits:
                await self._site.receive.within(tx, [self._asks(somebody)])
            return WAITS if waits else "/desk"

        path = await self._site.database.write(unit)
        if not path:
            return self._unknown_code(request)
        self._site.hub.changed("desk")
        response = RedirectResponse(path, 303)
        self._door.cookie.set(response, secret)
        return response

    def _asks(self, new: Coordinator) -> Incoming:
        """The admins are told in a turn, for which a page has no voice."""
        return Incoming(
            channel="desk",
            bot="",
            update_id=self._site.token(),
            kind=Kind.BUTTON,
            chat=f"desk:{new.id}",
            sender=str(new.id),
            private=False,
            desk=True,
            action=f"team:asks:{new.id}",
            at=self._site.clock.now(),
        )

    async def wait(self, request: Request) -> Response:
        """For whoever redeemed a code: whether an admin has said yes."""
        if await self._door.who(request):
            return RedirectResponse("/desk", 303)
        secret, now = self._door.cookie.read(request), self._site.clock.now()
        if secret is None:
            return self._door.signed_out(request)

        async def unit(tx: Tx) -> bool:
            return await coordinators.waiting_here(tx, digest(secret), now)

        if await self._site.database.read(unit):
            return self._door.page(None, "desk_enter.html", waiting=True, error="", again="")
        error = "In diesem Browser wartet niemand auf Bestätigung. Bitte melden Sie sich neu an."
        return self._door.signed_out(request, 404, error)

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
