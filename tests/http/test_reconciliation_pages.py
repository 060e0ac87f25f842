"""Reconciliation on screen and by program: a unit sees its own pairs, lists are previewed and taken over once."""

import functools
import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.processes.steps import CLAIM, permit
from workflows.intake.report import text_workbook
from workflows.reconciliation.daily import OpenReconciliation
from workflows.records.reconciliation import reconciliation_difference, reconciliation_list

pytestmark = pytest.mark.clause("zz2020/3.1", "zz2020/2.1")
Client = Callable[[str], FlaskClient]
CLERK = "sp.jianshe"
LISTS = "/reconciliation/lists"
HEADER = ["办件编号", "决定书文号", "申请人", "办结结果", "许可决定日期"]
NINTH = ["BJ-9", "建字第370402202600009号", "演示置业有限公司", "准予", "2026-03-03"]
SAME = ["BJ-1", "建字第370402202600001号", "演示置业有限公司", "准予许可", "2026/3/2"]


@pytest.fixture
def counted(city: CityRig) -> CityRig:
    """One permit that one of two units has claimed, and three more of the list; counted up to Wednesday night."""
    permit(city)
    for number in (2, 3):
        papers = f"建字第37040220260000{number}号"
        permit(city, project_no=f"BJ-{number}", XK_WSH=papers, XK_XKBH=papers)
    city.app.engine.execute(OpenReconciliation("tester"))
    city.run()
    city.complete("claim_duty", "ks.jsgc", **CLAIM)
    city.at("2026-03-05T00:00:00")
    return city


@functools.cache
def book(header: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    """Return a workbook; the same rows are the same file, though a workbook knows the second it was made."""
    return text_workbook([("办件", list(header), [list(row) for row in rows])])


def file_of(*rows: list[str], header: list[str] = HEADER) -> tuple[io.BytesIO, str]:
    return io.BytesIO(book(tuple(header), *(tuple(row) for row in rows))), "审批局办件.xlsx"


def upload(client: FlaskClient, *rows: list[str], header: list[str] = HEADER, **changes: str):
    given = {"kind": "decision", "unit": "AP-CITY", "first_day": "2026-03-01", "last_day": "2026-03-04"}
    token = token_of(client.get(LISTS).text)
    data = {**given, "csrf_token": token, "file": file_of(*rows, header=header), **changes}
    return client.post(LISTS, data=data, content_type="multipart/form-data")


def test_days_pairs_and_differences_of_the_own_unit(counted: CityRig, client_of: Client) -> None:
    policy, section, squad = client_of("zc.fagui"), client_of("ks.jsgc"), client_of("cg.sz")
    page = policy.get("/reconciliation").text
    assert "有不能解释的差异" in page
    assert "2026-03-04" in page
    number = counted.rows(reconciliation_difference, receiver="NR-CITY-JSGC")[0]["number"]
    assert "BJ-2" in section.get(f"/reconciliation/differences/{number}").text
    assert "已送达而未签收" in section.get(f"/reconciliation/differences/{number}").text
    assert squad.get(f"/reconciliation/differences/{number}").status_code == 404
    assert number not in squad.get("/reconciliation/differences").text
    pair = "/reconciliation/pairs/handoff/AP-CITY/NR-CITY-JSGC"
    assert section.get(pair).status_code == 200
    assert squad.get(pair).status_code == 404
    assert policy.get("/reconciliation/days/2026-03-05").status_code == 404
    assert policy.get("/reconciliation/days/yesterday").status_code == 404
    found = load_workbook(io.BytesIO(policy.get("/reconciliation/days/2026-03-04.xlsx").data)).active
    rows = [[cell.value for cell in row] for row in found.iter_rows()]
    assert rows[0][:4] == ["日期", "种类", "发出方", "接收方"]
    late = sorted(tuple(row[4:]) for row in rows if row[1] == "监管责任推送与认领")
    assert [(row[0], row[-1]) for row in late] == [("2", "2"), ("3", "3")]


def test_a_list_is_compared_row_by_row_and_taken_over_once(counted: CityRig, client_of: Client) -> None:
    clerk = client_of(CLERK)
    changed = ["BJ-2", "建字第370402202600002号", "另一家公司", "准予", "2026-03-02"]
    whole = (SAME, changed, NINTH, ["BJ-1", "", "", "", ""])
    answer = upload(clerk, *whole)
    assert answer.status_code == 302
    page = clerk.get(answer.location).text
    for text in ("一致", "本平台“演示置业有限公司”，对方“另一家公司”", "仅对方有", "仅本平台有", "与第 2 行的编号重复"):
        assert text in page
    kept = counted.rows(reconciliation_list)[0]
    assert kept["counts"] == {"matched": 1, "different": 1, "only_there": 1, "only_here": 1, "refused": 1}
    assert counted.rows(reconciliation_difference, source="list") == []
    assert upload(clerk, SAME, changed, NINTH, ["BJ-1", "", "", "", ""]).location == (answer.location)
    token = token_of(page)
    for _ in range(2):
        assert clerk.post(answer.location, data={"csrf_token": token, "act": "commit"}).status_code == 302
        counted.run()
    found = {row["cause"]: row["owner"] for row in counted.rows(reconciliation_difference, source="list")}
    assert found == {"different": "AP-CITY", "only_there": "AP-CITY", "only_here": "AP-CITY"}
    third = ["BJ-3", "建字第370402202600003号", "演示置业有限公司", "准予", "2026-03-02"]
    right = ["BJ-2", "建字第370402202600002号", "演示置业有限公司", "准予", "2026-03-02"]
    second = upload(clerk, SAME, right, third, NINTH).location
    clerk.post(second, data={"csrf_token": token, "act": "commit"})
    counted.run()
    states = {row["cause"]: row["state"] for row in counted.rows(reconciliation_difference, source="list")}
    assert states == {"different": "agreed", "only_there": "open", "only_here": "agreed"}
    permit(counted, project_no="BJ-9", XK_WSH=NINTH[1], XK_XKBH=NINTH[1], XK_JDRQ="2026-03-03")
    counted.at("2026-03-06T00:00:00")
    assert {row["state"] for row in counted.rows(reconciliation_difference, source="list")} == {"agreed"}


def test_columns_of_other_names_are_chosen_by_hand(counted: CityRig, client_of: Client) -> None:
    clerk = client_of(CLERK)
    where = upload(clerk, SAME, header=["流水", "文", "谁", "怎样", "何时"]).location
    page = clerk.get(where).text
    assert "未能识别编号所在的列" in page
    token = token_of(page)
    refused = clerk.post(where, data={"csrf_token": token, "act": "map", "map-key": "", "map-party_name": "2"})
    assert refused.status_code == 422
    assert 'href="#map-key"' in refused.text
    twice = clerk.post(where, data={"csrf_token": token, "act": "map", "map-key": "0", "map-party_name": "0"})
    assert twice.status_code == 422
    chosen = {"map-key": "0", "map-document_no": "1", "map-party_name": "2", "map-result": "3", "map-decided_on": "4"}
    assert clerk.post(where, data={"csrf_token": token, "act": "map", **chosen}).status_code == 302
    assert counted.rows(reconciliation_list)[0]["counts"] == {"matched": 1, "only_here": 2}


def test_a_list_of_nothing_nobody_or_no_days_is_refused_at_its_field(counted: CityRig, client_of: Client) -> None:
    clerk = client_of(CLERK)
    wrong = (("kind", "upload"), ("unit", "AP-XC"), ("last_day", "2026-02-01"), ("last_day", "2026-12-31"),
             ("first_day", "soon"))  # fmt: skip
    for field, value in wrong:
        answer = upload(clerk, SAME, **{field: value})
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
    assert counted.rows(reconciliation_list) == []


def test_programs_read_days_and_send_lists_once(counted: CityRig, caller: Client) -> None:
    clerk, squad = caller(CLERK), caller("cg.sz")
    days = clerk.get("/api/v1/reconciliation/days").json
    assert (days[0]["day"], days[0]["lamp"], days[-1]["lamp"]) == ("2026-03-04", "red", "green")
    line = next(row for row in clerk.get("/api/v1/reconciliation/days/2026-03-04").json if row["kind"] == "handoff")
    assert line["opening"] + line["sent"] == sum(line[name] for name in (
        "received", "returned", "withdrawn", "in_transit", "paused", "explained", "unexplained"))  # fmt: skip
    open_ones = clerk.get("/api/v1/reconciliation/differences").json
    view = clerk.get(f"/api/v1/reconciliation/differences/{open_ones[0]['number']}").json
    assert view["entries"]
    assert clerk.get("/api/v1/reconciliation/days/tomorrow").status_code == 404
    where = "/api/v1/reconciliation/lists?kind=decision&unit=AP-CITY&first_day=2026-03-01&last_day=2026-03-04"
    sent = [
        clerk.post(where, data={"file": file_of(SAME)}, content_type="multipart/form-data",
                   headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]  # fmt: skip
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[1].headers["Idempotent-Replayed"] == "true"
    assert sent[0].json == sent[1].json
    place = f"/api/v1/reconciliation/lists/{sent[0].json['id']}"
    assert clerk.get(place).json["counts"] == {"matched": 1, "only_here": 2}
    assert squad.get(place).status_code == 404
    assert squad.post(f"{place}:commit").status_code == 404
    assert clerk.post(f"{place}:commit").json["status"] == "committed"
    refused = clerk.put(f"{place}/mapping", json={"mapping": {"key": 0}})
    assert refused.status_code == 422
