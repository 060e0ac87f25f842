"""Questions about deployed processes: their versions, their files and what runs under each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from engine import errors
from engine.soundness.findings import findings_of
from engine.spiff.model import Resource, is_form
from engine.store.tables import deployment, deployment_resource, process_definition, process_instance
from engine.store.unit_of_work import UnitOfWork

Finding = Mapping[str, str]
_OPEN = ("active", "suspended")


@dataclass(frozen=True, slots=True)
class DefinitionLine:
    """One version of a process; ``open`` and ``total`` count its cases."""

    id: UUID
    key: str
    version: int
    name: str
    main_resource: str
    bundle_hash: str
    deployed_at: datetime
    deployed_by: str
    deployment: str
    accepted_because: str | None
    is_latest: bool
    open: int
    total: int


@dataclass(frozen=True, slots=True)
class DefinitionDetails:
    """One version with its elements and its files: diagrams and tables first, then forms.

    ``since`` tells of each form from which version on it reads as it does here; without a place in it a form was only
    stored, by a program that took its forms from elsewhere.
    """

    line: DefinitionLine
    elements: Mapping[str, Mapping[str, Any]]
    files: tuple[Resource, ...]
    forms: tuple[Resource, ...]
    since: Mapping[str, int]

    @property
    def diagram(self) -> Resource:
        """Return the diagram of the process itself."""
        return next(file for file in self.files if file.name == self.line.main_resource)


@dataclass(frozen=True, slots=True)
class ListDefinitions:
    """All versions of all processes, or of one, the newest version first."""

    key: str = ""
    limit: int = 1000

    def run(self, uow: UnitOfWork) -> tuple[DefinitionLine, ...]:
        """Answer them."""
        statement = _lines().order_by(process_definition.c.key, process_definition.c.version.desc()).limit(self.limit)
        if self.key:
            statement = statement.where(process_definition.c.key == self.key)
        counts = _counts(uow, self.key)
        return tuple(_line(row, counts) for row in uow.connection.execute(statement))


@dataclass(frozen=True, slots=True)
class ReadDefinition:
    """One version of a process with its files.

    Raises:
        DefinitionNotFound.
    """

    key: str
    version: int

    def run(self, uow: UnitOfWork) -> DefinitionDetails:
        """Answer it."""
        columns = (process_definition.c.elements, process_definition.c.resources, process_definition.c.deployment_id)
        wanted = (process_definition.c.key == self.key) & (process_definition.c.version == self.version)
        row = uow.connection.execute(_lines(*columns).where(wanted)).one_or_none()
        if row is None:
            raise errors.DefinitionNotFound(key=self.key, version=self.version)
        line = _line(row, _counts(uow, self.key))
        stored = uow.resources(row.resources)
        files = tuple(file for file in stored if not is_form(file.name))
        forms = tuple(file for file in stored if is_form(file.name))
        since = _since(uow, line, {file.name: file.hash for file in forms}) if forms else {}
        return DefinitionDetails(line, row.elements, files, forms or _forms(uow, line), since)


@dataclass(frozen=True, slots=True)
class JudgeFiles:
    """What the validator and the soundness check say of the files of one process."""

    key: str
    files: tuple[Resource, ...]

    def run(self, uow: UnitOfWork) -> tuple[Finding, ...]:
        """Answer the findings."""
        found = [dict(one) for one in uow.runtime.inspect(self.files)]
        if any(one.get("level", "error") == "error" for one in found):
            return tuple({"level": "error", "trace": "", **one} for one in found)
        verdicts = uow.runtime.judge(self.files)
        for summary in uow.runtime.summarise(self.files):
            if summary.key == self.key and summary.key in verdicts:
                found += [dict(one) for one in findings_of(summary.file, summary.name, verdicts[summary.key])]
        return tuple({"level": "error", "trace": "", **one} for one in found)


def _lines(*more: Any) -> Select[Any]:
    table = process_definition.c
    return select(
        table.id, table.key, table.version, table.name, table.main_resource, table.bundle_hash, table.deployed_at,
        table.is_latest, deployment.c.deployed_by, deployment.c.name.label("deployment"),
        deployment.c.accepted_because, *more,
    ).join_from(process_definition, deployment)  # fmt: skip


def _line(row: Any, counts: Mapping[UUID, tuple[int, int]]) -> DefinitionLine:
    return DefinitionLine(
        row.id, row.key, row.version, row.name, row.main_resource, row.bundle_hash, row.deployed_at, row.deployed_by,
        row.deployment, row.accepted_because, row.is_latest, *counts.get(row.id, (0, 0)),
    )  # fmt: skip


def _counts(uow: UnitOfWork, key: str) -> Mapping[UUID, tuple[int, int]]:
    """Return how many cases of each definition are open, and how many there are."""
    table = process_instance.c
    statement = select(table.definition_id, table.status, func.count()).group_by(table.definition_id, table.status)
    if key:
        statement = statement.where(table.definition_key == key)
    found: dict[UUID, tuple[int, int]] = {}
    for definition_id, status, count in uow.connection.execute(statement):
        open_cases, total = found.get(definition_id, (0, 0))
        found[definition_id] = (open_cases + count * (status in _OPEN), total + count)
    return found


def _since(uow: UnitOfWork, line: DefinitionLine, forms: Mapping[str, str]) -> Mapping[str, int]:
    """Return from which version on each form has been the same."""
    earlier = (process_definition.c.key == line.key) & (process_definition.c.version <= line.version)
    rows = uow.connection.execute(
        select(process_definition.c.version, process_definition.c.resources)
        .where(earlier)
        .order_by(process_definition.c.version.desc())
    )
    found, same = dict.fromkeys(forms, line.version), set(forms)
    for row in rows:
        held = dict(row.resources)
        same = {name for name in same if held.get(name) == forms[name]}
        found |= dict.fromkeys(same, row.version)
    return found


def _forms(uow: UnitOfWork, line: DefinitionLine) -> tuple[Resource, ...]:
    """Return what earlier programs stored beside the version: the newest form of each name until its deployment."""
    folder = line.main_resource.rpartition(".")[0]
    rows = uow.connection.execute(
        select(deployment_resource.c.name, deployment_resource.c.hash)
        .join_from(deployment_resource, deployment)
        .where(
            deployment_resource.c.name.startswith(f"{folder}/", autoescape=True),
            deployment_resource.c.name.endswith(".form"),
            deployment.c.deployed_at <= line.deployed_at,
        )
        .order_by(deployment.c.deployed_at)
    )
    newest = {row.name: row.hash for row in rows}
    return uow.resources(sorted(newest.items()))
