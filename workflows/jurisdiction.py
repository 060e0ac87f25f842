"""Which cases concern a person: those the own unit has a part in; what is not one's own does not seem to exist."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Row, bindparam, select, union_all

from engine import errors as engine_errors
from engine.store.tables import process_instance
from workflows import errors
from workflows.complaints.access import barred_among, barred_cases
from workflows.policy import APPROVERS, Actor, Cover, may_take
from workflows.records.alerts import alert, alert_listing
from workflows.records.approvals import approval
from workflows.records.cases import copy, duty, transfer
from workflows.records.catalogue import catalogue_change
from workflows.records.clocks import running_limit
from workflows.records.coercions import coercion
from workflows.records.complaints import complaint
from workflows.records.construction import construction_project, patrol_subject, temporary_permit
from workflows.records.credit import credit_request
from workflows.records.devolved import devolved_review
from workflows.records.inspections import inspection
from workflows.records.key_areas import key_campaign, key_entry
from workflows.records.letters import letter
from workflows.records.lists import access_request
from workflows.records.orders import supervision_order
from workflows.records.oversight import oversight_case
from workflows.records.penalties import evidence_hold, penalty_case
from workflows.records.performance import act_audit, duty_cycle, inaction_finding
from workflows.records.random_checks import random_plan, random_task
from workflows.records.reconciliation import reconciliation_difference
from workflows.records.staff import staff_absence, staff_confirmation
from workflows.records.teamwork import reading, signing_entry
from workflows.uow import UnitOfWork

T = TypeVar("T")
_PARTS: tuple[tuple[Any, Any], ...] = (
    (duty.c.unit, duty.c.instance_id),
    (copy.c.unit, copy.c.instance_id),
    (transfer.c.sender_unit, transfer.c.instance_id),
    (transfer.c.receiver_unit, transfer.c.instance_id),
    (approval.c.approving_unit, approval.c.instance_id),
    (running_limit.c.unit, running_limit.c.instance_id),
    (supervision_order.c.unit, supervision_order.c.instance_id),
    (devolved_review.c.unit, devolved_review.c.instance_id),
    (inspection.c.unit, inspection.c.instance_id),
    (catalogue_change.c.unit, catalogue_change.c.instance_id),
    (catalogue_change.c.proposing_unit, catalogue_change.c.instance_id),
    (construction_project.c.unit, construction_project.c.instance_id),
    (penalty_case.c.unit, penalty_case.c.instance_id),
    (penalty_case.c.decider_unit, penalty_case.c.instance_id),
    (penalty_case.c.review_unit, penalty_case.c.instance_id),
    (evidence_hold.c.unit, evidence_hold.c.instance_id),
    (coercion.c.unit, coercion.c.instance_id),
    (coercion.c.decider_unit, coercion.c.instance_id),
    (temporary_permit.c.unit, temporary_permit.c.instance_id),
    (patrol_subject.c.unit, patrol_subject.c.instance_id),
    (key_entry.c.unit, key_entry.c.instance_id),
    (key_campaign.c.unit, key_campaign.c.instance_id),
    (random_task.c.unit, random_task.c.instance_id),
    (random_plan.c.unit, random_plan.c.instance_id),
    (reconciliation_difference.c.owner, reconciliation_difference.c.instance_id),
    (reconciliation_difference.c.sender, reconciliation_difference.c.instance_id),
    (reconciliation_difference.c.receiver, reconciliation_difference.c.instance_id),
    (alert.c.watch_unit, alert.c.instance_id),
    (alert.c.unit, alert.c.instance_id),
    (alert_listing.c.unit, alert_listing.c.instance_id),
    (oversight_case.c.unit, oversight_case.c.instance_id),
    (credit_request.c.unit, credit_request.c.instance_id),
    (complaint.c.unit, complaint.c.instance_id),
    (complaint.c.registered_unit, complaint.c.instance_id),
    (duty_cycle.c.unit, duty_cycle.c.instance_id),
    (inaction_finding.c.unit, inaction_finding.c.instance_id),
    (act_audit.c.auditing_unit, act_audit.c.instance_id),
    (staff_confirmation.c.unit, staff_confirmation.c.instance_id),
    (staff_absence.c.unit, staff_absence.c.instance_id),
    (letter.c.sender_unit, letter.c.instance_id),
    (letter.c.receiver_unit, letter.c.instance_id),
)


NOBODYS = UUID(int=0)
"""A case that is not there: it is looked up like one of others, so that the time of a refusal tells nothing."""


def may_see_case(uow: UnitOfWork, actor: Actor, instance_id: UUID | None, *, as_reader: bool = True) -> bool:
    """Tell whether a case concerns the person; one that is not there (None) does not, and is asked for all the same.

    Overseers and the administrator see every case of the city, others those their unit has a part in; nobody sees a
    complaint to keep out of. Who was only shown a case, or asked to sign about it, may read it (``as_reader``).
    """
    found = seen_among(uow, actor, [instance_id or NOBODYS], as_reader=as_reader)
    return instance_id is not None and instance_id in found


_NOW = bindparam("now", type_=access_request.c.until.type)
_CASES: BindParameter[UUID] = bindparam("cases", expanding=True)
_AMONG = select(select(process_instance.c.id).where(process_instance.c.id.in_(_CASES)).cte("among").c.id)
"""The cases asked for, named once: a list in each of the many parts takes longer to read than to answer."""
_HAS_PART = tuple(
    select(key.label("id")).where(key.in_(_AMONG), column.in_(bindparam("units", expanding=True)))
    for column, key in _PARTS
)
_WAS_ASKED = (
    select(signing_entry.c.instance_id).where(
        signing_entry.c.instance_id.in_(_AMONG), signing_entry.c.login.in_(bindparam("logins", expanding=True)),
        signing_entry.c.asked_at.is_not(None),
    ),
    select(reading.c.instance_id).where(
        reading.c.instance_id.in_(_AMONG),
        (reading.c.login == bindparam("me")) | reading.c.unit.in_(bindparam("own", expanding=True)),
    ),
    select(access_request.c.instance_id).where(
        access_request.c.instance_id.in_(_AMONG), access_request.c.login == bindparam("me"),
        access_request.c.state == "granted", access_request.c.until > _NOW,
    ),
)  # fmt: skip
_AS_PART, _AS_READER = union_all(*_HAS_PART), union_all(*_HAS_PART, *_WAS_ASKED)


def seen_among(
    uow: UnitOfWork, actor: Actor, instance_ids: Sequence[UUID], *, as_reader: bool = True
) -> frozenset[UUID]:
    """Return those of some cases that the person may see, as ``may_see_case`` tells of each, in two statements."""
    ids = list(dict.fromkeys(instance_ids))
    if not ids:
        return frozenset()
    if actor.oversees or actor.has("administrator"):
        seen = set(ids)
    else:
        asked: dict[str, Any] = {
            "cases": ids, "units": sorted(set(actor.units).union(*(cover.units for cover in actor.covers))),
        }  # fmt: skip
        if as_reader:
            signers = [actor.login, *(cover.login for cover in actor.covers if cover.may_sign)]
            asked |= {"own": list(actor.units), "me": actor.login, "now": uow.now, "logins": signers}
        seen = set(uow.connection.scalars(_AS_READER if as_reader else _AS_PART, asked))
    return frozenset(seen - barred_among(uow, actor, ids))


def visible(actor: Actor, key: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a case, named by a column, is one of those the person's units have a part in."""
    unbarred = key.not_in(barred_cases(actor))
    if actor.oversees or actor.has("administrator"):
        return unbarred
    units = set(actor.units).union(*(cover.units for cover in actor.covers))
    return key.in_(union_all(*(select(case).where(column.in_(units)) for column, case in _PARTS))) & unbarred


def if_seen(
    uow: UnitOfWork, actor: Actor, found: T | None, case_of: Callable[[T], UUID], *, as_reader: bool = True
) -> T | None:
    """Return what was found if its case concerns the person; when nothing was, as many questions are asked."""
    is_mine = may_see_case(uow, actor, case_of(found) if found is not None else None, as_reader=as_reader)
    return found if is_mine else None


def require_case(uow: UnitOfWork, actor: Actor, instance_id: UUID, business_key: str) -> None:
    """Refuse a case that does not concern the person as if it did not exist.

    Raises:
        CaseNotFound.
    """
    if not may_see_case(uow, actor, instance_id):
        raise errors.CaseNotFound(case=business_key)


def may_complete(actor: Actor, task: Any) -> bool:
    """Tell whether the person may complete a task now: it is open, and free or theirs, or of whom they stand in for."""
    if task.status != "open":
        return False
    if may_take(actor, task.candidate_groups, task.candidate_users, task.assignee):
        return True
    cover = cover_of(actor, task)
    return cover is not None and (cover.may_sign or not needs_signature(task))


def cover_of(actor: Actor, task: Any) -> Cover | None:
    """Return for whom the person would do a task; None for the own tasks and for those of other people."""
    if task.assignee in (None, actor.login) and _is_candidate(actor.login, actor.groups, task):
        return None
    for cover in actor.covers:
        free = task.assignee in (None, actor.login) and _is_candidate(cover.login, cover.groups, task)
        if cover.covers(task.definition_key) and (task.assignee == cover.login or free):
            return cover
    return None


def _is_candidate(login: str, groups: frozenset[str], task: Any) -> bool:
    return login in task.candidate_users or not groups.isdisjoint(task.candidate_groups)


def needs_signature(task: Any) -> bool:
    """Tell whether a step is one of those that only heads and leaders decide."""
    roles = {group.rpartition("/")[2] for group in task.candidate_groups}
    return bool(roles) and roles <= APPROVERS


def may_see_task(actor: Actor, task: Any) -> bool:
    """Tell whether a task is one the person, or somebody they stand in for, might take."""
    if _is_candidate(actor.login, actor.groups, task):
        return True
    return any(
        cover.covers(task.definition_key)
        and (task.assignee == cover.login or _is_candidate(cover.login, cover.groups, task))
        for cover in actor.covers
    )


def seen_task(uow: UnitOfWork, actor: Actor, task_id: UUID, *, as_reader: bool = True) -> Row[Any]:
    """Return a task that the person might take, or whose case concerns them; any other does not seem to exist.

    Raises:
        TaskNotFound.
    """
    task = find_task(uow, task_id)
    if task is not None and may_see_task(actor, task):
        return task
    found = if_seen(uow, actor, task, lambda one: UUID(str(one.instance_id)), as_reader=as_reader)
    if found is None:
        raise engine_errors.TaskNotFound(task_id=str(task_id))
    return found


def takeable(uow: UnitOfWork, actor: Actor, task_id: UUID) -> Row[Any]:
    """Return a task that the person, or somebody they stand in for, might take.

    Raises:
        TaskNotFound.
    """
    task = uow.task(task_id)
    require_task(actor, task)
    return task


def find_task(uow: UnitOfWork, task_id: UUID) -> Row[Any] | None:
    """Return the row of a task, if there is one."""
    try:
        return uow.task(task_id)
    except engine_errors.TaskNotFound:
        return None


def require_task(actor: Actor, task: Any) -> None:
    """Refuse a task of other people as if it did not exist.

    Raises:
        TaskNotFound.
    """
    if not may_see_task(actor, task):
        raise engine_errors.TaskNotFound(task_id=str(task.id))
