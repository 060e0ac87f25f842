"""Carry running instances over to another version of their process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update

from engine import errors
from engine.commands.history import Cause
from engine.commands.start_process import definition_row
from engine.commands.wait_state import save_wait_state
from engine.spiff.migrating import Carried, Journey
from engine.spiff.runtime import Execution
from engine.store.tables import job, process_definition, process_instance, subscription, user_task
from engine.store.unit_of_work import Instance, UnitOfWork

_TASK = (
    update(user_task)
    .where(user_task.c.instance_id == bindparam("which"), user_task.c.token == bindparam("at"))
    .values(
        definition_key=bindparam("key"), element_id=bindparam("element"), name=bindparam("title"),
        lane=bindparam("in_lane"), form_key=bindparam("form"),
        form_hash=bindparam("hashed"),
    )
)  # fmt: skip


def suggested_names(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return which element of the new version takes the place of each old one that has gone.

    An element with the same id is itself and not named here; else the only one of the same name and type.

    Args:
        old: elements of a definition, ``{id: {name, type, …}}``, as stored with it.
        new: elements of the other.
    """
    found: dict[str, str] = {}
    for key, element in old.items():
        if key in new:
            continue
        alike = [
            other
            for other, candidate in new.items()
            if other not in old and (candidate["name"], candidate["type"]) == (element["name"], element["type"])
        ]
        if len(alike) == 1:
            found[key] = alike[0]
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """What a migration of one instance would do."""

    instance_id: UUID
    business_key: str
    from_version: int
    to_version: int
    carried: Carried
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MigrateInstance:
    """Let an instance go on under another version of its process; tasks keep who has them and since when.

    ``names`` maps ids of elements that have changed; left out, they are suggested. With ``recomputes`` timers are
    counted again from when they began to wait, by the rule of the new version; else they keep their instants.

    Raises:
        MigrationInvalid: something that waits has no place in the new version; ``problems`` says what.
        DefinitionNotFound, InstanceNotFound, InstanceNotActive.
    """

    instance_id: UUID
    version: int
    actor: str
    reason: str
    names: Mapping[str, str] | None = None
    recomputes: bool = False

    def run(self, uow: UnitOfWork) -> Plan:
        """Carry it over."""
        plan, execution, target = _planned(uow, self)
        if execution is None:
            problems = [{"element": one.element, "reason": one.reason} for one in plan.carried.problems]
            raise errors.MigrationInvalid(instance_id=str(self.instance_id), problems=problems)
        tasks = execution.wait_state().user_tasks
        events = execution.wait_state().events
        instance = _instance(uow, self.instance_id)
        detail = {
            "reason": self.reason, "from": plan.from_version, "to": plan.to_version, "names": dict(plan.names),
            "timers": [[one.element, _text(one.before), _text(one.after)] for one in plan.carried.timers],
        }  # fmt: skip
        save_wait_state(uow, instance, execution, Cause(self.actor, "instance-migrated", detail=detail))
        _rename(uow, self.instance_id, plan.carried.tokens, tasks, events)
        uow.connection.execute(
            update(process_instance).where(process_instance.c.id == self.instance_id).values(definition_id=target.id)
        )
        return plan


@dataclass(frozen=True, slots=True)
class PlanMigration:
    """What migrating instances would do to each; nothing is changed."""

    instance_ids: Sequence[UUID]
    version: int
    names: Mapping[str, str] | None = None
    recomputes: bool = False

    def run(self, uow: UnitOfWork) -> list[Plan]:
        """Answer it for each instance."""
        wanted = [MigrateInstance(one, self.version, "", "", self.names, self.recomputes) for one in self.instance_ids]
        return [_planned(uow, one)[0] for one in wanted]


def _planned(uow: UnitOfWork, command: MigrateInstance) -> tuple[Plan, Execution | None, Row[Any]]:
    row = _row(uow, command.instance_id)
    target = definition_row(uow, row.definition_key, command.version)
    names = command.names if command.names is not None else suggested_names(row.elements, _elements(uow, target.id))
    journey = Journey(
        uow.compiled(row.definition_id, row.bundle_hash), uow.compiled(target.id, target.bundle_hash), names,
        _begins(uow, command.instance_id) if command.recomputes else {},
    )  # fmt: skip
    execution, carried = uow.runtime.carry(journey, bytes(row.state), now=uow.now, business_key=row.business_key)
    plan = Plan(command.instance_id, row.business_key, row.from_version, target.version, carried, names)
    return plan, execution, target


def _row(uow: UnitOfWork, instance_id: UUID) -> Row[Any]:
    statement = (
        select(
            process_instance, process_definition.c.bundle_hash, process_definition.c.elements,
            process_definition.c.version.label("from_version"),
        )
        .join_from(process_instance, process_definition)
        .where(process_instance.c.id == instance_id)
    )  # fmt: skip
    row = uow.connection.execute(statement).one_or_none()
    if row is None:
        raise errors.InstanceNotFound(instance_id=str(instance_id))
    if row.status != "active":
        raise errors.InstanceNotActive(instance_id=str(instance_id), status=row.status)
    return row


def _instance(uow: UnitOfWork, instance_id: UUID) -> Instance:
    return uow.instance(instance_id).instance


def _begins(uow: UnitOfWork, instance_id: UUID) -> dict[int, datetime]:
    mine = (job.c.instance_id == instance_id) & (job.c.kind == "timer")
    return {
        row.token: row.created_at for row in uow.connection.execute(select(job.c.token, job.c.created_at).where(mine))
    }


def _rename(
    uow: UnitOfWork, instance_id: UUID, tokens: Sequence[tuple[int, str, str]], tasks: Any, events: Any
) -> None:
    """Let the rows of what waits name the elements of the new version."""
    for task in tasks:
        values = {
            "which": instance_id, "at": task.token, "key": task.process_key, "element": task.element_id,
            "title": task.name, "in_lane": task.lane, "form": task.form_key,
            "hashed": task.form_hash,
        }  # fmt: skip
        uow.connection.execute(_TASK, values)
    for token, before, after in tokens:
        if before != after:
            here = (job.c.instance_id == instance_id) & (job.c.token == token)
            uow.connection.execute(update(job).where(here).values(element_id=after))
    for event in events:
        mine = (subscription.c.instance_id == instance_id) & (subscription.c.token == event.token)
        values = {"element_id": event.element_id, "name": event.name, "correlation_key": event.correlation_key}
        uow.connection.execute(update(subscription).where(mine).values(**values))


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _elements(uow: UnitOfWork, definition_id: UUID) -> Any:
    return uow.connection.scalar(select(process_definition.c.elements).where(process_definition.c.id == definition_id))
