"""The program is killed in the middle of a draw: it is wholly there or not at all, and can be made again."""

import multiprocessing
import signal
from typing import Any

import pytest

from tests.faults import draw_life
from tests.processes.random_checks import OFFICER, WITNESS, begun, proofs, targets
from tests.processes.rig import CityRig
from workflows.draws import verify_proof
from workflows.records.random_checks import draw_seal

pytestmark = [pytest.mark.faults, pytest.mark.clause("zz2020/2.3")]
SPAWN: Any = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.faults.draw_life"])
FUSES = (2, 15, 26, 0)


def test_a_draw_is_wholly_there_or_not_at_all_and_can_be_made_again(database_url: str) -> None:
    city = CityRig(database_url)
    begun(city, ratio=50)
    city.complete("operator_seal", OFFICER, draw_text="第一份文字")
    codes = []
    for fuse in FUSES:
        life = SPAWN.Process(target=draw_life.seal, args=(database_url, fuse, WITNESS), daemon=True)
        life.start()
        life.join(60)
        codes.append(life.exitcode)
        if city.tasks("witness_seal"):
            assert (targets(city), proofs(city), len(city.rows(draw_seal))) == ([], [], 1)
        else:
            break
    assert codes.count(-signal.SIGKILL) >= 3
    (proof,) = proofs(city)
    assert verify_proof(proof) is None
    assert targets(city) != []
    assert all(len(one["officers"]) >= 2 for one in targets(city))
    assert [task.element_id for task in city.tasks()] == ["confirm_draw"]
    city.close()
