"""What the public page shows of a licence or a penalty."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from workflows.publication.pages import Shown, show
from workflows.records.penalties import penalty_case
from workflows.uow import UnitOfWork

_LICENCE = (
    ("许可文书", "XK_XKWS"),
    ("许可证书", "XK_XKZS"),
    ("许可编号", "XK_XKBH"),
    ("许可类别", "XK_XKLB"),
    ("许可内容", "XK_NR"),
    ("统一社会信用代码", "XK_XDR_SHXYM"),
    ("有效期自", "XK_YXQZ"),
    ("有效期至", "XK_YXQZI"),
)
_PENALTY = (("违法事实", "CF_SY"), ("处罚依据", "CF_YJ"), ("处罚类别", "CF_CFLB"), ("处罚内容", "CF_NR"),
            ("统一社会信用代码", "CF_XDR_SHXYM"), ("公示截止", "CF_GSJZQ"))  # fmt: skip


def show_entry(uow: UnitOfWork, entry: Any, payload: Mapping[str, Any]) -> None:
    """Show an entry as it was sent; a penalty only when it was decided to make it public."""
    is_licence = entry.kind == "licence"
    if is_licence and payload.get("XK_ZT") != "1":
        return
    if not is_licence and not _is_public(uow, entry):
        return
    names = _LICENCE if is_licence else _PENALTY
    organ = str(payload.get("XK_XKJG" if is_licence else "CF_CFJG") or "")
    title = str(payload.get("XK_XKZS" if is_licence else "CF_CFLB") or entry.title)
    line = Shown(
        party=entry.party_name, number=entry.document_no, title=title, organ=organ, happened_on=entry.decided_on,
        facts=[(label, payload.get(code)) for label, code in names], is_person=entry.is_person,
        expires_on=entry.expires_on,
    )  # fmt: skip
    show(uow, entry.kind, entry.source_id, [line])


def _is_public(uow: UnitOfWork, entry: Any) -> bool:
    c = penalty_case.c
    row = uow.connection.execute(select(c.decision, c.overturn).where(c.id == entry.source_id)).one()
    return bool((row.decision or {}).get("is_published")) and row.overturn is None
