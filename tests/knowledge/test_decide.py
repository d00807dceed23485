"""An answer is never a guess; small talk is told from questions, and danger from both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.decide import SURE, WORTH_SHOWING, Answer, HandOver, Suggest, decide, understand
from knowledge.load import shipped_texts
from knowledge.search import Hit


def hit(name: str, score: float, explained: float = 1.0, phrase: str = "irgendwie anders") -> Hit:
    return Hit(name, "faq", name.title(), score, phrase, explained)


def test_one_clear_hit_that_accounts_for_the_question_is_the_answer():
    decision = decide("Frage", [hit("a", 0.8), hit("b", 0.4)])
    assert isinstance(decision, Answer)
    assert decision.hit.id == "a"


def test_two_close_hits_are_both_offered():
    decision = decide("Frage", [hit("a", 0.9), hit("b", 0.88)])
    assert isinstance(decision, Suggest)
    assert [shown.id for shown in decision.hits] == ["a", "b"]


def test_a_hit_that_leaves_the_question_unexplained_is_no_answer():
    assert not isinstance(decide("Frage", [hit("a", 0.9, explained=0.3)]), Answer)


def test_weak_hits_are_handed_over():
    assert isinstance(decide("Frage", [hit("a", 0.2)]), HandOver)
    assert decide("Frage", []) == HandOver(0.0)


def test_its_own_wording_is_answered_unless_another_entry_claims_it_too():
    sure = decide("wann IST offen", [hit("a", 1.0, phrase="Wann ist offen?"), hit("b", 0.7)])
    assert isinstance(sure, Answer)
    both = [hit("a", 1.0, phrase="Wann ist offen?"), hit("b", 1.0, phrase="Wann ist offen?")]
    assert isinstance(decide("Wann ist offen?", both), Suggest)


scores = st.floats(0, 1)


@given(st.lists(st.builds(hit, st.sampled_from("abcdef"), scores, scores), max_size=8), st.text())
def test_every_decision_keeps_its_word(hits, question):
    hits.sort(key=lambda h: -h.score)
    decision = decide(question, hits)
    assert 0 <= decision.confidence <= 1
    match decision:
        case Answer(found, confidence):
            assert found == hits[0]
            assert confidence >= SURE
            assert found.explained >= 0.65
        case Suggest(shown):
            assert 1 <= len(shown) <= 3
            assert all(h in hits and h.score >= WORTH_SHOWING for h in shown)
        case _:
            assert isinstance(decision, HandOver)


@pytest.fixture(scope="module")
def texts():
    return shipped_texts()


@pytest.mark.parametrize(
    ("kind", "messages"),
    [
        (
            "emergency",
            [
                "Ich will nicht mehr leben",
                "ich will mich umbringen!!",
                "ich möchte mich umbrignen",
                "meine freundin sagt sie bringt sich um",
                "HILFE ES BRENNT",
                "es brennt bei uns im Keller",
                "Mein Nachbar ist bewusstlos",
                "bewustlos liegt hier jemand",
                "mein opa atmet nicht",
                "Ich halte es nicht mehr aus. Ich will sterben.",
                "Bei uns wird gerade eingebrochen",
                "Mein Mann schlägt mich",
                "SOS",
            ],
        ),
        (
            "human",
            [
                "ich möchte mit einem Menschen sprechen",
                "Mensch",
                "gibts da jemanden",
                "Mitarbeiter",
                "mitarbeitre bitte",
                "kann mich jemand anrufen",
                "bitte einen echten Menschen",
                "ich würd gern mal mit jemand sprechen",
                "Hallo, kann ich bitte mit einem Mitarbeiter sprechen?",
            ],
        ),
        ("greeting", ["Hallo", "guten tag!", "HALLO ☺", "moin", "Guten Morgen", "halo"]),
        ("thanks", ["danke", "Vielen Dank!", "dankeschoen", "alles klar, danke"]),
        ("bye", ["tschüss", "tschuess", "Auf wiedersehen", "schönen Tag noch"]),
        ("help", ["hilfe", "was kannst du?", "Ich habe eine Frage"]),
        ("yes", ["ja", "Ja bitte", "jo"]),
        ("no", ["nein", "nein danke", "Nö", "keins davon"]),
        ("my_requests", ["was ist mit meiner anfrage?", "Stand meiner Anfragen"]),
        ("close_request", ["hat sich erledigt", "Anfrage schließen", "Hat sich erledigt, danke"]),
        ("formats", ["welche formate gibt es", "Formate"]),
        ("events", ["welche veranstaltungen gibt es", "was war"]),
        ("privacy", ["datenschutz", "was speichert ihr?"]),
    ],
)
def test_people_are_understood_in_their_own_words(texts, kind, messages):
    assert {message: understand(texts, message) for message in messages} == dict.fromkeys(
        messages, kind
    )


@pytest.mark.parametrize(
    "question",
    [
        "Wie unterstützt Brandenburg Kleinstädte?",
        "Was macht die Freiwillige Feuerwehr?",
        "Gibt es einen Notfallplan?",
        "Wie hoch ist die Selbstmordrate in Kleinstädten?",
        "Die Bürokratie bringt mich um",
        "Unsere Innenstadt stirbt",
        "Unsere Vereine sterben aus",
        "Das Thema brennt uns unter den Nägeln",
        "Was schlagt ihr vor?",
        "Leerstand bedroht uns",
        "Wie viele Menschen leben in Kleinstädten?",
        "Wie erreichen wir die Menschen in unserer Stadt?",
        "Wie gewinne ich Mitarbeiter für die Verwaltung?",
        "Hallo, was ist eine Kleinstadt?",
        "Danke, und was ist ein Crashkurs?",
        "Welche Formate gibt es für Bürgermeister?",
        "Tag der offenen Tür",
    ],
)
def test_a_question_is_not_taken_for_small_talk(texts, question):
    assert understand(texts, question) is None


def test_danger_in_the_middle_of_a_long_letter_is_heard(texts):
    letter = "Wir haben viele Fragen zum Leerstand. " * 50
    assert understand(texts, f"{letter} Mein Bruder will sich umbringen. {letter}") == "emergency"


def test_danger_comes_before_the_wish_for_a_person(texts):
    message = "Ich will mit einem Menschen sprechen, ich will mich umbringen"
    assert understand(texts, message) == "emergency"
