"""Finished cases: which rules they are kept by, which are held, which may be deleted, which were."""

from dataclasses import dataclass
from uuid import UUID

from engine.commands.delete_instance import Finished, ListDeletable, ListTombstones, Tombstone
from engine.commands.holds import Hold, LiftHold, ListHolds, PlaceHold
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.policy import Actor, require
from workflows.retention import RetentionRule, RetentionRules
from workflows.uow import local_day_of

_DONE_BY = ("administrator",)
_SEEN_BY = ("administrator", "policy_officer", "discipline_watcher")
_MOST = 500


@dataclass(frozen=True, slots=True)
class EngineRecords:
    """An administrator's or overseer's view of finished cases; every call raises ``NotAllowed`` for others.

    Deleting is a bulk operation (``EngineBulk.act`` with ``delete``), and obeys the rules shown here.
    """

    engine: ProcessEngine
    rules: RetentionRules

    def rules_in_force(self, actor: Actor) -> tuple[RetentionRule, ...]:
        """Return the rule of each process today; ``*`` is for all others."""
        require(actor, *_SEEN_BY)
        return tuple(self.rules.in_force(local_day_of(self.engine.clock.now())).values())

    def deletable(self, actor: Actor, limit: int = 200) -> tuple[Finished, ...]:
        """Return cases whose term is over and that are not held, those that ended first."""
        require(actor, *_SEEN_BY)
        return self.engine.ask(ListDeletable(self.rules.terms(self.engine.clock.now()), min(limit, _MOST)))

    def tombstones(self, actor: Actor, business_key: str | None = None, limit: int = 200) -> tuple[Tombstone, ...]:
        """Return what is left of deleted cases, newest first."""
        require(actor, *_SEEN_BY)
        return self.engine.ask(ListTombstones(business_key, min(limit, _MOST)))

    def holds(self, actor: Actor, *, with_lifted: bool = False, limit: int = 200) -> tuple[Hold, ...]:
        """Return the holds in force, or all that ever were."""
        require(actor, *_SEEN_BY)
        return self.engine.ask(ListHolds(with_lifted, min(limit, _MOST)))

    def place_hold(
        self, actor: Actor, reason: str, *, business_key: str | None = None, definition_key: str | None = None
    ) -> UUID:
        """Hold one case, or all cases of a process.

        Raises:
            FormInvalid: the reason is missing, or not exactly one of case and process is named.
            InstanceNotFound, DefinitionNotFound.
        """
        require(actor, *_DONE_BY)
        faults = []
        if not reason.strip():
            faults.append({"field": "reason", "message": "请写明封存理由"})
        if bool(business_key) == bool(definition_key):
            faults.append({"field": "business_key", "message": "请指定一个案件或一个流程（二者择一）"})
        if faults:
            raise errors.FormInvalid(errors=faults)
        return self.engine.execute(PlaceHold(actor.login, reason, business_key or None, definition_key or None))

    def lift_hold(self, actor: Actor, hold_id: UUID, reason: str) -> None:
        """End a hold.

        Raises:
            FormInvalid: the reason is missing.
            HoldNotFound: there is none in force.
        """
        require(actor, *_DONE_BY)
        if not reason.strip():
            raise errors.FormInvalid(errors=[{"field": "reason", "message": "请写明解除封存的理由"}])
        self.engine.execute(LiftHold(hold_id, actor.login, reason))
