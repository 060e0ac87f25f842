"""The passport of a permit: its stages, copies, patrols, inspections, cases and letters in one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask
from workflows.desk.construction import lamps_of, permits_of
from workflows.directory import all_units, names_of
from workflows.policy import Actor
from workflows.privacy.veil import veiled
from workflows.records.approvals import approval, party
from workflows.records.cases import copy, duty, transfer
from workflows.records.construction import (
    construction_check,
    construction_project,
    construction_skip,
    patrol,
    patrol_subject,
    temporary_extension,
    temporary_permit,
)
from workflows.records.inspections import inspection
from workflows.records.letters import letter
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.time_limits import Lamp
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
_LAMPS = {"passed": ("done", "合格"), "failed": ("red", "责令改正"), "violation": ("red", "已转案件")}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage with its lamp, and its checks from the first to the last."""

    code: str
    name: str
    lamp: Lamp
    is_current: bool
    checks: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Passport:
    """Everything about a permit."""

    permit: Row
    project: Row | None
    stages: tuple[Stage, ...]
    skips: tuple[Row, ...]
    temporary: Row | None
    extensions: tuple[Row, ...]
    duties: tuple[Row, ...]
    copies: tuple[Row, ...]
    subjects: tuple[Row, ...]
    patrols: tuple[Row, ...]
    inspections: tuple[Row, ...]
    transfers: tuple[Row, ...]
    penalties: tuple[Row, ...]
    letters: tuple[Row, ...]
    units: Mapping[str, str]
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SignBoard:
    """What everybody may read at the site: the permit, what is permitted, and how far the checks are."""

    permit: Row
    project: Row
    stages: tuple[tuple[str, bool], ...]


class PassportDesk:
    """Answers passports."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def of_permit(self, actor: Actor, approval_id: UUID) -> Passport:
        """Return the passport of a permit.

        Raises:
            CaseNotFound: there is none, or it does not concern the person's unit.
        """
        return self._engine.ask(Ask(lambda uow: self._passport(uow, actor, approval_id)))

    def sign_board(self, code: str) -> SignBoard:
        """Return what the QR code of a sign board shows to everybody.

        Raises:
            CaseNotFound: no project has this code.
        """

        def read(uow: UnitOfWork) -> SignBoard:
            project = _first(uow, construction_project, construction_project.c.public_code == code)
            if project is None:
                raise errors.CaseNotFound(code=code)
            passed = {row["code"] for row in _rows(uow, construction_check, _of(construction_check, project))
                      if row["state"] == "passed"}  # fmt: skip
            stages = tuple((one["name"], one["code"] in passed) for one in project["checkpoints"])
            return SignBoard(_permit(uow, project["approval_id"]), project, stages)

        return self._engine.ask(Ask(read))

    def _passport(self, uow: UnitOfWork, actor: Actor, key: UUID) -> Passport:
        mine = permits_of(actor)
        found = select(approval.c.id).where(approval.c.id == key)
        if uow.connection.execute(found if mine is None else found.where(mine)).first() is None:
            raise errors.CaseNotFound(permit=str(key))
        project = _first(uow, construction_project, construction_project.c.approval_id == key)
        project = project and veiled(actor, project, [project["unit"]])
        temporary = _first(uow, temporary_permit, temporary_permit.c.approval_id == key)
        checks = _rows(uow, construction_check, _of(construction_check, project)) if project else ()
        subjects = _rows(uow, patrol_subject, patrol_subject.c.approval_id == key)
        about = (patrol.c.subject_id.in_([row["id"] for row in subjects])) & patrol.c.done_at.is_not(None)
        patrols = _rows(uow, patrol, about, patrol.c.done_at.desc())
        extended = temporary_extension.c.permit_id == temporary["id"] if temporary else None
        people = {row["checked_by"] for row in checks} | {row["done_by"] for row in patrols}
        people |= {login for row in checks for login in row["officers"]}
        return Passport(
            _permit(uow, key), project, self._stages(uow, project, checks),
            _rows(uow, construction_skip, _of(construction_skip, project)) if project else (), temporary,
            _rows(uow, temporary_extension, extended) if extended is not None else (),
            _rows(uow, duty, duty.c.approval_id == key, duty.c.pushed_at),
            _rows(uow, copy, copy.c.approval_id == key, copy.c.sent_at), subjects, patrols,
            _rows(uow, inspection, inspection.c.approval_id == key),
            _rows(uow, transfer, transfer.c.approval_id == key, transfer.c.created_at),
            _rows(uow, penalty_case, penalty_case.c.approval_id == key),
            self._letters(uow, actor, project, temporary), {one.code: one.short_name for one in all_units(uow)},
            names_of(uow, [login for login in people if login]),
        )  # fmt: skip

    def _stages(self, uow: UnitOfWork, project: Row | None, checks: Sequence[Row]) -> tuple[Stage, ...]:
        if project is None:
            return ()
        running = lamps_of(uow, self._rulebook, [project["instance_id"]]).get(project["instance_id"])
        stages = []
        for one in project["checkpoints"]:
            mine = tuple(sorted((row for row in checks if row["code"] == one["code"]), key=lambda row: row["round"]))
            is_current = one["code"] == project["stage"] and project["state"] == "tracking"
            kind, text = _LAMPS.get(mine[-1]["state"], ("grey", "待核验")) if mine else ("grey", "未申请")
            lamp = Lamp(kind, text, 0)
            if is_current and running is not None:
                lamp = running if kind == "grey" else Lamp(kind, f"{text}，{running.text}", running.days_left)
            stages.append(Stage(one["code"], one["name"], lamp, is_current, mine))
        return tuple(stages)

    def _letters(
        self, uow: UnitOfWork, actor: Actor, project: Row | None, temporary: Row | None
    ) -> tuple[Row, ...]:  # fmt: skip
        cases = [row["instance_id"] for row in (project, temporary) if row]
        condition: Any = letter.c.instance_id.in_(cases)
        if not (actor.oversees or actor.has("administrator")):
            condition &= or_(letter.c.sender_unit.in_(actor.units), letter.c.receiver_unit.in_(actor.units))
        return _rows(uow, letter, condition, letter.c.created_at)


def _of(table: Any, project: Row) -> Any:
    return table.c.project_id == project["id"]


def _first(uow: UnitOfWork, table: Any, condition: Any) -> Row | None:
    row = uow.connection.execute(select(table).where(condition)).mappings().first()
    return dict(row) if row is not None else None


def _rows(uow: UnitOfWork, table: Any, condition: Any, order: Any = None) -> tuple[Row, ...]:
    statement = select(table).where(condition).order_by(order if order is not None else table.c.id).limit(200)
    return tuple(dict(row) for row in uow.connection.execute(statement).mappings())


def _permit(uow: UnitOfWork, key: UUID) -> Row:
    row = uow.connection.execute(
        select(approval, party.c.name.label("party_name")).join(party, party.c.id == approval.c.party_id)
        .where(approval.c.id == key)
    ).mappings().one()  # fmt: skip
    return dict(row)
