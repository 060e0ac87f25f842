"""The check on site: what was found, whether it came in time, and what follows for the place."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from engine.handlers import ServiceJob
from workflows.acts import record_act
from workflows.alerts.parameters import values_of
from workflows.alerts.store import alert_of, change, tell
from workflows.clocks import is_task_late
from workflows.directory import names_of
from workflows.key_areas.signals import RecordSignal
from workflows.process import TaskContext
from workflows.records.alerts import alert, monitoring_device
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

_a = alert.c


def check_site(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what was seen, by whom and when."""
    row = alert_of(uow, task.variables)
    late = is_task_late(uow, task.task_id)
    change(
        uow, row.id, verdict=answers["verdict"], checked_by=task.actor.login, checked_at=uow.now, is_late=late,
        site_note=answers["site_note"], location=answers.get("location"), party_name=answers.get("party_name") or "",
        party_code=answers.get("party_code") or "",
    )  # fmt: skip
    tell(uow, row.id, "checked", task.actor.login, verdict=answers["verdict"], is_late=late)
    return {"checked_by": task.actor.login}


def record_verdict(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Close what proved untrue; of what proved true, enter the act, tell the key library, count the repeats."""
    row = alert_of(uow, job.variables)
    if row.verdict != "true":
        change(uow, row.id, state="untrue", closed_at=uow.now)
        return {"repeats": 0, "repeat_numbers": []}
    change(uow, row.id, state="true")
    object_id = uow.connection.scalar(
        select(monitoring_device.c.object_id).where(monitoring_device.c.id == row.device_id)
    )
    if object_id is not None:
        signal = {
            "source": "非现场监管", "source_key": row.number, "object_id": object_id, "kind": "alert", "count": 1,
            "note": row.site_note, "happened_at": row.happened_at.isoformat(),
        }  # fmt: skip
        RecordSignal(signal, row.checked_by, rulebook).run(uow)
    numbers = _repeats(uow, row, rulebook)
    return {"repeats": len(numbers), "repeat_numbers": numbers}


def _repeats(uow: UnitOfWork, row: Any, rulebook: Rulebook) -> list[str]:
    """Return the numbers of the true alerts at this place in the period, this one included."""
    days = values_of(uow, rulebook.city.folder)["repeat_days"]
    mine = (_a.cell == row.cell) & (_a.verdict == "true") & (_a.checked_at > uow.now - timedelta(days=days))
    return list(uow.connection.scalars(select(_a.number).where(mine).order_by(_a.checked_at, _a.number)))


def record_site_act(uow: UnitOfWork, row: Any, item_code: str) -> None:
    """Enter the check on site among the acts of supervision, once its item is known."""
    name = names_of(uow, [row.checked_by]).get(row.checked_by, row.checked_by)
    record_act(
        uow, kind="other", item_code=item_code, unit=row.unit, area=row.area, party_name=row.party_name,
        party_code=row.party_code, source="alert", source_id=row.id, business_key=row.number,
        happened_at=row.checked_at, officers=[{"login": row.checked_by, "name": name, "certificate_no": ""}],
        result="violation",
    )  # fmt: skip
