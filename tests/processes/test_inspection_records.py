"""The on-site record is kept exactly once, says everything, and has its files."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from engine.commands.instances import CancelInstance
from engine.errors import KeyReused, TaskNotFound, TaskNotOpen
from tests.processes.inspections import (
    HEAD,
    OFFICER,
    OTHER_HEAD,
    REFUSED,
    SIGNED,
    assigned,
    record,
    row,
    submit,
)
from tests.processes.record_steps import evidence
from tests.processes.rig import CityRig
from workflows import errors
from workflows.desk.asking import Do
from workflows.records.inspections import inspection_record
from workflows.records.libraries import officer_certificate

pytestmark = pytest.mark.clause("zz2020/2.5")


def wrong_fields(city: CityRig, content: dict[str, Any]) -> list[str]:
    with pytest.raises(errors.FormInvalid) as caught:
        submit(city, content)
    wrong: Any = caught.value.facts["errors"]
    assert all(one["message"] for one in wrong)
    return [one["field"] for one in wrong]


def test_the_same_record_sent_twice_is_answered_the_same_and_kept_once(city: CityRig) -> None:
    done = assigned(city)
    task, client, content = city.tasks("record_findings")[0].id, uuid4(), record(city, done.inspection_id)
    first = submit(city, content, client=client, task=task)
    again = submit(city, content, client=client, task=task)
    assert (first.was_known, again.was_known) == (False, True)
    assert (first.record_id, first.submitted_at) == (again.record_id, again.submitted_at)
    assert len(city.rows(inspection_record)) == 1


def test_a_repetition_is_answered_even_after_the_inspection_is_closed(city: CityRig) -> None:
    done = assigned(city)
    task, client, content = city.tasks("record_findings")[0].id, uuid4(), record(city, done.inspection_id)
    submit(city, content, client=client, task=task)
    city.complete("review_record", OTHER_HEAD, decision="confirm")
    assert submit(city, content, client=client, task=task).was_known


def test_the_same_client_id_with_other_content_is_refused(city: CityRig) -> None:
    done = assigned(city)
    task, client, content = city.tasks("record_findings")[0].id, uuid4(), record(city, done.inspection_id)
    submit(city, content, client=client, task=task)
    with pytest.raises(KeyReused):
        submit(city, {**content, "summary": "另一内容"}, client=client, task=task)


def test_a_second_device_learns_who_was_first_and_when(city: CityRig) -> None:
    done = assigned(city)
    task, content = city.tasks("record_findings")[0].id, record(city, done.inspection_id)
    submit(city, content, OFFICER, task=task)
    with pytest.raises(errors.RecordConflict) as caught:
        submit(city, content, HEAD, task=task)
    assert caught.value.facts["by"] == city.actor(OFFICER).name
    assert "2026-03-02 10:00" in str(caught.value.facts["reason"])
    assert len(city.rows(inspection_record)) == 1


def test_two_devices_at_the_same_moment_leave_one_record(city: CityRig) -> None:
    done = assigned(city)
    task, content = city.tasks("record_findings")[0].id, record(city, done.inspection_id)
    gate = Barrier(2)

    def send(login: str) -> str:
        gate.wait()
        try:
            submit(city, content, login, task=task)
        except errors.RecordConflict as exc:
            return str(exc.facts["by"])
        return "kept"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(send, (OFFICER, HEAD)))
    kept = city.rows(inspection_record)
    assert len(kept) == 1
    assert answers == sorted(["kept", city.actor(kept[0]["submitted_by"]).name])


def test_the_same_device_sending_twice_at_the_same_moment_leaves_one_record(city: CityRig) -> None:
    done = assigned(city)
    task, client, content = city.tasks("record_findings")[0].id, uuid4(), record(city, done.inspection_id)
    gate = Barrier(2)

    def send(_turn: int) -> str:
        gate.wait()
        return str(submit(city, content, client=client, task=task).record_id)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(send, (1, 2))
    assert first == second
    assert len(city.rows(inspection_record)) == 1


def test_whoever_of_the_inspectors_comes_first_may_submit_though_another_claimed(city: CityRig) -> None:
    done = assigned(city)
    task = city.tasks("record_findings")[0].id
    city.app.desk.tasks.claim(city.actor(HEAD), task)
    submit(city, record(city, done.inspection_id), OFFICER)
    assert city.elements() == ["review_record"]


def test_an_inspection_that_came_back_takes_a_new_record_and_refuses_the_old_task(city: CityRig) -> None:
    done = assigned(city)
    old, content = city.tasks("record_findings")[0].id, record(city, done.inspection_id)
    submit(city, content, task=old)
    city.complete("review_record", OTHER_HEAD, decision="return", review_note="补正")
    with pytest.raises(errors.RecordConflict):
        submit(city, content, HEAD, task=old)
    submit(city, content, HEAD)
    assert len(city.rows(inspection_record)) == 2


def test_a_task_that_was_cancelled_takes_no_record(city: CityRig) -> None:
    done = assigned(city)
    task, content = city.tasks("record_findings")[0].id, record(city, done.inspection_id)
    instance = row(city, done.inspection_id)["instance_id"]
    city.app.engine.execute(CancelInstance(instance, "tester", "重复登记"))
    with pytest.raises(TaskNotOpen):
        submit(city, content, task=task)


def test_a_colleague_who_was_not_assigned_does_not_submit(city: CityRig) -> None:
    done = assigned(city, (OFFICER, "ks.zf"))
    with pytest.raises(errors.NotInspector):
        submit(city, record(city, done.inspection_id), HEAD)


def test_a_person_of_another_unit_does_not_learn_of_the_task(city: CityRig) -> None:
    done = assigned(city)
    with pytest.raises(TaskNotFound):
        submit(city, record(city, done.inspection_id), "cg.sz")


def test_another_task_is_no_record(city: CityRig) -> None:
    done = assigned(city)
    content = record(city, done.inspection_id)
    submit(city, content)
    with pytest.raises(TaskNotFound):
        submit(city, content, HEAD, task=city.tasks("review_record")[0].id)


def test_the_plain_task_page_does_not_complete_a_record_without_content(city: CityRig) -> None:
    assigned(city)
    with pytest.raises(errors.FormInvalid):
        city.complete("record_findings", OFFICER)
    assert city.elements() == ["record_findings"]


def test_every_line_of_the_sheet_is_answered_and_a_no_is_explained(city: CityRig) -> None:
    done = assigned(city)
    content = record(city, done.inspection_id)
    assert len(content["lines"]) > 2
    first = content["lines"][0]["code"]
    assert wrong_fields(city, {**content, "lines": content["lines"][1:]}) == [f"line_{first}"]
    assert wrong_fields(city, {**content, "lines": [*content["lines"], content["lines"][0]]}) == [f"line_{first}"]
    unknown = [*content["lines"], {"code": "99", "verdict": "yes", "note": ""}]
    assert wrong_fields(city, {**content, "lines": unknown}) == ["line_99"]
    silent = [{**content["lines"][0], "verdict": "no", "note": " "}, *content["lines"][1:]]
    assert wrong_fields(city, {**content, "lines": silent}) == [f"note_{first}"]
    assert city.rows(inspection_record) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"summary": ""}, "summary"),
        ({"result": "fine"}, "result"),
        ({"started_at": "gestern"}, "started_at"),
        ({"ended_at": "2026-03-02T09:59:00+08:00"}, "ended_at"),
        ({"ended_at": "2026-03-02T10:10:01+08:00"}, "ended_at"),
        ({"signature": None}, "signature"),
        ({"signature": {**SIGNED, "signer": ""}}, "signer"),
        ({"signature": {**REFUSED, "witnesses": []}}, "witnesses"),
        ({"signature": {**REFUSED, "reason": ""}}, "refusal_reason"),
        ({"location": {"lat": 91, "lon": 117}}, "location.lat"),
        ({"evidence": [evidence("abc")]}, "evidence.0.sha256"),
        ({"lines": [{"code": "01", "verdict": "perhaps"}]}, "lines.0.verdict"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(city: CityRig, changes: dict[str, Any], field: str) -> None:
    done = assigned(city)
    assert wrong_fields(city, {**record(city, done.inspection_id), **changes}) == [field]


def test_the_clock_of_a_device_may_be_ten_minutes_fast(city: CityRig) -> None:
    done = assigned(city)
    submit(city, {**record(city, done.inspection_id), "ended_at": "2026-03-02T10:10:00+08:00"})


def test_a_time_without_offset_is_chinese_time(city: CityRig) -> None:
    done = assigned(city)
    submit(city, {**record(city, done.inspection_id), "started_at": "2026-03-02T09:30"})
    assert city.rows(inspection_record)[0]["started_at"].isoformat() == "2026-03-02T01:30:00+00:00"


def test_a_refusal_is_kept_with_its_witnesses(city: CityRig) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id, signature=REFUSED))
    kept = city.rows(inspection_record)[0]["signature"]
    assert (kept["kind"], kept["witnesses"]) == ("refused", ["演示·社区干部"])


@pytest.mark.clause("xzcf/42")
def test_a_certificate_that_ended_before_the_day_of_the_inspection_is_refused(city: CityRig) -> None:
    done = assigned(city)
    change = update(officer_certificate).where(officer_certificate.c.login == HEAD)
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(change.values(expires_on=date(2026, 3, 2)))))
    city.at("2026-03-03T10:00:00")
    assert wrong_fields(city, record(city, done.inspection_id)) == ["inspectors"]
    submit(city, {**record(city, done.inspection_id), "started_at": "2026-03-02T16:00", "ended_at": "2026-03-02T17:00"})
