"""A short soak: programs killed, frozen and given wrong clocks lose nothing and do nothing twice."""

from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from engine.store.tables import user_task
from tests.faults.lives import ledger
from tests.faults.outages import Wire
from tests.faults.soak import Soak

pytestmark = pytest.mark.faults


def test_a_few_seconds_of_faults_break_no_promise(database_url: str, tmp_path: Path) -> None:
    wire = Wire(database_url) if database_url.startswith("postgresql") else None
    soak = Soak(database_url, 7, tmp_path, wire=wire)
    found = soak.run(4)
    assert found["converged_after_s"] is not None
    assert (found["lost"], found["doubled"], found["contradictory"]) == (0, 0, 0), found["examples"]
    assert found["faults"] > 2
    assert found["completions"] > 2
    look_closely(soak)
    soak.engine.database.close()


def look_closely(soak: Soak) -> None:
    """What a fault would leave behind is found: a second entry, and a completion that is gone."""
    with soak.engine.database.pool.begin() as connection:
        first = connection.execute(select(ledger.c.instance_id, ledger.c.element_id).limit(1)).one()
        connection.execute(insert(ledger).values(instance_id=first.instance_id, element_id=first.element_id))
    assert soak.judge()["doubled"] == 1
    with soak.engine.database.pool.begin() as connection:
        connection.execute(delete(ledger).where(ledger.c.instance_id == first.instance_id))
        task = connection.scalar(select(user_task.c.id).where(user_task.c.status == "completed").limit(1))
        connection.execute(user_task.update().where(user_task.c.id == task).values(status="open"))
    found = soak.judge()
    assert found["lost"] == 1
    assert found["contradictory"] >= 3  # two entries are missing, and the history tells of the completion
