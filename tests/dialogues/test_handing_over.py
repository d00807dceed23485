"""A question goes to people: offered, confirmed, numbered, continued, closed, opened again."""

from datetime import timedelta

from tests.support.hotline import COORDINATOR, DESK, Talk

FIVE = [
    "Guten Tag zusammen",
    "ich bin neu im Bauamt",
    "unsere Drehleiter ist Baujahr 1961",
    "und der TÜV sagt nein",
    "an wen wende ich mich da?",
]


async def texts(talk: Talk) -> list[str]:
    rows = await talk.rows("SELECT text FROM request_messages ORDER BY id")
    return [row["text"] for row in rows]


async def test_five_lines_typed_by_a_new_person_are_one_request(talk: Talk) -> None:
    person = talk.person()
    for line in FIVE:
        person.says(line)
    offer = await talk.hears(person, "Soll ich es an einen Menschen weitergeben")
    await talk.settled()
    person.presses("Ja, bitte", offer)
    await talk.hears(person, "K-1001")
    assert await texts(talk) == FIVE
    assert len(await talk.rows("SELECT id FROM requests")) == 1
    offers = [m for m in person.received if "Soll ich" in m.text]
    assert len(offers) == 1


async def test_lines_typed_right_after_yes_join_the_request(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, FIVE[2], "Soll ich")
    person.says("ja")
    person.says(FIVE[3])
    person.says(FIVE[4])
    await talk.hears(person, "K-1001")
    await talk.settled()
    assert await texts(talk) == FIVE[2:]
    assert len(await talk.rows("SELECT id FROM requests")) == 1


async def test_a_person_please_works_in_any_words(talk: Talk) -> None:
    for words in (
        "Mensch",
        "kann ich bitte mit einem menschen reden?",
        "ich möchte einen Mitarbeiter sprechen",
        "/mensch",
    ):
        person = talk.person()
        await talk.ask(person, words, "Worum geht es")
        await talk.ask(person, "Um die Orgel in der Stadtkirche.", "Nummer")


async def test_the_promised_time_respects_office_hours_and_the_weekend(talk: Talk) -> None:
    friday_evening = timedelta(days=3, hours=9)
    talk.clock.move(friday_evening)
    person = talk.person()
    await talk.ask(person, "Wer repariert die Orgel von 1712?", "Soll ich")
    person.says("ja")
    told = await talk.hears(person, "K-1001")
    assert "Montag" in told.text
    assert "13 Uhr" in told.text


async def test_the_state_of_my_requests(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Meine Anfragen", "noch keine Anfrage")
    await talk.request(person)
    shown = await talk.ask(person, "was ist mit meiner Anfrage?", "Ihre Anfragen")
    assert "K-1001: wartet auf Antwort" in shown.text
    person.presses("K-1001 abschließen", shown)
    await talk.hears(person, "abgeschlossen")
    await talk.ask(person, "/anfragen", "K-1001: abgeschlossen")


async def test_a_closed_request_is_reopened_by_writing(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    coordinator = talk.api.group(DESK).member(COORDINATOR)
    coordinator.says("Die Kirche.", thread=topic)
    await talk.hears(person, "Die Kirche.")
    coordinator.says("/schliessen", thread=topic)
    await talk.hears(person, "abgeschlossen")
    await talk.ask(person, "Und wer zahlt das Zifferblatt daran?", "wieder offen")
    await talk.settled()
    rows = await talk.rows("SELECT state FROM requests")
    assert [row["state"] for row in rows] == ["open"]
    assert any("Zifferblatt" in m.text for m in topic.messages)


async def test_the_bot_keeps_quiet_while_a_person_answers(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    talk.api.group(DESK).member(COORDINATOR).says("Ich schaue nach.", thread=topic)
    await talk.hears(person, "Ich schaue nach.")
    person.says("Ab wann ist ein Ort eine Kleinstadt?")
    person.says("Danke!")
    await talk.api.wait_for(lambda: any(m.text == "Danke!" for m in topic.messages))
    await talk.settled()
    assert talk.silence(person) == []


async def test_a_new_matter_can_be_begun_while_another_is_in_hand(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    talk.api.group(DESK).member(COORDINATOR).says("/nehmen", thread=topic)
    await talk.api.wait_for(lambda: any("kümmert sich" in m.text for m in topic.messages))
    await talk.ask(person, "/neu", "Worum geht es")
    await talk.ask(person, "Um das Wehr am Mühlgraben.", "K-1002")


async def test_a_question_we_can_answer_is_answered_although_a_request_waits(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person)
    await talk.passes(timedelta(minutes=20))
    answer = await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
    person.presses("Gehört zu K-1001", answer)
    await talk.hears(person, "K-1001")
    assert "Ab wann ist ein Ort eine Kleinstadt?" in await texts(talk)


async def test_nobody_can_touch_anothers_request(talk: Talk) -> None:
    owner, stranger = talk.person(), talk.person()
    await talk.request(owner)
    hello = await talk.ask(stranger, "Hallo", "Guten Tag")
    for action in ("close:1001", "reopen:1001", "join:1001", "my:1001"):
        stranger.presses(action, hello, forged=True)
    await talk.settled()
    shown = [m.text for m in stranger.received]
    assert not any("K-1001" in text or "Kirchturmuhr" in text for text in shown)
    rows = await talk.rows("SELECT state FROM requests")
    assert [row["state"] for row in rows] == ["open"]


async def test_an_edit_reaches_the_desk_and_is_marked(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person, "Wer stimmt die Orgl?")
    question = next(m for m in person.chat.messages if "Orgl" in m.text)
    person.edits(question, "Wer stimmt die Orgel?")
    await talk.api.wait_for(
        lambda: any("Orgel?" in m.text and "(bearbeitet)" in m.text for m in topic.messages)
    )
    assert await texts(talk) == ["Wer stimmt die Orgel?"]


async def test_what_was_promised_and_missed_is_said_at_the_desk(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await talk.passes(timedelta(hours=5))
    await talk.api.wait_for(lambda: any("wartet noch" in m.text for m in topic.messages))


async def test_request_words_vanish_ninety_days_after_closing(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    talk.api.group(DESK).member(COORDINATOR).says("/schliessen", thread=topic)
    await talk.hears(person, "abgeschlossen")
    await talk.passes(timedelta(days=89))
    assert await texts(talk) != []
    await talk.passes(timedelta(days=2))
    assert await texts(talk) == []
    rows = await talk.rows("SELECT state, wiped_at FROM requests")
    assert rows[0]["state"] == "closed"
    assert rows[0]["wiped_at"]
