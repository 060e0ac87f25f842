"""An administrator in Chromium: a finding stops a deployment, incidents are tried again, a migration is tried first."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from engine.commands.jobs import open_incident
from engine.commands.start_process import StartProcess
from engine.store.tables import job
from tests.browser.conftest import Site, needs_chromium
from tests.browser.steps import press
from tests.http.test_engine_definitions import LINE, STUCK, STUCK_NODES, diagram
from workflows.desk.asking import Do
from workflows.uow import UnitOfWork

pytestmark = [pytest.mark.browser, needs_chromium]
ADMIN = "xt.admin"


def upload(page: Page, site: Site, content: bytes) -> None:
    page.goto(site.url + "/engine/deployments/new")
    page.set_input_files("#files", [{"name": "demo_check.bpmn", "mimeType": "text/xml", "buffer": content}])
    page.click("main form button.btn-primary")
    expect(page.locator("h1")).to_contain_text("部署检查")


def fail_every_job(uow: UnitOfWork) -> None:
    for row in uow.connection.execute(select(job).where(job.c.instance_id.is_not(None))).all():
        uow.connection.execute(
            update(job).where(job.c.id == row.id).values(status="failed", last_error="演示：接口不通")
        )
        open_incident(uow, row, "演示：接口不通")


@pytest.mark.acceptance("A27")
def test_findings_stop_a_deployment_incidents_are_retried_and_a_migration_is_tried_first(
    visit: Callable[[str], Page], site: Site
) -> None:
    admin = visit(ADMIN)
    upload(admin, site, diagram(STUCK, nodes=STUCK_NODES))
    expect(admin.locator(".banner-bad")).to_contain_text("流程不健全")
    expect(admin.locator(".diagram-canvas svg")).to_be_visible()
    admin.click('button[value="withdraw"]')
    upload(admin, site, diagram(LINE))
    expect(admin.locator(".banner-good").first).to_contain_text("可以部署")
    admin.click('button[value="deploy"]')
    expect(admin.locator(".banner-good").last).to_contain_text("demo_check 第 1 版")
    site.rig.app.engine.execute(StartProcess("demo_check", "DEMO-1", "tester", {}))
    upload(admin, site, diagram(LINE.replace('"check"', '"examine"'), nodes=("start", "examine", "end")))
    press(admin, 'button[value="deploy"]')
    admin.goto(site.url + "/engine/migrations")
    admin.locator('a[href="/engine/migrations/demo_check/1/2"]').first.click()
    expect(admin.locator("#map-check")).to_have_value("examine")
    admin.click('button[value="plan"]')
    expect(admin.locator("h2", has_text="试算结果 1 件")).to_be_visible()
    assert [task.element_id for task in site.rig.tasks() if task.business_key == "DEMO-1"] == ["check"]
    admin.fill("#reason", "演示：新版自本月施行")
    admin.click('button[value="commit"]')
    expect(admin.locator("main")).to_contain_text("完成 1")
    assert [task.element_id for task in site.rig.tasks() if task.business_key == "DEMO-1"] == ["examine"]
    site.rig.app.engine.execute(Do(fail_every_job))
    admin.goto(site.url + "/engine/incidents")
    admin.locator('a[href^="/engine/incidents/group"]').first.click()
    admin.fill("#reason", "演示：接口已恢复")
    admin.click("main form button.btn-primary")
    expect(admin.locator("main")).to_contain_text("未能 0")
