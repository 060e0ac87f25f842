"""Spoiled diagrams, tables, forms and expressions are refused or deployed; a longer run is ``python -m bench.fuzz``."""

from bench.fuzz import run


def test_nothing_spoiled_crashes_or_hangs_the_engine() -> None:
    found = run(count=80, seed=20)
    assert found["faults"] == []
    outcomes = found["outcomes"]
    assert isinstance(outcomes, dict)
    assert outcomes["refused"] > outcomes["deployed"] > 0
