"""The phone's pages as one whole: every file under an address that contains the hash of all of them.

They are read once, so that a process serves one version until it ends, whatever happens to the files meanwhile.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).parent
SHELL = "shell.html"
TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files of one version, by name."""

    version: str
    files: Mapping[str, Asset]


def read_assets(folder: Path = WEB) -> Assets:
    """Read the files below ``static`` that the phone needs; the page's template counts for the version too."""
    static = folder / "static"
    paths = [
        *sorted((static / "js" / "field").glob("*.js")), static / "css" / "tokens.css", static / "css" / "field.css",
        *sorted((static / "field").glob("*.png")),
    ]  # fmt: skip
    files = {path.relative_to(static).as_posix(): Asset(path.read_bytes(), TYPES[path.suffix]) for path in paths}
    digest = hashlib.sha256()
    for name, asset in files.items():
        digest.update(f"{name}\n{len(asset.content)}\n".encode() + asset.content)
    digest.update((folder / "templates" / "field" / SHELL).read_bytes())
    return Assets(digest.hexdigest()[:16], files)
