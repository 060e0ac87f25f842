#!/usr/bin/env python3
"""Write the next numbered migration from the difference between the tables and the migrations.

Usage: .ci/new-migration.py "what changes"

Indexes on tables that are there already are built so that nobody waits: see migrations/indexes.py.
"""

import re
import sys
import tempfile
from pathlib import Path

from alembic import command

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from workflows.migrate import config_for, head, migrate

ROOT = Path(__file__).resolve().parent.parent


_MADE = re.compile(r"op\.create_table\(\s*[\"'](\w+)[\"']")
_CALL = re.compile(r"op\.create_index\((\s*(?:op\.f\([^)]*\)|[\"'][^\"']*[\"']),\s*[\"'](\w+)[\"'])")
_IMPORT = "from alembic import op\n"


def gently(source: str) -> str:
    """Return a migration that builds its indexes on older tables beside those who write."""
    made = set(_MADE.findall(source))
    changed = _CALL.sub(lambda one: one[0] if one[2] in made else f"build_index({one[1]}", source)
    if changed == source:
        return source
    return changed.replace(_IMPORT, f"{_IMPORT}\nfrom migrations.indexes import build_index\n", 1)


def main() -> None:
    """Write migrations/versions/NNNN_….py and record the head."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scratch.db"
        if head():
            migrate(url)
        config = config_for(url)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        number = f"{int(head() or 0) + 1:04d}"
        made = command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=number)
    path = Path(str(getattr(made, "path", "")))
    path.write_text(gently(path.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / "migrations" / "HEAD").write_text(number + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
