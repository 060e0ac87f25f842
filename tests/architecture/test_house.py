"""The house keeps its own rules."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import engine
import web
import workflows
from engine.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from engine.store.tables import metadata
from workflows import records
from workflows.migrate import config_for, head, migrate

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("engine", "workflows", "web")
FILES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
KINDS = (NotFound, Conflict, Forbidden, Invalid, Unavailable)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 40, f"{node.name} has {length} lines"


def test_one_place_commits() -> None:
    found = [name_of(path) for path in FILES for _ in re.findall(r"\.commit\(", path.read_text(encoding="utf-8"))]
    copying = "workflows/operations/copying.py"  # fills a database nobody uses yet, and is no command
    assert sorted(found) == ["engine/process_engine.py", "engine/store/unit_of_work.py", copying]


def test_no_day_is_read_off_an_instant_in_utc() -> None:
    """Days are those of the city's zone: ``local_day_of``, never ``.date()`` of now or of an instant as it is kept."""
    instant = re.compile(r"(\bnow(\(\))?|\w_at\"?\]?)\.(date\(\)|year\b|month\b|day\b|strftime)|\{[\w.]*(\bnow|_at):%")
    found = [
        name_of(path)
        for path in FILES
        for line in path.read_text(encoding="utf-8").splitlines()
        if instant.search(line)
    ]
    assert found == ["engine/sandbox.py"]  # has no city


def test_nothing_evaluates_python() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile"), f"{name_of(path)}:{node.lineno}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names]
                assert "pickle" not in names, name_of(path)


def all_errors() -> list[type[AppError]]:
    for package in (engine, workflows, web):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith((".wsgi", ".__main__")):
                importlib.import_module(module.name)

    def below(kind: type[AppError]) -> Iterator[type[AppError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return list(below(AppError))


def test_every_error_has_its_own_code_a_known_kind_and_a_message() -> None:
    found = all_errors()
    codes = [error.code for error in found]
    assert sorted(codes) == sorted(set(codes))
    for error in found:
        assert issubclass(error, KINDS)
        assert "code" in vars(error), error
        assert error.__doc__, error


def test_imports_point_downward() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(program)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_migrations_are_numbered_and_their_head_is_recorded() -> None:
    revisions = sorted(script.revision for script in ScriptDirectory.from_config(config_for("")).walk_revisions())
    assert revisions == [f"{i:04d}" for i in range(1, len(revisions) + 1)]
    assert (ROOT / "migrations" / "HEAD").read_text(encoding="utf-8").strip() == head()


def test_migrations_make_exactly_the_tables(database_url: str) -> None:
    assert records
    migrate(database_url)
    pool = create_engine(database_url)
    with pool.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, metadata)
    pool.dispose()
    assert differences == []


@pytest.mark.parametrize("path", sorted((ROOT / "migrations" / "versions").glob("*.py")), ids=name_of)
def test_migrations_never_import_the_application(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(from|import) (engine|workflows|web)\b", text, re.MULTILINE)


def test_the_project_speaks_of_itself_alone() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    forbidden = re.compile(r"/w[o]rk/|\.\./sh[a]red|registry\.np[m]js|pypi\.[o]rg|files\.python[h]osted")
    for name in listed:
        path = ROOT / name
        if path.is_file() and path.suffix in (".py", ".md", ".cfg", ".toml", ".html", ".js", ".css", ".bpmn", ".dmn"):
            if "vendor" in path.parts:
                continue
            found = forbidden.search(path.read_text(encoding="utf-8"))
            assert found is None or "conformance" in name, f"{name}: {found}"


def test_decisions_are_numbered_once_each() -> None:
    found = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [path.name[:4] for path in found] == [f"{i:04d}" for i in range(1, len(found) + 1)]
    for number, path in enumerate(found, 1):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. "), path.name
