"""What was sent to many can be put right where it stands."""

from datetime import timedelta

import pytest

from tests.fakes.world import Message, Person
from tests.support.announcing import (
    GRACE,
    TITLE,
    confirmed,
    copies,
    drained,
    keep,
    member,
    passes,
    subscribed,
    web_crowd,
)
from tests.support.hotline import COLLEAGUE, Talk, board

WRONG = "Wir treffen uns um 19 Uhr."
RIGHT = "Wir treffen uns um 18 Uhr."


async def sent(talk: Talk, number: int = 3) -> list[Person]:
    """A letter with a mistake that has arrived everywhere."""
    await keep(talk)
    crowd = [talk.person() for _ in range(number)]
    for person in crowd:
        await subscribed(talk, person)
    await confirmed(talk, f"/rundbrief netzwerke: {WRONG}")
    await passes(talk, GRACE)
    await drained(talk)
    await passes(talk)
    await board(talk, "Bericht zur Ankündigung 1")
    return crowd


async def corrected(talk: Talk, text: str = RIGHT, who: int = COLLEAGUE) -> None:
    member(talk).says(f"/berichtigen 1 {text}")
    asked = await board(talk, "Sie ersetzt die alte")
    member(talk, who).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await passes(talk, GRACE)
    await drained(talk)
    await passes(talk)


def read(person: Person) -> list[Message]:
    return [m for m in person.received if "Wir treffen uns" in m.text]


async def test_it_changes_what_everybody_holds_and_is_no_new_message(talk: Talk) -> None:
    crowd = await sent(talk)
    before = [len(person.received) for person in crowd]
    await corrected(talk)
    await board(talk, "Berichtigt: 3 von 3")
    for person in crowd:
        assert [RIGHT in m.text and WRONG not in m.text for m in read(person)] == [True]
        assert "(Berichtigt am 24. November 2026)" in read(person)[0].text
        assert [button.data for button in read(person)[0].buttons] == ["subs:end"]
    assert [len(person.received) for person in crowd] == before


async def test_on_the_page_it_stands_there_as_edited(talk: Talk) -> None:
    await keep(talk)
    await web_crowd(talk, 1)
    await confirmed(talk, f"/rundbrief netzwerke: {WRONG}")
    await passes(talk, GRACE)
    await drained(talk)
    await passes(talk)
    await corrected(talk)
    pages = await talk.rows("SELECT payload FROM transcript WHERE chat = 'crowd-0'")
    assert len(pages) == 1
    assert RIGHT in pages[0]["payload"]
    assert '"edited":true' in pages[0]["payload"]


async def test_while_it_is_halted_the_rest_gets_the_right_words_at_once(talk: Talk) -> None:
    await keep(talk)
    crowd = [talk.person() for _ in range(8)]
    for person in crowd:
        await subscribed(talk, person)
    taken = await confirmed(talk, f"/rundbrief netzwerke: {WRONG}")
    talk.api.latency(60)
    await passes(talk, GRACE)
    await talk.api.wait_for(lambda: sum(copies(talk, crowd, WRONG)) >= 2)
    member(talk).presses("ann:pause:1", taken, forged=True)
    await board(talk, "ist angehalten")
    talk.api.latency(0)
    member(talk).says(f"/berichtigen 1 {RIGHT}")
    asked = await board(talk, "Sie ersetzt die alte")
    member(talk).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await passes(talk, GRACE)
    await talk.api.wait_for(lambda: all(RIGHT in m.text for p in crowd for m in read(p)))
    member(talk).presses("ann:resume:1", taken, forged=True)
    await drained(talk)
    await passes(talk)
    await talk.api.wait_for(lambda: all(len(read(person)) == 1 for person in crowd))
    assert all(RIGHT in read(person)[0].text for person in crowd)


async def test_above_a_hundred_two_have_to_agree_to_it_as_well(talk: Talk) -> None:
    await keep(talk)
    await web_crowd(talk, 101)
    member(talk).says(f"/rundbrief netzwerke: {WRONG}")
    asked = await board(talk, "Empfang: 101")
    member(talk, COLLEAGUE).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await passes(talk, GRACE)
    await drained(talk)
    await passes(talk)
    await board(talk, "Zugestellt: 101 von 101")
    member(talk).says(f"/berichtigen 1 {RIGHT}")
    asked = await board(talk, "Sie ersetzt die alte")
    member(talk).presses("Senden", asked)
    await board(talk, "muss jemand anderes bestätigen")


async def test_whoever_blocked_us_or_was_erased_is_left_alone(talk: Talk) -> None:
    anna, bert, carl = await sent(talk)
    anna.blocks_bot()
    await talk.settled()
    question = await talk.ask(bert, "/loeschen", "Soll ich alles löschen")
    bert.presses("Ja, alles löschen", question)
    await talk.hears(bert, "Alles gelöscht")
    member(talk).says(f"/berichtigen 1 {RIGHT}")
    asked = await board(talk, "Empfang: 1 (Telegram: 1)")
    member(talk).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await passes(talk, GRACE)
    await drained(talk)
    await talk.api.wait_for(lambda: RIGHT in read(carl)[0].text)
    assert WRONG in read(anna)[0].text


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/berichtigen", "Bitte schreiben Sie die Nummer"),
        ("/berichtigen 1", "Bitte schreiben Sie die Nummer"),
        ("/berichtigen 77 Neu", "Bitte schreiben Sie die Nummer"),
        ("/berichtigen 1 " + "a" * 3001, "Der Text ist zu lang"),
        ("/berichtigen 2 Noch neuer", "lässt sich jetzt nicht berichtigen"),
    ],
)
async def test_slips_are_explained(talk: Talk, command: str, words: str) -> None:
    [anna] = await sent(talk, 1)
    await corrected(talk)
    member(talk).says(command)
    await board(talk, words)
    await passes(talk, timedelta(minutes=1))
    assert [RIGHT in m.text for m in read(anna)] == [True]
    assert copies(talk, [anna], TITLE) == [0]
