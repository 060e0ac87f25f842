"""Store diagrams, tables and forms, and make new versions of what changed."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from engine import errors
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

    A process in which a case could get stuck is refused as well, unless ``accept_unsound`` gives the reason why it
    is deployed all the same; the reason stays with the deployment.

    Raises:
        DefinitionInvalid: ``findings`` lists every fault with file, element, rule and remedy.
    """

    name: str
    resources: tuple[Resource, ...]
    actor: str
    accept_unsound: str | None = None

    def run(self, uow: UnitOfWork) -> Deployed:
        """Store the files and the new versions."""
        closure, known = with_called(uow, self.resources)
        summaries = [s for s in known.values() if file_of(s, self.resources) is not None]
        check_forms(uow, self.resources, summaries)
        latest = latest_of(uow)
        warnings = tuple({str(one): one for s in summaries for one in s.warnings}.values())
        bundles = {s.key: bundle_of(s.key, known, closure) for s in summaries}
        changed = [s for s in summaries if s.key not in latest or latest[s.key].bundle_hash != bundles[s.key].hash]
        if not changed:
            return Deployed(None, tuple(_unchanged(latest[s.key]) for s in summaries), warnings)
        warnings += judged(uow.runtime.judge(closure), changed, accepts=bool(self.accept_unsound))
        deployment_id = _store_files(uow, self, closure)
        done = []
        for summary in summaries:
            if summary not in changed:
                done.append(_unchanged(latest[summary.key]))
                continue
            version = latest[summary.key].version + 1 if summary.key in latest else 1
            uow.runtime.compile(bundles[summary.key])
            done.append(_store_definition(uow, deployment_id, summary, bundles[summary.key], version))
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


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def bundle_of(key: str, known: Mapping[str, DefinitionSummary], resources: Sequence[Resource]) -> Bundle:
    """Return the bundle of one process: its file, the files of what it calls, and their decisions."""
    needed: dict[str, DefinitionSummary] = {}
    waiting = [key]
    while waiting:
        current = waiting.pop()
        if current not in needed and current in known:
            needed[current] = known[current]
            waiting.extend(known[current].called_processes)
    decisions = {name for summary in needed.values() for name in summary.called_decisions}
    files = [file_of(summary, resources) for summary in needed.values()] + [
        _table_of(name, resources) for name in decisions
    ]
    unique = {file.name: file for file in files if file is not None}
    ordered = tuple(unique[name] for name in sorted(unique))
    text = "\n".join([key, *(f"{r.name} {digest(r.content)}" for r in ordered)])
    return Bundle(key, ordered, digest(text.encode()))


def file_of(summary: DefinitionSummary, resources: Sequence[Resource]) -> Resource | None:
    """Return the diagram that defines a process."""
    return next((r for r in resources if r.name == summary.file), None)


def _table_of(decision: str, resources: Sequence[Resource]) -> Resource | None:
    pattern = re.compile(rb"<(?:\w+:)?decision\b[^>]*\bid\s*=\s*[\"']" + re.escape(decision).encode() + rb"[\"']")
    return next((r for r in resources if r.name.endswith(".dmn") and pattern.search(r.content)), None)


def with_called(
    uow: UnitOfWork, resources: tuple[Resource, ...]
) -> tuple[tuple[Resource, ...], Mapping[str, DefinitionSummary]]:
    """Add the latest deployed files of processes that are called but not part of this deployment; summarise all."""
    known = {r.name: r for r in resources}
    summaries = {s.key: s for s in uow.runtime.summarise(tuple(known.values()))}
    wanted = {key for s in summaries.values() for key in s.called_processes} - summaries.keys()
    if not wanted:
        return tuple(known.values()), summaries
    rows = uow.connection.execute(
        select(process_definition).where(process_definition.c.key.in_(wanted), process_definition.c.is_latest)
    ).all()
    missing = wanted - {row.key for row in rows}
    if missing and not uow.runtime.dialect.late_calls:
        raise errors.DefinitionInvalid(
            findings=[
                {"file": "", "element": key, "rule": "called-process-missing", "message": f"流程 {key} 尚未部署",
                 "remedy": "先部署被调用的流程, 或放在同一次部署中"}
                for key in sorted(missing)
            ]
        )  # fmt: skip
    for row in rows:
        for file in uow.resources(row.resources):
            known.setdefault(file.name, file)
    closure = tuple(known.values())
    return closure, {s.key: s for s in uow.runtime.summarise(closure)}


def check_forms(uow: UnitOfWork, resources: Sequence[Resource], summaries: Sequence[DefinitionSummary]) -> None:
    """Refuse a diagram that names a form which is neither in this deployment nor in an earlier one."""
    wanted = [
        (summary, element, {f"{summary.key}/{element.form_key}.form", f"{element.form_key}.form"})
        for summary in summaries
        for element in summary.elements
        if summary.executable and element.form_key
    ]
    names = {name for _, _, names in wanted for name in names}
    present = {r.name for r in resources}
    if names - present:
        stored = select(deployment_resource.c.name).where(deployment_resource.c.name.in_(names)).distinct()
        present |= set(uow.connection.scalars(stored))
    missing = [(summary, element) for summary, element, names in wanted if not names & present]
    if missing:
        raise errors.DefinitionInvalid(
            findings=[
                {"file": summary.file, "element": element.id, "rule": "form-missing",
                 "message": f"缺少表单 {element.form_key}.form", "remedy": "请同时上传该表单, 或改正 formKey"}
                for summary, element in missing
            ]
        )  # fmt: skip


def latest_of(uow: UnitOfWork) -> Mapping[str, Any]:
    """Return the row of each process's latest version by its key."""
    rows = uow.connection.execute(select(process_definition).where(process_definition.c.is_latest))
    return {row.key: row for row in rows}


def _unchanged(row: Any) -> DeployedDefinition:
    return DeployedDefinition(row.id, row.key, row.version, is_new=False)


def _store_files(uow: UnitOfWork, command: Deploy, closure: Sequence[Resource]) -> UUID:
    deployment_id = uow.new_id()
    hashes = {r.name: digest(r.content) for r in closure}
    uow.connection.execute(
        insert(deployment),
        {
            "id": deployment_id,
            "name": command.name,
            "deployed_at": uow.now,
            "deployed_by": command.actor,
            "accepted_because": command.accept_unsound,
            "hash": digest("\n".join(f"{name} {value}" for name, value in sorted(hashes.items())).encode()),
        },
    )
    present = set(uow.connection.scalars(select(resource.c.hash).where(resource.c.hash.in_(hashes.values()))))
    fresh = {digest(r.content): r.content for r in closure if digest(r.content) not in present}
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
            "resources": [[r.name, digest(r.content)] for r in bundle.resources],
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
