"""People see what we hold of them, and have it erased for good."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import consents, groups, people, rights
from storage.database import Database, Tx
from storage.moments import moment
from tests.channels.web_rig import House, house
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Person, Topic
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk, hotline

CANARY = "Kirchturmuhrzeigerzwiebel"
NOTE = "Randbemerkungsmöwe"
ANSWER = "Antwortklappstuhl"
# What a column is called that can lead to a person.
PERSONAL = {"person_id", "chat", "queue", "scope", "message_id", "request_id", "conversation"}


def words_of(folder: Path) -> bytes:
    """Every byte that the hotline keeps on its disk."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def everything(talk: Talk | House, but: str = "") -> str:
    """All rows of all tables as text."""
    tables = await talk.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> ?", but
    )
    rows = [row for table in tables for row in await talk.rows(f"SELECT * FROM {table['name']}")]  # noqa: S608
    return "\n".join(str(row) for row in rows)


async def a_life(talk: Talk) -> tuple[Person, Topic]:
    """Somebody who asked, sent a file, got an answer, and about whom a note was taken."""
    person = talk.person("Canary Mustermensch")
    topic = await talk.request(person, f"Wer repariert die {CANARY}?")
    person.sends_document(f"{CANARY} als Text".encode(), f"{CANARY}.txt")
    await talk.hears(person, "gelegt")
    member = talk.api.group(DESK).member(COORDINATOR)
    member.says(f"// {NOTE}", thread=topic)
    member.says(ANSWER, thread=topic)
    await talk.hears(person, ANSWER)
    await talk.until(lambda: talk.rows("SELECT state FROM files"), [{"state": "stored"}])
    await talk.settled()
    return person, topic


async def erases(talk: Talk, person: Person) -> str:
    question = await talk.ask(person, "/loeschen", "Soll ich alles löschen")
    person.presses("Ja, alles löschen", question)
    return (await talk.hears(person, "Alles gelöscht")).text


async def test_people_read_what_we_hold_of_them(talk: Talk) -> None:
    person, _ = await a_life(talk)
    shown = (await talk.ask(person, "/meinedaten", "Was wir über Sie gespeichert haben")).text
    assert "24. November 2026" in shown
    assert "**" not in shown
    assert "K-1001" in shown
    assert f"Wer repariert die {CANARY}?" in shown
    assert f"Datei: {CANARY}.txt" in shown
    assert f"Koordination, 24.11.2026, 10:00: {ANSWER}" in shown
    # The desk was told that nobody else sees its notes.
    assert NOTE not in shown
    assert "interne Notizen der Koordination: 1" in shown


async def test_an_answer_is_theirs_only_once_it_is_sent(talk: Talk) -> None:
    person, topic = await a_life(talk)
    member = talk.api.group(DESK).member(COORDINATOR)
    member.says("/morgen Das Bauamt zahlt es.", thread=topic)
    await talk.api.wait_for(lambda: any("Bis dahin" in m.text for m in topic.messages))

    async def handed_out(tx: Tx) -> str:
        person_id = await rights.find(tx, "K-1001")
        assert person_id is not None
        return str(await rights.export(tx, person_id))

    before = await talk.ask(person, "/meinedaten", "Was wir über Sie")
    assert "Bauamt" not in before.text
    assert "Bauamt" not in await talk.app.database.read(handed_out)
    await talk.passes(timedelta(hours=24))
    await talk.hears(person, "Das Bauamt zahlt es.")
    after = await talk.ask(person, "/meinedaten", "Was wir über Sie")
    assert "Bauamt" in after.text
    assert "Bauamt" in await talk.app.database.read(handed_out)


async def test_nobody_reads_anothers_data(talk: Talk) -> None:
    await a_life(talk)
    stranger = talk.person()
    shown = await talk.ask(stranger, "/meinedaten", "Was wir über Sie")
    assert CANARY not in shown.text
    assert "K-1001" not in shown.text
    assert "Anfragen haben wir keine" in shown.text


async def test_more_words_than_one_answer_holds_are_counted(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person)
    for _ in range(6):
        person.says("lang " * 800)
    await talk.settled()
    shown = await talk.ask(person, "/meinedaten", "Was wir über Sie")
    assert "Nachrichten dazu: 7" in shown.text
    assert "lang lang" not in shown.text


async def test_erasing_is_asked_once_more(talk: Talk) -> None:
    person, _ = await a_life(talk)
    before = await talk.rows("SELECT * FROM request_messages")
    question = await talk.ask(person, "/löschen", "nicht rückgängig")
    person.presses("Nein, behalten", question)
    await talk.hears(person, "es bleibt alles")
    assert await talk.rows("SELECT * FROM request_messages") == before


async def test_a_yes_in_words_erases_nothing_and_hands_nothing_over(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, f"Wer repariert die {CANARY}?", "Soll ich es")
    await talk.ask(person, "/loeschen", "Soll ich alles löschen")
    await talk.ask(person, "ja", "worauf sich Ihr Ja bezieht")
    assert await talk.rows("SELECT id FROM requests") == []
    assert len(await talk.rows("SELECT id FROM people")) == 1


async def test_the_ways_to_ones_data_are_shown_with_the_privacy_notice(talk: Talk) -> None:
    person = talk.person()
    shown = await talk.ask(person, "/datenschutz", "löschen lassen")
    person.presses("Meine Daten zeigen", shown)
    overview = await talk.hears(person, "Was wir über Sie")
    person.presses("Meine Daten löschen", overview)
    await talk.hears(person, "Soll ich alles löschen")


async def test_nothing_of_an_erased_person_is_left(talk: Talk, tmp_path: Path) -> None:
    person, _ = await a_life(talk)
    assert CANARY.encode() in words_of(tmp_path)
    told = await erases(talk, person)
    assert "Zurückgezogen: K-1001" in told
    assert "liegt bei Telegram" in told
    await talk.settled()
    for word in (CANARY, NOTE, ANSWER, "Mustermensch"):
        assert word not in await everything(talk)

    async def on_disk() -> bool:
        content = words_of(tmp_path)
        return any(word.encode() in content for word in (CANARY, NOTE, ANSWER, "Mustermensch"))

    await talk.until(on_disk, False)
    assert list((tmp_path / "files").iterdir()) == []
    # Only our last sentence knows the chat, until it is forgotten like any other.
    assert str(person.id) not in await everything(talk, but="outbox")
    assert len(await talk.rows("SELECT id FROM outbox WHERE chat = ?", str(person.id))) == 1
    assert await talk.rows("SELECT * FROM people") == []


async def test_the_desk_learns_that_a_request_was_withdrawn_and_loses_its_words(
    talk: Talk,
) -> None:
    person, topic = await a_life(talk)
    await erases(talk, person)
    await talk.settled()
    shown = [m.text for m in topic.messages if not m.deleted]
    assert any("K-1001 wurde zurückgezogen" in text for text in shown)
    assert not any(word in text for text in shown for word in (CANARY, NOTE, ANSWER))
    rows = await talk.rows("SELECT person_id, chat, state, topic, wiped_at FROM requests")
    assert rows[0]["wiped_at"]
    assert {**rows[0], "wiped_at": ""} == {
        "person_id": None,
        "chat": "",
        "state": "closed",
        "topic": "",
        "wiped_at": "",
    }
    assert await talk.rows("SELECT * FROM due WHERE kind = 'unanswered'") == []


async def test_an_answer_to_a_withdrawn_request_reaches_nobody(talk: Talk) -> None:
    person, topic = await a_life(talk)
    await erases(talk, person)
    await talk.settled()
    member = talk.api.group(DESK).member(COLLEAGUE)
    member.says("Noch etwas", thread=topic)
    await talk.api.wait_for(lambda: any("Nichts wurde gesendet" in m.text for m in topic.messages))
    await talk.settled()
    assert talk.silence(person) == []


async def test_whoever_writes_again_is_somebody_new(talk: Talk) -> None:
    person, _ = await a_life(talk)
    await erases(talk, person)
    await talk.ask(person, "Hallo", "Kurz vorab")
    shown = await talk.ask(person, "/meinedaten", "Was wir über Sie")
    assert "Anfragen haben wir keine" in shown.text
    await talk.passes(timedelta(days=1))
    assert len(await talk.rows("SELECT * FROM people")) == 1


async def test_an_update_that_telegram_repeats_brings_nobody_back(talk: Talk) -> None:
    person, _ = await a_life(talk)
    first = await talk.rows("SELECT MIN(update_id) AS id FROM inbox WHERE channel = 'telegram'")
    await erases(talk, person)
    await talk.settled()
    talk.api.redeliver(int(first[0]["id"]))
    # The next message comes after the repeated one, so both have been looked at.
    other = talk.person()
    await talk.ask(other, "Hallo", "Guten Tag")
    assert CANARY not in await everything(talk)
    assert len(await talk.rows("SELECT * FROM people")) == 1


async def test_others_and_what_was_counted_stay(talk: Talk) -> None:
    other = talk.person()
    await talk.request(other, "Wer stimmt die Orgel?")
    person, _ = await a_life(talk)
    counted = await talk.rows("SELECT * FROM tallies ORDER BY what, subject")
    await erases(talk, person)
    await talk.settled()
    after = await talk.rows("SELECT * FROM tallies WHERE what <> 'erased' ORDER BY what, subject")
    assert after == counted
    texts = await talk.rows("SELECT text FROM request_messages")
    assert [row["text"] for row in texts] == ["Wer stimmt die Orgel?"]
    await talk.ask(other, "/anfragen", "K-1001")


async def test_erasing_while_a_message_is_on_its_way_stops_nothing(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy for the desk arrives after the person was erased: then it belongs to nobody."""
    person = talk.person()
    topic = await talk.request(person)
    [telegram] = [c for c in talk.app.channels if c.name == "telegram"]
    send = telegram.send
    flying, may_land = asyncio.Event(), asyncio.Event()

    async def slow(delivery: Any) -> tuple[str, ...]:
        if CANARY in delivery.outgoing.text.characters:
            flying.set()
            await may_land.wait()
        return await send(delivery)

    monkeypatch.setattr(telegram, "send", slow)
    person.says(f"Und die {CANARY}?")
    async with asyncio.timeout(10):
        await flying.wait()
    await erases(talk, person)
    may_land.set()
    await talk.settled()
    await talk.api.wait_for(lambda: any("zurückgezogen" in m.text for m in topic.messages))
    assert await talk.rows("SELECT * FROM copies") == []
    assert CANARY not in await everything(talk)
    # The courier is through with it, and not trying to keep it again and again.
    [courier] = [c for c in talk.app.couriers if c.channel is telegram]
    async with asyncio.timeout(4):
        await courier.stop(patience=8)


async def test_an_erasure_outlives_a_restart(tmp_path: Path, api: FakeBotApi) -> None:
    """Somebody puts yesterday's database back by hand; the journal remembers."""
    async with hotline(tmp_path, api) as talk:
        person = talk.person()
        await talk.ask(person, f"Wo ist die {CANARY}?", "Soll ich")
        person.says("ja")
        await talk.hears(person, "Nummer")
        await talk.settled()
        await talk.app.database.checkpoint()
        yesterday = (tmp_path / "hotline.sqlite3").read_bytes()
        await erases(talk, person)
        await talk.settled()
        journal = tmp_path / "erasures.jsonl"
        await talk.api.wait_for(lambda: journal.exists() and journal.read_text().strip())
        clock = talk.clock
    (tmp_path / "hotline.sqlite3").write_bytes(yesterday)
    assert CANARY.encode() in words_of(tmp_path)
    async with hotline(tmp_path, api, clock) as talk:
        assert CANARY not in await everything(talk)
        assert CANARY.encode() not in words_of(tmp_path)
        rows = await talk.rows("SELECT person_id, state FROM requests")
        assert rows == [{"person_id": None, "state": "closed"}]


# -- the web chat -------------------------------------------------------------------


async def test_in_the_web_chat_the_same_is_possible(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        browser, _ = await place.request(f"Wer repariert die {CANARY}?")
        await browser.say("", files={"files": ("zettel.txt", f"{CANARY} auf Papier")})
        await browser.say("/meinedaten")
        shown = browser.lines[-1]
        assert f"Wer repariert die {CANARY}?" in shown
        assert "Datei: zettel.txt" in shown
        await browser.press("Meine Daten löschen")
        await browser.press("Ja, alles löschen")
        assert "Alles gelöscht" in browser.lines[-1]
        assert len(browser.lines) == 1
        assert CANARY not in await everything(place)
        assert await place.rows("SELECT * FROM people") == []
        async with asyncio.timeout(10):
            while CANARY.encode() in words_of(tmp_path):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await browser.say("Hallo")
        assert "Kurz vorab" in " ".join(browser.lines)


async def test_a_file_that_came_with_the_very_first_words_goes_too(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        browser = await place.browser()
        await browser.say("Was ist das?", files={"files": ("zettel.txt", CANARY)})
        rows = await place.rows("SELECT person_id, message_id FROM files")
        assert rows == [{"person_id": None, "message_id": None}]
        await browser.say("/loeschen")
        await browser.press("Ja, alles löschen")
        assert await place.rows("SELECT * FROM files") == []


# -- the inventory ------------------------------------------------------------------


async def test_every_table_is_either_personal_or_known_not_to_be(tmp_path: Path) -> None:
    """A new table does not pass until somebody has thought about it."""
    database = await Database.open(tmp_path / "store.sqlite3")

    async def columns(tx: Tx) -> dict[str, set[str]]:
        tables = await tx.all(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        return {
            table["name"]: {
                row["name"] for row in await tx.all(f"PRAGMA table_info({table['name']})")
            }
            for table in tables
        }

    try:
        found = await database.read(columns)
    finally:
        await database.close()
    assert set(rights.INVENTORY) | set(rights.IMPERSONAL) == set(found)
    assert set(rights.INVENTORY) & set(rights.IMPERSONAL) == set()
    leads_to_people = {table for table, names in found.items() if names & PERSONAL}
    # Chats of coordinators, and of groups as a whole; an entry names no request once it is gone.
    others = {"threads", "subjects", "compositions", "groups", "desk_entries"}
    assert leads_to_people - others <= set(rights.INVENTORY)


async def in_the_network(tx: Tx, person_id: int, now: str) -> None:
    """A profile, somebody who was asked and answered, and what came of it."""
    other = (await people.meet(tx, "web", "", "anderswo", moment(now))).id
    await tx.run(
        """INSERT INTO profiles (person_id, state, town, created_at, updated_at, confirmed_at)
           VALUES (?, 'live', ?, ?, ?, ?)""",
        person_id,
        CANARY,
        now,
        now,
        now,
    )
    await consents.give(tx, person_id, "directory", "1", "web", moment(now))
    await tx.run(
        """INSERT INTO introductions
             (id, asker_id, asked_id, low_id, high_id, words, state, created_at)
           VALUES (1, ?, ?, 1, 2, ?, 'agreed', ?)""",
        person_id,
        other,
        CANARY,
        now,
    )
    await tx.run(
        "INSERT INTO protected_lines (introduction_id, author_id, text, at) VALUES (1, ?, ?, ?)",
        person_id,
        CANARY,
        now,
    )
    await tx.run(
        "INSERT INTO reports (reporter_id, reported_id, words, at) VALUES (?, ?, ?, ?)",
        other,
        person_id,
        f'["{CANARY}"]',
        now,
    )
    await tx.run("INSERT INTO peer_blocks VALUES (?, ?, 'blocked', ?)", person_id, other, now)
    await tx.run("INSERT INTO exposures VALUES (?, '2026-11-24', 1)", person_id)
    await tx.run("INSERT INTO suggestions VALUES ('zeichen', ?, ?, ?)", person_id, other, now)
    await tx.run(
        "INSERT INTO network_blocks (person_id, until, at) VALUES (?, ?, ?)", person_id, now, now
    )
    await tx.run(
        "INSERT INTO expert_wishes SELECT id, ?, ? FROM requests WHERE person_id = ?",
        CANARY,
        now,
        person_id,
    )
    await groups.join(tx, "telegram", "1", "-5", "Leerstand", (), "leer", (), moment(now))
    await tx.run(
        """INSERT INTO group_joins (group_id, person_id, state, at)
           SELECT id, ?, 'agreed', ? FROM groups""",
        person_id,
        now,
    )
    await tx.run(
        "INSERT INTO interests (person_id, format_id, at) VALUES (?, 'tutorial', ?)", person_id, now
    )


async def test_what_is_handed_out_is_what_is_erased_and_all_there_is(talk: Talk) -> None:
    """A person with a row in every table of the inventory: each is handed out, each is empty
    afterwards."""
    person, _ = await a_life(talk)
    chat, bot = str(person.id), talk.api.token.split(":")[0]

    async def more(tx: Tx) -> int:
        person_id = await rights.find(tx, f"telegram:{chat}")
        assert person_id is not None
        now = "2026-11-24T09:00:00.000+00:00"
        await tx.run("INSERT INTO pauses VALUES ('telegram', ?, ?, ?)", bot, f"chat:{chat}", now)
        # The same person in the web chat, as linked addresses will be.
        await tx.run(
            "INSERT INTO addresses (person_id, channel, bot, chat) VALUES (?, 'web', '', 'w')",
            person_id,
        )
        await tx.run("INSERT INTO web_sessions VALUES ('geheim', 'w', ?, ?)", now, now)
        await tx.run("INSERT INTO return_codes VALUES ('geheim', 'w', ?)", now)
        await tx.run(
            "INSERT INTO transcript (chat, update_id, payload, at) VALUES ('w', '1', ?, ?)",
            f'{{"text": "{CANARY}"}}',
            now,
        )
        event = (await tx.one("SELECT id FROM events")) or {}
        await tx.run("INSERT INTO marks VALUES (?, ?, ?, 0)", person_id, event["id"], now)
        await tx.run(
            "INSERT INTO blocks (person_id, until, reason, at) VALUES (?, ?, 'Beleidigung', ?)",
            person_id,
            now,
            now,
        )
        await tx.run(
            "INSERT INTO handed SELECT id, 1, ? FROM requests WHERE person_id = ?", now, person_id
        )
        await tx.run(
            """INSERT INTO postponed SELECT MAX(m.id), ? FROM request_messages AS m
               JOIN requests AS r ON r.id = m.request_id WHERE r.person_id = ?""",
            now,
            person_id,
        )
        await tx.run(
            "INSERT INTO subscriptions VALUES (?, 'topic', 'mobilitaet', ?)", person_id, now
        )
        await tx.run("INSERT INTO wishes (person_id, rhythm) VALUES (?, 'weekly')", person_id)
        await tx.run(
            """INSERT INTO announcements (id, text, audience, state, created_at)
               VALUES (1, '{}', '{}', 'done', ?)""",
            now,
        )
        await tx.run(
            "INSERT INTO announcement_recipients (announcement_id, person_id) VALUES (1, ?)",
            person_id,
        )
        await in_the_network(tx, person_id, now)
        return person_id

    async def hand_out(tx: Tx) -> dict[str, list[dict[str, Any]]]:
        person_id = await rights.find(tx, "K-1001")
        assert person_id is not None
        return await rights.export(tx, person_id)

    person_id = await talk.app.database.write(more)
    handed_out = await talk.app.database.read(hand_out)
    titles = {
        place.title for table, place in rights.INVENTORY.items() if table not in rights.UNFINISHED
    }
    assert {title for title, rows in handed_out.items() if rows} == titles == set(handed_out)

    whole = str(handed_out)
    assert all(word in whole for word in (CANARY, NOTE, ANSWER, chat))
    assert "interne Notiz" in whole
    # Neither secrets nor those who answer.
    assert not any(word in whole for word in ("geheim", "Erika", "Koordination 7001"))
    assert str(COORDINATOR) not in whole

    async def forget(tx: Tx) -> None:
        await rights.erase(tx, person_id, talk.clock.now())

    await talk.app.database.write(forget)
    left = await everything(talk)
    assert not any(word in left for word in (CANARY, NOTE, ANSWER, f"'{chat}'", "geheim"))
    for table in rights.INVENTORY:

        async def remaining(tx: Tx, table: str = table) -> int:
            return len(await rights.rows(tx, table, person_id))

        assert await talk.app.database.read(remaining) == 0


@pytest.mark.parametrize("key", ["K-1001", "k1001", "1001", " K-1001 ", "telegram:20001"])
async def test_operators_find_a_person_by_what_they_are_told(talk: Talk, key: str) -> None:
    await talk.request(talk.person())
    found = await talk.app.database.read(lambda tx: rights.find(tx, key))
    assert found == (await talk.rows("SELECT id FROM people"))[0]["id"]


@pytest.mark.parametrize(
    "key", ["", "K-", "K-9999", "telegram:1", "²", "K-1001;", "web:", "9" * 40]
)
async def test_nobody_is_found_by_accident(talk: Talk, key: str) -> None:
    await talk.request(talk.person())
    assert await talk.app.database.read(lambda tx: rights.find(tx, key)) is None
