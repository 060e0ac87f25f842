#!/usr/bin/env python3
"""Write the lock files from what is installed: run in .venv after changing setup.cfg.

Every package that setup.cfg needs, directly or not, is pinned to the installed version.
"""

import configparser
import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ["setuptools", "wheel"]


def _closure(names: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        base = re.split(r"[\s\[;<>=!~]", name, maxsplit=1)[0]
        extras = set(re.findall(r"\[([^\]]+)\]", name))
        key = re.sub(r"[-_.]+", "-", base).lower()
        if key in found and not extras:
            continue
        try:
            package = metadata.distribution(base)
        except metadata.PackageNotFoundError:
            continue
        found[key] = f"{package.metadata['Name']}=={package.version}"
        for requirement in package.requires or []:
            body, _, marker = requirement.partition(";")
            wanted = (
                not marker or "extra" not in marker or any(f'"{extra}"' in marker.replace("'", '"') for extra in extras)
            )
            if wanted:
                waiting.append(body.strip())
    return found


def main() -> None:
    """Write requirements.lock and requirements-test.lock."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    run = [line for line in config["options"]["install_requires"].splitlines() if line]
    test = [line for line in config["options.extras_require"]["test"].splitlines() if line]
    for name, wanted in (("requirements.lock", run + BUILD), ("requirements-test.lock", run + test + BUILD)):
        lines = sorted(_closure(wanted).values(), key=str.lower)
        (ROOT / name).write_text("# made by .ci/lock.py\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
