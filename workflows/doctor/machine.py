"""What must be right about the machine: fonts, time zone, disk, and who can read which file."""

import stat
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workflows.doctor.findings import WARNING, Finding, judged

_GIGABYTE = 1 << 30
_LEAST_FREE = _GIGABYTE // 2
_USUAL_FREE = 5 * _GIGABYTE
_LEAST_SHARE = 0.05
_ZONE = "Asia/Shanghai"


def font(found: Path | None) -> Finding:
    """Judge the font that letters are drawn with."""
    text = "none with Chinese characters: no letter can be drawn as PDF" if found is None else found.name
    return judged("font", found is not None, text, "apt-get install fonts-noto-cjk")


def time_zone(key: str = _ZONE) -> Finding:
    """Judge whether the zone's data is there and says what it must: eight hours, all year."""
    try:
        zone: tzinfo = ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError):
        return judged("time zone", False, f"{key} is unknown here", "pip install tzdata, or apt-get install tzdata")
    offsets = {datetime(2026, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in (1, 7)}
    return judged("time zone", offsets == {timedelta(hours=8)}, f"{key} is {_hours(offsets)}", "reinstall tzdata")


def _hours(offsets: set[timedelta | None]) -> str:
    return " and ".join(f"UTC+{(one or timedelta()).total_seconds() / 3600:g}" for one in offsets)


def disk(where: str, free: int, total: int) -> Finding:
    """Judge the room on the disk that a folder is on: full is a problem, nearly full a warning."""
    text = f"{free / _GIGABYTE:.1f} GiB of {total / _GIGABYTE:.1f} GiB free at {where}"
    if free < _LEAST_FREE:
        return judged("disk", False, text, "make room: nothing can be written soon")
    is_well = free >= _USUAL_FREE or free >= total * _LEAST_SHARE
    return judged("disk", is_well, text, "make room", WARNING)


def permissions(path: Path, mode: int, *, holds_secrets: bool) -> Finding:
    """Judge who can read and write a file: others never write, and what holds secrets they do not read."""
    forbidden = stat.S_IWGRP | stat.S_IWOTH | (stat.S_IRWXO if holds_secrets else 0)
    text = f"{path} is {stat.filemode(mode)}"
    return judged("permissions", not mode & forbidden, text, f"chmod {'640' if holds_secrets else '644'} {path}")


def named_files(path: Path) -> Iterator[Path]:
    """Yield the files that a file of settings names: the values of what ends with ``_file``."""
    try:
        waiting: list[Any] = [tomllib.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError):
        return
    while waiting:
        found = waiting.pop()
        pairs = found.items() if isinstance(found, dict) else ()
        waiting += found if isinstance(found, list) else [value for _, value in pairs if isinstance(value, dict | list)]
        yield from (Path(value) for name, value in pairs if name.endswith("_file") and isinstance(value, str))


def files(secret: Sequence[Path], plain: Sequence[Path]) -> Iterator[Finding]:
    """Judge the files that are there."""
    for paths, holds_secrets in ((secret, True), (plain, False)):
        for path in paths:
            if path.is_file():
                yield permissions(path, path.stat().st_mode, holds_secrets=holds_secrets)
