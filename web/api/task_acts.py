"""Acts on tasks beside completing them: return, withdraw, delegate, and one act on many tasks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from web.api.caller import caller, desk
from web.api.preconditions import expected_version, idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, IF_MATCH, Routes
from web.api.shapes import NUMBER, Instant
from web.api.tasks import WorklistQuery
from web.problem_words import words_of
from workflows.desk.task_acts import ACTS, MOST, Options
from workflows.desk.worklist import WorklistFilter
from workflows.task_acts.moving import POLICIES

routes = Routes("task-acts", "Acts on user tasks beside completing them")
Reply = tuple[Any, int, dict[str, str]]
_REASON = validate.Length(1, 500)


class TaskCancelSchema(Schema):
    """An open task that would be cancelled."""

    step = fields.Function(lambda one: one[0])
    holder = fields.Function(lambda one: one[1])


class ReturnTargetSchema(Schema):
    """An earlier step; it is open for a return unless ``blocked`` says why not."""

    target = fields.String(attribute="element_id")
    scope = fields.Integer()
    name = fields.String()
    person = fields.String()
    cancels = fields.List(fields.Nested(TaskCancelSchema))
    may_come_back = fields.Boolean()
    blocked = fields.List(fields.String())


class TaskReturnSchema(Schema):
    """Where a task goes back to, and how the case goes on from there."""

    target = fields.String(required=True, validate=validate.Length(1, 200))
    scope = fields.Integer(load_default=None, allow_none=True, validate=NUMBER)
    reason = fields.String(required=True, validate=_REASON)
    policy = fields.String(load_default="replay", validate=validate.OneOf(list(POLICIES)))


class TaskWithdrawSchema(Schema):
    """Why a completed task is taken back."""

    reason = fields.String(load_default="", validate=validate.Length(0, 500))


class TaskDelegateSchema(Schema):
    """Whom to ask for an opinion, and about what."""

    login = fields.String(required=True, validate=validate.Length(1, 60))
    reason = fields.String(required=True, validate=_REASON)


class TaskOpinionGivenSchema(Schema):
    """The opinion one was asked for."""

    opinion = fields.String(required=True, validate=validate.Length(1, 1000))


class TaskDelegationSchema(Schema):
    """Who was asked, about what, and what they said."""

    owner = fields.String()
    owner_name = fields.String()
    delegate = fields.String()
    delegate_name = fields.String()
    reason = fields.String()
    state = fields.String()
    opinion = fields.String(allow_none=True)
    at = Instant()


class TaskBatchSchema(Schema):
    """One act on the tasks named, or on all that a filter of the worklist finds."""

    act = fields.String(required=True, validate=validate.OneOf(list(ACTS)))
    tasks = fields.List(fields.UUID(), load_default=None, validate=validate.Length(1, MOST))
    filter_ = fields.Nested(WorklistQuery, data_key="filter", attribute="filter", load_default=None)
    login = fields.String(load_default="", validate=validate.Length(0, 60))
    reason = fields.String(load_default="", validate=validate.Length(0, 500))
    target = fields.String(load_default="", validate=validate.Length(0, 200))
    policy = fields.String(load_default="replay", validate=validate.OneOf(list(POLICIES)))
    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), load_default=dict)

    @validates_schema
    def _one_of_both(self, data: Mapping[str, Any], **_more: Any) -> None:
        if (data.get("tasks") is None) == (data.get("filter") is None):
            raise ValidationError("请给出任务编号或筛选条件之一", "tasks")


class TaskItemSchema(Schema):
    """What became of one task."""

    task_id = fields.String()
    ok = fields.Boolean()
    code = fields.String()
    title = fields.Function(lambda one: "" if one["ok"] else words_of(one["code"])[0])
    facts = fields.Dict()


class TaskBatchDoneSchema(Schema):
    """One result for each task, in order; ``undo`` takes back what can be taken back."""

    act = fields.String()
    done = fields.Integer()
    failed = fields.Integer()
    results = fields.List(fields.Nested(TaskItemSchema))
    undo = fields.String()


class TaskUndoneSchema(Schema):
    """What became of each act that was to be undone."""

    results = fields.List(fields.Nested(TaskItemSchema))


class TaskStateSchema(Schema):
    """The state of a task after an act."""

    task_id = fields.UUID()
    status = fields.String()
    assignee = fields.String(allow_none=True)
    version = fields.Integer()


@routes.get("/tasks/<uuid:task_id>/return-targets", ReturnTargetSchema, many=True)
def list_return_targets(task_id: UUID) -> Any:
    """List the earlier steps a task may be returned to, what each would cancel, and why some are closed."""
    return desk().task_acts.return_choices(caller(), task_id)


@routes.send(
    "POST", "/tasks/<uuid:task_id>:return", body=TaskReturnSchema, gives=TaskStateSchema, headers=(IF_MATCH,)
)  # fmt: skip
def return_task(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Return a task to an earlier step; the steps between are done again, or the case comes straight back."""
    version = expected_version()
    seen = {} if version is None else {str(task_id): version}
    options = Options(
        target=body["target"], scope=body["scope"], reason=body["reason"], policy=body["policy"], versions=seen
    )
    return _acted("return", task_id, options)


@routes.send("POST", "/tasks/<uuid:task_id>:withdraw", body=TaskWithdrawSchema, gives=TaskStateSchema)
def withdraw_task(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Take back what the caller has completed, while nobody has opened what followed and nothing went out."""
    return _acted("withdraw", task_id, Options(reason=body["reason"]))


@routes.send("POST", "/tasks/<uuid:task_id>:delegate", body=TaskDelegateSchema, gives=TaskStateSchema)
def delegate_task(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Ask a colleague for an opinion; nobody completes the task meanwhile."""
    return _acted("delegate", task_id, Options(login=body["login"], reason=body["reason"]))


@routes.send("POST", "/tasks/<uuid:task_id>:take-back", gives=TaskStateSchema)
def take_back_task(task_id: UUID) -> Any:
    """Take a delegated task back."""
    return _acted("take_back", task_id, Options())


@routes.send("POST", "/tasks/<uuid:task_id>:give-opinion", body=TaskOpinionGivenSchema, status=204)
def give_opinion(body: Mapping[str, Any], task_id: UUID) -> Reply:
    """Give the opinion the caller was asked for; the task goes back to its owner."""
    desk().task_acts.answer_delegation(caller(), task_id, body["opinion"])
    return "", 204, {}


@routes.get("/tasks/<uuid:task_id>/delegations", TaskDelegationSchema, many=True)
def list_delegations(task_id: UUID) -> Any:
    """List who was asked for an opinion about a task, the newest first."""
    return desk().task_acts.delegations(caller(), task_id)


@routes.send("POST", "/tasks/batch", body=TaskBatchSchema, gives=TaskBatchDoneSchema, headers=(IDEMPOTENCY_KEY,))
def act_on_many(body: Mapping[str, Any]) -> Reply:
    """Do one thing with up to 500 tasks, each by itself, with one result for each."""
    actor, key = caller(), idempotency_key()
    tasks = body["tasks"]
    if tasks is None:
        tasks = desk().worklist.ids(actor, WorklistFilter(**body["filter"]), MOST + 1)
    options = Options(
        login=body["login"], reason=body["reason"], target=body["target"], policy=body["policy"],
        answers=body["answers"], key=key,
    )  # fmt: skip
    answer = desk().task_acts.batch(actor, body["act"], tasks, options)
    return answer.result, 200, replayed(answer.was_replayed)


@routes.send("POST", "/tasks/undo/<uuid:ticket>", gives=TaskUndoneSchema)
def undo_acts(ticket: UUID) -> Any:
    """Undo what a batch has done, while nothing has followed; each act by itself."""
    return {"results": desk().task_acts.undo(caller(), ticket)}


def _acted(act: str, task_id: UUID, options: Options) -> Any:
    actor = caller()
    desk().task_acts.act(actor, act, task_id, options)
    return desk().task_acts.state(task_id)
