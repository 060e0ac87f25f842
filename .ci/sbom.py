#!/usr/bin/env python3
"""Write deploy/sbom.cdx.json (CycloneDX 1.6): what is installed with the program, with licences.

From requirements.lock, the licences that the installed packages declare, and the lock of the browser's assets; run it
in .venv after .ci/lock.py or .ci/vendor.py. The same input gives the same file.
"""

import configparser
import json
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "deploy" / "sbom.cdx.json"
SPDX = {
    "MIT License": "MIT", "BSD License": "BSD-3-Clause", "PSFL": "PSF-2.0", "ZPL 2.1": "ZPL-2.1",
    "lGPLv3": "LGPL-3.0-only",
}  # fmt: skip
NAMES = re.compile(r"[A-Za-z0-9.+-]+")
# What a government may run without publishing its own program: no GPL or AGPL.
SUITS = {
    "MIT", "MIT-0", "MIT-CMU", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "MPL-2.0", "PSF-2.0", "ZPL-2.1",
    "LGPL-2.1-only", "LGPL-3.0-only", "HPND",
}  # fmt: skip
BPMN_IO = "bpmn.io"


def licence_of(name: str) -> str:
    """Return the licence that an installed package declares, as an SPDX expression."""
    facts = metadata.distribution(name).metadata
    declared = facts["License-Expression"] or ""
    short = (facts["License"] or "").strip()
    classified = [text.rpartition("::")[2].strip() for text in facts.get_all("Classifier") or [] if "License" in text]
    if not declared and short and len(short) < 30:
        declared = SPDX.get(short, short)
    return declared or (SPDX.get(classified[0], classified[0]) if classified else "")


def suits(expression: str) -> bool:
    """Tell whether a licence may be in the product; of alternatives one is enough."""
    words = [word for word in NAMES.findall(expression) if word not in ("AND", "OR")]
    known = [word in SUITS for word in words]
    return bool(known) and (all(known) if " AND " in expression or " OR " not in expression else any(known))


def locked(file: Path) -> list[tuple[str, str]]:
    """Return the packages of a lock file with their versions."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("==", 1)) for line in lines if "==" in line]  # type: ignore[misc]


def packages() -> list[dict]:
    """Return the Python packages as components."""
    found = []
    for name, version in locked(ROOT / "requirements.lock"):
        purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
        found.append({
            "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
            "licenses": [{"expression": licence_of(name)}],
        })  # fmt: skip
    return found


def assets() -> list[dict]:
    """Return the packages whose files the browser is given."""
    found = []
    for package in json.loads((ROOT / "web/static/vendor/vendor.lock.json").read_text(encoding="utf-8"))["packages"]:
        if not package["folder"].startswith("web/"):
            continue
        purl = f"pkg:npm/{package['name']}@{package['version']}"
        named = package.get("licence") or package.get("license") or ""
        licence = {"expression": named} if named in SUITS else {"license": {"name": named or BPMN_IO}}
        found.append({
            "type": "library", "bom-ref": purl, "name": package["name"], "version": package["version"], "purl": purl,
            "licenses": [licence],
        })  # fmt: skip
    return found


def document() -> dict:
    """Return the whole document."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    name, version = config["metadata"]["name"], config["metadata"]["version"]
    parts = sorted(packages() + assets(), key=lambda part: part["purl"])
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": name, "name": name, "version": version}},
        "components": parts,
        "dependencies": [{"ref": name, "dependsOn": [part["bom-ref"] for part in parts]}],
    }  # fmt: skip


def text() -> str:
    """Return the document as it is written."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Write the file; with --check only say whether it is current and every licence suits."""
    bad = [part["name"] for part in packages() if not suits(part["licenses"][0]["expression"])]
    if bad:
        print(f"licences that do not suit, or are not declared: {', '.join(bad)}")
        return 1
    if "--check" in sys.argv:
        is_current = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text()
        print("sbom: current" if is_current else "sbom: run .ci/sbom.py")
        return 0 if is_current else 1
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
