"""Ask to read a case that is not one's own: who may see it decides, the grant ends by itself, all is written down.

A number without a case is asked for like any other: the answer, what is written and the time tell nothing, and the
policy section sees who tries numbers.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.process_engine import ProcessEngine
from engine.store.tables import process_instance
from workflows import errors
from workflows.complaints.access import is_barred_case
from workflows.desk.asking import Ask, Do
from workflows.directory import names_of
from workflows.jurisdiction import may_see_case
from workflows.notices import notify
from workflows.policy import Actor, require
from workflows.records.lists import access_request
from workflows.records.offices import officer
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
LASTS = timedelta(days=30)
MOST = 20
NUMBER = re.compile(r"[\w/()（）〔〕.-]{1,60}")  # what numbers of cases are made of, and no sentence
_A = access_request.c


class AccessDesk:
    """Takes and decides requests."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def ask(self, actor: Actor, business_key: str, reason: str) -> None:
        """Ask to read a case; whether there is one is not told, the policy section hears of it in any case.

        Raises:
            FormInvalid: no number, no reason, or too many requests are open.
        """
        mistakes = [] if NUMBER.fullmatch(business_key) else [{"field": "case", "message": "请填写案件编号"}]
        mistakes += [] if reason.strip() else [{"field": "reason", "message": "请写明需要查看的理由"}]
        if mistakes:
            raise errors.FormInvalid(errors=mistakes)
        self._engine.execute(Do(lambda uow: self._ask(uow, actor, business_key, reason.strip()[:500])))

    def _ask(self, uow: UnitOfWork, actor: Actor, business_key: str, reason: str) -> None:
        wanted = select(_A.business_key).where(_A.login == actor.login, _A.state == "asked").limit(MOST)
        mine = uow.connection.scalars(wanted).all()
        if len(mine) >= MOST:
            raise errors.FormInvalid(errors=[{"field": "reason", "message": "待处理的申请太多，请等待处理后再申请"}])
        found = select(process_instance.c.id).where(process_instance.c.business_key == business_key)
        case_id = uow.connection.scalar(found.order_by(process_instance.c.started_at.desc()))
        if may_see_case(uow, actor, case_id) or business_key in mine:
            return
        row = {
            "id": uow.new_id(), "instance_id": case_id, "business_key": business_key, "login": actor.login,
            "reason": reason, "state": "asked", "asked_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(access_request), row)
        text = f"{actor.unit_name} {actor.name} 申请查看案件 {business_key}"
        notify(uow, _deciders(uow), kind="access", text=text, business_key=business_key)

    def open(self, actor: Actor) -> tuple[Row, ...]:
        """Return the requests that wait, the oldest first."""
        require(actor, "policy_officer", "leader")
        statement = select(access_request).where(_A.state == "asked").order_by(_A.asked_at, _A.id).limit(200)

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            rows = [dict(row) for row in uow.connection.execute(statement).mappings()]
            names = names_of(uow, {row["login"] for row in rows})
            return tuple({**row, "name": names.get(row["login"], row["login"])} for row in rows)

        return self._engine.ask(Ask(read))

    def decide(self, actor: Actor, request_id: UUID, *, grants: bool, note: str = "") -> None:
        """Grant for thirty days, or refuse; the person who asked is told.

        Raises:
            ViewNotFound: there is no such request that waits.
            SamePerson: one's own request, or who decides must keep out of the case.
            FormInvalid: there is no such case to be granted.
        """
        require(actor, "policy_officer", "leader")

        def do(uow: UnitOfWork) -> None:
            row = uow.connection.execute(select(access_request).where(_A.id == request_id)).one_or_none()
            if row is None or row.state != "asked":
                raise errors.ViewNotFound(request=str(request_id))
            if row.login == actor.login or (row.instance_id and is_barred_case(uow, actor, row.instance_id)):
                raise errors.SamePerson(request=str(request_id))
            if grants and row.instance_id is None:
                raise errors.FormInvalid(errors=[{"field": "act", "message": "没有这个编号的案件，请选“不同意”"}])
            uow.connection.execute(
                update(access_request)
                .where(_A.id == request_id)
                .values(state="granted" if grants else "refused", decided_at=uow.now, decided_by=actor.login,
                        note=note.strip()[:500] or None, until=uow.now + LASTS if grants else None)
            )  # fmt: skip
            text = f"查看案件 {row.business_key} 的申请{'已同意，30 日内有效' if grants else '未同意'}"
            notify(uow, [row.login], kind="access", text=text, business_key=row.business_key)

        self._engine.execute(Do(do))


def _deciders(uow: UnitOfWork) -> list[str]:
    rows = uow.connection.execute(select(officer.c.login, officer.c.roles).where(officer.c.is_active))
    return [row.login for row in rows if "policy_officer" in row.roles]
