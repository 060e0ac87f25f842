"""Runs published conformance cases of the DMN Technology Compatibility Kit, where they are at hand."""

import datetime
import json
import os
from pathlib import Path

import pytest

from engine.dmn import DecisionModel, parse_dmn
from engine.errors import AppError
from engine.feel import parse, to_json

CASES = Path(os.environ.get("XIANJIE_TEST_CONFORMANCE", Path(__file__).parents[3] / "shared" / "conformance"))
FUNCTIONS = {
    "today": lambda: datetime.date(2026, 1, 1),
    "now": lambda: datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
}


def failures(suite: Path) -> tuple[int, list[str]]:
    """Return how many cases there are and which of them fail."""
    cases = json.loads((suite / "cases.json").read_text(encoding="utf-8"))
    files = {path.name: path.read_bytes() for path in (suite / "models").glob("*.dmn")}
    names = {case["dmn"][0].removeprefix("models/") for case in cases}
    models = {name: parse_dmn(files[name], name, files) for name in names}
    failed = [case["id"] for case in cases if not passes(case, models[case["dmn"][0].removeprefix("models/")])]
    return len(cases), failed


def passes(case: dict, model: DecisionModel) -> bool:
    """Evaluate one case; an expected error may be an error or null."""
    try:
        result = to_json(model.evaluate(case["invocable"] or case["decision"], case["inputs"], FUNCTIONS).value)
    except AppError:
        return case["expect"]["error"]
    return agrees(result, case["expect"]["result"])


def agrees(actual: object, expected: object) -> bool:
    """Compare JSON values, numbers to eight digits."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and actual.keys() == expected.keys() and all(
            agrees(actual[key], value) for key, value in expected.items()
        )  # fmt: skip
    if isinstance(expected, list):
        return isinstance(actual, list) and len(actual) == len(expected) and all(map(agrees, actual, expected))
    if isinstance(expected, float) and isinstance(actual, int | float) and not isinstance(actual, bool):
        return abs(actual - expected) <= 1e-8 * max(1.0, abs(expected))
    if isinstance(expected, str) and expected.lstrip("-").startswith("P") and isinstance(actual, str):
        return parse("a = b or duration(a) = duration(b)").evaluate({"a": actual, "b": expected}) is True
    return type(actual) is type(expected) and actual == expected


@pytest.mark.parametrize(("level", "at_least"), [("dmn-level2", 0.97), ("dmn-level3", 0.97)])
def test_the_published_cases_pass(level, at_least):
    if not (CASES / level).is_dir():
        pytest.skip(f"the published cases of {level} are not installed; set XIANJIE_TEST_CONFORMANCE to their folder")
    total, failed = failures(CASES / level)
    assert (total - len(failed)) / total >= at_least, "\n".join(failed[:20])
