"""What the tests of random checks share."""

from tests.processes.rig import CityRig


def write(city: CityRig, statement: object) -> None:
    """Change the database behind the platform's back."""
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(statement)  # type: ignore[call-overload]
