"""The form of a record, how records hang together, and the tree over all chains: no database, no clock."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from engine.digests import canonical, sm3

FORMAT = {"format": "xianjie-audit", "version": 1}
ORIGIN = "0" * 64
"""What stands for the hash of the statement before the first."""


def genesis(chain: str) -> str:
    """Return what the first record of a chain follows."""
    return sm3(chain.encode()).hex()


def link(previous: str, record: bytes) -> str:
    """Return the hash of a record that follows another."""
    return sm3(bytes.fromhex(previous) + record).hex()


def leaf(chain: str, seq: int, head: str) -> bytes:
    """Return the leaf of the tree for a chain at a length."""
    return sm3(b"\x00" + canonical([chain, seq, head]))


def merkle(leaves: Sequence[bytes]) -> str:
    """Return the root of the tree over leaves in order; an odd one out goes up by itself."""
    level = list(leaves) or [sm3(b"")]
    while len(level) > 1:
        pairs = [sm3(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
    return level[0].hex()


def statement(root: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is signed of a root."""
    return {
        "number": root["number"], "day": root["day"].isoformat(),
        "made_at": root["made_at"].astimezone(UTC).isoformat(),
        "previous": root["previous"], "root": root["root"], "chains": root["chains"], "records": root["records"],
    }  # fmt: skip


def case_record(row: Mapping[str, Any], seq: int) -> dict[str, Any]:
    """Return a line of a case's history as it is chained."""
    names = ("at", "kind", "element_id", "token", "actor", "detail", "steps", "data_hash", "request_id", "ip")
    about = {"chain": f"case:{row['instance_id']}", "seq": seq, "id": str(row["id"])}
    return {**about, **{name: row[name] for name in names}}


def office_record(row: Mapping[str, Any], seq: int) -> dict[str, Any]:
    """Return a record beside all cases as it is chained."""
    names = ("chain", "at", "kind", "actor", "object", "detail", "request_id", "ip")
    return {"seq": seq, "id": str(row["id"]), **{name: row[name] for name in names}}
