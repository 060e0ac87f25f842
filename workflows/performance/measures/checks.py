"""How inspections are made: drawn at random, as planned, published, jointly, in the field; how files are judged."""

from typing import Any

from sqlalchemy import Select, and_, exists, or_

from workflows.performance.sql import Window, filled, joined, listed
from workflows.records.approvals import approval
from workflows.records.clocks import running_limit
from workflows.records.devolved import devolved_file, devolved_review
from workflows.records.inspections import inspection, inspection_record
from workflows.records.libraries import inspection_object
from workflows.records.offices import unit
from workflows.records.penalties import penalty_case
from workflows.records.random_checks import publication, random_target, random_task

_i, _t, _PASS = inspection.c, random_task.c, 90


def _inspections(window: Window, hit: Any, *conditions: Any) -> Select[Any]:
    return listed(
        key=_i.id, unit=_i.unit, area=_i.area, at=_i.opened_at, case_key=_i.business_key, hit=hit,
        label=joined(_i.number, " ", _i.party_name),
    ).where(window.covers(_i.opened_at), *conditions)  # fmt: skip


def drawn_at_random(window: Window) -> Select[Any]:
    """Inspections beside those of key objects; hit: drawn at random."""
    return _inspections(window, _i.kind == "random", _i.kind != "special")


def joint(window: Window) -> Select[Any]:
    """Inspections of parties that more than one unit checked in the period; hit: made jointly."""
    other = inspection.alias("other")
    several = exists().where(
        other.c.party_code == _i.party_code, other.c.party_code != "", other.c.unit != _i.unit,
        window.covers(other.c.opened_at),
    )  # fmt: skip
    is_joint = or_(_i.kind == "joint", filled(_i.joint_units))
    return _inspections(window, is_joint, or_(several, is_joint))


def _recorded(*conditions: Any) -> Any:
    return exists().where(inspection_record.c.inspection_id == _i.id, *conditions)


def mobile(window: Window) -> Select[Any]:
    """Inspections with a record; hit: recorded in the field, with a position."""
    return _inspections(window, _recorded(filled(inspection_record.c.location)), _recorded())


def off_site(window: Window) -> Select[Any]:
    """Inspections with a record; hit: made without going there."""
    return _inspections(window, _i.kind == "file_review", _recorded())


def random_done(window: Window) -> Select[Any]:
    """Objects drawn whose task is due or done; hit: inspected."""
    target = random_target.c
    return (
        listed(key=target.id, unit=_t.unit, area=inspection_object.c.area, at=_t.started_at, hit=target.state == "done",
               case_key=_t.business_key, label=joined(_t.title, " ", inspection_object.c.name))
        .select_from(random_target)
        .join(random_task, _t.id == target.task_id)
        .join(inspection_object, inspection_object.c.id == target.object_id)
        .where(window.covers(_t.started_at), target.state.not_in(("dropped", "superseded")))
    )  # fmt: skip


def random_published(window: Window) -> Select[Any]:
    """Random tasks whose results are published, or should be; hit: in time, in every place."""
    clock, p = running_limit.c, publication.c
    mine = and_(p.kind == "random_result", p.about == _t.id)
    on_time = and_(exists().where(mine), ~exists().where(mine, p.is_late))
    over = exists().where(
        clock.instance_id == _t.instance_id, clock.limit_name == "random_publish", clock.due_at <= window.now
    )
    return (
        listed(key=_t.id, unit=_t.unit, area=unit.c.area, at=_t.inspected_at, case_key=_t.business_key, label=_t.title,
               hit=on_time)
        .select_from(random_task)
        .join(unit, unit.c.code == _t.unit)
        .where(window.covers(_t.inspected_at), or_(exists().where(mine), over))
    )  # fmt: skip


def files_passed(window: Window) -> Select[Any]:
    """Case files scored; hit: ninety points or more and nothing against the law."""
    f, r = devolved_file.c, devolved_review.c
    return (
        listed(key=f.id, unit=r.unit, area=unit.c.area, at=f.scored_at, case_key=r.business_key,
               label=joined(approval.c.document_no, " ", approval.c.project_name),
               hit=and_(f.score >= _PASS, f.is_serious.is_(False), f.is_mismatch.is_(False)))
        .select_from(devolved_file)
        .join(devolved_review, r.id == f.review_id)
        .join(unit, unit.c.code == r.unit)
        .join(approval, approval.c.id == f.approval_id)
        .where(window.covers(f.scored_at))
    )  # fmt: skip


def decisions_lost(window: Window) -> Select[Any]:
    """Penalty decisions; hit: changed, revoked or found unlawful by a court or a reviewing body."""
    p = penalty_case.c
    return listed(
        key=p.id, unit=p.unit, area=p.area, at=p.decided_at, case_key=p.business_key, hit=filled(p.overturn),
        label=joined(p.business_key, " ", p.party_name),
    ).where(window.covers(p.decided_at), p.outcome.is_not(None))  # fmt: skip
