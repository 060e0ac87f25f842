"""Runs the neutral cases with their own runner, either in this process or over HTTP."""

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.errors import AppError, DefinitionInvalid
from engine.sandbox import Sandbox
from engine.sandbox_contract import answer

CASES = Path(os.environ.get("XIANJIE_TEST_CONFORMANCE", Path(__file__).parents[3] / "shared" / "conformance"))
LONGEST = 30
Maker = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Outcome:
    """How many cases of a suite there are and which fail, with the reason."""

    total: int
    failed: Mapping[str, str]

    @property
    def share(self) -> float:
        return 1 - len(self.failed) / self.total


def load(name: str) -> ModuleType:
    """Return a module of the cases' runner."""
    folder = str(CASES / "runner")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)


def in_process() -> Maker:
    """Return what makes the runner's client, with its calls led to a sandbox instead of a server."""
    http = load("http_engine")

    class Product(http.HttpEngine):
        def call(self, method: str, path: str, body: Any = None, ok: Any = ()) -> Any:
            if path == "/test/sandboxes":
                self.box = Sandbox(datetime(2026, 1, 5, 9, tzinfo=UTC))
                return {"id": "here"}
            try:
                found = answer(self.box, method, path.partition("?")[0], body or {})
            except DefinitionInvalid as exc:
                raise http.DeployError(str(exc.facts)) from exc
            except AppError as exc:
                raise http.EngineError(f"{exc.code} {exc.facts}") from exc
            assert found is not None, (method, path)
            return found[0]

    return lambda case: Product("", **_options(case))


def over_http(address: str) -> Maker:
    """Return what makes the runner's own client of a server."""
    http = load("http_engine")
    return lambda case: http.HttpEngine(address, **_options(case))


def _options(case: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stubs": case.get("stubs"), "services": case.get("services"), "service_mode": case.get("service_mode", "auto"),
    }  # fmt: skip


def cases_of(suite: str) -> list[dict[str, Any]]:
    """Return the cases of a suite."""
    found: list[dict[str, Any]] = json.loads((CASES / suite / "cases.json").read_text(encoding="utf-8"))
    return found


def run_suite(suite: str, make: Maker, *, strict: bool = False, every: int = 1) -> Outcome:
    """Run every case of a suite, or each *every*-th."""
    runner = load("case_runner")
    runner.STRICT = strict
    before = signal.signal(signal.SIGALRM, runner._al)
    failed: dict[str, str] = {}
    cases = cases_of(suite)[::every]
    for case in cases:
        made: list[Any] = []

        def keep(given: Mapping[str, Any], made: list[Any] = made) -> Any:
            made.append(make(given))
            return made[-1]

        signal.alarm(LONGEST)
        try:
            result = runner.run_case(case, str(CASES / suite), keep)
        except Exception as exc:  # noqa: BLE001 - whatever a case raises is its result
            result = {"ok": False, "why": repr(exc)}
        finally:
            signal.alarm(0)
            for engine in made:
                if hasattr(engine, "box"):
                    engine.box.close()
        if not result["ok"]:
            failed[case["id"]] = f"{result.get('why', '')} {result.get('error', '')}".strip()
    signal.signal(signal.SIGALRM, before)
    return Outcome(len(cases), failed)
