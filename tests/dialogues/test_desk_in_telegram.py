"""Coordinators work in a Telegram group, one topic for each request."""

from tests.fakes.world import Member, Message, Topic
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk


def member(talk: Talk, who: int = COORDINATOR) -> Member:
    return talk.api.group(DESK).member(who)


async def told(talk: Talk, topic: Topic, words: str) -> None:
    await talk.api.wait_for(lambda: any(words in m.text for m in topic.messages))


async def in_group(talk: Talk, words: str) -> Message:
    """Something that we said in the group, in any topic or in none."""
    group = talk.api.group(DESK)
    message: Message = await talk.api.wait_for(
        lambda: next((m for m in group.messages if m.from_bot and words in m.text), None)
    )
    return message


async def test_a_request_gets_a_topic_and_the_answer_comes_back(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    assert topic.name.startswith("K-1001")
    member(talk).says("Die Stadt zahlt die Hälfte.", thread=topic)
    answer = await talk.hears(person, "Die Stadt zahlt die Hälfte.")
    assert answer.text.startswith("Koordination (zu K-1001):")
    await told(talk, topic, "An die Person zu K-1001 gesendet (Telegram)")


async def test_the_name_of_a_coordinator_stays_at_the_desk(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).says("Gern!", thread=topic)
    await talk.hears(person, "Gern!")
    assert all("Erika" not in m.text and "Beispiel" not in m.text for m in person.received)
    assert all("Ein Mensch" not in m.text.split("\n")[0] for m in topic.messages[1:2])


async def test_a_note_never_reaches_the_person(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).says("// das ist der Bürgermeister", thread=topic)
    await told(talk, topic, "Die Person sieht sie nicht")
    await talk.settled()
    assert talk.silence(person) == []


async def test_an_unknown_command_is_not_sent(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).says("/antworte ja", thread=topic)
    await told(talk, topic, "Diesen Befehl kenne ich nicht")
    await talk.settled()
    assert talk.silence(person) == []


async def test_exactly_one_claims(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    opening = next(m for m in topic.messages if "Neue Anfrage" in m.text)
    member(talk).presses("Übernehmen", opening)
    member(talk, COLLEAGUE).presses("Übernehmen", opening)
    await told(talk, topic, "kümmert sich schon")
    rows = await talk.rows("SELECT claimed_by FROM requests")
    assert [row["claimed_by"] for row in rows] == [1]


async def test_a_colleague_cannot_answer_past_whoever_is_on_it(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).says("/nehmen", thread=topic)
    await told(talk, topic, "kümmert sich um K-1001")
    await talk.hears(person, "Jemand von uns kümmert sich jetzt darum.")
    member(talk, COLLEAGUE).says("Ich weiß es besser", thread=topic)
    await told(talk, topic, "Nichts wurde gesendet")
    await talk.settled()
    assert talk.silence(person) == []
    refusal = next(m for m in topic.messages if "kümmert sich schon" in m.text)
    member(talk, COLLEAGUE).presses("Trotzdem übernehmen", refusal)
    member(talk, COLLEAGUE).says("Jetzt aber", thread=topic)
    await talk.hears(person, "Jetzt aber")


async def test_an_outsider_in_the_group_reaches_nobody(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    guest = talk.api.group(DESK).member(6666, "Koordination")
    guest.says("Überweisen Sie bitte 100 Euro", thread=topic)
    await told(talk, topic, "eingetragen")
    opening = next(m for m in topic.messages if "Neue Anfrage" in m.text)
    guest.presses("Abschließen", opening)
    talk.api.group(DESK).anonymous_admin().says("Ich bin der Chef", thread=topic)
    member(talk).says("Weitergeleitetes", thread=topic, forwarded_from="Jemand")
    await talk.settled()
    assert talk.silence(person) == []
    rows = await talk.rows("SELECT state FROM requests")
    assert [row["state"] for row in rows] == ["open"]


async def test_a_deleted_topic_is_created_again(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    group = talk.api.group(DESK)
    group.delete_topic(topic)
    person.says("Und noch etwas: die Glocke klemmt.")
    await talk.api.wait_for(
        lambda: any(
            "die Glocke klemmt" in m.text
            for t in group.topics.values()
            if t is not topic
            for m in t.messages
        )
    )
    again = next(t for t in group.topics.values() if t is not topic)
    member(talk).says("Dann ölen.", thread=again)
    await talk.hears(person, "Dann ölen.")


async def test_closing_and_opening_show_in_the_topic(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).says("/schliessen", thread=topic)
    await talk.hears(person, "abgeschlossen")
    await talk.api.wait_for(lambda: topic.closed)
    closing = next(m for m in topic.messages if "abgeschlossen" in m.text)
    member(talk).presses("Wieder öffnen", closing)
    await talk.api.wait_for(lambda: not topic.closed)
    rows = await talk.rows("SELECT state FROM requests")
    assert [row["state"] for row in rows] == ["open"]


async def test_answering_a_closed_request_sends_nothing(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).says("/schliessen", thread=topic)
    await talk.hears(person, "abgeschlossen")
    member(talk).says("Ach so, noch was", thread=topic)
    await told(talk, topic, "Nichts wurde gesendet")
    await talk.settled()
    assert talk.silence(person) == []


async def test_edits_quotations_and_reactions_pass_both_ways(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    asked = next(m for m in topic.messages if "Kirchturmuhr" in m.text)
    said = member(talk).says("Die Stadt zallt.", thread=topic, reply_to=asked)
    answer = await talk.hears(person, "Die Stadt zallt.")
    assert answer.reply_to is not None
    assert "Kirchturmuhr" in answer.reply_to.text
    member(talk).edits(said, "Die Stadt zahlt.")
    await talk.api.wait_for(lambda: "Die Stadt zahlt." in answer.text)
    assert "(bearbeitet)" in answer.text
    person.says("Danke für diese Auskunft", reply_to=answer)
    await told(talk, topic, "Danke für diese Auskunft")
    thanks = next(m for m in topic.messages if "Danke für diese" in m.text)
    assert thanks.reply_to is said
    person.reacts(answer, "👍")
    await talk.api.wait_for(lambda: said.reactions)


async def test_pictures_documents_voice_and_albums_reach_the_desk(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    person.sends_photo(b"\xff\xd8\xff\xe0bild", "Die Uhr")
    await told(talk, topic, "Die Uhr")
    person.sends_document(b"%PDF-1.4 x", "angebot.pdf", "application/pdf")
    person.sends_voice(b"OggS")
    person.sends_photo(b"\xff\xd8\xff\xe01", "Vorher", album="a1")
    person.sends_photo(b"\xff\xd8\xff\xe02", album="a1")
    person.sends_photo(b"\xff\xd8\xff\xe03", album="a1")
    await talk.api.wait_for(lambda: sum(1 for m in topic.messages if m.album) == 3)
    assert talk.api.calls_to("sendMediaGroup")
    assert talk.api.calls_to("sendDocument")
    assert talk.api.calls_to("sendVoice")
    # All of it came back to Telegram by name; nothing was uploaded again.
    await talk.settled()


async def test_a_request_may_be_only_a_picture(talk: Talk) -> None:
    person = talk.person()
    person.sends_photo(b"\xff\xd8\xff\xe0bild")
    offer = await talk.hears(person, "Soll ich")
    person.presses("Ja, bitte", offer)
    await talk.hears(person, "K-1001")
    await talk.api.wait_for(lambda: talk.api.calls_to("sendPhoto"))


async def test_a_file_that_is_too_big_is_refused_kindly(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person)
    talk.api.inject(
        {
            "update_id": 900_000_000,
            "message": {
                "message_id": 99999,
                "date": 1790000000,
                "chat": {"id": person.id, "type": "private"},
                "from": {"id": person.id, "is_bot": False, "first_name": "E"},
                "document": {
                    "file_id": "x",
                    "file_unique_id": "x",
                    "file_name": "film.mp4",
                    "file_size": 21 * 1024 * 1024,
                },
            },
        }
    )
    await talk.hears(person, "höchstens 20 MB")


async def test_a_coordinators_picture_reaches_the_person(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).sends_photo(b"\xff\xd8\xff\xe0plan", "So sieht es aus", thread=topic)
    await talk.hears(person, "So sieht es aus")


async def test_somebody_who_blocked_us_is_told_of_at_the_desk_and_left_alone(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    talk.api.fault("sendMessage", 403, chat=person.id)
    member(talk).says("Hallo?", thread=topic)
    await told(talk, topic, "kam nicht an")
    member(talk).says("Noch einmal: hallo?", thread=topic)
    await told(talk, topic, "nicht mehr erreichbar")
    refused = [c for c in talk.api.calls_to("sendMessage") if c.params["chat_id"] == person.id]
    before = len(refused)
    await talk.settled()
    again = [c for c in talk.api.calls_to("sendMessage") if c.params["chat_id"] == person.id]
    assert len(again) == before
    person.says("Ich bin wieder da")
    await told(talk, topic, "Ich bin wieder da")
    member(talk).says("Willkommen zurück!", thread=topic)
    await talk.hears(person, "Willkommen zurück!")


async def test_a_group_without_topics_works_with_replies(talk: Talk) -> None:
    group = talk.api.group(DESK)
    group.forum = False
    person = talk.person()
    await talk.ask(person, "Wer zahlt die Kirchturmuhr?", "Soll ich")
    person.says("ja")
    await talk.hears(person, "K-1001")
    await talk.api.wait_for(lambda: any("Kirchturmuhr" in m.text for m in group.messages))
    asked = next(m for m in group.messages if "Kirchturmuhr" in m.text)
    assert asked.reply_to is not None
    member(talk).says("Nur unter uns: keine Ahnung")
    member(talk).says("Die Stadt.", reply_to=asked)
    await talk.hears(person, "Die Stadt.")
    await talk.settled()
    assert not any("keine Ahnung" in m.text for m in person.received)
    member(talk).says("Und der Kreis.", reply_to=asked.reply_to)
    await talk.hears(person, "Und der Kreis.")


async def test_in_a_group_without_topics_a_reply_to_what_we_said_is_about_the_same_request(
    talk: Talk,
) -> None:
    group = talk.api.group(DESK)
    group.forum = False
    people = [talk.person(), talk.person()]
    for person, words in zip(people, ("Wer zahlt die Kirchturmuhr?", "Wo ist Max?"), strict=True):
        await talk.ask(person, f"/mensch {words}", "Soll ich")
        person.says("ja")
        await talk.hears(person, "Nummer")
        await in_group(talk, words)
    asked = await in_group(talk, "Kirchturmuhr?")
    member(talk).says("Die Stadt.", reply_to=asked)
    await talk.hears(people[0], "Die Stadt.")
    sent = await in_group(talk, "✓ An die Person zu K-1001 gesendet")
    await talk.settled()
    member(talk).says("Und der Kreis.", reply_to=sent)
    await talk.hears(people[0], "Und der Kreis.")
    member(talk).says("/an Koordination", reply_to=sent)
    given = await in_group(talk, "hat K-1001 an Koordination")
    await talk.settled()
    member(talk).says("// nur für uns", reply_to=given)
    noted = await in_group(talk, "Notiz")
    await talk.settled()
    member(talk, COLLEAGUE).says("Das war alles.", reply_to=noted)
    await talk.hears(people[0], "Das war alles.")
    await talk.settled()
    assert talk.silence(people[1]) == []
    assert not any("nur für uns" in m.text for m in people[0].received)


async def test_who_replies_to_what_is_about_no_request_is_told_what_to_do(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person)
    member(talk).says("/offen")
    listed = await in_group(talk, "Offene Anfragen")
    await talk.settled()
    guest = talk.api.group(DESK).member(6666, "Gast")
    guest.says("Und ich?", reply_to=listed)
    member(talk, COLLEAGUE).says("Ist erledigt.", reply_to=listed)
    told_so = await in_group(talk, "gehört zu keiner Anfrage")
    assert "Nichts wurde gesendet." in told_so.text
    chatter = member(talk).says("Guten Morgen!")
    member(talk, COLLEAGUE).says("Moin!", reply_to=chatter)
    await talk.settled()
    said = [m.text for m in talk.api.group(DESK).general if "keiner Anfrage" in m.text]
    assert len(said) == 1
    assert talk.silence(person) == []


async def test_in_a_group_that_lost_its_topics_a_message_says_which_request_it_is_about(
    talk: Talk,
) -> None:
    person = talk.person()
    topic = await talk.request(person)
    group = talk.api.group(DESK)
    group.delete_topic(topic)
    group.forum = False
    person.says("Und wer läutet?")
    await talk.api.wait_for(lambda: any("Und wer läutet?" in m.text for m in group.messages))
    first = next(m for m in group.messages if "Und wer läutet?" in m.text)
    assert first.text.startswith("K-1001 · ")
    member(talk).says("Der Küster.", reply_to=first)
    await talk.hears(person, "Der Küster.")
    person.says("Danke, und sonntags?")
    await talk.api.wait_for(lambda: any("und sonntags?" in m.text for m in group.messages))
    second = next(m for m in group.messages if "und sonntags?" in m.text)
    assert second.text == "Danke, und sonntags?"
    assert second.reply_to is not None


async def test_a_group_that_became_a_supergroup_keeps_working(talk: Talk) -> None:
    person = talk.person()
    old = await talk.request(person)
    group = talk.api.group(DESK)
    group.migrate(-1009999999999)
    person.says("Kommt das noch an?")

    def arrived() -> Topic | None:
        topics = (t for t in group.topics.values() if t is not old)
        return next(
            (t for t in topics if any("Kommt das noch an?" in m.text for m in t.messages)), None
        )

    topic = await talk.api.wait_for(arrived)
    group.member(COORDINATOR).says("Ja.", thread=topic)
    await talk.hears(person, "Ja.")


async def test_what_is_said_the_moment_the_group_became_a_supergroup_is_heard(talk: Talk) -> None:
    await talk.request(talk.person())
    group = talk.api.group(DESK)
    with talk.api.lock:  # both come with the same news
        group.migrate(-1009999999999)
        group.member(COORDINATOR).says("/hilfe")
    await talk.api.wait_for(lambda: any("So arbeiten Sie hier" in m.text for m in group.general))


async def test_the_list_of_open_requests_and_the_help(talk: Talk) -> None:
    await talk.request(talk.person())
    group = talk.api.group(DESK)
    member(talk).says("/offen")
    await talk.api.wait_for(lambda: any("K-1001" in m.text for m in group.general))
    member(talk).says("/hilfe")
    await talk.api.wait_for(lambda: any("So arbeiten Sie hier" in m.text for m in group.general))
