"""Does what operators ordered for many cases, and takes up what a process that died has left."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from engine import errors, lifecycle_errors
from engine.commands.bulk import (
    WAITING,
    BeginBulk,
    BulkReport,
    DoItem,
    Factory,
    FinishBulk,
    ListBulk,
    Order,
    ReadBulk,
    RefuseItem,
)
from engine.commands.incidents import ResolveIncident
from engine.commands.instances import CancelInstance, ResumeInstance, SuspendInstance
from engine.commands.migrate_instance import MigrateInstance
from engine.process_engine import ProcessEngine

logger = logging.getLogger(__name__)
_ABANDONED = timedelta(minutes=2)

ACTS: Mapping[str, Factory] = {
    "suspend": lambda target, order: SuspendInstance(target, order.actor, order.reason),
    "resume": lambda target, order: ResumeInstance(target, order.actor, order.reason),
    "cancel": lambda target, order: CancelInstance(target, order.actor, order.reason),
    "retry": lambda target, order: ResolveIncident(target, order.actor, order.reason, must_retry=True),
    "migrate": lambda target, order: MigrateInstance(
        target, int(order.options["version"]), order.actor, order.reason, order.options.get("names"),
        bool(order.options.get("recomputes")),
    ),
}  # fmt: skip


class BulkRunner:
    """Runs operations item by item; a target that refuses does not stop the others."""

    def __init__(self, engine: ProcessEngine, acts: Mapping[str, Factory] = ACTS) -> None:
        self._engine = engine
        self._acts = acts

    def order(self, order: Order, targets: Sequence[UUID], key: str) -> BulkReport:
        """Write an operation down, do it and answer what became of each target; safe to repeat.

        Raises:
            BulkInvalid, KeyReused.
        """
        if order.kind not in self._acts:
            raise lifecycle_errors.BulkInvalid(kind=order.kind, known=sorted(self._acts))
        return self.run(self._engine.execute(BeginBulk(order, tuple(targets), key)))

    def run(self, operation_id: UUID) -> BulkReport:
        """Do what still waits in an operation.

        Raises:
            BulkNotFound: there is none.
            DatabaseUnavailable: the items that were not reached still wait.
        """
        report = self._engine.ask(ReadBulk(operation_id))
        for item in report.items:
            if item.status == WAITING:
                self._do(report, item.position)
        self._engine.execute(FinishBulk(operation_id))
        return self._engine.ask(ReadBulk(operation_id))

    def work(self) -> int:
        """Finish operations that nobody has finished for minutes; answers how many."""
        since = self._engine.clock.now() - _ABANDONED
        found = self._engine.ask(ListBulk(10, since))
        for report in found:
            self.run(report.id)
        return len(found)

    def _do(self, report: BulkReport, position: int) -> None:
        try:
            self._engine.execute(DoItem(report.id, position, self._acts[report.kind]))
        except errors.Unavailable:
            raise
        except errors.AppError as exc:
            self._engine.execute(RefuseItem(report.id, position, exc.code, exc.message))
        except Exception as exc:
            logger.exception("an item of a bulk operation failed", extra={"operation": str(report.id)})
            self._engine.execute(RefuseItem(report.id, position, "failed", f"{type(exc).__name__}: {exc}"))
