"""Messages from other systems: bring a fact to the case that waits for it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine.commands.correlate_message import CorrelateMessage
from engine.commands.early_messages import SendMessage, Sent
from engine.process_engine import ProcessEngine
from workflows.policy import Actor, require

SENDERS = ("administrator", "approval_clerk", "integration_account")


def receive_message(  # noqa: PLR0913 - a message has these parts
    engine: ProcessEngine, actor: Actor, name: str, correlation_key: str, variables: Mapping[str, Any],
    message_id: str, *, keep_for: timedelta | None = None,
) -> Sent:  # fmt: skip
    """Deliver a message once, however often the sender repeats it; with *keep_for* it may come too early.

    Raises:
        NotAllowed: the caller may not send messages.
        MessageNotExpected: nobody waits for it, no process starts with it and it is not to be kept.
    """
    require(actor, *SENDERS)
    message = (name, correlation_key, variables, actor.login, actor.login, message_id)
    if keep_for is not None:
        return engine.execute(SendMessage(*message, keep_for))
    return Sent(engine.execute(CorrelateMessage(*message)))
