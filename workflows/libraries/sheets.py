"""Check sheets (检查表): what is looked at for an item, by version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select, update

from workflows import errors
from workflows.records.libraries import check_sheet
from workflows.uow import UnitOfWork, local_day_of

_s = check_sheet.c
FROM_FILE = "城市数据文件"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One thing to look at."""

    code: str
    text: str
    basis: str
    method: str
    is_key: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {name: getattr(self, name) for name in ("code", "text", "basis", "method", "is_key")}


@dataclass(frozen=True, slots=True)
class CheckSheet:
    """One version of an item's sheet."""

    item_code: str
    version: int
    name: str
    lines: tuple[SheetLine, ...]
    qualification: str | None
    status: str
    valid_from: date
    valid_to: date | None


def _sheet(row: Row[Any]) -> CheckSheet:
    lines = tuple(SheetLine(**line) for line in row.lines)
    return CheckSheet(
        row.item_code, row.version, row.name, lines, row.qualification, row.status, row.valid_from, row.valid_to
    )


def sheet_for(uow: UnitOfWork, item_code: str, on: date) -> CheckSheet | None:
    """Return the sheet of an item in force on a day, or None."""
    in_force = (_s.item_code == item_code) & (_s.valid_from <= on) & (_s.valid_to.is_(None) | (_s.valid_to > on))
    row = uow.connection.execute(select(check_sheet).where(in_force).order_by(_s.version.desc())).first()
    return _sheet(row) if row else None


def sheet_version(uow: UnitOfWork, item_code: str, version: int) -> CheckSheet | None:
    """Return one version of an item's sheet, in force or not."""
    row = uow.connection.execute(
        select(check_sheet).where(_s.item_code == item_code, _s.version == version)
    ).one_or_none()
    return _sheet(row) if row else None


def sheets_on(uow: UnitOfWork, on: date) -> dict[str, CheckSheet]:
    """Return the sheets in force on a day, by item."""
    in_force = (_s.valid_from <= on) & (_s.valid_to.is_(None) | (_s.valid_to > on))
    rows = uow.connection.execute(select(check_sheet).where(in_force).order_by(_s.item_code, _s.version))
    return {row.item_code: _sheet(row) for row in rows}


def sheet_versions(uow: UnitOfWork, item_code: str) -> list[Mapping[str, Any]]:
    """Return every version of an item's sheet with who wrote it and why, the newest first."""
    rows = uow.connection.execute(
        select(check_sheet).where(_s.item_code == item_code).order_by(_s.version.desc())
    ).mappings()
    return [dict(row) for row in rows]


@dataclass(frozen=True, slots=True)
class WriteSheet:
    """Write a new version of an item's sheet, in force from a day on; answers its number.

    Raises:
        FormInvalid: no line, a line without words, two lines of one code, no reason, or a day that has passed.
    """

    item_code: str
    name: str
    lines: Sequence[Mapping[str, Any]]
    valid_from: date
    actor: str
    reason: str
    status: str = "已确认"
    qualification: str | None = None
    past_allowed: bool = field(default=False, kw_only=True)

    def run(self, uow: UnitOfWork) -> int:
        """End the version before on that day and begin this one; what was planned for later is replaced."""
        lines = [line.as_json() for line in self._checked(uow)]
        same = _s.item_code == self.item_code
        last = uow.connection.execute(select(check_sheet).where(same).order_by(_s.version.desc())).first()
        open_ones = same & (_s.valid_to.is_(None) | (_s.valid_to > self.valid_from))
        uow.connection.execute(update(check_sheet).where(open_ones).values(valid_to=self.valid_from))
        row = {
            "item_code": self.item_code, "version": last.version + 1 if last else 1, "name": self.name.strip(),
            "lines": lines, "qualification": self.qualification or None, "status": self.status,
            "valid_from": self.valid_from, "valid_to": None, "changed_by": self.actor, "changed_at": uow.now,
            "reason": self.reason,
        }  # fmt: skip
        uow.connection.execute(insert(check_sheet), row)
        return int(str(row["version"]))

    def _checked(self, uow: UnitOfWork) -> list[SheetLine]:
        lines = [
            SheetLine(
                str(line.get("code") or f"{place:02d}").strip(), str(line["text"]).strip(),
                str(line.get("basis") or "").strip(), str(line.get("method") or "").strip(), bool(line.get("is_key")),
            )
            for place, line in enumerate(self.lines, 1)
        ]  # fmt: skip
        faults = list(_faults(lines))
        if not self.reason.strip():
            faults.append({"field": "reason", "message": "请写明修订理由"})
        if not self.past_allowed and self.valid_from < local_day_of(uow.now):
            faults.append({"field": "valid_from", "message": "生效日期不能早于今天：已经进行的检查仍按原表"})
        if faults:
            raise errors.FormInvalid(errors=faults)
        return lines


def _faults(lines: Sequence[SheetLine]) -> list[dict[str, str]]:
    if not lines:
        return [{"field": "lines", "message": "检查表至少要有一项检查内容"}]
    faults = []
    codes = [line.code for line in lines]
    if any(not line.text for line in lines):
        faults.append({"field": "lines", "message": "每一项都要写明检查内容"})
    if doubled := sorted({code for code in codes if codes.count(code) > 1}):
        faults.append({"field": "lines", "message": f"编号重复：{'、'.join(doubled)}，请改为不同的编号"})
    return faults


__all__ = [
    "CheckSheet",
    "SheetLine",
    "WriteSheet",
    "sheet_for",
    "sheet_version",
    "sheet_versions",
    "sheets_on",
]
