"""Who is asked to claim an item, and who may propose a change of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows import errors
from workflows.catalogue.fields import ANY_AREA
from workflows.city import City
from workflows.directory import all_units, find_unit, unit_of_kind
from workflows.items import DISTRICT
from workflows.policy import ROLES, Actor
from workflows.uow import UnitOfWork

ARBITERS = ("policy_officer", "leader")
OWNERS = ("section_officer", "section_head", "district_officer")
PROPOSERS = (*ARBITERS, *OWNERS, "approval_clerk")


@dataclass(frozen=True, slots=True)
class Asked:
    """The units that must claim; ``lead`` stands for them: the unit itself, or the city's bureau for its districts."""

    lead: str
    units: tuple[Mapping[str, str], ...]

    def has(self, actor: Actor) -> bool:
        """Tell whether the person's unit is among those asked."""
        return any(one["unit"] in actor.units for one in self.units)

    def is_only(self, actor: Actor) -> bool:
        """Tell whether nobody else is asked than the unit of a person who may claim for it."""
        return len(self.units) == 1 and self.has(actor) and actor.has(*OWNERS)


def asked_of(uow: UnitOfWork, code: str, area: str, city: City) -> Asked:
    """Return who must claim an item whose responsible unit is *code*: every district's bureau when it is theirs."""
    if code != DISTRICT:
        unit = find_unit(uow, code)
        return Asked(unit.code, ({"unit": unit.code, "unit_name": unit.short_name},))
    if area != ANY_AREA:
        office = unit_of_kind(uow, "natural_resources", area)
        offices = [office] if office is not None else []
    else:
        offices = [one for one in all_units(uow) if one.kind == "natural_resources" and one.level == "district"]
    return Asked(city.bureau_unit, tuple({"unit": one.code, "unit_name": one.short_name} for one in offices))


def require_proposer(actor: Actor, kind: str, asked: Asked, contents: Mapping[str, Any]) -> None:
    """Refuse a person whose unit has nothing to do with the item.

    Raises:
        NotAllowed: names the roles that may.
    """
    owns = actor.has(*OWNERS) and (asked.has(actor) or _is_beside(actor, contents))
    approves = actor.has("approval_clerk") and contents.get("approving_unit") in actor.units
    if kind == "dispute":
        is_allowed = actor.has(*OWNERS) and asked.has(actor)
    elif kind == "confirm":
        is_allowed = actor.has(*ARBITERS) or (actor.has(*OWNERS) and asked.has(actor))
    else:
        is_allowed = actor.has(*ARBITERS) or owns or approves
    if not is_allowed:
        raise errors.NotAllowed(needs=[f"该事项监管主体的{ROLES[role]}" for role in OWNERS])


def _is_beside(actor: Actor, contents: Mapping[str, Any]) -> bool:
    """Tell whether the person's unit supervises the item beside the responsible one."""
    units = contents.get("supervising_units") or ()
    is_district = DISTRICT in units and actor.kind == "natural_resources" and actor.has("district_officer")
    return is_district or any(code in actor.units for code in units)
