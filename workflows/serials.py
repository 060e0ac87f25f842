"""Gap-free numbers per kind and year, given inside the transaction that uses them."""

from sqlalchemy import bindparam, insert, update

from workflows.records.letters import serial
from workflows.uow import UnitOfWork, local_year

_NEXT = (
    update(serial)
    .where(serial.c.kind == bindparam("of_kind"), serial.c.year == bindparam("of_year"))
    .values(last=serial.c.last + 1)
    .returning(serial.c.last)
)
_FIRST = insert(serial)


def next_number(uow: UnitOfWork, pattern: str, kind: str) -> str:
    """Return the next number of a kind, written by the city's pattern such as ``SG{year}-{number:05d}``.

    The row is locked until the transaction ends, so numbers have no gaps and no doubles.
    """
    year = local_year(uow.now)
    number = uow.connection.scalar(_NEXT, {"of_kind": kind, "of_year": year})
    if number is None:
        number = 1
        uow.connection.execute(_FIRST, {"kind": kind, "year": year, "last": number})
    return pattern.format(year=year, number=number)
