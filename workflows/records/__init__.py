"""Tables of the domain, on the engine's metadata; importing this package registers all of them."""

from workflows.records import (
    approvals,
    cases,
    catalogue,
    clocks,
    construction,
    devolved,
    inspections,
    letters,
    libraries,
    offices,
    orders,
)
from workflows.records.approvals import approval, approval_revision, hard_block, import_batch, import_row, party
from workflows.records.cases import copy, duty, transfer, transfer_milestone
from workflows.records.catalogue import catalogue_batch, catalogue_change, catalogue_row
from workflows.records.clocks import calendar_override, running_limit, time_limit
from workflows.records.construction import construction_check, construction_project, construction_skip
from workflows.records.devolved import delegation, devolved_file, devolved_review
from workflows.records.inspections import evidence_file, inspection, inspection_record, supervision_act
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

__all__ = [
    "api_token",
    "approval",
    "approval_revision",
    "approvals",
    "calendar_override",
    "cases",
    "catalogue",
    "catalogue_batch",
    "catalogue_change",
    "catalogue_row",
    "check_sheet",
    "clocks",
    "construction",
    "construction_check",
    "construction_project",
    "construction_skip",
    "copy",
    "delegation",
    "devolved",
    "devolved_file",
    "devolved_review",
    "draft",
    "duty",
    "evidence_file",
    "hard_block",
    "import_batch",
    "import_row",
    "inspection",
    "inspection_object",
    "inspection_record",
    "inspections",
    "item",
    "item_assignment",
    "letter",
    "letters",
    "libraries",
    "login_session",
    "notification",
    "object_change",
    "object_item",
    "object_rating",
    "officer",
    "officer_certificate",
    "officer_qualification",
    "officer_relation",
    "offices",
    "orders",
    "party",
    "receipt",
    "running_limit",
    "serial",
    "supervision_act",
    "supervision_order",
    "supervision_rung",
    "time_limit",
    "transfer",
    "transfer_milestone",
    "unit",
]
