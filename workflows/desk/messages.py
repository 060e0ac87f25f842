"""Messages from other systems: bring a fact to the case that waits for it."""

from collections.abc import Mapping
from typing import Any

from engine.commands.correlate_message import Correlated, CorrelateMessage
from engine.process_engine import ProcessEngine
from workflows.policy import Actor, require

SENDERS = ("administrator", "approval_clerk")


def receive_message(
    engine: ProcessEngine, actor: Actor, name: str, correlation_key: str, variables: Mapping[str, Any], message_id: str
) -> Correlated:
    """Deliver a message once, however often the sender repeats it.

    Raises:
        NotAllowed: the caller may not send messages.
        MessageNotExpected: nobody waits for it and no process starts with it.
    """
    require(actor, *SENDERS)
    return engine.execute(CorrelateMessage(name, correlation_key, variables, actor.login, actor.login, message_id))
