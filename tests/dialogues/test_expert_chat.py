"""Experts work in their own chat with the hotline, and see only what was handed to them."""

from typing import Any

import pytest

from handlers.codes import code_digest
from handlers.desk import own_chat
from handlers.message import Incoming, Kind
from storage import coordinators, rights
from storage.database import Tx
from tests.fakes.world import Message, Person, Topic
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk

FACH = 3  # as the store calls the expert
NOT_HANDED = "Diese Anfrage ist nicht oder nicht mehr bei Ihnen. Nichts wurde gesendet."


async def expert(talk: Talk, name: str = "Fatma Fach") -> Person:
    """Somebody who has become an expert, and has written to the bot alone."""
    somebody = talk.person(name)
    await talk.ask(somebody, "/start")
    bot = talk.api.token.split(":")[0]

    async def unit(tx: Tx) -> None:
        new = await coordinators.enrol(tx, name, "expert", talk.clock.now())
        await coordinators.link_account(tx, new.id, "telegram", bot, str(somebody.id))

    await talk.app.database.write(unit)
    await talk.settled()
    talk.silence(somebody)
    return somebody


def desk(talk: Talk, topic: Topic, text: str, who: int = COORDINATOR, **how: Any) -> Message:
    return talk.api.group(DESK).member(who).says(text, thread=topic, **how)


async def stands(talk: Talk, topic: Topic, words: str) -> Message:
    message: Message = await talk.api.wait_for(
        lambda: next((m for m in topic.messages if m.from_bot and words in m.text), None)
    )
    return message


async def handed(talk: Talk, topic: Topic, to: Person) -> Message:
    """It is handed to the expert; the first message that they get about it."""
    desk(talk, topic, "/an Fatma Fach")
    return await talk.hears(to, "übergeben")


async def reached(talk: Talk, person: Person) -> list[str]:
    """What came to the person from the desk, apart from the news that somebody is on it."""
    await talk.settled()
    said = talk.silence(person)
    return [text for text in said if not text.startswith("Jemand von uns kümmert sich")]


async def test_what_is_handed_over_arrives_in_their_own_chat_and_is_answered_there(
    talk: Talk,
) -> None:
    person, fatma = talk.person(), await expert(talk)
    topic = await talk.request(person)
    await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    opening = await handed(talk, topic, fatma)
    assert "K-1001" in opening.text
    assert "Erika Beispiel" in opening.text
    asked = await talk.hears(fatma, "Wer zahlt die Kirchturmuhr?")
    person.says("Sie steht seit Ostern.")
    await talk.hears(fatma, "Sie steht seit Ostern.")
    fatma.says("Das regelt die Satzung.", reply_to=asked)
    answer = await talk.hears(person, "Das regelt die Satzung.")
    assert answer.text.startswith("Koordination (zu K-1001):")
    assert "Fatma" not in answer.text
    await talk.hears(fatma, "An die Person zu K-1001 gesendet (Telegram)")
    mirrored = await stands(talk, topic, "Das regelt die Satzung.")
    assert mirrored.text.startswith("Fatma Fach hat im eigenen Chat geantwortet.")
    assert not any("Brunnen" in m.text for m in fatma.received)


async def test_the_opening_can_be_answered_as_well(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    opening = await handed(talk, await talk.request(person), fatma)
    await talk.settled()
    fatma.says("Die Stadt.", reply_to=opening)
    await talk.hears(person, "Die Stadt.")


async def test_handed_over_a_second_time_it_can_be_answered_as_before(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    topic = await talk.request(person)
    await handed(talk, topic, fatma)
    fatma.says("/zurueck")
    await talk.hears(fatma, "freigegeben")
    again = await handed(talk, topic, fatma)
    await talk.settled()
    fatma.says("Die Stadt.", reply_to=again)
    await talk.hears(person, "Die Stadt.")


async def test_after_the_button_one_message_is_the_answer_and_the_next_is_not(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    await handed(talk, await talk.request(person), fatma)
    fatma.presses("Antworten")
    await talk.hears(fatma, "Ihre nächste Nachricht geht an die Person zu K-1001 (Telegram)")
    fatma.says("Die Stadt zahlt.")
    await talk.hears(person, "Die Stadt zahlt.")
    await talk.hears(fatma, "gesendet")
    fatma.says("Wo finde ich das Parkhaus?")
    await talk.hears(fatma)
    assert await reached(talk, person) == []


async def test_after_the_button_an_album_goes_out_whole(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    await handed(talk, await talk.request(person), fatma)
    fatma.presses("Antworten")
    await talk.hears(fatma, "Ihre nächste Nachricht")
    fatma.sends_photo(b"\xff\xd8\xff\xe01", "Der Plan", album="a1")
    fatma.sends_photo(b"\xff\xd8\xff\xe02", album="a1")
    await talk.hears(person, "Der Plan")
    await talk.api.wait_for(lambda: sum(bool(m.album) for m in person.received) == 2)
    fatma.says("Und sonst?")
    await talk.settled()
    assert not any("sonst" in text for text in talk.silence(person))
    rows = await talk.rows("SELECT person_id FROM files")
    assert [row["person_id"] for row in rows] == [None, None]


async def test_what_was_not_written_in_time_is_no_answer(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    await handed(talk, await talk.request(person), fatma)
    fatma.presses("Antworten")
    await talk.hears(fatma, "Ihre nächste Nachricht")
    talk.clock.move(2 * own_chat.WAITS)
    fatma.says("Gibt es heute Abend etwas?")
    await talk.hears(fatma)
    assert await reached(talk, person) == []


async def test_a_message_that_quotes_nothing_reaches_nobody(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    await handed(talk, await talk.request(person), fatma)
    await talk.settled()
    fatma.says("Das regelt die Satzung.")
    await talk.hears(fatma, "Soll ich")
    assert await reached(talk, person) == []


async def test_notes_and_questions_and_edits_work_as_at_the_desk(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    topic = await talk.request(person)
    await handed(talk, topic, fatma)
    asked = await talk.hears(fatma, "Kirchturmuhr")
    note = fatma.says("// Denkmalamt fragen", reply_to=asked)
    await talk.hears(fatma, "Die Person sieht sie nicht")
    shown = await stands(talk, topic, "Denkmalamt fragen")
    assert shown.text.startswith("Notiz von Fatma Fach:")
    fatma.edits(note, "// Denkmalamt anrufen")
    await stands(talk, topic, "Denkmalamt anrufen")
    said = fatma.says("/rueckfrage Welcher Turn?", reply_to=asked)
    heard = await talk.hears(person, "Rückfrage der Koordination")
    fatma.edits(said, "/rueckfrage Welcher Turm?")
    await talk.api.wait_for(lambda: "Welcher Turm?" in heard.text)
    person.reacts(heard, "👍")
    await talk.api.wait_for(lambda: said.reactions)
    fatma.reacts(asked, "👀")
    await talk.api.wait_for(
        lambda: next(m for m in person.chat.messages if "Kirch" in m.text).reactions
    )
    assert not any("Denkmalamt" in m.text for m in person.received)


async def test_notes_of_colleagues_and_edits_of_the_person_follow(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    topic = await talk.request(person)
    await handed(talk, topic, fatma)
    shown = await talk.hears(fatma, "Kirchturmuhr")
    question = next(m for m in person.chat.messages if m.text == "Wer zahlt die Kirchturmuhr?")
    person.edits(question, "Wer zahlt die Rathausuhr?")
    await talk.api.wait_for(lambda: "Rathausuhr" in shown.text and "(bearbeitet)" in shown.text)
    desk(talk, topic, "// Die Akte liegt im Bauamt")
    await talk.hears(fatma, "Notiz von Erika Beispiel:\nDie Akte liegt im Bauamt")


@pytest.mark.parametrize("way", ["/zurueck", "quoted", "button"])
async def test_it_is_given_back_and_not_seen_any_more(talk: Talk, way: str) -> None:
    person, fatma = talk.person(), await expert(talk)
    topic = await talk.request(person)
    await handed(talk, topic, fatma)
    asked = await talk.hears(fatma, "Kirchturmuhr")
    if way == "button":
        fatma.presses("Zurückgeben")
    else:
        fatma.says("/zurueck", **({"reply_to": asked} if way == "quoted" else {}))
    await talk.hears(fatma, "Fatma Fach hat K-1001 freigegeben")
    await stands(talk, topic, "Fatma Fach hat K-1001 freigegeben")
    fatma.says("Noch etwas", reply_to=asked)
    await talk.hears(fatma, NOT_HANDED)
    fatma.presses("Antworten")
    await talk.hears(fatma, NOT_HANDED)
    person.says("Und die Glocke?")
    await stands(talk, topic, "Und die Glocke?")
    await talk.settled()
    assert not any("Glocke" in m.text for m in fatma.received)
    assert await talk.rows("SELECT * FROM handed") == []


async def test_who_takes_it_over_takes_it_out_of_the_experts_chat(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    topic = await talk.request(person)
    await handed(talk, topic, fatma)
    desk(talk, topic, "/nehmen", COLLEAGUE)
    refusal = await stands(talk, topic, "kümmert sich schon Fatma Fach")
    talk.api.group(DESK).member(COLLEAGUE).presses("Trotzdem übernehmen", refusal)
    await talk.hears(fatma, "K-1001 liegt nicht mehr bei Ihnen.")
    person.says("Und die Glocke?")
    await talk.settled()
    assert talk.silence(fatma) == []


async def test_with_two_requests_a_note_needs_a_quotation(talk: Talk) -> None:
    first, second, fatma = talk.person(), talk.person(), await expert(talk)
    one = await talk.request(first)
    two = await talk.request(second, "Wem gehört der Brunnen am Markt?")
    await handed(talk, one, fatma)
    await handed(talk, two, fatma)
    fatma.says("/offen")
    listed = await talk.hears(fatma, "K-1001")
    assert "K-1002" in listed.text
    for text in ("// Denkmalamt fragen", "/zurueck", "/rueckfrage Welcher Turm?"):
        fatma.says(text)
        await talk.hears(fatma, "Zu welcher Anfrage?")
    assert await reached(talk, first) == await reached(talk, second) == []
    assert len(await talk.rows("SELECT * FROM handed")) == 2


async def test_the_rest_is_refused_in_ones_own_chat_too(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    await handed(talk, await talk.request(person), fatma)
    asked = await talk.hears(fatma, "Kirchturmuhr")
    for command in ("/schliessen fertig", "/loeschen", "/an Erika", "/sperren 7 Grund"):
        fatma.says(command, reply_to=asked)
        await talk.hears(fatma, "Das kann nur die Koordination. Nichts wurde geändert.")
    fatma.presses("desk:close:1001", asked, forged=True)
    await talk.hears(fatma, "Das kann nur die Koordination.")
    fatma.presses("desk:claim:4711", asked, forged=True)
    await talk.hears(fatma, NOT_HANDED)
    person.presses("desk:answer:1001", forged=True)
    await talk.hears(person, "Diese Auswahl gilt nicht mehr.")
    rows = await talk.rows("SELECT state FROM requests")
    assert [row["state"] for row in rows] == ["claimed"]


async def test_somebody_removed_writes_to_nobody(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    await handed(talk, await talk.request(person), fatma)
    asked = await talk.hears(fatma, "Kirchturmuhr")
    await talk.app.database.write(lambda tx: coordinators.revoke(tx, FACH, talk.clock.now()))
    fatma.says("Die Stadt zahlt.", reply_to=asked)
    await talk.hears(fatma, "Nichts wurde gesendet.")
    person.says("Und die Glocke?")
    await talk.settled()
    assert not any("Glocke" in m.text for m in fatma.received)
    assert not any("Die Stadt zahlt." in m.text for m in person.received)


async def test_words_of_the_web_chat_do_not_reach_the_experts_messenger(talk: Talk) -> None:
    fatma = await expert(talk)
    for number, step in enumerate(({"text": "Wer zahlt die Turmuhr?"}, {"action": "ho:yes"})):
        await talk.app.receiver([_on_page(talk, number, **step)])
        await talk.settled()
    topic = next(iter(talk.api.group(DESK).topics.values()))
    opening = await handed(talk, topic, fatma)
    assert "nur im Browser" in opening.text
    await talk.app.receiver([_on_page(talk, 7, text="Die Glocke klemmt auch.")])
    news = await talk.hears(fatma, "Neue Nachricht der Person.")
    fatma.says("Die Stadt zahlt.", reply_to=news)
    await talk.hears(fatma, "An die Person zu K-1001 gesendet (Web-Chat)")
    assert not any("Turmuhr" in m.text or "Glocke" in m.text for m in fatma.received)


def _on_page(talk: Talk, number: int, text: str = "", action: str = "") -> Incoming:
    return Incoming(
        channel="web",
        bot="",
        update_id=f"page-{number}",
        kind=Kind.BUTTON if action else Kind.MESSAGE,
        chat="seite-1",
        sender="seite-1",
        message="" if action else f"p{number}",
        text=text,
        action=action,
        at=talk.clock.now(),
    )


async def test_in_their_own_request_an_expert_is_a_person(talk: Talk) -> None:
    fatma = await expert(talk)
    topic = await talk.request(fatma, "Wo hängt die Kirchturmuhr?")
    desk(talk, topic, "/an Fatma Fach")
    await stands(talk, topic, "an Fatma Fach übergeben")
    desk(talk, topic, "/nehmen", COLLEAGUE)
    refusal = await stands(talk, topic, "kümmert sich schon")
    talk.api.group(DESK).member(COLLEAGUE).presses("Trotzdem übernehmen", refusal)
    desk(talk, topic, "Am Markt.", COLLEAGUE)
    answer = await talk.hears(fatma, "Am Markt.")
    fatma.says("Danke, und wie komme ich hin?", reply_to=answer)
    await talk.api.wait_for(lambda: any("wie komme ich" in m.text for m in topic.messages))
    assert not any("übergeben" in m.text for m in fatma.received)


async def test_what_others_wrote_is_no_data_of_the_expert(talk: Talk) -> None:
    fatma = await expert(talk)
    await handed(talk, await talk.request(talk.person()), fatma)
    await talk.hears(fatma, "Kirchturmuhr")
    found = await talk.app.database.read(lambda tx: rights.find(tx, f"telegram:{fatma.id}"))
    assert found is not None
    data = await talk.app.database.read(lambda tx: rights.export(tx, found))
    assert "Kirchturmuhr" not in str(data)


async def test_who_erases_their_data_takes_them_out_of_the_experts_chat(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    await handed(talk, await talk.request(person), fatma)
    shown = await talk.hears(fatma, "Kirchturmuhr")
    person.says("/loeschen")
    await talk.hears(person, "Soll ich alles löschen")
    person.presses("Ja, alles löschen")
    await talk.hears(fatma, "K-1001 wurde zurückgezogen.")
    await talk.api.wait_for(lambda: shown.deleted)


async def test_whoever_hands_it_to_somebody_without_a_chat_is_told(talk: Talk) -> None:
    async def unit(tx: Tx) -> None:
        await coordinators.enrol(tx, "Fatma Fach", "expert", talk.clock.now())

    await talk.app.database.write(unit)
    topic = await talk.request(talk.person())
    desk(talk, topic, "/an Fatma Fach")
    said = await stands(talk, topic, "an Fatma Fach übergeben")
    assert "hat keinen eigenen Chat" in said.text


async def test_an_expert_in_the_group_is_noticed_once(talk: Talk) -> None:
    fatma = await expert(talk)
    topic = await talk.request(talk.person())
    member = talk.api.group(DESK).member(fatma.id, "Fatma Fach")
    member.says("Ich weiß das", thread=topic)
    await stands(talk, topic, NOT_HANDED)
    member.says("// Nur eine Notiz", thread=topic)
    await talk.api.wait_for(lambda: len([m for m in topic.messages if m.text == NOT_HANDED]) == 2)
    said = [m.text for m in talk.api.group(DESK).messages if m.from_bot]
    assert len([text for text in said if "Hier sieht man alle Anfragen" in text]) == 1


async def test_new_experts_read_how_they_work(talk: Talk) -> None:
    async def unit(tx: Tx) -> None:
        now = talk.clock.now()
        await coordinators.invite(
            tx, code_digest("AAAAA-BBBBB"), "expert", now, now + own_chat.WAITS
        )

    await talk.app.database.write(unit)
    new = talk.person("Frau Neu")
    new.says("/desk AAAAA-BBBBB")
    welcome = await talk.hears(new, "Willkommen in der Koordination")
    assert "nicht in der Gruppe der Koordination" in welcome.text
    assert "/zurueck" in welcome.text


# -- merged, and taken back ------------------------------------------------------------------


async def test_what_an_expert_has_goes_with_them_into_the_other_request(talk: Talk) -> None:
    person, fatma = talk.person(), await expert(talk)
    topic = await talk.request(person)
    other = await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await handed(talk, topic, fatma)
    desk(talk, topic, "/zusammen K-1002")
    opening = await talk.hears(fatma, "Ihnen die Anfrage K-1002 übergeben")
    await stands(talk, other, "hat K-1002 an Fatma Fach übergeben")
    await talk.settled()
    fatma.says("Der Stadt.", reply_to=opening)
    await talk.hears(person, "Der Stadt.")
    rows = await talk.rows("SELECT id, claimed_by FROM requests WHERE claimed_by = ?", FACH)
    assert {"id": 1002, "claimed_by": FACH} in rows
    deeds = await talk.rows("SELECT verb, subject FROM audit ORDER BY id")
    assert {"verb": "give", "subject": "K-1002"} in deeds


async def test_where_somebody_else_is_on_the_other_request_the_group_is_told(talk: Talk) -> None:
    fatma = await expert(talk)
    topic = await talk.request(talk.person())
    other = await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await handed(talk, topic, fatma)
    desk(talk, other, "/nehmen", COLLEAGUE)
    await stands(talk, other, "kümmert sich")
    desk(talk, topic, "/zusammen K-1002")
    told = await stands(talk, other, "Bitte sprechen Sie sich ab.")
    assert "Um K-1001 hat sich Fatma Fach gekümmert" in told.text
    assert await talk.rows("SELECT * FROM handed WHERE request_id = 1002") == []
    await talk.settled()
    assert not any("Brunnen" in m.text for m in fatma.received)


async def test_who_merges_their_own_request_is_on_the_other_one(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    desk(talk, topic, "/nehmen")
    await stands(talk, topic, "kümmert sich")
    desk(talk, topic, "/zusammen K-1002")
    await stands(talk, topic, "zusammengeführt")
    await talk.settled()
    assert await talk.rows("SELECT claimed_by FROM requests WHERE id = 1002") == [{"claimed_by": 1}]


@pytest.mark.parametrize("back", ["/nehmen", "/zurueck"])
async def test_old_copies_of_what_was_taken_back_do_nothing_and_say_so(
    talk: Talk, back: str
) -> None:
    person, fatma = talk.person(), await expert(talk)
    topic = await talk.request(person)
    opening = await handed(talk, topic, fatma)
    asked = await talk.hears(fatma, "Wer zahlt die Kirchturmuhr?")
    fatma.says("Einen Moment.", reply_to=asked)
    mine = next(m for m in reversed(fatma.chat.messages) if m.text == "Einen Moment.")
    await talk.hears(person, "Einen Moment.")
    sent = await talk.hears(fatma, "gesendet")
    if back == "/nehmen":
        talk.api.group(DESK).member(COORDINATOR).presses(
            "desk:take:1001", topic.messages[0], forged=True
        )
    else:
        desk(talk, topic, back)
    await talk.hears(fatma, "liegt nicht mehr bei Ihnen")
    await talk.settled()
    before = await talk.rows("SELECT id, text FROM request_messages")
    for quoted in (opening, asked, sent):
        fatma.says("Noch etwas.", reply_to=quoted)
        assert (await talk.hears(fatma)).text == NOT_HANDED
    for button in ("Antworten", "Zurückgeben"):
        fatma.presses(button, opening)
        assert (await talk.hears(fatma)).text == NOT_HANDED
    fatma.presses("Vorschläge", opening)
    assert (await talk.hears(fatma)).text == "Dieser Knopf gilt nicht mehr. Nichts wurde geändert."
    fatma.edits(mine, "Eine Stunde.")
    assert (await talk.hears(fatma)).text == NOT_HANDED
    fatma.says("// Notiz", reply_to=asked)
    assert (await talk.hears(fatma)).text == NOT_HANDED
    assert await talk.rows("SELECT id, text FROM request_messages") == before
    assert await reached(talk, person) == []
