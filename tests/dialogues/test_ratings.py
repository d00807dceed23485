"""How was it? Asked once after a request is closed; three faces, and a line if they like."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from handlers.message import Incoming, Kind
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Message, Person, Topic
from tests.support.announcing import member
from tests.support.clock import START, MovableClock
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk, hotline

HOW = "Wie war es"
A_MOMENT = timedelta(minutes=3)
DAY = timedelta(days=1)


async def closes(talk: Talk, person: Person, topic: Topic) -> None:
    member(talk).says("/schliessen", thread=topic)
    await talk.hears(person, "hat Ihre Anfrage")
    await talk.settled()


async def asked(talk: Talk, person: Person, topic: Topic) -> Message:
    """The desk closes the request; what the person is asked then."""
    await closes(talk, person, topic)
    await talk.passes(A_MOMENT)
    return await talk.hears(person, HOW)


async def rated(talk: Talk, person: Person, topic: Topic, face: str = "😊 gut") -> Message:
    question = await asked(talk, person, topic)
    person.presses(face, question)
    await talk.hears(person, "Möchten Sie dazu etwas sagen?")
    await talk.settled()
    return question


async def kept(talk: Talk) -> list[tuple[str | None, str | None, str]]:
    rows = await talk.rows("SELECT rating, rating_words, state FROM requests ORDER BY id")
    return [(row["rating"], row["rating_words"], row["state"]) for row in rows]


def in_topic(topic: Topic, words: str) -> int:
    return sum(words in m.text for m in topic.messages)


def questions(person: Person) -> int:
    return sum(HOW in m.text for m in person.received)


async def test_after_closing_the_person_is_asked_once_how_it_was(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    question = await asked(talk, person, topic)
    assert [b.label for b in question.buttons] == ["😊 gut", "😐 geht so", "☹ nicht gut"]
    person.presses("😐 geht so", question)
    more = await talk.hears(person, "Möchten Sie dazu etwas sagen?")
    person.presses("Nein, danke", more)
    await talk.hears(person, "Danke für Ihre Bewertung")
    await talk.settled()
    assert await kept(talk) == [("middling", None, "closed")]
    assert in_topic(topic, "Bewertung zu K-1001: 😐 geht so") == 1
    await talk.passes(10 * DAY)
    assert questions(person) == 1


async def test_words_within_ten_minutes_belong_to_the_rating_and_open_nothing(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await rated(talk, person, topic, "☹ nicht gut")
    await talk.ask(person, "Es hat zu lange gedauert.", "liegt jetzt bei Ihrer Bewertung")
    await talk.settled()
    assert await kept(talk) == [("bad", "Es hat zu lange gedauert.", "closed")]
    assert in_topic(topic, "Es hat zu lange gedauert.") == 1
    rows = await talk.rows("SELECT COUNT(*) AS n FROM request_messages WHERE author = 'person'")
    assert rows[0]["n"] == 1


async def test_later_words_are_a_message_like_any_other(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await rated(talk, person, topic)
    await talk.passes(timedelta(minutes=11))
    await talk.ask(person, "Das Zifferblatt fehlt noch immer.", "wieder offen")
    await talk.settled()
    assert await kept(talk) == [("good", None, "open")]


async def test_yes_no_and_a_question_are_not_taken_for_an_opinion(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    question = await rated(talk, person, topic)
    await talk.ask(person, "Ja", "Schreiben Sie es einfach hier")
    await talk.ask(person, "nein", "Danke für Ihre Bewertung")
    person.presses("😊 gut", question)
    await talk.hears(person, "Möchten Sie dazu etwas sagen?")
    await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
    await talk.settled()
    assert await kept(talk) == [("good", None, "closed")]


async def test_danger_comes_before_any_rating(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await rated(talk, person, topic)
    await talk.ask(person, "Ich will nicht mehr leben.", "112")
    await talk.settled()
    person.says("Ich stehe an der Mauer.")
    group = talk.api.group(DESK)
    await talk.api.wait_for(
        lambda: any(in_topic(each, "an der Mauer") for each in group.topics.values())
    )
    rows = await talk.rows("SELECT rating_words FROM requests")
    assert all(row["rating_words"] is None for row in rows)
    texts = await talk.rows("SELECT text FROM request_messages")
    assert {"text": "Ich stehe an der Mauer."} in texts


async def test_changing_ones_mind_replaces_the_first_rating(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    question = await rated(talk, person, topic)
    person.presses("😊 gut", question)
    await talk.hears(person, "Möchten Sie dazu etwas sagen?")
    person.presses("☹ nicht gut", question)
    await talk.hears(person, "Möchten Sie dazu etwas sagen?")
    await talk.settled()
    assert await kept(talk) == [("bad", None, "closed")]
    assert in_topic(topic, "Bewertung zu K-1001: 😊 gut") == 1
    assert in_topic(topic, "Bewertung zu K-1001: ☹ nicht gut") == 1


async def test_nobody_is_asked_more_than_once_a_week(talk: Talk) -> None:
    person = talk.person()
    await asked(talk, person, await talk.request(person))
    await talk.passes(DAY)
    await talk.ask(person, "/neu", "Worum geht es")
    await talk.ask(person, "Um das Wehr am Mühlgraben.", "K-1002")
    await talk.settled()
    topics = list(talk.api.group(DESK).topics.values())
    await closes(talk, person, topics[-1])
    await talk.passes(A_MOMENT)
    assert questions(person) == 1
    await talk.passes(7 * DAY)
    await talk.ask(person, "/neu", "Worum geht es")
    await talk.ask(person, "Um den Löschteich.", "K-1003")
    await talk.settled()
    await closes(talk, person, list(talk.api.group(DESK).topics.values())[-1])
    await talk.passes(A_MOMENT)
    assert questions(person) == 2


async def test_a_closing_that_is_undone_at_once_is_not_asked_about(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await closes(talk, person, topic)
    member(talk).says("/oeffnen", thread=topic)
    await talk.api.wait_for(lambda: in_topic(topic, "wieder geöffnet"))
    await talk.passes(A_MOMENT)
    assert questions(person) == 0


async def test_whoever_closes_what_was_answered_is_asked_and_whoever_withdraws_is_not(
    talk: Talk,
) -> None:
    done, withdrawn = talk.person(), talk.person()
    topic = await talk.request(done)
    await talk.request(withdrawn, "Wer stimmt die Orgel?")
    member(talk).says("Die Kirche zahlt.", thread=topic)
    answer = await talk.hears(done, "Die Kirche zahlt.")
    done.presses("Das ist erledigt", answer)
    await talk.hears(done, "abgeschlossen")
    listed = await talk.ask(withdrawn, "/anfragen", "K-1002")
    withdrawn.presses("K-1002 abschließen", listed)
    await talk.hears(withdrawn, "abgeschlossen")
    await talk.settled()
    await talk.passes(A_MOMENT)
    assert (questions(done), questions(withdrawn)) == (1, 0)


async def test_after_an_emergency_nobody_is_asked(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Ich will nicht mehr leben.", "112")
    await talk.hears(person, "K-1001")
    await talk.settled()
    await closes(talk, person, next(iter(talk.api.group(DESK).topics.values())))
    await talk.passes(A_MOMENT)
    assert questions(person) == 0


async def test_what_was_closed_in_the_evening_is_asked_about_in_the_morning(
    tmp_path: Path, api: FakeBotApi
) -> None:
    clock = MovableClock(START + timedelta(hours=11))  # Tuesday, nine in the evening
    async with hotline(
        tmp_path,
        api,
        clock,
        telegram_desk_chat=DESK,
        telegram_coordinators=f"{COORDINATOR},{COLLEAGUE}",
    ) as talk:
        person = talk.person()
        await closes(talk, person, await talk.request(person))
        await talk.passes(A_MOMENT)
        assert questions(person) == 0
    clock.move(timedelta(hours=13))
    async with hotline(tmp_path, api, clock, telegram_desk_chat=DESK) as talk:
        await talk.passes(A_MOMENT)
        await talk.passes(A_MOMENT)
        assert questions(person) == 1


async def test_buttons_of_a_request_whose_words_are_gone_do_nothing(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    question = await rated(talk, person, topic)
    await talk.ask(person, "Sehr freundlich.", "liegt jetzt bei Ihrer Bewertung")
    await talk.passes(91 * DAY)
    await talk.passes(timedelta(hours=2))
    person.presses("☹ nicht gut", question)
    await talk.hears(person, "gilt nicht mehr")
    await talk.settled()
    assert await kept(talk) == [("good", None, "closed")]


async def test_nobody_rates_for_somebody_else_or_what_is_still_open(talk: Talk) -> None:
    person, stranger = talk.person(), talk.person()
    topic = await talk.request(person)
    hello = await talk.ask(stranger, "Hallo", "Guten Tag")
    for who in (person, stranger):
        for action in ("rate:1001:bad", "rate:1001:done", "rate:x:good", "rate:1001:superb"):
            who.presses(action, who.received[-1] if who is person else hello, forged=True)
            await talk.hears(who, "gilt nicht mehr")
    await talk.settled()
    assert await kept(talk) == [(None, None, "open")]
    assert in_topic(topic, "Bewertung") == 0


async def test_the_face_of_somebody_else_in_the_middle_of_another_matter_changes_nothing(
    talk: Talk,
) -> None:
    person = talk.person()
    topic = await talk.request(person)
    question = await asked(talk, person, topic)
    await talk.ask(person, "/neu", "Worum geht es")
    person.presses("😊 gut", question)
    await talk.hears(person, "Danke für Ihre Bewertung")
    await talk.ask(person, "Um das Wehr am Mühlgraben.", "K-1002")
    assert (await kept(talk))[0] == ("good", None, "closed")


async def test_words_from_the_web_chat_stay_out_of_the_messenger(talk: Talk) -> None:
    for text in ("Wer zahlt die Kirchturmuhr?", "ja"):
        await visits(talk, text=text)
    topic = next(iter(talk.api.group(DESK).topics.values()))
    member(talk).says("/schliessen", thread=topic)
    await talk.api.wait_for(lambda: in_topic(topic, "hat K-1001 abgeschlossen"))
    await talk.passes(A_MOMENT)
    await visits(talk, kind=Kind.BUTTON, action="rate:1001:bad")
    await visits(talk, text="Die Uhr steht immer noch.")
    assert await kept(talk) == [("bad", "Die Uhr steht immer noch.", "closed")]
    assert in_topic(topic, "Bewertung zu K-1001: ☹ nicht gut") == 1
    assert in_topic(topic, "hat die Person etwas geschrieben. Lesen: ") == 1
    assert in_topic(topic, "steht immer noch") == 0


async def visits(talk: Talk, **what: Any) -> None:
    """Somebody does something in the web chat."""
    rows = await talk.rows("SELECT COUNT(*) AS n FROM inbox")
    came = Incoming(
        channel="web",
        bot="",
        update_id=f"visit-{rows[0]['n']}",
        chat="visitor",
        sender="visitor",
        at=talk.clock.now(),
        **what,
    )
    await talk.app.receiver([came])
    await talk.settled()


async def test_erasing_takes_the_words_of_a_rating_along(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await rated(talk, person, topic)
    await talk.ask(person, "Die Orgel vom Bahnhof.", "liegt jetzt bei Ihrer Bewertung")
    question = await talk.ask(person, "/loeschen", "Soll ich alles löschen")
    person.presses("Ja, alles löschen", question)
    await talk.hears(person, "Alles gelöscht")
    await talk.passes(timedelta(hours=2))
    rows = await talk.rows("SELECT rating_words FROM requests")
    assert [row["rating_words"] for row in rows] == [None]
