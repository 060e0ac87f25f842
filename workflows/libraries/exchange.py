"""Objects as a workbook, out and in: each row is checked by itself and says what became of it."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from openpyxl import Workbook

from workflows import errors
from workflows.identifiers import check_credit_code
from workflows.intake.encodings import read_csv
from workflows.intake.report import harmless
from workflows.intake.workbooks import Sheet, read_workbook
from workflows.libraries.identity import KINDS
from workflows.libraries.keeping import ObjectFacts, keep_object, tie_item
from workflows.uow import UnitOfWork, local_day_of

COLUMNS: Mapping[str, str] = {
    "kind": "种类", "name": "名称", "credit_code": "统一社会信用代码", "area": "区划", "site": "地址", "lon": "经度",
    "lat": "纬度", "unit": "责任单位", "items": "监管事项",
}  # fmt: skip
OUTCOMES: Mapping[str, str] = {"entered": "已新增", "changed": "已更新", "unchanged": "无变化", "refused": "拒收"}
MOST_ROWS = 5_000
_MUST = ("kind", "name", "area", "unit")


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a line of a file."""

    line: int
    outcome: str
    name: str
    message: str


def read_rows(file_name: str, data: bytes) -> list[tuple[int, dict[str, str]]]:
    """Read an xlsx or csv file whose first row names the columns.

    Raises:
        ImportInvalid: not a spreadsheet, without the needed columns, or too long; says what to do.
    """
    sheets = (Sheet("", read_csv(data)),) if file_name.lower().endswith(".csv") else read_workbook(data)
    rows = next((sheet.rows for sheet in sheets if any(any(cell.strip() for cell in row) for row in sheet.rows)), ())
    if not rows:
        raise errors.ImportInvalid(reason="文件里没有内容")
    codes = [_code(cell) for cell in rows[0]]
    if missing := [COLUMNS[name] for name in _MUST if name not in codes]:
        raise errors.ImportInvalid(reason=f"首行缺少列：{'、'.join(missing)}；请使用导出的模板")
    if len(rows) - 1 > MOST_ROWS:
        raise errors.ImportInvalid(reason=f"超过 {MOST_ROWS} 行，请分批导入")
    found = []
    for place, row in enumerate(rows[1:], 2):
        cells = {code: cell.strip() for code, cell in zip(codes, row, strict=False) if code}
        if any(cells.values()):
            found.append((place, cells))
    return found


def _code(header: str) -> str:
    plain = header.strip()
    return next((code for code, name in COLUMNS.items() if plain in (code, name)), "")


@dataclass(frozen=True, slots=True)
class Names:
    """What words in a file may stand for: areas, units and items by code and by name, and whose units are allowed."""

    areas: Mapping[str, str]
    units: Mapping[str, str]
    items: Mapping[str, str]
    allowed: frozenset[str] | None


def read_object(cells: Mapping[str, str], names: Names) -> tuple[ObjectFacts | None, tuple[str, ...], list[str]]:
    """Return the object of a row and its items, or what is wrong with it."""
    kinds = {text: code for code, text in KINDS.items()} | {code: code for code in KINDS}
    faults = [f"缺少{COLUMNS[name]}" for name in _MUST if not cells.get(name)]
    kind, area = kinds.get(cells.get("kind", "")), names.areas.get(cells.get("area", ""))
    unit = names.units.get(cells.get("unit", ""))
    known = {"kind": kind, "area": area, "unit": unit}
    faults += [f"{COLUMNS[name]}“{cells[name][:20]}”无法识别" for name, value in known.items()
               if cells.get(name) and value is None]  # fmt: skip
    if unit is not None and names.allowed is not None and unit not in names.allowed:
        faults.append("责任单位不是您的单位")
    code = cells.get("credit_code", "").upper()
    faults += [finding.message for finding in check_credit_code(code)] if code else []
    words = [word for word in cells.get("items", "").replace("，", ",").replace("、", ",").split(",") if word.strip()]
    items = [names.items.get(word.strip()) for word in words]
    faults += [f"事项“{word.strip()[:20]}”不在清单中" for word, item in zip(words, items, strict=True) if item is None]
    place, more = _place(cells)
    faults += more
    if faults or kind is None or area is None or unit is None:
        return None, (), faults
    facts = ObjectFacts(kind, cells["name"], area, unit, "import", credit_code=code or None,
                        site=cells.get("site", ""), lon=place.get("lon"), lat=place.get("lat"))  # fmt: skip
    return facts, tuple(item for item in items if item), []


def _place(cells: Mapping[str, str]) -> tuple[dict[str, float], list[str]]:
    found, faults = {}, []
    for name, least, most in (("lon", 70, 140), ("lat", 0, 60)):
        if not (text := cells.get(name, "")):
            continue
        try:
            found[name] = float(text)
        except ValueError:
            faults.append(f"{COLUMNS[name]}“{text[:20]}”应为十进制度")
            continue
        if not least <= found[name] <= most:
            faults.append(f"{COLUMNS[name]} {text[:20]} 不在境内")
    return found, faults


@dataclass(frozen=True, slots=True)
class ImportObjects:
    """Take rows in: the good ones in one transaction, each with its own answer; repeating it doubles nothing."""

    rows: Sequence[tuple[int, Mapping[str, str]]]
    names: Names
    actor: str
    file_name: str

    def run(self, uow: UnitOfWork) -> tuple[RowResult, ...]:
        """Enter or bring up to date what is right; say what is wrong."""
        today = local_day_of(uow.now)
        done = []
        for line, cells in self.rows:
            facts, items, faults = read_object(cells, self.names)
            name = cells.get("name", "")[:100]
            if facts is None:
                done.append(RowResult(line, "refused", name, "；".join(faults)))
                continue
            object_id, outcome = keep_object(uow, facts, self.actor, reason=f"导入 {self.file_name}"[:300])
            tied = [tie_item(uow, object_id, item, today, None) for item in items]
            changed = "changed" if outcome == "unchanged" and any(tied) else outcome
            done.append(RowResult(line, changed, name, ""))
        return tuple(done)


def as_workbook(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as an xlsx file in which no cell can become a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.append(list(head))
    for row in rows:
        sheet.append([harmless("" if cell is None else str(cell)) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
