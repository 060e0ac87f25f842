"""The answer to an import as a workbook: every row with what became of it and why."""

import io
import re

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
    book = Workbook(write_only=True)
    sheet = book.create_sheet("导入结果")
    sheet.freeze_panes = "D2"
    sheet.append(_cells(sheet, [*_FIRST, *(columns[code] for code in used)]))
    for row in view.rows:
        said = "；".join(message["message"] for message in row.messages)
        outcome = OUTCOMES.get(row.outcome, row.outcome)
        sheet.append(_cells(sheet, [str(row.line), outcome, said, *(row.content.get(code, "") for code in used)]))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula."""
    clean = _CONTROL.sub("", text)[:_LONGEST]
    return f"'{clean}" if _FORMULA.match(clean) else clean


def _cells(sheet: WriteOnlyWorksheet, texts: list[str]) -> list[WriteOnlyCell]:
    cells = []
    for text in texts:
        cell = WriteOnlyCell(sheet, value=harmless(text))
        cell.data_type = "s"
        cells.append(cell)
    return cells
