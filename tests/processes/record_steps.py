"""Files of a record made on site, for several modules."""

from typing import Any

from tests.processes.inspections import (
    PHOTO_HASH,
)


def evidence(digest: str = PHOTO_HASH, kind: str = "photo") -> dict[str, Any]:
    return {"sha256": digest, "name": "正面照片", "kind": kind, "taken_at": None}
