#!/usr/bin/env python3
"""Write the Word templates of all letters anew; an office then edits them in Word or WPS.

The words in braces are filled in by the platform: {{ number }}, {{ title }}, {{ sender }}, {{ receiver }},
{{ opening }}, facts (label, value), basis, {{ deadline }}, evidence (name, kind, note), {{ closing }},
{{ contact }}, {{ date }}.
"""

from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

FOLDER = Path(__file__).resolve().parent.parent / "workflows" / "letters" / "templates"
KINDS = {
    "credit_objection_reply": "信用信息异议答复书", "credit_repair_reply": "信用修复答复书",
    "push": "审批信息推送单", "copy": "办件项目抄送单", "transfer": "案件移送函", "order": "督办单",
    "receipt": "回执", "criticism": "通报", "referral": "问责线索移送函", "notice": "告知单",
    "opinion": "监督意见书", "followup": "下放事项处理决定告知书", "random_notice": "双随机抽查任务通知",
    "catalogue": "监管事项目录清单调整通知书",
    "line_confirmation": "验线确认书", "verification_approval": "竣工规划核实认可文件",
    "construction_correction": "责令改正通知书", "squad_notice": "核验不合格告知单", "expiry_reminder": "到期提醒函",
    "recusal_decision": "回避决定书",
    "penalty_filing": "立案审批表", "inquiry_report": "案件调查报告", "penalty_notice": "行政处罚告知书",
    "hearing_notice": "听证通知书", "penalty_decision": "行政处罚决定书", "no_penalty_decision": "不予行政处罚决定书",
    "service_receipt": "送达回证", "court_reminder": "履行行政处罚决定催告书", "court_application": "强制执行申请书",
    "police_referral": "涉嫌犯罪案件移送书", "case_closing": "结案报告", "evidence_hold": "证据先行登记保存通知书",
    "coercion_decision": "查封（扣押）决定书", "coercion_list": "查封（扣押）清单",
    "coercion_extension": "延长查封（扣押）期限决定书", "coercion_lifting": "解除查封（扣押）决定书",
    "listing_order": "挂牌督办通知书", "alert_notice": "电子监控记录告知书",
    "enforcement_decision": "强制执行决定书", "demolition_notice": "限期拆除公告",
    "inspection_notice": "检查通知书", "joint_invitation": "联合检查邀请函", "rectification": "责令改正通知书",
    "oversight_decision": "行政执法监督决定书", "oversight_report": "监督决定执行情况报告",
    "interview_notice": "约谈通知书", "interview_minutes": "约谈纪要",
    "inaction_finding": "不作为认定书", "inaction_ruling": "不作为申诉裁定告知书",
    "delisting": "重点监管销号单", "campaign_plan": "专项检查方案",
    "complaint_dispatch": "投诉举报转办单", "complaint_acceptance": "受理告知书", "complaint_refusal": "不予受理告知书",
    "complaint_transfer": "投诉举报转送函", "complaint_extension": "延期告知书", "complaint_reply": "投诉举报答复书",
    "complaint_urge": "催办通知书",
}  # fmt: skip


def _run(paragraph, text: str, size: float, *, font: str = "宋体", bold: bool = False, red: bool = False):
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.font.name = Pt(size), bold, font
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
    if red:
        run.font.color.rgb = RGBColor(0xC0, 0x1C, 0x1C)
    return run


def _paragraph(document, text: str, size: float = 14, *, indent: bool = True, align=None):
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = 1.5
    paragraph.paragraph_format.space_after = Pt(0)
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(size * 2)
    if align is not None:
        paragraph.alignment = align
    _run(paragraph, text, size, font="仿宋")
    return paragraph


def make(kind: str, heading: str) -> None:
    """Write one template."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.2), Cm(2.8)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(head, "{{ sender }}", 22, font="黑体", bold=True, red=True)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(title, heading, 20, font="黑体", bold=True)
    number = document.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(number, "{{ number }}", 14, font="仿宋")
    _paragraph(document, "{{ receiver }}：", indent=False)
    _paragraph(document, "{{ opening }}")
    table = document.add_table(rows=3, cols=2)
    table.style = "Table Grid"
    for row, (left, right) in enumerate(
        [("{%tr for fact in facts %}", ""), ("{{ fact.label }}", "{{ fact.value }}"), ("{%tr endfor %}", "")]
    ):
        for cell, text, width in zip(table.rows[row].cells, (left, right), (Cm(4), Cm(11.6)), strict=True):
            cell.width = width
            _run(cell.paragraphs[0], text, 12, font="仿宋")
    _paragraph(document, "{%p if evidence %}")
    _paragraph(document, "证据材料：")
    _paragraph(document, "{%p for item in evidence %}")
    _paragraph(document, "{{ loop.index }}. {{ item.name }}{% if item.note %}（{{ item.note }}）{% endif %}")
    _paragraph(document, "{%p endfor %}")
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{%p if deadline %}")
    _paragraph(document, "办理时限：{{ deadline }}")
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{%p if basis %}")
    _paragraph(document, "依据：{{ basis|join('；') }}")
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{{ closing }}")
    _paragraph(document, "{%p if contact %}")
    _paragraph(document, "联系人：{{ contact }}")
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{{ sender }}（印章）", align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
    _paragraph(document, "{{ date }}", align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
    document.save(FOLDER / f"{kind}.docx")


def _table(document, loop: str, rows: list[tuple[str, ...]], widths: tuple[float, ...]) -> None:
    """Add a table whose middle rows are repeated for each item of a list."""
    closing = ("{%tr endfor %}", *[""] * (len(widths) - 1))
    opening = (f"{{%tr for {loop} %}}", *[""] * (len(widths) - 1))
    cells_of = [*rows[:-1], opening, rows[-1], closing]
    table = document.add_table(rows=len(cells_of), cols=len(widths))
    table.style = "Table Grid"
    for row, texts in enumerate(cells_of):
        for cell, text, width in zip(table.rows[row].cells, texts, widths, strict=True):
            cell.width = Cm(width)
            _run(cell.paragraphs[0], text, 12, font="仿宋")


def make_inspection_record() -> None:
    """Write the template of the on-site record.

    It knows {{ number }}, {{ sender }}, {{ opening }}, facts (label, value), lines (code, text, verdict, note),
    {{ summary }}, {{ result }}, evidence (name, note), {{ signature }}, {{ inspectors }} and {{ date }}.
    """
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(2.5), Cm(2.3)
    section.left_margin, section.right_margin = Cm(2.5), Cm(2.4)
    for text, size, red in (("{{ sender }}", 20, True), ("现场检查笔录", 20, False), ("{{ number }}", 14, False)):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(paragraph, text, size, font="黑体" if size > 14 else "仿宋", bold=size > 14, red=red)
    _table(document, "fact in facts", [("{{ fact.label }}", "{{ fact.value }}")], (4.6, 11.5))
    _paragraph(document, "{{ opening }}")
    _paragraph(document, "{%p if lines %}")
    line = (
        "{{ line.verdict }}", "{{ line.code }} {{ line.text }}{% if line.note %}。情况：{{ line.note }}{% endif %}",
    )  # fmt: skip
    _table(document, "line in lines", [("结论", "检查内容和情况"), line], (4.6, 11.5))
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "检查情况：{{ summary }}")
    _paragraph(document, "检查结果：{{ result }}")
    _paragraph(document, "{%p if evidence %}")
    _paragraph(document, "证据材料：")
    _paragraph(document, "{%p for item in evidence %}")
    _paragraph(document, "{{ loop.index }}. {{ item.name }}（{{ item.note }}）")
    _paragraph(document, "{%p endfor %}")
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{{ signature }}")
    _paragraph(document, "检查人员（签字）：{{ inspectors }}")
    _paragraph(document, "{{ date }}", align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
    document.save(FOLDER / "inspection_record.docx")


def _grid(document, loop: str, head: tuple[str, ...], line: tuple[str, ...], widths: tuple[float, ...]) -> None:
    """Add a table with a bold heading row and a line for each item."""
    _table(document, loop, [head, line], widths)
    document.tables[-1].autofit = False
    for column, width in zip(document.tables[-1].columns, widths, strict=True):
        column.width = Cm(width)
    for cell in document.tables[-1].rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True


def make_bulletin() -> None:
    """Write the template of the bulletin.

    It knows {{ sender }}, {{ number }}, {{ period }}, {{ receiver }}, words (summary, praise, criticism,
    next_measures), kpis (name, numerator, denominator, rate, previous, change), late (unit, count, open, previous,
    reasons), letters and inaction (name, count, previous), letters_by_unit (unit, text), annex (names, lines),
    {{ taken }}, {{ date }}; a paragraph [[图表 kpi]] or [[图表 late]] is the place of a chart.
    """
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3), Cm(2.6)
    section.left_margin, section.right_margin = Cm(2.7), Cm(2.5)
    heads = (("{{ sender }}", 22, True), ("{{ period }}工作通报", 20, False), ("{{ number }}", 14, False))
    for text, size, red in heads:
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(paragraph, text, size, font="黑体" if size > 14 else "仿宋", bold=size > 14, red=red)
    _paragraph(document, "{{ receiver }}：", indent=False)
    _heading(document, "一、综述")
    _paragraph(document, "{{ words.summary }}")
    _heading(document, "二、主要指标")
    _grid(document, "row in kpis", ("指标", "分子", "分母", "本期", "上期", "变化"),
          ("{{ row.name }}", "{{ row.numerator }}", "{{ row.denominator }}", "{{ row.rate }}", "{{ row.previous }}",
           "{{ row.change }}"), (5, 1.9, 1.9, 2, 2, 3))  # fmt: skip
    _paragraph(document, "[[图表 kpi]]", indent=False)
    _heading(document, "三、逾期情况")
    _paragraph(document, "{%p if late|length > 1 %}")
    _grid(document, "row in late", ("单位", "逾期", "仍未办结", "上期", "原因"),
          ("{{ row.unit }}", "{{ row.count }}", "{{ row.open }}", "{{ row.previous }}", "{{ row.reasons }}"),
          (4.6, 1.6, 2.2, 1.6, 5.8))  # fmt: skip
    _paragraph(document, "[[图表 late]]", indent=False)
    _paragraph(document, "{%p else %}")
    _paragraph(document, "期内没有逾期。")
    _paragraph(document, "{%p endif %}")
    _heading(document, "四、督办、监督文书和不作为认定")
    _grid(document, "row in letters + inaction", ("事项", "本期", "上期"),
          ("{{ row.name }}", "{{ row.count }}", "{{ row.previous }}"), (8, 3.9, 3.9))  # fmt: skip
    _paragraph(document, "{%p for row in letters_by_unit %}")
    _paragraph(document, "{{ row.unit }}：{{ row.text }}。")
    _paragraph(document, "{%p endfor %}")
    _heading(document, "五、表扬和批评")
    _paragraph(document, "表扬：{{ words.praise or '无' }}")
    _paragraph(document, "批评：{{ words.criticism or '无' }}")
    _heading(document, "六、下一步要求")
    _paragraph(document, "{{ words.next_measures }}")
    _paragraph(document, "{{ sender }}（印章）", align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
    _paragraph(document, "{{ date }}", align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
    _heading(document, "附表 各单位主要指标（分子/分母，比率；按单位代码排列，不作排名）")
    _annex(document)
    _paragraph(document, "数字取自 {{ taken }}，每个数字在平台上都有对应的清单。", 12)
    document.save(FOLDER / "work_bulletin.docx")


def _heading(document, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(8)
    paragraph.paragraph_format.keep_with_next = True
    _run(paragraph, text, 15, font="黑体")


def _annex(document) -> None:
    """Add the table of units, whose columns are the indicators chosen by their weight."""
    rows = [
        ("单位", "{%tc for name in annex.names %}", "{{ name }}", "{%tc endfor %}"),
        ("{%tr for row in annex.lines %}", "", "", ""),
        ("{{ row.unit }}", "{%tc for cell in row.cells %}", "{{ cell }}", "{%tc endfor %}"),
        ("{%tr endfor %}", "", "", ""),
    ]
    table = document.add_table(rows=len(rows), cols=4)
    table.style = "Table Grid"
    for row, texts in enumerate(rows):
        for cell, text in zip(table.rows[row].cells, texts, strict=True):
            _run(cell.paragraphs[0], text, 10.5, font="仿宋")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for key, name in KINDS.items():
        make(key, name)
    make_inspection_record()
    make_bulletin()
