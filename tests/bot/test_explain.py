"""A curator who wonders about a reply is told how it came about."""

import io
import json
import math

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.explain import _LABELS, _USUAL, Explanation, as_json, explain, show
from knowledge.confidence import NAMES
from knowledge.decide import Answer, HandOver, Several, Suggest
from knowledge.load import load, shipped
from knowledge.search import Knowledge


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return Knowledge(load(shipped()))


def told(explanation: Explanation, width: int = 80) -> str:
    """What stands in the terminal."""
    out = io.StringIO()
    show(explanation, out, width)
    return out.getvalue()


def flat(text: str) -> str:
    """The same without line breaks."""
    return " ".join(text.replace("\u00a0", " ").split())


def test_a_slip_is_shown_with_what_was_meant(known: Knowledge) -> None:
    text = flat(told(explain(known, "Was bringt ein Creshkurs?")))
    assert "Tippfehler: „creshkurs“ → „crashkurs“" in text
    assert "Worum es geht: bringt, crashkurs" in text
    assert "Kleine Wörter, die wenig verraten: was, ein" in text


def test_words_that_people_say_instead_name_the_word_they_are_for(known: Knowledge) -> None:
    text = flat(told(explain(known, "Welche Gebühren hat das Webinar?")))
    assert "Auch gesucht, weil man es für „gebuhren“ sagt:" in text
    assert "kosten" in text


def test_a_verb_in_two_pieces_is_put_together(known: Knowledge) -> None:
    text = flat(told(explain(known, "Wo melde ich mich für das Webinar an?")))
    assert "Getrenntes Zeitwort zusammengesetzt: „anmelden“" in text
    assert "weil man es für „anmelden“" not in text


def test_dates_and_numbers_are_shown_in_their_one_spelling(known: Knowledge) -> None:
    question = "Waren am 11.3.21, dem Donnerstag, fünftausend Expert:innen beim Webtalk?"
    explanation = explain(known, question)
    changes = [(each.typed, each.meant) for each in explanation.questions[0].normalised]
    assert changes == [("11.3.21", "11März März 2021"), ("fünftausend", "5000")]
    assert "„fünftausend“ → „5000“" in told(explanation)


def test_the_three_best_hits_show_their_score_in_parts(known: Knowledge) -> None:
    explanation = explain(known, "Was bringt ein Crashkurs im Bürgerbüro?")
    (question,) = explanation.questions
    text = flat(told(explanation))
    for hit in question.found.hits[:3]:
        assert hit.title in text
        assert hit.id in text
        assert f"ganzer Text: {100 * hit.whole:.0f} %" in text
        assert f"ähnlichste Art zu fragen: {100 * hit.alike:.0f} %, „{hit.phrase}“" in text
        assert f"kommen vor zu {100 * hit.explained:.0f} %" in text
    assert question.found.hits[3].title not in text
    assert "es fehlt: burgerburo" in text


def test_what_is_told_is_what_the_hotline_does(known: Knowledge) -> None:
    outcomes = {
        Answer: "Die Hotline antwortet mit „",
        Suggest: "Die Hotline schlägt vor: „",
        HandOver: "Die Hotline gibt die Frage an Menschen weiter.",
    }
    met = set()
    questions = (
        "Ab wann ist ein Ort eine Kleinstadt?",
        "Wie groß darf denn so eine Kleinstadt höchstens sein?",
        "Kosten",
        "Was bringt ein Crashkurs im Bürgerbüro?",
        "Wann gewinnt der Tabellenführer in Bukarest?",
    )
    for question in questions:
        explanation = explain(known, question)
        assert explanation.decision == known.find(question)
        last = flat(told(explanation)).rpartition("→ ")[2]
        assert last.startswith(outcomes[type(explanation.decision)])
        met.add(type(explanation.decision))
        [asked] = explanation.questions
        ways = [(asked.costs.suggest, Suggest), (asked.costs.hand_over, HandOver)]
        if asked.doubt is None:
            ways.append((asked.costs.answer, Answer))
        assert isinstance(explanation.decision, min(ways)[1])
    assert {Answer, Suggest, HandOver} <= met


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("Kosten", "Ein einzelnes Wort nennt ein Thema"),
        (
            "Crashkurs Hochzeitstanz",
            "Fast ebenso ähnlich ist eine Frage, für die wir nicht da sind.",
        ),
        (
            "interkommunale zusammenarbeit vorteile",
            "Fast mit denselben Worten wird nach einem anderen Treffer gefragt.",
        ),
    ],
)
def test_what_speaks_against_a_likely_answer_is_told(
    question: str, why: str, known: Knowledge
) -> None:
    explanation = explain(known, question)
    text = flat(told(explanation))
    assert "Trotzdem keine Antwort" in text
    assert why in text
    assert as_json(explanation)["questions"][0]["doubt"]


def test_the_pieces_of_evidence_add_up(known: Knowledge) -> None:
    (one,) = explain(known, "Wie groß darf denn so eine Kleinstadt höchstens sein?").questions
    (other,) = explain(known, "Wer bezahlt die Reise nach Eilenburg?").questions

    def logit(chance: float) -> float:
        return math.log(chance / (1 - chance))

    between = sum(part.contribution for part in one.parts) - sum(
        part.contribution for part in other.parts
    )
    assert between == pytest.approx(logit(one.right) - logit(other.right), abs=1e-6)
    weights = [abs(part.contribution) for part in one.parts]
    assert weights == sorted(weights, reverse=True)


def test_evidence_for_and_against_is_told_in_words(known: Knowledge) -> None:
    text = flat(told(explain(known, "Wer bezahlt den Bus zum Crashkurs in der Turnhalle?")))
    assert "Dagegen sprechen: • −" in text
    names = set(NAMES)
    assert not any(f"{name}:" in text for name in names)


def test_every_piece_of_evidence_has_words_and_a_usual_value() -> None:
    names = set(NAMES)
    assert set(_LABELS) == names, "bot/explain.py puts evidence into words"
    assert set(_USUAL) == names, "bot/explain.py knows the evidence of an ordinary question"


def test_a_question_word_for_word_in_an_entry_needs_no_weighing(known: Knowledge) -> None:
    explanation = explain(known, "Was ist ein Tutorial?")
    text = flat(told(explanation))
    assert "steht wörtlich so da: „Was ist ein Tutorial?“" in text
    assert "Die Frage steht Wort für Wort in den Inhalten." in text
    assert explanation.questions[0].parts == ()


def test_small_talk_is_named_and_not_weighed(known: Knowledge) -> None:
    text = flat(told(explain(known, "Guten Morgen")))
    assert text.startswith("Das gilt als „greeting“.")
    assert text.endswith("→ Die Hotline antwortet mit dem Satz für diese Gruppe.")
    assert "SO SICHER IST DAS" not in text


@pytest.mark.parametrize("message", ["", "?!", "🙂"])
def test_a_message_without_words_is_explained_too(known: Knowledge, message: str) -> None:
    assert "kein Wort" in told(explain(known, message))


def test_several_questions_are_explained_each_by_itself(known: Knowledge) -> None:
    message = "Was ist ein Tutorial? Was ist ein Webinar?"
    explanation = explain(known, message)
    assert isinstance(explanation.decision, Several)
    single = [question.decision for question in explanation.questions[1:]]
    assert single == list(explanation.decision.answers)
    text = flat(told(explanation))
    assert "FRAGE 1: Was ist ein Tutorial?" in text
    assert "FRAGE 2: Was ist ein Webinar?" in text
    assert "Die Hotline antwortet auf alle Fragen: „Tutorial“ und „Webinar“." in text


def test_questions_without_an_answer_each_are_explained_as_a_whole_as_well(
    known: Knowledge,
) -> None:
    explanation = explain(known, "Was ist ein Tutorial? Wer ist Papst in Rom?")
    assert not isinstance(explanation.decision, Several)
    text = flat(told(explanation))
    assert "Nicht jede Frage hat für sich eine sichere eigene Antwort." in text
    assert text.count("SO WURDE GELESEN") == 3


def test_it_fits_a_phone(known: Knowledge) -> None:
    text = told(explain(known, "Was kostet das Webinar, und wo melde ich mich dafür an?"), width=38)
    assert max(map(len, text.splitlines())) <= 38


def test_programs_read_the_same(known: Knowledge) -> None:
    explanation = explain(known, "Was bringt ein Creshkurs am 1.4.2021?")
    found = json.loads(json.dumps(as_json(explanation)))
    (question,) = found["questions"]
    assert list(found) == ["question", "small_talk", "decision", "questions"]
    assert question["words"]["mended"] == [{"typed": "creshkurs", "meant": "crashkurs"}]
    assert question["words"]["normalised"] == [{"typed": "1.4.2021", "meant": "1April April 2021"}]
    assert len(question["hits"]) == 3
    assert {"id", "title", "phrase", "score", "whole", "alike", "explained", "missing"} <= set(
        question["hits"][0]
    )
    names = set(NAMES)
    assert {part["name"] for part in question["evidence"]} == names
    assert set(question["costs"]) == {"answer", "suggest", "hand_over"}
    assert question["decision"]["outcome"] == found["decision"]["outcome"]


def test_half_a_character_does_no_harm(known: Knowledge) -> None:
    assert told(explain(known, "Was ist \ud83d ein Tutorial?"))


def test_the_command_explains_to_people_and_to_programs() -> None:
    runner = CliRunner()
    question = "Was ist ein Tutorial?"
    human = runner.invoke(cli, ["ask", "--explain", question])
    assert human.exit_code == 0
    assert "SO WURDE GELESEN" in human.stdout
    program = runner.invoke(cli, ["ask", "--explain", "--json", question])
    assert json.loads(program.stdout)["decision"] == {"outcome": "answer", "entries": ["tutorial"]}
    assert runner.invoke(cli, ["ask", "--explain", "--jsonl"], input="").exit_code == 2
