"""Who may look at the engine, who may change it, and who confirms what an administrator asks for."""

from workflows import errors
from workflows.policy import Actor, require

KEEPERS = ("administrator",)
READERS = ("administrator", "policy_officer")
CONFIRMERS = ("administrator", "policy_officer", "leader")
SHORTEST_REASON = 4


def may_read(actor: Actor) -> None:
    """Refuse a person who may not look at the engine."""
    require(actor, *READERS)


def may_keep(actor: Actor) -> None:
    """Refuse a person who may not change the engine."""
    require(actor, *KEEPERS)


def reason_of(text: str) -> str:
    """Return a reason without the space around it.

    Raises:
        FormInvalid: there is none worth the name.
    """
    reason = text.strip()
    if len(reason) < SHORTEST_REASON:
        raise errors.FormInvalid(
            errors=[{"field": "reason", "message": f"请写明理由（至少 {SHORTEST_REASON} 个字），供事后审计"}]
        )
    return reason[:500]
