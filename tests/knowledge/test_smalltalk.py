"""Small talk is told from questions, and danger from both."""

import pytest

from knowledge.load import shipped_texts
from knowledge.smalltalk import understand
from knowledge.words import Words


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
                "mir ist alles zu viel, ich hab keine kraft mehr zum leben",
                "im keller steigt das wasser hilfe",
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
                "ihr seid doch alle roboter, gebt mir einen menschen",
                "Können Sie meine Frage weitergeben?",
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
    assert {message: understand(texts, Words(message)) for message in messages} == dict.fromkeys(
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
    assert understand(texts, Words(question)) is None


def test_danger_in_the_middle_of_a_long_letter_is_heard(texts):
    letter = "Wir haben viele Fragen zum Leerstand. " * 50
    assert (
        understand(texts, Words(f"{letter} Mein Bruder will sich umbringen. {letter}"))
        == "emergency"
    )


def test_danger_comes_before_the_wish_for_a_person(texts):
    message = "Ich will mit einem Menschen sprechen, ich will mich umbringen"
    assert understand(texts, Words(message)) == "emergency"
