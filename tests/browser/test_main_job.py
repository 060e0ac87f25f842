"""One permit's supervision travels between three offices, clicked through in Chromium."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import choose, open_first, picture, press, send

pytestmark = [
    pytest.mark.browser, needs_chromium,
    pytest.mark.clause("zz2020/2.1", "zz2020/1.1/copy", "zz2020/1.1/transfer"),
]  # fmt: skip
AXE = Path(__file__).parent / "vendor"


@pytest.mark.walks("approval_handoff")
@pytest.mark.acceptance("A23")
def test_a_permit_is_claimed_planned_and_reported_back(
    visit: Callable[[str], Page], site: Site, request: pytest.FixtureRequest
) -> None:
    has_script = request.node.callspec.params["visit"]
    officer = visit("ks.jsgc")
    expect(officer.locator(".batch-keys")).to_be_visible(visible=has_script)  # keys are not offered in vain
    picture(officer, "worklist")
    open_first(officer, "认领或退回")
    expect(officer.get_by_text("填写即自动存草稿")).to_be_visible(visible=has_script)
    picture(officer, "task")
    choose(officer, "decision", "claim")
    send(officer)
    expect(officer.locator("body")).to_contain_text("枣审管回")
    picture(officer, "case")
    open_first(officer, "制定监管计划")
    officer.select_option("#supervision_mode", "on_site")
    officer.fill("#first_check_on", "2026-03-09")
    officer.fill("#responsible_officer", "演示·黄科员")
    officer.fill("#plan_note", "开工前现场检查")
    send(officer)
    district = visit("zr.sz")
    open_first(district, "认领或退回")
    choose(district, "decision", "return")
    district.select_option("#return_code", "outside_remit")
    district.fill("#note", "属市局建设工程科职责")
    send(district)
    arbiter = visit("zc.fagui")
    open_first(arbiter, "裁定归口")
    choose(arbiter, "decision", "withdraw")
    arbiter.fill("#arbitration_note", "由市局科室一家监管")
    send(arbiter)
    expect(arbiter.locator("body")).to_contain_text("责任已撤销")


@pytest.mark.walks("urban_copy", "case_transfer")
@pytest.mark.acceptance("A23")
def test_a_copy_is_signed_for_and_a_violation_travels(visit: Callable[[str], Page], site: Site) -> None:
    squad = visit("cg.sz")
    open_first(squad, "签收抄送", "cc")
    choose(squad, "decision", "acknowledged")
    send(squad)
    expect(squad.locator("body")).to_contain_text("枣审管回")
    finder = visit("zr.sz")
    finder.goto(site.url + "/leads/new?case=SG2026-00001")
    finder.select_option("#source", "检查发现")
    finder.fill("#found_at", "2026-03-02T09:00")
    finder.select_option("#matter", "illegal_building")
    finder.select_option("#place_kind", "planned")
    finder.fill("#facts", "现场检查发现未经许可加建一层，面积约二百平方米")
    finder.fill("#evidence", "照片三张")
    press(finder, ".form-bar button.btn-primary")
    finder.get_by_role("link", name="初步核查").click()
    choose(finder, "decision", "transfer")
    finder.fill("#check_note", "情况属实，属城管职权")
    send(finder)
    head = visit("zr.sz.jz")
    open_first(head, "审批移送")
    choose(head, "decision", "approve")
    send(head)
    expect(head.locator("body")).to_contain_text("硬拦截")
    picture(head, "transfer")
    clerk = visit("sp.jianshe")
    clerk.goto(site.url + "/intake/check?q=BJ-1")
    expect(clerk.locator(".banner-bad")).to_be_visible()
    receiver = visit("cg.sz")
    open_first(receiver, "接收")
    choose(receiver, "decision", "accept")
    receiver.fill("#case_officer", "演示·队员")
    send(receiver)
    open_first(receiver, "反馈立案")


@pytest.mark.walks("supervision_order")
@pytest.mark.acceptance("A22")
def test_whoever_sleeps_is_escalated(visit: Callable[[str], Page], site: Site) -> None:
    for day in ("03-04", "03-05", "03-06", "03-09", "03-12"):
        site.rig.at(f"2026-{day}T10:00:00")
    head = visit("ks.jsgc.kz")
    open_first(head, "书面答复督办")
    head.select_option("#delay_cause", "staff")
    head.fill("#reply_measures", "增派人员，三日内认领")
    head.fill("#promised_on", "2026-03-13")
    send(head)
    leader = visit("ju.lingdao")
    assert "/cockpit" in leader.url
    picture(leader, "cockpit")
    open_first(leader, "分管领导批示")
    leader.fill("#instruction", "今日认领")
    leader.fill("#instructed_deadline", "2026-03-13")
    send(leader)
    policy = visit("zc.fagui")
    policy.goto(site.url + "/tasks?view=supervised")
    expect(policy.locator("body")).to_contain_text("SG2026-00001")
    policy.goto(site.url + "/cases/SG2026-00001")
    expect(policy.locator("body")).to_contain_text("枣审管督")
    picture(policy, "escalated")


@pytest.mark.acceptance("A26")
def test_the_core_screens_fit_a_phone_and_are_accessible(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN", bypass_csp=True)
    page = context.new_page()
    page.goto(site.url + "/sign-in")
    page.fill("#login", "ks.jsgc")
    page.fill("#password", "demo-2026")
    press(page, "main button.btn-primary")
    axe = next(AXE.rglob("axe.min.js"))
    for name in ("/tasks", "/inbox", "/cases/SG2026-00001", "/catalogue", "/limits", "/me"):
        page.goto(site.url + name)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 362, f"{name} is {width} wide"
        page.add_script_tag(path=str(axe))
        found = page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa']}).then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].html))"
        )
        assert found == [], f"{name}: {found}"
    picture(page, "phone")
    context.close()


def test_an_answer_given_before_the_script_came_counts(visit: Callable[[str], Page], site: Site) -> None:
    officer = visit("ks.jsgc")
    officer.goto(site.url + "/tasks")
    held: list[Route] = []
    officer.route("**/conditions.js*", lambda route: held.append(route))
    officer.locator("a.row-title").first.click()
    choose(officer, "decision", "return")
    if held:
        with officer.expect_response(lambda answer: answer.request.method == "POST"):
            for route in held:
                route.continue_()
    expect(officer.locator('[data-field="return_code"]')).to_be_visible()
    expect(officer.locator('[data-field="decision"]')).to_be_visible()
