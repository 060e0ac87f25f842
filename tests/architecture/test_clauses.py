"""The list of clauses says what carries each of them, and is up to date."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
CARRIED = (
    "1.1",
    "1.1/copy",
    "1.1/transfer",
    "1.1/patrol",
    "1.2",
    "2.1",
    "2.2",
    "2.3",
    "2.4",
    "2.5",
    "2.7",
    "2.9",
    "3.3",
)


@pytest.fixture(scope="module")
def clauses() -> ModuleType:
    spec = importlib.util.spec_from_file_location("clauses_list", ROOT / ".ci" / "clauses.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_list_is_what_make_clauses_writes(clauses: ModuleType) -> None:
    written = (ROOT / "docs" / "clauses.md").read_text(encoding="utf-8")
    assert written == clauses.render(), "run make clauses"


def test_the_clauses_of_handoff_and_supervision_have_diagrams_tests_and_screens(clauses: ModuleType) -> None:
    for places in (clauses.in_diagrams, clauses.in_tests, clauses.in_screens):
        found = clauses.gathered(places())
        assert [part for part in CARRIED if not found.get(f"zz2020/{part}")] == [], places.__name__
