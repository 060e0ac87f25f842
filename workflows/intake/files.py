"""Reads spreadsheets and CSV files without trusting them."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook

from workflows import errors
from workflows.intake.layouts import Layout, recognise

MAX_BYTES = 20_000_000
MAX_UNPACKED = 200_000_000
MAX_RATIO = 200
MAX_ENTRIES = 500
MAX_ROWS = 20_000
MAX_CELL = 32_767


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file in a known layout: each row by column code, with its line number."""

    layout: Layout
    rows: tuple[tuple[int, dict[str, str]], ...]


def parse_file(name: str, data: bytes) -> ParsedFile:
    """Read an xlsx, xls or csv file.

    Raises:
        ImportInvalid: too large, not a spreadsheet, mixed encodings, or an unknown header; says what to do.
    """
    if len(data) > MAX_BYTES:
        raise errors.ImportInvalid(reason="文件超过 20 MB，请分批导入")
    if not data.strip():
        raise errors.ImportInvalid(reason="文件是空的")
    table = _csv_rows(data) if name.lower().endswith(".csv") else _sheet_rows(data)
    lines = [(i, row) for i, row in enumerate(table, 1) if any(cell.strip() for cell in row)]
    if not lines:
        raise errors.ImportInvalid(reason="文件里没有内容")
    if len(lines) > MAX_ROWS + 1:
        raise errors.ImportInvalid(reason=f"超过 {MAX_ROWS} 行，请分批导入")
    layout, codes = recognise(lines[0][1])
    rows = []
    for line, cells in lines[1:]:
        if any(len(cell) > MAX_CELL for cell in cells):
            raise errors.ImportInvalid(reason=f"第 {line} 行有单元格超过 {MAX_CELL} 字，请检查后重新导入")
        rows.append((line, {code: cell.strip() for code, cell in zip(codes, cells, strict=False) if code}))
    return ParsedFile(layout, tuple(rows))


def _csv_rows(data: bytes) -> list[list[str]]:
    csv.field_size_limit(MAX_BYTES)
    return list(csv.reader(io.StringIO(_decoded(data))))


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    for number, line in enumerate(data.splitlines(), 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            reason = f"第 {number} 行的文字编码与其他行不一致，请用 UTF-8 或 GB18030 另存后重新导入"
            raise errors.ImportInvalid(reason=reason) from None
    raise errors.ImportInvalid(reason="文字编码无法识别，请用 UTF-8 另存")


def _sheet_rows(data: bytes) -> list[list[str]]:
    if data[:2] == b"PK":
        _check_archive(data)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = workbook.get_sheet_by_index(0)
        return [[_text(cell) for cell in row] for row in sheet.iter_rows()]
    except (CalamineError, ValueError, IndexError, OSError) as exc:
        raise errors.ImportInvalid(reason="不是有效的 Excel 文件，请另存为 xlsx 或 csv") from exc


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as exc:
        raise errors.ImportInvalid(reason="Excel 文件已损坏，请重新导出") from exc
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or size > MAX_UNPACKED or size > MAX_RATIO * max(len(data), 1):
        raise errors.ImportInvalid(reason="Excel 文件展开后过大，可能已损坏或含有恶意内容")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S") if (cell.hour or cell.minute or cell.second) else f"{cell:%Y-%m-%d}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
