"""The person's side: a chat that needs no account and works without JavaScript.

Whoever has the secret of a session sees its chat. On our own page the secret
is a cookie; in a frame on somebody else's page, where browsers block cookies,
it is part of the address. A frame starts anew on every page of the town, so we
also offer the browser a cookie that belongs to this frame on this site alone.
"""

import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.chat_views import View, as_shown
from bot.channels.web.downloads import send_file, send_inline
from bot.channels.web.lines import Stored, read
from bot.channels.web.pages import (
    FIRST,
    PATIENCE,
    PULSE,
    PULSE_SECONDS,
    TEXT_LENGTH,
    TOGETHER,
    Site,
    Stream,
    event,
    read_form,
    typed,
)
from bot.channels.web.security import Cookie, Forbidden, check_origin, check_token, form_token
from bot.clock import code, code_digest, digest
from handlers.message import ACTION_BYTES, Button, Incoming, Kind
from handlers.wording import PREFIX
from storage import files, ids, people, web
from storage.database import StoreTrouble, Tx
from storage.moments import stamp

IDLE = timedelta(days=30)
HOUR = 3600.0  # seconds
NEW_CHATS = 10  # a minute and address
CODES = 10  # a minute and address
MESSAGES = 30  # a minute and chat
DAY = timedelta(days=1)
VOLUME = 50_000_000  # bytes a person may send in a day
ADDRESS_VOLUME = 200_000_000  # ... and all who share an address, known to us or not

EXAMPLES = 4  # questions offered to whoever does not know how to begin
EARLIER = 6  # of our lines whose buttons stay within reach
# An edit gets its time before it can be read, so we look back a little further
# than the last look. Lines are known by their ids; seeing one twice is harmless.
OVERLAP = timedelta(seconds=3)
BEGUN = 1000  # first messages that are remembered, to tell a double click from two people

WRITES = "Jemand schreibt …"

FRAME_COOKIE = "__Host-frame"
PART = {"X-Hotline": "1"}  # tells our script that this is no whole page

_CURSOR = re.compile(r"(\d{1,15})-(\d{1,13})")
_SMALL = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Door:
    """Through which a request comes in. Without a chat, nobody has said anything yet."""

    framed: bool = False
    secret: str | None = None
    chat: str | None = None

    @property
    def home(self) -> str:
        if not self.framed:
            return "/"
        return f"/rahmen/{quote(self.secret, safe='')}" if self.secret else "/rahmen"

    def to(self, place: str) -> str:
        return f"{self.home.rstrip('/')}/{place}"

    @property
    def token(self) -> str:
        return form_token(self.secret) if self.secret else ""


class Chat:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._cookie = Cookie("chat", site.secure, strict=False, seconds=int(IDLE.total_seconds()))
        self._begun: OrderedDict[str, Door] = OrderedDict()

    def routes(self) -> list[Route]:
        places = [
            ("live", self.live, "GET"),
            ("datei/{file_id}", self.file, "GET"),
            ("beilage/{line}/{number}", self.inline, "GET"),
            ("rueckkehr", self.return_code, "POST"),
            ("ende", self.end, "POST"),
        ]
        found = [Route("/zurueck", self.come_back, methods=["GET", "POST"])]
        for home in ("/", "/rahmen", "/rahmen/{token}"):
            found.append(Route(home, self.page, methods=["GET", "POST"]))
            if home != "/rahmen":
                found += [
                    Route(f"{home.rstrip('/')}/{path}", endpoint, methods=[method])
                    for path, endpoint, method in places
                ]
        # "/rahmen/{token}" must not swallow what stands beside it.
        return found

    # Who it is

    async def door(self, request: Request) -> Door:
        """Raises 404 for the address of a chat that is not there (any more)."""
        framed = request.url.path.startswith("/rahmen")
        given = request.path_params.get("token") if framed else self._cookie.read(request)
        if given is None:
            return Door(framed)
        since = self._site.clock.now() - IDLE

        async def unit(tx: Tx) -> str | None:
            return await web.session_chat(tx, digest(given), since)

        chat = await self._site.database.read(unit)
        if chat is not None:
            return Door(framed, given, chat)
        if framed:
            raise HTTPException(404)
        return Door()

    async def _framed_before(self, request: Request) -> Door | None:
        """The chat that this frame on this site showed last, if the browser remembers."""
        secret = request.cookies.get(FRAME_COOKIE) if self._site.secure else None
        if not secret or await self._door_is_new(secret):
            return None
        return Door(framed=True, secret=secret)

    async def _known(self, request: Request) -> tuple[Door, str]:
        """As `door`, but there must be a chat."""
        door = await self.door(request)
        if door.chat is None:
            raise HTTPException(404)
        return door, door.chat

    # The page

    async def page(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._say(request)
        door = await self.door(request)
        if door.framed and not door.chat and (known := await self._framed_before(request)):
            return RedirectResponse(known.home, 303)
        response = await self._show(door)
        # Reading keeps a session alive, but not every look is written down.
        hour = f"{self._site.clock.now():%d%H}"
        if door.secret and self._site.rates.allow(f"seen:{digest(door.secret)}:{hour}", 1, HOUR):
            await self._seen(door.secret)
            self._keep_cookie(response, door)
        return response

    async def _seen(self, secret: str) -> None:
        now = self._site.clock.now()

        async def unit(tx: Tx) -> None:
            await web.session_seen(tx, digest(secret), now)

        try:
            await self._site.database.write(unit)
        except StoreTrouble:
            return  # reading must work while nothing can be written

    def _keep_cookie(self, response: Response, door: Door) -> None:
        if door.secret and not door.framed:
            self._cookie.set(response, door.secret)
        elif door.secret and self._site.secure:
            _remember_frame(response, door.secret, int(IDLE.total_seconds()))

    async def _show(
        self, door: Door, status: int = 200, *, error: str = "", kept: str = ""
    ) -> HTMLResponse:
        now = self._site.clock.now()
        views = await self._views(door.chat) if door.chat else []
        return self._site.page(
            "chat.html",
            status,
            door=door,
            views=views,
            groups=self._groups(views),
            newest=views[-1].id if views else 0,
            examples=self._examples() if not views else (),
            error=error,
            kept=kept,
            nonce=self._site.nonces.new(),
            new_nonce=self._site.nonces.new,
            cursor=_cursor(views[-1].id if views else 0, now),
        )

    async def _views(self, chat: str, limit: int = 500) -> list[View]:
        async def unit(tx: Tx) -> list[web.Line]:
            return await web.lines(tx, chat, limit=limit)

        return as_shown(await self._site.database.read(unit))

    def _groups(self, views: Sequence[View]) -> tuple[list[View], list[View]]:
        """Lines with buttons: those of what we said last, and some before.

        While we are silent (several lines can be one thought) our last offer
        still stands.
        """
        with_buttons = [view for view in views if view.buttons]
        ours = max((view.id for view in views if view.ours), default=0)
        asked = max((view.id for view in views if not view.ours and view.id < ours), default=0)
        now = [view for view in with_buttons if view.id > asked]
        before = [view for view in with_buttons if view.id <= asked]
        return now, before[-EARLIER:]

    def _examples(self) -> list[Button]:
        """One question each from different topics."""
        by_topic: dict[str, Button] = {}
        for entry in self._site.knowledge().library.entries.values():
            button = Button(label=entry.title, action=f"faq:{entry.id}")
            by_topic.setdefault(entry.topics[0], button)
        return list(by_topic.values())[:EXAMPLES]

    # What people say

    async def _say(self, request: Request) -> Response:
        site = self._site
        vouched = check_origin(request, site.house().public_url)
        door = await self.door(request)
        scripted = request.headers.get("x-hotline") == "1"
        who = site.address(request)
        if door.chat is None and not vouched:
            raise Forbidden
        async with read_form(request) as form:
            text = typed(form, "text")
            try:
                check_token(form.get("token"), door.secret, vouched=vouched)
            except Forbidden as refusal:
                if not refusal.stale:
                    raise
                sorry = "Diese Seite war veraltet. Bitte senden Sie Ihre Nachricht noch einmal."
                return await self._refuse(door, 403, sorry, text, scripted=scripted)
            joined = self._join(door, str(form.get("id") or ""))
            if problem := _problem(form, text):
                return await self._refuse(door, 422, problem, text, scripted=scripted)
            if joined.chat is None and not site.rates.allow(f"new:{who}", NEW_CHATS, 60):
                slow = "Gerade beginnen sehr viele Gespräche. Bitte warten Sie eine Minute."
                return await self._refuse(door, 429, slow, text, scripted=scripted)
            if joined.chat and not site.rates.allow(f"say:{joined.chat}", MESSAGES, 60):
                slow = "Das waren sehr viele Nachrichten auf einmal. Bitte warten Sie eine Minute."
                return await self._refuse(door, 429, slow, text, scripted=scripted)
            here = joined if joined.chat else self._begin(door, str(form.get("id") or ""))
            try:
                return await self._hear(request, here, form, text, who, scripted=scripted)
            except StoreTrouble:
                sorry = (
                    "Ihre Nachricht konnte gerade nicht gespeichert werden. "
                    "Bitte versuchen Sie es in einigen Minuten noch einmal."
                )
                return await self._refuse(door, 503, sorry, text, scripted=scripted)

    async def _refuse(
        self, door: Door, status: int, error: str, kept: str, *, scripted: bool
    ) -> Response:
        if not scripted:
            return await self._show(door, status, error=error, kept=kept)
        fragment = self._site.render("problem.html", error=error)
        return HTMLResponse(fragment, status, PART)

    def _join(self, door: Door, nonce: str) -> Door:
        """The second click of a first message belongs to the chat that the first one began."""
        begun = self._begun.get(nonce)
        return begun if door.chat is None and begun and begun.framed == door.framed else door

    def _begin(self, door: Door, nonce: str) -> Door:
        new = Door(door.framed, self._site.secret(), self._site.token())
        if self._site.nonces.is_ours(nonce):
            self._begun[nonce] = new
            if len(self._begun) > BEGUN:
                self._begun.popitem(last=False)
        return new

    async def _hear(
        self, request: Request, door: Door, form: FormData, text: str, who: str, *, scripted: bool
    ) -> Response:
        site, chat, secret = self._site, door.chat, door.secret
        if chat is None or secret is None:
            raise ValueError("nobody can speak through a door that was not opened")
        new = await self._door_is_new(secret)
        action, answered = str(form.get("action") or ""), str(form.get("line") or "")
        taken = await self._take(form, chat, who)
        label = await self._label(chat, action, answered) if action else ""
        now = site.clock.now()
        update = uploads.update_id(form, f"{action}|{text}", site.token)
        stored = Stored(text=label if action else text, files=tuple(taken.kept))
        since = site.hub.version(chat)

        async def unit(tx: Tx) -> int | None:
            if new and await web.session_chat(tx, digest(secret), now - IDLE) is None:
                await web.open_session(tx, digest(secret), chat, now)
            await web.session_seen(tx, digest(secret), now)
            line = None
            if action or text or taken.kept:
                line = await web.hear(tx, chat, update, stored.json_text(), now)
            if line is not None:
                person = await people.known(tx, "web", "", chat)
                await uploads.add(tx, taken, person.id if person else None, now)
                await site.receive.within(
                    tx,
                    [
                        Incoming(
                            channel="web",
                            bot="",
                            update_id=f"{chat}:{update}",
                            kind=Kind.BUTTON if action else Kind.MESSAGE,
                            chat=chat,
                            sender=chat,
                            message=answered if action else str(line),
                            text="" if action else text,
                            files=taken.incoming,
                            action=action,
                            at=now,
                        )
                    ],
                )
            if taken.refused:
                refusal = Stored(refused=tuple(taken.refused)).json_text()
                await web.hear(tx, chat, f"{update}:no", refusal, now)
            return line

        try:
            line = await site.database.write(unit)
        except BaseException:
            site.cupboard.remove(file.id for file in taken.kept)
            raise
        if line is None:
            site.cupboard.remove(file.id for file in taken.kept)
        site.hub.changed(chat)
        # A page that is listening hears the answer by itself.
        if line is not None and not (scripted and form.get("live")):
            await self._answered(chat, line, since)
        if scripted and not new:
            fragment, _ = await self._news(door, chat, _read_cursor(str(form.get("nach") or "")))
            return HTMLResponse(fragment, headers=PART)
        place = f"{door.home}#z{line}" if line is not None else f"{door.home}#schreiben"
        response = RedirectResponse(place, 303)
        self._keep_cookie(response, door)
        return response

    async def _door_is_new(self, secret: str) -> bool:
        async def unit(tx: Tx) -> str | None:
            return await web.session_chat(tx, digest(secret), self._site.clock.now() - IDLE)

        return await self._site.database.read(unit) is None

    async def _take(self, form: FormData, chat: str, who: str) -> uploads.Taken:
        chosen = uploads.chosen(form)
        if not chosen:
            return uploads.Taken()
        since = self._site.clock.now() - DAY

        async def unit(tx: Tx) -> int:
            person = await people.known(tx, "web", "", chat)
            return await files.volume(tx, person.id, since) if person else 0

        used = await self._site.database.read(unit)
        wanted = sum(upload.size or 0 for upload in chosen)
        day = DAY.total_seconds()
        if not self._site.rates.allow(f"bytes:{who}", ADDRESS_VOLUME, day, wanted):
            used = VOLUME
        return await uploads.take(self._site, chosen, VOLUME - used)

    async def _label(self, chat: str, action: str, line_id: str) -> str:
        """What the person chose, in the words of the button. A forged one has none."""
        number = ids.number(line_id)
        if number is None:
            offered = self._examples()
        else:

            async def unit(tx: Tx) -> web.Line | None:
                return await web.line(tx, number, chat)

            line = await self._site.database.read(unit)
            outgoing = read(line.payload).outgoing if line else None
            offered = list(outgoing.buttons) if outgoing else []
        label = next((button.label for button in offered if button.action == action), "")
        return label or (self._from_a_page(action) if not line_id else "") or "Auswahl"

    def _from_a_page(self, action: str) -> str:
        """What somebody chose on the page of an entry or a format."""
        prefix, _, item = action.partition(":")
        knowledge = self._site.knowledge()
        if prefix == "wait":
            return knowledge.library.texts.say["button_interest"]
        return knowledge.title(item) if prefix in PREFIX.values() else ""

    async def _answered(self, chat: str, line: int, seen: int) -> None:
        """Wait until we have said all there is to say after the line, or for long enough."""
        clock = self._site.clock
        until = clock.monotonic() + PATIENCE

        async def unit(tx: Tx) -> tuple[bool, bool]:
            begun = any(found.ours for found in await web.lines(tx, chat, after=line))
            return begun, begun and await web.more_to_say(tx, chat, clock.now())

        begun = False
        while (left := until - clock.monotonic()) > 0 and not self._site.hub.closed:
            seen = await self._site.hub.wait(chat, seen, min(left, TOGETHER) if begun else left)
            begun, more = await self._site.database.read(unit)
            if begun and not more:
                return

    # What is new

    async def live(self, request: Request) -> Response:
        door, chat = await self._known(request)
        given = request.headers.get("last-event-id") or request.query_params.get("nach", "")
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        return Stream(self._stream(door, chat, _read_cursor(given)))

    async def _stream(
        self, door: Door, chat: str, position: tuple[int, datetime]
    ) -> AsyncIterator[bytes]:
        hub = self._site.hub
        hinted = False
        yield FIRST
        while not hub.closed:
            seen = hub.version(chat)
            if door.secret is None or await self._door_is_new(door.secret):
                yield event("", name="ende")
                return
            fragment, after = await self._news(door, chat, position)
            if fragment:
                yield event(fragment, name="neu", event_id=_cursor(*after))
                position = after
            # Said once when it begins, and taken away once: a screen reader need not repeat it.
            left = hub.is_written_to(chat, self._site.clock.now())
            if hinted != bool(left):
                hinted = bool(left)
                yield event(WRITES if hinted else "", name="schreibt")
            if await hub.wait(chat, seen, min(PULSE_SECONDS, left or PULSE_SECONDS)) == seen:
                yield PULSE

    async def _news(
        self, door: Door, chat: str, position: tuple[int, datetime]
    ) -> tuple[str, tuple[int, datetime]]:
        """The lines that are new or changed since, as HTML, and where to go on from."""
        after, since = position
        now = self._site.clock.now()

        async def unit(tx: Tx) -> tuple[list[web.Line], list[web.Line]]:
            changed = stamp(since - OVERLAP)
            return (
                await web.lines(tx, chat, after=after, changed_after=changed),
                await web.lines(tx, chat, limit=60),
            )

        fresh, recent = await self._site.database.read(unit)
        if not fresh:
            return "", position
        views = as_shown(recent)
        ids = {line.id for line in fresh}
        older = as_shown([line for line in fresh if line.id < (views[0].id if views else 0)])
        fragment = self._site.render(
            "news.html",
            door=door,
            views=older + [view for view in views if view.id in ids],
            groups=self._groups(views),
            newest=views[-1].id if views else 0,
            examples=(),
            new_nonce=self._site.nonces.new,
        )
        return fragment, (max(after, fresh[-1].id), now)

    # Files, and ways to come and go

    async def file(self, request: Request) -> Response:
        """Only what stands in this chat."""
        _, chat = await self._known(request)
        file_id = request.path_params["file_id"]

        async def unit(tx: Tx) -> files.File | None:
            for line in await web.lines(tx, chat):
                # Reading the JSON of every line for every picture would be slow.
                if file_id in line.payload and any(
                    file.id == file_id for file in read(line.payload).files
                ):
                    return await files.get(tx, file_id)
            return None

        return send_file(self._site, await self._site.database.read(unit))

    async def inline(self, request: Request) -> Response:
        """A file of ours that came with a line of this chat."""
        _, chat = await self._known(request)
        line_id, number = request.path_params["line"], request.path_params["number"]
        if not (_SMALL.fullmatch(line_id) and _SMALL.fullmatch(number)):
            raise HTTPException(404)

        async def unit(tx: Tx) -> web.Line | None:
            return await web.line(tx, int(line_id), chat)

        line = await self._site.database.read(unit)
        outgoing = read(line.payload).outgoing if line else None
        if outgoing is None or int(number) >= len(outgoing.inline):
            raise HTTPException(404)
        return send_inline(outgoing.inline[int(number)])

    async def return_code(self, request: Request) -> Response:
        """A code for going on elsewhere; shown once, an older one stops working."""
        vouched = check_origin(request, self._site.house().public_url)
        door, chat = await self._known(request)
        async with read_form(request) as form:
            check_token(form.get("token"), door.secret, vouched=vouched)
        fresh, now = code(groups=5, letters=5), self._site.clock.now()

        async def unit(tx: Tx) -> None:
            await web.set_return_code(tx, code_digest(fresh), chat, now)

        await self._site.database.write(unit)
        return self._site.page("return_code.html", door=door, code=fresh, framed=door.framed)

    async def come_back(self, request: Request) -> Response:
        if request.method != "POST":
            return self._site.page("come_back.html", error="", framed=False)
        if not check_origin(request, self._site.house().public_url):
            raise Forbidden
        who = self._site.address(request)
        if not self._site.rates.allow(f"code:{who}", CODES, 60):
            slow = "Das waren viele Versuche. Bitte warten Sie eine Minute."
            return self._site.page("come_back.html", 429, error=slow, framed=False)
        async with read_form(request) as form:
            given = str(form.get("code") or "")[:100]
        secret, now = self._site.secret(), self._site.clock.now()

        async def unit(tx: Tx) -> bool:
            chat = await web.chat_of_code(tx, code_digest(given))
            if chat is not None:
                await web.open_session(tx, digest(secret), chat, now)
            return chat is not None

        if not await self._site.database.write(unit):
            unknown = "Diesen Code kennen wir nicht. Bitte prüfen Sie ihn Zeichen für Zeichen."
            return self._site.page("come_back.html", 422, error=unknown, framed=False)
        response = RedirectResponse("/", 303)
        self._cookie.set(response, secret)
        return response

    async def end(self, request: Request) -> Response:
        """This device forgets the chat; the conversation itself stays for those who answer."""
        vouched = check_origin(request, self._site.house().public_url)
        door, chat = await self._known(request)
        async with read_form(request) as form:
            check_token(form.get("token"), door.secret, vouched=vouched)
        secret = door.secret or ""
        # Whoever goes back to the first page of this chat must not enter it again.
        self._begun = OrderedDict(
            (nonce, begun) for nonce, begun in self._begun.items() if begun.secret != secret
        )

        async def unit(tx: Tx) -> None:
            await web.end_session(tx, digest(secret))

        await self._site.database.write(unit)
        self._site.hub.changed(chat)
        response = self._site.page("ended.html", framed=door.framed)
        if not door.framed:
            self._cookie.clear(response)
        elif self._site.secure:
            _remember_frame(response, "", 0)
        return response


def _remember_frame(response: Response, secret: str, seconds: int) -> None:
    """A cookie that a frame gets back on the same site only, and that opens nothing by
    itself: `/rahmen` leads to the address with the key. (The standard library does not
    know the attribute yet.)
    """
    response.headers.append(
        "Set-Cookie",
        f"{FRAME_COOKIE}={secret}; Path=/; Max-Age={seconds}; "
        "HttpOnly; Secure; SameSite=None; Partitioned",
    )


def _problem(form: FormData, text: str) -> str:
    """What is wrong with a message, as a sentence; empty if nothing is."""
    if len(text) > TEXT_LENGTH:
        too_long = len(text) - TEXT_LENGTH
        return (
            f"Ihre Nachricht ist um {too_long} Zeichen zu lang. "
            f"Es gehen bis zu {TEXT_LENGTH} Zeichen; bitte kürzen oder teilen Sie sie."
        )
    action = str(form.get("action") or "")
    if len(action.encode()) > ACTION_BYTES:
        return "Diese Auswahl gibt es nicht mehr. Bitte schreiben Sie uns einfach."
    if not text and not action and not uploads.chosen(form):
        return "Bitte schreiben Sie etwas oder wählen Sie eine Datei aus."
    return ""


def _cursor(line: int, at: datetime) -> str:
    return f"{line}-{int(at.timestamp() * 1000)}"


def _read_cursor(given: str) -> tuple[int, datetime]:
    """Where a page stands; from the beginning if it does not say."""
    found = _CURSOR.fullmatch(given)
    if not found:
        return 0, datetime(2000, 1, 1, tzinfo=UTC)
    return int(found[1]), datetime.fromtimestamp(int(found[2]) / 1000, UTC)
