"""Credit information: queued with the decision, sent, refused, corrected, and on time or not (zz2020/2.3)."""

import pytest

from engine.store.tables import incident, user_task
from tests.processes.credit_platform import Platform
from tests.processes.rig import CityRig, china
from tests.processes.steps import permit
from workflows import errors
from workflows.credit.watch import OpenWatch
from workflows.delivery import CorrectRecord
from workflows.records.approvals import approval
from workflows.records.credit import credit_entry
from workflows.records.delivery import outbound_record
from workflows.records.orders import supervision_order
from workflows.records.publication import public_record

pytestmark = [
    pytest.mark.clause("zz2020/2.3", "zz2020/2.3/publish-7d"),
    pytest.mark.scenarios("credit_correction", "credit_watch"),
]
CLERK, SECOND = "sp.jianshe", "sp.chuangkou"
NUMBER = "建字第370402202600001号"
GOOD = {"XK_FRDB": "演示·法人"}


def entry(city: CityRig, number: str = NUMBER):
    (found,) = city.rows(credit_entry, document_no=number)
    return found


def watched(city: CityRig) -> None:
    assert city.app.engine.execute(OpenWatch(city.app.rulebook, "tester"))
    assert not city.app.engine.execute(OpenWatch(city.app.rulebook, "tester"))
    city.run()


def test_a_licence_is_queued_for_the_deciding_organ_and_accepted_once(city: CityRig) -> None:
    platform = Platform(city)
    permit(city, **GOOD)
    found = entry(city)
    assert (found["organ"], found["state"]) == ("AP-CITY", "queued")
    assert found["warn_at"] == china("2026-03-10T00:00:00")  # seven calendar days
    assert found["due_at"] == china("2026-03-12T00:00:00")  # seven working days
    permit(city, **GOOD)  # the same decision again changes nothing
    platform.exchange()
    platform.exchange()
    assert entry(city)["state"] == "accepted"
    assert entry(city)["accepted_at"] == city.clock.now()
    (sent,) = platform.got()
    assert sent.values["XK_XKJGDM"] == "11370400MB0000001R"
    assert city.tasks("correct_record") == []


def test_a_changed_licence_goes_out_as_an_update_and_a_withdrawn_one_as_no_longer_valid(city: CityRig) -> None:
    platform = Platform(city)
    permit(city, **GOOD)
    platform.exchange()
    permit(city, **GOOD, XK_NR="演示住宅小区一期")
    platform.exchange()
    permit(city, **GOOD, result_type="撤回")
    platform.exchange()
    assert [(row.operation, row.values["XK_ZT"]) for row in platform.got()] == [("i", "1"), ("u", "1"), ("u", "2")]
    (shown,) = city.rows(public_record)
    assert shown["hidden_at"] is not None


def test_a_refusal_is_nothing_the_platform_must_have(city: CityRig) -> None:
    permit(city, **GOOD, result_type="不予")
    assert city.rows(credit_entry) == []


def test_a_record_with_faults_is_held_until_a_person_corrects_it(city: CityRig) -> None:
    platform = Platform(city)
    watched(city)
    permit(city)  # no legal representative
    assert entry(city)["state"] == "held"
    assert "法定代表人" in entry(city)["message"]
    assert city.rows(public_record) == []
    platform.exchange()
    assert platform.got() == []
    city.at("2026-03-03T00:00:01")
    (task,) = city.tasks("correct_record")
    assert task.variables["problem"].startswith("校验不通过")
    with pytest.raises(errors.FormInvalid) as refused:
        city.complete("correct_record", CLERK, decision="resubmit")
    assert "法定代表人" in str(refused.value.facts["errors"])
    record = city.rows(outbound_record, status="held")[0]
    actor = city.actor(CLERK)
    city.app.engine.execute(CorrectRecord(actor, record["id"], {"XK_FRDB": "演示·法人"}, "按营业执照补填"))
    city.complete("correct_record", CLERK, decision="resubmit")
    platform.exchange()
    assert entry(city)["state"] == "accepted"
    assert entry(city)["faults"] == 1
    assert entry(city)["correction_key"] is None
    assert [row.values["XK_FRDB"] for row in platform.got()] == ["演示·法人"]
    assert city.rows(public_record)[0]["party"] == "演示置业有限公司"
    assert city.tasks("correct_record") == []
    assert city.rows(incident) == []


def test_what_the_platform_refuses_comes_back_to_the_data_person_until_it_is_right(city: CityRig) -> None:
    platform = Platform(city)
    permit(city, **GOOD)
    platform.refuse[NUMBER] = "许可内容含有特殊字符"
    platform.exchange()
    (task,) = city.tasks("correct_record")
    assert task.variables["problem"] == "信用平台退回：许可内容含有特殊字符"
    city.complete("correct_record", CLERK, decision="resubmit")  # sent again as it is
    platform.exchange()
    (task,) = city.tasks("correct_record")
    record = city.rows(outbound_record, status="rejected")[0]
    city.app.engine.execute(CorrectRecord(city.actor(CLERK), record["id"], {"XK_NR": "演示小区"}, "去掉特殊字符"))
    platform.refuse.clear()
    platform.exchange()  # the answer comes while the task is open
    assert city.tasks("correct_record") == []
    assert (entry(city)["state"], entry(city)["faults"]) == ("accepted", 2)
    assert entry(city)["correction_key"] is None
    assert city.rows(incident) == []


@pytest.mark.deadline("credit_correction/receipt_missing")
def test_without_an_answer_the_task_comes_back_after_a_working_day(city: CityRig) -> None:
    platform = Platform(city)
    permit(city, **GOOD)
    platform.refuse[NUMBER] = "代码不符"
    platform.exchange()
    platform.is_silent = True
    city.complete("correct_record", CLERK, decision="resubmit")
    platform.exchange()
    city.at("2026-03-03T23:59:59")
    assert city.tasks("correct_record") == []
    city.at("2026-03-04T00:00:00")
    (task,) = city.tasks("correct_record")
    assert "没有回执" in task.variables["problem"]


def test_what_need_not_be_uploaded_is_taken_back_with_the_reason(city: CityRig) -> None:
    platform = Platform(city)
    watched(city)
    permit(city)
    city.at("2026-03-03T00:00:01")
    city.complete("correct_record", CLERK, decision="exempt", correction_note="涉及国家秘密，依法不公开")
    platform.exchange()
    assert platform.got() == []
    assert (entry(city)["state"], entry(city)["message"]) == ("exempt", "涉及国家秘密，依法不公开")
    city.at("2026-03-05T00:00:01")
    assert city.tasks("correct_record") == []


@pytest.mark.deadline("credit_correction/upload_warned")
@pytest.mark.parametrize(
    ("moment", "rungs"),
    [("2026-03-09T23:59:59", []), ("2026-03-10T00:00:00", ["warned"]), ("2026-03-11T23:59:59", ["warned"]),
     ("2026-03-12T00:00:00", ["red"])],
)  # fmt: skip
def test_seven_calendar_days_warn_and_seven_working_days_bind(city: CityRig, moment: str, rungs: list[str]) -> None:
    platform = Platform(city)
    platform.is_silent = True
    watched(city)
    permit(city, **GOOD)
    platform.exchange()
    assert entry(city)["state"] == "sent"
    for day in range(3, 12):
        step = f"2026-03-{day:02d}T00:00:00"
        if step < moment:
            city.at(step)
    city.at(moment)
    tasks = city.tasks("correct_record")
    assert len(tasks) == len(rungs)
    assert [row["rung"] for row in city.rows(supervision_order, limit_name="credit_upload")] == rungs
    if tasks:
        (due,) = {row["due_at"] for row in city.rows(user_task, element_id="correct_record", status="open")}
        assert due == china("2026-03-12T00:00:00")


def test_what_was_left_out_is_found_by_the_daily_look_and_marked(city: CityRig) -> None:
    permit(city, **GOOD)
    platform = Platform(city)

    class Forget:
        def run(self, uow) -> None:
            uow.connection.execute(credit_entry.delete())

    city.app.engine.execute(Forget())
    assert len(city.rows(approval)) == 1
    watched(city)
    assert entry(city)["is_backfill"] is True
    platform.exchange()
    assert entry(city)["state"] == "accepted"
