"""监管行为抽查核验: acts drawn so that anybody can repeat it, checked by other units; false ones count no more."""

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.commands.start_process import StartProcess
from tests.processes.rig import CityRig, Look
from tests.processes.test_cycle_duty import act
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.draws import verify_proof
from workflows.errors import CaseNotFound, NotAllowed, SamePerson
from workflows.performance.audits import StartAudit
from workflows.performance.board import kpi_values
from workflows.performance.periods import period_of
from workflows.records.inspections import supervision_act
from workflows.records.performance import act_audit, audit_round

pytestmark = [pytest.mark.clause("zz2020/2.8"), pytest.mark.scenarios("audit_cycle")]
POLICY, WITNESS, LEADER = "zc.fagui", "jw.zu", "ju.lingdao"


def value(city: CityRig, code: str) -> Any:
    period = period_of(city.app.rulebook, "2026Q1")
    return next(one for one in city.app.engine.ask(Look(lambda uow: kpi_values(uow, period))) if one.code == code)


def test_a_sample_is_drawn_before_a_witness_and_checked_by_another_unit(city: CityRig) -> None:
    for _ in range(40):
        act(city, "ZR023")
    engine, book = city.app.engine, city.app.rulebook
    with pytest.raises(NotAllowed):
        engine.execute(StartAudit(city.actor("zr.sz"), "2026Q1", book))
    engine.execute(StartAudit(city.actor(POLICY), "2026Q1", book))
    city.run()
    assert city.rows(audit_round)[0]["state"] == "collected"
    city.complete("seal_audit_operator", POLICY, operator_text="3 5 6")
    task = city.tasks("seal_audit_witness")[0]
    same = replace(city.actor(WITNESS), login=POLICY)
    with pytest.raises(SamePerson):
        engine.execute(CompleteUserTask(task.id, same, {"witness_text": "x"}, book))
    assert "3 5 6" not in json.dumps(dict(task.variables), ensure_ascii=False)
    city.complete("seal_audit_witness", WITNESS, witness_text="见证")
    row = city.rows(audit_round)[0]
    proof = json.loads(row["proof"])
    assert verify_proof(proof) is None
    drawn = city.rows(act_audit)
    assert len(drawn) == len(proof["result"]["objects"]) in (4, 5)  # a tenth of a special audit
    assert all(one["auditing_unit"] != one["audited_unit"] == "NR-SZ" for one in drawn)
    check_each(city, drawn)


def check_each(city: CityRig, drawn: list[Any]) -> None:
    """Find the first act false and the others true; who made them may not say so."""
    before = value(city, "acts_proven")
    first = city.tasks("audit_act")[0]
    own = replace(city.actor("zr.sz"), groups=frozenset(first.candidate_groups))
    answers = {"audit_result": "true", "audit_note": "属实"}
    with pytest.raises(SamePerson):
        city.app.engine.execute(CompleteUserTask(first.id, own, answers, city.app.rulebook))
    for place, task in enumerate(city.tasks("audit_act")):
        audit_id = task.variables["subject"]["audit_id"]
        one = next(row for row in drawn if str(row["id"]) == audit_id)
        result = {"audit_result": "false" if place == 0 else "true", "audit_note": "照片与现场不符"}
        who = city.actor(one["drawn_officer"])
        view = city.app.desk.act_audits.audit(who, one["id"])
        assert (view.act["id"], len(view.files)) == (one["act_id"], 1)
        city.app.engine.execute(CompleteUserTask(task.id, who, result, city.app.rulebook))
    assert [row["state"] for row in city.rows(audit_round)] == ["closed"]
    after = value(city, "acts_proven")
    assert (after.numerator, after.denominator) == (before.numerator - 1, before.denominator)
    assert value(city, "false_record").numerator == 1
    stranger = next(row for row in city.rows(act_audit))
    outside = city.actor("zr.tz" if stranger["auditing_unit"] != "NR-TZ" else "zr.yc")
    with pytest.raises(CaseNotFound):
        city.app.desk.act_audits.audit(outside, stranger["id"])


@pytest.mark.deadline("audit_cycle/next_quarter")
def test_an_audit_begins_by_itself_when_a_quarter_begins_and_not_before(city: CityRig) -> None:
    same = {"policy_unit": "NR-CITY-FG", "leader_unit": "NR-CITY-LD", "discipline_unit": "DI-CITY"}
    city.app.engine.execute(StartProcess("audit_cycle", "audit_cycle", "tester", same))
    city.run()
    act(city, "ZR023")
    city.at("2026-03-31T23:59:59")
    assert [(row["period"], row["state"]) for row in city.rows(audit_round)] == [("2025Q4", "empty")]
    city.at("2026-04-01T00:00:00")
    newest = next(row for row in city.rows(audit_round) if row["period"] == "2026Q1")
    assert (newest["state"], len(newest["snapshot"]["objects"])) == ("collected", 1)
    assert len(city.rows(supervision_act)) == 1
