"""What is published where: one row for each outlet of the city, each travelling and answered for by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from workflows.delivery import Outbound, Resend, queue_record
from workflows.delivery.queue import add_version
from workflows.directory import find_unit, unit_chain
from workflows.identifiers import masked
from workflows.letter_book import digest
from workflows.policy import Actor
from workflows.publication.pages import hide
from workflows.records.delivery import outbound_record
from workflows.records.publication import publication
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, last_day_of, local_day_of

KINDS: Mapping[str, str] = {"random_plan": "年度抽查计划", "random_result": "抽查结果", "penalty": "行政处罚决定"}
STATES: Mapping[str, str] = {
    "queued": "待发送", "sent": "已发送", "delivered": "已公示", "failed": "被退回", "held": "待改正",
    "withdrawing": "撤回中", "withdrawn": "已撤回",
}  # fmt: skip
LAYOUT = "publication"
_PAGE_KINDS: Mapping[str, str] = {"random_plan": "plan", "random_result": "check", "penalty": "penalty"}
_STATES: Mapping[str, str] = {
    "held": "held", "queued": "queued", "batched": "queued", "sent": "sent", "accepted": "delivered",
    "rejected": "failed",
}  # fmt: skip
_PENALTY = (
    ("当事人", "party"), ("违法事实", "facts"), ("处罚依据", "basis"), ("处罚内容", "content"),
    ("决定日期", "decided_on"),
)  # fmt: skip
_p = publication.c


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be published: the same content at every outlet.

    ``data`` is what the outlets' rows keep, ``text`` what an outlet prints.
    """

    kind: str
    about: UUID
    title: str
    data: Mapping[str, Any]
    text: str
    unit: str
    number: str
    due_at: datetime
    by: str
    business_key: str = ""


def publish(uow: UnitOfWork, rulebook: Rulebook, notice: Notice) -> None:
    """Queue the same content for every outlet of the city."""
    for outlet in rulebook.city.outlets:
        row_id = uow.new_id()
        row = {
            "id": row_id, "kind": notice.kind, "about": notice.about, "outlet": outlet, "title": notice.title,
            "data": dict(notice.data), "sha256": digest(notice.data), "state": "queued",
            "is_late": uow.now >= notice.due_at, "due_at": notice.due_at, "queued_by": notice.by,
            "queued_at": uow.now, "unit": notice.unit, "business_key": notice.business_key,
        }  # fmt: skip
        uow.connection.execute(insert(publication), row)
        follow(uow, row_id, send(uow, row, notice))


def send(uow: UnitOfWork, row: Mapping[str, Any], notice: Notice) -> UUID:
    """Queue a row's content for its outlet; answers the id of the record."""
    values = {
        "GS_LB": KINDS[notice.kind], "GS_BT": masked(notice.title), "GS_BH": notice.number,
        "GS_DW": find_unit(uow, notice.unit).name, "GS_NR": masked(notice.text), "GS_RQ": local_day_of(uow.now),
    }  # fmt: skip
    return _send(uow, row, "i", values)


def text_of(kind: str, data: Mapping[str, Any]) -> str:
    """Return what an outlet prints of the content of a row."""
    if kind == "random_result":
        lines = (
            f"{n}. {one['name']}：{one['result']}（{one['inspected_on']}）" for n, one in enumerate(data["results"], 1)
        )
        return "\n".join([str(data["statement"]), *lines])
    if kind == "random_plan":
        lines = (
            f"{one['place']}. {_items_of(one)}：{one['month_from']} 月至 {one['month_to']} 月" for one in data["lines"]
        )
        return "\n".join(lines) or str(data["title"])
    told = ((label, data.get(name)) for label, name in _PENALTY)
    return "\n".join(f"{label}：{value}" for label, value in told if value)


def _items_of(line: Mapping[str, Any]) -> str:
    """Return the names of a plan's items, each with its code; an early plan knows only codes."""
    codes: Sequence[str] = line["item_codes"]
    names: Sequence[str] = line.get("item_names") or codes
    pairs = zip(codes, names, strict=True)
    return "、".join(name if name == code else f"{name}（{code}）" for code, name in pairs)


def _send(uow: UnitOfWork, row: Mapping[str, Any], operation: str, values: Mapping[str, Any]) -> UUID:
    return queue_record(
        uow, channel=row["outlet"], dataset=row["kind"], source="publication", source_id=row["id"],
        operation=operation, values=values, layout=LAYOUT, organ=unit_chain(uow, row["unit"])[-1],
        happened_at=row["queued_at"], due_on=last_day_of(row["due_at"]), business_key=row["business_key"] or "",
        title=row["title"],
    )  # fmt: skip


def withdraw(uow: UnitOfWork, kind: str, about: UUID, note: str, due_at: datetime | None = None) -> int:
    """Take something back from every outlet and say why on the public page; answers from how many outlets."""
    hide(uow, _PAGE_KINDS[kind], about, note)
    rows = rows_about(uow, kind, about)
    for row in rows:
        if row.state in ("withdrawing", "withdrawn"):
            continue
        values: dict[str, Any] = {"withdraw_due_at": due_at, "withdrawal_note": note}
        if row.record_id is None:
            _change(uow, row.id, state="withdrawn", withdrawn_at=uow.now, **values)
            continue
        _change(uow, row.id, state="withdrawing", **values)
        follow(uow, row.id, _send(uow, dict(row._mapping), "d", {}))
    return len(rows)


def rows_about(uow: UnitOfWork, kind: str, about: UUID) -> Sequence[Row[Any]]:
    """Return the rows of all outlets about one thing."""
    mine = (_p.kind == kind) & (_p.about == about)
    return uow.connection.execute(select(publication).where(mine).order_by(_p.outlet)).all()


def _change(uow: UnitOfWork, row_id: UUID, **values: object) -> None:
    uow.connection.execute(update(publication).where(_p.id == row_id).values(**values))


def follow(uow: UnitOfWork, row_id: UUID, record_id: UUID, message: str = "") -> None:
    """Bring a row to where its record is: sent, published with a receipt, refused, or taken back."""
    record = uow.connection.execute(select(outbound_record).where(outbound_record.c.id == record_id)).one()
    values: dict[str, Any] = {"record_id": record_id, "message": message or None}
    if record.status == "withdrawn" or (record.operation == "d" and record.status == "accepted"):
        values |= {"state": "withdrawn", "withdrawn_at": uow.now}
    elif record.operation == "d":
        values["state"] = "failed" if record.status == "rejected" else "withdrawing"
    else:
        values["state"] = _STATES[record.status]
    if values["state"] == "delivered":
        values |= {"delivered_at": record.settled_at, "receipt": message or record.row_guid}
    _change(uow, row_id, **values)


def again_sent(uow: UnitOfWork, actor: Actor, record_id: UUID) -> UUID:
    """Queue what an outlet refused once more: the content, or that it be taken down; answers the new version's id."""
    record = uow.connection.execute(select(outbound_record).where(outbound_record.c.id == record_id)).one()
    if record.operation != "d":
        return Resend(actor, record_id).run(uow)
    names = (name for name in Outbound.__slots__ if name != "values")
    given = Outbound(**{name: getattr(record, name) for name in names}, values=record.payload)
    return add_version(uow, given, record.payload, record)
