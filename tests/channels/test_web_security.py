"""Strangers, machines and fuzz meet the web server."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route

from bot.channels.web import markup
from bot.channels.web.app import build_web
from handlers.text import Mark, Text
from storage.database import StoreTrouble
from tests.channels.web_rig import URL, house

FOREIGN = "https://evil.example"


@pytest.fixture
async def town(tmp_path):
    async with house(tmp_path) as running:
        yield running


def posts(town):
    """Every address that changes something."""
    found = []
    for route in town.web.routes:
        if isinstance(route, Route) and route.methods and "POST" in route.methods:
            path = route.path
            for name, value in (
                ("{code}", "AAAAA"),
                ("{id:int}", "1001"),
                ("{verb}", "close"),
                ("{token}", "guessed"),
            ):
                path = path.replace(name, value)
            if path != "/telegram/webhook":
                found.append(path)
    return found


async def snapshot(town):
    tables = ("web_sessions", "transcript", "inbox", "requests", "coordinators", "invitations",
              "desk_sessions", "return_codes", "files", "alarms")  # fmt: skip
    return {
        table: len(await town.rows(f"SELECT * FROM {table}"))  # noqa: S608
        for table in tables
    }


async def test_no_foreign_page_changes_anything_even_with_our_cookies(town):
    person, number = await town.request()
    desk = await town.coordinator(role="admin")
    await desk.open(f"/desk/anfrage/{number}")
    desk.client.cookies.update(person.client.cookies)
    before = await snapshot(town)
    tokens = (desk.field("token"), person.field("token"), "")
    assert len(posts(town)) >= 14
    for path in posts(town):
        for token in tokens:
            for headers in (
                {"Origin": FOREIGN},
                {"Origin": FOREIGN, "Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site", "Origin": URL},
                {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
            ):
                response = await desk.post(
                    path,
                    origin=None,
                    headers=headers,
                    token=token,
                    text="x",
                    code="AAAAA",
                    name="x",
                )
                assert response.status_code in (403, 404), (path, headers)
    assert await snapshot(town) == before
    assert (await town.rows("SELECT state FROM requests"))[0]["state"] == "open"


async def test_without_the_token_of_the_session_nothing_changes(town):
    person, _ = await town.request()
    desk = await town.coordinator(role="admin")
    desk.client.cookies.update(person.client.cookies)
    before = await snapshot(town)
    for path in posts(town):
        if path in ("/zurueck", "/rahmen", "/desk/code") or "anmelden" in path:
            continue  # nobody is anybody yet
        for token in ("", "wrong", "ä"):
            response = await desk.post(path, token=token, text="Bitte nicht verlieren")
            assert response.status_code in (403, 404), path
    response = await desk.post("/", token="wrong", text="Bitte nicht verlieren")
    assert "Bitte nicht verlieren" in response.text
    assert await snapshot(town) == before


async def test_a_browser_that_tells_no_origin_needs_the_token(town):
    person = await town.browser()
    assert (await person.post("/", origin=None, text="Hallo")).status_code == 403
    await person.say("Hallo")
    token = person.field("token")
    response = await person.post("/", origin=None, text="Noch etwas", token=token)
    assert response.status_code == 200
    assert "Noch etwas" in " ".join(person.lines)


async def test_looking_changes_nothing(town):
    person, _ = await town.request()
    desk = await town.coordinator(role="admin")
    await desk.open("/desk")
    desk.client.cookies.update(person.client.cookies)
    before = await snapshot(town)
    for path in posts(town):
        await desk.client.get(path)
        await desk.client.get(path, params={"text": "x", "action": "faq:x"})
    assert await snapshot(town) == before


async def test_every_answer_carries_its_protection(town):
    browser = await town.browser()
    for path in ("/", "/desk", "/datenschutz", "/nichts", "/health", "/static/web.css",
                 "/desk/anmelden/x", "/datei/x"):  # fmt: skip
        headers = (await browser.client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] in ("no-referrer", "same-origin")
        assert "max-age" in headers["strict-transport-security"]
    frame = (await browser.client.get("/rahmen")).headers
    assert "frame-ancestors *" in frame["content-security-policy"]
    assert "x-frame-options" not in frame


def rebuilt(town, **other):
    """The same house behind a web server with some parts exchanged."""
    parts = {
        "database": town.app.database,
        "hub": town.app.hub,
        "cupboard": town.app.cupboard,
        "house": lambda: town.app.house,
        "knowledge": lambda: town.app.content.knowledge,
        "receive": town.app.receiver,
        "clock": town.clock,
        "secure": True,
        "health": town.app.status.health,
        "metrics": town.app.status.metrics,
    }
    return build_web(**{**parts, **other})


async def test_an_unforeseen_error_is_a_german_page_with_the_same_protection(town):
    class Broken:
        async def within(self, tx, messages):
            raise RuntimeError("secret words")

    town.web = rebuilt(town, receive=Broken())
    person = await town.browser()
    response = await person.say("Hallo")
    assert response.status_code == 500
    assert "Bei uns ist ein Fehler aufgetreten" in response.text
    assert "secret words" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert await town.rows("SELECT * FROM transcript") == []


async def test_a_full_disk_is_told_and_what_was_typed_stays(town, monkeypatch):
    person = await town.browser()
    await person.say("Hallo")
    desk = await town.coordinator()

    async def full(unit):
        raise StoreTrouble("database or disk is full")

    monkeypatch.setattr(town.app.database, "write", full)
    response = await person.say("Bitte nicht verlieren")
    assert response.status_code == 503
    assert "Bitte nicht verlieren" in response.text
    assert (await person.open("/")).status_code == 200
    assert (await desk.open("/desk")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nichts", 404),
        ("GET", "/static/..%2f..%2fapp.py", 404),
        ("GET", "/datei/..%2f..%2fhotline.sqlite3", 404),
        ("POST", "/datenschutz", 405),
        ("PUT", "/", 405),
        ("DELETE", "/desk", 405),
        ("POST", "/telegram/webhook", 404),
        ("GET", "/telegram/webhook", 405),
        ("GET", "/desk/anfrage/abc", 404),
    ],
)
async def test_a_wrong_address_is_answered_in_german(town, method, path, status):
    browser = await town.browser()
    response = await browser.client.request(method, path, headers={"Origin": URL})
    assert response.status_code == status
    if not path.startswith("/telegram"):
        assert "<h1>" in response.text
        assert 'lang="de"' in response.text


async def test_the_webhook_passes_one_secret_and_a_bounded_body(tmp_path):
    heard = []

    async def webhook(secret, body):
        heard.append((secret, len(body)))
        return 200

    async with house(tmp_path) as town:
        town.web = rebuilt(town, telegram_webhook=webhook)
        client = (await town.browser()).client
        name = b"X-Telegram-Bot-Api-Secret-Token"
        path = "/telegram/webhook"
        await client.post(path, headers=[(name, b"\xff\xe4")], content=b"{}")
        await client.post(path, headers=[(name, b"a"), (name, b"b")], content=b"{}")
        await client.post(path, content=b"{")
        too_large = await client.post(path, content=b"x" * 1_100_000)

        async def without_end():
            while True:
                yield b"x" * 100_000

        endless = await client.post(path, content=without_end())
    assert heard == [(b"\xff\xe4", 2), (None, 2), (None, 1)]
    assert (too_large.status_code, endless.status_code) == (413, 413)


async def test_health_and_metrics_are_for_machines(town):
    client = (await town.browser()).client
    health = await client.get("/health")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert "hotline_inbox_age_seconds" in (await client.get("/metrics")).text


async def test_nonsense_never_becomes_an_error_of_ours(town):
    person, _ = await town.request()
    desk = await town.coordinator()
    desk.client.cookies.update(person.client.cookies)
    chance = random.Random(20261122)
    paths = [route.path for route in town.web.routes if isinstance(route, Route)]
    types = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
             "multipart/form-data", "application/json", "text/plain; charset=nope", ""]  # fmt: skip
    statuses = set()
    for _ in range(400):
        path = chance.choice(paths)
        while "{" in path:
            start, end = path.index("{"), path.index("}")
            filler = chance.choice(["1001", "x", "%00", "%ff", "..", "9" * 30, "🙂"])
            path = path[:start] + filler + path[end + 1 :]
        if path.endswith("/live"):
            continue
        body = chance.randbytes(chance.randrange(200))
        if chance.random() < 0.5:
            body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n' + body
        response = await desk.client.request(
            chance.choice(["GET", "POST", "HEAD", "PATCH"]),
            path,
            content=body,
            params={"hinweis": chance.choice(["", "x", "9" * 40]), "seite": "²"},
            headers={"Origin": URL, "Content-Type": chance.choice(types)},
        )
        statuses.add(response.status_code)
        assert response.status_code < 500, path
    assert {200, 404, 405} <= statuses


async def test_only_the_trusted_proxy_says_where_somebody_is(town):
    codes = []
    for number in range(12):
        person = await town.browser(ip="192.0.2.77")
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        codes.append((await person.post("/", text="Hallo", headers=headers)).status_code)
    assert codes.count(429) == 2


# Text becomes HTML


@given(st.text(alphabet="<>&\"'a \n/:.h", max_size=60))
def test_no_character_of_a_text_becomes_markup(characters):
    shown = str(markup.words(f"http://x.de/{characters}"))
    without = shown
    for known in ("<a ", "</a>"):
        without = without.replace(known, "")
    assert "<" not in without


@given(
    st.text(alphabet="ab<\n", max_size=20),
    st.lists(
        st.builds(
            Mark,
            kind=st.sampled_from(["bold", "link", "quote"]),
            start=st.integers(0, 25),
            end=st.integers(0, 25),
            url=st.sampled_from(["https://a.de", "javascript:alert(1)", None]),
        ),
        max_size=5,
    ),
)
def test_marks_in_any_order_keep_every_character(characters, marks):
    shown = markup.html(Text(characters=characters, marks=tuple(marks)))
    assert shown.striptags().split() == markup.escape(characters).unescape().split()
    assert "javascript" not in shown


def test_marks_become_elements():
    text = Text.bold("K-1001") + " " + Text.link("Seite", "https://a.de/?b=1&c") + "\n"
    shown = markup.html(text + Text.quote("Zitat"))
    assert shown == (
        '<strong>K-1001</strong> <a href="https://a.de/?b=1&amp;c" rel="noopener noreferrer" '
        'target="_blank">Seite</a>\n<blockquote>Zitat</blockquote>'
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\Brief.doc", "Brief.doc"),
        ("a\0b\u202e.png", "ab.png"),
        ("", "Datei"),
        ("x" * 300 + ".pdf", "x" * 110 + ".pdf"),
    ],
)
def test_a_file_name_is_shown_without_tricks(given, shown):
    assert markup.file_name(given) == shown
