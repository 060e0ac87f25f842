"""What the forms of an inspection may choose from now: who may inspect, and which units may be invited."""

from collections.abc import Mapping
from typing import Any

from workflows.directory import all_units
from workflows.inspections.cases import row_of
from workflows.inspections.people import Candidate, candidates
from workflows.uow import UnitOfWork, local_day_of

_INVITED_KINDS = frozenset({"approval", "discipline"})


def to_assign(uow: UnitOfWork, variables: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the officers who may inspect and the units that may be invited."""
    row = row_of(uow, variables)
    free = [one for one in candidates(uow, row, local_day_of(uow.now)) if not one.obstacle]
    units = [
        {"value": one.code, "label": one.name}
        for one in all_units(uow)
        if one.code != row.unit and one.area == row.area and one.kind not in _INVITED_KINDS
    ]
    return {"officers": [option_of(one) for one in free], "joint_offers": units}


def to_replace(uow: UnitOfWork, variables: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the officers who may take the place of one who is to be recused."""
    row = row_of(uow, variables)
    taken = {one["login"] for one in row.inspectors}
    free = [one for one in candidates(uow, row, local_day_of(uow.now)) if not one.obstacle and one.login not in taken]
    return {"officers": [option_of(one) for one in free]}


def option_of(one: Candidate) -> dict[str, str]:
    """Return a person as a choice of a form, with the number of the certificate."""
    return {"value": one.login, "label": f"{one.name}（{one.certificate_no}）" if one.certificate_no else one.name}
