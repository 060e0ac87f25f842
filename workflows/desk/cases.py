"""The case file: what it is about, who has it, what happened, what is owed, what was written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, union

from engine.process_engine import ProcessEngine
from engine.queries.instances import InstanceDetails, ListHistory, ListInstances, ListTokens, ReadDiagram, TokenPosition
from engine.store.tables import process_instance
from workflows import catalog, errors
from workflows.clauses import Clauses
from workflows.desk.ahead import Holder, holders_of
from workflows.desk.asking import Ask, ClockView, clock_view
from workflows.desk.called import elements_of
from workflows.desk.case_search import Found, find, search_cases
from workflows.desk.timeline import TimelineEntry, timeline
from workflows.directory import all_units
from workflows.jurisdiction import if_seen
from workflows.penalties.links import penalties_from
from workflows.policy import Actor
from workflows.records.approvals import approval, hard_block, party
from workflows.records.cases import copy, duty, transfer, transfer_milestone
from workflows.records.clocks import running_limit
from workflows.records.construction import construction_project, patrol_subject, temporary_permit
from workflows.records.inspections import inspection
from workflows.records.letters import letter, receipt
from workflows.records.orders import supervision_order, supervision_rung
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
_FOLLOWING = (duty, construction_project, temporary_permit, patrol_subject)  # what names the approval of its case


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything a person may see of one case."""

    business_key: str
    title: str
    process: str
    definition_key: str
    version: int
    status: str
    instance_id: UUID
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    approval: Row | None
    party: Row | None
    clocks: tuple[ClockView, ...]
    timeline: tuple[TimelineEntry, ...]
    tokens: tuple[TokenPosition, ...]
    current: tuple[str, ...]
    duties: tuple[Row, ...]
    copies: tuple[Row, ...]
    transfers: tuple[Row, ...]
    milestones: tuple[Row, ...]
    orders: tuple[Row, ...]
    rungs: tuple[Row, ...]
    letters: tuple[Row, ...]
    receipts: tuple[Row, ...]
    blocks: tuple[Row, ...]
    related: tuple[Row, ...]
    inspections: tuple[Row, ...]
    units: Mapping[str, str]
    holders: tuple[Holder, ...] = ()


class CaseDesk:
    """Answers case files."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, clauses: Clauses) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._clauses = clauses

    def view(self, actor: Actor, business_key: str) -> CaseView:
        """Return the file of a case.

        Raises:
            CaseNotFound: there is none, or it does not concern the actor's unit.
        """
        return self._engine.ask(Ask(lambda uow: self._view(uow, actor, business_key)))

    def diagram(self, actor: Actor, business_key: str) -> tuple[bytes, tuple[TokenPosition, ...], str]:
        """Return the diagram's file, where its tokens are, and its process id."""

        def read(uow: UnitOfWork) -> tuple[bytes, tuple[TokenPosition, ...], str]:
            details = self._details(uow, actor, business_key)
            file = ReadDiagram(details.definition_id).run(uow)
            return file.content, ListTokens(details.id).run(uow), details.definition_key

        return self._engine.ask(Ask(read))

    def search(self, actor: Actor, text: str, limit: int = 50) -> tuple[Row, ...]:
        """Return cases by number, document, party or project, of those the actor may see."""
        return self._engine.ask(Ask(lambda uow: search_cases(uow, actor, text.strip()[:60], limit)))

    def find(self, actor: Actor, text: str, limit: int = 50) -> Found:
        """Return what a text in the search box means: one case at once, or cases and items."""
        return self._engine.ask(Ask(lambda uow: find(uow, actor, text.strip()[:60], limit)))

    def _details(self, uow: UnitOfWork, actor: Actor, business_key: str) -> InstanceDetails:
        found = ListInstances(business_key).run(uow)
        seen = if_seen(uow, actor, found[0] if found else None, lambda one: one.id)
        if seen is None:
            raise errors.CaseNotFound(case=business_key)
        return replace(seen, elements=elements_of(uow, seen.id))

    def _view(self, uow: UnitOfWork, actor: Actor, business_key: str) -> CaseView:
        case = self._details(uow, actor, business_key)
        mine = case.id
        clocks = uow.connection.execute(
            select(running_limit).where(running_limit.c.instance_id == mine).order_by(running_limit.c.anchor_at)
        ).all()
        duties = _all(uow, duty, duty.c.instance_id == mine, duty.c.pushed_at)
        copies = _all(uow, copy, copy.c.instance_id == mine, copy.c.sent_at)
        transfers = _all(uow, transfer, transfer.c.instance_id == mine, transfer.c.created_at)
        orders = _all(
            uow, supervision_order,
            or_(supervision_order.c.instance_id == mine, supervision_order.c.cause_business_key == business_key),
            supervision_order.c.started_at,
        )  # fmt: skip
        about = _approval_of(uow, mine, copies, transfers)
        inspections = _inspections_of(uow, case, about)
        return CaseView(
            business_key, self._title(case, about, (transfers, orders, inspections)),
            catalog.TITLES.get(case.definition_key, ""),
            case.definition_key, case.definition_version, case.status, mine, case.started_at, case.ended_at,
            case.end_reason, about, _party(uow, about, transfers),
            tuple(clock_view(self._rulebook, row, uow.now) for row in clocks),
            timeline(uow, case, ListHistory(mine).run(uow), self._clauses), ListTokens(mine).run(uow),
            self._current(uow, case), duties, copies, transfers,
            _in(uow, transfer_milestone, transfer_milestone.c.transfer_id, transfers, transfer_milestone.c.reported_at),
            orders, _in(uow, supervision_rung, supervision_rung.c.order_id, orders, supervision_rung.c.at),
            _all(uow, letter, letter.c.instance_id == mine, letter.c.created_at),
            _all(uow, receipt, receipt.c.instance_id == mine, receipt.c.signed_at),
            _in(uow, hard_block, hard_block.c.transfer_id, transfers, hard_block.c.set_at),
            (*self._related(uow, case, about), *penalties_from(uow, actor, business_key)), inspections,
            {unit.code: unit.short_name for unit in all_units(uow)}, holders_of(uow, mine),
        )  # fmt: skip

    def _current(self, uow: UnitOfWork, case: InstanceDetails) -> tuple[str, ...]:
        positions = ListTokens(case.id).run(uow)
        return tuple(
            str(case.elements.get(token.element_id, {}).get("name", token.element_id))
            for token in positions
            if token.state in ("active", "late")
        )

    def _title(self, case: InstanceDetails, about: Row | None, found: Sequence[Sequence[Row]]) -> str:
        transfers, orders, inspections = found
        if case.definition_key == "inspection" and inspections:
            return f"检查：{inspections[0]['party_name']}"
        if case.definition_key == "supervision_order" and orders:
            return f"督办：{orders[-1]['title']}"
        if transfers:
            return f"{transfers[0]['project_name']} — {transfers[0]['party_name']}"
        return str(about["project_name"]) if about else case.definition_name

    def _related(self, uow: UnitOfWork, case: InstanceDetails, about: Row | None) -> tuple[Row, ...]:
        if about is None:
            return ()
        keys = union(
            *(select(t.c.business_key).where(t.c.approval_id == about["id"]) for t in (copy, transfer, *_FOLLOWING))
        )
        rows = uow.connection.execute(
            select(process_instance.c.business_key, process_instance.c.definition_key, process_instance.c.status)
            .where(process_instance.c.business_key.in_(keys), process_instance.c.id != case.id)
            .order_by(process_instance.c.started_at)
        )
        return tuple({**row, "process": catalog.TITLES.get(row["definition_key"], "")} for row in rows.mappings())


def _all(uow: UnitOfWork, table: Any, condition: Any, order: Any) -> tuple[Row, ...]:
    return tuple(dict(row) for row in uow.connection.execute(select(table).where(condition).order_by(order)).mappings())


def _in(uow: UnitOfWork, table: Any, column: Any, parents: Sequence[Row], order: Any) -> tuple[Row, ...]:
    return _all(uow, table, column.in_([row["id"] for row in parents]), order) if parents else ()


def _approval_of(uow: UnitOfWork, instance_id: UUID, copies: Sequence[Row], transfers: Sequence[Row]) -> Row | None:
    keys = [row["approval_id"] for row in (*copies, *transfers) if row["approval_id"]]
    duties = [
        key for table in _FOLLOWING
        for key in uow.connection.scalars(select(table.c.approval_id).where(table.c.instance_id == instance_id))
    ]  # fmt: skip
    condition = approval.c.instance_id == instance_id
    if keys or duties:
        condition = condition | approval.c.id.in_([*keys, *duties])
    found = _all(uow, approval, condition, approval.c.received_at)
    return found[0] if found else None


def _inspections_of(uow: UnitOfWork, case: InstanceDetails, about: Row | None) -> tuple[Row, ...]:
    """Return the inspections this case made or asked for, and those of its approval."""
    condition = (inspection.c.instance_id == case.id) | (inspection.c.source_key == case.business_key)
    if about is not None:
        condition = condition | (inspection.c.approval_id == about["id"])
    statement = select(inspection).where(condition).order_by(inspection.c.number.desc()).limit(200)
    return tuple(dict(row) for row in uow.connection.execute(statement).mappings())


def _party(uow: UnitOfWork, about: Row | None, transfers: Sequence[Row]) -> Row | None:
    key = about["party_id"] if about else next((row["party_id"] for row in transfers if row["party_id"]), None)
    found = _all(uow, party, party.c.id == key, party.c.id) if key else ()
    return found[0] if found else None
