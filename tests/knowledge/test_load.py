"""Curators make slips; each is named with its place, and nothing is half loaded."""

import contextlib
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge import load as loading
from knowledge.load import ContentError, Problem, fingerprint, load, load_plain, schema, shipped

FAQ = "faq/grundlagen.yaml"


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as error:
        load(folder, fallback_texts=False)
    assert str(error.value) == "\n".join(map(str, error.value.problems))
    return [str(problem) for problem in error.value.problems]


def edit(folder: Path, old: str, new: str, name: str = FAQ) -> None:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_folder_with_every_kind_of_file_is_loaded_whole(folder):
    library = load(folder, fallback_texts=False)
    assert list(library.entries) == ["kleinstadt-definition", "foerderung", "leerstand"]
    assert list(library.formats) == ["crashkurs", "expertinnen-pool"]
    assert list(library.events) == ["stadtfest"]
    assert library.texts.say["greeting"] == "Guten Tag!"


def test_the_shipped_content_has_no_problem():
    assert load(shipped()).entries


def test_a_town_that_writes_only_questions_gets_the_shipped_texts(folder):
    for name in ("formats.yaml", "events.yaml", "texts/texte.yaml"):
        (folder / name).unlink()
    library = load(folder)
    assert not library.formats
    assert not library.events
    assert "emergency" in library.texts.understand


def test_nobody_can_change_a_library(folder):
    library = load(folder, fallback_texts=False)
    with pytest.raises(TypeError):
        library.entries["new"] = library.entries["leerstand"]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("  title: Was ist eine", "  titel: Was ist eine", 2, "„titel“ ist hier nicht vorgesehen"),
        ("  title: Was ist eine Kleinstadt?\n", "", 1, "„title“ fehlt"),
        ("Was ist eine Kleinstadt?", "Was " * 20, 2, "zu lang: 79 Zeichen, höchstens 60"),
        ("  title: Was ist eine", "  title: X\n  title: Was ist eine", 3, "steht hier doppelt"),
        ("https://example.org/kleinstadt", "htp:/kaputt", 11, "keine gültige Adresse"),
        ("https://example.org/kleinstadt", "javascript:alert(1)", 11, "keine gültige Adresse"),
        ("checked_on: 2026-11-22", "checked_on: gestern", 13, "kein Datum"),
        ("checked_on: 2026-11-22", "checked_on: 2026-13-45", 13, "keine gültige Zahl"),
        ("topics: [grundlagen]", "topics: grundlagen", 9, "muss eine Liste sein"),
        ("topics: [grundlagen]", "topics: [Grundlagen für alle]", 9, "keine gültige Kennung"),
        ("source: Eigene Angaben", "source: 12", 12, "muss Text sein"),
        ("source: Eigene Angaben", "source:", 12, "ist leer"),
        ("checked_on: 2026-11-22", "checked_on:", 13, "ist leer"),
        ("gelten als", "gelten \ufeffals", 7, "Steuerzeichen"),
        ("- Kleinstadt Definition", "- Und was ist?", 5, "passt auf alles"),
        ("source: Eigene", "source: Stand: Eigene", 12, "Doppelpunkt im Text"),
        ("source: Eigene", "source: !!python/name:os.system", 12, "nicht möglich"),
        ("source: Eigene Angaben", r'source: "a\0b"', 12, "Steuerzeichen"),
        ("- id: foerderung\n", "- id: kleinstadt-definition\n", 15, "gibt es schon"),
        ("source: Eigene Angaben", "source: 0x" + "f" * 5000, 12, "zu groß"),
    ],
)
def test_a_slip_is_named_with_its_line_and_what_to_do(folder, old, new, line, says):
    edit(folder, old, new)
    found = [problem for problem in problems_of(folder) if problem.startswith(f"{FAQ}:{line}: ")]
    assert any(says in problem for problem in found)


def test_every_problem_of_every_file_is_reported_at_once(folder):
    edit(folder, "title: Was ist eine Kleinstadt?", "title: Hm")
    edit(folder, "title: Was hilft gegen Leerstand?", "titel: Was hilft?")
    edit(folder, "group: lernen", "group: spielen", "formats.yaml")
    edit(folder, "+02:00\n  ends", "\n  ends", "events.yaml")
    found = problems_of(folder)
    assert len(found) == 5
    assert found[0].startswith("events.yaml:1: ")
    assert "Zeitzone" in found[0]
    assert found[-1].startswith("formats.yaml:3: ")
    assert "'lernen', 'austausch' oder 'beratung'" in found[-1]


def test_the_same_id_in_two_files_names_both_places(folder):
    text = (folder / FAQ).read_text(encoding="utf-8")
    (folder / "faq" / "mehr.yaml").write_text(text[: text.index("- id: foerd")], encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.startswith("faq/mehr.yaml:1: ")
    assert "faq/grundlagen.yaml:1" in problem


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "Die Datei ist leer"),
        (b"# nur ein Kommentar\n", "Die Datei ist leer"),
        (b"\xef\xbb\xbf- id: a\n", "BOM"),
        ("- id: grün\n".encode("latin-1"), "kein UTF-8"),
        (b"- id: a\n\ttitle: b\n", "Tabulator"),
        (b"id: a\n", "Liste erwartet"),
        (b"- a\n- b\n", "name: wert"),
        (b"-\n", "Der Eintrag ist leer"),
        (b"[" * 100_000, "verschachtelt"),
        (b"- " * 100_000, "verschachtelt"),
        (b"- id: a\x00b\n", "Steuerzeichen"),
        (b"--- a\n--- b\n", "„---“"),
        (b"- &a [*a]\n", "im Kreis"),
        (b"- *nix\n", "Verweis"),
        (b"x" * 4_000_001, "zu groß"),
    ],
)
def test_a_broken_file_is_a_problem_and_never_a_traceback(folder, data, says):
    (folder / FAQ).write_bytes(data)
    assert says in problems_of(folder)[0]


def test_a_billion_laughs_are_not_spelled_out(folder):
    lines = ['- &a0 ["lol","lol","lol","lol","lol","lol","lol","lol","lol"]']
    lines += [f"- &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (folder / FAQ).write_text("\n".join(lines), encoding="utf-8")
    assert any("zu viele Werte" in problem for problem in problems_of(folder))


def test_a_missing_or_empty_folder_says_what_is_expected(tmp_path):
    assert "Diesen Ordner gibt es nicht" in problems_of(tmp_path / "nirgends")[0]
    assert "mindestens eine Datei faq/*.yaml" in problems_of(tmp_path)[0]
    (tmp_path / "datei").write_text("x")
    assert "Diesen Ordner gibt es nicht" in problems_of(tmp_path / "datei")[0]


def test_a_file_that_would_be_overlooked_is_pointed_out(folder):
    (folder / "faq" / "mehr.yml").write_text("- id: a\n")
    (folder / "format.yaml").write_text("- id: a\n")
    (folder / "LIESMICH.md").write_text("Hinweise")
    found = problems_of(folder)
    assert len(found) == 2
    assert "in „.yaml“ umbenennen" in found[0]
    assert "wird nicht gelesen" in found[1]


def test_a_name_in_two_files_of_texts_is_refused(folder):
    (folder / "texts" / "zwei.yaml").write_text("say:\n  greeting: Hallo!\n", encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.startswith("texts/zwei.yaml:2: ")
    assert "texts/texte.yaml:2" in problem


@pytest.mark.parametrize("text", ["Nr. {", "Nr. {0}", "Nr. {n!r}", "Nr. {n:>9}", "Nr. {a.b}"])
def test_a_text_that_could_not_be_filled_in_is_refused(folder, text):
    edit(folder, "Ihre Anfrage {number} ist da.", f'"{text}"', "texts/texte.yaml")
    assert "Platzhalter" in problems_of(folder)[0]


def test_own_texts_replace_shipped_ones_but_cannot_invent_names(folder, tmp_path, monkeypatch):
    ours = tmp_path / "shipped"
    (ours / "texts").mkdir(parents=True)
    (ours / "texts" / "alle.yaml").write_text(
        "say:\n  greeting: Hallo {name}\n  bye: Tschüss\n", encoding="utf-8"
    )
    monkeypatch.setattr(loading, "shipped", lambda: ours)
    edit(folder, "  received: Ihre Anfrage {number} ist da.\n", "", "texts/texte.yaml")
    assert load(folder).texts.say == {"greeting": "Guten Tag!", "bye": "Tschüss"}
    edit(folder, "Guten Tag!", "Guten Tag {nmae}!\n  byee: Ade", "texts/texte.yaml")
    with pytest.raises(ContentError) as error:
        load(folder)
    messages = [problem.message for problem in error.value.problems]
    assert "Platzhalter {nmae}" in messages[0]
    assert "„byee“ kennt das Programm nicht" in messages[1]


def _truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 6)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _double_a_line(data: bytes, rng: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    return b"".join([*lines[: at + 1], *lines[at:]])


def _drop_a_line(data: bytes, rng: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def _bom(data: bytes, rng: random.Random) -> bytes:
    at = rng.choice([0, rng.randrange(len(data))])
    return data[:at] + b"\xef\xbb\xbf" + data[at:]


def _bad_link(data: bytes, rng: random.Random) -> bytes:
    bad = rng.choice([b"https://", b"htp://x", b"http://[::1", b"//x", b"mailto:a@b", b"{}", b"12"])
    return data.replace(b"https://example.org/kleinstadt", bad)


def _odd_character(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return (
        data[:at]
        + rng.choice([b"&a ", b"*a", b"{", b"[", b": ", b"\t", b"%", b'"', b"!!set "])
        + (data[at:])
    )


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    _truncate,
    _flip,
    _double_a_line,
    _drop_a_line,
    _bom,
    _bad_link,
    _odd_character,
]


def test_500_broken_contents_are_either_loaded_whole_or_refused(folder):
    rng = random.Random(20261122)
    files = sorted(folder.glob("**/*.yaml"))
    originals = {file: file.read_bytes() for file in files}
    names = {str(file.relative_to(folder)) for file in files}
    refused: list[ContentError] = []
    for _ in range(500):
        file = rng.choice(files)
        file.write_bytes(rng.choice(MUTATIONS)(originals[file], rng))
        with contextlib.suppress(ContentError):
            library = load(folder, fallback_texts=False)
            assert all(entry.answer and entry.title for entry in library.entries.values())
            file.write_bytes(originals[file])
            continue
        with pytest.raises(ContentError) as caught:
            load(folder, fallback_texts=False)
        refused.append(caught.value)
        file.write_bytes(originals[file])
    assert len(refused) > 200  # else the mutations were too tame to show anything
    for error in refused:
        assert error.problems
        assert all(problem.file in names and problem.line >= 1 for problem in error.problems)


def test_a_changed_file_is_noticed_without_reading_it(folder):
    before = fingerprint(folder)
    assert fingerprint(folder) == before
    file = folder / FAQ
    state = file.stat()
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns + 1_000_000))
    assert fingerprint(folder) != before


def test_editors_get_a_schema_for_each_kind_of_file():
    kinds = schema()
    lists = {"formats.yaml", "events.yaml", "outside.yaml", "synonyms.yaml", "canned.yaml"}
    lists |= {"network.yaml", "experts.yaml"}
    assert set(kinds) == {"faq/*.yaml", "texts/*.yaml", *lists}
    assert "asked_as" in json.dumps(kinds["faq/*.yaml"])


def test_a_plain_faq_keeps_its_foreign_ids(tmp_path):
    file = tmp_path / "faq.jsonl"
    rows = [
        {"id": "FAQ #1 (alt)", "question": "Was kostet der Ausweis? " * 5, "answer": "37 Euro."},
        {"id": 17, "question": "Wann ist offen?", "answer": "Montags.", "lang": "de"},
    ]
    file.write_text("\ufeff" + "\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    first, second = load_plain(file)
    assert first.id == "FAQ #1 (alt)"
    assert len(first.title) <= 60
    assert first.asked_as == (rows[0]["question"].strip(),)
    assert (second.id, second.answer) == ("17", "Montags.")


def test_bad_lines_of_a_plain_faq_are_all_named(tmp_path):
    file = tmp_path / "faq.jsonl"
    good = '{"id": "a", "question": "b", "answer": "c"}'
    file.write_text(
        "\n".join(
            [good, "{", "[]", '{"id": "x"}', good, '{"id": null, "question": 1}', "[" * 99999]
        )
    )
    with pytest.raises(ContentError) as error:
        load_plain(file)
    assert [problem.line for problem in error.value.problems] == [2, 3, 4, 5, 6, 7]
    with pytest.raises(ContentError, match="nicht lesbar"):
        load_plain(tmp_path / "nirgends.jsonl")


def test_a_problem_reads_like_a_compiler_message():
    assert str(Problem("faq/a.yaml", 12, "Bitte kürzen.")) == "faq/a.yaml:12: Bitte kürzen."
