"""What a city's demo plays with, read from ``demo.toml`` in the city's folder."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflows.demo_random import DemoRandom, demo_random


@dataclass(frozen=True, slots=True)
class DemoTransfer:
    """A case that is transferred some days before today, by a finder whose head approves."""

    days_ago: int
    finder: str
    head: str
    area: str
    receiver: str
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class DemoReview:
    """A review of a unit's newest files, some of which are scored."""

    unit: str
    reason: str
    files: int
    scored: int


@dataclass(frozen=True, slots=True)
class DemoInspection:
    """An inspection that is played up to a step: assign, record, review, report, recheck or end."""

    kind: str
    until: str
    result: str
    handling: str
    party: str
    unit: str
    item: str
    area: str
    inspectors: tuple[str, ...]
    reviewer: str
    invited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoCity:
    """Who works in the demo, where, and who is slow.

    Attributes:
        clerk: the login that imports decisions.
        building_item: the code of the item that is granted most often.
        slow_units: units that let deadlines pass.
        organs: approval organs by division; the first is the city's own.
        accounts: logins shown to a newcomer, with what each is good for.
        penalties: the people, cases and measures of the penalty part.
        complaints: the dispatcher and the complaints, each with the step it is left at.
    """

    clerk: str
    building_item: str
    slow_units: tuple[str, ...]
    organs: Mapping[str, str]
    transfers: tuple[DemoTransfer, ...]
    reviews: tuple[DemoReview, ...]
    inspections: tuple[DemoInspection, ...]
    catalogue: tuple[Mapping[str, Any], ...]
    accounts: Mapping[str, str]
    penalties: Mapping[str, Any]
    complaints: Mapping[str, Any]
    random: DemoRandom | None

    @property
    def districts(self) -> tuple[str, ...]:
        """The divisions below the city."""
        return tuple(self.organs)[1:]

    @property
    def city_organ(self) -> str:
        """The name of the city's own approval organ."""
        return next(iter(self.organs.values()))


def load_demo_city(folder: Path) -> DemoCity:
    """Read ``demo.toml``; a city without one has no demo (FileNotFoundError)."""
    data = tomllib.loads((folder / "demo.toml").read_text(encoding="utf-8"))
    transfers = tuple(DemoTransfer(**one) for one in data.pop("transfer"))
    reviews = tuple(DemoReview(**one) for one in data.pop("review", []))
    return DemoCity(
        transfers=transfers, reviews=reviews, slow_units=tuple(data.pop("slow_units")),
        inspections=tuple(_inspections(data.pop("inspections", {}))), penalties=data.pop("penalties", {}),
        complaints=data.pop("complaints", {}),
        random=demo_random(data.pop("random", {})), catalogue=tuple(data.pop("catalogue", [])), **data,
    )  # fmt: skip


def _inspections(data: dict[str, Any]) -> Iterator[DemoInspection]:
    """Yield the plays; what all of them share stands above them."""
    plays = data.pop("play", [])
    shared = {**data, "inspectors": tuple(data.get("inspectors", ())), "invited": tuple(data.get("invited", ()))}
    for one in plays:
        yield DemoInspection(**{"result": "no_problem", "handling": "", **shared, **one})
