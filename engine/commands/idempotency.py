"""Answer a repeated request with the result of the first one."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import orjson
from sqlalchemy import delete, insert, select

from engine import errors
from engine.store.tables import command_receipt
from engine.store.unit_of_work import UnitOfWork

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Runs(Protocol[T_co]):
    def run(self, uow: UnitOfWork) -> T_co: ...


def fingerprint_of(*parts: object) -> str:
    """Return a digest of plain JSON values; the order of keys does not matter, the kind of a value does."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON result of a command; ``was_replayed`` when an earlier request had it already."""

    result: Mapping[str, object]
    was_replayed: bool


@dataclass(frozen=True, slots=True)
class Once(Generic[T]):
    """Run *command* unless this actor already sent this key; the result is kept with the key.

    Raises:
        KeyReused: the same key came with another body.
    """

    command: _Runs[T]
    actor: str
    key: str
    fingerprint: str
    encode: Callable[[T], Mapping[str, object]]

    def run(self, uow: UnitOfWork) -> Answer:
        """Run it, or return the stored answer."""
        row = uow.connection.execute(
            select(command_receipt).where(command_receipt.c.actor == self.actor, command_receipt.c.key == self.key)
        ).one_or_none()
        if row is not None:
            if row.fingerprint != self.fingerprint:
                raise errors.KeyReused(key=self.key)
            return Answer(row.result, was_replayed=True)
        result = dict(self.encode(self.command.run(uow)))
        uow.connection.execute(
            insert(command_receipt),
            {
                "actor": self.actor,
                "key": self.key,
                "fingerprint": self.fingerprint,
                "result": result,
                "created_at": uow.now,
            },
        )
        return Answer(result, was_replayed=False)


@dataclass(frozen=True, slots=True)
class ForgetReceipts:
    """Delete stored answers older than *before*; answers how many."""

    before: datetime

    def run(self, uow: UnitOfWork) -> int:
        """Delete them."""
        return uow.connection.execute(
            delete(command_receipt).where(command_receipt.c.created_at < self.before)
        ).rowcount
