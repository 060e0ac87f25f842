"""What takes points off: criticism, inaction found, records found false."""

from typing import Any

from sqlalchemy import Select, true

from workflows.performance.sql import ACT, Window, joined, listed
from workflows.records.inspections import supervision_act
from workflows.records.offices import unit
from workflows.records.orders import supervision_order, supervision_rung
from workflows.records.performance import act_audit, inaction_finding

STANDING = ("confirmed", "appealed", "upheld")


def criticised(window: Window) -> Select[Any]:
    """Supervision orders that went as far as criticism."""
    order, rung = supervision_order.c, supervision_rung.c
    return (
        listed(key=rung.id, unit=order.unit, area=unit.c.area, at=rung.at, case_key=order.business_key,
               label=order.title, hit=true())
        .select_from(supervision_rung)
        .join(supervision_order, order.id == rung.order_id)
        .join(unit, unit.c.code == order.unit)
        .where(window.covers(rung.at), rung.rung == "criticised")
    )  # fmt: skip


def inactions(window: Window) -> Select[Any]:
    """Findings of inaction that stand, by the day of the decision."""
    f = inaction_finding.c
    return listed(
        key=f.id, unit=f.unit, area=f.area, at=f.decided_at, case_key=f.business_key, hit=true(),
        label=joined(f.item_code, " ", f.item_name, " ", f.cycle),
    ).where(window.covers(f.decided_at), f.state.in_(STANDING))  # fmt: skip


def records_false(window: Window) -> Select[Any]:
    """Acts that the sample audit found false."""
    audit = act_audit.c
    return (
        listed(key=audit.id, unit=audit.audited_unit, area=ACT.area, at=audit.audited_at, case_key=ACT.business_key,
               label=joined(ACT.item_code, " ", ACT.party_name), hit=true())
        .select_from(act_audit)
        .join(supervision_act, ACT.id == audit.act_id)
        .where(window.covers(audit.audited_at), audit.is_false)
    )  # fmt: skip
