"""What every page brings along stays small enough for old computers."""

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "web" / "static"
BASE = STATIC.parent / "templates" / "base.html"
SCRIPTS = 70_000  # bytes, as they are
_SOURCE = re.compile(r"""<script[^>]*filename=['"]([^'"]+)['"]""")
_IMPORT = re.compile(r"""^import [^;]*?["']\./([\w/-]+\.js)["']""", re.MULTILINE)


def loaded(name: str, seen: set[str]) -> set[str]:
    """Return a script and all that it imports when it starts."""
    if name not in seen:
        seen.add(name)
        folder = name.rpartition("/")[0]
        for other in _IMPORT.findall((STATIC / name).read_text(encoding="utf-8")):
            loaded(f"{folder}/{other}", seen)
    return seen


def test_the_scripts_of_the_work_list_are_light() -> None:
    names: set[str] = set()
    for start in _SOURCE.findall(BASE.read_text(encoding="utf-8")):
        loaded(start, names)
    assert "js/kbd.js" in names
    assert sum((STATIC / name).stat().st_size for name in names) <= SCRIPTS
