"""Prints one line per suite: name passed/total."""

import logging

from tests.conformance.runners import CASES, in_process, run_suite
from tests.conformance.test_bpmn import SUITES
from tests.conformance.test_dmn_tck import failures

if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    for suite in SUITES:
        outcome = run_suite(suite, in_process(), strict=True)
        print(f"{suite} {outcome.total - len(outcome.failed)}/{outcome.total}")
    for suite in ("dmn-level2", "dmn-level3"):
        total, failed = failures(CASES / suite)
        print(f"{suite} {total - len(failed)}/{total}")
