"""What was prepared says the same, follows every change, and can be done without."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge import prepared
from knowledge.index import Built, Index
from knowledge.load import ContentError, load, shipped
from knowledge.search import Knowledge
from knowledge.words import Words

QUESTIONS = (
    "Was ist eine Kleinstadt?",
    "wo gibts fördermittel gegen leerstand",
    "Creshkurs anmelden",
    "Guten Tag",
    "Wie wird das Wetter morgen?",
)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A new installation, in which nothing was prepared."""
    folder = tmp_path / "vorbereitet"
    monkeypatch.setattr(prepared, "folders", lambda: iter([folder]))
    return folder


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that a first start keeps."""
    folder = tmp_path_factory.mktemp("einmal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "folders", lambda: iter([folder]))
        prepared.known(shipped())
    [file] = files(folder)
    return file


@pytest.fixture
def file(kept: Path, once: Path) -> Path:
    """The same in a new installation."""
    kept.mkdir()
    return Path(shutil.copy2(once, kept))


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped(), tmp_path / "inhalt"))


@pytest.fixture(scope="module")
def right_here() -> Knowledge:
    return Knowledge(load(shipped()))


def says(known: Knowledge) -> list[object]:
    return [(known.search(question), known.find(question)) for question in QUESTIONS]


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def nobody_can_help(*_: object, **__: object) -> None:
    raise OSError("Hier läuft kein weiterer Prozess.")


def test_the_second_start_reads_what_the_first_one_kept(
    file: Path, right_here: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared.subprocess, "run", nobody_can_help)
    monkeypatch.setattr(prepared, "load", nobody_can_help)
    known = prepared.known(shipped())
    assert says(known) == says(right_here)
    assert known.library == right_here.library
    file.unlink()
    assert says(known) == says(right_here)


def test_a_changed_file_is_known_at_once(kept: Path, content: Path) -> None:
    before = prepared.known(content)
    faq = next(file for file in sorted((content / "faq").iterdir()))
    times = faq.stat()
    text = faq.read_text(encoding="utf-8")
    title = load(content).entries[next(iter(before.library.entries))].title
    faq.write_text(text.replace(title, title[::-1]), encoding="utf-8")
    # Whoever copies files may keep their times, and the size is the same.
    os.utime(faq, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = prepared.known(content)
    assert any(entry.title == title[::-1] for entry in after.library.entries.values())
    assert after.library == load(content)


@pytest.mark.parametrize("place", [0, 5000, -1])
def test_a_damaged_file_is_made_anew(file: Path, right_here: Knowledge, place: int) -> None:
    damaged = bytearray(file.read_bytes())
    damaged[place] ^= 0xFF
    file.write_bytes(damaged)
    assert says(prepared.known(shipped())) == says(right_here)
    assert files(file.parent) == [file]
    assert prepared._kept(file.name) is not None


def test_half_a_file_is_made_anew(file: Path, right_here: Knowledge) -> None:
    for length in (0, 10, 1000, file.stat().st_size // 2):
        os.truncate(file, length)
        assert prepared._kept(file.name) is None
    assert says(prepared.known(shipped())) == says(right_here)
    assert prepared._kept(file.name) is not None


def test_a_file_that_others_may_write_is_not_believed(file: Path) -> None:
    assert prepared._kept(file.name) is not None
    file.chmod(0o666)
    assert prepared._kept(file.name) is None


def test_where_nothing_can_be_written_everything_is_known_all_the_same(
    kept: Path, right_here: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.write_text("hier ist kein Platz")
    assert says(prepared.known(shipped())) == says(right_here)
    monkeypatch.setattr(prepared.tempfile, "TemporaryFile", nobody_can_help)
    assert says(prepared.known(shipped())) == says(right_here)
    assert kept.read_text() == "hier ist kein Platz"


def test_where_no_process_can_be_started_everything_is_known_all_the_same(
    kept: Path, right_here: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared.subprocess, "run", nobody_can_help)
    assert says(prepared.known(shipped())) == says(right_here)
    assert files(kept) == []


def test_wrong_content_is_refused_with_all_its_problems_and_nothing_stays(
    kept: Path, content: Path
) -> None:
    (content / "events.yaml").write_text("- id: ?", encoding="utf-8")
    with pytest.raises(ContentError) as here:
        load(content)
    with pytest.raises(ContentError) as told:
        prepared.known(content)
    assert str(told.value) == str(here.value)
    assert files(kept) == []


def test_what_changes_while_it_is_read_is_not_kept(
    kept: Path, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = iter(["so war es", "so ist es jetzt"])
    monkeypatch.setattr(prepared, "_key", lambda folder: next(keys))
    assert prepared.known(content).library.entries
    assert files(kept) == []


def test_what_the_store_adds_is_found_and_not_kept(file: Path) -> None:
    known = prepared.known(shipped())
    event = next(iter(known.library.events.values()))
    other = event.model_copy(update={"id": "zinkwanne", "title": "Abend der Zinkwannen"})
    with_other = known.with_events({**known.library.events, "zinkwanne": other})
    [hit, *_] = with_other.search("Wann ist der Abend der Zinkwannen?")
    assert hit.id == "zinkwanne"
    assert with_other.search("Was ist eine Kleinstadt?")[0].id == "kleinstadt-definition"
    assert files(file.parent) == [file]


def test_an_index_made_elsewhere_is_the_one_made_here(right_here: Knowledge) -> None:
    library = right_here.library
    items = Index.items(replace(library, events={}))
    synonyms = library.synonyms
    there, here = prepared.index(items, synonyms), Built.of(items, synonyms)
    assert there.item_of.tolist() == here.item_of.tolist()
    assert dict(there.reader.used) == dict(here.reader.used)
    assert list(there.reader.used) == list(here.reader.used)
    question = Words("Wo bekomt man Zaster fuer ein leeres Ladenlokal?")
    assert there.reader.read(question) == here.reader.read(question)


def test_only_the_latest_files_stay(kept: Path, file: Path) -> None:
    for number in range(6):
        old = kept / prepared._name(f"{number:032}")
        old.write_bytes(b"")
        os.utime(old, (number, number))
    left = kept / f"{prepared._HALF}xyz"
    left.mkdir()
    (left / file.name).write_bytes(b"")
    os.utime(left, (0, 0))
    file.unlink()
    prepared.known(shipped())
    numbers = [f"{number:032}" for number in (3, 4, 5)]
    assert files(kept) == sorted([file, *(kept / prepared._name(number) for number in numbers)])


def test_small_content_is_read_right_here(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "klein"
    (folder / "faq").mkdir(parents=True)
    entry = "- id: bad\n  title: Freibad\n  asked_as: [Wann öffnet das Freibad?, Öffnung Freibad]\n"
    entry += "  answer: Im Mai.\n  topics: [bad]\n  source: Amt\n  checked_on: 2026-01-01\n"
    (folder / "faq" / "bad.yaml").write_text(entry, encoding="utf-8")
    monkeypatch.setattr(prepared.subprocess, "run", nobody_can_help)
    assert prepared.known(folder).search("Wann öffnet das Freibad?")[0].id == "bad"
    assert not kept.exists()
