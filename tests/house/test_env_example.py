"""Whoever installs us finds every setting explained, with the default that really holds."""

import re

from bot.settings import NAMES, Settings, read_settings
from tests.house.tree import ROOT

EXAMPLE = ROOT / ".env.example"
OFFERED = re.compile(r"^#(HOTLINE_[A-Z_]+)=(.*)$", re.MULTILINE)


def offered() -> list[tuple[str, str]]:
    return OFFERED.findall(EXAMPLE.read_text(encoding="utf-8"))


def test_every_setting_is_offered_exactly_once():
    assert sorted(name for name, _ in offered()) == sorted(NAMES)


def test_every_setting_is_explained_right_above():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    unexplained = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if OFFERED.match(line) and not re.match(r"# \S", before)
    ]
    assert unexplained == []


def test_the_defaults_shown_are_the_real_ones():
    assert read_settings(dict(offered()), ROOT / "no-such-file") == Settings()
    # An empty value would always be right, so the others must be written out.
    shown = {name for name, value in offered() if value}
    silent = {"", None, ()}
    real = {
        name
        for name, field in NAMES.items()
        if (default := Settings.model_fields[field].default) not in silent and str(default)
    }
    assert shown == real


def test_the_file_loads_as_it_is_and_with_every_line_taken_up(tmp_path):
    assert read_settings({}, EXAMPLE) == Settings()
    taken_up = tmp_path / ".env"
    taken_up.write_text(
        OFFERED.sub(r"\1=\2", EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8"
    )
    assert read_settings({}, taken_up) == Settings()


def test_every_name_mentioned_anywhere_in_the_file_exists():
    mentioned = set(re.findall(r"HOTLINE_[A-Z_]+", EXAMPLE.read_text(encoding="utf-8")))
    assert mentioned == set(NAMES)
