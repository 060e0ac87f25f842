"""Fills the Word template of a letter, and draws the filled template as PDF."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.table import Table
from docx.text.paragraph import Paragraph
from docxtpl import DocxTemplate
from fpdf import FPDF

from engine.errors import NotFound, Unavailable
from workflows.letters.bars import draw_bars
from workflows.letters.charts import chart_of, marker, place_charts
from workflows.letters.lines import lines_of

_DEFAULTS = Path(__file__).parent / "templates"
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "C:/Windows/Fonts/simsun.ttc",
)
_ALIGNMENT = {WD_ALIGN_PARAGRAPH.CENTER: "C", WD_ALIGN_PARAGRAPH.RIGHT: "R"}
LINE = 0.62  # millimetres of a line for each point of its letters
CROWDED = 5  # columns from which a table is set smaller
_EMPTY: dict[str, object] = {
    "number": "", "sender": "", "receiver": "", "opening": "", "facts": [], "evidence": [], "deadline": "",
    "basis": [], "closing": "", "contact": "", "date": "",
}  # fmt: skip


class TemplateMissing(NotFound):
    """There is no template for this kind of letter."""

    code = "template-missing"


class FontMissing(Unavailable):
    """No Chinese font is installed, so no PDF can be drawn; install fonts-noto-cjk."""

    code = "font-missing"


def chinese_font() -> Path | None:
    """Return a font file with Chinese characters, or None."""
    return next((Path(name) for name in _FONTS if Path(name).exists()), None)


class LetterTemplates:
    """The templates of a city; those it does not bring itself are the defaults."""

    def __init__(self, city_folder: Path) -> None:
        self._city = city_folder / "letters"

    def path(self, kind: str) -> Path:
        """Return the template file of a kind of letter.

        Raises:
            TemplateMissing: neither the city nor the defaults have one.
        """
        for folder in (self._city, _DEFAULTS):
            found = folder / f"{kind}.docx"
            if found.is_file():
                return found
        raise TemplateMissing(kind=kind)

    def docx(self, kind: str, data: Mapping[str, Any]) -> bytes:
        """Return the letter as a Word file; ``data`` is described in the template's own words."""
        template = self._filled(kind, data)
        place_charts(template.docx, data.get("charts", ()))
        out = BytesIO()
        template.save(out)
        return out.getvalue()

    def _filled(self, kind: str, data: Mapping[str, Any]) -> DocxTemplate:
        template = DocxTemplate(self.path(kind))
        template.render({**_EMPTY, **data}, autoescape=True)
        return template

    def pdf(self, kind: str, data: Mapping[str, Any]) -> bytes:
        """Return the same letter as PDF, drawn from the filled Word template.

        Raises:
            FontMissing: no Chinese font is installed.
        """
        font = chinese_font()
        if font is None:
            raise FontMissing
        out = BytesIO()
        self._filled(kind, data).save(out)
        return _Drawing(font, data.get("charts", ())).draw(Document(out))


class _Drawing:
    """Draws the paragraphs and tables of a Word file in their order."""

    def __init__(self, font: Path, charts: Sequence[Mapping[str, Any]]) -> None:
        self._charts = {marker(str(one["key"])): chart_of(one) for one in charts}
        self._pdf = FPDF(format="A4")
        self._pdf.set_margins(28, 30, 26)
        self._pdf.set_auto_page_break(True, 25)
        self._pdf.add_font("han", "", str(font), collection_font_number=2 if font.suffix == ".ttc" else 0)
        self._pdf.add_page()

    def draw(self, document: Any) -> bytes:
        """Return the PDF."""
        blocks = [block for block in document.iter_inner_content() if not _is_empty(block)]
        signed = _signature(blocks)
        for at, block in enumerate(blocks):
            if at == signed and self._pdf.will_page_break(self._height(blocks[at:])):
                self._pdf.add_page()
            if isinstance(block, Paragraph):
                self._paragraph(block)
            elif isinstance(block, Table):
                self._table(block)
        return bytes(self._pdf.output())

    def _height(self, blocks: Sequence[Any]) -> float:
        """Return the room that short paragraphs need."""
        return sum(_size(block) * LINE for block in blocks if isinstance(block, Paragraph))

    def _paragraph(self, paragraph: Paragraph) -> None:
        text = paragraph.text.strip()
        if not text or text in self._charts:
            if text and self._charts[text].categories:
                draw_bars(self._pdf, self._charts[text])
            return
        size = _size(paragraph)
        red = any(run.font.color is not None and run.font.color.rgb for run in paragraph.runs)
        self._pdf.set_font("han", size=size * 0.85)
        self._pdf.set_text_color(*((192, 28, 28) if red else (0, 0, 0)))
        indent = "　　" if paragraph.paragraph_format.first_line_indent else ""
        align = _ALIGNMENT.get(paragraph.alignment, "L") if paragraph.alignment is not None else "L"
        room = self._pdf.epw - 2 * self._pdf.c_margin
        for line in lines_of(indent + paragraph.text.strip(), room, self._pdf.get_string_width):
            self._pdf.cell(0, size * LINE, line, align=align, new_x="LMARGIN", new_y="NEXT")
        if red:
            y = self._pdf.get_y() + 1
            self._pdf.set_draw_color(192, 28, 28)
            self._pdf.line(self._pdf.l_margin, y, self._pdf.w - self._pdf.r_margin, y)
            self._pdf.set_y(y + 3)

    def _table(self, table: Table) -> None:
        columns = len(table.columns)
        self._pdf.set_font("han", size=10.5 if columns < CROWDED else 8.5)
        self._pdf.set_text_color(0, 0, 0)
        self._pdf.set_draw_color(90, 90, 90)
        widths = (26, 74) if columns == 2 else tuple([30] + [70 / max(1, columns - 1)] * (columns - 1))
        with self._pdf.table(col_widths=widths, first_row_as_headings=False, line_height=6.5, padding=1.2) as drawn:
            for row in table.rows:
                cells = drawn.row()
                for cell in row.cells:
                    cells.cell(cell.text)
        self._pdf.ln(3)


def _size(paragraph: Paragraph) -> float:
    return next((run.font.size.pt for run in paragraph.runs if run.font.size), 12.0)


def _is_empty(block: Paragraph | Table) -> bool:
    return isinstance(block, Paragraph) and not block.text.strip()


def _signature(blocks: Sequence[Any]) -> int:
    """Return where the lines begin that must stay on one page: the last ones with who signs, and the date."""
    right = [
        at
        for at, block in enumerate(blocks)
        if isinstance(block, Paragraph) and block.alignment == WD_ALIGN_PARAGRAPH.RIGHT
    ]
    return right[0] - 1 if right and right[0] and isinstance(blocks[right[0] - 1], Paragraph) else -1
