"""Coordinators tell many people at once, and nobody hears it twice."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from handlers.programme import keeping
from storage import announcements, coordinators, house, subscriptions
from storage.database import Tx
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Message, Person
from tests.support.announcing import (
    BEGINS,
    GRACE,
    ID,
    TITLE,
    confirmed,
    copies,
    drained,
    event,
    keep,
    member,
    passes,
    proposed,
    subscribed,
    web_crowd,
    write,
)
from tests.support.clock import START
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk, board, hotline

# -- from the command to the report ---------------------------------------------------------


async def test_an_event_is_announced_to_those_who_want_to_hear_of_it(talk: Talk) -> None:
    await keep(talk)
    anna, bert, carl = talk.person("Anna"), talk.person("Bert"), talk.person("Carl")
    await subscribed(talk, anna)
    await subscribed(talk, bert, "")
    await subscribed(talk, carl, "leerstand")
    asked = await proposed(talk, "/ankündigen webtalk mobilitaet")
    assert "Empfang: 2 (Telegram: 2)" in asked.text
    assert "„Merken“ und „Abbestellen“" in asked.text
    assert copies(talk, [anna, bert, carl]) == [0, 0, 0]
    preview = await board(talk, "Wie kommen alle hin?")
    member(talk).presses("Senden", asked)
    taken = await board(talk, "In 10 Sekunden")
    assert taken is asked
    await passes(talk, GRACE)
    heard = await talk.hears(anna, TITLE)
    assert heard.text == preview.text
    assert [button.data for button in heard.buttons] == [f"mark:{ID}", "subs:end"]
    await talk.hears(bert, TITLE)
    await drained(talk)
    await passes(talk)
    report = await board(talk, "Bericht zur Ankündigung 1")
    assert "Zugestellt: 2 von 2" in report.text
    await talk.api.wait_for(lambda: "abgeschlossen" in asked.text)
    assert asked.buttons == []
    await passes(talk, timedelta(hours=1))
    assert copies(talk, [anna, bert, carl]) == [1, 1, 0]
    assert talk.api.copies("Bericht zur Ankündigung", DESK, part=True) == 1


async def test_without_recipients_there_is_nothing_to_confirm(talk: Talk) -> None:
    await keep(talk)
    await subscribed(talk, talk.person(), weekly=True)
    asked = await proposed(talk)
    assert "Empfang: 0" in asked.text
    assert "Nicht dabei: 1 mit dem Wunsch nach nur einer Nachricht in der Woche" in asked.text
    assert asked.buttons == []
    member(talk).presses("ann:ok:1", asked, forged=True)
    await board(talk, "Das gilt für Ankündigung 1 nicht mehr")


async def test_two_who_confirm_at_once_start_it_once(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    asked = await proposed(talk)
    for who in (COORDINATOR, COLLEAGUE, COORDINATOR):
        member(talk, who).presses("ann:ok:1", asked, forged=True)
    await talk.api.wait_for(lambda: talk.api.copies("schon bestätigt", DESK, part=True) == 2)
    await passes(talk, GRACE)
    await talk.hears(anna, TITLE)
    await drained(talk)
    assert copies(talk, [anna]) == [1]


async def test_what_is_taken_back_reaches_nobody(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    taken = await confirmed(talk)
    member(talk, COLLEAGUE).presses("Zurücknehmen", taken)
    await board(talk, "zurückgenommen. Nichts wurde gesendet")
    await passes(talk, GRACE)
    assert copies(talk, [anna]) == [0]
    assert await talk.rows("SELECT * FROM announcement_recipients") == []
    member(talk).presses("ann:ok:1", taken, forged=True)
    await board(talk, "Sie ist beendet")


async def test_what_is_discarded_reaches_nobody(talk: Talk) -> None:
    await keep(talk)
    await subscribed(talk, talk.person())
    asked = await proposed(talk)
    member(talk).presses("Verwerfen", asked)
    await board(talk, "verworfen. Nichts wurde gesendet")
    assert asked.buttons == []


async def test_above_a_hundred_a_second_coordinator_has_to_confirm(talk: Talk) -> None:
    await keep(talk)
    await web_crowd(talk, 101)
    asked = await proposed(talk)
    assert "Empfang: 101 (Web-Chat: 101)" in asked.text
    assert "eine zweite Person" in asked.text
    member(talk).presses("Senden", asked)
    await board(talk, "muss jemand anderes bestätigen")
    assert (await talk.rows("SELECT state FROM announcements"))[0]["state"] == "draft"
    member(talk, COLLEAGUE).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await passes(talk, GRACE)
    await drained(talk)
    await passes(talk)
    await board(talk, "Zugestellt: 101 von 101")
    pages = await talk.rows("SELECT COUNT(DISTINCT chat) AS n FROM transcript")
    assert pages[0]["n"] == 101


async def test_a_hundred_need_only_one(talk: Talk) -> None:
    await keep(talk)
    await web_crowd(talk, 100)
    taken = await confirmed(talk)
    assert "Empfang: 100" in taken.text


async def test_only_the_coordination_announces(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    asked = await proposed(talk)
    guest = talk.api.group(DESK).member(6666, "Koordination")
    guest.says(f"/ankuendigen {ID}")
    guest.presses("Senden", asked)
    await board(talk, "eingetragen")
    bot = talk.api.token.split(":")[0]

    async def enrol(tx: Tx) -> None:
        expert = await coordinators.enrol(tx, "Fachperson", "expert", talk.clock.now())
        await coordinators.link_account(tx, expert.id, "telegram", bot, "7003")

    await write(talk, enrol)
    expert = talk.api.group(DESK).member(7003, "Fachperson")
    expert.presses("Senden", asked)
    await board(talk, "sendet nur die Koordination")
    rows = await talk.rows("SELECT state FROM announcements")
    assert [row["state"] for row in rows] == ["draft"]


# -- nobody twice ------------------------------------------------------------------------


async def test_after_a_restart_in_the_middle_the_rest_is_sent_and_nobody_hears_it_twice(
    tmp_path: Path, api: FakeBotApi
) -> None:
    settings = {
        "telegram_desk_chat": DESK,
        "telegram_coordinators": f"{COORDINATOR},{COLLEAGUE}",
    }
    api.latency(40)
    async with hotline(tmp_path, api, **settings) as talk:
        await keep(talk)
        crowd = [talk.person() for _ in range(20)]
        for person in crowd:
            await subscribed(talk, person)
        await confirmed(talk)
        await passes(talk, GRACE)
        await api.wait_for(lambda: sum(copies(talk, crowd)) >= 4)
    before = sum(copies(talk, crowd))
    assert 4 <= before < 20
    async with hotline(tmp_path, api, talk.clock, **settings) as talk:
        await drained(talk)
        await passes(talk)
        await board(talk, "Zugestellt: 20 von 20")
    assert copies(talk, crowd) == [1] * 20


async def test_the_same_event_is_announced_again_only_to_those_who_are_new(talk: Talk) -> None:
    await keep(talk)
    anna, bert = talk.person(), talk.person()
    await subscribed(talk, anna)
    await confirmed(talk)
    await passes(talk, GRACE)
    await talk.hears(anna, TITLE)
    again = await proposed(talk)
    assert "Empfang: 0" in again.text
    assert "Nicht dabei: 1, weil sie diesen Stand schon bekommen haben." in again.text
    await subscribed(talk, bert)
    await confirmed(talk)
    await passes(talk, GRACE)
    await talk.hears(bert, TITLE)
    assert copies(talk, [anna, bert]) == [1, 1]


async def test_a_change_is_announced_as_one_to_the_same_people(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    await confirmed(talk)
    await passes(talk, GRACE)
    first = await talk.hears(anna, TITLE)
    assert not first.text.startswith("Änderung")
    await keep(talk, starts=BEGINS + timedelta(days=1))
    await confirmed(talk)
    await passes(talk, GRACE)
    second = await talk.hears(anna, TITLE)
    assert second.text.startswith("Änderung")
    await keep(talk, starts=BEGINS + timedelta(days=1), cancelled=True)
    await confirmed(talk)
    await passes(talk, GRACE)
    third = await talk.hears(anna, TITLE)
    assert third.text.startswith("Änderung: Diese Veranstaltung fällt aus.")
    assert [button.data for button in third.buttons] == ["subs:end"]


async def test_what_was_confirmed_before_a_restored_backup_is_not_sent(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    await confirmed(talk)

    async def restored(tx: Tx) -> None:
        await house.set_fact(tx, "restored", talk.clock.now().isoformat())

    await write(talk, restored)
    await passes(talk, GRACE)
    await board(talk, "bevor eine Sicherung zurückgespielt wurde")
    assert copies(talk, [anna]) == [0]


# -- pausing, stopping, withdrawing ----------------------------------------------------------


async def begun(talk: Talk, number: int = 12) -> tuple[list[Person], Message]:
    """An announcement of which some copies have arrived and most have not."""
    await keep(talk)
    crowd = [talk.person() for _ in range(number)]
    for person in crowd:
        await subscribed(talk, person)
    taken = await confirmed(talk)
    talk.api.latency(60)
    await passes(talk, GRACE)
    await talk.api.wait_for(lambda: sum(copies(talk, crowd)) >= 2)
    return crowd, taken


async def test_a_pause_keeps_the_rest_and_resuming_sends_it(talk: Talk) -> None:
    crowd, taken = await begun(talk)
    member(talk).presses("ann:pause:1", taken, forged=True)
    await board(talk, "ist angehalten")
    talk.api.latency(0)
    left = await talk.rows(
        "SELECT not_before FROM outbox WHERE lane = 1 AND state = 'ready' ORDER BY id"
    )
    assert left
    assert all(row["not_before"].startswith("9999") for row in left)
    await drained(talk, left=len(left))
    await passes(talk, timedelta(minutes=2))
    assert sum(copies(talk, crowd)) == len(crowd) - len(left)
    member(talk, COLLEAGUE).presses("Weiter senden", taken)
    await drained(talk)
    await passes(talk, timedelta(minutes=2))
    await board(talk, "Zugestellt: 12 von 12")
    assert copies(talk, crowd) == [1] * 12


async def test_stopping_ends_it_and_the_report_says_so(talk: Talk) -> None:
    crowd, taken = await begun(talk)
    member(talk).presses("ann:stop:1", taken, forged=True)
    await talk.until(lambda: talk.rows("SELECT state FROM announcements"), [{"state": "stopped"}])
    talk.api.latency(0)
    await drained(talk)
    await passes(talk)
    report = await board(talk, "Bericht zur Ankündigung 1")
    sent = sum(copies(talk, crowd))
    assert f"Zugestellt: {sent} von 12" in report.text
    assert f"Nicht mehr gesendet: {12 - sent} (von der Koordination beendet: {12 - sent})" in (
        report.text
    )
    member(talk).presses("ann:resume:1", taken, forged=True)
    await board(talk, "Sie ist beendet")
    await passes(talk)
    assert sum(copies(talk, crowd)) == sent


async def test_after_an_unsubscription_no_copy_is_sent(talk: Talk) -> None:
    await keep(talk)
    crowd = [talk.person() for _ in range(12)]
    numbers = [await subscribed(talk, person) for person in crowd]
    await confirmed(talk)
    talk.api.latency(60)
    await passes(talk, GRACE)
    await talk.api.wait_for(lambda: sum(copies(talk, crowd)) >= 2)

    async def leave(tx: Tx) -> None:
        await subscriptions.end_all(tx, numbers[-1])
        assert await announcements.withdraw(tx, numbers[-1], talk.clock.now()) == 1

    await write(talk, leave)
    talk.api.latency(0)
    await drained(talk)
    await passes(talk)
    report = await board(talk, "Zugestellt: 11 von 12")
    assert "Nicht mehr gesendet: 1 (abbestellt: 1)" in report.text
    assert copies(talk, crowd) == [1] * 11 + [0]


async def test_the_report_says_who_could_not_be_reached(talk: Talk) -> None:
    await keep(talk)
    anna, bert, carl = talk.person(), talk.person(), talk.person()
    for person in (anna, bert, carl):
        await subscribed(talk, person)
    talk.api.fault("sendMessage", 403, chat=bert.id, times=None)
    talk.api.fault("sendMessage", "drop_after", chat=carl.id, times=None)
    await confirmed(talk)
    await passes(talk, GRACE)
    await talk.hears(anna, TITLE)
    await drained(talk)
    await passes(talk)
    report = await board(talk, "Zugestellt: 1 von 3")
    assert "Nicht zustellbar: 1 (Hotline blockiert oder Konto gelöscht: 1)" in report.text
    assert "Ungewiss, ob angekommen: 1." in report.text
    assert copies(talk, [carl]) == [1]


# -- the right time ----------------------------------------------------------------------------


async def test_somebody_in_quiet_hours_hears_it_afterwards(talk: Talk) -> None:
    await keep(talk)
    anna, bert = talk.person(), talk.person()
    await subscribed(talk, anna)
    await subscribed(talk, bert, quiet=(9 * 60, 12 * 60))  # it is ten in Germany
    asked = await proposed(talk)
    assert "Wer gerade Ruhezeit hat" in asked.text
    member(talk).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await passes(talk, GRACE)
    await talk.hears(anna, TITLE)
    await drained(talk, left=1)
    await passes(talk)
    await board(talk, "Warten auf das Ende ihrer Ruhezeit oder einen neuen Versuch: 1")
    assert copies(talk, [bert]) == [0]
    await passes(talk, timedelta(hours=2))
    await talk.hears(bert, TITLE)
    await drained(talk)
    await passes(talk, timedelta(minutes=2))
    await board(talk, "Zugestellt: 2 von 2")


async def test_when_the_event_has_begun_nothing_more_is_sent(talk: Talk) -> None:
    await keep(talk, starts=START + timedelta(hours=1))
    anna = talk.person()
    await subscribed(talk, anna, quiet=(9 * 60, 12 * 60))
    await confirmed(talk)
    await passes(talk, GRACE)
    await passes(talk, timedelta(hours=1))
    report = await board(talk, "Zugestellt: 0 von 1")
    assert "Veranstaltung hat begonnen: 1" in report.text
    await passes(talk, timedelta(hours=3))
    assert copies(talk, [anna]) == [0]
    late = await proposed_refusal(talk)
    assert "hat schon begonnen" in late.text


async def proposed_refusal(talk: Talk, command: str = f"/ankuendigen {ID}") -> Message:
    """Somebody wrote a command that cannot be followed; what the group reads."""
    before = len(talk.api.group(DESK).general)
    member(talk).says(command)

    def found() -> Message | None:
        return next((m for m in talk.api.group(DESK).general[before:] if m.from_bot), None)

    message: Message = await talk.api.wait_for(found)
    return message


async def test_an_event_that_changes_before_it_is_sent_is_not_announced_wrongly(
    talk: Talk,
) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    await confirmed(talk)
    await keep(talk, starts=BEGINS + timedelta(days=1))
    await passes(talk, GRACE)
    await board(talk, "hat sich seit der Vorschau geändert")
    assert copies(talk, [anna]) == [0]


# -- letters, and slips ------------------------------------------------------------------------


async def test_a_letter_goes_to_a_topic_or_to_all_who_want_everything(talk: Talk) -> None:
    await keep(talk)
    anna, bert = talk.person(), talk.person()
    await subscribed(talk, anna, "foerderung")
    await subscribed(talk, bert, "")
    asked = await proposed(talk, "/rundbrief alle: Wir ziehen um. *Neue* Adresse: Markt 1")
    assert "Empfang: 1 (Telegram: 1)" in asked.text
    member(talk).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await passes(talk, GRACE)
    heard = await talk.hears(bert, "Wir ziehen um. *Neue* Adresse: Markt 1")
    assert [button.data for button in heard.buttons] == ["subs:end"]
    assert copies(talk, [anna], "Markt 1") == [0]
    asked = await proposed(talk, "/rundbrief Förderung: Der Bus fährt wieder.")
    assert "Empfang: 2 (Telegram: 2)" in asked.text


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/ankuendigen", "So kündigen Sie eine Veranstaltung an"),
        ("/ankuendigen Mondlandung", "„Mondlandung“ habe ich nicht gefunden"),
        ("/ankuendigen webtalk", "Mehrere Veranstaltungen passen"),
        ("/rundbrief ohne Doppelpunkt", "So schreiben Sie allen"),
        ("/rundbrief alle:", "So schreiben Sie allen"),
        ("/rundbrief Raumfahrt: Hallo", "Das Thema „Raumfahrt“ kenne ich nicht. Bekannt sind:"),
        ("/rundbrief alle: " + "a" * 3001, "Der Text ist zu lang: 3001 Zeichen"),
    ],
)
async def test_slips_are_explained(talk: Talk, command: str, words: str) -> None:
    await keep(talk)
    await keep(talk, id="webtalk-leerstand", title="Webtalk Leerstand")
    assert words in (await proposed_refusal(talk, command)).text
    assert await talk.rows("SELECT * FROM announcements") == []


async def test_a_draft_of_an_event_is_not_announced(talk: Talk) -> None:
    await write(
        talk,
        lambda tx: keeping.keep(tx, event(), "desk", talk.clock.now(), draft=True),
    )
    assert "noch nicht veröffentlicht" in (await proposed_refusal(talk)).text


def picture() -> bytes:
    found = BytesIO()
    Image.new("RGB", (8, 8), "red").save(found, "JPEG")
    return found.getvalue()


# -- pictures, documents, and simpler words ------------------------------------------------------


async def test_a_letter_takes_a_picture_along(talk: Talk) -> None:
    await keep(talk)
    crowd = [talk.person() for _ in range(5)]
    for person in crowd:
        await subscribed(talk, person)
    await web_crowd(talk, 1)
    member(talk).sends_photo(picture(), caption="/rundbrief netzwerke: So sieht der neue Bus aus.")
    asked = await board(talk, "Empfang: 6")
    member(talk).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await talk.until(lambda: talk.rows("SELECT state FROM files"), [{"state": "stored"}])
    await passes(talk, GRACE)
    for person in crowd:
        heard = await talk.hears(person, "So sieht der neue Bus aus.")
        assert "photo" in heard.body
        assert [button.data for button in heard.buttons] == ["subs:end"]
    await drained(talk)
    pages = await talk.rows("SELECT payload FROM transcript WHERE chat = 'crowd-0'")
    assert "image/jpeg" in pages[0]["payload"]
    await passes(talk, timedelta(days=2))
    assert len(await talk.rows("SELECT * FROM files WHERE state = 'stored'")) == 1
    await passes(talk, timedelta(days=40))
    await passes(talk, timedelta(hours=1))
    assert await talk.rows("SELECT * FROM files") == []


async def test_with_a_file_that_we_do_not_take_nothing_is_sent(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    member(talk).sends_document(
        b"MZ\x90\x00", name="plan.exe", caption="/rundbrief netzwerke: Der Plan"
    )
    asked = await board(talk, "Empfang: 1")
    member(talk).presses("ann:ok:1", asked, forged=True)
    await board(talk, "plan.exe")
    await passes(talk, GRACE)
    assert copies(talk, [anna], "Der Plan") == [0]


async def test_whoever_chose_simple_words_gets_the_frame_in_simple_words(talk: Talk) -> None:
    await keep(talk)
    anna, bert = talk.person(), talk.person()
    for person in (anna, bert):
        await subscribed(talk, person)
    await talk.ask(bert, "/einfach")
    asked = await proposed(talk)
    await board(talk, "Einfacher Sprache")
    member(talk).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await passes(talk, GRACE)
    assert "Hinweis auf eine Veranstaltung" in (await talk.hears(anna, TITLE)).text
    simple = (await talk.hears(bert, TITLE)).text
    assert simple.startswith("Es gibt eine neue Veranstaltung.")
    assert simple.endswith("Sie können sie jederzeit abbestellen.")


# -- from a coordinator's own chat -----------------------------------------------------------------


async def test_a_coordinator_announces_from_their_own_chat_and_the_group_can_follow(
    talk: Talk,
) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    erika = talk.api.user(COORDINATOR)
    asked = await talk.ask(erika, f"/ankuendigen {ID}", "Empfang: 1")
    copy = await board(talk, "Empfang: 1")
    erika.presses("Senden", asked)
    await talk.api.wait_for(lambda: "In 10 Sekunden" in asked.text)
    member(talk, COLLEAGUE).presses("Senden", copy)
    await board(talk, "Das gilt für Ankündigung 1 nicht mehr: Sie ist schon bestätigt.")
    await passes(talk, GRACE)
    await talk.hears(anna, TITLE)
    await drained(talk)
    await passes(talk)
    await talk.hears(erika, "Zugestellt: 1 von 1")
    assert copies(talk, [anna]) == [1]


async def test_for_everybody_else_these_commands_do_not_exist(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    await talk.ask(anna, f"/ankuendigen {ID}", "kenne ich nicht")
    await talk.ask(anna, "Hallo")
    anna.presses("ann:event:" + ID, anna.received[-1], forged=True)
    await talk.settled()
    assert await talk.rows("SELECT * FROM announcements") == []
