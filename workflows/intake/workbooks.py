"""Opens xlsx workbooks that strangers made: measured first, read only when small enough."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook

from workflows import errors

MAX_UNPACKED = 100_000_000
MAX_RATIO = 100
MAX_ENTRIES = 200
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_SHEETS = 10
MAX_TEXT = 1_000_000
_SLACK_ROWS = 20
_SMALL = 1_000_000
_CHUNK = 1 << 16
_ATTRIBUTES = rb"""((?:[^<>"']|"[^"]*"|'[^']*')*)"""
_CELL = re.compile(rb"<(?:\w+:)?c\b" + _ATTRIBUTES + rb">(?:\s*<(?:\w+:)?v\b[^<>]*>\s*(\d{1,9}))?")
_ROW = re.compile(rb"<(?:\w+:)?row\b" + _ATTRIBUTES + rb">")
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]{0,9})(\d{0,9})["']""")
_SHARED = re.compile(rb"""(?:^|\s)t\s*=\s*["']s["']""")
_ITEM_END = re.compile(rb"</(?:\w+:)?si>")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet as text; every row has its cells."""

    name: str
    rows: tuple[tuple[str, ...], ...]


def read_workbook(data: bytes) -> tuple[Sheet, ...]:
    """Read every sheet of an xlsx file.

    Raises:
        ImportInvalid: it is no xlsx file, is damaged, or would unfold to more than we read.
    """
    check_workbook(data)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = workbook.sheet_names[:MAX_SHEETS]
        return tuple(Sheet(name, _rows(workbook, name)) for name in names)
    except (CalamineError, ValueError, IndexError, OSError) as exc:
        raise _damaged() from exc
    except BaseException as exc:  # a panic inside the reader is no Exception
        if type(exc).__name__ != "PanicException":
            raise
        raise _damaged() from exc


def _damaged() -> errors.ImportInvalid:
    return errors.ImportInvalid(reason="不是有效的 Excel 文件，请用 Excel 或 WPS 另存为 xlsx 后重新导入")


def _rows(workbook: CalamineWorkbook, name: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_text(cell) for cell in row) for row in workbook.get_sheet_by_name(name).iter_rows())


def check_workbook(data: bytes) -> None:
    """Measure an xlsx file without unfolding it into memory.

    Raises:
        ImportInvalid: too many parts, too many bytes, or a grid or texts larger than we read.
    """
    if data[:2] != b"PK":
        raise errors.ImportInvalid(reason="只接受 xlsx 和 csv 文件；旧版 xls 请用 Excel 或 WPS 另存为 xlsx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" not in names or names & {"content.xml", "xl/workbook.bin"}:
                raise errors.ImportInvalid(reason="只接受 xlsx 和 csv 文件，请用 Excel 或 WPS 另存为 xlsx")
            _check_declared(archive, len(data))
            _check_contents(archive)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError, zlib.error) as exc:
        raise _damaged() from exc


def _check_declared(archive: zipfile.ZipFile, packed: int) -> None:
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    too_dense = size > _SMALL and size > MAX_RATIO * packed
    if len(entries) > MAX_ENTRIES or size > MAX_UNPACKED or too_dense:
        raise errors.ImportInvalid(reason="Excel 文件展开后过大，可能已损坏或含有恶意内容，请另存为 csv 或分批导入")


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Count what really unfolds, and how large a grid and how much text the sheets ask for."""
    budget = _Budget()
    names = archive.namelist()
    shared = [name for name in names if name.lower().endswith("sharedstrings.xml")]
    lengths = [length for name in shared for length in _shared_lengths(archive, name, budget)]
    for name in names:  # a sheet may lie anywhere
        if name not in shared:
            for piece in _pieces(archive, name, budget, b"<c"):
                budget.measure(piece, lengths)


class _Budget:
    """What may still be unfolded."""

    def __init__(self) -> None:
        self.bytes = MAX_UNPACKED
        self.text = MAX_UNPACKED

    def take(self, count: int) -> None:
        self.bytes -= count
        if self.bytes < 0:
            raise errors.ImportInvalid(reason="Excel 文件展开后过大，可能已损坏或含有恶意内容，请分批导入")

    def measure(self, piece: bytes, lengths: list[int]) -> None:
        """Check the places and the shared texts that a piece of a sheet names."""
        for found in _ROW.finditer(piece):
            if not found[1].endswith(b"/"):
                _check_place(found[1])
        for found in _CELL.finditer(piece):
            if found[1].endswith(b"/"):
                continue
            _check_place(found[1])
            if found[2] and _SHARED.search(found[1]):
                number = int(found[2])
                self.text -= lengths[number] if number < len(lengths) else 0
        if self.text < 0:
            raise errors.ImportInvalid(reason="Excel 文件里重复的长文字过多，请分批导入")


def _check_place(attributes: bytes) -> None:
    place = _PLACE.search(attributes)
    if place is None:
        return
    column = 0
    for letter in place[1].upper():
        column = column * 26 + letter - 64
    if column > MAX_COLUMNS:
        raise errors.ImportInvalid(reason=f"工作表超过 {MAX_COLUMNS} 列，请使用官方模板")
    if int(place[2] or 0) > MAX_ROWS + _SLACK_ROWS:
        raise errors.ImportInvalid(reason=f"工作表超过 {MAX_ROWS} 行，请删除表尾多余的行或分批导入")


def _pieces(archive: zipfile.ZipFile, name: str, budget: _Budget, mark: bytes) -> Iterator[bytes]:
    """Give a part in pieces that end before a mark, so that what begins with the mark is never cut in two."""
    rest = b""
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK):
            budget.take(len(chunk))
            rest += chunk
            if len(rest) > MAX_TEXT:
                raise errors.ImportInvalid(reason="Excel 文件中有单元格过长，请检查后重新导入")
            cut = max(rest.rfind(mark), 0) or max(rest.rfind(b"<"), 0)
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
    yield rest


def _shared_lengths(archive: zipfile.ZipFile, name: str, budget: _Budget) -> list[int]:
    lengths: list[int] = []
    open_length = 0
    for piece in _pieces(archive, name, budget, b"</"):
        parts = _ITEM_END.split(piece)
        for part in parts[:-1]:
            lengths.append(open_length + len(part))
            open_length = 0
        open_length += len(parts[-1])
    return lengths


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
