"""Draws charts into Word files: real ones, whose numbers Word and WPS can open and edit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.sax.saxutils import quoteattr

from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.data_source import NumData, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.xml.functions import tostring

_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NS = "http://schemas.openxmlformats.org"
_EMU = 360_000  # per centimetre
_WIDTH, _HEIGHT = 15.0, 7.6
COLOURS = ("1F4E79", "9DC3E6")


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars by category; ``series`` are name and values, ``is_share`` shows them as percent."""

    key: str
    title: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]
    is_share: bool = False
    is_level: bool = False


def chart_of(data: Mapping[str, Any]) -> Chart:
    """Return a chart from the data of a letter."""
    series = tuple((str(one["name"]), tuple(float(value) for value in one["values"])) for one in data["series"])
    categories = tuple(str(one) for one in data["categories"])
    return Chart(data["key"], data["title"], categories, series, bool(data.get("is_share")), bool(data.get("is_level")))


def marker(key: str) -> str:
    """Return the text in a template that a chart takes the place of."""
    return f"[[图表 {key}]]"


def place_charts(document: Any, charts: Sequence[Mapping[str, Any]]) -> None:
    """Put each chart in the place of its marker; a marker without numbers disappears."""
    known = {marker(str(one["key"])): chart_of(one) for one in charts}
    for number, paragraph in enumerate(list(document.paragraphs), 1):
        text = paragraph.text.strip()
        if text in known and known[text].categories:
            for run in paragraph.runs:
                run.text = ""
            _insert(document, paragraph, known[text], number)
        elif text.startswith(marker("")[:-2].rstrip()):
            paragraph._element.getparent().remove(paragraph._element)


def _insert(document: Any, paragraph: Any, chart: Chart, number: int) -> None:
    package = document.part.package
    workbook, xml = _drawn(chart)
    sheet = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), _XLSX, workbook, package)
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART, b"", package)
    link = part.relate_to(sheet, RT.PACKAGE)
    names = f'xmlns:r="{_NS}/officeDocument/2006/relationships"'
    data = f'<externalData {names} r:id="{link}"><autoUpdate val="0"/></externalData>'
    part._blob = xml.replace(b"</chartSpace>", data.encode() + b"</chartSpace>")
    rel = document.part.relate_to(part, RT.CHART)
    paragraph.paragraph_format.first_line_indent = None
    paragraph.add_run()._element.append(parse_xml(_frame(rel, number, chart)))


def _frame(rel: str, number: int, chart: Chart) -> str:
    height = _height(chart)
    return (
        f'<w:drawing xmlns:w="{_NS}/wordprocessingml/2006/main" xmlns:a="{_NS}/drawingml/2006/main" '
        f'xmlns:wp="{_NS}/drawingml/2006/wordprocessingDrawing" xmlns:c="{_NS}/drawingml/2006/chart" '
        f'xmlns:r="{_NS}/officeDocument/2006/relationships"><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{int(_WIDTH * _EMU)}" cy="{int(height * _EMU)}"/>'
        f'<wp:docPr id="{number + 100}" name={quoteattr(chart.title)} descr={quoteattr(_in_words(chart))}/>'
        f'<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{_NS}/drawingml/2006/chart"><c:chart r:id="{rel}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )


def _height(chart: Chart) -> float:
    return max(_HEIGHT, 0.9 * len(chart.categories) + 2.4) if chart.is_level else _HEIGHT


def _in_words(chart: Chart) -> str:
    """Return the chart as a sentence for those who cannot see it."""
    parts = [
        f"{name}：" + "，".join(f"{place} {value:g}" for place, value in zip(chart.categories, values, strict=True))
        for name, values in chart.series
    ]
    return f"{chart.title}。" + "；".join(parts)


def _drawn(chart: Chart) -> tuple[bytes, bytes]:
    """Return the workbook behind a chart and the chart as XML with its numbers inside."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["", *(name for name, _ in chart.series)])
    for place, category in enumerate(chart.categories):
        sheet.append([category, *(values[place] for _, values in chart.series)])
    bars = BarChart()
    bars.type = "bar" if chart.is_level else "col"
    bars.title, bars.gapWidth = chart.title, 60
    last = len(chart.categories) + 1
    bars.add_data(
        Reference(sheet, min_col=2, max_col=len(chart.series) + 1, min_row=1, max_row=last), titles_from_data=True
    )
    bars.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    _finish(bars, chart)
    out = BytesIO()
    book.save(out)
    return out.getvalue(), b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + tostring(bars._write())


def _finish(bars: Any, chart: Chart) -> None:
    code = "0.0%" if chart.is_share else "General"
    bars.x_axis.delete = bars.y_axis.delete = False
    bars.y_axis.number_format, bars.y_axis.majorGridlines = code, None
    bars.y_axis.scaling.min = 0
    if chart.is_level:
        bars.x_axis.scaling.orientation = "maxMin"
        bars.y_axis.crosses = "max"
    if len(chart.series) == 1:
        bars.legend = None
    elif bars.legend is not None:
        bars.legend.position = "b"
    for place, (one, (name, values)) in enumerate(zip(bars.series, chart.series, strict=True)):
        one.graphicalProperties.solidFill = COLOURS[place % len(COLOURS)]
        one.tx.strRef.strCache = StrData(ptCount=1, pt=[StrVal(idx=0, v=name)])
        one.val.numRef.numCache = NumData(
            formatCode=code, ptCount=len(values), pt=[NumVal(idx=i, v=str(value)) for i, value in enumerate(values)]
        )
        one.cat.strRef = one.cat.strRef or _as_text(one.cat)
        one.cat.strRef.strCache = StrData(
            ptCount=len(chart.categories), pt=[StrVal(idx=i, v=text) for i, text in enumerate(chart.categories)]
        )
        one.dLbls = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False, numFmt=code)


def _as_text(categories: Any) -> Any:
    reference = StrRef(f=categories.numRef.f)
    categories.numRef = None
    return reference
