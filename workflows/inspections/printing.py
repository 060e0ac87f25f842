"""The on-site record as the letter templates print it (现场检查笔录)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from workflows.directory import find_unit
from workflows.inspections.shapes import EVIDENCE_KINDS, RESULTS, VERDICTS
from workflows.inspections.subjects import item_name_of
from workflows.letter_book import facts
from workflows.uow import ZONE, UnitOfWork, chinese_date

TEMPLATE = "inspection_record"
_OPENING = "检查人员出示执法证件，告知当事人依法享有申请回避、陈述申辩的权利和配合检查的义务。现场检查情况如下："


def record_data(uow: UnitOfWork, row: Row[Any], record: Row[Any]) -> Mapping[str, Any]:
    """Return what the template is filled with."""
    people = record.inspectors or row.inspectors
    begun, ended = (moment.astimezone(ZONE) for moment in (record.started_at, record.ended_at))
    inspectors = "、".join(
        f"{one['name']}（{one['certificate_no']}）" if one["certificate_no"] else one["name"] for one in people
    )
    return {
        "number": row.number, "sender": find_unit(uow, row.unit).name, "receiver": row.party_name,
        "facts": facts(
            ("检查对象", row.party_name), ("统一社会信用代码（证件号）", row.party_code), ("检查地点", row.site),
            ("检查事项", item_name_of(uow, row.item_code)),
            ("检查时间", f"{begun:%Y年%m月%d日 %H时%M分} 至 {ended:%m月%d日 %H时%M分}"),
            ("检查人员（执法证号）", inspectors), ("现场位置", _place(record.location)),
        ),
        "opening": _OPENING,
        "lines": _lines(row, record), "summary": record.summary, "result": RESULTS[record.found],
        "evidence": [{"name": one["name"], "note": f"{EVIDENCE_KINDS[one['kind']]}，SHA-256 {one['sha256'][:16]}…"}
                     for one in record.evidence],
        "signature": _signature(record.signature), "inspectors": "、".join(one["name"] for one in people),
        "date": chinese_date(record.ended_at),
    }  # fmt: skip


def _lines(row: Row[Any], record: Row[Any]) -> list[dict[str, str]]:
    given = {line["code"]: line for line in record.lines}
    return [
        {"code": line["code"], "text": line["text"], "verdict": VERDICTS[given[line["code"]]["verdict"]],
         "note": given[line["code"]]["note"]}
        for line in row.sheet if line["code"] in given
    ]  # fmt: skip


def _place(location: Mapping[str, Any] | None) -> str:
    if not location:
        return ""
    accuracy = f"，误差约 {location['accuracy_m']:.0f} 米" if location.get("accuracy_m") is not None else ""
    return f"东经 {location['lon']:.5f}，北纬 {location['lat']:.5f}{accuracy}"


def _signature(signature: Mapping[str, Any] | None) -> str:
    if signature is None:
        return "未签字（当事人不在场或书面检查）"
    if signature["kind"] == "signed":
        return f"以上笔录已阅，属实。当事人（签字）：{signature['signer']}"
    return f"当事人拒绝签字：{signature['reason']}。见证人：{'、'.join(signature['witnesses'])}"
