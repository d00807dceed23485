"""An entry of the FAQ is written in the topic of a request, with a few taps."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.dialogues.test_desk_work import clicked, enrol_expert, member, told, web_request
from tests.dialogues.test_learning import ANSWER, deeds, in_group, learnt, live
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Message, Person, Topic
from tests.support.hotline import COLLEAGUE, DESK, Talk, hotline

QUESTION = "Wer zahlt die Kirchturmuhr?"
ENTRY = "desk-wer-zahlt-die-kirchturmuhr"


async def news(talk: Talk, topic: Topic, words: str, after: int) -> Message:
    """What stands in the topic since there were `after` messages."""

    def found() -> Message | None:
        return next((m for m in topic.messages[after:] if m.from_bot and words in m.text), None)

    message: Message = await talk.api.wait_for(found)
    await talk.settled()  # as long as it takes people to read it
    return message


async def press(talk: Talk, topic: Topic, button: str, words: str, who: int = 7001) -> Message:
    """Tap the newest button of this name; what the bot says then."""
    before = len(topic.messages)
    member(talk, who).presses(button)
    return await news(talk, topic, words, before)


async def answered(
    talk: Talk, answer: str = ANSWER, question: str = QUESTION
) -> tuple[Person, Topic]:
    """A request that was answered in its topic."""
    person = talk.person()
    topic = await talk.request(person, question)
    member(talk).says(answer, thread=topic)
    await told(talk, topic, "gesendet")
    await talk.hears(person, answer.split(".")[0])
    return person, topic


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


async def test_two_taps_and_a_colleague_and_the_next_person_is_answered(talk: Talk) -> None:
    person, topic = await answered(talk)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    assert f"Titel: {QUESTION}" in card.text
    assert f"• {QUESTION}" in card.text
    assert ANSWER in card.text
    await press(talk, topic, "Vorschlagen", "muss den Eintrag freigeben")
    waiting = await in_group(talk, "Vorschlag für die FAQ")
    assert labels(waiting) == ["Freigeben", "Ablehnen"]
    member(talk).presses("Freigeben", waiting)
    await in_group(talk, "muss ihn jemand anderes")
    member(talk, COLLEAGUE).presses("Freigeben", waiting)
    await in_group(talk, "steht jetzt in der FAQ")
    await learnt(talk)
    await talk.ask(talk.person(), QUESTION, ANSWER)
    assert await deeds(talk) == [("proposed", ENTRY), ("approved", ENTRY)]
    assert await talk.rows("SELECT * FROM entry_drafts") == []
    assert not any("Entwurf" in m.text for m in person.received)


async def test_a_proposal_that_is_refused_answers_nobody(talk: Talk) -> None:
    _, topic = await answered(talk)
    await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    await press(talk, topic, "Vorschlagen", "muss den Eintrag freigeben")
    waiting = await in_group(talk, "Vorschlag für die FAQ")
    member(talk, COLLEAGUE).presses("Ablehnen", waiting)
    await in_group(talk, "kommt nicht in die FAQ")
    await talk.ask(talk.person(), QUESTION, "Soll ich")


async def test_what_is_not_answered_yet_becomes_no_entry(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    member(talk).presses("learn:from:1001", topic.messages[0], forged=True)
    await told(talk, topic, "noch nicht beantwortet")
    assert await talk.rows("SELECT * FROM entry_drafts") == []


# -- passages that may belong to somebody ------------------------------------------------------

PERSONAL = ANSWER + " Fragen Sie Frau Muster, Telefon 03521 12345, im Rathaus."


async def test_each_marked_passage_is_confirmed_or_blackened(talk: Talk) -> None:
    _, topic = await answered(talk, PERSONAL)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    assert "Vorschlagen" not in labels(card)
    first = await told(talk, topic, "„Frau Muster“ könnte zu einem Menschen gehören")
    assert "Danach ist noch eine Stelle zu klären." in first.text
    assert labels(first) == ["So lassen", "Schwärzen"]
    second = await press(talk, topic, "Schwärzen", "„03521 12345“ könnte")
    member(talk).presses("So lassen", first)  # its passage is gone
    await told(talk, topic, "Diese Stelle ist schon geklärt.")
    card = await press(talk, topic, "So lassen", "Entwurf für die FAQ")
    assert "Fragen Sie […], Telefon 03521 12345, im Rathaus." in card.text
    assert labels(card)[0] == "Vorschlagen"
    member(talk).presses("Schwärzen", second)
    await press(talk, topic, "Vorschlagen", "muss den Eintrag freigeben")
    waiting = await in_group(talk, "Vorschlag für die FAQ")
    assert "Muster" not in waiting.text
    assert "03521 12345" in waiting.text


async def test_a_reply_to_the_passage_puts_other_words_there(talk: Talk) -> None:
    person, topic = await answered(talk, ANSWER + " Fragen Sie Frau Muster.")
    await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    asked = await told(talk, topic, "„Frau Muster“ könnte")
    before = len(topic.messages)
    member(talk).says("das Rathaus", thread=topic, reply_to=asked)
    card = await news(talk, topic, "Fragen Sie das Rathaus.", before)
    assert "Vorschlagen" in labels(card)
    await talk.settled()
    assert not any("das Rathaus" in m.text for m in person.received)


async def test_what_was_confirmed_stays_so_and_new_names_are_asked_for_again(talk: Talk) -> None:
    _, topic = await answered(talk, ANSWER + " Fragen Sie Frau Muster.")
    await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    await told(talk, topic, "„Frau Muster“ könnte")
    await press(talk, topic, "So lassen", "Entwurf für die FAQ")
    await press(talk, topic, "Antwort", "Wie lautet die Antwort?")
    before = len(topic.messages)
    member(talk).says("Das wissen Frau Muster und Herr Beispiel.", thread=topic)
    again = await news(talk, topic, "könnte zu einem Menschen gehören", before)
    assert "„Herr Beispiel“" in again.text
    assert "Danach" not in again.text


# -- changed by words --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "question", "words", "shown"),
    [
        ("Titel", "Wie soll der Titel heißen?", "Uhr am Turm", "Titel: Uhr am Turm"),
        ("Fragen", "Wie fragt man danach?", "Wer zahlt die Uhr?\nWem gehört die Uhr?", "• Wem"),
        ("Antwort", "Wie lautet die Antwort?", "Die Stadt zahlt.", "Antwort:\nDie Stadt zahlt."),
        ("Einfache Sprache", "in Einfacher Sprache?", "Die Stadt.", "Sprache:\nDie Stadt."),
        ("Thema", "Zu welchem Thema", "Zusammenarbeit, Uhren", "Thema: Zusammenarbeit, Uhren"),
    ],
)
async def test_a_button_and_then_words_change_a_field(
    talk: Talk, button: str, question: str, words: str, shown: str
) -> None:
    person, topic = await answered(talk)
    await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    await press(talk, topic, button, question)
    before = len(topic.messages)
    member(talk).says(words, thread=topic)
    await news(talk, topic, shown, before)
    # Only these words were for the draft: what follows is for the person again.
    member(talk).says("Und noch etwas.", thread=topic)
    await talk.hears(person, "Und noch etwas.")
    assert not any(words in m.text for m in person.received if words != ANSWER)


async def test_a_reply_to_the_draft_names_what_it_changes(talk: Talk) -> None:
    person, topic = await answered(talk)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    before = len(topic.messages)
    member(talk).says("Titel: Die Uhr am Turm", thread=topic, reply_to=card)
    changed = await news(talk, topic, "Titel: Die Uhr am Turm", before)
    member(talk, COLLEAGUE).says("Antwort: Die Stadt zahlt.", thread=topic, reply_to=changed)
    await news(talk, topic, "Antwort:\nDie Stadt zahlt.", before)
    member(talk).says("Klingt gut!", thread=topic, reply_to=card)
    await told(talk, topic, "Was soll sich ändern?")
    await talk.settled()
    assert talk.silence(person) == []


async def test_the_words_of_a_colleague_are_not_taken_for_the_draft(talk: Talk) -> None:
    person, topic = await answered(talk)
    await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    await press(talk, topic, "Antwort", "Wie lautet die Antwort?")
    member(talk, COLLEAGUE).presses("desk:take:1001", topic.messages[0], forged=True)
    await told(talk, topic, "kümmert")
    member(talk, COLLEAGUE).says("Ich übernehme.", thread=topic)
    await talk.hears(person, "Ich übernehme.")
    member(talk).says("// nur eine Notiz", thread=topic)
    await told(talk, topic, "Notiz")
    await talk.passes(timedelta(minutes=31))
    member(talk).says("Zu spät für den Entwurf.", thread=topic)
    await told(talk, topic, "Um K-1001 kümmert sich schon")
    assert not any("Zu spät" in m.text for m in topic.messages if m.from_bot)


async def test_words_for_a_draft_that_is_gone_meanwhile_do_not_go_to_the_person(
    talk: Talk,
) -> None:
    person, topic = await answered(talk)
    await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    await press(talk, topic, "Antwort", "Wie lautet die Antwort?")
    # A colleague works on the same draft: that takes nobody's question away.
    await press(talk, topic, "Titel", "Wie soll der Titel heißen?", COLLEAGUE)
    await press(talk, topic, "Verwerfen", "Der Entwurf ist verworfen.", COLLEAGUE)
    before = len(topic.messages)
    member(talk).says("Die Stadt zahlt.", thread=topic)
    await news(talk, topic, "Diesen Entwurf gibt es nicht mehr", before)
    assert talk.silence(person) == []


async def test_who_changes_their_mind_writes_to_the_person_again(talk: Talk) -> None:
    person, topic = await answered(talk)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    asked = await press(talk, topic, "Antwort", "Wie lautet die Antwort?")
    before = len(topic.messages)
    member(talk).says("Die Stadt zahlt.", thread=topic, reply_to=asked)
    await news(talk, topic, "Die Stadt zahlt.", before)
    member(talk).says("Für Sie: ein Nachtrag.", thread=topic)
    await talk.hears(person, "ein Nachtrag")
    await press(talk, topic, "Antwort", "Wie lautet die Antwort?")
    await press(talk, topic, "Vorschlagen", "muss den Eintrag freigeben")
    member(talk).says("Noch ein Nachtrag.", thread=topic)
    await talk.hears(person, "Noch ein Nachtrag.")
    assert card


async def test_what_is_wrong_is_said_and_cannot_be_proposed(talk: Talk) -> None:
    _, topic = await answered(talk)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    before = len(topic.messages)
    member(talk).says("Titel: U", thread=topic, reply_to=card)
    wrong = await news(talk, topic, "3 bis 60 Zeichen", before)
    assert "Vorschlagen" not in labels(wrong)
    member(talk).presses("Vorschlagen", card)
    await told(talk, topic, "Der Entwurf ist inzwischen ein anderer.")
    member(talk).sends_photo(b"bild", thread=topic, reply_to=wrong)
    await told(talk, topic, "nur Worte")
    assert await talk.rows("SELECT * FROM desk_entries") == []


# -- entries that answer the same --------------------------------------------------------------


async def test_only_the_question_is_learnt_for_an_entry_that_is_there(talk: Talk) -> None:
    question = "Wer zahlt denn die Kirchturmuhr?"
    _, topic = await answered(talk, question=question)
    await live(talk)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    assert "Vorschlagen" not in labels(card)
    near = await told(talk, topic, "Das klingt nach Einträgen")
    assert ANSWER in near.text
    also = f"So fragt man das auch: {QUESTION}"
    assert also in labels(near)
    await press(talk, topic, also, "So fragt man ab jetzt auch nach")
    assert (await deeds(talk))[-1] == ("phrased", ENTRY)

    async def look() -> bool:
        return question in talk.app.content.knowledge.library.entries[ENTRY].asked_as

    await talk.until(look, wanted=True)
    assert await talk.rows("SELECT * FROM entry_drafts") == []
    member(talk).presses(also, near)
    await in_group(talk, "Diesen Entwurf gibt es nicht mehr")


async def test_who_says_that_it_differs_may_propose_it(talk: Talk) -> None:
    _, topic = await answered(talk)
    await live(talk, id="desk-turmuhr")
    await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    await told(talk, topic, "Das klingt nach Einträgen")
    await press(talk, topic, "Mein Eintrag sagt etwas anderes", "Entwurf für die FAQ")
    await press(talk, topic, "Vorschlagen", "muss den Eintrag freigeben")
    assert (await deeds(talk)) == [("proposed", ENTRY)]


async def test_a_name_in_the_question_is_settled_before_it_is_learnt(talk: Talk) -> None:
    question = "Frau Muster, wer zahlt die Kirchturmuhr?"
    _, topic = await answered(talk, question=question)
    await live(talk, asked_as=["Wer zahlt, Frau Muster, die Kirchturmuhr?", QUESTION])
    await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    near = await told(talk, topic, "Das klingt nach Einträgen")
    also = next(label for label in labels(near) if label.startswith("So fragt man das auch"))
    await press(talk, topic, also, "„Frau Muster“ könnte")
    assert await talk.rows("SELECT * FROM phrasings") == []


# -- who may, and what is over -----------------------------------------------------------------


async def test_of_two_who_propose_at_once_one_does_it(talk: Talk) -> None:
    _, topic = await answered(talk)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    again = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ", COLLEAGUE)
    member(talk).presses("Vorschlagen", card)
    member(talk, COLLEAGUE).presses("Vorschlagen", again)
    await in_group(talk, "Diesen Entwurf gibt es nicht mehr")
    await talk.settled()
    assert await deeds(talk) == [("proposed", ENTRY)]


async def test_a_draft_that_was_dropped_is_gone_and_the_answer_stays(talk: Talk) -> None:
    person, topic = await answered(talk)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    await press(talk, topic, "Verwerfen", "Der Entwurf ist verworfen.")
    member(talk).presses("Vorschlagen", card)
    await in_group(talk, "Diesen Entwurf gibt es nicht mehr")
    before = len(topic.messages)
    member(talk).says("Titel: Zu spät", thread=topic, reply_to=card)
    await news(talk, topic, "Diesen Entwurf gibt es nicht mehr", before)
    assert talk.silence(person) == []
    assert await talk.rows("SELECT * FROM desk_entries") == []


@pytest.mark.parametrize(
    "action",
    ["learn:keep:1:12345678", "learn:black:9:x", "learn:also:1:x", "learn:ask:1:alles",
     "learn:offer:x:1", "learn:redo:desk-nie-gewesen", "learn:distinct:", "learn:drop:77"],
)  # fmt: skip
async def test_a_forged_button_of_a_draft_has_no_effect(talk: Talk, action: str) -> None:
    _, topic = await answered(talk)
    await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    [before] = await talk.rows("SELECT payload, revision FROM entry_drafts")
    group = talk.api.group(DESK)
    heard = len(group.messages)
    member(talk).presses(action, topic.messages[0], forged=True)
    await talk.api.wait_for(lambda: len(group.messages) > heard)
    assert len(group.messages[-1].text.split("\n")) == 1
    assert await talk.rows("SELECT payload, revision FROM entry_drafts") == [before]


async def test_guests_and_experts_write_no_entry(talk: Talk) -> None:
    _, topic = await answered(talk)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    guest = talk.api.group(DESK).member(6666, "Koordination")
    guest.presses("Vorschlagen", card)
    await told(talk, topic, "eingetragen")
    guest.says("Titel: Unfug", thread=topic, reply_to=card)
    await enrol_expert(talk)
    expert = talk.api.group(DESK).member(7003)
    expert.presses("Vorschlagen", card)
    await in_group(talk, "Das darf nur die Koordination")
    expert.says("Titel: Unfug", thread=topic, reply_to=card)
    await talk.settled()
    assert await talk.rows("SELECT * FROM desk_entries") == []
    [kept] = await talk.rows("SELECT revision FROM entry_drafts")
    assert kept == {"revision": 1}


async def test_words_from_the_web_chat_become_an_entry_in_the_browser(talk: Talk) -> None:
    topic = await web_request(talk)
    await clicked(talk, "desk:answer:1001", text=ANSWER)
    member(talk).presses("learn:from:1001", topic.messages[0], forged=True)
    led = await told(talk, topic, "einen Eintrag machen")
    assert "/desk/lernen/neu?anfrage=1001" in led.text
    assert await talk.rows("SELECT * FROM entry_drafts") == []


async def test_the_draft_goes_with_the_words_of_whoever_asked(talk: Talk) -> None:
    person, topic = await answered(talk)
    card = await press(talk, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    person.says("/loeschen")
    await talk.hears(person, "löschen")
    person.presses("Ja, alles löschen")
    await talk.api.wait_for(lambda: card.deleted)
    assert await talk.rows("SELECT * FROM entry_drafts") == []


# -- a live entry ------------------------------------------------------------------------------


async def test_a_live_entry_is_changed_in_the_group(talk: Talk) -> None:
    await live(talk)
    member(talk).says("/eintrag Kirchturmuhr")
    shown = await in_group(talk, f"/eintrag {ENTRY}")
    member(talk).presses("Ändern", shown)
    card = await in_group(talk, "Entwurf für die FAQ")
    member(talk).says("Fragen: Wer zahlt die Uhr?\nWas kostet die Uhr?", reply_to=card)
    changed = await in_group(talk, "• Was kostet die Uhr?")
    member(talk).presses("Vorschlagen", changed)
    waiting = await in_group(talk, "Änderung in der FAQ")
    assert "• Was kostet die Uhr?" in waiting.text
    member(talk, COLLEAGUE).presses("Freigeben", waiting)
    await in_group(talk, "ist geändert und steht so in der FAQ")


async def test_a_new_answer_with_a_name_in_it_is_settled_in_the_group(talk: Talk) -> None:
    await live(talk)
    member(talk).says(f"/eintrag {ENTRY} Fragen Sie Frau Muster.")
    asked = await in_group(talk, "„Frau Muster“ könnte")
    member(talk).presses("Schwärzen", asked)
    ready = await in_group(talk, "Dann drücken Sie „Vorschlagen“")
    assert "Fragen Sie […]." in ready.text
    member(talk).presses("Vorschlagen", ready)
    await in_group(talk, "Änderung in der FAQ")


# -- where one person may do it alone ----------------------------------------------------------


@pytest.fixture
async def alone(tmp_path: Path, api: FakeBotApi) -> AsyncIterator[Talk]:
    async with hotline(
        tmp_path,
        api,
        telegram_desk_chat=DESK,
        telegram_coordinators="7001",
        learn_alone=True,
    ) as talk:
        yield talk


async def test_with_the_setting_one_person_proposes_and_approves(alone: Talk) -> None:
    _, topic = await answered(alone)
    await press(alone, topic, "In die FAQ übernehmen", "Entwurf für die FAQ")
    await press(alone, topic, "Vorschlagen", "Sie können den Eintrag selbst freigeben")
    waiting = await in_group(alone, "Vorschlag für die FAQ")
    member(alone).presses("Freigeben", waiting)
    await in_group(alone, "steht jetzt in der FAQ")
    await learnt(alone)
