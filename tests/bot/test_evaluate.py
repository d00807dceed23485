"""Whoever changes content or engine sees in figures what it did."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz.distance import OSA
from typer.testing import CliRunner, Result

from bot.ask import knowledge
from bot.cli import cli
from bot.evaluate import (
    NOISES,
    Asked,
    Half,
    Question,
    ask,
    known_misses,
    measure,
    noisy,
    questions,
    reading,
)
from bot.evaluate.asking import Outcome, judged
from bot.evaluate.figures import reliability
from knowledge.decide import Answer, Chat, HandOver, Several, Suggest
from knowledge.load import ContentError
from knowledge.search import Hit

FAQ = {
    "glocke": "Wer repariert die Kirchenglocke?",
    "freibad": "Wann öffnet das Freibad?",
    "muell": "Wann wird der Müll abgeholt?",
}


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    rows = [{"id": id, "question": text, "answer": "Freitags."} for id, text in FAQ.items()]
    return lines(tmp_path / "faq.jsonl", rows)


def evaluate(*words: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *map(str, words)])


def told(*words: object) -> dict[str, Any]:
    """What a program reads."""
    done = evaluate(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# -- figures ------------------------------------------------------------------------


def test_another_faq_is_measured_on_public_questions(faq: Path, tmp_path: Path) -> None:
    rows = [
        {"query": FAQ["freibad"], "expected": ["freibad"]},
        {"query": FAQ["glocke"], "expected": ["muell"]},  # a wrong answer
        {"query": FAQ["muell"], "expected": []},  # outside, yet answered
        {"query": "Quantenchromodynamik", "expected": []},
    ]
    queries = lines(tmp_path / "fragen.jsonl", rows)
    figures = told("--entries", faq, "--queries", queries)
    assert (figures["in_scope"], figures["out_of_scope"], figures["small_talk"]) == (2, 2, 0)
    assert figures["hit_at_1"] == figures["direct"] == figures["solved"] == 0.5
    assert figures["coverage"] == 1
    assert figures["wrong_in_scope"] == figures["wrong_out_of_scope"] == 0.5
    assert figures["wrong_near"] is None  # nobody said which of them are near
    assert list(figures["halves"]) == ["alle"]
    assert [row["outcome"] for row in figures["rows"]] == ["right", "wrong", "wrong", "handed_over"]
    assert [row["entries"] for row in figures["rows"]] == [["freibad"], ["glocke"], ["muell"], []]
    assert figures["rows"][0]["rank"] == 1
    assert figures["rows"][3]["rank"] is None
    assert figures["rows"][3]["question"] == "Quantenchromodynamik"


def test_the_rank_of_the_first_right_hit_counts(faq: Path) -> None:
    known = knowledge(None, faq)
    text = "Wann wird das Freibad abgeholt?"
    second = known.search(text)[1].id
    figures = measure(ask(known, [Question(text, (second,))]))
    assert (figures.hit_at_1, figures.hit_at_3, figures.mrr) == (0, 1, 0.5)


@pytest.fixture
def hits(faq: Path) -> dict[str, Hit]:
    known = knowledge(None, faq)
    return {id: known.search(text)[0] for id, text in FAQ.items()}


def test_several_answers_are_wrong_as_soon_as_one_of_them_is(hits: dict[str, Hit]) -> None:
    both = Several((Answer(hits["glocke"], 0.9), Answer(hits["muell"], 0.7)))
    right = judged(Question("Glocke? Müll?", ("glocke", "muell", "freibad")), both, ())
    assert (right.outcome, right.confidence, right.best_right) == (Outcome.RIGHT, 0.7, True)
    half_right = judged(Question("Glocke? Bad?", ("glocke", "freibad")), both, ())
    assert (half_right.outcome, half_right.best_right) == (Outcome.WRONG, False)
    assert judged(Question("Wie wird das Wetter?"), both, ()).outcome is Outcome.WRONG


@pytest.mark.parametrize(
    ("expected", "outcome", "good"),
    [(("muell",), "suggested", True), (("freibad",), "beside", False), ((), "beside", True)],
)
def test_suggestions_help_when_the_right_one_is_among_them(
    hits: dict[str, Hit], expected: tuple[str, ...], outcome: str, good: bool
) -> None:
    shown = Suggest((hits["glocke"], hits["muell"]), 0.4)
    found = judged(Question("Und?", expected), shown, ())
    assert (found.outcome, found.good) == (outcome, good)
    assert (found.suggestions, found.best_right) == (("glocke", "muell"), False)


def test_small_talk_is_right_when_its_kind_is_understood(hits: dict[str, Hit]) -> None:
    thanks = Question("Danke!", chat="thanks")
    assert judged(thanks, Chat("thanks"), ()).outcome is Outcome.UNDERSTOOD
    assert judged(thanks, Chat("bye"), ()).outcome is Outcome.MISUNDERSTOOD
    assert judged(thanks, HandOver(0.1), (hits["muell"],)).outcome is Outcome.MISUNDERSTOOD
    assert judged(Question("Danke?", ("muell",)), Chat("thanks"), ()).outcome is Outcome.CHAT


def test_confidence_is_compared_with_being_right() -> None:
    def guess(confidence: float, right: bool, chat: str | None = None) -> Asked:
        return Asked("?", (), chat=chat, confidence=confidence, best_right=right)

    sure = [guess(0.9, True), guess(0.9, True), guess(0.9, True), guess(1.0, False)]
    asked = [*sure, guess(0.25, False), guess(0.5, True, chat="thanks"), Asked("Gruezi!")]
    filled = [one for one in reliability(asked) if one.count]
    assert [(one.low, one.count, one.confidence, one.right) for one in filled] == [
        (0.2, 1, 0.25, 0),
        (0.9, 4, 0.925, 0.75),
    ]
    assert measure(asked).ece == pytest.approx((0.25 * 1 + 0.175 * 4) / 5)


def test_all_questions_about_one_entry_fall_into_one_half(tmp_path: Path) -> None:
    asked = [Question(f"Frage {number}?", ("freibad", f"{number}")) for number in range(9)]
    assert len({one.half for one in asked}) == 1
    other = {Question(f"Frage {number}?").half for number in range(9)}
    assert other == {Half.LEARN, Half.REPORT}


def test_without_a_file_our_own_questions_are_asked_in_two_halves() -> None:
    figures = told()
    assert list(figures["halves"]) == ["alle", "lernen", "berichten"]
    halves = [figures["halves"][half] for half in ("lernen", "berichten")]
    assert sum(half["in_scope"] for half in halves) == figures["in_scope"] > 700
    assert min(half["in_scope"] for half in halves) > 300
    assert figures["hit_at_3"] >= figures["hit_at_1"] >= 0.3
    assert figures["mrr"] >= figures["hit_at_1"]
    assert figures["solved"] + figures["wrong_in_scope"] + figures["handed_over"] <= 1.0002
    assert figures["direct"] + figures["wrong_in_scope"] == pytest.approx(
        figures["coverage"], abs=0.0002
    )
    assert sum(one["count"] for one in figures["reliability"]) <= len(figures["rows"])
    assert figures["voices"]["knapp"]["in_scope"] > 50
    assert figures["unknown_expected"] == []


# -- reading ------------------------------------------------------------------------


def test_all_forms_of_yaml_are_read(tmp_path: Path) -> None:
    plain = tmp_path / "plain.yaml"
    plain.write_text("- {question: Ja!, expected: [a, b]}\n- {question: Nein!, expected: null}\n")
    split = tmp_path / "split.yaml"
    split.write_text("in_scope:\n- {question: Ja!, expected: [a, b]}\nout_of_scope: ['Nein!']\n")
    wanted = [Question("Ja!", ("a", "b")), Question("Nein!")]
    assert questions(plain, None) == questions(split, None) == wanted
    full = tmp_path / "full.yaml"
    full.write_text(
        "- {question: Da!, expected: [a], voice: knapp}\n- {question: Dort!, near: true}\n"
        "- {question: Fern!, near: false}\n- {question: Tag!, chat: greeting}\n"
    )
    assert questions(full, None) == [
        Question("Da!", ("a",), "knapp"),
        Question("Dort!", near=True),
        Question("Fern!", near=False),
        Question("Tag!", chat="greeting"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.yaml", "- 'ohne Objekt'\n", "Frage Nr. 1"),
        ("x.yaml", "- {question: A}\n- {question: A, near: vielleicht}\n", "Frage Nr. 2"),
        ("x.yaml", "- {question: A, near: true, expected: [a]}\n", "Frage Nr. 1"),
        ("x.yaml", "- {question: A, chat: thanks, near: true}\n", "Frage Nr. 1"),
        ("x.yaml", "- {question: A, voice: [laut]}\n", "Frage Nr. 1"),
        ("x.yaml", "a: [\n", "kein lesbares YAML"),
        ("x.yaml", "", "keine Fragen"),
        ("x.yaml", "nur Text", "eine Liste von Fragen"),
        ("x.yaml", "in_scope: 3\n", "eine Liste von Fragen"),
        ("gibt-es-nicht.yaml", None, "gibt es nicht"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, content: str | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    done = evaluate(tmp_path / name)
    assert done.exit_code == 1
    assert name in done.stderr
    assert says in done.stderr


def test_a_bad_line_is_named_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "fragen.jsonl"
    file.write_text('{"query": "Gut?", "expected": ["a"]}\n{"query": 3}\nkaputt\n', "utf-8")
    with pytest.raises(ContentError) as caught:
        questions(None, file)
    assert "fragen.jsonl:2" in str(caught.value)
    assert "fragen.jsonl:3" in str(caught.value)


# -- for curators -------------------------------------------------------------------


def content(folder: Path, **phrases: str) -> Path:
    """A content folder with one entry for each phrase."""
    file = folder / "faq" / "ort.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "".join(
            f"- id: {id}\n  title: Über {id}\n  asked_as:\n  - {phrase}\n  - {id} im Ort\n"
            "  answer: Freitags.\n  topics: [ort]\n  source: Eigene Angaben\n"
            "  checked_on: 2026-11-22\n"
            for id, phrase in phrases.items()
        ),
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    rows = [
        {"question": FAQ["glocke"], "expected": ["glocke"], "voice": "ueblich"},
        {"question": FAQ["freibad"], "expected": ["freibad"], "voice": "knapp"},
        {"question": "Quantenchromodynamik", "near": False, "voice": "ueblich"},
        {"question": "Danke!", "chat": "thanks", "voice": "knapp"},
    ]
    path = tmp_path / "fragen" / "fragen.yaml"
    path.parent.mkdir()
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def test_curators_read_a_table_that_explains_itself(tmp_path: Path, asked: Path) -> None:
    folder = content(tmp_path / "inhalt", glocke=FAQ["freibad"], muell=FAQ["muell"])
    table = evaluate(asked, "--content", folder, "--noise").stdout
    for words in ("erster Treffer richtig", "gelöst: ", "MRR: ", "(ECE)", "üblich", "knapp"):
        assert words in table
    for words in ("wie geschrieben", "mit Tippfehlern", "ohne Umlaute", "alles zusammen"):
        assert words in table
    assert f"„{FAQ['freibad']}“ → glocke (richtig: freibad)" in table
    assert "Kennungen, die es nicht gibt: freibad" in table
    assert max(map(len, table.splitlines())) <= 110


def test_one_half_can_be_kept_for_reporting(asked: Path, tmp_path: Path) -> None:
    folder = content(tmp_path / "inhalt", glocke=FAQ["glocke"], freibad=FAQ["freibad"])
    rows = {
        half: {row["question"] for row in told(asked, "--content", folder, "--half", half)["rows"]}
        for half in ("lernen", "berichten", "alle")
    }
    assert rows["lernen"] | rows["berichten"] == rows["alle"]
    assert rows["lernen"] & rows["berichten"] == set()
    assert len(rows["alle"]) == 4


def test_known_misses_are_marked_and_struck_out_when_mended(
    tmp_path: Path, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SHIPPED", asked.parent)
    (asked.parent / "bekannte-fehler.yaml").write_text(
        f"- {{question: '{FAQ['freibad']}', why: zu ähnlich}}\n"
        "- {question: Danke!, why: knapp}\n",
        encoding="utf-8",
    )
    assert known_misses() == {FAQ["freibad"]: "zu ähnlich", "Danke!": "knapp"}
    folder = content(tmp_path / "inhalt", glocke=FAQ["freibad"], freibad=FAQ["glocke"])
    table = evaluate("--content", folder).stdout
    assert f"„{FAQ['freibad']}“ → glocke (richtig: freibad) – bekannt: zu ähnlich\n" in table
    assert f"„{FAQ['glocke']}“ → freibad (richtig: glocke)\n" in table
    assert "bitte aus den bekannten Fehlern streichen:\n  „Danke!“" in table


@pytest.mark.parametrize(
    "row", ["- Danke!", "- {question: Danke!}", "- {question: A, why: B, voice: knapp}"]
)
def test_a_known_miss_has_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str
) -> None:
    monkeypatch.setattr(reading, "SHIPPED", tmp_path)
    (tmp_path / "bekannte-fehler.yaml").write_text(row, encoding="utf-8")
    with pytest.raises(ContentError, match=r"bekannte-fehler.yaml.*Nr. 1"):
        known_misses()


def test_the_known_misses_that_come_with_the_source_are_questions_that_are_asked() -> None:
    assert known_misses().keys() <= {one.question for one in questions(None, None)}


# -- noise --------------------------------------------------------------------------

TYPED = "Wer repariert eigentlich die Größenangaben am Übungsplatz, Frau Müller?"


@pytest.mark.parametrize("noise", NOISES)
def test_people_make_the_same_slips_every_time(noise: str) -> None:
    assert noisy(TYPED, noise) == noisy(TYPED, noise) != TYPED


def test_people_slip_once_in_some_longer_words_only() -> None:
    slipped = 0
    for number in range(50):
        before = f"Wer repariert {number} Bürgersteigkanten an der Mühle"
        after = noisy(before, "tippfehler")
        pairs = list(zip(before.split(), after.split(), strict=True))
        slips = {word: OSA.distance(word, typed) for word, typed in pairs}
        assert {slips.pop(word) for word in ("Wer", str(number), "an", "der")} == {0}
        assert set(slips.values()) <= {0, 1}
        assert sum(slips.values()) >= 1
        slipped += sum(slips.values())
        assert all(word[0] == typed[0] for word, typed in pairs)
    assert 50 <= slipped < 100


def test_people_slip_in_every_way_that_fingers_do() -> None:
    typed = {noisy(f"{number} Garten", "tippfehler").split()[1] for number in range(200)}
    assert {"Gatren", "Grten", "Gaarten", "Gsrten"} <= typed


def test_people_without_umlauts_stick_to_one_way_of_writing() -> None:
    styles = {noisy(f"{number} Öl, süß, Käse", "umlaute").partition(" ")[2] for number in range(20)}
    assert styles == {"Oel, suess, Kaese", "Ol, suss, Kase"}


def test_people_write_small_and_without_marks() -> None:
    assert noisy("Wie geht's der Klein-Stadt? Gut/schlecht!", "klein") == (
        "wie gehts der klein stadt gut schlecht"
    )
    assert noisy("???", "klein") == "???"


def test_people_may_do_all_of_it_at_once() -> None:
    typed = noisy(TYPED, "alles")
    assert typed == typed.lower()
    assert not set("äöüß,?") & set(typed)
    assert typed.split()[0] == "wer"
    assert typed != noisy(noisy(TYPED, "umlaute"), "klein")


def test_noise_is_measured_beside_the_questions_as_they_are(asked: Path, tmp_path: Path) -> None:
    folder = content(tmp_path / "inhalt", glocke=FAQ["glocke"], freibad=FAQ["freibad"])
    figures = told(asked, "--content", folder, "--noise")
    assert tuple(figures["noise"]) == NOISES
    assert figures["noise"]["klein"]["direct"] == figures["direct"] == 1
    assert {one["in_scope"] for one in figures["noise"].values()} == {2}
    assert told(asked, "--content", folder)["noise"] == {}


# -- comparing ----------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Content under git; since the last commit one entry came and one changed its question."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    top = tmp_path / "ablage"
    folder = content(top / "inhalt", glocke=FAQ["glocke"])
    git(top, "init", "--quiet")
    git(top, "add", ".")
    git(top, "commit", "--quiet", "--message", "Anfang")
    return content(folder, glocke="Was läutet da?", freibad=FAQ["freibad"], uhr=FAQ["glocke"])


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Kuratorin", "-c", "user.email=kuratorin@example.org")
    subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


def test_curators_see_what_their_change_did(repository: Path, asked: Path) -> None:
    done = evaluate(asked, "--content", repository, "--compare", "HEAD")
    assert done.exit_code == 0, done.output
    assert "besser: 1, schlechter: 1, anders und gleich gut: 0" in done.stdout
    worse, better = done.stdout.index("Schlechter:\n"), done.stdout.index("Besser:\n")
    wrong = f"richtig → falsch: „{FAQ['glocke']}“ (glocke → uhr)"
    assert worse < done.stdout.index(wrong) < better
    assert f"richtig: „{FAQ['freibad']}“" in done.stdout[better:]


def test_a_round_can_be_kept_and_compared_with_later(
    repository: Path, asked: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "vorher.json"
    kept.write_text(evaluate(asked, "--content", repository, "--json").stdout, encoding="utf-8")
    same = told(asked, "--content", repository, "--compare", kept)["compare"]
    assert (same["changed"], same["better"], same["worse"]) == ([], 0, 0)
    assert same["before"] == same["now"]
    content(repository, glocke=FAQ["glocke"], freibad=FAQ["freibad"])
    mended = told(asked, "--content", repository, "--compare", kept)["compare"]
    assert (mended["better"], mended["worse"]) == (1, 0)
    [change] = mended["changed"]
    assert (change["question"], change["verdict"]) == (FAQ["glocke"], "better")
    assert (change["before"]["outcome"], change["before"]["entries"]) == ("wrong", ["uhr"])
    assert (change["now"]["outcome"], change["now"]["entries"]) == ("right", ["glocke"])
    assert mended["before"]["direct"] < mended["now"]["direct"] == 1


def test_only_questions_that_were_asked_both_times_are_compared(
    repository: Path, asked: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "vorher.json"
    kept.write_text(evaluate(asked, "--content", repository, "--json").stdout, encoding="utf-8")
    rows = json.loads(asked.read_text(encoding="utf-8"))
    asked.write_text(json.dumps([*rows[1:], {"question": "Neu?"}]), encoding="utf-8")
    found = told(asked, "--content", repository, "--compare", kept)["compare"]
    assert (found["only_before"], found["only_now"]) == (1, 1)
    assert found["before"]["in_scope"] == found["now"]["in_scope"] == 1


@pytest.mark.parametrize(
    ("with_what", "says"),
    [
        ("gibt-es-nicht", "weder eine Datei noch ein Stand"),
        ("--output=x", "weder eine Datei noch ein Stand"),
        ("fragen/fragen.yaml", "keine Datei, die „hotline evaluate --json“ geschrieben hat"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(
    repository: Path,
    asked: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_what: str,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = evaluate(asked, "--content", repository, f"--compare={with_what}")
    assert done.exit_code == 1
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_older_state_that_cannot_be_read_is_named(repository: Path, asked: Path) -> None:
    (repository / "faq" / "ort.yaml").write_text("- id: ohne-antwort\n", encoding="utf-8")
    git(repository.parent, "commit", "--all", "--quiet", "--message", "Kaputt")
    content(repository, glocke=FAQ["glocke"])
    done = evaluate(asked, "--content", repository, "--compare", "HEAD")
    assert done.exit_code == 1
    assert "im Stand „HEAD“ kann das heutige Programm nicht lesen" in done.stderr
    assert "faq/ort.yaml:1: „answer“ fehlt" in done.stderr


def test_content_outside_git_has_no_older_state(
    asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.resolve()))
    folder = content(tmp_path / "inhalt", glocke=FAQ["glocke"])
    done = evaluate(asked, "--content", folder, "--compare", "HEAD")
    assert done.exit_code == 1
    assert "liegt in keinem Verzeichnis von git" in done.stderr


def test_a_plain_faq_is_compared_with_a_file_only(faq: Path, asked: Path) -> None:
    done = evaluate(asked, "--entries", faq, "--compare", "HEAD")
    assert done.exit_code == 1
    assert "nur eine Datei vergleichen" in done.stderr
