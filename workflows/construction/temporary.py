"""Temporary works and temporary land: watched until their last day, extended by the rules, checked when over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from engine.commands.correlate_message import CorrelateMessage
from engine.commands.instances import CancelInstance
from engine.handlers import ServiceJob
from workflows import errors
from workflows.acts import record_act
from workflows.construction.projects import CHECKERS, lead_of
from workflows.directory import names_of
from workflows.followers import key_of
from workflows.letter_book import facts, write_letter
from workflows.notices import notify
from workflows.policy import Actor, require
from workflows.process import TaskContext
from workflows.records.approvals import approval, party
from workflows.records.construction import temporary_extension, temporary_permit
from workflows.rulebook import Rulebook
from workflows.time_limits import end_of_day, months_after
from workflows.uow import ZONE, UnitOfWork, local_day_of

KINDS: Mapping[str, str] = {"works": "临时建设", "land": "临时用地"}
STATES: Mapping[str, str] = {
    "watching": "期内", "expired": "已期满，待核查", "reclaiming": "复垦中", "done": "已拆除或复垦",
    "handed_over": "已转案件", "withdrawn": "许可撤回", "merged": "并入原许可",
}  # fmt: skip


def open_watch(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write down the last day, once for each permit; an extension already registered belongs to its first permit."""
    given: Mapping[str, Any] = job.variables
    key = UUID(str(given["approval_id"]))
    row = uow.connection.execute(
        select(approval, party.c.identity_number).join(party, party.c.id == approval.c.party_id)
        .where(approval.c.id == key)
    ).one()  # fmt: skip
    known = _permit_of(uow, key)
    is_extension = uow.connection.scalar(
        select(temporary_extension.c.id).where(temporary_extension.c.approval_id == key)
    )
    if row.result != "granted" or is_extension is not None or (known is not None and known.state != "withdrawn"):
        return {"is_new": False}
    rules = {name: value if name == "kind" else int(float(value)) for name, value in given["rules"].items()}
    first, last, warning = _period(row, rules)
    remind = last - timedelta(days=rulebook.reckon("expiry_remind", uow.now).limit.length)
    values = {
        "instance_id": job.instance_id, "business_key": job.business_key, "kind": rules["kind"],
        "unit": given["claiming_unit"], "area": given["area"], "rules": rules, "valid_from": first, "valid_to": last,
        "remind_on": remind, "state": "watching", "warning": warning, "opened_at": uow.now, "closed_at": None,
    }  # fmt: skip
    permit_id = known.id if known is not None else uow.new_id()
    if known is None:
        uow.connection.execute(insert(temporary_permit), {"id": permit_id, "approval_id": key, **values})
    else:
        _change(uow, permit_id, **values)
    return {
        "is_new": True, "permit_id": str(permit_id), "unit": given["claiming_unit"], "rules": rules, "decision": None,
        "party_code": row.identity_number, "violation_facts": None, **_instants(last, remind, rulebook),
    }  # fmt: skip


def _period(row: Row[Any], rules: Mapping[str, Any]) -> tuple[date, date, str]:
    """Return first and last day, and what has to be looked at."""
    first = row.valid_from or local_day_of(row.decided_at)
    if row.valid_to is None:
        return first, months_after(first, rules["usual_months"]), "许可未载明期限，暂按法定最长期限计算，请核实"
    if row.valid_to > months_after(first, rules["longest_months"]):
        return first, row.valid_to, f"批准期限超过法定最长 {rules['longest_months']} 个月，请核实"
    if row.valid_to > months_after(first, rules["usual_months"]):
        return first, row.valid_to, f"批准期限超过 {rules['usual_months']} 个月，请核实是否属能源、交通、水利设施"
    return first, row.valid_to, ""


def _instants(last: date, remind: date, rulebook: Rulebook) -> dict[str, str]:
    begin = datetime.combine(remind, time(), ZONE).astimezone(UTC)
    return {"remind_at": begin.isoformat(), "expires_at": end_of_day(last, rulebook.calendar).isoformat()}


def send_reminder(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Remind the holder in writing, and the unit."""
    row = permit_in(uow, job.variables)
    action = "拆除" if row.kind == "works" else "停止使用并复垦"
    apply_by = row.valid_to - timedelta(days=row.rules["apply_days"])
    extend = f"需要延期的，请于 {apply_by} 前（含当日）申请。" if row.rules["extensions"] else ""
    _, number = write_letter(
        uow, rulebook.city, job, kind="expiry_reminder", about=row.id, sender=row.unit, receiver="",
        subject="到期提醒函", content={
            "receiver": job.variables["party_name"],
            "opening": f"下列{KINDS[row.kind]}许可将于 {row.valid_to} 期满，请按期{action}。{extend}",
            "facts": facts(("项目", job.variables["project_name"]), ("许可证", job.variables["document_no"])),
            "basis": ["山东省城乡规划条例第五十一条" if row.kind == "works" else "土地管理法实施条例第二十条"],
            "closing": "特此提醒。",
        },
    )  # fmt: skip
    _change(uow, row.id, reminder_no=number)
    _tell(uow, row, f"{KINDS[row.kind]}将于 {row.valid_to} 期满：{job.variables['project_name']}")
    return {}


def note_expiry(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what was found when the permit was over."""
    row = permit_in(uow, task.variables)
    states = {"done": "done", "reclaimed": "done", "reclaiming": "reclaiming", "missing": "handed_over"}
    day = date.fromisoformat(str(answers["checked_on"])) if answers.get("checked_on") else local_day_of(uow.now)
    _change(
        uow, row.id, state=states[str(answers["decision"])], checked_on=day, checked_by=task.actor.login,
        result_note=answers.get("expiry_note"),
    )  # fmt: skip
    return {"acted_by": task.actor.login}


def record_expiry(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Enter the check among the acts of supervision."""
    row, given = permit_in(uow, job.variables), job.variables
    login = str(given["acted_by"])
    record_act(
        uow, kind="inspection", item_code=str(given["item_code"]), unit=row.unit, area=row.area,
        party_name=str(given["party_name"]), party_code=str(given["party_code"]), source="temporary_permit",
        source_id=row.id, business_key=job.business_key, happened_at=uow.now,
        officers=[{"login": login, "name": names_of(uow, [login]).get(login, login), "certificate_no": ""}],
        result="violation" if given["decision"] == "missing" else "no_problem",
    )  # fmt: skip
    return {}


def close_watch(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the file."""
    _change(uow, permit_in(uow, job.variables).id, state="done", closed_at=uow.now)
    return {}


def end_watch(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """End the watch with its permit."""
    row = permit_in(uow, job.variables)
    _change(uow, row.id, state="withdrawn", closed_at=uow.now)
    _tell(uow, row, f"临时许可已撤回，监管终止：{job.variables['project_name']}")
    return {}


def expiry_violation(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Hand over what was not pulled down or reclaimed, with the permit attached."""
    row, given = permit_in(uow, job.variables), job.variables
    matter = "illegal_building" if row.kind == "works" else "land_use"
    lead = {"facts": given["violation_facts"], "matter": matter, "source": "检查发现", "found_at": None}
    key = lead_of(uow, row, rulebook, str(given["acted_by"]), lead)
    _change(uow, row.id, lead_key=key, closed_at=uow.now)
    return {}


def apply_extension(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Move the last day as registered, and reckon when to remind again."""
    row = permit_in(uow, job.variables)
    remind = row.valid_to - timedelta(days=rulebook.reckon("expiry_remind", uow.now).limit.length)
    _change(uow, row.id, remind_on=remind, reminder_no=None)
    return _instants(row.valid_to, remind, rulebook)


@dataclass(frozen=True, slots=True)
class RegisterExtension:
    """Register that a temporary permit was extended by another decision; answers the number of the extension.

    Raises:
        FormInvalid: too many, too long, applied for too late, or there is no such decision.
        CaseNotFound: no such permit, or another unit's.
        ProjectClosed: it is over.
    """

    actor: Actor
    permit_id: UUID
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> int:
        """Write the extension and wake the watch."""
        require(self.actor, *CHECKERS)
        found = select(temporary_permit).where(temporary_permit.c.id == self.permit_id)
        row = uow.connection.execute(found).one_or_none()
        if row is None or row.unit not in self.actor.units:
            raise errors.CaseNotFound(permit=str(self.permit_id))
        if row.state != "watching" or local_day_of(uow.now) > row.valid_to:
            raise errors.ProjectClosed(permit=row.business_key, state=row.state)
        mine = temporary_extension.c.permit_id == row.id
        count = uow.connection.scalar(select(func.count()).select_from(temporary_extension).where(mine)) or 0
        new = date.fromisoformat(str(self.answers["new_valid_to"]))
        applied = date.fromisoformat(str(self.answers["applied_on"]))
        _refuse_against_rules(row, count, new, applied)
        by = self._decision(uow, row)
        uow.connection.execute(
            insert(temporary_extension),
            {
                "id": uow.new_id(), "permit_id": row.id, "number": count + 1, "approval_id": by, "applied_on": applied,
                "old_valid_to": row.valid_to, "new_valid_to": new, "registered_by": self.actor.login,
                "registered_at": uow.now,
            },
        )  # fmt: skip
        _change(uow, row.id, valid_to=new)
        self._merge(uow, by, row)
        CorrelateMessage("permit_extended", key_of(row.approval_id), {}, self.actor.login).run(uow)
        return count + 1

    def _decision(self, uow: UnitOfWork, row: Row[Any]) -> UUID:
        """Return the granted decision that extends the permit: of the same party, and not used before."""
        same_party = select(approval.c.party_id).where(approval.c.id == row.approval_id).scalar_subquery()
        mine = (approval.c.document_no == str(self.answers["document_no"]).strip()) & (approval.c.result == "granted")
        found = uow.connection.scalar(
            select(approval.c.id).where(mine, approval.c.party_id == same_party, approval.c.id != row.approval_id)
        )
        used = select(temporary_extension.c.id).where(temporary_extension.c.approval_id == found)
        if found is None or uow.connection.execute(used).first() is not None:
            raise _invalid("document_no", "没有推送到本系统的、同一相对人的准予决定使用此文书号，或该决定已登记过")
        return UUID(str(found))

    def _merge(self, uow: UnitOfWork, by: UUID, row: Row[Any]) -> None:
        """End the watch that the extending decision may have begun itself."""
        own = _permit_of(uow, by)
        if own is not None and own.state == "watching":
            CancelInstance(own.instance_id, self.actor.login, f"延期许可，并入 {row.business_key}").run(uow)
            _change(uow, own.id, state="merged", closed_at=uow.now)


def _refuse_against_rules(row: Row[Any], count: int, new: date, applied: date) -> None:
    """Compare with what the decision table said: how many, how long, how early."""
    rules = row.rules
    if count >= rules["extensions"]:
        text = (
            f"最多延期 {rules['extensions']} 次，已延期 {count} 次" if rules["extensions"] else "临时用地没有延期的规定"
        )
        raise _invalid("new_valid_to", text)
    longest = months_after(row.valid_to, rules["extension_months"])
    if not row.valid_to < new <= longest:
        raise _invalid(
            "new_valid_to", f"每次最长 {rules['extension_months']} 个月：应在 {row.valid_to} 之后，不晚于 {longest}"
        )
    latest = row.valid_to - timedelta(days=rules["apply_days"])
    if applied > latest:
        raise _invalid("applied_on", f"应在期满 {rules['apply_days']} 日前申请，即不晚于 {latest}")


def _invalid(field: str, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": field, "message": message}])


def permit_in(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the temporary permit a step is about."""
    mine = temporary_permit.c.id == UUID(str(variables["permit_id"]))
    return uow.connection.execute(select(temporary_permit).where(mine)).one()


def _permit_of(uow: UnitOfWork, approval_id: UUID) -> Row[Any] | None:
    mine = temporary_permit.c.approval_id == approval_id
    return uow.connection.execute(select(temporary_permit).where(mine)).one_or_none()


def _change(uow: UnitOfWork, key: UUID, **values: object) -> None:
    uow.connection.execute(update(temporary_permit).where(temporary_permit.c.id == key).values(**values))


def _tell(uow: UnitOfWork, row: Row[Any], text: str) -> None:
    groups = [f"{row.unit}/{role}" for role in CHECKERS]
    notify(uow, groups, kind="construction", text=text, business_key=row.business_key)
