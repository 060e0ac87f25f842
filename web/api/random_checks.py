"""Random inspections: plans and their lines, tasks, the two seals, proofs and their repetition, published results."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.preconditions import idempotency_key
from web.api.random_shapes import (
    RandomPlanLineSchema,
    RandomPlanRowSchema,
    RandomPlanSchema,
    RandomResultPageSchema,
    RandomTaskPageSchema,
    RandomTaskSchema,
    RandomVerdictSchema,
)
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.paging import seal, unseal
from workflows.desk.random_plans import PlanView
from workflows.desk.random_tasks import MOST, TaskFilter
from workflows.desk.random_views import TaskPage, TaskView

routes = Routes("random-checks", "Random inspections: plans, draws, results")
Headers = dict[str, str]


class RandomPageQuery(Schema):
    """How many, and where to go on."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))
    cursor = fields.String(load_default="", validate=validate.Length(max=200))


class RandomTaskQuery(RandomPageQuery):
    """Which tasks."""

    state = fields.String(load_default="", validate=validate.Length(max=20))
    unit = fields.String(load_default="", validate=validate.Length(max=40))


class RandomAnswersSchema(Schema):
    """The answers to the form, as the page has it."""

    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class RandomSealTextSchema(Schema):
    """What a person seals; it is shown to nobody before both have sealed."""

    text = fields.String(required=True, validate=validate.Length(max=64))


class RandomCreatedSchema(Schema):
    """What is new."""

    id = fields.UUID()


class RandomStartedSchema(Schema):
    """The new task."""

    business_key = fields.String()


class RandomSealedSchema(Schema):
    """Which step was done."""

    step = fields.String()


@routes.get("/random-plans", RandomPlanRowSchema, many=True)
def list_plans() -> tuple[Mapping[str, Any], ...]:
    """List the plans, the newest first; drafts only for who edits or oversees. At most 50."""
    return desk().random_plans.plans(caller())


@routes.send(
    "POST", "/random-plans", body=RandomAnswersSchema, gives=RandomCreatedSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)
def start_plan(body: Mapping[str, Any]) -> tuple[Mapping[str, UUID], int, Headers]:
    """Begin a plan; the same key begins one."""
    plan_id = desk().random_plans.start(caller(), body["answers"], key=idempotency_key())
    return {"id": plan_id}, 201, {"Location": url_for(".read_plan", plan_id=plan_id)}


@routes.get("/random-plans/<uuid:plan_id>", RandomPlanSchema)
def read_plan(plan_id: UUID) -> PlanView:
    """Read a plan with its lines, and what the caps say of it while it is a draft."""
    return desk().random_plans.plan(caller(), plan_id)


@routes.send(
    "POST", "/random-plans/<uuid:plan_id>/lines", body=RandomAnswersSchema, gives=RandomCreatedSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def add_line(body: Mapping[str, Any], plan_id: UUID) -> tuple[Mapping[str, UUID], int, Headers]:
    """Add a line to a draft; the same key adds one."""
    line_id = desk().random_plans.save_line(caller(), plan_id, body["answers"], key=idempotency_key())
    return {"id": line_id}, 201, {"Location": url_for(".read_plan", plan_id=plan_id)}


@routes.send(
    "PUT", "/random-plans/<uuid:plan_id>/lines/<uuid:line_id>", body=RandomAnswersSchema, gives=RandomPlanLineSchema
)
def save_line(body: Mapping[str, Any], plan_id: UUID, line_id: UUID) -> Mapping[str, Any]:
    """Change a line of a draft."""
    plans = desk().random_plans
    plans.save_line(caller(), plan_id, body["answers"], line_id)
    return next(line for line in plans.plan(caller(), plan_id).lines if line["id"] == line_id)


@routes.send("DELETE", "/random-plans/<uuid:plan_id>/lines/<uuid:line_id>", status=204)
def remove_line(plan_id: UUID, line_id: UUID) -> None:
    """Take a line out of a draft."""
    desk().random_plans.remove_line(caller(), plan_id, line_id)


@routes.get("/random-tasks", RandomTaskPageSchema, query=RandomTaskQuery)
def list_tasks(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List the tasks that concern the caller, the newest first, a page at a time."""
    wanted = TaskFilter(query["state"], query["unit"], unseal(query["cursor"]), query["limit"])
    return _paged(desk().random_tasks.page(caller(), wanted))


@routes.send(
    "POST", "/random-tasks", body=RandomAnswersSchema, gives=RandomStartedSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)
def start_task(body: Mapping[str, Any]) -> tuple[Mapping[str, str], int, Headers]:
    """Begin a task ad hoc; the same key begins one."""
    key = desk().random_tasks.start(caller(), body["answers"], key=idempotency_key())
    return {"business_key": key}, 201, {"Location": url_for(".read_task", key=key)}


@routes.get("/random-tasks/<key>", RandomTaskSchema)
def read_task(key: str) -> TaskView:
    """Read a task: its draws with commitment and seals, what was drawn, changes, results."""
    return desk().random_tasks.view(caller(), key)


@routes.send("POST", "/random-tasks/<key>/seal", body=RandomSealTextSchema, gives=RandomSealedSchema)
def seal_text(body: Mapping[str, Any], key: str) -> Mapping[str, str]:
    """Seal the caller's input as operator or witness; a second time there is nothing to seal."""
    return {"step": desk().random_tasks.seal(caller(), key, body["text"])}


@routes.file("/draws/<uuid:lot_id>/proof", {"json": "application/json"})
def read_proof(lot_id: UUID) -> Response:
    """Read the proof of a draw, byte for byte; docs/draw.md says how to repeat it."""
    return Response(desk().random_tasks.proof(caller(), lot_id)[1], mimetype="application/json")


@routes.get("/draws/<uuid:lot_id>/verification", RandomVerdictSchema)
def verify(lot_id: UUID) -> Mapping[str, Any]:
    """Repeat a draw from its proof and say whether it agrees, and if not, where."""
    found = desk().random_tasks.verify(caller(), lot_id)
    return {"agrees": found is None, "place": found.place if found else "", "message": found.message if found else ""}


@routes.get("/random-results", RandomResultPageSchema, query=RandomPageQuery)
def list_results(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List published results, the newest first, a page at a time."""
    caller()
    return _paged(desk().random_tasks.results(query["limit"], unseal(query["cursor"])))


def _paged(page: TaskPage) -> Mapping[str, Any]:
    return {"items": page.rows, "next": seal(page.next)}
