"""How many and how often: the decision table of the city, asked outside of a running case."""

from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.commands.start_process import definition_row
from workflows.libraries.ratings import Rating
from workflows.random_checks.words import NO_GRADE
from workflows.uow import UnitOfWork

PROCESS, TABLE = "random_inspection", "draw_ratio"


@dataclass(frozen=True, slots=True)
class Rule:
    """What the table says of a grade: per cent, checks a year of one enterprise (0: any number), at least so many."""

    ratio: int
    frequency: int
    least: int


class Ratios:
    """The table that is deployed now; each grade is asked once."""

    def __init__(self, uow: UnitOfWork) -> None:
        row = definition_row(uow, PROCESS)
        self._table = uow.compiled(row.id, row.bundle_hash).decisions[TABLE]
        self._known: dict[tuple[str, str, str], Rule] = {}

    def rule(self, item_code: str, rating: Rating) -> Rule:
        """Return the rule for an item and a rating."""
        key = (item_code, rating.credit or NO_GRADE, rating.risk or NO_GRADE)
        if key not in self._known:
            context = {"item_code": item_code, "stratum": {"credit": key[1], "risk": key[2]}}
            found: Any = feel.to_json(self._table.evaluate(TABLE, context).value)
            self._known[key] = Rule(*(int(float(found[name])) for name in ("ratio", "frequency", "least")))
        return self._known[key]
