"""Somebody asks something and gets an answer, a suggestion, or a person."""

from datetime import timedelta

from tests.support.hotline import Talk


async def test_a_stranger_gets_notice_and_answer_in_the_same_breath(talk: Talk) -> None:
    person = talk.person()
    person.says("Ab wann ist ein Ort eine Kleinstadt?")
    await talk.hears(person, "Zuerst antwortet ein Programm")
    answer = await talk.hears(person, "5.000")
    assert [b.label for b in answer.buttons] == [
        "Ja, danke", "Nein", "Einfache Sprache", "Weitersagen",
    ]  # fmt: skip


async def test_the_notice_comes_once(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Hallo", "Guten Tag")
    await talk.ask(person, "Danke", "Gern")
    notices = [m for m in person.received if "Kurz vorab" in m.text]
    assert len(notices) == 1


async def test_nothing_of_an_answered_question_is_kept(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
    person.presses("Ja, danke")
    await talk.hears(person, "Das freut mich")
    await talk.settled()
    assert await talk.rows("SELECT payload FROM inbox WHERE payload IS NOT NULL") == []
    people = await talk.rows("SELECT conversation FROM people")
    assert all("Kleinstadt" not in row["conversation"] for row in people)


async def test_feedback_counts_once_however_often_it_is_pressed(talk: Talk) -> None:
    person = talk.person()
    answer = await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
    person.presses("Ja, danke", answer)
    await talk.hears(person, "freut")
    person.presses("Ja, danke", answer)
    await talk.hears(person, "gilt nicht mehr")
    counted = await talk.rows("SELECT number FROM tallies WHERE what = 'helped'")
    assert [row["number"] for row in counted] == [1]


async def test_an_answer_that_did_not_help_leads_to_a_person(talk: Talk) -> None:
    person = talk.person()
    answer = await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
    person.presses("Nein", answer)
    await talk.hears(person, "tut mir leid")
    person.presses("An einen Menschen geben")
    await talk.hears(person, "K-1001")
    kept = await talk.rows("SELECT text FROM request_messages")
    assert [row["text"] for row in kept] == ["Ab wann ist ein Ort eine Kleinstadt?"]


async def test_a_vague_question_is_narrowed_down_before_it_is_answered(talk: Talk) -> None:
    person = talk.person()
    offer = await talk.ask(person, "Treffen", "Meinten Sie")
    assert offer.buttons[-1].label == "Keins davon"
    assert 2 <= len(offer.buttons) <= 4
    person.presses(offer.buttons[0].label, offer)
    await talk.hears(person, "Hat das geholfen?")


async def test_none_of_the_suggestions_leads_to_a_person(talk: Talk) -> None:
    person = talk.person()
    offer = await talk.ask(person, "Treffen", "Meinten Sie")
    person.presses("Keins davon", offer)
    await talk.hears(person, "Soll ich es an einen Menschen weitergeben")


async def test_no_means_that_nothing_is_handed_over(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Wie hoch ist die Hundesteuer in Wurzen?", "Soll ich")
    await talk.ask(person, "nein danke", "ich gebe nichts weiter")
    await talk.settled()
    assert await talk.rows("SELECT id FROM requests") == []
    people = await talk.rows("SELECT conversation FROM people")
    assert all("Hundesteuer" not in row["conversation"] for row in people)


async def test_angle_brackets_and_asterisks_arrive_as_typed(talk: Talk) -> None:
    person = talk.person("Ute <b>& Söhne</b> *_[x](y)")
    words = "Ich <3 unsere Orgel & *die* _Turmuhr_ [hier](x) `y` &amp; 100 % O'Brien"
    topic = await talk.request(person, words)
    assert any(m.text == words for m in topic.messages)


async def test_an_old_or_forged_button_has_no_effect(talk: Talk) -> None:
    person = talk.person()
    hello = await talk.ask(person, "Hallo", "Guten Tag")
    for action in ("faq:gibt-es-nicht", "close:1001", "desk:close:1001", "x" * 64, "ho:yes", "::"):
        person.presses(action, hello, forged=True)
        await talk.hears(person, "gilt nicht mehr")


async def test_what_is_remembered_fades(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Wie hoch ist die Hundesteuer in Wurzen?", "Soll ich")
    await talk.passes(timedelta(days=2))
    people = await talk.rows("SELECT conversation FROM people")
    assert all("Hundesteuer" not in row["conversation"] for row in people)


async def test_words_of_danger_get_the_numbers_first_and_alarm_the_desk(talk: Talk) -> None:
    person = talk.person()
    person.says("Ich will nicht mehr leben")
    first = await talk.api.wait_for(lambda: person.received[:1])
    assert "112" in first[0].text
    assert "TelefonSeelsorge" in first[0].text
    await talk.hears(person, "K-1001")
    rows = await talk.rows("SELECT urgent FROM requests")
    assert [row["urgent"] for row in rows] == [1]
    desk = talk.api.group(-1001234567890)
    await talk.api.wait_for(
        lambda: any("Notfall-Nachricht" in m.text for t in desk.topics.values() for m in t.messages)
    )


async def test_help_formats_and_events_are_found_by_words(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Hilfe", "So geht es")
    menu = await talk.ask(person, "/formate", "18 Formate")
    person.presses("Beratung", menu)
    listed = await talk.hears(person, "Peer-to-Peer-Coaching")
    person.presses("Peer-to-Peer-Coaching", listed)
    await talk.hears(person, "Stand:")
    await talk.ask(person, "/veranstaltungen", "2022")


async def test_a_poll_gets_a_polite_sentence(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Hallo", "Guten Tag")
    talk.api.inject(
        {
            "update_id": 900_000_000,
            "message": {
                "message_id": 999,
                "date": 1790000000,
                "chat": {"id": person.id, "type": "private"},
                "from": {"id": person.id, "is_bot": False, "first_name": "E"},
                "poll": {"id": "1", "question": "?", "options": []},
            },
        }
    )
    await talk.hears(person, "in Worten")
