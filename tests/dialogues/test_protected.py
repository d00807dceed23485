"""Two who agreed write to each other through us; a report shows the desk its own words alone."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.web.lines import Stored
from handlers.message import Contact, FileKind, IncomingFile, Place
from handlers.network import protected
from storage import (
    blocks,
    coordinators,
    house,
    introductions,
    peers,
    profiles,
    requests,
    rights,
    web,
)
from storage import reports as kept_reports
from storage.database import Tx
from tests.channels import web_rig
from tests.support.clock import START
from tests.support.network import HELPER, SEEKER, Square, has_profile, square, texts

OUTDATED = "Diese Auswahl gilt nicht mehr"
GROUP = "-100"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Square]:
    async with square(tmp_path) as place:
        await place.profile("anna", **SEEKER, name="Anna Ahorn", town="Adorf", contact="a@adorf.de")
        await place.profile(
            "bruno", **HELPER, name="Bruno Buche", contact="0331 1", visible={"name": "never"}
        )

        async def desk(tx: Tx) -> None:
            await house.set_fact(tx, "desk", f"telegram:1:{GROUP}")
            for name in ("Erika", "Max"):
                await coordinators.enrol(tx, name, "coordinator", place.now)

        await place.database.write(desk)
        yield place


async def talking(town: Square) -> None:
    await town.agreed("anna", "bruno", "Der erste Satz")
    await town.presses("anna", "prot:enter:1")
    await town.presses("bruno", "prot:enter:1")


def to(said: list[Any], who: str) -> str:
    return texts([one for one in said if one.to.chat == who])


# -- talking -------------------------------------------------------------------------------


async def test_what_is_written_inside_goes_to_the_other_and_nowhere_else(town: Square) -> None:
    await talking(town)
    said = await town.writes("anna", "Was ist eine Kleinstadt?")
    assert {one.to.chat for one in said} == {"bruno"}
    assert "Anna Ahorn (V-1): Was ist eine Kleinstadt?" in to(said, "bruno")
    said = await town.writes("bruno", "Gute Frage")
    assert to(said, "anna").startswith("Ihr Gegenüber (V-1): Gute Frage")
    assert "Buche" not in texts(town.told["anna"])


async def test_whoever_is_not_inside_is_told_where_their_answer_would_go(town: Square) -> None:
    await town.agreed("anna", "bruno")
    entered = texts(await town.presses("anna", "prot:enter:1"))
    assert "geht an Ihr Gegenüber und nicht an die Hotline" in entered
    assert "zum Beispiel in Telegram" in entered
    said = to(await town.writes("anna", "Guten Tag"), "bruno")
    assert "Anna Ahorn aus der Vermittlung V-1: Guten Tag" in said
    assert "Was Sie sonst schreiben, geht an die Hotline" in said
    answer = await town.writes("bruno", "Was ist eine Kleinstadt?")
    assert {one.to.chat for one in answer} == {"bruno"}
    assert "Einwohner" in to(answer, "bruno")


async def test_after_leaving_the_hotline_answers_again(town: Square) -> None:
    await talking(town)
    assert "wieder an die Hotline" in texts(await town.writes("anna", "/ende"))
    said = await town.writes("anna", "Was ist eine Kleinstadt?")
    assert {one.to.chat for one in said} == {"anna"}
    assert "keinem geschützten Gespräch" in texts(await town.writes("anna", "/ende"))
    await town.presses("anna", "prot:enter:1")
    await town.presses("anna", "prot:leave:1")
    assert "anna" not in {one.to.chat for one in await town.writes("bruno", "Noch da?")} - {"anna"}
    assert OUTDATED in texts(await town.presses("anna", "prot:leave:1"))


async def test_only_text_is_passed_on(town: Square) -> None:
    await talking(town)
    picture = IncomingFile(kind=FileKind.PHOTO, name="rathaus.jpg", remote="x")
    for more in (
        {"files": (picture,), "text": "Unser Rathaus"},
        {"place": Place(latitude=52.0, longitude=13.0)},
        {"contact": Contact(name="Anna", phone="0331")},
    ):
        said = await town.writes("anna", **more)
        assert {one.to.chat for one in said} == {"anna"}
        assert "geht nur Text" in texts(said)
    assert await town.rows("SELECT * FROM files") == []
    assert await town.rows("SELECT * FROM protected_lines") == []


async def test_commands_are_for_the_hotline_and_a_question_of_ours_leaves_the_conversation(
    town: Square,
) -> None:
    await talking(town)
    assert {one.to.chat for one in await town.writes("anna", "/hilfe")} == {"anna"}
    assert "Noch inside" in to(await town.writes("anna", "Noch inside"), "bruno")
    said = texts(await town.writes("anna", "/mensch"))
    assert "Worum geht es" in said
    assert "haben Sie das geschützte Gespräch V-1 verlassen" in said
    said = texts(await town.writes("anna", "Unsere Kirchturmuhr steht"))
    assert "bruno" not in [one.to.chat for one in town.told["anna"][-2:]]
    assert "Nummer" in said


async def test_a_changed_line_stays_as_it_was_and_its_author_is_told(town: Square) -> None:
    await talking(town)
    await town.writes("anna", "Am Montag", message="m1")
    said = await town.edits("anna", "Am Dienstag", message="m1")
    assert {one.to.chat for one in said} == {"anna"}
    assert "kommt beim Gegenüber nicht an" in texts(said)


async def test_in_danger_the_numbers_come_first(town: Square) -> None:
    await talking(town)
    said = await town.writes("anna", "Ich will nicht mehr leben")
    assert "112" in str(said[0].text)
    assert said[0].to.chat == "anna"
    assert "nicht an die Koordination" in to(said, "anna")
    assert "Mit einem Menschen sprechen" in to(said, "anna")
    # The desk reads nothing of a protected conversation.
    assert await town.rows("SELECT * FROM requests") == []


async def coordinator_answers(town: Square, who: str) -> int:
    """Somebody has a request, and a coordinator has written to them just now."""
    person = await town.id_of(who)

    async def unit(tx: Tx) -> int:
        request = await requests.create(
            tx,
            person_id=person,
            channel="web",
            bot="",
            chat=who,
            topic="",
            urgent=False,
            promised_at=town.now,
            now=town.now,
        )
        town.now += timedelta(minutes=1)
        message = await requests.add_message(
            tx, request.id, "coordinator", "Wann passt es?", town.now, coordinator_id=1
        )
        await requests.keep_copy(tx, message, "web", "", who, "m77")
        return request.id

    return await town.database.write(unit)


async def test_when_a_coordinator_wrote_meanwhile_people_choose_where_it_goes(
    town: Square,
) -> None:
    await talking(town)
    number = await coordinator_answers(town, "anna")
    said = await town.writes("anna", "Am Dienstag")
    assert {one.to.chat for one in said} == {"anna"}
    assert "Wohin soll Ihre Nachricht?" in texts(said)
    said = await town.presses("anna", "prot:pass:1")
    assert "Am Dienstag" in to(said, "bruno")
    assert OUTDATED in texts(await town.presses("anna", "prot:pass:1"))
    assert "Und abends?" in to(await town.writes("anna", "Und abends?"), "bruno")
    messages = await town.rows("SELECT text FROM request_messages WHERE author = 'person'")
    assert messages == []
    await coordinator_answers(town, "anna")
    await town.writes("anna", "Für die Koordination")
    await town.presses("anna", f"join:{number}")
    rows = await town.rows("SELECT text FROM request_messages WHERE author = 'person'")
    assert [row["text"] for row in rows] == ["Für die Koordination"]
    assert "Für die Koordination" not in texts(town.told["bruno"])


async def test_quoting_a_coordinator_answers_the_coordinator(town: Square) -> None:
    await talking(town)
    await coordinator_answers(town, "anna")
    await town.writes("anna", "Dienstag um drei", reply_to="m77")
    rows = await town.rows("SELECT text FROM request_messages WHERE author = 'person'")
    assert [row["text"] for row in rows] == ["Dienstag um drei"]
    assert "Dienstag" not in texts(town.told["bruno"])


async def test_after_a_day_of_silence_nobody_is_inside_any_more(town: Square) -> None:
    await talking(town)
    town.now += timedelta(days=1, minutes=1)
    await town.tidies()
    said = await town.writes("anna", "Was ist eine Kleinstadt?")
    assert {one.to.chat for one in said} == {"anna"}


# -- ending --------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["ended", "paused", "erased"])
async def test_what_is_written_after_the_end_goes_nowhere_and_says_so(
    town: Square, how: str
) -> None:
    await talking(town)
    match how:
        case "ended":
            await town.presses("bruno", "intro:no:1")
        case "paused":
            bruno = await town.id_of("bruno")
            await town.database.write(lambda tx: profiles.set_state(tx, bruno, "paused", town.now))
        case _:
            await town.presses("bruno", "erase:yes")
    said = await town.writes("anna", "Hören Sie mich?")
    assert {one.to.chat for one in said} == {"anna"}
    assert "nicht weitergegeben" in texts(said)
    assert "Einwohner" in texts(await town.writes("anna", "Was ist eine Kleinstadt?"))
    assert "Hören Sie mich?" not in str(await town.rows("SELECT * FROM protected_lines"))


async def test_foreign_buttons_open_no_conversation(town: Square) -> None:
    await talking(town)
    await town.profile("carla")
    for verb in ("enter", "leave", "pass", "report", "unreport", "rude"):
        assert OUTDATED in texts(await town.presses("carla", f"prot:{verb}:1"))
    assert {one.to.chat for one in await town.writes("carla", "Hallo zusammen")} == {"carla"}


async def test_nobody_enters_before_both_agreed(town: Square) -> None:
    await town.introduced("anna", "bruno")
    for who in ("anna", "bruno"):
        assert OUTDATED in texts(await town.presses(who, "prot:enter:1"))


async def test_whoever_the_desk_blocked_writes_to_nobody(town: Square) -> None:
    await talking(town)
    anna = await town.id_of("anna")
    until = town.now + timedelta(days=3)
    await town.database.write(lambda tx: blocks.add(tx, anna, until, "stört", 1, town.now))
    said = await town.writes("anna", "Trotzdem")
    assert {one.to.chat for one in said} == {"anna"}
    assert "gesperrt" in texts(said)


# -- reporting -----------------------------------------------------------------------------


async def insulted(town: Square) -> None:
    await talking(town)
    for number in range(12):
        await town.writes("anna", f"Beleidigung {number}")
    await town.writes("bruno", "Meine eigenen Worte")


async def test_the_desk_sees_what_was_reported_and_nothing_else(town: Square) -> None:
    await insulted(town)
    asked = await town.presses("bruno", "prot:report:1")
    assert [b.label for b in asked[-1].buttons][1:] == ["Die letzten zehn", "Doch nicht melden"]
    assert "Beleidigung 10" not in texts(asked)
    shown = texts(await town.presses("bruno", "prot:these:1"))
    assert "Beleidigung 11" in shown
    assert "Beleidigung 1\n" not in shown
    assert "Meine eigenen Worte" not in shown
    said = await town.writes("bruno", "Das geht zu weit")
    assert "nie wieder vorgeschlagen" in to(said, "bruno")
    notice = to(said, GROUP)
    assert "M-1" in notice
    assert "https://hotline.example/desk/meldungen" in notice
    assert "Beleidigung" not in notice
    assert "weit" not in notice
    # The other is told that it is over, and not why.
    assert to(said, "anna") == "Ihr Gegenüber hat die Vermittlung V-1 beendet.\nMelden"
    (row,) = await town.rows("SELECT * FROM reports")
    assert row["words"].count("Beleidigung") == 10
    assert "Der erste Satz" not in row["words"]
    assert row["reason"] == "Das geht zu weit"
    for who in ("anna", "bruno"):
        assert "niemanden" in texts(await town.writes(who, "/kontakte"))
    assert "schon gemeldet" in texts(await town.presses("bruno", "prot:report:1"))


async def test_one_message_alone_can_be_reported(town: Square) -> None:
    await insulted(town)
    shown = await town.presses("bruno", "prot:report:1")
    assert shown[-1].buttons[0].label == "Die letzte Nachricht"
    read = texts(await town.presses("bruno", shown[-1].buttons[0].action))
    assert "Beleidigung 11" in read
    assert "Beleidigung 10" not in read
    # What they saw is what is reported, whatever the other writes meanwhile.
    await town.writes("anna", "Das war nicht so gemeint")
    await town.presses("bruno", "prot:rude:1")
    (row,) = await town.rows("SELECT words FROM reports")
    assert json.loads(row["words"]) == ["Beleidigung 11"]


async def test_the_button_below_a_message_means_this_message(town: Square) -> None:
    await insulted(town)
    (third,) = [one for one in town.told["bruno"] if "Beleidigung 3" in str(one.text)]
    (below,) = [b.action for b in third.buttons if b.label == "Melden"]
    shown = await town.presses("bruno", below)
    assert "Beleidigung 3" in texts(shown)
    assert [b.label for b in shown[-1].buttons][:2] == ["Nur diese Nachricht", "Die letzten zehn"]
    await town.presses("bruno", shown[-1].buttons[0].action)
    await town.writes("bruno", "Diese eine")
    (row,) = await town.rows("SELECT words FROM reports")
    assert json.loads(row["words"]) == ["Beleidigung 3"]


async def test_nothing_is_reported_before_it_was_chosen(town: Square) -> None:
    await insulted(town)
    await town.presses("bruno", "prot:report:1")
    assert OUTDATED in texts(await town.presses("bruno", "prot:rude:1"))
    # What is typed now is a reason without words: it goes to nobody.
    said = await town.writes("bruno", "Das geht zu weit")
    assert {one.to.chat for one in said} == {"bruno"}
    assert "Was möchten Sie melden?" in texts(said)
    assert await town.rows("SELECT * FROM reports") == []


@pytest.mark.parametrize("line", ["13", "0", "999", "x", "", "1.2", "9" * 19])
async def test_nobody_reports_words_that_are_not_the_others(town: Square, line: str) -> None:
    """Line 13 is Bruno's own, and the sentence Anna's."""
    await insulted(town)
    await town.presses("anna", "prot:report:1")
    await town.presses("anna", f"prot:these:1.{line}")
    await town.presses("anna", "prot:spam:1")
    for row in await town.rows("SELECT words FROM reports"):
        assert json.loads(row["words"]) == ["Meine eigenen Worte"]
    await town.profile("carla", **HELPER)
    for verb in ("report", "these"):
        assert OUTDATED in texts(await town.presses("carla", f"prot:{verb}:1.{line}"))


async def test_whoever_types_it_reports_the_conversation_they_are_in(town: Square) -> None:
    await insulted(town)
    shown = texts(await town.writes("bruno", "/melden"))
    assert "Beleidigung 11" in shown
    assert "Doch nicht melden" in shown
    # Outside there is one to choose, or there are several, or none.
    await town.presses("bruno", "prot:unreport:1")
    assert "Beleidigung 11" in texts(await town.writes("bruno", "/melden"))
    await town.profile("carla", **HELPER)
    await town.introduced("anna", "carla")
    await town.presses("carla", "intro:yes:2")
    await town.presses("carla", "prot:enter:2")
    await town.writes("carla", "Noch ein Satz")
    await town.presses("anna", "prot:leave:1")
    shown = texts(await town.writes("bruno", "/melden"))
    assert "Beleidigung 11" in shown
    shown = texts(await town.writes("anna", "/melden"))
    assert "Um welche Vermittlung geht es?" in shown
    assert "V-1 melden" in shown
    assert "V-2 melden" in shown
    assert "keine Nachrichten" in texts(await town.writes("dora", "/melden"))


async def test_a_reason_by_button_and_a_change_of_mind(town: Square) -> None:
    await insulted(town)
    await town.presses("bruno", "prot:report:1")
    assert "nichts gemeldet" in texts(await town.presses("bruno", "prot:unreport:1"))
    assert OUTDATED in texts(await town.presses("bruno", "prot:rude:1"))
    await town.presses("bruno", "prot:report:1")
    await town.presses("bruno", "prot:these:1")
    assert "501 Zeichen" in texts(await town.writes("bruno", "x" * 501))
    await town.presses("bruno", "prot:threat:1")
    assert [row["reason"] for row in await town.rows("SELECT * FROM reports")] == ["Bedrohlich"]


async def test_the_sentence_somebody_asks_with_can_be_reported(town: Square) -> None:
    await town.introduced("anna", "bruno", "Ein übler Satz")
    assert "Ein übler Satz" in texts(await town.presses("bruno", "prot:report:1"))
    said = await town.presses("bruno", "prot:rude:1")
    assert "möchte gerade keinen Kontakt" in to(said, "anna")
    # Who wrote nothing cannot be reported.
    await town.profile("carla", **HELPER)
    await town.introduced("anna", "carla")
    assert "keine Worte" in texts(await town.presses("anna", "prot:report:2"))


async def test_reporting_is_possible_after_the_end_until_the_lines_are_wiped(
    town: Square,
) -> None:
    await insulted(town)
    await town.presses("anna", "intro:no:1")
    town.now += timedelta(days=29)
    await town.tidies()
    assert "Beleidigung 11" in texts(await town.presses("bruno", "prot:report:1"))
    await town.presses("bruno", "prot:unreport:1")
    town.now += protected.KEPT
    await town.tidies()
    assert await town.rows("SELECT * FROM protected_lines") == []
    assert "keine Worte" in texts(await town.presses("bruno", "prot:report:1"))


async def test_pages_forget_what_they_show_of_others(town: Square) -> None:
    """Cards after two weeks, lines when nobody can report them any more; own words stay."""
    await insulted(town)
    kinds = ("peer:ask:", "prot:leave:1", "intro:yes:1")

    async def unit(tx: Tx) -> None:
        shown = [one for one in town.told["bruno"] + town.told["anna"] if one.buttons]
        for number, action in enumerate(kinds):
            one = next(
                one for one in shown if any(b.action.startswith(action) for b in one.buttons)
            )
            line = Stored(outgoing=one).json_text()
            await web.say(tx, "bruno", number + 1, line, town.now)
        await web.hear(tx, "bruno", "eigenes", Stored(text="prot:leave:1").json_text(), town.now)

    await town.database.write(unit)
    kept = []
    for days in (13, 2, 14, 2):
        town.now += timedelta(days=days)
        await town.acts("carla", protected.forget)
        kept.append(len(await town.rows("SELECT * FROM transcript WHERE chat = 'bruno'")))
    assert kept == [4, 3, 3, 1]


async def reported(town: Square) -> None:
    await insulted(town)
    await town.presses("bruno", "prot:report:1")
    await town.presses("bruno", "prot:these:1")
    await town.presses("bruno", "prot:rude:1")


async def test_coordinators_decide_and_leave_a_row_without_words(town: Square) -> None:
    await reported(town)
    said = await town.at_desk(1, "report:warn:1")
    assert "Bleiben Sie im Netzwerk freundlich" in to(said, "anna")
    assert "angesehen" in to(said, "bruno")
    assert "schon entschieden" in texts(await town.at_desk(2, "report:nothing:1"))
    (row,) = await town.rows("SELECT verb, subject, coordinator_id FROM audit")
    assert row == {"verb": "report-warned", "subject": "M-1", "coordinator_id": 1}
    # What was decided long ago says only that it was.
    town.now += timedelta(days=91)
    await town.tidies()
    (row,) = await town.rows("SELECT words, reason, outcome FROM reports")
    assert row == {"words": "[]", "reason": "", "outcome": "warned"}


async def test_somebody_is_kept_out_of_the_network_until_a_day(town: Square) -> None:
    await reported(town)
    await town.profile("carla", **HELPER)
    await town.agreed("anna", "carla")
    for days in ("", "0", "366", "viele"):
        assert "1 bis 365" in texts(await town.at_desk(1, "report:block:1", days=days))
    said = await town.at_desk(1, "report:block:1", days="10")
    assert "gesperrt, bis 4. Dezember 2026" in to(said, "anna")
    assert "V-2 wurde zurückgezogen" in to(said, "carla")
    assert "gesperrt" in texts(await town.writes("anna", "/kontakte"))
    carla = await town.id_of("carla")
    await town.database.write(lambda tx: introductions.forget(tx, town.now + timedelta(days=1)))
    await town.writes("carla", "/kontakte")
    shown = await town.database.read(lambda tx: peers.shown_since(tx, carla, START))
    assert await town.id_of("anna") not in shown
    # The hotline itself stays open to them.
    assert "Einwohner" in texts(await town.writes("anna", "Was ist eine Kleinstadt?"))
    town.now += timedelta(days=11)
    assert "gesperrt" not in texts(await town.writes("anna", "/kontakte"))


async def test_a_coordinator_does_not_decide_about_themselves(town: Square) -> None:
    await reported(town)
    await town.database.write(lambda tx: coordinators.link_account(tx, 1, "web", "", "anna"))
    assert "betrifft Sie selbst" in texts(await town.at_desk(1, "report:nothing:1"))
    assert (await town.rows("SELECT outcome FROM reports"))[0]["outcome"] is None
    assert "erledigt" in texts(await town.at_desk(2, "report:nothing:1"))


@pytest.mark.parametrize("who", ["anna", "bruno"])
async def test_whichever_chat_a_coordinator_has_with_us_counts(town: Square, who: str) -> None:
    """Also one in Telegram that is not where we write to them, and that they closed."""
    person = await town.id_of(who)
    await reported(town)

    async def another_chat(tx: Tx) -> None:
        await tx.run(
            """INSERT INTO addresses (person_id, channel, bot, chat, blocked_at)
               VALUES (?, 'telegram', '1', '77', ?)""",
            person,
            town.now.isoformat(),
        )
        await coordinators.link_account(tx, 1, "telegram", "1", "77")

    await town.database.write(another_chat)
    assert "betrifft Sie selbst" in texts(await town.at_desk(1, "report:warn:1"))
    assert await town.database.read(lambda tx: kept_reports.concerning(tx, 1)) == {1}
    assert await town.database.read(lambda tx: kept_reports.concerning(tx, 2)) == set()


async def test_both_sides_get_their_own_words_of_a_report_and_no_more(town: Square) -> None:

    await reported(town)
    for who, own, foreign in (
        ("anna", "Beleidigung 3", "Beleidigend"),
        ("bruno", "Beleidigend", ""),
    ):
        person = await town.id_of(who)
        export = await town.database.read(lambda tx, person=person: rights.export(tx, person))
        assert own in str(export)
        if foreign:
            assert foreign not in str(export["Meldungen aus geschützten Gesprächen"])


# -- the page ------------------------------------------------------------------------------


async def test_the_page_shows_reports_and_takes_decisions(tmp_path: Path) -> None:
    async with web_rig.house(tmp_path) as place:
        anna, bruno = await place.browser(ip="198.51.100.8"), await place.browser(ip="198.51.100.9")
        for browser, said in ((anna, SEEKER), (bruno, HELPER)):
            await browser.say("Hallo")
            (row,) = await place.rows("SELECT MAX(id) AS id FROM people")

            async def unit(tx: Tx, row: Any = row, said: Any = said) -> None:
                await has_profile(tx, row["id"], place.clock.now(), **said, town="Geheimstadt")

            await place.app.database.write(unit)
        await anna.say("/kontakte")
        await anna.press("Nr. 1 anfragen")
        await anna.say("<b>Kaufen</b> Sie jetzt!")
        await anna.press("So senden")
        await place.until("SELECT COUNT(*) FROM outbox WHERE state <> 'sent'", 0)
        await bruno.open()
        await bruno.press("Melden")
        await bruno.press("Werbung")
        await place.until("SELECT COUNT(*) FROM reports", 1)
        desk = await place.coordinator()
        await desk.open("/desk/meldungen")
        assert "&lt;b&gt;Kaufen&lt;/b&gt; Sie jetzt!" in desk.page
        assert "Grund: Werbung" in desk.page
        assert "Geheimstadt" not in desk.page
        token = desk.field("token")
        response = await desk.post(
            "/desk/meldungen", token=token, report="1", decision="block", days="x"
        )
        assert response.status_code == 422
        assert "für wie viele Tage" in desk.page
        await desk.post("/desk/meldungen", token=token, report="1", decision="block", days="7")
        assert "Die Meldung M-1 ist erledigt." in desk.page
        assert "gesperrt" in desk.page
        expert = await place.coordinator(name="Fachperson", role="expert")
        assert (await expert.open("/desk/meldungen")).status_code == 403
        assert "Kaufen" not in expert.page


async def test_a_coordinator_who_is_one_of_the_two_does_not_read_it(tmp_path: Path) -> None:
    """Enrolled in their chat, or with the chat open in the browser they work in."""
    async with web_rig.house(tmp_path) as place:
        desks = [await place.coordinator(name=name) for name in ("Erika", "Max", "Mina")]
        enrolled, same_browser, other = desks
        people = []
        for browser in (await place.browser(ip="198.51.100.8"), same_browser):
            await browser.open("/")
            await browser.say("Hallo")
            (row,) = await place.rows("SELECT MAX(id) AS id FROM people")
            people.append(row["id"])

        async def report(tx: Tx) -> None:
            it = await introductions.create(tx, people[0], people[1], "Satz", place.clock.now())
            assert it is not None
            await kept_reports.add(
                tx,
                introduction_id=it.id,
                reporter_id=people[0],
                reported_id=people[1],
                words=["Böse Worte"],
                reason="Grund",
                now=place.clock.now(),
            )
            chat = await tx.value("SELECT chat FROM addresses WHERE person_id = ?", people[0])
            (erika,) = [c for c in await coordinators.everybody(tx) if c.name == "Erika"]
            await coordinators.link_account(tx, erika.id, "web", "", str(chat))

        await place.app.database.write(report)
        for browser in (enrolled, same_browser):
            await browser.open("/desk/meldungen")
            assert "Böse Worte" not in browser.page
            assert "M-1" not in browser.page
            assert "1 offene Meldung" not in browser.page
            token = browser.field("token")
            await browser.post("/desk/meldungen", token=token, report="1", decision="nothing")
            assert "Böse Worte" not in browser.page
        assert (await place.rows("SELECT outcome FROM reports"))[0]["outcome"] is None
        await other.open("/desk")
        assert "1 offene Meldung<" in other.page
        await other.open("/desk/meldungen")
        assert "Böse Worte" in other.page
        token = other.field("token")
        await other.post("/desk/meldungen", token=token, report="1", decision="nothing")
        assert (await place.rows("SELECT outcome FROM reports"))[0]["outcome"] == "nothing"
        assert "1 offene Meldung" not in other.page
