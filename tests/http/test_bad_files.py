"""A file that cannot be taken in is refused on the page and by the API: what is wrong, what to do, nothing written."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from urllib.parse import quote

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.http.conftest import Client, stored, token_of
from tests.processes.rig import CityRig

HEADER = ("行政相对人名称", "行政许可决定文书号", "许可决定日期", "办件编号", "许可内容")
ROW = ("演示置业有限公司", "建字第370402202600001号", "2026-03-02", "BJ-1", "演示住宅小区")
HUGE = "".join(map(str, range(1_600_000)))  # 10 MB that do not shrink
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def csv(*rows: Sequence[str]) -> bytes:
    return "\r\n".join(",".join(row) for row in rows).encode()


def xlsx(*rows: Sequence[object], sheet: str = "") -> bytes:
    """A workbook of these rows, or one whose sheet is written by hand."""
    book, out, made = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    book.save(out)
    if not sheet:
        return out.getvalue()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return made.getvalue()


def upload(client: FlaskClient, path: str, name: str, data: bytes) -> TestResponse:
    """Send a file as a browser does, the form's token beside it."""
    token = token_of(client.get("/intake").text) if not path.startswith("/api/") else ""
    head = 'Content-Disposition: form-data; name="{}"'
    parts = [
        (head.format("csrf_token"), token.encode()),
        (head.format("file") + f"; filename*=UTF-8''{quote(name, safe='')}", data),
    ]
    body = b"".join(f"--line\r\n{one}\r\n\r\n".encode() + content + b"\r\n" for one, content in parts)
    return client.post(path, data=body + b"--line--\r\n", content_type="multipart/form-data; boundary=line")


def bomb() -> bytes:
    return xlsx(sheet=f"<worksheet {_MAIN}><sheetData>" + "<row><c><v>1</v></c></row>" * 4_000_000)


def entities() -> bytes:
    """A sheet whose text is a file of the server, or a bomb."""
    kinds = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;&a;&a;">]>'
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&a;&b;</t></is></c></row>'
    return xlsx(sheet=f'<?xml version="1.0"?>{kinds}<worksheet {_MAIN}><sheetData>{cell}</sheetData></worksheet>')


BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "an endless cell (csv)": ("a.csv", lambda: csv(HEADER, (HUGE[:3_000_000], *ROW[1:])), "单元格超过"),
    "an endless cell (xlsx)": (
        "a.xlsx", lambda: xlsx(sheet=f"<worksheet {_MAIN}><sheetData><row><c t='str'><v>{HUGE}</v></c></row>"), "过长"
    ),
    "another sheet": ("a.xlsx", lambda: xlsx(("食堂", "菜单"), ("周一", "面条")), "表头无法识别"),
    "mixed encodings": (
        "a.csv", lambda: csv(HEADER) + b"\r\n" + ",".join(ROW).encode("gb18030"), "文字编码与其他行不一致",
    ),
    "no workbook": ("a.xlsx", lambda: b"nothing of the kind", "另存为"),
    "an old workbook": ("a.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为 xlsx"),
    "a damaged workbook": ("a.xlsx", lambda: xlsx(HEADER, ROW)[:-300], "另存为"),
    "a bomb": ("a.xlsx", bomb, "展开后过大"),
    "foreign entities": ("a.xlsx", entities, "不是有效的 Excel 文件"),
    "one column": ("a.csv", lambda: "办件编号\r\nBJ-1\r\n".encode(), "缺少列"),
    "nothing": ("a.csv", lambda: b"", "文件是空的"),
    "blanks": ("a.csv", lambda: b" \r\n ,,, \r\n", "没有内容"),
    "NUL": ("a.csv", lambda: csv(HEADER, ROW) + b"\0", "另存为"),
    "too large": ("a.csv", lambda: b"x" * 20_000_001, "20 MB"),
    "far too large": ("a.csv", lambda: b"x" * 26_000_000, "20 MB"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_on_the_page(busy: CityRig, client_of: Client, what: str) -> None:
    name, made, words = BAD[what]
    client = client_of("sp.jianshe")
    before = stored(busy)
    answer = upload(client, "/intake", name, made())
    assert answer.status_code == (413 if what == "far too large" else 422)
    assert words in answer.text
    if answer.status_code == 422:
        assert 'id="error-summary"' in answer.text
        assert '<a href="#file">' in answer.text
    assert "root:" not in answer.text
    assert stored(busy) == before


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_by_the_api(busy: CityRig, what: str, caller: Client) -> None:
    name, made, words = BAD[what]
    client = caller("sp.jianshe")
    before = stored(busy)
    answer = upload(client, "/api/v1/imports", name, made())
    assert answer.status_code == (413 if what == "far too large" else 422), answer.text
    assert answer.content_type == "application/problem+json"
    assert words in answer.json["detail"]
    if answer.status_code == 422:
        assert [mistake["field"] for mistake in answer.json["errors"]] == ["file"]
    assert stored(busy) == before


@pytest.mark.parametrize("sent", [{}, {"file": "text"}, {"other": (io.BytesIO(b"x"), "a.csv")}])
def test_a_missing_file_is_told(busy: CityRig, caller: Client, sent: dict[str, object]) -> None:
    client = caller("sp.jianshe")
    before = stored(busy)
    answer = client.post("/api/v1/imports", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "file" in {mistake["field"] for mistake in answer.json["errors"]}
    assert stored(busy) == before


@pytest.mark.parametrize("name", ["../../../etc/办件.csv", "C:\\windows\\办件.csv", "x\r\nSet-Cookie: a=b/办件.csv"])
def test_only_the_bare_name_of_a_file_is_kept(city: CityRig, client_of: Client, name: str) -> None:
    client = client_of("sp.jianshe")
    made = upload(client, "/intake", name, csv(HEADER, ROW))
    assert made.status_code == 302
    page, sheet = client.get(made.headers["Location"]).text, client.get(made.headers["Location"] + ".xlsx")
    assert "办件.csv" in page
    assert "windows" not in page
    assert "etc" not in page
    assert not sheet.headers.get("Set-Cookie")
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w%.-]+", sheet.headers["Content-Disposition"])


def test_an_unprintable_cell_is_told_with_its_row(city: CityRig, caller: Client) -> None:
    cell = '<c r="{}{}" t="inlineStr"><is><t>{}</t></is></c>'
    rows = "".join(
        f'<row r="{line}">' + "".join(cell.format("ABCDE"[at], line, text) for at, text in enumerate(row)) + "</row>"
        for line, row in ((1, HEADER), (2, ("甲_x0000_乙_x0007_", *ROW[1:])))
    )
    data = xlsx(sheet=f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>")
    answer = upload(caller("sp.jianshe"), "/api/v1/imports", "a.xlsx", data)
    row = answer.json["rows"][0]
    assert (answer.status_code, row["outcome"]) == (201, "refused")
    assert ("XK_XDR_MC", "bad-character") in {(one["field"], one["code"]) for one in row["messages"]}


def test_no_cell_of_an_export_is_a_formula(city: CityRig, client_of: Client) -> None:
    client = client_of("sp.jianshe")
    bad = ("=cmd|'/c calc'!A0", "+1", "2026-03-02", "-1", "@SUM(A1)")
    place = upload(client, "/intake", "a.csv", csv(HEADER, bad)).headers["Location"]
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(place + ".xlsx").data)).worksheets[0]
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {f"'{text}" for text in bad if text[0] in "=+-@"} <= {cell.value for cell in cells}
