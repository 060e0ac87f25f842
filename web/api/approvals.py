"""Approvals: hand one decision in, and ask for blocks before a new procedure."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from web.api.caller import caller, desk
from web.api.routes import Routes
from web.api.shapes import Instant, MessageSchema
from workflows.intake.layouts import LAYOUTS

routes = Routes("approvals", "Decisions of the approval bureaus")
_SHORT = validate.Length(max=200)


def _plain(value: object) -> None:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValidationError("应为文字或数字")


class DecisionSchema(Schema):
    """One decision as a row of an official layout: values by column code."""

    layout = fields.String(required=True, validate=validate.OneOf([layout.key for layout in LAYOUTS]))
    row = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 60)), required=True,
        values=fields.Raw(allow_none=True, validate=_plain), validate=validate.Length(1, 200),
    )  # fmt: skip


class IntakeSchema(Schema):
    """What became of a decision."""

    outcome = fields.String(metadata={"description": "accepted, changed, withdrawn, unchanged or blocked"})
    approval_id = fields.UUID(allow_none=True)
    business_key = fields.String(allow_none=True)
    messages = fields.List(fields.Nested(MessageSchema))


class BlockQuery(Schema):
    """A project or party; at least one of its marks."""

    project_no = fields.String(load_default="", validate=_SHORT)
    project_code = fields.String(load_default="", validate=_SHORT)
    party_name = fields.String(load_default="", validate=_SHORT)
    identity_number = fields.String(load_default="", validate=_SHORT)

    @validates_schema
    def _one_is_given(self, data: Mapping[str, str], **_kwargs: object) -> None:
        if not any(data.values()):
            raise ValidationError("请至少给出办件编号、项目代码、相对人名称或证件号码之一")


class BlockSchema(Schema):
    """A standing block."""

    id = fields.UUID()
    project_name = fields.String()
    reason = fields.String()
    clause = fields.String()
    set_at = Instant()


@routes.send("POST", "/approvals", body=DecisionSchema, gives=IntakeSchema, status=201, also=(200,))
def submit_decision(body: Mapping[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """Hand one decision in; repeating it changes nothing and answers 200."""
    result = desk().intake.submit(caller(), body["row"], body["layout"], "api")
    status = 201 if result.outcome in ("accepted", "changed") else 200
    if result.business_key is None:
        return result, status, {}
    return result, status, {"Location": url_for("api-cases.read_case", business_key=result.business_key)}


@routes.get("/blocks", BlockSchema, query=BlockQuery, many=True)
def list_blocks(query: Mapping[str, str]) -> Sequence[Any]:
    """List the standing blocks on a project or party."""
    return desk().intake.blocks(caller(), **query)
