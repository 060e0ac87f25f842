"""A penalty case and a measure as the official records want them: 互联网+监管 and 双公示."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from workflows.city import City
from workflows.coercions.words import DISPOSALS, MEASURES
from workflows.directory import find_unit
from workflows.items import item_for
from workflows.penalties.people import organ_of
from workflows.penalties.words import OUTCOMES, SOURCES, TYPES
from workflows.records.penalties import penalty_case
from workflows.standards import Finding, check_record, layout, plain
from workflows.standards.codes import agency, organ_code, party_values
from workflows.uow import UnitOfWork, local_day_of

_TEN_THOUSAND = Decimal(1_000_000)  # fen in ten thousand yuan


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen) / 100


def _day(at: datetime | None) -> Any:
    return None if at is None else local_day_of(at)


def penalty_values(uow: UnitOfWork, city: City, row: Any) -> dict[str, Any]:
    """Return the penalty of a case by the fields of the national record; what is not known yet is None."""
    inquiry, decision = row.inquiry or {}, row.decision or {}
    notice, review, discussion = row.notice or {}, row.review or {}, row.discussion or {}
    execution, penal = row.execution or {}, row.outcome == "penalise"
    day = discussion.get("discussed_on")
    return {
        **agency(uow, city, row.item_code, row.unit), "punish_action_name": _name(uow, row, "行政处罚"),
        "punish_action_code": row.business_key,
        "case_source": SOURCES[row.source], **party_values(row, row.party_kind),
        "check_action_code": row.source_key if row.source == "inspection" else None,
        "illegal_fact": inquiry.get("facts") or row.facts, "punish_accord": inquiry.get("penalty_basis"),
        "punish_procedure": "普通程序", "is_hearing": (row.hearing or {}).get("hearing_result") == "held",
        "filing_date": _day(row.filed_at), "is_criminal": row.referral is not None,
        "major_case": bool(inquiry.get("is_complex")), "legal_review": review.get("decision") == "pass",
        "legal_review_date": _day(datetime.fromisoformat(review["at"])) if review else None,
        "legal_review_opinion": review.get("review_opinion"), "is_group_discussion": bool(discussion),
        "group_discussion_date": datetime.fromisoformat(day).date() if day else None,
        "group_discussion_result": discussion.get("discussion_conclusion"), "punish_file_num": row.decision_number,
        "punish_set_date": _day(row.decided_at),
        "punish_type": "、".join(TYPES[one] for one in decision.get("types") or ()) or OUTCOMES.get(row.outcome or ""),
        "fine_amount": _yuan(row.fine_fen),
        "punish_result": decision.get("penalty_content") if penal else decision.get("decision_reason"),
        "administrative_review": _remedy(execution, "review"),
        "administrative_litigation": _remedy(execution, "litigation"), "closing_execute_mode": execution.get("how"),
        "closing_execute_result": "执行完毕" if execution.get("executed_on") else None,
        "closing_paid_fine": _yuan(execution.get("paid_fen")), "closing_no_penalty": row.outcome == "no_penalty",
        "closing_date": _day(row.closed_at), "transfer_date": _handed_over(row), "submitted_date": None,
        "submitted_personnel": None, "other_handling": None if notice or penal else OUTCOMES.get(row.outcome or ""),
    }  # fmt: skip


def _name(uow: UnitOfWork, row: Any, kind: str) -> str:
    found = item_for(uow, row.item_code, local_day_of(row.created_at)).name if row.item_code else ""
    return f"{found}{kind}：{row.party_name}"


def _remedy(execution: Mapping[str, Any], kind: str) -> str:
    return "有" if any(one["kind"] == kind for one in execution.get("stopped", ())) else "无"


def _handed_over(row: Any) -> Any:
    day = (row.referral or {}).get("handed_over_on")
    return datetime.fromisoformat(day).date() if day else None


def _checked(uow: UnitOfWork, key: str, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    today = local_day_of(uow.now)
    return plain(values), check_record(layout(key, today), values, today)


def penalty_record(uow: UnitOfWork, city: City, row: Any) -> tuple[dict[str, Any], list[Finding]]:
    """Return the national record of a penalty as JSON, and what is wrong with it."""
    return _checked(uow, "regulation_penalty", penalty_values(uow, city, row))


def publicity_record(uow: UnitOfWork, city: City, row: Any) -> tuple[dict[str, Any], list[Finding]]:
    """Return a penalty by the fields of 双公示 (upload within seven working days), and what is wrong with it."""
    decision, inquiry = row.decision or {}, row.inquiry or {}
    categories = {"1": "自然人", "2": "法人及非法人组织", "3": "法人及非法人组织"}
    is_person = row.party_kind == "1"
    organ = find_unit(uow, organ_of(uow, row.unit))
    code = organ_code(city, organ.code)
    values = {
        "CF_XDR_MC": row.party_name, "CF_XDR_LB": categories.get(row.party_kind or ""),
        "CF_XDR_SHXYM": None if is_person else row.party_code, "CF_XDR_ZJLX": "身份证" if is_person else None,
        "CF_XDR_ZJHM": row.party_code if is_person else None, "CF_WSH": row.decision_number,
        "CF_WFXW": inquiry.get("facts"), "CF_SY": inquiry.get("facts"), "CF_YJ": inquiry.get("penalty_basis"),
        "CF_CFLB": ";".join(TYPES[one] for one in decision.get("types") or ()) or None,
        "CF_NR": decision.get("penalty_content"),
        "CF_NR_FK": Decimal(row.fine_fen) / _TEN_THOUSAND if row.fine_fen else None, "CF_JDRQ": _day(row.decided_at),
        "CF_YXQ": None, "CF_GSJZQ": None, "CF_CFJG": organ.name, "CF_CFJGDM": code, "CF_SJLY": organ.name,
        "CF_SJLYDM": code,
    }  # fmt: skip
    return _checked(uow, "dual_publicity_penalty", values)


def coercion_values(uow: UnitOfWork, city: City, row: Any) -> dict[str, Any]:
    """Return a measure or enforcement by the fields of the national record."""
    result, extension, is_measure = row.result or {}, row.extension or {}, row.kind == "measure"
    how = {"performed": "自行履行", "stopped": "中止或者终结", "carried_out": "执行完毕"}
    source = None
    if row.case_id:
        c = penalty_case.c
        source = uow.connection.scalar(select(c.source_key).where(c.id == row.case_id, c.source == "inspection"))
    party = party_values(row, row.party_kind)
    return {
        **agency(uow, city, row.item_code, row.unit), "force_action_name": _name(uow, row, MEASURES[row.measure]),
        "force_action_code": row.business_key,
        **party, "check_action_code": source, "illegal_fact": row.facts, "force_accord": row.basis,
        "force_document_code": row.decision_number, "force_type": "行政强制措施" if is_measure else "行政强制执行",
        "coercive_measure_type": MEASURES[row.measure] if is_measure else None,
        "force_execution_type": None if is_measure else MEASURES[row.measure],
        "force_result": DISPOSALS.get(result.get("disposal", "")) or how.get(result.get("how", "")),
        "measure_start": _day(row.implemented_at),
        "force_extend_date": "30日" if is_measure and extension.get("number") else None,
        "measure_end": _day(row.lifted_at if is_measure else row.implemented_at),
        "mandatory_decision_service_date": _day(row.implemented_at) if is_measure else None, "submitted_date": None,
        "submitted_personnel": None,
    }  # fmt: skip


def coercion_record(uow: UnitOfWork, city: City, row: Any) -> tuple[dict[str, Any], list[Finding]]:
    """Return the national record of a measure as JSON, and what is wrong with it."""
    return _checked(uow, "regulation_coercion", coercion_values(uow, city, row))
