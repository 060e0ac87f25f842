"""What an administrator asked for: prepared, confirmed by a second person, or turned down."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.errors import Conflict, NotFound
from workflows.records.engine_admin import admin_request
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
STATES = {"draft": "准备中", "asked": "待第二人确认", "done": "已执行", "refused": "未获同意", "withdrawn": "已撤回"}
KINDS = {"deploy": "部署", "move": "移动令牌", "skip": "跳过作业", "due": "立即执行作业"}


class RequestNotFound(NotFound):
    """There is no such request."""

    code = "admin-request-not-found"


class RequestDecided(Conflict):
    """Somebody decided or withdrew the request already."""

    code = "admin-request-decided"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is written down when somebody asks for something."""

    kind: str
    state: str
    payload: Mapping[str, Any]
    reason: str
    asked_by: str
    instance_id: UUID | None = None
    business_key: str | None = None

    def run(self, uow: UnitOfWork) -> UUID:
        """Write it."""
        request_id = uow.new_id()
        values = {
            "id": request_id, "kind": self.kind, "state": self.state, "instance_id": self.instance_id,
            "business_key": self.business_key, "payload": dict(self.payload), "reason": self.reason,
            "asked_by": self.asked_by, "asked_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(admin_request), values)
        return request_id


def request_of(uow: UnitOfWork, request_id: UUID, *kinds: str) -> Row:
    """Return a request.

    Raises:
        RequestNotFound: there is none, or it is of another kind.
    """
    row = uow.connection.execute(select(admin_request).where(admin_request.c.id == request_id)).mappings().one_or_none()
    if row is None or (kinds and row["kind"] not in kinds):
        raise RequestNotFound(request_id=str(request_id))
    return dict(row)


def decide(uow: UnitOfWork, row: Row, state: str, who: str, note: str = "") -> None:
    """Give a request its end, once.

    Raises:
        RequestDecided: it has one already.
    """
    done = uow.connection.execute(
        update(admin_request)
        .where(admin_request.c.id == row["id"], admin_request.c.state == row["state"])
        .where(admin_request.c.state.in_(("draft", "asked")))
        .values(state=state, decided_by=who, decided_at=uow.now, decision_note=note)
    )
    if done.rowcount != 1:
        raise RequestDecided(request_id=str(row["id"]), state=row["state"])


def note_result(uow: UnitOfWork, request_id: UUID, result: Mapping[str, Any]) -> None:
    """Keep what was there when it was read again afterwards."""
    uow.connection.execute(update(admin_request).where(admin_request.c.id == request_id).values(result=dict(result)))


def requests_of(uow: UnitOfWork, *states: str, limit: int = 100) -> tuple[Row, ...]:
    """Return requests that need a second person, or needed one, the newest first."""
    statement = select(admin_request).where(admin_request.c.kind != "deploy")
    if states:
        statement = statement.where(admin_request.c.state.in_(states))
    rows = uow.connection.execute(statement.order_by(admin_request.c.asked_at.desc(), admin_request.c.id).limit(limit))
    return tuple(dict(row) for row in rows.mappings())
