"""Files of the catalogue: shown row by row first, then every change becomes a proposal; all may be repeated."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine import errors as engine_errors
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.catalogue.cells import Lookup
from workflows.catalogue.diff import changed_parts, differences
from workflows.catalogue.proposals import OPEN, Proposal, ProposeChange, Rules
from workflows.catalogue.sheets import Wanted, read_catalogue, wanted_of
from workflows.catalogue.store import contents_on, last_version
from workflows.directory import all_units
from workflows.intake.fields import Message
from workflows.policy import Actor
from workflows.records.catalogue import catalogue_batch, catalogue_change, catalogue_row
from workflows.uow import UnitOfWork, local_day_of

OUTCOMES: Mapping[str, str] = {
    "ready": "可提出调整", "proposed": "已提出调整", "unchanged": "无变化", "joined": "随事项一并处理",
    "refused": "拒收",
}  # fmt: skip
MOST_ITEMS = 1000
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CatalogueImport:
    """A file with its rows."""

    batch: Row
    counts: Mapping[str, int]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PreviewCatalogue:
    """Keep a file with what each of its rows would change; answers its id. Nothing is proposed yet.

    Raises:
        ImportInvalid: the file as a whole cannot be read.
    """

    actor: Actor
    file_name: str
    data: bytes
    effective_on: date
    reason: str
    rules: Rules

    def run(self, uow: UnitOfWork) -> UUID:
        """Read the file and compare it with the catalogue."""
        sheets = read_catalogue(self.file_name, self.data)
        words = self.rules.words(uow)
        items = wanted_of(sheets, Lookup.of(all_units(uow), words))
        if len(items) > MOST_ITEMS:
            raise errors.ImportInvalid(reason=f"超过 {MOST_ITEMS} 个事项，请分批导入")
        batch_id, rows = uow.new_id(), []
        for one in items:
            rows += self._rows(uow, one)
        batch = {
            "id": batch_id, "file_name": self.file_name, "file_hash": hashlib.sha256(self.data).hexdigest(),
            "layout": "、".join(dict.fromkeys(parsed.layout.key for _, parsed in sheets)), "unit": self.actor.unit,
            "status": "previewed", "effective_on": self.effective_on, "reason": self.reason,
            "created_by": self.actor.login, "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(catalogue_batch), batch)
        if rows:
            numbered = [{**row, "batch_id": batch_id, "place": place} for place, row in enumerate(rows, 1)]
            uow.connection.execute(insert(catalogue_row), numbered)
        return batch_id

    def _rows(self, uow: UnitOfWork, one: Wanted) -> list[dict[str, Any]]:
        """Return an item's rows; the first one stands for the item."""
        outcome, told, shown = self._judge(uow, one)
        rows = []
        for line in one.lines:
            messages = [found.as_json() for found in line.messages]
            mine = outcome if line.is_first else ("refused" if messages else "joined")
            mine = "refused" if one.is_refused and line.is_first else mine
            row = {"sheet": line.sheet, "line": line.number, "item_code": line.item_code, "outcome": mine,
                   "messages": messages, "content": dict(line.content), "wanted": {}, "differences": []}  # fmt: skip
            if line.is_first:
                row |= {"wanted": one.contents, "differences": shown, "messages": [*messages, *told]}
            rows.append(row)
        return rows

    def _judge(self, uow: UnitOfWork, one: Wanted) -> tuple[str, list[dict[str, str]], list[dict[str, str]]]:
        """Return what becomes of an item, why, and what would change."""
        if one.is_refused:
            others = any(not line.is_first and line.messages for line in one.lines)
            return "refused", _told("row", "本事项的其他行有错，请一并改正") if others else [], []
        base = contents_on(uow, one.item_code, "*", local_day_of(uow.now))
        _keep_others(one, base)
        changed = changed_parts(base, one.contents)
        shown = [
            {"label": found.label, "old": found.old, "new": found.new}
            for found in differences(base or {}, changed, self.rules.words(uow))
        ]
        if not changed:
            return "unchanged", [], []
        last = last_version(uow, one.item_code)
        pending = _pending(uow, one.item_code)
        if pending is not None and all(pending.contents.get(key) == value for key, value in changed.items()):
            return "unchanged", _told("code", f"相同的调整已经提出：{pending.business_key}", "warning"), shown
        if one.version and last is not None and one.version != str(last["version"]):
            return "refused", _told("version", f"清单已更新到第 {last['version']} 版，请重新导出后再改"), shown
        try:
            self._propose(one, base).examine(uow)
        except (engine_errors.Invalid, engine_errors.Conflict, engine_errors.Forbidden) as exc:
            return "refused", _why(exc), shown
        return "ready", [], shown

    def _propose(self, one: Wanted, base: Row | None) -> ProposeChange:
        kind = "create" if base is None else "amend"
        wanted = Proposal(kind, one.item_code, one.contents, self.effective_on, self.reason, source="file")
        return ProposeChange(self.actor, wanted, self.rules)


def _keep_others(one: Wanted, base: Row | None) -> None:
    """Let a layout that only names the responsible unit leave those beside it as they are."""
    lead = one.contents.pop("lead_unit", None)
    if lead is not None:
        others = [code for code in (base or {}).get("supervising_units", [])[1:] if code not in lead]
        one.contents["supervising_units"] = [*lead, *others]


def _pending(uow: UnitOfWork, code: str) -> Any:
    open_one = (catalogue_change.c.item_code == code) & catalogue_change.c.state.in_(OPEN)
    return uow.connection.execute(select(catalogue_change).where(open_one)).first()


def _told(field: str, text: str, level: str = "error") -> list[dict[str, str]]:
    return [Message(field, "catalogue", text, level).as_json()]


def _why(exc: engine_errors.AppError) -> list[dict[str, str]]:
    if isinstance(exc, errors.ChangePending):
        return _told("code", f"该事项已有调整在办：{exc.facts['case']}，请办结后再导入")
    if isinstance(exc, engine_errors.Forbidden):
        return _told("code", "不是本单位监管或审批的事项，不能提出调整")
    faults = exc.facts.get("errors")
    listed = faults if isinstance(faults, list) else []
    found = [one for fault in listed for one in _told(fault["field"], fault["message"])]
    return found or _told("code", f"不能提出调整（{exc.code}）")


def commit_catalogue(engine: ProcessEngine, rules: Rules, actor: Actor, batch_id: UUID) -> None:
    """Propose every ready row, each in a transaction of its own; repeating it after a crash doubles nothing."""
    for place in engine.ask(_ReadyRows(batch_id)):
        try:
            engine.execute(ProposeRow(batch_id, place, actor, rules))
        except engine_errors.ConcurrentUpdate:
            continue
        except (engine_errors.Invalid, engine_errors.Conflict, engine_errors.Forbidden, engine_errors.NotFound) as exc:
            engine.execute(_NoteRow(batch_id, place, {"outcome": "refused", "messages": _why(exc)}))
    engine.execute(_CloseBatch(batch_id))


@dataclass(frozen=True, slots=True)
class ProposeRow:
    """Make the proposal of one row, once."""

    batch_id: UUID
    place: int
    actor: Actor
    rules: Rules

    def run(self, uow: UnitOfWork) -> None:
        """Do nothing when the row is no longer ready."""
        mine = (catalogue_row.c.batch_id == self.batch_id) & (catalogue_row.c.place == self.place)
        row = uow.connection.execute(select(catalogue_row).where(mine).with_for_update()).one()
        if row.outcome != "ready":
            return
        batch = uow.connection.execute(select(catalogue_batch).where(catalogue_batch.c.id == self.batch_id)).one()
        is_known = last_version(uow, row.item_code) is not None
        wanted = Proposal(
            "amend" if is_known else "create", row.item_code, row.wanted, batch.effective_on, batch.reason,
            source="file", batch_id=self.batch_id,
        )  # fmt: skip
        number = ProposeChange(self.actor, wanted, self.rules).run(uow)
        _NoteRow(self.batch_id, self.place, {"outcome": "proposed", "business_key": number}).run(uow)


@dataclass(frozen=True, slots=True)
class _ReadyRows:
    batch_id: UUID

    def run(self, uow: UnitOfWork) -> Sequence[int]:
        mine = (catalogue_row.c.batch_id == self.batch_id) & (catalogue_row.c.outcome == "ready")
        return list(uow.connection.scalars(select(catalogue_row.c.place).where(mine).order_by(catalogue_row.c.place)))


@dataclass(frozen=True, slots=True)
class _NoteRow:
    batch_id: UUID
    place: int
    values: Row

    def run(self, uow: UnitOfWork) -> None:
        mine = (catalogue_row.c.batch_id == self.batch_id) & (catalogue_row.c.place == self.place)
        uow.connection.execute(update(catalogue_row).where(mine).values(**self.values))


@dataclass(frozen=True, slots=True)
class _CloseBatch:
    batch_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        mine = (catalogue_batch.c.id == self.batch_id) & (catalogue_batch.c.status == "previewed")
        uow.connection.execute(update(catalogue_batch).where(mine).values(status="committed", committed_at=uow.now))


def read_import(uow: UnitOfWork, batch_id: UUID) -> CatalogueImport:
    """Return a file with its rows.

    Raises:
        CaseNotFound: there is none.
    """
    batch = uow.connection.execute(select(catalogue_batch).where(catalogue_batch.c.id == batch_id)).mappings().first()
    if batch is None:
        raise errors.CaseNotFound(batch=str(batch_id))
    found = select(catalogue_row).where(catalogue_row.c.batch_id == batch_id).order_by(catalogue_row.c.place)
    rows = tuple(dict(row) for row in uow.connection.execute(found).mappings())
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["outcome"]] = counts.get(row["outcome"], 0) + 1
    return CatalogueImport(dict(batch), counts, rows)
