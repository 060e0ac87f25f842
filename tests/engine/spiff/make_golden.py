"""Write states of this release into ``golden/``, with what happens to them afterwards.

Usage: python -m tests.engine.spiff.make_golden RELEASE

Run it once for each release, before it is published, and commit the new files. A file that exists is left alone: what
an older release wrote is what later ones must be able to read.
"""

import argparse
import base64
import json
import random
from pathlib import Path

from engine.spiff.codec import VERSION
from tests.engine.spiff.kit import Case
from tests.engine.spiff.walks import DIAGRAMS, choices

FOLDER = Path(__file__).parent / "golden"
STEPS = {"units": (3, 17), "race": (1, 4), "choice": (3, 4), "undo": (2, 4), "rounds": (5, 2)}
"""After how many steps of which random walk each diagram is kept."""


def rest(state):
    """What waits, as the golden files tell it."""
    return {
        "status": state.status,
        "user_tasks": [[task.token, task.element_id] for task in state.user_tasks],
        "service_tasks": [[task.token, task.element_id] for task in state.service_tasks],
        "timers": [[timer.token, timer.element_id, timer.due_at.isoformat()] for timer in state.timers],
        "events": [[event.token, event.element_id, event.correlation_key] for event in state.events],
        "variables": dict(state.variables),
    }


def golden(name):
    """Walk to the kept state and on to the end."""
    kept_after, seed = STEPS[name]
    chance = random.Random(seed)
    case = Case(*DIAGRAMS[name], n=0)
    done, state = [], None
    while not case.is_over:
        if len(done) == kept_after:
            state = case.bytes
        what, arguments, _ = chance.choice(list(choices(case, len(done) < kept_after)))
        arguments = [argument(chance) if callable(argument) else argument for argument in arguments]
        case.step(what, *arguments)
        done.append({"do": what, "with": arguments, "then": rest(case.state)})
    assert state is not None, f"{name} ends before step {kept_after}"
    files = {f"{number}.bpmn": text for number, text in enumerate(DIAGRAMS[name])}
    kept = {"version": VERSION, "key": "p", "now": case.now.isoformat(), "files": files}
    return {**kept, "state": base64.b64encode(state).decode(), "steps": done[kept_after:]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release")
    release = parser.parse_args().release
    for name in STEPS:
        path = FOLDER / f"v{VERSION}-{release}-{name}.json"
        if not path.exists():
            path.write_text(json.dumps(golden(name), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
