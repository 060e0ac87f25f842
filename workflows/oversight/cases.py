"""Oversight cases: what starts one, what is kept of each step, and how it ends (zz2020/2.8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.directory import Unit, all_units, find_unit
from workflows.policy import Actor, require
from workflows.process import TaskContext
from workflows.records.oversight import oversight_case
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork

STARTERS = ("policy_officer", "leader")
KINDS: Mapping[str, str] = {"opinion": "监督检查", "interview": "约谈", "criticism": "通报批评"}
SOURCES: Mapping[str, str] = {
    "kpi": "指标异常", "overdue": "逾期督办", "sampling": "案卷抽查", "complaint": "投诉举报", "manual": "直接提出",
    "oversight": "监督检查",
}  # fmt: skip
STATES: Mapping[str, str] = {
    "opened": "待办", "checked": "已检查", "drafted": "待签发", "issued": "已发出", "noticed": "已通知",
    "reported": "已报告", "decided": "已作决定", "recorded": "待签字", "signed": "单位已签字", "stated": "已陈述意见",
    "closed": "已了结",
}  # fmt: skip
OUTCOMES: Mapping[str, str] = {
    "clean": "未发现问题", "corrected": "已自行纠正", "executed": "已执行决定", "referred": "已移送问责",
    "waived": "不移送，已说明", "reported": "已约谈并落实", "criticised": "已通报批评", "dropped": "不予办理",
}  # fmt: skip
DECISIONS: Mapping[str, str] = {
    "perform": "责令限期履行", "amend": "责令补正或者改正", "revoke": "撤销", "unlawful": "确认违法",
    "void": "确认无效",
}  # fmt: skip
PROCESSES: Mapping[str, tuple[str, str]] = {
    "opinion": ("oversight_opinion", "oversight_requested"),
    "interview": ("oversight_interview", "interview_requested"),
    "criticism": ("criticism_notice", "criticism_requested"),
}  # kind → process and the message it begins with
_c = oversight_case.c


@dataclass(frozen=True, slots=True)
class StartOversight:
    """Begin to supervise a unit; answers the case's number.

    ``answers`` has unit, means (opinion, interview or criticism), source, reference and facts.

    Raises:
        FormInvalid: the unit is one that supervises.
        UnknownUnit.
    """

    actor: Actor
    answers: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start the case."""
        require(self.actor, *STARTERS)
        given = self.answers
        if find_unit(uow, str(given["unit"])).code in supervising(self.rulebook):
            message = "本单位是监督方或者局领导，请选择被监督单位"
            raise errors.FormInvalid(errors=[{"field": "unit", "message": message}])
        process, message = PROCESSES[str(given["means"])]
        number = next_number(uow, self.rulebook.city.numbers[process], process)
        variables = {
            "unit": given["unit"], "source": given["source"], "reference": given.get("reference") or "",
            "facts": given["facts"], "requested_by": self.actor.login, "business_key": number,
        }  # fmt: skip
        trigger = StartTrigger(message, "message", message)
        StartProcess(process, number, self.actor.login, variables, trigger=trigger).run(uow)
        return number


def supervising(rulebook: Rulebook) -> frozenset[str]:
    """Return the units that supervise and are not supervised here."""
    city = rulebook.city
    return frozenset((city.policy_unit, city.leader_unit, city.discipline_unit))


def supervised(uow: UnitOfWork, rulebook: Rulebook) -> list[Unit]:
    """Return the units that can be supervised, by code."""
    return [one for one in all_units(uow) if one.code not in supervising(rulebook)]


def opened(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, kind: str) -> Mapping[str, object]:
    """Write a new case down; answers what its diagram needs to know."""
    given, city = job.variables, rulebook.city
    unit = find_unit(uow, str(given["unit"]))
    order_id = given.get("order_id")
    row = {
        "id": uow.new_id(), "number": job.business_key, "instance_id": job.instance_id, "kind": kind,
        "unit": unit.code, "source": given["source"], "reference": given.get("reference") or "",
        "facts": given["facts"], "state": "opened", "steps": [], "requested_by": given["requested_by"],
        "opened_at": uow.now, "order_id": UUID(str(order_id)) if order_id else None,
    }  # fmt: skip
    uow.connection.execute(insert(oversight_case), row)
    return {
        "unit_name": unit.name, "area": unit.area, "policy_unit": city.policy_unit, "leader_unit": city.leader_unit,
        "title": f"{KINDS[kind]}：{unit.short_name}", "party_name": unit.short_name, "project_name": KINDS[kind],
    }  # fmt: skip


def row_of(uow: UnitOfWork, case: ServiceJob | TaskContext) -> Row[Any]:
    """Return the oversight case a step belongs to."""
    return uow.connection.execute(select(oversight_case).where(_c.instance_id == case.instance_id)).one()


def change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    """Write columns of a case."""
    uow.connection.execute(update(oversight_case).where(_c.id == row.id).values(**values))


def keep(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any], **values: object) -> None:
    """Keep what was answered at a step, by whom and when."""
    row = row_of(uow, task)
    plain = {key: value for key, value in answers.items() if value not in (None, "")}
    step = {"step": task.element_id, "by": task.actor.login, "at": uow.now.isoformat(), **plain}
    change(uow, row, steps=[*row.steps, step], **values)


def kept(state: str = "") -> Callable[[UnitOfWork, TaskContext, Mapping[str, Any]], Mapping[str, object]]:
    """Return an effect that keeps the answers and, if one is named, sets the state."""

    def effect(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
        keep(uow, task, answers, **({"state": state} if state else {}))
        return {}

    return effect


def last_step(row: Row[Any], step: str) -> Mapping[str, Any]:
    """Return what was last answered at a step, nothing if it was never reached."""
    return next((one for one in reversed(row.steps) if one["step"] == step), {})


def require_other(task: TaskContext, second: str, field: str = "second_supervisor") -> None:
    """Refuse a second supervisor who is the first (sdzfjd/22).

    Raises:
        FormInvalid: names the field.
    """
    if second == task.actor.login:
        message = "不得少于两人，请选择另一名监督人员"
        raise errors.FormInvalid(errors=[{"field": field, "message": message}])
