"""Mutated diagrams, tables, forms and expressions: each is refused clearly or deployed, never a crash or a hang.

Usage: python -m bench.fuzz [--count N] [--seed S]

Takes the files under ``bpmn/``, spoils them at random (bytes, elements, attributes, expressions) and deploys them.
Anything else than a deployment or one of our own errors counts as a crash; more than five seconds of the processor as a
hang, however busy the machine is otherwise. The last line is one JSON object; the exit code is 1 when there was any of them.
"""

import argparse
import json
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from lxml import etree

from engine import feel
from engine.errors import AppError
from engine.spiff.model import Bundle, Resource
from engine.spiff.runtime import Runtime
from workflows.forms import load_form

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 5
_NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_STRANGE = ("", " ", "0", "-1", "=", "=1/0", "=x.y.z", "\u0000", "\U0001f600", "P1Y", "R/PT0S", "../x", "<", "a" * 5000,
            "=for i in 1..999999999 return i", "=" + "(" * 2000)  # fmt: skip
_PIECES = ("for i in ", "1..1e9", " return ", "if ", " then ", " else ", "(", ")", "[", "]", "{", "}", "a", ".b", "1", '"x"',
           " + ", " - ", " ** ", " / ", " = ", " and ", "not(", "null", "@", "date(", "..", ",", "every ", " satisfies ",
           "function(x) ", "\u3000", "'", "\\", "sort(", "9" * 40)  # fmt: skip


class Hang(BaseException):
    """The limit of time is over; no handler of ours may swallow it."""


def texts(chance: random.Random) -> str:
    """Return an expression made of pieces of FEEL in any order."""
    return "".join(chance.choice(_PIECES) for _ in range(chance.randrange(1, 25)))


def spoiled(content: bytes, chance: random.Random) -> bytes:
    """Return a file with one to four faults in it."""
    way = chance.randrange(4)
    if way == 0 or not content.lstrip().startswith(b"<"):
        return _bytes(content, chance)
    try:
        root = etree.fromstring(content)
    except etree.XMLSyntaxError:
        return _bytes(content, chance)
    for _ in range(chance.randrange(1, 5)):
        _element(root, chance)
    return bytes(etree.tostring(root))


def _bytes(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(data) or 1)
        act = chance.randrange(3)
        if act == 0:
            del data[at : at + chance.randrange(1, 200)]
        elif act == 1:
            data[at:at] = chance.randbytes(chance.randrange(1, 9))
        else:
            data[at:at] = data[at : at + chance.randrange(1, 400)]
    return bytes(data)


def _element(root: etree._Element, chance: random.Random) -> None:
    elements = [one for one in root.iter(etree.Element) if one is not root]
    if not elements:
        return
    one, other = chance.choice(elements), chance.choice(elements)
    parent = one.getparent()
    acts: tuple[Callable[[], object], ...] = (
        lambda: parent is not None and parent.remove(one),
        lambda: parent is not None and parent.append(etree.fromstring(etree.tostring(other))),
        lambda: setattr(one, "tag", other.tag),
        lambda: one.attrib and one.set(chance.choice(list(one.attrib)), _word(chance)),
        lambda: other.attrib and one.attrib.update(other.attrib),
        lambda: setattr(one, "text", _word(chance)),
        lambda: one.attrib and one.attrib.pop(chance.choice(list(one.attrib))),
    )
    chance.choice(acts)()


def _word(chance: random.Random) -> str:
    word = chance.choice(_STRANGE) if chance.randrange(2) else f"={texts(chance)}"
    return word.replace("\x00", "") if chance.randrange(9) else word.replace("\x00", "\ufffd")


def attempt(name: str, content: bytes, runtime: Runtime, others: tuple[Resource, ...]) -> str:
    """Deploy one file and start what it defines; answers what became of it.

    Raises:
        Exception: a crash.
    """
    if name.endswith(".form"):
        load_form(content, name)
        return "deployed"
    files = (*(one for one in others if one.name != name), Resource(name, content))
    summaries = runtime.summarise(files)
    runtime.judge(files)
    for summary in summaries:
        if summary.executable and summary.file == name:
            compiled = runtime.compile(Bundle(summary.key, files, f"{hash(content)}"))
            runtime.start(compiled, now=_NOW, business_key="fuzz", variables={}).dump()
    return "deployed"


def _within(seconds: int, act: Callable[[], str]) -> str:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return act()
    except AppError as exc:
        return f"refused: {exc.code}"
    except Hang:
        return "HANG"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def cases(count: int, seed: int) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield spoiled files and texts with what tries them."""
    chance = random.Random(seed)
    folders = sorted(path for path in (ROOT / "bpmn").iterdir() if path.is_dir() and list(path.glob("*.bpmn")))
    runtime = Runtime({"due": _later, "warn": _later}, step_budget=500)
    for number in range(count):
        if number % 4 == 3:
            text = texts(chance)
            yield f"FEEL {text!r}", lambda text=text: _evaluate(text)  # type: ignore[misc]
            continue
        folder = chance.choice(folders)
        path = chance.choice(sorted(folder.glob("*.*n")) + sorted(folder.glob("*.form")))
        tables = sorted((ROOT / "bpmn").glob("*/*.dmn"))
        others = tuple(Resource(one.name, one.read_bytes()) for one in (*folder.glob("*.bpmn"), *tables))
        content = spoiled(path.read_bytes(), chance)
        yield path.name, lambda n=path.name, c=content, o=others: attempt(n, c, runtime, o)  # type: ignore[misc]


def _later(_limit: object = None, _start: object = None) -> str:
    return "2026-03-09T01:00:00+00:00"


def _evaluate(text: str) -> str:
    feel.parse(text).evaluate({"a": 1})
    return "deployed"


def run(count: int, seed: int) -> dict[str, object]:
    """Try them all; answers how many were deployed and refused, and every crash and hang."""
    found: Counter[str] = Counter()
    faults: list[str] = []
    slowest = 0.0
    for name, act in cases(count, seed):
        begin = time.process_time()
        try:
            outcome = _within(SECONDS, act)
        except Exception as exc:  # noqa: BLE001 - everything else is what is looked for
            outcome = f"CRASH {type(exc).__name__}: {str(exc)[:120]}"
        slowest = max(slowest, time.process_time() - begin)
        found[outcome.split(":")[0]] += 1
        if outcome.startswith(("CRASH", "HANG")):
            faults.append(f"{name[:200]}: {outcome}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"count": count, "outcomes": dict(found), "faults": faults, "slowest_s": round(slowest, 2), "rss_mb": memory}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    result = run(given.count, given.seed)
    print(json.dumps(result, ensure_ascii=False))
    sys.exit(1 if result["faults"] else 0)


if __name__ == "__main__":
    main()
