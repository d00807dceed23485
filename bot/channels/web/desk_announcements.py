"""Announcements at the desk: what was told to many, and what is about to be.

The page of one shows exactly what people will read and who they are; what may be
done with it is decided elsewhere (`Seen.verbs`) and offered here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.channels.web import markup, uploads
from bot.channels.web.desk_door import (
    NOT_KEPT,
    PAGE,
    STALE,
    Pages,
    Sent,
    Signed,
    page_number,
)
from bot.channels.web.desk_words import count, moment_typed
from bot.channels.web.downloads import send_file
from bot.channels.web.pages import PULSE_SECONDS, typed
from handlers.announcing import audiences, view
from handlers.announcing.drafts import BESIDE_FILES, LONGEST
from handlers.announcing.times import planned
from handlers.announcing.view import Seen
from handlers.desk.unclear import Unclear
from handlers.text import Text
from storage import ids
from storage.database import StoreTrouble, Tx
from storage.moments import stamp

VERBS = ("ok", "no", "later", "back", "pause", "resume", "stop", "correct")
# While something is being sent nobody tells us of every single message.
LOOK_AGAIN = 1.0  # seconds
HOME = "/desk/ankuendigungen"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed into a form, and what is wrong with which field."""

    audience: str = ""
    text: str = ""
    plain: str = ""
    day: str = ""
    hour: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, sent: Sent) -> "Draft":
        audience, text, plain, day, hour = (
            typed(sent.form, name) for name in ("audience", "text", "plain", "day", "hour")
        )
        return cls(audience, text, plain, day, hour)

    @property
    def at(self) -> str:
        """The time as `planned` takes it."""
        return moment_typed(self.day, self.hour)

    @property
    def kept(self) -> str:
        """All of it, for somebody who has to copy it."""
        return "\n\n".join(part for part in (self.text, self.plain) if part)


class Announcements(Pages):
    def routes(self) -> list[Route]:
        shown = self._door.for_coordinators
        return [
            Route(HOME, shown(self.overview)),
            Route(f"{HOME}/neu", shown(self.compose)),
            Route(f"{HOME}/neu", self.write, methods=["POST"]),
            Route(f"{HOME}/{{number}}", shown(self.announcement)),
            Route(f"{HOME}/{{number}}/datei/{{file_id}}", shown(self.file)),
            Route(f"{HOME}/{{number}}/{{verb}}", self.act, methods=["POST"]),
        ]

    # The list

    async def overview(self, request: Request, me: Signed) -> Response:
        number, now = page_number(request), self._site.clock.now()

        async def unit(tx: Tx) -> list[Seen]:
            first = (number - 1) * PAGE
            return await view.listed(tx, self._site.knowledge(), now, limit=PAGE + 1, offset=first)

        found = await self._site.database.read(unit)
        return self._door.page(
            me,
            "desk_announcements.html",
            note=await self._door.note(request, me),
            found=found[:PAGE],
            number=number,
            more=len(found) > PAGE,
            **self._words(),
        )

    # A letter

    async def compose(self, request: Request, me: Signed) -> Response:
        return self._compose(me, Draft(), note=await self._door.note(request, me))

    def _compose(
        self, me: Signed, draft: Draft, status: int = 200, *, note: str = "", error: str = ""
    ) -> HTMLResponse:
        return self._door.page(
            me,
            "desk_letter.html",
            status,
            note=note,
            error=error,
            draft=draft,
            audiences=audiences.choices(self._site.knowledge().library),
            longest=LONGEST,
            **self._words(),
        )

    async def write(self, request: Request) -> Response:
        """The text becomes a draft, which everybody at the desk can look at."""
        async with self._door.sent(request) as sent:
            me, draft = sent.me, Draft.of(sent)
            if me is None:
                return self._door.lost(draft.kept)
            if sent.stale:
                return self._compose(me, draft, 403, error=STALE)
            errors = self._wrong(draft, LONGEST)
            if not audiences.named(self._site.knowledge().library, draft.audience):
                errors["audience"] = "Bitte wählen Sie, wer den Rundbrief bekommt."
            taken = uploads.Taken()
            if not errors:
                taken = await uploads.take(self._site, uploads.chosen(sent.form), uploads.UNLIMITED)
                if taken.refused:
                    self._site.cupboard.remove(file.id for file in taken.kept)
                    errors["files"] = " ".join(taken.refused)
            if errors:
                return self._compose(me, _with(draft, errors), 422)
            form = {
                "audience": draft.audience,
                "text": draft.text,
                "plain": draft.plain,
                "at": draft.at,
            }
            update = uploads.update_id(sent.form, f"letter|{form}", self._site.token)
        try:
            notice = await self._door.hand_over(me, "ann:letter", update, fields=form, taken=taken)
        except StoreTrouble:
            return self._compose(me, draft, 503, error=NOT_KEPT)
        if notice.line and not notice.path:
            # Without a page to go on to it was refused, and nobody shall type it again.
            return self._compose(me, draft, 422, error=notice.text)
        return notice.leads_to(HOME)

    def _wrong(self, draft: Draft, longest: int) -> dict[str, str]:
        """A sentence for each field that cannot be taken as it is."""
        errors: dict[str, str] = {}
        if not draft.text:
            errors["text"] = "Bitte schreiben Sie einen Text."
        for name, text in (("text", draft.text), ("plain", draft.plain)):
            if len(text) > longest:
                errors[name] = f"Der Text ist um {len(text) - longest} Zeichen zu lang."
        if draft.at and (problem := self._wrong_moment(draft)):
            errors["at"] = problem
        return errors

    def _wrong_moment(self, draft: Draft) -> str:
        try:
            planned(draft.at, self._site.clock.now())
        except Unclear as unclear:
            say = self._site.knowledge().library.texts.say
            return str(Text.written(say[unclear.name], **unclear.fields))
        return ""

    # One announcement

    async def announcement(self, request: Request, me: Signed) -> Response:
        seen = await self._seen(request.path_params["number"])
        return self._show(me, seen, note=await self._door.note(request, me))

    def _show(
        self,
        me: Signed,
        seen: Seen,
        status: int = 200,
        *,
        note: str = "",
        error: str = "",
        verb: str = "",
        draft: Draft | None = None,
    ) -> HTMLResponse:
        return self._door.page(
            me,
            "desk_announcement.html",
            status,
            note=note,
            error=error,
            html=markup.html,
            **self._values(seen, verb, draft),
        )

    async def _seen(self, given: str) -> Seen:
        """Raises 404 for one that does not exist."""
        number = ids.number(given)
        if number is None:
            raise HTTPException(404)
        now = self._site.clock.now()

        async def unit(tx: Tx) -> Seen | None:
            return await view.seen(tx, self._site.knowledge(), number, now)

        seen = await self._site.database.read(unit)
        if seen is None:
            raise HTTPException(404)
        return seen

    async def news(self, me: Signed, nonce: str, number: int) -> tuple[str, float]:
        """What changes on its page while it is open. Raises 404 for one that does not exist."""
        seen = await self._seen(str(number))
        fragment = self._site.render(
            "desk_announcement_news.html", me=me, nonce=nonce, **self._values(seen)
        )
        moving = seen.state in ("waiting", "sending")
        return fragment, LOOK_AGAIN if moving else PULSE_SECONDS

    def _values(self, seen: Seen, verb: str = "", draft: Draft | None = None) -> dict[str, object]:
        left = 0.0
        if seen.state == "waiting" and seen.starts_at is not None:
            left = (seen.starts_at - self._site.clock.now()).total_seconds()
        quarter = 4 * seen.done // seen.total if seen.total else 0
        return {
            "seen": seen,
            "seconds": max(ceil(left), 0),
            "quarter": quarter,
            "verb": verb,
            "draft": draft or _to_correct(seen),
            "longest": BESIDE_FILES if seen.files else LONGEST,
            **self._words(),
        }

    async def act(self, request: Request) -> Response:
        """One of `VERBS`: what was pressed becomes a button of the desk."""
        given, verb = request.path_params["number"], request.path_params["verb"]
        if verb not in VERBS:
            raise HTTPException(404)
        async with self._door.sent(request) as sent:
            me, draft = sent.me, Draft.of(sent)
            if me is None:
                return self._door.lost(draft.kept)
            seen = await self._seen(given)
            again = draft if verb in ("later", "correct") else None
            if sent.stale:
                return self._show(me, seen, 403, error=STALE, verb=verb, draft=again)
            errors: dict[str, str] = {}
            form: dict[str, str] = {}
            if verb == "later":
                problem = self._wrong_moment(draft) if draft.at else "Bitte wählen Sie einen Tag."
                errors = {"at": problem} if problem else {}
                form = {"at": draft.at}
            elif verb == "correct":
                errors = self._wrong(draft, BESIDE_FILES if seen.files else LONGEST)
                form = {"text": draft.text, "plain": draft.plain}
            if errors:
                return self._show(me, seen, 422, verb=verb, draft=_with(draft, errors))
            update = uploads.update_id(sent.form, f"{verb}|{form}", self._site.token)
        try:
            notice = await self._door.hand_over(
                me, f"ann:{verb}:{seen.number}", update, fields=form
            )
        except StoreTrouble:
            return self._show(me, seen, 503, error=NOT_KEPT, verb=verb, draft=again)
        if form and notice.line and not notice.path:
            seen = await self._seen(given)
            if verb in seen.verbs:
                return self._show(me, seen, 422, error=notice.text, verb=verb, draft=draft)
        return notice.leads_to(f"{HOME}/{seen.number}")

    async def file(self, request: Request, me: Signed) -> Response:
        seen = await self._seen(request.path_params["number"])
        wanted = request.path_params["file_id"]
        found = next((file for file in seen.files if file.id == wanted), None)
        return send_file(self._site, found)

    def _words(self) -> dict[str, object]:
        """How numbers and times are put into words."""
        now = self._site.clock.now()

        def at(value: datetime) -> str:
            return markup.clock(stamp(value), now)

        return {"at": at, "count": count}


def _with(draft: Draft, errors: Mapping[str, str]) -> Draft:
    return Draft(draft.audience, draft.text, draft.plain, draft.day, draft.hour, errors)


def _to_correct(seen: Seen) -> Draft:
    """What a correction begins with: the words as they are."""
    plain = seen.plain if seen.plain is not None else Text()
    return Draft(text=_own_words(seen, seen.text), plain=_own_words(seen, plain))


def _own_words(seen: Seen, text: Text) -> str:
    """A copy less its heading and the sentence that says why one gets it: what a
    correction has to say anew."""
    paragraphs = text.characters.split("\n\n")
    return "\n\n".join(paragraphs[2 if seen.event_id else 1 : -1])
