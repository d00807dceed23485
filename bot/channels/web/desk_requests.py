"""The requests at the desk: those that wait, those that are closed, and each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.chat import send_file
from bot.channels.web.desk_door import NOT_KEPT, PAGE, STALE, Door, Signed, page_number
from bot.channels.web.pages import PULSE_SECONDS, TEXT_LENGTH, typed
from storage import coordinators, files, house, requests
from storage.coordinators import Coordinator
from storage.database import StoreTrouble, Tx
from storage.house import Alarm
from storage.requests import Request as Case
from storage.requests import RequestMessage

VERBS = ("answer", "note", "claim", "take", "close", "reopen")
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


class Requests:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._site = door.site

    def routes(self) -> list[Route]:
        return [
            Route("/desk", self.overview),
            Route("/desk/anfrage/{id:int}", self.request),
            Route("/desk/anfrage/{id:int}/{verb}", self.act, methods=["POST"]),
            Route("/desk/datei/{file_id}", self.file),
            Route("/desk/hinweis", self.dismiss, methods=["POST"]),
        ]

    # The list

    async def overview(self, request: Request) -> Response:
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        closed = request.query_params.get("ansicht") == "abgeschlossen"
        values = await self._overview(closed, page_number(request))
        note = await self._door.note(request, me)
        return self._door.page(me, "desk_list.html", note=note, **values)

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
        async with self._door.signed_form(request) as (_, form):
            kind, subject = str(form.get("kind") or ""), str(form.get("subject") or "")
        now = self._site.clock.now()

        async def unit(tx: Tx) -> None:
            await house.resolve(tx, kind, subject, now)

        await self._site.database.write(unit)
        self._site.hub.changed("desk")
        return RedirectResponse("/desk", 303)

    async def list_news(self, me: Signed, nonce: str) -> tuple[str, float]:
        """The list as it is now, for a page that is open."""
        values = await self._overview(closed=False)
        fragment = self._site.render("desk_list_news.html", me=me, nonce=nonce, **values)
        return fragment, PULSE_SECONDS

    # One request

    async def request(self, request: Request) -> Response:
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        note = await self._door.note(request, me)
        return await self._show(me, request.path_params["id"], note=note)

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
        return self._door.page(
            me,
            "desk_request.html",
            status,
            note=note,
            error=error,
            kept=kept,
            verb=verb,
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

    async def news(self, me: Signed, nonce: str, number: int) -> tuple[str, float]:
        """One request as it is now. Raises 404 for one that does not exist."""
        values = await self._request(number)
        fragment = self._site.render("desk_request_news.html", me=me, nonce=nonce, **values)
        return fragment, PULSE_SECONDS

    async def act(self, request: Request) -> Response:
        """One of `VERBS`: what was typed becomes a message of the desk."""
        site, verb, number = self._site, request.path_params["verb"], request.path_params["id"]
        if verb not in VERBS:
            raise HTTPException(404)
        async with self._door.sent(request, everybody=True) as sent:
            me, form, text = sent.me, sent.form, typed(sent.form, "text")
            if me is None:
                return self._door.lost(text)
            if sent.stale:
                return await self._show(me, number, 403, error=STALE, kept=text, verb=verb)
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
        try:
            notice = await self._door.hand_over(
                me, f"desk:{verb}:{number}", update, text=text, taken=taken
            )
        except StoreTrouble:
            return await self._show(me, number, 503, error=NOT_KEPT, kept=text, verb=verb)
        return notice.leads_to(f"/desk/anfrage/{number}")

    async def file(self, request: Request) -> Response:
        """Only what belongs to a request: what people did not hand over stays theirs."""
        if await self._door.who(request) is None:
            raise HTTPException(404)

        async def unit(tx: Tx) -> files.File | None:
            file = await files.get(tx, request.path_params["file_id"])
            return file if file and file.message_id is not None else None

        return send_file(self._site, await self._site.database.read(unit))


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
