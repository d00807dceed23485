""" "Und was kostet das?": the conversation knows what it is about.

Which words are a follow-up is the engine's to decide; here it only tells what it
was given as the topic.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from knowledge.decide import Answer, Decision, HandOver, Several
from knowledge.search import Heard, Knowledge
from tests.support.hotline import Talk

KNOWN = "Ab wann ist ein Ort eine Kleinstadt?"
OTHER = "Wie viele Kleinstädte gibt es in Deutschland?"
FOLLOW_UP = "Und was kostet das?"


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """The topic of the last question that was decided."""
    usual = Knowledge.decide
    topics: list[str] = []

    def decide(self: Knowledge, heard: Heard, topic: str = "") -> Decision:
        topics.append(topic)
        if "Orgel" in heard.message:
            return HandOver(0.1)
        # What a follow-up leads to, the engine's own tests say.
        return usual(self, self.hear(OTHER) if heard.message == FOLLOW_UP else heard)

    monkeypatch.setattr(Knowledge, "decide", decide)
    return lambda: topics[-1]


async def test_a_follow_up_is_about_the_answer_before_it(
    talk: Talk, topic: Callable[[], str]
) -> None:
    person = talk.person()
    await talk.ask(person, KNOWN, "5.000")
    assert topic() == ""
    await talk.ask(person, FOLLOW_UP, "2.100")
    assert topic() == "kleinstadt-definition"


async def test_it_still_is_after_the_answer_was_judged(
    talk: Talk, topic: Callable[[], str]
) -> None:
    person = talk.person()
    for verdict, reply in (("Ja, danke", "freut"), ("Nein", "tut mir leid")):
        answer = await talk.ask(person, KNOWN, "5.000")
        person.presses(verdict, answer)
        await talk.hears(person, reply)
        await talk.ask(person, FOLLOW_UP, "2.100")
        assert topic() == "kleinstadt-definition"


async def test_it_is_about_what_was_chosen_from_a_list(
    talk: Talk, topic: Callable[[], str]
) -> None:
    person = talk.person()
    await talk.ask(person, KNOWN, "5.000")
    listed = await talk.ask(person, "/formate", "Formate")
    person.presses("Beratung", listed)
    listed = await talk.hears(person, "Peer-to-Peer-Coaching")
    person.presses("Peer-to-Peer-Coaching", listed)
    await talk.hears(person, "Hat das geholfen?")
    await talk.ask(person, FOLLOW_UP)
    assert topic() == "peer-to-peer-coaching"


async def test_after_several_answers_it_is_about_the_last(
    talk: Talk, topic: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = Knowledge.decide

    def decide(self: Knowledge, heard: Heard, topic: str = "") -> Decision:
        parts = [listening(self, self.hear(part), topic) for part in heard.message.split(" und ")]
        answers = tuple(part for part in parts if isinstance(part, Answer))
        return Several(answers) if len(answers) > 1 else parts[-1]

    monkeypatch.setattr(Knowledge, "decide", decide)
    person = talk.person()
    await talk.ask(person, f"{OTHER} und {KNOWN}", "5.000")
    await talk.ask(person, FOLLOW_UP, "2.100")
    assert topic() == "kleinstadt-definition"


async def test_thanks_in_between_do_not_change_the_subject(
    talk: Talk, topic: Callable[[], str]
) -> None:
    person = talk.person()
    await talk.ask(person, KNOWN, "5.000")
    await talk.ask(person, "Danke", "Gern geschehen")
    await talk.ask(person, FOLLOW_UP, "2.100")
    assert topic() == "kleinstadt-definition"


async def test_after_half_an_hour_it_is_about_something_else(
    talk: Talk, topic: Callable[[], str]
) -> None:
    person = talk.person()
    await talk.ask(person, KNOWN, "5.000")
    await talk.passes(timedelta(minutes=29))
    await talk.ask(person, "Danke", "Gern geschehen")
    await talk.ask(person, FOLLOW_UP, "2.100")
    assert topic() == "kleinstadt-definition"
    await talk.passes(timedelta(minutes=31))
    await talk.ask(person, FOLLOW_UP, "2.100")
    assert topic() == ""


async def test_start_begins_anew(talk: Talk, topic: Callable[[], str]) -> None:
    person = talk.person()
    await talk.ask(person, KNOWN, "5.000")
    await talk.ask(person, "/start", "Hier ist die")
    await talk.ask(person, FOLLOW_UP, "2.100")
    assert topic() == ""


async def test_after_something_we_do_not_know_it_is_not_about_the_answer_before(
    talk: Talk, topic: Callable[[], str]
) -> None:
    person = talk.person()
    await talk.ask(person, KNOWN, "5.000")
    await talk.ask(person, "Wer stimmt die Orgel?", "Soll ich")
    await talk.ask(person, FOLLOW_UP)
    assert topic() == ""


async def test_nobody_follows_up_on_what_another_was_told(
    talk: Talk, topic: Callable[[], str]
) -> None:
    await talk.ask(talk.person(), KNOWN, "5.000")
    await talk.ask(talk.person(), FOLLOW_UP, "2.100")
    assert topic() == ""
