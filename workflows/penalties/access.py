"""Whose a penalty case is: the unit's, of those who decide and review it, and of its officers; else it is secret."""

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, true

from workflows.policy import Actor
from workflows.records.penalties import penalty_case


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the person may see a case; overseers see all."""
    if actor.oversees:
        return true()
    c = penalty_case.c
    is_officer = cast(c.officers, Text).contains(f'"{actor.login}"', autoescape=True)
    return c.unit.in_(actor.units) | c.decider_unit.in_(actor.units) | c.review_unit.in_(actor.units) | is_officer


def may_see(actor: Actor, row: Any, *deciding: str | None) -> bool:
    """Tell whether the person may see a case or measure: of the own unit, decided there, or investigated by him."""
    return actor.oversees or not {row.unit, *deciding}.isdisjoint(actor.units) or actor.login in row.officers
