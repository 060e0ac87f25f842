"""The checks of a project: measured against what is permitted, confirmed in writing or ordered to be corrected."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.acts import record_act
from workflows.clocks import is_task_late
from workflows.construction.projects import lead_of, project_in
from workflows.directory import names_of, unit_of_kind
from workflows.inspections.offers import option_of
from workflows.inspections.people import Matter, candidates, chosen
from workflows.letter_book import facts, write_letter
from workflows.notices import notify
from workflows.process import TaskContext
from workflows.records.construction import construction_check
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

STATES: Mapping[str, str] = {
    "requested": "待核验", "passed": "合格", "failed": "不合格，责令改正", "corrected": "整改后重新核验",
    "violation": "已转案件", "ended": "已终止",
}  # fmt: skip
MEASURES: Mapping[str, str] = {
    "coordinate_deviation": "平面位置偏差（米）", "measured_height": "实测高度（米）", "height_deviation": "超高（米）",
    "measured_area": "实测面积（平方米）", "area_deviation": "超面积（%）", "report_no": "测量报告",
}  # fmt: skip
CERTIFICATES: Mapping[str, tuple[str, str, str, str]] = {
    "line_confirmation": (
        "验线确认书", "经现场核验，下列工程本环节符合规划许可内容，可以进入下一环节。",
        "山东省城乡规划条例第五十二条", "后续环节请按规定提前申请核验。",
    ),
    "verification_approval": (
        "竣工规划核实认可文件", "经核实，下列工程符合规划条件和规划许可内容。", "城乡规划法第四十五条",
        "请于竣工验收后六个月内报送竣工资料。",
    ),
}  # fmt: skip
SQUAD_ROLES = ("squad_officer", "squad_head")
_WHOLE = 100


def add_check(uow: UnitOfWork, project_id: UUID, code: str, name: str, **values: Any) -> UUID:
    """Write the next round of a checkpoint; answers its id."""
    mine = (construction_check.c.project_id == project_id) & (construction_check.c.code == code)
    last = uow.connection.scalar(select(func.max(construction_check.c.round)).where(mine)) or 0
    row = {
        "id": uow.new_id(), "project_id": project_id, "code": code, "name": name, "round": last + 1,
        "state": "requested", "officers": [], "measured": {}, "evidence": [], "is_late": False, **values,
    }  # fmt: skip
    uow.connection.execute(insert(construction_check), row)
    return UUID(str(row["id"]))


def note_check(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Take what two persons measured, and say by how much it differs from what is permitted.

    Raises:
        FormInvalid: the second person is the first, one of them may not check, or what is permitted is not written
            down yet.
    """
    if answers["officer_1"] == answers["officer_2"]:
        raise errors.FormInvalid(errors=[{"field": "officer_2", "message": "请选择另一人：核验不少于两人"}])
    if str(answers["checked_on"]) < str(task.variables["requested_on"]):
        message = f"不能早于申请日期 {task.variables['requested_on']}"
        raise errors.FormInvalid(errors=[{"field": "checked_on", "message": message}])
    row, day = project_in(uow, task.variables), date.fromisoformat(str(answers["checked_on"]))
    pair = [answers["officer_1"], answers["officer_2"]]
    people = chosen(uow, _matter(uow, task.variables), pair, "officer_2", day)
    height = _over(answers.get("measured_height"), row.permitted_height, "measured_height", "许可高度")
    area = _over(answers.get("measured_area"), row.permitted_area, "measured_area", "许可建筑面积")
    percent = round(area / row.permitted_area * _WHOLE, 3) if area and row.permitted_area else 0
    return {
        "coordinate_deviation": answers.get("coordinate_deviation") or 0, "height_deviation": round(height, 3),
        "area_deviation": percent, "check_is_late": is_task_late(uow, task.task_id), "acted_by": task.actor.login,
        "report_no": answers.get("report_no"), "check_officers": people,
    }  # fmt: skip


def checkers(uow: UnitOfWork, variables: Mapping[str, Any]) -> Mapping[str, object]:
    """Return who may check: with a certificate that is good today, and no tie to the builder."""
    found = candidates(uow, _matter(uow, variables), local_day_of(uow.now))
    return {"officers": [option_of(one) for one in found if not one.obstacle]}


def _matter(uow: UnitOfWork, variables: Mapping[str, Any]) -> Matter:
    return Matter(project_in(uow, variables).unit, str(variables.get("party_code") or ""))


def _over(measured: Any, permitted: float | None, field: str, name: str) -> float:
    if measured is None:
        return 0
    if not permitted:
        message = f"请先在项目档案中登记{name}，才能比对"
        raise errors.FormInvalid(errors=[{"field": field, "message": message}])
    return float(measured) - permitted


def note_recheck(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what was found at the recheck of a correction."""
    state = "corrected" if answers["decision"] == "corrected" else "violation"
    _change(uow, task.variables, state=state, recheck_note=answers.get("recheck_note") or answers["violation_facts"])
    return {"acted_by": task.actor.login}


def note_papers(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep which papers came, or that none will."""
    is_here, late = answers["decision"] == "received", is_task_late(uow, task.task_id)
    _change(
        uow, task.variables, state="passed" if is_here else "violation", is_late=late, checked_at=uow.now,
        checked_on=local_day_of(uow.now), checked_by=task.actor.login,
        findings=answers.get("papers_list") or answers.get("violation_facts"),
    )  # fmt: skip
    return {"acted_by": task.actor.login}


def record_check(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Write the check down with the verdict of the table."""
    given: Mapping[str, Any] = job.variables
    outcome = given["outcome"]
    lines = [line.strip() for line in str(given.get("check_evidence") or "").splitlines()]
    _change(
        uow, given, state="passed" if outcome["result"] == "pass" else "failed",
        checked_on=date.fromisoformat(str(given["checked_on"])), officers=[given["officer_1"], given["officer_2"]],
        measured=_measured(given),
        outcome_reason=outcome["reason"] or None, findings=given["findings"],
        evidence=[line for line in lines if line], checked_at=uow.now, checked_by=given["acted_by"],
        is_late=bool(given["check_is_late"]),
    )  # fmt: skip
    _note_act(uow, job, given)
    return {}


def _measured(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this stage measures, without the numbers it does not ask for."""
    asked = str(given["checkpoint"]["measures"]).split()
    names = [name for name in MEASURES if name == "report_no" or name.partition("_")[0] in asked
             or name.removeprefix("measured_") in asked]  # fmt: skip
    return {name: given[name] for name in names if given.get(name) is not None}


def _note_act(uow: UnitOfWork, job: ServiceJob, given: Mapping[str, Any]) -> None:
    """Enter the check among the acts of supervision."""
    row = project_in(uow, given)
    record_act(
        uow, kind="inspection", item_code=str(given["item_code"]), unit=row.unit, area=row.area,
        party_name=str(given["party_name"]), party_code=str(given["party_code"]), source="construction_check",
        source_id=UUID(str(given["check_id"])), business_key=job.business_key, happened_at=uow.now,
        officers=[{name: one[name] for name in ("login", "name", "certificate_no")} for one in given["check_officers"]],
        result="no_problem" if given["outcome"]["result"] == "pass" else "violation",
    )  # fmt: skip


def confirm_checkpoint(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Confirm a passed checkpoint in writing, where the table names a document."""
    given: Mapping[str, Any] = job.variables
    kind = str(given["checkpoint"]["certificate"])
    if kind not in CERTIFICATES:
        return {}
    subject, opening, basis, closing = CERTIFICATES[kind]
    check = check_in(uow, given)
    _, number = write_letter(
        uow, rulebook.city, job, kind=kind, about=check.id, sender=project_in(uow, given).unit, receiver="",
        subject=subject, by=str(given["acted_by"]), content={
            "receiver": given["party_name"], "opening": opening, "facts": _facts(uow, job, check), "basis": [basis],
            "closing": closing,
        },
    )  # fmt: skip
    _change(uow, given, certificate_no=number)
    return {"certificate_no": number}


def order_correction(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Order the correction, and tell urban management at the same time (Jinan art. 79)."""
    check, row = check_in(uow, job.variables), project_in(uow, job.variables)
    limit = rulebook.reckon("construction_correction", uow.now)
    said = {
        "facts": [*_facts(uow, job, check), *facts(("不合格原因", check.outcome_reason))],
        "deadline": f"{limit.limit.title} {limit.limit.text}（{limit.limit.source}）",
        "basis": ["山东省城乡规划条例第五十二条"],
    }
    opening = (
        "经核验，下列工程与规划许可不符，责令立即停止该部分施工并限期改正。改正并经重新核验合格前，不得进入下一环节。"
    )
    _, number = write_letter(
        uow, rulebook.city, job, kind="construction_correction", about=check.id, sender=row.unit, receiver="",
        subject="责令改正通知书", by=str(job.variables["acted_by"]), content={
            **said, "receiver": job.variables["party_name"], "opening": opening, "closing": "改正后请申请复核。",
        },
    )  # fmt: skip
    _change(uow, job.variables, order_no=number)
    squad = unit_of_kind(uow, "urban_management", row.area)
    if squad is not None:
        write_letter(
            uow, rulebook.city, job, kind="squad_notice", about=check.id, sender=row.unit, receiver=squad.code,
            subject="核验不合格告知单", by=str(job.variables["acted_by"]), content={
                **said, "opening": f"下列工程核验不合格，已发责令改正通知书（{number}），现同时告知你单位。",
                "closing": "请纳入巡查；拒不改正的将移送你单位查处。",
            },
        )  # fmt: skip
        text = f"核验不合格：{job.variables['project_name']} {check.name}"
        groups = [f"{squad.code}/{role}" for role in SQUAD_ROLES]
        notify(uow, groups, kind="construction", text=text, business_key=job.business_key)
    return {"order_no": number}


def order_papers(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Order the builder to hand the completion papers in: the six months are over."""
    check = check_in(uow, job.variables)
    _, number = write_letter(
        uow, rulebook.city, job, kind="construction_correction", about=check.id,
        sender=project_in(uow, job.variables).unit, receiver="", subject="责令补报竣工资料通知书", content={
            "receiver": job.variables["party_name"],
            "opening": "下列工程竣工验收已满六个月，未报送竣工资料，责令限期补报。",
            "facts": facts(("项目", job.variables["project_name"]), ("验收日期", check.requested_on)),
            "basis": ["城乡规划法第四十五条、第六十七条"], "closing": "逾期不补报的，依法处理。",
        },
    )  # fmt: skip
    _change(uow, job.variables, order_no=number)
    return {}


def reopen_check(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Begin the next round of a checkpoint after its correction."""
    old, today = check_in(uow, job.variables), local_day_of(uow.now)
    new_id = add_check(
        uow, old.project_id, old.code, old.name, requested_on=today, requested_by=str(job.variables["acted_by"]),
        surveyor=old.surveyor, request_note="整改后重新核验",
    )  # fmt: skip
    return {"check_id": str(new_id), "requested_on": today.isoformat()}


def register_violation(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Hand a builder who does not correct over as a lead, with the permit attached."""
    given: Mapping[str, Any] = job.variables
    row = project_in(uow, given)
    matter = str(given["route"]["matter"])
    lead = {"facts": str(given["violation_facts"]), "matter": matter, "found_at": None}
    key = lead_of(uow, row, rulebook, str(given["acted_by"]), lead)
    _change(uow, given, lead_key=key)
    return {"lead_key": key}


def check_in(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the check a step is about."""
    mine = construction_check.c.id == UUID(str(variables["check_id"]))
    return uow.connection.execute(select(construction_check).where(mine)).one()


def _change(uow: UnitOfWork, variables: Mapping[str, Any], **values: object) -> None:
    mine = construction_check.c.id == UUID(str(variables["check_id"]))
    uow.connection.execute(update(construction_check).where(mine).values(**values))


def _facts(uow: UnitOfWork, job: ServiceJob, check: Row[Any]) -> list[dict[str, str]]:
    given = job.variables
    names = names_of(uow, check.officers)
    measured = [(MEASURES[name], value) for name, value in check.measured.items()]
    people = "、".join(names.get(one, one) for one in check.officers)
    return facts(
        ("项目", given["project_name"]), ("许可证", given["document_no"]),
        ("核验环节", f"{check.name}（第 {check.round} 次）"), ("核验日期", check.checked_on), ("核验人员", people),
        *measured, ("核验情况", check.findings),
    )  # fmt: skip
