"""Holds, rules and deletions by the API."""

from engine.commands.instances import CancelInstance
from tests.http.conftest import Client
from tests.processes.rig import CityRig


def test_a_case_is_held_and_released_and_nothing_is_deleted_while_the_rule_keeps_it(
    busy: CityRig, caller: Client
) -> None:
    admin, where = caller("xt.admin"), "/api/v1/engine/"
    instance, key = next((task.instance_id, task.business_key) for task in busy.tasks())
    busy.app.engine.execute(CancelInstance(instance, "xt.admin", "重复登记"))
    [rule] = admin.get(where + "retention-rules").json
    assert (rule["process"], rule["years"], rule["confidence"]) == ("*", None, "default")
    given = {"business_key": key, "reason": "行政诉讼"}
    made = admin.put(where + "holds", json=given)
    assert made.status_code == 201, made.text
    assert admin.put(where + "holds", json=given).json == made.json
    assert [one["reason"] for one in admin.get(where + "holds").json] == ["行政诉讼"]
    order = {"kind": "delete", "targets": [str(instance)], "reason": "期满销毁"}
    done = admin.post(where + "operations", json=order, headers={"Idempotency-Key": "d1"}).json
    assert done["items"][0]["code"] == "case-held"
    lift = f"{where}holds/{made.json['id']}/lift"
    assert admin.put(lift, json={"reason": "诉讼终结"}).status_code == 204
    assert (admin.put(lift, json={"reason": "诉讼终结"}).status_code, admin.get(where + "holds").json) == (404, [])
    assert [one["lift_reason"] for one in admin.get(where + "holds?with_lifted=true").json] == ["诉讼终结"]
    done = admin.post(where + "operations", json=order, headers={"Idempotency-Key": "d2"}).json
    assert done["items"][0]["code"] == "kept-longer"
    for path in ("deletable-cases", "tombstones", f"tombstones?business_key={key}"):
        assert admin.get(where + path).json == []
    both = admin.put(where + "holds", json={**given, "definition_key": "approval_handoff"})
    assert (both.status_code, both.json["errors"][0]["field"]) == (422, "business_key")
    unknown = admin.put(where + "holds", json={"business_key": "none", "reason": "x"})
    assert (unknown.status_code, unknown.json["code"]) == (404, "instance-not-found")
    clerk = caller("sp.jianshe")
    assert clerk.put(where + "holds", json=given).status_code == 403
    assert clerk.get(where + "tombstones").status_code == 403
