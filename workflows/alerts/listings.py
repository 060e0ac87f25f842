"""Places with repeated true alerts: put on the list with a limit, reported on, checked, taken off (sanyuan/listing)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from workflows.alerts.evidence import hold_files
from workflows.alerts.store import tell
from workflows.clocks import is_task_late
from workflows.directory import find_unit
from workflows.letter_book import facts, write_letter
from workflows.notices import notify
from workflows.process import TaskContext
from workflows.records.alerts import alert, alert_listing
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, chinese_end

STATES: Mapping[str, str] = {"listed": "整改中", "reported": "待核查", "closed": "已销号"}
_l = alert_listing.c


def open_listing(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """List the place, or add the alerts to its listing that is open."""
    given = job.variables
    found = given["alerts"]
    numbers = [str(one) for one in found] if isinstance(found, list) else []
    mine = (_l.cell == given["cell"]) & (_l.state != "closed")
    known = uow.connection.execute(select(alert_listing).where(mine)).one_or_none()
    if known is not None:
        together = list(dict.fromkeys([*known.alerts, *numbers]))
        uow.connection.execute(update(alert_listing).where(_l.id == known.id).values(alerts=together))
        _mark(uow, numbers, known.number)
        return {"is_new": False, "listing_id": str(known.id)}
    listing_id = uow.new_id()
    number = next_number(uow, rulebook.city.numbers["alert_listing"], "alert_listing")
    row = {
        "id": listing_id, "number": number, "instance_id": job.instance_id, "cell": given["cell"],
        "place": given["place"], "area": given["area"], "unit": given["unit"], "alerts": numbers,
        "reason": given["reason"], "state": "listed", "reports": [], "is_late": False, "listed_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(alert_listing), row)
    _mark(uow, numbers, number)
    return {
        "is_new": True, "listing_id": str(listing_id), "listing_number": number,
        "policy_unit": rulebook.city.policy_unit, "title": f"挂牌督办：{given['place']}", "site": given["place"],
        "listing_round": 1,
    }  # fmt: skip


def _mark(uow: UnitOfWork, numbers: list[str], listing: str) -> None:
    uow.connection.execute(update(alert).where(alert.c.number.in_(numbers)).values(listing_number=listing))
    for alert_id in uow.connection.scalars(select(alert.c.id).where(alert.c.number.in_(numbers))).all():
        hold_files(uow, alert_id, listing)
        tell(uow, alert_id, "listed", "system", listing=listing)


def send_listing(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Issue the order to the unit, with its limit."""
    row, city = _listing(uow, job.variables), rulebook.city
    limit = rulebook.reckon("listed_report", uow.now)
    content = {
        "opening": "下列地点反复发生核查属实的非现场监管预警，现予挂牌督办，请限期整改并书面报告。",
        "facts": facts(
            ("地点", row.place), ("责任单位", find_unit(uow, row.unit).name), ("挂牌编号", row.number),
            ("挂牌理由", row.reason), ("属实预警", "、".join(row.alerts)),
        ),
        "deadline": f"{limit.limit.title} {limit.limit.text}，{chinese_end(limit.due_at)}前（{limit.limit.source}）",
        "basis": ["《细则》二（七）、三（三）"],
        "closing": "逾期不整改的，将逐级督办并列入局长办公会通报。",
    }  # fmt: skip
    _, number = write_letter(
        uow, city, job, kind="listing_order", about=row.id, sender=city.policy_unit, receiver=row.unit,
        subject="挂牌督办通知书", content=content,
    )  # fmt: skip
    _change(uow, row, order_number=number, due_at=limit.due_at)
    heads = [f"{row.unit}/{role}" for role in ("section_head", "squad_head", "district_officer")]
    notify(uow, heads, kind="listed", text=f"挂牌督办：{row.place}", business_key=job.business_key)
    return {"order_number": number}


def report_listing(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the unit's report."""
    row, late = _listing(uow, task.variables), is_task_late(uow, task.task_id)
    entry = {
        "round": task.variables["listing_round"], "measures": answers["listing_measures"], "late": late,
        "finished_on": answers["listing_finished_on"], "by": task.actor.login, "at": uow.now.isoformat(),
    }  # fmt: skip
    _change(uow, row, state="reported", reports=[*row.reports, entry], is_late=row.is_late or late)
    return {}


def check_listing(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the verdict; a report that is not enough begins another round."""
    row, verdict = _listing(uow, task.variables), answers["listing_decision"]
    entry = {
        **row.reports[-1],
        "verdict": verdict,
        "note": answers["listing_check_note"],
        "checked_by": task.actor.login,
    }
    state = "reported" if verdict == "close" else "listed"
    _change(uow, row, state=state, reports=[*row.reports[:-1], entry])
    return {"listing_round": int(task.variables["listing_round"]) + (verdict != "close")}


def close_listing(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Take the place off the list."""
    row = _listing(uow, job.variables)
    _change(uow, row, state="closed", closed_at=uow.now)
    heads = [f"{row.unit}/{role}" for role in ("section_head", "squad_head", "district_officer")]
    notify(uow, heads, kind="listed", text=f"已销号：{row.place}", business_key=job.business_key)
    return {}


def _listing(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    mine = _l.id == UUID(str(variables["listing_id"]))
    return uow.connection.execute(select(alert_listing).where(mine)).one()


def _change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    uow.connection.execute(update(alert_listing).where(_l.id == row.id).values(**values))
