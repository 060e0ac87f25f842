"""Administering the engine on every database: lists, search, lateness, moves with four eyes, jobs and migrations."""

import pytest

from engine import errors as engine_errors
from engine.queries.search_instances import SearchInstances
from engine.store.tables import process_instance, user_task
from tests.processes.rig import CityRig
from workflows import errors

pytestmark = pytest.mark.clause("none/engine-administration")


def test_an_administrator_sees_and_changes_the_engine_with_care(city: CityRig) -> None:
    city.submit()
    city.run()
    desk, admin, policy = city.app.desk.engine, city.actor("xt.admin"), city.actor("zc.fagui")
    [line] = [one for one in desk.definitions.processes(admin) if one.key == "approval_handoff"]
    assert (line.open, line.versions[0].is_latest) == (1, True)
    view = desk.definitions.show(policy, "approval_handoff", 1)
    assert view.tables
    assert view.findings == ()
    case = city.rows(process_instance, definition_key="approval_handoff")[0]
    task = next(row for row in city.rows(user_task, instance_id=case["id"]) if row["status"] == "open")
    first = desk.instances.search(policy, SearchInstances(key="approval_handoff", element=task["element_id"]))
    assert [one.id for one in first.lines] == [case["id"]]
    after = desk.instances.search(
        policy, SearchInstances(key="approval_handoff", before=(case["started_at"], case["id"]))
    )
    assert after.lines == ()
    jobs = desk.jobs.jobs(policy, kind="timer")
    assert all(row["kind"] == "timer" for row in jobs)
    city.at("2026-06-01T10:00:00")
    steps = desk.definitions.lateness(policy, "approval_handoff", 1).steps
    assert steps[0].late == steps[0].total > 0
    refused = [
        lambda: desk.jobs.act(policy, jobs[0]["id"], "due", "理由充分"),
        lambda: desk.deployments.check(policy, []),
    ]
    for act in refused:
        with pytest.raises(errors.NotAllowed):
            act()
    with pytest.raises(engine_errors.DefinitionNotFound):
        desk.migrations.look(admin, "approval_handoff", 1, 2)
    assert desk.requests.requests(policy) == ()
    assert desk.bulk.act(admin, "suspend", [case["id"]], "核对数据", "s1").items[0].now == "suspended"
    assert desk.instances.show(policy, case["id"]).case.status == "suspended"
