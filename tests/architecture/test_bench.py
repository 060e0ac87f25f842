"""The benchmark runs, and what it says of the database's work is as small as promised; speed is not tested."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EVERYWHERE = {"per_second_1", "per_second_4", "p50_ms", "p99_ms", "statements", "commits", "flat"}
BESIDE_POSTGRES = {"ratio_vs_stock", "ratio_vs_floor", "ratio_vs_floor_4", "floor_1", "floor_4", "stock_1"}


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "bench").glob("[!_]*.py")))
def test_a_benchmark_can_be_imported_and_says_what_it_measures(name: str) -> None:
    assert importlib.import_module(f"bench.{name}").__doc__


def test_the_last_line_has_the_figures_of_a_completion(database_url: str) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("XIANJIE_")}
    environ["XIANJIE_TEST_ALONE"] = "1"
    is_postgres = database_url.startswith("postgresql")
    if is_postgres:
        environ["XIANJIE_TEST_POSTGRES"] = database_url
    command = [sys.executable, "-m", "bench.complete_task", "--quick", "--seconds", "0.2", "--rounds", "20"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.keys() >= EVERYWHERE | (BESIDE_POSTGRES if is_postgres else set())
    for figures in (found, found["sqlite"]):
        assert 0 < figures["statements"] <= 10
        assert figures["commits"] == 1
    assert is_postgres or "LEFT OUT" in done.stdout
