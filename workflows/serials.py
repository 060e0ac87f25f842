"""Gap-free numbers per kind and year, given inside the transaction that uses them."""

from sqlalchemy import insert, select, update

from workflows.records.letters import serial
from workflows.uow import UnitOfWork, local_year


def next_number(uow: UnitOfWork, pattern: str, kind: str) -> str:
    """Return the next number of a kind, written by the city's pattern such as ``SG{year}-{number:05d}``.

    The row is locked until the transaction ends, so numbers have no gaps and no doubles.
    """
    year = local_year(uow.now)
    mine = (serial.c.kind == kind) & (serial.c.year == year)
    done = uow.connection.execute(update(serial).where(mine).values(last=serial.c.last + 1))
    if done.rowcount == 0:
        uow.connection.execute(insert(serial), {"kind": kind, "year": year, "last": 1})
    number = uow.connection.scalar(select(serial.c.last).where(mine))
    return pattern.format(year=year, number=number)
