"""Store diagrams, tables and forms, and make new versions of what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from engine import errors
from engine.commands.deployed_files import digest, file_of, prepare
from engine.commands.start_timers import arm_starts
from engine.soundness import Verdict
from engine.soundness.findings import findings_of
from engine.spiff.model import Bundle, DefinitionSummary, Resource
from engine.store.tables import (
    deployment,
    deployment_resource,
    process_definition,
    resource,
    start_subscription,
)
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class DeployedDefinition:
    """One process after a deployment; ``is_new`` is False when nothing about it changed."""

    id: UUID
    key: str
    version: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deployment did."""

    deployment_id: UUID | None
    definitions: tuple[DeployedDefinition, ...]
    warnings: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Deploy:
    """Validate files and store them; a process whose files are unchanged keeps its version.

    A form alone makes a new version of its process. A process in which a case could get stuck is refused as well,
    unless ``accept_unsound`` gives the reason why it is deployed all the same; the reason stays with the deployment.
    ``source`` says whether these are the files the program brings (``shipped``) or somebody's own (``city``).

    Raises:
        DefinitionInvalid: ``findings`` lists every fault with file, element, rule and remedy.
    """

    name: str
    resources: tuple[Resource, ...]
    actor: str
    accept_unsound: str | None = None
    source: Literal["shipped", "city"] = "city"

    def run(self, uow: UnitOfWork) -> Deployed:
        """Store the files and the new versions."""
        ready = prepare(uow, self.resources)
        faults = [one for one in ready.findings if one["level"] == "error"]
        if faults:
            raise errors.DefinitionInvalid(findings=faults)
        latest, changed = ready.latest, [one for one in ready.targets if ready.is_new(one)]
        warnings = tuple({str(one): one for s in ready.targets for one in s.warnings}.values()) + ready.findings
        if not changed:
            return Deployed(None, tuple(_unchanged(latest[s.key]) for s in ready.targets), warnings)
        drawn = [one for one in changed if ready.is_drawn_anew(one)]
        if drawn:
            warnings += judged(uow.runtime.judge(ready.closure), drawn, accepts=bool(self.accept_unsound))
        for summary in changed:  # before anything is written: nobody waits behind a compiler
            uow.runtime.compile(ready.bundles[summary.key])
        deployment_id = _store_files(uow, self, ready.closure)
        done = []
        for summary in ready.targets:
            if summary not in changed:
                done.append(_unchanged(latest[summary.key]))
                continue
            version = latest[summary.key].version + 1 if summary.key in latest else 1
            done.append(_store_definition(uow, deployment_id, summary, ready.bundles[summary.key], version))
        return Deployed(deployment_id, tuple(done), warnings)


def judged(
    verdicts: Mapping[str, Verdict], changed: Sequence[DefinitionSummary], *, accepts: bool
) -> tuple[Mapping[str, str], ...]:
    """Return what is known against the soundness of processes, as warnings.

    Raises:
        DefinitionInvalid: a process is unsound, and that is not accepted.
    """
    found = [
        one
        for summary in changed
        if summary.key in verdicts
        for one in findings_of(summary.file, summary.name, verdicts[summary.key])
    ]
    unsound = [one for one in found if one["level"] == "error"]
    if unsound and not accepts:
        raise errors.DefinitionInvalid(findings=[*unsound, *(one for one in found if one not in unsound)])
    return tuple({**one, "level": "warning"} for one in found)


def _unchanged(row: Any) -> DeployedDefinition:
    return DeployedDefinition(row.id, row.key, row.version, is_new=False)


def _store_files(uow: UnitOfWork, command: Deploy, closure: Sequence[Resource]) -> UUID:
    deployment_id = uow.new_id()
    hashes = {r.name: r.hash for r in closure}
    uow.connection.execute(
        insert(deployment),
        {
            "id": deployment_id,
            "name": command.name,
            "deployed_at": uow.now,
            "deployed_by": command.actor,
            "accepted_because": command.accept_unsound,
            "source": command.source,
            "hash": digest("\n".join(f"{name} {value}" for name, value in sorted(hashes.items())).encode()),
        },
    )
    present = set(uow.connection.scalars(select(resource.c.hash).where(resource.c.hash.in_(hashes.values()))))
    fresh = {r.hash: r.content for r in closure if r.hash not in present}
    if fresh:
        uow.connection.execute(insert(resource), [{"hash": key, "content": value} for key, value in fresh.items()])
    rows = [{"deployment_id": deployment_id, "name": name, "hash": value} for name, value in hashes.items()]
    uow.connection.execute(insert(deployment_resource), rows)
    return deployment_id


def _store_definition(
    uow: UnitOfWork, deployment_id: UUID, summary: DefinitionSummary, bundle: Bundle, version: int
) -> DeployedDefinition:
    definition_id = uow.new_id()
    uow.connection.execute(
        update(process_definition).where(process_definition.c.key == summary.key).values(is_latest=False)
    )
    main = file_of(summary, bundle.resources)
    uow.connection.execute(
        insert(process_definition),
        {
            "id": definition_id,
            "key": summary.key,
            "version": version,
            "name": summary.name,
            "deployment_id": deployment_id,
            "main_resource": main.name if main else "",
            "bundle_hash": bundle.hash,
            "resources": [[r.name, r.hash] for r in bundle.resources],
            "elements": {
                e.id: {"name": e.name, "type": e.type, "lane": e.lane, "clauses": list(e.clauses)}
                for e in summary.elements
            },
            "deployed_at": uow.now,
            "is_latest": True,
        },
    )
    _store_starts(uow, definition_id, summary)
    return DeployedDefinition(definition_id, summary.key, version, is_new=True)


def _store_starts(uow: UnitOfWork, definition_id: UUID, summary: DefinitionSummary) -> None:
    uow.connection.execute(delete(start_subscription).where(start_subscription.c.definition_key == summary.key))
    rows = [
        {
            "definition_key": summary.key,
            "element_id": start.element_id,
            "definition_id": definition_id,
            "kind": start.kind,
            "name": start.name or start.timer,
        }
        for start in summary.starts
    ]
    if rows:
        uow.connection.execute(insert(start_subscription), rows)
    arm_starts(uow, summary.key, summary.starts)


def next_version(uow: UnitOfWork, key: str) -> int:
    """Return the version the next changed deployment of *key* will get."""
    highest = select(func.max(process_definition.c.version)).where(process_definition.c.key == key)
    return (uow.connection.scalar(highest) or 0) + 1
