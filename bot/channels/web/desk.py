"""The coordinators' side, in the browser.

What they do here becomes an `Incoming` like a message in a Telegram topic, so
every change of a request travels the one road. Only signing in and out,
inviting and dismissing an alarm are done by this page itself.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.chat import send_file
from bot.channels.web.lines import read
from bot.channels.web.pages import (
    FIRST,
    PATIENCE,
    PULSE,
    PULSE_SECONDS,
    TEXT_LENGTH,
    Site,
    Stream,
    event,
    read_form,
    typed,
)
from bot.channels.web.security import Cookie, Forbidden, check_origin, check_token, form_token
from bot.clock import code, code_digest, digest
from handlers.message import Incoming, Kind
from storage import coordinators, files, house, requests, web
from storage.coordinators import Coordinator
from storage.database import StoreTrouble, Tx
from storage.house import Alarm
from storage.requests import Request as Case
from storage.requests import RequestMessage

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
MINUTE = 60.0  # seconds
INVITATION = timedelta(minutes=10)
CODES = 10  # tries a minute and address
NAME_LENGTH = 64
PAGE = 50  # closed requests on one page

VERBS = ("answer", "note", "claim", "take", "close", "reopen")
ROLES = {"coordinator": "Koordination", "expert": "Fachperson", "admin": "Verwaltung"}
STATES = {
    "open": "offen",
    "claimed": "in Bearbeitung",
    "answered": "beantwortet",
    "closed": "abgeschlossen",
}
CHANNELS = {"web": "Web-Chat", "telegram": "Telegram", "console": "Konsole"}
ALARMS = {
    "dead-letter": "Eine Nachricht konnte nicht verarbeitet werden.",
    "delivery-uncertain": "Es ist unklar, ob eine Nachricht angekommen ist.",
    "undeliverable": "Eine Nachricht konnte nicht zugestellt werden.",
    "desk-unreachable": "Die Gruppe der Koordination ist nicht erreichbar.",
    "urgent": "Eine dringende Anfrage wartet.",
    "restored": "Der Speicher stammt aus einer Sicherung. Was danach kam, fehlt.",
    "answer-undelivered": "Eine Antwort kam nicht bei der Person an.",
}
UNKNOWN_ALARM = "Etwas braucht Ihre Aufmerksamkeit."
PENDING = "Ihre Eingabe wird noch bearbeitet. Sie erscheint hier gleich."


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in, and the secret of their browser."""

    coordinator: Coordinator
    secret: str

    @property
    def chat(self) -> str:
        """Where notices to this person are written."""
        return f"desk:{self.coordinator.id}"

    @property
    def token(self) -> str:
        return form_token(self.secret)

    @property
    def is_admin(self) -> bool:
        return self.coordinator.role == "admin"


@dataclass(frozen=True, slots=True)
class Row:
    """A request in the list."""

    case: Case
    state: str
    channel: str
    claimed: str


@dataclass(frozen=True, slots=True)
class Warned:
    """An alarm as a sentence. `request` is the id of the request it is about, if any."""

    alarm: Alarm
    sentence: str
    request: int | None


class Desk:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._cookie = Cookie(
            "desk", site.secure, strict=True, seconds=int(LONGEST.total_seconds())
        )

    def routes(self) -> list[Route]:
        return [
            Route("/desk", self.overview),
            Route("/desk/live", self.live),
            Route("/desk/code", self.enter_code, methods=["POST"]),
            Route("/desk/anmelden/{code}", self.sign_in, methods=["GET", "POST"]),
            Route("/desk/abmelden", self.sign_out, methods=["POST"]),
            Route("/desk/anfrage/{id:int}", self.request),
            Route("/desk/anfrage/{id:int}/{verb}", self.act, methods=["POST"]),
            Route("/desk/datei/{file_id}", self.file),
            Route("/desk/team", self.team),
            Route("/desk/einladung", self.invite, methods=["POST"]),
            Route("/desk/entfernen", self.remove, methods=["POST"]),
            Route("/desk/hinweis", self.dismiss, methods=["POST"]),
        ]

    # Who it is

    async def _who(self, request: Request, *, active: bool = True) -> Signed | None:
        secret = self._cookie.read(request)
        if secret is None:
            return None
        now = self._site.clock.now()

        async def unit(tx: Tx) -> Coordinator | None:
            return await coordinators.signed_in(
                tx, digest(secret), started_after=now - LONGEST, active_after=now - IDLE
            )

        coordinator = await self._site.database.read(unit)
        if coordinator is None:
            return None
        # Not every click is written down, but one in every minute.
        minute = f"{now:%H%M}"
        if active and self._site.rates.allow(f"active:{digest(secret)}:{minute}", 1, MINUTE):
            await self._note_activity(secret, now)
        return Signed(coordinator, secret)

    async def _note_activity(self, secret: str, now: datetime) -> None:
        async def unit(tx: Tx) -> None:
            await coordinators.active(tx, digest(secret), now)

        try:
            await self._site.database.write(unit)
        except StoreTrouble:
            return  # reading must work while nothing can be written

    def _signed_out(self, request: Request, status: int = 200, error: str = "") -> HTMLResponse:
        # A strict cookie stays away when somebody follows a link from a messenger,
        # and comes along once our own page opens the address again.
        foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
        again = request.url.path if foreign and request.method == "GET" else ""
        return self._site.page(
            "desk_enter.html", status, error=error, again=again, framed=False, me=None
        )

    @asynccontextmanager
    async def _signed_form(self, request: Request) -> AsyncIterator[tuple[Signed, FormData]]:
        """Who sent a form, and what is in it. Raises `Forbidden` for everybody else."""
        vouched = check_origin(request, self._site.house().public_url)
        me = await self._who(request)
        if me is None:
            raise Forbidden
        async with read_form(request) as form:
            check_token(form.get("token"), me.secret, vouched=vouched)
            yield me, form

    # Signing in and out

    async def enter_code(self, request: Request) -> Response:
        if not check_origin(request, self._site.house().public_url):
            raise Forbidden
        async with read_form(request) as form:
            given = "".join(str(form.get("code") or "").split())[:100]
        if not given.replace("-", "").isalnum() or not given.isascii():
            error = "Bitte geben Sie den Code ein, den Sie bekommen haben."
            return self._signed_out(request, 422, error)
        return RedirectResponse(f"/desk/anmelden/{given}", 303)

    async def sign_in(self, request: Request) -> Response:
        """Looking at the link changes nothing, so that a preview does not use it up."""
        site, given = self._site, request.path_params["code"]
        posted = request.method == "POST"
        if posted and not check_origin(request, site.house().public_url):
            raise Forbidden
        if not site.rates.allow(f"desk:{site.address(request)}", CODES, 60):
            slow = "Das waren viele Versuche. Bitte warten Sie eine Minute."
            return self._signed_out(request, 429, slow)
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
        return site.page(
            "desk_sign_in.html",
            422 if error else 200,
            code=given,
            known=known,
            role=ROLES.get(invitation.role, invitation.role),
            error=error,
            name=name,
            framed=False,
            me=None,
        )

    def _unknown_code(self, request: Request) -> HTMLResponse:
        error = "Dieser Code gilt nicht (mehr). Ein Code gilt einmal und nur wenige Minuten lang."
        return self._signed_out(request, 404, error)

    async def _redeem(self, request: Request, given: str, name: str) -> Response:
        now, secret = self._site.clock.now(), self._site.secret()
        before = self._cookie.read(request)

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
        self._cookie.set(response, secret)
        return response

    async def sign_out(self, request: Request) -> Response:
        async with self._signed_form(request) as (me, _):
            pass

        async def unit(tx: Tx) -> None:
            await coordinators.sign_out(tx, digest(me.secret))

        await self._site.database.write(unit)
        self._site.hub.changed("desk")
        response = RedirectResponse("/desk", 303)
        self._cookie.clear(response)
        return response

    # The list

    async def overview(self, request: Request) -> Response:
        me = await self._who(request)
        if me is None:
            return self._signed_out(request)
        closed = request.query_params.get("ansicht") == "abgeschlossen"
        given = request.query_params.get("seite", "1")
        number = int(given) if given.isdecimal() and len(given) < 6 else 1
        values = await self._overview(closed, max(number, 1))
        return self._site.page(
            "desk_list.html",
            200,
            me=me,
            nonce=self._site.nonces.new(),
            note=await self._note(request, me),
            framed=False,
            **values,
        )

    async def _overview(self, closed: bool, number: int = 1) -> dict[str, object]:
        async def unit(
            tx: Tx,
        ) -> tuple[list[Case], list[Coordinator], list[Alarm], dict[str, int]]:
            return (
                await requests.listed(
                    tx,
                    closed=closed,
                    limit=PAGE + 1 if closed else 500,
                    offset=(number - 1) * PAGE if closed else 0,
                ),
                await coordinators.everybody(tx),
                await house.alarms(tx),
                await requests.counts(tx),
            )

        cases, everybody, alarms, counts = await self._site.database.read(unit)
        names = {somebody.id: somebody.name for somebody in everybody}
        more = closed and len(cases) > PAGE
        return {
            "rows": [_row(case, names) for case in (cases[:PAGE] if closed else cases)],
            "closed": closed,
            "alarms": [_warned(alarm) for alarm in alarms],
            "waiting": sum(counts.get(state, 0) for state in ("open", "claimed", "answered")),
            "done": counts.get("closed", 0),
            "number": number,
            "more": more,
        }

    async def dismiss(self, request: Request) -> Response:
        async with self._signed_form(request) as (_, form):
            kind, subject = str(form.get("kind") or ""), str(form.get("subject") or "")
        now = self._site.clock.now()

        async def unit(tx: Tx) -> None:
            await house.resolve(tx, kind, subject, now)

        await self._site.database.write(unit)
        self._site.hub.changed("desk")
        return RedirectResponse("/desk", 303)

    # One request

    async def request(self, request: Request) -> Response:
        me = await self._who(request)
        if me is None:
            return self._signed_out(request)
        return await self._show(me, request.path_params["id"], note=await self._note(request, me))

    async def _show(
        self,
        me: Signed,
        number: int,
        status: int = 200,
        *,
        note: str = "",
        error: str = "",
        kept: str = "",
        verb: str = "",
    ) -> HTMLResponse:
        return self._site.page(
            "desk_request.html",
            status,
            me=me,
            nonce=self._site.nonces.new(),
            note=note,
            error=error,
            kept=kept,
            verb=verb,
            framed=False,
            **await self._request(number),
        )

    async def _request(self, number: int) -> dict[str, object]:
        """Raises 404 for a request that does not exist."""
        if number > 2**62:
            raise HTTPException(404)

        async def unit(
            tx: Tx,
        ) -> tuple[Case, Sequence[RequestMessage], dict[int, list[files.File]], list[Coordinator]]:
            case = await requests.get(tx, number)
            if case is None:
                raise HTTPException(404)
            said = await requests.messages(tx, number)
            attached = await files.of_messages(tx, [message.id for message in said])
            return case, said, attached, await coordinators.everybody(tx)

        case, said, attached, everybody = await self._site.database.read(unit)
        names = {somebody.id: somebody.name for somebody in everybody}
        return {
            "row": _row(case, names),
            "messages": said,
            "files_of": attached,
        }

    async def act(self, request: Request) -> Response:
        """One of `VERBS`: what was typed becomes a message of the desk."""
        site, verb, number = self._site, request.path_params["verb"], request.path_params["id"]
        if verb not in VERBS:
            raise HTTPException(404)
        vouched = check_origin(request, site.house().public_url)
        me = await self._who(request)
        if me is None and not vouched:
            raise Forbidden
        async with read_form(request) as form:
            text = typed(form, "text")
            if me is None:
                return site.message(
                    "Sie sind abgemeldet",
                    "Nach einer Pause melden wir Sie ab. Ihr Text steht hier noch; "
                    "kopieren Sie ihn, bevor Sie sich neu anmelden.",
                    403,
                    back="/desk",
                    kept=text,
                )
            try:
                check_token(form.get("token"), me.secret, vouched=vouched)
            except Forbidden as refusal:
                if not refusal.stale:
                    raise
                stale = "Diese Seite war veraltet. Bitte senden Sie noch einmal."
                return await self._show(me, number, 403, error=stale, kept=text, verb=verb)
            await self._request(number)
            problem = _problem(verb, text, form)
            taken = uploads.Taken()
            if not problem and verb == "answer":
                taken = await uploads.take(site, uploads.chosen(form), uploads.UNLIMITED)
                problem = " ".join(taken.refused)
            if problem:
                site.cupboard.remove(file.id for file in taken.kept)
                return await self._show(me, number, 422, error=problem, kept=text, verb=verb)
            update = uploads.update_id(form, f"{verb}|{text}", site.token)
        return await self._hand_over(me, f"desk:{verb}:{number}", update, text, taken, number)

    async def _hand_over(
        self, me: Signed, action: str, update: str, text: str, taken: uploads.Taken, number: int
    ) -> Response:
        site, now = self._site, self._site.clock.now()
        seen = site.hub.version(me.chat)

        async def unit(tx: Tx) -> tuple[int, int]:
            before = await web.lines(tx, me.chat, limit=1)
            await uploads.add(tx, taken, None, now)
            new = await site.receive.within(
                tx,
                [
                    Incoming(
                        channel="desk",
                        bot="",
                        update_id=f"{me.coordinator.id}:{update}",
                        kind=Kind.BUTTON,
                        chat=me.chat,
                        sender=str(me.coordinator.id),
                        sender_name=me.coordinator.name,
                        private=False,
                        desk=True,
                        text=text,
                        files=taken.incoming,
                        action=action,
                        at=now,
                    )
                ],
            )
            return before[-1].id if before else 0, new

        try:
            before, new = await site.database.write(unit)
        except BaseException as error:
            site.cupboard.remove(file.id for file in taken.kept)
            if not isinstance(error, StoreTrouble):
                raise
            sorry = (
                "Das konnte gerade nicht gespeichert werden. "
                "Bitte versuchen Sie es gleich noch einmal."
            )
            return await self._show(
                me, number, 503, error=sorry, kept=text, verb=action.split(":")[1]
            )
        line = await self._noticed(me.chat, before, seen) if new else 0
        return RedirectResponse(f"/desk/anfrage/{number}?hinweis={line}", 303)

    async def _noticed(self, chat: str, after: int, seen: int) -> int:
        """Wait for the notice that answers a click; 0 if it takes too long."""
        site, until = self._site, self._site.clock.monotonic() + PATIENCE

        async def unit(tx: Tx) -> list[web.Line]:
            return await web.lines(tx, chat, after=after)

        while (left := until - site.clock.monotonic()) > 0 and not site.hub.closed:
            if found := await site.database.read(unit):
                return found[-1].id
            seen = await site.hub.wait(chat, seen, left)
        found = await site.database.read(unit)
        return found[-1].id if found else 0

    async def _note(self, request: Request, me: Signed) -> str:
        """The notice that the address names; it stands in this person's own transcript."""
        given = request.query_params.get("hinweis", "")
        if not given.isdecimal() or len(given) > 15:
            return ""

        async def unit(tx: Tx) -> web.Line | None:
            return await web.line(tx, int(given), me.chat)

        line = await self._site.database.read(unit)
        outgoing = read(line.payload).outgoing if line else None
        return outgoing.text.characters if outgoing else PENDING if given == "0" else ""

    # What is new

    async def live(self, request: Request) -> Response:
        me = await self._who(request, active=False)
        if me is None:
            raise HTTPException(403)
        given = request.query_params.get("anfrage", "")
        number = int(given) if given.isdecimal() and len(given) < 16 else 0
        if number:
            await self._request(number)
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        return Stream(self._stream(request, me, number))

    async def _stream(self, request: Request, me: Signed, number: int) -> AsyncIterator[bytes]:
        hub, nonce, shown = self._site.hub, self._site.nonces.new(), ""
        yield FIRST
        while not hub.closed:
            seen = hub.version("desk")
            if await self._who(request, active=False) is None:
                yield event("", name="ende")
                return
            if number:
                values = await self._request(number)
                fragment = self._site.render("desk_request_news.html", me=me, nonce=nonce, **values)
            else:
                values = await self._overview(closed=False)
                fragment = self._site.render("desk_list_news.html", me=me, nonce=nonce, **values)
            if fragment != shown:
                yield event(fragment, name="neu")
                shown = fragment
            if await hub.wait("desk", seen, PULSE_SECONDS) == seen:
                yield PULSE

    async def file(self, request: Request) -> Response:
        """Only what belongs to a request: what people did not hand over stays theirs."""
        if await self._who(request) is None:
            raise HTTPException(404)

        async def unit(tx: Tx) -> files.File | None:
            file = await files.get(tx, request.path_params["file_id"])
            return file if file and file.message_id is not None else None

        return send_file(self._site, await self._site.database.read(unit))

    # Colleagues

    async def team(self, request: Request) -> Response:
        me = await self._who(request)
        if me is None:
            return self._signed_out(request)
        return await self._team(me)

    async def _team(self, me: Signed, link: str = "", whom: str = "") -> HTMLResponse:
        colleagues = await self._site.database.read(coordinators.everybody)
        return self._site.page(
            "desk_team.html",
            me=me,
            colleagues=colleagues,
            roles=ROLES,
            link=link,
            whom=whom,
            minutes=int(INVITATION.total_seconds() // 60),
            framed=False,
        )

    async def invite(self, request: Request) -> Response:
        """A link for somebody new, or for somebody known; everybody may make one for themselves."""
        async with self._signed_form(request) as (me, form):
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
        async with self._signed_form(request) as (me, form):
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


def _row(case: Case, names: dict[int, str]) -> Row:
    return Row(
        case,
        STATES.get(case.state, case.state),
        CHANNELS.get(case.channel, case.channel.capitalize()),
        names.get(case.claimed_by or 0, ""),
    )


def _warned(alarm: Alarm) -> Warned:
    subject = alarm.subject.removeprefix("request:").removeprefix("K-")
    about_request = alarm.kind in ("urgent", "answer-undelivered") and subject.isdecimal()
    return Warned(
        alarm, ALARMS.get(alarm.kind, UNKNOWN_ALARM), int(subject) if about_request else None
    )


def _problem(verb: str, text: str, form: FormData) -> str:
    if len(text) > TEXT_LENGTH:
        return f"Der Text ist um {len(text) - TEXT_LENGTH} Zeichen zu lang."
    if verb == "answer" and not text and not uploads.chosen(form):
        return "Bitte schreiben Sie eine Antwort oder wählen Sie eine Datei aus."
    if verb == "note" and not text:
        return "Bitte schreiben Sie eine Notiz."
    return ""
