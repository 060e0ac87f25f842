"""Letters say what was decided, in Word and in PDF."""

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from workflows.letters import LetterTemplates
from workflows.letters.lines import lines_of
from workflows.letters.render import TemplateMissing, chinese_font

DATA = {
    "number": "枣审管移〔2026〕0001号",
    "sender": "枣庄市自然资源和规划局",
    "receiver": "薛城区综合行政执法局",
    "opening": "发现下列违法线索，现移送你单位依法处理。",
    "facts": [{"label": "项目", "value": "演示 & <测试> 项目"}, {"label": "相对人", "value": "演示𠮷有限公司"}],
    "evidence": [{"name": "现场照片", "kind": "photo", "note": "3 张"}],
    "deadline": "收到后 3 个工作日内接收或退回",
    "basis": ["《细则》一、第一段"],
    "closing": "请按期反馈。",
    "date": "2026年3月2日",
}


@pytest.fixture
def templates(tmp_path: Path) -> LetterTemplates:
    return LetterTemplates(tmp_path)


def text_of(data: bytes) -> str:
    document = Document(BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


@pytest.mark.parametrize("kind", ["push", "copy", "transfer", "order", "receipt", "criticism", "referral", "notice"])
def test_every_kind_of_letter_carries_its_facts(templates: LetterTemplates, kind: str) -> None:
    text = text_of(templates.docx(kind, DATA))
    assert "枣审管移〔2026〕0001号" in text
    assert "演示 & <测试> 项目" in text
    assert "{" not in text


def test_an_office_brings_its_own_template(tmp_path: Path) -> None:
    own = Document()
    own.add_paragraph("本局专用 {{ number }}")
    (tmp_path / "letters").mkdir()
    own.save(str(tmp_path / "letters" / "order.docx"))
    assert text_of(LetterTemplates(tmp_path).docx("order", DATA)).strip() == "本局专用 枣审管移〔2026〕0001号"


def test_an_unknown_kind_is_refused(templates: LetterTemplates) -> None:
    with pytest.raises(TemplateMissing):
        templates.docx("nonsense", DATA)


@pytest.mark.skipif(chinese_font() is None, reason="no Chinese font on this machine; PDF letters need fonts-noto-cjk")
def test_a_pdf_is_drawn(templates: LetterTemplates) -> None:
    data = templates.pdf("transfer", DATA)
    assert data.startswith(b"%PDF-")
    assert len(data) > 5000


def test_lines_break_the_chinese_way() -> None:
    text = "经检查，自收到本通知之日起 15 个工作日内改正（逾期不改的，依法处理）。"
    for width in range(6, 40):
        lines = list(lines_of(text, width, len))
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(line[0] not in "，。）、" for line in lines), lines
        assert not any(line.endswith(("（", "15")) for line in lines), lines


def test_a_word_that_is_wider_than_a_line_is_broken() -> None:
    assert list(lines_of("a" * 25, 10, len)) == ["a" * 10, "a" * 10, "a" * 5]


def test_the_indent_stays_on_the_first_line() -> None:
    assert next(iter(lines_of("　　" + "处" * 30, 20, len))) == "　　" + "处" * 18
