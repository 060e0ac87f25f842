"""New and retired items, refused proposals, and who may change the catalogue."""

from datetime import date
from typing import Any

import pytest

from tests.processes.catalogue_steps import (
    DISTRICT,
    HEAD,
    LEADER,
    MOVE,
    NEXT_WEEK,
    OTHER,
    POLICY,
    SECTION,
    approve,
    change,
    claim,
    on,
    pass_review,
    propose,
)
from tests.processes.rig import CityRig, Look
from workflows.errors import ChangePending, FormInvalid, NotAllowed, SamePerson, UnknownItem
from workflows.items import item_for
from workflows.records.catalogue import catalogue_change
from workflows.records.offices import item, item_assignment

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/1.2")
NEW = {
    "main_code": "ZR-99", "category": "规划方案", "name": "临时展示设施方案备案", "type": "他", "object": "设置单位",
    "object_type": "site", "measure": "现场核查", "basis": "演示依据", "clauses": ["zz2020/2.1"],
    "handling": "责令改正",
    "modes": ["现场"], "frequency": "每年不少于一次", "is_key": False, "level": "市级", "permits": [],
    "process": "approval_handoff", "limits": {}, "copy_receivers": [], "aliases": [],
    "checks": [
        {"code": "ZR036-01", "name": "设施检查", "content": "是否按方案", "mode": "现场检查", "ratio": "每年一次"},
    ],
    "approving_unit": "AP-CITY", "supervising_units": ["NR-CITY-XG"],
}  # fmt: skip


def test_a_new_item_is_claimed_approved_and_then_known(city: CityRig) -> None:
    propose(city, POLICY, "create", "ZR036", contents=NEW)
    claim(city, "ks.xg")
    pass_review(city)
    approve(city)
    city.at("2026-03-08T23:59:59")
    with pytest.raises(UnknownItem):
        city.app.engine.ask(Look(lambda uow: item_for(uow, "ZR036", NEXT_WEEK)))
    city.at("2026-03-09T00:00:00")
    assert on(city, NEXT_WEEK, "ZR036")["status"] == "已确认"
    assert len(city.rows(item, code="ZR036")) == len(city.rows(item_assignment, item_code="ZR036")) == 1


def test_a_retired_item_ends_on_its_day(city: CityRig) -> None:
    propose(city, POLICY, "retire", "ZR024")
    claim(city, "ks.kq")
    pass_review(city)
    approve(city)
    city.at("2026-03-09T00:00:00")
    known = city.app.engine.ask(Look(lambda uow: item_for(uow, "ZR024", date(2026, 3, 8))))
    assert known.version == 1
    with pytest.raises(UnknownItem):
        city.app.engine.ask(Look(lambda uow: item_for(uow, "ZR024", NEXT_WEEK)))


@pytest.mark.parametrize(("element", "answer"), [("review_change", "review"), ("approve_change", "approval")])
def test_a_change_that_is_not_passed_leaves_the_catalogue_as_it_is(city: CityRig, element: str, answer: str) -> None:
    number = propose(city, OTHER, contents=MOVE)
    if element == "approve_change":
        pass_review(city)
    login = HEAD if element == "review_change" else LEADER
    city.complete(element, login, **{answer: "reject", f"{answer}_note": "依据已经失效"})
    assert change(city, number)["state"] == "closed"
    assert city.elements() == []
    assert len(city.rows(item, code="ZR004")) == 1
    assert propose(city, OTHER, contents=MOVE) != number


def test_nobody_reviews_or_approves_the_own_proposal(city: CityRig) -> None:
    propose(city, POLICY, contents=MOVE)
    claim(city)
    with pytest.raises(SamePerson):
        pass_review(city, POLICY)
    pass_review(city)
    approve(city)
    propose(city, LEADER, code="ZR001", contents={"measure": "新措施"})
    claim(city, "ks.ytgz")
    pass_review(city)
    with pytest.raises(SamePerson):
        approve(city)


def test_one_item_has_one_change_under_way(city: CityRig) -> None:
    first = propose(city, POLICY, contents=MOVE)
    with pytest.raises(ChangePending) as refused:
        propose(city, SECTION, contents={"measure": "新措施"})
    assert refused.value.facts["case"] == first
    assert propose(city, POLICY, code="ZR005", contents={"measure": "新措施"})


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"contents": {}}, "contents"),
        ({"contents": {"supervising_units": ["NR-CITY-JSGC", "{district}"]}}, "contents"),
        ({"contents": {"supervising_units": []}}, "supervising_units"),
        ({"contents": {"checks": []}}, "checks"),
        ({"contents": {"process": "no_such_diagram"}}, "process"),
        ({"contents": {"limits": {"no_such_limit": 3}}}, "limits"),
        ({"contents": {"clauses": ["no/such"]}}, "clauses"),
        ({"contents": {"copy_receivers": ["CG-NONE"]}}, "copy_receivers"),
        ({"contents": {"approving_unit": "NR-CITY"}}, "approving_unit"),
        ({"contents": {"aliases": ["竣工规划核实"]}}, "name"),
        ({"contents": {"is_key": True}}, "modes"),
        ({"contents": {"object": ""}}, "contents"),
        ({"contents": MOVE, "effective_on": date(2026, 3, 2)}, "effective_on"),
        ({"contents": MOVE, "reason": " "}, "reason"),
        ({"contents": {"measure": "新措施"}, "area": "370402"}, "area"),
        ({"kind": "create", "contents": NEW}, "item_code"),
        ({"kind": "create", "code": "ZR036", "contents": {**NEW, "supervising_units": []}}, "supervising_units"),
    ],
)
def test_a_proposal_that_would_make_a_fault_is_refused_at_its_part(
    city: CityRig, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(FormInvalid) as refused:
        propose(city, POLICY, **more)
    assert field in {error["field"] for error in refused.value.facts["errors"]}
    assert city.rows(catalogue_change) == []
    assert city.tasks() == []


@pytest.mark.parametrize(
    ("login", "kind", "code"),
    [
        ("ks.ch", "amend", "ZR004"),
        ("cg.sz", "amend", "ZR004"),
        ("ks.ch", "confirm", "ZR004"),
        (POLICY, "dispute", "ZR004"),
        ("ks.szgh", "dispute", "ZR004"),
        ("sp.sz", "amend", "ZR004"),
    ],
)
def test_who_has_nothing_to_do_with_an_item_may_not_change_it(city: CityRig, login: str, kind: str, code: str) -> None:
    with pytest.raises(NotAllowed):
        propose(city, login, kind, code, contents={"measure": "新措施"} if kind == "amend" else {})
    assert city.rows(catalogue_change) == []


@pytest.mark.parametrize("login", [SECTION, DISTRICT, "sp.jianshe", POLICY, LEADER])
def test_owners_approvers_and_overseers_may(city: CityRig, login: str) -> None:
    assert propose(city, login, contents={"measure": "新措施"})


def test_an_unknown_item_cannot_be_changed(city: CityRig) -> None:
    with pytest.raises(UnknownItem):
        propose(city, POLICY, code="ZR999", contents=MOVE)


def test_an_ask_in_another_unit_is_not_seen(city: CityRig) -> None:
    propose(city, POLICY, contents=MOVE)
    asked = city.tasks("claim_item")[0]
    assert city.actor("ks.ch").groups.isdisjoint(asked.candidate_groups)
    assert not city.actor(OTHER).groups.isdisjoint(asked.candidate_groups)
