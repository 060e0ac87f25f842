"""The official layouts as files: xlsx and csv with Chinese headings, JSON by code, and the XML message of 2015."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from xml.etree import ElementTree as ET  # only written here, never parsed

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from workflows.standards import Layout

Row = Mapping[str, str | None]
MEDIA: Mapping[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv",
    "json": "application/json", "xml": "application/xml",
}  # fmt: skip
_FORMULA = re.compile(r"[=+@\t\r]|-\D")
_LEGACY: Mapping[str, str] = {  # field of 2015: today's
    "XK_WSH": "XK_WSH", "XK_XMMC": "XK_NR", "XK_SPLB": "XK_XKLB", "XK_NR": "XK_NR", "XK_XDR": "XK_XDR_MC",
    "XK_XDR_SHXYM": "XK_XDR_SHXYM", "XK_XDR_ZDM": "XK_XDR_ZZJG", "XK_XDR_GSDJ": "XK_XDR_GSZC",
    "XK_XDR_SWDJ": "XK_XDR_SWDJ", "XK_XDR_SFZ": "XK_XDR_ZJHM", "XK_FR": "XK_FRDB", "XK_JDRQ": "XK_JDRQ",
    "XK_JZQ": "XK_YXQZI", "XK_XZJG": "XK_XKJG", "XK_ZT": "XK_ZT", "DFBM": "DFBM", "SJC": "SJC", "BZ": "BZ",
}  # fmt: skip
_LEGACY_DATES = ("XK_JDRQ", "XK_JZQ")


def to_csv(layout: Layout, rows: Sequence[Row], _operator: str) -> bytes:
    """Write comma separated values; what a spreadsheet would take for a formula is marked as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([field.name for field in layout.fields])
    for row in rows:
        writer.writerow([_harmless(row.get(field.code) or "") for field in layout.fields])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def to_xlsx(layout: Layout, rows: Sequence[Row], _operator: str) -> bytes:
    """Write a workbook; every cell is text, so that codes keep their zeros and nothing is a formula."""
    book, out = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet(layout.title[:31])
    sheet.append([field.name for field in layout.fields])
    for row in rows:
        cells = []
        for field in layout.fields:
            cell = WriteOnlyCell(sheet, value=row.get(field.code))
            cell.data_type = "s" if row.get(field.code) is not None else cell.data_type
            cells.append(cell)
        sheet.append(cells)
    book.save(out)
    return out.getvalue()


def to_json(_layout: Layout, rows: Sequence[Row], _operator: str) -> bytes:
    """Write a list of objects by code."""
    return orjson.dumps([dict(row) for row in rows], option=orjson.OPT_INDENT_2)


def to_xml(layout: Layout, rows: Sequence[Row], operator: str) -> bytes:
    """Write the push message of 2015: a header, and the fields by their codes in lower case.

    A licence has the fields of 2015; for penalties no field list of that year was found, theirs are today's.
    """
    root = ET.Element("Messages")
    for row in rows:
        message = ET.SubElement(root, "Message")
        header = ET.SubElement(message, "Header")
        ET.SubElement(header, "operator").text = operator
        ET.SubElement(header, "contacts").text = operator
        fields = ET.SubElement(ET.SubElement(message, "Body"), "fields")
        for code, value in (legacy(row) if layout.key == "dual_publicity_licence" else row).items():
            ET.SubElement(fields, code.lower()).text = value or ""
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def legacy(row: Row) -> dict[str, str | None]:
    """Return a licence by the fields of 2015; dates are written with slashes."""
    found = {old: row.get(new) for old, new in _LEGACY.items()}
    return found | {name: (found[name] or "").replace("-", "/") or None for name in _LEGACY_DATES}


WRITERS: Mapping[str, Callable[[Layout, Sequence[Row], str], bytes]] = {
    "csv": to_csv, "json": to_json, "xlsx": to_xlsx, "xml": to_xml,
}  # fmt: skip
