"""What varies from city to city, read once from its data folder."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workflows.policy import ADMINISTRATORS


@dataclass(frozen=True, slots=True)
class City:
    """Names, special units, number patterns and code maps of one city.

    ``decision_processes`` are the diagrams an approval decision may begin; the catalogue names one for each item.
    ``second_factor`` are the roles that sign in in two steps,
    ``password_days`` how long a password holds (0: for ever).
    """

    folder: Path
    name: str
    area: str
    policy_unit: str
    leader_unit: str
    bureau_unit: str
    discipline_unit: str
    numbers: Mapping[str, str]
    outlets: Mapping[str, str]
    result_types: Mapping[str, str]
    divisions: Mapping[str, str]
    decision_processes: tuple[str, ...]
    calendar: Mapping[str, str | int] = field(default_factory=dict)
    second_factor: tuple[str, ...] = ADMINISTRATORS
    password_days: int = 0

    def division(self, area: str) -> str:
        """Return the name of a division code, or the code itself."""
        return self.divisions.get(area, area)


def load_city(folder: Path) -> City:
    """Read ``city.toml`` and ``divisions.toml``."""
    data = tomllib.loads((folder / "city.toml").read_text(encoding="utf-8"))
    divisions = tomllib.loads((folder / "divisions.toml").read_text(encoding="utf-8"))["divisions"]
    processes = tuple(data.pop("decision_processes"))
    data["second_factor"] = tuple(data.get("second_factor", ADMINISTRATORS))
    return City(folder=folder, divisions=divisions, decision_processes=processes, **data)
