"""Draws a chart's bars into a PDF."""

from fpdf import FPDF

from workflows.letters.charts import COLOURS, Chart

_LINE, _NAME, _BAR, _GAP = 5.0, 46.0, 3.4, 2.0  # millimetres


def draw_bars(pdf: FPDF, chart: Chart) -> None:
    """Draw level bars with their numbers below the last line; a chart is never broken by the end of a page."""
    group = _BAR * len(chart.series) + _GAP
    height = 2 * _LINE + group * len(chart.categories) + 4
    if pdf.get_y() + height > pdf.h - pdf.b_margin:
        pdf.add_page()
    pdf.set_font("han", size=11)
    pdf.set_text_color(0, 0, 0)
    pdf.cell(0, _LINE + 2, chart.title, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("han", size=8)
    most = max((value for _, values in chart.series for value in values), default=0) or 1.0
    room = pdf.epw - _NAME - 16
    for place, category in enumerate(chart.categories):
        top = pdf.get_y()
        pdf.set_xy(pdf.l_margin, top)
        pdf.cell(_NAME - 2, group - _GAP, category, align="R")
        for nth, (_, values) in enumerate(chart.series):
            y = top + nth * _BAR
            width = room * values[place] / most
            pdf.set_fill_color(*bytes.fromhex(COLOURS[nth % len(COLOURS)]))
            pdf.rect(pdf.l_margin + _NAME, y, max(width, 0.1), _BAR - 0.4, style="F")
            shown = f"{values[place] * 100:.1f}%" if chart.is_share else f"{values[place]:g}"
            pdf.set_xy(pdf.l_margin + _NAME + width + 1, y)
            pdf.cell(15, _BAR - 0.4, shown)
        pdf.set_xy(pdf.l_margin, top + group)
    _legend(pdf, chart)


def _legend(pdf: FPDF, chart: Chart) -> None:
    x, y = pdf.l_margin + _NAME, pdf.get_y()
    for nth, (name, _) in enumerate(chart.series if len(chart.series) > 1 else ()):
        pdf.set_fill_color(*bytes.fromhex(COLOURS[nth % len(COLOURS)]))
        pdf.rect(x, y + 0.8, 3, 3, style="F")
        pdf.set_xy(x + 4, y)
        pdf.cell(24, _LINE, name)
        x += 30
    pdf.set_xy(pdf.l_margin, y + _LINE + 2)
    pdf.set_fill_color(255, 255, 255)
