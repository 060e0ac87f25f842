#!/usr/bin/env python3
"""Fetch the browser assets again from what the lock file names; for maintainers, needs npm.

Usage: .ci/vendor.py [name@version ...]

Without arguments every file is fetched again and must come out the same. With arguments the named
packages move to the given versions and the lock file is rewritten. Nothing here runs at run time.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "web/static/vendor/vendor.lock.json"


def _fetch(name: str, version: str, folder: Path) -> tuple[Path, str]:
    """Download one package; return the unpacked folder and the integrity of the archive."""
    command = ["npm", "pack", f"{name}@{version}", "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    with tarfile.open(archive) as bundle:
        bundle.extractall(folder, filter="data")
    return folder / "package", f"sha512-{digest}"


def _refresh(package: dict, version: str) -> None:
    """Copy the package's files into the tree and record what they are."""
    with tempfile.TemporaryDirectory() as temporary:
        unpacked, integrity = _fetch(package["name"], version, Path(temporary))
        if version == package["version"] and integrity != package["integrity"]:
            sys.exit(f"{package['name']}@{version}: integrity {integrity} is not the recorded one")
        target = ROOT / package["folder"] / version
        shutil.rmtree(ROOT / package["folder"], ignore_errors=True)
        for entry in package["files"]:
            path = target / entry["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(unpacked / entry["source"], path)
            entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        package |= {"version": version, "integrity": integrity}


def main() -> None:
    """Refresh every package of the lock file."""
    wanted = dict(argument.rsplit("@", 1) for argument in sys.argv[1:])
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    for package in lock["packages"]:
        _refresh(package, wanted.get(package["name"], package["version"]))
        print(f"{package['name']}@{package['version']}: {len(package['files'])} files")
    LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
