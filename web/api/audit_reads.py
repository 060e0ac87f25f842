"""Who read what about a case or a party, as lines and as a file; each question is a record of the audit."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from web.api.caller import application, caller
from web.api.routes import Routes
from web.api.shapes import Instant
from workflows.audit.reads import Reads, ReadsAsked
from workflows.audit.words import KINDS

routes = Routes("audit-reads", "Who read what about a case or a party")
MEDIA = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}


class ReadsAskedSchema(Schema):
    """About which case, or which party; sent as a body, so that no name stands in an address or a log."""

    case = fields.String(load_default="", validate=validate.Length(max=200))
    party = fields.String(
        load_default="", validate=validate.Length(max=200),
        metadata={"description": "the whole name, or the number of a document or telephone"},
    )  # fmt: skip
    first = fields.Date(load_default=None)
    last = fields.Date(load_default=None)


class ReadLineSchema(Schema):
    """One reading."""

    at = Instant()
    login = fields.String()
    name = fields.String()
    unit = fields.String()
    kind = fields.String(validate=validate.OneOf(list(KINDS)))
    case = fields.String()
    object = fields.String(metadata={"description": "hash of the attachment, or the fields that were shown"})
    reason = fields.String()
    ip = fields.String()
    request_id = fields.String()
    seq = fields.Integer(allow_none=True)


class ReadsSchema(Schema):
    """The readings, newest first, at most five thousand, and the cases they are about, at most two hundred."""

    lines = fields.List(fields.Nested(ReadLineSchema))
    cases = fields.List(fields.String())
    is_cut = fields.Boolean(metadata={"description": "there are more: ask for fewer days"})


@routes.send("POST", "/audit/reads", body=ReadsAskedSchema, gives=ReadsSchema)
def list_reads(body: Mapping[str, Any]) -> Reads:
    """Return who read what about a case or a party."""
    return application().audit.reads(caller(), ReadsAsked(**body))


def _file(body: Mapping[str, Any], kind: str) -> Response:
    content = application().audit.reads_file(caller(), ReadsAsked(**body), kind)
    head = {"Content-Disposition": f'attachment; filename="reads.{kind}"'}
    return Response(content, content_type=MEDIA[kind], headers=head)


@routes.send_for_file("/audit/reads.xlsx", ReadsAskedSchema, MEDIA["xlsx"])
def reads_workbook(body: Mapping[str, Any]) -> Response:
    """Return the readings as a workbook in which no cell is a formula."""
    return _file(body, "xlsx")


@routes.send_for_file("/audit/reads.csv", ReadsAskedSchema, MEDIA["csv"])
def reads_csv(body: Mapping[str, Any]) -> Response:
    """Return the readings as comma separated values in which no cell is a formula."""
    return _file(body, "csv")
