"""Files arrive in the official layouts, and in every other state."""

import io
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest

from workflows import errors
from workflows.intake.files import parse_file
from workflows.intake.layouts import DUAL_LICENCE, LEGACY_LICENCE

HEADER = ["行政相对人名称", "行政许可决定文书号", "许可决定日期", "办件编号"]
ROW = ["演示置业有限公司", "建字第370402202600001号", "2026-03-02", "BJ-1"]


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def crafted(sheet: str, shared: str = "") -> bytes:
    """A workbook whose first sheet and shared texts are written by hand."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(一=[HEADER]))) as old, zipfile.ZipFile(made, "w", 8) as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = _SHEET.format(sheet).encode()
            new.writestr(name, text)
        if shared:
            new.writestr("xl/sharedStrings.xml", shared)
    return made.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET = f'<?xml version="1.0"?><worksheet xmlns="{_MAIN}"><sheetData>{{}}</sheetData></worksheet>'


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(errors.ImportInvalid) as caught:
        parse_file(name, data)
    return str(caught.value.facts["reason"])


def csv_text(*rows: Sequence[str]) -> str:
    return "\r\n".join(",".join(row) for row in rows) + "\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_in_the_encodings_offices_use(encoding: str) -> None:
    parsed = parse_file("a.csv", csv_text(HEADER, ROW).encode(encoding))
    assert parsed.layout.key == "dual_publicity_licence"
    assert parsed.rows == ((2, dict(zip(["XK_XDR_MC", "XK_WSH", "XK_JDRQ", "project_no"], ROW, strict=True))),)


def test_mixed_encodings_are_refused_with_the_line() -> None:
    lines = [csv_text(HEADER), csv_text(ROW), csv_text(ROW)]
    data = lines[0].encode("gb18030") + lines[1].encode("gb18030") + lines[2].encode("utf-8")
    assert refusal("a.csv", data).startswith("第 3 行的文字编码")


def test_a_gb18030_line_that_happens_to_be_utf8_is_no_mixture() -> None:
    data = csv_text(HEADER, ROW).encode("gb18030") + b"\xc2\xa1,,,\r\n"
    assert len(parse_file("a.csv", data).rows) == 2


def test_utf16_is_refused_with_the_remedy() -> None:
    assert "CSV UTF-8" in refusal("a.csv", csv_text(HEADER, ROW).encode("utf-16"))


def test_titles_above_the_header_are_skipped_and_line_numbers_stay_true() -> None:
    parsed = parse_file("a.xlsx", workbook(一=[["行政许可公示表"], [], HEADER, ROW]))
    assert [line for line, _ in parsed.rows] == [4]


def test_code_headers_are_known_too() -> None:
    parsed = parse_file("a.xlsx", workbook(一=[["XK_XDR_MC", "xk_wsh", "XK_JDRQ", "其他列"], [*ROW[:3], "x"]]))
    assert set(parsed.rows[0][1]) == {"XK_XDR_MC", "XK_WSH", "XK_JDRQ"}


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (list(DUAL_LICENCE), "dual_publicity_licence"),
        ([code for code in DUAL_LICENCE if code not in ("XK_XDR_LB", "XK_FR_ZJLX")], "dual_publicity_licence"),
        (list(LEGACY_LICENCE), "dual_publicity_licence_2015"),
        (list(LEGACY_LICENCE.values()), "dual_publicity_licence_2015"),
        (["办件编号", "办结时间", "办结结果"], "approval_result"),
        (["办件编号", "受理时间", "事项名称"], "approval_accept"),
    ],
)
def test_layouts_are_recognised_by_their_header(header: list[str], key: str) -> None:
    assert parse_file("a.csv", csv_text(header, ["x"] * len(header)).encode()).layout.key == key


def test_an_unknown_header_names_what_is_missing() -> None:
    assert "行政许可决定文书号" in refusal("a.csv", csv_text(["行政相对人名称", "许可决定日期"], ["a", "b"]).encode())


def test_a_doubled_column_is_refused() -> None:
    assert "出现了两次" in refusal("a.csv", csv_text([*HEADER, "办件编号"], [*ROW, "BJ-2"]).encode())


def test_results_and_acceptances_of_one_workbook_are_joined_by_office_number() -> None:
    accepts = [["办件编号", "受理时间", "事项名称", "申请人名称"], ["B1", "2026-03-01", "甲", "某公司"],
               ["B2", "2026-03-01", "乙", "另一公司"]]  # fmt: skip
    results = [["办件编号", "办结时间", "办结结果", "事项名称"], ["B1", "2026-03-02", "40", ""]]
    parsed = parse_file("a.xlsx", workbook(办结=results, 受理=accepts))
    assert parsed.layout.key == "approval_result"
    assert [(line, row["project_no"], row["task_name"], row.get("result_date", "")) for line, row in parsed.rows] == [
        (2, "B1", "甲", "2026-03-02"), (5, "B2", "乙", ""),
    ]  # fmt: skip


def test_two_sheets_with_data_are_never_half_read() -> None:
    assert "每个文件只放一张表" in refusal("a.xlsx", workbook(一=[HEADER, ROW], 二=[HEADER, ROW]))


def test_a_sheet_of_notes_beside_the_table_is_ignored() -> None:
    assert len(parse_file("a.xlsx", workbook(填表说明=[["请如实填写"]], 一=[HEADER, ROW])).rows) == 1


@pytest.mark.parametrize(
    ("sheet", "why"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>', "列"),
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "行"),
        ('<row r="1"><c x=">" r="XFD1048576"><v>1</v></c></row>', "列"),
    ],
)
def test_a_grid_that_would_fill_the_memory_is_refused(sheet: str, why: str) -> None:
    assert why in refusal("a.xlsx", crafted(sheet))


def test_a_file_that_unfolds_without_end_is_refused() -> None:
    assert "展开后过大" in refusal("a.xlsx", crafted("<row>" + "<c><v>1</v></c>" * 3_000_000 + "</row>"))


def test_a_long_text_shared_by_many_cells_is_refused() -> None:
    noise = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(30_000))
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(1, 2000))
    shared = f'<sst xmlns="{_MAIN}"><si><t>{noise}</t></si></sst>'
    assert "重复的长文字过多" in refusal("a.xlsx", crafted(cells, shared))


def test_an_endless_cell_is_refused() -> None:
    noise = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(700_000))
    assert "单元格" in refusal(
        "a.xlsx", crafted(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{noise}</t></is></c></row>')
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0old excel", workbook(一=[HEADER, ROW])[:-200], workbook(一=[])],
)
def test_what_is_no_workbook_is_refused_with_words(data: bytes) -> None:
    assert refusal("a.xlsx", data)


def test_a_damaged_file_is_read_or_refused_but_never_breaks_the_program() -> None:
    whole = workbook(一=[HEADER, ROW])
    outcomes = set()
    for at in range(0, len(whole), 11):
        try:
            outcomes.add(len(parse_file("a.xlsx", whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]).rows))
        except errors.ImportInvalid:
            outcomes.add(-1)
    assert outcomes == {-1, 1}
