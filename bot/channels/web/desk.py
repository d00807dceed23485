"""The coordinators' side, in the browser: its addresses, and what keeps its pages up to date."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.web.chat import Chat
from bot.channels.web.desk_announcements import Announcements
from bot.channels.web.desk_audit import Log
from bot.channels.web.desk_door import Door, Signed, page_number
from bot.channels.web.desk_events import Events
from bot.channels.web.desk_experts import Experts
from bot.channels.web.desk_groups import Groups
from bot.channels.web.desk_inbox import Inbox, looked_for
from bot.channels.web.desk_interest import Interest
from bot.channels.web.desk_learning import Learning
from bot.channels.web.desk_overview import Figures
from bot.channels.web.desk_reports import Reports
from bot.channels.web.desk_requests import Requests
from bot.channels.web.desk_sign_in import SignIn
from bot.channels.web.desk_team import Team
from bot.channels.web.pages import FIRST, PULSE, Site, Stream, event
from storage import ids

# What an open page shows, and how many seconds later it may be different without a turn.
Watched = Callable[[Signed, str], Awaitable[tuple[str, float]]]


class Desk:
    def __init__(self, site: Site, chat: Chat) -> None:
        self._site = site
        self._door = Door(site, chat)
        self._inbox = Inbox(self._door)
        self._requests = Requests(self._door)
        self._events = Events(self._door)
        self._announcements = Announcements(self._door)

    def routes(self) -> list[Route]:
        return [
            Route("/desk/live", self.live),
            *SignIn(self._door).routes(),
            *Team(self._door).routes(),
            *Log(self._door).routes(),
            *self._inbox.routes(),
            *self._requests.routes(),
            *self._events.routes(),
            *self._announcements.routes(),
            *Groups(self._door).routes(),
            *Experts(self._door).routes(),
            *Learning(self._door).routes(),
            *Reports(self._door).routes(),
            *Figures(self._door).routes(),
            *Interest(self._door).routes(),
        ]

    async def live(self, request: Request) -> Response:
        me = await self._door.who(request, active=False)
        if me is None:
            raise HTTPException(403)
        watched = self._watched(request, me)
        await watched(me, "")
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        return Stream(self._stream(request, watched))

    def _watched(self, request: Request, me: Signed) -> Watched:
        if announcement := _number(request, "ankuendigung"):
            if not me.coordinator.publishes:
                raise HTTPException(403)
            return partial(self._announcements.news, number=announcement)
        if number := _number(request, "anfrage"):
            return partial(self._requests.news, number=number)
        return partial(self._inbox.news, wanted=looked_for(request), number=page_number(request))

    async def _stream(self, request: Request, watched: Watched) -> AsyncIterator[bytes]:
        hub, nonce, shown = self._site.hub, self._site.nonces.new(), ""
        yield FIRST
        while not hub.closed:
            seen = hub.version("desk")
            me = await self._door.who(request, active=False)
            if me is None:
                yield event("", name="ende")
                return
            try:
                fragment, patience = await watched(me, nonce)
            except HTTPException:  # taken away from them while they looked at it
                yield event("", name="weg")
                return
            if fragment != shown:
                yield event(fragment, name="neu")
                shown = fragment
            if await hub.wait("desk", seen, patience) == seen:
                yield PULSE


def _number(request: Request, name: str) -> int:
    return ids.number(request.query_params.get(name, "")) or 0
