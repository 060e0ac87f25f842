"""Signing rounds: open, sign, add and remove signers, close; and what waits for the caller."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant
from workflows.desk.signing import VIEWS, TaskRounds
from workflows.signing.rounds import CloseRound, OpenRound
from workflows.signing.rules import MODES, MOST_SIGNERS, PLACES, RELATIONS
from workflows.signing.signers import AddSigners

routes = Routes("signings", "Signing rounds about tasks")


class RoundSignerSchema(Schema):
    """One signer of a round."""

    id = fields.UUID()
    login = fields.String()
    name = fields.String()
    state = fields.String()
    weight = fields.Integer()
    relation = fields.String()
    opinion = fields.String(allow_none=True)
    asked_at = Instant(allow_none=True)
    decided_at = Instant(allow_none=True)
    decided_by = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class RoundSchema(Schema):
    """A signing round."""

    id = fields.UUID()
    task_id = fields.UUID()
    business_key = fields.String()
    step = fields.String()
    place = fields.String()
    mode = fields.String()
    threshold = fields.Integer()
    question = fields.String()
    state = fields.String()
    outcome = fields.String(allow_none=True)
    opened_by = fields.String()
    opened_at = Instant()
    is_submitted = fields.Boolean()
    ended_at = Instant(allow_none=True)
    end_reason = fields.String(allow_none=True)
    due_at = Instant(allow_none=True)
    entries = fields.List(fields.Nested(RoundSignerSchema))


class TaskRoundsSchema(Schema):
    """The rounds of a task, the newest first."""

    task_id = fields.UUID()
    business_key = fields.String()
    step = fields.String()
    status = fields.String()
    is_owner = fields.Boolean()
    rounds = fields.List(fields.Nested(RoundSchema))


class SignerChoiceSchema(Schema):
    """Somebody who may be asked."""

    login = fields.String()
    name = fields.String()
    unit = fields.String()
    title = fields.String()
    stand_in = fields.String()


class OpenRoundSchema(Schema):
    """Whom to ask what, and how it is decided."""

    signers = fields.List(fields.String(validate=validate.Length(1, 60)), required=True,
                          validate=validate.Length(1, MOST_SIGNERS))  # fmt: skip
    question = fields.String(required=True, validate=validate.Length(1, 1000))
    mode = fields.String(load_default="all", validate=validate.OneOf(list(MODES)))
    place = fields.String(load_default="joint", validate=validate.OneOf(list(PLACES)))
    threshold = fields.Integer(load_default=100, validate=validate.Range(1, 100))
    weights = fields.Dict(keys=fields.String(), values=fields.Integer(validate=validate.Range(1, 100)), load_default={})


class SignSchema(Schema):
    """A signature; a dissent needs an opinion."""

    agrees = fields.Boolean(required=True)
    opinion = fields.String(load_default="", validate=validate.Length(max=1000))


class AddSignersSchema(Schema):
    """Whom to ask, too; with ``entry_id`` around that signer's own signature."""

    signers = fields.List(fields.String(validate=validate.Length(1, 60)), required=True,
                          validate=validate.Length(1, MOST_SIGNERS))  # fmt: skip
    relation = fields.String(load_default="parallel", validate=validate.OneOf(list(RELATIONS)))
    entry_id = fields.UUID(load_default=None, allow_none=True)


class SigningReasonSchema(Schema):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


class SigningQuery(Schema):
    """Which list."""

    view = fields.String(load_default="open", validate=validate.OneOf(list(VIEWS)))


class SignatureSchema(Schema):
    """A signature the caller owes or gave, or a round the caller opened."""

    entry_id = fields.UUID(allow_none=True)
    id = fields.UUID()
    task_id = fields.UUID()
    business_key = fields.String()
    title = fields.String()
    step = fields.String()
    question = fields.String()
    login = fields.String()
    entry_state = fields.String()
    state = fields.String()
    outcome = fields.String(allow_none=True)
    opened_by = fields.String()
    opened_at = Instant()
    due_at = Instant(allow_none=True)


@routes.get("/signings", SignatureSchema, query=SigningQuery, many=True)
def list_signings(query: Mapping[str, Any]) -> Any:
    """List what waits for the caller's signature; at most 200."""
    return desk().teamwork.signing.page(caller(), query["view"])


@routes.get("/tasks/<uuid:task_id>/signings", TaskRoundsSchema)
def list_rounds(task_id: UUID) -> TaskRounds:
    """List the rounds of a task."""
    return desk().teamwork.signing.of_task(caller(), task_id)


@routes.get("/tasks/<uuid:task_id>/signers", SignerChoiceSchema, many=True)
def list_signers(task_id: UUID) -> Any:
    """List whom the caller may ask about a task."""
    return desk().teamwork.signing.eligible(caller(), task_id)


@routes.send(
    "POST", "/tasks/<uuid:task_id>/signings", body=OpenRoundSchema, gives=TaskRoundsSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def open_round(body: Mapping[str, Any], task_id: UUID) -> TaskRounds:
    """Open a round; the same key opens one."""
    actor, key = caller(), idempotency_key()
    desk().teamwork.signing.open(OpenRound(task_id, actor, **body), key=key)
    return desk().teamwork.signing.of_task(actor, task_id)


@routes.send("POST", "/signings/<uuid:entry_id>:sign", body=SignSchema, gives=RoundSchema)
def sign(body: Mapping[str, Any], entry_id: UUID) -> Any:
    """Agree or dissent."""
    actor = caller()
    desk().teamwork.signing.sign(actor, entry_id, agrees=body["agrees"], opinion=body["opinion"])
    return desk().teamwork.signing.entry(actor, entry_id)[0]


@routes.send("POST", "/signings/<uuid:entry_id>:remove", body=SigningReasonSchema, gives=RoundSchema)
def remove_signer(body: Mapping[str, Any], entry_id: UUID) -> Any:
    """Take a signer off."""
    actor = caller()
    desk().teamwork.signing.remove(actor, entry_id, body["reason"])
    return desk().teamwork.signing.entry(actor, entry_id)[0]


@routes.send(
    "POST", "/tasks/<uuid:task_id>/signings/<uuid:round_id>:add", body=AddSignersSchema, gives=TaskRoundsSchema
)
def add_signers(body: Mapping[str, Any], task_id: UUID, round_id: UUID) -> TaskRounds:
    """Ask more people."""
    actor = caller()
    desk().teamwork.signing.add(AddSigners(round_id, task_id, actor, **body))
    return desk().teamwork.signing.of_task(actor, task_id)


@routes.send(
    "POST", "/tasks/<uuid:task_id>/signings/<uuid:round_id>:close", body=SigningReasonSchema, gives=TaskRoundsSchema
)
def close_round(body: Mapping[str, Any], task_id: UUID, round_id: UUID) -> TaskRounds:
    """End a round before it is decided."""
    actor = caller()
    desk().teamwork.signing.close(CloseRound(round_id, task_id, actor, body["reason"]))
    return desk().teamwork.signing.of_task(actor, task_id)
