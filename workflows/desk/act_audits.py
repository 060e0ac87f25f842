"""Sample audits of supervision acts on the desk: rounds with their proof, each act with the evidence to be checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask
from workflows.directory import all_units
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.performance.audits import PROCESS, StartAudit
from workflows.performance.catalogue import KEEPERS
from workflows.performance.periods import current
from workflows.policy import Actor, require
from workflows.records.inspections import evidence_file, inspection_record, supervision_act
from workflows.records.performance import act_audit, audit_round
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
MOST = 200
_HIDDEN = ("snapshot", "salt", "seals", "proof")
_SHOWN = ("item_code", "party_name", "business_key", "kind")
_a = act_audit.c


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round with the acts that were drawn; what the draw needs is hidden until it is done."""

    round: Row
    pool: int
    sealed: Sequence[str]
    audits: tuple[Row, ...]
    results: Mapping[str, int]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditView:
    """An act to be checked: what was recorded of it and what proves it."""

    audit: Row
    act: Row
    records: tuple[Row, ...]
    files: tuple[Row, ...]
    names: Mapping[str, str]


class ActAuditDesk:
    """Shows rounds to overseers, each act to the unit that checks it and to the one that made it."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def rounds(self, actor: Actor) -> tuple[Row, ...]:
        """Return the rounds with how many acts were drawn and how many found false, the newest first."""
        mine = None if actor.oversees else _a.auditing_unit.in_(actor.units) | _a.audited_unit.in_(actor.units)

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            counts = select(
                _a.round_id, func.count().label("drawn"), func.count(_a.result).label("audited"),
                func.count().filter(_a.is_false).label("false"),
            )  # fmt: skip
            counts = (counts if mine is None else counts.where(mine)).group_by(_a.round_id)
            found = {row.round_id: row for row in uow.connection.execute(counts)}
            columns = [column for column in audit_round.c if column.name not in _HIDDEN]
            rows = uow.connection.execute(
                select(*columns).order_by(audit_round.c.committed_at.desc()).limit(MOST)
            ).mappings()
            return tuple(
                {**row, **{name: getattr(found.get(row["id"]), name, 0) for name in ("drawn", "audited", "false")}}
                for row in rows if mine is None or row["id"] in found
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def round(self, actor: Actor, round_id: UUID) -> RoundView:
        """Return a round; units see the acts they check or made.

        Raises:
            CaseNotFound: there is none, or it has nothing to do with the person's unit.
        """
        return self._engine.ask(Ask(lambda uow: self._round(uow, actor, round_id)))

    def _round(self, uow: UnitOfWork, actor: Actor, round_id: UUID) -> RoundView:
        found = uow.connection.execute(select(audit_round).where(audit_round.c.id == round_id)).mappings().first()
        rows = uow.connection.execute(
            select(act_audit, *(supervision_act.c[name] for name in _SHOWN))
            .join(supervision_act, supervision_act.c.id == _a.act_id)
            .where(_a.round_id == round_id)
            .order_by(_a.place)
        ).mappings()  # fmt: skip
        seen = tuple(dict(row) for row in rows if _concerns(actor, row))
        if found is None or (not actor.oversees and not seen):
            raise errors.CaseNotFound(round=str(round_id))
        shown = {key: value for key, value in found.items() if key not in _HIDDEN}
        results = {key: sum(row["result"] == key for row in seen) for key in ("true", "incomplete", "false")}
        names = {one.code: one.short_name for one in all_units(uow)}
        sealed = [str(one["role"]) for one in found["seals"]]
        return RoundView(shown, len(found["snapshot"]["objects"]), sealed, seen, results, names)

    def proof(self, actor: Actor, round_id: UUID) -> bytes:
        """Return the proof of a draw, byte for byte; ``xianjie verify-draw`` repeats it.

        Raises:
            CaseNotFound: there is no round, or nothing has been drawn yet.
        """
        require(actor, "policy_officer", "leader", "discipline_watcher")

        def read(uow: UnitOfWork) -> bytes:
            content = uow.connection.scalar(select(audit_round.c.proof).where(audit_round.c.id == round_id))
            if not content:
                raise errors.CaseNotFound(round=str(round_id))
            return str(content).encode()

        return self._engine.ask(Ask(read))

    def audit(self, actor: Actor, audit_id: UUID) -> AuditView:
        """Return an act that was drawn, with its records and files.

        Raises:
            CaseNotFound: it is neither checked by nor made by the person's unit.
        """

        def read(uow: UnitOfWork) -> AuditView:
            row = _audit(uow, actor, audit_id)
            act = uow.connection.execute(
                select(supervision_act).where(supervision_act.c.id == row["act_id"])
            ).mappings().one()  # fmt: skip
            r, e = inspection_record.c, evidence_file.c
            records = uow.connection.execute(
                select(inspection_record).where(r.inspection_id == act["source_id"]).order_by(r.started_at)
            ).mappings()
            files = uow.connection.execute(
                select(e.sha256, e.media_type, e.size, e.uploaded_at).where(e.owner_id == act["source_id"])
                .order_by(e.uploaded_at, e.sha256).limit(MOST)
            ).mappings()  # fmt: skip
            names = {one.code: one.short_name for one in all_units(uow)}
            return AuditView(row, dict(act), tuple(map(dict, records)), tuple(map(dict, files)), names)

        return self._engine.ask(Ask(read))

    def file(self, actor: Actor, audit_id: UUID, sha256: str) -> tuple[str, bytes]:
        """Return media type and content of a file that proves an act.

        Raises:
            CaseNotFound.
        """

        def read(uow: UnitOfWork) -> tuple[str, bytes]:
            row, e = _audit(uow, actor, audit_id), evidence_file.c
            source = select(supervision_act.c.source_id).where(supervision_act.c.id == row["act_id"]).scalar_subquery()
            found = uow.connection.execute(
                select(e.media_type, e.content).where(e.owner_id == source, e.sha256 == sha256)
            ).first()
            if found is None:
                raise errors.CaseNotFound(file=sha256)
            return str(found.media_type), bytes(found.content)

        return self._engine.ask(Ask(read))

    def fields(self, actor: Actor, answers: Row | None = None) -> tuple[FieldView, ...]:
        """Return the form of an audit out of turn."""
        require(actor, *KEEPERS)
        return self._forms.get(PROCESS, "start").fields_for(self._context(), answers)

    def start(self, actor: Actor, answers: Row, *, key: str = "") -> str:
        """Start an audit of a period out of turn; the same key starts one. Answers its number.

        Raises:
            FormInvalid: there is no such period.
        """
        require(actor, *KEEPERS)
        given = self._forms.get(PROCESS, "start").validate(answers, self._context())
        command = StartAudit(actor, str(given["period"]), self._rulebook)
        if not key:
            return self._engine.execute(command)
        once = Once(command, actor.login, key, fingerprint_of("audit", answers), lambda one: {"number": one})
        return str(self._engine.execute(once).result["number"])

    def _context(self) -> dict[str, Any]:
        return {"period_now": current(self._rulebook, self._engine.clock.now()).name}


def _concerns(actor: Actor, row: Any) -> bool:
    return actor.oversees or row["auditing_unit"] in actor.units or row["audited_unit"] in actor.units


def _audit(uow: UnitOfWork, actor: Actor, audit_id: UUID) -> Row:
    row = uow.connection.execute(select(act_audit).where(_a.id == audit_id)).mappings().first()
    if row is None or not _concerns(actor, row):
        raise errors.CaseNotFound(audit=str(audit_id))
    return dict(row)
