"""Reads and changes the rows of a penalty case; every change leaves a line in its story."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from workflows import errors
from workflows.policy import Actor
from workflows.records.penalties import penalty_case, penalty_event
from workflows.uow import UnitOfWork


def case_of(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the case that a step of its diagram belongs to."""
    mine = penalty_case.c.id == UUID(str(variables["penalty_id"]))
    return uow.connection.execute(select(penalty_case).where(mine)).one()


def change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    """Write columns of a case."""
    uow.connection.execute(update(penalty_case).where(penalty_case.c.id == row.id).values(**values))


def tell(uow: UnitOfWork, case_id: UUID, kind: str, by: str, /, **detail: object) -> None:
    """Write a line of the case's story."""
    row = {"id": uow.new_id(), "case_id": case_id, "kind": kind, "at": uow.now, "by": by, "detail": detail}
    uow.connection.execute(insert(penalty_event), row)


def refuse(field: str, message: str) -> NoReturn:
    """Refuse an answer at its field."""
    raise errors.FormInvalid(errors=[{"field": field, "message": message}])


def outsider(row: Row[Any], actor: Actor) -> None:
    """Refuse an officer of the case where the law wants somebody else.

    Raises:
        SamePerson: the person investigates this case.
    """
    if actor.login in row.officers:
        raise errors.SamePerson(case=row.business_key)


def fen_of(field: str, yuan: object) -> int:
    """Return an amount in fen.

    Raises:
        FormInvalid: it has more than two decimals.
    """
    fen = Decimal(str(yuan)) * 100
    if fen != fen.to_integral_value():
        refuse(field, "金额最多写到分（两位小数）")
    return int(fen)


def yuan(fen: int | None) -> str:
    """Return fen as people write yuan, such as ``12,345.60``."""
    return "" if fen is None else f"{Decimal(fen) / 100:,.2f}"
