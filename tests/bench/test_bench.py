"""The benches run. What they find is for people to read: no test looks at a time."""

import json
from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES, main


@pytest.mark.parametrize("name", BENCHES)
def test_whoever_asks_how_fast_we_are_gets_figures(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--tiny", "--json", str(tmp_path / "figures.json")]) == 0
    found = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert "cores" in found["machine"]
    assert found["figures"]
    assert all(figure["bench"] == name and figure["value"] > 0 for figure in found["figures"])
    assert all(figure["name"] in capsys.readouterr().out for figure in found["figures"][:1])
