"""The daily look: decisions without a record are queued, stuck records get a correction, expired ones come down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, or_, select

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from engine.store.tables import process_definition, process_instance
from workflows.credit.entries import change, end_entry, licence_decided, penalty_decided
from workflows.credit.following import correction_request
from workflows.policy import SYSTEM
from workflows.publication.adopting import adopt
from workflows.publication.outlets import again_sent
from workflows.records.approvals import approval
from workflows.records.credit import credit_entry
from workflows.records.delivery import outbound_record
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.uow import ZONE, UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

WATCH = "credit_watch"
_MANY = 500
_e = credit_entry.c


@dataclass(frozen=True, slots=True)
class OpenWatch:
    """Begin the daily look unless it is running; answers whether it was begun."""

    rulebook: Rulebook
    actor: str

    def run(self, uow: UnitOfWork) -> bool:
        """Start its first day."""
        known = select(process_definition.c.id).where(process_definition.c.key == WATCH)
        running = select(process_instance.c.id).where(
            process_instance.c.definition_key == WATCH, process_instance.c.status.in_(("active", "suspended"))
        )
        if uow.connection.execute(known).first() is None or uow.connection.execute(running).first() is not None:
            return False
        trigger = StartTrigger("watch_due", "message", "credit_watch_due")
        key = key_of(uow)
        StartProcess(WATCH, key, self.actor, {"business_key": key}, trigger=trigger).run(uow)
        return True


def key_of(uow: UnitOfWork) -> str:
    """Return the business key of a day's look."""
    return f"XYHD/{local_day_of(uow.now)}"


def check(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Do the day's look; answers which corrections to start and when to look again."""
    fill_gaps(uow, rulebook)
    expire(uow)
    adopt(uow, rulebook)
    retry_withdrawals(uow)
    stuck = [dict(correction_request(uow, rulebook, row)) for row in stuck_entries(uow)]
    tomorrow = local_day_of(uow.now) + ONE_DAY
    midnight = datetime.combine(tomorrow, time(), ZONE).astimezone(UTC)
    return {"stuck": stuck, "next_check_at": midnight.isoformat(), "next_key": f"XYHD/{tomorrow}"}


def gaps(uow: UnitOfWork, limit: int = _MANY) -> list[tuple[str, UUID]]:
    """Return decisions of the case system that have no entry: licences granted, penalties decided."""
    a, c = approval.c, penalty_case.c
    licence = and_(_e.kind == "licence", _e.source_id == a.id)
    penalty = and_(_e.kind == "penalty", _e.source_id == c.id)
    found: list[tuple[str, UUID]] = []
    queries = (
        ("licence", select(a.id).outerjoin(credit_entry, licence).where(_e.id.is_(None), a.result == "granted")),
        ("penalty", select(c.id).outerjoin(credit_entry, penalty).where(_e.id.is_(None), c.outcome == "penalise",
                                                                      c.overturn.is_(None))),
    )  # fmt: skip
    for kind, query in queries:
        found.extend((kind, UUID(str(one))) for one in uow.connection.scalars(query.limit(limit)))
    return found


def fill_gaps(uow: UnitOfWork, rulebook: Rulebook) -> int:
    """Queue what was left out, marked as brought in later; answers how many."""
    found = gaps(uow)
    for kind, source_id in found:
        owe = licence_decided if kind == "licence" else penalty_decided
        owe(uow, rulebook, source_id, is_backfill=True)
    return len(found)


def expire(uow: UnitOfWork) -> int:
    """Take down what may no longer be public; answers how many."""
    over = (_e.expires_on <= local_day_of(uow.now)) & (_e.state != "ended")
    rows = uow.connection.execute(select(credit_entry).where(over).order_by(_e.expires_on).limit(_MANY)).all()
    for row in rows:
        end_entry(uow, row, "expired")
    return len(rows)


def retry_withdrawals(uow: UnitOfWork) -> int:
    """Ask the platform again to take down what it refused to take down; answers how many."""
    r = outbound_record.c
    refused = select(_e.id, _e.record_id).join(outbound_record, r.id == _e.record_id)
    refused = refused.where(_e.state.in_(("ended", "exempt")), r.operation == "d", r.status == "rejected")
    rows = uow.connection.execute(refused.order_by(_e.id).limit(_MANY)).all()
    for row in rows:
        again = again_sent(uow, SYSTEM, row.record_id)
        change(uow, row.id, record_id=again, message="信用平台退回了撤下请求，已重新报送")
    return len(rows)


def stuck_entries(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Return what nobody corrects yet: held or refused, or not accepted though seven calendar days are over."""
    late = _e.state.in_(("queued", "sent")) & (_e.warn_at <= uow.now)
    wrong = or_(_e.state.in_(("held", "rejected")), late)
    mine = select(credit_entry).where(_e.correction_key.is_(None), wrong, _e.accepted_at.is_(None))
    return uow.connection.execute(mine.order_by(_e.due_at, _e.id).limit(_MANY)).all()
