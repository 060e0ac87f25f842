"""The demo city on an empty database, for tests of whole processes."""

from collections.abc import Callable, Iterator

import pytest

from tests.processes.building import claimed, indicators
from tests.processes.devolved import decided
from tests.processes.rig import CITY, CityRig
from workflows.devolved import OpenCycles
from workflows.records.approvals import approval
from workflows.rulebook import Rulebook


@pytest.fixture
def city_at(database_url: str) -> Iterator[Callable[[str], CityRig]]:
    """Build the city at an instant in Chinese time."""
    made: list[CityRig] = []

    def build(start: str) -> CityRig:
        made.append(CityRig(database_url, start))
        return made[-1]

    yield build
    for rig in made:
        rig.close()


@pytest.fixture
def city(city_at: Callable[[str], CityRig]) -> CityRig:
    """The city on a Monday morning: 2026-03-02, 10 o'clock."""
    return city_at("2026-03-02T10:00:00")


@pytest.fixture
def quarter(city: CityRig) -> CityRig:
    """Five permits of March; the district's reviews begin on the first working day of April."""
    for number in range(1, 6):
        decided(city, number)
    assert {row["approving_unit"] for row in city.rows(approval)} == {"AP-XC"}
    city.app.engine.execute(OpenCycles(city.app.rulebook, "tester"))
    city.run()
    return city


@pytest.fixture(scope="session")
def city_rulebook() -> Rulebook:
    """The rules in the city's files, without a database."""
    return Rulebook(CITY)


@pytest.fixture
def built_site(city: CityRig) -> CityRig:
    """A building whose permit both units claimed, with its indicators written down."""
    claimed(city)
    indicators(city)
    return city
