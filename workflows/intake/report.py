"""The answer to an import as a workbook: every row with what became of it and why."""

import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from workflows.intake.batches import OUTCOMES, ImportView
from workflows.intake.layouts import LAYOUTS

_FIRST = ("行号", "结果", "说明")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = re.compile(r"^\s*[=+\-@]|^[\t\r\n]")
_LONGEST = 32_000


def result_workbook(view: ImportView) -> bytes:
    """Return an xlsx file with the rows as they came and the result in front; no cell can become a formula."""
    columns = next((layout.columns for layout in LAYOUTS if layout.key == view.layout), {})
    used = [code for code in columns if any(row.content.get(code) for row in view.rows)]
    rows = []
    for row in view.rows:
        said = "；".join(message["message"] for message in row.messages)
        outcome = OUTCOMES.get(row.outcome, row.outcome)
        rows.append([str(row.line), outcome, said, *(row.content.get(code, "") for code in used)])
    return text_workbook([("导入结果", [*_FIRST, *(columns[code] for code in used)], rows)])


def text_workbook(sheets: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]]) -> bytes:
    """Return an xlsx file of sheets, each with title, header and rows; no cell can become a formula."""
    book = Workbook(write_only=True)
    for title, header, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "D2"
        for row in (header, *rows):
            sheet.append(_cells(sheet, row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula."""
    clean = _CONTROL.sub("", text)[:_LONGEST]
    return f"'{clean}" if _FORMULA.match(clean) else clean


def as_written(cell: str) -> str:
    """Return what was meant by a cell that ``harmless`` made."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def _cells(sheet: WriteOnlyWorksheet, texts: Sequence[str]) -> list[WriteOnlyCell]:
    cells = []
    for text in texts:
        cell = WriteOnlyCell(sheet, value=harmless(text))
        cell.data_type = "s"
        cells.append(cell)
    return cells
