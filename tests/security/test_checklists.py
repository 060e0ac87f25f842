"""The checklists of docs/security.md are complete and name tests that exist, or say what is missing."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
HONEST = ("not done", "not applicable")
# requirements of levels 1 and 2 in each section of ASVS 5.0.0; those of level 3 only are left out
LEVEL_2 = {
    "1.1": "1 2", "1.2": "1 2 3 4 5 6 7 8 9", "1.3": "1 2 3 4 5 6 7 8 9 10 11", "1.4": "1 2 3", "1.5": "1 2",
    "2.1": "1 2 3", "2.2": "1 2 3", "2.3": "1 2 3 4", "2.4": "1",
    "3.2": "1 2", "3.3": "1 2 3 4", "3.4": "1 2 3 4 5 6", "3.5": "1 2 3 4 5", "3.7": "1 2",
    "4.1": "1 2 3", "4.2": "1", "4.3": "1 2", "4.4": "1 2 3 4", "5.1": "1", "5.2": "1 2 3",
    "5.3": "1 2", "5.4": "1 2 3",
    "6.1": "1 2 3", "6.2": "1 2 3 4 5 6 7 8 9 10 11 12", "6.3": "1 2 3 4", "6.4": "1 2 3 4", "6.5": "1 2 3 4 5",
    "6.6": "1 2 3", "6.8": "1 2 3 4", "7.1": "1 2 3", "7.2": "1 2 3 4", "7.3": "1 2", "7.4": "1 2 3 4 5", "7.5": "1 2",
    "7.6": "1 2", "8.1": "1 2", "8.2": "1 2 3", "8.3": "1", "8.4": "1", "9.1": "1 2 3", "9.2": "1 2 3 4",
    "10.1": "1 2", "10.2": "1 2", "10.3": "1 2 3 4", "10.4": "1 2 3 4 5 6 7 8 9 10 11", "10.5": "1 2 3 4 5",
    "10.6": "1 2", "10.7": "1 2 3", "11.1": "1 2", "11.2": "1 2 3", "11.3": "1 2 3", "11.4": "1 2 3 4", "11.5": "1",
    "11.6": "1", "12.1": "1 2 3", "12.2": "1 2", "12.3": "1 2 3 4", "13.1": "1", "13.2": "1 2 3 4 5", "13.3": "1 2",
    "13.4": "1 2 3 4 5", "14.1": "1 2", "14.2": "1 2 3 4", "14.3": "1 2 3", "15.1": "1 2 3", "15.2": "1 2 3",
    "15.3": "1 2 3 4 5 6 7", "16.1": "1", "16.2": "1 2 3 4 5", "16.3": "1 2 3 4", "16.4": "1 2 3", "16.5": "1 2 3",
    "17.1": "1", "17.2": "1 2 3 4", "17.3": "1 2",
}  # fmt: skip


def rows(heading: str) -> list[list[str]]:
    part = PAGE.split(f"## {heading}")[1].split("\n## ")[0]
    return [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")][1:]


ASVS, PROTECTION = rows("OWASP ASVS"), rows("等保三级")


def test_every_point_of_the_standard_is_answered_once() -> None:
    answered = [one for row in ASVS for one in row[0].split()]
    wanted = {f"{section}.{number}" for section, numbers in LEVEL_2.items() for number in numbers.split()}
    assert len(answered) == len(set(answered))
    assert set(answered) == wanted


def test_every_clause_of_computing_and_management_is_answered() -> None:
    answered = {row[0].split()[0] for row in PROTECTION}
    assert {f"8.1.4.{number}" for number in range(1, 12)} | {f"8.1.5.{number}" for number in range(1, 5)} <= answered


@pytest.mark.parametrize("row", [*ASVS, *PROTECTION], ids=lambda row: row[0][:20])
def test_a_point_names_tests_that_exist_or_says_what_is_missing(row: list[str]) -> None:
    how, proof = row[2], row[3] if len(row) > 3 else ""
    named = re.findall(r"`(tests/[^`]+)`", proof)
    assert named or any(word in f"{how} {proof}" for word in HONEST) or "there are none" in how
    for name in named:
        file, _, test = name.partition("::")
        assert (ROOT / file).is_file(), name
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), name
