"""Published BPMN cases that nobody here wrote, through the Python API and through HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.runners import CASES, in_process, over_http, run_suite
from tests.serving import Served
from web.conformance import create_conformance_app

REASONS = Path(__file__).parents[2] / "docs" / "conformance.md"
SUITES = {"betsy": 0.92, "hocs": 1.0, "hmcts": 1.0, "camunda7": 0.90, "flowable": 0.90, "activiti": 0.90}
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # the cases' runner leaves its files open
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
here = pytest.mark.skipif(
    not CASES.is_dir(), reason="the published cases are not installed; set XIANJIE_TEST_CONFORMANCE to their folder"
)


@here
@pytest.mark.parametrize("suite", SUITES)
def test_the_published_cases_pass_and_each_that_fails_is_explained(suite: str) -> None:
    outcome = run_suite(suite, in_process(), strict=True)
    assert outcome.share >= SUITES[suite], outcome.failed
    explained = REASONS.read_text(encoding="utf-8")
    assert [case for case in outcome.failed if case not in explained] == []


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    served = Served(create_conformance_app(), threads=1)
    yield served.url
    served.stop()


@here
@pytest.mark.parametrize("suite", ["betsy", "camunda7"])
def test_over_http_the_same_cases_pass(suite: str, address: str) -> None:
    outcome = run_suite(suite, over_http(address), every=5)
    assert outcome.share >= 0.90, outcome.failed
