"""Somebody asks two things at once and gets both answers.

That there are two questions is the engine's to find; here it finds them whenever
somebody writes these words.
"""

import json

import pytest

from bot.ask import as_json, result
from bot.settings import Settings
from knowledge.decide import Answer, Decision, Several
from knowledge.load import load, shipped
from knowledge.search import Heard, Hit, Knowledge
from tests.support.hotline import Talk

BOTH = "Ab wann ist ein Ort eine Kleinstadt und was ist ein Crashkurs?"


@pytest.fixture(autouse=True)
def two_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Knowledge.decide

    def decide(self: Knowledge, heard: Heard, topic: str = "") -> Decision:
        if heard.message != BOTH:
            return usual(self, heard, topic)
        town = hit(self, "Ab wann ist ein Ort eine Kleinstadt?", "kleinstadt-definition")
        course = hit(self, "Was ist ein Crashkurs?", "crashkurs")
        return Several((Answer(town, 0.9), Answer(course, 0.8)))

    def hit(knowledge: Knowledge, question: str, item_id: str) -> Hit:
        return next(hit for hit in knowledge.search(question) if hit.id == item_id)

    monkeypatch.setattr(Knowledge, "decide", decide)


async def test_both_answers_come_in_one_reply_under_their_titles(talk: Talk) -> None:
    person = talk.person()
    reply = await talk.ask(person, BOTH, "5.000")
    assert reply.text.startswith("Was ist eine Kleinstadt?\n\nAls Kleinstadt gilt")
    assert "\n\nCrashkurs\n\n" in reply.text
    bold = [reply.text[e["offset"] :][: e["length"]] for e in reply.entities]
    assert bold == ["Was ist eine Kleinstadt?", "Crashkurs"]
    assert reply.text.count("Hat das geholfen?") == 1
    assert [b.label for b in reply.buttons] == ["Ja, danke", "Nein", "Einfache Sprache"]
    await talk.settled()
    assert len([m for m in person.received if "5.000" in m.text]) == 1


async def test_both_are_counted_and_judged_together_and_once(talk: Talk) -> None:
    person = talk.person()
    reply = await talk.ask(person, BOTH, "5.000")
    person.presses("Ja, danke", reply)
    await talk.hears(person, "freut")
    person.presses("Ja, danke", reply)
    await talk.hears(person, "gilt nicht mehr")
    counted = await talk.rows("SELECT what, subject, number FROM tallies ORDER BY what, subject")
    assert [tuple(row.values()) for row in counted] == [
        ("answer", "crashkurs", 1),
        ("answer", "kleinstadt-definition", 1),
        ("answered", "", 1),
        ("helped", "crashkurs", 1),
        ("helped", "kleinstadt-definition", 1),
    ]


async def test_what_did_not_help_is_not_offered_again(talk: Talk) -> None:
    person = talk.person()
    reply = await talk.ask(person, BOTH, "5.000")
    person.presses("Nein", reply)
    sorry = await talk.hears(person, "tut mir leid")
    offered = {button.label for button in sorry.buttons}
    assert "An einen Menschen geben" in offered
    assert not offered & {"Was ist eine Kleinstadt?", "Crashkurs"}
    person.presses("An einen Menschen geben", sorry)
    await talk.hears(person, "K-1001")
    kept = await talk.rows("SELECT text FROM request_messages")
    assert [row["text"] for row in kept] == [BOTH]


async def test_in_simple_language_each_says_whether_it_is_simple(talk: Talk) -> None:
    person = talk.person()
    reply = await talk.ask(person, BOTH, "5.000")
    person.presses("Einfache Sprache", reply)
    simple = await talk.hears(person, "Eine Kleinstadt ist ein kleiner Ort.")
    # The other one would be the same words as before.
    assert "Crashkurs" not in simple.text
    reply = await talk.ask(person, BOTH, "Eine Kleinstadt ist ein kleiner Ort.")
    _, course = reply.text.split("\n\nCrashkurs\n\n")
    assert course.startswith("Diesen Text gibt es noch nicht in Einfacher Sprache.")


async def test_pressing_the_language_twice_after_both_repeats_nothing(talk: Talk) -> None:
    person = talk.person()
    reply = await talk.ask(person, BOTH, "5.000")
    person.presses("Einfache Sprache", reply)
    await talk.hears(person, "Eine Kleinstadt ist")
    person.presses("Einfache Sprache", reply)
    await talk.hears(person, "schon in Einfacher Sprache")


def test_on_the_terminal_both_are_named_and_the_doubt_counts() -> None:
    answer = result(Knowledge(load(shipped())), BOTH, Settings())
    assert answer["outcome"] == "answer"
    assert answer["entry"] == "kleinstadt-definition"
    assert answer["entries"] == ["kleinstadt-definition", "crashkurs"]
    assert answer["confidence"] == 0.8
    assert "5.000" in answer["text"]
    assert "Das nehmen Sie mit" in answer["text"]
    assert json.loads(as_json(answer)) == answer


def test_a_single_answer_names_no_others() -> None:
    assert "entries" not in result(Knowledge(load(shipped())), "Was ist ein Crashkurs?", Settings())
