"""Photos and files of construction checks and patrols, kept by their hash like those of inspections."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.construction.patrols import SQUAD
from workflows.construction.projects import CHECKERS
from workflows.desk.asking import Ask, Do
from workflows.desk.construction import permits_of
from workflows.directory import names_of
from workflows.evidence import EvidenceContent, EvidenceKept, keep_evidence, read_evidence
from workflows.policy import Actor
from workflows.records.approvals import approval
from workflows.records.construction import construction_check, construction_project, patrol, patrol_subject
from workflows.records.inspections import evidence_file
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
KINDS: Mapping[str, str] = {"checks": "核验照片和材料", "patrols": "巡查照片和材料"}
_OWNERS = {"checks": "construction_check", "patrols": "patrol"}
_ROLES = {"checks": CHECKERS, "patrols": SQUAD}
_TASKS = {
    ("construction_tracking", "check_line"): ("checks", "check_id"),
    ("construction_tracking", "verify_completion"): ("checks", "check_id"),
    ("urban_patrol", "patrol_site"): ("patrols", "patrol_id"),
}


@dataclass(frozen=True, slots=True)
class SiteEvidence:
    """The files of one check or patrol, and whether the person may add to them."""

    kind: str
    owner_id: UUID
    title: str
    approval_id: UUID
    files: tuple[Row, ...]
    names: Mapping[str, str]
    may_attach: bool


def evidence_of_task(definition_key: str, element_id: str, variables: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return where the files of a task belong: the kind and the id, for the tasks that are done on site."""
    kind, name = _TASKS.get((definition_key, element_id), ("", ""))
    return (kind, str(variables[name])) if variables.get(name) else None


class SiteEvidenceDesk:
    """Keeps and shows the files of a check or patrol."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def of(self, actor: Actor, kind: str, owner_id: UUID) -> SiteEvidence:
        """Return the files of a check or patrol of a permit that concerns the person.

        Raises:
            CaseNotFound.
        """

        def read(uow: UnitOfWork) -> SiteEvidence:
            site, c = _site(uow, actor, kind, owner_id), evidence_file.c
            statement = select(c.sha256, c.media_type, c.size, c.uploaded_by, c.uploaded_at)
            mine = statement.where(c.owner_id == owner_id).order_by(c.uploaded_at, c.id)
            files = tuple(dict(row) for row in uow.connection.execute(mine).mappings())
            names = names_of(uow, [row["uploaded_by"] for row in files])
            title = f"{site.project_name}：{site.name}"
            return SiteEvidence(kind, owner_id, title, site.approval_id, files, names, _may(actor, kind, site.unit))

        return self._engine.ask(Ask(read))

    def attach(self, actor: Actor, kind: str, owner_id: UUID, content: bytes) -> EvidenceKept:
        """Keep a file of the own unit's check or patrol; the same content twice is kept once.

        Raises:
            CaseNotFound, NotAllowed, EvidenceRefused.
        """

        def keep(uow: UnitOfWork) -> EvidenceKept:
            site = _site(uow, actor, kind, owner_id)
            if not _may(actor, kind, site.unit):
                raise errors.NotAllowed(needs=["承办单位的人员"])
            return keep_evidence(uow, _OWNERS[kind], owner_id, content, actor.login)

        return self._engine.execute(Do(keep))

    def content(self, actor: Actor, kind: str, owner_id: UUID, sha256: str) -> EvidenceContent:
        """Return a file."""

        def read(uow: UnitOfWork) -> EvidenceContent:
            _site(uow, actor, kind, owner_id)
            return read_evidence(uow, actor, owner_id, sha256)

        return self._engine.execute(Do(read))


def _may(actor: Actor, kind: str, unit: str) -> bool:
    return unit in actor.units and actor.has(*_ROLES[kind])


def _site(uow: UnitOfWork, actor: Actor, kind: str, owner_id: UUID) -> Any:
    statement = _checks(owner_id) if kind == "checks" else _patrols(owner_id)
    mine = permits_of(actor)
    row = uow.connection.execute(statement if mine is None else statement.where(mine)).one_or_none()
    if row is None:
        raise errors.CaseNotFound(site=str(owner_id))
    return row


def _checks(owner_id: UUID) -> Select[Any]:
    return (
        select(construction_project.c.unit, construction_check.c.name, approval.c.project_name,
               approval.c.id.label("approval_id"))
        .join(construction_project, construction_project.c.id == construction_check.c.project_id)
        .join(approval, approval.c.id == construction_project.c.approval_id)
        .where(construction_check.c.id == owner_id)
    )  # fmt: skip


def _patrols(owner_id: UUID) -> Select[Any]:
    return (
        select(patrol_subject.c.unit, patrol.c.reason.label("name"), approval.c.project_name,
               approval.c.id.label("approval_id"))
        .join(patrol_subject, patrol_subject.c.id == patrol.c.subject_id)
        .join(approval, approval.c.id == patrol_subject.c.approval_id)
        .where(patrol.c.id == owner_id)
    )  # fmt: skip
