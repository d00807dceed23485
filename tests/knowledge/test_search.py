"""People find what they mean, however they put it; nobody can make it slow."""

import random

import pytest

from knowledge.decide import Answer, Chat, HandOver, Several, Suggest
from knowledge.load import load, load_plain
from knowledge.search import Hit, Index, Indexed, Knowledge


@pytest.fixture
def knowledge(folder):
    return Knowledge(load(folder, fallback_texts=False))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Ab wie vielen Einwohnern ist ein Ort eine Kleinstadt?", "kleinstadt-definition"),
        ("kleinstadt definition", "kleinstadt-definition"),
        ("wo bekommt man foerdermittel", "foerderung"),
        ("Wo beantrage ich Fördermitel?", "foerderung"),
        ("leerstehende Läden", "leerstand"),
        ("Crashkurs", "crashkurs"),
        ("was ist ein creshkurs", "crashkurs"),
        ("Expertenpool", "expertinnen-pool"),
        ("Expert*innen-Pool", "expertinnen-pool"),
        ("Datenbank mit ExpertInnen", "expertinnen-pool"),
        ("wann is stadtfest", "stadtfest"),
    ],
)
def test_what_is_meant_comes_first(knowledge, question, expected):
    assert knowledge.search(question)[0].id == expected


def test_a_hit_tells_what_it_is_and_which_wording_matched(knowledge):
    hit = knowledge.search("Was ist ein Crashkurs?")[0]
    assert hit == Hit("crashkurs", "format", "Crashkurs", 1.0, "Was ist ein Crashkurs?")
    assert knowledge.search("Datenbank Expertin")[0].phrase.startswith("Datenbank mit")


def test_scores_stay_on_one_scale_and_in_order(knowledge):
    for question in ("Leerstand", "Wo bekommen wir Zuschüsse für leere Läden?", "xyz Kleinstadt"):
        scores = [hit.score for hit in knowledge.search(question)]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)


def test_an_unrelated_word_beside_it_lowers_what_is_explained(knowledge):
    alone = knowledge.search("Förderung")[0]
    beside = knowledge.search("Förderung Bürgerbüro Biotonne")[0]
    assert (alone.id, beside.id) == ("foerderung", "foerderung")
    assert beside.explained < 0.5 < alone.explained


def test_the_number_of_hits_is_limited(knowledge):
    assert len(knowledge.search("Was ist eine Kleinstadt mit Leerstand und Förderung?", 2)) == 2


def test_an_empty_index_knows_nothing():
    assert Index([]).search("Was ist eine Kleinstadt?") == ()


def test_a_title_that_is_its_only_question_cut_short_is_no_second_way_of_asking():
    question = "Welche Unterlagen brauche ich für die Anmeldung meines Hundes?"
    cut = Indexed("hund", "faq", "Welche Unterlagen brauche ich für die Anmeldung…", (question,))
    assert cut.asked == (question,)
    open_end = Indexed("hund", "faq", "Der Hund…", (question,))
    assert open_end.asked == ("Der Hund…", question)


def test_two_entries_with_the_same_wording_are_both_offered():
    index = Index(
        [
            Indexed("a", "faq", "Öffnungszeiten Rathaus", ("Wann ist offen?",)),
            Indexed("b", "faq", "Öffnungszeiten Museum", ("Wann ist offen?",)),
        ]
    )
    assert {hit.id for hit in index.search("wann ist offen") if hit.score == 1} == {"a", "b"}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Hallo!", "greeting"),
        ("guten tag", "greeting"),
        ("vielen dank", "thanks"),
        ("Ich möchte bitte mit einem Menschen sprechen", "human"),
        ("Hilfe, es brennt!", "emergency"),
        ("welche formate gibt es?", "formats"),
        ("👍", "help"),
        ("???", "help"),
        ("", "help"),
    ],
)
def test_what_is_no_question_is_not_searched_for(knowledge, message, kind):
    assert knowledge.find(message) == Chat(kind)


def test_a_question_is_answered_suggested_or_handed_over(knowledge):
    assert isinstance(knowledge.find("Was ist eine Kleinstadt?"), Answer)
    assert isinstance(knowledge.find("leere Häuser beleben"), Answer | Suggest)
    assert isinstance(knowledge.find("Wann hat das Bürgerbüro in Wurzen geöffnet?"), HandOver)


def test_another_faq_can_be_asked(tmp_path):
    file = tmp_path / "faq.jsonl"
    file.write_text(
        '{"id": "F/1", "question": "Wie beantrage ich einen Ausweis?", "answer": "Im Bürgeramt."}\n'
        '{"id": "F/2", "question": "Wann kommt die Müllabfuhr?", "answer": "Immer dienstags."}\n',
        encoding="utf-8",
    )
    other = Knowledge.plain(load_plain(file))
    assert other.search("Ausweis beantragen")[0].id == "F/1"
    found = other.find("Wann kommt die Müllabfuhr?")
    assert isinstance(found, Answer)
    assert other.library.entries[found.hit.id].answer == "Immer dienstags."
    assert other.find("Danke") == Chat("thanks")


RNG = random.Random(7)
NASTY = {
    "one letter": "a" * 4000,
    "one letter, then a mark": "a" * 4000 + "!",
    "line breaks": "\n" * 10_000,
    "emoji": "😀" * 4096,
    "brackets": "<" * 4096,
    "noise": " ".join("".join(RNG.choices("abcdefgh", k=8)) for _ in range(445)),
    "umlauts": "ue" * 2000,
    "gender marks": "a:innen" * 570,
    "spaced gender marks": "innen: " * 570,
    "numbers": "1.000" * 800,
    "combining marks": "a\u0301" * 2000,
    "half a character": "\ud83d" * 4000,
    "nothing printable": "\0" * 4000,
    "compounds": "Kleinstadt" * 400,
    "many questions": "Was ist eine Kleinstadt? " * 160,
}


@pytest.mark.parametrize("name", NASTY)
def test_whatever_people_paste_is_decided(knowledge, name):
    decision = knowledge.find(NASTY[name])
    assert isinstance(decision, Answer | Several | Suggest | HandOver | Chat)


@pytest.mark.parametrize("name", NASTY)
def test_however_long_it_is_only_so_much_of_it_is_read(knowledge, name):
    reading, _ = knowledge.look_up(NASTY[name])
    assert len(reading.words) <= 200
    assert sum(map(len, reading.words)) <= 1300


def test_a_story_without_a_question_mark_of_its_own_is_what_is_asked(knowledge):
    story = "Bei uns stehen viele Läden in der Innenstadt leer. Was können wir da tun?"
    assert knowledge.search(story)[0].id == "leerstand"


def test_the_middle_of_a_long_letter_does_not_hide_the_question_at_its_end(knowledge):
    letter = "Sehr geehrte Damen und Herren,\n" + "wir schreiben Ihnen heute. " * 140
    assert knowledge.search(letter + "Was hilft gegen Leerstand?")[0].id == "leerstand"


@pytest.mark.parametrize(
    "question", ["was war am 12.6.2026", "12. Juni 2026", "Was ist am 12.06.26 los?"]
)
def test_an_event_is_found_by_its_day(knowledge, question):
    assert knowledge.search(question)[0].id == "stadtfest"


def test_a_question_may_go_on_with_what_was_shown(knowledge):
    alone = knowledge.find("und für wen ist das?")
    further = knowledge.find("und für wen ist das?", topic="crashkurs")
    assert not isinstance(alone, Answer)
    assert isinstance(further, Answer)
    assert further.hit.id == "crashkurs"


def test_a_topic_that_is_gone_changes_nothing(knowledge):
    question = "und für wen ist das?"
    assert knowledge.find(question, topic="gibt-es-nicht") == knowledge.find(question)


def test_two_questions_in_one_message_get_two_answers(knowledge):
    decision = knowledge.find("Was ist ein Crashkurs? Und wo bekommen wir Fördermittel?")
    assert isinstance(decision, Several)
    assert [answer.hit.id for answer in decision.answers] == ["crashkurs", "foerderung"]


def test_two_questions_of_which_one_is_unknown_are_not_answered_by_half(knowledge):
    decision = knowledge.find("Was ist ein Crashkurs? Und wann öffnet das Bürgerbüro in Wurzen?")
    assert not isinstance(decision, Several)


def test_a_question_that_is_not_ours_keeps_its_entry_from_answering(folder):
    asked = "Wie groß ist eine Großstadt?"
    (folder / "outside.yaml").write_text(
        f"- about: Andere Orte\n  asked_as: [{asked!r}, Ab wann ist ein Ort eine Großstadt?]\n",
        encoding="utf-8",
    )
    aware = Knowledge(load(folder, fallback_texts=False))
    assert not isinstance(aware.find(asked), Answer)
    assert aware.look_up(asked)[1].outside.title == "Andere Orte"
    assert isinstance(aware.find("Wie groß ist eine Kleinstadt?"), Answer)


def test_what_people_say_instead_finds_it_too(folder):
    (folder / "synonyms.yaml").write_text(
        "alike: [[Fördermittel, Subvention]]\nsaid: {small town: Kleinstadt}\n", encoding="utf-8"
    )
    aware = Knowledge(load(folder, fallback_texts=False))
    assert aware.search("Gibt es eine Subvention?")[0].id == "foerderung"
    assert aware.search("what is a small town")[0].id == "kleinstadt-definition"


def test_being_ready_for_the_first_question_changes_no_answer(knowledge):
    before = knowledge.find("leere Häuser beleben")
    knowledge.warm()
    assert knowledge.find("leere Häuser beleben") == before
