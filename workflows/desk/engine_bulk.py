"""What administrators do to many cases at once, and to incidents with one cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from engine import errors as engine_errors
from engine.bulk_runner import BulkRunner
from engine.commands.bulk import MOST, BulkReport, ListBulk, Order, ReadBulk
from engine.commands.migrate_instance import PlanMigration
from engine.process_engine import ProcessEngine
from engine.queries.incidents import IncidentCause, IncidentGroup, ListIncidentGroups, ListIncidentsOf
from engine.queries.instances import OpenIncident
from workflows import errors
from workflows.policy import Actor, require
from workflows.retention import RetentionRules, acts

KINDS: Mapping[str, str] = {
    "suspend": "挂起", "resume": "恢复", "cancel": "撤销", "retry": "重试", "migrate": "迁移版本",
    "delete": "销毁",
}  # fmt: skip
_DONE_BY = "administrator"


@dataclass(frozen=True, slots=True)
class MovedTimer:
    """A timer that would have another instant after a migration."""

    element: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class MigrationLine:
    """What migrating one case would do; ``problems`` say why it cannot be."""

    instance_id: UUID
    business_key: str
    from_version: int | None
    to_version: int
    names: Mapping[str, str]
    moved: tuple[MovedTimer, ...]
    problems: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class EngineBulk:
    """An administrator's hands; every call raises ``NotAllowed`` for others.

    An operation is written down before anything is done; each case is then done in a transaction of its own, and the
    report is read again afterwards. The same key again goes on where the first call was interrupted.
    """

    engine: ProcessEngine
    rules: RetentionRules = field(default_factory=lambda: RetentionRules(()))

    def act(
        self, actor: Actor, kind: str, targets: Sequence[UUID], reason: str, key: str,
        options: Mapping[str, object] | None = None,
    ) -> BulkReport:  # fmt: skip
        """Do one of ``KINDS`` to up to 500 cases (to incidents, when retrying); answers one result per target.

        Migrating takes ``version``, and may take ``names`` (ids of changed elements) and ``recomputes`` (count timers
        again by the new version) as options. Deleting obeys ``rules``; without them everything is kept.

        Raises:
            FormInvalid: no reason, no target, too many, or a migration without a version.
            KeyReused: the key came with another order before.
        """
        require(actor, _DONE_BY)
        given = dict(options or {})
        _check(kind, targets, reason, given)
        order = Order(kind, actor.login, reason.strip(), given)
        return BulkRunner(self.engine, acts(self.engine, self.rules)).order(order, targets, key)

    def report(self, actor: Actor, operation_id: UUID) -> BulkReport:
        """Return one operation with its results and what each target is now.

        Raises:
            BulkNotFound: there is none.
        """
        require(actor, _DONE_BY, "policy_officer")
        return self.engine.ask(ReadBulk(operation_id))

    def operations(self, actor: Actor, limit: int = 50) -> tuple[BulkReport, ...]:
        """Return the newest operations, without their items."""
        require(actor, _DONE_BY, "policy_officer")
        return self.engine.ask(ListBulk(min(limit, 200)))

    def incident_groups(self, actor: Actor, limit: int = 100) -> tuple[IncidentGroup, ...]:
        """Return open incidents by cause, the largest group first."""
        require(actor, _DONE_BY, "policy_officer")
        return self.engine.ask(ListIncidentGroups(min(limit, 500)))

    def incidents_of(self, actor: Actor, cause: IncidentCause, limit: int = MOST) -> tuple[OpenIncident, ...]:
        """Return the open incidents of one group, the oldest first."""
        require(actor, _DONE_BY, "policy_officer")
        return self.engine.ask(ListIncidentsOf(cause, min(limit, MOST)))

    def retry_group(self, actor: Actor, cause: IncidentCause, reason: str, key: str) -> BulkReport:
        """Try the up to 500 oldest incidents of one group again.

        Raises:
            FormInvalid: no reason, or nothing of this cause is open.
        """
        return self.act(actor, "retry", [one.id for one in self.incidents_of(actor, cause)], reason, key)

    def plan_migration(
        self, actor: Actor, targets: Sequence[UUID], version: int, names: Mapping[str, str] | None = None,
        *, recomputes: bool = False,
    ) -> tuple[MigrationLine, ...]:  # fmt: skip
        """Say for each case what a migration would do and whose timers would move; nothing is changed."""
        require(actor, _DONE_BY)
        _check("migrate", targets, "…", {"version": version})
        return tuple(self._plan(one, version, names, recomputes) for one in dict.fromkeys(targets))

    def _plan(self, target: UUID, version: int, names: Mapping[str, str] | None, recomputes: bool) -> MigrationLine:
        try:
            [plan] = self.engine.ask(PlanMigration([target], version, names, recomputes))
        except engine_errors.AppError as exc:
            return MigrationLine(target, "", None, version, {}, (), ({"element": "", "reason": exc.message},))
        carried = plan.carried
        return MigrationLine(
            target, plan.business_key, plan.from_version, plan.to_version, plan.names,
            tuple(MovedTimer(one.element, one.before, one.after) for one in carried.timers),
            tuple({"element": one.element, "reason": one.reason} for one in carried.problems),
        )  # fmt: skip


def _check(kind: str, targets: Sequence[UUID], reason: str, options: Mapping[str, object]) -> None:
    faults = []
    if kind not in KINDS:
        faults.append({"field": "kind", "message": f"请从以下操作中选择：{'、'.join(KINDS)}"})
    if not targets:
        faults.append({"field": "targets", "message": "请至少选择一项"})
    if len(targets) > MOST:
        faults.append({"field": "targets", "message": f"一次最多 {MOST} 项，请分批办理"})
    if not reason.strip():
        faults.append({"field": "reason", "message": "请写明理由"})
    if kind == "migrate" and not isinstance(options.get("version"), int):
        faults.append({"field": "version", "message": "请写明迁移到哪个版本"})
    if faults:
        raise errors.FormInvalid(errors=faults)
