"""Somebody wants Einfache Sprache, once and for good, or no longer."""

from datetime import timedelta
from pathlib import Path

import pytest

from knowledge.decide import Decision, HandOver
from knowledge.search import Heard, Knowledge
from storage import rights
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Message, Person
from tests.support.hotline import COORDINATOR, DESK, Talk, hotline

KNOWN = "Ab wann ist ein Ort eine Kleinstadt?"
USUAL = "Als Kleinstadt gilt hier"
SIMPLE = "Eine Kleinstadt ist ein kleiner Ort."
MISSING = "Diesen Text gibt es noch nicht in Einfacher Sprache."
FORMAT = "Was ist ein Crashkurs?"


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


async def chose(talk: Talk) -> list[int]:
    """The column of everybody who ever wrote."""
    return [row["plain"] for row in await talk.rows("SELECT plain FROM people ORDER BY id")]


async def reads_simply(talk: Talk) -> Person:
    """Somebody who chose Einfache Sprache before asking anything."""
    person = talk.person()
    await talk.ask(person, "Einfache Sprache", "Ab jetzt schreibe ich in Einfacher Sprache.")
    return person


# -- choosing ----------------------------------------------------------------------


async def test_an_answer_that_is_written_in_both_ways_offers_the_simple_one(talk: Talk) -> None:
    person = talk.person()
    answer = await talk.ask(person, KNOWN, USUAL)
    assert labels(answer) == ["Ja, danke", "Nein", "Einfache Sprache", "Weitersagen"]
    person.presses("Einfache Sprache", answer)
    simple = await talk.hears(person, SIMPLE)
    assert simple.text.startswith("Ab jetzt schreibe ich in Einfacher Sprache.")
    assert USUAL not in simple.text
    assert "Stand: März 2021" in simple.text
    assert simple.text.endswith("Hat das geholfen?")
    assert labels(simple) == ["Ja, danke", "Nein", "Standardsprache", "Weitersagen"]


async def test_from_then_on_answers_come_in_simple_words_without_further_ado(talk: Talk) -> None:
    person = await reads_simply(talk)
    answer = await talk.ask(person, KNOWN, SIMPLE)
    assert answer.text.startswith(SIMPLE)
    assert labels(answer) == ["Ja, danke", "Nein", "Standardsprache", "Weitersagen"]


@pytest.mark.parametrize(
    "words",
    [
        "Einfache Sprache",
        "leichte sprache bitte",
        "bitte einfacher",
        "Kannst du das einfacher sagen?",
        "Können Sie mir das bitte einfacher erklären",
        "in einfachen Worten",
        "Ich verstehe das nicht, bitte einfach!",
        "Geht das auch in leichter Sprache?",
        "Das ist mir zu kompliziert",
        "einfahce sprache",
        "/einfach",
    ],
)
async def test_it_can_be_said_in_ones_own_words_right_after_an_answer(
    talk: Talk, words: str
) -> None:
    person = talk.person()
    await talk.ask(person, KNOWN, USUAL)
    await talk.ask(person, words, SIMPLE)
    assert await chose(talk) == [1]


@pytest.mark.parametrize(
    "words",
    [
        "Standardsprache",
        "normale Sprache",
        "bitte wieder normal",
        "Keine einfache Sprache mehr",
        "/standard",
    ],
)
async def test_the_way_back_is_just_as_short(talk: Talk, words: str) -> None:
    person = await reads_simply(talk)
    await talk.ask(person, KNOWN, SIMPLE)
    again = await talk.ask(person, words, USUAL)
    assert again.text.startswith("Ab jetzt bekommen Sie wieder die üblichen Texte.")
    assert "Einfache Sprache" in labels(again)
    assert await chose(talk) == [0]


async def test_the_button_below_a_simple_answer_leads_back(talk: Talk) -> None:
    person = await reads_simply(talk)
    answer = await talk.ask(person, KNOWN, SIMPLE)
    person.presses("Standardsprache", answer)
    await talk.hears(person, USUAL)
    await talk.ask(person, "Wie viele Kleinstädte gibt es in Deutschland?", "Mitgezählt sind")


async def test_a_question_about_simple_language_is_still_a_question(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Gibt es Antworten in Einfacher Sprache?", "Ja. Schreiben Sie")
    await talk.ask(person, "Wie schreibt eine Stadtverwaltung einfacher?")
    assert await chose(talk) == [0]


# -- what it changes ---------------------------------------------------------------


async def test_what_is_not_written_simply_yet_comes_with_an_honest_word(talk: Talk) -> None:
    person = await reads_simply(talk)
    answer = await talk.ask(person, FORMAT, MISSING)
    assert "Das nehmen Sie mit:" in answer.text
    assert answer.text.index(MISSING) < answer.text.index("Das nehmen Sie mit:")
    assert labels(answer) == ["Ich wäre dabei", "Ja, danke", "Nein", "Weitersagen"]
    ordinary = talk.person()
    answer = await talk.ask(ordinary, FORMAT, "Das nehmen Sie mit:")
    assert MISSING not in answer.text


async def test_whoever_wants_it_after_such_an_answer_is_offered_a_person(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, FORMAT, "Das nehmen Sie mit:")
    honest = await talk.ask(person, "bitte einfacher", "Die letzte Antwort gibt es so noch nicht.")
    assert await chose(talk) == [1]
    person.presses("Mit einem Menschen sprechen", honest)
    await talk.hears(person, "Soll ich Ihre Frage an einen Menschen schicken?")
    person.presses("Ja, bitte")
    await talk.hears(person, "Ihre Frage ist jetzt bei uns.")
    kept = await talk.rows("SELECT text FROM request_messages")
    assert [row["text"] for row in kept] == [FORMAT]


async def test_the_dialogue_itself_speaks_simply(talk: Talk) -> None:
    person = await reads_simply(talk)
    await talk.ask(person, "Wer stimmt die Orgel von 1712?", "Soll ich einen Menschen fragen?")
    person.presses("Ja, bitte")
    told = await talk.hears(person, "Sie hat die Nummer K-1001.")
    assert "Ein Mensch antwortet Ihnen hier, wahrscheinlich heute bis 14" in told.text
    await talk.ask(person, "/hilfe", "Standardsprache: Sie bekommen wieder die üblichen Texte.")


async def test_the_desk_reads_the_same_as_ever(talk: Talk) -> None:
    person = await reads_simply(talk)
    await talk.ask(person, "Wer stimmt die Orgel von 1712?", "Soll ich")
    person.presses("Ja, bitte")
    await talk.hears(person, "K-1001")
    desk = talk.api.group(DESK)
    await talk.api.wait_for(
        lambda: any(
            "Neue Anfrage K-1001" in m.text for t in desk.topics.values() for m in t.messages
        )
    )


async def test_others_keep_the_language_they_have(talk: Talk) -> None:
    await reads_simply(talk)
    other = talk.person()
    await talk.ask(other, KNOWN, USUAL)
    assert await chose(talk) == [1, 0]


async def test_only_what_was_asked_is_counted(talk: Talk) -> None:
    person = talk.person()
    answer = await talk.ask(person, KNOWN, USUAL)
    person.presses("Einfache Sprache", answer)
    simple = await talk.hears(person, SIMPLE)
    person.presses("Ja, danke", simple)
    await talk.hears(person, "Das freut mich")
    person.presses("Ja, danke", answer)
    await talk.hears(person, "Knopf geht nicht mehr")
    counted = await talk.rows("SELECT what, number FROM tallies ORDER BY what")
    assert [(row["what"], row["number"]) for row in counted] == [
        ("answer", 1),
        ("answered", 1),
        ("helped", 1),
    ]


# -- twice, late, forged -------------------------------------------------------------


async def test_pressing_twice_repeats_nothing_and_offers_a_person(talk: Talk) -> None:
    person = talk.person()
    answer = await talk.ask(person, KNOWN, USUAL)
    person.presses("Einfache Sprache", answer)
    await talk.hears(person, SIMPLE)
    person.presses("Einfache Sprache", answer)
    already = await talk.hears(person, "Ich schreibe schon in Einfacher Sprache.")
    assert labels(already) == ["Mit einem Menschen sprechen", "Standardsprache"]
    person.presses("Standardsprache", already)
    await talk.hears(person, USUAL)
    await talk.ask(person, "normale Sprache", "Sie bekommen schon die üblichen Texte.")
    assert await chose(talk) == [0]


async def test_an_older_answer_is_said_again_by_its_own_button(talk: Talk) -> None:
    person = talk.person()
    first = await talk.ask(person, KNOWN, USUAL)
    await talk.ask(person, "Wie viele Kleinstädte gibt es in Deutschland?", "Mitgezählt sind")
    await talk.ask(person, "Einfache Sprache", "Es sind mehr als 2.100.")
    person.presses("Einfache Sprache", first)
    again = await talk.hears(person, SIMPLE)
    assert again.text.startswith(SIMPLE)


async def test_a_forged_button_changes_nothing(talk: Talk) -> None:
    person = talk.person()
    hello = await talk.ask(person, "Hallo", "Guten Tag")
    for action in ("plain:gibt-es-nicht", "plain:crashkurs", "standard:x", "plain:faq:x"):
        person.presses(action, hello, forged=True)
        await talk.hears(person, "gilt nicht mehr")
    assert await chose(talk) == [0]


async def test_without_an_answer_before_it_the_choice_is_confirmed(talk: Talk) -> None:
    person = talk.person()
    told = await talk.ask(person, "Leichte Sprache", "Ab jetzt schreibe ich")
    assert labels(told) == ["Standardsprache"]
    person.presses("Standardsprache", told)
    await talk.hears(person, "wieder die üblichen Texte")


async def test_an_answer_of_an_hour_ago_is_not_repeated(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, KNOWN, USUAL)
    await talk.passes(timedelta(hours=1))
    told = await talk.ask(person, "bitte einfacher", "Ab jetzt schreibe ich")
    assert SIMPLE not in told.text


# -- in the middle of something -------------------------------------------------------


async def test_what_did_not_help_is_said_again_more_simply(talk: Talk) -> None:
    person = talk.person()
    answer = await talk.ask(person, KNOWN, USUAL)
    person.presses("Nein", answer)
    await talk.hears(person, "tut mir leid")
    await talk.ask(person, "Kannst du das einfacher sagen?", SIMPLE)


async def test_an_offer_to_ask_a_person_is_repeated_in_simple_words(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = talk.person()
    await talk.ask(person, KNOWN, USUAL)
    nothing_is_known(monkeypatch, about="Orgel")
    await talk.ask(person, "Wer stimmt die Orgel?", "Soll ich es an einen Menschen weitergeben?")
    await talk.ask(person, "bitte einfacher", "Soll ich Ihre Frage an einen Menschen schicken?")
    person.presses("Ja, bitte")
    await talk.hears(person, "K-1001")
    kept = await talk.rows("SELECT text FROM request_messages")
    assert kept[-1]["text"] == "Wer stimmt die Orgel?"


async def test_the_wish_is_not_taken_for_what_a_request_is_about(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Mensch", "Worum geht es?")
    await talk.ask(person, "Einfache Sprache, bitte", "Was möchten Sie wissen?")
    await talk.ask(person, "Wer stimmt die Orgel von 1712?", "Ihre Frage ist jetzt bei uns.")
    kept = await talk.rows("SELECT text FROM request_messages")
    assert [row["text"] for row in kept] == ["Wer stimmt die Orgel von 1712?"]


async def test_a_wish_to_a_colleague_reaches_the_colleague_and_is_remembered(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person, "Wer stimmt die Orgel von 1712?")
    talk.api.group(DESK).member(COORDINATOR).says("Laut Satzung die Gemeinde.", thread=topic)
    await talk.hears(person, "Laut Satzung")
    person.says("Das ist mir zu kompliziert")
    await talk.api.wait_for(
        lambda: any("Das ist mir zu kompliziert" in m.text for m in topic.messages)
    )
    await talk.settled()
    assert talk.silence(person) == []
    assert await chose(talk) == [1]
    await talk.ask(person, "/standard", "wieder die üblichen Texte")


# -- kept, handed out, forgotten ------------------------------------------------------


async def test_the_choice_survives_a_restart_and_a_long_silence(
    tmp_path: Path, api: FakeBotApi
) -> None:
    async with hotline(tmp_path, api) as talk:
        person = await reads_simply(talk)
        await talk.settled()
        await talk.passes(timedelta(days=3))
        clock = talk.clock
    async with hotline(tmp_path, api, clock) as talk:
        await talk.ask(person, KNOWN, SIMPLE)


async def test_the_choice_is_handed_out_and_goes_with_the_person(talk: Talk) -> None:
    person = await reads_simply(talk)
    person_id = (await talk.rows("SELECT id FROM people"))[0]["id"]
    handed_out = await talk.app.database.read(lambda tx: rights.export(tx, person_id))
    assert handed_out["Person"][0]["Einfache Sprache gewählt"] is True
    question = await talk.ask(person, "/loeschen", "Gelöschtes kommt nicht zurück.")
    person.presses("Ja, alles löschen", question)
    await talk.hears(person, "Alles gelöscht")
    await talk.ask(person, KNOWN, USUAL)


async def test_the_menu_of_commands_names_it(talk: Talk) -> None:
    await talk.ask(talk.person(), "/hilfe", "„Einfache Sprache“ zeigt die Antworten")
    say = talk.app.content.knowledge.library.texts.say
    assert "einfach: Antworten in Einfacher Sprache" in say["bot_commands"].splitlines()


def nothing_is_known(monkeypatch: pytest.MonkeyPatch, *, about: str) -> None:
    """Questions with this word are for people, whatever the content grows to."""
    usual = Knowledge.decide

    def decide(self: Knowledge, heard: Heard, topic: str = "") -> Decision:
        return HandOver(0.1) if about in heard.message else usual(self, heard, topic)

    monkeypatch.setattr(Knowledge, "decide", decide)
