"""Whose a penalty case is: the unit's, and of the officers it has borrowed; what is not decided is secret."""

from sqlalchemy import ColumnElement, Text, cast, true

from workflows.policy import Actor
from workflows.records.penalties import penalty_case


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the person may see a case: the unit's, or one of the own; overseers see all."""
    if actor.oversees:
        return true()
    is_officer = cast(penalty_case.c.officers, Text).contains(f'"{actor.login}"', autoescape=True)
    return penalty_case.c.unit.in_(actor.units) | is_officer
