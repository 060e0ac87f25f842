"""What log lines are about: the request and the case in hand, separately for each thread and each request."""

from contextvars import ContextVar

request: ContextVar[str] = ContextVar("request", default="")
case: ContextVar[str] = ContextVar("case", default="")


def begin(request_id: str = "", business_key: str = "") -> None:
    """Forget what was in hand before; a thread does one thing after the other."""
    request.set(request_id)
    case.set(business_key)
