"""Tables of the domain, on the engine's metadata; importing this package registers all of them."""

from workflows.records import (
    alerts,
    approvals,
    as_of,
    audit,
    bulletins,
    cases,
    catalogue,
    clocks,
    coercions,
    complaints,
    construction,
    credit,
    delivery,
    devolved,
    engine_admin,
    exchange,
    field,
    inspections,
    key_areas,
    letters,
    libraries,
    lists,
    offices,
    orders,
    oversight,
    penalties,
    performance,
    random_checks,
    reconciliation,
    staff,
    task_acts,
    teamwork,
)
from workflows.records.alerts import (
    alert,
    alert_event,
    alert_evidence,
    alert_listing,
    alert_parameter,
    device_review,
    hot_zone,
    monitoring_device,
    webhook_key,
    webhook_nonce,
)
from workflows.records.approvals import approval, approval_revision, hard_block, import_batch, import_row, party
from workflows.records.as_of import row_change, rule_file
from workflows.records.audit import audit_chain, audit_event, audit_leaf, audit_root
from workflows.records.bulletins import bulletin, bulletin_figure
from workflows.records.cases import copy, duty, transfer, transfer_milestone
from workflows.records.catalogue import catalogue_batch, catalogue_change, catalogue_row
from workflows.records.clocks import calendar_override, running_limit, time_limit
from workflows.records.coercions import coercion
from workflows.records.complaints import (
    complaint,
    complaint_event,
    complaint_import,
    complaint_import_row,
    complaint_informant,
    complaint_look,
    complaint_recusal,
)
from workflows.records.construction import (
    construction_check,
    construction_project,
    construction_skip,
    patrol,
    patrol_subject,
    temporary_extension,
    temporary_permit,
)
from workflows.records.credit import credit_entry, credit_request
from workflows.records.delivery import delivery_receipt, outbound_batch, outbound_correction, outbound_record
from workflows.records.devolved import delegation, devolved_file, devolved_review
from workflows.records.engine_admin import admin_request
from workflows.records.exchange import exchange_backfill, exchange_sweep
from workflows.records.field import inspection_supplement
from workflows.records.inspections import evidence_file, inspection, inspection_record, supervision_act
from workflows.records.key_areas import key_campaign, key_check, key_entry, key_signal
from workflows.records.letters import draft, letter, notification, receipt, serial
from workflows.records.libraries import (
    check_sheet,
    inspection_object,
    object_change,
    object_item,
    object_rating,
    officer_certificate,
    officer_qualification,
    officer_relation,
)
from workflows.records.offices import api_token, item, item_assignment, login_session, officer, unit
from workflows.records.orders import supervision_order, supervision_rung
from workflows.records.oversight import oversight_case
from workflows.records.penalties import (
    evidence_hold,
    penalty_case,
    penalty_event,
    penalty_instalment,
    penalty_payment,
    penalty_publication,
)
from workflows.records.performance import act_audit, audit_round, duty_cycle, inaction_finding, kpi, kpi_weight
from workflows.records.publication import public_record, publication
from workflows.records.random_checks import (
    draw_change,
    draw_lot,
    draw_proof,
    draw_seal,
    random_plan,
    random_plan_line,
    random_target,
    random_task,
)
from workflows.records.reconciliation import (
    reconciliation_day,
    reconciliation_difference,
    reconciliation_entry,
    reconciliation_line,
    reconciliation_list,
    reconciliation_list_row,
)
from workflows.records.staff import staff_absence, staff_confirmation, staff_post
from workflows.records.task_acts import task_delegation, task_opening, undo_ticket
from workflows.records.teamwork import (
    acted_for,
    case_comment,
    reading,
    reading_receipt,
    signing_entry,
    signing_round,
    urge,
)
from workflows.records.webhooks import webhook_delivery, webhook_subscription

__all__ = [
    "act_audit", "acted_for", "admin_request", "alert", "alert_event", "alert_evidence", "alert_listing",
    "alert_parameter", "alerts", "api_token", "approval", "approval_revision", "approvals", "as_of", "audit",
    "audit_chain", "audit_event", "audit_leaf", "audit_root", "audit_round", "bulletin", "bulletin_figure",
    "bulletins", "calendar_override", "case_comment", "cases", "catalogue", "catalogue_batch", "catalogue_change",
    "catalogue_row", "check_sheet", "clocks", "coercion", "coercions", "complaint", "complaint_event",
    "complaint_import", "complaint_import_row", "complaint_informant", "complaint_look", "complaint_recusal",
    "complaints", "construction", "construction_check", "construction_project", "construction_skip", "copy", "credit",
    "credit_entry", "credit_request", "delegation", "delivery", "delivery_receipt", "device_review", "devolved",
    "devolved_file", "devolved_review", "draft", "draw_change", "draw_lot", "draw_proof", "draw_seal", "duty",
    "duty_cycle", "engine_admin", "evidence_file", "evidence_hold", "exchange", "exchange_backfill", "exchange_sweep",
    "field", "hard_block", "hot_zone", "import_batch", "import_row", "inaction_finding", "inspection",
    "inspection_object", "inspection_record", "inspection_supplement", "inspections", "item", "item_assignment",
    "key_areas", "key_campaign", "key_check", "key_entry", "key_signal", "kpi", "kpi_weight", "letter", "letters",
    "libraries", "lists", "login_session", "monitoring_device", "notification", "object_change", "object_item",
    "object_rating", "officer", "officer_certificate", "officer_qualification", "officer_relation", "offices",
    "orders", "outbound_batch", "outbound_correction", "outbound_record", "oversight", "oversight_case", "party",
    "patrol", "patrol_subject", "penalties", "penalty_case", "penalty_event", "penalty_instalment", "penalty_payment",
    "penalty_publication", "performance", "public_record", "publication", "random_checks", "random_plan",
    "random_plan_line", "random_target", "random_task", "reading", "reading_receipt", "receipt", "reconciliation",
    "reconciliation_day", "reconciliation_difference", "reconciliation_entry", "reconciliation_line",
    "reconciliation_list", "reconciliation_list_row", "row_change", "rule_file", "running_limit", "serial",
    "signing_entry", "signing_round", "staff", "staff_absence", "staff_confirmation", "staff_post", "supervision_act",
    "supervision_order", "supervision_rung", "task_acts", "task_delegation", "task_opening", "teamwork",
    "temporary_extension", "temporary_permit", "time_limit", "transfer", "transfer_milestone", "undo_ticket", "unit",
    "urge", "webhook_delivery", "webhook_key", "webhook_nonce", "webhook_subscription",
]  # fmt: skip
