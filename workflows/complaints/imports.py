"""Files of complaints: previewed row by row, then taken in; who complained is kept apart from the first moment."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update

from engine import errors as engine_errors
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.complaints.channels import channel_of
from workflows.complaints.informants import FIELDS, cleared, keep_informant, parts_of, previewed
from workflows.complaints.register import TEXTS, RegisterComplaint
from workflows.complaints.sheets import layouts_on, read_row
from workflows.forms import Form
from workflows.intake.files import ParsedFile, parse_sheets
from workflows.policy import Actor
from workflows.records.complaints import complaint, complaint_import, complaint_import_row, complaint_informant
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

OUTCOMES: Mapping[str, str] = {"ready": "可导入", "refused": "拒收", "known": "已登记过", "accepted": "已登记"}
MOST_ROWS = 2_000
_r = complaint_import_row.c


def parse(name: str, data: bytes, rulebook: Rulebook, on: Any) -> ParsedFile:
    """Read a file in one of the two layouts.

    Raises:
        ImportInvalid.
    """
    parts = parse_sheets(name, data, layouts_on(on))
    if len(parts) > 1:
        raise errors.ImportInvalid(reason="文件里有多张工作表含有数据，请每个文件只放一张表")
    parsed = parts[0][1]
    if len(parsed.rows) > MOST_ROWS:
        raise errors.ImportInvalid(reason=f"超过 {MOST_ROWS} 行，请分批导入")
    return parsed


@dataclass(frozen=True, slots=True)
class PreviewComplaints:
    """Keep a file's rows with what each would become; answers the import's id."""

    parsed: ParsedFile
    file_name: str
    data: bytes
    channel: str
    actor: Actor
    rulebook: Rulebook
    form: Form
    context: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> UUID:
        """Store it; nothing is registered yet."""
        channel_of(self.rulebook.city.folder, self.channel)
        import_id = uow.new_id()
        batch = {
            "id": import_id, "file_name": self.file_name, "file_hash": hashlib.sha256(self.data).hexdigest(),
            "layout": self.parsed.layout.key, "channel": self.channel, "status": "previewed",
            "created_by": self.actor.login, "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(complaint_import), batch)
        seen: dict[str, int] = {}
        rows = [{**self._row(uow, line, row, seen), "import_id": import_id} for line, row in self.parsed.rows]
        if rows:
            uow.connection.execute(insert(complaint_import_row), rows)
        return import_id

    def _row(self, uow: UnitOfWork, line: int, row: Mapping[str, str], seen: dict[str, int]) -> dict[str, Any]:
        read = read_row(self.parsed.layout.key, row, self.channel, self.rulebook.city.divisions)
        messages, answers = list(read.warnings), read.answers
        outcome = "ready"
        number = str(answers["source_no"])
        first = seen.setdefault(number, line)
        try:
            self.form.validate(answers, self.context)
        except errors.FormInvalid as exc:
            outcome = "refused"
            messages += [{**one, "level": "error"} for one in _mistakes(exc)]
        if first != line:
            outcome = "refused"
            messages.append({"field": "source_no", "code": "duplicate-row", "level": "error",
                             "message": f"与第 {first} 行的来源编号相同，请删去其中一行"})  # fmt: skip
        known = _known(uow, self.channel, number)
        who = parts_of(answers)
        clean = {name: value for name, value in answers.items() if name not in FIELDS}
        clean |= {name: cleared(str(clean.get(name) or ""), who) for name in TEXTS}
        informant = None
        if outcome == "ready" and known is None:
            informant = keep_informant(uow, who, {name: str(answers.get(name) or "") for name in TEXTS})
        return {
            "line": line, "outcome": "known" if known and outcome == "ready" else outcome, "messages": messages,
            "answers": clean, "informant_id": informant, "complaint_id": known,
        }  # fmt: skip


def _mistakes(exc: errors.FormInvalid) -> list[dict[str, str]]:
    found: Any = exc.facts["errors"]
    return [dict(one) for one in found]


def _known(uow: UnitOfWork, channel: str, number: str) -> UUID | None:
    same = (complaint.c.channel == channel) & (complaint.c.source_no == number)
    return uow.connection.scalar(select(complaint.c.id).where(same))


def take_in(engine: ProcessEngine, rulebook: Rulebook, actor: Actor, import_id: UUID) -> None:
    """Register every ready row, each in a transaction of its own; repeating it after a crash doubles nothing."""
    ready = (_r.import_id == import_id) & (_r.outcome == "ready")
    lines = engine.ask(_Lines(ready))
    for line in lines:
        try:
            engine.execute(_TakeRowIn(import_id, line, rulebook, actor))
        except engine_errors.ConcurrentUpdate:
            continue
        except (engine_errors.Conflict, engine_errors.Invalid, engine_errors.NotFound) as exc:
            fault = {
                "field": "",
                "code": exc.code,
                "level": "error",
                "message": f"未能登记（{exc.code}），请核对后重新导入",
            }
            engine.execute(_Note(import_id, line, fault))
    engine.execute(_Close(import_id))


@dataclass(frozen=True, slots=True)
class _Lines:
    condition: Any

    def run(self, uow: UnitOfWork) -> list[int]:
        return list(uow.connection.scalars(select(_r.line).where(self.condition).order_by(_r.line)))


@dataclass(frozen=True, slots=True)
class _TakeRowIn:
    import_id: UUID
    line: int
    rulebook: Rulebook
    actor: Actor

    def run(self, uow: UnitOfWork) -> None:
        """Register the row with what was kept apart of it; do nothing when it is no longer ready."""
        mine = (_r.import_id == self.import_id) & (_r.line == self.line)
        row = uow.connection.execute(select(complaint_import_row).where(mine).with_for_update()).one()
        if row.outcome != "ready":
            return
        done = RegisterComplaint(self.actor, _whole(uow, row), self.rulebook).run(uow)
        outcome = "known" if done.was_known else "accepted"
        values = {"outcome": outcome, "complaint_id": done.complaint_id, "informant_id": None}
        uow.connection.execute(update(complaint_import_row).where(mine).values(**values))
        uow.connection.execute(delete(complaint_informant).where(complaint_informant.c.id == row.informant_id))


def _whole(uow: UnitOfWork, row: Row[Any]) -> dict[str, Any]:
    who, original = previewed(uow, row.informant_id)
    kept = {"informant_name": who.name, "informant_phone": who.phone, "informant_address": who.address}
    return {**row.answers, **original, **kept}


@dataclass(frozen=True, slots=True)
class _Note:
    import_id: UUID
    line: int
    fault: Mapping[str, str]

    def run(self, uow: UnitOfWork) -> None:
        mine = (_r.import_id == self.import_id) & (_r.line == self.line)
        row = uow.connection.execute(select(complaint_import_row).where(mine)).one()
        values = {"outcome": "refused", "messages": [*row.messages, self.fault]}
        uow.connection.execute(update(complaint_import_row).where(mine).values(**values))


@dataclass(frozen=True, slots=True)
class _Close:
    import_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        mine = complaint_import.c.id == self.import_id
        uow.connection.execute(update(complaint_import).where(mine).values(status="committed", committed_at=uow.now))


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import with its rows, none of which says who complained."""

    id: UUID
    file_name: str
    layout: str
    channel: str
    status: str
    counts: Mapping[str, int]
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ReadImport:
    """Ask for an import.

    Raises:
        CaseNotFound: there is none.
    """

    import_id: UUID

    def run(self, uow: UnitOfWork) -> ImportView:
        """Answer it."""
        batch = uow.connection.execute(
            select(complaint_import).where(complaint_import.c.id == self.import_id)
        ).one_or_none()
        if batch is None:
            raise errors.CaseNotFound(batch=str(self.import_id))
        columns = (_r.line, _r.outcome, _r.messages, _r.answers, _r.complaint_id, complaint.c.number)
        found = uow.connection.execute(
            select(*columns, _r.informant_id.is_not(None).label("has_informant"))
            .join(complaint, complaint.c.id == _r.complaint_id, isouter=True)
            .where(_r.import_id == self.import_id)
            .order_by(_r.line)
        ).mappings()
        counted = select(_r.outcome, func.count()).where(_r.import_id == self.import_id).group_by(_r.outcome)
        counts = {str(outcome): int(count) for outcome, count in uow.connection.execute(counted)}
        return ImportView(
            batch.id, batch.file_name, batch.layout, batch.channel, batch.status, counts,
            tuple(dict(row) for row in found),
        )  # fmt: skip
