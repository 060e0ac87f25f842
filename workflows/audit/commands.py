"""The audit at the command line, without settings and database: make a key, verify an export."""

import argparse
from pathlib import Path
from typing import Any

from workflows.audit.keys import make_key
from workflows.audit.verifying import Broken, lines_of, verify


def arguments(commands: Any) -> None:
    """Describe the commands."""
    check = commands.add_parser("verify-audit", help="verify an exported audit; needs no database")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the files of one export, .gz or not")
    check.add_argument("--key", default="", help="the public key that must have signed, in hexadecimal")
    check.add_argument("--root", action="append", default=[], type=Path, help="a root kept outside, must be contained")
    make = commands.add_parser("make-audit-key", help="write a new key that signs the roots of the audit")
    make.add_argument("file", type=Path, metavar="FILE")


def offline(given: argparse.Namespace) -> tuple[bool, tuple[str, ...]]:
    """Verify, or make a key; answers whether all is well, and what to say."""
    try:
        if given.command == "make-audit-key":
            return True, (f"public key: {make_key(given.file)}",)
        outside = [path.read_bytes().strip() for path in given.root]
        found = verify(lines_of(given.files), given.key, outside)
    except (Broken, OSError) as exc:
        return False, (f"BROKEN {exc}",)
    advice = "" if given.key else ": compare it with the key you know"
    return True, (
        f"ok: {found.records} records in {found.chains} chains, {found.roots} signed roots",
        f"last root {found.last_root}",
        *(f"signed by {key}{advice}" for key in found.public_keys),
    )
