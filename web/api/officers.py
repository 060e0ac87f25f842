"""Certificates of officers, whom they avoid, and check sheets."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.objects import FormAnswersSchema, KeptSchema
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from workflows.desk.libraries import Kept
from workflows.libraries.sheets import CheckSheet

routes = Routes("officers", "Who may inspect, whom they avoid, and what they look at")


class CertificateSchema(Schema):
    """An officer with a certificate, or without one."""

    login = fields.String()
    name = fields.String()
    unit = fields.String()
    id = fields.UUID(allow_none=True)
    number = fields.String(allow_none=True)
    issued_on = fields.Date(allow_none=True)
    expires_on = fields.Date(allow_none=True)
    revoked_on = fields.Date(allow_none=True)
    lamp = fields.String(metadata={"description": "red, yellow, green or grey"})
    text = fields.String()


class RelationSchema(Schema):
    """Whom an officer avoids."""

    id = fields.UUID()
    login = fields.String()
    officer_name = fields.String()
    object_id = fields.UUID(allow_none=True)
    credit_code = fields.String(allow_none=True)
    name = fields.String()
    reason = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)


class CheckLineSchema(Schema):
    """One thing to look at."""

    code = fields.String(load_default="", validate=validate.Length(max=20))
    text = fields.String(required=True, validate=validate.Length(1, 500))
    basis = fields.String(load_default="", validate=validate.Length(max=300))
    method = fields.String(load_default="", validate=validate.Length(max=100))
    is_key = fields.Boolean(load_default=False)


class CheckSheetSchema(Schema):
    """A version of an item's sheet."""

    item_code = fields.String()
    version = fields.Integer()
    name = fields.String()
    lines = fields.List(fields.Nested(CheckLineSchema))
    qualification = fields.String(allow_none=True)
    status = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)


class NewCheckSheetSchema(Schema):
    """A new version of a sheet, in force from a day on."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    lines = fields.List(fields.Nested(CheckLineSchema), required=True, validate=validate.Length(1, 200))
    qualification = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    valid_from = fields.Date(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 500))


@routes.get("/certificates", CertificateSchema, many=True)
def list_certificates() -> Sequence[Mapping[str, Any]]:
    """List the officers the caller may see, those whose certificate ends first on top."""
    return desk().officers.certificates(caller())


@routes.send(
    "POST", "/certificates", body=FormAnswersSchema, gives=KeptSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def register_certificate(body: Mapping[str, Any]) -> tuple[Kept, int, dict[str, str]]:
    """Register a certificate."""
    done = desk().officers.register_certificate(caller(), body["answers"], key=idempotency_key())
    return done, 201, replayed(done.was_known)


@routes.send("POST", "/certificates/<uuid:certificate_id>:revoke", status=204)
def revoke_certificate(certificate_id: UUID) -> None:
    """Take a certificate back from today on."""
    desk().officers.revoke_certificate(caller(), certificate_id)


@routes.get("/officer-relations", RelationSchema, many=True)
def list_relations() -> Sequence[Mapping[str, Any]]:
    """List the relations the caller may know."""
    return desk().officers.relations(caller())


@routes.send(
    "POST", "/officer-relations", body=FormAnswersSchema, gives=KeptSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def declare_relation(body: Mapping[str, Any]) -> tuple[Kept, int, dict[str, str]]:
    """Declare whom an officer avoids."""
    done = desk().officers.declare(caller(), body["answers"], key=idempotency_key())
    return done, 201, replayed(done.was_known)


@routes.get("/check-sheets/<item_code>", CheckSheetSchema)
def read_sheet(item_code: str) -> CheckSheet:
    """Read the sheet of an item in force today."""
    return desk().officers.sheet(caller(), item_code)[0]


@routes.send(
    "POST", "/check-sheets/<item_code>", body=NewCheckSheetSchema, gives=CheckSheetSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def write_sheet(body: Mapping[str, Any], item_code: str) -> tuple[CheckSheet, int, dict[str, str]]:
    """Write a new version of a sheet."""
    version = desk().officers.put_sheet(caller(), item_code, body, idempotency_key())
    found, _ = desk().officers.sheet(caller(), item_code, version)
    return found, 201, {"Location": url_for(".read_sheet", item_code=found.item_code)}
