"""A request at work: whatever is done in a topic or on a page is done for both."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bot.channels.web.lines import read
from bot.receive import from_the_clock
from handlers.desk import entrance, verbs
from handlers.message import Incoming, Kind
from storage import audit, coordinators, people, requests, rights, web
from storage.database import Tx
from tests.fakes.world import Member, Message, Person, Topic
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk

EXPERT = 7003
ERIKA, MAX, FACH = 1, 2, 3  # as the store calls them
WEB_CHAT = "seite-1"

_updates = count(1)


def member(talk: Talk, who: int = COORDINATOR) -> Member:
    return talk.api.group(DESK).member(who)


async def write(talk: Talk, unit: Callable[[Tx], Awaitable[Any]]) -> Any:
    return await talk.app.database.write(unit)  # type: ignore[arg-type]


async def told(talk: Talk, topic: Topic, words: str) -> Message:
    message: Message = await talk.api.wait_for(
        lambda: next((m for m in topic.messages if m.from_bot and words in m.text), None)
    )
    return message


async def typed(
    talk: Talk, topic: Topic, text: str, who: int = COORDINATOR, **how: Any
) -> list[str]:
    """Write it in a topic; what the bot says there about it."""
    before = len(topic.messages)
    member(talk, who).says(text, thread=topic, **how)
    await talk.api.wait_for(lambda: any(m.from_bot for m in topic.messages[before:]))
    await talk.settled()
    return [m.text for m in topic.messages[before:] if m.from_bot]


async def clicked(talk: Talk, action: str, who: int = ERIKA, text: str = "", **form: str) -> str:
    """Do it on a page, as the page hands it over; the one notice that answers it."""
    chat = f"desk:{who}"
    before = await talk.app.database.read(lambda tx: web.lines(tx, chat))
    await talk.app.receiver([click(talk, action, who, text, **form)])
    await talk.settled()
    after = await talk.app.database.read(lambda tx: web.lines(tx, chat))
    [line] = after[len(before) :]
    outgoing = read(line.payload).outgoing
    assert outgoing is not None
    return str(outgoing.text)


def click(talk: Talk, action: str, who: int, text: str = "", **form: str) -> Incoming:
    return Incoming(
        channel="desk",
        bot="",
        update_id=f"{who}:work-{next(_updates)}",
        kind=Kind.BUTTON,
        chat=f"desk:{who}",
        sender=str(who),
        sender_name="Jemand",
        private=False,
        desk=True,
        text=text,
        action=action,
        form=form,
        at=talk.clock.now(),
    )


async def on_page(talk: Talk, text: str = "", action: str = "") -> None:
    """Somebody in the web chat writes or presses something."""
    number = next(_updates)
    kind = Kind.BUTTON if action else Kind.MESSAGE
    await talk.app.receiver(
        [
            Incoming(
                channel="web",
                bot="",
                update_id=f"page-{number}",
                kind=kind,
                chat=WEB_CHAT,
                sender=WEB_CHAT,
                message="" if action else f"p{number}",
                text=text,
                action=action,
                at=talk.clock.now(),
            )
        ]
    )
    await talk.settled()


async def page_reads(talk: Talk) -> list[str]:
    lines = await talk.app.database.read(lambda tx: web.lines(tx, WEB_CHAT))
    said = [read(line.payload).outgoing for line in lines]
    return [str(outgoing.text) for outgoing in said if outgoing]


async def web_request(talk: Talk, text: str = "Wer zahlt die Turmuhr bei uns?") -> Topic:
    """Somebody hands something over in the web chat; its topic, without their words."""
    known = set(talk.api.group(DESK).topics)
    await on_page(talk, text)
    await on_page(talk, action="ho:yes")
    [number] = set(talk.api.group(DESK).topics) - known
    return talk.api.group(DESK).topics[number]


async def enrol_expert(talk: Talk) -> None:
    talk.api.group(DESK).member(EXPERT, "Fatma Fach")
    bot = talk.api.token.split(":")[0]

    async def unit(tx: Tx) -> None:
        expert = await coordinators.enrol(tx, "Fatma Fach", "expert", talk.clock.now())
        assert expert.id == FACH
        await coordinators.link_account(tx, expert.id, "telegram", bot, str(EXPERT))

    await write(talk, unit)


async def request_row(talk: Talk, number: int = 1001) -> requests.Request:
    found = await talk.app.database.read(lambda tx: requests.get(tx, number))
    assert found is not None
    return found


async def done(talk: Talk) -> list[tuple[str, str]]:
    """What the audit log holds, oldest first."""
    deeds = await talk.app.database.read(audit.listed)
    return [(deed.verb, deed.subject) for deed in reversed(deeds)]


async def last_answer(talk: Talk) -> int:
    rows = await talk.rows("SELECT MAX(id) AS id FROM request_messages WHERE author='coordinator'")
    return int(rows[0]["id"])


# -- who is on it ------------------------------------------------------------------


async def test_who_waits_hears_once_that_a_human_is_on_it(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await typed(talk, topic, "/nehmen")
    await talk.hears(person, "Jemand von uns kümmert sich jetzt darum.")
    await typed(talk, topic, "/freigeben")
    assert (await request_row(talk)).state == "open"
    await typed(talk, topic, "/nehmen", COLLEAGUE)
    assert (await request_row(talk)).claimed_by == MAX
    assert talk.silence(person) == []
    assert await done(talk) == [("claim", "K-1001"), ("release", "K-1001"), ("claim", "K-1001")]


async def test_whoever_types_nehmen_second_does_not_take_it_away(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    await typed(talk, topic, "/nehmen")
    [answer] = await typed(talk, topic, "/nehmen", COLLEAGUE)
    assert "kümmert sich schon Erika Beispiel" in answer
    assert (await request_row(talk)).claimed_by == ERIKA


async def test_a_request_is_handed_to_a_colleague_by_name_and_by_page(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await typed(talk, topic, "/offen", COLLEAGUE)  # now Max has a name
    [said] = await typed(talk, topic, "/an max")
    assert "an Max Muster übergeben" in said
    await talk.hears(person, "Jemand von uns kümmert sich jetzt darum.")
    assert (await request_row(talk)).claimed_by == MAX
    notice = await clicked(talk, "desk:give:1001", MAX, to=str(ERIKA))
    assert notice == "Max Muster hat K-1001 an Erika Beispiel übergeben."
    await told(talk, topic, notice)
    assert (await request_row(talk)).claimed_by == ERIKA


async def test_an_unknown_or_doubtful_name_hands_nothing_over(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    await enrol_expert(talk)
    await write(talk, lambda tx: coordinators.enrol(tx, "Fatma Zwei", "expert", talk.clock.now()))
    [nobody] = await typed(talk, topic, "/an Otto")
    assert "An wen?" in nobody
    [empty] = await typed(talk, topic, "/an")
    assert "An wen?" in empty
    [several] = await typed(talk, topic, "/an fatma")
    assert "Fatma Fach, Fatma Zwei" in several
    for to in ("99", "abc", "9" * 30, ""):
        assert "An wen?" in await clicked(talk, "desk:give:1001", to=to)
    assert (await request_row(talk)).claimed_by is None
    assert await done(talk) == []


async def test_of_two_who_hand_it_over_at_once_exactly_one_wins(talk: Talk) -> None:
    await talk.request(talk.person())
    await enrol_expert(talk)
    await talk.app.receiver(
        [
            click(talk, "desk:give:1001", ERIKA, to=str(FACH)),
            click(talk, "desk:give:1001", MAX, to=str(ERIKA)),
        ]
    )
    await talk.settled()
    assert await done(talk) == [("give", "K-1001")]
    assert (await request_row(talk)).claimed_by == FACH


async def test_what_nobody_is_on_cannot_be_released(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    assert "kümmert sich gerade niemand" in (await typed(talk, topic, "/freigeben"))[0]
    assert "kümmert sich gerade niemand" in await clicked(talk, "desk:release:1001")


# -- experts --------------------------------------------------------------------------


async def test_an_expert_works_on_what_was_handed_to_them_and_gives_it_back(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await enrol_expert(talk)
    await typed(talk, topic, "/an Fatma Fach")
    await typed(talk, topic, "Das regelt die Satzung.", EXPERT)
    await talk.hears(person, "Das regelt die Satzung.")
    assert "gesendet" in await clicked(talk, "desk:askback:1001", FACH, text="Welcher Turm?")
    await talk.hears(person, "Welcher Turm?")
    await clicked(talk, "desk:note:1001", FACH, text="Denkmalamt fragen")
    assert "freigegeben" in await clicked(talk, "desk:release:1001", FACH)
    assert await talk.rows("SELECT * FROM handed") == []
    gone = await clicked(talk, "desk:answer:1001", FACH, text="Noch etwas")
    assert "nicht mehr bei Ihnen" in gone
    await talk.settled()
    assert talk.silence(person) == []


EVERYTHING = {
    "take": {},
    "give": {"to": "1"},
    "later": {},
    "unlater": {},
    "delete": {"message": "1"},
    "close": {},
    "reopen": {},
    "merge": {"into": "1002"},
    "split": {"message": "1"},
    "block": {"days": "7", "reason": "Beleidigung"},
    "unblock": {},
}


async def test_the_rest_is_refused_to_experts_with_one_sentence(talk: Talk) -> None:
    assert set(EVERYTHING) | set(verbs.FOR_EXPERTS) == set(verbs.VERBS)
    person = talk.person()
    topic = await talk.request(person)
    await enrol_expert(talk)
    await clicked(talk, "desk:give:1001", to=str(FACH))
    await talk.hears(person, "Jemand von uns")
    before = await request_row(talk)
    for verb, form in EVERYTHING.items():
        notice = await clicked(talk, f"desk:{verb}:1001", FACH, text="Text", **form)
        assert notice == "Das kann nur die Koordination. Nichts wurde geändert.", verb
    for command in set(entrance.COMMANDS) - {"nehmen", "freigeben", "zurueck", "rueckfrage"}:
        said = (await typed(talk, topic, f"/{command} 7 Text", EXPERT))[-1]
        assert "Das kann nur die Koordination" in said, command
    assert await request_row(talk) == before
    assert talk.silence(person) == []


async def test_an_expert_learns_nothing_of_the_requests_of_others(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    mine = await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await enrol_expert(talk)
    await clicked(talk, "desk:give:1002", to=str(FACH))
    sentence = "Diese Anfrage ist nicht oder nicht mehr bei Ihnen. Nichts wurde gesendet."
    for verb in verbs.VERBS:
        for number in ("1001", "4711"):
            assert await clicked(talk, f"desk:{verb}:{number}", FACH, text="x") == sentence
    assert await typed(talk, topic, "Ich weiß das", EXPERT) == [sentence]
    assert await typed(talk, topic, "// so so", EXPERT) == [sentence]
    [listed] = await typed(talk, mine, "/offen", EXPERT)
    assert "K-1002" in listed
    assert "K-1001" not in listed


async def test_a_colleague_takes_over_and_the_expert_sees_it_no_longer(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    await enrol_expert(talk)
    await typed(talk, topic, "/an Fatma Fach")
    [refusal] = await typed(talk, topic, "/nehmen", COLLEAGUE)
    assert "Fatma Fach" in refusal
    await clicked(talk, "desk:take:1001", MAX)
    assert "nicht mehr bei Ihnen" in await clicked(talk, "desk:note:1001", FACH, text="Und?")


# -- answers, questions, later ----------------------------------------------------------


@pytest.mark.parametrize("face", ["topic", "page"])
async def test_a_question_goes_to_the_person_and_we_wait_for_them(talk: Talk, face: str) -> None:
    person = talk.person()
    topic = await talk.request(person)
    if face == "topic":
        await typed(talk, topic, "/rueckfrage\nWelcher Turm?")
    else:
        await clicked(talk, "desk:askback:1001", text="Welcher Turm?")
        await told(talk, topic, "im Browser zurückgefragt")
    heard = await talk.hears(person, "Welcher Turm?")
    assert heard.text == "Rückfrage der Koordination (zu K-1001):\nWelcher Turm?"
    waiting = await request_row(talk)
    assert (waiting.state, waiting.asked_back_at is not None) == ("answered", True)
    person.says("Der am Markt")
    await told(talk, topic, "Der am Markt")
    again = await request_row(talk)
    assert (again.state, again.asked_back_at) == ("open", None)


async def test_who_chose_einfache_sprache_reads_all_of_it_so(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/einfach")
    topic = await talk.request(person)
    await typed(talk, topic, "/nehmen")
    await talk.hears(person, "Ein Mensch kümmert sich jetzt um Ihre Frage K-1001.")
    await typed(talk, topic, "/rueckfrage Welcher Turm?")
    await talk.hears(person, "Wir möchten noch etwas von Ihnen wissen.")
    mine = await talk.ask(person, "/anfragen", "Ihre Fragen an uns")
    assert "K-1001: Wir möchten noch etwas von Ihnen wissen." in mine.text
    said = member(talk).says("Die Stadt zallt.", thread=topic)
    answer = await talk.hears(person, "Antwort auf Ihre Frage K-1001:\nDie Stadt zallt.")
    member(talk).edits(said, "Die Stadt zahlt.")
    await talk.api.wait_for(lambda: "Frage K-1001:\nDie Stadt zahlt." in answer.text)
    await typed(talk, topic, "/sperren 7 Beleidigung")
    await typed(talk, topic, "/schliessen")
    await talk.hears(person, "Ihre Frage K-1001 ist für uns fertig.")
    await talk.ask(person, "/neu", "Wir lesen Ihre neuen Nachrichten jetzt nicht.")
    assert not any("Ihre Frage" in m.text for m in topic.messages)


async def test_who_asked_twice_and_reads_einfache_sprache_understands_the_numbers(
    talk: Talk,
) -> None:
    person = talk.person()
    await talk.ask(person, "/einfach")
    first = await talk.request(person)
    person.says("Und wer stellt die Glocke ein?")
    await talk.api.wait_for(lambda: any("Glocke" in m.text for m in first.messages))
    bell = next(m for m in first.messages if "Glocke" in m.text)
    await typed(talk, first, "/trennen", reply_to=bell)
    await talk.hears(person, "Die zweite Frage hat jetzt die Nummer K-1002.")
    await clicked(talk, "desk:merge:1002", into="1001")
    await talk.hears(person, "Die Antwort hat die Nummer K-1001.")
    mine = await talk.ask(person, "/anfragen", "Ihre Fragen an uns")
    assert "K-1002: Die Antwort hat die Nummer K-1001." in mine.text


async def test_an_empty_question_or_answer_is_not_sent(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    for command in ("/rueckfrage", "/morgen", "//"):
        [said] = await typed(talk, topic, command)
        assert "Da fehlt der Text" in said
    for verb in ("answer", "askback", "later", "note"):
        assert "Da fehlt der Text" in await clicked(talk, f"desk:{verb}:1001")
    assert talk.silence(person) == []


async def test_a_question_that_is_changed_stays_a_question(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    said = member(talk).says("/rueckfrage Welcher Turn?", thread=topic)
    heard = await talk.hears(person, "Turn?")
    member(talk).edits(said, "/rueckfrage Welcher Turm?")
    await talk.api.wait_for(lambda: "Turm?" in heard.text)
    assert heard.text.startswith("Rückfrage der Koordination")
    assert "/rueckfrage" not in heard.text


async def test_an_answer_does_not_become_a_note_by_changing_it(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    said = member(talk).says("Die Stadt zahlt.", thread=topic)
    heard = await talk.hears(person, "Die Stadt zahlt.")
    for words in ("// der nervt", "/schliessen der nervt"):
        member(talk).edits(said, words)
        await talk.settled()
    await told(talk, topic, "bleibt eine Antwort")
    assert "nervt" not in heard.text
    rows = await talk.rows("SELECT text FROM request_messages WHERE author = 'coordinator'")
    assert rows == [{"text": "Die Stadt zahlt."}]


async def test_pictures_of_a_note_stay_at_the_desk(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).sends_photo(b"\xff\xd8\xff\xe01", "// nur für uns", thread=topic, album="n")
    member(talk).sends_photo(b"\xff\xd8\xff\xe02", thread=topic, album="n")
    await told(talk, topic, "Die Person sieht sie nicht")
    await talk.settled()
    assert talk.silence(person) == []
    rows = await talk.rows(
        "SELECT author, COUNT(f.id) AS files FROM request_messages AS m "
        "JOIN files AS f ON f.message_id = m.id GROUP BY m.id"
    )
    assert rows == [{"author": "note", "files": 2}]


async def test_an_answer_waits_for_the_next_office_hour(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    [said] = await typed(talk, topic, "/morgen Das klären wir bis Freitag.")
    assert "Die Antwort zu K-1001 wird gesendet (Telegram): morgen, 9:00 Uhr." in said
    await talk.settled()
    assert talk.silence(person) == []
    await talk.passes(timedelta(hours=22))
    assert talk.silence(person) == []
    await talk.passes(timedelta(hours=1, minutes=1))
    heard = await talk.hears(person, "Das klären wir bis Freitag.")
    assert heard.text.startswith("Koordination (zu K-1001):")
    await told(talk, topic, "Die vorbereitete Antwort von Erika Beispiel zu K-1001 ist unterwegs")
    assert (await request_row(talk)).state == "answered"
    assert await talk.rows("SELECT * FROM postponed") == []


async def test_a_waiting_answer_is_taken_back_by_the_button(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).says("/morgen Lieber nicht.", thread=topic)
    waiting = await told(talk, topic, "wird gesendet")
    member(talk, COLLEAGUE).presses("Zurücknehmen", waiting)
    await told(talk, topic, "zurückgenommen")
    member(talk).presses("Zurücknehmen", waiting)
    await told(talk, topic, "wartet diese Antwort nicht mehr")
    await talk.passes(timedelta(days=2))
    assert not any("Lieber nicht" in m.text for m in person.received)
    rows = await talk.rows("SELECT author FROM request_messages WHERE text = 'Lieber nicht.'")
    assert rows == [{"author": "note"}]


async def test_a_waiting_answer_is_taken_back_on_the_page_and_named_by_its_message(
    talk: Talk,
) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await clicked(talk, "desk:later:1001", text="Erste")
    first = await last_answer(talk)
    await clicked(talk, "desk:later:1001", text="Zweite")
    assert "vorbereitet" in (await told(talk, topic, "Erste")).text
    for wrong in ("999", "x", "-1"):
        notice = await clicked(talk, "desk:unlater:1001", message=wrong)
        assert "wartet diese Antwort nicht mehr" in notice
    assert "zurückgenommen" in await clicked(talk, "desk:unlater:1001", message=str(first))
    await talk.passes(timedelta(days=1))
    await talk.hears(person, "Zweite")
    assert not any("Erste" in m.text for m in person.received)


async def test_a_request_is_not_closed_while_an_answer_waits(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await typed(talk, topic, "/morgen Bis bald.")
    for command in ("/schliessen", "/zusammen K-1002"):
        [said] = await typed(talk, topic, command)
        assert "wartet noch eine vorbereitete Antwort" in said
    assert (await request_row(talk)).state == "claimed"


async def test_a_waiting_answer_to_what_the_person_closed_stays_at_the_desk(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await typed(talk, topic, "/morgen Bis bald.")
    await talk.ask(person, "/schliessen", "abschließen?")
    person.presses("Ja, abschließen")
    await talk.hears(person, "ist abgeschlossen")
    await talk.passes(timedelta(days=1))
    await told(talk, topic, "wurde nicht gesendet")
    assert not any("Bis bald" in m.text for m in person.received)


@pytest.mark.parametrize("face", ["topic", "page"])
async def test_an_answer_that_was_sent_disappears(talk: Talk, face: str) -> None:
    person = talk.person()
    topic = await talk.request(person)
    said = member(talk).says("Das war für wen anders.", thread=topic)
    heard = await talk.hears(person, "Das war für wen anders.")
    if face == "topic":
        await typed(talk, topic, "/loeschen", reply_to=said)
        again = await typed(talk, topic, "/loeschen", reply_to=said)
    else:
        message = str(await last_answer(talk))
        await clicked(talk, "desk:delete:1001", message=message)
        again = [await clicked(talk, "desk:delete:1001", message=message)]
    await talk.api.wait_for(lambda: heard.deleted)
    assert "Welche Antwort?" in again[0]
    await told(talk, topic, "hat eine Antwort zu K-1001 gelöscht")
    rows = await talk.rows("SELECT text, deleted_at FROM request_messages ORDER BY id DESC LIMIT 1")
    assert rows[0]["text"] == ""
    assert rows[0]["deleted_at"]
    assert ("delete", "K-1001") in await done(talk)


async def test_the_desk_hears_if_the_network_could_not_delete(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    await typed(talk, topic, "Zu spät gelöscht.")
    message = await last_answer(talk)
    await clicked(talk, "desk:delete:1001", message=str(message))
    news = from_the_clock(f"undeleted:{message}", "undeleted:1", talk.clock.now())
    await talk.app.receiver([news])
    await told(talk, topic, "steht noch bei der Person")
    assert await talk.rows("SELECT subject FROM alarms WHERE kind = 'answer-undeleted'")


async def test_only_answers_of_this_request_can_be_deleted(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    other = await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await typed(talk, other, "Der Stadt.")
    asked = next(m for m in topic.messages if "Kirchturmuhr" in m.text)
    answers = [
        (await typed(talk, topic, "/loeschen"))[0],
        (await typed(talk, topic, "/loeschen", reply_to=asked))[0],
        await clicked(talk, "desk:delete:1001", message=str(await last_answer(talk))),
        await clicked(talk, "desk:delete:1001", message="9" * 25),
        await clicked(talk, "desk:delete:1001"),
    ]
    assert all("Welche Antwort?" in answer for answer in answers)
    rows = await talk.rows("SELECT id FROM request_messages WHERE deleted_at IS NOT NULL")
    assert rows == []


# -- closing --------------------------------------------------------------------------


async def test_a_reason_stays_at_the_desk(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await clicked(talk, "desk:close:1001", reason="doppelt gefragt")
    heard = await talk.hears(person, "abgeschlossen")
    assert "doppelt" not in heard.text
    assert "doppelt gefragt" in (await told(talk, topic, "hat K-1001 abgeschlossen")).text
    assert (await request_row(talk)).closed_reason == "doppelt gefragt"
    await typed(talk, topic, "/oeffnen")
    assert (await request_row(talk)).closed_reason == ""
    await typed(talk, topic, "/schliessen  Zuständig ist der Kreis ")
    assert (await request_row(talk)).closed_reason == "Zuständig ist der Kreis"
    await talk.settled()
    assert not any("Kreis" in m.text for m in person.received)


async def test_a_letter_is_no_reason(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    assert "zu lang" in (await typed(talk, topic, "/schliessen " + "x" * 201))[0]
    assert "zu lang" in await clicked(talk, "desk:close:1001", reason="x" * 201)
    assert (await request_row(talk)).state == "open"


async def test_of_two_who_close_at_once_one_does(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person)
    await talk.app.receiver(
        [click(talk, "desk:close:1001", ERIKA), click(talk, "desk:close:1001", MAX)]
    )
    await talk.settled()
    assert await done(talk) == [("close", "K-1001")]
    assert sum("abgeschlossen" in m.text for m in person.received) == 1


async def test_reasons_and_words_go_when_a_request_is_wiped(talk: Talk) -> None:
    await talk.request(talk.person())
    await clicked(talk, "desk:close:1001", reason="erledigt")
    await write(talk, lambda tx: tx.run("UPDATE requests SET rating_words = 'Danke, Frau B.'"))
    later = talk.clock.now() + timedelta(days=1)
    await write(talk, lambda tx: requests.wipe(tx, later, later))
    rows = await talk.rows("SELECT closed_reason, rating_words FROM requests")
    assert rows == [{"closed_reason": "", "rating_words": None}]
    for verb in ("note", "reopen"):
        assert "nichts mehr gespeichert" in await clicked(talk, f"desk:{verb}:1001", text="Name")


# -- merging and splitting ----------------------------------------------------------------


async def two_of_one(talk: Talk) -> tuple[Person, Topic, Topic]:
    person = talk.person()
    first = await talk.request(person)
    known = set(talk.api.group(DESK).topics)
    await talk.ask(person, "/neu", "Worum geht es")
    person.says("Die Kirchturmuhr geht falsch, wer zahlt?")
    await talk.hears(person, "K-1002")
    await talk.settled()
    [number] = set(talk.api.group(DESK).topics) - known
    return person, first, talk.api.group(DESK).topics[number]


@pytest.mark.parametrize("face", ["topic", "page"])
async def test_who_asked_twice_hears_under_which_number_the_answer_comes(
    talk: Talk, face: str
) -> None:
    person, first, second = await two_of_one(talk)
    if face == "topic":
        await typed(talk, second, "/zusammen k-1001")
    else:
        await clicked(talk, "desk:merge:1002", into="1001")
    heard = await talk.hears(person, "K-1002 gehört jetzt zu")
    assert "K-1001" in heard.text
    await told(talk, first, "K-1002 mit K-1001 zusammengeführt")
    await told(talk, second, "K-1002 mit K-1001 zusammengeführt")
    await talk.api.wait_for(lambda: second.closed)
    merged = await request_row(talk, 1002)
    assert (merged.state, merged.merged_into) == ("closed", 1001)
    await typed(talk, first, "Die Stadt zahlt.")
    await talk.hears(person, "Die Stadt zahlt.")
    assert talk.api.copies("Die Stadt zahlt.", person.id, part=True) == 1
    [refused] = await typed(talk, second, "Und hier?")
    assert "K-1002 wird in K-1001 beantwortet" in refused
    assert talk.silence(person) == []


async def test_an_answer_to_one_of_two_strangers_reaches_both_unknown_to_each_other(
    talk: Talk,
) -> None:
    person = talk.person("Otto Erster")
    first = await talk.request(person)
    second = await web_request(talk)
    assert "zusammengeführt" in await clicked(talk, "desk:merge:1002", into="K-1001")
    await told(talk, first, "von verschiedenen Personen")
    await told(talk, second, "mit K-1001 zusammengeführt")
    [said] = await typed(talk, first, "Die Stadt zahlt die Hälfte.")
    assert "K-1001 (Telegram) und K-1002 (Web-Chat) gesendet" in said
    theirs = await talk.hears(person, "Die Stadt zahlt die Hälfte.")
    assert theirs.text.startswith("Koordination (zu K-1001):")
    assert "Koordination (zu K-1002):\nDie Stadt zahlt die Hälfte." in await page_reads(talk)
    assert not any("K-1001" in text for text in await page_reads(talk))
    assert not any("K-1002" in m.text for m in person.received)
    # Each holds an answer of its own, so that erasing one person leaves the other's.
    rows = await talk.rows("SELECT request_id FROM request_messages WHERE author = 'coordinator'")
    assert sorted(row["request_id"] for row in rows) == [1001, 1002]


async def test_changing_and_deleting_reach_both_strangers(talk: Talk) -> None:
    person = talk.person()
    first = await talk.request(person)
    await web_request(talk)
    await clicked(talk, "desk:merge:1002", into="1001")
    said = member(talk).says("Die Stadt zallt.", thread=first)
    theirs = await talk.hears(person, "zallt")
    member(talk).edits(said, "Die Stadt zahlt.")
    await talk.api.wait_for(lambda: "zahlt" in theirs.text)
    await talk.settled()
    assert any("(zu K-1002):\nDie Stadt zahlt." in text for text in await page_reads(talk))
    await typed(talk, first, "/loeschen", reply_to=said)
    await talk.api.wait_for(lambda: theirs.deleted)
    assert not any("Die Stadt" in text for text in await page_reads(talk))


async def test_what_was_merged_before_follows(talk: Talk) -> None:
    people_ = [talk.person() for _ in range(3)]
    topics = [
        await talk.request(person, text)
        for person, text in zip(
            people_,
            [
                "Wer zahlt die Kirchturmuhr?",
                "Wer zahlt denn die Turmuhr?",
                "Wer putzt die Turmuhr?",
            ],
            strict=True,
        )
    ]
    await typed(talk, topics[0], "/zusammen K-1002")
    await typed(talk, topics[1], "/zusammen K-1003")
    await typed(talk, topics[2], "Die Stadt zahlt.")
    for person in people_:
        await talk.hears(person, "Die Stadt zahlt.")
    await typed(talk, topics[2], "/schliessen")
    for number, person in enumerate(people_, 1001):
        await talk.hears(person, f"K-{number} abgeschlossen")
    [refused] = await typed(talk, topics[0], "Noch etwas")
    assert "wird in K-1003 beantwortet" in refused


async def test_a_stranger_who_asked_twice_hears_the_answer_once(talk: Talk) -> None:
    person, _, _ = await two_of_one(talk)
    topic = await talk.request(talk.person(), "Wer zahlt denn die Turmuhr?")
    for number in (1001, 1002):
        await clicked(talk, f"desk:merge:{number}", into="1003")
    await typed(talk, topic, "Die Stadt zahlt.")
    assert talk.api.copies("Die Stadt zahlt.", person.id, part=True) == 1


async def test_a_merge_with_nothing_itself_or_what_is_closed_changes_nothing(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await clicked(talk, "desk:close:1002")
    for wrong in ("", "K-", "4711", "Kirche", "9" * 40, "-1"):
        assert "Mit welcher Anfrage?" in await clicked(talk, "desk:merge:1001", into=wrong)
    assert "Mit welcher Anfrage?" in (await typed(talk, topic, "/zusammen"))[0]
    assert "nicht mit sich selbst" in (await typed(talk, topic, "/zusammen K-1001"))[0]
    assert "K-1002 ist abgeschlossen" in await clicked(talk, "desk:merge:1001", into="1002")
    assert (await request_row(talk)).state == "open"


async def test_of_two_who_merge_crosswise_at_once_one_does(talk: Talk) -> None:
    await talk.request(talk.person())
    await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await talk.app.receiver(
        [
            click(talk, "desk:merge:1001", ERIKA, into="1002"),
            click(talk, "desk:merge:1002", MAX, into="1001"),
        ]
    )
    await talk.settled()
    rows = await talk.rows("SELECT merged_into FROM requests ORDER BY id")
    assert sorted(row["merged_into"] or 0 for row in rows) in ([0, 1001], [0, 1002])
    assert len(await done(talk)) == 1


async def test_what_is_opened_again_stands_for_itself(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await typed(talk, topic, "/zusammen K-1002")
    await typed(talk, topic, "/oeffnen")
    assert (await request_row(talk)).merged_into is None
    await typed(talk, topic, "Nur für Sie.")
    await talk.hears(person, "Nur für Sie.")


async def test_what_was_merged_says_so_and_not_that_it_is_closed(talk: Talk) -> None:
    person, _, second = await two_of_one(talk)
    await typed(talk, second, "/zusammen K-1001")
    await talk.hears(person, "K-1002 gehört jetzt zu")
    mine = await talk.ask(person, "/anfragen", "Ihre Anfragen")
    assert "K-1002: zusammengelegt mit K-1001" in mine.text
    assert "K-1002: abgeschlossen" not in mine.text
    data = await talk.ask(person, "/meinedaten", "Was wir über Sie")
    assert "K-1002 (zusammengelegt mit K-1001" in data.text


async def test_of_a_stranger_one_does_not_learn_through_a_merge(talk: Talk) -> None:
    first, second = talk.person(), talk.person()
    await talk.request(first)
    topic = await talk.request(second, "Wer zahlt die Turmuhr bei uns?")
    await typed(talk, topic, "/zusammen K-1001")
    mine = await talk.ask(second, "/anfragen", "Ihre Anfragen")
    assert "K-1002: wartet auf Antwort" in mine.text
    assert "K-1001" not in mine.text
    asked = next(m for m in second.chat.messages if "Turmuhr" in m.text)
    second.says("Ich meine die am Rathaus.", reply_to=asked)
    await talk.hears(second, "K-1002 ist wieder offen")
    rows = await talk.rows("SELECT request_id FROM request_messages WHERE text LIKE '%Rathaus%'")
    assert [row["request_id"] for row in rows] == [1002]


async def test_old_messages_and_buttons_lead_to_where_it_is_answered_now(talk: Talk) -> None:
    person, first, second = await two_of_one(talk)
    await typed(talk, second, "Das prüfen wir.")
    answer = await talk.hears(person, "Das prüfen wir.")
    await typed(talk, second, "/schliessen")
    closed = await talk.hears(person, "K-1002 abgeschlossen")
    person.presses("Wieder öffnen", closed)
    await talk.hears(person, "K-1002 ist wieder offen")
    await typed(talk, second, "/zusammen K-1001")
    await talk.hears(person, "K-1002 gehört jetzt zu")
    person.says("Die am Rathaus übrigens", reply_to=answer)
    await talk.api.wait_for(lambda: any("Rathaus" in m.text for m in first.messages))
    assert not any("Rathaus" in m.text for m in second.messages)
    person.presses("Wieder öffnen", closed)
    await talk.hears(person, "K-1002 gehört jetzt zu Ihrer Anfrage K-1001")
    person.presses("Das ist erledigt", answer)
    await talk.hears(person, "Soll ich Ihre Anfrage K-1001 abschließen?")
    person.presses("Ja, abschließen")
    await talk.hears(person, "K-1001 ist abgeschlossen")
    states = await talk.rows("SELECT state, merged_into FROM requests ORDER BY id")
    assert [(row["state"], row["merged_into"]) for row in states] == [
        ("closed", None),
        ("closed", 1001),
    ]
    person.says("Noch etwas dazu", reply_to=answer)
    await talk.hears(person, "K-1001 ist wieder offen")


@pytest.mark.parametrize("face", ["topic", "page"])
async def test_a_second_matter_becomes_a_request_of_its_own(talk: Talk, face: str) -> None:
    person = talk.person()
    topic = await talk.request(person)
    person.says("Und wem gehört der Brunnen?")
    await told(talk, topic, "Und wem gehört der Brunnen?")
    person.says("Der am Markt.")
    about = await told(talk, topic, "Der am Markt.")
    await typed(talk, topic, "// zwei Sachen")
    asked = next(m for m in topic.messages if "Brunnen" in m.text)
    known = set(talk.api.group(DESK).topics)
    if face == "topic":
        await typed(talk, topic, "/trennen", reply_to=asked)
    else:
        rows = await talk.rows("SELECT id FROM request_messages WHERE text LIKE '%Brunnen%'")
        await clicked(talk, "desk:split:1001", message=str(rows[0]["id"]))
    heard = await talk.hears(person, "K-1002")
    assert "K-1001" in heard.text
    [number] = set(talk.api.group(DESK).topics) - known
    new = talk.api.group(DESK).topics[number]
    assert new.name.startswith("K-1002")
    await told(talk, new, "Und wem gehört der Brunnen?")
    await told(talk, new, "Der am Markt.")
    await told(talk, topic, "Er hat jetzt die Nummer K-1002")
    rows = await talk.rows("SELECT request_id, author FROM request_messages ORDER BY id")
    assert [(row["request_id"], row["author"]) for row in rows] == [
        (1001, "person"),
        (1002, "person"),
        (1002, "person"),
        (1001, "note"),
    ]
    [refused] = await typed(talk, topic, "Der Stadt.", reply_to=about)
    assert "Sie zitieren eine Nachricht aus K-1002" in refused
    await typed(talk, new, "Der Stadt.")
    assert "(zu K-1002)" in (await talk.hears(person, "Der Stadt.")).text
    assert (await request_row(talk)).state == "open"


async def test_nothing_is_split_at_what_is_no_later_message_of_the_person(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    asked = next(m for m in topic.messages if "Kirchturmuhr" in m.text)
    assert "Ab welcher Nachricht?" in (await typed(talk, topic, "/trennen"))[0]
    assert "beginnt K-1001" in (await typed(talk, topic, "/trennen", reply_to=asked))[0]
    said = member(talk).says("// Notiz", thread=topic)
    await told(talk, topic, "Notiz zu K-1001 gespeichert")
    assert "Ab welcher" in (await typed(talk, topic, "/trennen", reply_to=said))[0]
    for wrong in ("", "x", "4711", "9" * 30):
        assert "Ab welcher" in await clicked(talk, "desk:split:1001", message=wrong)
    assert len(await talk.rows("SELECT id FROM requests")) == 1


# -- blocking -------------------------------------------------------------------------


@pytest.mark.parametrize("face", ["topic", "page"])
async def test_a_block_holds_for_its_days_and_ends_by_itself(talk: Talk, face: str) -> None:
    person = talk.person()
    topic = await talk.request(person)
    if face == "topic":
        await typed(talk, topic, "/sperren 7 Beleidigt alle")
    else:
        await clicked(talk, "desk:block:1001", days="7", reason="Beleidigt alle")
    await told(talk, topic, "hat die Person zu K-1001 gesperrt")
    assert talk.silence(person) == []
    await typed(talk, topic, "/schliessen")
    await talk.hears(person, "abgeschlossen")
    await talk.passes(timedelta(minutes=5))
    person.says("Ihr seid alle unfähig")
    await talk.hears(person, "keine neuen Nachrichten")
    for more in ("Hört ihr?", "/mensch", "/neu", "Wer zahlt die Kirchturmuhr?"):
        person.says(more)
    await talk.settled()
    assert talk.silence(person) == []
    await talk.passes(timedelta(days=1, minutes=1))
    person.says("Na?")
    await talk.hears(person, "keine neuen Nachrichten")
    kept = str(await talk.rows("SELECT text FROM request_messages"))
    kept += str(await talk.rows("SELECT conversation FROM people"))
    assert "unfähig" not in kept
    assert "Hört ihr" not in kept
    assert (await request_row(talk)).state == "closed"
    await talk.passes(timedelta(days=6))
    await talk.ask(person, "Was ist eine Kleinstadt?", "Kleinstadt")
    assert ("block", "K-1001") in await done(talk)


async def test_who_is_blocked_still_reaches_us_in_an_open_request(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await typed(talk, topic, "/sperren 7 Beleidigt alle")
    await typed(talk, topic, "Bitte bleiben Sie höflich.")
    await talk.hears(person, "höflich")
    person.says("Entschuldigung, es tut mir leid.")
    await told(talk, topic, "Entschuldigung")
    assert talk.silence(person) == []


async def test_who_is_blocked_gets_the_numbers_in_danger_and_keeps_their_rights(
    talk: Talk,
) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await typed(talk, topic, "/sperren 7 Beleidigt alle")
    await typed(talk, topic, "/schliessen")
    await talk.hears(person, "abgeschlossen")
    await talk.ask(person, "Ich will mich umbringen", "0800 111 0 111")
    assert len(await talk.rows("SELECT id FROM requests")) == 1
    await talk.ask(person, "/meinedaten", "K-1001")


async def test_old_buttons_lead_who_is_blocked_to_nobody(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await typed(talk, topic, "/schliessen")
    closed = await talk.hears(person, "abgeschlossen")
    await typed(talk, topic, "/sperren 7 Beleidigt alle")
    person.presses("Wieder öffnen", closed)
    await talk.hears(person, "keine neuen Nachrichten")
    assert (await request_row(talk)).state == "closed"


async def test_a_block_is_lifted_before_its_time(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await typed(talk, topic, "/sperren 7 Beleidigt alle")
    [again] = await typed(talk, topic, "/sperren 9 Noch einmal", COLLEAGUE)
    assert "schon gesperrt" in again
    await typed(talk, topic, "/schliessen")
    await talk.hears(person, "abgeschlossen")
    assert "aufgehoben" in await clicked(talk, "desk:unblock:1001")
    assert "nicht gesperrt" in (await typed(talk, topic, "/entsperren"))[0]
    await talk.ask(person, "/neu", "Worum geht es")


async def test_a_block_without_days_or_reason_is_none(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    for rest in ("", "7", "0 Grund", "366 Grund", "immer Grund", "-3 Grund"):
        assert "1 bis 365" in (await typed(talk, topic, f"/sperren {rest}"))[0], rest
    for days, reason in (("", "x"), ("9" * 30, "x"), ("7", " "), ("1.5", "x")):
        assert "1 bis 365" in await clicked(talk, "desk:block:1001", days=days, reason=reason)
    assert "zu lang" in await clicked(talk, "desk:block:1001", days="7", reason="x" * 201)
    assert await talk.rows("SELECT * FROM blocks") == []


# -- what must have no effect -------------------------------------------------------------

FORMS = EVERYTHING | {verb: {} for verb in verbs.FOR_EXPERTS}


async def snapshot(talk: Talk) -> list[Any]:
    """All that a refused step must leave as it was."""
    tables = ("requests", "request_messages", "handed", "postponed", "blocks", "audit")
    return [await talk.rows(f"SELECT * FROM {table}") for table in tables]  # noqa: S608


async def test_nothing_can_be_done_with_a_request_that_does_not_exist(talk: Talk) -> None:
    before = await snapshot(talk)
    for verb, form in FORMS.items():
        for number in ("4711", "-1", "x", "", "9" * 40, "1001:1:1"):
            notice = await clicked(talk, f"desk:{verb}:{number}", text="Text", **form)
            assert "gilt nicht mehr" in notice or "nicht mehr" in notice, (verb, number)
    assert await snapshot(talk) == before


async def test_forged_verbs_change_nothing(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person)
    before = await snapshot(talk)
    for action in ("desk:erase:1001", "desk::1001", "desk", "dask:close:1001", "desk:_close:1001"):
        await clicked(talk, action, text="Text")
    assert await snapshot(talk) == before
    assert talk.silence(person) == []


async def test_buttons_without_their_form_ask_for_it(talk: Talk) -> None:
    """What somebody makes up in the group: the verbs that need more than a request."""
    topic = await talk.request(talk.person())
    before = await snapshot(talk)
    opening = next(m for m in topic.messages if "Neue Anfrage" in m.text)
    for verb in ("give", "merge", "split", "delete", "block", "answer", "later", "note"):
        member(talk)._press(opening, f"desk:{verb}:1001")
    await talk.settled()
    after = await snapshot(talk)
    # An empty answer claims the request, as any attempt to answer it does.
    assert after[1:] == before[1:]
    for words in ("An wen?", "Mit welcher", "Ab welcher", "Welche Antwort", "1 bis 365"):
        await told(talk, topic, words)


@pytest.mark.parametrize("who", ["outsider", "removed"])
async def test_who_does_not_belong_to_the_team_does_nothing(talk: Talk, who: str) -> None:
    person = talk.person()
    topic = await talk.request(person)
    if who == "removed":
        await write(talk, lambda tx: coordinators.revoke(tx, MAX, talk.clock.now()))
        number, account = MAX, COLLEAGUE
    else:
        number, account = 99, 6666
        talk.api.group(DESK).member(account, "Koordination")
    before = await snapshot(talk)
    for verb, form in FORMS.items():
        notice = await clicked(talk, f"desk:{verb}:1001", number, text="Text", **form)
        assert "eingetragen" in notice
    for command in ("Antwort", "// Notiz", *(f"/{name} 7 x" for name in entrance.COMMANDS)):
        [said] = await typed(talk, topic, command, account)
        assert "eingetragen" in said
    assert await snapshot(talk) == before
    assert talk.silence(person) == []


async def test_who_was_made_an_expert_may_do_less_from_the_next_step_on(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await typed(talk, topic, "/nehmen", COLLEAGUE)
    await talk.hears(person, "Jemand von uns")
    await write(
        talk, lambda tx: tx.run("UPDATE coordinators SET role = 'expert' WHERE id = ?", MAX)
    )
    before = await snapshot(talk)
    assert "nicht mehr bei Ihnen" in (await typed(talk, topic, "Antwort", COLLEAGUE))[0]
    assert "nicht mehr bei Ihnen" in await clicked(talk, "desk:close:1001", MAX)
    assert await snapshot(talk) == before
    assert talk.silence(person) == []


@pytest.mark.parametrize("face", ["topic", "page"])
async def test_a_closed_request_takes_no_step_but_opening(talk: Talk, face: str) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await clicked(talk, "desk:close:1001")
    await talk.hears(person, "abgeschlossen")
    before = await snapshot(talk)
    steps = ("answer", "askback", "later", "claim", "take", "give", "release", "merge", "split")
    if face == "page":
        for verb in (*steps, "close"):
            notice = await clicked(talk, f"desk:{verb}:1001", text="Text", **FORMS[verb])
            assert "ist abgeschlossen" in notice or "schon abgeschlossen" in notice, verb
    else:
        names = {verb: name for name, verb in entrance.COMMANDS.items()}
        for verb in (*steps, "close"):
            if verb != "take":
                text = f"/{names[verb]} Max" if verb in names else "Text"
                [said] = await typed(talk, topic, text)
                assert "abgeschlossen" in said, verb
    assert await snapshot(talk) == before
    assert talk.silence(person) == []


@pytest.mark.parametrize("face", ["topic", "page"])
async def test_a_request_whose_person_was_erased_is_gone(talk: Talk, face: str) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await enrol_expert(talk)
    await clicked(talk, "desk:give:1001", to=str(FACH))
    bot = talk.api.token.split(":")[0]

    async def erase(tx: Tx) -> None:
        known = await people.known(tx, "telegram", bot, str(person.id))
        assert known is not None
        await rights.erase(tx, known.id, talk.clock.now(), open_page="")

    await write(talk, erase)
    before = await snapshot(talk)
    heard = len(person.received)
    if face == "page":
        for verb, form in FORMS.items():
            await clicked(talk, f"desk:{verb}:1001", text="Text", **form)
    else:
        for text in ("Antwort", "// Notiz", *(f"/{name} 7 x" for name in entrance.COMMANDS)):
            await typed(talk, topic, text)
    assert await snapshot(talk) == before
    assert len(person.received) == heard


async def test_a_message_that_quotes_another_request_goes_to_nobody(talk: Talk) -> None:
    one, two = talk.person(), talk.person()
    first = await talk.request(one)
    second = await talk.request(two, "Wem gehört der Brunnen am Markt?")
    theirs = next(m for m in second.messages if "Brunnen" in m.text)
    for text in ("Der Stadt.", "// Notiz", "/rueckfrage Welcher?"):
        [said] = await typed(talk, first, text, reply_to=theirs)
        assert "Sie zitieren eine Nachricht aus K-1002" in said
    assert talk.silence(one) == []
    assert talk.silence(two) == []
    rows = await talk.rows("SELECT id FROM request_messages WHERE author <> 'person'")
    assert rows == []


@pytest.mark.parametrize("face", ["topic", "page"])
async def test_the_longest_message_arrives_whole(talk: Talk, face: str) -> None:
    person = talk.person()
    topic = await talk.request(person)
    text = ("wort " * 1000 + "Ende.")[-4096:]
    before = len(person.received)
    if face == "topic":
        await typed(talk, topic, text)
    else:
        await clicked(talk, "desk:answer:1001", text=text)
    heard = "".join(m.text for m in person.received[before:])
    assert heard.count("wort") == text.count("wort")
    assert heard.endswith("Ende.")


async def test_a_deleted_topic_does_not_stop_the_page(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    talk.api.group(DESK).delete_topic(topic)
    await clicked(talk, "desk:answer:1001", text="Die Stadt zahlt.")
    await talk.hears(person, "Die Stadt zahlt.")
    again = next(t for t in talk.api.group(DESK).topics.values() if t is not topic)
    await told(talk, again, "Die Stadt zahlt.")
    await clicked(talk, "desk:close:1001")
    await talk.hears(person, "abgeschlossen")


async def test_words_of_a_web_chat_stay_out_of_the_topic_whatever_is_done(talk: Talk) -> None:
    topic = await web_request(talk, "Mein Nachbar Herr Geheim lärmt")
    await clicked(talk, "desk:answer:1001", text="Herr Geheim darf das.")
    await clicked(talk, "desk:askback:1001", text="Wohnt Herr Geheim noch dort?")
    await clicked(talk, "desk:note:1001", text="Herr Geheim ist bekannt")
    await clicked(talk, "desk:later:1001", text="Wir fragen Herrn Geheim")
    await clicked(talk, "desk:unlater:1001")
    await on_page(talk, "Ja, Herr Geheim wohnt noch dort")
    rows = await talk.rows("SELECT MAX(id) AS id FROM request_messages WHERE author = 'person'")
    await clicked(talk, "desk:split:1001", message=str(rows[0]["id"]))
    await clicked(talk, "desk:close:1001", reason="Herr Geheim")
    group = talk.api.group(DESK)
    said = [m.text for each in group.topics.values() for m in each.messages]
    assert len(said) > 8
    assert not any("Geheim" in text for text in said)
    assert topic.closed


async def test_the_audit_log_holds_who_did_what_and_no_words(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    await typed(talk, topic, "Geheime Antwort")
    await clicked(talk, "desk:note:1001", MAX, text="Geheime Notiz")
    await clicked(talk, "desk:close:1001", reason="geheimer Grund")
    deeds = await talk.app.database.read(lambda tx: audit.listed(tx, limit=2))
    assert [(deed.coordinator_id, deed.verb, deed.subject) for deed in deeds] == [
        (ERIKA, "close", "K-1001"),
        (MAX, "note", "K-1001"),
    ]
    [oldest] = await talk.app.database.read(lambda tx: audit.listed(tx, limit=9, offset=2))
    assert oldest.verb == "answer"
    assert "eheim" not in str(await talk.rows("SELECT * FROM audit"))
