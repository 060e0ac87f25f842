#!/usr/bin/env python3
"""Write the next numbered migration from the difference between the tables and the migrations.

Usage: .ci/new-migration.py "what changes"
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from workflows.migrate import config_for, head, migrate

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write migrations/versions/NNNN_….py and record the head."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scratch.db"
        if head():
            migrate(url)
        config = config_for(url)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        number = f"{int(head() or 0) + 1:04d}"
        command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=number)
    (ROOT / "migrations" / "HEAD").write_text(number + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
