"""Who may inspect, who must not, and who decides on recusal."""

from datetime import date

import pytest
from sqlalchemy import insert, update

from engine.errors import MessageNotExpected
from tests.processes.inspection_answers import CONFIRM, ask, message_of, refused
from tests.processes.inspections import (
    HEAD,
    OFFICER,
    OTHER_HEAD,
    REQUEST,
    assigned,
    found,
    record,
    row,
    started,
    submit,
)
from tests.processes.rig import CityRig
from workflows import errors
from workflows.desk.asking import Do
from workflows.records.inspections import supervision_act
from workflows.records.letters import letter
from workflows.records.libraries import officer_certificate, officer_relation

pytestmark = [pytest.mark.clause("zz2020/1.1"), pytest.mark.clause("zz2020/2.5")]


@pytest.mark.clause("xzcf/42")
def test_one_inspector_is_not_enough(city: CityRig) -> None:
    started(city)
    wrong = refused(
        errors.FormInvalid,
        lambda: city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER]),
    )
    assert message_of(wrong) == "检查人员不得少于 2 人"


@pytest.mark.clause("xzcf/42")
@pytest.mark.parametrize(("last_day", "may"), [(date(2026, 3, 2), True), (date(2026, 3, 1), False)])
def test_a_certificate_is_good_on_its_last_day_and_not_after(city: CityRig, last_day: date, may: bool) -> None:
    change = update(officer_certificate).where(officer_certificate.c.login == OFFICER).values(expires_on=last_day)
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(change)))
    started(city, inspectors=[OFFICER, HEAD])
    assert city.elements() == (["record_findings"] if may else ["assign_inspectors"])


@pytest.mark.clause("xzcf/43")
def test_who_is_concerned_is_not_offered(city: CityRig) -> None:
    relation = {
        "id": city.app.engine.execute(Do(lambda uow: uow.new_id())), "login": OFFICER, "object_id": None,
        "credit_code": REQUEST["party_code"], "name": "演示", "reason": "亲属任职", "valid_from": date(2026, 1, 1),
        "declared_by": OFFICER, "declared_at": city.clock.now(),
    }  # fmt: skip
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(insert(officer_relation), relation)))
    started(city, inspectors=[OFFICER, HEAD])
    assert city.elements() == ["assign_inspectors"]
    refused(
        errors.FormInvalid,
        lambda: city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD]),
    )
    city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[HEAD, "ks.zf"])


def test_inspectors_that_were_drawn_are_not_assigned_again(city: CityRig) -> None:
    done = started(city, kind="random", inspectors=[OFFICER, HEAD])
    assert city.elements() == ["record_findings"]
    assert [one["login"] for one in row(city, done.inspection_id)["inspectors"]] == [OFFICER, HEAD]


@pytest.mark.clause("xzcf/43")
def test_a_granted_recusal_replaces_the_inspector_while_the_inspection_goes_on(city: CityRig) -> None:
    done = assigned(city, ("ks.jsgc", "ks.zf"))
    ask(city, done.inspection_id)
    assert city.elements() == ["decide_recusal", "record_findings"]
    city.complete("decide_recusal", HEAD, decision="grant", replacement=HEAD, recusal_note="属实")
    assert [one["login"] for one in row(city, done.inspection_id)["inspectors"]] == ["ks.zf", HEAD]
    refused(errors.NotInspector, lambda: submit(city, record(city, done.inspection_id), OFFICER))
    submit(city, record(city, done.inspection_id), "ks.zf")
    (decision,) = city.rows(letter, kind="recusal_decision")
    said = {one["label"]: one["value"] for one in decision["data"]["facts"]}
    assert (said["决定"], said["申请的理由"], said["决定的理由"]) == ("同意回避", "系亲属", "属实")
    assert said["被申请回避的人员"] not in said["继续办理的人员"]


@pytest.mark.clause("xzcf/43")
def test_a_refused_recusal_changes_nothing_and_keeps_the_reason(city: CityRig) -> None:
    done = assigned(city)
    ask(city, done.inspection_id)
    refused(errors.FormInvalid, lambda: ask(city, done.inspection_id))
    city.complete("decide_recusal", HEAD, decision="refuse", recusal_note="没有利害关系")
    kept = row(city, done.inspection_id)
    assert [one["login"] for one in kept["inspectors"]] == [OFFICER, HEAD]
    assert [(one["decision"], one["note"]) for one in kept["recusals"]] == [("refuse", "没有利害关系")]
    (decision,) = city.rows(letter, kind="recusal_decision")
    said = {one["label"]: one["value"] for one in decision["data"]["facts"]}
    assert said["决定"] == "不同意回避"
    assert said["被申请回避的人员"] in said["继续办理的人员"]


@pytest.mark.clause("xzcf/43")
def test_a_recusal_granted_after_the_record_does_not_rewrite_who_inspected(city: CityRig) -> None:
    done = assigned(city, ("ks.jsgc", "ks.zf"))
    ask(city, done.inspection_id)
    submit(city, record(city, done.inspection_id))
    city.complete("decide_recusal", HEAD, decision="grant", replacement="ks.zf.kz", recusal_note="属实")
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    assert [one["login"] for one in city.rows(supervision_act)[0]["officers"]] == ["ks.jsgc", "ks.zf"]
    assert [one["login"] for one in row(city, done.inspection_id)["inspectors"]] == ["ks.zf", "ks.zf.kz"]


def test_nobody_decides_on_the_own_recusal(city: CityRig) -> None:
    done = assigned(city)
    ask(city, done.inspection_id, HEAD, OFFICER)
    refused(errors.SamePerson, lambda: city.complete("decide_recusal", HEAD, decision="refuse", recusal_note="没有"))


def test_recusal_is_asked_while_there_is_something_to_inspect_and_by_the_unit(city: CityRig) -> None:
    done = found(city)
    refused(MessageNotExpected, lambda: ask(city, done.inspection_id))
    refused(errors.FormInvalid, lambda: ask(city, done.inspection_id, "ks.zf"))
    refused(errors.CaseNotFound, lambda: ask(city, done.inspection_id, login="cg.xc"))
