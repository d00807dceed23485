"""The webhook: 200 means kept, and whoever does not know the secret changes nothing."""

import http.client
import json
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fakes.botapi import FakeBotApi
from tests.rigs.program import Birth, Nursery, environment, nursery, store, unfinished, until

SECRET = "ein-geheimnis-fuer-den-webhook-0123456789"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
QUESTION = "Was kostet die Teilnahme?"


@pytest.fixture
def api() -> Iterator[FakeBotApi]:
    with FakeBotApi.threaded() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def program(tmp_path: Path, api: FakeBotApi) -> Iterator[Nursery]:
    # Nothing listens at that address; the test delivers in Telegram's place.
    settings = {
        "telegram_webhook_url": "https://hotline.invalid/telegram/webhook",
        "telegram_webhook_secret": SECRET,
    }
    with nursery(tmp_path, environment(tmp_path, api, **settings)) as made:
        yield made


def up(program: Nursery) -> Birth:
    birth = program.start()
    until(lambda: birth.is_up)
    return birth


def update(number: int, person: int, text: str) -> bytes:
    card = {"id": person, "first_name": "Eine"}
    message = {
        "message_id": number,
        "date": 1_795_000_000,
        "chat": card | {"type": "private"},
        "from": card | {"is_bot": False},
        "text": text,
    }
    return json.dumps({"update_id": number, "message": message}).encode()


def delivered(url: str, body: bytes, *secrets: bytes) -> int:
    """Post it with these secret headers; the status of the answer."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=15)
    try:
        connection.putrequest("POST", "/telegram/webhook")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        for secret in secrets:
            connection.putheader(HEADER, secret)
        connection.endheaders(body)
        with connection.getresponse() as response:
            return response.status
    finally:
        connection.close()


def inbox(folder: Path) -> int:
    return len(store(folder, "SELECT id FROM inbox WHERE channel = 'telegram'"))


def test_what_got_200_is_handled_although_we_die_right_after(
    tmp_path: Path, api: FakeBotApi, program: Nursery
) -> None:
    lives = 8
    people = [api.user(1001 + life) for life in range(lives)]

    def answered(number: int) -> bool:
        return all(any("kostenlos" in m.text for m in p.received) for p in people[:number])

    for life in range(lives):
        birth = up(program)
        # Who was killed twice while saying the same thing says it no third time.
        api.wait(partial(answered, life), 30)
        body = update(5000 - life, people[life].id, QUESTION)
        assert delivered(birth.url, body, SECRET.encode()) == 200
        program.signal(signal.SIGKILL)
        assert program.buried() == -signal.SIGKILL
        assert inbox(tmp_path) == life + 1
    birth = up(program)
    api.wait(partial(answered, lives), 30)
    # Telegram repeats what it got no answer to; here it got none in time.
    assert delivered(birth.url, update(5000, people[0].id, QUESTION), SECRET.encode()) == 200
    until(lambda: not unfinished(tmp_path))
    assert inbox(tmp_path) == lives
    for person in people:
        assert 1 <= sum("kostenlos" in m.text for m in person.received) <= 2


def test_without_the_secret_nothing_happens(
    tmp_path: Path, api: FakeBotApi, program: Nursery
) -> None:
    birth = up(program)
    api.user(1001)
    secret = SECRET.encode()
    for wrong in (
        (),
        (b"",),
        (b"falsch",),
        (secret[:-1],),
        (secret + b"x",),
        ("geheimnis-mit-ü-".encode() * 4,),
        (b"\xff\xfe" * 20,),
        (secret, secret),
        (secret, b"falsch"),
        (b"falsch", secret),
    ):
        assert delivered(birth.url, update(5001, 1001, QUESTION), *wrong) == 401, wrong
    assert inbox(tmp_path) == 0
    assert delivered(birth.url, update(5001, 1001, QUESTION), secret) == 200
    assert inbox(tmp_path) == 1
    api.wait(lambda: any("kostenlos" in m.text for m in api.user(1001).received))
