"""Measure draws from a pool of a million objects by credit and risk.

``seconds`` is a whole draw at the ratios of the table (a third of the pool), with limits per enterprise and two
officers for each object, from the snapshot to the proof's hash; ``seconds_all`` the drawing of all million objects one
by one; ``cpu_…`` the same without the time in which other programs ran. The last line is one JSON object.
"""

import argparse
import json
import platform
import random
import time
from collections.abc import Callable
from typing import Any

from workflows.draws import Seal, choose_objects, commitment_of, digest_of, missing_for, seal_of, sealed_proof

RATIOS = {"A-high": 500, "A-low": 100, "B-high": 2000, "B-low": 500, "C-high": 6000, "C-low": 2100, "D-high": 10_000,
          "D-low": 6100}  # fmt: skip
OFFICERS, RECUSALS = 300, 2000
SALT = "5a" * 32


def snapshot_of(size: int, ratio: int | None) -> dict[str, Any]:
    """Return a pool of *size* objects of half as many enterprises; with *ratio* every stratum has that one."""
    chance = random.Random(size)
    keys = sorted(RATIOS)
    objects = [
        [f"{n:08x}", f"E{n // 2:07d}", keys[chance.randrange(len(keys))], 1 + n % 3, "演示企业"] for n in range(size)
    ]
    officers = [
        {"id": f"o{n:04d}", "name": "演示", "unit": "U1", "qualifications": ["planning"] if n % 3 == 0 else [],
         "certificate": f"37{n:04d}", "valid_from": "2024-01-01", "valid_to": "2028-12-31", "load": 0}
        for n in range(OFFICERS)
    ]  # fmt: skip
    recusals = sorted(
        {(f"o{chance.randrange(OFFICERS):04d}", f"{chance.randrange(size):08x}") for _ in range(RECUSALS)}
    )
    return {
        "task": "bench", "attempt": 1, "day": "2026-03-02", "objects": objects, "excluded": [],
        "strata": [{"key": key, "ratio": ratio or RATIOS[key], "least": 1, "reason": "bench"} for key in keys],
        "limits": [] if ratio else [[f"E{n:07d}", 1] for n in range(size // 2)],
        "seats": [{"units": ["U1"], "qualification": "planning"}, {"units": ["U1"], "qualification": None}],
        "officers": officers, "officers_excluded": [], "recusals": [[*row, "亲属"] for row in recusals],
    }  # fmt: skip


def whole_draw(snapshot: dict[str, Any]) -> int:
    """Draw once, from the snapshot to the proof; answers how many objects were drawn."""
    assert missing_for(snapshot) is None
    commitment = commitment_of(digest_of(snapshot), SALT)
    seals = [
        Seal(role, role, role, "00" * 16, "text", seal_of(commitment, role, role, "00" * 16, "text"), "2026")
        for role in ("operator", "witness")
    ]
    head = {"number": 1, "previous": "0" * 64, "name": "bench", "redraw": None, "drawn_at": "2026"}
    committed = {"commitment": commitment, "committed_at": "2026", "salt": SALT}
    return len(sealed_proof(head, snapshot, committed, *seals)["result"]["objects"])


def timed(run: Callable[[], int]) -> tuple[int, float, float]:
    """Run; answers what it answers, the seconds, and the seconds of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = run()
    return found, round(time.perf_counter() - wall, 2), round(time.process_time() - cpu, 2)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 objects instead of a million")
    given = parser.parse_args()
    size = 20_000 if given.quick else 1_000_000
    usual = snapshot_of(size, None)
    drawn, seconds, cpu = timed(lambda: whole_draw(usual))
    print(f"{drawn} of {size} objects drawn at the table's ratios in {seconds} s, two officers each", flush=True)
    full = snapshot_of(size, 10_000)
    every, seconds_all, cpu_all = timed(lambda: len(choose_objects(full, SALT).ids))
    print(f"{every} of {size} objects drawn one by one in {seconds_all} s", flush=True)
    found = {
        "objects": size, "seconds": seconds, "cpu_seconds": cpu, "drawn": drawn, "seconds_all": seconds_all,
        "cpu_seconds_all": cpu_all, "drawn_all": every, "python": platform.python_version(),
    }  # fmt: skip
    print(json.dumps(found))


if __name__ == "__main__":
    main()
