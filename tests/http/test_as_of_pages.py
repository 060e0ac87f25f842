"""The past on screen and by program: says that it is the past, and knows nothing that came later."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.processes.rig import CityRig
from tests.processes.steps import CLAIM, permit

pytestmark = pytest.mark.clause("zz2020/2.1", "zz2020/2.8")
Client = Callable[[str], FlaskClient]


def test_a_case_and_the_rules_of_an_instant(city: CityRig, client_of: Client, caller: Client) -> None:
    key = permit(city).business_key
    city.run()
    city.later(hours=2)
    city.complete("claim_duty", "ks.jsgc", **CLAIM)
    city.later(hours=1)
    officer = client_of("ks.jsgc")
    page = officer.get(f"/cases/{key}/as-of?at=2026-03-02T11:00").text
    assert "这是过去" in page
    assert "已推送·待认领" in page
    assert "已认领" not in page
    assert "当时部署的表单" in page
    assert officer.get(f"/cases/{key}").text.count("当时视图") == 1
    assert "已认领" in officer.get(f"/cases/{key}/as-of?at=2026-03-02T12:30").text
    assert officer.get(f"/cases/{key}/as-of?at=2026-03-02T09:00").status_code == 404
    assert officer.get(f"/cases/{key}/as-of?at=2026-03-03T09:00").status_code == 422
    assert officer.get(f"/cases/{key}/as-of?at=yesterday").status_code == 422
    assert client_of("zr.xc").get(f"/cases/{key}/as-of").status_code == 404
    rules = officer.get("/as-of?at=2026-03-02T11:00&q=认领").text
    assert "监管责任认领" in rules
    assert "2026-03-02 是工作日" in rules
    program = caller("ks.jsgc")
    then = program.get(f"/api/v1/cases/{key}/as-of?at=2026-03-02T11:00:00%2B08:00").json
    assert sorted(state for _, _, state in then["duties"]) == ["pushed", "pushed"]
    assert then["receipts"] == []
    found = program.get("/api/v1/rules/as-of?at=2026-03-02T11:00:00%2B08:00").json
    assert next(one["length"] for one in found["limits"] if one["name"] == "claim") == "2"
    assert program.get(f"/api/v1/cases/{key}/as-of").status_code == 422
