"""What all pages of the desk share: who is signed in, their forms, and what comes of them.

What coordinators do becomes an `Incoming` like a message in a Telegram topic, so
every change travels the one road. The answer to a click is a notice in the
coordinator's own transcript; the next page shows it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.channels.web import uploads
from bot.channels.web.chat import Chat
from bot.channels.web.lines import read
from bot.channels.web.pages import FILES, PATIENCE, TEXT_LENGTH, Site
from bot.channels.web.security import Cookie, Forbidden, check_origin, check_token, form_token
from bot.clock import digest
from handlers.desk.unclear import Unclear
from handlers.message import Incoming, Kind
from handlers.text import Text
from storage import coordinators, ids, reports, web
from storage.coordinators import Coordinator
from storage.database import StoreTrouble, Tx

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
MINUTE = 60.0  # seconds
FIELDS = 100  # of one form: every known topic is one that may be ticked
PAGE = 50  # rows on one page of a list that grows
CLICKS = 500  # whose notices are remembered, for those who click twice

PENDING = "Ihre Eingabe wird noch bearbeitet. Sie erscheint hier gleich."
STALE = "Diese Seite war veraltet. Bitte senden Sie noch einmal."
NO_FILES = uploads.Taken()
NOT_KEPT = "Das konnte gerade nicht gespeichert werden. Bitte versuchen Sie es gleich noch einmal."


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in, and the secret of their browser.

    `reports` waits for them; in `own_reports` they are one of the two themselves, by their
    accounts or by the chat that this very browser has with us, and shall not learn of them.
    """

    coordinator: Coordinator
    secret: str
    reports: int = 0
    own_reports: frozenset[int] = frozenset()

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
class Sent:
    """A form of ours. Without `me` its sender has been signed out meanwhile; `stale` if it
    belongs to an earlier session of theirs."""

    me: Signed | None
    form: FormData
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What answered a click; `line` is 0 while nothing has. `path` is the page of ours to go
    on to, if it names one."""

    line: int = 0
    text: str = ""
    path: str = ""

    def leads_to(self, otherwise: str) -> RedirectResponse:
        """The next page, which shows the notice."""
        return RedirectResponse(f"{self.path or otherwise}?hinweis={self.line}", 303)


Page = Callable[[Request, Signed], Awaitable[Response]]


class Door:
    def __init__(self, site: Site, chat: Chat) -> None:
        self.site = site
        self._chat = chat
        self.cookie = Cookie("desk", site.secure, strict=True, seconds=int(LONGEST.total_seconds()))
        self._clicks: OrderedDict[str, asyncio.Future[Notice]] = OrderedDict()

    # Who it is

    async def who(self, request: Request, *, active: bool = True) -> Signed | None:
        secret = self.cookie.read(request)
        if secret is None:
            return None
        now = self.site.clock.now()

        async def unit(tx: Tx) -> Coordinator | None:
            return await coordinators.signed_in(
                tx, digest(secret), started_after=now - LONGEST, active_after=now - IDLE
            )

        coordinator = await self.site.database.read(unit)
        if coordinator is None:
            return None
        own, waiting = await self._reports(request, coordinator)
        # Not every click is written down, but one in every minute.
        minute = f"{now:%H%M}"
        if active and self.site.rates.allow(f"active:{digest(secret)}:{minute}", 1, MINUTE):
            await self._note_activity(secret)
        return Signed(coordinator, secret, waiting, own)

    async def _reports(self, request: Request, by: Coordinator) -> tuple[frozenset[int], int]:
        """Those about whoever is signed in, and how many others wait for them."""
        if not by.publishes:
            return frozenset(), 0
        chat = (await self._chat.door(request)).chat or ""

        async def unit(tx: Tx) -> tuple[frozenset[int], int]:
            own = frozenset(await reports.concerning(tx, by.id, chat))
            return own, len(await reports.waiting(tx) - own)

        return await self.site.database.read(unit)

    async def _note_activity(self, secret: str) -> None:
        now = self.site.clock.now()

        async def unit(tx: Tx) -> None:
            await coordinators.active(tx, digest(secret), now)

        try:
            await self.site.database.write(unit)
        except StoreTrouble:
            return  # reading must work while nothing can be written

    # Pages

    def page(
        self, me: Signed | None, template: str, status: int = 200, /, **values: object
    ) -> HTMLResponse:
        nonce = self.site.nonces.new()
        return self.site.page(template, status, me=me, nonce=nonce, framed=False, **values)

    def signed_out(self, request: Request, status: int = 200, error: str = "") -> HTMLResponse:
        # A strict cookie stays away when somebody follows a link from a messenger,
        # and comes along once our own page opens the address again.
        foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
        again = request.url.path if foreign and request.method == "GET" else ""
        return self.page(None, "desk_enter.html", status, error=error, again=again)

    def lost(self, kept: str) -> HTMLResponse:
        """For those whose session ended while they were writing."""
        return self.site.message(
            "Sie sind abgemeldet",
            "Nach einer Pause melden wir Sie ab. Ihr Text steht hier noch; "
            "kopieren Sie ihn, bevor Sie sich neu anmelden.",
            403,
            back="/desk",
            kept=kept,
        )

    def for_coordinators(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """A page for those who may tell many people something; others are told so."""

        async def shown(request: Request) -> Response:
            me = await self.who(request)
            if me is None:
                return self.signed_out(request)
            if not me.coordinator.publishes:
                return self.page(me, "desk_not_yours.html", 403)
            return await page(request, me)

        return shown

    # Forms

    def sentences(self, unclear: Mapping[str, Unclear]) -> dict[str, str]:
        """What is wrong with each field, in words."""
        say = self.site.knowledge().library.texts.say
        return {
            field: str(Text.written(say[why.name], **why.fields)) for field, why in unclear.items()
        }

    @asynccontextmanager
    async def signed_form(self, request: Request) -> AsyncIterator[tuple[Signed, FormData]]:
        """Who sent a form, and what is in it. Raises `Forbidden` for everybody else."""
        async with self.sent(request, everybody=True) as sent:
            if sent.me is None or sent.stale:
                raise Forbidden
            yield sent.me, sent.form

    @asynccontextmanager
    async def sent(self, request: Request, *, everybody: bool = False) -> AsyncIterator[Sent]:
        """A form with something that was typed, which must not be lost with the session.

        Raises `Forbidden` for other sites' forms, and 403 for those who may not
        announce unless `everybody` may send it.
        """
        vouched = check_origin(request, self.site.house().public_url)
        me = await self.who(request)
        if me is None and not vouched:
            raise Forbidden
        limits = {"max_files": FILES, "max_fields": FIELDS, "max_part_size": TEXT_LENGTH * 100}
        async with request.form(**limits) as form:
            stale = False
            if me is not None:
                try:
                    check_token(form.get("token"), me.secret, vouched=vouched)
                except Forbidden as refusal:
                    if not refusal.stale:
                        raise
                    stale = True
                if not (everybody or me.coordinator.publishes):
                    raise HTTPException(403)
            yield Sent(me, form, stale)

    async def hand_over(
        self,
        me: Signed,
        action: str,
        update: str,
        *,
        text: str = "",
        fields: Mapping[str, str] | None = None,
        taken: uploads.Taken = NO_FILES,
    ) -> Notice:
        """Do something as this person, and wait a little for the notice that answers it.

        The same `update` counts once; who sends it again gets the same notice.
        Raises `StoreTrouble`.
        """
        key = f"{me.coordinator.id}:{update}"
        if (first := self._clicks.get(key)) is not None:
            self.site.cupboard.remove(file.id for file in taken.kept)
            return await asyncio.shield(first)
        answer = self._clicks[key] = asyncio.get_running_loop().create_future()
        if len(self._clicks) > CLICKS:
            self._clicks.popitem(last=False)
        notice = Notice()
        try:
            notice = await self._handed_over(me, action, key, text, dict(fields or {}), taken)
        finally:
            if not notice.line:
                self._clicks.pop(key, None)
            answer.set_result(notice)
        return notice

    async def _handed_over(
        self,
        me: Signed,
        action: str,
        update: str,
        text: str,
        fields: dict[str, str],
        taken: uploads.Taken,
    ) -> Notice:
        site, now = self.site, self.site.clock.now()
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
                        update_id=update,
                        kind=Kind.BUTTON,
                        chat=me.chat,
                        sender=str(me.coordinator.id),
                        sender_name=me.coordinator.name,
                        private=False,
                        desk=True,
                        text=text,
                        files=taken.incoming,
                        action=action,
                        form=fields,
                        at=now,
                    )
                ],
            )
            return before[-1].id if before else 0, new

        try:
            before, new = await site.database.write(unit)
        except BaseException:
            site.cupboard.remove(file.id for file in taken.kept)
            raise
        return await self._noticed(me.chat, before, seen) if new else Notice()

    # Notices

    async def _noticed(self, chat: str, after: int, seen: int) -> Notice:
        """Wait for the notice that answers a click, but not for too long."""
        site, until = self.site, self.site.clock.monotonic() + PATIENCE

        async def unit(tx: Tx) -> list[web.Line]:
            return await web.lines(tx, chat, after=after)

        while (left := until - site.clock.monotonic()) > 0 and not site.hub.closed:
            if found := await site.database.read(unit):
                return self._notice(found[-1])
            seen = await site.hub.wait(chat, seen, left)
        found = await site.database.read(unit)
        return self._notice(found[-1]) if found else Notice()

    def _notice(self, line: web.Line) -> Notice:
        outgoing = read(line.payload).outgoing
        if outgoing is None:
            return Notice(line.id)
        url = outgoing.buttons[0].url if outgoing.buttons else ""
        path = own_path(url, self.site.house().public_url)
        return Notice(line.id, outgoing.text.characters, path)

    async def note(self, request: Request, me: Signed) -> str:
        """The notice that the address names; it stands in this person's own transcript."""
        given = ids.number(request.query_params.get("hinweis", ""))
        if given is None:
            return ""

        async def unit(tx: Tx) -> web.Line | None:
            return await web.line(tx, given, me.chat)

        line = await self.site.database.read(unit)
        return self._notice(line).text if line else PENDING if given == 0 else ""


class Pages:
    """Pages of the desk that belong together, behind its one door."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._site = door.site


def own_path(url: str, public_url: str) -> str:
    """The path of a page of the desk; empty for every other address."""
    try:
        theirs, ours = urlsplit(url), urlsplit(public_url)
    except ValueError:
        return ""
    same = (theirs.scheme, theirs.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    return theirs.path if same and f"{theirs.path}/".startswith("/desk/") else ""


def page_number(request: Request) -> int:
    """The page of a list that the address names, from 1."""
    given = request.query_params.get("seite", "1")
    return max(int(given), 1) if given.isdecimal() and len(given) < 6 else 1
