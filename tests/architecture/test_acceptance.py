"""The list of acceptance points says which tests prove each of them, and is up to date."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def acceptance() -> ModuleType:
    spec = importlib.util.spec_from_file_location("acceptance_list", ROOT / ".ci" / "acceptance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_list_is_what_make_acceptance_writes(acceptance: ModuleType) -> None:
    written = (ROOT / "docs" / "acceptance.md").read_text(encoding="utf-8")
    assert written == acceptance.render(), "run make acceptance (or .venv/bin/python .ci/acceptance.py)"


def test_every_point_is_proven(acceptance: ModuleType) -> None:
    proven = {point for point, _name, _test in acceptance.in_tests()}
    assert proven == set(acceptance.POINTS), "a point without a test, or a mark that names no point"
