"""Whoever opens the repository finds their way, and nothing of somebody else's machine."""

import re

from tests.house.tree import ROOT, files

TOP = {
    *("bot", "handlers", "knowledge", "storage", "tests"),
    *("pyproject.toml", "requirements.txt", "requirements-dev.txt", "requirements-semantik.txt"),
    "Makefile",
    *("README.md", "LICENSE", "CHANGELOG.md"),
}

# Taken apart, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.~$}])/(?:" + "|".join(["work", "tmp", "root", "home"]) + ")/")
REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org"]


def texts():
    for path in files():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a font


def test_the_top_level_shows_what_the_design_names_and_nothing_else():
    shown = {path.relative_to(ROOT).parts[0] for path in files()}
    unexpected = {name for name in shown if not name.startswith(".")} - TOP
    assert unexpected == set()
    assert TOP | {".env.example", ".ci", ".gitignore"} <= shown


def test_no_file_mentions_a_path_of_the_machine_it_was_written_on():
    found = [name for name, text in texts() if MACHINE_PATH.search(text)]
    assert found == []


def test_no_file_names_a_package_registry():
    found = [name for name, text in texts() for host in REGISTRIES if host in text]
    assert found == []


def test_every_module_has_a_subject():
    nameless = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py"}
    assert [path for path in files() if path.name in nameless] == []


def test_settings_and_data_of_an_operator_never_enter_the_repository():
    names = [path.relative_to(ROOT).as_posix() for path in files()]
    assert [name for name in names if name == ".env" or name.startswith("data/")] == []
    assert [name for name in names if name.endswith((".db", ".sqlite", ".sqlite3"))] == []


def test_the_licence_is_there_word_for_word():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert all(f"\n{article}." in licence for article in range(1, 16))
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in licence
