"""The commands, as scripts and people in a town hall's IT call them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.ask import knowledge, result
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
KEYS = ["question", "outcome", "text", "entry", "suggestions", "confidence", "ranked"]


def hotline(
    folder: Path, *words: str, typed: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Call `hotline` in an empty folder with these settings."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
    environment |= {f"HOTLINE_{name.upper()}": value for name, value in settings.items()}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env=environment,
        check=False,
    )


def test_ask_answers_in_plain_words(tmp_path: Path) -> None:
    done = hotline(tmp_path, "ask", "Ab wann ist ein Ort eine Kleinstadt?")
    assert done.returncode == 0
    assert "5.000" in done.stdout
    assert list(tmp_path.iterdir()) == []  # asking leaves no trace


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Wann ist die nächste Veranstaltung?", "Das waren die letzten"),
        ("Zeig mir alle Formate", "Es gibt 18 Formate"),
        ("werden meine daten gespeichert", "90 Tage nach dem Abschluss löschen wir sie"),
        ("Meine Anfragen", "Sie haben noch keine Anfrage bei uns."),
        ("Mein Profil", "Schritt 1 von 9"),
    ],
)
def test_what_opens_a_dialogue_is_shown_as_a_stranger_reads_it(message: str, words: str) -> None:
    answer = result(knowledge(None, None, semantik=False), message, Settings())
    assert answer["outcome"] == "chat"
    assert words in answer["text"]


def test_ask_json_keeps_its_contract(tmp_path: Path) -> None:
    done = hotline(tmp_path, "ask", "--json", "Ab wann ist ein Ort eine Kleinstadt?")
    answer = json.loads(done.stdout)
    assert list(answer) == KEYS
    assert answer["outcome"] == "answer"
    assert answer["entry"] == "kleinstadt-definition"
    assert 0 <= answer["confidence"] <= 1
    assert answer["ranked"] == []


def test_ask_jsonl_answers_line_by_line(tmp_path: Path) -> None:
    questions = ["Ab wann ist ein Ort eine Kleinstadt?", "Geld", "Hallo", "Hundesteuer in Wurzen"]
    lines = [json.dumps({"question": question}) for question in questions]
    lines[2:2] = ["kein JSON", '{"frage": 1}', '{"question": "\\ud83d"}']
    done = hotline(tmp_path, "ask", "--jsonl", "--ranked", typed="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines)
    outcomes = [answer.get("outcome", "error") for answer in answers]
    assert outcomes[:4] == ["answer", "suggest", "error", "error"]
    assert outcomes[5:] == ["chat", "handover"]
    assert 1 <= len(answers[0]["ranked"]) <= 10
    assert set(answers[0]["ranked"][0]) == {"id", "title", "score"}
    assert set(answers[1]["suggestions"][0]) == {"id", "title"}


def test_ask_takes_any_plain_faq(tmp_path: Path) -> None:
    file = tmp_path / "faq.jsonl"
    entry = {"id": "Müll 7", "question": "Wann wird der Müll abgeholt?", "answer": "Dienstags."}
    other = {"id": "b", "question": "Wo ist das Freibad?", "answer": "Am Bach."}
    file.write_text("\n".join(map(json.dumps, (entry, other))), encoding="utf-8")
    done = hotline(
        tmp_path, "ask", "--json", "--entries", str(file), "Wann wird der Müll abgeholt?"
    )
    answer = json.loads(done.stdout)
    assert answer["entry"] == "Müll 7"
    assert "Dienstags." in answer["text"]


def test_ask_takes_other_content(tmp_path: Path) -> None:
    faq = tmp_path / "inhalte" / "faq"
    faq.mkdir(parents=True)
    (faq / "eins.yaml").write_text(
        """
- id: freibad
  title: Wann öffnet das Freibad?
  asked_as: [Freibad Öffnungszeiten, Ab wann kann man schwimmen gehen?]
  answer: Ab Mai, täglich ab zehn Uhr.
  topics: [freizeit]
  source: Aushang
  checked_on: 2026-05-01
""",
        encoding="utf-8",
    )
    folder = str(faq.parent)
    assert hotline(tmp_path, "check", folder).returncode == 0
    done = hotline(tmp_path, "ask", "--content", folder, "Wann öffnet das Freibad?")
    assert "Ab Mai" in done.stdout


def test_check_names_every_problem_with_file_and_line(tmp_path: Path) -> None:
    faq = tmp_path / "faq"
    faq.mkdir()
    (faq / "eins.yaml").write_text("- id: Nicht Gut\n  title: x\n  antwort: y\n", encoding="utf-8")
    (faq / "zwei.yaml").write_text("- id: [\n", encoding="utf-8")
    done = hotline(tmp_path, "check", str(tmp_path))
    assert done.returncode == 1
    assert "faq/eins.yaml:3" in done.stderr
    assert "faq/zwei.yaml:" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_prints_a_schema(tmp_path: Path) -> None:
    schema = json.loads(hotline(tmp_path, "check", "--schema").stdout)
    assert schema


def test_invite_prints_a_single_use_link(tmp_path: Path) -> None:
    done = hotline(tmp_path, "invite", "coordinator", public_url="https://hotline.example")
    assert done.returncode == 0
    assert "https://hotline.example/desk/anmelden/" in done.stdout
    assert hotline(tmp_path, "invite", "koenig").returncode != 0


def test_doctor_names_the_remedy(tmp_path: Path) -> None:
    done = hotline(tmp_path, "doctor", web_port="0")
    assert done.returncode == 0, done.stdout
    sick = hotline(
        tmp_path,
        "doctor",
        web_port="0",
        telegram_token="1:falsch",
        telegram_api_url="http://127.0.0.1:9",
    )
    assert sick.returncode == 1
    assert "FEHLER" in sick.stdout
    assert "Telegram" in sick.stdout
    assert "falsch" not in sick.stdout + sick.stderr


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"web_port": "achtzig"}, "HOTLINE_WEB_PORT"),
        ({"telegram_token": "geheim-und-falsch"}, "HOTLINE_TELEGRAM_TOKEN"),
        ({"offce_hours": "Mo 9-12"}, "HOTLINE_OFFICE_HOURS"),
        ({"state": "XX"}, "HOTLINE_STATE"),
        ({"telegram_webhook_url": "https://x.example/h", "telegram_webhook_secret": "kurz"}, "32"),
        ({"content": "gibt-es-nicht"}, "gibt-es-nicht"),
    ],
)
def test_a_wrong_setting_is_one_line_that_says_what_to_do(
    tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    done = hotline(tmp_path, "serve", **{"web_port": "0", **settings})
    assert done.returncode != 0
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert "geheim" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_file_in_place_of_the_data_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    done = hotline(tmp_path, "serve", web_port="0")
    assert done.returncode == 1
    assert "HOTLINE_DATA" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_tells_what_there_is(tmp_path: Path) -> None:
    done = hotline(tmp_path, "--help")
    for command in ("serve", "ask", "chat", "check", "doctor", "invite"):
        assert command in done.stdout


def own_content(folder: Path) -> Path:
    """Content that can be used and could be better."""
    faq = folder / "inhalte" / "faq"
    faq.mkdir(parents=True)
    (faq / "eins.yaml").write_text(
        """
- id: freibad
  title: Wann öffnet das Freibad?
  asked_as: [Freibad Öffnungszeiten, Ab wann kann man schwimmen gehen?]
  answer: Ab Mai, täglich ab zehn Uhr. Schreiben Sie „/termnie“.
  topics: [freizeit]
  source: Aushang
  checked_on: 2020-05-01
""",
        encoding="utf-8",
    )
    return faq.parent


def test_check_tells_what_could_be_better_and_is_content(tmp_path: Path) -> None:
    done = hotline(tmp_path, "check", str(own_content(tmp_path)))
    assert done.returncode == 0
    assert "Verweise, die ins Leere führen (1)" in done.stdout
    assert "faq/eins.yaml:5: einen Befehl „/termnie“ gibt es nicht" in done.stdout
    assert "faq/eins.yaml:8: 1 Eintrag seit über 18 Monaten nicht geprüft" in done.stdout
    assert "in Ordnung: 1 Einträge" in done.stdout


def test_check_can_be_strict(tmp_path: Path) -> None:
    done = hotline(tmp_path, "check", "--strict", str(own_content(tmp_path)))
    assert done.returncode == 1
    assert "„/termnie“" in done.stdout
    assert "--strict" in done.stderr
    assert "in Ordnung" not in done.stdout
