"""An announcement may wait for its time: it goes out then, or not at all."""

from datetime import timedelta

import pytest

from tests.support.announcing import (
    BEGINS,
    GRACE,
    ID,
    TITLE,
    copies,
    drained,
    keep,
    member,
    passes,
    proposed,
    subscribed,
    web_crowd,
)
from tests.support.clock import START
from tests.support.hotline import COLLEAGUE, Talk, board


async def test_it_goes_out_at_its_time_to_those_who_are_there_then(talk: Talk) -> None:
    await keep(talk)
    anna, bert = talk.person(), talk.person()
    await subscribed(talk, anna)
    asked = await proposed(talk)
    member(talk).presses("Später senden", asked)
    times = await board(talk, "Wann soll Ankündigung 1 hinausgehen?")
    assert [button.label for button in times.buttons][:2] == [
        "heute, 18:00 Uhr",
        "morgen, 9:00 Uhr",
    ]
    member(talk).presses("heute, 18:00 Uhr", times)
    await board(talk, "Sie geht zu dieser Zeit hinaus: heute, 18:00 Uhr.")
    await subscribed(talk, bert)
    await passes(talk, timedelta(hours=7, minutes=59))
    assert copies(talk, [anna, bert]) == [0, 0]
    await passes(talk, timedelta(minutes=1))
    await talk.hears(anna, TITLE)
    await talk.hears(bert, TITLE)
    await drained(talk)
    assert copies(talk, [anna, bert]) == [1, 1]


async def test_it_can_be_taken_back_until_then(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    await proposed(talk)
    member(talk).says("/spaeter 1 morgen 9 Uhr")
    planned = await board(talk, "morgen, 9:00 Uhr")
    member(talk, COLLEAGUE).presses("Zurücknehmen", planned)
    await board(talk, "zurückgenommen. Nichts wurde gesendet")
    await passes(talk, timedelta(days=2))
    assert copies(talk, [anna]) == [0]


async def test_above_a_hundred_somebody_else_has_to_plan_it(talk: Talk) -> None:
    await keep(talk)
    await web_crowd(talk, 101)
    await proposed(talk)
    member(talk).says("/spaeter 1 morgen 9 Uhr")
    await board(talk, "muss jemand anderes bestätigen")
    member(talk, COLLEAGUE).says("/spaeter 1 morgen 9 Uhr")
    await board(talk, "Empfang nach jetzigem Stand: 101")
    await passes(talk, timedelta(days=1))
    await drained(talk)
    await passes(talk)
    await board(talk, "Zugestellt: 101 von 101")


async def test_when_the_event_was_moved_meanwhile_nothing_wrong_is_sent(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    await proposed(talk)
    member(talk).says("/spaeter 1 morgen 9 Uhr")
    await board(talk, "morgen, 9:00 Uhr")
    await keep(talk, starts=BEGINS + timedelta(days=1))
    await passes(talk, timedelta(days=1))
    await board(talk, "hat sich seit der Vorschau geändert")
    assert copies(talk, [anna]) == [0]


async def test_when_the_machine_slept_past_the_event_nothing_is_sent_late(talk: Talk) -> None:
    await keep(talk, starts=START + timedelta(hours=5))
    anna = talk.person()
    await subscribed(talk, anna)
    await proposed(talk)
    member(talk).says("/spaeter 1 heute 14 Uhr")
    await board(talk, "heute, 14:00 Uhr")
    await passes(talk, timedelta(hours=9))
    await board(talk, "Die Veranstaltung hat schon begonnen")
    assert copies(talk, [anna]) == [0]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/spaeter", "Bitte schreiben Sie die Nummer"),
        ("/spaeter 1", "Bitte schreiben Sie die Nummer"),
        ("/spaeter 99 morgen", "Bitte schreiben Sie die Nummer"),
        ("/spaeter 1 24.11.2026 9 Uhr", "schon vorbei"),
        ("/spaeter 1 24.12.2026 9 Uhr", "Dann hat die Veranstaltung schon begonnen"),
        ("/spaeter 1 irgendwann", "nicht"),
    ],
)
async def test_times_that_cannot_be_are_explained(talk: Talk, command: str, words: str) -> None:
    await keep(talk)
    await subscribed(talk, talk.person())
    await proposed(talk)
    member(talk).says(command)
    await board(talk, words)
    assert (await talk.rows("SELECT state FROM announcements"))[0]["state"] == "draft"


async def test_a_time_button_from_yesterday_sends_nothing(talk: Talk) -> None:
    await keep(talk)
    await subscribed(talk, talk.person())
    asked = await proposed(talk)
    member(talk).presses("Später senden", asked)
    times = await board(talk, "Wann soll")
    await passes(talk, timedelta(days=1))
    member(talk).presses("heute, 18:00 Uhr", times)
    await board(talk, "schon vorbei")
    for forged in ("ann:at:1", "ann:at:1:x", "ann:at:1:99999999999", "ann:later:", f"ann:at:{ID}"):
        member(talk).presses(forged, times, forged=True)
    await board(talk, "gilt nicht mehr")
    await passes(talk, GRACE)
    assert (await talk.rows("SELECT state FROM announcements"))[0]["state"] == "draft"
