"""Lists of alerts and the numbers above them; every number has its list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from workflows.alerts.devices import seen_by
from workflows.policy import Actor
from workflows.privacy.veil import veiled_all
from workflows.records.alerts import alert, monitoring_device
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
_a = alert.c
DECIDED = ("dismissed", "untrue", "true", "closed")
LATENESS: Mapping[str, str] = {"in_time": "按时到场", "late": "超时到场"}
PAGE = 50


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; an empty part asks for nothing. ``truth`` is true, untrue or decided."""

    state: str = ""
    advice: str = ""
    device: str = ""
    class_code: str = ""
    hour: str = ""
    cell: str = ""
    truth: str = ""
    checked: str = ""
    days: int = 0
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A page of alerts, the newest first; ``next`` is the place where the following page begins."""

    rows: tuple[Row, ...]
    total: int
    next: str


def page_of(uow: UnitOfWork, actor: Actor, wanted: AlertFilter) -> AlertPage:
    """Return a page of the alerts the person may see."""
    conditions = conditions_of(uow, actor, wanted)
    total = uow.connection.scalar(select(func.count()).select_from(alert).where(*conditions)) or 0
    if wanted.after:
        at, _, key = wanted.after.partition("|")
        moment = datetime.fromisoformat(at)
        conditions.append(or_(_a.received_at < moment, and_(_a.received_at == moment, _a.id < UUID(key))))
    statement = (
        select(alert, monitoring_device.c.name.label("device_name"), monitoring_device.c.code.label("device_code"))
        .join(monitoring_device, monitoring_device.c.id == _a.device_id)
        .where(*conditions)
        .order_by(_a.received_at.desc(), _a.id.desc())
        .limit(wanted.limit + 1)
    )
    found = [dict(row) for row in uow.connection.execute(statement).mappings()]
    rows = found[: wanted.limit]
    more = len(found) > wanted.limit
    place = f"{rows[-1]['received_at'].isoformat()}|{rows[-1]['id']}" if more else ""
    return AlertPage(veiled_all(actor, rows), int(total), place)


def conditions_of(uow: UnitOfWork, actor: Actor, wanted: AlertFilter) -> list[ColumnElement[bool]]:
    """Return what a filter means."""
    found: list[ColumnElement[bool]] = [seen_by(actor, alert)]
    for name in ("state", "advice", "class_code", "cell"):
        if value := getattr(wanted, name):
            found.append(_a[name] == value)
    if wanted.device:
        found.append(_a.device_id == UUID(wanted.device))
    if wanted.hour:
        found.append(_a.hour == int(wanted.hour))
    if wanted.days:
        found.append(_a.received_at >= uow.now - timedelta(days=wanted.days))
    if wanted.truth:
        found.append(
            is_true() if wanted.truth == "true" else is_decided() if wanted.truth == "decided" else is_untrue()
        )
    if wanted.checked:
        found.append(_a.is_late.is_(wanted.checked == "late"))
    return found


def is_true() -> ColumnElement[bool]:
    """Return the condition that the check on site said true."""
    return _a.verdict == "true"


def is_decided() -> ColumnElement[bool]:
    """Return the condition that it is known what the alert was; duplicates and what is open do not count."""
    return or_(is_true(), is_untrue())


def is_untrue() -> ColumnElement[bool]:
    """Return the condition that the alert was a false alarm or lawful work."""
    untrue = ("false", "lawful")
    return or_(_a.verdict.in_(untrue), (_a.state == "dismissed") & _a.dismissal.in_(untrue))


def counts_by(uow: UnitOfWork, actor: Actor, column: str, wanted: AlertFilter) -> dict[str, int]:
    """Return how many alerts there are of each value of a column."""
    rows = uow.connection.execute(
        select(_a[column], func.count().label("times")).where(*conditions_of(uow, actor, wanted)).group_by(_a[column])
    )
    return {str(row[0]): int(row[1]) for row in rows}
