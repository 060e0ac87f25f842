"""Reads and writes one alert, and keeps what was done to it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from workflows import errors
from workflows.alerts.devices import seen_by
from workflows.policy import Actor
from workflows.records.alerts import alert, alert_event
from workflows.uow import UnitOfWork

STATES: Mapping[str, str] = {
    "new": "待研判", "dismissed": "已忽略", "on_site": "待到场", "untrue": "不属实", "true": "属实，处置中",
    "closed": "已办结",
}  # fmt: skip
NOISE: Mapping[str, str] = {"false": "误报", "duplicate": "重复", "lawful": "合法作业"}
VERDICTS: Mapping[str, str] = {"true": "属实", **NOISE}
ADVICE: Mapping[str, str] = {"hot": "热区", "look": "人工研判", "doubtful": "存疑", "noise": "建议忽略"}
FOLLOW_UPS: Mapping[str, str] = {
    "inspection": "行政检查", "penalty": "处罚线索", "transfer": "案件移送", "persuade": "劝诫改正", "none": "不再处理",
}  # fmt: skip
WATCHERS = ("section_officer", "section_head", "district_officer", "squad_officer", "squad_head")


def alert_of(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the alert of a case."""
    return uow.connection.execute(select(alert).where(alert.c.id == UUID(str(variables["alert_id"])))).one()


def alert_for(uow: UnitOfWork, actor: Actor, number: str) -> Row[Any]:
    """Return an alert the person may see.

    Raises:
        CaseNotFound: there is none, or it is another unit's.
    """
    mine = (alert.c.number == number) & seen_by(actor, alert)
    row = uow.connection.execute(select(alert).where(mine)).one_or_none()
    if row is None:
        raise errors.CaseNotFound(case=number)
    return row


def change(uow: UnitOfWork, alert_id: UUID, **values: object) -> None:
    """Write columns of an alert."""
    uow.connection.execute(update(alert).where(alert.c.id == alert_id).values(**values))


def tell(uow: UnitOfWork, alert_id: UUID, kind: str, actor: str, **detail: object) -> None:
    """Keep what was done."""
    row = {"id": uow.new_id(), "alert_id": alert_id, "kind": kind, "at": uow.now, "actor": actor, "detail": detail}
    uow.connection.execute(insert(alert_event), row)
