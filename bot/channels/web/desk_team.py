"""Colleagues: how they sign in and out, who is there, and who may come or has to go."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.desk_door import NOT_KEPT, PAGE, Door, Signed, page_number
from bot.channels.web.desk_presence import Absence, absences
from bot.channels.web.desk_words import moment_typed
from bot.channels.web.pages import read_form, typed
from bot.channels.web.security import Forbidden, check_origin
from bot.clock import code, code_digest, digest
from handlers.desk import enrolment
from handlers.hours import BERLIN
from handlers.message import Incoming, Kind
from storage import audit, coordinators, ids
from storage.audit import Deed
from storage.coordinators import Coordinator
from storage.database import StoreTrouble, Tx

INVITATION = enrolment.INVITATION_LASTS
CODES = 10  # tries a minute and address
NAME_LENGTH = 64
ROLES = {"coordinator": "Koordination", "expert": "Fachperson", "admin": "Verwaltung"}

WAITS = "/desk/warten"

# What the log calls by short names; an unknown one is shown as it is.
DEEDS = {
    "team-invited": "Einladung erstellt",
    "team-link": "Anmelde-Link erstellt",
    "team-joined": "ins Team gekommen",
    "team-waits": "Code eingelöst, wartet auf Bestätigung",
    "team-confirmed": "Aufnahme bestätigt",
    "team-declined": "Aufnahme abgelehnt",
    "team-account": "weiteres Konto verbunden",
    "team-removed": "Zugang entzogen",
    "team-role-admin": "Rolle geändert: Verwaltung",
    "team-role-coordinator": "Rolle geändert: Koordination",
    "team-role-expert": "Rolle geändert: Fachperson",
    "team-away": "abwesend gemeldet",
    "team-here": "anwesend gemeldet",
    "answer": "geantwortet",
    "edit": "Antwort geändert",
    "delete": "Antwort gelöscht",
    "later": "Antwort für später vorgemerkt",
    "unlater": "vorgemerkte Antwort zurückgenommen",
    "askback": "zurückgefragt",
    "note": "Notiz geschrieben",
    "claim": "übernommen",
    "take": "von jemand anderem übernommen",
    "give": "weitergegeben",
    "release": "freigegeben",
    "close": "abgeschlossen",
    "reopen": "wieder geöffnet",
    "merge": "zusammengelegt",
    "split": "geteilt",
    "block": "Person gesperrt",
    "unblock": "Sperre aufgehoben",
    "learn-proposed": "Eintrag vorgeschlagen",
    "learn-changed": "Änderung eines Eintrags vorgeschlagen",
    "learn-approved": "Eintrag freigegeben",
    "learn-rejected": "Vorschlag abgelehnt",
    "learn-withdrawn": "Eintrag zurückgezogen",
    "learn-checked": "Eintrag geprüft",
    "learn-phrased": "Art zu fragen ergänzt",
    "learn-unphrased": "Art zu fragen gelöscht",
    "learn-canned": "Textbaustein gespeichert",
    "learn-uncanned": "Textbaustein gelöscht",
    "report-nothing": "Meldung angesehen, nichts getan",
    "report-warned": "nach einer Meldung ermahnt",
    "report-blocked": "nach einer Meldung vom Netzwerk gesperrt",
    "expert-new": "Fachperson eingetragen",
    "expert-save": "Eintrag einer Fachperson geändert",
    "expert-consent": "Zustimmung einer Fachperson eingetragen",
    "expert-withdraw": "Zustimmung einer Fachperson zurückgezogen",
    "expert-pause": "Fachperson pausiert",
    "expert-resume": "Pause einer Fachperson beendet",
    "expert-delete": "Fachperson gelöscht",
    "group-added": "Gruppe aufgenommen",
    "group-saved": "Gruppe geändert",
    "group-listed": "Gruppe ins Verzeichnis genommen",
    "group-unlisted": "Gruppe aus dem Verzeichnis genommen",
    "group-removed": "Gruppe gelöscht",
}


@dataclass(frozen=True, slots=True)
class Colleague:
    """One card of the team's page."""

    id: int
    name: str
    role: str
    deputy_id: int  # whom they named last; 0 for nobody


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
            Route("/desk/team/bestaetigen", self.confirm, methods=["POST"]),
            Route("/desk/team/ablehnen", self.decline, methods=["POST"]),
            Route("/desk/team/rolle", self.change_role, methods=["POST"]),
            Route("/desk/team/weg", self.leave, methods=["POST"]),
            Route("/desk/team/da", self.come_back, methods=["POST"]),
            Route("/desk/protokoll", self.log),
            Route(WAITS, self.wait),
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

    # Colleagues

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

    # What was done

    async def log(self, request: Request) -> Response:
        """Who did what when; for admins, and without words of anybody."""
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        if not me.is_admin:
            raise HTTPException(403)
        number = page_number(request)

        async def unit(tx: Tx) -> tuple[list[Deed], dict[int, str]]:
            first = (number - 1) * PAGE
            return await audit.listed(tx, PAGE + 1, first), await coordinators.names(tx)

        deeds, names = await self._site.database.read(unit)
        return self._door.page(
            me,
            "desk_audit.html",
            deeds=deeds[:PAGE],
            words=DEEDS,
            subject=lambda deed: _subject(deed, names),
            number=number,
            more=len(deeds) > PAGE,
        )


def _subject(deed: Deed, names: dict[int, str]) -> str:
    """A request by its number, a colleague by name; nothing for what somebody did to themselves."""
    kind, _, whom = deed.subject.partition(":")
    if kind == "team" and whom == str(deed.coordinator_id):
        return ""
    if kind == "team" and (number := ids.number(whom)) is not None:
        return names.get(number, f"Nr. {whom}")
    return deed.subject
