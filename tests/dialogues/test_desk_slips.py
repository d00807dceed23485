"""Slips of busy people at the desk: each is noticed, and said in one sentence where it happened."""

from datetime import timedelta

from tests.dialogues.test_desk_work import (
    clicked,
    enrol_expert,
    last_answer,
    member,
    told,
    typed,
    web_request,
)
from tests.support.hotline import COLLEAGUE, Talk

# One sentence of thirty long words, as an office writes it.
HARD = (
    "Die förderrechtliche Mittelverwendungsnachweisprüfung erfolgt unter Berücksichtigung der "
    "verwaltungsverfahrensrechtlichen Zuständigkeitsregelungen des Landesverwaltungsamtes, "
    "welches gegebenenfalls weitergehende Dokumentationsanforderungen kommunizieren wird."
)


async def test_who_mends_a_mistyped_command_is_told_that_it_was_not_sent(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    slip = member(talk).says("/rueckfage Welcher Turm?", thread=topic)
    await told(talk, topic, "Diesen Befehl kenne ich nicht")
    member(talk).edits(slip, "/rueckfrage Welcher Turm?")
    await told(talk, topic, "Ihre Änderung bewirkt deshalb nichts.")
    await talk.settled()
    assert talk.silence(person) == []


async def test_who_edits_chatter_outside_of_a_request_hears_nothing(talk: Talk) -> None:
    await talk.request(talk.person())
    group = talk.api.group(member(talk).chat.chat_id)
    chatter = member(talk).says("Guten Morngen!")
    await talk.settled()
    before = len(group.messages)
    member(talk).edits(chatter, "Guten Morgen!")
    member(talk).says("/offen")
    await talk.api.wait_for(lambda: any("K-1001" in m.text for m in group.general))
    await talk.settled()
    assert not any("bewirkt" in m.text for m in group.messages[before:])


async def test_a_command_about_no_request_says_where_it_belongs(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    for command in ("/fachleute Leerstand", "/veranstaltung", "/eintrag Turmuhr"):
        [said] = await typed(talk, topic, command)
        assert "geht nicht im Thema einer Anfrage" in said, command


async def test_a_place_that_nobody_filled_in_does_not_reach_the_person(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    draft = "Zu Ihrer Frage passt diese Veranstaltung: [Veranstaltung]."
    for words in (draft, f"/rueckfrage {draft}", f"/morgen {draft}"):
        [said] = await typed(talk, topic, words)
        assert "Im Text steht noch „[Veranstaltung]“" in said, words
    assert "steht noch" in await clicked(talk, "desk:answer:1001", text=draft)
    await talk.passes(timedelta(days=1))
    assert not any("passt diese" in m.text for m in person.received)


async def test_an_answer_that_is_hard_to_read_is_hinted_at_in_the_topic(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    [hint] = await typed(talk, topic, HARD)
    assert "gesendet" in hint
    assert "Schwer zu lesen" in hint
    [no_hint] = await typed(talk, topic, "Die Stadt zahlt.")
    assert "zu lesen" not in no_hint


async def test_a_button_of_the_desk_that_is_over_invites_nobody_to_write(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    group = talk.api.group(member(talk).chat.chat_id)
    for action in ("desk:claim:9999", "desk:dance:1001", "learn:dance:1001", "presence:here:1"):
        before = len(group.messages)
        member(talk).presses(action, topic.messages[0], forged=True)
        await talk.api.wait_for(lambda before=before: len(group.messages) > before)
        said = [m.text for m in group.messages[before:]]
        assert said == ["Dieser Knopf gilt nicht mehr. Nichts wurde geändert."], action


async def test_the_word_for_days_is_no_reason_to_block_somebody(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    [said] = await typed(talk, topic, "/sperren 7 Tage")
    assert "und einen Grund" in said
    await typed(talk, topic, "/sperren 7 Tage Beleidigungen")
    assert await talk.rows("SELECT reason FROM blocks") == [{"reason": "Beleidigungen"}]


async def test_a_note_of_a_web_request_says_in_the_topic_where_it_is_read(talk: Talk) -> None:
    topic = await web_request(talk)
    await clicked(talk, "desk:note:1001", text="Denkmalamt fragen")
    note = await told(talk, topic, "eine Notiz geschrieben")
    assert "/desk/anfrage/1001" in note.text
    assert not any("Denkmalamt" in m.text for m in topic.messages)


async def test_experts_read_how_they_work_when_they_ask_for_help(talk: Talk) -> None:
    await enrol_expert(talk)
    fatma = talk.api.user(7003)
    assert "Ihnen übergeben wurden" in (await talk.ask(fatma, "/hilfe", "So arbeiten Sie")).text
    await talk.hears(fatma, "So geht es")
    person = talk.person()
    await talk.ask(person, "/hilfe", "So geht es")
    assert not any("So arbeiten Sie" in m.text for m in person.received)


async def test_a_question_that_is_mended_on_the_page_stays_a_question(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await clicked(talk, "desk:askback:1001", text="Welcher Tum?")
    question = await talk.hears(person, "Welcher Tum?")
    asked = str(await last_answer(talk))
    await clicked(talk, "desk:edit:1001", text="Welcher Turm?", message=asked)
    await talk.api.wait_for(lambda: "Welcher Turm?" in question.text)
    assert question.text.startswith("Rückfrage der Koordination (zu K-1001):")
    mirrored = await told(talk, topic, "Welcher Turm?")
    assert "zurückgefragt" in mirrored.text
    await typed(talk, topic, "Wir fragen im Rathaus.")
    answer = str(await last_answer(talk))
    said = await talk.hears(person, "im Rathaus")
    await clicked(talk, "desk:edit:1001", text="Wir fragen beim Kreis.", message=answer)
    await talk.api.wait_for(lambda: "beim Kreis" in said.text)
    assert said.text.startswith("Koordination (zu K-1001):")


# -- what is open ----------------------------------------------------------------------------


async def test_the_list_says_who_is_on_it_and_what_was_promised(talk: Talk) -> None:
    first = await talk.request(talk.person())
    await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await typed(talk, first, "/nehmen")
    [listed] = await typed(talk, first, "/offen")
    assert listed.startswith("Offene Anfragen: 2\n")
    assert "• K-1001 (in Bearbeitung, heute bis 14:15 Uhr, Erika Beispiel)" in listed
    assert "• K-1002 (wartet, heute bis 14:15 Uhr, noch niemand)" in listed
    [busy] = await typed(talk, first, "/offen in Bearbeitung")
    assert busy.startswith("Anfragen in Bearbeitung: 1\n")
    assert "K-1001" in busy
    [free] = await typed(talk, first, "/offen frei")
    assert free.startswith("Anfragen, um die sich noch niemand kümmert: 1\n")
    assert "K-1002" in free
    await talk.passes(timedelta(hours=5))
    [late] = await typed(talk, first, "/offen überfällig")
    assert "• ⏰ K-1002 (wartet, überfällig, noch niemand)" in late


async def test_everybody_finds_their_own_in_the_list(talk: Talk) -> None:
    first = await talk.request(talk.person())
    second = await talk.request(talk.person(), "Wem gehört der Brunnen am Markt?")
    await typed(talk, first, "/nehmen")
    await typed(talk, second, "/nehmen", COLLEAGUE)
    [mine] = await typed(talk, second, "/offen meine", COLLEAGUE)
    assert "K-1002" in mine
    assert "K-1001" not in mine
    [none] = await typed(talk, second, "/offen überfällig", COLLEAGUE)
    assert none.startswith("Davon gibt es zurzeit keine.")


async def test_a_list_that_is_too_long_says_how_many_are_missing(talk: Talk) -> None:
    for number in range(32):
        topic = await talk.request(talk.person(), f"Wer pflegt den Brunnen Nummer {number}?")
    [listed] = await typed(talk, topic, "/offen")
    assert listed.startswith("Offene Anfragen: 32\n")
    assert listed.count("•") == 30
    assert "Und 2 weitere." in listed


async def test_who_forwards_or_writes_anonymously_is_told_that_nothing_was_sent(
    talk: Talk,
) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).says("Das sagt das Bauamt.", thread=topic, forwarded_from="Jemand")
    await told(talk, topic, "Nichts wurde gesendet: Weitergeleitetes")
    talk.api.group(member(talk).chat.chat_id).anonymous_admin().says("Alles gut", thread=topic)
    await talk.api.wait_for(
        lambda: sum("Nichts wurde gesendet" in m.text for m in topic.messages) == 2
    )
    await talk.settled()
    assert talk.silence(person) == []
    assert await talk.rows("SELECT 1 FROM request_messages WHERE author <> 'person'") == []
