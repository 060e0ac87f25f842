"""Proofs as files: read them strictly, repeat the draws, say what does not agree."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workflows.draws.verify import Discrepancy, verify_chain


def checked_files(paths: Sequence[str]) -> tuple[bool, list[str]]:
    """Repeat the draws of files that follow each other; answers whether all agree, and a line for each looked at."""
    proofs: list[Any] = []
    for path in paths:
        try:
            proofs.append(read_proof(Path(path).read_bytes()))
        except (OSError, ValueError) as exc:
            return False, [f"{path}：不一致：/：读不出证明（{exc}）"]
    found = verify_chain(proofs)
    good = len(paths) if found is None else found[0]
    lines = [
        f"{path}：复算一致。{proof['name']}，第 {proof['number']} 次，hash {proof['hash']}"
        for path, proof in zip(paths[:good], proofs, strict=False)
    ]
    if found is not None:
        lines.append(f"{paths[good]}：不一致：{said(found[1])}")
    return found is None, lines


def said(found: Discrepancy) -> str:
    """Return a discrepancy as people read it."""
    return f"{found.place}：{found.message}"


def read_proof(content: bytes) -> Any:
    """Return the JSON of a proof.

    Raises:
        ValueError: it is no JSON, or a name is there twice, so that two readers could see two things.
    """
    return json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_never)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("同一名称出现两次")
    return found


def _never(text: str) -> Any:
    raise ValueError(f"不是数：{text}")
