"""Migrations keep nobody from writing: indexes on tables that are there already are built beside those who write."""

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAST_OF_OLD = 44  # what came before is in service and stays as it is
VERSIONS = [
    path for path in sorted((ROOT / "migrations" / "versions").glob("*.py")) if int(path.name[:4]) > LAST_OF_OLD
]
BY_HAND = re.compile(r"\b(CREATE\s+(UNIQUE\s+)?INDEX|REINDEX|ADD\s+(CONSTRAINT\s+\w+\s+)?UNIQUE)\b", re.IGNORECASE)
LOCKING = ("create_unique_constraint", "create_exclude_constraint", "create_primary_key")


def locking(source: str) -> list[str]:
    """Return what in a migration's upgrade builds an index while all who write wait."""
    tree = ast.parse(source)
    upgrades = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name != "downgrade"]
    calls = [node for part in upgrades for node in ast.walk(part) if isinstance(node, ast.Call)]
    named = [(node, node.func.attr) for node in calls if isinstance(node.func, ast.Attribute)]
    made = {_text(node, 0) for node, name in named if name == "create_table"}
    found = [f"{name} on {_text(node, 1)}" for node, name in named
             if name in ("create_index", *LOCKING) and _text(node, 1) not in made]  # fmt: skip
    texts = [node.value for part in upgrades for node in ast.walk(part)
             if isinstance(node, ast.Constant) and isinstance(node.value, str)]  # fmt: skip
    return found + [text.strip() for text in texts if BY_HAND.search(text)]


def _text(call: ast.Call, place: int) -> str:
    """Return a text among a call's arguments; what is not written out is no table we know."""
    words = {word.arg: word.value for word in call.keywords}
    node = call.args[place] if len(call.args) > place else words.get("table_name")
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "?"


@pytest.mark.parametrize("path", VERSIONS or [None], ids=lambda one: one.stem if one else "none")
def test_no_migration_makes_those_wait_who_write(path: Path | None) -> None:
    source = path.read_text(encoding="utf-8") if path else ""
    assert locking(source) == [], "use migrations.indexes.build_index: it builds beside those who write"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("op.create_index('i', 'old', ['a'])", 1),
        ("op.create_index(op.f('i'), 'old', ['a'], unique=True)", 1),
        ("op.create_index('i', table_name='old', columns=['a'])", 1),
        ("op.create_table('new')\n    op.create_index('i', 'new', ['a'])", 0),
        ("op.create_table('new')\n    op.create_index('i', 'old', ['a'])", 1),
        ("build_index('i', 'old', ['a'])", 0),
        ("op.execute('create unique index i on old (a)')", 1),
        ("op.execute('ALTER TABLE old ADD CONSTRAINT u UNIQUE (a)')", 1),
        ("op.create_unique_constraint('u', 'old', ['a'])", 1),
        ("op.add_column('old', sa.Column('a', sa.Text()))", 0),
        ("_more()\n\ndef _more():\n    op.create_index('i', 'old', ['a'])", 1),
    ],
)
def test_what_makes_those_wait_who_write_is_seen(body: str, count: int) -> None:
    assert (
        len(locking(f"def upgrade():\n    {body}\n\ndef downgrade():\n    op.create_index('i', 'old', ['a'])\n"))
        == count
    )


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("new_migration", ROOT / ".ci" / "new-migration.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_new_migration_builds_indexes_on_older_tables_beside_those_who_write() -> None:
    written = (
        "from alembic import op\n\n\ndef upgrade() -> None:\n    op.create_table('new', sa.Column('a', sa.Text()))\n"
        "    op.create_index(op.f('ix_new_a'), 'new', ['a'], unique=False)\n"
        "    op.create_index(op.f('ix_old_a'), 'old', ['a'], unique=False)\n"
    )
    gentle = script().gently(written)
    assert "build_index(op.f('ix_old_a'), 'old', ['a'], unique=False)" in gentle
    assert "op.create_index(op.f('ix_new_a'), 'new'" in gentle
    assert "from migrations.indexes import build_index" in gentle
    assert locking(gentle) == []
    assert script().gently(gentle) == gentle
