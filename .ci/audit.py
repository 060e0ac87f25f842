#!/usr/bin/env python3
"""Compare requirements.lock with known advisories, without a network.

Usage: .ci/audit.py [FOLDER or ZIP]

The advisories are OSV records (one JSON file each, or the zip that osv.dev offers for PyPI), carried in from outside.
What was looked at and does not concern us stands in .ci/accepted-advisories.txt, one id and the reason a line. Without
advisories nothing is compared, and that is said.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
ACCEPTED = ROOT / ".ci" / "accepted-advisories.txt"


def records(source: Path) -> Iterator[dict]:
    """Yield the advisories of a folder or zip."""
    if source.is_dir():
        for path in sorted(source.glob("**/*.json")):
            yield json.loads(path.read_text(encoding="utf-8"))
        return
    with zipfile.ZipFile(source) as bundle:
        for name in sorted(bundle.namelist()):
            if name.endswith(".json"):
                yield json.loads(bundle.read(name))


def concerns(affected: dict, version: str) -> bool:
    """Tell whether one entry of an advisory is about a version: listed, or between introduced and fixed."""
    if version in affected.get("versions", ()):
        return True
    here = Version(version)
    return any(
        _inside(here, one.get("events", ())) for one in affected.get("ranges", ()) if one.get("type") == "ECOSYSTEM"
    )


def _inside(here: Version, events: list[dict]) -> bool:
    is_in = False
    for event in sorted(events, key=_place):
        (kind, text), *_ = event.items()
        if kind == "introduced" and here >= _version(text):
            is_in = True
        elif (kind == "fixed" and here >= _version(text)) or (kind == "last_affected" and here > _version(text)):
            is_in = False
    return is_in


def _place(event: dict) -> tuple[Version, bool]:
    (kind, text), *_ = event.items()
    return _version(text), kind == "introduced"


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


def found(source: Path, locked: dict[str, str], accepted: set[str]) -> list[str]:
    """Return a line for each advisory that concerns a locked version and was not accepted."""
    lines = []
    for record in records(source):
        names = {record.get("id", ""), *record.get("aliases", ())}
        if record.get("withdrawn") or names & accepted:
            continue
        for affected in record.get("affected", ()):
            package = affected.get("package", {})
            name = re.sub(r"[-_.]+", "-", package.get("name", "")).lower()
            is_ours = package.get("ecosystem") == "PyPI" and name in locked
            if is_ours and concerns(affected, locked[name]):
                lines.append(f"{record['id']} {name} {locked[name]}: {record.get('summary', '')}".strip())
    return sorted(set(lines))


def locked_versions() -> dict[str, str]:
    """Return the versions of requirements.lock by normalised name."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==", 1) for line in lines if "==" in line)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}


def accepted_ids() -> set[str]:
    """Return the advisories that were looked at; a line without a reason does not count."""
    lines = ACCEPTED.read_text(encoding="utf-8").splitlines() if ACCEPTED.exists() else ()
    return {line.split()[0] for line in lines if not line.startswith("#") and len(line.split()) > 1}


def main() -> int:
    """Say what was found; 1 when something concerns us."""
    given = sys.argv[1] if len(sys.argv) > 1 else ""
    if not given or not Path(given).exists():
        print("LEFT OUT: no advisories are here (make check ADVISORIES=… names a folder or zip of OSV records)")
        return 0
    lines = found(Path(given), locked_versions(), accepted_ids())
    print("\n".join(lines) if lines else f"no advisory concerns the {len(locked_versions())} locked packages")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
