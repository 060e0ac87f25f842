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


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for key, name in KINDS.items():
        make(key, name)
    make_inspection_record()
