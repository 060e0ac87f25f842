"""The processes of the platform; a new one is a line here."""

from collections.abc import Mapping

from engine.handlers import Handler, ServiceJob
from engine.store.unit_of_work import Recorder
from workflows.process import Effect, Offer, Process, Record
from workflows.processes import (
    act_audit,
    alert_housekeeping,
    approval_handoff,
    audit_cycle,
    case_transfer,
    catalogue_change,
    coercion,
    complaint,
    construction_tracking,
    credit_correction,
    credit_objection,
    credit_repair,
    credit_watch,
    criminal_referral,
    criticism_notice,
    cycle_duty,
    devolved_cycle,
    devolved_review,
    enforcement,
    evidence_hold,
    expiry_watch,
    inaction_finding,
    inspection,
    key_campaign,
    key_supervision,
    listed_supervision,
    oversight_calendar,
    oversight_interview,
    oversight_opinion,
    penalty,
    penalty_execution,
    penalty_inquiry,
    penalty_overturn,
    random_inspection,
    random_plan,
    reconciliation,
    reconciliation_day,
    site_alert,
    staff_absence,
    staff_confirmation,
    supervision_order,
    urban_copy,
    urban_patrol,
    work_bulletin,
)
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

PROCESSES: tuple[Process, ...] = (
    approval_handoff.PROCESS,
    urban_copy.PROCESS,
    case_transfer.PROCESS,
    supervision_order.PROCESS,
    devolved_cycle.PROCESS,
    devolved_review.PROCESS,
    inspection.PROCESS,
    random_plan.PROCESS,
    random_inspection.PROCESS,
    catalogue_change.PROCESS,
    construction_tracking.PROCESS,
    penalty.PROCESS,
    penalty_inquiry.PROCESS,
    penalty_execution.PROCESS,
    criminal_referral.PROCESS,
    evidence_hold.PROCESS,
    penalty_overturn.PROCESS,
    coercion.PROCESS,
    enforcement.PROCESS,
    expiry_watch.PROCESS,
    urban_patrol.PROCESS,
    key_supervision.PROCESS,
    key_campaign.PROCESS,
    cycle_duty.PROCESS,
    inaction_finding.PROCESS,
    audit_cycle.PROCESS,
    act_audit.PROCESS,
    reconciliation_day.PROCESS,
    reconciliation.PROCESS,
    site_alert.PROCESS,
    listed_supervision.PROCESS,
    alert_housekeeping.PROCESS,
    oversight_opinion.PROCESS,
    oversight_interview.PROCESS,
    criticism_notice.PROCESS,
    credit_watch.PROCESS,
    credit_correction.PROCESS,
    credit_objection.PROCESS,
    credit_repair.PROCESS,
    complaint.PROCESS,
    work_bulletin.PROCESS,
    oversight_calendar.PROCESS,
    staff_confirmation.PROCESS,
    staff_absence.PROCESS,
)
TITLES: Mapping[str, str] = {process.key: process.title for process in PROCESSES}


def recorders(rulebook: Rulebook) -> Mapping[str, Recorder]:
    """Return every recorder by topic, bound to the rules of the city."""
    found: dict[str, Recorder] = {}
    for process in PROCESSES:
        for topic, record in process.recorders.items():
            if topic in found:
                raise ValueError(f"two recorders for topic {topic}")
            found[topic] = _bound(record, rulebook)
    return found


def _bound(record: Record, rulebook: Rulebook) -> Recorder:
    def run(uow: UnitOfWork, job: ServiceJob) -> Mapping[str, object]:
        return record(uow, job, rulebook)

    return run


def handlers() -> Mapping[str, Handler]:
    """Return every handler by topic."""
    found: dict[str, Handler] = {}
    for process in PROCESSES:
        for topic, handler in process.handlers.items():
            if topic in found or any(topic in other.recorders for other in PROCESSES):
                raise ValueError(f"two handlers for topic {topic}")
            found[topic] = handler
    return found


def effect_of(definition_key: str, element_id: str) -> Effect | None:
    """Return what completing a user task does beside moving its token."""
    process = next((process for process in PROCESSES if process.key == definition_key), None)
    return process.on_complete.get(element_id) if process else None


def offer_of(definition_key: str, element_id: str) -> Offer | None:
    """Return what the form of a user task may choose from beside the task's variables."""
    process = next((process for process in PROCESSES if process.key == definition_key), None)
    return process.offers.get(element_id) if process else None


def secrets_of(definition_key: str) -> tuple[str, ...]:
    """Return the answers of a process that are kept neither with the task nor with the case."""
    process = next((process for process in PROCESSES if process.key == definition_key), None)
    return process.secrets if process else ()


__all__ = ["PROCESSES", "TITLES", "effect_of", "handlers", "offer_of", "recorders", "secrets_of"]
