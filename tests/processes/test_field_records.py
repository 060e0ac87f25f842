"""What comes back from the phones: tasks to take along, records that came too late, nothing kept twice."""

from uuid import UUID, uuid4

import pytest

from engine.errors import KeyReused, TaskNotFound
from tests.processes.inspections import HEAD, OFFICER, PHOTO_HASH, assigned, put_photo, record, started, submit
from tests.processes.rig import CityRig, Look
from workflows import errors
from workflows.inspections.supplements import supplements_of
from workflows.records.field import inspection_supplement
from workflows.records.inspections import inspection_record

pytestmark = [pytest.mark.clause("zz2020/2.5")]
STRANGER = "zr.sz.jz"


def test_a_phone_takes_along_the_tasks_of_its_inspector_with_sheet_and_clock(city: CityRig) -> None:
    done = assigned(city)
    (task,) = city.app.desk.field.tasks(city.actor(OFFICER))
    assert (task.number, task.inspection_id, task.party_name) == (done.number, done.inspection_id, "演示置业有限公司")
    assert task.item_name != "ZR006"
    assert task.lamp.kind == "normal"
    assert task.due_at is not None
    assert len(task.inspectors) == 2
    assert task.last is None


def test_nobody_takes_along_what_others_inspect(city: CityRig) -> None:
    started(city)
    assert city.app.desk.field.tasks(city.actor(OFFICER)) == ()
    city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD])
    assert len(city.app.desk.field.tasks(city.actor(HEAD))) == 1
    assert city.app.desk.field.tasks(city.actor(STRANGER)) == ()
    assert city.app.desk.field.tasks(city.actor("ju.lingdao")) == ()


def test_the_last_check_of_the_same_party_is_taken_along(city: CityRig) -> None:
    first = assigned(city)
    submit(city, record(city, first.inspection_id, summary="基础已完工"))
    city.complete("review_record", "ju.lingdao", decision="confirm")
    city.run()
    assigned(city)
    (task,) = city.app.desk.field.tasks(city.actor(OFFICER))
    assert task.last is not None
    assert (task.last.result_text, task.last.summary) == ("未发现问题", "基础已完工")


def test_a_finished_task_is_no_longer_taken_along(city: CityRig) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id))
    assert city.app.desk.field.tasks(city.actor(OFFICER)) == ()


def too_late(city: CityRig) -> tuple[UUID, UUID]:
    """Let the head's record be first; answers the task and the inspection."""
    done = assigned(city)
    task_id = city.tasks("record_findings")[0].id
    submit(city, record(city, done.inspection_id, summary="先到的记录"), HEAD, task=task_id)
    return task_id, done.inspection_id


def test_a_record_that_came_too_late_is_kept_beside_the_first_and_only_once(city: CityRig) -> None:
    task_id, inspection_id = too_late(city)
    put_photo(city, inspection_id)
    photo = {"sha256": PHOTO_HASH, "name": "照片01", "kind": "photo", "taken_at": None}
    late = record(city, inspection_id, "violation", summary="后到的记录", evidence=[photo])
    field, actor, client = city.app.desk.field, city.actor(OFFICER), uuid4()
    with pytest.raises(errors.RecordConflict):
        city.app.desk.inspections.submit_for_task(actor, task_id, late, client)
    assert field.kept(actor, task_id).summary == "先到的记录"
    first = field.supplement(actor, task_id, late, client)
    again = field.supplement(actor, task_id, late, client)
    assert (first.was_known, again.was_known) == (False, True)
    assert len(city.rows(inspection_record)) == len(city.rows(inspection_supplement)) == 1
    (shown,) = city.app.engine.ask(Look(lambda uow: supplements_of(uow, inspection_id)))
    assert (shown["summary"], shown["result"], shown["submitted_by"]) == ("后到的记录", "violation", actor.name)


def test_the_same_client_id_with_other_content_is_refused(city: CityRig) -> None:
    task_id, inspection_id = too_late(city)
    field, actor, client = city.app.desk.field, city.actor(OFFICER), uuid4()
    field.supplement(actor, task_id, record(city, inspection_id, summary="甲"), client)
    with pytest.raises(KeyReused):
        field.supplement(actor, task_id, record(city, inspection_id, summary="乙"), client)


def test_there_is_no_supplement_before_there_is_a_record(city: CityRig) -> None:
    done = assigned(city)
    task_id = city.tasks("record_findings")[0].id
    with pytest.raises(errors.SupplementTooEarly):
        city.app.desk.field.supplement(city.actor(OFFICER), task_id, record(city, done.inspection_id), uuid4())


def test_a_supplement_is_checked_like_a_record(city: CityRig) -> None:
    task_id, inspection_id = too_late(city)
    field, actor = city.app.desk.field, city.actor(OFFICER)
    with pytest.raises(errors.FormInvalid):
        field.supplement(actor, task_id, record(city, inspection_id, signature=None), uuid4())
    photo = {"sha256": "0" * 64, "name": "照片01", "kind": "photo", "taken_at": None}
    with pytest.raises(errors.EvidenceMissing):
        field.supplement(actor, task_id, record(city, inspection_id, evidence=[photo]), uuid4())
    assert city.rows(inspection_supplement) == []


def test_only_inspectors_add_and_read(city: CityRig) -> None:
    done = assigned(city, inspectors=(OFFICER, "ks.szgh"))
    task_id, late = city.tasks("record_findings")[0].id, record(city, done.inspection_id)
    submit(city, late, "ks.szgh", task=task_id)
    field = city.app.desk.field
    with pytest.raises(errors.NotInspector):
        field.supplement(city.actor(HEAD), task_id, late, uuid4())
    with pytest.raises(TaskNotFound):
        field.supplement(city.actor(STRANGER), task_id, late, uuid4())
    with pytest.raises(errors.CaseNotFound):
        field.kept(city.actor(STRANGER), task_id)
    assert city.rows(inspection_supplement) == []
