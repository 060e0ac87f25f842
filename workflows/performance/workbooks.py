"""An indicator as a workbook: what it means, the numbers by unit, and both lists."""

import io
from collections.abc import Mapping, Sequence

from openpyxl import Workbook

from workflows.intake.report import harmless
from workflows.performance.board import KpiRow, KpiValue
from workflows.performance.catalogue import DIRECTIONS, Kpi
from workflows.time_limits import CONFIDENCES
from workflows.uow import ZONE

MOST_ROWS = 20_000
Names = Mapping[str, str]


def kpi_workbook(
    kpi: Kpi, period: str, values: Sequence[KpiValue], rows: Sequence[KpiRow], names: Mapping[str, Names]
) -> bytes:
    """Return the workbook; *names* has the names of units and of areas."""
    book = Workbook(write_only=True)
    about = book.create_sheet("说明")
    for label, text in (
        ("指标", kpi.name), ("期间", period), ("公式", kpi.formula), ("分子", kpi.numerator), ("分母", kpi.denominator),
        ("方向", DIRECTIONS[kpi.direction]), ("权重", str(kpi.weight)), ("来源", kpi.source),
        ("确定程度", CONFIDENCES[kpi.confidence]),
    ):  # fmt: skip
        about.append([label, harmless(text)])
    numbers = book.create_sheet("各单位")
    numbers.append(["单位", "分子", "分母", "比率", "得分"])
    for one in values:
        numbers.append([_unit(names, one.unit), one.numerator, one.denominator, one.rate, one.score])
    for title, chosen in (("分子清单", [row for row in rows if row.is_hit]), ("分母清单", rows)):
        sheet = book.create_sheet(title)
        sheet.append(["单位", "区划", "时间", "内容", "案件编号", "计入分子", "数值"])
        for row in chosen:
            sheet.append([
                _unit(names, row.unit), names["areas"].get(row.area, row.area),
                row.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M"), harmless(row.label),
                harmless(row.business_key or ""), "是" if row.is_hit else "否", row.amount or None,
            ])  # fmt: skip
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _unit(names: Mapping[str, Names], code: str | None) -> str:
    return "全市" if code is None else names["units"].get(code, code)
