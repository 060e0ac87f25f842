"""What varies from city to city, read once from its data folder."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class City:
    """Names, special units, number patterns and code maps of one city.

    ``decision_processes`` are the diagrams an approval decision may begin; the catalogue names one for each item.
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

    def division(self, area: str) -> str:
        """Return the name of a division code, or the code itself."""
        return self.divisions.get(area, area)


def load_city(folder: Path) -> City:
    """Read ``city.toml`` and ``divisions.toml``."""
    data = tomllib.loads((folder / "city.toml").read_text(encoding="utf-8"))
    divisions = tomllib.loads((folder / "divisions.toml").read_text(encoding="utf-8"))["divisions"]
    processes = tuple(data.pop("decision_processes"))
    return City(folder=folder, divisions=divisions, decision_processes=processes, **data)
