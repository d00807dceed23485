"""One request at the desk: what was said, where it stands, and what can be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.desk_door import NOT_KEPT, STALE, Door, Pages, Sent, Signed
from bot.channels.web.desk_experts import offers_for
from bot.channels.web.desk_learning import INSERT, help_for
from bot.channels.web.desk_presence import Absence, absences
from bot.channels.web.desk_words import RATINGS
from bot.channels.web.desk_writing import Writing
from bot.channels.web.downloads import send_file
from bot.channels.web.pages import PULSE_SECONDS, TEXT_LENGTH, typed
from handlers.desk.steps import LONGEST_REASON
from handlers.desk.toward_desk import CHANNELS, channel_name
from handlers.desk.verbs import FOR_EXPERTS
from storage import blocks, caseload, coordinators, files, ids, requests
from storage.blocks import Block
from storage.caseload import News
from storage.coordinators import Coordinator
from storage.database import StoreTrouble, Tx
from storage.requests import Request as Case
from storage.requests import RequestMessage

# What can be done, and the fields that it needs besides words.
VERBS: Mapping[str, tuple[str, ...]] = {
    "answer": (),
    "askback": (),
    "later": (),
    "note": (),
    "claim": (),
    "take": (),
    "release": (),
    "reopen": (),
    "close": ("reason",),
    "unlater": ("message",),
    "edit": ("message",),
    "delete": ("message",),
    "give": ("to",),
    "split": ("message",),
    "merge": ("into",),
    "block": ("days", "reason"),
    "unblock": (),
}
WRITTEN = ("answer", "askback", "later", "note", "edit")
WITH_FILES = ("answer", "askback", "later")
SURE = ("merge", "block", "delete")  # cannot be undone: asked once more on a page of its own
STATES = {
    "open": "offen",
    "claimed": "in Bearbeitung",
    "answered": "beantwortet",
    "closed": "abgeschlossen",
}
REASONS = (
    "Beantwortet",
    "Hat sich erledigt",
    "Keine Rückmeldung",
    "An eine andere Stelle verwiesen",
    "Doppelt gestellt",
    "Keine Frage an uns",
)
DAYS = {"1": "einen Tag", "7": "eine Woche", "30": "30 Tage", "90": "90 Tage"}


@dataclass(frozen=True, slots=True)
class Row:
    """A request as people call its parts."""

    case: Case
    state: str
    channel: str
    claimed: str


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the page of a request shows."""

    case: Case
    block: Block | None
    postponed: dict[int, str]  # by message: when it is sent
    messages: Sequence[RequestMessage]
    files_of: dict[int, list[files.File]]
    everybody: list[Coordinator]
    absent: dict[int, Absence]
    why: str  # what the person wrote to their rating
    merged: list[Case]  # answered together with this one
    news: News | None

    def by(self, coordinator: Coordinator) -> dict[int, str]:
        """What this person has written here."""
        return {
            one.id: one.text
            for one in self.messages
            if one.coordinator_id == coordinator.id and not one.deleted_at
        }


class Requests(Pages):
    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self._writing = Writing(door.site.clock, door.site.hub)

    def routes(self) -> list[Route]:
        return [
            Route("/desk/anfrage/{id:int}", self.request),
            Route("/desk/anfrage/{id:int}/schreibt", self.writes, methods=["POST"]),
            Route("/desk/anfrage/{id:int}/{verb}", self.act, methods=["POST"]),
            Route("/desk/datei/{file_id}", self.file),
        ]

    async def request(self, request: Request) -> Response:
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        note = await self._door.note(request, me)
        chosen = request.query_params.get(INSERT, "")
        return await self._show(me, request.path_params["id"], note=note, chosen=chosen)

    async def news(self, me: Signed, nonce: str, number: int) -> tuple[str, float]:
        """One request as it is now. Raises 404 for one that is none of their business."""
        seen = await self._seen(me, number)
        writing, left = self._writing.others(number, me.coordinator)
        values = self._values(me, seen)
        fragment = self._site.render("desk_request_news.html", me=me, nonce=nonce, **values)
        return fragment, min(PULSE_SECONDS, left) if writing else PULSE_SECONDS

    async def writes(self, request: Request) -> Response:
        """Somebody types an answer; colleagues with the same page see who."""
        async with self._door.signed_form(request) as (me, _):
            number = request.path_params["id"]
        await self._seen(me, number)
        self._writing.goes_on(number, me.coordinator)
        self._site.writes(number)
        return Response(status_code=204)

    async def act(self, request: Request) -> Response:
        """One of `VERBS`: what was typed becomes a message of the desk."""
        verb, number = request.path_params["verb"], request.path_params["id"]
        if verb not in VERBS:
            raise HTTPException(404)
        async with self._door.sent(request, everybody=True) as sent:
            given = _given(verb, sent.form)
            text = typed(sent.form, "text") if verb in WRITTEN else ""
            if sent.me is None:
                return self._door.lost(text or given.get("reason", ""))
            return await self._act(sent, sent.me, number, verb, text, given)

    async def _act(
        self, sent: Sent, me: Signed, number: int, verb: str, text: str, given: dict[str, str]
    ) -> Response:
        site, form = self._site, sent.form
        seen = await self._seen(me, number)
        if verb not in _may(me):
            raise HTTPException(403)
        again = partial(self._show, me, number, kept=text, verb=verb, given=given)
        if sent.stale:
            return await again(status=403, error=STALE)
        problem = _problem(verb, text, form, given, seen, me)
        if not problem and verb == "merge":
            problem = await self._unmergeable(me, number, given)
        taken = uploads.Taken()
        if not problem and verb in WITH_FILES:
            taken = await uploads.take(site, uploads.chosen(form), uploads.UNLIMITED)
            problem = " ".join(taken.refused)
        if problem:
            site.cupboard.remove(file.id for file in taken.kept)
            return await again(status=422, error=problem)
        if verb in SURE and form.get("sure") != "ja":
            return self._ask(me, seen, verb, given)
        words = "|".join([verb, text, *given.values()])
        update = uploads.update_id(form, words, site.token)
        try:
            notice = await self._door.hand_over(
                me, f"desk:{verb}:{number}", update, text=text, fields=given, taken=taken
            )
        except StoreTrouble:
            return await again(status=503, error=NOT_KEPT)
        if verb in WRITTEN:
            self._writing.ends(number, me.coordinator)
            if notice.line and await self._declined(me, seen, text):
                return await again(status=409, error=notice.text)
        if verb == "unlater" and notice.line:
            # The words come back into the field: most of them will be sent after all.
            words = seen.by(me.coordinator).get(int(given["message"]), "")
            return await self._show(me, number, note=notice.text, kept=words, verb="answer")
        # An expert who gives a request back does not see it any longer.
        visible = await self._visible(me, number)
        return notice.leads_to(f"/desk/anfrage/{number}" if visible else "/desk")

    async def _visible(self, me: Signed, number: int) -> bool:
        async def unit(tx: Tx) -> bool:
            return await caseload.may_see(tx, me.coordinator, number)

        return await self._site.database.read(unit)

    async def _declined(self, me: Signed, before: Seen, text: str) -> bool:
        """Whether words were not taken: somebody else was faster, or it is closed by now."""
        after = (await self._seen(me, before.case.id)).by(me.coordinator)
        return (
            bool(text)
            and after.keys() == before.by(me.coordinator).keys()
            and (text not in after.values())
        )

    async def _unmergeable(self, me: Signed, number: int, given: dict[str, str]) -> str:
        """Why the request that was named cannot take this one; „K-1042“ becomes its id."""
        into = ids.number(given["into"].upper().removeprefix("K-").strip())
        if into is None:
            return "Bitte nennen Sie die Nummer der anderen Anfrage, zum Beispiel K-1042."
        if into == number:
            return "Eine Anfrage lässt sich nicht mit sich selbst zusammenführen."
        if not await self._visible(me, into):
            return f"Die Anfrage K-{into} gibt es nicht."
        given["into"] = str(into)
        return ""

    def _ask(self, me: Signed, seen: Seen, verb: str, given: dict[str, str]) -> HTMLResponse:
        """Once more, before it cannot be undone."""
        message = next((one for one in seen.messages if str(one.id) == given.get("message")), None)
        return self._door.page(
            me,
            "desk_request_sure.html",
            row=_row(seen),
            verb=verb,
            given=given,
            message=message,
            days=DAYS,
        )

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
        given: Mapping[str, str] | None = None,
        chosen: str = "",
    ) -> HTMLResponse:
        """`chosen` is the key of an offered text that goes into the field."""
        seen = await self._seen(me, number)
        return self._door.page(
            me,
            "desk_request.html",
            status,
            note=note,
            error=error,
            kept=kept,
            verb=verb,
            **self._values(me, seen, given),
            **await help_for(self._site, number, me, chosen),
            offers=await offers_for(self._site, number, me),
        )

    def _values(
        self, me: Signed, seen: Seen, given: Mapping[str, str] | None = None
    ) -> dict[str, object]:
        writing, _ = self._writing.others(seen.case.id, me.coordinator)
        return {
            "row": _row(seen),
            "may": _may(me),
            "block": seen.block,
            "postponed": seen.postponed,
            "messages": seen.messages,
            "files_of": seen.files_of,
            "absent": seen.absent,
            "rating": RATINGS.get(seen.case.rating or "", ""),
            "why": seen.why,
            "merged": seen.merged,
            "along": _along(seen),
            "colleagues": [one for one in seen.everybody if one.id != me.coordinator.id],
            "separable": _separable(seen.messages),
            "given": given or {},
            "writing": writing,
            "news": seen.news,
            "channels": CHANNELS,
            "reasons": REASONS,
            "days": DAYS,
        }

    async def _seen(self, me: Signed, number: int) -> Seen:
        """Raises 404 for a request that does not exist, or is none of an expert's business."""
        if number > 2**62:
            raise HTTPException(404)
        by, now = me.coordinator, self._site.clock.now()

        async def unit(tx: Tx) -> Seen:
            case = await requests.get(tx, number)
            if case is None or not await caseload.may_see(tx, by, number):
                raise HTTPException(404)
            said = await requests.messages(tx, number)
            return Seen(
                case,
                await blocks.get(tx, case.person_id, now) if case.person_id else None,
                await requests.postponed(tx, number),
                said,
                await files.of_messages(tx, [message.id for message in said]),
                await coordinators.everybody(tx),
                await absences(tx, now),
                await caseload.rating_words(tx, by, number),
                # Experts learn of no request that is none of their business.
                await requests.merged(tx, number) if by.publishes else [],
                await caseload.news(tx, by),
            )

        return await self._site.database.read(unit)

    async def file(self, request: Request) -> Response:
        """Only what belongs to a request: what people did not hand over stays theirs."""
        me = await self._door.who(request)
        if me is None:
            raise HTTPException(404)
        by = me.coordinator

        async def unit(tx: Tx) -> files.File | None:
            number = await files.request_of(tx, request.path_params["file_id"])
            if number is None or not await caseload.may_see(tx, by, number):
                return None
            return await files.get(tx, request.path_params["file_id"])

        return send_file(self._site, await self._site.database.read(unit))


def state_words(state: str, asked_back_at: str | None) -> str:
    if asked_back_at and state != "closed":
        return "Rückfrage gestellt"
    return STATES.get(state, state)


def _row(seen: Seen) -> Row:
    case = seen.case
    names = {somebody.id: somebody.name for somebody in seen.everybody}
    return Row(
        case,
        state_words(case.state, case.asked_back_at),
        channel_name(case.channel),
        names.get(case.claimed_by or 0, ""),
    )


def _may(me: Signed) -> tuple[str, ...]:
    """What this person may do with a request that they see."""
    return tuple(VERBS) if me.coordinator.publishes else FOR_EXPERTS


def _along(seen: Seen) -> list[Case]:
    """Those whose persons read an answer, too; each person once."""
    by_person = {one.person_id: one for one in seen.merged}
    return [one for person, one in by_person.items() if person not in (None, seen.case.person_id)]


def _separable(messages: Sequence[RequestMessage]) -> list[RequestMessage]:
    """Where a new request can begin: not with the message that began this one."""
    theirs = [one for one in messages if one.author == "person"]
    return [one for one in theirs[1:] if not one.deleted_at]


def _deletable(messages: Sequence[RequestMessage]) -> list[RequestMessage]:
    return [one for one in messages if one.author == "coordinator" and not one.deleted_at]


def _editable(seen: Seen, me: Signed) -> list[RequestMessage]:
    """Words of one's own."""
    return [one for one in seen.messages if one.id in seen.by(me.coordinator) and one.text]


def _given(verb: str, form: FormData) -> dict[str, str]:
    """The fields of a verb. A reason in somebody's own words goes before one from the list."""
    given = {name: typed(form, name) for name in VERBS[verb]}
    if verb == "close":
        given["reason"] = typed(form, "own") or given["reason"]
    return given


def _problem(
    verb: str, text: str, form: FormData, given: Mapping[str, str], seen: Seen, me: Signed
) -> str:
    if len(text) > TEXT_LENGTH:
        return f"Der Text ist um {len(text) - TEXT_LENGTH} Zeichen zu lang."
    if len(given.get("reason", "")) > LONGEST_REASON:
        return f"Der Grund darf höchstens {LONGEST_REASON} Zeichen haben."
    match verb:
        case "answer" | "later" if not text and not uploads.chosen(form):
            return "Bitte schreiben Sie eine Antwort oder wählen Sie eine Datei aus."
        case "askback" if not text:
            return "Bitte schreiben Sie Ihre Rückfrage."
        case "note" if not text:
            return "Bitte schreiben Sie eine Notiz."
        case "give" if given["to"] not in {
            str(one.id) for one in seen.everybody if one.id != me.coordinator.id
        }:
            return "Bitte wählen Sie aus, wer die Anfrage bekommt."
        case "split" if given["message"] not in _ids(_separable(seen.messages)):
            return "Bitte wählen Sie die Nachricht aus, mit der die neue Anfrage beginnt."
        case "edit" if given["message"] not in _ids(_editable(seen, me)):
            return "Diese Nachricht lässt sich nicht ändern."
        case "edit" if not text:
            return "Bitte schreiben Sie, wie die Nachricht heißen soll."
        case "delete" if given["message"] not in _ids(_deletable(seen.messages)):
            return "Diese Nachricht lässt sich nicht löschen."
        case "unlater" if given["message"] not in {str(one) for one in seen.postponed}:
            return "Diese Antwort wartet nicht mehr. Vielleicht wurde sie gerade gesendet."
        case "block" if given["days"] not in DAYS:
            return "Bitte wählen Sie aus, wie lange die Sperre gilt."
        case "block" if not given["reason"]:
            return "Bitte nennen Sie den Grund der Sperre."
    return ""


def _ids(messages: Sequence[RequestMessage]) -> set[str]:
    return {str(one.id) for one in messages}
