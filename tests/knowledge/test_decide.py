"""An answer is never a guess: what is expected to cost least is done."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.decide import (
    Answer,
    HandOver,
    Suggest,
    chances,
    decide,
    expected,
    small_talk,
)
from knowledge.index import Found, Hit
from knowledge.models import SmallTalk, Texts
from knowledge.reading import Reading

TEXTS = Texts(
    say={},
    understand={
        "thanks": SmallTalk(phrases=("Danke",)),
        "yes": SmallTalk(phrases=("Ja",)),
        "my_requests": SmallTalk(phrases=("Meine Anfragen",)),
        "human": SmallTalk(phrases=("Mensch",), entries=("mensch",)),
    },
)
QUESTION = Reading(words=("wer", "stimmt", "orgel"), things=frozenset({"orgel"}))


def hit(name: str, score: float, kind="faq", alike: float = 0.5, missing=()) -> Hit:
    whole = 1.0 if score == 1 else 0.7 * score
    shares = tuple((word, 0.1) for word in missing)
    return Hit(name, kind, name.title(), score, name, whole, alike, 1.0, shares, ways=40)


def found(*hits: Hit, outside: float = 0.0, chat: Hit | None = None) -> Found:
    other = hit("fremdes", outside, "outside") if outside else None
    return Found(hits, outside=other, chat=chat, size=190)


def test_one_clear_hit_is_the_answer():
    decision = decide(QUESTION, found(hit("a", 0.8), hit("b", 0.3)))
    assert isinstance(decision, Answer)
    assert decision.hit.id == "a"


def test_two_close_hits_are_both_offered():
    decision = decide(QUESTION, found(hit("a", 0.4), hit("b", 0.39), hit("c", 0.36)))
    assert isinstance(decision, Suggest)
    assert [shown.id for shown in decision.hits] == ["a", "b", "c"]


def test_weak_hits_are_handed_over():
    weak = found(hit("a", 0.15, alike=0.1, missing=["orgel"]), outside=0.4)
    assert isinstance(decide(QUESTION, replace(weak, elsewhere=0.8)), HandOver)
    assert decide(QUESTION, found()) == HandOver(0.0)


def test_what_is_more_like_a_question_that_is_not_ours_is_no_answer():
    sure = found(hit("a", 0.6), hit("b", 0.3))
    doubtful = found(hit("a", 0.6), hit("b", 0.3), outside=0.65)
    assert isinstance(decide(QUESTION, sure), Answer)
    assert not isinstance(decide(QUESTION, doubtful), Answer)


def test_a_single_word_names_a_topic_and_is_answered_where_only_one_entry_is_about_it():
    word = Reading(words=("kosten",), things=frozenset({"kosten"}))
    likely = hit("a", 0.8, alike=0.8)
    several = found(likely, hit("b", 0.5), hit("c", 0.1))
    assert isinstance(decide(QUESTION, several), Answer)
    decision = decide(word, several)
    assert isinstance(decision, Suggest)
    assert [shown.id for shown in decision.hits] == ["a", "b"]
    assert expected(*chances(word, several)).answer_is_least
    assert isinstance(decide(word, found(likely, hit("b", 0.4))), Answer)
    assert isinstance(decide(word, found(hit("a", 1.0), hit("b", 0.7))), Answer)


def test_nearly_its_own_words_are_answered_though_a_foreign_question_has_them_too():
    nearly, foreign = hit("a", 0.7, alike=0.9), hit("fremdes", 0.65, "outside", alike=0.8)
    assert isinstance(decide(QUESTION, Found((nearly,), outside=foreign, size=190)), Answer)
    others = replace(foreign, alike=0.95)
    assert isinstance(decide(QUESTION, Found((nearly,), outside=others, size=190)), Suggest)


def test_nearly_the_words_of_another_entry_leave_the_choice_to_the_person():
    best = hit("a", 0.8, alike=0.8)
    assert isinstance(decide(QUESTION, found(best, hit("b", 0.55, alike=0.78))), Answer)
    decision = decide(QUESTION, found(best, hit("b", 0.55, alike=0.9)))
    assert isinstance(decision, Suggest)
    assert [shown.id for shown in decision.hits] == ["a", "b"]


def test_a_thing_that_the_entry_does_not_know_makes_it_less_likely():
    known, _ = chances(QUESTION, found(hit("a", 0.5), hit("b", 0.3)))
    strange, _ = chances(QUESTION, found(hit("a", 0.5, missing=["orgel"]), hit("b", 0.3)))
    assert strange < known


def test_its_own_wording_is_answered_unless_another_entry_claims_it_too():
    assert isinstance(decide(QUESTION, found(hit("a", 1.0), hit("b", 0.7))), Answer)
    assert isinstance(decide(QUESTION, found(hit("a", 1.0), hit("b", 1.0))), Suggest)


def test_a_wrong_answer_costs_more_than_asking_back_and_that_less_than_waiting():
    unsure = expected(right=0.4, near=0.9)
    assert unsure.suggest < unsure.hand_over < unsure.answer
    clueless = expected(right=0.05, near=0.1)
    assert clueless.hand_over < clueless.suggest < clueless.answer
    certain = expected(right=0.97, near=0.99)
    assert certain.answer < certain.suggest < certain.hand_over


@pytest.mark.parametrize(
    ("chat", "best", "kind"),
    [
        (hit("thanks", 0.6, "chat", alike=0.7), 0.4, "thanks"),
        (hit("thanks", 0.6, "chat", alike=0.7), 0.62, None),
        (hit("thanks", 0.6, "chat", alike=0.2), 0.4, None),
        (hit("yes", 0.9, "chat", alike=0.9), 0.1, None),
    ],
)
def test_small_talk_has_to_be_nearer_than_any_entry(chat, best, kind):
    assert small_talk(TEXTS, QUESTION, found(hit("a", best), chat=chat)) == kind


def test_an_entry_about_small_talk_does_not_stand_in_its_way():
    chat = hit("human", 0.6, "chat", alike=0.7)
    about, other = hit("mensch", 0.8), hit("a", 0.4)
    assert small_talk(TEXTS, QUESTION, found(about, other, chat=chat)) == "human"
    assert small_talk(TEXTS, QUESTION, found(about, hit("a", 0.7), chat=chat)) is None


def test_a_message_of_two_words_is_never_guessed_at():
    short = Reading(words=("nummer", "3"))
    chat = hit("my_requests", 0.9, "chat", alike=0.9)
    assert small_talk(TEXTS, short, found(hit("a", 0.2), chat=chat)) is None


scores = st.floats(0, 1)
hits = st.lists(
    st.builds(hit, st.sampled_from("abcdef"), scores, st.just("faq"), scores), max_size=8
)


@given(hits, st.lists(st.text("abc", min_size=1, max_size=4), max_size=9), scores)
def test_every_decision_keeps_its_word(hits, words, outside):
    hits.sort(key=lambda one: -one.score)
    reading = Reading(words=tuple(words), things=frozenset(words))
    decision = decide(reading, found(*hits, outside=outside))
    assert 0 <= decision.confidence <= 1
    if not hits:
        assert decision == HandOver(0.0)
        return
    right, near = chances(reading, found(*hits, outside=outside))
    assert right <= near + 1e-9 or math.isclose(right, 0.99)
    costs = expected(right, near)
    match decision:
        case Answer(best, confidence):
            assert best == hits[0]
            assert confidence == right
            assert costs.answer <= min(costs.suggest, costs.hand_over)
        case Suggest(shown):
            assert 1 <= len(shown) <= 3
            assert shown[0] == hits[0]
            assert costs.suggest < costs.hand_over
        case _:
            assert isinstance(decision, HandOver)
