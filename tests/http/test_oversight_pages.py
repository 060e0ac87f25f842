"""Oversight letters, bulletins and the staff register on screen and by API: who sees and who may do what."""

import io
import re
from collections.abc import Callable

import pytest
from docx import Document
from flask.testing import FlaskClient
from openpyxl import load_workbook

from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.processes.steps import permit
from workflows.records.bulletins import bulletin, bulletin_figure
from workflows.records.oversight import oversight_case
from workflows.records.staff import staff_absence, staff_post

pytestmark = pytest.mark.clause("zz2020/2.8", "zz2020/3.2", "zz2020/3.3")
Client = Callable[[str], FlaskClient]
START = {"unit": "NR-XC", "means": "criticism", "source": "kpi", "reference": "claim_rate", "facts": "认领率连续偏低"}
ENTRY = {
    "person": "zr.xc", "post": "科员", "contact": "0632-7654321", "stand_in": "zr.xc.jz", "duties": "区内事项",
    "valid_from": "2026-03-02", "reason": "首次报送",
}  # fmt: skip


def send(client: FlaskClient, path: str, **answers: str):
    return client.post(path, data={"csrf_token": token_of(client.get(path).text), **answers})


def test_oversight_begins_on_screen_is_seen_by_the_unit_and_by_no_other(city: CityRig, client_of: Client) -> None:
    policy, unit, other = client_of("zc.fagui"), client_of("zr.xc.jz"), client_of("zr.tz")
    assert 'value="NR-XC" selected' in policy.get("/oversight/new?unit=NR-XC&source=kpi").text
    wrong = send(policy, "/oversight/new", **{**START, "facts": ""})
    assert wrong.status_code == 422
    assert 'href="#facts"' in wrong.text
    done = send(policy, "/oversight/new", **START)
    assert done.headers["Location"].endswith("/oversight/cases/TP2026-00001")
    city.complete("draft_criticism", "zc.fagui", criticism_facts="认领率偏低", criticism_basis="《细则》三（三）",
                  criticism_request="整改")  # fmt: skip
    shown = unit.get("/oversight/cases/TP2026-00001")
    assert shown.status_code == 200
    assert "认领率偏低" in shown.text
    assert "TP2026-00001" in unit.get("/oversight").text
    assert other.get("/oversight/cases/TP2026-00001").status_code == 404
    assert "TP2026-00001" not in other.get("/oversight").text
    assert unit.get("/oversight/new").status_code == 403
    city.complete("state_view", "zr.xc.jz", view="agree", statement=None)
    city.complete("consider_statement", "zc.fagui", decision="uphold", statement_reply="没有意见")
    city.complete("approve_criticism", "ju.lingdao", decision="approve", approval_note=None)
    book = unit.get("/oversight/letters?kind=criticism&unit=NR-XC&from=2026-03-02&to=2026-03-02").text
    letter = re.search(r'href="(/letters/[0-9a-f-]+\.docx)"', book)
    assert letter is not None
    assert "认领率偏低" in str([cell.text for table in Document(io.BytesIO(unit.get(letter[1]).data)).tables
                             for row in table.rows for cell in row.cells])  # fmt: skip
    assert other.get(letter[1]).status_code == 404
    assert "没有这样的文书" in unit.get("/oversight/letters?kind=criticism&from=2026-03-03").text
    assert unit.get("/oversight/letters?from=0001-01-01&to=9999-12-31").status_code == 200


def test_a_bulletin_is_one_click_its_numbers_lead_to_their_lists_and_drafts_stay_inside(
    city: CityRig, client_of: Client
) -> None:
    permit(city)
    city.run()
    city.at("2026-03-10T09:00:00")
    policy, unit = client_of("zc.fagui"), client_of("zr.xc.jz")
    done = send(policy, "/bulletins/new", period_kind="month", month="2026-03")
    assert done.status_code == 302
    page = policy.get(done.headers["Location"]).text
    for row in city.rows(bulletin_figure, section="late"):
        where = f"&amp;unit={row['unit']}" if row["unit"] else ""
        address = f"/bulletins/lists/late/{row['code']}?period=2026-03{where}"
        assert f'<a href="{address}">{row["numerator"]:g}</a>' in page
        listed = policy.get(address.replace("&amp;", "&"))
        assert f"{row['numerator']:g}</h1>" in listed.text
    code = next(row["code"] for row in city.rows(bulletin_figure, section="kpi") if row["unit"] is None)
    assert policy.get(f"/performance/kpis/{code}?period=2026-03").status_code == 200
    for kind, start in (("docx", b"PK"), ("pdf", b"%PDF-")):
        assert policy.get(done.headers["Location"] + f"/file.{kind}").data.startswith(start)
    assert unit.get(done.headers["Location"]).status_code == 404
    assert unit.get(done.headers["Location"] + "/file.docx").status_code == 404
    assert unit.get("/bulletins/new").status_code == 403
    assert unit.get("/bulletins/lists/late/late?period=2026-03&unit=NR-TZ").status_code == 404
    assert unit.get("/bulletins/lists/late/late?period=2026-03&unit=NR-XC").status_code == 200
    words = {"summary": "平稳", "praise": None, "criticism": None, "next_measures": "逐件销号"}
    city.complete("edit_bulletin", "zc.fagui", **words, next_step="submit")
    city.complete("approve_bulletin", "ju.lingdao", decision="approve", approval_note=None)
    issued = unit.get(done.headers["Location"])
    assert issued.status_code == 200
    assert "未签收：薛城区自然资源局" in issued.text
    assert unit.get(done.headers["Location"] + "/file.docx").status_code == 200


def test_a_unit_keeps_its_own_staff_and_nobody_elses(city: CityRig, client_of: Client) -> None:
    head, other = client_of("zr.xc.jz"), client_of("zr.tz")
    wrong = send(head, "/staff/NR-XC/change", **{**ENTRY, "contact": "无"})
    assert wrong.status_code == 422
    assert 'href="#contact"' in wrong.text
    assert send(head, "/staff/NR-XC/change", **ENTRY).status_code == 302
    assert "0632-7654321" in other.get("/staff").text
    assert other.get("/staff/NR-XC/change").status_code == 403
    away = {"from_day": "2026-03-04", "to_day": "2026-03-06", "reason": "出差"}
    assert send(head, "/staff/NR-XC/absence", **away).status_code == 302
    assert len(city.rows(staff_absence)) == 1
    register = head.get("/staff/NR-XC").text
    assert re.search(r"演示·\w+ → 演示·\w+</td><td>出差", register)
    assert "2026-03-04 至 2026-03-06" in register
    sheet = load_workbook(io.BytesIO(head.get("/staff.xlsx").data)).active
    assert sheet is not None
    rows = {row[0]: row for row in sheet.iter_rows(values_only=True)}
    assert (
        rows["NR-XC"][2:6] == ("演示·申科员", "科员", "0632-7654321", "演示·房股长")
        or rows["NR-XC"][4] == "0632-7654321"
    )
    assert rows["NR-TZ"][2] == "未登记"
    anonymous = head.application.test_client()
    assert anonymous.get("/staff").status_code in (302, 401)


def test_programs_do_the_same_once_per_key(city: CityRig, caller: Client) -> None:
    policy, unit = caller("zc.fagui"), caller("zr.xc.jz")
    key = {"Idempotency-Key": "k1"}
    for _ in range(2):
        done = policy.post("/api/v1/oversight-cases", json={"answers": START}, headers=key)
        assert (done.status_code, done.json["number"]) == (201, "TP2026-00001")
    assert len(city.rows(oversight_case)) == 1
    assert unit.post("/api/v1/oversight-cases", json={"answers": START}, headers=key).status_code == 403
    refused = policy.post(
        "/api/v1/oversight-cases", json={"answers": {**START, "unit": ""}}, headers={"Idempotency-Key": "k2"}
    )
    assert refused.status_code == 422
    assert unit.get("/api/v1/oversight-cases").json["total"] == 1
    assert caller("zr.tz").get("/api/v1/oversight-cases").json["total"] == 0
    made = policy.post(
        "/api/v1/bulletins",
        json={"answers": {"period_kind": "year", "year": "2026"}},
        headers={"Idempotency-Key": "k3"},
    )
    number = made.json["number"]
    assert len(policy.get(f"/api/v1/bulletins/{number}").json["figures"]) == len(city.rows(bulletin_figure))
    assert unit.get(f"/api/v1/bulletins/{number}").status_code == 404
    assert [row["period"] for row in city.rows(bulletin)] == ["2026"]
    body = {"answers": ENTRY}
    for _ in range(2):
        kept = unit.post("/api/v1/staff/NR-XC", json=body, headers={"Idempotency-Key": "k4"})
        assert (kept.status_code, kept.json["is_new"]) == (201, True)
    assert len(city.rows(staff_post)) == 1
    assert caller("zr.tz").post("/api/v1/staff/NR-XC", json=body, headers=key).status_code == 403
    assert unit.get("/api/v1/staff/NR-XC").json["versions"][0]["contact"] == "0632-7654321"
    assert unit.get("/api/v1/oversight-letters?kind=criticism").json["rows"] == []
