"""Where a command comes from: the person and the request, for the audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is signed in, from which address, and which request is answered; nobody and none in a worker."""

    actor: str = ""
    request_id: str | None = None
    ip: str | None = None


_NOBODY = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=_NOBODY)


def origin() -> Origin:
    """Return where the commands of this thread come from."""
    return _current.get()


def set_origin(found: Origin) -> None:
    """Say where the commands of this thread come from, from now on."""
    _current.set(found)


@contextmanager
def coming_from(found: Origin) -> Iterator[None]:
    """Say where the commands inside come from."""
    token = _current.set(found)
    try:
        yield
    finally:
        _current.reset(token)
