"""Answers to the steps of an inspection, for several modules."""

from typing import Any

import pytest

from tests.processes.inspections import (
    HEAD,
    OFFICER,
)
from tests.processes.rig import CityRig
from workflows import errors
from workflows.inspections.start import AskRecusal

CONFIRM = {"decision": "confirm"}
RECTIFY = {**CONFIRM, "handling": "rectify", "requirements": "拆除加建部分"}
REPORT = {"reported": "yes", "reported_on": "2026-03-02", "report_text": "已拆除"}
RECHECK = {"recheck_verdict": "corrected", "rechecked_on": "2026-03-02", "recheck_note": "属实"}


def refused(kind: type[Exception], call: Any) -> Any:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def message_of(error: errors.FormInvalid) -> str:
    wrong: Any = error.facts["errors"]
    return str(wrong[0]["message"])


def ask(city: CityRig, inspection_id: Any, officer: str = OFFICER, login: str = HEAD) -> None:
    city.app.engine.execute(AskRecusal(city.actor(login), inspection_id, officer, "演示·当事人", "系亲属"))
