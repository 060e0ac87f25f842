"""Reads the list of the other side: which column means what, and the rows by the number both sides know."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows import errors
from workflows.intake.encodings import read_csv
from workflows.intake.files import MAX_BYTES
from workflows.intake.workbooks import MAX_ROWS, Sheet, read_workbook

KEY = "key"
_HEADER_WITHIN = 5
_TOO_LONG = 2_000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a list: what it is called, and other names of its column."""

    code: str
    label: str
    names: tuple[str, ...] = ()


_PROJECT_NO = Field(KEY, "办件编号", ("project_no", "flowsn", "办件号", "办件流水号", "业务流水号", "审批编号"))
_DOCUMENT = Field("document_no", "文书号", ("XK_WSH", "行政许可决定文书号", "决定书文号", "许可文书号"))
_PARTY = Field("party_name", "行政相对人", ("XK_XDR_MC", "行政相对人名称", "申请人", "申请人名称", "单位名称"))
_PROJECT = Field("project_name", "项目名称", ("project_name",))
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "decision": (
        _PROJECT_NO, _DOCUMENT, _PARTY, _PROJECT, Field("result", "办结结果", ("result_type", "审批结果", "结果")),
        Field("decided_on", "决定日期", ("XK_JDRQ", "许可决定日期", "办结日期", "办结时间")),
    ),
    "handoff": (
        _PROJECT_NO, _DOCUMENT, _PARTY, _PROJECT, Field("sent_on", "推送日期", ("发出日期", "收到日期")),
        Field("received_on", "认领日期", ("签收日期", "接收日期")),
    ),
    "copy": (
        _PROJECT_NO, _DOCUMENT, _PARTY, _PROJECT, Field("sent_on", "抄送日期", ("发出日期", "收到日期")),
        Field("received_on", "签收日期", ("接收日期",)),
    ),
    "transfer": (
        Field(KEY, "移送文号", ("移送函文号", "移送编号", "案件移送函文号")), _PARTY, _PROJECT,
        Field("sent_on", "移送日期", ("发出日期", "收到日期")), Field("received_on", "接收日期", ("签收日期",)),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RawList:
    """A file as it came: its header, and the lines under it with their numbers."""

    header: tuple[str, ...]
    cells: tuple[tuple[int, tuple[str, ...]], ...]
    sha256: str


def read_list(kind: str, file_name: str, data: bytes) -> RawList:
    """Read the first filled sheet of an xlsx or csv file.

    Raises:
        ImportInvalid: too large, no spreadsheet, empty, or without a row below the header.
    """
    if len(data) > MAX_BYTES:
        raise errors.ImportInvalid(reason="文件超过 20 MB，请分批导入")
    sheets = (Sheet("", read_csv(data)),) if file_name.lower().endswith(".csv") else read_workbook(data)
    for sheet in sheets:
        lines = [(number, row) for number, row in enumerate(sheet.rows, 1) if any(cell.strip() for cell in row)]
        if len(lines) > 1:
            return _raw(kind, lines, data)
    raise errors.ImportInvalid(reason="文件里没有表头和数据，首行应为列名，以下每行一件")


def _raw(kind: str, lines: Sequence[tuple[int, Sequence[str]]], data: bytes) -> RawList:
    top = range(min(_HEADER_WITHIN, len(lines) - 1))
    at = max(top, key=lambda place: (len(guess(kind, lines[place][1])), -place))
    if len(lines) - at - 1 > MAX_ROWS:
        raise errors.ImportInvalid(reason=f"超过 {MAX_ROWS} 行，请分批导入")
    header = tuple(cell.strip()[:100] for cell in lines[at][1])
    cells = tuple((number, tuple(_cell(number, cell) for cell in row)) for number, row in lines[at + 1 :])
    return RawList(header, cells, hashlib.sha256(data).hexdigest())


def _cell(number: int, cell: str) -> str:
    if len(cell) > _TOO_LONG:
        raise errors.ImportInvalid(reason=f"第 {number} 行有单元格超过 {_TOO_LONG} 字，请检查后重新导入")
    return cell.strip()


def guess(kind: str, header: Sequence[str]) -> dict[str, int]:
    """Return which column a field is in, by the names that offices give it; each column serves one field."""
    plain = [_plain(cell) for cell in header]
    found: dict[str, int] = {}
    for field in FIELDS[kind]:
        names = [_plain(name) for name in (field.label, *field.names)]
        place = next((plain.index(name) for name in names if name in plain), None)
        if place is not None and place not in found.values():
            found[field.code] = place
    return found


def checked_mapping(kind: str, header: Sequence[str], given: Mapping[str, Any]) -> dict[str, int]:
    """Return the columns a person chose.

    Raises:
        FormInvalid: the number's column is missing, or a column is no column or chosen twice.
    """
    found: dict[str, int] = {}
    for field in FIELDS[kind]:
        chosen = given.get(field.code)
        if chosen in (None, ""):
            continue
        if not str(chosen).isdecimal() or int(str(chosen)) >= len(header):
            raise _wrong(field, f"“{field.label}”请选择文件中的一列")
        if int(str(chosen)) in found.values():
            raise _wrong(field, f"“{field.label}”所选的列已用于另一项")
        found[field.code] = int(str(chosen))
    if KEY not in found:
        raise _wrong(FIELDS[kind][0], f"请选择“{FIELDS[kind][0].label}”所在的列，双方以此核对")
    return found


def _wrong(field: Field, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": f"map-{field.code}", "message": message}])


def rows_of(mapping: Mapping[str, int], cells: Sequence[Sequence[Any]]) -> list[tuple[int, dict[str, str]]]:
    """Return each line by field."""
    return [
        (int(number), {code: row[place] if place < len(row) else "" for code, place in mapping.items()})
        for number, row in cells
    ]


def _plain(text: str) -> str:
    return text.strip().replace("（", "(").replace("）", ")").replace(" ", "").rstrip("*").lower()
