"""What a supervisor may do, in Chromium: an opinion, an interview, a listed place, a sample of acts, the staff."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, press, send
from tests.processes.alerts import closed, device, key_for, proved_true
from tests.processes.test_cycle_duty import act
from tests.processes.test_staff import ask
from workflows.performance.audits import StartAudit
from workflows.records.performance import act_audit

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.clause("zz2020/2.8", "zz2020/3.2", "zz2020/3.3")]
POLICY, WITNESS, LEADER, UNIT = "zc.fagui", "jw.zu", "ju.lingdao", "zr.xc.jz"
SCRIPT_ONLY = pytest.mark.parametrize("visit", [True], ids=["script"], indirect=True)  # plain forms


def begin(policy: Page, site: Site, means: str) -> None:
    """Begin oversight of a unit by one of its means."""
    policy.goto(site.url + "/oversight/new?unit=NR-XC&source=kpi&reference=claim_rate")
    choose(policy, "means", means)
    policy.fill("#facts", "认领率连续偏低")
    press(policy, ".form-bar button.btn-primary")


@pytest.mark.walks("oversight_opinion", "oversight_interview")
def test_an_opinion_is_corrected_and_an_interview_held(visit: Callable[[str], Page], site: Site) -> None:
    policy, leader, unit = visit(POLICY), visit(LEADER), visit(UNIT)
    begin(policy, site, "opinion")
    open_first(policy, "实施监督检查")
    policy.select_option("#check_mode", "special")
    policy.fill("#checked_on", "2026-03-02")
    policy.select_option("#second_supervisor", "zc.kezhang")
    for field, text in {"supervision_ids": "演示001、演示002", "checked_count": "10", "faulty_count": "2"}.items():
        policy.fill(f"#{field}", text)
    policy.select_option("#fault_kind", "not_performed")
    policy.fill("#findings", "两件没有反馈")
    send(policy)
    open_first(policy, "拟监督意见书")
    policy.fill("#opinion_basis", "行政处罚法第五十四条")
    policy.fill("#opinion_request", "立即处理并反馈")
    send(policy)
    open_first(leader, "审签监督意见书")
    choose(leader, "decision", "approve")
    send(leader)
    open_first(unit, "自行纠正并报告")
    unit.fill("#correction_measures", "已全部反馈")
    unit.fill("#corrected_on", "2026-03-02")
    send(unit)
    open_first(policy, "复查")
    choose(policy, "decision", "corrected")
    policy.fill("#recheck_note", "已逐件核对")
    send(policy)
    begin(policy, site, "interview")
    open_first(policy, "拟约谈方案")
    for field, text in {"interview_at": "2026-03-06T09:00", "interview_place": "三楼", "interviewees": "局长"}.items():
        policy.fill(f"#{field}", text)
    send(policy)
    open_first(leader, "审批约谈")
    choose(leader, "decision", "approve")
    send(leader)
    open_first(unit, "确认参加")
    unit.fill("#attendee", "局长（演示）")
    send(unit)
    unit.goto(site.url + "/oversight/cases/YT2026-00001")
    expect(unit.locator("main")).to_contain_text("局长（演示）")


@SCRIPT_ONLY
@pytest.mark.walks("listed_supervision", "staff_confirmation")
def test_a_listed_place_is_taken_off_and_the_staff_confirmed(visit: Callable[[str], Page], site: Site) -> None:
    key = key_for(site.rig, device(site.rig))
    for _ in range(3):
        proved_true(site.rig, key)
        closed(site.rig)
    ask(site.rig, "NR-SZ")
    site.rig.run()
    unit, policy = visit("zr.sz"), visit(POLICY)
    open_first(unit, "整改并报告")
    unit.fill("#listing_measures", "演示：封堵便道")
    send(unit)
    open_first(policy, "核查销号")
    choose(policy, "listing_decision", "close")
    policy.fill("#listing_check_note", "已封堵")
    send(policy)
    head = visit("zr.sz.jz")
    open_first(head, "确认专职人员")
    head.select_option("#person", "zr.sz")
    head.select_option("#stand_in", "zr.sz.jz")
    for field, text in {"post": "科员", "contact": "0632-7654321", "duties": "区内监管数据报送"}.items():
        head.fill(f"#{field}", text)
    send(head)
    policy.goto(site.url + "/staff")
    expect(policy.locator("main")).to_contain_text("0632-7654321")


@SCRIPT_ONLY
@pytest.mark.walks("act_audit")
def test_a_sample_of_acts_is_sealed_by_two_and_checked_by_a_third(visit: Callable[[str], Page], site: Site) -> None:
    for _ in range(3):
        act(site.rig, "ZR023")
    site.rig.app.engine.execute(StartAudit(site.rig.actor(POLICY), "2026Q1", site.rig.app.rulebook))
    site.rig.run()
    policy, witness = visit(POLICY), visit(WITNESS)
    open_first(policy, "抽取人输入")
    policy.fill("#operator_text", "3 5 6")
    send(policy)
    open_first(witness, "见证人输入")
    witness.fill("#witness_text", "见证")
    send(witness)
    auditor = visit(site.rig.rows(act_audit)[0]["drawn_officer"])
    open_first(auditor, "核对证据")
    choose(auditor, "audit_result", "true")
    auditor.fill("#audit_note", "照片、位置和文书一致")
    send(auditor)
    policy.goto(site.url + "/performance/audits")
    policy.click("tbody a >> nth=0")
    expect(policy.locator("tbody").last).to_contain_text("属实")
    policy.click("tbody a >> nth=0")
    expect(policy.locator("main")).to_contain_text("照片、位置和文书一致")
