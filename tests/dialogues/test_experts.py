"""People find experts by words and ask them through us; the desk hands over, and gets back."""

from datetime import date, timedelta
from typing import Any

import pytest

from handlers.network import experts as asking
from handlers.network.expert_questions import subject
from knowledge.models import Area, Consent, Expert
from knowledge.words import Words
from storage import coordinators, experts, house, requests
from storage.database import Tx
from tests.dialogues.test_desk_work import clicked, on_page, page_reads
from tests.fakes.world import Message, Person, Topic
from tests.support.hotline import COORDINATOR, DESK, Talk

AGREED = Consent(on=date(2026, 1, 2), noted_by="Koordination")
FATMA = 7003
ERIKA, FACH = 1, 3  # as the store calls them
QUESTION = "Wie fangen wir mit der Wärmeplanung an?"


def expert(id: str, name: str, *keywords: str, **more: Any) -> Expert:
    facts: dict[str, Any] = {"summary": f"Hilft bei {keywords[0]}.", "consent": AGREED}
    return Expert(id=id, name=name, keywords=keywords, **(facts | more))


LEERSTAND = expert(
    "leerstand-stelle",
    "Fachstelle Leerstand",
    *("Leerstand", "Zwischennutzung"),
    topics=("leerstand",),
    regions=(Area.BB, Area.SN),
    languages=("Deutsch", "Polnisch"),
    availability="dienstags und donnerstags",
    formats=("expertinnen-forum",),
)
ORTSKERN = expert("ortskern", "Fachperson Ortskern", "Ortskern", topics=("leerstand", "ortskern"))
WARM = expert("waerme", "Fachperson Wärme", "Wärmeplanung", "Fernwärme", topics=("klima-energie",))


async def keep(talk: Talk, *pool: Expert, colleague: int | None = None) -> None:
    async def unit(tx: Tx) -> None:
        for one in pool:
            now, payload = talk.clock.now(), one.model_dump_json()
            await experts.keep(
                tx, one.id, payload, now, coordinator_id=colleague, withdrawn_on=None
            )

    await talk.app.database.write(unit)


async def enrol(talk: Talk) -> Person:
    """Fatma is in the team as an expert, and has written to the hotline alone."""
    talk.api.group(DESK).member(FATMA, "Fatma Fach")
    bot = talk.api.token.split(":")[0]

    async def unit(tx: Tx) -> None:
        await coordinators.enrol(tx, "Max Muster", "coordinator", talk.clock.now())
        one = await coordinators.enrol(tx, "Fatma Fach", "expert", talk.clock.now())
        await coordinators.link_account(tx, one.id, "telegram", bot, str(FATMA))

    if await talk.rows("SELECT 1 FROM coordinators WHERE id = 2"):

        async def only_fatma(tx: Tx) -> None:
            one = await coordinators.enrol(tx, "Fatma Fach", "expert", talk.clock.now())
            await coordinators.link_account(tx, one.id, "telegram", bot, str(FATMA))

        await talk.app.database.write(only_fatma)
    else:
        await talk.app.database.write(unit)
    [row] = await talk.rows("SELECT id FROM coordinators WHERE name = 'Fatma Fach'")
    assert row["id"] == FACH
    fatma = talk.api.user(FATMA, "Fatma Fach")
    await talk.ask(fatma, "/start", "Kurz vorab")
    await talk.settled()
    return fatma


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


async def asked_expert(talk: Talk, person: Person) -> Topic:
    """Somebody asks the expert for heat through the hotline; the topic of their request."""
    group = talk.api.group(DESK)
    known = set(group.topics)
    await talk.ask(person, "/fachleute wärme", "Fachperson Wärme")
    person.presses("Fachperson fragen")
    await talk.hears(person, "Was möchten Sie fragen?")
    await talk.ask(person, QUESTION, "Nummer")
    await talk.settled()
    [number] = set(group.topics) - known
    topic: Topic = group.topics[number]
    return topic


async def erased(talk: Talk, person: Person) -> None:
    person.says("/loeschen")
    await talk.api.wait_for(lambda: any("Ja, alles" in str(labels(m)) for m in person.received))
    person.presses("Ja, alles löschen")
    await talk.until(lambda: talk.rows("SELECT id FROM requests WHERE person_id > 0"), [])


async def state(talk: Talk) -> tuple[str, int | None]:
    [row] = await talk.rows("SELECT state, claimed_by FROM requests")
    return row["state"], row["claimed_by"]


# -- finding --------------------------------------------------------------------------------


async def test_experts_are_found_by_a_word_and_shown_with_what_one_must_know(talk: Talk) -> None:
    await keep(talk, LEERSTAND, ORTSKERN, WARM)
    person = talk.person()
    found = await talk.ask(person, "/fachleute leerstand", "kennen wir diese Fachleute")
    assert labels(found) == ["Fachstelle Leerstand", "Fachperson Ortskern"]
    person.presses("Fachstelle Leerstand")
    card = await talk.hears(person, "Hilft bei Leerstand.")
    for words in (
        "Themen: Leerstand, Zwischennutzung",
        "Macht mit bei: Expert:innen-Forum",
        "Region: Brandenburg, Sachsen",
        "Sprachen: Deutsch, Polnisch",
        "Zeit: dienstags und donnerstags",
        "hier kommt auch die Antwort",
    ):
        assert words in card.text
    assert labels(card) == ["Fachperson fragen"]


@pytest.mark.parametrize(
    "words",
    [
        "Gibt es Fachleute für Wärmeplanung?",
        "Ich brauche eine Expertin für Wärmeplanung",
        "Guten Tag! Gibt es bei Ihnen Expertinnen und Experten für Wärmeplanung? Danke!",
        "Kennen Sie einen Fachmann, der sich mit Fernwärme auskennt?",
        "fachleute fuer waermeplannung",
        "Welche Experten haben Sie für Wärmeplanung?",
        "Mit welcher Expertin kann ich über Wärmeplanung sprechen?",
        "Gibt's einen Spezialisten für Fernwärme",
        "/fachleute Wärme",
    ],
)
async def test_experts_are_found_in_the_words_people_use(talk: Talk, words: str) -> None:
    await keep(talk, LEERSTAND, WARM)
    card = await talk.ask(talk.person(), words, "Fachperson Wärme")
    assert labels(card) == ["Fachperson fragen"]


@pytest.mark.parametrize(
    "words",
    [
        "Was ist der Expert:innen-Pool?",
        "Wie finde ich Fachleute zu meinem Thema?",
        "Expertenpool oder Expertenforum?",
        "Honorar für Fachleute aus dem Pool",
        "Als Expertin in die Datenbank aufgenommen werden",
        "Ich bin Experte für Leerstand und möchte helfen",
        "Ich suche Fachleute für einen Vortrag",
        "Ist das nur etwas für Fachleute und Ämter?",
        "Haben Fachleute über die Akademie mitgeredet?",
        "Welche Experten haben Sie zum Webtalk eingeladen?",
        "Was sagen Experten zu Leerstand?",
        "Gibt es Experten für mein Problem?",
        "Experten im Saal",
        "Gibt es Fachleute?",
        "x" * 300 + " Fachleute für Leerstand",
    ],
)
def test_other_questions_that_mention_experts_are_left_to_our_answers(words: str) -> None:
    assert subject(Words(words)) == ""


async def test_a_question_about_the_format_is_answered_by_the_faq(talk: Talk) -> None:
    await keep(talk, LEERSTAND)
    answer = await talk.ask(talk.person(), "Was ist der Expert:innen-Pool?", "Im Pool stehen")
    assert "Fachstelle" not in answer.text


async def test_who_works_in_another_land_comes_last(talk: Talk) -> None:
    there = expert("nord", "Büro Nord", "Leerstand", topics=("leerstand",), regions=(Area.SH,))
    await keep(talk, there, ORTSKERN)
    found = await talk.ask(
        talk.person(), "Gibt es Fachleute für Leerstand in Sachsen?", "diese Fach"
    )
    assert labels(found) == ["Fachperson Ortskern", "Büro Nord"]


async def test_where_nobody_is_found_we_say_so_and_offer_a_person(talk: Talk) -> None:
    await keep(talk, LEERSTAND)
    person = talk.person()
    said = await talk.ask(person, "Ich brauche eine Expertin für Regenwasser", "Regenwasser")
    assert "niemand in unserem Pool" in said.text
    person.presses("Ja, bitte")
    await talk.hears(person, "Nummer")
    [row] = await talk.rows("SELECT text FROM request_messages")
    assert row["text"] == "Ich brauche eine Expertin für Regenwasser"


async def test_a_word_behind_the_command_is_handed_over_as_a_sentence(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/fachleute Regenwasser", "niemand in unserem Pool")
    await talk.ask(person, "ja", "Nummer")
    [row] = await talk.rows("SELECT text FROM request_messages")
    assert row["text"] == "Ich suche Fachleute zu: Regenwasser"


async def test_a_town_without_a_pool_keeps_its_answers(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Gibt es Fachleute für Wärmeplanung?")
    await talk.settled()
    assert all("in unserem Pool" not in message.text for message in person.received)
    nobody = await talk.ask(person, "/fachleute", "Zurzeit steht bei uns niemand")
    assert labels(nobody) == ["Mit einem Menschen sprechen"]


async def test_without_a_word_the_topics_are_offered_for_which_there_is_somebody(
    talk: Talk,
) -> None:
    await keep(talk, ORTSKERN, WARM)
    person = talk.person()
    start = await talk.ask(person, "/fachleute", "Schreiben Sie ein Stichwort")
    assert labels(start) == ["Leerstand", "Ortskern und Einzelhandel", "Klima und Energie"]
    person.presses("Klima und Energie")
    await talk.hears(person, "Fachperson Wärme")


async def test_nobody_reads_through_the_whole_pool(talk: Talk) -> None:
    many = [expert(f"x-{number}", f"Büro {number}", "Leerstand") for number in range(25)]
    await keep(talk, *many)
    found = await talk.ask(talk.person(), "/fachleute leerstand", "Es gibt noch mehr")
    assert len(found.buttons) == asking.MOST == 10


async def test_who_chose_plain_language_reads_it_here_too(talk: Talk) -> None:
    await keep(talk, LEERSTAND, ORTSKERN)
    person = talk.person()
    await talk.ask(person, "/einfach", "")
    await talk.ask(person, "/fachleute leerstand", "Diese Fachleute wissen etwas dazu:")
    person.presses("Fachstelle Leerstand")
    await talk.hears(person, "Sie schreiben Ihre Frage hier.")


# -- only who agreed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"consent": None},
        {"paused": True},
        {"paused_until": date(2026, 11, 24)},
    ],
)
async def test_nobody_is_shown_without_consent_or_during_a_pause(
    talk: Talk, changed: dict[str, Any]
) -> None:
    await keep(talk, LEERSTAND.model_copy(update=changed), WARM)
    person = talk.person()
    await talk.ask(person, "/fachleute leerstand", "niemand in unserem Pool")
    for action in ("exp:show:leerstand-stelle", "exp:ask:leerstand-stelle"):
        person.presses(action, forged=True)
        await talk.hears(person, "steht zurzeit nicht mehr im Pool")
    assert all("Fachstelle" not in message.text for message in person.received)


async def test_a_pause_ends_by_itself(talk: Talk) -> None:
    await keep(talk, LEERSTAND.model_copy(update={"paused_until": date(2026, 11, 24)}))
    person = talk.person()
    await talk.ask(person, "/fachleute leerstand", "niemand")
    await talk.passes(timedelta(days=1))
    await talk.ask(person, "/fachleute leerstand", "Fachstelle Leerstand")


async def test_who_takes_consent_back_while_a_question_is_written_is_not_named(
    talk: Talk,
) -> None:
    await keep(talk, WARM)
    person = talk.person()
    await talk.ask(person, "/fachleute wärme", "Fachperson Wärme")
    person.presses("Fachperson fragen")
    await talk.hears(person, "Was möchten Sie fragen?")
    await keep(talk, WARM.model_copy(update={"consent": None}))
    await talk.ask(person, QUESTION, "Nummer")
    await talk.settled()
    assert await talk.rows("SELECT * FROM expert_wishes") == []
    topics = talk.api.group(DESK).topics.values()
    assert all("Fachperson Wärme" not in m.text for topic in topics for m in topic.messages)


async def test_what_cannot_be_read_any_more_is_shown_to_nobody(talk: Talk) -> None:
    async def damage(tx: Tx) -> None:
        await tx.run("""UPDATE experts SET payload = '{"id": "waerme"}' WHERE slug = 'waerme'""")

    await keep(talk, WARM, LEERSTAND)
    await talk.app.database.write(damage)
    await talk.ask(talk.person(), "/fachleute wärme", "niemand in unserem Pool")


@pytest.mark.parametrize("value", ["", "show:", "ask:nobody", "topic:nix", "topic:", "x", "show"])
async def test_a_forged_button_has_no_effect(talk: Talk, value: str) -> None:
    await keep(talk, WARM)
    person = talk.person()
    await talk.ask(person, "/start", "Guten Tag")
    person.presses(f"exp:{value}", forged=True)
    await talk.hears(person)
    assert await talk.rows("SELECT * FROM requests") == []
    assert "Fachperson Wärme" not in person.received[-1].text


# -- asking ---------------------------------------------------------------------------------


async def test_a_question_goes_to_the_desk_which_sees_who_was_wished_for(talk: Talk) -> None:
    await keep(talk, WARM)
    topic = await asked_expert(talk, talk.person())
    said = [message.text for message in topic.messages]
    assert QUESTION in said
    assert "diese Fachperson fragen: Fachperson Wärme" in said[-1]
    # Nobody who is not enrolled is written to: the desk reads how to change that.
    assert "/desk/team" in said[-1]
    assert topic.messages[-1].buttons == []
    assert await talk.rows("SELECT slug FROM expert_wishes") == [{"slug": "waerme"}]


async def test_no_takes_the_question_back_and_the_wish_with_it(talk: Talk) -> None:
    await keep(talk, WARM)
    person = talk.person()
    await talk.ask(person, "/fachleute wärme", "Fachperson Wärme")
    person.presses("Fachperson fragen")
    await talk.hears(person, "Was möchten Sie fragen?")
    await talk.ask(person, "nein", "ich gebe nichts weiter")
    await talk.ask(person, "/neu", "Worum geht es?")
    await talk.ask(person, "Die Bank im Park ist kaputt.", "Nummer")
    assert await talk.rows("SELECT * FROM expert_wishes") == []


async def test_the_same_works_in_the_web_chat(talk: Talk) -> None:
    await keep(talk, WARM, colleague=None)
    await on_page(talk, "Gibt es Fachleute für Wärmeplanung?")
    assert any("Fachperson Wärme" in line for line in await page_reads(talk))
    await on_page(talk, action="exp:ask:waerme")
    await on_page(talk, QUESTION)
    assert any("K-1001" in line for line in await page_reads(talk))
    assert await talk.rows("SELECT slug FROM expert_wishes") == [{"slug": "waerme"}]
    [topic] = talk.api.group(DESK).topics.values()
    # Their words stay in the channel they chose; whom they would like to ask is no word of theirs.
    assert all(QUESTION not in message.text for message in topic.messages)
    assert "Fachperson Wärme" in topic.messages[-1].text


async def test_what_somebody_wished_for_is_forgotten_with_the_request(talk: Talk) -> None:
    await keep(talk, WARM)
    person = talk.person()
    await asked_expert(talk, person)
    await erased(talk, person)
    assert await talk.rows("SELECT * FROM expert_wishes") == []


# -- handing over ---------------------------------------------------------------------------


async def test_one_tap_hands_it_to_the_expert_who_answers_in_their_own_chat(talk: Talk) -> None:
    fatma = await enrol(talk)
    await keep(talk, WARM, colleague=FACH)
    person = talk.person()
    topic = await asked_expert(talk, person)
    assert labels(topic.messages[-1]) == ["An Fachperson Wärme abgeben"]
    talk.api.group(DESK).member(COORDINATOR).presses("An Fachperson Wärme abgeben")
    await talk.hears(fatma, "Erika Beispiel hat Ihnen die Anfrage K-1001 übergeben")
    asked = await talk.hears(fatma, QUESTION)
    assert await state(talk) == ("claimed", FACH)
    fatma.says("Mit einer Bestandsaufnahme.", reply_to=asked)
    await talk.hears(person, "Mit einer Bestandsaufnahme.")
    # Who has answered owes nothing.
    await talk.passes(timedelta(days=8))
    assert (await state(talk))[0] == "answered"
    assert all("keine Antwort von der Fachperson" not in said for said in talk.silence(person))


async def test_beside_a_request_the_three_who_fit_are_offered(talk: Talk) -> None:
    await enrol(talk)
    await keep(talk, LEERSTAND, ORTSKERN)
    await keep(talk, WARM, colleague=FACH)
    more = [expert(f"x-{number}", f"Büro {number}", "Leerstand") for number in range(4)]
    await keep(talk, *more)
    person = talk.person()
    topic = await talk.request(person, "Wer zahlt die Kirchturmuhr?")
    person.says("Sie hängt in einem Haus mit Leerstand.")
    await talk.api.wait_for(lambda: any("Leerstand" in m.text for m in topic.messages))
    talk.api.group(DESK).member(COORDINATOR).presses("Vorschläge")
    offered = await talk.api.wait_for(
        lambda: next((m for m in topic.messages if "Fachleute, die dazu passen" in m.text), None)
    )
    assert offered.text.count("•") == 3
    assert "Fachperson Wärme" not in offered.text


async def test_an_expert_who_is_away_is_named_as_such(talk: Talk) -> None:
    await enrol(talk)
    await keep(talk, WARM, colleague=FACH)
    until = talk.clock.now() + timedelta(days=3)
    await talk.app.database.write(lambda tx: coordinators.leave(tx, FACH, until, None))
    topic = await asked_expert(talk, talk.person())
    talk.api.group(DESK).member(COORDINATOR).presses("Vorschläge")
    await talk.api.wait_for(lambda: any("zurzeit weg" in m.text for m in topic.messages))


async def test_a_forged_name_on_the_button_hands_nothing_over(talk: Talk) -> None:
    await enrol(talk)
    await keep(talk, WARM, colleague=FACH)
    await asked_expert(talk, talk.person())
    [topic] = talk.api.group(DESK).topics.values()
    for number in ("99", "abc", "9" * 20):
        before = len(topic.messages)
        action = f"desk:give:1001:{number}"
        talk.api.group(DESK).member(COORDINATOR).presses(action, topic.messages[0], forged=True)
        await talk.api.wait_for(lambda before=before: len(topic.messages) > before)
        assert "An wen?" in topic.messages[-1].text
    assert await state(talk) == ("open", None)


# -- silence ---------------------------------------------------------------------------------


async def handed_over(talk: Talk) -> tuple[Person, Person, Topic]:
    fatma = await enrol(talk)
    await keep(talk, WARM, colleague=FACH)
    person = talk.person()
    topic = await asked_expert(talk, person)
    talk.api.group(DESK).member(COORDINATOR).presses("An Fachperson Wärme abgeben")
    await talk.hears(fatma, QUESTION)
    await talk.settled()
    return person, fatma, topic


async def test_a_silent_expert_loses_the_request_and_the_person_hears_that_it_goes_on(
    talk: Talk,
) -> None:
    # Handed over on a Tuesday: they have Wednesday and Thursday.
    person, fatma, topic = await handed_over(talk)
    await talk.passes(timedelta(days=2, hours=22))
    assert await state(talk) == ("claimed", FACH)
    await talk.passes(timedelta(hours=2))  # Friday, ten o'clock
    assert await state(talk) == ("open", None)
    await talk.hears(person, "Zu K-1001 kam bis jetzt keine Antwort von der Fachperson.")
    await talk.hears(fatma, "K-1001 liegt nicht mehr bei Ihnen.")
    said = next(m for m in reversed(topic.messages) if "hat zu K-1001 nicht geantwortet" in m.text)
    assert "Fatma Fach" in said.text
    assert labels(said) == ["Übernehmen"]
    assert await talk.rows("SELECT * FROM handed") == []
    await talk.passes(timedelta(days=7))
    told = [text for text in talk.silence(person) if "Fachperson" in text]
    assert told == []


async def test_a_weekend_is_no_time_to_answer(talk: Talk) -> None:
    await talk.passes(timedelta(days=3))  # a Friday
    await handed_over(talk)
    await talk.passes(timedelta(days=4, hours=22))  # Wednesday, eight o'clock
    assert await state(talk) == ("claimed", FACH)
    await talk.passes(timedelta(hours=2))
    assert await state(talk) == ("open", None)


async def test_a_question_back_stops_the_clock_until_the_person_writes(talk: Talk) -> None:
    person, fatma, _ = await handed_over(talk)
    asked = next(m for m in fatma.received if QUESTION in m.text)
    fatma.says("/rueckfrage Wie groß ist der Ort?", reply_to=asked)
    await talk.hears(person, "Wie groß ist der Ort?")
    await talk.passes(timedelta(days=6))
    assert await state(talk) == ("answered", FACH)
    person.says("Etwa 8.000 Menschen.")
    await talk.until(lambda: state(talk), ("open", FACH))
    await talk.passes(timedelta(days=1))
    assert await state(talk) == ("open", FACH)
    await talk.passes(timedelta(days=7))
    assert await state(talk) == ("open", None)


async def test_what_a_coordinator_took_over_is_not_taken_back_again(talk: Talk) -> None:
    person, _, topic = await handed_over(talk)
    assert "K-1001" in await clicked(talk, "desk:take:1001", ERIKA)
    await talk.passes(timedelta(days=4))
    assert await state(talk) == ("claimed", ERIKA)
    assert not any("von der Fachperson" in text for text in talk.silence(person))
    assert not any("nicht geantwortet" in m.text for m in topic.messages)


async def test_a_withdrawn_request_is_nobody_s_any_more(talk: Talk) -> None:
    person, _, _ = await handed_over(talk)
    await erased(talk, person)
    assert await talk.rows("SELECT * FROM due WHERE kind = 'expert-silent'") == []


async def test_an_expert_who_left_the_team_does_not_keep_a_request(talk: Talk) -> None:
    person, _, _ = await handed_over(talk)
    await talk.app.database.write(lambda tx: coordinators.revoke(tx, FACH, talk.clock.now()))
    await talk.passes(timedelta(days=3))
    assert await state(talk) == ("open", None)
    await talk.hears(person, "Die Koordination kümmert sich wieder selbst darum.")


# -- the list in the group ----------------------------------------------------------------------


async def test_the_group_lists_the_pool_and_who_is_shown(talk: Talk) -> None:
    await keep(
        talk,
        LEERSTAND,
        WARM.model_copy(update={"consent": None}),
        ORTSKERN.model_copy(update={"paused": True}),
    )
    group = talk.api.group(DESK)

    async def heard(words: str) -> str:
        before = len(group.messages)
        group.member(COORDINATOR).says(words)
        await talk.api.wait_for(lambda: any(m.from_bot for m in group.messages[before:]))
        return next(m.text for m in group.messages[before:] if m.from_bot)

    listed = await heard("/fachleute")
    assert "Fachstelle Leerstand (wird gezeigt)" in listed
    assert "Fachperson Wärme (ohne Zustimmung, wird nicht gezeigt)" in listed
    assert "Fachperson Ortskern (pausiert)" in listed
    assert "/desk/fachleute" in listed
    found = await heard("/fachleute Fernwärme")
    assert "Fachperson Wärme" in found
    assert "Leerstand" not in found
    assert "niemand im Pool" in await heard("/fachleute Regenwasser")


async def test_an_expert_does_not_read_the_pool_in_the_group(talk: Talk) -> None:
    await enrol(talk)
    await keep(talk, LEERSTAND.model_copy(update={"consent": None}))
    group = talk.api.group(DESK)
    group.member(FATMA).says("/fachleute")
    await talk.api.wait_for(
        lambda: any("nur die Koordination" in m.text for m in group.messages if m.from_bot)
    )
    assert not any("Fachstelle" in m.text for m in group.messages)
    assert await talk.app.database.read(lambda tx: house.fact(tx, f"expert-in-group:{FACH}"))
    assert await talk.app.database.read(lambda tx: requests.handed_to(tx, FACH)) == []
