"""Workbooks that people download; a cell is never read as a formula."""

import io
from collections.abc import Iterable, Mapping

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill

from workflows.desk.intake import OUTCOMES, ImportView, RowView

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RED = PatternFill("solid", fgColor="FDEAEA")
_BOLD = Font(bold=True)
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def plain(text: object) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    found = str(text if text is not None else "")
    return "'" + found if found.startswith(_RISKY) else found


def import_workbook(batch: ImportView, columns: Mapping[str, str]) -> bytes:
    """Return an import with the result and remarks of every row, wrong cells in red."""
    used = [code for code in columns if any(row.content.get(code) for row in batch.rows)]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("导入结果")
    sheet.freeze_panes = "D2"
    head = [WriteOnlyCell(sheet, text) for text in ("行号", "结果", "说明", *(columns[code] for code in used))]
    for cell in head:
        cell.font = _BOLD
    sheet.append(head)
    for row in batch.rows:
        sheet.append(list(_cells(sheet, row, used)))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _cells(sheet: object, row: RowView, used: Iterable[str]) -> Iterable[object]:
    wrong = {message["field"] for message in row.messages if message.get("level") != "warning"}
    remarks = "；".join(message["message"] for message in row.messages)
    yield row.line
    yield OUTCOMES.get(row.outcome, row.outcome)
    yield plain(remarks)
    for code in used:
        cell = WriteOnlyCell(sheet, plain(row.content.get(code, "")))
        if code in wrong:
            cell.fill = _RED
        yield cell
