"""Who may read and do what: every address and every button, tried by everybody.

Routes, verbs and buttons are walked, not listed, so that a new one is tried from its first
day. What is expected stands in two small tables; they say nothing of how it is kept.
"""

import asyncio
import importlib
import itertools
import pkgutil
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

import handlers
from bot.app import App, web_channels
from bot.channels.base import UNLIMITED, Delivery
from bot.channels.web import (
    desk_announcements,
    desk_events,
    desk_experts,
    desk_groups,
    desk_requests,
)
from bot.settings import Settings
from handlers.message import Incoming, Kind
from handlers.programme import keeping
from knowledge.models import Entry, Event, Expert
from storage import (
    coordinators,
    desk_entries,
    entry_drafts,
    experts,
    groups,
    people,
    requests,
    subscriptions,
)
from storage.database import Tx
from tests.channels.web_rig import Browser, House, house
from tests.support.clock import START, MovableClock

# -- the rules -----------------------------------------------------------------------------

ROLES = (
    "nobody",
    "person",  # A, whose request it is
    "other",  # B, who has another one
    "expert without",
    "expert with",  # A's request was handed to them
    "coordinator",
    "admin",
    "revoked",  # was a coordinator until a moment ago
)

# Words that stand in one place each. Whoever reads one of them may read that place.
WORDS = {
    "A": "Kanarienvogelanton",
    "B": "Kanarienvogelberta",
    "note A": "Notizvogelanton",
    "note B": "Notizvogelberta",
    "draft": "Entwurfsvogel",
    "letter": "Rundbriefvogel",
    "expert": "Fachvogel",  # of whom there is no consent
}
MAY_READ: dict[str, set[str]] = {
    "nobody": set(),
    "person": {"A"},
    "other": {"B"},
    "expert without": set(),
    "expert with": {"A", "note A", "expert"},
    "coordinator": set(WORDS),
    "admin": set(WORDS),
    "revoked": set(),
}

# What may be different after somebody did something. "own": who they are, what they were
# told, their sessions, what they subscribed to. "new": a chat that began with it, as anybody
# may. "draft": an entry that is being written of A's request, and goes with it. "work": all
# events, letters, entries. "people": who is blocked, and the like.
MAY_CHANGE: dict[str, set[str]] = {
    "nobody": {"new"},
    "person": {"new", "own", "request A", "draft"},
    "other": {"new", "own", "request B"},
    "expert without": {"new", "own"},
    "expert with": {"new", "own", "request A"},
    "coordinator": {"new", "own", "work", "draft", "request A", "request B", "people"},
    "admin": {"new", "own", "work", "draft", "request A", "request B", "people", "team"},
    "revoked": {"new"},
}
# Else nothing would be tried at all.
MUST_CHANGE = {
    "person": {"request A"},
    "other": {"request B"},
    "expert with": {"request A"},
    "coordinator": {"work", "request A", "request B"},
    "admin": {"work", "request A", "request B"},
}
# In a messenger everybody is somebody who may ask; whoever was revoked, too.
IN_A_CHAT = {"own"}

TAUGHT = "desk-vorschlag"  # an entry that waits for somebody to approve it

# -- what there is to try --------------------------------------------------------------------


def dictionaries(*names: str) -> dict[str, set[str]]:
    """The keys of all dictionaries of these names in the handlers, by module."""
    found: dict[str, set[str]] = {}
    for module in pkgutil.walk_packages(handlers.__path__, "handlers."):
        loaded = importlib.import_module(module.name)
        for name in names:
            table = getattr(loaded, name, None)
            if isinstance(table, Mapping):
                where = module.name.removeprefix("handlers.")
                found.setdefault(where, set()).update(map(str, table))
    return found


def keys(*names: str, of: str = "") -> set[str]:
    tables = dictionaries(*names)
    return set().union(*(found for module, found in tables.items() if module.startswith(of)))


DESK_VERBS = keys("VERBS", of="desk.") | set(desk_requests.VERBS)
PUBLISHING_VERBS = keys("_VERBS", "_MAKERS", "VERBS", "MAKERS", of="announcing.") | keys(
    "_VERBS", "_MAKERS", "VERBS", "MAKERS", of="programme."
)
PUBLISHING_VERBS |= set(desk_events.VERBS) | set(desk_announcements.VERBS)
GROUP_VERBS = keys("VERBS", of="network.group_desk") | {"see", "join", "yes", "no", "again"}
LEARNING_VERBS = keys("_VERBS", of="desk.learning") | keys("_VERBS", of="desk.entry_chat")
PUBLISHING_VERBS |= set(desk_groups.VERBS) | set(desk_experts.VERBS)
PREFIXES = keys("PUBLISHING_BUTTONS", "BUTTONS")
COMMANDS = keys("COMMANDS", "PUBLISHING")
# What ends a session or removes somebody comes last, or nobody could go on.
LAST = ("ende", "abmelden", "entfernen", "anmelden", "einladung", "loeschen", "erase", "stop")


def in_order(found: Iterable[str]) -> list[str]:
    return sorted(set(found), key=lambda path: (any(end in path for end in LAST), path))


# -- a town with two people and a desk --------------------------------------------------------


@dataclass
class World:
    """Who there is, and what the store calls them."""

    database: Any
    clock: MovableClock
    request: dict[str, int] = field(default_factory=dict)  # A, B
    file: dict[str, str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)  # by role
    chats: dict[str, str] = field(default_factory=dict)
    team: dict[str, int] = field(default_factory=dict)
    event: str = "webtalk-entwurf"

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        async def unit(tx: Tx) -> list[dict[str, Any]]:
            return [dict(row) for row in await tx.all(sql, *values)]

        return await self.database.read(unit)

    async def calm(self) -> None:
        """Until nothing is waiting to be handled or to be delivered."""
        sql = """SELECT (SELECT COUNT(*) FROM inbox WHERE state = 'waiting')
                 + (SELECT COUNT(*) FROM outbox WHERE state IN ('ready', 'sending')
                    AND not_before < '2027') AS n"""
        async with asyncio.timeout(15):
            while (await self.rows(sql))[0]["n"]:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.002)

    async def publish(self) -> None:
        """A draft of an event, and notes that only colleagues may read."""
        draft = Event(
            id=self.event,
            title=f"Webtalk {WORDS['draft']}",
            starts=START + timedelta(days=20),
            topics=("leerstand",),
            description="Noch nicht fertig.",
            source="Koordination",
            checked_on=START.date(),
        )

        # Routes call an event and an expert {id} alike.
        hidden = Expert(
            id=self.event, name=WORDS["expert"], summary="Hilft.", keywords=("Leerstand",)
        )

        async def unit(tx: Tx) -> None:
            now = self.clock.now()
            await keeping.keep(tx, draft, "desk", now, draft=True)
            await experts.keep(
                tx, hidden.id, hidden.model_dump_json(), now,
                coordinator_id=self.team["expert with"], withdrawn_on=None,
            )  # fmt: skip
            await groups.join(tx, "telegram", BOT, "-1", "Gruppe", [], "gruppe", [], now)
            await groups.list_(tx, 1, now, listed=True)
            known = await people.meet(tx, "web", "", "abo", now)
            await subscriptions.subscribe(tx, known.id, "topic", "leerstand", now)
            waiting = Entry(
                id=TAUGHT, title="Ein Vorschlag", asked_as=("Was ist ein Vorschlag?", "Vorschlag"),
                answer="Das.", topics=("leerstand",), source="Test", checked_on=now.date(),
            )  # fmt: skip
            await desk_entries.propose(
                tx, id=TAUGHT, payload=waiting.model_dump_json(), request_id=None,
                by=self.team["admin"], now=now,
            )  # fmt: skip
            await entry_drafts.begin(
                tx, f'{{"answer": "{WORDS["note A"]}"}}', now, request_id=self.request["A"]
            )
            for whose, number in self.request.items():
                words = WORDS[f"note {whose}"]
                await requests.add_message(
                    tx, number, "note", words, now, coordinator_id=self.team["admin"]
                )
            tables = await tx.all("SELECT name FROM sqlite_master WHERE name = 'handed'")
            if tables:
                await tx.run(
                    "INSERT INTO handed (request_id, coordinator_id, at) VALUES (?, ?, ?)",
                    self.request["A"],
                    self.team["expert with"],
                    now.isoformat(),
                )

        await self.database.write(unit)

    async def revoke(self) -> None:
        now = self.clock.now()
        await self.database.write(lambda tx: coordinators.revoke(tx, self.team["revoked"], now))

    def letter(self) -> Incoming:
        """An announcement that nobody has confirmed yet."""
        admin = self.team["admin"]
        return Incoming(
            channel="desk",
            bot="",
            update_id="letter",
            kind=Kind.BUTTON,
            chat=f"desk:{admin}",
            sender=str(admin),
            private=False,
            desk=True,
            action="ann:letter:",
            form={"audience": "leerstand", "text": WORDS["letter"], "plain": "", "at": ""},
            at=self.clock.now(),
        )

    # What is different

    async def state(self) -> dict[tuple[str, str], str]:
        """Every row that matters, by whom or what it belongs to."""

        async def unit(tx: Tx) -> dict[str, list[dict[str, Any]]]:
            tables = await tx.all("SELECT name FROM sqlite_master WHERE type = 'table'")
            names = {str(row["name"]) for row in tables} - _TRAFFIC
            return {
                name: [dict(row) for row in await tx.all(f"SELECT * FROM {name}")]  # noqa: S608
                for name in names
                if not name.startswith("sqlite")
            }

        tables = await self.database.read(unit)
        of_message = {row["id"]: row["request_id"] for row in tables["request_messages"]}
        found: dict[tuple[str, str], str] = {}
        for name, rows in tables.items():
            for number, row in enumerate(rows):
                shown = {key: value for key, value in row.items() if key not in _RESTLESS}
                which = str(row.get("id", row.get("token_hash", number)))
                found[self._owner(name, row, of_message), f"{name} {which}"] = str(shown)
        return found

    def _owner(self, table: str, row: dict[str, Any], of_message: dict[int, int]) -> str:
        if table in _WORK:
            return "work"
        if table == "entry_drafts":
            return "draft"
        if table == "experts":  # the entry is theirs, too
            return self._named(row["coordinator_id"], self.team) or "work"
        if table in _TEAM:
            who = row["id"] if table == "coordinators" else row["coordinator_id"]
            return self._named(who, self.team) or "team"
        request = row["id"] if table == "requests" else row.get("request_id")
        request = request or of_message.get(row.get("message_id") or 0)
        for whose, number in self.request.items():
            if request == number:
                return f"request {whose}"
        if "chat" in row and table in ("transcript", "web_sessions", "return_codes"):
            chats = self.chats | {role: f"desk:{number}" for role, number in self.team.items()}
            return next((f"own {role}" for role in chats if row["chat"] in
                         (self.chats.get(role), f"desk:{self.team.get(role)}")), "new")  # fmt: skip
        person = row["id"] if table == "people" else row.get("person_id")
        if person is not None:
            if any(person == known for known in self.people.values()):
                return self._named(person, self.people) or "new"
            return "new"
        return "work"

    def _named(self, number: Any, names: Mapping[str, int]) -> str:
        return next((f"own {role}" for role, known in names.items() if known == number), "")


_TRAFFIC = {"inbox", "outbox", "due", "tallies", "facts", "pauses", "erasures", "audit",
            "copies", "threads", "subjects"}  # fmt: skip
_RESTLESS = {"seen_at", "conversation", "notice", "noticed_at"}
_WORK = {"events", "event_versions", "announcements", "announcement_recipients", "groups",
         "desk_entries", "phrasings", "canned", "alarms"}  # fmt: skip
_TEAM = {"coordinators", "coordinator_accounts", "invitations", "desk_sessions", "compositions",
         "entry_questions"}  # fmt: skip


def forbidden(role: str, allowed: set[str], before: Any, after: Any) -> list[str]:
    """What changed that this role must not change."""
    wrong = []
    for key in before.keys() | after.keys():
        if before.get(key) == after.get(key):
            continue
        owner, row = key
        of_others = owner.startswith("own ") and owner != f"own {role}"
        kind = "people" if of_others else owner
        if owner == f"own {role}":
            kind = "own"
        if of_others and row.split()[0] in _TEAM:
            kind = "team"
        if of_others and row.startswith("transcript"):
            # What somebody reads in their chat because of their request.
            kind = {"own person": "request A", "own other": "request B"}.get(owner, kind)
        if kind not in allowed:
            wrong.append(f"{row} ({owner})")
    return sorted(wrong)


def leaked(role: str, text: str) -> list[str]:
    return [name for name, word in WORDS.items() if word in text and name not in MAY_READ[role]]


def judge(role: str, wrong: Mapping[str, list[str]]) -> None:
    assert wrong == {}, f"{role}: {len(wrong)} cells are not as the rules say"


# A town is built once. Everybody tries everything in a copy of their own, as if it was
# the first time: a copied store is the same one, and opening it takes no time.


@dataclass(frozen=True)
class Built:
    """A town as it was when it had been built."""

    folder: Path
    world: World
    at: datetime
    sessions: dict[str, tuple[httpx.Cookies, str]] = field(default_factory=dict)  # and the page

    def copied(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.folder, folder / "town"))

    def inside(self, database: Any, clock: MovableClock) -> World:
        """Who there is in a copy that was opened; it is as late there as it was here."""
        clock.move(self.at - clock.now())
        return replace(self.world, database=database, clock=clock)


# -- the browser -------------------------------------------------------------------------------


async def built_for_browsers(folder: Path) -> Built:
    """Two requests, a desk, and a browser for everybody."""
    async with house(folder) as town:
        world = World(town.app.database, town.clock)
        found: dict[str, Browser] = {"nobody": await town.browser(ip="198.51.100.1")}
        for number, (role, whose) in enumerate((("person", "A"), ("other", "B"))):
            browser = found[role] = await town.browser(ip=f"198.51.100.{number + 2}")
            await browser.say(f"Wer zahlt die Kirchturmuhr? {WORDS[whose]}")
            await browser.press("Ja, bitte")
            await town.until("SELECT COUNT(*) FROM requests", number + 1)
            papers = {"files": (f"{WORDS[whose]}.txt", WORDS[whose].encode(), "text/plain")}
            await browser.say("Dazu ein Zettel.", files=papers)
            await town.until("SELECT COUNT(*) FROM files WHERE message_id > 0", number + 1)
            (row,) = await town.rows("SELECT * FROM requests ORDER BY id DESC LIMIT 1")
            (paper,) = await town.rows("SELECT id FROM files ORDER BY created_at DESC LIMIT 1")
            world.request[whose], world.file[whose] = row["id"], paper["id"]
            world.people[role], world.chats[role] = row["person_id"], row["chat"]
        for role in ROLES[3:]:
            job = role.split()[0] if role != "revoked" else "coordinator"
            found[role] = await town.coordinator(name=f"Beispiel {role}", role=job)
            (row,) = await town.rows("SELECT MAX(id) AS id FROM coordinators")
            world.team[role] = row["id"]
            await found[role].open("/desk")
        await world.publish()
        await town.app.receiver([world.letter()])
        await world.calm()
        await world.revoke()
        sessions = {role: (httpx.Cookies(b.client.cookies), b.page) for role, b in found.items()}
        return Built(folder, world, town.clock.now(), sessions)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return asyncio.run(built_for_browsers(tmp_path_factory.mktemp("web")))


@asynccontextmanager
async def browsers(
    built: Built, folder: Path
) -> AsyncIterator[tuple[House, World, dict[str, Browser]]]:
    """A copy of the town, and everybody in it as they were."""
    async with house(built.copied(folder)) as town:
        world = built.inside(town.app.database, town.clock)
        found: dict[str, Browser] = {}
        for number, (role, (cookies, page)) in enumerate(built.sessions.items()):
            browser = found[role] = await town.browser(ip=f"198.51.100.{number + 1}")
            browser.client.cookies = cookies
            browser.page = page
        yield town, world, found


def paths(town: House, world: World, method: str, whose: str) -> list[str]:
    """Every address with the ids of somebody's things put in."""
    found = []
    for route in town.web.routes:
        if not (isinstance(route, Route) and method in (route.methods or ())):
            continue
        if route.path == "/telegram/webhook":
            continue
        verbs = [""]
        if "{verb}" in route.path:
            about_requests = "/anfrage/" in route.path
            verbs = sorted(DESK_VERBS if about_requests else PUBLISHING_VERBS)
        for verb in verbs:
            path = route.path.replace("{verb}", verb)
            event = "{id}" in path and world.event
            for name, value in (
                ("{id:int}", str(world.request[whose])),
                ("{id}", str(event)),
                ("{slug}", "gruppe"),
                ("{number}", "1" if "{line}" not in path else "0"),
                ("{line}", "1"),
                ("{file_id}", world.file[whose]),
                ("{code}", "AAAAA-AAAAA"),
                ("{token}", "geraten"),
            ):
                path = path.replace(name, value)
            found.append(path)
            if path.endswith("/live"):
                found.append(f"{path}?anfrage={world.request[whose]}")
    return in_order(found)


@pytest.fixture(scope="module")
def names() -> dict[str, set[str]]:
    return {"verbs": DESK_VERBS, "publishing": PUBLISHING_VERBS, "prefixes": PREFIXES}


def test_there_is_something_to_try(names: dict[str, set[str]]) -> None:
    assert {"answer", "note", "claim", "take", "close", "reopen"} <= names["verbs"]
    assert {"ok", "stop", "publish", "cancel", "event", "letter"} <= names["publishing"]
    assert {"from", "offer", "keep", "black", "also", "approve", "reject"} <= LEARNING_VERBS
    assert {"close", "reopen", "erase", "ann", "evd", "ho"} <= names["prefixes"]
    assert {"loeschen", "nehmen", "ankuendigen", "veranstaltung"} <= COMMANDS


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_reads_in_the_browser_what_is_not_theirs(
    built: Built, tmp_path: Path, role: str
) -> None:
    wrong: dict[str, list[str]] = {}
    read: set[str] = set()
    async with browsers(built, tmp_path) as (town, world, everybody):
        client = everybody[role].client
        before = await world.state()
        for whose in ("A", "B"):
            for path in paths(town, world, "GET", whose):
                if "/live" in path:
                    answer = await client.head(path)
                    asks = "/desk/" in path and "anfrage" in path and answer.status_code == 200
                    text = WORDS[whose] if asks else ""
                else:
                    answer = await client.get(path)
                    text = answer.text + str(answer.headers)
                assert answer.status_code < 500, path
                read |= {name for name, word in WORDS.items() if word in text}
                if found := leaked(role, text):
                    wrong.setdefault(f"GET {path}", []).extend(found)
        await world.calm()
        if changed := forbidden(role, set(), before, await world.state()):
            wrong["a look"] = changed
    expected = MAY_READ[role]
    assert read >= expected, f"{role} does not even see {expected - read}"
    judge(role, wrong)


def form(browser: Browser, world: World, path: str, whose: str, turn: int) -> dict[str, str]:
    """All that a form there might want, with this browser's own token."""
    filled = _all_fields(browser, world, whose, turn)
    if path.startswith("/desk/"):
        return filled
    # A form with more fields than people have is refused before anybody looks at it.
    return {name: filled[name] for name in ("token", "id", "text", "line", "action", "code")}


def _all_fields(browser: Browser, world: World, whose: str, turn: int) -> dict[str, str]:
    number = str(world.request[whose])
    return {
        "token": browser.field("token"),
        "id": f"matrix-{turn:08}",
        "text": f"Wer zahlt die Kirchturmuhr nun, {turn}?",
        "line": "1",
        "action": f"close:{number}" if turn % 2 else "",
        "code": "AAAAA-AAAAA",
        "name": "Beispiel",
        "role": "admin",
        "coordinator": str(world.team["expert without"]),
        "kind": "urgent",
        "subject": number,
        "audience": "leerstand",
        "title": "Ein Termin",
        "day": "2027-03-12",
        "hour": "18:30",
        "where": "Rathaus",
        "description": "Ein Abend.",
        "plain": "",
        "topic": "leerstand",
        "expert": str(world.team["expert without"]),
        "into": number,
        "reason": "erledigt",
    }


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_does_in_the_browser_what_they_must_not(
    built: Built, tmp_path: Path, role: str
) -> None:
    wrong: dict[str, list[str]] = {}
    changed: set[str] = set()
    async with browsers(built, tmp_path) as (town, world, everybody):
        browser = everybody[role]
        if role in ("person", "other"):
            await browser.open("/")
        turn = itertools.count()
        tried = [(p, w) for w in ("A", "B") for p in paths(town, world, "POST", w)]
        ends = [any(end in path for end in LAST) for path, _ in tried]
        before = await world.state()
        for _, (path, whose) in sorted(zip(ends, tried, strict=True), key=lambda pair: pair[0]):
            answer = await browser.client.post(
                path,
                data=form(browser, world, path, whose, next(turn)),
                headers={"Origin": "https://hotline.example"},
            )
            assert answer.status_code < 500, path
            await world.calm()
            after = await world.state()
            changed |= {key[0] for key in before.keys() | after.keys()
                        if before.get(key) != after.get(key)}  # fmt: skip
            found = leaked(role, answer.text)
            allowed = MAY_CHANGE[role]
            if found or (found := forbidden(role, allowed, before, after)):
                wrong[f"POST {path} of {whose}"] = found
            before = after
    assert changed >= MUST_CHANGE.get(role, set()), f"{role} cannot even do their own work"
    judge(role, wrong)


# -- forms of other sites, and sessions --------------------------------------------------------

FOREIGN = ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
           {"Origin": "null"}, {})  # fmt: skip
# With nobody signed in there is no token; where a browser vouches for the origin, that alone
# must do.
BEFORE_A_SESSION = ("/zurueck", "/rahmen", "/desk/code", "/desk/anmelden/")


@pytest.mark.parametrize("role", ["person", "admin"])
async def test_no_form_of_another_site_has_an_effect(
    built: Built, tmp_path: Path, role: str
) -> None:
    """Every address that takes forms, with our cookies: 403 (404 where nothing is), no change."""
    wrong = {}
    async with browsers(built, tmp_path) as (town, world, everybody):
        browser = everybody[role]
        if role == "person":
            await browser.open("/")
        before = await world.state()
        tried = paths(town, world, "POST", "A")
        assert len(tried) > 25
        for path in tried:
            theirs = path.startswith(("/desk", *BEFORE_A_SESSION)) == (role == "admin")
            # "mine" stands for a token that leaked; then it is the origin that tells.
            for token, headers in [
                *(("", headers) for headers in FOREIGN),
                *(("mine", headers) for headers in FOREIGN[:2]),
                ("0" * 64, {"Origin": "https://hotline.example"}),
                ("", {"Origin": "https://hotline.example"}),
            ]:
                if "hotline" in headers.get("Origin", "") and (
                    not theirs or path.startswith(BEFORE_A_SESSION)
                ):
                    continue
                filled = form(browser, world, path, "A", 0)
                filled["token"] = filled["token"] if token == "mine" else token
                answer = await browser.client.post(path, data=filled, headers=headers)
                if answer.status_code not in (403, 404):
                    wrong[f"{path} {token[:4]} {headers}"] = answer.status_code
        await world.calm()
        changed = forbidden(role, set(), before, await world.state())
    assert wrong == {}
    assert changed == []


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


COOKIES = ("__Host-chat", "__Host-desk")


async def entered(town: House, cookie: str, browser: Browser) -> None:
    """The browser gets a session: of the chat, or of the desk."""
    if cookie == "__Host-chat":
        await browser.say(f"Wer zahlt die Kirchturmuhr? {WORDS['A']}")
    else:
        code = await town.invitation("admin")
        await browser.post(f"/desk/anmelden/{code}", name=WORDS["A"])


async def is_inside(cookie: str, browser: Browser) -> bool:
    await browser.open("/" if cookie == "__Host-chat" else "/desk/team")
    return WORDS["A"] in browser.page


@pytest.mark.parametrize("cookie", COOKIES)
async def test_nobody_can_choose_the_session_of_somebody_else(town: House, cookie: str) -> None:
    chosen = "vorgegeben-0123456789abcdef"
    victim, thief = await town.browser(), await town.browser()
    for browser in (victim, thief):
        browser.client.cookies.set(cookie, chosen, domain="hotline.example")
    await entered(town, cookie, victim)
    values = [one.value for one in victim.client.cookies.jar if one.name == cookie]
    assert any(value != chosen for value in values)
    assert not await is_inside(cookie, thief)


@pytest.mark.parametrize("cookie", COOKIES)
async def test_after_the_end_the_old_cookie_opens_nothing(town: House, cookie: str) -> None:
    browser, thief = await town.browser(), await town.browser()
    await entered(town, cookie, browser)
    thief.client.cookies.set(cookie, browser.client.cookies[cookie], domain="hotline.example")
    assert await is_inside(cookie, thief)
    await is_inside(cookie, browser)
    end = "/ende" if cookie == "__Host-chat" else "/desk/abmelden"
    await browser.post(end, token=browser.field("token"))
    assert not await is_inside(cookie, thief)


@pytest.mark.parametrize(
    ("cookie", "idle", "active"),
    [
        ("__Host-chat", timedelta(days=31), None),
        ("__Host-desk", timedelta(minutes=31), timedelta(minutes=25)),
    ],
)
async def test_a_session_ends_by_itself(
    town: House, cookie: str, idle: timedelta, active: timedelta | None
) -> None:
    """After a pause; at the desk also after a long day without one."""
    browser = await town.browser()
    await entered(town, cookie, browser)
    assert await is_inside(cookie, browser)
    town.clock.move(idle)
    assert not await is_inside(cookie, browser)
    if active:
        day = await town.browser()
        await entered(town, cookie, day)
        passed = timedelta()
        while passed < timedelta(hours=11):
            town.clock.move(active)
            passed += active
            assert await is_inside(cookie, day)
        for _ in range(4):
            town.clock.move(active)
            inside = await is_inside(cookie, day)
        assert not inside


@pytest.mark.parametrize(("cookie", "strict"), [("__Host-chat", "lax"), ("__Host-desk", "strict")])
async def test_a_cookie_is_bound_to_this_site_and_unseen_by_scripts(
    town: House, cookie: str, strict: str
) -> None:
    browser = await town.browser()
    set_: list[str] = []

    async def remember(response: Any) -> None:
        set_.extend(response.headers.get_list("set-cookie"))

    browser.client.event_hooks["response"].append(remember)
    await entered(town, cookie, browser)
    ours = [line for line in set_ if line.startswith(cookie)]
    assert ours
    for line in ours:
        flags = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "secure", "path=/", f"samesite={strict}"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)


# -- the messenger -----------------------------------------------------------------------------

GROUP = "-1001234567890"
BOT = "123456"
NUMBERS = {role: str(20_001 + number) for number, role in enumerate(ROLES)}


class Ear:
    """A messenger in which we hear everything that is said to anybody."""

    name = "telegram"
    bot = BOT
    limits = UNLIMITED

    def __init__(self, first: int = 1) -> None:
        self.heard: list[Delivery] = []
        self._next = itertools.count(first)

    def is_group(self, chat: str) -> bool:
        return chat == GROUP

    async def listen(self, receive: Any) -> None:
        await asyncio.Event().wait()

    async def send(self, delivery: Delivery) -> tuple[str, ...]:
        self.heard.append(delivery)
        return (str(next(self._next)),)

    async def open_thread(self, chat: str, title: str) -> str:
        return f"9{next(self._next)}"

    async def fetch(self, remote: str, into: Any, limit: int) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        pass

    def health(self) -> str:
        return "ok"


@dataclass
class Messenger:
    """The hotline with a messenger; everybody writes with their own numeric account."""

    app: App
    world: World
    ear: Ear
    first: int  # update
    _update: Any = field(init=False)

    def __post_init__(self) -> None:
        self._update = itertools.count(self.first)

    async def does(self, role: str, *, thread: str = "", group: bool = False, **what: Any) -> None:
        number = NUMBERS[role]
        it = Incoming(
            channel="telegram",
            bot=BOT,
            update_id=str(next(self._update)),
            chat=GROUP if group else number,
            thread=thread,
            sender=number,
            sender_name=f"Beispiel {role}",
            private=not group,
            desk=group,
            at=self.app.clock.now(),
            **what,
        )
        await self.app.receiver([it])
        await self.world.calm()

    async def topic(self, whose: str) -> str:
        (row,) = await self.world.rows(
            "SELECT topic FROM threads WHERE name = ?", f"request:{self.world.request[whose]}"
        )
        return str(row["topic"])


@asynccontextmanager
async def messenger(folder: Path, built: Built | None = None) -> AsyncIterator[Messenger]:
    """The hotline, anew or in a copy of a town that was built."""
    clock = MovableClock()
    # Numbers of updates and messages go on where they were.
    ear = Ear(first := 1 if built is None else 10_001)
    data = built.copied(folder) if built else folder
    async with App.open(
        Settings(data=data), lambda app: [*web_channels(app), ear], clock=clock
    ) as app:
        world = built.inside(app.database, clock) if built else World(app.database, clock)
        running = asyncio.create_task(app.run())
        try:
            yield Messenger(app, world, ear, first)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def built_for_messengers(folder: Path) -> Built:
    """Two requests, and a desk in a group; everybody has written once."""
    async with messenger(folder) as place:
        app, world = place.app, place.world

        async def enrol(tx: Tx) -> None:
            now = world.clock.now()
            for role in ROLES[3:]:
                job = role.split()[0] if role != "revoked" else "coordinator"
                one = await coordinators.enrol(tx, f"Beispiel {role}", job, now)
                await coordinators.link_account(tx, one.id, "telegram", BOT, NUMBERS[role])
                world.team[role] = one.id
            await tx.run(
                "INSERT INTO facts (name, value) VALUES ('desk', ?)", f"telegram:{BOT}:{GROUP}"
            )

        await app.database.write(enrol)
        for role in ROLES:
            await place.does(role, text="/start")
            known = await app.database.read(
                lambda tx, role=role: people.known(tx, "telegram", BOT, NUMBERS[role])
            )
            world.people[role] = known.id
        for role, whose in (("person", "A"), ("other", "B")):
            words = f"/mensch Wer zahlt die Kirchturmuhr? {WORDS[whose]}"
            await place.does(role, text=words, message=f"50{whose}")
            await place.does(role, kind=Kind.BUTTON, action="ho:yes")
            (row,) = await world.rows("SELECT MAX(id) AS id FROM requests")
            world.request[whose] = row["id"]
        await world.publish()
        await app.receiver([world.letter()])
        await world.calm()
        await world.revoke()
        return Built(folder, world, world.clock.now())


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return asyncio.run(built_for_messengers(tmp_path_factory.mktemp("group")))


def actions(world: World) -> list[str]:
    """Every button, with the ids of what there is, and some that nobody was ever given."""
    a, b = (str(world.request[whose]) for whose in ("A", "B"))
    found = [f"desk:{verb}:{number}" for verb in DESK_VERBS for number in (a, b)]
    found += [f"{prefix}:{value}" for prefix in PREFIXES for value in (a, b, "yes", world.event)]
    found += [f"ann:{verb}:1" for verb in PUBLISHING_VERBS]
    found += [f"evd:{verb}:{world.event}" for verb in PUBLISHING_VERBS]
    found += [f"grp:{verb}:1" for verb in GROUP_VERBS]
    found += [f"learn:{verb}:{value}" for verb in LEARNING_VERBS
              for value in (a, b, "1", "1:title", "1:1", TAUGHT)]  # fmt: skip
    return in_order(action for action in found if len(action.encode()) <= 64)


def lines(world: World) -> list[str]:
    rests = ("", f"K-{world.request['A']}", world.event, "leerstand: Guten Tag")
    return in_order(f"/{name} {rest}".strip() for name in COMMANDS for rest in rests)


async def tries(
    place: Messenger, role: str, wrong: dict[str, list[str]], *, thread: str = "", group: bool
) -> set[str]:
    """Press and type everything, here; what changed at all."""
    changed: set[str] = set()
    where = f"topic {thread}" if thread else "group" if group else "private"
    everything: list[tuple[str, dict[str, Any]]] = [
        (action, {"kind": Kind.BUTTON, "action": action}) for action in actions(place.world)
    ]
    everything += [(line, {"text": line}) for line in lines(place.world)]
    everything += [("//", {"text": "// eine Notiz"}), ("words", {"text": "Ein paar Worte."})]
    before = await place.world.state()
    for name, what in everything:
        heard = len(place.ear.heard)
        await place.does(role, thread=thread, group=group, **what)
        after = await place.world.state()
        changed |= {key[0] for key in before.keys() | after.keys()
                    if before.get(key) != after.get(key)}  # fmt: skip
        allowed = MAY_CHANGE[role] - {"new"} if group else MAY_CHANGE[role] | IN_A_CHAT
        found = forbidden(role, allowed, before, after)
        before = after
        for said in place.ear.heard[heard:]:
            to = next((r for r, n in NUMBERS.items() if n == said.outgoing.to.chat), "")
            if to:
                found += [f"told {to}: {w}" for w in leaked(to, said.outgoing.model_dump_json())]
        if found:
            wrong[f"{where} {name}"] = found
    return changed


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_does_in_a_private_chat_what_they_must_not(
    group: Built, tmp_path: Path, role: str
) -> None:
    wrong: dict[str, list[str]] = {}
    async with messenger(tmp_path, group) as place:
        changed = await tries(place, role, wrong, group=False)
    must = MUST_CHANGE.get(role, set()) if role != "expert with" else set()
    # Requests are worked on in the group; what is for everybody can be written anywhere.
    assert changed >= {f"own {role}", *(must & {"work"} or must)}
    judge(role, wrong)


@pytest.mark.parametrize("whose", ["A", "B", ""])
@pytest.mark.parametrize("role", ROLES)
async def test_nobody_does_in_the_group_what_they_must_not(
    group: Built, tmp_path: Path, role: str, whose: str
) -> None:
    """In the topic of A's request, of B's, and beside them."""
    wrong: dict[str, list[str]] = {}
    async with messenger(tmp_path, group) as place:
        thread = await place.topic(whose) if whose else ""
        changed = await tries(place, role, wrong, thread=thread, group=True)
    if role in ("coordinator", "admin"):
        assert (f"request {whose}" if whose else "work") in changed
    judge(role, wrong)
