"""Whoever wants to look around fills an empty hotline with a made-up Tuesday."""

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.app import STORE
from bot.demo import fill
from bot.settings import Settings
from storage.database import StoreError
from tests.channels.web_rig import Browser, house
from tests.support.clock import START, MovableClock

STATES = {"open", "claimed", "answered", "closed"}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    guests = asyncio.run(fill(Settings(data=folder), MovableClock()))
    return folder, [guest.link.rpartition("/")[2] for guest in guests]


@pytest.fixture
def filled(once: tuple[Path, list[str]], tmp_path: Path) -> tuple[Path, list[str]]:
    """A folder with the examples, and the codes with which its coordinators sign in."""
    folder, codes = once
    shutil.copytree(folder, tmp_path / "data")
    return tmp_path / "data", codes


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / STORE)) as raw:
        return raw.execute(sql).fetchall()


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: it sets up how errors are written, for good."""
    env = os.environ | {"HOTLINE_DATA": str(folder), "HOTLINE_WEB_PORT": "0"}
    line = [sys.executable, "-m", "bot", *words]
    return subprocess.run(line, env=env, capture_output=True, text=True, timeout=120)


async def signed_in(desk: Browser, code: str) -> None:
    response = await desk.post(f"/desk/anmelden/{code}")
    assert "Abmelden" in response.text


async def test_every_kind_of_work_lies_on_the_desk(filled: tuple[Path, list[str]]) -> None:
    folder, _ = filled
    found = dict(rows(folder, "SELECT state, COUNT(*) FROM requests GROUP BY state"))
    assert set(found) == STATES
    assert sum(found.values()) >= 40
    assert min(found.values()) >= 5
    now = START.isoformat()
    overdue = f"SELECT COUNT(*) FROM requests WHERE state = 'open' AND promised_at < '{now}'"  # noqa: S608
    assert rows(folder, overdue)[0][0] >= 3
    assert rows(folder, "SELECT COUNT(*) FROM requests WHERE urgent = 1") == [(1,)]
    authors = {author for (author,) in rows(folder, "SELECT author FROM request_messages")}
    assert authors == {"person", "coordinator", "note"}
    assert rows(folder, "SELECT COUNT(*) FROM files WHERE message_id IS NOT NULL") == [(3,)]
    assert {row[0] for row in rows(folder, "SELECT channel FROM requests")} == {"web", "console"}


async def test_requests_have_been_passed_on_joined_parted_and_judged(
    filled: tuple[Path, list[str]],
) -> None:
    folder, _ = filled
    handed = rows(
        folder,
        """SELECT c.role, r.answered_at IS NULL FROM handed AS h
           JOIN coordinators AS c ON c.id = h.coordinator_id JOIN requests AS r
           ON r.id = h.request_id ORDER BY 2""",
    )
    assert handed == [("expert", 0), ("expert", 1)]
    assert rows(folder, "SELECT state FROM requests WHERE merged_into IS NOT NULL") == [("closed",)]
    verbs = {verb for (verb,) in rows(folder, "SELECT verb FROM audit")}
    assert {"claim", "give", "merge", "split", "askback", "team-away", "team-waits"} <= verbs
    asked = rows(folder, "SELECT warned_at IS NULL FROM requests WHERE asked_back_at IS NOT NULL")
    assert sorted(asked) == [(0,), (1,)]
    ratings = dict(
        rows(folder, "SELECT rating, COUNT(*) FROM requests WHERE rating <> '' GROUP BY 1")
    )
    assert set(ratings) == {"good", "middling", "bad"}
    words = rows(folder, "SELECT rating_words FROM requests WHERE rating_words IS NOT NULL")
    assert len(words) >= 3
    reasons = rows(folder, "SELECT COUNT(*) FROM requests WHERE closed_reason = 'Beantwortet'")
    assert reasons[0][0] > 5


async def test_the_desk_has_taught_and_somebody_is_away_and_somebody_knocks(
    filled: tuple[Path, list[str]],
) -> None:
    folder, _ = filled
    taught = dict(rows(folder, "SELECT state, COUNT(*) FROM desk_entries GROUP BY state"))
    assert taught == {"live": 2, "proposed": 2}
    own = rows(folder, "SELECT COUNT(*) FROM desk_entries WHERE approved_by = proposed_by")
    assert own == [(0,)]
    assert rows(folder, "SELECT COUNT(*) FROM canned") == [(2,)]
    now = START.isoformat()
    away = "SELECT name FROM coordinators WHERE away_until > ? AND deputy_id IS NOT NULL"
    knocks = "SELECT name FROM coordinators WHERE waits_until > ?"
    with closing(sqlite3.connect(folder / STORE)) as raw:
        assert raw.execute(away, (now,)).fetchall() == [("Toni Beispiel",)]
        assert raw.execute(knocks, (now,)).fetchall() == [("Jona Beispiel",)]


async def test_the_programme_announcements_and_figures_have_a_past(
    filled: tuple[Path, list[str]],
) -> None:
    folder, _ = filled
    events = rows(folder, "SELECT state, COUNT(*) FROM events WHERE origin = 'desk' GROUP BY state")
    assert dict(events).keys() == {"published", "cancelled", "draft"}
    letters = rows(folder, "SELECT state, total FROM announcements")
    assert [state for state, _ in letters] == ["done", "done"]
    assert all(total > 0 for _, total in letters)
    (days,) = rows(folder, "SELECT COUNT(DISTINCT day) FROM tallies")[0]
    assert days > 80
    assert rows(folder, "SELECT COUNT(*) FROM marks")[0][0] > 5


async def test_the_messenger_network_has_people_groups_and_experts(
    filled: tuple[Path, list[str]],
) -> None:
    folder, _ = filled
    shown = """SELECT COUNT(*) FROM profiles AS p JOIN consents AS c ON c.person_id = p.person_id
        WHERE p.state = 'live' AND c.purpose = 'directory' AND c.withdrawn_at IS NULL"""
    assert rows(folder, shown) == [(24,)]
    assert rows(folder, "SELECT COUNT(*) FROM groups WHERE listed_at IS NOT NULL") == [(3,)]
    assert rows(folder, "SELECT COUNT(*) FROM experts") == [(3,)]
    waiting = "SELECT COUNT(*) FROM interests GROUP BY format_id, region ORDER BY 1 DESC"
    assert rows(folder, waiting)[0][0] >= 5  # enough to be shown, and to begin something


async def test_everything_says_that_it_is_an_example(filled: tuple[Path, list[str]]) -> None:
    folder, _ = filled
    invented = [
        *rows(folder, "SELECT name FROM coordinators"),
        *rows(folder, "SELECT payload FROM events WHERE origin = 'desk'"),
        *rows(folder, "SELECT text FROM announcements"),
        *rows(folder, "SELECT text FROM request_messages WHERE author <> 'person'"),
        *rows(folder, "SELECT rating_words FROM requests WHERE rating_words IS NOT NULL"),
        *rows(folder, "SELECT payload FROM desk_entries"),
        *rows(folder, "SELECT title || text FROM canned"),
        *rows(folder, "SELECT name FROM profiles"),
        *rows(folder, "SELECT title FROM groups"),
        *rows(folder, "SELECT payload FROM experts"),
    ]
    assert [words for (words,) in invented if "Beispiel" not in words] == []
    # What people ask reads as they would ask; a note beside it says that nobody did.
    unmarked = """SELECT COUNT(*) FROM requests AS r WHERE NOT EXISTS (
        SELECT 1 FROM request_messages AS m WHERE m.request_id = r.id
        AND m.author = 'note' AND m.text LIKE 'Beispiel:%')"""
    assert rows(folder, unmarked) == [(0,)]


async def test_nothing_can_reach_a_network_or_waits_to_be_sent(
    filled: tuple[Path, list[str]],
) -> None:
    folder, _ = filled
    channels = {row[0] for row in rows(folder, "SELECT channel FROM addresses")}
    assert channels == {"web", "console"}
    assert rows(folder, "SELECT COUNT(*) FROM outbox WHERE state <> 'sent'") == [(0,)]
    assert rows(folder, "SELECT COUNT(*) FROM inbox WHERE state <> 'done'") == [(0,)]
    assert rows(folder, "SELECT COUNT(*) FROM alarms") == [(0,)]


async def test_all_pages_of_the_desk_and_of_the_programme_show_it(
    filled: tuple[Path, list[str]],
) -> None:
    folder, codes = filled
    numbers = [row[0] for row in rows(folder, "SELECT id FROM requests")]
    waiting = [row[0] for row in rows(folder, "SELECT id FROM requests WHERE state = 'open'")]
    events = [row[0] for row in rows(folder, "SELECT id FROM events WHERE origin = 'desk'")]
    public = [row[0] for row in rows(folder, "SELECT id FROM events WHERE state <> 'draft'")]
    (file,) = rows(folder, "SELECT id FROM files")[0]
    async with house(folder) as town:
        desk = await town.browser()
        await signed_in(desk, codes[0])
        pages = [
            *("/", "/events", "/datenschutz", "/barrierefreiheit", "/health", "/metrics"),
            *("/desk", "/desk?ansicht=abgeschlossen", "/desk/team", "/desk/protokoll"),
            *("/desk/lernen", "/desk/lernen/neu", "/desk/uebersicht", "/desk/uebersicht.csv"),
            *("/desk/veranstaltungen", "/desk/ankuendigungen", "/desk/ankuendigungen/1"),
            *(f"/desk/anfrage/{number}" for number in numbers),
            *(f"/desk/veranstaltungen/{event}" for event in events),
            *(f"/events/{event}" for event in public),
            f"/desk/datei/{file}",
        ]
        for path in pages:
            assert (await desk.open(path)).status_code == 200, path
        await desk.open("/desk")
        assert [number for number in waiting if f"K-{number}" not in desk.page] == []
        for code in codes[1:]:
            await signed_in(await town.browser(), code)


async def test_work_goes_on_in_it_as_in_any_store(filled: tuple[Path, list[str]]) -> None:
    folder, codes = filled
    ((number, chat),) = rows(
        folder, "SELECT id, chat FROM requests WHERE claimed_by IS NULL AND channel = 'web' LIMIT 1"
    )
    async with house(folder) as town:
        desk = await town.browser()
        await signed_in(desk, codes[0])
        await desk.open(f"/desk/anfrage/{number}")
        await desk.post(
            f"/desk/anfrage/{number}/answer",
            token=desk.field("token"),
            id=desk.field("id"),
            text="Das übernimmt der Bauhof.",
        )
        assert "Das übernimmt der Bauhof." in desk.page
        sql = "SELECT COUNT(*) FROM transcript WHERE chat = ? AND payload LIKE '%Bauhof%'"

        async def heard() -> int:
            return int((await town.rows(sql, chat))[0]["COUNT(*)"])

        async with asyncio.timeout(10):
            while not await heard():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_it_never_touches_a_store_that_somebody_uses(
    filled: tuple[Path, list[str]],
) -> None:
    folder, _ = filled
    before = rows(folder, "SELECT COUNT(*), MAX(id) FROM requests")
    with pytest.raises(StoreError, match="nicht leer"):
        await fill(Settings(data=folder), MovableClock())
    refused = command(folder, "demo")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert rows(folder, "SELECT COUNT(*), MAX(id) FROM requests") == before
    somebody = folder / "other"
    async with house(somebody) as town:
        await (await town.browser()).say("Guten Tag")
    with pytest.raises(StoreError, match="nicht leer"):
        await fill(Settings(data=somebody), MovableClock())


async def test_the_command_prints_a_link_for_each_and_the_doctor_finds_nothing(
    tmp_path: Path,
) -> None:
    async with house(tmp_path):
        pass  # a store in which nothing happened is an empty one
    done = command(tmp_path, "demo")
    assert done.returncode == 0, done.stderr
    links = re.findall(r"(\w+ Beispiel) \(.*\): (http://\S+/desk/anmelden/\S+)", done.stdout)
    names = ["Erika Beispiel", "Max Beispiel", "Kim Beispiel", "Toni Beispiel"]
    assert [name for name, _ in links] == names
    assert len({link for _, link in links}) == len(names)
    examined = command(tmp_path, "doctor")
    assert examined.returncode == 0, examined.stdout
    assert "in der Koordination" in examined.stdout
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(tmp_path, "PRAGMA foreign_key_check") == []
