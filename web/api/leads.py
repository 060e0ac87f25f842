"""Leads: suspected violations, from which case transfers come."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from workflows.commands.register_lead import LeadRegistered

routes = Routes("leads", "Suspected violations")


class LeadSchema(Schema):
    """A lead: the answers to the form, and the case it was found in."""

    case = fields.String(load_default="", validate=validate.Length(max=60))
    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class RegisteredSchema(Schema):
    """The new case."""

    transfer_id = fields.UUID()
    business_key = fields.String()


@routes.send(
    "POST", "/leads", body=LeadSchema, gives=RegisteredSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def register_lead(body: Mapping[str, Any]) -> tuple[LeadRegistered, int, dict[str, str]]:
    """Register a lead and start its case; the same key registers one."""
    actor, key = caller(), idempotency_key()
    done = desk().transfers.register(actor, body["answers"], body["case"], key=key)
    place = {"Location": url_for("api-cases.read_case", business_key=done.business_key)}
    return done, 201, {**place, **replayed(done.was_known)}
