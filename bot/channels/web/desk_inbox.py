"""The requests of the desk as a list: its views, what narrows it down, and what is new."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web.desk_door import PAGE, Pages, Signed, page_number
from bot.channels.web.desk_presence import Absence, absences
from bot.channels.web.desk_requests import state_words
from bot.channels.web.pages import PULSE_SECONDS
from handlers.desk.toward_desk import CHANNELS, channel_name
from knowledge.towns import REGIONS
from storage import caseload, coordinators, house, ids
from storage.caseload import Choices, Listed, News, Wanted
from storage.coordinators import Coordinator
from storage.database import Tx
from storage.house import Alarm

HOME = "/desk"
# How the address names a view, and what it is called.
VIEWS = {
    "running": ("", "Alle laufenden"),
    "mine": ("meine", "Meine"),
    "open": ("offen", "Offen"),
    "claimed": ("bearbeitung", "In Bearbeitung"),
    "overdue": ("ueberfaellig", "Überfällig"),
    "waiting": ("wartet", "Wartet auf die Person"),
    "closed": ("abgeschlossen", "Abgeschlossen"),
}
EMPTY = {
    "running": "Alles beantwortet: Gerade wartet niemand.",
    "mine": "Sie haben gerade keine Anfrage übernommen.",
    "open": "Keine Anfrage ist offen.",
    "claimed": "Keine Anfrage ist in Bearbeitung.",
    "overdue": "Keine Anfrage ist überfällig.",
    "waiting": "Gerade warten wir auf niemanden.",
    "closed": "Noch ist keine Anfrage abgeschlossen.",
}
LONGEST_SEARCH = 200
NOBODY = "niemand"  # in the address: what no colleague is on
ALARMS = {
    "dead-letter": "Eine Nachricht konnte nicht verarbeitet werden.",
    "delivery-uncertain": "Es ist unklar, ob eine Nachricht angekommen ist.",
    "undeliverable": "Eine Nachricht konnte nicht zugestellt werden.",
    "desk-unreachable": "Die Gruppe der Koordination ist nicht erreichbar.",
    "urgent": "Eine dringende Anfrage wartet.",
    "restored": "Der Speicher stammt aus einer Sicherung. Was danach kam, fehlt.",
    "answer-undelivered": "Eine Antwort kam nicht bei der Person an.",
    "answer-undeleted": "Eine Nachricht ließ sich bei der Person nicht löschen.",
    "group-trouble": "Mit einer Themengruppe stimmt etwas nicht.",
}
ABOUT_A_REQUEST = ("urgent", "answer-undelivered", "answer-undeleted")
UNKNOWN_ALARM = "Etwas braucht Ihre Aufmerksamkeit."


@dataclass(frozen=True, slots=True)
class Row:
    """A request in the list. `waits` is who has to do something next: us, them or nobody."""

    case: Listed
    state: str
    channel: str
    waits: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the views, with what else was looked for."""

    label: str
    number: int
    path: str
    current: bool


@dataclass(frozen=True, slots=True)
class Warned:
    """An alarm as a sentence. `request` is the id of the request it is about, if any."""

    alarm: Alarm
    sentence: str
    request: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the store has for the page."""

    cases: list[Listed]
    counts: dict[str, int]
    choices: Choices
    alarms: list[Alarm]
    applicants: list[Coordinator]
    absent: dict[int, Absence]
    news: News | None


class Inbox(Pages):
    def routes(self) -> list[Route]:
        return [
            Route(HOME, self.overview),
            Route("/desk/tasten", self.keys),
            Route("/desk/hinweis", self.dismiss, methods=["POST"]),
        ]

    async def overview(self, request: Request) -> Response:
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        values = await self._overview(me, looked_for(request), page_number(request))
        note = await self._door.note(request, me)
        return self._door.page(me, "desk_list.html", note=note, **values)

    async def keys(self, request: Request) -> Response:
        """The sheet of keys, for those whose browser does not open it by itself."""
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        return self._door.page(me, "desk_keys_page.html")

    async def news(self, me: Signed, nonce: str, wanted: Wanted, number: int) -> tuple[str, float]:
        """The list as it is now, for a page that is open."""
        values = await self._overview(me, wanted, number)
        fragment = self._site.render("desk_list_news.html", me=me, nonce=nonce, **values)
        return fragment, PULSE_SECONDS

    async def dismiss(self, request: Request) -> Response:
        async with self._door.signed_form(request) as (me, form):
            kind, subject = str(form.get("kind") or ""), str(form.get("subject") or "")
        if not me.coordinator.publishes:
            raise HTTPException(403)
        now = self._site.clock.now()

        async def unit(tx: Tx) -> None:
            await house.resolve(tx, kind, subject, now)

        await self._site.database.write(unit)
        self._site.hub.changed("desk")
        return RedirectResponse(HOME, 303)

    async def _overview(self, me: Signed, wanted: Wanted, number: int) -> dict[str, object]:
        by, now = me.coordinator, self._site.clock.now()

        async def unit(tx: Tx) -> Seen:
            first = (number - 1) * PAGE
            return Seen(
                await caseload.listed(tx, by, wanted, now, limit=PAGE + 1, offset=first),
                await caseload.counts(tx, by, wanted, now),
                await caseload.choices(tx, by),
                # An alarm speaks of requests that are none of an expert's business.
                await house.alarms(tx) if by.publishes else [],
                await coordinators.waiting(tx, now) if me.is_admin else [],
                await absences(tx, now),
                await caseload.news(tx, by),
            )

        seen = await self._site.database.read(unit)
        return {
            "rows": [_row(case) for case in seen.cases[:PAGE]],
            "tabs": _tabs(wanted, seen.counts),
            "wanted": wanted,
            "view": VIEWS[wanted.view][0],
            "empty": _empty(me, wanted, seen.counts),
            "choices": seen.choices,
            "channels": CHANNELS,
            "regions": REGIONS,
            "nobody": NOBODY,
            "alarms": [_warned(alarm) for alarm in seen.alarms],
            "applicants": seen.applicants,
            "absent": seen.absent,
            "stood_in_for": [
                (number, one)
                for number, one in seen.absent.items()
                if one.deputy_id == by.id and by.publishes
            ],
            "news": seen.news,
            "live": address(wanted, number).replace(HOME, f"{HOME}/live", 1),
            "earlier": address(wanted, number - 1) if number > 1 else "",
            "further": address(wanted, number + 1) if len(seen.cases) > PAGE else "",
        }


def looked_for(request: Request) -> Wanted:
    """What the address looks for; what it does not know is everything that runs."""
    given = request.query_params
    view = next(
        (name for name, (path, _) in VIEWS.items() if path == given.get("ansicht", "")), "running"
    )
    return Wanted(
        view=view,
        channel=given.get("kanal", "")[:LONGEST_SEARCH],
        topic=given.get("thema", "")[:LONGEST_SEARCH],
        region=given.get("land", "")[:LONGEST_SEARCH],
        claimer=_claimer(given.get("bei", "")),
        words=given.get("suche", "").replace("\0", "").strip()[:LONGEST_SEARCH],
    )


def _claimer(given: str) -> int | None:
    """The colleague whom the address names, or nobody."""
    if given == NOBODY:
        return caseload.NOBODY
    return ids.number(given)


def address(wanted: Wanted, number: int = 1) -> str:
    """The address that looks for it."""
    named = {
        "ansicht": VIEWS[wanted.view][0],
        "kanal": wanted.channel,
        "thema": wanted.topic,
        "land": wanted.region,
        "bei": NOBODY if wanted.claimer == caseload.NOBODY else str(wanted.claimer or ""),
        "suche": wanted.words,
        "seite": str(number) if number > 1 else "",
    }
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{HOME}?{query}" if query else HOME


def _tabs(wanted: Wanted, counts: dict[str, int]) -> Sequence[Tab]:
    return [
        Tab(label, counts[name], address(replace(wanted, view=name)), name == wanted.view)
        for name, (_, label) in VIEWS.items()
    ]


def _empty(me: Signed, wanted: Wanted, counts: dict[str, int]) -> str:
    """Why there is nothing to see."""
    if wanted.narrowed:
        elsewhere = counts["running"] + counts["closed"]
        return (
            "Hier passt keine Anfrage. In einer anderen Ansicht stehen welche."
            if elsewhere
            else "Dazu passt keine Anfrage."
        )
    if not me.coordinator.publishes and not counts["running"] and wanted.view == "running":
        return "Gerade ist Ihnen keine Anfrage übergeben."
    return EMPTY[wanted.view]


def _row(case: Listed) -> Row:
    waits = "us" if case.state in ("open", "claimed") and not case.asked_back_at else "them"
    return Row(
        case,
        state_words(case.state, case.asked_back_at),
        channel_name(case.channel),
        "" if case.state == "closed" else waits,
    )


def _warned(alarm: Alarm) -> Warned:
    subject = alarm.subject.removeprefix("request:").removeprefix("K-")
    request = ids.number(subject) if alarm.kind in ABOUT_A_REQUEST else None
    return Warned(alarm, ALARMS.get(alarm.kind, UNKNOWN_ALARM), request)
