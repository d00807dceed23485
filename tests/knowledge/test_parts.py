"""One message may hold several questions, or go on where the last one ended."""

import pytest

from knowledge import parts
from knowledge.words import Words


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Was ist ein Webinar? Und was ist ein Tutorial?", 2),
        ("Was kostet ein Webinar und wo melde ich mich an?", 2),
        ("Was ist ein Webinar? Was ist ein Crashkurs? Was ist ein Slam?", 3),
        ("Guten Tag. Ich habe zwei Fragen: Was ist ein Slam? Wer darf kommen?", 2),
    ],
)
def test_two_or_three_questions_are_taken_one_by_one(message, found):
    assert len(parts.questions(message)) == found


@pytest.mark.parametrize(
    "message",
    [
        "Was ist ein Webinar?",
        "Unsere Läden stehen leer. Was können wir tun?",
        "Was ist das? Und wie geht das?",
        "Wer und was ist die Akademie?",
        "wie finden wir partner und mitstreiter",
        "Was ist ein Slam? " * 4,
        "",
    ],
)
def test_a_story_around_one_question_is_one_question(message):
    assert parts.questions(message) == ()


@pytest.mark.parametrize("question", ["und was kostet das?", "Wie lange dauert es?"])
def test_a_question_may_point_back_at_its_matter(question):
    assert parts.points_back(Words(question))


@pytest.mark.parametrize("question", ["Und online?", "und für Jugendliche", "Auch am Wochenende?"])
def test_a_question_may_go_on_where_the_last_one_ended(question):
    assert parts.goes_on(Words(question))
    assert not parts.points_back(Words(question))


@pytest.mark.parametrize(
    "question",
    [
        "Was kostet ein Webinar?",
        "Wer zahlt die Kirchturmuhr?",
        "Wann öffnet das Rathaus?",
        "Leerstand",
        "",
        "Wir haben in unserer Stadt keinen Platz mehr, und was können wir das Jahr über tun?",
    ],
)
def test_a_question_that_names_its_matter_stands_for_itself(question):
    assert not parts.goes_on(Words(question))
    assert not parts.points_back(Words(question))
