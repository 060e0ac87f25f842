"""The catalogue as a workbook in the official columns, and what a workbook asks for, item by item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from workflows.catalogue.cells import CellInvalid, Lookup, message, read_cell, write_cell
from workflows.catalogue.fields import BY_KEY, CHECK_PARTS, TYPES, Words
from workflows.catalogue.layouts import ANNEX, CHECKS, LAYOUTS, NATIONAL
from workflows.catalogue.store import catalogue_on
from workflows.intake.fields import Message
from workflows.intake.files import ParsedFile, parse_sheets
from workflows.intake.layouts import Layout
from workflows.intake.report import as_written, text_workbook
from workflows.uow import UnitOfWork

_UNITS = ("lead_unit", "other_units")
_SCOPES: Mapping[str, str] = {"市级": "2 适用地市", "县级": "3 适用区县", "市级、县级": "2 适用地市；3 适用区县"}


def catalogue_workbook(uow: UnitOfWork, words: Words, on: date, layout: str) -> bytes:
    """Return the catalogue of a day as an xlsx file: the annex with its check items, or the national layout."""
    rows = [_item_row(row, words) for row in catalogue_on(uow, on)]
    if layout == NATIONAL.key:
        return text_workbook([_sheet(NATIONAL, rows)])
    checks = [one for row in rows for one in _check_rows(row)]
    return text_workbook([_sheet(ANNEX, rows), _sheet(CHECKS, checks)])


def _sheet(layout: Layout, rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[str], list[list[str]]]:
    cells = [[str(row.get(code, "")) for code in layout.columns] for row in rows]
    return layout.title[:31], list(layout.columns.values()), cells


def _item_row(contents: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return an item by the codes of all layouts."""
    row: dict[str, Any] = {key: write_cell(BY_KEY[key], contents[key], words) for key in BY_KEY}
    units, checks = contents["supervising_units"], contents["checks"]
    return row | {
        "code": contents["code"], "version": str(contents["version"]),
        "_valid_from": contents["valid_from"].isoformat(),
        "_valid_to": contents["valid_to"].isoformat() if contents["valid_to"] else "",
        "lead_unit": words.unit(units[0]) if units else "",
        "other_units": "\n".join(words.unit(code) for code in units[1:]), "checks": checks,
        "_power": "；".join(contents["aliases"]), "_permit_type": TYPES.get(contents["type"], ""), "_status": "1",
        "_sub_status": "1", "_process": words.processes.get(contents["process"], contents["process"]),
        "_lists": "；".join(check["code"] for check in checks), "_checks": "；".join(check["name"] for check in checks),
        "_scope": _SCOPES.get(contents["level"], ""),
    }  # fmt: skip


def _check_rows(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    about = {
        "item_code": row["code"], "_department": row["lead_unit"], "_item": row["name"], "_object": row["object"],
        "_class": "重点" if row["is_key"] == "是" else "一般", "_level": row["level"], "_basis": row["basis"],
    }  # fmt: skip
    return [{**about, **{part: check[part] for part in CHECK_PARTS}} for check in row["checks"]]


@dataclass(slots=True)
class Line:
    """One row of a file with what is wrong in it."""

    sheet: str
    number: int
    item_code: str
    content: Mapping[str, str]
    messages: list[Message] = field(default_factory=list)
    is_first: bool = False


@dataclass(slots=True)
class Wanted:
    """What a file asks for an item: its rows, the parts they fill, and the version it was written from."""

    item_code: str
    lines: list[Line] = field(default_factory=list)
    contents: dict[str, Any] = field(default_factory=dict)
    version: str = ""

    @property
    def is_refused(self) -> bool:
        """Tell whether one of the rows has a fault."""
        return any(found.level == "error" for line in self.lines for found in line.messages)


def read_catalogue(name: str, data: bytes) -> list[tuple[str, ParsedFile]]:
    """Read the sheets of a file that are in one of the official layouts.

    Raises:
        ImportInvalid: the file cannot be read, or no sheet has a known header.
    """
    return parse_sheets(name, data, LAYOUTS)


def wanted_of(sheets: Sequence[tuple[str, ParsedFile]], lookup: Lookup) -> list[Wanted]:
    """Return what each item of a file should be; rows of check items belong to the row of their item."""
    found: dict[str, Wanted] = {}
    for sheet, parsed in sorted(sheets, key=lambda pair: pair[1].layout.key == CHECKS.key):
        seen: dict[str, int] = {}
        for number, content in parsed.rows:
            code = as_written(content.get("item_code" if parsed.layout is CHECKS else "code", "")).strip()
            line = Line(sheet or parsed.layout.title, number, code, content)
            one = found.setdefault(code or f"\x00{sheet}/{number}", Wanted(code))
            line.is_first = not one.lines
            one.lines.append(line)
            if not code:
                line.messages.append(Message("code", "required", "缺少事项编码，请填写后重新导入"))
            elif parsed.layout is CHECKS:
                _read_check(one, line)
            elif seen.setdefault(code, number) != number:
                text = f"与第 {seen[code]} 行是同一事项，请删去其中一行"
                line.messages.append(Message("code", "duplicate-row", text))
            else:
                _read_item(one, line, parsed.layout, lookup)
    return list(found.values())


def _read_item(one: Wanted, line: Line, layout: Layout, lookup: Lookup) -> None:
    one.version = line.content.get("version", "").strip()
    for key in line.content:
        if key in BY_KEY:
            try:
                one.contents[key] = read_cell(key, line.content[key], lookup)
            except CellInvalid as exc:
                line.messages.append(message(key, layout.columns[key], exc))
    _read_units(one, line, layout, lookup)


def _read_units(one: Wanted, line: Line, layout: Layout, lookup: Lookup) -> None:
    """Put the responsible unit before those beside it; without the column of the others they stay as they are."""
    if "lead_unit" not in line.content:
        return
    units: list[str] = []
    for key in _UNITS:
        try:
            units += read_cell("supervising_units", line.content.get(key, ""), lookup)
        except CellInvalid as exc:
            line.messages.append(message(key, layout.columns[key], exc))
    if not line.content["lead_unit"].strip():
        label = layout.columns["lead_unit"]
        line.messages.append(Message("lead_unit", "required", f"缺少{label}，请填写后重新导入"))
    one.contents["supervising_units" if "other_units" in line.content else "lead_unit"] = units


def _read_check(one: Wanted, line: Line) -> None:
    check = {part: as_written(line.content.get(part, "")).strip() for part in CHECK_PARTS}
    for part, label in CHECK_PARTS.items():
        if not check[part]:
            line.messages.append(Message(part, "required", f"缺少{label}，请填写后重新导入"))
    one.contents.setdefault("checks", []).append(check)
