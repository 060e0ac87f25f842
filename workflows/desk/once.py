"""Make something once, however often a program asks with the same key."""

from typing import Protocol
from uuid import UUID

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows.uow import UnitOfWork


class _Makes(Protocol):
    def run(self, uow: UnitOfWork) -> UUID: ...


def made_once(engine: ProcessEngine, command: _Makes, login: str, key: str, *asked: object) -> UUID:
    """Run a command that answers an id; with a key, a repetition answers the first id again.

    Raises:
        KeyReused: the same key came with something else that was asked for.
    """
    if not key:
        return engine.execute(command)
    once = Once(command, login, key, fingerprint_of(*asked), lambda made: {"id": str(made)})
    return UUID(str(engine.execute(once).result["id"]))
