"""Names of the persons that a page speaks of: people read names, not logins."""

from collections.abc import Iterable, Mapping
from typing import Any

from web.platform import platform


def people_of(rows: Iterable[Any], *fields: str) -> Mapping[str, str]:
    """Return the names of everybody whose login stands in one of the fields of the rows."""
    logins = (row[name] if isinstance(row, Mapping) else getattr(row, name) for row in rows for name in fields)
    return platform().desk.lists.people(logins)
