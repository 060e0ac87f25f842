"""Cities ready made: each is built once in a run, and every test gets a copy of its own.

Building one takes seconds, copying one does not. What is compiled from the diagrams never changes and is shared.
"""

import atexit
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

COMPILED: OrderedDict[str, Any] = OrderedDict()
_POOL = ThreadPoolExecutor(1)
_ahead: dict[tuple[str, str], "Future[None]"] = {}
Build = Callable[[str, str], None]


def fill(url: str, start: str, build: Build) -> None:
    """Put the city of an instant into a database: a copy into an empty one, by hand into one that has tables."""
    target = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not target.exists():
        shutil.copyfile(_file(start, build), target)
    elif not url.startswith("sqlite:///") and _is_empty(url):
        _copy(url, _database(url.rpartition("/")[0], start, build))
    else:
        build(url, start)


@cache
def _file(start: str, build: Build) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="xianjie-city-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "city.db"
    build(f"sqlite:///{path}", start)
    return path


@cache
def _database(server: str, start: str, build: Build) -> str:
    name = f"city_{os.getpid()}_{_database.cache_info().misses}"
    _administer(server, f'CREATE DATABASE "{name}"')
    build(f"{server}/{name}", start)
    return name


def _copy(url: str, template: str) -> None:
    """Put a copy in the place of an empty database; the copy for the next test is made meanwhile."""
    server, _, name = url.rpartition("/")
    ready = _ahead.pop((server, template), None) or _start(server, template)
    ready.result()
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)', f'ALTER DATABASE "{template}_copy" RENAME TO "{name}"')
    _ahead[server, template] = _start(server, template)


def _start(server: str, template: str) -> "Future[None]":
    return _POOL.submit(_administer, server, f'CREATE DATABASE "{template}_copy" TEMPLATE "{template}"')


def _administer(server: str, *statements: str) -> None:
    admin = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


def _is_empty(url: str) -> bool:
    pool = create_engine(make_url(url))
    with pool.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
    pool.dispose()
    return not found
