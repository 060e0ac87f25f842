"""What is published where: the rows of the outlets for the offices, and the page that everybody may read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.directory import all_units
from workflows.policy import Actor, require
from workflows.publication.outlets import KINDS, STATES, again_sent, follow
from workflows.records.alerts import monitoring_device
from workflows.records.delivery import delivery_receipt, outbound_record
from workflows.records.publication import public_record, publication
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

PAGE = 50
PUBLIC_PAGE = 20
FEWEST_LETTERS = 2
PUBLIC_KINDS: Mapping[str, str] = {
    "licence": "行政许可", "penalty": "行政处罚", "check": "抽查结果", "plan": "抽查计划", "device": "监控点位",
}  # fmt: skip
SENDERS = ("section_officer", "section_head", "district_officer", "squad_officer", "squad_head", "policy_officer")
Line = Mapping[str, Any]
_p, _w, _d = publication.c, public_record.c, monitoring_device.c


@dataclass(frozen=True, slots=True)
class PublicPage:
    """Some rows of the public page, and where the next ones begin."""

    rows: Sequence[Line]
    next: str


class PublicationDesk:
    """Answers what is public, and sends again what an outlet refused."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def rows(
        self, actor: Actor, outlet: str = "", state: str = "", after: str = "", limit: int = PAGE
    ) -> Sequence[Line]:
        """Return publications the person may see, the newest first; ``after`` is the id of the last one seen."""

        def read(uow: UnitOfWork) -> Sequence[Line]:
            same = [_seen_by(actor)]
            same += [_p.outlet == outlet] if outlet in self._rulebook.city.outlets else []
            same += [_p.state == state] if state in STATES else []
            if after:
                place = select(_p.queued_at).where(_p.id == _uuid(after)).scalar_subquery()
                same.append((_p.queued_at < place) | ((_p.queued_at == place) & (_p.id < _uuid(after))))
            query = select(publication).where(*same).order_by(_p.queued_at.desc(), _p.id.desc())
            names = {one.code: one.short_name for one in all_units(uow)}
            rows = uow.connection.execute(query.limit(min(limit, PAGE))).mappings()
            return tuple(_line(row, names, uow) for row in rows)

        return self._engine.ask(Ask(read))

    def counts(self, actor: Actor) -> Mapping[tuple[str, str], int]:
        """Return how many publications there are by outlet and state."""
        query = select(_p.outlet, _p.state, func.count()).where(_seen_by(actor)).group_by(_p.outlet, _p.state)
        return self._engine.ask(Ask(lambda uow: {(r[0], r[1]): r[2] for r in uow.connection.execute(query)}))

    def show(self, actor: Actor, publication_id: UUID) -> Mapping[str, Any]:
        """Return a publication with all its outlets and their receipts.

        Raises:
            CaseNotFound: there is none, or it is another office's.
        """

        def read(uow: UnitOfWork) -> Mapping[str, Any]:
            row = _row(uow, actor, publication_id)
            names = {one.code: one.short_name for one in all_units(uow)}
            same = select(publication).where(_p.kind == row["kind"], _p.about == row["about"]).order_by(_p.outlet)
            rows = [_line(one, names, uow) for one in uow.connection.execute(same).mappings()]
            guids = select(outbound_record.c.row_guid).where(
                outbound_record.c.id.in_([one["record_id"] for one in rows])
            )
            receipts = select(delivery_receipt).where(delivery_receipt.c.record_key.in_(guids))
            said = uow.connection.execute(receipts.order_by(delivery_receipt.c.received_at)).mappings()
            is_own = actor.has(*SENDERS) and row["unit"] in actor.units
            return {"row": _line(row, names, uow), "rows": rows, "receipts": [dict(one) for one in said],
                    "is_own": is_own or actor.has("policy_officer")}  # fmt: skip

        return self._engine.ask(Ask(read))

    def resend(self, actor: Actor, publication_id: UUID) -> None:
        """Send a publication that its outlet refused once more.

        Raises:
            NotAllowed, CaseNotFound: not the own office's.
            RecordClosed: there is nothing to send again.
        """
        require(actor, *SENDERS)

        def again(uow: UnitOfWork) -> None:
            row = _row(uow, actor, publication_id)
            if row["state"] != "failed":
                raise errors.RecordClosed(publication=str(publication_id), status=row["state"])
            follow(uow, row["id"], again_sent(uow, actor, row["record_id"]))

        self._engine.execute(Do(again))

    def public(self, kind: str = "", q: str = "", after: str = "") -> PublicPage:
        """Return what everybody may read, the newest first; a search has two letters at least."""
        text = q.strip()[:60]
        wanted = text if len(text) >= FEWEST_LETTERS else ""
        if kind == "device":
            return self._engine.ask(Ask(lambda uow: _devices(uow, wanted, after)))
        return self._engine.ask(Ask(lambda uow: _public(uow, kind if kind in PUBLIC_KINDS else "", wanted, after)))

    def public_record(self, record_id: UUID) -> Line:
        """Return one row of the public page.

        Raises:
            CaseNotFound: there is none, or it is not public.
        """

        def read(uow: UnitOfWork) -> Line:
            mine = select(public_record).where(_w.id == record_id, _visible(local_day_of(uow.now)))
            row = uow.connection.execute(mine).mappings().one_or_none()
            if row is None:
                raise errors.CaseNotFound(record=str(record_id))
            return dict(row)

        return self._engine.ask(Ask(read))


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    if actor.oversees or actor.has("administrator"):
        return true()
    return _p.unit.in_(actor.units)


def _row(uow: UnitOfWork, actor: Actor, publication_id: UUID) -> Line:
    mine = select(publication).where(_p.id == publication_id, _seen_by(actor))
    row = uow.connection.execute(mine).mappings().one_or_none()
    if row is None:
        raise errors.CaseNotFound(publication=str(publication_id))
    return dict(row)


def _line(row: Any, names: Mapping[str, str], uow: UnitOfWork) -> Line:
    """Return a row with the name of its unit and whether it is late now."""
    waits = row["state"] in ("queued", "sent", "failed", "held") and uow.now >= row["due_at"]
    back = row["state"] == "withdrawing" and row["withdraw_due_at"] is not None and uow.now >= row["withdraw_due_at"]
    late_once = row["delivered_at"] is not None and row["delivered_at"] >= row["due_at"]
    return {**row, "unit_name": names.get(row["unit"] or "", ""), "kind_name": KINDS[row["kind"]],
            "is_overdue": waits or back, "was_late": late_once}  # fmt: skip


def _visible(today: date) -> ColumnElement[bool]:
    shown = _w.hidden_at.is_(None) & or_(_w.expires_on.is_(None), _w.expires_on > today)
    return shown | _w.withdrawal_note.is_not(None)


def _public(uow: UnitOfWork, kind: str, q: str, after: str) -> PublicPage:
    found = [_visible(local_day_of(uow.now))]
    if kind:
        found.append(_w.kind == kind)
    if q:
        named = _w.party.contains(q, autoescape=True) & _w.hidden_at.is_(None)
        found.append(named | _w.number.startswith(q, autoescape=True))
    if after:
        place = select(_w.happened_on).where(_w.id == _uuid(after)).scalar_subquery()
        found.append((_w.happened_on < place) | ((_w.happened_on == place) & (_w.id < _uuid(after))))
    query = select(public_record).where(*found).order_by(_w.happened_on.desc(), _w.id.desc()).limit(PUBLIC_PAGE + 1)
    rows = [dict(row) for row in uow.connection.execute(query).mappings()]
    more = str(rows[PUBLIC_PAGE - 1]["id"]) if len(rows) > PUBLIC_PAGE else ""
    return PublicPage(rows[:PUBLIC_PAGE], more)


def _devices(uow: UnitOfWork, q: str, after: str) -> PublicPage:
    """Return the places of the devices that are public: the law wants them known before they record."""
    found = [_d.published_on <= local_day_of(uow.now), _d.state == "active"]
    if q:
        found.append(_d.place.contains(q, autoescape=True) | _d.name.contains(q, autoescape=True))
    if after:
        found.append(_d.code > after[:60])
    columns = (_d.id, _d.code, _d.name, _d.place, _d.area, _d.purpose, _d.published_on)
    query = select(*columns).where(*found).order_by(_d.code).limit(PUBLIC_PAGE + 1)
    rows = [dict(row) for row in uow.connection.execute(query).mappings()]
    more = str(rows[PUBLIC_PAGE - 1]["code"]) if len(rows) > PUBLIC_PAGE else ""
    return PublicPage(rows[:PUBLIC_PAGE], more)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise errors.CaseNotFound(record=text[:40]) from exc
