"""Forty requests in a morning: finding the next one, and everything that can be done with it."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from html import unescape

import httpx
import pytest

from bot.channels.web.desk_writing import LASTS
from storage.moments import stamp
from tests.channels.test_web_desk import BROWSER, act, notice, state
from tests.channels.web_rig import Browser, House, house, served
from tests.support.caseload import MANY, many_requests


@pytest.fixture
async def town(tmp_path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


def numbers(page: str) -> list[int]:
    """The requests in the list, from top to bottom."""
    part = page.partition('<div id="liste">')[2]
    return [int(found) for found in re.findall(r'class="number">K-(\d+)<', part)]


def counters(page: str) -> dict[str, int]:
    part = page.partition('<nav id="ansichten"')[2].partition("</nav>")[0]
    found = re.findall(r">([^<>]+) <span class=\"count\">\((\d+)\)</span>", part)
    return {unescape(label): int(number) for label, number in found}


async def run(town: House, sql: str, *values: object) -> None:
    async def unit(tx):
        await tx.run(sql, *values)

    await town.app.database.write(unit)


async def add(
    town: House,
    *,
    topic: str = "Mobilität",
    channel: str = "web",
    text: str = "Fährt hier ein Bus?",
    waits: timedelta = timedelta(hours=1),
    promised: timedelta | None = None,
    **columns: object,
) -> int:
    """A request as it stands in the store: since when it waits, and until when it was promised."""
    at = stamp(town.clock.now() - waits)

    async def unit(tx):
        person = await tx.value(
            "INSERT INTO people (created_at, seen_at) VALUES (?, ?) RETURNING id", at, at
        )
        values = {
            "person_id": person,
            "channel": channel,
            "bot": "",
            "chat": f"chat-{person}",
            "topic": topic,
            "created_at": at,
            "updated_at": at,
            "promised_at": stamp(town.clock.now() + promised) if promised else None,
            **columns,
        }
        marks = ", ".join("?" for _ in values)
        number = await tx.value(
            f"INSERT INTO requests ({', '.join(values)}) VALUES ({marks}) RETURNING id",  # noqa: S608
            *values.values(),
        )
        await tx.run(
            "INSERT INTO request_messages (request_id, author, text, at) "
            "VALUES (?, 'person', ?, ?)",
            number,
            text,
            at,
        )
        return int(number)

    return await town.app.database.write(unit)


def plain(desk: Browser) -> str:
    """The page as people read it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", desk.page)).split())


async def me(town: House, name: str) -> int:
    rows = await town.rows("SELECT id FROM coordinators WHERE name = ?", name)
    return int(rows[0]["id"])


async def hand(town: House, number: int, name: str) -> None:
    await run(
        town,
        "INSERT INTO handed VALUES (?, ?, ?)",
        number,
        await me(town, name),
        stamp(town.clock.now()),
    )


# -- the list ---------------------------------------------------------------------


async def test_urgent_ones_come_first_then_overdue_ones_then_whoever_has_waited_longest(town):
    desk = await town.coordinator()
    short = await add(town, waits=timedelta(minutes=5))
    long = await add(town, waits=timedelta(days=2))
    late = await add(town, waits=timedelta(hours=5), promised=-timedelta(hours=1))
    answered = await add(town, waits=timedelta(days=9), state="answered", urgent=1)
    urgent = await add(town, waits=timedelta(minutes=1), urgent=1)
    await desk.open("/desk")
    assert numbers(desk.page) == [urgent, late, long, short, answered]


async def test_each_view_shows_its_own_and_says_how_many(town):
    desk = await town.coordinator()
    erika = await me(town, "Erika")
    opened = await add(town)
    mine = await add(town, state="claimed", claimed_by=erika)
    late = await add(town, promised=-timedelta(minutes=1))
    asked = await add(
        town, state="answered", claimed_by=erika, asked_back_at=stamp(town.clock.now())
    )
    done = await add(town, state="closed", closed_at=stamp(town.clock.now()))
    expected = {
        "": ("Alle laufenden", {opened, mine, late, asked}),
        "meine": ("Meine", {mine, asked}),
        "offen": ("Offen", {opened, late}),
        "bearbeitung": ("In Bearbeitung", {mine}),
        "ueberfaellig": ("Überfällig", {late}),
        "wartet": ("Wartet auf die Person", {asked}),
        "abgeschlossen": ("Abgeschlossen", {done}),
    }
    for view, (label, wanted) in expected.items():
        await desk.open(f"/desk?ansicht={view}")
        assert set(numbers(desk.page)) == wanted, label
        assert counters(desk.page)[label] == len(wanted)


async def test_a_row_says_state_waiting_promise_topic_channel_and_who_is_on_it(town):
    desk = await town.coordinator("Erika & Co")
    await add(
        town,
        topic="Straße <b>",
        channel="telegram",
        waits=timedelta(hours=3),
        promised=-timedelta(minutes=30),
        state="claimed",
        claimed_by=await me(town, "Erika & Co"),
        urgent=1,
    )
    await desk.open("/desk")
    row = " ".join(unescape(re.sub(r"<[^>]+>", " ", desk.page)).split())
    for words in (
        "dringend",
        "überfällig",
        "in Bearbeitung",
        "wartet seit 3 Stunden",
        "zugesagt bis",
        "Straße <b>",
        "Telegram",
        "bei Erika & Co",
    ):
        assert words in row


async def test_claiming_and_noting_do_not_make_a_person_wait_anew(town):
    _, number = await town.request()
    desk = await town.coordinator()
    town.clock.move(timedelta(minutes=20))
    await act(desk, number, "claim")
    await act(desk, number, "note", "Bauamt fragen")
    await desk.open("/desk")
    assert "wartet seit 20 Minuten" in desk.page


async def test_lists_are_narrowed_down_by_channel_and_topic(town):
    desk = await town.coordinator()
    bus = await add(town, topic="Mobilität", channel="telegram")
    await add(town, topic="Mobilität", channel="web")
    await add(town, topic="Termine", channel="telegram")
    await desk.open("/desk?kanal=telegram&thema=Mobilit%C3%A4t")
    assert numbers(desk.page) == [bus]
    assert counters(desk.page)["Alle laufenden"] == 1
    assert '<option value="telegram" selected>' in desk.page
    assert "kanal=telegram" in desk.page.partition('<nav id="ansichten"')[2]


async def test_lists_are_narrowed_down_by_the_bundesland_that_a_question_names(town):
    desk = await town.coordinator()
    person, other = await town.browser(), await town.browser(ip="198.51.100.9")
    for somebody, words in ((person, "bei uns in Wurzen"), (other, "in Brandenburg")):
        await somebody.say(f"/mensch Wer zahlt {words} die Kirchturmuhr?")
        await somebody.press("Ja, bitte")
    await town.until("SELECT COUNT(*) FROM requests", 2)
    await desk.open("/desk")
    assert desk.page.count("<span>Sachsen</span>") == 1
    await desk.open("/desk?land=SN")
    assert len(numbers(desk.page)) == 1
    assert '<option value="SN" selected>Sachsen</option>' in desk.page
    assert "land=SN" in desk.page.partition('<nav id="ansichten"')[2]
    await desk.open("/desk?land=BY")
    assert numbers(desk.page) == []


async def test_lists_are_narrowed_down_by_who_is_on_it(town):
    desk = await town.coordinator("Erika")
    colleague = await town.coordinator("Max & Söhne")
    theirs = await add(town, state="claimed", claimed_by=await me(town, "Max & Söhne"))
    nobodys = await add(town)
    await desk.open("/desk")
    assert "Max &amp; Söhne</option>" in desk.page
    assert "Erika</option>" not in desk.page
    await desk.open(f"/desk?bei={await me(town, 'Max & Söhne')}")
    assert numbers(desk.page) == [theirs]
    assert counters(desk.page)["Alle laufenden"] == 1
    await colleague.open("/desk?bei=niemand")
    assert numbers(colleague.page) == [nobodys]
    assert 'value="niemand" selected' in colleague.page
    assert "bei=niemand" in colleague.page.partition('<nav id="ansichten"')[2]
    await colleague.open("/desk?bei=Max")
    assert set(numbers(colleague.page)) == {theirs, nobodys}


async def test_who_is_away_is_said_wherever_their_name_stands(town):
    desk = await town.coordinator("Erika")
    await town.coordinator("Max")
    await town.coordinator("Kim")
    number = await add(town, state="claimed", claimed_by=await me(town, "Max"))
    await desk.open(f"/desk/anfrage/{number}")
    assert "weg bis" not in desk.page
    until = stamp(town.clock.now() + timedelta(days=3))
    kim = await me(town, "Kim")
    await run(
        town, "UPDATE coordinators SET away_until = ?, deputy_id = ? WHERE name = 'Max'", until, kim
    )
    for path in ("/desk", f"/desk/anfrage/{number}", "/desk/team"):
        await desk.open(path)
        assert re.search(r"weg bis .*Vertretung: <bdi>Kim", desk.page), path
    await desk.open(f"/desk/anfrage/{number}")
    offered = desk.page.partition('<select id="to"')[2].partition("</select>")[0]
    assert re.search(r"Max</bdi> \(weg bis .*, Vertretung: <bdi>Kim", offered)
    assert offered.count("weg bis") == 1
    town.clock.move(timedelta(days=4))
    desk = await town.coordinator("Erika später")
    await desk.open("/desk")
    assert "weg bis" not in desk.page


async def test_whoever_stands_in_for_somebody_finds_what_that_one_has_in_hand(town):
    desk = await town.coordinator("Erika")
    await town.coordinator("Max & Söhne")
    await run(
        town,
        "UPDATE coordinators SET away_until = ?, deputy_id = ? WHERE name = 'Max & Söhne'",
        stamp(town.clock.now() + timedelta(days=3)),
        await me(town, "Erika"),
    )
    other = await town.coordinator("Kim")
    theirs = await add(town, state="claimed", claimed_by=await me(town, "Max & Söhne"))
    await add(town)
    await desk.open("/desk")
    assert "Sie vertreten <bdi>Max &amp; Söhne</bdi> (weg bis" in desk.page
    found = re.search(r'href="(/desk\?bei=\d+)"', desk.page)
    assert found
    await desk.open(found[1])
    assert numbers(desk.page) == [theirs]
    await other.open("/desk")
    assert "Sie vertreten" not in other.page


async def test_an_answer_names_everybody_whom_it_reaches(town):
    desk = await town.coordinator("Erika")
    expert = await town.coordinator("Fachfrau", "expert")
    number = await add(town)
    await hand(town, number, "Fachfrau")
    await desk.open(f"/desk/anfrage/{number}")
    assert f"Geht an die Person zu K-{number} (Web-Chat)." in plain(desk)
    other = await add(town, channel="telegram", state="closed", merged_into=number)
    await desk.open(f"/desk/anfrage/{number}")
    both = f"Geht an die Personen zu K-{number} (Web-Chat) und K-{other} (Telegram), jede"
    assert both in plain(desk)
    assert f"dazu gehört K-{other}" in plain(desk)
    await expert.open(f"/desk/anfrage/{number}")
    assert f"K-{other}" not in expert.page


async def test_how_it_was_stands_at_the_request_and_nowhere_else(town):
    desk = await town.coordinator("Erika")
    expert = await town.coordinator("Fachfrau", "expert")
    words = "Danke, <b>sehr</b> freundlich"
    theirs, other = [
        await add(town, state="closed", closed_at=stamp(town.clock.now()), rating="good")
        for _ in range(2)
    ]
    await hand(town, theirs, "Fachfrau")
    await run(town, "UPDATE requests SET rating_words = ?", words)
    for page in (
        await desk.open(f"/desk/anfrage/{other}"),
        await expert.open(f"/desk/anfrage/{theirs}"),
    ):
        assert "So fand es die Person: <strong>gut</strong>" in page.text
        assert "Danke, &lt;b&gt;sehr&lt;/b&gt; freundlich" in page.text
    assert (await expert.open(f"/desk/anfrage/{other}")).status_code == 404
    for path in (
        "/desk?ansicht=abgeschlossen",
        "/desk?ansicht=abgeschlossen&suche=freundlich",
        "/desk/lernen",
        "/desk/uebersicht",
        "/desk/uebersicht.csv",
    ):
        assert "Danke, " not in (await desk.open(path)).text, path


async def test_an_admin_learns_in_the_list_that_somebody_waits_to_be_let_in(town):
    admin = await town.coordinator("Chefin", "admin")
    colleague = await town.coordinator("Erika")
    await admin.open("/desk")
    assert "wartet auf Bestätigung" not in admin.page
    for name, said in (
        ("Frau <Neu>", "</bdi> wartet auf Bestätigung."),
        ("Herr Neu", "2 Menschen warten"),
    ):
        new = await town.browser(ip="203.0.113.40")
        await new.post(f"/desk/anmelden/{await town.invitation()}", name=name)
        await admin.open("/desk")
        assert said in admin.page
    assert 'href="/desk/team#wartende"' in admin.page
    await colleague.open("/desk")
    assert "Bestätigung" not in colleague.page


async def test_a_request_is_found_by_number_topic_and_words(town):
    desk = await town.coordinator()
    one = await add(town, topic="Ärger im Amt", text="Der Brunnen ist trocken.")
    two = await add(town, topic="Termine", text="Wann ist das nächste BÜRGERFEST?")
    for search, found in {
        f"K-{one}": [one],
        f"k-{two}": [two],
        str(two): [two],
        "ärger": [one],
        "brunnen trocken": [one],
        "Brunnen Bürgerfest": [],
        "bürgerfest": [two],
        "Kirche": [],
    }.items():
        response = await desk.client.get("/desk", params={"suche": search})
        assert numbers(response.text) == found, search


async def test_signs_of_the_store_are_letters_like_others_in_a_search(town):
    desk = await town.coordinator()
    await add(town, text="Nichts Besonderes")
    percent = await add(town, text="Es gibt 50% Rabatt")
    line = await add(town, text="datei_name")
    quote = await add(town, text="Das 'Haus' \"am\\Markt\"")
    for search, found in {
        "%": [percent],
        "_": [line],
        "50%": [percent],
        "datei_n": [line],
        "dateixn": [],
        "'": [quote],
        '"am': [quote],
        "\\": [quote],
        "' OR 1=1 --": [],
        "'; DROP TABLE requests; --": [],
    }.items():
        response = await desk.client.get("/desk", params={"suche": search})
        assert response.status_code == 200
        assert numbers(response.text) == found, search
    script = await desk.client.get("/desk", params={"suche": '"><script>alert(1)</script>'})
    assert "<script>alert" not in script.text
    for view in ("'", "x", "%00", "🦆"):
        response = await desk.client.get("/desk", params={"ansicht": view, "seite": "-1"})
        assert len(numbers(response.text)) == 4


async def test_words_that_were_deleted_or_whose_time_is_over_are_not_found(town):
    desk = await town.coordinator()
    gone = await add(town, text="Zitronenfalter")
    wiped = await add(town, text="Zitronenfalter", wiped_at=stamp(town.clock.now()))
    await run(
        town,
        "UPDATE request_messages SET deleted_at = ? WHERE request_id = ?",
        stamp(town.clock.now()),
        gone,
    )
    response = await desk.client.get("/desk", params={"suche": "Zitronenfalter"})
    assert numbers(response.text) == []
    assert "passt keine" in response.text
    assert wiped


async def test_what_is_elsewhere_is_said_instead_of_nothing(town):
    desk = await town.coordinator()
    await add(town, text="Brunnen", state="closed", closed_at=stamp(town.clock.now()))
    await desk.open("/desk?suche=Brunnen")
    assert "In einer anderen Ansicht" in desk.page
    assert counters(desk.page)["Abgeschlossen"] == 1


async def test_fifty_stand_on_a_page_and_what_was_looked_for_stays(town):
    desk = await town.coordinator()
    for minute in range(51):
        await add(town, text="Bus", waits=timedelta(minutes=minute))
    await desk.open("/desk?suche=Bus&kanal=web")
    first = numbers(desk.page)
    assert len(first) == 50
    further = re.search(r'href="([^"]+)">Nächste Seite', desk.page)
    assert further
    await desk.open(unescape(further[1]))
    assert len(numbers(desk.page)) == 1
    assert set(numbers(desk.page)).isdisjoint(first)
    assert "Vorige Seite" in desk.page


async def test_among_five_thousand_each_page_shows_fifty(town):
    await town.app.database.write(partial(many_requests, now=town.clock.now()))
    desk = await town.coordinator()
    await desk.open("/desk")
    assert sum(counters(desk.page).values()) > MANY // 2
    for path in ("/desk", "/desk?suche=sprechstunde", "/desk?ansicht=abgeschlossen&seite=9"):
        await desk.open(path)
        assert len(numbers(desk.page)) == 50, path


# -- experts ----------------------------------------------------------------------


async def test_experts_see_what_was_handed_to_them_and_learn_nothing_of_the_rest(town):
    desk = await town.coordinator()
    expert = await town.coordinator("Fachfrau", "expert")
    theirs = await add(town, topic="Denkmal", text="Wer zahlt das Kirchendach?")
    other = await add(town, topic="Geheimes", channel="telegram", text="Wer zahlt meine Miete?")
    await hand(town, theirs, "Fachfrau")
    await run(
        town,
        "INSERT INTO alarms (kind, subject, at) VALUES ('urgent', ?, ?)",
        f"K-{other}",
        stamp(town.clock.now()),
    )
    for path in (
        "/desk",
        "/desk?suche=zahlt",
        f"/desk?suche={other}",
        f"/desk?suche=K-{other}",
        "/desk?kanal=telegram",
        "/desk?thema=Geheimes",
    ):
        await expert.open(path)
        assert other not in numbers(expert.page)
        assert sum(counters(expert.page).values()) <= 2
        assert f"/desk/anfrage/{other}" not in expert.page
        assert ">Geheimes<" not in expert.page
    await expert.open("/desk")
    assert numbers(expert.page) == [theirs]
    assert "telegram" not in expert.page
    assert f"K-{other}" not in expert.page
    assert (await expert.open(f"/desk/anfrage/{theirs}")).status_code == 200
    assert (await expert.open(f"/desk/anfrage/{other}")).status_code == 404
    assert (await expert.client.get(f"/desk/live?anfrage={other}")).status_code == 404
    await expert.open("/desk/tasten")
    token = (await expert.open(f"/desk/anfrage/{theirs}")) and expert.field("token")
    for verb in ("answer", "note", "claim", "schreibt"):
        response = await expert.post(f"/desk/anfrage/{other}/{verb}", token=token, text="Hallo")
        assert response.status_code == 404, verb
    await desk.open("/desk")
    assert {theirs, other} == set(numbers(desk.page))


async def test_experts_are_offered_only_what_they_may_do(town):
    expert = await town.coordinator("Fachfrau", "expert")
    other = await add(town)
    theirs = await add(town)
    await hand(town, theirs, "Fachfrau")
    await expert.open(f"/desk/anfrage/{theirs}")
    assert "Antwort senden" in expert.page
    assert "Als Rückfrage senden" in expert.page
    for label in ("Abschließen</button>", "Zusammenführen", "Weitergeben", "Später senden"):
        assert label not in expert.page
    token = expert.field("token")
    for verb in ("close", "merge", "block", "give", "split", "later", "take", "delete", "reopen"):
        response = await expert.post(
            f"/desk/anfrage/{theirs}/{verb}", token=token, into=str(other), text="x", sure="ja"
        )
        assert response.status_code == 403, verb
    dismissed = await expert.post("/desk/hinweis", token=token, kind="urgent", subject="K-1")
    assert dismissed.status_code == 403
    assert await state(town, theirs) == "open"


async def test_a_file_of_somebody_elses_request_is_not_for_an_expert(town):
    person, number = await town.request()
    await person.say("Hier ist ein Bild davon", files=[("files", ("a.txt", b"Plan", "text/plain"))])
    await town.until("SELECT COUNT(*) FROM files WHERE message_id IS NOT NULL", 1)
    file_id = (await town.rows("SELECT id FROM files"))[0]["id"]
    expert = await town.coordinator("Fachfrau", "expert")
    assert (await expert.client.get(f"/desk/datei/{file_id}")).status_code == 404
    await hand(town, number, "Fachfrau")
    assert (await expert.client.get(f"/desk/datei/{file_id}")).status_code == 200


async def test_an_expert_who_gives_a_request_back_comes_to_the_list(town):
    _, number = await town.request()
    expert = await town.coordinator("Fachfrau", "expert")
    await hand(town, number, "Fachfrau")
    await act(expert, number, "claim")
    assert await state(town, number) == "claimed"
    response = await act(expert, number, "release")
    assert response.status_code == 200
    assert response.url.path == "/desk"
    assert numbers(expert.page) == []
    assert notice(expert)


# -- one request --------------------------------------------------------------------


async def test_a_question_back_waits_for_the_person(town):
    person, number = await town.request()
    desk = await town.coordinator()
    await act(desk, number, "askback", "Welche Kirche meinen Sie?")
    await desk.open("/desk?ansicht=wartet")
    assert numbers(desk.page) == [number]
    assert "Rückfrage gestellt" in desk.page
    await person.open("/")
    assert "Welche Kirche meinen Sie?" in " ".join(person.lines)


async def test_an_answer_for_later_waits_and_can_be_taken_back_without_losing_its_words(town):
    person, number = await town.request()
    desk = await town.coordinator()
    await act(desk, number, "later", "Die Kirchengemeinde zahlt.")
    assert "wird gesendet:" in desk.page
    await person.open("/")
    assert "Kirchengemeinde" not in " ".join(person.lines)
    message = str((await town.rows("SELECT message_id FROM postponed"))[0]["message_id"])
    await act(desk, number, "unlater", message=message)
    assert await town.rows("SELECT * FROM postponed") == []
    field = desk.page.partition('<textarea id="text"')[2].partition("</textarea>")[0]
    assert "Die Kirchengemeinde zahlt." in field
    again = await act(desk, number, "unlater", message=message)
    assert again.status_code == 422


async def test_own_words_are_changed_and_the_person_reads_the_new_ones(town):
    person, number = await town.request()
    desk = await town.coordinator("Erika")
    other = await town.coordinator("Max")
    await act(desk, number, "answer", "Die Stadt zahlt alles.")
    await act(desk, number, "note", "Kämmerei fragen")
    rows = await town.rows("SELECT id FROM request_messages WHERE author <> 'person' ORDER BY id")
    answer, note = (str(row["id"]) for row in rows)
    await act(desk, number, "edit", "Die Stadt zahlt die Hälfte.", message=answer)
    assert f"Die Nachricht zu K-{number} ist geändert" in notice(desk)
    assert "bearbeitet" in desk.page
    sql = "SELECT COUNT(*) FROM transcript WHERE payload LIKE '%Die Stadt zahlt die Hälfte.%'"
    await town.until(sql, 1)
    await person.open()
    assert "Die Stadt zahlt die Hälfte." in person.page
    assert "zahlt alles" not in person.page
    await act(desk, number, "edit", "Kämmerei hat geantwortet", message=note)
    assert "Kämmerei hat geantwortet" in desk.page
    await person.open()
    assert "Kämmerei" not in person.page
    refused = await act(other, number, "edit", "Ich weiß es besser", message=answer)
    assert refused.status_code == 422
    assert "lässt sich nicht ändern" in other.page
    assert f'id="neu-{answer}"' not in other.page
    empty = await act(desk, number, "edit", "", message=answer)
    assert empty.status_code == 422
    words = await town.rows("SELECT text FROM request_messages WHERE id = ?", int(answer))
    assert words[0]["text"] == "Die Stadt zahlt die Hälfte."
    done = await town.rows("SELECT COUNT(*) AS n FROM audit WHERE verb = 'edit'")
    assert done[0]["n"] == 1


async def test_closing_keeps_the_reason_and_own_words_go_before_the_list(town):
    desk = await town.coordinator()
    for fields, kept in (
        ({"reason": "Doppelt gestellt"}, "Doppelt gestellt"),
        ({"reason": "Beantwortet", "own": "Am Telefon <geklärt>"}, "Am Telefon <geklärt>"),
    ):
        _, number = await town.request()
        await act(desk, number, "close", **fields)
        rows = await town.rows("SELECT closed_reason FROM requests WHERE id = ?", number)
        assert rows[0]["closed_reason"] == kept
        assert kept in unescape(re.sub(r"<[^>]+>", "", desk.page)) or kept in unescape(desk.page)


async def test_what_cannot_be_undone_is_asked_once_more_on_a_page_of_its_own(town):
    _, into = await town.request()
    _, number = await town.request("Noch einmal: wer zahlt die Kirchturmuhr?")
    desk = await town.coordinator()
    await act(desk, number, "merge", into=f" k-{into} ")
    assert "Wirklich zusammenführen?" in desk.page
    assert await state(town, number) == "open"
    await desk.post(
        f"/desk/anfrage/{number}/merge",
        token=desk.field("token"),
        id=desk.field("id"),
        into=desk.field("into"),
        sure=desk.field("sure"),
    )
    assert await state(town, number) == "closed"
    assert f"/desk/anfrage/{into}" in desk.page
    await act(desk, into, "block", days="7", reason="Beleidigungen")
    assert "Wirklich sperren?" in desk.page
    assert await town.rows("SELECT * FROM blocks") == []
    await desk.post(
        f"/desk/anfrage/{into}/block",
        token=desk.field("token"),
        id=desk.field("id"),
        days=desk.field("days"),
        reason=desk.field("reason"),
        sure=desk.field("sure"),
    )
    assert [row["reason"] for row in await town.rows("SELECT reason FROM blocks")] == [
        "Beleidigungen"
    ]
    assert "Sperre aufheben" in desk.page
    await act(desk, into, "unblock")
    assert await town.rows("SELECT * FROM blocks") == []


@pytest.mark.parametrize(
    ("verb", "fields", "said"),
    [
        ("merge", {"into": "Bürgerbus"}, "K-1042"),
        ("merge", {"into": "K-999999"}, "gibt es nicht"),
        ("merge", {"into": "K-1001"}, "mit sich selbst"),
        ("give", {"to": "999"}, "wer die Anfrage bekommt"),
        ("give", {"to": ""}, "wer die Anfrage bekommt"),
        ("split", {"message": "1"}, "neue Anfrage beginnt"),
        ("block", {"days": "100000", "reason": "x"}, "wie lange"),
        ("block", {"days": "7", "reason": " "}, "den Grund"),
        ("block", {"days": "7", "reason": "x" * 201}, "höchstens 200"),
        ("close", {"own": "x" * 201}, "höchstens 200"),
        ("delete", {"message": "1"}, "lässt sich nicht löschen"),
        ("unlater", {"message": "1"}, "wartet nicht mehr"),
        ("askback", {}, "Rückfrage"),
        ("later", {}, "Antwort"),
        ("answer", {}, "Antwort"),
        ("note", {}, "Notiz"),
    ],
)
async def test_a_form_that_is_wrong_says_what_is_missing_and_changes_nothing(
    town, verb, fields, said
):
    await town.request()
    desk = await town.coordinator()
    response = await act(desk, 1001, verb, **fields)
    assert response.status_code == 422
    problem = re.search(r'<p id="problem"[^>]*>(.*?)</p>', desk.page, re.DOTALL)
    assert problem
    assert said in unescape(problem[1])
    assert await state(town, 1001) == "open"
    assert len(await town.rows("SELECT id FROM request_messages")) == 1


async def test_a_verb_that_nobody_knows_is_not_found(town):
    await town.request()
    desk = await town.coordinator()
    assert (await act(desk, 1001, "explode")).status_code == 404


async def test_a_request_is_given_to_an_expert_and_split(town):
    person, number = await town.request()
    await person.say("Und wem gehört der Brunnen am Markt?")
    await town.until("SELECT COUNT(*) FROM request_messages", 2)
    desk = await town.coordinator()
    expert = await town.coordinator("Fachfrau", "expert")
    second = (await town.rows("SELECT MAX(id) AS id FROM request_messages"))[0]["id"]
    await act(desk, number, "split", message=str(second))
    new = (await town.rows("SELECT MAX(id) AS id FROM requests"))[0]["id"]
    assert new == number + 1
    await act(desk, new, "give", to=str(await me(town, "Fachfrau")))
    await expert.open("/desk")
    assert numbers(expert.page) == [new]


async def test_an_answer_that_a_colleague_was_faster_with_stays_in_the_field(town):
    _, number = await town.request()
    slow, quick = await town.coordinator("Erika"), await town.coordinator("Max")
    await slow.open(f"/desk/anfrage/{number}")
    token, nonce = slow.field("token"), slow.field("id")
    await act(quick, number, "claim")
    response = await slow.post(
        f"/desk/anfrage/{number}/answer", token=token, id=nonce, text="Lange\ngefeilt"
    )
    assert response.status_code == 409
    field = slow.page.partition('<textarea id="text"')[2].partition("</textarea>")[0]
    assert "Lange\ngefeilt" in unescape(field)
    assert "Max" in slow.page
    await act(slow, number, "take")
    await act(slow, number, "answer", "Lange gefeilt")
    assert await state(town, number) == "answered"


async def test_an_answer_to_what_was_closed_meanwhile_stays_in_the_field(town):
    _, number = await town.request()
    desk, colleague = await town.coordinator("Erika"), await town.coordinator("Max")
    await desk.open(f"/desk/anfrage/{number}")
    token, nonce = desk.field("token"), desk.field("id")
    await act(colleague, number, "close", reason="Beantwortet")
    response = await desk.post(
        f"/desk/anfrage/{number}/answer", token=token, id=nonce, text="Zu spät"
    )
    assert response.status_code == 409
    assert "Zu spät" in desk.page
    assert "Wieder öffnen" in desk.page


# -- while pages are open -------------------------------------------------------------


async def stream(town: House, desk: Browser, path: str, wanted: str, then) -> str:
    """What an open page is sent until it holds the wanted words; `then` happens meanwhile."""
    async with served(town.web, town.app.hub.close) as url:
        cookies = {BROWSER: desk.client.cookies[BROWSER]}
        async with (
            httpx.AsyncClient(base_url=url, cookies=cookies, timeout=10) as client,
            client.stream("GET", path) as response,
            asyncio.timeout(10),
        ):
            seen, doing = "", None
            async for line in response.aiter_lines():
                seen += line + "\n"
                if doing is None and "event: neu" in seen:
                    doing = asyncio.create_task(then())
                if wanted in seen:
                    break
            assert doing
            await doing
    return seen


async def test_an_open_list_keeps_its_view_and_its_search(town):
    desk = await town.coordinator()
    await add(town, topic="Termine", text="Wann ist Markt?")

    async def then():
        await add(town, topic="Termine", text="Wann öffnet das Bad?")
        await add(town, text="Fährt ein Nachtbus?")
        town.app.hub.changed("desk")

    seen = await stream(town, desk, "/desk/live?suche=nachtbus", "anfrage/1003", then)
    assert "anfrage/1001" not in seen
    assert "anfrage/1002" not in seen


async def test_new_words_of_a_person_are_announced_without_the_words(town):
    desk = await town.coordinator()

    async def then():
        await town.request("Wem gehört die Apfelwiese?")

    seen = await stream(town, desk, "/desk/live", "data-news", then)
    assert 'data-words="Neue Anfrage K-1001"' in seen
    news = seen.partition("data-news")[2].partition("</p>")[0]
    assert "Apfelwiese" not in news


async def test_colleagues_with_the_same_request_open_see_who_writes_and_it_passes(town):
    _, number = await town.request()
    desk, colleague = await town.coordinator("Erika"), await town.coordinator("Max <b>")
    await desk.open(f"/desk/anfrage/{number}")
    await colleague.open(f"/desk/anfrage/{number}")

    async def then():
        response = await colleague.post(
            f"/desk/anfrage/{number}/schreibt", token=colleague.field("token")
        )
        assert response.status_code == 204

    wanted = "<bdi>Max &lt;b&gt;</bdi> schreibt gerade eine Antwort."
    await stream(town, desk, f"/desk/live?anfrage={number}", wanted, then)
    await colleague.open(f"/desk/anfrage/{number}")
    assert "schreibt gerade" not in colleague.page
    town.clock.move(LASTS)
    await desk.open(f"/desk/anfrage/{number}")
    assert "schreibt gerade" not in desk.page


async def test_a_request_that_is_taken_from_an_expert_leaves_their_open_page(town):
    _, number = await town.request()
    expert = await town.coordinator("Fachfrau", "expert")
    await hand(town, number, "Fachfrau")

    async def then():
        await run(town, "DELETE FROM handed")
        town.app.hub.changed("desk")

    seen = await stream(town, expert, f"/desk/live?anfrage={number}", "event: weg", then)
    assert seen.index("event: neu") < seen.index("event: weg")


async def test_the_hint_goes_with_the_answer(town):
    _, number = await town.request()
    desk, colleague = await town.coordinator("Erika"), await town.coordinator("Max")
    await colleague.open(f"/desk/anfrage/{number}")
    await colleague.post(f"/desk/anfrage/{number}/schreibt", token=colleague.field("token"))
    await desk.open(f"/desk/anfrage/{number}")
    assert "<bdi>Max</bdi> schreibt gerade eine Antwort." in desk.page
    await act(colleague, number, "answer", "Die Gemeinde.")
    await desk.open(f"/desk/anfrage/{number}")
    assert "schreibt gerade" not in desk.page


async def test_the_sheet_of_keys_is_a_page_too(town):
    desk = await town.coordinator()
    await desk.open("/desk")
    assert 'href="/desk/tasten"' in desk.page
    assert (await desk.open("/desk/tasten")).status_code == 200
    assert "<kbd>" in desk.page
    stranger = await town.browser()
    await stranger.open("/desk/tasten")
    assert "<kbd>" not in stranger.page
