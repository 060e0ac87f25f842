"""What receivers report about faulty rows: the fields of their abnormal table, as rows of a table or a file."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.delivery.protocol import ACCEPTED, REJECTED, DeliveryFailed, Feedback
from workflows.uow import ZONE

_PASSED = ("0", "通过", "正常", ACCEPTED)


def feedback_of(row: Mapping[str, Any]) -> Feedback:
    """Return one row of ``dn_audit_abnormal`` as feedback; a row without a GUID of its own is known by its content.

    Some receivers also report what they took: their ``err_type`` says that nothing is wrong.

    Raises:
        DeliveryFailed: the row names no record, or no time.
    """
    text = {name: "" if value is None else str(value).strip() for name, value in row.items()}
    if not text.get("table_row_guid"):
        raise DeliveryFailed("反馈中有一行没有 table_row_guid，无法对应到报送的数据")
    content = "|".join(text.get(name, "") for name in ("table_row_guid", "table_cd_batch", "err_type", "remark"))
    kind = text.get("err_type", "")
    return Feedback(
        receipt_key=text.get("row_guid") or hashlib.sha256(content.encode()).hexdigest(),
        record_key=text.get("table_row_guid", ""),
        batch_number=text.get("table_cd_batch", ""),
        verdict=ACCEPTED if kind in _PASSED else REJECTED,
        reported_at=_instant(row.get("cd_time")),
        code=kind,
        message=text.get("remark", ""),
        field=text.get("field", ""),
    )


def _instant(value: Any) -> datetime:
    """Return when it was reported; receivers write Chinese time without saying so."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError as exc:
        raise DeliveryFailed(f"反馈的 cd_time 无法读取：{value}") from exc
    return found.replace(tzinfo=ZONE) if found.tzinfo is None else found
