"""Turns an uploaded file into rows of a known layout, without trusting it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows import errors
from workflows.intake.encodings import read_csv
from workflows.intake.layouts import LAYOUTS, Layout, recognise
from workflows.intake.workbooks import MAX_ROWS, Sheet, read_workbook

MAX_BYTES = 20_000_000
MAX_CELL = 32_767
_HEADER_WITHIN = 5
Line = tuple[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file in a known layout: each row by column code, with its line number."""

    layout: Layout
    rows: tuple[Line, ...]


def parse_file(name: str, data: bytes) -> ParsedFile:
    """Read an xlsx or csv file; a workbook may hold acceptances and results in two sheets.

    Raises:
        ImportInvalid: too large, not a spreadsheet, mixed encodings, or an unknown header; says what to do.
    """
    return _together(parse_sheets(name, data, LAYOUTS))


def parse_sheets(name: str, data: bytes, layouts: Sequence[Layout]) -> list[tuple[str, ParsedFile]]:
    """Read the sheets of an xlsx or csv file that are in one of the layouts, each with its name.

    Raises:
        ImportInvalid: as for ``parse_file``.
    """
    if len(data) > MAX_BYTES:
        raise errors.ImportInvalid(reason="文件超过 20 MB，请分批导入")
    if not data.strip():
        raise errors.ImportInvalid(reason="文件是空的")
    is_csv = name.lower().endswith(".csv")
    sheets = (Sheet("", read_csv(data)),) if is_csv else read_workbook(data)
    filled = [sheet for sheet in sheets if any(_is_filled(row) for row in sheet.rows)]
    if not filled:
        raise errors.ImportInvalid(reason="文件里没有内容")
    return _known(filled, layouts)


def _is_filled(row: Sequence[str]) -> bool:
    return any(cell.strip() for cell in row)


def _known(sheets: Sequence[Sheet], layouts: Sequence[Layout]) -> list[tuple[str, ParsedFile]]:
    """Return the sheets in a known layout; other sheets are notes."""
    found: list[tuple[str, ParsedFile]] = []
    refused: errors.ImportInvalid | None = None
    for sheet in sheets:
        try:
            found.append((sheet.name, _parse(sheet, layouts)))
        except _NoHeader as exc:
            refused = refused or exc.reason
    if not found and refused is not None:
        raise refused
    return [(name, parsed) for name, parsed in found if parsed.rows] or found[:1]


class _NoHeader(Exception):
    def __init__(self, reason: errors.ImportInvalid) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _parse(sheet: Sheet, layouts: Sequence[Layout]) -> ParsedFile:
    lines = [(number, row) for number, row in enumerate(sheet.rows, 1) if _is_filled(row)]
    at, layout, codes = _header(lines, layouts)
    _refuse_doubles(codes, layout)
    if len(lines) - at - 1 > MAX_ROWS:
        raise errors.ImportInvalid(reason=f"超过 {MAX_ROWS} 行，请分批导入")
    return ParsedFile(layout, tuple((number, _cells(number, codes, row)) for number, row in lines[at + 1 :]))


def _header(
    lines: Sequence[tuple[int, Sequence[str]]], layouts: Sequence[Layout]
) -> tuple[int, Layout, tuple[str, ...]]:
    """Find the header in the first rows: titles and notes may stand above it."""
    refused: list[errors.ImportInvalid] = []
    for at, (_, row) in enumerate(lines[:_HEADER_WITHIN]):
        try:
            return at, *recognise(row, layouts)
        except errors.ImportInvalid as exc:
            refused.append(exc)
    raise _NoHeader(refused[0])


def _refuse_doubles(codes: Sequence[str], layout: Layout) -> None:
    for code in codes:
        if code and codes.count(code) > 1:
            raise errors.ImportInvalid(reason=f"列“{layout.columns[code]}”出现了两次，请删去一列后重新导入")


def _cells(number: int, codes: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    for cell in row:
        if len(cell) > MAX_CELL:
            raise errors.ImportInvalid(reason=f"第 {number} 行有单元格超过 {MAX_CELL} 字，请检查后重新导入")
    padded = [*row, *[""] * (len(codes) - len(row))]
    return {code: cell.strip() for code, cell in zip(codes, padded, strict=False) if code}


def _together(parts: Sequence[tuple[str, ParsedFile]]) -> ParsedFile:
    by_layout = {parsed.layout.key: parsed for _, parsed in parts}
    if len(parts) == 1:
        return parts[0][1]
    if len(parts) == 2 and by_layout.keys() == {"approval_result", "approval_accept"}:
        return _joined(by_layout["approval_result"], by_layout["approval_accept"])
    names = "、".join(f"“{name}”" for name, _ in parts)
    raise errors.ImportInvalid(reason=f"工作表 {names} 都含有数据，请每个文件只放一张表（受理表与办结表可同放）")


def _joined(results: ParsedFile, accepts: ParsedFile) -> ParsedFile:
    """Give each result what its acceptance says; acceptances without a result follow as such."""
    accepted = {row.get("project_no", ""): row for _, row in accepts.rows}
    done = {row.get("project_no", "") for _, row in results.rows}
    rows: list[Line] = [(number, with_acceptance(row, accepted)) for number, row in results.rows]
    after = max((number for number, _ in rows), default=0)
    rows += [(after + number, row) for number, row in accepts.rows if row.get("project_no", "") not in done]
    return ParsedFile(results.layout, tuple(rows))


def with_acceptance(row: Mapping[str, str], accepted: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return a result row completed by the acceptance of the same office number."""
    known = accepted.get(row.get("project_no", ""), {})
    return {**known, **{code: value for code, value in row.items() if value or code not in known}}
