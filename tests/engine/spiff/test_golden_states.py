"""States written by every released version of the codec go on as they did then.

Each file holds the diagrams, a state in the middle of a case, and what happened afterwards, step by
step. Files are only ever added: a change of the codec gets a new version byte and new files.
"""

import base64
import json
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from engine.spiff.model import Bundle, Resource
from engine.spiff.runtime import Runtime
from tests.engine.spiff.make_golden import STEPS, rest

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


def test_there_are_golden_states_of_the_first_version():
    assert {path.name for path in GOLDEN} >= {"v1-units.json", "v1-race.json", "v1-choice.json"}


def test_there_are_golden_states_of_every_diagram_of_this_release():
    release = version("xianjie")
    assert {path.name for path in GOLDEN} >= {f"v1-{release}-{name}.json" for name in STEPS}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_stored_state_goes_on_as_it_did_when_it_was_written(path):
    golden = json.loads(path.read_text())
    runtime = Runtime()
    files = tuple(Resource(name, text.encode()) for name, text in golden["files"].items())
    compiled = runtime.compile(Bundle(golden["key"], files, path.stem))
    state = base64.b64decode(golden["state"])
    now = datetime.fromisoformat(golden["now"])
    for step in golden["steps"]:
        execution = runtime.load(compiled, state, now=now, business_key="case-1")
        getattr(execution, step["do"])(*step["with"])
        assert rest(execution.wait_state()) == step["then"]
        state = execution.dump()
