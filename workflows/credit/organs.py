"""The credit codes of the offices that decide: data of the city."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def organ_codes(folder: Path) -> Mapping[str, str]:
    """Return the credit code of each office by its unit code; a city without the file has none."""
    path = folder / "credit.toml"
    if not path.exists():
        return {}
    found: Mapping[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))["organs"]
    return found
