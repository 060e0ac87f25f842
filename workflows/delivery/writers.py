"""A batch as a file: xlsx and csv with Chinese headings, JSON and XML by the codes of the layout."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from xml.etree import ElementTree as ET  # only written here, never parsed

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from workflows.delivery.protocol import Batch, OutboundRow
from workflows.standards import layout
from workflows.uow import local_day_of

Written = Mapping[str, str | None]
_BACKFILL = ("is_backfill", "是否补录")


def written(batch: Batch, record: OutboundRow) -> Written:
    """Return a record with its envelope, as text by code."""
    mark = batch.layout.truth[0 if record.is_backfill else 1]
    return {**record.values, **record.envelope(batch), _BACKFILL[0]: mark}


def headings(batch: Batch) -> Mapping[str, str]:
    """Return the code and the Chinese name of every column: the layout's, then the envelope's."""
    envelope = layout("regulation_exchange_envelope", local_day_of(batch.formed_at))
    names = {field.code: field.name for field in batch.layout.fields}
    return names | {one.code: one.name for one in envelope.fields if one.code != "data_source"} | dict([_BACKFILL])


def to_csv(batch: Batch, rows: Sequence[Written]) -> bytes:
    """Write comma separated values with Chinese headings; the mark at its head lets spreadsheets read it."""
    out, names = io.StringIO(newline=""), headings(batch)
    writer = csv.writer(out)
    writer.writerow(names.values())
    writer.writerows([row.get(code) or "" for code in names] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def to_xlsx(batch: Batch, rows: Sequence[Written]) -> bytes:
    """Write a workbook; every cell is text, so that nothing is taken for a formula or loses leading zeros."""
    book, out, names = Workbook(write_only=True), io.BytesIO(), headings(batch)
    sheet = book.create_sheet(batch.layout.title[:31])
    for line in (names.values(), *([row.get(code) for code in names] for row in rows)):
        cells = []
        for value in line:
            cell = WriteOnlyCell(sheet, value=value)
            if value is not None:
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    book.save(out)
    return out.getvalue()


def to_json(batch: Batch, rows: Sequence[Written]) -> bytes:
    """Write one object with the batch and its records by code."""
    content = {"batch": batch.number, "dataset": batch.dataset, "layout": batch.layout.key, "records": list(rows)}
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def to_xml(batch: Batch, rows: Sequence[Written]) -> bytes:
    """Write one element a record; a code such as ``taskInfo/status`` is an element inside another."""
    root = ET.Element("records", {"batch": batch.number, "dataset": batch.dataset, "layout": batch.layout.key})
    for row in rows:
        record = ET.SubElement(root, "record")
        for code, value in row.items():
            if value is not None:
                _place(record, code.replace(".", "/").split("/")).text = value
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _place(parent: ET.Element, path: Sequence[str]) -> ET.Element:
    for name in path[:-1]:
        found = parent.find(name)
        parent = ET.SubElement(parent, name) if found is None else found
    return ET.SubElement(parent, path[-1])


WRITERS: Mapping[str, Callable[[Batch, Sequence[Written]], bytes]] = {
    "csv": to_csv, "json": to_json, "xlsx": to_xlsx, "xml": to_xml,
}  # fmt: skip
