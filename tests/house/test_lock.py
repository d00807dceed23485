"""What gets installed is what was tried, byte by byte, wherever it is downloaded from."""

import re
import tomllib

import pytest

from tests.house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"]
DEVELOPMENT = RUNTIME + PROJECT["project"]["optional-dependencies"]["dev"]
LOCKS = {"requirements.txt": RUNTIME, "requirements-dev.txt": DEVELOPMENT}

PIN = re.compile(r"([a-z0-9-]+)==([^\s;]+)( ; [^\\]+)?")


def lock(name: str) -> dict[str, list[str]]:
    """Each pinned package with its version and its hashes."""
    pins: dict[str, list[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if match := PIN.match(line):
            package = match[1]
            pins[package] = [match[2]]
        elif line.strip():
            pins[package].append(line.strip().removesuffix("\\").strip())
    return pins


def name_of(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-").replace(".", "-")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_no_address_and_no_option(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert [line for line in text.splitlines() if line.startswith("-")] == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_pinned(name):
    missing = {name_of(requirement) for requirement in LOCKS[name]} - lock(name).keys()
    assert missing == set()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_its_hashes(name):
    for package, (_, *hashes) in lock(name).items():
        assert hashes, package
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), package


def test_the_lock_holds_for_other_machines_too():
    # One wheel a system and processor, for every package that is compiled.
    pins = lock("requirements.txt")
    assert min(len(pins[package]) for package in ("aiohttp", "pyyaml", "rapidfuzz")) > 30


def test_tests_run_on_the_same_versions_as_the_program():
    development = lock("requirements-dev.txt")
    assert {name: development.get(name) for name in lock("requirements.txt")} == lock(
        "requirements.txt"
    )
