"""Items in other hands on screen: overseers keep the register, a unit sees its own reviews and no other's."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import token_of
from tests.processes.devolved import decided
from tests.processes.rig import CityRig
from workflows.devolved import OpenCycles
from workflows.records.devolved import delegation, devolved_review

pytestmark = pytest.mark.clause("zz2020/2.9")
Client = Callable[[str], FlaskClient]
NEW = "/devolved-reviews/register/new"
ANSWERS = {
    "item_code": "ZR001", "unit": "AP-ST", "kind": "entrusted", "liable_unit": "NR-CITY", "document": "演示〔2026〕1号",
    "valid_from": "2026-03-01", "note": "",
}  # fmt: skip


def send(client: FlaskClient, path: str, **answers: str):
    return client.post(path, data={"csrf_token": token_of(client.get(path).text), **answers})


def test_a_delegation_is_registered_once_and_taken_back(city: CityRig, client_of: Client) -> None:
    policy = client_of("zc.fagui")
    assert send(policy, NEW, **ANSWERS).status_code == 302
    again = send(policy, NEW, **ANSWERS)
    assert again.status_code == 422
    assert "该单位已有此事项" in again.text
    row = city.rows(delegation, unit="AP-ST")[0]
    back = f"/devolved-reviews/register/{row['id']}/take-back"
    early = send(policy, back, valid_to="2026-02-01", note="收回")
    assert early.status_code == 422
    assert "2026-03-01" in early.text
    assert send(policy, back, valid_to="2026-04-01", note="收回").status_code == 302
    assert str(city.rows(delegation, unit="AP-ST")[0]["valid_to"]) == "2026-04-01"


@pytest.mark.parametrize("field", ["item_code", "unit", "kind", "liable_unit", "document", "valid_from"])
def test_a_delegation_without_a_part_is_refused_at_its_field(city: CityRig, client_of: Client, field: str) -> None:
    before = city.rows(delegation)
    answer = send(client_of("zc.fagui"), NEW, **{**ANSWERS, field: ""})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert city.rows(delegation) == before


def test_a_unit_sees_its_own_reviews_and_nobody_elses(city: CityRig, client_of: Client) -> None:
    for number in range(1, 4):
        decided(city, number)
    city.app.engine.execute(OpenCycles(city.app.rulebook, "tester"))
    city.run()
    city.at("2026-04-01T08:00:00")
    keys = {row["unit"]: row["id"] for row in city.rows(devolved_review, quarter="2026Q1")}
    clerk = client_of("sp.xc")
    assert "薛城区审批局" in clerk.get("/devolved-reviews").text
    assert "滕州市审批局" not in clerk.get("/devolved-reviews").text
    shown = clerk.get(f"/devolved-reviews/{keys['AP-XC']}").text
    assert shown.count("待评查") == 3
    assert clerk.get(f"/devolved-reviews/{keys['AP-TZ']}").status_code == 404
    assert clerk.get("/devolved-reviews/units/AP-TZ").status_code == 404
    assert clerk.get(NEW).status_code == 403


def test_a_review_out_of_turn_is_asked_for_and_opens_its_file(city: CityRig, client_of: Client) -> None:
    decided(city, 1)
    policy = client_of("zc.fagui")
    path = "/devolved-reviews/units/AP-XC/new"
    wrong = send(policy, path, review_scope="cases", case_numbers="SG2026-99999", reason="投诉")
    assert wrong.status_code == 422
    assert "SG2026-99999" in wrong.text
    done = send(policy, path, review_scope="period", from_day="2026-03-01", reason="投诉")
    assert done.status_code == 302
    assert re.search(r"/cases/PC2026-\d{5}$", done.headers["Location"])
    assert policy.get(done.headers["Location"]).status_code == 200
    assert policy.get("/devolved-reviews/units/AP-XC").text.count("专项") >= 2
