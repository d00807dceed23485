"""Whoever changes content or engine sees in figures what it did."""

import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import evaluate
from bot.ask import knowledge
from bot.cli import cli
from bot.evaluate import Question, measure, questions
from knowledge.load import ContentError

FAQ = [
    {"id": "glocke", "question": "Wer repariert die Kirchenglocke?", "answer": "Die Gemeinde."},
    {"id": "freibad", "question": "Wann öffnet das Freibad?", "answer": "Im Mai."},
    {"id": "muell", "question": "Wann wird der Müll abgeholt?", "answer": "Freitags."},
]


def lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    return lines(tmp_path / "faq.jsonl", [dict(row) for row in FAQ])


def test_figures_add_up(faq: Path) -> None:
    figures = measure(
        knowledge(None, faq),
        [
            Question("Wann öffnet das Freibad?", frozenset({"freibad"})),
            Question("Wer repariert die Kirchenglocke?", frozenset({"muell"})),  # a wrong one
            Question("Wer repariert die Kirchenglocke?", frozenset()),  # outside, yet answered
            Question("Quantenchromodynamik", frozenset()),
        ],
    )
    assert (figures.in_scope, figures.out_of_scope) == (2, 2)
    assert figures.hit_at_1 == 0.5
    assert figures.answered == 1
    assert figures.wrong_in_scope == 0.5
    assert figures.wrong_out_of_scope == 0.5
    assert [(miss.answered, miss.expected) for miss in figures.misses] == [
        ("glocke", ("muell",)),
        ("glocke", ()),
    ]


def test_without_questions_of_a_kind_there_is_no_figure(faq: Path) -> None:
    figures = measure(knowledge(None, faq), [Question("Quantenchromodynamik", frozenset())])
    assert figures.hit_at_1 is None
    assert figures.wrong_out_of_scope == 0
    out = io.StringIO()
    evaluate.show(figures, out)
    assert "–" in out.getvalue()


def test_the_rank_of_the_first_right_hit_counts(faq: Path) -> None:
    known = knowledge(None, faq)
    hits = [hit.id for hit in known.search("Wann wird das Freibad abgeholt?")]
    assert len(hits) >= 2
    second = Question("Wann wird das Freibad abgeholt?", frozenset({hits[1]}))
    figures = measure(known, [second])
    assert (figures.hit_at_1, figures.hit_at_3, figures.mrr) == (0, 1, 0.5)


def test_both_forms_of_yaml_are_read(tmp_path: Path) -> None:
    plain = tmp_path / "plain.yaml"
    plain.write_text("- {question: Ja!, expected: [a, b]}\n- {question: Nein!, expected: null}\n")
    split = tmp_path / "split.yaml"
    split.write_text("in_scope:\n- {question: Ja!, expected: [a, b]}\nout_of_scope: ['Nein!']\n")
    wanted = [Question("Ja!", frozenset({"a", "b"})), Question("Nein!", frozenset())]
    assert questions(plain, None) == questions(split, None) == wanted


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.yaml", "- 'ohne Objekt'\n", "Frage Nr. 1"),
        ("x.yaml", "a: [\n", "kein lesbares YAML"),
        ("x.yaml", "", "keine Fragen"),
        ("x.yaml", "nur Text", "eine Liste von Fragen"),
        ("x.yaml", "in_scope: 3\n", "eine Liste von Fragen"),
        ("gibt-es-nicht.yaml", None, "gibt es nicht"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, content: str | None, told: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        questions(tmp_path / name, None)
    assert name in str(caught.value)
    assert told in str(caught.value)


def test_a_bad_line_is_named_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "fragen.jsonl"
    file.write_text('{"query": "Gut?", "expected": ["a"]}\n{"query": 3}\nkaputt\n', "utf-8")
    with pytest.raises(ContentError) as caught:
        questions(None, file)
    assert "fragen.jsonl:2" in str(caught.value)
    assert "fragen.jsonl:3" in str(caught.value)


def test_another_faq_is_measured_from_the_command_line(faq: Path, tmp_path: Path) -> None:
    queries = lines(
        tmp_path / "fragen.jsonl",
        [
            {"query": "wann macht das freibad auf", "expected": ["freibad"]},
            {"query": "Wann öffnet das Freibad?", "expected": ["freibad"]},
            {"query": "Quantenchromodynamik", "expected": []},
        ],
    )
    done = CliRunner().invoke(
        cli, ["evaluate", "--entries", str(faq), "--queries", str(queries), "--json"]
    )
    assert done.exit_code == 0
    figures = json.loads(done.stdout)
    assert figures["in_scope"] == 2
    assert figures["out_of_scope"] == 1
    assert figures["hit_at_1"] == 1
    assert figures["wrong_out_of_scope"] == 0
    assert figures["misses"] == []


def test_without_a_file_our_own_questions_are_asked() -> None:
    done = CliRunner().invoke(cli, ["evaluate", "--json"])
    assert done.exit_code == 0
    figures = json.loads(done.stdout)
    assert figures["in_scope"] >= 50
    assert figures["out_of_scope"] >= 10
    assert figures["hit_at_3"] >= figures["hit_at_1"] >= 0.7
    assert figures["mrr"] >= figures["hit_at_1"]
    assert figures["answered"] + figures["suggested"] + figures["handed_over"] <= 1.0001


def test_the_figures_can_be_read_by_humans() -> None:
    done = CliRunner().invoke(cli, ["evaluate"])
    assert "erster Treffer richtig" in done.stdout
    assert "Fragen:" in done.stdout
