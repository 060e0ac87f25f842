"""Carrying cases over to another version: which element becomes which, tried out first, then done in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.commands.bulk import BulkReport
from engine.commands.migrate_instance import suggested_names
from engine.process_engine import ProcessEngine
from engine.queries.definitions import DefinitionLine, ListDefinitions, ReadDefinition
from engine.queries.search_instances import SearchInstances
from workflows import errors
from workflows.desk.engine_bulk import EngineBulk, MigrationLine
from workflows.engine_admin.access import may_keep, may_read, reason_of
from workflows.policy import Actor

BATCH = 50
Elements = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class MigrationView:
    """Two versions: which old elements have gone, what they could become, and how many cases wait under the old one."""

    old: DefinitionLine
    new: DefinitionLine
    old_elements: Elements
    new_elements: Elements
    suggested: Mapping[str, str]

    @property
    def gone(self) -> tuple[str, ...]:
        """Return the elements of the old version that the new one does not have."""
        return tuple(key for key in self.old_elements if key not in self.new_elements)

    @property
    def fresh(self) -> tuple[str, ...]:
        """Return the elements of the new version that the old one does not have."""
        return tuple(key for key in self.new_elements if key not in self.old_elements)


class MigrationDesk:
    """Plans and does migrations."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine
        self._bulk = EngineBulk(engine)

    def versions(self, actor: Actor) -> tuple[DefinitionLine, ...]:
        """Return all versions of all processes."""
        may_read(actor)
        return self._engine.ask(ListDefinitions())

    def look(self, actor: Actor, key: str, old: int, new: int) -> MigrationView:
        """Return what differs between two versions for a migration.

        Raises:
            DefinitionNotFound.
            FormInvalid: both are the same.
        """
        may_read(actor)
        if old == new:
            raise errors.FormInvalid(errors=[{"field": "new", "message": "请选择两个不同的版本"}])
        first, then = self._engine.ask(ReadDefinition(key, old)), self._engine.ask(ReadDefinition(key, new))
        return MigrationView(
            first.line, then.line, first.elements, then.elements, suggested_names(first.elements, then.elements)
        )

    def plan(
        self, actor: Actor, view: MigrationView, names: Mapping[str, str], *, recomputes: bool
    ) -> tuple[MigrationLine, ...]:
        """Say for the next batch of cases what would become of each; nothing is changed."""
        may_keep(actor)
        targets = self._next(view)
        if not targets:
            return ()
        chosen = _chosen(view, names)
        return self._bulk.plan_migration(actor, targets, view.new.version, chosen, recomputes=recomputes)

    def migrate(
        self, actor: Actor, view: MigrationView, targets: Sequence[UUID], options: Mapping[str, Any], key: str
    ) -> BulkReport:
        """Carry the planned cases over, each in a transaction of its own; *options* are names, recomputes and reason.

        Raises:
            FormInvalid: no reason, no case, or an element that neither version has.
        """
        may_keep(actor)
        given = {
            "version": view.new.version, "names": _chosen(view, options.get("names", {})),
            "recomputes": bool(options.get("recomputes")),
        }  # fmt: skip
        reason = reason_of(str(options.get("reason", "")))
        return self._bulk.act(actor, "migrate", targets, reason, f"migrate {key}", given)

    def _next(self, view: MigrationView) -> list[UUID]:
        wanted = SearchInstances(key=view.old.key, version=view.old.version, status="active")
        return [line.id for line in self._engine.ask(wanted).lines[:BATCH]]


def _chosen(view: MigrationView, names: Mapping[str, str]) -> dict[str, str]:
    """Return the mapping without empty choices.

    Raises:
        FormInvalid: it names an element that is not there.
    """
    found = {old: new for old, new in names.items() if new}
    wrong = [old for old, new in found.items() if old not in view.old_elements or new not in view.new_elements]
    if wrong:
        raise errors.FormInvalid(errors=[{"field": f"map-{wrong[0]}", "message": f"没有这个环节：{wrong[0]}"}])
    return found
